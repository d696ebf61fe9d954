/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between two plans, as data: replicas by place, probabilities by route, the objective. Sorted so that what a reader must see first comes first:
 * workloads that lose replicas somewhere while they gain elsewhere, then those that only lose, then those that only gain; names within.
 */
#ifndef HK_PLAN_DIFF_H
#define HK_PLAN_DIFF_H

#include "plan/plan.h"

enum hk_change_kind { HK_CHANGE_MOVED, HK_CHANGE_REMOVED, HK_CHANGE_ADDED };

/* kind is that of the workload as a whole, so that the lines of one move stand together. before and after differ. */
struct hk_plan_replica_change { const char *pipeline, *workload, *cluster; uint32_t before, after; enum hk_change_kind kind; };
/* Probability that a message of the connection at `source` goes to `target`; 0 when the plan has no such route. */
struct hk_plan_route_change { const char *pipeline, *from, *to, *source, *target; double before, after; };

/* What is bought of a link: bit/s more, or seconds less. */
struct hk_plan_network_diff { const char *from, *to, *what /* "bandwidth" or "latency" */; double before, after; };

/* Text is borrowed from the two plans. */
struct hk_plan_diff {
	struct hk_arena arena;
	struct hk_plan_replica_change *replicas; size_t n_replicas;
	struct hk_plan_route_change *routes; size_t n_routes;      /* sorted by pipeline, from, to, source, target */
	struct hk_plan_network_diff *network; size_t n_network;    /* sorted by from, to, parallel, what */
	double objective_before, objective_after;                  /* currency/h; before is 0 without an old plan */
};

/* before NULL compares with an empty plan. Probabilities closer than 1e-9 count as equal. */
void hk_plan_diff(struct hk_plan_diff *diff, const struct hk_plan *before, const struct hk_plan *after);
bool hk_plan_diff_is_empty(const struct hk_plan_diff *diff);
void hk_plan_diff_release(struct hk_plan_diff *diff);

#endif
