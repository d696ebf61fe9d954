/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bound side of the decomposition: bounds against proved optima, answers against the rows, and nothing that depends on threads. */
#include "../test.h"

#include "instance.h"
#include "place/cuts_availability.h"
#include "place/decomposition.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

struct side {
	struct hk_cuts cuts;
	struct hk_decomposition d;
	struct hk_err err;
};

static void open_side(struct side *side, const struct instance *instance, const struct hk_solve_options *options)
{
	*side = (struct side){ .err = HK_ERR_INIT };
	for (uint32_t p = 0; p < instance->problem.n_blocks; p++)
		hk_cut_domains(&side->cuts, &instance->problem, p);
	assert_int_equal(hk_decomposition_open(&side->d, &instance->problem, &side->cuts, options, &side->err), 0);
}

static void close_side(struct side *side)
{
	hk_decomposition_close(&side->d);
	hk_cuts_release(&side->cuts);
	hk_err_release(&side->err);
}

/* The relaxation of all pipelines as one model. */
static double joint_relaxation(const struct instance *instance, const struct hk_cuts *cuts)
{
	struct hk_glpk_limits limits = { .relaxed = true, .deadline = INFINITY, .cutoff = INFINITY };
	struct hk_glpk_result result;
	struct hk_form form;
	struct hk_err err = HK_ERR_INIT;
	uint32_t members[64];
	double *point;

	assert_true(instance->problem.n_blocks <= 64);
	for (uint32_t p = 0; p < instance->problem.n_blocks; p++)
		members[p] = p;
	hk_form_build(&form, &instance->problem, members, instance->problem.n_blocks, cuts);
	point = calloc(form.milp.columns.n + 1, sizeof *point);
	assert_int_equal(hk_glpk_solve(&form.milp, &limits, &result, point, &err), 0);
	free(point);
	hk_form_release(&form);
	return result.status == HK_GLPK_OPTIMAL ? result.objective : INFINITY;
}

static void check_bound(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, unsigned *close)
{
	const struct hk_solve_options options = { .node_limit = 20000 };
	struct instance instance;
	struct side side;
	double relaxed, best, joint;

	instance_family(&instance, family, workloads, clusters, seed, tight, seed % 2 == 0);
	if (instance.infeasible || hk_solve(&instance.problem, &options, &instance.solution, &instance.err) != 0 ||
	    instance.solution.outcome != HK_SOLVED_OPTIMAL) {
		instance_close(&instance);
		return;
	}
	best = instance.solution.objective;
	open_side(&side, &instance, &options);
	assert_int_equal(hk_decomposition_relax(&side.d, &side.err), 0);
	relaxed = side.d.bound;
	joint = joint_relaxation(&instance, &side.cuts);
	assert_int_equal(hk_decomposition_price(&side.d, 1e-6, 10, true, &side.err), 0);
	if (side.d.infeasible || side.d.bound > best + 1e-6 * fmax(1, fabs(best)) || side.d.bound < relaxed || relaxed < joint - 1e-3 * fmax(1, fabs(joint)))
		fail_msg("%s seed %llu: infeasible %d, relaxed %.9g, bound %.9g, optimum %.9g, joint relaxation %.9g", family, (unsigned long long)seed,
			 side.d.infeasible, relaxed, side.d.bound, best, joint);
	*close += side.d.bound >= best - 0.01 * fabs(best);
	close_side(&side);
	instance_close(&instance);
}

static void bounds_hold_and_are_close(void **state)
{
	unsigned close = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		check_bound("mec", 7, 5, seed, seed % 3 == 0, &close);
		check_bound("retail", 6, 6, seed, seed % 3 == 1, &close);
		check_bound("hk4", 8, 4, seed, seed % 3 == 2, &close);
	}
	/* most of these worlds are nearly decomposable */
	assert_true(close >= 10);
}

static void check_configuration(struct side *side, uint32_t block, const struct hk_configuration *configuration)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_block_solution solution;
	double cost = NAN;

	hk_block_solution_init(&solution, &side->d.problem->blocks[block], &arena);
	assert_true(configuration->whole);
	assert_true(hk_decomposition_solution(&side->d, block, configuration, &solution, &cost, &side->err));
	assert_true(fabs(cost - configuration->cost) <= 1e-6 * fmax(1, fabs(cost)));
	for (uint32_t w = 0; w < side->d.problem->blocks[block].n_workloads; w++) {
		const struct hk_place_workload *placed = &side->d.problem->blocks[block].workloads[w];
		double load = 0;
		uint32_t replicas = 0;

		for (uint32_t c = 0; c < placed->n_candidates; c++) {
			load += solution.load[w][c];
			replicas += solution.replicas[w][c];
			assert_true(solution.load[w][c] == 0 || solution.replicas[w][c] > 0);
		}
		assert_true(fabs(load - 1) < 1e-9);
		assert_true(replicas >= placed->need);
	}
	for (uint32_t i = 1; i < configuration->n_uses; i++)
		assert_true(configuration->uses[i - 1].row < configuration->uses[i].row);
	hk_arena_release(&arena);
}

/* One pipeline after the other into what is left: every answer fits, and costs no less than its bound. */
static void answers_fit_into_what_is_left(void **state)
{
	const struct hk_solve_options options = { .gap = 0.01 };
	struct instance instance;
	struct side side;
	unsigned answered = 0;

	(void)state;
	instance_family(&instance, "mec", 40, 20, 3, true, false);
	open_side(&side, &instance, &options);
	assert_int_equal(hk_decomposition_relax(&side.d, &side.err), 0);
	assert_true(side.d.n_rows > 0);
	double *left = calloc(side.d.n_rows + 1, sizeof *left);

	for (uint32_t i = 0; i < side.d.n_rows; i++)
		left[i] = side.d.rows[i].capacity;
	for (uint32_t p = 0; p + 1 < instance.problem.n_blocks; p += 2) {
		const uint32_t pair[] = { p, p + 1 };
		const struct hk_answer_limits limits = { .left = left, .prices = side.d.prices, .gap = 0.01, .cutoff = INFINITY, .nodes = 200 };
		struct hk_configuration configurations[2];
		struct hk_answer answer;

		assert_int_equal(hk_decomposition_answer(&side.d, pair, 2, &limits, &answer, configurations, &side.err), 0);
		if (answer.status != HK_GLPK_OPTIMAL && answer.status != HK_GLPK_FEASIBLE)
			continue;
		answered++;
		assert_true(answer.bound <= answer.value + 1e-9);
		for (int k = 0; k < 2; k++) {
			check_configuration(&side, pair[k], &configurations[k]);
			for (uint32_t i = 0; i < configurations[k].n_uses; i++)
				left[configurations[k].uses[i].row] -= configurations[k].uses[i].amount;
		}
		for (uint32_t i = 0; i < side.d.n_rows; i++)
			assert_true(left[i] >= -1e-6 * side.d.rows[i].capacity);
		/* nothing below its own bound */
		struct hk_answer_limits below = { .left = left, .prices = side.d.prices, .cutoff = side.d.blocks[p].bound - 1e-3 };

		assert_int_equal(hk_decomposition_answer(&side.d, pair, 1, &below, &answer, configurations, &side.err), 0);
		assert_true(answer.status == HK_GLPK_INFEASIBLE);
	}
	assert_true(answered >= 3);
	free(left);
	close_side(&side);
	instance_close(&instance);
}

static void same(const struct hk_decomposition *a, const struct hk_decomposition *b)
{
	assert_true(a->bound == b->bound);
	assert_int_equal(a->n_rows, b->n_rows);
	assert_int_equal(a->iterations, b->iterations);
	assert_int_equal(a->nodes, b->nodes);
	assert_memory_equal(a->prices, b->prices, a->n_rows * sizeof *a->prices);
	for (uint32_t p = 0; p < a->problem->n_blocks; p++) {
		assert_true(a->blocks[p].bound == b->blocks[p].bound);
		assert_int_equal(a->blocks[p].n_configurations, b->blocks[p].n_configurations);
		for (uint32_t k = 0; k < a->blocks[p].n_configurations; k++)
			assert_true(a->blocks[p].configurations[k].cost == b->blocks[p].configurations[k].cost);
	}
}

static void threads_change_nothing(void **state)
{
	struct instance instance;
	struct side sides[3];

	(void)state;
	instance_family(&instance, "mec", 60, 30, 7, true, false);
	for (unsigned i = 0; i < 3; i++) {
		const struct hk_solve_options options = { .gap = 0.01, .threads = i + 1 };

		open_side(&sides[i], &instance, &options);
		assert_int_equal(hk_decomposition_relax(&sides[i].d, &sides[i].err), 0);
		assert_int_equal(hk_decomposition_price(&sides[i].d, 0.005, 3, true, &sides[i].err), 0);
	}
	assert_true(sides[0].d.n_rows > 0);
	same(&sides[0].d, &sides[1].d);
	same(&sides[0].d, &sides[2].d);
	for (unsigned i = 0; i < 3; i++)
		close_side(&sides[i]);
	instance_close(&instance);
}

/* Little memory for kept objects: they are built again each time, and nothing else is different. */
static void objects_that_do_not_stay_give_the_same_bound(void **state)
{
	const struct hk_solve_options plenty = { .gap = 0.01 }, little = { .gap = 0.01, .memory_limit = (size_t)8 << 20 };
	struct instance instance;
	struct side a, b;

	(void)state;
	instance_family(&instance, "mec", 60, 30, 8, true, false);
	open_side(&a, &instance, &plenty);
	open_side(&b, &instance, &little);
	assert_int_equal(hk_decomposition_relax(&a.d, &a.err), 0);
	assert_int_equal(hk_decomposition_relax(&b.d, &b.err), 0);
	assert_true(fabs(a.d.bound - b.d.bound) <= 1e-3 * fabs(a.d.bound));
	close_side(&b);
	close_side(&a);
	instance_close(&instance);
}

static void a_cut_raises_the_bound_of_its_block(void **state)
{
	const struct hk_solve_options options = { 0 };
	struct instance instance;
	struct side side;
	double before, kept;

	(void)state;
	instance_family(&instance, "mec", 12, 6, 5, false, false);
	open_side(&side, &instance, &options);
	assert_int_equal(hk_decomposition_relax(&side.d, &side.err), 0);
	assert_int_equal(hk_decomposition_price(&side.d, 1e-6, 5, true, &side.err), 0);
	before = side.d.bound;
	kept = side.d.blocks[1].bound;
	const struct hk_place_workload *placed = &instance.problem.blocks[1].workloads[0];
	struct hk_count *counts = calloc(placed->n_candidates + 1, sizeof *counts);
	double *ones = calloc(placed->n_candidates + 1, sizeof *ones);

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		counts[c] = (struct hk_count){ 1, 0, c };
		ones[c] = 1;
	}
	assert_true(hk_cuts_linear(&side.cuts, "test", counts, ones, placed->n_candidates, (placed->least > placed->need ? placed->least : placed->need) +
				   0.0));
	assert_int_equal(hk_decomposition_rebuild(&side.d, 1, &side.err), 0);
	assert_int_equal(side.d.blocks[1].n_configurations, 0);
	assert_true(side.d.blocks[1].bound == kept);
	assert_int_equal(hk_decomposition_price(&side.d, 1e-6, 5, true, &side.err), 0);
	assert_true(side.d.bound >= before);
	assert_true(side.d.blocks[1].n_configurations > 0);
	/* more replicas than there may be: proved to be impossible */
	assert_true(hk_cuts_linear(&side.cuts, "test", counts, ones, placed->n_candidates, 1e6));
	assert_int_equal(hk_decomposition_rebuild(&side.d, 1, &side.err), 0);
	assert_int_equal(hk_decomposition_price(&side.d, 1e-6, 5, true, &side.err), 0);
	assert_true(side.d.infeasible);
	assert_true(side.d.blocks[1].impossible);
	free(counts);
	free(ones);
	close_side(&side);
	instance_close(&instance);
}

/* Two pipelines that fit alone and not together. */
static void an_over_full_world_is_proved_infeasible(void **state)
{
	static const char text[] = "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
				   "  - name: a\n    prices: {cpu: 1/h}\n    nodes: [{name: n, count: 3, allocatable: {cpu: \"4\"}}]\n"
				   "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: i, cluster: a, rate: 1/s}]\n"
				   "  workloads: [{name: w, requests: {cpu: \"4\"}, replicas: {min: 2}}]\n  connections: [{from: i, to: w}]\n"
				   "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: q}\nspec:\n  inputs: [{name: i, cluster: a, rate: 1/s}]\n"
				   "  workloads: [{name: w, requests: {cpu: \"4\"}, replicas: {min: 2}}]\n  connections: [{from: i, to: w}]\n";
	const struct hk_solve_options options = { 0 };
	struct instance instance;
	struct side side;

	(void)state;
	instance_open(&instance, text);
	/* the builder counts and says so already; prices have to find it too */
	open_side(&side, &instance, &options);
	assert_int_equal(side.d.n_rows, 1);
	assert_int_equal(hk_decomposition_relax(&side.d, &side.err), 0);
	assert_true(side.d.infeasible);
	assert_false(side.d.blocks[0].impossible);
	assert_false(side.d.blocks[1].impossible);
	close_side(&side);
	instance_close(&instance);
}

static void an_interrupt_stops_and_proves_nothing(void **state)
{
	volatile int interrupt = 1;
	const struct hk_solve_options options = { .interrupt = &interrupt };
	struct instance instance;
	struct side side;

	(void)state;
	instance_family(&instance, "mec", 12, 6, 5, true, false);
	open_side(&side, &instance, &options);
	assert_int_equal(hk_decomposition_relax(&side.d, &side.err), 0);
	assert_int_equal(hk_decomposition_price(&side.d, 1e-6, 5, true, &side.err), 0);
	assert_true(side.d.interrupted);
	assert_false(side.d.infeasible);
	assert_true(isinf(side.d.bound));
	close_side(&side);
	instance_close(&instance);
}

/* Prices of an earlier run: the first round's bound is already good. Nonsense among them does no harm. */
static void seeds_are_where_the_first_round_looks(void **state)
{
	const struct hk_solve_options options = { .gap = 0.01 };
	struct instance instance;
	struct side cold, warm;

	(void)state;
	instance_family(&instance, "mec", 60, 30, 9, true, false);
	open_side(&cold, &instance, &options);
	assert_int_equal(hk_decomposition_relax(&cold.d, &cold.err), 0);
	open_side(&warm, &instance, &options);
	hk_decomposition_seed(&warm.d, cold.d.prices);
	assert_int_equal(hk_decomposition_relax(&warm.d, &warm.err), 0);
	assert_true(warm.d.bound >= cold.d.bound - 1e-6 * fabs(cold.d.bound));
	assert_true(warm.d.relaxed_rounds <= cold.d.relaxed_rounds);
	close_side(&warm);
	open_side(&warm, &instance, &options);
	double *nonsense = calloc(warm.d.n_rows + 1, sizeof *nonsense);

	for (uint32_t i = 0; i < warm.d.n_rows; i++)
		nonsense[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? -1 : INFINITY;
	hk_decomposition_seed(&warm.d, nonsense);
	assert_int_equal(hk_decomposition_relax(&warm.d, &warm.err), 0);
	assert_true(warm.d.bound == cold.d.bound);
	free(nonsense);
	close_side(&warm);
	close_side(&cold);
	instance_close(&instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold_and_are_close),
		cmocka_unit_test(answers_fit_into_what_is_left),
		cmocka_unit_test(threads_change_nothing),
		cmocka_unit_test(objects_that_do_not_stay_give_the_same_bound),
		cmocka_unit_test(a_cut_raises_the_bound_of_its_block),
		cmocka_unit_test(an_over_full_world_is_proved_infeasible),
		cmocka_unit_test(an_interrupt_stops_and_proves_nothing),
		cmocka_unit_test(seeds_are_where_the_first_round_looks),
	};

	return cmocka_run_group_tests_name("place/decomposition", tests, NULL, NULL);
}
