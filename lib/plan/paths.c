/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Predictions along paths. The worst case walks chains of pairs in use from cluster to cluster (load balancing has no memory, so every such chain happens); the
 * mean adds the means of the connections of the slowest way. Both are longest-path sums over the workloads in topological order: O(pairs in use) for each path.
 */
#include "plan/decided.h"

#include <math.h>
#include <string.h>

enum quantity { LATENCY, JITTER, LOSS };

/* One path being predicted, for one quantity. Worst values are per (workload, candidate); -inf where no chain gets to. */
struct walk {
	const struct hk_decided *decided;
	const struct hk_decided_pipeline *pipeline;
	const struct hk_path *path;
	enum quantity quantity;
	double **worst;                        /* [workload][candidate] */
	uint32_t **came_edge, **came_arc;      /* [workload][candidate]: the last step of the worst chain, HK_NO_INDEX at its start */
	double *mean;                          /* [workload] */
	double end_worst, end_mean;            /* at an output */
	uint32_t end_edge, end_arc;
};

/* Losses combine as products, so their logarithms add. */
static double value_of(const struct hk_arc *arc, enum quantity quantity)
{
	switch (quantity) {
	case LATENCY: return arc->latency;
	case JITTER: return arc->jitter;
	case LOSS: break;
	}
	return fmin(700, -log1p(-arc->loss));
}

static const struct hk_workload *workload_of(const struct walk *walk, uint32_t local)
{
	return &walk->pipeline->pipeline->workloads[walk->pipeline->block->workloads[local].workload];
}

static double service_of(const struct walk *walk, uint32_t local)
{
	return walk->quantity == LATENCY ? workload_of(walk, local)->service_time : 0;
}

static void open_walk(struct walk *walk, struct hk_arena *arena)
{
	const struct hk_block *block = walk->pipeline->block;
	uint32_t start = walk->path->from_workload == HK_NO_INDEX ? HK_NO_INDEX : hk_decided_local(block, walk->path->from_workload);

	walk->worst = hk_arena_array(arena, block->n_workloads, sizeof *walk->worst);
	walk->came_edge = hk_arena_array(arena, block->n_workloads, sizeof *walk->came_edge);
	walk->came_arc = hk_arena_array(arena, block->n_workloads, sizeof *walk->came_arc);
	walk->mean = hk_arena_array(arena, block->n_workloads, sizeof *walk->mean);
	walk->end_worst = walk->end_mean = -(double)INFINITY;
	walk->end_edge = walk->end_arc = HK_NO_INDEX;
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		uint32_t count = block->workloads[w].n_candidates;

		walk->worst[w] = hk_arena_array(arena, count, sizeof **walk->worst);
		walk->came_edge[w] = hk_arena_array(arena, count, sizeof **walk->came_edge);
		walk->came_arc[w] = hk_arena_array(arena, count, sizeof **walk->came_arc);
		walk->mean[w] = w == start ? service_of(walk, w) : -(double)INFINITY;
		for (uint32_t c = 0; c < count; c++) {
			walk->worst[w][c] = w == start && walk->pipeline->load[w][c] > 0 ? service_of(walk, w) : -(double)INFINITY;
			walk->came_edge[w][c] = walk->came_arc[w][c] = HK_NO_INDEX;
		}
	}
}

/* Where a chain stands before this arc, or -inf. */
static double before_arc(const struct walk *walk, const struct hk_edge *edge, const struct hk_arc *arc)
{
	const struct hk_connection *connection = &walk->pipeline->pipeline->connections[edge->connection];

	if (edge->from_kind == HK_END_WORKLOAD)
		return walk->worst[edge->from][arc->from];
	return walk->path->from_input != HK_NO_INDEX && connection->from_input == walk->path->from_input ? 0 : -(double)INFINITY;
}

static void relax_arc(struct walk *walk, uint32_t e, uint32_t a)
{
	const struct hk_edge *edge = &walk->pipeline->block->edges[e];
	const struct hk_arc *arc = &edge->arcs[a];
	double sum = before_arc(walk, edge, arc) + value_of(arc, walk->quantity);

	if (edge->to_kind == HK_END_WORKLOAD) {
		sum += service_of(walk, edge->to);
		if (sum > walk->worst[edge->to][arc->to]) {
			walk->worst[edge->to][arc->to] = sum;
			walk->came_edge[edge->to][arc->to] = e;
			walk->came_arc[edge->to][arc->to] = a;
		}
	} else if (sum > walk->end_worst) {
		walk->end_worst = sum;
		walk->end_edge = e;
		walk->end_arc = a;
	}
}

static void relax_edge(struct walk *walk, uint32_t e)
{
	const struct hk_edge *edge = &walk->pipeline->block->edges[e];
	const struct hk_connection *connection = &walk->pipeline->pipeline->connections[edge->connection];
	bool from_start = walk->path->from_input != HK_NO_INDEX && connection->from_input == walk->path->from_input;
	double mean = edge->from_kind == HK_END_WORKLOAD ? walk->mean[edge->from] : from_start ? 0 : -(double)INFINITY;

	/* An output that is not where the path ends leads nowhere. */
	if (edge->to_kind == HK_END_FIXED && connection->to_output != walk->path->to_output)
		return;
	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		if (walk->pipeline->flow[e][a] <= 0)
			continue;
		relax_arc(walk, e, a);
		mean += walk->pipeline->flow[e][a] * value_of(&edge->arcs[a], walk->quantity);
	}
	if (edge->to_kind == HK_END_WORKLOAD)
		walk->mean[edge->to] = fmax(walk->mean[edge->to], mean + service_of(walk, edge->to));
	else
		walk->end_mean = fmax(walk->end_mean, mean);
}

static void walk_all(struct walk *walk)
{
	const struct hk_block *block = walk->pipeline->block;
	const struct hk_pipeline *pipeline = walk->pipeline->pipeline;

	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].from_kind == HK_END_FIXED)
			relax_edge(walk, e);
	for (size_t i = 0; i < pipeline->n_workloads; i++) {
		uint32_t w = hk_decided_local(block, pipeline->order[i]);

		for (uint32_t e = 0; w != HK_NO_INDEX && e < block->n_edges; e++)
			if (block->edges[e].from_kind == HK_END_WORKLOAD && block->edges[e].from == w)
				relax_edge(walk, e);
	}
}

/* Worst value at the end of the path; *workload and *candidate say where a chain to a workload ends. */
static double worst_at_end(const struct walk *walk, uint32_t *workload, uint32_t *candidate)
{
	double worst = walk->end_worst;

	*workload = *candidate = HK_NO_INDEX;
	if (walk->path->to_workload == HK_NO_INDEX)
		return worst;
	*workload = hk_decided_local(walk->pipeline->block, walk->path->to_workload);
	if (*workload == HK_NO_INDEX)
		return worst;
	for (uint32_t c = 0; c < walk->pipeline->block->workloads[*workload].n_candidates; c++)
		if (walk->worst[*workload][c] > worst) {
			worst = walk->worst[*workload][c];
			*candidate = c;
		}
	return worst;
}

static double mean_at_end(const struct walk *walk)
{
	if (walk->path->to_workload == HK_NO_INDEX)
		return walk->end_mean;
	uint32_t w = hk_decided_local(walk->pipeline->block, walk->path->to_workload);

	return w == HK_NO_INDEX ? -(double)INFINITY : walk->mean[w];
}

/* "cameras@edge-a > decode@edge-a", from the end back: the step into (workload, candidate), or into the output when workload is none. */
static const char *route_text(const struct walk *walk, uint32_t workload, uint32_t candidate)
{
	const struct hk_block *block = walk->pipeline->block;
	uint32_t e = workload == HK_NO_INDEX ? walk->end_edge : walk->came_edge[workload][candidate];
	uint32_t a = workload == HK_NO_INDEX ? walk->end_arc : walk->came_arc[workload][candidate];
	struct hk_arena *arena = &walk->decided->plan->arena;
	const char *text = NULL;

	while (e != HK_NO_INDEX) {
		const struct hk_edge *edge = &block->edges[e];
		const struct hk_arc *arc = &edge->arcs[a];
		const struct hk_connection *connection = &walk->pipeline->pipeline->connections[edge->connection];

		if (!text)
			text = hk_arena_printf(arena, "%s@%s", hk_connection_to(walk->pipeline->pipeline, connection),
					       walk->decided->model->clusters[hk_decided_to(block, edge, arc)].name);
		text = hk_arena_printf(arena, "%s@%s > %s", hk_connection_from(walk->pipeline->pipeline, connection),
				       walk->decided->model->clusters[hk_decided_from(block, edge, arc)].name, text);
		if (edge->from_kind == HK_END_FIXED)
			break;
		e = walk->came_edge[edge->from][arc->from];
		a = walk->came_arc[edge->from][arc->from];
	}
	return text;
}

static double or_zero(double value)
{
	return isfinite(value) ? value : 0;
}

static double path_rate(const struct hk_pipeline *pipeline, const struct hk_path *path)
{
	return path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].rate : pipeline->rate[path->from_workload];
}

/* Returns how much the means lie beyond the requests, added up as the objective does. */
static double predict_path(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_path *path, struct hk_plan_path *out)
{
	const struct hk_bound *bounds[] = { [LATENCY] = &path->bounds.latency, [JITTER] = &path->bounds.jitter, [LOSS] = &path->bounds.loss };
	double worst[HK_COUNT(bounds)] = { 0 }, late = 0;

	for (enum quantity quantity = LATENCY; quantity <= LOSS; quantity++) {
		struct walk walk = { .decided = decided, .pipeline = pipeline, .path = path, .quantity = quantity };
		uint32_t workload, candidate;

		open_walk(&walk, &decided->arena);
		walk_all(&walk);
		worst[quantity] = or_zero(worst_at_end(&walk, &workload, &candidate));
		double mean = or_zero(mean_at_end(&walk)), request = quantity == LOSS ? -log1p(-bounds[LOSS]->request) : bounds[quantity]->request;

		if (quantity == LATENCY) {
			out->latency_mean = hk_tidy(mean);
			if (workload == HK_NO_INDEX || candidate != HK_NO_INDEX)
				out->worst_route = route_text(&walk, workload, candidate);
		}
		if (bounds[quantity]->has_request && mean > request * (1 + 1e-12)) {
			out->misses_request = true;
			late += mean - request;
		}
	}
	out->latency_worst = hk_tidy(worst[LATENCY]);
	out->jitter_worst = hk_tidy(worst[JITTER]);
	out->loss_worst = hk_tidy_loss(-expm1(-worst[LOSS]));
	return late;
}

static const char *end_name(const struct hk_pipeline *pipeline, uint32_t endpoint, const struct hk_endpoint *endpoints, uint32_t workload)
{
	return endpoint != HK_NO_INDEX ? endpoints[endpoint].name : pipeline->workloads[workload].name;
}

static double bound_value(bool present, double value)
{
	return present ? value : (double)NAN;
}

void hk_plan_fill_paths(struct hk_decided *decided, struct hk_decided_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->pipeline;
	struct hk_arena *arena = &decided->plan->arena;

	pipeline->plan->n_paths = model->n_paths;
	pipeline->plan->paths = hk_arena_array(arena, model->n_paths, sizeof *pipeline->plan->paths);
	for (size_t i = 0; i < model->n_paths; i++) {
		const struct hk_path *path = &model->paths[i];
		const struct hk_bounds *bounds = &path->bounds;
		struct hk_plan_path *out = &pipeline->plan->paths[i];

		out->from = hk_arena_strdup(arena, end_name(model, path->from_input, model->inputs, path->from_workload));
		out->to = hk_arena_strdup(arena, end_name(model, path->to_output, model->outputs, path->to_workload));
		out->latency_request = bound_value(bounds->latency.has_request, bounds->latency.request);
		out->latency_limit = bound_value(bounds->latency.has_limit, bounds->latency.limit);
		out->jitter_request = bound_value(bounds->jitter.has_request, bounds->jitter.request);
		out->jitter_limit = bound_value(bounds->jitter.has_limit, bounds->jitter.limit);
		out->loss_request = bound_value(bounds->loss.has_request, bounds->loss.request);
		out->loss_limit = bound_value(bounds->loss.has_limit, bounds->loss.limit);
		pipeline->late_paths += model->objective.request * path_rate(model, path) * predict_path(decided, pipeline, path, out);
	}
}
