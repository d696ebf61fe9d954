/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few threads that live as long as a decomposition: GLPK objects must stay on the thread that made them. */
#ifndef HK_PLACE_DECOMPOSITION_THREADS_H
#define HK_PLACE_DECOMPOSITION_THREADS_H

#include <pthread.h>
#include <stdbool.h>

struct hk_threads {
	unsigned n;                   /* 1: everything runs on the caller's thread */
	pthread_t *ids;
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	unsigned long turn;
	unsigned left;                /* still at work */
	bool leave;
	void (*job)(void *closure, unsigned worker);
	void *closure;
	struct hk_thread_seat *seats;
};

/* Fewer threads than asked for are made when the system has no more. */
void hk_threads_open(struct hk_threads *threads, unsigned n);
/* job(closure, worker) on every worker; returns when all are done. Worker w is always the same thread. */
void hk_threads_run(struct hk_threads *threads, void (*job)(void *closure, unsigned worker), void *closure);
void hk_threads_close(struct hk_threads *threads);

#endif
