/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why two plans differ, from what both of them state: rates, targets and limits, capacities, what the network can do between two clusters, names that came or
 * went. Only what can be read off the two plans is said; where nothing can, the inputs that changed are named, and where not even those did, that is said.
 */
#ifndef HK_PLAN_WHY_H
#define HK_PLAN_WHY_H

#include "plan/diff.h"

/* In the order in which they are told. The names are part of the JSON output. */
enum hk_why_code {
	HK_WHY_PIPELINE_NEW, HK_WHY_PIPELINE_GONE, HK_WHY_LEFT_OUT, HK_WHY_WORKLOAD_NEW, HK_WHY_WORKLOAD_GONE, HK_WHY_CLUSTER_NEW, HK_WHY_CLUSTER_GONE,
	HK_WHY_LOAD, HK_WHY_TARGET,
	HK_WHY_LIMIT, HK_WHY_LINK, HK_WHY_CAPACITY, HK_WHY_NEIGHBOUR, HK_WHY_NETWORK, HK_WHY_REPLICAS, HK_WHY_STATED, HK_WHY_INPUTS, HK_WHY_UNKNOWN,
	HK_WHY_COUNT
};
const char *hk_why_name(enum hk_why_code code);        /* "load", "cluster-gone", ... */

struct hk_why { enum hk_why_code code; const char *text; };
struct hk_why_list { struct hk_why *v; size_t n, cap; };

struct hk_why_world {
	const struct hk_plan *before, *after;
	const struct hk_plan_diff *diff;
	/* Names of the clusters the documents declare now, sorted; NULL when the documents are not known. A plan names only clusters in use. */
	const char *const *clusters; size_t n_clusters;
	struct hk_arena *arena;                        /* takes the texts */
};

/* At least one reason for a change of diff->replicas, at most five, in order of code. */
void hk_why_replicas(const struct hk_why_world *world, const struct hk_plan_replica_change *change, struct hk_why_list *out);
void hk_why_route(const struct hk_why_world *world, const struct hk_plan_route_change *change, struct hk_why_list *out);
void hk_why_network(const struct hk_why_world *world, const struct hk_plan_network_diff *change, struct hk_why_list *out);
void hk_why_release(struct hk_why_list *list);

#endif
