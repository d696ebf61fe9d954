/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and looking; writing is in filewrite.c, text of paths in path.c. */
#include "base/file.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More files than this below one directory is a wrong directory, not a project. */
#define WALK_MAX 100000u

static int refuse_size(const char *name, size_t max, struct hk_err *err)
{
	errno = EFBIG;
	return hk_err_set(err, HK_INVALID, "'%s' is larger than the limit of %zu bytes", name, max);
}

static int read_all(int fd, const char *name, size_t max, struct hk_buf *out, struct hk_err *err)
{
	size_t start = out->len;

	for (;;) {
		size_t had = out->len - start;
		size_t free_bytes = out->cap > out->len + 1 ? out->cap - out->len - 1 : 0;
		/* One byte past the limit is asked for, to tell "exactly full" from "too large". */
		size_t room = max - had < 65536 ? max - had + 1 : 65536;
		ssize_t got;

		/* The caller made room for what the file should have: thousands of small files must not take 64 KiB each. */
		if (!free_bytes)
			hk_buf_reserve(out, room);
		else if (free_bytes <= max - had)
			room = free_bytes;
		got = read(fd, out->s + out->len, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return hk_err_errno(err, errno, "cannot read '%s'", name);
		if (got == 0)
			return 0;
		if ((size_t)got > max - had)
			return refuse_size(name, max, err);
		out->len += (size_t)got;
		out->s[out->len] = '\0';
	}
}

static int open_input(const char *path, struct hk_err *err)
{
	/* Without O_NONBLOCK, opening a FIFO nobody writes to would hang before it can be refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		int why = errno;

		hk_err_errno(err, why, "cannot open '%s'", path);
		if (err && (why == ENOENT || why == ENOTDIR || why == ELOOP || why == ENAMETOOLONG))
			err->status = HK_INVALID;
	}
	return fd;
}

int hk_file_read(const char *path, size_t max, struct hk_buf *out, struct hk_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "<stdin>" : path;
	HK_AUTO_FD int opened = -1;
	size_t start = out->len;
	struct stat st;
	int fd = STDIN_FILENO;

	if (!is_stdin && (fd = opened = open_input(path, err)) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return hk_err_errno(err, errno, "cannot read '%s'", name);
	if (S_ISDIR(st.st_mode))
		return hk_err_set(err, HK_INVALID, "'%s' is a directory, not a file", name);
	if (S_ISBLK(st.st_mode) || (!is_stdin && !S_ISREG(st.st_mode)))
		return hk_err_set(err, HK_INVALID, "'%s' is not a regular file", name);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uintmax_t)st.st_size > max && !is_stdin)
		return refuse_size(name, max, err);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uintmax_t)st.st_size <= max)
		hk_buf_reserve(out, (size_t)st.st_size + 1);
	if (read_all(fd, name, max, out, err) < 0) {
		out->len = start;
		if (out->cap)
			out->s[start] = '\0';
		return -1;
	}
	return 0;
}

bool hk_file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool hk_file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool hk_file_is_plain(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool has_document_suffix(const char *name)
{
	struct hk_str text = hk_str_of(name);

	return hk_str_ends(text, ".yaml") || hk_str_ends(text, ".yml") || hk_str_ends(text, ".json");
}

/* Not hk_path_join: resolving ".." as text would leave the tree the user named when a part before it is a symbolic link. */
static char *child_path(const char *directory, const char *name)
{
	struct hk_buf out = HK_BUF_INIT;

	if (strcmp(directory, ".") != 0) {
		hk_buf_addstr(&out, directory);
		if (!out.len || out.s[out.len - 1] != '/')
			hk_buf_addch(&out, '/');
	}
	hk_buf_addstr(&out, name);
	return hk_buf_detach(&out, NULL);
}

static int walk_directory(const char *directory, unsigned depth, struct hk_paths *out, struct hk_err *err);

static int walk_entry(const char *path, const char *name, unsigned depth, struct hk_paths *out, struct hk_err *err)
{
	struct stat st;

	/* What vanished since the directory was read is not there. */
	if (lstat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return depth ? walk_directory(path, depth - 1, out, err) : 0;
	/* A link that points nowhere is listed, so that whoever opens it tells: a document is missing. */
	if (!has_document_suffix(name) || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	if (out->n >= WALK_MAX)
		return hk_err_set(err, HK_INVALID, "more than %u documents below one directory", WALK_MAX);
	hk_paths_add(out, path);
	return 0;
}

static int walk_directory(const char *directory, unsigned depth, struct hk_paths *out, struct hk_err *err)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return hk_err_errno(err, errno, "cannot read directory '%s'", directory);
	while (result == 0) {
		HK_AUTO_FREE char *path = NULL;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			if (errno)
				result = hk_err_errno(err, errno, "cannot read directory '%s'", directory);
			break;
		}
		if (entry->d_name[0] == '.')
			continue;
		path = child_path(directory, entry->d_name);
		result = walk_entry(path, entry->d_name, depth, out, err);
	}
	closedir(dir);
	return result;
}

static int compare_paths(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

int hk_file_walk(const char *path, unsigned max_depth, struct hk_paths *out, struct hk_err *err)
{
	size_t start = out->n;
	struct stat st;

	if (stat(path, &st) < 0) {
		int why = errno;

		hk_err_errno(err, why, "cannot open '%s'", path);
		if (err && (why == ENOENT || why == ENOTDIR || why == ELOOP || why == ENAMETOOLONG))
			err->status = HK_INVALID;
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		hk_paths_add(out, path);
		return 0;
	}
	if (walk_directory(path, max_depth, out, err) < 0)
		return -1;
	if (out->n > start)
		qsort(out->v + start, out->n - start, sizeof out->v[0], compare_paths);
	return 0;
}
