/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dijkstra's search from one cluster at a time, as far as wanted. Internal to the routes (route.h). */
#ifndef HK_PLACE_ROUTE_SEARCH_H
#define HK_PLACE_ROUTE_SEARCH_H

#include "model/model.h"

struct hk_route_adjacent;
struct hk_route_search {
	const struct hk_model *model;
	struct hk_route_adjacent *adjacent;     /* by source cluster */
	uint32_t *first;                        /* n_clusters + 1 positions in adjacent */
	uint64_t *nanoseconds;                  /* the rest is per cluster, for the source at hand; UINT64_MAX where not seen */
	uint32_t *hops, *previous, *via;        /* via: the last link */
	uint32_t *heap, *place, n_heap;         /* place: position in the heap + 1, 0 outside */
	uint32_t *settled, n_settled;           /* in the order of distance */
	uint32_t *seen, n_seen;
};

/* Whole nanoseconds of a latency; beyond six days it counts as six days, so that the sum over any route stays in 64 bits. */
uint64_t hk_route_nanoseconds(double seconds);

/* The link all routes from the cluster begin with, when it has a single neighbour; else HK_NO_INDEX. */
uint32_t hk_route_search_only_link(const struct hk_route_search *search, uint32_t cluster);
void hk_route_search_open(struct hk_route_search *search, const struct hk_model *model, struct hk_arena *arena);
/*
 * Settles clusters in the order of distance from the source until none is left, or until `to` (HK_NO_INDEX: none in particular) or all within `radius`
 * nanoseconds, and in either case at least `least` clusters are. Returns the distance below which all clusters are settled; UINT64_MAX when there are no more.
 */
uint64_t hk_route_search_from(struct hk_route_search *search, uint32_t source, uint64_t radius, uint32_t to, uint32_t least);

#endif
