/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\""

static void answer(struct peer *peer)
{
	const char *text = peer->frame.message.s, *value = strstr(text, "<v>"), *id = strstr(text, "message-id=\"");
	HK_AUTO_BUF struct hk_buf reply = HK_BUF_INIT;
	if (!peer->greeted) {
		peer->greeted = peer->frame.chunked = true;
		return;
	}
	peer->broken = !id;
	if (peer->broken)
		return;
	hk_buf_addf(&reply, "<rpc-reply %s message-id=\"%llu\">", NS, strtoull(id + 12, NULL, 10));
	if (strstr(text, "<get-config>"))
		hk_buf_addf(&reply, "<data><x xmlns=\"urn:w\"><v>%s</v></x></data></rpc-reply>", peer->running);
	else {
		if (value)
			snprintf(peer->candidate, sizeof peer->candidate, "%.*s", (int)strcspn(value + 3, "<"), value + 3);
		if (strstr(text, "<commit>"))
			memcpy(peer->running, peer->candidate, sizeof peer->running);
		hk_buf_addstr(&reply, "<ok/></rpc-reply>");
	}
	hk_frame_write(&peer->out, true, (struct hk_str){ reply.s, reply.len });
	peer->due_us = hk_net_now(peer->net) + peer->delay_us;
}

static void step(struct hk_task *task)
{
	struct peer *peer = task->owner;
	char bytes[4096];
	ssize_t n;
	while ((n = hk_stream_read(peer->stream, bytes, sizeof bytes, NULL)) > 0)
		for (size_t at = 0, used = 0; at < (size_t)n && !peer->broken; at += used) {
			int status = hk_frame_feed(&peer->frame, bytes + at, (size_t)n - at, &used, NULL);
			peer->broken = status < 0;
			if (status == 1) {
				answer(peer);
				hk_frame_next(&peer->frame);
			}
		}
	if (peer->out.len && hk_net_now(peer->net) >= peer->due_us) {
		peer->broken = peer->broken || hk_stream_write(peer->stream, peer->out.s, peer->out.len, NULL) != (ssize_t)peer->out.len;
		hk_buf_reset(&peer->out);
	}
	task->wake_us = peer->out.len ? peer->due_us : HK_NEVER;
}

void peer_open(struct peer *peer, struct hk_net *net, int fd, int64_t delay_us)
{
	static const char hello[] = "<hello " NS "><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability><capability>urn:ietf:params:netconf:capability:candidate:1.0</capability>"
				    "<capability>urn:ietf:params:netconf:capability:confirmed-commit:1.1</capability></capabilities><session-id>1</session-id></hello>]]>]]>";
	*peer = (struct peer){ .net = net, .out = HK_BUF_INIT, .running = "1", .candidate = "1", .delay_us = delay_us, .due_us = hk_net_now(net) + delay_us };
	hk_frame_init(&peer->frame, 65536);
	hk_buf_addstr(&peer->out, hello);
	peer->stream = hk_stream_of_fd(net, fd);
	peer->stream->user = &peer->task;
	peer->task = (struct hk_task){ .step = step, .owner = peer, .fd = -1, .wake_us = HK_NEVER };
	hk_task_add(net, &peer->task);
}

void peer_close(struct peer *peer)
{
	hk_task_remove(&peer->task);
	hk_stream_close(peer->stream);
	hk_frame_release(&peer->frame);
	hk_buf_release(&peer->out);
}
