/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bandwidth and latency that can be bought (docs/optimisation-model.md, "Network options"). What is bought follows from the traffic: never more than the arcs
 * in use need, so that a plan is its counts, loads and flows, and the purchase is worked out from them.
 */
#ifndef HK_PLACE_OPTIONS_H
#define HK_PLACE_OPTIONS_H

#include "base/err.h"
#include "place/route.h"
#include "place/solution.h"

/* Adjustable links on one route whose latency can be lowered: each doubles the arcs of the pair. */
#define HK_OPTIONS_ON_ROUTE 6

/* Fills options and link_options from the model's links; kind REACH comes with the arcs. */
void hk_options_build(struct hk_problem *problem);
/* Index of the link's option, or HK_NO_INDEX. */
uint32_t hk_option_of(const struct hk_problem *problem, uint32_t link, enum hk_option_kind kind);
/* Most bit/s of the link with all of its offer bought. */
double hk_option_bandwidth_most(const struct hk_problem *problem, uint32_t link);
/* hk_route_hop with everything bought that the network offers on the routes between the two. */
struct hk_hop hk_options_best_hop(const struct hk_problem *problem, uint32_t from, uint32_t from_site, uint32_t to, uint32_t to_site);
/* Smallest amount on offer that is at least this, forgiving 1e-9 relative; may be above what can be bought. */
double hk_option_round(const struct hk_option *option, double amount);
/* Is all of the set bought? */
bool hk_needs_met(const struct hk_problem *problem, uint32_t needs, const double *bought);
/* Marks what an arc could make use of: the options it needs, and bandwidth of the links its traffic crosses. useful: room for n_options. */
void hk_options_of_arc(const struct hk_problem *problem, const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc, bool *useful);

/*
 * bought: room for n_options. What the flows of these blocks need together; a REACH option is 1 when that much is bought of its link. include: per block, NULL
 * = all.
 */
void hk_options_needed(const struct hk_problem *problem, const struct hk_block_solution *blocks, const bool *include, double *bought);
/* currency/h */
double hk_options_cost(const struct hk_problem *problem, const double *bought);
/*
 * Traffic between two clusters takes the best of their arcs whose needs are met: what is bought works for everybody. Returns by how much the objective falls
 * (at least 0 but for the last digits).
 */
double hk_options_settle(const struct hk_problem *problem, struct hk_block_solution *blocks, const double *bought);

#endif
