/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan with something in every list, and reading a plan from a text. */
#ifndef HK_TESTS_UNIT_PLAN_SAMPLE_H
#define HK_TESTS_UNIT_PLAN_SAMPLE_H

#include "../test.h"

#include "plan/plan.h"

/* Everything static or in the plan's arena; hk_plan_release frees it. */
void sample_plan(struct hk_plan *plan);
/* 0 when the text is a plan; findings are kept in *diags. */
int sample_read(const char *text, struct hk_plan *plan, struct hk_diags *diags);
/* The text with the first `old` replaced; fails the test when it is not there. Caller frees. */
char *sample_replace(const char *text, const char *old, const char *new);

#endif
