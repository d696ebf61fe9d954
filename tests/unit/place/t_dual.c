/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dual simplex method of search trees against GLPK: the same optimum after every change of bounds, nothing claimed that is not so,
 * and states that come back as they were.
 */
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

struct bench {
	struct hk_leash leash;
	struct hk_tree tree;
	struct hk_glpk_result result;
	struct hk_glpk_limits limits;
	int integers[COLUMNS_MOST];
	uint8_t trial[COLUMNS_MOST + ROWS_MOST];
};

static void open_bench(struct bench *bench, glp_prob *problem)
{
	*bench = (struct bench){ .leash = { .arena = HK_ARENA_INIT } };
	bench->tree = (struct hk_tree){ .leash = &bench->leash, .problem = problem, .integers = bench->integers };
	bench->tree.rows = glp_get_num_rows(problem);
	bench->tree.columns = glp_get_num_cols(problem);
	bench->tree.n_integers = bench->tree.columns;
	bench->tree.trial = bench->trial;
	bench->tree.best = INFINITY;
	bench->limits.deadline = INFINITY;
	bench->leash.limits = &bench->limits;
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

/* What was seen over all cases. */
struct seen { size_t optima, nothing, lost, above, cut_short, compared; };

/* Random programs that have an optimum, one after the other. Returns how many had none. */
static size_t over_cases(uint64_t first_seed, void (*look)(struct bench *bench, glp_prob *problem, struct seen *seen), struct seen *seen)
{
	size_t without = 0;

	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct bench bench;
		glp_prob *problem;

		hk_rng_seed(&rng, first_seed + seed);
		problem = random_problem();
		if (program_solve(problem)) {
			open_bench(&bench, problem);
			look(&bench, problem, seen);
			close_bench(&bench);
		} else {
			without++;
		}
		glp_delete_prob(problem);
	}
	glp_free_env();
	return without;
}

static void compare(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	double cost = program_least_cost(problem);
	enum hk_dual_end end = hk_dual_solve(&bench->leash.dual, INFINITY, 0);

	if (end == HK_DUAL_LOST) {
		seen->lost++;
		return;
	}
	assert_int_equal(end, isinf(cost) ? HK_DUAL_ABOVE : HK_DUAL_OPTIMAL);
	if (isinf(cost)) {
		seen->nothing++;
		return;
	}
	seen->optima++;
	assert_true(bench->leash.dual.objective <= cost + 1e-9 * (1 + fabs(cost)));
	assert_point(bench, cost);
}

static void change_and_compare(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	assert_true(bench->tree.own);
	for (int change = 0; change < CHANGES; change++) {
		change_bounds(bench);
		compare(bench, problem, seen);
	}
}

static void every_change_of_bounds_is_solved(void **unused)
{
	struct seen seen = { 0 };

	(void)unused;
	over_cases(0, change_and_compare, &seen);
	/* or nothing was looked at */
	assert_true(seen.optima > CASES);
	assert_true(seen.nothing > CASES);
	assert_true(seen.lost * 100 <= seen.optima);
}

static void start_from_rows(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	double cost = bench->leash.dual.objective;

	glp_std_basis(problem);
	bench->tree.own = false;
	assert_int_equal(hk_tree_relax_first(&bench->tree), HK_NODE_SOLVED);
	assert_true(bench->tree.own);
	assert_true(fabs(bench->tree.here - cost) <= 1e-8 * (1 + fabs(cost)));
	assert_point(bench, cost);
	glp_std_basis(problem);
	bench->tree.best = cost;
	bench->tree.own = false;
	seen->above += hk_tree_relax_first(&bench->tree) == HK_NODE_PRUNED;
}

/* Without a basis of columns: the same cost, and no more than the limit needs. */
static void first_relaxations_are_solved_too(void **unused)
{
	struct seen seen = { 0 };
	size_t without = over_cases(0, start_from_rows, &seen);

	(void)unused;
	assert_int_equal(seen.above + without, CASES);
}

static void reach_limits(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	struct hk_dual *dual = &bench->leash.dual;
	double cost;

	change_bounds(bench);
	change_bounds(bench);
	cost = program_least_cost(problem);
	if (isinf(cost)) {
		seen->above++;
		return;
	}
	hk_tree_mark(&bench->tree);
	seen->cut_short += hk_dual_solve(dual, INFINITY, 1) == HK_DUAL_SHORT;
	assert_true(dual->objective <= cost + 1e-9 * (1 + fabs(cost)));
	hk_tree_return(&bench->tree);
	assert_int_not_equal(hk_dual_solve(dual, cost + 0.01, 0), HK_DUAL_ABOVE);
	hk_tree_return(&bench->tree);
	seen->above += hk_dual_solve(dual, cost - 0.01, 0) == HK_DUAL_ABOVE;
}

/* A limit just below the optimum is reached, one just above is not; a few steps prove no more than what is so. */
static void limits_are_neither_early_nor_late(void **unused)
{
	struct seen seen = { 0 };
	size_t without = over_cases(1000, reach_limits, &seen);

	(void)unused;
	assert_int_equal(seen.above + without, CASES);
	assert_true(seen.cut_short > CASES / 20);
}

static void go_and_come_back(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	uint8_t basis[COLUMNS_MOST + ROWS_MOST];
	struct hk_dual *dual = &bench->leash.dual;
	double cost = dual->objective;

	(void)problem;
	hk_tree_save(&bench->tree, basis);
	hk_tree_mark(&bench->tree);
	for (int j = 0; j < bench->tree.columns; j += 3) {
		double lower = bench->tree.lower[j], upper = bench->tree.upper[j];

		hk_tree_set_bounds(&bench->tree, j, upper, upper);
		(void)hk_dual_solve(dual, INFINITY, 0);
		hk_tree_set_bounds(&bench->tree, j, lower, upper);
		if (j % 2)
			hk_tree_restore(&bench->tree, basis);
		else
			hk_tree_return(&bench->tree);
		assert_int_equal(hk_dual_solve(dual, INFINITY, 0), HK_DUAL_OPTIMAL);
		assert_true(fabs(dual->objective - cost) <= 1e-8 * (1 + fabs(cost)));
		assert_point(bench, cost);
		seen->compared++;
	}
}

/* From a basis that was saved, and from a mark: the same cost as before. */
static void states_come_back(void **unused)
{
	struct seen seen = { 0 };

	(void)unused;
	over_cases(2000, go_and_come_back, &seen);
	assert_true(seen.compared > CASES);
}

static void lose_and_find(struct bench *bench, glp_prob *problem, struct seen *seen)
{
	struct hk_dual *dual = &bench->leash.dual;
	double cost = dual->objective;

	(void)problem;
	hk_tree_mark(&bench->tree);
	dual->basis[0] = dual->basis[1];
	dual->factored = false;
	seen->lost += hk_dual_solve(dual, INFINITY, 0) == HK_DUAL_LOST;
	assert_int_equal(hk_tree_relax(&bench->tree, 0), HK_NODE_SOLVED);
	assert_true(fabs(bench->tree.here - cost) <= 1e-8 * (1 + fabs(cost)));
	assert_true(bench->tree.own);
	hk_tree_return(&bench->tree);
	assert_int_equal(hk_dual_solve(dual, INFINITY, 0), HK_DUAL_OPTIMAL);
	assert_true(fabs(dual->objective - cost) <= 1e-8 * (1 + fabs(cost)));
}

/* A basis that is none: GLPK finds the same optimum, the way back leads to the state before, and the own method takes over again. */
static void lost_numbers_are_found_again(void **unused)
{
	struct seen seen = { 0 };

	(void)unused;
	over_cases(2000, lose_and_find, &seen);
	assert_true(seen.lost > CASES / 4);
}

enum { SIDE = 25 };

/* A basis of a random matrix; what is solved with its factors is multiplied again. */
struct system { uint32_t first[SIDE + 1], row[SIDE * SIDE], basis[SIDE]; double value[SIDE * SIDE]; struct hk_factor factor; };

static void open_system(struct system *system)
{
	*system = (struct system){ 0 };
	for (uint32_t j = 0; j < SIDE; j++) {
		system->first[j + 1] = system->first[j];
		for (uint32_t i = 0; i < SIDE; i++)
			if (draw(0, 1) < 0.3) {
				system->row[system->first[j + 1]] = i;
				system->value[system->first[j + 1]++] = draw(0, 1) < 0.5 ? 1 : draw(-3, 3);
			}
		system->basis[j] = draw(0, 1) < 0.4 ? SIDE + j : j;
	}
	hk_factor_open(&system->factor, SIDE);
}

static bool make(struct system *system)
{
	return hk_factor_make(&system->factor, &(struct hk_columns){ system->first, system->row, system->value }, SIDE, system->basis);
}

/* Of a column, or from SIDE on minus the unit column of a row, with y by rows. */
static double times(const struct system *system, uint32_t column, const double *y)
{
	double sum = column >= SIDE ? -y[column - SIDE] : 0;

	for (uint32_t k = column < SIDE ? system->first[column] : 0; column < SIDE && k < system->first[column + 1]; k++)
		sum += system->value[k] * y[system->row[k]];
	return sum;
}

static void put_column(const struct system *system, uint32_t column, double by, double *v)
{
	if (column >= SIDE)
		hk_factor_add(&system->factor, v, column - SIDE, -by);
	for (uint32_t k = column < SIDE ? system->first[column] : 0; column < SIDE && k < system->first[column + 1]; k++)
		hk_factor_add(&system->factor, v, system->row[k], by * system->value[k]);
}

static void assert_transposed(const struct system *system, const double *v, const double *right)
{
	double y[SIDE];

	for (uint32_t t = 0; t < SIDE; t++)
		y[system->factor.row[t]] = v[t] * hk_factor_sign(&system->factor, t);
	for (uint32_t p = 0; p < SIDE; p++)
		assert_true(fabs(times(system, system->basis[p], y) - right[p]) < 1e-6);
}

static void assert_solves(struct system *system)
{
	double right[SIDE], row[SIDE], v[SIDE + HK_FACTOR_UPDATES_MAX] = { 0 };
	uint32_t list[SIDE], n_listed;

	for (uint32_t p = 0; p < SIDE; p++) {
		right[p] = draw(-5, 5);
		put_column(system, system->basis[p], right[p], v);
	}
	hk_factor_solve(&system->factor, v);
	for (uint32_t p = 0; p < SIDE; p++)
		assert_true(fabs(v[p] - right[p]) < 1e-6);
	memcpy(v, right, sizeof right);
	hk_factor_solve_transposed(&system->factor, v);
	assert_transposed(system, v, right);
	for (uint32_t p = 0; p < SIDE; p++) {
		memset(right, 0, sizeof right);
		right[p] = 1;
		memset(row, 0, sizeof row);
		n_listed = hk_factor_solve_row(&system->factor, p, v, list);
		for (uint32_t k = 0; k < n_listed; k++)
			row[list[k]] = v[list[k]];
		for (uint32_t t = 0; t < SIDE; t++)
			assert_true(row[t] == v[t]);
		assert_transposed(system, v, right);
	}
}

/* Another column at a place where it may stand. */
static bool replace(struct system *system)
{
	uint32_t column = (uint32_t)hk_rng_below(&rng, 2 * SIDE), position = SIDE, list[SIDE];
	double v[SIDE + HK_FACTOR_UPDATES_MAX] = { 0 }, row[SIDE + HK_FACTOR_UPDATES_MAX], most = 1e-3;

	for (uint32_t p = 0; p < SIDE; p++)
		if (system->basis[p] == column)
			return false;
	put_column(system, column, 1, v);
	hk_factor_solve_entering(&system->factor, v);
	for (uint32_t p = 0; p < SIDE; p++)
		most = fmax(most, fabs(v[p]));
	for (uint32_t p = 0; p < SIDE; p++)
		if (fabs(v[p]) > 0.3 * most && (position == SIDE || draw(0, 1) < 0.3))
			position = p;
	if (position == SIDE)
		return false;
	hk_factor_solve_row(&system->factor, position, row, list);
	assert_true(hk_factor_update(&system->factor, position, v[position]));
	system->basis[position] = column;
	return true;
}

/* Columns and rows, multiplied by what they were solved to; after columns were replaced, and after some of that was taken back. */
static void factors_solve_what_they_are_factors_of(void **unused)
{
	uint32_t singular = 0, replaced = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		uint32_t made[SIDE], before[SIDE], n_before = 0;
		struct system system;

		hk_rng_seed(&rng, 3000 + seed);
		open_system(&system);
		if (make(&system)) {
			assert_solves(&system);
			memcpy(made, system.basis, sizeof made);
			for (uint32_t change = 0; change < HK_FACTOR_UPDATES_MAX; change++) {
				replaced += replace(&system);
				if (change == HK_FACTOR_UPDATES_MAX / 3) {
					n_before = system.factor.n_updates;
					memcpy(before, system.basis, sizeof before);
				}
				if (change % 10 == 0)
					assert_solves(&system);
			}
			assert_solves(&system);
			hk_factor_cut_back(&system.factor, n_before);
			memcpy(system.basis, before, sizeof before);
			assert_solves(&system);
			hk_factor_cut_back(&system.factor, 0);
			memcpy(system.basis, made, sizeof made);
			for (uint32_t change = 0; change < HK_FACTOR_UPDATES_MAX; change++)
				replaced += replace(&system);
			assert_solves(&system);
		} else {
			singular++;
		}
		hk_factor_close(&system.factor);
	}
	assert_true(singular > 0);
	assert_true(singular < CASES);
	assert_true(replaced > 20 * CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_of_bounds_is_solved),
		cmocka_unit_test(first_relaxations_are_solved_too),
		cmocka_unit_test(limits_are_neither_early_nor_late),
		cmocka_unit_test(states_come_back),
		cmocka_unit_test(lost_numbers_are_found_again),
		cmocka_unit_test(factors_solve_what_they_are_factors_of),
	};

	return cmocka_run_group_tests_name("place/dual", tests, NULL, NULL);
}
