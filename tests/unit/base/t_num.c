/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/vec.h"

#include <math.h>
#include <string.h>

struct number_sample { const char *text; double value; };

static void test_numbers(void **state)
{
	static const struct number_sample good[] = {
		{ "0", 0 }, { "-0", -0.0 }, { "+1", 1 }, { "1.5", 1.5 }, { ".5", 0.5 }, { "5.", 5 }, { "1e3", 1000 }, { "1E-3", 0.001 }, { "1e+2", 100 },
		{ "0.1", 0.1 }, { "1e-400", 0 }, { "1e-99999999999999999999", 0 }, { "0e99999999999999999999", 0 }, { "9007199254740993", 9007199254740992.0 },
		{ "1.7976931348623157e308", 1.7976931348623157e308 }, { "00012", 12 },
	};
	static const char *const bad[] = { "", "-", "+", ".", "e1", "1e", "1e+", "1.2.3", "1,5", " 1", "1 ", "0x10", "inf", "nan", "1e309", "--1", "+-1",
					   "1_000", "1e1.5" };
	double value;

	(void)state;
	for (size_t i = 0; i < HK_COUNT(good); i++) {
		assert_true(hk_num_parse(hk_str_of(good[i].text), &value));
		assert_true(value == good[i].value && !signbit(value) == !signbit(good[i].value));
	}
	value = 7;
	for (size_t i = 0; i < HK_COUNT(bad); i++)
		assert_false(hk_num_parse(hk_str_of(bad[i]), &value));
	assert_false(hk_num_parse((struct hk_str){ "1\0002", 3 }, &value));
	assert_true(value == 7);
}

static void test_long_numbers(void **state)
{
	char text[500];
	double value;

	(void)state;
	memset(text, '0', sizeof text);
	text[399] = '1';
	assert_true(hk_num_parse((struct hk_str){ text, 400 }, &value));
	assert_true(value == 1);
	assert_false(hk_num_parse((struct hk_str){ text, 401 }, &value));
}

static void test_agrees_with_strtod(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int i = 0; i < 20000; i++) {
		char text[80];
		double value = 0;

		/* long ones need strtod, short ones with small exponents do not */
		if (i % 2)
			snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)hk_rng_next(&rng), (unsigned long long)hk_rng_next(&rng),
				 (int)hk_rng_below(&rng, 600) - 340);
		else
			snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(hk_rng_next(&rng) >> hk_rng_below(&rng, 64)),
				 (unsigned long long)hk_rng_below(&rng, 100000), (int)hk_rng_below(&rng, 60) - 30);
		assert_true(hk_num_parse(hk_str_of(text), &value) == (bool)isfinite(strtod(text, NULL)));
		if (isfinite(strtod(text, NULL)))
			assert_true(value == strtod(text, NULL));
	}
}

static void test_integers(void **state)
{
	static const char *const bad[] = { "", "-", "1.0", "1e3", " 1", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "0x1" };
	int64_t value;

	(void)state;
	assert_true(hk_num_parse_int(HK_STR("9223372036854775807"), &value) && value == INT64_MAX);
	assert_true(hk_num_parse_int(HK_STR("-9223372036854775808"), &value) && value == INT64_MIN);
	assert_true(hk_num_parse_int(HK_STR("+007"), &value) && value == 7);
	for (size_t i = 0; i < HK_COUNT(bad); i++)
		assert_false(hk_num_parse_int(hk_str_of(bad[i]), &value));
	assert_int_equal(value, 7);
}

static void test_durations(void **state)
{
	static const struct number_sample good[] = {
		{ "0", 0 }, { "90", 90 }, { "0.25", 0.25 }, { "90s", 90 }, { "1h30m", 5400 }, { "250ms", 0.25 }, { "0.1ms", 1e-4 }, { "1.5s", 1.5 },
		{ "10us", 1e-5 },
		{ "10\xc2\xb5s", 1e-5 }, { "10\xce\xbcs", 1e-5 }, { "3ns", 3e-9 }, { "1m0.5s", 60.5 }, { "1m1ms", 60.001 }, { "+5s", 5 },
	};
	static const char *const bad[] = { "", "-1s", "-1", "1d", "s", "1h30", "1 s", "1s ", "ms", "1e3s", "1.s.", "1,5s", "+" };
	double seconds;

	(void)state;
	for (size_t i = 0; i < HK_COUNT(good); i++) {
		assert_true(hk_num_parse_duration(hk_str_of(good[i].text), &seconds));
		assert_true(seconds == good[i].value);
	}
	for (size_t i = 0; i < HK_COUNT(bad); i++)
		assert_false(hk_num_parse_duration(hk_str_of(bad[i]), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_long_numbers),
		cmocka_unit_test(test_agrees_with_strtod),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests_name("base/num", tests, NULL, NULL);
}
