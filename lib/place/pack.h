/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Second level: the replicas of one cluster onto its nodes. Chain bundles first (workloads that want to be together on a node), first-fit decreasing, then an
 * exact search over node patterns under a step limit. Respects allocatable - used - reserve per node, features, taints, node affinity, node-level apart (hard
 * unless required: false) and required node-level together (every node that runs `w` also runs `with`).
 */
#ifndef HK_PLACE_PACK_H
#define HK_PLACE_PACK_H

#include "place/solution.h"

/*
 * max_per_node: at most this many replicas of the workload on one node, 0 = as many as fit. The solver lowers it when replicas share too many nodes for an
 * availability target.
 */
struct hk_pack_item { uint32_t block, workload /* index in the block */, replicas, max_per_node; };

enum hk_pack_result { HK_PACKED, HK_UNPACKABLE /* proved */, HK_PACK_UNDECIDED /* step limit */ };

/*
 * items sorted by (block, workload), replicas > 0. On HK_PACKED *shares (arena of the caller) gets the assignment, sorted as in solution.h. On HK_UNPACKABLE
 * *conflict gets a subset of items with reduced replica counts that is still proved unpackable and minimal in the sense that dropping one replica of any makes
 * it packable (or could not be decided): any placement with at least these counts is impossible, with or without required together. When *monotone is false,
 * required together is what makes it impossible, and only this exact combination is known to be: *conflict then also lists, with 0 replicas, workloads that
 * must share nodes with the others and are absent. step_limit 0: a built-in one.
 */
enum hk_pack_result hk_pack_cluster(const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items, uint64_t step_limit,
				    struct hk_arena *arena, struct hk_node_share **shares, size_t *n_shares, struct hk_pack_item **conflict, size_t *n_conflict,
				    bool *monotone);
/* One packing; valid during the call. True to see no more. */
typedef bool hk_pack_found(void *closure, const struct hk_node_share *shares, size_t n_shares);
/*
 * Every packing of the items that differs in how many replicas of the tracked ones (per item) stand together on a node. False when *steps, which is used up,
 * ran out before.
 */
bool hk_pack_all(const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items, const bool *tracked, uint64_t *steps,
		 hk_pack_found *found, void *closure);
/* Most replicas of this workload alone that the cluster's nodes hold (exact: nodes are independent for one workload). UINT32_MAX for unlimited clusters. */
uint32_t hk_pack_most(const struct hk_problem *problem, uint32_t cluster, uint32_t pipeline, uint32_t model_workload);
/*
 * The same with more detail. nodes: how many hold one at least; on_one_node: the most one of them holds, 1 in unlimited clusters, where each replica has a node
 * of its own.
 */
struct hk_pack_room { uint32_t most, nodes, on_one_node; };
struct hk_pack_room hk_pack_room(const struct hk_problem *problem, uint32_t cluster, uint32_t pipeline, uint32_t model_workload);
/* Most replicas of the workload that one node of the group holds beside one of each that must stand with it. */
uint32_t hk_pack_on_node(const struct hk_problem *problem, uint32_t cluster, uint32_t group, uint32_t pipeline, uint32_t model_workload);
/*
 * The workload and all that must stand on every node with it: those it is required to be together with on nodes, and in turn theirs. Writes at most
 * pipeline->n_workloads indices, `workload` first; returns how many.
 */
uint32_t hk_pack_needed(const struct hk_pipeline *pipeline, uint32_t workload, uint32_t *needed);

/* What one node of the group has left for us: allocatable * (1 - reserve) - used, never below 0. */
double hk_pack_node_free(const struct hk_cluster *cluster, const struct hk_node_group *group, size_t resource);

#endif
