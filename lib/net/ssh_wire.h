/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers and strings as SSH writes them (RFC 4251 section 5): keys, key files, the agent. Each moves *rest behind what it took; false, with nothing taken,
 * when there is not enough.
 */
#ifndef HK_NET_SSH_WIRE_H
#define HK_NET_SSH_WIRE_H

#include "base/str.h"

static inline bool hk_ssh_take_u32(struct hk_str *rest, size_t *value)
{
	const unsigned char *b = (const unsigned char *)rest->s;
	if (rest->n < 4)
		return false;
	*value = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
	*rest = (struct hk_str){ rest->s + 4, rest->n - 4 };
	return true;
}

static inline bool hk_ssh_take_string(struct hk_str *rest, struct hk_str *text)
{
	struct hk_str behind = *rest;
	size_t length;
	if (!hk_ssh_take_u32(&behind, &length) || length > behind.n)
		return false;
	*text = (struct hk_str){ behind.s, length };
	*rest = (struct hk_str){ behind.s + length, behind.n - length };
	return true;
}

#endif
