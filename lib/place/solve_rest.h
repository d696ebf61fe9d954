/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The world that placed pipelines leave to one other: their replicas become load on the nodes, their traffic load on the links. What is exact in the whole
 * world is exact in this one.
 */
#ifndef HK_PLACE_SOLVE_REST_H
#define HK_PLACE_SOLVE_REST_H

#include "place/solution.h"

/* Those who are there already. */
struct hk_rest_others {
	const struct hk_block_solution *blocks;     /* per block */
	const bool *placed;                         /* per block; others' solutions are not looked at */
	const struct hk_node_share *shares; size_t n_shares;   /* of placed blocks, in any order */
};

/* Where a group of the smaller world comes from: nodes of the real group from this one on. */
struct hk_rest_origin { uint32_t group, node; };

struct hk_rest {
	struct hk_arena arena;
	struct hk_model model;                      /* borrows from the real one */
	struct hk_problem problem;                  /* of the one block; routes are those of the whole world */
	struct hk_rest_origin **origins;            /* [cluster][group] */
};

void hk_rest_open(struct hk_rest *rest, const struct hk_problem *problem, uint32_t block, const struct hk_rest_others *others);
/* The same share of nodes in the real world. */
struct hk_node_share hk_rest_share(const struct hk_rest *rest, uint32_t block, struct hk_node_share share);
void hk_rest_close(struct hk_rest *rest);

#endif
