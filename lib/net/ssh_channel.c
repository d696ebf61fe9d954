/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Channels as streams. libssh2 keeps a half-written packet for each session, not each channel, so while one is left, only the call that left it may go on:
 * `stuck`. And it opens one channel at a time: `opener`.
 */
#include "net/ssh_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static ssize_t stream_read(struct hk_stream *stream, void *bytes, size_t count, struct hk_err *err)
{
	return hk_ssh_channel_read((struct hk_ssh_channel *)stream, 0, bytes, count, err);
}

/* After every call of libssh2: who is stuck, whom to wake, what to wait for. */
static void settle(struct hk_ssh_channel *channel, ssize_t status, bool writing)
{
	struct hk_ssh_connection *c = channel->connection;
	bool was_stuck = c->stuck == channel;
	bool stuck = status == LIBSSH2_ERROR_EAGAIN && (libssh2_session_block_directions(c->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND);
	c->stuck = stuck ? channel : NULL;
	channel->stuck_in_write = stuck && writing;
	if (c->got_bytes || (was_stuck && !stuck))
		hk_ssh_wake_channels(c);
	hk_ssh_watch(c);
}

static bool may_act(const struct hk_ssh_channel *channel, bool writing)
{
	const struct hk_ssh_connection *c = channel->connection;
	return !c->closing_stuck && (!c->stuck || (c->stuck == channel && channel->stuck_in_write == writing));
}

static int broken(const struct hk_ssh_connection *c, struct hk_err *err)
{
	return hk_err_set(err, c->err.status ? c->err.status : HK_UNREACHABLE, "%s", c->err.message ? c->err.message : "connection is closed");
}

static int fail_session(struct hk_ssh_channel *channel, struct hk_err *err)
{
	struct hk_ssh_connection *c = channel->connection;
	struct hk_err why = HK_ERR_INIT;
	hk_err_set(&why, HK_UNREACHABLE, "%s@%s: connection broke: %s", c->target->user, c->target->host, hk_ssh_last_error(c));
	hk_ssh_fail(c, &why);
	hk_err_release(&why);
	return broken(c, err);
}

/* ---- opening ---- */

static int open_once(struct hk_ssh_channel *channel)
{
	struct hk_ssh_connection *c = channel->connection;
	if (channel->kind == HK_CHANNEL_TCP)
		channel->channel = libssh2_channel_direct_tcpip(c->session, channel->what, channel->port);
	else
		channel->channel = libssh2_channel_open_session(c->session);
	return channel->channel ? 0 : libssh2_session_last_errno(c->session);
}

static int request_once(struct hk_ssh_channel *channel)
{
	if (channel->kind == HK_CHANNEL_TCP)
		return 0;
	bool exec = channel->kind == HK_CHANNEL_EXEC;
	channel->requested = true;
	return libssh2_channel_process_startup(channel->channel, exec ? "exec" : "subsystem", exec ? 4 : 9, channel->what, (unsigned)strlen(channel->what));
}

int hk_ssh_channel_start(struct hk_ssh_channel *channel, struct hk_err *err)
{
	struct hk_ssh_connection *c = channel->connection;
	if (c->state == HK_SSH_FAILED)
		return broken(c, err);
	if (channel->started)
		return 1;
	if (c->state != HK_SSH_OPEN || (c->opener && c->opener != channel) || !may_act(channel, true))
		return 0;
	c->opener = channel;
	int status = channel->channel ? request_once(channel) : open_once(channel);
	if (status == 0 && !channel->started && channel->kind != HK_CHANNEL_TCP && !channel->requested)
		status = request_once(channel);
	settle(channel, status, true);
	if (status == LIBSSH2_ERROR_EAGAIN)
		return 0;
	c->opener = NULL;
	hk_ssh_wake_channels(c);
	if (status == 0) {
		channel->started = true;
		if (channel->kind == HK_CHANNEL_SUBSYSTEM)      /* what it says on standard error would fill the window */
			libssh2_channel_handle_extended_data2(channel->channel, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
		return 1;
	}
	if (status == LIBSSH2_ERROR_CHANNEL_FAILURE || status == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
		return hk_err_set(err, HK_UNREACHABLE, "%s@%s refuses %s '%s'", c->target->user, c->target->host,
				  channel->kind == HK_CHANNEL_TCP ? "to connect to" : channel->kind == HK_CHANNEL_EXEC ? "to run" : "subsystem", channel->what);
	return fail_session(channel, err);
}

/* ---- bytes ---- */

ssize_t hk_ssh_channel_read(struct hk_ssh_channel *channel, int stream_id, void *bytes, size_t count, struct hk_err *err)
{
	int status = hk_ssh_channel_start(channel, err);
	if (status != 1)
		return status ? -1 : -EAGAIN;
	if (!may_act(channel, false))
		return -EAGAIN;
	ssize_t n = libssh2_channel_read_ex(channel->channel, stream_id, bytes, count);
	bool ended = n == 0 && libssh2_channel_eof(channel->channel);
	settle(channel, n, false);
	if (n > 0)
		return n;
	if (n == LIBSSH2_ERROR_EAGAIN || (n == 0 && !ended))
		return -EAGAIN;
	return n == 0 ? 0 : fail_session(channel, err);
}

/*
 * Reading writes, too: it widens the window. Who is stuck in that and wants to write may not be about to read; a jumped connection is so, and its own half
 * packet would wait for this one for ever.
 */
static int finish_reading(struct hk_ssh_channel *channel, struct hk_err *err)
{
	char none;
	bool in_read = channel->connection->stuck == channel && !channel->stuck_in_write;
	return in_read && hk_ssh_channel_read(channel, 0, &none, 0, err) == -1 ? -1 : 0;
}

static ssize_t stream_write(struct hk_stream *stream, const void *bytes, size_t count, struct hk_err *err)
{
	struct hk_ssh_channel *channel = (struct hk_ssh_channel *)stream;
	int status = hk_ssh_channel_start(channel, err);
	if (status != 1)
		return status ? -1 : -EAGAIN;
	if (finish_reading(channel, err))
		return -1;
	if (!may_act(channel, true))
		return -EAGAIN;
	ssize_t n = libssh2_channel_write_ex(channel->channel, 0, bytes, count);
	settle(channel, n, true);
	if (n > 0)
		return n;
	if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
		return -EAGAIN;
	if (n == LIBSSH2_ERROR_CHANNEL_CLOSED || n == LIBSSH2_ERROR_CHANNEL_EOF_SENT)
		return hk_err_set(err, HK_UNREACHABLE, "peer ended the session");
	return fail_session(channel, err);
}

int hk_ssh_channel_end_input(struct hk_ssh_channel *channel)
{
	if (!channel->started || !may_act(channel, true))
		return 0;
	int status = libssh2_channel_send_eof(channel->channel);
	settle(channel, status, true);
	return status != LIBSSH2_ERROR_EAGAIN;
}

int hk_ssh_channel_await_close(struct hk_ssh_channel *channel)
{
	if (!may_act(channel, false))
		return 0;
	int status = libssh2_channel_wait_closed(channel->channel);
	settle(channel, status, false);
	return status == LIBSSH2_ERROR_EAGAIN ? 0 : status ? -1 : 1;
}

/* ---- closing ---- */

bool hk_ssh_close_more(struct hk_ssh_connection *c)
{
	if (c->stuck || !c->session || c->state != HK_SSH_OPEN)
		return true;
	for (size_t i = 0; i < c->closing.n;) {
		int status = libssh2_channel_free(c->closing.v[i]);
		c->closing_stuck = status == LIBSSH2_ERROR_EAGAIN && (libssh2_session_block_directions(c->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND);
		if (c->closing_stuck) {
			LIBSSH2_CHANNEL *first = c->closing.v[i];
			c->closing.v[i] = c->closing.v[0];
			c->closing.v[0] = first;         /* it alone may go on */
			return false;
		}
		if (status == LIBSSH2_ERROR_EAGAIN)
			i++;
		else
			c->closing.v[i] = c->closing.v[--c->closing.n];
	}
	return true;
}

static void stream_close(struct hk_stream *stream)
{
	struct hk_ssh_channel *channel = (struct hk_ssh_channel *)stream;
	struct hk_ssh_connection *c = channel->connection;
	for (size_t i = 0; i < c->channels.n; i++)
		if (c->channels.v[i] == channel) {
			c->channels.v[i] = c->channels.v[--c->channels.n];
			break;
		}
	if (c->opener == channel || c->stuck == channel) {
		/* half of an exchange that only this channel could finish: nothing more can be said on the connection */
		struct hk_err err = HK_ERR_INIT;
		c->opener = c->stuck = NULL;
		hk_err_set(&err, HK_UNREACHABLE, "connection was given up in the middle of a message");
		hk_ssh_fail(c, &err);
		hk_err_release(&err);
	} else if (channel->channel && c->session && c->state == HK_SSH_OPEN && c->users > 1) {
		hk_vec_push(&c->closing, channel->channel);
		hk_task_ready(&c->task);
	}
	free(channel->what);
	free(channel);
	hk_ssh_watch(c);
	hk_ssh_connection_put(c);
}

struct hk_ssh_channel *hk_ssh_channel_new(struct hk_ssh_connection *c, enum hk_channel_kind kind, const char *what, uint16_t port, struct hk_task *user)
{
	static const struct hk_stream_type type = { stream_read, stream_write, stream_close };
	struct hk_ssh_channel *channel = hk_calloc(1, sizeof *channel);
	channel->stream.type = &type;
	channel->stream.user = user;
	channel->connection = c;
	channel->kind = kind;
	channel->what = hk_strdup(what);
	channel->port = port;
	c->users++;
	hk_vec_push(&c->channels, channel);
	hk_task_ready(&c->task);
	return channel;
}
