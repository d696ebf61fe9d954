/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a plan around its text: id, file, staleness, look-up, release. */
#include "base/digest.h"
#include "base/file.h"
#include "plan/format.h"

#include <string.h>

int hk_plan_compute_id(const struct hk_plan *plan, char id[HK_PLAN_ID_DIGITS + 1], struct hk_err *err)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	char digest[HK_SHA256_TEXT];

	if (hk_plan_write_as(plan, NULL, false, &text, err))
		return -1;
	hk_sha256_text(text.s, text.len, digest);
	memcpy(id, digest, HK_PLAN_ID_DIGITS);
	id[HK_PLAN_ID_DIGITS] = '\0';
	return 0;
}

void hk_plan_seal(struct hk_plan *plan)
{
	char id[HK_PLAN_ID_DIGITS + 1];

	/* A plan that cannot be written has no id; hk_plan_write then says why. */
	plan->id = hk_plan_compute_id(plan, id, NULL) ? NULL : hk_arena_strdup(&plan->arena, id);
}

int hk_plan_load(struct hk_plan *plan, const char *path, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	int result = -1;

	*plan = (struct hk_plan){ 0 };
	if (hk_source_load(&source, path, HK_FILE_MAX, err))
		return -1;
	if (hk_yaml_read_one(&source, false, &doc, diags) || hk_plan_read(plan, &doc, diags))
		hk_err_set(err, HK_INVALID, "'%s' is no plan that can be read", path);
	else
		result = 0;
	hk_doc_release(&doc);
	hk_source_release(&source);
	return result;
}

void hk_plan_release(struct hk_plan *plan)
{
	hk_arena_release(&plan->arena);
	*plan = (struct hk_plan){ 0 };
}

static bool is_unchanged(const struct hk_plan_input *input)
{
	struct hk_buf bytes HK_AUTO_BUF = HK_BUF_INIT;
	char digest[HK_SHA256_TEXT];

	if (!strcmp(input->path, "-") || hk_file_read(input->path, HK_FILE_MAX, &bytes, NULL))
		return false;
	hk_sha256_text(bytes.s, bytes.len, digest);
	return !strcmp(digest, input->digest);
}

size_t hk_plan_stale(const struct hk_plan *plan, struct hk_buf *changed)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->n_inputs; i++) {
		if (is_unchanged(&plan->inputs[i]))
			continue;
		if (changed && changed->len > 0)
			hk_buf_addstr(changed, ", ");
		if (changed)
			hk_buf_addscrubbed(changed, hk_str_of(plan->inputs[i].path));
		count++;
	}
	return count;
}

const struct hk_plan_workload *hk_plan_workload(const struct hk_plan *plan, const char *pipeline, const char *workload)
{
	for (size_t i = 0; i < plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *candidate = &plan->pipelines[i];

		if (strcmp(candidate->name, pipeline))
			continue;
		for (size_t j = 0; j < candidate->n_workloads; j++)
			if (!strcmp(candidate->workloads[j].name, workload))
				return &candidate->workloads[j];
	}
	return NULL;
}
