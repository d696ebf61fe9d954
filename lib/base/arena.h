/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bump allocator: one per loaded document or model; everything in it is freed at once. Allocation cannot fail (mem.h). 16-byte aligned. */
#ifndef HK_BASE_ARENA_H
#define HK_BASE_ARENA_H

#include "base/str.h"

struct hk_arena_block;
struct hk_arena {
	struct hk_arena_block *head;
	size_t used;          /* bytes handed out, for limits */
};
#define HK_ARENA_INIT { NULL, 0 }

void *hk_arena_alloc(struct hk_arena *arena, size_t size);            /* zeroed */
void *hk_arena_array(struct hk_arena *arena, size_t count, size_t size); /* zeroed, overflow-checked */
/* Room for one element more than the n of the array: itself, or twice as large a copy. cap: elements it has room for, 0 with NULL. */
void *hk_arena_grow(struct hk_arena *arena, void *array, size_t n, size_t *cap, size_t size);
char *hk_arena_strdup(struct hk_arena *arena, const char *text);
char *hk_arena_slicedup(struct hk_arena *arena, struct hk_str text);  /* NUL-terminated copy */
char *hk_arena_printf(struct hk_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hk_arena_reset(struct hk_arena *arena);                          /* forget everything, keep the first block */
void hk_arena_release(struct hk_arena *arena);

#endif
