/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/process.h"
#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US ((int64_t)200000)

enum { IN, OUT, ERRORS, CHANNELS };

struct talk {
	const struct hk_process *process;
	struct hk_buf *kept[CHANNELS];
	int ours[CHANNELS], theirs[CHANNELS];
	size_t sent, most;
	int64_t until;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct talk *talk)
{
	for (int i = 0; i < CHANNELS; i++) {
		close_one(&talk->ours[i]);
		close_one(&talk->theirs[i]);
	}
}

/* Sockets rather than pipes: writing to a program that has ended must not end us by SIGPIPE. */
static int open_all(struct talk *talk, struct hk_err *err)
{
	for (int i = 0; i < CHANNELS; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			return hk_err_errno(err, errno, "cannot make a channel to '%s'", talk->process->argv[0]);
		talk->ours[i] = pair[0];
		talk->theirs[i] = pair[1];
		(void)fcntl(pair[0], F_SETFD, FD_CLOEXEC);
		(void)fcntl(pair[1], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

/* Signals that we handle or were told to ignore are back to normal in the program. */
static int start(struct talk *talk, pid_t *child, struct hk_err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (int i = 0; i < CHANNELS; i++)
		posix_spawn_file_actions_adddup2(&actions, talk->theirs[i], i);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	/* posix_spawn takes char *const[], but changes nothing */
	union { const char *const *from; char *const *to; } argv = { talk->process->argv };
	int code = posix_spawnp(child, argv.to[0], &actions, &attributes, argv.to, talk->process->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return code ? hk_err_errno(err, code, "cannot start '%s'", talk->process->argv[0]) : 0;
}

static void send_some(struct talk *talk)
{
	struct hk_str input = talk->process->input;
	ssize_t n = talk->sent < input.n ? send(talk->ours[IN], input.s + talk->sent, input.n - talk->sent, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
	if (n > 0)
		talk->sent += (size_t)n;
	if ((n < 0 && errno != EINTR && errno != EAGAIN) || talk->sent >= input.n)
		close_one(&talk->ours[IN]);
}

static int receive_some(struct talk *talk, int channel, struct hk_err *err)
{
	char bytes[16384];
	ssize_t n = read(talk->ours[channel], bytes, sizeof bytes);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		close_one(&talk->ours[channel]);
		return 0;
	}
	if (talk->kept[channel] && talk->kept[channel]->len + (size_t)n > talk->most)
		return hk_err_set(err, HK_FAILED, "'%s' says more than %zu bytes", talk->process->argv[0], talk->most);
	if (talk->kept[channel])
		hk_buf_add(talk->kept[channel], bytes, (size_t)n);
	return 0;
}

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Milliseconds until something has to be looked at again; -1 with err when there is no more waiting. */
static int patience(const struct talk *talk, struct hk_err *err)
{
	int64_t left = talk->until - now_us();
	if (talk->process->interrupted && *talk->process->interrupted)
		return hk_err_set(err, HK_INTERRUPTED, "interrupted while '%s' was at work", talk->process->argv[0]);
	if (left <= 0)
		return hk_err_set(err, HK_UNREACHABLE, "'%s' did not end within %lld ms", talk->process->argv[0],
				  (long long)(talk->process->timeout_us / 1000));
	return left < PATIENCE_US ? (int)(left / 1000) + 1 : (int)(PATIENCE_US / 1000);
}

static int converse(struct talk *talk, struct hk_err *err)
{
	bool limited = talk->process->timeout_us || talk->process->interrupted;
	while (talk->ours[IN] >= 0 || talk->ours[OUT] >= 0 || talk->ours[ERRORS] >= 0) {
		struct pollfd fds[CHANNELS];
		for (int i = 0; i < CHANNELS; i++)
			fds[i] = (struct pollfd){ .fd = talk->ours[i], .events = i == IN ? POLLOUT : POLLIN };
		int wait = limited ? patience(talk, err) : -1;
		if (limited && wait < 0)
			return -1;
		if (poll(fds, CHANNELS, wait) < 0) {
			if (errno == EINTR)
				continue;
			return hk_err_errno(err, errno, "cannot wait for '%s'", talk->process->argv[0]);
		}
		if (fds[IN].revents)
			send_some(talk);
		for (int i = OUT; i <= ERRORS; i++)
			if (fds[i].revents && receive_some(talk, i, err))
				return -1;
	}
	return 0;
}

/* A program may close what it speaks through and go on. 0: it has ended. */
static int await(const struct talk *talk, pid_t child, int *code, struct hk_err *err)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	for (;;) {
		pid_t ended = waitpid(child, code, talk->process->timeout_us || talk->process->interrupted ? WNOHANG : 0);
		if (ended == child || (ended < 0 && errno != EINTR))
			return 0;
		if (ended == 0 && patience(talk, err) < 0)
			return -1;
		if (ended == 0)
			nanosleep(&pause, NULL);
	}
}

int hk_process_run(const struct hk_process *process, struct hk_buf *output, struct hk_buf *errors, int *status, struct hk_err *err)
{
	struct talk talk = { .process = process, .kept = { NULL, output, errors }, .ours = { -1, -1, -1 }, .theirs = { -1, -1, -1 },
			     .most = process->most ? process->most : (size_t)64 << 20,
			     .until = process->timeout_us ? now_us() + process->timeout_us : INT64_MAX };
	pid_t child = 0;
	int code = 0, result = open_all(&talk, err);
	if (result == 0)
		result = start(&talk, &child, err);
	for (int i = 0; i < CHANNELS; i++)
		close_one(&talk.theirs[i]);
	if (result == 0)
		result = converse(&talk, err);
	bool ended = result == 0 && child && (result = await(&talk, child, &code, err)) == 0;
	if (result && child)
		kill(child, process->timeout_us || process->interrupted ? SIGKILL : SIGTERM);
	close_all(&talk);
	while (!ended && child && waitpid(child, &code, 0) < 0 && errno == EINTR)
		continue;
	*status = WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
	return result;
}
