/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/value.h"
#include "yaml/emit.h"
#include <inttypes.h>
#include <string.h>

static struct hk_value *value_new(struct hk_arena *arena, enum hk_node_kind kind)
{
	struct hk_value *value = hk_arena_alloc(arena, sizeof *value);
	value->kind = kind;
	return value;
}

struct hk_value *hk_value_str(struct hk_arena *arena, const char *text)
{
	struct hk_value *value = value_new(arena, HK_SCALAR);
	value->text = text;
	value->is_string = true;
	return value;
}

struct hk_value *hk_value_int(struct hk_arena *arena, int64_t number)
{
	struct hk_value *value = value_new(arena, HK_SCALAR);
	value->text = hk_arena_printf(arena, "%" PRId64, number);
	return value;
}

struct hk_value *hk_value_map(struct hk_arena *arena)
{
	return value_new(arena, HK_MAPPING);
}

struct hk_value *hk_value_seq(struct hk_arena *arena)
{
	return value_new(arena, HK_SEQUENCE);
}

/* Room for one more pointer: arrays double at powers of two, so that no capacity has to be stored. */
static const void **grown(struct hk_arena *arena, const void *old, size_t count)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return (const void **)(uintptr_t)old;
	const void **fresh = hk_arena_array(arena, count == 0 ? 1 : 2 * count, sizeof *fresh);
	if (count != 0)
		memcpy(fresh, old, count * sizeof *fresh);
	return fresh;
}

struct hk_value *hk_value_push(struct hk_arena *arena, struct hk_value *seq, const struct hk_value *item)
{
	const void **items = grown(arena, seq->items, seq->count);
	items[seq->count++] = item;
	seq->items = (const struct hk_value *const *)items;
	return seq;
}

struct hk_value *hk_value_put(struct hk_arena *arena, struct hk_value *map, const char *key, const struct hk_value *item)
{
	const void **keys = grown(arena, map->keys, map->count);
	keys[map->count] = key;
	map->keys = (const char *const *)keys;
	return hk_value_push(arena, map, item);
}

struct hk_value *hk_value_put_str(struct hk_arena *arena, struct hk_value *map, const char *key, const char *text)
{
	return hk_value_put(arena, map, key, hk_value_str(arena, text));
}

struct hk_value *hk_value_copy(struct hk_arena *arena, const struct hk_node *node)
{
	struct hk_value *value = value_new(arena, (enum hk_node_kind)node->kind);
	if (node->kind == HK_SCALAR) {
		enum hk_scalar_type type = hk_node_type(node);
		value->text = type == HK_TYPE_NULL ? "null" : hk_arena_slicedup(arena, node->text);
		value->is_string = type == HK_TYPE_STRING;
	} else if (node->kind == HK_SEQUENCE) {
		hk_for_each_item(item, node)
			hk_value_push(arena, value, hk_value_copy(arena, item));
	} else {
		hk_for_each_pair(key, node)
			hk_value_put(arena, value, hk_arena_slicedup(arena, key->text), hk_value_copy(arena, key->next));
	}
	return value;
}

struct hk_value *hk_value_clone(struct hk_arena *arena, const struct hk_value *value)
{
	struct hk_value *copy = value_new(arena, value->kind);
	copy->text = value->text;
	copy->is_string = value->is_string;
	for (size_t i = 0; i < value->count; i++) {
		if (value->kind == HK_MAPPING)
			hk_value_put(arena, copy, value->keys[i], value->items[i]);
		else
			hk_value_push(arena, copy, value->items[i]);
	}
	return copy;
}

const struct hk_value *hk_value_get(const struct hk_value *map, const char *key)
{
	for (size_t i = 0; map && map->kind == HK_MAPPING && i < map->count; i++)
		if (strcmp(map->keys[i], key) == 0)
			return map->items[i];
	return NULL;
}

int hk_value_emit(const struct hk_value *value, struct hk_buf *out, struct hk_err *err)
{
	size_t before = out->len;
	struct hk_emitter *emitter = hk_emit_open(out);
	hk_emit_document(emitter);
	hk_emit_value(emitter, value);
	if (hk_emit_close(emitter, err) != 0)
		return -1;
	return hk_emit_verify_11((struct hk_str){ out->s + before, out->len - before }, value, err);
}
