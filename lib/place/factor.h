/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Factors of a basis of a linear program: what is triangular as it stands is taken as it stands, the rest is eliminated column by column; a column that is replaced later is one more factor
 * (product form). Solving with a basis B of n rows: positions number its columns.
 * Sources: Suhl and Suhl, Computing sparse LU factorizations for large-scale linear programming bases, 1990; Dantzig and Orchard-Hays, The product form for the inverse, 1954.
 */
#ifndef HK_PLACE_FACTOR_H
#define HK_PLACE_FACTOR_H

#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

/* Columns of a matrix: terms of column j are first[j] ... first[j + 1] - 1. */
struct hk_columns { const uint32_t *first, *row; const double *value; };

struct hk_factor_term { uint32_t index; double value; };
/* Terms from here up to those of the next one. */
struct hk_factor_part { uint32_t at; uint32_t first; double pivot; };

struct hk_factor {
	uint32_t n;
	struct hk_factor_part *steps;           /* in the order of elimination: at = position; terms: rows eliminated before */
	uint32_t *rows;                         /* per step: the row it eliminates */
	HK_VEC(struct hk_factor_term) upper;    /* of steps */
	HK_VEC(struct hk_factor_part) lower;    /* at = row that is subtracted from those of the terms */
	HK_VEC(struct hk_factor_term) lower_terms;
	HK_VEC(struct hk_factor_part) updates;  /* at = position that was replaced; terms: positions */
	HK_VEC(struct hk_factor_term) update_terms;
	/* room for the next factors */
	uint32_t *row_count, *column_count, *row_first, *row_position, *queue;
	bool *row_done, *column_done;
	double *work;
};

void hk_factor_open(struct hk_factor *factor, uint32_t n);
void hk_factor_close(struct hk_factor *factor);
/* basis: per position a column of the matrix, or, from n_columns on, minus the unit column of row basis[i] - n_columns. False when it is singular. Forgets updates. */
bool hk_factor_make(struct hk_factor *factor, const struct hk_columns *columns, uint32_t n_columns, const uint32_t *basis);
/* v (per row) becomes the solution of B y = v (per position, in result). v is lost. */
void hk_factor_solve(const struct hk_factor *factor, double *v, double *result);
/* The same of the transposed: v per position, result per row. v is lost. */
void hk_factor_solve_transposed(const struct hk_factor *factor, double *v, double *result);
/* The column at this position is replaced; by is the new one, solved with the factors at hand. */
void hk_factor_update(struct hk_factor *factor, uint32_t position, const double *by);
/* Forget the newest updates. */
void hk_factor_cut_back(struct hk_factor *factor, size_t n_updates);

#endif
