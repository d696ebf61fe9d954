/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of network controllers as a file that a person reviews and that is carried out as it is: kind NetworkPlan (schemas/network-plan.schema.json). Bound
 * to digests of the files it was made from and of what each device showed. Same changes, same bytes.
 */
#ifndef HK_APPLY_NETWORK_PLAN_H
#define HK_APPLY_NETWORK_PLAN_H

#include "apply/wanted.h"
#include "out/ser.h"

#define HK_NETWORK_PLAN_ID 17          /* 16 digits and NUL */

/* expires: of each change, until when it can be bought, s since 1970; 0: always. */
struct hk_network_plan_device { const char *controller, *observed; struct hk_change *changes; size_t n_changes; double *expires; };
/* "NAME=VALUE"; expires: as with changes */
struct hk_network_plan_session { const char *name, *api; const char **values; size_t n_values; double expires; };
struct hk_network_plan_input { const char *path, *digest; };
struct hk_network_plan {
	struct hk_arena arena;
	char id[HK_NETWORK_PLAN_ID];
	const char *plan;                                          /* id of the plan it serves; NULL */
	struct hk_network_plan_input *inputs; size_t n_inputs;
	struct hk_network_plan_device *devices; size_t n_devices;  /* with changes only; by name */
	struct hk_network_plan_session *sessions; size_t n_sessions;      /* by name */
};

/* What differs on each device; observed[i] belongs to wanted->devices.v[i]. Inputs: files of the workspace that count. Everything is copied. */
void hk_network_plan_make(struct hk_network_plan *network_plan, const struct hk_wanted *wanted, struct hk_device *const *devices,
			  const struct hk_observation *const *observed, const struct hk_workspace *workspace, const char *plan_id);
/*
 * Sessions that NetworkConfiguration documents ask for, into a plan that has been made. Findings HK1405: an API or adapter that is not there, values it does
 * not take.
 */
void hk_network_plan_want_sessions(struct hk_network_plan *network_plan, const struct hk_workspace *workspace, struct hk_diags *diags);
/* Whether any document asks for one. */
bool hk_network_plan_has_wanted_sessions(const struct hk_workspace *workspace);
/* Text of the document, with the id, which is set. */
int hk_network_plan_write(struct hk_network_plan *network_plan, struct hk_buf *out, struct hk_err *err);
/* Members `devices` and, where there are any, `sessions` of a mapping, as in the document. */
void hk_network_plan_add_devices(struct hk_ser *ser, const struct hk_network_plan *network_plan);
void hk_network_plan_add_sessions(struct hk_ser *ser, const struct hk_network_plan *network_plan);
/* From the file. -1 with findings, or with err: HK_INVALID also when it was changed by hand. */
int hk_network_plan_read(struct hk_network_plan *network_plan, const char *path, struct hk_diags *diags, struct hk_err *err);
/* Number of inputs whose files are no longer what they were; their names are appended. */
size_t hk_network_plan_stale(const struct hk_network_plan *network_plan, struct hk_buf *names);
/*
 * When the first of what the plan buys cannot be bought any more: s since 1970, 0 when it always can be. what: which that is, for people; empty before. An
 * offer of a link and a session whose values say when it ends are the same in this.
 */
double hk_network_plan_end(const struct hk_network_plan *network_plan, struct hk_buf *what);
/* What to hand to hk_transaction_init, in the arena. */
struct hk_part *hk_network_plan_parts(struct hk_network_plan *network_plan);
void hk_network_plan_release(struct hk_network_plan *network_plan);

#endif
