/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An operator's API that is a page of shared memory, so that its sessions outlive the process that asked for them. Sessions are pending for a while, then
 * active. Faults are drawn from a
 * seed: replies lost before or after the work was done, errors that tell nothing, replies cut off, sessions that fail or linger when they are released.
 */
#ifndef HK_TESTS_UNIT_APPLY_OPERATOR_H
#define HK_TESTS_UNIT_APPLY_OPERATOR_H

#include "apply/sessions.h"
#include "base/rng.h"
#include "model/load.h"

#define OPERATOR_THINGS 64
#define OPERATOR_WANTED 3

enum operator_state { OPERATOR_FREE, OPERATOR_PENDING, OPERATOR_ACTIVE, OPERATOR_FAILED, OPERATOR_ENDING };

struct operator_thing { int state, asked; char profile[16]; };
struct operator {
	struct operator_thing things[OPERATOR_THINGS];        /* the id is the index */
	size_t used;
	int64_t now_us;
	struct hk_rng rng;
	double fault_rate;
	int64_t kill_in;                   /* steps until the process ends; negative: never */
	bool refuse;                       /* nothing new is granted */
	bool down;                         /* nobody answers */
	int interrupt_in;                  /* requests until *interrupted is set; negative: never */
	volatile int interrupted;
	size_t requests;
};
struct operator *operator_new(uint64_t seed);
void operator_free(struct operator *op);
size_t operator_count(const struct operator *op, const char *profile);       /* what is or may become active */
size_t operator_add(struct operator *op, const char *profile, int state);

struct operator_session {
	struct operator *op;
	struct hk_workspace workspace;
	struct hk_diags diags;
	struct hk_api_adapter adapter;
	struct hk_http http;
	struct hk_api api;
	struct hk_session list[OPERATOR_WANTED];
	const char *values[OPERATOR_WANTED][1];
	struct hk_journal_io io;
	struct hk_sessions_options options;
};
/* Sessions s0 (profile p0) ... with an adapter that can list them, or not. */
void operator_session_open(struct operator_session *session, struct operator *op, bool can_find);
void operator_session_close(struct operator_session *session);

#endif
