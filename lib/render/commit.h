/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One commit of what was rendered, and of nothing else. The tree is made in an index of its own, so that whatever the user has staged stays staged and is not
 * committed; then the branch is moved from exactly the commit it was made upon, or not at all. Names go to git by standard input, ended by NUL. Hooks of git
 * commit are not run.
 */
#ifndef HK_RENDER_COMMIT_H
#define HK_RENDER_COMMIT_H

#include "render/tree.h"

struct hk_commit;
/*
 * Before anything is written: is the directory (which need not exist) in a work tree, is nobody in the midst of a merge or of another git command, is there an
 * author? *commit is released by hk_commit_free. HK_FAILED with the reason. environment: that of the process.
 */
int hk_commit_prepare(struct hk_commit **commit, const char *directory, char *const *environment, struct hk_err *err);

struct hk_commit_result { char id[65]; size_t added, changed, removed; };      /* id empty: there was nothing to commit */
/*
 * Commit the files of the tree as they are in the directory now, the index of the rendering, and the removal of those that the rendering before wrote and that
 * are gone. message: the first line and what follows; NULL for one that names the plan and counts. The plan's id stands in a trailer, Hkctl-Plan.
 */
int hk_commit_make(struct hk_commit *commit, const struct hk_tree *tree, const struct hk_plan *plan, const char *message, struct hk_commit_result *result,
		   struct hk_err *err);
void hk_commit_free(struct hk_commit *commit);

#endif
