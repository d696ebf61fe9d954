/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A NETCONF session (RFC 6241) over any stream (RFC 6242 over SSH): hello, framing by what both sides announced, one rpc at a time, every field of every rpc-error.
 *
 * The peer is not trusted: messages are bounded, message-ids must match, a reply that is no well-formed XML ends the session. What to do with the session is the dialect's
 * business (netconf_device.c): this file knows no candidate.
 */
#ifndef HK_NET_NETCONF_H
#define HK_NET_NETCONF_H

#include "base/vec.h"
#include "net/transport.h"
#include "net/xml.h"

#define HK_NETCONF_BASE "urn:ietf:params:xml:ns:netconf:base:1.0"
#define HK_NETCONF_MAX_MESSAGE ((size_t)64 << 20)
#define HK_NETCONF_MAX_CAPABILITIES 4096u

struct hk_netconf_caps {
	bool base_1_0, base_1_1;
	bool candidate, confirmed, confirmed_persist /* confirmed-commit:1.1 */, rollback_on_error, validate, validate_1_1, startup, writable_running, xpath, monitoring /* ietf-netconf-monitoring */;
};

/* RFC 6241 section 4.3. All text borrowed from the reply; "" when absent. */
struct hk_netconf_error {
	const char *type, *tag, *severity, *app_tag, *path, *message;
	const char *info;              /* error-info as it came, on one line */
	const char *session;           /* error-info/session-id of lock-denied; "" */
};

struct hk_netconf_reply {
	struct hk_xml *document;       /* NULL when the session broke before the reply came */
	const struct hk_xml_node *root;      /* rpc-reply */
	bool ok;                       /* a reply without an error of severity error */
	HK_VEC(struct hk_netconf_error) errors;      /* warnings too */
};

struct hk_netconf;
/* Takes the stream. caps, session id: valid once ready. */
struct hk_netconf *hk_netconf_open(struct hk_net *net, struct hk_stream *stream, size_t max_message);
/* The task of the session: hand it to who opens the stream as its user. */
struct hk_task *hk_netconf_task(struct hk_netconf *session);
void hk_netconf_attach(struct hk_netconf *session, struct hk_stream *stream);

/* What happened, for the owner's next step. Called from the loop. */
struct hk_netconf_events {
	void (*ready)(void *owner);                                               /* both hellos are through */
	void (*reply)(void *owner, struct hk_netconf_reply *reply);               /* to the rpc at work; released by the session afterwards */
	void (*failed)(void *owner, struct hk_err *err, bool sent);               /* the session is over; sent: an rpc had left, at least in part, without an answer */
	void *owner;
};
void hk_netconf_listen(struct hk_netconf *session, const struct hk_netconf_events *events);
/* body: the operation element. One at a time. The deadline is for the reply; also call it before ready, with body NULL, to bound the hello. */
void hk_netconf_send(struct hk_netconf *session, const struct hk_buf *body, int64_t deadline_us);
const struct hk_netconf_caps *hk_netconf_capabilities(const struct hk_netconf *session);
const char *hk_netconf_session_id(const struct hk_netconf *session);
size_t hk_netconf_capability_count(const struct hk_netconf *session);
const char *hk_netconf_capability(const struct hk_netconf *session, size_t index);
/* Ends the session at once (close-session is sent without waiting for an answer when polite). */
void hk_netconf_close(struct hk_netconf *session, bool polite);

#endif
