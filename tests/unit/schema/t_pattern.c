/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"
#include "base/rng.h"
#include "schema/pattern.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static bool matches(const char *expression, struct hk_str text)
{
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_pattern *pattern = hk_pattern_compile(hk_str_of(expression), &arena, &err);

	if (!pattern)
		fail_msg("%s", err.message);
	bool result = hk_pattern_matches(pattern, text);
	hk_arena_release(&arena);
	return result;
}

static void expect(const char *expression, const char *const *yes, const char *const *no)
{
	for (; *yes; yes++)
		if (!matches(expression, hk_str_of(*yes)))
			fail_msg("'%s' should match '%s'", expression, *yes);
	for (; *no; no++)
		if (matches(expression, hk_str_of(*no)))
			fail_msg("'%s' should not match '%s'", expression, *no);
}

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }
#define NOTHING (const char *const[]){ NULL }

static void test_literals(void **state)
{
	(void)state;
	expect("abc", LIST("abc", "xabcx"), LIST("", "ab", "abd", "ABC"));
	expect("^abc$", LIST("abc"), LIST("xabc", "abcx", "abc\n"));
	expect("", LIST("", "x"), NOTHING);
	expect("a\\.b\\*\\/", LIST("a.b*/"), LIST("axb*/", "a.b/"));
	expect("^.$", LIST("a", "\xc2\xb5"), LIST("", "ab", "\n"));
}

static void test_classes(void **state)
{
	(void)state;
	expect("^[a-c]$", LIST("a", "b", "c"), LIST("d", "-", "", "A"));
	expect("^[-a-c_.]$", LIST("-", "a", "_", "."), LIST("d", "/"));
	expect("^[a-]$", LIST("a", "-"), LIST("b"));
	expect("^[^a-c]$", LIST("d", "\xe6\x97\xa5"), LIST("a", ""));
	expect("^[\\]\\\\\\-^]$", LIST("]", "\\", "-", "^"), LIST("a", "["));
	expect("^[\xce\xb1-\xcf\x89]+$", LIST("\xce\xbb\xce\xbf\xce\xb3\xce\xbf"), LIST("logo"));
}

static void test_repetition(void **state)
{
	(void)state;
	expect("^a*$", LIST("", "a", "aaaa"), LIST("b", "aab"));
	expect("^a+$", LIST("a", "aaaa"), LIST("", "ab"));
	expect("^ab?c$", LIST("ac", "abc"), LIST("abbc"));
	expect("^a{3}$", LIST("aaa"), LIST("aa", "aaaa"));
	expect("^a{2,}$", LIST("aa", "aaaaa"), LIST("", "a"));
	expect("^a{0,2}$", LIST("", "a", "aa"), LIST("aaa"));
	expect("^(ab|c){2,3}$", LIST("abab", "cab", "ccc"), LIST("ab", "cccc", "aab"));
	expect("^(?:a*)*b$", LIST("b", "aab"), LIST("a", ""));
	expect("^(a{2}){2}$", LIST("aaaa"), LIST("aaa", "aaaaa"));
	expect("^x{0}y$", LIST("y"), LIST("xy"));
}

static void test_alternatives(void **state)
{
	(void)state;
	expect("^(h|m|s|us|\xc2\xb5s|ms|ns)+$", LIST("h", "ms", "\xc2\xb5s", "hm"), LIST("", "x", "u", "\xc2\xb5"));
	expect("^a|b$", LIST("ax", "xb"), LIST("xa", "bx"));
	expect("^(|a)b$", LIST("b", "ab"), LIST("aab"));
	expect("^(a|b|c|d)$", LIST("a", "b", "c", "d"), LIST("e", "ab"));
}

static void test_names_of_kubernetes(void **state)
{
	(void)state;
	expect("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", LIST("a", "edge-1", "0", "a--b"), LIST("", "-a", "a-", "A", "a.b", "a_b"));
	expect("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", LIST("a.b", "n1.example.net"), LIST("a..b", ".a", "a.", "a.-b"));
}

/* A backtracking matcher would take for ever. */
static void test_time_is_bounded(void **state)
{
	(void)state;
	char text[4096];

	memset(text, 'a', sizeof text);
	assert_false(matches("^(a+)+$", (struct hk_str){ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 37 }));
	assert_false(matches("^(a|a)*b$", (struct hk_str){ text, sizeof text }));
	assert_true(matches("^(a?){50}a{50}", (struct hk_str){ text, 100 }));
}

static void test_hostile_text(void **state)
{
	(void)state;
	assert_false(matches("^[a-z]+$", (struct hk_str){ "ab\0c", 4 }));
	assert_false(matches("^[a-z]$", (struct hk_str){ "\xff", 1 }));
	assert_true(matches("^[^a]$", (struct hk_str){ "\xff", 1 }));
	assert_false(matches("^a$", (struct hk_str){ "a\0", 2 }));
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {
		"(", ")", "a)", "(a", "[", "[]", "[^]", "[a", "[b-a]", "[[]]", "*", "+a", "a**", "a+?", "a{", "a{x}", "a{2,1}", "a{999}", "{2}", "}", "]",
		"\\d", "\\w+", "\\", "a\\", "(?=a)", "(?<n>a)", "(?i)a", "\\1", "\\-", "((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))",
		"((a{100}){100}){100}", "(((((){255}){255}){255}){255}){255}",
	};

	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		struct hk_arena arena = HK_ARENA_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		if (hk_pattern_compile(hk_str_of(BAD[i]), &arena, &err))
			fail_msg("'%s' should be refused", BAD[i]);
		assert_int_equal(err.status, HK_FAILED);
		assert_non_null(err.message);
		hk_arena_release(&arena);
	}
}

static void add_random(struct hk_buf *out, struct hk_rng *rng, unsigned depth)
{
	static const char *const atoms[] = { "a", "b", "-", ".", "[a-b]", "[^a]", "^", "$", "\\." }, *const times[] = { "", "", "*", "+", "?", "{2}", "{0,2}" };
	uint64_t parts = 1 + hk_rng_below(rng, 3);

	for (uint64_t i = 0; i < parts; i++) {
		if (depth && hk_rng_below(rng, 3) == 0) {
			hk_buf_addch(out, '(');
			add_random(out, rng, depth - 1);
			hk_buf_addch(out, ')');
		} else {
			hk_buf_addstr(out, atoms[hk_rng_below(rng, sizeof atoms / sizeof atoms[0])]);
		}
		hk_buf_addstr(out, times[hk_rng_below(rng, sizeof times / sizeof times[0])]);
		if (i + 1 < parts && hk_rng_below(rng, 5) == 0)
			hk_buf_addch(out, '|');
	}
}

/* The table of states and the threads must agree; an alternative of 70 letters makes a program too large for a table. */
static void test_states_and_threads_agree(void **state)
{
	const uint64_t seed = 20261121;
	struct hk_rng rng;
	(void)state;

	hk_rng_seed(&rng, seed);
	for (unsigned round = 0; round < 400; round++) {
		HK_AUTO_BUF struct hk_buf small = HK_BUF_INIT, large = HK_BUF_INIT;
		struct hk_arena arena = HK_ARENA_INIT;
		add_random(&small, &rng, 2);
		hk_buf_addf(&large, "(%s)|z{70}", small.s);
		const struct hk_pattern *table = hk_pattern_compile(hk_str_of(small.s), &arena, NULL),
		    *threads = hk_pattern_compile(hk_str_of(large.s), &arena, NULL);
		assert_true(table && threads);
		for (unsigned i = 0; i < 60; i++) {
			char text[8];
			size_t n = hk_rng_below(&rng, sizeof text);
			for (size_t at = 0; at < n; at++)
				text[at] = "ab-.\nx"[hk_rng_below(&rng, 6)];
			if (hk_pattern_matches(table, (struct hk_str){ text, n }) != hk_pattern_matches(threads, (struct hk_str){ text, n }))
				fail_msg("seed %llu: '%s' and '%.*s'", (unsigned long long)seed, small.s, (int)n, text);
		}
		hk_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals), cmocka_unit_test(test_classes), cmocka_unit_test(test_repetition),
		cmocka_unit_test(test_alternatives), cmocka_unit_test(test_names_of_kubernetes), cmocka_unit_test(test_time_is_bounded),
		cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_refused), cmocka_unit_test(test_states_and_threads_agree),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
