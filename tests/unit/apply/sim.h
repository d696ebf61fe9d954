/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices that are a page of shared memory, so that they go on when the process that configures them is killed: running values, a provisional commit with a
 * timer, a lock, a clock of their own. Faults are drawn from a seed: refusals, replies that get lost before or after the work was done, requests that hang,
 * timers that run out, devices that cannot be reached for a while or for good.
 */
#ifndef HK_TESTS_UNIT_APPLY_SIM_H
#define HK_TESTS_UNIT_APPLY_SIM_H

#include "apply/transaction.h"
#include "base/rng.h"

#define SIM_DEVICES 8
#define SIM_OBJECTS 3

enum sim_fault {
	SIM_GOOD, SIM_REFUSE, SIM_LOST_BEFORE, SIM_LOST_AFTER, SIM_HANG, SIM_SLOW,
	SIM_FAULTS,                /* those that are drawn; the others come from a script */
	SIM_NOTHING = SIM_FAULTS,  /* says ok and does nothing */
	SIM_WRONG,                 /* says ok and sets something else */
	SIM_HALF_LOST,             /* does half of it, and the connection is lost */
	SIM_HALF_REFUSED,          /* does half of it and says no */
	SIM_EXPIRE_BEFORE,         /* the timer runs out before the request arrives */
	SIM_EXPIRE_AFTER,          /* ... or right behind it */
	SIM_RESTART_BEFORE, SIM_RESTART_AFTER,
	SIM_GONE_BEFORE,           /* unreachable until it is healed */
	SIM_GONE_AFTER,            /* ... having done it */
	SIM_LOCKED,                /* somebody else's session gets the lock first */
	SIM_FOREIGN,               /* somebody else sets something behind it */
	SIM_LIMIT,                 /* the device has no room for one more session */
	SIM_JUMP,                  /* the clock is a day further */
};

/* Requests of one operation to some devices go wrong: `times` of them, after the first `skip`. */
struct sim_script {
	enum sim_fault fault;
	enum hk_operation operation;
	unsigned skip, times;
	unsigned devices;          /* a bit for each */
};

struct sim_device {
	int value[SIM_OBJECTS], rollback[SIM_OBJECTS];
	bool pending;              /* a provisional commit: rollback[] is what it goes back to */
	int64_t expires_us;
	char token[65];
	int locked_by;             /* session number; 0: free */
	int undo;                  /* enum hk_undo */
	bool saves;                /* has a startup configuration of its own, which is what a restart loads */
	int startup[SIM_OBJECTS];
	bool gone;                 /* unreachable */
	int64_t back_us;           /* ... until then, */
	bool stays_away;           /* ... or until it is healed */
};

struct sim {
	struct sim_device devices[SIM_DEVICES];
	size_t n;
	int64_t now_us;
	int sessions;
	struct hk_rng rng;
	double fault_rate;         /* of each request */
	int64_t kill_in;           /* steps until the process ends; negative: never */
	bool exempt[SIM_DEVICES];  /* from faults */
	struct sim_script script;
	unsigned seen[SIM_DEVICES];        /* requests the script is about */
};

struct sim *sim_new(uint64_t seed, size_t n);             /* in shared memory */
void sim_free(struct sim *sim);
void sim_kill_point(struct sim *sim);                     /* _exit(99) when its turn has come */
void sim_advance(struct sim *sim, int64_t us);            /* and what timers then do */
void sim_restart(struct sim *sim, size_t device);
void sim_heal(struct sim *sim);                           /* no more faults, everything can be reached */
/* Value v of all objects of a device, timers considered. */
bool sim_shows(const struct sim *sim, size_t device, int value);

struct sim_session {
	struct sim *sim;
	struct hk_net_system system;
	struct hk_net *net;
	struct hk_controller controllers[SIM_DEVICES];
	char names[SIM_DEVICES][24];
	struct hk_part parts[SIM_DEVICES];
	struct hk_change changes[SIM_DEVICES][SIM_OBJECTS];
	struct hk_journal_io io;
	struct hk_transaction_options options;
};
/* What hk_transaction needs of the sim, for a change of all objects from 1 to 2. */
void sim_session_open(struct sim_session *session, struct sim *sim);
void sim_session_close(struct sim_session *session);

void sim_expect_all(const struct sim *sim, int value);
/* What is said must be so: now, and when all timers have run out and every device that was reached has restarted. */
void sim_expect_truth(struct sim *sim, const struct hk_transaction *transaction);

#endif
