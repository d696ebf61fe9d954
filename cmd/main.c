/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hkctl: global options, dispatch, exit status. Everything that reads the environment is here. */
#include "cmd.h"
#include "base/file.h"
#include "base/term.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile int interrupted;

/* The second time means it; but a shell or timeout(1) may send the same signal to process and group at once, which is one time. */
static void on_interrupt(int signal_number)
{
	static struct timespec first;
	struct timespec now;
	(void)signal_number;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (interrupted && (now.tv_sec - first.tv_sec) * 1000 + (now.tv_nsec - first.tv_nsec) / 1000000 > 300)
		_exit(HK_INTERRUPTED);
	if (!interrupted)
		first = now;
	interrupted = 1;
}

static void on_out_of_memory(size_t wanted)
{
	(void)wanted;
	static const char message[] = "hkctl: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
	(void)ignored;
	_exit(HK_FAILED);
}

static char *program_directory(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return hk_path_dirname(path);
}

static void set_up_terminal(struct hk_env *env)
{
	const struct hk_term_env vars = { getenv("NO_COLOR"), getenv("FORCE_COLOR"), getenv("CLICOLOR_FORCE"), getenv("TERM") };
	bool out_tty = isatty(STDOUT_FILENO), err_tty = isatty(STDERR_FILENO);
	env->out_color = hk_term_use_color((enum hk_color)env->common.color, &vars, out_tty);
	env->err_color = hk_term_use_color((enum hk_color)env->common.color, &vars, err_tty);
	env->out_width = out_tty ? hk_term_width(STDOUT_FILENO, 100) : 0;
	env->err_width = err_tty ? hk_term_width(STDERR_FILENO, 100) : 0;
}

static int run_verb(const struct hk_cmd *cmd, struct hk_env *env, int argc, char **argv)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	_Alignas(16) char config[HK_MAX_CONFIG] = { 0 };
	struct hk_opt_args args = { 0 };
	if (cmd->config_size)
		memcpy(config, cmd->defaults, cmd->config_size);
	int status = HK_OK;
	if (hk_opt_parse(cmd->spec, config, &env->common, argc, argv, &args, &err)) {
		set_up_terminal(env);
		status = hk_fail(env, &err);
		if (status == HK_USAGE)
			hk_remark(env, "see 'hkctl %s -h'", cmd->name);
	} else {
		set_up_terminal(env);
		if (args.help) {
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			hk_opt_help(cmd->spec, env->out_width && env->out_width < 100 ? env->out_width : 100, &text);
			status = hk_print(&text, HK_OK);
		} else
			status = cmd->run(env, config, &args);
	}
	if (cmd->release)
		cmd->release(config);
	hk_opt_args_release(&args);
	return status;
}

/* Not a built-in verb: an external one, or a suggestion. */
static int run_other(struct hk_env *env, char **argv)
{
	set_up_terminal(env);
	HK_AUTO_FREE char *path = hk_external_find(env, argv[0]);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (path) {
		argv[0] = path;
		hk_external_exec(path, argv);
		hk_err_errno(&err, errno, "cannot start '%s'", path);
		return hk_fail(env, &err);
	}
	const char *names[64];
	size_t count = 0;
	for (const struct hk_cmd *cmd; count < HK_COUNT(names) && (cmd = hk_cmd_at(count)); count++)
		names[count] = cmd->name;
	const char *nearest = hk_str_nearest(hk_str_of(argv[0]), names, count);
	if (nearest)
		hk_err_set(&err, HK_USAGE, "'%s' is not a verb; did you mean '%s'? ('hkctl help' lists them)", argv[0], nearest);
	else
		hk_err_set(&err, HK_USAGE, "'%s' is not a verb, and there is no program hkctl-%s in PATH; 'hkctl help' lists the verbs", argv[0], argv[0]);
	return hk_fail(env, &err);
}

static const struct hk_opt_spec global_spec = {
	.command = "hkctl", .summary = "Plan and deliver applications over edge sites, metro sites and clouds, and the network between them.",
	.positional = "VERB [ARGUMENTS...]", .min_args = 0, .max_args = HK_OPT_ANY, .common = hk_common_options, .stop_at_first = true,
};

static int dispatch(struct hk_env *env, int argc, char **argv)
{
	static char help_word[] = "help";
	char *help_argv[] = { help_word, NULL };
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		argv[1] += 2;
	struct hk_opt_args args = { 0 };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status;
	if (hk_opt_parse(&global_spec, NULL, &env->common, argc, argv, &args, &err)) {
		set_up_terminal(env);
		status = hk_fail(env, &err);
	} else if (args.help || args.n == 0) {
		status = run_verb(&hk_cmd_help, env, 1, help_argv);
		status = args.help || status ? status : HK_USAGE;
	} else {
		char **rest = argv + (argc - (int)args.n);
		const struct hk_cmd *cmd = hk_cmd_find(rest[0]);
		if (cmd && cmd->program) {
			set_up_terminal(env);
			status = hk_helper_exec(env, cmd, argv);
		} else
			status = cmd ? run_verb(cmd, env, (int)args.n, rest) : run_other(env, rest);
	}
	hk_opt_args_release(&args);
	return status;
}

int main(int argc, char **argv)
{
	hk_mem_on_oom(on_out_of_memory);
	struct sigaction action = { .sa_handler = on_interrupt };
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	HK_AUTO_FREE char *directory = program_directory();
	struct hk_env env = { .program_dir = directory, .interrupted = &interrupted };
	return dispatch(&env, argc, argv);
}
