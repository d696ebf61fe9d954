/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifdef __linux__
#define _GNU_SOURCE        /* syncfs */
#endif
#include "base/filewriting.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FEW = 16 };      /* up to here flushing file by file is quicker than waiting for everything others have written to the same file system */

int hk_file_batch_add(struct hk_file_batch *batch, const char *path, const void *bytes, size_t count, struct hk_err *err)
{
	HK_AUTO_FREE char *directory = hk_path_dirname(path);
	struct stat old, now;
	bool exists = lstat(path, &old) == 0;
	char *temporary;

	if (exists && S_ISDIR(old.st_mode))
		return hk_err_set(err, HK_FAILED, "cannot write '%s': it is a directory", path);
	/* rename would replace a file its owner has made read-only. */
	if (exists && S_ISREG(old.st_mode) && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return hk_err_errno(err, errno, "cannot write '%s'", path);
	HK_AUTO_FD int fd = hk_file_open_temporary(directory, &batch->serial, &temporary, err);
	if (fd < 0)
		return -1;
	/* From here on release removes it. */
	hk_vec_push(&batch->files, (struct hk_file_pending){ temporary, hk_strdup(path), 0 });
	if (hk_file_fill_temporary(fd, path, exists && S_ISREG(old.st_mode) ? &old : NULL, bytes, count, err) < 0)
		return -1;
	if (fstat(fd, &now) == 0)
		batch->files.v[batch->files.n - 1].device = (uint64_t)now.st_dev;
	return 0;
}

static int flush(const struct hk_file_pending *file, bool whole, struct hk_err *err)
{
	HK_AUTO_FD int fd = open(file->temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return hk_err_errno(err, errno, "cannot write '%s'", file->path);
#ifdef __linux__
	if (whole && syncfs(fd) == 0)
		return 0;
#endif
	if (whole)
		return 1;
	return fsync(fd) == 0 ? 0 : hk_err_errno(err, errno, "cannot write '%s'", file->path);
}

/* 0 when all file systems could be flushed as a whole; 1 when that has to be done file by file. */
static int flush_systems(const struct hk_file_batch *batch, struct hk_err *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < batch->files.n; i++)
		if (i == 0 || batch->files.v[i].device != batch->files.v[i - 1].device)
			status = flush(&batch->files.v[i], true, err);
	return status;
}

static int flush_all(const struct hk_file_batch *batch, struct hk_err *err)
{
	int status = batch->files.n > FEW ? flush_systems(batch, err) : 1;

	for (size_t i = 0; status == 1 && i < batch->files.n; i++)
		if (flush(&batch->files.v[i], false, err) < 0)
			return -1;
	return status < 0 ? -1 : 0;
}

int hk_file_batch_commit(struct hk_file_batch *batch, struct hk_err *err)
{
	HK_AUTO_FREE char *last = NULL;

	if (flush_all(batch, err) < 0)
		return -1;
	for (size_t i = 0; i < batch->files.n; i++) {
		struct hk_file_pending *file = &batch->files.v[i];
		if (rename(file->temporary, file->path) < 0)
			return hk_err_errno(err, errno, "cannot replace '%s'", file->path);
		hk_cleanup_free(&file->temporary);
	}
	for (size_t i = 0; i < batch->files.n; i++) {
		char *directory = hk_path_dirname(batch->files.v[i].path);
		bool same = last && strcmp(last, directory) == 0;

		free(last);
		last = directory;
		if (!same && hk_file_sync_directory(directory, err) < 0)
			return -1;
	}
	return 0;
}

void hk_file_batch_release(struct hk_file_batch *batch)
{
	for (size_t i = 0; i < batch->files.n; i++) {
		if (batch->files.v[i].temporary)
			unlink(batch->files.v[i].temporary);
		free(batch->files.v[i].temporary);
		free(batch->files.v[i].path);
	}
	hk_vec_release(&batch->files);
}
