/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes in any order of asking, as far as asked, and from several threads, against all pairs at once (Floyd and Warshall). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "place/check_internal.h"
#include "place/route.h"

#include <math.h>
#include <pthread.h>

#define SEED 1962u
enum { MOST = 120, LINKS = 600, FAR = 1000000000, THREADS = 3 };

struct world {
	struct hk_cluster clusters[MOST];
	char names[MOST][16];
	struct hk_link links[LINKS];
	struct hk_pair_metric metrics[20];
	struct hk_model model;
	long milliseconds[MOST][MOST], hops[MOST][MOST];
};

static int by_ends(const void *a, const void *b)
{
	const struct hk_link *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->latency > y->latency) - (x->latency < y->latency);
}

static void add_link(struct world *w, uint32_t from, uint32_t to, unsigned milliseconds)
{
	w->links[w->model.n_links++] = (struct hk_link){ .from = from, .to = to, .latency = milliseconds * 0.001, .jitter = 0.0001 * (from + 1), .loss = 0.001,
							 .price = to,
							 .bandwidth = 1e9 + 1e6 * from };
}

/* Islands, long chains and dense corners; few distinct latencies, so that ties are many. */
static void random_world(struct world *w, struct hk_rng *rng)
{
	uint32_t n = 2 + (uint32_t)hk_rng_below(rng, MOST - 2), chain = (uint32_t)hk_rng_below(rng, n), more = (uint32_t)hk_rng_below(rng, LINKS - 2 * MOST);
	size_t kept = 0;

	memset(w, 0, sizeof *w);
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = n, .links = w->links, .pair_metrics = w->metrics };
	for (uint32_t c = 0; c < n; c++) {
		snprintf(w->names[c], sizeof w->names[c], "c%03u", c);
		w->clusters[c].name = w->names[c];
	}
	for (uint32_t c = 0; c + 1 < chain; c++) {
		add_link(w, c, c + 1, 1);
		add_link(w, c + 1, c, 1);
	}
	for (uint32_t l = 0; l < more; l++)
		add_link(w, (uint32_t)hk_rng_below(rng, n), (uint32_t)hk_rng_below(rng, n), (unsigned)hk_rng_below(rng, 5));
	qsort(w->links, w->model.n_links, sizeof *w->links, by_ends);
	/* the order of parallel links of one latency is not what this is about */
	for (size_t l = 0; l < w->model.n_links; l++)
		if (kept == 0 || w->links[kept - 1].from != w->links[l].from || w->links[kept - 1].to != w->links[l].to)
			w->links[kept++] = w->links[l];
	w->model.n_links = kept;
}

static bool shorter(long milliseconds, long hops, long other_milliseconds, long other_hops)
{
	return milliseconds != other_milliseconds ? milliseconds < other_milliseconds : hops < other_hops;
}

static void fill_reference(struct world *w)
{
	size_t n = w->model.n_clusters;

	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			w->milliseconds[a][b] = w->hops[a][b] = a == b ? 0 : FAR;
	for (size_t l = 0; l < w->model.n_links; l++)
		if (w->links[l].from != w->links[l].to) {
			w->milliseconds[w->links[l].from][w->links[l].to] = lround(w->links[l].latency * 1000);
			w->hops[w->links[l].from][w->links[l].to] = 1;
		}
	for (size_t via = 0; via < n; via++)
		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < n; b++) {
				long milliseconds = w->milliseconds[a][via] + w->milliseconds[via][b], hops = w->hops[a][via] + w->hops[via][b];

				if (milliseconds < FAR && shorter(milliseconds, hops, w->milliseconds[a][b], w->hops[a][b])) {
					w->milliseconds[a][b] = milliseconds;
					w->hops[a][b] = hops;
				}
			}
}

/* First step of the reference: the smallest name among the neighbours that keep both sums. */
static size_t step(const struct world *w, uint32_t at, uint32_t to)
{
	for (size_t l = 0; l < w->model.n_links; l++) {
		const struct hk_link *link = &w->links[l];

		if (link->from == at && link->to != at && lround(link->latency * 1000) + w->milliseconds[link->to][to] == w->milliseconds[at][to] &&
		    1 + w->hops[link->to][to] == w->hops[at][to])
			return l;
	}
	fail_msg("the reference has no step");
	return 0;
}

static void compare(const struct world *w, const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	struct hk_route route = hk_route_between(routes, from, to);
	uint32_t way[MOST], n = 0, last = hk_route_last_link(routes, from, to);
	double jitter = 0, price = 0;

	assert_int_equal(route.reachable, w->milliseconds[from][to] < FAR);
	if (!route.reachable) {
		assert_int_equal(last, HK_NO_INDEX);
		return;
	}
	for (uint32_t at = from; at != to; at = w->links[way[n - 1]].to) {
		way[n] = (uint32_t)step(w, at, to);
		jitter += w->links[way[n]].jitter;
		price += w->links[way[n++]].price;
	}
	assert_int_equal(llround(route.latency * 1e9), w->milliseconds[from][to] * 1000000);
	assert_int_equal(route.n_links, n);
	assert_true(route.jitter == jitter && route.price == price);
	while (n-- > 0) {
		assert_int_equal(last, way[n]);
		last = hk_route_last_link(routes, from, w->links[last].from);
	}
	assert_int_equal(last, HK_NO_INDEX);
}

static void compare_within(const struct world *w, const struct hk_routes *routes, uint32_t from, unsigned milliseconds)
{
	uint32_t *list;
	double farthest = milliseconds * 0.001;
	size_t n = hk_routes_within(routes, from, farthest, &list), at = 0;

	for (uint32_t to = 0; to < w->model.n_clusters; to++) {
		bool listed = at < n && list[at] == to, there = w->milliseconds[from][to] <= milliseconds;

		assert_true(!there || (listed && hk_route_may_be_within(routes, from, to, farthest)));
		assert_true(!listed || hk_route_between(routes, from, to).reachable);
		at += listed;
	}
	assert_int_equal(at, n);
	free(list);
}

static void any_order_and_distance_of_asking(void **state)
{
	struct hk_rng rng;
	struct world *w = malloc(sizeof *w);

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 40; round++) {
		random_world(w, &rng);
		fill_reference(w);
		struct hk_routes *routes = hk_routes_open(&w->model);
		uint32_t n = (uint32_t)w->model.n_clusters;

		for (uint32_t ask = 0; ask < 6 * n; ask++) {
			uint32_t from = (uint32_t)hk_rng_below(&rng, n), to = (uint32_t)hk_rng_below(&rng, n);

			if (hk_rng_below(&rng, 3) == 0)
				compare_within(w, routes, from, (unsigned)hk_rng_below(&rng, 12));
			else
				compare(w, routes, from, to);
		}
		hk_routes_close(routes);
	}
	free(w);
}

/* The checker has routes of its own: both are written from the same page. */
static void the_checker_goes_the_same_way(void **state)
{
	struct hk_rng rng;
	struct world *w = malloc(sizeof *w);
	size_t links = 0;

	(void)state;
	hk_rng_seed(&rng, SEED + 2);
	for (int round = 0; round < 40; round++) {
		struct hk_plan plan = { 0 };
		struct hk_check check = { .model = &w->model, .plan = &plan };

		random_world(w, &rng);
		struct hk_routes *routes = hk_routes_open(&w->model);
		uint32_t n = (uint32_t)w->model.n_clusters;

		hk_check_network(&check);
		hk_check_routes_open(&check);
		for (uint32_t ask = 0; ask < 4 * n; ask++) {
			uint32_t from = (uint32_t)hk_rng_below(&rng, n), to = (uint32_t)hk_rng_below(&rng, n), at = from;
			struct hk_route route = hk_route_between(routes, from, to);
			struct hk_check_quality quality = hk_check_between(&check, from, to);
			uint32_t way[MOST], last = hk_route_last_link(routes, from, to), length = 0;

			assert_int_equal(route.reachable, quality.reachable);
			if (!route.reachable)
				continue;
			assert_true(route.latency == quality.latency && route.bandwidth == quality.bandwidth && fabs(route.loss - quality.loss) < 1e-12);
			while (at != to) {
				way[length] = hk_check_next_link(&check, at, to);
				assert_int_not_equal(way[length], HK_NO_INDEX);
				at = w->links[way[length++]].to;
			}
			assert_int_equal(length, route.n_links);
			for (links += length; length-- > 0; last = hk_route_last_link(routes, from, w->links[last].from))
				assert_int_equal(last, way[length]);
		}
		hk_routes_close(routes);
		hk_arena_release(&check.arena);
	}
	assert_true(links > 1000);
	free(w);
}

struct asker { const struct world *w; const struct hk_routes *routes; uint32_t turn; double sum[MOST]; };

static void *ask_all(void *closure)
{
	struct asker *asker = closure;
	uint32_t n = (uint32_t)asker->w->model.n_clusters;

	for (uint32_t i = 0; i < n * n; i++) {
		uint32_t pair = asker->turn % 2 ? n * n - 1 - i : i;
		struct hk_route route = hk_route_between(asker->routes, pair / n, pair % n);

		asker->sum[pair / n] += route.reachable ? round(route.latency * 1000) : 1e6;
	}
	return NULL;
}

static void threads_see_the_same(void **state)
{
	struct hk_rng rng;
	struct world *w = malloc(sizeof *w);
	struct asker askers[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	hk_rng_seed(&rng, SEED + 1);
	for (int round = 0; round < 10; round++) {
		random_world(w, &rng);
		struct hk_routes *routes = hk_routes_open(&w->model);

		for (uint32_t t = 0; t < THREADS; t++) {
			askers[t] = (struct asker){ .w = w, .routes = routes, .turn = t };
			assert_int_equal(pthread_create(&threads[t], NULL, ask_all, &askers[t]), 0);
		}
		for (uint32_t t = 0; t < THREADS; t++)
			pthread_join(threads[t], NULL);
		for (uint32_t t = 1; t < THREADS; t++)
			for (uint32_t c = 0; c < w->model.n_clusters; c++)
				assert_true(askers[t].sum[c] == askers[0].sum[c]);
		hk_routes_close(routes);
	}
	free(w);
}

static void measured_pairs_count_as_near(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	uint32_t *list;

	(void)state;
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = 10, .links = w->links, .pair_metrics = w->metrics, .n_pair_metrics = 2 };
	for (uint32_t c = 0; c < 9; c++)
		add_link(w, c, c + 1, 10);
	w->metrics[0] = (struct hk_pair_metric){ .from = 0, .to = 7, .latency = 0.001, .jitter = NAN, .loss = NAN, .bandwidth = NAN };
	w->metrics[1] = (struct hk_pair_metric){ .from = 3, .to = 4, .latency = 0.5, .jitter = NAN, .loss = NAN, .bandwidth = NAN };
	struct hk_routes *routes = hk_routes_open(&w->model);
	size_t n = hk_routes_within(routes, 0, 0.02, &list);

	assert_int_equal(n, 4);
	assert_int_equal(list[2], 2);
	assert_int_equal(list[3], 7);
	free(list);
	assert_true(hk_route_may_be_within(routes, 0, 7, 0.02));
	assert_false(hk_route_may_be_within(routes, 0, 6, 0.02));
	assert_true(hk_route_between(routes, 0, 7).latency == 0.001);
	assert_true(hk_route_between(routes, 3, 4).latency == 0.5);
	assert_true(hk_route_between(routes, 3, 5).latency == 0.02);
	hk_routes_close(routes);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_and_distance_of_asking),
		cmocka_unit_test(the_checker_goes_the_same_way),
		cmocka_unit_test(threads_see_the_same),
		cmocka_unit_test(measured_pairs_count_as_near),
	};

	return cmocka_run_group_tests_name("place/route store", tests, NULL, NULL);
}
