/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * git's pre-commit hook. It looks at what is staged, not at the work tree: what the index holds of the project is checked out into a temporary folder,
 * validated, and compared with what the plan renders. One line at its end for each project of the repository.
 */
#include "init.h"
#include "base/file.h"
#include "base/git.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define HOOK_MAX ((size_t)1 << 20)

static const char marker[] = "# Written by hkctl init --hook.";

static const char script[] =
	"#!/bin/sh\n"
	"# Written by hkctl init --hook. Checks what is staged: the documents, and that the rendered tree is what the plan renders.\n"
	"# git config hkctl.plan and hkctl.directory name plan and tree (plan.yaml, deploy); hkctl.renderOptions are options of hkctl render.\n"
	"# To commit all the same: git commit --no-verify.\n"
	"set -u\n"
	"command -v hkctl >/dev/null 2>&1 || { echo 'hkctl is not in PATH, so what is staged cannot be checked' >&2; exit 1; }\n"
	"work=$(mktemp -d \"${TMPDIR:-/tmp}/hkctl-hook.XXXXXX\") || exit 1\n"
	"trap 'rm -rf \"$work\"' EXIT\n"
	"trap 'exit 130' HUP INT TERM\n"
	"status=0\n"
	"\n"
	"# check FOLDER PATTERN: the project in FOLDER (\"./\" or ending in a slash); PATTERN is the same as a pattern of git\n"
	"check() {\n"
	"\tset -- \"$1\" \":(top)$2*.yaml\" \":(top)$2*.yml\" \":(top)$2*.json\" \":(top)$2*.hkctl-render\"\n"
	"\tfolder=$1\n"
	"\tshift\n"
	"\tgit diff --cached --quiet -- \"$@\" && return 0\n"
	"\there=$(mktemp -d \"$work/XXXXXX\") || return 1\n"
	"\tgit ls-files -z -- \"$@\" | git checkout-index -z --stdin --prefix=\"$here/\" || return 1\n"
	"\t[ -d \"$here/$folder\" ] || return 0\n"
	"\tplan=$(git config --get hkctl.plan) || plan=plan.yaml\n"
	"\ttree=$(git config --get hkctl.directory) || tree=deploy\n"
	"\toptions=$(git config --get hkctl.renderOptions) || options=\n"
	"\tcd \"$here/$folder\" || return 1\n"
	"\thkctl validate -q . || return 1\n"
	"\t[ -f \"$plan\" ] && [ -f \"$tree/.hkctl-render\" ] || return 0\n"
	"\t# shellcheck disable=SC2086 # several options\n"
	"\thkctl render -q \"$plan\" -d \"$tree\" --check $options >\"$here.difference\" && return 0\n"
	"\tcat \"$here.difference\"\n"
	"\techo \"hkctl: what is staged in '$tree' is not what '$plan' renders; run: hkctl render '$plan' -d '$tree' --prune, and stage the result\" >&2\n"
	"\treturn 1\n"
	"}\n"
	"\n";
static const char ending[] = "exit $status\n";

static void add_quoted(struct hk_buf *out, const char *text)
{
	hk_buf_addch(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			hk_buf_addstr(out, "'\\''");
		else
			hk_buf_addch(out, *text);
	hk_buf_addch(out, '\'');
}

/* "(check 'shop/' 'shop/') || status=1": a subshell, since it changes the directory. Names with line ends are refused before. */
static void add_check(struct hk_buf *out, const char *folder)
{
	HK_AUTO_BUF struct hk_buf pattern = HK_BUF_INIT;
	for (const char *c = folder; *c; c++) {
		if (strchr("*?[\\", *c))
			hk_buf_addch(&pattern, '\\');
		hk_buf_addch(&pattern, *c);
	}
	hk_buf_addstr(out, "(check ");
	add_quoted(out, *folder ? folder : "./");
	hk_buf_addch(out, ' ');
	add_quoted(out, pattern.s);
	hk_buf_addstr(out, ") || status=1\n");
}

/* The projects of the hook that is there, then this one unless it is among them. */
static void write_hook(struct hk_str old, const char *folder, struct hk_buf *out)
{
	HK_AUTO_BUF struct hk_buf mine = HK_BUF_INIT;
	bool there = false;
	add_check(&mine, folder);
	hk_buf_addstr(out, script);
	while (old.n) {
		struct hk_str line = hk_str_cut(&old, '\n');
		if (!hk_str_starts(line, "(check '"))
			continue;
		there = there || hk_str_eq(line, (struct hk_str){ mine.s, mine.len - 1 });
		hk_buf_addslice(out, line);
		hk_buf_addch(out, '\n');
	}
	if (!there)
		hk_buf_addstr(out, mine.s);
	hk_buf_addstr(out, ending);
}

/* Where hooks are: core.hooksPath, which counts from the top of the work tree, or those all work trees share. */
static char *hooks_folder(const struct hk_git *git)
{
	HK_AUTO_BUF struct hk_buf top = HK_BUF_INIT, path = HK_BUF_INIT;
	if (!hk_git_ask(git, ARGS("rev-parse", "--show-toplevel"), &top))
		return NULL;
	if (hk_git_ask(git, ARGS("config", "--type=path", "--get", "core.hooksPath"), &path) && path.len)
		return hk_path_join(top.s, path.s);
	return hk_git_ask(git, ARGS("rev-parse", "--path-format=absolute", "--git-common-dir"), &path) ? hk_path_join(path.s, "hooks") : NULL;
}

static int install(const struct hk_env *env, const char *path, const char *folder, enum hk_init_mode mode, size_t *wrote, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf old = HK_BUF_INIT, text = HK_BUF_INIT;
	HK_AUTO_FREE char *parent = hk_path_dirname(path);
	struct stat info;
	bool there = lstat(path, &info) == 0;
	if (there && hk_file_read(path, HOOK_MAX, &old, err))
		return -1;
	if (there && !strstr(old.s, marker))
		return hk_err_set(err, HK_FAILED,
				  "'%s' is somebody else's hook and is left as it is; move it away, run this again, and call it from a line of the new hook",
				  path);
	if (mode == HK_INIT_LOOK)
		return 0;
	write_hook((struct hk_str){ old.s, old.len }, folder, &text);
	if (there && old.len == text.len && memcmp(old.s, text.s, text.len) == 0 && (info.st_mode & S_IXUSR)) {
		hk_remark(env, "%s is up to date", path);
		return 0;
	}
	if (mode == HK_INIT_WRITE && (hk_file_mkdirs(parent, err) || hk_file_write(path, text.s, text.len, err)))
		return -1;
	if (mode == HK_INIT_WRITE && chmod(path, 0755) != 0)
		return hk_err_errno(err, errno, "cannot make '%s' executable", path);
	hk_remark(env, mode == HK_INIT_DRY_RUN ? "would write %s" : "wrote %s", path);
	++*wrote;
	return 0;
}

int hk_init_hook(const struct hk_env *env, const char *directory, enum hk_init_mode mode, size_t *wrote)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf folder = HK_BUF_INIT;
	HK_AUTO_FREE char *hooks = NULL;
	struct hk_git git;
	int status = 0;
	hk_git_init(&git, directory, environ, NULL);
	hooks = hooks_folder(&git);
	if (!hooks || !hk_git_ask(&git, ARGS("rev-parse", "--show-prefix"), &folder))
		status = hk_err_set(&err, HK_USAGE, "'%s' is not in the work tree of a git repository: run git init first, or take --pre-commit", directory);
	else if (strchr(folder.s, '\n'))
		status = hk_err_set(&err, HK_USAGE, "the name of '%s' has a line end, which a hook cannot hold", directory);
	if (status == 0) {
		HK_AUTO_FREE char *path = hk_path_join(hooks, "pre-commit");
		status = install(env, path, folder.s, mode, wrote, &err);
	}
	hk_git_release(&git);
	return status ? hk_fail(env, &err) : HK_OK;
}
