/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the user's documents say, typed, checked and cross-referenced by index. Every array is sorted by name (bytewise), so nothing depends on the order of
 * files or documents. All text and arrays live in the model's arena. Units are those of units.h (seconds, bit/s, bytes, events/s, currency/h).
 *
 * Filled by hk_model_load() (load.h) from a workspace of documents; the documents stay loaded while the model lives because every value
 * remembers where it stands (struct hk_where).
 */
#ifndef HK_MODEL_MODEL_H
#define HK_MODEL_MODEL_H

#include "base/arena.h"
#include "base/diag.h"
#include "yaml/doc.h"
#include <stdbool.h>
#include <stdint.h>

#define HK_NO_INDEX ((uint32_t)-1)

struct hk_where {
	const struct hk_doc *doc;       /* NULL: the value is a default */
	const struct hk_node *node;
};

struct hk_label { const char *key, *value; };
struct hk_labels { struct hk_label *v; size_t n; };                 /* sorted by key */

enum hk_selector_op { HK_OP_IN, HK_OP_NOT_IN, HK_OP_EXISTS, HK_OP_NOT_EXISTS, HK_OP_GREATER, HK_OP_LESS /* the last two only in node affinity: integers */ };
struct hk_selector_term { const char *key; enum hk_selector_op op; const char **values; size_t n_values; };
struct hk_selector { struct hk_selector_term *terms; size_t n_terms; struct hk_where where; };   /* terms are ANDed; none matches everything */

/* request = preferred, limit = worst allowed (hard). Lower is better but for bandwidth. */
struct hk_bound {
	bool has_request, has_limit;
	double request, limit;
	struct hk_where request_at, limit_at;
};
struct hk_bounds { struct hk_bound latency, jitter, loss, bandwidth; };   /* s, s, ratio, bit/s */

enum hk_taint_effect { HK_NO_SCHEDULE, HK_PREFER_NO_SCHEDULE, HK_NO_EXECUTE };
struct hk_taint { const char *key, *value; enum hk_taint_effect effect; };
struct hk_toleration { const char *key, *value; bool exists; int effect; /* -1: every effect */ };

/* One node, or `count` interchangeable ones named name-1 ... name-count. */
struct hk_node_group {
	const char *name;
	uint32_t count;
	double *allocatable;            /* per model resource; -1 where the node does not state it (then it has none) */
	double *used;                   /* per model resource: requests of pods already there that are not ours; per node of the group */
	struct hk_labels labels;
	struct hk_taint *taints; size_t n_taints;
	bool unschedulable;
	struct hk_where where;
};

struct hk_cluster {
	/* failure_domain defaults to the cluster's name; output to clusters/<name> */
	const char *name, *tier, *region, *zone, *provider, *failure_domain, *output;
	struct hk_labels labels;        /* the user's, plus name, tier, region, zone, provider, failureDomain where the user has no such key */
	struct hk_labels node_selector; /* identifies this cluster's nodes when rendering */
	double availability, node_availability;       /* 1 when not given */
	double *price;                  /* currency per unit of each model resource and hour */
	double *reserve;                /* share 0..1 of allocatable kept free, per model resource */
	struct hk_node_group *nodes; size_t n_nodes;
	bool unlimited;                 /* no nodes given: a cloud that grows as needed */
	struct hk_where where;
};

struct hk_site {
	const char *name;
	uint32_t cluster;
	double latency, jitter, loss, bandwidth;      /* of the access hop; bandwidth +inf when not given */
	struct hk_where where;
};

struct hk_link {                    /* one direction; `both: true` makes two */
	uint32_t from, to;              /* clusters */
	double latency, jitter, loss, bandwidth /* +inf when not given */, price /* currency per byte */, availability;
	const char *controller;         /* NULL when none */
	bool equal_cost;                /* shares traffic with other such links that begin a route as short */
	bool adjustable_bandwidth, adjustable_latency;
	double bandwidth_max, bandwidth_step, bandwidth_price /* per bit/s/h */, latency_min, latency_price /* per s/h */;
	double expires;                 /* until when that can be bought, s since 1970; 0: always */
	bool over;                      /* ... and that is past: it is not adjustable any more */
	struct hk_labels labels;        /* answers of the link to constraint rules */
	struct hk_where where, measured_at;     /* measured_at: a measured bandwidth; else no node */
};

/* A measured value between two clusters that replaces what the route's links add up to. NaN where not measured. */
struct hk_pair_metric { uint32_t from, to; double latency, jitter, loss, bandwidth; struct hk_where where; };

enum hk_level { HK_LEVEL_NODE, HK_LEVEL_CLUSTER, HK_LEVEL_ZONE, HK_LEVEL_REGION, HK_LEVEL_FAILURE_DOMAIN };

struct hk_endpoint { const char *name; uint32_t site /* or HK_NO_INDEX */, cluster; double rate /* inputs */, size /* bytes */; struct hk_where where,
		     measured_at /* a measured rate; else no node */; };

struct hk_prefer {
	struct hk_selector selector;
	double weight;                  /* share of the load outside costs weight * objective.affinity */
	bool has_when;                  /* applies only in clusters where the metric from `from` to the cluster is below/above the value */
	enum { HK_METRIC_LATENCY, HK_METRIC_JITTER, HK_METRIC_LOSS, HK_METRIC_BANDWIDTH } metric;
	uint32_t from_input, from_cluster;   /* one of the two, the other HK_NO_INDEX */
	bool below;
	double value;
};

struct hk_pairing { uint32_t with; enum hk_level level; bool required; double weight; struct hk_where where; };

enum { HK_PRIORITY_MOST = 1000000000 };  /* of a pipeline; the least is its negative, as for a PriorityClass */

enum { HK_MOST_REPLICAS = 1000000 };    /* of one workload that a plan can have */

enum hk_manifest_kind { HK_DEPLOYMENT, HK_STATEFULSET, HK_DAEMONSET, HK_JOB, HK_CRONJOB, HK_POD, HK_VIRTUAL_MACHINE, HK_REPLICASET };
struct hk_manifest_ref {
	const char *file;               /* path as resolved from the pipeline's file; NULL when the workload has no manifest */
	enum hk_manifest_kind kind;
	const char *name, *name_space;  /* name_space as in the manifest, or NULL */
	struct hk_labels pod_labels;
	uint32_t replicas;              /* spec.replicas, 1 when absent */
	struct hk_where where;          /* the reference in the pipeline */
};

struct hk_workload {
	const char *name;
	struct hk_manifest_ref manifest;
	double *request;                /* per model resource, one replica */
	double capacity;                /* messages/s one replica sustains; +inf when not given */
	double service_time;            /* s */
	double availability;            /* target; 0 when none */
	uint32_t min_replicas, max_replicas;            /* max UINT32_MAX when not given */
	struct hk_selector require;
	struct hk_prefer *prefer; size_t n_prefer;
	bool has_spread; const char *spread_over; uint32_t spread_min;   /* "cluster", "failureDomain", "region", "zone", "tier" or a label key */
	struct hk_pairing *together; size_t n_together;   /* required false by default */
	struct hk_pairing *apart; size_t n_apart;         /* required true by default; with == itself: at most one replica per node / cluster / ... */
	struct hk_labels features;      /* node labels needed, from features and the manifest's nodeSelector */
	struct hk_selector *node_terms; size_t n_node_terms;   /* the manifest's required node affinity: ORed; 0 = none */
	struct hk_toleration *tolerations; size_t n_tolerations;
	/*
	 * from constraint policies on this workload alone: least allocatable a node must have (limit) and should have (request), per model resource; 0 = none
	 */
	double *node_limit, *node_request;
	struct hk_where where, capacity_at, availability_at, replicas_at, request_at;
};

/* How pods of both ends are joined besides Services (lib/render/chain.c). */
enum hk_chain { HK_CHAIN_NONE, HK_CHAIN_NSM, HK_CHAIN_MULTUS };
struct hk_connection {
	/* exactly one of from_input / from_workload, one of to_output / to_workload */
	uint32_t from_input, from_workload, to_output, to_workload;
	double fanout, size;            /* messages out per message in (of the source workload, or of the input); bytes */
	struct hk_bounds bounds;        /* own and from constraint policies: strictest limit, strictest request */
	double affinity;                /* weight 0..100: share of traffic that leaves the cluster costs affinity * objective.affinity */
	enum hk_chain chain;            /* between two workloads only */
	struct hk_where where;
};

struct hk_path {                    /* every way through the DAG from `from` to `to` */
	uint32_t from_input, from_workload, to_output, to_workload;
	struct hk_bounds bounds;        /* limit: slowest route in use; request: mean over messages, slowest branch. bandwidth unused */
	struct hk_where where;
};

/* Weights of the objective, all in currency per hour (docs/optimisation-model.md, Wanted). */
struct hk_objective {
	double cost;      /* multiplies compute and egress cost; default 1 */
	double latency;   /* per message in flight on connections (rate * latency); default 0.01 */
	/*
	 * per message in flight beyond a latency or jitter request, per message/s lost beyond a loss request, per missing share of a bandwidth request times
	 * rate; default 10
	 */
	double request;
	double affinity;  /* per unit of weight and whole traffic or load; default 0.01 */
	double moves;     /* per replica that leaves its cluster, against --previous; default 0.1 */
};

struct hk_pipeline {
	const char *name, *name_space;
	struct hk_endpoint *inputs; size_t n_inputs;
	struct hk_endpoint *outputs; size_t n_outputs;
	struct hk_workload *workloads; size_t n_workloads;
	struct hk_connection *connections; size_t n_connections;    /* sorted by (from name, to name) */
	struct hk_path *paths; size_t n_paths;
	struct hk_objective objective;
	int32_t priority;               /* who stays when not all pipelines fit: higher first; 0 when not given */
	uint32_t *order;                /* workloads in topological order, ties by name */
	double *rate;                   /* per workload: messages/s arriving (lambda) */
	double *connection_rate;        /* per connection: messages/s */
	struct hk_where where;
};

struct hk_model {
	struct hk_arena arena;
	const char **resources; size_t n_resources;     /* sorted; "cpu" in cores, "memory" in bytes, others in their own units */
	struct hk_cluster *clusters; size_t n_clusters;
	struct hk_site *sites; size_t n_sites;
	struct hk_link *links; size_t n_links;          /* sorted by (from, to, latency) */
	struct hk_pair_metric *pair_metrics; size_t n_pair_metrics;
	struct hk_pipeline *pipelines; size_t n_pipelines;
	/*
	 * Failure domains, per cluster: the first cluster of its own, and the least availability in it. NULL in models that hk_model_load() did not make: then
	 * they are looked for
	 */
	uint32_t *failure_domain_of;
	double *domain_availability;
	/* what the ends of offers were compared with, s since 1970: given, else the newest observation of metrics; 0 when nothing says it */
	double now;
	bool offers_end;                /* some offer has an end */
};

/* Value of a label of the cluster, or NULL. */
const char *hk_cluster_label(const struct hk_cluster *cluster, const char *key);
bool hk_selector_matches(const struct hk_selector *selector, const struct hk_labels *labels);
const char *hk_labels_get(const struct hk_labels *labels, const char *key);
/* What labels say about a constraint rule: the value of the label of its name, else of hkctl.dev/NAME; NULL when there is neither. */
const char *hk_labels_answer(const struct hk_labels *labels, const char *rule);
/* May this workload's pods run on nodes of this group: features, node affinity, taints, unschedulable, node_limit. */
bool hk_node_group_accepts(const struct hk_model *model, const struct hk_node_group *group, const struct hk_workload *workload);
uint32_t hk_model_cluster(const struct hk_model *model, const char *name);         /* HK_NO_INDEX when unknown */
uint32_t hk_model_site(const struct hk_model *model, const char *name);
uint32_t hk_model_pipeline(const struct hk_model *model, const char *name);
uint32_t hk_model_resource(const struct hk_model *model, const char *name);
uint32_t hk_pipeline_workload(const struct hk_pipeline *pipeline, const char *name);
uint32_t hk_pipeline_input(const struct hk_pipeline *pipeline, const char *name);
uint32_t hk_pipeline_output(const struct hk_pipeline *pipeline, const char *name);
const char *hk_level_name(enum hk_level level);                      /* "failureDomain", as in documents */
const char *hk_manifest_kind_name(enum hk_manifest_kind kind);       /* "Deployment" */
/* Name of a connection's or path's ends, for messages. */
const char *hk_connection_from(const struct hk_pipeline *pipeline, const struct hk_connection *connection);
const char *hk_connection_to(const struct hk_pipeline *pipeline, const struct hk_connection *connection);
const char *hk_path_from(const struct hk_pipeline *pipeline, const struct hk_path *path);
const char *hk_path_to(const struct hk_pipeline *pipeline, const struct hk_path *path);
void hk_model_release(struct hk_model *model);

#endif
