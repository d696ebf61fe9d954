/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts: Kubernetes quantities, bytes, bit rates. */
#include "model/units_internal.h"
#include "base/vec.h"
#include <math.h>

/* Prefix of quantities, binary or decimal; the empty text is no prefix. */
static bool quantity_prefix(struct hk_str text, const struct hk_prefix **prefix)
{
	*prefix = NULL;
	if (!text.n)
		return true;
	*prefix = hk_prefix_find(hk_prefixes_binary, text);
	if (!*prefix)
		*prefix = hk_prefix_find(hk_prefixes_decimal, text);
	return *prefix != NULL;
}

/* The prefix likely meant by "gb", "GiB", "K": its letters in the case Kubernetes uses, or NULL. */
static const char *likely_quantity_prefix(struct hk_str text)
{
	static const struct { const char *letters, *meant; } table[] = {
		{ "k", "k" }, { "kb", "k" }, { "ki", "Ki" }, { "kib", "Ki" }, { "mb", "M" }, { "mi", "Mi" }, { "mib", "Mi" },
		{ "g", "G" }, { "gb", "G" }, { "gi", "Gi" }, { "gib", "Gi" }, { "t", "T" }, { "tb", "T" }, { "ti", "Ti" }, { "tib", "Ti" },
		{ "p", "P" }, { "pb", "P" }, { "pi", "Pi" }, { "pib", "Pi" }, { "eb", "E" }, { "ei", "Ei" }, { "eib", "Ei" },
	};

	for (size_t i = 0; i < HK_COUNT(table); i++) {
		struct hk_str letters = hk_str_of(table[i].letters);
		if (letters.n == text.n && hk_str_distance(letters, text, 1) == 0)
			return table[i].meant;
	}
	return NULL;
}

int hk_unit_parse_quantity(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	struct hk_decimal number;
	const struct hk_prefix *prefix;
	const char *likely;

	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	if (!quantity_prefix(rest, &prefix) || (prefix && number.has_exponent)) {
		likely = likely_quantity_prefix(rest);
		if (likely && number.has_exponent)
			return hk_unit_refuse(in, "is not a Kubernetes quantity: no unit goes behind an exponent");
		if (likely)
			return hk_unit_refuse(in, "is not a Kubernetes quantity; write %.*s%s", HK_STR_ARG(in->number), likely);
		if (hk_str_is(rest, "%"))
			return hk_unit_refuse(in, "is a share, expected an amount such as 500m or 64Gi");
		return hk_unit_refuse(in, "is not a Kubernetes quantity such as 500m or 64Gi");
	}
	*value = hk_prefix_apply(&number, prefix);
	return 0;
}

/* "kB", "KiB", "B": everything that ends in B. */
static bool byte_unit(struct hk_str text, const struct hk_prefix **prefix)
{
	struct hk_str before = { text.s, text.n ? text.n - 1 : 0 };

	*prefix = NULL;
	if (!text.n || text.s[text.n - 1] != 'B')
		return false;
	if (!quantity_prefix(before, prefix))
		return false;
	return !*prefix || (*prefix)->decimal >= 0;
}

bool hk_unit_bytes_of(struct hk_str unit, double *value)
{
	struct hk_str digits = HK_STR("1");
	struct hk_decimal one;
	const struct hk_prefix *prefix;

	if (!unit.n || (!byte_unit(unit, &prefix) && (!quantity_prefix(unit, &prefix) || prefix->decimal < 0)))
		return false;
	hk_decimal_scan(&digits, false, &one);
	*value = hk_prefix_apply(&one, prefix);
	return true;
}

static int refuse_bytes(const struct hk_unit_text *in, struct hk_str unit)
{
	if (!unit.n)
		return hk_unit_refuse(in, "has no unit; write %.*sB if it is bytes", HK_STR_ARG(in->number));
	if (unit.n >= 2 && (unit.s[0] == 'K' || unit.s[0] == 'k') && hk_str_distance(unit, HK_STR("KB"), 1) == 0)
		return hk_unit_refuse(in, "can mean 1000 or 1024 bytes; write %.*skB or %.*sKiB", HK_STR_ARG(in->number), HK_STR_ARG(in->number));
	if (hk_str_ends(unit, "bps") || hk_str_ends(unit, "/s"))
		return hk_unit_refuse(in, "is a bit rate, expected a size in bytes such as 60kB");
	if (unit.s[unit.n - 1] == 'b' && unit.n <= 3)
		return hk_unit_refuse(in, "is bits, expected bytes; write %.*s%.*sB", HK_STR_ARG(in->number), (int)(unit.n - 1), unit.s);
	if (hk_str_is(unit, "m"))
		return hk_unit_refuse(in, "is thousandths of a byte; write %.*sMB", HK_STR_ARG(in->number));
	return hk_unit_refuse(in, "is not a size in bytes such as 60kB or 4KiB");
}

int hk_unit_parse_bytes(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text;
	struct hk_decimal number;
	const struct hk_prefix *prefix;

	if (hk_unit_number(in, &rest, false, &number))
		return -1;
	if (!number.n_digits && !rest.n) {
		*value = 0;
		return 0;
	}
	if (!byte_unit(rest, &prefix) && (!rest.n || !quantity_prefix(rest, &prefix) || prefix->decimal < 0))
		return refuse_bytes(in, rest);
	*value = hk_prefix_apply(&number, prefix);
	return 0;
}

/* Text without a bit-rate ending ("bps", "bit/s", "b/s"); false when it has none. */
static bool cut_bitrate_ending(struct hk_str *text)
{
	static const char *const endings[] = { "bps", "bit/s", "b/s" };

	for (size_t i = 0; i < HK_COUNT(endings); i++) {
		if (hk_str_ends(*text, endings[i])) {
			text->n -= hk_str_of(endings[i]).n;
			return true;
		}
	}
	return false;
}

static bool bitrate_prefix(struct hk_str text, const struct hk_prefix **prefix)
{
	return quantity_prefix(text, prefix) && (!*prefix || (*prefix)->decimal >= 0);
}

bool hk_unit_bitrate_of(struct hk_str unit, double *value)
{
	struct hk_str digits = HK_STR("1");
	struct hk_decimal one;
	const struct hk_prefix *prefix;

	if (!cut_bitrate_ending(&unit) || !bitrate_prefix(unit, &prefix))
		return false;
	hk_decimal_scan(&digits, false, &one);
	*value = hk_prefix_apply(&one, prefix);
	return true;
}

/* The letter of the prefix at the front of a unit in the case SI uses; "" when there is none. */
static const char *likely_bitrate_prefix(struct hk_str unit)
{
	switch (unit.n ? unit.s[0] : 0) {
	case 'k': case 'K': return "k";
	case 'm': case 'M': return "M";
	case 'g': case 'G': return "G";
	case 't': case 'T': return "T";
	default: return "";
	}
}

static int refuse_bitrate(const struct hk_unit_text *in, struct hk_str unit)
{
	const char *prefix = likely_bitrate_prefix(unit);
	struct hk_str after = { unit.s + (*prefix != 0), unit.n - (*prefix != 0) };

	if (hk_str_is(after, "B") || hk_str_is(after, "iB"))
		return hk_unit_refuse(in, "is bytes, expected a bit rate such as 10Gbps");
	if (hk_str_is(after, "B/s") || hk_str_is(after, "Bps") || hk_str_is(after, "iB/s"))
		return hk_unit_refuse(in, "is bytes per second, expected bits per second (eight times the number) such as 10Gbps");
	if (hk_str_is(unit, "m"))
		return hk_unit_refuse(in, "is thousandths of a bit/s; write %.*sMbps", HK_STR_ARG(in->number));
	if (*prefix || hk_str_starts(unit, "bit"))
		return hk_unit_refuse(in, "is not a bit rate; write %.*s%sbps", HK_STR_ARG(in->number), prefix);
	return hk_unit_refuse(in, "is not a bit rate such as 10Gbps or 100Mbit/s");
}

int hk_unit_parse_bitrate(struct hk_unit_text *in, double *value)
{
	struct hk_str rest = in->text, unit;
	struct hk_decimal number;
	const struct hk_prefix *prefix;

	if (hk_unit_number(in, &rest, true, &number))
		return -1;
	unit = rest;
	(void)cut_bitrate_ending(&rest);
	if (number.has_exponent && unit.n > 0)
		return hk_unit_refuse(in, "is not a bit rate: no unit goes behind an exponent");
	if (!bitrate_prefix(rest, &prefix))
		return refuse_bitrate(in, unit);
	*value = hk_prefix_apply(&number, prefix);
	return 0;
}
