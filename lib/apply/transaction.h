/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One change of many devices, all or nothing.
 *
 *   read all -> lock all -> apply to all, provisionally -> read again and compare -> measure -> DECIDE -> confirm all -> unlock
 *
 * Each arrow is a journal record on disk before the devices hear of it. Up to the record that decides, any failure, any time that runs out and any interrupt
 * lead back: every device that may have been touched is reverted and read until it shows the old values. After it they lead forward; when a device can no
 * longer go there (its timer was faster), all go back. What a device is set to is always known from reading it, never from having sent something.
 *
 * The verdict is "all new", "all old", or "unknown" with the devices that could not be reached any more. A later process, with the journal alone and devices it
 * can open, finishes (hk_transaction_resume) or undoes (hk_transaction_rollback).
 */
#ifndef HK_APPLY_TRANSACTION_H
#define HK_APPLY_TRANSACTION_H

#include "apply/journal.h"
#include "base/vec.h"
#include "net/dialect.h"

enum hk_device_state {
	HK_DEVICE_OLD,            /* nothing was changed */
	HK_DEVICE_PROVISIONAL,    /* new values, to be confirmed */
	HK_DEVICE_NEW,
	HK_DEVICE_REVERTED,       /* was changed, and shows the old values again */
	HK_DEVICE_UNKNOWN,        /* could not be read since it may have been changed */
};
extern const char *const hk_device_state_names[];

enum hk_verdict { HK_VERDICT_OLD, HK_VERDICT_NEW, HK_VERDICT_UNKNOWN };
extern const char *const hk_verdict_names[];

enum hk_stage { HK_STAGE_READ, HK_STAGE_LOCK, HK_STAGE_APPLY, HK_STAGE_VERIFY, HK_STAGE_MEASURE, HK_STAGE_EXTEND, HK_STAGE_CONFIRM, HK_STAGE_REVERT,
		HK_STAGE_UNLOCK, HK_STAGES };
extern const char *const hk_stage_names[];       /* as people read them: "read", "lock" ... */

/* One device of a transaction. The first part is filled in by the caller, or from the journal. */
struct hk_part {
	const char *name;                        /* of the controller; printable, no comma */
	const struct hk_change *changes; size_t n_changes;
	const char *digest;                      /* what the device has to show before (hk_observation.digest); NULL: only `from` of each change is compared */
	/* result */
	enum hk_device_state state;
	struct hk_err err;                       /* what went wrong with it first */
	const char *strategy;                    /* hk_device_traits.strategy once known; NULL before */
	const char *fate;                        /* HK_DEVICE_UNKNOWN: what it will come to if nobody does anything; else NULL */
	int64_t busy_us;                         /* from first to last request */
	/* the engine's own */
	struct hk_device *device;
	enum hk_undo undo;                       /* of the device, once known */
	bool foreign;                            /* shows a value that is neither the old nor the new one */
	bool touched;                            /* an APPLY was begun and not yet undone */
	bool failed;                             /* in the step at work */
	bool hopeless;                           /* ... and trying again is no use */
	bool locked;
	int64_t first_us;
};

struct hk_transaction_options {
	struct hk_net *net;
	struct hk_journal *journal;
	/* A new session with a device. NULL with err when it cannot even be begun. */
	struct hk_device *(*open)(void *closure, const struct hk_part *part, struct hk_err *err);
	/*
	 * Whether what was changed does what it is for; -1 with HK_UNVERIFIED leads back. Called when all devices (with canary: when the first ones) show the
	 * new values. NULL: nothing to measure.
	 */
	int (*measure)(void *closure, struct hk_err *err);
	/* A stage has begun or ended for a device: for people who watch. May be NULL. */
	void (*progress)(void *closure, const struct hk_part *part, enum hk_stage stage, bool ended);
	/* One more of the devices at work has answered, well or badly, while the others are still at it. May be NULL. */
	void (*answered)(void *closure, enum hk_stage stage, size_t answered, size_t total);
	void *closure;
	unsigned confirm_s;                      /* until a device goes back by itself; 0: 600 */
	int64_t step_us;                         /* for one request; 0: 60 s */
	unsigned attempts;                       /* to revert or confirm one device; 0: 5 */
	size_t max_parallel, canary;             /* 0: all; 0: none */
	bool discard_foreign;                    /* see hk_request */
	bool force;                              /* rollback, resume: also when a device shows values that are neither the old nor the new ones */
	volatile int *interrupted;               /* may be NULL */
	const char *title;                       /* what this is, for the journal: "plan b59e57893014d071"; may be NULL */
	/*
	 * hk_transaction_run: until when what is bought can be bought, s since 1970, and what that is, for people. 0: always. The decision is the moment of
	 * buying: what is over before it leads back with HK_STALE, what ends after it is bought, and goes on from any process. A resume has both from the
	 * journal.
	 */
	double expires; const char *offer;
};

struct hk_transaction {
	const struct hk_transaction_options *options;
	struct hk_part *parts; size_t n_parts;
	enum hk_verdict verdict;                 /* result */
	/* the engine's own */
	struct hk_arena arena;
	HK_VEC(struct hk_part) read;             /* from a journal */
	char token[33];
	const char *title;                       /* as the journal has it; NULL */
	double expires; const char *offer;       /* as in the options, or the journal */
	bool decided, finished, journal_lost, rolled_back;
	bool confirmed;                          /* CONFIRM may have reached a device: what a restart loads may be new there */
};

/* The caller's parts; changes of each in the order they are applied. Sorted by name, names unlike one another. Borrowed. */
void hk_transaction_init(struct hk_transaction *transaction, const struct hk_transaction_options *options, struct hk_part *parts, size_t n_parts);
/*
 * 0: all new. -1: verdict and every part's state say what is out there; *err says why: HK_STALE (the devices are not what the changes were made for; nothing
 * was changed), HK_UNVERIFIED, HK_UNREACHABLE, HK_INTERRUPTED, HK_FAILED.
 */
int hk_transaction_run(struct hk_transaction *transaction, struct hk_err *err);

/* From the records of options->journal: devices, changes, how far it came. -1 with HK_INVALID when the journal tells of no transaction. */
int hk_transaction_read(struct hk_transaction *transaction, const struct hk_transaction_options *options, struct hk_err *err);
/* After hk_transaction_read. 0: all new (also when that was so before). HK_STALE as with rollback. Else as hk_transaction_run. */
int hk_transaction_resume(struct hk_transaction *transaction, struct hk_err *err);
/* Whether what it buys cannot be bought any more, by the clock of the journal. */
bool hk_transaction_is_over(const struct hk_transaction *transaction);
/* After hk_transaction_read. 0: all old. HK_STALE when a device shows other values than the transaction's old or new ones: somebody changed them since. */
int hk_transaction_rollback(struct hk_transaction *transaction, struct hk_err *err);
void hk_transaction_release(struct hk_transaction *transaction);     /* closes sessions; not the journal */

#endif
