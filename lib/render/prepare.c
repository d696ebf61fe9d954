/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an item and its document to the text that is written. */
#include "render/job.h"
#include "render/script.h"

static int add_patch(struct hk_job *job, const struct hk_script *script, struct hk_item *item, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (hk_script_patch(script, &text, err) != 0)
		return -1;
	item->patch = (struct hk_str){ hk_arena_slicedup(&job->arena, (struct hk_str){ text.s, text.len }), text.len };
	return 0;
}

int hk_item_edit(struct hk_job *job, struct hk_item *item, const struct hk_doc *doc, struct hk_buf *out, struct hk_err *err)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_script script;
	hk_script_begin(&script, doc, &arena);
	if (item->entry->role == HK_ENTRY_AUTOSCALER)
		hk_autoscaler_edit(&script, item->entry, item->variant);
	else if (item->entry->role == HK_ENTRY_SELECTING)
		hk_budget_edit(&script, item->variant);
	else
		hk_workload_edit(&script, item->entry, item->variant);
	int status = 0;
	if (script.steps.n == 0 && !script.refused)
		hk_buf_addslice(out, item->entry->text);
	else
		status = hk_script_apply(&script, out, err);
	if (status == 0 && script.steps.n > 0 && job->options->kustomize && !item->variant->name)
		status = add_patch(job, &script, item, err);
	if (status != 0)
		hk_err_wrap(err, "%s:%u: %s '%s'", item->entry->file, item->entry->range.line, item->entry->kind, item->entry->name);
	hk_script_release(&script);
	hk_arena_release(&arena);
	return status;
}

void hk_items_prepare(struct hk_job *job, const struct hk_doc *doc, size_t first)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = first; i < job->items.n && !job->failed && !job->broken; i++) {
		struct hk_item *item = &job->items.v[i];
		hk_buf_reset(&text);
		job->broken = hk_item_edit(job, item, doc, &text, job->err) != 0;
		if (!job->broken)
			item->bytes = (struct hk_str){ hk_arena_slicedup(&job->arena, (struct hk_str){ text.s, text.len }), text.len };
	}
}
