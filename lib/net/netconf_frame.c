/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netconf_frame.h"
#include <string.h>

#define MARKER "]]>]]>"
#define MARKER_LENGTH 6u

void hk_frame_init(struct hk_frame *frame, size_t max_message)
{
	*frame = (struct hk_frame){ .max_message = max_message, .message = HK_BUF_INIT };
}

void hk_frame_release(struct hk_frame *frame)
{
	hk_buf_release(&frame->message);
}

void hk_frame_next(struct hk_frame *frame)
{
	/* one large answer must not be kept for the rest of the session */
	if (frame->message.cap > 65536)
		hk_buf_release(&frame->message);
	hk_buf_reset(&frame->message);
	frame->state = HK_FRAME_START;
	frame->after_chunk = false;
}

static int add(struct hk_frame *frame, const char *bytes, size_t count, struct hk_err *err)
{
	if (count > frame->max_message - frame->message.len)
		return hk_err_set(err, HK_UNREACHABLE, "message of more than %zu bytes", frame->max_message);
	hk_buf_add(&frame->message, bytes, count);
	return 0;
}

static int feed_marked(struct hk_frame *frame, const char *bytes, size_t count, size_t *used, struct hk_err *err)
{
	while (*used < count) {
		const char *from = bytes + *used, *end = memchr(from, '>', count - *used);
		size_t part = end ? (size_t)(end - from) + 1 : count - *used;
		if (add(frame, from, part, err))
			return -1;
		*used += part;
		struct hk_buf *message = &frame->message;
		if (end && message->len >= MARKER_LENGTH && memcmp(message->s + message->len - MARKER_LENGTH, MARKER, MARKER_LENGTH) == 0) {
			message->len -= MARKER_LENGTH;
			message->s[message->len] = '\0';
			return 1;
		}
	}
	return 0;
}

static int bad_chunk(const struct hk_frame *frame, char byte, struct hk_err *err)
{
	return hk_err_set(err, HK_UNREACHABLE, "no chunk framing: byte 0x%02x %s", (unsigned char)byte,
			  frame->after_chunk ? "after a chunk" : "where a chunk begins");
}

/* One byte of a chunk's header. */
static int feed_header(struct hk_frame *frame, char byte, struct hk_err *err)
{
	switch (frame->state) {
	case HK_FRAME_START:
		frame->state = HK_FRAME_HASH;
		return byte == '\n' ? 0 : bad_chunk(frame, byte, err);
	case HK_FRAME_HASH:
		frame->state = HK_FRAME_FIRST;
		return byte == '#' ? 0 : bad_chunk(frame, byte, err);
	case HK_FRAME_FIRST:
		if (byte == '#' && frame->after_chunk) {
			frame->state = HK_FRAME_LAST;
			return 0;
		}
		if (byte < '1' || byte > '9')
			return bad_chunk(frame, byte, err);
		frame->left = (uint32_t)(byte - '0');
		frame->digits = 1;
		frame->state = HK_FRAME_SIZE;
		return 0;
	case HK_FRAME_SIZE: {
		if (byte == '\n') {
			frame->state = HK_FRAME_DATA;
			return frame->left <= frame->max_message - frame->message.len ? 0 :
			       hk_err_set(err, HK_UNREACHABLE, "message of more than %zu bytes", frame->max_message);
		}
		uint64_t size = (uint64_t)frame->left * 10 + (uint64_t)(byte - '0');
		if (byte < '0' || byte > '9' || ++frame->digits > 10 || size > UINT32_MAX)
			return bad_chunk(frame, byte, err);
		frame->left = (uint32_t)size;
		return 0;
	}
	case HK_FRAME_LAST:
		return byte == '\n' ? 1 : bad_chunk(frame, byte, err);
	case HK_FRAME_DATA:
		break;
	}
	return 0;
}

static int feed_chunked(struct hk_frame *frame, const char *bytes, size_t count, size_t *used, struct hk_err *err)
{
	while (*used < count) {
		if (frame->state == HK_FRAME_DATA) {
			size_t part = count - *used < frame->left ? count - *used : frame->left;
			if (add(frame, bytes + *used, part, err))
				return -1;
			*used += part;
			frame->left -= (uint32_t)part;
			if (!frame->left) {
				frame->state = HK_FRAME_START;
				frame->after_chunk = true;
			}
			continue;
		}
		int status = feed_header(frame, bytes[(*used)++], err);
		if (status)
			return status;
	}
	return 0;
}

int hk_frame_feed(struct hk_frame *frame, const char *bytes, size_t count, size_t *used, struct hk_err *err)
{
	*used = 0;
	return frame->chunked ? feed_chunked(frame, bytes, count, used, err) : feed_marked(frame, bytes, count, used, err);
}

void hk_frame_write(struct hk_buf *out, bool chunked, struct hk_str message)
{
	if (!chunked) {
		hk_buf_addslice(out, message);
		hk_buf_addstr(out, MARKER);
		return;
	}
	/* a chunk holds at most 4294967295 bytes; smaller ones are kinder to servers that read them whole */
	while (message.n) {
		struct hk_str part = { message.s, message.n < 1u << 20 ? message.n : 1u << 20 };
		hk_buf_addf(out, "\n#%zu\n", part.n);
		hk_buf_addslice(out, part);
		message.s += part.n;
		message.n -= part.n;
	}
	hk_buf_addstr(out, "\n##\n");
}
