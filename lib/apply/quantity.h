/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantities of a plan as decimal numbers in the unit a controller wants. Private to lib/apply. */
#ifndef HK_APPLY_QUANTITY_H
#define HK_APPLY_QUANTITY_H

#include "base/buf.h"

enum hk_rounding { HK_ROUND_EXACT, HK_ROUND_UP, HK_ROUND_DOWN, HK_ROUND_NEAREST };

/* bit/s or seconds that one of the unit is; 0 when there is no such unit. *rate: it is one of bandwidth. */
double hk_quantity_unit(const char *name, bool *rate);
/*
 * value / unit with so many digits behind the point (0 to 9), trailing zeros left out. What is within 1e-9 of its size of a number that can be written is that
 * number. False when exactness was asked for and cannot be had, or the number is negative, not finite or past 2^53.
 */
bool hk_quantity_print(double value, double unit, int decimals, enum hk_rounding rounding, struct hk_buf *out);

#endif
