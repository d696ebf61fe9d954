/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/vec.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

struct sample { double value; const char *shortest, *rounded; };

static const struct sample samples[] = {
	{ 0, "0", "0" }, { -0.0, "-0", "0" }, { 1, "1", "1" }, { -2.5, "-2.5", "-2.5" }, { 0.1, "0.1", "0.1" }, { 0.1 + 0.2, "0.30000000000000004", "0.3" },
	{ 1e-7, "1e-07", "1e-07" }, { 1e-5, "1e-05", "0.00001" }, { 1e-4, "0.0001", "0.0001" }, { 1.0 / 3, "0.3333333333333333", "0.3333" },
	{ 123456.789, "123456.789", "123500" }, { 99.995, "99.995", "100" }, { 9.9999e-7, "9.9999e-07", "0.000001" },
	{ 1e15, "1000000000000000", "1000000000000000" },
	{ 1e16, "1e+16", "1e+16" }, { 9007199254740993.0, "9007199254740992", "9007000000000000" }, { 1e22, "1e+22", "1e+22" },
	{ 5e-324, "5e-324", "4.941e-324" },
	{ DBL_MAX, "1.7976931348623157e+308", "1.798e+308" }, { DBL_MIN, "2.2250738585072014e-308", "2.225e-308" }, { 1e100, "1e+100", "1e+100" },
	{ 0.99999, "0.99999", "1" }, { 12345678901234567890.0, "1.2345678901234567e+19", "1.235e+19" },
};

static void check_samples(void)
{
	for (size_t i = 0; i < HK_COUNT(samples); i++) {
		HK_AUTO_BUF struct hk_buf shortest = HK_BUF_INIT, rounded = HK_BUF_INIT;

		hk_buf_addnum(&shortest, samples[i].value);
		hk_buf_addround(&rounded, samples[i].value, 4);
		assert_string_equal(shortest.s, samples[i].shortest);
		assert_string_equal(rounded.s, samples[i].rounded);
	}
}

static void test_samples(void **state)
{
	(void)state;
	check_samples();
}

/* Any locale with a decimal comma will do; a bare system has none. */
static void test_samples_with_decimal_comma(void **state)
{
	static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8", "de_DE" };
	bool found = false;

	(void)state;
	for (size_t i = 0; i < HK_COUNT(names) && !found; i++)
		found = setlocale(LC_NUMERIC, names[i]) != NULL;
	if (!found) {
		printf("# no locale with a decimal comma is installed\n");
		skip();
	}
	check_samples();
	setlocale(LC_NUMERIC, "C");
}

static void test_not_finite(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_addnum(&buf, (double)NAN);
	hk_buf_addch(&buf, ' ');
	hk_buf_addnum(&buf, -(double)INFINITY);
	hk_buf_addch(&buf, ' ');
	hk_buf_addround(&buf, (double)INFINITY, 3);
	assert_string_equal(buf.s, "nan -inf inf");
}

static void test_digits_are_clamped(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_addround(&buf, 123.456, 0);
	hk_buf_addch(&buf, ' ');
	hk_buf_addround(&buf, 0.1, 99);
	assert_string_equal(buf.s, "100 0.10000000000000001");
}

/* Doubles of every exponent, and short decimals, which take another path. */
static double draw(struct hk_rng *rng)
{
	uint64_t bits = hk_rng_next(rng);
	double value;

	if (hk_rng_below(rng, 2))
		return (double)hk_rng_below(rng, 100000000) / pow(10, (double)hk_rng_below(rng, 9));
	memcpy(&value, &bits, sizeof value);
	return value;
}

static void test_reads_back_as_the_same_double(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int i = 0; i < 50000; i++) {
		HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;
		double value = draw(&rng), ours = 0;
		char reference[64];
		int digits = 15;

		if (!isfinite(value))
			continue;
		hk_buf_addnum(&buf, value);
		assert_true(strtod(buf.s, NULL) == value);
		assert_true(hk_num_parse((struct hk_str){ buf.s, buf.len }, &ours) && ours == value);
		/* No longer than the shortest %g that round-trips, apart from how zeros and exponents are written. */
		do
			snprintf(reference, sizeof reference, "%.*g", digits, value);
		while (strtod(reference, NULL) != value && ++digits <= 17);
		if (!strchr(reference, 'e') && !strchr(buf.s, 'e'))
			assert_string_equal(buf.s, reference);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_samples_with_decimal_comma),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_digits_are_clamped),
		cmocka_unit_test(test_reads_back_as_the_same_double),
	};

	return cmocka_run_group_tests_name("base/bufnum", tests, NULL, NULL);
}
