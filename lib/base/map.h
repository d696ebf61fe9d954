/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hash map from byte strings to size_t indices (usually into a vector). Keys are borrowed slices that must outlive the map. There is no iteration,
 * on purpose: order always comes from the vector, so no output can depend on hashing. SipHash-1-3 with a per-process random key, so crafted keys
 * cannot make it slow.
 */
#ifndef HK_BASE_MAP_H
#define HK_BASE_MAP_H

#include "base/str.h"

struct hk_map_slot;
struct hk_map {
	struct hk_map_slot *slots;
	size_t count, mask;
};
#define HK_MAP_INIT { NULL, 0, 0 }
#define HK_MAP_NONE ((size_t)-1)

/* Insert key -> value if absent and return HK_MAP_NONE; if present leave it alone and return the value already there. */
size_t hk_map_put(struct hk_map *map, struct hk_str key, size_t value);
size_t hk_map_get(const struct hk_map *map, struct hk_str key);      /* HK_MAP_NONE when absent */
void hk_map_release(struct hk_map *map);

#endif
