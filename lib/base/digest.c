/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"

#include <string.h>

/* FIPS 180-4, 4.2.2: first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned bits)
{
	return x >> bits | x << (32 - bits);
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* FIPS 180-4, 6.2.2 step 1, in place: word t replaces word t - 16; i is t modulo 16, a constant where this is used. */
static inline uint32_t expand(uint32_t w[16], unsigned i)
{
	uint32_t a = w[(i + 1) & 15], b = w[(i + 14) & 15];

	return w[i] += (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10) + w[(i + 9) & 15] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3);
}

/* Step 3 for one t. The eight variables take turns instead of being moved: what is `h` now is `a` in the next round. */
#define ROUND(a, b, c, d, e, f, g, h, k, word) \
	do { \
		uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + (k) + (word); \
		d += t1; \
		h = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b))); \
	} while (0)
#define EIGHT_ROUNDS(k, i, WORD) \
	do { \
		ROUND(a, b, c, d, e, f, g, h, (k)[i], WORD(i)); \
		ROUND(h, a, b, c, d, e, f, g, (k)[(i) + 1], WORD((i) + 1)); \
		ROUND(g, h, a, b, c, d, e, f, (k)[(i) + 2], WORD((i) + 2)); \
		ROUND(f, g, h, a, b, c, d, e, (k)[(i) + 3], WORD((i) + 3)); \
		ROUND(e, f, g, h, a, b, c, d, (k)[(i) + 4], WORD((i) + 4)); \
		ROUND(d, e, f, g, h, a, b, c, (k)[(i) + 5], WORD((i) + 5)); \
		ROUND(c, d, e, f, g, h, a, b, (k)[(i) + 6], WORD((i) + 6)); \
		ROUND(b, c, d, e, f, g, h, a, (k)[(i) + 7], WORD((i) + 7)); \
	} while (0)
#define READ_WORD(i) (w[i] = big_endian(block + (size_t)4 * (i)))
#define NEXT_WORD(i) expand(w, (i))

static void compress(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];

	EIGHT_ROUNDS(round_constants, 0, READ_WORD);
	EIGHT_ROUNDS(round_constants, 8, READ_WORD);
	for (const uint32_t *k = round_constants + 16; k < round_constants + 64; k += 16) {
		EIGHT_ROUNDS(k, 0, NEXT_WORD);
		EIGHT_ROUNDS(k, 8, NEXT_WORD);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void hk_sha256_init(struct hk_sha256 *sha)
{
	static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(sha->state, initial, sizeof initial);
	sha->bytes = 0;
	memset(sha->block, 0, sizeof sha->block);
}

void hk_sha256_update(struct hk_sha256 *sha, const void *bytes, size_t count)
{
	const unsigned char *from = bytes;
	size_t held = (size_t)(sha->bytes % 64);

	sha->bytes += count;
	if (held) {
		size_t take = 64 - held < count ? 64 - held : count;

		if (take)
			memcpy(sha->block + held, from, take);
		if (held + take < 64)
			return;
		compress(sha->state, sha->block);
		from += take;
		count -= take;
	}
	for (; count >= 64; from += 64, count -= 64)
		compress(sha->state, from);
	if (count)
		memcpy(sha->block, from, count);
}

void hk_sha256_final(struct hk_sha256 *sha, char text[HK_SHA256_TEXT])
{
	static const unsigned char padding[64] = { 0x80 };
	static const char hex[] = "0123456789abcdef";
	unsigned char length[8];
	uint64_t bits = sha->bytes * 8;
	size_t held = (size_t)(sha->bytes % 64);

	for (unsigned i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	hk_sha256_update(sha, padding, held < 56 ? 56 - held : 120 - held);
	hk_sha256_update(sha, length, sizeof length);
	for (unsigned i = 0; i < 64; i++)
		text[i] = hex[sha->state[i / 8] >> (28 - 4 * (i % 8)) & 0xF];
	text[64] = '\0';
}

void hk_sha256_text(const void *bytes, size_t count, char text[HK_SHA256_TEXT])
{
	struct hk_sha256 sha;

	hk_sha256_init(&sha);
	hk_sha256_update(&sha, bytes, count);
	hk_sha256_final(&sha, text);
}
