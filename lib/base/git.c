/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/git.h"
#include "base/process.h"
#include "base/vec.h"
#include <string.h>

/* Variables that name a repository or a part of it. */
static const char *const local[] = {
	"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG",
	"GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_NAMESPACE", "GIT_IMPLICIT_WORK_TREE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
	"GIT_INTERNAL_SUPER_PREFIX", "GIT_QUARANTINE_PATH", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
	"GIT_TRACE", "LC_ALL", "LANGUAGE",
};

static bool is_local(const char *variable)
{
	size_t n = strcspn(variable, "=");
	for (size_t i = 0; i < HK_COUNT(local); i++)
		if (strlen(local[i]) == n && strncmp(variable, local[i], n) == 0)
			return true;
	return false;
}

void hk_git_init(struct hk_git *git, const char *directory, char *const *environment, const char *index)
{
	size_t count = 0, kept = 0;
	*git = (struct hk_git){ .arena = HK_ARENA_INIT, .directory = directory };
	while (environment[count])
		count++;
	git->environment = hk_arena_array(&git->arena, count + 3, sizeof *git->environment);
	for (size_t i = 0; i < count; i++)
		if (!is_local(environment[i]))
			git->environment[kept++] = environment[i];
	git->environment[kept++] = hk_arena_strdup(&git->arena, "LC_ALL=C");
	if (index)
		git->environment[kept++] = hk_arena_printf(&git->arena, "GIT_INDEX_FILE=%s", index);
}

void hk_git_release(struct hk_git *git)
{
	hk_arena_release(&git->arena);
}

static int run(const struct hk_git *git, const char *const *args, struct hk_str input, struct hk_buf *output, struct hk_buf *errors, int *status,
	       struct hk_err *err)
{
	HK_VEC(const char *) argv = { 0 };
	hk_vec_push(&argv, "git");
	hk_vec_push(&argv, "-C");
	hk_vec_push(&argv, git->directory);
	for (size_t i = 0; args[i]; i++)
		hk_vec_push(&argv, args[i]);
	hk_vec_push(&argv, NULL);
	const struct hk_process process = { .argv = argv.v, .environment = git->environment, .input = input };
	int result = hk_process_run(&process, output, errors, status, err);
	hk_vec_release(&argv);
	return result;
}

int hk_git_run(const struct hk_git *git, const char *const *args, struct hk_str input, struct hk_buf *output, const char *doing, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf errors = HK_BUF_INIT;
	int status;
	if (run(git, args, input, output, &errors, &status, err))
		return -1;
	while (errors.len && (errors.s[errors.len - 1] == '\n' || errors.s[errors.len - 1] == ' '))
		errors.s[--errors.len] = '\0';
	return status ? hk_err_set(err, HK_FAILED, "%s: git %s: %s", doing, args[0], errors.len ? errors.s : "failed") : 0;
}

bool hk_git_ask(const struct hk_git *git, const char *const *args, struct hk_buf *answer)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status = 1;
	hk_buf_reset(answer);
	if (run(git, args, (struct hk_str){ "", 0 }, answer, NULL, &status, &err) || status)
		return false;
	if (answer->len && answer->s[answer->len - 1] == '\n')
		answer->s[--answer->len] = '\0';
	return true;
}
