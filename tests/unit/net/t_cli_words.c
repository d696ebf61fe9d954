/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and values on their way into commands: what a shell makes of them is what they were, whatever they are. */
#include "../test.h"
#include "table.h"
#include <string.h>

static void test_types(void **state)
{
	static const struct { enum hk_cli_type type; const char *text; bool fits; } cases[] = {
		{ HK_CLI_NAME, "eth0", true }, { HK_CLI_NAME, "eth0.100@if5", true }, { HK_CLI_NAME, "1:10", true }, { HK_CLI_NAME, "_x", true },
		{ HK_CLI_NAME, "", false },
		{ HK_CLI_NAME, "-x", false }, { HK_CLI_NAME, "--help", false }, { HK_CLI_NAME, "@q", false }, { HK_CLI_NAME, ".x", false },
		{ HK_CLI_NAME, "a b", false },
		{ HK_CLI_NAME, "a;b", false }, { HK_CLI_NAME, "a\nb", false }, { HK_CLI_NAME, "$(x)", false }, { HK_CLI_NAME, "a'b", false },
		{ HK_CLI_NAME, "a/b", false },
		{ HK_CLI_NAME, "\xc3\xa9", false },
		{ HK_CLI_INTEGER, "0", true }, { HK_CLI_INTEGER, "-5", true }, { HK_CLI_INTEGER, "9223372036854775807", true },
		{ HK_CLI_INTEGER, "9223372036854775808", false },
		{ HK_CLI_INTEGER, "007", false }, { HK_CLI_INTEGER, "-0", false }, { HK_CLI_INTEGER, "-", false }, { HK_CLI_INTEGER, "1-2", false },
		{ HK_CLI_INTEGER, "1e3", false },
		{ HK_CLI_INTEGER, "+5", false }, { HK_CLI_INTEGER, " 5", false }, { HK_CLI_INTEGER, "0x10", false },
		{ HK_CLI_ADDRESS, "192.0.2.1", true }, { HK_CLI_ADDRESS, "2001:db8::1", true }, { HK_CLI_ADDRESS, "::ffff:192.0.2.1", true },
		{ HK_CLI_ADDRESS, "192.0.2.01", false },
		{ HK_CLI_ADDRESS, "192.0.2", false }, { HK_CLI_ADDRESS, "2001:DB8::1", false }, { HK_CLI_ADDRESS, "2001:db8:0::1", false },
		{ HK_CLI_ADDRESS, "fe80::1%eth0", false },
		{ HK_CLI_ADDRESS, "1.2.3.4.5", false }, { HK_CLI_ADDRESS, "localhost", false },
		{ HK_CLI_PREFIX, "10.0.0.0/8", true }, { HK_CLI_PREFIX, "0.0.0.0/0", true }, { HK_CLI_PREFIX, "2001:db8::/32", true },
		{ HK_CLI_PREFIX, "192.0.2.1/32", true },
		{ HK_CLI_PREFIX, "10.0.0.1/8", false }, { HK_CLI_PREFIX, "10.0.0.0/33", false }, { HK_CLI_PREFIX, "10.0.0.0/08", false },
		{ HK_CLI_PREFIX, "10.0.0.0/", false },
		{ HK_CLI_PREFIX, "10.0.0.0", false }, { HK_CLI_PREFIX, "/8", false }, { HK_CLI_PREFIX, "10.0.0.0/-1", false },
		{ HK_CLI_PREFIX, "2001:db8::1/32", false },
		{ HK_CLI_PREFIX, "2001:db8::/129", false }, { HK_CLI_PREFIX, "10.0.0.0/8/8", false },
		{ HK_CLI_RATE, "14000000000", true }, { HK_CLI_RATE, "-8", false }, { HK_CLI_RATE, "8bit", false },
		{ HK_CLI_PRESENCE, "", true }, { HK_CLI_PRESENCE, "x", false },
		{ HK_CLI_TEXT, "any $(thing) 'at' \"all\"", true }, { HK_CLI_TEXT, "-x", false }, { HK_CLI_TEXT, "a\tb", false },
		{ HK_CLI_TEXT, "a\nb", false }, { HK_CLI_TEXT, "\x7f", false },
		{ HK_CLI_TEXT, "", false },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		const char *what;
		if (hk_cli_type_fits(cases[i].type, cases[i].text, &what) != cases[i].fits)
			fail_msg("'%s' %s %s", cases[i].text, cases[i].fits ? "is" : "is not", what);
	}
	char longest[258];
	const char *what;
	memset(longest, 'a', sizeof longest);
	longest[256] = '\0';
	assert_false(hk_cli_type_fits(HK_CLI_NAME, longest, &what));
	longest[255] = '\0';
	assert_true(hk_cli_type_fits(HK_CLI_NAME, longest, &what));
}

static void test_rates(void **state)
{
	static const struct { const char *text; int64_t bits; } cases[] = {
		{ "5Mbit", 5000000 }, { "1500Kbit", 1500000 }, { "14Gbit", 14000000000 }, { "8bit", 8 }, { "5", -1 }, { "Mbit", -1 }, { "5mbit", -1 },
		{ "5.5Mbit", -1 },
		{ "9999999999Tbit", -1 }, { "99999999999999999999bit", -1 },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		int64_t bits = -1;
		assert_int_equal(hk_cli_rate_parse(hk_str_of(cases[i].text), &bits), cases[i].bits >= 0);
		assert_int_equal(bits, cases[i].bits);
	}
	assert_int_equal(hk_cli_rate_shown(1234567), 1234000);
	assert_int_equal(hk_cli_rate_shown(1500000), 1500000);
	assert_int_equal(hk_cli_rate_shown(1234), 1234);
	assert_int_equal(hk_cli_rate_shown(1234567890), 1234000000);
}

#define TABLE \
	"objects:\n" \
	"- {object: 'port/{port}/rate', value: {type: integer, max: 100}, read: [r], line: '{value}', set: [[s]]}\n" \
	"- {object: 'port/{port}/queue/{queue}', where: {queue: integer}, value: {type: text}, read: [r], line: '{value}', set: [[set, '{port}', '{value}', 'q={queue}', [also, '{other}']]], with: {other: 'port/{port}/rate'}}\n" \
	"- {object: 'a{x}-{y}b', read: [r], line: '{value}', set: [[s]]}\n" \
	"- {object: 'text/{x}', value: {type: text, pattern: '^[a-z ]+$'}, read: [r], line: '{value}', set: [['text {value}']]}\n"

static void test_objects(void **state)
{
	static const struct { const char *object; int kind; const char *first; } cases[] = {
		{ "port/p1/rate", 0, "p1" }, { "port/p1/queue/7", 1, "p1" }, { "port/p1/queue/07", -1, "" }, { "port/p1/queue/-7", -1, "" },
		{ "port/p1/queue/x", -1, "" },
		{ "port/-p/rate", -1, "" }, { "port//rate", -1, "" }, { "port/a b/rate", -1, "" }, { "port/p1/rate/", -1, "" }, { "port/p1", -1, "" },
		{ "", -1, "" },
		{ "port/$(x)/rate", -1, "" }, { "port/a'/rate", -1, "" }, { "port/p1\n/rate", -1, "" }, { "ax-yzb", 2, "x" }, { "ax-y-bb", 2, "x" },
		{ "axyb", -1, "" },
	};
	struct table t;
	(void)state;
	table_open(&t, TABLE);
	assert_int_equal(t.status, 0);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_cli_object object;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		int status = hk_cli_object_parse(&t.table, cases[i].object, &arena, &object, &err);
		if (status != (cases[i].kind < 0 ? -1 : 0) ||
		    (status == 0 && (object.kind != &t.table.kinds[cases[i].kind] || strcmp(object.places[0].text, cases[i].first) != 0)))
			fail_msg("'%s': %s", cases[i].object, status ? err.message : "found");
		hk_arena_release(&arena);
	}
	/* neither length nor many ways to match cost time */
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_cli_object object;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	for (int i = 0; i < 990; i++)
		hk_buf_addch(&text, i % 2 ? '-' : 'b');
	text.s[0] = 'a';
	text.s[text.len - 1] = 'c';
	assert_int_equal(hk_cli_object_parse(&t.table, text.s, &arena, &object, &err), -1);
	hk_arena_release(&arena);
	table_close(&t);
}

static void test_values(void **state)
{
	static const struct { const char *object, *value, *said; } cases[] = {
		{ "port/p/rate", "100", NULL }, { "port/p/rate", "0", NULL }, { "port/p/rate", "101", "is not between 0 and 100" },
		{ "port/p/rate", "-1", "is not between 0 and 100" },
		{ "port/p/rate", "x", "is not a whole number" }, { "text/x", "abc def", NULL }, { "text/x", "abc;def", "'pattern'" },
		{ "text/x", "abc\ndef", "printable" },
	};
	struct table t;
	(void)state;
	table_open(&t, TABLE);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_cli_object object;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		assert_int_equal(hk_cli_object_parse(&t.table, cases[i].object, &arena, &object, &err), 0);
		int status = hk_cli_value_check(object.kind, cases[i].value, &err);
		if (status != (cases[i].said ? -1 : 0) || (cases[i].said && !strstr(err.message, cases[i].said)))
			fail_msg("%s = '%s': %s", cases[i].object, cases[i].value, status ? err.message : "accepted");
		hk_arena_release(&arena);
	}
	table_close(&t);
}

static const char *const hostile[] = {
	"plain", "a b", " lead and trail ", "'", "''", "'; touch pwned; '", "\"", "\\", "\\'", "$(touch pwned)", "`touch pwned`", "$HOME", "${x}", "$((1))",
	"a\nb", "a\n", "\t", "-rf", "--", "*", "?", "[a-z]", "~", "#", "!", "&", "|", ";", "<", ">", "(", ")", "{value}", "{}", "{port}", "%s", "%n", "\x7f",
	"\xff\xfe", "\xc3\xa9", "\r", "",
};

/* One word in, the same word out, however it looks: nothing is cut, joined, replaced or run. */
static void test_words_reach_the_program(void **state)
{
	(void)state;
	for (size_t i = 0; i < HK_COUNT(hostile); i++) {
		const struct hk_cli_pair more[] = { { "value", hostile[i] } };
		const struct hk_cli_names names = { .more = more, .n_more = 1 };
		const struct hk_cli_command command = { .words = (const char *[]){ "first", "{value}", "in={value}!", "last" }, .n = 4 };
		HK_AUTO_BUF struct hk_buf words = HK_BUF_INIT, wanted = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		assert_true(hk_cli_words(&command, &names, NULL, &words, &err));
		hk_buf_addf(&wanted, "first\037%s\037in=%s!\037last\037", hostile[i], hostile[i]);
		char *got = shell_words(words.s);
		assert_string_equal(got, wanted.s);
		free(got);
	}
	assert_int_not_equal(access("pwned", F_OK), 0);
}

/* The same for words of `programs`, and for any bytes at all. */
static void test_any_bytes(void **state)
{
	uint64_t seed = test_seed();
	(void)state;
	for (int round = 0; round < 40; round++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, words = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		for (int i = 0; i < 60; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			char c = (char)(seed >> 40);
			hk_buf_addch(&text, c && c != '\037' ? c : '\'');
		}
		const struct hk_cli_pair more[] = { { "value", text.s } };
		const struct hk_cli_names names = { .more = more, .n_more = 1 };
		assert_true(hk_cli_words(&(struct hk_cli_command){ .words = (const char *[]){ "{value}" }, .n = 1 }, &names, NULL, &words, &err));
		char *got = shell_words(words.s);
		assert_int_equal(strlen(got), text.len + 1);
		assert_memory_equal(got, text.s, text.len);
		free(got);
	}
}

static void test_groups_and_programs(void **state)
{
	struct table t, programs;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_cli_object object;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	table_open(&t, TABLE);
	table_open(&programs, "set: [ip, netns, exec, 'a b', set]");
	assert_int_equal(hk_cli_object_parse(&t.table, "port/p1/queue/3", &arena, &object, &err), 0);
	for (int with = 0; with < 2; with++) {
		const struct hk_cli_pair more[] = { { "value", "x y" }, { "other", "7" } };
		const struct hk_cli_names names = { .object = &object, .more = more, .n_more = 1 + (size_t)with };
		HK_AUTO_BUF struct hk_buf words = HK_BUF_INIT;
		assert_true(hk_cli_words(&object.kind->set.v[0], &names, with ? programs.doc.root : NULL, &words, &err));
		assert_string_equal(words.s, with ? " 'ip' 'netns' 'exec' 'a b' 'set' 'p1' 'x y' 'q=3' 'also' '7'" : " 'set' 'p1' 'x y' 'q=3'");
	}
	/* outside of a group what is missing is an error */
	const struct hk_cli_names nothing = { .object = &object };
	HK_AUTO_BUF struct hk_buf words = HK_BUF_INIT;
	assert_false(hk_cli_words(&object.kind->set.v[0], &nothing, NULL, &words, &err));
	assert_non_null(strstr(err.message, "'{value}'"));
	hk_arena_release(&arena);
	table_close(&programs);
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_rates), cmocka_unit_test(test_objects), cmocka_unit_test(test_values),
		cmocka_unit_test(test_words_reach_the_program), cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_groups_and_programs),
	};
	return cmocka_run_group_tests_name("cli_words", tests, NULL, NULL);
}
