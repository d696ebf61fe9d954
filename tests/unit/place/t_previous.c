/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instance.h"
#include "place/solve_internal.h"
#include "place/warm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"

/* Two replicas on the edge where they fit, the rest in the cloud; each is watched by one that may run anywhere. */
static const char *const world = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
	"  - {name: cloud, availability: 99.9%, prices: {cpu: 0.01/h}}\n"
	"  - {name: edge, availability: 99%, prices: {cpu: 0.02/h}, nodes: [{name: a, count: 2, allocatable: {cpu: \"1\", memory: 8Gi}}]}\n"
	"  links: [{from: edge, to: cloud, latency: 20ms, bandwidth: 1Gbps, price: 0.01/GB}]\n"
	"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n"
	"  inputs: [{name: in, cluster: edge, rate: 300/s, size: 20kB}]\n"
	"  workloads:\n  - {name: w, requests: {cpu: \"1\"}, capacity: 100/s}\n  - {name: v, requests: {cpu: 100m}, capacity: 200/s, availability: 99%}\n"
	"  connections: [{from: in, to: w}, {from: w, to: v, latency: {request: 5ms}}]\n";

/* Where a search ends that looked at nothing. */
static void stay(struct instance *instance, const struct hk_block_solution *blocks, bool complete, struct hk_search *search, struct hk_solve_options *options,
		 struct hk_warm_start *warm)
{
	static bool all[8];

	for (size_t b = 0; b < HK_COUNT(all); b++)
		all[b] = complete;
	*warm = (struct hk_warm_start){ .blocks = (struct hk_block_solution *)blocks, .complete = all };
	*options = (struct hk_solve_options){ .before = warm };
	hk_search_open(search, &instance->problem, options);
	hk_search_stay(search);
}

static void without_a_search_everything_stays(void **state)
{
	struct instance instance;
	struct hk_solve_options options = { 0 };
	struct hk_search search;
	struct hk_warm_start warm;

	(void)state;
	instance_open(&instance, world);
	assert_true(instance_solve(&instance, &options));
	assert_int_equal(instance.solution.outcome, HK_SOLVED_OPTIMAL);
	stay(&instance, instance.solution.blocks, true, &search, &options, &warm);
	assert_true(search.best.any);
	assert_float_equal(search.best.objective, instance.solution.objective, 1e-9);
	for (uint32_t w = 0; w < instance.problem.blocks[0].n_workloads; w++)
		assert_memory_equal(search.best.blocks[0].replicas[w], instance.solution.blocks[0].replicas[w],
				    instance.problem.blocks[0].workloads[w].n_candidates * sizeof(uint32_t));
	assert_int_equal(search.best.n_shares > 0, instance.solution.n_nodes > 0);
	hk_search_close(&search);

	/* something of the plan before has no place any more */
	stay(&instance, instance.solution.blocks, false, &search, &options, &warm);
	assert_false(search.best.any);
	hk_search_close(&search);
	instance_close(&instance);
}

static void what_breaks_a_rule_does_not_stay(void **state)
{
	struct instance instance;
	struct hk_solve_options options = { 0 };
	struct hk_search search;
	struct hk_warm_start warm;

	(void)state;
	instance_open(&instance, world);
	assert_true(instance_solve(&instance, &options));
	for (uint32_t w = 0; w < instance.problem.blocks[0].n_workloads; w++) {
		const struct hk_place_workload *placed = &instance.problem.blocks[0].workloads[w];
		uint32_t *replicas = instance.solution.blocks[0].replicas[w], saved[8];

		memcpy(saved, replicas, placed->n_candidates * sizeof *saved);
		/* too few for the load, or more than there is room for */
		for (uint32_t all = 0; all <= 1000; all += 1000) {
			for (uint32_t c = 0; c < placed->n_candidates; c++)
				replicas[c] = all;
			stay(&instance, instance.solution.blocks, true, &search, &options, &warm);
			assert_false(search.best.any);
			hk_search_close(&search);
		}
		memcpy(replicas, saved, placed->n_candidates * sizeof *saved);
	}
	instance_close(&instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_search_everything_stays),
		cmocka_unit_test(what_breaks_a_rule_does_not_stay),
	};

	return cmocka_run_group_tests_name("place/solve_previous", tests, NULL, NULL);
}
