/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "plan/run.h"
#include "report/show.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

struct config { int format; bool all; };

static const char *const formats[] = { "text", "json", "yaml", NULL };

static const struct hk_opt options[] = {
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print" },
	{ .name = "all", .letter = 'a', .type = HK_OPT_FLAG, .offset = offsetof(struct config, all),
	  .help = "also the reasons of every workload, and the links in use" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl show plan.yaml", "tables, the summary last" },
	{ "hkctl show plan.yaml -o json", "for programs" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl show",
	.summary = "Show a plan: where every replica runs, who talks to whom with which probability, what is tight and what misses its request.",
	.positional = "PLAN", .min_args = 1, .max_args = 1, .options = options, .common = hk_common_options, .examples = examples,
};

/* The facts of the run stand beside the plan; a plan without them, or with those of another plan, is shown without. */
static void read_run(const char *plan_path, const struct hk_plan *plan, struct hk_show_options *show)
{
	HK_AUTO_FREE char *path = hk_plan_run_path(plan_path);
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_plan_run run;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	show->cpu_seconds = NAN;
	if (strcmp(plan_path, "-") != 0 && hk_file_exists(path) && hk_source_load(&source, path, 65536, &err) == 0 &&
	    hk_yaml_read_one(&source, true, &doc, &diags) == 0 && hk_plan_run_read(&run, &doc, &diags) == 0 && hk_plan_run_matches(&run, plan)) {
		show->cpu_seconds = run.cpu_seconds;
		show->peak_memory = run.peak_memory;
	}
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
}

static int print(const struct hk_env *env, const struct config *config, const struct hk_plan *plan, const struct hk_show_options *show)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (config->format == 0)
		hk_show_text(plan, show, &text);
	else {
		struct hk_ser *ser = hk_ser_open(config->format == 1 ? HK_SER_JSON : HK_SER_YAML, &text);
		hk_show_json(plan, show, ser);
		if (hk_ser_close(ser, &err))
			return hk_fail(env, &err);
	}
	return hk_print(&text, HK_OK);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	struct hk_plan plan = { 0 };
	int status = hk_plan_open(env, args->v[0], &plan);
	if (!status) {
		HK_AUTO_BUF struct hk_buf changed = HK_BUF_INIT;
		size_t stale = hk_plan_stale(&plan, &changed);
		struct hk_show_options show = { .width = env->out_width, .colour = env->out_color, .all = config->all, .stale = stale ? changed.s : NULL };
		read_run(args->v[0], &plan, &show);
		status = print(env, config, &plan, &show);
		if (stale)
			hk_remark(env, "warning: the plan is stale: %zu input%s changed or missing: %s", stale, stale == 1 ? "" : "s", changed.s);
	}
	hk_plan_release(&plan);
	return status;
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_show = {
	.name = "show", .group = "Decide", .summary = "show a plan: tables for people, JSON for programs", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .run = run,
};
