/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/route.h"

#include "base/mem.h"
#include "model/cluster_index.h"
#include "place/route_search.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * Routes from one cluster. Dense: via[c] is the last link to cluster c. Else the clusters reached are listed, ascending, with their last links. Once published
 * a tree never changes.
 */
struct tree {
	uint64_t beyond;                /* everything nearer is there, in nanoseconds; UINT64_MAX: everything */
	uint32_t n;                     /* clusters reached, the source among them */
	bool dense;
	struct tree *older;             /* one it takes the place of: may still be read */
	uint32_t *clusters, *via;       /* behind this */
};

/*
 * A cluster with a single neighbour has no tree: its routes begin with the only link there is and go on as those of the neighbour do (no best route comes back
 * through it).
 */
struct hk_routes {
	const struct hk_model *model;
	_Atomic(struct tree *) *trees;  /* per source; NULL: nobody asked yet */
	uint32_t *gate;                 /* per cluster: its only link, or HK_NO_INDEX */
	uint64_t *nanoseconds;          /* per link */
	struct hk_route *table;         /* per pair; NULL: not asked for */
	bool equal;                     /* some link shares traffic with others */
	pthread_mutex_t growing;
	struct hk_route_search search;
	struct hk_arena arena;
};

/* Links of a route that are kept on the stack. */
enum { LINKS_USUAL = 64 };

struct hk_routes *hk_routes_open(const struct hk_model *model)
{
	struct hk_routes *routes = hk_calloc(1, sizeof *routes);

	routes->model = model;
	routes->trees = hk_arena_array(&routes->arena, model->n_clusters + 1, sizeof *routes->trees);
	routes->nanoseconds = hk_arena_array(&routes->arena, model->n_links + 1, sizeof *routes->nanoseconds);
	for (size_t l = 0; l < model->n_links; l++) {
		routes->nanoseconds[l] = hk_route_nanoseconds(model->links[l].latency);
		routes->equal = routes->equal || model->links[l].equal_cost;
	}
	hk_route_search_open(&routes->search, model, &routes->arena);
	routes->gate = hk_arena_array(&routes->arena, model->n_clusters + 1, sizeof *routes->gate);
	for (uint32_t c = 0; c < model->n_clusters; c++)
		routes->gate[c] = hk_route_search_only_link(&routes->search, c);
	pthread_mutex_init(&routes->growing, NULL);
	return routes;
}

void hk_routes_close(struct hk_routes *routes)
{
	if (!routes)
		return;
	for (size_t c = 0; c < routes->model->n_clusters; c++)
		for (struct tree *tree = atomic_load(&routes->trees[c]); tree;) {
			struct tree *older = tree->older;

			free(tree);
			tree = older;
		}
	pthread_mutex_destroy(&routes->growing);
	hk_arena_release(&routes->arena);
	free(routes);
}

static int ascending(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* What the search has settled. */
static struct tree *record(struct hk_route_search *search, uint64_t beyond)
{
	size_t n = search->model->n_clusters, reached = search->n_settled;
	bool dense = 2 * reached >= n;
	struct tree *tree = hk_malloc(sizeof *tree + (dense ? n : 2 * reached) * sizeof(uint32_t));

	*tree = (struct tree){ .beyond = beyond, .n = search->n_settled, .dense = dense, .via = (uint32_t *)(tree + 1) };
	if (dense) {
		for (size_t c = 0; c < n; c++)
			tree->via[c] = HK_NO_INDEX;
		for (size_t i = 0; i < reached; i++)
			tree->via[search->settled[i]] = search->via[search->settled[i]];
		return tree;
	}
	tree->clusters = tree->via + reached;
	memcpy(tree->clusters, search->settled, reached * sizeof *tree->clusters);
	qsort(tree->clusters, reached, sizeof *tree->clusters, ascending);
	for (size_t i = 0; i < reached; i++)
		tree->via[i] = search->via[tree->clusters[i]];
	return tree;
}

/* Whose tree holds the routes of this cluster. */
static uint32_t owner_of(const struct hk_routes *routes, uint32_t from)
{
	return routes->gate[from] == HK_NO_INDEX ? from : routes->model->links[routes->gate[from]].to;
}

/* What is left of a distance behind the only link; false when it does not reach that far. */
static bool pass_gate(const struct hk_routes *routes, uint32_t from, uint64_t *radius)
{
	uint64_t first = routes->gate[from] == HK_NO_INDEX ? 0 : routes->nanoseconds[routes->gate[from]];

	if (*radius < first)
		return false;
	*radius -= *radius == UINT64_MAX ? 0 : first;
	return true;
}

static struct tree *tree_of(const struct hk_routes *routes, uint32_t owner)
{
	return atomic_load_explicit(&routes->trees[owner], memory_order_acquire);
}

/* A tree that holds all within the radius, or the cluster. Each growth at least doubles it, so that many small ones do not add up. */
static struct tree *grow(const struct hk_routes *shared, uint32_t owner, uint64_t radius, uint32_t to)
{
	struct hk_routes *routes = (struct hk_routes *)(uintptr_t)shared;
	struct tree *tree;

	pthread_mutex_lock(&routes->growing);
	struct tree *older = tree_of(routes, owner);

	tree = record(&routes->search, hk_route_search_from(&routes->search, owner, radius, to, older ? 2 * older->n : 0));
	tree->older = older;
	atomic_store_explicit(&routes->trees[owner], tree, memory_order_release);
	pthread_mutex_unlock(&routes->growing);
	return tree;
}

static bool covers(const struct tree *tree, uint64_t radius)
{
	return tree->beyond == UINT64_MAX || tree->beyond > radius;
}

/* False when the tree does not hold the cluster. */
static bool find(const struct tree *tree, uint32_t owner, uint32_t to, uint32_t *via)
{
	uint32_t low = 0, high = tree->n;

	if (tree->dense) {
		*via = tree->via[to];
		return *via != HK_NO_INDEX || owner == to;
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tree->clusters[middle] < to)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tree->n || tree->clusters[low] != to)
		return false;
	*via = tree->via[low];
	return true;
}

/*
 * A tree that holds `to`, looking no further than the radius behind the gate; NULL when that does not reach it. via: the last link from the owner of the tree
 * on.
 */
static const struct tree *tree_with(const struct hk_routes *routes, uint32_t owner, uint64_t radius, uint32_t to, uint32_t *via)
{
	const struct tree *tree = tree_of(routes, owner);

	if (tree && find(tree, owner, to, via))
		return tree;
	if (tree && covers(tree, radius))
		return NULL;
	tree = grow(routes, owner, radius, to);
	return find(tree, owner, to, via) ? tree : NULL;
}

uint32_t hk_route_last_link(const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	uint32_t via = HK_NO_INDEX, owner = owner_of(routes, from);

	if (from == to)
		return HK_NO_INDEX;
	if (to == owner)
		return routes->gate[from];
	return tree_with(routes, owner, UINT64_MAX, to, &via) ? via : HK_NO_INDEX;
}

/* What was measured from `from`: a range of pair_metrics, which is sorted by (from, to). */
static const struct hk_pair_metric *measured_from(const struct hk_model *model, uint32_t from, uint32_t to)
{
	size_t low = 0, high = model->n_pair_metrics;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_pair_metric *metric = &model->pair_metrics[middle];

		if (metric->from < from || (metric->from == from && metric->to < to))
			low = middle + 1;
		else
			high = middle;
	}
	return model->pair_metrics + low;
}

static bool is_of(const struct hk_model *model, const struct hk_pair_metric *metric, uint32_t from)
{
	return metric < model->pair_metrics + model->n_pair_metrics && metric->from == from;
}

static void put_measured(const struct hk_model *model, uint32_t from, uint32_t to, struct hk_route *route)
{
	if (model->n_pair_metrics == 0)
		return;
	const struct hk_pair_metric *metric = measured_from(model, from, to);

	if (!is_of(model, metric, from) || metric->to != to)
		return;
	route->latency = isnan(metric->latency) ? route->latency : metric->latency;
	route->jitter = isnan(metric->jitter) ? route->jitter : metric->jitter;
	route->loss = isnan(metric->loss) ? route->loss : metric->loss;
	route->bandwidth = isnan(metric->bandwidth) ? route->bandwidth : metric->bandwidth;
}

bool hk_route_measured_bandwidth(const struct hk_model *model, uint32_t from, uint32_t to)
{
	const struct hk_pair_metric *metric = model->n_pair_metrics ? measured_from(model, from, to) : NULL;

	return metric && is_of(model, metric, from) && metric->to == to && !isnan(metric->bandwidth);
}

static void add_link(const struct hk_link *link, struct hk_route *route)
{
	route->jitter += link->jitter;
	route->loss = 1 - (1 - route->loss) * (1 - link->loss);
	route->bandwidth = fmin(route->bandwidth, link->bandwidth);
	route->price += link->price;
}

/* From the first link to the last, so that sums do not depend on what else was asked for. tree may be NULL when the owner itself is the end. */
static void add_up(const struct hk_routes *routes, const struct tree *tree, uint32_t from, uint32_t last, struct hk_route *route)
{
	const struct hk_link *links = routes->model->links;
	uint32_t usual[LINKS_USUAL], *way = usual, n = 0, via, owner = owner_of(routes, from), gate = routes->gate[from];
	uint64_t nanoseconds = 0;

	for (via = last; via != HK_NO_INDEX; find(tree, owner, links[via].from, &via)) {
		if (route->n_links < LINKS_USUAL)
			usual[route->n_links] = via;
		route->n_links++;
	}
	n = route->n_links;
	route->n_links += gate != HK_NO_INDEX;
	if (route->n_links > LINKS_USUAL) {
		way = hk_malloc(route->n_links * sizeof *way);
		n = 0;
		for (via = last; via != HK_NO_INDEX; find(tree, owner, links[via].from, &via))
			way[n++] = via;
	}
	if (gate != HK_NO_INDEX)
		way[n++] = gate;
	while (n > 0) {
		nanoseconds += routes->nanoseconds[way[--n]];
		add_link(&links[way[n]], route);
	}
	route->latency = (double)nanoseconds / 1e9;
	if (way != usual)
		free(way);
}

struct hk_route hk_route_listed(const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	struct hk_route route = { .bandwidth = INFINITY };
	uint32_t last = HK_NO_INDEX, owner = owner_of(routes, from);
	const struct tree *tree = NULL;

	if (from == to)
		route.reachable = true;
	else if (to == owner || (tree = tree_with(routes, owner, UINT64_MAX, to, &last)) != NULL) {
		route.reachable = true;
		add_up(routes, tree, from, last, &route);
	} else
		route.bandwidth = 0;
	return route;
}

static struct hk_route add_up_pair(const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	struct hk_route route = hk_route_listed(routes, from, to);

	if (routes->equal && route.n_links > 0) {
		struct hk_crossings crossings = { 0 };

		hk_route_spread(routes, routes->model, from, to, &crossings);
		hk_route_worst(routes->model, &crossings, from, &route);
		hk_vec_release(&crossings);
	}
	put_measured(routes->model, from, to, &route);
	return route;
}

void hk_route_crossings(const struct hk_routes *routes, uint32_t from, uint32_t to, struct hk_crossings *crossings)
{
	crossings->n = 0;
	if (routes->equal) {
		hk_route_spread(routes, routes->model, from, to, crossings);
		return;
	}
	for (uint32_t l = hk_route_last_link(routes, from, to); l != HK_NO_INDEX; l = hk_route_last_link(routes, from, routes->model->links[l].from))
		hk_vec_push(crossings, (struct hk_crossing){ l, 1 });
}

struct hk_route hk_route_between(const struct hk_routes *routes, uint32_t from, uint32_t to)
{
	return routes->table ? routes->table[from * routes->model->n_clusters + to] : add_up_pair(routes, from, to);
}

/* Clusters whose pairs are still a small table: some megabytes. */
enum { CLUSTERS_TABULATED = 256 };

void hk_routes_tabulate(struct hk_routes *routes)
{
	uint32_t n = (uint32_t)routes->model->n_clusters;
	struct hk_route *table;

	if (n > CLUSTERS_TABULATED || routes->table)
		return;
	table = hk_arena_array(&routes->arena, (size_t)n * n + 1, sizeof *table);
	for (uint32_t from = 0; from < n; from++)
		for (uint32_t to = 0; to < n; to++)
			table[(size_t)from * n + to] = add_up_pair(routes, from, to);
	routes->table = table;
}

/* A little more than the distance in nanoseconds: who asks compares seconds. */
static uint64_t radius_of(double farthest)
{
	double value = ceil(farthest * 1e9) + 1;

	return value < 9e18 ? (uint64_t)fmax(value, 0) : UINT64_MAX;
}

bool hk_route_may_be_within(const struct hk_routes *routes, uint32_t from, uint32_t to, double farthest)
{
	const struct hk_model *model = routes->model;
	const struct hk_pair_metric *metric;
	uint32_t owner = owner_of(routes, from), via;
	uint64_t radius = radius_of(farthest);

	if (from == to || (pass_gate(routes, from, &radius) && (to == owner || tree_with(routes, owner, radius, to, &via))))
		return true;
	metric = model->n_pair_metrics ? measured_from(model, from, to) : NULL;
	return metric && is_of(model, metric, from) && metric->to == to;
}

size_t hk_routes_within(const struct hk_routes *routes, uint32_t from, double farthest, uint32_t **clusters)
{
	const struct hk_model *model = routes->model;
	const struct hk_pair_metric *metric = model->n_pair_metrics ? measured_from(model, from, 0) : NULL;
	struct hk_cluster_list list = { 0 };
	uint32_t owner = owner_of(routes, from);
	uint64_t radius = radius_of(farthest);

	hk_vec_push(&list, from);
	if (pass_gate(routes, from, &radius)) {
		const struct tree *tree = tree_of(routes, owner);

		if (!tree || !covers(tree, radius))
			tree = grow(routes, owner, radius, HK_NO_INDEX);
		for (uint32_t i = 0; i < (tree->dense ? model->n_clusters : tree->n); i++)
			if (!tree->dense || tree->via[i] != HK_NO_INDEX || i == owner)
				hk_vec_push(&list, tree->dense ? i : tree->clusters[i]);
	}
	for (; metric && is_of(model, metric, from); metric++)
		hk_vec_push(&list, metric->to);
	hk_cluster_list_sort(&list);
	*clusters = list.v;
	return list.n;
}

static void pass_site(const struct hk_model *model, uint32_t index, struct hk_hop *hop)
{
	if (index == HK_NO_INDEX)
		return;
	const struct hk_site *site = &model->sites[index];

	hop->latency += site->latency;
	hop->jitter += site->jitter;
	hop->loss = 1 - (1 - hop->loss) * (1 - site->loss);
	hop->bandwidth = fmin(hop->bandwidth, site->bandwidth);
}

struct hk_hop hk_route_hop(const struct hk_problem *problem, uint32_t from, uint32_t from_site, uint32_t to, uint32_t to_site)
{
	struct hk_route route = hk_route_between(problem->routes, from, to);
	struct hk_hop hop = { route.reachable, route.latency, route.jitter, route.loss, route.bandwidth, route.price };

	pass_site(problem->model, from_site, &hop);
	pass_site(problem->model, to_site, &hop);
	return hop;
}
