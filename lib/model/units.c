/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry of the unit parsers: what every text must satisfy, plain numbers, bounds. */
#include "model/units_internal.h"
#include "base/vec.h"
#include <math.h>
#include <stdarg.h>

#define INT32_LARGEST 2147483647.0          /* Kubernetes replica counts are int32 */

/* Largest value taken, in internal units: far beyond any real one, far below where doubles lose whole units that matter. */
struct unit_facts { const char *example, *what; double largest; };
static const struct unit_facts facts[] = {
	[HK_UNIT_COUNT] = { "3", "a whole number", INT32_LARGEST },
	[HK_UNIT_NUMBER] = { "0.5", "a number", 1e15 },
	[HK_UNIT_QUANTITY] = { "500m", "a Kubernetes quantity", 9223372036854775807.0 },
	[HK_UNIT_DURATION] = { "1.5ms", "a duration", 9223372036.0 },         /* Go: int64 nanoseconds */
	[HK_UNIT_BITRATE] = { "10Gbps", "a bit rate", 1e18 },
	[HK_UNIT_BYTES] = { "60kB", "a size in bytes", 9223372036854775807.0 },
	[HK_UNIT_RATIO] = { "0.1%", "a ratio", 1 },
	[HK_UNIT_PROBABILITY] = { "99.99%", "a probability", 1 },
	[HK_UNIT_RATE] = { "300/s", "a rate", 1e15 },
	[HK_UNIT_PRICE_HOUR] = { "0.042/h", "a price per hour", 1e12 },
	[HK_UNIT_PRICE_MEMORY] = { "0.008/GiB/h", "a price of memory", 1e12 },
	[HK_UNIT_PRICE_DATA] = { "0.02/GB", "a price of data", 1e12 },
	[HK_UNIT_PRICE_BITRATE] = { "3/Gbps/h", "a price of bandwidth", 1e12 },
	[HK_UNIT_PRICE_LATENCY] = { "20/ms/h", "a price of latency", 1e15 },
	[HK_UNIT_WEIGHT] = { "5", "a weight between -100 and 100", 100 },
	[HK_UNIT_BOOL] = { "true", "true or false", 1 },
};

const char *hk_unit_example(enum hk_unit unit)
{
	return (size_t)unit < HK_COUNT(facts) ? facts[unit].example : "";
}

int hk_unit_refuse(const struct hk_unit_text *in, const char *format, ...)
{
	va_list args;
	struct hk_str shown = in->text;

	if (shown.n > 40)
		shown.n = 40;
	hk_buf_addch(in->why, '\'');
	hk_buf_addscrubbed(in->why, shown);
	hk_buf_addstr(in->why, shown.n < in->text.n ? "...' " : "' ");
	va_start(args, format);
	hk_buf_vaddf(in->why, format, args);
	va_end(args);
	return -1;
}

static bool has_byte(struct hk_str text, const char *bytes)
{
	for (size_t i = 0; i < text.n; i++)
		for (const char *b = bytes; *b; b++)
			if (text.s[i] == *b)
				return true;
	return false;
}

/* A money sign of any currency in front of a digit; *length is its bytes. */
static bool starts_with_currency(struct hk_str text, size_t *length)
{
	static const char *const signs[] = { "$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5" };

	for (size_t i = 0; i < HK_COUNT(signs); i++) {
		*length = hk_str_of(signs[i]).n;
		if (hk_str_starts(text, signs[i]))
			return true;
	}
	return false;
}

/* Why there is no number in front. */
static int refuse_no_number(const struct hk_unit_text *in)
{
	const struct unit_facts *f = &facts[in->unit];
	size_t sign;

	if (starts_with_currency(in->text, &sign))
		return hk_unit_refuse(in, "has a currency sign; prices are plain numbers, write %.*s", (int)(in->text.n - sign),
				      in->text.s + sign);
	return hk_unit_refuse(in, "is not %s such as %s", f->what, f->example);
}

int hk_unit_number(struct hk_unit_text *in, struct hk_str *rest, bool exponent, struct hk_decimal *out)
{
	const char *start = rest->s;

	if (!hk_decimal_scan(rest, exponent, out))
		return refuse_no_number(in);
	in->number = (struct hk_str){ start, (size_t)(rest->s - start) };
	if (rest->n && (*rest->s == 'x' || *rest->s == 'X') && hk_str_is(in->number, "0"))
		return hk_unit_refuse(in, "is hexadecimal; write %s in decimal, such as %s", facts[in->unit].what, facts[in->unit].example);
	if (rest->n && *rest->s == '.')
		return hk_unit_refuse(in, "has two decimal points");
	return 0;
}

/* "5 ms": what it is without the spaces, or what is wrong with that. */
static int refuse_space(const struct hk_unit_text *in)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	char joined[HK_UNIT_TEXT_MAX + 1];
	double value;
	size_t n = 0;

	for (size_t i = 0; i < in->text.n; i++)
		if (in->text.s[i] != ' ' && in->text.s[i] != '\t')
			joined[n++] = in->text.s[i];
	if (hk_unit_parse(in->unit, (struct hk_str){ joined, n }, &value, &why) != 0)
		return hk_unit_refuse(in, "has a space, and %s", why.s);
	return hk_unit_refuse(in, "has a space; write %.*s", (int)n, joined);
}

/* What is wrong with any text whatever its unit. */
static int check_text(const struct hk_unit_text *in)
{
	for (size_t i = 0; i < in->text.n; i++)
		if ((unsigned char)in->text.s[i] < 0x20 || in->text.s[i] == 0x7f)
			return hk_unit_refuse(in, "contains a control character");
	if (!in->text.n)
		return hk_unit_refuse(in, "is empty; expected %s such as %s", facts[in->unit].what, facts[in->unit].example);
	if (in->text.n > HK_UNIT_TEXT_MAX)
		return hk_unit_refuse(in, "is too long; expected %s such as %s", facts[in->unit].what, facts[in->unit].example);
	if (has_byte(in->text, " \t"))
		return refuse_space(in);
	if (has_byte(in->text, ","))
		return hk_unit_refuse(in, "has a comma; write the decimal point as '.' and no thousands separators");
	if (has_byte(in->text, "_"))
		return hk_unit_refuse(in, "has an underscore; write the digits without separators");
	return 0;
}

/* Numbers without a unit: count, number, weight. */
static int parse_plain(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	struct hk_decimal number;

	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	if (rest.n)
		return hk_unit_refuse(in, "has a unit where none is expected; write %.*s", HK_STR_ARG(in->number));
	if (in->unit == HK_UNIT_COUNT && !number.integer)
		return hk_unit_refuse(in, "is not a whole number");
	*value = hk_decimal_value(&number, 0);
	return 0;
}

static int parse_bool(const struct hk_unit_text *in, double *value)
{
	if (!hk_str_is(in->text, "true") && !hk_str_is(in->text, "false"))
		return hk_unit_refuse(in, "is neither true nor false");
	*value = hk_str_is(in->text, "true");
	return 0;
}

static int check_bounds(const struct hk_unit_text *in, double value)
{
	const struct unit_facts *f = &facts[in->unit];

	if (value < 0 && in->unit != HK_UNIT_WEIGHT)
		return hk_unit_refuse(in, "is negative; expected %s such as %s", f->what, f->example);
	if (in->unit == HK_UNIT_WEIGHT && value < -f->largest)
		return hk_unit_refuse(in, "is less than -100, the least weight");
	if (!isfinite(value) || value > f->largest) {
		if (in->unit == HK_UNIT_RATIO || in->unit == HK_UNIT_PROBABILITY)
			return hk_unit_refuse(in, "is more than 1");
		if (in->unit == HK_UNIT_WEIGHT)
			return hk_unit_refuse(in, "is more than 100, the largest weight");
		return hk_unit_refuse(in, "is too large");
	}
	return 0;
}

static int parse_by_unit(struct hk_unit_text *in, double *value)
{
	switch (in->unit) {
	case HK_UNIT_COUNT:
	case HK_UNIT_NUMBER:
	case HK_UNIT_WEIGHT:
		return parse_plain(in, value);
	case HK_UNIT_QUANTITY:
		return hk_unit_parse_quantity(in, value);
	case HK_UNIT_DURATION:
		return hk_unit_parse_duration(in, value);
	case HK_UNIT_BITRATE:
		return hk_unit_parse_bitrate(in, value);
	case HK_UNIT_BYTES:
		return hk_unit_parse_bytes(in, value);
	case HK_UNIT_RATIO:
	case HK_UNIT_PROBABILITY:
		return hk_unit_parse_share(in, value);
	case HK_UNIT_RATE:
		return hk_unit_parse_rate(in, value);
	case HK_UNIT_PRICE_HOUR:
	case HK_UNIT_PRICE_MEMORY:
	case HK_UNIT_PRICE_DATA:
	case HK_UNIT_PRICE_BITRATE:
	case HK_UNIT_PRICE_LATENCY:
		return hk_unit_parse_price(in, value);
	case HK_UNIT_BOOL:
		return parse_bool(in, value);
	}
	return hk_unit_refuse(in, "has an unknown unit");
}

int hk_unit_parse(enum hk_unit unit, struct hk_str text, double *value, struct hk_buf *why)
{
	HK_AUTO_BUF struct hk_buf unused = HK_BUF_INIT;
	struct hk_unit_text in = { unit, text, { text.s, 0 }, why ? why : &unused };
	double parsed = 0;

	if ((size_t)unit >= HK_COUNT(facts))
		return -1;
	if (check_text(&in) || parse_by_unit(&in, &parsed) || check_bounds(&in, parsed))
		return -1;
	*value = parsed + 0.0;      /* -0 becomes 0 */
	return 0;
}
