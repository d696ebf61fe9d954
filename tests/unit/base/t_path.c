/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/file.h"
#include "base/mem.h"

struct join_sample { const char *directory, *name, *path; };

static void test_join(void **state)
{
	static const struct join_sample samples[] = {
		{ "a/b", "c", "a/b/c" }, { "a/b/", "c", "a/b/c" }, { "a", "/etc/x", "/etc/x" }, { "a/b", "../c", "a/c" }, { "a", "../../c", "../c" },
		{ ".", "x", "x" }, { "", "x", "x" }, { "a", "..", "." }, { "../a", "../../b", "../../b" }, { "/a", "../../b", "/b" }, { "/", "b", "/b" },
		{ "a//b", "./c/.", "a/b/c" }, { "", "", "." }, { "/", "..", "/" }, { "a/..b", "c", "a/..b/c" }, { "..", "..", "../.." },
	};

	(void)state;
	for (size_t i = 0; i < HK_COUNT(samples); i++) {
		HK_AUTO_FREE char *path = hk_path_join(samples[i].directory, samples[i].name);

		assert_string_equal(path, samples[i].path);
	}
}

static void test_dirname(void **state)
{
	static const char *const samples[][2] = { { "a/b", "a" }, { "a", "." }, { "/a", "/" }, { "/", "/" }, { "a/b/", "a" }, { "a//b", "a" }, { "", "." },
						  { "//a", "/" } };

	(void)state;
	for (size_t i = 0; i < HK_COUNT(samples); i++) {
		HK_AUTO_FREE char *path = hk_path_dirname(samples[i][0]);

		assert_string_equal(path, samples[i][1]);
	}
}

static void test_inside(void **state)
{
	static const char *const good[] = { "a", "a/b", "a/../b", "./a", "..a", "a/..b", "a/./b/" };
	static const char *const bad[] = { "", "/a", "..", "../a", "a/../..", "a/../../b", ".", "a/..", "./..", "./" };

	(void)state;
	for (size_t i = 0; i < HK_COUNT(good); i++)
		assert_true(hk_path_is_inside(good[i]));
	for (size_t i = 0; i < HK_COUNT(bad); i++)
		assert_false(hk_path_is_inside(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_join), cmocka_unit_test(test_dirname), cmocka_unit_test(test_inside) };

	return cmocka_run_group_tests_name("base/path", tests, NULL, NULL);
}
