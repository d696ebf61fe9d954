/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_config.h"
#include "base/file.h"
#include "model/sort.h"
#include <stdlib.h>
#include <string.h>

static void check_address(const struct hk_api_entry *entry, const struct hk_doc *doc, struct hk_diags *diags)
{
	const struct hk_node *node = hk_node_get(entry->node, "baseUrl");
	struct hk_str origin;
	if (!entry->base_url)
		hk_diag_help(diags, hk_node_diag(diags, doc, entry->node, HK1402, "network API '%s' has no address", entry->name),
			     "add baseUrl: https://HOST/PATH");
	else if (!hk_http_origin(hk_str_of(entry->base_url), &origin) || strpbrk(entry->base_url, "?#"))
		hk_diag_help(diags, hk_node_diag(diags, doc, node, HK1402, "'%s' is no address of an API", entry->base_url),
			     "write https://HOST[:PORT]/PATH, without user, query or fragment");
}

static void read_entry(struct hk_api_entries *entries, const struct hk_document *document, const struct hk_node *item, struct hk_diags *diags)
{
	struct hk_api_entry entry = { hk_node_string(hk_node_get(item, "name")), hk_node_string(hk_node_get(item, "adapter")),
				      hk_node_string(hk_node_get(item, "baseUrl")), item, document };
	if (!entry.name)
		return;
	check_address(&entry, &document->doc, diags);
	if (!entry.adapter)
		hk_diag_help(diags, hk_node_diag(diags, &document->doc, item, HK1401, "network API '%s' names no adapter", entry.name),
			     "add adapter: NAME; 'hkctl api lint' lists those that come with hkctl");
	hk_vec_push(&entries->list, entry);
}

void hk_api_entries_read(struct hk_api_entries *entries, const struct hk_workspace *workspace, struct hk_diags *diags)
{
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		if (document->kind != HK_KIND_TOPOLOGY || document->invalid)
			continue;
		hk_for_each_item(item, hk_node_at(document->doc.root, "spec.networkApis"))
			read_entry(entries, document, item, diags);
	}
	if (entries->list.n)
		hk_sort(entries->list.v, entries->list.n, sizeof *entries->list.v, hk_sort_by_text);
	for (size_t i = 1; i < entries->list.n; i++)
		if (strcmp(entries->list.v[i - 1].name, entries->list.v[i].name) == 0)
			hk_node_diag(diags, &entries->list.v[i].document->doc, entries->list.v[i].node, HK1404, "there are two network APIs '%s'",
				     entries->list.v[i].name);
}

const struct hk_api_entry *hk_api_entries_find(const struct hk_api_entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->list.n; i++)
		if (strcmp(entries->list.v[i].name, name) == 0)
			return &entries->list.v[i];
	return NULL;
}

void hk_api_entries_release(struct hk_api_entries *entries)
{
	hk_vec_release(&entries->list);
}

const char *hk_api_entry_cluster(const struct hk_api_entry *entry, const char *place)
{
	return entry ? hk_node_string(hk_node_get(hk_node_get(entry->node, "clusters"), place)) : NULL;
}

/* ---- adapters ---- */

static const struct hk_doc *find_adapter(const struct hk_workspace *workspace, const char *name)
{
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		if (document->kind == HK_KIND_NETWORK_API_ADAPTER && !document->invalid && document->name && strcmp(document->name, name) == 0)
			return &document->doc;
	}
	return NULL;
}

static int no_adapter(const char *name, struct hk_err *err)
{
	const char *names[64], *nearest;
	size_t n = 0;
	for (const struct hk_api_shipped *shipped; n < HK_COUNT(names) && (shipped = hk_api_shipped_at(n)) != NULL; n++)
		names[n] = shipped->name;
	nearest = hk_str_nearest(hk_str_of(name), names, n);
	for (size_t i = 0; !nearest && i < n; i++)
		if (hk_str_starts(hk_str_of(names[i]), name))
			nearest = names[i];
	if (nearest)
		return hk_err_set(err, HK_INVALID, "there is no adapter '%s'; did you mean '%s'?", name, nearest);
	return hk_err_set(err, HK_INVALID, "there is no adapter '%s' among those that come with hkctl ('hkctl api lint' lists them), nor among the documents",
			  name);
}

int hk_api_adapter_find(struct hk_api_adapter *adapter, struct hk_api_library *library, const struct hk_workspace *workspace, const char *name,
			struct hk_diags *diags, struct hk_err *err)
{
	const struct hk_doc *doc = find_adapter(workspace, name);
	const struct hk_api_shipped *shipped = hk_api_shipped_find(name);
	if (!doc && !shipped)
		return no_adapter(name, err);
	if (!doc) {
		HK_AUTO_BUF struct hk_buf file = HK_BUF_INIT;
		hk_buf_addf(&file, "adapters/%s.yaml", name);
		if (hk_workspace_add_text(&library->shipped, file.s, shipped->text, false, diags, err))
			return -1;
		doc = find_adapter(&library->shipped, name);
	}
	if (!doc)
		return hk_err_set(err, HK_INVALID, "adapter '%s' cannot be used", name);
	hk_api_adapter_open(adapter, doc);
	return hk_api_adapter_check(adapter, diags) ? hk_err_set(err, HK_INVALID, "adapter '%s' cannot be used", name) : 0;
}

void hk_api_library_release(struct hk_api_library *library)
{
	hk_workspace_release(&library->shipped);
}
