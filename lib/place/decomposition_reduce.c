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
}

void hk_reduced_block_close(struct hk_reduced_block *block)
{
	hk_cleanup_free(&block->lower);
	hk_cleanup_free(&block->upper);
	hk_cleanup_free(&block->cost);
	hk_cleanup_free(&block->column);
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

void hk_reduced_point(const struct hk_reduced_block *block, const double *reduced, double *point)
{
	for (uint32_t j = 0; j < block->own->model.n_columns; j++)
		point[j] = block->column[j] == HK_MILP_NONE ? block->lower[j] : reduced[block->column[j]];
}
