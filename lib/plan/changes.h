/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Documents of kind NetworkChanges: what `hkctl check` asks of the network, as input to those who configure it. networkChanges are settings that are known,
 * written as in a plan (bandwidth and latency of adjustable links); requests are for a controller that is to find a way by itself, with the worst values that
 * will do. Units as in plans: seconds, bit/s, ratios, currency/h.
 */
#ifndef HK_PLAN_CHANGES_H
#define HK_PLAN_CHANGES_H

#include "plan/plan.h"

struct hk_network_request {
	const char *from, *to, *controller;            /* clusters; controller NULL when the links of the way name none */
	double latency, jitter, loss, bandwidth;       /* worst that will do: at most, of bandwidth at least; NaN when not asked for */
	const char **why; size_t n_why;
};

struct hk_network_changes {
	struct hk_plan plan;                           /* its arena has everything; only network_changes are used */
	double observed_at;                            /* NaN when not known */
	struct hk_network_request *requests; size_t n_requests;    /* by from, to, controller */
};

/* Append as YAML. Same changes, same bytes. */
int hk_network_changes_write(const struct hk_network_changes *changes, struct hk_buf *out, struct hk_err *err);
/* Read such a document; text is copied. Findings (rules HK08xx) and -1 when it is none or broken. */
int hk_network_changes_read(struct hk_network_changes *changes, const struct hk_doc *doc, struct hk_diags *diags);
void hk_network_changes_release(struct hk_network_changes *changes);

#endif
