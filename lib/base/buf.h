/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing byte buffer. Invariants: s is never NULL after hk_buf_init or HK_BUF_INIT, and s[len] is always NUL, so s can be passed as a C
 * string at any time. The bytes may contain NUL.
 */
#ifndef HK_BASE_BUF_H
#define HK_BASE_BUF_H

#include "base/str.h"
#include <stdarg.h>

struct hk_buf {
	char *s;
	size_t len;
	size_t cap;           /* 0 while s is the shared empty string */
};

extern char hk_buf_empty[];
#define HK_BUF_INIT { hk_buf_empty, 0, 0 }

void hk_buf_init(struct hk_buf *buf);
void hk_buf_release(struct hk_buf *buf);                          /* frees; buf is HK_BUF_INIT again */
void hk_buf_reset(struct hk_buf *buf);                            /* len = 0, memory kept */
char *hk_buf_detach(struct hk_buf *buf, size_t *len);             /* caller frees; len may be NULL; buf is empty again */
void hk_buf_grow_(struct hk_buf *buf, size_t more);               /* of hk_buf_reserve */
static inline void hk_buf_reserve(struct hk_buf *buf, size_t more)
{
	if (more >= buf->cap - buf->len)      /* one byte is for the NUL */
		hk_buf_grow_(buf, more);
}
void hk_buf_add(struct hk_buf *buf, const void *bytes, size_t count);
void hk_buf_addstr(struct hk_buf *buf, const char *text);
void hk_buf_addslice(struct hk_buf *buf, struct hk_str text);
static inline void hk_buf_addch(struct hk_buf *buf, char byte)
{
	hk_buf_reserve(buf, 1);
	buf->s[buf->len++] = byte;
	buf->s[buf->len] = '\0';
}
void hk_buf_addchn(struct hk_buf *buf, char byte, size_t count);
void hk_buf_addf(struct hk_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hk_buf_vaddf(struct hk_buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Append hostile text so that it can be printed: control bytes (C0, DEL, C1, bidi controls) become \xNN or \u{NNNN}, invalid UTF-8 \xNN. */
void hk_buf_addscrubbed(struct hk_buf *buf, struct hk_str text);
/* Percent-encoded: all but the unreserved characters of RFC 3986, section 2.3. At most three bytes for one. */
void hk_buf_addencoded(struct hk_buf *buf, struct hk_str text);
/*
 * Shortest of 15, 16 or 17 significant digits that reads back as the same double ("0.1", "1e-07", "3"), locale-independent; an exponent only below 1e-4
 * and from 1e16 on. What is not finite becomes "nan", "inf" or "-inf".
 */
void hk_buf_addnum(struct hk_buf *buf, double value);
/* At most `digits` significant digits, trailing zeros removed, locale-independent, no exponent between 1e-6 and 1e15. */
void hk_buf_addround(struct hk_buf *buf, double value, int digits);

#define HK_AUTO_BUF __attribute__((cleanup(hk_buf_release)))

#endif
