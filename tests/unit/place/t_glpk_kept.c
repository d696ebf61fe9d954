/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GLPK objects that stay alive: the same answers as fresh ones, and life after every fault of the library. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk_kept.h"

#include <glpk.h>
#include <math.h>
#include <string.h>

enum { ITEMS = 14, ROWS = 3 };

static const struct hk_glpk_limits no_limits = { .deadline = INFINITY, .cutoff = INFINITY };

/* Choose items so that every row gets enough: a covering problem. */
struct cover {
	struct hk_kept_model model;
	double lower[ITEMS], upper[ITEMS], rhs[ROWS], value[ITEMS * ROWS], cost[ITEMS];
	uint8_t priority[ITEMS], sense[ROWS];
	uint32_t first[ROWS + 1], column[ITEMS * ROWS];
};

static void draw_costs(struct cover *cover, struct hk_rng *rng)
{
	for (int j = 0; j < ITEMS; j++)
		cover->cost[j] = 1 + (double)hk_rng_below(rng, 50) / 7;
}

static void draw(struct cover *cover, struct hk_rng *rng)
{
	memset(cover, 0, sizeof *cover);
	cover->model = (struct hk_kept_model){ ITEMS, ROWS, cover->lower, cover->upper, cover->priority, cover->sense, cover->rhs, cover->first, cover->column,
					       cover->value };
	for (int j = 0; j < ITEMS; j++) {
		cover->upper[j] = 1;
		cover->priority[j] = 1;
	}
	for (uint32_t i = 0, k = 0; i < ROWS; i++) {
		double sum = 0;

		for (uint32_t j = 0; j < ITEMS; j++, k++) {
			cover->column[k] = j;
			cover->value[k] = 1 + (double)hk_rng_below(rng, 30);
			sum += cover->value[k];
		}
		cover->sense[i] = HK_MILP_GE;
		cover->rhs[i] = sum / 2.5;
		cover->first[i + 1] = k;
	}
	draw_costs(cover, rng);
}

static double brute(const struct cover *cover)
{
	double best = INFINITY;

	for (uint32_t set = 0; set < 1u << ITEMS; set++) {
		double cost = 0, got[ROWS] = { 0 };
		bool enough = true;

		for (uint32_t j = 0; j < ITEMS; j++) {
			if (!(set & 1u << j))
				continue;
			cost += cover->cost[j];
			for (uint32_t i = 0; i < ROWS; i++)
				got[i] += cover->value[cover->first[i] + j];
		}
		for (uint32_t i = 0; i < ROWS; i++)
			enough = enough && got[i] >= cover->rhs[i];
		best = enough && cost < best ? cost : best;
	}
	return best;
}

/* The relaxation: a point that holds, and a proved bound that meets it and that no choice of whole items goes below. */
static void check_optimum(struct hk_kept_problem *kept, const struct cover *cover)
{
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS], cost = 0;

	assert_int_equal(hk_kept_solve(kept, cover->cost, &no_limits, &result, point, &err), 0);
	assert_int_equal(result.status, HK_GLPK_OPTIMAL);
	for (uint32_t j = 0; j < ITEMS; j++) {
		assert_true(point[j] >= 0 && point[j] <= 1);
		cost += cover->cost[j] * point[j];
	}
	for (uint32_t i = 0; i < ROWS; i++) {
		double got = 0;

		for (uint32_t j = 0; j < ITEMS; j++)
			got += cover->value[cover->first[i] + j] * point[j];
		assert_true(got >= cover->rhs[i] * (1 - 1e-7));
	}
	assert_true(fabs(result.objective - cost) <= 1e-9);
	assert_true(result.bound <= cost && result.bound >= cost * (1 - 1e-7));
	assert_true(result.bound <= brute(cover));
}

static void many_costs_one_object(void **state)
{
	struct hk_rng rng;
	struct cover cover;
	struct hk_kept_problem kept;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		hk_rng_seed(&rng, seed);
		draw(&cover, &rng);
		hk_kept_open(&kept, &cover.model);
		kept.own_failed = seed % 2;
		for (int turn = 0; turn < 8; turn++) {
			check_optimum(&kept, &cover);
			draw_costs(&cover, &rng);
			/* given up in between: the basis is enough */
			if (turn == 4)
				hk_kept_drop(&kept);
		}
		assert_int_equal(kept.own_failed, seed % 2);
		hk_kept_close(&kept);
	}
	assert_int_equal(hk_glpk_this_thread()->kept, 0);
}

/* The second relaxation with the same costs has nothing to do. */
static void look_at_basis(bool glpk)
{
	struct hk_rng rng;
	struct cover cover;
	struct hk_kept_problem kept;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS], first;

	hk_rng_seed(&rng, 11);
	draw(&cover, &rng);
	hk_kept_open(&kept, &cover.model);
	kept.own_failed = glpk;
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &no_limits, &result, point, &err), 0);
	assert_true(result.iterations > 0);
	first = result.objective;
	assert_true(result.bound <= first && result.bound >= first - 1e-9);
	check_optimum(&kept, &cover);
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &no_limits, &result, point, &err), 0);
	assert_int_equal(result.iterations, 0);
	assert_true(fabs(result.objective - first) <= 1e-12);
	hk_kept_drop(&kept);
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &no_limits, &result, point, &err), 0);
	assert_int_equal(result.iterations, 0);
	hk_kept_close(&kept);
}

static void the_basis_stays(void **state)
{
	(void)state;
	look_at_basis(false);
	look_at_basis(true);
}

/* A model with more rows starts from the basis of the one without them, and ends where a fresh one does; another model starts from nothing. */
static void a_basis_grows_with_its_model(void **state)
{
	struct hk_rng rng;
	struct hk_glpk_limits limits = no_limits;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int turn = 0; turn < 20; turn++) {
		struct cover cover;
		struct hk_kept_model fewer;
		struct hk_kept_problem small, large, fresh;
		struct hk_glpk_result grown, plain;
		double point[ITEMS];

		draw(&cover, &rng);
		fewer = cover.model;
		fewer.n_rows = ROWS - 1;
		hk_kept_open(&small, &fewer);
		hk_kept_open(&large, &cover.model);
		hk_kept_open(&fresh, &cover.model);
		hk_kept_grow(&large, &small);
		assert_null(large.basis);
		assert_int_equal(hk_kept_solve(&small, cover.cost, &limits, &grown, point, NULL), 0);
		hk_kept_grow(&large, &small);
		assert_non_null(large.basis);
		assert_int_equal(hk_kept_solve(&large, cover.cost, &limits, &grown, point, NULL), 0);
		assert_int_equal(hk_kept_solve(&fresh, cover.cost, &limits, &plain, point, NULL), 0);
		assert_int_equal(grown.status, plain.status);
		assert_float_equal(grown.objective, plain.objective, 1e-7);
		hk_kept_grow(&small, &large);
		hk_kept_close(&small);
		hk_kept_open(&small, &fewer);
		hk_kept_grow(&small, &large);
		assert_null(small.basis);
		hk_kept_close(&large);
		hk_kept_close(&fresh);
		hk_kept_close(&small);
	}
}

/* Any prices of rows prove a bound; wrong signs prove what 0 proves. */
static void prices_prove_a_bound(void **state)
{
	struct hk_rng rng;
	struct cover cover;
	double best;

	(void)state;
	hk_rng_seed(&rng, 21);
	draw(&cover, &rng);
	best = brute(&cover);
	for (int turn = 0; turn < 200; turn++) {
		double duals[ROWS];

		for (int i = 0; i < ROWS; i++)
			duals[i] = (double)hk_rng_below(&rng, 1000) / 3000 - 0.1;
		assert_true(hk_kept_bound(&cover.model, cover.cost, duals) <= best + 1e-9);
	}
	assert_true(fabs(hk_kept_bound(&cover.model, cover.cost, (const double[ROWS]){ -1, -2, -3 })) < 1e-12);
}

static void not_a_number_is_an_error(void **state)
{
	struct hk_rng rng;
	struct cover cover;
	struct hk_kept_problem kept;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS], cost;

	(void)state;
	hk_rng_seed(&rng, 31);
	draw(&cover, &rng);
	hk_kept_open(&kept, &cover.model);
	check_optimum(&kept, &cover);
	cost = cover.cost[3];
	cover.cost[3] = NAN;
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &no_limits, &result, point, &err), -1);
	assert_int_equal(err.status, HK_FAILED);
	hk_err_release(&err);
	cover.cost[3] = cost;
	check_optimum(&kept, &cover);
	hk_kept_close(&kept);
}

/* GLPK frees its whole environment on a fault: every object of the thread is gone, and each comes back from its own arrays. */
static void objects_survive_faults_of_the_library(void **state)
{
	struct hk_rng rng;
	struct cover cover[3];
	struct hk_kept_problem kept[3];
	struct hk_glpk_limits poor = no_limits;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS];
	size_t total;

	(void)state;
	hk_rng_seed(&rng, 41);
	for (int i = 0; i < 3; i++) {
		draw(&cover[i], &rng);
		hk_kept_open(&kept[i], &cover[i].model);
		kept[i].own_failed = true;
		check_optimum(&kept[i], &cover[i]);
	}
	assert_int_equal(hk_glpk_this_thread()->kept, 3);
	/* nearly all the memory there may be is taken: the next things GLPK asks for are a fault */
	hk_kept_drop(&kept[2]);
	glp_mem_limit(100);
	glp_mem_usage(NULL, NULL, &total, NULL);
	void *block = glp_alloc(1, (int)(((size_t)1 << 20) - total - 3000));

	poor.memory = (size_t)1 << 20;
	assert_int_equal(hk_kept_solve(&kept[2], cover[2].cost, &poor, &result, point, &err), -1);
	assert_non_null(strstr(err.message, "the solver gave up"));
	hk_err_release(&err);
	(void)block;      /* freed with the environment */
	assert_int_equal(hk_glpk_this_thread()->kept, 0);
	for (int i = 0; i < 3; i++)
		check_optimum(&kept[i], &cover[i]);
	assert_int_equal(hk_glpk_this_thread()->kept, 3);
	for (int i = 0; i < 3; i++)
		hk_kept_close(&kept[i]);
	assert_int_equal(hk_glpk_this_thread()->kept, 0);
}

/* A model of its own beside kept ones: neither harms the other. */
static void other_models_leave_kept_ones_alone(void **state)
{
	struct hk_rng rng;
	struct cover cover;
	struct hk_kept_problem kept;
	struct hk_milp milp = { 0 };
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS];
	uint64_t generation;

	(void)state;
	hk_rng_seed(&rng, 51);
	draw(&cover, &rng);
	hk_kept_open(&kept, &cover.model);
	kept.own_failed = true;
	check_optimum(&kept, &cover);
	generation = hk_glpk_this_thread()->generation;
	hk_milp_integer(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 3, 1, 1);
	hk_milp_row(&milp, (struct hk_milp_name){ .kind = "r" }, HK_MILP_GE, 3);
	hk_milp_term(&milp, 0, 2);
	assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), 0);
	assert_true(result.objective == 2);
	assert_true(hk_glpk_this_thread()->generation == generation);
	check_optimum(&kept, &cover);
	hk_kept_close(&kept);
	assert_true(hk_glpk_this_thread()->generation > generation);
	hk_milp_release(&milp);
}

static void an_interrupt_ends_it(void **state)
{
	volatile int interrupt = 1;
	struct hk_rng rng;
	struct cover cover;
	struct hk_kept_problem kept;
	struct hk_glpk_limits limits = no_limits;
	struct hk_glpk_result result;
	struct hk_err err = HK_ERR_INIT;
	double point[ITEMS], best;

	(void)state;
	hk_rng_seed(&rng, 61);
	draw(&cover, &rng);
	best = brute(&cover);
	hk_kept_open(&kept, &cover.model);
	limits.interrupt = &interrupt;
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &limits, &result, point, &err), 0);
	assert_true(result.interrupted);
	assert_true(result.bound <= best + 1e-9);
	check_optimum(&kept, &cover);
	cover.upper[0] = -1;      /* crossed bounds are no matter for GLPK */
	assert_int_equal(hk_kept_solve(&kept, cover.cost, &no_limits, &result, point, &err), -1);
	hk_err_release(&err);
	hk_kept_close(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_costs_one_object),
		cmocka_unit_test(the_basis_stays),
		cmocka_unit_test(a_basis_grows_with_its_model),
		cmocka_unit_test(prices_prove_a_bound),
		cmocka_unit_test(not_a_number_is_an_error),
		cmocka_unit_test(objects_survive_faults_of_the_library),
		cmocka_unit_test(other_models_leave_kept_ones_alone),
		cmocka_unit_test(an_interrupt_ends_it),
	};

	return cmocka_run_group_tests_name("place/glpk_kept", tests, NULL, NULL);
}
