/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways of a path: which workloads and connections lie between its `from` and its `to`, and what each arc adds. Internal to the solver. */
#ifndef HK_PLACE_MILP_WAYS_H
#define HK_PLACE_MILP_WAYS_H

#include "place/problem.h"

enum hk_path_metric { HK_PATH_LATENCY, HK_PATH_JITTER, HK_PATH_LOSS /* as -ln(1 - loss), so that it adds up */, HK_PATH_METRICS };

struct hk_ways {
	const struct hk_block *block;
	const struct hk_pipeline *pipeline;
	const struct hk_path *path;
	uint32_t *edges; uint32_t n_edges;    /* on a way, sources in topological order */
	bool *on_way;                         /* per workload of the block */
	bool *sure;                           /* per workload: whatever reaches it came along a way of this path */
	uint32_t first, last;                 /* workloads of the block the path starts or ends at, HK_NO_INDEX for inputs and outputs */
};

void hk_ways_find(struct hk_ways *ways, const struct hk_block *block, const struct hk_pipeline *pipeline, const struct hk_path *path, struct hk_arena *arena);
const struct hk_bound *hk_ways_bound(const struct hk_path *path, enum hk_path_metric metric);
/* Limit or request in the metric's additive form; INFINITY when none. */
double hk_ways_limit(const struct hk_path *path, enum hk_path_metric metric);
double hk_ways_request(const struct hk_path *path, enum hk_path_metric metric);
/* Service time at the path's first workload (latency only), else 0. */
double hk_ways_base(const struct hk_ways *ways, enum hk_path_metric metric);
/* What the arc adds, without and with the service time of the workload it leads to. */
double hk_ways_hop(const struct hk_arc *arc, enum hk_path_metric metric);
double hk_ways_service(const struct hk_ways *ways, const struct hk_edge *edge, enum hk_path_metric metric);
bool hk_ways_starts(const struct hk_ways *ways, const struct hk_edge *edge);
bool hk_ways_ends(const struct hk_ways *ways, const struct hk_edge *edge);

#endif
