/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NETCONF's two framings (RFC 6242 section 4): the marker "]]>]]>" after every message, which hellos and 1.0 peers use, and chunks with their sizes when both
 * sides are 1.1. Bytes may come in any portions; what is no framing at all, and messages past the limit, end the session.
 */
#ifndef HK_NET_NETCONF_FRAME_H
#define HK_NET_NETCONF_FRAME_H

#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

enum hk_frame_state { HK_FRAME_START, HK_FRAME_HASH, HK_FRAME_FIRST, HK_FRAME_SIZE, HK_FRAME_DATA, HK_FRAME_LAST };

struct hk_frame {
	bool chunked;                  /* may be changed between messages */
	size_t max_message;
	struct hk_buf message;         /* complete when hk_frame_feed says so */
	/* its own */
	enum hk_frame_state state;
	bool after_chunk;
	uint32_t left;
	unsigned digits;
};

void hk_frame_init(struct hk_frame *frame, size_t max_message);
void hk_frame_release(struct hk_frame *frame);
/*
 * Take bytes up to the end of a message; *used tells how many. 1: frame->message is complete, call hk_frame_next before feeding the rest. 0: all were used and
 * more are needed. -1: no framing (HK_UNREACHABLE).
 */
int hk_frame_feed(struct hk_frame *frame, const char *bytes, size_t count, size_t *used, struct hk_err *err);
void hk_frame_next(struct hk_frame *frame);
/* Append the message with its frame. Text that was escaped cannot contain the marker, since it contains no '>'. */
void hk_frame_write(struct hk_buf *out, bool chunked, struct hk_str message);

#endif
