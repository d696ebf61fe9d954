/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that separate a point from a hull (Boyd, Fenchel cutting planes, 1994): prices of domains at which the point is cheapest beside everything in the hull.
 * Lists of counts join a small linear program one by one, always the one that is cheapest at the prices at hand.
 */
#include "place/hull_internal.h"

#include <math.h>
#include <string.h>

enum { LISTS_MAX = 40, STEPS = 1024 /* prices are whole multiples of the dearest by this */, PIVOTS_MAX = 200 };

/* A row that is violated by less is not worth its weight. */
static const double VIOLATION = 2e-3;
/* Of the linear program. */
static const double SMALL = 1e-9;

struct cutting {
	const struct hk_hull *h;
	double point[HK_HULL_DOMAINS], aim[HK_HULL_DOMAINS];
	uint32_t lists[LISTS_MAX][HK_HULL_DOMAINS], n;
	double price[HK_HULL_DOMAINS], worth;
	/* most y with list * y <= aim: the basis, which stays feasible when lists join. Columns are lists, then slacks of domains */
	uint32_t basic[HK_HULL_DOMAINS];
	double inverse[HK_HULL_DOMAINS][HK_HULL_DOMAINS], y[HK_HULL_DOMAINS], duals[HK_HULL_DOMAINS];
};

static void open_basis(struct cutting *cutting)
{
	for (uint32_t d = 0; d < cutting->h->n; d++) {
		cutting->basic[d] = LISTS_MAX + d;
		cutting->inverse[d][d] = 1;
		cutting->y[d] = 1;
	}
}

/* The column that gains most; LISTS_MAX + domains when none does. */
static uint32_t entering(struct cutting *cutting)
{
	uint32_t n = cutting->h->n, best = LISTS_MAX + n;
	double most = SMALL;

	for (uint32_t d = 0; d < n; d++) {
		cutting->duals[d] = 0;
		for (uint32_t r = 0; r < n; r++)
			cutting->duals[d] += cutting->basic[r] < LISTS_MAX ? cutting->inverse[r][d] : 0;
	}
	for (uint32_t i = 0; i < cutting->n; i++) {
		double gain = 1;

		for (uint32_t d = 0; d < n; d++)
			gain -= cutting->duals[d] * cutting->lists[i][d] / cutting->aim[d];
		if (gain > most) {
			most = gain;
			best = i;
		}
	}
	for (uint32_t d = 0; d < n; d++)
		if (-cutting->duals[d] > most) {
			most = -cutting->duals[d];
			best = LISTS_MAX + d;
		}
	return best;
}

static bool pivot(struct cutting *cutting, uint32_t column)
{
	uint32_t n = cutting->h->n, leaves = n;
	double along[HK_HULL_DOMAINS], least = INFINITY, scale;

	for (uint32_t r = 0; r < n; r++) {
		along[r] = column < LISTS_MAX ? 0 : cutting->inverse[r][column - LISTS_MAX];
		for (uint32_t d = 0; d < n && column < LISTS_MAX; d++)
			along[r] += cutting->inverse[r][d] * cutting->lists[column][d] / cutting->aim[d];
		if (along[r] > SMALL && cutting->y[r] / along[r] < least) {
			least = cutting->y[r] / along[r];
			leaves = r;
		}
	}
	if (leaves == n)
		return false;
	scale = 1 / along[leaves];
	cutting->basic[leaves] = column;
	cutting->y[leaves] *= scale;
	for (uint32_t d = 0; d < n; d++)
		cutting->inverse[leaves][d] *= scale;
	for (uint32_t r = 0; r < n; r++) {
		if (r == leaves)
			continue;
		cutting->y[r] = fmax(0, cutting->y[r] - along[r] * cutting->y[leaves]);
		for (uint32_t d = 0; d < n; d++)
			cutting->inverse[r][d] -= along[r] * cutting->inverse[leaves][d];
	}
	return true;
}

/*
 * The least multiple of the aim that a mix of the lists stays below in every domain (one over the largest sum of y): its duals are the prices. What rounding
 * spoils here makes a row weaker, never wrong. False when it goes in circles.
 */
static bool solve(struct cutting *cutting)
{
	uint32_t n = cutting->h->n, column;
	double sum = 0;
	int pivots = 0;

	while ((column = entering(cutting)) < LISTS_MAX + n)
		if (++pivots > PIVOTS_MAX || !pivot(cutting, column))
			return false;
	for (uint32_t d = 0; d < n; d++)
		sum += fmax(0, cutting->duals[d]);
	cutting->worth = sum > 0 ? 1 / sum : 0;
	for (uint32_t d = 0; d < n && sum > 0; d++)
		cutting->price[d] = fmax(0, cutting->duals[d]) / cutting->aim[d] / sum;
	return sum > 0;
}

/* Few digits, so that a row found again is the same row. */
static void round_prices(const struct cutting *cutting, double *price)
{
	double dearest = 0;

	for (uint32_t d = 0; d < cutting->h->n; d++)
		dearest = fmax(dearest, cutting->price[d]);
	for (uint32_t d = 0; d < cutting->h->n; d++)
		price[d] = dearest > 0 ? nearbyint(cutting->price[d] / dearest * STEPS) / STEPS : 0;
}

static bool read_row(const struct cutting *cutting, double *values, double *least)
{
	const struct hk_hull *h = cutting->h;
	double price[HK_HULL_DOMAINS], here = 0;
	uint32_t list[HK_HULL_DOMAINS];

	round_prices(cutting, price);
	*least = hk_hull_cheapest(h, price, list);
	for (uint32_t d = 0; d < h->n; d++)
		here += price[d] * cutting->point[d];
	if (!isfinite(*least) || !(*least > here * (1 + VIOLATION)))
		return false;
	for (uint32_t c = 0; c < h->n_candidates; c++)
		values[c] = price[h->domain_of[c]];
	*least *= 1 - 1e-12;
	return true;
}

bool hk_hull_row(const struct hk_hull *h, const double *counts, double *values, double *least)
{
	struct cutting cutting = { .h = h };
	double sum = 0;

	if (h->whole && h->n_lists == 0) {
		memset(values, 0, h->n_candidates * sizeof *values);
		*least = 1;
		return true;
	}
	for (uint32_t c = 0; c < h->n_candidates; c++) {
		cutting.point[h->domain_of[c]] += counts[c];
		sum += counts[c];
	}
	/* a domain without replicas has a price too */
	for (uint32_t d = 0; d < h->n; d++) {
		cutting.aim[d] = cutting.point[d] + 0.002 * fmax(1, sum);
		cutting.price[d] = 1 / (cutting.aim[d] * h->n);
	}
	open_basis(&cutting);
	cutting.worth = INFINITY;
	while (cutting.n < LISTS_MAX) {
		double cheapest = hk_hull_cheapest(h, cutting.price, cutting.lists[cutting.n]);

		if (isinf(cheapest))
			return false;
		if (cheapest >= cutting.worth * (1 - 1e-6))
			break;
		cutting.n++;
		if (!solve(&cutting) || cutting.worth <= 1 + VIOLATION)
			return false;
	}
	return read_row(&cutting, values, least);
}

bool hk_hull_cut(const struct hk_hull *h, const double *at, struct hk_cuts *cuts)
{
	struct hk_count counts[HK_HULL_CANDIDATES];
	double values[HK_HULL_CANDIDATES], least;
	size_t n = 0;

	if (!hk_hull_row(h, at, values, &least))
		return false;
	for (uint32_t c = 0; c < h->n_candidates; c++) {
		if (!(values[c] > 0))
			continue;
		counts[n] = (struct hk_count){ h->block, h->workload, c };
		values[n++] = values[c];
	}
	return n > 0 && hk_cuts_linear(cuts, "hull", counts, values, n, least);
}

double hk_hull_least(const struct hk_hull *h, const double *prices)
{
	double price[HK_HULL_DOMAINS];
	uint32_t list[HK_HULL_DOMAINS];

	for (uint32_t d = 0; d < h->n; d++)
		price[d] = INFINITY;
	for (uint32_t c = 0; c < h->n_candidates; c++)
		price[h->domain_of[c]] = fmin(price[h->domain_of[c]], prices[c]);
	return hk_hull_cheapest(h, price, list);
}
