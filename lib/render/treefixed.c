/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a Job or Pod cannot be changed once it is there. */
#include "render/tree.h"
#include <string.h>

static bool same(const struct hk_node *a, const struct hk_node *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == HK_SCALAR)
		return hk_node_type(a) == hk_node_type(b) && hk_str_eq(a->text, b->text);
	const struct hk_node *other = b->first;
	for (const struct hk_node *child = a->first; child; child = child->next, other = other->next)
		if (!other || !same(child, other))
			return false;
	return true;
}

static bool read(struct hk_source *source, struct hk_str text, struct hk_doc *doc)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(source, "", text.s, text.n);
	bool good = hk_yaml_read_one(source, false, doc, &diags) == 0;
	hk_diags_release(&diags);
	return good;
}

bool hk_tree_pods_differ(const char *path, struct hk_str old, struct hk_str fresh)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	bool job = strncmp(name, "job-", 4) == 0;
	struct hk_source sources[2] = { { 0 }, { 0 } };
	struct hk_doc docs[2] = { { 0 }, { 0 } };
	bool differ = false;
	if (!job && strncmp(name, "pod-", 4) != 0)
		return false;
	if (read(&sources[0], old, &docs[0]) && read(&sources[1], fresh, &docs[1]))
		differ = !same(hk_node_at(docs[0].root, job ? "spec.template" : "spec"), hk_node_at(docs[1].root, job ? "spec.template" : "spec"));
	for (size_t i = 0; i < HK_COUNT(docs); i++) {
		hk_doc_release(&docs[i]);
		hk_source_release(&sources[i]);
	}
	return differ;
}
