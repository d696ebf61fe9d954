/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/map.h"
#include "base/rng.h"

#include <string.h>

static void test_empty_map(void **state)
{
	struct hk_map map = HK_MAP_INIT;

	(void)state;
	assert_true(hk_map_get(&map, HK_STR("a")) == HK_MAP_NONE);
	hk_map_release(&map);
	assert_true(hk_map_get(&map, HK_STR("a")) == HK_MAP_NONE);
}

static void test_put_keeps_the_first(void **state)
{
	struct hk_map map = HK_MAP_INIT;

	(void)state;
	assert_true(hk_map_put(&map, HK_STR("a"), 1) == HK_MAP_NONE);
	assert_int_equal(hk_map_put(&map, HK_STR("a"), 2), 1);
	assert_int_equal(hk_map_get(&map, HK_STR("a")), 1);
	assert_int_equal(map.count, 1);
	hk_map_release(&map);
}

static void test_keys_are_bytes(void **state)
{
	struct hk_map map = HK_MAP_INIT;

	(void)state;
	hk_map_put(&map, (struct hk_str){ NULL, 0 }, 0);
	hk_map_put(&map, (struct hk_str){ "a\0b", 3 }, 1);
	hk_map_put(&map, (struct hk_str){ "a\0c", 3 }, 2);
	hk_map_put(&map, (struct hk_str){ "a", 1 }, 3);
	assert_int_equal(hk_map_get(&map, HK_STR("")), 0);
	assert_int_equal(hk_map_get(&map, (struct hk_str){ "a\0b", 3 }), 1);
	assert_int_equal(hk_map_get(&map, (struct hk_str){ "a\0c", 3 }), 2);
	assert_int_equal(hk_map_get(&map, HK_STR("a")), 3);
	hk_map_release(&map);
}

/* Against a table indexed by the key's number: the map must agree after every step. */
static void test_agrees_with_a_table(void **state)
{
	enum { KEYS = 3000 };
	static char keys[KEYS][24];
	static size_t table[KEYS];
	struct hk_map map = HK_MAP_INIT;
	struct hk_rng rng;
	size_t count = 0;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (size_t i = 0; i < KEYS; i++) {
		/* Of different lengths, so that every tail of the hash is used. */
		snprintf(keys[i], sizeof keys[i], "%.*s%zu", (int)(i % 17), "xxxxxxxxxxxxxxxxx", i);
		table[i] = HK_MAP_NONE;
	}
	for (size_t step = 0; step < 20000; step++) {
		size_t key = hk_rng_below(&rng, KEYS);

		if (hk_rng_below(&rng, 3) == 0) {
			assert_true(hk_map_put(&map, hk_str_of(keys[key]), step) == table[key]);
			count += table[key] == HK_MAP_NONE;
			table[key] = table[key] == HK_MAP_NONE ? step : table[key];
		}
		assert_true(hk_map_get(&map, hk_str_of(keys[key])) == table[key]);
		assert_int_equal(map.count, count);
	}
	hk_map_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_map),
		cmocka_unit_test(test_put_keeps_the_first),
		cmocka_unit_test(test_keys_are_bytes),
		cmocka_unit_test(test_agrees_with_a_table),
	};

	return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
