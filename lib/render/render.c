/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/render.h"
#include "render/job.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

struct hk_diag *hk_job_diag(struct hk_job *job, enum hk_rule_id rule, const struct hk_range *range, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	const struct hk_rule *found = hk_rule_get(rule);
	job->failed = job->failed || (found && found->severity == HK_ERROR);
	return hk_diag_add(job->diags, rule, range, "%s", text.s);
}

/* Autoscalers: whose share they get is known only after every document was read. */
static int edit_again(struct hk_job *job, struct hk_item *item, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_entry *entry = item->entry;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, entry->file, entry->text.s, entry->text.n);
	int status = hk_yaml_read_one(&source, false, &doc, &diags);
	if (status != 0)
		hk_err_set(err, HK_FAILED, "%s:%u: %s '%s' cannot be read again", entry->file, entry->range.line, entry->kind, entry->name);
	else
		status = hk_item_edit(job, item, &doc, out, err);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return status;
}

static int emit_item(const struct hk_item *item, struct hk_buf *out, struct hk_err *err)
{
	if (hk_value_emit(item->object, out, err) != 0)
		return hk_err_wrap(err, "%s: what was written does not read back the same", item->suffix);
	return 0;
}

int hk_item_write(struct hk_job *job, struct hk_item *item, struct hk_buf *out, struct hk_err *err)
{
	return item->entry ? edit_again(job, item, out, err) : emit_item(item, out, err);
}

/* Everything is edited, emitted and proved before the first file is handed out. */
static int finish_items(struct hk_job *job, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 0; i < job->items.n; i++) {
		struct hk_item *item = &job->items.v[i];
		hk_buf_reset(&text);
		if (item->bytes.s)
			continue;
		if (item->entry && !item->variant) {
			item->bytes = item->entry->text;
			continue;
		}
		if (hk_item_write(job, item, &text, err) != 0)
			return -1;
		item->bytes = (struct hk_str){ hk_arena_slicedup(&job->arena, (struct hk_str){ text.s, text.len }), text.len };
	}
	return 0;
}

static int hand_out(const struct hk_job *job, hk_render_sink sink, void *closure)
{
	int status = 0;
	for (size_t i = 0; status == 0 && i < job->items.n; i++) {
		const struct hk_item *item = &job->items.v[i];
		char *path = hk_path_join(job->outputs[item->cluster], item->suffix);
		struct hk_render_file file = { path, item->bytes.s, item->bytes.n };
		status = sink(closure, &file, job->err) != 0 ? -1 : 0;
		free(path);
	}
	return status;
}

static int plan_items(struct hk_job *job, struct hk_err *err)
{
	hk_calls_index(job);
	hk_outputs_check(job);
	hk_claims_list(job);
	hk_chains_plan(job);
	if (hk_manifests_read(job, err) != 0)
		return -1;
	hk_entries_link(job);
	hk_services_bring(job);
	hk_chains_emit(job);
	if (!job->failed)
		hk_routes_plan(job);
	if (!job->failed)
		hk_variants_plan(job);
	if (!job->failed)
		hk_items_sort(job);
	if (job->failed)
		return hk_err_set(err, HK_INVALID, "the plan cannot be rendered: it does not fit the manifests (see the findings)");
	return 0;
}

static void job_release(struct hk_job *job)
{
	for (size_t i = 0; i < job->files.n; i++)
		hk_source_release(&job->files.v[i]->source);
	hk_vec_release(&job->files);
	hk_vec_release(&job->entries);
	hk_vec_release(&job->ruling);
	hk_vec_release(&job->planned_workloads);
	hk_vec_release(&job->connections);
	hk_index_release(&job->planned);
	hk_index_release(&job->inbound);
	hk_vec_release(&job->items);
	hk_vec_release(&job->decided);
	hk_vec_release(&job->claims);
	hk_vec_release(&job->scalers);
	hk_vec_release(&job->chains);
	hk_index_release(&job->chained);
	hk_index_release(&job->claimed);
	hk_index_release(&job->scaled);
	hk_index_release(&job->pods);
	hk_arena_release(&job->arena);
}

int hk_render(const struct hk_model *model, const struct hk_plan *plan, const struct hk_render_options *options, hk_render_sink sink, void *closure,
	      struct hk_diags *diags, struct hk_err *err)
{
	struct hk_job job = { .model = model, .plan = plan, .options = options, .diags = diags, .err = err, .pods = HK_INDEX_INIT, .claimed = HK_INDEX_INIT,
			      .chained = HK_INDEX_INIT,
			      .scaled = HK_INDEX_INIT };
	job.unpinned = hk_arena_array(&job.arena, model->n_clusters + 1, sizeof *job.unpinned);
	int status = plan_items(&job, err);
	if (status == 0)
		status = finish_items(&job, err);
	if (status == 0)
		status = hk_decisions_plan(&job, err);
	if (status == 0)
		status = options->kustomize ? hk_kustomize_hand_out(&job, sink, closure) : hand_out(&job, sink, closure);
	if (status == 0)
		status = hk_decisions_hand_out(&job, sink, closure);
	job_release(&job);
	return status;
}
