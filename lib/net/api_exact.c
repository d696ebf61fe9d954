/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_exact.h"
#include "base/vec.h"
#include <string.h>

#define MOST_DIGITS 34u
#define MOST_EXPONENT 30

struct unit { const char *name; enum hk_dimension dimension; int64_t numerator, denominator; };
static const struct unit units[] = {
	{ "ns", HK_DIMENSION_DURATION, 1, 1 }, { "10ns", HK_DIMENSION_DURATION, 10, 1 }, { "us", HK_DIMENSION_DURATION, 1000, 1 },
	{ "\xc2\xb5s", HK_DIMENSION_DURATION, 1000, 1 },
	{ "ms", HK_DIMENSION_DURATION, 1000000, 1 }, { "s", HK_DIMENSION_DURATION, 1000000000, 1 }, { "m", HK_DIMENSION_DURATION, 60000000000, 1 },
	{ "min", HK_DIMENSION_DURATION, 60000000000, 1 }, { "h", HK_DIMENSION_DURATION, 3600000000000, 1 }, { "d", HK_DIMENSION_DURATION, 86400000000000, 1 },
	{ "Nanoseconds", HK_DIMENSION_DURATION, 1, 1 }, { "Microseconds", HK_DIMENSION_DURATION, 1000, 1 },
	{ "Milliseconds", HK_DIMENSION_DURATION, 1000000, 1 },
	{ "Seconds", HK_DIMENSION_DURATION, 1000000000, 1 }, { "Minutes", HK_DIMENSION_DURATION, 60000000000, 1 },
	{ "Hours", HK_DIMENSION_DURATION, 3600000000000, 1 },
	{ "Days", HK_DIMENSION_DURATION, 86400000000000, 1 },
	{ "bps", HK_DIMENSION_BITRATE, 1, 1 }, { "bit/s", HK_DIMENSION_BITRATE, 1, 1 }, { "kbps", HK_DIMENSION_BITRATE, 1000, 1 },
	{ "Kbps", HK_DIMENSION_BITRATE, 1000, 1 },
	{ "kbit/s", HK_DIMENSION_BITRATE, 1000, 1 }, { "Mbps", HK_DIMENSION_BITRATE, 1000000, 1 }, { "Mbit/s", HK_DIMENSION_BITRATE, 1000000, 1 },
	{ "Gbps", HK_DIMENSION_BITRATE, 1000000000, 1 }, { "Gbit/s", HK_DIMENSION_BITRATE, 1000000000, 1 }, { "Tbps", HK_DIMENSION_BITRATE, 1000000000000, 1 },
	{ "Tbit/s", HK_DIMENSION_BITRATE, 1000000000000, 1 }, { "k", HK_DIMENSION_BITRATE, 1000, 1 }, { "M", HK_DIMENSION_BITRATE, 1000000, 1 },
	{ "G", HK_DIMENSION_BITRATE, 1000000000, 1 }, { "T", HK_DIMENSION_BITRATE, 1000000000000, 1 }, { "B/s", HK_DIMENSION_BITRATE, 8, 1 },
	{ "1", HK_DIMENSION_RATIO, 1000000000, 1 }, { "%", HK_DIMENSION_RATIO, 10000000, 1 }, { "0.1%", HK_DIMENSION_RATIO, 1000000, 1 },
	{ "ppm", HK_DIMENSION_RATIO, 1000, 1 }, { "ppb", HK_DIMENSION_RATIO, 1, 1 },
};

static hk_wide greatest_divisor(hk_wide a, hk_wide b)
{
	a = a < 0 ? -a : a;
	while (b) {
		hk_wide rest = a % b;
		a = b;
		b = rest;
	}
	return a ? a : 1;
}

static void reduce(struct hk_exact *value)
{
	hk_wide divisor = greatest_divisor(value->numerator, value->denominator);
	value->numerator /= divisor;
	value->denominator /= divisor;
}

bool hk_exact_scale(struct hk_exact *value, int64_t numerator, int64_t denominator)
{
	struct hk_exact result = *value;
	hk_wide across = greatest_divisor(numerator, result.denominator), down = greatest_divisor(result.numerator, denominator);
	if (numerator <= 0 || denominator <= 0)
		return false;
	if (__builtin_mul_overflow(result.numerator / down, (hk_wide)numerator / across, &result.numerator) ||
	    __builtin_mul_overflow(result.denominator / across, (hk_wide)denominator / down, &result.denominator))
		return false;
	reduce(&result);
	*value = result;
	return true;
}

static bool scale_ten(struct hk_exact *value, int exponent)
{
	for (; exponent > 0; exponent--)
		if (!hk_exact_scale(value, 10, 1))
			return false;
	for (; exponent < 0; exponent++)
		if (!hk_exact_scale(value, 1, 10))
			return false;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits after 'e'; the number that is read must end there. */
static bool read_exponent(struct hk_str text, size_t i, int *exponent)
{
	bool negative = i < text.n && text.s[i] == '-';
	int value = 0;
	if (i < text.n && (text.s[i] == '-' || text.s[i] == '+'))
		i++;
	if (i == text.n)
		return false;
	for (; i < text.n; i++) {
		if (!is_digit(text.s[i]) || value > MOST_EXPONENT)
			return false;
		value = value * 10 + (text.s[i] - '0');
	}
	*exponent = negative ? -value : value;
	return value <= MOST_EXPONENT;
}

bool hk_exact_parse(struct hk_str text, struct hk_exact *value)
{
	struct hk_exact result = { 0, 1 };
	bool negative = text.n && text.s[0] == '-', point = false;
	size_t i = negative, digits = 0, significant = 0;
	int exponent = 0, written = 0;
	for (; i < text.n && (is_digit(text.s[i]) || (text.s[i] == '.' && !point)); i++) {
		if (text.s[i] == '.') {
			point = true;
			continue;
		}
		digits++;
		significant += significant || text.s[i] != '0';
		if (significant > MOST_DIGITS || digits > 80)
			return false;
		result.numerator = result.numerator * 10 + (text.s[i] - '0');
		exponent -= point;
	}
	if (!digits || text.s[i - 1] == '.' || text.s[negative] == '.')
		return false;
	if (i < text.n && ((text.s[i] != 'e' && text.s[i] != 'E') || !read_exponent(text, i + 1, &written)))
		return false;
	if (!result.numerator)
		exponent = written = 0;
	if (!scale_ten(&result, exponent + written))
		return false;
	result.numerator = negative ? -result.numerator : result.numerator;
	*value = result;
	return true;
}

bool hk_exact_integer(const struct hk_exact *value, enum hk_round round, int64_t *result)
{
	hk_wide quotient = value->numerator / value->denominator, rest = value->numerator % value->denominator;
	if (rest && round == HK_ROUND_EXACT)
		return false;
	if (rest > 0 && round == HK_ROUND_UP)
		quotient++;
	if (rest < 0 && round == HK_ROUND_DOWN)
		quotient--;
	if (quotient > INT64_MAX || quotient < INT64_MIN)
		return false;
	*result = (int64_t)quotient;
	return true;
}

bool hk_exact_print(const struct hk_exact *value, struct hk_buf *out)
{
	hk_wide whole = value->numerator < 0 ? -value->numerator : value->numerator, rest = whole % value->denominator;
	char digits[48], fraction[32];
	size_t n = 0, f = 0;
	whole /= value->denominator;
	if (rest && value->denominator > ((hk_wide)1 << 126) / 10)
		return false;
	while (rest && f < 30) {
		rest *= 10;
		fraction[f++] = (char)('0' + (int)(rest / value->denominator));
		rest %= value->denominator;
	}
	if (rest)
		return false;
	do
		digits[n++] = (char)('0' + (int)(whole % 10));
	while ((whole /= 10) != 0);
	if (value->numerator < 0)
		hk_buf_addch(out, '-');
	while (n)
		hk_buf_addch(out, digits[--n]);
	if (f) {
		hk_buf_addch(out, '.');
		hk_buf_add(out, fraction, f);
	}
	return true;
}

/* By whole part, then by the fractions turned over: nothing is multiplied, so nothing can overflow. */
int hk_exact_compare(const struct hk_exact *a, const struct hk_exact *b)
{
	struct hk_exact x = *a, y = *b;
	for (int sign = 1;; sign = -sign) {
		hk_wide left = x.numerator / x.denominator - (x.numerator % x.denominator < 0),
		    right = y.numerator / y.denominator - (y.numerator % y.denominator < 0);
		hk_wide x_rest = x.numerator - left * x.denominator, y_rest = y.numerator - right * y.denominator;
		if (left != right)
			return left < right ? -sign : sign;
		if (!x_rest || !y_rest)
			return x_rest == y_rest ? 0 : x_rest ? sign : -sign;
		x = (struct hk_exact){ x.denominator, x_rest };
		y = (struct hk_exact){ y.denominator, y_rest };
	}
}

bool hk_exact_unit(struct hk_str name, enum hk_dimension *dimension, struct hk_exact *factor)
{
	for (size_t i = 0; i < HK_COUNT(units); i++) {
		if (!hk_str_is(name, units[i].name))
			continue;
		*dimension = units[i].dimension;
		*factor = (struct hk_exact){ units[i].numerator, units[i].denominator };
		return true;
	}
	return false;
}

/* One number with its unit from the front of *rest. */
static bool take_part(enum hk_dimension dimension, struct hk_str *rest, struct hk_exact *value)
{
	enum hk_dimension found;
	struct hk_exact factor;
	struct hk_str number = { rest->s, 0 }, unit;
	while (number.n < rest->n && (is_digit(rest->s[number.n]) || rest->s[number.n] == '.' ||
	       (number.n && number.n + 1 < rest->n && (rest->s[number.n] | 32) == 'e' && (is_digit(rest->s[number.n + 1]) || rest->s[number.n + 1] == '-')) ||
	       (number.n && rest->s[number.n] == '-' && (rest->s[number.n - 1] | 32) == 'e')))
		number.n++;
	unit = (struct hk_str){ rest->s + number.n, 0 };
	while (number.n + unit.n < rest->n && !is_digit(unit.s[unit.n]) && unit.s[unit.n] != '.')
		unit.n++;
	*rest = (struct hk_str){ unit.s + unit.n, rest->n - number.n - unit.n };
	unit = hk_str_trim(unit);
	if (!hk_exact_parse(number, value))
		return false;
	if (!unit.n && dimension == HK_DIMENSION_DURATION)
		return value->numerator == 0;
	if (!unit.n)
		unit = dimension == HK_DIMENSION_RATIO ? HK_STR("1") : HK_STR("bps");
	return hk_exact_unit(unit, &found, &factor) && found == dimension && hk_exact_scale(value, (int64_t)factor.numerator, (int64_t)factor.denominator);
}

bool hk_exact_quantity(enum hk_dimension dimension, struct hk_str text, struct hk_exact *value)
{
	struct hk_exact sum = { 0, 1 }, part;
	struct hk_str rest = hk_str_trim(text);
	size_t parts = 0;
	if (!rest.n)
		return false;
	if (dimension == HK_DIMENSION_NONE)
		return hk_exact_parse(rest, value);
	for (; rest.n; parts++) {
		hk_wide left, right;
		if (!take_part(dimension, &rest, &part) || __builtin_mul_overflow(sum.numerator, part.denominator, &left) ||
		    __builtin_mul_overflow(part.numerator, sum.denominator, &right) || __builtin_add_overflow(left, right, &sum.numerator) ||
		    __builtin_mul_overflow(sum.denominator, part.denominator, &sum.denominator))
			return false;
		reduce(&sum);
	}
	*value = sum;
	return parts == 1 || dimension == HK_DIMENSION_DURATION;
}

bool hk_exact_document(enum hk_dimension dimension, const struct hk_exact *value, enum hk_round round, struct hk_buf *out)
{
	static const struct unit durations[] = { { "s", 0, 1, 1000000000 }, { "ms", 0, 1, 1000000 }, { "us", 0, 1, 1000 } };
	struct hk_exact shown = *value;
	const char *unit = "ns";
	int64_t whole;
	if (dimension == HK_DIMENSION_NONE)
		return hk_exact_print(value, out);
	if (!hk_exact_integer(value, round, &whole) || whole < 0)
		return false;
	shown = (struct hk_exact){ whole, 1 };
	for (size_t i = 0; dimension == HK_DIMENSION_DURATION && i < HK_COUNT(durations); i++)
		if (whole >= durations[i].denominator) {
			unit = durations[i].name;
			(void)hk_exact_scale(&shown, 1, durations[i].denominator);
			break;
		}
	(void)hk_exact_print(&shown, out);
	hk_buf_addstr(out, dimension == HK_DIMENSION_DURATION ? unit : dimension == HK_DIMENSION_BITRATE ? "bps" : "ppb");
	return true;
}
