/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place where text becomes a quantity. Internal units are SI base units: seconds, bits per second, bytes, plain ratios, events per second,
 * currency per hour. A number without a unit it needs is an error whose text names the likely units.
 */
#ifndef HK_MODEL_UNITS_H
#define HK_MODEL_UNITS_H

#include "base/buf.h"
#include <stdint.h>

enum hk_unit {
	HK_UNIT_COUNT,          /* plain integer >= 0: "3" */
	HK_UNIT_NUMBER,         /* plain decimal >= 0 */
	HK_UNIT_QUANTITY,       /* Kubernetes quantity (resource.Quantity grammar): "500m", "64Gi", "1e3"; result in whole units, >= 0 */
	HK_UNIT_DURATION,       /* Go duration: "1.5ms", "1h2m", "200us"; also "µs"; seconds. "0" alone is allowed */
	HK_UNIT_BITRATE,        /* "10Gbps", "100Mbit/s", "2.5Gb/s", or a Kubernetes quantity = bit/s (b.3 of the placement reference) */
	HK_UNIT_BYTES,          /* "60kB", "4KiB", "512B", "1MB", "1Mi" */
	HK_UNIT_RATIO,          /* "0.1%", "0.001", "10ppm"; 0..1 */
	HK_UNIT_PROBABILITY,    /* "99.99%", "0.9999"; strictly inside (0, 1] */
	HK_UNIT_RATE,           /* "300/s", "12/min", "1k/s", "5/h": events per second */
	HK_UNIT_PRICE_HOUR,     /* "0.042/h", "1.2/d": currency per hour */
	HK_UNIT_PRICE_MEMORY,   /* "0.008/GiB/h": currency per byte and hour */
	HK_UNIT_PRICE_DATA,     /* "0.02/GB", "0.01/GiB": currency per byte */
	HK_UNIT_PRICE_BITRATE,  /* "3/Gbps/h": currency per bit/s and hour */
	HK_UNIT_PRICE_LATENCY,  /* "20/ms/h": currency per second of latency and hour */
	HK_UNIT_WEIGHT,         /* plain decimal, -100..100 */
	HK_UNIT_BOOL,           /* true / false */
};

/*
 * Parse; 0 and *value, or -1 and a sentence in *why ("'300' has no unit; write 300/s if it is per second"). *value is finite on success.
 */
int hk_unit_parse(enum hk_unit unit, struct hk_str text, double *value, struct hk_buf *why);
/* People's text for a value in internal units: "1.5ms", "10Gbps", "64Gi", "99.99%", "300/s". At most 4 significant digits; never for machine output. */
void hk_unit_print(enum hk_unit unit, double value, struct hk_buf *out);
const char *hk_unit_example(enum hk_unit unit);    /* "1.5ms" */

#endif
