/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many bindings of a pod would be violated if it ran elsewhere, with the pods that were moved before already at their new places. */
#ifndef HK_CHECK_MOVE_H
#define HK_CHECK_MOVE_H

#include "check/check.h"

struct hk_place { uint32_t cluster, node; };    /* node HK_NO_INDEX: any */

/* Members of a target that are in one class and one cluster. */
struct hk_crowd { uint32_t group, cluster; uint64_t count; };

struct hk_moves {
	const struct hk_check *check;
	struct hk_arena arena;
	struct hk_place *places;                /* per pod of the inventory */
	struct hk_crowds { HK_VEC(struct hk_crowd) list; } *crowds;    /* per offer and target: offer * HK_CHECK_MOST_TARGETS + target */
	size_t *first_rule;                     /* per offer: number of its first rule among those of all */
	unsigned char *states;                  /* rule, from, to: state of the way and 1; 0: not asked for yet. NULL where that would be too large */
	struct hk_map ways; HK_VEC(unsigned char) way_states;          /* then the same by key */
	bool nodes_matter;                      /* a rule tells nodes of one cluster apart */
};

void hk_moves_open(struct hk_moves *moves, const struct hk_check *check);
void hk_moves_close(struct hk_moves *moves);
uint64_t hk_moves_violations(struct hk_moves *moves, uint32_t pod, struct hk_place place);
void hk_moves_move(struct hk_moves *moves, uint32_t pod, struct hk_place place);

#endif
