/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/solve.h"

#include "place/construct_internal.h"
#include "place/cuts_availability.h"
#include "place/milp_form.h"
#include "place/mps.h"
#include "place/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS_MAX = 1000,            /* of the exactness loop; each adds a cut or joins groups */
	ROUNDS_HOPEFUL = 40,          /* after which a plan by other means is worth its work: most worlds are proved sooner than that finds one */
	NODES_DEFAULT = 200000,       /* of all search trees together */
	SHARING_STEPS = 3000000,      /* of packing, to see which replicas had best share nodes: a few seconds */
};

/* Columns up to which the exact search goes first, and up to which it is tried when the other engine has not come close enough. */
static const double COLUMNS_EXACT = 4000, COLUMNS_BOTH = 12000;

/* Nodes times terms over a whole run: two seconds of one processor for models of a few hundred rows, ten to twenty for large ones. */
static const double WORK_DEFAULT = 6e6;

double hk_search_bound(const struct hk_search *search)
{
	double sum = 0;

	for (uint32_t g = 0; g < search->n_groups; g++)
		if (!search->groups[g].empty)
			sum += search->groups[g].bound;
	return search->unproved || search->n_groups == 0 ? search->proved_bound : fmax(sum, search->proved_bound);
}

void hk_search_doubt(struct hk_search *search)
{
	if (!search->unproved)
		search->proved_bound = hk_search_bound(search);
	search->unproved = true;
}

void hk_search_open(struct hk_search *search, const struct hk_problem *problem, const struct hk_solve_options *options)
{
	*search = (struct hk_search){ .problem = problem, .options = options, .deadline = INFINITY, .proved_bound = -INFINITY };
	if (options->time_limit > 0)
		search->deadline = hk_glpk_clock() + options->time_limit;
	search->nodes_left = options->node_limit ? options->node_limit : NODES_DEFAULT;
	/* who allows more nodes than there are without a word allows as much more work, or the nodes would never be reached */
	search->work_left = WORK_DEFAULT * fmax(1, (double)options->node_limit / NODES_DEFAULT);
	search->sharing_steps = SHARING_STEPS;
	search->hulls = hk_arena_array(&search->arena, (size_t)problem->n_blocks + 1, sizeof *search->hulls);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		hk_cut_domains(&search->cuts, problem, b);
}

/* Each pipeline a group of its own, with room for its answer. */
static void open_groups(struct hk_search *search)
{
	const struct hk_problem *problem = search->problem;

	search->n_groups = problem->n_blocks;
	search->groups = hk_arena_array(&search->arena, (size_t)problem->n_blocks + 1, sizeof *search->groups);
	search->group_of = hk_arena_array(&search->arena, (size_t)problem->n_blocks + 1, sizeof *search->group_of);
	search->blocks = hk_arena_array(&search->arena, (size_t)problem->n_blocks + 1, sizeof *search->blocks);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		struct hk_group *group = &search->groups[b];

		group->members = hk_arena_array(&search->arena, 1, sizeof *group->members);
		group->members[0] = b;
		group->n_members = 1;
		group->bound = -INFINITY;
		search->group_of[b] = b;
		hk_block_solution_init(&search->blocks[b], &problem->blocks[b], &search->arena);
	}
	hk_search_open_options(search);
	hk_search_wide_together(search);
}

void hk_search_close(struct hk_search *search)
{
	hk_search_close_options(search);
	for (uint32_t g = 0; g < search->n_groups; g++)
		hk_wide_close(search->groups[g].wide);
	hk_search_close_hulls(search);
	hk_cuts_release(&search->cuts);
	hk_arena_release(&search->packing);
	hk_arena_release(&search->best.arena);
	hk_arena_release(&search->arena);
	hk_cleanup_free(&search->shares);
}

static bool stopped(struct hk_search *search)
{
	if (search->options->interrupt && *search->options->interrupt)
		search->interrupted = search->hit_limit = true;
	if (hk_glpk_clock() > search->deadline)
		search->hit_limit = true;
	return search->interrupted || hk_glpk_clock() > search->deadline;
}

static void say(const struct hk_search *search, const char *what)
{
	struct hk_buf line = HK_BUF_INIT;
	uint32_t groups = 0;

	if (!search->options->progress)
		return;
	for (uint32_t g = 0; g < search->n_groups; g++)
		groups += !search->groups[g].empty;
	hk_buf_addf(&line, "%s: %u groups of pipelines, %zu cuts, %llu nodes, bound ", what, groups, hk_cuts_count(&search->cuts),
		    (unsigned long long)search->nodes);
	hk_buf_addround(&line, hk_search_bound(search), 6);
	search->options->progress(search->options->closure, line.s);
	hk_buf_release(&line);
}

/* Every group once more where cuts or merges made it necessary. False when one has no answer: *outcome says why. */
static int solve_groups(struct hk_search *search, bool *answered, enum hk_solve_outcome *outcome, struct hk_err *err)
{
	*answered = false;
	for (uint32_t g = 0; g < search->n_groups; g++) {
		struct hk_group *group = &search->groups[g];

		if (group->empty || group->solved)
			continue;
		if (hk_search_group(search, group, err) != 0)
			return -1;
		if (group->status == HK_GLPK_INFEASIBLE) {
			*outcome = search->unproved ? HK_SOLVED_NOTHING : HK_SOLVED_INFEASIBLE;
			search->hit_limit = search->hit_limit || search->unproved;
			return 0;
		}
		if (group->status == HK_GLPK_NOTHING)
			return 0;
	}
	*answered = true;
	return 0;
}

/* Look for what the models do not see, cheapest first. True when nothing is wrong. */
static bool examine(struct hk_search *search)
{
	size_t clauses = search->cuts.clauses.n, linear = search->cuts.linear.n, wrong = hk_search_availability(search);

	if (wrong == 0)
		wrong = hk_search_coupling(search);
	if (wrong == 0)
		wrong = hk_search_options(search);
	if (wrong == 0)
		wrong = hk_search_packing(search);
	hk_search_touch(search, clauses, linear);
	return wrong == 0;
}

bool hk_search_within_gap(const struct hk_search *search, double objective, double bound)
{
	/* a search that ends at the very limit has lost the last digits of it */
	return objective - bound <= (fmax(search->options->gap, 1e-9) + 1e-12) * fmax(fabs(objective), 1e-9);
}

/* No more work, by clock or by count. */
static bool exhausted(struct hk_search *search)
{
	return stopped(search) || search->nodes_left == 0 || search->work_left <= 0;
}

/* Nothing cheaper than the best plan is left to be found. */
static bool good_enough(const struct hk_search *search)
{
	return search->best.any && hk_search_within_gap(search, search->best.objective, hk_search_bound(search));
}

static void repair(struct hk_search *search)
{
	if (search->alone || search->any || search->best.any || search->interrupted)
		return;
	/* a little more time to end with a plan rather than with nothing */
	if (isfinite(search->deadline))
		search->grace = fmin(2, fmax(0.5, search->options->time_limit));
	hk_search_repair(search);
	say(search, search->best.any ? "first plan" : "no first plan");
}

/* The solver failed for want of memory or digits: a plan found before, or one pipeline at a time, is better than none. */
static int fall_back(struct hk_search *search, struct hk_err *err)
{
	repair(search);
	if (!search->best.any)
		return -1;
	hk_err_release(err);
	search->hit_limit = true;
	return 0;
}

/* The exactness loop. *outcome INFEASIBLE when that is proved; search->best is the plan otherwise, if there is one. */
static int run(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err)
{
	*outcome = HK_SOLVED_NOTHING;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		bool answered = false, pending = false;

		if (solve_groups(search, &answered, outcome, err) != 0)
			return fall_back(search, err);
		say(search, "solve");
		if (*outcome == HK_SOLVED_INFEASIBLE)
			return 0;
		if (!answered)
			break;
		if (!search->unproved)
			search->proved_bound = hk_search_bound(search);
		if (examine(search)) {
			hk_search_keep(search, hk_search_objective(search), search->blocks, search->shares, search->n_shares);
			if (good_enough(search) || exhausted(search) || !hk_search_wide_again(search))
				return 0;
			continue;
		}
		/* wide pipelines have prices and a plan that is almost right: only what missed a cut is placed again */
		if (round == ROUNDS_HOPEFUL && !search->groups[0].wide)
			repair(search);
		if (good_enough(search))
			return 0;
		for (uint32_t g = 0; g < search->n_groups; g++)
			pending = pending || (!search->groups[g].empty && !search->groups[g].solved);
		if (!pending || exhausted(search))
			break;
	}
	search->hit_limit = true;
	repair(search);
	if (search->best.any && search->problem->n_blocks == 1 && !search->alone && !search->any && !search->interrupted && !search->groups[0].wide)
		hk_search_approach(search);
	return 0;
}

static void hand_over(const struct hk_search *search, struct hk_solution *solution)
{
	const struct hk_problem *problem = search->problem;
	const struct hk_kept *best = &search->best;

	solution->blocks = hk_arena_array(&solution->arena, (size_t)problem->n_blocks + 1, sizeof *solution->blocks);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		hk_block_solution_init(&solution->blocks[b], &problem->blocks[b], &solution->arena);
		hk_block_solution_copy(&solution->blocks[b], &best->blocks[b], &problem->blocks[b]);
	}
	if (problem->n_options > 0) {
		solution->bought = hk_arena_array(&solution->arena, problem->n_options, sizeof *solution->bought);
		hk_options_needed(problem, solution->blocks, NULL, solution->bought);
	}
	solution->nodes = hk_arena_array(&solution->arena, best->n_shares + 1, sizeof *solution->nodes);
	solution->n_nodes = best->n_shares;
	if (best->n_shares > 0)
		memcpy(solution->nodes, best->shares, best->n_shares * sizeof *solution->nodes);
	hk_shares_sort(solution->nodes, solution->n_nodes);
}

void hk_search_sum_up(struct hk_search *search, struct hk_solution *solution, enum hk_solve_outcome outcome, const char *method)
{
	stopped(search);
	solution->outcome = outcome;
	solution->bound = hk_search_bound(search);
	solution->hit_limit = search->hit_limit;
	solution->interrupted = search->interrupted;
	solution->iterations = search->iterations;
	solution->tree_nodes = search->nodes;
	solution->cuts = hk_cuts_count(&search->cuts);
	solution->method = method;
	if (outcome == HK_SOLVED_INFEASIBLE || !search->best.any)
		return;
	hk_search_drop_spare(search);
	hand_over(search, solution);
	solution->objective = search->best.objective;
	/* nothing has a negative price */
	solution->bound = solution->bound > -1e300 ? fmin(solution->bound, solution->objective) : fmin(0, solution->objective);
	solution->outcome = !search->any && hk_search_within_gap(search, solution->objective, solution->bound) ? HK_SOLVED_OPTIMAL : HK_SOLVED_FEASIBLE;
}

static int dump(const struct hk_search *search, const char *path, struct hk_err *err)
{
	struct hk_form form;
	uint32_t *all = hk_calloc((size_t)search->problem->n_blocks + 1, sizeof *all);
	int code;

	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		all[b] = b;
	hk_form_build(&form, search->problem, all, search->problem->n_blocks, &search->cuts);
	code = hk_mps_write(&form.milp, path, err);
	hk_form_release(&form);
	hk_cleanup_free(&all);
	return code;
}

enum manner { BEST, PRICES, ANY, ALONE };

/* Columns of the whole model. */
static double model_size(const struct hk_problem *problem)
{
	double n = 0;

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		for (uint32_t w = 0; w < problem->blocks[b].n_workloads; w++)
			n += 2.0 * problem->blocks[b].workloads[w].n_candidates;
		for (uint32_t e = 0; e < problem->blocks[b].n_edges; e++)
			n += problem->blocks[b].edges[e].n_arcs;
	}
	return n;
}

static void copy_prices(const struct hk_problem *problem, const struct hk_search *from, struct hk_arena *arena, double **prices, double **bounds)
{
	size_t rows = problem->model->n_clusters * problem->model->n_resources + problem->model->n_links;

	if (!from->prices)
		return;
	*prices = hk_arena_array(arena, rows + 1, sizeof **prices);
	*bounds = hk_arena_array(arena, (size_t)problem->n_blocks + 1, sizeof **bounds);
	memcpy(*prices, from->prices, rows * sizeof **prices);
	memcpy(*bounds, from->block_bounds, problem->n_blocks * sizeof **bounds);
}

/* What another search found. */
static void adopt(struct hk_search *search, const struct hk_search *other)
{
	copy_prices(search->problem, other, &search->arena, &search->prices, &search->block_bounds);
	if (other->best.any)
		hk_search_keep(search, other->best.objective, other->best.blocks, other->best.shares, other->best.n_shares);
	search->proved_bound = fmax(search->proved_bound, other->proved_bound);
	search->nodes += other->nodes;
	search->iterations += other->iterations;
	search->interrupted = search->interrupted || other->interrupted;
	search->hit_limit = search->hit_limit || other->hit_limit;
}

/*
 * The exact search came to an end without proof: the engine for many pipelines may know a better plan or bound. Its cuts are its own: those here may not be
 * proved.
 */
static int second_opinion(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err)
{
	struct hk_search other;
	int code;

	hk_search_open(&other, search->problem, search->options);
	other.deadline = search->deadline;
	code = hk_search_decompose(&other, outcome, err);
	if (code == 0)
		adopt(search, &other);
	hk_search_close(&other);
	return code;
}

/* Exact search over groups of pipelines for what is small, prices for what is not; each helps the other out. The choice depends on numbers of columns alone. */
static int run_engines(struct hk_search *search, enum manner manner, enum hk_solve_outcome *outcome, const char **method, struct hk_err *err)
{
	static const char *const exact = "exact, groups of pipelines", *const prices = "decomposition by pipeline",
	    *const both = "decomposition by pipeline, then exact";
	static const char *const offers = "worlds with given purchases", *const offers_too = "worlds with given purchases, then exact";
	double size = model_size(search->problem);
	/* prices do not know what can be bought from the network: then in worlds where it is bought already */
	bool many = manner == BEST && search->problem->n_blocks > 1 && !hk_wide_prevails(search->problem), several = many && search->problem->n_options == 0;
	int code;

	*method = manner == PRICES ? prices : exact;
	if (manner == PRICES)
		return search->problem->n_options > 0 ? hk_search_offers(search, outcome, err) : hk_search_decompose(search, outcome, err);
	if (many && (size > COLUMNS_EXACT || search->options->gap > 0)) {
		*method = several ? prices : offers;
		code = several ? hk_search_decompose(search, outcome, err) : hk_search_offers(search, outcome, err);
		if (code != 0 || *outcome == HK_SOLVED_INFEASIBLE || good_enough(search) || stopped(search) || (search->best.any && size > COLUMNS_BOTH))
			return code;
		*method = several ? both : offers_too;
	}
	open_groups(search);
	code = run(search, outcome, err);
	if (code == 0 && several && *method == exact && *outcome != HK_SOLVED_INFEASIBLE && !good_enough(search) && !stopped(search)) {
		*method = both;
		code = second_opinion(search, outcome, err);
	}
	return code;
}

static int solve(const struct hk_problem *problem, const struct hk_solve_options *options, enum manner manner, struct hk_solution *solution, struct hk_err *err)
{
	struct hk_search search;
	enum hk_solve_outcome outcome;
	const char *method;
	int code;

	*solution = (struct hk_solution){ .outcome = HK_SOLVED_NOTHING, .bound = -INFINITY };
	hk_search_open(&search, problem, options);
	search.any = manner == ANY;
	search.alone = manner == ALONE;
	code = run_engines(&search, manner, &outcome, &method, err);
	if (code == 0 && manner == BEST && outcome != HK_SOLVED_INFEASIBLE)
		hk_search_stay(&search);
	if (code == 0) {
		hk_search_sum_up(&search, solution, outcome, method);
		copy_prices(problem, &search, &solution->arena, &solution->prices, &solution->block_bounds);
	}
	if (code == 0 && options->dump_model)
		code = dump(&search, options->dump_model, err);
	hk_search_close(&search);
	if (code != 0)
		hk_solution_release(solution);
	return code;
}

int hk_solve(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err)
{
	return solve(problem, options, BEST, solution, err);
}

int hk_decomposition_solve(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err)
{
	return solve(problem, options, PRICES, solution, err);
}

int hk_solve_any(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err)
{
	return solve(problem, options, ANY, solution, err);
}

int hk_solve_alone(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err)
{
	return solve(problem, options, ALONE, solution, err);
}

void hk_solution_release(struct hk_solution *solution)
{
	hk_arena_release(&solution->arena);
	*solution = (struct hk_solution){ .outcome = HK_SOLVED_NOTHING };
}
