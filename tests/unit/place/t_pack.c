/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "place/pack_internal.h"

#define SEED 4242u
#define MAX_WORKLOADS 4u
#define MAX_GROUPS 3u
#define N_RESOURCES 2u
#define MAX_NODES 6u

struct world {
	struct hk_cluster cluster;
	struct hk_node_group groups[MAX_GROUPS];
	double allocatable[MAX_GROUPS][N_RESOURCES], request[MAX_WORKLOADS][N_RESOURCES];
	struct hk_workload workloads[MAX_WORKLOADS];
	struct hk_pairing together[MAX_WORKLOADS][2], apart[MAX_WORKLOADS][2];
	struct hk_label label, want;
	struct hk_pipeline pipeline;
	struct hk_model model;
	struct hk_place_workload place[MAX_WORKLOADS];
	struct hk_block block;
	struct hk_problem problem;
	struct hk_pack_item items[MAX_WORKLOADS];
	size_t n_items;
	bool without_needs;           /* what counts as packable: required together left out */
};

static const char *resource_names[N_RESOURCES] = { "cpu", "memory" };

static void world_init(struct world *w, uint32_t n_groups, uint32_t n_workloads)
{
	memset(w, 0, sizeof *w);
	w->label = w->want = (struct hk_label){ "gpu", "yes" };
	w->cluster = (struct hk_cluster){ .name = "c", .nodes = w->groups, .n_nodes = n_groups };
	for (uint32_t g = 0; g < n_groups; g++)
		w->groups[g] = (struct hk_node_group){ .name = "n", .count = 1, .allocatable = w->allocatable[g] };
	for (uint32_t i = 0; i < n_workloads; i++) {
		w->workloads[i] = (struct hk_workload){ .name = "w", .request = w->request[i], .together = w->together[i], .apart = w->apart[i] };
		w->place[i].workload = i;
	}
	w->pipeline = (struct hk_pipeline){ .name = "p", .workloads = w->workloads, .n_workloads = n_workloads };
	w->model = (struct hk_model){ .resources = resource_names, .n_resources = N_RESOURCES, .clusters = &w->cluster, .n_clusters = 1,
				      .pipelines = &w->pipeline, .n_pipelines = 1 };
	w->block = (struct hk_block){ .workloads = w->place, .n_workloads = n_workloads };
	w->problem = (struct hk_problem){ .model = &w->model, .blocks = &w->block, .n_blocks = 1 };
}

static void add_item(struct world *w, uint32_t workload, uint32_t replicas, uint32_t cap)
{
	w->items[w->n_items++] = (struct hk_pack_item){ 0, workload, replicas, cap };
}

static void random_pairings(struct world *w, struct hk_rng *rng, uint32_t i, bool needs)
{
	uint32_t n = (uint32_t)w->pipeline.n_workloads;

	if (!hk_rng_below(rng, 3))
		w->apart[i][w->workloads[i].n_apart++] = (struct hk_pairing){ .with = (uint32_t)hk_rng_below(rng, n), .level = HK_LEVEL_NODE,
									      .required = hk_rng_below(rng, 2) };
	if (!hk_rng_below(rng, 3))
		w->together[i][w->workloads[i].n_together++] =
			(struct hk_pairing){ .with = (uint32_t)hk_rng_below(rng, n), .level = HK_LEVEL_NODE, .required = needs && hk_rng_below(rng, 2) };
}

static void random_world(struct world *w, struct hk_rng *rng, bool needs)
{
	uint32_t n_groups = 1 + (uint32_t)hk_rng_below(rng, MAX_GROUPS), n_workloads = 1 + (uint32_t)hk_rng_below(rng, MAX_WORKLOADS), nodes = 0;

	world_init(w, n_groups, n_workloads);
	for (uint32_t g = 0; g < n_groups; g++) {
		w->groups[g].count = 1 + (uint32_t)hk_rng_below(rng, 2 + MAX_NODES - nodes > 4 ? 3 : 1);
		nodes += w->groups[g].count;
		for (uint32_t r = 0; r < N_RESOURCES; r++)
			w->allocatable[g][r] = 1 + (double)hk_rng_below(rng, 10);
		if (hk_rng_below(rng, 2))
			w->groups[g].labels = (struct hk_labels){ &w->label, 1 };
	}
	for (uint32_t i = 0; i < n_workloads; i++) {
		for (uint32_t r = 0; r < N_RESOURCES; r++)
			w->request[i][r] = (double)hk_rng_below(rng, 7);
		if (!hk_rng_below(rng, 4))
			w->workloads[i].features = (struct hk_labels){ &w->want, 1 };
		w->workloads[i].availability = hk_rng_below(rng, 2) ? 0.9 : 0;
		random_pairings(w, rng, i, needs);
		if (hk_rng_below(rng, 5))
			add_item(w, i, 1 + (uint32_t)hk_rng_below(rng, 4), (uint32_t)hk_rng_below(rng, 3));
	}
}

/* Counts on one node of the group, per item: is it allowed? */
static bool node_allows(const struct world *w, uint32_t g, const uint32_t *count)
{
	for (uint32_t r = 0; r < N_RESOURCES; r++) {
		double used = 0;

		for (size_t i = 0; i < w->n_items; i++)
			used += count[i] * w->request[w->items[i].workload][r];
		if (used > w->allocatable[g][r])
			return false;
	}
	for (size_t i = 0; i < w->n_items; i++) {
		const struct hk_workload *workload = &w->workloads[w->items[i].workload];

		if (!count[i])
			continue;
		if ((w->items[i].max_per_node && count[i] > w->items[i].max_per_node) || !hk_node_group_accepts(&w->model, &w->groups[g], workload))
			return false;
		for (size_t a = 0; a < workload->n_apart; a++)
			for (size_t j = 0; workload->apart[a].required && j < w->n_items; j++)
				if (w->items[j].workload == workload->apart[a].with && (i == j ? count[i] > 1 : count[j] > 0))
					return false;
		for (size_t t = 0; t < workload->n_together; t++) {
			bool there = !workload->together[t].required || w->without_needs;

			for (size_t j = 0; j < w->n_items; j++)
				there = there || (w->items[j].workload == workload->together[t].with && count[j]);
			if (!there)
				return false;
		}
	}
	return true;
}

static bool by_hand(const struct world *w, uint32_t g, uint32_t node, size_t item, uint32_t *count, uint32_t *left)
{
	if (g == w->cluster.n_nodes) {
		for (size_t i = 0; i < w->n_items; i++)
			if (left[i])
				return false;
		return true;
	}
	if (node == w->groups[g].count)
		return by_hand(w, g + 1, 0, 0, count, left);
	if (item == w->n_items) {
		uint32_t fresh[MAX_WORKLOADS] = { 0 };

		return node_allows(w, g, count) && by_hand(w, g, node + 1, 0, fresh, left);
	}
	for (uint32_t k = 0; k <= left[item]; k++) {
		bool packed;

		count[item] = k;
		left[item] -= k;
		packed = by_hand(w, g, node, item + 1, count, left);
		left[item] += k;
		if (packed)
			return true;
	}
	count[item] = 0;
	return false;
}

static bool packable(const struct world *w)
{
	uint32_t count[MAX_WORKLOADS] = { 0 }, left[MAX_WORKLOADS] = { 0 };

	for (size_t i = 0; i < w->n_items; i++)
		left[i] = w->items[i].replicas;
	return by_hand(w, 0, 0, 0, count, left);
}

static void check_shares(const struct world *w, const struct hk_node_share *shares, size_t n)
{
	uint32_t total[MAX_WORKLOADS] = { 0 };

	for (uint32_t g = 0; g < w->cluster.n_nodes; g++) {
		for (uint32_t node = 0; node < w->groups[g].count; node++) {
			uint32_t count[MAX_WORKLOADS] = { 0 };

			for (size_t s = 0; s < n; s++)
				for (size_t i = 0; i < w->n_items; i++)
					if (shares[s].group == g && shares[s].node == node && shares[s].workload == w->items[i].workload)
						count[i] += shares[s].replicas;
			assert_true(node_allows(w, g, count));
			for (size_t i = 0; i < w->n_items; i++)
				total[i] += count[i];
		}
	}
	for (size_t i = 0; i < w->n_items; i++)
		assert_int_equal(total[i], w->items[i].replicas);
	for (size_t s = 1; s < n; s++)
		assert_true(shares[s - 1].workload < shares[s].workload ||
			    (shares[s - 1].workload == shares[s].workload &&
			     (shares[s - 1].group < shares[s].group || (shares[s - 1].group == shares[s].group && shares[s - 1].node < shares[s].node))));
}

static void check_conflict(struct world *w, const struct hk_pack_item *conflict, size_t n, bool monotone)
{
	memcpy(w->items, conflict, n * sizeof *conflict);
	w->n_items = n;
	assert_true(n > 0);
	assert_false(packable(w));
	w->without_needs = monotone;
	assert_false(packable(w));
	for (size_t i = 0; monotone && i < n; i++) {
		w->items[i].replicas--;
		assert_true(packable(w));
		w->items[i].replicas++;
	}
}

static void agrees_with_trying_everything(void **state)
{
	struct hk_rng rng;
	uint32_t packed = 0, unpackable = 0, combination = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 3000; round++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct world w;
		struct hk_node_share *shares;
		struct hk_pack_item *conflict;
		size_t n_shares, n_conflict;
		bool monotone;
		enum hk_pack_result result;

		random_world(&w, &rng, round % 2);
		result = hk_pack_cluster(&w.problem, 0, w.items, w.n_items, 0, &arena, &shares, &n_shares, &conflict, &n_conflict, &monotone);
		if (result != (packable(&w) ? HK_PACKED : HK_UNPACKABLE))
			fail_msg("round %d: result %d", round, (int)result);
		if (result == HK_PACKED)
			check_shares(&w, shares, n_shares);
		else
			check_conflict(&w, conflict, n_conflict, monotone);
		packed += result == HK_PACKED;
		unpackable += result == HK_UNPACKABLE;
		combination += !monotone;
		hk_arena_release(&arena);
	}
	/* The generator must exercise all of it. */
	assert_true(packed > 300 && unpackable > 300 && combination > 20);
}

static void most_of_one_workload_is_exact(void **state)
{
	struct hk_rng rng;

	(void)state;
	print_message("seed %u\n", SEED + 1);
	hk_rng_seed(&rng, SEED + 1);
	for (int round = 0; round < 300; round++) {
		struct world w;
		uint32_t most;

		random_world(&w, &rng, false);
		w.n_items = 0;
		w.request[0][0] += 1;
		most = hk_pack_most(&w.problem, 0, 0, 0);
		add_item(&w, 0, most + 1, 0);
		assert_false(packable(&w));
		w.items[0].replicas = most;
		assert_true(packable(&w));
	}
}

static enum hk_pack_result pack(struct world *w, struct hk_arena *arena, struct hk_node_share **shares, size_t *n_shares)
{
	struct hk_pack_item *conflict;
	size_t n_conflict;
	bool monotone;

	return hk_pack_cluster(&w->problem, 0, w->items, w->n_items, 0, arena, shares, n_shares, &conflict, &n_conflict, &monotone);
}

static void ten_thousand_equal_nodes_are_counted_not_walked(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct world w;
	struct hk_node_share *shares;
	size_t n;

	(void)state;
	world_init(&w, 1, 3);
	w.groups[0].count = 10000;
	w.allocatable[0][0] = 10;
	w.allocatable[0][1] = 100;
	w.request[0][0] = 6;
	w.request[1][0] = 4;
	w.request[2][0] = 0.1;
	/* Exactly full in cpu by two of them; the third has no room. */
	add_item(&w, 0, 10000, 0);
	add_item(&w, 1, 10000, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	assert_int_equal(n, 20000);
	add_item(&w, 2, 1, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_UNPACKABLE);
	/* 6 + 6 do not share a node: one too many although there is room in total. */
	w.n_items = 0;
	add_item(&w, 0, 10001, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_UNPACKABLE);
	hk_arena_release(&arena);
}

static void search_finds_what_first_fit_misses(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct world w;
	struct hk_node_share *shares;
	size_t n;

	(void)state;
	/* Two nodes of 10: 5+3+2 twice; first fit by size puts 5+5 together and strands a 3. */
	world_init(&w, 1, 3);
	w.groups[0].count = 2;
	w.allocatable[0][0] = 10;
	w.request[0][0] = 5;
	w.request[1][0] = 3;
	w.request[2][0] = 2;
	add_item(&w, 0, 2, 0);
	add_item(&w, 1, 2, 0);
	add_item(&w, 2, 2, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	check_shares(&w, shares, n);
	hk_arena_release(&arena);
}

static void wishes_guide(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct world w;
	struct hk_node_share *shares;
	size_t n;

	(void)state;
	/* decode and detect want one node; both fit only one pair to a node. */
	world_init(&w, 1, 2);
	w.groups[0].count = 4;
	w.allocatable[0][0] = 10;
	w.request[0][0] = 5;
	w.request[1][0] = 3;
	w.together[0][w.workloads[0].n_together++] = (struct hk_pairing){ .with = 1, .level = HK_LEVEL_NODE };
	add_item(&w, 0, 2, 0);
	add_item(&w, 1, 2, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	assert_int_equal(n, 4);
	assert_int_equal(shares[0].node, shares[2].node);
	assert_int_equal(shares[1].node, shares[3].node);
	/* A target wants a node for each replica. */
	w.workloads[0].n_together = 0;
	w.workloads[1].availability = 0.99;
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	check_shares(&w, shares, n);
	assert_int_equal(n, 3);
	assert_int_equal(shares[1].replicas, 1);
	hk_arena_release(&arena);
}

static void odd_cases(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct world w;
	struct hk_node_share *shares;
	double used[N_RESOURCES] = { 0.2, 0 }, reserve[N_RESOURCES] = { 0.1, 0 };
	size_t n;

	(void)state;
	world_init(&w, 1, 1);
	w.allocatable[0][0] = 1;
	w.allocatable[0][1] = -1;
	w.groups[0].used = used;
	w.cluster.reserve = reserve;
	w.request[0][0] = 0.1;
	/* 1 - 0.1 - 0.2 = 0.7 holds seven times 0.1, whatever doubles make of it. */
	assert_int_equal(hk_pack_most(&w.problem, 0, 0, 0), 7);
	add_item(&w, 0, 7, 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	w.request[0][1] = 1;
	assert_int_equal(hk_pack_most(&w.problem, 0, 0, 0), 0);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_UNPACKABLE);
	w.request[0][1] = 0;
	w.workloads[0].manifest.kind = HK_DAEMONSET;
	assert_int_equal(hk_pack_most(&w.problem, 0, 0, 0), 1);
	w.cluster.unlimited = true;
	assert_int_equal(hk_pack_most(&w.problem, 0, 0, 0), 0);
	w.workloads[0].manifest.kind = HK_DEPLOYMENT;
	assert_int_equal(hk_pack_most(&w.problem, 0, 0, 0), UINT32_MAX);
	assert_int_equal(pack(&w, &arena, &shares, &n), HK_PACKED);
	assert_int_equal(n, 0);
	hk_arena_release(&arena);
}

/* Two nodes of 8 with 3 on each; 8 finds room when one 3 joins the other. */
static void mending_moves_one_for_another(void **state)
{
	const uint32_t demand[] = { 2, 1 };
	struct world w;
	struct hk_pack pack;
	struct hk_pack_runs runs = { 0 };

	(void)state;
	world_init(&w, 1, 2);
	w.groups[0].count = 2;
	w.allocatable[0][0] = 8;
	w.request[0][0] = 3;
	w.request[1][0] = 8;
	add_item(&w, 0, 2, 0);
	add_item(&w, 1, 1, 0);
	hk_pack_prepare(&pack, &w.problem, 0, w.items, w.n_items);
	for (int node = 0; node < 2; node++) {
		struct hk_pack_run *run = hk_pack_run_add(&pack, &runs, 0, 1);
		double left[] = { 5 };

		run->left = hk_arena_array(&pack.scratch, 1, sizeof left);
		memcpy(run->left, left, sizeof left);
		hk_pack_run_put(&pack, run, 0, 1);
	}
	assert_false(hk_pack_mend(&pack, demand, 0, &(struct hk_pack_runs){ runs.v, runs.n, runs.cap }));
	assert_true(hk_pack_mend(&pack, demand, 1000, &runs));
	assert_int_equal(runs.n, 2);
	assert_int_equal(hk_pack_run_count(&runs.v[0], 0) + hk_pack_run_count(&runs.v[1], 0), 2);
	assert_int_equal(hk_pack_run_count(&runs.v[0], 1) + hk_pack_run_count(&runs.v[1], 1), 1);
	for (int node = 0; node < 2; node++)
		assert_true(runs.v[node].left[0] >= 0);
	hk_pack_finish(&pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_trying_everything),
		cmocka_unit_test(most_of_one_workload_is_exact),
		cmocka_unit_test(ten_thousand_equal_nodes_are_counted_not_walked),
		cmocka_unit_test(search_finds_what_first_fit_misses),
		cmocka_unit_test(wishes_guide),
		cmocka_unit_test(mending_moves_one_for_another),
		cmocka_unit_test(odd_cases),
	};

	return cmocka_run_group_tests_name("place/pack", tests, NULL, NULL);
}
