/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH against a real server: keys, host keys, commands and how they end, jump hosts, many sessions at once. */
#include "../test.h"
#include "sshd.h"
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct sshd server;
static bool have_server;

static int start_server(void **state)
{
	(void)state;
	have_server = sshd_start(&server, "ed25519 ecdsa", "MaxStartups 10:30:100\nMaxSessions 10\n");
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	if (have_server)
		sshd_stop(&server);
	return 0;
}

static void need_server(void)
{
	if (!have_server)
		skip();
}

static void assert_error(const struct hk_command *command, const char *part)
{
	assert_false(command->succeeded);
	assert_non_null(command->err.message);
	if (!strstr(command->err.message, part))
		fail_msg("'%s' does not contain '%s'", command->err.message, part);
}

static void test_commands(void **state)
{
	struct client client;
	struct hk_command command;
	(void)state;
	need_server();
	client_open(&client, &server, NULL, NULL);
	client_run(&client, &command, "cat; echo wrong >&2", "some input");
	if (!command.succeeded)
		fail_msg("%s", command.err.message);
	assert_string_equal(command.out.s, "some input");
	assert_string_equal(command.errors.s, "wrong\n");
	hk_command_release(&command);

	client_run(&client, &command, "echo the reason >&2; exit 7", "");
	assert_true(command.has_status && command.status == 7);
	assert_error(&command, "status 7: the reason");
	assert_int_equal(command.err.status, HK_FAILED);
	hk_command_release(&command);

	client_run(&client, &command, "head -c 3000000 /dev/zero | tr '\\0' x; sleep 0.1", "");
	assert_true(command.succeeded);
	assert_int_equal(command.out.len, 3000000);
	hk_command_release(&command);
	client_close(&client);
}

/* Nothing but a whole command is a success. */
static void test_commands_that_end_badly(void **state)
{
	struct client client;
	struct hk_command command;
	(void)state;
	need_server();
	client_open(&client, &server, NULL, NULL);
	client_run(&client, &command, "echo begun; kill -KILL $$", "");
	assert_string_equal(command.signal, "KILL");
	assert_error(&command, "signal KILL: begun");
	hk_command_release(&command);

	hk_command_init(&command, "sleep 30", HK_STR(""), hk_net_now(client.net) + HK_SECOND_US / 2);
	hk_transport_run(client.transport, &command);
	assert_int_equal(hk_net_run(client.net, NULL, NULL, hk_net_now(client.net) + HK_SECOND_US, NULL, NULL), -1);
	assert_true(command.finished && command.started && !command.has_status);
	assert_error(&command, "time given");
	hk_command_release(&command);

	hk_command_init(&command, "yes", HK_STR(""), hk_net_now(client.net) + 10 * HK_SECOND_US);
	command.max_output = 100000;
	hk_transport_run(client.transport, &command);
	while (!command.finished)
		hk_net_run(client.net, NULL, NULL, hk_net_now(client.net) + HK_SECOND_US / 10, NULL, NULL);
	assert_error(&command, "more than 100000 bytes");
	hk_command_release(&command);
	client_close(&client);

	/* its server process is the parent of the shell */
	client_open(&client, &server, NULL, NULL);
	client_run(&client, &command, "echo begun; sleep 0.2; kill -KILL $PPID; sleep 1", "");
	assert_error(&command, "127.0.0.1");
	assert_true(command.started && !command.has_status);
	hk_command_release(&command);
	/* and the next one gets a new connection */
	client_run(&client, &command, "echo again", "");
	assert_true(command.succeeded);
	hk_command_release(&command);
	client_close(&client);
}

static void try_known_hosts(const char *lines, const char *expected)
{
	struct client client;
	struct hk_command command;
	char config[300];
	snprintf(config, sizeof config, "UserKnownHostsFile %s", sshd_file(&server, "known_test", "%s\n", lines));
	client_open(&client, &server, config, NULL);
	client_run(&client, &command, "true", "");
	if (expected)
		assert_error(&command, expected);
	else if (!command.succeeded)
		fail_msg("with '%s': %s", lines, command.err.message);
	assert_true(!expected || !command.started);
	hk_command_release(&command);
	client_close(&client);
}

static void test_host_keys(void **state)
{
	const char *ed25519, *ecdsa, *other;
	char text[4000];
	(void)state;
	need_server();
	ed25519 = sshd_public(&server, "host_ed25519");
	ecdsa = sshd_public(&server, "host_ecdsa");
	other = sshd_public(&server, "stranger");
	try_known_hosts("", "is in no known_hosts file");
	snprintf(text, sizeof text, "[127.0.0.1]:%u %s", server.port, ed25519);
	try_known_hosts(text, NULL);
	/* the type that is known is asked for, though the server would rather show another */
	snprintf(text, sizeof text, "[127.0.0.1]:%u %s", server.port, ecdsa);
	try_known_hosts(text, NULL);
	snprintf(text, sizeof text, "127.0.0.1 %s", ed25519);
	try_known_hosts(text, NULL);
	snprintf(text, sizeof text, "# comment\n10.*,[127.0.0.?]:* %s", ed25519);
	try_known_hosts(text, NULL);
	snprintf(text, sizeof text, "*,!127.0.0.1,![127.0.0.1]:* %s", ed25519);
	try_known_hosts(text, "is in no known_hosts file");
	snprintf(text, sizeof text, "[127.0.0.1]:%u %s", server.port, other);
	try_known_hosts(text, "somebody may be in between");
	snprintf(text, sizeof text, "[127.0.0.1]:%u %s\n@revoked * %s", server.port, ed25519, ed25519);
	try_known_hosts(text, "revoked");
	snprintf(text, sizeof text, "@cert-authority * %s", other);
	try_known_hosts(text, "no host certificates");
	snprintf(text, sizeof text, "[127.0.0.1]:%u %s", server.port, sshd_public(&server, "host_rsa"));
	try_known_hosts(text, "key of another type");
	snprintf(text, sizeof text, "ssh-keygen -H -f %s >/dev/null 2>&1", sshd_file(&server, "known_hash", "[127.0.0.1]:%u %s\n", server.port, ed25519));
	assert_int_equal(system(text), 0);
	FILE *file = fopen(sshd_path(&server, "known_hash"), "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(strncmp(text, "|1|", 3), 0);
	try_known_hosts(text, NULL);
}

static void try_key(const char *name, const char *agent, const char *more, const char *expected)
{
	struct client client;
	struct hk_command command;
	char config[300];
	snprintf(config, sizeof config, "IdentityFile %s\n%s", sshd_path(&server, name), more);
	client_open(&client, &server, config, agent);
	client_run(&client, &command, "true", "");
	if (expected)
		assert_error(&command, expected);
	else if (!command.succeeded)
		fail_msg("with '%s': %s", name, command.err.message);
	hk_command_release(&command);
	client_close(&client);
}

static void test_user_keys(void **state)
{
	char agent[160], command[600];
	(void)state;
	need_server();
	try_key("user_ed25519", NULL, "", NULL);
	if (!getenv("TEST_UNDER"))         /* memcheck would find what libssh2 1.10 leaks here */
		try_key("user_ecdsa", NULL, "", NULL);
	try_key("stranger", NULL, "", "the server refused");
	try_key("nothing", NULL, "", "is not there");
	try_key("user_locked", NULL, "", "is encrypted; give it to an agent");
	try_key("user_rsa", NULL, "", strcmp(hk_libssh2_running(), "1.11") < 0 ? "need libssh2 1.11" : NULL);
	snprintf(agent, sizeof agent, "%s", sshd_path(&server, "agent"));
	/* the agent lives as long as its command: keep it in the background until the file goes */
	snprintf(command, sizeof command,
		 "cd %s && touch keep && (ssh-agent -a agent sh -c 'ssh-add -q user_ed25519 user_rsa 2>/dev/null; touch ready; while [ -e keep ]; do sleep 0.1; done' "
		 ">/dev/null 2>&1 &) ; i=0; until [ -e ready ] || [ $i -ge 300 ]; do sleep 0.1; i=$((i + 1)); done; [ -e ready ]", server.directory);
	assert_int_equal(system(command), 0);
	try_key("nothing", agent, "", NULL);
	try_key("stranger", agent, "", NULL);
	try_key("user_locked", agent, "IdentitiesOnly yes", "left out");
	try_key("nothing", agent, "IdentityAgent none", "is not there");
	try_key("user_ed25519", "/nowhere/agent", "", NULL);
	remove(sshd_path(&server, "keep"));
}

static void test_rsa_only_server(void **state)
{
	struct sshd rsa;
	struct client client;
	struct hk_command command;
	(void)state;
	need_server();
	if (!sshd_start(&rsa, "rsa", ""))
		skip();
	sshd_file(&rsa, "known_hosts", "[127.0.0.1]:%u %s\n", rsa.port, sshd_public(&rsa, "host_rsa"));
	client_open(&client, &rsa, NULL, NULL);
	client_run(&client, &command, "true", "");
	if (strcmp(hk_libssh2_running(), "1.11") < 0)
		assert_error(&command, "RSA host keys");
	else
		assert_true(command.succeeded);
	hk_command_release(&command);
	client_close(&client);
	sshd_stop(&rsa);
}

static void test_jump_hosts(void **state)
{
	struct sshd inner;
	struct client client;
	struct hk_command command;
	char config[800];
	(void)state;
	need_server();
	if (!sshd_start(&inner, "ed25519", ""))
		skip();
	snprintf(config, sizeof config,
		 "Host 127.0.0.1\n ProxyJump first,second\n UserKnownHostsFile %s\n IdentityFile %s\nHost first second\n HostName 127.0.0.1\n Port %u\n"
		 " UserKnownHostsFile %s\n IdentityFile %s\n", sshd_path(&inner, "known_hosts"), sshd_path(&inner, "user_ed25519"), server.port,
		 sshd_path(&server, "known_hosts"), sshd_path(&server, "user_ed25519"));
	client_open(&client, &inner, config, NULL);
	client_run(&client, &command, "cat; head -c 1000000 /dev/zero", "through two");
	if (!command.succeeded)
		fail_msg("%s", command.err.message);
	assert_int_equal(command.out.len, 1000011);
	hk_command_release(&command);
	client_close(&client);
	/* the last hop leads nowhere */
	sshd_stop(&inner);
	client_open(&client, &server, "Host 127.0.0.1\n ProxyJump 127.0.0.2:1\n", NULL);
	client_run(&client, &command, "true", "");
	assert_error(&command, "127.0.0.2");
	hk_command_release(&command);
	client_close(&client);
}

enum { MANY = 20 };

static bool all_finished(void *commands_)
{
	const struct hk_command *commands = commands_;
	for (size_t i = 0; i < MANY; i++)
		if (!commands[i].finished)
			return false;
	return true;
}

/* More at once than the server takes, directly and through one jump host. */
static void many(const char *config)
{
	struct client client;
	static struct hk_command commands[MANY];
	struct hk_transport *transports[MANY];
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	client_open(&client, &server, config, NULL);
	for (size_t i = 0; i < MANY; i++) {
		transports[i] = hk_ssh_transport(client.pool, client.target);
		hk_command_init(&commands[i], "echo here", HK_STR(""), hk_net_now(client.net) + 100 * HK_SECOND_US);
		hk_transport_run(transports[i], &commands[i]);
	}
	assert_int_equal(hk_net_run(client.net, all_finished, commands, HK_NEVER, NULL, &err), 0);
	for (size_t i = 0; i < MANY; i++) {
		if (!commands[i].succeeded)
			fail_msg("%zu: %s", i, commands[i].err.message);
		assert_string_equal(commands[i].out.s, "here\n");
		hk_command_release(&commands[i]);
		hk_transport_close(transports[i]);
	}
	client_close(&client);
}

static void test_many_sessions(void **state)
{
	char config[500];
	(void)state;
	need_server();
	struct rusage usage;
	many(NULL);
	getrusage(RUSAGE_SELF, &usage);
	printf("# own CPU %ld.%03ld s, max RSS %ld kB\n", usage.ru_utime.tv_sec, usage.ru_utime.tv_usec / 1000, usage.ru_maxrss);
	snprintf(config, sizeof config,
		 "Host 127.0.0.1\n ProxyJump hop\n UserKnownHostsFile %s\n IdentityFile %s\nHost hop\n HostName 127.0.0.1\n Port %u\n UserKnownHostsFile %s\n IdentityFile %s\n",
		 sshd_path(&server, "known_hosts"), sshd_path(&server, "user_ed25519"), server.port, sshd_path(&server, "known_hosts"),
		 sshd_path(&server, "user_ed25519"));
	many(config);
}

/* A listener on the loopback that is no SSH server; its port goes into a copy of the server that is one. */
static int listen_beside(struct sshd *copy)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof address;
	unsigned char port[2];
	*copy = server;
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	memcpy(port, (unsigned char *)&address + 2, 2);
	copy->port = (uint16_t)(port[0] << 8 | port[1]);
	return fd;
}

/* A peer that takes the connection and says nothing. */
static void test_silent_server(void **state)
{
	struct client client;
	struct hk_command command;
	struct sshd silent;
	(void)state;
	need_server();
	int fd = listen_beside(&silent);
	client_open(&client, &silent, "ConnectTimeout 1\n", NULL);
	client_run(&client, &command, "true", "");
	assert_error(&command, "no SSH session in the time given");
	assert_int_equal(command.err.status, HK_UNREACHABLE);
	hk_command_release(&command);
	client_close(&client);
	close(fd);
}

/* Hands the bytes of a server on and falls silent after some of them. */
static void relay(int fd, uint16_t port, size_t room)
{
	char bytes[64];
	const struct sockaddr_in server_address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pollfd ends[2] = { { accept(fd, NULL, NULL), POLLIN, 0 }, { socket(AF_INET, SOCK_STREAM, 0), POLLIN, 0 } };
	if (ends[0].fd < 0 || connect(ends[1].fd, (const struct sockaddr *)&server_address, sizeof server_address))
		_exit(1);
	for (;;) {
		poll(ends, room ? 2 : 1, -1);
		for (int from = 0; from < 2; from++) {
			if (!ends[from].revents)
				continue;
			ssize_t n = read(ends[from].fd, bytes, from && room < sizeof bytes ? room : sizeof bytes);
			if (n <= 0 || write(ends[!from].fd, bytes, (size_t)n) != n)
				_exit(0);
			room -= from ? (size_t)n : 0;
		}
		ends[1].revents = 0;
	}
}

/* The server's host keys for whatever port; returns the name of the file. */
static const char *known_everywhere(void)
{
	char line[2000];
	FILE *known = fopen(sshd_path(&server, "known_hosts"), "r"), *everywhere = fopen(sshd_path(&server, "known_everywhere"), "w");
	assert_true(known && everywhere);
	while (fgets(line, sizeof line, known))
		fprintf(everywhere, "*%s", line + strcspn(line, " "));
	fclose(known);
	fclose(everywhere);
	return sshd_path(&server, "known_everywhere");
}

/* Sessions that are given up in the middle of key exchange or login: said, and all that is ours is given back (for the address sanitizer to see). */
static void test_abandoned_sessions(void **state)
{
	static const size_t after[] = { 30, 700, 1300, 1500, 1680 };
	(void)state;
	need_server();
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		struct client client;
		struct hk_command command;
		struct sshd slow;
		char config[400];
		int fd = listen_beside(&slow);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			relay(fd, server.port, after[i]);
		snprintf(config, sizeof config, "ConnectTimeout 1\nUserKnownHostsFile %s\n", known_everywhere());
		client_open(&client, &slow, config, NULL);
		client_run(&client, &command, "true", "");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_error(&command, "in the time given");
		assert_int_equal(command.err.status, HK_UNREACHABLE);
		hk_command_release(&command);
		client_close(&client);
		close(fd);
	}
}

/* OpenSSH says why in a line that is no banner; it is tried again, and the line is in the message. */
static void test_refusing_server(void **state)
{
	static const char refusal[] = "Not allowed at this time\r\n";
	struct client client;
	struct hk_command command;
	struct sshd refusing;
	(void)state;
	need_server();
	int fd = listen_beside(&refusing);
	pid_t pid = fork();
	assert_true(pid >= 0);
	while (pid == 0) {
		int connection = accept(fd, NULL, NULL);
		if (connection < 0 || write(connection, refusal, sizeof refusal - 1) < 0)
			_exit(1);
		close(connection);
	}
	client_open(&client, &refusing, "ConnectTimeout 4\n", NULL);
	client_run(&client, &command, "true", "");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_error(&command, "times before its banner ('Not allowed at this time')");
	assert_null(strstr(command.err.message, "closed the connection 1 times"));
	assert_int_equal(command.err.status, HK_UNREACHABLE);
	hk_command_release(&command);
	client_close(&client);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands), cmocka_unit_test(test_commands_that_end_badly), cmocka_unit_test(test_host_keys),
		cmocka_unit_test(test_user_keys), cmocka_unit_test(test_rsa_only_server), cmocka_unit_test(test_jump_hosts),
		cmocka_unit_test(test_many_sessions), cmocka_unit_test(test_silent_server), cmocka_unit_test(test_abandoned_sessions),
		cmocka_unit_test(test_refusing_server),
	};
	return cmocka_run_group_tests_name("net/ssh", tests, start_server, stop_server);
}
