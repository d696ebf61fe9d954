/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A NETCONF session (RFC 6241) over any stream (RFC 6242 over SSH): hello, framing by what both sides announced, one rpc at a time, every field of every
 * rpc-error.
 *
 * The peer is not trusted: messages are bounded, message-ids must match, a reply that is no well-formed XML ends the session. What to do with the session is
 * the dialect's business (netconf_device.c): this file knows no candidate.
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
	bool candidate, confirmed, confirmed_persist /* confirmed-commit:1.1 */, rollback_on_error, validate, validate_1_1, startup, writable_running, xpath,
	    monitoring /* ietf-netconf-monitoring */;
};

struct hk_netconf_uris { HK_VEC(const char *) list; };

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

/* What happened, for the owner's next step. Called from the loop, or from hk_netconf_send; may call anything, hk_netconf_close too. */
struct hk_netconf_events {
	void (*ready)(void *owner);                                               /* both hellos are through */
	void (*reply)(void *owner, const struct hk_netconf_reply *reply);         /* to the rpc at work; gone afterwards */
	/* the session is over; sent: an rpc had left, at least in part, without an answer */
	void (*failed)(void *owner, struct hk_err *err, bool sent);
	void *owner;
};

struct hk_netconf;
/*
 * Open a session on a subsystem of the transport. Before `ready` the deadline bounds connecting and hello; no rpc is at work then. NULL when the transport
 * cannot even begin. max_message 0: HK_NETCONF_MAX_MESSAGE.
 */
struct hk_netconf *hk_netconf_open(struct hk_transport *transport, const char *subsystem, const struct hk_netconf_events *events, size_t max_message,
				   int64_t deadline_us, struct hk_err *err);
/* body: the operation element, in namespace base when it names none. One at a time. The deadline is for the reply. */
void hk_netconf_send(struct hk_netconf *session, struct hk_str body, int64_t deadline_us);
bool hk_netconf_is_ready(const struct hk_netconf *session);
const struct hk_netconf_caps *hk_netconf_capabilities(const struct hk_netconf *session);
const char *hk_netconf_session_id(const struct hk_netconf *session);
/* Capability URIs as announced; NULL past the end. */
const char *hk_netconf_capability(const struct hk_netconf *session, size_t index);
/* Ends the session at once and frees it; polite: close-session is sent first, its answer is not waited for. No event comes any more. NULL does nothing. */
void hk_netconf_close(struct hk_netconf *session, bool polite);

/* Parts of it, for its tests. */
int hk_netconf_read_hello(const struct hk_xml *document, struct hk_netconf_caps *caps, struct hk_arena *arena, const char **session_id,
			  struct hk_netconf_uris *capabilities, struct hk_err *err);
/* Errors of a reply, into memory of its document. */
void hk_netconf_read_errors(struct hk_xml *document, struct hk_netconf_reply *reply);
/* "tag: message (path ...)", all that is there, on one line. */
void hk_netconf_say_error(struct hk_buf *out, const struct hk_netconf_error *error);
/* The first errors of a reply as one sentence: "what: rpc-error ...". */
int hk_netconf_fail(struct hk_err *err, enum hk_status status, const struct hk_netconf_reply *reply, const char *what);

#endif
