/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One change of many simulated controllers, each RTT away, by the whole transaction with its journal on disk: net_scale [RTT_MS [COUNT...]]. The controllers
 * are another process; they speak NETCONF 1.1 with candidate and confirmed commit over a socket each, so what is measured is everything but SSH. Prints wall
 * time (the best of five: other work on the machine only adds) and CPU time, and the memory that one more session needs.
 */
#include "apply/transaction.h"
#include "base/file.h"
#include "../tests/unit/net/peer.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t rtt_us = 20000;

/* ---- the controllers ---- */

static bool never(void *context)
{
	(void)context;
	return false;
}

static void be_controllers(const int *fds, size_t count)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_net *net = hk_net_new(NULL);
	struct peer *peers = hk_calloc(count, sizeof *peers);
	for (size_t i = 0; i < count; i++)
		peer_open(&peers[i], net, fds[i], rtt_us);
	hk_net_run(net, never, NULL, HK_NEVER, NULL, &err);
	_exit(0);
}

/* ---- the transaction ---- */

struct bench {
	struct hk_net *net;
	int *fds;
	struct hk_controller *controllers;
	long memory_kb;                  /* while all sessions are open */
};

static struct hk_device *open_device(void *closure, const struct hk_part *part, struct hk_err *err)
{
	struct bench *bench = closure;
	size_t i = strtoull(part->name + 1, NULL, 10);
	int fd = bench->fds[i];
	if (fd < 0) {
		hk_err_set(err, HK_UNREACHABLE, "the session was lost");
		return NULL;
	}
	bench->fds[i] = -1;
	return hk_device_open(&hk_dialect_netconf, &(struct hk_device_options){ &bench->controllers[i], hk_transport_of_fd(bench->net, fd, "simulated") });
}

static long memory_kb(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int look_at_memory(void *closure, struct hk_err *err)
{
	(void)err;
	((struct bench *)closure)->memory_kb = memory_kb();
	return 0;
}

static double cpu_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void change_all(struct bench *bench, size_t count, const char *journal, double *wall)
{
	static struct hk_net_model model = { "w", "urn:w" };
	static const struct hk_change change = { "/w:x/v", "1", "2", NULL };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_part *parts = hk_calloc(count, sizeof *parts);
	char (*names)[32] = hk_calloc(count, sizeof *names);
	struct hk_transaction t;
	bench->controllers = hk_calloc(count, sizeof *bench->controllers);
	bench->net = hk_net_new(NULL);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof names[i], "c%06zu", i);
		bench->controllers[i] = (struct hk_controller){ .name = names[i], .protocol = "netconf", .models = &model, .n_models = 1 };
		parts[i] = (struct hk_part){ .name = names[i], .changes = &change, .n_changes = 1 };
	}
	struct hk_transaction_options options = { .net = bench->net, .open = open_device, .measure = look_at_memory, .closure = bench };
	int64_t begun = hk_net_now(bench->net);
	if (hk_journal_create(journal, 65536, NULL, &options.journal, &err) == 0) {
		hk_transaction_init(&t, &options, parts, count);
		hk_transaction_run(&t, &err);
		hk_transaction_release(&t);
	}
	*wall = (double)(hk_net_now(bench->net) - begun) / 1e6;
	hk_journal_close(options.journal);
	if (err.status) {
		fprintf(stderr, "net_scale: %s\n", err.message);
		exit(1);
	}
	hk_net_free(bench->net);
	free(bench->controllers);
	free(names);
	free(parts);
}

/* In a process of its own, so that memory is that of this many. */
static void measure(size_t count, const char *journal, double *wall, double *cpu, long *kb)
{
	struct { double wall, cpu; long kb; } result = { 0, 0, 0 };
	int report[2], *theirs = hk_calloc(count, sizeof *theirs);
	struct bench bench = { .fds = hk_calloc(count, sizeof *bench.fds) };
	if (pipe(report))
		exit(1);
	for (size_t i = 0; i < count; i++) {
		int ends[2];
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends)) {
			perror("net_scale: socketpair");
			exit(1);
		}
		bench.fds[i] = ends[0];
		theirs[i] = ends[1];
	}
	pid_t controllers = fork(), client;
	if (controllers == 0)
		be_controllers(theirs, count);
	client = fork();
	if (client == 0) {
		for (size_t i = 0; i < count; i++)
			close(theirs[i]);
		change_all(&bench, count, journal, &result.wall);
		result.cpu = cpu_seconds();
		result.kb = bench.memory_kb;
		_exit(write(report[1], &result, sizeof result) != sizeof result);
	}
	close(report[1]);
	if (read(report[0], &result, sizeof result) != sizeof result)
		exit(1);
	close(report[0]);
	waitpid(client, NULL, 0);
	kill(controllers, SIGKILL);
	waitpid(controllers, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		close(theirs[i]);
		close(bench.fds[i]);
	}
	free(theirs);
	free(bench.fds);
	unlink(journal);
	*wall = result.wall;
	*cpu = result.cpu;
	*kb = result.kb;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static const size_t usual[] = { 1, 50, 100, 200 };
	char journal[] = "/tmp/hkctl-net-scale-XXXXXX";
	size_t n = argc > 2 ? (size_t)argc - 2 : HK_COUNT(usual), first_count = 0;
	double first = 0;
	long first_kb = 0;
	struct rlimit files;
	if (argc > 1)
		rtt_us = (int64_t)(strtod(argv[1], NULL) * 1000);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	close(mkstemp(journal));
	unlink(journal);
	printf("%11s  %8s  %7s  %8s  %9s  %s\n", "controllers", "wall", "ratio", "CPU", "memory", "one session more");
	for (size_t i = 0; i < n; i++) {
		size_t count = argc > 2 ? strtoull(argv[i + 2], NULL, 10) : usual[i];
		double walls[5], wall, cpu;
		long kb;
		for (size_t run = 0; run < HK_COUNT(walls); run++)
			measure(count, journal, &walls[run], &cpu, &kb);
		qsort(walls, HK_COUNT(walls), sizeof *walls, by_size);
		wall = walls[0];
		first = i ? first : wall;
		printf("%11zu  %6.3f s  %6.2fx  %6.3f s  %6ld kB", count, wall, wall / first, cpu, kb);
		if (i)
			printf("  %.1f kB", (double)(kb - first_kb) / (double)(count - first_count));
		else {
			first_kb = kb;
			first_count = count;
		}
		putchar('\n');
	}
	return 0;
}
