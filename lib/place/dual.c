/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/dual.h"

#include <math.h>
#include <string.h>

enum {
	REPAIRS_MAX = 4,              /* in one solution: factors anew because numbers did not agree */
	CIRCLES = 4,                  /* steps for each row and column; more is going round in circles */
};

/* Costs of the wrong sign up to here are rounding; sums may lose this part. */
static const double ROUNDING = 1e-9, SUMS = 1e-12;

void hk_dual_open(struct hk_dual *dual, uint32_t rows, uint32_t columns, uint32_t terms)
{
	size_t all = (size_t)rows + columns + 1, m = (size_t)rows + 1, n = (size_t)columns + 1, t = (size_t)terms + 1, room = m + HK_FACTOR_UPDATES_MAX;

	*dual = (struct hk_dual){ .rows = rows, .columns = columns };
	dual->first = hk_calloc(n + 1, sizeof *dual->first);
	dual->row = hk_calloc(t, sizeof *dual->row);
	dual->value = hk_calloc(t, sizeof *dual->value);
	dual->row_first = hk_calloc(m + 1, sizeof *dual->row_first);
	dual->column = hk_calloc(t, sizeof *dual->column);
	dual->row_value = hk_calloc(t, sizeof *dual->row_value);
	dual->lower = hk_calloc(all, sizeof *dual->lower);
	dual->upper = hk_calloc(all, sizeof *dual->upper);
	dual->cost = hk_calloc(n, sizeof *dual->cost);
	dual->shifted = hk_calloc(n, sizeof *dual->shifted);
	dual->status = hk_calloc(all, sizeof *dual->status);
	dual->x = hk_calloc(all, sizeof *dual->x);
	dual->price = hk_calloc(all, sizeof *dual->price);
	dual->basis = hk_calloc(m, sizeof *dual->basis);
	dual->position = hk_calloc(all, sizeof *dual->position);
	dual->weight = hk_calloc(m, sizeof *dual->weight);
	dual->changed = hk_calloc(all, sizeof *dual->changed);
	dual->is_changed = hk_calloc(all, sizeof *dual->is_changed);
	dual->known_weight = hk_calloc(all, sizeof *dual->known_weight);
	dual->out = hk_calloc(m, sizeof *dual->out);
	dual->is_out = hk_calloc(m, sizeof *dual->is_out);
	dual->right = hk_calloc(room, sizeof *dual->right);
	dual->entering = hk_calloc(room, sizeof *dual->entering);
	dual->inverse_row = hk_calloc(room, sizeof *dual->inverse_row);
	dual->inverse_at = hk_calloc(m, sizeof *dual->inverse_at);
	dual->entering_at = hk_calloc(m, sizeof *dual->entering_at);
	dual->sums = hk_calloc(n, sizeof *dual->sums);
	dual->entries = hk_calloc(all, sizeof *dual->entries);
	dual->touched = hk_calloc(n, sizeof *dual->touched);
	dual->seen = hk_calloc(n, sizeof *dual->seen);
	dual->choices = hk_calloc(all, sizeof *dual->choices);
	hk_factor_open(&dual->factor, rows);
}

void hk_dual_close(struct hk_dual *dual)
{
	void *parts[] = { dual->first, dual->row, dual->value, dual->row_first, dual->column, dual->row_value, dual->lower, dual->upper,
			  dual->cost, dual->shifted, dual->status, dual->x, dual->price, dual->basis, dual->position, dual->weight,
			  dual->changed, dual->is_changed, dual->known_weight, dual->out, dual->is_out, dual->right, dual->entering,
			  dual->inverse_row, dual->inverse_at, dual->entering_at, dual->sums, dual->entries, dual->touched, dual->seen,
			  dual->choices };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	hk_factor_close(&dual->factor);
	*dual = (struct hk_dual){ 0 };
}

void hk_dual_ready(struct hk_dual *dual)
{
	uint32_t terms = dual->first[dual->columns];

	for (uint32_t k = 0; k < terms; k++)
		dual->row_first[dual->row[k] + 2]++;
	for (uint32_t i = 2; i <= dual->rows; i++)
		dual->row_first[i] += dual->row_first[i - 1];
	for (uint32_t j = 0; j < dual->columns; j++)
		for (uint32_t k = dual->first[j]; k < dual->first[j + 1]; k++) {
			uint32_t at = dual->row_first[dual->row[k] + 1]++;

			dual->column[at] = j;
			dual->row_value[at] = dual->value[k];
		}
}

void hk_dual_bound(struct hk_dual *dual, uint32_t variable, double lower, double upper)
{
	dual->lower[variable] = lower;
	dual->upper[variable] = upper;
	if (dual->is_changed[variable])
		return;
	dual->is_changed[variable] = true;
	dual->changed[dual->n_changed++] = variable;
}

/* Reduced costs from nothing. */
static void find_prices(struct hk_dual *dual)
{
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->right[i] = dual->basis[i] < dual->columns ? dual->shifted[dual->basis[i]] : 0;
	hk_factor_solve_transposed(&dual->factor, dual->right);
	memcpy(dual->price, dual->shifted, dual->columns * sizeof *dual->price);
	for (uint32_t t = 0; t < dual->rows; t++) {
		uint32_t row = dual->factor.row[t];
		double by = dual->right[t] * hk_factor_sign(&dual->factor, t);

		dual->price[dual->columns + row] = by;
		for (uint32_t k = dual->row_first[row]; by != 0 && k < dual->row_first[row + 1]; k++)
			dual->price[dual->column[k]] -= by * dual->row_value[k];
	}
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->price[dual->basis[i]] = 0;
	dual->stand_all = true;
}

/* Positions get the order the factors like best. */
static bool make_factors(struct hk_dual *dual)
{
	struct hk_columns columns = { dual->first, dual->row, dual->value };

	dual->factored_times++;
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->known_weight[dual->basis[i]] = dual->weight[i];
	dual->factored = hk_factor_make(&dual->factor, &columns, dual->columns, dual->basis);
	if (!dual->factored)
		return false;
	for (uint32_t i = 0; i < dual->rows; i++) {
		dual->position[dual->basis[i]] = i;
		dual->weight[i] = dual->known_weight[dual->basis[i]];
	}
	find_prices(dual);
	dual->valued = false;
	return true;
}

bool hk_dual_start(struct hk_dual *dual, const uint8_t *status)
{
	uint32_t n = 0, all = dual->rows + dual->columns;

	memcpy(dual->status, status, all * sizeof *status);
	memcpy(dual->shifted, dual->cost, dual->columns * sizeof *dual->shifted);
	dual->factored = false;
	for (uint32_t j = 0; j < all; j++) {
		if (status[j] != HK_DUAL_BASIC && isinf(dual->lower[j]) && isinf(dual->upper[j]))
			return false;
		if (status[j] != HK_DUAL_BASIC)
			continue;
		if (n == dual->rows)
			return false;
		dual->position[j] = n;
		dual->basis[n++] = j;
	}
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->weight[i] = 1;
	return n == dual->rows && make_factors(dual);
}

void hk_dual_new_costs(struct hk_dual *dual)
{
	memcpy(dual->shifted, dual->cost, dual->columns * sizeof *dual->shifted);
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->weight[i] = 1;
	dual->valued = false;
	if (dual->factored)
		find_prices(dual);
}

/* What is not basic stands at the bound its price asks for. A price of the wrong sign without a bound there is taken for rounding. */
static void stand(struct hk_dual *dual, uint32_t j)
{
	double lower = dual->lower[j], upper = dual->upper[j], price = dual->price[j], before = dual->x[j];

	if (isinf(lower) || (!isinf(upper) && price < -ROUNDING))
		dual->status[j] = HK_DUAL_UPPER;
	else if (isinf(upper) || price > ROUNDING)
		dual->status[j] = HK_DUAL_LOWER;
	dual->x[j] = dual->status[j] == HK_DUAL_UPPER ? upper : lower;
	if (dual->status[j] == HK_DUAL_UPPER ? price > 0 && isinf(lower) : price < 0 && isinf(upper)) {
		if (j < dual->columns)
			dual->shifted[j] -= price;
		dual->objective -= price * before;
		dual->price[j] = price = 0;
	}
	if (!dual->valued || dual->x[j] == before)
		return;
	dual->objective += price * (dual->x[j] - before);
	hk_dual_gather(dual, j, dual->x[j] - before);
	dual->moved = true;
}

/* Of the prices at hand; exact when they are. */
static double add_up(const struct hk_dual *dual)
{
	double sum = 0;

	for (uint32_t j = 0; j < dual->rows + dual->columns; j++)
		sum += dual->price[j] * dual->x[j];
	return sum;
}

/* Values of what is basic from those of what is not. */
static void find_values(struct hk_dual *dual)
{
	memset(dual->right, 0, dual->rows * sizeof *dual->right);
	for (uint32_t j = 0; j < dual->rows + dual->columns; j++)
		if (dual->status[j] != HK_DUAL_BASIC && dual->x[j] != 0)
			hk_dual_gather(dual, j, dual->x[j]);
	hk_factor_solve(&dual->factor, dual->right);
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->x[dual->basis[i]] = dual->right[i];
	dual->objective = add_up(dual);
	dual->valued = true;
}

/* All at their bounds, and what follows from that. */
static void settle(struct hk_dual *dual)
{
	dual->moved = false;
	memset(dual->right, 0, dual->rows * sizeof *dual->right);
	for (uint32_t j = 0; dual->stand_all && j < dual->rows + dual->columns; j++)
		if (dual->status[j] != HK_DUAL_BASIC)
			stand(dual, j);
	for (uint32_t k = 0; k < dual->n_changed; k++) {
		if (!dual->stand_all && dual->status[dual->changed[k]] != HK_DUAL_BASIC)
			stand(dual, dual->changed[k]);
		dual->is_changed[dual->changed[k]] = false;
	}
	dual->n_changed = 0;
	if (!dual->valued)
		find_values(dual);
	else if (dual->moved)
		hk_dual_shift_values(dual);
	dual->stand_all = false;
	hk_dual_find_out(dual);
}

/* What the prices of the rows prove, from the costs as they are; whatever these prices are, it is so. */
static double proved(struct hk_dual *dual)
{
	double sum = 0, size = 0, *reduced = dual->sums;
	const double *y = dual->price + dual->columns;

	memcpy(reduced, dual->cost, dual->columns * sizeof *reduced);
	for (uint32_t i = 0; i < dual->rows; i++) {
		double bound = y[i] > 0 ? dual->lower[dual->columns + i] : dual->upper[dual->columns + i];

		if (y[i] == 0 || isinf(bound))
			continue;
		sum += y[i] * bound;
		size += fabs(y[i] * bound);
		for (uint32_t k = dual->row_first[i]; k < dual->row_first[i + 1]; k++)
			reduced[dual->column[k]] -= y[i] * dual->row_value[k];
	}
	for (uint32_t j = 0; j < dual->columns; j++) {
		double bound = reduced[j] > 0 ? dual->lower[j] : dual->upper[j];

		if (isinf(bound) && reduced[j] < -ROUNDING)
			sum = -INFINITY;
		else if (reduced[j] != 0 && !isinf(bound)) {
			sum += reduced[j] * bound;
			size += fabs(reduced[j] * bound);
		}
		reduced[j] = 0;
	}
	return sum - SUMS * size;
}

static double cost_of(const struct hk_dual *dual)
{
	double sum = 0;

	for (uint32_t j = 0; j < dual->columns; j++)
		sum += dual->cost[j] * dual->x[j];
	return sum;
}

/* Factors, prices and values from nothing. */
static bool anew(struct hk_dual *dual)
{
	memcpy(dual->shifted, dual->cost, dual->columns * sizeof *dual->shifted);
	if (!make_factors(dual))
		return false;
	settle(dual);
	return true;
}

/* Every value within its bounds, as the rows see it, and no more than a rounding error between cost and proof. */
static bool finish(struct hk_dual *dual)
{
	double least = proved(dual), cost = cost_of(dual);

	dual->objective = fmin(least, cost);
	return cost - least <= 1e-6 * (1 + fabs(cost));
}

enum hk_dual_end hk_dual_solve(struct hk_dual *dual, double limit, uint32_t steps)
{
	uint32_t most = steps > 0 ? steps : 1000 + CIRCLES * (dual->rows + dual->columns), repairs = 0;

	if (!dual->factored && !make_factors(dual))
		return HK_DUAL_LOST;
	settle(dual);
	for (uint32_t done = 0;; done++) {
		enum hk_dual_step step;

		if (dual->objective >= limit) {
			if (proved(dual) >= limit - ROUNDING * (1 + fabs(limit)))
				return HK_DUAL_ABOVE;
			if (++repairs > REPAIRS_MAX || !anew(dual))
				return HK_DUAL_LOST;
		}
		if (done == most) {
			dual->objective = proved(dual);
			dual->valued = false;
			return steps > 0 ? HK_DUAL_SHORT : HK_DUAL_LOST;
		}
		if ((!dual->factored || dual->factor.n_updates == HK_FACTOR_UPDATES_MAX) && !anew(dual))
			return HK_DUAL_LOST;
		step = hk_dual_step(dual);
		if (step == HK_DUAL_DONE && finish(dual))
			return HK_DUAL_OPTIMAL;
		if (step == HK_DUAL_NOTHING_LEFT && hk_dual_proves_nothing(dual))
			return HK_DUAL_ABOVE;
		if (step == HK_DUAL_STEPPED)
			continue;
		/* what claims too much is asked again with fresh factors */
		if (++repairs > REPAIRS_MAX || !anew(dual))
			return HK_DUAL_LOST;
	}
}

void hk_dual_mark_open(struct hk_dual_mark *mark, const struct hk_dual *dual)
{
	size_t all = (size_t)dual->rows + dual->columns + 1, m = (size_t)dual->rows + 1;

	*mark = (struct hk_dual_mark){ .status = hk_calloc(all, 1), .x = hk_calloc(all, sizeof(double)), .price = hk_calloc(all, sizeof(double)),
				       .weight = hk_calloc(m, sizeof(double)), .basis = hk_calloc(m, sizeof(uint32_t)) };
}

void hk_dual_mark_close(struct hk_dual_mark *mark)
{
	hk_cleanup_free(&mark->status);
	hk_cleanup_free(&mark->x);
	hk_cleanup_free(&mark->price);
	hk_cleanup_free(&mark->weight);
	hk_cleanup_free(&mark->basis);
}

void hk_dual_mark_set(struct hk_dual_mark *mark, const struct hk_dual *dual)
{
	size_t all = (size_t)dual->rows + dual->columns;

	memcpy(mark->status, dual->status, all);
	memcpy(mark->x, dual->x, all * sizeof *mark->x);
	memcpy(mark->price, dual->price, all * sizeof *mark->price);
	memcpy(mark->weight, dual->weight, dual->rows * sizeof *mark->weight);
	memcpy(mark->basis, dual->basis, dual->rows * sizeof *mark->basis);
	mark->objective = dual->objective;
	mark->factored_times = dual->factored_times;
	mark->updates = dual->factor.n_updates;
	mark->valued = dual->valued;
	mark->set = true;
}

void hk_dual_mark_return(const struct hk_dual_mark *mark, struct hk_dual *dual)
{
	size_t all = (size_t)dual->rows + dual->columns;

	memcpy(dual->status, mark->status, all);
	memcpy(dual->x, mark->x, all * sizeof *mark->x);
	memcpy(dual->price, mark->price, all * sizeof *mark->price);
	memcpy(dual->weight, mark->weight, dual->rows * sizeof *mark->weight);
	memcpy(dual->basis, mark->basis, dual->rows * sizeof *mark->basis);
	for (uint32_t i = 0; i < dual->rows; i++)
		dual->position[dual->basis[i]] = i;
	dual->objective = mark->objective;
	dual->valued = mark->valued;
	dual->stand_all = true;
	if (dual->factored && mark->factored_times == dual->factored_times)
		hk_factor_cut_back(&dual->factor, mark->updates);
	else
		dual->factored = false;
}

bool hk_dual_row(struct hk_dual *dual, uint32_t variable)
{
	if (dual->status[variable] != HK_DUAL_BASIC || (!dual->factored && !make_factors(dual)))
		return false;
	hk_dual_row_at(dual, dual->position[variable]);
	return true;
}
