/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of operators, read by each of the shipped adapters: JSON, rows of typed values, states, ids, lists of what is there, error codes. The first two bytes
 * choose adapter and action.
 */
#include "model/load.h"
#include "net/api_send.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_ADAPTERS 64
static struct hk_workspace shipped[MOST_ADAPTERS];
static size_t n_shipped;

static void load(void)
{
	const struct hk_api_shipped *one;
	struct hk_diags diags = HK_DIAGS_INIT;
	for (; n_shipped < MOST_ADAPTERS && (one = hk_api_shipped_at(n_shipped)) != NULL; n_shipped++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		if (hk_workspace_add_text(&shipped[n_shipped], one->name, one->text, false, &diags, &err) || diags.errors)
			__builtin_trap();
	}
	hk_diags_release(&diags);
}

/* What is shown is printable: whole UTF-8, and no more than a reply can hold. */
static void look_at(const struct hk_api_result *result)
{
	for (size_t r = 0; r < result->rows.list.n; r++)
		for (size_t i = 0; i < result->rows.list.v[r].n; i++) {
			const struct hk_api_field *field = &result->rows.list.v[r].fields[i];
			struct hk_str text = hk_str_of(field->text);
			for (size_t k = 0, n; k < text.n; k += n)
				if (!(n = hk_utf8_length(text.s + k, text.n - k)))
					__builtin_trap();
			if (field->dimension != HK_DIMENSION_NONE && field->quantity.numerator < 0)
				__builtin_trap();
		}
}

static void read_with(const struct hk_api_adapter *adapter, const struct hk_node *action, const struct hk_node *root)
{
	static const struct hk_http_headers none;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_api api = { .name = "op", .base_url = "https://op.example", .adapter = adapter };
	struct hk_api_values values = { { NULL, 0, 0 } };
	struct hk_api_result result = HK_API_RESULT_INIT;
	const char *code, *message, *id;
	hk_api_values_set_id(&values, "1");
	if (hk_api_read_result(&api, action, root, &values, &result, &err) == 0)
		look_at(&result);
	id = hk_api_read_id(hk_node_get(action, "id"), root, &none, NULL, &result.arena);
	if (id && (!*id || strchr(id, '\n')))
		__builtin_trap();
	(void)hk_api_classify(adapter, 409, root, &code, &message);
	hk_api_result_release(&result);
	hk_api_values_release(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_api_adapter adapter;
	if (!n_shipped)
		load();
	if (size < 2)
		return 0;
	hk_api_adapter_open(&adapter, &shipped[data[0] % n_shipped].documents[0]->doc);
	if (hk_api_json("the reply", (struct hk_str){ (const char *)data + 2, size - 2 }, &source, &doc, &err) == 0) {
		unsigned which = data[1];
		hk_for_each_pair(key, hk_node_get(adapter.spec, "actions"))
			if (which-- % 8 == 0) {
				read_with(&adapter, key->next, doc.root);
				if (hk_node_get(key->next, "notification"))
					read_with(&adapter, hk_node_get(key->next, "notification"), doc.root);
			}
	}
	hk_doc_release(&doc);
	hk_source_release(&source);
	return 0;
}
