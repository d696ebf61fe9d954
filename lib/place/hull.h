/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The convex hull of the replica counts with which one workload meets its availability target. Counts are looked at per failure domain, and nodes are taken
 * never to fail, so every row from here holds for every plan. What matters of a domain is how often it fails: domains that are alike in this may change places,
 * so the counts are listed once for all such exchanges.
 */
#ifndef HK_PLACE_HULL_H
#define HK_PLACE_HULL_H

#include "place/cuts.h"

struct hk_hull;

/* NULL when the workload has no target, or too many domains or replicas for a list. */
struct hk_hull *hk_hull_open(const struct hk_problem *problem, uint32_t block, uint32_t workload);
/*
 * As far as no candidate has more than `most`: it says more than the one without, which stays as it is. within: that one. NULL when most does not matter, or
 * there is nothing to say.
 */
struct hk_hull *hk_hull_open_within(const struct hk_hull *within, const struct hk_problem *problem, const uint32_t *most);
void hk_hull_close(struct hk_hull *hull);
/* Counts of this sum turned out to miss the target: list more, if that is why nobody knew. True when there is more to say now. */
bool hk_hull_extend(struct hk_hull *hull, uint32_t sum);
/* A row that these counts (per candidate, fractions) violate by much and no counts that meet the target do, into cuts. True when there is one. */
bool hk_hull_cut(const struct hk_hull *hull, const double *counts, struct hk_cuts *cuts);
/* The same as numbers: sum of values (per candidate) * count >= *least. No value above 0: there are no counts at all. */
bool hk_hull_row(const struct hk_hull *hull, const double *counts, double *values, double *least);
/*
 * The counts on the list that are reached from these (per candidate) by adding replicas at the least sum of prices: counts[k] of them into least[k]. most: as
 * many as there is room for, NULL = any number. What is added costs the result; 0 when nothing has to be, INFINITY when no list can be reached.
 */
double hk_hull_nearest(const struct hk_hull *hull, const uint32_t *counts, const double *prices, const uint32_t *most, uint32_t *least);
/*
 * Pairs of failure domains as decisions of a model say more: lists end early, and the pairs are few or the lists end soon after the least number of replicas.
 */
bool hk_hull_says_little(const struct hk_hull *hull);
/* Least sum of price (per candidate, >= 0) * count over all counts that meet the target, or less. */
double hk_hull_least(const struct hk_hull *hull, const double *prices);

#endif
