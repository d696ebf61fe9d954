/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What connections share, and transports on them. */
#include "base/file.h"
#include "net/ssh_internal.h"
#include <stdlib.h>
#include <string.h>

const char *hk_libssh2_compiled(void)
{
	return LIBSSH2_VERSION;
}

const char *hk_libssh2_running(void)
{
	return libssh2_version(0);
}

struct hk_ssh_pool *hk_ssh_pool_new(struct hk_net *net, unsigned per_host)
{
	struct hk_ssh_pool *pool = hk_calloc(1, sizeof *pool);
	(void)libssh2_init(0);
	pool->net = net;
	pool->per_host = per_host ? per_host : HK_SSH_PER_HOST;
	return pool;
}

void hk_ssh_pool_free(struct hk_ssh_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->known.n; i++) {
		free(pool->known.v[i].path);
		hk_known_hosts_free(pool->known.v[i].hosts);
	}
	hk_vec_release(&pool->known);
	hk_vec_release(&pool->connections);
	free(pool);
	libssh2_exit();
}

/* Files that are not there say nothing about any host. */
struct hk_known_hosts *hk_ssh_known_hosts(struct hk_ssh_pool *pool, const struct hk_ssh_target *target)
{
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	for (size_t i = 0; i < target->n_known_hosts; i++)
		hk_buf_addf(&name, "%s\n", target->known_hosts[i]);
	for (size_t i = 0; i < pool->known.n; i++)
		if (strcmp(pool->known.v[i].path, name.s) == 0)
			return pool->known.v[i].hosts;
	struct hk_ssh_known *known = hk_vec_add(&pool->known);
	known->path = hk_buf_detach(&name, NULL);
	known->hosts = hk_known_hosts_new();
	for (size_t i = 0; i < target->n_known_hosts; i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		if (hk_file_read(target->known_hosts[i], HK_KNOWN_HOSTS_MAX, &text, NULL) == 0)
			hk_known_hosts_add(known->hosts, (struct hk_str){ text.s, text.len }, target->known_hosts[i]);
	}
	return known->hosts;
}

/* ---- per-host caps ---- */

static bool same_host(const struct hk_ssh_target *a, const struct hk_ssh_target *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool hk_ssh_take_turn(struct hk_ssh_connection *c)
{
	unsigned taken = 0;
	if (c->holds_turn)
		return true;
	for (size_t i = 0; i < c->pool->connections.n; i++)
		taken += c->pool->connections.v[i]->holds_turn && same_host(c->pool->connections.v[i]->target, c->target);
	c->holds_turn = taken < c->pool->per_host;
	return c->holds_turn;
}

void hk_ssh_give_turn(struct hk_ssh_connection *c)
{
	if (!c->holds_turn)
		return;
	c->holds_turn = false;
	/* all who wait: the first in order takes it */
	for (size_t i = 0; i < c->pool->connections.n; i++)
		if (c->pool->connections.v[i]->state == HK_SSH_QUEUED)
			hk_task_ready(&c->pool->connections.v[i]->task);
}

/* ---- connections ---- */

static bool same_target(const struct hk_ssh_target *a, const struct hk_ssh_target *b)
{
	return same_host(a, b) && strcmp(a->user, b->user) == 0 && strcmp(a->alias, b->alias) == 0 && !a->jump == !b->jump &&
	    (!a->jump || same_target(a->jump, b->jump));
}

struct hk_ssh_connection *hk_ssh_connection_get(struct hk_ssh_pool *pool, const struct hk_ssh_target *target, bool shared)
{
	for (size_t i = 0; shared && i < pool->connections.n; i++) {
		struct hk_ssh_connection *c = pool->connections.v[i];
		if (c->state != HK_SSH_FAILED && same_target(c->target, target)) {
			c->users++;
			return c;
		}
	}
	struct hk_ssh_connection *c = hk_calloc(1, sizeof *c);
	c->pool = pool;
	c->net = pool->net;
	c->target = target;
	c->users = 1;
	c->fd = c->agent_fd = -1;
	hk_buf_init(&c->refused);
	hk_buf_init(&c->refusal);
	hk_vec_push(&pool->connections, c);
	hk_ssh_begin(c);
	return c;
}

void hk_ssh_connection_put(struct hk_ssh_connection *c)
{
	if (--c->users)
		return;
	struct hk_ssh_pool *pool = c->pool;
	for (size_t i = 0; i < pool->connections.n; i++)
		if (pool->connections.v[i] == c) {
			memmove(&pool->connections.v[i], &pool->connections.v[i + 1], (pool->connections.n - i - 1) * sizeof(struct hk_ssh_connection *));
			pool->connections.n--;
			break;
		}
	hk_ssh_reset(c);
	hk_task_remove(&c->task);
	hk_vec_release(&c->channels);
	hk_vec_release(&c->closing);
	hk_arena_release(&c->arena);
	hk_buf_release(&c->refusal);
	hk_err_release(&c->err);
	free(c);
}

/* ---- transports ---- */

struct hk_ssh_connection *hk_ssh_transport_connection(struct hk_ssh_transport *t)
{
	if (t->connection && t->connection->state == HK_SSH_FAILED)
		hk_ssh_connection_put(HK_STEAL(t->connection));
	if (!t->connection)
		t->connection = hk_ssh_connection_get(t->pool, t->target, false);
	return t->connection;
}

static struct hk_stream *open_stream(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err)
{
	struct hk_ssh_transport *t = (struct hk_ssh_transport *)transport;
	(void)err;
	return &hk_ssh_channel_new(hk_ssh_transport_connection(t), HK_CHANNEL_SUBSYSTEM, subsystem, 0, user)->stream;
}

static void close_transport(struct hk_transport *transport)
{
	struct hk_ssh_transport *t = (struct hk_ssh_transport *)transport;
	while (t->runs.n)
		hk_ssh_run_drop(t->runs.v[t->runs.n - 1]);
	hk_vec_release(&t->runs);
	if (t->connection)
		hk_ssh_connection_put(t->connection);
	free(t->peer);
	free(t);
}

struct hk_transport *hk_ssh_transport(struct hk_ssh_pool *pool, const struct hk_ssh_target *target)
{
	static const struct hk_transport_type type = { open_stream, hk_ssh_run, close_transport };
	struct hk_ssh_transport *t = hk_calloc(1, sizeof *t);
	HK_AUTO_BUF struct hk_buf peer = HK_BUF_INIT;
	hk_buf_addf(&peer, "%s@%s:%u", target->user, target->host, target->port);
	t->peer = hk_buf_detach(&peer, NULL);
	t->pool = pool;
	t->target = target;
	t->transport = (struct hk_transport){ &type, pool->net, t->peer };
	return &t->transport;
}

void hk_ssh_transport_facts(struct hk_transport *transport, struct hk_ssh_facts *facts)
{
	const struct hk_ssh_transport *t = (const struct hk_ssh_transport *)transport;
	LIBSSH2_SESSION *session = t->connection && t->connection->state == HK_SSH_OPEN ? t->connection->session : NULL;
	const char *banner = session ? libssh2_session_banner_get(session) : NULL,
	    *host_key = session ? libssh2_session_methods(session, LIBSSH2_METHOD_HOSTKEY) : NULL,
		   *cipher = session ? libssh2_session_methods(session, LIBSSH2_METHOD_CRYPT_CS) : NULL;
	*facts = (struct hk_ssh_facts){ banner ? banner : "", host_key ? host_key : "", cipher ? cipher : "" };
}
