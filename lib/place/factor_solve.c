/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solving with factors, and replacing a column of what they are factors of. */
#include "place/factor.h"

#include <math.h>
#include <string.h>

/* Smaller terms are rounding. */
static const double NOTHING = 1e-14;
/* What the pivot of an update may be off, relative. */
static const double AGREE = 1e-6;

/* Up to the upper factor; rows of updates follow the first n. */
static void solve_lower(const struct hk_factor *f, double *v)
{
	const struct hk_factor_part *lower = f->lower.v;
	const struct hk_factor_term *terms = f->lower_terms.v;

	for (size_t i = 0; i < f->lower.n; i++) {
		double by = v[lower[i].at];

		if (!(fabs(by) > 0))
			continue;
		for (uint32_t k = lower[i].first; k < lower[i + 1].first; k++)
			v[terms[k].index] -= terms[k].value * by;
	}
	terms = f->update_terms.v;
	for (uint32_t i = 0; i < f->n_updates; i++) {
		uint32_t end = i + 1 < f->n_updates ? f->updates[i + 1].first : (uint32_t)f->update_terms.n;
		double sum = v[f->updates[i].before];

		for (uint32_t k = f->updates[i].first; k < end; k++)
			sum -= terms[k].value * v[terms[k].index];
		v[f->updates[i].before] = 0;
		v[f->n + i] = sum;
	}
}

static void solve_upper(const struct hk_factor *f, double *v)
{
	const struct hk_factor_term *terms = f->upper.v;
	const uint32_t *first = f->first;

	for (uint32_t t = f->n + f->n_updates; t-- > f->n_units;) {
		double x = v[t] * f->inverse[t];

		v[t] = x;
		if (!(fabs(x) > 0))
			continue;
		for (uint32_t k = first[t], end = first[t + 1]; k < end; k++)
			v[terms[k].index] -= terms[k].value * x;
	}
	for (uint32_t i = 0; i < f->n_updates; i++)
		v[f->updates[i].position] = v[f->owner[f->updates[i].position]];
}

void hk_factor_solve(const struct hk_factor *factor, double *v)
{
	solve_lower(factor, v);
	solve_upper(factor, v);
}

/* Is one of eight not 0? Asked of their bits: all but the sign. */
static inline bool any_of_eight(const double *v)
{
	uint64_t bits[8];

	memcpy(bits, v, sizeof bits);
	return ((bits[0] | bits[1] | bits[2] | bits[3] | bits[4] | bits[5] | bits[6] | bits[7]) << 1) != 0;
}

uint32_t hk_factor_list(const double *v, uint32_t n, uint32_t *list)
{
	uint32_t found = 0, i = 0;

	for (; i + 8 <= n; i += 8) {
		if (!any_of_eight(v + i))
			continue;
		for (uint32_t k = i; k < i + 8; k++) {
			uint64_t bits;

			memcpy(&bits, v + k, sizeof bits);
			list[found] = k;
			found += (bits << 1) != 0;
		}
	}
	for (; i < n; i++)
		if (fabs(v[i]) > 0)
			list[found++] = i;
	return found;
}

void hk_factor_solve_entering(struct hk_factor *factor, double *v)
{
	uint32_t n;

	solve_lower(factor, v);
	n = hk_factor_list(v, factor->n + factor->n_updates, factor->list);
	hk_vec_reserve(&factor->upper, factor->upper.n + n);
	for (uint32_t k = 0; k < n; k++)
		factor->upper.v[factor->upper.n + k] = (struct hk_factor_term){ factor->list[k], v[factor->list[k]] };
	factor->n_entering = n;
	solve_upper(factor, v);
}

/* Through the upper factor; nothing stands before this step. */
static void solve_across(const struct hk_factor *f, double *v, uint32_t from)
{
	const struct hk_factor_term *across = f->across.v, *upper = f->upper.v;
	const uint32_t *first = f->across_first;

	for (uint32_t t = from; t < f->n; t++) {
		double x = v[t] * f->inverse[t];

		v[t] = x;
		if (!(fabs(x) > 0))
			continue;
		for (uint32_t k = first[t], end = first[t + 1]; k < end; k++)
			v[across[k].index] -= across[k].value * x;
	}
	for (uint32_t t = from > f->n ? from : f->n; t < f->n + f->n_updates; t++) {
		double sum = v[t];

		for (uint32_t k = f->first[t]; f->inverse[t] != 0 && k < f->first[t + 1]; k++)
			sum -= upper[k].value * v[upper[k].index];
		v[t] = sum * f->inverse[t];
	}
}

static void solve_lower_transposed(const struct hk_factor *f, double *v)
{
	uint32_t end = (uint32_t)f->update_terms.n;

	for (uint32_t i = f->n_updates; i-- > 0;) {
		double x = v[f->n + i];

		for (uint32_t k = f->updates[i].first; x != 0 && k < end; k++)
			v[f->update_terms.v[k].index] -= f->update_terms.v[k].value * x;
		v[f->updates[i].before] = x;
		end = f->updates[i].first;
	}
	for (size_t i = f->lower.n; i-- > 0;) {
		double sum = 0;

		for (uint32_t k = f->lower.v[i].first; k < f->lower.v[i + 1].first; k++)
			sum += f->lower_terms.v[k].value * v[f->lower_terms.v[k].index];
		v[f->lower.v[i].at] -= sum;
	}
}

void hk_factor_solve_transposed(const struct hk_factor *factor, double *v)
{
	for (uint32_t i = 0; i < factor->n_updates; i++)
		v[factor->n + i] = factor->owner[factor->updates[i].position] == factor->n + i ? v[factor->updates[i].position] : 0;
	for (uint32_t i = 0; i < factor->n_updates; i++)
		v[factor->updates[i].position] = 0;
	solve_across(factor, v, 0);
	solve_lower_transposed(factor, v);
}

uint32_t hk_factor_solve_row(struct hk_factor *factor, uint32_t position, double *v, uint32_t *list)
{
	uint32_t step = factor->owner[position], units = factor->n_units, from = step < units ? units : step, n = 0, n_listed;

	memset(v, 0, (factor->n + factor->n_updates) * sizeof *v);
	v[step] = 1;
	/* of unit steps only this one is anything */
	if (step < units) {
		for (uint32_t k = factor->across_first[step]; k < factor->across_first[step + 1]; k++)
			v[factor->across.v[k].index] = -factor->across.v[k].value;
		factor->row_part[step] = 1;
		list[n++] = step;
	}
	solve_across(factor, v, from);
	memcpy(factor->row_part + from, v + from, (factor->n + factor->n_updates - from) * sizeof *v);
	solve_lower_transposed(factor, v);
	for (uint32_t i = 0; i < factor->n_updates; i++)
		if (factor->updates[i].before < units && v[factor->updates[i].before] != 0)
			list[n++] = factor->updates[i].before;
	n_listed = hk_factor_list(v + units, factor->n - units, list + n);
	for (uint32_t k = 0; k < n_listed; k++)
		list[n++] += units;
	return n;
}

bool hk_factor_update(struct hk_factor *factor, uint32_t position, double pivot)
{
	const double *row = factor->row_part;
	uint32_t before = factor->owner[position], step = factor->n + factor->n_updates, kept = 0;
	uint32_t from = before + 1 > factor->n_units ? before + 1 : factor->n_units;
	uint32_t n = hk_factor_list(row + from, step - from, factor->list);
	struct hk_factor_term *column = factor->upper.v + factor->upper.n;
	double own = 0, part = -1 / row[before], expected = pivot / factor->inverse[before];

	factor->updates[factor->n_updates++] = (struct hk_factor_update){ position, before, (uint32_t)factor->update_terms.n, factor->inverse[before] };
	/* what stands in the row of the replaced column is eliminated by the rows after it */
	for (uint32_t k = 0; k < n; k++) {
		double by = row[from + factor->list[k]] * part;

		if (fabs(by) > NOTHING)
			hk_vec_push(&factor->update_terms, (struct hk_factor_term){ from + factor->list[k], by });
	}
	/* the pivot is what is left of the column in that row */
	for (uint32_t k = 0; k < factor->n_entering; k++) {
		if (column[k].index == before)
			own += column[k].value;
		else if (column[k].index >= from)
			own -= column[k].value * row[column[k].index] * part;
		if (column[k].index != before && fabs(column[k].value) > NOTHING)
			column[kept++] = column[k];
	}
	factor->upper.n += kept;
	factor->n_entering = 0;
	factor->first[step + 1] = (uint32_t)factor->upper.n;
	factor->inverse[step] = 1 / own;
	factor->inverse[before] = 0;
	factor->owner[position] = step;
	return fabs(own - expected) <= AGREE * fabs(expected);
}

void hk_factor_cut_back(struct hk_factor *factor, uint32_t n_updates)
{
	while (factor->n_updates > n_updates) {
		const struct hk_factor_update *update = &factor->updates[--factor->n_updates];

		factor->inverse[update->before] = update->inverse;
		factor->owner[update->position] = update->before;
		factor->update_terms.n = update->first;
	}
	factor->upper.n = factor->first[factor->n + factor->n_updates];
}
