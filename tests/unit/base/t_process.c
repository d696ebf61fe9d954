/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that answer, fail, say too much, hang, or go on in silence. */
#include "../test.h"
#include "base/process.h"
#include "base/vec.h"
#include <string.h>

static char path[] = "PATH=/usr/bin:/bin";
static char *environment[] = { path, NULL };

struct run { struct hk_buf output, errors; struct hk_err err; int status, result; };

static struct run run(const char *script, struct hk_str input, int64_t timeout_us, size_t most, const volatile int *interrupted)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct hk_process process = { .argv = argv, .environment = environment, .input = input, .timeout_us = timeout_us, .interrupted = interrupted,
					    .most = most };
	struct run r = { HK_BUF_INIT, HK_BUF_INIT, HK_ERR_INIT, -1, 0 };
	r.result = hk_process_run(&process, &r.output, &r.errors, &r.status, &r.err);
	return r;
}

static void end(struct run *r)
{
	hk_buf_release(&r->output);
	hk_buf_release(&r->errors);
	hk_err_release(&r->err);
}

static void test_output_errors_and_status(void **state)
{
	static const int64_t limits[] = { 0, 20000000 };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(limits); i++) {
		struct run r = run("cat; echo oh >&2; exit 7", HK_STR("what came in"), limits[i], 0, NULL);
		assert_int_equal(r.result, 0);
		assert_int_equal(r.status, 7);
		assert_string_equal(r.output.s, "what came in");
		assert_string_equal(r.errors.s, "oh\n");
		end(&r);
		r = run("kill -9 $$", HK_STR(""), limits[i], 0, NULL);
		assert_int_equal(r.result, 0);
		assert_int_equal(r.status, 137);
		end(&r);
	}
}

static void test_too_much_is_an_error(void **state)
{
	struct run r = run("while :; do echo yes; done", HK_STR(""), 0, 1000, NULL);
	(void)state;
	assert_int_equal(r.result, -1);
	assert_non_null(strstr(r.err.message, "more than 1000 bytes"));
	assert_true(r.output.len <= 1000);
	end(&r);
}

static void test_what_hangs_is_killed(void **state)
{
	static const char *const scripts[] = { "trap '' TERM; sleep 60; sleep 60", "exec sleep 60", "exec <&- >&- 2>&-; sleep 60",
					       "while :; do echo .; sleep 0.05; done" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(scripts); i++) {
		time_t before = time(NULL);
		struct run r = run(scripts[i], HK_STR(""), 300000, 0, NULL);
		assert_int_equal(r.result, -1);
		assert_int_equal(r.err.status, HK_UNREACHABLE);
		assert_non_null(strstr(r.err.message, "'sh' did not end within 300 ms"));
		assert_true(time(NULL) - before < 30);
		end(&r);
	}
}

static void test_an_interrupt_ends_it(void **state)
{
	volatile int interrupted = 1;
	struct run r = run("sleep 60", HK_STR(""), 0, 0, &interrupted);
	(void)state;
	assert_int_equal(r.result, -1);
	assert_int_equal(r.err.status, HK_INTERRUPTED);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_output_errors_and_status), cmocka_unit_test(test_too_much_is_an_error),
					    cmocka_unit_test(test_what_hangs_is_killed), cmocka_unit_test(test_an_interrupt_ends_it) };
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
