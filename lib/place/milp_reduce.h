/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program made smaller without losing an answer: bounds that rows imply are tightened, columns whose bounds meet and rows that cannot be violated are left
 * out.
 */
#ifndef HK_PLACE_MILP_REDUCE_H
#define HK_PLACE_MILP_REDUCE_H

#include "place/milp.h"

struct hk_reduction {
	struct hk_milp milp;          /* what is left */
	uint32_t *column;             /* per column of it: the original one */
	uint32_t *row;                /* per row of it: the original one */
	double *value;                /* per original column: what it is fixed at when it was left out */
};

/*
 * Tighten bounds (one pair per column, in place) by what every row says about its integers, and close continuous columns that rows hold at one bound. False:
 * nothing fits the bounds.
 */
bool hk_milp_propagate(const struct hk_milp *milp, double *lower, double *upper);
/* The objective of what is left misses what the fixed columns cost: *constant. */
void hk_milp_reduce(const struct hk_milp *milp, const double *lower, const double *upper, struct hk_reduction *reduction, double *constant);
void hk_reduction_release(struct hk_reduction *reduction);
/* A point of the original from one of what is left, and the other way round. */
void hk_reduction_expand(const struct hk_reduction *reduction, size_t n_columns, const double *point, double *original);

#endif
