/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/factor.h"

#include <math.h>
#include <string.h>

/* Smaller products of numbers around 1 are rounding; smaller pivots are none; of an eliminated column, this part of the largest entry is large enough. */
static const double NOTHING = 1e-14, PIVOT = 1e-9, THRESHOLD = 0.1;

void hk_factor_open(struct hk_factor *factor, uint32_t n)
{
	size_t room = (size_t)n + 1;

	*factor = (struct hk_factor){ .n = n };
	factor->steps = hk_calloc(room, sizeof *factor->steps);
	factor->rows = hk_calloc(room, sizeof *factor->rows);
	factor->row_count = hk_calloc(room, sizeof *factor->row_count);
	factor->column_count = hk_calloc(room, sizeof *factor->column_count);
	factor->row_first = hk_calloc(room + 1, sizeof *factor->row_first);
	factor->queue = hk_calloc(room, sizeof *factor->queue);
	factor->row_done = hk_calloc(room, sizeof *factor->row_done);
	factor->column_done = hk_calloc(room, sizeof *factor->column_done);
	factor->work = hk_calloc(room, sizeof *factor->work);
}

void hk_factor_close(struct hk_factor *factor)
{
	void *parts[] = { factor->steps, factor->rows, factor->row_count, factor->column_count, factor->row_first, factor->row_position, factor->queue, factor->row_done, factor->column_done,
			  factor->work };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	hk_vec_release(&factor->upper);
	hk_vec_release(&factor->lower);
	hk_vec_release(&factor->lower_terms);
	hk_vec_release(&factor->updates);
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

static uint32_t first_of(const struct making *m, uint32_t position)
{
	return m->columns->first[m->basis[position]];
}

static uint32_t end_of(const struct making *m, uint32_t position)
{
	return m->columns->first[m->basis[position] + 1];
}

/* Unit columns first: they are their own factors. What is left is counted. */
static void take_units(struct making *m)
{
	struct hk_factor *f = m->factor;

	memset(f->row_done, 0, f->n * sizeof *f->row_done);
	memset(f->column_done, 0, f->n * sizeof *f->column_done);
	memset(f->row_count, 0, f->n * sizeof *f->row_count);
	for (uint32_t i = 0; i < f->n; i++)
		if (m->basis[i] >= m->n_columns) {
			uint32_t row = m->basis[i] - m->n_columns;

			f->steps[m->done] = (struct hk_factor_part){ i, (uint32_t)f->upper.n, -1 };
			f->rows[m->done++] = row;
			f->row_done[row] = f->column_done[i] = true;
		}
	for (uint32_t i = 0; i < f->n; i++) {
		f->column_count[i] = 0;
		for (uint32_t k = f->column_done[i] ? 0 : first_of(m, i); !f->column_done[i] && k < end_of(m, i); k++)
			if (!f->row_done[m->columns->row[k]]) {
				f->row_count[m->columns->row[k]]++;
				f->column_count[i]++;
			}
	}
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

			if (!f->row_done[row])
				f->row_position[f->row_first[row] + --f->row_count[row]] = i;
		}
	for (uint32_t r = 0; r < f->n; r++)
		f->row_count[r] = f->row_first[r + 1] - f->row_first[r];
}

/* The column eliminates this row; its entries in rows that are done stand above. True when the entry is a pivot. */
static bool take_column(struct making *m, uint32_t position, uint32_t row)
{
	struct hk_factor *f = m->factor;
	struct hk_factor_part *step = &f->steps[m->done];

	*step = (struct hk_factor_part){ position, (uint32_t)f->upper.n, 0 };
	for (uint32_t k = first_of(m, position); k < end_of(m, position); k++) {
		if (m->columns->row[k] == row)
			step->pivot = m->columns->value[k];
		else if (f->row_done[m->columns->row[k]])
			hk_vec_push(&f->upper, (struct hk_factor_term){ m->columns->row[k], m->columns->value[k] });
	}
	f->rows[m->done++] = row;
	f->row_done[row] = f->column_done[position] = true;
	return fabs(step->pivot) > PIVOT;
}

static uint32_t only_row(const struct making *m, uint32_t position)
{
	uint32_t k = first_of(m, position);

	while (m->factor->row_done[m->columns->row[k]])
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
static void subtract_column(struct making *m, uint32_t position, uint32_t row, double pivot)
{
	struct hk_factor *f = m->factor;

	hk_vec_push(&f->lower, (struct hk_factor_part){ row, (uint32_t)f->lower_terms.n, 1 });
	for (uint32_t k = first_of(m, position); k < end_of(m, position); k++)
		if (!f->row_done[m->columns->row[k]])
			hk_vec_push(&f->lower_terms, (struct hk_factor_term){ m->columns->row[k], m->columns->value[k] / pivot });
}

/* Rows with one column left, again and again. */
static bool take_single_rows(struct making *m)
{
	struct hk_factor *f = m->factor;
	uint32_t n = 0;

	memset(f->row_count, 0, f->n * sizeof *f->row_count);
	for (uint32_t r = 0; r < f->n; r++) {
		for (uint32_t k = f->row_first[r]; !f->row_done[r] && k < f->row_first[r + 1]; k++)
			f->row_count[r] += !f->column_done[f->row_position[k]];
		if (!f->row_done[r] && f->row_count[r] == 1)
			f->queue[n++] = r;
	}
	for (uint32_t next = 0; next < n; next++) {
		uint32_t row = f->queue[next], position;

		if (f->row_count[row] != 1)
			return false;
		position = only_position(f, row);
		if (!take_column(m, position, row))
			return false;
		subtract_column(m, position, row, f->steps[m->done - 1].pivot);
		for (uint32_t k = first_of(m, position); k < end_of(m, position); k++) {
			uint32_t other = m->columns->row[k];

			if (!f->row_done[other] && --f->row_count[other] == 1)
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
		double by = f->work[part->at];

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
		if (!f->row_done[f->queue[k]])
			largest = fmax(largest, fabs(f->work[f->queue[k]]));
	for (uint32_t k = 0; k < n; k++) {
		uint32_t row = f->queue[k];

		if (f->row_done[row] || fabs(f->work[row]) < THRESHOLD * largest || fabs(f->work[row]) <= PIVOT)
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

	if (row < f->n) {
		f->steps[m->done] = (struct hk_factor_part){ position, (uint32_t)f->upper.n, pivot };
		f->rows[m->done++] = row;
	}
	for (uint32_t k = 0; k < n; k++) {
		uint32_t at = f->queue[k];
		double value = f->work[at];

		f->work[at] = 0;
		if (row == f->n || at == row || fabs(value) < NOTHING)
			continue;
		if (f->row_done[at])
			hk_vec_push(&f->upper, (struct hk_factor_term){ at, value });
		else
			hk_vec_push(&f->lower_terms, (struct hk_factor_term){ at, value / pivot });
	}
	if (row == f->n)
		return false;
	if (f->lower_terms.n > below)
		hk_vec_push(&f->lower, (struct hk_factor_part){ row, (uint32_t)below, 1 });
	f->row_done[row] = f->column_done[position] = true;
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

bool hk_factor_make(struct hk_factor *factor, const struct hk_columns *columns, uint32_t n_columns, const uint32_t *basis)
{
	struct making m = { .factor = factor, .columns = columns, .n_columns = n_columns, .basis = basis };

	factor->upper.n = factor->lower.n = factor->lower_terms.n = factor->updates.n = factor->update_terms.n = 0;
	take_units(&m);
	if (m.done < factor->n) {
		list_rows(&m);
		if (!take_single_columns(&m) || (m.done < factor->n && (!take_single_rows(&m) || !take_rest(&m))))
			return false;
	}
	factor->steps[factor->n].first = (uint32_t)factor->upper.n;
	return true;
}

void hk_factor_solve(const struct hk_factor *factor, double *v, double *result)
{
	for (size_t i = 0; i < factor->lower.n; i++) {
		uint32_t end = i + 1 < factor->lower.n ? factor->lower.v[i + 1].first : (uint32_t)factor->lower_terms.n;
		double by = v[factor->lower.v[i].at];

		for (uint32_t k = factor->lower.v[i].first; by != 0 && k < end; k++)
			v[factor->lower_terms.v[k].index] -= factor->lower_terms.v[k].value * by;
	}
	for (uint32_t t = factor->n; t-- > 0;) {
		const struct hk_factor_part *step = &factor->steps[t];
		double x = v[factor->rows[t]];

		if (x != 0) {
			x /= step->pivot;
			for (uint32_t k = step->first; k < step[1].first; k++)
				v[factor->upper.v[k].index] -= factor->upper.v[k].value * x;
		}
		result[step->at] = x;
	}
	for (size_t i = 0; i < factor->updates.n; i++) {
		const struct hk_factor_part *update = &factor->updates.v[i];
		uint32_t end = i + 1 < factor->updates.n ? update[1].first : (uint32_t)factor->update_terms.n;
		double x = result[update->at];

		if (x == 0)
			continue;
		x /= update->pivot;
		result[update->at] = x;
		for (uint32_t k = update->first; k < end; k++)
			result[factor->update_terms.v[k].index] -= factor->update_terms.v[k].value * x;
	}
}

void hk_factor_solve_transposed(const struct hk_factor *factor, double *v, double *result)
{
	uint32_t end = (uint32_t)factor->update_terms.n;

	for (size_t i = factor->updates.n; i-- > 0;) {
		const struct hk_factor_part *update = &factor->updates.v[i];
		double sum = v[update->at];

		for (uint32_t k = update->first; k < end; k++)
			sum -= factor->update_terms.v[k].value * v[factor->update_terms.v[k].index];
		v[update->at] = sum / update->pivot;
		end = update->first;
	}
	for (uint32_t t = 0; t < factor->n; t++) {
		const struct hk_factor_part *step = &factor->steps[t];
		double sum = v[step->at];

		for (uint32_t k = step->first; k < step[1].first; k++)
			sum -= factor->upper.v[k].value * result[factor->upper.v[k].index];
		result[factor->rows[t]] = sum / step->pivot;
	}
	end = (uint32_t)factor->lower_terms.n;
	for (size_t i = factor->lower.n; i-- > 0;) {
		const struct hk_factor_part *part = &factor->lower.v[i];
		double sum = 0;

		for (uint32_t k = part->first; k < end; k++)
			sum += factor->lower_terms.v[k].value * result[factor->lower_terms.v[k].index];
		result[part->at] -= sum;
		end = part->first;
	}
}

void hk_factor_update(struct hk_factor *factor, uint32_t position, const double *by)
{
	hk_vec_push(&factor->updates, (struct hk_factor_part){ position, (uint32_t)factor->update_terms.n, by[position] });
	for (uint32_t i = 0; i < factor->n; i++)
		if (i != position && fabs(by[i]) > NOTHING)
			hk_vec_push(&factor->update_terms, (struct hk_factor_term){ i, by[i] });
}

void hk_factor_cut_back(struct hk_factor *factor, size_t n_updates)
{
	if (factor->updates.n <= n_updates)
		return;
	factor->update_terms.n = factor->updates.v[n_updates].first;
	factor->updates.n = n_updates;
}
