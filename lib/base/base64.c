/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/base64.h"
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

ptrdiff_t hk_base64_read(struct hk_str text, unsigned char *bytes, size_t room)
{
	size_t n = 0;
	if (text.n % 4)
		return -1;
	for (size_t i = 0; i < text.n; i += 4) {
		uint32_t group = 0;
		size_t padding = 0;
		for (size_t k = 0; k < 4; k++) {
			char c = text.s[i + k];
			const char *at = c ? strchr(digits, c) : NULL;
			if (c == '=' && i + 4 == text.n && k >= 2)
				padding++;
			else if (!at || padding)
				return -1;
			group = group << 6 | (at ? (uint32_t)(at - digits) : 0);
		}
		for (size_t k = 0; k < 3 - padding; k++) {
			if (n == room)
				return -1;
			bytes[n++] = (unsigned char)(group >> (16 - 8 * k));
		}
	}
	return (ptrdiff_t)n;
}

void hk_base64_write(struct hk_str bytes, char *text)
{
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t have = bytes.n - i < 3 ? bytes.n - i : 3;
		uint32_t group = 0;
		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < have ? (unsigned char)bytes.s[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			*text++ = k <= have ? digits[group >> (18 - 6 * k) & 63] : '=';
	}
	*text = '\0';
}
