/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hkctl apply: exactly a plan. Everything that can be found out beforehand is found out first; then the network, all or nothing; then the files. */
#include "net.h"
#include "base/file.h"
#include "render/commit.h"
#include "render/tree.h"
#include <stddef.h>
#include <string.h>

extern char **environ;

static const char *const formats[] = { "text", "json", "yaml", NULL };

#define OPTION(n, l, t, field) .name = n, .letter = l, .type = t, .offset = offsetof(struct net_config, field)
static const struct hk_opt options[] = {
	{ OPTION("directory", 'd', HK_OPT_STRING, directory), .metavar = "DIR",
	  .help = "write the manifests here, after the network; without it only the network is changed" },
	{ OPTION("network-plan", 0, HK_OPT_STRING, network_plan), .metavar = "FILE",
	  .help = "the changes of the network as they were saved and reviewed (hkctl net plan --save)" },
	{ OPTION("yes", 'y', HK_OPT_FLAG, yes), .help = "change the network as is found necessary now, without a saved network plan" },
	{ OPTION("resume", 0, HK_OPT_FLAG, resume), .help = "go on with an apply of this plan that was cut off" },
	{ OPTION("rollback", 0, HK_OPT_FLAG, rollback), .help = "set the network back to what it was before this plan was applied" },
	{ OPTION("file", 'f', HK_OPT_LIST, files), .metavar = "PATH", .help = "read documents from here instead of the paths the plan names" },
	{ OPTION("output", 'o', HK_OPT_ENUM, format), .choices = formats, .metavar = "FORMAT", .help = "how to print what became of each device" },
	{ OPTION("mesh", 0, HK_OPT_SET, mesh), .choices = hk_mesh_names, .metavar = "KINDS",
	  .help = "routes to write, separated by commas, as for hkctl render" },
	{ OPTION("prune", 0, HK_OPT_FLAG, prune), .help = "delete files an earlier rendering wrote and this one does not" },
	{ OPTION("commit", 0, HK_OPT_FLAG, commit), .help = "make one git commit of what was written" },
	{ OPTION("commit-message", 0, HK_OPT_STRING, message), .metavar = "TEXT", .help = "the message of that commit (implies --commit)" },
	{ OPTION("journal", 0, HK_OPT_STRING, journal), .metavar = "FILE", .help = "the journal (default: the plan's name with .journal)" },
	{ OPTION("yang", 0, HK_OPT_STRING, yang), .metavar = "DIR",
	  .help = "refuse values that do not fit the YANG modules in DIR, before any device is asked (with yanglint)" },
	{ OPTION("max-parallel", 0, HK_OPT_INT, max_parallel), .metavar = "N", .min = 0, .max = 100000, .help = "devices at work at a time (default: 0, all)" },
	{ OPTION("canary", 0, HK_OPT_INT, canary), .metavar = "N", .min = 0, .max = 100000, .help = "change and verify N devices before the others" },
	{ OPTION("measure", 0, HK_OPT_STRING, measure), .metavar = "PROGRAM",
	  .help = "run PROGRAM when the devices have the new values; all go back unless it ends with status 0" },
	{ OPTION("confirm", 0, HK_OPT_DURATION, confirm), .min = 10, .max = 86400, .metavar = "TIME",
	  .help = "after this time without confirmation devices go back by themselves (default: 10m)" },
	{ OPTION("timeout", 0, HK_OPT_DURATION, timeout), .min = 0.1, .max = 86400, .metavar = "TIME", .help = "for one step of one device (default: 1m)" },
	{ OPTION("discard-foreign", 0, HK_OPT_FLAG, discard_foreign), .help = "throw away edits that somebody else left unfinished on a device" },
	{ OPTION("force", 0, HK_OPT_FLAG, force), .help = "with --rollback or --resume: also where somebody changed a device since" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl apply plan.yaml -d deploy", "write the manifests of a plan that changes nothing in the network" },
	{ "hkctl apply plan.yaml --network-plan network.yaml -d deploy --commit", "the network as reviewed, then the manifests, as one commit" },
	{ "hkctl apply plan.yaml --resume -d deploy", "after a crash: finish it" },
	{ "hkctl apply plan.yaml --rollback", "set the network back" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl apply",
	.summary = "Carry out exactly a saved plan: network controllers first, all of them or none, verified by reading them again; then the manifests. A journal lets a later run finish or undo it.",
	.positional = "PLAN", .min_args = 1, .max_args = 1, .options = options, .common = hk_common_options, .examples = examples,
};

struct apply_run {
	struct net_run net;
	struct hk_inputs inputs;
	struct hk_tree tree;
	struct hk_commit *commit;
	const char *path;
	struct hk_buf journal, title;
};

static bool wants_commit(const struct net_config *config)
{
	return config->commit || config->message;
}

static int complain(const struct apply_run *run, enum hk_status status, const char *message)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, status, "%s", message);
	return hk_fail(run->net.env, &err);
}

static int refuse_stale(const struct apply_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (run->net.config->files.n || !hk_plan_refuse_stale(&run->net.plan, &err))
		return HK_OK;
	return hk_fail(run->net.env, &err);
}

/* ---- manifests ---- */

static int prepare_files(struct apply_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct net_config *config = run->net.config;
	struct hk_diags diags = HK_DIAGS_INIT;
	int status = HK_OK;
	if (!config->directory)
		return HK_OK;
	run->inputs.without_plan = run->net.plan.n_left_out > 0;
	status = hk_plan_open_inputs(run->net.env, &run->net.plan, &config->files, &run->inputs);
	if (status != HK_OK)
		return status;
	const struct hk_render_options render = { .mesh = hk_mesh_flags(config->mesh), .pin_nodes = true, .workspace = &run->inputs.workspace };
	if (hk_tree_render(&run->tree, &run->inputs.model, &run->net.plan, &render, &diags, &err) || diags.errors) {
		hk_print_diags(run->net.env, &diags);
		status = err.status ? hk_fail(run->net.env, &err) : HK_INVALID;
	} else if (wants_commit(config) && hk_commit_prepare(&run->commit, config->directory, environ, &err))
		status = hk_fail(run->net.env, &err);
	hk_diags_release(&diags);
	return status;
}

static int write_files(struct apply_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct net_config *config = run->net.config;
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	struct hk_commit_result result = { .id = "" };
	size_t counts[HK_TREE_EXTRA + 1] = { 0 };
	int status = HK_OK;
	if (!config->directory)
		return HK_OK;
	if (hk_tree_write(&run->tree, config->directory, config->prune, &report, &err) ||
	    (run->commit && hk_commit_make(run->commit, &run->tree, &run->net.plan, config->message, &result, &err)))
		status = hk_fail(run->net.env, &err);
	else {
		for (size_t i = 0; i < report.changes.n; i++)
			counts[report.changes.v[i].state]++;
		hk_remark(run->net.env, "%zu files written, %zu changed, %zu as they were", counts[HK_TREE_NEW], counts[HK_TREE_CHANGED], report.unchanged);
		if (*result.id)
			hk_remark(run->net.env, "commit %.12s", result.id);
	}
	hk_tree_report_release(&report);
	return status;
}

/* ---- network ---- */

/* "./a" and "a". */
static bool same_path(const char *a, const char *b)
{
	HK_AUTO_FREE char *left = hk_path_join(".", a), *right = hk_path_join(".", b);
	return strcmp(left, right) == 0;
}

/* A saved network plan names files of its own too: those that ask for sessions, and adapters. */
static int load_documents(struct apply_run *run)
{
	const struct hk_opt_list *files = &run->net.config->files;
	const struct hk_network_plan *changes = &run->net.changes;
	const char **paths = hk_calloc(run->net.plan.n_inputs + changes->n_inputs + 1, sizeof *paths);
	size_t n = 0;
	for (size_t i = 0; i < run->net.plan.n_inputs; i++)
		paths[n++] = run->net.plan.inputs[i].path;
	for (size_t i = 0; i < changes->n_inputs; i++) {
		size_t k = 0;
		while (k < n && !same_path(paths[k], changes->inputs[i].path))
			k++;
		if (k == n)
			paths[n++] = changes->inputs[i].path;
	}
	int status = files->n ? net_load(&run->net, files->v, files->n) : net_load(&run->net, paths, n);
	hk_cleanup_free(&paths);
	return status;
}

static int take_saved(struct apply_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	if (hk_network_plan_read(&run->net.changes, run->net.config->network_plan, &run->net.diags, &err)) {
		hk_print_diags(run->net.env, &run->net.diags);
		return hk_fail(run->net.env, &err);
	}
	if (!run->net.changes.plan || strcmp(run->net.changes.plan, run->net.plan.id) != 0)
		return complain(run, HK_STALE, "the network plan was made for another plan; make a new one with 'hkctl net plan'");
	/* what is to be finished or undone is in the journal; the file then only says where documents are */
	if (!run->net.config->resume && !run->net.config->rollback && hk_network_plan_stale(&run->net.changes, &names))
		return complain(run, HK_STALE, "the network plan was made from files that have changed since; make a new one with 'hkctl net plan'");
	return HK_OK;
}

static bool changes_anything(const struct apply_run *run)
{
	return run->net.changes.n_devices || run->net.changes.n_sessions;
}

static int find_changes(struct apply_run *run)
{
	if (run->net.config->network_plan || (!run->net.plan.n_network_changes && !hk_network_plan_has_wanted_sessions(&run->net.workspace)))
		return HK_OK;
	int status = run->net.plan.n_network_changes ? net_want(&run->net) : HK_OK;
	if (status == HK_OK)
		status = net_gather(&run->net);
	if (status != HK_OK || !changes_anything(run) || run->net.config->yes)
		return status;
	net_print_changes(&run->net);
	return complain(run, HK_USAGE,
			"the plan changes the network as shown; review it with 'hkctl net plan PLAN --save FILE' and give --network-plan FILE, or say --yes");
}

static int change_network(struct apply_run *run)
{
	if (changes_anything(run))
		return net_carry_out(&run->net, run->journal.s, run->title.s);
	if (!run->net.config->directory)
		hk_remark(run->net.env, "the plan changes nothing in the network; -d DIR writes its manifests");
	return HK_OK;
}

/*
 * Without a journal nothing was begun. A plan that leaves the network alone has none; any other must not go on to its manifests as if its network were there.
 */
static int resume_network(struct apply_run *run)
{
	if (hk_file_exists(run->journal.s))
		return net_finish(&run->net, run->journal.s, false, run->title.s);
	if (!run->net.plan.n_network_changes && !changes_anything(run) && !hk_network_plan_has_wanted_sessions(&run->net.workspace))
		return HK_OK;
	return complain(run, HK_USAGE, "there is no journal, so nothing was begun; apply the plan without --resume, or name its journal with --journal");
}

/* What the network was changed for is not there: it goes back. */
static int undo_network(struct apply_run *run, int status)
{
	if (!changes_anything(run) && !run->net.config->resume)
		return status;
	hk_journal_close(HK_STEAL(run->net.journal));
	hk_remark(run->net.env, "the manifests could not be written; setting the network back");
	net_finish(&run->net, run->journal.s, true, run->title.s);
	return status;
}

static int carry_out(struct apply_run *run)
{
	const struct net_config *config = run->net.config;
	int status;
	if (config->rollback)
		return net_finish(&run->net, run->journal.s, true, run->title.s);
	status = prepare_files(run);
	if (status == HK_OK && !config->resume)
		status = find_changes(run);
	if (status != HK_OK)
		return status;
	if (!config->resume)
		status = change_network(run);
	else
		status = resume_network(run);
	if (status != HK_OK)
		return status;
	status = write_files(run);
	return status == HK_OK ? HK_OK : undo_network(run, status);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct net_config *config = config_;
	struct apply_run run = { .net = { .env = env, .config = config, .only_plan = true }, .tree = HK_TREE_INIT, .path = args->v[0], .journal = HK_BUF_INIT,
				 .title = HK_BUF_INIT };
	int status;
	if (config->resume && config->rollback)
		return complain(&run, HK_USAGE, "--resume goes forward and --rollback back; leave out one of the two");
	if (wants_commit(config) && !config->directory)
		return complain(&run, HK_USAGE, "a commit of what? name the directory with -d DIR");
	hk_buf_addf(&run.journal, "%s%s", config->journal ? config->journal : run.path, config->journal ? "" : ".journal");
	net_open(&run.net);
	status = net_load_plan(&run.net, run.path);
	hk_buf_addf(&run.title, "plan %s", status == HK_OK ? run.net.plan.id : "");
	if (status == HK_OK && !config->rollback)
		status = refuse_stale(&run);
	if (status == HK_OK && config->network_plan)
		status = take_saved(&run);
	if (status == HK_OK)
		status = load_documents(&run);
	if (status == HK_OK)
		status = carry_out(&run);
	hk_commit_free(run.commit);
	hk_tree_release(&run.tree);
	if (config->directory)
		hk_inputs_release(&run.inputs);
	net_release(&run.net);
	hk_buf_release(&run.journal);
	hk_buf_release(&run.title);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct net_config *)config)->files);
}

static const struct net_config defaults = { .confirm = 600, .timeout = 60, .mesh = HK_MESH_DEFAULT };
const struct hk_cmd hk_cmd_apply = {
	.name = "apply", .group = "Deliver", .summary = "carry out a plan: the network, all or nothing, then the manifests", .spec = &spec,
	.defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
