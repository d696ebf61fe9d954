/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the dual simplex method: who leaves the basis, who enters, and what changes. */
#include "place/dual.h"

#include <math.h>
#include <string.h>

/* Beyond a bound by more than this (and this part of it) is beyond it; prices may be wrong by so much; smaller entries are none; smaller pivots are asked again with fresh factors. */
static const double BEYOND = 1e-9, FORGIVEN = 1e-9, ENTRY = 1e-9, PIVOT = 1e-6;
/* With less than this missing, nobody can say that nothing is left. */
static const double MISSING = 1e-7;
/* What a row of the inverse and a column may differ in where they meet. */
static const double AGREE = 1e-7;
static const double NOTHING = 1e-13, WEIGHT_LEAST = 1e-4;

void hk_dual_row_at(struct hk_dual *dual, uint32_t position)
{
	uint32_t n = 0, n_touched = 0;
	double *inverse = dual->inverse_row;

	memset(dual->by_position_too, 0, dual->rows * sizeof *dual->by_position_too);
	dual->by_position_too[position] = 1;
	hk_factor_solve_transposed(&dual->factor, dual->by_position_too, inverse);
	for (uint32_t i = 0; i < dual->rows; i++) {
		double by = inverse[i];

		if (fabs(by) < NOTHING) {
			inverse[i] = 0;
			continue;
		}
		if (dual->status[dual->columns + i] != HK_DUAL_BASIC)
			dual->entries[n++] = (struct hk_dual_entry){ dual->columns + i, by };
		for (uint32_t k = dual->row_first[i]; k < dual->row_first[i + 1]; k++) {
			uint32_t j = dual->column[k];

			dual->sums[j] -= by * dual->row_value[k];
			if (!dual->seen[j]) {
				dual->seen[j] = true;
				dual->touched[n_touched++] = j;
			}
		}
	}
	for (uint32_t k = 0; k < n_touched; k++) {
		uint32_t j = dual->touched[k];

		if (dual->status[j] != HK_DUAL_BASIC && fabs(dual->sums[j]) >= NOTHING)
			dual->entries[n++] = (struct hk_dual_entry){ j, dual->sums[j] };
		dual->sums[j] = 0;
		dual->seen[j] = false;
	}
	dual->n_entries = n;
}

/* How far a basic variable is beyond its bounds: below 0 under the lower one. */
static double beyond(const struct hk_dual *dual, uint32_t variable)
{
	double x = dual->x[variable], lower = dual->lower[variable], upper = dual->upper[variable];

	if (x < lower - BEYOND * (1 + fabs(lower)))
		return x - lower;
	if (x > upper + BEYOND * (1 + fabs(upper)))
		return x - upper;
	return 0;
}

/* The position that is farthest out for the length of its row; rows when all are within. */
static uint32_t leaving(const struct hk_dual *dual, double *out)
{
	uint32_t best = dual->rows;
	double most = 0;

	for (uint32_t i = 0; i < dual->rows; i++) {
		double far = beyond(dual, dual->basis[i]);

		if (far * far > most * dual->weight[i]) {
			most = far * far / dual->weight[i];
			best = i;
			*out = far;
		}
	}
	return best;
}

/* Variables that bring the leaving one back. way: 1 up, -1 down. */
static uint32_t list_choices(struct hk_dual *dual, double way)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < dual->n_entries; k++) {
		uint32_t j = dual->entries[k].variable;
		double helps = way * dual->entries[k].value, range = dual->upper[j] - dual->lower[j];

		if (fabs(helps) < ENTRY || range <= 0 || (dual->status[j] == HK_DUAL_LOWER) != (helps > 0))
			continue;
		dual->choices[n++] = (struct hk_dual_choice){ k, fabs(helps), dual->status[j] == HK_DUAL_LOWER ? fmax(0, dual->price[j]) : fmax(0, -dual->price[j]), range * fabs(helps) };
	}
	return n;
}

/* Over to the other bound; what that means for the rows is gathered in by_row. */
static void flip(struct hk_dual *dual, uint32_t j)
{
	bool up = dual->status[j] == HK_DUAL_LOWER;
	double change = up ? dual->upper[j] - dual->lower[j] : dual->lower[j] - dual->upper[j];

	dual->objective += dual->price[j] * change;
	dual->status[j] = up ? HK_DUAL_UPPER : HK_DUAL_LOWER;
	dual->x[j] = up ? dual->upper[j] : dual->lower[j];
	if (j >= dual->columns) {
		dual->by_row[j - dual->columns] += change;
		return;
	}
	for (uint32_t k = dual->first[j]; k < dual->first[j + 1]; k++)
		dual->by_row[dual->row[k]] -= dual->value[k] * change;
}

/*
 * Who enters: the entry, or n_entries when nobody can; *out is then what is missing. Prices rise until one would become negative; as long as the leaving variable stays out even with that one at its other bound, it goes
 * there instead. Among those that come first together (within what is forgiven), the largest entry.
 */
static uint32_t entering(struct hk_dual *dual, double *out, bool *flipped)
{
	uint32_t n = list_choices(dual, *out < 0 ? 1 : -1);
	double left = fabs(*out);

	*flipped = false;
	while (n > 0) {
		double together = INFINITY, most = 0, largest = 0;
		uint32_t best = dual->n_entries, kept = 0;

		for (uint32_t i = 0; i < n; i++)
			together = fmin(together, (dual->choices[i].price + FORGIVEN) / dual->choices[i].size);
		for (uint32_t i = 0; i < n; i++) {
			const struct hk_dual_choice *choice = &dual->choices[i];

			if (choice->price > together * choice->size)
				continue;
			most += choice->most;
			if (choice->size > largest) {
				largest = choice->size;
				best = choice->entry;
			}
		}
		if (!(left - most > BEYOND))
			return best;
		left -= most;
		for (uint32_t i = 0; i < n; i++) {
			if (dual->choices[i].price > together * dual->choices[i].size) {
				dual->choices[kept++] = dual->choices[i];
				continue;
			}
			flip(dual, dual->entries[dual->choices[i].entry].variable);
			*flipped = true;
		}
		n = kept;
	}
	*out = *out < 0 ? -left : left;
	return dual->n_entries;
}

static void shift_values(struct hk_dual *dual)
{
	hk_factor_solve(&dual->factor, dual->by_row, dual->by_position_too);
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->x[dual->basis[i]] += dual->by_position_too[i];
}

/* The entering column in terms of the basis, into by_position. */
static void solve_column(struct hk_dual *dual, uint32_t j)
{
	memset(dual->by_row, 0, dual->rows * sizeof *dual->by_row);
	if (j >= dual->columns)
		dual->by_row[j - dual->columns] = -1;
	for (uint32_t k = j < dual->columns ? dual->first[j] : 0; j < dual->columns && k < dual->first[j + 1]; k++)
		dual->by_row[dual->row[k]] = dual->value[k];
	hk_factor_solve(&dual->factor, dual->by_row, dual->by_position);
}

/* A price of the wrong sign within what is forgiven becomes 0, and the cost that much more or less. */
static void mend_price(struct hk_dual *dual, uint32_t j)
{
	if (dual->lower[j] == dual->upper[j] || (dual->status[j] == HK_DUAL_LOWER ? dual->price[j] >= 0 : dual->price[j] <= 0))
		return;
	if (j < dual->columns)
		dual->shifted[j] -= dual->price[j];
	dual->price[j] = 0;
}

/* step: by which the price of the leaving variable rises. The objective is the sum of prices times values. */
static void change_prices(struct hk_dual *dual, uint32_t leaves, uint32_t enters, double way, double step)
{
	for (uint32_t k = 0; k < dual->n_entries; k++) {
		uint32_t j = dual->entries[k].variable;
		double before = dual->price[j];

		dual->price[j] -= step * way * dual->entries[k].value;
		if (j != enters)
			mend_price(dual, j);
		dual->objective += (dual->price[j] - before) * dual->x[j];
	}
	if (enters < dual->columns)
		dual->shifted[enters] -= dual->price[enters];
	dual->objective -= dual->price[enters] * dual->x[enters];
	dual->price[enters] = 0;
	dual->price[leaves] = way * step;
	dual->objective += way * step * (way > 0 ? dual->lower[leaves] : dual->upper[leaves]);
}

/* Lengths of the rows of the inverse after the pivot. */
static void change_weights(struct hk_dual *dual, uint32_t position)
{
	double own = 0, pivot = dual->by_position[position];

	for (uint32_t i = 0; i < dual->rows; i++) {
		own += dual->inverse_row[i] * dual->inverse_row[i];
		dual->by_row[i] = dual->inverse_row[i];
	}
	hk_factor_solve(&dual->factor, dual->by_row, dual->by_position_too);
	for (uint32_t i = 0; i < dual->rows; i++) {
		double part = dual->by_position[i] / pivot;

		if (dual->by_position[i] != 0 && i != position)
			dual->weight[i] = fmax(dual->weight[i] - 2 * part * dual->by_position_too[i] + part * part * own, WEIGHT_LEAST);
	}
	dual->weight[position] = fmax(own / (pivot * pivot), WEIGHT_LEAST);
}

static void exchange(struct hk_dual *dual, uint32_t position, uint32_t enters, double way)
{
	uint32_t leaves = dual->basis[position];
	double bound = way > 0 ? dual->lower[leaves] : dual->upper[leaves], by = (dual->x[leaves] - bound) / dual->by_position[position];

	for (uint32_t i = 0; i < dual->rows; i++)
		if (dual->by_position[i] != 0)
			dual->x[dual->basis[i]] -= by * dual->by_position[i];
	dual->x[enters] += by;
	dual->x[leaves] = bound;
	dual->status[leaves] = way > 0 ? HK_DUAL_LOWER : HK_DUAL_UPPER;
	dual->status[enters] = HK_DUAL_BASIC;
	hk_factor_update(&dual->factor, position, dual->by_position);
	dual->basis[position] = enters;
	dual->position[enters] = position;
}

enum hk_dual_step hk_dual_step(struct hk_dual *dual)
{
	double out = 0, way, entry;
	uint32_t position = leaving(dual, &out), best, enters, leaves;
	bool flipped;

	if (position == dual->rows)
		return HK_DUAL_DONE;
	leaves = dual->basis[position];
	way = out < 0 ? 1 : -1;
	hk_dual_row_at(dual, position);
	memset(dual->by_row, 0, dual->rows * sizeof *dual->by_row);
	best = entering(dual, &out, &flipped);
	if (flipped)
		shift_values(dual);
	if (best == dual->n_entries)
		return fabs(out) > MISSING * (1 + fabs(way > 0 ? dual->lower[leaves] : dual->upper[leaves])) ? HK_DUAL_NOTHING_LEFT : HK_DUAL_BAD_NUMBERS;
	enters = dual->entries[best].variable;
	entry = dual->entries[best].value;
	if (fabs(entry) < PIVOT && dual->factor.updates.n > 0)
		return HK_DUAL_BAD_NUMBERS;
	solve_column(dual, enters);
	if (fabs(dual->by_position[position] + entry) > AGREE * (1 + fabs(entry)))
		return HK_DUAL_BAD_NUMBERS;
	change_prices(dual, leaves, enters, way, fmax(0, dual->status[enters] == HK_DUAL_LOWER ? dual->price[enters] : -dual->price[enters]) / fabs(entry));
	change_weights(dual, position);
	exchange(dual, position, enters, way);
	dual->steps++;
	return HK_DUAL_STEPPED;
}
