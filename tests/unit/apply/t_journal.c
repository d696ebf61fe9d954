/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "scratch.h"

#include "apply/journal.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int64_t fixed_time(void *closure)
{
	(void)closure;
	return 1767225600;
}

static const struct hk_journal_io fixed = { .now = fixed_time };

static void append(struct hk_journal *journal, const char *event, const char *device, const char *value)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_journal_field fields[] = { { "what", value } };

	assert_int_equal(hk_journal_append(journal, event, device, fields, 1, &err), 0);
}

static struct hk_journal *begin(size_t n)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_journal *journal = NULL;

	assert_int_equal(hk_journal_create(scratch_path, 65536, &fixed, &journal, &err), 0);
	for (size_t i = 0; i < n; i++)
		append(journal, "locked", "wan", "line\nfeed \"quoted\" \xe2\x82\xac");
	return journal;
}

static void test_what_is_written_is_read(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_journal_record *records;
	struct hk_journal *journal = begin(3);
	size_t n;

	(void)state;
	hk_journal_close(journal);
	assert_int_equal(hk_file_read(scratch_path, 1 << 20, &text, &err), 0);
	assert_true(text.len > 0 && text.s[text.len - 1] == '\n');
	assert_non_null(strstr(text.s, "{\"n\":1,\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"locked\",\"device\":\"wan\",\"what\":\"line\\nfeed"));
	assert_int_equal(hk_journal_open(scratch_path, &fixed, &journal, &err), 0);
	assert_false(hk_journal_was_torn(journal));
	append(journal, "verified", NULL, "");
	records = hk_journal_records(journal, &n);
	assert_int_equal(n, 4);
	assert_string_equal(hk_journal_text(&records[2], "what"), "line\nfeed \"quoted\" \xe2\x82\xac");
	assert_string_equal(records[3].device, "");
	assert_int_equal(records[3].number, 4);
	assert_null(hk_journal_text(&records[3], "who"));
	hk_journal_close(journal);
	assert_int_equal(hk_journal_look(scratch_path, &journal, &err), 0);
	hk_journal_records(journal, &n);
	assert_int_equal(n, 4);
	assert_int_equal(hk_journal_append(journal, "x", "", NULL, 0, &err), -1);
	hk_journal_close(journal);
}

/* Power may go at any byte of a write: what was whole before stays, and the journal can be written on. */
static void test_every_torn_tail(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_journal *journal = begin(2);
	size_t first, n;

	(void)state;
	hk_journal_close(journal);
	assert_int_equal(hk_file_read(scratch_path, 1 << 20, &text, &err), 0);
	first = (size_t)(strchr(text.s, '\n') - text.s) + 1;
	for (size_t cut = first; cut < text.len; cut++) {
		assert_int_equal(hk_file_write(scratch_path, text.s, cut, &err), 0);
		assert_int_equal(hk_journal_open(scratch_path, &fixed, &journal, &err), 0);
		assert_int_equal(hk_journal_was_torn(journal), cut > first);
		append(journal, "locked", "wan", "again");
		hk_journal_records(journal, &n);
		assert_int_equal(n, 2);
		hk_journal_close(journal);
		assert_int_equal(hk_journal_look(scratch_path, &journal, &err), 0);
		hk_journal_records(journal, &n);
		assert_int_equal(n, 2);
		hk_journal_close(journal);
	}
}

/* Any byte changed in any line but the last is noticed, and so are lines that are missing or exchanged. */
static void test_damage_is_noticed(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_journal *journal = begin(3);
	struct hk_rng rng;
	const char *second;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	hk_journal_close(journal);
	assert_int_equal(hk_file_read(scratch_path, 1 << 20, &text, &err), 0);
	second = strchr(text.s, '\n') + 1;
	for (size_t i = 0; i < (size_t)(second - text.s) - 1; i++) {
		char was = text.s[i];

		text.s[i] = (char)(was ^ (char)(1 + hk_rng_below(&rng, 255)));
		assert_int_equal(hk_file_write(scratch_path, text.s, text.len, &err), 0);
		assert_int_equal(hk_journal_look(scratch_path, &journal, &err), -1);
		assert_int_equal(err.status, HK_INVALID);
		hk_err_release(&err);
		text.s[i] = was;
	}
	assert_int_equal(hk_file_write(scratch_path, second, text.len - (size_t)(second - text.s), &err), 0);
	assert_int_equal(hk_journal_look(scratch_path, &journal, &err), -1);
}

static void test_one_writer(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_journal *journal = begin(1), *other = NULL;

	(void)state;
	assert_int_equal(hk_journal_open(scratch_path, &fixed, &other, &err), -1);
	assert_int_equal(err.status, HK_USAGE);
	hk_err_release(&err);
	assert_int_equal(hk_journal_create(scratch_path, 0, &fixed, &other, &err), -1);
	assert_int_equal(err.status, HK_USAGE);
	hk_journal_close(journal);
}

/* A disk that takes so many bytes and no more; the journal under way is then as it was. */
struct disk { size_t room; bool sync_fails; };

static ssize_t disk_write(void *closure, int fd, const void *bytes, size_t n)
{
	struct disk *disk = closure;

	if (disk->room == 0) {
		errno = ENOSPC;
		return -1;
	}
	n = n < disk->room ? n : disk->room;
	disk->room -= n;
	return write(fd, bytes, n);
}

static int disk_sync(void *closure, int fd)
{
	const struct disk *disk = closure;

	(void)fd;
	errno = EIO;
	return disk->sync_fails ? -1 : 0;
}

static void test_full_disk(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	(void)state;
	for (size_t room = 0; room < 90; room += 7) {
		struct disk disk = { .room = 100000 };
		const struct hk_journal_io io = { .now = fixed_time, .write = disk_write, .sync = disk_sync, .closure = &disk };
		struct hk_journal *journal;
		size_t n;

		assert_int_equal(hk_journal_create(scratch_path, 0, &io, &journal, &err), 0);
		append(journal, "locked", "wan", "first");
		disk.room = room;
		assert_int_equal(hk_journal_append(journal, "edited", "wan", NULL, 0, &err), -1);
		assert_int_equal(err.status, HK_FAILED);
		hk_err_release(&err);
		disk.room = 100000;
		append(journal, "reverting", "wan", "second");
		hk_journal_close(journal);
		assert_int_equal(hk_journal_look(scratch_path, &journal, &err), 0);
		hk_journal_records(journal, &n);
		assert_int_equal(n, 2);
		hk_journal_close(journal);
		unlink(scratch_path);
	}
}

static void test_no_record_without_fsync(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct disk disk = { .room = 100000 };
	const struct hk_journal_io io = { .now = fixed_time, .write = disk_write, .sync = disk_sync, .closure = &disk };
	struct hk_journal *journal;

	(void)state;
	assert_int_equal(hk_journal_create(scratch_path, 0, &io, &journal, &err), 0);
	disk.sync_fails = true;
	assert_int_equal(hk_journal_append(journal, "locked", "wan", NULL, 0, &err), -1);
	hk_err_release(&err);
	disk.sync_fails = false;
	assert_int_equal(hk_journal_append(journal, "locked", "wan", NULL, 0, &err), -1);
	hk_journal_close(journal);
}

/* Values that would break a line, or pass for the end of one. */
static void test_hostile_values(void **state)
{
	static const char *const values[] = { "\"}\n{\"n\":2", "\\", "\x01\x02", "\xff\xfe", ",\"check\":\"0000000000000000\"}", "" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_journal *journal = begin(0);
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		append(journal, "read", "a\"b", values[i]);
	hk_journal_close(journal);
	assert_int_equal(hk_journal_look(scratch_path, &journal, &err), 0);
	assert_string_equal(hk_journal_text(&hk_journal_records(journal, &n)[4], "what"), ",\"check\":\"0000000000000000\"}");
	assert_int_equal(n, 6);
	hk_journal_close(journal);
}

static void test_what_is_no_journal(void **state)
{
	static const char *const texts[] = { "{}\n{}\n", "a\nb\n", "\n\n", "notes of mine\n", "notes", "{\"kind\":\"NetworkPlan\"}", "\n",
					     "{\"n\":2,\"at\":\"" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf left = HK_BUF_INIT;
	struct hk_journal *journal;

	(void)state;
	assert_int_equal(hk_journal_open(scratch_path, NULL, &journal, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	hk_err_release(&err);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(hk_file_write(scratch_path, texts[i], strlen(texts[i]), &err), 0);
		assert_int_equal(hk_journal_look(scratch_path, &journal, &err), -1);
		assert_int_equal(err.status, HK_INVALID);
		hk_err_release(&err);
		/* and it is left as it is: a file named by mistake is not a journal whose only line is torn */
		assert_int_equal(hk_journal_open(scratch_path, NULL, &journal, &err), -1);
		hk_err_release(&err);
		hk_buf_reset(&left);
		assert_int_equal(hk_file_read(scratch_path, 1 << 20, &left, &err), 0);
		assert_string_equal(left.s, texts[i]);
	}
}

/* A last line that is whole and does not fit was changed by somebody; one with holes was torn. */
static void test_last_line(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_journal *journal = begin(2);
	size_t second, n;

	(void)state;
	hk_journal_close(journal);
	assert_int_equal(hk_file_read(scratch_path, 1 << 20, &text, &err), 0);
	second = (size_t)(strchr(text.s, '\n') - text.s) + 1;
	text.s[second + 30] ^= 1;
	assert_int_equal(hk_file_write(scratch_path, text.s, text.len, &err), 0);
	assert_int_equal(hk_journal_open(scratch_path, NULL, &journal, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	hk_err_release(&err);
	memset(text.s + second + 20, 0, 30);
	assert_int_equal(hk_file_write(scratch_path, text.s, text.len, &err), 0);
	assert_int_equal(hk_journal_open(scratch_path, NULL, &journal, &err), 0);
	assert_true(hk_journal_was_torn(journal));
	hk_journal_records(journal, &n);
	assert_int_equal(n, 1);
	hk_journal_close(journal);
	/* lines twice, and lines of two journals in one */
	assert_int_equal(hk_file_write(scratch_path, text.s, second, &err), 0);
	hk_buf_reset(&text);
	assert_int_equal(hk_file_read(scratch_path, 1 << 20, &text, &err), 0);
	hk_buf_addslice(&text, (struct hk_str){ text.s, second });
	assert_int_equal(hk_file_write(scratch_path, text.s, text.len, &err), 0);
	assert_int_equal(hk_journal_open(scratch_path, NULL, &journal, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_written_is_read, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_every_torn_tail, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_damage_is_noticed, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_one_writer, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_full_disk, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_no_record_without_fsync, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_hostile_values, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_what_is_no_journal, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_last_line, scratch_enter, scratch_leave),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
