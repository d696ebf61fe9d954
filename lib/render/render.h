/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plan + the user's manifests -> files per cluster, in memory. render/tree.h writes them or compares them with a directory.
 *
 * Manifests get replicas and required node affinity by surgical edits (yaml/edit.h), every other byte as it was; routes (Istio, Gateway API) are emitted. Same
 * plan and manifests, same bytes: nothing of the plan but its decisions (no id, time or score) goes into a file.
 *
 * What each kind gets: Deployment and ReplicaSet replicas (left out when an autoscaler owns them), affinity, and with pin_nodes an even spread or, where counts
 * per node differ by more than one, one object per count ("shards"); StatefulSet replicas, affinity and ordinals.start; DaemonSet affinity; Job and CronJob
 * parallelism (completions stay) and affinity; Pod and VirtualMachine one object per replica, <name>-1 ... <name>-N when N > 1; HorizontalPodAutoscaler and
 * ScaledObject their share of the bounds, PodDisruptionBudget its share of a number. Services, PodDisruptionBudgets and NetworkPolicies go where pods they
 * select run, everything else of a file wherever a workload of that file runs. A Service goes to the clusters of its callers too, whether or not replicas are
 * there: names are looked up where the caller runs. Traffic that enters at a site counts as a caller in the site's cluster when there is a mesh. Rules of
 * findings: HK09xx.
 */
#ifndef HK_RENDER_RENDER_H
#define HK_RENDER_RENDER_H

#include "base/diag.h"
#include "base/err.h"
#include "base/file.h"
#include "model/load.h"
#include "plan/plan.h"

/* Flags. MCS: imports and exports of multi-cluster services alone, for consumers that choose by name. SMI: TrafficSplit. */
enum hk_mesh { HK_MESH_NONE = 0, HK_MESH_ISTIO = 1, HK_MESH_GATEWAY = 2, HK_MESH_MCS = 4, HK_MESH_SMI = 8 };

/* Flags: the plan's decisions for systems that spread work over clusters, in decisions/<system>; see docs/rendering.md. */
enum hk_decide { HK_DECIDE_NONE = 0, HK_DECIDE_KARMADA = 1, HK_DECIDE_OCM = 2, HK_DECIDE_KEP5313 = 4, HK_DECIDE_KUBEFED = 8, HK_DECIDE_ARGOCD = 16,
		 HK_DECIDE_DESCHEDULER = 32 };

struct hk_render_options {
	unsigned mesh;               /* enum hk_mesh flags */
	unsigned decisions;          /* enum hk_decide flags */
	bool pin_nodes;              /* node-level affinity where the plan's node counts need it; else cluster level only */
	bool kustomize;              /* bases and an overlay per cluster instead of finished manifests */
	const struct hk_workspace *workspace;   /* of the model: manifests it still has as trees are not read again. NULL: every file is read */
};

/* One file to be: path relative to the output directory ("clusters/edge-a/retail/deployment-decode.yaml"). */
struct hk_render_file { const char *path; const char *bytes; size_t size; };

/*
 * Called once per finished file, in bytewise order of path within a cluster (files of different clusters alternate); the memory is valid during the call only.
 * The first is handed out when all are rendered and proved. Return non-zero to stop (hk_render then returns -1).
 */
typedef int (*hk_render_sink)(void *closure, const struct hk_render_file *file, struct hk_err *err);

/*
 * 0 or -1: HK_INVALID when plan and manifests do not fit (findings say why, but for manifests that cannot be read or edited, which *err names), HK_FAILED when
 * a proof fails.
 */
int hk_render(const struct hk_model *model, const struct hk_plan *plan, const struct hk_render_options *options, hk_render_sink sink, void *closure,
	      struct hk_diags *diags, struct hk_err *err);

#endif
