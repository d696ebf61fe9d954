/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths by brute sweeps: every used pair of clusters lengthens the worst chain into its end, again and again until nothing changes (at most one sweep per
 * workload, as the graph has no cycles). The same for the means, connection by connection.
 */
#include "place/check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum quantity { LATENCY, JITTER, LOSS, N_QUANTITIES };

struct ends { uint32_t from, to; };

struct walk {
	struct hk_check *check;
	const struct hk_check_pipeline *pipeline;
	const struct hk_path *path;
	const struct hk_check_quality *qualities;      /* per flow */
	enum quantity quantity;
	struct hk_arena *arena;                        /* for one path */
	const uint32_t *clusters; size_t n;            /* those the pipeline uses, ascending */
	const struct ends *ends;                       /* per flow: positions in clusters */
	double *worst;                                 /* [workload * n + position of the cluster], -inf where no chain gets to */
	double *mean;                                  /* [workload] */
	double worst_at_end, mean_at_end;
};

static double value_of(const struct hk_check_quality *quality, enum quantity quantity)
{
	return quantity == LATENCY ? quality->latency : quantity == JITTER ? quality->jitter : fmin(700, -log1p(-quality->loss));
}

static double service_of(const struct walk *walk, uint32_t workload)
{
	return walk->quantity == LATENCY ? walk->pipeline->model->workloads[workload].service_time : 0;
}

static void lift(double *place, double value, bool *changed)
{
	if (value > *place) {
		*place = value;
		*changed = true;
	}
}

static bool sweep_worst(struct walk *walk)
{
	size_t n = walk->n;
	bool changed = false;

	for (size_t i = 0; i < walk->pipeline->n_flows; i++) {
		const struct hk_check_flow *flow = &walk->pipeline->flows[i];
		const struct hk_connection *connection = &walk->pipeline->model->connections[flow->connection];
		double before = -(double)INFINITY, after;

		if (connection->from_workload != HK_NO_INDEX)
			before = walk->worst[connection->from_workload * n + walk->ends[i].from];
		else if (connection->from_input == walk->path->from_input)
			before = 0;
		after = before + value_of(&walk->qualities[i], walk->quantity);
		if (connection->to_workload != HK_NO_INDEX)
			lift(&walk->worst[connection->to_workload * n + walk->ends[i].to], after + service_of(walk, connection->to_workload), &changed);
		else if (connection->to_output == walk->path->to_output)
			lift(&walk->worst_at_end, after, &changed);
	}
	return changed;
}

static bool sweep_mean(struct walk *walk, const double *means)
{
	bool changed = false;

	for (size_t i = 0; i < walk->pipeline->model->n_connections; i++) {
		const struct hk_connection *connection = &walk->pipeline->model->connections[i];
		double before = -(double)INFINITY;

		if (connection->from_workload != HK_NO_INDEX)
			before = walk->mean[connection->from_workload];
		else if (connection->from_input == walk->path->from_input)
			before = 0;
		if (connection->to_workload != HK_NO_INDEX)
			lift(&walk->mean[connection->to_workload], before + means[i] + service_of(walk, connection->to_workload), &changed);
		else if (connection->to_output == walk->path->to_output)
			lift(&walk->mean_at_end, before + means[i], &changed);
	}
	return changed;
}

static uint32_t position(const uint32_t *clusters, size_t n, uint32_t cluster)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (clusters[middle] < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void open_walk(struct walk *walk)
{
	const struct hk_check_pipeline *pipeline = walk->pipeline;
	size_t n = walk->n, count = pipeline->model->n_workloads;

	walk->worst = hk_arena_array(walk->arena, count * n + 1, sizeof *walk->worst);
	walk->mean = hk_arena_array(walk->arena, count + 1, sizeof *walk->mean);
	for (size_t i = 0; i < count * n; i++)
		walk->worst[i] = -(double)INFINITY;
	for (size_t i = 0; i < count; i++)
		walk->mean[i] = -(double)INFINITY;
	walk->worst_at_end = walk->mean_at_end = -(double)INFINITY;
	if (walk->path->from_workload == HK_NO_INDEX)
		return;
	const struct hk_check_workload *start = &pipeline->workloads[walk->path->from_workload];

	walk->mean[walk->path->from_workload] = service_of(walk, walk->path->from_workload);
	for (size_t i = 0; i < start->n_places; i++)
		if (start->places[i].load >= HK_CHECK_ZERO)
			walk->worst[walk->path->from_workload * n + position(walk->clusters, n, start->places[i].cluster)] = service_of(walk,
			    walk->path->from_workload);
}

static void run_walk(struct walk *walk)
{
	const struct hk_pipeline *model = walk->pipeline->model;
	double *means = hk_arena_array(walk->arena, model->n_connections + 1, sizeof *means);

	open_walk(walk);
	for (size_t i = 0; i < walk->pipeline->n_flows; i++)
		means[walk->pipeline->flows[i].connection] += walk->pipeline->flows[i].share * value_of(&walk->qualities[i], walk->quantity);
	for (size_t sweep = 0; sweep <= model->n_workloads && sweep_worst(walk); sweep++)
		;
	for (size_t sweep = 0; sweep <= model->n_workloads && sweep_mean(walk, means); sweep++)
		;
	if (walk->path->to_workload == HK_NO_INDEX)
		return;
	walk->mean_at_end = walk->mean[walk->path->to_workload];
	for (size_t c = 0; c < walk->n; c++)
		walk->worst_at_end = fmax(walk->worst_at_end, walk->worst[walk->path->to_workload * walk->n + c]);
}

/* "name@cluster" cut in two at its last '@', into the arena. */
static bool split_step(struct hk_check *check, struct hk_str step, const char **name, const char **cluster)
{
	size_t at = step.n;

	while (at > 0 && step.s[at - 1] != '@')
		at--;
	if (at < 2 || at == step.n)
		return false;
	*name = hk_arena_slicedup(&check->arena, (struct hk_str){ step.s, at - 1 });
	*cluster = hk_arena_slicedup(&check->arena, (struct hk_str){ step.s + at, step.n - at });
	return true;
}

static struct hk_str next_step(const char **rest)
{
	const char *start = *rest, *end = strstr(start, " > ");

	*rest = end ? end + 3 : NULL;
	return (struct hk_str){ start, end ? (size_t)(end - start) : strlen(start) };
}

/* The flow between two steps of a route, or NULL. */
static const struct hk_check_flow *flow_between(const struct hk_check *check, const struct hk_check_pipeline *pipeline, const char *const step[4])
{
	for (size_t i = 0; i < pipeline->n_flows; i++) {
		const struct hk_check_flow *flow = &pipeline->flows[i];
		const struct hk_plan_connection *connection = &pipeline->plan->connections[flow->connection];

		if (!strcmp(connection->from, step[0]) && !strcmp(check->model->clusters[flow->from].name, step[1]) && !strcmp(connection->to, step[2]) &&
		    !strcmp(check->model->clusters[flow->to].name, step[3]))
			return flow;
	}
	return NULL;
}

/* Walk the route as written: it must consist of flows, run from end to end of the path and take as long as the worst. Negative when it does not. */
static double route_latency(const struct walk *walk, const struct hk_plan_path *plan)
{
	const struct hk_check_pipeline *pipeline = walk->pipeline;
	const char *rest = plan->worst_route, *step[4] = { 0 };
	double sum = walk->path->from_workload != HK_NO_INDEX ? pipeline->model->workloads[walk->path->from_workload].service_time : 0;

	if (!split_step(walk->check, next_step(&rest), &step[0], &step[1]) || strcmp(step[0], plan->from))
		return -1;
	while (rest) {
		if (!split_step(walk->check, next_step(&rest), &step[2], &step[3]))
			return -1;
		const struct hk_check_flow *flow = flow_between(walk->check, pipeline, step);

		if (!flow)
			return -1;
		const struct hk_connection *connection = &pipeline->model->connections[flow->connection];

		sum += walk->qualities[flow - pipeline->flows].latency;
		sum += connection->to_workload != HK_NO_INDEX ? pipeline->model->workloads[connection->to_workload].service_time : 0;
		step[0] = step[2];
		step[1] = step[3];
	}
	return strcmp(step[0], plan->to) ? -1 : sum;
}

static double or_zero(double value)
{
	return isfinite(value) ? value : 0;
}

static void check_limit(struct hk_check *check, const char *where, const char *quantity, const struct hk_bound *bound, double worst)
{
	if (bound->has_limit && !(worst <= bound->limit * (1 + HK_CHECK_RELATIVE) + 1e-15))
		hk_check_violation(check, HK0829, "%s: the worst %s in use is %s, limit %s", where, quantity, hk_check_number(check, worst),
				   hk_check_number(check, bound->limit));
}

static void check_path(struct hk_check *check, struct walk *walk, size_t index)
{
	const struct hk_check_pipeline *pipeline = walk->pipeline;
	const struct hk_path *path = &pipeline->model->paths[index];
	const struct hk_plan_path *plan = &pipeline->plan->paths[index];
	const struct hk_bound *bounds[N_QUANTITIES] = { &path->bounds.latency, &path->bounds.jitter, &path->bounds.loss };
	const char *where = hk_arena_printf(&check->arena, "%s: path %s -> %s", pipeline->model->name, plan->from, plan->to);
	double worst[N_QUANTITIES], mean[N_QUANTITIES], late = 0;

	walk->path = path;
	for (enum quantity q = LATENCY; q < N_QUANTITIES; q++) {
		walk->quantity = q;
		run_walk(walk);
		worst[q] = or_zero(walk->worst_at_end);
		mean[q] = or_zero(walk->mean_at_end);
		double request = q == LOSS ? -log1p(-bounds[q]->request) : bounds[q]->request;

		if (bounds[q]->has_request && mean[q] > request * (1 + 1e-12))
			late += mean[q] - request;
	}
	worst[LOSS] = -expm1(-worst[LOSS]);
	check_limit(check, where, "latency", bounds[LATENCY], worst[LATENCY]);
	check_limit(check, where, "jitter", bounds[JITTER], worst[JITTER]);
	check_limit(check, where, "loss", bounds[LOSS], worst[LOSS]);
	hk_check_stated(check, plan->latency_mean, mean[LATENCY], "%s: mean latency", where);
	hk_check_stated(check, plan->latency_worst, worst[LATENCY], "%s: worst latency", where);
	hk_check_stated(check, plan->jitter_worst, worst[JITTER], "%s: worst jitter", where);
	hk_check_stated(check, plan->loss_worst, worst[LOSS], "%s: worst loss", where);
	if ((late > 0) != plan->misses_request)
		hk_check_violation(check, HK0834, "%s is stated to %s its requests", where, plan->misses_request ? "miss" : "meet");
	if (plan->worst_route && !hk_check_agrees(route_latency(walk, plan), worst[LATENCY]))
		hk_check_violation(check, HK0834, "%s: '%s' is not its worst route", where, plan->worst_route);
	double rate = path->from_input != HK_NO_INDEX ? pipeline->model->inputs[path->from_input].rate : pipeline->workloads[path->from_workload].rate;

	check->requests += pipeline->model->objective.request * rate * late;
}

static int ascending(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Clusters with traffic or replicas, and where in their list the ends of each flow are. */
static void list_clusters(struct walk *walk)
{
	const struct hk_check_pipeline *pipeline = walk->pipeline;
	size_t most = 2 * pipeline->n_flows, kept = 0, n = 0;
	struct ends *ends;
	uint32_t *clusters;

	for (size_t w = 0; w < pipeline->model->n_workloads; w++)
		most += pipeline->workloads[w].n_places;
	clusters = hk_arena_array(walk->arena, most + 1, sizeof *clusters);
	for (size_t i = 0; i < pipeline->n_flows; i++) {
		clusters[n++] = pipeline->flows[i].from;
		clusters[n++] = pipeline->flows[i].to;
	}
	for (size_t w = 0; w < pipeline->model->n_workloads; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_places; i++)
			clusters[n++] = pipeline->workloads[w].places[i].cluster;
	qsort(clusters, n, sizeof *clusters, ascending);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || clusters[kept - 1] != clusters[i])
			clusters[kept++] = clusters[i];
	walk->clusters = clusters;
	walk->n = kept;
	walk->ends = ends = hk_arena_array(walk->arena, pipeline->n_flows + 1, sizeof *ends);
	for (size_t i = 0; i < pipeline->n_flows; i++)
		ends[i] = (struct ends){ position(clusters, kept, pipeline->flows[i].from), position(clusters, kept, pipeline->flows[i].to) };
}

void hk_check_paths(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_check_quality *qualities;
	struct walk walk = { .check = check, .pipeline = pipeline, .arena = &arena };

	if (pipeline->model->n_paths == 0)
		return;
	qualities = hk_arena_array(&arena, pipeline->n_flows + 1, sizeof *qualities);
	for (size_t i = 0; i < pipeline->n_flows; i++)
		qualities[i] = hk_check_connection_quality(check, pipeline->model, &pipeline->model->connections[pipeline->flows[i].connection],
							   pipeline->flows[i].from, pipeline->flows[i].to);
	walk.qualities = qualities;
	list_clusters(&walk);
	for (size_t i = 0; i < pipeline->model->n_paths; i++)
		check_path(check, &walk, i);
	hk_arena_release(&arena);
}
