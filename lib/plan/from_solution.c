/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/from_solution.h"

#include "place/availability.h"
#include "plan/decided.h"
#include "plan/diff.h"

#include <math.h>
#include <string.h>

/* Nobody asked for the availability of a workload without a target; it is predicted all the same where that is quick. */
#define CHEAP_NEED 500

/* Nodes of one workload in one cluster are neighbours in the solution: their number, and where they start. */
static size_t node_run(const struct hk_solution *solution, uint32_t block, uint32_t workload, uint32_t cluster, size_t *first)
{
	size_t low = 0, high = solution->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_node_share *share = &solution->nodes[middle];
		bool before = share->block != block ? share->block < block : share->workload != workload ? share->workload < workload
		    : share->cluster < cluster;

		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (low < solution->n_nodes && solution->nodes[low].block == block && solution->nodes[low].workload == workload &&
	       solution->nodes[low].cluster == cluster)
		low++;
	return low - *first;
}

static const char *node_name(struct hk_arena *arena, const struct hk_node_group *group, uint32_t node)
{
	return group->count <= 1 ? hk_arena_strdup(arena, group->name) : hk_arena_printf(arena, "%s-%u", group->name, node + 1);
}

static void fill_nodes(struct hk_decided *decided, uint32_t block, uint32_t workload, uint32_t cluster, struct hk_plan_placement *placement)
{
	struct hk_arena *arena = &decided->plan->arena;
	size_t first;

	placement->n_nodes = node_run(decided->solution, block, workload, cluster, &first);
	placement->nodes = placement->n_nodes ? hk_arena_array(arena, placement->n_nodes, sizeof *placement->nodes) : NULL;
	for (size_t i = 0; i < placement->n_nodes; i++) {
		const struct hk_node_share *share = &decided->solution->nodes[first + i];
		const struct hk_node_group *group = &decided->model->clusters[cluster].nodes[share->group];

		placement->nodes[i] = (struct hk_plan_node){ node_name(arena, group, share->node), hk_arena_strdup(arena, group->name), share->replicas };
	}
}

static void fill_placements(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w, struct hk_plan_workload *out)
{
	const struct hk_place_workload *place = &pipeline->block->workloads[w];
	uint32_t block = (uint32_t)(pipeline->block - decided->problem->blocks);

	out->placements = hk_arena_array(&decided->plan->arena, place->n_candidates, sizeof *out->placements);
	for (uint32_t c = 0; c < place->n_candidates; c++) {
		uint32_t replicas = pipeline->replicas[w][c], cluster = place->candidates[c].cluster;

		if (replicas == 0)
			continue;
		struct hk_plan_placement *placement = &out->placements[out->n_placements++];

		placement->cluster = hk_arena_strdup(&decided->plan->arena, decided->model->clusters[cluster].name);
		placement->replicas = replicas;
		placement->load = hk_tidy(fmin(1, pipeline->load[w][c]));
		placement->utilisation = isfinite(place->capacity) &&
		    place->capacity > 0 ? hk_tidy(pipeline->load[w][c] * place->rate / (place->capacity * replicas)) : 0;
		placement->previous = place->previous ? place->previous[c] : 0;
		fill_nodes(decided, block, w, cluster, placement);
	}
}

/* Exact, with the nodes the replicas really are on. */
static double predict_availability(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w)
{
	const struct hk_place_workload *place = &pipeline->block->workloads[w];
	uint32_t block = (uint32_t)(pipeline->block - decided->problem->blocks);
	struct hk_replica_group *groups = hk_arena_array(&decided->arena, place->n_candidates, sizeof *groups);
	size_t n_groups = 0;

	for (uint32_t c = 0; c < place->n_candidates; c++) {
		struct hk_replica_group group = { .cluster = place->candidates[c].cluster, .replicas = pipeline->replicas[w][c] };
		size_t first, count = node_run(decided->solution, block, w, group.cluster, &first);

		if (group.replicas == 0)
			continue;
		if (count > 0) {
			uint32_t *per_node = hk_arena_array(&decided->arena, count, sizeof *per_node);

			for (size_t i = 0; i < count; i++)
				per_node[i] = decided->solution->nodes[first + i].replicas;
			group.per_node = per_node;
			group.n_nodes = (uint32_t)count;
		}
		groups[n_groups++] = group;
	}
	return n_groups ? hk_availability(decided->model, groups, n_groups, place->need) : 0;
}

static void fill_workload(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t w)
{
	const struct hk_place_workload *place = &pipeline->block->workloads[w];
	const struct hk_workload *workload = &pipeline->pipeline->workloads[place->workload];
	struct hk_plan_workload *out = &pipeline->plan->workloads[place->workload];
	struct hk_arena *arena = &decided->plan->arena;

	out->rate = hk_tidy(place->rate);
	out->availability_target = workload->availability;
	/* No tidying: it could lift the value over a target that was missed. */
	out->availability = workload->availability > 0 || place->need <= CHEAP_NEED ? predict_availability(decided, pipeline, w) : (double)NAN;
	if (workload->manifest.file) {
		out->manifest_file = hk_arena_strdup(arena, workload->manifest.file);
		out->manifest_kind = hk_manifest_kind_name(workload->manifest.kind);
		out->manifest_name = workload->manifest.name ? hk_arena_strdup(arena, workload->manifest.name) : NULL;
	}
	fill_placements(decided, pipeline, w, out);
}

static void fill_pipeline(struct hk_decided *decided, struct hk_decided_pipeline *pipeline)
{
	struct hk_arena *arena = &decided->plan->arena;
	const struct hk_pipeline *model = pipeline->pipeline;
	struct hk_plan_pipeline *out = pipeline->plan;

	out->name = hk_arena_strdup(arena, model->name);
	out->name_space = model->name_space ? hk_arena_strdup(arena, model->name_space) : NULL;
	out->cost = out->bound = (double)NAN;
	out->n_workloads = model->n_workloads;
	out->workloads = hk_arena_array(arena, model->n_workloads, sizeof *out->workloads);
	for (size_t w = 0; w < model->n_workloads; w++)
		out->workloads[w].name = hk_arena_strdup(arena, model->workloads[w].name);
	for (uint32_t w = 0; w < pipeline->block->n_workloads; w++)
		fill_workload(decided, pipeline, w);
	hk_plan_fill_routes(decided, pipeline);
	hk_plan_fill_paths(decided, pipeline);
}

/* Against the previous plan, workloads that are gone included. Without a previous plan nothing moves. */
static void fill_moves(struct hk_plan *plan, const struct hk_plan *previous)
{
	struct hk_plan_diff diff;

	if (!previous)
		return;
	plan->previous_id = previous->id ? hk_arena_strdup(&plan->arena, previous->id) : NULL;
	hk_plan_diff(&diff, previous, plan);
	plan->moves = hk_arena_array(&plan->arena, diff.n_replicas, sizeof *plan->moves);
	for (size_t i = 0; i < diff.n_replicas; i++) {
		const struct hk_plan_replica_change *change = &diff.replicas[i];

		plan->moves[plan->n_moves++] = (struct hk_plan_move){
			hk_arena_strdup(&plan->arena, change->pipeline), hk_arena_strdup(&plan->arena, change->workload),
			    hk_arena_strdup(&plan->arena, change->cluster),
			(int32_t)((int64_t)change->after - (int64_t)change->before),
		};
	}
	hk_plan_diff_release(&diff);
}

static void fill_objective(struct hk_plan *plan, const struct hk_solution *solution)
{
	plan->objective = hk_tidy(solution->objective);
	plan->bound = hk_tidy(fmin(solution->bound, solution->objective));
	plan->gap = hk_tidy((plan->objective - plan->bound) / fmax(fabs(plan->objective), 1e-9));
	plan->proved = solution->outcome == HK_SOLVED_OPTIMAL;
}

int hk_plan_from_solution(struct hk_plan *plan, const struct hk_problem *problem, const struct hk_solution *solution, const struct hk_plan *previous,
			  struct hk_err *err)
{
	struct hk_decided decided = { .problem = problem, .model = problem->model, .solution = solution, .plan = plan };

	*plan = (struct hk_plan){ 0 };
	if ((solution->outcome != HK_SOLVED_OPTIMAL && solution->outcome != HK_SOLVED_FEASIBLE) || !solution->blocks)
		return hk_err_set(err, HK_FAILED, "there is no solution to make a plan of");
	decided.pipelines = hk_arena_array(&decided.arena, problem->n_blocks, sizeof *decided.pipelines);
	plan->n_pipelines = problem->n_blocks;
	plan->pipelines = hk_arena_array(&plan->arena, problem->n_blocks, sizeof *plan->pipelines);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		struct hk_decided_pipeline *pipeline = &decided.pipelines[b];

		pipeline->block = &problem->blocks[b];
		pipeline->pipeline = &problem->model->pipelines[pipeline->block->pipeline];
		pipeline->plan = &plan->pipelines[b];
		hk_decided_clean(&decided, pipeline, &solution->blocks[b]);
		fill_pipeline(&decided, pipeline);
	}
	fill_objective(plan, solution);
	fill_moves(plan, previous);
	hk_plan_fill_use(&decided);
	hk_plan_fill_network(&decided);
	hk_plan_fill_costs(&decided);
	hk_cluster_index_open(&decided.by_label, problem->model, &decided.arena);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		hk_plan_fill_reasons(&decided, &decided.pipelines[b]);
	hk_vec_release(&decided.fitting);
	hk_arena_release(&decided.arena);
	return 0;
}
