/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan early: pipelines one after the other, each exactly as it would be alone in the world the others leave: their replicas become load on the nodes, their
 * traffic load on the links. What comes out keeps all rules, because each pipeline's own search sees to it. Who finds no room goes first next time; then each
 * pipeline may move once more.
 */
#include "place/options.h"
#include "place/solve_internal.h"
#include "place/solve_rest.h"

#include <math.h>
#include <string.h>

enum {
	TRIES_MAX = 12,               /* orders of pipelines */
	PASSES_MAX = 4,               /* over all pipelines, for better places */
	NODES_FIRST = 15,             /* of one pipeline's search, before any place will do */
	NODES_ANY = 400,              /* to find any place */
	NODES_BETTER = 150,           /* to find a better place */
	NODES_CHEAPER = 1000,         /* to find any place that costs less than asked */
	STEPS_MAX = 12,               /* of halving what a pipeline alone in the world may cost too much */
};

struct repair {
	struct hk_search *search;
	struct hk_arena arena;        /* of answers */
	bool careful;                 /* look longer for a good place before any will do */
	struct hk_block_solution *blocks;
	bool *placed;                 /* per block */
	double *cost;                 /* per block */
	struct { struct hk_node_share *v; size_t n, cap; } shares;
};

static void keep_answer(struct repair *r, const struct hk_rest *rest, uint32_t b, const struct hk_solution *solution)
{
	hk_block_solution_copy(&r->blocks[b], &solution->blocks[0], &r->search->problem->blocks[b]);
	for (size_t i = 0; i < solution->n_nodes; i++)
		hk_vec_push(&r->shares, hk_rest_share(rest, b, solution->nodes[i]));
	r->placed[b] = true;
	r->cost[b] = solution->objective - (solution->bought ? hk_options_cost(&rest->problem, solution->bought) : 0);
}

/* One search for a place. A solver that fails has found none: this is only a try. */
static bool try_place(struct repair *r, struct hk_rest *rest, uint32_t b, bool any, uint64_t nodes, double cutoff)
{
	struct hk_solve_options options = { .gap = fmax(r->search->options->gap, 0.002), .cutoff = cutoff, .node_limit = nodes,
					    .memory_limit = r->search->options->memory_limit,
					    .interrupt = r->search->options->interrupt };
	HK_AUTO_ERR struct hk_err trouble = HK_ERR_INIT;
	struct hk_solution solution;
	bool placed;
	int code;

	if (isfinite(r->search->deadline))
		options.time_limit = fmax(1e-3, r->search->deadline + r->search->grace - hk_glpk_clock());
	code = any ? hk_solve_any(&rest->problem, &options, &solution, &trouble) : hk_solve_alone(&rest->problem, &options, &solution, &trouble);
	placed = code == 0 && (solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE);
	r->search->nodes += code == 0 ? solution.tree_nodes : 0;
	if (placed)
		keep_answer(r, rest, b, &solution);
	if (code == 0)
		hk_solution_release(&solution);
	return placed;
}

/* True when the pipeline has a place in what the others leave. */
static bool place(struct repair *r, uint32_t b, uint64_t nodes)
{
	const struct hk_problem *problem = r->search->problem;
	const struct hk_rest_others others = { r->blocks, r->placed, r->shares.v, r->shares.n };
	struct hk_rest rest;
	bool placed;

	hk_rest_open(&rest, problem, b, &others);
	placed = try_place(r, &rest, b, false, nodes, 0) ||
		 (nodes == NODES_FIRST && ((r->careful && try_place(r, &rest, b, false, NODES_BETTER, 0)) || try_place(r, &rest, b, true, NODES_ANY, 0)));
	hk_rest_close(&rest);
	return placed;
}

static void remove_shares(struct repair *r, uint32_t b)
{
	size_t n = 0;

	for (size_t i = 0; i < r->shares.n; i++)
		if (r->shares.v[i].block != b)
			r->shares.v[n++] = r->shares.v[i];
	r->shares.n = n;
	r->placed[b] = false;
}

static bool out_of_time(const struct hk_search *search)
{
	return (search->options->interrupt && *search->options->interrupt) || hk_glpk_clock() > search->deadline + search->grace;
}

/* All pipelines in this order. Position of the one that found no room, n_blocks when all did. */
static uint32_t fill(struct repair *r, const uint32_t *order)
{
	uint32_t n = r->search->problem->n_blocks, i = 0;

	r->shares.n = 0;
	memset(r->placed, 0, n * sizeof *r->placed);
	while (i < n && !out_of_time(r->search) && place(r, order[i], NODES_FIRST))
		i++;
	return i;
}

/* What all that is placed needs from the network. */
static double options_cost(const struct repair *r)
{
	const struct hk_problem *problem = r->search->problem;
	double *bought, cost;

	if (problem->n_options == 0)
		return 0;
	bought = hk_calloc(problem->n_options, sizeof *bought);
	hk_options_needed(problem, r->blocks, r->placed, bought);
	cost = hk_options_cost(problem, bought);
	hk_cleanup_free(&bought);
	return cost;
}

static double objective_of(const struct repair *r)
{
	double objective = options_cost(r);

	for (uint32_t b = 0; b < r->search->problem->n_blocks; b++)
		objective += r->cost[b];
	return objective;
}

static void keep_plan(struct repair *r)
{
	hk_search_keep(r->search, objective_of(r), r->blocks, r->shares.v, r->shares.n);
}

/* The pipeline as it is in the best plan. */
static void take_back(struct repair *r, uint32_t b, double before)
{
	const struct hk_kept *best = &r->search->best;

	remove_shares(r, b);
	hk_block_solution_copy(&r->blocks[b], &best->blocks[b], &r->search->problem->blocks[b]);
	for (size_t i = 0; i < best->n_shares; i++)
		if (best->shares[i].block == b)
			hk_vec_push(&r->shares, best->shares[i]);
	r->placed[b] = true;
	r->cost[b] = before;
}

/* A plan that is not the best one is not worth more work. */
static void judge(struct repair *r)
{
	r->careful = r->careful && objective_of(r) <= r->search->best.objective;
}

/* Each pipeline once more, now that all the others are where they are. */
static bool improve(struct repair *r)
{
	double objective = r->search->best.objective;

	for (uint32_t b = 0; b < r->search->problem->n_blocks && !out_of_time(r->search); b++) {
		double before = r->cost[b], bought = options_cost(r);

		remove_shares(r, b);
		if (place(r, b, NODES_BETTER) && r->cost[b] + options_cost(r) < before + bought)
			keep_plan(r);
		else
			take_back(r, b, before);
	}
	return r->search->best.objective < objective * (1 - 1e-4);
}

static void try_orders(struct repair *r, uint32_t *order)
{
	uint32_t n = r->search->problem->n_blocks;

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		uint32_t stuck = fill(r, order), late;

		if (stuck == n) {
			keep_plan(r);
			judge(r);
			for (int pass = 0; r->careful && pass < PASSES_MAX && improve(r); pass++)
				continue;
			return;
		}
		if (stuck == 0 || out_of_time(r->search))
			return;
		late = order[stuck];
		memmove(order + 1, order, stuck * sizeof *order);
		order[0] = late;
	}
}

static void open_repair(struct repair *r, struct hk_search *search)
{
	uint32_t n = search->problem->n_blocks;

	*r = (struct repair){ .search = search };
	r->blocks = hk_arena_array(&r->arena, (size_t)n + 1, sizeof *r->blocks);
	r->placed = hk_arena_array(&r->arena, (size_t)n + 1, sizeof *r->placed);
	r->cost = hk_arena_array(&r->arena, (size_t)n + 1, sizeof *r->cost);
	for (uint32_t b = 0; b < n; b++)
		hk_block_solution_init(&r->blocks[b], &search->problem->blocks[b], &r->arena);
}

static void close_repair(struct repair *r)
{
	hk_vec_release(&r->shares);
	hk_arena_release(&r->arena);
}

void hk_search_repair(struct hk_search *search)
{
	uint32_t n = search->problem->n_blocks;
	struct repair r;
	uint32_t *order;

	open_repair(&r, search);
	order = hk_arena_array(&r.arena, (size_t)n + 1, sizeof *order);
	for (uint32_t b = 0; b < n; b++)
		order[b] = b;
	try_orders(&r, order);
	r.careful = true;
	if (!out_of_time(search))
		try_orders(&r, order);
	close_repair(&r);
}

void hk_search_approach(struct hk_search *search)
{
	double low = fmax(0, hk_search_bound(search));
	struct hk_rest rest;
	struct repair r;

	open_repair(&r, search);
	hk_rest_open(&rest, search->problem, 0, &(struct hk_rest_others){ r.blocks, r.placed, NULL, 0 });
	for (int step = 0; step < STEPS_MAX && !out_of_time(search); step++) {
		double high = search->best.objective, middle = low > 0 && high > 4 * low ? sqrt(low * high) : (low + high) / 2;

		if (high - low <= fmax(search->options->gap, 0.002) * high)
			break;
		if (try_place(&r, &rest, 0, true, NODES_CHEAPER, middle) && r.cost[0] + options_cost(&r) < high)
			keep_plan(&r);
		else
			low = middle;
		remove_shares(&r, 0);
	}
	hk_rest_close(&rest);
	close_repair(&r);
}
