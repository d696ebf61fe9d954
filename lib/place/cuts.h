/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows learned while solving: what availability and the packing of nodes demand of replica counts. Every cut holds for every valid plan, so bounds found with
 * them stay proved. Counts are named by block, workload and candidate, so that a cut can be written into any model that has its blocks.
 */
#ifndef HK_PLACE_CUTS_H
#define HK_PLACE_CUTS_H

#include "base/arena.h"
#include "base/vec.h"
#include "place/problem.h"

struct hk_count { uint32_t block, workload, candidate; };

/* "At least `level` replicas" or, with below, "fewer than `level`". */
struct hk_literal { struct hk_count count; uint32_t level; bool below; };

/* At least one of the literals holds. */
struct hk_clause { const char *why; struct hk_literal *literals; size_t n; };

/* sum of values * counts >= rhs. */
struct hk_linear_cut { const char *why; struct hk_count *counts; double *values; size_t n; double rhs; };

/*
 * An availability target as rows of the model (milp_rows_pairs.c): which pairs of failure domains may leave too few when they are lost together? candidates:
 * one of each domain that is looked at, ascending.
 */
struct hk_pairs_cut { uint32_t block, workload; uint32_t *candidates, n; };

/* Indices of cuts, ascending. */
struct hk_cut_list { uint32_t *v; size_t n, cap; };

/* Who is named first by which cuts, and which were seen before. */
struct hk_cut_index {
	struct { struct hk_cut_list *v; size_t n, cap; } of_block;
	struct hk_cut_list of_nobody;
	struct { uint64_t *v; size_t n, cap; } hashes;      /* per cut */
	uint32_t *slots; size_t n_slots;                    /* open addressing: 1 + index of a cut */
};

struct hk_cuts {
	struct hk_arena arena;
	HK_VEC(struct hk_clause) clauses;
	HK_VEC(struct hk_linear_cut) linear;
	HK_VEC(struct hk_pairs_cut) pairs;    /* one of each workload at most */
	struct hk_cut_index clause_index, linear_index;
};

void hk_cuts_release(struct hk_cuts *cuts);
/* Copies what it is given. False when the same cut is already there: whoever separates it again would loop forever. */
bool hk_cuts_clause(struct hk_cuts *cuts, const char *why, const struct hk_literal *literals, size_t n);
bool hk_cuts_linear(struct hk_cuts *cuts, const char *why, const struct hk_count *counts, const double *values, size_t n, double rhs);
/* Adds these candidates to those looked at. False when all of them were. */
bool hk_cuts_pairs(struct hk_cuts *cuts, uint32_t block, uint32_t workload, const uint32_t *candidates, uint32_t n);
/* NULL when there is none. */
const struct hk_pairs_cut *hk_cuts_pairs_of(const struct hk_cuts *cuts, uint32_t block, uint32_t workload);
/* Cuts whose first count is one of the block; HK_NO_INDEX: cuts that name nobody. */
struct hk_cut_list hk_cuts_clauses_of(const struct hk_cuts *cuts, uint32_t block);
struct hk_cut_list hk_cuts_linear_of(const struct hk_cuts *cuts, uint32_t block);
size_t hk_cuts_count(const struct hk_cuts *cuts);

#endif
