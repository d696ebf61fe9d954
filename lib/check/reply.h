/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an executable provider is asked and what it answers: one JSON document each way.
 *
 *   request  {"version": 1, "rule": "wifi-quality", "request": "80", "limit": "50", "offer": "default/wifi",
 *             "targets": {"source": ["edge-a:default:v1:Pod:client-0", ...], "destination": [...]}}
 *   reply    {"version": 1, "default": ANSWER, "results": [{"targets": {"source": "...", "destination": "..."}, ANSWER...}, ...]}
 *   ANSWER   "state": "Violation" | "Compliant" | ... or "value": "74" (judged by hkctl against request and limit), and "reason": any text
 *
 * A result names one reference for each target. Bindings without a result take the default; without one they are Errors, because silence is no consent.
 */
#ifndef HK_CHECK_REPLY_H
#define HK_CHECK_REPLY_H

#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "check/rule.h"

struct hk_answer { bool given; enum hk_state state; const char *reason, *text; double value; };      /* text NULL: the provider said the state itself */

struct hk_reply {
	struct hk_arena arena;
	bool read;                              /* there is one */
	struct hk_answer fallback;
	struct hk_map results;                  /* references joined by "\n", in the order of the names */
	HK_VEC(struct hk_answer) answers;
};

/*
 * Read a reply. names: the targets' names in their order. HK_FAILED with what is wrong; a reply is taken whole or not at all. Results for references that
 * nobody asked about are kept; they are never looked up.
 */
int hk_reply_read(struct hk_reply *reply, struct hk_str text, const struct hk_check_rule *rule, const char *const *names, size_t n_names, struct hk_err *err);
void hk_reply_release(struct hk_reply *reply);
/* key: references joined by line feeds. Never NULL; given false when the reply says nothing about it. */
const struct hk_answer *hk_reply_find(const struct hk_reply *reply, struct hk_str key);

#endif
