/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/filewriting.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40        /* as the kernel's own limit on symbolic links in one path */
#define TEMPORARY_TRIES 100u

static int write_all(int fd, const char *name, const void *bytes, size_t count, struct hk_err *err)
{
	const char *from = bytes;

	while (count) {
		ssize_t written = write(fd, from, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return hk_err_errno(err, errno, "cannot write '%s'", name);
		from += written;
		count -= (size_t)written;
	}
	return 0;
}

/* Devices and pipes (/dev/stdout, /dev/null) cannot be replaced by a rename. */
static int write_in_place(const char *path, const void *bytes, size_t count, struct hk_err *err)
{
	HK_AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return hk_err_errno(err, errno, "cannot open '%s'", path);
	return write_all(fd, path, bytes, count, err);
}

/* The file a chain of symbolic links ends at, whether or not it exists. Caller frees; NULL when the chain does not end. */
static char *follow_links(const char *path)
{
	char *at = hk_strdup(path);
	char target[4096];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(at, target, sizeof target - 1);
		HK_AUTO_FREE char *directory = NULL;
		struct hk_buf next = HK_BUF_INIT;

		if (n < 0 || (size_t)n == sizeof target - 1)
			return at;
		target[n] = '\0';
		if (target[0] != '/') {
			directory = hk_path_dirname(at);
			hk_buf_addf(&next, "%s/", directory);
		}
		hk_buf_addstr(&next, target);
		free(at);
		at = hk_buf_detach(&next, NULL);
	}
	free(at);
	return NULL;
}

/* Creating with 0666 lets the kernel apply the umask, which cannot be read without changing it. */
int hk_file_open_temporary(const char *directory, unsigned *serial, char **path, struct hk_err *err)
{
	for (unsigned i = 0; i < TEMPORARY_TRIES; i++) {
		struct hk_buf name = HK_BUF_INIT;
		int fd;

		hk_buf_addf(&name, "%s/.hkctl-%ld-%u.tmp", directory, (long)getpid(), (*serial)++);
		*path = hk_buf_detach(&name, NULL);
		fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (fd >= 0)
			return fd;
		hk_cleanup_free(path);
		if (errno != EEXIST)
			break;
	}
	hk_err_errno(err, errno, "cannot create a file in '%s'", directory);
	return -1;
}

static int keep_mode_and_owner(int fd, const char *path, const struct stat *old, struct hk_err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return hk_err_errno(err, errno, "cannot write '%s'", path);
	/* Only root may give a file away; for others the group alone is tried, and failing that the new file is theirs as with any editor. */
	if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) && fchown(fd, old->st_uid, old->st_gid) < 0 &&
	    fchown(fd, (uid_t)-1, old->st_gid) < 0 && errno != EPERM)
		return hk_err_errno(err, errno, "cannot keep the owner of '%s'", path);
	if (fchmod(fd, old->st_mode & 07777) < 0)
		return hk_err_errno(err, errno, "cannot keep the mode of '%s'", path);
	return 0;
}

int hk_file_sync_directory(const char *directory, struct hk_err *err)
{
	HK_AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A directory one may write but not read, or a file system without fsync on directories: the rename has happened, nothing more can be done. */
	if (fd < 0 || fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP)
		return 0;
	return hk_err_errno(err, errno, "cannot write directory '%s'", directory);
}

int hk_file_fill_temporary(int fd, const char *path, const struct stat *old, const void *bytes, size_t count, struct hk_err *err)
{
	if (write_all(fd, path, bytes, count, err) < 0)
		return -1;
	if (old && keep_mode_and_owner(fd, path, old, err) < 0)
		return -1;
	return 0;
}

static int replace_file(const char *path, const struct stat *old, const void *bytes, size_t count, struct hk_err *err)
{
	HK_AUTO_FREE char *directory = hk_path_dirname(path);
	HK_AUTO_FREE char *temporary = NULL;
	unsigned serial = 0;
	HK_AUTO_FD int fd = hk_file_open_temporary(directory, &serial, &temporary, err);

	if (fd < 0)
		return -1;
	if (hk_file_fill_temporary(fd, path, old, bytes, count, err) < 0) {
		unlink(temporary);
		return -1;
	}
	if (fsync(fd) < 0) {
		int why = errno;

		unlink(temporary);
		return hk_err_errno(err, why, "cannot write '%s'", path);
	}
	if (rename(temporary, path) < 0) {
		int why = errno;

		unlink(temporary);
		return hk_err_errno(err, why, "cannot replace '%s'", path);
	}
	return hk_file_sync_directory(directory, err);
}

int hk_file_write(const char *path, const void *bytes, size_t count, struct hk_err *err)
{
	HK_AUTO_FREE char *target = NULL;
	struct stat old;
	bool exists;

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, "<stdout>", bytes, count, err);
	exists = stat(path, &old) == 0;
	if (!exists && errno != ENOENT)
		return hk_err_errno(err, errno, "cannot write '%s'", path);
	if (exists && S_ISDIR(old.st_mode))
		return hk_err_set(err, HK_FAILED, "cannot write '%s': it is a directory", path);
	if (exists && !S_ISREG(old.st_mode))
		return write_in_place(path, bytes, count, err);
	/* rename would replace a file its owner has made read-only. */
	if (exists && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return hk_err_errno(err, errno, "cannot write '%s'", path);
	target = follow_links(path);
	if (!target)
		return hk_err_errno(err, ELOOP, "cannot write '%s'", path);
	return replace_file(target, exists ? &old : NULL, bytes, count, err);
}

static bool same_content(const char *path, const void *bytes, size_t count)
{
	HK_AUTO_BUF struct hk_buf now = HK_BUF_INIT;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || (uintmax_t)st.st_size != count)
		return false;
	return hk_file_read(path, count, &now, NULL) == 0 && now.len == count && (count == 0 || memcmp(now.s, bytes, count) == 0);
}

int hk_file_update(const char *path, const void *bytes, size_t count, bool *changed, struct hk_err *err)
{
	bool differs = strcmp(path, "-") == 0 || !same_content(path, bytes, count);

	if (differs && hk_file_write(path, bytes, count, err) < 0)
		return -1;
	if (changed)
		*changed = differs;
	return 0;
}

int hk_file_mkdirs(const char *path, struct hk_err *err)
{
	HK_AUTO_FREE char *copy = hk_strdup(path);
	char *at = copy;

	if (!*path)
		return hk_err_set(err, HK_FAILED, "cannot create a directory with an empty name");
	do {
		char saved;

		at += strspn(at, "/");
		at += strcspn(at, "/");
		saved = *at;
		*at = '\0';
		if (mkdir(copy, 0777) < 0 && !hk_file_is_dir(copy))
			return hk_err_errno(err, errno, "cannot create directory '%s'", copy);
		*at = saved;
	} while (*at);
	return 0;
}
