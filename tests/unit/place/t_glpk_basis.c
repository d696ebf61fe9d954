/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A basis that is kept changes how long a search takes, never what it finds: whatever it says, for other costs and more rows. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk.h"

#include <glpk.h>

#include <math.h>

enum { COLUMNS = 8, ROWS = 5, CASES = 200 };

static void draw(struct hk_milp *milp, struct hk_rng *rng)
{
	for (int j = 0; j < COLUMNS; j++) {
		hk_milp_integer(milp, (struct hk_milp_name){ .kind = "x" }, 0, 5, 1 + (double)hk_rng_below(rng, 9), 1);
		milp->columns.v[j].integer = j % 3 != 0;
	}
}

static void draw_row(struct hk_milp *milp, struct hk_rng *rng)
{
	hk_milp_row(milp, (struct hk_milp_name){ .kind = "row" }, hk_rng_below(rng, 4) == 0 ? HK_MILP_LE : HK_MILP_GE, 0);
	struct hk_milp_row *row = &milp->rows.v[milp->rows.n - 1];

	row->rhs = row->sense == HK_MILP_LE ? 40 : 1 + (double)hk_rng_below(rng, 12);
	for (uint32_t j = 0; j < COLUMNS; j++)
		if (hk_rng_below(rng, 3) > 0)
			hk_milp_term(milp, j, 1 + (double)hk_rng_below(rng, 5));
}

/* With the basis as without. */
static void compare(const struct hk_milp *milp, uint8_t *basis, bool relaxed)
{
	struct hk_glpk_limits plain = { .deadline = INFINITY, .cutoff = INFINITY, .relaxed = relaxed }, kept = plain;
	struct hk_glpk_result expected, result;
	double point[COLUMNS];
	struct hk_err err = { 0 };

	kept.basis = basis;
	assert_int_equal(hk_glpk_solve(milp, &plain, &expected, point, &err), 0);
	assert_int_equal(hk_glpk_solve(milp, &kept, &result, point, &err), 0);
	assert_int_equal(result.status, expected.status);
	if (expected.status != HK_GLPK_OPTIMAL)
		return;
	assert_true(fabs(result.objective - expected.objective) <= 1e-7 * fmax(1, fabs(expected.objective)));
	assert_true(hk_milp_violation(milp, point) <= 1e-7);
}

static void a_kept_basis_finds_the_same(void **state)
{
	(void)state;
	print_message("# seeds 1 to %d\n", CASES);
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct hk_milp milp = { 0 };
		struct hk_rng rng;
		uint8_t basis[COLUMNS + ROWS + 3] = { 0 };

		hk_rng_seed(&rng, seed);
		draw(&milp, &rng);
		for (int i = 0; i < ROWS; i++)
			draw_row(&milp, &rng);
		for (int turn = 0; turn < 6; turn++) {
			compare(&milp, basis, turn % 2);
			for (int j = 0; j < COLUMNS; j++)
				milp.columns.v[j].cost = 1 + (double)hk_rng_below(&rng, 9);
			/* a row more at the end; once nothing that is there makes sense */
			if (turn % 2)
				draw_row(&milp, &rng);
			for (size_t k = 0; turn == 3 && k < sizeof basis; k++)
				basis[k] = (uint8_t)hk_rng_below(&rng, 4);
		}
		hk_milp_release(&milp);
	}
}

struct fault { int calls, faults; };

/* GLPK gives up while it is in the middle of a search, as it does where numbers or memory fail; later all is well. */
static bool fails_at_first(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	struct fault *fault = closure;

	(void)point, (void)most, (void)raise, (void)n;
	if (fault->calls++ < fault->faults)
		glp_error("injected\n");
	return true;
}

/* x + 2 y >= 7 for 3 x + 5 y: the least is 18, with x = 1 and y = 3. */
static void small_program(struct hk_milp *milp)
{
	uint32_t x = hk_milp_integer(milp, (struct hk_milp_name){ .kind = "x" }, 0, 9, 3, 1);
	uint32_t y = hk_milp_integer(milp, (struct hk_milp_name){ .kind = "y" }, 0, 9, 5, 1);

	hk_milp_row(milp, (struct hk_milp_name){ .kind = "row" }, HK_MILP_GE, 7);
	hk_milp_term(milp, x, 1);
	hk_milp_term(milp, y, 2);
}

static void a_search_that_fails_with_a_kept_basis_is_made_without_it(void **state)
{
	(void)state;
	for (int faults = 0; faults <= 2; faults++) {
		struct hk_milp milp = { 0 };
		struct fault fault = { 0 };
		struct hk_glpk_check check = { &fault, fails_at_first };
		uint8_t basis[3] = { 0 };
		struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .check = &check, .basis = basis };
		struct hk_glpk_result result;
		struct hk_err err = { 0 };
		double point[2];
		int code;

		small_program(&milp);
		/* a basis of an earlier search */
		assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
		assert_true(basis[0] != 0 && basis[1] != 0 && basis[2] != 0);
		fault = (struct fault){ .faults = faults };
		code = hk_glpk_solve(&milp, &limits, &result, point, &err);
		assert_true(fault.calls > faults || faults == 2);
		assert_int_equal(code, faults < 2 ? 0 : -1);
		if (code == 0) {
			assert_int_equal(result.status, HK_GLPK_OPTIMAL);
			assert_true(fabs(result.objective - 18) <= 1e-9 && point[0] == 1 && point[1] == 3);
		}
		/* what failed is not offered to the next program */
		for (size_t k = 0; k < sizeof basis; k++)
			assert_true((basis[k] == 0) == (faults > 0));
		hk_err_release(&err);
		hk_milp_release(&milp);
	}
}

static void a_search_that_fails_without_one_says_so(void **state)
{
	struct hk_milp milp = { 0 };
	struct fault fault = { .faults = 1 };
	struct hk_glpk_check check = { &fault, fails_at_first };
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .check = &check };
	struct hk_glpk_result result;
	struct hk_err err = { 0 };
	double point[2];

	(void)state;
	small_program(&milp);
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), -1);
	assert_int_equal(fault.calls, 1);
	/* and the next one is as if nothing had been */
	hk_err_release(&err);
	err = (struct hk_err){ 0 };
	assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
	assert_true(fabs(result.objective - 18) <= 1e-9);
	hk_milp_release(&milp);
}

/*
 * Column j is in the rows j and j + 1, the last one in the first or in the last row alone, and all of them are basic. Whichever of its two
 * rows a column takes first, in one of the programs the last column finds a row only when all before it pass theirs on: a path as long as
 * the program.
 */
static void a_long_path_of_basic_columns(void **state)
{
	enum { LONG = 3000 };
	uint8_t *basis = hk_malloc(2 * LONG);
	double *point = hk_calloc(LONG, sizeof *point);

	(void)state;
	for (uint32_t last = 0; last < LONG; last += LONG - 1) {
		struct hk_milp milp = { 0 };
		struct hk_glpk_limits plain = { .deadline = INFINITY, .relaxed = true }, kept = plain;
		struct hk_glpk_result expected, result;
		struct hk_err err = { 0 };

		kept.basis = basis;
		for (int j = 0; j < LONG; j++)
			hk_milp_column(&milp, (struct hk_milp_name){ .kind = "x" }, 0, 2, 1);
		for (uint32_t i = 0; i < LONG; i++) {
			hk_milp_row(&milp, (struct hk_milp_name){ .kind = "row" }, HK_MILP_GE, 1);
			if (i > 0)
				hk_milp_term(&milp, i - 1, 1);
			if (i < LONG - 1)
				hk_milp_term(&milp, i, 1);
			if (i == last)
				hk_milp_term(&milp, LONG - 1, 1);
		}
		/* columns basic, rows at their bounds */
		for (size_t k = 0; k < 2 * LONG; k++)
			basis[k] = k < LONG ? 1 : 2;
		assert_int_equal(hk_glpk_solve(&milp, &plain, &expected, point, &err), 0);
		assert_int_equal(hk_glpk_solve(&milp, &kept, &result, point, &err), 0);
		assert_int_equal(result.status, HK_GLPK_OPTIMAL);
		assert_true(fabs(result.objective - expected.objective) <= 1e-6);
		hk_milp_release(&milp);
	}
	hk_cleanup_free(&point);
	hk_cleanup_free(&basis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kept_basis_finds_the_same),
		cmocka_unit_test(a_search_that_fails_with_a_kept_basis_is_made_without_it),
		cmocka_unit_test(a_search_that_fails_without_one_says_so),
		cmocka_unit_test(a_long_path_of_basic_columns),
	};

	return cmocka_run_group_tests_name("glpk_basis", tests, NULL, NULL);
}
