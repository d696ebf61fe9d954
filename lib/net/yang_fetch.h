/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The YANG modules of a NETCONF server, by get-schema (RFC 6022): those of the controller's `models`, and what they import and include. Each becomes NAME.yang
 * in a directory, where net/yang.h finds it; a file that is there already is kept, and only looked into for what it needs.
 */
#ifndef HK_NET_YANG_FETCH_H
#define HK_NET_YANG_FETCH_H

#include "base/vec.h"
#include "net/controller.h"
#include "net/transport.h"

struct hk_netconf;
/* Zero it and fill in the first part. It must stay where it is until hk_yang_fetch_end. */
struct hk_yang_fetch {
	const struct hk_controller *controller;
	struct hk_transport *transport;          /* borrowed */
	const char *directory;                   /* is there */
	int64_t timeout_us;                      /* for each answer */
	/* result */
	bool finished;
	struct hk_err err;                       /* set when it failed */
	size_t fetched;                          /* files that were written */
	struct hk_buf without;                   /* modules that the server does not hand out, separated by ", " */
	/* its own */
	struct hk_netconf *session;
	struct hk_arena arena;
	HK_VEC(const char *) names;              /* wanted, in the order in which they were found */
	size_t at;
};
void hk_yang_fetch_start(struct hk_yang_fetch *fetch);      /* finishes through the loop, or at once when it cannot be begun */
void hk_yang_fetch_end(struct hk_yang_fetch *fetch);        /* frees what it owns, finished or not */

#endif
