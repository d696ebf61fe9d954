/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the unit parsers share: an exact decimal scanner that no locale can disturb, and the wording of refusals.
 */
#ifndef HK_MODEL_UNITS_INTERNAL_H
#define HK_MODEL_UNITS_INTERNAL_H

#include "model/units.h"

#define HK_UNIT_TEXT_MAX 64     /* longer texts are refused before anything else looks at them */

/* A decimal number as written: digits without the point, times 10^exponent. */
struct hk_decimal {
	char digits[HK_UNIT_TEXT_MAX + 1];
	unsigned n_digits;
	int exponent;
	bool negative, integer /* neither point nor exponent */, has_exponent;
};

/*
 * Take a number off the front of *rest: sign, digits with at most one point and, when `exponent` is true, e or E with digits. False and *rest untouched when
 * there is none. "1E" leaves the E: it is the suffix exa.
 */
bool hk_decimal_scan(struct hk_str *rest, bool exponent, struct hk_decimal *out);
/* Nearest double to the number times 10^shift; HUGE_VAL when it overflows. */
double hk_decimal_value(const struct hk_decimal *number, int shift);

/* Decimal (k, M, ...) or binary (Ki, Mi, ...) prefix: value = number * 10^decimal * 2^binary. */
struct hk_prefix { const char *text; int decimal, binary; };
extern const struct hk_prefix hk_prefixes_binary[], hk_prefixes_decimal[];      /* Ki..Ei; k..E; text NULL ends */
const struct hk_prefix *hk_prefix_find(const struct hk_prefix *table, struct hk_str text);
double hk_prefix_apply(const struct hk_decimal *number, const struct hk_prefix *prefix);   /* prefix NULL: none */

/* One text being parsed. */
struct hk_unit_text {
	enum hk_unit unit;
	struct hk_str text;         /* whole */
	struct hk_str number;       /* as written, in front of the unit */
	struct hk_buf *why;
};

/* Append "'<text>' <format>" to why; always -1. */
int hk_unit_refuse(const struct hk_unit_text *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Number at the front of *rest, or a refusal that says what stands there instead. */
int hk_unit_number(struct hk_unit_text *in, struct hk_str *rest, bool exponent, struct hk_decimal *out);

int hk_unit_parse_quantity(struct hk_unit_text *in, double *value);
int hk_unit_parse_bytes(struct hk_unit_text *in, double *value);
int hk_unit_parse_bitrate(struct hk_unit_text *in, double *value);
int hk_unit_parse_duration(struct hk_unit_text *in, double *value);
int hk_unit_parse_share(struct hk_unit_text *in, double *value);         /* ratio, probability */
int hk_unit_parse_rate(struct hk_unit_text *in, double *value);
int hk_unit_parse_price(struct hk_unit_text *in, double *value);         /* all HK_UNIT_PRICE_* */

/* Value of a bare unit, for prices "per ...": bytes of "GiB", bit/s of "Gbps", seconds of "ms", hours of "d". False when unknown. */
bool hk_unit_bytes_of(struct hk_str unit, double *value);
bool hk_unit_bitrate_of(struct hk_str unit, double *value);
bool hk_unit_seconds_of(struct hk_str unit, double *value);

#endif
