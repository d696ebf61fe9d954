/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A partial plan is about a part of its documents. */
#ifndef HK_PLAN_LEFT_OUT_H
#define HK_PLAN_LEFT_OUT_H

#include "model/model.h"
#include "plan/plan.h"

/* Take the pipelines the plan left out from the model, so that the two are about the same. */
void hk_plan_leave_out(const struct hk_plan *plan, struct hk_model *model);

#endif
