/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH through sockets that take and give a few bytes at a time, or nothing, as a full network does: packets are cut anywhere, and many channels of one
 * connection are in the middle of theirs at once. And through sockets that break after any number of bytes.
 */
#include "../test.h"
#include "base/rng.h"
#include "sshd.h"
#include <errno.h>
#include <string.h>

static struct sshd server;
static bool have_server;
static struct hk_rng rng;
static size_t break_after;               /* bytes in both directions; 0: never */
static size_t passed;
static struct hk_net_system system_faulty;

static bool is_broken(void)
{
	return break_after && passed >= break_after;
}

static ssize_t receive_some(void *context, int fd, void *bytes, size_t count)
{
	if (is_broken())
		return -ECONNRESET;
	if (hk_rng_below(&rng, 4) == 0)
		return -EAGAIN;
	size_t most = break_after ? count : 1 + (size_t)hk_rng_below(&rng, 3000);
	ssize_t n = hk_net_system_posix.receive(context, fd, bytes, count < most ? count : most);
	passed += n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t send_some(void *context, int fd, const void *bytes, size_t count)
{
	if (is_broken())
		return -EPIPE;
	if (hk_rng_below(&rng, 3) == 0)
		return -EAGAIN;
	size_t most = 1 + (size_t)hk_rng_below(&rng, hk_rng_below(&rng, 2) ? 8 : 2000);
	ssize_t n = hk_net_system_posix.send(context, fd, bytes, count < most ? count : most);
	passed += n > 0 ? (size_t)n : 0;
	return n;
}

static int start_server(void **state)
{
	(void)state;
	hk_rng_seed(&rng, test_seed());
	system_faulty = hk_net_system_posix;
	system_faulty.receive = receive_some;
	system_faulty.send = send_some;
	have_server = sshd_start(&server, "ed25519 ecdsa", "MaxStartups 100\nMaxSessions 100\n");
	client_system = &system_faulty;
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	if (have_server)
		sshd_stop(&server);
	return 0;
}

enum { CHANNELS = 8 };

static bool all_finished(void *commands_)
{
	const struct hk_command *commands = commands_;
	for (size_t i = 0; i < CHANNELS; i++)
		if (!commands[i].finished)
			return false;
	return true;
}

/* Several commands on one connection, all with input and output that fill the windows. */
static void many_channels(const char *config)
{
	struct client client;
	struct hk_command commands[CHANNELS];
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf input = HK_BUF_INIT;
	for (unsigned i = 0; i < 60000; i++)
		hk_buf_addf(&input, "%u\n", i);
	client_open(&client, &server, config, NULL);
	for (size_t i = 0; i < CHANNELS; i++) {
		hk_command_init(&commands[i], i % 2 ? "cat" : "cat >/dev/null; echo done; echo too >&2", (struct hk_str){ input.s, input.len },
				hk_net_now(client.net) + 60 * HK_SECOND_US);
		hk_transport_run(client.transport, &commands[i]);
	}
	assert_int_equal(hk_net_run(client.net, all_finished, commands, HK_NEVER, NULL, &err), 0);
	for (size_t i = 0; i < CHANNELS; i++) {
		if (!commands[i].succeeded)
			fail_msg("%zu: %s", i, commands[i].err.message);
		if (i % 2) {
			assert_int_equal(commands[i].out.len, input.len);
			assert_memory_equal(commands[i].out.s, input.s, input.len);
		} else {
			assert_string_equal(commands[i].out.s, "done\n");
			assert_string_equal(commands[i].errors.s, "too\n");
		}
		hk_command_release(&commands[i]);
	}
	client_close(&client);
}

static const char *jump_config(void)
{
	static char config[500];
	snprintf(config, sizeof config,
		 "Host 127.0.0.1\n ProxyJump hop\nHost hop\n HostName 127.0.0.1\n Port %u\nHost *\n UserKnownHostsFile %s\n IdentityFile %s\n", server.port,
		 sshd_path(&server, "known_hosts"), sshd_path(&server, "user_ed25519"));
	return config;
}

static void test_a_few_bytes_at_a_time(void **state)
{
	(void)state;
	if (!have_server)
		skip();
	many_channels(NULL);
	/* two connections, one inside the other, which can wait for each other in more ways: several times, since what happens is drawn by lot */
	for (int i = 0; i < 5; i++)
		many_channels(jump_config());
}

static void test_connections_that_break_anywhere(void **state)
{
	(void)state;
	if (!have_server)
		skip();
	size_t succeeded = 0;
	for (unsigned i = 0; i < 12; i++) {
		struct client client;
		struct hk_command command;
		/* hellos, keys and authentication are some 5000 bytes; the rest is the command */
		break_after = 1 + (size_t)hk_rng_below(&rng, 16000);
		passed = 0;
		client_open(&client, &server, i % 3 ? "ConnectTimeout 2" : jump_config(), NULL);
		client_run(&client, &command, "head -c 10000 /dev/zero", "");
		assert_true(command.finished);
		assert_true(command.succeeded || command.err.message);
		assert_true(!command.succeeded || command.out.len == 10000);
		succeeded += command.succeeded;
		hk_command_release(&command);
		client_close(&client);
	}
	printf("# %zu of 12 came through\n", succeeded);
	break_after = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_few_bytes_at_a_time), cmocka_unit_test(test_connections_that_break_anywhere) };
	return cmocka_run_group_tests_name("net/ssh_faulty", tests, start_server, stop_server);
}
