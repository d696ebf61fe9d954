/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/apportion.h"
#include "base/rng.h"
#include "fixture.h"
#include <math.h>

static void known_divisions(void **state)
{
	static const struct { double shares[3]; int64_t total, parts[3]; } cases[] = {
		{ { 0.5, 0.3, 0.2 }, 11, { 6, 3, 2 } },
		{ { 0.63, 0.29, 0.08 }, 10, { 6, 3, 1 } },
		{ { 2, 1, 0 }, 2, { 1, 1, 0 } },              /* weights 2:1 for two replicas do not starve the second */
		{ { 53, 24, 23 }, 7, { 3, 2, 2 } },           /* claims: 53 24 23 17.7 10.6 8 7.7; the method of the largest remainder gives 4, 2, 1 */
	};
	int64_t parts[3];
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		hk_apportion(cases[i].shares, 3, cases[i].total, 0, NULL, parts);
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(parts[j], cases[i].parts[j]);
	}
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

static void large_totals_take_no_longer(void **state)
{
	const double shares[] = { 0.7, 0.2, 0.1, 1e-300, 0 };
	const int64_t most[] = { 10, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX };
	int64_t parts[5];
	(void)state;
	hk_apportion(shares, 5, INT32_MAX, 1, NULL, parts);
	assert_int_equal(parts[0] + parts[1] + parts[2] + parts[3] + parts[4], INT32_MAX);
	assert_int_equal(parts[3], 1);
	assert_int_equal(parts[4], 1);
	hk_apportion(shares, 5, INT32_MAX, 0, most, parts);
	assert_int_equal(parts[0] + parts[1] + parts[2] + parts[3] + parts[4], INT32_MAX);
	assert_int_equal(parts[0], 10);
	assert_int_equal(parts[4], 0);
}

enum { ROUNDS = 2000, PARTIES = 7 };
static const uint64_t seed = 20240611;

/* Shares from few distinct values, so that ties happen, or from anywhere; the last may be 0. */
static size_t draw(struct hk_rng *rng, double *shares)
{
	size_t n = 1 + (size_t)hk_rng_below(rng, PARTIES);
	bool ties = hk_rng_below(rng, 2) == 0;
	for (size_t i = 0; i < n; i++)
		shares[i] = ties ? (double)hk_rng_below(rng, 4) : hk_rng_unit(rng);
	return n;
}

static double total_of(const double *shares, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += shares[i];
	return sum;
}

/* The definition, one unit after the other, against the implementation; nobody ever loses a unit; whoever has no share gets nothing. */
static void one_more_never_takes_one_away(void **state)
{
	struct hk_rng rng;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < ROUNDS; round++) {
		double shares[PARTIES];
		int64_t most[PARTIES], before[PARTIES] = { 0 }, parts[PARTIES];
		size_t n = draw(&rng, shares);
		int64_t least = (int64_t)hk_rng_below(&rng, 2);
		bool bounded = hk_rng_below(&rng, 2) == 0, some = total_of(shares, n) > 0;
		for (size_t i = 0; i < n; i++)
			most[i] = least + (int64_t)hk_rng_below(&rng, 9);
		for (int64_t total = 0; total < 40; total++) {
			int64_t given = 0, room = 0;
			hk_apportion(shares, n, total, least, bounded ? most : NULL, parts);
			for (size_t i = 0; i < n; i++) {
				assert_true(parts[i] >= before[i] && parts[i] >= least && (!bounded || parts[i] <= most[i]));
				assert_true(bounded || !some || shares[i] > 0 || parts[i] == least);
				given += parts[i];
				room += bounded ? most[i] : total;
				before[i] = parts[i];
			}
			assert_int_equal(given, total < least * (int64_t)n ? least * (int64_t)n : total < room ? total : room);
		}
	}
}

/*
 * What is known of the method: no unit can go from one to another so that both come nearer to their quotas (it alone of all divisor methods is so near); with
 * up to three parties every part is the quota rounded up or down; equal shares differ by at most one, the earlier having more.
 */
static void parts_are_near_the_quotas(void **state)
{
	struct hk_rng rng;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < ROUNDS; round++) {
		double shares[PARTIES];
		int64_t parts[PARTIES], total = (int64_t)hk_rng_below(&rng, 1000);
		size_t n = draw(&rng, shares);
		double sum = total_of(shares, n);
		if (sum <= 0)
			continue;
		hk_apportion(shares, n, total, 0, NULL, parts);
		for (size_t i = 0; i < n; i++) {
			double over = (double)parts[i] - (double)total * shares[i] / sum;
			assert_true(n > 3 || fabs(over) < 1 + 1e-9);
			for (size_t j = 0; j < n; j++) {
				double under = (double)total * shares[j] / sum - (double)parts[j];
				assert_false(over > 0.5 + 1e-9 && under > 0.5 + 1e-9);
				if (j > i && shares[i] == shares[j])
					assert_in_range(parts[i] - parts[j], 0, 1);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_divisions),
		cmocka_unit_test(ties_go_to_the_first),
		cmocka_unit_test(everybody_gets_the_least),
		cmocka_unit_test(no_share_counts_as_equal),
		cmocka_unit_test(whole_quotas_stay_whole),
		cmocka_unit_test(large_totals_take_no_longer),
		cmocka_unit_test(one_more_never_takes_one_away),
		cmocka_unit_test(parts_are_near_the_quotas),
	};
	return cmocka_run_group_tests_name("render/apportion", tests, NULL, NULL);
}
