/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability targets inside searches of whole numbers: an answer that misses one is not taken, and branched on instead, where cuts would exclude such answers one by one. */
#include "place/decomposition_reduce.h"

#include <math.h>

static uint32_t count_of(const struct hk_reduced_block *part, uint32_t column, const double *point)
{
	return (uint32_t)nearbyint(part->column[column] == HK_MILP_NONE ? part->lower[column] : point[part->column[column]]);
}

static bool misses(const struct hk_target_check *check, uint32_t i, uint32_t w, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_reduced_block *part = &check->parts[i];
	const struct hk_place_workload *placed = &check->d->problem->blocks[check->blocks[i]].workloads[w];
	uint32_t *counts = hk_calloc(3 * (size_t)placed->n_candidates + 1, sizeof *counts), *least = counts + placed->n_candidates, *ends = least + placed->n_candidates;
	bool missed;

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		counts[c] = count_of(part, part->own->x_first[w] + 2 * c, point);
		ends[c] = count_of(part, part->own->x_first[w] + 2 * c, most);
	}
	missed = check->d->targets->miss(check->d->targets->closure, check->blocks[i], w, counts, ends, least);
	*n = 0;
	for (uint32_t c = 0; missed && c < placed->n_candidates; c++)
		if (part->column[part->own->x_first[w] + 2 * c] != HK_MILP_NONE)
			raise[(*n)++] = (struct hk_glpk_raise){ part->column[part->own->x_first[w] + 2 * c], least[c], counts[c] };
	hk_cleanup_free(&counts);
	return missed;
}

bool hk_targets_hold(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_target_check *check = closure;

	for (uint32_t i = 0; i < check->n; i++) {
		const struct hk_block *b = &check->d->problem->blocks[check->blocks[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			if (b->workloads[w].availability > 0 && misses(check, i, w, point, most, raise, n))
				return false;
	}
	return true;
}
