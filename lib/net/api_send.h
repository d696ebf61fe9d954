/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files that carry out actions: api_send.c (one request with all its tries), api_call.c (actions, waiting), api_create.c (what creates), api_id.c
 * (names of what was created).
 */
#ifndef HK_NET_API_SEND_H
#define HK_NET_API_SEND_H

#include "net/api_call.h"

struct hk_api_exchange {
	const struct hk_node *action;
	bool creates;                      /* a repetition could do it a second time */
	struct hk_buf path, body, url;
	char *correlation;
	struct hk_http_reply reply;
	struct hk_source source;
	struct hk_doc doc;                 /* of the reply; root NULL when it has no JSON */
	bool absent;                       /* refused, because there is nothing of that id */
	bool maybe;                        /* failed, and what it asks for may have happened all the same */
	bool hopeless;                     /* no use trying again */
};

/* Build, send, try again as the adapter allows, and read the reply. Release in any case. */
int hk_api_send(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_exchange *exchange, struct hk_err *err);
void hk_api_exchange_release(struct hk_api_exchange *exchange);

/*
 * api_id.c. The id at a place of a reply, in a header field of it, or among the values of the caller (NULL: none); NULL when there is none that could stand in
 * an address. `id` is the declaration of the action.
 */
const char *hk_api_read_id(const struct hk_node *id, const struct hk_node *root, const struct hk_http_headers *headers, const struct hk_api_values *values,
			   struct hk_arena *arena);

/* api_call.c. State, rows and the operator's word, out of a reply. */
int hk_api_read_result(const struct hk_api *api, const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values,
		       struct hk_api_result *result, struct hk_err *err);
/* One action that creates nothing. release and status of what is not there: absent, and no error. */
int hk_api_ask(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err);
/* No message has a secret in it. Returns -1. */
int hk_api_clean(const struct hk_api *api, struct hk_err *err);

#endif
