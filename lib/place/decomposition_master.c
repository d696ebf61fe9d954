/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The master: shares of the configurations at hand, one whole for each pipeline, within the coupling rows. Its prices are where the next round looks. Rows join
 * when configurations could overfill them; pipelines that never touch such a row only add a constant. A slack on each row, dearer than the best price so far,
 * keeps prices from jumping (boxes: du Merle et al., stabilised column generation, 1999).
 */
#include "place/decomposition_internal.h"

#include <math.h>
#include <string.h>

struct hk_master {
	struct hk_decomposition *d;
	bool whole;                   /* only whole configurations */
	uint32_t *active; uint32_t n_active;    /* rows, in the order they joined */
	uint32_t *position;           /* per row: in active, HK_MILP_NONE */
	double *dearest;              /* per active row: price of its slack beyond the best price; doubled while the slack is used */
	double *most;                 /* per row: room for sums */
	double *worth;
	uint8_t *row_status, *slack_status;     /* per row: of the last basis, 0 for none */
	struct { uint8_t *v; size_t n, cap; } *statuses;        /* per block: of its configurations */
	uint8_t *one_status;          /* per block */
	uint32_t *one_row;            /* per block: its row in the model, HK_MILP_NONE */
	struct hk_kept_model model;
	HK_VEC(double) cost;
	HK_VEC(struct hk_milp_term) terms;
	struct { uint32_t *v; size_t n, cap; } from_block, from_configuration;  /* per column; block HK_MILP_NONE: slack of an active row */
};

enum { BASIC = 1, AT_LOWER = 2, AT_UPPER = 3, FIXED = 5 };        /* as GLPK counts */

/* What a unit of each row is worth by list prices: the dearest of what a replica pays for it, roughly. */
static void find_worth(struct hk_master *m)
{
	for (uint32_t p = 0; p < m->d->problem->n_blocks; p++) {
		const struct hk_block_model *own = hk_block_model(m->d, p);

		for (uint32_t j = 0; j < own->f_first[0]; j += 2)
			for (uint32_t k = own->use_first[j]; k < own->use_first[j + 1]; k++)
				m->worth[own->uses[k].row] = fmax(m->worth[own->uses[k].row], own->cost[j] / fmax(1e-12, own->uses[k].amount));
	}
}

struct hk_master *hk_master_open(struct hk_decomposition *d, bool whole)
{
	struct hk_master *m = hk_calloc(1, sizeof *m);

	m->d = d;
	m->whole = whole;
	m->active = hk_calloc((size_t)d->n_rows + 1, sizeof *m->active);
	m->position = hk_malloc(((size_t)d->n_rows + 1) * sizeof *m->position);
	m->dearest = hk_calloc((size_t)d->n_rows + 1, sizeof *m->dearest);
	m->most = hk_calloc((size_t)d->n_rows + 1, sizeof *m->most);
	m->worth = hk_calloc((size_t)d->n_rows + 1, sizeof *m->worth);
	m->row_status = hk_calloc((size_t)d->n_rows + 1, 1);
	m->slack_status = hk_calloc((size_t)d->n_rows + 1, 1);
	m->statuses = hk_calloc((size_t)d->problem->n_blocks + 1, sizeof *m->statuses);
	m->one_status = hk_calloc((size_t)d->problem->n_blocks + 1, 1);
	m->one_row = hk_calloc((size_t)d->problem->n_blocks + 1, sizeof *m->one_row);
	memset(m->position, 0xff, ((size_t)d->n_rows + 1) * sizeof *m->position);
	find_worth(m);
	return m;
}

static void release_model(struct hk_kept_model *model)
{
	void *parts[] = { model->lower, model->upper, model->priority, model->sense, model->rhs, model->first, model->column, model->value };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	*model = (struct hk_kept_model){ 0 };
}

void hk_master_close(struct hk_master *m)
{
	if (!m)
		return;
	for (uint32_t p = 0; p < m->d->problem->n_blocks; p++)
		hk_vec_release(&m->statuses[p]);
	void *parts[] = { m->active, m->position, m->dearest, m->most, m->worth, m->row_status, m->slack_status, m->statuses, m->one_status, m->one_row };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	hk_vec_release(&m->cost);
	hk_vec_release(&m->terms);
	hk_vec_release(&m->from_block);
	hk_vec_release(&m->from_configuration);
	release_model(&m->model);
	hk_cleanup_free(&m);
}

unsigned hk_master_rows(const struct hk_master *m)
{
	return m->n_active;
}

static bool counts(const struct hk_master *m, const struct hk_configuration *configuration)
{
	return configuration->whole || !m->whole;
}

static void activate(struct hk_master *m, uint32_t row)
{
	double value = 0;

	for (uint32_t p = 0; p < m->d->problem->n_blocks; p++)
		if (m->d->blocks[p].n_configurations > 0)
			value += fabs(m->d->blocks[p].configurations[0].cost);
	m->position[row] = m->n_active;
	/* for a link there is no list price per bit: a thousandth of what everything costs, for all of it */
	m->dearest[m->n_active] = m->d->rows[row].is_link ? 1e-3 * value / fmax(1e-9, m->d->rows[row].capacity) : 0.5 * m->worth[row];
	if (!(m->dearest[m->n_active] > 0))
		m->dearest[m->n_active] = 1e-6 * fmax(1, value) / fmax(1e-9, m->d->rows[row].capacity);
	m->active[m->n_active++] = row;
}

/* Rows that the configurations seen so far could overfill, each pipeline with the one that takes most. */
static void find_rows(struct hk_master *m)
{
	struct hk_decomposition *d = m->d;
	double *here = hk_calloc((size_t)d->n_rows + 1, sizeof *here);

	memset(m->most, 0, ((size_t)d->n_rows + 1) * sizeof *m->most);
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		const struct hk_decomposition_block *block = &d->blocks[p];
		const struct hk_block_model *own = hk_block_model(d, p);

		for (uint32_t k = 0; k < block->n_configurations; k++)
			for (uint32_t u = 0; counts(m, &block->configurations[k]) && u < block->configurations[k].n_uses; u++) {
				const struct hk_row_use *use = &block->configurations[k].uses[u];

				here[use->row] = fmax(here[use->row], use->amount);
			}
		for (uint32_t i = 0; i < own->n_rows; i++) {
			m->most[own->rows[i]] += here[own->rows[i]];
			here[own->rows[i]] = 0;
		}
	}
	for (uint32_t i = 0; i < d->n_rows; i++)
		if (m->position[i] == HK_MILP_NONE && !(d->frozen && d->frozen[i]) && m->most[i] > d->rows[i].capacity * (1 + 1e-9))
			activate(m, i);
	hk_cleanup_free(&here);
}

static bool touches(const struct hk_master *m, uint32_t p)
{
	const struct hk_decomposition_block *block = &m->d->blocks[p];

	for (uint32_t k = 0; k < block->n_configurations; k++)
		for (uint32_t u = 0; counts(m, &block->configurations[k]) && u < block->configurations[k].n_uses; u++)
			if (m->position[block->configurations[k].uses[u].row] != HK_MILP_NONE)
				return true;
	return false;
}

/* List price, and what it uses of rows whose price stays. */
static double cost_of(const struct hk_master *m, const struct hk_configuration *configuration)
{
	double sum = configuration->cost;

	for (uint32_t u = 0; m->d->frozen && u < configuration->n_uses; u++)
		if (m->d->frozen[configuration->uses[u].row])
			sum += m->d->prices[configuration->uses[u].row] * configuration->uses[u].amount;
	return sum;
}

static double cheapest(const struct hk_master *m, uint32_t p)
{
	const struct hk_decomposition_block *block = &m->d->blocks[p];
	double best = INFINITY;

	for (uint32_t k = 0; k < block->n_configurations; k++)
		if (counts(m, &block->configurations[k]))
			best = fmin(best, cost_of(m, &block->configurations[k]));
	return best;
}

static void add_column(struct hk_master *m, uint32_t block, uint32_t number, double cost)
{
	hk_vec_push(&m->cost, cost);
	hk_vec_push(&m->from_block, block);
	hk_vec_push(&m->from_configuration, number);
}

/* Terms go in by column and are sorted into rows afterwards; until then `column` of a term holds its row. */
static void add_term(struct hk_master *m, uint32_t row, double value)
{
	hk_vec_push(&m->terms, (struct hk_milp_term){ row, value });
}

/* *constant: what pipelines outside cost. False when some pipeline has no configuration at all. */
static bool list_columns(struct hk_master *m, size_t **starts, uint32_t *n_rows, double *constant)
{
	struct hk_decomposition *d = m->d;
	HK_VEC(size_t) first = { 0 };

	m->cost.n = m->terms.n = m->from_block.n = m->from_configuration.n = 0;
	*n_rows = m->n_active;
	*constant = 0;
	for (uint32_t i = 0; d->frozen && i < d->n_rows; i++)
		*constant -= d->frozen[i] ? d->prices[i] * d->rows[i].capacity : 0;
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		double least = cheapest(m, p);

		m->one_row[p] = HK_MILP_NONE;
		/* no answer of it is known yet: the others' prices are still worth having */
		if (isinf(least) && isfinite(d->blocks[p].bound)) {
			*constant += d->blocks[p].bound;
			continue;
		}
		if (isinf(least)) {
			hk_vec_release(&first);
			return false;
		}
		if (!touches(m, p)) {
			*constant += least;
			continue;
		}
		m->one_row[p] = (*n_rows)++;
		for (uint32_t k = 0; k < d->blocks[p].n_configurations; k++) {
			const struct hk_configuration *configuration = &d->blocks[p].configurations[k];

			if (!counts(m, configuration))
				continue;
			hk_vec_push(&first, m->terms.n);
			add_column(m, p, k, cost_of(m, configuration));
			add_term(m, m->one_row[p], 1);
			for (uint32_t u = 0; u < configuration->n_uses; u++)
				if (m->position[configuration->uses[u].row] != HK_MILP_NONE)
					add_term(m, m->position[configuration->uses[u].row],
						 configuration->uses[u].amount / fmax(1e-9, d->rows[configuration->uses[u].row].capacity));
		}
	}
	for (uint32_t i = 0; i < m->n_active; i++) {
		double capacity = fmax(1e-9, d->rows[m->active[i]].capacity);

		hk_vec_push(&first, m->terms.n);
		add_column(m, HK_MILP_NONE, i, (1.3 * d->prices[m->active[i]] + m->dearest[i]) * capacity);
		add_term(m, i, -1);
	}
	hk_vec_push(&first, m->terms.n);
	*starts = first.v;
	return true;
}

static void write_model(struct hk_master *m, const size_t *starts, uint32_t n_rows)
{
	struct hk_kept_model *model = &m->model;

	release_model(model);
	model->n_columns = (uint32_t)m->cost.n;
	model->n_rows = n_rows;
	model->lower = hk_calloc(m->cost.n + 1, sizeof *model->lower);
	model->upper = hk_calloc(m->cost.n + 1, sizeof *model->upper);
	model->priority = hk_calloc(m->cost.n + 1, 1);
	model->sense = hk_calloc((size_t)n_rows + 1, 1);
	model->rhs = hk_calloc((size_t)n_rows + 1, sizeof *model->rhs);
	model->first = hk_calloc((size_t)n_rows + 2, sizeof *model->first);
	model->column = hk_calloc(m->terms.n + 1, sizeof *model->column);
	model->value = hk_calloc(m->terms.n + 1, sizeof *model->value);
	for (size_t k = 0; k < m->terms.n; k++)
		if (m->terms.v[k].column + 2 <= n_rows)
			model->first[m->terms.v[k].column + 2]++;
	for (uint32_t i = 2; i <= n_rows; i++)
		model->first[i] += model->first[i - 1];
	for (uint32_t j = 0; j < model->n_columns; j++) {
		model->upper[j] = INFINITY;
		for (size_t k = starts[j]; k < starts[j + 1]; k++) {
			uint32_t at = model->first[m->terms.v[k].column + 1]++;

			model->column[at] = j;
			model->value[at] = m->terms.v[k].value;
		}
	}
	for (uint32_t i = 0; i < n_rows; i++) {
		model->sense[i] = i < m->n_active ? HK_MILP_LE : HK_MILP_EQ;
		model->rhs[i] = i < m->n_active && m->d->rows[m->active[i]].capacity < 1e-9 ? 0 : 1;
	}
}

/* The basis of the last time; what is new stays out, but for the cheapest answer of a pipeline that is new and the slack of a new row. */
static void write_basis(struct hk_master *m, uint8_t *basis)
{
	uint32_t n_rows = m->model.n_rows;

	for (uint32_t i = 0; i < m->n_active; i++)
		basis[i] = m->row_status[m->active[i]] ? m->row_status[m->active[i]] : BASIC;
	for (size_t j = 0; j < m->cost.n; j++) {
		uint32_t p = m->from_block.v[j], k = m->from_configuration.v[j];
		uint8_t known = p == HK_MILP_NONE ? m->slack_status[m->active[k]] : k < m->statuses[p].n ? m->statuses[p].v[k] : 0;

		basis[n_rows + j] = known ? known : AT_LOWER;
	}
	for (size_t j = 0; j < m->cost.n; j++) {
		uint32_t p = m->from_block.v[j];
		size_t best = j;

		if (p == HK_MILP_NONE || (j > 0 && m->from_block.v[j - 1] == p))
			continue;
		basis[m->one_row[p]] = m->one_status[p] ? m->one_status[p] : FIXED;
		if (m->one_status[p])
			continue;
		for (size_t i = j; i < m->cost.n && m->from_block.v[i] == p; i++)
			best = m->cost.v[i] < m->cost.v[best] ? i : best;
		basis[n_rows + best] = BASIC;
	}
}

static void read_basis(struct hk_master *m, const uint8_t *basis)
{
	uint32_t n_rows = m->model.n_rows;

	for (uint32_t i = 0; i < m->n_active; i++)
		m->row_status[m->active[i]] = basis[i];
	for (uint32_t p = 0; p < m->d->problem->n_blocks; p++)
		if (m->one_row[p] != HK_MILP_NONE)
			m->one_status[p] = basis[m->one_row[p]];
	for (size_t j = 0; j < m->cost.n; j++) {
		uint32_t p = m->from_block.v[j], k = m->from_configuration.v[j];

		if (p == HK_MILP_NONE) {
			m->slack_status[m->active[k]] = basis[n_rows + j];
			continue;
		}
		while (m->statuses[p].n <= k)
			hk_vec_push(&m->statuses[p], 0);
		m->statuses[p].v[k] = basis[n_rows + j];
	}
}

static void read_answer(struct hk_master *m, const double *point, const double *duals, double *prices, bool *slack)
{
	*slack = false;
	memset(prices, 0, m->d->n_rows * sizeof *prices);
	for (uint32_t i = 0; i < m->n_active; i++)
		prices[m->active[i]] = fmax(0, -duals[i]) / fmax(1e-9, m->d->rows[m->active[i]].capacity);
	for (size_t j = 0; j < m->cost.n; j++)
		if (m->from_block.v[j] == HK_MILP_NONE && point[j] > 1e-7) {
			*slack = true;
			m->dearest[m->from_configuration.v[j]] *= 2;
		}
}

static int solve_model(struct hk_master *m, double *value, double *prices, bool *slack, struct hk_err *err)
{
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .memory = m->d->options->memory_limit,
					 .interrupt = m->d->options->interrupt };
	struct hk_glpk_result result;
	struct hk_kept_problem kept;
	double *point = hk_calloc(m->cost.n + 1, sizeof *point), *duals = hk_calloc((size_t)m->model.n_rows + 1, sizeof *duals);
	int code;

	limits.duals = duals;
	limits.deadline = hk_decomposition_own(m->d)->deadline;
	hk_kept_open(&kept, &m->model);
	kept.basis = hk_calloc((size_t)m->model.n_rows + m->model.n_columns + 1, 1);
	write_basis(m, kept.basis);
	code = hk_kept_solve(&kept, m->cost.v, &limits, &result, point, err);
	if (code == 0 && result.status == HK_GLPK_OPTIMAL) {
		*value += result.objective;
		read_basis(m, kept.basis);
		read_answer(m, point, duals, prices, slack);
	} else {
		*value = INFINITY;
	}
	m->d->iterations += result.iterations;
	hk_kept_close(&kept);
	hk_cleanup_free(&point);
	hk_cleanup_free(&duals);
	return code;
}

int hk_master_solve(struct hk_master *m, double *value, double *prices, bool *slack, struct hk_err *err)
{
	size_t *starts = NULL;
	uint32_t n_rows;
	int code = 0;

	*slack = false;
	find_rows(m);
	if (!list_columns(m, &starts, &n_rows, value)) {
		*value = INFINITY;
		return 0;
	}
	memset(prices, 0, m->d->n_rows * sizeof *prices);
	if (m->n_active > 0) {
		write_model(m, starts, n_rows);
		code = solve_model(m, value, prices, slack, err);
	}
	hk_cleanup_free(&starts);
	for (uint32_t i = 0; m->d->frozen && i < m->d->n_rows; i++)
		prices[i] = m->d->frozen[i] ? m->d->prices[i] : prices[i];
	return code;
}
