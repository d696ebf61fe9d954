/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocation that cannot fail from the caller's view, and scope cleanup.
 *
 * A command-line tool has nothing sensible to do when 100 bytes cannot be had, so these never return NULL: they call the
 * handler installed with hk_mem_on_oom(), which must not return (cmd/main.c prints one sentence and exits). Without a
 * handler the process aborts. Sizes that come from input are bounded by the caller before they get here.
 */
#ifndef HK_BASE_MEM_H
#define HK_BASE_MEM_H

#include <stddef.h>

void *hk_malloc(size_t size);
void *hk_calloc(size_t count, size_t size);              /* overflow of count * size counts as out of memory */
void *hk_realloc(void *ptr, size_t size);
void *hk_reallocarray(void *ptr, size_t count, size_t size);
char *hk_strdup(const char *text);
char *hk_strndup(const char *text, size_t length);
void hk_mem_on_oom(void (*handler)(size_t wanted));

/* Scope cleanup: HK_AUTO_FREE char *p = ...; is freed at the end of the scope; HK_STEAL(p) hands it out instead. */
void hk_cleanup_free(void *pointer_to_pointer);
void hk_cleanup_fd(int *fd);
void hk_cleanup_file(void *pointer_to_file);
#define HK_AUTO_FREE __attribute__((cleanup(hk_cleanup_free)))
#define HK_AUTO_FD __attribute__((cleanup(hk_cleanup_fd)))
#define HK_AUTO_FILE __attribute__((cleanup(hk_cleanup_file)))
#define HK_STEAL(p) (__extension__({ __typeof__(p) hk_stolen_ = (p); (p) = NULL; hk_stolen_; }))

#endif
