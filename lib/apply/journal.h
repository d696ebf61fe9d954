/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal of an apply: what was about to be done, on disk before it is done, so that another process, after a crash or on another machine, can finish or
 * undo it.
 *
 * A text file that only grows: one JSON object a line, {"n":1,"at":"2026-01-31T12:00:00Z","event":"...","device":"...",<fields>,"check":"..."}. Every value but
 * n is a string. `check` is the first 16 hexadecimal digits of SHA-256 over the check of the line before and this line up to its own check, so a line that is
 * damaged, missing or out of order is noticed. A torn last line (power loss) is no record: it is dropped when the journal is opened again. A record counts from
 * the moment hk_journal_append returns 0: written and fsynced.
 *
 * One process at a time writes (advisory lock on the file). Secrets never come here; callers see to it.
 */
#ifndef HK_APPLY_JOURNAL_H
#define HK_APPLY_JOURNAL_H

#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HK_JOURNAL_LINE_MAX ((size_t)4 << 20)     /* bytes of one record */

struct hk_journal_field { const char *key, *text; };
struct hk_journal_record {
	uint64_t number;               /* 1, 2, ... */
	const char *at;                /* RFC 3339, UTC */
	const char *event, *device;    /* device is "" where the record is about the whole */
	struct hk_journal_field *fields; size_t n_fields;
};

/* What tests put in the place of clock and disk. NULL members, or a NULL pointer to this, mean the real thing. */
struct hk_journal_io {
	int64_t (*now)(void *closure);                                        /* seconds since 1970 */
	ssize_t (*write)(void *closure, int fd, const void *bytes, size_t n); /* as write(2) */
	int (*sync)(void *closure, int fd);                                   /* as fsync(2) */
	void *closure;
};

struct hk_journal;

/*
 * A new journal; HK_USAGE when the path exists. The name is made durable too. `reserve` bytes of disk are set aside where the file system can do that, so that
 * undoing does not fail for want of space; HK_FAILED when they cannot be had. `io` is borrowed.
 */
int hk_journal_create(const char *path, size_t reserve, const struct hk_journal_io *io, struct hk_journal **journal, struct hk_err *err);
/* What its clock says. */
int64_t hk_journal_now(const struct hk_journal *journal);
/* One that exists, to write on. HK_USAGE when another process has it, HK_INVALID when it is missing or damaged. */
int hk_journal_open(const char *path, const struct hk_journal_io *io, struct hk_journal **journal, struct hk_err *err);
/* The same to look at only: no lock, nothing is changed. hk_journal_append refuses. */
int hk_journal_look(const char *path, struct hk_journal **journal, struct hk_err *err);
/* Records read when it was opened and appended since; borrowed until the next append. */
const struct hk_journal_record *hk_journal_records(const struct hk_journal *journal, size_t *n);
/* True when the last line was torn and dropped. */
bool hk_journal_was_torn(const struct hk_journal *journal);
/*
 * One record. 0: it is on disk. -1: it is not, and what was there is as before (or, where even that could not be brought about, no further append succeeds).
 * Keys n, at, event, device and check are taken.
 */
int hk_journal_append(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields, size_t n_fields,
		      struct hk_err *err);
/* The same without waiting for the disk: on it at the latest with the next record that is appended. For what a record that follows at once makes valid. */
int hk_journal_prepare(struct hk_journal *journal, const char *event, const char *device, const struct hk_journal_field *fields, size_t n_fields,
		       struct hk_err *err);
void hk_journal_close(struct hk_journal *journal);     /* NULL does nothing */

const char *hk_journal_text(const struct hk_journal_record *record, const char *key);    /* NULL when there is no such field */
/* Records from text; the part of lib that fuzzing is about. *good: bytes of whole records from the start. Everything is put into the arena. */
int hk_journal_parse(const char *name, const char *text, size_t count, struct hk_arena *arena, struct hk_journal_record **records, size_t *n, size_t *good,
		     struct hk_err *err);

#endif
