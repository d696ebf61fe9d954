/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/partial.h"

#include "model/units.h"
#include "place/narrow.h"
#include "place/overfull.h"
#include "place/solve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	NODES_PER_QUESTION = 500,
	SEARCHES_MAX = 100,           /* whole searches, to prove that a pipeline has to go */
	NAMED_MAX = 4,                /* pipelines named as those who are there */
};

enum verdict { FITS, DOES_NOT_FIT, UNKNOWN };

struct choice {
	struct hk_partial *partial;
	const struct hk_problem *problem;
	const struct hk_solve_options *options;
	struct hk_places *places;
	bool *taken;                  /* per block */
	uint32_t searches;            /* left */
	bool loose;                   /* some are taken without a place at hand: only whole searches count from now on */
};

struct rank { uint32_t block; int32_t priority; };

static int by_rank(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->block < b->block ? -1 : 1;      /* pipelines are sorted by name */
}

/* Those taken and this one, by a whole search. */
static int search(struct choice *choice, uint32_t block, enum verdict *verdict, struct hk_err *err)
{
	struct hk_problem part = *choice->problem;
	struct hk_solve_options options = { .node_limit = NODES_PER_QUESTION, .memory_limit = choice->options->memory_limit,
					    .interrupt = choice->options->interrupt,
					    .time_limit = choice->options->time_limit };
	struct hk_solution solution;
	int code;

	*verdict = UNKNOWN;
	if (choice->searches == 0 || (options.interrupt && *options.interrupt))
		return 0;
	choice->searches--;
	part.blocks = hk_calloc((size_t)part.n_blocks + 1, sizeof *part.blocks);
	part.n_blocks = 0;
	for (uint32_t b = 0; b < choice->problem->n_blocks; b++)
		if (choice->taken[b] || b == block)
			part.blocks[part.n_blocks++] = choice->problem->blocks[b];
	code = hk_solve_any(&part, &options, &solution, err);
	if (code == 0 && solution.outcome != HK_SOLVED_NOTHING)
		*verdict = solution.outcome == HK_SOLVED_INFEASIBLE ? DOES_NOT_FIT : FITS;
	if (code == 0)
		hk_solution_release(&solution);
	hk_cleanup_free(&part.blocks);
	return code;
}

static const char *name_of(const struct choice *choice, uint32_t block)
{
	return choice->problem->model->pipelines[choice->problem->blocks[block].pipeline].name;
}

static void say_amount(const struct hk_overfull *overfull, double amount, struct hk_buf *text)
{
	if (overfull->larger_than > 0)
		hk_buf_addf(text, "%.0f large replicas", amount);
	else
		hk_unit_print(HK_UNIT_QUANTITY, amount, text);
}

/* "cpu of edge-a is full: it needs 6 of 16 there, where a, b use 12" */
static const char *say_full(const struct choice *choice, uint32_t block, const struct hk_overfull *overfull)
{
	const struct hk_place_workload *full = &choice->problem->blocks[overfull->block].workloads[overfull->workload];
	const struct hk_model *model = choice->problem->model;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, names = HK_BUF_INIT;
	double own = hk_overfull_of(choice->problem, overfull, block), others = 0;
	uint32_t named = 0;

	for (uint32_t b = 0; b < choice->problem->n_blocks; b++) {
		double use = choice->taken[b] && b != block ? hk_overfull_of(choice->problem, overfull, b) : 0;

		others += use;
		if (use > 0 && named++ < NAMED_MAX)
			hk_buf_addf(&names, "%s%s", names.len ? ", " : "", name_of(choice, b));
	}
	if (named > NAMED_MAX)
		hk_buf_addf(&names, " and %u more", named - NAMED_MAX);
	hk_buf_addf(&text, "%s of ", model->resources[overfull->resource]);
	for (uint32_t c = 0; c < full->n_candidates && c < NAMED_MAX; c++)
		hk_buf_addf(&text, "%s%s", c ? ", " : "", model->clusters[full->candidates[c].cluster].name);
	if (full->n_candidates > NAMED_MAX)
		hk_buf_addf(&text, " and %u more clusters", full->n_candidates - NAMED_MAX);
	hk_buf_addstr(&text, " is full: of ");
	say_amount(overfull, overfull->capacity, &text);
	hk_buf_addf(&text, ", %s %s ", named ? names.s : "nobody", named == 1 ? "needs" : "need");
	say_amount(overfull, others, &text);
	hk_buf_addstr(&text, " and this pipeline ");
	say_amount(overfull, own, &text);
	return hk_arena_strdup(&choice->partial->arena, text.s);
}

static void leave_out(struct choice *choice, uint32_t block, const char *why, bool shown)
{
	choice->partial->left[choice->partial->n_left++] = (struct hk_left_out){ choice->problem->blocks[block].pipeline, why, shown };
}

/* Why those taken and this one do not fit, when counting shows it. */
static bool counted_out(struct choice *choice, uint32_t block)
{
	struct hk_overfull overfull;
	bool full;

	choice->taken[block] = true;
	full = hk_problem_overfull(choice->problem, choice->taken, &overfull);
	choice->taken[block] = false;
	if (full)
		leave_out(choice, block, say_full(choice, block, &overfull), true);
	return full;
}

static int consider(struct choice *choice, uint32_t block, struct hk_err *err)
{
	enum verdict verdict;

	if (choice->problem->blocks[block].impossible) {
		leave_out(choice, block, "it has no plan even alone; 'hkctl explain' with its documents alone says why", true);
		return 0;
	}
	if (!choice->loose && hk_places_add(choice->places, block)) {
		choice->taken[block] = true;
		return 0;
	}
	if (counted_out(choice, block))
		return 0;
	if (!choice->loose && hk_places_add_anew(choice->places, block)) {
		choice->taken[block] = true;
		return 0;
	}
	if (search(choice, block, &verdict, err) != 0)
		return -1;
	if (verdict == FITS)
		choice->taken[block] = choice->loose = true;
	else
		leave_out(choice, block, verdict == DOES_NOT_FIT ? "it does not fit together with those of higher priority"
								 : "no room was found for it beside those of higher priority (not shown that there is none)",
								 verdict == DOES_NOT_FIT);
	return 0;
}

static int by_name(const void *left, const void *right)
{
	const struct hk_left_out *a = left, *b = right;

	return a->pipeline < b->pipeline ? -1 : a->pipeline > b->pipeline;
}

static void keep_taken(struct choice *choice, const struct hk_model *model)
{
	struct hk_partial *partial = choice->partial;

	partial->model = *model;
	partial->model.n_pipelines = 0;
	partial->model.pipelines = hk_arena_array(&partial->arena, model->n_pipelines + 1, sizeof *model->pipelines);
	for (uint32_t b = 0; b < choice->problem->n_blocks; b++)
		if (choice->taken[b])
			partial->model.pipelines[partial->model.n_pipelines++] = model->pipelines[choice->problem->blocks[b].pipeline];
	if (partial->n_left > 1)
		qsort(partial->left, partial->n_left, sizeof *partial->left, by_name);
}

static int choose(struct choice *choice, struct hk_err *err)
{
	uint32_t n = choice->problem->n_blocks;
	struct rank *ranks = hk_calloc((size_t)n + 1, sizeof *ranks);
	int code = 0;

	for (uint32_t b = 0; b < n; b++)
		ranks[b] = (struct rank){ b, choice->problem->model->pipelines[choice->problem->blocks[b].pipeline].priority };
	qsort(ranks, n, sizeof *ranks, by_rank);
	for (uint32_t i = 0; i < n && code == 0; i++)
		code = consider(choice, ranks[i].block, err);
	hk_cleanup_free(&ranks);
	return code;
}

int hk_partial_choose(struct hk_partial *partial, const struct hk_model *model, const struct hk_plan *previous, const struct hk_solve_options *options,
		      struct hk_err *err)
{
	struct hk_problem problem;
	struct choice choice = { .partial = partial, .problem = &problem, .options = options, .searches = SEARCHES_MAX };
	bool infeasible;
	int code = 0;

	*partial = (struct hk_partial){ .model = *model };
	if (hk_problem_build(&problem, model, previous, &infeasible, err) != 0)
		return -1;
	choice.taken = hk_arena_array(&partial->arena, (size_t)problem.n_blocks + 1, sizeof *choice.taken);
	partial->left = hk_arena_array(&partial->arena, (size_t)problem.n_blocks + 1, sizeof *partial->left);
	choice.places = hk_places_open(&problem, options);
	code = choose(&choice, err);
	if (code == 0)
		keep_taken(&choice, model);
	hk_places_close(choice.places);
	hk_problem_release(&problem);
	return code;
}

void hk_partial_release(struct hk_partial *partial)
{
	hk_arena_release(&partial->arena);
	*partial = (struct hk_partial){ 0 };
}
