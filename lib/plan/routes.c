/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes of each connection with probabilities and weights, and what they are predicted to bring. */
#include "plan/decided.h"
#include "plan/weights.h"

#include <math.h>

static double request_of(const struct hk_bound *bound)
{
	return bound->has_request ? bound->request : (double)NAN;
}

static double limit_of(const struct hk_bound *bound)
{
	return bound->has_limit ? bound->limit : (double)NAN;
}

static void fill_bounds(struct hk_plan_connection *out, const struct hk_bounds *bounds)
{
	out->latency_request = request_of(&bounds->latency), out->latency_limit = limit_of(&bounds->latency);
	out->jitter_request = request_of(&bounds->jitter), out->jitter_limit = limit_of(&bounds->jitter);
	out->loss_request = request_of(&bounds->loss), out->loss_limit = limit_of(&bounds->loss);
	out->bandwidth_request = request_of(&bounds->bandwidth), out->bandwidth_limit = limit_of(&bounds->bandwidth);
}

static void fill_targets(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t e, uint32_t first, uint32_t last,
			 struct hk_plan_route *route)
{
	const struct hk_edge *edge = &pipeline->block->edges[e];
	uint32_t count = last - first;
	double *probabilities = hk_arena_array(&decided->arena, count, sizeof *probabilities);
	uint32_t *weights = hk_arena_array(&decided->arena, count, sizeof *weights);

	for (uint32_t i = 0; i < count; i++)
		probabilities[i] = pipeline->flow[e][first + i] / route->share;
	hk_plan_weights(probabilities, count, weights);
	route->targets = hk_arena_array(&decided->plan->arena, count, sizeof *route->targets);
	for (uint32_t i = 0; i < count; i++) {
		const struct hk_arc *arc = &edge->arcs[first + i];

		if (pipeline->flow[e][first + i] <= 0)
			continue;
		route->targets[route->n_targets++] = (struct hk_plan_target){
			.cluster = hk_arena_strdup(&decided->plan->arena, decided->model->clusters[hk_decided_to(pipeline->block, edge, arc)].name),
			.probability = fmin(1, hk_tidy(probabilities[i])), .weight = weights[i],
			.latency = hk_tidy(arc->latency), .jitter = hk_tidy(arc->jitter), .loss = hk_tidy_loss(arc->loss),
		};
	}
	route->share = fmin(1, hk_tidy(route->share));
}

static void fill_routes(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t e, struct hk_plan_connection *out)
{
	const struct hk_edge *edge = &pipeline->block->edges[e];

	out->routes = hk_arena_array(&decided->plan->arena, edge->n_arcs, sizeof *out->routes);
	for (uint32_t first = 0, last; first < edge->n_arcs; first = last) {
		double share = 0;

		for (last = first; last < edge->n_arcs && edge->arcs[last].from == edge->arcs[first].from; last++)
			share += pipeline->flow[e][last];
		if (share <= 0)
			continue;
		struct hk_plan_route *route = &out->routes[out->n_routes++];

		route->cluster = hk_arena_strdup(&decided->plan->arena,
						 decided->model->clusters[hk_decided_from(pipeline->block, edge, &edge->arcs[first])].name);
		route->share = share;
		fill_targets(decided, pipeline, e, first, last, route);
	}
}

static bool exceeds(double value, double request)
{
	return value > request * (1 + 1e-12);   /* false when there is no request (NaN) */
}

static void predict(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t e, struct hk_plan_connection *out)
{
	const struct hk_edge *edge = &pipeline->block->edges[e];

	out->bandwidth_least = (double)INFINITY;
	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		const struct hk_arc *arc = &edge->arcs[a];

		if (pipeline->flow[e][a] <= 0)
			continue;
		out->latency_mean += pipeline->flow[e][a] * arc->latency;
		out->latency_worst = fmax(out->latency_worst, arc->latency);
		out->jitter_worst = fmax(out->jitter_worst, arc->jitter);
		out->loss_worst = fmax(out->loss_worst, arc->loss);
		out->bandwidth_least = fmin(out->bandwidth_least, hk_decided_bandwidth(decided, pipeline, edge, arc, false));
	}
	out->misses_request = exceeds(out->latency_worst, out->latency_request) || exceeds(out->jitter_worst, out->jitter_request) ||
			      exceeds(out->loss_worst, out->loss_request) || exceeds(out->bandwidth_request, out->bandwidth_least);
	out->latency_mean = hk_tidy(out->latency_mean), out->latency_worst = hk_tidy(out->latency_worst);
	out->jitter_worst = hk_tidy(out->jitter_worst), out->loss_worst = hk_tidy_loss(out->loss_worst), out->bandwidth_least = hk_tidy(out->bandwidth_least);
}

void hk_plan_fill_routes(struct hk_decided *decided, struct hk_decided_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->pipeline;
	struct hk_plan_pipeline *plan = pipeline->plan;
	struct hk_arena *arena = &decided->plan->arena;

	plan->n_connections = model->n_connections;
	plan->connections = hk_arena_array(arena, model->n_connections, sizeof *plan->connections);
	for (size_t i = 0; i < model->n_connections; i++) {
		struct hk_plan_connection *out = &plan->connections[i];

		out->from = hk_arena_strdup(arena, hk_connection_from(model, &model->connections[i]));
		out->to = hk_arena_strdup(arena, hk_connection_to(model, &model->connections[i]));
		out->rate = hk_tidy(model->connection_rate[i]);
		fill_bounds(out, &model->connections[i].bounds);
	}
	for (uint32_t e = 0; e < pipeline->block->n_edges; e++) {
		struct hk_plan_connection *out = &plan->connections[pipeline->block->edges[e].connection];

		fill_routes(decided, pipeline, e, out);
		predict(decided, pipeline, e, out);
	}
}
