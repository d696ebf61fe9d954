/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/glpk.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct hk_glpk_limits no_limits = { .deadline = INFINITY, .cutoff = INFINITY };

/* Pack items into a knapsack: most value, as least negative value. */
static void knapsack(struct hk_milp *milp, struct hk_rng *rng, unsigned n, double *values, double *weights, double *room)
{
	*room = 0;
	for (unsigned i = 0; i < n; i++) {
		values[i] = 1 + (double)hk_rng_below(rng, 40);
		weights[i] = 1 + (double)hk_rng_below(rng, 40);
		*room += weights[i] / 2;
		hk_milp_integer(milp, (struct hk_milp_name){ .kind = "take" }, 0, 1, -values[i], 1);
	}
	hk_milp_row(milp, (struct hk_milp_name){ .kind = "room" }, HK_MILP_LE, *room);
	for (unsigned i = 0; i < n; i++)
		hk_milp_term(milp, i, weights[i]);
}

static double brute(unsigned n, const double *values, const double *weights, double room)
{
	double best = 0;

	for (unsigned set = 0; set < 1u << n; set++) {
		double value = 0, weight = 0;

		for (unsigned i = 0; i < n; i++)
			if (set >> i & 1) {
				value += values[i];
				weight += weights[i];
			}
		if (weight <= room && value > best)
			best = value;
	}
	return -best;
}

static void agrees_with_enumeration(void **state)
{
	struct hk_rng rng;

	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct hk_milp milp = { 0 };
		struct hk_glpk_result result;
		struct hk_err err = HK_ERR_INIT;
		double values[12], weights[12], point[12], room;

		hk_rng_seed(&rng, seed);
		knapsack(&milp, &rng, 12, values, weights, &room);
		assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), 0);
		assert_int_equal(result.status, HK_GLPK_OPTIMAL);
		if (fabs(result.objective - brute(12, values, weights, room)) > 1e-6)
			fail_msg("seed %llu: %g instead of %g", (unsigned long long)seed, result.objective, brute(12, values, weights, room));
		assert_true(hk_milp_violation(&milp, point) <= 1e-9);
		hk_milp_release(&milp);
	}
}

static void a_start_does_not_change_the_answer(void **state)
{
	struct hk_rng rng;
	struct hk_milp milp = { 0 };
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result with, without;
	struct hk_err err = HK_ERR_INIT;
	double values[14], weights[14], point[14], start[14] = { 1 }, room;

	(void)state;
	hk_rng_seed(&rng, 5);
	knapsack(&milp, &rng, 14, values, weights, &room);
	assert_int_equal(hk_glpk_solve(&milp, &limits, &without, point, &err), 0);
	limits.start = start;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &with, point, &err), 0);
	assert_true(with.objective == without.objective);
	limits.start = point;      /* the optimum itself */
	assert_int_equal(hk_glpk_solve(&milp, &limits, &with, start, &err), 0);
	assert_true(with.objective == without.objective);
	hk_milp_release(&milp);
}

static void infeasible_is_not_an_error(void **state)
{
	struct hk_milp milp = { 0 };
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[2];

	(void)state;
	hk_milp_integer(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 3, 1, 1);
	hk_milp_row(&milp, (struct hk_milp_name){ .kind = "r" }, HK_MILP_EQ, 1);
	hk_milp_term(&milp, 0, 2);
	assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_INFEASIBLE);      /* 2 x = 1 has no whole solution */
	hk_milp_row(&milp, (struct hk_milp_name){ .kind = "empty" }, HK_MILP_GE, 1);
	assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_INFEASIBLE);
	hk_milp_release(&milp);
}

static void not_a_number_is_an_error(void **state)
{
	struct hk_milp milp = { 0 };
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[1];

	(void)state;
	hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 3, NAN);
	assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), -1);
	assert_int_equal(err.status, HK_FAILED);
	hk_err_release(&err);
	hk_milp_release(&milp);
}

/* GLPK's own answer to this is abort(). */
static void lack_of_memory_is_an_error_and_the_next_call_works(void **state)
{
	struct hk_rng rng;
	struct hk_milp milp = { 0 };
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double *point = hk_calloc(20000, sizeof *point);

	(void)state;
	hk_rng_seed(&rng, 7);
	for (uint32_t j = 0; j < 20000; j++)
		hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 1, 1);
	for (uint32_t i = 0; i < 200; i++) {
		hk_milp_row(&milp, (struct hk_milp_name){ .kind = "r" }, HK_MILP_GE, 1);
		for (uint32_t k = 0; k < 20; k++)
			hk_milp_term(&milp, (uint32_t)hk_rng_below(&rng, 20000), 1);
	}
	limits.memory = 1 << 20;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), -1);
	assert_non_null(err.message);
	hk_err_release(&err);
	limits.memory = 0;
	limits.relaxed = true;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_OPTIMAL);
	hk_milp_release(&milp);
	hk_cleanup_free(&point);
}

static void limits_stop_the_search(void **state)
{
	struct hk_rng rng;
	struct hk_milp milp = { 0 };
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double values[60], weights[60], point[60], room;
	volatile int told = 1;

	(void)state;
	hk_rng_seed(&rng, 11);
	knapsack(&milp, &rng, 60, values, weights, &room);
	limits.interrupt = &told;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_true(result.interrupted);
	assert_true(result.hit_limit);
	assert_true(result.status == HK_GLPK_FEASIBLE || result.status == HK_GLPK_NOTHING);
	limits.interrupt = NULL;
	limits.deadline = hk_glpk_clock() - 1;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_true(result.hit_limit);
	hk_milp_release(&milp);
}

/* Every row needs a pivot of its own: more than are done between two looks at the limits. */
static void limits_stop_the_relaxation(void **state)
{
	enum { ROWS = 1500 };
	struct hk_rng rng;
	struct hk_milp milp = { 0 };
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double *point = hk_calloc(ROWS + 1, sizeof *point);
	volatile int told = 1;

	(void)state;
	hk_rng_seed(&rng, 13);
	hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 100, 1);
	for (uint32_t i = 0; i < ROWS; i++) {
		hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 100, 1 + (double)hk_rng_below(&rng, 9));
		hk_milp_row(&milp, (struct hk_milp_name){ .kind = "r" }, HK_MILP_GE, 1 + (double)hk_rng_below(&rng, 50));
		hk_milp_term(&milp, i, 1);
		hk_milp_term(&milp, i + 1, 1);
	}
	limits.relaxed = true;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_OPTIMAL);
	assert_true(result.iterations > 500);
	assert_true(hk_milp_violation(&milp, point) <= 1e-6);
	limits.iterations = 500;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_NOTHING);
	assert_true(result.hit_limit);
	limits.iterations = 0;
	limits.interrupt = &told;
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_NOTHING);
	assert_true(result.interrupted);
	hk_milp_release(&milp);
	hk_cleanup_free(&point);
}

/* 2 x + 3 y with x + y >= 4 and x at most 3: one more unit is a y. Costs may be as small as doubles go. */
static void prices_of_rows_come_in_the_units_of_the_costs(void **state)
{
	static const double units[] = { 1, 1e9, 1e-12, 1e-310 };
	struct hk_err err = HK_ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct hk_milp milp = { 0 };
		struct hk_glpk_limits limits = no_limits;
		struct hk_glpk_result result;
		double point[2], price[1];

		hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 3, 2 * units[i]);
		hk_milp_column(&milp, (struct hk_milp_name){ .kind = "y" }, 0, 9, 3 * units[i]);
		hk_milp_row(&milp, (struct hk_milp_name){ .kind = "r" }, HK_MILP_GE, 4);
		hk_milp_term(&milp, 0, 1);
		hk_milp_term(&milp, 1, 1);
		limits.relaxed = true;
		limits.duals = price;
		assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
		assert_int_equal(result.status, HK_GLPK_OPTIMAL);
		assert_true(fabs(point[0] - 3) < 1e-9 && fabs(point[1] - 1) < 1e-9);
		assert_true(fabs(price[0] / units[i] - 3) < 1e-6);
		hk_milp_release(&milp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_enumeration),
		cmocka_unit_test(a_start_does_not_change_the_answer),
		cmocka_unit_test(infeasible_is_not_an_error),
		cmocka_unit_test(not_a_number_is_an_error),
		cmocka_unit_test(lack_of_memory_is_an_error_and_the_next_call_works),
		cmocka_unit_test(limits_stop_the_search),
		cmocka_unit_test(limits_stop_the_relaxation),
		cmocka_unit_test(prices_of_rows_come_in_the_units_of_the_costs),
	};

	return cmocka_run_group_tests_name("place/glpk", tests, NULL, NULL);
}
