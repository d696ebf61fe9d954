/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/types.h"

#include "base/vec.h"
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_octal(char c) { return c >= '0' && c <= '7'; }
static bool is_binary(char c) { return c == '0' || c == '1'; }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* Number of leading bytes of which each is in the class (or, if asked for, an underscore). */
static size_t span(struct hk_str text, bool (*accepts)(char), bool underscore)
{
	size_t n = 0;
	while (n < text.n && (accepts(text.s[n]) || (underscore && text.s[n] == '_')))
		n++;
	return n;
}

static struct hk_str skip(struct hk_str text, size_t count)
{
	return (struct hk_str){ text.s + count, text.n - count };
}

static struct hk_str skip_sign(struct hk_str text)
{
	return text.n && (text.s[0] == '-' || text.s[0] == '+') ? skip(text, 1) : text;
}

static bool is_all(struct hk_str text, bool (*accepts)(char), bool underscore)
{
	return text.n > 0 && span(text, accepts, underscore) == text.n;
}

static bool is_one_of(struct hk_str text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hk_str_is(text, words[i]))
			return true;
	return false;
}

static bool is_null(struct hk_str text)
{
	static const char *const words[] = { "~", "null", "Null", "NULL" };
	return text.n == 0 || (text.n <= 4 && (text.s[0] == '~' || text.s[0] == 'n' || text.s[0] == 'N') && is_one_of(text, words, HK_COUNT(words)));
}

static bool is_core_bool(struct hk_str text)
{
	static const char *const words[] = { "true", "True", "TRUE", "false", "False", "FALSE" };
	return (text.n == 4 || text.n == 5) && is_one_of(text, words, HK_COUNT(words));
}

static bool is_bool_11(struct hk_str text)
{
	static const char *const words[] = { "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF" };
	return (text.n <= 3 && is_one_of(text, words, HK_COUNT(words))) || is_core_bool(text);
}

static bool is_infinity_or_nan(struct hk_str text)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF" };
	static const char *const nan[] = { ".nan", ".NaN", ".NAN" };
	if (text.n < 4 || text.n > 5 || (text.s[0] != '.' && text.s[1] != '.'))
		return false;
	return is_one_of(skip_sign(text), infinite, HK_COUNT(infinite)) || is_one_of(text, nan, HK_COUNT(nan));
}

/* [eE][-+]?[0-9]+, or nothing; YAML 1.1 wants the sign. */
static bool is_exponent(struct hk_str text, bool need_sign)
{
	if (text.n == 0)
		return true;
	if (text.s[0] != 'e' && text.s[0] != 'E')
		return false;
	struct hk_str digits = skip_sign(skip(text, 1));
	return is_all(digits, is_digit, false) && (!need_sign || digits.n + 2 == text.n);
}

static bool is_int_12(struct hk_str text)
{
	if (text.n > 2 && text.s[0] == '0' && text.s[1] == 'o')
		return is_all(skip(text, 2), is_octal, false);
	if (text.n > 2 && text.s[0] == '0' && text.s[1] == 'x')
		return is_all(skip(text, 2), is_hex, false);
	return is_all(skip_sign(text), is_digit, false);
}

static bool is_float_12(struct hk_str text)
{
	struct hk_str rest = skip_sign(text);
	size_t whole = span(rest, is_digit, false);
	rest = skip(rest, whole);
	size_t fraction = 0;
	if (rest.n && rest.s[0] == '.') {
		rest = skip(rest, 1);
		fraction = span(rest, is_digit, false);
		rest = skip(rest, fraction);
	}
	return whole + fraction > 0 && is_exponent(rest, false);
}

/* Digits, then one or more ":" with 0 to 59; `tail` gets what follows. */
static bool is_base_60(struct hk_str text, struct hk_str *tail)
{
	size_t groups = 0;
	struct hk_str rest = skip(text, span(text, is_digit, true));
	if (rest.n == text.n || text.s[0] == '_')
		return false;
	while (rest.n > 1 && rest.s[0] == ':' && is_digit(rest.s[1])) {
		bool two = rest.n > 2 && is_digit(rest.s[2]);
		if (two && rest.s[1] > '5')
			return false;
		rest = skip(rest, two ? 3 : 2);
		groups++;
	}
	*tail = rest;
	return groups > 0;
}

static bool is_int_11(struct hk_str text)
{
	struct hk_str number = skip_sign(text), tail;
	if (number.n == 0 || !is_digit(number.s[0]))
		return false;
	if (number.n > 2 && number.s[0] == '0' && number.s[1] == 'b')
		return is_all(skip(number, 2), is_binary, true);
	if (number.n > 2 && number.s[0] == '0' && number.s[1] == 'x')
		return is_all(skip(number, 2), is_hex, true);
	if (number.s[0] == '0')
		return is_all(number, is_octal, true);
	return is_all(number, is_digit, true) || (is_base_60(number, &tail) && tail.n == 0);
}

static bool is_float_11(struct hk_str text)
{
	struct hk_str number = skip_sign(text), tail;
	if (number.n == 0 || (!is_digit(number.s[0]) && number.s[0] != '.'))
		return false;
	if (is_base_60(number, &tail))
		return tail.n > 0 && tail.s[0] == '.' && span(skip(tail, 1), is_digit, true) + 1 == tail.n;
	size_t whole = span(number, is_digit, true);
	struct hk_str rest = skip(number, whole);
	if (rest.n == 0 || rest.s[0] != '.')
		return false;
	rest = skip(rest, 1);
	size_t fraction = span(rest, is_digit, true);
	if (whole == 0 && (fraction == 0 || rest.s[0] == '_'))
		return false;
	return is_exponent(skip(rest, fraction), true);
}

/* Take between `low` and `high` digits and then `follow` (unless it is NUL). */
static bool take_digits(struct hk_str *text, size_t low, size_t high, char follow)
{
	size_t n = 0;
	while (n < text->n && n < high && is_digit(text->s[n]))
		n++;
	if (n < low)
		return false;
	*text = skip(*text, n);
	if (follow == '\0')
		return true;
	if (text->n == 0 || text->s[0] != follow)
		return false;
	*text = skip(*text, 1);
	return true;
}

static bool is_zone(struct hk_str text)
{
	text = hk_str_trim(text);
	if (text.n == 0 || hk_str_is(text, "Z"))
		return true;
	struct hk_str rest = skip_sign(text);
	if (rest.n == text.n || !take_digits(&rest, 1, 2, '\0'))
		return false;
	return rest.n == 0 || (rest.s[0] == ':' && rest.n == 3 && is_all(skip(rest, 1), is_digit, false));
}

static bool is_timestamp(struct hk_str text)
{
	struct hk_str rest = text;
	if (text.n < 8 || !take_digits(&rest, 4, 4, '-') || !take_digits(&rest, 1, 2, '-') || !take_digits(&rest, 1, 2, '\0'))
		return false;
	if (rest.n == 0)
		return text.n == 10;
	if (rest.s[0] != 'T' && rest.s[0] != 't' && rest.s[0] != ' ' && rest.s[0] != '\t')
		return false;
	rest = hk_str_trim(skip(rest, 1));
	if (!take_digits(&rest, 1, 2, ':') || !take_digits(&rest, 2, 2, ':') || !take_digits(&rest, 2, 2, '\0'))
		return false;
	if (rest.n && rest.s[0] == '.')
		rest = skip(rest, 1 + span(skip(rest, 1), is_digit, false));
	return is_zone(rest);
}

/* "100m", "10/s": most texts that begin with a digit are amounts; their last byte can end no number. */
static bool may_end_number(char last)
{
	return is_hex(last) || last == '.' || last == 'n' || last == 'N';
}

enum hk_scalar_type hk_yaml_type_12(struct hk_str text)
{
	char first = text.n ? text.s[0] : '~';
	switch (first) {
	case '~': case 'n': case 'N':
		return is_null(text) ? HK_TYPE_NULL : HK_TYPE_STRING;
	case 't': case 'T': case 'f': case 'F':
		return is_core_bool(text) ? HK_TYPE_BOOL : HK_TYPE_STRING;
	case '-': case '+': case '.':
		break;
	default:
		if (!is_digit(first))
			return HK_TYPE_STRING;
	}
	if (!may_end_number(text.s[text.n - 1]))
		return HK_TYPE_STRING;
	if (is_int_12(text))
		return HK_TYPE_INT;
	return is_float_12(text) || is_infinity_or_nan(text) ? HK_TYPE_FLOAT : HK_TYPE_STRING;
}

enum hk_type_11 hk_yaml_type_11(struct hk_str text)
{
	if (is_null(text))
		return HK_11_NULL;
	char first = text.s[0];
	if (!is_digit(first) && first != '-' && first != '+' && first != '.') {
		if (first != '\0' && strchr("yYnNoOtTfF", first))
			return is_bool_11(text) ? HK_11_BOOL : HK_11_STRING;
		return hk_str_is(text, "<<") ? HK_11_MERGE : hk_str_is(text, "=") ? HK_11_VALUE : HK_11_STRING;
	}
	if (is_int_11(text))
		return HK_11_INT;
	if (is_float_11(text) || is_infinity_or_nan(text))
		return HK_11_FLOAT;
	return is_timestamp(text) ? HK_11_TIMESTAMP : HK_11_STRING;
}

const char *hk_yaml_name_11(enum hk_type_11 type)
{
	static const char *const names[] = { "null", "a boolean", "an integer", "a floating-point number", "a string", "a time stamp", "a merge sign",
					     "a default-value sign" };
	return names[type];
}

const char *hk_yaml_name_12(enum hk_scalar_type type)
{
	static const char *const names[] = { "null", "a boolean", "an integer", "a floating-point number", "a string" };
	return names[type];
}

bool hk_yaml_is_octal_11(struct hk_str text)
{
	struct hk_str number = skip_sign(text);
	if (number.n < 2 || number.s[0] != '0' || !is_all(number, is_octal, false))
		return false;
	while (number.n > 1 && number.s[0] == '0')
		number = skip(number, 1);
	return number.n > 1;       /* 00 to 07 are the same number in both */
}

bool hk_yaml_may_differ(struct hk_str text)
{
	static const bool first[256] = {
		['y'] = true, ['Y'] = true, ['n'] = true, ['N'] = true, ['o'] = true, ['O'] = true, ['<'] = true, ['='] = true, ['-'] = true, ['+'] = true,
		['.'] = true, ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true,
		['9'] = true,
	};
	return text.n > 0 && first[(unsigned char)text.s[0]];
}

bool hk_yaml_is_ambiguous(struct hk_str text)
{
	if (!hk_yaml_may_differ(text))
		return false;
	static const enum hk_scalar_type same[] = { [HK_11_NULL] = HK_TYPE_NULL, [HK_11_BOOL] = HK_TYPE_BOOL, [HK_11_INT] = HK_TYPE_INT,
						    [HK_11_FLOAT] = HK_TYPE_FLOAT, [HK_11_STRING] = HK_TYPE_STRING };
	enum hk_type_11 old = hk_yaml_type_11(text);
	if (old > HK_11_STRING || same[old] != hk_yaml_type_12(text))
		return true;
	return old == HK_11_INT && hk_yaml_is_octal_11(text);
}
