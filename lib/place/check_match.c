/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does the plan talk about the same pipelines, workloads, connections, paths and clusters as the documents? Plan and model are sorted the same way, so they
 * must agree item by item.
 */
#include "place/check_internal.h"

#include <math.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* A path depends on the directory it is seen from; the object is told by its kind and name, and by the name of its file. */
static bool same_manifest(const struct hk_manifest_ref *manifest, const struct hk_plan_workload *plan)
{
	const char *here, *there;

	if (!manifest->file || !plan->manifest_file)
		return !manifest->file == !plan->manifest_file;
	here = strrchr(manifest->file, '/');
	there = strrchr(plan->manifest_file, '/');
	return same_text(here ? here + 1 : manifest->file, there ? there + 1 : plan->manifest_file) && same_text(manifest->name, plan->manifest_name) &&
	       same_text(hk_manifest_kind_name(manifest->kind), plan->manifest_kind);
}

static const char *shown(const char *text)
{
	return text ? text : "(none)";
}

static bool match_places(struct hk_check *check, const struct hk_check_pipeline *pipeline, struct hk_check_workload *workload)
{
	const struct hk_plan_workload *plan = workload->plan;

	workload->places = hk_arena_array(&check->arena, plan->n_placements + 1, sizeof *workload->places);
	for (size_t i = 0; i < plan->n_placements; i++) {
		const struct hk_plan_placement *placement = &plan->placements[i];
		uint32_t cluster = hk_model_cluster(check->model, placement->cluster);

		if (cluster == HK_NO_INDEX) {
			hk_check_violation(check, HK0820, "%s/%s is placed in cluster '%s', which the topology does not have", pipeline->model->name,
					   workload->model->name, placement->cluster);
			return false;
		}
		if (i > 0 && cluster <= workload->places[i - 1].cluster) {
			hk_check_violation(check, HK0806, "%s/%s: placements are not sorted by cluster", pipeline->model->name, workload->model->name);
			return false;
		}
		if (placement->replicas == 0)
			hk_check_violation(check, HK0822, "%s/%s has a placement without replicas in '%s'", pipeline->model->name, workload->model->name,
					   placement->cluster);
		workload->places[workload->n_places++] = (struct hk_check_place){ cluster, placement->replicas, placement->load, placement };
		workload->total += placement->replicas;
	}
	return true;
}

static bool match_workload(struct hk_check *check, const struct hk_check_pipeline *pipeline, size_t index)
{
	struct hk_check_workload *workload = &pipeline->workloads[index];
	const struct hk_manifest_ref *manifest;

	workload->model = &pipeline->model->workloads[index];
	workload->plan = &pipeline->plan->workloads[index];
	manifest = &workload->model->manifest;
	if (strcmp(workload->model->name, workload->plan->name)) {
		hk_check_violation(check, HK0820, "%s: the plan has workload '%s' where the documents have '%s'", pipeline->model->name, workload->plan->name,
				   workload->model->name);
		return false;
	}
	if (!same_manifest(manifest, workload->plan))
		hk_check_violation(check, HK0820, "%s/%s is rendered from %s of %s, the plan says %s of %s", pipeline->model->name, workload->model->name,
				   shown(manifest->name), shown(manifest->file), shown(workload->plan->manifest_name), shown(workload->plan->manifest_file));
	hk_check_stated(check, workload->plan->availability_target, workload->model->availability, "%s/%s: availability target", pipeline->model->name,
			workload->model->name);
	return match_places(check, pipeline, workload);
}

static void match_bound(struct hk_check *check, const struct hk_bound *bound, double request, double limit, const char *where, const char *quantity)
{
	hk_check_stated(check, request, bound->has_request ? bound->request : (double)NAN, "%s: %s request", where, quantity);
	hk_check_stated(check, limit, bound->has_limit ? bound->limit : (double)NAN, "%s: %s limit", where, quantity);
}

static bool match_connection(struct hk_check *check, const struct hk_check_pipeline *pipeline, size_t index)
{
	const struct hk_connection *model = &pipeline->model->connections[index];
	const struct hk_plan_connection *plan = &pipeline->plan->connections[index];
	const char *from = hk_connection_from(pipeline->model, model), *to = hk_connection_to(pipeline->model, model);
	const char *where = hk_arena_printf(&check->arena, "%s: %s -> %s", pipeline->model->name, from, to);

	if (strcmp(plan->from, from) || strcmp(plan->to, to)) {
		hk_check_violation(check, HK0820, "%s: the plan has connection %s -> %s where the documents have %s -> %s", pipeline->model->name, plan->from,
				   plan->to, from, to);
		return false;
	}
	match_bound(check, &model->bounds.latency, plan->latency_request, plan->latency_limit, where, "latency");
	match_bound(check, &model->bounds.jitter, plan->jitter_request, plan->jitter_limit, where, "jitter");
	match_bound(check, &model->bounds.loss, plan->loss_request, plan->loss_limit, where, "loss");
	match_bound(check, &model->bounds.bandwidth, plan->bandwidth_request, plan->bandwidth_limit, where, "bandwidth");
	return true;
}

static bool match_path(struct hk_check *check, const struct hk_check_pipeline *pipeline, size_t index)
{
	const struct hk_pipeline *owner = pipeline->model;
	const struct hk_path *model = &owner->paths[index];
	const struct hk_plan_path *plan = &pipeline->plan->paths[index];
	const char *from = model->from_input != HK_NO_INDEX ? owner->inputs[model->from_input].name : owner->workloads[model->from_workload].name;
	const char *to = model->to_output != HK_NO_INDEX ? owner->outputs[model->to_output].name : owner->workloads[model->to_workload].name;
	const char *where = hk_arena_printf(&check->arena, "%s: path %s -> %s", owner->name, from, to);

	if (strcmp(plan->from, from) || strcmp(plan->to, to)) {
		hk_check_violation(check, HK0820, "%s: the plan has path %s -> %s where the documents have %s -> %s", owner->name, plan->from, plan->to, from,
				   to);
		return false;
	}
	match_bound(check, &model->bounds.latency, plan->latency_request, plan->latency_limit, where, "latency");
	match_bound(check, &model->bounds.jitter, plan->jitter_request, plan->jitter_limit, where, "jitter");
	match_bound(check, &model->bounds.loss, plan->loss_request, plan->loss_limit, where, "loss");
	return true;
}

static bool match_count(struct hk_check *check, const char *pipeline, const char *what, size_t in_plan, size_t in_model)
{
	if (in_plan == in_model)
		return true;
	hk_check_violation(check, in_plan < in_model ? HK0821 : HK0820, "%s: the plan has %zu %s, the documents %zu", pipeline, in_plan, what, in_model);
	return false;
}

bool hk_check_match(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->model;
	const struct hk_plan_pipeline *plan = pipeline->plan;
	bool matches = true;

	if (!same_text(model->name, plan->name) || !same_text(model->name_space, plan->name_space)) {
		hk_check_violation(check, HK0820, "the plan has pipeline '%s' in namespace %s where the documents have '%s' in %s", plan->name,
				   shown(plan->name_space), model->name, shown(model->name_space));
		return false;
	}
	if (!match_count(check, model->name, "workloads", plan->n_workloads, model->n_workloads) ||
	    !match_count(check, model->name, "connections", plan->n_connections, model->n_connections) ||
	    !match_count(check, model->name, "paths", plan->n_paths, model->n_paths))
		return false;
	pipeline->workloads = hk_arena_array(&check->arena, model->n_workloads + 1, sizeof *pipeline->workloads);
	for (size_t i = 0; i < model->n_workloads; i++)
		matches = match_workload(check, pipeline, i) && matches;
	for (size_t i = 0; i < model->n_connections; i++)
		matches = match_connection(check, pipeline, i) && matches;
	for (size_t i = 0; i < model->n_paths; i++)
		matches = match_path(check, pipeline, i) && matches;
	return matches;
}
