/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The previous plan, as far as the new one tells of it. */
#include "../test.h"

#include "plan/previous.h"

static uint32_t replicas_in(const struct hk_plan *plan, const char *pipeline, const char *workload, const char *cluster)
{
	const struct hk_plan_workload *found = hk_plan_workload(plan, pipeline, workload);

	for (size_t i = 0; found && i < found->n_placements; i++)
		if (strcmp(found->placements[i].cluster, cluster) == 0)
			return found->placements[i].replicas;
	return 0;
}

/* p/a stays in x with fewer replicas and leaves y; p/b is new; p/gone and all of q are only in the moves. */
static void tells_what_was_where(void **state)
{
	struct hk_plan_placement a[] = { { .cluster = "x", .replicas = 2, .previous = 5 }, { .cluster = "z", .replicas = 1 } };
	struct hk_plan_placement b[] = { { .cluster = "x", .replicas = 4 } };
	struct hk_plan_workload workloads[] = {
		{ .name = "a", .placements = a, .n_placements = 2 },
		{ .name = "b", .placements = b, .n_placements = 1 },
	};
	struct hk_plan_pipeline pipeline = { .name = "p", .workloads = workloads, .n_workloads = 2 };
	struct hk_plan_move moves[] = {
		{ .pipeline = "p", .workload = "a", .cluster = "x", .change = -3 },        /* still placed there: not another place */
		{ .pipeline = "p", .workload = "a", .cluster = "y", .change = -7 },
		{ .pipeline = "p", .workload = "a", .cluster = "z", .change = 1 },
		{ .pipeline = "p", .workload = "b", .cluster = "x", .change = 4 },
		{ .pipeline = "p", .workload = "gone", .cluster = "y", .change = -1 },
		{ .pipeline = "q", .workload = "a", .cluster = "x", .change = -2 },
		{ .pipeline = "q", .workload = "a", .cluster = "y", .change = -9 },
	};
	struct hk_plan plan = { .previous_id = "0123456789abcdef", .pipelines = &pipeline, .n_pipelines = 1, .moves = moves, .n_moves = HK_COUNT(moves) };
	struct hk_plan previous;

	(void)state;
	assert_true(hk_plan_previous(&plan, &previous));
	assert_string_equal(previous.id, "0123456789abcdef");
	assert_int_equal(previous.n_pipelines, 2);
	assert_int_equal(replicas_in(&previous, "p", "a", "x"), 5);
	assert_int_equal(replicas_in(&previous, "p", "a", "y"), 7);
	assert_int_equal(replicas_in(&previous, "p", "a", "z"), 0);
	assert_int_equal(hk_plan_workload(&previous, "p", "a")->n_placements, 2);
	assert_null(hk_plan_workload(&previous, "p", "b"));
	assert_int_equal(replicas_in(&previous, "p", "gone", "y"), 1);
	assert_int_equal(replicas_in(&previous, "q", "a", "x"), 2);
	assert_int_equal(replicas_in(&previous, "q", "a", "y"), 9);
	hk_plan_release(&previous);
}

static void a_first_plan_has_none(void **state)
{
	struct hk_plan plan = { .id = "0123456789abcdef" };
	struct hk_plan previous = { .objective = 42 };

	(void)state;
	assert_false(hk_plan_previous(&plan, &previous));
	assert_true(previous.objective == 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_was_where),
		cmocka_unit_test(a_first_plan_has_none),
	};

	return cmocka_run_group_tests_name("plan/previous", tests, NULL, NULL);
}
