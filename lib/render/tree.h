/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rendering and a directory: collect, compare, write.
 *
 * Nothing is written before the whole rendering is there. Beside the files an index, `.hkctl-render`, is kept: what this program wrote, with digests. Only
 * files named there are ever removed, only when asked to, and only while they are still as they were written; everything else in the directory is reported and
 * left alone.
 */
#ifndef HK_RENDER_TREE_H
#define HK_RENDER_TREE_H

#include "render/render.h"

#define HK_TREE_INDEX ".hkctl-render"

struct hk_tree_file { const char *path; struct hk_str bytes; char digest[65]; };
struct hk_tree {
	struct hk_arena arena;
	HK_VEC(struct hk_tree_file) files;      /* sorted by path after hk_tree_render */
};
#define HK_TREE_INIT { HK_ARENA_INIT, { 0 } }

/* A sink for hk_render: closure is a struct hk_tree. The bytes are copied. */
int hk_tree_collect(void *tree, const struct hk_render_file *file, struct hk_err *err);
/* Render into the tree and sort it. */
int hk_tree_render(struct hk_tree *tree, const struct hk_model *model, const struct hk_plan *plan, const struct hk_render_options *options,
		   struct hk_diags *diags, struct hk_err *err);
void hk_tree_release(struct hk_tree *tree);

enum hk_tree_state {
	HK_TREE_NEW,             /* in the rendering, not in the directory */
	HK_TREE_CHANGED,         /* in both, with different bytes */
	HK_TREE_STALE,           /* written by an earlier rendering and unchanged since, no longer wanted */
	HK_TREE_STALE_EDITED,    /* the same, but changed by somebody since: never removed */
	HK_TREE_EXTRA,           /* a *.yaml file in a folder the rendering fills, written by somebody else */
};
const char *hk_tree_state_name(enum hk_tree_state state);          /* "new", "changed", "stale", "stale and edited", "extra" */
struct hk_tree_change {
	const char *path;
	enum hk_tree_state state;
	bool removed;
	bool fixed;              /* changed Jobs and Pods: their pods differ, which Kubernetes refuses */
	struct hk_str old;       /* stale files: what they hold, in the report's arena */
};
struct hk_tree_report {
	struct hk_arena arena;
	HK_VEC(struct hk_tree_change) changes;  /* sorted by path */
	size_t unchanged;
	size_t pending;                         /* new + changed + stale: what writing with prune would do */
};
#define HK_TREE_REPORT_INIT { HK_ARENA_INIT, { 0 }, 0, 0 }
void hk_tree_report_release(struct hk_tree_report *report);

/* Compare with a directory, which need not exist. diff (may be NULL) gets a unified difference of every new, changed and stale file. Nothing is written. */
int hk_tree_compare(const struct hk_tree *tree, const char *directory, struct hk_tree_report *report, struct hk_buf *diff, struct hk_err *err);
/*
 * Write all files, each atomically and only when its bytes change, then the index. All temporaries are written and made durable before the first is renamed
 * (hk_file_batch), so that neither a full disk nor a crash while writing leaves a mixture of old and new, and thousands of files do not wait for the disk one
 * by one. prune: remove stale files. The report tells what was different before. A file or folder that is a symbolic link to elsewhere is not followed out of
 * the directory: HK_FAILED before anything is written.
 */
int hk_tree_write(const struct hk_tree *tree, const char *directory, bool prune, struct hk_tree_report *report, struct hk_err *err);

/* treefixed.c: both texts are the same Job or Pod, by the name of its file, with different pods. */
bool hk_tree_pods_differ(const char *path, struct hk_str old, struct hk_str fresh);
/* The same for two JSON patches of it, either of which may be empty. */
bool hk_tree_patches_differ(const char *path, struct hk_str old, struct hk_str fresh);

/*
 * The index as text: a line of comment, then "<sha256>  <path>" per file, sorted. Lines that are anything else, or whose path leaves the directory, are
 * ignored. Entries borrow from `text`.
 */
struct hk_tree_entry { struct hk_str digest, path; };
struct hk_tree_index { HK_VEC(struct hk_tree_entry) entries; };
void hk_tree_index_read(struct hk_str text, struct hk_tree_index *index);

#endif
