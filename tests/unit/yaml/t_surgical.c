/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Edits of a large stream: every byte that is not meant to change is as it was. The documents are full of what YAML libraries are known to damage when they
 * write a file again: comments (also directly behind literal and folded blocks, where they become part of the value), flow collections, spacing and
 * indentation, line ends, escapes and rare forms. The expected text comes from the generator and not from any reader: '@' marks where an edit falls.
 */
#include "base/buf.h"
#include "yaml/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const char document[] =
	"---\n"
	"# head of @N\n"
	"#no space, and a tab\there\n"
	"apiVersion: apps/v1   # inline, three spaces before\n"
	"kind: Deployment\n"
	"\n"
	"\n"
	"metadata:\n"
	"    name: \"app-@N\"\t# behind a tab, four columns of indentation\n"
	"    # between keys\n"
	"    annotations:\n"
	"        literal: |\n"
	"            # no comment, part of the value\n"
	"            one\n"
	"        # directly behind a literal block\n"
	"        folded: >-\n"
	"            some text that\n"
	"            is folded\n"
	"\n"
	"            # no comment either\n"
	"        # directly behind a folded block\n"
	"        keep: |+\n"
	"            kept\n"
	"\n"
	"\n"
	"        escapes: \"caf\\u00e9 \\x41 \\\"q\\\"\"\n"
	"        single: 'it''s'\n"
	"        empty:\n"
	"        ? rare\n"
	"        : form\n"
	"        quoted number: \"0755\"\n"
	"        plain: some words   # behind plain words\n"
	"        flow: {a: [1, 2,   3], b: {c: 'd'},\n"
	"               e: [  ]}   # over two lines\n"
	"    labels:\n"
	"        app: web   # last label\n"
	"@L"
	"    # foot of metadata\n"
	"spec:\n"
	"  replicas: @R   # set by hand\n"
	"  template:\n"
	"    spec:\n"
	"      containers:\n"
	"      -   name: c\n"
	"          image:   registry.example.org/app:@N # image\n"
	"          args: [\"a\", 'b', on, 1e3@A]\n"
	"          env:   # odd spacing\n"
	"          -    {name: A, value: \"1\"}\n"
	"          # last comment of the list\n"
	"      tolerations:\n"
	"      - key: k\n"
	"        operator: Exists\n"
	"@T"
	"# foot of @N\n";

static void generate(const char *text, uint32_t number, bool after, bool crlf, struct hk_buf *out)
{
	for (const char *c = text; *c; c++) {
		const char *added = "";
		if (*c == '\n' && crlf)
			hk_buf_addstr(out, "\r\n");
		else if (*c != '@')
			hk_buf_addch(out, *c);
		else if (*++c == 'N')
			hk_buf_addf(out, "%u", number);
		else if (*c == 'R')
			hk_buf_addf(out, "%u", after ? number + 7 : number % 5);
		else if (*c == 'L')
			added = "        shard: \"00\"\n";
		else if (*c == 'A')
			added = ", \"yes\"";
		else
			added = "      - \"~\"\n";
		for (; after && *added; added++) {
			if (*added == '\n' && crlf)
				hk_buf_addch(out, '\r');
			hk_buf_addch(out, *added);
		}
	}
}

static const struct hk_value *text_value(struct hk_value *value, const char *text, bool is_string)
{
	*value = (struct hk_value){ .kind = HK_SCALAR, .text = text, .is_string = is_string };
	return value;
}

static void edit_one(const struct hk_doc *doc, uint32_t number, struct hk_buf *out)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_value values[4];
	char replicas[16];
	snprintf(replicas, sizeof replicas, "%u", number + 7);
	struct hk_edit *edit = hk_edit_begin(doc);
	hk_edit_replace(edit, hk_node_at(doc->root, "spec.replicas"), text_value(&values[0], replicas, false));
	hk_edit_add_key(edit, hk_node_at(doc->root, "metadata.labels"), "shard", text_value(&values[1], "00", true));
	hk_edit_add_item(edit, hk_node_at(doc->root, "spec.template.spec.containers.0.args"), text_value(&values[2], "yes", true));
	hk_edit_add_item(edit, hk_node_at(doc->root, "spec.template.spec.tolerations"), text_value(&values[3], "~", true));
	if (hk_edit_apply(edit, out, &err) != 0)
		fail_msg("document %u: %s", number, err.message);
	hk_edit_free(edit);
}

static void check_stream(uint32_t count, bool crlf, bool mark)
{
	HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT, expected = HK_BUF_INIT, out = HK_BUF_INIT;
	struct hk_source source = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_doc doc = { 0 };
	uint32_t number = 0;
	size_t at = 0;
	if (mark) {
		hk_buf_addstr(&before, "\xef\xbb\xbf");
		hk_buf_addstr(&expected, "\xef\xbb\xbf");
	}
	for (uint32_t i = 0; i < count; i++) {
		generate(document, i, false, crlf, &before);
		generate(document, i, true, crlf, &expected);
	}
	hk_source_from_text(&source, "stream", before.s, before.len);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, false);
	while (hk_yaml_next(reader, &doc, &diags) == 1) {
		edit_one(&doc, number++, &out);
		if (out.len > expected.len - at || memcmp(out.s, expected.s + at, out.len) != 0)
			fail_msg("document %u differs:\n%s", number - 1, out.s);
		at += out.len;
		hk_doc_release(&doc);
	}
	hk_doc_release(&doc);
	hk_yaml_close(reader);
	assert_int_equal(number, count);
	assert_int_equal(diags.errors, 0);
	assert_int_equal(at, expected.len);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

static void ten_megabytes_keep_every_other_byte(void **state)
{
	HK_AUTO_BUF struct hk_buf one = HK_BUF_INIT;
	(void)state;
	generate(document, 1000, false, false, &one);
	uint32_t count = (uint32_t)(10000000 / one.len) + 1;
	print_message("%u documents of %zu bytes\n", count, one.len);
	check_stream(count, false, false);
}

static void line_ends_and_marks_are_kept(void **state)
{
	(void)state;
	check_stream(100, true, false);
	check_stream(100, true, true);
	check_stream(100, false, true);
}

/* One edit in a document of each kind of damage alone, so that a failure names it. */
static void each_corruption_alone(void **state)
{
	static const struct { const char *name, *text; } cases[] = {
		{ "comment behind a literal block", "---\na: |\n  one\n# not part of it\nr: @R # c\n" },
		{ "comment behind a folded block", "---\na: >\n  one\n  two\n# not part of it\nr: @R\n" },
		{ "flow collections", "---\na: {b: [1,2], c: {d: \"e\"}} # one line\nf: [\n  x, # x\n  y\n]\nr: @R\n" },
		{ "spacing, indentation and line breaks", "---\n\n\na:   >\n      one\n      two\n\n\n\nl:\n    - 1\n    -   2     # wide\nr:    @R\n\n\n" },
		{ "escapes, rare forms and empty values", "---\na: \"caf\\u00e9\\t\"\n? b\n: c\nd:\ne: ~\nf: !!str 5\ng: &x 1\nh: *x\nr: @R\n" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		for (int crlf = 0; crlf < 2; crlf++) {
			HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT, expected = HK_BUF_INIT, out = HK_BUF_INIT;
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			struct hk_source source = { 0 };
			struct hk_diags diags = HK_DIAGS_INIT;
			struct hk_doc doc = { 0 };
			struct hk_value value;
			generate(cases[i].text, 3, false, crlf, &before);
			generate(cases[i].text, 3, true, crlf, &expected);
			hk_source_from_text(&source, cases[i].name, before.s, before.len);
			assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
			struct hk_edit *edit = hk_edit_begin(&doc);
			hk_edit_replace(edit, hk_node_get(doc.root, "r"), text_value(&value, "10", false));
			if (hk_edit_apply(edit, &out, &err) != 0)
				fail_msg("%s: %s", cases[i].name, err.message);
			assert_string_equal(out.s, expected.s);
			hk_edit_free(edit);
			hk_doc_release(&doc);
			hk_diags_release(&diags);
			hk_source_release(&source);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_megabytes_keep_every_other_byte),
		cmocka_unit_test(line_ends_and_marks_are_kept),
		cmocka_unit_test(each_corruption_alone),
	};
	return cmocka_run_group_tests_name("yaml/surgical", tests, NULL, NULL);
}
