/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4648 base64 with padding. */
#ifndef HK_BASE_BASE64_H
#define HK_BASE_BASE64_H

#include "base/str.h"
#include <stddef.h>
#include <stdint.h>

/* Bytes read; -1 when malformed or larger than room. */
ptrdiff_t hk_base64_read(struct hk_str text, unsigned char *bytes, size_t room);
/* text: 4 * ((n + 2) / 3) + 1 bytes. */
void hk_base64_write(struct hk_str bytes, char *text);

#endif
