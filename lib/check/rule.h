/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One rule of a constraint policy, and what a value means to it: unit and direction come from the rule's name, or, for names hkctl does not know, from request
 * and limit.
 */
#ifndef HK_CHECK_RULE_H
#define HK_CHECK_RULE_H

#include "check/state.h"
#include "model/units.h"
#include "yaml/doc.h"

enum hk_measure { HK_MEASURE_LATENCY, HK_MEASURE_JITTER, HK_MEASURE_LOSS, HK_MEASURE_BANDWIDTH, HK_MEASURE_NODE /* a resource of a node */, HK_MEASURE_OTHER };
enum hk_direction { HK_LOWER_IS_BETTER, HK_HIGHER_IS_BETTER, HK_MUST_BE_EQUAL };

struct hk_check_rule {
	const char *name, *request_text, *limit_text;   /* limit_text: that of the request where no limit is given */
	enum hk_measure measure;
	enum hk_unit unit;
	enum hk_direction direction;
	bool textual;                           /* compared as text */
	const char *resource;                   /* HK_MEASURE_NODE */
	double request, limit;                  /* internal units; unused when textual */
	const char *broken;                     /* why it cannot be evaluated: request or limit cannot be read; NULL when they can */
};

/* Everything is copied into the arena. limit may be NULL. */
void hk_check_rule_read(struct hk_check_rule *rule, const char *name, const char *request, const char *limit, struct hk_arena *arena);
enum hk_state hk_check_rule_judge(const struct hk_check_rule *rule, double value);
/* A value as text; false when it cannot be read in the rule's unit. *value is 0 for textual rules. */
bool hk_check_rule_judge_text(const struct hk_check_rule *rule, struct hk_str text, enum hk_state *state, double *value);
/* "7ms, limit 5ms" */
void hk_check_rule_explain(const struct hk_check_rule *rule, enum hk_state state, double value, const char *text, struct hk_buf *out);
bool hk_check_rule_is_link(const struct hk_check_rule *rule);          /* about the way between two targets */

#endif
