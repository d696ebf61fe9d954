/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "place/domain.h"
#include "place/route.h"

#include <math.h>

#define SEED 77u
#define N 6u

static const char *const names[N] = { "a", "b", "c", "d", "e", "f" };

struct world { struct hk_cluster clusters[N]; struct hk_link links[64]; struct hk_model model; };

static void start(struct world *w)
{
	memset(w, 0, sizeof *w);
	for (uint32_t c = 0; c < N; c++)
		w->clusters[c].name = names[c];
	w->model.clusters = w->clusters;
	w->model.n_clusters = N;
	w->model.links = w->links;
}

static void add_link(struct world *w, uint32_t from, uint32_t to, double latency, double bandwidth)
{
	w->links[w->model.n_links++] = (struct hk_link){ .from = from, .to = to, .latency = latency, .jitter = 0.001, .loss = 0.1, .bandwidth = bandwidth,
							 .price = 2,
							 .availability = 1 };
}

static int by_ends(const void *a, const void *b)
{
	const struct hk_link *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->latency > y->latency) - (x->latency < y->latency);
}

/* Best simple path found by trying them all. */
struct best { bool found; uint64_t nanoseconds; uint32_t hops, path[N]; };
struct walk { const struct world *w; uint32_t to, path[N], length; bool seen[N]; uint64_t nanoseconds; struct best best; };

static bool walk_is_better(const struct walk *walk)
{
	const struct best *best = &walk->best;

	if (!best->found || walk->nanoseconds != best->nanoseconds)
		return !best->found || walk->nanoseconds < best->nanoseconds;
	if (walk->length - 1 != best->hops)
		return walk->length - 1 < best->hops;
	for (uint32_t i = 0; i < walk->length; i++)
		if (walk->path[i] != best->path[i])
			return walk->path[i] < best->path[i];
	return false;
}

static void try_all(struct walk *walk)
{
	uint32_t at = walk->path[walk->length - 1];

	if (at == walk->to) {
		if (walk_is_better(walk)) {
			walk->best = (struct best){ true, walk->nanoseconds, walk->length - 1, { 0 } };
			memcpy(walk->best.path, walk->path, sizeof walk->path);
		}
		return;
	}
	for (size_t l = 0; l < walk->w->model.n_links; l++) {
		const struct hk_link *link = &walk->w->links[l];
		uint64_t nanoseconds = (uint64_t)llround(link->latency * 1e9);

		if (link->from != at || walk->seen[link->to])
			continue;
		walk->seen[link->to] = true;
		walk->path[walk->length++] = link->to;
		walk->nanoseconds += nanoseconds;
		try_all(walk);
		walk->nanoseconds -= nanoseconds;
		walk->length--;
		walk->seen[link->to] = false;
	}
}

static void compare(const struct world *w, const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	const struct hk_route between = hk_route_between(routes, from, to), *route = &between;
	uint32_t last = hk_route_last_link(routes, from, to);
	struct walk walk = { .w = w, .to = to, .path = { from }, .length = 1 };

	walk.seen[from] = true;
	try_all(&walk);
	assert_int_equal(route->reachable, walk.best.found);
	if (!walk.best.found)
		return;
	assert_int_equal(llround(route->latency * 1e9), walk.best.nanoseconds);
	assert_int_equal(route->n_links, walk.best.hops);
	for (uint32_t i = route->n_links; i-- > 0; last = hk_route_last_link(routes, from, w->links[last].from)) {
		assert_int_not_equal(last, HK_NO_INDEX);
		assert_int_equal(w->links[last].from, walk.best.path[i]);
		assert_int_equal(w->links[last].to, walk.best.path[i + 1]);
	}
	assert_int_equal(last, HK_NO_INDEX);
}

static void equals_all_simple_paths(void **state)
{
	struct hk_rng rng;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 200; round++) {
		struct world w;
		uint32_t n_links = 4 + (uint32_t)hk_rng_below(&rng, 20);

		start(&w);
		/* Few distinct latencies, zero among them: ties are the point. */
		for (uint32_t l = 0; l < n_links; l++)
			add_link(&w, (uint32_t)hk_rng_below(&rng, N), (uint32_t)hk_rng_below(&rng, N), (double)hk_rng_below(&rng, 4) * 0.001, 1e9);
		qsort(w.links, w.model.n_links, sizeof *w.links, by_ends);
		struct hk_routes *routes = hk_routes_open(&w.model);

		for (uint32_t from = 0; from < N; from++)
			for (uint32_t to = 0; to < N; to++)
				compare(&w, routes, from, to);
		hk_routes_close(routes);
	}
}

static void adds_up_along_the_route(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add_link(&w, 0, 1, 0.001, 5e9);
	add_link(&w, 1, 2, 0.004, 1e9);
	struct hk_routes *routes = hk_routes_open(&w.model);
	const struct hk_route route = hk_route_between(routes, 0, 2), own = hk_route_between(routes, 1, 1);

	assert_true(route.latency == 0.005);
	assert_true(fabs(route.jitter - 0.002) < 1e-15);
	assert_true(fabs(route.loss - 0.19) < 1e-15);
	assert_true(route.bandwidth == 1e9);
	assert_true(route.price == 4);
	assert_false(hk_route_between(routes, 2, 0).reachable);
	assert_true(own.reachable && own.latency == 0 && isinf(own.bandwidth) && own.n_links == 0);
	hk_routes_close(routes);
}

static void parallel_links_prefer_latency_then_bandwidth_then_order(void **state)
{
	struct world w;

	(void)state;
	start(&w);
	add_link(&w, 0, 1, 0.0010000000001, 1e9);      /* the same nanosecond as the next ones */
	add_link(&w, 0, 1, 0.0010000000002, 4e9);
	add_link(&w, 0, 1, 0.0010000000003, 4e9);
	add_link(&w, 0, 1, 0.002, 9e9);
	struct hk_routes *routes = hk_routes_open(&w.model);

	assert_int_equal(hk_route_between(routes, 0, 1).n_links, 1);
	assert_int_equal(hk_route_last_link(routes, 0, 1), 1);
	hk_routes_close(routes);
}

static void measured_values_replace_and_sites_add(void **state)
{
	struct world w;
	struct hk_pair_metric metrics[2] = { { .from = 0, .to = 1, .latency = 0.02, .jitter = NAN, .loss = NAN, .bandwidth = 7 },
					     { .from = 1, .to = 0, .latency = 0.02, .jitter = 0.5, .loss = 0.5, .bandwidth = 7 } };
	struct hk_site sites[1] = { { .name = "s", .cluster = 0, .latency = 0.003, .jitter = 0.01, .loss = 0.5, .bandwidth = 3 } };
	struct hk_problem problem = { .model = &w.model };

	(void)state;
	start(&w);
	add_link(&w, 0, 1, 0.001, 5e9);
	w.model.pair_metrics = metrics;
	w.model.n_pair_metrics = 2;
	w.model.sites = sites;
	w.model.n_sites = 1;
	struct hk_routes *routes = problem.routes = hk_routes_open(&w.model);
	const struct hk_route measured = hk_route_between(routes, 0, 1);
	struct hk_hop hop = hk_route_hop(&problem, 0, 0, 1, HK_NO_INDEX);

	assert_true(measured.latency == 0.02 && measured.jitter == 0.001 && measured.bandwidth == 7);
	assert_false(hk_route_between(routes, 1, 0).reachable);
	assert_true(hop.reachable && fabs(hop.latency - 0.023) < 1e-15 && fabs(hop.jitter - 0.011) < 1e-15 && hop.bandwidth == 3);
	assert_true(fabs(hop.loss - 0.55) < 1e-15);
	hk_routes_close(routes);
}

static void domains_are_named_by_their_smallest_cluster(void **state)
{
	struct world w;
	uint32_t of[N];
	struct hk_label labels[] = { { "tier", "edge" } };

	(void)state;
	start(&w);
	w.clusters[1].region = w.clusters[4].region = "west";
	w.clusters[2].failure_domain = "e";        /* cluster e, which has no domain of its own */
	w.clusters[3].labels = w.clusters[5].labels = (struct hk_labels){ labels, 1 };
	assert_int_equal(hk_domain_of(&w.model, HK_LEVEL_REGION, 4), 1);
	assert_int_equal(hk_domain_of(&w.model, HK_LEVEL_REGION, 2), 2);
	assert_int_equal(hk_domain_of(&w.model, HK_LEVEL_FAILURE_DOMAIN, 4), 2);
	assert_int_equal(hk_domain_of(&w.model, HK_LEVEL_CLUSTER, 4), 4);
	assert_int_equal(hk_domain_of_label(&w.model, "tier", 5), 3);
	assert_int_equal(hk_domain_of_label(&w.model, "tier", 0), HK_NO_INDEX);
	assert_int_equal(hk_domain_of_label(&w.model, "cluster", 5), 5);
	for (enum hk_level level = HK_LEVEL_NODE; level <= HK_LEVEL_FAILURE_DOMAIN; level++) {
		hk_domain_table(&w.model, level, of);
		for (uint32_t c = 0; c < N; c++)
			assert_int_equal(of[c], hk_domain_of(&w.model, level, c));
	}
	hk_domain_label_table(&w.model, "tier", of);
	for (uint32_t c = 0; c < N; c++)
		assert_int_equal(of[c], hk_domain_of_label(&w.model, "tier", c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_all_simple_paths),
		cmocka_unit_test(adds_up_along_the_route),
		cmocka_unit_test(parallel_links_prefer_latency_then_bandwidth_then_order),
		cmocka_unit_test(measured_values_replace_and_sites_add),
		cmocka_unit_test(domains_are_named_by_their_smallest_cluster),
	};

	return cmocka_run_group_tests_name("place/route", tests, NULL, NULL);
}
