/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loss and jitter where numbers get extreme: nearly everything lost, everything lost, limits met exactly, sites at both ends. */
#include "instance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define WORLD(LINK, SITE, CONNECTION, PATH) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" \
	"  - {name: cloud, prices: {cpu: 0.01/h}}\n  - {name: edge, nodes: [{name: e, allocatable: {cpu: \"0\", memory: 8Gi}}]}\n" \
	"  sites: [{name: here, cluster: edge" SITE "}, {name: there, cluster: edge" SITE "}]\n  links:\n  - {from: edge, to: cloud, latency: 1ms" LINK "}\n" \
	"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, site: here, rate: 1/s, size: 1kB}]\n  outputs: [{name: out, site: there}]\n" \
	"  workloads: [{name: w, requests: {cpu: \"1\"}}]\n  connections: [{from: in, to: w" CONNECTION "}, {from: w, to: out}]\n  paths: [{from: in, to: out, " PATH "}]\n" \
	"  objective: {latency: 0, request: 1}\n"

/* What the plan costs beyond its replica, -1 without a plan. Every plan is put before the checker. */
static double cost(const char *text)
{
	static const struct hk_solve_options plain = { 0 };
	struct instance instance;
	double result = -1;

	instance_open(&instance, text);
	if (!instance.infeasible) {
		assert_true(instance_solve(&instance, &plain));
		if (instance.solution.outcome == HK_SOLVED_OPTIMAL)
			result = instance.solution.objective - 0.01;
	}
	instance_close(&instance);
	return result;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void losses_combine_over_sites_links_and_connections(void **state)
{
	(void)state;
	/* four hops that keep 9 of 10 each: 1 - 0.9^4 = 34.39 % */
	assert_true(near(cost(WORLD(", loss: 10%", ", loss: 10%", "", "loss: {limit: 34.39%}")), 0));
	assert_true(near(cost(WORLD(", loss: 10%", ", loss: 10%", "", "loss: {limit: 34.38%}")), -1));
	/* site and link only: 1 - 0.9^2 = 19 % */
	assert_true(near(cost(WORLD(", loss: 10%", ", loss: 10%", ", loss: {limit: 19%}", "loss: {limit: 50%}")), 0));
	assert_true(near(cost(WORLD(", loss: 10%", ", loss: 10%", ", loss: {limit: 18.99%}", "loss: {limit: 50%}")), -1));
}

static void nearly_everything_lost_is_still_a_number(void **state)
{
	(void)state;
	assert_true(near(cost(WORLD(", loss: 99.9999%", "", "", "loss: {limit: 99.99999%}")), -1));
	assert_true(near(cost(WORLD(", loss: 99.9999%", "", "", "loss: {limit: 99.9999999999%}")), 0));
	/* lateness adds up logarithms: twice ln(1e6), less ln(2) */
	assert_true(fabs(cost(WORLD(", loss: 99.9999%", "", "", "loss: {request: 50%}")) - (2 * log(1e6) - log(2))) < 1e-6);
}

static void everything_lost_keeps_no_limit_but_100_percent(void **state)
{
	(void)state;
	assert_true(near(cost(WORLD(", loss: 100%", "", "", "loss: {limit: 99.9999%}")), -1));
	assert_true(near(cost(WORLD(", loss: 100%", "", "", "loss: {limit: 100%}")), 0));
	assert_true(near(cost(WORLD(", loss: 100%", "", ", loss: {limit: 100%}", "loss: {limit: 100%}")), 0));
	/* 700 for each of the two connections, less ln(2) */
	assert_true(fabs(cost(WORLD(", loss: 100%", "", "", "loss: {request: 50%}")) - (1400 - log(2))) < 1e-6);
}

static void jitter_adds_up_to_the_last_digit(void **state)
{
	(void)state;
	/* 0.1 + 0.7 + 0.7 + 0.1 ms are not 1.6 ms in binary; the limit is kept all the same */
	assert_true(near(cost(WORLD(", jitter: 700us", ", jitter: 100us", "", "jitter: {limit: 1600us}")), 0));
	assert_true(near(cost(WORLD(", jitter: 700us", ", jitter: 100us", "", "jitter: {limit: 1599us}")), -1));
	assert_true(near(cost(WORLD(", jitter: 700us", ", jitter: 100us", ", jitter: {limit: 800us}", "jitter: {limit: 2ms}")), 0));
	assert_true(near(cost(WORLD(", jitter: 700us", ", jitter: 100us", ", jitter: {limit: 799us}", "jitter: {limit: 2ms}")), -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_combine_over_sites_links_and_connections), cmocka_unit_test(nearly_everything_lost_is_still_a_number),
		cmocka_unit_test(everything_lost_keeps_no_limit_but_100_percent), cmocka_unit_test(jitter_adds_up_to_the_last_digit),
	};

	return cmocka_run_group_tests_name("place/loss", tests, NULL, NULL);
}
