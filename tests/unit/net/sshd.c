/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "sshd.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

const char *sshd_path(const struct sshd *sshd, const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", sshd->directory, name);
	return path;
}

const char *sshd_file(const struct sshd *sshd, const char *name, const char *format, ...)
{
	const char *path = sshd_path(sshd, name);
	FILE *file = fopen(path, "w");
	va_list args;
	assert_non_null(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fclose(file);
	chmod(path, 0600);
	return path;
}

const char *sshd_public(const struct sshd *sshd, const char *name)
{
	static char texts[4][1200];
	static unsigned next;
	char *text = texts[next++ % 4], type[64], key[1100], path[160];
	snprintf(path, sizeof path, "%s/%s.pub", sshd->directory, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%63s %1099s", type, key), 2);
	fclose(file);
	snprintf(text, sizeof texts[0], "%s %s", type, key);
	return text;
}

static void make_keys(const struct sshd *sshd)
{
	char command[1200];
	snprintf(command, sizeof command,
		 "cd %s && for t in ed25519 ecdsa 'rsa -b 2048'; do ssh-keygen -q -t $t -N '' -f user_${t%%%% *} && ssh-keygen -q -t $t -N '' -f host_${t%%%% *} || exit 1; done && "
		 "ssh-keygen -q -t ed25519 -N secret -f user_locked && ssh-keygen -q -t ed25519 -N '' -f stranger && cat user_*.pub >authorized_keys",
		 sshd->directory);
	assert_int_equal(system(command), 0);
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void wait_for_port(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (int i = 0; i < 6000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int status = connect(fd, (struct sockaddr *)&address, sizeof address);
		close(fd);
		if (status == 0)
			return;
		usleep(10000);
	}
	fail_msg("sshd does not listen");
}

static bool penalties_can_be_off(const char *config)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-t", "-o", "PerSourcePenalties=no", "-f", config, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool sshd_start(struct sshd *sshd, const char *host_keys, const char *extra)
{
	char keys[300] = "", list[64], *rest = list;
	memset(sshd, 0, sizeof *sshd);
	if (access("/usr/sbin/sshd", X_OK) || access("/usr/bin/ssh-keygen", X_OK)) {
		printf("# /usr/sbin/sshd is not installed (sh scripts/setup.sh test)\n");
		return false;
	}
	if (geteuid() == 0)
		(void)mkdir("/run/sshd", 0755);
	strcpy(sshd->directory, "/tmp/hk-sshd-XXXXXX");
	assert_non_null(mkdtemp(sshd->directory));
	sshd->port = free_port();
	make_keys(sshd);
	snprintf(list, sizeof list, "%s", host_keys);
	for (char *type; (type = strtok_r(rest, " ", &rest));) {
		size_t n = strlen(keys);
		snprintf(keys + n, sizeof keys - n, "HostKey %s/host_%s\n", sshd->directory, type);
	}
	sshd_file(sshd, "config",
		  "Port %u\nListenAddress 127.0.0.1\n%sAuthorizedKeysFile %s/authorized_keys\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPidFile none\nLogLevel ERROR\nSetEnv HOME=%s\n%s\n",
		  sshd->port, keys, sshd->directory, sshd->directory /* what the account's shell reads when it starts may say anything */, extra ? extra : "");
	sshd_file(sshd, "known_hosts", "[127.0.0.1]:%u %s\n[127.0.0.1]:%u %s\n", sshd->port, sshd_public(sshd, "host_ed25519"), sshd->port,
		  sshd_public(sshd, "host_ecdsa"));
	sshd->pid = fork();
	assert_true(sshd->pid >= 0);
	if (sshd->pid == 0) {
		char log[96], config[96];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(log, sizeof log, "%s/log", sshd->directory);
		snprintf(config, sizeof config, "%s/config", sshd->directory);
		int null = open("/dev/null", O_RDWR), log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(null, 0);
		dup2(null, 1);
		dup2(log_fd, 2);
		/* Since OpenSSH 9.8 refused keys lead to refused connections for a while, unless that is switched off with a keyword that is new, too. */
		if (penalties_can_be_off(config))
			execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-o", "PerSourcePenalties=no", "-f", config, (char *)NULL);
		execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-f", config, (char *)NULL);
		_exit(127);
	}
	wait_for_port(sshd->port);
	return true;
}

void sshd_stop(struct sshd *sshd)
{
	char command[128];
	kill(sshd->pid, SIGTERM);
	waitpid(sshd->pid, NULL, 0);
	snprintf(command, sizeof command, "rm -rf %s", sshd->directory);
	assert_int_equal(system(command), 0);
}

const struct hk_net_system *client_system;

void client_open(struct client *client, const struct sshd *sshd, const char *config_text, const char *agent)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct passwd *self = getpwuid(getuid());
	const struct hk_ssh_environment environment = { sshd->directory, self ? self->pw_name : "root", agent };
	struct hk_ssh_config *config = config_text ? hk_ssh_config_parse(hk_str_of(config_text), "config", NULL) : NULL;
	const char *key = sshd_path(sshd, "user_ed25519"), *known = sshd_path(sshd, "known_hosts");
	const struct hk_ssh_wanted wanted = { .host = "127.0.0.1", .port = sshd->port,
					      .identity_file = config_text && strstr(config_text, "IdentityFile") ? NULL : key,
					      .known_hosts = config_text && strstr(config_text, "UserKnownHostsFile") ? NULL : known };
	memset(client, 0, sizeof *client);
	client->target = hk_arena_alloc(&client->arena, sizeof *client->target);
	if (hk_ssh_config_resolve(config, &wanted, &environment, &client->arena, client->target, &err))
		fail_msg("%s", err.message);
	hk_ssh_config_free(config);
	client->net = hk_net_new(client_system);
	client->pool = hk_ssh_pool_new(client->net, 0);
	client->transport = hk_ssh_transport(client->pool, client->target);
}

void client_close(struct client *client)
{
	hk_transport_close(client->transport);
	hk_ssh_pool_free(client->pool);
	hk_net_free(client->net);
	hk_arena_release(&client->arena);
}

static bool is_finished(void *command)
{
	return ((struct hk_command *)command)->finished;
}

void client_run(struct client *client, struct hk_command *command, const char *line, const char *input)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_command_init(command, line, hk_str_of(input), hk_net_now(client->net) + 20 * HK_SECOND_US);
	hk_transport_run(client->transport, command);
	assert_int_equal(hk_net_run(client->net, is_finished, command, hk_net_now(client->net) + 30 * HK_SECOND_US, NULL, &err), 0);
}
