/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory against the index of what was written there (drift) and against a new rendering (changes). */
#include "base/digest.h"
#include "render/drift_internal.h"
#include <stdlib.h>
#include <string.h>

enum { INDEX_MAX = 16 << 20 };

struct directory {
	struct hk_drift *drift;
	const struct hk_tree *rendering, *before;
	const char *path;
	const struct hk_plan *plan;
	const struct hk_drift_options *options;
	struct hk_tree_index index;
	struct hk_map index_of;            /* path -> entry */
};

struct parsed { struct hk_source source; struct hk_doc doc; bool good; };

static const struct hk_tree_file *file_in(const struct hk_tree *tree, const char *path)
{
	size_t low = 0, high = tree ? tree->files.n : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(tree->files.v[middle].path, path);
		if (order == 0)
			return &tree->files.v[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void parse(struct parsed *parsed, const char *name, struct hk_str text)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&parsed->source, name, text.s, text.n);
	parsed->good = hk_yaml_read_one(&parsed->source, false, &parsed->doc, &diags) == 0;
	hk_diags_release(&diags);
}

static void release(struct parsed *parsed)
{
	if (parsed->good)
		hk_doc_release(&parsed->doc);
	hk_source_release(&parsed->source);
}

static void identify(struct directory *all, struct hk_drift_item *item, const struct hk_node *root)
{
	struct hk_object_id id;
	if (!hk_object_identify(root, &id, &all->drift->arena))
		return;
	item->group = id.group;
	item->kind = id.kind;
	item->name_space = *id.name_space ? id.name_space : hk_object_folder(item->path, &all->drift->arena);
	item->name = id.name;
}

static void compare(struct directory *all, struct hk_drift_item *item, const struct hk_node *before, const struct hk_node *after)
{
	struct hk_field_changes fields = { NULL, 0, 0 };
	const struct hk_compare_options options = { .ignored = all->options->ignored, .n_ignored = all->options->n_ignored };
	hk_objects_compare(before, after, &options, &all->drift->arena, &fields);
	struct hk_field_change *kept = hk_arena_array(&all->drift->arena, fields.n + 1, sizeof *kept);
	for (size_t i = 0; i < fields.n; i++)
		kept[i] = fields.v[i];
	item->fields = kept;
	item->n_fields = fields.n;
	if (!fields.n && !item->note)
		item->note = "only comments, order or layout differ";
	hk_vec_release(&fields);
}

/* Fill in who it is from either text, and the fields when both are known. */
static void describe(struct directory *all, struct hk_drift_item *item, const struct hk_str *before, const struct hk_str *after)
{
	struct parsed old = { .good = false }, new = { .good = false };
	item->cluster = hk_rendered_cluster(all->plan, item->path, &all->drift->arena);
	if (before)
		parse(&old, item->path, *before);
	if (after)
		parse(&new, item->path, *after);
	if (old.good || new.good)
		identify(all, item, old.good ? old.doc.root : new.doc.root);
	if (old.good && new.good)
		compare(all, item, old.doc.root, new.doc.root);
	if (before)
		release(&old);
	if (after)
		release(&new);
}

/* A file the index names: is it as it was written? */
static int check_entry(struct directory *all, const struct hk_tree_entry *entry, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *path = hk_arena_slicedup(&all->drift->arena, entry->path);
	HK_AUTO_FREE char *full = hk_path_join(all->path, path);
	const struct hk_tree_file *known[] = { file_in(all->before, path), file_in(all->rendering, path) };
	const struct hk_str *written = NULL;
	char digest[HK_SHA256_TEXT] = "";
	bool there = hk_file_exists(full);
	if (there && hk_file_read(full, HK_FILE_MAX, &text, err))
		return -1;
	if (there)
		hk_sha256_text(text.s, text.len, digest);
	if (there && hk_str_is(entry->digest, digest))
		return 0;
	for (size_t i = 0; i < HK_COUNT(known); i++)
		if (!written && known[i] && hk_str_is(entry->digest, known[i]->digest))
			written = &known[i]->bytes;
	struct hk_str now = { text.s, text.len };
	struct hk_drift_item item = { .difference = there ? HK_DIFFERENCE_CHANGED : HK_DIFFERENCE_DELETED, .path = path };
	if (there && !written)
		item.note = "edited since it was rendered; what it was is only in the history of the repository";
	describe(all, &item, written, there ? &now : NULL);
	if (!there)
		item.n_fields = 0;
	hk_vec_push(&all->drift->drift, item);
	return 0;
}

/* Digest in the index, or the empty slice. */
static struct hk_str written_digest(const struct directory *all, const char *path)
{
	size_t at = hk_map_get(&all->index_of, hk_str_of(path));
	return at == HK_MAP_NONE ? (struct hk_str){ "", 0 } : all->index.entries.v[at].digest;
}

static int add_change(struct directory *all, const struct hk_tree_change *change, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *path = hk_arena_strdup(&all->drift->arena, change->path);
	HK_AUTO_FREE char *full = hk_path_join(all->path, path);
	const struct hk_tree_file *wanted = file_in(all->rendering, path);
	struct hk_str written = written_digest(all, path);
	struct hk_drift_item item = { .path = path };
	char digest[HK_SHA256_TEXT] = "";
	if (change->state == HK_TREE_EXTRA) {
		item.difference = HK_DIFFERENCE_ADDED;
		item.note = "a file that no rendering wrote; it is left alone";
	} else if (change->state == HK_TREE_STALE_EDITED) {
		return 0;                          /* told as drift; rendering leaves it alone */
	} else {
		item.difference = change->state == HK_TREE_NEW ? HK_DIFFERENCE_ADDED : change->state == HK_TREE_CHANGED ? HK_DIFFERENCE_CHANGED
		    : HK_DIFFERENCE_DELETED;
		if (wanted && hk_str_is(written, wanted->digest))
			return 0;                  /* the rendering has not changed: what differs is drift */
	}
	if (change->state != HK_TREE_NEW && hk_file_read(full, HK_FILE_MAX, &text, err))
		return -1;
	hk_sha256_text(text.s, text.len, digest);
	item.overwrites = change->state == HK_TREE_CHANGED && !hk_str_is(written, digest);
	struct hk_str now = { text.s, text.len };
	describe(all, &item, change->state == HK_TREE_NEW ? NULL : &now, wanted ? &wanted->bytes : NULL);
	if (change->state == HK_TREE_EXTRA)
		hk_vec_push(&all->drift->drift, item);
	else
		hk_vec_push(&all->drift->changes, item);
	return 0;
}

static int walk(struct directory *all, struct hk_err *err)
{
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	int status = hk_tree_compare(all->rendering, all->path, &report, NULL, err);
	for (size_t i = 0; status == 0 && i < all->index.entries.n; i++)
		status = check_entry(all, &all->index.entries.v[i], err);
	for (size_t i = 0; status == 0 && i < report.changes.n; i++)
		status = add_change(all, &report.changes.v[i], err);
	hk_tree_report_release(&report);
	return status;
}

int hk_drift_directory(struct hk_drift *drift, const struct hk_tree *rendering, const struct hk_tree *before, const char *directory, const struct hk_plan *plan,
		       const struct hk_drift_options *options, struct hk_err *err)
{
	struct directory all = { .drift = drift, .rendering = rendering, .before = before, .path = directory, .plan = plan, .options = options };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_FREE char *path = hk_path_join(directory, HK_TREE_INDEX);
	int status = hk_file_exists(path) ? hk_file_read(path, INDEX_MAX, &text, err) : 0;
	if (status == 0) {
		hk_tree_index_read((struct hk_str){ text.s, text.len }, &all.index);
		for (size_t i = 0; i < all.index.entries.n; i++)
			hk_map_put(&all.index_of, all.index.entries.v[i].path, i);
		status = walk(&all, err);
	}
	hk_vec_release(&all.index.entries);
	hk_map_release(&all.index_of);
	return status;
}
