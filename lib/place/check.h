/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Independent verification of a plan against the model: shares no code with problem building or solving (it has its own routes, rates, availability and
 * objective). A plan that does not pass is never written.
 */
#ifndef HK_PLACE_CHECK_H
#define HK_PLACE_CHECK_H

#include "base/diag.h"
#include "base/err.h"
#include "model/model.h"
#include "plan/plan.h"

struct hk_check_report {
	double objective;            /* recomputed from the plan, currency/h */
	size_t violations;
};

/*
 * Recompute everything the plan claims; every violation is a finding (rules HK08xx, plan.c names the place in the plan by path). previous as given to the
 * solver. 0 when the check could run (look at report->violations), -1 on errors of the operation.
 */
int hk_check_plan(const struct hk_model *model, const struct hk_plan *plan, const struct hk_plan *previous, struct hk_check_report *report,
		  struct hk_diags *diags, struct hk_err *err);

#endif
