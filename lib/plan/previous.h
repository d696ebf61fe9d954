/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a plan says of the plan before it: replicas by pipeline, workload and cluster. Enough to verify the plan again when the file of the previous one is
 * gone.
 */
#ifndef HK_PLAN_PREVIOUS_H
#define HK_PLAN_PREVIOUS_H

#include "plan/plan.h"

/* Fill *previous (released by hk_plan_release) with id and placements; false, and nothing filled, when the plan had none. Text is borrowed from the plan. */
bool hk_plan_previous(const struct hk_plan *plan, struct hk_plan *previous);

#endif
