/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transaction on simulated devices: one good day, each kind of bad one, and thousands of processes killed anywhere. */
#include "../test.h"
#include "scratch.h"
#include "sim.h"

#include "base/file.h"

#include <string.h>
#include <sys/wait.h>

/* 0 or -1 of hk_transaction_run, in this process. */
static int run(struct sim_session *s, struct hk_transaction *t, struct hk_err *err)
{
	assert_int_equal(hk_journal_create(scratch_path, 0, &s->io, &s->options.journal, err), 0);
	hk_transaction_init(t, &s->options, s->parts, s->sim->n);
	return hk_transaction_run(t, err);
}

static void end(struct sim_session *s, struct hk_transaction *t)
{
	hk_transaction_release(t);
	hk_journal_close(s->options.journal);
	s->options.journal = NULL;
	sim_session_close(s);
}

static void test_good_day(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(1, 5);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_session_open(&s, sim);
	assert_int_equal(run(&s, &t, &err), 0);
	assert_int_equal(t.verdict, HK_VERDICT_NEW);
	for (size_t i = 0; i < sim->n; i++) {
		assert_int_equal(t.parts[i].state, HK_DEVICE_NEW);
		assert_int_equal(sim->devices[i].locked_by, 0);
	}
	sim_advance(sim, 10000 * HK_SECOND_US);
	sim_expect_all(sim, 2);
	end(&s, &t);
	sim_free(sim);
}

static void test_moved_devices_are_left_alone(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(2, 3);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_session_open(&s, sim);
	sim->devices[1].value[2] = 3;
	assert_int_equal(run(&s, &t, &err), -1);
	assert_int_equal(err.status, HK_STALE);
	assert_non_null(strstr(err.message, "d1: read failed: queue is '3', and was '1'"));
	assert_int_equal(t.verdict, HK_VERDICT_OLD);
	assert_true(sim_shows(sim, 0, 1) && sim_shows(sim, 2, 1));
	end(&s, &t);
	sim_free(sim);
}

static void test_held_lock_leaves_all_old(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(3, 4);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_session_open(&s, sim);
	sim->devices[3].locked_by = 77;
	assert_int_equal(run(&s, &t, &err), -1);
	assert_non_null(strstr(err.message, "locked by session 77"));
	assert_int_equal(t.verdict, HK_VERDICT_OLD);
	sim_expect_all(sim, 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(sim->devices[i].locked_by, 0);
	end(&s, &t);
	sim_free(sim);
}

static int too_slow(void *closure, struct hk_err *err)
{
	struct sim_session *s = closure;
	size_t changed = 0;

	for (size_t i = 0; i < s->sim->n; i++)
		changed += sim_shows(s->sim, i, 2);
	return hk_err_set(err, HK_UNVERIFIED, "latency is 9ms with %zu devices changed", changed);
}

static void test_measuring_leads_back(void **state)
{
	(void)state;
	for (size_t canary = 0; canary < 3; canary++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct sim *sim = sim_new(4 + canary, 6);
		struct hk_transaction t;
		struct sim_session s;
		char expected[64];

		sim_session_open(&s, sim);
		s.options.measure = too_slow;
		s.options.canary = canary;
		assert_int_equal(run(&s, &t, &err), -1);
		assert_int_equal(err.status, HK_UNVERIFIED);
		snprintf(expected, sizeof expected, "latency is 9ms with %zu devices changed", canary ? canary : 6);
		assert_string_equal(err.message, expected);
		assert_int_equal(t.verdict, HK_VERDICT_OLD);
		sim_expect_all(sim, 1);
		for (size_t i = 0; i < sim->n; i++)
			assert_int_equal(t.parts[i].state, !canary || i < canary ? HK_DEVICE_REVERTED : HK_DEVICE_OLD);
		end(&s, &t);
		unlink(scratch_path);
		sim_free(sim);
	}
}

static volatile int stop;

static void stop_at_lock(void *closure, const struct hk_part *part, enum hk_stage stage, bool ended)
{
	(void)closure;
	(void)part;
	if (stage == HK_STAGE_APPLY && ended)
		stop = 1;
}

static void test_interrupt_leads_back(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(9, 4);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	stop = 0;
	sim_session_open(&s, sim);
	s.options.progress = stop_at_lock;
	s.options.interrupted = &stop;
	assert_int_equal(run(&s, &t, &err), -1);
	assert_int_equal(err.status, HK_INTERRUPTED);
	assert_int_equal(t.verdict, HK_VERDICT_OLD);
	sim_expect_all(sim, 1);
	end(&s, &t);
	sim_free(sim);
}

static void test_any_faults(void **state)
{
	uint64_t seed = test_seed();
	size_t verdicts[3] = { 0 };

	(void)state;
	for (uint64_t i = 0; i < test_times(3000); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct sim *sim = sim_new(seed + i, 1 + i % SIM_DEVICES);
		struct hk_transaction t;
		struct sim_session s;
		int status;

		sim->fault_rate = (double)(i % 7) * 0.03;
		sim_session_open(&s, sim);
		s.options.canary = hk_rng_below(&sim->rng, 4);
		s.options.max_parallel = hk_rng_below(&sim->rng, 4);
		status = run(&s, &t, &err);
		assert_int_equal(status == 0, t.verdict == HK_VERDICT_NEW);
		verdicts[t.verdict]++;
		sim_expect_truth(sim, &t);
		end(&s, &t);
		unlink(scratch_path);
		sim_free(sim);
	}
	printf("# all old %zu, all new %zu, unknown %zu\n", verdicts[HK_VERDICT_OLD], verdicts[HK_VERDICT_NEW], verdicts[HK_VERDICT_UNKNOWN]);
	assert_true(verdicts[HK_VERDICT_OLD] > 100 && verdicts[HK_VERDICT_NEW] > 100);
}

static double ends;      /* of what run_and_die buys; 0: never */

/* A process of its own that is killed at its kill_in-th step. True when it was. */
static bool run_and_die(struct sim *sim, uint64_t i)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct hk_err err = HK_ERR_INIT;
		struct hk_transaction t;
		struct sim_session s;
		bool begun = hk_file_exists(scratch_path);

		sim_session_open(&s, sim);
		s.options.canary = i % 3;
		s.options.expires = ends;
		s.options.offer = "the offer";
		if (!begun && hk_journal_create(scratch_path, 0, &s.io, &s.options.journal, &err) == 0) {
			hk_transaction_init(&t, &s.options, s.parts, sim->n);
			hk_transaction_run(&t, &err);
		} else if (begun && hk_journal_open(scratch_path, &s.io, &s.options.journal, &err) == 0 && hk_transaction_read(&t, &s.options, &err) == 0)
			(i % 2 ? hk_transaction_resume : hk_transaction_rollback)(&t, &err);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 99);
	return WEXITSTATUS(status) == 99;
}

/* What is left of the dead: sessions end, and with them locks; some time passes. */
static void bury(struct sim *sim)
{
	for (size_t d = 0; d < sim->n; d++) {
		sim->devices[d].locked_by = 0;
		if (sim->devices[d].pending && sim->devices[d].undo == HK_UNDO_SESSION_TIMER) {
			memcpy(sim->devices[d].value, sim->devices[d].rollback, sizeof sim->devices[d].value);
			sim->devices[d].pending = false;
		}
	}
	sim->kill_in = -1;
	sim_advance(sim, (int64_t)(hk_rng_below(&sim->rng, 2) ? hk_rng_below(&sim->rng, 700) : 0) * HK_SECOND_US);
}

static void recover(struct sim *sim, bool forward)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	struct sim_session s;

	sim_session_open(&s, sim);
	if (hk_journal_open(scratch_path, &s.io, &s.options.journal, &err) != 0)
		fail_msg("%s", err.message);
	if (hk_transaction_read(&t, &s.options, &err) != 0) {
		/* killed before `begin` was on disk: nothing may have happened */
		sim_expect_all(sim, 1);
		end(&s, &t);
		return;
	}
	if (forward) {
		int status = hk_transaction_resume(&t, &err);

		/* a rollback that was begun is not turned round */
		if (status != 0 && err.status != HK_USAGE)
			fail_msg("resume: %s", err.message);
		if (status == 0)
			assert_int_equal(t.verdict, HK_VERDICT_NEW);
		else {
			hk_err_release(&err);
			assert_int_equal(hk_transaction_rollback(&t, &err), 0);
		}
	} else {
		if (hk_transaction_rollback(&t, &err) != 0)
			fail_msg("rollback: %s", err.message);
		assert_int_equal(t.verdict, HK_VERDICT_OLD);
	}
	sim_advance(sim, 100000 * HK_SECOND_US);
	for (size_t d = 0; d < sim->n; d++)
		sim_restart(sim, d);
	sim_expect_all(sim, t.verdict == HK_VERDICT_NEW ? 2 : 1);
	end(&s, &t);
}

static void test_killed_anywhere(void **state)
{
	uint64_t seed = test_seed();
	size_t killed = 0, twice = 0;

	(void)state;
	for (uint64_t i = 0; i < test_times(1500); i++) {
		struct sim *sim = sim_new(seed + i, 1 + i % 4);

		sim->fault_rate = i % 5 == 0 ? 0.05 : 0;
		sim->kill_in = (int64_t)hk_rng_below(&sim->rng, 60 + 25 * sim->n);
		killed += run_and_die(sim, i);
		bury(sim);
		if (hk_rng_below(&sim->rng, 3) == 0) {
			sim->kill_in = (int64_t)hk_rng_below(&sim->rng, 80);
			twice += run_and_die(sim, hk_rng_next(&sim->rng) % 6);
			bury(sim);
		}
		sim->fault_rate = 0;
		for (size_t d = 0; d < sim->n; d++)
			sim->devices[d].gone = false;
		recover(sim, hk_rng_below(&sim->rng, 2));
		unlink(scratch_path);
		sim_free(sim);
	}
	printf("# killed %zu, and %zu again while recovering\n", killed, twice);
	assert_true(killed > 700 && twice > 100);
}

/* Between any two steps of one run, in order: none is left out. */
static void test_killed_everywhere(void **state)
{
	bool killed = true;
	int64_t step;

	(void)state;
	for (step = 0; killed; step++)
		for (int forward = 0; forward < 2; forward++) {
			struct sim *sim = sim_new(42, 3);

			for (size_t d = 0; d < 3; d++)
				sim->devices[d].undo = HK_UNDO_TIMER + (int)d;
			sim->kill_in = step;
			killed = run_and_die(sim, 0);
			bury(sim);
			recover(sim, forward);
			unlink(scratch_path);
			sim_free(sim);
		}
	printf("# %lld steps\n", (long long)step);
	assert_true(step > 50);
}

/* What a later process makes of a journal when the offer has ended: bought or not is what the journal says, and no device is asked to be half of it. */
static bool resume_when_over(struct sim *sim)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	struct sim_session s;
	bool bought;

	sim_session_open(&s, sim);
	assert_int_equal(hk_journal_open(scratch_path, &s.io, &s.options.journal, &err), 0);
	if (hk_transaction_read(&t, &s.options, &err) != 0) {
		sim_expect_all(sim, 1);
		end(&s, &t);
		return false;
	}
	bought = t.confirmed;
	assert_true(hk_transaction_is_over(&t));
	assert_string_equal(t.offer, "the offer");
	if (hk_transaction_resume(&t, &err) == 0) {
		assert_true(bought);
		assert_int_equal(t.verdict, HK_VERDICT_NEW);
	} else {
		/* or the timer of a device was faster: then all went back, and it cannot be bought again */
		assert_int_equal(t.verdict, HK_VERDICT_OLD);
		hk_err_release(&err);
		assert_int_equal(hk_transaction_resume(&t, &err), -1);
		assert_int_equal(err.status, HK_STALE);
		assert_non_null(strstr(err.message, "the offer ended at"));
	}
	assert_int_equal(t.verdict, bought && t.verdict == HK_VERDICT_NEW ? HK_VERDICT_NEW : HK_VERDICT_OLD);
	sim_advance(sim, 100000 * HK_SECOND_US);
	sim_expect_all(sim, t.verdict == HK_VERDICT_NEW ? 2 : 1);
	bought = t.verdict == HK_VERDICT_NEW;
	end(&s, &t);
	return bought;
}

static void test_offer_ends_after_any_step(void **state)
{
	size_t bought = 0, steps = 0;

	(void)state;
	for (bool killed = true; killed; steps++) {
		struct sim *sim = sim_new(42, 3);

		for (size_t d = 0; d < 3; d++)
			sim->devices[d].undo = HK_UNDO_TIMER + (int)d;
		sim->kill_in = (int64_t)steps;
		ends = (double)(sim->now_us / HK_SECOND_US) + 1000;
		killed = run_and_die(sim, 0);
		ends = 0;
		bury(sim);
		sim_advance(sim, 1000 * HK_SECOND_US);
		bought += resume_when_over(sim);
		unlink(scratch_path);
		sim_free(sim);
	}
	printf("# %zu steps, bought after %zu of them\n", steps, bought);
	assert_true(steps > 50 && bought > 0 && bought < steps / 2);
}

static void test_offer_over_from_the_start(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(7, 3);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_advance(sim, 1000 * HK_SECOND_US);
	sim_session_open(&s, sim);
	s.options.expires = (double)(sim->now_us / HK_SECOND_US);
	assert_int_equal(run(&s, &t, &err), -1);
	assert_int_equal(err.status, HK_STALE);
	assert_int_equal(t.verdict, HK_VERDICT_OLD);
	for (size_t i = 0; i < sim->n; i++)
		assert_int_equal(t.parts[i].state, HK_DEVICE_OLD);
	sim_expect_all(sim, 1);
	end(&s, &t);
	sim_free(sim);
}

static void test_done_is_done(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = sim_new(5, 3);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_session_open(&s, sim);
	assert_int_equal(run(&s, &t, &err), 0);
	end(&s, &t);
	sim_session_open(&s, sim);
	assert_int_equal(hk_journal_open(scratch_path, &s.io, &s.options.journal, &err), 0);
	assert_int_equal(hk_transaction_read(&t, &s.options, &err), 0);
	assert_int_equal(t.verdict, HK_VERDICT_NEW);
	assert_int_equal(hk_transaction_resume(&t, &err), 0);
	/* somebody was there since */
	sim->devices[2].value[0] = 3;
	assert_int_equal(hk_transaction_rollback(&t, &err), -1);
	assert_int_equal(err.status, HK_STALE);
	hk_err_release(&err);
	assert_int_equal(sim->devices[2].value[0], 3);
	sim->devices[2].value[0] = 2;
	assert_int_equal(hk_transaction_rollback(&t, &err), 0);
	sim_expect_all(sim, 1);
	assert_int_equal(hk_transaction_resume(&t, &err), -1);
	assert_int_equal(err.status, HK_USAGE);
	end(&s, &t);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_day, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_moved_devices_are_left_alone, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_held_lock_leaves_all_old, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_measuring_leads_back, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_interrupt_leads_back, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_any_faults, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_killed_anywhere, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_killed_everywhere, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_offer_ends_after_any_step, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_offer_over_from_the_start, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_done_is_done, scratch_enter, scratch_leave),
	};

	return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
