/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts of the run that made a plan. They differ from run to run, so they do not stand in the plan (same input, same bytes) but in a JSON file beside it,
 * `<plan>.run`. It is only shown when it belongs to the plan: hk_plan_run_matches().
 */
#ifndef HK_PLAN_RUN_H
#define HK_PLAN_RUN_H

#include "plan/plan.h"

struct hk_plan_run {
	char plan[17];                         /* id of the plan; empty when none */
	double cpu_seconds;
	double solve_seconds;                  /* of these, for the search itself: without reading, verifying and writing. 0 when not known */
	uint64_t peak_memory;                  /* bytes */
	uint64_t iterations, tree_nodes, cuts; /* simplex iterations, branch-and-bound nodes, cuts added */
	bool hit_limit, interrupted;           /* a limit or a signal ended the search early */
};

/* "<plan path>.run"; caller frees. */
char *hk_plan_run_path(const char *plan_path);
/* Append as JSON. */
int hk_plan_run_write(const struct hk_plan_run *run, struct hk_buf *out, struct hk_err *err);
/* Read such a document. Findings (rules HK08xx) and -1 when it is none. */
int hk_plan_run_read(struct hk_plan_run *run, const struct hk_doc *doc, struct hk_diags *diags);
bool hk_plan_run_matches(const struct hk_plan_run *run, const struct hk_plan *plan);

#endif
