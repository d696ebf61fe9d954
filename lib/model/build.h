/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of hk_model_load: what its parts share. Order of work (load.c): declare pipelines and read manifests, collect the names of resources, read topologies,
 * read the rest of the pipelines, apply policies, apply metrics, compute rates, check.
 */
#ifndef HK_MODEL_BUILD_H
#define HK_MODEL_BUILD_H

#include "base/map.h"
#include "base/vec.h"
#include "model/cluster_index.h"
#include "model/load.h"
#include "model/units.h"

/* Amounts by resource name, before the model's list of resources is known. */
struct hk_amount { const char *name; double value; };
struct hk_amounts { HK_VEC(struct hk_amount) list; };

/* A port of the node a container asks for. */
struct hk_host_port { uint32_t number; const char *protocol; };

/* What a pod template says that matters for placing it. */
struct hk_pod {
	struct hk_amounts requests;
	struct hk_labels labels, node_selector;
	struct hk_selector *node_terms; size_t n_node_terms;
	struct hk_toleration *tolerations; size_t n_tolerations;
	struct hk_host_port *ports; size_t n_ports;             /* of the node itself, which two pods cannot share */
	struct hk_selector *repels; size_t n_repels;            /* required pod anti-affinity: labels of pods it must not share a node or zone with */
	bool *repels_zone;                      /* [repels]: a zone, or all of a region */
	bool replicas_stated;                   /* the object has a replica count of its own */
	bool requests_elsewhere;                /* the workload says them itself */
	struct hk_labels selector;              /* matchLabels of the owner's selector; the pod's own labels when it has none */
};

/* An object inside a file that some document names: List items are unpacked. */
struct hk_object {
	const struct hk_doc *doc;
	const struct hk_node *node;
	const char *kind, *name, *name_space;
	size_t next, last;                      /* of the same name: the object behind this one or HK_MAP_NONE; for the first, the last */
};
struct hk_attachment {
	const char *path;                       /* as resolved */
	bool failed;                            /* could not be read; said once */
	HK_VEC(struct hk_object) objects;
	struct hk_map names;                    /* to the first object of that name; hk_attachment_named */
	bool names_known;
};

/* Per pipeline: the parallel facts that do not go into the model. */
struct hk_pipeline_draft {
	struct hk_pod *pods;                    /* per workload */
	struct hk_amounts *requests;            /* per workload: own `requests`, or those of the manifest */
	bool partial;                           /* a connection was refused: what it would have reached is not "unreachable" */
};

struct hk_build {
	struct hk_model *model;
	struct hk_workspace *workspace;
	struct hk_diags *diags;
	struct hk_arena *arena;                 /* of the model */
	const struct hk_doc *doc;               /* being read: findings point into it */
	HK_VEC(struct hk_attachment *) attachments;
	struct hk_map attachment_paths;         /* to positions in attachments */
	struct hk_map input_names;              /* normalised paths of the workspace's files, to positions in inputs; filled when the first file is named */
	HK_VEC(struct hk_input *) inputs;
	bool inputs_known;
	struct hk_owners *owners;               /* pods.c */
	HK_VEC(const char *) controllers;
	const char *divided; bool divided_known;        /* exclusions.c: a cluster of several zones, looked for once */
	struct hk_pipeline_draft *drafts;       /* per pipeline of the model */
	struct hk_cluster_index by_label;       /* from the checks on */
	struct hk_cluster_list fitting;         /* scratch of the checks */
	bool end_not_compared;                  /* said once */
	/* something of that sort is invalid: what it would have declared is not "unknown" */
	bool topology_partial, sites_partial, policies_partial, pipelines_partial;
};

/* ---- read.c: values of mappings; absent or null keys leave *value alone; malformed ones are findings ---- */
bool hk_read_unit(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, double *value);
bool hk_read_unit_at(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, double *value, struct hk_where *where);
bool hk_read_unit_node(struct hk_build *b, const struct hk_node *node, enum hk_rule_id rule, enum hk_unit unit, double *value);
bool hk_read_bool(struct hk_build *b, const struct hk_node *mapping, const char *key, bool *value);
bool hk_read_count(struct hk_build *b, const struct hk_node *mapping, const char *key, uint32_t *value);
const char *hk_read_text(struct hk_build *b, const struct hk_node *mapping, const char *key);    /* in the model's arena; NULL when absent */
const struct hk_node *hk_read_list(struct hk_build *b, const struct hk_node *mapping, const char *key);    /* a sequence, else NULL and a finding */
const struct hk_node *hk_read_map(struct hk_build *b, const struct hk_node *mapping, const char *key);
void hk_read_labels(struct hk_build *b, const struct hk_node *mapping, struct hk_labels *labels);          /* sorted */
void hk_read_amounts(struct hk_build *b, const struct hk_node *mapping, enum hk_rule_id rule, struct hk_amounts *amounts);
void hk_read_selector(struct hk_build *b, const struct hk_node *mapping, struct hk_selector *selector);     /* matchLabels and matchExpressions */
void hk_read_expressions(struct hk_build *b, const struct hk_node *list, bool field, struct hk_selector *selector);
void hk_read_tolerations(struct hk_build *b, const struct hk_node *list, struct hk_toleration **tolerations, size_t *count);
void hk_read_taints(struct hk_build *b, const struct hk_node *list, struct hk_taint **taints, size_t *count);
bool hk_read_bound(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, struct hk_bound *bound);
struct hk_where hk_where_of(const struct hk_build *b, const struct hk_node *node);
void *hk_keep(struct hk_build *b, const void *items, size_t count, size_t size);       /* copy into the arena; NULL when count is 0 */
bool hk_labels_include(const struct hk_labels *labels, const struct hk_labels *wanted);    /* every wanted one; selector.c */
void hk_labels_add(struct hk_build *b, struct hk_labels *labels, const char *key, const char *value);      /* unless the key is there */

/* ---- amounts.c ---- */
void hk_amounts_add(struct hk_amounts *amounts, const char *name, double value);        /* sums */
void hk_amounts_raise(struct hk_amounts *amounts, const char *name, double value);      /* maximum */
void hk_amounts_release(struct hk_amounts *amounts);
double *hk_amounts_dense(struct hk_build *b, const struct hk_amounts *amounts, double absent);      /* per model resource */
void hk_collect_resources(struct hk_build *b);

/* ---- refer.c: names that must exist ---- */
/* Finding at node: "<what> 'x' does not exist", nearest candidate as help and fix. */
void hk_refer_unknown(struct hk_build *b, const struct hk_node *node, enum hk_rule_id rule, const char *what, const char *const *names, size_t count);
uint32_t hk_refer_cluster(struct hk_build *b, const struct hk_node *mapping, const char *key);
uint32_t hk_refer_site(struct hk_build *b, const struct hk_node *mapping, const char *key);
/* False, and a finding that shows both places, when name is already in the map. index: position in an array whose places `where_of` gives. */
bool hk_refer_declare(struct hk_build *b, struct hk_map *names, const char *name, const struct hk_node *node, const struct hk_where *first, const char *what,
		      size_t index);

/* ---- pods.c ---- */
void hk_owners_free(struct hk_owners *owners);

/* ---- attach.c ---- */
/* File named by `node` in the document being read, loaded once; NULL when unreadable (a finding). */
struct hk_attachment *hk_attach(struct hk_build *b, const struct hk_node *node);
/*
 * Position of the first object of that name, HK_MAP_NONE without one; the others follow by `next`, in order. A file may hold thousands, each named by a
 * workload.
 */
size_t hk_attachment_named(struct hk_attachment *attachment, const char *name);

/* ---- the steps ---- */
void hk_build_declare_pipelines(struct hk_build *b);    /* pipeline.c */
void hk_build_topologies(struct hk_build *b);           /* topology.c */
void hk_build_pipelines(struct hk_build *b);            /* pipeline.c */
void hk_build_policies(struct hk_build *b);             /* offers.c */
void hk_build_metrics(struct hk_build *b);              /* metrics.c */
void hk_build_domains(struct hk_build *b);              /* domains.c */
void hk_build_rates(struct hk_build *b);                /* graph.c */
void hk_build_checks(struct hk_build *b);               /* checks.c */
void hk_build_limit_checks(struct hk_build *b);         /* checks_limits.c */

void hk_build_manifest(struct hk_build *b, const struct hk_node *reference, const char *workload, const char *name_space, struct hk_manifest_ref *manifest,
		       struct hk_pod *pod);             /* manifest.c */
void hk_read_pod(struct hk_build *b, const struct hk_node *metadata, const struct hk_node *spec, struct hk_pod *pod);    /* podspec.c */
void hk_read_pod_requests(struct hk_build *b, const struct hk_node *spec, struct hk_amounts *requests);
void hk_read_machine_requests(struct hk_build *b, const struct hk_node *spec, struct hk_amounts *requests);     /* KubeVirt */
void hk_build_placement(struct hk_build *b, struct hk_pipeline *pipeline, struct hk_workload *workload, const struct hk_node *node);     /* placement.c */
void hk_build_exclusions(struct hk_build *b, struct hk_pipeline *pipeline, const struct hk_pod *pods);                   /* exclusions.c */
void hk_build_connections(struct hk_build *b, struct hk_pipeline *pipeline, const struct hk_node *spec);                 /* connections.c */

/* Spec of each document of a kind that is fit to be read; sets b->doc. Use: for (size_t i = 0; (doc = hk_next_document(b, KIND, &i)); ) */
const struct hk_document *hk_next_document(struct hk_build *b, enum hk_kind kind, size_t *position);
const struct hk_node *hk_document_spec(const struct hk_document *document);

#endif
