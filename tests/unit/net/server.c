/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "server.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

const char *const server_names[] = { "candidate", "running", "startup", "old" };

static const char module_text[] =
	"module hk-wan {\n  namespace \"urn:example:hk-wan\"; prefix wan; revision 2026-01-01;\n"
	"  container links { list link { key name;\n    leaf name { type string; }\n    leaf bandwidth { type uint64; }\n"
	"    leaf latency { type decimal64 { fraction-digits 3; } }\n    leaf-list tag { type string; }\n"
	"    list class { key id; leaf id { type uint8; } leaf rate { type uint64; } } } }\n}\n";

static void write_file(const char *directory, const char *name, const char *text, mode_t mode)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static bool is_installed(const char *path)
{
	if (access(path, X_OK) == 0)
		return true;
	printf("# %s is not installed (sh scripts/setup.sh test)\n", path);
	return false;
}

static void run_server(const struct server *server, enum server_kind kind)
{
	static const char *const options[SERVER_KINDS][2] = {
		{ "--target=candidate", "--with-startup=false" },
		{ "--target=running", "--with-startup=false" },
		{ "--target=running", "--with-startup=true" },
		{ "--target=candidate", "--protocols=netconf1.0" },
	};
	char module_path[160], socket_name[96], log[96], home[96];
	snprintf(module_path, sizeof module_path, "--modpath=%s:/usr/share/yuma/modules", server->directory);
	snprintf(socket_name, sizeof socket_name, "--ncxserver-sockname=%s/socket", server->directory);
	snprintf(log, sizeof log, "--log=%s/log", server->directory);
	snprintf(home, sizeof home, "HOME=%s", server->directory);
	char *environment[] = { home, NULL };
	prctl(PR_SET_PDEATHSIG, SIGKILL);      /* a test that fails stops nothing */
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (chdir(server->directory) == 0)
		execle("/usr/sbin/netconfd", "netconfd", "--module=hk-wan", module_path, "--no-startup", options[kind][0], options[kind][1],
		       "--superuser=tester", "--port=8300", "--access-control=off", socket_name, log, (char *)NULL, environment);
	_exit(127);
}

bool server_start(struct server *server, enum server_kind kind)
{
	char script[512], socket_path[96];
	memset(server, 0, sizeof *server);
	if (!is_installed("/usr/sbin/netconfd") || !is_installed("/usr/sbin/netconf-subsystem"))
		return false;
	strcpy(server->directory, "/tmp/hk-netconf-XXXXXX");
	assert_non_null(mkdtemp(server->directory));
	write_file(server->directory, "hk-wan.yang", module_text, 0644);
	/* what sshd would do: the connection and the user in the environment */
	snprintf(script, sizeof script,
		 "#!/bin/sh\nSSH_CONNECTION='127.0.0.1 1 127.0.0.1 8300' USER=tester exec /usr/sbin/netconf-subsystem --ncxserver-sockname=8300@%s/socket 2>/dev/null\n",
		 server->directory);
	write_file(server->directory, "netconf", script, 0755);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		run_server(server, kind);
	snprintf(socket_path, sizeof socket_path, "%s/socket", server->directory);
	struct stat status;
	for (int i = 0; i < 6000 && stat(socket_path, &status); i++)
		usleep(10000);
	assert_int_equal(stat(socket_path, &status), 0);
	server->model = (struct hk_net_model){ "wan", "urn:example:hk-wan" };
	server->controller = (struct hk_controller){ .name = server_names[kind], .protocol = "netconf", .models = &server->model, .n_models = 1 };
	return true;
}

void server_stop(struct server *server)
{
	char command[128];
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	snprintf(command, sizeof command, "rm -rf %s", server->directory);
	assert_int_equal(system(command), 0);
}

struct hk_device *server_device(struct server *server, struct hk_net *net)
{
	char path[128], home[96];
	snprintf(path, sizeof path, "PATH=%s:/usr/sbin:/usr/bin:/bin", server->directory);
	snprintf(home, sizeof home, "HOME=%s", server->directory);
	char *environment[] = { path, home, NULL };
	const struct hk_device_options options = { &server->controller, hk_transport_local(net, environment) };
	return hk_device_open(&hk_dialect_netconf, &options);
}

void server_do(struct hk_net *net, struct hk_device *device, struct hk_request *request, enum hk_operation operation)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_request_release(request);
	request->operation = operation;
	request->deadline_us = hk_net_now(net) + 60 * HK_SECOND_US;
	assert_int_equal(hk_requests_run(net, &device, request, 1, 0, NULL, &err), 0);
	assert_true(request->finished);
}
