/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp_ways.h"

#include "place/milp_form.h"

#include <math.h>

bool hk_ways_starts(const struct hk_ways *ways, const struct hk_edge *edge)
{
	if (ways->first != HK_NO_INDEX)
		return edge->from_kind == HK_END_WORKLOAD && edge->from == ways->first;
	return edge->from_kind == HK_END_FIXED && ways->pipeline->connections[edge->connection].from_input == ways->path->from_input;
}

bool hk_ways_ends(const struct hk_ways *ways, const struct hk_edge *edge)
{
	if (ways->last != HK_NO_INDEX)
		return edge->to_kind == HK_END_WORKLOAD && edge->to == ways->last;
	return edge->to_kind == HK_END_FIXED && ways->pipeline->connections[edge->connection].to_output == ways->path->to_output;
}

/* Edges with sources in topological order, inputs first: a counting sort over the model's order. */
static uint32_t *sorted_edges(const struct hk_ways *ways, struct hk_arena *arena)
{
	const struct hk_block *block = ways->block;
	uint32_t *edges = hk_arena_array(arena, (size_t)block->n_edges + 1, sizeof *edges), n = 0;

	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].from_kind == HK_END_FIXED)
			edges[n++] = e;
	for (size_t i = 0; i < ways->pipeline->n_workloads; i++) {
		uint32_t w = hk_block_workload(block, ways->pipeline->order[i]);

		for (uint32_t e = 0; e < block->n_edges; e++)
			if (block->edges[e].from_kind == HK_END_WORKLOAD && block->edges[e].from == w)
				edges[n++] = e;
	}
	return edges;
}

/* sure[w] holds when every connection that enters w is on a way and comes from a sure end. */
static void find_sure(struct hk_ways *ways, const uint32_t *sorted, uint32_t n, const bool *on_way)
{
	for (uint32_t w = 0; w < ways->block->n_workloads; w++)
		ways->sure[w] = true;
	for (uint32_t i = 0; i < n; i++) {
		const struct hk_edge *edge = &ways->block->edges[sorted[i]];
		bool from_sure = hk_ways_starts(ways, edge) || (edge->from_kind == HK_END_WORKLOAD && ways->sure[edge->from]);

		if (edge->to_kind == HK_END_WORKLOAD && edge->to != ways->first && !(on_way[sorted[i]] && from_sure))
			ways->sure[edge->to] = false;
	}
}

void hk_ways_find(struct hk_ways *ways, const struct hk_block *block, const struct hk_pipeline *pipeline, const struct hk_path *path, struct hk_arena *arena)
{
	bool *reached = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *reached);
	bool *leads = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *leads);
	bool *from_start = hk_arena_array(arena, (size_t)block->n_edges + 1, sizeof *from_start);
	uint32_t *sorted;

	*ways = (struct hk_ways){ .block = block, .pipeline = pipeline, .path = path, .first = HK_NO_INDEX, .last = HK_NO_INDEX };
	if (path->from_workload != HK_NO_INDEX)
		ways->first = hk_block_workload(block, path->from_workload);
	if (path->to_workload != HK_NO_INDEX)
		ways->last = hk_block_workload(block, path->to_workload);
	ways->sure = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *ways->sure);
	ways->on_way = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *ways->on_way);
	ways->edges = hk_arena_array(arena, (size_t)block->n_edges + 1, sizeof *ways->edges);
	sorted = sorted_edges(ways, arena);
	for (uint32_t i = 0; i < block->n_edges; i++) {
		const struct hk_edge *edge = &block->edges[sorted[i]];

		from_start[sorted[i]] = hk_ways_starts(ways, edge) || (edge->from_kind == HK_END_WORKLOAD && reached[edge->from]);
		if (from_start[sorted[i]] && edge->to_kind == HK_END_WORKLOAD)
			reached[edge->to] = true;
	}
	for (uint32_t i = block->n_edges; i-- > 0;) {
		const struct hk_edge *edge = &block->edges[sorted[i]];
		bool good = hk_ways_ends(ways, edge) || (edge->to_kind == HK_END_WORKLOAD && leads[edge->to]);

		from_start[sorted[i]] = from_start[sorted[i]] && good;
		if (good && edge->from_kind == HK_END_WORKLOAD)
			leads[edge->from] = true;
	}
	for (uint32_t i = 0; i < block->n_edges; i++) {
		const struct hk_edge *edge = &block->edges[sorted[i]];

		if (!from_start[sorted[i]])
			continue;
		ways->edges[ways->n_edges++] = sorted[i];
		if (edge->from_kind == HK_END_WORKLOAD)
			ways->on_way[edge->from] = true;
		if (edge->to_kind == HK_END_WORKLOAD)
			ways->on_way[edge->to] = true;
	}
	find_sure(ways, sorted, block->n_edges, from_start);
}

const struct hk_bound *hk_ways_bound(const struct hk_path *path, enum hk_path_metric metric)
{
	switch (metric) {
	case HK_PATH_LATENCY: return &path->bounds.latency;
	case HK_PATH_JITTER: return &path->bounds.jitter;
	default: return &path->bounds.loss;
	}
}

static double additive(double value, enum hk_path_metric metric)
{
	if (metric != HK_PATH_LOSS)
		return value;
	return value < 1 ? -log1p(-value) : INFINITY;
}

double hk_ways_limit(const struct hk_path *path, enum hk_path_metric metric)
{
	const struct hk_bound *bound = hk_ways_bound(path, metric);

	return bound->has_limit ? additive(bound->limit, metric) : INFINITY;
}

double hk_ways_request(const struct hk_path *path, enum hk_path_metric metric)
{
	const struct hk_bound *bound = hk_ways_bound(path, metric);

	return bound->has_request ? additive(bound->request, metric) : INFINITY;
}

double hk_ways_base(const struct hk_ways *ways, enum hk_path_metric metric)
{
	if (metric != HK_PATH_LATENCY || ways->first == HK_NO_INDEX)
		return 0;
	return ways->pipeline->workloads[ways->block->workloads[ways->first].workload].service_time;
}

double hk_ways_hop(const struct hk_arc *arc, enum hk_path_metric metric)
{
	switch (metric) {
	case HK_PATH_LATENCY: return arc->latency;
	case HK_PATH_JITTER: return arc->jitter;
	default: return fmin(700, additive(arc->loss, metric));     /* exp(-700) is nothing; infinity would poison rows */
	}
}

double hk_ways_service(const struct hk_ways *ways, const struct hk_edge *edge, enum hk_path_metric metric)
{
	if (metric != HK_PATH_LATENCY || edge->to_kind == HK_END_FIXED)
		return 0;
	return ways->pipeline->workloads[ways->block->workloads[edge->to].workload].service_time;
}
