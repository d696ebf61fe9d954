/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vec.h"
#include "report/diff.h"
#include <math.h>

static void put_plan(struct hk_ser *ser, const char *key, const struct hk_plan *plan)
{
	hk_ser_key(ser, key);
	if (!plan) {
		hk_ser_null(ser);
		return;
	}
	hk_ser_map(ser);
	hk_ser_kstr(ser, "id", plan->id);
	hk_ser_knum(ser, "objective", plan->objective);
	hk_ser_end(ser);
}

static void put_item(struct hk_ser *ser, const struct hk_diff_view *view, const struct hk_drift_item *item, bool change, struct hk_arena *arena)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "action", hk_difference_name(item->difference));
	hk_ser_kstr(ser, "where", item->live ? "live" : "directory");
	hk_ser_kstr(ser, "cluster", item->cluster);
	hk_ser_kstr(ser, "group", item->group);
	hk_ser_kstr(ser, "kind", item->kind);
	hk_ser_kstr(ser, "namespace", item->name_space);
	hk_ser_kstr(ser, "name", item->name);
	hk_ser_kstr(ser, "path", item->path);
	hk_ser_kstr(ser, "note", item->note);
	if (change) {
		struct hk_file_why why = hk_diff_file_why(view->after, item, arena);
		hk_ser_kbool(ser, "overwritesEdit", item->overwrites);
		hk_ser_key(ser, "reasons");
		hk_ser_seq(ser);
		hk_ser_map(ser);
		hk_ser_kstr(ser, "code", why.code);
		hk_ser_kstr(ser, "text", why.text);
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_key(ser, "fields");
	hk_ser_seq(ser);
	for (size_t i = 0; i < item->n_fields; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "path", item->fields[i].path);
		hk_ser_kstr(ser, "before", item->fields[i].before);
		hk_ser_kstr(ser, "after", item->fields[i].after);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_items(struct hk_ser *ser, const char *key, const struct hk_diff_view *view, const struct hk_drift_list *list, bool change,
		      struct hk_arena *arena)
{
	hk_ser_key(ser, key);
	hk_ser_seq(ser);
	for (size_t i = 0; list && i < list->n; i++)
		put_item(ser, view, &list->v[i], change, arena);
	hk_ser_end(ser);
}

static void put_reasons(struct hk_ser *ser, struct hk_why_list *list)
{
	hk_ser_key(ser, "reasons");
	hk_ser_seq(ser);
	for (size_t i = 0; i < list->n; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "code", hk_why_name(list->v[i].code));
		hk_ser_kstr(ser, "text", list->v[i].text);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_why_release(list);
}

static void put_replicas(struct hk_ser *ser, const struct hk_why_world *world)
{
	static const char *const actions[] = { "move", "remove", "add" };
	hk_ser_key(ser, "replicas");
	hk_ser_seq(ser);
	for (size_t i = 0; world->diff && i < world->diff->n_replicas; i++) {
		const struct hk_plan_replica_change *change = &world->diff->replicas[i];
		struct hk_why_list why = { NULL, 0, 0 };
		hk_ser_map(ser);
		hk_ser_kstr(ser, "action", actions[change->kind]);
		hk_ser_kstr(ser, "pipeline", change->pipeline);
		hk_ser_kstr(ser, "workload", change->workload);
		hk_ser_kstr(ser, "cluster", change->cluster);
		hk_ser_kint(ser, "before", change->before);
		hk_ser_kint(ser, "after", change->after);
		hk_why_replicas(world, change, &why);
		put_reasons(ser, &why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_routes(struct hk_ser *ser, const struct hk_why_world *world)
{
	hk_ser_key(ser, "routes");
	hk_ser_seq(ser);
	for (size_t i = 0; world->diff && i < world->diff->n_routes; i++) {
		const struct hk_plan_route_change *change = &world->diff->routes[i];
		struct hk_why_list why = { NULL, 0, 0 };
		hk_ser_map(ser);
		hk_ser_kstr(ser, "pipeline", change->pipeline);
		hk_ser_kstr(ser, "from", change->from);
		hk_ser_kstr(ser, "to", change->to);
		hk_ser_kstr(ser, "source", change->source);
		hk_ser_kstr(ser, "target", change->target);
		hk_ser_knum(ser, "before", change->before);
		hk_ser_knum(ser, "after", change->after);
		hk_why_route(world, change, &why);
		put_reasons(ser, &why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_network(struct hk_ser *ser, const struct hk_why_world *world)
{
	hk_ser_key(ser, "network");
	hk_ser_seq(ser);
	for (size_t i = 0; world->diff && i < world->diff->n_network; i++) {
		const struct hk_plan_network_diff *change = &world->diff->network[i];
		struct hk_why_list why = { NULL, 0, 0 };
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", change->from);
		hk_ser_kstr(ser, "to", change->to);
		hk_ser_kstr(ser, "what", change->what);
		hk_ser_knum(ser, "before", change->before);
		hk_ser_knum(ser, "after", change->after);
		hk_why_network(world, change, &why);
		put_reasons(ser, &why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_summary(struct hk_ser *ser, const struct hk_diff_view *view)
{
	struct hk_diff_counts counts;
	hk_diff_count(view, &counts);
	hk_ser_key(ser, "summary");
	hk_ser_map(ser);
	hk_ser_kbool(ser, "differs", !hk_diff_is_empty(view));
	hk_ser_kint(ser, "drifted", view->drift ? (int64_t)view->drift->drift.n : 0);
	hk_ser_kint(ser, "workloadsMoved", (int64_t)counts.moved);
	hk_ser_kint(ser, "workloadsReduced", (int64_t)counts.removed);
	hk_ser_kint(ser, "workloadsIncreased", (int64_t)counts.added);
	hk_ser_kint(ser, "replicasRemoved", (int64_t)counts.replicas_fewer);
	hk_ser_kint(ser, "replicasAdded", (int64_t)counts.replicas_more);
	hk_ser_kint(ser, "routes", view->plans ? (int64_t)view->plans->n_routes : 0);
	hk_ser_kint(ser, "network", view->plans ? (int64_t)view->plans->n_network : 0);
	hk_ser_kint(ser, "filesDeleted", (int64_t)counts.deleted_files);
	hk_ser_kint(ser, "filesChanged", (int64_t)counts.changed_files);
	hk_ser_kint(ser, "filesAdded", (int64_t)counts.added_files);
	hk_ser_kint(ser, "liveCompared", view->drift ? (int64_t)view->drift->compared : 0);
	hk_ser_kint(ser, "liveForeign", view->drift ? (int64_t)view->drift->foreign : 0);
	hk_ser_kint(ser, "liveAutoscaled", view->drift ? (int64_t)view->drift->autoscaled : 0);
	hk_ser_kint(ser, "liveUnknown", view->drift ? (int64_t)view->drift->unknown : 0);
	hk_ser_end(ser);
}

void hk_diff_json(const struct hk_diff_view *view, struct hk_ser *ser)
{
	struct hk_arena arena = HK_ARENA_INIT;
	const struct hk_why_world world = { view->before, view->after, view->plans, view->clusters, view->n_clusters, &arena };
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	put_plan(ser, "before", view->before);
	put_plan(ser, "after", view->after);
	hk_ser_kstr(ser, "stale", view->stale);
	put_items(ser, "drift", view, view->drift ? &view->drift->drift : NULL, false, &arena);
	hk_ser_key(ser, "changes");
	hk_ser_map(ser);
	put_replicas(ser, &world);
	put_routes(ser, &world);
	put_network(ser, &world);
	put_items(ser, "files", view, view->drift ? &view->drift->changes : NULL, true, &arena);
	hk_ser_end(ser);
	put_summary(ser, view);
	hk_ser_end(ser);
	hk_arena_release(&arena);
}
