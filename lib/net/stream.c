/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams on descriptors, and the transport that has just one. */
#include "base/mem.h"
#include "net/transport.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fd_stream {
	struct hk_stream stream;
	struct hk_net *net;
	struct hk_task task;
};

/* Whoever uses the stream reads until there is nothing more, so waiting for input always makes sense. */
static void fd_step(struct hk_task *task)
{
	struct fd_stream *self = task->owner;
	task->events = 0;                /* until the user asks again: a descriptor at its end would be readable for ever */
	hk_task_ready(self->stream.user);
}

static ssize_t fd_read(struct hk_stream *stream, void *bytes, size_t count, struct hk_err *err)
{
	struct fd_stream *self = (struct fd_stream *)stream;
	const struct hk_net_system *system = hk_net_system(self->net);
	ssize_t n = system->receive(system->context, self->task.fd, bytes, count);
	if (n == -EAGAIN || n == -EWOULDBLOCK) {
		self->task.events |= POLLIN;
		return -EAGAIN;
	}
	return n < 0 ? hk_err_set(err, HK_UNREACHABLE, "connection broke: %s", strerror((int)-n)) : n;
}

static ssize_t fd_write(struct hk_stream *stream, const void *bytes, size_t count, struct hk_err *err)
{
	struct fd_stream *self = (struct fd_stream *)stream;
	const struct hk_net_system *system = hk_net_system(self->net);
	ssize_t n = system->send(system->context, self->task.fd, bytes, count);
	if (n == -EAGAIN || n == -EWOULDBLOCK) {
		self->task.events |= POLLOUT;
		return -EAGAIN;
	}
	return n < 0 ? hk_err_set(err, HK_UNREACHABLE, "connection broke: %s", strerror((int)-n)) : n;
}

static void fd_close(struct hk_stream *stream)
{
	struct fd_stream *self = (struct fd_stream *)stream;
	const struct hk_net_system *system = hk_net_system(self->net);
	hk_task_remove(&self->task);
	system->close(system->context, self->task.fd);
	free(self);
}

struct hk_stream *hk_stream_of_fd(struct hk_net *net, int fd)
{
	static const struct hk_stream_type type = { fd_read, fd_write, fd_close };
	struct fd_stream *self = hk_calloc(1, sizeof *self);
	self->stream.type = &type;
	self->net = net;
	self->task = (struct hk_task){ .step = fd_step, .owner = self, .fd = fd, .wake_us = HK_NEVER };
	hk_task_add(net, &self->task);
	return &self->stream;
}

/* ---- transports in general ---- */

struct hk_stream *hk_transport_open(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err)
{
	return transport->type->open(transport, subsystem, user, err);
}

void hk_transport_run(struct hk_transport *transport, struct hk_command *command)
{
	transport->type->run(transport, command);
}

void hk_transport_close(struct hk_transport *transport)
{
	if (transport)
		transport->type->close(transport);
}

/* ---- a descriptor that is there already ---- */

struct fd_transport {
	struct hk_transport transport;
	char *peer;
	int fd;                         /* -1 once it was given away */
	struct hk_task task;            /* for commands, which are refused from the loop */
	struct hk_command *refused;
};

static struct hk_stream *one_open(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err)
{
	struct fd_transport *self = (struct fd_transport *)transport;
	if (self->fd < 0) {
		hk_err_set(err, HK_UNREACHABLE, "no second stream for '%s' on this connection", subsystem);
		return NULL;
	}
	struct hk_stream *stream = hk_stream_of_fd(transport->net, self->fd);
	stream->user = user;
	self->fd = -1;
	return stream;
}

static void one_step(struct hk_task *task)
{
	struct fd_transport *self = task->owner;
	struct hk_command *command = HK_STEAL(self->refused);
	if (!command)
		return;
	hk_err_set(&command->err, HK_UNREACHABLE, "this connection runs no commands");
	command->finished = true;
	if (command->done)
		command->done(command);
}

static void one_run(struct hk_transport *transport, struct hk_command *command)
{
	struct fd_transport *self = (struct fd_transport *)transport;
	self->refused = command;
	hk_task_ready(&self->task);
}

static void one_close(struct hk_transport *transport)
{
	struct fd_transport *self = (struct fd_transport *)transport;
	const struct hk_net_system *system = hk_net_system(transport->net);
	hk_task_remove(&self->task);
	if (self->fd >= 0)
		system->close(system->context, self->fd);
	free(self->peer);
	free(self);
}

struct hk_transport *hk_transport_of_fd(struct hk_net *net, int fd, const char *peer)
{
	static const struct hk_transport_type type = { one_open, one_run, one_close };
	struct fd_transport *self = hk_calloc(1, sizeof *self);
	self->peer = hk_strdup(peer);
	self->transport = (struct hk_transport){ &type, net, self->peer };
	self->fd = fd;
	self->task = (struct hk_task){ .step = one_step, .owner = self, .fd = -1, .wake_us = HK_NEVER };
	hk_task_add(net, &self->task);
	return &self->transport;
}
