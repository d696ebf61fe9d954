/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A basis that is kept changes how long a search takes, never what it finds: whatever it says, for other costs and more rows. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_kept_basis_finds_the_same) };

	return cmocka_run_group_tests_name("glpk_basis", tests, NULL, NULL);
}
