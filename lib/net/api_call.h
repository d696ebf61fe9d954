/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carrying out actions of an adapter against one API: limits, retries, redirects, tokens, waiting for what is not done at once, and taking back what was
 * created in vain. The clock, the transfer and the token come from the caller, so that tests decide on all of them.
 */
#ifndef HK_NET_API_CALL_H
#define HK_NET_API_CALL_H

#include "net/api_http.h"
#include "net/api_reply.h"

struct hk_api_clock {
	int64_t (*now_us)(void *closure);                          /* monotonic */
	int (*sleep_us)(void *closure, int64_t us);                /* other than 0: interrupted */
	void *closure;
};

struct hk_api_auth {
	/*
	 * The value of Authorization, borrowed until the next call; NULL when none is needed. renew: the last one was refused. -1 with err (HK_UNREACHABLE or
	 * HK_INVALID).
	 */
	int (*header)(void *closure, bool renew, const char **value, struct hk_err *err);
	void *closure;
};

struct hk_api {
	const char *name, *base_url;              /* no '/' at the end */
	const struct hk_api_adapter *adapter;
	const struct hk_http *http;
	struct hk_api_auth auth;
	struct hk_api_clock clock;
	int64_t timeout_us;                       /* of one exchange */
	int64_t deadline_us;                      /* of all together, by the clock */
	const char *correlation;                  /* names this invocation; one for each thing asked for is derived from it */
	const struct hk_secrets *secrets;         /* what no message or result may contain; may be NULL */
	void (*tell)(void *closure, const char *text);     /* progress; may be NULL */
	void *tell_closure;
	int64_t last_sent_us;                     /* zero at first */
	unsigned sent;                            /* requests that were not retries */
};

struct hk_api_result {
	struct hk_arena arena;
	struct hk_api_rows rows;
	const char *id;                           /* of what was created; NULL */
	enum hk_api_state state;
	const char *word;                         /* the operator's word for it; NULL */
	bool absent;                              /* release, status: there is nothing of that id */
	bool taken_back;                          /* request: created, did not become active, and was released again */
	bool maybe;                               /* request: failed, and whether it was carried out cannot be told */
};
#define HK_API_RESULT_INIT { HK_ARENA_INIT, { { NULL, 0, 0 } }, NULL, HK_API_UNKNOWN, NULL, false, false, false }

/* The request as it would be sent, for people and for tests: path (with query) and body ("" when there is none). */
int hk_api_build(const struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_buf *path, struct hk_buf *body,
		 struct hk_err *err);
/*
 * One action. wait: request waits until the thing is active; keep: what did not become active stays. HK_UNREACHABLE: no answer, or not let in; HK_UNVERIFIED:
 * created, and not active in time; HK_FAILED: refused, or the reply cannot be understood.
 *
 * When the reply to a creating request gets lost, or cannot be read, what it asked for may exist. With an adapter that has `find`, the things that are there
 * are listed before the request and again after the loss: a new one is it, and without one the request is sent again. Without `find` the message says that it
 * may have happened.
 */
int hk_api_do(struct hk_api *api, const char *action, struct hk_api_values *values, bool wait, bool keep, struct hk_api_result *result, struct hk_err *err);
void hk_api_result_release(struct hk_api_result *result);

/* ---- the parts of a request, for who has to remember them ---- */

/* same: it says of itself all that a request with the values would ask for. id comes first: lists are sorted by it. */
struct hk_api_found { const char *id; enum hk_api_state state; bool same; };
struct hk_api_list { struct hk_arena arena; HK_VEC(struct hk_api_found) list; };      /* in order of ids, each once */
#define HK_API_LIST_INIT { HK_ARENA_INIT, { NULL, 0, 0 } }
bool hk_api_can_find(const struct hk_api *api);
/* What is there already that fits the values. HK_USAGE: it cannot be asked for, with these values or this token. */
int hk_api_find(struct hk_api *api, const struct hk_api_values *values, struct hk_api_list *list, struct hk_err *err);
bool hk_api_list_has(const struct hk_api_list *list, const char *id);
void hk_api_list_release(struct hk_api_list *list);

struct hk_api_watch {
	/* About to create: what is there already (NULL when that cannot be told). -1 with err: nothing is sent. Called again before a repetition. */
	int (*creating)(void *closure, const struct hk_api_list *before, const char *correlation, struct hk_err *err);
	/* Created, as the id says; not yet known to be active. -1 with err: it is taken back. */
	int (*created)(void *closure, const char *id, struct hk_err *err);
	void *closure;
};
/* As hk_api_do with `request`. */
int hk_api_request(struct hk_api *api, struct hk_api_values *values, bool wait, bool keep, const struct hk_api_watch *watch, struct hk_api_result *result,
		   struct hk_err *err);
/*
 * What became of a request of which only is known what was there before it: *id (of the arena of result) is the one new thing, or NULL when there is none.
 * HK_FAILED when there are several.
 */
int hk_api_recover(struct hk_api *api, const struct hk_api_values *values, const struct hk_api_list *before, struct hk_api_result *result, const char **id,
		   struct hk_err *err);
/* Wait until what is named by `id` among the values is active. As hk_api_do. */
int hk_api_await(struct hk_api *api, struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err);

#endif
