/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One poll loop for everything that talks to devices: hundreds of sessions, one thread, no locks.
 *
 * A task is a state machine. Its step function does what can be done without waiting and returns, after saying what it waits for: a file descriptor, a time, or
 * that some other task makes it ready. Nothing blocks but poll(2), and nothing waits without a time: who sets no deadline is stopped by the caller's.
 *
 * Clock, randomness and sockets come in as functions, so that a test can give time that jumps, a peer that stops half way and a network that loses a reply.
 */
#ifndef HK_NET_LOOP_H
#define HK_NET_LOOP_H

#include "base/err.h"
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define HK_NEVER INT64_MAX
#define HK_SECOND_US INT64_C(1000000)

struct hk_net_address { struct sockaddr_storage address; socklen_t length; };

/* What the engine asks of the system. Results as the system calls have them, but errors come back as -errno. */
struct hk_net_system {
	void *context;
	int64_t (*now_us)(void *context);                                         /* microseconds of a clock that only goes forward */
	int (*random)(void *context, void *bytes, size_t count);                  /* unpredictable; 0 or -errno */
	/*
	 * Blocks; called on a thread of its own, so context must allow that. Count of addresses found, in order of preference, or -1 with *why a static text.
	 */
	int (*resolve)(void *context, const char *host, uint16_t port, struct hk_net_address *found, size_t room, const char **why);
	int (*connect)(void *context, const struct hk_net_address *address);      /* a non-blocking socket whose connection is under way */
	int (*connected)(void *context, int fd);                                  /* after it became writable: 0 or -errno */
	ssize_t (*receive)(void *context, int fd, void *bytes, size_t count);     /* 0 at the end; -EAGAIN */
	ssize_t (*send)(void *context, int fd, const void *bytes, size_t count);
	int (*poll)(void *context, struct pollfd *fds, nfds_t count, int timeout_ms);
	void (*close)(void *context, int fd);
};
extern const struct hk_net_system hk_net_system_posix;

struct hk_net;
struct hk_task;

struct hk_task {
	void (*step)(struct hk_task *task);      /* called when ready; may remove its own task, or others */
	void *owner;                             /* for step */
	int fd;                                  /* -1: waits for no descriptor */
	short events;                            /* POLLIN, POLLOUT; 0 when it does not wait for fd now */
	int64_t wake_us;                         /* ready at this time of the loop's clock; HK_NEVER */
	/* the loop's own */
	struct hk_net *net;
	size_t index;
	bool ready;
};

struct hk_net *hk_net_new(const struct hk_net_system *system);            /* borrowed; NULL: hk_net_system_posix */
void hk_net_free(struct hk_net *net);                                     /* after all tasks were removed */
const struct hk_net_system *hk_net_system(const struct hk_net *net);
int64_t hk_net_now(const struct hk_net *net);                             /* the clock, in microseconds; never goes back even when the clock given does */
/* Add a task whose step, owner, fd, events and wake_us are set; it is ready at once. Removing a task that was not added does nothing. */
void hk_task_add(struct hk_net *net, struct hk_task *task);
void hk_task_remove(struct hk_task *task);
void hk_task_ready(struct hk_task *task);                                 /* step it before the next wait; safe for tasks that were removed, and for NULL */

/*
 * Step and wait until done(context) says so, the clock passes until_us, or *interrupted is set (may be NULL). 0 when done; else -1 with HK_UNREACHABLE (time
 * ran out; or no task waits for anything), HK_INTERRUPTED, or HK_FAILED (poll itself failed).
 */
int hk_net_run(struct hk_net *net, bool (*done)(void *context), void *context, int64_t until_us, volatile int *interrupted, struct hk_err *err);

#endif
