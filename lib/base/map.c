/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct hk_map_slot {
	struct hk_str key;
	uint64_t hash;        /* 0 marks an empty slot */
	size_t value;
};

static uint64_t map_key[2];

static void map_key_init(void)
{
	struct timespec now = { 0, 0 };

	if (map_key[0] || map_key[1])
		return;
	if (getrandom(map_key, sizeof map_key, GRND_NONBLOCK) == (ssize_t)sizeof map_key)
		return;
	/* Early boot or a sandbox without the call: weaker, but still not known to whoever wrote the documents. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	map_key[0] = ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec) | 1;
	map_key[1] = (uint64_t)getpid() * 0x9E3779B97F4A7C15u;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012) with one compression and three finalization rounds. */
static uint64_t sip_hash(struct hk_str text)
{
	uint64_t v[4] = { map_key[0] ^ 0x736f6d6570736575u, map_key[1] ^ 0x646f72616e646f6du, map_key[0] ^ 0x6c7967656e657261u,
			  map_key[1] ^ 0x7465646279746573u };
	uint64_t word = 0;
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8) {
		memcpy(&word, text.s + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (text.n > i)
		memcpy(&word, text.s + i, text.n - i);
	/* The last word holds at most seven bytes of text; the lowest byte of the length goes to the one left over. */
	v[3] ^= word ^ (uint64_t)(text.n & 0xFF) << 56;
	sip_round(v);
	v[0] ^= word ^ (uint64_t)(text.n & 0xFF) << 56;
	v[2] ^= 0xFF;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]) | 1;
}

static struct hk_map_slot *slot_of(const struct hk_map *map, struct hk_str key, uint64_t hash)
{
	size_t at = (size_t)(hash >> 1) & map->mask;

	while (map->slots[at].hash && !(map->slots[at].hash == hash && hk_str_eq(map->slots[at].key, key)))
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

static void map_grow(struct hk_map *map)
{
	struct hk_map grown = HK_MAP_INIT;
	size_t size = map->slots ? (map->mask + 1) * 2 : 16;

	grown.slots = hk_calloc(size, sizeof *grown.slots);
	grown.mask = size - 1;
	grown.count = map->count;
	for (size_t i = 0; map->slots && i <= map->mask; i++)
		if (map->slots[i].hash)
			*slot_of(&grown, map->slots[i].key, map->slots[i].hash) = map->slots[i];
	free(map->slots);
	*map = grown;
}

size_t hk_map_put(struct hk_map *map, struct hk_str key, size_t value)
{
	struct hk_map_slot *slot;
	uint64_t hash;

	map_key_init();
	if (!map->slots || map->count >= (map->mask + 1) / 4 * 3)
		map_grow(map);
	hash = sip_hash(key);
	slot = slot_of(map, key, hash);
	if (slot->hash)
		return slot->value;
	*slot = (struct hk_map_slot){ key, hash, value };
	map->count++;
	return HK_MAP_NONE;
}

size_t hk_map_get(const struct hk_map *map, struct hk_str key)
{
	const struct hk_map_slot *slot;

	if (!map->slots)
		return HK_MAP_NONE;
	slot = slot_of(map, key, sip_hash(key));
	return slot->hash ? slot->value : HK_MAP_NONE;
}

void hk_map_release(struct hk_map *map)
{
	free(map->slots);
	*map = (struct hk_map)HK_MAP_INIT;
}
