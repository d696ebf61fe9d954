/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp_reduce.h"

#include <math.h>

enum { PASSES_MAX = 8 };

/* A whole number may be off by this before it counts as another one. */
static const double WHOLE = 1e-6;
/* Columns whose bounds are this close have met. */
static const double MET = 1e-9;

/* Least or most a row can be; endless: how many terms have no bound on that side. */
struct activity { double sum; size_t endless; };

static double least_of(const struct hk_milp_term *term, const double *lower, const double *upper)
{
	return term->value > 0 ? term->value * lower[term->column] : term->value * upper[term->column];
}

static struct activity least_activity(const struct hk_milp *milp, const struct hk_milp_row *row, double sign, const double *lower, const double *upper)
{
	struct activity activity = { 0 };

	for (size_t k = 0; k < row->count; k++) {
		struct hk_milp_term term = milp->terms.v[row->first + k];

		term.value *= sign;
		double least = least_of(&term, lower, upper);

		if (isinf(least))
			activity.endless++;
		else
			activity.sum += least;
	}
	return activity;
}

/* sum of sign * row <= rhs: what does that leave for each column? *changed counts. */
static bool tighten_row(const struct hk_milp *milp, const struct hk_milp_row *row, double sign, double rhs, double *lower, double *upper, size_t *changed)
{
	struct activity activity = least_activity(milp, row, sign, lower, upper);
	double slack = 1e-7 * fmax(1, fabs(rhs));

	if (activity.endless == 0 && activity.sum > rhs + 10 * slack)
		return false;
	if (activity.endless > 1)
		return true;
	for (size_t k = 0; k < row->count; k++) {
		struct hk_milp_term term = milp->terms.v[row->first + k];
		const struct hk_milp_column *column = &milp->columns.v[term.column];
		double own, room;

		term.value *= sign;
		own = least_of(&term, lower, upper);
		if ((activity.endless == 1 && !isinf(own)) || lower[term.column] == upper[term.column] || fabs(term.value) < 1e-9)
			continue;
		room = (rhs - activity.sum + (isinf(own) ? 0 : own)) / term.value;
		if (column->integer) {
			double bound = term.value > 0 ? floor(room + WHOLE + slack / term.value) : ceil(room - WHOLE + slack / term.value);

			if (term.value > 0 ? bound >= upper[term.column] : bound <= lower[term.column])
				continue;
			if (term.value > 0)
				upper[term.column] = fmax(bound, lower[term.column]);
			else
				lower[term.column] = fmin(bound, upper[term.column]);
			if (term.value > 0 ? bound < lower[term.column] : bound > upper[term.column])
				return false;
		} else if (term.value > 0 && room <= lower[term.column] + MET) {
			upper[term.column] = lower[term.column];
		} else if (term.value < 0 && room >= upper[term.column] - MET) {
			lower[term.column] = upper[term.column];
		} else {
			continue;
		}
		++*changed;
		activity = least_activity(milp, row, sign, lower, upper);
		if (activity.endless > 1)
			return true;
	}
	return true;
}

bool hk_milp_propagate(const struct hk_milp *milp, double *lower, double *upper)
{
	size_t changed = 1;

	for (int pass = 0; pass < PASSES_MAX && changed > 0; pass++) {
		changed = 0;
		for (size_t i = 0; i < milp->rows.n; i++) {
			const struct hk_milp_row *row = &milp->rows.v[i];

			if (row->sense != HK_MILP_GE && !tighten_row(milp, row, 1, row->rhs, lower, upper, &changed))
				return false;
			if (row->sense != HK_MILP_LE && !tighten_row(milp, row, -1, -row->rhs, lower, upper, &changed))
				return false;
		}
	}
	return true;
}

/* No point within the bounds violates the row. */
static bool is_idle(const struct hk_milp *milp, const struct hk_milp_row *row, const double *lower, const double *upper)
{
	for (int side = 0; side < 2; side++) {
		double sign = side == 0 ? 1 : -1;
		struct activity most = least_activity(milp, row, -sign, lower, upper);

		if (row->sense == (side == 0 ? HK_MILP_GE : HK_MILP_LE))
			continue;
		if (most.endless > 0 || -most.sum > sign * row->rhs + 1e-12 * fmax(1, fabs(row->rhs)))
			return false;
	}
	return true;
}

static void copy_rows(const struct hk_milp *milp, const double *lower, const double *upper, const uint32_t *number, struct hk_milp *to, uint32_t *origin)
{
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];
		double rhs = row->rhs;
		size_t left = 0;

		if (is_idle(milp, row, lower, upper))
			continue;
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_term *term = &milp->terms.v[row->first + k];

			if (number[term->column] == HK_MILP_NONE)
				rhs -= term->value * lower[term->column];
			else
				left++;
		}
		/* what is fixed keeps it, within rounding */
		if (left == 0)
			continue;
		origin[to->rows.n] = (uint32_t)i;
		hk_milp_row(to, row->name, row->sense, rhs);
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_term *term = &milp->terms.v[row->first + k];

			if (number[term->column] != HK_MILP_NONE)
				hk_milp_term(to, number[term->column], term->value);
		}
	}
}

void hk_milp_reduce(const struct hk_milp *milp, const double *lower, const double *upper, struct hk_reduction *reduction, double *constant)
{
	uint32_t *number = hk_calloc(milp->columns.n + 1, sizeof *number);

	*reduction = (struct hk_reduction){ .column = hk_calloc(milp->columns.n + 1, sizeof *reduction->column),
					    .value = hk_calloc(milp->columns.n + 1, sizeof *reduction->value) };
	reduction->row = hk_calloc(milp->rows.n + 1, sizeof *reduction->row);
	*constant = 0;
	for (size_t j = 0; j < milp->columns.n; j++) {
		const struct hk_milp_column *column = &milp->columns.v[j];

		number[j] = HK_MILP_NONE;
		reduction->value[j] = lower[j];
		if (lower[j] == upper[j]) {
			*constant += column->cost * lower[j];
			continue;
		}
		number[j] = hk_milp_column(&reduction->milp, column->name, lower[j], upper[j], column->cost);
		reduction->milp.columns.v[number[j]].integer = column->integer;
		reduction->milp.columns.v[number[j]].priority = column->priority;
		reduction->column[number[j]] = (uint32_t)j;
	}
	copy_rows(milp, lower, upper, number, &reduction->milp, reduction->row);
	hk_cleanup_free(&number);
}

void hk_reduction_expand(const struct hk_reduction *reduction, size_t n_columns, const double *point, double *original)
{
	memcpy(original, reduction->value, n_columns * sizeof *original);
	for (size_t j = 0; j < reduction->milp.columns.n; j++)
		original[reduction->column[j]] = point[j];
}

void hk_reduction_release(struct hk_reduction *reduction)
{
	hk_milp_release(&reduction->milp);
	hk_cleanup_free(&reduction->column);
	hk_cleanup_free(&reduction->row);
	hk_cleanup_free(&reduction->value);
}
