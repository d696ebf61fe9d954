/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each used pair of clusters against the limits of its connection, all traffic together against the bandwidth of the links, and what the plan states about
 * both.
 */
#include "place/check_internal.h"

#include <math.h>
#include <string.h>

static bool is_over(double value, double limit)
{
	return !(value <= limit * (1 + HK_CHECK_RELATIVE) + 1e-15);
}

static void check_limit(struct hk_check *check, const char *where, const char *from, const char *to, const char *quantity, const struct hk_bound *bound,
			double value, bool more_is_better)
{
	if (!bound->has_limit || !(more_is_better ? is_over(bound->limit, value) : is_over(value, bound->limit)))
		return;
	hk_check_violation(check, HK0827, "%s: %s from '%s' to '%s' is %s, limit %s", where, quantity, from, to, hk_check_number(check, value),
			   hk_check_number(check, bound->limit));
}

static void check_flow(struct hk_check *check, const char *where, const struct hk_connection *connection, const struct hk_check_flow *flow,
		       const struct hk_check_quality *quality)
{
	const char *from = check->model->clusters[flow->from].name, *to = check->model->clusters[flow->to].name;

	if (!quality->reachable) {
		hk_check_violation(check, HK0827, "%s: there is no route from '%s' to '%s'", where, from, to);
		return;
	}
	check_limit(check, where, from, to, "latency", &connection->bounds.latency, quality->latency, false);
	check_limit(check, where, from, to, "jitter", &connection->bounds.jitter, quality->jitter, false);
	check_limit(check, where, from, to, "loss", &connection->bounds.loss, quality->loss, false);
	check_limit(check, where, from, to, "bandwidth", &connection->bounds.bandwidth, quality->bandwidth, true);
	hk_check_stated(check, flow->target->latency, quality->latency, "%s: latency from '%s' to '%s'", where, from, to);
	hk_check_stated(check, flow->target->jitter, quality->jitter, "%s: jitter from '%s' to '%s'", where, from, to);
	hk_check_stated(check, flow->target->loss, quality->loss, "%s: loss from '%s' to '%s'", where, from, to);
}

static bool is_late(double value, const struct hk_bound *bound)
{
	return bound->has_request && value > bound->request * (1 + 1e-12);
}

static void check_connection(struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t index)
{
	const struct hk_connection *connection = &pipeline->model->connections[index];
	const struct hk_plan_connection *plan = &pipeline->plan->connections[index];
	const char *where = hk_arena_printf(&check->arena, "%s: %s -> %s", pipeline->model->name, plan->from, plan->to);
	struct hk_check_quality worst = { .bandwidth = (double)INFINITY };
	double mean = 0;

	for (size_t i = 0; i < pipeline->n_flows; i++) {
		const struct hk_check_flow *flow = &pipeline->flows[i];

		if (flow->connection != index)
			continue;
		struct hk_check_quality quality = hk_check_connection_quality(check, pipeline->model, connection, flow->from, flow->to);

		check_flow(check, where, connection, flow, &quality);
		mean += flow->share * quality.latency;
		worst.latency = fmax(worst.latency, quality.latency);
		worst.jitter = fmax(worst.jitter, quality.jitter);
		worst.loss = fmax(worst.loss, quality.loss);
		worst.bandwidth = fmin(worst.bandwidth, quality.bandwidth);
	}
	hk_check_stated(check, plan->latency_mean, mean, "%s: mean latency", where);
	hk_check_stated(check, plan->latency_worst, worst.latency, "%s: worst latency", where);
	hk_check_stated(check, plan->jitter_worst, worst.jitter, "%s: worst jitter", where);
	hk_check_stated(check, plan->loss_worst, worst.loss, "%s: worst loss", where);
	hk_check_stated(check, plan->bandwidth_least, worst.bandwidth, "%s: least bandwidth", where);
	const struct hk_bound *bandwidth = &connection->bounds.bandwidth;
	bool late = is_late(worst.latency, &connection->bounds.latency) || is_late(worst.jitter, &connection->bounds.jitter) ||
	    is_late(worst.loss, &connection->bounds.loss) ||
		    (bandwidth->has_request && worst.bandwidth * (1 + 1e-12) < bandwidth->request);

	if (late != plan->misses_request)
		hk_check_violation(check, HK0834, "%s is stated to %s its requests", where, plan->misses_request ? "miss" : "meet");
}

void hk_check_connections(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	for (uint32_t i = 0; i < pipeline->model->n_connections; i++)
		check_connection(check, pipeline, i);
}

/* Adds the traffic of a pipeline to each link on its routes, and what a tolerance on its shares would be there. */
static void add_traffic(struct hk_check *check, const struct hk_check_pipeline *pipeline, double *used, double *slack)
{
	for (size_t i = 0; i < pipeline->n_flows; i++) {
		const struct hk_check_flow *flow = &pipeline->flows[i];
		double whole = 8 * pipeline->model->connections[flow->connection].size * pipeline->connection_rate[flow->connection];

		if (check->equal) {
			hk_check_equal_traffic(check, flow->from, flow->to, whole * flow->share, used);
			hk_check_equal_traffic(check, flow->from, flow->to, whole * HK_CHECK_SHARE, slack);
			continue;
		}
		for (uint32_t at = flow->from; at != flow->to;) {
			uint32_t l = hk_check_next_link(check, at, flow->to);

			if (l == HK_NO_INDEX)
				break;
			used[l] += whole * flow->share;
			slack[l] += whole * HK_CHECK_SHARE;
			at = check->model->links[l].to;
		}
	}
}

void hk_check_links(struct hk_check *check)
{
	const struct hk_model *model = check->model;
	double *used = hk_arena_array(&check->arena, model->n_links + 1, sizeof *used),
	    *slack = hk_arena_array(&check->arena, model->n_links + 1, sizeof *slack);
	size_t stated = 0;

	for (size_t p = 0; p < check->n_pipelines; p++)
		add_traffic(check, &check->pipelines[p], used, slack);
	for (size_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];
		const char *from = model->clusters[link->from].name, *to = model->clusters[link->to].name;

		if (used[l] <= 0)
			continue;
		double bandwidth = hk_check_link_bandwidth(check, (uint32_t)l);

		if (!(used[l] <= bandwidth * (1 + HK_CHECK_RELATIVE) + slack[l]))
			hk_check_violation(check, HK0828, "the link from '%s' to '%s' has %s bit/s, the plan puts %s on it", from, to,
					   hk_check_number(check, bandwidth), hk_check_number(check, used[l]));
		if (stated == check->plan->n_links || strcmp(check->plan->links[stated].from, from) || strcmp(check->plan->links[stated].to, to)) {
			hk_check_violation(check, HK0821, "the plan's list of links lacks '%s' to '%s', which carries traffic", from, to);
			continue;
		}
		hk_check_stated(check, check->plan->links[stated].used, used[l], "link '%s' to '%s': use", from, to);
		hk_check_stated(check, check->plan->links[stated].capacity, bandwidth, "link '%s' to '%s': capacity", from, to);
		stated++;
	}
	if (stated < check->plan->n_links)
		hk_check_violation(check, HK0820, "the plan's list of links has '%s' to '%s', which is unknown, unused or out of order",
				   check->plan->links[stated].from, check->plan->links[stated].to);
}
