/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replicas that share nodes, idle ones that cost nothing, and plans that are there when a limit ends the search. */
#include "instance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define WORLD(price, nodes) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" \
	"  - {name: a, nodeAvailability: 99%, prices: {cpu: " price "/h}, nodes: [{name: node, count: 2, allocatable: {cpu: \"" nodes "\"}}]}\n" \
	"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 20/s, size: 1kB}]\n  objective: {latency: 0}\n"
#define W "{name: w, requests: {cpu: \"1\"}, capacity: 10/s, availability: 98.5%}"

static const struct hk_solve_options plain = { 0 };

static void optimum_is(const char *text, double expected)
{
	struct instance instance;

	instance_open(&instance, text);
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_OPTIMAL);
	if (fabs(instance.solution.objective - expected) > 1e-9 || fabs(instance.solution.bound - expected) > 1e-9)
		fail_msg("objective %.12g, bound %.12g, expected %.12g", instance.solution.objective, instance.solution.bound, expected);
	instance_close(&instance);
}

static void sharing_a_node_is_proved_best(void **state)
{
	(void)state;
	/* both needed: on two nodes 0.9801, on one 0.99 */
	optimum_is(WORLD("1", "2") "  workloads: [" W "]\n  connections: [{from: in, to: w}]\n", 2);
}

static void others_in_the_way_are_proved_to_be(void **state)
{
	(void)state;
	/* one cpu of each node is taken by the other: three of w do not fit beside it, and two cannot share, so there is no plan */
	struct instance instance;

	instance_open(&instance, WORLD("1",
				       "2") "  workloads:\n  - " W "\n  - {name: v, requests: {cpu: \"1\"}, capacity: 10/s, placement: {apart: [{with: v, level: node}]}}\n"
				 "  connections: [{from: in, to: w}, {from: w, to: v}]\n");
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_INFEASIBLE);
	instance_close(&instance);
}

static void a_short_limit_leaves_a_plan(void **state)
{
	const struct hk_solve_options hurried = { .node_limit = 1 };
	struct instance instance;

	(void)state;
	instance_family(&instance, "mec", 20, 10, 2, true, false);
	assert_true(instance_solve(&instance, &hurried));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_FEASIBLE);
	assert_true(instance.solution.bound <= instance.solution.objective);
	instance_close(&instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sharing_a_node_is_proved_best),
		cmocka_unit_test(others_in_the_way_are_proved_to_be),
		cmocka_unit_test(a_short_limit_leaves_a_plan),
	};

	return cmocka_run_group_tests_name("place/solve_shared", tests, NULL, NULL);
}
