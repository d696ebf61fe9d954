/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all decision formats share: whose decisions there are, names, and writing. */
#include "render/decide.h"
#include "render/route.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

enum { NAME_BUDGET = 50 };        /* leaves room for "-decision-999" in a label value */

static uint32_t total_of(const struct hk_plan_workload *planned)
{
	uint64_t total = 0;
	for (size_t i = 0; i < planned->n_placements; i++)
		total += planned->placements[i].replicas;
	return total > INT32_MAX ? INT32_MAX : (uint32_t)total;
}

void hk_decided_list_fill(struct hk_job *job, struct hk_decided_list *list)
{
	size_t at = 0;      /* claims are in the plan's order, without those that have no manifest */
	for (size_t i = 0; i < job->plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *pipeline = &job->plan->pipelines[i];
		for (size_t j = 0; j < pipeline->n_workloads; j++) {
			struct hk_decided decided = { .planned = &pipeline->workloads[j], .total = total_of(&pipeline->workloads[j]) };
			if (at < job->claims.n && job->claims.v[at].planned == decided.planned)
				decided.entry = job->claims.v[at++].entry;
			decided.folder = decided.entry ? decided.entry->folder : pipeline->name_space ? pipeline->name_space : "default";
			decided.name = hk_route_label(&job->arena, hk_arena_printf(&job->arena, "%s-%s", pipeline->name, decided.planned->name), NAME_BUDGET);
			if (decided.total > 0)
				hk_vec_push(&list->all, decided);
		}
	}
}

struct hk_value *hk_decision_object(struct hk_job *job, const char *api_version, const char *kind, const char *name, const char *name_space)
{
	const struct hk_entry owner = { .name_space = name_space };
	return hk_route_object(job, &owner, api_version, kind, name);
}

void hk_decision_bytes(struct hk_job *job, const char *path, struct hk_str bytes)
{
	hk_vec_push(&job->decided, (struct hk_decision_file){ path, bytes });
}

static void write_value(struct hk_job *job, const char *path, const struct hk_value *value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_item item = { .suffix = path, .object = value };
	if (job->broken)
		return;
	job->broken = hk_item_write(job, &item, &text, job->err) != 0;
	if (!job->broken)
		hk_decision_bytes(job, path, (struct hk_str){ hk_arena_slicedup(&job->arena, (struct hk_str){ text.s, text.len }), text.len });
}

void hk_decision_add(struct hk_job *job, const char *system, const char *folder, const struct hk_value *object)
{
	const struct hk_entry owner = { .folder = folder };
	const char *suffix = hk_item_suffix(job, &owner, hk_value_get(object, "kind")->text, hk_value_get(hk_value_get(object, "metadata"), "name")->text);
	if (suffix)
		write_value(job, hk_arena_printf(&job->arena, HK_DECISIONS "/%s/%s", system, suffix), object);
}

void hk_decision_file(struct hk_job *job, const char *system, const char *folder, const char *file, const struct hk_value *object)
{
	write_value(job, hk_arena_printf(&job->arena, HK_DECISIONS "/%s/%s/%s.yaml", system, folder, file), object);
}

const char *hk_decision_reason(struct hk_job *job, const struct hk_decided *decided, const struct hk_plan_placement *placement)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%u of %u replicas, ", placement->replicas, decided->total);
	if (placement->load > 0) {
		hk_buf_addround(&text, 100 * placement->load, 3);
		hk_buf_addstr(&text, "% of the load");
	} else
		hk_buf_addstr(&text, "spare");
	return hk_arena_strdup(&job->arena, text.s);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hk_decision_file *)a)->path, ((const struct hk_decision_file *)b)->path);
}

/* Folders of clusters may be called anything but this. */
static void check_outputs(struct hk_job *job)
{
	size_t n = strlen(HK_DECISIONS);
	for (size_t i = 0; i < job->model->n_clusters; i++)
		if (job->outputs[i] && strncmp(job->outputs[i], HK_DECISIONS, n) == 0 && (job->outputs[i][n] == '/' || job->outputs[i][n] == '\0'))
			hk_job_diag(job, HK0904, NULL, "cluster '%s' is written to '%s', which is where decisions go", job->model->clusters[i].name,
				    job->outputs[i]);
}

static void check_files(struct hk_job *job)
{
	if (job->decided.n > 1)
		qsort(job->decided.v, job->decided.n, sizeof *job->decided.v, by_path);
	for (size_t i = 1; i < job->decided.n; i++)
		if (by_path(&job->decided.v[i - 1], &job->decided.v[i]) == 0)
			hk_job_diag(job, HK0904, NULL, "two objects would be written to '%s'", job->decided.v[i].path);
}

int hk_decisions_plan(struct hk_job *job, struct hk_err *err)
{
	unsigned wanted = job->options->decisions;
	struct hk_decided_list list = { 0 };
	if (wanted == 0)
		return 0;
	check_outputs(job);
	hk_decided_list_fill(job, &list);
	if (wanted & HK_DECIDE_KARMADA)
		hk_karmada_plan(job);
	if (wanted & HK_DECIDE_OCM)
		hk_ocm_plan(job, &list);
	if (wanted & HK_DECIDE_KEP5313)
		hk_kep5313_plan(job, &list);
	if (wanted & HK_DECIDE_KUBEFED)
		hk_kubefed_plan(job, &list);
	if (wanted & HK_DECIDE_ARGOCD)
		hk_argocd_plan(job);
	if (wanted & HK_DECIDE_DESCHEDULER)
		hk_descheduler_plan(job);
	hk_vec_release(&list.all);
	check_files(job);
	if (job->broken)
		return -1;
	return job->failed ? hk_err_set(err, HK_INVALID, "the decisions cannot be written (see the findings)") : 0;
}

int hk_decisions_hand_out(const struct hk_job *job, hk_render_sink sink, void *closure)
{
	for (size_t i = 0; i < job->decided.n; i++) {
		const struct hk_render_file file = { job->decided.v[i].path, job->decided.v[i].bytes.s, job->decided.v[i].bytes.n };
		if (sink(closure, &file, job->err) != 0)
			return -1;
	}
	return 0;
}
