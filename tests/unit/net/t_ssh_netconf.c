/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole way: NETCONF over SSH to real servers, many sessions at once, and an sshd that is killed in the middle. */
#include "../test.h"
#include "server.h"
#include "sshd.h"
#include <signal.h>
#include <string.h>

static struct server server;
static struct sshd sshd;
static bool have_servers;

static int start_servers(void **state)
{
	char subsystem[300];
	(void)state;
	if (!server_start(&server, SERVER_CANDIDATE))
		return 0;
	snprintf(subsystem, sizeof subsystem, "Subsystem netconf %s/netconf\nMaxStartups 100\n", server.directory);
	have_servers = sshd_start(&sshd, "ed25519 ecdsa", subsystem);
	return 0;
}

static int stop_servers(void **state)
{
	(void)state;
	if (have_servers)
		sshd_stop(&sshd);
	if (server.pid)
		server_stop(&server);
	return 0;
}

static struct hk_device *device_of(struct client *client)
{
	const struct hk_device_options options = { &server.controller, hk_ssh_transport(client->pool, client->target) };
	return hk_device_open(&hk_dialect_netconf, &options);
}

static long resident_kb(void)
{
	long pages = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

enum { MANY = 24 };

static void test_many_sessions_are_small(void **state)
{
	static const struct hk_setting asked = { "/wan:links/link[name='a']/bandwidth", "1" };
	struct client client;
	struct hk_device *devices[MANY];
	struct hk_request requests[MANY];
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	if (!have_servers)
		skip();
	client_open(&client, &sshd, NULL, NULL);
	memset(requests, 0, sizeof requests);
	/* the first one pays for what the libraries set up once */
	for (size_t i = 0; i < MANY; i++) {
		devices[i] = device_of(&client);
		requests[i] = (struct hk_request){ .operation = HK_READ, .settings = &asked, .n_settings = 1,
						   .deadline_us = hk_net_now(client.net) + 60 * HK_SECOND_US };
	}
	assert_int_equal(hk_requests_run(client.net, devices, requests, 1, 0, NULL, &err), 0);
	long before = resident_kb();
	assert_int_equal(hk_requests_run(client.net, devices + 1, requests + 1, MANY - 1, 0, NULL, &err), 0);
	long each = (resident_kb() - before) / (MANY - 1);
	printf("# %ld kB for each of %d open sessions\n", each, MANY);
	for (size_t i = 0; i < MANY; i++) {
		if (requests[i].outcome != HK_OUTCOME_DONE)
			fail_msg("%s", requests[i].err.message);
		hk_request_release(&requests[i]);
		hk_device_close(devices[i]);
	}
	if (!getenv("TEST_UNDER"))
		assert_true(each < 1024);
	client_close(&client);
}

/* All processes of sshd that serve connections. */
static void cut_connections(void)
{
	char command[100];
	snprintf(command, sizeof command, "for p in $(pgrep -P %d); do kill -9 $p $(pgrep -P $p); done 2>/dev/null; true", (int)sshd.pid);
	assert_int_equal(system(command), 0);
}

static void test_connection_is_cut_while_a_change_waits(void **state)
{
	static const struct hk_change change = { "/wan:links/link[name='a']/bandwidth", NULL, "5", NULL };
	struct client client;
	struct hk_request request = { .changes = &change, .n_changes = 1, .token = "cut-1", .confirm_s = 60 };
	(void)state;
	if (!have_servers)
		skip();
	client_open(&client, &sshd, NULL, NULL);
	struct hk_device *device = device_of(&client);
	server_do(client.net, device, &request, HK_LOCK);
	assert_int_equal(request.outcome, HK_OUTCOME_DONE);
	server_do(client.net, device, &request, HK_APPLY);
	assert_int_equal(request.outcome, HK_OUTCOME_DONE);
	cut_connections();
	/* the session is gone, and told so, or a new one is opened; either way the change is still there to be taken back */
	server_do(client.net, device, &request, HK_VERIFY);
	server_do(client.net, device, &request, HK_VERIFY);
	if (request.outcome != HK_OUTCOME_DONE)
		fail_msg("%s", request.err.message);
	server_do(client.net, device, &request, HK_REVERT);
	if (request.outcome != HK_OUTCOME_DONE)
		fail_msg("%s", request.err.message);
	request.want_old = true;
	server_do(client.net, device, &request, HK_VERIFY);
	assert_int_equal(request.outcome, HK_OUTCOME_DONE);
	/* the locks of the lost session are not ours any more */
	server_do(client.net, device, &request, HK_APPLY);
	assert_int_equal(request.outcome, HK_OUTCOME_REFUSED);
	assert_non_null(strstr(request.err.message, "lock again"));
	hk_request_release(&request);
	hk_device_close(device);
	client_close(&client);
}

static void test_no_such_subsystem(void **state)
{
	struct client client;
	struct sshd bare;
	(void)state;
	if (!have_servers || !sshd_start(&bare, "ed25519 ecdsa", ""))
		skip();
	client_open(&client, &bare, NULL, NULL);
	struct hk_device *device = device_of(&client);
	struct hk_request request = { 0 };
	server_do(client.net, device, &request, HK_READ);
	assert_int_equal(request.outcome, HK_OUTCOME_REFUSED);
	assert_non_null(strstr(request.err.message, "refuses subsystem 'netconf'"));
	hk_request_release(&request);
	hk_device_close(device);
	client_close(&client);
	sshd_stop(&bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_sessions_are_small), cmocka_unit_test(test_connection_is_cut_while_a_change_waits),
		cmocka_unit_test(test_no_such_subsystem),
	};
	return cmocka_run_group_tests_name("net/ssh_netconf", tests, start_servers, stop_servers);
}
