/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/resolve.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Owned by both; the last one frees it. malloc, since a thread may not end the process. */
struct job {
	pthread_mutex_t mutex;
	unsigned owners;
	const struct hk_net_system *system;
	char host[256];
	uint16_t port;
	int fd;                          /* the thread closes it when the answer is there */
	struct hk_net_address found[HK_RESOLVE_ROOM];
	int count;
	const char *why;
};
struct hk_resolution {
	struct job *job;
	struct hk_task task;             /* waits for the end of the pipe */
	struct hk_task *user;
	bool answered;
};

static void release(struct job *job)
{
	pthread_mutex_lock(&job->mutex);
	bool last = --job->owners == 0;
	pthread_mutex_unlock(&job->mutex);
	if (!last)
		return;
	pthread_mutex_destroy(&job->mutex);
	free(job);
}

static void *work(void *job_)
{
	struct job *job = job_;
	job->count = job->system->resolve(job->system->context, job->host, job->port, job->found, HK_RESOLVE_ROOM, &job->why);
	close(job->fd);
	release(job);
	return NULL;
}

static bool read_number(struct job *job)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(job->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(job->port) };
	if (inet_pton(AF_INET, job->host, &v4.sin_addr) == 1) {
		memcpy(&job->found[0].address, &v4, sizeof v4);
		job->found[0].length = sizeof v4;
	} else if (inet_pton(AF_INET6, job->host, &v6.sin6_addr) == 1) {
		memcpy(&job->found[0].address, &v6, sizeof v6);
		job->found[0].length = sizeof v6;
	} else
		return false;
	job->count = 1;
	return true;
}

static int start_thread(struct job *job, int *fd)
{
	pthread_t thread;
	pthread_attr_t attributes;
	sigset_t all, before;
	int ends[2];
	if (pipe(ends))
		return errno;
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	job->fd = ends[1];
	job->owners = 2;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int status = pthread_create(&thread, &attributes, work, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (status) {
		job->owners = 1;
		close(ends[0]);
		close(ends[1]);
		return status;
	}
	*fd = ends[0];
	return 0;
}

static void on_answer(struct hk_task *task)
{
	struct hk_resolution *resolution = task->owner;
	struct pollfd fd = { task->fd, POLLIN, 0 };
	if (poll(&fd, 1, 0) <= 0 || !fd.revents)
		return;
	resolution->answered = true;
	task->events = 0;
	hk_task_ready(resolution->user);
}

struct hk_resolution *hk_resolve_start(struct hk_net *net, const char *host, uint16_t port, struct hk_task *user, struct hk_err *err)
{
	struct job *job = calloc(1, sizeof *job);
	int fd = -1, status;
	if (!job || strlen(host) >= sizeof job->host) {
		free(job);
		hk_err_set(err, HK_UNREACHABLE, "'%s' is no name of a host", host);
		return NULL;
	}
	pthread_mutex_init(&job->mutex, NULL);
	job->owners = 1;
	job->system = hk_net_system(net);
	job->port = port;
	memcpy(job->host, host, strlen(host) + 1);
	if (!read_number(job) && (status = start_thread(job, &fd))) {
		release(job);
		hk_err_errno(err, status, "cannot look up '%s'", host);
		return NULL;
	}
	struct hk_resolution *resolution = hk_calloc(1, sizeof *resolution);
	resolution->job = job;
	resolution->user = user;
	resolution->answered = fd < 0;
	resolution->task = (struct hk_task){ .step = on_answer, .owner = resolution, .fd = fd, .events = POLLIN, .wake_us = HK_NEVER };
	if (fd >= 0)
		hk_task_add(net, &resolution->task);
	else
		hk_task_ready(user);
	return resolution;
}

int hk_resolve_result(struct hk_resolution *resolution, struct hk_net_address *found, struct hk_err *err)
{
	const struct job *job = resolution->job;
	if (!resolution->answered)
		return -EAGAIN;
	if (job->count <= 0)
		return hk_err_set(err, HK_UNREACHABLE, "host '%s' has no address: %s", job->host, job->why ? job->why : "nothing found");
	memcpy(found, job->found, (size_t)job->count * sizeof *found);
	return job->count;
}

void hk_resolve_end(struct hk_resolution *resolution)
{
	if (!resolution)
		return;
	hk_task_remove(&resolution->task);
	if (resolution->task.fd >= 0)
		close(resolution->task.fd);
	release(resolution->job);
	free(resolution);
}
