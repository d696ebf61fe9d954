/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact probability that enough replicas of a workload are up (design note "solver" 1.5): failure domains fail independently (all clusters of a domain together, with the worst
 * availability among them), a cluster's replicas then fail with the node availability; replicas on the same node fail together when the nodes are known.
 * Dynamic programming over domains and replicas up, capped at the number needed: O(domains * need^2).
 */
#ifndef HK_PLACE_AVAILABILITY_H
#define HK_PLACE_AVAILABILITY_H

#include "place/problem.h"

/*
 * Replicas of one workload in one cluster, split over nodes. per_node NULL: every replica on a node of its own (the best case, which the solver assumes before packing).
 */
struct hk_replica_group { uint32_t cluster, replicas; const uint32_t *per_node; uint32_t n_nodes; };

/* P(at least `need` replicas up). groups sorted by cluster; need >= 1. */
double hk_availability(const struct hk_model *model, const struct hk_replica_group *groups, size_t n_groups, uint32_t need);

#endif
