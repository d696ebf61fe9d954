/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact probability that enough replicas of a workload are up (design note "solver" 1.5): failure domains fail independently (all clusters of a domain
 * together, with the worst availability among them), a cluster's replicas then fail with the node availability; replicas on the same node fail together when
 * the nodes are known. Dynamic programming over domains and replicas up, capped at the number needed: O(domains * need^2).
 */
#ifndef HK_PLACE_AVAILABILITY_H
#define HK_PLACE_AVAILABILITY_H

#include "place/problem.h"

/*
 * Replicas of one workload in one cluster, split over nodes. per_node NULL: every replica on a node of its own, which the solver assumes before packing. (Not
 * always the best case: with no replica to spare, sharing a node leaves fewer nodes to depend on.)
 */
struct hk_replica_group { uint32_t cluster, replicas; const uint32_t *per_node; uint32_t n_nodes; };

/* P(at least `need` replicas up). groups sorted by cluster; need >= 1. A replica group's per_node counts sum to its replicas. */
double hk_availability(const struct hk_model *model, const struct hk_replica_group *groups, size_t n_groups, uint32_t need);

/* Least availability among all clusters that fail together with this one. */
double hk_domain_availability(const struct hk_model *model, uint32_t cluster);

/*
 * Where replicas of one workload may go, for hk_availability_least: a failure domain, the best node availability in it, how many replicas its clusters take at
 * most, and whether each of them surely has a node of its own.
 */
struct hk_replica_room { double availability, node_availability; uint32_t most; bool own_nodes; };

/*
 * Lower bound on the total number of replicas with P(at least need up) >= target, however they are spread over the rooms; UINT32_MAX when no number reaches the
 * target. Exact for rooms that are alike, own nodes and totals of up to 16; beyond it the loss of one room and of single nodes is counted, not their
 * combination.
 */
uint32_t hk_availability_least(const struct hk_replica_room *rooms, size_t n_rooms, uint32_t need, double target);

/*
 * Replicas in one cluster beyond which another one changes the probability by less than 1e-12, whatever the number of them that shares a node (at most
 * per_node).
 */
uint32_t hk_availability_useful(double node_availability, uint32_t need, uint32_t per_node);

#endif
