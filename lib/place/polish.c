/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/polish.h"

#include <math.h>
#include <string.h>

/* Shares below this are none (docs/optimisation-model.md, last paragraph). */
static const double SHARE_NONE = 1e-9;

static bool needs_bought(const struct hk_form *form, uint32_t needs, const double *point)
{
	const struct hk_needs *set = &form->problem->needs[needs];

	for (uint32_t i = 0; i < set->n; i++)
		if (point[form->options[set->options[i]]] < 0.5)
			return false;
	return true;
}

/*
 * Fix every whole number and close what they close, so that the last program has no tolerance left to carry traffic where none may be. Those stay free that
 * only count what the others cost: an answer short of the optimum may count too much.
 */
void hk_polish_fix(struct hk_form *form, const double *point)
{
	struct hk_milp *milp = &form->milp;

	for (size_t j = 0; j < milp->columns.n; j++)
		if (milp->columns.v[j].integer && milp->columns.v[j].priority != HK_PRIORITY_DOMAIN)
			milp->columns.v[j].lower = milp->columns.v[j].upper = point[j];
	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &form->problem->blocks[form->members[i]];
		struct hk_form_block *own = &form->blocks[form->members[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
				if (point[own->x[w][c]] < 0.5)
					milp->columns.v[own->z[w][c]].upper = 0;
		for (uint32_t e = 0; e < b->n_edges; e++)
			for (uint32_t a = 0; a < b->edges[e].n_arcs; a++) {
				const struct hk_edge *edge = &b->edges[e];
				bool closed = own->used[e][a] != HK_MILP_NONE && point[own->used[e][a]] < 0.5;

				closed = closed || !needs_bought(form, edge->arcs[a].needs, point);
				closed = closed || (edge->from_kind == HK_END_WORKLOAD && point[own->x[edge->from][edge->arcs[a].from]] < 0.5);
				closed = closed || (edge->to_kind == HK_END_WORKLOAD && point[own->x[edge->to][edge->arcs[a].to]] < 0.5);
				if (closed)
					milp->columns.v[own->f[e][a]].upper = 0;
			}
	}
}

static void normalise(double *shares, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		shares[i] = shares[i] < SHARE_NONE ? 0 : shares[i];
		sum += shares[i];
	}
	for (uint32_t i = 0; i < n && sum > 0; i++)
		shares[i] /= sum;
}

/* Scale what leaves each candidate (or the fixed source) to its load exactly. */
static void carry(const struct hk_block *b, const struct hk_edge *edge, const double *load, double *flow)
{
	for (uint32_t a = 0; a < edge->n_arcs;) {
		uint32_t from = edge->arcs[a].from, end = a, largest = a;
		double sum = 0, wanted = edge->from_kind == HK_END_FIXED ? 1 : load[from];

		for (; end < edge->n_arcs && edge->arcs[end].from == from; end++) {
			if (flow[end] < SHARE_NONE * fmax(wanted, SHARE_NONE))
				flow[end] = 0;
			sum += flow[end];
			largest = flow[end] > flow[largest] ? end : largest;
		}
		if (sum <= 0 && wanted > 0)
			sum = flow[largest] = wanted;
		for (; a < end; a++)
			flow[a] = sum > 0 ? flow[a] * (wanted / sum) : 0;
	}
	(void)b;
}

/* Recompute loads along the pipeline from the fractions in the flows, so that conservation holds to the last digits. */
void hk_polish_clean(const struct hk_problem *problem, const struct hk_block *b, struct hk_block_solution *solution)
{
	const struct hk_pipeline *pipeline = &problem->model->pipelines[b->pipeline];

	for (uint32_t e = 0; e < b->n_edges; e++)
		if (b->edges[e].from_kind == HK_END_FIXED)
			carry(b, &b->edges[e], NULL, solution->flow[e]);
	for (size_t i = 0; i < pipeline->n_workloads; i++) {
		uint32_t w = hk_block_workload(b, pipeline->order[i]);
		bool entered = false;

		for (uint32_t e = 0; w != HK_MILP_NONE && e < b->n_edges; e++) {
			const struct hk_edge *edge = &b->edges[e];

			if (edge->to_kind != HK_END_WORKLOAD || edge->to != w)
				continue;
			if (!entered)
				memset(solution->load[w], 0, b->workloads[w].n_candidates * sizeof *solution->load[w]);
			entered = true;
			for (uint32_t a = 0; a < edge->n_arcs; a++)
				solution->load[w][edge->arcs[a].to] += edge->share_in * solution->flow[e][a];
		}
		if (w == HK_MILP_NONE)
			continue;
		normalise(solution->load[w], b->workloads[w].n_candidates);
		for (uint32_t e = 0; e < b->n_edges; e++)
			if (b->edges[e].from_kind == HK_END_WORKLOAD && b->edges[e].from == w)
				carry(b, &b->edges[e], solution->load[w], solution->flow[e]);
	}
}

void hk_polish_extract(const struct hk_form *form, const double *point, struct hk_block_solution *blocks)
{
	for (uint32_t i = 0; i < form->n_members; i++) {
		uint32_t block = form->members[i];
		const struct hk_block *b = &form->problem->blocks[block];
		struct hk_block_solution *solution = &blocks[block];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++) {
				solution->replicas[w][c] = (uint32_t)fmax(0, nearbyint(point[form->blocks[block].x[w][c]]));
				solution->load[w][c] = fmax(0, point[form->blocks[block].z[w][c]]);
			}
		for (uint32_t e = 0; e < b->n_edges; e++)
			for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
				solution->flow[e][a] = fmax(0, point[form->blocks[block].f[e][a]]);
		hk_polish_clean(form->problem, b, solution);
	}
}
