/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/alternative.h"

#include "place/cuts_packing.h"
#include "place/milp_form.h"
#include "place/solve_internal.h"
#include "place/solve_rest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_PER_QUESTION = 20000 };

struct hk_alternatives {
	struct hk_arena arena;
	const struct hk_problem *problem;
	const struct hk_plan *plan;
	uint32_t block;
	struct hk_solve_options options;
	struct hk_block_solution *blocks;
	bool *placed;
	HK_VEC(struct hk_node_share) shares;
	struct hk_rest rest;
	struct hk_solution base;
};

/* ---- the plan as the solver sees it: only what the others use ---- */

static const struct hk_plan_pipeline *planned(const struct hk_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_pipelines; i++)
		if (strcmp(plan->pipelines[i].name, name) == 0)
			return &plan->pipelines[i];
	return NULL;
}

/* Group and number of a node of the plan; false when the cluster has none of that name. */
static bool find_node(const struct hk_cluster *cluster, const struct hk_plan_node *node, struct hk_node_share *share)
{
	for (uint32_t g = 0; g < cluster->n_nodes; g++) {
		const char *dash = strrchr(node->name, '-');

		if (!node->group || strcmp(cluster->nodes[g].name, node->group) != 0)
			continue;
		share->group = g;
		share->node = cluster->nodes[g].count > 1 && dash ? (uint32_t)strtoul(dash + 1, NULL, 10) - 1 : 0;
		return share->node < cluster->nodes[g].count;
	}
	return false;
}

static void take_nodes(struct hk_alternatives *a, uint32_t block, uint32_t workload, const struct hk_plan_workload *from)
{
	for (size_t i = 0; i < from->n_placements; i++) {
		uint32_t cluster = hk_model_cluster(a->problem->model, from->placements[i].cluster);

		for (size_t k = 0; cluster != HK_NO_INDEX && k < from->placements[i].n_nodes; k++) {
			struct hk_node_share share = { .block = block, .workload = workload, .cluster = cluster,
						       .replicas = from->placements[i].nodes[k].replicas };

			if (find_node(&a->problem->model->clusters[cluster], &from->placements[i].nodes[k], &share))
				hk_vec_push(&a->shares, share);
		}
	}
}

static void take_flow(const struct hk_problem *problem, const struct hk_block *block, uint32_t e, const struct hk_plan_connection *from, double *flow)
{
	const struct hk_edge *edge = &block->edges[e];

	for (uint32_t i = 0; i < edge->n_arcs; i++) {
		const char *source = problem->model->clusters[hk_edge_from_cluster(block, edge, &edge->arcs[i])].name;
		const char *target = problem->model->clusters[hk_edge_to_cluster(block, edge, &edge->arcs[i])].name;

		for (size_t r = 0; r < from->n_routes; r++)
			for (size_t t = 0; strcmp(from->routes[r].cluster, source) == 0 && t < from->routes[r].n_targets; t++)
				if (strcmp(from->routes[r].targets[t].cluster, target) == 0)
					flow[i] = from->routes[r].share * from->routes[r].targets[t].probability;
	}
}

static void take_block(struct hk_alternatives *a, uint32_t b)
{
	const struct hk_block *block = &a->problem->blocks[b];
	const struct hk_pipeline *pipeline = &a->problem->model->pipelines[block->pipeline];
	const struct hk_plan_pipeline *from = planned(a->plan, pipeline->name);

	if (!from)
		return;
	hk_block_solution_init(&a->blocks[b], block, &a->arena);
	a->placed[b] = true;
	for (uint32_t w = 0; w < block->n_workloads; w++)
		for (size_t i = 0; i < from->n_workloads; i++)
			if (strcmp(from->workloads[i].name, pipeline->workloads[block->workloads[w].workload].name) == 0)
				take_nodes(a, b, w, &from->workloads[i]);
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_connection *connection = &pipeline->connections[block->edges[e].connection];

		for (size_t i = 0; i < from->n_connections; i++)
			if (strcmp(from->connections[i].from, hk_connection_from(pipeline, connection)) == 0 &&
			    strcmp(from->connections[i].to, hk_connection_to(pipeline, connection)) == 0)
				take_flow(a->problem, block, e, &from->connections[i], a->blocks[b].flow[e]);
	}
}

struct hk_alternatives *hk_alternatives_open(const struct hk_problem *problem, const struct hk_plan *plan, uint32_t block,
					     const struct hk_solve_options *options, struct hk_err *err)
{
	struct hk_alternatives *a = hk_calloc(1, sizeof *a);

	a->problem = problem;
	a->plan = plan;
	a->block = block;
	a->options = (struct hk_solve_options){ .node_limit = NODES_PER_QUESTION, .memory_limit = options->memory_limit, .interrupt = options->interrupt,
						.time_limit = options->time_limit };
	a->blocks = hk_arena_array(&a->arena, (size_t)problem->n_blocks + 1, sizeof *a->blocks);
	a->placed = hk_arena_array(&a->arena, (size_t)problem->n_blocks + 1, sizeof *a->placed);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		if (b != block)
			take_block(a, b);
	const struct hk_rest_others others = { a->blocks, a->placed, a->shares.v, a->shares.n };

	hk_rest_open(&a->rest, problem, block, &others);
	if (hk_solve(&a->rest.problem, &a->options, &a->base, err) == 0 && (a->base.outcome == HK_SOLVED_OPTIMAL || a->base.outcome == HK_SOLVED_FEASIBLE))
		return a;
	if (!err->message)
		hk_err_set(err, HK_STALE, "pipeline '%s' finds no place beside the others: the plan does not fit the documents",
			   problem->model->pipelines[problem->blocks[block].pipeline].name);
	hk_alternatives_close(a);
	return NULL;
}

void hk_alternatives_close(struct hk_alternatives *alternatives)
{
	hk_solution_release(&alternatives->base);
	hk_rest_close(&alternatives->rest);
	hk_vec_release(&alternatives->shares);
	hk_arena_release(&alternatives->arena);
	free(alternatives);
}

/* ---- the question ---- */

static double mean_latency(const struct hk_block *block, const struct hk_block_solution *solution, uint32_t workload)
{
	double sum = 0, rate = 0;

	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];
		bool touches = (edge->from_kind == HK_END_WORKLOAD && edge->from == workload) || (edge->to_kind == HK_END_WORKLOAD && edge->to == workload);

		for (uint32_t i = 0; touches && i < edge->n_arcs; i++)
			sum += edge->rate * solution->flow[e][i] * edge->arcs[i].latency;
		rate += touches ? edge->rate : 0;
	}
	return rate > 0 ? sum / rate : 0;
}

static void fill_places(const struct hk_place_workload *placed, const uint32_t *replicas, struct hk_alternative *answer)
{
	answer->places = hk_arena_array(&answer->arena, (size_t)placed->n_candidates + 1, sizeof *answer->places);
	for (uint32_t c = 0; c < placed->n_candidates; c++)
		if (replicas[c] > 0)
			answer->places[answer->n_places++] = (struct hk_alternative_place){ placed->candidates[c].cluster, replicas[c] };
}

int hk_alternative_ask(struct hk_alternatives *a, uint32_t workload, uint32_t cluster, bool without, struct hk_alternative *answer, struct hk_err *err)
{
	const struct hk_block *block = &a->problem->blocks[a->block];
	uint32_t candidate = hk_candidate_of(&block->workloads[workload], cluster);
	struct hk_block changed = *block;
	struct hk_problem problem = a->rest.problem;
	struct hk_solution solution;
	struct hk_candidate *there;

	*answer = (struct hk_alternative){ .candidate = candidate != HK_NO_INDEX, .base = a->base.objective,
					   .base_latency = mean_latency(block, &a->base.blocks[0], workload) };
	if (candidate == HK_NO_INDEX)
		return 0;
	changed.workloads = hk_arena_array(&answer->arena, (size_t)block->n_workloads + 1, sizeof *changed.workloads);
	memcpy(changed.workloads, block->workloads, block->n_workloads * sizeof *changed.workloads);
	changed.workloads[workload].candidates = hk_arena_array(&answer->arena, (size_t)block->workloads[workload].n_candidates + 1, sizeof *there);
	memcpy(changed.workloads[workload].candidates, block->workloads[workload].candidates, block->workloads[workload].n_candidates * sizeof *there);
	there = &changed.workloads[workload].candidates[candidate];
	there->max_replicas = without ? 0 : there->max_replicas;
	there->least = !without;
	problem.blocks = &changed;
	if (there->max_replicas < there->least)
		return 0;
	if (hk_solve(&problem, &a->options, &solution, err) != 0)
		return -1;
	answer->possible = solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE;
	answer->exact = (solution.outcome == HK_SOLVED_OPTIMAL && a->base.outcome == HK_SOLVED_OPTIMAL) || solution.outcome == HK_SOLVED_INFEASIBLE;
	if (answer->possible) {
		answer->cost = solution.objective;
		answer->latency = mean_latency(block, &solution.blocks[0], workload);
		fill_places(&changed.workloads[workload], solution.blocks[0].replicas[workload], answer);
	}
	hk_solution_release(&solution);
	return 0;
}
