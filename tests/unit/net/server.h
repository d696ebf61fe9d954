/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real NETCONF server (netconfd of the yuma123 project) in a directory of its own, with a module of ours, and devices that speak with it. */
#ifndef HK_TESTS_UNIT_NET_SERVER_H
#define HK_TESTS_UNIT_NET_SERVER_H

#include "net/dialect.h"
#include <stdbool.h>
#include <sys/types.h>

enum server_kind { SERVER_CANDIDATE, SERVER_RUNNING, SERVER_STARTUP, SERVER_OLD /* 1.0 framing */, SERVER_KINDS };
extern const char *const server_names[];

struct server {
	char directory[64];
	pid_t pid;
	struct hk_controller controller;
	struct hk_net_model model;
};

/* False, with a reason printed, when netconfd is not installed. */
bool server_start(struct server *server, enum server_kind kind);
void server_stop(struct server *server);
struct hk_device *server_device(struct server *server, struct hk_net *net);

/* Run one operation to its end; asserts that it ends. */
void server_do(struct hk_net *net, struct hk_device *device, struct hk_request *request, enum hk_operation operation);

#endif
