/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/tree.h"
#include "base/digest.h"
#include "render/diff.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDEX_MAX = 16 << 20, WALK_DEPTH = 16 };

int hk_tree_collect(void *closure, const struct hk_render_file *file, struct hk_err *err)
{
	struct hk_tree *tree = closure;
	struct hk_tree_file *kept = hk_vec_add(&tree->files);
	(void)err;
	kept->path = hk_arena_strdup(&tree->arena, file->path);
	kept->bytes = (struct hk_str){ hk_arena_slicedup(&tree->arena, (struct hk_str){ file->bytes, file->size }), file->size };
	hk_sha256_text(file->bytes, file->size, kept->digest);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hk_tree_file *)a)->path, ((const struct hk_tree_file *)b)->path);
}

int hk_tree_render(struct hk_tree *tree, const struct hk_model *model, const struct hk_plan *plan, const struct hk_render_options *options,
		   struct hk_diags *diags, struct hk_err *err)
{
	if (hk_render(model, plan, options, hk_tree_collect, tree, diags, err) != 0)
		return -1;
	if (tree->files.n > 1)
		qsort(tree->files.v, tree->files.n, sizeof *tree->files.v, by_path);
	for (size_t i = 1; i < tree->files.n; i++)      /* possible when one output folder lies in another */
		if (strcmp(tree->files.v[i - 1].path, tree->files.v[i].path) == 0)
			return hk_err_set(err, HK_INVALID, "two objects would be written to '%s'", tree->files.v[i].path);
	return 0;
}

void hk_tree_release(struct hk_tree *tree)
{
	hk_vec_release(&tree->files);
	hk_arena_release(&tree->arena);
}

void hk_tree_report_release(struct hk_tree_report *report)
{
	hk_vec_release(&report->changes);
	hk_arena_release(&report->arena);
}

const char *hk_tree_state_name(enum hk_tree_state state)
{
	static const char *const names[] = { "new", "changed", "stale", "stale and edited", "extra" };
	return names[state];
}

/* The index of what was written before */

static bool is_digest(struct hk_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!((text.s[i] >= '0' && text.s[i] <= '9') || (text.s[i] >= 'a' && text.s[i] <= 'f')))
			return false;
	return text.n == 64;
}

static bool is_plain_path(struct hk_str path)
{
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.s[i] < 0x20 || path.s[i] == 0x7f)
			return false;
	char *copy = hk_strndup(path.s, path.n);
	char *normal = hk_path_join("", copy);
	bool plain = path.n > 0 && hk_path_is_inside(copy) && strcmp(normal, copy) == 0 && hk_str_ends(path, ".yaml");
	free(copy);
	free(normal);
	return plain;
}

void hk_tree_index_read(struct hk_str text, struct hk_tree_index *index)
{
	while (text.n > 0) {
		struct hk_str line = hk_str_cut(&text, '\n');
		if (line.n < 67 || line.s[64] != ' ' || line.s[65] != ' ')
			continue;
		struct hk_tree_entry entry = { { line.s, 64 }, { line.s + 66, line.n - 66 } };
		if (is_digest(entry.digest) && is_plain_path(entry.path))
			hk_vec_push(&index->entries, entry);
	}
}

static void index_write(const struct hk_tree *tree, struct hk_buf *out)
{
	hk_buf_addstr(out, "# Written by hkctl render: files it may remove with --prune while they have these digests.\n");
	for (size_t i = 0; i < tree->files.n; i++)
		hk_buf_addf(out, "%s  %s\n", tree->files.v[i].digest, tree->files.v[i].path);
}

/* Comparing */

struct comparison {
	const struct hk_tree *tree;
	const char *directory;
	struct hk_tree_report *report;
	struct hk_buf *diff;
	struct hk_buf index_text, old;
	struct hk_tree_index index;
};

static int load_optional(const char *directory, const char *path, size_t max, struct hk_buf *out, bool *there, struct hk_err *err)
{
	HK_AUTO_FREE char *full = hk_path_join(directory, path);
	hk_buf_reset(out);
	*there = hk_file_exists(full);
	return *there ? hk_file_read(full, max, out, err) : 0;
}

static void add_change(struct comparison *all, const char *path, enum hk_tree_state state)
{
	struct hk_tree_change change = { .path = hk_arena_strdup(&all->report->arena, path), .state = state };
	if (state == HK_TREE_STALE || state == HK_TREE_STALE_EDITED)
		change.old = (struct hk_str){ hk_arena_slicedup(&all->report->arena, (struct hk_str){ all->old.s, all->old.len }), all->old.len };
	hk_vec_push(&all->report->changes, change);
	all->report->pending += state == HK_TREE_NEW || state == HK_TREE_CHANGED || state == HK_TREE_STALE;
}

static int compare_file(struct comparison *all, const struct hk_tree_file *file, struct hk_err *err)
{
	bool there;
	if (load_optional(all->directory, file->path, HK_FILE_MAX, &all->old, &there, err) != 0)
		return -1;
	struct hk_str old = { all->old.s, all->old.len };
	if (there && hk_str_eq(old, file->bytes)) {
		all->report->unchanged++;
		return 0;
	}
	add_change(all, file->path, there ? HK_TREE_CHANGED : HK_TREE_NEW);
	if (there)
		all->report->changes.v[all->report->changes.n - 1].fixed = hk_tree_pods_differ(file->path, old, file->bytes);
	if (all->diff)
		hk_diff_unified(there ? file->path : NULL, old, file->path, file->bytes, all->diff);
	return 0;
}

static bool is_wanted(const struct hk_tree *tree, const char *path)
{
	struct hk_tree_file key = { .path = path };
	return tree->files.n > 0 && bsearch(&key, tree->files.v, tree->files.n, sizeof key, by_path) != NULL;
}

static int compare_written(struct comparison *all, const struct hk_tree_entry *entry, struct hk_err *err)
{
	HK_AUTO_FREE char *path = hk_strndup(entry->path.s, entry->path.n);
	char digest[HK_SHA256_TEXT];
	bool there;
	if (is_wanted(all->tree, path))
		return 0;
	if (load_optional(all->directory, path, HK_FILE_MAX, &all->old, &there, err) != 0)
		return -1;
	if (!there)
		return 0;
	hk_sha256_text(all->old.s, all->old.len, digest);
	bool same = hk_str_is(entry->digest, digest);
	add_change(all, path, same ? HK_TREE_STALE : HK_TREE_STALE_EDITED);
	if (same && all->diff)
		hk_diff_unified(path, (struct hk_str){ all->old.s, all->old.len }, NULL, (struct hk_str){ "", 0 }, all->diff);
	return 0;
}

static int change_by_path(const void *a, const void *b)
{
	return strcmp(((const struct hk_tree_change *)a)->path, ((const struct hk_tree_change *)b)->path);
}

static void sort_changes(struct hk_tree_report *report)
{
	if (report->changes.n > 1)
		qsort(report->changes.v, report->changes.n, sizeof *report->changes.v, change_by_path);
}

static bool is_reported(const struct hk_tree_report *report, size_t n, const char *path)
{
	struct hk_tree_change key = { .path = path };
	return n > 0 && bsearch(&key, report->changes.v, n, sizeof key, change_by_path) != NULL;
}

/* Folders are those of the files two levels up: <output>/<namespace>/<file>. */
static int compare_folder(struct comparison *all, const char *folder, size_t known, struct hk_err *err)
{
	HK_AUTO_FREE char *full = hk_path_join(all->directory, folder);
	struct hk_paths found = { 0 };
	if (!hk_file_is_dir(full))
		return 0;
	int status = hk_file_walk(full, WALK_DEPTH, &found, err);
	for (size_t i = 0; status == 0 && i < found.n; i++) {
		HK_AUTO_FREE char *path = hk_path_join(folder, found.v[i] + strlen(full) + 1);
		bool yaml = hk_str_ends(hk_str_of(path), ".yaml") || hk_str_ends(hk_str_of(path), ".yml");
		if (yaml && !is_wanted(all->tree, path) && !is_reported(all->report, known, path))
			add_change(all, path, HK_TREE_EXTRA);
	}
	hk_paths_release(&found);
	return status;
}

static char *output_of(const char *path)
{
	HK_AUTO_FREE char *name_space = hk_path_dirname(path);
	return hk_path_dirname(name_space);
}

static bool is_kustomization(const char *path)
{
	const char *name = strrchr(path, '/');
	return name && strcmp(name + 1, "kustomization.yaml") == 0;
}

static int compare_extras(struct comparison *all, struct hk_err *err)
{
	sort_changes(all->report);
	size_t known = all->report->changes.n;
	HK_AUTO_FREE char *last = NULL;
	int status = 0;
	for (size_t i = 0; status == 0 && i < all->tree->files.n; i++) {
		if (is_kustomization(all->tree->files.v[i].path))      /* lies a level higher */
			continue;
		HK_AUTO_FREE char *folder = output_of(all->tree->files.v[i].path);
		if (last && strcmp(last, folder) == 0)
			continue;
		status = compare_folder(all, folder, known, err);
		free(last);
		last = HK_STEAL(folder);
	}
	sort_changes(all->report);
	return status;
}

int hk_tree_compare(const struct hk_tree *tree, const char *directory, struct hk_tree_report *report, struct hk_buf *diff, struct hk_err *err)
{
	struct comparison all = { tree, directory, report, diff, HK_BUF_INIT, HK_BUF_INIT, { { 0 } } };
	bool there;
	int status = load_optional(directory, HK_TREE_INDEX, INDEX_MAX, &all.index_text, &there, err);
	if (status == 0)
		hk_tree_index_read((struct hk_str){ all.index_text.s, all.index_text.len }, &all.index);
	for (size_t i = 0; status == 0 && i < tree->files.n; i++)
		status = compare_file(&all, &tree->files.v[i], err);
	for (size_t i = 0; status == 0 && i < all.index.entries.n; i++)
		status = compare_written(&all, &all.index.entries.v[i], err);
	if (status == 0)
		status = compare_extras(&all, err);
	hk_vec_release(&all.index.entries);
	hk_buf_release(&all.index_text);
	hk_buf_release(&all.old);
	return status;
}

/* Writing */

static int refuse_link(const char *path, struct hk_err *err)
{
	struct stat info;
	if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
		return hk_err_set(err, HK_FAILED, "'%s' is a symbolic link; files are not written through links", path);
	return 0;
}

/* A link inside the directory could lead a write or a removal anywhere. */
static int check_links(const char *directory, const char *path, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf sofar = HK_BUF_INIT;
	struct hk_str rest = hk_str_of(path);
	hk_buf_addstr(&sofar, directory);
	while (rest.n > 0) {
		hk_buf_addch(&sofar, '/');
		hk_buf_addslice(&sofar, hk_str_cut(&rest, '/'));
		if (refuse_link(sofar.s, err) != 0)
			return -1;
	}
	return 0;
}

/* Changes are sorted by path, so each folder is looked at once. */
static int check_all_links(const struct hk_tree_report *report, const char *directory, struct hk_err *err)
{
	HK_AUTO_FREE char *last = NULL;
	int status = check_links(directory, HK_TREE_INDEX, err);
	for (size_t i = 0; status == 0 && i < report->changes.n; i++) {
		const struct hk_tree_change *change = &report->changes.v[i];
		if (change->state > HK_TREE_STALE)
			continue;
		char *folder = hk_path_dirname(change->path);
		if (!last || strcmp(last, folder) != 0)
			status = check_links(directory, folder, err);
		free(last);
		last = folder;
		HK_AUTO_FREE char *full = hk_path_join(directory, change->path);
		if (status == 0)
			status = refuse_link(full, err);
	}
	return status;
}

static int write_index(const char *directory, struct hk_str bytes, struct hk_err *err)
{
	HK_AUTO_FREE char *full = hk_path_join(directory, HK_TREE_INDEX);
	return hk_file_mkdirs(directory, err) != 0 ? -1 : hk_file_update(full, bytes.s, bytes.n, NULL, err);
}

static int add_to_batch(struct hk_file_batch *batch, const char *directory, const struct hk_tree_file *file, char **last, struct hk_err *err)
{
	HK_AUTO_FREE char *full = hk_path_join(directory, file->path);
	char *folder = hk_path_dirname(full);
	bool fresh = !*last || strcmp(*last, folder) != 0;
	free(*last);
	*last = folder;
	if (fresh && hk_file_mkdirs(folder, err) != 0)
		return -1;
	return hk_file_batch_add(batch, full, file->bytes.s, file->bytes.n, err);
}

static int write_changed(const struct hk_tree *tree, const char *directory, const struct hk_tree_report *report, struct hk_err *err)
{
	struct hk_file_batch batch = HK_FILE_BATCH_INIT;
	HK_AUTO_FREE char *last = NULL;
	int status = 0;
	for (size_t i = 0; status == 0 && i < tree->files.n; i++)
		if (is_reported(report, report->changes.n, tree->files.v[i].path))
			status = add_to_batch(&batch, directory, &tree->files.v[i], &last, err);
	if (status == 0)
		status = hk_file_batch_commit(&batch, err);
	hk_file_batch_release(&batch);
	return status;
}

static int remove_stale(const char *directory, struct hk_tree_change *change, struct hk_err *err)
{
	HK_AUTO_FREE char *full = hk_path_join(directory, change->path);
	HK_AUTO_FREE char *folder = hk_path_dirname(full);
	if (unlink(full) != 0 && errno != ENOENT)
		return hk_err_errno(err, errno, "cannot remove '%s'", full);
	change->removed = true;
	rmdir(folder);      /* succeeds only on an empty folder, which nobody misses */
	return 0;
}

/* Stale files that stay are still ours: the index goes on naming them with the digest they had. */
static void index_keep(const struct hk_tree_report *report, struct hk_str old, struct hk_buf *text)
{
	struct hk_tree_index index = { { 0 } };
	hk_tree_index_read(old, &index);
	for (size_t i = 0; i < index.entries.n; i++) {
		HK_AUTO_FREE char *path = hk_strndup(index.entries.v[i].path.s, index.entries.v[i].path.n);
		struct hk_tree_change key = { .path = path };
		const struct hk_tree_change *change =
			report->changes.n ? bsearch(&key, report->changes.v, report->changes.n, sizeof key, change_by_path) : NULL;
		if (change && !change->removed && (change->state == HK_TREE_STALE || change->state == HK_TREE_STALE_EDITED))
			hk_buf_addf(text, "%.*s  %s\n", HK_STR_ARG(index.entries.v[i].digest), path);
	}
	hk_vec_release(&index.entries);
}

static int write_all(const struct hk_tree *tree, const char *directory, bool prune, struct hk_tree_report *report, struct hk_err *err)
{
	if (check_all_links(report, directory, err) != 0 || write_changed(tree, directory, report, err) != 0)
		return -1;
	for (size_t i = 0; prune && i < report->changes.n; i++)
		if (report->changes.v[i].state == HK_TREE_STALE && remove_stale(directory, &report->changes.v[i], err) != 0)
			return -1;
	return 0;
}

int hk_tree_write(const struct hk_tree *tree, const char *directory, bool prune, struct hk_tree_report *report, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf old = HK_BUF_INIT, text = HK_BUF_INIT;
	bool there;
	if (hk_tree_compare(tree, directory, report, NULL, err) != 0 || load_optional(directory, HK_TREE_INDEX, INDEX_MAX, &old, &there, err) != 0)
		return -1;
	if (write_all(tree, directory, prune, report, err) != 0)
		return -1;
	index_write(tree, &text);
	index_keep(report, (struct hk_str){ old.s, old.len }, &text);
	return write_index(directory, (struct hk_str){ text.s, text.len }, err);
}
