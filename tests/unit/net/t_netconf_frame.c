/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "net/netconf_frame.h"
#include <string.h>

struct sample { bool chunked; const char *bytes; const char *messages[4]; };
static const struct sample samples[] = {
	{ false, "<a/>]]>]]><b>]]></b>]]>]]>", { "<a/>", "<b>]]></b>" } },
	{ false, "]]>]]>x]]]>]]>", { "", "x]" } },
	{ true, "\n#4\n<a/>\n##\n\n#1\n<\n#10\nb>\n##\n#1</\n#2\nb>\n##\n", { "<a/>", "<b>\n##\n#1</b>" } },
};

static void read_all(const struct sample *sample, size_t first)
{
	struct hk_frame frame;
	size_t found = 0, total = strlen(sample->bytes), at = 0;
	hk_frame_init(&frame, 1000);
	frame.chunked = sample->chunked;
	while (at < total) {
		size_t used, part = at < first ? first - at : total - at;
		int status = hk_frame_feed(&frame, sample->bytes + at, part, &used, NULL);
		assert_true(status >= 0);
		at += used;
		if (!status)
			continue;
		assert_string_equal(frame.message.s, sample->messages[found]);
		found++;
		hk_frame_next(&frame);
	}
	assert_null(sample->messages[found]);
	hk_frame_release(&frame);
}

static void test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		for (size_t cut = 0; cut <= strlen(samples[i].bytes); cut++)
			read_all(&samples[i], cut);
}

static void test_one_byte_at_a_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct hk_frame frame;
		size_t found = 0, used;
		hk_frame_init(&frame, 1000);
		frame.chunked = samples[i].chunked;
		for (const char *at = samples[i].bytes; *at; at++)
			if (hk_frame_feed(&frame, at, 1, &used, NULL) == 1) {
				assert_string_equal(frame.message.s, samples[i].messages[found++]);
				hk_frame_next(&frame);
			}
		assert_null(samples[i].messages[found]);
		hk_frame_release(&frame);
	}
}

static void test_what_is_no_framing(void **state)
{
	static const char *const bad[] = { "x", "\nx", "\n#0\n", "\n#01\n", "\n##\n", "\n#x", "\n#1x", "\n#1\nab", "\n#99999999999\n", "\n#4294967296\n",
					   "\n#4294967295\n", "\n#1001\n", "\n#1\na\n#\n", "\n#1\na\n##x" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_frame frame;
		size_t used;
		hk_frame_init(&frame, 1000);
		frame.chunked = true;
		assert_int_equal(hk_frame_feed(&frame, bad[i], strlen(bad[i]), &used, &err), -1);
		assert_int_equal(err.status, HK_UNREACHABLE);
		hk_frame_release(&frame);
	}
}

static void test_messages_are_bounded(void **state)
{
	char bytes[2000];
	(void)state;
	memset(bytes, 'x', sizeof bytes);
	for (int chunked = 0; chunked < 2; chunked++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_frame frame;
		size_t used;
		hk_frame_init(&frame, 1000);
		frame.chunked = chunked;
		if (chunked)
			assert_int_equal(hk_frame_feed(&frame, "\n#900\n", 6, &used, NULL), 0);
		int status = hk_frame_feed(&frame, bytes, 900, &used, NULL);
		assert_int_equal(status, 0);
		assert_int_equal(chunked ? hk_frame_feed(&frame, "\n#900\n", 6, &used, &err) : hk_frame_feed(&frame, bytes, 900, &used, &err), -1);
		assert_non_null(strstr(err.message, "more than 1000 bytes"));
		hk_frame_release(&frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut), cmocka_unit_test(test_one_byte_at_a_time), cmocka_unit_test(test_what_is_no_framing),
		cmocka_unit_test(test_messages_are_bounded),
	};
	return cmocka_run_group_tests_name("net/netconf_frame", tests, NULL, NULL);
}
