/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Factors of a basis of a linear program: what is triangular as it stands is taken as it stands, the rest is eliminated column by column; a column that is
 * replaced later is one more column of the upper factor and one row operation (Forrest and Tomlin). Solving with a basis B of n rows: positions number its
 * columns.
 *
 * Steps number the pivots: position t is eliminated by step t, and update k is step n + k. Vectors are solved in place, in rooms of n + HK_FACTOR_UPDATES_MAX:
 * the rows of a right side stand in the order of the steps that eliminate them, those of unit columns with the other sign, so that the steps of unit columns -
 * mostly more than half - are nothing to do.
 * Sources: Suhl and Suhl, Computing sparse LU factorizations for large-scale linear programming bases, 1990; Forrest and Tomlin, Updated triangular factors of
 * the basis to maintain sparsity in the product form simplex method, 1972; Suhl and Suhl, A fast LU update for linear programming, 1993.
 */
#ifndef HK_PLACE_FACTOR_H
#define HK_PLACE_FACTOR_H

#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

enum { HK_FACTOR_UPDATES_MAX = 60 };

/* Columns of a matrix: terms of column j are first[j] ... first[j + 1] - 1. */
struct hk_columns { const uint32_t *first, *row; const double *value; };

struct hk_factor_term { uint32_t index; double value; };
/* Of step at, subtracted from those of the terms, which go up to those of the next one. */
struct hk_factor_part { uint32_t at, first; };
/* The column at this position was replaced: its step before, the pivot of that one (as in inverse), and the first term of the row operation. */
struct hk_factor_update { uint32_t position, before, first; double inverse; };

struct hk_factor {
	uint32_t n, n_units;                    /* steps, those of unit columns first */
	uint32_t *row, *step;                   /* of each step, of each row */
	double *inverse;                        /* per step, of updates too: of the pivot; 0: replaced */
	uint32_t *first;                        /* per step: first of its terms in upper */
	HK_VEC(struct hk_factor_term) upper;    /* by columns: steps before */
	uint32_t *across_first;                 /* the same by rows, of the first n steps: steps after */
	HK_VEC(struct hk_factor_term) across;
	HK_VEC(struct hk_factor_part) lower;
	HK_VEC(struct hk_factor_term) lower_terms;
	struct hk_factor_update updates[HK_FACTOR_UPDATES_MAX];
	uint32_t n_updates;
	HK_VEC(struct hk_factor_term) update_terms;
	uint32_t *owner;                        /* step of each position */
	/* for the update: what the newest row to leave was between the factors; of the newest column to enter, these terms stand behind those of upper */
	double *row_part;
	uint32_t n_entering;
	/* rooms */
	uint32_t *list;
	uint32_t *row_count, *column_count, *row_first, *row_position, *queue, *order;
	bool *column_done;
	double *work;
};

void hk_factor_open(struct hk_factor *factor, uint32_t n);
void hk_factor_close(struct hk_factor *factor);
/*
 * basis: per position a column of the matrix, or, from n_columns on, minus the unit column of row basis[i] - n_columns; in the order of steps when this
 * returns. False when it is singular. Forgets updates.
 */
bool hk_factor_make(struct hk_factor *factor, const struct hk_columns *columns, uint32_t n_columns, uint32_t *basis);

/* Right sides and solutions by rows: where a row stands in the room, and which sign it has there. */
static inline void hk_factor_add(const struct hk_factor *factor, double *v, uint32_t row, double value)
{
	uint32_t step = factor->step[row];

	v[step] += step < factor->n_units ? -value : value;
}

static inline double hk_factor_sign(const struct hk_factor *factor, uint32_t step)
{
	return step < factor->n_units ? -1 : 1;
}

/* Where v is not 0, in order. Returns how many. */
uint32_t hk_factor_list(const double *v, uint32_t n, uint32_t *list);

/* v (by rows) becomes the solution of B y = v, per position. */
void hk_factor_solve(const struct hk_factor *factor, double *v);
/* The same of a column that may enter. */
void hk_factor_solve_entering(struct hk_factor *factor, double *v);
/* v (per position) becomes the solution of y B = v, by rows. */
void hk_factor_solve_transposed(const struct hk_factor *factor, double *v);
/* v becomes row position of the inverse, by rows. list: where it may not be 0. Returns how many. */
uint32_t hk_factor_solve_row(struct hk_factor *factor, uint32_t position, double *v, uint32_t *list);
/*
 * The column at this position, whose row was the newest to be solved, is replaced by the newest entering one; pivot: its entry at this position. False when
 * numbers do not agree: the factors have to be made anew. At most HK_FACTOR_UPDATES_MAX times.
 */
bool hk_factor_update(struct hk_factor *factor, uint32_t position, double pivot);
/* Forget the newest updates. */
void hk_factor_cut_back(struct hk_factor *factor, uint32_t n_updates);

#endif
