/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/previous.h"
#include <string.h>

/* Pipelines or workloads that only the previous plan had appear in no other place than the moves. */
static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static struct hk_plan_pipeline *pipeline_of(struct hk_plan *previous, const char *name)
{
	for (size_t i = 0; i < previous->n_pipelines; i++)
		if (same(previous->pipelines[i].name, name))
			return &previous->pipelines[i];
	previous->pipelines[previous->n_pipelines].name = name;
	return &previous->pipelines[previous->n_pipelines++];
}

static void add_placement(struct hk_plan *previous, size_t most, const char *pipeline_name, const char *workload_name, const char *cluster, uint32_t replicas)
{
	struct hk_plan_pipeline *pipeline = pipeline_of(previous, pipeline_name);
	struct hk_plan_workload *workload = NULL;
	if (!pipeline->workloads)
		pipeline->workloads = hk_arena_array(&previous->arena, most, sizeof *pipeline->workloads);
	for (size_t i = 0; i < pipeline->n_workloads && !workload; i++)
		workload = same(pipeline->workloads[i].name, workload_name) ? &pipeline->workloads[i] : NULL;
	if (!workload) {
		workload = &pipeline->workloads[pipeline->n_workloads++];
		workload->name = workload_name;
		workload->placements = hk_arena_array(&previous->arena, most, sizeof *workload->placements);
	}
	workload->placements[workload->n_placements++] = (struct hk_plan_placement){ .cluster = cluster, .replicas = replicas };
}

static bool is_placed(const struct hk_plan *plan, const struct hk_plan_move *move)
{
	const struct hk_plan_workload *workload = hk_plan_workload(plan, move->pipeline, move->workload);
	for (size_t i = 0; workload && i < workload->n_placements; i++)
		if (same(workload->placements[i].cluster, move->cluster))
			return true;
	return false;
}

/* Number of places the previous plan can have had: an upper bound for every array. */
static size_t count_places(const struct hk_plan *plan)
{
	size_t count = plan->n_moves + 1;
	for (size_t i = 0; i < plan->n_pipelines; i++)
		for (size_t w = 0; w < plan->pipelines[i].n_workloads; w++)
			count += plan->pipelines[i].workloads[w].n_placements;
	return count;
}

bool hk_plan_previous(const struct hk_plan *plan, struct hk_plan *previous)
{
	if (!plan->previous_id)
		return false;
	size_t most = count_places(plan);
	*previous = (struct hk_plan){ .id = plan->previous_id };
	previous->pipelines = hk_arena_array(&previous->arena, plan->n_pipelines + plan->n_moves + 1, sizeof *previous->pipelines);
	for (size_t i = 0; i < plan->n_pipelines; i++)
		for (size_t w = 0; w < plan->pipelines[i].n_workloads; w++) {
			const struct hk_plan_workload *workload = &plan->pipelines[i].workloads[w];
			for (size_t p = 0; p < workload->n_placements; p++)
				if (workload->placements[p].previous)
					add_placement(previous, most, plan->pipelines[i].name, workload->name, workload->placements[p].cluster, workload->placements[p].previous);
		}
	for (size_t i = 0; i < plan->n_moves; i++)
		if (plan->moves[i].change < 0 && !is_placed(plan, &plan->moves[i]))
			add_placement(previous, most, plan->moves[i].pipeline, plan->moves[i].workload, plan->moves[i].cluster, (uint32_t)-(int64_t)plan->moves[i].change);
	return true;
}
