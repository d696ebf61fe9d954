/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts of a workload that one edge enters, in whole numbers: replicas in the order of what their slots pay. The k-th replica carries the same share of the
 * load wherever it stands, so a table over (candidates, replicas so far) is exact but for domains of several clusters.
 */
#include "place/wide_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hk_wide_count_stage(const struct wide_workload *w, uint32_t stage, uint32_t *total, uint32_t *cap)
{
	uint32_t low = w->least - w->need, high = low;

	*total = w->least;
	*cap = UINT32_MAX;
	if (!w->survives)
		return stage == 0;
	/* fine steps first, then coarser ones: the smallest total of a step with the largest cap of it */
	for (uint32_t i = 0; i <= stage; i++) {
		if (i > 0)
			low = high + 1;
		high = low < 4 ? low : low + low / 4;
		if (i > 0 && low > w->need)
			return false;
	}
	*total = w->need + low;
	*cap = high;
	return true;
}

/* Share of the load that k replicas carry. */
static double carried(const struct wide_workload *w, uint32_t k)
{
	return k >= w->need ? 1 : fmin(1, k * w->part);
}

struct ranked { double price; uint32_t candidate; };

static int by_price(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->price != b->price)
		return a->price > b->price ? -1 : 1;
	return a->candidate < b->candidate ? -1 : a->candidate > b->candidate;
}

/* Table of one stage: least cost with k replicas among the first i candidates, and how many the i-th got. */
static double fill_table(const struct wide_workload *w, const struct ranked *order, uint32_t n, uint32_t total, uint32_t cap, double *cost, uint16_t *chosen)
{
	for (uint32_t k = 0; k <= total; k++)
		cost[k] = k == 0 ? 0 : INFINITY;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = order[i].candidate, most = w->domain[c] != HK_NO_INDEX && cap < w->most[c] ? cap : w->most[c];

		for (uint32_t k = total; k > 0; k--) {
			uint32_t room = most < k ? most : k;

			chosen[(size_t)i * (total + 1) + k] = 0;
			for (uint32_t x = 1; x <= room; x++) {
				double value = cost[k - x] + x * w->replica[c] - order[i].price * (carried(w, k) - carried(w, k - x));

				if (value < cost[k]) {
					cost[k] = value;
					chosen[(size_t)i * (total + 1) + k] = (uint16_t)x;
				}
			}
		}
	}
	return cost[total];
}

static void read_table(struct hk_wide *wide, const struct wide_workload *w, size_t slot, const struct ranked *order, uint32_t n, uint32_t total,
		       const uint16_t *chosen)
{
	uint32_t k = total;

	memset(wide->count + slot, 0, w->n * sizeof *wide->count);
	memset(wide->replicas + w->count, 0, w->n * sizeof *wide->replicas);
	for (uint32_t i = n; i-- > 0 && k > 0;) {
		uint32_t x = chosen[(size_t)i * (total + 1) + k], c = order[i].candidate;

		wide->replicas[w->count + c] = x;
		wide->count[slot + c] = carried(w, k) - carried(w, k - x);
		k -= x;
	}
}

/* One replica and nothing to survive: the candidate that pays most over its cost. */
static double count_single(struct hk_wide *wide, const struct wide_workload *w, size_t slot)
{
	double least = INFINITY;
	uint32_t best = 0;

	memset(wide->count + slot, 0, w->n * sizeof *wide->count);
	memset(wide->replicas + w->count, 0, w->n * sizeof *wide->replicas);
	for (uint32_t c = 0; c < w->n; c++)
		if (w->most[c] > 0 && w->replica[c] - wide->price[slot + c] < least) {
			least = w->replica[c] - wide->price[slot + c];
			best = c;
		}
	wide->count[slot + best] = wide->replicas[w->count + best] = 1;
	return least;
}

static double count_table(struct hk_wide *wide, const struct wide_workload *w, size_t slot)
{
	struct ranked *order = hk_calloc((size_t)w->n + 1, sizeof *order);
	uint32_t n = 0, total, cap, most = 0;
	double least = INFINITY, *cost;
	uint16_t *chosen;

	for (uint32_t c = 0; c < w->n; c++)
		if (w->most[c] > 0)
			order[n++] = (struct ranked){ wide->price[slot + c], c };
	qsort(order, n, sizeof *order, by_price);
	for (uint32_t stage = 0; hk_wide_count_stage(w, stage, &total, &cap); stage++)
		most = total > most ? total : most;
	cost = hk_calloc((size_t)most + 1, sizeof *cost);
	chosen = hk_calloc(((size_t)n + 1) * (most + 1), sizeof *chosen);
	for (uint32_t stage = 0; hk_wide_count_stage(w, stage, &total, &cap); stage++) {
		double value = fill_table(w, order, n, total, cap, cost, chosen);

		if (value < least) {
			least = value;
			read_table(wide, w, slot, order, n, total, chosen);
		}
	}
	hk_cleanup_free(&order);
	hk_cleanup_free(&cost);
	hk_cleanup_free(&chosen);
	return least;
}

double hk_wide_count(struct hk_wide *wide, struct wide_block *block, uint32_t workload)
{
	const struct wide_workload *w = &block->workloads[workload];
	size_t slot = block->edges[w->inputs[0]].slot;

	if (w->n_inputs > 1)
		return hk_wide_count_inputs(wide, block, workload);
	if (w->least == 1 && !w->survives)
		return count_single(wide, w, slot);
	return count_table(wide, w, slot);
}
