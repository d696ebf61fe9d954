/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved lists, object by object: JSON and YAML, whole, cut off at every byte, broken in the midst. */
#include "../test.h"
#include "yaml/items.h"

#include <string.h>

static const char json[] = "{\n \"apiVersion\": \"v1\",\n \"items\": [\n  {\"a\": \"x]}\\\"{\", \"b\": [1, {\"c\": 2}]},\n  {\"a\": 2}, {\"a\": 3}\n ],\n \"kind\": \"List\"\n}\n";
static const char yaml[] = "apiVersion: v1\nitems:\n- a: |\n    text\n\n    - no item\n  b: [1, 2]\n- a: 2\n-\n  a: 3\nkind: List\nmetadata: {}\n";

struct result { size_t objects, broken; bool truncated; char last[32]; };

static struct result read_all(const char *text, size_t count)
{
	struct hk_source source = { .text = HK_BUF_INIT };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct result result = { 0 };
	struct hk_items items;
	int status = 0;

	hk_source_from_text(&source, "saved", text, count);
	hk_items_open(&items, &source);
	for (size_t turns = 0; turns <= count; turns++) {
		struct hk_doc doc;
		const char *last;

		status = hk_items_next(&items, &doc, &diags);
		if (status == 0 || (status < 0 && !items.in_list))
			break;
		last = status == 1 ? hk_node_string(hk_node_get(doc.root, "a")) : NULL;
		if (last)
			strncpy(result.last, last, sizeof result.last - 1);
		result.objects += status == 1;
		result.broken += status < 0;
		hk_doc_release(&doc);
	}
	result.truncated = items.truncated;
	hk_items_close(&items);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return result;
}

static struct result read_text(const char *text)
{
	return read_all(text, strlen(text));
}

static void hands_out_every_object(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct result all = read_text(i ? yaml : json);

		assert_int_equal(all.objects, 3);
		assert_string_equal(all.last, "3");
		assert_false(all.truncated);
	}
	assert_int_equal(read_text("{\"items\": []}").objects, 0);
	assert_int_equal(read_text("a: 1\n---\nb: 2\n---\nitems:\n- c: 3\n- d: 4\nkind: X\n---\ne: 5\n").objects, 5);
	assert_int_equal(read_text("{\"a\": 1}").objects, 1);
	assert_int_equal(read_text("items: [1, 2]\n").objects, 1);
	assert_int_equal(read_text("").objects, 0);
}

/* A cut leaves exactly the objects whose end is before it, and is always noticed where something is missing. */
static void survives_every_cut(void **state)
{
	(void)state;
	size_t before = 0, list = (size_t)(strstr(json, "[\n  {") - json);

	for (size_t cut = list + 1; cut < sizeof json - 1; cut++) {
		struct result part = read_all(json, cut);
		bool closed = strstr(json, "\n ],") + 2 < json + cut;

		assert_true(part.objects >= before && part.objects <= 3);
		assert_true(part.truncated == !closed);
		assert_int_equal(part.broken, 0);
		before = part.objects;
	}
	for (size_t cut = (size_t)(strstr(yaml, "- a") - yaml) + 3; cut < sizeof yaml - 1; cut++) {
		struct result part = read_all(yaml, cut);
		bool closed = strstr(yaml, "kind: List") + 4 < yaml + cut;

		assert_true(part.objects <= 3);
		if (closed)
			assert_int_equal(part.objects, 3);
		else
			assert_true(part.truncated || part.broken);
	}
}

static void goes_on_behind_a_broken_object(void **state)
{
	struct result all = read_text("{\"items\": [{\"a\": 1}, {\"a\": tru}, {\"a\": 3}]}");

	(void)state;
	assert_int_equal(all.objects, 2);
	assert_int_equal(all.broken, 1);
	assert_string_equal(all.last, "3");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hands_out_every_object), cmocka_unit_test(survives_every_cut),
					    cmocka_unit_test(goes_on_behind_a_broken_object) };

	return cmocka_run_group_tests_name("yaml/items", tests, NULL, NULL);
}
