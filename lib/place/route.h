/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Routes between clusters (docs/optimisation-model.md, "Routes"): least latency in whole nanoseconds, then fewest links, then the bytewise smallest sequence of
 * cluster names. The table is dense, clusters squared: 64 MB for 1,000 clusters, 1.6 GB for 5,000, plus 4 bytes per link of each route.
 */
#ifndef HK_PLACE_ROUTE_H
#define HK_PLACE_ROUTE_H

#include "place/problem.h"

/* n_clusters * n_clusters routes, row = from, in the arena; measured pair values already put in. */
struct hk_route *hk_routes_build(const struct hk_model *model, struct hk_arena *arena);

/* What a message meets between two ends, site access included. */
struct hk_hop { bool reachable; double latency, jitter, loss, bandwidth; };

/* From cluster to cluster; from_site and to_site may be HK_NO_INDEX. */
struct hk_hop hk_route_hop(const struct hk_problem *problem, uint32_t from, uint32_t from_site, uint32_t to, uint32_t to_site);

#endif
