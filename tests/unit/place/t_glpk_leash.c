/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every way the library is known to misbehave, provoked: it must end in a clean error or a marked answer, print nothing, and leave the next call and other
 * threads alone.
 */
#include "place/glpk.h"

#include "base/rng.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct hk_glpk_limits no_limits = { .deadline = INFINITY, .cutoff = INFINITY };

/* Cover 40 at least cost with steps of 7, 11 and 13: 13 + 13 + 7 + 7. */
static void small(struct hk_milp *milp)
{
	static const double steps[] = { 7, 11, 13 }, costs[] = { 7, 12, 13 };

	*milp = (struct hk_milp){ 0 };
	for (uint32_t j = 0; j < 3; j++)
		hk_milp_integer(milp, (struct hk_milp_name){ .kind = "x", .pipeline = "shop" }, 0, 9, costs[j], 1);
	hk_milp_row(milp, (struct hk_milp_name){ .kind = "cover", .pipeline = "shop" }, HK_MILP_GE, 40);
	for (uint32_t j = 0; j < 3; j++)
		hk_milp_term(milp, j, steps[j]);
}

/* Equal sums of random numbers: no search ends soon, and relaxations say nothing (Cornuejols and Dawande, A class of hard small 0-1 programs, 1998). */
static void hard(struct hk_milp *milp, uint64_t seed)
{
	enum { ROWS = 5, COLUMNS = 40 };
	struct hk_rng rng;

	*milp = (struct hk_milp){ 0 };
	hk_rng_seed(&rng, seed);
	for (uint32_t j = 0; j < COLUMNS; j++)
		hk_milp_integer(milp, (struct hk_milp_name){ .kind = "take" }, 0, 1, 0, 1);
	for (uint32_t i = 0; i < ROWS; i++) {
		uint32_t over = hk_milp_column(milp, (struct hk_milp_name){ .kind = "over" }, 0, INFINITY, 1),
			 under = hk_milp_column(milp, (struct hk_milp_name){ .kind = "under" }, 0, INFINITY, 1);
		double weights[COLUMNS], sum = 0;

		for (uint32_t j = 0; j < COLUMNS; j++)
			sum += weights[j] = (double)hk_rng_below(&rng, 100);
		hk_milp_row(milp, (struct hk_milp_name){ .kind = "half" }, HK_MILP_EQ, floor(sum / 2));
		for (uint32_t j = 0; j < COLUMNS; j++)
			hk_milp_term(milp, j, weights[j]);
		hk_milp_term(milp, over, 1);
		hk_milp_term(milp, under, -1);
	}
}

static void solve(const struct hk_milp *milp, const struct hk_glpk_limits *limits, struct hk_glpk_result *result)
{
	struct hk_err err = HK_ERR_INIT;
	double point[64];

	if (hk_glpk_solve(milp, limits, result, point, &err) != 0)
		fail_msg("%s", err.message);
}

static void the_next_call_works(void)
{
	struct hk_milp milp;
	struct hk_glpk_result result;

	small(&milp);
	solve(&milp, &no_limits, &result);
	assert_int_equal(result.status, HK_GLPK_OPTIMAL);
	assert_true(fabs(result.objective - 40) < 1e-9 && fabs(result.bound - 40) < 1e-6);
	hk_milp_release(&milp);
}

/* The call fails; the message has the words. */
static void must_fail(const struct hk_milp *milp, const char *words)
{
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[64];

	assert_int_equal(hk_glpk_solve(milp, &no_limits, &result, point, &err), -1);
	assert_int_equal(err.status, HK_FAILED);
	if (!strstr(err.message, words))
		fail_msg("'%s' instead of something about '%s'", err.message, words);
	hk_err_release(&err);
}

/* GLPK's own answer to a bad call is abort(). */
static void bad_calls(void)
{
	struct hk_milp milp;

	small(&milp);
	milp.terms.v[1].column = 7;
	must_fail(&milp, "gave up");
	milp.terms.v[1].column = 0;        /* the same column twice */
	must_fail(&milp, "gave up");
	hk_milp_release(&milp);
}

static void bad_calls_are_errors(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		bad_calls();
		the_next_call_works();
	}
}

static void numbers_that_are_none_are_errors(void **state)
{
	static const double wrong[] = { NAN, INFINITY, -INFINITY };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct hk_milp milp;

		small(&milp);
		milp.columns.v[1].cost = wrong[k];
		must_fail(&milp, "x");
		milp.columns.v[1].cost = 1;
		milp.columns.v[1].lower = wrong[k];
		must_fail(&milp, "x");
		milp.columns.v[1].lower = 0;
		milp.columns.v[1].upper = wrong[k];
		must_fail(&milp, "x");             /* counts have an end, so infinity is wrong too */
		milp.columns.v[1].upper = 9;
		milp.rows.v[0].rhs = wrong[k];
		must_fail(&milp, "cover");
		milp.rows.v[0].rhs = 40;
		milp.terms.v[2].value = wrong[k];
		must_fail(&milp, "cover");
		hk_milp_release(&milp);
		the_next_call_works();
	}
}

/* GLPK calls this a bad bound; whoever asks must hear of whom. */
static void crossed_bounds_are_named(void **state)
{
	struct hk_milp milp;

	(void)state;
	small(&milp);
	milp.columns.v[2].lower = 5;
	milp.columns.v[2].upper = 4;
	must_fail(&milp, "x");
	hk_milp_release(&milp);
	the_next_call_works();
}

static void rows_without_columns_are_looked_at(void **state)
{
	static const struct { enum hk_milp_sense sense; double rhs; bool holds; } cases[] = {
		{ HK_MILP_EQ, 0, true }, { HK_MILP_EQ, 1, false }, { HK_MILP_EQ, -1, false }, { HK_MILP_LE, 1, true }, { HK_MILP_LE, -1, false },
		{ HK_MILP_GE, -1, true },
		{ HK_MILP_GE, 1, false },
	};

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct hk_milp milp = { 0 };
		struct hk_glpk_result result;

		solve(&milp, &no_limits, &result);
		assert_int_equal(result.status, HK_GLPK_OPTIMAL);
		hk_milp_row(&milp, (struct hk_milp_name){ .kind = "empty" }, cases[k].sense, cases[k].rhs);
		solve(&milp, &no_limits, &result);
		assert_int_equal(result.status, cases[k].holds ? HK_GLPK_OPTIMAL : HK_GLPK_INFEASIBLE);
		hk_milp_release(&milp);
	}
}

/* What a stopped search says must be true: the optimum is between bound and objective. */
static void check_stopped(const struct hk_glpk_result *result)
{
	assert_true(result->hit_limit);
	assert_true(result->status == HK_GLPK_FEASIBLE || result->status == HK_GLPK_NOTHING);
	/* costs are not negative, so zero is proved before the first node */
	assert_true(result->bound > -1e-6 && isfinite(result->bound));
	if (result->status == HK_GLPK_FEASIBLE)
		assert_true(result->bound <= result->objective + 1e-9);
}

static void time_limits_are_not_late(void **state)
{
	struct hk_milp milp;
	struct hk_glpk_result result;
	struct hk_glpk_limits limits = no_limits;

	(void)state;
	hard(&milp, 3);                                /* without the limit it is hours: the run would be ended */
	limits.deadline = hk_glpk_clock() + 0.05;
	solve(&milp, &limits, &result);
	check_stopped(&result);
	assert_false(result.interrupted);
	hk_milp_release(&milp);
	the_next_call_works();
}

static volatile int told;

static void *tell_later(void *unused)
{
	struct timespec moment = { 0, 50000000 };

	nanosleep(&moment, NULL);
	told = 1;
	return unused;
}

static void interrupts_are_heard(void **state)
{
	struct hk_milp milp;
	struct hk_glpk_result result;
	struct hk_glpk_limits limits = no_limits;
	pthread_t other;

	(void)state;
	hard(&milp, 4);
	limits.interrupt = &told;
	told = 1;
	solve(&milp, &limits, &result);
	check_stopped(&result);
	assert_true(result.interrupted);
	told = 0;
	assert_int_equal(pthread_create(&other, NULL, tell_later, NULL), 0);
	solve(&milp, &limits, &result);
	pthread_join(other, NULL);
	check_stopped(&result);
	assert_true(result.interrupted && result.nodes > 0);
	hk_milp_release(&milp);
	the_next_call_works();
}

static void node_limits_stop_at_the_same_place(void **state)
{
	struct hk_milp milp;
	struct hk_glpk_limits limits = no_limits;

	(void)state;
	hard(&milp, 5);
	for (limits.nodes = 1; limits.nodes <= 64; limits.nodes *= 4) {
		struct hk_glpk_result one, two;

		solve(&milp, &limits, &one);
		solve(&milp, &limits, &two);
		check_stopped(&one);
		assert_true(one.nodes <= limits.nodes + 1);
		assert_memory_equal(&one.objective, &two.objective, sizeof one.objective);
		assert_memory_equal(&one.bound, &two.bound, sizeof one.bound);
		assert_int_equal(one.nodes, two.nodes);
	}
	hk_milp_release(&milp);
}

/* Errors of GLPK are printed even when its terminal is off. */
static void nothing_is_printed(void **state)
{
	FILE *kept = tmpfile();
	struct hk_milp milp;
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result result;
	int out, error;
	long length;

	(void)state;
	assert_non_null(kept);
	fflush(stdout);
	fflush(stderr);
	out = dup(STDOUT_FILENO);
	error = dup(STDERR_FILENO);
	dup2(fileno(kept), STDOUT_FILENO);
	dup2(fileno(kept), STDERR_FILENO);
	bad_calls();
	the_next_call_works();
	hard(&milp, 6);
	limits.nodes = 20;
	solve(&milp, &limits, &result);
	hk_milp_release(&milp);
	fflush(stdout);
	fflush(stderr);
	dup2(out, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	close(out);
	close(error);
	length = lseek(fileno(kept), 0, SEEK_END);
	fclose(kept);
	assert_int_equal(length, 0);
}

struct worker { uint64_t seed; bool faults; double objective[4], bound[4]; };

/* Own problems; one thread gets errors in between, which must not take the other one's environment along. */
static void *work(void *closure)
{
	struct worker *worker = closure;

	for (uint64_t k = 0; k < 4; k++) {
		struct hk_milp milp, bad;
		struct hk_glpk_limits limits = no_limits;
		struct hk_glpk_result result = { .status = HK_GLPK_NOTHING };
		struct hk_err err = HK_ERR_INIT;
		double point[64];

		if (worker->faults) {
			small(&bad);
			bad.terms.v[0].column = 9;
			(void)hk_glpk_solve(&bad, &no_limits, &result, point, &err);
			hk_err_release(&err);
			hk_milp_release(&bad);
		}
		hard(&milp, worker->seed + k);
		limits.nodes = 150;
		if (hk_glpk_solve(&milp, &limits, &result, point, &err) != 0)
			result.objective = NAN;
		worker->objective[k] = result.objective;
		worker->bound[k] = result.bound;
		hk_err_release(&err);
		hk_milp_release(&milp);
	}
	return NULL;
}

static void threads_do_not_meet(void **state)
{
	struct worker alone[2] = { { .seed = 20 }, { .seed = 30, .faults = true } }, both[2] = { { .seed = 20 }, { .seed = 30, .faults = true } };
	pthread_t threads[2];

	(void)state;
	for (int t = 0; t < 2; t++)
		work(&alone[t]);
	for (int t = 0; t < 2; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, work, &both[t]), 0);
	for (int t = 0; t < 2; t++)
		pthread_join(threads[t], NULL);
	for (int t = 0; t < 2; t++)
		for (int k = 0; k < 4; k++) {
			assert_true(alone[t].objective[k] >= 0);
			assert_true(alone[t].objective[k] == both[t].objective[k]);
			assert_true(alone[t].bound[k] == both[t].bound[k]);
		}
	the_next_call_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_calls_are_errors),
		cmocka_unit_test(numbers_that_are_none_are_errors),
		cmocka_unit_test(crossed_bounds_are_named),
		cmocka_unit_test(rows_without_columns_are_looked_at),
		cmocka_unit_test(time_limits_are_not_late),
		cmocka_unit_test(interrupts_are_heard),
		cmocka_unit_test(node_limits_stop_at_the_same_place),
		cmocka_unit_test(nothing_is_printed),
		cmocka_unit_test(threads_do_not_meet),
	};

	return cmocka_run_group_tests_name("place/glpk leash", tests, NULL, NULL);
}
