/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scripts for the device's shell: POSIX sh and no other program than mkdir, mv, rm, cat, sleep and find. A script comes whole or not at all: it is one { }
 * group, so a connection that breaks in its middle leaves a text that no shell begins.
 *
 * State of a change on the device, in hkctl-change-CONTROLLER-TOKEN (mode 0700, the token cannot be guessed) of /tmp or the controller's `stateDirectory`:
 *
 *   undo, timer    the commands that go back, and the job that runs them
 *   pending.N      the change is provisional; whoever renames it decides what becomes of it: confirmed, or firing (the timer). N counts extensions.
 *   armed.N        the timer of pending.N lives
 *   applying       the process that changes; it stops when pending is gone or `stop` is there
 *   firing, reverted   the timer goes back, has gone back
 *   stop           somebody reverts; stays, so that an apply that comes late changes nothing
 */
#include "net/cli_script.h"
#include <stdio.h>
#include <stdlib.h>

static const char prologue[] =
	"umask 077; LC_ALL=C; export LC_ALL; PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin; export PATH\n"
	"nap() { sleep 0.05 2>/dev/null || sleep 1; }\n";
/* Names of states that are over are known, and /tmp is everybody's. */
static const char ownership[] =
	"mine() { [ -d \"$d\" ] && [ ! -h \"$d\" ] && [ -n \"$(find \"$d\" -prune -user \"$(id -u)\" 2>/dev/null)\" ]; }\n"
	"if [ -e \"$d\" ] || [ -h \"$d\" ]; then mine || { echo \"$d belongs to somebody else\" >&2; exit 90; }; fi\n";
/* Waits in steps of a second: nothing lives on for long after a change was confirmed. */
static const char timer[] =
	"trap '' HUP\n"
	"d=${0%/*}; : >\"$d/armed.$1\"; n=$2\n"
	"while [ \"$n\" -gt 0 ] && [ -e \"$d/pending.$1\" ]; do sleep 1; n=$((n-1)); done\n"
	"mv \"$d/pending.$1\" \"$d/firing\" 2>/dev/null || exit 0\n"
	": >\"$d/stop\"; rm -f \"$d\"/pending.*\n"
	"n=0; while [ -e \"$d/applying\" ] && kill -0 \"$(cat \"$d/applying\")\" 2>/dev/null && [ \"$n\" -lt 30 ]; do sleep 1; n=$((n+1)); done\n"
	"sh \"$d/undo\" >/dev/null 2>&1 </dev/null\n"
	"mv \"$d/firing\" \"$d/reverted\"\n";
static const char start_timer[] =
	"arm() {\n"
	"if command -v setsid >/dev/null 2>&1; then setsid sh \"$d/timer\" \"$1\" \"$2\" </dev/null >/dev/null 2>&1 &\n"
	"else (set -m; trap '' HUP; sh \"$d/timer\" \"$1\" \"$2\" </dev/null >/dev/null 2>&1 &) ; fi\n"
	"i=0; while [ ! -e \"$d/armed.$1\" ]; do [ \"$i\" -lt 100 ] || return 1; i=$((i+1)); nap; done; }\n";

/* ---- frame ---- */

void hk_cli_directory(const struct hk_cli_script *script, const char *controller, const char *token, struct hk_buf *out)
{
	hk_buf_addf(out, "%s/hkctl-change-", script->home);
	for (const char *at = controller; *at && at < controller + 64; at++)
		hk_buf_addch(out, (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '-' ? *at : '_');
	hk_buf_addf(out, "-%s", token);
}

void hk_cli_script_begin(struct hk_cli_script *script, const char *controller, const char *token)
{
	hk_buf_reset(&script->text);
	hk_buf_addf(&script->text, "{\n%sm() { printf '\\n%s %%s\\n' \"$1\"; }\n", prologue, script->mark);
	if (!token)
		return;
	hk_buf_addstr(&script->text, "d=");
	hk_cli_directory(script, controller, token, &script->text);
	hk_buf_addf(&script->text, "\n%s", ownership);
}

void hk_cli_script_end(struct hk_cli_script *script)
{
	hk_buf_addstr(&script->text, "exit 0\n}\n");
}

static void forget_rows(struct hk_cli_rows *rows)
{
	for (size_t i = 0; i < rows->list.n; i++)
		free(rows->list.v[i]);
	rows->list.n = 0;
}

void hk_cli_script_release(struct hk_cli_script *script)
{
	for (size_t i = 0; i < script->commands.n; i++)
		free(script->commands.v[i]);
	hk_map_release(&script->known);
	hk_vec_release(&script->commands);
	hk_buf_release(&script->text);
}

/* ---- reading ---- */

static bool row_command(const struct hk_cli_script *script, const struct hk_cli_names *names, struct hk_buf *out, struct hk_err *err)
{
	return hk_cli_words(&names->object->kind->row, names, script->programs, out, err);
}

/* The command that reads an object, with the one that finds its row around it. What is no plain name is no row, but a message. */
static int read_text(const struct hk_cli_script *script, const struct hk_cli_object *object, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cli_names names = { .object = object, .row = "r" };
	HK_AUTO_BUF struct hk_buf row = HK_BUF_INIT, read = HK_BUF_INIT;
	if (!hk_cli_words(&object->kind->read, &names, script->programs, &read, err) || (object->kind->row.n && !row_command(script, &names, &row, err)))
		return -1;
	if (!object->kind->row.n)
		hk_buf_addf(out, "%s </dev/null 2>&1; m $?\n", read.s + 1);
	else
		hk_buf_addf(out,
			    "if r=$(%s </dev/null 2>&1); then case $r in ''|'[]') m 0 ;; *[!0-9A-Za-z_.:@-]*) printf '%%s\\n' \"$r\"; m 1 ;; *) %s </dev/null 2>&1; m $? ;; esac\n"
			    "else s=$?; printf '%%s\\n' \"$r\"; m $s; fi\n", row.s + 1, read.s + 1);
	return 0;
}

int hk_cli_script_read(struct hk_cli_script *script, const struct hk_cli_object *object, size_t *which, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (read_text(script, object, &text, err))
		return -1;
	*which = hk_map_get(&script->known, (struct hk_str){ text.s, text.len });
	if (*which != HK_MAP_NONE)
		return 0;
	*which = script->commands.n;
	hk_vec_push(&script->commands, hk_buf_detach(&text, NULL));
	hk_map_put(&script->known, hk_str_of(script->commands.v[*which]), *which);
	return 0;
}

void hk_cli_script_add_reads(struct hk_cli_script *script)
{
	for (size_t i = 0; i < script->commands.n; i++)
		hk_buf_addstr(&script->text, script->commands.v[i]);
}

void hk_cli_outputs_read(const struct hk_cli_script *script, struct hk_str all, struct hk_cli_outputs *outputs)
{
	size_t mark = strlen(script->mark);
	for (size_t start = 0, at = 0; at + mark + 2 < all.n; at++) {
		if (all.s[at] != '\n' || memcmp(all.s + at + 1, script->mark, mark) != 0 || all.s[at + 1 + mark] != ' ')
			continue;
		int number = 0;
		size_t end = at + mark + 2;
		for (; end < all.n && all.s[end] >= '0' && all.s[end] <= '9' && number < 1000; end++)
			number = number * 10 + (all.s[end] - '0');
		if (end == at + mark + 2 || end == all.n || all.s[end] != '\n')
			continue;
		hk_vec_push(&outputs->list, (struct hk_cli_output){ { all.s + start, at - start }, number });
		start = end + 1;
		at = end;
	}
}

/* ---- commands ---- */

static const struct hk_cli_commands *commands_of(const struct hk_cli_step *step, struct hk_err *err)
{
	const struct hk_cli_kind *kind = step->object.kind;
	const struct hk_cli_commands *wanted = !step->to ? &kind->delete : !step->from ? &kind->create : &kind->change;
	if (step->to && !wanted->n)
		wanted = &kind->set;
	if (wanted->n)
		return wanted;
	hk_err_set(err, HK_INVALID, "%s cannot be %s on this device", step->name,
		   !step->to ? "deleted" : !step->from ? "created, it has to be there" : "changed");
	return NULL;
}

/* Shell variable with the row of the step's object; the text that sets it is appended when it is new. */
static int find_row(const struct hk_cli_script *script, struct hk_cli_rows *rows, const struct hk_cli_step *step, struct hk_buf *out, char variable[24],
		    struct hk_err *err)
{
	const struct hk_cli_names names = { .object = &step->object };
	struct hk_buf command = HK_BUF_INIT;
	variable[0] = '\0';
	if (!step->object.kind->row.n)
		return 0;
	if (!row_command(script, &names, &command, err)) {
		hk_buf_release(&command);
		return -1;
	}
	size_t i = 0;
	while (i < rows->list.n && strcmp(rows->list.v[i], command.s) != 0)
		i++;
	snprintf(variable, 24, "r%zu", i);
	if (i < rows->list.n) {
		hk_buf_release(&command);
		return 0;
	}
	hk_buf_addf(out, "%s=$(%s </dev/null 2>/dev/null); [ \"$%s\" != '[]' ] || %s=\n", variable, command.s + 1, variable, variable);
	hk_vec_push(&rows->list, hk_buf_detach(&command, NULL));
	return 0;
}

/* ---- steps, and those that are part of another ---- */

struct steps { const struct hk_cli_step *v; size_t n; };

static bool creates(const struct hk_cli_step *step)
{
	return !step->from && step->to;
}

/* What creates the object that step i stands on says its value too: nobody ever sees one without the other, and one transaction is enough. */
static bool is_part_of(const struct steps *steps, size_t creator, size_t i)
{
	const struct hk_cli_step *step = &steps->v[i], *parent = &steps->v[creator];
	return creator < i && step->needs && step->object.kind->made && creates(step) && creates(parent) && parent->object.kind->create.n &&
	    strcmp(step->needs, parent->name) == 0;
}

static bool is_part(const struct steps *steps, size_t i)
{
	for (size_t creator = 0; steps->v[i].needs && steps->v[i].object.kind->made && creator < i; creator++)
		if (is_part_of(steps, creator, i))
			return true;
	return false;
}

static int add_parts(const struct steps *steps, size_t creator, struct hk_buf *out, struct hk_err *err)
{
	for (size_t i = creator + 1; creates(&steps->v[creator]) && i < steps->n; i++) {
		const struct hk_cli_step *step = &steps->v[i];
		const struct hk_cli_names names = { .object = &step->object, .more = step->more, .n_more = step->n_more };
		if (is_part_of(steps, creator, i) && !hk_cli_words(&(struct hk_cli_command){ .words = (const char *[]){ step->object.kind->made }, .n = 1 },
								   &names, NULL, out, err))
			return -1;
	}
	return 0;
}

static int add_step(const struct hk_cli_script *script, struct hk_cli_rows *rows, const struct steps *steps, size_t at, struct hk_buf *out, const char *check,
		    struct hk_err *err)
{
	const struct hk_cli_table *table = script->table;
	const struct hk_cli_step *step = &steps->v[at];
	const struct hk_cli_commands *commands = commands_of(step, err);
	const struct hk_cli_names none = { 0 };
	char variable[24];
	if (!commands || find_row(script, rows, step, out, variable, err))
		return -1;
	const struct hk_cli_names names = { .object = &step->object, .more = step->more, .n_more = step->n_more, .row = variable[0] ? variable : NULL };
	for (size_t i = 0; i < commands->n; i++) {
		if (table->together)
			hk_buf_addstr(out, "set -- \"$@\"");
		else
			hk_buf_addstr(out, check);
		if ((table->together && !hk_cli_words(&table->each, &none, NULL, out, err)) ||
		    !hk_cli_words(&commands->v[i], &names, table->together ? NULL : script->programs, out, err))
			return -1;
		if (i == 0 && add_parts(steps, at, out, err))
			return -1;
		hk_buf_addstr(out, table->together ? "\n" : check[0] ? " </dev/null || exit 92\n" : " </dev/null\n");
	}
	return 0;
}

static int add_first(const struct hk_cli_script *script, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cli_names none = { 0 };
	hk_buf_addstr(out, "set --");
	if (!hk_cli_words(&script->table->first, &none, script->programs, out, err))
		return -1;
	hk_buf_addch(out, '\n');
	return 0;
}

/* ---- files of lines ---- */

static int add_line(const struct hk_cli_command *command, const struct hk_cli_names *names, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	for (size_t i = 0; i < command->n; i++) {
		if (i)
			hk_buf_addch(&line, ' ');
		if (!hk_cli_fill(command->words[i], names, &line, err))
			return -1;
	}
	hk_buf_addch(out, ' ');
	hk_command_quote(out, (struct hk_str){ line.s, line.len });
	return 0;
}

/* A file with a line for each command of the steps. */
static int add_file(const struct hk_cli_step *steps, size_t n, const char *name, struct hk_buf *out, struct hk_err *err)
{
	hk_buf_addstr(out, "printf '%s\\n'");
	for (size_t i = 0; i < n; i++) {
		const struct hk_cli_names names = { .object = &steps[i].object, .more = steps[i].more, .n_more = steps[i].n_more };
		const struct hk_cli_commands *commands = commands_of(&steps[i], err);
		if (!commands)
			return -1;
		for (size_t c = 0; c < commands->n; c++)
			if (add_line(&commands->v[c], &names, out, err))
				return -1;
	}
	hk_buf_addf(out, " >\"$d/%s\"", name);
	return 0;
}

/* The command, with the name of a file of the change behind it. */
static int add_with_file(const struct hk_cli_script *script, const struct hk_cli_command *command, const char *name, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cli_names none = { 0 };
	hk_buf_addstr(out, " &&");
	if (!hk_cli_words(command, &none, script->programs, out, err))
		return -1;
	hk_buf_addf(out, " \"$d/%s\" </dev/null", name);
	return 0;
}

static int add_rehearsal(const struct hk_cli_script *script, const struct hk_cli_steps *steps, struct hk_buf *out, struct hk_err *err)
{
	if (add_file(steps->list.v, steps->list.n, "lines", out, err) || add_with_file(script, &script->table->rehearse, "lines", out, err))
		return -1;
	hk_buf_addf(out, " >&2 || { rm -rf \"$d\"; exit %d; }\n", HK_CLI_REFUSED);
	return 0;
}

static int add_lines(const struct hk_cli_script *script, const struct hk_cli_step *steps, size_t n, struct hk_buf *out, const char *check, struct hk_err *err)
{
	const char *name = check[0] ? "lines" : "back";
	hk_buf_addstr(out, check);
	if (add_file(steps, n, name, out, err) || add_with_file(script, &script->table->lines, name, out, err))
		return -1;
	hk_buf_addstr(out, check[0] ? " || exit 92\n" : "\n");
	return 0;
}

/* ---- all of it ---- */

/* Whether a step behind the one that made it asks for the name of its row, which is known only when the transaction is over. */
static bool row_is_asked_for(const struct steps *steps, size_t creator)
{
	const struct hk_cli_step *made = &steps->v[creator];
	for (size_t i = creator + 1; made->object.kind->row.n && creates(made) && i < steps->n; i++)
		if (steps->v[i].needs && strcmp(steps->v[i].needs, made->name) == 0 && !is_part_of(steps, creator, i))
			return true;
	return false;
}

/* The steps, in order. check: shell text in front of every command. One transaction for all where the device has such a thing. */
static int add_steps(const struct hk_cli_script *script, const struct hk_cli_step *first, size_t n, struct hk_buf *out, const char *check, struct hk_err *err)
{
	const struct steps steps = { first, n };
	struct hk_cli_rows rows = { 0 };
	int status = 0;
	bool open = false;
	if (n && script->table->lines.n)
		return add_lines(script, first, n, out, check, err);
	for (size_t i = 0; i < n && !status; i++) {
		if (!is_part(&steps, i)) {
			if (script->table->together && !open)
				status = add_first(script, out, err);
			open = true;
			status = status ? status : add_step(script, &rows, &steps, i, out, check, err);
		}
		if (script->table->together && open && !status && (i + 1 == n || row_is_asked_for(&steps, i))) {
			hk_buf_addf(out, "%s\"$@\" </dev/null%s\n", check, check[0] ? " || exit 92" : "");
			open = false;
			forget_rows(&rows);
		}
	}
	forget_rows(&rows);
	hk_vec_release(&rows.list);
	return status;
}

/* All at once; where that fails, one by one, since some of it may not have been done in the first place. */
static int add_back(const struct hk_cli_script *script, const struct hk_cli_steps *back, struct hk_buf *out, struct hk_err *err)
{
	if (script->table->lines.n)
		return add_steps(script, back->list.v, back->list.n, out, "", err);
	if (script->table->together && back->list.n > 1) {
		hk_buf_addstr(out, "( ");
		if (add_steps(script, back->list.v, back->list.n, out, "", err))
			return -1;
		hk_buf_addstr(out, ") || {\n");
	}
	for (size_t i = 0; i < back->list.n; i++) {
		hk_buf_addstr(out, "( ");
		if (add_steps(script, &back->list.v[i], 1, out, "", err))
			return -1;
		hk_buf_addstr(out, ")\n");
	}
	if (script->table->together && back->list.n > 1)
		hk_buf_addstr(out, "}\n");
	return 0;
}

int hk_cli_script_undo(struct hk_cli_script *script, const struct hk_cli_steps *back, struct hk_err *err)
{
	hk_buf_addstr(&script->text, "{\n");
	if (add_back(script, back, &script->text, err))
		return -1;
	hk_buf_addstr(&script->text, "} >&2\n");
	return 0;
}

/* Refuse when another change of the controller is provisional. before: shell text that comes first then. */
static void add_look_for_others(const struct hk_cli_script *script, struct hk_buf *out, const char *controller, const char *token, const char *before)
{
	HK_AUTO_BUF struct hk_buf others = HK_BUF_INIT;
	hk_cli_directory(script, controller, "", &others);
	hk_buf_addf(out,
		    "for p in %s*/pending.* %s*/firing; do\n"
		    "case $p in */hkctl-change-*-%s/*) continue ;; esac\n"
		    "[ ! -e \"$p\" ] || { %secho \"another change waits to be confirmed: ${p%%/*}\" >&2; exit %d; }\ndone\n", others.s, others.s, token, before, HK_CLI_REFUSED);
}

int hk_cli_script_apply(struct hk_cli_script *script, const struct hk_cli_change *change, const struct hk_cli_steps *steps, const struct hk_cli_steps *back,
			struct hk_err *err)
{
	struct hk_buf *out = &script->text;
	hk_buf_addf(out, "%sfind %s/ -maxdepth 1 -name 'hkctl-change-*' -user \"$(id -u)\" -mtime +7 -exec rm -rf {} \\; 2>/dev/null\n", start_timer, script->home);
	hk_buf_addf(out, "mkdir \"$d\" || { [ ! -e \"$d\" ] || echo 'this change was begun, or taken back, before' >&2; exit %d; }\n", HK_CLI_REFUSED);
	hk_buf_addf(out, "cat >\"$d/timer\" <<'%s'\n%s%s\n", script->mark, timer, script->mark);
	hk_buf_addf(out, "cat >\"$d/undo\" <<'%s'\n%sd=${0%%/*}\n", script->mark, prologue);
	if (add_back(script, back, out, err))
		return -1;
	hk_buf_addf(out, "%s\n", script->mark);
	if (script->table->rehearse.n && add_rehearsal(script, steps, out, err))
		return -1;
	/* Two that come at the same time see each other, and both leave. */
	hk_buf_addf(out, "echo $$ >\"$d/applying\" && : >\"$d/pending.0\" || { rm -rf \"$d\"; exit %d; }\n", HK_CLI_REFUSED);
	add_look_for_others(script, out, change->controller, change->token, "rm -rf \"$d\"; ");
	hk_buf_addf(out,
		    "arm 0 %u || { rm -rf \"$d\"; echo 'the job that goes back cannot be started' >&2; exit %d; }\n"
		    "trap 'rm -f \"$d/applying\"' EXIT\n"
		    "go() { [ -e \"$d/pending.0\" ] && [ ! -e \"$d/stop\" ] || { echo 'taken back meanwhile' >&2; exit %d; }; }\n{\n", change->confirm_s,
		    HK_CLI_REFUSED, HK_CLI_GONE);
	if (add_steps(script, steps->list.v, steps->list.n, out, "go;", err))
		return -1;
	hk_buf_addstr(out, "} >&2\n");         /* some say on standard output what went wrong */
	return 0;
}

/* ---- what becomes of it ---- */

void hk_cli_script_lock(struct hk_cli_script *script, const char *controller, const char *token)
{
	add_look_for_others(script, &script->text, controller, token, "");
}

void hk_cli_script_extend(struct hk_cli_script *script, unsigned confirm_s)
{
	hk_buf_addf(&script->text,
		    "%sgone() { echo 'the device has gone back by itself' >&2; exit %d; }\n"
		    "for p in \"$d\"/pending.*; do :; done\n"
		    "[ -e \"$p\" ] || gone\n"
		    "g=${p##*.}; g=$((g+1)); : >\"$d/pending.$g\"; arm \"$g\" %u || { rm -f \"$d/pending.$g\"; echo 'the job that goes back cannot be started' >&2; exit %d; }\n"
		    "mv \"$p\" \"$d/extended\" 2>/dev/null && [ ! -e \"$d/firing\" ] || { rm -f \"$d/pending.$g\"; gone; }\n", start_timer, HK_CLI_GONE,
		    confirm_s, HK_CLI_REFUSED);
}

static int add_save(struct hk_cli_script *script, struct hk_err *err)
{
	const struct hk_cli_names none = { 0 };
	if (!script->table->save.n)
		return 0;
	if (!hk_cli_words(&script->table->save, &none, script->programs, &script->text, err))
		return -1;
	hk_buf_addstr(&script->text, " </dev/null >&2 || exit 94\n");
	return 0;
}

int hk_cli_script_confirm(struct hk_cli_script *script, bool save, struct hk_err *err)
{
	hk_buf_addf(&script->text,
		    "for p in \"$d\"/pending.*; do [ ! -e \"$p\" ] || mv \"$p\" \"$d/confirmed\"; done\n"
		    "[ ! -e \"$d/stop\" ] && [ ! -e \"$d/firing\" ] && [ ! -e \"$d/reverted\" ] || { echo 'the change was taken back: by the device when its time was over, or by somebody' >&2; exit %d; }\n",
		    HK_CLI_GONE);
	if (save && add_save(script, err))
		return -1;
	hk_buf_addstr(&script->text, "rm -rf \"$d\"\n");
	return 0;
}

void hk_cli_script_stop(struct hk_cli_script *script)
{
	hk_buf_addstr(&script->text,
		      "[ -d \"$d\" ] || mkdir \"$d\" || exit 95\n: >\"$d/stop\"\n"
		      "i=0; while [ -e \"$d/applying\" ] && kill -0 \"$(cat \"$d/applying\")\" 2>/dev/null && [ \"$i\" -lt 400 ]; do i=$((i+1)); nap; done\n"
		      "i=0; while [ -e \"$d/firing\" ] && [ \"$i\" -lt 400 ]; do i=$((i+1)); nap; done\n");
}

int hk_cli_script_disarm(struct hk_cli_script *script, bool save, struct hk_err *err)
{
	hk_buf_addstr(&script->text, "rm -f \"$d\"/pending.* \"$d\"/armed.* \"$d/undo\" \"$d/lines\" \"$d/back\" \"$d/firing\" \"$d/applying\"\n");
	return save ? add_save(script, err) : 0;
}
