/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an entry of spec.networkApis and its adapter to an API that can be asked: transfers, credentials, clock. */
#ifndef HK_NET_API_CONNECT_H
#define HK_NET_API_CONNECT_H

#include "net/api_config.h"

struct hk_api_way {
	const char *record, *replay;                    /* files; NULL */
	bool insecure;                                  /* asked for on the command line */
	const char *(*variable)(const char *name);      /* of the environment; NULL when unset */
	char *const *environment;                       /* for programs */
	const volatile int *interrupted;                /* may be NULL */
	int64_t exchange_us, all_us;                    /* for one exchange, and for everything together */
	const char *correlation;                        /* names this invocation */
};

/* Zeroed by the caller before the first use; must not move afterwards. */
struct hk_api_connection {
	struct hk_secrets secrets;
	struct hk_http http, token_http;
	struct hk_api_credentials *credentials;
	struct hk_arena arena;
	const volatile int *interrupted;
	bool replays;
	int64_t skipped_us;                             /* a replay waits for nobody: its clock moves on instead */
};

/* Fills in *api, which borrows connection, entry and adapter. -1 with err; release in any case. */
int hk_api_connect(struct hk_api_connection *connection, const struct hk_api_entry *entry, const struct hk_api_adapter *adapter, const struct hk_api_way *way,
		   struct hk_api *api, struct hk_err *err);
void hk_api_disconnect(struct hk_api_connection *connection);
/* Its address without '/' at the end. */
const char *hk_api_base(const struct hk_api_entry *entry, struct hk_arena *arena);
/* A name for an invocation that hardly another one has; nothing is secret about it. */
const char *hk_api_new_correlation(struct hk_arena *arena);

#endif
