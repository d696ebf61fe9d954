/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hk_sort_by_number against what it must give: ascending keys, equal ones in the order they came in. */
#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item { uint32_t number; uint32_t key; double more; };

static void check(size_t n, uint32_t keys, uint64_t seed)
{
	struct item *items = hk_calloc(n + 1, sizeof *items);
	struct hk_rng rng;
	uint64_t before = 0, after = 0;

	hk_rng_seed(&rng, seed);
	for (size_t i = 0; i < n; i++) {
		uint32_t key = (uint32_t)hk_rng_below(&rng, keys) * (keys < 10 ? 1u : UINT32_MAX / keys);

		items[i] = (struct item){ (uint32_t)i, key, (double)key };
		before += key;
	}
	hk_sort_by_number(items, n, sizeof *items, offsetof(struct item, key));
	for (size_t i = 0; i < n; i++) {
		after += items[i].key;
		assert_true((double)items[i].key == items[i].more);
		if (i > 0 && items[i - 1].key == items[i].key)
			assert_true(items[i - 1].number < items[i].number);
		else if (i > 0)
			assert_true(items[i - 1].key < items[i].key);
	}
	assert_int_equal(before, after);
	hk_cleanup_free(&items);
}

static void sorts_and_keeps_the_order_of_equals(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 24, 25, 300, 5000 };
	static const uint32_t keys[] = { 1, 2, 7, 300, 70000, 20000000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			check(sizes[i], keys[k], 7 * i + k + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(sorts_and_keeps_the_order_of_equals) };

	return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
