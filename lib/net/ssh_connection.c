/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection from its first look-up to the end: queued -> resolving -> connecting, or jumping -> handshake -> authenticating -> open; paused between
 * attempts.
 */
#include "net/ssh_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 30
#define MAX_ATTEMPTS 6u
#define FIRST_PAUSE_US 200000

const char *hk_ssh_last_error(struct hk_ssh_connection *c)
{
	char *text = NULL;
	if (c->session)
		libssh2_session_last_error(c->session, &text, NULL, 0);
	return text && *text ? text : "no reason given";
}

/* ---- bytes ---- */

static LIBSSH2_RECV_FUNC(receive)
{
	struct hk_ssh_connection *c = *abstract;
	ssize_t n;
	(void)socket;
	(void)flags;
	if (c->dead)
		return -ECONNRESET;
	if (c->through) {
		n = hk_stream_read(c->through, buffer, length, NULL);
		if (n == -1)
			return -ECONNRESET;
	} else {
		const struct hk_net_system *system = hk_net_system(c->net);
		if (!c->readable)                /* poll has not said so since the last time there was nothing */
			return -EAGAIN;
		n = system->receive(system->context, c->fd, buffer, length);
		if (n == -EAGAIN || n == -EWOULDBLOCK)
			c->readable = false;
	}
	if (n > 0) {
		c->got_bytes = true;
		c->alive_sent = 0;
	}
	return n == -EWOULDBLOCK ? -EAGAIN : n;
}

static LIBSSH2_SEND_FUNC(send_bytes)
{
	struct hk_ssh_connection *c = *abstract;
	ssize_t n;
	(void)socket;
	(void)flags;
	if (c->dead)
		return (ssize_t)length;          /* see free_session */
	if (c->through) {
		n = hk_stream_write(c->through, buffer, length, NULL);
		return n == -1 ? -EPIPE : n;
	}
	const struct hk_net_system *system = hk_net_system(c->net);
	n = system->send(system->context, c->fd, buffer, length);
	return n == -EWOULDBLOCK ? -EAGAIN : n;
}

/* ---- the loop ---- */

void hk_ssh_wake_channels(struct hk_ssh_connection *c)
{
	c->got_bytes = false;
	for (size_t i = 0; i < c->channels.n; i++)
		hk_task_ready(c->channels.v[i]->stream.user);
}

void hk_ssh_watch(struct hk_ssh_connection *c)
{
	bool setting_up = c->state == HK_SSH_HANDSHAKE || c->state == HK_SSH_AUTHENTICATING;
	c->task.events = 0;
	if (c->state == HK_SSH_CONNECTING)
		c->task.events = POLLOUT;
	else if (c->session && c->state != HK_SSH_FAILED && (setting_up || c->channels.n || c->closing.n)) {
		bool wants_out = libssh2_session_block_directions(c->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND;
		c->task.events = (short)(POLLIN | (wants_out ? POLLOUT : 0));
	}
}

static void wait_alive(struct hk_ssh_connection *c)
{
	c->task.wake_us = c->target->alive_interval_s && c->channels.n ? hk_net_now(c->net) + (int64_t)c->target->alive_interval_s * HK_SECOND_US : HK_NEVER;
}

/*
 * libssh2 frees channels with the session, and for that says farewell and waits for the answer; with a dead connection it does not wait. But since 1.11 it also
 * answers EAGAIN, without asking for the connection, for as long as another channel's packet is half sent. So whatever is sent now counts as sent, and the
 * channel whose packet it is goes first. Where that was the packet of a write, whose bytes are gone, the session stays unfreed: memory, not time, is lost then.
 * Allocators of our own that know what is left are no way out: 1.11 gives memory of theirs to free().
 */
static void free_session(struct hk_ssh_connection *c)
{
	bool parting = c->state == HK_SSH_OPEN && !c->stuck && !c->closing_stuck && libssh2_session_disconnect(c->session, "done") == LIBSSH2_ERROR_EAGAIN;

	c->dead = true;
	if (parting)
		(void)libssh2_session_disconnect(c->session, "done");
	for (size_t i = 0; i < c->closing.n; i++)
		(void)libssh2_channel_free(c->closing.v[i]);
	for (int tries = 0; tries < 1000 && libssh2_session_free(c->session) == LIBSSH2_ERROR_EAGAIN; tries++)
		;
	c->session = NULL;
	c->dead = false;
}

void hk_ssh_reset(struct hk_ssh_connection *c)
{
	const struct hk_net_system *system = hk_net_system(c->net);
	if (c->session)
		free_session(c);
	c->closing.n = 0;
	c->closing_stuck = false;
	if (c->through)
		hk_stream_close(HK_STEAL(c->through));
	if (c->jump)
		hk_ssh_connection_put(HK_STEAL(c->jump));
	if (c->fd >= 0)
		system->close(system->context, c->fd);
	c->fd = c->task.fd = -1;
	hk_resolve_end(HK_STEAL(c->resolution));
	hk_ssh_auth_release(c);
	hk_ssh_give_turn(c);
	c->stuck = c->opener = NULL;
	c->readable = false;
}

void hk_ssh_fail(struct hk_ssh_connection *c, struct hk_err *err)
{
	if (c->state == HK_SSH_FAILED)
		return;
	c->state = HK_SSH_FAILED;
	hk_err_release(&c->err);
	c->err = *err;
	*err = (struct hk_err)HK_ERR_INIT;
	c->task.events = 0;
	c->task.wake_us = HK_NEVER;
	hk_ssh_give_turn(c);
	/* the session stays until nobody holds a channel of it */
	hk_ssh_wake_channels(c);
}

/* A server that has too many logins at once hangs up before its banner: later it may not. */
static bool pause_and_retry(struct hk_ssh_connection *c)
{
	uint32_t spread = 0;
	const struct hk_net_system *system = hk_net_system(c->net);
	int64_t pause = FIRST_PAUSE_US * (INT64_C(1) << c->attempts);
	if (++c->attempts >= MAX_ATTEMPTS)
		return false;
	(void)system->random(system->context, &spread, sizeof spread);
	pause += (int64_t)(spread % (uint32_t)pause);
	if (hk_net_now(c->net) + pause >= c->deadline_us)
		return false;
	hk_ssh_reset(c);
	c->state = HK_SSH_PAUSED;
	c->task.events = 0;
	c->task.wake_us = hk_net_now(c->net) + pause;
	return true;
}

static int refused(const struct hk_ssh_connection *c, struct hk_err *err)
{
	return hk_err_set(err, HK_UNREACHABLE,
			  "server closed the connection %u times before its banner%s: too many logins at once (MaxStartups), a penalty (PerSourcePenalties), or no SSH server",
			  c->attempts, c->refusal.s ? c->refusal.s : "");
}

/* ---- steps; each: 1 on to the next state, 0 wait, -1 with err ---- */

static int start_session(struct hk_ssh_connection *c, struct hk_err *err)
{
	c->session = libssh2_session_init_ex(NULL, NULL, NULL, c);
	if (!c->session)
		return hk_err_set(err, HK_FAILED, "libssh2 gave no session");
	libssh2_session_set_blocking(c->session, 0);
	/* a function pointer as libssh2's interface wants it */
	union { LIBSSH2_RECV_FUNC((*call)); void *pointer; } in = { .call = receive };
	union { LIBSSH2_SEND_FUNC((*call)); void *pointer; } out = { .call = send_bytes };
	libssh2_session_callback_set(c->session, LIBSSH2_CALLBACK_RECV, in.pointer);
	libssh2_session_callback_set(c->session, LIBSSH2_CALLBACK_SEND, out.pointer);
	c->state = HK_SSH_HANDSHAKE;
	c->readable = true;
	return hk_ssh_prefer_methods(c, err) ? -1 : 1;
}

static int connect_next(struct hk_ssh_connection *c, struct hk_err *err)
{
	const struct hk_net_system *system = hk_net_system(c->net);
	while (c->next_address < c->n_addresses) {
		int fd = system->connect(system->context, &c->addresses[c->next_address++]);
		if (fd >= 0) {
			c->fd = c->task.fd = fd;
			c->state = HK_SSH_CONNECTING;
			return 0;
		}
		hk_err_release(err);
		hk_err_errno(err, -fd, "cannot connect to port %u", c->target->port);
	}
	if (err->status == HK_OK)
		hk_err_set(err, HK_UNREACHABLE, "cannot connect to port %u", c->target->port);
	err->status = HK_UNREACHABLE;
	return -1;
}

static int step_resolving(struct hk_ssh_connection *c, struct hk_err *err)
{
	int n = hk_resolve_result(c->resolution, c->addresses, err);
	if (n == -EAGAIN)
		return 0;
	hk_resolve_end(HK_STEAL(c->resolution));
	if (n < 0)
		return -1;
	c->n_addresses = n;
	c->next_address = 0;
	return connect_next(c, err);
}

static int step_connecting(struct hk_ssh_connection *c, struct hk_err *err)
{
	const struct hk_net_system *system = hk_net_system(c->net);
	struct pollfd fd = { c->fd, POLLOUT, 0 };
	if (system->poll(system->context, &fd, 1, 0) <= 0)
		return 0;
	int status = system->connected(system->context, c->fd);
	if (status == 0)
		return start_session(c, err);
	system->close(system->context, c->fd);
	c->fd = c->task.fd = -1;
	hk_err_errno(err, -status, "cannot connect to port %u", c->target->port);
	int next = connect_next(c, err);
	if (next == 0)
		hk_err_release(err);
	return next;
}

static int step_jumping(struct hk_ssh_connection *c, struct hk_err *err)
{
	int status = hk_ssh_channel_start((struct hk_ssh_channel *)c->through, err);
	return status == 1 ? start_session(c, err) : status;
}

static int step_handshake(struct hk_ssh_connection *c, struct hk_err *err)
{
	const struct hk_ssh_connection *lowest = c;
	while (lowest->jump)
		lowest = lowest->jump;
	int status = libssh2_session_handshake(c->session, lowest->fd);
	if (status == LIBSSH2_ERROR_EAGAIN)
		return 0;
	if (status) {
		/*
		 * A server that refuses may say why in a line that is no banner ("Exceeded MaxStartups", "Not allowed at this time"), and libssh2 takes that
		 * for one.
		 */
		const char *banner = libssh2_session_banner_get(c->session);
		bool no_banner = status == LIBSSH2_ERROR_BANNER_RECV || !banner || strncmp(banner, "SSH-", 4) != 0;
		if (no_banner) {
			hk_buf_reset(&c->refusal);
			if (banner && strncmp(banner, "SSH-", 4) != 0)
				hk_buf_addf(&c->refusal, " ('%.80s')", banner);
			return pause_and_retry(c) ? 0 : refused(c, err);
		}
		return hk_err_set(err, HK_UNREACHABLE, "no SSH session: %s%s", hk_ssh_last_error(c),
				  status == LIBSSH2_ERROR_KEX_FAILURE || status == LIBSSH2_ERROR_METHOD_NONE ?
				  hk_ssh_rsa_is_usable() ? " (no common algorithms)" :
				  " (no common algorithms: libssh2 before 1.11 has neither RSA host keys with SHA-2 nor ETM or GCM; the server needs an ed25519 or ecdsa host key)"
				  : "");
	}
	if (hk_ssh_check_host_key(c, err))
		return -1;
	c->state = HK_SSH_AUTHENTICATING;
	return 1;
}

static int step_authenticating(struct hk_ssh_connection *c, struct hk_err *err)
{
	int status = hk_ssh_authenticate(c, err);
	if (status != 1)
		return status;
	c->state = HK_SSH_OPEN;
	hk_ssh_auth_release(c);
	hk_ssh_give_turn(c);
	libssh2_keepalive_config(c->session, 1, c->target->alive_interval_s);
	return 1;
}

/* A turn is taken only when the way to the host is there: or those who wait for a jump host could hold all the turns that it needs itself. */
static int step_queued(struct hk_ssh_connection *c, struct hk_err *err)
{
	if (c->target->jump && !c->jump) {
		c->jump = hk_ssh_connection_get(c->pool, c->target->jump, true);
		c->through = &hk_ssh_channel_new(c->jump, HK_CHANNEL_TCP, c->target->host, c->target->port, &c->task)->stream;
	}
	if (c->jump && c->jump->state == HK_SSH_FAILED)
		return hk_ssh_channel_start((struct hk_ssh_channel *)c->through, err);
	if ((c->jump && c->jump->state != HK_SSH_OPEN) || !hk_ssh_take_turn(c))
		return 0;
	unsigned seconds = c->target->connect_timeout_s ? c->target->connect_timeout_s : CONNECT_SECONDS;
	if (!c->attempts)      /* its time begins when its turn comes */
		c->deadline_us = hk_net_now(c->net) + (int64_t)seconds * HK_SECOND_US;
	c->task.wake_us = c->deadline_us;
	if (c->jump) {
		c->state = HK_SSH_JUMPING;
		return 1;
	}
	c->resolution = hk_resolve_start(c->net, c->target->host, c->target->port, &c->task, err);
	c->state = HK_SSH_RESOLVING;
	return c->resolution ? 1 : -1;
}

static int step_open(struct hk_ssh_connection *c, struct hk_err *err)
{
	int64_t now = hk_net_now(c->net);
	if (now >= c->task.wake_us && c->channels.n && c->target->alive_interval_s) {
		int next = 0;
		if (c->alive_sent++ >= 3)
			return hk_err_set(err, HK_UNREACHABLE, "server has been silent for %u s", 3 * c->target->alive_interval_s);
		if (!c->stuck)
			(void)libssh2_keepalive_send(c->session, &next);
		wait_alive(c);
	} else if (c->task.wake_us == HK_NEVER || now >= c->task.wake_us || c->task.wake_us == c->deadline_us)
		wait_alive(c);
	if (hk_ssh_close_more(c))
		hk_ssh_wake_channels(c);
	return 0;
}

static bool is_setting_up(enum hk_ssh_state state)
{
	return state == HK_SSH_RESOLVING || state == HK_SSH_CONNECTING || state == HK_SSH_JUMPING || state == HK_SSH_HANDSHAKE ||
	    state == HK_SSH_AUTHENTICATING;
}

/* The time to set up has passed. A server that refused until then is named as such. */
static int out_of_time(struct hk_ssh_connection *c, struct hk_err *err)
{
	if (c->state == HK_SSH_AUTHENTICATING)
		return hk_err_set(err, HK_UNREACHABLE, "not authenticated in the time given");
	return c->attempts ? refused(c, err) : hk_err_set(err, HK_UNREACHABLE, "no SSH session in the time given");
}

static int step_once(struct hk_ssh_connection *c, struct hk_err *err)
{
	if (is_setting_up(c->state) && hk_net_now(c->net) >= c->deadline_us)
		return out_of_time(c, err);
	switch (c->state) {
	case HK_SSH_PAUSED:
		if (hk_net_now(c->net) < c->task.wake_us)
			return 0;
		c->state = HK_SSH_QUEUED;
		return 1;
	case HK_SSH_QUEUED: return step_queued(c, err);
	case HK_SSH_RESOLVING: return step_resolving(c, err);
	case HK_SSH_CONNECTING: return step_connecting(c, err);
	case HK_SSH_JUMPING: return step_jumping(c, err);
	case HK_SSH_HANDSHAKE: return step_handshake(c, err);
	case HK_SSH_AUTHENTICATING: return step_authenticating(c, err);
	case HK_SSH_OPEN: return step_open(c, err);
	case HK_SSH_IDLE:
	case HK_SSH_FAILED: break;
	}
	return 0;
}

static void step(struct hk_task *task)
{
	struct hk_ssh_connection *c = task->owner;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status;
	c->readable = true;
	while ((status = step_once(c, &err)) == 1)
		;
	if (status < 0) {
		hk_err_wrap(&err, "%s@%s", c->target->user, c->target->host);
		hk_ssh_fail(c, &err);
	}
	hk_ssh_watch(c);
}

void hk_ssh_begin(struct hk_ssh_connection *c)
{
	c->task = (struct hk_task){ .step = step, .owner = c, .fd = -1, .wake_us = HK_NEVER };
	c->state = HK_SSH_QUEUED;
	hk_task_add(c->net, &c->task);
}
