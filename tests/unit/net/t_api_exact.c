/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact numbers: against products and quotients that can be checked by other means, and at the edges where they end. */
#include "../test.h"
#include "base/rng.h"
#include "base/vec.h"
#include "net/api_exact.h"

static struct hk_exact parsed(const char *text)
{
	struct hk_exact value = { 0, 1 };
	if (!hk_exact_parse(hk_str_of(text), &value))
		fail_msg("'%s' is not read", text);
	return value;
}

static void shows(const struct hk_exact *value, const char *expected)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	assert_true(hk_exact_print(value, &text));
	assert_string_equal(text.s, expected);
}

static void test_reads_and_prints_every_digit(void **state)
{
	static const char *const same[] = { "0", "1", "-1", "0.1", "-0.25", "123456789.987654321", "9007199254740993", "18446744073709551617",
					    "1234567890123456789012345678901234", "0.0000000000000000000000000001" };
	static const struct { const char *in, *out; } cases[] = { { "1e3", "1000" }, { "1.50", "1.5" }, { "12.5E-1", "1.25" }, { "0e30", "0" }, { "-0", "0" },
								  { "1E-3", "0.001" }, { "00012", "12" } };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(same); i++) {
		struct hk_exact value = parsed(same[i]);
		shows(&value, same[i]);
	}
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_exact value = parsed(cases[i].in);
		shows(&value, cases[i].out);
	}
}

static void test_refuses_what_is_no_number_or_does_not_fit(void **state)
{
	static const char *const bad[] = { "", "-", ".", "1.", ".5", "+1", "1e", "1e+", "--1", "1.2.3", "0x10", "1_000", "NaN", "Infinity", "-inf", "1e31",
					   "1e-31", "1e99999999999", " 1", "1 ", "12345678901234567890123456789012345", "1e30000000000000000000", "\xd9\xa1",
					   "1,5" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(bad); i++) {
		struct hk_exact value = { 7, 1 };
		if (hk_exact_parse(hk_str_of(bad[i]), &value))
			fail_msg("'%s' is read", bad[i]);
		assert_true(value.numerator == 7);
	}
}

static void test_rounds_only_as_asked(void **state)
{
	static const struct { const char *in; enum hk_round round; bool good; int64_t out; } cases[] = {
		{ "2", HK_ROUND_EXACT, true, 2 }, { "2.0000000000000000001", HK_ROUND_EXACT, false, 0 }, { "2.0000000000000000001", HK_ROUND_UP, true, 3 },
		{ "2.9999999999999999999", HK_ROUND_DOWN, true, 2 }, { "-2.5", HK_ROUND_UP, true, -2 }, { "-2.5", HK_ROUND_DOWN, true, -3 },
		{ "9223372036854775807", HK_ROUND_EXACT, true, INT64_MAX }, { "9223372036854775808", HK_ROUND_DOWN, false, 0 },
		{ "9223372036854775806.5", HK_ROUND_UP, true, INT64_MAX },
		{ "9223372036854775807.5", HK_ROUND_UP, false, 0 }, { "-9223372036854775808", HK_ROUND_EXACT, true, INT64_MIN },
		{ "-9223372036854775809", HK_ROUND_EXACT, false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_exact value = parsed(cases[i].in);
		int64_t whole = 0;
		assert_int_equal(hk_exact_integer(&value, cases[i].round, &whole), cases[i].good);
		assert_int_equal(whole, cases[i].out);
	}
}

static void test_fractions_without_end_are_not_printed(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_exact third = { 1, 1 }, tiny = { 1, (hk_wide)1 << 125 };
	(void)state;
	assert_true(hk_exact_scale(&third, 1, 3));
	assert_false(hk_exact_print(&third, &text));
	assert_false(hk_exact_print(&tiny, &text));
	assert_int_equal(text.len, 0);
}

/* a/b against c/d by products that fit 128 bits. */
static void test_compares_as_products_do(void **state)
{
	struct hk_rng rng;
	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int i = 0; i < 20000; i++) {
		unsigned shift = (unsigned)(hk_rng_next(&rng) % 60);
		int64_t n[2], d[2];
		for (int k = 0; k < 2; k++) {
			n[k] = (int64_t)(hk_rng_next(&rng) >> (4 + shift / 2)) * (hk_rng_next(&rng) & 1 ? 1 : -1);
			d[k] = (int64_t)(hk_rng_next(&rng) >> (4 + shift)) + 1;
		}
		struct hk_exact a = { n[0], d[0] }, b = { n[1], d[1] };
		hk_wide left = (hk_wide)n[0] * d[1], right = (hk_wide)n[1] * d[0];
		assert_int_equal(hk_exact_compare(&a, &b), (left > right) - (left < right));
		assert_int_equal(hk_exact_compare(&a, &a), 0);
	}
}

/* A value times n over n, for all n, is the value; what does not fit is told and leaves it alone. */
static void test_scaling_loses_nothing(void **state)
{
	struct hk_rng rng;
	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int i = 0; i < 20000; i++) {
		struct hk_exact value = { (int64_t)(hk_rng_next(&rng) >> 2), (int64_t)(hk_rng_next(&rng) >> 10) + 1 }, start;
		int64_t factor = (int64_t)(hk_rng_next(&rng) >> 2) + 1;
		assert_true(hk_exact_scale(&value, 1, 1));
		start = value;
		if (hk_exact_scale(&value, factor, 1))
			assert_true(hk_exact_scale(&value, 1, factor));
		assert_int_equal(hk_exact_compare(&value, &start), 0);
	}
	struct hk_exact large = { (hk_wide)1 << 126, 1 };
	assert_false(hk_exact_scale(&large, 3, 1));
	assert_true(large.numerator == (hk_wide)1 << 126);
	assert_false(hk_exact_scale(&large, 0, 1));
	assert_false(hk_exact_scale(&large, 1, 0));
	assert_false(hk_exact_scale(&large, -1, 1));
}

static void test_quantities_with_units(void **state)
{
	static const struct { enum hk_dimension dimension; const char *in, *base; } cases[] = {
		{ HK_DIMENSION_DURATION, "1h30m", "5400000000000" }, { HK_DIMENSION_DURATION, "0", "0" }, { HK_DIMENSION_DURATION, "1.5 ms", "1500000" },
		{ HK_DIMENSION_DURATION, "3 Days", "259200000000000" },
		{ HK_DIMENSION_DURATION, "29m30s", "1770000000000" }, { HK_DIMENSION_DURATION, "0.1ns", "0.1" },
		{ HK_DIMENSION_BITRATE, "12.5 Mbps", "12500000" }, { HK_DIMENSION_BITRATE, "7 Kbps", "7000" },
		{ HK_DIMENSION_BITRATE, "1B/s", "8" }, { HK_DIMENSION_BITRATE, "9007199254740993", "9007199254740993" },
		{ HK_DIMENSION_BITRATE, "0.1Gbit/s", "100000000" },
		{ HK_DIMENSION_RATIO, "1E-3", "1000000" }, { HK_DIMENSION_RATIO, "0.1%", "1000000" }, { HK_DIMENSION_RATIO, "25ppb", "25" },
		{ HK_DIMENSION_RATIO, "1", "1000000000" },
	};
	static const struct { enum hk_dimension dimension; const char *in; } bad[] = {
		{ HK_DIMENSION_DURATION, "5" }, { HK_DIMENSION_DURATION, "5 parsecs" }, { HK_DIMENSION_DURATION, "5Mbps" }, { HK_DIMENSION_DURATION, "" },
		{ HK_DIMENSION_DURATION, "ms" },
		{ HK_DIMENSION_BITRATE, "5ms" }, { HK_DIMENSION_BITRATE, "5Mbps 3kbps" }, { HK_DIMENSION_BITRATE, "1,5Mbps" }, { HK_DIMENSION_RATIO, "5 %%" },
		{ HK_DIMENSION_RATIO, "1/3" },
		{ HK_DIMENSION_BITRATE, "1e30Tbps" }, { HK_DIMENSION_DURATION, "1h-30m" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_exact value;
		if (!hk_exact_quantity(cases[i].dimension, hk_str_of(cases[i].in), &value))
			fail_msg("'%s' is not read", cases[i].in);
		shows(&value, cases[i].base);
	}
	for (size_t i = 0; i < HK_COUNT(bad); i++) {
		struct hk_exact value;
		if (hk_exact_quantity(bad[i].dimension, hk_str_of(bad[i].in), &value))
			fail_msg("'%s' is read", bad[i].in);
	}
}

static void test_documents_round_to_the_worse_side(void **state)
{
	static const struct { enum hk_dimension dimension; const char *in; enum hk_round round; const char *out; } cases[] = {
		{ HK_DIMENSION_DURATION, "4250000", HK_ROUND_UP, "4.25ms" }, { HK_DIMENSION_DURATION, "0.5", HK_ROUND_UP, "1ns" },
		{ HK_DIMENSION_DURATION, "1770000000000", HK_ROUND_UP, "1770s" },
		{ HK_DIMENSION_BITRATE, "12500000.9", HK_ROUND_DOWN, "12500000bps" }, { HK_DIMENSION_RATIO, "24.1", HK_ROUND_UP, "25ppb" },
		{ HK_DIMENSION_DURATION, "0", HK_ROUND_UP, "0ns" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct hk_exact value = parsed(cases[i].in);
		assert_true(hk_exact_document(cases[i].dimension, &value, cases[i].round, &text));
		assert_string_equal(text.s, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_and_prints_every_digit), cmocka_unit_test(test_refuses_what_is_no_number_or_does_not_fit),
		cmocka_unit_test(test_rounds_only_as_asked), cmocka_unit_test(test_fractions_without_end_are_not_printed),
		cmocka_unit_test(test_compares_as_products_do), cmocka_unit_test(test_scaling_loses_nothing), cmocka_unit_test(test_quantities_with_units),
		cmocka_unit_test(test_documents_round_to_the_worse_side),
	};
	return cmocka_run_group_tests_name("api_exact", tests, NULL, NULL);
}
