/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan: what was decided, what is predicted, why, and from what. Names, not indices, so that a plan stands alone. Everything lives in the plan's arena.
 * Written as YAML `kind: Plan` (apiVersion hkctl.dev/v1alpha1, formatVersion "1.0"): unknown fields of a newer minor version are ignored when reading, another
 * major is refused.
 */
#ifndef HK_PLAN_PLAN_H
#define HK_PLAN_PLAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "yaml/doc.h"
#include <stdbool.h>
#include <stdint.h>

struct hk_plan_node { const char *name; const char *group; uint32_t replicas; };
struct hk_plan_placement {                     /* one workload in one cluster with replicas > 0 */
	const char *cluster;
	uint32_t replicas, previous;           /* previous: replicas there before, 0 without a previous plan */
	double load, utilisation;              /* share of the workload's rate; of its replicas' capacity (0 when capacity is not given) */
	struct hk_plan_node *nodes; size_t n_nodes;     /* empty in clusters without a node inventory */
};
struct hk_plan_workload {
	const char *name;
	double rate;                           /* messages/s */
	double availability, availability_target;       /* exact predicted; NaN when no target and not computed; target 0 when none */
	struct hk_plan_placement *placements; size_t n_placements;     /* sorted by cluster */
	const char **reasons; size_t n_reasons;         /* sentences */
	/* the manifest this workload is rendered from */
	const char *manifest_file, *manifest_kind, *manifest_name;     /* NULL when none */
};
/* Destination of a route: probability and the integer weight that is rendered (weights of one route sum to 100). */
struct hk_plan_target { const char *cluster; double probability; uint32_t weight; double latency, jitter, loss; };
struct hk_plan_route { const char *cluster /* source */; double share /* of the connection's traffic */; struct hk_plan_target *targets; size_t n_targets; };
struct hk_plan_connection {
	const char *from, *to;
	double rate;
	/* predicted: worst pair in use and mean over messages; s, s, ratio, bit/s. NaN request/limit when none */
	double latency_mean, latency_worst, jitter_worst, loss_worst, bandwidth_least;
	double latency_request, latency_limit, jitter_request, jitter_limit, loss_request, loss_limit, bandwidth_request, bandwidth_limit;
	bool misses_request;
	struct hk_plan_route *routes; size_t n_routes;  /* sorted by source cluster */
};
struct hk_plan_path {
	const char *from, *to;
	double latency_mean, latency_worst, jitter_worst, loss_worst;
	double latency_request, latency_limit, jitter_request, jitter_limit, loss_request, loss_limit;   /* NaN when none */
	bool misses_request;
	const char *worst_route;               /* "cameras@edge-a > decode@edge-a > ..." */
};
struct hk_plan_pipeline {
	const char *name, *name_space;
	struct hk_plan_workload *workloads; size_t n_workloads;
	struct hk_plan_connection *connections; size_t n_connections;
	struct hk_plan_path *paths; size_t n_paths;
	double cost;                           /* currency/h, without moves; NaN when not known */
	double bound;                          /* proved least cost at the plan's prices, without moves; NaN when not known */
	const char *fingerprint;               /* of everything this cost depends on (place/warm.h); NULL when not known */
};
/* Rent of something full: what one unit more would be worth per hour. Either a cluster's resource or a link. */
struct hk_plan_price { const char *cluster, *resource, *from, *to; double price; };
struct hk_plan_resource { const char *name; double used, capacity; };                 /* ours and what was there before; capacity INFINITY when unlimited */
struct hk_plan_cluster { const char *name, *output; struct hk_plan_resource *resources; size_t n_resources; double cost; /* currency/h */ };
struct hk_plan_link { const char *from, *to; double used, capacity; };                /* bit/s */
/* What is bought from the network for one direction of a link. */
struct hk_plan_network_change {
	const char *from, *to, *controller;    /* controller NULL when the link names none */
	/* links of the same two clusters that come before it in the topology: by latency, then most bandwidth, then as in the file */
	uint32_t parallel;
	double bandwidth_before, bandwidth_after;      /* bit/s; NaN when it stays */
	double latency_before, latency_after;          /* s; NaN when it stays */
	double price;                          /* currency/h */
	double expires;                        /* until when it can be bought, s since 1970; 0: always */
	const char **why; size_t n_why;        /* sentences: who needs it */
};
struct hk_plan_input { const char *path, *digest; };
struct hk_plan_move { const char *pipeline, *workload, *cluster; int32_t change; };   /* replicas added (+) or removed (-) against the previous plan */

/* A pipeline that did not fit beside those of higher priority, and was left out because a partial plan was asked for. */
struct hk_plan_left_out { const char *pipeline; int32_t priority; const char *why; };

struct hk_plan {
	struct hk_arena arena;
	const char *id;                        /* first 16 hex digits of the SHA-256 of the plan's text without id, seconds and memory */
	const char *previous_id;               /* NULL without one */
	/* what the ends of offers were compared with, s since 1970; 0: no offer has one, or nothing said what time it was */
	double assumed_at;
	double objective, bound, gap;
	double cost_compute, cost_egress, cost_latency, cost_requests, cost_affinity, cost_moves, cost_network;      /* parts of the objective */
	double cpu_seconds; uint64_t peak_memory;       /* of the run; written only to the side, never part of digests: see plan_write */
	bool proved;                           /* the gap asked for was reached */
	bool altered;                          /* set by the reader: the text is not what was written (finding HK0807); its bounds prove nothing */
	struct hk_plan_pipeline *pipelines; size_t n_pipelines;       /* sorted by name */
	struct hk_plan_cluster *clusters; size_t n_clusters;
	struct hk_plan_link *links; size_t n_links;
	struct hk_plan_move *moves; size_t n_moves;
	struct hk_plan_network_change *network_changes; size_t n_network_changes;     /* in the order of the topology's links: by from, to, parallel */
	/* above 0; resources by (cluster, resource), then links in the topology's order. A re-plan starts from them */
	struct hk_plan_price *prices; size_t n_prices;
	struct hk_plan_left_out *left_out; size_t n_left_out;         /* sorted by name; most plans have none */
	struct hk_plan_input *inputs; size_t n_inputs;  /* sorted by path */
};

/*
 * Append the plan as YAML. Deterministic: same plan, same bytes. cpuSeconds and peakMemoryBytes are facts of one run, not of the plan, and would break "same
 * input, same bytes"; they are written only with `measurements` true.
 */
int hk_plan_write(const struct hk_plan *plan, bool measurements, struct hk_buf *out, struct hk_err *err);
void hk_plan_seal(struct hk_plan *plan);       /* computes id */
/* Both in one go, without measurements: the plan is put into words once. */
int hk_plan_write_sealed(struct hk_plan *plan, struct hk_buf *out, struct hk_err *err);
/* Read a plan document. Findings (rules HK08xx) and -1 when it is none or broken. All text is copied. */
int hk_plan_read(struct hk_plan *plan, const struct hk_doc *doc, struct hk_diags *diags);
/* File convenience: load, exactly one Plan document. */
int hk_plan_load(struct hk_plan *plan, const char *path, struct hk_diags *diags, struct hk_err *err);
void hk_plan_release(struct hk_plan *plan);
/*
 * Compare input digests with the files on disk (relative to the current directory): number of inputs that changed or are missing; names appended to *changed.
 */
size_t hk_plan_stale(const struct hk_plan *plan, struct hk_buf *changed);
/* For what carries a plan out (only showing a stale one is harmless): 0 when no input changed, else -1 with HK_STALE and the names of those that did. */
int hk_plan_refuse_stale(const struct hk_plan *plan, struct hk_err *err);
/* NULL when there is none. Pipelines, workloads and placements are sorted by name. */
const struct hk_plan_workload *hk_plan_workload(const struct hk_plan *plan, const char *pipeline, const char *workload);
const struct hk_plan_placement *hk_plan_placement(const struct hk_plan_workload *workload, const char *cluster);

#endif
