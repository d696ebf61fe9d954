/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/vec.h"
#include "yaml/doc.h"

#include <math.h>
#include <string.h>

struct fixture {
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags;
	int status;
};

static void open_bytes(struct fixture *f, const char *text, size_t count, bool json)
{
	memset(f, 0, sizeof *f);
	hk_source_from_text(&f->source, "test.yaml", text, count);
	f->status = hk_yaml_read_one(&f->source, json, &f->doc, &f->diags);
}

static void open_text(struct fixture *f, const char *text)
{
	open_bytes(f, text, strlen(text), false);
}

static void close_fixture(struct fixture *f)
{
	hk_doc_release(&f->doc);
	hk_diags_release(&f->diags);
	hk_source_release(&f->source);
}

/* The bytes a node's marks name. */
static void expect_bytes(const struct fixture *f, const char *path, const char *bytes)
{
	const struct hk_node *node = hk_node_at(f->doc.root, path);
	assert_non_null(node);
	HK_AUTO_BUF struct hk_buf found = HK_BUF_INIT;
	hk_buf_add(&found, f->source.text.s + node->start, node->end - node->start);
	assert_string_equal(found.s, bytes);
}

static void marks_name_the_bytes(void **state)
{
	(void)state;
	struct fixture f;
	open_text(&f, "\xef\xbb\xbf# c\na: 1 # c\nb: 'it''s'\nc: \"x\ty\"\nd: |  # h\n  l1\n\n   l2\n\n# c\ne: >+\n  f\n\n\ng: [1, {h: i}, ]\nj: {}\nk:\nl:\n- m\n-   n: o\n"
		       "p: &q !!str r\ns: *q\nt: two\n  lines\nu:\n- |\n x\n- y\n");
	assert_int_equal(f.status, 0);
	expect_bytes(&f, "a", "1");
	expect_bytes(&f, "b", "'it''s'");
	expect_bytes(&f, "c", "\"x\ty\"");
	expect_bytes(&f, "d", "|  # h\n  l1\n\n   l2");
	expect_bytes(&f, "e", ">+\n  f\n\n");
	expect_bytes(&f, "g", "[1, {h: i}, ]");
	expect_bytes(&f, "g.1", "{h: i}");
	expect_bytes(&f, "j", "{}");
	expect_bytes(&f, "k", "");
	expect_bytes(&f, "l", "- m\n-   n: o");
	expect_bytes(&f, "l.1", "n: o");
	expect_bytes(&f, "p", "r");
	expect_bytes(&f, "s", "*q");
	expect_bytes(&f, "t", "two\n  lines");
	expect_bytes(&f, "u.0", "|\n x");
	const struct hk_node *k = hk_node_at(f.doc.root, "k");
	assert_int_equal(f.source.text.s[k->start - 1], ':');
	const struct hk_node *p = hk_node_at(f.doc.root, "p");
	assert_int_equal(f.source.text.s[p->outer], '&');
	assert_int_equal(f.doc.start, 0);
	assert_int_equal(f.doc.end, f.source.text.len);
	close_fixture(&f);
}

/* What libfyaml's own tree corrupts when it keeps comments must come out right here. */
static void comments_stay_out_of_values(void **state)
{
	(void)state;
	struct fixture f;
	open_text(&f, "a: |\n  one\n# after literal\nb: >\n  two\n  more\n# after folded\nc: |-\n  x\n  # content\n # not content\nd: 1 # tail\n# foot\n");
	assert_int_equal(f.status, 0);
	assert_string_equal(hk_node_string(hk_node_at(f.doc.root, "a")), "one\n");
	assert_string_equal(hk_node_string(hk_node_at(f.doc.root, "b")), "two more\n");
	assert_string_equal(hk_node_string(hk_node_at(f.doc.root, "c")), "x\n# content");
	assert_string_equal(hk_node_string(hk_node_at(f.doc.root, "d")), "1");
	close_fixture(&f);
}

static void empty_block_scalars(void **state)
{
	(void)state;
	static const char *const texts[] = { "a: |\n", "a: >\n", "a: |+\n", "a: |-\n", "a: |\n\n", "a: |\nb: 1\n", "a: >-\n# c\n" };
	for (size_t i = 0; i < HK_COUNT(texts); i++) {
		struct fixture f;
		open_text(&f, texts[i]);
		assert_int_equal(f.status, 0);
		assert_int_equal(hk_node_at(f.doc.root, "a")->text.n, 0);
		close_fixture(&f);
	}
}

static void values_have_types(void **state)
{
	(void)state;
	struct fixture f;
	int64_t whole;
	double number;
	bool truth;
	open_text(&f, "i: -12\no: 0o17\nx: 0xff\nmin: -9223372036854775808\nover: 9223372036854775808\nf: 1.5e+3\ninf: -.inf\nt: True\nn: ~\nq: '12'\ns: !!str 12\nw: yes\ne:\n");
	const struct hk_node *r = f.doc.root;
	assert_int_equal(f.status, 0);
	assert_true(hk_node_int(hk_node_get(r, "i"), &whole) && whole == -12);
	assert_true(hk_node_int(hk_node_get(r, "o"), &whole) && whole == 15);
	assert_true(hk_node_int(hk_node_get(r, "x"), &whole) && whole == 255);
	assert_true(hk_node_int(hk_node_get(r, "min"), &whole) && whole == INT64_MIN);
	assert_false(hk_node_int(hk_node_get(r, "over"), &whole));
	assert_true(hk_node_float(hk_node_get(r, "over"), &number) && number > 9.2e18);
	assert_true(hk_node_float(hk_node_get(r, "f"), &number) && fabs(number - 1500) < 1e-9);
	assert_true(hk_node_float(hk_node_get(r, "i"), &number) && fabs(number + 12) < 1e-9);
	assert_true(hk_node_float(hk_node_get(r, "inf"), &number) && isinf(number) && number < 0);
	assert_true(hk_node_bool(hk_node_get(r, "t"), &truth) && truth);
	assert_true(hk_node_is_null(hk_node_get(r, "n")) && hk_node_is_null(hk_node_get(r, "e")) && hk_node_is_null(NULL));
	assert_int_equal(hk_node_type(hk_node_get(r, "q")), HK_TYPE_STRING);
	assert_int_equal(hk_node_type(hk_node_get(r, "s")), HK_TYPE_STRING);
	assert_int_equal(hk_node_type(hk_node_get(r, "w")), HK_TYPE_STRING);
	assert_null(hk_node_string(hk_node_get(r, "n")));
	assert_null(hk_node_get(r, "absent"));
	assert_null(hk_node_at(r, "i.j.k"));
	close_fixture(&f);
}

static void merges_and_aliases(void **state)
{
	(void)state;
	struct fixture f;
	open_text(&f, "base: &b {p: 1, q: 2}\nmore: &m {q: 3, r: 4}\none:\n  q: 9\n  <<: *b\ntwo: {<<: [*b, *m], s: *b}\nkeep: {\"<<\": 1}\n");
	const struct hk_node *r = f.doc.root;
	assert_int_equal(f.status, 0);
	assert_int_equal(hk_node_get(r, "one")->count, 2);
	assert_string_equal(hk_node_string(hk_node_at(r, "one.p")), "1");
	assert_string_equal(hk_node_string(hk_node_at(r, "one.q")), "9");
	assert_true(hk_node_at(r, "one.p")->from_alias);
	assert_false(hk_node_at(r, "one.q")->from_alias);
	assert_string_equal(hk_node_string(hk_node_at(r, "two.q")), "2");
	assert_string_equal(hk_node_string(hk_node_at(r, "two.r")), "4");
	assert_string_equal(hk_node_string(hk_node_at(r, "two.s.q")), "2");
	assert_string_equal(hk_node_string(hk_node_at(r, "keep.<<")), "1");
	close_fixture(&f);
}

struct finding { const char *text; size_t count; enum hk_rule_id rule; uint32_t line, column; };

#define FINDING(literal, rule, line, column) { literal, sizeof(literal) - 1, rule, line, column }

static const struct finding findings[] = {
	FINDING("a: \x01\n", HK0004, 1, 4),
	FINDING("a: 1\nb: \0\n", HK0004, 2, 4),
	FINDING("a: \x7f\n", HK0004, 1, 4),
	FINDING("a: \xc2\x81\n", HK0004, 1, 4),
	FINDING("a: \"\\0\"\n", HK0004, 1, 4),
	FINDING("\xc3\xa9: \xff\n", HK0003, 1, 5),
	FINDING("\xff\xfe" "a\0", HK0003, 1, 1),
	FINDING("a: \xed\xa0\x80\n", HK0003, 1, 4),
	FINDING("a: b: c\n", HK0002, 1, 5),
	FINDING("a:\n\tb: 1\n", HK0002, 2, 1),
	FINDING("\xc3\xa9:\n  - b\n c: 1\n", HK0002, 3, 2),
	FINDING("a: \"x\n", HK0002, 1, 5),
	FINDING("a: [1\nb: 2\n", HK0002, 2, 4),
	FINDING("a: 1\nb: 2\na: 3\n", HK0005, 3, 1),
	FINDING("a: {b: 1, \"b\": 2}\n", HK0005, 1, 11),
	FINDING("? [a]\n: 1\n", HK0011, 1, 3),
	FINDING("{a: 1}: 2\n", HK0011, 1, 1),
	FINDING(": 2\n", HK0011, 1, 1),
	FINDING("? a: \t:", HK0002, 1, 6),
	FINDING("a: *b\n", HK0012, 1, 4),
	FINDING("a: &a [*a]\n", HK0012, 1, 8),
	FINDING("<<: 1\n", HK0013, 1, 5),
	FINDING("a: 1\n---\nb: 1\n", HK0014, 3, 1),
	FINDING("# nothing\n", HK0010, 1, 1),
	FINDING("", HK0010, 1, 1),
	FINDING("---\n...\n", HK0010, 1, 1),
};

static void findings_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < HK_COUNT(findings); i++) {
		struct fixture f;
		open_bytes(&f, findings[i].text, findings[i].count, false);
		if (f.status != -1 || f.diags.list.n != 1)
			fail_msg("case %zu: status %d, %zu findings", i, f.status, f.diags.list.n);
		const struct hk_diag *diag = &f.diags.list.v[0];
		if (diag->rule->id != findings[i].rule || diag->range.line != findings[i].line || diag->range.column != findings[i].column)
			fail_msg("case %zu: %s %u:%u %s", i, diag->rule->code, diag->range.line, diag->range.column, diag->summary);
		if (findings[i].rule == HK0005)
			assert_non_null(diag->related.file);
		close_fixture(&f);
	}
}

/* Later documents are still looked at, so that one run shows all there is to mend. */
static void findings_of_later_documents(void **state)
{
	(void)state;
	struct fixture f;
	open_text(&f, "a: 1\na: 2\nb: *c\n---\nd: 1\nd: 1\n---\n- [\n");
	assert_int_equal(f.status, -1);
	assert_int_equal(f.diags.list.n, 4);
	assert_int_equal(f.diags.list.v[2].range.line, 6);
	close_fixture(&f);
}

static void ambiguous_values_are_warned_about(void **state)
{
	(void)state;
	static const struct { const char *text, *fix; } samples[] = {
		{ "no", "\"no\"" }, { "Yes", "\"Yes\"" }, { "y", "\"y\"" }, { "on", "\"on\"" }, { "12:30:45", "\"12:30:45\"" },
		{ "2024-01-01", "\"2024-01-01\"" },
		{ "1_000", "\"1_000\"" }, { "0b11", "\"0b11\"" }, { "=", "\"=\"" }, { "<<", "\"<<\"" }, { "-0x1F", "\"-0x1F\"" }, { "0777", NULL },
		{ "1e3", NULL },
		{ "0o17", NULL }, { "08", NULL },
	};
	static const char *const clear[] = { "true", "~", "null", "12", "0x1F", "1.5", ".inf", "01", "no way", "nothing", "8080:80", "1.2.3", "500m", "\"no\"",
					     "'on'", "!!str no" };
	for (size_t i = 0; i < HK_COUNT(samples) + HK_COUNT(clear); i++) {
		bool expected = i < HK_COUNT(samples);
		struct fixture f;
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "key: [%s]\n", expected ? samples[i].text : clear[i - HK_COUNT(samples)]);
		open_text(&f, text.s);
		assert_int_equal(f.status, 0);
		if (f.diags.list.n != (expected ? 1u : 0u))
			fail_msg("%s: %zu findings", text.s, f.diags.list.n);
		if (expected) {
			const struct hk_diag *diag = &f.diags.list.v[0];
			assert_int_equal(diag->rule->id, HK0009);
			assert_int_equal(diag->range.column, 7);
			assert_int_equal(diag->has_fix, samples[i].fix != NULL);
			if (samples[i].fix)
				assert_string_equal(diag->fix_text, samples[i].fix);
		}
		close_fixture(&f);
	}
}

/* As kubectl was seen to read them: {on: a, y: b, no: c, 0777: d, 1_000: e} is {"true": .., "false": .., "511": .., "1000": ..}. */
static void keys_that_are_read_as_others(void **state)
{
	static const struct { const char *key; size_t n; } samples[] = {
		{ "on", 1 }, { "y", 1 }, { "No", 1 }, { "0777", 1 }, { "1_000", 1 }, { "0b11", 1 },
		{ "\"on\"", 0 }, { "key", 0 }, { "true", 0 }, { "8080", 0 }, { "2024-01-01", 0 }, { "once", 0 }, { "=", 0 }, { "nginx.conf", 0 }, { "-x", 0 },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(samples); i++) {
		struct fixture f;
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "{%s: 1}\n", samples[i].key);
		open_text(&f, text.s);
		assert_int_equal(f.status, 0);
		if (f.diags.list.n != samples[i].n || (samples[i].n && f.diags.list.v[0].rule->id != HK0009))
			fail_msg("%s: %zu findings", text.s, f.diags.list.n);
		close_fixture(&f);
	}
}

static void streams_give_contiguous_documents(void **state)
{
	(void)state;
	static const char text[] = "# head\na: 1\n# foot\n---\n---\n# only a comment\n--- |\n --- no marker\n...\n# between\n%YAML 1.2\n---\n- x\n--- \"q\"\n";
	static const char *const parts[] = { "# head\na: 1\n# foot\n", "--- |\n --- no marker\n...\n# between\n", "%YAML 1.2\n---\n- x\n", "--- \"q\"\n" };
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "stream", text, sizeof text - 1);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, false);
	for (uint32_t i = 0; i < HK_COUNT(parts); i++) {
		assert_int_equal(hk_yaml_next(reader, &doc, &diags), 1);
		assert_int_equal(doc.index, i);
		assert_int_equal(doc.end - doc.start, strlen(parts[i]));
		assert_memory_equal(source.text.s + doc.start, parts[i], strlen(parts[i]));
		hk_doc_release(&doc);
	}
	assert_int_equal(hk_yaml_next(reader, &doc, &diags), 0);
	assert_int_equal(hk_yaml_next(reader, &doc, &diags), 0);
	hk_yaml_close(reader);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

static void json_is_strict(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"{\"a\":1,}", "{\"a\":01}", "[1", "{a:1}", "{\"a\":1} x", "", "\"\\ud800\"", "{\"a\" 1}", "nul", "[1,,2]", "{'a':1}", "{\"a\":1,\"a\":2}",
		"1 2", "[1] # c", "\"a\tb\"", "{\"a\":NaN}", "{\"a\":1}{\"b\":1}", "[+1]", "[.5]", "[0x10]", "---\n1", "[~]", "[*a]", "[&a 1]", "[!!str 1]",
		"a: 1", "\xef\xbb\xbf[", "\"\\x41\"", "[yes]",
	};
	for (size_t i = 0; i < HK_COUNT(wrong); i++) {
		struct fixture f;
		open_bytes(&f, wrong[i], strlen(wrong[i]), true);
		if (f.status == 0)
			fail_msg("taken for JSON: %s", wrong[i]);
		close_fixture(&f);
	}
	struct fixture f;
	const char *good = "{\"a\": [1, -2.5e3, true, null, \"\\u00e9\\n\\ud83d\\ude00\", {}], \"no\": \"no\"}";
	open_bytes(&f, good, strlen(good), true);
	assert_int_equal(f.status, 0);
	assert_int_equal(f.diags.list.n, 0);
	assert_string_equal(hk_node_string(hk_node_at(f.doc.root, "a.4")), "\xc3\xa9\n\xf0\x9f\x98\x80");
	close_fixture(&f);
}

static void ranges_count_lines(void **state)
{
	(void)state;
	struct hk_source source;
	struct hk_range range;
	hk_source_from_text(&source, "lines", "ab\r\nc\rd\n\nend", 12);
	static const uint32_t expected[][2] = { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 2, 1 }, { 2, 2 }, { 3, 1 }, { 3, 2 }, { 4, 1 }, { 5, 1 }, { 5, 2 },
						{ 5, 3 }, { 5, 4 } };
	for (uint32_t i = 0; i < HK_COUNT(expected); i++) {
		hk_source_range(&source, i, i + 100, &range);
		assert_int_equal(range.line, expected[i][0]);
		assert_int_equal(range.column, expected[i][1]);
		assert_int_equal(range.end_byte, 12);
		assert_int_equal(range.end_line, 5);
	}
	assert_true(hk_str_is(hk_source_line(&source, 1), "ab"));
	assert_true(hk_str_is(hk_source_line(&source, 3), "d"));
	assert_true(hk_str_is(hk_source_line(&source, 4), ""));
	assert_true(hk_str_is(hk_source_line(&source, 5), "end"));
	assert_int_equal(hk_source_line(&source, 0).n + hk_source_line(&source, 6).n, 0);
	hk_source_release(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_name_the_bytes),
		cmocka_unit_test(comments_stay_out_of_values),
		cmocka_unit_test(empty_block_scalars),
		cmocka_unit_test(values_have_types),
		cmocka_unit_test(merges_and_aliases),
		cmocka_unit_test(findings_are_exact),
		cmocka_unit_test(findings_of_later_documents),
		cmocka_unit_test(ambiguous_values_are_warned_about), cmocka_unit_test(keys_that_are_read_as_others),
		cmocka_unit_test(streams_give_contiguous_documents),
		cmocka_unit_test(json_is_strict),
		cmocka_unit_test(ranges_count_lines),
	};
	return cmocka_run_group_tests_name("doc", tests, NULL, NULL);
}
