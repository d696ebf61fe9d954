/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/apportion.h"
#include <math.h>
#include <stdbool.h>

/* Enough to come within a unit of the answer; the rest is given out one by one. */
enum { BISECTIONS = 60 };

struct house {
	const double *shares;
	size_t n;
	double sum;               /* of the shares; 0: all count as equal */
	int64_t least;
	const int64_t *most;
};

static double share_of(const struct house *house, size_t i)
{
	return house->sum > 0 ? fmax(house->shares[i], 0) / house->sum : 1.0 / (double)house->n;
}

/*
 * Parts when every claim above 1 / (2 * multiplier) has been served, and their sum; one more than `enough` as soon as it is more than that, with parts
 * unfinished.
 */
static int64_t serve(const struct house *house, double multiplier, int64_t enough, int64_t *parts)
{
	int64_t given = 0;
	for (size_t i = 0; i < house->n; i++) {
		double want = ceil(share_of(house, i) * multiplier - 0.5);
		int64_t part = want < (double)house->least ? house->least : want > (double)enough ? enough + 1 : (int64_t)want;
		if (part < house->least)
			part = house->least;
		if (house->most && part > house->most[i])
			part = house->most[i];
		parts[i] = part;
		if (part > enough - given)
			return enough + 1;
		given += part;
	}
	return given;
}

/* The largest claim gets the next unit. Who has no share claims nothing and comes last, evenly. */
static bool grant(const struct house *house, int64_t *parts)
{
	size_t best = house->n;
	double best_claim = 0;
	for (size_t i = 0; i < house->n; i++) {
		if (house->most && parts[i] >= house->most[i])
			continue;
		double claim = share_of(house, i) / (2.0 * (double)parts[i] + 1);
		bool fewer = best < house->n && claim <= 0 && best_claim <= 0 && parts[i] < parts[best];
		if (best == house->n || claim > best_claim || fewer) {
			best = i;
			best_claim = claim;
		}
	}
	if (best == house->n)
		return false;
	parts[best]++;
	return true;
}

/* A little less than the largest multiplier that gives out no more than the total: all it serves would be served one by one as well. */
static double multiplier_below(const struct house *house, int64_t total, int64_t *parts)
{
	double low = 0, high = 2 * ((double)total + (double)house->n);
	while (serve(house, high, total, parts) <= total && high < 1e30)      /* bounds may keep the large ones from their share */
		high *= 2;
	for (int i = 0; i < BISECTIONS; i++) {
		double middle = low + (high - low) / 2;
		if (serve(house, middle, total, parts) <= total)
			low = middle;
		else
			high = middle;
	}
	return low * (1 - 1e-12);
}

void hk_apportion(const double *shares, size_t n, int64_t total, int64_t least, const int64_t *most, int64_t *parts)
{
	struct house house = { .shares = shares, .n = n, .least = least, .most = most };
	int64_t given = 0;
	for (size_t i = 0; i < n; i++)
		house.sum += fmax(shares[i], 0);
	if (!isfinite(house.sum))
		house.sum = 0;
	(void)serve(&house, multiplier_below(&house, total, parts), INT64_MAX - 1, parts);
	for (size_t i = 0; i < n; i++)
		given += parts[i];
	while (given < total && grant(&house, parts))
		given++;
}
