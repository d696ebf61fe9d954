/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What runs where: nodes of the topology one by one, pods as `kubectl get pods -o json` saved them (or, without any, the replicas of a plan), disruption
 * budgets, and other objects that targets select. Everything lives in the inventory's arena; text of documents is borrowed, so the workspace must stay loaded.
 */
#ifndef HK_CHECK_INVENTORY_H
#define HK_CHECK_INVENTORY_H

#include "base/map.h"
#include "base/vec.h"
#include "model/load.h"
#include "plan/plan.h"

struct hk_check_node {
	const char *name;
	uint32_t cluster, group;
	double *free;                   /* per model resource: allocatable without reserve, less what pods request; NULL until hk_inventory_count_free() */
};

enum hk_pod_flag {
	HK_POD_PLANNED = 1,             /* a replica of the plan, not a pod that was seen */
	HK_POD_BARE = 2,                /* nobody would make it again */
	HK_POD_DAEMON = 4,              /* its controller puts it back on the same node */
	HK_POD_STATIC = 8,              /* the node's own (mirror) pod */
	HK_POD_LOCAL_STORAGE = 16,      /* emptyDir or hostPath: its data does not move */
	HK_POD_FORCED = 32,             /* annotated descheduler.alpha.kubernetes.io/evict */
	HK_POD_READY = 64,
};

struct hk_check_pod {
	const char *name, *name_space, *node_name /* NULL: not scheduled */, *uid /* NULL: not stated */;
	uint32_t cluster, node;         /* HK_NO_INDEX when not known */
	uint32_t pipeline, workload;    /* whose replica it is; HK_NO_INDEX when nobody's */
	unsigned flags;                 /* of enum hk_pod_flag */
	int64_t priority;
	struct hk_labels labels;
	double *request;                /* per model resource; NULL: nothing */
};

/* policy/v1 PodDisruptionBudget. */
struct hk_check_budget {
	const char *name, *name_space;
	uint32_t cluster;               /* HK_NO_INDEX: of whichever cluster has such pods */
	struct hk_selector selector;
	bool has_allowed; int64_t allowed;             /* status.disruptionsAllowed */
	const char *min_available, *max_unavailable;   /* "2" or "50%"; NULL when not given */
};

/* Any other object a target may select: Endpoints, NetworkService. */
struct hk_check_object { const char *api_version, *kind, *name, *name_space; uint32_t cluster; struct hk_labels labels; };

/* Objects of a file belong to this cluster. */
struct hk_check_origin { const char *path; uint32_t cluster; };

struct hk_inventory {
	struct hk_arena arena;
	const struct hk_model *model;
	struct hk_diags diags;                          /* what reading complained about: reported elsewhere already */
	HK_VEC(struct hk_check_node) nodes;             /* by cluster, then as the model has them */
	HK_VEC(struct hk_check_pod) pods;               /* by cluster name, namespace, name */
	HK_VEC(struct hk_check_budget) budgets;
	HK_VEC(struct hk_check_object) objects;
	HK_VEC(struct hk_check_origin) origins;
	HK_VEC(const struct hk_node *) bindings;        /* ConstraintPolicyBinding objects found on the way */
	struct hk_map node_names;                       /* "cluster/name" to nodes; "name" to the first of that name */
	struct hk_map ambiguous;                        /* names of nodes that several clusters have */
	struct hk_map seen;                             /* pods, so that one saved twice counts once */
	size_t n_unknown_nodes;                         /* pods on nodes that no topology has */
};

/* Nodes of the model; then every object of the workspace. origins: which cluster the objects of a file are of, by path as in the workspace; may be NULL. */
void hk_inventory_open(struct hk_inventory *inventory, const struct hk_model *model, struct hk_workspace *workspace, const struct hk_check_origin *origins,
		       size_t n_origins);
/* Replicas of the plan as pods, named WORKLOAD-CLUSTER-NUMBER. For when no pod was seen. */
void hk_inventory_add_plan(struct hk_inventory *inventory, const struct hk_plan *plan);
void hk_inventory_count_free(struct hk_inventory *inventory);
void hk_inventory_close(struct hk_inventory *inventory);
/* HK_NO_INDEX when unknown, or, with cluster HK_NO_INDEX, when several clusters have a node of that name. */
uint32_t hk_inventory_node(const struct hk_inventory *inventory, uint32_t cluster, const char *name);

/* pods.c: owners of pods, and one object into the inventory. */
struct hk_pod_owners;
struct hk_pod_owners *hk_pod_owners_open(const struct hk_model *model);
void hk_pod_owners_close(struct hk_pod_owners *owners);
bool hk_pod_owner(struct hk_pod_owners *owners, const struct hk_labels *labels, const char *name_space, uint32_t *pipeline, uint32_t *workload);

#endif
