/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact quantities for operators' APIs: a value is a fraction of two integers, so that a conversion between units either loses nothing or rounds in a direction
 * that was asked for. Base units: nanoseconds, bits per second, parts per billion. Where a value does not fit 127 bits the functions say so; they never wrap
 * and never go through floating point.
 */
#ifndef HK_NET_API_EXACT_H
#define HK_NET_API_EXACT_H

#include "base/buf.h"
#include <stdint.h>

__extension__ typedef __int128 hk_wide;
struct hk_exact { hk_wide numerator, denominator; };      /* lowest terms, denominator > 0 */

enum hk_dimension { HK_DIMENSION_NONE, HK_DIMENSION_DURATION, HK_DIMENSION_BITRATE, HK_DIMENSION_RATIO };
enum hk_round { HK_ROUND_EXACT, HK_ROUND_UP, HK_ROUND_DOWN };

/* [-]digits[.digits][e[+-]digits] as JSON writes numbers, at most 34 significant digits and exponents of 30. */
bool hk_exact_parse(struct hk_str text, struct hk_exact *value);
/* Multiply by numerator/denominator, both > 0. False when it does not fit; *value is then untouched. */
bool hk_exact_scale(struct hk_exact *value, int64_t numerator, int64_t denominator);
/* Whole number; false when it is none and the rounding is exact, or when it does not fit. Up is towards plus infinity. */
bool hk_exact_integer(const struct hk_exact *value, enum hk_round round, int64_t *result);
/* Decimal digits; false (and nothing appended) when the decimal fraction does not end, or is longer than 30 digits. */
bool hk_exact_print(const struct hk_exact *value, struct hk_buf *out);
int hk_exact_compare(const struct hk_exact *a, const struct hk_exact *b);

/* The unit called `name` in base units; false when there is none. "" belongs to no dimension. One spelling can be of one dimension only. */
bool hk_exact_unit(struct hk_str name, enum hk_dimension *dimension, struct hk_exact *factor);
/*
 * A quantity as people and operators write it, in base units: "1h30m", "12.5 Mbps", "0.1%", "1E-3" (ratio). Without a unit: bits per second, a plain ratio, but
 * no duration other than 0.
 */
bool hk_exact_quantity(enum hk_dimension dimension, struct hk_str text, struct hk_exact *value);
/* As documents of hkctl write it, after rounding to a whole base unit: "4.25ms", "12500000bps", "25ppb". */
bool hk_exact_document(enum hk_dimension dimension, const struct hk_exact *value, enum hk_round round, struct hk_buf *out);

#endif
