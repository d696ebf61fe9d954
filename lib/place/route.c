/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/route.h"

#include "base/mem.h"

#include <math.h>

/* Beyond this (six days) a latency counts as this much, so that the sum over any route stays in 64 bits. */
#define NANOSECONDS_MAX ((uint64_t)1 << 49)
#define UNREACHED UINT64_MAX

/* The one link a route may take from a cluster to a neighbour. */
struct hop_link { uint32_t to, link; uint64_t nanoseconds; };

struct search {
	const struct hk_model *model;
	struct hop_link *adjacent;      /* by source cluster */
	uint32_t *first;                /* n_clusters + 1 positions in adjacent */
	uint64_t *nanoseconds;          /* the rest is per cluster, for the source at hand */
	uint32_t *hops, *previous, *via;
	uint32_t *heap, *place, n_heap; /* place: position in the heap + 1, 0 outside */
	uint32_t *settled, n_settled;
};

static uint64_t to_nanoseconds(double seconds)
{
	double value = round(seconds * 1e9);

	if (!(value > 0))
		return 0;
	return value < (double)NANOSECONDS_MAX ? (uint64_t)value : NANOSECONDS_MAX;
}

/* Parallel links: least latency, then most bandwidth, then the first one. */
static bool link_is_better(const struct hk_model *model, uint32_t link, uint64_t nanoseconds, const struct hop_link *kept)
{
	if (nanoseconds != kept->nanoseconds)
		return nanoseconds < kept->nanoseconds;
	return model->links[link].bandwidth > model->links[kept->link].bandwidth;
}

/* model->links is sorted by (from, to, latency), so parallel links are neighbours. */
static void fill_adjacency(struct search *s)
{
	const struct hk_model *model = s->model;
	uint32_t n = 0, from = 0;

	for (uint32_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];
		uint64_t nanoseconds = to_nanoseconds(link->latency);

		while (from < link->from)
			s->first[++from] = n;
		if (link->from == link->to)
			continue;
		if (n > s->first[from] && s->adjacent[n - 1].to == link->to) {
			if (link_is_better(model, l, nanoseconds, &s->adjacent[n - 1]))
				s->adjacent[n - 1] = (struct hop_link){ link->to, l, nanoseconds };
			continue;
		}
		s->adjacent[n++] = (struct hop_link){ link->to, l, nanoseconds };
	}
	while (from < model->n_clusters)
		s->first[++from] = n;
}

static bool nearer(const struct search *s, uint32_t a, uint32_t b)
{
	if (s->nanoseconds[a] != s->nanoseconds[b])
		return s->nanoseconds[a] < s->nanoseconds[b];
	return s->hops[a] != s->hops[b] ? s->hops[a] < s->hops[b] : a < b;
}

static void heap_put(struct search *s, uint32_t at, uint32_t cluster)
{
	s->heap[at] = cluster;
	s->place[cluster] = at + 1;
}

static void heap_rise(struct search *s, uint32_t at)
{
	uint32_t cluster = s->heap[at];

	for (; at > 0 && nearer(s, cluster, s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_put(s, at, s->heap[(at - 1) / 2]);
	heap_put(s, at, cluster);
}

static uint32_t heap_take(struct search *s)
{
	uint32_t top = s->heap[0], last = s->heap[--s->n_heap], at = 0;

	s->place[top] = 0;
	if (!s->n_heap)
		return top;
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < s->n_heap && nearer(s, s->heap[child + 1], s->heap[child]))
			child++;
		if (child >= s->n_heap || !nearer(s, s->heap[child], last))
			break;
		heap_put(s, at, s->heap[child]);
		at = child;
	}
	heap_put(s, at, last);
	return top;
}

/*
 * Of two settled clusters with the same number of links from the source: does the route to a come first by names? Clusters are sorted by name, so indices decide, at the
 * first place where the two routes differ.
 */
static bool names_before(const struct search *s, uint32_t a, uint32_t b)
{
	while (s->previous[a] != s->previous[b]) {
		a = s->previous[a];
		b = s->previous[b];
	}
	return a < b;
}

static void relax(struct search *s, uint32_t from, const struct hop_link *hop)
{
	uint64_t nanoseconds = s->nanoseconds[from] + hop->nanoseconds;
	uint32_t to = hop->to, hops = s->hops[from] + 1;
	bool known = s->nanoseconds[to] != UNREACHED;

	if (known && (nanoseconds > s->nanoseconds[to] || (nanoseconds == s->nanoseconds[to] && hops > s->hops[to])))
		return;
	/* A tie cannot concern a settled cluster: each link makes (latency, links) larger. */
	if (known && nanoseconds == s->nanoseconds[to] && hops == s->hops[to] && !names_before(s, from, s->previous[to]))
		return;
	s->nanoseconds[to] = nanoseconds;
	s->hops[to] = hops;
	s->previous[to] = from;
	s->via[to] = hop->link;
	if (!s->place[to])
		heap_put(s, s->n_heap++, to);
	heap_rise(s, s->place[to] - 1);
}

static void search_from(struct search *s, uint32_t source)
{
	for (uint32_t c = 0; c < s->model->n_clusters; c++)
		s->nanoseconds[c] = UNREACHED;
	s->nanoseconds[source] = 0;
	s->hops[source] = 0;
	s->previous[source] = HK_NO_INDEX;
	s->n_heap = 0;
	s->n_settled = 0;
	heap_put(s, s->n_heap++, source);
	while (s->n_heap) {
		uint32_t cluster = heap_take(s);

		s->settled[s->n_settled++] = cluster;
		for (uint32_t i = s->first[cluster]; i < s->first[cluster + 1]; i++)
			relax(s, cluster, &s->adjacent[i]);
	}
}

/* Settled order: the route to the cluster before is already there. */
static void record_routes(const struct search *s, struct hk_route *row, struct hk_arena *arena)
{
	for (uint32_t i = 0; i < s->n_settled; i++) {
		uint32_t c = s->settled[i];
		struct hk_route *route = &row[c];

		route->reachable = true;
		if (!i) {
			route->bandwidth = INFINITY;
			continue;
		}
		const struct hk_route *before = &row[s->previous[c]];
		const struct hk_link *link = &s->model->links[s->via[c]];

		route->latency = (double)s->nanoseconds[c] / 1e9;
		route->jitter = before->jitter + link->jitter;
		route->loss = 1 - (1 - before->loss) * (1 - link->loss);
		route->bandwidth = fmin(before->bandwidth, link->bandwidth);
		route->price = before->price + link->price;
		route->n_links = s->hops[c];
		route->links = hk_arena_array(arena, route->n_links, sizeof *route->links);
		for (uint32_t k = 0; k < before->n_links; k++)
			route->links[k] = before->links[k];
		route->links[route->n_links - 1] = s->via[c];
	}
}

static void put_measured(const struct hk_model *model, struct hk_route *routes)
{
	for (size_t i = 0; i < model->n_pair_metrics; i++) {
		const struct hk_pair_metric *metric = &model->pair_metrics[i];
		struct hk_route *route = &routes[(size_t)metric->from * model->n_clusters + metric->to];

		route->latency = isnan(metric->latency) ? route->latency : metric->latency;
		route->jitter = isnan(metric->jitter) ? route->jitter : metric->jitter;
		route->loss = isnan(metric->loss) ? route->loss : metric->loss;
		route->bandwidth = isnan(metric->bandwidth) ? route->bandwidth : metric->bandwidth;
	}
}

struct hk_route *hk_routes_build(const struct hk_model *model, struct hk_arena *arena)
{
	size_t n = model->n_clusters;
	struct hk_route *routes = hk_arena_array(arena, n * n, sizeof *routes);
	struct hk_arena scratch = HK_ARENA_INIT;
	struct search s = { .model = model };

	s.adjacent = hk_arena_array(&scratch, model->n_links, sizeof *s.adjacent);
	s.first = hk_arena_array(&scratch, n + 1, sizeof *s.first);
	s.nanoseconds = hk_arena_array(&scratch, n, sizeof *s.nanoseconds);
	s.hops = hk_arena_array(&scratch, n, sizeof *s.hops);
	s.previous = hk_arena_array(&scratch, n, sizeof *s.previous);
	s.via = hk_arena_array(&scratch, n, sizeof *s.via);
	s.heap = hk_arena_array(&scratch, n, sizeof *s.heap);
	s.place = hk_arena_array(&scratch, n, sizeof *s.place);
	s.settled = hk_arena_array(&scratch, n, sizeof *s.settled);
	fill_adjacency(&s);
	for (uint32_t c = 0; c < n; c++) {
		search_from(&s, c);
		record_routes(&s, &routes[(size_t)c * n], arena);
	}
	put_measured(model, routes);
	hk_arena_release(&scratch);
	return routes;
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
	const struct hk_route *route = &problem->routes[(size_t)from * problem->model->n_clusters + to];
	struct hk_hop hop = { route->reachable, route->latency, route->jitter, route->loss, route->bandwidth };

	pass_site(problem->model, from_site, &hop);
	pass_site(problem->model, to_site, &hop);
	return hop;
}
