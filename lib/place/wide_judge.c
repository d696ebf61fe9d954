/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of restricted models looked at one by one: availability targets. A target that is missed is branched on where it is found; as a row it would come
 * back with the next places, and every round of rows makes the plan dearer.
 */
#include "place/wide_internal.h"
#include "place/wide_subset.h"

#include <math.h>

/* Targets of workloads that may change; the others are as they were. most, raise: as struct hk_glpk_check; may both be NULL. */
static bool meets_target(const struct wide_judge *judge, uint32_t part, uint32_t workload, const double *point, const double *most, struct hk_glpk_raise *raise,
			 size_t *n)
{
	const struct hk_wide_check *check = &judge->plan->wide->limits->check;
	const struct hk_place_workload *here = &judge->subset->blocks[part].workloads[workload];
	const struct wide_workload *w = &judge->plan->wide->blocks[judge->members[part]].workloads[workload];
	const uint32_t *x = judge->subset->form.blocks[part].x[workload], *there = judge->subset->candidate[part][workload];
	uint32_t *counts, *ends, *least;
	bool met;

	if (here->availability <= 0 || (judge->free && !judge->free[part][workload]))
		return true;
	counts = hk_calloc(3 * (size_t)w->n + 1, sizeof *counts);
	ends = counts + w->n;
	least = ends + w->n;
	for (uint32_t c = 0; c < here->n_candidates; c++) {
		counts[there[c]] = (uint32_t)fmax(0, nearbyint(point[x[c]]));
		ends[there[c]] = most ? (uint32_t)fmax(0, nearbyint(most[x[c]])) : 0;
	}
	met = check->meets(check->closure, judge->subset->from[part], workload, counts, ends, raise ? least : NULL);
	for (uint32_t c = 0; !met && raise && c < here->n_candidates; c++)
		raise[c] = (struct hk_glpk_raise){ .column = x[c], .aim = least[there[c]], .above = counts[there[c]] };
	if (!met && raise)
		*n = here->n_candidates;
	hk_cleanup_free(&counts);
	return met;
}

bool hk_wide_judge_holds(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct wide_judge *judge = closure;

	for (uint32_t i = 0; i < judge->subset->n; i++)
		for (uint32_t w = 0; w < judge->subset->blocks[i].n_workloads; w++)
			if (!meets_target(judge, i, w, point, most, raise, n))
				return false;
	return true;
}
