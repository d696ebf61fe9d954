/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated NETCONF 1.1 controller with one value, /w:x/v, candidate and confirmed commit: a task of a loop, which answers every message after a delay. */
#ifndef HK_TESTS_UNIT_NET_PEER_H
#define HK_TESTS_UNIT_NET_PEER_H

#include "net/netconf_frame.h"
#include "net/transport.h"

struct peer {
	struct hk_net *net;
	struct hk_stream *stream;
	struct hk_task task;
	struct hk_frame frame;
	struct hk_buf out;               /* leaves at due_us */
	int64_t delay_us, due_us;
	bool greeted, broken;            /* broken: it was told what it does not understand, or could not answer, and says nothing any more */
	char running[40], candidate[40];
};

/* fd: a connected, non-blocking socket, which it owns from now on. The value is "1". */
void peer_open(struct peer *peer, struct hk_net *net, int fd, int64_t delay_us);
void peer_close(struct peer *peer);

#endif
