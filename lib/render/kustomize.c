/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rendering as kustomize overlays: what the user wrote goes unchanged into bases, one for each manifest file; each cluster has an overlay with patches for
 * what the plan changes, files of its own for what the plan adds (shards, copies, routes), and deletions of what does not go there. A change of the plan
 * changes overlays only.
 *
 * Bases lie inside the output directory because kustomize reads no file above the folder of a kustomization.
 */
#include "render/route.h"
#include "render/script.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

#define BASE "base"
#define API_VERSION "kustomize.config.k8s.io/v1beta1"
enum { SLUG_BUDGET = 40 };

struct base { const char *file, *slug; struct hk_value *resources; };
struct overlays {
	struct hk_job *job;
	hk_render_sink sink;
	void *closure;
	struct hk_map bases_by_file;
	HK_VEC(struct base) bases;
	const char **up;                  /* [model cluster]: "../../", from its overlay to the output directory */
};

static bool is_group(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");
	return strncmp(a, b, n) == 0 && strcspn(b, "/") == n;
}

/*
 * Kustomize tells objects apart by group, kind, name and namespace, and an object without a namespace may have any: those that share a name are no part of a
 * base.
 */
static void choose(struct hk_job *job, struct hk_index *names)
{
	for (size_t i = 0; i < job->entries.n; i++)
		hk_index_add(names, job->entries.v[i]->kind, job->entries.v[i]->name, "", i);
	for (size_t i = 0; i < job->entries.n; i++) {
		struct hk_entry *entry = job->entries.v[i];
		size_t same = 0;
		bool goes = false;
		hk_index_each(link, names, entry->kind, entry->name, "")
			same += is_group(entry->api_version, job->entries.v[names->links.v[link].value]->api_version);
		for (size_t c = 0; c < job->model->n_clusters; c++)
			goes = goes || entry->clusters[c];
		entry->in_base = goes && same == 1;
	}
}

static const char *slug_of(struct overlays *all, const char *file)
{
	struct hk_arena *arena = &all->job->arena;
	const char *last = strrchr(file, '/');
	char *stem = hk_arena_strdup(arena, last ? last + 1 : file);
	char *dot = strrchr(stem, '.');
	if (dot && dot != stem)
		*dot = '\0';
	const char *slug = hk_route_label(arena, stem, SLUG_BUDGET);
	for (size_t i = 0; i < all->bases.n; i++)
		if (strcmp(all->bases.v[i].slug, slug) == 0)
			return hk_hashed_name(arena, slug, file, SLUG_BUDGET, NULL);
	return slug;
}

static struct base *base_of(struct overlays *all, const char *file)
{
	size_t at = hk_map_get(&all->bases_by_file, hk_str_of(file));
	if (at == HK_MAP_NONE) {
		at = all->bases.n;
		struct base fresh = { file, slug_of(all, file), hk_value_seq(&all->job->arena) };
		hk_vec_push(&all->bases, fresh);
		hk_map_put(&all->bases_by_file, hk_str_of(file), at);
	}
	return &all->bases.v[at];
}

static int put(struct overlays *all, const char *folder, const char *name, struct hk_str bytes)
{
	char *path = hk_path_join(folder, name);
	struct hk_render_file file = { path, bytes.s, bytes.n };
	int status = all->sink(all->closure, &file, all->job->err) != 0 ? -1 : 0;
	free(path);
	return status;
}

static int put_object(struct overlays *all, const char *folder, const struct hk_value *object)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (hk_value_emit(object, &text, all->job->err) != 0)
		return -1;
	return put(all, folder, "kustomization.yaml", (struct hk_str){ text.s, text.len });
}

static struct hk_value *kustomization(struct hk_arena *arena, const struct hk_value *resources)
{
	struct hk_value *object = hk_value_put_str(arena, hk_value_map(arena), "apiVersion", API_VERSION);
	hk_value_put_str(arena, object, "kind", "Kustomization");
	return resources->count ? hk_value_put(arena, object, "resources", resources) : object;
}

static const char *base_folder(struct overlays *all, const char *file)
{
	return hk_arena_printf(&all->job->arena, BASE "/%s", base_of(all, file)->slug);
}

static int put_bases(struct overlays *all)
{
	struct hk_job *job = all->job;
	int status = 0;
	for (size_t i = 0; status == 0 && i < job->entries.n; i++) {
		const struct hk_entry *entry = job->entries.v[i];
		const char *suffix = entry->in_base ? hk_item_suffix(job, entry, entry->kind, entry->name) : NULL;
		if (!suffix)
			continue;
		status = put(all, base_folder(all, entry->file), suffix, entry->text);
		hk_value_push(&job->arena, base_of(all, entry->file)->resources, hk_value_str(&job->arena, suffix));
	}
	for (size_t i = 0; status == 0 && i < all->bases.n; i++)
		status = put_object(all, base_folder(all, all->bases.v[i].file), kustomization(&job->arena, all->bases.v[i].resources));
	return status;
}

/* Selectors of kustomize are regular expressions that must match the whole text. */
static const char *literally(struct hk_arena *arena, const char *text)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	for (const char *c = text; *c; c++) {
		if (*c == '.')
			hk_buf_addch(&out, '\\');
		hk_buf_addch(&out, *c);
	}
	return hk_arena_strdup(arena, out.s ? out.s : "");
}

static struct hk_value *target_of(struct hk_arena *arena, const struct hk_entry *entry)
{
	struct hk_value *target = hk_value_map(arena);
	size_t n = strcspn(entry->api_version, "/");
	if (entry->api_version[n] == '/')
		hk_value_put_str(arena, target, "group", literally(arena, hk_arena_slicedup(arena, (struct hk_str){ entry->api_version, n })));
	hk_value_put_str(arena, target, "kind", entry->kind);
	return hk_value_put_str(arena, target, "name", literally(arena, entry->name));
}

static const struct hk_value *deletion(struct hk_arena *arena, const struct hk_entry *entry)
{
	const char *text = hk_arena_printf(arena, "{\"$patch\": \"delete\", \"apiVersion\": \"%s\", \"kind\": \"%s\", \"metadata\": {\"name\": \"%s\"}}",
					   entry->api_version, entry->kind, entry->name);
	return hk_value_put(arena, hk_value_put_str(arena, hk_value_map(arena), "patch", text), "target", target_of(arena, entry));
}

static bool is_kept(const struct hk_entry *entry, uint32_t cluster)
{
	return entry->in_base && entry->kept && entry->kept[cluster];
}

/* Bases of files with an object that goes there; the file's other objects are deleted again. */
static void list_base(struct overlays *all, uint32_t cluster, struct hk_value *resources, struct hk_value *patches)
{
	struct hk_job *job = all->job;
	for (size_t first = 0, end; first < job->entries.n; first = end) {
		bool any = false;
		for (end = first; end < job->entries.n && job->entries.v[end]->file == job->entries.v[first]->file; end++)
			any = any || is_kept(job->entries.v[end], cluster);
		if (!any)
			continue;
		hk_value_push(&job->arena, resources,
			      hk_value_str(&job->arena, hk_arena_printf(&job->arena, "%s%s", all->up[cluster], base_folder(all, job->entries.v[first]->file))));
		for (size_t i = first; i < end; i++)
			if (job->entries.v[i]->in_base && !is_kept(job->entries.v[i], cluster))
				hk_value_push(&job->arena, patches, deletion(&job->arena, job->entries.v[i]));
	}
}

static int put_item(struct overlays *all, const struct hk_item *item, struct hk_value *resources, struct hk_value *patches)
{
	struct hk_arena *arena = &all->job->arena;
	const char *folder = all->job->outputs[item->cluster];
	if (!item->entry || !item->entry->in_base || (item->variant && item->variant->name)) {
		hk_value_push(arena, resources, hk_value_str(arena, item->suffix));
		return put(all, folder, item->suffix, item->bytes);
	}
	if (!item->patch.s)
		return 0;
	const char *name = hk_arena_printf(arena, "%.*s.patch.yaml", (int)(strlen(item->suffix) - 5), item->suffix);
	hk_value_push(arena, patches, hk_value_put(arena, hk_value_put_str(arena, hk_value_map(arena), "path", name), "target", target_of(arena, item->entry)));
	return put(all, folder, name, item->patch);
}

static int put_overlay(struct overlays *all, uint32_t cluster, const struct hk_item **items, size_t n)
{
	struct hk_arena *arena = &all->job->arena;
	struct hk_value *resources = hk_value_seq(arena), *patches = hk_value_seq(arena);
	int status = 0;
	list_base(all, cluster, resources, patches);
	for (size_t i = 0; status == 0 && i < n; i++)
		status = put_item(all, items[i], resources, patches);
	struct hk_value *object = kustomization(arena, resources);
	if (patches->count)
		hk_value_put(arena, object, "patches", patches);
	return status == 0 ? put_object(all, all->job->outputs[cluster], object) : -1;
}

static const char *way_up(struct hk_arena *arena, const char *output)
{
	const char *up = "../";
	for (const char *c = output; *c; c++)
		if (*c == '/')
			up = hk_arena_printf(arena, "../%s", up);
	return up;
}

static void mark_kept(struct hk_job *job)
{
	for (size_t i = 0; i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i];
		if (!item->entry || (item->variant && item->variant->name))
			continue;
		if (!item->entry->kept)
			item->entry->kept = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *item->entry->kept);
		item->entry->kept[item->cluster] = true;
	}
}

static int put_overlays(struct overlays *all)
{
	struct hk_job *job = all->job;
	const struct hk_item **items = hk_arena_array(&job->arena, job->items.n + 1, sizeof *items);
	int status = 0;
	for (uint32_t c = 0; status == 0 && c < job->model->n_clusters; c++) {
		size_t n = 0;
		for (size_t i = 0; i < job->items.n; i++)
			if (job->items.v[i].cluster == c)
				items[n++] = &job->items.v[i];
		if (n == 0)
			continue;
		all->up[c] = way_up(&job->arena, job->outputs[c]);
		status = put_overlay(all, c, items, n);
	}
	return status;
}

int hk_kustomize_hand_out(struct hk_job *job, hk_render_sink sink, void *closure)
{
	struct overlays all = { .job = job, .sink = sink, .closure = closure, .bases_by_file = HK_MAP_INIT };
	struct hk_index names = HK_INDEX_INIT;
	for (size_t i = 0; i < job->model->n_clusters; i++)
		if (job->outputs[i] && (strcmp(job->outputs[i], BASE) == 0 || strncmp(job->outputs[i], BASE "/", strlen(BASE "/")) == 0))
			return hk_err_set(job->err, HK_INVALID,
					  "cluster '%s' is written to '%s', where the bases of its overlay would be; give it another output",
					  job->model->clusters[i].name, job->outputs[i]);
	all.up = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *all.up);
	choose(job, &names);
	mark_kept(job);
	int status = put_bases(&all);
	if (status == 0)
		status = put_overlays(&all);
	hk_index_release(&names);
	hk_vec_release(&all.bases);
	hk_map_release(&all.bases_by_file);
	return status;
}
