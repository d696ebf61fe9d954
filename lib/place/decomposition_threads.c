/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/decomposition_threads.h"

#include "base/mem.h"

#include <signal.h>

struct hk_thread_seat { struct hk_threads *threads; unsigned worker; };

static void *work(void *argument)
{
	struct hk_thread_seat *seat = argument;
	struct hk_threads *threads = seat->threads;
	unsigned long turn = 0;

	pthread_mutex_lock(&threads->lock);
	for (;;) {
		while (threads->turn == turn && !threads->leave)
			pthread_cond_wait(&threads->start, &threads->lock);
		if (threads->leave)
			break;
		turn = threads->turn;
		pthread_mutex_unlock(&threads->lock);
		threads->job(threads->closure, seat->worker);
		pthread_mutex_lock(&threads->lock);
		if (--threads->left == 0)
			pthread_cond_signal(&threads->done);
	}
	pthread_mutex_unlock(&threads->lock);
	return NULL;
}

void hk_threads_open(struct hk_threads *threads, unsigned n)
{
	sigset_t all, before;

	*threads = (struct hk_threads){ .n = 1 };
	if (n < 2)
		return;
	pthread_mutex_init(&threads->lock, NULL);
	pthread_cond_init(&threads->start, NULL);
	pthread_cond_init(&threads->done, NULL);
	threads->ids = hk_calloc(n, sizeof *threads->ids);
	threads->seats = hk_calloc(n, sizeof *threads->seats);
	/* signals stay with the thread that knows what to do with them */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (threads->n = 0; threads->n < n; threads->n++) {
		threads->seats[threads->n] = (struct hk_thread_seat){ threads, threads->n };
		if (pthread_create(&threads->ids[threads->n], NULL, work, &threads->seats[threads->n]) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (threads->n == 0) {
		hk_threads_close(threads);
		threads->n = 1;
	}
}

void hk_threads_run(struct hk_threads *threads, void (*job)(void *closure, unsigned worker), void *closure)
{
	if (!threads->ids) {
		job(closure, 0);
		return;
	}
	pthread_mutex_lock(&threads->lock);
	threads->job = job;
	threads->closure = closure;
	threads->left = threads->n;
	threads->turn++;
	pthread_cond_broadcast(&threads->start);
	while (threads->left > 0)
		pthread_cond_wait(&threads->done, &threads->lock);
	pthread_mutex_unlock(&threads->lock);
}

void hk_threads_close(struct hk_threads *threads)
{
	if (!threads->ids)
		return;
	pthread_mutex_lock(&threads->lock);
	threads->leave = true;
	pthread_cond_broadcast(&threads->start);
	pthread_mutex_unlock(&threads->lock);
	for (unsigned i = 0; i < threads->n; i++)
		pthread_join(threads->ids[i], NULL);
	pthread_cond_destroy(&threads->start);
	pthread_cond_destroy(&threads->done);
	pthread_mutex_destroy(&threads->lock);
	hk_cleanup_free(&threads->ids);
	hk_cleanup_free(&threads->seats);
}
