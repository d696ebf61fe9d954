/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files, read whole and bounded, and written so that a reader sees the old or the new content, never half: temporary file in the same directory, fsync,
 * rename, fsync of the directory. Paths are bytes as the user gave them.
 */
#ifndef HK_BASE_FILE_H
#define HK_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

/* Default ceiling for one input file; documents of people are kilobytes, saved `kubectl get` lists can be tens of megabytes. */
#define HK_FILE_MAX ((size_t)64 << 20)

struct hk_paths { char **v; size_t n, cap; };   /* owned strings */

/*
 * Append the content of `path` ("-" = standard input) to *out. Refuses (HK_INVALID) more than `max` bytes without reading on, and anything that is not
 * a regular file; "-" may also be a pipe, a socket or a terminal. On failure *out is as before. A missing file is HK_INVALID too (the user named it).
 */
int hk_file_read(const char *path, size_t max, struct hk_buf *out, struct hk_err *err);

/*
 * Write atomically; keeps mode and owner of an existing file, else 0666 & ~umask. A symbolic link is followed so that the link stays. "-" = standard output.
 */
int hk_file_write(const char *path, const void *bytes, size_t count, struct hk_err *err);
/* As hk_file_write but does nothing (and leaves the time stamp) when the content is already the same; *changed tells, may be NULL. */
int hk_file_update(const char *path, const void *bytes, size_t count, bool *changed, struct hk_err *err);

/*
 * Many files at once, each as safely as by hk_file_write: all temporaries are written, then made durable together (one pass over the file system where the
 * system has that, instead of one flush per file, which costs a disk's latency each time), then renamed, and each directory is flushed once. Files are created
 * or replaced; links are replaced, not followed. Nothing but temporaries exists until commit. When commit fails, every file is old or new, and which is which
 * depends on how far it came.
 */
struct hk_file_pending { char *temporary, *path; uint64_t device; };
struct hk_file_batch { HK_VEC(struct hk_file_pending) files; unsigned serial; };
#define HK_FILE_BATCH_INIT { { 0 }, 0 }
int hk_file_batch_add(struct hk_file_batch *batch, const char *path, const void *bytes, size_t count, struct hk_err *err);
int hk_file_batch_commit(struct hk_file_batch *batch, struct hk_err *err);
void hk_file_batch_release(struct hk_file_batch *batch);              /* removes temporaries that were not renamed */

int hk_file_mkdirs(const char *path, struct hk_err *err);             /* as mkdir -p */
bool hk_file_is_dir(const char *path);
bool hk_file_exists(const char *path);
bool hk_file_is_plain(const char *path);                              /* neither directory nor device nor pipe; links are followed */
/*
 * All *.yaml, *.yml and *.json below `path`, sorted bytewise by full path; hidden entries (".git"), symbolic links to directories and more than
 * `max_depth` levels are not entered; links that lead nowhere are listed. A plain file is returned as itself whatever its name.
 */
int hk_file_walk(const char *path, unsigned max_depth, struct hk_paths *out, struct hk_err *err);
void hk_paths_add(struct hk_paths *paths, const char *path);
void hk_paths_release(struct hk_paths *paths);

/* "a/b" + "c" -> "a/b/c"; an absolute second part stands alone; result has "." and ".." parts resolved textually. Caller frees. */
char *hk_path_join(const char *directory, const char *name);
char *hk_path_dirname(const char *path);                              /* "." when there is no slash; caller frees */
/* True if `name` is relative and stays below its base: no leading slash, no ".." that climbs out, no NUL, not empty. */
bool hk_path_is_inside(const char *name);

#endif
