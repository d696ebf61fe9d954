/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the objective, from the decisions as written: docs/optimisation-model.md, "Wanted". */
#include "place/domain.h"
#include "place/route.h"
#include "plan/decided.h"

#include <math.h>

static double beyond(double value, const struct hk_bound *bound)
{
	return bound->has_request ? fmax(0, value - bound->request) : 0;
}

/* bandwidth: with what is bought; given: without. Part of the way to a request does not count. */
static double lateness(const struct hk_bounds *bounds, const struct hk_arc *arc, double bandwidth, double given)
{
	double late = beyond(arc->latency, &bounds->latency) + beyond(arc->jitter, &bounds->jitter) + beyond(arc->loss, &bounds->loss);

	if (bounds->bandwidth.has_request && bandwidth * (1 + 1e-9) < bounds->bandwidth.request)
		late += fmax(0, 1 - given / bounds->bandwidth.request);
	return late;
}

static void add_edge(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t e)
{
	const struct hk_edge *edge = &pipeline->block->edges[e];
	const struct hk_connection *connection = &pipeline->pipeline->connections[edge->connection];
	const struct hk_objective *weights = &pipeline->pipeline->objective;
	struct hk_plan *plan = decided->plan;

	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		const struct hk_arc *arc = &edge->arcs[a];
		uint32_t from = hk_decided_from(pipeline->block, edge, arc), to = hk_decided_to(pipeline->block, edge, arc);
		double flow = pipeline->flow[e][a];

		if (flow <= 0)
			continue;
		if (from != to) {
			plan->cost_egress += weights->cost * flow * edge->rate * edge->size * 3600 * hk_route_between(decided->problem->routes, from, to).price;
			plan->cost_affinity += weights->affinity * connection->affinity * flow;
		}
		plan->cost_latency += weights->latency * flow * edge->rate * arc->latency;
		plan->cost_requests += weights->request * flow * edge->rate * lateness(&connection->bounds, arc,
										       hk_decided_bandwidth(decided, pipeline, edge, arc, false),
												      hk_decided_bandwidth(decided, pipeline, edge, arc, true));
	}
}

static void add_workload(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w)
{
	const struct hk_place_workload *place = &pipeline->block->workloads[w];
	struct hk_plan *plan = decided->plan;

	for (uint32_t c = 0; c < place->n_candidates; c++) {
		const struct hk_cluster *cluster = &decided->model->clusters[place->candidates[c].cluster];
		uint32_t replicas = pipeline->replicas[w][c];

		for (size_t r = 0; r < decided->model->n_resources; r++)
			plan->cost_compute += pipeline->pipeline->objective.cost * replicas * place->request[r] * cluster->price[r];
		plan->cost_affinity += pipeline->load[w][c] * place->candidates[c].load_cost;
		if (place->previous && place->previous[c] > replicas)
			plan->cost_moves += place->move_cost * (place->previous[c] - replicas);
	}
}

/* Shares of the load and replicas of one workload, by domain (the smallest cluster index in it). */
static void by_domain(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w, const uint32_t *domain, double *load,
		      uint64_t *replicas)
{
	const struct hk_place_workload *place = &pipeline->block->workloads[w];

	for (size_t c = 0; c < decided->model->n_clusters; c++) {
		load[c] = 0;
		replicas[c] = 0;
	}
	for (uint32_t c = 0; c < place->n_candidates; c++) {
		load[domain[place->candidates[c].cluster]] += pipeline->load[w][c];
		replicas[domain[place->candidates[c].cluster]] += pipeline->replicas[w][c];
	}
}

/* Broken wishes of one pairing, times its weight. */
static double pairing_cost(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w, const struct hk_pairing *pairing, bool together)
{
	size_t n = decided->model->n_clusters;
	uint32_t *domain = hk_arena_array(&decided->arena, n, sizeof *domain), other = hk_decided_local(pipeline->block, pairing->with);
	double *load = hk_arena_array(&decided->arena, 2 * n, sizeof *load), broken = 0;
	uint64_t *replicas = hk_arena_array(&decided->arena, 2 * n, sizeof *replicas);

	if (other == HK_NO_INDEX)
		return 0;
	hk_domain_table(decided->model, pairing->level, domain);
	by_domain(decided, pipeline, w, domain, load, replicas);
	by_domain(decided, pipeline, other, domain, load + n, replicas + n);
	for (size_t d = 0; d < n; d++) {
		if (together)
			broken += fmax(0, load[d] - load[n + d]);
		else if (other == w)
			broken += replicas[d] > 1 ? (double)(replicas[d] - 1) : 0;
		else
			broken += replicas[d] > 0 && replicas[n + d] > 0;
	}
	return pairing->weight * broken;
}

static void add_pairings(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w)
{
	const struct hk_workload *workload = &pipeline->pipeline->workloads[pipeline->block->workloads[w].workload];
	double sum = 0;

	for (size_t i = 0; i < workload->n_together; i++)
		if (!workload->together[i].required)
			sum += pairing_cost(decided, pipeline, w, &workload->together[i], true);
	for (size_t i = 0; i < workload->n_apart; i++)
		if (!workload->apart[i].required && workload->apart[i].level != HK_LEVEL_NODE)
			sum += pairing_cost(decided, pipeline, w, &workload->apart[i], false);
	decided->plan->cost_affinity += pipeline->pipeline->objective.affinity * sum;
}

static double without_moves(const struct hk_plan *plan)
{
	return plan->cost_compute + plan->cost_egress + plan->cost_latency + plan->cost_requests + plan->cost_affinity;
}

void hk_plan_fill_costs(struct hk_decided *decided)
{
	struct hk_plan *plan = decided->plan;

	for (uint32_t b = 0; b < decided->problem->n_blocks; b++) {
		const struct hk_decided_pipeline *pipeline = &decided->pipelines[b];
		double before = without_moves(plan);

		for (uint32_t e = 0; e < pipeline->block->n_edges; e++)
			add_edge(decided, pipeline, e);
		for (uint32_t w = 0; w < pipeline->block->n_workloads; w++) {
			add_workload(decided, pipeline, w);
			add_pairings(decided, pipeline, w);
		}
		plan->cost_requests += pipeline->late_paths;
		plan->cost_moves += pipeline->block->fixed_cost;
		pipeline->plan->cost = without_moves(plan) - before;
	}
	plan->cost_compute = hk_tidy(plan->cost_compute), plan->cost_egress = hk_tidy(plan->cost_egress), plan->cost_latency = hk_tidy(plan->cost_latency);
	plan->cost_requests = hk_tidy(plan->cost_requests), plan->cost_affinity = hk_tidy(plan->cost_affinity), plan->cost_moves = hk_tidy(plan->cost_moves);
}
