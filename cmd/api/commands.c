/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of hkctl-api. cmd/commands.c lists them to the core. */
#include "cmd.h"
#include <string.h>

static const struct hk_cmd *const table[] = { &hk_cmd_api, &hk_cmd_help, &hk_cmd_complete, NULL };

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
