/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include <string.h>

/*
 * Verbs of other programs. libssh2, libcurl and libxml2 cost 7 ms at every start, and a commit hook starts hkctl on every save; so what needs them is in
 * libexec/hkctl, and the core knows only that it is there. Each program has the whole command line of main.c, so it gets the words as they were typed, and
 * knows its own help and completion.
 */
const struct hk_cmd hk_cmd_net = { .name = "net", .group = "Network", .summary = "network controllers: compare, change all or none, set back",
				   .program = "net" };
const struct hk_cmd hk_cmd_apply = { .name = "apply", .group = "Deliver", .summary = "carry out a plan: the network, all or nothing, then the manifests",
				     .program = "net" };
const struct hk_cmd hk_cmd_api = { .name = "api", .group = "Network",
				   .summary = "operators' network APIs: discover, measure, request quality of service, release", .program = "api" };

static const struct hk_cmd *const table[] = {
	&hk_cmd_init, &hk_cmd_import, &hk_cmd_validate, &hk_cmd_fmt, &hk_cmd_plan, &hk_cmd_show, &hk_cmd_diff, &hk_cmd_explain, &hk_cmd_graph, &hk_cmd_render,
	&hk_cmd_apply, &hk_cmd_check, &hk_cmd_net, &hk_cmd_api, &hk_cmd_version, &hk_cmd_help,
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
