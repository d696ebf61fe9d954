/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/loop.h"
#include "base/vec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hk_net {
	const struct hk_net_system *system;
	HK_VEC(struct hk_task *) tasks;
	HK_VEC(struct hk_task *) ready;          /* first come, first served; NULL where a task was removed */
	size_t ready_head;
	HK_VEC(struct pollfd) fds;
	HK_VEC(struct hk_task *) of_fd;
	int64_t latest_us;
};

struct hk_net *hk_net_new(const struct hk_net_system *system)
{
	struct hk_net *net = hk_calloc(1, sizeof *net);
	net->system = system ? system : &hk_net_system_posix;
	net->latest_us = INT64_MIN;
	return net;
}

void hk_net_free(struct hk_net *net)
{
	if (!net)
		return;
	hk_vec_release(&net->tasks);
	hk_vec_release(&net->ready);
	hk_vec_release(&net->fds);
	hk_vec_release(&net->of_fd);
	free(net);
}

const struct hk_net_system *hk_net_system(const struct hk_net *net)
{
	return net->system;
}

int64_t hk_net_now(const struct hk_net *net_)
{
	struct hk_net *net = (struct hk_net *)(uintptr_t)net_;       /* what it remembers shows nowhere but here */
	int64_t now = net->system->now_us(net->system->context);
	if (now > net->latest_us)
		net->latest_us = now;
	return net->latest_us;
}

void hk_task_ready(struct hk_task *task)
{
	if (!task || !task->net || task->ready)
		return;
	task->ready = true;
	hk_vec_push(&task->net->ready, task);
}

void hk_task_add(struct hk_net *net, struct hk_task *task)
{
	task->net = net;
	task->index = net->tasks.n;
	task->ready = false;
	hk_vec_push(&net->tasks, task);
	hk_task_ready(task);
}

void hk_task_remove(struct hk_task *task)
{
	struct hk_net *net = task->net;
	if (!net)
		return;
	struct hk_task *moved = net->tasks.v[--net->tasks.n];
	net->tasks.v[task->index] = moved;
	moved->index = task->index;
	for (size_t i = net->ready_head; task->ready && i < net->ready.n; i++)
		if (net->ready.v[i] == task)
			net->ready.v[i] = NULL;
	for (size_t i = 0; i < net->of_fd.n; i++)
		if (net->of_fd.v[i] == task)
			net->of_fd.v[i] = NULL;
	task->net = NULL;
	task->ready = false;
}

static void step_one(struct hk_net *net)
{
	struct hk_task *task = net->ready.v[net->ready_head++];
	if (net->ready_head == net->ready.n)
		net->ready_head = net->ready.n = 0;
	if (!task)
		return;
	task->ready = false;
	task->step(task);
}

/* Fill the descriptors to wait for; the time of the earliest task. */
static int64_t collect(struct hk_net *net)
{
	int64_t wake = HK_NEVER;
	net->fds.n = net->of_fd.n = 0;
	for (size_t i = 0; i < net->tasks.n; i++) {
		struct hk_task *task = net->tasks.v[i];
		if (task->wake_us < wake)
			wake = task->wake_us;
		if (task->fd < 0 || !task->events)
			continue;
		hk_vec_push(&net->fds, (struct pollfd){ task->fd, task->events, 0 });
		hk_vec_push(&net->of_fd, task);
	}
	return wake;
}

/* Rounded up, so that the time has come when poll returns; at most a minute, so that a clock that jumps is noticed. */
static int timeout_ms(int64_t now, int64_t wake)
{
	if (wake <= now)
		return 0;
	int64_t left = wake - now;
	return left > 60 * HK_SECOND_US ? 60000 : (int)((left + 999) / 1000);
}

static int wait_for_something(struct hk_net *net, int64_t until_us, struct hk_err *err)
{
	int64_t wake = collect(net);
	if (wake == HK_NEVER && !net->fds.n)
		return hk_err_set(err, HK_UNREACHABLE, "nothing is left to wait for");
	if (until_us < wake)
		wake = until_us;
	int n = net->system->poll(net->system->context, net->fds.v, (nfds_t)net->fds.n, timeout_ms(hk_net_now(net), wake));
	if (n < 0 && n != -EINTR && n != -EAGAIN)
		return hk_err_errno(err, -n, "cannot wait for the network");
	for (size_t i = 0; n > 0 && i < net->fds.n; i++)
		if (net->fds.v[i].revents)
			hk_task_ready(net->of_fd.v[i]);
	int64_t now = hk_net_now(net);
	for (size_t i = 0; i < net->tasks.n; i++)
		if (net->tasks.v[i]->wake_us <= now)
			hk_task_ready(net->tasks.v[i]);
	return 0;
}

int hk_net_run(struct hk_net *net, bool (*done)(void *context), void *context, int64_t until_us, volatile int *interrupted, struct hk_err *err)
{
	for (;;) {
		/* a bounded number of steps, so that tasks that wake each other cannot keep time from passing */
		for (size_t steps = net->ready.n - net->ready_head; steps && net->ready_head < net->ready.n; steps--)
			step_one(net);
		if (done && done(context))
			return 0;
		if (interrupted && *interrupted)
			return hk_err_set(err, HK_INTERRUPTED, "interrupted");
		if (hk_net_now(net) >= until_us)
			return hk_err_set(err, HK_UNREACHABLE, "the time given is over");
		if (net->ready_head == net->ready.n && wait_for_something(net, until_us, err))
			return -1;
	}
}
