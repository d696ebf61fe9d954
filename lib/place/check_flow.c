/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates from the inputs down the graph, what the probabilities make of them in each cluster, and whether the replicas there can carry it. */
#include "place/check_internal.h"

#include <math.h>
#include <string.h>

static bool is_near(double a, double b)
{
	return fabs(a - b) <= HK_CHECK_SHARE;      /* false for NaN */
}

/*
 * Rates by repeated sweeps: after as many as there are workloads the longest way has been walked, in whatever order they stand. The documents' graph has no
 * cycles.
 */
static void compute_rates(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->model;

	pipeline->connection_rate = hk_arena_array(&check->arena, model->n_connections + 1, sizeof *pipeline->connection_rate);
	for (size_t sweep = 0; sweep <= model->n_workloads; sweep++) {
		bool changed = false;

		for (size_t i = 0; i < model->n_connections; i++) {
			const struct hk_connection *connection = &model->connections[i];
			double source = connection->from_input != HK_NO_INDEX ? model->inputs[connection->from_input].rate
			    : pipeline->workloads[connection->from_workload].rate;
			double rate = connection->fanout * source;

			changed |= rate != pipeline->connection_rate[i];
			pipeline->connection_rate[i] = rate;
		}
		for (size_t w = 0; w < model->n_workloads; w++)
			pipeline->workloads[w].rate = 0;
		for (size_t i = 0; i < model->n_connections; i++)
			if (model->connections[i].to_workload != HK_NO_INDEX)
				pipeline->workloads[model->connections[i].to_workload].rate += pipeline->connection_rate[i];
		if (!changed)
			break;
	}
}

static void check_rates(struct hk_check *check, const struct hk_check_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->model->n_connections; i++)
		hk_check_stated(check, pipeline->plan->connections[i].rate, pipeline->connection_rate[i], "%s: rate of %s -> %s", pipeline->model->name,
				pipeline->plan->connections[i].from, pipeline->plan->connections[i].to);
	for (size_t w = 0; w < pipeline->model->n_workloads; w++)
		hk_check_stated(check, pipeline->workloads[w].plan->rate, pipeline->workloads[w].rate, "%s: rate of %s", pipeline->model->name,
				pipeline->workloads[w].model->name);
}

/*
 * Webster's weights are those where no unit is better placed elsewhere: no claim p / (2w + 1) to one more may exceed anybody's claim p / (2w - 1) to the last
 * one above the least.
 */
static void check_apportionment(struct hk_check *check, const char *where, const struct hk_plan_route *route)
{
	double wants = 0, holds = (double)INFINITY;

	for (size_t t = 0; t < route->n_targets; t++) {
		const struct hk_plan_target *target = &route->targets[t];

		wants = fmax(wants, target->probability / (2.0 * target->weight + 1));
		if (target->weight > 1)
			holds = fmin(holds, target->probability / (2.0 * target->weight - 1));
	}
	if (wants > holds * (1 + 1e-6))
		hk_check_violation(check, HK0836, "%s from '%s': the weights are not the nearest to the probabilities", where, route->cluster);
}

static void check_weights(struct hk_check *check, const char *where, const struct hk_plan_route *route)
{
	uint64_t sum = 0;
	size_t live = 0;

	for (size_t t = 0; t < route->n_targets; t++) {
		const struct hk_plan_target *target = &route->targets[t];

		sum += target->weight;
		live += target->probability > 0;
		if ((target->weight > 0) != (target->probability > 0))
			hk_check_violation(check, HK0836, "%s from '%s' to '%s': weight %u does not fit the probability", where, route->cluster,
					   target->cluster, target->weight);
	}
	uint64_t total = live > 100 ? live : 100;

	if (sum != total) {
		hk_check_violation(check, HK0836, "%s from '%s': weights add up to %llu, expected %llu", where, route->cluster, (unsigned long long)sum,
				   (unsigned long long)total);
		return;
	}
	check_apportionment(check, where, route);
}

/* Share of the connection's traffic that starts in a cluster, as the source has it. */
static double expected_share(const struct hk_check_pipeline *pipeline, const struct hk_connection *connection, uint32_t cluster)
{
	if (connection->from_input != HK_NO_INDEX)
		return pipeline->model->inputs[connection->from_input].cluster == cluster ? 1 : 0;
	return hk_check_load(&pipeline->workloads[connection->from_workload], cluster);
}

static void check_target(struct hk_check *check, struct hk_check_pipeline *pipeline, uint32_t index, const char *where, const struct hk_plan_route *route,
			 uint32_t from, const struct hk_plan_target *target)
{
	const struct hk_connection *connection = &pipeline->model->connections[index];
	uint32_t to = hk_model_cluster(check->model, target->cluster);
	double share = route->share * target->probability;

	if (to == HK_NO_INDEX) {
		hk_check_violation(check, HK0820, "%s goes to cluster '%s', which the topology does not have", where, target->cluster);
		return;
	}
	if (!(target->probability >= 0 && target->probability <= 1 + HK_CHECK_SHARE))
		hk_check_violation(check, HK0823, "%s from '%s' to '%s': the probability is not between 0 and 1", where, route->cluster, target->cluster);
	if (connection->to_output != HK_NO_INDEX && pipeline->model->outputs[connection->to_output].cluster != to)
		hk_check_violation(check, HK0823, "%s goes to cluster '%s', where the output is not", where, target->cluster);
	if (connection->to_workload != HK_NO_INDEX && share >= HK_CHECK_ZERO && !hk_check_replicas(&pipeline->workloads[connection->to_workload], to))
		hk_check_violation(check, HK0823, "%s from '%s' goes to cluster '%s', where the destination has no replicas", where, route->cluster,
				   target->cluster);
	if (share >= HK_CHECK_ZERO)
		pipeline->flows[pipeline->n_flows++] = (struct hk_check_flow){ index, from, to, share, target };
}

static void check_route(struct hk_check *check, struct hk_check_pipeline *pipeline, uint32_t index, const char *where, const struct hk_plan_route *route)
{
	const struct hk_connection *connection = &pipeline->model->connections[index];
	uint32_t from = hk_model_cluster(check->model, route->cluster);
	double sum = 0;

	if (from == HK_NO_INDEX) {
		hk_check_violation(check, HK0820, "%s starts in cluster '%s', which the topology does not have", where, route->cluster);
		return;
	}
	if (!is_near(route->share, expected_share(pipeline, connection, from)))
		hk_check_violation(check, HK0823, "%s: the share that starts in '%s' is not what the source has there", where, route->cluster);
	for (size_t t = 0; t < route->n_targets; t++) {
		if (t > 0 && strcmp(route->targets[t - 1].cluster, route->targets[t].cluster) >= 0)
			hk_check_violation(check, HK0806, "%s from '%s': targets are not sorted by cluster", where, route->cluster);
		check_target(check, pipeline, index, where, route, from, &route->targets[t]);
		sum += route->targets[t].probability;
	}
	if (!is_near(sum, 1))
		hk_check_violation(check, HK0823, "%s from '%s': probabilities do not add up to 1", where, route->cluster);
	check_weights(check, where, route);
}

static void check_connection(struct hk_check *check, struct hk_check_pipeline *pipeline, uint32_t index)
{
	const struct hk_plan_connection *plan = &pipeline->plan->connections[index];
	const char *where = hk_arena_printf(&check->arena, "%s: %s -> %s", pipeline->model->name, plan->from, plan->to);
	double sum = 0;

	for (size_t r = 0; r < plan->n_routes; r++) {
		if (r > 0 && strcmp(plan->routes[r - 1].cluster, plan->routes[r].cluster) >= 0)
			hk_check_violation(check, HK0806, "%s: routes are not sorted by cluster", where);
		check_route(check, pipeline, index, where, &plan->routes[r]);
		sum += plan->routes[r].share;
	}
	if (!is_near(sum, 1))
		hk_check_violation(check, HK0823, "%s: the routes carry a share of %s of the traffic instead of all", where, hk_check_number(check, sum));
}

/* in(e) of the document: the part of a workload's load that a connection brings. */
static double part_of(const struct hk_check_pipeline *pipeline, size_t connection, size_t entering)
{
	double rate = pipeline->workloads[pipeline->model->connections[connection].to_workload].rate;

	return rate > 0 ? pipeline->connection_rate[connection] / rate : 1 / (double)entering;
}

static void check_loads(struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t w)
{
	const struct hk_check_workload *workload = &pipeline->workloads[w];
	double *arrives = check->arrives, sum = 0;
	size_t entering = 0;

	for (size_t i = 0; i < pipeline->model->n_connections; i++)
		entering += pipeline->model->connections[i].to_workload == w;
	for (size_t i = 0; i < pipeline->n_flows; i++)
		if (pipeline->model->connections[pipeline->flows[i].connection].to_workload == w)
			arrives[pipeline->flows[i].to] += part_of(pipeline, pipeline->flows[i].connection, entering) * pipeline->flows[i].share;
	for (size_t i = 0; i < workload->n_places; i++) {
		const struct hk_check_place *place = &workload->places[i];

		sum += place->load;
		if (entering > 0 && !is_near(place->load, arrives[place->cluster]))
			hk_check_violation(check, HK0823, "%s/%s: the load in '%s' is stated as %s, its connections bring %s", pipeline->model->name,
					   workload->model->name, place->plan->cluster, hk_check_number(check, place->load),
					   hk_check_number(check, arrives[place->cluster]));
	}
	for (size_t i = 0; i < pipeline->n_flows; i++)
		arrives[pipeline->flows[i].to] = 0;
	if (!is_near(sum, 1))
		hk_check_violation(check, HK0823, "%s/%s: the loads add up to %s instead of 1", pipeline->model->name, workload->model->name,
				   hk_check_number(check, sum));
}

static void check_service(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_workload *workload)
{
	double capacity = workload->model->capacity;

	for (size_t i = 0; i < workload->n_places; i++) {
		const struct hk_check_place *place = &workload->places[i];
		double arrives = place->load * workload->rate, bears = capacity * place->replicas;
		bool limited = isfinite(capacity) && capacity > 0;

		if (limited && !(arrives <= bears * (1 + HK_CHECK_RELATIVE) + HK_CHECK_SHARE * workload->rate))
			hk_check_violation(check, HK0824, "%s/%s in '%s': %u replicas get %s messages/s and can carry %s", pipeline->model->name,
					   workload->model->name, place->plan->cluster, place->replicas, hk_check_number(check, arrives),
					   hk_check_number(check, bears));
		hk_check_stated(check, place->plan->utilisation, limited && bears > 0 ? arrives / bears : 0, "%s/%s: utilisation in '%s'",
				pipeline->model->name, workload->model->name, place->plan->cluster);
	}
}

static void check_count(struct hk_check *check, const struct hk_check_pipeline *pipeline, struct hk_check_workload *workload)
{
	double capacity = workload->model->capacity, need = 1;

	if (isfinite(capacity) && capacity > 0)
		need = fmax(1, ceil(workload->rate / capacity * (1 - 1e-9)));
	workload->need = need < 4e9 ? (uint64_t)need : UINT32_MAX;
	uint64_t least = workload->model->min_replicas > workload->need ? workload->model->min_replicas : workload->need;

	if (workload->total < least)
		hk_check_violation(check, HK0822, "%s/%s has %llu replicas and needs %llu", pipeline->model->name, workload->model->name,
				   (unsigned long long)workload->total, (unsigned long long)least);
	if (workload->total > workload->model->max_replicas)
		hk_check_violation(check, HK0822, "%s/%s has %llu replicas, at most %u are allowed", pipeline->model->name, workload->model->name,
				   (unsigned long long)workload->total, workload->model->max_replicas);
}

void hk_check_flows(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	size_t most = 1;

	for (size_t i = 0; i < pipeline->plan->n_connections; i++)
		for (size_t r = 0; r < pipeline->plan->connections[i].n_routes; r++)
			most += pipeline->plan->connections[i].routes[r].n_targets;
	pipeline->flows = hk_arena_array(&check->arena, most, sizeof *pipeline->flows);
	compute_rates(check, pipeline);
	check_rates(check, pipeline);
	for (uint32_t i = 0; i < pipeline->model->n_connections; i++)
		check_connection(check, pipeline, i);
	for (uint32_t w = 0; w < pipeline->model->n_workloads; w++) {
		check_loads(check, pipeline, w);
		check_service(check, pipeline, &pipeline->workloads[w]);
		check_count(check, pipeline, &pipeline->workloads[w]);
	}
}
