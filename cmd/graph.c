/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "report/graph.h"
#include <stddef.h>
#include <string.h>

struct config { int format; };

static const char *const formats[] = { "dot", "mermaid", NULL };

static const struct hk_opt options[] = {
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "for Graphviz, or for Markdown on code hosts" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl graph deploy/ | dot -Tsvg > pipeline.svg", "the pipelines with rates and limits" },
	{ "hkctl graph -o mermaid plan.yaml", "the plan with replicas and weights, for a pull request" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl graph", .summary = "Draw pipelines, or a plan, as a graph.", .positional = "PLAN | PATH...", .min_args = 1, .max_args = HK_OPT_ANY,
	.options = options, .common = hk_common_options, .examples = examples,
};

/* A single file whose first document is a Plan. */
static bool read_plan(const char *path, struct hk_plan *plan, struct hk_diags *diags)
{
	struct hk_workspace workspace = { 0 };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags ignored = HK_DIAGS_INIT;
	bool is_plan = strcmp(path, "-") != 0 && hk_workspace_load(&workspace, &path, 1, false, &ignored, &err) == 0 && workspace.n_documents == 1 &&
		       workspace.documents[0]->kind == HK_KIND_PLAN;
	if (is_plan)
		(void)hk_plan_read(plan, &workspace.documents[0]->doc, diags);
	hk_workspace_release(&workspace);
	hk_diags_release(&ignored);
	return is_plan;
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	enum hk_graph_format format = config->format == 0 ? HK_GRAPH_DOT : HK_GRAPH_MERMAID;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_plan plan = { 0 };
	int status = HK_OK;
	if (args->n == 1 && read_plan(args->v[0], &plan, &diags)) {
		hk_print_diags(env, &diags);
		status = diags.errors ? HK_INVALID : HK_OK;
		if (!status)
			hk_graph_plan(&plan, format, &text);
	} else {
		struct hk_inputs inputs = { 0 };
		status = hk_inputs_load(env, args->v, args->n, false, &inputs);
		if (!status)
			hk_graph_model(&inputs.model, format, &text);
		hk_inputs_release(&inputs);
	}
	hk_plan_release(&plan);
	hk_diags_release(&diags);
	return status ? status : hk_print(&text, HK_OK);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_graph = {
	.name = "graph", .group = "Decide", .summary = "draw pipelines or a plan as DOT or Mermaid", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults,
	.run = run,
};
