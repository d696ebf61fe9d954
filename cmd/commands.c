/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/term.h"
#include <stddef.h>
#include <string.h>

const struct hk_opt hk_common_options[] = {
	{ .name = "color", .type = HK_OPT_ENUM, .offset = offsetof(struct hk_common, color), .choices = hk_color_names, .metavar = "WHEN",
	  .help = "colour the output" },
	{ .name = "quiet", .letter = 'q', .type = HK_OPT_FLAG, .offset = offsetof(struct hk_common, quiet), .help = "no remarks and no progress, only errors" },
	{ .name = "verbose", .letter = 'v', .type = HK_OPT_COUNT, .offset = offsetof(struct hk_common, verbose), .help = "say what is being done" },
	{ 0 },
};

static const struct hk_cmd *const table[] = {
	&hk_cmd_init, &hk_cmd_validate, &hk_cmd_fmt, &hk_cmd_plan, &hk_cmd_show, &hk_cmd_explain, &hk_cmd_graph, &hk_cmd_render, &hk_cmd_version, &hk_cmd_help,
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
