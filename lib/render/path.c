/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where files go, and that no two things go to the same place or outside. */
#include "render/job.h"
#include "base/map.h"
#include <stdlib.h>
#include <string.h>

/* Kubernetes names are letters, digits, '-', '.', and for some kinds ':' and '_'; what starts with a dot could hide or climb. */
static bool is_name(const char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n > 253 || name[0] == '.' || name[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && !strchr("-._:", c))
			return false;
	}
	return true;
}

/* ':' is legal in names of roles but not in file names everywhere. */
static char *lowered(struct hk_arena *arena, const char *text, bool lower)
{
	char *copy = hk_arena_strdup(arena, text);
	for (char *c = copy; *c; c++) {
		if (*c == ':')
			*c = '_';
		else if (lower && *c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return copy;
}

const char *hk_item_file(struct hk_arena *arena, const char *kind, const char *name)
{
	return hk_arena_printf(arena, "%s-%s.yaml", lowered(arena, kind, true), lowered(arena, name, false));
}

const char *hk_item_suffix(struct hk_job *job, const struct hk_entry *entry, const char *kind, const char *name)
{
	const char *bad = !is_name(kind) ? kind : !is_name(name) ? name : !is_name(entry->folder) ? entry->folder : NULL;
	if (bad) {
		struct hk_diag *diag = hk_job_diag(job, HK0903, &entry->range, "'%s' cannot be part of a file name", bad);
		hk_diag_help(job->diags, diag, "kinds, names and namespaces are letters, digits, '-' and '.', starting with a letter or digit");
		return NULL;
	}
	return hk_arena_printf(&job->arena, "%s/%s", lowered(&job->arena, entry->folder, false), hk_item_file(&job->arena, kind, name));
}

/* Output folders: only of clusters that get something, inside the directory, all different. */

static void mark(const struct hk_model *model, const char *cluster, bool *used)
{
	uint32_t index = hk_model_cluster(model, cluster);
	if (index != HK_NO_INDEX)
		used[index] = true;
}

/* Clusters with replicas, and those traffic comes from. */
static void mark_used(const struct hk_job *job, bool *used)
{
	for (size_t i = 0; i < job->plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *pipeline = &job->plan->pipelines[i];
		for (size_t j = 0; j < pipeline->n_workloads; j++)
			for (size_t k = 0; k < pipeline->workloads[j].n_placements; k++)
				if (pipeline->workloads[j].placements[k].replicas > 0)
					mark(job->model, pipeline->workloads[j].placements[k].cluster, used);
		for (size_t j = 0; j < pipeline->n_connections; j++)
			for (size_t k = 0; k < pipeline->connections[j].n_routes; k++)
				mark(job->model, pipeline->connections[j].routes[k].cluster, used);
	}
}

static bool is_output(const char *output)
{
	for (const char *c = output; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return hk_path_is_inside(output);
}

static const char *normal(struct hk_job *job, const char *output)
{
	char *joined = hk_path_join("", output);
	size_t n = strlen(joined);
	while (n > 0 && joined[n - 1] == '/')
		n--;
	const char *copy = hk_arena_slicedup(&job->arena, (struct hk_str){ joined, n });
	free(joined);
	return copy;
}

void hk_outputs_check(struct hk_job *job)
{
	job->outputs = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *job->outputs);
	bool *used = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *used);
	struct hk_map folders = HK_MAP_INIT;
	mark_used(job, used);
	for (size_t i = 0; i < job->model->n_clusters; i++) {
		const struct hk_cluster *cluster = &job->model->clusters[i];
		if (!used[i])
			continue;
		const char *output = cluster->output ? cluster->output : hk_arena_printf(&job->arena, "clusters/%s", cluster->name);
		struct hk_range range = { 0 };
		if (cluster->where.doc)
			hk_node_range(cluster->where.doc, cluster->where.node, &range);
		if (!is_output(output)) {
			struct hk_diag *diag = hk_job_diag(job, HK0903, &range, "output '%s' of cluster '%s' leaves the output directory", output,
							   cluster->name);
			hk_diag_help(job->diags, diag, "give a relative folder without '..', such as clusters/%s", cluster->name);
			continue;
		}
		job->outputs[i] = normal(job, output);
		bool taken = hk_map_put(&folders, hk_str_of(job->outputs[i]), i) != HK_MAP_NONE;
		for (size_t j = 0; taken && j < i; j++) {
			if (!job->outputs[j] || strcmp(job->outputs[j], job->outputs[i]) != 0)
				continue;
			hk_job_diag(job, HK0904, &range, "clusters '%s' and '%s' have the same output folder '%s'", job->model->clusters[j].name, cluster->name,
				    job->outputs[i]);
		}
	}
	hk_map_release(&folders);
}

/* Order and collisions */

static int by_suffix(const void *a, const void *b)
{
	const struct hk_item *left = a, *right = b;
	int order = strcmp(left->suffix, right->suffix);
	return order ? order : left->cluster < right->cluster ? -1 : left->cluster > right->cluster;
}

static const char *origin(const struct hk_item *item)
{
	return item->entry ? item->entry->file : "the plan's routes";
}

static bool same_bytes(const struct hk_item *a, const struct hk_item *b)
{
	return a->entry && b->entry && !a->variant && !b->variant && hk_str_eq(hk_str_trim(a->entry->text), hk_str_trim(b->entry->text));
}

void hk_items_sort(struct hk_job *job)
{
	if (job->items.n < 2)
		return;
	qsort(job->items.v, job->items.n, sizeof *job->items.v, by_suffix);
	size_t kept = 1;
	for (size_t i = 1; i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i], *last = &job->items.v[kept - 1];
		if (by_suffix(item, last) != 0) {
			job->items.v[kept++] = *item;
			continue;
		}
		if (same_bytes(item, last))
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0904, item->entry ? &item->entry->range : NULL,
						   "two objects would be written to '%s/%s': one from %s, one from %s", job->outputs[item->cluster],
						   item->suffix, origin(last), origin(item));
		hk_diag_help(job->diags, diag, "rename one of them, or put them into different namespaces");
	}
	job->items.n = kept;
}
