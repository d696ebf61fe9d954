/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row of the tableau proves about both sides of an integer is never more than what the relaxation of that side costs. */
#include "../test.h"
#include "program.h"

#include "place/glpk_tree.h"

#include <math.h>

enum { COLUMNS = 12, ROWS = 8, CASES = 300 };

/* Cost of the relaxation with the column on one side of its value; INFINITY when there is none. */
static double cost_of_side(glp_prob *problem, int column, double value, int side)
{
	double lower = glp_get_col_lb(problem, column), upper = glp_get_col_ub(problem, column), low = side == 0 ? lower : ceil(value),
	    high = side == 0 ? floor(value) : upper, cost;

	glp_set_col_bnds(problem, column, low < high ? GLP_DB : GLP_FX, low, high);
	cost = program_least_cost(problem);
	glp_set_col_bnds(problem, column, GLP_DB, lower, upper);
	return cost;
}

/* How many sides were proved to cost more than the relaxation does. */
static int compare(glp_prob *problem)
{
	int integers[COLUMNS], proved = 0;
	struct hk_leash leash = { .arena = HK_ARENA_INIT };
	struct hk_tree tree = { .leash = &leash, .problem = problem, .rows = ROWS, .columns = COLUMNS, .integers = integers, .n_integers = COLUMNS,
				.node = glp_get_obj_val(problem) };

	tree.lower = hk_arena_array(&leash.arena, COLUMNS, sizeof *tree.lower);
	tree.upper = hk_arena_array(&leash.arena, COLUMNS, sizeof *tree.upper);
	tree.steps = hk_arena_array(&leash.arena, ROWS + COLUMNS, sizeof *tree.steps);
	hk_tree_open_own(&tree);
	assert_true(tree.own);
	for (int j = 0; j < COLUMNS; j++) {
		struct hk_branch_candidate candidate = { .integer = j };

		integers[j] = j + 1;
		if (!hk_tree_is_fractional(&tree, j, &candidate.value))
			continue;
		hk_tree_penalties(&tree, &candidate);
		for (int side = 0; side < 2; side++) {
			double cost = cost_of_side(problem, j + 1, candidate.value, side);

			assert_true(candidate.sides[side] >= tree.node);
			assert_true(isinf(cost) || candidate.sides[side] <= cost + 1e-6 * (1 + fabs(cost)));
			proved += candidate.sides[side] > tree.node + 1e-6;
		}
	}
	hk_dual_close(&leash.dual);
	hk_dual_mark_close(&leash.mark);
	hk_arena_release(&leash.arena);
	return proved;
}

static void tableau_never_proves_too_much(void **unused)
{
	int proved = 0, solved = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct hk_rng rng;
		glp_prob *problem;

		hk_rng_seed(&rng, seed);
		problem = program_random(&rng, COLUMNS, ROWS, 0.6);
		if (program_solve(problem)) {
			solved++;
			proved += compare(problem);
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	/* or nothing was looked at */
	assert_true(solved > CASES / 4);
	assert_true(proved > solved);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tableau_never_proves_too_much) };

	return cmocka_run_group_tests_name("place/glpk_penalty", tests, NULL, NULL);
}
