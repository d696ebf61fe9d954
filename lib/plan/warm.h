/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices, bounds and fingerprints into a plan, and out of the plan before into what the solver can start from. */
#ifndef HK_PLAN_WARM_H
#define HK_PLAN_WARM_H

#include "place/warm.h"
#include "plan/plan.h"

/*
 * After hk_plan_from_solution: nothing happens when the solution has no prices. bare: the same problem built without a previous plan (it may be the very same);
 * warm: what it was started from, whose fingerprints are those of the same `bare`, or NULL.
 */
void hk_plan_fill_prices(struct hk_plan *plan, const struct hk_problem *bare, const struct hk_solution *solution, const struct hk_warm_start *warm);

/* Was the previous plan made with prices? Only then there is something to start from. */
bool hk_plan_warms(const struct hk_plan *previous);
/*
 * What the previous plan offers for this problem; everything in the arena. bare as above.
 */
void hk_plan_warm_start(struct hk_warm_start *warm, const struct hk_plan *previous, const struct hk_problem *problem, const struct hk_problem *bare,
			struct hk_arena *arena);

#endif
