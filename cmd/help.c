/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include <stddef.h>
#include <string.h>
#include <unistd.h>

struct config { bool all; };

static const struct hk_opt options[] = {
	{ .name = "all", .letter = 'a', .type = HK_OPT_FLAG, .offset = offsetof(struct config, all),
	  .help = "also hidden verbs and where external ones are looked for" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl help", .summary = "List the verbs, or show the manual of one.", .positional = "[VERB]", .max_args = 1, .options = options,
	.common = hk_common_options,
};

static void list_verbs(bool all, struct hk_buf *text)
{
	const char *group = NULL;
	hk_buf_addstr(text, "hkctl plans and delivers applications over edge sites, metro sites and clouds, and the network between them.\n\n"
			    "Usage: hkctl [--color WHEN] [-q] [-v] VERB [ARGUMENTS...]\n");
	const struct hk_cmd *cmd;
	for (size_t i = 0; (cmd = hk_cmd_at(i)); i++) {
		if (cmd->hidden && !all)
			continue;
		if (!group || strcmp(group, cmd->group) != 0)
			hk_buf_addf(text, "\n%s\n", cmd->group);
		group = cmd->group;
		hk_buf_addf(text, "  %-11s %s\n", cmd->name, cmd->summary);
	}
	if (all)
		hk_buf_addstr(text, "\nAny other verb NAME runs the program hkctl-NAME from libexec/hkctl beside hkctl, or from PATH.\n");
	hk_buf_addstr(text, "\n'hkctl VERB -h' shows a verb's options, 'hkctl help VERB' its manual; exit codes are in hkctl-exit-codes(7).\n");
}

/* The manual on a terminal when there is one; else the text of -h. */
static int show_manual(const struct hk_env *env, const char *verb)
{
	const struct hk_cmd *cmd = hk_cmd_find(verb);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!cmd) {
		hk_err_set(&err, HK_USAGE, "'%s' is not a verb; 'hkctl help' lists them", verb);
		return hk_fail(env, &err);
	}
	if (env->out_width) {
		HK_AUTO_BUF struct hk_buf page = HK_BUF_INIT;
		hk_buf_addf(&page, "hkctl-%s", cmd->name);
		char man[] = "man";
		char *argv[] = { man, page.s, NULL };
		execvp(man, argv);                /* returns only where there is no man */
	}
	if (cmd->program) {
		char name[] = "hkctl", help[] = "help";
		HK_AUTO_FREE char *copy = hk_strdup(verb);
		char *argv[] = { name, help, copy, NULL };
		return hk_helper_exec(env, cmd, argv);
	}
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_opt_help(cmd->spec, env->out_width && env->out_width < 100 ? env->out_width : 100, &text);
	return hk_print(&text, HK_OK);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	if (args->n)
		return show_manual(env, args->v[0]);
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	list_verbs(config->all, &text);
	return hk_print(&text, HK_OK);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_help = {
	.name = "help", .group = "About", .summary = "list the verbs, or show the manual of one", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .run = run, .word = hk_cmd_verb,
};
