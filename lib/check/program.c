/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/program.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct talk { pid_t pid; int in, out; struct hk_str input; size_t sent, most; double deadline; struct hk_buf *output; };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int make_pipe(int fds[2], struct hk_err *err)
{
	if (pipe(fds))
		return hk_err_errno(err, errno, "cannot make a pipe");
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* Signals are as they were at the start of the program: what hkctl ignores or holds back is its own business. */
static int spawn(const char *path, int in, int out, pid_t *pid)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	extern char **environ;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int status;

	sigemptyset(&none);
	sigemptyset(&all);
	sigaddset(&all, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	status = posix_spawn(pid, path, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

static void send_some(struct talk *t)
{
	ssize_t n = write(t->in, t->input.s + t->sent, t->input.n - t->sent);

	if (n > 0)
		t->sent += (size_t)n;
	/* a program that does not want to read everything is free to answer all the same */
	if (t->sent == t->input.n || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&t->in);
}

static int receive_some(struct talk *t, const char *path, struct hk_err *err)
{
	char bytes[65536];
	ssize_t n = read(t->out, bytes, sizeof bytes);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&t->out);
	if (n <= 0)
		return 0;
	if ((size_t)n > t->most - t->output->len)
		return hk_err_set(err, HK_FAILED, "provider '%s' answers more than %zu bytes", path, t->most);
	hk_buf_add(t->output, bytes, (size_t)n);
	return 0;
}

static int exchange(struct talk *t, const char *path, double timeout, struct hk_err *err)
{
	while (t->out >= 0) {
		struct pollfd fds[2] = { { t->out, POLLIN, 0 }, { t->in, POLLOUT, 0 } };
		double left = t->deadline - now();
		int ready = left > 0 ? poll(fds, t->in >= 0 ? 2 : 1, (int)(left * 1000) + 1) : 0;

		if (ready == 0)
			return hk_err_set(err, HK_FAILED, "provider '%s' does not answer within %g s", path, timeout);
		if (ready < 0 && errno != EINTR)
			return hk_err_errno(err, errno, "cannot wait for provider '%s'", path);
		if (ready > 0 && t->in >= 0 && fds[1].revents)
			send_some(t);
		if (ready > 0 && fds[0].revents && receive_some(t, path, err))
			return -1;
	}
	return 0;
}

/* It has closed its output; it may still take until the deadline to end. */
static int await(struct talk *t, const char *path, double timeout, struct hk_err *err)
{
	static const struct timespec moment = { 0, 2000000 };
	int status = 0;
	pid_t done;

	while ((done = waitpid(t->pid, &status, WNOHANG)) == 0 || (done < 0 && errno == EINTR)) {
		if (now() > t->deadline)
			return hk_err_set(err, HK_FAILED, "provider '%s' does not end within %g s", path, timeout);
		nanosleep(&moment, NULL);
	}
	t->pid = -1;
	if (done < 0)
		return hk_err_errno(err, errno, "cannot wait for provider '%s'", path);
	if (WIFSIGNALED(status))
		return hk_err_set(err, HK_FAILED, "provider '%s' was ended by signal %d", path, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return hk_err_set(err, HK_FAILED, "provider '%s' ended with status %d", path, WEXITSTATUS(status));
	return 0;
}

int hk_program_ask(const char *path, struct hk_str input, double timeout, size_t most, struct hk_buf *output, struct hk_err *err)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, status;
	struct talk t = { .pid = -1, .in = -1, .out = -1, .input = input, .most = most, .deadline = now() + timeout, .output = output };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	hk_buf_reset(output);
	if (make_pipe(in, err) || make_pipe(out, err)) {
		shut(&in[0]);
		shut(&in[1]);
		return -1;
	}
	status = spawn(path, in[0], out[1], &t.pid);
	shut(&in[0]);
	shut(&out[1]);
	t.in = in[1];
	t.out = out[0];
	if (status) {
		t.pid = -1;
		hk_err_errno(err, status, "cannot start provider '%s'", path);
	} else {
		/* a program that ends without reading must not end hkctl */
		sigaction(SIGPIPE, &ignore, &before);
		(void)fcntl(t.in, F_SETFL, O_NONBLOCK);
		(void)fcntl(t.out, F_SETFL, O_NONBLOCK);
		status = exchange(&t, path, timeout, err);
		shut(&t.in);
		if (!status)
			status = await(&t, path, timeout, err);
		/* its children too: they may hold on to nothing of ours, but must not outlive the question */
		if (t.pid > 0) {
			(void)kill(-t.pid, SIGKILL);
			while (waitpid(t.pid, NULL, 0) < 0 && errno == EINTR)
				continue;
		}
		sigaction(SIGPIPE, &before, NULL);
	}
	shut(&t.in);
	shut(&t.out);
	return status ? -1 : 0;
}
