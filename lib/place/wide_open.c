/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members as plain arrays: costs per candidate, arcs by origin, slots for prices, rows they share. */
#include "place/domain.h"
#include "place/availability.h"
#include "place/milp_form.h"
#include "place/wide_internal.h"

#include <math.h>

/* Domains whose failure alone misses the target; availability is judged as the cut "survive" does. */
static void find_domains(struct hk_wide *wide, struct wide_workload *w, const struct hk_place_workload *placed)
{
	double allowed = 1 - placed->availability;

	w->survives = false;
	w->domain = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->domain);
	for (uint32_t c = 0; c < w->n; c++) {
		bool weak = placed->availability > 0 && 1 - wide->domain_up[w->cluster[c]] > allowed * (1 + 1e-9) + 1e-15;

		w->domain[c] = weak ? wide->domain_of[w->cluster[c]] : HK_NO_INDEX;
		w->survives = w->survives || weak;
	}
}

static void open_workload(struct hk_wide *wide, struct wide_block *block, uint32_t index)
{
	const struct hk_place_workload *placed = &block->from->workloads[index];
	struct wide_workload *w = &block->workloads[index];

	w->n = placed->n_candidates;
	w->need = placed->need;
	w->least = placed->least > placed->need ? placed->least : placed->need;
	w->most_total = placed->max_replicas;
	w->part = w->need <= 1 || !(placed->rate > 0) ? 1 : fmin(1, fmax(placed->capacity / placed->rate, 1.0 / w->need));
	w->replica = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->replica);
	w->base = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->base);
	w->load = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->load);
	w->onward = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->onward);
	w->most = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->most);
	w->cluster = hk_arena_array(&wide->arena, (size_t)w->n + 1, sizeof *w->cluster);
	for (uint32_t c = 0; c < w->n; c++) {
		w->cluster[c] = placed->candidates[c].cluster;
		w->base[c] = w->replica[c] = placed->candidates[c].replica_cost;
		w->load[c] = placed->candidates[c].load_cost;
		w->most[c] = hk_form_most(wide->problem, block->from, index, c);
	}
	find_domains(wide, w, placed);
	w->count = wide->n_counts;
	wide->n_counts += w->n;
}

static void open_arcs(struct hk_wide *wide, struct wide_edge *edge, const struct hk_edge *from)
{
	edge->start = hk_arena_array(&wide->arena, (size_t)edge->n_from + 2, sizeof *edge->start);
	edge->target = hk_arena_array(&wide->arena, (size_t)from->n_arcs + 1, sizeof *edge->target);
	edge->base = hk_arena_array(&wide->arena, (size_t)from->n_arcs + 1, sizeof *edge->base);
	edge->cost = edge->base;
	for (uint32_t a = 0; a < from->n_arcs; a++) {
		edge->start[from->arcs[a].from + 1]++;
		edge->target[a] = from->arcs[a].to;
		edge->base[a] = from->arcs[a].cost;
	}
	for (uint32_t i = 0; i < edge->n_from; i++)
		edge->start[i + 1] += edge->start[i];
	edge->dense = (uint64_t)edge->n_from * edge->n_to == from->n_arcs;
}

static void open_edge(struct hk_wide *wide, struct wide_block *block, const struct hk_edge *from)
{
	struct wide_edge *edge = &block->edges[block->n_edges++];
	bool out = from->to_kind == HK_END_FIXED;

	*edge = (struct wide_edge){ .from = from->from_kind == HK_END_FIXED ? HK_NO_INDEX : from->from, .to = out ? HK_NO_INDEX : from->to,
				    .share = out ? 1 : from->share_in,
				    .bits = 8 * from->size * from->rate, .n_from = 1, .n_to = 1, .need = 1 };
	if (from->from_kind == HK_END_WORKLOAD)
		edge->n_from = block->workloads[from->from].n;
	if (!out) {
		double need = ceil(from->rate / block->from->workloads[from->to].capacity * (1 - 1e-9));

		edge->n_to = block->workloads[from->to].n;
		edge->need = isfinite(need) && need > 1 ? need : 1;
	}
	open_arcs(wide, edge, from);
	edge->least = hk_arena_array(&wide->arena, (size_t)edge->n_from + 1, sizeof *edge->least);
	edge->slot = wide->n_slots;
	wide->n_slots += out ? 0 : edge->n_to;
}

/* Where a workload that nothing enters takes its load is free: an edge without cost from nowhere. */
static void open_source(struct hk_wide *wide, struct wide_block *block, uint32_t w)
{
	struct wide_edge *edge = &block->edges[block->n_edges++];

	*edge = (struct wide_edge){ .from = HK_NO_INDEX, .to = w, .share = 1, .n_from = 1, .n_to = block->workloads[w].n, .need = block->workloads[w].need,
				    .dense = true };
	edge->start = hk_arena_array(&wide->arena, 2, sizeof *edge->start);
	edge->start[1] = edge->n_to;
	edge->target = hk_arena_array(&wide->arena, (size_t)edge->n_to + 1, sizeof *edge->target);
	edge->cost = edge->base = hk_arena_array(&wide->arena, (size_t)edge->n_to + 1, sizeof *edge->base);
	for (uint32_t i = 0; i < edge->n_to; i++)
		edge->target[i] = i;
	edge->least = hk_arena_array(&wide->arena, 1, sizeof *edge->least);
	edge->slot = wide->n_slots;
	wide->n_slots += edge->n_to;
}

/* Edges of each workload, and workloads in the direction of the messages. */
static void connect(struct hk_wide *wide, struct wide_block *block)
{
	uint32_t *left = hk_arena_array(&wide->arena, (size_t)block->n_workloads + 1, sizeof *left), n = 0;

	block->order = hk_arena_array(&wide->arena, (size_t)block->n_workloads + 1, sizeof *block->order);
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		block->workloads[w].inputs = hk_arena_array(&wide->arena, (size_t)block->n_edges + 1, sizeof(uint32_t));
		block->workloads[w].outputs = hk_arena_array(&wide->arena, (size_t)block->n_edges + 1, sizeof(uint32_t));
	}
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct wide_edge *edge = &block->edges[e];

		if (edge->from != HK_NO_INDEX)
			block->workloads[edge->from].outputs[block->workloads[edge->from].n_outputs++] = e;
		if (edge->to != HK_NO_INDEX)
			block->workloads[edge->to].inputs[block->workloads[edge->to].n_inputs++] = e;
		if (edge->from != HK_NO_INDEX && edge->to != HK_NO_INDEX)
			left[edge->to]++;
	}
	for (uint32_t w = 0; w < block->n_workloads; w++)
		if (left[w] == 0)
			block->order[n++] = w;
	for (uint32_t i = 0; i < n; i++) {
		const struct wide_workload *w = &block->workloads[block->order[i]];

		for (uint32_t k = 0; k < w->n_outputs; k++) {
			uint32_t to = block->edges[w->outputs[k]].to;

			if (to != HK_NO_INDEX && --left[to] == 0)
				block->order[n++] = to;
		}
	}
}

static void open_block(struct hk_wide *wide, struct wide_block *block, uint32_t index)
{
	const struct hk_block *from = &wide->problem->blocks[index];
	bool *entered = hk_arena_array(&wide->arena, (size_t)from->n_workloads + 1, sizeof *entered);

	*block = (struct wide_block){ .block = index, .from = from, .n_workloads = from->n_workloads };
	block->workloads = hk_arena_array(&wide->arena, (size_t)from->n_workloads + 1, sizeof *block->workloads);
	block->edges = hk_arena_array(&wide->arena, (size_t)from->n_edges + from->n_workloads + 1, sizeof *block->edges);
	for (uint32_t w = 0; w < from->n_workloads; w++)
		open_workload(wide, block, w);
	for (uint32_t e = 0; e < from->n_edges; e++) {
		open_edge(wide, block, &from->edges[e]);
		if (from->edges[e].to_kind == HK_END_WORKLOAD)
			entered[from->edges[e].to] = true;
	}
	for (uint32_t w = 0; w < from->n_workloads; w++)
		if (!entered[w])
			open_source(wide, block, w);
	connect(wide, block);
}

/* Rows the members could pass, were they all in one place. */
static void open_rows(struct hk_wide *wide)
{
	const struct hk_model *model = wide->problem->model;
	size_t resources = model->n_resources, n = model->n_clusters * resources;
	double *most = hk_arena_array(&wide->arena, n + 1, sizeof *most), traffic = 0;

	wide->rows = hk_arena_array(&wide->arena, n + model->n_links + 1, sizeof *wide->rows);
	wide->row_price = hk_arena_array(&wide->arena, n + 1, sizeof *wide->row_price);
	wide->link_price = hk_arena_array(&wide->arena, model->n_links + 1, sizeof *wide->link_price);
	for (uint32_t b = 0; b < wide->n_blocks; b++) {
		for (uint32_t i = 0; i < wide->blocks[b].n_workloads; i++) {
			const struct wide_workload *w = &wide->blocks[b].workloads[i];

			for (uint32_t c = 0; c < w->n; c++)
				for (size_t r = 0; r < resources; r++)
					most[w->cluster[c] * resources + r] += w->most[c] * wide->blocks[b].from->workloads[i].request[r];
		}
		for (uint32_t e = 0; e < wide->blocks[b].n_edges; e++)
			traffic += wide->blocks[b].edges[e].bits;
	}
	for (size_t i = 0; i < n; i++) {
		double capacity = wide->limits->capacity ? wide->limits->capacity[i] : wide->problem->capacity[i];

		if (most[i] > capacity)
			wide->rows[wide->n_rows++] = (struct wide_row){ .cluster = (uint32_t)(i / resources), .resource = (uint32_t)(i % resources),
									.capacity = capacity };
	}
	for (uint32_t l = 0; l < model->n_links; l++) {
		double capacity = wide->limits->bandwidth ? wide->limits->bandwidth[l] : model->links[l].bandwidth;

		if (traffic > capacity)
			wide->rows[wide->n_rows++] = (struct wide_row){ .is_link = true, .link = l, .capacity = capacity };
	}
}

void hk_wide_blocks_open(struct hk_wide *wide, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members,
			 const struct hk_wide_limits *limits)
{
	*wide = (struct hk_wide){ .problem = problem, .limits = limits, .n_blocks = n_members, .bound = -INFINITY };
	wide->blocks = hk_arena_array(&wide->arena, (size_t)n_members + 1, sizeof *wide->blocks);
	wide->domain_of = hk_arena_array(&wide->arena, problem->model->n_clusters + 1, sizeof *wide->domain_of);
	wide->domain_up = hk_arena_array(&wide->arena, problem->model->n_clusters + 1, sizeof *wide->domain_up);
	hk_domain_table(problem->model, HK_LEVEL_FAILURE_DOMAIN, wide->domain_of);
	for (uint32_t c = 0; c < problem->model->n_clusters; c++)
		wide->domain_up[c] = hk_domain_availability(problem->model, c);
	for (uint32_t i = 0; i < n_members; i++)
		open_block(wide, &wide->blocks[i], members[i]);
	open_rows(wide);
	wide->price = hk_arena_array(&wide->arena, wide->n_slots + 1, sizeof *wide->price);
	wide->flow = hk_arena_array(&wide->arena, wide->n_slots + 1, sizeof *wide->flow);
	wide->count = hk_arena_array(&wide->arena, wide->n_slots + 1, sizeof *wide->count);
	wide->flow_mean = hk_arena_array(&wide->arena, wide->n_slots + 1, sizeof *wide->flow_mean);
	wide->count_mean = hk_arena_array(&wide->arena, wide->n_slots + 1, sizeof *wide->count_mean);
	wide->replicas = hk_arena_array(&wide->arena, wide->n_counts + 1, sizeof *wide->replicas);
	wide->replicas_mean = hk_arena_array(&wide->arena, wide->n_counts + 1, sizeof *wide->replicas_mean);
}

void hk_wide_blocks_close(struct hk_wide *wide)
{
	hk_arena_release(&wide->arena);
}
