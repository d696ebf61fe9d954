/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow, service and replica counts: rules 1 to 3 of the model. */
#include "place/milp_form.h"

#include <math.h>

/* What leaves: every connection carries its whole traffic away from wherever the load is. */
static void outflow(struct hk_form *form, uint32_t block, uint32_t e)
{
	const struct hk_block *b = &form->problem->blocks[block];
	const struct hk_edge *edge = &b->edges[e];
	struct hk_form_block *own = &form->blocks[block];
	uint32_t sources = edge->from_kind == HK_END_FIXED ? 1 : b->workloads[edge->from].n_candidates, arc = 0;

	for (uint32_t c = 0; c < sources; c++) {
		struct hk_milp_name name = hk_form_edge_name(form, "outflow", block, e, HK_MILP_NONE);
		uint32_t cluster = edge->from_kind == HK_END_FIXED ? edge->from : b->workloads[edge->from].candidates[c].cluster;

		name.place = form->problem->model->clusters[cluster].name;
		hk_milp_row(&form->milp, name, HK_MILP_EQ, edge->from_kind == HK_END_FIXED ? 1 : 0);
		for (; arc < edge->n_arcs && edge->arcs[arc].from == c; arc++)
			hk_milp_term(&form->milp, own->f[e][arc], 1);
		if (edge->from_kind == HK_END_WORKLOAD)
			hk_milp_term(&form->milp, own->z[edge->from][c], -1);
	}
}

static bool enters(const struct hk_edge *edge, uint32_t workload)
{
	return edge->to_kind == HK_END_WORKLOAD && edge->to == workload;
}

static bool is_entered(const struct hk_block *b, uint32_t workload)
{
	for (uint32_t e = 0; e < b->n_edges; e++)
		if (enters(&b->edges[e], workload))
			return true;
	return false;
}

/* Arcs of an edge grouped by where they lead: those to target t are order[start[t]] ... order[start[t + 1] - 1]. */
struct by_target { uint32_t *start, *order; };

static struct by_target group_by_target(struct hk_form *form, const struct hk_edge *edge, uint32_t targets)
{
	struct by_target group = { hk_arena_array(&form->arena, (size_t)targets + 2, sizeof *group.start),
				   hk_arena_array(&form->arena, (size_t)edge->n_arcs + 1, sizeof *group.order) };

	for (uint32_t a = 0; a < edge->n_arcs; a++)
		group.start[edge->arcs[a].to + 2]++;
	for (uint32_t t = 2; t <= targets + 1; t++)
		group.start[t] += group.start[t - 1];
	for (uint32_t a = 0; a < edge->n_arcs; a++)
		group.order[group.start[edge->arcs[a].to + 1]++] = a;
	return group;
}

static void inflow(struct hk_form *form, uint32_t block, uint32_t w)
{
	const struct hk_block *b = &form->problem->blocks[block];
	struct hk_form_block *own = &form->blocks[block];
	uint32_t candidates = b->workloads[w].n_candidates;
	struct by_target *groups = hk_arena_array(&form->arena, b->n_edges, sizeof *groups);

	for (uint32_t e = 0; e < b->n_edges; e++)
		if (enters(&b->edges[e], w))
			groups[e] = group_by_target(form, &b->edges[e], candidates);
	for (uint32_t c = 0; c < candidates; c++) {
		hk_milp_row(&form->milp, hk_form_name(form, "inflow", block, w, c), HK_MILP_EQ, 0);
		hk_milp_term(&form->milp, own->z[w][c], -1);
		for (uint32_t e = 0; e < b->n_edges; e++)
			for (uint32_t i = groups[e].start ? groups[e].start[c] : 0; groups[e].start && i < groups[e].start[c + 1]; i++)
				hk_milp_term(&form->milp, own->f[e][groups[e].order[i]], b->edges[e].share_in);
	}
}

void hk_form_flow(struct hk_form *form, uint32_t block)
{
	const struct hk_block *b = &form->problem->blocks[block];
	struct hk_form_block *own = &form->blocks[block];

	for (uint32_t e = 0; e < b->n_edges; e++)
		outflow(form, block, e);
	for (uint32_t w = 0; w < b->n_workloads; w++) {
		if (is_entered(b, w)) {
			inflow(form, block, w);
			continue;
		}
		hk_milp_row(&form->milp, hk_form_name(form, "total", block, w, HK_MILP_NONE), HK_MILP_EQ, 1);
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			hk_milp_term(&form->milp, own->z[w][c], 1);
	}
}

/*
 * Share of a load one replica carries, never less than 1/need: need forgives 1e-9 relative, and so must this.
 */
static double per_replica(double capacity, double rate, uint32_t need)
{
	if (need <= 1 || !(rate > 0))
		return 1;
	return fmin(1, fmax(capacity / rate, 1.0 / need));
}

static uint32_t replicas_for(double capacity, double rate)
{
	double needed = ceil(rate / capacity * (1 - 1e-9));

	return isfinite(needed) && needed > 1 && needed < 4e9 ? (uint32_t)needed : 1;
}

/*
 * Rows 4 and 5: amount (a sum of columns worth at most 1) <= part * x, and the amount that is left when x is one short of need.
 */
static void serve(struct hk_form *form, struct hk_milp_name name, const uint32_t *columns, size_t n, uint32_t x, double part, uint32_t need)
{
	hk_milp_row(&form->milp, name, HK_MILP_LE, 0);
	for (size_t i = 0; i < n; i++)
		hk_milp_term(&form->milp, columns[i], 1);
	hk_milp_term(&form->milp, x, -part);
	if (need >= 2 && form->milp.columns.v[x].upper >= need) {
		double last = 1 - part * (need - 1);

		name.kind = "last";
		hk_milp_row(&form->milp, name, HK_MILP_LE, 1 - last * need);
		for (size_t i = 0; i < n; i++)
			hk_milp_term(&form->milp, columns[i], 1);
		hk_milp_term(&form->milp, x, -last);
	}
}

/* Row 6: each entering connection alone, and row 7: enough replicas within its reach. */
static void serve_input(struct hk_form *form, uint32_t block, uint32_t e, bool several)
{
	const struct hk_block *b = &form->problem->blocks[block];
	const struct hk_edge *edge = &b->edges[e];
	const struct hk_place_workload *placed = &b->workloads[edge->to];
	struct hk_form_block *own = &form->blocks[block];
	uint32_t need = replicas_for(placed->capacity, edge->rate), reached = 0;
	uint32_t *columns = hk_arena_array(&form->arena, (size_t)edge->n_arcs + 1, sizeof *columns);
	bool *reach = hk_arena_array(&form->arena, (size_t)placed->n_candidates + 1, sizeof *reach);
	struct by_target group = group_by_target(form, edge, placed->n_candidates);

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		struct hk_milp_name name = hk_form_edge_name(form, "input", block, e, HK_MILP_NONE);
		size_t n = 0;

		for (uint32_t i = group.start[c]; i < group.start[c + 1]; i++)
			columns[n++] = own->f[e][group.order[i]];
		reach[c] = n > 0;
		reached += n > 0;
		name.target = form->problem->model->clusters[placed->candidates[c].cluster].name;
		if (several && n > 0)
			serve(form, name, columns, n, own->x[edge->to][c], per_replica(placed->capacity, edge->rate, need), need);
	}
	if (reached == placed->n_candidates && need <= placed->least)
		return;
	hk_milp_row(&form->milp, hk_form_edge_name(form, "reach", block, e, HK_MILP_NONE), HK_MILP_GE, need);
	for (uint32_t c = 0; c < placed->n_candidates; c++)
		if (reach[c])
			hk_milp_term(&form->milp, own->x[edge->to][c], 1);
}

void hk_form_service(struct hk_form *form, uint32_t block)
{
	const struct hk_block *b = &form->problem->blocks[block];
	struct hk_form_block *own = &form->blocks[block];

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		const struct hk_place_workload *placed = &b->workloads[w];
		uint32_t inputs = 0;

		for (uint32_t c = 0; c < placed->n_candidates; c++)
			serve(form, hk_form_name(form, "service", block, w, c), &own->z[w][c], 1, own->x[w][c],
			      per_replica(placed->capacity, placed->rate, placed->need), placed->need);
		for (uint32_t e = 0; e < b->n_edges; e++)
			inputs += enters(&b->edges[e], w);
		for (uint32_t e = 0; e < b->n_edges; e++)
			if (enters(&b->edges[e], w))
				serve_input(form, block, e, inputs > 1);
	}
}

void hk_form_counts(struct hk_form *form, uint32_t block)
{
	const struct hk_block *b = &form->problem->blocks[block];
	struct hk_form_block *own = &form->blocks[block];

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		const struct hk_place_workload *placed = &b->workloads[w];
		uint32_t least = placed->least > placed->need ? placed->least : placed->need;
		double room = 0;

		hk_milp_row(&form->milp, hk_form_name(form, "least", block, w, HK_MILP_NONE), HK_MILP_GE, least);
		for (uint32_t c = 0; c < placed->n_candidates; c++) {
			hk_milp_term(&form->milp, own->x[w][c], 1);
			room += form->milp.columns.v[own->x[w][c]].upper;
		}
		if (room > placed->max_replicas) {
			hk_milp_row(&form->milp, hk_form_name(form, "most", block, w, HK_MILP_NONE), HK_MILP_LE, placed->max_replicas);
			for (uint32_t c = 0; c < placed->n_candidates; c++)
				hk_milp_term(&form->milp, own->x[w][c], 1);
		}
		for (uint32_t c = 0; placed->previous && c < placed->n_candidates; c++) {
			if (placed->previous[c] == 0 || placed->move_cost == 0)
				continue;
			hk_milp_row(&form->milp, hk_form_name(form, "moves", block, w, c), HK_MILP_GE, placed->previous[c]);
			hk_milp_term(&form->milp, own->x[w][c], 1);
			hk_milp_term(&form->milp, hk_milp_column(&form->milp, hk_form_name(form, "moved", block, w, c), 0, INFINITY, placed->move_cost), 1);
		}
	}
}
