/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/quantity.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct { const char *name; double size; bool rate; } units[] = {
	{ "bit/s", 1, true }, { "kbit/s", 1e3, true }, { "Mbit/s", 1e6, true }, { "Gbit/s", 1e9, true }, { "B/s", 8, true }, { "kB/s", 8e3, true },
	{ "MB/s", 8e6, true },
	{ "s", 1, false }, { "ms", 1e-3, false }, { "us", 1e-6, false }, { "ns", 1e-9, false }, { "10ns", 1e-8, false },
};

double hk_quantity_unit(const char *name, bool *rate)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(units[i].name, name) == 0) {
			*rate = units[i].rate;
			return units[i].size;
		}
	return 0;
}

static double rounded(double scaled, enum hk_rounding rounding)
{
	double near = round(scaled);

	if (fabs(scaled - near) <= 1e-9 * fmax(fabs(scaled), 1))
		return near;
	switch (rounding) {
	case HK_ROUND_UP:
		return ceil(scaled);
	case HK_ROUND_DOWN:
		return floor(scaled);
	case HK_ROUND_NEAREST:
		return near;
	default:
		return (double)NAN;
	}
}

bool hk_quantity_print(double value, double unit, int decimals, enum hk_rounding rounding, struct hk_buf *out)
{
	double scale = pow(10, decimals), number = rounded(value / unit * scale, rounding);
	uint64_t whole, part;

	if (!(number >= 0) || number > 9007199254740992.0)
		return false;
	whole = (uint64_t)number / (uint64_t)scale;
	part = (uint64_t)number % (uint64_t)scale;
	hk_buf_addf(out, "%llu", (unsigned long long)whole);
	if (part) {
		hk_buf_addf(out, ".%0*llu", decimals, (unsigned long long)part);
		while (out->s[out->len - 1] == '0')
			out->s[--out->len] = '\0';
	}
	return true;
}
