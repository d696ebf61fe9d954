/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches for whole numbers where part of what has to hold is no row, against trying everything. */
#include "../test.h"

#include "base/rng.h"
#include "place/glpk.h"

#include <math.h>

enum { N = 5, MOST = 4, CASES = 150 };

/* So many squares are needed: no row says it, and more of anything never hurts. */
struct world { struct hk_milp milp; double cost[N], weight[N], most_weight, squares; unsigned asked; bool aims, far; };

static bool enough(const struct world *world, const double *point)
{
	double sum = 0;

	for (int j = 0; j < N; j++)
		sum += nearbyint(point[j]) * nearbyint(point[j]);
	return sum >= world->squares;
}

static bool holds(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	struct world *world = closure;
	double above[N];

	world->asked++;
	if (enough(world, point))
		return true;
	for (int j = 0; j < N; j++)
		above[j] = nearbyint(point[j]);
	/* as far as it does not hold yet, whole and within the bounds of the search */
	for (int j = 0; j < N && world->far; j++) {
		assert_true(most[j] >= above[j] && most[j] <= MOST);
		while (above[j] < most[j]) {
			above[j]++;
			if (enough(world, above)) {
				above[j]--;
				break;
			}
		}
	}
	*n = 0;
	for (uint32_t j = 0; j < N; j++)
		raise[(*n)++] = (struct hk_glpk_raise){ j, world->aims && j == world->asked % N ? MOST : point[j], above[j] };
	return false;
}

static void draw_world(struct world *world, uint64_t seed)
{
	struct hk_rng rng;
	double sum = 0;

	hk_rng_seed(&rng, seed);
	*world = (struct world){ .aims = seed % 2, .far = seed % 3 };
	for (int j = 0; j < N; j++) {
		world->cost[j] = 1 + (double)hk_rng_below(&rng, 20);
		world->weight[j] = 1 + (double)hk_rng_below(&rng, 9);
		sum += world->weight[j];
		hk_milp_integer(&world->milp, (struct hk_milp_name){ .kind = "x" }, 0, MOST, world->cost[j], 1);
	}
	/* at least something, at most so much weight */
	hk_milp_row(&world->milp, (struct hk_milp_name){ .kind = "least" }, HK_MILP_GE, 3.5);
	for (uint32_t j = 0; j < N; j++)
		hk_milp_term(&world->milp, j, 1 + (j % 2));
	world->most_weight = floor(sum * (0.5 + 2.5 * hk_rng_unit(&rng)));
	hk_milp_row(&world->milp, (struct hk_milp_name){ .kind = "most" }, HK_MILP_LE, world->most_weight);
	for (uint32_t j = 0; j < N; j++)
		hk_milp_term(&world->milp, j, world->weight[j]);
	world->squares = (double)hk_rng_below(&rng, 50);
}

/* INFINITY when nothing holds. */
static double try_everything(const struct world *world)
{
	double best = INFINITY;

	for (int code = 0; code < 3125; code++) {
		double point[N], cost = 0, weight = 0, least = 0;

		for (int j = 0, rest = code; j < N; j++, rest /= MOST + 1) {
			point[j] = rest % (MOST + 1);
			cost += world->cost[j] * point[j];
			weight += world->weight[j] * point[j];
			least += (1 + (j % 2)) * point[j];
		}
		if (weight <= world->most_weight && least >= 3.5 && enough(world, point))
			best = fmin(best, cost);
	}
	return best;
}

static void the_cheapest_that_holds_is_found(void **unused)
{
	unsigned nothing = 0, dearer = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct world world;
		struct hk_glpk_check check = { &world, holds };
		struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY };
		struct hk_glpk_result result, without;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		double point[N], best;

		draw_world(&world, seed);
		best = try_everything(&world);
		assert_int_equal(hk_glpk_solve(&world.milp, &limits, &without, point, &err), 0);
		limits.check = &check;
		assert_int_equal(hk_glpk_solve(&world.milp, &limits, &result, point, &err), 0);
		if (isinf(best)) {
			nothing++;
			assert_int_equal(result.status, HK_GLPK_INFEASIBLE);
		} else {
			assert_int_equal(result.status, HK_GLPK_OPTIMAL);
			if (fabs(result.objective - best) > 1e-6)
				fail_msg("seed %llu: %g instead of %g", (unsigned long long)seed, result.objective, best);
			assert_true(enough(&world, point));
			assert_true(result.bound <= best + 1e-6);
			dearer += without.objective < best - 1e-6;
		}
		hk_milp_release(&world.milp);
	}
	/* or the rows alone said it all */
	assert_true(nothing > CASES / 20);
	assert_true(dearer > CASES / 4);
}

/* Stopped at once, what was found and does not hold is handed over as no more than FEASIBLE, and proves no more than the relaxation does. */
static void what_does_not_hold_is_never_optimal(void **unused)
{
	unsigned handed = 0;

	(void)unused;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct world world;
		struct hk_glpk_check check = { &world, holds };
		struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .nodes = 1, .check = &check };
		struct hk_glpk_result result;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		double point[N], best;

		draw_world(&world, seed);
		best = try_everything(&world);
		assert_int_equal(hk_glpk_solve(&world.milp, &limits, &result, point, &err), 0);
		if (result.status == HK_GLPK_OPTIMAL)
			assert_true(enough(&world, point) && fabs(result.objective - best) <= 1e-6);
		if (result.status == HK_GLPK_INFEASIBLE)
			assert_true(isinf(best));
		assert_true(result.status == HK_GLPK_INFEASIBLE || result.bound <= best + 1e-6);
		handed += result.status == HK_GLPK_FEASIBLE && !enough(&world, point);
		hk_milp_release(&world.milp);
	}
	assert_true(handed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_cheapest_that_holds_is_found), cmocka_unit_test(what_does_not_hold_is_never_optimal) };

	return cmocka_run_group_tests_name("place/glpk_check", tests, NULL, NULL);
}
