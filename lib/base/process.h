/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a program: an argument vector, never a shell. Its environment is what the caller hands over. */
#ifndef HK_BASE_PROCESS_H
#define HK_BASE_PROCESS_H

#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

struct hk_process {
	const char *const *argv;       /* ended by NULL; argv[0] is looked for in PATH */
	char *const *environment;      /* ended by NULL */
	struct hk_str input;           /* for its standard input */
	int64_t timeout_us;            /* 0: as long as it takes; later it is killed */
	const volatile int *interrupted;   /* it is killed when this becomes other than 0; may be NULL */
	size_t most;                   /* bytes of output and of errors worth keeping each; 0: 64 MiB. More is an error */
};

/*
 * Run to the end. *status: exit status, or 128 + signal. Output and errors are appended; either may be NULL to drop them. -1 only when it could not be started
 * or spoken to (HK_FAILED), took too long (HK_UNREACHABLE) or was interrupted; a status other than 0 is no error here.
 */
int hk_process_run(const struct hk_process *process, struct hk_buf *output, struct hk_buf *errors, int *status, struct hk_err *err);

#endif
