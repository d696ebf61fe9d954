/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A signal at one point of a program's life, to be preloaded (LD_PRELOAD) by killer.py. What counts are writes to the file whose name ends with KILL_FILE and
 * that have KILL_TEXT in them (empty: all). Each is three points: before it, in the middle of it (half of it is written), and after it. At point number KILL_AT
 * the process sends itself KILL_SIGNAL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t write(int fd, const void *bytes, size_t count);

static bool counts(int fd, const void *bytes, size_t count)
{
	const char *name = getenv("KILL_FILE"), *text = getenv("KILL_TEXT");
	char link[64], path[4096];
	if (!name)
		return false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	size_t wanted = strlen(name);
	return n >= (ssize_t)wanted && memcmp(path + n - wanted, name, wanted) == 0 && (!text || memmem(bytes, count, text, strlen(text)));
}

ssize_t write(int fd, const void *bytes, size_t count)
{
	static ssize_t (*next)(int, const void *, size_t);
	static unsigned long point;
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	if (!counts(fd, bytes, count))
		return next(fd, bytes, count);
	const char *at = getenv("KILL_AT"), *name = getenv("KILL_SIGNAL");
	unsigned long wanted = at ? strtoul(at, NULL, 10) : 0;
	int sent = name ? atoi(name) : SIGKILL;
	point += 3;
	if (wanted == point - 2)
		raise(sent);
	if (wanted == point - 1 && next(fd, bytes, count / 2) >= 0)
		raise(sent);
	ssize_t done = next(fd, bytes, count);
	if (wanted == point)
		raise(sent);
	return done;
}
