/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row of the tableau proves about both sides of an integer is never more than what the relaxation of that side costs. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk_tree.h"

#include <math.h>

enum { COLUMNS = 12, ROWS = 8, CASES = 300 };

static struct hk_rng rng;

static double draw(double least, double most)
{
	return least + (most - least) * hk_rng_unit(&rng);
}

static void random_rows(glp_prob *problem)
{
	int index[COLUMNS + 1];
	double value[COLUMNS + 1];

	for (int i = 1; i <= ROWS; i++) {
		int n = 0;

		for (int j = 1; j <= COLUMNS; j++)
			if (draw(0, 1) < 0.6) {
				index[++n] = j;
				value[n] = floor(draw(-3, 6));
			}
		glp_set_mat_row(problem, i, n, index, value);
		if (i % 4 == 0)
			glp_set_row_bnds(problem, i, GLP_DB, floor(draw(0, 4)), floor(draw(8, 20)));
		else
			glp_set_row_bnds(problem, i, i % 2 ? GLP_UP : GLP_LO, floor(draw(2, 9)), floor(draw(5, 15)));
	}
}

static glp_prob *random_problem(void)
{
	glp_prob *problem = glp_create_prob();

	glp_add_cols(problem, COLUMNS);
	glp_add_rows(problem, ROWS);
	for (int j = 1; j <= COLUMNS; j++) {
		glp_set_obj_coef(problem, j, draw(-2, 5));
		glp_set_col_bnds(problem, j, GLP_DB, 0, 1 + floor(draw(0, 5)));
	}
	random_rows(problem);
	return problem;
}

static bool optimal(glp_prob *problem)
{
	glp_smcp parameters;

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	return glp_simplex(problem, &parameters) == 0 && glp_get_status(problem) == GLP_OPT;
}

/* Cost of the relaxation with the column on one side of its value; INFINITY when there is none. */
static double cost_of_side(glp_prob *problem, int column, double value, int side)
{
	glp_prob *copy = glp_create_prob();
	double lower = side == 0 ? glp_get_col_lb(problem, column) : ceil(value), upper = side == 0 ? floor(value) : glp_get_col_ub(problem, column), cost;

	glp_copy_prob(copy, problem, GLP_OFF);
	glp_set_col_bnds(copy, column, lower < upper ? GLP_DB : GLP_FX, lower, upper);
	glp_std_basis(copy);
	cost = optimal(copy) ? glp_get_obj_val(copy) : INFINITY;
	glp_delete_prob(copy);
	return cost;
}

/* How many sides were proved to cost more than the relaxation does. */
static int compare(glp_prob *problem)
{
	int integers[COLUMNS], proved = 0;
	struct hk_leash leash = { .arena = HK_ARENA_INIT };
	struct hk_tree tree = { .leash = &leash, .problem = problem, .rows = ROWS, .columns = COLUMNS, .integers = integers, .n_integers = COLUMNS, .node = glp_get_obj_val(problem) };

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
		glp_prob *problem;

		hk_rng_seed(&rng, seed);
		problem = random_problem();
		if (optimal(problem)) {
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
