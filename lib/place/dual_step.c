/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the dual simplex method: who leaves the basis, who enters, and what changes. */
#include "place/dual.h"

#include <math.h>
#include <string.h>

/*
 * Beyond a bound by more than this (and this part of it) is beyond it; prices may be wrong by so much; smaller entries are none; smaller pivots are asked again
 * with fresh factors.
 */
static const double BEYOND = 1e-9, FORGIVEN = 1e-9, ENTRY = 1e-9, PIVOT = 1e-6;
/* With less than this missing, nobody can say that nothing is left. */
static const double MISSING = 1e-7;
/* What a row of the inverse and a column may differ in where they meet. */
static const double AGREE = 1e-7;
/* With sums without an end, such terms are rounding; finite ones may lose this part. */
static const double ROUNDING = 1e-12, SUMS = 1e-12;
static const double NOTHING = 1e-13, WEIGHT_MOST = 1e6;

/* The newest row of the inverse times the columns, into sums. Returns how many were touched. */
static uint32_t spread(struct hk_dual *dual)
{
	const uint32_t *first = dual->row_first, *column = dual->column;
	const double *value = dual->row_value;
	double *sums = dual->sums;
	uint32_t *touched = dual->touched, n = 0;
	bool *seen = dual->seen;

	for (uint32_t at = 0; at < dual->n_inverse; at++) {
		uint32_t step = dual->inverse_at[at], i = dual->factor.row[step];
		double by = dual->inverse_row[step] * hk_factor_sign(&dual->factor, step);

		for (uint32_t k = first[i], end = first[i + 1]; k < end; k++) {
			uint32_t j = column[k];

			sums[j] -= by * value[k];
			touched[n] = j;
			n += !seen[j];
			seen[j] = true;
		}
	}
	return n;
}

void hk_dual_row_at(struct hk_dual *dual, uint32_t position)
{
	uint32_t n = 0, n_listed, n_touched;
	double *inverse = dual->inverse_row;
	struct hk_dual_entry *entries = dual->entries;

	n_listed = hk_factor_solve_row(&dual->factor, position, inverse, dual->inverse_at);
	dual->n_inverse = 0;
	for (uint32_t k = 0; k < n_listed; k++) {
		uint32_t t = dual->inverse_at[k], i = dual->factor.row[t];

		if (fabs(inverse[t]) < NOTHING) {
			inverse[t] = 0;
			continue;
		}
		dual->inverse_at[dual->n_inverse++] = t;
		if (dual->status[dual->columns + i] != HK_DUAL_BASIC)
			entries[n++] = (struct hk_dual_entry){ dual->columns + i, inverse[t] * hk_factor_sign(&dual->factor, t) };
	}
	n_touched = spread(dual);
	for (uint32_t k = 0; k < n_touched; k++) {
		uint32_t j = dual->touched[k];
		double sum = dual->sums[j];

		entries[n] = (struct hk_dual_entry){ j, sum };
		n += (dual->status[j] != HK_DUAL_BASIC) & (fabs(sum) >= NOTHING);
		dual->sums[j] = 0;
		dual->seen[j] = false;
	}
	dual->n_entries = n;
}

/* A sum of terms, each between its bounds. */
struct range { double least, most, size; };

static void add_range(const struct hk_dual *dual, struct range *range, uint32_t variable, double by)
{
	double low = by * (by > 0 ? dual->lower[variable] : dual->upper[variable]), high = by * (by > 0 ? dual->upper[variable] : dual->lower[variable]);

	if (by == 0 || (fabs(by) < ROUNDING && (isinf(low) || isinf(high))))
		return;
	range->least += low;
	range->most += high;
	range->size += (isinf(low) ? 0 : fabs(low)) + (isinf(high) ? 0 : fabs(high));
}

bool hk_dual_proves_nothing(struct hk_dual *dual)
{
	struct range range = { 0 };
	uint32_t n_touched = spread(dual);
	double margin;

	for (uint32_t at = 0; at < dual->n_inverse; at++) {
		uint32_t step = dual->inverse_at[at];

		add_range(dual, &range, dual->columns + dual->factor.row[step], dual->inverse_row[step] * hk_factor_sign(&dual->factor, step));
	}
	for (uint32_t k = 0; k < n_touched; k++) {
		uint32_t j = dual->touched[k];

		add_range(dual, &range, j, dual->sums[j]);
		dual->sums[j] = 0;
		dual->seen[j] = false;
	}
	/* it is 0 wherever the rows hold */
	margin = MISSING + SUMS * range.size;
	return range.least > margin || range.most < -margin;
}

/* How far a basic variable is beyond its bounds: below 0 under the lower one. */
static inline double beyond(const struct hk_dual *dual, uint32_t variable)
{
	double x = dual->x[variable], lower = dual->lower[variable], upper = dual->upper[variable];

	if (x < lower - BEYOND * (1 + fabs(lower)))
		return x - lower;
	if (x > upper + BEYOND * (1 + fabs(upper)))
		return x - upper;
	return 0;
}

static inline void look_if_out(struct hk_dual *dual, uint32_t position)
{
	if (dual->is_out[position] || beyond(dual, dual->basis[position]) == 0)
		return;
	dual->is_out[position] = true;
	dual->out[dual->n_out++] = position;
}

void hk_dual_find_out(struct hk_dual *dual)
{
	while (dual->n_out > 0)
		dual->is_out[dual->out[--dual->n_out]] = false;
	for (uint32_t i = 0; i < dual->rows; i++)
		look_if_out(dual, i);
}

/* The position that is farthest out for the length of its row; rows when all are within. */
static uint32_t leaving(struct hk_dual *dual, double *out)
{
	uint32_t best = dual->rows, n = dual->n_out;
	double most = 0;

	dual->n_out = 0;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = dual->out[k];
		double far = beyond(dual, dual->basis[i]);

		dual->is_out[i] = far != 0;
		if (far == 0)
			continue;
		dual->out[dual->n_out++] = i;
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
		double helps = way * dual->entries[k].value, price = dual->price[j], range;

		if ((dual->status[j] == HK_DUAL_LOWER) != (helps > 0))
			continue;
		if (helps < 0) {
			helps = -helps;
			price = -price;
		}
		range = dual->upper[j] - dual->lower[j];
		if (helps < ENTRY || range <= 0)
			continue;
		dual->choices[n++] = (struct hk_dual_choice){ k, helps, price > 0 ? price : 0, range * helps };
	}
	return n;
}

void hk_dual_gather(struct hk_dual *dual, uint32_t variable, double change)
{
	if (variable >= dual->columns) {
		hk_factor_add(&dual->factor, dual->right, variable - dual->columns, change);
		return;
	}
	for (uint32_t k = dual->first[variable]; k < dual->first[variable + 1]; k++)
		hk_factor_add(&dual->factor, dual->right, dual->row[k], -dual->value[k] * change);
}

/* Over to the other bound; what that means for the rows is gathered, for the first one from nothing. */
static void flip(struct hk_dual *dual, uint32_t j, bool first)
{
	bool up = dual->status[j] == HK_DUAL_LOWER;
	double change = up ? dual->upper[j] - dual->lower[j] : dual->lower[j] - dual->upper[j];

	if (first)
		memset(dual->right, 0, dual->rows * sizeof *dual->right);
	dual->objective += dual->price[j] * change;
	dual->status[j] = up ? HK_DUAL_UPPER : HK_DUAL_LOWER;
	dual->x[j] = up ? dual->upper[j] : dual->lower[j];
	hk_dual_gather(dual, j, change);
}

/*
 * Who enters: the entry, or n_entries when nobody can; *out is then what is missing. Prices rise until one would become negative; as long as the leaving
 * variable stays out even with that one at its other bound, it goes there instead. Among those that come first together (within what is forgiven), the largest
 * entry.
 */
static uint32_t entering(struct hk_dual *dual, double *out, bool *flipped)
{
	uint32_t n = list_choices(dual, *out < 0 ? 1 : -1);
	double left = fabs(*out);

	*flipped = false;
	while (n > 0) {
		double together = INFINITY, most = 0, largest = 0;
		uint32_t best = dual->n_entries, kept = 0;

		for (uint32_t i = 0; i < n; i++) {
			double ratio = (dual->choices[i].price + FORGIVEN) / dual->choices[i].size;

			together = ratio < together ? ratio : together;
		}
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
			flip(dual, dual->entries[dual->choices[i].entry].variable, !*flipped);
			*flipped = true;
		}
		n = kept;
	}
	*out = *out < 0 ? -left : left;
	return dual->n_entries;
}

void hk_dual_shift_values(struct hk_dual *dual)
{
	hk_factor_solve(&dual->factor, dual->right);
	for (uint32_t i = 0; i < dual->rows; i++)
		if (dual->right[i] != 0) {
			dual->x[dual->basis[i]] += dual->right[i];
			look_if_out(dual, i);
		}
}

/* The entering column in terms of the basis. */
static void solve_column(struct hk_dual *dual, uint32_t j)
{
	double *entering = dual->entering;

	memset(entering, 0, dual->rows * sizeof *entering);
	if (j >= dual->columns)
		hk_factor_add(&dual->factor, entering, j - dual->columns, -1);
	for (uint32_t k = j < dual->columns ? dual->first[j] : 0; j < dual->columns && k < dual->first[j + 1]; k++)
		hk_factor_add(&dual->factor, entering, dual->row[k], dual->value[k]);
	hk_factor_solve_entering(&dual->factor, entering);
	dual->n_entering = hk_factor_list(entering, dual->rows, dual->entering_at);
}

/* A price of the wrong sign within what is forgiven becomes 0, and the cost that much more or less. */
static void mend_price(struct hk_dual *dual, uint32_t j)
{
	if (dual->lower[j] == dual->upper[j])
		return;
	if (j < dual->columns)
		dual->shifted[j] -= dual->price[j];
	dual->objective -= dual->price[j] * dual->x[j];
	dual->price[j] = 0;
}

/* step: by which the price of the leaving variable rises, which is out by so much. */
static void change_prices(struct hk_dual *dual, uint32_t leaves, uint32_t enters, double out, double step)
{
	double way = out < 0 ? 1 : -1, by = step * way;

	for (uint32_t k = 0; k < dual->n_entries && step > 0; k++) {
		uint32_t j = dual->entries[k].variable;
		double price = dual->price[j] - by * dual->entries[k].value;

		dual->price[j] = price;
		if ((dual->status[j] == HK_DUAL_LOWER ? price < 0 : price > 0) && j != enters)
			mend_price(dual, j);
	}
	dual->objective += step * fabs(out);
	if (enters < dual->columns)
		dual->shifted[enters] -= dual->price[enters];
	dual->objective -= dual->price[enters] * dual->x[enters];
	dual->price[enters] = 0;
	dual->price[leaves] = by;
}

/*
 * Devex: what each row of the inverse has got longer by since all counted as 1, for nothing more than the entering column. The true lengths would take one more
 * solution a step, and as a search tree starts them anew at 1 every few steps, they have led to more steps than these.
 */
static void change_weights(struct hk_dual *dual, uint32_t position)
{
	double inverse = 1 / dual->entering[position], own = dual->weight[position];

	for (uint32_t k = 0; k < dual->n_entering; k++) {
		uint32_t i = dual->entering_at[k];
		double part = dual->entering[i] * inverse, weight = part * part * own;

		if (weight > dual->weight[i])
			dual->weight[i] = weight;
	}
	dual->weight[position] = own * inverse * inverse > 1 ? own * inverse * inverse : 1;
	/* too far from where it started: all count as 1 again */
	for (uint32_t i = 0; own > WEIGHT_MOST && i < dual->rows; i++)
		dual->weight[i] = 1;
}

static void exchange(struct hk_dual *dual, uint32_t position, uint32_t enters, double way)
{
	uint32_t leaves = dual->basis[position];
	double bound = way > 0 ? dual->lower[leaves] : dual->upper[leaves], by = (dual->x[leaves] - bound) / dual->entering[position];

	dual->x[enters] += by;
	dual->status[leaves] = way > 0 ? HK_DUAL_LOWER : HK_DUAL_UPPER;
	dual->status[enters] = HK_DUAL_BASIC;
	dual->basis[position] = enters;
	dual->position[enters] = position;
	for (uint32_t k = 0; k < dual->n_entering; k++) {
		uint32_t i = dual->entering_at[k];

		if (i != position)
			dual->x[dual->basis[i]] -= by * dual->entering[i];
		look_if_out(dual, i);
	}
	dual->x[leaves] = bound;
	dual->factored = hk_factor_update(&dual->factor, position, dual->entering[position]);
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
	best = entering(dual, &out, &flipped);
	if (flipped)
		hk_dual_shift_values(dual);
	if (best == dual->n_entries)
		return fabs(out) > MISSING * (1 + fabs(way > 0 ? dual->lower[leaves] : dual->upper[leaves])) ? HK_DUAL_NOTHING_LEFT : HK_DUAL_BAD_NUMBERS;
	enters = dual->entries[best].variable;
	entry = dual->entries[best].value;
	if (fabs(entry) < PIVOT && dual->factor.n_updates > 0)
		return HK_DUAL_BAD_NUMBERS;
	solve_column(dual, enters);
	if (fabs(dual->entering[position] + entry) > AGREE * (1 + fabs(entry)))
		return HK_DUAL_BAD_NUMBERS;
	out = dual->x[leaves] - (way > 0 ? dual->lower[leaves] : dual->upper[leaves]);
	change_prices(dual, leaves, enters, out, fmax(0, dual->status[enters] == HK_DUAL_LOWER ? dual->price[enters] : -dual->price[enters]) / fabs(entry));
	change_weights(dual, position);
	exchange(dual, position, enters, way);
	dual->steps++;
	return HK_DUAL_STEPPED;
}
