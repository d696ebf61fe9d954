/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/num.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 400u
/* Beyond this every exponent gives 0 or infinity, whatever the digits of a text of NUMBER_MAX bytes. */
#define EXPONENT_MAX 100000

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool take_sign(struct hk_str *text)
{
	bool negative = text->n && text->s[0] == '-';

	if (text->n && (text->s[0] == '-' || text->s[0] == '+')) {
		text->s++;
		text->n--;
	}
	return negative;
}

static size_t count_digits(struct hk_str text)
{
	size_t n = 0;

	while (n < text.n && is_digit(text.s[n]))
		n++;
	return n;
}

static bool take_exponent(struct hk_str *text, long *exponent)
{
	bool negative;
	size_t digits;

	*exponent = 0;
	if (!text->n || (text->s[0] != 'e' && text->s[0] != 'E'))
		return true;
	text->s++;
	text->n--;
	negative = take_sign(text);
	digits = count_digits(*text);
	for (size_t i = 0; i < digits; i++)
		if (*exponent < EXPONENT_MAX)
			*exponent = *exponent * 10 + (text->s[i] - '0');
	if (negative)
		*exponent = -*exponent;
	text->s += digits;
	text->n -= digits;
	return digits > 0;
}

/*
 * Up to 15 digits and a power of ten up to 22 are both exact as doubles, so one multiplication or division rounds once and correctly (Clinger, 1990). That is
 * nearly every number that people write.
 */
bool hk_num_short(struct hk_str digits, long exponent, double *value)
{
	static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
					 1e21, 1e22 };
	uint64_t whole = 0;

	if (FLT_EVAL_METHOD != 0 || digits.n > 15 || exponent < -22 || exponent > 22)
		return false;
	for (size_t i = 0; i < digits.n; i++)
		whole = whole * 10 + (uint64_t)(digits.s[i] - '0');
	*value = exponent < 0 ? (double)whole / powers[-exponent] : (double)whole * powers[exponent];
	return true;
}

bool hk_num_parse(struct hk_str text, double *value)
{
	char plain[NUMBER_MAX + 32];
	size_t whole, fraction = 0;
	bool negative;
	long exponent;
	double result;

	if (text.n > NUMBER_MAX)
		return false;
	negative = take_sign(&text);
	whole = count_digits(text);
	memcpy(plain, text.s, whole);
	text = (struct hk_str){ text.s + whole, text.n - whole };
	if (text.n && text.s[0] == '.') {
		text = (struct hk_str){ text.s + 1, text.n - 1 };
		fraction = count_digits(text);
		memcpy(plain + whole, text.s, fraction);
		text = (struct hk_str){ text.s + fraction, text.n - fraction };
	}
	if (whole + fraction == 0 || !take_exponent(&text, &exponent) || text.n)
		return false;
	if (hk_num_short((struct hk_str){ plain, whole + fraction }, exponent - (long)fraction, &result)) {
		*value = negative ? -result : result;
		return true;
	}
	/* An integer with an exponent has no decimal separator, which strtod would take from the locale. */
	snprintf(plain + whole + fraction, 32, "e%ld", exponent - (long)fraction);
	result = strtod(plain, NULL);
	if (!isfinite(result))
		return false;
	*value = negative ? -result : result;
	return true;
}

bool hk_num_parse_int(struct hk_str text, int64_t *value)
{
	bool negative = take_sign(&text);
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t sum = 0;

	if (!text.n || count_digits(text) != text.n)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)(text.s[i] - '0');

		if (sum > (limit - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return true;
}

static bool take_unit(struct hk_str *text, double *seconds)
{
	static const struct { const char *name; double seconds; } units[] = {
		/* "ms" must be tried before "m". */
		{ "ns", 1e-9 }, { "us", 1e-6 }, { "\xC2\xB5s", 1e-6 }, { "\xCE\xBCs", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i].name);

		if (hk_str_starts(*text, units[i].name)) {
			*seconds = units[i].seconds;
			*text = (struct hk_str){ text->s + n, text->n - n };
			return true;
		}
	}
	return false;
}

bool hk_num_parse_duration(struct hk_str text, double *seconds)
{
	double total = 0, number, unit;

	if (text.n && text.s[0] == '-')
		return false;
	if (hk_num_parse(text, seconds))
		return true;
	take_sign(&text);
	if (!text.n)
		return false;
	while (text.n) {
		size_t n = 0;

		while (n < text.n && (is_digit(text.s[n]) || text.s[n] == '.'))
			n++;
		if (!hk_num_parse((struct hk_str){ text.s, n }, &number))
			return false;
		text = (struct hk_str){ text.s + n, text.n - n };
		if (!take_unit(&text, &unit))
			return false;
		/* Dividing by the reciprocal rounds once: 0.1 ms is the double nearest 1e-4. */
		total += unit < 1 ? number / nearbyint(1 / unit) : number * unit;
	}
	if (!isfinite(total))
		return false;
	*seconds = total;
	return true;
}
