/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How node sets are named and judged; random inventories are checked against what the terms would match. */
#include "render/pin.h"
#include "base/rng.h"
#include "fixture.h"

static const char *label_of(const struct hk_node_group *group, const char *key)
{
	return hk_labels_get(&group->labels, key);
}

static bool requirement_matches(const struct hk_requirement *requirement, const struct hk_node_group *group)
{
	const char *value = requirement->field ? group->name : label_of(group, requirement->key);
	for (size_t i = 0; value && i < requirement->n_values; i++)
		if (strcmp(requirement->values[i], value) == 0)
			return true;
	return false;
}

static bool set_matches(const struct hk_node_set *set, const struct hk_node_group *group)
{
	for (size_t i = 0; i < set->n; i++) {
		bool all = true;
		for (size_t j = 0; j < set->any[i].n; j++)
			all = all && requirement_matches(&set->any[i].all[j], group);
		if (all)
			return true;
	}
	return set->n == 0;
}

static void sets_match_exactly_their_nodes(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	static const char *const keys[] = { "kubernetes.io/hostname", "pool", "rack" };
	static const char *const values[] = { "v1", "v2", "v3", "v4" };
	struct hk_rng rng;
	uint64_t seed = 42;
	size_t named = 0, unnamed = 0;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < 3000; round++) {
		struct fx fx = { .arena = HK_ARENA_INIT };
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_cluster *cluster = fx_cluster(&fx, "edge", "us", "a");
		struct hk_plan_placement placement = { .nodes = hk_arena_array(&arena, 64, sizeof(struct hk_plan_node)) };
		struct hk_workload workload = { .max_replicas = UINT32_MAX };
		bool used[5] = { false };
		size_t n = 1 + (size_t)hk_rng_below(&rng, 5);
		for (size_t i = 0; i < n; i++) {
			struct hk_node_group *group = fx_nodes(&fx, cluster, names[i], 1 + (uint32_t)hk_rng_below(&rng, 2));
			for (size_t k = 0; k < HK_COUNT(keys); k++)
				if (hk_rng_below(&rng, 2))
					fx_label(&fx, &group->labels, keys[k], values[hk_rng_below(&rng, 4)]);
			used[i] = hk_rng_below(&rng, 2);
			for (uint32_t j = 0; used[i] && j < group->count; j++)
				placement.nodes[placement.n_nodes++] = (struct hk_plan_node){ names[i], names[i], 1 + (uint32_t)hk_rng_below(&rng, 2) };
		}
		struct hk_pin pin;
		hk_pin_read(&arena, &fx.model, cluster, &workload, &placement, &pin);
		named += pin.n > 0 && !pin.unnamed;
		unnamed += pin.unnamed != NULL;
		if (pin.n > 0 && !pin.unnamed) {
			struct hk_node_set set = hk_pin_set(&arena, cluster, pin.units, pin.n);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(set_matches(&set, &cluster->nodes[i]), used[i] || set.n == 0);
			assert_true(set.n > 0 || n == 1);
		}
		hk_arena_release(&arena);
		hk_arena_release(&fx.arena);
	}
	assert_true(named > 1000 && unnamed > 100);
}

static void counts_are_judged_per_node(void **state)
{
	struct fx fx = { .arena = HK_ARENA_INIT };
	struct hk_cluster *cluster = fx_cluster(&fx, "edge", "us", "a");
	struct hk_workload workload = { .max_replicas = UINT32_MAX };
	struct hk_plan_node nodes[] = { { "pool-1", "pool", 2 }, { "pool-2", "pool", 2 }, { "single", "single", 1 } };
	struct hk_plan_placement placement = { .nodes = nodes, .n_nodes = 3 };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_pin pin;
	(void)state;
	fx_label(&fx, &fx_nodes(&fx, cluster, "pool", 3)->labels, "pool", "p");
	fx_nodes(&fx, cluster, "single", 1);
	hk_pin_read(&arena, &fx.model, cluster, &workload, &placement, &pin);
	assert_int_equal(pin.n, 2);
	assert_int_equal(pin.units[0].replicas, 4);
	assert_int_equal(pin.units[0].low, 0);         /* the third node of the group has none */
	assert_int_equal(pin.units[0].high, 2);
	assert_false(pin.even);
	assert_true(pin.everywhere);
	assert_int_equal(pin.nodes, 4);
	hk_arena_release(&arena);
	hk_arena_release(&fx.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_match_exactly_their_nodes),
		cmocka_unit_test(counts_are_judged_per_node),
	};
	return cmocka_run_group_tests_name("render/pin", tests, NULL, NULL);
}
