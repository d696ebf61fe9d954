/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What runs now is a plan too, as long as it still keeps every rule: no search that ended early, or close enough, may answer with more than it costs to leave
 * everything where it is. The problem is asked once more with every count fixed, which leaves loads and flows alone to be decided.
 */
#include "place/glpk.h"
#include "place/solve_internal.h"
#include "place/warm.h"

#include <math.h>
#include <string.h>

enum { NODES_KEPT = 200 };            /* with all counts fixed only switches of traffic are left */

struct stay {
	struct hk_arena arena;
	struct hk_problem problem;
	const struct hk_block_solution *before;
	uint32_t ***arcs;             /* [block][edge][arc of the fixed problem]: arc of the whole one */
};

/* Everything has a place, and clusters have room. */
static bool has_room(const struct hk_problem *problem, const struct hk_warm_start *warm)
{
	size_t resources = problem->model->n_resources, n = problem->model->n_clusters * resources;
	double *used = hk_calloc(n + 1, sizeof *used);
	bool fits = true;

	for (uint32_t b = 0; b < problem->n_blocks && fits; b++) {
		fits = warm->complete[b];
		for (uint32_t w = 0; fits && w < problem->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &problem->blocks[b].workloads[w];

			for (uint32_t c = 0; c < placed->n_candidates; c++) {
				fits = fits && warm->blocks[b].replicas[w][c] <= placed->candidates[c].max_replicas;
				for (size_t r = 0; r < resources; r++)
					used[placed->candidates[c].cluster * resources + r] += placed->request[r] * warm->blocks[b].replicas[w][c];
			}
		}
	}
	for (size_t i = 0; i < n && fits; i++)
		fits = used[i] <= problem->capacity[i] * (1 + 1e-9) + 1e-12;
	hk_cleanup_free(&used);
	return fits;
}

/* Nothing left its place in the best plan so far. */
static bool stayed(const struct hk_search *search, const struct hk_warm_start *warm)
{
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++)
			if (memcmp(search->best.blocks[b].replicas[w], warm->blocks[b].replicas[w],
				   search->problem->blocks[b].workloads[w].n_candidates * sizeof *warm->blocks[b].replicas[w]) != 0)
				return false;
	return true;
}

static void fix_counts(struct stay *stay, uint32_t b, struct hk_block *block)
{
	const struct hk_place_workload *from = block->workloads;

	block->workloads = hk_arena_array(&stay->arena, (size_t)block->n_workloads + 1, sizeof *block->workloads);
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		struct hk_place_workload *placed = &block->workloads[w];

		*placed = from[w];
		placed->candidates = hk_arena_array(&stay->arena, (size_t)placed->n_candidates + 1, sizeof *placed->candidates);
		for (uint32_t c = 0; c < placed->n_candidates; c++) {
			placed->candidates[c] = from[w].candidates[c];
			placed->candidates[c].max_replicas = placed->candidates[c].least = stay->before[b].replicas[w][c];
		}
	}
}

/* Only between places with replicas: what is left is small, however wide the pipeline is. */
static void close_arcs(struct stay *stay, uint32_t b, struct hk_block *block)
{
	const struct hk_edge *from = block->edges;

	block->edges = hk_arena_array(&stay->arena, (size_t)block->n_edges + 1, sizeof *block->edges);
	stay->arcs[b] = hk_arena_array(&stay->arena, (size_t)block->n_edges + 1, sizeof *stay->arcs[b]);
	for (uint32_t e = 0; e < block->n_edges; e++) {
		struct hk_edge *edge = &block->edges[e];

		*edge = from[e];
		edge->arcs = hk_arena_array(&stay->arena, (size_t)from[e].n_arcs + 1, sizeof *edge->arcs);
		edge->n_arcs = 0;
		stay->arcs[b][e] = hk_arena_array(&stay->arena, (size_t)from[e].n_arcs + 1, sizeof *stay->arcs[b][e]);
		for (uint32_t a = 0; a < from[e].n_arcs; a++) {
			const struct hk_arc *arc = &from[e].arcs[a];

			if ((edge->from_kind == HK_END_WORKLOAD && stay->before[b].replicas[edge->from][arc->from] == 0) ||
			    (edge->to_kind == HK_END_WORKLOAD && stay->before[b].replicas[edge->to][arc->to] == 0))
				continue;
			stay->arcs[b][e][edge->n_arcs] = a;
			edge->arcs[edge->n_arcs++] = *arc;
		}
	}
}

static void open_stay(struct stay *stay, const struct hk_problem *problem, const struct hk_warm_start *warm)
{
	*stay = (struct stay){ .problem = *problem, .before = warm->blocks };
	stay->problem.blocks = hk_arena_array(&stay->arena, (size_t)problem->n_blocks + 1, sizeof *stay->problem.blocks);
	stay->arcs = hk_arena_array(&stay->arena, (size_t)problem->n_blocks + 1, sizeof *stay->arcs);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		stay->problem.blocks[b] = problem->blocks[b];
		fix_counts(stay, b, &stay->problem.blocks[b]);
		close_arcs(stay, b, &stay->problem.blocks[b]);
	}
}

/* The answer in terms of the whole problem. */
static void take(struct hk_search *search, struct stay *stay, const struct hk_solution *solution)
{
	const struct hk_problem *problem = search->problem;
	struct hk_block_solution *blocks = hk_arena_array(&stay->arena, (size_t)problem->n_blocks + 1, sizeof *blocks);

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		const struct hk_block *block = &problem->blocks[b], *fixed = &stay->problem.blocks[b];

		hk_block_solution_init(&blocks[b], block, &stay->arena);
		for (uint32_t w = 0; w < block->n_workloads; w++) {
			memcpy(blocks[b].replicas[w], solution->blocks[b].replicas[w], block->workloads[w].n_candidates * sizeof *blocks[b].replicas[w]);
			memcpy(blocks[b].load[w], solution->blocks[b].load[w], block->workloads[w].n_candidates * sizeof *blocks[b].load[w]);
		}
		for (uint32_t e = 0; e < block->n_edges; e++)
			for (uint32_t a = 0; a < fixed->edges[e].n_arcs; a++)
				blocks[b].flow[e][stay->arcs[b][e][a]] = solution->blocks[b].flow[e][a];
	}
	hk_search_keep(search, solution->objective, blocks, solution->nodes, solution->n_nodes);
}

/* Beyond the last digits of it. */
static bool cheaper(double objective, double than)
{
	return objective < than - 1e-9 * fmax(fabs(than), 1e-9);
}

void hk_search_stay(struct hk_search *search)
{
	const struct hk_warm_start *warm = search->options->before;
	struct hk_solve_options options = { .node_limit = NODES_KEPT, .memory_limit = search->options->memory_limit, .interrupt = search->options->interrupt };
	HK_AUTO_ERR struct hk_err trouble = HK_ERR_INIT;
	struct hk_solution solution;
	struct stay stay;

	if (!warm || search->interrupted || (search->best.any && !cheaper(hk_search_bound(search), search->best.objective)) ||
	    !has_room(search->problem, warm) || (search->best.any && stayed(search, warm)))
		return;
	/* a little more time to end with a plan rather than with nothing */
	if (isfinite(search->deadline))
		options.time_limit = fmax(0.5, search->deadline - hk_glpk_clock());
	open_stay(&stay, search->problem, warm);
	/* a solver that fails has found none: what it would have found is one plan of many */
	if (hk_solve_alone(&stay.problem, &options, &solution, &trouble) == 0) {
		if ((solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE) &&
		    (!search->best.any || cheaper(solution.objective, search->best.objective)))
			take(search, &stay, &solution);
		hk_solution_release(&solution);
	}
	hk_arena_release(&stay.arena);
}
