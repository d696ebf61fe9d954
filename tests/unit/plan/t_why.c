/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons of changes between two plans: those that follow from the plans, in order, and honesty where none does. */
#include "../test.h"
#include "plan/why.h"

#include <string.h>

struct world {
	struct hk_plan_placement old_place, new_place;
	struct hk_plan_workload old_workload, new_workload;
	struct hk_plan_pipeline old_pipeline, new_pipeline;
	struct hk_plan before, after;
	struct hk_plan_input old_input, new_input;
};

/* One workload: `was` replicas in x before, `is` in `where` after. */
static void make(struct world *w, uint32_t was, const char *where, uint32_t is)
{
	*w = (struct world){ 0 };
	w->old_place = (struct hk_plan_placement){ .cluster = "x", .replicas = was };
	w->new_place = (struct hk_plan_placement){ .cluster = where, .replicas = is };
	w->old_workload = (struct hk_plan_workload){ .name = "w", .rate = 10, .placements = &w->old_place, .n_placements = 1 };
	w->new_workload = (struct hk_plan_workload){ .name = "w", .rate = 10, .placements = &w->new_place, .n_placements = 1 };
	w->old_pipeline = (struct hk_plan_pipeline){ .name = "p", .workloads = &w->old_workload, .n_workloads = 1 };
	w->new_pipeline = (struct hk_plan_pipeline){ .name = "p", .workloads = &w->new_workload, .n_workloads = 1 };
	w->old_input = (struct hk_plan_input){ "a.yaml", "1" };
	w->new_input = (struct hk_plan_input){ "a.yaml", "1" };
	w->before = (struct hk_plan){ .id = "1", .pipelines = &w->old_pipeline, .n_pipelines = 1, .inputs = &w->old_input, .n_inputs = 1 };
	w->after = (struct hk_plan){ .id = "2", .pipelines = &w->new_pipeline, .n_pipelines = 1, .inputs = &w->new_input, .n_inputs = 1 };
}

static void expect(struct world *w, const char *const *clusters, size_t n_clusters, enum hk_why_code code, const char *text)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_plan_diff diff;
	struct hk_why_list list = { NULL, 0, 0 };

	hk_plan_diff(&diff, &w->before, &w->after);
	const struct hk_why_world world = { &w->before, &w->after, &diff, clusters, n_clusters, &arena };
	assert_true(diff.n_replicas > 0);
	hk_why_replicas(&world, &diff.replicas[0], &list);
	assert_true(list.n > 0);
	assert_int_equal(list.v[0].code, code);
	assert_string_equal(list.v[0].text, text);
	hk_why_release(&list);
	hk_plan_diff_release(&diff);
	hk_arena_release(&arena);
}

static void tells_what_both_plans_state(void **state)
{
	static const char *const clusters[] = { "y" };
	struct world w;

	(void)state;
	make(&w, 1, "x", 2);
	w.new_workload.rate = 20;
	expect(&w, NULL, 0, HK_WHY_LOAD, "load 10/s -> 20/s");
	make(&w, 1, "x", 2);
	w.old_workload.availability_target = 0.9;
	w.new_workload.availability_target = 0.99;
	expect(&w, NULL, 0, HK_WHY_TARGET, "availability asked for: 90% -> 99%");
	make(&w, 1, "y", 1);
	expect(&w, clusters, 1, HK_WHY_CLUSTER_GONE, "cluster x is no longer in the topology");
	make(&w, 1, "x", 2);
	w.new_pipeline.name = "q";
	w.after.left_out = &(struct hk_plan_left_out){ "p", 0, "no room" };
	w.after.n_left_out = 1;
	expect(&w, NULL, 0, HK_WHY_LEFT_OUT, "pipeline p was left out: no room");
}

static void names_inputs_or_says_that_nothing_is_known(void **state)
{
	const char *reasons[] = { "2 in x are cheaper" };
	struct world w;

	(void)state;
	make(&w, 1, "x", 2);
	expect(&w, NULL, 0, HK_WHY_UNKNOWN, "the inputs are the same; the search ended elsewhere");
	w.new_input.digest = "2";
	expect(&w, NULL, 0, HK_WHY_INPUTS, "these inputs changed: a.yaml");
	w.new_workload.reasons = reasons;
	w.new_workload.n_reasons = 1;
	expect(&w, NULL, 0, HK_WHY_STATED, "2 in x are cheaper");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tells_what_both_plans_state), cmocka_unit_test(names_inputs_or_says_that_nothing_is_known) };

	return cmocka_run_group_tests_name("plan/why", tests, NULL, NULL);
}
