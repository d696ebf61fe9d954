/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be said about a mapping only when it is complete: duplicate keys, and merge keys resolved. */
#include "yaml/reader.h"

#include <string.h>

/* Up to this many keys comparing all pairs is quicker than hashing. */
#define FEW_KEYS 16u

bool hk_yaml_is_merge_key(const struct hk_node *key)
{
	return key->kind == HK_SCALAR && key->style == HK_PLAIN && !key->tagged && key->text.n == 2 && memcmp(key->text.s, "<<", 2) == 0;
}

static void report_duplicate(struct hk_yaml_build *build, const struct hk_node *first, const struct hk_node *second)
{
	struct hk_range range;
	struct hk_diag *diag = hk_yaml_build_diag(build, HK0005, second->start, second->end, "key '%s' stands twice in the same mapping", second->text.s);
	hk_source_range(build->source, first->start, first->end, &range);
	hk_diag_related(build->diags, diag, &range, "first here");
	hk_diag_help(build->diags, diag, "remove one of the two");
	build->bad = true;
}

static bool same_key(const struct hk_node *a, const struct hk_node *b)
{
	return a->text.n == b->text.n && memcmp(a->text.s, b->text.s, a->text.n) == 0 && a->kind == HK_SCALAR && b->kind == HK_SCALAR;
}

static void find_few(struct hk_yaml_build *build, const struct hk_node *mapping)
{
	const struct hk_node *keys[FEW_KEYS];
	size_t n = 0;
	hk_for_each_pair(key, mapping) {
		for (size_t i = 0; i < n; i++)
			if (same_key(keys[i], key)) {
				report_duplicate(build, keys[i], key);
				break;
			}
		keys[n++] = key;
	}
}

static void find_many(struct hk_yaml_build *build, const struct hk_node *mapping)
{
	struct hk_map seen = HK_MAP_INIT;
	HK_VEC(const struct hk_node *) keys = { 0 };
	hk_for_each_pair(key, mapping) {
		size_t first = key->kind == HK_SCALAR ? hk_map_put(&seen, key->text, keys.n) : HK_MAP_NONE;
		if (first != HK_MAP_NONE)
			report_duplicate(build, keys.v[first], key);
		hk_vec_push(&keys, key);
	}
	hk_vec_release(&keys);
	hk_map_release(&seen);
}

struct merge {
	struct hk_yaml_build *build;
	struct hk_map keys;          /* keys taken so far: written ones first, then merged ones */
	struct hk_node *first, *last;
	uint32_t count;
};

static void append(struct merge *merge, struct hk_node *node)
{
	if (merge->last)
		merge->last->next = node;
	else
		merge->first = node;
	merge->last = node;
}

static struct hk_node *merged_copy(struct merge *merge, const struct hk_node *node, const struct hk_node *from)
{
	struct hk_node *copy = hk_yaml_build_node(merge->build);
	*copy = *node;
	copy->next = NULL;
	copy->from_alias = true;
	copy->start = copy->outer = from->start;
	copy->end = from->end;
	return copy;
}

static void merge_mapping(struct merge *merge, const struct hk_node *mapping, const struct hk_node *from)
{
	hk_for_each_pair(key, mapping) {
		if (key->kind != HK_SCALAR || hk_map_put(&merge->keys, key->text, 0) != HK_MAP_NONE)
			continue;
		append(merge, merged_copy(merge, key, from));
		append(merge, merged_copy(merge, key->next, from));
		merge->count++;
	}
}

static bool merge_value(struct merge *merge, const struct hk_node *value)
{
	if (value->kind == HK_MAPPING) {
		merge_mapping(merge, value, value);
		return true;
	}
	if (value->kind != HK_SEQUENCE)
		return false;
	hk_for_each_item(item, value)
		if (item->kind != HK_MAPPING)
			return false;
	hk_for_each_item(item, value)
		merge_mapping(merge, item, value->from_alias ? value : item);
	return true;
}

/* Keys that are written out win over merged ones wherever they stand, so they are collected first. */
static void resolve_merges(struct hk_yaml_build *build, struct hk_node *mapping)
{
	struct merge merge = { .build = build, .keys = HK_MAP_INIT };
	hk_for_each_pair(key, mapping)
		if (key->kind == HK_SCALAR && !hk_yaml_is_merge_key(key))
			hk_map_put(&merge.keys, key->text, 0);
	for (struct hk_node *key = mapping->first, *next; key; key = next) {
		struct hk_node *value = key->next;
		next = value->next;
		if (hk_yaml_is_merge_key(key)) {
			if (merge_value(&merge, value))
				continue;
			struct hk_diag *diag = hk_yaml_build_diag(build, HK0013, value->start, value->end, "'<<' must name a mapping or a list of mappings");
			hk_diag_help(build->diags, diag, "write an alias such as '<<: *base', or quote \"<<\" if a key of that name is meant");
			build->bad = true;
			continue;
		}
		append(&merge, key);
		append(&merge, value);
		merge.count++;
	}
	if (merge.last)
		merge.last->next = NULL;
	mapping->first = merge.first;
	mapping->count = merge.count;
	hk_map_release(&merge.keys);
}

void hk_yaml_finish_mapping(struct hk_yaml_build *build, struct hk_yaml_frame *frame)
{
	struct hk_node *mapping = frame->node;
	if (mapping->count > 1 && mapping->count <= FEW_KEYS)
		find_few(build, mapping);
	else if (mapping->count > FEW_KEYS)
		find_many(build, mapping);
	if (frame->merges)
		resolve_merges(build, mapping);
}
