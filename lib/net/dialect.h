/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device, in its own words: read, diff, lock, apply, verify, confirm, revert. A dialect never sees the journal, and who orders the work of many devices
 * never sees a prompt.
 *
 * What a device is to be set to is a list of settings: the name of an object in the dialect's words and its value as text, or that it is absent. A change is a
 * setting with what was there before; its undo is the same change with `from` and `to` exchanged. So plans, journals and results hold nothing but text, and
 * every dialect can be shown in one way.
 *
 *   netconf   /wan:links/link[name='edge-a']/bandwidth = 14000000        (net/netconf_path.h)
 *   linux     dev/eth0/class/1:10/rate = 14000000                        (net/cli.h; ovs, frr and generic as well)
 *
 * Order of requests for one device: READ, LOCK, APPLY, VERIFY, then CONFIRM or REVERT, UNLOCK. A device handles one request at a time. Requests of different
 * devices run side by side in one loop: start them all, run the loop until all are finished (hk_requests_run), look at each.
 */
#ifndef HK_NET_DIALECT_H
#define HK_NET_DIALECT_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/vec.h"
#include "net/controller.h"
#include "net/transport.h"

struct hk_setting { const char *object, *value; };          /* value NULL: absent; "" for what is only there or not (a list entry, a container) */

struct hk_change {
	const char *object;
	const char *from, *to;         /* NULL: absent */
	const char *why;               /* what asks for it, for people: constraint, line of the plan; may be NULL */
};
struct hk_changes { HK_VEC(struct hk_change) list; struct hk_arena arena; };
void hk_changes_release(struct hk_changes *changes);

/* What a device answered. Text lives in the arena. */
struct hk_observation {
	struct hk_arena arena;
	HK_VEC(struct hk_setting) settings;      /* the objects asked for, in that order, then those that creating them would create */
	char digest[HK_SHA256_TEXT];             /* of everything the device holds at and below the objects; the same for the same configuration in any order */
};
void hk_observation_release(struct hk_observation *observation);
const struct hk_setting *hk_observation_find(const struct hk_observation *observation, const char *object);
/* The same for the i-th of what was asked for, looked for first where it should be. */
const struct hk_setting *hk_observation_find_near(const struct hk_observation *observation, size_t i, const char *object);
/* Equal as values: the same bytes, or the same decimal number written differently ("7.0" and "7"). NULL equals only NULL. */
bool hk_setting_same(const char *a, const char *b);

/* How a change is undone when nobody confirms it. Known after the first request; the best the device can do is used. */
enum hk_undo {
	HK_UNDO_UNKNOWN,
	HK_UNDO_TIMER,          /* the device goes back by itself when the time is over, also when we and our session are gone */
	HK_UNDO_SESSION_TIMER,  /* ... and at once when our session is gone: nobody can confirm from another process */
	HK_UNDO_INVERSE,        /* only we can undo it, by setting the old values: a crash leaves the new ones until REVERT */
};
struct hk_device_traits {
	enum hk_undo undo;
	bool locks;             /* LOCK keeps others out; else it does nothing */
	bool startup;           /* CONFIRM also saves what runs, or it would be gone after a restart */
	const char *strategy;   /* for people: "candidate, confirmed commit with persist id" */
};

enum hk_operation {
	HK_READ,      /* in: settings (objects). out: observation */
	HK_LOCK,      /* fails with the holder named when somebody else has it or left unfinished edits behind */
	HK_APPLY,     /* in: changes, token, confirm_s. Provisional where traits.undo says so, for good else. */
	HK_VERIFY,    /* in: changes, want_old. Reads again; fails (HK_UNVERIFIED) when a value is not the wanted one; out: observation */
	HK_EXTEND,    /* in: token, confirm_s. The timer starts again; nothing to do where there is none */
	/*
	 * in: changes, token. For good; also from another process (without LOCK: some devices lock nothing while a timer runs), also when done before; ends
	 * with a reading
	 */
	HK_CONFIRM,
	/*
	 * in: changes, token. Back to `from`, from wherever the device is, also from another process, also when done before; ends with a reading that equals
	 * the old values
	 */
	HK_REVERT,
	HK_UNLOCK,    /* also forgets edits that were not committed */
	HK_OPERATIONS
};
extern const char *const hk_operation_names[];

/* What is certain about the device after a request. */
enum hk_outcome {
	HK_OUTCOME_DONE,
	HK_OUTCOME_REFUSED,     /* failed, and the device is as it was before the request */
	HK_OUTCOME_UNKNOWN,     /* failed, and it may or may not have happened: read the device */
};

struct hk_device;
struct hk_request {
	enum hk_operation operation;
	const struct hk_setting *settings; size_t n_settings;
	const struct hk_change *changes; size_t n_changes;
	/*
	 * names the provisional change on the device (persist id, name of the revert job): [A-Za-z0-9._-]{1,64}, hard to guess, the same for all requests of
	 * one change
	 */
	const char *token;
	unsigned confirm_s;            /* seconds until the device goes back by itself; 0: 600 */
	bool want_old;                 /* VERIFY */
	bool was_confirmed;            /* REVERT: CONFIRM was done before, so what a restart loads is to be the old state too */
	bool discard_foreign;          /* LOCK: throw away edits somebody else left in the candidate; else they are a failure that shows them */
	int64_t deadline_us;           /* of the loop's clock */
	void (*done)(struct hk_request *request);      /* from the loop; may start the next request; may be NULL */
	void *owner;
	/* result */
	struct hk_device *device;
	bool finished;
	enum hk_outcome outcome;
	struct hk_err err;             /* set unless DONE */
	struct hk_observation observation;
	int64_t started_us, finished_us;
};
void hk_request_release(struct hk_request *request);     /* what the result owns; only when finished or after hk_device_close */

struct hk_device_options {
	const struct hk_controller *controller;   /* borrowed; must outlive the device */
	struct hk_transport *transport;           /* the device closes it */
};

struct hk_dialect {
	const char *name;              /* `protocol` of a controller */
	/*
	 * Are the objects, from *at on, well formed for this controller, as far as can be said without the device? -1 with HK_INVALID and what was expected:
	 * *at is the first that is not, or count when it is the controller.
	 */
	int (*check)(const struct hk_controller *controller, const struct hk_setting *settings, size_t count, size_t *at, struct hk_err *err);
	struct hk_device *(*open)(const struct hk_device_options *options);      /* contacts nobody before the first request */
	void (*start)(struct hk_device *device, struct hk_request *request);
	void (*close)(struct hk_device *device);
	bool runs_commands;            /* close comes after that of the transport, which still has commands of the device */
	/* NULL: hk_dialect_diff_plain, one change for each setting that differs. */
	void (*diff)(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		     struct hk_changes *changes);
};
/* First member of a dialect's own device. */
struct hk_device {
	const struct hk_dialect *dialect;
	struct hk_transport *transport;
	const char *name;              /* of the controller */
	struct hk_device_traits traits;
	struct hk_request *request;    /* the one at work; NULL when idle */
};

extern const struct hk_dialect hk_dialect_netconf, hk_dialect_frr, hk_dialect_ovs, hk_dialect_linux, hk_dialect_generic;
/* By protocol name; NULL when there is none. hk_dialect_at: all of them, NULL past the end. */
const struct hk_dialect *hk_dialect_find(const char *protocol);
const struct hk_dialect *hk_dialect_at(size_t index);

struct hk_device *hk_device_open(const struct hk_dialect *dialect, const struct hk_device_options *options);
/* Takes the input part of request. Always finishes through the loop, also when it fails at once. A device that is busy refuses. */
void hk_device_start(struct hk_device *device, struct hk_request *request);
void hk_device_close(struct hk_device *device);          /* and its transport; a request at work is never finished */
/* For dialects: end the request at work. err is moved; NULL or unset with DONE. */
void hk_device_finish(struct hk_device *device, enum hk_outcome outcome, struct hk_err *err);

void hk_dialect_diff_plain(const struct hk_setting *wanted, size_t count, const struct hk_observation *observed, struct hk_changes *changes);
/* The changes that lead from observed to wanted, in an order that can be applied; their undo is the reverse order. Text is copied into changes. */
void hk_device_diff(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		    struct hk_changes *changes);
/* First change whose wanted value (to, or from with want_old) the observation does not have; NULL when all are there. */
const struct hk_change *hk_changes_unmet(const struct hk_change *changes, size_t count, bool want_old, const struct hk_observation *observed);

/*
 * Start request i on device i for all i, at most max_parallel at a time (0: all), and run the loop until all are finished. -1 only when the loop itself failed
 * or was interrupted (requests may then be unfinished); how each request went is in it.
 */
int hk_requests_run(struct hk_net *net, struct hk_device *const *devices, struct hk_request *requests, size_t count, size_t max_parallel,
		    volatile int *interrupted, struct hk_err *err);

#endif
