/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random little programs of whole numbers: reduction, search and probing against enumeration of all points. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk.h"
#include "place/milp_reduce.h"

#include <math.h>

enum { COLUMNS = 6, ROWS = 5, MOST = 3 };

static const struct hk_glpk_limits no_limits = { .deadline = INFINITY, .cutoff = INFINITY };

static void draw(struct hk_milp *milp, struct hk_rng *rng)
{
	*milp = (struct hk_milp){ 0 };
	for (uint32_t j = 0; j < COLUMNS; j++)
		hk_milp_integer(milp, (struct hk_milp_name){ .kind = "x" }, 0, 1 + (double)hk_rng_below(rng, MOST), (double)hk_rng_below(rng, 60) / 8 - 2,
				(uint8_t)hk_rng_below(rng, 3));
	for (int i = 0; i < ROWS; i++) {
		hk_milp_row(milp, (struct hk_milp_name){ .kind = "r" }, (enum hk_milp_sense)(i == 0 ? 0 : 1 + hk_rng_below(rng, 2)),
			    (double)hk_rng_below(rng, 9));
		for (uint32_t j = 0; j < COLUMNS; j++)
			if (hk_rng_below(rng, 3) > 0)
				hk_milp_term(milp, j, i == 0 ? 1 : (double)hk_rng_below(rng, 9) - 3);
	}
}

/* Calls with every point that keeps all rows. */
static void enumerate(const struct hk_milp *milp, void (*see)(void *, const double *), void *closure)
{
	double point[COLUMNS] = { 0 };
	uint32_t j;

	do {
		if (hk_milp_violation(milp, point) <= 1e-9)
			see(closure, point);
		for (j = 0; j < COLUMNS; j++) {
			point[j] += 1;
			if (point[j] <= milp->columns.v[j].upper)
				break;
			point[j] = 0;
		}
	} while (j < COLUMNS);
}

struct survey { const struct hk_milp *milp; double best, cutoff; const double *lower, *upper; unsigned points, outside; };

static void see(void *closure, const double *point)
{
	struct survey *survey = closure;
	double value = hk_milp_value(survey->milp, point);
	bool inside = true;

	survey->points++;
	survey->best = fmin(survey->best, value);
	for (uint32_t j = 0; survey->lower && j < COLUMNS; j++)
		inside = inside && point[j] >= survey->lower[j] && point[j] <= survey->upper[j];
	survey->outside += value < survey->cutoff && !inside;
}

static void bounds_of(const struct hk_milp *milp, double *lower, double *upper)
{
	for (uint32_t j = 0; j < COLUMNS; j++) {
		lower[j] = milp->columns.v[j].lower;
		upper[j] = milp->columns.v[j].upper;
	}
}

static void propagation_loses_no_point(void **state)
{
	struct hk_rng rng;
	unsigned tightened = 0, refused = 0;

	(void)state;
	hk_rng_seed(&rng, 5);
	for (int round = 0; round < 400; round++) {
		double lower[COLUMNS], upper[COLUMNS];
		struct survey survey = { .best = INFINITY, .cutoff = INFINITY, .lower = lower, .upper = upper };
		struct hk_milp milp;
		bool left;

		draw(&milp, &rng);
		bounds_of(&milp, lower, upper);
		left = hk_milp_propagate(&milp, lower, upper);
		survey.milp = &milp;
		enumerate(&milp, see, &survey);
		assert_int_equal(left ? survey.outside : survey.points, 0);
		refused += !left;
		for (uint32_t j = 0; j < COLUMNS; j++)
			tightened += lower[j] > milp.columns.v[j].lower || upper[j] < milp.columns.v[j].upper;
		hk_milp_release(&milp);
	}
	/* or the test would have looked at nothing */
	assert_true(tightened > 100);
	assert_true(refused > 5);
}

static void what_is_left_means_the_same(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, 6);
	for (int round = 0; round < 200; round++) {
		double lower[COLUMNS], upper[COLUMNS], constant, small[COLUMNS], whole[COLUMNS];
		struct hk_reduction reduction;
		struct hk_milp milp;

		draw(&milp, &rng);
		bounds_of(&milp, lower, upper);
		for (int fixed = 0; fixed < 3; fixed++) {
			size_t j = (size_t)hk_rng_below(&rng, COLUMNS);

			lower[j] = upper[j] = floor(upper[j] / 2);
		}
		hk_milp_reduce(&milp, lower, upper, &reduction, &constant);
		for (int sample = 0; sample < 20; sample++) {
			for (size_t j = 0; j < reduction.milp.columns.n; j++)
				small[j] = (double)hk_rng_below(&rng, 1 + (uint64_t)reduction.milp.columns.v[j].upper);
			hk_reduction_expand(&reduction, COLUMNS, small, whole);
			assert_true(fabs(hk_milp_value(&milp, whole) - hk_milp_value(&reduction.milp, small) - constant) <= 1e-9);
			if (reduction.milp.rows.n > 0 && hk_milp_violation(&milp, whole) <= 1e-9)
				assert_true(hk_milp_violation(&reduction.milp, small) <= 1e-9);
		}
		hk_reduction_release(&reduction);
		hk_milp_release(&milp);
	}
}

static void the_search_finds_the_best_point(void **state)
{
	struct hk_rng rng;
	unsigned feasible = 0;

	(void)state;
	hk_rng_seed(&rng, 7);
	for (int round = 0; round < 400; round++) {
		struct survey survey = { .best = INFINITY, .cutoff = -INFINITY };
		struct hk_err err = HK_ERR_INIT;
		struct hk_glpk_result result;
		struct hk_milp milp;
		double point[COLUMNS];

		draw(&milp, &rng);
		survey.milp = &milp;
		enumerate(&milp, see, &survey);
		assert_int_equal(hk_glpk_solve(&milp, &no_limits, &result, point, &err), 0);
		assert_int_equal(result.status, survey.points > 0 ? HK_GLPK_OPTIMAL : HK_GLPK_INFEASIBLE);
		feasible += survey.points > 0;
		if (survey.points > 0) {
			assert_true(fabs(result.objective - (survey.best)) <= 1e-7);
			assert_true(hk_milp_violation(&milp, point) <= 1e-6);
		}
		hk_milp_release(&milp);
	}
	assert_in_range(feasible, 50, 390);
}

static void a_cutoff_hides_only_what_is_dearer(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, 8);
	for (int round = 0; round < 200; round++) {
		struct survey survey = { .best = INFINITY, .cutoff = -INFINITY };
		struct hk_glpk_limits limits = no_limits;
		struct hk_err err = HK_ERR_INIT;
		struct hk_glpk_result result;
		struct hk_milp milp;
		double point[COLUMNS];

		draw(&milp, &rng);
		survey.milp = &milp;
		enumerate(&milp, see, &survey);
		limits.cutoff = survey.points > 0 ? survey.best + (round % 2 == 0 ? 0.01 : -0.01) : 0;
		assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
		if (survey.points > 0 && round % 2 == 0)
			assert_true(fabs(result.objective - (survey.best)) <= 1e-7);
		else
			assert_int_equal(result.status, HK_GLPK_INFEASIBLE);
		hk_milp_release(&milp);
	}
}

static void probing_keeps_everything_below_the_cutoff(void **state)
{
	struct hk_rng rng;
	unsigned tightened = 0;

	(void)state;
	hk_rng_seed(&rng, 9);
	for (int round = 0; round < 300; round++) {
		double lower[COLUMNS], upper[COLUMNS], point[COLUMNS];
		struct survey survey = { .best = INFINITY };
		struct hk_glpk_limits limits = no_limits;
		struct hk_err err = HK_ERR_INIT;
		struct hk_glpk_result result;
		struct hk_milp milp;

		draw(&milp, &rng);
		survey.milp = &milp;
		enumerate(&milp, see, &survey);
		limits.cutoff = survey.cutoff = survey.points > 0 ? survey.best + 1 : 0;
		survey.lower = limits.lower = lower;
		survey.upper = limits.upper = upper;
		assert_int_equal(hk_glpk_solve(&milp, &limits, &result, point, &err), 0);
		enumerate(&milp, see, &survey);
		assert_int_equal(survey.outside, 0);
		for (uint32_t j = 0; j < COLUMNS; j++)
			tightened += lower[j] > milp.columns.v[j].lower || upper[j] < milp.columns.v[j].upper;
		hk_milp_release(&milp);
	}
	assert_true(tightened > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(propagation_loses_no_point),
		cmocka_unit_test(what_is_left_means_the_same),
		cmocka_unit_test(the_search_finds_the_best_point),
		cmocka_unit_test(a_cutoff_hides_only_what_is_dearer),
		cmocka_unit_test(probing_keeps_everything_below_the_cutoff),
	};

	return cmocka_run_group_tests_name("milp_reduce", tests, NULL, NULL);
}
