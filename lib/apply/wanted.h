/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what a plan buys of the network to settings of controllers: "edge-a -> metro-1: 14 Gbit/s, 4 ms" becomes
 * /wan:links/link[name='edge-a--metro-1']/bandwidth = 14000000.
 *
 * Each controller says in its `link.settings` which objects a link has and in which unit it wants to be told. Names enter an object only after a check of every
 * letter, so nothing that is put in can end a quoted word or begin a new step; values are numbers of our making. Settings that people wrote down themselves
 * (kind NetworkConfiguration) are taken as they are. Findings: HK13xx.
 */
#ifndef HK_APPLY_WANTED_H
#define HK_APPLY_WANTED_H

#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"
#include "net/controller.h"
#include "net/dialect.h"
#include "plan/plan.h"

struct hk_wanted_setting {
	struct hk_setting setting;
	const char *why;               /* for people; NULL: a person wrote it down */
	double expires;                /* until when it can be bought, s since 1970; 0: always */
	const char *before;            /* what the topology makes us expect there; NULL: nothing */
	const struct hk_document *document; const struct hk_node *node;      /* where it is written: the template of the controller, or the setting */
};
struct hk_wanted_device { const struct hk_controller *controller; HK_VEC(struct hk_wanted_setting) settings; struct hk_map index;
			  /* of settings, by object */ };
struct hk_wanted { HK_VEC(struct hk_wanted_device) devices; struct hk_arena arena; };      /* by name of the controller */

/* Add what the plan buys. controllers must outlive the result. */
void hk_wanted_add_plan(struct hk_wanted *wanted, const struct hk_plan *plan, const struct hk_controllers *controllers, struct hk_diags *diags);
/* Add what NetworkConfiguration documents of the workspace say. Two different values for one object are an error. */
void hk_wanted_add_documents(struct hk_wanted *wanted, const struct hk_workspace *workspace, const struct hk_controllers *controllers, struct hk_diags *diags);
/* Let each dialect look at its objects (hk_dialect.check). */
void hk_wanted_check(const struct hk_wanted *wanted, struct hk_diags *diags);
void hk_wanted_release(struct hk_wanted *wanted);

#endif
