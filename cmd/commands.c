/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include <string.h>

static const struct hk_cmd *const table[] = {
	&hk_cmd_init, &hk_cmd_import, &hk_cmd_validate, &hk_cmd_fmt, &hk_cmd_plan, &hk_cmd_show, &hk_cmd_diff, &hk_cmd_explain, &hk_cmd_graph, &hk_cmd_render, &hk_cmd_apply, &hk_cmd_check, &hk_cmd_net, &hk_cmd_api, &hk_cmd_version, &hk_cmd_help,
	&hk_cmd_completion, &hk_cmd_complete, NULL,
};

const struct hk_cmd *hk_cmd_at(size_t index)
{
	return index < HK_COUNT(table) ? table[index] : NULL;
}

const struct hk_cmd *hk_cmd_find(const char *name)
{
	for (size_t i = 0; table[i]; i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}
