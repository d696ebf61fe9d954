/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved lists of live objects, whatever they are: read object by object, and each compared with the one before it as a live object and with itself. */
#include "render/compare.h"
#include "yaml/items.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct hk_node *before, const struct hk_node *after, bool same)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_field_changes changes = { NULL, 0, 0 };
	const struct hk_compare_options options = { .live = !same };

	hk_objects_compare(before, after, &options, &arena, &changes);
	if (same && changes.n)
		abort();
	hk_vec_release(&changes);
	hk_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hk_source source = { .text = HK_BUF_INIT }, pattern = { .text = HK_BUF_INIT };
	static const char rendered[] = "{kind: Deployment, spec: {replicas: 2, template: {spec: {containers: [{name: a, resources: {requests: {cpu: 500m}}, ports: [{containerPort: 1}]}]}}}}";
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_items items;
	struct hk_doc doc, wanted;
	int status;

	hk_source_from_text(&source, "fuzz", data, size);
	hk_source_from_text(&pattern, "rendered", rendered, sizeof rendered - 1);
	if (hk_yaml_read_one(&pattern, false, &wanted, &diags))
		abort();
	hk_items_open(&items, &source);
	for (size_t turns = 0;; turns++) {
		status = hk_items_next(&items, &doc, &diags);
		if (status == 1) {
			compare(wanted.root, doc.root, false);
			compare(doc.root, doc.root, true);
		}
		hk_doc_release(&doc);
		if (status == 0 || (status < 0 && !items.in_list))
			break;
		if (turns > size + 1)
			abort();           /* every turn takes at least a byte */
	}
	hk_items_close(&items);
	hk_doc_release(&wanted);
	hk_source_release(&source);
	hk_source_release(&pattern);
	hk_diags_release(&diags);
	return 0;
}
