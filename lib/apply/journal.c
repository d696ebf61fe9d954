/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing journals. */
#define _GNU_SOURCE          /* fallocate: room beyond the end of the file, which POSIX's own call would fill with zeros */
#include "apply/journal_internal.h"
#include "base/file.h"
#include "base/time.h"
#include "out/ser.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_MAX ((size_t)64 << 20)

struct hk_journal {
	const struct hk_journal_io *io;
	char *path;
	int fd;                        /* -1: to look at only */
	bool torn, broken;
	off_t size;                    /* of whole records */
	struct hk_arena arena;
	struct hk_journal_records records;
	char last[HK_JOURNAL_CHECK + 1];
};

static int64_t now(const struct hk_journal_io *io)
{
	return io && io->now ? io->now(io->closure) : (int64_t)time(NULL);
}

int64_t hk_journal_now(const struct hk_journal *journal)
{
	return now(journal->io);
}

static int sync_file(const struct hk_journal_io *io, int fd)
{
	return io && io->sync ? io->sync(io->closure, fd) : fsync(fd);
}

static int write_all(const struct hk_journal_io *io, int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t done = io && io->write ? io->write(io->closure, fd, bytes, count) : write(fd, bytes, count);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? ENOSPC : errno;
			return -1;
		}
		bytes += done;
		count -= (size_t)done;
	}
	return 0;
}

static struct hk_journal *make(const char *path, int fd, const struct hk_journal_io *io)
{
	struct hk_journal *journal = hk_calloc(1, sizeof *journal);

	*journal = (struct hk_journal){ .io = io, .path = hk_strdup(path), .fd = fd };
	return journal;
}

static int lock(int fd, const char *path, struct hk_err *err)
{
	int status;

	while ((status = flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR)
		continue;
	if (status == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return hk_err_set(err, HK_USAGE, "another process is writing '%s'; wait for it or stop it", path);
	return hk_err_errno(err, errno, "cannot lock '%s'", path);
}

/* A name that is not durable is a journal nobody finds. */
static int sync_name(const char *path, const struct hk_journal_io *io, struct hk_err *err)
{
	HK_AUTO_FREE char *directory = hk_path_dirname(path);
	HK_AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || sync_file(io, fd) != 0)
		return hk_err_errno(err, errno, "cannot make '%s' durable", path);
	return 0;
}

int hk_journal_create(const char *path, size_t reserve, const struct hk_journal_io *io, struct hk_journal **journal, struct hk_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return hk_err_set(err, HK_USAGE, "the journal '%s' exists: an apply was begun with it; resume it, roll it back, or name another", path);
	if (fd < 0)
		return hk_err_errno(err, errno, "cannot create '%s'", path);
	*journal = make(path, fd, io);
	if (lock(fd, path, err) != 0)
		goto failed;
	if (reserve && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)reserve) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
		hk_err_errno(err, errno, "no room for the journal '%s'", path);
		goto failed;
	}
	if (sync_file(io, fd) != 0) {
		hk_err_errno(err, errno, "cannot make '%s' durable", path);
		goto failed;
	}
	if (sync_name(path, io, err) != 0)
		goto failed;
	return 0;
failed:
	unlink(path);
	hk_journal_close(HK_STEAL(*journal));
	return -1;
}

static int load(struct hk_journal *journal, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t good;

	if (hk_file_read(journal->path, JOURNAL_MAX, &text, err) != 0)
		return -1;
	if (hk_journal_parse_all(journal->path, text.s, text.len, &journal->arena, &journal->records, &good, journal->last, err) != 0)
		return -1;
	journal->size = (off_t)good;
	journal->torn = good < text.len;
	return 0;
}

/* Between opening and locking, who had it may have put another in its place. */
static int is_still(int fd, const char *path, struct hk_err *err)
{
	struct stat mine, there;

	if (fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino)
		return 0;
	return hk_err_set(err, HK_USAGE, "another process is at work with '%s'; try again when it has ended", path);
}

int hk_journal_open(const char *path, const struct hk_journal_io *io, struct hk_journal **journal, struct hk_err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		hk_err_errno(err, errno, "cannot open the journal '%s'", path);
		if (err && errno == ENOENT)
			err->status = HK_INVALID;
		return -1;
	}
	*journal = make(path, fd, io);
	if (lock(fd, path, err) == 0 && is_still(fd, path, err) == 0 && load(*journal, err) == 0) {
		if (!(*journal)->torn || (ftruncate(fd, (*journal)->size) == 0 && sync_file(io, fd) == 0))
			return 0;
		hk_err_errno(err, errno, "cannot drop the torn last line of '%s'", path);
	}
	hk_journal_close(HK_STEAL(*journal));
	return -1;
}

int hk_journal_look(const char *path, struct hk_journal **journal, struct hk_err *err)
{
	*journal = make(path, -1, NULL);
	if (load(*journal, err) == 0)
		return 0;
	hk_journal_close(HK_STEAL(*journal));
	return -1;
}

const struct hk_journal_record *hk_journal_records(const struct hk_journal *journal, size_t *n)
{
	*n = journal->records.list.n;
	return journal->records.list.v;
}

bool hk_journal_was_torn(const struct hk_journal *journal)
{
	return journal->torn;
}

/* The record as kept in memory: everything copied. */
static struct hk_journal_record remember(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields,
					 size_t n_fields)
{
	struct hk_arena *arena = &journal->arena;
	struct hk_journal_record record = { .number = journal->records.list.n + 1, .event = hk_arena_strdup(arena, event),
					    .device = hk_arena_strdup(arena, device ? device : "") };
	HK_AUTO_BUF struct hk_buf at = HK_BUF_INIT;

	hk_time_print((double)now(journal->io), &at);
	record.at = hk_arena_strdup(arena, at.len ? at.s : "1970-01-01T00:00:00Z");
	record.fields = hk_arena_array(arena, n_fields + 1, sizeof *record.fields);
	for (size_t i = 0; i < n_fields; i++)
		if (fields[i].text)
			record.fields[record.n_fields++] = (struct hk_journal_field){ hk_arena_strdup(arena, fields[i].key),
										      hk_arena_strdup(arena, fields[i].text) };
	return record;
}

static int format(const struct hk_journal_record *record, struct hk_buf *line, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, line);

	hk_ser_map(ser);
	hk_ser_kint(ser, "n", (int64_t)record->number);
	hk_ser_kstr(ser, "at", record->at);
	hk_ser_kstr(ser, "event", record->event);
	hk_ser_kstr(ser, "device", record->device);
	for (size_t i = 0; i < record->n_fields; i++)
		hk_ser_kstr(ser, record->fields[i].key, record->fields[i].text);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int refuse(const struct hk_journal *journal, struct hk_err *err)
{
	if (journal->fd < 0)
		return hk_err_set(err, HK_FAILED, "'%s' was opened to be looked at only", journal->path);
	return hk_err_set(err, HK_FAILED, "'%s' cannot be written any more", journal->path);
}

static int add(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields, size_t n_fields, bool durable,
	       struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	struct hk_journal_record record;
	char check[HK_JOURNAL_CHECK + 1];
	int why;

	if (journal->fd < 0 || journal->broken)
		return refuse(journal, err);
	record = remember(journal, event, device, fields, n_fields);
	if (format(&record, &line, err) != 0)
		return -1;
	while (line.len && line.s[line.len - 1] != '}')
		line.s[--line.len] = '\0';
	line.s[--line.len] = '\0';
	hk_journal_check(journal->last, line.s, line.len, check);
	hk_buf_addf(&line, HK_JOURNAL_CHECK_KEY "%s\"}\n", check);
	if (line.len > HK_JOURNAL_LINE_MAX)
		return hk_err_set(err, HK_FAILED, "a record of %zu bytes is too large for the journal '%s'", line.len, journal->path);
	if (write_all(journal->io, journal->fd, line.s, line.len) == 0 && (!durable || sync_file(journal->io, journal->fd) == 0)) {
		hk_vec_push(&journal->records.list, record);
		memcpy(journal->last, check, sizeof check);
		journal->size += (off_t)line.len;
		return 0;
	}
	why = errno;
	/* What is half there must not stand in front of the next record. After a failed fsync nobody knows what is on disk, so nothing more is said to be. */
	journal->broken = ftruncate(journal->fd, journal->size) != 0 || sync_file(journal->io, journal->fd) != 0;
	return hk_err_errno(err, why, "cannot write the journal '%s'", journal->path);
}

int hk_journal_append(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields, size_t n_fields,
		      struct hk_err *err)
{
	return add(journal, event, device, fields, n_fields, true, err);
}

int hk_journal_prepare(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields, size_t n_fields,
		       struct hk_err *err)
{
	return add(journal, event, device, fields, n_fields, false, err);
}

void hk_journal_close(struct hk_journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	hk_vec_release(&journal->records.list);
	hk_arena_release(&journal->arena);
	free(journal->path);
	free(journal);
}
