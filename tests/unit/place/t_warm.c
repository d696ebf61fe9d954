/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a re-plan finds in the plan before: prices, bounds of what did not change, and where everything runs. */
#include "instance.h"

#include "place/warm.h"
#include "plan/from_solution.h"
#include "plan/warm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define WORLD(CPU, LATENCY, MORE) HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" MORE \
	"  - {name: cloud, prices: {cpu: 0.01/h}, nodes: [{name: c, count: 4, allocatable: {cpu: \"8\", memory: 8Gi}}]}\n" \
	"  - {name: edge-a, prices: {cpu: 0.02/h}, nodes: [{name: a, count: 2, allocatable: {cpu: " CPU ", memory: 8Gi}}]}\n" \
	"  links:\n  - {from: edge-a, to: cloud, latency: " LATENCY ", bandwidth: 1Gbps}\n"
#define PIPELINE(NAME, RATE) "---\n" HEAD "kind: Pipeline\nmetadata: {name: " NAME "}\nspec:\n" \
	"  inputs: [{name: in, cluster: edge-a, rate: " RATE ", size: 10kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: \"1\"}, capacity: 50/s}, {name: v, requests: {cpu: \"1\"}, capacity: 50/s}]\n" \
	"  connections: [{from: in, to: w}, {from: w, to: v, latency: {limit: 30ms}}]\n"

static const char *const before_text = WORLD("\"2\"", "20ms", "") PIPELINE("one", "100/s") PIPELINE("two", "60/s");

static void name_of(const char *text, uint32_t block, char name[HK_FINGERPRINT_DIGITS + 1])
{
	struct instance instance;
	struct hk_fingerprints fingerprints;

	instance_open(&instance, text);
	hk_fingerprints_open(&fingerprints, &instance.problem);
	hk_fingerprints_block(&fingerprints, block, name);
	hk_fingerprints_close(&fingerprints);
	instance_close(&instance);
}

static bool changes(const char *text, uint32_t block)
{
	char before[HK_FINGERPRINT_DIGITS + 1], after[HK_FINGERPRINT_DIGITS + 1];

	name_of(before_text, block, before);
	name_of(text, block, after);
	assert_int_equal(strlen(after), HK_FINGERPRINT_DIGITS);
	return strcmp(before, after) != 0;
}

static void only_what_matters_changes_the_fingerprint(void **state)
{
	(void)state;
	assert_false(changes(before_text, 0));
	assert_true(changes(WORLD("\"2\"", "20ms", "") PIPELINE("one", "101/s") PIPELINE("two", "60/s"), 0));
	assert_false(changes(WORLD("\"2\"", "20ms", "") PIPELINE("one", "101/s") PIPELINE("two", "60/s"), 1));
	assert_true(changes(WORLD("\"2\"", "21ms", "") PIPELINE("one", "100/s") PIPELINE("two", "60/s"), 1));
	/* fewer cores: fewer replicas fit the cluster */
	assert_true(changes(WORLD("\"1\"", "20ms", "") PIPELINE("one", "100/s") PIPELINE("two", "60/s"), 0));
	/* a cluster nobody can reach changes nothing, whatever its place in the order */
	assert_false(changes(WORLD("\"2\"", "20ms", "  - {name: a-far, prices: {cpu: 0.001/h}}\n") PIPELINE("one", "100/s") PIPELINE("two", "60/s"), 0));
}

/* A plan of the world before, with prices and bounds as a search would leave them. */
static void make_plan(struct hk_plan *plan)
{
	static const struct hk_solve_options plain = { 0 };
	struct instance instance;
	size_t rows;

	instance_open(&instance, before_text);
	assert_true(instance_solve(&instance, &plain));
	rows = instance.model.n_clusters * instance.model.n_resources + instance.model.n_links;
	instance.solution.prices = hk_arena_array(&instance.solution.arena, rows, sizeof(double));
	instance.solution.block_bounds = hk_arena_array(&instance.solution.arena, 2, sizeof(double));
	instance.solution.prices[instance.model.n_resources] = 0.25;
	instance.solution.prices[rows - 1] = 1e-9;
	instance.solution.block_bounds[0] = 0.5;
	instance.solution.block_bounds[1] = (double)NAN;
	assert_int_equal(hk_plan_from_solution(plan, &instance.problem, &instance.solution, NULL, &instance.err), 0);
	hk_plan_fill_prices(plan, &instance.problem, &instance.solution, NULL);
	hk_plan_seal(plan);
	instance_close(&instance);
}

static void the_same_world_starts_where_it_was(void **state)
{
	struct hk_plan plan;
	struct instance instance;
	struct hk_warm_start warm;
	struct hk_arena arena = HK_ARENA_INIT;
	size_t rows;

	(void)state;
	make_plan(&plan);
	assert_int_equal(plan.n_prices, 2);
	assert_null(plan.pipelines[1].fingerprint);
	instance_open(&instance, before_text);
	hk_plan_warm_start(&warm, &plan, &instance.problem, &instance.problem, &arena);
	rows = instance.model.n_clusters * instance.model.n_resources + instance.model.n_links;
	assert_true(fabs(warm.prices[instance.model.n_resources] - 0.25) < 1e-15 && fabs(warm.prices[rows - 1] - 1e-9) < 1e-20 && warm.prices[0] < 1e-20);
	assert_true(warm.unchanged[0] && fabs(warm.bounds[0] - 0.5) < 1e-15);
	assert_true(!warm.unchanged[1] && isnan(warm.bounds[1]));
	for (uint32_t b = 0; b < 2; b++) {
		const struct hk_block *block = &instance.problem.blocks[b];

		assert_true(warm.complete[b]);
		for (uint32_t e = 0; e < block->n_edges; e++) {
			double sum = 0;

			for (uint32_t a = 0; a < block->edges[e].n_arcs; a++)
				sum += warm.blocks[b].flow[e][a];
			assert_true(fabs(sum - 1) < 1e-9);
		}
		for (uint32_t w = 0; w < block->n_workloads; w++) {
			uint32_t replicas = 0;

			for (uint32_t c = 0; c < block->workloads[w].n_candidates; c++)
				replicas += warm.blocks[b].replicas[w][c];
			assert_true(replicas >= block->workloads[w].need);
		}
	}
	hk_arena_release(&arena);
	instance_close(&instance);
	hk_plan_release(&plan);
}

static void changed_and_altered_plans_prove_nothing(void **state)
{
	struct hk_plan plan;
	struct instance instance;
	struct hk_warm_start warm;
	struct hk_arena arena = HK_ARENA_INIT;

	(void)state;
	make_plan(&plan);
	instance_open(&instance, WORLD("\"2\"", "20ms", "") PIPELINE("one", "130/s") PIPELINE("three", "60/s"));
	hk_plan_warm_start(&warm, &plan, &instance.problem, &instance.problem, &arena);
	assert_true(!warm.unchanged[0] && isnan(warm.bounds[0]) && warm.complete[0]);
	assert_false(warm.complete[1]);
	instance_close(&instance);
	plan.altered = true;
	instance_open(&instance, before_text);
	hk_plan_warm_start(&warm, &plan, &instance.problem, &instance.problem, &arena);
	assert_true(!warm.unchanged[0] && isnan(warm.bounds[0]));
	hk_arena_release(&arena);
	instance_close(&instance);
	hk_plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_matters_changes_the_fingerprint),
		cmocka_unit_test(the_same_world_starts_where_it_was),
		cmocka_unit_test(changed_and_altered_plans_prove_nothing),
	};

	return cmocka_run_group_tests_name("re-plan from the plan before", tests, NULL, NULL);
}
