/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * First byte: bit 0 the framing; the rest how many bytes are fed at a time. However the bytes are cut, the messages are the same; and what is written is read
 * back.
 */
#include "net/netconf_frame.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* All messages, each followed by its length; then the final state. */
static void read_all(bool chunked, const char *bytes, size_t count, size_t step, struct hk_buf *out)
{
	struct hk_frame frame;
	size_t at = 0;
	hk_frame_init(&frame, 4096);
	frame.chunked = chunked;
	while (at < count) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		size_t used, part = count - at < step ? count - at : step;
		int status = hk_frame_feed(&frame, bytes + at, part, &used, &err);
		if (used > part || (status == 0 && used != part) || (status < 0) != (err.status != HK_OK) || frame.message.len > 4096)
			abort();
		at += used;
		if (status < 0) {
			hk_buf_addstr(out, "broken");
			break;
		}
		if (status) {
			hk_buf_add(out, frame.message.s, frame.message.len);
			hk_buf_addf(out, "<%zu>", frame.message.len);
			hk_frame_next(&frame);
		}
	}
	hk_frame_release(&frame);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	HK_AUTO_BUF struct hk_buf whole = HK_BUF_INIT, parts = HK_BUF_INIT, written = HK_BUF_INIT, again = HK_BUF_INIT;
	if (size < 2)
		return 0;
	bool chunked = data[0] & 1;
	const char *bytes = (const char *)data + 1;
	read_all(chunked, bytes, size - 1, size, &whole);
	read_all(chunked, bytes, size - 1, (size_t)(data[0] >> 1) + 1, &parts);
	if (whole.len != parts.len || memcmp(whole.s, parts.s, whole.len) != 0)
		abort();
	if (size > 4096 || (!chunked && memchr(bytes, '>', size - 1)))
		return 0;
	hk_frame_write(&written, chunked, (struct hk_str){ bytes, size - 1 });
	read_all(chunked, written.s, written.len, 7, &again);
	if (again.len < size - 1 || memcmp(again.s, bytes, size - 1) != 0)
		abort();
	return 0;
}
