/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "base/term.h"
#include "base/time.h"
#include "out/diag.h"
#include "plan/plan.h"
#include "render/render.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const struct hk_opt hk_common_options[] = {
	{ .name = "color", .type = HK_OPT_ENUM, .offset = offsetof(struct hk_common, color), .choices = hk_color_names, .metavar = "WHEN",
	  .help = "colour the output" },
	{ .name = "quiet", .letter = 'q', .type = HK_OPT_FLAG, .offset = offsetof(struct hk_common, quiet), .help = "no remarks and no progress, only errors" },
	{ .name = "verbose", .letter = 'v', .type = HK_OPT_COUNT, .offset = offsetof(struct hk_common, verbose), .help = "say what is being done" },
	{ 0 },
};

static int write_all(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t n = write(fd, bytes, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		count -= (size_t)n;
	}
	return 0;
}

static void print_line(bool color, enum hk_style style, const char *label, const char *text)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addstr(&line, "hkctl: ");
	if (label)
		hk_term_add(&line, color, style, label);
	hk_buf_addscrubbed(&line, hk_str_of(text));
	hk_buf_addch(&line, '\n');
	(void)write_all(STDERR_FILENO, line.s, line.len);
}

int hk_print(const struct hk_buf *text, int status)
{
	if (write_all(STDOUT_FILENO, text->s, text->len) == 0)
		return status;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_errno(&err, errno, "cannot write to standard output");
	print_line(false, HK_STYLE_ERROR, "error: ", err.message);
	return HK_FAILED;
}

int hk_fail(const struct hk_env *env, struct hk_err *err)
{
	int status = (int)err->status;
	print_line(env->err_color, HK_STYLE_ERROR, "error: ", err->message ? err->message : "unknown error");
	hk_err_release(err);
	return status;
}

void hk_remark(const struct hk_env *env, const char *format, ...)
{
	if (env->common.quiet)
		return;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	print_line(env->err_color, HK_STYLE_PLAIN, NULL, text.s);
}

void hk_print_diags(const struct hk_env *env, struct hk_diags *diags)
{
	if (!diags->list.n)
		return;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_diags_sort(diags);
	const struct hk_out_diag_options options = { .colour = env->err_color, .width = env->err_width };
	hk_out_diags(HK_OUT_DIAG_TEXT, diags, &options, &text);
	(void)write_all(STDERR_FILENO, text.s, text.len);
}

double hk_clock(void)
{
	struct timespec time;
	return clock_gettime(CLOCK_REALTIME, &time) == 0 ? (double)time.tv_sec : 0;
}

int hk_read_now(const struct hk_env *env, bool clock, const char *at, double *now)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	*now = clock && !at ? hk_clock() : 0;
	if (!at || hk_time_parse_moment(hk_str_of(at), now))
		return HK_OK;
	hk_err_set(&err, HK_USAGE, "--at takes a time such as 2026-01-31T12:00:00Z, found '%s'", at);
	return hk_fail(env, &err);
}

static bool lacks(const struct hk_env *env, const struct hk_inputs *inputs, enum hk_kind kind, const char *name)
{
	if (inputs->workspace.count_by_kind[kind])
		return false;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_INVALID, "no document of kind %s among the inputs; name its file or directory with -f", name);
	(void)hk_fail(env, &err);
	return true;
}

/* Every error says that some pipeline has no plan; the model is whole. */
static bool only_without_plan(const struct hk_diags *diags)
{
	static const enum hk_rule_id rules[] = { HK0405, HK0406, HK0408, HK0409, HK0412, HK0413 };
	size_t errors = 0;
	for (size_t i = 0; i < diags->list.n; i++)
		for (size_t r = 0; r < HK_COUNT(rules); r++)
			errors += diags->list.v[i].severity == HK_ERROR && diags->list.v[i].rule->id == rules[r];
	return errors == diags->errors;
}

static int load_inputs(const struct hk_env *env, const char *const *paths, size_t count, bool tell_warnings, bool keep_kubernetes, struct hk_inputs *inputs)
{
	*inputs = (struct hk_inputs){ .diags = HK_DIAGS_INIT, .loaded = true, .now = inputs->now, .without_plan = inputs->without_plan };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_workspace_load(&inputs->workspace, paths, count, keep_kubernetes, &inputs->diags, &err))
		return hk_fail(env, &err);
	inputs->workspace.now = inputs->now;
	if (!inputs->diags.errors && hk_model_load(&inputs->model, &inputs->workspace, &inputs->diags, &err))
		return hk_fail(env, &err);
	if (inputs->diags.errors && inputs->without_plan)
		inputs->without_plan = only_without_plan(&inputs->diags);
	if ((inputs->diags.errors && !inputs->without_plan) || (tell_warnings && !env->common.quiet))
		hk_print_diags(env, &inputs->diags);
	if (inputs->diags.errors && !inputs->without_plan)
		return HK_INVALID;
	if (lacks(env, inputs, HK_KIND_TOPOLOGY, "Topology") || lacks(env, inputs, HK_KIND_PIPELINE, "Pipeline"))
		return HK_INVALID;
	return HK_OK;
}

int hk_inputs_load(const struct hk_env *env, const char *const *paths, size_t count, bool tell_warnings, struct hk_inputs *inputs)
{
	return load_inputs(env, paths, count, tell_warnings, false, inputs);
}

int hk_inputs_load_manifests(const struct hk_env *env, const char *const *paths, size_t count, bool tell_warnings, struct hk_inputs *inputs)
{
	return load_inputs(env, paths, count, tell_warnings, true, inputs);
}

void hk_inputs_release(struct hk_inputs *inputs)
{
	if (!inputs->loaded)
		return;
	hk_model_release(&inputs->model);
	hk_workspace_release(&inputs->workspace);
	hk_diags_release(&inputs->diags);
	inputs->loaded = false;
}

int hk_plan_open(const struct hk_env *env, const char *path, struct hk_plan *plan)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	int status = HK_OK;
	if (hk_plan_load(plan, path, &diags, &err)) {
		hk_print_diags(env, &diags);
		status = err.status ? hk_fail(env, &err) : HK_INVALID;
	} else if (!env->common.quiet) {
		hk_print_diags(env, &diags);
	}
	hk_diags_release(&diags);
	return status;
}

int hk_plan_open_inputs(const struct hk_env *env, const struct hk_plan *plan, const struct hk_opt_list *files, struct hk_inputs *inputs)
{
	inputs->now = plan->assumed_at;
	if (files->n)
		return hk_inputs_load(env, files->v, files->n, env->common.verbose > 0, inputs);
	HK_VEC(const char *) paths = { 0 };
	for (size_t i = 0; i < plan->n_inputs; i++)
		hk_vec_push(&paths, plan->inputs[i].path);
	int status = hk_inputs_load_manifests(env, paths.v, paths.n, env->common.verbose > 0, inputs);
	for (size_t i = 0; status && i < paths.n; i++)
		if (paths.v[i][0] != '/' && !hk_file_exists(paths.v[i])) {
			hk_remark(env, "a plan names its documents as seen from the directory in which it was made: go there, or name them with -f");
			break;
		}
	hk_vec_release(&paths);
	return status;
}

enum { MESH_NONE, MESH_ISTIO, MESH_GATEWAY, MESH_MCS, MESH_SMI, MESH_ALL };
const char *const hk_mesh_names[] = { [MESH_NONE] = "none", [MESH_ISTIO] = "istio", [MESH_GATEWAY] = "gateway", [MESH_MCS] = "mcs", [MESH_SMI] = "smi",
				      [MESH_ALL] = "all", NULL };

unsigned hk_mesh_flags(unsigned chosen)
{
	static const unsigned flags[] = { [MESH_ISTIO] = HK_MESH_ISTIO, [MESH_GATEWAY] = HK_MESH_GATEWAY, [MESH_MCS] = HK_MESH_MCS, [MESH_SMI] = HK_MESH_SMI,
					  [MESH_ALL] = HK_MESH_ISTIO | HK_MESH_GATEWAY };
	unsigned mesh = HK_MESH_NONE;
	for (size_t i = 0; i < HK_COUNT(flags); i++)
		if (chosen & 1U << i)
			mesh |= flags[i];
	return mesh;
}

enum { DECIDE_KARMADA, DECIDE_OCM, DECIDE_KEP5313, DECIDE_KUBEFED, DECIDE_ARGOCD, DECIDE_DESCHEDULER };
const char *const hk_decision_names[] = { [DECIDE_KARMADA] = "karmada", [DECIDE_OCM] = "ocm", [DECIDE_KEP5313] = "kep5313", [DECIDE_KUBEFED] = "kubefed",
					  [DECIDE_ARGOCD] = "argocd",
					 [DECIDE_DESCHEDULER] = "descheduler", NULL };

unsigned hk_decision_flags(unsigned chosen)
{
	static const unsigned flags[] = { [DECIDE_KARMADA] = HK_DECIDE_KARMADA, [DECIDE_OCM] = HK_DECIDE_OCM, [DECIDE_KEP5313] = HK_DECIDE_KEP5313,
					  [DECIDE_KUBEFED] = HK_DECIDE_KUBEFED, [DECIDE_ARGOCD] = HK_DECIDE_ARGOCD,
					  [DECIDE_DESCHEDULER] = HK_DECIDE_DESCHEDULER };
	unsigned wanted = HK_DECIDE_NONE;
	for (size_t i = 0; i < HK_COUNT(flags); i++)
		if (chosen & 1U << i)
			wanted |= flags[i];
	return wanted;
}

/* A verb's name becomes part of a path: only what a program name may hold. */
static bool is_verb_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(name);
}

static char *try_directory(const char *directory, const char *name)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	hk_buf_addf(&path, "%s/hkctl-%s", *directory ? directory : ".", name);
	return access(path.s, X_OK) == 0 && !hk_file_is_dir(path.s) ? hk_buf_detach(&path, NULL) : NULL;
}

static char *find_beside(const struct hk_env *env, const char *name)
{
	static const char *const beside[] = { "libexec/hkctl", "../libexec/hkctl" };      /* build tree, installed tree */
	for (size_t i = 0; env->program_dir && i < HK_COUNT(beside); i++) {
		HK_AUTO_FREE char *directory = hk_path_join(env->program_dir, beside[i]);
		char *found = try_directory(directory, name);
		if (found)
			return found;
	}
	return NULL;
}

char *hk_external_find(const struct hk_env *env, const char *name)
{
	if (!is_verb_name(name))
		return NULL;
	char *found = find_beside(env, name);
	if (found)
		return found;
	struct hk_str rest = hk_str_of(getenv("PATH"));
	while (rest.n) {
		struct hk_str part = hk_str_cut(&rest, ':');
		HK_AUTO_FREE char *directory = hk_strndup(part.s, part.n);
		found = try_directory(directory, name);
		if (found)
			return found;
	}
	return NULL;
}

int hk_external_exec(const char *path, char *const *argv)
{
	return execv(path, argv);
}

int hk_helper_exec(const struct hk_env *env, const struct hk_cmd *cmd, char *const *argv)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_FREE char *path = find_beside(env, cmd->program);
	if (path) {
		hk_external_exec(path, argv);
		hk_err_errno(&err, errno, "cannot start '%s'", path);
	} else
		hk_err_set(&err, HK_FAILED, "'%s' is done by the program hkctl-%s, which is not in libexec/hkctl beside hkctl: the installation is not whole",
			   cmd->name, cmd->program);
	return hk_fail(env, &err);
}
