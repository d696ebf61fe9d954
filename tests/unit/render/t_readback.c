/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second check of an edit must find every damage that changes data, and nothing else. */
#include "base/rng.h"
#include "fixture.h"
#include "render/script.h"
#include "render/value.h"

static const char manifest[] = "# head\na: 1   # one\nb: {c: [x, 'y'], d: ~}\nbase: &base {k: v}\nuse:\n  <<: *base\n  own: \"no\"\nref: *base\nlist:\n- |\n  text\n    more\n- 2\nempty:\n";

struct edited {
	struct hk_source source;
	struct hk_diags diags;
	struct hk_doc doc;
	struct hk_arena arena;
	struct hk_script script;
	struct hk_buf out;
	struct hk_err err;
};

static void edit_open(struct edited *edited)
{
	memset(edited, 0, sizeof *edited);
	hk_buf_init(&edited->out);
	hk_source_from_text(&edited->source, "f", manifest, strlen(manifest));
	assert_int_equal(hk_yaml_read_one(&edited->source, false, &edited->doc, &edited->diags), 0);
	hk_script_begin(&edited->script, &edited->doc, &edited->arena);
	struct hk_arena *arena = &edited->arena;
	const struct hk_node *root = edited->doc.root;
	hk_script_set(&edited->script, root, "a", hk_value_int(arena, 7));
	hk_script_add_item(&edited->script, hk_node_at(root, "b.c"), hk_value_str(arena, "on"));
	hk_script_add_key(&edited->script, hk_node_get(root, "use"), "more", hk_value_put_str(arena, hk_value_map(arena), "deep", "0755"));
	hk_script_replace(&edited->script, hk_node_get(root, "empty"), hk_value_push(arena, hk_value_seq(arena), hk_value_int(arena, 3)));
	hk_script_add_item(&edited->script, hk_node_get(root, "list"), hk_value_str(arena, "last"));
	int status = hk_script_apply(&edited->script, &edited->out, &edited->err);
	if (status != 0)
		print_message("%s\n", edited->err.message);
	assert_int_equal(status, 0);
}

static void edit_close(struct edited *edited)
{
	hk_script_release(&edited->script);
	hk_arena_release(&edited->arena);
	hk_doc_release(&edited->doc);
	hk_source_release(&edited->source);
	hk_diags_release(&edited->diags);
	hk_buf_release(&edited->out);
	hk_err_release(&edited->err);
}

static void the_edit_is_right(void **state)
{
	struct edited edited;
	(void)state;
	edit_open(&edited);
	assert_string_equal(edited.out.s,
			    "# head\na: 7   # one\nb: {c: [x, 'y', \"on\"], d: ~}\nbase: &base {k: v}\nuse:\n  <<: *base\n  own: \"no\"\n  more:\n    deep: \"0755\"\nref: *base\nlist:\n"
					  "- |\n  text\n    more\n- 2\n- last\nempty:\n- 3\n");
	edit_close(&edited);
}

static void told_damages_are_found(void **state)
{
	static const struct { const char *from, *to; bool accepted; } cases[] = {
		{ "# one", "# two", true }, { "{k: v}", "{ k:  v }", true }, { "\"no\"", "no", false }, { "\"on\"", "on", false },
		{ "\"0755\"", "0755", false },
		{ "a: 7", "a: 8", false }, { "a: 7", "a: \"7\"", false }, { "- last\n", "", false }, { "- last\n", "- last\n- last\n", false },
		{ "ref: *base", "ref: {k: v}", false },
		{ "- 2\n- last", "- last\n- 2", false }, { "text\n", "text\n\n", false }, { "d: ~", "d: null", false }, { "use:", "used:", false },
		{ "- 3\n", "- 3\n---\nx: y\n", false },
		{ "- 3\n", "- 3\nz: 1\n", false }, { "a: 7", "a: [7", false }, { "  <<: *base\n", "", true },
	};
	struct edited edited;
	(void)state;
	edit_open(&edited);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		const char *at = strstr(edited.out.s, cases[i].from);
		assert_non_null(at);
		hk_buf_add(&text, edited.out.s, (size_t)(at - edited.out.s));
		hk_buf_addf(&text, "%s%s", cases[i].to, at + strlen(cases[i].from));
		int status = hk_script_read_back(&edited.script, (struct hk_str){ text.s, text.len }, &edited.err);
		if ((status == 0) != cases[i].accepted)
			print_message("%s -> %s\n", cases[i].from, cases[i].to);
		assert_int_equal(status == 0, cases[i].accepted);
	}
	edit_close(&edited);
}

static bool same_tree(const struct hk_node *a, const struct hk_node *b)
{
	if (a->kind != b->kind || a->count != b->count || a->from_alias != b->from_alias)
		return false;
	if (a->kind == HK_SCALAR)
		return hk_str_eq(a->text, b->text) && (a->style == HK_PLAIN) == (b->style == HK_PLAIN);
	const struct hk_node *other = b->first;
	for (const struct hk_node *child = a->first; child; child = child->next, other = other->next)
		if (!same_tree(child, other))
			return false;
	return true;
}

/* Any single byte changed: never accepted when our own reader sees other data. Merge keys are the exception told above, so they are left alone. */
static void random_damages_are_found(void **state)
{
	static const char bytes[] = "\n -#'\"{}[]:,&*!|>~0a\t";
	struct edited edited;
	struct hk_rng rng;
	uint64_t seed = 99;
	size_t refused = 0;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	edit_open(&edited);
	size_t merge = (size_t)(strstr(edited.out.s, "<<") - edited.out.s), anchor = (size_t)(strstr(edited.out.s, "&base") - edited.out.s);
	struct hk_source right_source = { 0 };
	struct hk_doc right = { 0 };
	hk_source_from_text(&right_source, "f", edited.out.s, edited.out.len);
	assert_int_equal(hk_yaml_read_one(&right_source, false, &right, &edited.diags), 0);
	for (int round = 0; round < 3000; round++) {
		struct hk_source source = { 0 };
		struct hk_doc doc = { 0 };
		size_t at = (size_t)hk_rng_below(&rng, edited.out.len);
		if ((at >= merge - 2 && at < merge + 10) || (at >= anchor && at < anchor + 12))
			continue;
		char *text = hk_strndup(edited.out.s, edited.out.len);
		text[at] = bytes[hk_rng_below(&rng, sizeof bytes - 1)];
		hk_err_release(&edited.err);
		bool accepted = hk_script_read_back(&edited.script, (struct hk_str){ text, edited.out.len }, &edited.err) == 0;
		hk_source_from_text(&source, "f", text, edited.out.len);
		/* What libyaml reads and libfyaml refuses is the editor's proof to find. */
		bool differs = hk_yaml_read_one(&source, false, &doc, &edited.diags) == 0 && !same_tree(right.root, doc.root);
		if (accepted && differs)
			print_message("%s\n", text);
		assert_false(accepted && differs);
		refused += !accepted;
		hk_doc_release(&doc);
		hk_source_release(&source);
		hk_cleanup_free(&text);
	}
	assert_true(refused > 1500);
	hk_doc_release(&right);
	hk_source_release(&right_source);
	edit_close(&edited);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_edit_is_right),
		cmocka_unit_test(told_damages_are_found),
		cmocka_unit_test(random_damages_are_found),
	};
	return cmocka_run_group_tests_name("render/readback", tests, NULL, NULL);
}
