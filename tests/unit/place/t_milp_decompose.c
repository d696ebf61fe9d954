/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks that choose one of a few options each and share two capacities, against enumeration. */
#include "../test.h"

#include "base/rng.h"
#include "place/milp_decompose.h"

#include <math.h>

enum { BLOCKS = 4, OPTIONS = 5, RESOURCES = 2 };

struct market {
	double cost[BLOCKS][OPTIONS], use[RESOURCES][BLOCKS][OPTIONS], room[RESOURCES];
	uint32_t owner[BLOCKS * OPTIONS];
	uint8_t priority;             /* of every choice: decisions are listed, others only follow */
};

static const struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY };

/* Percent: room for this share of what all blocks use on average. */
static void draw(struct market *market, struct hk_rng *rng, uint64_t percent)
{
	*market = (struct market){ .priority = hk_rng_below(rng, 2) ? HK_MILP_COUNTS : 1 };
	for (uint32_t p = 0; p < BLOCKS; p++)
		for (uint32_t o = 0; o < OPTIONS; o++) {
			market->owner[p * OPTIONS + o] = p;
			for (int r = 0; r < RESOURCES; r++) {
				market->use[r][p][o] = 1 + (double)hk_rng_below(rng, 30);
				market->room[r] += market->use[r][p][o] / OPTIONS * (double)percent / 100;
			}
			/* who uses less costs more, or capacity would bind nobody */
			market->cost[p][o] = 70 - market->use[0][p][o] - market->use[1][p][o] + (double)hk_rng_below(rng, 10);
		}
}

static void build(const struct market *market, struct hk_milp *milp)
{
	for (uint32_t p = 0; p < BLOCKS; p++) {
		hk_milp_row(milp, (struct hk_milp_name){ .kind = "one" }, HK_MILP_EQ, 1);
		for (uint32_t o = 0; o < OPTIONS; o++)
			hk_milp_term(milp, hk_milp_integer(milp, (struct hk_milp_name){ .kind = "x" }, 0, 1, market->cost[p][o], market->priority), 1);
	}
	for (int r = 0; r < RESOURCES; r++) {
		hk_milp_row(milp, (struct hk_milp_name){ .kind = "room" }, HK_MILP_LE, market->room[r]);
		for (uint32_t j = 0; j < BLOCKS * OPTIONS; j++)
			hk_milp_term(milp, j, market->use[r][j / OPTIONS][j % OPTIONS]);
	}
}

/* What no row says: some options are out, and the first two blocks do not go together in any way. */
static bool may_choose(uint32_t block, unsigned option)
{
	return (3 * block + option) % 4 != 1;
}

static bool go_together(unsigned first, unsigned second)
{
	return (first + 2 * second) % 3 != 0;
}

static unsigned chosen(const double *point, uint32_t block)
{
	unsigned option = 0;

	while (option + 1 < OPTIONS && point[block * OPTIONS + option] < 0.5)
		option++;
	return option;
}

static bool block_holds(void *closure, uint32_t block, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	(void)closure;
	(void)most;
	for (uint32_t o = 0; raise && o < OPTIONS; o++)
		raise[o] = (struct hk_glpk_raise){ block * OPTIONS + o, point[block * OPTIONS + o], point[block * OPTIONS + o] };
	if (raise)
		*n = OPTIONS;
	return may_choose(block, chosen(point, block));
}

static bool holds(void *closure, const double *point, bool *blamed)
{
	(void)closure;
	for (uint32_t j = 0; j < 2 * OPTIONS; j++)
		blamed[j] = true;
	return go_together(chosen(point, 0), chosen(point, 1));
}

static const struct hk_milp_judge strict = { .block_holds = block_holds, .holds = holds };

static bool is_judged_good(unsigned code)
{
	bool good = go_together(code % OPTIONS, code / OPTIONS % OPTIONS);

	for (uint32_t p = 0; p < BLOCKS; p++, code /= OPTIONS)
		good = good && may_choose(p, code % OPTIONS);
	return good;
}

/* INFINITY when nothing fits. */
static double enumerate(const struct market *market, bool judged)
{
	double best = INFINITY;

	for (unsigned code = 0; code < OPTIONS * OPTIONS * OPTIONS * OPTIONS; code++) {
		double cost = 0, used[RESOURCES] = { 0 };

		for (unsigned p = 0, rest = code; p < BLOCKS; p++, rest /= OPTIONS) {
			cost += market->cost[p][rest % OPTIONS];
			for (int r = 0; r < RESOURCES; r++)
				used[r] += market->use[r][p][rest % OPTIONS];
		}
		if ((!judged || is_judged_good(code)) && used[0] <= market->room[0] + 1e-9 && used[1] <= market->room[1] + 1e-9)
			best = fmin(best, cost);
	}
	return best;
}

/* What must hold of every answer: the bound is one, the start is a plan, and no row that was added cuts the optimum off. */
static void check_market(const struct market *market, uint64_t seed, struct hk_decomposed *result)
{
	struct hk_milp milp = { 0 };
	struct hk_glpk_result whole;
	struct hk_err err = HK_ERR_INIT;
	double start[BLOCKS * OPTIONS], point[BLOCKS * OPTIONS], best = enumerate(market, false);

	build(market, &milp);
	assert_int_equal(hk_milp_decompose(&milp, market->owner, BLOCKS, &limits, NULL, result, start, &err), 0);
	assert_int_equal(hk_glpk_solve(&milp, &limits, &whole, point, &err), 0);
	if (isinf(best)) {
		assert_false(result->has_start);
		assert_int_equal(whole.status, HK_GLPK_INFEASIBLE);
	} else {
		if (result->infeasible || result->bound > best + 1e-6 || fabs(whole.objective - best) > 1e-6)
			fail_msg("seed %llu: infeasible %d, bound %g, optimum behind the added rows %g, by enumeration %g", (unsigned long long)seed,
				 result->infeasible, result->bound, whole.objective, best);
		if (result->has_start) {
			assert_true(hk_milp_violation(&milp, start) <= 1e-6);
			assert_true(hk_milp_value(&milp, start) >= best - 1e-6);
		}
		/* lists of so few answers are always made to the end */
		assert_true(result->bound >= best - 1e-6);
		assert_true(result->has_start && hk_milp_value(&milp, start) <= best + 1e-6);
	}
	hk_milp_release(&milp);
}

/* What the judge says counts: never a bound above the best that holds, and that one when it is claimed to be the best. */
static bool check_judged(const struct market *market, uint64_t seed)
{
	struct hk_milp milp = { 0 };
	struct hk_decomposed result;
	struct hk_err err = HK_ERR_INIT;
	double start[BLOCKS * OPTIONS], best = enumerate(market, true);
	bool ignored[BLOCKS * OPTIONS], found = false;

	build(market, &milp);
	assert_int_equal(hk_milp_decompose(&milp, market->owner, BLOCKS, &limits, &strict, &result, start, &err), 0);
	if (!result.infeasible && result.bound > best + 1e-6)
		fail_msg("seed %llu: bound %g above the best that holds, %g", (unsigned long long)seed, result.bound, best);
	if (result.has_start && holds(NULL, start, ignored) && block_holds(NULL, 0, start, NULL, NULL, NULL) && block_holds(NULL, 1, start, NULL, NULL, NULL) &&
	    block_holds(NULL, 2, start, NULL, NULL, NULL) && block_holds(NULL, 3, start, NULL, NULL, NULL))
		found = hk_milp_value(&milp, start) <= best + 1e-6 && result.bound >= best - 1e-6;
	hk_milp_release(&milp);
	return found;
}

static void what_no_row_says_is_kept(void **state)
{
	struct hk_rng rng;
	struct market market;
	unsigned found = 0, possible = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 120; seed++) {
		hk_rng_seed(&rng, seed);
		draw(&market, &rng, seed % 2 ? 130 : 90);
		market.priority = HK_MILP_COUNTS;
		possible += isfinite(enumerate(&market, true)) ? 1 : 0;
		found += check_judged(&market, seed);
	}
	print_message("%u of %u worlds settled\n", found, possible);
	assert_true(found == possible);
}

static void bounds_and_starts_hold(void **state)
{
	struct hk_rng rng;
	struct market market;
	struct hk_decomposed result;
	unsigned starts[3] = { 0 };

	(void)state;
	for (uint64_t seed = 1; seed <= 120; seed++) {
		static const uint64_t percents[] = { 130, 75, 45 };

		hk_rng_seed(&rng, seed);
		draw(&market, &rng, percents[seed % 3]);
		check_market(&market, seed, &result);
		starts[seed % 3] += result.has_start;
	}
	/* With room for all a start is found nearly always; it is the point of the exercise. */
	assert_true(starts[0] >= 38);
	assert_true(starts[1] >= 30);
}

/*
 * Every block's cheapest answer at any one price takes all of the room, so that no combination of priced answers fits: blocks must be filled in one after the
 * other.
 */
static void blocks_without_a_common_answer_are_filled_in_turn(void **state)
{
	struct hk_rng rng;
	struct market market;
	struct hk_decomposed result;

	(void)state;
	hk_rng_seed(&rng, 3);
	draw(&market, &rng, 100);
	for (uint32_t p = 0; p < BLOCKS; p++)
		for (uint32_t o = 0; o < OPTIONS; o++) {
			/* option o uses o; what lies between the ends lies above the line through them, which is all that prices can ask for */
			market.use[0][p][o] = o;
			market.use[1][p][o] = 0;
			market.cost[p][o] = o == 0 ? 40 : o == OPTIONS - 1 ? 0 : 45;
		}
	market.room[0] = OPTIONS - 2;
	market.room[1] = 1;
	check_market(&market, 0, &result);
	assert_true(result.has_start);
}

static void what_has_no_answer_is_proved(void **state)
{
	struct hk_rng rng;
	struct market market;
	struct hk_decomposed result;
	struct hk_milp milp = { 0 };
	struct hk_err err = HK_ERR_INIT;
	double start[BLOCKS * OPTIONS];

	(void)state;
	hk_rng_seed(&rng, 5);
	draw(&market, &rng, 100);
	market.room[1] = 1;
	check_market(&market, 5, &result);
	assert_true(result.infeasible);
	/* one block alone */
	draw(&market, &rng, 100);
	build(&market, &milp);
	hk_milp_row(&milp, (struct hk_milp_name){ .kind = "two" }, HK_MILP_EQ, 2);
	hk_milp_term(&milp, 0, 1);
	hk_milp_term(&milp, 1, 1);
	assert_int_equal(hk_milp_decompose(&milp, market.owner, BLOCKS, &limits, NULL, &result, start, &err), 0);
	assert_true(result.infeasible);
	assert_false(result.has_start);
	hk_milp_release(&milp);
}

static void bad_numbers_end_it(void **state)
{
	struct hk_rng rng;
	struct market market;
	struct hk_decomposed result;
	struct hk_milp milp = { 0 };
	struct hk_err err = HK_ERR_INIT;
	double start[BLOCKS * OPTIONS];

	(void)state;
	hk_rng_seed(&rng, 9);
	draw(&market, &rng, 75);
	build(&market, &milp);
	milp.columns.v[2].cost = NAN;
	assert_int_equal(hk_milp_decompose(&milp, market.owner, BLOCKS, &limits, NULL, &result, start, &err), -1);
	assert_non_null(err.message);
	hk_err_release(&err);
	hk_milp_release(&milp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_and_starts_hold),
		cmocka_unit_test(what_no_row_says_is_kept),
		cmocka_unit_test(blocks_without_a_common_answer_are_filled_in_turn),
		cmocka_unit_test(what_has_no_answer_is_proved),
		cmocka_unit_test(bad_numbers_end_it),
	};

	return cmocka_run_group_tests_name("place/milp_decompose", tests, NULL, NULL);
}
