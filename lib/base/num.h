/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to numbers, independent of LC_NUMERIC and without strtod's hexadecimal, "inf", "nan" and leading blanks. The whole slice must be the number. */
#ifndef HK_BASE_NUM_H
#define HK_BASE_NUM_H

#include "base/str.h"
#include <stdint.h>

/* [+-] digits [. digits] [e [+-] digits], also ".5" and "5."; correctly rounded. False when malformed, over 400 bytes, or not finite. */
bool hk_num_parse(struct hk_str text, double *value);
/* digits * 10^exponent, correctly rounded, without the work of strtod; false when there are too many digits, or the exponent is too large, for that. */
bool hk_num_short(struct hk_str digits, long exponent, double *value);
/* [+-] digits; false when malformed or outside int64_t. */
bool hk_num_parse_int(struct hk_str text, int64_t *value);
/* Go's time.ParseDuration ("1h30m", "250ms", "1.5s", "10us"), or a plain number of seconds; not negative. Result in seconds. */
bool hk_num_parse_duration(struct hk_str text, double *seconds);

#endif
