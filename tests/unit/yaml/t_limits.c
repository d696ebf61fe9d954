/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hostile sizes and shapes: each must end quickly in the finding that names it, or be read in linear time. */
#include "../test.h"

#include "base/vec.h"
#include "yaml/edit.h"

#include <string.h>
#include <sys/resource.h>

static enum hk_rule_id read_rule(const struct hk_buf *text)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "hostile", text->s, text->len);
	int status = hk_yaml_read_one(&source, false, &doc, &diags);
	enum hk_rule_id rule = diags.list.n ? diags.list.v[0].rule->id : HK_RULE_NONE;
	assert_int_equal(status, rule == HK_RULE_NONE ? 0 : -1);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return rule;
}

static void repeat(struct hk_buf *text, const char *part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hk_buf_addstr(text, part);
}

struct shape { const char *head, *part, *tail; size_t count; enum hk_rule_id rule; };

static void repeated_shapes(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
		{ "", "[", "", 100000, HK0006 }, { "", "{", "", 100000, HK0011 }, { "", "{a: ", "", 100000, HK0006 }, { "", "- ", "", 100000, HK0006 },
		{ "", "? ", "", 100000, HK0011 }, { "", "[\n", "", 100000, HK0006 }, { "a: ", "[", "", 63, HK0002 }, { "a: &x ", "[", "", 64, HK0006 },
		{ "[", "[],", "]", 100000, HK_RULE_NONE }, { "", "\"", "", 100000, HK0002 }, { "a: ", "&a ", "", 100000, HK0002 },
		{ "", "\t", "", 100000, HK0002 },
		{ "a: \"", "\\n", "\"", 500000, HK_RULE_NONE }, { "a: |\n", "  x\n", "", 200000, HK_RULE_NONE },
		{ "a: >\n", "  x\n", "", 200000, HK_RULE_NONE },
		{ "a:\n", "  x y\n", "", 200000, HK_RULE_NONE }, { "a: 1\n", "\n", "", 500000, HK_RULE_NONE }, { "a: 1\n", "# c\n", "", 200000, HK_RULE_NONE },
		{ "a: &a x\nb:\n", "- *a\n", "", 100000, HK_RULE_NONE }, { "", "k: 1\n", "", 100000, HK0005 }, { "{", "k: 1,", "}", 100000, HK0005 },
		{ "", "%TAG !e! tag:e,2000:\n", "--- a\n", 100000, HK0007 }, { "", ":", "", 100000, HK_RULE_NONE }, { "", "- ", "a", 64, HK_RULE_NONE },
	};
	for (size_t i = 0; i < HK_COUNT(shapes); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addstr(&text, shapes[i].head);
		repeat(&text, shapes[i].part, shapes[i].count);
		hk_buf_addstr(&text, shapes[i].tail);
		enum hk_rule_id rule = read_rule(&text);
		if (rule != shapes[i].rule)
			fail_msg("%s%s...: rule %d", shapes[i].head, shapes[i].part, rule);
	}
}

static void many_different_keys(void **state)
{
	(void)state;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (unsigned i = 0; i < 200000; i++)
		hk_buf_addf(&text, "k%u: &a%u x\n", i, i);
	assert_int_equal(read_rule(&text), HK_RULE_NONE);
	hk_buf_addstr(&text, "k199999: again\n");
	assert_int_equal(read_rule(&text), HK0005);
}

/* Ten levels of ten: 10^10 nodes if they were expanded. */
static void alias_bombs(void **state)
{
	(void)state;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addstr(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (unsigned i = 1; i < 10; i++) {
		hk_buf_addf(&text, "a%u: &a%u [", i, i);
		for (unsigned j = 0; j < 10; j++)
			hk_buf_addf(&text, "%s*a%u", j ? ", " : "", i - 1);
		hk_buf_addstr(&text, "]\n");
	}
	assert_int_equal(read_rule(&text), HK0008);
	hk_buf_reset(&text);
	hk_buf_addstr(&text, "a0: &a0 {x: 1}\n");
	for (unsigned i = 1; i < 70; i++)
		hk_buf_addf(&text, "a%u: &a%u {z: *a%u}\n", i, i, i - 1);
	assert_int_equal(read_rule(&text), HK0006);
}

static void edits_of_large_documents(void **state)
{
	(void)state;
	static const struct hk_value value = { .kind = HK_SCALAR, .text = "new", .is_string = true };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	for (unsigned i = 0; i < 30000; i++)
		hk_buf_addf(&text, "item-%u:\n  name: &n%u thing   # keep\n  labels: {a: b}\n  list:\n  - 1\n", i, i);
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "large", text.s, text.len);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
	struct hk_edit *edit = hk_edit_begin(&doc);
	size_t count = 0;
	hk_for_each_pair(key, doc.root) {
		hk_edit_replace(edit, hk_node_get(key->next, "name"), &value);
		hk_edit_add_key(edit, key->next, "added", &value);
		hk_edit_add_item(edit, hk_node_get(key->next, "list"), &value);
		count++;
	}
	if (hk_edit_apply(edit, &out, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(out.len, text.len + count * (strlen("new") - strlen("thing") + strlen("  added: new\n") + strlen("  - new\n")));
	hk_edit_free(edit);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

int main(void)
{
	/* Not a bar: a quadratic algorithm needs minutes for each of these and must not hold up a run. */
	setrlimit(RLIMIT_CPU, &(struct rlimit){ 300, 300 });
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeated_shapes),
		cmocka_unit_test(many_different_keys),
		cmocka_unit_test(alias_bombs),
		cmocka_unit_test(edits_of_large_documents),
	};
	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
