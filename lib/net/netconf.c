/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netconf.h"
#include "net/netconf_frame.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A hello is some kilobytes; nobody needs more before we know who it is. */
#define MAX_HELLO ((size_t)2 << 20)
#define READ_SIZE 32768

/*
 * A server that reads our hello and the first chunked message in one go may not have changed its framing between the two, and then waits for ever (yuma 2.13
 * does). So the first message leaves a moment after the hellos; by then the server, which has just sent its own, has read ours.
 */
#define HELLO_PAUSE_US 20000

enum state { HELLO, PAUSE, READY, WAITING, OVER };

struct hk_netconf {
	struct hk_netconf_events events;
	struct hk_net *net;
	struct hk_stream *stream;
	struct hk_task task;
	enum state state;
	struct hk_frame frame;
	size_t max_message;
	struct hk_buf out;               /* not sent before out_at */
	size_t out_at, rpc_at;           /* the rpc at work begins at rpc_at */
	uint64_t message_id;
	struct hk_netconf_caps caps;
	struct hk_netconf_uris uris;
	const char *session_id;
	struct hk_arena arena;
	unsigned busy;                   /* calls on the stack that still look at this */
	bool closed;
};

static void destroy(struct hk_netconf *session)
{
	hk_task_remove(&session->task);
	if (session->stream)
		hk_stream_close(session->stream);
	hk_frame_release(&session->frame);
	hk_buf_release(&session->out);
	hk_vec_release(&session->uris.list);
	hk_arena_release(&session->arena);
	free(session);
}

static void leave(struct hk_netconf *session)
{
	if (!--session->busy && session->closed)
		destroy(session);
}

static void fail(struct hk_netconf *session, struct hk_err *err)
{
	bool sent = session->state == WAITING && session->out_at > session->rpc_at;
	if (session->state == OVER || session->closed)
		return;
	session->state = OVER;
	session->task.wake_us = HK_NEVER;
	session->events.failed(session->events.owner, err, sent);
}

static void on_hello(struct hk_netconf *session, const struct hk_xml *document, struct hk_err *err)
{
	if (hk_netconf_read_hello(document, &session->caps, &session->arena, &session->session_id, &session->uris, err)) {
		fail(session, err);
		return;
	}
	session->frame.chunked = session->caps.base_1_1;
	session->frame.max_message = session->max_message;
	session->state = PAUSE;
	session->task.wake_us = hk_net_now(session->net) + (session->caps.base_1_1 ? HELLO_PAUSE_US : 0);
}

static void on_time(struct hk_netconf *session)
{
	if (session->state == PAUSE) {
		session->state = READY;
		session->task.wake_us = HK_NEVER;
		session->events.ready(session->events.owner);
		return;
	}
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_UNREACHABLE, session->state == HELLO ? "no NETCONF hello in the time given" : "no answer in the time given");
	fail(session, &err);
}

static void on_reply(struct hk_netconf *session, struct hk_xml *document, struct hk_err *err)
{
	const char *id = hk_xml_attribute(document->root, "message-id");
	HK_AUTO_BUF struct hk_buf expected = HK_BUF_INIT;
	hk_buf_addf(&expected, "%llu", (unsigned long long)session->message_id);
	if (hk_xml_is(document->root, NULL, "notification"))
		return;
	if (!hk_xml_is(document->root, NULL, "rpc-reply"))
		hk_err_set(err, HK_UNREACHABLE, "peer sent <%s> where a reply was expected", document->root->name);
	else if (session->state != WAITING)
		hk_err_set(err, HK_UNREACHABLE, "peer sent a reply that nobody asked for");
	/* a request that could not be read has no id to repeat */
	else if (id ? strcmp(id, expected.s) != 0 : !hk_xml_child(document->root, NULL, "rpc-error"))
		hk_err_set(err, HK_UNREACHABLE, "peer answered message %s, not %s", id ? id : "without an id", expected.s);
	if (err->status) {
		fail(session, err);
		return;
	}
	struct hk_netconf_reply reply = { .document = document };
	hk_netconf_read_errors(document, &reply);
	session->state = READY;
	session->task.wake_us = HK_NEVER;
	session->events.reply(session->events.owner, &reply);
	hk_vec_release(&reply.errors);
}

static void on_message(struct hk_netconf *session)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_xml *document = hk_xml_parse((struct hk_str){ session->frame.message.s, session->frame.message.len }, &err);
	hk_frame_next(&session->frame);      /* before the owner hears of it: it may send, and wait, and that may need the frame */
	if (!document) {
		hk_err_wrap(&err, "message is no XML");
		fail(session, &err);
		return;
	}
	if (session->state == HELLO)
		on_hello(session, document, &err);
	else
		on_reply(session, document, &err);
	hk_xml_free(document);
}

/* 0: go on; else there is nothing to do now. */
static int write_some(struct hk_netconf *session)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	while (session->out_at < session->out.len) {
		ssize_t n = hk_stream_write(session->stream, session->out.s + session->out_at, session->out.len - session->out_at, &err);
		session->stream->wants_write = n == -EAGAIN;
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			fail(session, &err);
			return -1;
		}
		session->out_at += (size_t)n;
	}
	if (session->out.cap > 65536)
		hk_buf_release(&session->out);
	return 0;
}

static int feed(struct hk_netconf *session, const char *bytes, size_t count)
{
	while (count && session->state != OVER && !session->closed) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		size_t used;
		int status = hk_frame_feed(&session->frame, bytes, count, &used, &err);
		bytes += used;
		count -= used;
		if (status < 0)
			fail(session, &err);
		else if (status)
			on_message(session);
	}
	return session->state == OVER || session->closed ? -1 : 0;
}

static void read_some(struct hk_netconf *session)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char bytes[READ_SIZE];
	/* a peer that never stops must not keep the others waiting */
	for (unsigned rounds = 0; rounds < 32; rounds++) {
		ssize_t n = hk_stream_read(session->stream, bytes, sizeof bytes, &err);
		if (n == -EAGAIN)
			return;
		if (n == 0)
			hk_err_set(&err, HK_UNREACHABLE, "peer ended the session");
		if (n <= 0) {
			if (session->state == HELLO)
				hk_err_wrap(&err, "no NETCONF session");
			fail(session, &err);
			return;
		}
		if (feed(session, bytes, (size_t)n))
			return;
	}
	hk_task_ready(&session->task);
}

static void step(struct hk_task *task)
{
	struct hk_netconf *session = task->owner;
	session->busy++;
	if (session->state != OVER && hk_net_now(session->net) >= task->wake_us)
		on_time(session);
	if (!session->closed && session->state != OVER && !write_some(session) && !session->closed)
		read_some(session);
	leave(session);
}

struct hk_netconf *hk_netconf_open(struct hk_transport *transport, const char *subsystem, const struct hk_netconf_events *events, size_t max_message,
				   int64_t deadline_us, struct hk_err *err)
{
	static const char hello[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><hello xmlns=\"" HK_NETCONF_BASE "\"><capabilities>"
				    "<capability>urn:ietf:params:netconf:base:1.0</capability><capability>urn:ietf:params:netconf:base:1.1</capability>"
				    "</capabilities></hello>";
	struct hk_netconf *session = hk_calloc(1, sizeof *session);
	session->stream = hk_transport_open(transport, subsystem, &session->task, err);
	if (!session->stream) {
		free(session);
		return NULL;
	}
	session->events = *events;
	session->net = transport->net;
	session->max_message = max_message ? max_message : HK_NETCONF_MAX_MESSAGE;
	session->arena = (struct hk_arena)HK_ARENA_INIT;
	hk_buf_init(&session->out);
	hk_frame_init(&session->frame, session->max_message < MAX_HELLO ? session->max_message : MAX_HELLO);
	hk_frame_write(&session->out, false, (struct hk_str){ hello, sizeof hello - 1 });
	session->task = (struct hk_task){ .step = step, .owner = session, .fd = -1, .wake_us = deadline_us };
	hk_task_add(session->net, &session->task);
	return session;
}

void hk_netconf_send(struct hk_netconf *session, struct hk_str body, int64_t deadline_us)
{
	HK_AUTO_BUF struct hk_buf message = HK_BUF_INIT;
	hk_buf_addf(&message, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rpc xmlns=\"" HK_NETCONF_BASE "\" message-id=\"%llu\">",
		    (unsigned long long)++session->message_id);
	hk_buf_addslice(&message, body);
	hk_buf_addstr(&message, "</rpc>");
	/* what is left can only be our hello: without a reply there is no next rpc */
	HK_AUTO_BUF struct hk_buf left = HK_BUF_INIT;
	if (session->out_at < session->out.len)
		hk_buf_add(&left, session->out.s + session->out_at, session->out.len - session->out_at);
	hk_buf_reset(&session->out);
	hk_buf_add(&session->out, left.s, left.len);
	session->out_at = 0;
	session->rpc_at = session->out.len;
	hk_frame_write(&session->out, session->caps.base_1_1, (struct hk_str){ message.s, message.len });
	if (session->state == READY)
		session->state = WAITING;
	session->task.wake_us = deadline_us;
	hk_task_ready(&session->task);
}

bool hk_netconf_is_ready(const struct hk_netconf *session)
{
	return session->state == READY;
}

const struct hk_netconf_caps *hk_netconf_capabilities(const struct hk_netconf *session)
{
	return &session->caps;
}

const char *hk_netconf_session_id(const struct hk_netconf *session)
{
	return session->session_id;
}

const char *hk_netconf_capability(const struct hk_netconf *session, size_t index)
{
	return index < session->uris.list.n ? session->uris.list.v[index] : NULL;
}

void hk_netconf_close(struct hk_netconf *session, bool polite)
{
	if (!session)
		return;
	session->closed = true;
	if (polite && session->state == READY && session->stream) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		hk_netconf_send(session, HK_STR("<close-session/>"), HK_NEVER);
		(void)hk_stream_write(session->stream, session->out.s, session->out.len, &err);
	}
	hk_task_remove(&session->task);
	if (!session->busy)
		destroy(session);
}
