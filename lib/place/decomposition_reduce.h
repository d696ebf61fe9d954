/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks as one model without the columns and rows that given bounds settle. */
#ifndef HK_PLACE_DECOMPOSITION_REDUCE_H
#define HK_PLACE_DECOMPOSITION_REDUCE_H

#include "place/decomposition_internal.h"

struct hk_reduced {
	struct hk_milp milp;
	double constant;              /* cost of settled columns */
	bool infeasible;              /* a row cannot hold any more */
	HK_VEC(uint32_t) origin;      /* per column: of its block */
};

/* One block inside the reduced model. */
struct hk_reduced_block {
	const struct hk_block_model *own;
	double *lower, *upper;        /* to be changed before hk_reduced_add */
	double *cost;
	uint32_t *column;             /* per column of the block: in the reduced model, HK_MILP_NONE when settled at lower */
	uint32_t *row;                /* per row of the block: in the reduced model, HK_MILP_NONE when settled */
};

/* Blocks whose targets a search looks at. */
struct hk_target_check {
	const struct hk_decomposition *d;
	const uint32_t *blocks; uint32_t n;
	const struct hk_reduced_block *parts;
	struct hk_target_hull *hulls; size_t n_hulls;   /* of targets that lists are known of */
	struct hk_glpk_check check;
	struct hk_glpk_rows rows;
};
/* For limits, which borrow it. */
void hk_target_check_open(struct hk_target_check *check, const struct hk_decomposition *d, const uint32_t *blocks, uint32_t n,
			  const struct hk_reduced_block *parts, struct hk_glpk_limits *limits);
void hk_target_check_close(struct hk_target_check *check);

void hk_reduced_block_open(struct hk_reduced_block *block, const struct hk_block_model *own);
void hk_reduced_block_close(struct hk_reduced_block *block);
/* A cluster without a replica has no load, and no arc leads there or away. */
void hk_reduced_block_close_places(struct hk_reduced_block *block, const struct hk_block *b);
void hk_reduced_add(struct hk_reduced *reduced, struct hk_reduced_block *block);
/*
 * Where the relaxation of the reduced model may start, as hk_glpk_limits.basis, owned by the caller: each block stands where its own relaxation stood last,
 * everything else where it is when nothing is used. NULL when nothing is known of any.
 */
uint8_t *hk_reduced_basis(const struct hk_reduced *reduced, const struct hk_reduced_block *blocks, uint32_t n);
/* The block's part of a point of the reduced model. */
void hk_reduced_point(const struct hk_reduced_block *block, const double *reduced, double *point);

#endif
