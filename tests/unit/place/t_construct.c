/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan side of the engine for many pipelines, and the rows that make availability targets a part of its models. */
#include "../test.h"
#include "instance.h"

#include "place/construct_internal.h"
#include "place/cuts_availability.h"

#include <math.h>
#include <string.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define NODES(CPU) "nodes: [{name: n, count: 40, allocatable: {cpu: " CPU ", memory: 64Gi}}]"
/* Five places that fail once in 200 hours each, one that hardly fails and is dear. 1e-4 forgives four pairs of the five. */
#define WORLD(CPU) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" \
	"  - {name: a, availability: 99.5%, prices: {cpu: 0.010/h}, " NODES(CPU) "}\n  - {name: b, availability: 99.5%, prices: {cpu: 0.011/h}, " NODES(CPU) "}\n" \
	"  - {name: c, availability: 99.5%, prices: {cpu: 0.012/h}, " NODES(CPU) "}\n  - {name: d, availability: 99.5%, prices: {cpu: 0.013/h}, " NODES(CPU) "}\n" \
	"  - {name: e, availability: 99.5%, prices: {cpu: 0.014/h}, " NODES(CPU) "}\n  - {name: z, availability: 99.99%, prices: {cpu: 0.100/h}, " NODES(CPU) "}\n" \
	"  links: [{from: a, to: b, latency: 1ms}, {from: a, to: c, latency: 1ms}, {from: a, to: d, latency: 1ms}, {from: a, to: e, latency: 1ms}, {from: a, to: z, latency: 1ms}]\n"
#define PIPELINE(NAME, RATE) "---\n" HEAD "kind: Pipeline\nmetadata: {name: " NAME "}\nspec:\n  inputs: [{name: in, cluster: a, rate: " RATE "/s, size: 1kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 10/s, availability: 99.99%}]\n  connections: [{from: in, to: w}]\n  objective: {latency: 0.0001}\n"

static double solve(const char *text, double gap, double *bound, bool many)
{
	const struct hk_solve_options options = { .gap = gap };
	struct instance instance;
	double objective;

	instance_open(&instance, text);
	assert_true(instance_solve(&instance, &options));
	assert_true(instance.solution.outcome == HK_SOLVED_OPTIMAL || instance.solution.outcome == HK_SOLVED_FEASIBLE);
	assert_true(!many || strstr(instance.solution.method, "decomposition"));
	objective = instance.solution.objective;
	*bound = instance.solution.bound;
	instance_close(&instance);
	return objective;
}

/* instance_solve() has the plan's probabilities checked by code that knows nothing of these rows. */
static void both_engines_agree_about_targets(void **state)
{
	const char *text = WORLD("\"4\"") PIPELINE("p", "80") PIPELINE("q", "120") PIPELINE("r", "50");
	double bounds[2], exact = solve(text, 0, &bounds[0], false), many = solve(text, 0.005, &bounds[1], true);

	(void)state;
	assert_true(bounds[1] <= exact * (1 + 1e-9));
	assert_true(bounds[0] <= many * (1 + 1e-9));
	assert_true(many <= exact * 1.005 + 1e-9);
}

static void pairs_are_looked_at_once(void **state)
{
	struct hk_cuts cuts = { 0 };
	const uint32_t first[] = { 1, 4 }, more[] = { 0, 4, 7 };

	(void)state;
	assert_null(hk_cuts_pairs_of(&cuts, 2, 3));
	assert_true(hk_cuts_pairs(&cuts, 2, 3, first, 2));
	assert_false(hk_cuts_pairs(&cuts, 2, 3, first, 2));
	assert_false(hk_cuts_pairs(&cuts, 2, 3, first + 1, 1));
	assert_true(hk_cuts_pairs(&cuts, 2, 3, more, 3));
	assert_int_equal(hk_cuts_pairs_of(&cuts, 2, 3)->n, 4);
	assert_int_equal(hk_cuts_pairs_of(&cuts, 2, 3)->candidates[0], 0);
	assert_int_equal(hk_cuts_pairs_of(&cuts, 2, 3)->candidates[3], 7);
	assert_null(hk_cuts_pairs_of(&cuts, 3, 2));
	assert_int_equal(hk_cuts_count(&cuts), 1);
	hk_cuts_release(&cuts);
}

static void fix(struct hk_form *form, const uint32_t *replicas)
{
	for (uint32_t c = 0; c < form->problem->blocks[0].workloads[0].n_candidates; c++)
		form->milp.columns.v[form->blocks[0].x[0][c]].lower = form->milp.columns.v[form->blocks[0].x[0][c]].upper = replicas[c];
}

/* Is there an answer with these counts? rows: with the pairs, or without. */
static bool allowed(const struct instance *instance, const uint32_t *replicas, bool rows)
{
	const uint32_t all[] = { 0, 1, 2, 3, 4, 5 }, member = 0;
	const struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .first = true };
	struct hk_cuts cuts = { 0 };
	struct hk_form form;
	struct hk_glpk_result result;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (rows)
		hk_cuts_pairs(&cuts, 0, 0, all, 6);
	hk_form_build(&form, &instance->problem, &member, 1, &cuts);
	fix(&form, replicas);
	double *point = hk_calloc(form.milp.columns.n + 1, sizeof *point);

	assert_int_equal(hk_glpk_solve(&form.milp, &limits, &result, point, &err), 0);
	hk_cleanup_free(&point);
	hk_form_release(&form);
	hk_cuts_release(&cuts);
	return result.status == HK_GLPK_OPTIMAL;
}

/* The rows are necessary: no counts that meet the target are lost. And of those that miss it, whatever two domains do is found. */
static void rows_hold_for_every_count_that_meets_the_target(void **state)
{
	struct instance instance;
	unsigned met = 0, found = 0;

	(void)state;
	instance_open(&instance, WORLD("\"4\"") PIPELINE("p", "60"));
	assert_int_equal(instance.problem.blocks[0].workloads[0].n_candidates, 6);
	for (uint32_t code = 0; code < 4096; code += 7) {
		uint32_t replicas[6] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3, code >> 8 & 3, code >> 10 & 3 };
		struct hk_cuts ignored = { 0 };
		size_t added = 0;
		bool misses;

		if (!allowed(&instance, replicas, false))
			continue;
		misses = hk_cut_availability(&ignored, &instance.problem, 0, 0, replicas, true, &added);
		assert_true(!misses || added > 0);
		hk_cuts_release(&ignored);
		met += !misses;
		found += misses && !allowed(&instance, replicas, true);
		assert_true(misses || allowed(&instance, replicas, true));
	}
	assert_true(met > 20);
	assert_true(found > 20);
	instance_close(&instance);
}

static void parts_of_plans_stay_when_a_block_is_built_again(void **state)
{
	const struct hk_solve_options options = { .gap = 0.01 };
	struct instance instance;
	struct hk_decomposition d;
	struct hk_block_solution copy;
	struct hk_arena arena = HK_ARENA_INIT;
	double cost = 0;

	(void)state;
	instance_open(&instance, WORLD("\"4\"") PIPELINE("p", "80") PIPELINE("q", "120"));
	assert_true(instance_solve(&instance, &options));
	assert_int_equal(hk_decomposition_open(&d, &instance.problem, NULL, &options, &instance.err), 0);
	for (int turn = 0; turn < 2; turn++)
		hk_decomposition_adopt(&d, 1, &instance.solution.blocks[1], 7.5, NULL, 0);
	assert_int_equal(d.blocks[1].n_configurations, 1);
	assert_int_equal(hk_decomposition_rebuild(&d, 1, &instance.err), 0);
	assert_int_equal(d.blocks[1].n_configurations, 1);
	hk_block_solution_init(&copy, &instance.problem.blocks[1], &arena);
	assert_true(hk_decomposition_solution(&d, 1, &d.blocks[1].configurations[0], &copy, &cost, &instance.err));
	assert_true(fabs(cost - 7.5) < 1e-12);
	for (uint32_t c = 0; c < instance.problem.blocks[1].workloads[0].n_candidates; c++)
		assert_int_equal(copy.replicas[0][c], instance.solution.blocks[1].replicas[0][c]);
	hk_decomposition_close(&d);
	hk_arena_release(&arena);
	instance_close(&instance);
}

/*
 * Pipelines want the same cheap place; what is left of it decides who has to go elsewhere. Worked out by hand: 8 replicas, 5 of them fit the place at 0.01, 3
 * pay 0.05.
 */
static void what_does_not_fit_goes_where_it_costs_least(void **state)
{
	const char *text = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n  - {name: a, prices: {cpu: 0.01/h}, nodes: [{name: n, count: 5, allocatable: {cpu: \"1\", memory: 8Gi}}]}\n"
		"  - {name: b, prices: {cpu: 0.05/h}}\n  links: [{from: a, to: b, latency: 1ms}]\n"
		"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 40/s, size: 1kB}]\n  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 10/s}]\n"
		"  connections: [{from: in, to: w}]\n  objective: {latency: 0}\n"
		"---\n" HEAD "kind: Pipeline\nmetadata: {name: q}\nspec:\n  inputs: [{name: in, cluster: a, rate: 40/s, size: 1kB}]\n  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 10/s}]\n"
		"  connections: [{from: in, to: w}]\n  objective: {latency: 0}\n";
	double bound, objective = solve(text, 0.001, &bound, true);

	(void)state;
	assert_true(fabs(objective - (5 * 0.01 + 3 * 0.05)) < 1e-9);
	assert_true(bound <= objective + 1e-9 && bound >= objective * 0.999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_engines_agree_about_targets),
		cmocka_unit_test(pairs_are_looked_at_once),
		cmocka_unit_test(rows_hold_for_every_count_that_meets_the_target),
		cmocka_unit_test(parts_of_plans_stay_when_a_block_is_built_again),
		cmocka_unit_test(what_does_not_fit_goes_where_it_costs_least),
	};

	return cmocka_run_group_tests_name("construct", tests, NULL, NULL);
}
