/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan, any plan, quickly: most worlds have so much room that a few near clusters for each workload are enough. A plan of the narrower problem is one of the
 * whole problem; that there is none says nothing, and wider ones are tried.
 */
#ifndef HK_PLACE_NARROW_H
#define HK_PLACE_NARROW_H

#include "place/solve.h"

/*
 * A copy of the block with about `width` candidates for each workload: near those chosen for its sources, with room. It borrows from the block; new memory is
 * in the arena. False when it would be no narrower.
 */
bool hk_block_narrow(const struct hk_problem *problem, uint32_t block, uint32_t width, struct hk_block *narrow, struct hk_arena *arena);

/* True when a plan was found: pipelines one after the other, each in what those before leave. False: not known. */
bool hk_problem_try(const struct hk_problem *problem, const struct hk_solve_options *options);

/* The same step by step: pipelines that have a place, and the next one. */
struct hk_places;
struct hk_places *hk_places_open(const struct hk_problem *problem, const struct hk_solve_options *options);
void hk_places_close(struct hk_places *places);
/* In what those placed leave. */
bool hk_places_add(struct hk_places *places, uint32_t block);
/* All those placed and this one anew, in other orders. False: all is as it was. */
bool hk_places_add_anew(struct hk_places *places, uint32_t block);

#endif
