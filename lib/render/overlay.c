/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/overlay.h"
#include "base/map.h"
#include "render/job.h"
#include <stdlib.h>
#include <string.h>

#define KUSTOMIZATION "kustomization.yaml"
#define INDEX_MAX ((size_t)64 << 20)

/* Where texts come from: a tree that was rendered, or a directory. */
struct files {
	struct hk_overlays *out;
	const struct hk_tree *tree;    /* NULL: the directory */
	const char *directory;
	struct hk_map texts;           /* of files that were read: path -> texts_list */
	HK_VEC(struct hk_str) texts_list;
};

static struct hk_str tree_text(const struct hk_tree *tree, const char *path)
{
	size_t low = 0, high = tree->files.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(tree->files.v[middle].path, path);
		if (order == 0)
			return tree->files.v[middle].bytes;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct hk_str){ NULL, 0 };
}

/* Nothing for a file that is not there, or outside of the directory: somebody may have edited a kustomization. */
static struct hk_str text_of(struct files *files, const char *path)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_str found = { NULL, 0 };
	if (files->tree)
		return tree_text(files->tree, path);
	size_t known = hk_map_get(&files->texts, hk_str_of(path));
	if (known != HK_MAP_NONE)
		return files->texts_list.v[known];
	HK_AUTO_FREE char *full = hk_path_join(files->directory, path);
	if (*path != '/' && strncmp(path, "..", 2) != 0 && hk_file_read(full, HK_FILE_MAX, &text, NULL) == 0)
		found = (struct hk_str){ hk_arena_slicedup(&files->out->arena, (struct hk_str){ text.s, text.len }), text.len };
	hk_map_put(&files->texts, hk_str_of(hk_arena_strdup(&files->out->arena, path)), files->texts_list.n);
	hk_vec_push(&files->texts_list, found);
	return found;
}

static void add(struct files *files, const char *path, struct hk_str text)
{
	struct hk_overlay_object object = { .path = hk_arena_strdup(&files->out->arena, path), .text = text };
	if (text.s)
		hk_vec_push(&files->out->list, object);
}

typedef void (*visitor)(struct files *files, const char *folder, const struct hk_node *root, void *closure);

static void with_kustomization(struct files *files, const char *folder, visitor visit, void *closure)
{
	HK_AUTO_FREE char *path = hk_path_join(folder, KUSTOMIZATION);
	struct hk_str text = text_of(files, path);
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	if (text.s) {
		hk_source_from_text(&source, path, text.s, text.n);
		if (hk_yaml_read_one(&source, false, &doc, &diags) == 0)
			visit(files, folder, doc.root, closure);
	}
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

/* A base: closure is the folder of the overlay that takes it. */
static void take_base(struct files *files, const char *folder, const struct hk_node *root, void *closure)
{
	const char *overlay = closure;
	hk_for_each_item(item, hk_node_get(root, "resources")) {
		const char *name = hk_node_string(item);
		HK_AUTO_FREE char *from = name ? hk_path_join(folder, name) : NULL, *to = name ? hk_path_join(overlay, name) : NULL;
		if (name)
			add(files, to, text_of(files, from));
	}
}

/* The overlay's object that a patch is for, by the name its file has. */
static struct hk_overlay_object *target_of(struct files *files, size_t first, const struct hk_map *names, const char *kind, const char *name)
{
	HK_AUTO_BUF struct hk_buf plain = HK_BUF_INIT;
	for (const char *c = name; name && *c; c++)        /* selectors of kustomize are regular expressions */
		if (*c != '\\')
			hk_buf_addch(&plain, *c);
	if (!kind || !name)
		return NULL;
	size_t at = hk_map_get(names, hk_str_of(hk_item_file(&files->out->arena, kind, plain.s)));
	return at == HK_MAP_NONE ? NULL : &files->out->list.v[first + at];
}

static void take_patch(struct files *files, const char *folder, const struct hk_node *item, size_t first, const struct hk_map *names)
{
	const struct hk_node *target = hk_node_get(item, "target");
	const char *path = hk_node_string(hk_node_get(item, "path")), *text = hk_node_string(hk_node_get(item, "patch"));
	struct hk_overlay_object *object = target_of(files, first, names, hk_node_string(hk_node_get(target, "kind")),
						     hk_node_string(hk_node_get(target, "name")));
	if (object && text && strstr(text, "\"$patch\": \"delete\""))
		object->deleted = true;
	if (object && path) {
		HK_AUTO_FREE char *full = hk_path_join(folder, path);
		object->patch = text_of(files, full);
	}
}

static void take_overlay(struct files *files, const char *folder, const struct hk_node *root, void *closure)
{
	size_t first = files->out->list.n;
	struct hk_map names = HK_MAP_INIT;
	(void)closure;
	hk_for_each_item(item, hk_node_get(root, "resources")) {
		const char *name = hk_node_string(item);
		HK_AUTO_FREE char *full = name ? hk_path_join(folder, name) : NULL;
		HK_AUTO_FREE char *overlay = hk_path_join(folder, ".");
		if (name && hk_str_ends(hk_str_of(name), ".yaml"))
			add(files, full, text_of(files, full));
		else if (name)
			with_kustomization(files, full, take_base, overlay);
	}
	for (size_t i = first; i < files->out->list.n; i++) {
		const char *path = files->out->list.v[i].path, *slash = strrchr(path, '/');
		hk_map_put(&names, hk_str_of(slash ? slash + 1 : path), i - first);
	}
	hk_for_each_item(item, hk_node_get(root, "patches"))
		take_patch(files, folder, item, first, &names);
	hk_map_release(&names);
}

static void take_file(struct files *files, struct hk_str path)
{
	if (!hk_str_ends(path, "/" KUSTOMIZATION) || hk_str_starts(path, "base/"))
		return;
	HK_AUTO_FREE char *folder = hk_strndup(path.s, path.n - strlen("/" KUSTOMIZATION));
	with_kustomization(files, folder, take_overlay, NULL);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hk_overlay_object *)a)->path, ((const struct hk_overlay_object *)b)->path);
}

static void finish(struct files *files)
{
	struct hk_overlays *out = files->out;
	size_t kept = 0;
	for (size_t i = 0; i < out->list.n; i++)
		if (!out->list.v[i].deleted)
			out->list.v[kept++] = out->list.v[i];
	out->list.n = kept;
	if (kept > 1)
		qsort(out->list.v, kept, sizeof *out->list.v, by_path);
	hk_map_release(&files->texts);
	hk_vec_release(&files->texts_list);
}

int hk_overlays_read(struct hk_overlays *overlays, const char *directory, struct hk_err *err)
{
	struct files files = { .out = overlays, .directory = directory, .texts = HK_MAP_INIT };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_FREE char *path = hk_path_join(directory, HK_TREE_INDEX);
	struct hk_tree_index index = { { 0 } };
	if (!hk_file_exists(path))
		return 0;
	if (hk_file_read(path, INDEX_MAX, &text, err) != 0)
		return -1;
	hk_tree_index_read((struct hk_str){ text.s, text.len }, &index);
	for (size_t i = 0; i < index.entries.n; i++)
		take_file(&files, index.entries.v[i].path);
	hk_vec_release(&index.entries);
	finish(&files);
	return 0;
}

void hk_overlays_release(struct hk_overlays *overlays)
{
	hk_vec_release(&overlays->list);
	hk_arena_release(&overlays->arena);
}

static bool differ(const struct hk_overlay_object *a, const struct hk_overlay_object *b)
{
	return !hk_str_eq(a->text, b->text) || !hk_str_eq(a->patch, b->patch);
}

/* Both sorted lists side by side, told as a report on finished manifests would tell it. */
static void compare(const struct hk_overlays *before, const struct hk_overlays *after, struct hk_tree_report *report)
{
	size_t i = 0, j = 0;
	while (i < before->list.n || j < after->list.n) {
		const struct hk_overlay_object *old = i < before->list.n ? &before->list.v[i] : NULL, *fresh = j < after->list.n ? &after->list.v[j] : NULL;
		int order = !old ? 1 : !fresh ? -1 : strcmp(old->path, fresh->path);
		i += order <= 0;
		j += order >= 0;
		if (order == 0 && !differ(old, fresh)) {
			report->unchanged++;
			continue;
		}
		struct hk_tree_change change = { .path = order > 0 ? fresh->path : old->path,
						 .state = order < 0 ? HK_TREE_STALE : order > 0 ? HK_TREE_NEW : HK_TREE_CHANGED };
		change.removed = order < 0;
		if (order < 0)
			change.old = old->text;
		if (order == 0)
			change.fixed = hk_tree_pods_differ(old->path, old->text, fresh->text) || hk_tree_patches_differ(old->path, old->patch, fresh->patch);
		hk_vec_push(&report->changes, change);
	}
}

int hk_overlays_deletions(const struct hk_overlays *before, const struct hk_tree *tree, const char *directory, const struct hk_model *model,
			  struct hk_deletions *deletions, struct hk_err *err)
{
	struct hk_overlays after = HK_OVERLAYS_INIT;
	struct files files = { .out = &after, .tree = tree, .texts = HK_MAP_INIT };
	struct hk_tree finished = HK_TREE_INIT;
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	for (size_t i = 0; i < tree->files.n; i++)
		take_file(&files, hk_str_of(tree->files.v[i].path));
	finish(&files);
	for (size_t i = 0; i < after.list.n; i++)
		hk_vec_push(&finished.files, (struct hk_tree_file){ .path = after.list.v[i].path, .bytes = after.list.v[i].text });
	compare(before, &after, &report);
	int status = hk_deletions_find(&finished, directory, &report, model, deletions, err);
	hk_tree_report_release(&report);
	hk_tree_release(&finished);
	hk_overlays_release(&after);
	return status;
}
