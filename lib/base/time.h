/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments as documents write them (RFC 3339). As a number: seconds since 1970-01-01T00:00:00Z without leap seconds; microseconds survive. */
#ifndef HK_BASE_TIME_H
#define HK_BASE_TIME_H

#include "base/buf.h"

/* "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.25+01:00"; years 1970 to 9999. False when it is none; *seconds is then untouched. */
bool hk_time_parse(struct hk_str text, double *seconds);
/* The same where 0 says that there is no such moment: never less than 1. */
bool hk_time_parse_moment(struct hk_str text, double *seconds);
/* In UTC, whole seconds (rounded down), as Kubernetes writes its time stamps. Nothing for what is not finite or outside the years above. */
void hk_time_print(double seconds, struct hk_buf *out);

#endif
