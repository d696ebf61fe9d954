/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/decomposition_reduce.h"

#include <math.h>
#include <string.h>

static double *copy(const double *from, uint32_t n)
{
	double *to = hk_malloc(((size_t)n + 1) * sizeof *to);

	if (n > 0)
		memcpy(to, from, n * sizeof *to);
	return to;
}

void hk_reduced_block_open(struct hk_reduced_block *block, const struct hk_block_model *own)
{
	uint32_t n = own->model.n_columns;

	*block = (struct hk_reduced_block){ .own = own, .lower = copy(own->model.lower, n), .upper = copy(own->model.upper, n), .cost = copy(own->cost, n) };
	block->column = hk_malloc(((size_t)n + 1) * sizeof *block->column);
	block->row = hk_malloc(((size_t)own->model.n_rows + 1) * sizeof *block->row);
}

void hk_reduced_block_close(struct hk_reduced_block *block)
{
	hk_cleanup_free(&block->lower);
	hk_cleanup_free(&block->upper);
	hk_cleanup_free(&block->cost);
	hk_cleanup_free(&block->column);
	hk_cleanup_free(&block->row);
}

void hk_reduced_block_close_places(struct hk_reduced_block *block, const struct hk_block *b)
{
	const struct hk_block_model *own = block->own;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			if (block->upper[own->x_first[w] + 2 * c] < 0.5)
				block->upper[own->x_first[w] + 2 * c + 1] = 0;
	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct hk_edge *edge = &b->edges[e];

		for (uint32_t a = 0; a < edge->n_arcs; a++) {
			uint32_t flow = own->f_first[e] + a;
			bool closed = edge->from_kind == HK_END_WORKLOAD && block->upper[own->x_first[edge->from] + 2 * edge->arcs[a].from] < 0.5;

			closed = closed || (edge->to_kind == HK_END_WORKLOAD && block->upper[own->x_first[edge->to] + 2 * edge->arcs[a].to] < 0.5);
			if (own->used && own->used[flow - own->f_first[0]] != HK_MILP_NONE)
				closed = closed || block->upper[own->used[flow - own->f_first[0]]] < 0.5;
			if (closed)
				block->upper[flow] = 0;
		}
	}
}

static void add_columns(struct hk_reduced *reduced, struct hk_reduced_block *block)
{
	const struct hk_kept_model *model = &block->own->model;

	for (uint32_t j = 0; j < model->n_columns; j++) {
		block->column[j] = HK_MILP_NONE;
		if (block->lower[j] > block->upper[j])
			reduced->infeasible = true;
		if (block->lower[j] >= block->upper[j]) {
			reduced->constant += block->cost[j] * block->lower[j];
			continue;
		}
		block->column[j] = hk_milp_column(&reduced->milp, (struct hk_milp_name){ .kind = "x" }, block->lower[j], block->upper[j], block->cost[j]);
		reduced->milp.columns.v[block->column[j]].integer = model->priority[j] > 0;
		reduced->milp.columns.v[block->column[j]].priority = model->priority[j];
		hk_vec_push(&reduced->origin, j);
	}
}

static bool holds(uint8_t sense, double rhs)
{
	double slip = 1e-9;

	return (sense != HK_MILP_LE || rhs >= -slip) && (sense != HK_MILP_GE || rhs <= slip) && (sense != HK_MILP_EQ || fabs(rhs) <= slip);
}

void hk_reduced_add(struct hk_reduced *reduced, struct hk_reduced_block *block)
{
	const struct hk_kept_model *model = &block->own->model;

	add_columns(reduced, block);
	for (uint32_t i = 0; i < model->n_rows; i++) {
		double rhs = model->rhs[i];
		uint32_t open = 0;

		for (uint32_t k = model->first[i]; k < model->first[i + 1]; k++) {
			uint32_t column = model->column[k];

			open += block->column[column] != HK_MILP_NONE;
			rhs -= block->column[column] == HK_MILP_NONE ? model->value[k] * block->lower[column] : 0;
		}
		block->row[i] = open == 0 ? HK_MILP_NONE : (uint32_t)reduced->milp.rows.n;
		if (open == 0) {
			reduced->infeasible = reduced->infeasible || !holds(model->sense[i], rhs);
			continue;
		}
		hk_milp_row(&reduced->milp, (struct hk_milp_name){ .kind = "row" }, model->sense[i], rhs);
		for (uint32_t k = model->first[i]; k < model->first[i + 1]; k++)
			if (block->column[model->column[k]] != HK_MILP_NONE)
				hk_milp_term(&reduced->milp, block->column[model->column[k]], model->value[k]);
	}
}

uint8_t *hk_reduced_basis(const struct hk_reduced *reduced, const struct hk_reduced_block *blocks, uint32_t n)
{
	uint32_t columns = (uint32_t)reduced->milp.columns.n;
	uint8_t *basis = hk_calloc((size_t)columns + reduced->milp.rows.n + 1, 1);
	bool any = false;

	/* GLPK's numbers of basic, lower and upper are those of hk_glpk_limits.basis */
	for (uint32_t i = 0; i < n; i++) {
		const struct hk_kept_model *model = &blocks[i].own->model;
		const uint8_t *kept = blocks[i].own->kept.basis;

		for (uint32_t k = 0; kept && k < model->n_rows; k++)
			if (blocks[i].row[k] != HK_MILP_NONE)
				basis[columns + blocks[i].row[k]] = kept[k] <= 3 ? kept[k] : 2;
		for (uint32_t j = 0; kept && j < model->n_columns; j++)
			if (blocks[i].column[j] != HK_MILP_NONE)
				basis[blocks[i].column[j]] = kept[model->n_rows + j] <= 3 ? kept[model->n_rows + j] : 2;
		any = any || kept;
	}
	if (!any)
		hk_cleanup_free(&basis);
	return basis;
}

void hk_reduced_point(const struct hk_reduced_block *block, const double *reduced, double *point)
{
	for (uint32_t j = 0; j < block->own->model.n_columns; j++)
		point[j] = block->column[j] == HK_MILP_NONE ? block->lower[j] : reduced[block->column[j]];
}
