/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "place/check.h"
#include "plan/left_out.h"
#include "plan/previous.h"
#include "render/commit.h"
#include "render/overlay.h"
#include "render/tree.h"
#include <stddef.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

struct config {
	const char *directory, *deletions, *message;
	struct hk_opt_list files;
	unsigned mesh, decisions;
	int format;
	bool pin_nodes, kustomize, check, prune, allow_stale, commit;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = { "text", "json", NULL };

static const struct hk_opt options[] = {
	{ .name = "directory", .letter = 'd', .type = HK_OPT_STRING, .offset = offsetof(struct config, directory), .metavar = "DIR", .help = "where to write" },
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "PATH",
	  .help = "read documents from here instead of the paths the plan names (may be repeated)" },
	{ .name = "mesh", .type = HK_OPT_SET, .offset = offsetof(struct config, mesh), .choices = hk_mesh_names, .metavar = "KINDS",
	  .help = "routes to write, separated by commas; istio when not given, all: istio and gateway" },
	{ .name = "decisions", .type = HK_OPT_SET, .offset = offsetof(struct config, decisions), .choices = hk_decision_names, .metavar = "SYSTEMS",
	  .help = "the plan for systems that spread work over clusters, separated by commas; written to decisions/SYSTEM" },
	{ .name = "pin-nodes", .type = HK_OPT_FLAG, .offset = offsetof(struct config, pin_nodes),
	  .help = "node affinity for single nodes where the plan needs it (default); --no-pin-nodes: for the cluster only" },
	{ .name = "kustomize", .letter = 'k', .type = HK_OPT_FLAG, .offset = offsetof(struct config, kustomize),
	  .help = "write bases and a kustomize overlay per cluster instead of finished manifests" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print what is written and what is to be deleted" },
	{ .name = "deletions", .type = HK_OPT_STRING, .offset = offsetof(struct config, deletions), .metavar = "FILE",
	  .help = "write what is to be deleted in the clusters, in a safe order, as JSON to FILE" },
	{ .name = "check", .type = HK_OPT_FLAG, .offset = offsetof(struct config, check),
	  .help = "write nothing; show the difference to the directory, exit 6 when there is one" },
	{ .name = "prune", .type = HK_OPT_FLAG, .offset = offsetof(struct config, prune),
	  .help = "delete files an earlier rendering wrote and this one does not" },
	{ .name = "commit", .type = HK_OPT_FLAG, .offset = offsetof(struct config, commit),
	  .help = "make one git commit of what was written, and of nothing else" },
	{ .name = "commit-message", .type = HK_OPT_STRING, .offset = offsetof(struct config, message), .metavar = "TEXT",
	  .help = "the message of that commit (implies --commit)" },
	{ .name = "allow-stale", .type = HK_OPT_FLAG, .offset = offsetof(struct config, allow_stale),
	  .help = "render although the plan does not hold for the documents any more" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl render plan.yaml -d deploy", "write the tree of a GitOps repository" },
	{ "hkctl render plan.yaml -d deploy --check", "in a commit hook: exit 6 with a diff when the tree differs" },
	{ "hkctl render plan.yaml -d deploy --prune --commit", "in a pipeline: one commit when anything changed, none otherwise" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl render",
	.summary = "Write, for every cluster of the plan, the user's own manifests with replicas and node affinity set, and routes with the plan's weights. Every other byte stays.",
	.positional = "PLAN", .min_args = 1, .max_args = 1, .options = options, .common = hk_common_options, .examples = examples,
};

static bool wants_commit(const struct config *config)
{
	return config->commit || config->message;
}

/* Inputs that are not what the plan was made from, by the digests of what was read. */
static size_t changed_inputs(const struct hk_plan *plan, const struct hk_workspace *workspace, struct hk_buf *changed)
{
	size_t count = 0;
	for (size_t i = 0; i < plan->n_inputs; i++) {
		const struct hk_plan_input *input = &plan->inputs[i];
		size_t low = 0, high = workspace->n_inputs;
		while (low < high) {
			size_t middle = low + (high - low) / 2;
			if (strcmp(workspace->inputs[middle]->path, input->path) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < workspace->n_inputs && strcmp(workspace->inputs[low]->path, input->path) == 0 &&
		    strcmp(hk_input_digest(workspace->inputs[low]), input->digest) == 0)
			continue;
		hk_buf_addstr(changed, count++ ? ", " : "");
		hk_buf_addscrubbed(changed, hk_str_of(input->path));
	}
	return count;
}

/* The plan must still hold for the documents as they are now; that their bytes changed does not matter then. */
static int verify(const struct hk_env *env, const struct config *config, const struct hk_inputs *inputs, const struct hk_plan *plan)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf changed = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_check_report report = { 0 };
	struct hk_plan previous = { 0 };
	bool has_previous = hk_plan_previous(plan, &previous);
	int status = HK_OK;
	if (hk_check_plan(&inputs->model, plan, has_previous ? &previous : NULL, &report, &diags, &err))
		status = hk_fail(env, &err);
	else if (report.violations && !config->allow_stale) {
		hk_print_diags(env, &diags);
		hk_err_set(&err, HK_STALE, "the plan does not hold for the documents any more; make a new one with 'hkctl plan' (or --allow-stale)");
		status = hk_fail(env, &err);
	} else if (report.violations)
		hk_remark(env, "warning: the plan does not hold for the documents any more (%zu violation%s)", report.violations,
			  report.violations == 1 ? "" : "s");
	else if (!config->files.n && changed_inputs(plan, &inputs->workspace, &changed))
		hk_remark(env, "these inputs changed since the plan was made, but it still holds: %s", changed.s);
	hk_plan_release(&previous);
	hk_diags_release(&diags);
	return status;
}

static void tell(const struct hk_env *env, const struct hk_tree_report *report, bool check)
{
	size_t counts[HK_TREE_EXTRA + 1] = { 0 }, removed = 0;
	for (size_t i = 0; i < report->changes.n; i++) {
		const struct hk_tree_change *change = &report->changes.v[i];
		counts[change->state]++;
		removed += change->removed;
		bool left = change->state >= HK_TREE_STALE && !change->removed;
		if (left)
			hk_remark(env, "%s: %s, left as it is", change->path, hk_tree_state_name(change->state));
	}
	hk_remark(env, check ? "%zu files to write, %zu to change, %zu to remove, %zu as they should be"
		  : "%zu files written, %zu changed, %zu removed, %zu as they were", counts[HK_TREE_NEW], counts[HK_TREE_CHANGED],
		  check ? counts[HK_TREE_STALE] : removed, report->unchanged);
}

/* What was written and what is to be deleted, as one JSON object. */
static int describe(const struct hk_tree_report *report, const struct hk_deletions *deletions, struct hk_buf *out, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, out);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	if (report) {
		hk_ser_key(ser, "files");
		hk_ser_seq(ser);
		for (size_t i = 0; i < report->changes.n; i++) {
			hk_ser_map(ser);
			hk_ser_kstr(ser, "path", report->changes.v[i].path);
			hk_ser_kstr(ser, "state", hk_tree_state_name(report->changes.v[i].state));
			hk_ser_kbool(ser, "pruned", report->changes.v[i].removed);
			hk_ser_end(ser);
		}
		hk_ser_end(ser);
		hk_ser_kint(ser, "unchanged", (int64_t)report->unchanged);
	}
	hk_deletions_write(deletions, ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int tell_deletions(const struct hk_env *env, const struct config *config, const struct hk_tree *tree, const struct hk_model *model,
			  const struct hk_tree_report *report, const struct hk_overlays *before, struct hk_buf *out)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf file = HK_BUF_INIT;
	struct hk_deletions deletions = HK_DELETIONS_INIT;
	int status = config->kustomize ? hk_overlays_deletions(before, tree, config->directory, model, &deletions, &err) :
					 hk_deletions_find(tree, config->directory, report, model, &deletions, &err);
	if (status == 0 && config->deletions)
		status = describe(NULL, &deletions, &file, &err) != 0 ? -1 : hk_file_update(config->deletions, file.s, file.len, NULL, &err);
	if (status == 0 && config->format == FORMAT_JSON) {
		hk_buf_reset(out);
		status = describe(report, &deletions, out, &err);
	} else if (status == 0 && !config->check) {
		hk_deletions_print(&deletions, out);
	}
	hk_deletions_release(&deletions);
	return status != 0 ? hk_fail(env, &err) : HK_OK;
}

static int write_or_compare(const struct config *config, const struct hk_tree *tree, struct hk_tree_report *report, struct hk_buf *text, struct hk_err *err)
{
	return config->check ? hk_tree_compare(tree, config->directory, report, text, err) : hk_tree_write(tree, config->directory, config->prune, report, err);
}

static int commit_files(const struct hk_env *env, const struct config *config, struct hk_commit *commit, const struct hk_tree *tree, const struct hk_plan *plan)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_commit_result result;
	if (hk_commit_make(commit, tree, plan, config->message, &result, &err))
		return hk_fail(env, &err);
	if (*result.id)
		hk_remark(env, "commit %.12s: %zu files added, %zu changed, %zu removed", result.id, result.added, result.changed, result.removed);
	else
		hk_remark(env, "nothing to commit");
	return HK_OK;
}

/* What can stop a commit is found before anything is written. */
static int deliver(const struct hk_env *env, const struct config *config, const struct hk_model *model, const struct hk_tree *tree, const struct hk_plan *plan)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_tree_report report = HK_TREE_REPORT_INIT;
	struct hk_overlays before = HK_OVERLAYS_INIT;
	struct hk_commit *commit = NULL;
	int status = HK_OK;
	if ((wants_commit(config) && hk_commit_prepare(&commit, config->directory, environ, &err)) ||
	    (config->kustomize && hk_overlays_read(&before, config->directory, &err)) || write_or_compare(config, tree, &report, &text, &err))
		status = hk_fail(env, &err);
	else {
		tell(env, &report, config->check);
		status = tell_deletions(env, config, tree, model, &report, &before, &text);
		if (status == HK_OK && commit)
			status = commit_files(env, config, commit, tree, plan);
		if (status == HK_OK)
			status = hk_print(&text, config->check && report.pending ? HK_PENDING : HK_OK);
	}
	hk_commit_free(commit);
	hk_overlays_release(&before);
	hk_tree_report_release(&report);
	return status;
}

/* Notes tell what the plan cannot say in a manifest; that is so on every run, so they are for those who ask. */
static void print_findings(const struct hk_env *env, struct hk_diags *diags)
{
	size_t notes = 0, kept = 0;
	for (size_t i = 0; i < diags->list.n; i++) {
		bool hidden = diags->list.v[i].severity == HK_NOTE && !env->common.verbose;
		notes += hidden;
		if (!hidden)
			diags->list.v[kept++] = diags->list.v[i];
	}
	diags->list.n = kept;
	diags->notes = env->common.verbose ? diags->notes : 0;
	hk_print_diags(env, diags);
	if (notes)
		hk_remark(env, "%zu note%s about what manifests cannot say; -v shows %s", notes, notes == 1 ? "" : "s", notes == 1 ? "it" : "them");
}

static int render(const struct hk_env *env, const struct config *config, const struct hk_inputs *inputs, const struct hk_plan *plan)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_tree tree = HK_TREE_INIT;
	const struct hk_render_options render = { .mesh = hk_mesh_flags(config->mesh), .decisions = hk_decision_flags(config->decisions),
						  .pin_nodes = config->pin_nodes,
						  .kustomize = config->kustomize, .workspace = &inputs->workspace };
	int status = HK_OK;
	if (hk_tree_render(&tree, &inputs->model, plan, &render, &diags, &err)) {
		hk_print_diags(env, &diags);
		status = err.status ? hk_fail(env, &err) : HK_INVALID;
	} else {
		if (diags.errors || !env->common.quiet)
			print_findings(env, &diags);
		status = diags.errors ? HK_INVALID : deliver(env, config, &inputs->model, &tree, plan);
	}
	hk_tree_release(&tree);
	hk_diags_release(&diags);
	return status;
}

static const char *misuse(const struct config *config)
{
	if (!config->directory)
		return "where to? name the directory with -d DIR";
	return config->check && wants_commit(config) ? "--check writes nothing, so there is nothing to commit; leave out one of the two" : NULL;
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	struct hk_inputs inputs = { 0 };
	struct hk_plan plan = { 0 };
	int status;
	const char *wrong = misuse(config);
	if (wrong) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		hk_err_set(&err, HK_USAGE, "%s", wrong);
		return hk_fail(env, &err);
	}
	status = hk_plan_open(env, args->v[0], &plan);
	inputs.without_plan = plan.n_left_out > 0;
	if (!status)
		status = hk_plan_open_inputs(env, &plan, &config->files, &inputs);
	if (!status)
		hk_plan_leave_out(&plan, &inputs.model);
	if (!status)
		status = verify(env, config, &inputs, &plan);
	if (!status)
		status = render(env, config, &inputs, &plan);
	hk_inputs_release(&inputs);
	hk_plan_release(&plan);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct config *)config)->files);
}

static const struct config defaults = { .mesh = HK_MESH_DEFAULT, .pin_nodes = true };
const struct hk_cmd hk_cmd_render = {
	.name = "render", .group = "Deliver", .summary = "write manifests and routes for every cluster", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
