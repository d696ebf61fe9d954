/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/rng.h"
#include "base/vec.h"
#include "yaml/emit.h"

#include <math.h>
#include <string.h>

/* What must be quoted, and what must not. */
static void quoting_predicate(void **state)
{
	(void)state;
	static const char *const quoted[] = {
		"", " a", "a ", "~", "null", "Null", "NULL", "nUll", "true", "True", "tRUE", "yes", "No", "ON", "off", "y", "N", "=", "<<", "0", "12", "-12",
		"+12", "0777", "0o17", "0x1F", "0b101", "1_000", "1e3", "1.5", ".5", "5.", "1.2.3", "10.0.0.1", "12:30", "12:30:45", "190:20:30", "2024-01-01",
		"2024-01-01T00:00:00Z", ".inf", "-.INF", ".nan", "1,000", "2d", "-", "- a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "|", ">", "'a", "\"a",
		"%a", "@a", "`a", "?", "? a", "?a", ":a", "[a", "]a", "{a", "}a", ",a", "a,b", "a[b]", "{{x}}", "---", "--- a", "...", "a\tb", "a\nb", "a\r",
		"\x7f", "\x01", "a\xc2\x85" "b", "a\xc2\xa0" "b", "a\xe2\x80\xa8" "b", "\xef\xbb\xbf" "a", "\xff", "0", "08", "-1", ".", "1:2",
	};
	static const char *const plain[] = {
		"a", "abc", "a b", "nginx:1.25", "registry.example/app:v1", "500m", "64Gi", "1.5ms", "10Gbps", "99.9%", "--port=80", "-x", "./run", ".git",
		"a#b", "v1.2", "app.kubernetes.io/name", "it's", "a\"b", "\xc3\xa9t\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "nothing", "yesterday", "on-call",
		"x=1", "<a>", "a|b", "a>b", "a&b", "fe80::1", "100Mbit/s", "=a", "_", "/", "$HOME", "(a)", "a\\b", "NaN", "+",
	};
	for (size_t i = 0; i < HK_COUNT(quoted); i++)
		if (!hk_yaml_needs_quotes(hk_str_of(quoted[i])))
			fail_msg("'%s' must be quoted", quoted[i]);
	for (size_t i = 0; i < HK_COUNT(plain); i++)
		if (hk_yaml_needs_quotes(hk_str_of(plain[i])))
			fail_msg("'%s' must not be quoted", plain[i]);
}

static void layout_is_exact(void **state)
{
	(void)state;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_emitter *emitter = hk_emit_open(&out);
	hk_emit_document(emitter);
	hk_emit_map(emitter, false);
	hk_emit_key(emitter, "name");
	hk_emit_str(emitter, "no");
	hk_emit_key(emitter, "list");
	hk_emit_seq(emitter, false);
	hk_emit_int(emitter, INT64_MIN);
	hk_emit_num(emitter, 1e-7);
	hk_emit_num(emitter, -INFINITY);
	hk_emit_num(emitter, NAN);
	hk_emit_bool(emitter, false);
	hk_emit_null(emitter);
	hk_emit_str(emitter, NULL);
	hk_emit_end(emitter);
	hk_emit_key(emitter, "flow");
	hk_emit_map(emitter, true);
	hk_emit_key(emitter, "a");
	hk_emit_str(emitter, "b:c");
	hk_emit_key(emitter, "on");
	hk_emit_seq(emitter, false);
	hk_emit_str(emitter, "x");
	hk_emit_end(emitter);
	hk_emit_end(emitter);
	hk_emit_key(emitter, "text");
	hk_emit_str(emitter, "one\n  two\n\nthree: #\n");
	hk_emit_key(emitter, "long");
	hk_emit_str(emitter, "a word and a word and a word and a word and a word and a word and a word and a word and a word and a word");
	hk_emit_end(emitter);
	hk_emit_document(emitter);
	hk_emit_str(emitter, "second");
	assert_int_equal(hk_emit_close(emitter, NULL), 0);
	assert_string_equal(out.s, "---\nname: \"no\"\nlist:\n- -9223372036854775808\n- 1.0e-07\n- -.inf\n- .nan\n- false\n- null\n- null\n"
				   "flow: {a: \"b:c\", \"on\": [x]}\ntext: |\n  one\n    two\n\n  three: #\n"
				   "long: a word and a word and a word and a word and a word and a word and a word and a word and a word and a word\n"
				   "--- second\n");
}

static void mistakes_are_errors(void **state)
{
	(void)state;
	for (int mistake = 0; mistake < 5; mistake++) {
		HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_emitter *emitter = hk_emit_open(&out);
		static const struct hk_value wrong = { .kind = HK_SCALAR, .text = "no number" };
		if (mistake == 0)
			hk_emit_map(emitter, false);
		if (mistake == 1)
			hk_emit_end(emitter);
		if (mistake == 2)
			hk_emit_key(emitter, "k");
		if (mistake == 3)
			hk_emit_document(emitter);
		if (mistake == 4)
			hk_emit_value(emitter, &wrong);
		assert_int_equal(hk_emit_close(emitter, &err), -1);
		assert_non_null(err.message);
	}
}

static void verify_sees_differences(void **state)
{
	(void)state;
	static const struct hk_value text = { .kind = HK_SCALAR, .text = "yes", .is_string = true };
	static const struct hk_value number = { .kind = HK_SCALAR, .text = "12" };
	static const char *const keys[] = { "a", "b" };
	static const struct hk_value *const items[] = { &text, &number };
	static const struct hk_value tree = { .kind = HK_MAPPING, .keys = keys, .items = items, .count = 2 };
	static const char *const wrong[] = {
		"a: yes\nb: 12\n", "a: \"yes\"\nb: \"12\"\n", "a: \"yes\"\n", "a: \"yes\"\nb: 12\nc: 1\n", "a: \"yes\"\nb: 13\n", "- a\n",
		"a: \"yes\"\nb: [12]\n", "a: [\n", "", "a: \"yes\"\nb: 12\n---\nc\n", "\"a\": \"yes\"\nc: 12\n",
	};
	assert_int_equal(hk_emit_verify_11(HK_STR("a: \"yes\"\nb: 12\n"), &tree, NULL), 0);
	for (size_t i = 0; i < HK_COUNT(wrong); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		if (hk_emit_verify_11(hk_str_of(wrong[i]), &tree, &err) == 0)
			fail_msg("not noticed: %s", wrong[i]);
		assert_non_null(err.message);
	}
}

/* A random tree of nasty texts in an arena. */
static const struct hk_value *random_value(struct hk_rng *rng, struct hk_arena *arena, unsigned depth)
{
	static const char alphabet[] = "ab \n\t:#-?[]{},&*!|>'\"%@`\\~=<.+01e_yNo\xc3\xa9\xe2\x80\xa8\xc2\x85\x01\x7f";
	struct hk_value *value = hk_arena_alloc(arena, sizeof *value);
	unsigned kind = (unsigned)hk_rng_below(rng, depth > 3 ? 2 : 4);
	if (kind == 0) {
		static const char *const raw[] = { "1", "-2", "true", "null", "1.5", "~", "" };
		*value = (struct hk_value){ .kind = HK_SCALAR, .text = raw[hk_rng_below(rng, 5)] };
	} else if (kind == 1) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		for (size_t n = hk_rng_below(rng, 9); n > 0; n--) {
			size_t at = hk_rng_below(rng, sizeof alphabet - 1);
			unsigned length = hk_utf8_length(alphabet + at, sizeof alphabet - 1 - at);
			hk_buf_add(&text, alphabet + at, length);
		}
		*value = (struct hk_value){ .kind = HK_SCALAR, .text = hk_arena_strdup(arena, text.s), .is_string = true };
	} else {
		value->kind = kind == 2 ? HK_MAPPING : HK_SEQUENCE;
		value->count = hk_rng_below(rng, 4);
		const char **keys = hk_arena_array(arena, 4, sizeof *keys);
		const struct hk_value **items = hk_arena_array(arena, 4, sizeof *items);
		for (size_t i = 0; i < value->count; i++) {
			keys[i] = hk_arena_printf(arena, "%c: %zu", (char)('a' + hk_rng_below(rng, 26)), i);
			items[i] = random_value(rng, arena, depth + 1);
		}
		value->keys = keys;
		value->items = items;
	}
	return value;
}

static void random_trees_verify(void **state)
{
	(void)state;
	struct hk_rng rng;
	hk_rng_seed(&rng, test_seed());
	for (int round = 0; round < 5000; round++) {
		struct hk_arena arena = HK_ARENA_INIT;
		HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
		HK_AUTO_BUF struct hk_buf again = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		const struct hk_value *tree = random_value(&rng, &arena, 0);
		struct hk_emitter *emitter = hk_emit_open(&out);
		hk_emit_value(emitter, tree);
		assert_int_equal(hk_emit_close(emitter, NULL), 0);
		if (hk_emit_verify_11((struct hk_str){ out.s, out.len }, tree, &err) != 0)
			fail_msg("%s\n%s", err.message, out.s);
		emitter = hk_emit_open(&again);
		hk_emit_value(emitter, tree);
		assert_int_equal(hk_emit_close(emitter, NULL), 0);
		assert_string_equal(out.s, again.s);
		hk_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoting_predicate),
		cmocka_unit_test(layout_is_exact),
		cmocka_unit_test(mistakes_are_errors),
		cmocka_unit_test(verify_sees_differences),
		cmocka_unit_test(random_trees_verify),
	};
	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
