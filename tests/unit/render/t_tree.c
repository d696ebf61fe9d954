/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rendering and a directory: what differs, what is written, what may be removed. */
#include "fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void run(const char *command)
{
	char line[256];
	snprintf(line, sizeof line, "cd %s && %s", folder, command);
	assert_int_equal(system(line), 0);
}

static int open_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/hkctl-tree-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int close_folder(void **state)
{
	char line[96];
	(void)state;
	snprintf(line, sizeof line, "rm -rf %s", folder);
	return system(line);
}

/* "path=bytes path=bytes", sorted */
static struct hk_tree tree_of(const char *text)
{
	struct hk_tree tree = HK_TREE_INIT;
	struct hk_str rest = hk_str_of(text);
	struct hk_err err = HK_ERR_INIT;
	while (rest.n > 0) {
		struct hk_str bytes = hk_str_cut(&rest, ' '), path = hk_str_cut(&bytes, '=');
		char *name = hk_strndup(path.s, path.n);
		struct hk_render_file file = { name, bytes.s, bytes.n };
		hk_tree_collect(&tree, &file, &err);
		free(name);
	}
	return tree;
}

static void report_is(const struct hk_tree_report *report, const char *expected)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 0; i < report->changes.n; i++)
		hk_buf_addf(&text, "%s %s%s\n", hk_tree_state_name(report->changes.v[i].state), report->changes.v[i].path,
			    report->changes.v[i].removed ? " removed" : "");
	assert_string_equal(text.s, expected);
}

static void write_is(const char *files, bool prune, const char *expected)
{
	struct hk_tree tree = tree_of(files);
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status = hk_tree_write(&tree, folder, prune, &report, &err);
	if (status != 0)
		print_message("%s\n", err.message);
	assert_int_equal(status, 0);
	report_is(&report, expected);
	hk_tree_report_release(&report);
	hk_tree_release(&tree);
}

static size_t compare_is(const char *files, const char *expected, const char *diff)
{
	struct hk_tree tree = tree_of(files);
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	assert_int_equal(hk_tree_compare(&tree, folder, &report, &out, &err), 0);
	report_is(&report, expected);
	if (diff)
		assert_string_equal(out.s, diff);
	size_t pending = report.pending;
	hk_tree_report_release(&report);
	hk_tree_release(&tree);
	return pending;
}

static void written_once_nothing_is_pending(void **state)
{
	const char *files = "c/a/n/x.yaml=1 c/a/n/y.yaml=2 c/b/n/x.yaml=3";
	(void)state;
	write_is(files, false, "new c/a/n/x.yaml\nnew c/a/n/y.yaml\nnew c/b/n/x.yaml\n");
	assert_int_equal(compare_is(files, "", ""), 0);
	run("touch -d '2001-01-01' c/a/n/x.yaml");
	write_is(files, true, "");
	run("test c/a/n/x.yaml -ot c/a/n/y.yaml");       /* an unchanged file keeps its time stamp */
}

static void differences_are_shown(void **state)
{
	(void)state;
	write_is("c/a/n/w.yaml=0 c/a/n/x.yaml=1", false, "new c/a/n/w.yaml\nnew c/a/n/x.yaml\n");
	size_t pending = compare_is("c/a/n/x.yaml=2 c/a/n/y.yaml=3", "stale c/a/n/w.yaml\nchanged c/a/n/x.yaml\nnew c/a/n/y.yaml\n",
		"--- a/c/a/n/x.yaml\n+++ b/c/a/n/x.yaml\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+2\n\\ No newline at end of file\n"
		"--- /dev/null\n+++ b/c/a/n/y.yaml\n@@ -0,0 +1 @@\n+3\n\\ No newline at end of file\n"
		"--- a/c/a/n/w.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-0\n\\ No newline at end of file\n");
	assert_int_equal(pending, 3);
	run("grep -q 1 c/a/n/x.yaml && test ! -e c/a/n/y.yaml");      /* comparing writes nothing */
}

static void only_own_unchanged_files_are_removed(void **state)
{
	(void)state;
	write_is("c/a/n/edited.yaml=1 c/a/n/gone.yaml=1 c/a/n/x.yaml=1 c/b/m/all.yaml=1", false,
		 "new c/a/n/edited.yaml\nnew c/a/n/gone.yaml\nnew c/a/n/x.yaml\nnew c/b/m/all.yaml\n");
	run("echo mine >c/a/n/kustomization.yaml; echo by hand >>c/a/n/edited.yaml; echo text >c/a/n/notes.txt");
	write_is("c/a/n/x.yaml=1", false, "stale and edited c/a/n/edited.yaml\nstale c/a/n/gone.yaml\nextra c/a/n/kustomization.yaml\nstale c/b/m/all.yaml\n");
	/* still known as ours after a writing that did not prune */
	write_is("c/a/n/x.yaml=1", true,
		 "stale and edited c/a/n/edited.yaml\nstale c/a/n/gone.yaml removed\nextra c/a/n/kustomization.yaml\nstale c/b/m/all.yaml removed\n");
	run("test ! -e c/a/n/gone.yaml && test ! -e c/b/m && test -e c/a/n/edited.yaml && test -e c/a/n/kustomization.yaml && test -e c/a/n/notes.txt");
	assert_int_equal(compare_is("c/a/n/x.yaml=1", "stale and edited c/a/n/edited.yaml\nextra c/a/n/kustomization.yaml\n", ""), 0);
}

static void a_hostile_index_removes_nothing(void **state)
{
	(void)state;
	run("mkdir -p c/a/n && printf x >victim.yaml && printf x >c/a/n/v.txt");
	run("h=$(printf x | sha256sum | cut -c1-64); printf '%s  %s\\n' $h ../victim.yaml $h /etc/passwd $h c/../victim.yaml $h c/a/n/v.txt $h ./victim.yaml zz c/a/n/v.yaml >.hkctl-render");
	write_is("c/a/n/x.yaml=1", true, "new c/a/n/x.yaml\n");
	run("test -e victim.yaml && test -e c/a/n/v.txt && test $(wc -l <.hkctl-render) = 2");
}

static void links_are_not_followed(void **state)
{
	struct hk_tree tree = tree_of("c/a/n/x.yaml=1");
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	run("mkdir -p c elsewhere && ln -s ../elsewhere c/a");
	assert_int_equal(hk_tree_write(&tree, folder, false, &report, &err), -1);
	assert_non_null(strstr(err.message, "symbolic link"));
	run("test ! -e elsewhere/n && test ! -e .hkctl-render");
	hk_tree_report_release(&report);
	hk_tree_release(&tree);
}

static void index_lines_are_strict(void **state)
{
	struct hk_tree_index index = { { 0 } };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)state;
	for (int i = 0; i < 3; i++) {
		hk_buf_addchn(&text, i == 1 ? 'G' : 'a', i == 2 ? 63 : 64);
		hk_buf_addstr(&text, "  c/x.yaml\n");
	}
	hk_buf_addstr(&text, "short\n\n");
	hk_buf_addchn(&text, '0', 64);
	hk_buf_addstr(&text, "  c/last.yaml");
	hk_tree_index_read((struct hk_str){ text.s, text.len }, &index);
	assert_int_equal(index.entries.n, 2);
	assert_true(hk_str_is(index.entries.v[0].path, "c/x.yaml"));
	assert_true(hk_str_is(index.entries.v[1].path, "c/last.yaml"));
	hk_vec_release(&index.entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(written_once_nothing_is_pending, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(differences_are_shown, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(only_own_unchanged_files_are_removed, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(a_hostile_index_removes_nothing, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(links_are_not_followed, open_folder, close_folder),
		cmocka_unit_test(index_lines_are_strict),
	};
	return cmocka_run_group_tests_name("render/tree", tests, NULL, NULL);
}
