/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*oom_handler)(size_t wanted);

void hk_mem_on_oom(void (*handler)(size_t wanted))
{
	oom_handler = handler;
}

static _Noreturn void out_of_memory(size_t wanted)
{
	if (oom_handler)
		oom_handler(wanted);
	abort();
}

static void *checked(void *ptr, size_t wanted)
{
	if (!ptr)
		out_of_memory(wanted);
	return ptr;
}

/* malloc(0) may return NULL, which would look like a failure; one byte keeps the two apart. */
static size_t at_least_one(size_t size)
{
	return size ? size : 1;
}

void *hk_malloc(size_t size)
{
	return checked(malloc(at_least_one(size)), size);
}

void *hk_calloc(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	return checked(calloc(at_least_one(count), at_least_one(size)), count * size);
}

void *hk_realloc(void *ptr, size_t size)
{
	return checked(realloc(ptr, at_least_one(size)), size);
}

void *hk_reallocarray(void *ptr, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	return hk_realloc(ptr, count * size);
}

char *hk_strdup(const char *text)
{
	return hk_strndup(text, strlen(text));
}

char *hk_strndup(const char *text, size_t length)
{
	size_t n = strnlen(text, length);
	char *copy = hk_malloc(n + 1);

	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

void hk_cleanup_free(void *pointer_to_pointer)
{
	void *ptr;

	/* The argument is the address of a pointer of any type; memcpy reads it without breaking the aliasing rules. */
	memcpy(&ptr, pointer_to_pointer, sizeof ptr);
	free(ptr);
	ptr = NULL;
	memcpy(pointer_to_pointer, &ptr, sizeof ptr);
}

void hk_cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void hk_cleanup_file(void *pointer_to_file)
{
	FILE *file;
	int saved = errno;

	memcpy(&file, pointer_to_file, sizeof file);
	if (file)
		fclose(file);
	file = NULL;
	memcpy(pointer_to_file, &file, sizeof file);
	errno = saved;
}
