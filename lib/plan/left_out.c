/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/left_out.h"

#include <string.h>

static bool is_left_out(const struct hk_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_left_out; i++)
		if (strcmp(plan->left_out[i].pipeline, name) == 0)
			return true;
	return false;
}

void hk_plan_leave_out(const struct hk_plan *plan, struct hk_model *model)
{
	size_t kept = 0;

	for (size_t p = 0; p < model->n_pipelines; p++)
		if (!is_left_out(plan, model->pipelines[p].name))
			model->pipelines[kept++] = model->pipelines[p];
	model->n_pipelines = kept;
}
