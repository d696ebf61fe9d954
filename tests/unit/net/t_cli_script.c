/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts for the device's shell: they come whole or not at all, and every shell that is here can read them. */
#include "../test.h"
#include "table.h"
#include "net/cli_script.h"
#include <string.h>

struct world { struct table table; struct hk_cli_script script; struct hk_cli_steps steps, back; struct hk_arena arena; char directory[64]; };

static void add_step(struct world *w, struct hk_cli_steps *steps, const char *name, const char *from, const char *to)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_cli_step *step = hk_vec_add(&steps->list);
	*step = (struct hk_cli_step){ .name = name, .from = from, .to = to };
	assert_int_equal(hk_cli_object_parse(&w->table.table, name, &w->arena, &step->object, &err), 0);
	if (to)
		step->more[step->n_more++] = (struct hk_cli_pair){ "value", to };
	if (from)
		step->more[step->n_more++] = (struct hk_cli_pair){ "from", from };
}

static void begin(struct world *w, const char *text)
{
	*w = (struct world){ .arena = HK_ARENA_INIT };
	memcpy(w->directory, "/tmp/hk-script-XXXXXX", sizeof "/tmp/hk-script-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	table_open(&w->table, text);
	if (w->table.status)
		fail_msg("%s", w->table.err.message);
	w->script = (struct hk_cli_script){ .table = &w->table.table, .home = w->directory, .mark = "0123456789abcdef0123456789abcdef", .text = HK_BUF_INIT,
					    .known = HK_MAP_INIT };
}

static void end(struct world *w)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_cli_script_release(&w->script);
	hk_vec_release(&w->steps.list);
	hk_vec_release(&w->back.list);
	hk_arena_release(&w->arena);
	table_close(&w->table);
	hk_buf_addf(&line, "rm -rf %s", w->directory);
	assert_int_equal(system(line.s), 0);
}

static int run(const char *shell, const char *text, size_t n)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addf(&line, "exec %s >/dev/null 2>&1", shell);
	FILE *pipe = popen(line.s, "w");
	assert_non_null(pipe);
	fwrite(text, 1, n, pipe);
	return pclose(pipe);
}

static bool is_empty(const struct world *w)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addf(&line, "[ -z \"$(ls -A %s)\" ]", w->directory);
	return system(line.s) == 0;
}

/* What a broken connection leaves of a script changes nothing, wherever it broke. */
static void test_whole_or_not(void **state)
{
	struct world w;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	begin(&w, "objects: [{object: 'v/{x}', value: {type: text}, read: [r], line: '{value}', set: [[touch, '{value}']], delete: [[rm, '{from}']]}]");
	hk_buf_addf(&text, "%s/made by 'a' step", w.directory);
	add_step(&w, &w.steps, "v/a", NULL, text.s);
	add_step(&w, &w.back, "v/a", text.s, NULL);
	hk_cli_script_begin(&w.script, "box", "hk-1");
	assert_int_equal(hk_cli_script_apply(&w.script, &(struct hk_cli_change){ "box", "hk-1", 60 }, &w.steps, &w.back, &err), 0);
	hk_cli_script_end(&w.script);
	for (size_t n = 1; n < w.script.text.len - 2; n += 29) {
		(void)run("sh -s", w.script.text.s, n);
		if (!is_empty(&w))
			fail_msg("%zu of %zu bytes did something", n, w.script.text.len);
	}
	assert_int_equal(run("sh -s", w.script.text.s, w.script.text.len), 0);
	assert_int_equal(access(text.s, F_OK), 0);
	/* and again: the same change is not begun twice */
	assert_int_not_equal(run("sh -s", w.script.text.s, w.script.text.len), 0);
	/* its job ends with the mark that is taken away */
	hk_cli_script_begin(&w.script, "box", "hk-1");
	assert_int_equal(hk_cli_script_confirm(&w.script, false, &err), 0);
	hk_cli_script_end(&w.script);
	assert_int_equal(run("sh -s", w.script.text.s, w.script.text.len), 0);
	end(&w);
}

#define FORMS "objects: [{object: 'v/{x}', value: {type: text, pattern: '^[ -~]+$'}, read: [r, '{x}'], line: '{value}', set: [[a, '{value}'], ['b {value}']], delete: [[rm, '{from}']]}]\n"

/* Every kind of script, from every form of table, is one that dash and bash read. */
static void test_syntax(void **state)
{
	static const char *const forms[] = { FORMS, "together: {first: [f, x], each: [--]}\n" FORMS,
					     "lines: [f, -f]\nrehearse: [f, -C]\nsave: [f, save]\n" FORMS };
	static const char *const shells[] = { "dash", "bash --posix" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(forms) * 2; i++) {
		struct world w;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		size_t which;
		HK_AUTO_BUF struct hk_buf shell = HK_BUF_INIT;
		begin(&w, forms[i / 2]);
		hk_buf_addf(&shell, "command -v %.4s >/dev/null", shells[i % 2]);
		if (system(shell.s) != 0) {
			print_message("%s is not installed (sh scripts/setup.sh test); nothing is tried with it\n", shells[i % 2]);
			end(&w);
			continue;
		}
		hk_buf_reset(&shell);
		hk_buf_addf(&shell, "%s -n -s", shells[i % 2]);
		add_step(&w, &w.steps, "v/a", "it's $(x)", "`y` \"z\"");
		add_step(&w, &w.steps, "v/b", "1", NULL);
		add_step(&w, &w.back, "v/b", NULL, "1");
		add_step(&w, &w.back, "v/a", "`y` \"z\"", "it's $(x)");
		hk_cli_script_begin(&w.script, "box", "hk-1");
		hk_cli_script_lock(&w.script, "box", "hk-1");
		assert_int_equal(hk_cli_script_apply(&w.script, &(struct hk_cli_change){ "box", "hk-1", 60 }, &w.steps, &w.back, &err), 0);
		hk_cli_script_extend(&w.script, 60);
		assert_int_equal(hk_cli_script_confirm(&w.script, true, &err), 0);
		hk_cli_script_stop(&w.script);
		assert_int_equal(hk_cli_script_undo(&w.script, &w.back, &err), 0);
		assert_int_equal(hk_cli_script_disarm(&w.script, true, &err), 0);
		assert_int_equal(hk_cli_script_read(&w.script, &w.steps.list.v[0].object, &which, &err), 0);
		assert_int_equal(hk_cli_script_read(&w.script, &w.steps.list.v[0].object, &which, &err), 0);
		assert_int_equal(w.script.commands.n, 1);
		hk_cli_script_add_reads(&w.script);
		hk_cli_script_end(&w.script);
		if (run(shell.s, w.script.text.s, w.script.text.len) != 0)
			fail_msg("%s does not read:\n%s", shells[i % 2], w.script.text.s);
		end(&w);
	}
}

static void test_outputs(void **state)
{
	static const struct { const char *text; size_t n; const char *last; int status; } cases[] = {
		{ "", 0, "", 0 }, { "a\n\nm 0\n", 1, "a\n", 0 }, { "\nm 0\n\nm 7\n", 2, "", 7 }, { "a\nm 0\nb\nm 255\nc", 2, "b", 255 },
		{ "a\nm \nb", 0, "", 0 }, { "a\nm 1", 0, "", 0 },
		{ "a\nmm 1\n", 0, "", 0 }, { "\nm 0\nm 1\n", 1, "", 0 }, { "m 1\n", 0, "", 0 },
	};
	const struct hk_cli_script script = { .mark = "m" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_cli_outputs outputs = { 0 };
		hk_cli_outputs_read(&script, hk_str_of(cases[i].text), &outputs);
		if (outputs.list.n != cases[i].n ||
		    (cases[i].n && (!hk_str_is(outputs.list.v[cases[i].n - 1].text, cases[i].last) ||
				    outputs.list.v[cases[i].n - 1].status != cases[i].status)))
			fail_msg("'%s': %zu", cases[i].text, outputs.list.n);
		hk_vec_release(&outputs.list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole_or_not), cmocka_unit_test(test_syntax), cmocka_unit_test(test_outputs) };
	return cmocka_run_group_tests_name("cli_script", tests, NULL, NULL);
}
