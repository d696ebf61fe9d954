/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability targets as rows of hulls (hull.h), for every engine of one search: the lists of counts are made once for each workload. */
#include "place/cuts_availability.h"
#include "place/solve_internal.h"

#include <math.h>

static struct hk_hull **hulls_of(struct hk_search *search, uint32_t block)
{
	const struct hk_block *b = &search->problem->blocks[block];

	/* several threads may ask, each about blocks of its own: nothing is shared but the list, which is there from the start */
	if (!search->hulls[block]) {
		search->hulls[block] = hk_calloc((size_t)b->n_workloads + 1, sizeof *search->hulls[block]);
		for (uint32_t w = 0; w < b->n_workloads; w++)
			search->hulls[block][w] = hk_hull_open(search->problem, block, w);
	}
	return search->hulls[block];
}

void hk_search_close_hulls(struct hk_search *search)
{
	for (uint32_t b = 0; search->hulls && b < search->problem->n_blocks; b++) {
		for (uint32_t w = 0; search->hulls[b] && w < search->problem->blocks[b].n_workloads; w++)
			hk_hull_close(search->hulls[b][w]);
		hk_cleanup_free(&search->hulls[b]);
	}
	search->hulls = NULL;
}

const struct hk_hull *hk_search_hull(struct hk_search *search, uint32_t block, uint32_t workload)
{
	return hulls_of(search, block)[workload];
}

bool hk_search_cut_hull(struct hk_search *search, uint32_t block, uint32_t workload, const double *counts)
{
	struct hk_hull *hull = hulls_of(search, block)[workload];

	return hull && hk_hull_cut(hull, counts, &search->cuts);
}

bool hk_search_cut_target(struct hk_search *search, uint32_t block, uint32_t workload, const uint32_t *replicas, bool pairs, size_t *added)
{
	uint32_t n = search->problem->blocks[block].workloads[workload].n_candidates;
	uint32_t sum = 0;
	struct hk_hull *hull;
	double *counts;
	bool cut, missed;

	if (search->problem->blocks[block].workloads[workload].availability <= 0)
		return false;
	hull = hulls_of(search, block)[workload];
	counts = hk_malloc(((size_t)n + 1) * sizeof *counts);
	for (uint32_t k = 0; k < n; k++) {
		counts[k] = replicas[k];
		sum += replicas[k];
	}
	cut = hk_search_cut_hull(search, block, workload, counts);
	/* between counts of the hull: what is left to say is about these counts alone */
	missed = cut || hk_cut_availability(&search->cuts, search->problem, block, workload, replicas, pairs || !hull, added);
	if (missed && !cut && hull && hk_hull_extend(hull, sum))
		cut = hk_search_cut_hull(search, block, workload, counts);
	*added += cut;
	hk_cleanup_free(&counts);
	return missed;
}

bool hk_search_cut_pairs(struct hk_search *search, uint32_t block, const uint32_t *const *replicas)
{
	const struct hk_block *b = &search->problem->blocks[block];
	bool added = false;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		const struct hk_hull *hull = b->workloads[w].availability > 0 ? hulls_of(search, block)[w] : NULL;

		if (b->workloads[w].availability > 0 && (!hull || hk_hull_says_little(hull)))
			added = hk_cut_forgiven(&search->cuts, search->problem, block, w, replicas[w]) || added;
	}
	return added;
}

bool hk_search_nearest(struct hk_search *search, uint32_t block, uint32_t workload, const uint32_t *replicas, const uint32_t *most, uint32_t *least)
{
	const struct hk_place_workload *placed = &search->problem->blocks[block].workloads[workload];
	struct hk_hull *hull = hulls_of(search, block)[workload];
	double *prices, more;

	if (!hull)
		return false;
	prices = hk_malloc(((size_t)placed->n_candidates + 1) * sizeof *prices);
	/* a hair for each, so that what costs nothing is not taken without need */
	for (uint32_t k = 0; k < placed->n_candidates; k++)
		prices[k] = placed->candidates[k].replica_cost + 1e-9;
	more = hk_hull_nearest(hull, replicas, prices, most, least);
	hk_cleanup_free(&prices);
	return more > 0 && isfinite(more);
}
