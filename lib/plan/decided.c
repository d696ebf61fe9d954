/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/route.h"
#include "plan/decided.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NOISE 1e-9      /* docs/optimisation-model.md: a share below is zero */

double hk_tidy(double value)
{
	char text[40];

	if (!isfinite(value))
		return value;
	/* Written and read back in the same locale, so its decimal sign does not matter. */
	snprintf(text, sizeof text, "%.11e", value);
	value = strtod(text, NULL);
	return value == 0 ? 0 : value;
}

static uint32_t end_cluster(const struct hk_block *block, enum hk_end_kind kind, uint32_t end, uint32_t position)
{
	return kind == HK_END_FIXED ? end : block->workloads[end].candidates[position].cluster;
}

uint32_t hk_decided_from(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc)
{
	return end_cluster(block, edge->from_kind, edge->from, arc->from);
}

uint32_t hk_decided_to(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc)
{
	return end_cluster(block, edge->to_kind, edge->to, arc->to);
}

static double site_bandwidth(const struct hk_model *model, const struct hk_endpoint *endpoint)
{
	return endpoint->site == HK_NO_INDEX ? (double)INFINITY : model->sites[endpoint->site].bandwidth;
}

/* With what is bought. */
static double route_bandwidth(const struct hk_decided *decided, uint32_t from, uint32_t to)
{
	double least = hk_route_between(decided->problem->routes, from, to).bandwidth;
	struct hk_crossings crossings = { 0 };

	if (!decided->solution->bought || isinf(least) || hk_route_measured_bandwidth(decided->model, from, to))
		return least;
	least = (double)INFINITY;
	hk_route_crossings(decided->problem->routes, from, to, &crossings);
	for (size_t i = 0; i < crossings.n; i++)
		least = fmin(least, hk_decided_link_bandwidth(decided, crossings.v[i].link));
	hk_vec_release(&crossings);
	return least;
}

double hk_decided_bandwidth(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, const struct hk_arc *arc,
			    bool given)
{
	const struct hk_connection *connection = &pipeline->pipeline->connections[edge->connection];
	uint32_t from = hk_decided_from(pipeline->block, edge, arc), to = hk_decided_to(pipeline->block, edge, arc);
	double least = given ? hk_route_between(decided->problem->routes, from, to).bandwidth : route_bandwidth(decided, from, to);

	if (connection->from_input != HK_NO_INDEX)
		least = fmin(least, site_bandwidth(decided->model, &pipeline->pipeline->inputs[connection->from_input]));
	if (connection->to_output != HK_NO_INDEX)
		least = fmin(least, site_bandwidth(decided->model, &pipeline->pipeline->outputs[connection->to_output]));
	return least;
}

static double source_share(const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, uint32_t position)
{
	return edge->from_kind == HK_END_FIXED ? 1 : pipeline->load[edge->from][position];
}

static double on_grid(double probability)
{
	return round(probability * 1e9) / 1e9;
}

/* Arcs first..last-1 leave one source with this share of the traffic: make their probabilities add up to 1. */
static void clean_source(const struct hk_decided_pipeline *pipeline, const double *raw, uint32_t edge, uint32_t first, uint32_t last, double share)
{
	double *flow = pipeline->flow[edge], sum = 0, kept = 0;
	uint32_t largest = first;

	for (uint32_t a = first; a < last; a++) {
		flow[a] = 0;
		if (raw[a] >= NOISE)
			sum += raw[a];
		if (raw[a] > raw[largest])
			largest = a;
	}
	if (share < NOISE)
		return;
	for (uint32_t a = first; a < last; a++) {
		double probability = a != largest && raw[a] >= NOISE ? on_grid(raw[a] / sum) : 0;

		if (probability * share >= NOISE) {
			flow[a] = probability * share;
			kept += probability;
		}
	}
	flow[largest] = on_grid(1 - kept) * share;
}

static void clean_edge(struct hk_decided_pipeline *pipeline, const struct hk_block_solution *solution, uint32_t index)
{
	const struct hk_edge *edge = &pipeline->block->edges[index];

	for (uint32_t first = 0, last; first < edge->n_arcs; first = last) {
		for (last = first; last < edge->n_arcs && edge->arcs[last].from == edge->arcs[first].from;)
			last++;
		clean_source(pipeline, solution->flow[index], index, first, last, source_share(pipeline, edge, edge->arcs[first].from));
	}
	if (edge->to_kind != HK_END_WORKLOAD)
		return;
	for (uint32_t a = 0; a < edge->n_arcs; a++)
		pipeline->load[edge->to][edge->arcs[a].to] += edge->share_in * pipeline->flow[index][a];
}

static bool is_entered(const struct hk_block *block, uint32_t workload)
{
	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].to_kind == HK_END_WORKLOAD && block->edges[e].to == workload)
			return true;
	return false;
}

/* Nothing decides this workload's load but the solver. */
static void clean_free_load(struct hk_decided_pipeline *pipeline, const struct hk_block_solution *solution, uint32_t workload)
{
	uint32_t count = pipeline->block->workloads[workload].n_candidates, largest = 0;
	double *load = pipeline->load[workload], kept = 0;

	for (uint32_t c = 0; c < count; c++)
		if (solution->load[workload][c] > solution->load[workload][largest])
			largest = c;
	for (uint32_t c = 0; c < count; c++) {
		load[c] = c == largest || solution->load[workload][c] < NOISE ? 0 : on_grid(solution->load[workload][c]);
		kept += load[c];
	}
	if (count > 0)
		load[largest] = on_grid(1 - kept);
}

double hk_tidy_loss(double loss)
{
	return hk_tidy(round(loss * 1e13) / 1e13);
}

uint32_t hk_decided_local(const struct hk_block *block, uint32_t model_workload)
{
	for (uint32_t w = 0; w < block->n_workloads; w++)
		if (block->workloads[w].workload == model_workload)
			return w;
	return HK_NO_INDEX;
}

void hk_decided_clean(struct hk_decided *decided, struct hk_decided_pipeline *pipeline, const struct hk_block_solution *solution)
{
	const struct hk_block *block = pipeline->block;

	pipeline->replicas = solution->replicas;
	pipeline->load = hk_arena_array(&decided->arena, block->n_workloads, sizeof *pipeline->load);
	pipeline->flow = hk_arena_array(&decided->arena, block->n_edges, sizeof *pipeline->flow);
	for (uint32_t w = 0; w < block->n_workloads; w++)
		pipeline->load[w] = hk_arena_array(&decided->arena, block->workloads[w].n_candidates, sizeof **pipeline->load);
	for (uint32_t e = 0; e < block->n_edges; e++)
		pipeline->flow[e] = hk_arena_array(&decided->arena, block->edges[e].n_arcs, sizeof **pipeline->flow);
	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].from_kind == HK_END_FIXED)
			clean_edge(pipeline, solution, e);
	/* In topological order the load of a workload is complete before its own connections are looked at. */
	for (size_t i = 0; i < pipeline->pipeline->n_workloads; i++) {
		uint32_t w = hk_decided_local(block, pipeline->pipeline->order[i]);

		if (w == HK_NO_INDEX)
			continue;
		if (!is_entered(block, w))
			clean_free_load(pipeline, solution, w);
		for (uint32_t e = 0; e < block->n_edges; e++)
			if (block->edges[e].from_kind == HK_END_WORKLOAD && block->edges[e].from == w)
				clean_edge(pipeline, solution, e);
	}
}
