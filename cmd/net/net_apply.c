/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions from the command line: with which journal, measured by which program, told how. */
#include "net.h"
#include "base/file.h"
#include "base/time.h"
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
	posix_spawnattr_t attributes;
	sigset_t usual;
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	int why = posix_spawnattr_init(&attributes);
	if (why)
		return hk_err_errno(err, why, "cannot run '%s'", run->config->measure);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	why = posix_spawnp(&child, run->config->measure, NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	if (why)
		return hk_err_errno(err, why, "cannot run '%s'", run->config->measure);
	return await(run, child, err);
}

/*
 * A limit on the size of files, and a terminal or a pager that is gone, end a process by default: here they must be errors, so that the way back is taken. Who
 * closes the terminal wants what Ctrl-C does; who asked for nohup, nothing.
 */
static void take_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, end, before;
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	if (sigaction(SIGTERM, NULL, &end) == 0 && sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
		sigaction(SIGHUP, &end, NULL);
}

static struct hk_transaction_options options_of(struct net_run *run, const char *title)
{
	const struct net_config *c = run->config;
	return (struct hk_transaction_options){ .net = run->net, .journal = run->journal, .open = net_open_device, .measure = c->measure ? net_measure : NULL,
						.progress = net_progress, .answered = net_answered,
		.closure = run, .confirm_s = (unsigned)c->confirm, .step_us = (int64_t)(c->timeout * 1e6), .max_parallel = (size_t)c->max_parallel,
		.canary = (size_t)c->canary,
		.discard_foreign = c->discard_foreign, .force = c->force, .interrupted = run->env->interrupted, .title = title };
}

static int move_away(const char *path, struct hk_err *err)
{
	for (int i = 1; i < SETTLED_MAX; i++) {
		HK_AUTO_BUF struct hk_buf kept = HK_BUF_INIT;
		hk_buf_addf(&kept, "%s.%d", path, i);
		if (hk_file_exists(kept.s))
			continue;
		if (rename(path, kept.s) == 0)
			return 0;
		return hk_err_errno(err, errno, "cannot move '%s' out of the way", path);
	}
	return hk_err_set(err, HK_USAGE, "'%s' exists, and so do %d journals beside it; remove some", path, SETTLED_MAX);
}

static struct hk_sessions_options session_options(struct net_run *run)
{
	return (struct hk_sessions_options){ .journal = run->journal, .open = net_open_api, .progress = net_session_progress, .closure = run,
					     .interrupted = run->env->interrupted,
		.force = run->config->force };
}

/* The controllers have an end, and the sessions one that goes with it. */
static bool is_settled(struct hk_journal *journal)
{
	const struct hk_transaction_options options = { .journal = journal };
	const struct hk_sessions_options more = { .journal = journal };
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_transaction before;
	struct hk_sessions sessions = { 0 };
	bool settled = true;
	if (hk_transaction_read(&before, &options, &ignored) == 0)
		settled = before.finished && before.verdict != HK_VERDICT_UNKNOWN && hk_sessions_read(&sessions, &more, &ignored) == 0 &&
		    hk_sessions_settled(&sessions) &&
			  (!sessions.n || sessions.finished || before.verdict == HK_VERDICT_OLD);
	hk_sessions_release(&sessions);
	hk_transaction_release(&before);
	return settled;
}

/* A journal whose story is over makes room for the next; one that is not must not be lost. */
static int clear_the_way(const char *path, struct hk_err *err)
{
	struct hk_journal *journal;
	if (!hk_file_exists(path))
		return 0;
	if (hk_journal_open(path, NULL, &journal, err))      /* which says so when another process is at work with it */
		return -1;
	int status = is_settled(journal) ? move_away(path, err) : hk_err_set(err, HK_USAGE,
									     "'%s' tells of a change that was not finished; use --resume or rollback first",
									     path);
	hk_journal_close(journal);
	return status;
}

static int tell(struct net_run *run, struct hk_transaction *t, const struct hk_sessions *sessions, int failed, struct hk_err *err)
{
	net_progress_end(run);
	int status = net_print_result(run, t, sessions);
	if (t->journal_lost || sessions->journal_lost)
		hk_remark(run->env, "warning: the journal could not be written to its end");
	return failed ? hk_fail(run->env, err) : status;
}

/* Room for the changes, which come first, and for every record behind them: undoing must not fail for want of space. */
static size_t reserve_for(const struct hk_network_plan *changes)
{
	size_t bytes = JOURNAL_RESERVE;
	for (size_t d = 0; d < changes->n_devices; d++) {
		bytes += 1024;
		for (size_t i = 0; i < changes->devices[d].n_changes; i++) {
			const struct hk_change *c = &changes->devices[d].changes[i];
			bytes += 64 + 2 * (strlen(c->object) + strlen(c->from ? c->from : "") + strlen(c->to ? c->to : "") + strlen(c->why ? c->why : ""));
		}
	}
	for (size_t i = 0; i < changes->n_sessions; i++) {
		bytes += 4096;
		for (size_t v = 0; v < changes->sessions[i].n_values; v++)
			bytes += 16 + 2 * strlen(changes->sessions[i].values[v]);
	}
	return bytes;
}

/*
 * The controllers have the new values: sessions now, and if they cannot be had, the controllers go back, which an interrupt does not stop. 0 or -1 with what
 * went wrong; *t tells of the controllers as they are then.
 */
static int add_sessions(struct hk_transaction *t, struct hk_sessions *sessions, const struct hk_transaction_options *heedless, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	if (!sessions->n || hk_sessions_forward(sessions, err) == 0)
		return 0;
	hk_buf_addf(&why, "%s", err->message);
	if (!t->n_parts)
		return -1;
	hk_transaction_release(t);
	if (hk_transaction_read(t, heedless, &problem) != 0 || hk_transaction_rollback(t, &problem) != 0)
		hk_err_set(err, err->status, "%s; setting the controllers back: %s", why.s, problem.message);
	else
		hk_err_set(err, err->status, "%s; the controllers were set back", why.s);
	return -1;
}

static struct hk_session *sessions_of(struct net_run *run)
{
	struct hk_session *list = hk_arena_array(&run->arena, run->changes.n_sessions + 1, sizeof *list);
	for (size_t i = 0; i < run->changes.n_sessions; i++) {
		const struct hk_network_plan_session *wanted = &run->changes.sessions[i];
		list[i] = (struct hk_session){ .name = wanted->name, .api = wanted->api, .values = wanted->values, .n_values = wanted->n_values };
	}
	return list;
}

static struct hk_transaction_options without_interrupts(const struct hk_transaction_options *options)
{
	struct hk_transaction_options result = *options;
	result.interrupted = NULL;
	return result;
}

/* Before there is a journal: what cannot be asked for at all is no reason to change controllers. */
static int check_sessions(struct net_run *run, struct hk_session *list, struct hk_err *err)
{
	const struct hk_sessions_options options = session_options(run);
	struct hk_sessions sessions;
	hk_sessions_init(&sessions, &options, list, run->changes.n_sessions);
	int status = hk_sessions_check(&sessions, false, err);
	hk_sessions_release(&sessions);
	return status;
}

int net_refuse_over(struct net_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf end = HK_BUF_INIT, what = HK_BUF_INIT;
	double expires = hk_network_plan_end(&run->changes, &what);
	if (!(expires > 0) || hk_clock() < expires)
		return HK_OK;
	hk_time_print(expires, &end);
	hk_err_set(&err, HK_STALE, "%s ended at %s: it cannot be bought any more; make a new plan with 'hkctl plan --now'", what.s, end.s);
	return hk_fail(run->env, &err);
}

int net_carry_out(struct net_run *run, const char *journal_path, const char *title)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf offer = HK_BUF_INIT;
	struct hk_transaction t;
	struct hk_sessions sessions;
	struct hk_session *list = sessions_of(run);
	if (net_refuse_over(run))
		return HK_STALE;
	take_signals();
	if (check_sessions(run, list, &err) || clear_the_way(journal_path, &err) ||
	    hk_journal_create(journal_path, reserve_for(&run->changes), NULL, &run->journal, &err))
		return hk_fail(run->env, &err);
	struct hk_transaction_options options = options_of(run, title);
	options.expires = hk_network_plan_end(&run->changes, &offer);
	options.offer = offer.s;
	const struct hk_transaction_options heedless = without_interrupts(&options);
	const struct hk_sessions_options more = session_options(run);
	hk_transaction_init(&t, &options, hk_network_plan_parts(&run->changes), run->changes.n_devices);
	hk_sessions_init(&sessions, &more, list, run->changes.n_sessions);
	int failed = hk_sessions_announce(&sessions, &err) || hk_transaction_run(&t, &err) || add_sessions(&t, &sessions, &heedless, &err),
	    status = tell(run, &t, &sessions, failed, &err);
	hk_sessions_release(&sessions);
	hk_transaction_release(&t);
	return status;
}

/* Sessions first, as they came last. Controllers go back in any case; the first that went wrong is told. */
static int go_back(struct hk_transaction *t, struct hk_sessions *sessions, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	int first = hk_sessions_back(sessions, "rolled back on demand", err), second = hk_transaction_rollback(t, first ? &problem : err);
	return first || second ? -1 : 0;
}

int net_finish(struct net_run *run, const char *journal_path, bool rollback, const char *title)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	struct hk_sessions sessions = { 0 };
	take_signals();
	if (hk_journal_open(journal_path, NULL, &run->journal, &err))
		return hk_fail(run->env, &err);
	if (hk_journal_was_torn(run->journal))
		hk_remark(run->env, "warning: '%s' ended in the middle of a record, which is left out", journal_path);
	const struct hk_transaction_options options = options_of(run, NULL), heedless = without_interrupts(&options);
	const struct hk_sessions_options more = session_options(run);
	int status = hk_transaction_read(&t, &options, &err);
	if (status == 0 && title && t.title && strcmp(title, t.title) != 0)
		status = hk_err_set(&err, HK_STALE, "'%s' is the journal of %s, and not of %s", journal_path, t.title, title);
	if (status == 0)
		status = hk_sessions_read(&sessions, &more, &err);
	if (status == 0 && !run->config->force && (rollback ? !hk_sessions_settled(&sessions) || sessions.verdict == HK_VERDICT_NEW : !sessions.finished ||
						   sessions.verdict != HK_VERDICT_NEW))
		status = hk_sessions_check(&sessions, false, &err);
	if (status)
		status = hk_fail(run->env, &err);
	else {
		if (!rollback && t.confirmed && !t.finished && hk_transaction_is_over(&t))
			hk_remark(run->env, "%s has ended, and it was bought before: the change is carried through", t.offer ? t.offer : "an offer");
		int failed = rollback ? go_back(&t, &sessions, &err) : hk_transaction_resume(&t, &err) || add_sessions(&t, &sessions, &heedless, &err);
		status = tell(run, &t, &sessions, failed, &err);
	}
	hk_sessions_release(&sessions);
	hk_transaction_release(&t);
	return status;
}
