/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/vec.h"
#include "yaml/edit.h"

#include <string.h>

/* Values to write. */
static const struct hk_value text_x = { .kind = HK_SCALAR, .text = "x", .is_string = true };
static const struct hk_value text_no = { .kind = HK_SCALAR, .text = "no", .is_string = true };
static const struct hk_value number_5 = { .kind = HK_SCALAR, .text = "5" };
static const struct hk_value empty_map = { .kind = HK_MAPPING };
static const char *const pair_keys[] = { "p", "q" };
static const struct hk_value *const pair_items[] = { &number_5, &text_no };
static const struct hk_value map_pq = { .kind = HK_MAPPING, .keys = pair_keys, .items = pair_items, .count = 2 };
static const struct hk_value list_5no = { .kind = HK_SEQUENCE, .items = pair_items, .count = 2 };
static const char *const deep_keys[] = { "m", "l" };
static const struct hk_value *const deep_items[] = { &map_pq, &list_5no };
static const struct hk_value deep = { .kind = HK_MAPPING, .keys = deep_keys, .items = deep_items, .count = 2 };

enum what { REPLACE, ADD, APPEND, REMOVE };
struct edit_case {
	const char *before;
	enum what what;
	const char *path, *key;
	const struct hk_value *value;
	const char *after;             /* NULL: refused */
};

static const struct edit_case cases[] = {
	/* scalars for scalars: everything around stays */
	{ "a: 1   # one\nb:   2\n", REPLACE, "a", NULL, &number_5, "a: 5   # one\nb:   2\n" },
	{ "a: 'one'\n", REPLACE, "a", NULL, &text_x, "a: 'x'\n" },
	{ "a: \"one\" # c\n", REPLACE, "a", NULL, &text_x, "a: \"x\" # c\n" },
	{ "a: 1\n", REPLACE, "a", NULL, &text_no, "a: \"no\"\n" },
	{ "a:\nb: 1\n", REPLACE, "a", NULL, &text_x, "a: x\nb: 1\n" },
	{ "a: # c\nb: 1\n", REPLACE, "a", NULL, &text_x, "a: x # c\nb: 1\n" },
	{ "a: |\n  one\n  two\n# c\nb: 1\n", REPLACE, "a", NULL, &text_x, "a: x\n# c\nb: 1\n" },
	{ "a: one\n  two # c\nb: 1\n", REPLACE, "a", NULL, &text_x, "a: x # c\nb: 1\n" },
	{ "- 1\n-   2 # c\n", REPLACE, "1", NULL, &text_x, "- 1\n-   x # c\n" },
	{ "a: [1, 'b:c', {d: 2}]\n", REPLACE, "a.2.d", NULL, &text_x, "a: [1, 'b:c', {d: x}]\n" },
	{ "a: {b, c: }\n", REPLACE, "a.b", NULL, &text_x, "a: {b: x, c: }\n" },
	{ "a: {b, c: }\n", REPLACE, "a.c", NULL, &text_x, "a: {b, c: x }\n" },
	{ "{\"a\":1}", REPLACE, "a", NULL, &text_x, "{\"a\":\"x\"}" },
	{ "a: !!str 5\n", REPLACE, "a", NULL, &number_5, "a: 5\n" },
	{ "a: &k 5\n", REPLACE, "a", NULL, &text_x, "a: &k x\n" },
	{ "a: &k 5\nb: *k\n", REPLACE, "a", NULL, &text_x, NULL },
	{ "a: &k 5\nb: *k\n", REPLACE, "b", NULL, &text_x, "a: &k 5\nb: x\n" },
	{ "a: &k {c: 1}\nb: *k\n", REPLACE, "a.c", NULL, &text_x, NULL },
	{ "x: &a {p: 1}\ny:\n  <<: *a\n", REPLACE, "y.p", NULL, &number_5, NULL },
	{ "old", REPLACE, "", NULL, &text_x, "x" },
	{ "--- old\n...\n", REPLACE, "", NULL, &text_x, "--- x\n...\n" },
	/* collections for scalars and the other way round */
	{ "a: 1 # c\nb: 2\n", REPLACE, "a", NULL, &map_pq, "a: # c\n  p: 5\n  q: \"no\"\nb: 2\n" },
	{ "a:\nb: 2\n", REPLACE, "a", NULL, &list_5no, "a:\n- 5\n- \"no\"\nb: 2\n" },
	{ "a:\n    b: 1\nc: 2", REPLACE, "c", NULL, &map_pq, "a:\n    b: 1\nc:\n    p: 5\n    q: \"no\"" },
	{ "a:\n  - 1\nc: {}\n", REPLACE, "c", NULL, &list_5no, "a:\n  - 1\nc:\n  - 5\n  - \"no\"\n" },
	{ "a:\n  # kept\n  b: 1 # gone\n  c: 2\nd: 3\n", REPLACE, "a", NULL, &map_pq, "a:\n  # kept\n  p: 5\n  q: \"no\"\nd: 3\n" },
	{ "a: # kept\n  b: 1\n  c: 2 # gone\nd: 3\n", REPLACE, "a", NULL, &text_x, "a: x # kept\nd: 3\n" },
	{ "a:\n- 1\n- 2\nd: 3\n", REPLACE, "a", NULL, &text_x, "a: x\nd: 3\n" },
	{ "a:\n- 1\n- 2\nd: 3\n", REPLACE, "a", NULL, &map_pq, "a:\n  p: 5\n  q: \"no\"\nd: 3\n" },
	{ "a:\n- 1\n- 2\nd: 3\n", REPLACE, "a", NULL, &list_5no, "a:\n- 5\n- \"no\"\nd: 3\n" },
	{ "a:\n- 1", REPLACE, "a", NULL, &empty_map, "a: {}" },
	{ "- a # c\n- b\n", REPLACE, "0", NULL, &map_pq, "- p: 5 # c\n  q: \"no\"\n- b\n" },
	{ "- a: 1\n  b: 2 # c\n- b\n", REPLACE, "0", NULL, &list_5no, "- - 5 # c\n  - \"no\"\n- b\n" },
	{ "- a: 1\n  b: 2\n- b\n", REPLACE, "0", NULL, &text_x, "- x\n- b\n" },
	{ "- a\n-\n", REPLACE, "1", NULL, &map_pq, "- a\n- p: 5\n  q: \"no\"\n" },
	{ "a: [1, 2]\n", REPLACE, "a.1", NULL, &map_pq, "a: [1, {p: 5, q: \"no\"}]\n" },
	{ "a: 1\n", REPLACE, "", NULL, &map_pq, "p: 5\nq: \"no\"\n" },
	/* keys */
	{ "a: 1\n", ADD, "", "b", &text_x, "a: 1\nb: x\n" },
	{ "a: 1", ADD, "", "b", &text_x, "a: 1\nb: x" },
	{ "\xef\xbb\xbf" "a: 1\r\nb: 2\r\n", ADD, "", "c", &map_pq, "\xef\xbb\xbf" "a: 1\r\nb: 2\r\nc:\r\n  p: 5\r\n  q: \"no\"\r\n" },
	{ "a:\n   b: 1   # c\n\n# about d\nd: 2\n", ADD, "a", "k", &text_x, "a:\n   b: 1   # c\n   k: x\n\n# about d\nd: 2\n" },
	{ "a:\n  b: |\n    one\n    two\n  # c\nd: 2\n", ADD, "a", "k", &text_x, "a:\n  b: |\n    one\n    two\n  k: x\n  # c\nd: 2\n" },
	{ "a:\n  b: |+\n    one\n\n\nd: 2\n", ADD, "a", "k", &text_x, "a:\n  b: |+\n    one\n\n\n  k: x\nd: 2\n" },
	{ "a:\n  b: >-\n    one\n    two\n\n\nd: 2\n", ADD, "a", "k", &text_x, "a:\n  b: >-\n    one\n    two\n  k: x\n\n\nd: 2\n" },
	{ "a: 1\n...\n", ADD, "", "b", &text_x, "a: 1\nb: x\n...\n" },
	{ "a: 1\n...\n# end\n", ADD, "", "b", &deep, "a: 1\nb:\n  m:\n    p: 5\n    q: \"no\"\n  l:\n  - 5\n  - \"no\"\n...\n# end\n" },
	{ "l:\n- name: a\n  v: 1\n- name: b\n", ADD, "l.0", "k", &map_pq, "l:\n- name: a\n  v: 1\n  k:\n    p: 5\n    q: \"no\"\n- name: b\n" },
	{ "a:\n  b: [1,\n    2] # c\n", ADD, "a", "k", &text_x, "a:\n  b: [1,\n    2] # c\n  k: x\n" },
	{ "a:\n", ADD, "a", "k", &text_x, "a:\n  k: x\n" },
	{ "a: {} # c\n", ADD, "a", "k", &text_x, "a: # c\n  k: x\n" },
	{ "a: null\n", ADD, "a", "k", &text_x, "a:\n  k: x\n" },
	{ "a: {b: 1}\n", ADD, "a", "k", &map_pq, "a: {b: 1, k: {p: 5, q: \"no\"}}\n" },
	{ "a: {b: 1, }\n", ADD, "a", "k", &text_x, "a: {b: 1, k: x, }\n" },
	{ "a: {\n  b: 1,\n  c: 2 # c\n}\n", ADD, "a", "k", &text_x, "a: {\n  b: 1,\n  c: 2, # c\n  k: x\n}\n" },
	{ "a: {\n  b: 1, # c\n}\n", ADD, "a", "k", &text_x, "a: {\n  b: 1, # c\n  k: x,\n}\n" },
	{ "{\n  \"a\": 1\n}\n", ADD, "", "k", &map_pq, "{\n  \"a\": 1,\n  \"k\": {\"p\": 5, \"q\": \"no\"}\n}\n" },
	{ "a: &k {b: 1}\nc: *k\n", ADD, "a", "k", &text_x, NULL },
	{ "a: &k {b: 1}\nc: *k\n", ADD, "c", "k", &text_x, NULL },
	{ "a: 1\n", ADD, "", "a", &text_x, NULL },
	{ "a: 1\n", ADD, "a", "k", &text_x, NULL },
	{ "l: [a: 1]\n", ADD, "l.0", "k", &text_x, NULL },
	{ "a: 1\n", ADD, "", "on", &text_x, "a: 1\n\"on\": x\n" },
	/* items */
	{ "a:\n- 1 # c\nb: 2\n", APPEND, "a", NULL, &map_pq, "a:\n- 1 # c\n- p: 5\n  q: \"no\"\nb: 2\n" },
	{ "a:\n    - b: 1\n      c: 2\n", APPEND, "a", NULL, &text_x, "a:\n    - b: 1\n      c: 2\n    - x\n" },
	{ "a: []\n", APPEND, "a", NULL, &text_x, "a:\n- x\n" },
	{ "a: [1, 2]\n", APPEND, "a", NULL, &text_x, "a: [1, 2, x]\n" },
	{ "[\n  1,\n  2\n]\n", APPEND, "", NULL, &number_5, "[\n  1,\n  2,\n  5\n]\n" },
	{ "- - 1\n  - 2\n- 3\n", APPEND, "0", NULL, &number_5, "- - 1\n  - 2\n  - 5\n- 3\n" },
	/* removals */
	{ "a: 1\n# about b\nb: 2 # c\nd: 3\n", REMOVE, "", "b", NULL, "a: 1\n# about b\nd: 3\n" },
	{ "a: 1\nb:\n  c: 2\n  d: 3", REMOVE, "", "b", NULL, "a: 1" },
	{ "a: 1\n", REMOVE, "", "a", NULL, "{}\n" },
	{ "a:\n  b: 1\nc: 2\n", REMOVE, "a", "b", NULL, "a:\n  {}\nc: 2\n" },
	{ "- a: 1\n  b: 2\n- c\n", REMOVE, "0", "a", NULL, "- b: 2\n- c\n" },
	{ "- a: 1\n  # about b\n  b: 2\n", REMOVE, "0", "a", NULL, "- \n  # about b\n  b: 2\n" },
	{ "- a: 1\n- c\n", REMOVE, "0", "a", NULL, "- {}\n- c\n" },
	{ "{a: 1, b: 2, c: 3}\n", REMOVE, "", "a", NULL, "{b: 2, c: 3}\n" },
	{ "{a: 1, b: 2, c: 3}\n", REMOVE, "", "b", NULL, "{a: 1, c: 3}\n" },
	{ "{a: 1, b: 2, c: 3}\n", REMOVE, "", "c", NULL, "{a: 1, b: 2}\n" },
	{ "{a: 1}\n", REMOVE, "", "a", NULL, "{}\n" },
	{ "{\n  \"a\": 1,\n  \"b\": 2\n}\n", REMOVE, "", "b", NULL, "{\n  \"a\": 1\n}\n" },
	{ "a: 1\nb: |\n  x\n\n  y\nc: 2\n", REMOVE, "", "b", NULL, "a: 1\nc: 2\n" },
	{ "\xef\xbb\xbf" "a: 1\nb: 2\n", REMOVE, "", "a", NULL, "\xef\xbb\xbf" "b: 2\n" },
	{ "x: &k {p: 1}\ny:\n  <<: *k\n  q: 2\n", REMOVE, "y", "p", NULL, NULL },
	{ "x: &k 1\ny: *k\n", REMOVE, "", "x", NULL, NULL },
};

static void do_edit(struct hk_edit *edit, const struct hk_doc *doc, const struct edit_case *c)
{
	const struct hk_node *node = hk_node_at(doc->root, c->path);
	assert_non_null(node);
	if (c->what == REPLACE)
		hk_edit_replace(edit, node, c->value);
	else if (c->what == ADD)
		hk_edit_add_key(edit, node, c->key, c->value);
	else if (c->what == APPEND)
		hk_edit_add_item(edit, node, c->value);
	else
		hk_edit_remove_key(edit, node, c->key);
}

static unsigned run_case(const struct edit_case *c)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_source_from_text(&source, "case.yaml", c->before, strlen(c->before));
	if (hk_yaml_read_one(&source, false, &doc, &diags) != 0)
		fail_msg("%s: %s", c->before, diags.list.v[0].summary);
	struct hk_edit *edit = hk_edit_begin(&doc);
	do_edit(edit, &doc, c);
	int status = hk_edit_apply(edit, &out, &err);
	bool right = c->after ? status == 0 && strcmp(out.s, c->after) == 0 : status != 0 && out.len == 0 && err.message;
	if (!right)
		print_error("case %zu\n--- before\n%s\n--- wanted\n%s\n--- got (%d, %s)\n%s\n", (size_t)(c - cases), c->before,
			    c->after ? c->after : "(refusal)", status, err.message ? err.message : "no error", out.s);
	hk_edit_free(edit);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return right ? 0 : 1;
}

static void single_edits(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		wrong += run_case(&cases[i]);
	assert_int_equal(wrong, 0);
}

static void several_edits_at_once(void **state)
{
	(void)state;
	static const char before[] = "# head\nspec:\n  a: 1 # one\n  b:\n    c: {}\n  l: [x]\nlast:\n  z: 1\n  v: 2";
	static const char after[] = "# head\nspec:\n  a: 5 # one\n  b:\n    c:\n      k: x\n    m: 5\n  l: [x, 5, \"no\"]\n  o: x\n  p: 5\nlast:\n  v: 2\n  w: x\nend: 5";
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_source_from_text(&source, "several.yaml", before, sizeof before - 1);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
	struct hk_edit *edit = hk_edit_begin(&doc);
	hk_edit_add_key(edit, doc.root, "end", &number_5);
	hk_edit_add_key(edit, hk_node_at(doc.root, "spec"), "o", &text_x);
	hk_edit_replace(edit, hk_node_at(doc.root, "spec.a"), &number_5);
	hk_edit_add_key(edit, hk_node_at(doc.root, "spec"), "p", &number_5);
	hk_edit_add_key(edit, hk_node_at(doc.root, "spec.b"), "m", &number_5);
	hk_edit_add_key(edit, hk_node_at(doc.root, "spec.b.c"), "k", &text_x);
	hk_edit_add_item(edit, hk_node_at(doc.root, "spec.l"), &number_5);
	hk_edit_add_item(edit, hk_node_at(doc.root, "spec.l"), &text_no);
	hk_edit_remove_key(edit, hk_node_at(doc.root, "last"), "z");
	hk_edit_add_key(edit, hk_node_at(doc.root, "last"), "w", &text_x);
	if (hk_edit_apply(edit, &out, &err) != 0)
		fail_msg("%s", err.message);
	assert_string_equal(out.s, after);
	hk_edit_free(edit);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

/* Only the bytes of the one document come out. */
static void documents_of_a_stream(void **state)
{
	(void)state;
	static const char text[] = "# first\na: 1\n---\n# second\nb: 2\n...\n%YAML 1.2\n---\nc: 3\n";
	static const char *const after[] = { "# first\na: 1\nk: x\n", "---\n# second\nb: 2\nk: x\n...\n", "%YAML 1.2\n---\nc: 3\nk: x\n" };
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "stream.yaml", text, sizeof text - 1);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, false);
	for (size_t i = 0; i < HK_COUNT(after); i++) {
		HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		assert_int_equal(hk_yaml_next(reader, &doc, &diags), 1);
		struct hk_edit *edit = hk_edit_begin(&doc);
		hk_edit_add_key(edit, doc.root, "k", &text_x);
		if (hk_edit_apply(edit, &out, &err) != 0)
			fail_msg("%s", err.message);
		assert_string_equal(out.s, after[i]);
		hk_edit_free(edit);
		hk_doc_release(&doc);
	}
	assert_int_equal(hk_yaml_next(reader, &doc, &diags), 0);
	hk_yaml_close(reader);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

static void no_edit_changes_nothing(void **state)
{
	(void)state;
	static const char text[] = "a:   1 # c\r\n\r\n\tb\r\n";
	static const char good[] = "a:   1 # c\r\n\r\nb:\r\n- x\r\n";
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	hk_source_from_text(&source, "bad.yaml", text, sizeof text - 1);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), -1);
	hk_source_release(&source);
	hk_source_from_text(&source, "same.yaml", good, sizeof good - 1);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
	struct hk_edit *edit = hk_edit_begin(&doc);
	assert_int_equal(hk_edit_apply(edit, &out, NULL), 0);
	assert_string_equal(out.s, good);
	hk_edit_free(edit);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_edits),
		cmocka_unit_test(several_edits_at_once),
		cmocka_unit_test(documents_of_a_stream),
		cmocka_unit_test(no_edit_changes_nothing),
	};
	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
