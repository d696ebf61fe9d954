/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: compliance of what runs, and what is to be done about violations. */
#include "check/print.h"
#include "base/file.h"
#include "base/time.h"
#include "cmd.h"
#include "plan/changes.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

enum { PRINT_TEXT, PRINT_JSON, PRINT_BINDINGS, PRINT_EVICTIONS, PRINT_NETWORK };

struct config {
	struct hk_opt_list files, pods, providers;
	int format;
	const char *at, *replan;
	double max_age, mitigation_grace, provider_timeout;
	int64_t most, max_evictions, max_per_node, max_per_name_space, min_replicas, priority_threshold;
	bool now, declared, grace, all, local_storage, detailed_exitcode;
};

static const char *const formats[] = { "text", "json", "bindings", "evictions", "network", NULL };

static const struct hk_opt options[] = {
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "PATH",
	  .help = "documents: topology, pipelines, policies, metrics, and the bindings of the last check (may be repeated); without it the paths the plan names" },
	{ .name = "pods", .type = HK_OPT_LIST, .offset = offsetof(struct config, pods), .metavar = "[CLUSTER=]FILE",
	  .help = "saved pods, and disruption budgets, of a cluster (may be repeated); without CLUSTER= nodes tell" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "what to print: the report, or ConstraintPolicyBinding objects, Eviction objects, a NetworkChanges document" },
	{ .name = "provider", .type = HK_OPT_LIST, .offset = offsetof(struct config, providers), .metavar = "RULE=PROGRAM",
	  .help = "program that answers for a rule: one JSON request in, one JSON reply out, no shell (may be repeated)" },
	{ .name = "provider-timeout", .type = HK_OPT_DURATION, .offset = offsetof(struct config, provider_timeout), .metavar = "TIME", .min = 0.001,
	  .max = 3600,
	  .help = "how long a program may take; default 10s" },
	{ .name = "now", .type = HK_OPT_FLAG, .offset = offsetof(struct config, now),
	  .help = "let the clock say when it is; without it the newest observation does" },
	{ .name = "at", .type = HK_OPT_STRING, .offset = offsetof(struct config, at), .metavar = "TIME", .help = "when it is (2026-01-31T12:00:00Z)" },
	{ .name = "max-age", .type = HK_OPT_DURATION, .offset = offsetof(struct config, max_age), .metavar = "TIME",
	  .help = "with --now or --at: how old a measurement may be; at least the offer's period" },
	{ .name = "declared", .type = HK_OPT_FLAG, .offset = offsetof(struct config, declared),
	  .help = "where nothing was measured, take what the topology declares" },
	{ .name = "grace", .type = HK_OPT_FLAG, .offset = offsetof(struct config, grace),
	  .help = "wait for the graces of offers (default); --no-grace: act on violations at once" },
	{ .name = "mitigation-grace", .type = HK_OPT_DURATION, .offset = offsetof(struct config, mitigation_grace), .metavar = "TIME",
	  .help = "how long a network change may take to help before pods are evicted; default 1m" },
	{ .name = "max-evictions", .type = HK_OPT_INT, .offset = offsetof(struct config, max_evictions), .metavar = "N", .min = 0, .max = 1e9,
	  .help = "evict at most so many pods; 0: no cap" },
	{ .name = "max-evictions-per-node", .type = HK_OPT_INT, .offset = offsetof(struct config, max_per_node), .metavar = "N", .min = 0, .max = 1e9,
	  .help = "the same for each node" },
	{ .name = "max-evictions-per-namespace", .type = HK_OPT_INT, .offset = offsetof(struct config, max_per_name_space), .metavar = "N", .min = 0,
	  .max = 1e9,
	  .help = "the same for each namespace" },
	{ .name = "min-replicas", .type = HK_OPT_INT, .offset = offsetof(struct config, min_replicas), .metavar = "N", .min = 0, .max = 1e9,
	  .help = "leave workloads with fewer pods alone" },
	{ .name = "priority-threshold", .type = HK_OPT_INT, .offset = offsetof(struct config, priority_threshold), .metavar = "N", .min = -2147483648.0,
	  .max = 2147483647.0,
	  .help = "leave pods of this priority and above alone; default 2000000000 (system-cluster-critical)" },
	{ .name = "evict-local-storage", .type = HK_OPT_FLAG, .offset = offsetof(struct config, local_storage),
	  .help = "evict pods with emptyDir or hostPath volumes, too" },
	{ .name = "all", .letter = 'a', .type = HK_OPT_FLAG, .offset = offsetof(struct config, all), .help = "show bindings that comply, too" },
	{ .name = "most", .type = HK_OPT_INT, .offset = offsetof(struct config, most), .metavar = "N", .min = 0, .max = 1e9,
	  .help = "bindings in the text report; default 50, 0: all" },
	{ .name = "replan", .type = HK_OPT_STRING, .offset = offsetof(struct config, replan), .metavar = "FILE",
	  .help = "when something is violated, make a new plan that moves as little as it pays, write it here, and evict only what it moves" },
	{ .name = "detailed-exitcode", .type = HK_OPT_FLAG, .offset = offsetof(struct config, detailed_exitcode),
	  .help = "exit 6 when nothing is violated, but bindings are pending or pods are not where the plan has them" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl check plan.yaml -f deploy -f metrics.yaml --pods pods.json", "does what runs comply, and does it run where planned" },
	{ "hkctl check -f deploy -f bindings.yaml -o bindings", "the same, and since when: grace counts from the last check's times" },
	{ "hkctl check plan.yaml -o network", "network changes that would mend what is violated" },
	{ "hkctl check plan.yaml --pods edge=pods.json -o evictions", "pods to evict, in order" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl check",
	.summary = "Evaluate constraint policies for what runs (or, without pods, for what a plan would run), and decide what is done about violations: network changes, evictions, a new plan.",
	.positional = "[PLAN]", .min_args = 0, .max_args = 1, .options = options, .common = hk_common_options, .examples = examples,
};

struct job {
	const struct hk_env *env;
	const struct config *config;
	const char *plan_path;
	double now;                        /* s since 1970; 0: the newest observation */
	struct hk_plan plan, after;
	bool has_plan, has_after, opened, acted;
	struct hk_workspace workspace;
	struct hk_model model;
	struct hk_diags diags;
	struct hk_arena scratch;
	struct hk_opt_list paths;
	HK_VEC(struct hk_check_origin) origins;
	HK_VEC(struct hk_check_program) programs;
	struct hk_check check;
	struct hk_earlier_list earlier;
	struct hk_actions actions;
	struct hk_drift drift;
	struct hk_buf replan;
};

static int fail_usage(const struct hk_env *env, const char *format, const char *what)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_USAGE, "%s '%s'", format, what);
	return hk_fail(env, &err);
}

/* A measured limit that nothing can keep is what check is about: it must not end at the findings that plan ends at. */
static void allow_violations(struct hk_diags *diags)
{
	static const enum hk_rule_id rules[] = { HK0405, HK0406, HK0408, HK0409, HK0412, HK0413, HK0501, HK0505, HK0506, HK0507, HK0508, HK0509 };
	for (size_t i = 0; i < HK_COUNT(rules); i++)
		hk_diags_disable(diags, rules[i]);
}

static int load_model(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	allow_violations(&job->diags);
	if (hk_workspace_load(&job->workspace, job->paths.v, job->paths.n, true, &job->diags, &err))
		return hk_fail(job->env, &err);
	if (hk_read_now(job->env, job->config->now, job->config->at, &job->now))
		return HK_USAGE;
	job->workspace.now = job->now;
	if (!job->diags.errors && hk_model_load(&job->model, &job->workspace, &job->diags, &err))
		return hk_fail(job->env, &err);
	if (!job->diags.errors && !job->model.n_clusters)
		hk_err_set(&err, HK_INVALID, "no document of kind Topology among the inputs; name its file or directory with -f");
	else if (!job->diags.errors && !job->workspace.count_by_kind[HK_KIND_CONSTRAINT_POLICY_OFFER])
		hk_err_set(&err, HK_INVALID, "no ConstraintPolicyOffer among the inputs, so there is nothing to check; name its file or directory with -f");
	if (err.status)
		return hk_fail(job->env, &err);
	if (job->diags.errors)
		hk_print_diags(job->env, &job->diags);
	return job->diags.errors ? HK_INVALID : HK_OK;
}

/* "edge-a=pods.json": the cluster is looked up when the model is there. */
static struct hk_str cluster_part(const char *text)
{
	struct hk_str rest = hk_str_of(text), name = hk_str_cut(&rest, '=');
	return rest.n && !memchr(name.s, '/', name.n) ? name : (struct hk_str){ "", 0 };
}

/* A file of something else must not be taken for one that says that nothing runs. */
static bool has_objects(const struct job *job, const char *path)
{
	HK_AUTO_FREE char *wanted = hk_path_join(".", strcmp(path, "-") == 0 ? "<stdin>" : path);
	bool found = hk_file_is_dir(path);
	for (size_t i = 0; i < job->workspace.n_documents && !found; i++) {
		const struct hk_document *document = job->workspace.documents[i];
		HK_AUTO_FREE char *name = hk_path_join(".", document->doc.source->name);
		found = document->kind == HK_KIND_KUBERNETES && strcmp(name, wanted) == 0;
	}
	return found;
}

static int find_origins(struct job *job)
{
	for (size_t i = 0; i < job->config->pods.n; i++) {
		const char *text = job->config->pods.v[i];
		struct hk_str name = cluster_part(text);
		if (!has_objects(job, text + (name.n ? name.n + 1 : 0))) {
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			hk_err_set(&err, HK_INVALID, "'%s' has no Kubernetes object; save pods with 'kubectl get pods -A -o json'",
				   text + (name.n ? name.n + 1 : 0));
			return hk_fail(job->env, &err);
		}
		if (!name.n)
			continue;
		const char *cluster = hk_arena_slicedup(&job->scratch, name);
		uint32_t index = hk_model_cluster(&job->model, cluster);
		if (index == HK_NO_INDEX)
			return fail_usage(job->env, "--pods names a cluster that no topology has:", cluster);
		hk_vec_push(&job->origins, (struct hk_check_origin){ text + name.n + 1, index });
	}
	return HK_OK;
}

static int find_programs(struct job *job)
{
	for (size_t i = 0; i < job->config->providers.n; i++) {
		struct hk_str rest = hk_str_of(job->config->providers.v[i]), name = hk_str_cut(&rest, '=');
		if (!name.n || !rest.n)
			return fail_usage(job->env, "--provider takes RULE=PROGRAM, found", job->config->providers.v[i]);
		hk_vec_push(&job->programs, (struct hk_check_program){ hk_arena_slicedup(&job->scratch, name), rest.s });
	}
	return HK_OK;
}

static int load(struct job *job, const struct hk_opt_args *args)
{
	int status = HK_OK;
	job->plan_path = args->n ? args->v[0] : NULL;
	if (job->plan_path) {
		status = hk_plan_open(job->env, job->plan_path, &job->plan);
		job->has_plan = !status;
	}
	if (status)
		return status;
	for (size_t i = 0; i < job->config->files.n; i++)
		hk_vec_push(&job->paths, job->config->files.v[i]);
	for (size_t i = 0; !job->config->files.n && i < job->plan.n_inputs; i++)
		hk_vec_push(&job->paths, job->plan.inputs[i].path);
	if (!job->paths.n)
		return fail_usage(job->env, "nothing to check: name documents with -f PATH, or a", "PLAN");
	for (size_t i = 0; i < job->config->pods.n; i++) {
		struct hk_str name = cluster_part(job->config->pods.v[i]);
		hk_vec_push(&job->paths, job->config->pods.v[i] + (name.n ? name.n + 1 : 0));
	}
	status = load_model(job);
	if (!status)
		status = find_origins(job);
	return status ? status : find_programs(job);
}

static int evaluate(struct job *job)
{
	const struct config *config = job->config;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_check_options settings = { .max_age = config->max_age, .mitigation_grace = config->mitigation_grace,
					     .provider_timeout = config->provider_timeout,
					     .declared = config->declared, .no_grace = !config->grace, .pods_saved = config->pods.n > 0,
					     .programs = job->programs.v, .n_programs = job->programs.n,
					     .now = job->now > 0 ? job->now : (double)NAN };
	int status = HK_OK;
	job->opened = true;
	if (hk_check_open(&job->check, &job->model, &job->workspace, job->has_plan ? &job->plan : NULL, job->origins.v, job->origins.n, &settings, &diags,
			  &err))
		status = hk_fail(job->env, &err);
	if (diags.errors || !job->env->common.quiet)
		hk_print_diags(job->env, &diags);
	if (!status && diags.errors)
		status = HK_INVALID;
	if (!status && !job->check.n_pods && !job->has_plan) {
		hk_err_set(&err, HK_INVALID,
			   "no pod among the inputs: save them with 'kubectl get pods -A -o json' and name the file with --pods, or name a plan");
		status = hk_fail(job->env, &err);
	}
	hk_diags_release(&diags);
	return status;
}

static void act(struct job *job)
{
	const struct config *config = job->config;
	const struct hk_eviction_limits limits = { (uint64_t)config->max_per_node, (uint64_t)config->max_per_name_space, (uint64_t)config->max_evictions,
						   (uint64_t)config->min_replicas, config->priority_threshold, config->local_storage };
	if (job->acted)
		hk_actions_close(&job->actions);
	job->acted = true;
	hk_actions_open(&job->actions, &job->check, &job->earlier, job->has_after ? &job->after : NULL, &limits);
}

/* ---- a new plan ---- */

static void add_word(struct hk_buf *out, const char *word)
{
	bool plain = *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@+") == strlen(word);
	hk_buf_addstr(out, plain ? " " : " '");
	for (const char *s = word; *s; s++)
		hk_buf_addslice(out, *s == '\'' ? HK_STR("'\\''") : (struct hk_str){ s, 1 });
	hk_buf_addstr(out, plain ? "" : "'");
}

static void collect_words(const struct job *job, const char *output, struct hk_opt_list *words)
{
	hk_vec_push(words, "plan");
	for (size_t i = 0; i < job->paths.n - job->config->pods.n; i++) {
		hk_vec_push(words, "-f");
		hk_vec_push(words, job->paths.v[i]);
	}
	if (job->plan_path) {
		hk_vec_push(words, "--previous");
		hk_vec_push(words, job->plan_path);
	}
	hk_vec_push(words, "-o");
	hk_vec_push(words, output);
}

/* Only where there is something to plan, and a reason to. */
static void offer_plan(struct job *job)
{
	struct hk_opt_list words = { NULL, 0, 0 };
	if (!job->model.n_pipelines || (!job->actions.states[HK_STATE_VIOLATION] && !job->drift.list.n))
		return;
	collect_words(job, job->plan_path ? job->plan_path : "plan.yaml", &words);
	hk_buf_addstr(&job->replan, "hkctl");
	for (size_t i = 0; i < words.n; i++)
		add_word(&job->replan, words.v[i]);
	hk_vec_release(&words);
}

/* The verb plan itself, with the words a person would type. */
static int make_plan(struct job *job)
{
	const struct hk_cmd *plan = hk_cmd_find("plan");
	struct hk_opt_list words = { NULL, 0, 0 };
	struct hk_opt_args args = { 0 };
	struct hk_common common = job->env->common;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_FREE void *config = hk_calloc(1, plan->config_size);
	int status = HK_OK;
	if (!job->config->replan || !job->model.n_pipelines || !job->actions.states[HK_STATE_VIOLATION])
		return HK_OK;
	memcpy(config, plan->defaults, plan->config_size);
	collect_words(job, job->config->replan, &words);
	if (hk_opt_parse(plan->spec, config, &common, (int)words.n, (char *const *)(uintptr_t)words.v, &args, &err))
		status = hk_fail(job->env, &err);
	else
		status = plan->run(job->env, config, &args);
	hk_opt_args_release(&args);
	plan->release(config);
	hk_vec_release(&words);
	if (status)
		return status;
	status = hk_plan_open(job->env, job->config->replan, &job->after);
	job->has_after = !status;
	return status;
}

/* ---- printing ---- */

static int flush(struct hk_check_sink *sink, struct hk_err *err)
{
	(void)err;      /* hk_print has told */
	int status = hk_print(sink->out, HK_OK);
	hk_buf_reset(sink->out);
	*(int *)sink->closure = status;
	return status ? -1 : 0;
}

static int print_results(struct job *job)
{
	const struct config *config = job->config;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int flushed = HK_OK, status = 0;
	struct hk_check_sink sink = { &out, flush, &flushed };
	struct hk_check_print print = { .check = &job->check, .actions = &job->actions, .drift = job->has_plan ? &job->drift : NULL,
					.replan = job->replan.len ? job->replan.s : NULL,
					.width = job->env->out_width, .colour = job->env->out_color, .all = config->all, .most = (uint64_t)config->most };
	switch (config->format) {
	case PRINT_TEXT: hk_check_print_text(&print, &out); break;
	case PRINT_JSON: status = hk_check_print_json(&print, &sink, &err); break;
	case PRINT_BINDINGS: status = hk_check_print_bindings(&print, &sink, &err); break;
	case PRINT_EVICTIONS: status = hk_check_print_evictions(&print, &out, &err); break;
	default: status = hk_network_changes_write(&job->actions.changes, &out, &err); break;
	}
	if (status)
		return flushed ? flushed : hk_fail(job->env, &err);
	return hk_print(&out, HK_OK);
}

static int verdict(const struct job *job)
{
	const uint64_t *states = job->actions.states;
	if (states[HK_STATE_VIOLATION] || states[HK_STATE_ERROR])
		return HK_UNVERIFIED;
	return job->config->detailed_exitcode && (states[HK_STATE_PENDING] || job->drift.list.n) ? HK_PENDING : HK_OK;
}

static int run(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	struct job job = { .env = env, .config = config, .diags = HK_DIAGS_INIT, .replan = HK_BUF_INIT };
	int status = load(&job, args);
	if (!status)
		status = evaluate(&job);
	if (!status) {
		hk_earlier_open(&job.earlier, &job.check);
		if (job.earlier.unknown)
			hk_remark(env, "%zu earlier bindings are of objects or offers that are not there any more", job.earlier.unknown);
		act(&job);
		if (job.has_plan && !job.check.planned)
			hk_drift_open(&job.drift, &job.check.inventory, &job.plan);
		status = make_plan(&job);
		if (!status && job.has_after)
			act(&job);
		else if (!status)
			offer_plan(&job);
	}
	if (!status)
		status = print_results(&job);
	if (!status)
		status = verdict(&job);
	hk_drift_close(&job.drift);
	if (job.acted)
		hk_actions_close(&job.actions);
	hk_earlier_close(&job.earlier);
	if (job.opened)
		hk_check_close(&job.check);
	hk_vec_release(&job.paths);
	hk_vec_release(&job.origins);
	hk_vec_release(&job.programs);
	hk_plan_release(&job.plan);
	hk_plan_release(&job.after);
	hk_model_release(&job.model);
	hk_workspace_release(&job.workspace);
	hk_diags_release(&job.diags);
	hk_arena_release(&job.scratch);
	hk_buf_release(&job.replan);
	return status;
}

static void release(void *config)
{
	struct config *c = config;
	hk_vec_release(&c->files);
	hk_vec_release(&c->pods);
	hk_vec_release(&c->providers);
}

static const struct config defaults = { .mitigation_grace = 60, .provider_timeout = 10, .most = 50, .priority_threshold = 2000000000, .grace = true };
const struct hk_cmd hk_cmd_check = {
	.name = "check", .group = "Deliver", .summary = "compliance of what runs; what to do about violations", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
