/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/previous.h"
#include "base/vec.h"
#include <stdlib.h>
#include <string.h>

/* Replicas of the previous plan in one place. Pipelines or workloads that only the previous plan had appear in no other place than the moves. */
struct place { const char *pipeline, *workload, *cluster; uint32_t replicas; };
struct places { struct place *v; size_t n, cap; };

static int by_name(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->pipeline, b->pipeline);

	if (!order)
		order = strcmp(a->workload, b->workload);
	return order ? order : strcmp(a->cluster, b->cluster);
}

static void gather(const struct hk_plan *plan, struct places *places)
{
	for (size_t i = 0; i < plan->n_pipelines; i++)
		for (size_t w = 0; w < plan->pipelines[i].n_workloads; w++) {
			const struct hk_plan_workload *workload = &plan->pipelines[i].workloads[w];
			for (size_t p = 0; p < workload->n_placements; p++)
				if (workload->placements[p].previous)
					hk_vec_push(places, (struct place){ plan->pipelines[i].name, workload->name, workload->placements[p].cluster,
									    workload->placements[p].previous });
		}
	for (size_t i = 0; i < plan->n_moves; i++) {
		const struct hk_plan_move *move = &plan->moves[i];
		const struct hk_plan_workload *now = hk_plan_workload(plan, move->pipeline, move->workload);
		if (move->change < 0 && !(now && hk_plan_placement(now, move->cluster)))
			hk_vec_push(places, (struct place){ move->pipeline, move->workload, move->cluster, (uint32_t)-(int64_t)move->change });
	}
	if (places->n > 1)
		qsort(places->v, places->n, sizeof *places->v, by_name);
}

/* Places from `first` on that agree with it in the pipeline, and in the workload where that is asked for. */
static size_t run_of(const struct places *places, size_t first, bool workload)
{
	size_t end = first + 1;

	while (end < places->n && strcmp(places->v[first].pipeline, places->v[end].pipeline) == 0 &&
	       (!workload || strcmp(places->v[first].workload, places->v[end].workload) == 0))
		end++;
	return end;
}

static void add_pipeline(struct hk_plan *previous, const struct places *places, size_t first, size_t end)
{
	struct hk_plan_pipeline *pipeline = &previous->pipelines[previous->n_pipelines++];

	pipeline->name = places->v[first].pipeline;
	pipeline->workloads = hk_arena_array(&previous->arena, end - first, sizeof *pipeline->workloads);
	for (size_t at = first, next; at < end; at = next) {
		struct hk_plan_workload *workload = &pipeline->workloads[pipeline->n_workloads++];

		next = run_of(places, at, true);
		workload->name = places->v[at].workload;
		workload->placements = hk_arena_array(&previous->arena, next - at, sizeof *workload->placements);
		for (size_t i = at; i < next; i++)
			workload->placements[workload->n_placements++] = (struct hk_plan_placement){ .cluster = places->v[i].cluster,
												     .replicas = places->v[i].replicas };
	}
}

bool hk_plan_previous(const struct hk_plan *plan, struct hk_plan *previous)
{
	struct places places = { 0 };
	size_t pipelines = 0;

	if (!plan->previous_id)
		return false;
	gather(plan, &places);
	*previous = (struct hk_plan){ .id = plan->previous_id };
	for (size_t at = 0; at < places.n; at = run_of(&places, at, false))
		pipelines++;
	previous->pipelines = hk_arena_array(&previous->arena, pipelines, sizeof *previous->pipelines);
	for (size_t at = 0, next; at < places.n; at = next) {
		next = run_of(&places, at, false);
		add_pipeline(previous, &places, at, next);
	}
	hk_vec_release(&places);
	return true;
}
