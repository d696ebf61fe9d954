/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the init verb. */
#ifndef HK_CMD_INIT_H
#define HK_CMD_INIT_H

#include "cmd.h"

/*
 * Install (or bring up to date) git's pre-commit hook for the project in `directory`. A hook of somebody else is never touched: HK_FAILED with how to call ours from it. *wrote counts
 * what was, or with dry_run would be, written.
 */
int hk_init_hook(const struct hk_env *env, const char *directory, bool dry_run, size_t *wrote);

#endif
