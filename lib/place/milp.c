/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp.h"

#include <math.h>

uint32_t hk_milp_column(struct hk_milp *milp, struct hk_milp_name name, double lower, double upper, double cost)
{
	hk_vec_push(&milp->columns, (struct hk_milp_column){ .name = name, .lower = lower, .upper = upper, .cost = cost });
	hk_vec_push(&milp->seen, 0);
	return (uint32_t)(milp->columns.n - 1);
}

uint32_t hk_milp_integer(struct hk_milp *milp, struct hk_milp_name name, double lower, double upper, double cost, uint8_t priority)
{
	uint32_t column = hk_milp_column(milp, name, lower, upper, cost);

	milp->columns.v[column].integer = true;
	milp->columns.v[column].priority = priority;
	return column;
}

void hk_milp_row(struct hk_milp *milp, struct hk_milp_name name, enum hk_milp_sense sense, double rhs)
{
	hk_vec_push(&milp->rows, (struct hk_milp_row){ .name = name, .sense = sense, .rhs = rhs, .first = milp->terms.n });
}

void hk_milp_term(struct hk_milp *milp, uint32_t column, double value)
{
	struct hk_milp_row *row = &milp->rows.v[milp->rows.n - 1];
	size_t seen = milp->seen.v[column];

	if (value == 0)
		return;
	if (seen > row->first) {
		milp->terms.v[seen - 1].value += value;
		return;
	}
	hk_vec_push(&milp->terms, (struct hk_milp_term){ column, value });
	milp->seen.v[column] = milp->terms.n;
	row->count++;
}

void hk_milp_release(struct hk_milp *milp)
{
	hk_vec_release(&milp->columns);
	hk_vec_release(&milp->rows);
	hk_vec_release(&milp->terms);
	hk_vec_release(&milp->seen);
}

bool hk_milp_sound(const struct hk_milp *milp, const char **what)
{
	for (size_t i = 0; i < milp->columns.n; i++) {
		const struct hk_milp_column *column = &milp->columns.v[i];

		*what = column->name.kind;
		if (!isfinite(column->cost) || !isfinite(column->lower) || isnan(column->upper) || column->lower > column->upper)
			return false;
		if (column->integer && !isfinite(column->upper))
			return false;
	}
	for (size_t i = 0; i < milp->rows.n; i++) {
		*what = milp->rows.v[i].name.kind;
		if (!isfinite(milp->rows.v[i].rhs))
			return false;
		for (size_t k = 0; k < milp->rows.v[i].count; k++)
			if (!isfinite(milp->terms.v[milp->rows.v[i].first + k].value))
				return false;
	}
	return true;
}

double hk_milp_violation(const struct hk_milp *milp, const double *point)
{
	double worst = 0;

	for (size_t i = 0; i < milp->columns.n; i++)
		worst = fmax(worst, fmax(milp->columns.v[i].lower - point[i], point[i] - milp->columns.v[i].upper));
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];
		double sum = -row->rhs;

		for (size_t k = 0; k < row->count; k++)
			sum += milp->terms.v[row->first + k].value * point[milp->terms.v[row->first + k].column];
		if (row->sense != HK_MILP_LE)
			worst = fmax(worst, -sum / fmax(1, fabs(row->rhs)));
		if (row->sense != HK_MILP_GE)
			worst = fmax(worst, sum / fmax(1, fabs(row->rhs)));
	}
	return worst;
}

double hk_milp_value(const struct hk_milp *milp, const double *point)
{
	double sum = 0;

	for (size_t i = 0; i < milp->columns.n; i++)
		sum += milp->columns.v[i].cost * point[i];
	return sum;
}
