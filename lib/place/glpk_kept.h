/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Models whose relaxations are solved again and again with other costs, by the own dual simplex method, and by GLPK when that one's numbers fail. Its
 * factors, or the GLPK object, and the basis stay alive between calls, so that a call costs what has changed. When GLPK gives up (memory, singular
 * bases) its whole environment on this thread is freed: every kept object of the thread is then gone, and each is built again from the caller's arrays
 * and its last basis when it is next asked. An object stays on the thread that first solved it until hk_kept_drop().
 */
#ifndef HK_PLACE_GLPK_KEPT_H
#define HK_PLACE_GLPK_KEPT_H

#include "place/dual.h"
#include "place/glpk.h"

/* Rows and columns without names. Arrays borrowed; terms of row i are first[i] ... first[i + 1] - 1. */
struct hk_kept_model {
	uint32_t n_columns, n_rows;
	double *lower, *upper;            /* per column; upper may be INFINITY unless the column is whole */
	uint8_t *priority;                /* per column: 0 = not whole; larger ones are branched on first */
	uint8_t *sense;                   /* per row: enum hk_milp_sense */
	double *rhs;
	uint32_t *first, *column;
	double *value;
};

struct hk_kept_problem {
	const struct hk_kept_model *model;
	uint8_t *basis;                   /* GLPK's status of every row, then every column, at the last optimum; NULL before. Owned */
	struct hk_dual *own;              /* of the own dual simplex method, which is asked first */
	bool own_failed;                  /* ... unless it failed before */
	void *problem;                    /* GLPK's */
	uint64_t generation;              /* of the environment it lives in */
	double scale;                     /* of costs */
	bool grown;                       /* the basis is that of a smaller model */
};

void hk_kept_open(struct hk_kept_problem *kept, const struct hk_kept_model *model);
/* Give memory back; the basis stays. On the thread of the object. */
void hk_kept_drop(struct hk_kept_problem *kept);
void hk_kept_close(struct hk_kept_problem *kept);
/*
 * Start from the basis of a model that this one only adds rows and columns to, at their ends; without effect when it is not such a model, or there is no basis.
 */
void hk_kept_grow(struct hk_kept_problem *kept, const struct hk_kept_problem *smaller);

/*
 * The relaxation, from the last basis; whole numbers are not asked for. result->bound is computed from its prices, not taken from GLPK. point: room for every
 * column; limits->duals: for every row. Of limits only these, ->iterations, ->deadline, ->memory and ->interrupt are looked at.
 */
int hk_kept_solve(struct hk_kept_problem *kept, const double *cost, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point,
		  struct hk_err *err);

/*
 * glpk_kept_own.c, for glpk_kept.c: by the own method, with kept->scale set. False when it failed and GLPK has to be asked; else result->status or
 * result->hit_limit says how it ended.
 */
bool hk_kept_solve_own(struct hk_kept_problem *kept, const double *cost, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *duals,
		       double *point);
void hk_kept_close_own(struct hk_kept_problem *kept);

/* What prices of rows prove: no point costs less. Prices of the wrong sign count as 0. -INFINITY when an unbounded column gets a price below 0. */
double hk_kept_bound(const struct hk_kept_model *model, const double *cost, const double *duals);

#endif
