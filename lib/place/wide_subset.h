/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Some pipelines with some of their candidates only, in a world with less room: small enough for GLPK, and every rule of the strong form is in it, because
 * leaving candidates out is nothing but setting counts to 0.
 */
#ifndef HK_PLACE_WIDE_SUBSET_H
#define HK_PLACE_WIDE_SUBSET_H

#include "place/cuts.h"
#include "place/milp_form.h"
#include "place/solution.h"

struct wide_subset {
	struct hk_arena arena;
	struct hk_model model;
	struct hk_problem problem;    /* of these blocks only */
	struct hk_block *blocks; uint32_t n;
	uint32_t *part;               /* 0, 1, ...: all of them, in the form */
	uint32_t *from;               /* per block: which one it is in the whole problem */
	uint32_t ***candidate;        /* [block][workload][candidate here]: candidate there */
	uint32_t ***arc;              /* [block][edge][arc here]: arc there */
	bool broken;                  /* an edge or workload has nothing left */
	struct hk_cuts cuts;
	struct hk_form form;
};

/*
 * What the subset is cut out of: room left per (cluster, resource) and link, cuts (may be NULL), and the counts of others that cuts may name (per block; NULL:
 * not there yet).
 */
struct wide_surroundings {
	const double *capacity, *bandwidth;
	const struct hk_cuts *cuts;
	const struct hk_block_solution *const *others;
};

/* blocks: ascending, of the whole problem. keep: [block of these][workload][candidate]. */
void hk_wide_subset_open(struct wide_subset *subset, const struct hk_problem *problem, const uint32_t *blocks, uint32_t n, bool ***keep,
			 const struct wide_surroundings *around);
void hk_wide_subset_close(struct wide_subset *subset);
/* The answer for one of the blocks as one of the whole block; both have room. */
void hk_wide_subset_expand(const struct wide_subset *subset, uint32_t part, const struct hk_block_solution *from, struct hk_block_solution *to);

#endif
