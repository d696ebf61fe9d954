/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thread, one epoll, one queue: since every byte is as late as every other, what came first is due first.
 */
#include "relay.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 16384
#define EVENTS 64
#define HOPS_TO_ACCEPT 3       /* halves of a round trip until a server knows of a connection */

struct way;
struct end { struct way *way; struct end *other; int fd; };
struct way { struct end far, near; size_t device; unsigned open; };
struct port { int fd; size_t device; };
struct item { struct item *next; int64_t due_us; struct end *to; unsigned hops; size_t count; char bytes[]; };
struct relay { void (*serve)(size_t device, int fd); int epoll; int64_t half_us; struct item *first, **last; };

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct relay *relay_new(double rtt_ms, void (*serve)(size_t device, int fd))
{
	struct relay *relay = calloc(1, sizeof *relay);

	if (!relay)
		abort();
	relay->serve = serve;
	relay->half_us = (int64_t)(rtt_ms * 500);
	relay->epoll = epoll_create1(0);
	relay->last = &relay->first;
	return relay;
}

static void watch(struct relay *relay, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = what } };

	epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void queue(struct relay *relay, struct end *to, unsigned hops, const char *bytes, size_t count)
{
	struct item *item = malloc(sizeof *item + count);

	if (!item)
		abort();
	*item = (struct item){ .due_us = now_us() + relay->half_us, .to = to, .hops = hops, .count = count };
	if (count)
		memcpy(item->bytes, bytes, count);
	*relay->last = item;
	relay->last = &item->next;
}

/* The lowest bit of a pointer tells ports from ends. */
static void *port_mark(struct port *port)
{
	return (char *)port + 1;
}

unsigned relay_listen(struct relay *relay, size_t device)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	struct port *port = calloc(1, sizeof *port);

	if (!port)
		abort();
	*port = (struct port){ socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), device };
	if (port->fd < 0 || bind(port->fd, (struct sockaddr *)&address, size) != 0 || listen(port->fd, 16) != 0 ||
	    getsockname(port->fd, (struct sockaddr *)&address, &size) != 0)
		return 0;
	watch(relay, port->fd, port_mark(port));
	return ntohs(address.sin_port);
}

static void take_connection(struct relay *relay, const struct port *port)
{
	struct way *way = calloc(1, sizeof *way);
	int fd = accept(port->fd, NULL, NULL), one = 1;

	if (!way)
		abort();
	if (fd < 0) {
		free(way);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*way = (struct way){ { way, &way->near, fd }, { way, &way->far, -1 }, port->device, 2 };
	queue(relay, &way->near, HOPS_TO_ACCEPT, NULL, 0);
}

static void join(struct relay *relay, struct way *way)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	way->near.fd = pair[0];
	watch(relay, way->near.fd, &way->near);
	watch(relay, way->far.fd, &way->far);
	relay->serve(way->device, pair[1]);
}

static void leave(struct end *to)
{
	struct way *way = to->way;

	shutdown(to->fd, SHUT_WR);
	if (--way->open)
		return;
	close(way->far.fd);
	close(way->near.fd);
	free(way);
}

static void deliver(struct relay *relay)
{
	while (relay->first && relay->first->due_us <= now_us()) {
		struct item *item = relay->first;

		relay->first = item->next;
		if (!relay->first)
			relay->last = &relay->first;
		if (item->hops > 1)
			queue(relay, item->to, item->hops - 1, NULL, 0);
		else if (item->hops == 1)
			join(relay, item->to->way);
		else if (item->count)
			(void)!send(item->to->fd, item->bytes, item->count, MSG_NOSIGNAL);
		else
			leave(item->to);
		free(item);
	}
}

static void carry(struct relay *relay, struct end *from)
{
	char bytes[CHUNK];
	ssize_t count = recv(from->fd, bytes, sizeof bytes, 0);

	if (count <= 0)
		epoll_ctl(relay->epoll, EPOLL_CTL_DEL, from->fd, NULL);
	queue(relay, from->other, 0, bytes, count > 0 ? (size_t)count : 0);
}

void relay_run(struct relay *relay)
{
	struct epoll_event events[EVENTS];
	int input;

	watch(relay, STDIN_FILENO, &input);
	for (;;) {
		int64_t wait = relay->first ? relay->first->due_us - now_us() : -1;
		int n = epoll_wait(relay->epoll, events, EVENTS, wait < 0 && relay->first ? 0 : relay->first ? (int)((wait + 999) / 1000) : -1);

		for (int i = 0; i < n; i++) {
			char *what = events[i].data.ptr;
			if (what == (char *)&input)
				return;
			if ((uintptr_t)what & 1)
				take_connection(relay, (struct port *)(void *)(what - 1));
			else
				carry(relay, (struct end *)(void *)what);
		}
		deliver(relay);
	}
}
