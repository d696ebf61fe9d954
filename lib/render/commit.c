/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/commit.h"
#include "base/git.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INDEX_MAX = 16 << 20 };
#define NOTHING ((struct hk_str){ "", 0 })
#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct hk_commit {
	char *directory, *existing /* the nearest folder that is there */, *index /* path of our own index file */, *lock /* of the user's */;
	struct hk_git git, apart;          /* with the user's index, with ours */
	bool apart_ready;
	char *const *environment;
};

void hk_commit_free(struct hk_commit *commit)
{
	if (!commit)
		return;
	if (commit->index)
		unlink(commit->index);
	if (commit->apart_ready)
		hk_git_release(&commit->apart);
	hk_git_release(&commit->git);
	free(commit->directory);
	free(commit->existing);
	free(commit->index);
	free(commit->lock);
	free(commit);
}

/* Folders may be to be made; git needs one that is there. */
static char *nearest_folder(const char *directory)
{
	char *path = hk_strdup(directory);
	while (!hk_file_is_dir(path) && strcmp(path, ".") != 0 && strcmp(path, "/") != 0) {
		char *parent = hk_path_dirname(path);
		free(path);
		path = parent;
	}
	return path;
}

/* Half-done merges and the like: a commit now would become part of something the user has not finished. */
static int refuse_unfinished(const struct hk_commit *commit, struct hk_err *err)
{
	static const struct { const char *head, *what; } unfinished[] = { { "MERGE_HEAD", "merge" }, { "CHERRY_PICK_HEAD", "cherry-pick" },
									  { "REVERT_HEAD", "revert" } };
	HK_AUTO_BUF struct hk_buf answer = HK_BUF_INIT;
	if (hk_git_run(&commit->git, ARGS("ls-files", "--unmerged", "-z", "--", ":/"), NOTHING, &answer, "cannot read the index", err))
		return -1;
	if (answer.len)
		return hk_err_set(err, HK_FAILED, "the repository of '%s' has unmerged files; finish or abort the merge first", commit->directory);
	for (size_t i = 0; i < HK_COUNT(unfinished); i++)
		if (hk_git_ask(&commit->git, ARGS("rev-parse", "--quiet", "--verify", unfinished[i].head), &answer))
			return hk_err_set(err, HK_FAILED, "a %s is under way in the repository of '%s'; finish or abort it first", unfinished[i].what,
					  commit->directory);
	if (hk_file_exists(commit->lock))
		return hk_err_set(err, HK_FAILED, "'%s' exists: another git command is running in this repository, or ours is run from a hook of one",
				  commit->lock);
	return 0;
}

static int find_paths(struct hk_commit *commit, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf answer = HK_BUF_INIT;
	if (!hk_git_ask(&commit->git, ARGS("rev-parse", "--is-inside-work-tree"), &answer) || strcmp(answer.s, "true") != 0)
		return hk_err_set(err, HK_FAILED, "'%s' is not in the work tree of a git repository", commit->directory);
	if (hk_git_run(&commit->git, ARGS("rev-parse", "--absolute-git-dir"), NOTHING, (hk_buf_reset(&answer), &answer), "cannot find the repository", err))
		return -1;
	if (answer.len && answer.s[answer.len - 1] == '\n')
		answer.s[--answer.len] = '\0';
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	hk_buf_addf(&name, "hkctl-index.%ld", (long)getpid());
	commit->index = hk_path_join(answer.s, name.s);
	commit->lock = hk_path_join(answer.s, "index.lock");
	return 0;
}

/* What git is told to ignore is not committed behind its back; what is tracked already counts as not ignored. */
static int refuse_ignored(const struct hk_commit *commit, struct hk_err *err)
{
	HK_AUTO_FREE char *base = realpath(commit->existing, NULL);
	HK_AUTO_BUF struct hk_buf answer = HK_BUF_INIT;
	if (!base)
		return hk_err_errno(err, errno, "cannot find '%s'", commit->existing);
	const char *rest = strcmp(commit->existing, ".") == 0 ? commit->directory : commit->directory + strlen(commit->existing);
	while (*rest == '/')
		rest++;
	HK_AUTO_FREE char *folder = hk_path_join(base, rest);
	HK_AUTO_FREE char *index = hk_path_join(folder, HK_TREE_INDEX);
	if (hk_git_ask(&commit->git, ARGS("check-ignore", "--quiet", "--", index), &answer))
		return hk_err_set(err, HK_FAILED, "git is told to ignore '%s' (see git check-ignore -v)", commit->directory);
	return 0;
}

int hk_commit_prepare(struct hk_commit **out, const char *directory, char *const *environment, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf answer = HK_BUF_INIT;
	struct hk_commit *commit = hk_calloc(1, sizeof *commit);
	commit->directory = hk_strdup(directory);
	commit->existing = nearest_folder(directory);
	commit->environment = environment;
	hk_git_init(&commit->git, commit->existing, environment, NULL);
	int status = hk_git_run(&commit->git, ARGS("--version"), NOTHING, &answer, "git is needed to commit", err);
	if (status == 0)
		status = find_paths(commit, err);
	if (status == 0)
		status = refuse_unfinished(commit, err);
	if (status == 0)
		status = refuse_ignored(commit, err);
	for (size_t i = 0; status == 0 && i < 2; i++)
		status = hk_git_run(&commit->git, ARGS("var", i ? "GIT_COMMITTER_IDENT" : "GIT_AUTHOR_IDENT"), NOTHING, NULL, "nobody to commit as", err);
	if (status == 0)
		*out = commit;
	else
		hk_commit_free(commit);
	return status;
}

/* Names that the rendering in HEAD wrote and that are gone from the directory. */
static void add_removed(const struct hk_commit *commit, struct hk_buf *names)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_tree_index index = { { 0 } };
	if (!hk_git_ask(&commit->git, ARGS("cat-file", "blob", "HEAD:./" HK_TREE_INDEX), &text) || text.len > INDEX_MAX)
		return;
	hk_tree_index_read((struct hk_str){ text.s, text.len }, &index);
	for (size_t i = 0; i < index.entries.n; i++) {
		HK_AUTO_FREE char *name = hk_strndup(index.entries.v[i].path.s, index.entries.v[i].path.n);
		HK_AUTO_FREE char *full = hk_path_join(commit->directory, name);
		if (hk_file_exists(full))
			continue;
		hk_buf_addstr(names, name);
		hk_buf_addch(names, '\0');
	}
	hk_vec_release(&index.entries);
}

/* Counts of a `diff-tree --name-status -z`: "M\0name\0" ... */
static void count_changes(struct hk_str text, struct hk_commit_result *result)
{
	while (text.n) {
		struct hk_str what = hk_str_cut(&text, '\0');
		hk_str_cut(&text, '\0');
		++*(hk_str_starts(what, "A") ? &result->added : hk_str_starts(what, "D") ? &result->removed : &result->changed);
	}
}

static void write_message(const struct hk_commit *commit, const struct hk_plan *plan, const char *message, const struct hk_commit_result *result,
			  struct hk_buf *out)
{
	if (message) {
		hk_buf_addstr(out, message);
	} else {
		hk_buf_addf(out, "render: plan %s\n\n%zu file%s added, %zu changed, %zu removed in ", plan->id, result->added, result->added == 1 ? "" : "s",
			    result->changed, result->removed);
		hk_buf_addscrubbed(out, hk_str_of(commit->directory));
		hk_buf_addstr(out, ".\nCost ");
		hk_buf_addround(out, plan->objective, 6);
		hk_buf_addf(out, " /h for %zu pipeline%s in %zu cluster%s.", plan->n_pipelines, plan->n_pipelines == 1 ? "" : "s", plan->n_clusters,
			    plan->n_clusters == 1 ? "" : "s");
	}
	while (out->len && out->s[out->len - 1] == '\n')
		out->len--;
	hk_buf_addf(out, "\n\nHkctl-Plan: %s\n", plan->id);
}

static int ask(const struct hk_git *git, const char *const *args, struct hk_str input, struct hk_buf *answer, const char *doing, struct hk_err *err)
{
	hk_buf_reset(answer);
	if (hk_git_run(git, args, input, answer, doing, err))
		return -1;
	while (answer->len && answer->s[answer->len - 1] == '\n')
		answer->s[--answer->len] = '\0';
	return 0;
}

/* The tree of HEAD with these names as they are in the directory. */
static int make_tree(struct hk_commit *commit, const struct hk_buf *names, const char *head, struct hk_buf *tree, struct hk_err *err)
{
	const struct hk_git *git = &commit->apart;
	if (hk_git_run(git, *head ? ARGS("read-tree", head) : ARGS("read-tree", "--empty"), NOTHING, NULL, "cannot begin a tree", err) ||
	    hk_git_run(git, ARGS("update-index", "-z", "--add", "--remove", "--replace", "--stdin"), (struct hk_str){ names->s, names->len }, NULL,
		       "cannot add what was rendered", err))
		return -1;
	return ask(git, ARGS("write-tree"), NOTHING, tree, "cannot write a tree", err);
}

static int count_tree(const struct hk_commit *commit, const char *head, const char *tree, struct hk_commit_result *result, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT, changes = HK_BUF_INIT;
	if (!*head && ask(&commit->apart, ARGS("mktree"), NOTHING, &before, "cannot make an empty tree", err))
		return -1;
	if (hk_git_run(&commit->apart, ARGS("diff-tree", "-r", "-z", "--no-renames", "--name-status", *head ? head : before.s, tree), NOTHING, &changes,
		       "cannot compare trees", err))
		return -1;
	count_changes((struct hk_str){ changes.s, changes.len }, result);
	return 0;
}

/* The commit itself, and the branch moved to it. */
static int conclude(struct hk_commit *commit, const char *head, const char *tree, const struct hk_buf *message, struct hk_commit_result *result,
		    struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf id = HK_BUF_INIT, answer = HK_BUF_INIT;
	const char *args[8] = { "commit-tree" };
	size_t n = 1;
	if (hk_git_ask(&commit->git, ARGS("config", "--type=bool", "--get", "commit.gpgSign"), &answer) && strcmp(answer.s, "true") == 0)
		args[n++] = "-S";
	if (*head) {
		args[n++] = "-p";
		args[n++] = head;
	}
	args[n++] = "-F";
	args[n++] = "-";
	args[n] = tree;
	/* all zeros: the branch must not exist */
	HK_AUTO_BUF struct hk_buf zeros = HK_BUF_INIT;
	hk_buf_addchn(&zeros, '0', strlen(tree));
	if (ask(&commit->apart, args, (struct hk_str){ message->s, message->len }, &id, "cannot write the commit", err) ||
	    hk_git_run(&commit->git, ARGS("update-ref", "-m", "hkctl render: commit", "HEAD", id.s, *head ? head : zeros.s), NOTHING, NULL,
		       "the branch has moved meanwhile", err))
		return -1;
	if (id.len >= sizeof result->id)
		return hk_err_set(err, HK_FAILED, "git answers with an id of %zu digits", id.len);
	memcpy(result->id, id.s, id.len + 1);
	return 0;
}

int hk_commit_make(struct hk_commit *commit, const struct hk_tree *tree, const struct hk_plan *plan, const char *message, struct hk_commit_result *result,
		   struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT, head = HK_BUF_INIT, made = HK_BUF_INIT, text = HK_BUF_INIT;
	*result = (struct hk_commit_result){ .id = "" };
	commit->git.directory = commit->directory;         /* it is there now */
	hk_git_init(&commit->apart, commit->directory, commit->environment, commit->index);
	commit->apart_ready = true;
	if (!hk_git_ask(&commit->git, ARGS("rev-parse", "--quiet", "--verify", "HEAD^{commit}"), &head))
		hk_buf_reset(&head);                       /* no commit yet */
	for (size_t i = 0; i < tree->files.n; i++)
		hk_buf_add(&names, tree->files.v[i].path, strlen(tree->files.v[i].path) + 1);
	hk_buf_add(&names, HK_TREE_INDEX, sizeof HK_TREE_INDEX);
	add_removed(commit, &names);
	if (make_tree(commit, &names, head.s, &made, err) || count_tree(commit, head.s, made.s, result, err))
		return -1;
	if (!result->added && !result->changed && !result->removed)
		return 0;
	write_message(commit, plan, message, result, &text);
	if (conclude(commit, head.s, made.s, &text, result, err))
		return -1;
	/* As after git commit --only: the user's index follows for these files, and keeps everything else. */
	return hk_git_run(&commit->git, ARGS("update-index", "-z", "--add", "--remove", "--replace", "--stdin"), (struct hk_str){ names.s, names.len }, NULL,
			  "committed, but the index could not follow", err);
}
