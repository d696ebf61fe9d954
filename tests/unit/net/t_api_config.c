/* SPDX-License-Identifier: GPL-3.0-or-later */
/* APIs as topologies name them: what is wrong with an entry is found where it stands, and adapters of one's own go before those that come with hkctl. */
#include "../test.h"
#include "net/api_connect.h"
#include <string.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}]\n  networkApis:\n"

struct docs { struct hk_workspace workspace; struct hk_api_entries entries; struct hk_diags diags; };

static void open_docs(struct docs *docs, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	*docs = (struct docs){ .diags = HK_DIAGS_INIT };
	assert_int_equal(hk_workspace_add_text(&docs->workspace, "t.yaml", hk_str_of(text), false, &docs->diags, &err), 0);
	hk_api_entries_read(&docs->entries, &docs->workspace, &docs->diags);
}

static void close_docs(struct docs *docs)
{
	hk_api_entries_release(&docs->entries);
	hk_workspace_release(&docs->workspace);
	hk_diags_release(&docs->diags);
}

static void test_entries_that_cannot_be_used(void **state)
{
	static const struct { const char *entries, *said; } cases[] = {
		{ "  - {name: x, adapter: a}\n", "network API 'x' has no address" },
		{ "  - {name: x, baseUrl: \"https://op.example\"}\n", "network API 'x' names no adapter" },
		{ "  - {name: x, adapter: a, baseUrl: \"https://user:secret@op.example\"}\n", "is no address of an API" },
		{ "  - {name: x, adapter: a, baseUrl: \"https://op.example/v1?key=1\"}\n", "is no address of an API" },
		{ "  - {name: x, adapter: a, baseUrl: \"https://op.example/v1#f\"}\n", "is no address of an API" },
		{ "  - {name: x, adapter: a, baseUrl: \"https:///v1\"}\n", "is no address of an API" },
		{ "  - {name: x, adapter: a, baseUrl: \"https://op.example/v 1\"}\n", "is no address of an API" },
		{ "  - {name: x, adapter: a, baseUrl: \"https://op.example\"}\n  - {name: x, adapter: b, baseUrl: \"https://op.example\"}\n",
		  "there are two network APIs 'x'" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct docs docs;
		hk_buf_addf(&text, HEAD "%s", cases[i].entries);
		open_docs(&docs, text.s);
		assert_true(docs.diags.errors > 0);
		if (!strstr(docs.diags.list.v[0].summary, cases[i].said))
			fail_msg("%s: %s", cases[i].entries, docs.diags.list.v[0].summary);
		close_docs(&docs);
	}
}

static void test_entries_by_name_with_places_and_addresses(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct docs docs;
	(void)state;
	open_docs(&docs, HEAD "  - {name: y, adapter: a, baseUrl: \"https://op.example/v1//\", clusters: {zone-1: edge-a}}\n  - {name: x, adapter: b, baseUrl: \"http://127.0.0.1:8080\"}\n");
	assert_int_equal(docs.diags.errors, 0);
	assert_int_equal(docs.entries.list.n, 2);
	assert_string_equal(docs.entries.list.v[0].name, "x");
	assert_null(hk_api_entries_find(&docs.entries, "z"));
	const struct hk_api_entry *entry = hk_api_entries_find(&docs.entries, "y");
	assert_string_equal(hk_api_base(entry, &arena), "https://op.example/v1");
	assert_string_equal(hk_api_entry_cluster(entry, "zone-1"), "edge-a");
	assert_null(hk_api_entry_cluster(entry, "zone-2"));
	assert_null(hk_api_entry_cluster(NULL, "zone-1"));
	assert_string_not_equal(hk_api_new_correlation(&arena), "hkctl-0000000000000000");
	close_docs(&docs);
	hk_arena_release(&arena);
}

static void test_adapters_by_name(void **state)
{
	static const char own[] = "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: camara-qod-1.1.0}\nspec: {description: mine, actions: {status: {method: GET, path: /}}}\n";
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_library library = { .shipped = { 0 } };
	struct hk_api_adapter adapter;
	struct docs docs, none;
	(void)state;
	open_docs(&docs, own);
	open_docs(&none, HEAD "  - {name: x, adapter: a, baseUrl: \"https://op.example\"}\n");
	assert_int_equal(hk_api_adapter_find(&adapter, &library, &docs.workspace, "camara-qod-1.1.0", &docs.diags, &err), 0);
	assert_string_equal(hk_node_string(hk_node_get(adapter.spec, "description")), "mine");
	assert_int_equal(hk_api_adapter_find(&adapter, &library, &none.workspace, "camara-qod-1.1.0", &none.diags, &err), 0);
	assert_non_null(hk_api_action(&adapter, "release"));
	assert_int_equal(hk_api_adapter_find(&adapter, &library, &none.workspace, "camara-qod-1.1.1", &none.diags, &err), -1);
	assert_non_null(strstr(err.message, "did you mean 'camara-qod-"));
	assert_int_equal(hk_api_adapter_find(&adapter, &library, &none.workspace, "nothing-like-it", &none.diags, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	hk_api_library_release(&library);
	close_docs(&docs);
	close_docs(&none);
}

/* One more than the most, or one less than the least, of a whole number. */
static bool is_refused(const struct hk_api_adapter *adapter, const struct hk_node *key, const char *bound, int beyond)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_api_values values = { 0 };
	int64_t limit;
	assert_true(hk_node_int(hk_node_get(key->next, bound), &limit));
	const char *assignment = hk_arena_printf(&arena, "%s=%lld", key->text.s, (long long)limit + beyond);
	bool refused = hk_api_values_add(&values, adapter, assignment, &arena, &err) != 0;
	assert_true(!refused || (err.status == HK_USAGE && strstr(err.message, "that the operator takes")));
	hk_api_values_release(&values);
	hk_arena_release(&arena);
	return refused;
}

static void test_every_whole_number_of_the_shipped_adapters_has_bounds(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_library library = { .shipped = { 0 } };
	const struct hk_api_shipped *shipped;
	struct docs docs;
	size_t inputs = 0;
	(void)state;
	open_docs(&docs, HEAD "  - {name: x, adapter: a, baseUrl: \"https://op.example\"}\n");
	for (size_t i = 0; (shipped = hk_api_shipped_at(i)) != NULL; i++) {
		struct hk_api_adapter adapter;
		assert_int_equal(hk_api_adapter_find(&adapter, &library, &docs.workspace, shipped->name, &docs.diags, &err), 0);
		hk_for_each_pair(key, hk_node_get(adapter.spec, "inputs")) {
			enum hk_api_type type = hk_api_type_of(key->next);
			if (type != HK_API_INTEGER && type != HK_API_INTEGERS)
				continue;
			if (is_refused(&adapter, key, "minimum", 0) || is_refused(&adapter, key, "maximum", 0) || !is_refused(&adapter, key, "minimum", -1) ||
			    !is_refused(&adapter, key, "maximum", 1))
				fail_msg("%s: %s", shipped->name, key->text.s);
			inputs++;
		}
	}
	assert_true(inputs > 20);
	hk_api_library_release(&library);
	close_docs(&docs);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_whole_number_of_the_shipped_adapters_has_bounds),
					    cmocka_unit_test(test_entries_that_cannot_be_used),
					    cmocka_unit_test(test_entries_by_name_with_places_and_addresses), cmocka_unit_test(test_adapters_by_name) };
	return cmocka_run_group_tests_name("api_config", tests, NULL, NULL);
}
