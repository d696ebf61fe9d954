/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pair of clusters, many qualities: for every set of options on its route that changes what the messages of a connection meet, one arc. Traffic on an arc
 * asks for its set to be bought, so no product of decisions appears. Lossless: lower latency is never worse, and of bandwidth only reaching the limit and
 * reaching the request count.
 */
#include "place/build_internal.h"

#include "place/options.h"

#include <math.h>
#include <stdlib.h>

/* Key of a REACH option. */
struct reach { uint32_t link, unused; double amount; };

static uint32_t reach_option(struct hk_build *build, uint32_t link, double amount)
{
	struct reach *key = hk_arena_alloc(&build->problem->arena, sizeof *key);
	struct hk_option option = { .kind = HK_OPTION_REACH, .link = link, .amount = amount };
	size_t found;

	*key = (struct reach){ .link = link, .amount = amount };
	found = hk_map_get(&build->reach_index, (struct hk_str){ (const char *)key, sizeof *key });
	if (found != HK_MAP_NONE)
		return build->problem->n_options + (uint32_t)found;
	hk_map_put(&build->reach_index, (struct hk_str){ (const char *)key, sizeof *key }, build->reach.n);
	hk_vec_push(&build->reach, option);
	return build->problem->n_options + (uint32_t)build->reach.n - 1;
}

static int compare_options(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static uint32_t needs_of(struct hk_build *build, const uint32_t *options, uint32_t n)
{
	uint32_t *copy;
	size_t found;
	struct hk_str key;

	if (n == 0)
		return 0;
	copy = hk_arena_array(&build->problem->arena, n, sizeof *copy);
	memcpy(copy, options, n * sizeof *copy);
	qsort(copy, n, sizeof *copy, compare_options);
	key = (struct hk_str){ (const char *)copy, n * sizeof *copy };
	found = hk_map_get(&build->needs_index, key);
	if (found != HK_MAP_NONE)
		return (uint32_t)found;
	if (build->needs.n == 0)
		hk_vec_push(&build->needs, (struct hk_needs){ 0 });
	hk_map_put(&build->needs_index, key, build->needs.n);
	hk_vec_push(&build->needs, (struct hk_needs){ copy, n });
	return (uint32_t)build->needs.n - 1;
}

/* What has to be bought so that every link of the route has this bandwidth. False when it cannot be had. */
static bool reach_options(struct hk_build *build, const struct hk_crossings *route, double bandwidth, uint32_t *options, uint32_t *n)
{
	const struct hk_problem *problem = build->problem;

	*n = 0;
	for (size_t i = 0; i < route->n; i++) {
		uint32_t link = route->v[i].link, option = hk_option_of(problem, link, HK_OPTION_BANDWIDTH);
		double missing = bandwidth - build->model->links[link].bandwidth, amount;

		if (!hk_build_exceeds(bandwidth, build->model->links[link].bandwidth))
			continue;
		if (option == HK_NO_INDEX)
			return false;
		amount = hk_option_round(&problem->options[option], missing);
		if (hk_build_exceeds(amount, problem->options[option].amount))
			return false;
		options[(*n)++] = reach_option(build, link, fmin(amount, problem->options[option].amount));
	}
	return true;
}

/* A bandwidth for the pair, and what has to be bought for it. */
struct level { double bandwidth; uint32_t *options; uint32_t n; };

static double site_bandwidth(const struct hk_build *build, const struct hk_connection *connection)
{
	const struct hk_pipeline *pipeline = build->pipeline;
	uint32_t in = connection->from_input != HK_NO_INDEX ? pipeline->inputs[connection->from_input].site : HK_NO_INDEX;
	uint32_t out = connection->to_output != HK_NO_INDEX ? pipeline->outputs[connection->to_output].site : HK_NO_INDEX;
	double least = in != HK_NO_INDEX ? build->model->sites[in].bandwidth : INFINITY;

	return out != HK_NO_INDEX ? fmin(least, build->model->sites[out].bandwidth) : least;
}

/* At most two: the least the limit allows, and the request. */
static uint32_t find_levels(struct hk_build *build, const struct hk_connection *connection, const struct hk_crossings *route, const struct hk_hop *hop,
			    bool measured, struct level *levels)
{
	const struct hk_bound *bound = &connection->bounds.bandwidth;
	double site = site_bandwidth(build, connection), least = bound->has_limit && hk_build_exceeds(bound->limit, hop->bandwidth) ? bound->limit : 0;
	const double wanted[] = { least, bound->has_request && hop->bandwidth < bound->request ? bound->request : 0 };
	uint32_t n = 0;

	for (unsigned i = 0; i < HK_COUNT(wanted); i++) {
		struct level *level = &levels[n];

		if (i > 0 && wanted[i] <= least)
			continue;
		if (wanted[i] > 0 && (measured || hk_build_exceeds(wanted[i], site)))
			continue;
		level->options = hk_arena_array(&build->scratch, route->n + HK_OPTIONS_ON_ROUTE, sizeof *level->options);
		level->bandwidth = wanted[i] > 0 ? wanted[i] : hop->bandwidth;
		if (wanted[i] > 0 ? reach_options(build, route, wanted[i], level->options, &level->n) : (level->n = 0, true))
			n++;
	}
	return n;
}

static uint32_t latency_options(struct hk_build *build, const struct hk_crossings *route, uint32_t *options)
{
	uint32_t n = 0;

	for (size_t i = 0; i < route->n; i++) {
		uint32_t option = hk_option_of(build->problem, route->v[i].link, HK_OPTION_LATENCY);

		if (option == HK_NO_INDEX)
			continue;
		if (n == HK_OPTIONS_ON_ROUTE) {
			build->crowded = true;
			break;
		}
		options[n++] = option;
	}
	return n;
}

/* Seconds off the slowest of the routes when the marked options are bought. */
static double saved_by(const struct hk_build *build, const struct hk_crossings *route, uint32_t from, const uint32_t *latency, uint32_t n, uint32_t set)
{
	double *weights, saved = 0;
	bool one = true;

	for (size_t i = 0; i < route->n; i++)
		one = one && route->v[i].part >= 1;
	for (uint32_t k = 0; one && k < n; k++)
		saved += set >> k & 1 ? build->problem->options[latency[k]].amount : 0;
	if (one || set == 0)
		return saved;
	weights = hk_calloc(route->n + 1, sizeof *weights);
	for (size_t i = 0; i < route->n; i++)
		weights[i] = round(build->model->links[route->v[i].link].latency * 1e9) / 1e9;
	saved = hk_crossings_longest(build->model, route, from, weights);
	for (size_t i = 0; i < route->n; i++)
		for (uint32_t k = 0; k < n; k++)
			weights[i] -= set >> k & 1 && build->problem->options[latency[k]].link == route->v[i].link ? build->problem->options[latency[k]].amount
			    : 0;
	saved -= hk_crossings_longest(build->model, route, from, weights);
	hk_cleanup_free(&weights);
	return saved;
}

void hk_build_variants(struct hk_build *build, const struct hk_connection *connection, uint32_t from, uint32_t to, const struct hk_hop *hop,
		       struct hk_build_variants *out)
{
	const struct hk_crossings *route = &build->crossings;
	double sites = hop->latency - hk_route_between(build->problem->routes, from, to).latency;
	uint32_t latency[HK_OPTIONS_ON_ROUTE], n_latency, n_levels;
	struct level levels[2];

	hk_route_crossings(build->problem->routes, from, to, &build->crossings);
	n_latency = latency_options(build, route, latency);
	n_levels = find_levels(build, connection, route, hop, hk_route_measured_bandwidth(build->model, from, to), levels);

	out->n = 0;
	for (uint32_t i = 0; i < n_levels; i++)
		for (uint32_t set = 0; set < 1u << n_latency; set++) {
			struct hk_hop better = *hop;
			uint32_t n = levels[i].n;
			double saved = saved_by(build, route, from, latency, n_latency, set);

			for (uint32_t k = 0; k < n_latency; k++)
				if (set >> k & 1)
					levels[i].options[n++] = latency[k];
			/* the route's part of the latency; what a site adds is not for sale */
			better.latency = saved > 0 ? sites + fmax(0, hop->latency - sites - saved) : hop->latency;
			better.bandwidth = levels[i].bandwidth;
			out->v[out->n++] = (struct hk_build_variant){ better, needs_of(build, levels[i].options, n) };
		}
}

void hk_build_needs_finish(struct hk_build *build)
{
	struct hk_problem *problem = build->problem;
	struct hk_option *options = problem->options;

	if (problem->n_options > 0) {
		problem->options = hk_arena_array(&problem->arena, problem->n_options + build->reach.n, sizeof *options);
		memcpy(problem->options, options, problem->n_options * sizeof *options);
		if (build->reach.n > 0)
			memcpy(problem->options + problem->n_options, build->reach.v, build->reach.n * sizeof *options);
		problem->n_options += (uint32_t)build->reach.n;
	}
	if (build->needs.n > 0) {
		problem->needs = hk_arena_array(&problem->arena, build->needs.n, sizeof *problem->needs);
		memcpy(problem->needs, build->needs.v, build->needs.n * sizeof *problem->needs);
		problem->n_needs = (uint32_t)build->needs.n;
	}
	hk_vec_release(&build->crossings);
	hk_vec_release(&build->reach);
	hk_vec_release(&build->needs);
	hk_map_release(&build->reach_index);
	hk_map_release(&build->needs_index);
}
