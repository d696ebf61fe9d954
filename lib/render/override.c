/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes one object of another, as operations on paths (JSON Pointer, RFC 6901). */
#include "render/decide.h"
#include "render/value.h"
#include <string.h>

struct diff {
	struct hk_arena *arena;
	const char *const *skip;
	size_t n_skip;
	struct hk_value *ops;
};

static const struct hk_node *pair_of(const struct hk_node *mapping, const struct hk_node *key)
{
	hk_for_each_pair(other, mapping)
		if (hk_str_eq(other->text, key->text))
			return other->next;
	return NULL;
}

static bool same(const struct hk_node *a, const struct hk_node *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == HK_SCALAR)
		return hk_node_type(a) == hk_node_type(b) && hk_str_eq(a->text, b->text);
	if (a->kind == HK_SEQUENCE) {
		const struct hk_node *other = b->first;
		for (const struct hk_node *item = a->first; item; item = item->next, other = other->next)
			if (!other || !same(item, other))
				return false;
		return true;
	}
	hk_for_each_pair(key, a) {
		const struct hk_node *other = pair_of(b, key);
		if (!other || !same(key->next, other))
			return false;
	}
	return true;
}

static const char *below(const struct diff *diff, const char *path, struct hk_str key)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addstr(&text, path);
	hk_buf_addch(&text, '/');
	for (size_t i = 0; i < key.n; i++) {
		if (key.s[i] == '~' || key.s[i] == '/')
			hk_buf_addstr(&text, key.s[i] == '~' ? "~0" : "~1");
		else
			hk_buf_addch(&text, key.s[i]);
	}
	return hk_arena_strdup(diff->arena, text.s);
}

static void add_op(const struct diff *diff, const char *operator, const char *path, const struct hk_node *value)
{
	for (size_t i = 0; i < diff->n_skip; i++)
		if (strcmp(diff->skip[i], path) == 0)
			return;
	struct hk_value *op = hk_value_put_str(diff->arena, hk_value_map(diff->arena), "path", path);
	hk_value_put_str(diff->arena, op, "operator", operator);
	if (value)
		hk_value_put(diff->arena, op, "value", hk_value_copy(diff->arena, value));
	hk_value_push(diff->arena, diff->ops, op);
}

static void compare(const struct diff *diff, const char *path, const struct hk_node *from, const struct hk_node *to)
{
	hk_for_each_pair(key, from) {
		const struct hk_node *old = key->next, *fresh = pair_of(to, key);
		const char *here = below(diff, path, key->text);
		if (!fresh)
			add_op(diff, "remove", here, NULL);
		else if (old->kind == HK_MAPPING && fresh->kind == HK_MAPPING)
			compare(diff, here, old, fresh);
		else if (!same(old, fresh))
			add_op(diff, "replace", here, fresh);
	}
	hk_for_each_pair(key, to)
		if (!pair_of(from, key))
			add_op(diff, "add", below(diff, path, key->text), key->next);
}

void hk_override_diff(struct hk_arena *arena, const struct hk_node *from, const struct hk_node *to, const char *const *skip, size_t n_skip,
		      struct hk_value *ops)
{
	const struct diff diff = { arena, skip, n_skip, ops };
	compare(&diff, "", from, to);
}
