/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that separate a point from a hull (Boyd, Fenchel cutting planes, 1994): prices of domains at which the point is cheapest beside everything in the hull. Lists of counts join a small
 * linear program one by one, always the one that is cheapest at the prices at hand.
 */
#include "place/hull_internal.h"

#include "place/glpk.h"

#include <math.h>
#include <string.h>

enum { LISTS_MAX = 40, STEPS = 1024 /* prices are whole multiples of the dearest by this */ };

/* A row that is violated by less is not worth its weight. */
static const double VIOLATION = 2e-3;

struct cutting {
	const struct hk_hull *h;
	double point[HK_HULL_DOMAINS], aim[HK_HULL_DOMAINS];
	uint32_t lists[LISTS_MAX][HK_HULL_DOMAINS], n;
	double price[HK_HULL_DOMAINS], worth;
};

/* The least multiple of the aim that a mix of the lists stays below in every domain: its duals are the prices. False when GLPK gave up. */
static bool solve(struct cutting *cutting)
{
	const struct hk_hull *h = cutting->h;
	struct hk_glpk_limits limits = { .relaxed = true, .deadline = INFINITY };
	struct hk_glpk_result result;
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	double duals[HK_HULL_DOMAINS + 1], point[LISTS_MAX + 1];
	struct hk_milp milp = { 0 };
	uint32_t multiple = hk_milp_column(&milp, (struct hk_milp_name){ .kind = "multiple" }, 0, INFINITY, 1);
	bool good;

	for (uint32_t i = 0; i < cutting->n; i++)
		hk_milp_column(&milp, (struct hk_milp_name){ .kind = "list" }, 0, INFINITY, 0);
	for (uint32_t d = 0; d < h->n; d++) {
		hk_milp_row(&milp, (struct hk_milp_name){ .kind = "domain" }, HK_MILP_GE, 0);
		hk_milp_term(&milp, multiple, cutting->aim[d]);
		for (uint32_t i = 0; i < cutting->n; i++)
			if (cutting->lists[i][d] > 0)
				hk_milp_term(&milp, multiple + 1 + i, -(double)cutting->lists[i][d]);
	}
	hk_milp_row(&milp, (struct hk_milp_name){ .kind = "one" }, HK_MILP_EQ, 1);
	for (uint32_t i = 0; i < cutting->n; i++)
		hk_milp_term(&milp, multiple + 1 + i, 1);
	limits.duals = duals;
	good = hk_glpk_solve(&milp, &limits, &result, point, &ignored) == 0 && result.status == HK_GLPK_OPTIMAL;
	for (uint32_t d = 0; d < h->n && good; d++)
		cutting->price[d] = fmax(0, duals[d]);
	cutting->worth = good ? result.objective : 0;
	hk_milp_release(&milp);
	return good;
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

static bool add_row(const struct cutting *cutting, struct hk_cuts *cuts)
{
	const struct hk_hull *h = cutting->h;
	struct hk_count counts[HK_HULL_CANDIDATES];
	double price[HK_HULL_DOMAINS], values[HK_HULL_CANDIDATES], here = 0, least;
	uint32_t list[HK_HULL_DOMAINS];
	size_t n = 0;

	round_prices(cutting, price);
	least = hk_hull_cheapest(h, price, list);
	for (uint32_t d = 0; d < h->n; d++)
		here += price[d] * cutting->point[d];
	if (!isfinite(least) || !(least > here * (1 + VIOLATION)))
		return false;
	for (uint32_t c = 0; c < h->n_candidates; c++) {
		if (!(price[h->domain_of[c]] > 0))
			continue;
		counts[n] = (struct hk_count){ h->block, h->workload, c };
		values[n++] = price[h->domain_of[c]];
	}
	return hk_cuts_linear(cuts, "hull", counts, values, n, least * (1 - 1e-12));
}

bool hk_hull_cut(struct hk_hull *h, const double *counts, struct hk_cuts *cuts)
{
	struct cutting cutting = { .h = h };
	double sum = 0;

	for (uint32_t c = 0; c < h->n_candidates; c++) {
		cutting.point[h->domain_of[c]] += counts[c];
		sum += counts[c];
	}
	/* a domain without replicas has a price too */
	for (uint32_t d = 0; d < h->n; d++) {
		cutting.aim[d] = cutting.point[d] + 0.002 * fmax(1, sum);
		cutting.price[d] = 1 / (cutting.aim[d] * h->n);
	}
	cutting.worth = INFINITY;
	while (cutting.n < LISTS_MAX) {
		double least = hk_hull_cheapest(h, cutting.price, cutting.lists[cutting.n]);

		if (isinf(least))
			return false;
		if (least >= cutting.worth * (1 - 1e-6))
			break;
		cutting.n++;
		if (!solve(&cutting) || cutting.worth <= 1 + VIOLATION)
			return false;
	}
	return add_row(&cutting, cuts);
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
