/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that share traffic: parts, the worst of several routes, and plans that need both. */
#include "instance.h"

#include "place/route.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define TOPOLOGY(LINKS) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" \
	"  - {name: a, tier: edge, nodes: [{name: n, allocatable: {cpu: \"0\", memory: 8Gi}}]}\n  - {name: b, tier: way}\n  - {name: c, tier: way}\n  - {name: d, tier: cloud}\n" \
	"  controllers: [{name: wan}]\n  links:\n" LINKS
#define LINK(FROM, TO, MORE) "  - {from: " FROM ", to: " TO ", both: false, latency: 2ms" MORE "}\n"
#define EQUAL ", equalCost: true"
/* 8 Mbit/s from a to d. */
#define PIPELINE(MORE) "---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 10/s, size: 100kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: \"1\"}, placement: {require: {matchLabels: {tier: cloud}}}}]\n  connections: [{from: in, to: w" MORE "}]\n"
#define DIAMOND(FIRST, MORE) LINK("a", "b", FIRST MORE ", jitter: 1ms") LINK("a", "c", FIRST MORE ", jitter: 3ms, loss: 1%") LINK("b", "d", MORE ", loss: 2%") LINK("c", "d", MORE)

enum { A, B, C, D };

static double part_of(const struct instance *instance, const struct hk_crossings *crossings, uint32_t from, uint32_t to)
{
	double sum = 0;

	for (size_t i = 0; i < crossings->n; i++) {
		const struct hk_link *link = &instance->model.links[crossings->v[i].link];

		sum += link->from == from && link->to == to ? crossings->v[i].part : 0;
	}
	return sum;
}

static void a_diamond_is_taken_on_both_sides(void **state)
{
	struct instance instance;
	struct hk_crossings crossings = { 0 };
	struct hk_route route;

	(void)state;
	instance_open(&instance, TOPOLOGY(DIAMOND(EQUAL, "")) PIPELINE(""));
	hk_route_crossings(instance.problem.routes, A, D, &crossings);
	assert_int_equal(crossings.n, 4);
	assert_true(part_of(&instance, &crossings, A, B) == 0.5 && part_of(&instance, &crossings, A, C) == 0.5 && part_of(&instance, &crossings, B, D) == 0.5);
	route = hk_route_between(instance.problem.routes, A, D);
	assert_true(fabs(route.latency - 0.004) < 1e-12 && fabs(route.jitter - 0.003) < 1e-12 && fabs(route.loss - 0.02) < 1e-12);
	hk_route_crossings(instance.problem.routes, D, A, &crossings);
	assert_int_equal(crossings.n, 0);
	assert_false(hk_route_between(instance.problem.routes, D, A).reachable);
	hk_vec_release(&crossings);
	instance_close(&instance);
}

static void who_does_not_say_so_keeps_to_one_route(void **state)
{
	struct instance instance;
	struct hk_crossings crossings = { 0 };

	(void)state;
	instance_open(&instance, TOPOLOGY(LINK("a", "b", "") LINK("a", "c", EQUAL) LINK("b", "d", EQUAL) LINK("b", "d", EQUAL) LINK("c", "d",
	    EQUAL)) PIPELINE(""));
	/* the link by names is a to b and says nothing; from b on two parallel links share */
	hk_route_crossings(instance.problem.routes, A, D, &crossings);
	assert_int_equal(crossings.n, 3);
	assert_true(part_of(&instance, &crossings, A, B) == 1 && part_of(&instance, &crossings, A, C) == 0 && part_of(&instance, &crossings, B, D) == 1);
	assert_true(crossings.v[1].part == 0.5);
	hk_vec_release(&crossings);
	instance_close(&instance);
}

static bool has_plan(const char *text, double *objective)
{
	static const struct hk_solve_options plain = { 0 };
	struct instance instance;
	bool found;

	instance_open(&instance, text);
	found = !instance.infeasible && instance_solve(&instance, &plain) && instance.solution.outcome == HK_SOLVED_OPTIMAL;
	*objective = found ? instance.solution.objective : 0;
	instance_close(&instance);
	return found;
}

static void two_narrow_routes_carry_what_one_cannot(void **state)
{
	double objective;

	(void)state;
	assert_true(has_plan(TOPOLOGY(DIAMOND(EQUAL, ", bandwidth: 5Mbps")) PIPELINE(""), &objective));
	assert_false(has_plan(TOPOLOGY(DIAMOND("", ", bandwidth: 5Mbps")) PIPELINE(""), &objective));
	/* parts are equal, not as there is room */
	assert_false(has_plan(TOPOLOGY(LINK("a", "d", EQUAL ", bandwidth: 7Mbps") LINK("a", "d", EQUAL ", bandwidth: 3Mbps")) PIPELINE(""), &objective));
	assert_true(has_plan(TOPOLOGY(LINK("a", "d", EQUAL ", bandwidth: 7Mbps") LINK("a", "d", EQUAL ", bandwidth: 4Mbps")) PIPELINE(""), &objective));
}

static void the_worst_route_keeps_the_limit(void **state)
{
	double objective;

	(void)state;
	assert_true(has_plan(TOPOLOGY(DIAMOND("", "")) PIPELINE(", jitter: {limit: 2ms}"), &objective));
	assert_false(has_plan(TOPOLOGY(DIAMOND(EQUAL, "")) PIPELINE(", jitter: {limit: 2ms}"), &objective));
	assert_true(has_plan(TOPOLOGY(DIAMOND(EQUAL, "")) PIPELINE(", loss: {limit: 2%}"), &objective));
	assert_false(has_plan(TOPOLOGY(DIAMOND(EQUAL, "")) PIPELINE(", loss: {limit: 1.9%}"), &objective));
}

/* 4 ms by both sides; 3 ms only when both are made faster. */
static void both_sides_have_to_be_bought(void **state)
{
	static const char links[] = TOPOLOGY(LINK("a", "b", EQUAL ", controller: wan, adjustable: {latency: {min: 1ms, price: 0.5/ms/h}}")
					     LINK("a", "c", EQUAL ", controller: wan, adjustable: {latency: {min: 1ms, price: 0.25/ms/h}}") LINK("b", "d",
						 "") LINK("c", "d", ""))
		PIPELINE(", latency: {limit: 3ms}");
	double objective;

	(void)state;
	assert_true(has_plan(links, &objective));
	assert_true(fabs(objective - (0.01 * 10 * 0.003 + 0.75)) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diamond_is_taken_on_both_sides), cmocka_unit_test(who_does_not_say_so_keeps_to_one_route),
		cmocka_unit_test(two_narrow_routes_carry_what_one_cannot), cmocka_unit_test(the_worst_route_keeps_the_limit),
		cmocka_unit_test(both_sides_have_to_be_bought),
	};

	return cmocka_run_group_tests_name("place/route_equal", tests, NULL, NULL);
}
