/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Works in a directory of its own below the temporary directory, made by setup and removed by teardown. */
#define _XOPEN_SOURCE 700   /* nftw */
#include "../test.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char directory[200];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return chdir("/") || nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int setup(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	umask(022);
	snprintf(directory, sizeof directory, "%s/t_file.XXXXXX", base ? base : "/tmp");
	return !mkdtemp(directory) || chdir(directory);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_content(const char *path, const char *expected)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	assert_int_equal(hk_file_read(path, HK_FILE_MAX, &buf, NULL), 0);
	assert_string_equal(buf.s, expected);
}

static size_t count_entries(void)
{
	size_t n = 0;
	FILE *list = popen("ls -A | wc -l", "r");

	assert_non_null(list);
	assert_int_equal(fscanf(list, "%zu", &n), 1);
	pclose(list);
	return n;
}

static void test_read_limits(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	put("f", "12345");
	hk_buf_addstr(&buf, "old ");
	assert_int_equal(hk_file_read("f", 5, &buf, &err), 0);
	assert_string_equal(buf.s, "old 12345");
	assert_int_equal(hk_file_read("f", 4, &buf, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_string_equal(buf.s, "old 12345");
}

static void test_read_refusals(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	assert_int_equal(hk_file_read("nowhere", 10, &buf, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_int_equal(hk_file_read(".", 10, &buf, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	/* Must be refused at once although nobody ever writes to it. */
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(hk_file_read("pipe", 10, &buf, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_int_equal(hk_file_read("/dev/zero", 10, &buf, &err), -1);
	assert_int_equal(buf.len, 0);
}

/* Endless input must end at the limit. */
static void test_read_standard_input(void **state)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int saved = dup(0), ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "piped", 5), 5);
	close(ends[1]);
	dup2(ends[0], 0);
	close(ends[0]);
	assert_int_equal(hk_file_read("-", 100, &buf, &err), 0);
	assert_string_equal(buf.s, "piped");
	ends[0] = open("/dev/zero", O_RDONLY);
	dup2(ends[0], 0);
	close(ends[0]);
	assert_int_equal(hk_file_read("-", 100000, &buf, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_string_equal(buf.s, "piped");
	dup2(saved, 0);
	close(saved);
}

static void test_write_creates_and_replaces(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(hk_file_write("f", "one", 3, NULL), 0);
	assert_content("f", "one");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(chmod("f", 0600), 0);
	assert_int_equal(hk_file_write("f", "two", 3, NULL), 0);
	assert_content("f", "two");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(hk_file_write("f", "", 0, NULL), 0);
	assert_content("f", "");
	assert_int_equal(count_entries(), 1);
}

static void test_write_follows_links(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("d", 0777), 0);
	put("d/target", "old");
	assert_int_equal(symlink("d/target", "link"), 0);
	assert_int_equal(symlink("link", "chain"), 0);
	assert_int_equal(hk_file_write("chain", "new", 3, NULL), 0);
	assert_content("d/target", "new");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(symlink("d/later", "dangling"), 0);
	assert_int_equal(hk_file_write("dangling", "made", 4, NULL), 0);
	assert_content("d/later", "made");
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(hk_file_write("loop", "x", 1, NULL), -1);
}

static void test_write_failures_leave_nothing(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	size_t before;

	(void)state;
	assert_int_equal(mkdir("d", 0777), 0);
	before = count_entries();
	assert_int_equal(hk_file_write("d", "x", 1, &err), -1);
	assert_int_equal(hk_file_write("missing/f", "x", 1, &err), -1);
	assert_int_equal(err.status, HK_FAILED);
	assert_int_equal(hk_file_write("/dev/full", "x", 1, &err), -1);
	assert_int_equal(hk_file_write("/dev/null", "x", 1, &err), 0);
	assert_int_equal(count_entries(), before);
}

/* A limit on the size of files stands for a full disk: the old content stays, and nothing is left beside it. */
static void test_full_disk_keeps_the_old_file(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char big[5000] = { 0 };
	struct rlimit saved, small;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	int code;

	(void)state;
	put("f", "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	small = saved;
	small.rlim_cur = 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	code = hk_file_write("f", big, sizeof big, &err);
	setrlimit(RLIMIT_FSIZE, &saved);
	signal(SIGXFSZ, handler);
	assert_int_equal(code, -1);
	assert_int_equal(err.status, HK_FAILED);
	assert_content("f", "old");
	assert_int_equal(count_entries(), 1);
	assert_int_equal(hk_file_write("f", big, sizeof big, NULL), 0);
}

/* Root may write everywhere, so the work is done by a child that is nobody. */
static void test_read_only_files_and_directories_are_respected(void **state)
{
	int status;
	pid_t child;

	(void)state;
	put("f", "old");
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(chmod("f", 0444), 0);
	assert_int_equal(chmod("d", 0555), 0);
	assert_int_equal(chmod(".", 0755), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(77);
		if (hk_file_write("f", "new", 3, &err) != -1 || err.status != HK_FAILED || !strstr(err.message, "'f'"))
			_exit(1);
		hk_err_release(&err);
		if (hk_file_write("d/f", "new", 3, &err) != -1 || err.status != HK_FAILED || !strstr(err.message, "'d'"))
			_exit(2);
		hk_err_release(&err);
		_exit(hk_file_mkdirs("d/e", &err) == -1 ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("root here may not become another user\n");
		skip();
	}
	assert_int_equal(status, 0);
	assert_content("f", "old");
	assert_false(hk_file_exists("d/f"));
}

static void test_update_leaves_equal_files_alone(void **state)
{
	struct stat before, after;
	bool changed = false;

	(void)state;
	assert_int_equal(hk_file_update("f", "abc", 3, &changed, NULL), 0);
	assert_true(changed);
	assert_int_equal(stat("f", &before), 0);
	assert_int_equal(hk_file_update("f", "abc", 3, &changed, NULL), 0);
	assert_false(changed);
	assert_int_equal(stat("f", &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(hk_file_update("f", "abd", 3, &changed, NULL), 0);
	assert_true(changed);
	assert_content("f", "abd");
}

static void add_numbered(struct hk_file_batch *batch, unsigned count, const char *text)
{
	for (unsigned i = 0; i < count; i++) {
		char path[32];

		snprintf(path, sizeof path, "%c/f%02u", i % 2 ? 'b' : 'a', i);
		assert_int_equal(hk_file_batch_add(batch, path, text, strlen(text), NULL), 0);
	}
}

/* Few files are flushed one by one, many as a whole. */
static void test_batches_appear_at_once(void **state)
{
	(void)state;
	assert_int_equal(hk_file_mkdirs("a", NULL), 0);
	assert_int_equal(hk_file_mkdirs("b", NULL), 0);
	put("a/f00", "old");
	assert_int_equal(chmod("a/f00", 0640), 0);
	for (unsigned count = 3; count <= 40; count += 37) {
		struct hk_file_batch batch = HK_FILE_BATCH_INIT;
		struct stat st;

		add_numbered(&batch, count, count == 3 ? "few" : "many");
		assert_content("a/f00", count == 3 ? "old" : "few");
		assert_true(count == 3 || !hk_file_exists("b/f39"));
		assert_int_equal(hk_file_batch_commit(&batch, NULL), 0);
		hk_file_batch_release(&batch);
		assert_content("a/f00", count == 3 ? "few" : "many");
		assert_true(count == 3 || hk_file_exists("b/f39"));
		assert_int_equal(stat("a/f00", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
	assert_int_equal(chdir("a"), 0);
	assert_int_equal(count_entries(), 20);
}

static void test_batches_leave_nothing_unless_committed(void **state)
{
	struct hk_file_batch batch = HK_FILE_BATCH_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	assert_int_equal(hk_file_mkdirs("a", NULL), 0);
	assert_int_equal(hk_file_mkdirs("b", NULL), 0);
	put("target", "theirs");
	assert_int_equal(symlink("../target", "a/f00"), 0);
	add_numbered(&batch, 30, "ours");
	assert_int_equal(hk_file_batch_add(&batch, "a", "x", 1, &err), -1);
	assert_int_equal(hk_file_batch_add(&batch, "nowhere/f", "x", 1, NULL), -1);
	hk_file_batch_release(&batch);
	assert_content("a/f00", "theirs");
	add_numbered(&batch, 1, "ours");
	assert_int_equal(hk_file_batch_commit(&batch, NULL), 0);
	hk_file_batch_release(&batch);
	assert_content("a/f00", "ours");        /* the link was replaced, not followed */
	assert_content("target", "theirs");
	add_numbered(&batch, 2, "ours");
	assert_int_equal(remove("b/f01"), -1);
	assert_int_equal(hk_file_mkdirs("b/f01/full", NULL), 0);
	assert_int_equal(hk_file_batch_commit(&batch, NULL), -1);
	hk_file_batch_release(&batch);
	assert_int_equal(chdir("b"), 0);
	assert_int_equal(count_entries(), 1);
}

static void test_mkdirs(void **state)
{
	(void)state;
	assert_int_equal(hk_file_mkdirs("a/b//c/", NULL), 0);
	assert_int_equal(hk_file_mkdirs("a/b/c", NULL), 0);
	assert_true(hk_file_is_dir("a/b/c"));
	put("f", "");
	assert_int_equal(hk_file_mkdirs("f/x", NULL), -1);
	assert_int_equal(hk_file_mkdirs("f", NULL), -1);
	assert_int_equal(hk_file_mkdirs("", NULL), -1);
	assert_true(hk_file_exists("f"));
	assert_false(hk_file_exists("g"));
	assert_int_equal(hk_file_mkdirs("/", NULL), 0);
}

static void make_tree(void)
{
	assert_int_equal(hk_file_mkdirs("t/b/c", NULL), 0);
	assert_int_equal(hk_file_mkdirs("t/.git", NULL), 0);
	put("t/z.yaml", "");
	put("t/a.yml", "");
	put("t/b/m.json", "");
	put("t/b/c/deep.yaml", "");
	put("t/notes.txt", "");
	put("t/.hidden.yaml", "");
	put("t/.git/config.yaml", "");
	assert_int_equal(symlink("..", "t/b/up"), 0);
	assert_int_equal(symlink("../z.yaml", "t/b/link.yaml"), 0);
	assert_int_equal(symlink("gone", "t/dangling.yaml"), 0);
	assert_int_equal(mkfifo("t/pipe.yaml", 0600), 0);
}

static void test_walk(void **state)
{
	static const char *const expected[] = { "t/a.yml", "t/b/c/deep.yaml", "t/b/link.yaml", "t/b/m.json", "t/dangling.yaml", "t/z.yaml" };
	struct hk_paths paths = { NULL, 0, 0 };

	(void)state;
	make_tree();
	assert_int_equal(hk_file_walk("t", 8, &paths, NULL), 0);
	assert_int_equal(paths.n, HK_COUNT(expected));
	for (size_t i = 0; i < paths.n; i++)
		assert_string_equal(paths.v[i], expected[i]);
	hk_paths_release(&paths);
	assert_int_equal(hk_file_walk("t", 0, &paths, NULL), 0);
	assert_int_equal(paths.n, 3);
	assert_int_equal(hk_file_walk("t/notes.txt", 0, &paths, NULL), 0);
	assert_string_equal(paths.v[3], "t/notes.txt");
	hk_paths_release(&paths);
}

static void test_walk_from_here_and_from_nowhere(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_paths paths = { NULL, 0, 0 };

	(void)state;
	put("x.yaml", "");
	assert_int_equal(hk_file_walk(".", 8, &paths, &err), 0);
	assert_int_equal(paths.n, 1);
	assert_string_equal(paths.v[0], "x.yaml");
	assert_int_equal(hk_file_walk("nowhere", 8, &paths, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	hk_paths_release(&paths);
}

/* A reader that opens the file again and again while it is replaced must see one of the two contents, whole. */
static void test_readers_never_see_half(void **state)
{
	static char a[100000], b[100000];
	pid_t writer;
	int status;

	(void)state;
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	assert_int_equal(hk_file_write("f", a, sizeof a, NULL), 0);
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < 40; i++)
			if (hk_file_write("f", i % 2 ? a : b, sizeof a, NULL) < 0)
				_exit(1);
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

		assert_int_equal(hk_file_read("f", HK_FILE_MAX, &buf, NULL), 0);
		assert_int_equal(buf.len, sizeof a);
		assert_true(memcmp(buf.s, a, sizeof a) == 0 || memcmp(buf.s, b, sizeof b) == 0);
	}
	assert_int_equal(status, 0);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_read_limits),
		FILE_TEST(test_read_refusals),
		FILE_TEST(test_read_standard_input),
		FILE_TEST(test_write_creates_and_replaces),
		FILE_TEST(test_write_follows_links),
		FILE_TEST(test_write_failures_leave_nothing),
		FILE_TEST(test_full_disk_keeps_the_old_file),
		FILE_TEST(test_read_only_files_and_directories_are_respected),
		FILE_TEST(test_update_leaves_equal_files_alone),
		FILE_TEST(test_batches_appear_at_once),
		FILE_TEST(test_batches_leave_nothing_unless_committed),
		FILE_TEST(test_mkdirs),
		FILE_TEST(test_walk),
		FILE_TEST(test_walk_from_here_and_from_nowhere),
		FILE_TEST(test_readers_never_see_half),
	};

	return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
