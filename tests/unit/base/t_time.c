/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "base/time.h"
#include <math.h>

static void known_moments(void **state)
{
	static const struct { const char *text; double seconds; } cases[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2000-02-29T23:59:59Z", 951868799 }, { "2026-01-31T12:00:00Z", 1769860800 },
		{ "2026-01-31T13:00:00+01:00", 1769860800 },
		{ "2026-01-31T06:30:00-05:30", 1769860800 }, { "2026-01-31T12:00:00.25Z", 1769860800.25 }, { "2024-12-31T23:59:60Z", 1735689600 },
		{ "9999-12-31T23:59:59Z", 253402300799.0 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double seconds = -1;
		if (!hk_time_parse(hk_str_of(cases[i].text), &seconds) || fabs(seconds - cases[i].seconds) > 1e-4)
			fail_msg("%s gives %f", cases[i].text, seconds);
	}
}

static void no_moments(void **state)
{
	static const char *const cases[] = { "", "now", "2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-02-29T12:00:00Z",
					     "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z", "2026-01-32T12:00:00Z", "2026-01-31T24:00:00Z",
					     "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Zx",
					     "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0100", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00" };
	double seconds = 7;
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (hk_time_parse(hk_str_of(cases[i]), &seconds))
			fail_msg("'%s' is taken for a time", cases[i]);
	assert_true(seconds == 7);
}

/* Every day of 400 years and more, there and back. */
static void printing_is_the_inverse(void **state)
{
	(void)state;
	for (double t = 86399; t < 253402300800.0; t += 86400.0 * 17 + 1) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		double again = -1;
		hk_time_print(t, &text);
		if (!hk_time_parse(hk_str_of(text.s), &again) || again != t)
			fail_msg("%f is printed as %s", t, text.s);
	}
}

static void nothing_is_printed_of_no_time(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)state;

	hk_time_print((double)NAN, &text);
	hk_time_print((double)INFINITY, &text);
	hk_time_print(-1, &text);
	hk_time_print(1e300, &text);
	assert_int_equal(text.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_moments),
		cmocka_unit_test(no_moments),
		cmocka_unit_test(printing_is_the_inverse),
		cmocka_unit_test(nothing_is_printed_of_no_time),
	};
	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
