/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small trees of values (yaml/edit.h) built step by step in an arena: what edits insert and what routes are made of. Texts are borrowed: they must live as long
 * as the arena.
 */
#ifndef HK_RENDER_VALUE_H
#define HK_RENDER_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "yaml/edit.h"

struct hk_value *hk_value_str(struct hk_arena *arena, const char *text);        /* read back as a string */
struct hk_value *hk_value_int(struct hk_arena *arena, int64_t number);
struct hk_value *hk_value_map(struct hk_arena *arena);
struct hk_value *hk_value_seq(struct hk_arena *arena);
/* Both return the collection, so that calls can be chained. */
struct hk_value *hk_value_put(struct hk_arena *arena, struct hk_value *map, const char *key, const struct hk_value *item);
struct hk_value *hk_value_push(struct hk_arena *arena, struct hk_value *seq, const struct hk_value *item);
/* put with a string. */
struct hk_value *hk_value_put_str(struct hk_arena *arena, struct hk_value *map, const char *key, const char *text);
/* The same data as the node (styles, comments and anchors are not carried); scalars keep text and type. */
struct hk_value *hk_value_copy(struct hk_arena *arena, const struct hk_node *node);
/* A mapping's own arrays, so that keys can be added to the copy without touching the original; items are shared. */
struct hk_value *hk_value_clone(struct hk_arena *arena, const struct hk_value *value);
/* Append it as a YAML document, which is read back by the parser Kubernetes uses before anybody sees it. */
int hk_value_emit(const struct hk_value *value, struct hk_buf *out, struct hk_err *err);
const struct hk_value *hk_value_get(const struct hk_value *map, const char *key);

#endif
