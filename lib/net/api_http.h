/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One HTTP exchange, by libcurl or from a recording. What is secret (the value of Authorization, the body of a request for a token) has members of its own,
 * which no recording, message or log ever sees. TLS is verified unless the caller, never a document, says otherwise. Redirects are handed to the caller, not
 * followed.
 */
#ifndef HK_NET_API_HTTP_H
#define HK_NET_API_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "net/api_secret.h"
#include <stdint.h>

#define HK_HTTP_BODY_MAX ((size_t)8 << 20)
#define HK_HTTP_HEADERS_MAX 100u

struct hk_http_header { char *name, *value; };
struct hk_http_headers { HK_VEC(struct hk_http_header) list; };
void hk_http_headers_add(struct hk_http_headers *headers, struct hk_str name, struct hk_str value);
const char *hk_http_headers_get(const struct hk_http_headers *headers, const char *name);     /* any case; the first; NULL */
void hk_http_headers_release(struct hk_http_headers *headers);

struct hk_http_request {
	const char *method, *url;
	struct hk_http_headers headers;         /* none of them secret */
	const char *authorization;              /* secret; NULL */
	struct hk_str body;
	bool secret_body;
	int64_t timeout_us;
};

struct hk_http_reply {
	long status;
	struct hk_http_headers headers;
	struct hk_buf body;
};
#define HK_HTTP_REPLY_INIT { 0, { { NULL, 0, 0 } }, HK_BUF_INIT }
void hk_http_reply_release(struct hk_http_reply *reply);

/* Of a request without a reply. HOPELESS: it was not sent, and trying again will not change that (the server's certificate is refused, say). */
enum hk_http_fate { HK_HTTP_NOT_SENT, HK_HTTP_MAYBE_SENT, HK_HTTP_HOPELESS };

struct hk_http {
	/*
	 * 0 with a reply of any status. -1 (HK_UNREACHABLE, HK_FAILED, HK_INTERRUPTED) when there is none; *fate then tells whether the request may have
	 * reached the other side, so that what it asks for may have happened.
	 */
	int (*exchange)(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err);
	void (*release)(void *closure);
	void *closure;
};
void hk_http_release(struct hk_http *http);

struct hk_http_tls {
	const char *ca_file, *certificate_file, *key_file;     /* NULL: the system's authorities; no client certificate */
	bool insecure;                                         /* the user asked for it on the command line */
};
/* interrupted: ends a transfer when it becomes other than 0; may be NULL. Strings are copied. */
int hk_http_curl(struct hk_http *http, const struct hk_http_tls *tls, const volatile int *interrupted, struct hk_err *err);
/*
 * Each exchange of `inner` (taken over) is also added to the file, as a line of JSON: what was sent and what came back, without what is secret: the value of
 * Authorization, members and header fields with names of that kind, and everything of `secrets` (borrowed; may be NULL) wherever it stands. The file must not
 * exist yet. HK_USAGE, HK_FAILED.
 */
int hk_http_record(struct hk_http *http, struct hk_http *inner, const char *path, const struct hk_secrets *secrets, struct hk_err *err);
/* Answers are read from such a file, in order; method, path, query and body must be those that were recorded. Nothing is sent. HK_INVALID. */
int hk_http_replay(struct hk_http *http, const char *path, struct hk_err *err);
/* One line of a recording; method, url (path and query) and body are to be equal. HK_INVALID. What a fuzzer is let loose on. */
int hk_http_recorded(const char *name, struct hk_str line, const struct hk_http_request *request, struct hk_http_reply *reply, struct hk_err *err);

/* "https://host:port" of an address; false when it is none, or has user information. */
bool hk_http_origin(struct hk_str url, struct hk_str *origin);
/* Whether the address is of this machine by its own name or number (127.0.0.0/8, ::1, localhost): nothing goes over a wire. */
bool hk_http_is_loopback(struct hk_str url);
/* Seconds of Retry-After, either form; a date is compared with the reply's own Date. -1 when there is none. */
int64_t hk_http_retry_after(const struct hk_http_headers *headers);

#endif
