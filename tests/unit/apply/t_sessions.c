/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions with a simulated operator: all or none, whatever gets lost, fails, is interrupted or killed; and what is said of them is so. */
#include "../test.h"
#include "operator.h"
#include <string.h>
#include <sys/wait.h>

static char path[64];

static int enter(void **state)
{
	(void)state;
	/* thousands of small files: in memory where that can be had */
	snprintf(path, sizeof path, "%s/hkctl-sessions-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	int fd = mkstemp(path);
	return fd < 0 || close(fd) || unlink(path) ? -1 : 0;
}

static int leave(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

struct run { struct operator *op; struct operator_session s; struct hk_sessions sessions; struct hk_err err; };

static void begin(struct run *run, struct operator *op, bool can_find)
{
	*run = (struct run){ .op = op, .err = HK_ERR_INIT };
	operator_session_open(&run->s, op, can_find);
	assert_int_equal(hk_journal_create(path, 0, &run->s.io, &run->s.options.journal, &run->err), 0);
	hk_sessions_init(&run->sessions, &run->s.options, run->s.list, OPERATOR_WANTED);
	assert_int_equal(hk_sessions_announce(&run->sessions, &run->err), 0);
}

/* As another process would: from the journal alone. */
static void again(struct run *run, struct operator *op, bool can_find)
{
	*run = (struct run){ .op = op, .err = HK_ERR_INIT };
	op->interrupted = 0;
	operator_session_open(&run->s, op, can_find);
	if (hk_journal_open(path, &run->s.io, &run->s.options.journal, &run->err) || hk_sessions_read(&run->sessions, &run->s.options, &run->err))
		fail_msg("%s", run->err.message);
}

static void end(struct run *run)
{
	hk_sessions_release(&run->sessions);
	operator_session_close(&run->s);
	hk_err_release(&run->err);
}

/* One active session for each profile, or none. */
static void expect_each(const struct operator *op, size_t n)
{
	static const char *const profiles[] = { "p0", "p1", "p2" };
	for (size_t i = 0; i < OPERATOR_WANTED; i++)
		if (operator_count(op, profiles[i]) != n)
			fail_msg("%zu sessions of %s, expected %zu", operator_count(op, profiles[i]), profiles[i], n);
}

static void test_good_day_and_back(void **state)
{
	struct operator *op = operator_new(1);
	struct run run;
	(void)state;
	operator_add(op, "other", OPERATOR_ACTIVE);
	begin(&run, op, true);
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), 0);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_NEW);
	expect_each(op, 1);
	end(&run);
	again(&run, op, true);
	assert_true(hk_sessions_settled(&run.sessions));
	assert_string_equal(run.sessions.list[1].id, "t2");
	assert_int_equal(run.sessions.list[1].state, HK_SESSION_ACTIVE);
	size_t requests = op->requests;
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), 0);
	assert_int_equal(op->requests, requests);
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), 0);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_OLD);
	expect_each(op, 0);
	assert_int_equal(operator_count(op, "other"), 1);
	end(&run);
	operator_free(op);
}

static void test_what_is_there_is_neither_asked_for_nor_released(void **state)
{
	struct operator *op = operator_new(2);
	struct run run;
	(void)state;
	operator_add(op, "p1", OPERATOR_ACTIVE);
	begin(&run, op, true);
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), 0);
	assert_int_equal(run.sessions.list[1].state, HK_SESSION_THERE);
	expect_each(op, 1);
	end(&run);
	again(&run, op, true);
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), 0);
	assert_int_equal(operator_count(op, NULL), 1);
	assert_int_equal(operator_count(op, "p1"), 1);
	end(&run);
	operator_free(op);
}

static void test_a_refusal_takes_all_back(void **state)
{
	struct operator *op = operator_new(3);
	struct run run;
	(void)state;
	begin(&run, op, false);
	run.s.values[2][0] = "nonsense=1";
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), -1);
	assert_int_equal(run.err.status, HK_USAGE);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_OLD);
	assert_int_equal(op->used, 2);
	expect_each(op, 0);
	end(&run);
	again(&run, op, false);
	assert_true(hk_sessions_settled(&run.sessions));
	op->refuse = true;
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), -1);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_OLD);
	assert_non_null(strstr(run.err.message, "session 's0': op: not let in, status 403"));
	end(&run);
	operator_free(op);
}

static void test_an_interrupt_takes_all_back(void **state)
{
	size_t interrupted = 0;
	(void)state;
	for (int after = 0; after < 25; after++) {
		struct operator *op = operator_new(4);
		struct run run;
		begin(&run, op, true);
		op->interrupt_in = after;
		int status = hk_sessions_forward(&run.sessions, &run.err);
		assert_int_equal(run.sessions.verdict, status ? HK_VERDICT_OLD : HK_VERDICT_NEW);
		if (status)
			assert_int_equal(run.err.status, HK_INTERRUPTED);
		expect_each(op, status ? 0 : 1);
		interrupted += status != 0;
		end(&run);
		unlink(path);
		operator_free(op);
	}
	printf("# %zu of 25 were interrupted\n", interrupted);
	assert_true(interrupted > 10);
}

/* Nobody answers on the way back: that is said, and a later process finishes it. */
static void test_unknown_is_said_and_can_be_finished(void **state)
{
	struct operator *op = operator_new(5);
	struct run run;
	(void)state;
	begin(&run, op, true);
	assert_int_equal(hk_sessions_forward(&run.sessions, &run.err), 0);
	end(&run);
	again(&run, op, true);
	op->down = true;
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), -1);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_UNKNOWN);
	assert_int_equal(run.err.status, HK_UNREACHABLE);
	end(&run);
	again(&run, op, true);
	op->down = false;
	assert_false(hk_sessions_settled(&run.sessions));
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), 0);
	expect_each(op, 0);
	end(&run);
	operator_free(op);
}

/* Without a list of what there is, a lost request cannot be told from one that was carried out; nobody is told otherwise. */
static void test_what_cannot_be_told_is_not_guessed(void **state)
{
	struct operator *op = operator_new(6);
	struct run run;
	(void)state;
	begin(&run, op, false);
	op->kill_in = 3;      /* behind the operator's work, before his reply */
	pid_t child = fork();
	int status;
	if (child == 0) {
		hk_sessions_forward(&run.sessions, &run.err);
		_exit(0);
	}
	waitpid(child, &status, 0);
	hk_journal_close(run.s.options.journal);
	run.s.options.journal = NULL;
	end(&run);
	op->kill_in = -1;
	again(&run, op, false);
	assert_int_equal(run.sessions.list[0].state, HK_SESSION_ASKED);
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), -1);
	assert_int_equal(run.sessions.verdict, HK_VERDICT_UNKNOWN);
	assert_non_null(strstr(run.err.message, "ask there for run, end it if it is there (hkctl api release), then say --force"));
	end(&run);
	again(&run, op, false);
	run.s.options.force = true;
	assert_int_equal(hk_sessions_back(&run.sessions, "on demand", &run.err), 0);
	end(&run);
	operator_free(op);
}

/* A process of its own that is killed at its kill_in-th step. True when it was. */
static bool run_and_die(struct operator *op, bool can_find, uint64_t how)
{
	pid_t child = fork();
	int status;
	if (child == 0) {
		struct run run;
		if (access(path, F_OK) != 0)
			begin(&run, op, can_find);
		else
			again(&run, op, can_find);
		if (how == 0)
			hk_sessions_forward(&run.sessions, &run.err);
		else
			hk_sessions_back(&run.sessions, "on demand", &run.err);
		/* what is said is so */
		if (run.sessions.verdict == HK_VERDICT_NEW && how == 0 && operator_count(op, NULL) != run.sessions.n)
			_exit(98);
		if (run.sessions.verdict == HK_VERDICT_OLD && operator_count(op, NULL) != 0)
			_exit(97);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 99)
		fail_msg("a process ended with status %d", WEXITSTATUS(status));
	return WEXITSTATUS(status) == 99;
}

static void recover(struct operator *op, bool forward)
{
	struct run run;
	if (access(path, F_OK) != 0) {
		assert_int_equal(op->used, 0);
		return;
	}
	again(&run, op, true);
	if (!run.sessions.n) {
		assert_int_equal(op->used, 0);
		end(&run);
		return;
	}
	/* killed while announcing: some of the sessions are not in the journal, and none was begun */
	bool whole = run.sessions.n == OPERATOR_WANTED;
	if ((forward ? hk_sessions_forward(&run.sessions, &run.err) : hk_sessions_back(&run.sessions, "on demand", &run.err)) != 0)
		fail_msg("%s: %s", forward ? "resume" : "rollback", run.err.message);
	assert_int_equal(run.sessions.verdict, forward ? HK_VERDICT_NEW : HK_VERDICT_OLD);
	assert_true(hk_sessions_settled(&run.sessions));
	if (whole)
		expect_each(op, forward);
	else
		assert_int_equal(operator_count(op, NULL), forward ? run.sessions.n : 0);
	end(&run);
}

static void test_killed_everywhere(void **state)
{
	bool killed = true;
	int64_t step;
	(void)state;
	for (step = 0; killed; step++)
		for (int forward = 0; forward < 2; forward++) {
			struct operator *op = operator_new(42);
			op->kill_in = step;
			killed = run_and_die(op, true, 0);
			op->kill_in = -1;
			recover(op, forward);
			unlink(path);
			operator_free(op);
		}
	printf("# %lld steps\n", (long long)step);
	assert_true(step > 60);
}

static void test_faults_and_kills_anywhere(void **state)
{
	uint64_t seed = test_seed();
	size_t killed = 0, twice = 0;
	(void)state;
	for (uint64_t i = 0; i < test_times(500); i++) {
		struct operator *op = operator_new(seed + i);
		op->fault_rate = (double)(i % 5) * 0.04;
		op->kill_in = i % 4 ? (int64_t)hk_rng_below(&op->rng, 110) : -1;
		killed += run_and_die(op, true, 0);
		if (access(path, F_OK) == 0 && hk_rng_below(&op->rng, 2) == 0) {
			op->kill_in = (int64_t)hk_rng_below(&op->rng, 60);
			twice += run_and_die(op, true, hk_rng_below(&op->rng, 2));
		}
		op->kill_in = -1;
		op->fault_rate = 0;
		recover(op, hk_rng_below(&op->rng, 2));
		unlink(path);
		operator_free(op);
	}
	printf("# killed %zu, and %zu again while recovering\n", killed, twice);
	assert_true(killed > 120 && twice > 30);
}

/* Without a list of what there is much cannot be known. What is claimed is so all the same; the rest is called unknown. */
static void test_nothing_is_claimed_that_is_not_known(void **state)
{
	uint64_t seed = test_seed();
	size_t known = 0, unknown = 0;
	(void)state;
	for (uint64_t i = 0; i < test_times(300); i++) {
		struct operator *op = operator_new(seed + i);
		struct run run;
		op->fault_rate = (double)(i % 4) * 0.05;
		op->kill_in = i % 3 ? (int64_t)hk_rng_below(&op->rng, 60) : -1;
		run_and_die(op, false, 0);
		op->kill_in = -1;
		op->fault_rate = 0;
		if (access(path, F_OK) == 0) {
			again(&run, op, false);
			int status = hk_sessions_back(&run.sessions, "on demand", &run.err);
			assert_int_equal(status != 0, run.sessions.verdict == HK_VERDICT_UNKNOWN);
			if (status == 0)
				expect_each(op, 0);
			known += status == 0;
			unknown += status != 0;
			end(&run);
		}
		unlink(path);
		operator_free(op);
	}
	printf("# %zu known, %zu unknown\n", known, unknown);
	assert_true(known > 100 && unknown > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_day_and_back, enter, leave),
		cmocka_unit_test_setup_teardown(test_what_is_there_is_neither_asked_for_nor_released, enter, leave),
		cmocka_unit_test_setup_teardown(test_a_refusal_takes_all_back, enter, leave),
		cmocka_unit_test_setup_teardown(test_an_interrupt_takes_all_back, enter, leave),
		cmocka_unit_test_setup_teardown(test_unknown_is_said_and_can_be_finished, enter, leave),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_told_is_not_guessed, enter, leave),
		cmocka_unit_test_setup_teardown(test_killed_everywhere, enter, leave),
		cmocka_unit_test_setup_teardown(test_faults_and_kills_anywhere, enter, leave),
		cmocka_unit_test_setup_teardown(test_nothing_is_claimed_that_is_not_known, enter, leave),
	};
	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
