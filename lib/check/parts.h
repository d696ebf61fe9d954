/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be said about a rule from one target alone, worked out once for each class of members: then a combination of classes costs a few look-ups. */
#ifndef HK_CHECK_PARTS_H
#define HK_CHECK_PARTS_H

#include "check/check.h"

#define HK_PART_SCOPES 5u       /* names a measured value can know a member by */

struct hk_part { bool found; struct hk_verdict verdict; };

struct hk_target_parts {
	struct hk_part *values;                 /* rule * n_groups + group: a measured value of the target */
	struct hk_part *own;                    /* the same: of its node, or of a label */
	uint32_t (*scopes)[HK_PART_SCOPES];     /* per group: numbers of its names that values mention, the most telling first; 0: no more */
	uint32_t *slots; size_t n_slots;        /* per group: number of its cluster among those of the target */
	bool *waiting;                          /* per group: not scheduled yet */
};

/* Provider documents for a rule, and where their marks begin. */
struct hk_rule_documents { uint32_t *providers, *marks; size_t n; };

struct hk_check_parts {
	struct hk_arena arena;
	struct hk_target_parts targets[HK_CHECK_MOST_TARGETS];
	struct hk_rule_documents *documents;    /* per rule */
	uint32_t *numbers;                      /* per rule: among the measured ones */
	struct hk_part *ways;                   /* rule, slot of the source, slot of the destination: filled as asked for */
};

void hk_check_parts_open(struct hk_check_parts *parts, struct hk_check *check, const struct hk_check_offer *offer);
void hk_check_parts_close(struct hk_check_parts *parts);

/* A verdict without a value. */
struct hk_verdict hk_verdict_plain(enum hk_state state, enum hk_evidence evidence, size_t detail);
/* The worse of two. */
void hk_part_keep_worst(struct hk_part *part, struct hk_verdict next);
/* What a label says about a rule: an Error when it cannot be compared. */
struct hk_verdict hk_check_parts_judge_label(struct hk_check *check, const struct hk_check_rule *rule, const char *label);
/* A measured value of the list, judged. */
struct hk_verdict hk_check_parts_judge_entry(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, size_t entry);

#endif
