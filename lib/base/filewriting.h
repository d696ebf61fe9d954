/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of writing a file safely, shared by filewrite.c and filebatch.c. Private to lib/base. */
#ifndef HK_BASE_FILEWRITING_H
#define HK_BASE_FILEWRITING_H

#include "base/file.h"
#include <sys/stat.h>

/*
 * A new file in the directory, whose name starts with a dot and holds the process id and a number from *serial on, which is left behind the number used. Its
 * descriptor, or -1.
 */
int hk_file_open_temporary(const char *directory, unsigned *serial, char **path, struct hk_err *err);
/* Content, then mode and owner of `old` (NULL: none) where the system allows; not durable yet. `path` is for messages. */
int hk_file_fill_temporary(int fd, const char *path, const struct stat *old, const void *bytes, size_t count, struct hk_err *err);
int hk_file_sync_directory(const char *directory, struct hk_err *err);

#endif
