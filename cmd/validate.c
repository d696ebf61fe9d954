/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "out/diag.h"
#include "plan/plan.h"
#include <stddef.h>
#include <version.h>

struct config {
	int format;
	struct hk_opt_list disable;
	bool strict, now;
	const char *at;
};

static const char *const formats[] = { "text", "json", "sarif", "junit", "github", "gitlab", NULL };

static const struct hk_opt options[] = {
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print findings" },
	{ .name = "disable", .type = HK_OPT_LIST, .offset = offsetof(struct config, disable), .metavar = "RULE",
	  .help = "leave out findings of this rule (id or name; may be repeated)" },
	{ .name = "strict", .type = HK_OPT_FLAG, .offset = offsetof(struct config, strict), .help = "warnings fail too" },
	{ .name = "now", .type = HK_OPT_FLAG, .offset = offsetof(struct config, now), .help = HK_OPT_NOW_HELP },
	{ .name = "at", .type = HK_OPT_STRING, .offset = offsetof(struct config, at), .metavar = "TIME", .help = HK_OPT_AT_HELP },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl validate .", "everything below this directory" },
	{ "hkctl validate -o sarif deploy/ > findings.sarif", "for a code host's scanner" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl validate",
	.summary = "Check documents: syntax, schema, units, references, and whether the pipelines make sense. Findings carry file, line, column, a rule id and, where one is "
		   "certain, a fix.",
	.positional = "PATH...", .min_args = 1, .max_args = HK_OPT_ANY, .options = options, .common = hk_common_options, .examples = examples,
};

static int disable_rules(struct hk_diags *diags, const struct hk_opt_list *names, struct hk_err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct hk_rule *rule = hk_rule_find(names->v[i]);
		if (!rule)
			return hk_err_set(err, HK_USAGE, "unknown rule '%s'; 'hkctl explain rules' lists them", names->v[i]);
		hk_diags_disable(diags, rule->id);
	}
	return 0;
}

/* Plan files are documents too; they are read by their own module. */
static void check_plans(const struct hk_workspace *workspace, struct hk_diags *diags)
{
	for (size_t i = 0; i < workspace->n_documents; i++) {
		if (workspace->documents[i]->kind != HK_KIND_PLAN || workspace->documents[i]->invalid)
			continue;
		struct hk_plan plan = { 0 };
		(void)hk_plan_read(&plan, &workspace->documents[i]->doc, diags);
		hk_plan_release(&plan);
	}
}

static int print_findings(const struct hk_env *env, const struct config *config, const struct hk_workspace *workspace, struct hk_diags *diags)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	bool bad = diags->errors || (config->strict && diags->warnings);
	const struct hk_out_diag_options print = { .colour = env->out_color, .width = env->out_width, .errors_only = env->common.quiet && !config->strict,
						   .tool_version = HK_VERSION, .files = workspace->n_inputs };
	hk_diags_sort(diags);
	hk_out_diags((enum hk_out_diag_format)config->format, diags, &print, &text);
	if (config->format == HK_OUT_DIAG_TEXT && !bad && !env->common.quiet) {
		size_t all = 0, others = workspace->count_by_kind[HK_KIND_KUBERNETES];
		for (size_t kind = 0; kind < HK_KIND_COUNT; kind++)
			all += workspace->count_by_kind[kind];
		hk_buf_addf(&text, "%zu document%s valid", all, all == 1 ? "" : "s");
		if (others)
			hk_buf_addf(&text, " (%zu of them Kubernetes objects, checked for syntax and shape)", others);
		hk_buf_addch(&text, '\n');
	}
	return hk_print(&text, bad ? HK_INVALID : HK_OK);
}

static int load(struct hk_workspace *workspace, struct hk_model *model, const struct hk_opt_args *args, double now, struct hk_diags *diags, struct hk_err *err)
{
	if (hk_workspace_load(workspace, args->v, args->n, false, diags, err))
		return -1;
	workspace->now = now;
	return hk_model_load(model, workspace, diags, err);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_workspace workspace = { 0 };
	struct hk_model model = { 0 };
	int status;
	double now;
	status = hk_read_now(env, config->now, config->at, &now);
	if (status)
		return status;
	if (disable_rules(&diags, &config->disable, &err) || load(&workspace, &model, args, now, &diags, &err))
		status = hk_fail(env, &err);
	else {
		check_plans(&workspace, &diags);
		status = print_findings(env, config, &workspace, &diags);
	}
	hk_model_release(&model);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct config *)config)->disable);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_validate = {
	.name = "validate", .group = "Write and check", .summary = "check documents: schema, units, references, sense", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run,
};
