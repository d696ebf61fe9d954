/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the init verb. */
#ifndef HK_CMD_INIT_H
#define HK_CMD_INIT_H

#include "cmd.h"

/*
 * Install (or bring up to date) git's pre-commit hook for the project in `directory`. A hook of somebody else is never touched: HK_FAILED with how to call ours
 * from it. Looking says only whether it can be done. *wrote counts what was, or with a dry run would be, written.
 */
enum hk_init_mode { HK_INIT_LOOK, HK_INIT_DRY_RUN, HK_INIT_WRITE };
int hk_init_hook(const struct hk_env *env, const char *directory, enum hk_init_mode mode, size_t *wrote);

#endif
