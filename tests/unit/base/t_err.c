/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

static void test_set_replaces(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	assert_int_equal(hk_err_set(&err, HK_USAGE, "first %d", 1), -1);
	assert_int_equal(hk_err_set(&err, HK_INVALID, "then '%s'", err.message), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_string_equal(err.message, "then 'first 1'");
}

static void test_errno_text(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char expected[200];

	(void)state;
	snprintf(expected, sizeof expected, "cannot open 'x': %s", strerror(ENOENT));
	assert_int_equal(hk_err_errno(&err, ENOENT, "cannot open '%s'", "x"), -1);
	assert_int_equal(err.status, HK_FAILED);
	assert_string_equal(err.message, expected);
}

static void test_wrap_keeps_the_status(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	hk_err_set(&err, HK_STALE, "inner \x1b");
	assert_int_equal(hk_err_wrap(&err, "outer %d", 2), -1);
	assert_int_equal(err.status, HK_STALE);
	assert_string_equal(err.message, "outer 2: inner \\x1b");
}

static void test_messages_are_scrubbed(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	hk_err_set(&err, HK_FAILED, "name '%s'", "\x1b]0;title\x07");
	assert_string_equal(err.message, "name '\\x1b]0;title\\x07'");
}

static void test_nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(hk_err_set(NULL, HK_FAILED, "x"), -1);
	assert_int_equal(hk_err_errno(NULL, ENOENT, "x"), -1);
	assert_int_equal(hk_err_wrap(NULL, "x"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_replaces),
		cmocka_unit_test(test_errno_text),
		cmocka_unit_test(test_wrap_keeps_the_status),
		cmocka_unit_test(test_messages_are_scrubbed),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
