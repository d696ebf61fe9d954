/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "plan/left_out.h"
#include "report/diff.h"
#include "yaml/items.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct config {
	const char *directory;
	struct hk_opt_list live, ignored, files;
	int format;
	unsigned mesh, decisions;
	bool pin_nodes, kustomize, detailed;
};

static const char *const formats[] = { "text", "json", "yaml", NULL };

static const struct hk_opt options[] = {
	{ .name = "directory", .letter = 'd', .type = HK_OPT_STRING, .offset = offsetof(struct config, directory), .metavar = "DIR",
	  .help = "compare with the tree that was rendered here" },
	{ .name = "live", .letter = 'l', .type = HK_OPT_LIST, .offset = offsetof(struct config, live), .metavar = "[CLUSTER=]FILE",
	  .help = "compare with live objects saved by kubectl get -o json or yaml (may be repeated)" },
	{ .name = "ignore", .type = HK_OPT_LIST, .offset = offsetof(struct config, ignored), .metavar = "FIELD",
	  .help = "fields of objects that do not count, as 'metadata.labels' or 'spec.template.spec.containers[web].image' (may be repeated)" },
	{ .name = "detailed-exitcode", .type = HK_OPT_FLAG, .offset = offsetof(struct config, detailed), .help = "exit 6 when anything differs" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print" },
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "PATH",
	  .help = "read documents from here instead of the paths the plan names (may be repeated)" },
	{ .name = "mesh", .type = HK_OPT_SET, .offset = offsetof(struct config, mesh), .choices = hk_mesh_names, .metavar = "KINDS",
	  .help = "routes that are rendered, as for render" },
	{ .name = "decisions", .type = HK_OPT_SET, .offset = offsetof(struct config, decisions), .choices = hk_decision_names, .metavar = "SYSTEMS",
	  .help = "decisions that are rendered, as for render" },
	{ .name = "pin-nodes", .type = HK_OPT_FLAG, .offset = offsetof(struct config, pin_nodes),
	  .help = "as for render (default); --no-pin-nodes: affinity for the cluster only" },
	{ .name = "kustomize", .letter = 'k', .type = HK_OPT_FLAG, .offset = offsetof(struct config, kustomize),
	  .help = "as for render: the tree holds bases and overlays" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl diff plan.yaml new.yaml", "what a new plan changes, and why" },
	{ "hkctl diff new.yaml -d deploy", "what rendering it would change in a tree, and who edited the tree" },
	{ "hkctl diff plan.yaml -d deploy -l edge=edge.json --detailed-exitcode",
	  "what a cluster runs that is not what git says; exit 6 when anything differs" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl diff",
	.summary = "Compare plans, a rendered tree and live objects. Drift (somebody changed what was rendered) and changes (a new plan decides otherwise) are told apart, each with its reason.",
	.positional = "[OLD] NEW", .min_args = 1, .max_args = 2, .options = options, .common = hk_common_options, .examples = examples,
};

struct job {
	const struct hk_env *env;
	const struct config *config;
	struct hk_plan plans[2];           /* old, new; with one plan only the second is used */
	bool has_old;
	struct hk_inputs inputs;
	struct hk_tree trees[2];           /* renderings of the plans */
	struct hk_rendered rendered;       /* what should be live */
	struct hk_source *sources;         /* saved lists */
	size_t n_sources;
	struct hk_plan_diff plan_diff;
	struct hk_drift drift;
	HK_VEC(const char *) clusters;
	struct hk_diags diags;
};

static int render(struct job *job, size_t which)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	const struct hk_render_options how = { .mesh = hk_mesh_flags(job->config->mesh), .decisions = hk_decision_flags(job->config->decisions),
						.pin_nodes = job->config->pin_nodes, .kustomize = job->config->kustomize, .workspace = &job->inputs.workspace };
	int status = HK_OK;
	if (hk_tree_render(&job->trees[which], &job->inputs.model, &job->plans[which], &how, &diags, &err) || diags.errors) {
		hk_print_diags(job->env, &diags);
		status = err.status ? hk_fail(job->env, &err) : HK_INVALID;
	}
	hk_diags_release(&diags);
	return status;
}

/* The newer plan is rendered to be compared with a directory; the older one for what was there before, as far as the documents still know its names. */
static int render_plans(struct job *job)
{
	const struct config *config = job->config;
	bool live_from_plan = config->live.n && !config->directory;
	if (!config->directory && !live_from_plan)
		return HK_OK;
	job->inputs.without_plan = job->plans[1].n_left_out > 0;
	int status = hk_plan_open_inputs(job->env, &job->plans[1], &config->files, &job->inputs);
	if (!status)
		hk_plan_leave_out(&job->plans[1], &job->inputs.model);
	if (!status && job->has_old)
		status = render(job, 0);
	return status || (live_from_plan && job->has_old) ? status : render(job, 1);
}

static bool is_cluster(const struct job *job, const char *name, size_t length)
{
	for (size_t i = 0; i < job->rendered.clusters.n; i++)
		if (strlen(job->rendered.clusters.v[i]) == length && strncmp(job->rendered.clusters.v[i], name, length) == 0)
			return true;
	return false;
}

/* "edge=file", else the name of the file ("saved/edge.json"), else the only cluster there is. */
static int resolve_live(const struct job *job, const char *text, const char **cluster, const char **path, struct hk_arena *arena, struct hk_err *err)
{
	const char *equals = strchr(text, '='), *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
	if (equals && is_cluster(job, text, (size_t)(equals - text))) {
		*cluster = hk_arena_slicedup(arena, (struct hk_str){ text, (size_t)(equals - text) });
		*path = equals + 1;
		return 0;
	}
	*path = text;
	if (is_cluster(job, name, strcspn(name, "."))) {
		*cluster = hk_arena_slicedup(arena, (struct hk_str){ name, strcspn(name, ".") });
		return 0;
	}
	if (job->rendered.clusters.n == 1 && !equals) {
		*cluster = job->rendered.clusters.v[0];
		return 0;
	}
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	for (size_t i = 0; i < job->rendered.clusters.n; i++)
		hk_buf_addf(&names, "%s%s", i ? ", " : "", job->rendered.clusters.v[i]);
	return hk_err_set(err, HK_USAGE, "of which cluster is '%s'? write --live CLUSTER=FILE with one of: %s", text, names.s);
}

static int compare_live(struct job *job, const struct hk_drift_options *drift_options)
{
	const struct config *config = job->config;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_saved_list *lists = hk_calloc(config->live.n + 1, sizeof *lists);
	struct hk_arena arena = HK_ARENA_INIT;
	int status = 0;
	if (config->directory)
		status = hk_rendered_from_directory(&job->rendered, config->directory, &job->plans[1], &job->diags, &err);
	else
		hk_rendered_from_tree(&job->rendered, &job->trees[!job->has_old], &job->plans[!job->has_old], &job->diags);
	job->sources = hk_calloc(config->live.n + 1, sizeof *job->sources);
	for (size_t i = 0; status == 0 && i < config->live.n; i++) {
		const char *path;
		status = resolve_live(job, config->live.v[i], &lists[i].cluster, &path, &arena, &err);
		if (status == 0)
			status = hk_source_load(&job->sources[i], path, HK_ITEMS_MAX, &err);
		job->n_sources += status == 0;
		lists[i].source = &job->sources[i];
	}
	if (status == 0) {
		hk_drift_live(&job->drift, &job->rendered, lists, config->live.n, drift_options, &job->diags);
		/* what is told outlives the names that were taken apart here */
		for (size_t i = 0; i < job->drift.drift.n; i++)
			if (job->drift.drift.v[i].cluster)
				job->drift.drift.v[i].cluster = hk_arena_strdup(&job->drift.arena, job->drift.drift.v[i].cluster);
	}
	free(lists);
	hk_arena_release(&arena);
	return status ? hk_fail(job->env, &err) : HK_OK;
}

static int compare(struct job *job)
{
	const struct config *config = job->config;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_drift_options drift_options = { config->ignored.v, config->ignored.n };
	int status = render_plans(job);
	if (status)
		return status;
	if (config->directory && hk_drift_directory(&job->drift, &job->trees[1], job->has_old ? &job->trees[0] : NULL, config->directory, &job->plans[1],
						    &drift_options, &err))
		return hk_fail(job->env, &err);
	if (config->live.n)
		status = compare_live(job, &drift_options);
	if (job->has_old)
		hk_plan_diff(&job->plan_diff, &job->plans[0], &job->plans[1]);
	hk_drift_sort(&job->drift);
	hk_print_diags(job->env, &job->diags);
	return status || !job->diags.errors ? status : HK_INVALID;
}

/* Which clusters there are now: from the documents of the newer plan, when they can be read. Nothing is said when they cannot. */
static void know_clusters(struct job *job)
{
	const struct hk_plan *plan = &job->plans[1];
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_VEC(const char *) paths = { 0 };
	for (size_t i = 0; i < plan->n_inputs; i++)
		if (strcmp(plan->inputs[i].path, "-") != 0 && hk_file_exists(plan->inputs[i].path))
			hk_vec_push(&paths, plan->inputs[i].path);
	if (!job->inputs.loaded && paths.n == plan->n_inputs && paths.n) {
		job->inputs = (struct hk_inputs){ .diags = HK_DIAGS_INIT, .loaded = true };
		if (hk_workspace_load(&job->inputs.workspace, paths.v, paths.n, false, &diags, NULL) == 0 && !diags.errors)
			(void)hk_model_load(&job->inputs.model, &job->inputs.workspace, &diags, NULL);
	}
	for (size_t i = 0; i < job->inputs.model.n_clusters; i++)
		hk_vec_push(&job->clusters, job->inputs.model.clusters[i].name);
	hk_vec_release(&paths);
	hk_diags_release(&diags);
}

static int print(struct job *job)
{
	const struct hk_env *env = job->env;
	const struct config *config = job->config;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, stale = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	size_t changed = hk_plan_stale(&job->plans[1], &stale);
	const struct hk_diff_view view = {
		.before = job->has_old ? &job->plans[0] : NULL, .after = &job->plans[1], .plans = job->has_old ? &job->plan_diff : NULL,
		.drift = config->directory || config->live.n ? &job->drift : NULL, .directory = config->directory, .live = config->live.n > 0,
		.clusters = job->clusters.n ? job->clusters.v : NULL, .n_clusters = job->clusters.n, .stale = changed ? stale.s : NULL,
		.colour = env->out_color,
	};
	if (config->format == 0) {
		hk_diff_text(&view, &text);
	} else {
		struct hk_ser *ser = hk_ser_open(config->format == 1 ? HK_SER_JSON : HK_SER_YAML, &text);
		hk_diff_json(&view, ser);
		if (hk_ser_close(ser, &err))
			return hk_fail(env, &err);
	}
	return hk_print(&text, config->detailed && !hk_diff_is_empty(&view) ? HK_PENDING : HK_OK);
}

static void release_job(struct job *job)
{
	for (size_t i = 0; i < HK_COUNT(job->trees); i++) {
		hk_tree_release(&job->trees[i]);
		hk_plan_release(&job->plans[i]);
	}
	for (size_t i = 0; i < job->n_sources; i++)
		hk_source_release(&job->sources[i]);
	free(job->sources);
	hk_rendered_release(&job->rendered);
	hk_plan_diff_release(&job->plan_diff);
	hk_drift_release(&job->drift);
	hk_vec_release(&job->clusters);
	hk_diags_release(&job->diags);
	hk_inputs_release(&job->inputs);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct job job = { .env = env, .config = config, .has_old = args->n == 2, .rendered = HK_RENDERED_INIT, .drift = HK_DRIFT_INIT,
			   .diags = HK_DIAGS_INIT };
	if (args->n == 1 && !config->directory && !config->live.n) {
		hk_err_set(&err, HK_USAGE, "compare '%s' with what? name a second plan, a rendered tree (-d DIR) or live objects (--live CLUSTER=FILE)",
			   args->v[0]);
		return hk_fail(env, &err);
	}
	for (size_t i = 0; i < args->n; i++)
		if (hk_file_is_dir(args->v[i])) {
			hk_err_set(&err, HK_USAGE, "'%s' is a directory; compare a plan with it by -d '%s'", args->v[i], args->v[i]);
			return hk_fail(env, &err);
		}
	int status = job.has_old ? hk_plan_open(env, args->v[0], &job.plans[0]) : HK_OK;
	if (!status)
		status = hk_plan_open(env, args->v[args->n - 1], &job.plans[1]);
	if (!status)
		status = compare(&job);
	if (status == HK_OK) {
		if (job.has_old)
			know_clusters(&job);
		status = print(&job);
	}
	release_job(&job);
	return status;
}

static void release(void *config)
{
	struct config *c = config;
	hk_vec_release(&c->live);
	hk_vec_release(&c->ignored);
	hk_vec_release(&c->files);
}

static const struct config defaults = { .mesh = HK_MESH_DEFAULT, .pin_nodes = true };
const struct hk_cmd hk_cmd_diff = {
	.name = "diff", .group = "Decide", .summary = "what differs: plans, a rendered tree, live objects", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
