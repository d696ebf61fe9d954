/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One rendering under way. Stages, each in a file of its own, in this order:
 *
 *   manifest.c  reads every manifest file, one document at a time, and keeps of each a summary (struct hk_entry) and where its bytes are
 *   link.c      finds the workload of the plan each entry belongs to, who scales it, and into which clusters everything goes
 *   variant.c   decides for each workload and cluster how many objects with how many replicas on which nodes (pin.c)
 *   budget.c    shares the numbers of PodDisruptionBudgets among the clusters
 *   chain.c     interfaces between pods: what each pod gets, and the objects that describe the networks
 *   prepare.c   edits a workload (workload.c, affinity.c) while its document is at hand: parsing twice would double the cost of all this
 *   jsonpatch.c the same edits for kustomize
 *   route.c     mesh objects (istio.c, gateway.c, smi.c, mcs.c)
 *   kustomize.c bases and overlays, when these are asked for instead of files
 *   decisions.c the same for systems that spread work over clusters (karmada.c, ocm.c, kep5313.c, kubefed.c, argocd.c, descheduler.c), once every file of the
 *   clusters is finished render.c    sorts the files to be, finishes what could not be prepared, and hands out one after the other
 *
 * Files the model does not hold as trees are read one document at a time; texts and what they become are kept. All findings come before the first file is
 * handed out. Private to lib/render.
 */
#ifndef HK_RENDER_JOB_H
#define HK_RENDER_JOB_H

#include "base/vec.h"
#include "render/index.h"
#include "render/pin.h"
#include "render/render.h"

#define HK_MANAGED_BY "app.kubernetes.io/managed-by"
#define HK_SHARD_LABEL "hkctl.dev/shard"

enum hk_entry_role {
	HK_ENTRY_OTHER,
	HK_ENTRY_WORKLOAD,        /* an object the plan places */
	HK_ENTRY_STRANGER,        /* a workload object that no pipeline names */
	HK_ENTRY_AUTOSCALER,      /* HorizontalPodAutoscaler, ScaledObject (KEDA) */
	HK_ENTRY_SERVICE,
	HK_ENTRY_SELECTING,       /* PodDisruptionBudget, NetworkPolicy: follow the pods they select */
};

/* What a PodDisruptionBudget asks for: minAvailable or maxUnavailable, a number or a percentage. */
enum hk_budget_form { HK_BUDGET_NONE, HK_BUDGET_NUMBER, HK_BUDGET_PERCENT };
struct hk_budget { enum hk_budget_form form; bool unavailable; int64_t value; };

struct hk_service_port { const char *name, *protocol, *app_protocol; int64_t number; };

/* What one pod needs to be part of a chain (chain.c). */
struct hk_chain_end {
	enum hk_chain chain;
	const char *text;                 /* nsm: URL of the service to connect to; multus: "<network>" or "<namespace>/<network>" */
	const char *interface;            /* multus: its name in the pod */
};
struct hk_chain_ends { const struct hk_chain_end *v; size_t n; };

/* One Kubernetes object of a manifest file: a document, or a member of a `kind: List`. */
struct hk_entry {
	const char *file;
	struct hk_str text;               /* its bytes: a part of the file's text, or for list members a copy moved to the left margin */
	struct hk_range range;            /* of metadata.name, for findings */
	const char *api_version, *kind, *name, *name_space /* as written, or NULL */, *folder;
	enum hk_entry_role role;
	bool *clusters;                   /* [model cluster]: goes there */
	/* workloads */
	const struct hk_pipeline *pipeline;
	const struct hk_workload *workload;
	const struct hk_plan_workload *planned;
	struct hk_chain_ends chain;
	const struct hk_entry *scaler;    /* who owns spec.replicas; NULL: the plan */
	bool evicts_by_migration, has_node_name, has_claims, has_completions, has_disks;
	/* services and selecting objects */
	bool has_selector, headless;
	struct hk_selector selector;
	struct hk_service_port *ports; size_t n_ports;
	const struct hk_value *spec;      /* services only: for copies under another name */
	/* autoscalers */
	const char *target_kind, *target_name;
	int64_t least, most;              /* -1 where not stated */
	struct hk_budget budget;
	/* kustomize.c */
	bool in_base, *kept;              /* [model cluster]: there as one object under its own name */
	/* objects of a mesh that exist already: the Service whose traffic they rule */
	const char *host;
};

/* How one workload object is written in one cluster: once as it is, or as one of several shards or copies. */
struct hk_variant {
	const char *name;                 /* NULL: the entry's */
	const char *shard;                /* value of HK_SHARD_LABEL, or NULL */
	uint32_t replicas, first_ordinal;
	struct hk_node_set nodes;         /* what required node affinity is written; no terms: none */
	struct hk_node_set fuller;        /* with an even spread: the nodes with one replica more than the others, which are preferred */
	bool spread;                      /* evenly over host names */
	int64_t least, most;              /* autoscalers: bounds in this cluster; budgets: minAvailable and maxUnavailable; -1 where not stated */
};

/* One file to be. */
struct hk_item {
	const char *suffix;               /* path below the cluster's output folder: "retail/deployment-decode.yaml" */
	uint32_t cluster;
	struct hk_entry *entry;           /* NULL: emitted from `object` */
	const struct hk_variant *variant; /* NULL: the entry's bytes unchanged */
	const struct hk_value *object;
	struct hk_str bytes;              /* what is written, once prepared */
	struct hk_str patch;              /* kustomize: the same as a JSON patch */
};

/* A connection that is chained: chain.c */
struct hk_chain_link {
	const struct hk_pipeline *pipeline;
	const struct hk_connection *connection;
	const char *network;              /* NetworkService or NetworkAttachmentDefinition */
	bool first;                       /* nsm: its source is no endpoint of the same service, but only a client */
	uint32_t out, in;                 /* number of the interface at the source and at the destination */
};

/* A workload of the plan that waits for its manifest. */
struct hk_claim {
	const struct hk_pipeline *pipeline;
	const struct hk_workload *workload;
	const struct hk_plan_workload *planned;
	const struct hk_entry *entry;     /* NULL: not found yet */
};

/* Placements of a cluster whose counts per node are not enforced: told once for all of them. */
struct hk_unpinned { size_t count; const char *first /* what is told */; struct hk_range range; };

/* A file for the hub of many clusters rather than for one of them. */
struct hk_decision_file { const char *path; struct hk_str bytes; };

/* A manifest file: as the workspace has it, or read here. */
struct hk_file_text {
	const char *path;
	const struct hk_input *input;
	struct hk_source source;
	const struct hk_pipeline *pipeline;       /* the first by name: objects without a namespace are taken for its */
	const struct hk_pipeline *other;          /* another one of another namespace, until that was told; or NULL */
};

struct hk_job {
	const struct hk_model *model;
	const struct hk_plan *plan;
	const struct hk_render_options *options;
	struct hk_diags *diags;
	bool failed;                      /* an error was found, shown or not */
	struct hk_err *err;               /* of hk_render */
	bool broken;                      /* *err is set */
	struct hk_arena arena;
	const char **outputs;             /* [model cluster]: checked output folder, NULL where nothing is placed */
	HK_VEC(struct hk_file_text *) files;
	HK_VEC(struct hk_entry *) entries;
	HK_VEC(struct hk_claim) claims;
	HK_VEC(const struct hk_entry *) ruling;   /* those with a host */
	struct hk_unpinned *unpinned;     /* [model cluster] */
	HK_VEC(const struct hk_plan_workload *) planned_workloads;
	HK_VEC(const struct hk_plan_connection *) connections;
	struct hk_index planned;          /* (pipeline, workload) -> planned_workloads */
	struct hk_index inbound;          /* (pipeline, workload or output) -> connections that lead there */
	struct hk_index claimed;          /* (file, kind, name) -> claims */
	HK_VEC(struct hk_entry *) scalers; /* autoscalers, read ahead of everything else: who owns spec.replicas must be known when a workload is met */
	struct hk_index scaled;           /* (folder, kind, name) of the target -> scalers */
	bool ahead;                       /* reading autoscalers only */
	HK_VEC(struct hk_chain_link) chains;
	struct hk_index chained;          /* (pipeline, workload) -> chains, once for each end */
	HK_VEC(struct hk_item) items;
	HK_VEC(struct hk_decision_file) decided;
	struct hk_index pods;             /* (folder, label key, label value) -> entries that are workloads; (folder, "", "") -> all */
};

/* As hk_diag_add, and remembers errors even when the user silenced their rule: what cannot be rendered right is not rendered. */
struct hk_diag *hk_job_diag(struct hk_job *job, enum hk_rule_id rule, const struct hk_range *range, const char *format,
			    ...) __attribute__((format(printf, 4, 5)));

/* manifest.c */
int hk_manifests_read(struct hk_job *job, struct hk_err *err);
/* enum hk_manifest_kind of a manifest's kind, -1 when it is no workload kind. */
int hk_manifest_kind_of(const char *kind);
/* list.c: a List, or a list of one kind ("DeploymentList"). */
bool hk_list_is(const struct hk_node *root);
/* Its members as texts of their own, in order; texts are in the job's arena. Findings where one cannot stand alone, but none while reading ahead. */
void hk_list_split(struct hk_job *job, const struct hk_doc *doc, void (*take)(struct hk_job *job, const struct hk_doc *doc, struct hk_str text, void *closure),
		   void *closure);
/* link.c */
void hk_outputs_check(struct hk_job *job);
void hk_claims_list(struct hk_job *job);                                  /* before reading */
bool hk_entry_claim(struct hk_job *job, struct hk_entry *entry);          /* true: the entry is a workload of the plan now */
void hk_entries_link(struct hk_job *job);                                 /* after reading */
const struct hk_plan_placement *hk_placement_in(const struct hk_plan_workload *planned, const char *cluster);
/* First link of job->pods whose workloads can match; then filter by hk_pods_selected. */
size_t hk_pods_first(const struct hk_job *job, const struct hk_entry *selecting);
bool hk_pods_selected(const struct hk_entry *selecting, const struct hk_entry *workload);
/* path.c: "<folder>/<kind>-<name>.yaml", NULL with a finding when the name cannot be a file name; and the last part of it alone. */
const char *hk_item_file(struct hk_arena *arena, const char *kind, const char *name);
const char *hk_item_suffix(struct hk_job *job, const struct hk_entry *entry, const char *kind, const char *name);
void hk_items_sort(struct hk_job *job);
/* variant.c */
void hk_workload_plan(struct hk_job *job, struct hk_entry *entry);        /* the items of one workload */
void hk_variants_plan(struct hk_job *job);                                /* and of everything else */
/* prepare.c: edit the workload items from `first` on, which belong to this document; sets job->broken on failure. */
void hk_items_prepare(struct hk_job *job, const struct hk_doc *doc, size_t first);
int hk_item_edit(struct hk_job *job, struct hk_item *item, const struct hk_doc *doc, struct hk_buf *out, struct hk_err *err);
/* calls.c */
void hk_calls_index(struct hk_job *job);                                  /* before everything else */
/* NULL when the plan has none, as for inputs */
const struct hk_plan_workload *hk_planned_named(const struct hk_job *job, const char *pipeline, const char *workload);
void hk_services_bring(struct hk_job *job);                               /* to the clusters of their callers; after linking */
/* Every connection of the plan that leads to the workload of this entry. */
#define hk_each_call(connection, job, entry) \
	for (size_t connection##_at = hk_index_first(&(job)->inbound, (entry)->pipeline->name, (entry)->workload->name, ""); connection##_at != HK_INDEX_END; \
	     connection##_at = (job)->inbound.links.v[connection##_at].next) \
		for (const struct hk_plan_connection *connection = (job)->connections.v[(job)->inbound.links.v[connection##_at].value]; connection; \
		     connection = NULL)
/* render.c: what is written for an item, from its manifest (read again) or its object; proved. */
int hk_item_write(struct hk_job *job, struct hk_item *item, struct hk_buf *out, struct hk_err *err);
/* decisions.c: after every item has its bytes. */
int hk_decisions_plan(struct hk_job *job, struct hk_err *err);
int hk_decisions_hand_out(const struct hk_job *job, hk_render_sink sink, void *closure);
/* route.c */
void hk_routes_plan(struct hk_job *job);
/* chain.c */
void hk_chains_plan(struct hk_job *job);                                  /* before reading */
void hk_chain_attach(struct hk_job *job, struct hk_entry *entry);         /* when it is known which workload it is */
void hk_chains_emit(struct hk_job *job);                                  /* networks, after linking */
/* kustomize.c: everything, as bases and overlays. */
int hk_kustomize_hand_out(struct hk_job *job, hk_render_sink sink, void *closure);
/* workload.c, autoscaler.c: the steps for one variant */
struct hk_script;
void hk_workload_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant);
/* chainedit.c: annotations of the template, or networks of a virtual machine. */
void hk_chain_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_node *template, const struct hk_node *pod_spec);
void hk_autoscaler_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant);
/* Bounds of an autoscaler in the cluster of placement `at` of its workload: its own apportioned by load. -1 where the autoscaler states none. */
void hk_autoscaler_bounds(const struct hk_entry *scaler, size_t at, int64_t *least, int64_t *most);
/* budget.c: the items of a PodDisruptionBudget that goes to the clusters of its pods; false when its bytes can stay as they are everywhere. */
bool hk_budget_plan(struct hk_job *job, struct hk_entry *entry);
void hk_budget_read(const struct hk_node *spec, struct hk_budget *budget);
void hk_budget_edit(struct hk_script *script, const struct hk_variant *variant);
/*
 * "<base>-<8 hexadecimal digits>" of at most `budget` bytes: base is cut where needed. The digits depend on base and seed alone, and go to *digits too (may be
 * NULL).
 */
const char *hk_hashed_name(struct hk_arena *arena, const char *base, const char *seed, size_t budget, const char **digits);

#endif
