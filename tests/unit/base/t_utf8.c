/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/str.h"

#include <string.h>

static size_t encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xC0u | code >> 6);
		out[1] = (char)(0x80u | (code & 0x3Fu));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xE0u | code >> 12);
		out[1] = (char)(0x80u | (code >> 6 & 0x3Fu));
		out[2] = (char)(0x80u | (code & 0x3Fu));
		return 3;
	}
	out[0] = (char)(0xF0u | code >> 18);
	out[1] = (char)(0x80u | (code >> 12 & 0x3Fu));
	out[2] = (char)(0x80u | (code >> 6 & 0x3Fu));
	out[3] = (char)(0x80u | (code & 0x3Fu));
	return 4;
}

static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x120000; code++) {
		char text[4];
		size_t length = encode(code, text);
		bool valid = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);

		if (hk_utf8_length(text, length) != (valid ? length : 0))
			fail_msg("U+%04X", (unsigned)code);
		if (length > 1 && hk_utf8_length(text, length - 1) != 0)
			fail_msg("U+%04X truncated", (unsigned)code);
	}
}

static void test_malformed(void **state)
{
	static const char *const samples[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
					       "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2(\xa1", "\xe2\x82(", "\xf0\x9f(\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		assert_int_equal(hk_utf8_length(samples[i], strlen(samples[i])), 0);
	assert_int_equal(hk_utf8_length("", 0), 0);
	assert_int_equal(hk_utf8_length("", 1), 1);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(hk_utf8_width(HK_STR("")), 0);
	assert_int_equal(hk_utf8_width(HK_STR("abc")), 3);
	assert_int_equal(hk_utf8_width(HK_STR("\xc3\xa9t\xc3\xa9")), 3);
	assert_int_equal(hk_utf8_width(HK_STR("e\xcc\x81")), 1);
	assert_int_equal(hk_utf8_width(HK_STR("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	assert_int_equal(hk_utf8_width(HK_STR("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(hk_utf8_width(HK_STR("\xef\xbc\xa1")), 2);
	assert_int_equal(hk_utf8_width(HK_STR("\xe2\x94\x80")), 1);
	assert_int_equal(hk_utf8_width(HK_STR("\xe2\x80\x8b")), 0);
	assert_int_equal(hk_utf8_width(HK_STR("a\xff\xc3")), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
