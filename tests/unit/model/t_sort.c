/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include "base/rng.h"
#include "model/sort.h"

struct item { const char *name; int key, place; };

static int by_key(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	return (left->key > right->key) - (left->key < right->key);
}

/* Sorted, and equal keys in the order they had. */
static void sorting_is_stable(void **state)
{
	struct hk_rng rng;
	struct item items[200];
	(void)state;

	print_message("seed 7\n");
	hk_rng_seed(&rng, 7);
	for (size_t n = 0; n <= HK_COUNT(items); n++) {
		long long sum = 0;
		for (size_t i = 0; i < n; i++) {
			items[i] = (struct item){ "", (int)hk_rng_below(&rng, 1 + n / 4), (int)i };
			sum += items[i].key * 1000LL + items[i].place;
		}
		hk_sort(items, n, sizeof *items, by_key);
		for (size_t i = 0; i < n; i++) {
			sum -= items[i].key * 1000LL + items[i].place;
			if (i && (items[i - 1].key > items[i].key || (items[i - 1].key == items[i].key && items[i - 1].place > items[i].place)))
				fail_msg("n %zu: items %zu and %zu are out of order", n, i - 1, i);
		}
		assert_int_equal(sum, 0);
	}
}

static void texts_are_compared_bytewise(void **state)
{
	struct item items[] = { { "b", 0, 0 }, { "a-1", 0, 1 }, { "a", 0, 2 }, { "B", 0, 3 }, { "\xc3\xa4", 0, 4 } };
	static const int order[] = { 3, 2, 1, 0, 4 };
	(void)state;

	hk_sort(items, HK_COUNT(items), sizeof *items, hk_sort_by_text);
	for (size_t i = 0; i < HK_COUNT(items); i++)
		assert_int_equal(items[i].place, order[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sorting_is_stable), cmocka_unit_test(texts_are_compared_bytewise) };

	return cmocka_run_group_tests_name("model/sort", tests, NULL, NULL);
}
