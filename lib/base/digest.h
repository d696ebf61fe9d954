/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4), for naming inputs and plans; not a defence against anybody. */
#ifndef HK_BASE_DIGEST_H
#define HK_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct hk_sha256 {
	uint32_t state[8];
	uint64_t bytes;
	unsigned char block[64];
};
#define HK_SHA256_TEXT 65     /* 64 hexadecimal digits and NUL */

void hk_sha256_init(struct hk_sha256 *sha);
void hk_sha256_update(struct hk_sha256 *sha, const void *bytes, size_t count);
void hk_sha256_final(struct hk_sha256 *sha, char text[HK_SHA256_TEXT]);
void hk_sha256_text(const void *bytes, size_t count, char text[HK_SHA256_TEXT]);

#endif
