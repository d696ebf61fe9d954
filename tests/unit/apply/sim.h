/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices that are a page of shared memory, so that they go on when the process that configures them is killed: running values, a provisional commit with a timer, a lock, a clock of their own.
 * Faults are drawn from a seed: refusals, replies that get lost before or after the work was done, requests that hang, timers that run out, devices that cannot be reached for a while or for good.
 */
#ifndef HK_TESTS_UNIT_APPLY_SIM_H
#define HK_TESTS_UNIT_APPLY_SIM_H

#include "apply/transaction.h"
#include "base/rng.h"

#define SIM_DEVICES 8
#define SIM_OBJECTS 3

enum sim_fault { SIM_GOOD, SIM_REFUSE, SIM_LOST_BEFORE, SIM_LOST_AFTER, SIM_HANG, SIM_SLOW, SIM_FAULTS };

struct sim_device {
	int value[SIM_OBJECTS], rollback[SIM_OBJECTS];
	bool pending;              /* a provisional commit: rollback[] is what it goes back to */
	int64_t expires_us;
	char token[65];
	int locked_by;             /* session number; 0: free */
	int undo;                  /* enum hk_undo */
	bool gone;                 /* unreachable */
	int64_t back_us;           /* ... until then */
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
};

struct sim *sim_new(uint64_t seed, size_t n);             /* in shared memory */
void sim_free(struct sim *sim);
void sim_kill_point(struct sim *sim);                     /* _exit(99) when its turn has come */
void sim_advance(struct sim *sim, int64_t us);            /* and what timers then do */
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

#endif
