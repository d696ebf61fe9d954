/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operator made of a script: replies in order, a clock that moves when somebody sleeps, and a note of all that was sent. */
#ifndef HK_TESTS_UNIT_NET_API_FAKE_H
#define HK_TESTS_UNIT_NET_API_FAKE_H

#include "model/load.h"
#include "net/api_call.h"

/* headers: "Name: value\n..."; status 0: none, and fate says how it was lost */
struct fake_reply { long status; const char *headers, *body; enum hk_http_fate fate; };

struct fake {
	const struct fake_reply *replies;
	size_t n, at;
	struct hk_buf log;                 /* "POST https://host/path body\n" for each request, and "[Name: value]" of headers asked for */
	const char *note_header;           /* NULL: none */
	int64_t now_us, slept_us;
	int interrupt_after;               /* sleeps; -1: never */
	unsigned tokens;                   /* how often a header was asked for anew */
	struct hk_workspace workspace;
	struct hk_diags diags;
	struct hk_api_adapter adapter;
	struct hk_http http;
	struct hk_api_values values;
	struct hk_secrets secrets;
	struct hk_arena arena;
	struct hk_api api;
};
/* With an adapter from text; the test fails when it is not valid. */
void fake_open(struct fake *fake, const char *adapter, const struct fake_reply *replies, size_t n);
void fake_close(struct fake *fake);
void fake_value(struct fake *fake, const char *assignment);
/* hk_api_do with waiting; the exit status. The message is left in *err. */
int fake_do(struct fake *fake, const char *action, struct hk_api_result *result, struct hk_err *err);
struct hk_http fake_http(struct fake *fake);
struct hk_api_clock fake_clock(struct fake *fake);

#endif
