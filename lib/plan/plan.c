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

int hk_plan_write_sealed(struct hk_plan *plan, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, head = HK_BUF_INIT;
	char digest[HK_SHA256_TEXT];

	if (hk_plan_write_as(plan, NULL, false, &text, err) || hk_plan_write_head(NULL, &head))
		return -1;
	hk_sha256_text(text.s, text.len, digest);
	digest[HK_PLAN_ID_DIGITS] = '\0';
	plan->id = hk_arena_strdup(&plan->arena, digest);
	if (hk_plan_write_head(plan->id, out))
		return -1;
	hk_buf_add(out, text.s + head.len, text.len - head.len);
	return 0;
}

bool hk_plan_is_sealed_text(const char *text, size_t count, const char *id)
{
	HK_AUTO_BUF struct hk_buf with = HK_BUF_INIT, without = HK_BUF_INIT;
	struct hk_sha256 sha;
	char digest[HK_SHA256_TEXT];

	if (hk_plan_write_head(id, &with) || hk_plan_write_head(NULL, &without) || count < with.len || memcmp(text, with.s, with.len) != 0)
		return false;
	hk_sha256_init(&sha);
	hk_sha256_update(&sha, without.s, without.len);
	hk_sha256_update(&sha, text + with.len, count - with.len);
	hk_sha256_final(&sha, digest);
	return strncmp(digest, id, HK_PLAN_ID_DIGITS) == 0;
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

int hk_plan_refuse_stale(const struct hk_plan *plan, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf changed = HK_BUF_INIT;
	size_t count = hk_plan_stale(plan, &changed);
	if (!count)
		return 0;
	return hk_err_set(err, HK_STALE, "the plan is stale: %zu input%s changed or missing since it was made: %s; make a new plan", count,
			  count == 1 ? "" : "s", changed.s);
}

/* First position of a name in a sorted array whose elements start with a const char *; count when it is not there. */
static size_t find_name(const void *base, size_t count, size_t size, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(*(const char *const *)(const void *)((const char *)base + middle * size), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && strcmp(*(const char *const *)(const void *)((const char *)base + low * size), name) == 0 ? low : count;
}

const struct hk_plan_workload *hk_plan_workload(const struct hk_plan *plan, const char *pipeline, const char *workload)
{
	size_t p = find_name(plan->pipelines, plan->n_pipelines, sizeof *plan->pipelines, pipeline);

	for (; p < plan->n_pipelines && strcmp(plan->pipelines[p].name, pipeline) == 0; p++) {
		const struct hk_plan_pipeline *found = &plan->pipelines[p];
		size_t w = find_name(found->workloads, found->n_workloads, sizeof *found->workloads, workload);

		if (w < found->n_workloads)
			return &found->workloads[w];
	}
	return NULL;
}

const struct hk_plan_placement *hk_plan_placement(const struct hk_plan_workload *workload, const char *cluster)
{
	size_t i = find_name(workload->placements, workload->n_placements, sizeof *workload->placements, cluster);

	return i < workload->n_placements ? &workload->placements[i] : NULL;
}
