/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Descheduler (descheduler/v1alpha2): required node affinity and spreads are looked at only when a pod is scheduled; this policy evicts pods that have come to
 * violate them, one per namespace in each run, and only when another node would take them. It is the configuration of a program, not an object: no metadata,
 * which its strict reader would refuse.
 *
 * Only pods of workloads the plan places are looked at: by a label all of a namespace's workloads have, else by all labels of each.
 */
#include "render/decide.h"
#include "render/route.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

enum { PROFILE_NAME_MAX = 63 };

/* Workloads of one namespace in one cluster. */
struct scope {
	struct hk_job *job;
	uint32_t cluster;
	const char *folder;
	HK_VEC(const struct hk_entry *) entries;
	bool spread;
};

static bool is_evictable(const struct hk_entry *entry)
{
	if (!entry || entry->role != HK_ENTRY_WORKLOAD)
		return false;
	enum hk_manifest_kind kind = entry->workload->manifest.kind;
	return kind == HK_DEPLOYMENT || kind == HK_REPLICASET || kind == HK_STATEFULSET;
}

static struct hk_value *config(struct hk_arena *arena, const char *plugin, const struct hk_value *args)
{
	return hk_value_put(arena, hk_value_put_str(arena, hk_value_map(arena), "name", plugin), "args", args);
}

static struct hk_value *enabled(struct hk_arena *arena, const char *plugin)
{
	return hk_value_put(arena, hk_value_map(arena), "enabled", hk_value_push(arena, hk_value_seq(arena), hk_value_str(arena, plugin)));
}

static struct hk_value *base_args(const struct scope *scope, const struct hk_value *selector)
{
	struct hk_arena *arena = &scope->job->arena;
	const struct hk_value *include = hk_value_push(arena, hk_value_seq(arena), hk_value_str(arena, scope->folder));
	struct hk_value *args = hk_value_put(arena, hk_value_map(arena), "namespaces", hk_value_put(arena, hk_value_map(arena), "include", include));
	return hk_value_put(arena, args, "labelSelector", selector);
}

static struct hk_value *strings(struct hk_arena *arena, const char *only)
{
	return hk_value_push(arena, hk_value_seq(arena), hk_value_str(arena, only));
}

static struct hk_value *profile(const struct scope *scope, const char *name, const struct hk_value *selector)
{
	static const char affinity[] = "RemovePodsViolatingNodeAffinity", spread[] = "RemovePodsViolatingTopologySpreadConstraint";
	struct hk_arena *arena = &scope->job->arena;
	struct hk_value *configs = hk_value_seq(arena), *plugins = hk_value_put(arena, hk_value_map(arena), "deschedule", enabled(arena, affinity));
	struct hk_value *yes = hk_value_map(arena);
	yes->kind = HK_SCALAR;
	yes->text = "true";
	hk_value_push(arena, configs, config(arena, "DefaultEvictor", hk_value_put(arena, hk_value_map(arena), "nodeFit", yes)));
	struct hk_value *args = base_args(scope, selector);
	hk_value_put(arena, args, "nodeAffinityType", strings(arena, "requiredDuringSchedulingIgnoredDuringExecution"));
	hk_value_push(arena, configs, config(arena, affinity, args));
	if (scope->spread) {
		args = base_args(scope, selector);
		hk_value_put(arena, args, "constraints", strings(arena, "DoNotSchedule"));
		hk_value_push(arena, configs, config(arena, spread, args));
		hk_value_put(arena, plugins, "balance", enabled(arena, spread));
	}
	struct hk_value *map = hk_value_put_str(arena, hk_value_map(arena), "name", hk_route_label(arena, name, PROFILE_NAME_MAX));
	hk_value_put(arena, map, "pluginConfig", configs);
	return hk_value_put(arena, map, "plugins", plugins);
}

/* The first label key that all have, NULL when there is none. */
static const char *common_key(const struct scope *scope)
{
	const struct hk_labels *first = &scope->entries.v[0]->workload->manifest.pod_labels;
	for (size_t i = 0; i < first->n; i++) {
		bool all = true;
		for (size_t j = 1; all && j < scope->entries.n; j++)
			all = hk_labels_get(&scope->entries.v[j]->workload->manifest.pod_labels, first->v[i].key) != NULL;
		if (all)
			return first->v[i].key;
	}
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct hk_value *key_selector(const struct scope *scope, const char *key)
{
	struct hk_arena *arena = &scope->job->arena;
	const char **values = hk_arena_array(arena, scope->entries.n, sizeof *values);
	struct hk_value *list = hk_value_seq(arena), *term = hk_value_put_str(arena, hk_value_map(arena), "key", key);
	for (size_t i = 0; i < scope->entries.n; i++)
		values[i] = hk_labels_get(&scope->entries.v[i]->workload->manifest.pod_labels, key);
	qsort(values, scope->entries.n, sizeof *values, by_text);
	for (size_t i = 0; i < scope->entries.n; i++)
		if (i == 0 || strcmp(values[i - 1], values[i]) != 0)
			hk_value_push(arena, list, hk_value_str(arena, values[i]));
	hk_value_put_str(arena, term, "operator", "In");
	hk_value_put(arena, term, "values", list);
	return hk_value_put(arena, hk_value_map(arena), "matchExpressions", hk_value_push(arena, hk_value_seq(arena), term));
}

static struct hk_value *label_selector(struct hk_arena *arena, const struct hk_labels *labels)
{
	struct hk_value *map = hk_value_map(arena);
	for (size_t i = 0; i < labels->n; i++)
		hk_value_put_str(arena, map, labels->v[i].key, labels->v[i].value);
	return hk_value_put(arena, hk_value_map(arena), "matchLabels", map);
}

static int by_object(const void *a, const void *b)
{
	const struct hk_entry *left = *(const struct hk_entry *const *)a, *right = *(const struct hk_entry *const *)b;
	int order = strcmp(left->kind, right->kind);
	return order ? order : strcmp(left->name, right->name);
}

/* Shards of one workload are items of one entry. */
static void sort_entries(struct scope *scope)
{
	size_t kept = 0;
	qsort(scope->entries.v, scope->entries.n, sizeof *scope->entries.v, by_object);
	for (size_t i = 0; i < scope->entries.n; i++)
		if (kept == 0 || scope->entries.v[kept - 1] != scope->entries.v[i])
			scope->entries.v[kept++] = scope->entries.v[i];
	scope->entries.n = kept;
}

static void add_profiles(struct scope *scope, struct hk_value *profiles)
{
	struct hk_arena *arena = &scope->job->arena;
	if (scope->entries.n == 0)
		return;
	sort_entries(scope);
	const char *key = common_key(scope);
	if (key)
		hk_value_push(arena, profiles, profile(scope, hk_arena_printf(arena, "hkctl-%s", scope->folder), key_selector(scope, key)));
	for (size_t i = 0; !key && i < scope->entries.n; i++) {
		const struct hk_entry *entry = scope->entries.v[i];
		const char *name = hk_arena_printf(arena, "hkctl-%s-%s-%s", scope->folder, entry->kind, entry->name);
		if (entry->workload->manifest.pod_labels.n > 0)
			hk_value_push(arena, profiles, profile(scope, name, label_selector(arena, &entry->workload->manifest.pod_labels)));
	}
}

/* Items are sorted by suffix, which begins with the folder, so a namespace is one run of them. */
static struct hk_value *profiles_of(struct hk_job *job, uint32_t cluster)
{
	struct hk_value *profiles = hk_value_seq(&job->arena);
	struct scope scope = { .job = job, .cluster = cluster };
	for (size_t i = 0; i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i];
		if (item->cluster != cluster || !is_evictable(item->entry))
			continue;
		if (scope.folder && strcmp(scope.folder, item->entry->folder) != 0) {
			add_profiles(&scope, profiles);
			scope.entries.n = 0;
			scope.spread = false;
		}
		scope.folder = item->entry->folder;
		scope.spread |= item->variant && item->variant->spread;
		hk_vec_push(&scope.entries, item->entry);
	}
	add_profiles(&scope, profiles);
	hk_vec_release(&scope.entries);
	return profiles;
}

void hk_descheduler_plan(struct hk_job *job)
{
	struct hk_arena *arena = &job->arena;
	for (uint32_t i = 0; i < job->model->n_clusters; i++) {
		struct hk_value *profiles = profiles_of(job, i);
		if (profiles->count == 0)
			continue;
		struct hk_value *policy = hk_value_put_str(arena, hk_value_map(arena), "apiVersion", "descheduler/v1alpha2");
		hk_value_put_str(arena, policy, "kind", "DeschedulerPolicy");
		hk_value_put(arena, policy, "maxNoOfPodsToEvictPerNamespace", hk_value_int(arena, 1));
		hk_decision_file(job, "descheduler", job->model->clusters[i].name, "policy", hk_value_put(arena, policy, "profiles", profiles));
	}
}
