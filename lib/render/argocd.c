/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Argo CD: parameters for the git files generator of an ApplicationSet, one file for each cluster and namespace that gets something. Every file has every key,
 * since templates may refuse missing ones; none is called `path`, which the generator sets itself.
 */
#include "render/decide.h"
#include "render/route.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

enum { APPLICATION_NAME_MAX = 63 };

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* `folder` is what is below the cluster's own; name_space where objects go that name none. */
static void write_parameters(struct hk_job *job, uint32_t index, const char *folder, const char *file, const char *name_space)
{
	struct hk_arena *arena = &job->arena;
	const struct hk_cluster *cluster = &job->model->clusters[index];
	const char *name = hk_route_label(arena, hk_arena_printf(arena, "%s-%s", cluster->name, file), APPLICATION_NAME_MAX);
	HK_AUTO_FREE char *manifests = hk_path_join(job->outputs[index], folder);
	struct hk_value *map = hk_value_put_str(arena, hk_value_map(arena), "name", name);
	hk_value_put_str(arena, map, "cluster", cluster->name);
	hk_value_put_str(arena, map, "namespace", name_space);
	hk_value_put_str(arena, map, "manifests", hk_arena_strdup(arena, manifests));
	hk_value_put_str(arena, map, "region", or_empty(cluster->region));
	hk_value_put_str(arena, map, "zone", or_empty(cluster->zone));
	hk_value_put_str(arena, map, "tier", or_empty(cluster->tier));
	hk_value_put_str(arena, map, "provider", or_empty(cluster->provider));
	hk_decision_file(job, "argocd", cluster->name, file, map);
}

static bool is_wide(const char *folder)
{
	return strcmp(folder, "_cluster") == 0;
}

/* Items are sorted by suffix, which begins with the folder. */
static void plan_folders(struct hk_job *job)
{
	const char **last = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *last);
	for (size_t i = 0; i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i];
		size_t n = strcspn(item->suffix, "/");
		const char **seen = &last[item->cluster];
		if (*seen && strncmp(*seen, item->suffix, n) == 0 && (*seen)[n] == '\0')
			continue;
		*seen = hk_arena_slicedup(&job->arena, (struct hk_str){ item->suffix, n });
		write_parameters(job, item->cluster, *seen, is_wide(*seen) ? "cluster-wide" : *seen, is_wide(*seen) ? "" : *seen);
	}
}

static bool names_namespace(const struct hk_item *item)
{
	return item->entry ? item->entry->name_space != NULL : hk_value_get(hk_value_get(item->object, "metadata"), "namespace") != NULL;
}

/* A kustomization is built as a whole, so there is one file for each cluster. */
static void plan_overlays(struct hk_job *job)
{
	const char **spaces = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *spaces);
	for (size_t i = 0; i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i];
		const char *folder = hk_arena_slicedup(&job->arena, (struct hk_str){ item->suffix, strcspn(item->suffix, "/") });
		if (!spaces[item->cluster])
			spaces[item->cluster] = "";
		if (!*spaces[item->cluster] && !is_wide(folder) && !names_namespace(item))
			spaces[item->cluster] = folder;
	}
	for (uint32_t i = 0; i < job->model->n_clusters; i++)
		if (spaces[i])
			write_parameters(job, i, "", "all", spaces[i]);
}

void hk_argocd_plan(struct hk_job *job)
{
	if (job->options->kustomize)
		plan_overlays(job);
	else
		plan_folders(job);
}
