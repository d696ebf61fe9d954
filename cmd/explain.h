/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about a plan that need its documents too: what would happen elsewhere, and what full clusters and links are worth. */
#ifndef HK_CMD_EXPLAIN_H
#define HK_CMD_EXPLAIN_H

#include "cmd.h"
#include "plan/plan.h"

struct explain_question {
	const char *plan, *workload;            /* workload: "name" or "pipeline/name"; NULL with full */
	const char *cluster;                    /* NULL: every cluster where it may run */
	const struct hk_opt_list *files;        /* documents; empty: those the plan names */
	bool json;
};

/* Why the workload is not in the cluster, or what it would cost without it. */
int explain_why_not(const struct hk_env *env, const struct explain_question *question);
/* What is full, and what one more unit would be worth. */
int explain_full(const struct hk_env *env, const struct explain_question *question);

/* The plan and the model of its documents; a problem built from both. */
struct explain_world { struct hk_plan plan; struct hk_inputs inputs; };
int explain_world_load(const struct hk_env *env, const struct explain_question *question, struct explain_world *world);
void explain_world_release(struct explain_world *world);

/* Without the last digits, in which machines differ. */
double explain_tidy(double value);

#endif
