/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operational errors. Every function that can fail for a reason outside the user's documents takes `struct hk_err *err`
 * last, returns 0 on success or -1, and leaves *err untouched on success. Findings about documents go to hk_diags (diag.h).
 *
 * The status is also the process exit code (the one table, hkctl-exit-codes(7)); only cmd/ turns it into one.
 */
#ifndef HK_BASE_ERR_H
#define HK_BASE_ERR_H

#include <stdarg.h>

enum hk_status {
	HK_OK = 0,
	HK_FAILED = 1,        /* operation failed: file system, memory, internal */
	HK_USAGE = 2,         /* wrong command line or configuration */
	HK_INVALID = 3,       /* input documents are invalid */
	HK_INFEASIBLE = 4,    /* proved: no placement satisfies every limit */
	HK_UNREACHABLE = 5,   /* a remote could not be reached or authenticated to */
	HK_PENDING = 6,       /* changes pending (only with --detailed-exitcode or --check) */
	HK_UNVERIFIED = 7,    /* verification or a threshold failed after the action */
	HK_STALE = 8,         /* a plan no longer fits its inputs */
	HK_PARTIAL = 9,       /* done, but only in part, as was asked: pipelines were left out of the plan */
	HK_INTERRUPTED = 130,
};

struct hk_err {
	enum hk_status status;
	char *message;        /* owned; NULL when status is HK_OK; scrubbed of control bytes when set */
};

#define HK_ERR_INIT { HK_OK, NULL }

/* Set (replacing what was there) and return -1. err may be NULL. Message: lower case, no final stop, subject in single quotes. */
int hk_err_set(struct hk_err *err, enum hk_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As hk_err_set with strerror(errno_value) appended after ": ". */
int hk_err_errno(struct hk_err *err, int errno_value, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Prepend context to an error that is set: "context: old message". Returns -1. */
int hk_err_wrap(struct hk_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hk_err_release(struct hk_err *err);   /* frees the message; err is HK_ERR_INIT again */

#define HK_AUTO_ERR __attribute__((cleanup(hk_err_release)))

#endif
