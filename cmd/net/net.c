/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net.h"
#include "base/file.h"
#include "out/ser.h"
#include "out/table.h"
#include <stddef.h>
#include <string.h>

static const char *const formats[] = { "text", "json", "yaml", NULL };

#define OPTION(n, l, t, field) .name = n, .letter = l, .type = t, .offset = offsetof(struct net_config, field)
static const struct hk_opt options[] = {
	{ OPTION("file", 'f', HK_OPT_LIST, files), .metavar = "PATH",
	  .help = "document or directory with the controllers (default: what a saved file names, else .)" },
	{ OPTION("output", 'o', HK_OPT_ENUM, format), .choices = formats, .metavar = "FORMAT", .help = "how to print" },
	{ OPTION("save", 's', HK_OPT_STRING, save), .metavar = "FILE", .help = "plan: write the changes to FILE, to be applied as they are" },
	{ OPTION("detailed-exitcode", 0, HK_OPT_FLAG, detailed_exitcode), .help = "plan, diff: exit 6 when something would change" },
	{ OPTION("yes", 'y', HK_OPT_FLAG, yes), .help = "apply: carry out what was found now, without a saved file" },
	{ OPTION("resume", 0, HK_OPT_FLAG, resume), .help = "apply: go on with a change that was cut off; the argument is its journal" },
	{ OPTION("journal", 0, HK_OPT_STRING, journal), .metavar = "FILE",
	  .help = "apply: where to write the journal (default: the saved file's name with .journal)" },
	{ OPTION("yang", 0, HK_OPT_STRING, yang), .metavar = "DIR",
	  .help = "refuse values that do not fit the YANG modules in DIR, before any device is asked (with yanglint); models: where to put them" },
	{ OPTION("max-parallel", 0, HK_OPT_INT, max_parallel), .metavar = "N", .min = 0, .max = 100000, .help = "devices at work at a time (default: 0, all)" },
	{ OPTION("canary", 0, HK_OPT_INT, canary), .metavar = "N", .min = 0, .max = 100000, .help = "apply: change and verify N devices before the others" },
	{ OPTION("measure", 0, HK_OPT_STRING, measure), .metavar = "PROGRAM",
	  .help = "apply: run PROGRAM when the devices have the new values; all go back unless it ends with status 0" },
	{ OPTION("confirm", 0, HK_OPT_DURATION, confirm), .min = 10, .max = 86400, .metavar = "TIME",
	  .help = "apply: after this time without confirmation devices go back by themselves (default: 10m)" },
	{ OPTION("timeout", 0, HK_OPT_DURATION, timeout), .min = 0.1, .max = 86400, .metavar = "TIME", .help = "for one step of one device (default: 1m)" },
	{ OPTION("discard-foreign", 0, HK_OPT_FLAG, discard_foreign), .help = "apply: throw away edits that somebody else left unfinished on a device" },
	{ OPTION("force", 0, HK_OPT_FLAG, force), .help = "rollback, --resume: also where somebody changed a device since" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl net show -f topology.yaml", "the controllers, how they are reached, and how many links they change" },
	{ "hkctl net models -f . --yang models", "fetch the YANG modules of all NETCONF controllers" },
	{ "hkctl net plan plan.yaml -f . --save network.yaml", "what has to change on the devices for this plan, to be reviewed" },
	{ "hkctl net apply network.yaml", "change all devices, or none" },
	{ "hkctl net rollback network.yaml.journal", "set them back" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl net",
	.summary = "Network controllers: show them, compare them with what a plan or a NetworkConfiguration wants, change all of them or none, set them back.",
	.positional = "show [CONTROLLER...] | models [CONTROLLER...] --yang DIR | plan [PLAN] | diff [PLAN] | apply NETWORK-PLAN|PLAN|JOURNAL | rollback JOURNAL",
	.min_args = 1, .max_args = HK_OPT_ANY, .options = options,
	.common = hk_common_options, .examples = examples,
};

static const char *port_text(const struct hk_controller *controller, struct hk_buf *text)
{
	hk_buf_reset(text);
	if (controller->port)
		hk_buf_addf(text, "%u", controller->port);
	return text->s;
}

bool net_is_named(const struct hk_controller *controller, const struct hk_opt_args *args)
{
	for (size_t i = 1; i < args->n; i++)
		if (strcmp(args->v[i], controller->name) == 0)
			return true;
	return args->n == 1;
}

static void show_text(const struct hk_controllers *controllers, const struct hk_opt_args *args, unsigned width, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "CONTROLLER", HK_LEFT, false }, { "PROTOCOL", HK_LEFT, false }, { "HOST", HK_LEFT, false },
						    { "PORT", HK_RIGHT, false },
						    { "USER", HK_LEFT, false }, { "LINKS", HK_RIGHT, false } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	HK_AUTO_BUF struct hk_buf port = HK_BUF_INIT;
	for (size_t i = 0; i < controllers->list.n; i++) {
		const struct hk_controller *controller = &controllers->list.v[i];
		if (!net_is_named(controller, args))
			continue;
		hk_table_cell(table, controller->name);
		hk_table_cell(table, controller->protocol);
		hk_table_cell(table, controller->local ? "this machine" : controller->host);
		hk_table_cell(table, port_text(controller, &port));
		hk_table_cell(table, controller->user);
		hk_table_cellf(table, "%zu", controller->links);
	}
	hk_table_print(table, 0, width, "", "", text);
	hk_table_free(table);
}

static int show_data(const struct hk_controllers *controllers, const struct hk_opt_args *args, enum hk_ser_format format, struct hk_buf *text,
		     struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(format, text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_key(ser, "controllers");
	hk_ser_seq(ser);
	for (size_t i = 0; i < controllers->list.n; i++) {
		const struct hk_controller *controller = &controllers->list.v[i];
		if (!net_is_named(controller, args))
			continue;
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", controller->name);
		hk_ser_kstr(ser, "protocol", controller->protocol);
		hk_ser_kstr(ser, "host", controller->host);
		if (controller->local)
			hk_ser_kbool(ser, "local", true);
		if (controller->port)
			hk_ser_kint(ser, "port", controller->port);
		hk_ser_kstr(ser, "user", controller->user);
		hk_ser_kint(ser, "links", (int64_t)controller->links);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int show(const struct hk_env *env, const struct net_config *config, const struct hk_opt_args *args, const struct hk_controllers *controllers)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 1; i < args->n; i++)
		if (!hk_controllers_find(controllers, args->v[i])) {
			hk_err_set(&err, HK_USAGE, "there is no controller '%s' among the documents", args->v[i]);
			return hk_fail(env, &err);
		}
	if (!controllers->list.n)
		hk_remark(env, "the documents have no controllers; they are listed under spec.controllers of a Topology");
	if (config->format == NET_TEXT)
		show_text(controllers, args, env->out_width, &text);
	else if (show_data(controllers, args, config->format == NET_JSON ? HK_SER_JSON : HK_SER_YAML, &text, &err))
		return hk_fail(env, &err);
	return hk_print(&text, HK_OK);
}

/* The documents: what -f names, else the files a saved plan was made from, else this directory. */
static int load(struct net_run *run)
{
	static const char *const here[] = { "." };
	const struct hk_opt_list *files = &run->config->files;
	if (files->n)
		return net_load(run, files->v, files->n);
	if (!run->changes.n_inputs)
		return net_load(run, here, 1);
	const char **paths = hk_calloc(run->changes.n_inputs, sizeof *paths);
	for (size_t i = 0; i < run->changes.n_inputs; i++)
		paths[i] = run->changes.inputs[i].path;
	int status = net_load(run, paths, run->changes.n_inputs);
	hk_cleanup_free(&paths);
	return status;
}

static int usage(const struct net_run *run, const char *message)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_USAGE, "%s", message);
	return hk_fail(run->env, &err);
}

static int find_changes(struct net_run *run, const struct hk_opt_args *args)
{
	int status = load(run);
	if (status == HK_OK && args->n > 1)
		status = net_load_plan(run, args->v[1]);
	if (status == HK_OK)
		status = net_want(run);
	if (status == HK_OK && !run->wanted.devices.n && !hk_network_plan_has_wanted_sessions(&run->workspace))
		hk_remark(run->env, args->n > 1 ? "the plan changes nothing in the network"
			  : "nothing says what controllers should have: name a plan, or write a NetworkConfiguration");
	return status == HK_OK ? net_gather(run) : status;
}

static int do_plan(struct net_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (args->n > 2)
		return usage(run, "more than one plan is named");
	int status = find_changes(run, args);
	if (status != HK_OK)
		return status;
	if (net_refuse_over(run)) {
		net_print_changes(run);
		return HK_STALE;
	}
	if (run->config->save && (hk_network_plan_write(&run->changes, &text, &err) || hk_file_write(run->config->save, text.s, text.len, &err)))
		return hk_fail(run->env, &err);
	if (run->config->save)
		hk_remark(run->env, "%s: network plan %s", run->config->save, run->changes.id);
	status = net_print_changes(run);
	return status == HK_OK && run->config->detailed_exitcode && run->changes.n_devices + run->changes.n_sessions ? HK_PENDING : status;
}

static int refuse_stale(struct net_run *run, const char *path)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	if (!hk_network_plan_stale(&run->changes, &names))
		return HK_OK;
	hk_err_set(&err, HK_STALE, "'%s' was made from files that have changed since: %s; make a new one with 'hkctl net plan'", path, names.s);
	return hk_fail(run->env, &err);
}

static int apply_saved(struct net_run *run, const char *path)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_network_plan_read(&run->changes, path, &run->diags, &err)) {
		hk_print_diags(run->env, &run->diags);
		return hk_fail(run->env, &err);
	}
	int status = refuse_stale(run, path);
	return status == HK_OK ? load(run) : status;
}

static int do_apply(struct net_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_BUF struct hk_buf journal = HK_BUF_INIT, title = HK_BUF_INIT;
	if (args->n != 2)
		return usage(run, "'hkctl net apply' takes one file: a network plan, a plan with --yes, or a journal with --resume");
	if (run->config->resume) {
		int status = load(run);
		return status == HK_OK ? net_finish(run, args->v[1], false, NULL) : status;
	}
	int status = run->config->yes ? find_changes(run, args) : apply_saved(run, args->v[1]);
	if (status != HK_OK)
		return status;
	if (!run->changes.n_devices && !run->changes.n_sessions) {
		hk_remark(run->env, "nothing to change");
		return HK_OK;
	}
	hk_buf_addf(&journal, "%s.journal", args->v[1]);
	hk_buf_addf(&title, "network plan %s", *run->changes.id ? run->changes.id : "made on the way");
	return net_carry_out(run, run->config->journal ? run->config->journal : journal.s, title.s);
}

static int do_rollback(struct net_run *run, const struct hk_opt_args *args)
{
	if (args->n != 2)
		return usage(run, "'hkctl net rollback' takes the journal of what is to be undone");
	int status = load(run);
	return status == HK_OK ? net_finish(run, args->v[1], true, NULL) : status;
}

static int do_show(struct net_run *run, const struct hk_opt_args *args)
{
	int status = load(run);
	return status == HK_OK ? show(run->env, run->config, args, &run->controllers) : status;
}

static int do_models(struct net_run *run, const struct hk_opt_args *args)
{
	if (!run->config->yang)
		return usage(run, "where to? name a directory with --yang DIR");
	int status = load(run);
	return status == HK_OK ? net_fetch_models(run, args) : status;
}

static const struct { const char *name; int (*act)(struct net_run *run, const struct hk_opt_args *args); } actions[] = {
	{ "show", do_show }, { "models", do_models }, { "plan", do_plan }, { "diff", do_plan }, { "apply", do_apply }, { "rollback", do_rollback },
};

static int run(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	struct net_run this = { .env = env, .config = config };
	int status = HK_USAGE;
	size_t i = 0;
	while (i < HK_COUNT(actions) && strcmp(actions[i].name, args->v[0]) != 0)
		i++;
	net_open(&this);
	if (i < HK_COUNT(actions))
		status = actions[i].act(&this, args);
	else
		usage(&this, "the first word says what to do: show, models, plan, diff, apply or rollback");
	net_release(&this);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct net_config *)config)->files);
}

static const char *action_at(size_t index)
{
	return index < HK_COUNT(actions) ? actions[index].name : NULL;
}

static const struct net_config defaults = { .confirm = 600, .timeout = 60 };
const struct hk_cmd hk_cmd_net = {
	.name = "net", .group = "Network", .summary = "network controllers: compare, change all or none, set back", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults,
	.release = release, .run = run, .word = action_at,
};
