/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices that are spoken to by commands: every request, the job on the device that goes back, and what may go wrong between them. */
#include "../test.h"
#include "box.h"
#include <string.h>
#include <sys/stat.h>

static const struct hk_setting wanted[] = { { "v/a", "1" }, { "v/b", "two words" }, { "v/c", NULL } };
#define N HK_COUNT(wanted)

static void must_be(const struct box *box, const char *name, const char *value)
{
	const char *there = box_value(box, name);
	if (!there != !value || (value && strcmp(there, value) != 0))
		fail_msg("%s is %s, wanted %s", name, there ? there : "absent", value ? value : "absent");
}

static void all_old(const struct box *box)
{
	must_be(box, "v.a", "0");
	must_be(box, "v.b", NULL);
	must_be(box, "v.c", "3");
}

static void all_new(const struct box *box)
{
	must_be(box, "v.a", "1");
	must_be(box, "v.b", "two words");
	must_be(box, "v.c", NULL);
}

static void begin(struct box *box)
{
	box_open(box);
	box_write(box, "v.a", "0");
	box_write(box, "v.c", "3");
	assert_int_equal(box_plan(box, wanted, N), 3);
}

static void test_confirm(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box_must(&box, HK_LOCK);
	all_old(&box);
	box_must(&box, HK_APPLY);
	all_new(&box);
	box_must(&box, HK_VERIFY);
	box_must(&box, HK_EXTEND);
	assert_null(box_value(&box, "saved"));
	box_must(&box, HK_CONFIRM);
	assert_non_null(box_value(&box, "saved"));
	box_must(&box, HK_UNLOCK);
	assert_true(box_waits_for(&box, "*", 0 + 1));
	box_must(&box, HK_CONFIRM);              /* again, as after a crash */
	all_new(&box);
	assert_int_equal(box_plan(&box, wanted, N), 0);
	box_close(&box);
}

static void test_revert(void **state)
{
	struct box box;
	(void)state;
	for (int hangs_up = 0; hangs_up < 2; hangs_up++) {
		begin(&box);
		box_must(&box, HK_APPLY);
		all_new(&box);
		if (hangs_up)
			box_hang_up(&box);
		box_must(&box, HK_REVERT);
		all_old(&box);
		box_must(&box, HK_REVERT);
		all_old(&box);
		assert_true(box_waits_for(&box, "pending*", 1));
		/* what was taken back cannot be done again under the same name, nor be confirmed */
		assert_int_equal(box_do(&box, HK_APPLY), HK_OUTCOME_REFUSED);
		assert_int_equal(box_do(&box, HK_CONFIRM), HK_OUTCOME_REFUSED);
		all_old(&box);
		box_close(&box);
	}
}

static void test_revert_after_confirm(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box_must(&box, HK_APPLY);
	box_must(&box, HK_CONFIRM);
	box_write(&box, "saved", NULL);
	box.request.was_confirmed = true;
	box_must(&box, HK_REVERT);
	all_old(&box);
	assert_non_null(box_value(&box, "saved"));
	box_close(&box);
}

/* Nobody comes back: the device does it alone. */
static void test_timer(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box.request.confirm_s = 4;           /* time enough to look first on a busy machine */
	box_must(&box, HK_APPLY);
	box_hang_up(&box);
	all_new(&box);
	assert_true(box_waits_for(&box, "pending*", 30));
	assert_true(box_waits_for(&box, "firing", 30));
	all_old(&box);
	assert_int_equal(box_do(&box, HK_CONFIRM), HK_OUTCOME_REFUSED);
	assert_int_equal(box.request.err.status, HK_UNVERIFIED);
	box_must(&box, HK_REVERT);
	all_old(&box);
	box_close(&box);
}

static void test_extended_timer(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box.request.confirm_s = 5;
	box_must(&box, HK_APPLY);
	box.request.confirm_s = 60;
	box_must(&box, HK_EXTEND);
	box_must(&box, HK_EXTEND);
	nanosleep(&(struct timespec){ .tv_sec = 6, .tv_nsec = 200000000 }, NULL);
	all_new(&box);
	box_must(&box, HK_CONFIRM);
	all_new(&box);
	assert_true(box_waits_for(&box, "*", 1));
	box_close(&box);
}

static void test_faults(void **state)
{
	static const struct { const char *fault; enum hk_operation fails; enum hk_outcome outcome; const char *said; } cases[] = {
		{ "fail", HK_APPLY, HK_OUTCOME_UNKNOWN, "broken" },
		{ "fail b", HK_APPLY, HK_OUTCOME_UNKNOWN, "b is broken" },
		{ "fail c", HK_APPLY, HK_OUTCOME_UNKNOWN, "c is broken" },
		{ "lie", HK_VERIFY, HK_OUTCOME_REFUSED, "v/c is 3, and should be absent" },
	};
	struct box box;
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		begin(&box);
		box_write(&box, "fault", cases[i].fault);
		if (cases[i].fails == HK_VERIFY)
			box_must(&box, HK_APPLY);
		assert_int_equal(box_do(&box, cases[i].fails), cases[i].outcome);
		if (!strstr(box.request.err.message, cases[i].said))
			fail_msg("'%s', wanted '%s'", box.request.err.message, cases[i].said);
		box_write(&box, "fault", NULL);
		box_must(&box, HK_REVERT);
		all_old(&box);
		box_close(&box);
	}
}

/* The job goes back over what was done only in part, too. */
static void test_timer_after_a_part(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box.request.confirm_s = 1;
	box_write(&box, "fault", "fail b");
	assert_int_equal(box_do(&box, HK_APPLY), HK_OUTCOME_UNKNOWN);
	must_be(&box, "v.a", "1");
	must_be(&box, "v.c", NULL);
	box_write(&box, "fault", NULL);
	assert_true(box_waits_for(&box, "pending*", 10));
	assert_true(box_waits_for(&box, "firing", 10));
	all_old(&box);
	box_close(&box);
}

static void test_others(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box_must(&box, HK_APPLY);
	/* somebody else's change, while ours waits */
	static const struct hk_setting more[] = { { "v/d", "4" } };
	box.request.token = "hk-other";
	assert_int_equal(box_plan(&box, more, 1), 1);
	assert_int_equal(box_do(&box, HK_LOCK), HK_OUTCOME_REFUSED);
	assert_non_null(strstr(box.request.err.message, "another change waits to be confirmed"));
	/* also without a lock, as two that come at the same time */
	assert_int_equal(box_do(&box, HK_APPLY), HK_OUTCOME_REFUSED);
	must_be(&box, "v.d", NULL);
	box.request.token = "hk-1a2b3c4d";
	box_must(&box, HK_REVERT);
	box.request.token = "hk-other";
	box_must(&box, HK_LOCK);
	box_must(&box, HK_APPLY);
	must_be(&box, "v.d", "4");
	box_must(&box, HK_REVERT);
	box_close(&box);
}

static void test_moved(void **state)
{
	struct box box;
	(void)state;
	begin(&box);
	box_write(&box, "v.a", "9");
	assert_int_equal(box_do(&box, HK_APPLY), HK_OUTCOME_REFUSED);
	assert_int_equal(box.request.err.status, HK_STALE);
	must_be(&box, "v.a", "9");
	must_be(&box, "v.b", NULL);
	box_close(&box);
}

/* A directory that somebody else put where the state of a change would be: nothing in it is trusted, nothing is written through it. */
static void test_foreign_directory(void **state)
{
	struct box box;
	(void)state;
	if (getuid() != 0) {
		print_message("only root can make files of other people\n");
		skip();
	}
	begin(&box);
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT, link = HK_BUF_INIT, victim = HK_BUF_INIT;
	hk_buf_addf(&path, "%s/hkctl-change-box-hk-1a2b3c4d", box.directory);
	hk_buf_addf(&link, "%s/stop", path.s);
	hk_buf_addf(&victim, "%s/v.a", box.directory);
	assert_int_equal(mkdir(path.s, 0777), 0);
	assert_int_equal(symlink(victim.s, link.s), 0);
	assert_int_equal(chown(path.s, 12345, 12345), 0);
	for (int i = 0; i < 4; i++) {
		static const enum hk_operation operations[] = { HK_APPLY, HK_EXTEND, HK_CONFIRM, HK_REVERT };
		assert_int_not_equal(box_do(&box, operations[i]), HK_OUTCOME_DONE);
		assert_non_null(strstr(box.request.err.message, "belongs to somebody else"));
	}
	all_old(&box);
	box_close(&box);
}

static void test_hostile_values(void **state)
{
	static const char *const values[] = { "a b", "'", "'; touch pwned; '", "\"", "\\", "$(touch pwned)", "`touch pwned`", "$HOME", "*", "~", "#", "!",
					      "; rm -rf /", "&& false", "> x", "{value}", "%s", "a  b" };
	struct hk_setting settings[HK_COUNT(values)];
	char names[HK_COUNT(values)][16], files[HK_COUNT(values)][16];
	struct box box;
	(void)state;
	for (size_t i = 0; i < HK_COUNT(values); i++) {
		snprintf(names[i], sizeof names[i], "v/n%zu", i);
		snprintf(files[i], sizeof files[i], "v.n%zu", i);
		settings[i] = (struct hk_setting){ names[i], values[i] };
	}
	box_open(&box);
	assert_int_equal(box_plan(&box, settings, HK_COUNT(values)), HK_COUNT(values));
	box_must(&box, HK_APPLY);
	for (size_t i = 0; i < HK_COUNT(values); i++)
		must_be(&box, files[i], values[i]);
	box_must(&box, HK_VERIFY);
	box_must(&box, HK_CONFIRM);
	/* as old values they come from the device, and go back to it */
	for (size_t i = 0; i < HK_COUNT(values); i++)
		settings[i].value = "plain";
	assert_int_equal(box_plan(&box, settings, HK_COUNT(values)), HK_COUNT(values));
	box.request.token = "hk-2";
	box_must(&box, HK_APPLY);
	must_be(&box, files[0], "plain");
	box_must(&box, HK_REVERT);
	for (size_t i = 0; i < HK_COUNT(values); i++)
		must_be(&box, files[i], values[i]);
	assert_int_not_equal(access("pwned", F_OK), 0);
	box_close(&box);
}

/* The same on a device that has BusyBox and nothing else. */
static void test_busybox(void **state)
{
	struct box box;
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	(void)state;
	if (system("command -v busybox >/dev/null") != 0) {
		print_message("busybox is not installed (sh scripts/setup.sh test)\n");
		skip();
	}
	begin(&box);
	hk_buf_addf(&line, "mkdir %s/bin && busybox --install -s %s/bin", box.directory, box.directory);
	assert_int_equal(system(line.s), 0);
	snprintf(box.path, sizeof box.path, "PATH=%s/bin", box.directory);
	box_hang_up(&box);
	box.request.confirm_s = 60;
	box_must(&box, HK_LOCK);
	box_must(&box, HK_APPLY);
	all_new(&box);
	box.request.confirm_s = 1;
	box_must(&box, HK_EXTEND);
	assert_true(box_waits_for(&box, "pending*", 10));
	assert_true(box_waits_for(&box, "firing", 10));
	all_old(&box);
	box.request.token = "hk-2";
	box_must(&box, HK_APPLY);
	box_must(&box, HK_REVERT);
	all_old(&box);
	box.request.token = "hk-3";
	box_must(&box, HK_APPLY);
	box_must(&box, HK_CONFIRM);
	all_new(&box);
	box_close(&box);
}

/* What stands on something comes with it, in one command, and goes before it. */
static void test_needs(void **state)
{
	static const struct hk_setting settings[] = { { "group/g/x", "$(1) 2" }, { "group/g/y", "3" } },
	    none[] = { { "group/g", NULL }, { "group/g/x", NULL }, { "group/g/y", NULL } };
	struct box box;
	(void)state;
	box_open(&box);
	assert_int_equal(box_plan(&box, settings, 2), 3);
	assert_string_equal(box.changes.list.v[0].object, "group/g");
	assert_string_equal(box.changes.list.v[0].to, "on");
	box_must(&box, HK_APPLY);
	assert_string_equal(box_value(&box, "log"), "make g on x=$(1) 2 y=3\n");
	box_must(&box, HK_VERIFY);
	box_must(&box, HK_CONFIRM);
	/* a third value is a command of its own now */
	assert_int_equal(box_plan(&box, &(struct hk_setting){ "group/g/y", "4" }, 1), 1);
	box_write(&box, "log", NULL);
	box.request.token = "hk-2";
	box_must(&box, HK_APPLY);
	assert_string_equal(box_value(&box, "log"), "set g.y 4\n");
	box_must(&box, HK_CONFIRM);
	assert_int_equal(box_plan(&box, none, 3), 3);
	assert_string_equal(box.changes.list.v[2].object, "group/g");
	box.request.token = "hk-3";
	box_write(&box, "log", NULL);
	box_must(&box, HK_APPLY);
	assert_string_equal(box_value(&box, "log"), "unset g.x\nunset g.y\nunset g\n");
	box_write(&box, "log", NULL);
	box_must(&box, HK_REVERT);
	/* on the way back every step stands for itself: some may have been done before */
	assert_string_equal(box_value(&box, "log"), "make g on\nset g.y 4\nset g.x $(1) 2\n");
	box_close(&box);
}

/* The state of a device is one whichever way it is asked for. */
static void test_digest(void **state)
{
	static const struct hk_setting turned[] = { { "v/c", NULL }, { "v/b", NULL }, { "v/a", NULL } };
	struct box box;
	char first[HK_SHA256_TEXT];
	(void)state;
	begin(&box);
	memcpy(first, box.request.observation.digest, sizeof first);
	box_plan(&box, turned, N);
	assert_string_equal(box.request.observation.digest, first);
	box_write(&box, "v.b", "x");
	box_plan(&box, wanted, N);
	assert_string_not_equal(box.request.observation.digest, first);
	box_close(&box);
}

static void test_broken_controllers(void **state)
{
	static const struct { const char *text, *said; } cases[] = {
		{ "{}", "has no 'dialect'" },
		{ "dialect: 1", "'objects' is not a list" },
		{ "{dialect: {objects: [{object: a, read: [r], line: '{value}', set: [[s]]}]}, programs: {r: x}}", "'programs' of controller" },
		{ "{dialect: {objects: [{object: a, read: [r], line: '{value}', set: [[s]]}]}, stateDirectory: 'relative'}", "'stateDirectory' of controller" },
		{ "{dialect: {objects: [{object: a, read: [r], line: '{value}', set: [[s]]}]}, stateDirectory: '/tmp/$(x)'}",
		  "'stateDirectory' of controller" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_source source = { 0 };
		struct hk_doc doc = { 0 };
		struct hk_diags diags = HK_DIAGS_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		hk_source_from_text(&source, "controller", cases[i].text, strlen(cases[i].text));
		assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
		const struct hk_controller controller = { .name = "x", .protocol = "generic", .node = doc.root };
		size_t at = 0;
		assert_int_equal(hk_dialect_generic.check(&controller, &(struct hk_setting){ "a", "1" }, 1, &at, &err), -1);
		assert_int_equal(at, 1);
		if (!strstr(err.message, cases[i].said))
			fail_msg("%s: %s", cases[i].text, err.message);
		hk_doc_release(&doc);
		hk_diags_release(&diags);
		hk_source_release(&source);
	}
}

/* What is wrong is found wherever it stands among what is right. */
static void test_check(void **state)
{
	static const struct hk_setting settings[] = { { "v/a", "1" }, { "w/a", "1" }, { "v/b", NULL }, { "v/c", "\n" }, { "v/d", "2" } };
	static const size_t wrong[] = { 1, 3 };
	size_t at = 0, n = 0;
	struct box box;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	box_open(&box);
	for (; hk_dialect_generic.check(&box.controller, settings, HK_COUNT(settings), &at, &err) != 0; at++, n++) {
		assert_true(n < HK_COUNT(wrong));
		assert_int_equal(at, wrong[n]);
	}
	assert_int_equal(n, HK_COUNT(wrong));
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confirm), cmocka_unit_test(test_revert), cmocka_unit_test(test_revert_after_confirm), cmocka_unit_test(test_timer),
		cmocka_unit_test(test_extended_timer), cmocka_unit_test(test_faults), cmocka_unit_test(test_timer_after_a_part), cmocka_unit_test(test_others),
		cmocka_unit_test(test_moved), cmocka_unit_test(test_foreign_directory), cmocka_unit_test(test_hostile_values), cmocka_unit_test(test_busybox),
		cmocka_unit_test(test_needs), cmocka_unit_test(test_digest), cmocka_unit_test(test_broken_controllers), cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests_name("cli_device", tests, NULL, NULL);
}
