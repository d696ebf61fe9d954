/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Availability targets as rows, before anything is asked for whole numbers: what the relaxation of each pipeline at the best prices violates of the hulls of
 * its workloads' counts (hull.h). Fractions hide in a target more than in anything else; with these rows most pipelines hardly have to branch.
 */
#include "place/construct_internal.h"

enum { ROUNDS_MAX = 12 };

static bool cut_block(struct hk_construct *c, uint32_t block, const double *counts)
{
	const struct hk_block *b = &c->problem->blocks[block];
	bool any = false;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		if (hk_search_cut_hull(c->search, block, w, counts))
			any = true;
		counts += b->workloads[w].n_candidates;
	}
	return any;
}

static double *room_for_counts(struct hk_construct *c, uint32_t block)
{
	const struct hk_block *b = &c->problem->blocks[block];
	size_t n = 0;
	bool any = false;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		n += b->workloads[w].n_candidates;
		any = any || b->workloads[w].availability > 0;
	}
	return any ? hk_malloc((n + 1) * sizeof(double)) : NULL;
}

bool hk_construct_hulls(struct hk_construct *c)
{
	uint32_t n = c->problem->n_blocks;
	double **room = hk_calloc((size_t)n + 1, sizeof *room), **counts = hk_calloc((size_t)n + 1, sizeof *counts);
	bool any = false, more = true;

	for (uint32_t b = 0; b < n; b++)
		counts[b] = room[b] = room_for_counts(c, b);
	for (int round = 0; round < ROUNDS_MAX && more && !c->failed && !hk_construct_stopped(c); round++) {
		more = false;
		c->failed = hk_decomposition_counts(&c->decomposition, counts, c->err) != 0;
		for (uint32_t b = 0; b < n && !c->failed; b++) {
			if (!counts[b])
				continue;
			if (!cut_block(c, b, counts[b])) {
				counts[b] = NULL;
				continue;
			}
			hk_construct_learn(c, b);
			any = more = true;
		}
	}
	for (uint32_t b = 0; b < n; b++)
		hk_cleanup_free(&room[b]);
	hk_cleanup_free(&room);
	hk_cleanup_free(&counts);
	return any;
}
