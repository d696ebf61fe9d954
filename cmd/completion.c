/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * completion SHELL prints a thin script; the script calls the hidden `hkctl complete -- WORDS`, which walks the tables the parser uses: never out of date,
 * never on the network. complete prints one candidate for the last word a line; "\tFILE\tLEAD" or "\tDIR\tLEAD" asks the shell to complete a path behind the
 * LEAD that the word begins with ("--file=").
 */
#include "cmd.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char bash_script[] =
	"_hkctl() {\n"
	"    local IFS=$'\\n' program=${COMP_WORDS[0]/#~\\//$HOME/} word= line lead files path n=0\n"
	"    local -a words\n"
	"    # \"--output=json\" is three words to bash.\n"
	"    for word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
	"        if [[ $n -gt 0 && ($word == =* || ${words[n-1]} == *=) ]]; then\n"
	"            words[n-1]+=$word\n"
	"        else\n"
	"            words[n++]=$word\n"
	"        fi\n"
	"    done\n"
	"    word=${words[n-1]}\n"
	"    lead=${word%\"$2\"}\n"
	"    [ -x \"$program\" ] || program=hkctl\n"
	"    COMPREPLY=()\n"
	"    while IFS= read -r line; do\n"
	"        case $line in\n"
	"        $'\\tFILE\\t'*) files=-f ;;\n"
	"        $'\\tDIR\\t'*) files=-d ;;\n"
	"        *) COMPREPLY+=(\"${line#\"$lead\"}\"); continue ;;\n"
	"        esac\n"
	"        line=${line#$'\\t'*$'\\t'}\n"
	"        compopt -o filenames 2>/dev/null\n"
	"        while IFS= read -r path; do\n"
	"            path=$line$path\n"
	"            COMPREPLY+=(\"${path#\"$lead\"}\")\n"
	"        done < <(compgen $files -- \"${word#\"$line\"}\")\n"
	"    done < <(\"$program\" complete -- \"${words[@]}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _hkctl hkctl\n";

static const char zsh_script[] =
	"#compdef hkctl\n"
	"_hkctl() {\n"
	"    local program=${~words[1]} line files= result=1\n"
	"    local -a found\n"
	"    [[ -x $program ]] || program=hkctl\n"
	"    while IFS= read -r line; do\n"
	"        case $line in\n"
	"        $'\\t'*) files=${line#$'\\t'} ;;\n"
	"        *) found+=(\"$line\") ;;\n"
	"        esac\n"
	"    done < <($program complete -- \"${(@Q)words[2,CURRENT-1]}\" \"$PREFIX\" 2>/dev/null)\n"
	"    (( ${#found} )) && compadd -- \"${found[@]}\" && result=0\n"
	"    if [[ -n $files ]]; then\n"
	"        compset -p ${#files#*$'\\t'}\n"
	"        if [[ $files == DIR* ]]; then _files -/ && result=0; else _files && result=0; fi\n"
	"    fi\n"
	"    return result\n"
	"}\n"
	"# Loaded by the first completion, or by \"source\".\n"
	"if [[ ${funcstack[1]} == _hkctl ]]; then _hkctl \"$@\"; else compdef _hkctl hkctl; fi\n";

static const char fish_script[] =
	"function __hkctl_complete\n"
	"    set -l words (commandline -opc)\n"
	"    set -l word (commandline -ct)\n"
	"    set -l program (string replace -r '^~/' \"$HOME/\" -- $words[1])\n"
	"    test -x \"$program\"; or set program hkctl\n"
	"    for line in ($program complete -- $words[2..-1] \"$word\" 2>/dev/null)\n"
	"        set -l part (string split \\t -- $line)\n"
	"        if test -n \"$part[1]\"\n"
	"            echo $line\n"
	"            continue\n"
	"        end\n"
	"        set -l path (string sub -s (math 1 + (string length -- \"$part[3]\")) -- \"$word\")\n"
	"        set -l found (complete -C \"'' $path\")\n"
	"        test $part[2] = DIR; and set found (string match -- '*/' $found)\n"
	"        string replace -r -- '^' \"$part[3]\" $found\n"
	"    end\n"
	"end\n"
	"complete -c hkctl -f -a '(__hkctl_complete)'\n";

static const struct hk_opt_example examples[] = {
	{ "hkctl completion bash > ~/.local/share/bash-completion/completions/hkctl", "for bash" },
	{ "source <(hkctl completion zsh)", "for zsh, in ~/.zshrc behind compinit" },
	{ "hkctl completion fish > ~/.config/fish/completions/hkctl.fish", "for fish" },
	{ 0 },
};

static const struct hk_opt_spec completion_spec = {
	.command = "hkctl completion", .summary = "Print the completion script of a shell: bash, zsh or fish.", .positional = "SHELL", .min_args = 1,
	.max_args = 1,
	.common = hk_common_options, .examples = examples,
};

static const struct { const char *shell, *script; } scripts[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };

static const char *shell_at(size_t index)
{
	return index < HK_COUNT(scripts) ? scripts[index].shell : NULL;
}

static int run_completion(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
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
	.word = shell_at,
};

/* ---- complete ---- */

struct candidates { struct hk_buf *out; struct hk_str word; };

/* What stands before the value in the word, as "--output=", stays. */
static void offer(struct candidates *candidates, size_t lead, const char *value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%.*s%s", (int)lead, candidates->word.s, value);
	if (hk_str_starts(hk_str_of(text.s), candidates->word.s))
		hk_buf_addf(candidates->out, "%s\n", text.s);
}

static void offer_option(void *context, const struct hk_opt *row)
{
	struct candidates *candidates = context;
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	hk_buf_addf(&name, "--%s", row->name);
	offer(candidates, 0, name.s);
	if (row->type != HK_OPT_FLAG || strcmp(row->name, "help") == 0 || !hk_str_starts(candidates->word, "--no"))
		return;
	hk_buf_reset(&name);
	hk_buf_addf(&name, "--no-%s", row->name);
	offer(candidates, 0, name.s);
}

/* Paths for what -h calls "FILE", "[CLUSTER=]FILE", "RULE=PROGRAM" and the like. */
static void offer_paths(struct candidates *candidates, size_t lead, const char *metavar)
{
	const char *word = candidates->word.s, *named = strchr(metavar, '='), *equals = strchr(word + lead, '=');
	if (named && equals) {
		lead = (size_t)(equals + 1 - word);
		metavar = named + 1;
	} else if (named && metavar[0] != '[')
		return;
	if (strcmp(metavar, "DIR") == 0)
		hk_buf_addf(candidates->out, "\tDIR\t%.*s\n", (int)lead, word);
	else if (strstr(metavar, "FILE") || strstr(metavar, "PATH") || strstr(metavar, "PROGRAM"))
		hk_buf_addf(candidates->out, "\tFILE\t%.*s\n", (int)lead, word);
}

static void offer_values(struct candidates *candidates, size_t lead, const struct hk_opt *row)
{
	if (strcmp(row->metavar ? row->metavar : "", "RULE") == 0) {
		const struct hk_rule *rule;
		for (size_t i = 0; (rule = hk_rule_at(i)); i++)
			offer(candidates, lead, rule->code);
	} else if (!row->choices) {
		offer_paths(candidates, lead, row->metavar ? row->metavar : "");
	} else {
		const char *comma = row->type == HK_OPT_SET ? strrchr(candidates->word.s + lead, ',') : NULL, *choice;
		for (size_t i = 0; (choice = hk_opt_choice(row, i)); i++)
			offer(candidates, comma ? (size_t)(comma + 1 - candidates->word.s) : lead, choice);
	}
}

static void offer_arguments(struct candidates *candidates, const struct hk_cmd *cmd, size_t before)
{
	const char *word, *positional = cmd->spec->positional;
	if (before >= cmd->spec->max_args)
		return;
	for (size_t i = 0; before == 0 && cmd->word && (word = cmd->word(i)); i++)
		offer(candidates, 0, word);
	if (before > 0 || !cmd->word || cmd->word_or_path)
		offer_paths(candidates, 0, strcmp(positional, "[DIR]") == 0 ? "DIR" : strstr(positional, "[CLUSTER=]") ? "[CLUSTER=]FILE" : "FILE");
}

/* The row of an option that takes a value; attached: where the value begins when it is in the word. */
static const struct hk_opt *valued_option(const struct hk_opt_spec *spec, const char *word, const char **attached)
{
	*attached = NULL;
	if (word[1] == '-') {
		const struct hk_opt *row = hk_opt_find(spec, word);
		const char *equals = strchr(word, '=');
		*attached = equals ? equals + 1 : NULL;
		return row && hk_opt_takes_value(row) ? row : NULL;
	}
	for (const char *letter = word + 1; *letter; letter++) {
		const struct hk_opt *row = hk_opt_find(spec, (const char[]){ '-', *letter, '\0' });
		if (!row)
			return NULL;
		if (hk_opt_takes_value(row)) {
			*attached = letter[1] ? letter + 1 : NULL;
			return row;
		}
	}
	return NULL;
}

/* Where the last word stands: what it is the value of, how many arguments are before it, and whether there can be options. */
struct place { const struct hk_opt *row; size_t before, next; bool ended; };

/* As the parser goes (base/opt.c), over words that need not be complete. */
static struct place find_place(const struct hk_opt_spec *spec, const char *const *words, size_t count)
{
	struct place place = { 0 };
	for (; place.next < count && !(spec->stop_at_first && place.before); place.next++) {
		const char *word = words[place.next], *attached;
		if (place.row)
			place.row = NULL;
		else if (place.ended || word[0] != '-' || !word[1])
			place.before++;
		else if (strcmp(word, "--") == 0)
			place.ended = true;
		else {
			place.row = valued_option(spec, word, &attached);
			place.row = attached ? NULL : place.row;
		}
	}
	return place;
}

static void complete_word(struct candidates *candidates, const struct hk_cmd *cmd, const struct place *place)
{
	const char *word = candidates->word.s, *attached;
	if (place->row)
		offer_values(candidates, 0, place->row);
	else if (word[0] == '-' && !place->ended) {
		const struct hk_opt *row = valued_option(cmd->spec, word, &attached);
		if (!attached)
			hk_opt_walk(cmd->spec, offer_option, candidates);
		else if (row)
			offer_values(candidates, (size_t)(attached - word), row);
	} else
		offer_arguments(candidates, cmd, place->before);
}

const char *hk_cmd_verb(size_t index)
{
	for (size_t i = 0; hk_cmd_at(i); i++)
		if (!hk_cmd_at(i)->hidden && index-- == 0)
			return hk_cmd_at(i)->name;
	return NULL;
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
	static const struct hk_opt_spec global_spec = { .positional = "VERB", .max_args = 1, .common = hk_common_options, .stop_at_first = true };
	static const struct hk_cmd global = { .spec = &global_spec, .word = hk_cmd_verb };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t count = args->n ? args->n - 1 : 0;
	struct candidates candidates = { &text, hk_str_of(args->n ? args->v[count] : "") };
	struct place place = find_place(&global_spec, args->v, count);
	const struct hk_cmd *cmd = place.before ? hk_cmd_find(args->v[place.next - 1]) : &global;
	(void)config;
	if (cmd && cmd->program)
		return complete_elsewhere(env, cmd, args);
	if (place.before && cmd)
		place = find_place(cmd->spec, args->v + place.next, count - place.next);
	if (cmd)
		complete_word(&candidates, cmd, &place);
	return hk_print(&text, HK_OK);
}

static const struct hk_opt_spec complete_spec = {
	.command = "hkctl complete", .summary = "Candidates for the last word; called by the completion scripts.", .positional = "-- WORDS...",
	.max_args = HK_OPT_ANY,
	.common = hk_common_options,
};

const struct hk_cmd hk_cmd_complete = {
	.name = "complete", .group = "About", .summary = "candidates for a command line", .spec = &complete_spec, .run = run_complete, .hidden = true,
};
