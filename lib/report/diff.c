/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/diff.h"
#include <string.h>

bool hk_diff_is_empty(const struct hk_diff_view *view)
{
	return (!view->plans || hk_plan_diff_is_empty(view->plans)) && (!view->drift || (view->drift->drift.n == 0 && view->drift->changes.n == 0));
}

static bool begins_workload(const struct hk_plan_diff *diff, size_t at)
{
	return at == 0 || strcmp(diff->replicas[at - 1].workload, diff->replicas[at].workload) != 0 ||
	    strcmp(diff->replicas[at - 1].pipeline, diff->replicas[at].pipeline) != 0;
}

void hk_diff_count(const struct hk_diff_view *view, struct hk_diff_counts *counts)
{
	*counts = (struct hk_diff_counts){ 0 };
	for (size_t i = 0; view->plans && i < view->plans->n_replicas; i++) {
		const struct hk_plan_replica_change *change = &view->plans->replicas[i];
		if (change->after > change->before)
			counts->replicas_more += change->after - change->before;
		else
			counts->replicas_fewer += change->before - change->after;
		if (begins_workload(view->plans, i))
			++*(change->kind == HK_CHANGE_MOVED ? &counts->moved : change->kind == HK_CHANGE_REMOVED ? &counts->removed : &counts->added);
	}
	for (size_t i = 0; view->drift && i < view->drift->changes.n; i++) {
		enum hk_difference difference = view->drift->changes.v[i].difference;
		++*(difference == HK_DIFFERENCE_DELETED ? &counts->deleted_files : difference == HK_DIFFERENCE_CHANGED ? &counts->changed_files
		    : &counts->added_files);
	}
}

/* Why a file */

static bool is_route(const char *kind)
{
	static const char *const kinds[] = { "DestinationRule", "VirtualService", "HTTPRoute", "ServiceExport", "ServiceImport", "TrafficSplit" };
	for (size_t i = 0; i < HK_COUNT(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

/* "web" is rendered as "web", as shards "web-..." or as copies "web-1". The longest name that fits. */
static const struct hk_plan_workload *workload_of(const struct hk_plan *plan, const struct hk_drift_item *item)
{
	const struct hk_plan_workload *best = NULL;
	size_t longest = 0;
	for (size_t p = 0; item->kind && p < plan->n_pipelines; p++)
		for (size_t w = 0; w < plan->pipelines[p].n_workloads; w++) {
			const struct hk_plan_workload *workload = &plan->pipelines[p].workloads[w];
			size_t n = workload->manifest_name ? strlen(workload->manifest_name) : 0;
			if (n && n > longest && workload->manifest_kind && strcmp(workload->manifest_kind, item->kind) == 0 &&
			    strncmp(item->name, workload->manifest_name, n) == 0 && (item->name[n] == '\0' || item->name[n] == '-')) {
				best = workload;
				longest = n;
			}
		}
	return best;
}

/* Fields the plan decides. */
static bool is_decided(const char *path)
{
	static const char *const decided[] = { "spec.replicas", "spec.minReplicas", "spec.maxReplicas", "spec.minReplicaCount", "spec.maxReplicaCount",
					       "spec.parallelism", "spec.ordinals" };
	for (size_t i = 0; i < HK_COUNT(decided); i++)
		if (strncmp(path, decided[i], strlen(decided[i])) == 0)
			return true;
	return strstr(path, ".affinity") || strstr(path, ".topologySpreadConstraints") || strstr(path, "hkctl.dev/shard");
}

static bool is_of_decisions(const struct hk_drift_item *item)
{
	return item->path && strncmp(item->path, "decisions/", strlen("decisions/")) == 0;
}

struct hk_file_why hk_diff_file_why(const struct hk_plan *plan, const struct hk_drift_item *item, struct hk_arena *arena)
{
	const struct hk_plan_workload *workload = workload_of(plan, item);
	const struct hk_plan_placement *placement = workload && item->cluster ? hk_plan_placement(workload, item->cluster) : NULL;
	const char *cluster = item->cluster ? item->cluster : "this cluster";
	bool decided = false;
	for (size_t i = 0; i < item->n_fields; i++)
		decided = decided || is_decided(item->fields[i].path);
	if (is_of_decisions(item))
		return (struct hk_file_why){ "decisions", item->difference == HK_DIFFERENCE_DELETED ? "--decisions as given here does not ask for it"
					     : "what the plan decided" };
	if (item->kind && is_route(item->kind))
		return (struct hk_file_why){ "routes",
					     item->difference == HK_DIFFERENCE_DELETED
					     ? "the plan has no such route, or --mesh as given here does not ask for it" : "the routes of the plan" };
	if (workload && !placement)
		return (struct hk_file_why){ "plan", hk_arena_printf(arena, "no replica of %s is planned in %s", workload->name, cluster) };
	if (workload && item->difference == HK_DIFFERENCE_DELETED)
		return (struct hk_file_why){ "plan",
					     hk_arena_printf(arena, "the replicas of %s in %s are rendered as other objects", workload->name, cluster) };
	if (workload && item->difference == HK_DIFFERENCE_ADDED)
		return (struct hk_file_why){ "plan",
					     hk_arena_printf(arena, "%s is planned in %s with %u replica%s", workload->name, cluster, placement->replicas,
							     placement->replicas == 1 ? "" : "s") };
	if (workload && decided)
		return (struct hk_file_why){ "plan", workload->n_reasons ? workload->reasons[0] : "the plan decided so" };
	if (item->difference == HK_DIFFERENCE_CHANGED)
		return (struct hk_file_why){ "manifest", workload && workload->manifest_file ? hk_arena_printf(arena, "%s changed", workload->manifest_file)
					     : "the manifest changed" };
	return (struct hk_file_why){ "workloads",
				     item->difference == HK_DIFFERENCE_ADDED ? "it goes where the workloads are that need it"
				     : "no workload that needs it is there any more" };
}
