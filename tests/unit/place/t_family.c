/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "family.h"
#include "instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const families[] = { "hk4", "mec", "retail", "micro", "wide" };

static void same_arguments_same_bytes(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof families / sizeof families[0]; f++) {
		struct hk_buf one = HK_BUF_INIT, two = HK_BUF_INIT, other = HK_BUF_INIT;

		assert_true(hk_family_generate(families[f], 60, 40, 7, true, false, &one));
		assert_true(hk_family_generate(families[f], 60, 40, 7, true, false, &two));
		assert_true(hk_family_generate(families[f], 60, 40, 8, true, false, &other));
		assert_string_equal(one.s, two.s);
		assert_string_not_equal(one.s, other.s);
		hk_buf_release(&one);
		hk_buf_release(&two);
		hk_buf_release(&other);
	}
}

/* The hidden plan is inside every capacity, limit and target: the solver must find it or a better one. */
static void planted_worlds_have_a_plan(void **state)
{
	struct hk_solve_options options = { .gap = 0.5, .node_limit = 300 };

	(void)state;
	for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
		for (uint64_t seed = 1; seed <= 4; seed++) {
			struct hk_buf text = HK_BUF_INIT;
			struct instance instance;

			assert_true(hk_family_plant(families[f], 8, 10, seed, seed % 2 == 0, &text));
			instance_open(&instance, text.s);
			if (!instance_solve(&instance, &options) || instance.solution.outcome > HK_SOLVED_FEASIBLE)
				fail_msg("%s seed %llu: outcome %d", families[f], (unsigned long long)seed, (int)instance.solution.outcome);
			instance_close(&instance);
			hk_buf_release(&text);
		}
}

static void large_worlds_have_the_sizes_asked_for(void **state)
{
	struct hk_buf text = HK_BUF_INIT;
	struct instance instance;
	size_t workloads = 0;

	(void)state;
	assert_true(hk_family_generate("mec", 400, 300, 1, true, false, &text));
	instance_open(&instance, text.s);
	assert_false(instance.infeasible);
	for (size_t p = 0; p < instance.model.n_pipelines; p++)
		workloads += instance.model.pipelines[p].n_workloads;
	assert_int_equal(workloads, 400);
	assert_int_equal(instance.model.n_clusters, 300);
	instance_close(&instance);
	hk_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_arguments_same_bytes),
		cmocka_unit_test(planted_worlds_have_a_plan),
		cmocka_unit_test(large_worlds_have_the_sizes_asked_for),
	};

	return cmocka_run_group_tests_name("place/family", tests, NULL, NULL);
}
