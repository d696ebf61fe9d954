/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of api_call.c: one request with all its tries. */
#ifndef HK_NET_API_SEND_H
#define HK_NET_API_SEND_H

#include "net/api_call.h"

struct hk_api_exchange {
	const struct hk_node *action;
	bool creates;                      /* a repetition could create a second one */
	struct hk_buf path, body, url;
	char *correlation;
	struct hk_http_reply reply;
	struct hk_source source;
	struct hk_doc doc;                 /* of the reply; root NULL when it has no JSON */
	bool absent;                       /* refused, because there is nothing of that id */
	bool maybe;                        /* failed, and what it asks for may have happened all the same */
};

/* Build, send, try again as the adapter allows, and read the reply. Release in any case. */
int hk_api_send(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_exchange *exchange, struct hk_err *err);
void hk_api_exchange_release(struct hk_api_exchange *exchange);

#endif
