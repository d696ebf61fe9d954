/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions with operators' APIs as part of one change: all of them active, or none there. They come after the controllers and before the manifests, in the same
 * journal.
 *
 * *   for each: look what is there -> request;   for each: wait until active;   then read all again
 *
 * Each arrow is a journal record on disk before the operator hears of it. A request whose reply is lost is looked for by what was there before it, which the
 * record holds; so can a later process. Any failure, any interrupt leads back: what was created is released, last first, and asked for until it is gone. What
 * was there before and fits is left as it is, both ways.
 */
#ifndef HK_APPLY_SESSIONS_H
#define HK_APPLY_SESSIONS_H

#include "apply/journal.h"
#include "apply/transaction.h"
#include "net/api_call.h"

enum hk_session_state {
	HK_SESSION_NONE,          /* not asked for */
	HK_SESSION_ASKED,         /* the request may have been sent; whether anything came of it has to be looked up */
	HK_SESSION_CREATED,       /* there, by its id; not known to be active */
	HK_SESSION_ACTIVE,
	HK_SESSION_THERE,         /* active before we came: not ours to release */
	HK_SESSION_RELEASED,
	HK_SESSION_UNKNOWN,       /* the operator could not be asked any more */
};
extern const char *const hk_session_state_names[];

struct hk_session {
	const char *name, *api;                    /* of the API among the documents */
	const char *const *values; size_t n_values;        /* "NAME=VALUE" */
	/* result */
	enum hk_session_state state;
	const char *id;                            /* NULL */
	struct hk_err err;                         /* what went wrong with it first */
	/* the engine's own */
	bool looked;                               /* `before` is known */
	const char **before; size_t n_before;      /* ids that were there before it was asked for */
	const char *correlation;                   /* of the request; for asking the operator's people */
};

struct hk_sessions_options {
	struct hk_journal *journal;
	/*
	 * The API of a session, with time for what is to come; of the callee. heedless: nothing interrupts it, since undoing is not given up half way. -1 with
	 * err.
	 */
	int (*open)(void *closure, const struct hk_session *session, bool heedless, struct hk_api **api, struct hk_err *err);
	void (*progress)(void *closure, const struct hk_session *session, const char *what);      /* may be NULL */
	void *closure;
	volatile int *interrupted;                 /* may be NULL */
	bool force;                                /* take what cannot be told for what was not done */
};

struct hk_sessions {
	const struct hk_sessions_options *options;
	struct hk_session *list; size_t n;
	enum hk_verdict verdict;                   /* result */
	bool begun, finished, back, journal_lost;  /* back: the last way taken was the one back */
	struct hk_arena arena;
	HK_VEC(struct hk_session) read;            /* from a journal */
};

/* The caller's list, names unlike one another, borrowed. Records come with hk_sessions_announce, which belongs before the transaction's own first record. */
void hk_sessions_init(struct hk_sessions *sessions, const struct hk_sessions_options *options, struct hk_session *list, size_t n);
int hk_sessions_announce(struct hk_sessions *sessions, struct hk_err *err);
/* From the records of options->journal; none at all is no error. HK_INVALID. */
int hk_sessions_read(struct hk_sessions *sessions, const struct hk_sessions_options *options, struct hk_err *err);
/* Whether every API can be opened, takes the values and gives out its token: to be known before anything is changed. Nothing is asked for. */
int hk_sessions_check(struct hk_sessions *sessions, bool heedless, struct hk_err *err);
/* All active: 0, from wherever they are. -1: verdict and every state say what is out there; HK_UNREACHABLE, HK_UNVERIFIED, HK_FAILED, HK_INTERRUPTED. */
int hk_sessions_forward(struct hk_sessions *sessions, struct hk_err *err);
/* None of ours there any more: 0. `why` goes into the journal. */
int hk_sessions_back(struct hk_sessions *sessions, const char *why, struct hk_err *err);
/* Nothing is left to do for resume or rollback: not begun, or ended with a verdict other than unknown. */
bool hk_sessions_settled(const struct hk_sessions *sessions);
void hk_sessions_release(struct hk_sessions *sessions);

#endif
