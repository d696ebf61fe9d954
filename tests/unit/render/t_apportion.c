/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/apportion.h"
#include "base/rng.h"
#include "fixture.h"
#include <math.h>

static void largest_remainders_win(void **state)
{
	const double shares[] = { 0.5, 0.3, 0.2 };
	int64_t parts[3];
	(void)state;
	hk_apportion(shares, 3, 11, 0, NULL, parts);      /* 5.5 3.3 2.2 */
	assert_int_equal(parts[0], 6);
	assert_int_equal(parts[1], 3);
	assert_int_equal(parts[2], 2);
}

static void ties_go_to_the_first(void **state)
{
	const double shares[] = { 1, 1, 1, 1 };
	int64_t parts[4];
	(void)state;
	hk_apportion(shares, 4, 6, 0, NULL, parts);
	assert_int_equal(parts[0], 2);
	assert_int_equal(parts[1], 2);
	assert_int_equal(parts[2], 1);
	assert_int_equal(parts[3], 1);
}

static void everybody_gets_the_least(void **state)
{
	const double shares[] = { 0.98, 0.01, 0.01 };
	int64_t parts[3];
	(void)state;
	hk_apportion(shares, 3, 10, 1, NULL, parts);
	assert_int_equal(parts[0], 8);
	assert_int_equal(parts[1], 1);
	assert_int_equal(parts[2], 1);
	hk_apportion(shares, 3, 2, 1, NULL, parts);       /* cannot be had: the least wins over the sum */
	assert_int_equal(parts[0] + parts[1] + parts[2], 3);
}

static void no_share_counts_as_equal(void **state)
{
	const double shares[] = { 0, 0 };
	int64_t parts[2];
	(void)state;
	hk_apportion(shares, 2, 10, 0, NULL, parts);
	assert_int_equal(parts[0], 5);
	assert_int_equal(parts[1], 5);
}

static void whole_quotas_stay_whole(void **state)
{
	const double shares[] = { 0.29, 0.71 };
	int64_t parts[2];
	(void)state;
	hk_apportion(shares, 2, 100, 0, NULL, parts);
	assert_int_equal(parts[0], 29);
	assert_int_equal(parts[1], 71);
}

/* Sum, bounds and quota rule (each part within one of its quota where no bound interferes) on random shares. */
static void sums_and_stays_near_quota(void **state)
{
	struct hk_rng rng;
	uint64_t seed = 20240611;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < 2000; round++) {
		double shares[6], sum = 0;
		int64_t mosts[6], leasts[6], total = 0;
		size_t n = 1 + (size_t)hk_rng_below(&rng, 6);
		int64_t most = 6 + (int64_t)hk_rng_below(&rng, 1000), least = 6 + (int64_t)hk_rng_below(&rng, (uint64_t)most - 5);
		for (size_t i = 0; i < n; i++)
			sum += shares[i] = hk_rng_unit(&rng);
		hk_apportion(shares, n, most, 0, NULL, mosts);
		for (size_t i = 0; i < n; i++) {
			total += mosts[i];
			assert_true(fabs((double)mosts[i] - (double)most * shares[i] / sum) < 1 + 1e-6);
		}
		assert_int_equal(total, most);
		hk_apportion(shares, n, most, 1, NULL, mosts);
		hk_apportion(shares, n, least, 1, mosts, leasts);
		total = 0;
		for (size_t i = 0; i < n; i++) {
			total += leasts[i];
			assert_in_range(leasts[i], 1, mosts[i]);
		}
		assert_int_equal(total, least);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(largest_remainders_win),
		cmocka_unit_test(ties_go_to_the_first),
		cmocka_unit_test(everybody_gets_the_least),
		cmocka_unit_test(no_share_counts_as_equal),
		cmocka_unit_test(whole_quotas_stay_whole),
		cmocka_unit_test(sums_and_stays_near_quota),
	};
	return cmocka_run_group_tests_name("render/apportion", tests, NULL, NULL);
}
