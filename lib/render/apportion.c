/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/apportion.h"
#include <math.h>
#include <stdbool.h>

static double quota(const double *shares, double sum, size_t n, size_t i, int64_t total)
{
	return (double)total * (sum > 0 ? fmax(shares[i], 0) / sum : 1.0 / (double)n);
}

/* Move one part by one unit towards its quota; false when no part may move. */
static bool step(const double *shares, double sum, size_t n, int64_t total, int64_t least, const int64_t *most, int64_t *parts, int64_t unit)
{
	size_t best = n;
	double best_gap = 0;
	for (size_t i = 0; i < n; i++) {
		if (unit > 0 ? most && parts[i] >= most[i] : parts[i] <= least)
			continue;
		double gap = (quota(shares, sum, n, i, total) - (double)parts[i]) * (double)unit;
		if (best == n || gap > best_gap) {
			best = i;
			best_gap = gap;
		}
	}
	if (best == n)
		return false;
	parts[best] += unit;
	return true;
}

void hk_apportion(const double *shares, size_t n, int64_t total, int64_t least, const int64_t *most, int64_t *parts)
{
	double sum = 0;
	int64_t given = 0;
	for (size_t i = 0; i < n; i++)
		sum += fmax(shares[i], 0);
	for (size_t i = 0; i < n; i++) {
		/* The tiny addition keeps 0.29 * 100 = 28.999... from losing a whole unit to rounding. */
		int64_t part = (int64_t)floor(quota(shares, sum, n, i, total) + 1e-9);
		if (part < least)
			part = least;
		if (most && part > most[i])
			part = most[i];
		parts[i] = part;
		given += part;
	}
	while (given < total && step(shares, sum, n, total, least, most, parts, 1))
		given++;
	while (given > total && step(shares, sum, n, total, least, most, parts, -1))
		given--;
}
