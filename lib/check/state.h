/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compliance states. Their order is that of severity, so the state of a whole is the largest of its parts. Unlike in turnbuckle, where Error comes last and
 * Pending counts as Compliant: what is known to be violated stays visible beside what could not be evaluated, and what is not known yet is Pending.
 */
#ifndef HK_CHECK_STATE_H
#define HK_CHECK_STATE_H

#include "base/str.h"

enum hk_state { HK_STATE_COMPLIANT, HK_STATE_LIMIT, HK_STATE_PENDING, HK_STATE_ERROR, HK_STATE_VIOLATION, HK_STATE_COUNT };

const char *hk_state_name(enum hk_state state);                        /* "Compliant" */
bool hk_state_parse(struct hk_str text, enum hk_state *state);         /* exactly one of the names */
enum hk_state hk_state_worst(enum hk_state a, enum hk_state b);

#endif
