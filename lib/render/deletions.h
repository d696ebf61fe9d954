/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects an earlier rendering wrote and this one does not, in the order in which they can be deleted safely: what stands in for them is up first, nothing
 * leads to them any more when they go, and what others need goes last. Only objects of this program are listed: files its index names, and objects labelled
 * app.kubernetes.io/managed-by: hkctl.
 *
 * Order: autoscalers, routes (those that name subsets before those that define them), workloads, budgets and policies, Services, everything else, cluster-wide
 * objects, Namespaces. Jobs and Pods whose fixed fields change are told apart: Kubernetes refuses the change, so they must be deleted and created anew.
 */
#ifndef HK_RENDER_DELETIONS_H
#define HK_RENDER_DELETIONS_H

#include "out/ser.h"
#include "render/tree.h"

struct hk_object_at { const char *path, *cluster, *api_version, *kind, *name_space /* or NULL */, *name;
		      };   /* cluster NULL: the folder is of none in the topology */
struct hk_deletion {
	struct hk_object_at object;
	int rank;                             /* of the order above */
	bool workload, edited, removed;       /* edited: the file was changed by somebody, so that it stays; removed: pruned by this run */
	const struct hk_object_at **after; size_t n_after;   /* workload objects that are new or changed and stand in for it: they must be ready first */
};
struct hk_deletions {
	struct hk_arena arena;
	HK_VEC(struct hk_deletion) list;      /* in order: by rank, cluster, namespace, kind, name */
	HK_VEC(struct hk_object_at) recreate; /* sorted by path */
};
#define HK_DELETIONS_INIT { HK_ARENA_INIT, { 0 }, { 0 } }

/* From a report on the tree and the directory (compared or written). Files of the directory that somebody else wrote are read again for their label. */
int hk_deletions_find(const struct hk_tree *tree, const char *directory, const struct hk_tree_report *report, const struct hk_model *model,
		      struct hk_deletions *deletions, struct hk_err *err);
void hk_deletions_release(struct hk_deletions *deletions);
/* Keys "deletions" and "recreate" of an open mapping. */
void hk_deletions_write(const struct hk_deletions *deletions, struct hk_ser *ser);
/* For people; nothing is appended when there is nothing to delete or create anew. */
void hk_deletions_print(const struct hk_deletions *deletions, struct hk_buf *out);

#endif
