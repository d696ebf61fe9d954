/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The NETCONF dialect against a peer that misbehaves at the n-th message. Whatever it does: every request ends in its time, an outcome that claims to know the
 * device is true, and a new session with an honest peer brings the old value back.
 */
#include "../test.h"
#include "net/dialect.h"
#include <string.h>

static char directory[64], script[512];

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/hk-hostile-XXXXXX");
	assert_non_null(mkdtemp(directory));
	const char *root = getenv("HK_ROOT");
	snprintf(script, sizeof script, "%s/tests/unit/net/hostile.py", root ? root : ".");
	return access(script, R_OK);
}

static int tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static struct hk_net_model model = { "w", "urn:w" };
static struct hk_controller controller = { .name = "hostile", .protocol = "netconf", .models = &model, .n_models = 1 };
static const struct hk_change change = { "/w:x/v", "1", "2", NULL };

/* Its "netconf" is a program in the path that starts the peer with this fault. */
static struct hk_device *open_device(struct hk_net *net, const char *fault)
{
	char path[160], state[160], program[160];
	snprintf(program, sizeof program, "%s/netconf", directory);
	FILE *file = fopen(program, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nexec python3 -S %s %s 2>/dev/null\n", script, fault);
	fclose(file);
	snprintf(path, sizeof path, "chmod +x %s/netconf", directory);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof path, "PATH=%s:/usr/bin:/bin", directory);
	snprintf(state, sizeof state, "STATE=%s/state", directory);
	char *environment[] = { path, state, NULL };
	const struct hk_device_options options = { &controller, hk_transport_local(net, environment) };
	return hk_device_open(&hk_dialect_netconf, &options);
}

static void forget_state(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/state", directory);
	remove(path);
}

/* Honest sessions get all the time that a busy machine needs; only who does not answer at all is given up soon. */
#define LONG_US (20 * HK_SECOND_US)
#define SHORT_US (7 * HK_SECOND_US / 10)
static int64_t patience_us = LONG_US;

static enum hk_outcome perform(struct hk_net *net, struct hk_device *device, enum hk_operation operation, bool want_old, struct hk_err *why)
{
	struct hk_request request = { .operation = operation, .changes = &change, .n_changes = 1, .token = "t", .confirm_s = 60, .want_old = want_old,
				      .deadline_us = hk_net_now(net) + patience_us };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int64_t begun = hk_net_now(net);
	assert_int_equal(hk_requests_run(net, &device, &request, 1, 0, NULL, &err), 0);
	assert_true(hk_net_now(net) - begun < patience_us + 20 * HK_SECOND_US);
	if (request.outcome != HK_OUTCOME_DONE)
		assert_non_null(request.err.message);
	if (why) {
		*why = request.err;
		request.err = (struct hk_err)HK_ERR_INIT;
	}
	enum hk_outcome outcome = request.outcome;
	hk_request_release(&request);
	return outcome;
}

/* What the device has, asked by an honest session. */
static bool has_value(struct hk_net *net, bool old)
{
	struct hk_device *device = open_device(net, "none");
	enum hk_outcome outcome = perform(net, device, HK_VERIFY, old, NULL);
	hk_device_close(device);
	return outcome == HK_OUTCOME_DONE;
}

/* Whether any request failed. */
static bool one_fault(const char *fault)
{
	static const enum hk_operation order[] = { HK_READ, HK_LOCK, HK_APPLY, HK_VERIFY, HK_CONFIRM, HK_UNLOCK };
	struct hk_net *net = hk_net_new(NULL);
	struct hk_device *device;
	bool failed = false;
	forget_state();
	device = open_device(net, fault);
	patience_us = strncmp(fault, "silent", 6) == 0 || strncmp(fault, "oversize", 8) == 0 || strncmp(fault, "endless", 7) == 0 ? SHORT_US : LONG_US;
	for (size_t i = 0; i < HK_COUNT(order); i++) {
		enum hk_outcome outcome = perform(net, device, order[i], false, NULL);
		if (outcome == HK_OUTCOME_DONE)
			continue;
		failed = true;
		patience_us = LONG_US;
		if (order[i] == HK_APPLY && outcome == HK_OUTCOME_REFUSED)
			assert_true(has_value(net, true));
		break;
	}
	hk_device_close(device);
	patience_us = LONG_US;
	device = open_device(net, "none");
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (perform(net, device, HK_REVERT, true, &err) != HK_OUTCOME_DONE)
		fail_msg("%s: revert: %s", fault, err.message);
	hk_device_close(device);
	assert_true(has_value(net, true));
	hk_net_free(net);
	return failed;
}

static void test_faults_at_every_message(void **state)
{
	static const char *const faults[] = { "drop", "drop-before", "refuse", "do-and-refuse", "half", "garbage", "noframe", "wrong-id", "twice", "doctype",
					      "deep", "other", "oversize", "endless" };
	size_t tried = 0, failed = 0;
	(void)state;
	for (size_t i = 0; i < HK_COUNT(faults); i++)
		for (int at = 1; at <= 11; at++) {
			char fault[40];
			/* some are much alike, and some take their time */
			if (i >= 2 && (at + (int)i) % (i < 4 ? 2 : i >= 12 ? 5 : 3) != 0)
				continue;
			snprintf(fault, sizeof fault, "%s@%d", faults[i], at);
			failed += one_fault(fault);
			tried++;
		}
	assert_true(one_fault("silent@3"));
	assert_true(one_fault("silent@5"));
	/* some come where nothing is asked any more, or are no harm: a message that comes twice */
	printf("# %zu of %zu faults were felt\n", failed, tried);
	assert_true(failed > tried / 2);
}

static void test_honest_however_it_is_cut(void **state)
{
	static const char *const kinds[] = { "none", "split", "old" };
	static const enum hk_operation order[] = { HK_READ, HK_LOCK, HK_APPLY, HK_VERIFY, HK_CONFIRM, HK_UNLOCK };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(kinds); i++) {
		struct hk_net *net = hk_net_new(NULL);
		forget_state();
		struct hk_device *device = open_device(net, kinds[i]);
		for (size_t k = 0; k < HK_COUNT(order); k++)
			assert_int_equal(perform(net, device, order[k], false, NULL), HK_OUTCOME_DONE);
		hk_device_close(device);
		assert_true(has_value(net, false));
		hk_net_free(net);
	}
}

/* "ok" is no proof. */
static void test_a_commit_that_does_nothing(void **state)
{
	struct hk_net *net = hk_net_new(NULL);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	forget_state();
	struct hk_device *device = open_device(net, "lie");
	assert_int_equal(perform(net, device, HK_APPLY, false, NULL), HK_OUTCOME_DONE);
	assert_int_equal(perform(net, device, HK_VERIFY, false, &err), HK_OUTCOME_REFUSED);
	assert_int_equal(err.status, HK_UNVERIFIED);
	hk_err_release(&err);
	assert_int_equal(perform(net, device, HK_CONFIRM, false, &err), HK_OUTCOME_UNKNOWN);
	assert_int_equal(err.status, HK_UNVERIFIED);
	hk_device_close(device);
	hk_net_free(net);
}

static void test_peers_that_are_none(void **state)
{
	static const char *const faults[][2] = { { "no-hello", "no NETCONF hello in the time given" }, { "banner", "no XML" },
						 { "no-session", "without a session-id" } };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(faults); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_net *net = hk_net_new(NULL);
		struct hk_device *device = open_device(net, faults[i][0]);
		patience_us = i == 0 ? SHORT_US : LONG_US;
		assert_int_equal(perform(net, device, HK_READ, false, &err), HK_OUTCOME_REFUSED);
		if (!strstr(err.message, faults[i][1]))
			fail_msg("%s: %s", faults[i][0], err.message);
		assert_int_equal(err.status, HK_UNREACHABLE);
		hk_device_close(device);
		hk_net_free(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest_however_it_is_cut), cmocka_unit_test(test_faults_at_every_message),
		cmocka_unit_test(test_a_commit_that_does_nothing), cmocka_unit_test(test_peers_that_are_none),
	};
	return cmocka_run_group_tests_name("net/hostile", tests, set_up, tear_down);
}
