/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/buf.h"

#include <string.h>

static void test_starts_as_empty_string(void **state)
{
	struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	assert_string_equal(buf.s, "");
	hk_buf_reset(&buf);
	hk_buf_add(&buf, "", 0);
	hk_buf_addchn(&buf, 'x', 0);
	hk_buf_addslice(&buf, (struct hk_str){ NULL, 0 });
	assert_int_equal(buf.cap, 0);
	hk_buf_release(&buf);
	hk_buf_release(&buf);
	assert_string_equal(buf.s, "");
}

static void test_appends_of_all_kinds(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_addstr(&buf, "one ");
	hk_buf_addch(&buf, '2');
	hk_buf_addchn(&buf, ' ', 2);
	hk_buf_addf(&buf, "%s-%d", "three", 4);
	hk_buf_addslice(&buf, HK_STR(" five"));
	assert_string_equal(buf.s, "one 2  three-4 five");
	assert_int_equal(buf.len, strlen(buf.s));
	hk_buf_reset(&buf);
	assert_string_equal(buf.s, "");
}

static void test_keeps_nul_bytes(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_add(&buf, "a\0b", 3);
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.s, "a\0b", 4);
}

/* The first vsnprintf must not fit, whatever the capacity happens to be. */
static void test_format_longer_than_any_reserve(void **state)
{
	char text[1000];

	(void)state;
	memset(text, 'y', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (size_t before = 0; before < 130; before++) {
		HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

		hk_buf_addchn(&buf, 'x', before);
		hk_buf_addf(&buf, "%s|", text + sizeof text - 1 - (before + 50));
		assert_int_equal(buf.len, before + before + 50 + 1);
		assert_int_equal(buf.s[buf.len - 1], '|');
		assert_int_equal(buf.s[buf.len], '\0');
	}
}

static void test_detach_hands_memory_over(void **state)
{
	struct hk_buf buf = HK_BUF_INIT;
	size_t length;
	char *text;

	(void)state;
	text = hk_buf_detach(&buf, &length);
	assert_string_equal(text, "");
	assert_int_equal(length, 0);
	free(text);
	hk_buf_addstr(&buf, "mine");
	text = hk_buf_detach(&buf, NULL);
	assert_string_equal(text, "mine");
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.s, "");
	free(text);
}

struct scrub_sample { const char *hostile, *clean; };

static void test_scrubs_what_a_terminal_would_obey(void **state)
{
	static const struct scrub_sample samples[] = {
		{ "plain ~ text", "plain ~ text" }, { "\x1b[31mred", "\\x1b[31mred" }, { "a\tb\nc\rd", "a\\x09b\\x0ac\\x0dd" }, { "\x7f", "\\x7f" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc2\x9b" "31m", "\\u{009B}31m" }, { "\xc2\x80\xc2\xa0", "\\u{0080}\xc2\xa0" },
		{ "\xe2\x80\xae" "evil", "\\u{202E}evil" }, { "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}" },
		{ "\xe2\x80\x8e\xe2\x80\x8f", "\\u{200E}\\u{200F}" },
		{ "\xe2\x80\xaa\xe2\x80\xaf", "\\u{202A}\xe2\x80\xaf" }, { "\xff\xfe", "\\xff\\xfe" }, { "\xc3", "\\xc3" }, { "\xe2\x80", "\\xe2\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, { "\xc0\xaf", "\\xc0\\xaf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

		hk_buf_addscrubbed(&buf, hk_str_of(samples[i].hostile));
		assert_string_equal(buf.s, samples[i].clean);
	}
}

static void test_scrubs_nul(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_addscrubbed(&buf, (struct hk_str){ "a\0b", 3 });
	assert_string_equal(buf.s, "a\\x00b");
}

static void test_encodes_all_but_the_unreserved(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	(void)state;
	hk_buf_addencoded(&buf, HK_STR("AZaz09-._~"));
	assert_string_equal(buf.s, "AZaz09-._~");
	hk_buf_reset(&buf);
	hk_buf_addencoded(&buf, (struct hk_str){ "a b/%+\0\xc3\xbc\xff@[`{", 14 });
	assert_string_equal(buf.s, "a%20b%2F%25%2B%00%C3%BC%FF%40%5B%60%7B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts_as_empty_string),
		cmocka_unit_test(test_appends_of_all_kinds),
		cmocka_unit_test(test_keeps_nul_bytes),
		cmocka_unit_test(test_format_longer_than_any_reserve),
		cmocka_unit_test(test_detach_hands_memory_over),
		cmocka_unit_test(test_scrubs_what_a_terminal_would_obey),
		cmocka_unit_test(test_scrubs_nul),
		cmocka_unit_test(test_encodes_all_but_the_unreserved),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
