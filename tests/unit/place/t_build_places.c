/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In a topology too large to look at every cluster for every workload nothing is overlooked: candidates against a fixpoint over all clusters and all pairs of
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "place/route.h"
#include "place/solve.h"

#include <math.h>

#define SEED 4711u
enum { CLUSTERS = 150, LINKS = 4 * CLUSTERS, CHAIN = 4 };

struct world {
	struct hk_cluster clusters[CLUSTERS];
	struct hk_label labels[CLUSTERS][1];
	char names[CLUSTERS][8];
	double price[1], request[1];
	struct hk_link links[LINKS];
	struct hk_endpoint input, output;
	struct hk_workload workloads[CHAIN];
	struct hk_selector_term terms[CHAIN];
	const char *wanted[CHAIN][1];
	struct hk_connection connections[CHAIN + 1];
	uint32_t order[CHAIN];
	double rate[CHAIN], connection_rate[CHAIN + 1];
	struct hk_pipeline pipeline;
	const char *resources[1];
	struct hk_model model;
	bool can[CHAIN][CLUSTERS];
};

static int by_ends(const void *a, const void *b)
{
	const struct hk_link *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static void add_link(struct world *w, uint32_t a, uint32_t b, double latency)
{
	w->links[w->model.n_links++] = (struct hk_link){ .from = a, .to = b, .latency = latency, .bandwidth = INFINITY, .availability = 1 };
	w->links[w->model.n_links++] = (struct hk_link){ .from = b, .to = a, .latency = latency, .bandwidth = INFINITY, .availability = 1 };
}

static void random_topology(struct world *w, struct hk_rng *rng)
{
	static const char *const zones[] = { "a", "b" };

	for (uint32_t c = 0; c < CLUSTERS; c++) {
		snprintf(w->names[c], sizeof w->names[c], "c%03u", c);
		w->labels[c][0] = (struct hk_label){ "zone", zones[hk_rng_below(rng, 8) == 0] };
		w->clusters[c] = (struct hk_cluster){ .name = w->names[c], .labels = { w->labels[c], 1 }, .availability = 1, .node_availability = 1,
						      .price = w->price, .unlimited = true };
		if (c > 0)
			add_link(w, (uint32_t)hk_rng_below(rng, c), c, 0.001 * (double)(1 + hk_rng_below(rng, 4)));
	}
	qsort(w->links, w->model.n_links, sizeof *w->links, by_ends);
}

static struct hk_bounds random_limit(struct hk_rng *rng)
{
	struct hk_bounds bounds = { 0 };

	bounds.latency.has_limit = hk_rng_below(rng, 5) > 0;
	bounds.latency.limit = 0.001 * (double)(2 + hk_rng_below(rng, 12));
	return bounds;
}

static void random_world(struct world *w, struct hk_rng *rng)
{
	memset(w, 0, sizeof *w);
	w->resources[0] = "cpu";
	w->request[0] = 1;
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = CLUSTERS, .links = w->links, .pipelines = &w->pipeline, .n_pipelines = 1,
				      .resources = w->resources,
				      .n_resources = 1 };
	random_topology(w, rng);
	w->input = (struct hk_endpoint){ .name = "in", .site = HK_NO_INDEX, .cluster = (uint32_t)hk_rng_below(rng, CLUSTERS), .rate = 10 };
	w->output = (struct hk_endpoint){ .name = "out", .site = HK_NO_INDEX, .cluster = (uint32_t)hk_rng_below(rng, CLUSTERS) };
	w->pipeline = (struct hk_pipeline){ .name = "p", .inputs = &w->input, .n_inputs = 1, .outputs = &w->output, .n_outputs = 1, .workloads = w->workloads,
					    .n_workloads = CHAIN,
					    .connections = w->connections, .n_connections = CHAIN + 1, .order = w->order, .rate = w->rate,
					    .connection_rate = w->connection_rate,
					    .objective = { .cost = 1 } };
	for (uint32_t i = 0; i < CHAIN; i++) {
		w->wanted[i][0] = "a";
		w->terms[i] = (struct hk_selector_term){ "zone", HK_OP_IN, w->wanted[i], 1 };
		w->workloads[i] = (struct hk_workload){ .name = "w", .request = w->request, .capacity = 100, .min_replicas = 1, .max_replicas = 5,
							.require = { w->terms, hk_rng_below(rng, 3) == 0, { 0 } } };
		w->order[i] = i;
		w->rate[i] = 10;
	}
	for (uint32_t i = 0; i <= CHAIN; i++) {
		w->connections[i] = (struct hk_connection){ .from_input = i == 0 ? 0 : HK_NO_INDEX, .from_workload = i == 0 ? HK_NO_INDEX : i - 1,
							    .to_output = i == CHAIN ? 0 : HK_NO_INDEX, .to_workload = i == CHAIN ? HK_NO_INDEX : i, .fanout = 1,
							    .bounds = random_limit(rng) };
		w->connection_rate[i] = 10;
	}
}

static bool near(const struct world *w, const struct hk_routes *routes, uint32_t connection, uint32_t from, uint32_t to)
{
	const struct hk_bound *latency = &w->connections[connection].bounds.latency;

	return !latency->has_limit || hk_route_between(routes, from, to).latency <= latency->limit * (1 + 1e-9);
}

/* Some able cluster at the other end of the connection. */
static bool joined(const struct world *w, const struct hk_routes *routes, uint32_t connection, uint32_t cluster, bool entering)
{
	if (entering && connection == 0)
		return near(w, routes, connection, w->input.cluster, cluster);
	if (!entering && connection == CHAIN)
		return near(w, routes, connection, cluster, w->output.cluster);
	for (uint32_t other = 0; other < CLUSTERS; other++)
		if (w->can[entering ? connection - 1 : connection][other] &&
		    (entering ? near(w, routes, connection, other, cluster) : near(w, routes, connection, cluster, other)))
			return true;
	return false;
}

static void strike_out(struct world *w, const struct hk_routes *routes)
{
	for (uint32_t i = 0; i < CHAIN; i++)
		for (uint32_t c = 0; c < CLUSTERS; c++)
			w->can[i][c] = hk_selector_matches(&w->workloads[i].require, &w->clusters[c].labels);
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t i = 0; i < CHAIN; i++)
			for (uint32_t c = 0; c < CLUSTERS; c++)
				if (w->can[i][c] && !(joined(w, routes, i, c, true) && joined(w, routes, i + 1, c, false))) {
					w->can[i][c] = false;
					changed = true;
				}
	}
}

static void nothing_is_overlooked(void **state)
{
	struct world *w = malloc(sizeof *w);
	struct hk_rng rng;
	size_t kept = 0, all = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 30; round++) {
		struct hk_problem problem;
		bool infeasible, possible = true;

		random_world(w, &rng);
		assert_int_equal(hk_problem_build(&problem, &w->model, NULL, &infeasible, NULL), 0);
		strike_out(w, problem.routes);
		for (uint32_t i = 0; i < CHAIN; i++) {
			const struct hk_place_workload *placed = &problem.blocks[0].workloads[i];
			uint32_t at = 0;

			for (uint32_t c = 0; c < CLUSTERS; c++) {
				bool there = at < placed->n_candidates && placed->candidates[at].cluster == c;

				assert_int_equal(there, w->can[i][c]);
				at += there;
			}
			possible = possible && at > 0;
			kept += at;
			all += CLUSTERS;
		}
		assert_int_equal(infeasible, !possible);
		hk_problem_release(&problem);
	}
	assert_true(kept > all / 50 && kept < all / 2);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_is_overlooked) };

	return cmocka_run_group_tests_name("place/places", tests, NULL, NULL);
}
