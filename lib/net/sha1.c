/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/sha1.h"
#include <stdint.h>
#include <string.h>

struct sha1 {
	uint32_t h[5];
	unsigned char block[64];
	uint64_t bytes;
};

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void compress(struct sha1 *s)
{
	uint32_t w[80], v[5];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 | (uint32_t)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, s->h, sizeof v);
	for (int i = 0; i < 80; i++) {
		static const uint32_t constants[] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
		uint32_t f = i < 20 ? (v[1] & v[2]) | (~v[1] & v[3]) : i >= 40 && i < 60 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]) : v[1] ^ v[2] ^ v[3];
		uint32_t next = rotate(v[0], 5) + f + v[4] + constants[i / 20] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (int i = 0; i < 5; i++)
		s->h[i] += v[i];
}

static void update(struct sha1 *s, const unsigned char *bytes, size_t count)
{
	while (count) {
		size_t at = s->bytes % 64, part = count < 64 - at ? count : 64 - at;
		memcpy(s->block + at, bytes, part);
		bytes += part;
		count -= part;
		s->bytes += part;
		if (s->bytes % 64 == 0)
			compress(s);
	}
}

static void init(struct sha1 *s)
{
	*s = (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

static void final(struct sha1 *s, unsigned char digest[HK_SHA1_SIZE])
{
	uint64_t bits = s->bytes * 8;
	unsigned char length[8];
	update(s, (const unsigned char *)"\x80", 1);
	while (s->bytes % 64 != 56)
		update(s, (const unsigned char *)"", 1);
	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	update(s, length, 8);
	for (int i = 0; i < HK_SHA1_SIZE; i++)
		digest[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void hk_hmac_sha1(struct hk_str key, struct hk_str message, unsigned char mac[HK_SHA1_SIZE])
{
	unsigned char pad[64] = { 0 };
	struct sha1 s;
	if (key.n > sizeof pad) {
		init(&s);
		update(&s, (const unsigned char *)key.s, key.n);
		final(&s, pad);
	} else if (key.n)
		memcpy(pad, key.s, key.n);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36;
	init(&s);
	update(&s, pad, sizeof pad);
	update(&s, (const unsigned char *)message.s, message.n);
	final(&s, mac);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	init(&s);
	update(&s, pad, sizeof pad);
	update(&s, mac, HK_SHA1_SIZE);
	final(&s, mac);
}
