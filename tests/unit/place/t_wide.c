/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds and plans of the engine for wide pipelines on worlds small enough to solve exactly without it. */
#include "../test.h"

#include "instance.h"
#include "place/cuts_availability.h"
#include "place/milp_form.h"
#include "place/solve_internal.h"
#include "place/wide.h"

#include <math.h>
#include <string.h>

struct answer {
	struct hk_arena arena;
	struct hk_cuts cuts;
	uint32_t *members;
	struct hk_block_solution *blocks;
	struct hk_wide_result result;
};

static void ask(const struct hk_problem *problem, const struct hk_wide_limits *limits, struct answer *answer)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_wide_engine *engine;

	*answer = (struct answer){ .arena = HK_ARENA_INIT };
	answer->members = hk_arena_array(&answer->arena, (size_t)problem->n_blocks + 1, sizeof *answer->members);
	answer->blocks = hk_arena_array(&answer->arena, (size_t)problem->n_blocks + 1, sizeof *answer->blocks);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		answer->members[b] = b;
		hk_block_solution_init(&answer->blocks[b], &problem->blocks[b], &answer->arena);
		hk_cut_domains(&answer->cuts, problem, b);
	}
	engine = hk_wide_open(problem, answer->members, problem->n_blocks, limits);
	assert_int_equal(hk_wide_answer(engine, &answer->cuts, &answer->result, answer->blocks, &err), 0);
	hk_wide_close(engine);
}

static void forget(struct answer *answer)
{
	hk_cuts_release(&answer->cuts);
	hk_arena_release(&answer->arena);
}

/* Least cost of the strong form with these counts. INFINITY when they break a rule. */
static double cost_of_counts(const struct hk_problem *problem, const struct answer *answer)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY };
	struct hk_glpk_result result;
	struct hk_form form;
	double *point, violation;

	hk_form_build(&form, problem, answer->members, problem->n_blocks, &answer->cuts);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t w = 0; w < problem->blocks[b].n_workloads; w++)
			for (uint32_t c = 0; c < problem->blocks[b].workloads[w].n_candidates; c++) {
				struct hk_milp_column *x = &form.milp.columns.v[form.blocks[b].x[w][c]];

				x->lower = x->upper = answer->blocks[b].replicas[w][c];
			}
	point = hk_calloc(form.milp.columns.n + 1, sizeof *point);
	assert_int_equal(hk_glpk_solve(&form.milp, &limits, &result, point, &err), 0);
	violation = result.status == HK_GLPK_OPTIMAL ? hk_milp_violation(&form.milp, point) : INFINITY;
	hk_cleanup_free(&point);
	hk_form_release(&form);
	return violation < 1e-6 ? result.objective : INFINITY;
}

static const struct hk_wide_limits plain = { .gap = 0.001, .cutoff = INFINITY, .deadline = INFINITY };

/* The strong form alone, all pipelines together: what the engine's bound may never pass. */
static double optimum(const struct hk_problem *problem, const struct answer *answer, enum hk_glpk_status *status)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .nodes = 3000 };
	struct hk_glpk_result result;
	struct hk_form form;
	double *point;

	hk_form_build(&form, problem, answer->members, problem->n_blocks, &answer->cuts);
	point = hk_calloc(form.milp.columns.n + 1, sizeof *point);
	assert_int_equal(hk_glpk_solve(&form.milp, &limits, &result, point, &err), 0);
	hk_cleanup_free(&point);
	hk_form_release(&form);
	*status = result.status;
	return result.objective;
}

static void check_world(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich, unsigned *compared)
{
	struct instance world;
	struct answer answer;
	enum hk_glpk_status status;
	double best, cost;

	instance_family(&world, family, workloads, clusters, seed, tight, rich);
	if (!world.infeasible) {
		ask(&world.problem, &plain, &answer);
		best = optimum(&world.problem, &answer, &status);
		if (status == HK_GLPK_OPTIMAL || status == HK_GLPK_FEASIBLE) {
			*compared += 1;
			if (answer.result.bound > best * (1 + 1e-7) + 1e-9)
				fail_msg("%s %u x %u seed %u: bound %.9g above a plan of %.9g", family, workloads, clusters, (unsigned)seed,
					 answer.result.bound, best);
			assert_int_not_equal(answer.result.status, HK_GLPK_INFEASIBLE);
		}
		if (answer.result.status == HK_GLPK_OPTIMAL || answer.result.status == HK_GLPK_FEASIBLE) {
			cost = cost_of_counts(&world.problem, &answer);
			if (!(cost <= answer.result.objective + 1e-6 * fmax(1, fabs(cost))))
				fail_msg("%s %u x %u seed %u: a plan of %.9g costs %.9g", family, workloads, clusters, (unsigned)seed, answer.result.objective,
					 cost);
			assert_true(status != HK_GLPK_OPTIMAL || answer.result.objective >= best * (1 - 1e-6));
			assert_true(status != HK_GLPK_INFEASIBLE);
		}
		forget(&answer);
	}
	instance_close(&world);
}

static void bounds_stay_below_and_plans_hold(void **state)
{
	static const char *const families[] = { "hk4", "mec", "micro", "retail" };
	unsigned compared = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 24; seed++)
		check_world(families[seed % 4], 4 + (unsigned)seed % 5, 4 + (unsigned)seed % 6, seed, seed % 3 == 0, seed % 2 == 0, &compared);
	assert_true(compared >= 12);
}

static void the_bound_is_near_the_optimum(void **state)
{
	struct instance world;
	struct answer answer;

	(void)state;
	instance_family(&world, "micro", 12, 12, 3, false, false);
	ask(&world.problem, &plain, &answer);
	assert_true(answer.result.status == HK_GLPK_OPTIMAL || answer.result.status == HK_GLPK_FEASIBLE);
	assert_true(answer.result.objective - answer.result.bound <= 0.05 * answer.result.objective);
	forget(&answer);
	instance_close(&world);
}

static void same_question_same_answer(void **state)
{
	struct instance world;
	struct answer one, two;

	(void)state;
	instance_family(&world, "micro", 16, 10, 5, true, false);
	ask(&world.problem, &plain, &one);
	ask(&world.problem, &plain, &two);
	assert_memory_equal(&one.result.bound, &two.result.bound, sizeof one.result.bound);
	assert_memory_equal(&one.result.objective, &two.result.objective, sizeof one.result.objective);
	forget(&one);
	forget(&two);
	instance_close(&world);
}

static bool meets(void *closure, uint32_t block, uint32_t workload, uint32_t *replicas, const uint32_t *most, uint32_t *least)
{
	return hk_search_meets(closure, block, workload, replicas, most, most, least);
}

/* Targets that the plan of one answer misses; asked: the engine may ask about them while it looks for places. */
static unsigned missed_targets(const struct instance *world, bool asked)
{
	struct hk_solve_options options = { .gap = plain.gap };
	struct hk_wide_limits limits = plain;
	struct hk_search search;
	struct answer answer;
	unsigned missed = 0;

	hk_search_open(&search, &world->problem, &options);
	limits.check = (struct hk_wide_check){ &search, asked ? meets : NULL };
	ask(&world->problem, &limits, &answer);
	assert_true(answer.result.status == HK_GLPK_OPTIMAL || answer.result.status == HK_GLPK_FEASIBLE);
	for (uint32_t b = 0; b < world->problem.n_blocks; b++)
		for (uint32_t w = 0; w < world->problem.blocks[b].n_workloads; w++)
			missed += world->problem.blocks[b].workloads[w].availability > 0 &&
			    !hk_search_meets(&search, b, w, answer.blocks[b].replicas[w], NULL, NULL, NULL);
	forget(&answer);
	hk_search_close(&search);
	return missed;
}

static void targets_that_no_row_says_are_met_when_asked_about(void **state)
{
	unsigned plainly = 0, asked = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct instance world;

		instance_family(&world, "hk4", 20, 24, seed, true, false);
		plainly += missed_targets(&world, false);
		asked += missed_targets(&world, true);
		instance_close(&world);
	}
	print_message("targets missed: %u, %u when asked about\n", plainly, asked);
	assert_true(plainly > 0);
	assert_int_equal(asked, 0);
}

static void an_interrupt_ends_it_at_once(void **state)
{
	static const volatile int stop = 1;
	struct hk_wide_limits limits = plain;
	struct instance world;
	struct answer answer;

	(void)state;
	limits.interrupt = &stop;
	instance_family(&world, "micro", 40, 20, 2, false, false);
	ask(&world.problem, &limits, &answer);
	assert_true(answer.result.interrupted);
	assert_int_equal(answer.result.status, HK_GLPK_NOTHING);
	forget(&answer);
	instance_close(&world);
}

static void wide_is_told_from_narrow(void **state)
{
	static const uint32_t first = 0;
	struct instance narrow, wide;

	(void)state;
	instance_family(&narrow, "hk4", 4, 5, 1, false, false);
	instance_family(&wide, "wide", 20, 100, 1, false, false);
	assert_false(hk_wide_needed(&narrow.problem, &first, 1));
	assert_true(hk_wide_needed(&wide.problem, &first, 1));
	instance_close(&narrow);
	instance_close(&wide);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_stay_below_and_plans_hold),
		cmocka_unit_test(the_bound_is_near_the_optimum),
		cmocka_unit_test(same_question_same_answer),
		cmocka_unit_test(targets_that_no_row_says_are_met_when_asked_about),
		cmocka_unit_test(an_interrupt_ends_it_at_once),
		cmocka_unit_test(wide_is_told_from_narrow),
	};

	return cmocka_run_group_tests_name("place/wide", tests, NULL, NULL);
}
