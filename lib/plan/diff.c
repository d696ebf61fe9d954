/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Both plans are spread out into lists of (names, value) and merged: the same few lines serve placements and routes, and nothing depends on the lists of the
 * plans being sorted.
 */
struct entry { const char *name[5]; double value; };
struct entries { struct entry *v; size_t n, cap; };

static int compare_names(const struct entry *a, const struct entry *b)
{
	for (size_t i = 0; i < HK_COUNT(a->name); i++) {
		int order = strcmp(a->name[i], b->name[i]);

		if (order)
			return order;
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return compare_names(a, b);
}

static void sort(struct entries *entries)
{
	if (entries->n > 1)
		qsort(entries->v, entries->n, sizeof *entries->v, compare_entries);
}

static void list_replicas(const struct hk_plan *plan, struct entries *out)
{
	for (size_t p = 0; plan && p < plan->n_pipelines; p++) {
		const struct hk_plan_pipeline *pipeline = &plan->pipelines[p];

		for (size_t w = 0; w < pipeline->n_workloads; w++) {
			const struct hk_plan_workload *workload = &pipeline->workloads[w];

			for (size_t i = 0; i < workload->n_placements; i++)
				hk_vec_push(out, (struct entry){ { pipeline->name, workload->name, workload->placements[i].cluster, "", "" },
								 workload->placements[i].replicas });
		}
	}
	sort(out);
}

static void list_targets(const char *pipeline, const struct hk_plan_connection *connection, struct entries *out)
{
	for (size_t r = 0; r < connection->n_routes; r++) {
		const struct hk_plan_route *route = &connection->routes[r];

		for (size_t t = 0; t < route->n_targets; t++)
			hk_vec_push(out, (struct entry){ { pipeline, connection->from, connection->to, route->cluster, route->targets[t].cluster },
							 route->targets[t].probability });
	}
}

static void list_routes(const struct hk_plan *plan, struct entries *out)
{
	for (size_t p = 0; plan && p < plan->n_pipelines; p++)
		for (size_t c = 0; c < plan->pipelines[p].n_connections; c++)
			list_targets(plan->pipelines[p].name, &plan->pipelines[p].connections[c], out);
	sort(out);
}

/* Next pair of the merge: the smaller name, or both when equal. False at the end of both lists. */
static bool merge(const struct entries *before, const struct entries *after, size_t *i, size_t *j, const struct entry **names, double *old, double *new)
{
	int order;

	if (*i == before->n && *j == after->n)
		return false;
	if (*i == before->n)
		order = 1;
	else if (*j == after->n)
		order = -1;
	else
		order = compare_names(&before->v[*i], &after->v[*j]);
	*names = order <= 0 ? &before->v[*i] : &after->v[*j];
	*old = order <= 0 ? before->v[(*i)++].value : 0;
	*new = order >= 0 ? after->v[(*j)++].value : 0;
	return true;
}

static bool is_same_workload(const struct hk_plan_replica_change *a, const struct hk_plan_replica_change *b)
{
	return !strcmp(a->pipeline, b->pipeline) && !strcmp(a->workload, b->workload);
}

/* Changes come sorted by name, so those of one workload are neighbours. */
static void classify(struct hk_plan_replica_change *changes, size_t count)
{
	for (size_t start = 0, end; start < count; start = end) {
		bool gains = false, loses = false;

		for (end = start; end < count && is_same_workload(&changes[start], &changes[end]); end++) {
			gains |= changes[end].after > changes[end].before;
			loses |= changes[end].after < changes[end].before;
		}
		for (size_t i = start; i < end; i++)
			changes[i].kind = !gains ? HK_CHANGE_REMOVED : loses ? HK_CHANGE_MOVED : HK_CHANGE_ADDED;
	}
}

/* Of one workload's changes the losses come first. */
static int compare_changes(const void *left, const void *right)
{
	const struct hk_plan_replica_change *a = left, *b = right;
	bool a_gains = a->after > a->before, b_gains = b->after > b->before;
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = strcmp(a->pipeline, b->pipeline);
	if (!order)
		order = strcmp(a->workload, b->workload);
	if (!order)
		order = (int)a_gains - (int)b_gains;
	return order ? order : strcmp(a->cluster, b->cluster);
}

static void diff_replicas(struct hk_plan_diff *diff, const struct hk_plan *old_plan, const struct hk_plan *new_plan)
{
	struct entries before = { 0 }, after = { 0 };
	const struct entry *names;
	size_t i = 0, j = 0;
	double old, new;

	list_replicas(old_plan, &before);
	list_replicas(new_plan, &after);
	diff->replicas = hk_arena_array(&diff->arena, before.n + after.n + 1, sizeof *diff->replicas);
	while (merge(&before, &after, &i, &j, &names, &old, &new))
		if ((uint32_t)old != (uint32_t)new)
			diff->replicas[diff->n_replicas++] = (struct hk_plan_replica_change){
				.pipeline = names->name[0], .workload = names->name[1], .cluster = names->name[2], .before = (uint32_t)old,
				.after = (uint32_t)new };
	hk_vec_release(&before);
	hk_vec_release(&after);
	classify(diff->replicas, diff->n_replicas);
	qsort(diff->replicas, diff->n_replicas, sizeof *diff->replicas, compare_changes);
}

static void diff_routes(struct hk_plan_diff *diff, const struct hk_plan *old_plan, const struct hk_plan *new_plan)
{
	struct entries before = { 0 }, after = { 0 };
	const struct entry *names;
	size_t i = 0, j = 0;
	double old, new;

	list_routes(old_plan, &before);
	list_routes(new_plan, &after);
	diff->routes = hk_arena_array(&diff->arena, before.n + after.n + 1, sizeof *diff->routes);
	while (merge(&before, &after, &i, &j, &names, &old, &new))
		if (fabs(old - new) > 1e-9)
			diff->routes[diff->n_routes++] = (struct hk_plan_route_change){
				.pipeline = names->name[0], .from = names->name[1], .to = names->name[2], .source = names->name[3], .target = names->name[4],
				.before = old, .after = new };
	hk_vec_release(&before);
	hk_vec_release(&after);
}

static void list_network(const struct hk_plan *plan, struct hk_arena *arena, struct entries *out)
{
	for (size_t i = 0; plan && i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		const char *parallel = hk_arena_printf(arena, "%07u", change->parallel);

		if (isfinite(change->bandwidth_before))
			hk_vec_push(out, (struct entry){ { change->from, change->to, parallel, "bandwidth", "" },
							 change->bandwidth_after - change->bandwidth_before });
		if (isfinite(change->latency_before))
			hk_vec_push(out, (struct entry){ { change->from, change->to, parallel, "latency", "" },
							 change->latency_before - change->latency_after });
	}
	sort(out);
}

static void diff_network(struct hk_plan_diff *diff, const struct hk_plan *old_plan, const struct hk_plan *new_plan)
{
	struct entries before = { 0 }, after = { 0 };
	const struct entry *names;
	size_t i = 0, j = 0;
	double old, new;

	list_network(old_plan, &diff->arena, &before);
	list_network(new_plan, &diff->arena, &after);
	diff->network = hk_arena_array(&diff->arena, before.n + after.n + 1, sizeof *diff->network);
	while (merge(&before, &after, &i, &j, &names, &old, &new))
		if (fabs(old - new) > 1e-9 * fmax(fabs(old), fabs(new)))
			diff->network[diff->n_network++] = (struct hk_plan_network_diff){ names->name[0], names->name[1], names->name[3], old, new };
	hk_vec_release(&before);
	hk_vec_release(&after);
}

void hk_plan_diff(struct hk_plan_diff *diff, const struct hk_plan *before, const struct hk_plan *after)
{
	*diff = (struct hk_plan_diff){ .objective_before = before ? before->objective : 0, .objective_after = after->objective };
	diff_replicas(diff, before, after);
	diff_routes(diff, before, after);
	diff_network(diff, before, after);
}

bool hk_plan_diff_is_empty(const struct hk_plan_diff *diff)
{
	return diff->n_replicas == 0 && diff->n_routes == 0 && diff->n_network == 0;
}

void hk_plan_diff_release(struct hk_plan_diff *diff)
{
	hk_arena_release(&diff->arena);
	*diff = (struct hk_plan_diff){ 0 };
}
