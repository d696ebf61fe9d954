/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences of plans, the facts of a run, integer weights. */
#include "sample.h"

#include "base/rng.h"
#include "plan/diff.h"
#include "plan/run.h"
#include "plan/weights.h"

#include <math.h>
#include <string.h>

static struct hk_plan_placement at(const char *cluster, uint32_t replicas)
{
	return (struct hk_plan_placement){ .cluster = cluster, .replicas = replicas };
}

static void puts_moves_first(void **state)
{
	struct hk_plan_placement a1[] = { at("x", 1) }, b1[] = { at("x", 2), at("y", 1) }, c1[] = { at("x", 2) };
	struct hk_plan_placement a2[] = { at("x", 3) }, b2[] = { at("x", 1) }, c2[] = { at("y", 2) };
	struct hk_plan_workload before[] = {
		{ .name = "a", .placements = a1, .n_placements = 1 }, { .name = "b", .placements = b1, .n_placements = 2 },
		{ .name = "c", .placements = c1, .n_placements = 1 },
	};
	struct hk_plan_workload after[] = {
		{ .name = "a", .placements = a2, .n_placements = 1 }, { .name = "b", .placements = b2, .n_placements = 1 },
		{ .name = "c", .placements = c2, .n_placements = 1 },
	};
	struct hk_plan_pipeline old_pipeline = { .name = "p", .workloads = before, .n_workloads = 3 },
	    new_pipeline = { .name = "p", .workloads = after, .n_workloads = 3 };
	struct hk_plan old = { .pipelines = &old_pipeline, .n_pipelines = 1, .objective = 5 },
	    new = { .pipelines = &new_pipeline, .n_pipelines = 1, .objective = 4 };
	struct hk_plan_diff diff;
	static const struct { const char *workload, *cluster; uint32_t before, after; enum hk_change_kind kind; } expected[] = {
		{ "c", "x", 2, 0, HK_CHANGE_MOVED }, { "c", "y", 0, 2, HK_CHANGE_MOVED }, { "b", "x", 2, 1, HK_CHANGE_REMOVED },
		{ "b", "y", 1, 0, HK_CHANGE_REMOVED }, { "a", "x", 1, 3, HK_CHANGE_ADDED },
	};

	(void)state;
	hk_plan_diff(&diff, &old, &new);
	assert_int_equal(diff.n_replicas, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < diff.n_replicas; i++) {
		assert_string_equal(diff.replicas[i].workload, expected[i].workload);
		assert_string_equal(diff.replicas[i].cluster, expected[i].cluster);
		assert_int_equal(diff.replicas[i].before, expected[i].before);
		assert_int_equal(diff.replicas[i].after, expected[i].after);
		assert_int_equal(diff.replicas[i].kind, expected[i].kind);
	}
	assert_true(diff.objective_before == 5 && diff.objective_after == 4);
	hk_plan_diff_release(&diff);
	hk_plan_diff(&diff, &old, &old);
	assert_true(hk_plan_diff_is_empty(&diff));
	hk_plan_diff_release(&diff);
}

static void compares_what_is_bought(void **state)
{
	struct hk_plan old = { 0 }, new;
	struct hk_plan_diff diff;

	(void)state;
	sample_plan(&new);
	hk_plan_diff(&diff, &old, &new);
	assert_int_equal(diff.n_network, 3);
	assert_string_equal(diff.network[0].from, "cloud");
	assert_string_equal(diff.network[0].what, "bandwidth");
	assert_true(diff.network[0].before == 0 && diff.network[0].after == 2e9);
	assert_string_equal(diff.network[2].what, "latency");
	assert_true(fabs(diff.network[2].after - 0.001) < 1e-12);
	hk_plan_diff_release(&diff);
	old = new;
	old.n_network_changes = 1;
	hk_plan_diff(&diff, &old, &new);
	assert_false(hk_plan_diff_is_empty(&diff));
	assert_int_equal(diff.n_network, 2);
	hk_plan_diff_release(&diff);
	hk_plan_diff(&diff, &new, &new);
	assert_true(hk_plan_diff_is_empty(&diff));
	hk_plan_diff_release(&diff);
}

static void compares_probabilities(void **state)
{
	struct hk_plan old = { 0 }, new;
	struct hk_plan_diff diff;

	(void)state;
	sample_plan(&new);
	hk_plan_diff(&diff, &old, &new);
	assert_int_equal(diff.n_routes, 2);
	assert_string_equal(diff.routes[0].target, "cloud");
	assert_true(diff.routes[0].before == 0 && diff.routes[0].after == 0.25);
	hk_plan_diff_release(&diff);
	hk_plan_diff(&diff, NULL, &new);
	assert_int_equal(diff.n_replicas, 3);
	hk_plan_diff_release(&diff);
}

static int read_run(const char *text, struct hk_plan_run *run)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	int result;

	hk_source_from_text(&source, "plan.yaml.run", text, strlen(text));
	result = hk_yaml_read_one(&source, true, &doc, &diags);
	if (!result)
		result = hk_plan_run_read(run, &doc, &diags);
	assert_true(result == 0 || diags.errors > 0);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return result;
}

static void run_facts_come_back(void **state)
{
	struct hk_plan_run run = { .plan = "0123456789abcdef", .cpu_seconds = 1.5, .solve_seconds = 0.5, .peak_memory = 1u << 20, .iterations = 7,
				   .tree_nodes = 8, .cuts = 9, .hit_limit = true }, again;
	struct hk_plan plan = { .id = "0123456789abcdef" }, other = { .id = "fedcba9876543210" };
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	char *path = hk_plan_run_path("out/plan.yaml");

	(void)state;
	assert_string_equal(path, "out/plan.yaml.run");
	free(path);
	assert_int_equal(hk_plan_run_write(&run, &text, NULL), 0);
	assert_int_equal(read_run(text.s, &again), 0);
	assert_true(again.cpu_seconds == 1.5 && again.solve_seconds == 0.5 && again.peak_memory == 1u << 20 && again.iterations == 7 && again.tree_nodes == 8 &&
		    again.cuts == 9);
	assert_true(again.hit_limit && !again.interrupted);
	assert_true(hk_plan_run_matches(&again, &plan) && !hk_plan_run_matches(&again, &other));
	assert_int_equal(read_run("[]", &again), -1);
	assert_int_equal(read_run("{\"plan\": \"0123456789abcdef0123456789abcdef\"}", &again), -1);
	assert_int_equal(read_run("{\"plan\": 1, \"cpuSeconds\": -1}", &again), -1);
}

static void weights_of(const double *probabilities, size_t count, const uint32_t *expected)
{
	uint32_t weights[8];

	hk_plan_weights(probabilities, count, weights);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(weights[i], expected[i]);
}

static void weights_follow_webster(void **state)
{
	(void)state;
	weights_of((double[]){ 0.8, 0.2 }, 2, (uint32_t[]){ 80, 20 });
	weights_of((double[]){ 1.0 / 3, 1.0 / 3, 1.0 / 3 }, 3, (uint32_t[]){ 34, 33, 33 });
	weights_of((double[]){ 0.9999, 0, 0.0001 }, 3, (uint32_t[]){ 99, 0, 1 });
	weights_of((double[]){ 0, 0 }, 2, (uint32_t[]){ 0, 0 });
	weights_of((double[]){ 0.996, 0.004 }, 2, (uint32_t[]){ 99, 1 });
	weights_of((double[]){ 0.507, 0.493 }, 2, (uint32_t[]){ 51, 49 });
}

/* Sum, least and monotony: who has the larger probability never has the smaller weight. */
static void weights_are_fair(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int round = 0; round < 500; round++) {
		double p[120];
		uint32_t weights[120];
		size_t count = 1 + hk_rng_below(&rng, 120), live = 0;
		uint64_t sum = 0;

		for (size_t i = 0; i < count; i++)
			p[i] = hk_rng_below(&rng, 4) ? pow(hk_rng_unit(&rng), 3) : 0;
		hk_plan_weights(p, count, weights);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(p[i] > 0, weights[i] > 0);
			live += p[i] > 0;
			sum += weights[i];
			for (size_t j = 0; j < count; j++)
				assert_false(p[i] > p[j] && weights[i] < weights[j]);
		}
		assert_int_equal(sum, live == 0 ? 0 : live > 100 ? live : 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_moves_first), cmocka_unit_test(compares_what_is_bought), cmocka_unit_test(compares_probabilities),
		cmocka_unit_test(run_facts_come_back), cmocka_unit_test(weights_follow_webster), cmocka_unit_test(weights_are_fair),
	};

	return cmocka_run_group_tests_name("plan/diff", tests, NULL, NULL);
}
