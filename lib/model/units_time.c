/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations (Go's time.ParseDuration), rates, shares and prices. */
#include "model/units_internal.h"
#include "base/vec.h"
#include <string.h>

/* Units of Go durations: the number times 10^decimal times factor is seconds. Both code points of the micro sign, as Go takes them. */
struct time_unit { const char *text; int decimal; double factor; };
static const struct time_unit time_units[] = {
	{ "ns", -9, 1 }, { "us", -6, 1 }, { "\xc2\xb5s", -6, 1 }, { "\xce\xbcs", -6, 1 },
	{ "ms", -3, 1 }, { "s", 0, 1 }, { "m", 0, 60 }, { "h", 0, 3600 },
};

static const struct time_unit *time_unit_find(struct hk_str text)
{
	for (size_t i = 0; i < HK_COUNT(time_units); i++)
		if (hk_str_is(text, time_units[i].text))
			return &time_units[i];
	return NULL;
}

bool hk_unit_seconds_of(struct hk_str unit, double *value)
{
	struct hk_str digits = HK_STR("1");
	const struct time_unit *found = time_unit_find(unit);
	struct hk_decimal one;

	if (!found)
		return false;
	hk_decimal_scan(&digits, false, &one);
	*value = hk_decimal_value(&one, found->decimal) * found->factor;
	return true;
}

static int refuse_duration(const struct hk_unit_text *in, struct hk_str unit)
{
	static const struct { const char *found, *meant; } table[] = {
		{ "msec", "ms" }, { "millis", "ms" }, { "usec", "us" }, { "sec", "s" }, { "secs", "s" }, { "second", "s" }, { "seconds", "s" },
		{ "min", "m" }, { "mins", "m" }, { "minutes", "m" }, { "hour", "h" }, { "hours", "h" }, { "hr", "h" }, { "MS", "ms" }, { "Ms", "ms" },
		{ "S", "s" }, { "H", "h" }, { "M", "m" }, { "US", "us" }, { "nsec", "ns" },
	};

	if (!unit.n)
		return hk_unit_refuse(in, "has no unit; write %.*sms if it is milliseconds, %.*ss if it is seconds", HK_STR_ARG(in->number),
				      HK_STR_ARG(in->number));
	for (size_t i = 0; i < HK_COUNT(table); i++)
		if (hk_str_is(unit, table[i].found))
			return hk_unit_refuse(in, "has an unknown unit; write %.*s%s", HK_STR_ARG(in->number), table[i].meant);
	if (hk_str_is(unit, "d"))
		return hk_unit_refuse(in, "uses days, which Go durations do not have; write hours such as 24h");
	return hk_unit_refuse(in, "is not a duration such as 1.5ms, 200us or 1h30m");
}

int hk_unit_parse_duration(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	double sum = 0;

	do {
		struct hk_decimal number;
		struct hk_str unit;
		const struct time_unit *found;

		if (rest.s != in->text.s && (*rest.s == '+' || *rest.s == '-'))
			return hk_unit_refuse(in, "has a sign in the middle");
		if (hk_unit_number(in, &rest, false, &number))
			return -1;
		unit = (struct hk_str){ rest.s, 0 };
		while (unit.n < rest.n && !strchr("0123456789.+-", rest.s[unit.n]))
			unit.n++;
		if (number.negative && number.n_digits)
			return hk_unit_refuse(in, "is negative; expected a duration such as 1.5ms");
		if (!unit.n && !number.n_digits && in->number.n == in->text.n)
			return 0;                       /* "0" alone */
		found = time_unit_find(unit);
		if (!found)
			return refuse_duration(in, unit);
		sum += hk_decimal_value(&number, found->decimal) * found->factor;
		rest = (struct hk_str){ rest.s + unit.n, rest.n - unit.n };
	} while (rest.n);
	*value = sum;
	return 0;
}

int hk_unit_parse_share(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	struct hk_decimal number;
	int shift = 0;

	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	if (hk_str_is(rest, "%"))
		shift = -2;
	else if (hk_str_is(rest, "ppm"))
		shift = -6;
	else if (rest.n)
		return hk_unit_refuse(in, "is not a share such as 0.1%%, 0.001 or 10ppm");
	*value = hk_decimal_value(&number, shift);
	if (*value > 1 && !shift && *value <= 100)
		return hk_unit_refuse(in, "is more than 1; write %.*s%% if it is percent", HK_STR_ARG(in->number));
	if (*value > 1 && shift)
		return hk_unit_refuse(in, "is more than 100%%");
	if (in->unit == HK_UNIT_PROBABILITY && *value <= 0)
		return hk_unit_refuse(in, "is not a probability; it must be above 0 and at most 100%%");
	return 0;
}

static int refuse_rate(const struct hk_unit_text *in, struct hk_str unit)
{
	static const char *const seconds[] = { "rps", "qps", "Hz", "hz", "fps", "msg/s", "msgs/s", "req/s", "/sec", "/second", "ps", "pps" };

	if (!unit.n)
		return hk_unit_refuse(in, "has no unit; write %.*s/s", HK_STR_ARG(in->number));
	for (size_t i = 0; i < HK_COUNT(seconds); i++)
		if (hk_str_is(unit, seconds[i]))
			return hk_unit_refuse(in, "has an unknown unit; write %.*s/s", HK_STR_ARG(in->number));
	if (hk_str_is(unit, "/m") || hk_str_is(unit, "/minute"))
		return hk_unit_refuse(in, "has an unknown unit; write %.*s/min", HK_STR_ARG(in->number));
	if (hk_str_is(unit, "/hour"))
		return hk_unit_refuse(in, "has an unknown unit; write %.*s/h", HK_STR_ARG(in->number));
	return hk_unit_refuse(in, "is not a rate such as 300/s, 12/min or 5/h");
}

int hk_unit_parse_rate(struct hk_unit_text *in, double *value)
{
	static const struct { const char *text; double seconds; } per[] = { { "/s", 1 }, { "/min", 60 }, { "/h", 3600 }, { "/d", 86400 } };
	struct hk_str rest = in->text, unit;
	struct hk_decimal number;
	const struct hk_prefix *prefix = NULL;

	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	unit = rest;
	if (rest.n && rest.s[0] != '/') {
		prefix = hk_prefix_find(hk_prefixes_decimal, (struct hk_str){ rest.s, 1 });
		if (!prefix || prefix->decimal < 0 || number.has_exponent)
			return refuse_rate(in, unit);
		rest = (struct hk_str){ rest.s + 1, rest.n - 1 };
	}
	for (size_t i = 0; i < HK_COUNT(per); i++) {
		if (hk_str_is(rest, per[i].text)) {
			*value = hk_prefix_apply(&number, prefix) / per[i].seconds;
			return 0;
		}
	}
	return refuse_rate(in, unit);
}

/* Hours of "h" or "d". */
static bool hours_of(struct hk_str unit, double *hours)
{
	*hours = hk_str_is(unit, "d") ? 24 : 1;
	return hk_str_is(unit, "d") || hk_str_is(unit, "h");
}

/* The amount a price is for: GiB, Gbps, ms; 1 for a plain price per hour. */
static bool price_amount(enum hk_unit unit, struct hk_str *rest, double *amount)
{
	struct hk_str name;

	*amount = 1;
	if (unit == HK_UNIT_PRICE_HOUR)
		return true;
	name = hk_str_cut(rest, '/');
	if (unit == HK_UNIT_PRICE_BITRATE)
		return hk_unit_bitrate_of(name, amount);
	if (unit == HK_UNIT_PRICE_LATENCY)
		return hk_unit_seconds_of(name, amount);
	return hk_unit_bytes_of(name, amount);
}

int hk_unit_parse_price(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	struct hk_decimal number;
	double amount, hours = 1;
	const char *example = hk_unit_example(in->unit);
	struct hk_str per = hk_str_of(example);

	hk_str_cut(&per, '/');
	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	*value = hk_decimal_value(&number, 0);
	if (!rest.n && !number.n_digits)
		return 0;
	if (!rest.n)
		return hk_unit_refuse(in, "has no unit; write %.*s/%.*s", HK_STR_ARG(in->number), HK_STR_ARG(per));
	if (rest.s[0] != '/')
		return hk_unit_refuse(in, "is not a price such as %s", example);
	rest = (struct hk_str){ rest.s + 1, rest.n - 1 };
	if (!price_amount(in->unit, &rest, &amount))
		return hk_unit_refuse(in, "is not a price such as %s", example);
	if (in->unit == HK_UNIT_PRICE_DATA ? rest.n != 0 : !hours_of(rest, &hours))
		return hk_unit_refuse(in, "is not a price such as %s", example);
	*value /= amount * hours;
	return 0;
}
