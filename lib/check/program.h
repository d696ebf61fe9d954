/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a program that answers on standard output to what it is given on standard input: no shell, no arguments, bounded time and output. */
#ifndef HK_CHECK_PROGRAM_H
#define HK_CHECK_PROGRAM_H

#include "base/buf.h"
#include "base/err.h"

/*
 * path: as given, not looked for in PATH. The program's standard error is the caller's. It and whatever it started in its process group are killed when it
 * takes longer than `timeout` seconds or writes more than `most` bytes. HK_FAILED with the reason when it cannot be started, ends with another status than 0,
 * or is killed.
 */
int hk_program_ask(const char *path, struct hk_str input, double timeout, size_t most, struct hk_buf *output, struct hk_err *err);

#endif
