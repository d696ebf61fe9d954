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

/* By the name of its file: what of the object cannot be changed; NULL when all can. */
static const char *fixed_part(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	return strncmp(name, "job-", 4) == 0 ? "spec.template" : strncmp(name, "pod-", 4) == 0 ? "spec" : NULL;
}

bool hk_tree_pods_differ(const char *path, struct hk_str old, struct hk_str fresh)
{
	const char *fixed = fixed_part(path);
	struct hk_source sources[2] = { { 0 }, { 0 } };
	struct hk_doc docs[2] = { { 0 }, { 0 } };
	bool differ = false;
	if (!fixed)
		return false;
	if (read(&sources[0], old, &docs[0]) && read(&sources[1], fresh, &docs[1]))
		differ = !same(hk_node_at(docs[0].root, fixed), hk_node_at(docs[1].root, fixed));
	for (size_t i = 0; i < HK_COUNT(docs); i++) {
		hk_doc_release(&docs[i]);
		hk_source_release(&sources[i]);
	}
	return differ;
}

/* The next operation from `step` on that changes what is fixed; NULL when there is none. */
static const struct hk_node *next_fixed(const struct hk_node *step, const char *prefix)
{
	for (; step; step = step->next) {
		const char *path = hk_node_string(hk_node_get(step, "path"));
		if (path && strncmp(path, prefix, strlen(prefix)) == 0)
			return step;
	}
	return NULL;
}

bool hk_tree_patches_differ(const char *path, struct hk_str old, struct hk_str fresh)
{
	const char *fixed = fixed_part(path), *prefix = fixed && strchr(fixed, '.') ? "/spec/template" : "/spec";
	struct hk_source sources[2] = { { 0 }, { 0 } };
	struct hk_doc docs[2] = { { 0 }, { 0 } };
	bool differ = false;
	if (!fixed)
		return false;
	const struct hk_node *a = old.n && read(&sources[0], old, &docs[0]) ? next_fixed(docs[0].root->first, prefix) : NULL;
	const struct hk_node *b = fresh.n && read(&sources[1], fresh, &docs[1]) ? next_fixed(docs[1].root->first, prefix) : NULL;
	while (a && b && same(a, b)) {
		a = next_fixed(a->next, prefix);
		b = next_fixed(b->next, prefix);
	}
	differ = a || b;
	for (size_t i = 0; i < HK_COUNT(docs); i++) {
		hk_doc_release(&docs[i]);
		hk_source_release(&sources[i]);
	}
	return differ;
}
