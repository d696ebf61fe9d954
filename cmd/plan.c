/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "place/check.h"
#include "place/partial.h"
#include "place/solve.h"
#include "plan/from_solution.h"
#include "plan/run.h"
#include "plan/warm.h"
#include "report/show.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

struct config {
	struct hk_opt_list files;
	const char *output, *previous, *dump_model, *at;
	double gap, time_limit;
	int64_t node_limit, memory_limit, threads;
	bool keep_best, model_only, partial, now;
};

static const struct hk_opt options[] = {
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "PATH",
	  .help = "file or directory with documents, '-' for standard input (may be repeated)" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_STRING, .offset = offsetof(struct config, output), .metavar = "FILE",
	  .help = "write the plan here ('-': standard output); without it the plan is only shown" },
	{ .name = "previous", .type = HK_OPT_STRING, .offset = offsetof(struct config, previous), .metavar = "FILE",
	  .help = "the plan that runs now: moving away from it has a price" },
	{ .name = "gap", .type = HK_OPT_RATIO, .offset = offsetof(struct config, gap), .metavar = "SHARE", .min = 0, .max = 1,
	  .help = "stop when the plan is proved this close to the optimum (0.01 or 1%); default 0, the optimum itself" },
	{ .name = "time-limit", .type = HK_OPT_DURATION, .offset = offsetof(struct config, time_limit), .metavar = "TIME", .min = 0, .max = 1e7,
	  .help = "stop after this wall-clock time with the best plan so far; results then depend on the machine" },
	{ .name = "node-limit", .type = HK_OPT_INT, .offset = offsetof(struct config, node_limit), .metavar = "N", .min = 0, .max = 1e12,
	  .help = "stop after this many branch-and-bound nodes with the best plan so far; the same on every machine" },
	{ .name = "memory-limit", .type = HK_OPT_INT, .offset = offsetof(struct config, memory_limit), .metavar = "MIB", .min = 0, .max = 1e9,
	  .help = "memory the solver may use, in MiB; default 1024" },
	{ .name = "threads", .type = HK_OPT_INT, .offset = offsetof(struct config, threads), .metavar = "N", .min = 1, .max = 64,
	  .help = "threads of the solver; default 1; the plan is the same for any number" },
	{ .name = "keep-best", .type = HK_OPT_FLAG, .offset = offsetof(struct config, keep_best),
	  .help = "when interrupted, still verify and write the best plan found so far" },
	{ .name = "partial", .type = HK_OPT_FLAG, .offset = offsetof(struct config, partial),
	  .help = "when not all pipelines fit, leave out those of lowest priority and plan the rest; exit status 9 then" },
	{ .name = "now", .type = HK_OPT_FLAG, .offset = offsetof(struct config, now), .help = HK_OPT_NOW_HELP },
	{ .name = "at", .type = HK_OPT_STRING, .offset = offsetof(struct config, at), .metavar = "TIME", .help = HK_OPT_AT_HELP },
	{ .name = "dump-model", .type = HK_OPT_STRING, .offset = offsetof(struct config, dump_model), .metavar = "FILE",
	  .help = "also write the optimisation model as free MPS, for other solvers" },
	{ .name = "model-only", .type = HK_OPT_FLAG, .offset = offsetof(struct config, model_only),
	  .help = "write the model for --dump-model and stop: nothing is solved" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl plan -f deploy/ -o plan.yaml", "plan everything below deploy/" },
	{ "hkctl plan -f deploy/ --previous plan.yaml -o plan.yaml", "plan again, moving as little as it pays" },
	{ "hkctl plan -f deploy/ --partial -o plan.yaml", "plan what fits, highest priority first" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl plan",
	.summary = "Decide replicas, placement and load balancing in one solve, verify the result independently, and write the plan.",
	.positional = "[PATH...]", .min_args = 0, .max_args = HK_OPT_ANY, .options = options, .common = hk_common_options, .examples = examples,
};

struct job {
	const struct hk_env *env;
	const struct config *config;
	struct hk_inputs inputs;
	struct hk_partial partial;
	struct hk_plan previous, plan;
	bool has_previous;
	struct hk_problem problem, bare;   /* bare: as if nothing ran yet */
	struct hk_warm_start warm;
	struct hk_arena scratch;
	struct hk_solution solution;
	struct hk_solve_options solve;
	struct hk_buf text;
	double solve_seconds;              /* of a processor */
};

static void progress(void *closure, const char *line)
{
	const struct hk_env *env = closure;
	if (env->common.verbose)
		hk_remark(env, "%s", line);
}

static double processor_seconds(void)
{
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage))
		return 0;
	return (double)((int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void set_solve_options(struct job *job)
{
	const struct config *config = job->config;
	job->solve = (struct hk_solve_options){ .gap = config->gap, .time_limit = config->time_limit, .node_limit = (uint64_t)config->node_limit,
						.memory_limit = (size_t)config->memory_limit << 20, .threads = (unsigned)config->threads,
						.interrupt = job->env->interrupted,
						.dump_model = config->dump_model, .progress = progress, .closure = (void *)(uintptr_t)job->env };
}

static size_t known_pipelines(const struct hk_model *model, const struct hk_plan *plan)
{
	size_t n = 0;
	for (size_t i = 0; i < plan->n_pipelines; i++)
		n += hk_model_pipeline(model, plan->pipelines[i].name) != HK_NO_INDEX;
	return n;
}

static int load(struct job *job, const struct hk_opt_args *args)
{
	HK_VEC(const char *) paths = { 0 };
	for (size_t i = 0; i < job->config->files.n; i++)
		hk_vec_push(&paths, job->config->files.v[i]);
	for (size_t i = 0; i < args->n; i++)
		hk_vec_push(&paths, args->v[i]);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	job->inputs.without_plan = job->config->partial;
	int status = paths.n ? hk_inputs_load(job->env, paths.v, paths.n, true, &job->inputs) : HK_USAGE;
	if (!paths.n) {
		hk_err_set(&err, HK_USAGE, "nothing to plan: name files or directories with -f PATH");
		status = hk_fail(job->env, &err);
	}
	hk_vec_release(&paths);
	if (status || !job->config->previous)
		return status;
	status = hk_plan_open(job->env, job->config->previous, &job->previous);
	job->has_previous = status == HK_OK;
	if (!status && job->previous.n_pipelines > 0 && known_pipelines(&job->inputs.model, &job->previous) == 0)
		hk_remark(job->env, "warning: none of the pipelines of '%s' is among the documents; this is a plan from nothing", job->config->previous);
	return status;
}

static int explain_infeasible(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	bool minimal = true;
	int status = HK_INFEASIBLE;
	hk_err_set(&err, HK_INFEASIBLE, "no plan satisfies every limit");
	(void)hk_fail(job->env, &err);
	struct hk_solve_options quiet = job->solve;
	quiet.dump_model = NULL;
	if (hk_explain_infeasible(&job->inputs.model, &quiet, &diags, &minimal, &err))
		status = hk_fail(job->env, &err);
	hk_print_diags(job->env, &diags);
	if (!minimal)
		hk_remark(job->env, "the set above cannot hold together, but a limit stopped the search for a smaller one");
	hk_remark(job->env, job->inputs.model.n_pipelines > 1 &&
		  !job->config->partial ? "'hkctl explain -f PATH' says more; --partial plans without the pipelines that do not fit"
										      : "'hkctl explain -f PATH' says more");
	hk_diags_release(&diags);
	return status == HK_INFEASIBLE ? HK_INFEASIBLE : status;
}

static int dump(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	bool infeasible = false;
	if (hk_problem_build(&job->problem, &job->inputs.model, job->has_previous ? &job->previous : NULL, &infeasible, &err))
		return hk_fail(job->env, &err);
	if (infeasible)
		return explain_infeasible(job);
	return hk_problem_dump(&job->problem, job->config->dump_model, &err) ? hk_fail(job->env, &err) : HK_OK;
}

/* From now on the model has the pipelines that stay, unless none does. */
static int leave_out(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!job->config->partial)
		return HK_OK;
	if (hk_partial_choose(&job->partial, &job->inputs.model, job->has_previous ? &job->previous : NULL, &job->solve, &err))
		return hk_fail(job->env, &err);
	if (job->partial.model.n_pipelines == 0)
		return explain_infeasible(job);
	job->inputs.model = job->partial.model;
	return HK_OK;
}

/* What the previous plan's prices and bounds are still good for. */
static int warm_up(struct job *job, struct hk_err *err)
{
	bool infeasible = false;
	if (!job->has_previous)
		return 0;
	job->solve.before = &job->warm;
	if (!hk_plan_warms(&job->previous)) {
		hk_plan_warm_start(&job->warm, &job->previous, &job->problem, &job->problem, &job->scratch);
		return 0;
	}
	if (hk_problem_build_over(&job->bare, &job->inputs.model, NULL, job->problem.routes, &infeasible, err))
		return -1;
	if (infeasible) {
		job->solve.before = NULL;
		return 0;
	}
	hk_plan_warm_start(&job->warm, &job->previous, &job->problem, &job->bare, &job->scratch);
	job->solve.warm = &job->warm;
	return 0;
}

/* Prices go into the plan, so that the next one can start from them. */
static int keep_prices(struct job *job, struct hk_err *err)
{
	bool infeasible = false;
	if (!job->solution.prices)
		return 0;
	if (job->has_previous && !job->bare.blocks && hk_problem_build_over(&job->bare, &job->inputs.model, NULL, job->problem.routes, &infeasible, err))
		return -1;
	if (!infeasible)
		hk_plan_fill_prices(&job->plan, job->has_previous ? &job->bare : &job->problem, &job->solution, job->solve.warm);
	return 0;
}

/* A plan came out, or the status says why not. */
static int solve(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_plan *previous = job->has_previous ? &job->previous : NULL;
	bool infeasible = false;
	if (hk_problem_build(&job->problem, &job->inputs.model, previous, &infeasible, &err))
		return hk_fail(job->env, &err);
	if (infeasible)
		return explain_infeasible(job);
	if (warm_up(job, &err))
		return hk_fail(job->env, &err);
	double started = processor_seconds();
	if (hk_solve(&job->problem, &job->solve, &job->solution, &err))
		return hk_fail(job->env, &err);
	job->solve_seconds = processor_seconds() - started;
	if (job->solution.interrupted && !job->config->keep_best) {
		hk_err_set(&err, HK_INTERRUPTED, "interrupted; nothing was written (--keep-best writes the best plan so far)");
		return hk_fail(job->env, &err);
	}
	if (job->solution.outcome == HK_SOLVED_INFEASIBLE)
		return explain_infeasible(job);
	if (job->solution.outcome == HK_SOLVED_NOTHING) {
		if (job->solution.interrupted)
			hk_err_set(&err, HK_INTERRUPTED, "interrupted before a plan was found; nothing was written");
		else
			hk_err_set(&err, HK_FAILED, "no plan was found before a limit stopped the search; raise --time-limit or --node-limit");
		return hk_fail(job->env, &err);
	}
	if (hk_plan_from_solution(&job->plan, &job->problem, &job->solution, previous, &err) || keep_prices(job, &err))
		return hk_fail(job->env, &err);
	return HK_OK;
}

static void add_left_out(struct job *job, const struct hk_pipeline *pipelines)
{
	struct hk_plan *plan = &job->plan;
	plan->left_out = hk_arena_array(&plan->arena, job->partial.n_left + 1, sizeof *plan->left_out);
	for (size_t i = 0; i < job->partial.n_left; i++) {
		const struct hk_pipeline *pipeline = &pipelines[job->partial.left[i].pipeline];
		plan->left_out[plan->n_left_out++] = (struct hk_plan_left_out){ hk_arena_strdup(&plan->arena, pipeline->name), pipeline->priority,
										hk_arena_strdup(&plan->arena, job->partial.left[i].why) };
		hk_remark(job->env, "left out: pipeline %s (priority %d): %s", pipeline->name, (int)pipeline->priority, job->partial.left[i].why);
	}
}

/* Only what the model depends on: a plan or a rendered tree in the same directory must not change the next plan. */
static void add_inputs(struct job *job)
{
	const struct hk_workspace *workspace = &job->inputs.workspace;
	struct hk_plan *plan = &job->plan;
	plan->inputs = hk_arena_array(&plan->arena, workspace->n_inputs, sizeof *plan->inputs);
	for (size_t i = 0; i < workspace->n_inputs; i++)
		if (workspace->inputs[i]->used) {
			struct hk_plan_input *input = &plan->inputs[plan->n_inputs++];
			input->path = hk_arena_strdup(&plan->arena, workspace->inputs[i]->path);
			input->digest = hk_arena_strdup(&plan->arena, hk_input_digest(workspace->inputs[i]));
		}
}

/* What is verified is what will be written: the text, read back. */
static int verify(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_plan written = { 0 };
	struct hk_check_report report = { 0 };
	int status = HK_OK;
	hk_source_from_text(&source, job->config->output ? job->config->output : "plan", job->text.s, job->text.len);
	if (hk_yaml_read_one(&source, false, &doc, &diags) || hk_plan_read(&written, &doc, &diags))
		hk_err_set(&err, HK_UNVERIFIED, "the plan cannot be read back: it was not written; please report this with the input");
	else if (hk_check_plan(&job->inputs.model, &written, job->has_previous ? &job->previous : NULL, &report, &diags, &err) == 0 && report.violations)
		hk_err_set(&err, HK_UNVERIFIED,
			   "the plan failed independent verification (%zu violation%s): it was not written; please report this with the input",
			   report.violations, report.violations == 1 ? "" : "s");
	if (err.status) {
		hk_print_diags(job->env, &diags);
		status = hk_fail(job->env, &err);
	}
	hk_plan_release(&written);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return status;
}

static void measure(struct hk_plan_run *run, const struct job *job)
{
	struct rusage usage;
	*run = (struct hk_plan_run){ .cpu_seconds = processor_seconds(), .solve_seconds = job->solve_seconds, .iterations = job->solution.iterations,
				     .tree_nodes = job->solution.tree_nodes, .cuts = job->solution.cuts,
				     .hit_limit = job->solution.hit_limit, .interrupted = job->solution.interrupted };
	if (job->plan.id)
		memcpy(run->plan, job->plan.id, strnlen(job->plan.id, sizeof run->plan - 1));
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		run->peak_memory = (uint64_t)usage.ru_maxrss * 1024;
}

static int write_files(struct job *job, const struct hk_plan_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_file_update(job->config->output, job->text.s, job->text.len, NULL, &err))
		return hk_fail(job->env, &err);
	/* Standard output, a pipe or a device keeps no plan that facts could belong to. */
	if (strcmp(job->config->output, "-") == 0 || !hk_file_is_plain(job->config->output))
		return HK_OK;
	HK_AUTO_FREE char *path = hk_plan_run_path(job->config->output);
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (hk_plan_run_write(run, &text, &err) || hk_file_write(path, text.s, text.len, &err))
		return hk_fail(job->env, &err);
	return HK_OK;
}

static int deliver(struct job *job)
{
	struct hk_plan_run run;
	measure(&run, job);
	if (job->config->output) {
		int status = write_files(job, &run);
		if (status)
			return status;
	} else {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		const struct hk_show_options show = { .width = job->env->out_width, .colour = job->env->out_color, .cpu_seconds = run.cpu_seconds,
						      .peak_memory = run.peak_memory };
		hk_show_text(&job->plan, &show, &text);
		int status = hk_print(&text, HK_OK);
		if (status)
			return status;
	}
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addf(&line, "%s: objective ", job->config->output ? job->config->output : "not saved (use -o FILE)");
	hk_buf_addround(&line, job->plan.objective, 6);
	hk_buf_addstr(&line, " /h, gap ");
	hk_buf_addround(&line, job->plan.gap * 100, 3);
	hk_buf_addf(&line, "%%%s",
		    job->plan.proved ? ", verified" : ", verified; a limit stopped the proof (--node-limit N searches longer, --gap SHARE asks for less)");
	if (!job->config->output || strcmp(job->config->output, "-") != 0)
		hk_remark(job->env, "%s", line.s);
	return job->solution.interrupted ? HK_INTERRUPTED : job->plan.n_left_out ? HK_PARTIAL : HK_OK;
}

/* -o names a file here, a format elsewhere. */
static int refuse_format_names(const struct hk_env *env, const char *output)
{
	static const char *const formats[] = { "json", "yaml", "text", "table" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	for (size_t i = 0; output && i < HK_COUNT(formats); i++)
		if (strcmp(output, formats[i]) == 0) {
			hk_err_set(&err, HK_USAGE,
				   "-o names the plan file here; for %s: 'hkctl plan ... -o plan.yaml', then 'hkctl show plan.yaml -o %s' (a file of that name: ./%s)",
				   output, output, output);
			return hk_fail(env, &err);
		}
	return HK_OK;
}

static int refuse_useless_options(const struct hk_env *env, const struct config *config)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!config->model_only || (config->dump_model && !config->output))
		return HK_OK;
	hk_err_set(&err, HK_USAGE, config->output ? "--model-only solves nothing, so there is no plan for -o" : "--model-only needs --dump-model FILE");
	return hk_fail(env, &err);
}

static int plan(struct job *job)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_pipeline *pipelines = job->inputs.model.pipelines;
	int status = leave_out(job);
	if (!status)
		status = solve(job);
	if (status)
		return status;
	add_left_out(job, pipelines);
	add_inputs(job);
	status = hk_plan_write_sealed(&job->plan, &job->text, &err) ? hk_fail(job->env, &err) : verify(job);
	return status ? status : deliver(job);
}

static int run(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	struct job job = { .env = env, .config = config, .text = HK_BUF_INIT };
	int status = refuse_format_names(env, job.config->output);
	if (!status)
		status = refuse_useless_options(env, job.config);
	if (!status)
		status = hk_read_now(env, job.config->now, job.config->at, &job.inputs.now);
	if (!status)
		status = load(&job, args);
	if (!status) {
		set_solve_options(&job);
		status = job.config->model_only ? dump(&job) : plan(&job);
	}
	hk_plan_release(&job.plan);
	hk_plan_release(&job.previous);
	hk_solution_release(&job.solution);
	hk_problem_release(&job.bare);
	hk_problem_release(&job.problem);
	hk_arena_release(&job.scratch);
	hk_partial_release(&job.partial);
	hk_inputs_release(&job.inputs);
	hk_buf_release(&job.text);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct config *)config)->files);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_plan = {
	.name = "plan", .group = "Decide", .summary = "solve: replicas, placement, load balancing; write the plan", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
