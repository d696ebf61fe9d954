/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idle replicas that cost nothing go, and nothing that anybody asks for does. */
#include "instance.h"
#include "place/solve_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"

/* Clusters a and b have listed nodes, c grows as needed. %s: prices of b; the rest of the workload. */
static void open_world(struct instance *instance, const char *prices, const char *workload)
{
	struct hk_buf text = HK_BUF_INIT;

	hk_buf_addf(&text,
		    HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
		    "  - {name: a, availability: 99%%, nodes: [{name: a, count: 3, allocatable: {cpu: 8}}]}\n"
		    "  - {name: b, availability: 99%%, %snodes: [{name: b, count: 3, allocatable: {cpu: 8}}]}\n"
		    "  - {name: c, availability: 99%%}\n"
		    "  links: [{from: a, to: b, latency: 1ms}, {from: b, to: c, latency: 1ms}]\n---\n"
		    HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 15/s, size: 1kB}]\n"
		    "  workloads:\n  - {name: w, capacity: 10/s, requests: {cpu: 1}%s}\n  connections: [{from: in, to: w}]\n",
		    prices, workload);
	instance_open(instance, text.s);
	hk_buf_release(&text);
	assert_false(instance->infeasible);
	assert_int_equal(instance->problem.blocks[0].workloads[0].n_candidates, 3);
}

struct state { uint32_t replicas[3]; double load[3]; };

/* Replicas in a and b stand one on each node as long as there are nodes, then all on the last. */
static void drop(struct instance *instance, struct state *state)
{
	struct hk_search search = { .problem = &instance->problem };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_node_share shares[6] = { 0 };
	uint32_t on_nodes[3] = { 0 };

	search.best.any = true;
	search.best.blocks = hk_arena_array(&arena, 1, sizeof *search.best.blocks);
	search.best.shares = shares;
	hk_block_solution_init(&search.best.blocks[0], &instance->problem.blocks[0], &arena);
	for (uint32_t c = 0; c < 3; c++) {
		search.best.blocks[0].replicas[0][c] = state->replicas[c];
		search.best.blocks[0].load[0][c] = state->load[c];
		for (uint32_t node = 0; c < 2 && node < 3 && node < state->replicas[c]; node++)
			shares[search.best.n_shares++] = (struct hk_node_share){ .cluster = c, .node = node,
										 .replicas = node == 2 ? state->replicas[c] - 2 : 1 };
	}
	hk_search_drop_spare(&search);
	for (uint32_t c = 0; c < 3; c++)
		state->replicas[c] = search.best.blocks[0].replicas[0][c];
	for (size_t i = 0; i < search.best.n_shares; i++) {
		assert_true(shares[i].replicas > 0);
		on_nodes[shares[i].cluster] += shares[i].replicas;
	}
	assert_int_equal(on_nodes[0], state->replicas[0]);
	assert_int_equal(on_nodes[1], state->replicas[1]);
	hk_arena_release(&arena);
}

static void expect(const struct state *state, uint32_t a, uint32_t b, uint32_t c)
{
	if (state->replicas[0] != a || state->replicas[1] != b || state->replicas[2] != c)
		fail_msg("left %u, %u, %u; expected %u, %u, %u", state->replicas[0], state->replicas[1], state->replicas[2], a, b, c);
}

static void idle_replicas_go(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 2, 1 }, { 1, 0, 0 } };

	(void)unused;
	open_world(&instance, "", "");
	drop(&instance, &state);
	expect(&state, 2, 0, 0);
	/* one of three is too many for the load */
	state = (struct state){ { 3, 0, 0 }, { 1, 0, 0 } };
	drop(&instance, &state);
	expect(&state, 2, 0, 0);
	instance_close(&instance);
}

static void replicas_under_load_stay(void **unused)
{
	struct instance instance;
	struct state state = { { 1, 2, 0 }, { 0.3, 0.7, 0 } };

	(void)unused;
	open_world(&instance, "", "");
	/* 0.7 of 15/s needs two of 10/s, though two in all carry the load */
	drop(&instance, &state);
	expect(&state, 1, 2, 0);
	instance_close(&instance);
}

static void what_has_a_price_stays(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 1, 1 }, { 1, 0, 0 } };

	(void)unused;
	open_world(&instance, "prices: {cpu: 1/h}, ", "");
	drop(&instance, &state);
	expect(&state, 2, 1, 0);
	instance_close(&instance);
}

static void the_least_number_stays(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 2, 1 }, { 1, 0, 0 } };

	(void)unused;
	open_world(&instance, "", ", replicas: {min: 4}");
	drop(&instance, &state);
	expect(&state, 2, 1, 1);
	instance_close(&instance);
}

static void a_target_keeps_what_it_needs(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 2, 2 }, { 1, 0, 0 } };

	(void)unused;
	/* two have to be up: clusters of 99% each reach 99.9% only together */
	open_world(&instance, "", ", availability: 99.9%");
	drop(&instance, &state);
	expect(&state, 2, 0, 2);
	state = (struct state){ { 2, 0, 2 }, { 1, 0, 0 } };
	drop(&instance, &state);
	expect(&state, 2, 0, 2);
	instance_close(&instance);
}

static void spread_is_left_alone(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 1, 1 }, { 1, 0, 0 } };

	(void)unused;
	open_world(&instance, "", ", placement: {spread: {over: cluster, min: 2}}");
	drop(&instance, &state);
	expect(&state, 2, 1, 1);
	instance_close(&instance);
}

static void what_was_asked_to_be_there_stays(void **unused)
{
	struct instance instance;
	struct state state = { { 2, 1, 1 }, { 1, 0, 0 } };

	(void)unused;
	open_world(&instance, "", "");
	instance.problem.blocks[0].workloads[0].candidates[1].least = 1;
	drop(&instance, &state);
	expect(&state, 2, 1, 0);
	instance_close(&instance);
}

/* A connection without a rate brings no load, but its messages must end somewhere. */
static void ends_of_connections_stay(void **unused)
{
	struct instance instance;
	struct hk_search search = { .problem = &instance.problem };
	struct hk_arena arena = HK_ARENA_INIT;
	const struct hk_block *block;
	uint32_t e = 0, arc = 0;

	(void)unused;
	instance_open(&instance, HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}, {name: b}, {name: c}]\n"
				 "  links: [{from: a, to: b, latency: 1ms}, {from: b, to: c, latency: 1ms}]\n---\n"
				 HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 15/s}]\n"
				 "  workloads: [{name: silent}, {name: w}]\n  connections: [{from: in, to: w}, {from: silent, to: w}]\n");
	block = &instance.problem.blocks[0];
	search.best.any = true;
	search.best.blocks = hk_arena_array(&arena, 1, sizeof *search.best.blocks);
	hk_block_solution_init(&search.best.blocks[0], block, &arena);
	assert_string_equal(instance.problem.model->pipelines[0].workloads[block->workloads[1].workload].name, "w");
	memcpy(search.best.blocks[0].replicas[1], (uint32_t[]){ 1, 1, 1 }, 3 * sizeof(uint32_t));
	search.best.blocks[0].load[1][0] = 1;
	for (e = 0; block->edges[e].from_kind != HK_END_WORKLOAD; e++)
		assert_true(e + 1 < block->n_edges);
	while (block->edges[e].arcs[arc].to != 1)
		assert_true(++arc < block->edges[e].n_arcs);
	search.best.blocks[0].flow[e][arc] = 1;
	hk_search_drop_spare(&search);
	assert_int_equal(search.best.blocks[0].replicas[1][0], 1);
	assert_int_equal(search.best.blocks[0].replicas[1][1], 1);
	assert_int_equal(search.best.blocks[0].replicas[1][2], 0);
	hk_arena_release(&arena);
	instance_close(&instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_replicas_go),
		cmocka_unit_test(replicas_under_load_stay),
		cmocka_unit_test(what_has_a_price_stays),
		cmocka_unit_test(the_least_number_stays),
		cmocka_unit_test(a_target_keeps_what_it_needs),
		cmocka_unit_test(spread_is_left_alone),
		cmocka_unit_test(what_was_asked_to_be_there_stays),
		cmocka_unit_test(ends_of_connections_stay),
	};

	return cmocka_run_group_tests_name("place/solve_spare", tests, NULL, NULL);
}
