/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "family.h"
#include "instance.h"
#include "place/availability.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct hk_solve_options plain = { 0 };

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"

/* Two edges and a cloud; the numbers below are worked out by hand. */
static const char *const small_world = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
	"  - {name: cloud, availability: 99.9%, prices: {cpu: 0.01/h}}\n"
	"  - {name: edge-a, availability: 99%, prices: {cpu: 0.02/h}, nodes: [{name: a, count: 2, allocatable: {cpu: \"2\", memory: 8Gi}}]}\n"
	"  - {name: edge-b, availability: 99%, prices: {cpu: 0.03/h}, nodes: [{name: b, count: 2, allocatable: {cpu: \"2\", memory: 8Gi}}]}\n"
	"  links:\n"
	"  - {from: edge-a, to: cloud, latency: 20ms}\n"
	"  - {from: edge-a, to: edge-b, latency: 2ms}\n"
	"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n"
	"  inputs: [{name: in, cluster: edge-a, rate: 100/s, size: 1kB}]\n";

static void open_small(struct instance *instance, const char *rest)
{
	struct hk_buf text = HK_BUF_INIT;

	hk_buf_addstr(&text, small_world);
	hk_buf_addstr(&text, rest);
	instance_open(instance, text.s);
	hk_buf_release(&text);
}

static void objective_is(const char *rest, double expected)
{
	struct instance instance;

	open_small(&instance, rest);
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_OPTIMAL);
	if (fabs(instance.solution.objective - expected) > 1e-9)
		fail_msg("objective %.12g, expected %.12g", instance.solution.objective, expected);
	assert_true(fabs(instance.solution.bound - expected) < 1e-9);
	instance_close(&instance);
}

static void cheapest_cluster_wins(void **state)
{
	(void)state;
	/* 2 replicas of 1 cpu in the cloud: 0.02; 100/s * 20 ms = 2 messages in flight: 0.01 * 2 */
	objective_is("  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 50/s}]\n  connections: [{from: in, to: w}]\n  objective: {cost: 1, latency: 0.001}\n",
		     0.02 + 0.002);
	/* at 0.01 per message in flight the edge is cheaper: 2 * 0.02 */
	objective_is("  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 50/s}]\n  connections: [{from: in, to: w}]\n", 0.04);
}

static void limit_keeps_the_cloud_out_and_nodes_bind(void **state)
{
	(void)state;
	/* 1.5 cpu each: one per node; 3 replicas need both edges: 2 * 1.5 * 0.02 + 1.5 * 0.03, and a third of the traffic (capacity 34/s) at 2 ms */
	objective_is("  workloads: [{name: w, requests: {cpu: 1500m}, capacity: 34/s}]\n  connections: [{from: in, to: w, latency: {limit: 5ms}}]\n",
		     0.06 + 0.045 + 0.01 * 0.002 * (100 - 68));
}

static void path_limits_hold_on_every_chain(void **state)
{
	struct instance instance;

	(void)state;
	/* in -> u may use both edges, u -> v both edges; a->b->a takes 4 ms and must not be possible */
	open_small(&instance, "  workloads:\n  - {name: u, requests: {cpu: 1500m}, capacity: 26/s}\n  - {name: v, requests: {cpu: 500m}, capacity: 26/s}\n"
			      "  connections: [{from: in, to: u}, {from: u, to: v}]\n  paths: [{from: in, to: v, latency: {limit: 3ms}}]\n");
	assert_true(instance_solve(&instance, &plain));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_OPTIMAL);
	instance_close(&instance);
}

/* Cheapest counts that reach the target, by trying all of them. */
static double cheapest_available(const struct hk_problem *problem, const struct hk_place_workload *placed, uint32_t most)
{
	double best = INFINITY;
	uint32_t n = placed->n_candidates, total = 1;

	for (uint32_t c = 0; c < n; c++)
		total *= most + 1;
	for (uint32_t code = 0; code < total; code++) {
		struct hk_replica_group groups[8];
		size_t n_groups = 0;
		uint32_t rest = code, sum = 0;
		double cost = 0;

		for (uint32_t c = 0; c < n; c++, rest /= most + 1) {
			uint32_t x = rest % (most + 1);

			sum += x;
			cost += x * placed->candidates[c].replica_cost;
			if (x > 0)
				groups[n_groups++] = (struct hk_replica_group){ placed->candidates[c].cluster, x, NULL, 0 };
		}
		if (sum >= placed->need && cost < best && hk_availability(problem->model, groups, n_groups, placed->need) >= placed->availability)
			best = cost;
	}
	return best;
}

static void availability_is_met_at_least_cost(void **state)
{
	static const char *const targets[] = { "99%", "99.9%", "99.99%", "99.999%", "99.99999%" };

	(void)state;
	for (unsigned t = 0; t < 5; t++)
		for (unsigned need = 1; need <= 3; need++) {
			struct instance instance;
			struct hk_buf text = HK_BUF_INIT;
			double expected;

			/* no nodes: every replica has its own; free traffic: only counts cost */
			hk_buf_addstr(&text, HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n");
			for (unsigned c = 0; c < 4; c++)
				hk_buf_addf(&text, "  - {name: c%u, availability: 99.%u%%, nodeAvailability: 99.%u%%, prices: {cpu: 0.%02u/h}}\n", c, 3 + 2 * c,
					    5 + c, 3 + c * c);
			hk_buf_addstr(&text, "  links: [{from: c0, to: c1, latency: 1ms}, {from: c1, to: c2, latency: 1ms}, {from: c2, to: c3, latency: 1ms}]\n---\n");
			hk_buf_addf(&text, HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: c0, rate: %u/s, size: 1kB}]\n",
				    10 * need);
			hk_buf_addf(&text, "  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 10/s, availability: %s}]\n  connections: [{from: in, to: w}]\n",
				    targets[t]);
			hk_buf_addstr(&text, "  objective: {cost: 1, latency: 0}\n");
			instance_open(&instance, text.s);
			assert_true(instance_solve(&instance, &plain));
			expected = cheapest_available(&instance.problem, &instance.problem.blocks[0].workloads[0], 7);
			if (instance.solution.outcome != HK_SOLVED_OPTIMAL || fabs(instance.solution.objective - expected) > 1e-9)
				fail_msg("target %s, need %u: %.9g instead of %.9g", targets[t], need, instance.solution.objective, expected);
			instance_close(&instance);
			hk_buf_release(&text);
		}
}

static const char *const families[] = { "hk4", "mec", "retail", "micro" };

static void random_plans_pass_the_checker(void **state)
{
	unsigned plans = 0;

	(void)state;
	for (uint64_t seed = 103; seed < 107; seed++)
		for (unsigned f = 0; f < 4; f++) {
			struct instance instance;

			instance_family(&instance, families[f], 4, 2 + (unsigned)(seed % 4), seed, seed % 2 == 0, true);
			if (!instance_solve(&instance, &plain))
				fail_msg("family %s seed %llu", families[f], (unsigned long long)seed);
			plans += instance.solution.outcome <= HK_SOLVED_FEASIBLE;
			instance_close(&instance);
		}
	assert_true(plans >= 6);
}

/* Objective that CBC finds for the file; NaN when it finds none. */
static double ask_cbc(const char *path)
{
	struct hk_buf command = HK_BUF_INIT;
	char line[256];
	double value = NAN;
	FILE *pipe;

	hk_buf_addf(&command, "cbc %s ratio 0 allow 0 sec 60 solve 2>&1", path);
	pipe = popen(command.s, "r");
	while (pipe && fgets(line, sizeof line, pipe))
		if (strncmp(line, "Objective value:", 16) == 0)
			value = strtod(line + 16, NULL);
	if (pipe)
		pclose(pipe);
	hk_buf_release(&command);
	return value;
}

static void dumped_models_have_the_same_optimum_elsewhere(void **state)
{
	char path[] = "/tmp/hk-model-XXXXXX";
	int fd;

	(void)state;
	if (system("cbc quit >/dev/null 2>&1") != 0) {
		print_message("skipped: cbc is not installed\n");
		skip();
	}
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (uint64_t seed = 200; seed < 203; seed++)
		for (unsigned f = 0; f < 4; f++) {
			struct hk_solve_options options = { .dump_model = path };
			struct instance instance;
			double other;

			instance_family(&instance, families[f], 4, 4, seed, seed % 2 == 0, seed % 4 < 2);
			if (!instance.infeasible) {
				assert_true(instance_solve(&instance, &options));
				other = ask_cbc(path);
				if (instance.solution.outcome == HK_SOLVED_OPTIMAL &&
				    !(fabs(other - instance.solution.objective) <= 1e-6 * fmax(1, fabs(other))))
					fail_msg("family %s seed %llu: %.9g, cbc %.9g", families[f], (unsigned long long)seed, instance.solution.objective,
						 other);
			}
			instance_close(&instance);
		}
	unlink(path);
}

static void same_problem_same_answer(void **state)
{
	struct instance one, two;

	(void)state;
	instance_family(&one, "hk4", 8, 6, 42, true, true);
	instance_family(&two, "hk4", 8, 6, 42, true, true);
	assert_true(instance_solve(&one, &plain));
	assert_true(instance_solve(&two, &plain));
	assert_int_equal(one.solution.outcome, two.solution.outcome);
	assert_true(one.solution.objective == two.solution.objective);
	assert_true(one.solution.bound == two.solution.bound);
	assert_int_equal(one.solution.tree_nodes, two.solution.tree_nodes);
	assert_int_equal(one.solution.n_nodes, two.solution.n_nodes);
	for (size_t i = 0; i < one.solution.n_nodes; i++)
		assert_memory_equal(&one.solution.nodes[i], &two.solution.nodes[i], sizeof one.solution.nodes[i]);
	instance_close(&one);
	instance_close(&two);
}

static void an_interrupt_is_obeyed(void **state)
{
	volatile int told = 1;
	struct hk_solve_options options = { .interrupt = &told };
	struct instance instance;

	(void)state;
	instance_family(&instance, "mec", 12, 8, 3, false, false);
	assert_false(instance.infeasible);
	assert_true(instance_solve(&instance, &options));
	assert_true(instance.solution.interrupted);
	assert_int_not_equal(instance.solution.outcome, HK_SOLVED_INFEASIBLE);
	instance_close(&instance);
}

static void a_node_limit_leaves_a_true_bound(void **state)
{
	struct hk_solve_options options = { .node_limit = 3 };
	struct instance limited, full;

	(void)state;
	instance_family(&limited, "hk4", 8, 6, 9, false, false);
	instance_family(&full, "hk4", 8, 6, 9, false, false);
	assert_true(instance_solve(&limited, &options));
	assert_true(instance_solve(&full, &plain));
	assert_int_equal(full.solution.outcome, HK_SOLVED_OPTIMAL);
	assert_true(limited.solution.bound <= full.solution.objective * (1 + 1e-9));
	if (limited.solution.outcome <= HK_SOLVED_FEASIBLE)
		assert_true(limited.solution.objective >= full.solution.objective * (1 - 1e-9));
	instance_close(&limited);
	instance_close(&full);
}

/* A share of 2e-7 that can go nowhere else, of which 2e-9 arrives: linear programs do not tell that from none. */
static void tiny_shares_need_replicas(void **state)
{
	struct instance instance;
	struct hk_solve_options options = { 0 };

	(void)state;
	instance_open(&instance, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: b, prices: {cpu: 0.08/h}}, {name: x}]\n"
		      "  links: [{from: x, to: b, both: false, latency: 3ms}]\n---\n"
		      "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n"
		      "  inputs: [{name: near, cluster: x, rate: 1/s}, {name: rare, cluster: b, rate: 1/s}]\n"
		      "  workloads: [{name: u, requests: {cpu: 500m}}, {name: v, requests: {cpu: 333m}}]\n"
		      "  connections: [{from: rare, to: u, fanout: 2.0e-8}, {from: near, to: u, fanout: 0.1}, {from: u, to: v, fanout: 0.01}, {from: near, to: v}]\n");
	assert_true(instance_solve(&instance, &options));
	assert_true(instance.solution.objective > 0.0666 && instance.solution.objective < 0.0667);
	assert_true(instance.solution.bound <= instance.solution.objective);
	instance_close(&instance);
}

/* Replicas that only just fit on nodes: what the search knows when it has to stop is far from a plan. */
static void a_plan_found_late_is_near_the_best(void **state)
{
	static const unsigned counts[][2] = { { 2, 1 }, { 3, 1 }, { 1, 2 } };
	const struct hk_solve_options options = { .node_limit = 1 };

	(void)state;
	for (size_t i = 0; i < HK_COUNT(counts); i++) {
		struct instance limited, full;
		struct hk_buf text = HK_BUF_INIT;

		hk_buf_addf(&text,
			    HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n  - name: cheap\n    prices: {cpu: 0.01/h}\n    nodes:\n"
			    "    - {name: n, count: %u, allocatable: {cpu: \"5\", memory: 5Gi}}\n    - {name: m, count: %u, allocatable: {cpu: \"7\", memory: 4Gi}}\n"
			    "  - {name: dear, prices: {cpu: 1/h}}\n  links: [{from: cheap, to: dear, latency: 1ms}]\n---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n"
			    "  inputs: [{name: in, cluster: cheap, rate: 100/s}]\n  workloads:\n"
			    "  - {name: a, requests: {cpu: \"3\", memory: 1Gi}, capacity: 40/s}\n  - {name: b, requests: {cpu: \"2\", memory: 2Gi}, capacity: 30/s}\n"
			    "  - {name: c, requests: {cpu: \"1\", memory: 3Gi}, capacity: 50/s}\n  - {name: d, requests: {cpu: 2500m, memory: 1500Mi}, capacity: 34/s}\n"
			    "  - {name: e, requests: {cpu: 700m, memory: 2200Mi}, capacity: 100/s}\n"
			    "  connections: [{from: in, to: a}, {from: a, to: b}, {from: a, to: c}, {from: b, to: d}, {from: c, to: e}]\n", counts[i][0],
			    counts[i][1]);
		instance_open(&limited, text.s);
		instance_open(&full, text.s);
		assert_true(instance_solve(&limited, &options));
		assert_true(instance_solve(&full, &plain));
		assert_int_equal(full.solution.outcome, HK_SOLVED_OPTIMAL);
		assert_int_equal(limited.solution.outcome, HK_SOLVED_FEASIBLE);
		assert_true(limited.solution.objective <= full.solution.objective * 1.002);
		instance_close(&limited);
		instance_close(&full);
		hk_buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cheapest_cluster_wins),
		cmocka_unit_test(limit_keeps_the_cloud_out_and_nodes_bind),
		cmocka_unit_test(path_limits_hold_on_every_chain),
		cmocka_unit_test(availability_is_met_at_least_cost),
		cmocka_unit_test(random_plans_pass_the_checker),
		cmocka_unit_test(dumped_models_have_the_same_optimum_elsewhere),
		cmocka_unit_test(same_problem_same_answer),
		cmocka_unit_test(an_interrupt_is_obeyed),
		cmocka_unit_test(a_node_limit_leaves_a_true_bound),
		cmocka_unit_test(tiny_shares_need_replicas),
		cmocka_unit_test(a_plan_found_late_is_near_the_best),
	};

	return cmocka_run_group_tests_name("place/solve", tests, NULL, NULL);
}
