/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/rng.h"
#include "base/str.h"
#include "base/vec.h"

#include <string.h>

static void test_comparisons(void **state)
{
	(void)state;
	assert_true(hk_str_eq(HK_STR("a"), hk_str_of("a")));
	assert_true(hk_str_eq((struct hk_str){ NULL, 0 }, HK_STR("")));
	assert_false(hk_str_eq(HK_STR("a"), HK_STR("A")));
	assert_false(hk_str_eq((struct hk_str){ "a\0b", 3 }, (struct hk_str){ "a\0c", 3 }));
	assert_true(hk_str_is((struct hk_str){ "abc", 2 }, "ab"));
	assert_int_equal(hk_str_of(NULL).n, 0);
	assert_true(hk_str_cmp(HK_STR("ab"), HK_STR("abc")) < 0);
	assert_true(hk_str_cmp(HK_STR("b"), HK_STR("abc")) > 0);
	assert_true(hk_str_cmp(HK_STR("\xff"), HK_STR("a")) > 0);
	assert_int_equal(hk_str_cmp(HK_STR("x"), HK_STR("x")), 0);
	assert_true(hk_str_starts(HK_STR("node-1"), "node-"));
	assert_false(hk_str_starts(HK_STR("no"), "node-"));
	assert_true(hk_str_ends(HK_STR("a.yaml"), ".yaml"));
	assert_false(hk_str_ends(HK_STR("yaml"), ".yaml"));
	assert_true(hk_str_starts((struct hk_str){ NULL, 0 }, ""));
}

static void test_trim(void **state)
{
	(void)state;
	assert_true(hk_str_is(hk_str_trim(HK_STR(" \ta b\t ")), "a b"));
	assert_int_equal(hk_str_trim(HK_STR(" \t ")).n, 0);
	assert_int_equal(hk_str_trim((struct hk_str){ NULL, 0 }).n, 0);
	assert_true(hk_str_is(hk_str_trim(HK_STR("\na")), "\na"));
}

static void test_cut(void **state)
{
	struct hk_str rest = HK_STR("a,,b");

	(void)state;
	assert_true(hk_str_is(hk_str_cut(&rest, ','), "a"));
	assert_true(hk_str_is(hk_str_cut(&rest, ','), ""));
	assert_true(hk_str_is(hk_str_cut(&rest, ','), "b"));
	assert_int_equal(rest.n, 0);
	assert_int_equal(hk_str_cut(&rest, ',').n, 0);
	rest = HK_STR("a,");
	hk_str_cut(&rest, ',');
	assert_int_equal(rest.n, 0);
}

struct distance_sample { const char *a, *b; unsigned limit, distance; };

static void test_distance(void **state)
{
	static const struct distance_sample samples[] = {
		{ "latency", "latency", 3, 0 }, { "latency", "LATENCY", 3, 0 }, { "latecny", "latency", 3, 1 }, { "ab", "ba", 3, 1 }, { "abc", "abcd", 3, 1 },
		{ "kitten", "sitting", 3, 3 }, { "kitten", "sitting", 2, 3 }, { "", "abc", 3, 3 }, { "", "abcd", 3, 4 }, { "abcdef", "uvwxyz", 3, 4 },
		{ "ca", "abc", 3, 3 },
	};

	(void)state;
	for (size_t i = 0; i < HK_COUNT(samples); i++) {
		assert_int_equal(hk_str_distance(hk_str_of(samples[i].a), hk_str_of(samples[i].b), samples[i].limit), samples[i].distance);
		assert_int_equal(hk_str_distance(hk_str_of(samples[i].b), hk_str_of(samples[i].a), samples[i].limit), samples[i].distance);
	}
}

static void test_distance_of_hostile_length(void **state)
{
	enum { LENGTH = 1 << 20 };
	char *a = malloc(LENGTH), *b = malloc(LENGTH);

	(void)state;
	assert_true(a && b);
	memset(a, 'a', LENGTH);
	memset(b, 'b', LENGTH);
	assert_int_equal(hk_str_distance((struct hk_str){ a, LENGTH }, (struct hk_str){ b, LENGTH }, 3), 4);
	assert_int_equal(hk_str_distance((struct hk_str){ a, LENGTH }, (struct hk_str){ a, LENGTH }, 3), 0);
	free(a);
	free(b);
}

/* The definition, written without any of the shortcuts. */
static unsigned plain_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned d[16][16];

	for (unsigned i = 0; i <= na; i++) {
		for (unsigned j = 0; j <= nb; j++) {
			unsigned best = i + j;

			if (i && d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (j && d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i && j && d[i - 1][j - 1] + (a[i - 1] != b[j - 1]) < best)
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[na][nb];
}

static void test_distance_equals_its_definition(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int round = 0; round < 20000; round++) {
		char a[15], b[15];
		size_t na = hk_rng_below(&rng, 11), nb = hk_rng_below(&rng, 11);
		unsigned limit = (unsigned)hk_rng_below(&rng, 6), expected, got;

		for (size_t i = 0; i < sizeof a; i++) {
			a[i] = (char)('a' + hk_rng_below(&rng, 3));
			b[i] = (char)('a' + hk_rng_below(&rng, 3));
		}
		expected = plain_distance(a, na, b, nb);
		got = hk_str_distance((struct hk_str){ a, na }, (struct hk_str){ b, nb }, limit);
		assert_int_equal(got, expected > limit ? limit + 1 : expected);
	}
}

static void test_nearest(void **state)
{
	static const char *const keys[] = { "latency", "bandwidth", "replicas", "replica", "name" };

	(void)state;
	assert_string_equal(hk_str_nearest(HK_STR("latecny"), keys, HK_COUNT(keys)), "latency");
	assert_string_equal(hk_str_nearest(HK_STR("band-width"), keys, HK_COUNT(keys)), "bandwidth");
	assert_string_equal(hk_str_nearest(HK_STR("nmae"), keys, HK_COUNT(keys)), "name");
	assert_string_equal(hk_str_nearest(HK_STR("replica"), keys, HK_COUNT(keys)), "replica");
	assert_string_equal(hk_str_nearest(HK_STR("Replicas"), keys, HK_COUNT(keys)), "replicas");
	assert_null(hk_str_nearest(HK_STR("image"), keys, HK_COUNT(keys)));
	assert_null(hk_str_nearest(HK_STR(""), keys, HK_COUNT(keys)));
	assert_null(hk_str_nearest(HK_STR("x"), keys, 0));
}

static void test_nearest_takes_the_first_of_equals(void **state)
{
	static const char *const keys[] = { "cat", "car" };

	(void)state;
	assert_string_equal(hk_str_nearest(HK_STR("cab"), keys, HK_COUNT(keys)), "cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_distance_of_hostile_length),
		cmocka_unit_test(test_distance_equals_its_definition),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_takes_the_first_of_equals),
	};

	return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
