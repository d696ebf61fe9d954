/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/drift.h"
#include "render/drift_internal.h"
#include <stdlib.h>
#include <string.h>

enum { INDEX_MAX = 16 << 20 };

const char *hk_difference_name(enum hk_difference difference)
{
	static const char *const names[] = { "delete", "change", "add" };
	return names[difference];
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_place(const void *left, const void *right)
{
	const struct hk_drift_item *a = left, *b = right;
	int order = (int)a->difference - (int)b->difference;
	order = order ? order : compare_text(a->cluster, b->cluster);
	order = order ? order : compare_text(a->kind, b->kind);
	order = order ? order : compare_text(a->name_space, b->name_space);
	order = order ? order : compare_text(a->name, b->name);
	order = order ? order : compare_text(a->group, b->group);
	return order ? order : compare_text(a->path, b->path);
}

void hk_drift_sort(struct hk_drift *drift)
{
	if (drift->drift.n > 1)
		qsort(drift->drift.v, drift->drift.n, sizeof *drift->drift.v, by_place);
	if (drift->changes.n > 1)
		qsort(drift->changes.v, drift->changes.n, sizeof *drift->changes.v, by_place);
}

void hk_drift_release(struct hk_drift *drift)
{
	hk_vec_release(&drift->drift);
	hk_vec_release(&drift->changes);
	hk_arena_release(&drift->arena);
}

const char *hk_rendered_cluster(const struct hk_plan *plan, const char *path, struct hk_arena *arena)
{
	const char *cluster = NULL;
	size_t longest = 0;
	for (size_t i = 0; plan && i < plan->n_clusters; i++) {
		const char *output = plan->clusters[i].output;
		size_t n = output ? strlen(output) : 0;
		if (n > longest && strncmp(path, output, n) == 0 && path[n] == '/') {
			longest = n;
			cluster = plan->clusters[i].name;
		}
	}
	if (cluster)
		return hk_arena_strdup(arena, cluster);
	struct hk_str rest = hk_str_of(path);
	struct hk_str first = hk_str_cut(&rest, '/');
	if (hk_str_is(first, "clusters") && memchr(rest.s, '/', rest.n))
		first = hk_str_cut(&rest, '/');
	return hk_arena_slicedup(arena, first);
}

/* Objects */

bool hk_object_identify(const struct hk_node *root, struct hk_object_id *id, struct hk_arena *arena)
{
	const struct hk_node *metadata = hk_node_get(root, "metadata");
	const char *version = hk_node_string(hk_node_get(root, "apiVersion")), *slash = version ? strchr(version, '/') : NULL;
	const char *kind = hk_node_string(hk_node_get(root, "kind")), *name = hk_node_string(hk_node_get(metadata, "name"));
	const char *name_space = hk_node_string(hk_node_get(metadata, "namespace"));
	if (!version || !kind || !name)
		return false;
	id->group = slash ? hk_arena_slicedup(arena, (struct hk_str){ version, (size_t)(slash - version) }) : "";
	id->kind = hk_arena_strdup(arena, kind);
	id->name = hk_arena_strdup(arena, name);
	id->name_space = name_space ? hk_arena_strdup(arena, name_space) : "";
	return true;
}

/* Parts are parted by a byte that no part can hold, as texts with control bytes are no names. */
const char *hk_object_key(const struct hk_object_id *id, const char *cluster, struct hk_arena *arena)
{
	return hk_arena_printf(arena, "%s\037%s\037%s\037%s\037%s", cluster, id->group, id->kind, id->name_space, id->name);
}

const char *hk_object_folder(const char *path, struct hk_arena *arena)
{
	const char *end = strrchr(path, '/'), *start = end;
	if (!end)
		return "";
	while (start > path && start[-1] != '/')
		start--;
	const char *folder = hk_arena_slicedup(arena, (struct hk_str){ start, (size_t)(end - start) });
	return strcmp(folder, "_cluster") == 0 ? "" : folder;
}

static void add_object(struct hk_rendered *rendered, const char *cluster, const char *path, const struct hk_node *root)
{
	struct hk_object_id id;
	if (!hk_object_identify(root, &id, &rendered->arena))
		return;
	if (!*id.name_space)
		id.name_space = hk_object_folder(path, &rendered->arena);
	const char *key = hk_object_key(&id, cluster, &rendered->arena);
	if (hk_map_put(&rendered->by_key, hk_str_of(key), rendered->objects.n) != HK_MAP_NONE)
		return;
	hk_map_put(&rendered->elsewhere, hk_str_of(hk_object_key(&id, "", &rendered->arena)), rendered->objects.n);
	hk_vec_push(&rendered->objects, (struct hk_rendered_object){ .cluster = cluster, .group = id.group, .kind = id.kind, .name_space = id.name_space,
								     .name = id.name, .path = path,
								     .root = root, .key = key });
}

static void add_file(struct hk_rendered *rendered, const struct hk_plan *plan, const char *path, struct hk_str text, struct hk_diags *diags)
{
	struct hk_source *source = hk_calloc(1, sizeof *source);
	const char *cluster = hk_rendered_cluster(plan, path, &rendered->arena), *kept = hk_arena_strdup(&rendered->arena, path);
	hk_source_from_text(source, path, text.s, text.n);
	hk_vec_push(&rendered->sources, source);
	struct hk_yaml_reader *reader = hk_yaml_open(source, false);
	for (;;) {
		struct hk_doc *doc = hk_calloc(1, sizeof *doc);
		if (hk_yaml_next(reader, doc, diags) != 1) {
			free(doc);
			break;
		}
		hk_vec_push(&rendered->docs, doc);
		add_object(rendered, cluster, kept, doc->root);
	}
	hk_yaml_close(reader);
	if (!rendered->clusters.n || strcmp(rendered->clusters.v[rendered->clusters.n - 1], cluster) != 0)
		hk_vec_push(&rendered->clusters, cluster);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_clusters(struct hk_rendered *rendered)
{
	size_t unique = 0;
	if (rendered->clusters.n > 1)
		qsort(rendered->clusters.v, rendered->clusters.n, sizeof *rendered->clusters.v, by_text);
	for (size_t i = 0; i < rendered->clusters.n; i++)
		if (!unique || strcmp(rendered->clusters.v[unique - 1], rendered->clusters.v[i]) != 0)
			rendered->clusters.v[unique++] = rendered->clusters.v[i];
	rendered->clusters.n = unique;
}

void hk_rendered_from_tree(struct hk_rendered *rendered, const struct hk_tree *tree, const struct hk_plan *plan, struct hk_diags *diags)
{
	for (size_t i = 0; i < tree->files.n; i++)
		add_file(rendered, plan, tree->files.v[i].path, tree->files.v[i].bytes, diags);
	sort_clusters(rendered);
}

int hk_rendered_from_directory(struct hk_rendered *rendered, const char *directory, const struct hk_plan *plan, struct hk_diags *diags, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, file = HK_BUF_INIT;
	HK_AUTO_FREE char *path = hk_path_join(directory, HK_TREE_INDEX);
	struct hk_tree_index index = { { 0 } };
	int status = 0;
	if (!hk_file_exists(path))
		return hk_err_set(err, HK_INVALID, "'%s' has no %s: nothing was rendered there", directory, HK_TREE_INDEX);
	if (hk_file_read(path, INDEX_MAX, &text, err))
		return -1;
	hk_tree_index_read((struct hk_str){ text.s, text.len }, &index);
	for (size_t i = 0; status == 0 && i < index.entries.n; i++) {
		HK_AUTO_FREE char *name = hk_strndup(index.entries.v[i].path.s, index.entries.v[i].path.n);
		HK_AUTO_FREE char *full = hk_path_join(directory, name);
		hk_buf_reset(&file);
		if (hk_str_ends(index.entries.v[i].path, "/kustomization.yaml"))
			status = hk_err_set(err, HK_USAGE,
					    "'%s' holds kustomize overlays, not what runs; compare live objects with a plan alone, without its directory",
					    directory);
		if (status || !hk_file_exists(full))
			continue;
		status = hk_file_read(full, HK_FILE_MAX, &file, err);
		if (status == 0)
			add_file(rendered, plan, name, (struct hk_str){ file.s, file.len }, diags);
	}
	hk_vec_release(&index.entries);
	sort_clusters(rendered);
	return status;
}

void hk_rendered_release(struct hk_rendered *rendered)
{
	for (size_t i = 0; i < rendered->docs.n; i++) {
		hk_doc_release(rendered->docs.v[i]);
		free(rendered->docs.v[i]);
	}
	for (size_t i = 0; i < rendered->sources.n; i++) {
		hk_source_release(rendered->sources.v[i]);
		free(rendered->sources.v[i]);
	}
	hk_vec_release(&rendered->docs);
	hk_vec_release(&rendered->sources);
	hk_vec_release(&rendered->objects);
	hk_vec_release(&rendered->clusters);
	hk_map_release(&rendered->by_key);
	hk_map_release(&rendered->elsewhere);
	hk_arena_release(&rendered->arena);
}
