/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asking git. Inside a hook git sets GIT_DIR, GIT_INDEX_FILE and others for the repository the hook runs for; they would lead astray in any other, so those
 * that name a repository are taken out (git rev-parse --local-env-vars lists them) while identity and configuration stay. What git prints as a message is in
 * English.
 */
#ifndef HK_BASE_GIT_H
#define HK_BASE_GIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>

struct hk_git {
	struct hk_arena arena;
	const char *directory;         /* where git works: git -C; borrowed */
	char **environment;
};
/* environment: that of the process. index: another index file, or NULL. */
void hk_git_init(struct hk_git *git, const char *directory, char *const *environment, const char *index);
void hk_git_release(struct hk_git *git);

/*
 * git -C DIRECTORY ARGS...; 0 when it ends with status 0. Otherwise -1: HK_FAILED with what git said, prefixed by `doing` ("cannot write the tree"). output may
 * be NULL.
 */
int hk_git_run(const struct hk_git *git, const char *const *args, struct hk_str input, struct hk_buf *output, const char *doing, struct hk_err *err);
/* The same; true and the output without its last line end when it ends with status 0. */
bool hk_git_ask(const struct hk_git *git, const char *const *args, struct hk_buf *answer);

#endif
