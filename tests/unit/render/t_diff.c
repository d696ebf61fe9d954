/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/diff.h"
#include "base/rng.h"
#include "fixture.h"
#include <stdio.h>
#include <stdlib.h>

static void gives(const char *old, const char *new, const char *expected)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	hk_diff_unified("f", hk_str_of(old), "f", hk_str_of(new), &out);
	assert_string_equal(out.s, expected);
}

static void equal_texts_give_nothing(void **state)
{
	(void)state;
	gives("a\nb\n", "a\nb\n", "");
	gives("", "", "");
}

static void one_line_changes_with_context(void **state)
{
	(void)state;
	gives("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
	      "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

static void far_changes_are_two_hunks(void **state)
{
	(void)state;
	gives("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	      "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static void near_changes_are_one_hunk(void **state)
{
	(void)state;
	gives("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

static void files_come_and_go(void **state)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	(void)state;
	hk_diff_unified(NULL, HK_STR(""), "new.yaml", HK_STR("a\nb\n"), &out);
	assert_string_equal(out.s, "--- /dev/null\n+++ b/new.yaml\n@@ -0,0 +1,2 @@\n+a\n+b\n");
	hk_buf_reset(&out);
	hk_diff_unified("old.yaml", HK_STR("a\n"), NULL, HK_STR(""), &out);
	assert_string_equal(out.s, "--- a/old.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
}

static void missing_line_end_is_told(void **state)
{
	(void)state;
	gives("a\nb", "a\nb\n", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

/* patch(1) must turn the old text into the new one, whatever the two are. */
static void applies_with_patch(const struct hk_buf *old, const struct hk_buf *new)
{
	HK_AUTO_BUF struct hk_buf diff = HK_BUF_INIT, patched = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char folder[] = "/tmp/hkctl-diff-XXXXXX", command[256], file[64], patch[64];
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/f", folder);
	snprintf(patch, sizeof patch, "%s/patch", folder);
	hk_diff_unified("f", (struct hk_str){ old->s, old->len }, "f", (struct hk_str){ new->s, new->len }, &diff);
	assert_int_equal(hk_file_write(file, old->s, old->len, &err), 0);
	assert_int_equal(hk_file_write(patch, diff.s, diff.len, &err), 0);
	snprintf(command, sizeof command, "patch -s -p1 -d %s <%s/patch && cat %s >%s/out; mv %s/out %s/f", folder, folder, file, folder, folder, folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(hk_file_read(file, HK_FILE_MAX, &patched, &err), 0);
	assert_string_equal(patched.s, new->s);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void random_texts_patch(void **state)
{
	struct hk_rng rng;
	uint64_t seed = 7;
	(void)state;
	if (system("command -v patch >/dev/null") != 0) {
		print_message("skipped: no patch(1)\n");
		skip();
	}
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < 60; round++) {
		HK_AUTO_BUF struct hk_buf old = HK_BUF_INIT, new = HK_BUF_INIT;
		uint64_t letters = 2 + hk_rng_below(&rng, 20);
		for (uint64_t i = 1 + hk_rng_below(&rng, 60); i > 0; i--) {
			char letter = (char)('a' + hk_rng_below(&rng, letters));
			uint64_t what = hk_rng_below(&rng, 6);
			if (what != 0)
				hk_buf_addf(&old, "%c\n", letter);
			if (what == 1)
				letter = (char)('a' + hk_rng_below(&rng, letters));
			if (what != 2)
				hk_buf_addf(&new, "%c\n", letter);
		}
		if (old.len > 0 && new.len > 0 && strcmp(old.s, new.s) != 0)
			applies_with_patch(&old, &new);
	}
}

static void huge_differences_are_bounded(void **state)
{
	HK_AUTO_BUF struct hk_buf old = HK_BUF_INIT, new = HK_BUF_INIT, out = HK_BUF_INIT;
	(void)state;
	hk_buf_addstr(&old, "same\n");
	hk_buf_addstr(&new, "same\n");
	for (int i = 0; i < 5000; i++) {
		hk_buf_addf(&old, "old %d\n", i);
		hk_buf_addf(&new, "new %d\n", i);
	}
	hk_diff_unified("f", (struct hk_str){ old.s, old.len }, "f", (struct hk_str){ new.s, new.len }, &out);
	assert_non_null(strstr(out.s, "@@ -1,5001 +1,5001 @@\n same\n-old 0\n-old 1\n"));
	assert_non_null(strstr(out.s, "-old 4999\n+new 0\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_texts_give_nothing),
		cmocka_unit_test(one_line_changes_with_context),
		cmocka_unit_test(far_changes_are_two_hunks),
		cmocka_unit_test(near_changes_are_one_hunk),
		cmocka_unit_test(files_come_and_go),
		cmocka_unit_test(missing_line_end_is_told),
		cmocka_unit_test(random_texts_patch),
		cmocka_unit_test(huge_differences_are_bounded),
	};
	return cmocka_run_group_tests_name("render/diff", tests, NULL, NULL);
}
