/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scrubbed text must be valid UTF-8 that a terminal only shows: no control bytes, no bidirectional controls, and scrubbing it again changes nothing. */
#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_hidden_control(const char *s, unsigned length)
{
	static const char *const controls[] = { "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
						"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9" };

	if (length == 1)
		return (unsigned char)*s < 0x20 || *s == 0x7f;
	if (length == 2)
		return *s == '\xc2' && (unsigned char)s[1] < 0xa0;
	for (size_t i = 0; length == 3 && i < sizeof controls / sizeof controls[0]; i++)
		if (memcmp(s, controls[i], 3) == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HK_AUTO_BUF struct hk_buf once = HK_BUF_INIT, twice = HK_BUF_INIT;
	struct hk_str text = { (const char *)data, size };

	if (hk_utf8_width(text) > 2 * size)
		abort();
	hk_buf_addscrubbed(&once, text);
	for (size_t i = 0; i < once.len;) {
		unsigned length = hk_utf8_length(once.s + i, once.len - i);

		if (!length || is_hidden_control(once.s + i, length))
			abort();
		i += length;
	}
	hk_buf_addscrubbed(&twice, (struct hk_str){ once.s, once.len });
	if (twice.len != once.len || memcmp(once.s, twice.s, once.len) != 0)
		abort();
	return 0;
}
