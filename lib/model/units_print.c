/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as people write them. Machine output uses hk_buf_addnum on internal units instead. */
#include "model/units.h"
#include "base/vec.h"
#include <math.h>

#define DIGITS 4

struct scale { double factor; const char *unit; };

/* Largest unit that is not more than the value; the first entry when all are. */
static void print_scaled(const struct scale *scales, size_t count, double value, struct hk_buf *out)
{
	size_t best = 0;

	/* 0.99995 of a unit would print as that unit's 1 anyway */
	for (size_t i = 0; i < count; i++)
		if (value >= scales[i].factor * 0.99995)
			best = i;
	hk_buf_addround(out, value / scales[best].factor, DIGITS);
	hk_buf_addstr(out, scales[best].unit);
}

static void print_duration(double value, struct hk_buf *out)
{
	static const struct scale scales[] = { { 1e-9, "ns" }, { 1e-6, "us" }, { 1e-3, "ms" }, { 1, "s" }, { 60, "m" }, { 3600, "h" } };

	print_scaled(scales, HK_COUNT(scales), value, out);
}

static void print_bitrate(double value, struct hk_buf *out)
{
	static const struct scale scales[] = { { 1, "bps" }, { 1e3, "kbps" }, { 1e6, "Mbps" }, { 1e9, "Gbps" }, { 1e12, "Tbps" } };

	print_scaled(scales, HK_COUNT(scales), value, out);
}

static void print_bytes(double value, struct hk_buf *out)
{
	static const struct scale scales[] = { { 1, "B" }, { 1e3, "kB" }, { 1e6, "MB" }, { 1e9, "GB" }, { 1e12, "TB" } };

	print_scaled(scales, HK_COUNT(scales), value, out);
}

/* "64Gi" when that is exact with few digits, else decimal. */
static void print_quantity(double value, struct hk_buf *out)
{
	static const struct scale binary[] = { { 1099511627776.0, "Ti" }, { 1073741824.0, "Gi" }, { 1048576.0, "Mi" } };
	static const struct scale decimal[] = { { 1, "" }, { 1e6, "M" }, { 1e9, "G" }, { 1e12, "T" } };
	static const struct scale small[] = { { 1e-9, "n" }, { 1e-6, "u" }, { 1e-3, "m" } };

	for (size_t i = 0; i < HK_COUNT(binary); i++) {
		double units = value / binary[i].factor;
		if (units >= 1 && units < 10000 && units == floor(units)) {
			hk_buf_addround(out, units, DIGITS);
			hk_buf_addstr(out, binary[i].unit);
			return;
		}
	}
	if (value < 1)
		print_scaled(small, HK_COUNT(small), value, out);
	else
		print_scaled(decimal, HK_COUNT(decimal), value, out);
}

static void print_rate(double value, struct hk_buf *out)
{
	static const struct scale slow[] = { { 1.0 / 3600, "/h" }, { 1.0 / 60, "/min" } };
	static const struct scale fast[] = { { 1, "/s" }, { 1e4, "k/s" }, { 1e6, "M/s" } };

	if (value < 0.99995)
		print_scaled(slow, HK_COUNT(slow), value, out);
	else if (value >= 1e4 && value < 1e6)
		print_scaled(&(struct scale){ 1e3, "k/s" }, 1, value, out);
	else
		print_scaled(fast, HK_COUNT(fast), value, out);
}

/* Probabilities near 1 need the nines, so the digits follow the distance from 1. */
static void print_share(double value, struct hk_buf *out)
{
	int digits = DIGITS;

	if (value > 0.99 && value < 1)
		digits = (int)ceil(-log10(1 - value)) + 2;
	hk_buf_addround(out, value * 100, digits > 15 ? 15 : digits);
	hk_buf_addch(out, '%');
}

static void print_price(double value, const char *per, struct hk_buf *out)
{
	hk_buf_addround(out, value, DIGITS);
	hk_buf_addstr(out, per);
}

void hk_unit_print(enum hk_unit unit, double value, struct hk_buf *out)
{
	if (isnan(value) || isinf(value)) {
		hk_buf_addstr(out, isnan(value) ? "unknown" : value > 0 ? "unlimited" : "-unlimited");
		return;
	}
	if (value < 0) {
		hk_buf_addch(out, '-');
		value = -value;
	}
	switch (unit) {
	case HK_UNIT_DURATION: value > 0 ? print_duration(value, out) : hk_buf_addstr(out, "0s"); break;
	case HK_UNIT_BITRATE: print_bitrate(value, out); break;
	case HK_UNIT_BYTES: print_bytes(value, out); break;
	case HK_UNIT_QUANTITY: value > 0 ? print_quantity(value, out) : hk_buf_addstr(out, "0"); break;
	case HK_UNIT_RATE: value > 0 ? print_rate(value, out) : hk_buf_addstr(out, "0/s"); break;
	case HK_UNIT_RATIO:
	case HK_UNIT_PROBABILITY: print_share(value, out); break;
	case HK_UNIT_PRICE_HOUR: print_price(value, "/h", out); break;
	case HK_UNIT_PRICE_MEMORY: print_price(value * 1073741824.0, "/GiB/h", out); break;
	case HK_UNIT_PRICE_DATA: print_price(value * 1e9, "/GB", out); break;
	case HK_UNIT_PRICE_BITRATE: print_price(value * 1e9, "/Gbps/h", out); break;
	case HK_UNIT_PRICE_LATENCY: print_price(value * 1e-3, "/ms/h", out); break;
	case HK_UNIT_BOOL: hk_buf_addstr(out, value != 0 ? "true" : "false"); break;
	case HK_UNIT_COUNT:
	case HK_UNIT_NUMBER:
	case HK_UNIT_WEIGHT: hk_buf_addround(out, value, DIGITS); break;
	}
}
