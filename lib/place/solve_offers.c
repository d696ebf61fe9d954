/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Worlds too large for the exact search whose network sells something. With the purchases given, a world is one without offers, and the engine for many
 * pipelines knows what to do. With everything bought for nothing it bounds all plans from below; what the answer to that world can do without is given back,
 * and the worlds with what is left and with nothing bought are solved as they are.
 */
#include "place/options.h"
#include "place/route.h"
#include "place/milp_form.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

/* The world with what is bought, and nothing on offer. */
struct fixed {
	struct hk_arena arena;
	struct hk_model model;
	struct hk_problem problem;
	uint32_t ***arc_of;           /* [block][edge][arc]: arc of the real world */
	bool empty;                   /* a connection has no way left */
};

/* Of the arcs of each pair the best one whose needs are met. */
static void fix_edge(struct fixed *fixed, const struct hk_problem *problem, const struct hk_edge *edge, const double *bought, struct hk_edge *into,
		     uint32_t **arc_of)
{
	*into = *edge;
	into->n_arcs = 0;
	into->arcs = hk_arena_array(&fixed->arena, (size_t)edge->n_arcs + 1, sizeof *into->arcs);
	*arc_of = hk_arena_array(&fixed->arena, (size_t)edge->n_arcs + 1, sizeof **arc_of);
	for (uint32_t first = 0, last; first < edge->n_arcs; first = last) {
		uint32_t best = HK_NO_INDEX;

		for (last = first; last < edge->n_arcs && edge->arcs[last].from == edge->arcs[first].from && edge->arcs[last].to == edge->arcs[first].to;
		     last++)
			best = hk_needs_met(problem, edge->arcs[last].needs, bought) ? last : best;
		if (best == HK_NO_INDEX)
			continue;
		(*arc_of)[into->n_arcs] = best;
		into->arcs[into->n_arcs] = edge->arcs[best];
		into->arcs[into->n_arcs++].needs = 0;
	}
	fixed->empty = fixed->empty || into->n_arcs == 0;
}

static void open_fixed(struct fixed *fixed, const struct hk_problem *problem, const double *bought)
{
	const struct hk_model *model = problem->model;

	*fixed = (struct fixed){ .model = *model };
	fixed->problem = (struct hk_problem){ .model = &fixed->model, .routes = problem->routes, .capacity = problem->capacity, .n_blocks = problem->n_blocks,
					      .needs = problem->needs, .n_needs = 1 };
	fixed->model.links = hk_arena_array(&fixed->arena, model->n_links + 1, sizeof *fixed->model.links);
	memcpy(fixed->model.links, model->links, model->n_links * sizeof *model->links);
	for (uint32_t o = 0; o < problem->n_options; o++)
		if (problem->options[o].kind == HK_OPTION_BANDWIDTH)
			fixed->model.links[problem->options[o].link].bandwidth += bought[o];
	fixed->problem.blocks = hk_arena_array(&fixed->arena, problem->n_blocks, sizeof *fixed->problem.blocks);
	fixed->arc_of = hk_arena_array(&fixed->arena, problem->n_blocks, sizeof *fixed->arc_of);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		struct hk_block *block = &fixed->problem.blocks[b];

		*block = problem->blocks[b];
		block->edges = hk_arena_array(&fixed->arena, (size_t)block->n_edges + 1, sizeof *block->edges);
		fixed->arc_of[b] = hk_arena_array(&fixed->arena, (size_t)block->n_edges + 1, sizeof **fixed->arc_of);
		for (uint32_t e = 0; e < block->n_edges; e++)
			fix_edge(fixed, problem, &problem->blocks[b].edges[e], bought, &block->edges[e], &fixed->arc_of[b][e]);
	}
}

/* Counts and loads are the same, flows move to the arcs of the real world. */
static void take_back(const struct fixed *fixed, const struct hk_solution *solution, struct hk_block_solution *blocks)
{
	for (uint32_t b = 0; b < fixed->problem.n_blocks; b++) {
		const struct hk_block *block = &fixed->problem.blocks[b];

		for (uint32_t w = 0; w < block->n_workloads; w++) {
			memcpy(blocks[b].replicas[w], solution->blocks[b].replicas[w], block->workloads[w].n_candidates * sizeof *blocks[b].replicas[w]);
			memcpy(blocks[b].load[w], solution->blocks[b].load[w], block->workloads[w].n_candidates * sizeof *blocks[b].load[w]);
		}
		for (uint32_t e = 0; e < block->n_edges; e++)
			for (uint32_t a = 0; a < block->edges[e].n_arcs; a++)
				blocks[b].flow[e][fixed->arc_of[b][e][a]] = solution->blocks[b].flow[e][a];
	}
}

/* What traffic over a pair would cost more, and whether it may go on at all, without one of the options. */
static double worse_without(const struct hk_problem *problem, const struct hk_edge *edge, uint32_t arc, const double *bought)
{
	const struct hk_arc *now = &edge->arcs[arc];
	double least = INFINITY;

	for (uint32_t a = arc + 1; a-- > 0 && edge->arcs[a].from == now->from && edge->arcs[a].to == now->to;)
		if (hk_needs_met(problem, edge->arcs[a].needs, bought))
			least = fmin(least, edge->arcs[a].cost);
	return least - now->cost;
}

/* Would the traffic of all pipelines pay less than its price for this option? Limits of paths are not looked at: pipelines that have any keep what they use. */
static bool is_dear(const struct hk_problem *problem, const struct hk_block_solution *blocks, uint32_t option, const double *bought)
{
	double worth = 0;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t e = 0; e < problem->blocks[b].n_edges; e++) {
			const struct hk_edge *edge = &problem->blocks[b].edges[e];

			for (uint32_t a = 0; a < edge->n_arcs; a++) {
				const struct hk_needs *needs = &problem->needs[edge->arcs[a].needs];
				bool asks = false;

				for (uint32_t i = 0; i < needs->n && blocks[b].flow[e][a] > 0; i++)
					asks = asks || needs->options[i] == option;
				if (asks && problem->model->pipelines[problem->blocks[b].pipeline].n_paths > 0)
					return false;
				if (asks)
					worth += blocks[b].flow[e][a] * worse_without(problem, edge, a, bought);
			}
		}
	return worth < problem->options[option].price;
}

/* Lower latencies that are not worth their price go; bandwidth is what the traffic needs. */
static void give_back(const struct hk_problem *problem, struct hk_block_solution *blocks, double *bought)
{
	hk_options_needed(problem, blocks, NULL, bought);
	for (uint32_t o = 0; o < problem->n_options; o++) {
		if (problem->options[o].kind != HK_OPTION_LATENCY || !(bought[o] > 0))
			continue;
		bought[o] = 0;
		if (is_dear(problem, blocks, o, bought))
			hk_options_settle(problem, blocks, bought);
		else
			bought[o] = 1;
	}
}

struct offers { struct hk_search *search; struct hk_arena arena; struct hk_block_solution *blocks; double *bought; };

/* Solve the world in which just this is bought and keep the plan. *solution to be released when 0 is returned. */
static int solve_fixed(struct offers *o, struct hk_solution *solution, struct hk_err *err)
{
	struct hk_search *search = o->search;
	const struct hk_problem *problem = search->problem;
	struct hk_solve_options options = *search->options;
	struct fixed fixed;
	double *needed;
	int code = 0;

	*solution = (struct hk_solution){ .outcome = HK_SOLVED_INFEASIBLE };
	options.dump_model = NULL;
	/* something is left for what lies between the worlds */
	options.gap *= 0.85;
	if (isfinite(search->deadline))
		options.time_limit = fmax(1e-3, search->deadline - hk_glpk_clock());
	open_fixed(&fixed, problem, o->bought);
	if (!fixed.empty)
		code = hk_solve(&fixed.problem, &options, solution, err);
	if (code == 0 && (solution->outcome == HK_SOLVED_OPTIMAL || solution->outcome == HK_SOLVED_FEASIBLE)) {
		o->blocks = hk_arena_array(&o->arena, problem->n_blocks, sizeof *o->blocks);
		for (uint32_t b = 0; b < problem->n_blocks; b++)
			hk_block_solution_init(&o->blocks[b], &problem->blocks[b], &o->arena);
		take_back(&fixed, solution, o->blocks);
		needed = hk_arena_array(&o->arena, problem->n_options, sizeof *needed);
		hk_options_needed(problem, o->blocks, NULL, needed);
		hk_search_keep(search, solution->objective + hk_options_cost(problem, needed), o->blocks, solution->nodes, solution->n_nodes);
	}
	if (code == 0) {
		search->nodes += solution->tree_nodes;
		search->iterations += solution->iterations;
		search->interrupted = search->interrupted || solution->interrupted;
	}
	hk_arena_release(&fixed.arena);
	return code;
}

static bool close_enough(const struct hk_search *search)
{
	const struct hk_kept *best = &search->best;

	return search->interrupted || hk_glpk_clock() > search->deadline ||
	       (best->any && best->objective - search->proved_bound <= fmax(search->options->gap, 1e-9) * fmax(fabs(best->objective), 1e-9));
}

static void buy_everything(struct offers *o)
{
	for (uint32_t i = 0; i < o->search->problem->n_options; i++)
		o->bought[i] = o->search->problem->options[i].kind == HK_OPTION_BANDWIDTH ? o->search->problem->options[i].amount : 1;
}

int hk_search_offers(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err)
{
	struct offers o = { .search = search };
	uint32_t n = search->problem->n_options;
	struct hk_solution solution;
	int code;

	*outcome = HK_SOLVED_NOTHING;
	o.bought = hk_arena_array(&o.arena, n, sizeof *o.bought);
	buy_everything(&o);
	code = solve_fixed(&o, &solution, err);
	if (code == 0 && solution.outcome == HK_SOLVED_INFEASIBLE)
		*outcome = HK_SOLVED_INFEASIBLE;
	else if (code == 0 && solution.outcome != HK_SOLVED_NOTHING)
		search->proved_bound = fmax(search->proved_bound, solution.bound);
	if (code == 0)
		hk_solution_release(&solution);
	if (code == 0 && *outcome != HK_SOLVED_INFEASIBLE && o.blocks && !close_enough(search)) {
		give_back(search->problem, o.blocks, o.bought);
		code = solve_fixed(&o, &solution, err);
		if (code == 0)
			hk_solution_release(&solution);
	}
	if (code == 0 && *outcome != HK_SOLVED_INFEASIBLE && !close_enough(search)) {
		memset(o.bought, 0, n * sizeof *o.bought);
		code = solve_fixed(&o, &solution, err);
		if (code == 0)
			hk_solution_release(&solution);
	}
	hk_arena_release(&o.arena);
	return code;
}
