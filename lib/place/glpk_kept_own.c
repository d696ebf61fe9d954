/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kept models by the own dual simplex method: other costs turn what is not basic over to its other bound, and a few steps from there are less than a call of
 * GLPK takes to begin.
 */
#include "place/glpk_kept.h"

#include "place/glpk_internal.h"
#include <math.h>

enum { CHUNK = 500 };                 /* steps between two looks at the clock */

/* Where columns without an upper bound end, so that they too can be turned over. Who stands there has no optimum. */
static const double FAR = 1e6;

/* A side without a bound ends where the columns do: a row whose price has turned can then be turned over too. */
static void bound_row(struct hk_dual *dual, const struct hk_kept_model *model, uint32_t row)
{
	double least = -1, most = 1;

	for (uint32_t k = model->first[row]; k < model->first[row + 1]; k++) {
		uint32_t j = model->column[k];
		double by = model->value[k];

		least += by * (by > 0 ? dual->lower[j] : dual->upper[j]);
		most += by * (by > 0 ? dual->upper[j] : dual->lower[j]);
	}
	hk_dual_bound(dual, model->n_columns + row, model->sense[row] == HK_MILP_LE ? fmin(least, model->rhs[row]) : model->rhs[row],
		      model->sense[row] == HK_MILP_GE ? fmax(most, model->rhs[row]) : model->rhs[row]);
}

/* Terms by columns, bounds, rows by their senses. */
static struct hk_dual *load(const struct hk_kept_model *model)
{
	struct hk_dual *dual = hk_calloc(1, sizeof *dual);
	uint32_t terms = model->first[model->n_rows];

	hk_dual_open(dual, model->n_rows, model->n_columns, terms);
	for (uint32_t k = 0; k < terms; k++)
		dual->first[model->column[k] + 1]++;
	for (uint32_t j = 0; j < model->n_columns; j++) {
		dual->first[j + 1] += dual->first[j];
		hk_dual_bound(dual, j, model->lower[j], isinf(model->upper[j]) ? FAR : model->upper[j]);
	}
	for (uint32_t i = model->n_rows; i-- > 0;) {
		bound_row(dual, model, i);
		for (uint32_t k = model->first[i + 1]; k-- > model->first[i];) {
			uint32_t at = --dual->first[model->column[k] + 1];

			dual->row[at] = i;
			dual->value[at] = model->value[k];
		}
	}
	/* every end has become the beginning of its column */
	for (uint32_t j = 0; j < model->n_columns; j++)
		dual->first[j] = dual->first[j + 1];
	dual->first[model->n_columns] = terms;
	hk_dual_ready(dual);
	return dual;
}

/* From the last basis, or rows alone. */
static bool start(struct hk_kept_problem *kept)
{
	uint32_t rows = kept->model->n_rows, columns = kept->model->n_columns;
	uint8_t *status = hk_malloc((size_t)rows + columns + 1);
	bool good;

	for (uint32_t j = 0; j < columns; j++)
		status[j] = kept->basis ? (uint8_t)hk_dual_status_from_glpk(kept->basis[rows + j]) : HK_DUAL_LOWER;
	for (uint32_t i = 0; i < rows; i++)
		status[columns + i] = kept->basis ? (uint8_t)hk_dual_status_from_glpk(kept->basis[i]) : HK_DUAL_BASIC;
	good = hk_dual_start(kept->own, status);
	hk_cleanup_free(&status);
	return good;
}

static void store(struct hk_kept_problem *kept, double *duals, double *point)
{
	const struct hk_dual *dual = kept->own;

	if (!kept->basis)
		kept->basis = hk_malloc((size_t)dual->rows + dual->columns + 1);
	for (uint32_t i = 0; i < dual->rows; i++) {
		kept->basis[i] = (uint8_t)hk_dual_status_to_glpk(dual->status[dual->columns + i]);
		duals[i] = dual->price[dual->columns + i] / kept->scale;
	}
	for (uint32_t j = 0; j < dual->columns; j++) {
		kept->basis[dual->rows + j] = (uint8_t)hk_dual_status_to_glpk(dual->status[j]);
		point[j] = dual->x[j];
	}
}

static bool ends_far_out(const struct hk_kept_problem *kept)
{
	for (uint32_t j = 0; j < kept->model->n_columns; j++)
		if (isinf(kept->model->upper[j]) && kept->own->x[j] > FAR / 2)
			return true;
	return false;
}

static bool told_to_stop(const struct hk_glpk_limits *limits, struct hk_glpk_result *result)
{
	result->interrupted = limits->interrupt && *limits->interrupt;
	result->hit_limit = result->interrupted || hk_glpk_clock() > limits->deadline || (limits->iterations && result->iterations >= limits->iterations);
	return result->hit_limit;
}

/* From now on GLPK is asked at once. */
static bool fail(struct hk_kept_problem *kept)
{
	hk_kept_close_own(kept);
	kept->own_failed = true;
	return false;
}

bool hk_kept_solve_own(struct hk_kept_problem *kept, const double *cost, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *duals,
		       double *point)
{
	const struct hk_kept_model *model = kept->model;
	bool fresh = !kept->own;
	uint64_t most = 2000 + 4 * ((uint64_t)model->n_rows + model->n_columns), before;
	enum hk_dual_end end;

	if (kept->own_failed || model->n_rows == 0 || model->n_rows > HK_DUAL_ROWS_MAX)
		return false;
	if (fresh)
		kept->own = load(model);
	for (uint32_t j = 0; j < model->n_columns; j++)
		kept->own->cost[j] = cost[j] * kept->scale;
	if (fresh && !start(kept))
		return fail(kept);
	if (!fresh)
		hk_dual_new_costs(kept->own);
	before = kept->own->steps;
	do {
		end = hk_dual_solve(kept->own, INFINITY, CHUNK);
		result->iterations = kept->own->steps - before;
	} while (end == HK_DUAL_SHORT && result->iterations < most && !told_to_stop(limits, result));
	if (end == HK_DUAL_OPTIMAL && !ends_far_out(kept)) {
		store(kept, duals, point);
		result->status = HK_GLPK_OPTIMAL;
	} else if (!result->hit_limit) {
		return fail(kept);
	}
	return true;
}

void hk_kept_close_own(struct hk_kept_problem *kept)
{
	if (kept->own)
		hk_dual_close(kept->own);
	hk_cleanup_free(&kept->own);
}
