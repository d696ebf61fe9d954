/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a key of several words to numbers, several per key, in the order they were added. */
#ifndef HK_RENDER_INDEX_H
#define HK_RENDER_INDEX_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

struct hk_index_link { size_t value, next, tail; };
struct hk_index {
	struct hk_map map;
	struct hk_arena arena;
	HK_VEC(struct hk_index_link) links;
};
#define HK_INDEX_INIT { HK_MAP_INIT, HK_ARENA_INIT, { 0 } }
#define HK_INDEX_END ((size_t)-1)

void hk_index_add(struct hk_index *index, const char *a, const char *b, const char *c, size_t value);
/* Link of the first value, HK_INDEX_END when there is none; then links.v[link].value and links.v[link].next. */
size_t hk_index_first(const struct hk_index *index, const char *a, const char *b, const char *c);
void hk_index_release(struct hk_index *index);

#define hk_index_each(link, index, a, b, c) \
	for (size_t link = hk_index_first(index, a, b, c); link != HK_INDEX_END; link = (index)->links.v[link].next)

#endif
