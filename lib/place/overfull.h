/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * More than fits, seen by counting: workloads that may only run in some clusters want more of a resource than these clusters have together (Hall's condition,
 * for the sets of clusters that are some workload's candidates), or have more large replicas than the nodes take: of those that ask for more than half of the
 * largest node, a node takes one, of those that ask for more than a third, two, and so on. Cheap, and a proof when it finds something.
 */
#ifndef HK_PLACE_OVERFULL_H
#define HK_PLACE_OVERFULL_H

#include "place/problem.h"

struct hk_overfull {
	uint32_t block, workload;     /* whose candidates are the full clusters */
	uint32_t resource;
	double larger_than;           /* replicas that ask for more than this are counted; 0: amounts are */
	double wanted, capacity;      /* by all who have nowhere else to go: amounts, or replicas */
};

/* part: which blocks count; NULL for all. */
bool hk_problem_overfull(const struct hk_problem *problem, const bool *part, struct hk_overfull *overfull);
/* How much of what is wanted is the block's. */
double hk_overfull_of(const struct hk_problem *problem, const struct hk_overfull *overfull, uint32_t block);

#endif
