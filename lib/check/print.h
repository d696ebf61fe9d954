/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results for people and for programs. What may be long is handed out in parts: see hk_check_sink. */
#ifndef HK_CHECK_PRINT_H
#define HK_CHECK_PRINT_H

#include "check/action.h"
#include "check/drift.h"
#include "out/ser.h"

/* Takes what is in the buffer and empties it, from time to time while a million bindings are written, and at the end. -1 with *err set ends the writing. */
struct hk_check_sink { struct hk_buf *out; int (*flush)(struct hk_check_sink *sink, struct hk_err *err); void *closure; };

struct hk_check_print {
	const struct hk_check *check;
	struct hk_actions *actions;
	const struct hk_drift *drift;           /* NULL without a plan, or without pods */
	const char *replan;                     /* command line that makes a new plan; NULL when there is nothing to plan anew */
	unsigned width; bool colour;            /* text */
	bool all;                               /* bindings that comply, too */
	uint64_t most;                          /* text: bindings shown; 0: as many as there are */
};

void hk_check_print_text(const struct hk_check_print *print, struct hk_buf *out);
/* One document: formatVersion, summary, bindings, networkChanges, networkRequests, evictions, refused, drift, replan. */
int hk_check_print_json(const struct hk_check_print *print, struct hk_check_sink *sink, struct hk_err *err);
/* ConstraintPolicyBinding objects with their status, as a YAML stream of one JSON object each: what the next check takes with -f, and kubectl understands. */
int hk_check_print_bindings(const struct hk_check_print *print, struct hk_check_sink *sink, struct hk_err *err);
/* policy/v1 Eviction objects, one on each line: bodies for the eviction subresource of the pod they name. */
int hk_check_print_evictions(const struct hk_check_print *print, struct hk_buf *out, struct hk_err *err);

/* Reasons of the rules that make the binding's state what it is, joined by "; ". */
void hk_binding_reason(const struct hk_check *check, const struct hk_binding *binding, struct hk_buf *out);
/* "pod client-1 on edge-a/node-3" */
void hk_check_pod_print(const struct hk_check *check, uint32_t pod, struct hk_buf *out);

#endif
