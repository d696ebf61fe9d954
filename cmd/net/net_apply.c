/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions from the command line: with which journal, measured by which program, told how. */
#include "net.h"
#include "base/file.h"
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define JOURNAL_RESERVE ((size_t)256 << 10)
#define SETTLED_MAX 1000

/* Wait for the program until the time is over or somebody interrupts. */
static int await(const struct net_run *run, pid_t child, struct hk_err *err)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int64_t until = hk_net_now(run->net) + (int64_t)(run->config->timeout * 1e6);
	int status;
	for (;;) {
		pid_t got = waitpid(child, &status, WNOHANG);
		if (got == child)
			break;
		if ((got < 0 && errno != EINTR) || hk_net_now(run->net) > until || *run->env->interrupted) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return hk_err_set(err, *run->env->interrupted ? HK_INTERRUPTED : HK_UNVERIFIED, "'%s' did not end in time", run->config->measure);
		}
		nanosleep(&pause, NULL);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return hk_err_set(err, HK_UNVERIFIED, "'%s' says no: exit status %d", run->config->measure, WEXITSTATUS(status));
	return hk_err_set(err, HK_UNVERIFIED, "'%s' was ended by signal %d", run->config->measure, WTERMSIG(status));
}

int net_measure(void *closure, struct hk_err *err)
{
	struct net_run *run = closure;
	char *argv[] = { (char *)(uintptr_t)run->config->measure, NULL };
	pid_t child;
	net_progress_end(run);
	int why = posix_spawnp(&child, run->config->measure, NULL, NULL, argv, environ);
	if (why)
		return hk_err_errno(err, why, "cannot run '%s'", run->config->measure);
	return await(run, child, err);
}

static struct hk_transaction_options options_of(struct net_run *run, const char *title)
{
	const struct net_config *c = run->config;
	return (struct hk_transaction_options){ .net = run->net, .journal = run->journal, .open = net_open_device, .measure = c->measure ? net_measure : NULL, .progress = net_progress,
		.closure = run, .confirm_s = (unsigned)c->confirm, .step_us = (int64_t)(c->timeout * 1e6), .max_parallel = (size_t)c->max_parallel, .canary = (size_t)c->canary,
		.discard_foreign = c->discard_foreign, .force = c->force, .interrupted = run->env->interrupted, .title = title };
}

/* A journal whose story is over makes room for the next; one that is not must not be lost. */
static int clear_the_way(struct net_run *run, const char *path, struct hk_err *err)
{
	const struct hk_transaction_options none = { 0 };
	struct hk_transaction_options options = none;
	struct hk_transaction before;
	struct hk_journal *journal;
	if (!hk_file_exists(path))
		return 0;
	if (hk_journal_look(path, &journal, err))
		return -1;
	options.journal = journal;
	bool settled = hk_transaction_read(&before, &options, err) != 0 || (before.finished && before.verdict != HK_VERDICT_UNKNOWN);
	hk_err_release(err);
	hk_transaction_release(&before);
	hk_journal_close(journal);
	if (!settled)
		return hk_err_set(err, HK_USAGE, "'%s' tells of a change that was not finished; use --resume or rollback first", path);
	for (int i = 1; i < SETTLED_MAX; i++) {
		HK_AUTO_BUF struct hk_buf kept = HK_BUF_INIT;
		hk_buf_addf(&kept, "%s.%d", path, i);
		if (hk_file_exists(kept.s))
			continue;
		if (rename(path, kept.s) == 0)
			return 0;
		return hk_err_errno(err, errno, "cannot move '%s' out of the way", path);
	}
	(void)run;
	return hk_err_set(err, HK_USAGE, "'%s' exists, and so do %d journals beside it; remove some", path, SETTLED_MAX);
}

static int tell(struct net_run *run, struct hk_transaction *t, int failed, struct hk_err *err)
{
	net_progress_end(run);
	int status = net_print_result(run, t);
	if (t->journal_lost)
		hk_remark(run->env, "warning: the journal could not be written to its end");
	return failed ? hk_fail(run->env, err) : status;
}

int net_carry_out(struct net_run *run, const char *journal_path, const char *title)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	if (clear_the_way(run, journal_path, &err) || hk_journal_create(journal_path, JOURNAL_RESERVE + run->changes.n_devices * 512, NULL, &run->journal, &err))
		return hk_fail(run->env, &err);
	struct hk_transaction_options options = options_of(run, title);
	hk_transaction_init(&t, &options, hk_network_plan_parts(&run->changes), run->changes.n_devices);
	int failed = hk_transaction_run(&t, &err), status = tell(run, &t, failed, &err);
	hk_transaction_release(&t);
	return status;
}

int net_finish(struct net_run *run, const char *journal_path, bool rollback)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	if (hk_journal_open(journal_path, NULL, &run->journal, &err))
		return hk_fail(run->env, &err);
	struct hk_transaction_options options = options_of(run, NULL);
	if (hk_transaction_read(&t, &options, &err)) {
		hk_transaction_release(&t);
		return hk_fail(run->env, &err);
	}
	int failed = rollback ? hk_transaction_rollback(&t, &err) : hk_transaction_resume(&t, &err), status = tell(run, &t, failed, &err);
	hk_transaction_release(&t);
	return status;
}
