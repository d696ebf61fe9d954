/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the solver's arrays to a plan a person can read: names, nodes, routes with weights, predictions, use of clusters and links, changes, cost parts and
 * reasons.
 */
#ifndef HK_PLAN_FROM_SOLUTION_H
#define HK_PLAN_FROM_SOLUTION_H

#include "place/solution.h"
#include "plan/plan.h"

/*
 * Fill *plan (released by hk_plan_release) from a solution with a plan in it (optimal or feasible). previous may be NULL. All text is copied. Inputs, id and
 * run facts are left to the caller: add the inputs, then hk_plan_seal(). Loads are those the written probabilities lead to. -1 when the solution holds no plan.
 */
int hk_plan_from_solution(struct hk_plan *plan, const struct hk_problem *problem, const struct hk_solution *solution, const struct hk_plan *previous,
			  struct hk_err *err);

#endif
