/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of this machine as a transport. Each has a process group of its own, so that what it started ends with it. */
#include "net/command.h"
#include "base/vec.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct local_transport;

struct local_command {
	struct local_transport *transport;
	struct hk_command *command;
	pid_t pid;
	struct hk_task in, out, errors;          /* fd -1 when closed */
	struct hk_str left;                      /* of the input */
};

struct local_stream {
	struct hk_stream stream;                 /* reads and writes through inner */
	struct hk_stream *inner;
	struct hk_task relay;
	pid_t pid;
};

struct local_transport {
	struct hk_transport transport;
	char **environment;
	HK_VEC(struct local_command *) commands;
};

static void close_task(struct hk_task *task)
{
	hk_task_remove(task);
	if (task->fd >= 0)
		close(task->fd);
	task->fd = -1;
}

/* fds: what becomes standard input, output and error of the child. */
static int start_shell(const struct local_transport *self, const char *line, const int fds[3], pid_t *pid)
{
	char shell[] = "sh", flag[] = "-c";
	HK_AUTO_FREE char *copy = hk_strdup(line);
	char *argv[] = { shell, flag, copy, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, restored;
	sigemptyset(&none);
	sigemptyset(&restored);
	sigaddset(&restored, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &restored);
	int status = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, self->environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return status;
}

static int wait_status(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* ---- commands ---- */

static void forget(struct local_command *running)
{
	struct local_transport *self = running->transport;
	close_task(&running->in);
	close_task(&running->out);
	close_task(&running->errors);
	for (size_t i = 0; i < self->commands.n; i++)
		if (self->commands.v[i] == running) {
			self->commands.v[i] = self->commands.v[--self->commands.n];
			break;
		}
	free(running);
}

static void take_status(struct hk_command *command, int status)
{
	static const struct { int number; const char *name; } names[] = { { SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" }, { SIGABRT, "ABRT" },
									  { SIGKILL, "KILL" },
									  { SIGSEGV, "SEGV" }, { SIGPIPE, "PIPE" }, { SIGTERM, "TERM" } };
	if (WIFEXITED(status)) {
		command->has_status = true;
		command->status = WEXITSTATUS(status);
	} else if (WIFSIGNALED(status)) {
		const char *name = "of another kind";
		for (size_t i = 0; i < HK_COUNT(names); i++)
			if (names[i].number == WTERMSIG(status))
				name = names[i].name;
		memcpy(command->signal, name, strlen(name) + 1);
	}
}

/* Whatever it is doing. */
static void cut_off(struct local_command *running)
{
	struct hk_command *command = running->command;
	if (running->pid > 0) {
		kill(-running->pid, SIGKILL);
		(void)wait_status(running->pid);
	}
	forget(running);
	hk_command_end(command, false);
}

/* All output is here; the program itself may take its time. Nothing in the loop says when it ends, so look every few milliseconds. */
static void reap(struct hk_task *task)
{
	struct local_command *running = task->owner;
	struct hk_net *net = running->transport->transport.net;
	int status = 0;
	pid_t pid = waitpid(running->pid, &status, WNOHANG);
	if (pid == running->pid) {
		struct hk_command *command = running->command;
		take_status(command, status);
		forget(running);
		hk_command_end(command, true);
	} else if (hk_net_now(net) >= running->command->deadline_us) {
		hk_err_set(&running->command->err, HK_UNREACHABLE, "command took longer than it was given");
		cut_off(running);
	} else
		task->wake_us = hk_net_now(net) + 5000;
}

static void write_input(struct hk_task *task)
{
	struct local_command *running = task->owner;
	while (running->left.n) {
		const struct hk_net_system *system = hk_net_system(running->transport->transport.net);
		ssize_t n = system->send(system->context, task->fd, running->left.s, running->left.n);
		if (n == -EAGAIN) {
			task->events = POLLOUT;
			return;
		}
		if (n < 0)                       /* it does not want its input: its status says whether that is bad */
			break;
		running->left.s += n;
		running->left.n -= (size_t)n;
	}
	close_task(task);
}

static void read_output(struct hk_task *task)
{
	struct local_command *running = task->owner;
	const struct hk_net_system *system = hk_net_system(running->transport->transport.net);
	char bytes[16384];
	if (hk_net_now(running->transport->transport.net) >= running->command->deadline_us) {
		hk_err_set(&running->command->err, HK_UNREACHABLE, "command took longer than it was given");
		cut_off(running);
		return;
	}
	for (;;) {
		ssize_t n = system->receive(system->context, task->fd, bytes, sizeof bytes);
		if (n == -EAGAIN)
			return;
		if (n <= 0)
			break;
		if (!hk_command_take(running->command, task == &running->errors, bytes, (size_t)n)) {
			cut_off(running);
			return;
		}
	}
	close_task(task);
	if (running->out.fd >= 0 || running->errors.fd >= 0)
		return;
	close_task(&running->in);
	running->in = (struct hk_task){ .step = reap, .owner = running, .fd = -1, .wake_us = HK_NEVER };
	hk_task_add(running->transport->transport.net, &running->in);
}

static void end_in_loop(struct hk_task *task)
{
	cut_off(task->owner);
}

static bool make_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++)
		if (pipe(pipes[i])) {
			while (i--) {
				close(pipes[i][0]);
				close(pipes[i][1]);
			}
			return false;
		} else {
			(void)fcntl(pipes[i][0], F_SETFD, FD_CLOEXEC);
			(void)fcntl(pipes[i][1], F_SETFD, FD_CLOEXEC);
		}
	return true;
}

static void local_run(struct hk_transport *transport, struct hk_command *command)
{
	struct local_transport *self = (struct local_transport *)transport;
	struct local_command *running = hk_calloc(1, sizeof *running);
	int pipes[3][2], status;
	running->transport = self;
	running->command = command;
	running->left = command->input;
	command->transport = running;
	hk_vec_push(&self->commands, running);
	running->in = (struct hk_task){ .step = write_input, .owner = running, .fd = -1, .wake_us = HK_NEVER };
	running->out = running->errors = (struct hk_task){ .step = read_output, .owner = running, .fd = -1, .events = POLLIN, .wake_us = command->deadline_us };
	if (!make_pipes(pipes)) {
		hk_err_errno(&command->err, errno, "cannot make a pipe");
		running->in.step = end_in_loop;
		hk_task_add(transport->net, &running->in);
		return;
	}
	status = start_shell(self, command->line, (int[3]){ pipes[0][0], pipes[1][1], pipes[2][1] }, &running->pid);
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	running->in.fd = pipes[0][1];
	running->out.fd = pipes[1][0];
	running->errors.fd = pipes[2][0];
	struct hk_task *const tasks[] = { &running->in, &running->out, &running->errors };
	for (size_t i = 0; i < HK_COUNT(tasks); i++)
		(void)fcntl(tasks[i]->fd, F_SETFL, O_NONBLOCK);
	if (status) {
		running->pid = 0;
		hk_err_errno(&command->err, status, "cannot start a shell");
		running->in.step = end_in_loop;
		hk_task_add(transport->net, &running->in);
		return;
	}
	command->started = true;
	for (size_t i = 0; i < HK_COUNT(tasks); i++)
		hk_task_add(transport->net, tasks[i]);
}

/* ---- streams ---- */

static void relay(struct hk_task *task)
{
	struct local_stream *self = task->owner;
	hk_task_ready(self->stream.user);
}

static ssize_t stream_read(struct hk_stream *stream, void *bytes, size_t count, struct hk_err *err)
{
	return hk_stream_read(((struct local_stream *)stream)->inner, bytes, count, err);
}

static ssize_t stream_write(struct hk_stream *stream, const void *bytes, size_t count, struct hk_err *err)
{
	return hk_stream_write(((struct local_stream *)stream)->inner, bytes, count, err);
}

static void stream_close(struct hk_stream *stream)
{
	struct local_stream *self = (struct local_stream *)stream;
	hk_stream_close(self->inner);
	hk_task_remove(&self->relay);
	kill(-self->pid, SIGKILL);
	(void)wait_status(self->pid);
	free(self);
}

static struct hk_stream *local_open(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err)
{
	static const struct hk_stream_type type = { stream_read, stream_write, stream_close };
	struct local_transport *self = (struct local_transport *)transport;
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		hk_err_errno(err, errno, "cannot make a pair of sockets");
		return NULL;
	}
	struct local_stream *stream = hk_calloc(1, sizeof *stream);
	int status = start_shell(self, subsystem, (int[3]){ ends[1], ends[1], STDERR_FILENO }, &stream->pid);
	close(ends[1]);
	if (status) {
		close(ends[0]);
		free(stream);
		hk_err_errno(err, status, "cannot start a shell");
		return NULL;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	stream->stream.type = &type;
	stream->stream.user = user;
	stream->relay = (struct hk_task){ .step = relay, .owner = stream, .fd = -1, .wake_us = HK_NEVER };
	hk_task_add(transport->net, &stream->relay);
	stream->inner = hk_stream_of_fd(transport->net, ends[0]);
	stream->inner->user = &stream->relay;
	return &stream->stream;
}

static void local_close(struct hk_transport *transport)
{
	struct local_transport *self = (struct local_transport *)transport;
	while (self->commands.n) {
		struct local_command *running = self->commands.v[0];
		if (running->pid > 0) {
			kill(-running->pid, SIGKILL);
			(void)wait_status(running->pid);
		}
		running->command->transport = NULL;
		forget(running);
	}
	for (size_t i = 0; self->environment[i]; i++)
		free(self->environment[i]);
	free(self->environment);
	hk_vec_release(&self->commands);
	free(self);
}

struct hk_transport *hk_transport_local(struct hk_net *net, char *const *environment)
{
	static const struct hk_transport_type type = { local_open, local_run, local_close };
	struct local_transport *self = hk_calloc(1, sizeof *self);
	size_t n = 0;
	while (environment[n])
		n++;
	self->environment = hk_calloc(n + 1, sizeof *self->environment);
	for (size_t i = 0; i < n; i++)
		self->environment[i] = hk_strdup(environment[i]);
	self->transport = (struct hk_transport){ &type, net, "this machine" };
	return &self->transport;
}
