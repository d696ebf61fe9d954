/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bandwidth and latency bought from the network: when, how much, for whom. Sums are worked out by hand; the property test tries everything on random worlds. */
#include "instance.h"

#include "place/check.h"
#include "place/options.h"
#include "plan/from_solution.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
/* The edge has no room: everything has to go to the cloud. */
#define TOPOLOGY(LINK) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" \
	"  - {name: cloud, tier: cloud, prices: {cpu: 0.01/h}}\n  - {name: edge, tier: edge, nodes: [{name: e, allocatable: {cpu: \"0\", memory: 8Gi}}]}\n" \
	"  controllers: [{name: wan}]\n  links:\n  - {from: edge, to: cloud, both: false, controller: wan, " LINK "}\n"
/* 10 messages/s of 100 kB: 8 Mbit/s. */
#define PIPELINE(NAME, MORE) "---\n" HEAD "kind: Pipeline\nmetadata: {name: " NAME "}\nspec:\n  inputs: [{name: in, cluster: edge, rate: 10/s, size: 100kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: \"1\"}}]\n  connections: [{from: in, to: w" MORE "}]\n  objective: {latency: 0.001}\n"

struct bought { bool any; double more, faster, price; };

/* Solve, make the plan, have it checked, and look at its only change of the network. */
static struct bought solve_within(const char *text, double gap, double objective)
{
	const struct hk_solve_options plain = { .gap = gap };
	struct instance instance;
	struct hk_check_report report;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_plan plan;
	struct bought bought = { 0 };

	instance_open(&instance, text);
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_OPTIMAL);
	assert_int_equal(hk_plan_from_solution(&plan, &instance.problem, &instance.solution, NULL, NULL), 0);
	assert_int_equal(hk_check_plan(&instance.model, &plan, NULL, &report, &diags, NULL), 0);
	if (report.violations)
		print_error("%s\n", diags.list.v[0].summary);
	assert_int_equal(report.violations, 0);
	if (!(fabs(plan.objective - objective) <= fmax(1e-9, gap * objective)))
		print_error("objective %.12g, expected %.12g\n", plan.objective, objective);
	assert_true(fabs(plan.objective - objective) <= fmax(1e-9, gap * objective));
	assert_true(plan.n_network_changes <= 1);
	if (plan.n_network_changes == 1) {
		const struct hk_plan_network_change *change = &plan.network_changes[0];

		bought = (struct bought){ true, isfinite(change->bandwidth_before) ? change->bandwidth_after - change->bandwidth_before : 0,
					  isfinite(change->latency_before) ? change->latency_before - change->latency_after : 0, change->price };
		assert_true(change->n_why > 0);
		assert_string_equal(change->controller, "wan");
		assert_true(fabs(plan.cost_network - change->price) < 1e-9);
	}
	hk_diags_release(&diags);
	hk_plan_release(&plan);
	instance_close(&instance);
	return bought;
}

/* A gap, however small, has the worlds with given purchases looked at first. */
static struct bought solve(const char *text, double objective)
{
	struct bought bought = solve_within(text, 0, objective), again = solve_within(text, 1e-6, objective);

	assert_true(bought.any == again.any && fabs(bought.price - again.price) < 1e-6);
	return bought;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-12;
}

static void bandwidth_comes_in_whole_steps(void **state)
{
	struct bought bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 3Mbps, adjustable: {bandwidth: {max: 20Mbps, step: 2Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    ""),
				     0.01 + 0.0001 + 0.06);

	(void)state;
	assert_true(bought.any && near(bought.more, 6e6) && near(bought.price, 0.06));
	/* without a step exactly what is missing */
	bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 3Mbps, adjustable: {bandwidth: {max: 20Mbps, price: 0.01/Mbps/h}}") PIPELINE("p", ""),
		       0.01 + 0.0001 + 0.05);
	assert_true(bought.any && near(bought.more, 5e6) && near(bought.price, 0.05));
	/* enough is there */
	bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 8Mbps, adjustable: {bandwidth: {max: 20Mbps, price: 0.01/Mbps/h}}") PIPELINE("p", ""),
		       0.01 + 0.0001);
	assert_false(bought.any);
}

static void one_link_serves_several_pipelines(void **state)
{
	struct bought bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 20Mbps, adjustable: {bandwidth: {max: 40Mbps, step: 3Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    "") PIPELINE("q", "")
				     PIPELINE("r", ""), 3 * (0.01 + 0.0001) + 0.06);

	(void)state;
	assert_true(bought.any && near(bought.more, 6e6));
}

/* Each of three pipelines would save 0.0002/h by 20 ms less: too little for one, enough for three. */
static void together_they_can_afford_what_none_could_alone(void **state)
{
	static const char link[] = TOPOLOGY("latency: 30ms, adjustable: {latency: {min: 10ms, price: 0.000025/ms/h}}");
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	struct bought bought;

	(void)state;
	hk_buf_addf(&text, "%s%s%s", link, PIPELINE("p", ""), PIPELINE("q", ""));
	bought = solve(text.s, 2 * (0.01 + 0.0003));
	assert_false(bought.any);
	hk_buf_addf(&text, "%s", PIPELINE("r", ""));
	bought = solve(text.s, 3 * (0.01 + 0.0001) + 0.0005);
	assert_true(bought.any && near(bought.faster, 0.02) && near(bought.price, 0.0005));
}

static void limits_ask_for_what_they_need(void **state)
{
	struct bought bought = solve(TOPOLOGY("latency: 10ms, adjustable: {latency: {min: 4ms, price: 0.01/ms/h}}") PIPELINE("p", ", latency: {limit: 5ms}"),
				     0.01 + 0.00004 + 0.06);

	(void)state;
	assert_true(bought.any && near(bought.faster, 0.006));
	/* a limit on bandwidth: three steps, though the traffic would do with one */
	bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 7Mbps, adjustable: {bandwidth: {max: 40Mbps, step: 5Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    ", bandwidth: {limit: 20Mbps}"),
		       0.01 + 0.0001 + 0.15);
	assert_true(bought.any && near(bought.more, 15e6));
	/* a request is worth 10 * 10/s * (1 - 8/20) = 60/h here */
	bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 8Mbps, adjustable: {bandwidth: {max: 40Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    ", bandwidth: {request: 20Mbps}"),
		       0.01 + 0.0001 + 0.12);
	assert_true(bought.any && near(bought.more, 12e6));
	/* more than there is on offer: what is missing of the request stays late, and part of the way is worth nothing */
	bought = solve(TOPOLOGY("latency: 10ms, bandwidth: 10Mbps, adjustable: {bandwidth: {max: 15Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    ", bandwidth: {request: 20Mbps}"),
		       0.01 + 0.0001 + 50);
	assert_false(bought.any);
}

static bool has_plan(const char *text)
{
	static const struct hk_solve_options plain = { 0 };
	struct instance instance;
	bool found;

	instance_open(&instance, text);
	found = !instance.infeasible && instance_solve(&instance, &plain) && instance.solution.outcome == HK_SOLVED_OPTIMAL;
	instance_close(&instance);
	return found;
}

static void what_is_not_on_offer_cannot_be_had(void **state)
{
	(void)state;
	assert_true(has_plan(TOPOLOGY("latency: 10ms, bandwidth: 3Mbps, adjustable: {bandwidth: {max: 8Mbps, step: 5Mbps, price: 1/Mbps/h}}") PIPELINE("p",
	    "")));
	assert_false(has_plan(TOPOLOGY("latency: 10ms, bandwidth: 3Mbps, adjustable: {bandwidth: {max: 8Mbps, step: 3Mbps, price: 1/Mbps/h}}") PIPELINE("p",
	    "")));
	assert_false(has_plan(TOPOLOGY("latency: 10ms, adjustable: {latency: {min: 4ms}}") PIPELINE("p", ", latency: {limit: 3ms}")));
}

static void a_measured_pair_gets_faster_but_not_wider(void **state)
{
	static const char measured[] = "---\n" HEAD "kind: Metrics\nmetadata: {name: m}\nspec:\n  pairs:\n  - {from: edge, to: cloud, latency: 12ms, bandwidth: 9Mbps}\n";
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	struct bought bought;

	(void)state;
	hk_buf_addf(&text, "%s%s%s", TOPOLOGY("latency: 10ms, adjustable: {latency: {min: 4ms, price: 0.01/ms/h}}"), PIPELINE("p", ", latency: {limit: 6ms}"),
		    measured);
	bought = solve(text.s, 0.01 + 0.00006 + 0.06);
	assert_true(bought.any && near(bought.faster, 0.006));
	hk_buf_reset(&text);
	hk_buf_addf(&text, "%s%s%s", TOPOLOGY("latency: 10ms, bandwidth: 10Mbps, adjustable: {bandwidth: {max: 40Mbps, price: 0.01/Mbps/h}}"),
		    PIPELINE("p", ", bandwidth: {limit: 20Mbps}"), measured);
	assert_false(has_plan(text.s));
}

static void path_limits_see_what_is_bought(void **state)
{
	struct bought bought = solve(TOPOLOGY("latency: 10ms, adjustable: {latency: {min: 4ms, price: 0.01/ms/h}}") PIPELINE("p",
	    "") "  paths: [{from: in, to: w, latency: {limit: 9ms}}]\n",
				     0.01 + 0.00004 + 0.06);

	(void)state;
	assert_true(bought.any && near(bought.faster, 0.006));
}

static size_t violations(const struct hk_model *model, const struct hk_plan *plan)
{
	struct hk_check_report report;
	struct hk_diags diags = HK_DIAGS_INIT;
	size_t found = 0;

	assert_int_equal(hk_check_plan(model, plan, NULL, &report, &diags, NULL), 0);
	for (size_t i = 0; i < diags.list.n; i++)
		found += !strcmp(diags.list.v[i].rule->code, "HK0837");
	assert_true(found <= report.violations);
	hk_diags_release(&diags);
	return found;
}

static void the_checker_knows_what_is_on_offer(void **state)
{
	static const struct hk_solve_options plain = { 0 };
	static const char text[] = TOPOLOGY("latency: 10ms, bandwidth: 3Mbps, adjustable: {bandwidth: {max: 20Mbps, step: 2Mbps, price: 0.01/Mbps/h}}") PIPELINE("p",
	    "");
	struct instance instance;
	struct hk_plan plan;

	(void)state;
	instance_open(&instance, text);
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(hk_plan_from_solution(&plan, &instance.problem, &instance.solution, NULL, NULL), 0);
	struct hk_plan_network_change good = plan.network_changes[0], *change = &plan.network_changes[0], twice[] = { good, good };

	assert_int_equal(violations(&instance.model, &plan), 0);
	change->bandwidth_after += 1e6;
	assert_int_equal(violations(&instance.model, &plan), 1);
	*change = good;
	change->bandwidth_after += 12e6;
	assert_int_equal(violations(&instance.model, &plan), 1);
	*change = good;
	change->bandwidth_before = change->bandwidth_after = (double)NAN;
	assert_int_equal(violations(&instance.model, &plan), 1);
	*change = good;
	change->latency_before = 0.01, change->latency_after = 0.001;
	assert_int_equal(violations(&instance.model, &plan), 1);
	*change = good;
	change->controller = "lan";
	assert_int_equal(violations(&instance.model, &plan), 1);
	*change = good;
	change->parallel = 1;
	assert_int_equal(violations(&instance.model, &plan), 1);
	plan.network_changes = twice;
	plan.n_network_changes = 2;
	assert_int_equal(violations(&instance.model, &plan), 1);
	hk_plan_release(&plan);
	instance_close(&instance);
}

static void amounts_are_rounded_up_to_steps(void **state)
{
	const struct hk_option steps = { .kind = HK_OPTION_BANDWIDTH, .step = 5 }, any = { .kind = HK_OPTION_BANDWIDTH };

	(void)state;
	assert_true(near(hk_option_round(&steps, 0), 0) && near(hk_option_round(&steps, 5), 5) && near(hk_option_round(&steps, 5 + 1e-9), 5) &&
		    near(hk_option_round(&steps, 5.1), 10));
	assert_true(near(hk_option_round(&any, 5.1), 5.1) && near(hk_option_round(&any, -1), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bandwidth_comes_in_whole_steps), cmocka_unit_test(one_link_serves_several_pipelines),
		cmocka_unit_test(together_they_can_afford_what_none_could_alone), cmocka_unit_test(limits_ask_for_what_they_need),
		cmocka_unit_test(what_is_not_on_offer_cannot_be_had), cmocka_unit_test(a_measured_pair_gets_faster_but_not_wider),
		cmocka_unit_test(path_limits_see_what_is_bought), cmocka_unit_test(the_checker_knows_what_is_on_offer),
		cmocka_unit_test(amounts_are_rounded_up_to_steps),
	};

	return cmocka_run_group_tests_name("place/options", tests, NULL, NULL);
}
