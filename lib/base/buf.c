/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Never written to: every store is behind a reserve, which gives the buffer memory of its own. */
char hk_buf_empty[1];

void hk_buf_init(struct hk_buf *buf)
{
	*buf = (struct hk_buf)HK_BUF_INIT;
}

void hk_buf_release(struct hk_buf *buf)
{
	if (buf->cap)
		free(buf->s);
	hk_buf_init(buf);
}

void hk_buf_reset(struct hk_buf *buf)
{
	buf->len = 0;
	if (buf->cap)
		buf->s[0] = '\0';
}

char *hk_buf_detach(struct hk_buf *buf, size_t *len)
{
	char *text;

	hk_buf_reserve(buf, 0);
	text = buf->s;
	if (len)
		*len = buf->len;
	hk_buf_init(buf);
	return text;
}

void hk_buf_grow_(struct hk_buf *buf, size_t more)
{
	size_t needed, cap;

	if (more >= SIZE_MAX - buf->len)
		hk_reallocarray(NULL, SIZE_MAX, 2);   /* reports the overflow as out of memory */
	needed = buf->len + more + 1;
	if (needed <= buf->cap)
		return;
	cap = buf->cap < SIZE_MAX / 2 ? buf->cap * 2 : SIZE_MAX;
	if (cap < 64)
		cap = 64;
	if (cap < needed)
		cap = needed;
	buf->s = hk_realloc(buf->cap ? buf->s : NULL, cap);
	buf->cap = cap;
	buf->s[buf->len] = '\0';
}

void hk_buf_add(struct hk_buf *buf, const void *bytes, size_t count)
{
	if (!count)
		return;
	hk_buf_reserve(buf, count);
	memcpy(buf->s + buf->len, bytes, count);
	buf->len += count;
	buf->s[buf->len] = '\0';
}

void hk_buf_addstr(struct hk_buf *buf, const char *text)
{
	hk_buf_add(buf, text, strlen(text));
}

void hk_buf_addslice(struct hk_buf *buf, struct hk_str text)
{
	hk_buf_add(buf, text.s, text.n);
}

void hk_buf_addchn(struct hk_buf *buf, char byte, size_t count)
{
	if (!count)
		return;
	hk_buf_reserve(buf, count);
	memset(buf->s + buf->len, byte, count);
	buf->len += count;
	buf->s[buf->len] = '\0';
}

void hk_buf_addf(struct hk_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(buf, format, args);
	va_end(args);
}

void hk_buf_vaddf(struct hk_buf *buf, const char *format, va_list args)
{
	va_list again;
	size_t space;
	int length;

	hk_buf_reserve(buf, 64);
	space = buf->cap - buf->len;
	va_copy(again, args);
	length = vsnprintf(buf->s + buf->len, space, format, args);
	if (length >= 0 && (size_t)length >= space) {
		hk_buf_reserve(buf, (size_t)length);
		length = vsnprintf(buf->s + buf->len, (size_t)length + 1, format, again);
	}
	va_end(again);
	/* Fails only for text over INT_MAX bytes or a wide character that cannot be encoded: nothing is added then. */
	if (length > 0)
		buf->len += (size_t)length;
	buf->s[buf->len] = '\0';
}

/* Code points that move text around or hide it: C1 controls and the bidirectional controls of UAX #9. */
static bool is_unsafe_code(uint32_t code)
{
	return (code >= 0x80 && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static uint32_t decode_short(const char *s, unsigned length)
{
	const unsigned char *u = (const unsigned char *)s;

	if (length == 2)
		return (uint32_t)(u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu);
	return (uint32_t)(u[0] & 0x0Fu) << 12 | (uint32_t)(u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
}

static bool is_plain(char byte)
{
	unsigned char c = (unsigned char)byte;

	return c >= 0x20 && c < 0x7F;
}

void hk_buf_addscrubbed(struct hk_buf *buf, struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t run = i;
		unsigned length;

		while (run < text.n && is_plain(text.s[run]))
			run++;
		hk_buf_add(buf, text.s + i, run - i);
		i = run;
		if (i == text.n)
			break;
		length = hk_utf8_length(text.s + i, text.n - i);
		if (length <= 1)
			hk_buf_addf(buf, "\\x%02x", (unsigned)(unsigned char)text.s[i]);
		else if (length < 4 && is_unsafe_code(decode_short(text.s + i, length)))
			hk_buf_addf(buf, "\\u{%04X}", (unsigned)decode_short(text.s + i, length));
		else
			hk_buf_add(buf, text.s + i, length);
		i += length ? length : 1;
	}
}

void hk_buf_addencoded(struct hk_buf *buf, struct hk_str text)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.s[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
			hk_buf_addch(buf, (char)c);
			continue;
		}
		hk_buf_addch(buf, '%');
		hk_buf_addch(buf, digits[c >> 4]);
		hk_buf_addch(buf, digits[c & 15]);
	}
}
