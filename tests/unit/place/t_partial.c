/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pipelines stay when not all fit: against whole searches, pipeline by pipeline; and what counting calls overfull never has a plan. */
#include "instance.h"
#include "place/narrow.h"
#include "place/overfull.h"
#include "place/partial.h"
#include "place/solve_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum answer { NO, YES, UNKNOWN };

/* A whole search, without counting or narrowing first. */
static enum answer search(const struct hk_problem *problem, const bool *part)
{
	struct hk_problem some = *problem;
	struct hk_solve_options options = { .node_limit = 3000 };
	struct hk_err err = HK_ERR_INIT;
	struct hk_solution solution;
	enum answer answer;

	some.blocks = hk_calloc((size_t)problem->n_blocks + 1, sizeof *some.blocks);
	some.n_blocks = 0;
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		if (part[b])
			some.blocks[some.n_blocks++] = problem->blocks[b];
	assert_int_equal(hk_solve_any(&some, &options, &solution, &err), 0);
	answer = solution.outcome == HK_SOLVED_INFEASIBLE ? NO : solution.outcome == HK_SOLVED_NOTHING ? UNKNOWN : YES;
	hk_solution_release(&solution);
	hk_cleanup_free(&some.blocks);
	return answer;
}

static bool stays(const struct hk_partial *partial, uint32_t pipeline)
{
	for (size_t i = 0; i < partial->n_left; i++)
		if (partial->left[i].pipeline == pipeline)
			return false;
	return true;
}

static const struct hk_left_out *left_of(const struct hk_partial *partial, uint32_t pipeline)
{
	for (size_t i = 0; i < partial->n_left; i++)
		if (partial->left[i].pipeline == pipeline)
			return &partial->left[i];
	return NULL;
}

/* The next by priority, then by name, that is not yet marked. */
static uint32_t next(const struct hk_model *model, const bool *done)
{
	uint32_t best = HK_NO_INDEX;

	for (uint32_t p = 0; p < model->n_pipelines; p++)
		if (!done[p] && (best == HK_NO_INDEX || model->pipelines[p].priority > model->pipelines[best].priority))
			best = p;
	return best;
}

static unsigned compare(struct instance *instance, uint64_t seed)
{
	const struct hk_model *model = &instance->model;
	struct hk_solve_options options = { 0 };
	struct hk_partial partial;
	bool *taken = hk_calloc(model->n_pipelines + 1, sizeof *taken), *done = hk_calloc(model->n_pipelines + 1, sizeof *done);
	struct hk_overfull overfull;
	unsigned left;

	assert_int_equal(hk_partial_choose(&partial, model, NULL, &options, &instance->err), 0);
	for (size_t i = 0; i < model->n_pipelines; i++) {
		uint32_t p = next(model, done);
		enum answer answer = NO;
		bool counted;

		done[p] = taken[p] = true;
		counted = hk_problem_overfull(&instance->problem, taken, &overfull);
		if (!instance->problem.blocks[p].impossible)
			answer = search(&instance->problem, taken);
		if (counted && answer == YES)
			fail_msg("seed %llu: counted out, but there is a plan with pipeline %u", (unsigned long long)seed, p);
		if (stays(&partial, p) && answer == NO)
			fail_msg("seed %llu: pipeline %u stays, but there is no plan", (unsigned long long)seed, p);
		if (!stays(&partial, p) && answer == YES && left_of(&partial, p)->shown)
			fail_msg("seed %llu: pipeline %u is left out as proved, but there is a plan", (unsigned long long)seed, p);
		taken[p] = stays(&partial, p);
	}
	assert_int_equal(partial.model.n_pipelines + partial.n_left, model->n_pipelines);
	left = (unsigned)partial.n_left;
	hk_partial_release(&partial);
	hk_cleanup_free(&taken);
	hk_cleanup_free(&done);
	return left;
}

/* Nodes so small and few that not everything fits. */
static void squeeze(struct instance *instance)
{
	for (size_t c = 0; c < instance->model.n_clusters; c++)
		for (size_t g = 0; g < instance->model.clusters[c].n_nodes; g++) {
			struct hk_node_group *group = &instance->model.clusters[c].nodes[g];

			group->count = group->count > 2 ? 2 : group->count;
			for (size_t r = 0; r < instance->model.n_resources; r++)
				group->allocatable[r] *= 0.6;
		}
	hk_problem_release(&instance->problem);
	assert_int_equal(hk_problem_build(&instance->problem, &instance->model, NULL, &instance->infeasible, &instance->err), 0);
}

static void as_whole_searches_say(void **state)
{
	static const char *const families[] = { "mec", "retail", "hk4" };
	unsigned left = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 24; seed++) {
		struct instance instance;

		instance_family(&instance, families[seed % 3], 10, 3 + (unsigned)(seed % 3), seed, true, false);
		for (size_t p = 0; p < instance.model.n_pipelines; p++)
			instance.model.pipelines[p].priority = (int32_t)((p * 7 + seed) % 3);
		squeeze(&instance);
		left += compare(&instance, seed);
		instance_close(&instance);
	}
	print_message("%u pipelines left out\n", left);
	assert_true(left > 0);
}

/* Three replicas of 5 cores want a node each of the four; two more pipelines of two such replicas do not fit, though the sum of cores does. */
static void large_replicas_are_counted(void **state)
{
	struct instance instance;
	struct hk_buf text = HK_BUF_INIT;
	struct hk_overfull overfull;

	(void)state;
	hk_buf_addstr(&text, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
			     "  - {name: a, nodes: [{name: a, count: 4, allocatable: {cpu: 8}}]}\n");
	for (int p = 0; p < 3; p++)
		hk_buf_addf(&text, "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%d}\nspec:\n  priority: %d\n"
				   "  inputs: [{name: in, cluster: a, rate: 1/s, size: 1kB}]\n"
				   "  workloads: [{name: w, replicas: {min: 2}, requests: {cpu: 5}}]\n  connections: [{from: in, to: w}]\n", p, p);
	instance_open(&instance, text.s);
	assert_true(instance.infeasible);
	assert_true(hk_problem_overfull(&instance.problem, NULL, &overfull));
	assert_true(overfull.larger_than > 0 && overfull.wanted > 5.5 && overfull.capacity < 4.5);

	struct hk_solve_options options = { 0 };
	struct hk_partial partial;

	assert_int_equal(hk_partial_choose(&partial, &instance.model, NULL, &options, &instance.err), 0);
	assert_int_equal(partial.n_left, 1);
	assert_int_equal(partial.left[0].pipeline, 0);
	assert_true(partial.left[0].shown);
	hk_partial_release(&partial);
	hk_buf_release(&text);
	instance_close(&instance);
}

/* What a few near clusters give is a plan of the whole: the same question whole says so too. */
static void tried_plans_exist(void **state)
{
	unsigned found = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct instance instance;
		struct hk_solve_options options = { 0 };
		bool all[16] = { true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true };

		instance_family(&instance, seed % 2 ? "mec" : "micro", 8, 6, seed, true, true);
		if (!instance.infeasible && hk_problem_try(&instance.problem, &options)) {
			assert_int_not_equal(search(&instance.problem, all), NO);
			found++;
		}
		instance_close(&instance);
	}
	print_message("%u of 20 found\n", found);
	assert_true(found > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_whole_searches_say),
		cmocka_unit_test(large_replicas_are_counted),
		cmocka_unit_test(tried_plans_exist),
	};

	return cmocka_run_group_tests_name("place/partial", tests, NULL, NULL);
}
