/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as YAML: no crash, no leak, and what the reader promises about marks and limits holds. */
#include "yaml/doc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_node(const struct hk_doc *doc, const struct hk_node *node, unsigned depth, unsigned *budget)
{
	uint32_t children = 0;
	if (*budget == 0)
		return;
	--*budget;
	require(depth <= HK_YAML_MAX_DEPTH);
	require(node->outer <= node->start && node->start <= node->end && node->end <= doc->source->text.len && node->end <= doc->end);
	require(node->text.s != NULL && (node->kind != HK_SCALAR || node->text.s[node->text.n] == '\0'));
	hk_for_each_pair(key, node) {
		require(key->kind == HK_SCALAR && key->next != NULL);
		check_node(doc, key, depth + 1, budget);
		check_node(doc, key->next, depth + 1, budget);
		children++;
	}
	hk_for_each_item(item, node) {
		check_node(doc, item, depth + 1, budget);
		children++;
	}
	require(children == node->count);
	if (node->flow && !node->from_alias) {
		char close = doc->source->text.s[node->end - 1];
		require(close == '}' || close == ']');
	}
}

static void read_all(const uint8_t *data, size_t size, bool json)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	uint32_t end = 0;
	int status;
	hk_source_from_text(&source, "fuzz", data, size);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, json);
	while ((status = hk_yaml_next(reader, &doc, &diags)) == 1) {
		unsigned budget = 100000;
		require(doc.start >= end && doc.end >= doc.start);
		end = doc.end;
		check_node(&doc, doc.root, 0, &budget);
		hk_doc_release(&doc);
	}
	require(status == 0 || diags.errors > 0);
	require(status == -1 || diags.errors == 0);
	hk_yaml_close(reader);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(data, size, false);
	read_all(data, size, true);
	return 0;
}
