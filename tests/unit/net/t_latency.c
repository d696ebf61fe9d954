/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 200 controllers, each 20 ms away, in one loop with their peers: that one change reaches all of them, and that they are waited for side by side. One after the
 * other would take 200 times as long as one, almost a minute; the limit of 10 s above the time of one leaves room for a busy machine. How close the two times
 * come is bench/net_scale's to say.
 */
#include "../test.h"
#include "peer.h"
#include "net/dialect.h"

#define DELAY_US 20000

static int64_t change_all(size_t count)
{
	static struct hk_net_model model = { "w", "urn:w" };
	static struct hk_controller controller = { .name = "c", .protocol = "netconf", .models = &model, .n_models = 1 };
	static const struct hk_change change = { "/w:x/v", "1", "2", NULL };
	static const enum hk_operation order[] = { HK_READ, HK_LOCK, HK_APPLY, HK_VERIFY, HK_CONFIRM, HK_UNLOCK };
	struct hk_net *net = hk_net_new(NULL);
	struct peer *peers = calloc(count, sizeof *peers);
	struct hk_device **devices = calloc(count, sizeof *devices);
	struct hk_request *requests = calloc(count, sizeof *requests);
	int64_t begun = hk_net_now(net);
	for (size_t i = 0; i < count; i++) {
		int ends[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
		peer_open(&peers[i], net, ends[0], DELAY_US);
		const struct hk_device_options options = { &controller, hk_transport_of_fd(net, ends[1], "peer") };
		devices[i] = hk_device_open(&hk_dialect_netconf, &options);
	}
	for (size_t k = 0; k < HK_COUNT(order); k++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		for (size_t i = 0; i < count; i++) {
			hk_request_release(&requests[i]);
			requests[i] = (struct hk_request){ .operation = order[k], .changes = &change, .n_changes = 1, .token = "t",
							   .deadline_us = hk_net_now(net) + 60 * HK_SECOND_US };
		}
		assert_int_equal(hk_requests_run(net, devices, requests, count, 0, NULL, &err), 0);
		for (size_t i = 0; i < count; i++)
			if (requests[i].outcome != HK_OUTCOME_DONE)
				fail_msg("%zu %s: %s", i, hk_operation_names[order[k]], requests[i].err.message);
	}
	int64_t took = hk_net_now(net) - begun;
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(peers[i].running, "2");
		assert_false(peers[i].broken);
		hk_request_release(&requests[i]);
		hk_device_close(devices[i]);
		peer_close(&peers[i]);
	}
	free(peers);
	free(devices);
	free(requests);
	hk_net_free(net);
	return took;
}

static void test_many_are_waited_for_side_by_side(void **state)
{
	(void)state;
	int64_t one = change_all(1), many = change_all(200);
	printf("# one controller %lld ms, 200 controllers %lld ms\n", (long long)one / 1000, (long long)many / 1000);
	if (!getenv("TEST_UNDER"))
		assert_true(many < one + 10 * HK_SECOND_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_many_are_waited_for_side_by_side) };
	return cmocka_run_group_tests_name("net/latency", tests, NULL, NULL);
}
