/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters and edits as text: what stands in them decides what servers do. */
#include "../test.h"
#include "net/netconf_path.h"

static const struct hk_net_model models[] = { { "a", "urn:a" }, { "b", "urn:b" } };
static const struct hk_controller controller = { .name = "c", .models = (struct hk_net_model *)(uintptr_t)models, .n_models = 2 };

struct edit { const char *object; enum hk_edit edit; const char *value; };

static void check(const struct edit *edits, size_t n, const char *expected, bool filter)
{
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_tree *tree = hk_tree_new();
	for (size_t i = 0; i < n; i++) {
		struct hk_object_path *path = hk_arena_alloc(&arena, sizeof *path);
		assert_int_equal(hk_object_parse(&arena, &controller, edits[i].object, path, &err), 0);
		hk_tree_add(tree, path, edits[i].edit, edits[i].value);
	}
	if (filter)
		hk_tree_filter(tree, 64, &text);
	else
		hk_tree_edit(tree, &text);
	assert_string_equal(text.s, expected);
	hk_tree_free(tree);
	hk_arena_release(&arena);
}

#define EDIT(expected, ...) do { const struct edit edits[] = { __VA_ARGS__ }; check(edits, HK_COUNT(edits), expected, false); } while (0)
#define FILTER(expected, ...) do { const struct edit edits[] = { __VA_ARGS__ }; check(edits, HK_COUNT(edits), expected, true); } while (0)
#define GONE(how) " xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" nc:operation=\"" how "\""

/* A leaf that goes takes its value along, since an empty one is no number to some; a name with a prefix would want its namespace. */
static void test_what_goes_has_its_value(void **state)
{
	(void)state;
	EDIT("<x xmlns=\"urn:a\"><y" GONE("delete") ">7</y></x>", { "/a:x/y", HK_EDIT_DELETE, "7" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") ">a &lt;b&gt;</y></x>", { "/a:x/y", HK_EDIT_REMOVE, "a <b>" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") ">fe80::1</y></x>", { "/a:x/y", HK_EDIT_REMOVE, "fe80::1" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") "></y></x>", { "/a:x/y", HK_EDIT_REMOVE, "a:fast" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") "></y></x>", { "/a:x/y", HK_EDIT_REMOVE, "" }, { "/a:x/y/z", HK_EDIT_REMOVE, "1" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") "><k>1</k></y></x>", { "/a:x/y[k='1']", HK_EDIT_REMOVE, "" }, { "/a:x/y[k='1']/z", HK_EDIT_REMOVE, "1" });
	EDIT("<x xmlns=\"urn:a\"><y" GONE("remove") ">46</y></x>", { "/a:x/y[.='46']", HK_EDIT_REMOVE, "" });
	EDIT("<x xmlns=\"urn:a\"><y>a:fast</y><z xmlns=\"urn:b\"></z></x>", { "/a:x/y", HK_EDIT_SET, "a:fast" }, { "/a:x/b:z", HK_EDIT_SET, "" });
}

/* The text of a leaf in a filter selects what it is in (RFC 6241 section 6.2.5): an item that is not there would hide its entry. */
static void test_items_are_asked_for_without_their_text(void **state)
{
	(void)state;
	FILTER("<x xmlns=\"urn:a\"><y/></x>", { "/a:x/y[.='46']", HK_EDIT_SET, NULL }, { "/a:x/y[.='47']", HK_EDIT_SET, NULL });
	FILTER("<x xmlns=\"urn:a\"><l><k>1</k><y/><z/></l></x>", { "/a:x/l[k='1']/y[.='46']", HK_EDIT_SET, NULL }, { "/a:x/l[k='1']/z", HK_EDIT_SET, NULL });
	FILTER("<x xmlns=\"urn:a\"><l><k>1</k></l><l><k>2</k></l></x>", { "/a:x/l[k='1']", HK_EDIT_SET, NULL }, { "/a:x/l[k='2']", HK_EDIT_SET, NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_goes_has_its_value), cmocka_unit_test(test_items_are_asked_for_without_their_text) };
	return cmocka_run_group_tests_name("netconf edits", tests, NULL, NULL);
}
