/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adapters are documents of strangers: read, checked against the schema and their own rules, and, when they pass, every request they describe is built from
 * plausible values.
 */
#include "model/load.h"
#include "net/api_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *value_for(const struct hk_node *declaration)
{
	static const char *const texts[] = { "a/b?c", "7", "1h30m", "12.5Mbps", "0.1%", "2026-01-31T12:00:00Z", "a,b", "1,2", "52.520008" };
	const struct hk_node *values = hk_node_get(declaration, "values");
	return values && values->kind == HK_SEQUENCE && values->first ? values->first->text.s : texts[hk_api_type_of(declaration)];
}

static void build_all(const struct hk_api_adapter *adapter)
{
	const struct hk_api api = { .name = "op", .base_url = "https://op.example", .adapter = adapter };
	struct hk_api_values values = { { NULL, 0, 0 } };
	struct hk_arena arena = HK_ARENA_INIT;
	hk_api_values_set_id(&values, "an id");
	hk_for_each_pair(key, hk_node_get(adapter->spec, "inputs")) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		(void)hk_api_values_add(&values, adapter, hk_arena_printf(&arena, "%s=%s", key->text.s, value_for(key->next)), &arena, &err);
	}
	hk_for_each_pair(key, hk_node_get(adapter->spec, "actions")) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT, body = HK_BUF_INIT;
		struct hk_source source = { 0 };
		struct hk_doc doc = { 0 };
		if (hk_api_build(&api, key->text.s, &values, &path, &body, &err) == 0 && body.len &&
		    hk_api_json("the body", (struct hk_str){ body.s, body.len }, &source, &doc, &err) != 0)
			__builtin_trap();      /* what we send is JSON */
		if (path.len && (path.s[0] != '/' || memchr(path.s, '\n', path.len)))
			__builtin_trap();
		hk_doc_release(&doc);
		hk_source_release(&source);
	}
	hk_api_values_release(&values);
	hk_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_workspace workspace = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	if (hk_workspace_add_text(&workspace, "adapter.yaml", (struct hk_str){ (const char *)data, size }, false, &diags, &err) == 0)
		for (size_t i = 0; i < workspace.n_documents; i++) {
			struct hk_api_adapter adapter;
			if (workspace.documents[i]->kind != HK_KIND_NETWORK_API_ADAPTER || workspace.documents[i]->invalid)
				continue;
			hk_api_adapter_open(&adapter, &workspace.documents[i]->doc);
			if (hk_api_adapter_check(&adapter, &diags) == 0)
				build_all(&adapter);
		}
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
	return 0;
}
