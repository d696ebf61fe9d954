/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * completion SHELL prints a thin script; the script calls the hidden `hkctl complete -- WORDS`, which walks the tables the parser uses: never out of date, never on the network.
 * complete prints one candidate a line; "\tFILE" or "\tDIR" alone asks the shell to complete paths.
 */
#include "cmd.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char bash_script[] =
	"_hkctl() {\n"
	"    local IFS=$'\\n' line files=\n"
	"    COMPREPLY=()\n"
	"    while read -r line; do\n"
	"        case $line in\n"
	"        $'\\tFILE') files=1 ;;\n"
	"        $'\\tDIR') files=2 ;;\n"
	"        *) COMPREPLY+=(\"$line\") ;;\n"
	"        esac\n"
	"    done < <(hkctl complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"    if [ -n \"$files\" ]; then\n"
	"        while read -r line; do\n"
	"            COMPREPLY+=(\"$line\")\n"
	"        done < <(if [ \"$files\" = 1 ]; then compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"; else compgen -d -- \"${COMP_WORDS[COMP_CWORD]}\"; fi)\n"
	"    fi\n"
	"    [ -n \"$files\" ] && compopt -o filenames 2>/dev/null\n"
	"    return 0\n"
	"}\n"
	"complete -F _hkctl hkctl\n";

static const char zsh_script[] =
	"#compdef hkctl\n"
	"_hkctl() {\n"
	"    local line files=\n"
	"    local -a found\n"
	"    while IFS= read -r line; do\n"
	"        case $line in\n"
	"        $'\\tFILE') files=1 ;;\n"
	"        $'\\tDIR') files=2 ;;\n"
	"        *) found+=(\"$line\") ;;\n"
	"        esac\n"
	"    done < <(hkctl complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
	"    (( ${#found} )) && compadd -- \"${found[@]}\"\n"
	"    [[ $files == 1 ]] && _files\n"
	"    [[ $files == 2 ]] && _files -/\n"
	"    return 0\n"
	"}\n"
	"compdef _hkctl hkctl\n";

static const char fish_script[] =
	"function __hkctl_complete\n"
	"    set -l words (commandline -opc) (commandline -ct)\n"
	"    for line in (hkctl complete -- $words[2..-1] 2>/dev/null)\n"
	"        switch $line\n"
	"            case \\tFILE\n"
	"                __fish_complete_path (commandline -ct)\n"
	"            case \\tDIR\n"
	"                __fish_complete_directories (commandline -ct)\n"
	"            case '*'\n"
	"                echo $line\n"
	"        end\n"
	"    end\n"
	"end\n"
	"complete -c hkctl -f -a '(__hkctl_complete)'\n";

static const struct hk_opt_example examples[] = {
	{ "hkctl completion bash > ~/.local/share/bash-completion/completions/hkctl", "for bash" },
	{ "hkctl completion fish > ~/.config/fish/completions/hkctl.fish", "for fish" },
	{ 0 },
};

static const struct hk_opt_spec completion_spec = {
	.command = "hkctl completion", .summary = "Print the completion script of a shell: bash, zsh or fish.", .positional = "SHELL", .min_args = 1, .max_args = 1,
	.common = hk_common_options, .examples = examples,
};

static int run_completion(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	static const struct { const char *shell, *script; } scripts[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };
	(void)config;
	for (size_t i = 0; i < HK_COUNT(scripts); i++)
		if (strcmp(args->v[0], scripts[i].shell) == 0) {
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			hk_buf_addstr(&text, scripts[i].script);
			return hk_print(&text, HK_OK);
		}
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_USAGE, "no completion for '%s'; there is one for bash, zsh and fish", args->v[0]);
	return hk_fail(env, &err);
}

const struct hk_cmd hk_cmd_completion = {
	.name = "completion", .group = "About", .summary = "print a completion script for bash, zsh or fish", .spec = &completion_spec, .run = run_completion,
};

/* ---- complete ---- */

struct candidates { struct hk_buf *out; struct hk_str prefix; };

static void offer(struct candidates *candidates, const char *lead, const char *word)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%s%s", lead, word);
	if (text.len >= candidates->prefix.n && memcmp(text.s, candidates->prefix.s, candidates->prefix.n) == 0)
		hk_buf_addf(candidates->out, "%s\n", text.s);
}

static void offer_option(void *context, const struct hk_opt *row)
{
	offer(context, "--", row->name);
}

static void offer_paths(struct candidates *candidates, const char *metavar)
{
	if (metavar && strcmp(metavar, "DIR") == 0)
		hk_buf_addstr(candidates->out, "\tDIR\n");
	else if (!metavar || strstr(metavar, "FILE") || strstr(metavar, "PATH") || strstr(metavar, "PLAN"))
		hk_buf_addstr(candidates->out, "\tFILE\n");
}

static void offer_values(struct candidates *candidates, const char *lead, const struct hk_opt *row)
{
	if (!row->choices) {
		offer_paths(candidates, row->metavar);
		return;
	}
	/* What stands before the last comma of a list of values stays. */
	size_t kept = candidates->prefix.n;
	while (row->type == HK_OPT_SET && kept > 0 && candidates->prefix.s[kept - 1] != ',')
		kept--;
	HK_AUTO_FREE char *before = row->type == HK_OPT_SET && kept > 0 ? hk_strndup(candidates->prefix.s, kept) : NULL;
	const char *choice;
	for (size_t i = 0; (choice = hk_opt_choice(row, i)); i++)
		offer(candidates, before ? before : lead, choice);
}

static void offer_arguments(struct candidates *candidates, const struct hk_cmd *cmd, bool first)
{
	if (strcmp(cmd->name, "completion") == 0) {
		offer(candidates, "", "bash");
		offer(candidates, "", "zsh");
		offer(candidates, "", "fish");
	} else if (strcmp(cmd->name, "help") == 0) {
		const struct hk_cmd *other;
		for (size_t i = 0; (other = hk_cmd_at(i)); i++)
			if (!other->hidden)
				offer(candidates, "", other->name);
	} else if (cmd->actions && first) {
		for (size_t i = 0; cmd->actions[i]; i++)
			offer(candidates, "", cmd->actions[i]);
	} else if (cmd->spec->positional)
		offer_paths(candidates, "PATH");
}

static void complete_verb(struct candidates *candidates, const struct hk_cmd *cmd, const char *previous, const char *word, bool first)
{
	const struct hk_opt *row = hk_opt_find(cmd->spec, previous);
	const char *equals = strchr(word, '=');
	if (previous[0] == '-' && row && hk_opt_takes_value(row) && !strchr(previous, '='))
		offer_values(candidates, "", row);
	else if (word[0] == '-' && equals) {
		HK_AUTO_FREE char *lead = hk_strndup(word, (size_t)(equals - word) + 1);
		row = hk_opt_find(cmd->spec, lead);
		if (row)
			offer_values(candidates, lead, row);
	} else if (word[0] == '-')
		hk_opt_walk(cmd->spec, offer_option, candidates);
	else
		offer_arguments(candidates, cmd, first);
}

/* The same question to the program that knows the verb's options. */
static int complete_elsewhere(const struct hk_env *env, const struct hk_cmd *cmd, const struct hk_opt_args *args)
{
	static const char *const lead[] = { "hkctl", "complete", "--" };
	HK_VEC(char *) argv = { 0 };
	for (size_t i = 0; i < HK_COUNT(lead) + args->n; i++)
		hk_vec_push(&argv, hk_strdup(i < HK_COUNT(lead) ? lead[i] : args->v[i - HK_COUNT(lead)]));
	hk_vec_push(&argv, NULL);
	int status = hk_helper_exec(env, cmd, argv.v);
	for (size_t i = 0; i < argv.n; i++)
		free(argv.v[i]);
	hk_vec_release(&argv);
	return status;
}

static int run_complete(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *word = args->n ? args->v[args->n - 1] : "";
	struct candidates candidates = { &text, hk_str_of(word) };
	const struct hk_cmd *cmd = NULL;
	size_t verb = 0;
	(void)config;
	while (verb + 1 < args->n && args->v[verb][0] == '-')      /* global options before the verb */
		verb++;
	if (verb + 1 < args->n)
		cmd = hk_cmd_find(args->v[verb]);
	if (cmd && cmd->program)
		return complete_elsewhere(env, cmd, args);
	if (cmd)
		complete_verb(&candidates, cmd, args->n >= verb + 3 ? args->v[args->n - 2] : "", word, args->n == verb + 2);
	else if (verb + 1 >= args->n)
		for (size_t i = 0; (cmd = hk_cmd_at(i)); i++)
			if (!cmd->hidden)
				offer(&candidates, "", cmd->name);
	return hk_print(&text, HK_OK);
}

static const struct hk_opt_spec complete_spec = {
	.command = "hkctl complete", .summary = "Candidates for the last word; called by the completion scripts.", .positional = "-- WORDS...", .max_args = HK_OPT_ANY,
	.common = hk_common_options,
};

const struct hk_cmd hk_cmd_complete = {
	.name = "complete", .group = "About", .summary = "candidates for a command line", .spec = &complete_spec, .run = run_complete, .hidden = true,
};
