/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include "base/rng.h"
#include "model/units.h"
#include <locale.h>
#include <math.h>

static const char *refusal(enum hk_unit unit, const char *text)
{
	static char kept[512];
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	double value = -77;

	if (hk_unit_parse(unit, hk_str_of(text), &value, &why) == 0)
		fail_msg("'%s' was taken as %g", text, value);
	assert_true(value == -77);
	snprintf(kept, sizeof kept, "%s", why.s);
	return kept;
}

struct good { enum hk_unit unit; const char *text; double value; };

/* Exact equality on purpose: each expectation is the double nearest to the decimal value, or one division away from it. */
static const struct good goods[] = {
	{ HK_UNIT_COUNT, "0", 0 }, { HK_UNIT_COUNT, "3", 3 }, { HK_UNIT_COUNT, "2147483647", 2147483647 },
	{ HK_UNIT_NUMBER, "0.1", 0.1 }, { HK_UNIT_NUMBER, "1e-3", 1e-3 }, { HK_UNIT_NUMBER, ".5", 0.5 }, { HK_UNIT_NUMBER, "5.", 5 },
	{ HK_UNIT_NUMBER, "+2", 2 },
	{ HK_UNIT_QUANTITY, "500m", 0.5 }, { HK_UNIT_QUANTITY, "64Gi", 68719476736.0 }, { HK_UNIT_QUANTITY, "1e3", 1000 }, { HK_UNIT_QUANTITY, "1E3", 1000 },
	{ HK_UNIT_QUANTITY, "1E", 1e18 }, { HK_UNIT_QUANTITY, "1Ei", 1152921504606846976.0 }, { HK_UNIT_QUANTITY, "0.1k", 100 },
	{ HK_UNIT_QUANTITY, "1.1k", 1100 },
	{ HK_UNIT_QUANTITY, "100n", 1e-7 }, { HK_UNIT_QUANTITY, "100u", 1e-4 }, { HK_UNIT_QUANTITY, "1Ki", 1024 }, { HK_UNIT_QUANTITY, "3Mi", 3145728 },
	{ HK_UNIT_QUANTITY, "2Ti", 2199023255552.0 }, { HK_UNIT_QUANTITY, "1Pi", 1125899906842624.0 }, { HK_UNIT_QUANTITY, "7M", 7e6 },
	{ HK_UNIT_QUANTITY, "7T", 7e12 },
	{ HK_UNIT_QUANTITY, "7P", 7e15 }, { HK_UNIT_QUANTITY, "-0", 0 }, { HK_UNIT_QUANTITY, "0.30", 0.3 },
	{ HK_UNIT_QUANTITY, "123456789.123456789", 123456789.123456789 },
	{ HK_UNIT_DURATION, "1.5ms", 0.0015 }, { HK_UNIT_DURATION, "1h2m", 3720 }, { HK_UNIT_DURATION, "200us", 200e-6 },
	{ HK_UNIT_DURATION, "3\xc2\xb5s", 3e-6 },
	{ HK_UNIT_DURATION, "3\xce\xbcs", 3e-6 }, { HK_UNIT_DURATION, "10ns", 10e-9 }, { HK_UNIT_DURATION, "0", 0 }, { HK_UNIT_DURATION, "+5s", 5 },
	{ HK_UNIT_DURATION, "0s", 0 },
	{ HK_UNIT_BITRATE, "10Gbps", 1e10 }, { HK_UNIT_BITRATE, "100Mbit/s", 1e8 }, { HK_UNIT_BITRATE, "2.5Gb/s", 2.5e9 },
	{ HK_UNIT_BITRATE, "100Mi", 104857600 },
	{ HK_UNIT_BITRATE, "300", 300 }, { HK_UNIT_BITRATE, "1e9", 1e9 }, { HK_UNIT_BITRATE, "64kbps", 64000 }, { HK_UNIT_BITRATE, "9bps", 9 },
	{ HK_UNIT_BITRATE, "1Tbps", 1e12 },
	{ HK_UNIT_BYTES, "60kB", 60000 }, { HK_UNIT_BYTES, "4KiB", 4096 }, { HK_UNIT_BYTES, "512B", 512 }, { HK_UNIT_BYTES, "1MB", 1e6 },
	{ HK_UNIT_BYTES, "1Mi", 1048576 },
	{ HK_UNIT_BYTES, "1.5GB", 1.5e9 }, { HK_UNIT_BYTES, "0", 0 },
	{ HK_UNIT_RATIO, "0.1%", 0.001 }, { HK_UNIT_RATIO, "0.001", 0.001 }, { HK_UNIT_RATIO, "10ppm", 1e-5 }, { HK_UNIT_RATIO, "100%", 1 },
	{ HK_UNIT_RATIO, "0", 0 },
	{ HK_UNIT_PROBABILITY, "99.99%", 0.9999 }, { HK_UNIT_PROBABILITY, "0.9999", 0.9999 }, { HK_UNIT_PROBABILITY, "1", 1 },
	{ HK_UNIT_PROBABILITY, "99.9999999%", 0.999999999 },
	{ HK_UNIT_RATE, "300/s", 300 }, { HK_UNIT_RATE, "12/min", 0.2 }, { HK_UNIT_RATE, "1k/s", 1000 }, { HK_UNIT_RATE, "5/h", 5.0 / 3600 },
	{ HK_UNIT_RATE, "86400/d", 1 },
	{ HK_UNIT_PRICE_HOUR, "0.042/h", 0.042 }, { HK_UNIT_PRICE_HOUR, "1.2/d", 1.2 / 24 }, { HK_UNIT_PRICE_HOUR, "0", 0 },
	{ HK_UNIT_PRICE_MEMORY, "0.008/GiB/h", 0.008 / 1073741824 }, { HK_UNIT_PRICE_MEMORY, "1/GB/h", 1e-9 },
	{ HK_UNIT_PRICE_DATA, "0.02/GB", 0.02 / 1e9 }, { HK_UNIT_PRICE_DATA, "0.01/GiB", 0.01 / 1073741824 },
	{ HK_UNIT_PRICE_BITRATE, "3/Gbps/h", 3e-9 }, { HK_UNIT_PRICE_LATENCY, "20/ms/h", 20 / 1e-3 },
	{ HK_UNIT_WEIGHT, "5", 5 }, { HK_UNIT_WEIGHT, "-100", -100 }, { HK_UNIT_WEIGHT, "0.25", 0.25 }, { HK_UNIT_BOOL, "true", 1 },
	{ HK_UNIT_BOOL, "false", 0 },
};

static void check_goods(void)
{
	for (size_t i = 0; i < HK_COUNT(goods); i++) {
		HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
		double value = NAN;
		if (hk_unit_parse(goods[i].unit, hk_str_of(goods[i].text), &value, &why))
			fail_msg("%s", why.s);
		if (value != goods[i].value)
			fail_msg("'%s' gave %.17g, expected %.17g", goods[i].text, value, goods[i].value);
		assert_false(signbit(value) && value == 0);
	}
}

static void good_values(void **state)
{
	(void)state;
	check_goods();
}

static void refusals_say_what_was_meant(void **state)
{
	static const struct { enum hk_unit unit; const char *text, *part; } bad[] = {
		{ HK_UNIT_RATE, "300", "'300' has no unit; write 300/s" }, { HK_UNIT_RATE, "300rps", "write 300/s" }, { HK_UNIT_RATE, "5/m", "write 5/min" },
		{ HK_UNIT_RATE, "5/fortnight", "is not a rate" }, { HK_UNIT_RATE, "1m/s", "is not a rate" },
		{ HK_UNIT_DURATION, "5 ms", "'5 ms' has a space; write 5ms" }, { HK_UNIT_RATE, "90 rps", "'90 rps' has a space, and '90rps'" },
		{ HK_UNIT_RATE, "90 apples", "and '90apples' is not a rate" },
		{ HK_UNIT_RATE, "  ", "has a space, and '' is empty" }, { HK_UNIT_DURATION, "5", "has no unit; write 5ms" },
		{ HK_UNIT_DURATION, "5sec", "write 5s" },
		{ HK_UNIT_DURATION, "5MS", "write 5ms" }, { HK_UNIT_DURATION, "1d", "uses days" }, { HK_UNIT_DURATION, "-5ms", "negative" },
		{ HK_UNIT_DURATION, "1h-5m", "sign in the middle" },
		{ HK_UNIT_DURATION, "1e3s", "is not a duration" }, { HK_UNIT_DURATION, "hm", "is not a duration" },
		{ HK_UNIT_DURATION, "9999999h", "too large" },
		{ HK_UNIT_BITRATE, "10GB", "'10GB' is bytes, expected a bit rate such as 10Gbps" }, { HK_UNIT_BITRATE, "10GB/s", "bytes per second" },
		{ HK_UNIT_BITRATE, "10gbps", "write 10Gbps" }, { HK_UNIT_BITRATE, "100mbps", "write 100Mbps" }, { HK_UNIT_BITRATE, "100m", "write 100Mbps" },
		{ HK_UNIT_BITRATE, "10Gbit", "write 10Gbps" }, { HK_UNIT_BITRATE, "10ms", "write 10Mbps" }, { HK_UNIT_BITRATE, "1e3G", "is not a bit rate" },
		{ HK_UNIT_BITRATE, "6.4e-05Gbps", "no unit goes behind an exponent" }, { HK_UNIT_QUANTITY, "1e3Mi", "no unit goes behind an exponent" },
		{ HK_UNIT_BYTES, "60KB", "write 60kB or 60KiB" }, { HK_UNIT_BYTES, "60", "has no unit; write 60B" },
		{ HK_UNIT_BYTES, "1Mb", "is bits, expected bytes; write 1MB" },
		{ HK_UNIT_BYTES, "5m", "write 5MB" }, { HK_UNIT_BYTES, "1Mbps", "is a bit rate" },
		{ HK_UNIT_QUANTITY, "64GB", "write 64G" }, { HK_UNIT_QUANTITY, "64GiB", "write 64Gi" }, { HK_UNIT_QUANTITY, "1K", "write 1k" },
		{ HK_UNIT_QUANTITY, "10%", "is a share" },
		{ HK_UNIT_QUANTITY, "1e", "is not a Kubernetes quantity" }, { HK_UNIT_QUANTITY, "1e3k", "is not a Kubernetes quantity" },
		{ HK_UNIT_QUANTITY, "-1", "negative" },
		{ HK_UNIT_QUANTITY, "16Ei", "too large" }, { HK_UNIT_QUANTITY, "1e99999", "too large" }, { HK_UNIT_QUANTITY, "", "is empty" },
		{ HK_UNIT_QUANTITY, "Gi", "is not a Kubernetes" },
		{ HK_UNIT_QUANTITY, "1.2.3", "two decimal points" }, { HK_UNIT_QUANTITY, "1,5", "comma" }, { HK_UNIT_QUANTITY, "1_000", "underscore" },
		{ HK_UNIT_QUANTITY, "0x10", "hexadecimal" }, { HK_UNIT_QUANTITY, "nan", "is not a Kubernetes" },
		{ HK_UNIT_QUANTITY, "inf", "is not a Kubernetes" },
		{ HK_UNIT_QUANTITY, ".", "is not a Kubernetes" }, { HK_UNIT_QUANTITY, "+", "is not a Kubernetes" },
		{ HK_UNIT_QUANTITY, "1\n", "control character" },
		{ HK_UNIT_RATIO, "5", "write 5%" }, { HK_UNIT_RATIO, "200%", "more than 100%" }, { HK_UNIT_RATIO, "500", "more than 1" },
		{ HK_UNIT_RATIO, "-0.1", "negative" },
		{ HK_UNIT_PROBABILITY, "99.99", "write 99.99%" }, { HK_UNIT_PROBABILITY, "0", "above 0" }, { HK_UNIT_PROBABILITY, "0%", "above 0" },
		{ HK_UNIT_PRICE_HOUR, "0.042", "write 0.042/h" }, { HK_UNIT_PRICE_HOUR, "$0.042/h", "write 0.042/h" },
		{ HK_UNIT_PRICE_HOUR, "\xe2\x82\xac" "5/h", "write 5/h" },
		{ HK_UNIT_PRICE_HOUR, "1/month", "is not a price such as 0.042/h" }, { HK_UNIT_PRICE_MEMORY, "0.008/h", "such as 0.008/GiB/h" },
		{ HK_UNIT_PRICE_MEMORY, "1/GiB", "such as 0.008/GiB/h" }, { HK_UNIT_PRICE_DATA, "0.02/GB/h", "such as 0.02/GB" },
		{ HK_UNIT_PRICE_BITRATE, "3", "write 3/Gbps/h" },
		{ HK_UNIT_COUNT, "2.5", "not a whole number" }, { HK_UNIT_COUNT, "1e3", "not a whole number" }, { HK_UNIT_COUNT, "5x", "write 5" },
		{ HK_UNIT_COUNT, "2147483648", "too large" },
		{ HK_UNIT_WEIGHT, "101", "more than 100" }, { HK_UNIT_WEIGHT, "-101", "less than -100" }, { HK_UNIT_BOOL, "yes", "neither true nor false" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(bad); i++) {
		const char *why = refusal(bad[i].unit, bad[i].text);
		if (!strstr(why, bad[i].part))
			fail_msg("'%s' should contain '%s'", why, bad[i].part);
	}
}

static void long_texts_are_cut(void **state)
{
	char text[5000];
	(void)state;

	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_true(strlen(refusal(HK_UNIT_NUMBER, text)) < 120);
	memset(text, '\x1b', 10);
	assert_null(strchr(refusal(HK_UNIT_NUMBER, text), '\x1b'));
}

static void any_locale_gives_the_same(void **state)
{
	static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "ps_AF.UTF-8" };
	size_t tried = 0;
	(void)state;

	for (size_t i = 0; i < HK_COUNT(locales); i++) {
		if (!setlocale(LC_ALL, locales[i]))
			continue;
		tried++;
		check_goods();
	}
	setlocale(LC_ALL, "C");
	if (!tried)
		print_message("no locale with a decimal comma is installed; only C was tried\n");
}

/* What is printed reads back within the four digits that are shown. */
static void printed_values_read_back(void **state)
{
	static const enum hk_unit units[] = { HK_UNIT_NUMBER, HK_UNIT_QUANTITY, HK_UNIT_DURATION, HK_UNIT_BITRATE, HK_UNIT_BYTES, HK_UNIT_RATE,
					      HK_UNIT_PRICE_HOUR, HK_UNIT_PRICE_MEMORY, HK_UNIT_PRICE_DATA, HK_UNIT_PRICE_BITRATE, HK_UNIT_PRICE_LATENCY,
					      HK_UNIT_RATIO };
	struct hk_rng rng;
	(void)state;

	print_message("seed 42\n");
	hk_rng_seed(&rng, 42);
	for (int i = 0; i < 20000; i++) {
		enum hk_unit unit = units[hk_rng_below(&rng, HK_COUNT(units))];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, why = HK_BUF_INIT;
		double value = pow(10, hk_rng_unit(&rng) * 14 - 5), read = NAN;

		if (unit == HK_UNIT_RATIO)
			value = pow(10, -hk_rng_unit(&rng) * 5);
		if (unit == HK_UNIT_DURATION && value > 1e8)
			value = 1e8;
		hk_unit_print(unit, value, &text);
		if (hk_unit_parse(unit, (struct hk_str){ text.s, text.len }, &read, &why))
			fail_msg("%s (from %.17g)", why.s, value);
		if (fabs(read - value) > value * 6e-4)
			fail_msg("%.17g printed as '%s' reads as %.17g", value, text.s, read);
	}
}

static void people_read(void **state)
{
	static const struct { enum hk_unit unit; double value; const char *text; } cases[] = {
		{ HK_UNIT_DURATION, 0.0015, "1.5ms" }, { HK_UNIT_DURATION, 0, "0s" }, { HK_UNIT_DURATION, 5400, "1.5h" }, { HK_UNIT_BITRATE, 1e10, "10Gbps" },
		{ HK_UNIT_QUANTITY, 68719476736.0, "64Gi" }, { HK_UNIT_QUANTITY, 0.5, "500m" }, { HK_UNIT_QUANTITY, 1610612736.0, "1536Mi" },
		{ HK_UNIT_QUANTITY, 16, "16" },
		{ HK_UNIT_PROBABILITY, 0.9999, "99.99%" }, { HK_UNIT_PROBABILITY, 0.999999, "99.9999%" }, { HK_UNIT_RATIO, 0.001, "0.1%" },
		{ HK_UNIT_RATE, 300, "300/s" },
		{ HK_UNIT_RATE, 0.2, "12/min" }, { HK_UNIT_RATE, 15000, "15k/s" }, { HK_UNIT_BYTES, 60000, "60kB" },
		{ HK_UNIT_PRICE_MEMORY, 0.008 / 1073741824, "0.008/GiB/h" },
		{ HK_UNIT_BITRATE, INFINITY, "unlimited" }, { HK_UNIT_DURATION, NAN, "unknown" }, { HK_UNIT_WEIGHT, -5, "-5" },
		{ HK_UNIT_DURATION, 0.0009999999, "1ms" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_unit_print(cases[i].unit, cases[i].value, &text);
		assert_string_equal(text.s, cases[i].text);
	}
	for (int unit = HK_UNIT_COUNT; unit <= HK_UNIT_BOOL; unit++) {
		double value;
		assert_int_equal(hk_unit_parse((enum hk_unit)unit, hk_str_of(hk_unit_example((enum hk_unit)unit)), &value, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_values), cmocka_unit_test(refusals_say_what_was_meant), cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(any_locale_gives_the_same), cmocka_unit_test(printed_values_read_back), cmocka_unit_test(people_read),
	};

	return cmocka_run_group_tests_name("model/units", tests, NULL, NULL);
}
