/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain: a rule, a field of a document, a plan's reasons, or why documents have no plan. Each gives text or JSON. */
#include "explain.h"
#include "base/file.h"
#include "out/diag.h"
#include "out/ser.h"
#include "place/solve.h"
#include "plan/plan.h"
#include "schema/builtin.h"
#include <stddef.h>
#include <string.h>
#include <version.h>

struct config { struct hk_opt_list files; int format; const char *why_not, *at; bool alternatives, full, now; };

static const char *const formats[] = { "text", "json", NULL };

static const struct hk_opt options[] = {
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "PATH",
	  .help = "documents to explain: which of their lines cannot hold together (may be repeated)" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print" },
	{ .name = "why-not", .type = HK_OPT_STRING, .offset = offsetof(struct config, why_not), .metavar = "CLUSTER",
	  .help = "with PLAN WORKLOAD: what keeps it out of this cluster, or what it would cost there; where it runs: what leaving would cost" },
	{ .name = "alternatives", .type = HK_OPT_FLAG, .offset = offsetof(struct config, alternatives),
	  .help = "with PLAN WORKLOAD: the same for every cluster it may run in" },
	{ .name = "now", .type = HK_OPT_FLAG, .offset = offsetof(struct config, now),
	  .help = "with -f PATH: let the clock say when it is; without it the newest observation of metrics does" },
	{ .name = "at", .type = HK_OPT_STRING, .offset = offsetof(struct config, at), .metavar = "TIME",
	  .help = "with -f PATH: when it is (2026-01-31T12:00:00Z)" },
	{ .name = "full", .type = HK_OPT_FLAG, .offset = offsetof(struct config, full),
	  .help = "with PLAN: which resources and links are full, and what one more unit would save" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl explain -f deploy/", "why there is no plan: a minimal set of conflicting lines" },
	{ "hkctl explain plan.yaml frontend", "why its replicas are where they are" },
	{ "hkctl explain plan.yaml frontend --why-not cloud-1", "why it is not there, or what that would cost" },
	{ "hkctl explain plan.yaml --full", "what is full and what one more core is worth" },
	{ "hkctl explain Pipeline.spec.workloads", "what a field means" },
	{ "hkctl explain HK0101", "what a finding means ('hkctl explain rules' lists all)" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl explain",
	.summary = "Explain documents without a plan (-f PATH), a plan's reasons (PLAN [WORKLOAD]), a field (KIND.FIELD...) or a rule (HKnnnn).",
	.positional = "[PLAN [WORKLOAD] | KIND[.FIELD...] | RULE | rules]", .max_args = 2, .options = options, .common = hk_common_options,
	.examples = examples,
};

/* ---- rules ---- */

static const char *severity_name(enum hk_severity severity)
{
	return severity == HK_ERROR ? "error" : severity == HK_WARNING ? "warning" : "note";
}

static void put_rule(struct hk_ser *ser, const struct hk_rule *rule)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "id", rule->code);
	hk_ser_kstr(ser, "name", rule->name);
	hk_ser_kstr(ser, "severity", severity_name(rule->severity));
	hk_ser_kstr(ser, "description", rule->description);
	hk_ser_end(ser);
}

static int explain_rules(const struct hk_env *env, const struct config *config, const struct hk_rule *only)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (config->format == 0) {
		const struct hk_rule *rule;
		for (size_t i = 0; (rule = only ? (i ? NULL : only) : hk_rule_at(i)); i++)
			hk_buf_addf(&text, only ? "%s %s (%s)\n%s\n" : "%s %-28s %-8s %s\n", rule->code, rule->name, severity_name(rule->severity),
				    rule->description);
		return hk_print(&text, HK_OK);
	}
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, &text);
	const struct hk_rule *rule;
	if (only)
		put_rule(ser, only);
	else {
		hk_ser_seq(ser);
		for (size_t i = 0; (rule = hk_rule_at(i)); i++)
			put_rule(ser, rule);
		hk_ser_end(ser);
	}
	return hk_ser_close(ser, &err) ? hk_fail(env, &err) : hk_print(&text, HK_OK);
}

/* ---- fields ---- */

static void field_text(struct hk_schema *schema, const struct hk_schema_field *field, const char *path, struct hk_buf *text)
{
	hk_buf_addf(text, "%s", path);
	if (field->type)
		hk_buf_addf(text, "  <%s>%s", field->type, field->required ? " required" : "");
	hk_buf_addch(text, '\n');
	if (field->description || field->title)
		hk_buf_addf(text, "  %s\n", field->description ? field->description : field->title);
	if (field->example)
		hk_buf_addf(text, "  example: %s\n", field->example);
	struct hk_schema_field child;
	for (size_t i = 0; hk_schema_field_at(schema, field, i, &child); i++) {
		hk_buf_addf(text, "%s  %s%s  <%s>\n", i ? "" : "\nFields:\n", child.name, child.required ? " (required)" : "",
			    child.type ? child.type : "anything");
		if (child.description)
			hk_buf_addf(text, "      %s\n", child.description);
	}
}

static void put_field(struct hk_ser *ser, const struct hk_schema_field *field)
{
	hk_ser_kstr(ser, "name", field->name);
	hk_ser_kstr(ser, "type", field->type);
	hk_ser_kbool(ser, "required", field->required);
	hk_ser_kstr(ser, "description", field->description ? field->description : field->title);
	hk_ser_kstr(ser, "example", field->example);
}

static void field_json(struct hk_schema *schema, const struct hk_schema_field *field, const char *path, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "path", path);
	put_field(ser, field);
	hk_ser_key(ser, "fields");
	hk_ser_seq(ser);
	struct hk_schema_field child;
	for (size_t i = 0; hk_schema_field_at(schema, field, i, &child); i++) {
		hk_ser_map(ser);
		put_field(ser, &child);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

/* The first key of the path that is not there, what it may have meant, and where it was looked for. */
static void refuse_field(struct hk_schema *schema, const char *kind, const char *path, struct hk_err *err)
{
	const char *names[256];
	size_t count = 0, known = 0;
	struct hk_schema_field parent = { 0 }, child;
	for (const char *end = path; *end; end += *end == '.') {
		end += strcspn(end, ".");
		HK_AUTO_FREE char *part = hk_strndup(path, (size_t)(end - path));
		if (!hk_schema_field(schema, part, &child))
			break;
		known = (size_t)(end - path);
	}
	HK_AUTO_FREE char *place = hk_strndup(path, known);
	const char *key = path + known + (known && path[known] == '.');
	HK_AUTO_FREE char *word = hk_strndup(key, strcspn(key, "."));
	if (hk_schema_field(schema, place, &parent))
		while (count < HK_COUNT(names) && hk_schema_field_at(schema, &parent, count, &child))
			names[count++] = child.name;
	const char *nearest = hk_str_nearest(hk_str_of(word), names, count);
	hk_err_set(err, HK_USAGE, "'%s%s%s' has no field '%s'%s%s%s ('hkctl explain %s%s%s' lists its fields)", kind, *place ? "." : "", place, word,
		   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "", kind, *place ? "." : "", place);
}

static int explain_field(const struct hk_env *env, const struct config *config, const char *topic, const struct hk_schema_file *file)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_schema *schema = hk_schema_load(file->name, file->json, &err);
	if (!schema)
		return hk_fail(env, &err);
	const char *dot = strchr(topic, '.');
	struct hk_schema_field field = { 0 };
	int status = HK_OK;
	if (!hk_schema_field(schema, dot ? dot + 1 : "", &field)) {
		refuse_field(schema, file->kind, dot ? dot + 1 : "", &err);
		status = hk_fail(env, &err);
	} else if (config->format == 0)
		field_text(schema, &field, topic, &text);
	else {
		struct hk_ser *ser = hk_ser_open(HK_SER_JSON, &text);
		field_json(schema, &field, topic, ser);
		status = hk_ser_close(ser, &err) ? hk_fail(env, &err) : HK_OK;
	}
	hk_schema_free(schema);
	return status ? status : hk_print(&text, HK_OK);
}

/* ---- plans ---- */

static void workload_text(const struct hk_plan_workload *workload, struct hk_buf *text)
{
	hk_buf_addf(text, "%s\n", workload->name);
	for (size_t i = 0; i < workload->n_placements; i++)
		hk_buf_addf(text, "  %u in %s\n", workload->placements[i].replicas, workload->placements[i].cluster);
	for (size_t i = 0; i < workload->n_reasons; i++) {
		hk_buf_addstr(text, "  - ");
		hk_buf_addscrubbed(text, hk_str_of(workload->reasons[i]));
		hk_buf_addch(text, '\n');
	}
}

static void workload_json(const char *pipeline, const struct hk_plan_workload *workload, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "pipeline", pipeline);
	hk_ser_kstr(ser, "workload", workload->name);
	hk_ser_key(ser, "reasons");
	hk_ser_seq(ser);
	for (size_t i = 0; i < workload->n_reasons; i++)
		hk_ser_str(ser, workload->reasons[i]);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static size_t put_reasons(const struct hk_plan *plan, const char *only, struct hk_buf *text, struct hk_ser *ser)
{
	size_t found = 0;
	for (size_t i = 0; i < plan->n_pipelines; i++)
		for (size_t w = 0; w < plan->pipelines[i].n_workloads; w++) {
			const struct hk_plan_workload *workload = &plan->pipelines[i].workloads[w];
			if (only && strcmp(only, workload->name) != 0)
				continue;
			if (ser)
				workload_json(plan->pipelines[i].name, workload, ser);
			else
				workload_text(workload, text);
			found++;
		}
	return found;
}

static int explain_plan(const struct hk_env *env, const struct config *config, const char *path, const char *workload)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_plan plan = { 0 };
	int status = hk_plan_open(env, path, &plan);
	if (!status) {
		struct hk_ser *ser = config->format ? hk_ser_open(HK_SER_JSON, &text) : NULL;
		if (ser)
			hk_ser_seq(ser);
		size_t found = put_reasons(&plan, workload, &text, ser);
		if (ser)
			hk_ser_end(ser);
		if (ser && hk_ser_close(ser, &err))
			status = hk_fail(env, &err);
		else if (workload && !found) {
			hk_err_set(&err, HK_USAGE, "the plan has no workload '%s'", workload);
			status = hk_fail(env, &err);
		}
	}
	hk_plan_release(&plan);
	return status ? status : hk_print(&text, HK_OK);
}

/* ---- documents without a plan ---- */

static int print_conflict(const struct hk_env *env, const struct config *config, struct hk_diags *diags, bool minimal)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_out_diag_options print = { .colour = env->out_color, .width = env->out_width, .tool_version = HK_VERSION };
	hk_out_diags(config->format ? HK_OUT_DIAG_JSON : HK_OUT_DIAG_TEXT, diags, &print, &text);
	if (!config->format)
		hk_buf_addstr(&text, minimal
			      ? "\nNo plan can satisfy all of these lines; without any one of them the others can hold together. Lines that are not named may still be in conflicts of their own.\n"
					     : "\nNo plan can satisfy all of these lines. A limit stopped the search for a smaller set.\n");
	return hk_print(&text, HK_INFEASIBLE);
}

static int explain_model(const struct hk_env *env, const struct config *config, const struct hk_model *model)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_problem problem = { 0 };
	struct hk_solution solution = { 0 };
	const struct hk_solve_options solve = { .gap = 1, .interrupt = env->interrupted };
	bool infeasible = false, minimal = true;
	int status = HK_OK;
	if (hk_problem_build(&problem, model, NULL, &infeasible, &err) || (!infeasible && hk_solve(&problem, &solve, &solution, &err)))
		status = hk_fail(env, &err);
	else if (infeasible || solution.outcome == HK_SOLVED_INFEASIBLE)
		status = hk_explain_infeasible(model, &solve, &diags, &minimal, &err) ? hk_fail(env, &err) : print_conflict(env, config, &diags, minimal);
	else {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addstr(&text, config->format ? "[]\n"
			      : "A plan exists. 'hkctl plan -f PATH -o plan.yaml' writes it, 'hkctl explain plan.yaml' gives its reasons.\n");
		status = hk_print(&text, HK_OK);
	}
	hk_solution_release(&solution);
	hk_problem_release(&problem);
	hk_diags_release(&diags);
	return status;
}

static int explain_documents(const struct hk_env *env, const struct config *config)
{
	struct hk_inputs inputs = { .without_plan = true };
	int status = hk_read_now(env, config->now, config->at, &inputs.now);
	if (!status)
		status = hk_inputs_load(env, config->files.v, config->files.n, false, &inputs);
	if (!status)
		status = explain_model(env, config, &inputs.model);
	hk_inputs_release(&inputs);
	return status;
}

static bool asks_about_plan(const struct config *config)
{
	return config->why_not || config->alternatives || config->full;
}

/* What else could be, and what it would cost: the plan and its documents together. */
static int explain_question(const struct hk_env *env, const struct config *config, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct explain_question question = { .plan = args->n ? args->v[0] : NULL, .workload = args->n > 1 ? args->v[1] : NULL, .cluster = config->why_not,
						   .files = &config->files, .json = config->format == 1 };
	if ((config->why_not != NULL) + config->alternatives + config->full > 1)
		hk_err_set(&err, HK_USAGE, "--why-not, --alternatives and --full are three questions: ask one");
	else if (args->n != (config->full ? 1 : 2))
		hk_err_set(&err, HK_USAGE, config->full ? "--full needs one PLAN" : "%s needs PLAN and WORKLOAD",
			   config->why_not ? "--why-not" : "--alternatives");
	else
		return config->full ? explain_full(env, &question) : explain_why_not(env, &question);
	return hk_fail(env, &err);
}

static const char *topic_at(size_t index)
{
	const struct hk_schema_file *file = index ? hk_schema_file_at(index - 1) : NULL;
	return index ? file ? file->kind : NULL : "rules";
}

static bool looks_like_path(const char *topic)
{
	struct hk_str text = hk_str_of(topic);
	return strcmp(topic, "-") == 0 || strchr(topic, '/') || hk_str_ends(text, ".yaml") || hk_str_ends(text, ".yml") || hk_str_ends(text, ".json");
}

static int refuse_topic(const struct hk_env *env, const char *topic, const char *kind)
{
	const char *names[HK_SCHEMA_FILES + 1];
	size_t count = 0;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	while (count < HK_COUNT(names) && topic_at(count)) {
		names[count] = topic_at(count);
		count++;
	}
	const char *nearest = hk_str_nearest(hk_str_of(kind), names, count);
	if (nearest)
		hk_err_set(&err, HK_USAGE, "'%s' is neither a file, nor a kind of document, nor a rule; did you mean '%s%s'?", topic, nearest,
			   topic + strlen(kind));
	else
		hk_err_set(&err, HK_USAGE, "'%s' is neither a file, nor a kind of document, nor a rule; 'hkctl explain rules' lists the rules", topic);
	return hk_fail(env, &err);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (asks_about_plan(config))
		return explain_question(env, config, args);
	if (config->files.n && !args->n)
		return explain_documents(env, config);
	if (config->files.n || !args->n) {
		hk_err_set(&err, HK_USAGE,
			   config->files.n ? "name either documents with -f or one topic"
			   : "nothing to explain: name a plan, a field, a rule, or documents with -f");
		return hk_fail(env, &err);
	}
	const char *topic = args->v[0];
	if (args->n == 1 && strcmp(topic, "rules") == 0)
		return explain_rules(env, config, NULL);
	const struct hk_rule *rule = args->n == 1 ? hk_rule_find(topic) : NULL;
	if (rule)
		return explain_rules(env, config, rule);
	HK_AUTO_FREE char *kind = hk_strndup(topic, strcspn(topic, "."));
	const struct hk_schema_file *file = args->n == 1 && !hk_file_exists(topic) ? hk_schema_file_find(kind) : NULL;
	if (file)
		return explain_field(env, config, topic, file);
	if (args->n == 1 && !looks_like_path(topic) && !hk_file_exists(topic))
		return refuse_topic(env, topic, kind);
	return explain_plan(env, config, topic, args->n > 1 ? args->v[1] : NULL);
}

static void release(void *config)
{
	hk_vec_release(&((struct config *)config)->files);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_explain = {
	.name = "explain", .group = "Decide", .summary = "why no plan, why here, what a field or rule means", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run, .word = topic_at, .word_or_path = true,
};
