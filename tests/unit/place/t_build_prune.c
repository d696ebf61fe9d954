/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pruning must not lose anything: every arc that some plan uses is there, and a problem with a plan is not called infeasible. */
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

#define SEED 515u
#define N_CLUSTERS 3u
#define MAX_WORKLOADS 4u
#define MAX_EDGES 8u
#define MAX_PATHS 2u

static const char *const names[] = { "a", "b", "c", "d" };

struct world {
	struct hk_cluster clusters[N_CLUSTERS];
	struct hk_link links[N_CLUSTERS * N_CLUSTERS];
	struct hk_endpoint inputs[2], outputs[1];
	struct hk_workload workloads[MAX_WORKLOADS];
	struct hk_connection connections[MAX_EDGES];
	struct hk_path paths[MAX_PATHS];
	uint32_t order[MAX_WORKLOADS];
	double rate[MAX_WORKLOADS], connection_rate[MAX_EDGES];
	struct hk_pipeline pipeline;
	struct hk_model model;
	double latency[N_CLUSTERS][N_CLUSTERS];
	/* The plan at hand: where the load is, where each source place sends each connection's messages. */
	bool loaded[MAX_WORKLOADS][N_CLUSTERS];
	uint32_t send[MAX_EDGES][N_CLUSTERS];
	/* Over all plans. */
	bool used[MAX_EDGES][N_CLUSTERS][N_CLUSTERS], any;
};

static void add_connection(struct world *w, uint32_t from_input, uint32_t from, uint32_t to_output, uint32_t to, double fanout, struct hk_rng *rng)
{
	uint32_t e = (uint32_t)w->pipeline.n_connections++;
	struct hk_connection *connection = &w->connections[e];

	*connection = (struct hk_connection){ .from_input = from_input, .from_workload = from, .to_output = to_output, .to_workload = to, .fanout = fanout };
	if (!hk_rng_below(rng, 3))
		connection->bounds.latency = (struct hk_bound){ .has_limit = true, .limit = (double)hk_rng_below(rng, 6) };
}

static void random_connections(struct world *w, struct hk_rng *rng)
{
	uint32_t n = (uint32_t)w->pipeline.n_workloads;

	for (uint32_t i = 0; i < w->pipeline.n_inputs; i++)
		add_connection(w, i, HK_NO_INDEX, HK_NO_INDEX, i ? (uint32_t)hk_rng_below(rng, n) : 0, 1, rng);
	for (uint32_t v = 1; v < n; v++)
		add_connection(w, HK_NO_INDEX, (uint32_t)hk_rng_below(rng, v), HK_NO_INDEX, v, hk_rng_below(rng, 6) ? 1 : 0, rng);
	if (n > 2 && hk_rng_below(rng, 2))
		add_connection(w, HK_NO_INDEX, 0, HK_NO_INDEX, n - 1, hk_rng_below(rng, 4) ? 1 : 0, rng);
	if (w->pipeline.n_outputs)
		add_connection(w, HK_NO_INDEX, n - 1, 0, HK_NO_INDEX, 1, rng);
}

static void fill_rates(struct world *w)
{
	for (uint32_t v = 0; v < w->pipeline.n_workloads + 1; v++)
		for (uint32_t e = 0; e < w->pipeline.n_connections; e++) {
			const struct hk_connection *connection = &w->connections[e];

			if (connection->to_workload != v && !(v == w->pipeline.n_workloads && connection->to_workload == HK_NO_INDEX))
				continue;
			w->connection_rate[e] = connection->fanout * (connection->from_input != HK_NO_INDEX ? 1 : w->rate[connection->from_workload]);
			if (v < w->pipeline.n_workloads)
				w->rate[v] += w->connection_rate[e];
		}
}

static void random_paths(struct world *w, struct hk_rng *rng)
{
	uint32_t n = (uint32_t)w->pipeline.n_workloads;

	for (size_t p = 0; p < w->pipeline.n_paths; p++) {
		bool from_input = w->pipeline.n_inputs && hk_rng_below(rng, 3), to_output = w->pipeline.n_outputs && hk_rng_below(rng, 2);

		w->paths[p] = (struct hk_path){ .from_input = HK_NO_INDEX, .from_workload = HK_NO_INDEX, .to_output = HK_NO_INDEX, .to_workload = HK_NO_INDEX };
		*(from_input ? &w->paths[p].from_input : &w->paths[p].from_workload) = from_input ? (uint32_t)hk_rng_below(rng, w->pipeline.n_inputs) : 0;
		*(to_output ? &w->paths[p].to_output : &w->paths[p].to_workload) = to_output ? 0 : n - 1;
		w->paths[p].bounds.latency = (struct hk_bound){ .has_limit = true, .limit = (double)hk_rng_below(rng, 12) };
	}
}

static void random_world(struct world *w, struct hk_rng *rng)
{
	memset(w, 0, sizeof *w);
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = N_CLUSTERS, .links = w->links, .pipelines = &w->pipeline, .n_pipelines = 1 };
	for (uint32_t a = 0; a < N_CLUSTERS; a++) {
		w->clusters[a] = (struct hk_cluster){ .name = names[a], .availability = 1, .node_availability = 1, .unlimited = true };
		for (uint32_t b = 0; b < N_CLUSTERS; b++)
			if (a != b)
				w->links[w->model.n_links++] = (struct hk_link){ .from = a, .to = b, .latency = 1 + (double)hk_rng_below(rng, 5),
										 .bandwidth = 1e9 };
	}
	w->pipeline = (struct hk_pipeline){ .name = "p", .inputs = w->inputs, .n_inputs = hk_rng_below(rng, 3), .outputs = w->outputs,
					    .n_outputs = hk_rng_below(rng, 2),
					    .workloads = w->workloads, .n_workloads = 1 + hk_rng_below(rng, MAX_WORKLOADS), .connections = w->connections,
					    .paths = w->paths, .n_paths = 1 + hk_rng_below(rng, MAX_PATHS), .order = w->order, .rate = w->rate,
					    .connection_rate = w->connection_rate, .objective = { 1, 1, 1, 1, 1 } };
	for (uint32_t i = 0; i < 2; i++)
		w->inputs[i] = (struct hk_endpoint){ .name = "i", .site = HK_NO_INDEX, .cluster = (uint32_t)hk_rng_below(rng, N_CLUSTERS), .rate = 1 };
	w->outputs[0] = (struct hk_endpoint){ .name = "o", .site = HK_NO_INDEX, .cluster = (uint32_t)hk_rng_below(rng, N_CLUSTERS) };
	for (uint32_t v = 0; v < w->pipeline.n_workloads; v++) {
		w->order[v] = v;
		w->workloads[v] = (struct hk_workload){ .name = names[v], .capacity = HUGE_VAL, .service_time = (double)hk_rng_below(rng, 3),
							.max_replicas = UINT32_MAX };
	}
	random_connections(w, rng);
	fill_rates(w);
	random_paths(w, rng);
}

static bool arc_allowed(const struct world *w, uint32_t e, uint32_t from, uint32_t to)
{
	const struct hk_bound *bound = &w->connections[e].bounds.latency;

	return !bound->has_limit || w->latency[from][to] <= bound->limit + 1e-9;
}

/* Longest chain of the plan from here to the path's end, -1 when there is none. `at` is a cluster with load of v, or reached by messages. */
static double longest(const struct world *w, const struct hk_path *path, uint32_t v, uint32_t at)
{
	double worst = -1;

	if (v == path->to_workload)
		return 0;
	for (uint32_t e = 0; e < w->pipeline.n_connections; e++) {
		const struct hk_connection *connection = &w->connections[e];
		uint32_t to = w->send[e][at];
		double rest;

		if (connection->from_workload != v || !w->loaded[v][at])
			continue;
		if (connection->to_output != HK_NO_INDEX)
			rest = connection->to_output == path->to_output ? 0 : -1;
		else
			rest = longest(w, path, connection->to_workload, to);
		if (rest < 0)
			continue;
		rest += w->latency[at][to] + (connection->to_output != HK_NO_INDEX ? 0 : w->workloads[connection->to_workload].service_time);
		worst = rest > worst ? rest : worst;
	}
	return worst;
}

static bool path_holds(const struct world *w, const struct hk_path *path)
{
	double limit = path->bounds.latency.limit + 1e-6;

	for (uint32_t c = 0; c < N_CLUSTERS && path->from_workload != HK_NO_INDEX; c++)
		if (w->loaded[path->from_workload][c] && longest(w, path, path->from_workload, c) + w->workloads[path->from_workload].service_time > limit &&
		    longest(w, path, path->from_workload, c) >= 0)
			return false;
	for (uint32_t e = 0; e < w->pipeline.n_connections && path->from_input != HK_NO_INDEX; e++) {
		const struct hk_connection *connection = &w->connections[e];
		uint32_t from = w->inputs[path->from_input].cluster, to = w->send[e][from];
		double rest;

		if (connection->from_input != path->from_input)
			continue;
		rest = longest(w, path, connection->to_workload, to);
		if (rest >= 0 && rest + w->latency[from][to] + w->workloads[connection->to_workload].service_time > limit)
			return false;
	}
	return true;
}

static bool sends_from(const struct world *w, uint32_t e, uint32_t c)
{
	const struct hk_connection *connection = &w->connections[e];

	return connection->from_input != HK_NO_INDEX ? w->inputs[connection->from_input].cluster == c : w->loaded[connection->from_workload][c];
}

static void judge(struct world *w)
{
	for (uint32_t e = 0; e < w->pipeline.n_connections; e++)
		for (uint32_t c = 0; c < N_CLUSTERS; c++)
			/* Messages without a share in the load still go where there is load. */
			if (sends_from(w, e, c) && w->connections[e].to_workload != HK_NO_INDEX && !w->loaded[w->connections[e].to_workload][w->send[e][c]])
				return;
	for (size_t p = 0; p < w->pipeline.n_paths; p++)
		if (!path_holds(w, &w->paths[p]))
			return;
	w->any = true;
	for (uint32_t e = 0; e < w->pipeline.n_connections; e++)
		for (uint32_t c = 0; c < N_CLUSTERS; c++)
			if (sends_from(w, e, c))
				w->used[e][c][w->send[e][c]] = true;
}

static bool has_share(const struct world *w, uint32_t e)
{
	uint32_t v = w->connections[e].to_workload;

	return v != HK_NO_INDEX && (w->rate[v] > 0 ? w->connection_rate[e] > 0 : true);
}

static bool is_entered(const struct world *w, uint32_t v)
{
	for (uint32_t e = 0; e < w->pipeline.n_connections; e++)
		if (w->connections[e].to_workload == v)
			return true;
	return false;
}

/*
 * Every plan in which each place sends each connection's messages to one place: enough to use any arc that can be used. Connections are in topological order.
 */
static void try_from(struct world *w, uint32_t e, uint32_t c)
{
	if (e == w->pipeline.n_connections) {
		judge(w);
		return;
	}
	if (c == N_CLUSTERS) {
		try_from(w, e + 1, 0);
		return;
	}
	if (!sends_from(w, e, c)) {
		try_from(w, e, c + 1);
		return;
	}
	for (uint32_t to = 0; to < N_CLUSTERS; to++) {
		uint32_t v = w->connections[e].to_workload;
		bool before = v != HK_NO_INDEX && w->loaded[v][to];

		if (!arc_allowed(w, e, c, to) || (v == HK_NO_INDEX && to != w->outputs[0].cluster))
			continue;
		w->send[e][c] = to;
		if (has_share(w, e))
			w->loaded[v][to] = true;
		try_from(w, e, c + 1);
		if (v != HK_NO_INDEX)
			w->loaded[v][to] = before;
	}
}

static void try_sources(struct world *w, uint32_t v)
{
	if (v == w->pipeline.n_workloads) {
		try_from(w, 0, 0);
		return;
	}
	if (is_entered(w, v)) {
		try_sources(w, v + 1);
		return;
	}
	for (uint32_t c = 0; c < N_CLUSTERS; c++) {
		w->loaded[v][c] = true;
		try_sources(w, v + 1);
		w->loaded[v][c] = false;
	}
}

static uint32_t cluster_of(const struct hk_block *block, enum hk_end_kind kind, uint32_t end, uint32_t position)
{
	return kind == HK_END_FIXED ? end : block->workloads[end].candidates[position].cluster;
}

/* Connections in the order in which load spreads: by destination, outputs last. */
static int by_destination(const void *a, const void *b)
{
	const struct hk_connection *x = a, *y = b;

	return (x->to_workload > y->to_workload) - (x->to_workload < y->to_workload);
}

static void nothing_usable_is_pruned(void **state)
{
	struct hk_rng rng;
	size_t kept = 0, used = 0, infeasible_worlds = 0, all = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 2000; round++) {
		struct hk_problem problem;
		struct world w;
		bool infeasible;
		bool there[MAX_EDGES][N_CLUSTERS][N_CLUSTERS] = { 0 };

		random_world(&w, &rng);
		qsort(w.connections, w.pipeline.n_connections, sizeof *w.connections, by_destination);
		memset(w.rate, 0, sizeof w.rate);
		fill_rates(&w);
		assert_int_equal(hk_problem_build(&problem, &w.model, NULL, &infeasible, NULL), 0);
		for (uint32_t i = 0; i < N_CLUSTERS * N_CLUSTERS; i++)
			w.latency[i / N_CLUSTERS][i % N_CLUSTERS] = hk_route_between(problem.routes, i / N_CLUSTERS, i % N_CLUSTERS).latency;
		try_sources(&w, 0);
		for (uint32_t e = 0; e < problem.blocks[0].n_edges; e++) {
			const struct hk_edge *edge = &problem.blocks[0].edges[e];

			all += edge->from_kind == HK_END_FIXED ? 3 : 9;
			for (uint32_t a = 0; a < edge->n_arcs; a++)
				there[edge->connection][cluster_of(&problem.blocks[0], edge->from_kind, edge->from, edge->arcs[a].from)]
				     [cluster_of(&problem.blocks[0], edge->to_kind, edge->to, edge->arcs[a].to)] = true;
		}
		for (uint32_t e = 0; e < w.pipeline.n_connections; e++)
			for (uint32_t i = 0; i < N_CLUSTERS * N_CLUSTERS; i++) {
				bool in_use = w.used[e][i / N_CLUSTERS][i % N_CLUSTERS], is_there = there[e][i / N_CLUSTERS][i % N_CLUSTERS];

				if (in_use && !is_there)
					fail_msg("round %d: connection %u, cluster %u to %u is used but pruned", round, e, i / N_CLUSTERS, i % N_CLUSTERS);
				kept += is_there;
				used += in_use;
			}
		if (infeasible && w.any)
			fail_msg("round %d: called infeasible, but there is a plan", round);
		infeasible_worlds += !w.any;
		hk_problem_release(&problem);
	}
	print_message("%zu arcs, %zu kept, %zu of use; %zu worlds without a plan\n", all, kept, used, infeasible_worlds);
	/* It must prune, and not much less than could be. */
	assert_true(kept < all / 2 && (double)used > 0.8 * (double)kept && infeasible_worlds > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_usable_is_pruned) };

	return cmocka_run_group_tests_name("place/build_prune", tests, NULL, NULL);
}
