/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system as it is. */
#include "net/loop.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void *context)
{
	struct timespec now;
	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * HK_SECOND_US + now.tv_nsec / 1000;
}

static int random_bytes(void *context, void *bytes, size_t count)
{
	unsigned char *at = bytes;
	(void)context;
	while (count) {
		ssize_t n = getrandom(at, count, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		count -= (size_t)n;
	}
	return 0;
}

static int resolve(void *context, const char *host, uint16_t port, struct hk_net_address *found, size_t room, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list = NULL;
	char service[8];
	(void)context;
	snprintf(service, sizeof service, "%u", port);
	int status = getaddrinfo(host, service, &hints, &list);
	if (status) {
		*why = gai_strerror(status);
		return -1;
	}
	size_t n = 0;
	for (const struct addrinfo *a = list; a && n < room; a = a->ai_next)
		if (a->ai_addrlen <= sizeof found->address) {
			memcpy(&found[n].address, a->ai_addr, a->ai_addrlen);
			found[n++].length = a->ai_addrlen;
		}
	freeaddrinfo(list);
	return (int)n;
}

static int open_socket(void *context, const struct hk_net_address *address)
{
	int one = 1, fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)context;
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);     /* many small requests, each waited for */
	if (connect(fd, (const struct sockaddr *)&address->address, address->length) && errno != EINPROGRESS && errno != EINTR) {
		int error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

static int connected(void *context, int fd)
{
	int error = 0;
	socklen_t length = sizeof error;
	(void)context;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length))
		return -errno;
	return -error;
}

/* A pipe whose reader is gone raises SIGPIPE, and only sockets have a flag against it: block the signal, and take it back when it was ours. */
static ssize_t write_quietly(int fd, const void *bytes, size_t count)
{
	sigset_t pipe_signal, before, pending;
	const struct timespec no_time = { 0, 0 };
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	bool was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	ssize_t n = write(fd, bytes, count);
	int error = errno;
	if (n < 0 && error == EPIPE && !was_pending)
		while (sigtimedwait(&pipe_signal, NULL, &no_time) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

static ssize_t receive(void *context, int fd, void *bytes, size_t count)
{
	ssize_t n;
	(void)context;
	do
		n = read(fd, bytes, count);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -(ssize_t)errno : n;
}

static ssize_t send_bytes(void *context, int fd, const void *bytes, size_t count)
{
	ssize_t n;
	(void)context;
	do {
		n = send(fd, bytes, count, MSG_NOSIGNAL);
		if (n < 0 && errno == ENOTSOCK)
			n = write_quietly(fd, bytes, count);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -(ssize_t)errno : n;
}

static int wait_for(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
	(void)context;
	int n = poll(fds, count, timeout_ms);
	return n < 0 ? -errno : n;
}

static void close_fd(void *context, int fd)
{
	(void)context;
	close(fd);
}

const struct hk_net_system hk_net_system_posix = {
	.now_us = now_us, .random = random_bytes, .resolve = resolve, .connect = open_socket, .connected = connected, .receive = receive, .send = send_bytes,
	.poll = wait_for,
	.close = close_fd,
};
