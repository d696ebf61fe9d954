/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dual simplex method of search trees against GLPK: the same optimum after every change of bounds, nothing claimed that is not so, and states that come back as they were. */
#include "../test.h"
#include "program.h"

#include "place/glpk_tree.h"

#include <math.h>

enum { COLUMNS_MOST = PROGRAM_COLUMNS_MOST, ROWS_MOST = 30, CASES = 120, CHANGES = 25 };

static struct hk_rng rng;

static double draw(double least, double most)
{
	return program_draw(&rng, least, most);
}

static glp_prob *random_problem(void)
{
	int columns = 5 + (int)hk_rng_below(&rng, COLUMNS_MOST - 4);

	return program_random(&rng, columns, 2 + (int)hk_rng_below(&rng, ROWS_MOST - 1), 0.25);
}

struct bench { struct hk_leash leash; struct hk_tree tree; struct hk_glpk_result result; int integers[COLUMNS_MOST]; uint8_t trial[COLUMNS_MOST + ROWS_MOST]; };

static void open_bench(struct bench *bench, glp_prob *problem)
{
	*bench = (struct bench){ .leash = { .arena = HK_ARENA_INIT } };
	bench->tree = (struct hk_tree){ .leash = &bench->leash, .problem = problem, .rows = glp_get_num_rows(problem), .columns = glp_get_num_cols(problem), .integers = bench->integers };
	bench->tree.n_integers = bench->tree.columns;
	bench->tree.trial = bench->trial;
	bench->tree.best = INFINITY;
	bench->leash.result = &bench->result;
	bench->tree.lower = hk_arena_array(&bench->leash.arena, COLUMNS_MOST, sizeof(double));
	bench->tree.upper = hk_arena_array(&bench->leash.arena, COLUMNS_MOST, sizeof(double));
	for (int j = 0; j < bench->tree.columns; j++) {
		bench->integers[j] = j + 1;
		bench->tree.upper[j] = glp_get_col_ub(problem, j + 1);
	}
	hk_tree_open_own(&bench->tree);
}

static void close_bench(struct bench *bench)
{
	hk_dual_close(&bench->leash.dual);
	hk_dual_mark_close(&bench->leash.mark);
	hk_arena_release(&bench->leash.arena);
}

static void change_bounds(struct bench *bench)
{
	int j = (int)hk_rng_below(&rng, (uint64_t)bench->tree.columns);
	double lower = floor(draw(0, 4)), upper = lower + floor(draw(0, 4));

	hk_tree_set_bounds(&bench->tree, j, lower, upper);
}

/* The values keep rows and bounds, and cost what is said. */
static void assert_point(const struct bench *bench, double cost)
{
	const struct hk_dual *dual = &bench->leash.dual;
	double sum = 0;

	for (uint32_t j = 0; j < dual->columns + dual->rows; j++) {
		assert_true(dual->x[j] >= dual->lower[j] - 1e-7);
		assert_true(dual->x[j] <= dual->upper[j] + 1e-7);
	}
	for (uint32_t i = 0; i < dual->rows; i++) {
		double row = 0;

		for (uint32_t k = dual->row_first[i]; k < dual->row_first[i + 1]; k++)
			row += dual->row_value[k] * dual->x[dual->column[k]];
		assert_true(fabs(row - dual->x[dual->columns + i]) <= 1e-7);
	}
	for (uint32_t j = 0; j < dual->columns; j++)
		sum += dual->cost[j] * dual->x[j];
	assert_true(fabs(sum - cost) <= 1e-6 * (1 + fabs(cost)));
}

static void compare(struct bench *bench, glp_prob *problem, size_t *optima, size_t *nothing, size_t *lost)
{
	double cost = program_least_cost(problem);
	enum hk_dual_end end = hk_dual_solve(&bench->leash.dual, INFINITY, 0);

	if (end == HK_DUAL_LOST) {
		++*lost;
		return;
	}
	assert_int_equal(end, isinf(cost) ? HK_DUAL_ABOVE : HK_DUAL_OPTIMAL);
	if (isinf(cost)) {
		++*nothing;
		return;
	}
	++*optima;
	assert_true(bench->leash.dual.objective <= cost + 1e-9 * (1 + fabs(cost)));
	assert_point(bench, cost);
}

static void every_change_of_bounds_is_solved(void **unused)
{
	size_t optima = 0, nothing = 0, lost = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct bench bench;
		glp_prob *problem;

		hk_rng_seed(&rng, seed);
		problem = random_problem();
		if (program_solve(problem)) {
			open_bench(&bench, problem);
			assert_true(bench.tree.own);
			for (int change = 0; change < CHANGES; change++) {
				change_bounds(&bench);
				compare(&bench, problem, &optima, &nothing, &lost);
			}
			close_bench(&bench);
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	/* or nothing was looked at */
	assert_true(optima > CASES);
	assert_true(nothing > CASES);
	assert_true(lost * 100 <= optima);
}

/* A limit just below the optimum is reached, one just above is not; a few steps prove no more than what is so. */
static void limits_are_neither_early_nor_late(void **unused)
{
	size_t above = 0, cut_short = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct bench bench;
		glp_prob *problem;
		double cost;

		hk_rng_seed(&rng, 1000 + seed);
		problem = random_problem();
		if (program_solve(problem)) {
			open_bench(&bench, problem);
			change_bounds(&bench);
			change_bounds(&bench);
			cost = program_least_cost(problem);
			if (isfinite(cost)) {
				hk_tree_mark(&bench.tree);
				if (hk_dual_solve(&bench.leash.dual, INFINITY, 1) == HK_DUAL_SHORT)
					cut_short++;
				assert_true(bench.leash.dual.objective <= cost + 1e-9 * (1 + fabs(cost)));
				hk_tree_return(&bench.tree);
				assert_int_not_equal(hk_dual_solve(&bench.leash.dual, cost + 0.01, 0), HK_DUAL_ABOVE);
				hk_tree_return(&bench.tree);
				above += hk_dual_solve(&bench.leash.dual, cost - 0.01, 0) == HK_DUAL_ABOVE;
			} else {
				above++;
			}
			close_bench(&bench);
		} else {
			above++;
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	assert_int_equal(above, CASES);
	assert_true(cut_short > CASES / 20);
}

/* From a basis that was saved, and from a mark: the same cost as before. */
static void states_come_back(void **unused)
{
	size_t compared = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		uint8_t basis[COLUMNS_MOST + ROWS_MOST];
		struct bench bench;
		glp_prob *problem;
		double cost;

		hk_rng_seed(&rng, 2000 + seed);
		problem = random_problem();
		if (program_solve(problem)) {
			open_bench(&bench, problem);
			cost = bench.leash.dual.objective;
			hk_tree_save(&bench.tree, basis);
			hk_tree_mark(&bench.tree);
			for (int j = 0; j < bench.tree.columns; j += 3) {
				double lower = bench.tree.lower[j], upper = bench.tree.upper[j];

				hk_tree_set_bounds(&bench.tree, j, upper, upper);
				(void)hk_dual_solve(&bench.leash.dual, INFINITY, 0);
				hk_tree_set_bounds(&bench.tree, j, lower, upper);
				if (j % 2)
					hk_tree_restore(&bench.tree, basis);
				else
					hk_tree_return(&bench.tree);
				assert_int_equal(hk_dual_solve(&bench.leash.dual, INFINITY, 0), HK_DUAL_OPTIMAL);
				assert_true(fabs(bench.leash.dual.objective - cost) <= 1e-8 * (1 + fabs(cost)));
				compared++;
			}
			close_bench(&bench);
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	assert_true(compared > CASES);
}

/* A basis that is none: GLPK finds the same optimum, the way back leads to the state before, and the own method takes over again. */
static void lost_numbers_are_found_again(void **unused)
{
	size_t lost = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct bench bench;
		glp_prob *problem;
		double cost;

		hk_rng_seed(&rng, 2000 + seed);
		problem = random_problem();
		if (program_solve(problem)) {
			struct hk_dual *dual = &bench.leash.dual;

			open_bench(&bench, problem);
			cost = dual->objective;
			hk_tree_mark(&bench.tree);
			dual->basis[0] = dual->basis[1];
			dual->factored = false;
			lost += hk_dual_solve(dual, INFINITY, 0) == HK_DUAL_LOST;
			assert_int_equal(hk_tree_relax(&bench.tree, 0), HK_NODE_SOLVED);
			assert_true(fabs(bench.tree.here - cost) <= 1e-8 * (1 + fabs(cost)));
			assert_true(bench.tree.own);
			hk_tree_return(&bench.tree);
			assert_int_equal(hk_dual_solve(dual, INFINITY, 0), HK_DUAL_OPTIMAL);
			assert_true(fabs(dual->objective - cost) <= 1e-8 * (1 + fabs(cost)));
			close_bench(&bench);
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	assert_true(lost > CASES / 4);
}

/* Rows, columns and their products with what was solved. */
static void factors_solve_what_they_are_factors_of(void **unused)
{
	enum { N = 25 };
	uint32_t singular = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		uint32_t first[N + 1] = { 0 }, row[N * N], basis[N];
		double value[N * N], right[N], v[N], y[N], sum[N] = { 0 };
		struct hk_columns columns = { first, row, value };
		struct hk_factor factor;

		hk_rng_seed(&rng, 3000 + seed);
		for (uint32_t j = 0; j < N; j++) {
			first[j + 1] = first[j];
			for (uint32_t i = 0; i < N; i++)
				if (draw(0, 1) < 0.12) {
					row[first[j + 1]] = i;
					value[first[j + 1]++] = draw(0, 1) < 0.5 ? 1 : draw(-3, 3);
				}
			basis[j] = draw(0, 1) < 0.4 ? N + j : j;
			right[j] = draw(-5, 5);
		}
		hk_factor_open(&factor, N);
		if (hk_factor_make(&factor, &columns, N, basis)) {
			memcpy(v, right, sizeof v);
			hk_factor_solve(&factor, v, y);
			for (uint32_t p = 0; p < N; p++) {
				if (basis[p] >= N)
					sum[basis[p] - N] -= y[p];
				for (uint32_t k = basis[p] < N ? first[basis[p]] : 0; basis[p] < N && k < first[basis[p] + 1]; k++)
					sum[row[k]] += value[k] * y[p];
			}
			for (uint32_t i = 0; i < N; i++)
				assert_true(fabs(sum[i] - right[i]) < 1e-6);
			memcpy(v, right, sizeof v);
			hk_factor_solve_transposed(&factor, v, y);
			for (uint32_t p = 0; p < N; p++) {
				double product = basis[p] >= N ? -y[basis[p] - N] : 0;

				for (uint32_t k = basis[p] < N ? first[basis[p]] : 0; basis[p] < N && k < first[basis[p] + 1]; k++)
					product += value[k] * y[row[k]];
				assert_true(fabs(product - right[p]) < 1e-6);
			}
		} else {
			singular++;
		}
		hk_factor_close(&factor);
	}
	assert_true(singular > 0);
	assert_true(singular < CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_change_of_bounds_is_solved), cmocka_unit_test(limits_are_neither_early_nor_late), cmocka_unit_test(states_come_back), cmocka_unit_test(lost_numbers_are_found_again),
					    cmocka_unit_test(factors_solve_what_they_are_factors_of) };

	return cmocka_run_group_tests_name("place/dual", tests, NULL, NULL);
}
