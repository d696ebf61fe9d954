/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pipeline's model: the strong form (milp_form.h) of that pipeline alone, kept without names, and what each column uses of what pipelines share. */
#include "base/sort.h"
#include "place/decomposition_internal.h"
#include "place/route.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void own_linear(struct hk_cuts *own, const struct hk_linear_cut *cut, uint32_t block)
{
	struct hk_count *counts = hk_arena_array(&own->arena, cut->n + 1, sizeof *counts);

	for (size_t k = 0; k < cut->n; k++) {
		if (cut->counts[k].block != block)
			return;
		counts[k] = (struct hk_count){ 0, cut->counts[k].workload, cut->counts[k].candidate };
	}
	hk_cuts_linear(own, cut->why, counts, cut->values, cut->n, cut->rhs);
}

static void own_clause(struct hk_cuts *own, const struct hk_clause *clause, uint32_t block)
{
	struct hk_literal *literals = hk_arena_array(&own->arena, clause->n + 1, sizeof *literals);

	for (size_t k = 0; k < clause->n; k++) {
		if (clause->literals[k].count.block != block)
			return;
		literals[k] = clause->literals[k];
		literals[k].count.block = 0;
	}
	hk_cuts_clause(own, clause->why, literals, clause->n);
}

/* Cuts that name this block only, with the block numbered 0. */
static void own_cuts(struct hk_cuts *own, const struct hk_cuts *cuts, uint32_t block, uint32_t n_workloads)
{
	struct hk_cut_list linear = hk_cuts_linear_of(cuts, block), clauses = hk_cuts_clauses_of(cuts, block);

	for (size_t i = 0; i < linear.n; i++)
		own_linear(own, &cuts->linear.v[linear.v[i]], block);
	for (uint32_t w = 0; w < n_workloads; w++) {
		const struct hk_pairs_cut *pairs = hk_cuts_pairs_of(cuts, block, w);

		if (pairs)
			hk_cuts_pairs(own, 0, w, pairs->candidates, pairs->n);
	}
	for (size_t i = 0; i < clauses.n; i++)
		own_clause(own, &cuts->clauses.v[clauses.v[i]], block);
}

/*
 * Columns without an upper bound (lateness, potentials, moves) need never pass the sum of everything in the rows they appear in; a finite bound makes every
 * price of rows prove something.
 */
static double implied_upper(const struct hk_milp *milp)
{
	double sum = 1;

	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];
		bool open = false;
		double most = fabs(row->rhs);

		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_column *column = &milp->columns.v[milp->terms.v[row->first + k].column];

			open = open || isinf(column->upper);
			most += isinf(column->upper) ? 0 : fabs(milp->terms.v[row->first + k].value) * fmax(fabs(column->lower), fabs(column->upper));
		}
		sum += open ? most : 0;
	}
	return sum;
}

static void copy_columns(struct hk_block_model *own, const struct hk_milp *milp)
{
	struct hk_kept_model *model = &own->model;
	double open = implied_upper(milp);

	model->n_columns = (uint32_t)milp->columns.n;
	model->lower = hk_calloc((size_t)model->n_columns + 1, sizeof *model->lower);
	model->upper = hk_calloc((size_t)model->n_columns + 1, sizeof *model->upper);
	model->priority = hk_calloc((size_t)model->n_columns + 1, sizeof *model->priority);
	own->cost = hk_calloc((size_t)model->n_columns + 1, sizeof *own->cost);
	for (uint32_t j = 0; j < model->n_columns; j++) {
		const struct hk_milp_column *column = &milp->columns.v[j];

		model->lower[j] = column->lower;
		model->upper[j] = isinf(column->upper) ? fmax(open, column->lower) : column->upper;
		model->priority[j] = !column->integer ? 0 : column->priority > 0 ? column->priority : 1;
		own->cost[j] = column->cost;
	}
}

static void copy_rows(struct hk_kept_model *model, const struct hk_milp *milp)
{
	model->n_rows = (uint32_t)milp->rows.n;
	model->sense = hk_calloc((size_t)model->n_rows + 1, sizeof *model->sense);
	model->rhs = hk_calloc((size_t)model->n_rows + 1, sizeof *model->rhs);
	model->first = hk_calloc((size_t)model->n_rows + 1, sizeof *model->first);
	model->column = hk_calloc(milp->terms.n + 1, sizeof *model->column);
	model->value = hk_calloc(milp->terms.n + 1, sizeof *model->value);
	for (uint32_t i = 0, k = 0; i < model->n_rows; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];

		model->sense[i] = (uint8_t)row->sense;
		model->rhs[i] = row->rhs;
		for (size_t t = 0; t < row->count; t++, k++) {
			model->column[k] = milp->terms.v[row->first + t].column;
			model->value[k] = milp->terms.v[row->first + t].value;
		}
		model->first[i + 1] = k;
	}
}

/* Where the columns of counts and flows are, and which binaries say that an arc is used. */
static void copy_places(struct hk_block_model *own, const struct hk_block *b, const struct hk_form_block *form)
{
	uint32_t column = 0, flows = 0;
	bool any = false;

	own->x_first = hk_calloc((size_t)b->n_workloads + 1, sizeof *own->x_first);
	own->f_first = hk_calloc((size_t)b->n_edges + 1, sizeof *own->f_first);
	for (uint32_t w = 0; w < b->n_workloads; w++) {
		own->x_first[w] = column;
		column += 2 * b->workloads[w].n_candidates;
	}
	for (uint32_t e = 0; e < b->n_edges; e++) {
		own->f_first[e] = column;
		column += b->edges[e].n_arcs;
		flows += b->edges[e].n_arcs;
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
			any = any || form->used[e][a] != HK_MILP_NONE;
	}
	own->f_first[b->n_edges] = column;
	if (!any)
		return;
	own->used = hk_calloc((size_t)flows + 1, sizeof *own->used);
	for (uint32_t e = 0; e < b->n_edges; e++)
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
			own->used[own->f_first[e] - own->f_first[0] + a] = form->used[e][a];
}

static void add_use(const struct hk_block_model *own, struct hk_raw_uses *uses, uint32_t column, size_t key, double amount)
{
	if (own->model.upper[column] > 0)
		hk_vec_push(uses, (struct hk_raw_use){ column, (uint32_t)key, amount });
}

static void gather_counts(const struct hk_block_model *own, const struct hk_problem *problem, const struct hk_block *b, struct hk_raw_uses *uses)
{
	const struct hk_model *model = problem->model;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			for (size_t r = 0; r < model->n_resources; r++) {
				size_t key = b->workloads[w].candidates[c].cluster * model->n_resources + r;

				if (b->workloads[w].request[r] > 0 && !isinf(problem->capacity[key]))
					add_use(own, uses, own->x_first[w] + 2 * c, key, b->workloads[w].request[r]);
			}
}

static void gather_flows(const struct hk_block_model *own, const struct hk_problem *problem, const struct hk_block *b, struct hk_raw_uses *uses)
{
	const struct hk_model *model = problem->model;
	size_t base = model->n_clusters * model->n_resources;
	struct hk_crossings crossings = { 0 };

	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct hk_edge *edge = &b->edges[e];
		double bits = 8 * edge->size * edge->rate;

		for (uint32_t a = 0; bits > 0 && a < edge->n_arcs; a++) {
			hk_route_crossings(problem->routes, hk_edge_from_cluster(b, edge, &edge->arcs[a]), hk_edge_to_cluster(b, edge, &edge->arcs[a]),
					   &crossings);
			for (size_t i = 0; i < crossings.n; i++)
				if (isfinite(model->links[crossings.v[i].link].bandwidth))
					add_use(own, uses, own->f_first[e] + a, base + crossings.v[i].link, bits * crossings.v[i].part);
		}
	}
	hk_vec_release(&crossings);
}

void hk_block_model_build(struct hk_block_model *own, const struct hk_decomposition *d, uint32_t block, struct hk_raw_uses *uses)
{
	static const uint32_t member = 0;
	/* the block as the only one of its problem, so that building it does not cost what all others cost */
	struct hk_problem alone = *d->problem;
	struct hk_cuts cuts = { 0 };
	struct hk_form form;

	alone.blocks = &d->problem->blocks[block];
	alone.n_blocks = 1;
	if (d->cuts)
		own_cuts(&cuts, d->cuts, block, alone.blocks->n_workloads);
	hk_form_build(&form, &alone, &member, 1, &cuts);
	copy_columns(own, &form.milp);
	copy_rows(&own->model, &form.milp);
	copy_places(own, &d->problem->blocks[block], &form.blocks[0]);
	hk_form_release(&form);
	hk_cuts_release(&cuts);
	uses->n = 0;
	gather_counts(own, d->problem, &d->problem->blocks[block], uses);
	gather_flows(own, d->problem, &d->problem->blocks[block], uses);
	own->hard = hk_block_model_is_hard(own);
	hk_kept_open(&own->kept, &own->model);
}

static void list_rows(struct hk_block_model *own, const struct hk_raw_uses *uses, const uint32_t *row_of)
{
	uint32_t *rows = hk_malloc((uses->n + 1) * sizeof *rows), n = 0;

	for (size_t i = 0; i < uses->n; i++)
		if (row_of[uses->v[i].key] != HK_MILP_NONE)
			rows[n++] = row_of[uses->v[i].key];
	hk_sort_by_number(rows, n, sizeof *rows, 0);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || rows[i] != rows[i - 1])
			rows[own->n_rows++] = rows[i];
	own->rows = hk_realloc(rows, ((size_t)own->n_rows + 1) * sizeof *rows);
	own->prices = hk_calloc((size_t)own->n_rows + 1, sizeof *own->prices);
}

void hk_block_model_couple(struct hk_block_model *own, const struct hk_raw_uses *uses, const uint32_t *row_of)
{
	uint32_t n = 0;

	list_rows(own, uses, row_of);
	own->use_first = hk_calloc((size_t)own->model.n_columns + 2, sizeof *own->use_first);
	for (size_t i = 0; i < uses->n; i++)
		if (row_of[uses->v[i].key] != HK_MILP_NONE) {
			own->use_first[uses->v[i].column + 2]++;
			n++;
		}
	for (uint32_t j = 2; j <= own->model.n_columns + 1; j++)
		own->use_first[j] += own->use_first[j - 1];
	own->uses = hk_calloc((size_t)n + 1, sizeof *own->uses);
	for (size_t i = 0; i < uses->n; i++)
		if (row_of[uses->v[i].key] != HK_MILP_NONE)
			own->uses[own->use_first[uses->v[i].column + 1]++] = (struct hk_row_use){ row_of[uses->v[i].key], uses->v[i].amount };
}

void hk_block_model_learn(struct hk_block_model *own, const double *point)
{
	uint32_t n = own->f_first[0];

	if (!own->known)
		own->known = hk_calloc((size_t)n + 1, sizeof *own->known);
	for (uint32_t j = 0; j < n; j++)
		own->known[j] |= point[j] > 1e-6;
}

void hk_block_model_release(struct hk_block_model *own)
{
	void *parts[] = { own->model.lower, own->model.upper, own->model.priority, own->model.sense, own->model.rhs, own->model.first, own->model.column,
			  own->model.value, own->cost, own->x_first, own->f_first, own->used, own->use_first, own->uses, own->rows, own->prices, own->last_uses,
			  own->known };

	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_cleanup_free(&parts[i]);
	hk_configuration_release(&own->result.configuration);
	hk_err_release(&own->result.err);
	*own = (struct hk_block_model){ 0 };
}
