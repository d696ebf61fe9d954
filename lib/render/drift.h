/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was rendered, what is there, and what a new rendering would change: two lists that are kept apart. Drift is what somebody else did: a file that is not
 * as the last rendering wrote it (by the digests of its index), a live object that is not as it was rendered. A change is what the next rendering would do to
 * the directory.
 */
#ifndef HK_RENDER_DRIFT_H
#define HK_RENDER_DRIFT_H

#include "base/map.h"
#include "render/compare.h"
#include "render/tree.h"

/* Deletions come first when sorted. */
enum hk_difference { HK_DIFFERENCE_DELETED, HK_DIFFERENCE_CHANGED, HK_DIFFERENCE_ADDED };
const char *hk_difference_name(enum hk_difference difference);      /* "delete", "change", "add" */

/*
 * For drift: deleted = was rendered and is not there any more; added = is there and was not rendered. For changes: what rendering would do. Of a file either
 * all is known or, when it is no single object, nothing: n_fields is 0. name is NULL for a file without an object.
 */
struct hk_drift_item {
	enum hk_difference difference;
	bool live;                         /* of a live object; else of a file */
	const char *cluster;               /* NULL when not known */
	const char *group, *kind, *name_space, *name;   /* group of the API ("" for core) */
	const char *path;                  /* file below the directory; NULL for live objects that no file renders */
	const struct hk_field_change *fields; size_t n_fields;
	const char *note;                  /* what fields do not say, NULL when nothing */
	bool overwrites;                   /* change: the file was edited by somebody, and the edit would be lost */
};
struct hk_drift_list { struct hk_drift_item *v; size_t n, cap; };

struct hk_drift {
	struct hk_arena arena;
	struct hk_drift_list drift, changes;   /* after hk_drift_sort: deletions first, then by cluster, kind, namespace, name, path */
	size_t compared;                   /* live objects that were rendered */
	size_t foreign;                    /* live objects that are none of ours */
	size_t autoscaled;                 /* of those compared: replicas belong to an autoscaler */
	size_t unknown;                    /* rendered objects of which the saved lists say nothing */
};
#define HK_DRIFT_INIT { .arena = HK_ARENA_INIT }
void hk_drift_sort(struct hk_drift *drift);
void hk_drift_release(struct hk_drift *drift);

/* Objects as they were rendered. */
struct hk_rendered_object {
	const char *cluster, *group, *kind, *name_space, *name, *path;
	const struct hk_node *root;
	const char *key;                   /* cluster, group, kind, namespace, name */
	bool seen, autoscaled;
};
struct hk_rendered {
	struct hk_arena arena;
	HK_VEC(struct hk_rendered_object) objects;
	HK_VEC(struct hk_source *) sources;
	HK_VEC(struct hk_doc *) docs;
	struct hk_map by_key;              /* -> objects */
	struct hk_map elsewhere;           /* the key without cluster -> first object */
	HK_VEC(const char *) clusters;     /* with at least one object, sorted */
};
#define HK_RENDERED_INIT { .arena = HK_ARENA_INIT }
/* From a rendering in memory; the tree must outlive it. The plan tells which folder is which cluster's. Files that cannot be parsed are findings (HK00xx). */
void hk_rendered_from_tree(struct hk_rendered *rendered, const struct hk_tree *tree, const struct hk_plan *plan, struct hk_diags *diags);
/* From the files of a directory that its index names. HK_INVALID when there is no index. */
int hk_rendered_from_directory(struct hk_rendered *rendered, const char *directory, const struct hk_plan *plan, struct hk_diags *diags, struct hk_err *err);
void hk_rendered_release(struct hk_rendered *rendered);
/* Cluster of a file by the output folders of the plan, else by the folder below "clusters/", else by the first folder. In the arena. */
const char *hk_rendered_cluster(const struct hk_plan *plan, const char *path, struct hk_arena *arena);

struct hk_drift_options { const char *const *ignored; size_t n_ignored; };
/* Saved live objects of one cluster: kubectl get ... -o json|yaml. Several lists may be of one cluster, of different kinds. */
struct hk_saved_list { const char *cluster; const struct hk_source *source; };
/*
 * Compare lists with what was rendered for their clusters. Objects nobody rendered are drift only when they are ours (managed-by hkctl, a shard, or rendered
 * for another cluster). What was rendered and is in no list is known to be missing only when the lists of its cluster have another object of its kind and were
 * not cut off; findings HK12xx tell what is not known.
 */
void hk_drift_live(struct hk_drift *drift, struct hk_rendered *rendered, const struct hk_saved_list *lists, size_t n_lists,
		   const struct hk_drift_options *options, struct hk_diags *diags);

/*
 * Compare the directory with its index (drift) and with the new rendering (changes). before: the rendering that is in the directory, when it is known, to tell
 * what was edited; NULL otherwise, then fields of edited files are only known where the new rendering is what was written before.
 */
int hk_drift_directory(struct hk_drift *drift, const struct hk_tree *rendering, const struct hk_tree *before, const char *directory, const struct hk_plan *plan,
		       const struct hk_drift_options *options, struct hk_err *err);

#endif
