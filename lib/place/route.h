/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Routes between clusters (docs/optimisation-model.md, "Routes"): least latency in whole nanoseconds, then fewest links, then the bytewise smallest sequence of
 * cluster names.
 *
 * Nothing is kept per pair. Each source cluster has, once it was asked for, the tree of routes that start there: 4 bytes for each cluster of the topology, or 8
 * bytes for each cluster within the distance asked for so far, whichever is less. Answers are added up along the tree: some tens of nanoseconds. A tree grows
 * when something beyond it is asked for; this happens under a lock and readers of the tree before are left in peace, so any number of threads may ask.
 */
#ifndef HK_PLACE_ROUTE_H
#define HK_PLACE_ROUTE_H

#include "place/problem.h"

/* The model is borrowed, and its links and measured pairs are not to change while the routes are open. */
struct hk_routes *hk_routes_open(const struct hk_model *model);
void hk_routes_close(struct hk_routes *routes);
/* Work out all pairs now, when the clusters are few: for those who build problem after problem over the same links. Before anybody else uses the routes. */
void hk_routes_tabulate(struct hk_routes *routes);

/* Measured values of the pair already put in. */
struct hk_route hk_route_between(const struct hk_routes *routes, uint32_t from, uint32_t to);
/*
 * The link by which the route arrives; HK_NO_INDEX without a route, and from == to. The route to where that link starts is what comes before it, so all links,
 * last one first, are:
 *     for (uint32_t l = hk_route_last_link(routes, from, to); l != HK_NO_INDEX; l = hk_route_last_link(routes, from, model->links[l].from))
 */
uint32_t hk_route_last_link(const struct hk_routes *routes, uint32_t from, uint32_t to);

/* A link that traffic between two clusters crosses, and the part of the traffic that does. */
struct hk_crossing { uint32_t link; double part; };
struct hk_crossings { struct hk_crossing *v; size_t n, cap; };

/*
 * All of them, in place of what the list holds; none without a route, and from == to. With equal-cost routes there may be several next to one another; each
 * comes behind all that lead to where it starts. Release with hk_vec_release.
 */
void hk_route_crossings(const struct hk_routes *routes, uint32_t from, uint32_t to, struct hk_crossings *crossings);

/*
 * Clusters, ascending, among them all whose route from `from` has a latency of at most `farthest` (s; INFINITY: all there is a route to). Returns how many;
 * *clusters is the caller's to free.
 */
size_t hk_routes_within(const struct hk_routes *routes, uint32_t from, double farthest, uint32_t **clusters);
/* False when the latency of the route is certainly more than `farthest`, or there is none. Looks no further than that: cheaper than the route itself. */
bool hk_route_may_be_within(const struct hk_routes *routes, uint32_t from, uint32_t to, double farthest);

/* What a message meets between two ends, site access included. */
struct hk_hop { bool reachable; double latency, jitter, loss, bandwidth, price /* currency per byte */; };

/* From cluster to cluster; from_site and to_site may be HK_NO_INDEX. */
struct hk_hop hk_route_hop(const struct hk_problem *problem, uint32_t from, uint32_t from_site, uint32_t to, uint32_t to_site);
/* As hk_route_between, of the one route, without measured values and whatever other routes are as short. */
struct hk_route hk_route_listed(const struct hk_routes *routes, uint32_t from, uint32_t to);
/* Largest sum of weights (per crossing) over the routes the crossings from one cluster to another make up. */
double hk_crossings_longest(const struct hk_model *model, const struct hk_crossings *crossings, uint32_t from, const double *weights);
/*
 * For route.c: hk_route_crossings where links say that equal-cost routes share the traffic, and what the worst of these routes has; price is that of the mean.
 */
void hk_route_spread(const struct hk_routes *routes, const struct hk_model *model, uint32_t from, uint32_t to, struct hk_crossings *crossings);
void hk_route_worst(const struct hk_model *model, const struct hk_crossings *crossings, uint32_t from, struct hk_route *route);

/* Was the bandwidth of the pair measured? Then it is what it is, whatever its links have. */
bool hk_route_measured_bandwidth(const struct hk_model *model, uint32_t from, uint32_t to);

#endif
