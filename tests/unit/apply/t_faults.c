/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kinds of faults by name. Each is tried on the first, the last, every second and all of four devices, with every way of undoing, with and without a startup
 * configuration, and asked
 * afterwards: is what was said so? Then everything is mended, and a later process has to bring all devices to the new values, or all to the old ones.
 */
#include "../test.h"
#include "scratch.h"
#include "sim.h"

#include <errno.h>
#include <string.h>

#define DEVICES 4
#define ALWAYS 1000u

enum expectation { ANY, OLD, NEW, LOST };      /* LOST: not known; the devices that were hit, and no others, are named */

static const struct kind { const char *name; enum sim_fault fault; enum hk_operation operation; unsigned skip, times; enum expectation expected;
			   bool leads_back; } kinds[] = {
	{ "no session at all", SIM_LIMIT, HK_OPERATIONS, 0, ALWAYS, OLD, false },
	{ "read: error", SIM_REFUSE, HK_READ, 0, 1, OLD, false },
	{ "read: connection cut before it arrives", SIM_LOST_BEFORE, HK_READ, 0, 1, OLD, false },
	{ "read: reply lost", SIM_LOST_AFTER, HK_READ, 0, 1, OLD, false },
	{ "read: no answer", SIM_HANG, HK_READ, 0, 1, OLD, false },
	{ "read: slow", SIM_SLOW, HK_READ, 0, 1, NEW, false },
	{ "read: device goes away", SIM_GONE_BEFORE, HK_READ, 0, 1, OLD, false },
	{ "read behind the lock: error", SIM_REFUSE, HK_READ, 1, 1, OLD, false },
	{ "read behind the lock: connection cut", SIM_LOST_BEFORE, HK_READ, 1, 1, OLD, false },
	{ "read behind the lock: device goes away", SIM_GONE_AFTER, HK_READ, 1, 1, ANY, false },
	{ "lock: error", SIM_REFUSE, HK_LOCK, 0, 1, OLD, false },
	{ "lock: somebody else holds it", SIM_LOCKED, HK_LOCK, 0, 1, OLD, false },
	{ "lock: connection cut before it arrives", SIM_LOST_BEFORE, HK_LOCK, 0, 1, OLD, false },
	{ "lock: reply lost", SIM_LOST_AFTER, HK_LOCK, 0, 1, OLD, false },
	{ "lock: no answer", SIM_HANG, HK_LOCK, 0, 1, OLD, false },
	{ "lock: slow", SIM_SLOW, HK_LOCK, 0, 1, NEW, false },
	{ "lock: device restarts", SIM_RESTART_AFTER, HK_LOCK, 0, 1, OLD, false },
	{ "lock: device goes away", SIM_GONE_AFTER, HK_LOCK, 0, 1, OLD, false },
	{ "apply: error", SIM_REFUSE, HK_APPLY, 0, 1, OLD, false },
	{ "apply: connection cut before it arrives", SIM_LOST_BEFORE, HK_APPLY, 0, 1, OLD, false },
	{ "apply: reply lost", SIM_LOST_AFTER, HK_APPLY, 0, 1, OLD, false },
	{ "apply: no answer", SIM_HANG, HK_APPLY, 0, 1, OLD, false },
	{ "apply: slow", SIM_SLOW, HK_APPLY, 0, 1, NEW, false },
	{ "apply: says ok and does nothing", SIM_NOTHING, HK_APPLY, 0, 1, OLD, false },
	{ "apply: says ok and sets something else", SIM_WRONG, HK_APPLY, 0, 1, OLD, false },
	{ "apply: does half, then the connection is cut", SIM_HALF_LOST, HK_APPLY, 0, 1, OLD, false },
	{ "apply: does half, then says no", SIM_HALF_REFUSED, HK_APPLY, 0, 1, OLD, false },
	{ "apply: timer runs out at once", SIM_EXPIRE_AFTER, HK_APPLY, 0, 1, ANY, false },
	{ "apply: device restarts before", SIM_RESTART_BEFORE, HK_APPLY, 0, 1, OLD, false },
	{ "apply: device restarts behind", SIM_RESTART_AFTER, HK_APPLY, 0, 1, OLD, false },
	{ "apply: device goes away before", SIM_GONE_BEFORE, HK_APPLY, 0, 1, LOST, false },
	{ "apply: device goes away behind", SIM_GONE_AFTER, HK_APPLY, 0, 1, LOST, false },
	{ "apply: clock a day ahead", SIM_JUMP, HK_APPLY, 0, 1, ANY, false },
	{ "verify: error", SIM_REFUSE, HK_VERIFY, 0, 1, OLD, false },
	{ "verify: reply lost", SIM_LOST_AFTER, HK_VERIFY, 0, 1, OLD, false },
	{ "verify: no answer", SIM_HANG, HK_VERIFY, 0, 1, OLD, false },
	{ "verify: timer was faster", SIM_EXPIRE_BEFORE, HK_VERIFY, 0, 1, ANY, false },
	{ "verify: device restarts", SIM_RESTART_BEFORE, HK_VERIFY, 0, 1, OLD, false },
	{ "verify: device goes away", SIM_GONE_BEFORE, HK_VERIFY, 0, 1, LOST, false },
	{ "verify: clock a day ahead", SIM_JUMP, HK_VERIFY, 0, 1, ANY, false },
	{ "extend: error", SIM_REFUSE, HK_EXTEND, 0, 1, OLD, false },
	{ "extend: connection cut before it arrives", SIM_LOST_BEFORE, HK_EXTEND, 0, 1, OLD, false },
	{ "extend: reply lost", SIM_LOST_AFTER, HK_EXTEND, 0, 1, OLD, false },
	{ "extend: timer was faster", SIM_EXPIRE_BEFORE, HK_EXTEND, 0, 1, ANY, false },
	{ "extend: device restarts", SIM_RESTART_AFTER, HK_EXTEND, 0, 1, OLD, false },
	{ "extend: device goes away", SIM_GONE_AFTER, HK_EXTEND, 0, 1, LOST, false },
	{ "extend: clock a day ahead", SIM_JUMP, HK_EXTEND, 0, 1, ANY, false },
	{ "confirm: error once", SIM_REFUSE, HK_CONFIRM, 0, 1, NEW, false },
	{ "confirm: error always", SIM_REFUSE, HK_CONFIRM, 0, ALWAYS, OLD, false },
	{ "confirm: connection cut before it arrives", SIM_LOST_BEFORE, HK_CONFIRM, 0, 1, ANY, false },
	{ "confirm: reply lost once", SIM_LOST_AFTER, HK_CONFIRM, 0, 1, NEW, false },
	{ "confirm: reply lost always", SIM_LOST_AFTER, HK_CONFIRM, 0, ALWAYS, OLD, false },
	{ "confirm: no answer, ever", SIM_HANG, HK_CONFIRM, 0, ALWAYS, OLD, false },
	{ "confirm: timer was faster", SIM_EXPIRE_BEFORE, HK_CONFIRM, 0, 1, ANY, false },
	{ "confirm: device restarts before", SIM_RESTART_BEFORE, HK_CONFIRM, 0, 1, ANY, false },
	{ "confirm: device restarts behind", SIM_RESTART_AFTER, HK_CONFIRM, 0, 1, NEW, false },
	{ "confirm: device goes away before", SIM_GONE_BEFORE, HK_CONFIRM, 0, 1, LOST, false },
	{ "confirm: device goes away behind", SIM_GONE_AFTER, HK_CONFIRM, 0, 1, LOST, false },
	{ "confirm: clock a day ahead", SIM_JUMP, HK_CONFIRM, 0, 1, ANY, false },
	{ "last reading: error once", SIM_REFUSE, HK_VERIFY, 1, 1, NEW, false },
	{ "last reading: error always", SIM_REFUSE, HK_VERIFY, 1, ALWAYS, OLD, false },
	{ "revert: error once", SIM_REFUSE, HK_REVERT, 0, 1, OLD, true },
	{ "revert: error always", SIM_REFUSE, HK_REVERT, 0, ALWAYS, LOST, true },
	{ "revert: connection cut before it arrives", SIM_LOST_BEFORE, HK_REVERT, 0, 1, OLD, true },
	{ "revert: reply lost", SIM_LOST_AFTER, HK_REVERT, 0, 1, OLD, true },
	{ "revert: no answer once", SIM_HANG, HK_REVERT, 0, 1, OLD, true },
	{ "revert: says ok and does nothing once", SIM_NOTHING, HK_REVERT, 0, 1, OLD, true },
	{ "revert: says ok and does nothing always", SIM_NOTHING, HK_REVERT, 0, ALWAYS, LOST, true },
	{ "revert: says ok and sets something else", SIM_WRONG, HK_REVERT, 0, 1, OLD, true },
	{ "revert: sets something else always", SIM_WRONG, HK_REVERT, 0, ALWAYS, LOST, true },
	{ "revert: does half, then the connection is cut", SIM_HALF_LOST, HK_REVERT, 0, 1, OLD, true },
	{ "revert: does half, then says no", SIM_HALF_REFUSED, HK_REVERT, 0, 1, OLD, true },
	{ "revert: timer was faster", SIM_EXPIRE_BEFORE, HK_REVERT, 0, 1, OLD, true },
	{ "revert: device restarts", SIM_RESTART_BEFORE, HK_REVERT, 0, 1, OLD, true },
	{ "revert: device goes away before", SIM_GONE_BEFORE, HK_REVERT, 0, 1, LOST, true },
	{ "revert: device goes away behind", SIM_GONE_AFTER, HK_REVERT, 0, 1, LOST, true },
	{ "unlock: error", SIM_REFUSE, HK_UNLOCK, 0, 1, NEW, false },
	{ "unlock: no answer", SIM_HANG, HK_UNLOCK, 0, 1, NEW, false },
	{ "unlock: device restarts", SIM_RESTART_AFTER, HK_UNLOCK, 0, 1, NEW, false },
	{ "unlock: device goes away", SIM_GONE_BEFORE, HK_UNLOCK, 0, 1, NEW, false },
};

static struct sim *world(uint64_t seed, enum hk_undo undo, bool saves)
{
	struct sim *sim = sim_new(seed, DEVICES);

	for (size_t d = 0; d < DEVICES; d++) {
		sim->devices[d].undo = (int)undo;
		sim->devices[d].saves = saves;
	}
	return sim;
}

static int says_no(void *closure, struct hk_err *err)
{
	(void)closure;
	return hk_err_set(err, HK_UNVERIFIED, "too slow");
}

static void end(struct sim_session *s, struct hk_transaction *t)
{
	hk_transaction_release(t);
	hk_journal_close(HK_STEAL(s->options.journal));
	sim_session_close(s);
}

/* Everything works again: a later process ends it, one way or the other. */
static void finish(struct sim *sim, bool forward)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	struct sim_session s;
	int status;

	sim_heal(sim);
	sim_session_open(&s, sim);
	/* a device that sets what nobody asked for cannot be told from a person who does */
	s.options.force = true;
	if (hk_journal_open(scratch_path, &s.io, &s.options.journal, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(hk_transaction_read(&t, &s.options, &err), 0);
	status = forward ? hk_transaction_resume(&t, &err) : hk_transaction_rollback(&t, &err);
	if (status != 0)
		fail_msg("%s: %s", forward ? "resume" : "rollback", err.message);
	assert_int_equal(t.verdict, forward ? HK_VERDICT_NEW : HK_VERDICT_OLD);
	sim_expect_truth(sim, &t);
	end(&s, &t);
}

static void expect_named(const struct hk_transaction *t, unsigned devices)
{
	for (size_t i = 0; i < t->n_parts; i++) {
		bool hit = devices >> i & 1;

		assert_int_equal(t->parts[i].state == HK_DEVICE_UNKNOWN, hit);
		if (hit) {
			assert_non_null(t->parts[i].fate);
			assert_non_null(t->parts[i].err.message);
		}
	}
}

static const char *at_work;      /* told when an assertion fails */

static void try_one(const struct kind *kind, enum hk_undo undo, bool saves, unsigned devices, uint64_t seed)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = world(seed, undo, saves);
	struct hk_transaction t;
	struct sim_session s;
	int status;

	sim->script = (struct sim_script){ kind->fault, kind->operation, kind->skip, kind->times, devices };
	sim_session_open(&s, sim);
	if (kind->leads_back)
		s.options.measure = says_no;
	s.options.canary = seed % 3;
	assert_int_equal(hk_journal_create(scratch_path, 0, &s.io, &s.options.journal, &err), 0);
	hk_transaction_init(&t, &s.options, s.parts, DEVICES);
	status = hk_transaction_run(&t, &err);
	assert_int_equal(status == 0, t.verdict == HK_VERDICT_NEW);
	assert_int_equal(status == 0, err.status == HK_OK);
	sim_expect_truth(sim, &t);
	if (kind->expected == OLD || kind->expected == NEW)
		assert_int_equal(t.verdict, kind->expected == NEW ? HK_VERDICT_NEW : HK_VERDICT_OLD);
	if (kind->expected == LOST && !s.options.canary) {
		assert_int_equal(t.verdict, HK_VERDICT_UNKNOWN);
		expect_named(&t, devices);
	}
	end(&s, &t);
	finish(sim, seed % 2);
	unlink(scratch_path);
	sim_free(sim);
}

static void test_kinds(void **state)
{
	static const unsigned masks[] = { 1, 8, 5, 15 };
	uint64_t seed = test_seed(), n = 0;

	(void)state;
	for (size_t k = 0; k < test_times(1) * (sizeof kinds / sizeof *kinds); k++)
		for (int undo = HK_UNDO_TIMER; undo <= HK_UNDO_INVERSE; undo++)
			for (int saves = 0; saves < 2; saves++)
				for (size_t m = 0; m < sizeof masks / sizeof *masks; m++, n++) {
					at_work = kinds[k % (sizeof kinds / sizeof *kinds)].name;
					try_one(&kinds[k % (sizeof kinds / sizeof *kinds)], (enum hk_undo)undo, saves, masks[m], seed + n);
				}
	at_work = NULL;
	printf("# %zu kinds of faults, %llu transactions\n", sizeof kinds / sizeof *kinds, (unsigned long long)n);
}

static int tell(void **state)
{
	if (at_work)
		printf("# the fault at work was '%s'\n", at_work);
	return scratch_leave(state);
}

/* ---- after the end: a change that is all new, and half of the devices cannot be reached when it is to be undone ---- */

static void carry_out(struct sim *sim)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_transaction t;
	struct sim_session s;

	sim_session_open(&s, sim);
	assert_int_equal(hk_journal_create(scratch_path, 0, &s.io, &s.options.journal, &err), 0);
	hk_transaction_init(&t, &s.options, s.parts, DEVICES);
	assert_int_equal(hk_transaction_run(&t, &err), 0);
	end(&s, &t);
}

static void test_half_is_gone_at_rollback(void **state)
{
	static const struct { enum hk_operation operation; enum sim_fault fault; bool sent; } when[] = {
		{ HK_READ, SIM_GONE_BEFORE, false }, { HK_READ, SIM_GONE_AFTER, false }, { HK_REVERT, SIM_GONE_BEFORE, true },
		{ HK_REVERT, SIM_GONE_AFTER, true },
		{ HK_REVERT, SIM_HALF_REFUSED, true }, { HK_REVERT, SIM_NOTHING, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof when / sizeof *when * 6; i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct sim *sim = world(i, (enum hk_undo)(HK_UNDO_TIMER + i % 3), i / 3 % 2);
		struct hk_transaction t;
		struct sim_session s;

		carry_out(sim);
		sim->script = (struct sim_script){ when[i / 6].fault, when[i / 6].operation, 0, ALWAYS, 5 };
		memset(sim->seen, 0, sizeof sim->seen);
		sim_session_open(&s, sim);
		assert_int_equal(hk_journal_open(scratch_path, &s.io, &s.options.journal, &err), 0);
		assert_int_equal(hk_transaction_read(&t, &s.options, &err), 0);
		assert_int_equal(hk_transaction_rollback(&t, &err), -1);
		assert_int_equal(t.verdict, HK_VERDICT_UNKNOWN);
		for (size_t d = 0; d < DEVICES; d++) {
			bool hit = d % 2 == 0;

			assert_int_equal(t.parts[d].state == HK_DEVICE_UNKNOWN, hit);
			if (!hit)
				assert_true(sim_shows(sim, d, when[i / 6].sent ? 1 : 2));
		}
		end(&s, &t);
		finish(sim, false);
		unlink(scratch_path);
		sim_free(sim);
	}
}

/* ---- values of others ---- */

static void test_what_others_set_stays(void **state)
{
	(void)state;
	for (int undo = HK_UNDO_TIMER; undo <= HK_UNDO_INVERSE; undo++)
		for (int forward = 0; forward < 2; forward++) {
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			struct sim *sim = world(7, (enum hk_undo)undo, true);
			struct hk_transaction t;
			struct sim_session s;

			/* cut off: the device cannot be confirmed nor brought back */
			sim->script = (struct sim_script){ SIM_GONE_AFTER, HK_VERIFY, 0, ALWAYS, 2 };
			sim_session_open(&s, sim);
			assert_int_equal(hk_journal_create(scratch_path, 0, &s.io, &s.options.journal, &err), 0);
			hk_transaction_init(&t, &s.options, s.parts, DEVICES);
			assert_int_equal(hk_transaction_run(&t, &err), -1);
			assert_int_equal(t.verdict, HK_VERDICT_UNKNOWN);
			end(&s, &t);
			hk_err_release(&err);
			sim_advance(sim, 1000 * HK_SECOND_US);
			sim_heal(sim);
			sim->devices[1].value[2] = 3;
			sim_session_open(&s, sim);
			assert_int_equal(hk_journal_open(scratch_path, &s.io, &s.options.journal, &err), 0);
			assert_int_equal(hk_transaction_read(&t, &s.options, &err), 0);
			assert_int_equal(forward ? hk_transaction_resume(&t, &err) : hk_transaction_rollback(&t, &err), -1);
			assert_int_equal(err.status, HK_STALE);
			assert_non_null(strstr(err.message, "'d1'"));
			assert_int_equal(sim->devices[1].value[2], 3);
			assert_int_equal(t.parts[1].state, HK_DEVICE_UNKNOWN);
			end(&s, &t);
			finish(sim, forward);
			unlink(scratch_path);
			sim_free(sim);
		}
}

/* ---- the journal's disk and clock ---- */

enum disk_fault { DISK_GOOD, DISK_FULL_ONCE, DISK_FULL, DISK_TOO_LARGE, DISK_READ_ONLY, DISK_SHORT, DISK_SYNC_FAILS, DISK_SYNC_FAILS_ONCE, CLOCK_BACK,
		  CLOCK_MAD, DISK_FAULTS };
static const char *const disk_fault_names[DISK_FAULTS] = { "", "disk full for one record", "disk full from here on", "file size limit",
							   "file system turns read-only", "short writes", "fsync fails from here on", "fsync fails once",
							   "clock jumps back", "clock without sense" };
static struct { enum disk_fault fault; unsigned at, writes, syncs, ticks; } disk;

static ssize_t disk_write(void *closure, int fd, const void *bytes, size_t n)
{
	unsigned nth = disk.writes++;

	(void)closure;
	if (disk.fault == DISK_SHORT && n > 1)
		return write(fd, bytes, 1 + n / 3);
	if ((disk.fault == DISK_FULL_ONCE && nth == disk.at) || (disk.fault >= DISK_FULL && disk.fault <= DISK_READ_ONLY && nth >= disk.at)) {
		/* some of it still fits */
		ssize_t ignored = disk.fault == DISK_READ_ONLY ? 0 : write(fd, bytes, n / 2);

		(void)ignored;
		errno = disk.fault == DISK_TOO_LARGE ? EFBIG : disk.fault == DISK_READ_ONLY ? EROFS : ENOSPC;
		return -1;
	}
	return write(fd, bytes, n);
}

static int disk_sync(void *closure, int fd)
{
	unsigned nth = disk.syncs++;

	(void)closure;
	(void)fd;
	errno = EIO;
	return (disk.fault == DISK_SYNC_FAILS && nth >= disk.at + 2) || (disk.fault == DISK_SYNC_FAILS_ONCE && nth == disk.at + 2) ? -1 : 0;
}

static int64_t disk_time(void *closure)
{
	(void)closure;
	disk.ticks++;
	if (disk.fault == CLOCK_BACK)
		return 1767225600 - 86400 * (int64_t)disk.ticks;
	if (disk.fault == CLOCK_MAD)
		return disk.ticks % 3 == 0 ? INT64_MIN : disk.ticks % 3 == 1 ? INT64_MAX : -1;
	return 1767225600;
}

static void try_disk(enum disk_fault fault, unsigned at, enum hk_verdict *verdict)
{
	static const struct hk_journal_io io = { .now = disk_time, .write = disk_write, .sync = disk_sync };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = world(at, (enum hk_undo)(HK_UNDO_TIMER + at % 3), at % 2);
	struct hk_transaction t;
	struct sim_session s;

	sim_session_open(&s, sim);
	disk.fault = fault;
	disk.at = at;
	disk.writes = disk.syncs = disk.ticks = 0;
	assert_int_equal(hk_journal_create(scratch_path, 0, &io, &s.options.journal, &err), 0);
	hk_transaction_init(&t, &s.options, s.parts, DEVICES);
	hk_transaction_run(&t, &err);
	*verdict = t.verdict;
	assert_int_not_equal(t.verdict, HK_VERDICT_UNKNOWN);
	sim_expect_truth(sim, &t);
	end(&s, &t);
	disk.fault = DISK_GOOD;
	/* what did reach the disk is enough for a later process, or says that nothing was begun */
	sim_session_open(&s, sim);
	assert_int_equal(hk_journal_open(scratch_path, NULL, &s.options.journal, &err), 0);
	hk_err_release(&err);
	if (hk_transaction_read(&t, &s.options, &err) != 0)
		sim_expect_all(sim, 1);
	else
		assert_int_equal(hk_transaction_rollback(&t, &err), 0);
	sim_expect_all(sim, 1);
	end(&s, &t);
	unlink(scratch_path);
	sim_free(sim);
}

static void test_disk_and_clock(void **state)
{
	(void)state;
	for (int fault = DISK_FULL_ONCE; fault < DISK_FAULTS; fault++) {
		size_t verdicts[3] = { 0 };

		for (unsigned at = 0; at < 24; at++) {
			enum hk_verdict verdict;

			at_work = disk_fault_names[fault];
			try_disk((enum disk_fault)fault, at, &verdict);
			verdicts[verdict]++;
		}
		/* a journal that cannot be written stops a change before the devices hear of it, or leads back; strange times do not */
		if (fault == DISK_SHORT || fault >= CLOCK_BACK)
			assert_int_equal(verdicts[HK_VERDICT_NEW], 24);
		else
			assert_true(verdicts[HK_VERDICT_OLD] >= 5 && verdicts[HK_VERDICT_NEW] >= 1);
	}
	at_work = NULL;
}

static int no_random(void *context, void *bytes, size_t count)
{
	(void)context;
	(void)bytes;
	(void)count;
	return -1;
}

static void test_no_random_numbers(void **state)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct sim *sim = world(1, HK_UNDO_TIMER, false);
	struct hk_transaction t;
	struct sim_session s;

	(void)state;
	sim_session_open(&s, sim);
	s.system.random = no_random;
	assert_int_equal(hk_journal_create(scratch_path, 0, &s.io, &s.options.journal, &err), 0);
	hk_transaction_init(&t, &s.options, s.parts, DEVICES);
	assert_int_equal(hk_transaction_run(&t, &err), -1);
	assert_int_equal(t.verdict, HK_VERDICT_OLD);
	assert_int_equal(sim->sessions, 0);
	end(&s, &t);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, scratch_enter, tell),
		cmocka_unit_test_setup_teardown(test_half_is_gone_at_rollback, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_what_others_set_stays, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_disk_and_clock, scratch_enter, tell),
		cmocka_unit_test_setup_teardown(test_no_random_numbers, scratch_enter, scratch_leave),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
