/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact decimal scanning. strtod reads the point of the locale, so it is only ever given digits and an exponent, where every locale agrees and where it is
 * correctly rounded; prefixes are folded into that exponent, so "1.1k" is the double nearest to 1100.
 */
#include "model/units_internal.h"
#include "base/num.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct hk_prefix hk_prefixes_binary[] = {
	{ "Ki", 0, 10 }, { "Mi", 0, 20 }, { "Gi", 0, 30 }, { "Ti", 0, 40 }, { "Pi", 0, 50 }, { "Ei", 0, 60 }, { NULL, 0, 0 },
};
const struct hk_prefix hk_prefixes_decimal[] = {
	{ "n", -9, 0 }, { "u", -6, 0 }, { "m", -3, 0 }, { "k", 3, 0 }, { "M", 6, 0 }, { "G", 9, 0 },
	{ "T", 12, 0 }, { "P", 15, 0 }, { "E", 18, 0 }, { NULL, 0, 0 },
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Exponent at `at` ("e-3"): its length, or 0 when there is none. */
static size_t scan_exponent(struct hk_str text, size_t at, int *exponent)
{
	size_t i = at + 1;
	bool negative = false;
	int value = 0;

	if (at >= text.n || (text.s[at] != 'e' && text.s[at] != 'E'))
		return 0;
	if (i < text.n && (text.s[i] == '+' || text.s[i] == '-'))
		negative = text.s[i++] == '-';
	if (i >= text.n || !is_digit(text.s[i]))
		return 0;
	for (; i < text.n && is_digit(text.s[i]); i++)
		if (value < 100000)
			value = value * 10 + (text.s[i] - '0');
	*exponent = negative ? -value : value;
	return i - at;
}

bool hk_decimal_scan(struct hk_str *rest, bool exponent, struct hk_decimal *out)
{
	size_t i = 0, length;
	unsigned seen = 0;
	bool point = false;
	int written = 0;

	*out = (struct hk_decimal){ .integer = true };
	if (rest->n > HK_UNIT_TEXT_MAX)
		return false;
	if (i < rest->n && (rest->s[i] == '+' || rest->s[i] == '-'))
		out->negative = rest->s[i++] == '-';
	for (; i < rest->n && (is_digit(rest->s[i]) || (rest->s[i] == '.' && !point)); i++) {
		if (rest->s[i] == '.') {
			point = true;
			continue;
		}
		seen++;
		out->exponent -= point;
		if (out->n_digits || rest->s[i] != '0')
			out->digits[out->n_digits++] = rest->s[i];
	}
	if (!seen)
		return false;
	out->integer = !point;
	length = exponent ? scan_exponent(*rest, i, &written) : 0;
	if (length) {
		out->exponent += written;
		out->integer = false;
		out->has_exponent = true;
	}
	*rest = (struct hk_str){ rest->s + i + length, rest->n - i - length };
	return true;
}

double hk_decimal_value(const struct hk_decimal *number, int shift)
{
	char text[HK_UNIT_TEXT_MAX + 16];
	double value;

	if (!number->n_digits)
		return 0;
	if (hk_num_short((struct hk_str){ number->digits, number->n_digits }, number->exponent + shift, &value))
		return number->negative ? -value : value;
	snprintf(text, sizeof text, "%.*se%d", (int)number->n_digits, number->digits, number->exponent + shift);
	value = strtod(text, NULL);
	return number->negative ? -value : value;
}

const struct hk_prefix *hk_prefix_find(const struct hk_prefix *table, struct hk_str text)
{
	for (; table->text; table++)
		if (hk_str_is(text, table->text))
			return table;
	return NULL;
}

double hk_prefix_apply(const struct hk_decimal *number, const struct hk_prefix *prefix)
{
	if (!prefix)
		return hk_decimal_value(number, 0);
	return ldexp(hk_decimal_value(number, prefix->decimal), prefix->binary);
}
