/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands. libssh2 gives status 0 for a command that was killed, that never answered, or whose connection was cut; so success needs the end of both outputs,
 * the peer's close of the channel (which comes after the status), no signal, and 0.
 */
#include "net/command.h"
#include "net/ssh_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hk_ssh_run {
	struct hk_ssh_transport *transport;
	struct hk_command *command;
	struct hk_ssh_channel *channel;
	struct hk_task task;
	struct hk_str left;                /* of the input */
	bool eof_sent, out_ended, errors_ended;
};

static void forget(struct hk_ssh_run *run)
{
	struct hk_ssh_transport *t = run->transport;
	hk_task_remove(&run->task);
	if (run->channel)
		hk_stream_close(&run->channel->stream);
	for (size_t i = 0; i < t->runs.n; i++)
		if (t->runs.v[i] == run) {
			t->runs.v[i] = t->runs.v[--t->runs.n];
			break;
		}
	free(run);
}

void hk_ssh_run_drop(struct hk_ssh_run *run)
{
	run->command->transport = NULL;
	forget(run);
}

static void end(struct hk_ssh_run *run, bool whole)
{
	struct hk_command *command = run->command;
	command->started = run->channel && run->channel->requested;
	forget(run);
	hk_command_end(command, whole);
}

static int write_input(struct hk_ssh_run *run, struct hk_err *err)
{
	while (run->left.n) {
		ssize_t n = hk_stream_write(&run->channel->stream, run->left.s, run->left.n, err);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			/* a command may close its input before its end; its status says whether that is bad */
			run->left.n = 0;
			if (run->channel->connection->state == HK_SSH_FAILED)
				return -1;
			hk_err_release(err);
			break;
		}
		run->left.s += n;
		run->left.n -= (size_t)n;
	}
	run->eof_sent = run->eof_sent || hk_ssh_channel_end_input(run->channel);
	return 0;
}

/* 1: ended; 0: wait; -1 with err. */
static int read_one(struct hk_ssh_run *run, int stream_id, struct hk_err *err)
{
	char bytes[16384];
	for (;;) {
		ssize_t n = hk_ssh_channel_read(run->channel, stream_id, bytes, sizeof bytes, err);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return n == 0 ? 1 : -1;
		if (!hk_command_take(run->command, stream_id != 0, bytes, (size_t)n))
			return -1;
	}
}

static void take_status(struct hk_ssh_run *run)
{
	LIBSSH2_CHANNEL *channel = run->channel->channel;
	struct hk_command *command = run->command;
	char *signal_name = NULL;
	size_t length = 0;
	(void)libssh2_channel_get_exit_signal(channel, &signal_name, &length, NULL, NULL, NULL, NULL);
	if (signal_name && length) {
		size_t n = length < sizeof command->signal - 1 ? length : sizeof command->signal - 1;
		memcpy(command->signal, signal_name, n);
		command->signal[n] = '\0';
	} else {
		command->has_status = true;
		command->status = libssh2_channel_get_exit_status(channel);
	}
	if (signal_name)
		libssh2_free(run->channel->connection->session, signal_name);
}

static void step(struct hk_task *task)
{
	struct hk_ssh_run *run = task->owner;
	struct hk_net *net = run->transport->transport.net;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status = 0;
	if (run->command->err.status) {      /* it could not even be begun */
		end(run, false);
		return;
	}
	if (hk_net_now(net) >= run->command->deadline_us)
		status = hk_err_set(&err, HK_UNREACHABLE, "no end in the time given");
	else
		status = hk_ssh_channel_start(run->channel, &err);
	if (status == 1 && (status = write_input(run, &err)) == 0) {
		int out = run->out_ended ? 1 : read_one(run, 0, &err), errors = out < 0 ||
		    run->errors_ended ? 1 : read_one(run, SSH_EXTENDED_DATA_STDERR, &err);
		run->out_ended = out == 1;
		run->errors_ended = errors == 1;
		status = out < 0 || errors < 0 ? -1 : 0;
	}
	if (status < 0) {
		if (run->command->err.status == HK_OK) {
			run->command->err = err;
			err = (struct hk_err)HK_ERR_INIT;
		}
		end(run, false);
		return;
	}
	/* the status stands between the end of both outputs and the close */
	int closed = run->out_ended && run->errors_ended ? hk_ssh_channel_await_close(run->channel) : 0;
	if (!closed)
		return;
	if (closed > 0)
		take_status(run);
	end(run, closed > 0);
}

void hk_ssh_run(struct hk_transport *transport, struct hk_command *command)
{
	struct hk_ssh_transport *t = (struct hk_ssh_transport *)transport;
	struct hk_ssh_run *run = hk_calloc(1, sizeof *run);
	run->transport = t;
	run->command = command;
	run->left = command->input;
	run->task = (struct hk_task){ .step = step, .owner = run, .fd = -1, .wake_us = command->deadline_us };
	command->transport = run;
	hk_vec_push(&t->runs, run);
	hk_task_add(transport->net, &run->task);
	run->channel = hk_ssh_channel_new(hk_ssh_transport_connection(t), HK_CHANNEL_EXEC, command->line, 0, &run->task);
}
