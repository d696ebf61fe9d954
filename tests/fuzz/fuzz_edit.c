/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses a node and an edit, the rest is the document. An edit is refused or its result is readable and has what was asked for. */
#include "base/vec.h"
#include "yaml/edit.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hk_value word = { .kind = HK_SCALAR, .text = "added: [", .is_string = true };
static const struct hk_value number = { .kind = HK_SCALAR, .text = "-7" };
static const char *const keys[] = { "one", "two" };
static const struct hk_value *const items[] = { &word, &number };
static const struct hk_value list = { .kind = HK_SEQUENCE, .items = items, .count = 2 };
static const struct hk_value mapping = { .kind = HK_MAPPING, .keys = keys, .items = items, .count = 2 };
static const struct hk_value *const values[] = { &word, &number, &list, &mapping };

static const struct hk_node *choose(const struct hk_node *node, unsigned *left)
{
	const struct hk_node *found = NULL;
	if (*left == 0)
		return node;
	--*left;
	hk_for_each_pair(key, node)
		if (!found)
			found = choose(key->next, left);
	hk_for_each_item(item, node)
		if (!found)
			found = choose(item, left);
	return found;
}

static void edit_document(const struct hk_doc *doc, unsigned choice)
{
	unsigned left = choice / 16;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_node *node = choose(doc->root, &left);
	struct hk_edit *edit = hk_edit_begin(doc);
	node = node ? node : doc->root;
	switch (choice % 4) {
	case 0: hk_edit_replace(edit, node, values[choice / 4 % 4]); break;
	case 1: hk_edit_add_key(edit, node, "new key", values[choice / 4 % 4]); break;
	case 2: hk_edit_add_item(edit, node, values[choice / 4 % 4]); break;
	default: hk_edit_remove_key(edit, node, node->kind == HK_MAPPING && node->first ? node->first->text.s : "none"); break;
	}
	if (hk_edit_apply(edit, &out, &err) == 0) {
		struct hk_source source;
		struct hk_doc again;
		struct hk_diags diags = HK_DIAGS_INIT;
		hk_source_from_text(&source, "result", out.s, out.len);
		if (hk_yaml_read_one(&source, doc->json, &again, &diags) != 0)
			abort();
		hk_doc_release(&again);
		hk_diags_release(&diags);
		hk_source_release(&source);
	} else if (!err.message || out.len) {
		abort();
	}
	hk_edit_free(edit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	if (size < 2 || size > 20000)
		return 0;
	hk_source_from_text(&source, "fuzz", data + 1, size - 1);
	if (hk_yaml_read_one(&source, false, &doc, &diags) == 0) {
		edit_document(&doc, data[0]);
		hk_doc_release(&doc);
	}
	hk_diags_release(&diags);
	hk_source_release(&source);
	return 0;
}
