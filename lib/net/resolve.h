/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names to addresses without keeping the loop waiting: the system's resolver blocks, so each name has a short-lived thread that touches nothing of ours and
 * reports through a pipe.
 */
#ifndef HK_NET_RESOLVE_H
#define HK_NET_RESOLVE_H

#include "net/loop.h"

#define HK_RESOLVE_ROOM 8

struct hk_resolution;
/* user is made ready when there is an answer. NULL with err when no thread can be started. Numeric addresses are answered at once. */
struct hk_resolution *hk_resolve_start(struct hk_net *net, const char *host, uint16_t port, struct hk_task *user, struct hk_err *err);
/* Count of addresses, -EAGAIN when there is no answer yet, -1 with err (HK_UNREACHABLE). */
int hk_resolve_result(struct hk_resolution *resolution, struct hk_net_address *found, struct hk_err *err);
void hk_resolve_end(struct hk_resolution *resolution);      /* also when there is no answer yet */

#endif
