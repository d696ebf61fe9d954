/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/index.h"
#include "base/buf.h"

/* Kubernetes names, label keys and values hold no control bytes, so 0x1f separates. */
static void make_key(struct hk_buf *key, const char *a, const char *b, const char *c)
{
	hk_buf_addstr(key, a);
	hk_buf_addch(key, 0x1f);
	hk_buf_addstr(key, b);
	hk_buf_addch(key, 0x1f);
	hk_buf_addstr(key, c);
}

void hk_index_add(struct hk_index *index, const char *a, const char *b, const char *c, size_t value)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	make_key(&key, a, b, c);
	size_t link = index->links.n;
	hk_vec_push(&index->links, (struct hk_index_link){ value, HK_INDEX_END, link });
	size_t head = hk_map_get(&index->map, (struct hk_str){ key.s, key.len });
	if (head == HK_MAP_NONE) {
		const char *kept = hk_arena_slicedup(&index->arena, (struct hk_str){ key.s, key.len });
		hk_map_put(&index->map, (struct hk_str){ kept, key.len }, link);
		return;
	}
	index->links.v[index->links.v[head].tail].next = link;
	index->links.v[head].tail = link;
}

size_t hk_index_first(const struct hk_index *index, const char *a, const char *b, const char *c)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	make_key(&key, a, b, c);
	return hk_map_get(&index->map, (struct hk_str){ key.s, key.len });
}

void hk_index_release(struct hk_index *index)
{
	hk_map_release(&index->map);
	hk_arena_release(&index->arena);
	hk_vec_release(&index->links);
}
