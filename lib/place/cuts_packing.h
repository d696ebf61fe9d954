/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nodes demand of the counts in a cluster: rows by size class and by which nodes a workload may use, and clauses from proved packing conflicts. */
#ifndef HK_PLACE_CUTS_PACKING_H
#define HK_PLACE_CUTS_PACKING_H

#include "place/cuts.h"
#include "place/pack.h"

/* Replicas of a workload in a cluster, whole or, in a relaxation, not. */
struct hk_use { uint32_t block, workload; double replicas; };

/*
 * Rows the uses violate: with sizes counted in whole multiples of one item's size, nodes hold only whole multiples too (Chvatal-Gomory rounding of each node's
 * capacity), for all workloads that can only use the same nodes. Returns how many were added.
 */
size_t hk_cut_sizes(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t cluster, const struct hk_use *uses, size_t n_uses);

/*
 * Exclude what hk_pack_cluster proved unpackable. monotone: its conflict, so one count has to be smaller. Otherwise all items of the cluster: one count has to
 * be smaller, or more of a workload that others need beside them. False when the cut was there already.
 */
bool hk_cut_conflict(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n, bool monotone);

/* Position of a cluster among a workload's candidates, HK_NO_INDEX when it is none. */
uint32_t hk_candidate_of(const struct hk_place_workload *placed, uint32_t cluster);

#endif
