/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/route_search.h"

#include <math.h>

#define NANOSECONDS_MAX ((uint64_t)1 << 49)
#define UNREACHED UINT64_MAX

/* The one link a route may take from a cluster to a neighbour. */
struct hk_route_adjacent { uint32_t to, link; uint64_t nanoseconds; };

uint64_t hk_route_nanoseconds(double seconds)
{
	double value = round(seconds * 1e9);

	if (!(value > 0))
		return 0;
	return value < (double)NANOSECONDS_MAX ? (uint64_t)value : NANOSECONDS_MAX;
}

/* Parallel links: least latency, then most bandwidth, then the first one. */
static bool link_is_better(const struct hk_model *model, uint32_t link, uint64_t nanoseconds, const struct hk_route_adjacent *kept)
{
	if (nanoseconds != kept->nanoseconds)
		return nanoseconds < kept->nanoseconds;
	return model->links[link].bandwidth > model->links[kept->link].bandwidth;
}

/* model->links is sorted by (from, to, latency), so parallel links are neighbours. */
static void fill_adjacency(struct hk_route_search *s)
{
	const struct hk_model *model = s->model;
	uint32_t n = 0, from = 0;

	for (uint32_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];
		uint64_t nanoseconds = hk_route_nanoseconds(link->latency);

		while (from < link->from)
			s->first[++from] = n;
		if (link->from == link->to)
			continue;
		if (n > s->first[from] && s->adjacent[n - 1].to == link->to) {
			if (link_is_better(model, l, nanoseconds, &s->adjacent[n - 1]))
				s->adjacent[n - 1] = (struct hk_route_adjacent){ link->to, l, nanoseconds };
			continue;
		}
		s->adjacent[n++] = (struct hk_route_adjacent){ link->to, l, nanoseconds };
	}
	while (from < model->n_clusters)
		s->first[++from] = n;
}

static bool nearer(const struct hk_route_search *s, uint32_t a, uint32_t b)
{
	if (s->nanoseconds[a] != s->nanoseconds[b])
		return s->nanoseconds[a] < s->nanoseconds[b];
	return s->hops[a] != s->hops[b] ? s->hops[a] < s->hops[b] : a < b;
}

static void heap_put(struct hk_route_search *s, uint32_t at, uint32_t cluster)
{
	s->heap[at] = cluster;
	s->place[cluster] = at + 1;
}

static void heap_rise(struct hk_route_search *s, uint32_t at)
{
	uint32_t cluster = s->heap[at];

	for (; at > 0 && nearer(s, cluster, s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_put(s, at, s->heap[(at - 1) / 2]);
	heap_put(s, at, cluster);
}

static uint32_t heap_take(struct hk_route_search *s)
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
 * Of two settled clusters with the same number of links from the source: does the route to a come first by names? Clusters are sorted by name, so indices
 * decide, at the first place where the two routes differ.
 */
static bool names_before(const struct hk_route_search *s, uint32_t a, uint32_t b)
{
	while (s->previous[a] != s->previous[b]) {
		a = s->previous[a];
		b = s->previous[b];
	}
	return a < b;
}

static void relax(struct hk_route_search *s, uint32_t from, const struct hk_route_adjacent *hop)
{
	uint64_t nanoseconds = s->nanoseconds[from] + hop->nanoseconds;
	uint32_t to = hop->to, hops = s->hops[from] + 1;
	bool known = s->nanoseconds[to] != UNREACHED;

	if (known && (nanoseconds > s->nanoseconds[to] || (nanoseconds == s->nanoseconds[to] && hops > s->hops[to])))
		return;
	/* A tie cannot concern a settled cluster: each link makes (latency, links) larger. */
	if (known && nanoseconds == s->nanoseconds[to] && hops == s->hops[to] && !names_before(s, from, s->previous[to]))
		return;
	if (!known)
		s->seen[s->n_seen++] = to;
	s->nanoseconds[to] = nanoseconds;
	s->hops[to] = hops;
	s->previous[to] = from;
	s->via[to] = hop->link;
	if (!s->place[to])
		heap_put(s, s->n_heap++, to);
	heap_rise(s, s->place[to] - 1);
}

static void start_at(struct hk_route_search *s, uint32_t source)
{
	for (uint32_t i = 0; i < s->n_seen; i++) {
		s->nanoseconds[s->seen[i]] = UNREACHED;
		s->place[s->seen[i]] = 0;
	}
	s->n_heap = s->n_settled = s->n_seen = 0;
	s->nanoseconds[source] = 0;
	s->hops[source] = 0;
	s->previous[source] = s->via[source] = HK_NO_INDEX;
	s->seen[s->n_seen++] = source;
	heap_put(s, s->n_heap++, source);
}

uint64_t hk_route_search_from(struct hk_route_search *s, uint32_t source, uint64_t radius, uint32_t to, uint32_t least)
{
	bool found = false;

	start_at(s, source);
	while (s->n_heap) {
		if (s->n_settled >= least && (found || s->nanoseconds[s->heap[0]] > radius))
			return s->nanoseconds[s->heap[0]];
		uint32_t cluster = heap_take(s);

		s->settled[s->n_settled++] = cluster;
		found = found || cluster == to;
		for (uint32_t i = s->first[cluster]; i < s->first[cluster + 1]; i++)
			relax(s, cluster, &s->adjacent[i]);
	}
	return UINT64_MAX;
}

uint32_t hk_route_search_only_link(const struct hk_route_search *s, uint32_t cluster)
{
	return s->first[cluster + 1] - s->first[cluster] == 1 ? s->adjacent[s->first[cluster]].link : HK_NO_INDEX;
}

void hk_route_search_open(struct hk_route_search *s, const struct hk_model *model, struct hk_arena *arena)
{
	size_t n = model->n_clusters;

	*s = (struct hk_route_search){ .model = model };
	s->adjacent = hk_arena_array(arena, model->n_links + 1, sizeof *s->adjacent);
	s->first = hk_arena_array(arena, n + 1, sizeof *s->first);
	s->nanoseconds = hk_arena_array(arena, n + 1, sizeof *s->nanoseconds);
	s->hops = hk_arena_array(arena, n + 1, sizeof *s->hops);
	s->previous = hk_arena_array(arena, n + 1, sizeof *s->previous);
	s->via = hk_arena_array(arena, n + 1, sizeof *s->via);
	s->heap = hk_arena_array(arena, n + 1, sizeof *s->heap);
	s->place = hk_arena_array(arena, n + 1, sizeof *s->place);
	s->settled = hk_arena_array(arena, n + 1, sizeof *s->settled);
	s->seen = hk_arena_array(arena, n + 1, sizeof *s->seen);
	for (size_t c = 0; c < n; c++)
		s->nanoseconds[c] = UNREACHED;
	fill_adjacency(s);
}
