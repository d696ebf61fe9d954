/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/factor.h"

#include <math.h>
#include <string.h>

/* Smaller products of numbers around 1 are rounding; smaller pivots are none; of an eliminated column, this part of the largest entry is large enough. */
static const double NOTHING = 1e-14, PIVOT = 1e-9, THRESHOLD = 0.1;

void hk_factor_open(struct hk_factor *factor, uint32_t n)
{
	size_t room = (size_t)n + 1, steps = room + HK_FACTOR_UPDATES_MAX;

	*factor = (struct hk_factor){ .n = n };
	factor->row = hk_calloc(room, sizeof *factor->row);
	factor->step = hk_calloc(room, sizeof *factor->step);
	factor->inverse = hk_calloc(steps, sizeof *factor->inverse);
	factor->first = hk_calloc(steps, sizeof *factor->first);
	factor->across_first = hk_calloc(room + 1, sizeof *factor->across_first);
	factor->owner = hk_calloc(room, sizeof *factor->owner);
	factor->row_part = hk_calloc(steps, sizeof *factor->row_part);
	factor->list = hk_calloc(steps, sizeof *factor->list);
	factor->row_count = hk_calloc(room, sizeof *factor->row_count);
	factor->column_count = hk_calloc(room, sizeof *factor->column_count);
	factor->row_first = hk_calloc(room + 1, sizeof *factor->row_first);
	factor->queue = hk_calloc(room, sizeof *factor->queue);
	factor->order = hk_calloc(room, sizeof *factor->order);
	factor->column_done = hk_calloc(room, sizeof *factor->column_done);
	factor->work = hk_calloc(room, sizeof *factor->work);
}

void hk_factor_close(struct hk_factor *factor)
{
	void *parts[] = { factor->row, factor->step, factor->inverse, factor->first, factor->across_first, factor->owner, factor->row_part,
			  factor->list, factor->row_count, factor->column_count, factor->row_first, factor->row_position, factor->queue,
			  factor->order, factor->column_done, factor->work };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	hk_vec_release(&factor->upper);
	hk_vec_release(&factor->across);
	hk_vec_release(&factor->lower);
	hk_vec_release(&factor->lower_terms);
	hk_vec_release(&factor->update_terms);
	*factor = (struct hk_factor){ 0 };
}

/* A basis on its way to factors. */
struct making {
	struct hk_factor *factor;
	const struct hk_columns *columns;
	uint32_t n_columns;
	const uint32_t *basis;
	uint32_t done;
	size_t dense;                 /* first of the lower factors that others can meet */
};

/* Step of a row that is not eliminated yet. */
static const uint32_t LEFT = UINT32_MAX;

static uint32_t first_of(const struct making *m, uint32_t position)
{
	return m->columns->first[m->basis[position]];
}

static uint32_t end_of(const struct making *m, uint32_t position)
{
	return m->columns->first[m->basis[position] + 1];
}

/* The next step. */
static void eliminated(struct making *m, uint32_t position, uint32_t row, double pivot)
{
	struct hk_factor *f = m->factor;

	f->order[m->done] = m->basis[position];
	f->row[m->done] = row;
	f->inverse[m->done] = 1 / pivot;
	f->step[row] = m->done++;
	f->first[m->done] = (uint32_t)f->upper.n;
	f->column_done[position] = true;
}

/* A term above the pivot. */
static void push_upper(struct hk_factor *f, uint32_t row, double value)
{
	uint32_t step = f->step[row];

	hk_vec_push(&f->upper, (struct hk_factor_term){ step, step < f->n_units ? -value : value });
}

/* Unit columns first: they are their own factors. What is left is counted. False: two of the same row. */
static bool take_units(struct making *m)
{
	struct hk_factor *f = m->factor;

	memset(f->step, 0xff, f->n * sizeof *f->step);
	memset(f->column_done, 0, f->n * sizeof *f->column_done);
	memset(f->row_count, 0, f->n * sizeof *f->row_count);
	for (uint32_t i = 0; i < f->n; i++)
		if (m->basis[i] >= m->n_columns) {
			uint32_t row = m->basis[i] - m->n_columns;

			if (f->step[row] != LEFT)
				return false;
			eliminated(m, i, row, 1);
		}
	f->n_units = m->done;
	for (uint32_t i = 0; i < f->n; i++) {
		f->column_count[i] = 0;
		for (uint32_t k = f->column_done[i] ? 0 : first_of(m, i); !f->column_done[i] && k < end_of(m, i); k++)
			if (f->step[m->columns->row[k]] == LEFT) {
				f->row_count[m->columns->row[k]]++;
				f->column_count[i]++;
			}
	}
	return true;
}

/* Positions by row, of what is left. */
static void list_rows(struct making *m)
{
	struct hk_factor *f = m->factor;
	uint32_t sum = 0;

	for (uint32_t r = 0; r < f->n; r++) {
		f->row_first[r] = sum;
		sum += f->row_count[r];
	}
	f->row_first[f->n] = sum;
	f->row_position = hk_realloc(f->row_position, ((size_t)sum + 1) * sizeof *f->row_position);
	for (uint32_t i = f->n; i-- > 0;)
		for (uint32_t k = f->column_done[i] ? 0 : first_of(m, i); !f->column_done[i] && k < end_of(m, i); k++) {
			uint32_t row = m->columns->row[k];

			if (f->step[row] == LEFT)
				f->row_position[f->row_first[row] + --f->row_count[row]] = i;
		}
	for (uint32_t r = 0; r < f->n; r++)
		f->row_count[r] = f->row_first[r + 1] - f->row_first[r];
}

/* The column eliminates this row; its entries in rows that are done stand above. True when the entry is a pivot. */
static bool take_column(struct making *m, uint32_t position, uint32_t row)
{
	struct hk_factor *f = m->factor;
	double pivot = 0;

	for (uint32_t k = first_of(m, position); k < end_of(m, position); k++) {
		if (m->columns->row[k] == row)
			pivot = m->columns->value[k];
		else if (f->step[m->columns->row[k]] != LEFT)
			push_upper(f, m->columns->row[k], m->columns->value[k]);
	}
	eliminated(m, position, row, pivot);
	return fabs(pivot) > PIVOT;
}

static uint32_t only_row(const struct making *m, uint32_t position)
{
	uint32_t k = first_of(m, position);

	while (m->factor->step[m->columns->row[k]] != LEFT)
		k++;
	return m->columns->row[k];
}

/* Columns with one row left, again and again. */
static bool take_single_columns(struct making *m)
{
	struct hk_factor *f = m->factor;
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n; i++)
		if (!f->column_done[i] && f->column_count[i] == 1)
			f->queue[n++] = i;
	for (uint32_t next = 0; next < n; next++) {
		uint32_t position = f->queue[next], row;

		/* two columns for the same row */
		if (f->column_count[position] != 1)
			return false;
		row = only_row(m, position);
		if (!take_column(m, position, row))
			return false;
		for (uint32_t k = f->row_first[row]; k < f->row_first[row + 1]; k++) {
			uint32_t other = f->row_position[k];

			if (!f->column_done[other] && --f->column_count[other] == 1)
				f->queue[n++] = other;
		}
		for (uint32_t k = f->row_first[row]; k < f->row_first[row + 1]; k++)
			if (!f->column_done[f->row_position[k]] && f->column_count[f->row_position[k]] == 0)
				return false;
	}
	return true;
}

static uint32_t only_position(const struct hk_factor *f, uint32_t row)
{
	uint32_t k = f->row_first[row];

	while (f->column_done[f->row_position[k]])
		k++;
	return f->row_position[k];
}

/* Below its row the column is subtracted from what is left, which has no other column in that row. */
static void subtract_column(struct making *m, uint32_t position)
{
	struct hk_factor *f = m->factor;
	double inverse = f->inverse[m->done - 1];
	size_t below = f->lower_terms.n;

	for (uint32_t k = first_of(m, position); k < end_of(m, position); k++)
		if (f->step[m->columns->row[k]] == LEFT)
			hk_vec_push(&f->lower_terms, (struct hk_factor_term){ m->columns->row[k], m->columns->value[k] * inverse });
	if (f->lower_terms.n > below)
		hk_vec_push(&f->lower, (struct hk_factor_part){ m->done - 1, (uint32_t)below });
}

/* Rows with one column left, again and again. */
static bool take_single_rows(struct making *m)
{
	struct hk_factor *f = m->factor;
	uint32_t n = 0;

	memset(f->row_count, 0, f->n * sizeof *f->row_count);
	for (uint32_t r = 0; r < f->n; r++) {
		for (uint32_t k = f->row_first[r]; f->step[r] == LEFT && k < f->row_first[r + 1]; k++)
			f->row_count[r] += !f->column_done[f->row_position[k]];
		if (f->step[r] == LEFT && f->row_count[r] == 1)
			f->queue[n++] = r;
	}
	for (uint32_t next = 0; next < n; next++) {
		uint32_t row = f->queue[next], position;

		if (f->row_count[row] != 1)
			return false;
		position = only_position(f, row);
		if (!take_column(m, position, row))
			return false;
		subtract_column(m, position);
		for (uint32_t k = first_of(m, position); k < end_of(m, position); k++) {
			uint32_t other = m->columns->row[k];

			if (f->step[other] == LEFT && --f->row_count[other] == 1)
				f->queue[n++] = other;
		}
	}
	return true;
}

/* The column after all that was subtracted before, in work; rows of it that are not zero in queue. */
static uint32_t reduce_column(struct making *m, uint32_t position)
{
	struct hk_factor *f = m->factor;
	uint32_t n = 0;

	for (uint32_t k = first_of(m, position); k < end_of(m, position); k++) {
		f->work[m->columns->row[k]] = m->columns->value[k];
		if (m->columns->value[k] != 0)
			f->queue[n++] = m->columns->row[k];
	}
	for (size_t i = m->dense; i < f->lower.n; i++) {
		const struct hk_factor_part *part = &f->lower.v[i];
		uint32_t end = i + 1 < f->lower.n ? f->lower.v[i + 1].first : (uint32_t)f->lower_terms.n;
		double by = f->work[f->row[part->at]];

		if (by == 0)
			continue;
		for (uint32_t k = part->first; k < end; k++) {
			struct hk_factor_term term = f->lower_terms.v[k];

			if (f->work[term.index] == 0)
				f->queue[n++] = term.index;
			f->work[term.index] -= term.value * by;
			/* stays in the queue, once */
			if (f->work[term.index] == 0)
				f->work[term.index] = 1e-300;
		}
	}
	return n;
}

/* Of the rows that are left, one with a large entry and few columns; n when there is none. */
static uint32_t find_pivot(const struct hk_factor *f, uint32_t n)
{
	double largest = PIVOT;
	uint32_t best = f->n;

	for (uint32_t k = 0; k < n; k++)
		if (f->step[f->queue[k]] == LEFT)
			largest = fmax(largest, fabs(f->work[f->queue[k]]));
	for (uint32_t k = 0; k < n; k++) {
		uint32_t row = f->queue[k];

		if (f->step[row] != LEFT || fabs(f->work[row]) < THRESHOLD * largest || fabs(f->work[row]) <= PIVOT)
			continue;
		if (best == f->n || f->row_count[row] < f->row_count[best] || (row < best && f->row_count[row] == f->row_count[best]))
			best = row;
	}
	return best;
}

/* One column of those that are not triangular. */
static bool eliminate(struct making *m, uint32_t position)
{
	struct hk_factor *f = m->factor;
	uint32_t n = reduce_column(m, position), row = find_pivot(f, n);
	double pivot = row < f->n ? f->work[row] : 0;
	size_t below = f->lower_terms.n;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t at = f->queue[k];
		double value = f->work[at];

		f->work[at] = 0;
		if (row == f->n || at == row || fabs(value) < NOTHING)
			continue;
		if (f->step[at] != LEFT)
			push_upper(f, at, value);
		else
			hk_vec_push(&f->lower_terms, (struct hk_factor_term){ at, value / pivot });
	}
	if (row == f->n)
		return false;
	if (f->lower_terms.n > below)
		hk_vec_push(&f->lower, (struct hk_factor_part){ m->done, (uint32_t)below });
	eliminated(m, position, row, pivot);
	return true;
}

/* What is left: columns with few entries first. */
static bool take_rest(struct making *m)
{
	struct hk_factor *f = m->factor;
	uint32_t *left = f->column_count, most = 0;

	m->dense = f->lower.n;
	for (uint32_t i = 0; i < f->n; i++)
		most = !f->column_done[i] && left[i] > most ? left[i] : most;
	for (uint32_t count = 1; count <= most && m->done < f->n; count++)
		for (uint32_t i = 0; i < f->n; i++)
			if (!f->column_done[i] && left[i] == count && !eliminate(m, i))
				return false;
	return m->done == f->n;
}

/* Upper terms by rows. */
static void list_across(struct hk_factor *f)
{
	uint32_t *first = f->across_first, end = (uint32_t)f->upper.n;

	hk_vec_reserve(&f->across, f->upper.n);
	memset(first, 0, ((size_t)f->n + 1) * sizeof *first);
	for (uint32_t k = 0; k < end; k++)
		first[f->upper.v[k].index]++;
	for (uint32_t t = 0, sum = 0; t <= f->n; t++) {
		sum += first[t];
		first[t] = sum;
	}
	for (uint32_t t = f->n; t-- > f->n_units;)
		for (uint32_t k = f->first[t + 1]; k-- > f->first[t];)
			f->across.v[--first[f->upper.v[k].index]] = (struct hk_factor_term){ t, f->upper.v[k].value };
}

/* Rows become steps, and what was asked for stands in their order. */
static void number(struct making *m, uint32_t *basis)
{
	struct hk_factor *f = m->factor;

	for (size_t k = 0; k < f->lower_terms.n; k++)
		f->lower_terms.v[k].index = f->step[f->lower_terms.v[k].index];
	/* the end of the last one */
	hk_vec_push(&f->lower, (struct hk_factor_part){ 0, (uint32_t)f->lower_terms.n });
	f->lower.n--;
	list_across(f);
	memcpy(basis, f->order, f->n * sizeof *basis);
	for (uint32_t i = 0; i < f->n; i++)
		f->owner[i] = i;
}

bool hk_factor_make(struct hk_factor *factor, const struct hk_columns *columns, uint32_t n_columns, uint32_t *basis)
{
	struct making m = { .factor = factor, .columns = columns, .n_columns = n_columns, .basis = basis };

	factor->upper.n = factor->lower.n = factor->lower_terms.n = factor->update_terms.n = 0;
	factor->n_updates = 0;
	if (!take_units(&m))
		return false;
	if (m.done < factor->n) {
		list_rows(&m);
		if (!take_single_columns(&m) || (m.done < factor->n && (!take_single_rows(&m) || !take_rest(&m))))
			return false;
	}
	number(&m, basis);
	return true;
}
