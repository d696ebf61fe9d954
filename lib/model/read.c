/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading values out of a document. Shape is the schema's business, so these stay quiet about what a schema reports; they must only never trip over it, because
 * Kubernetes objects come without a schema.
 */
#include "model/build.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

struct hk_where hk_where_of(const struct hk_build *b, const struct hk_node *node)
{
	return (struct hk_where){ node ? b->doc : NULL, node };
}

void *hk_keep(struct hk_build *b, const void *items, size_t count, size_t size)
{
	void *kept;

	if (!count)
		return NULL;
	kept = hk_arena_array(b->arena, count, size);
	memcpy(kept, items, count * size);
	return kept;
}

/* "...; write 300/s": that last word is what to put instead, when it is one word to the end. */
static const char *replacement_in(const char *why)
{
	static const char marker[] = "; write ";
	const char *at = NULL, *next = why;

	while ((next = strstr(next, marker)))
		at = next += sizeof marker - 1;
	return at && *at && !strpbrk(at, " ,'\"\\:#{}[]&*!|>@`") ? at : NULL;
}

bool hk_read_unit_node(struct hk_build *b, const struct hk_node *node, enum hk_rule_id rule, enum hk_unit unit, double *value)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	struct hk_diag *diag;
	const char *better;

	if (node->kind != HK_SCALAR) {
		hk_node_diag(b->diags, b->doc, node, HK0208, "expected a value such as %s, found a %s", hk_unit_example(unit),
			     node->kind == HK_MAPPING ? "mapping" : "list");
		return false;
	}
	if (hk_unit_parse(unit, node->text, value, &why) == 0)
		return true;
	diag = hk_node_diag(b->diags, b->doc, node, rule, "%s", why.s);
	better = replacement_in(why.s);
	if (better && !node->from_alias && node->style <= HK_DOUBLE_QUOTED) {
		const char *quote = node->style == HK_PLAIN ? "" : node->style == HK_SINGLE_QUOTED ? "'" : "\"";
		hk_diag_fix(b->diags, diag, node->start, node->end, hk_arena_printf(b->arena, "%s%s%s", quote, better, quote));
	}
	return false;
}

bool hk_read_unit_at(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, double *value, struct hk_where *where)
{
	const struct hk_node *node = hk_node_get(mapping, key);

	if (hk_node_is_null(node) || !hk_read_unit_node(b, node, HK0201, unit, value))
		return false;
	*where = hk_where_of(b, node);
	return true;
}

bool hk_read_unit(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, double *value)
{
	struct hk_where unused;

	return hk_read_unit_at(b, mapping, key, unit, value, &unused);
}

bool hk_read_bool(struct hk_build *b, const struct hk_node *mapping, const char *key, bool *value)
{
	const struct hk_node *node = hk_node_get(mapping, key);

	if (hk_node_is_null(node))
		return false;
	if (hk_node_bool(node, value))
		return true;
	hk_node_diag(b->diags, b->doc, node, HK0208, "'%s' must be true or false", key);
	return false;
}

bool hk_read_count(struct hk_build *b, const struct hk_node *mapping, const char *key, uint32_t *value)
{
	double number;

	if (!hk_read_unit(b, mapping, key, HK_UNIT_COUNT, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

const char *hk_read_text(struct hk_build *b, const struct hk_node *mapping, const char *key)
{
	const struct hk_node *node = hk_node_get(mapping, key);

	if (hk_node_is_null(node))
		return NULL;
	if (node->kind != HK_SCALAR) {
		hk_node_diag(b->diags, b->doc, node, HK0208, "'%s' must be a text, not a %s", key, node->kind == HK_MAPPING ? "mapping" : "list");
		return NULL;
	}
	return hk_arena_slicedup(b->arena, node->text);
}

static const struct hk_node *read_collection(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_node_kind kind)
{
	const struct hk_node *node = hk_node_get(mapping, key);

	if (hk_node_is_null(node))
		return NULL;
	if (node->kind == kind)
		return node;
	hk_node_diag(b->diags, b->doc, node, HK0208, "'%s' must be a %s", key, kind == HK_SEQUENCE ? "list" : "mapping");
	return NULL;
}

const struct hk_node *hk_read_list(struct hk_build *b, const struct hk_node *mapping, const char *key)
{
	return read_collection(b, mapping, key, HK_SEQUENCE);
}

const struct hk_node *hk_read_map(struct hk_build *b, const struct hk_node *mapping, const char *key)
{
	return read_collection(b, mapping, key, HK_MAPPING);
}

void hk_read_labels(struct hk_build *b, const struct hk_node *mapping, struct hk_labels *labels)
{
	*labels = (struct hk_labels){ NULL, 0 };
	if (!mapping || mapping->kind != HK_MAPPING || !mapping->count)
		return;
	labels->v = hk_arena_array(b->arena, mapping->count, sizeof *labels->v);
	hk_for_each_pair(key, mapping) {
		if (key->next->kind != HK_SCALAR)
			continue;
		labels->v[labels->n].key = hk_arena_slicedup(b->arena, key->text);
		labels->v[labels->n++].value = hk_arena_slicedup(b->arena, key->next->text);
	}
	hk_sort(labels->v, labels->n, sizeof *labels->v, hk_sort_by_text);
}

void hk_labels_add(struct hk_build *b, struct hk_labels *labels, const char *key, const char *value)
{
	struct hk_label *grown;

	if (!value || hk_labels_get(labels, key))
		return;
	grown = hk_arena_array(b->arena, labels->n + 1, sizeof *grown);
	if (labels->n)
		memcpy(grown, labels->v, labels->n * sizeof *grown);
	grown[labels->n] = (struct hk_label){ key, value };
	labels->v = grown;
	labels->n++;
	hk_sort(labels->v, labels->n, sizeof *labels->v, hk_sort_by_text);
}

bool hk_read_bound(struct hk_build *b, const struct hk_node *mapping, const char *key, enum hk_unit unit, struct hk_bound *bound)
{
	const struct hk_node *node = hk_read_map(b, mapping, key);

	bound->has_request = hk_read_unit_at(b, node, "request", unit, &bound->request, &bound->request_at);
	bound->has_limit = hk_read_unit_at(b, node, "limit", unit, &bound->limit, &bound->limit_at);
	return bound->has_request || bound->has_limit;
}
