/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile plan files and run facts: what the reader takes is written and read back as the same bytes, and the checker and the comparison survive it, whatever
 * it claims about the small world below.
 */
#include "model/load.h"
#include "place/check.h"
#include "plan/diff.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char documents[] =
	"apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n  - {name: cloud, availability: 99.9%, prices: {cpu: 0.1/h}}\n"
	"  - {name: edge-a, nodeAvailability: 99%, nodes: [{name: n, count: 2, allocatable: {cpu: \"4\"}}]}\n  links: [{from: edge-a, to: cloud, latency: 9ms, bandwidth: 1Mbps}]\n---\n"
	"apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: video}\nspec:\n  inputs: [{name: cameras, cluster: edge-a, rate: 40/s, size: 1kB}]\n"
	"  outputs: [{name: screen, cluster: cloud}]\n  workloads:\n  - {name: decode, capacity: 30/s, requests: {cpu: \"1\"}, availability: 98%, placement: {apart: [{with: detect, level: node}]}}\n"
	"  - {name: detect, placement: {spread: {over: cluster, min: 1}}}\n  connections:\n  - {from: cameras, to: decode}\n  - {from: decode, to: detect, latency: {limit: 20ms}}\n"
	"  - {from: detect, to: screen}\n  paths: [{from: cameras, to: screen, latency: {limit: 50ms, request: 1ms}}]\n---\n";

static const struct hk_model *world(void)
{
	static struct hk_workspace workspace;
	static struct hk_model model;
	static struct hk_diags diags = HK_DIAGS_INIT;
	static bool loaded;

	if (!loaded && (hk_workspace_add_text(&workspace, "world.yaml", hk_str_of(documents), true, &diags, NULL) ||
			hk_model_load(&model, &workspace, &diags, NULL) || diags.errors))
		abort();
	loaded = true;
	return &model;
}

static int read_plan(const char *bytes, size_t size, struct hk_plan *plan, struct hk_plan_run *run)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	int result;

	*plan = (struct hk_plan){ 0 };
	hk_source_from_text(&source, "plan.yaml", bytes, size);
	result = hk_yaml_read_one(&source, false, &doc, &diags);
	if (!result) {
		hk_plan_run_read(run, &doc, &diags);
		result = hk_plan_read(plan, &doc, &diags);
	}
	if (result && diags.errors == 0)
		abort();        /* refused without saying why */
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return result;
}

static void check_accepted(struct hk_plan *plan)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, again = HK_BUF_INIT;
	struct hk_plan second;
	struct hk_plan_run run;
	struct hk_plan_diff diff;
	struct hk_check_report report;
	struct hk_diags diags = HK_DIAGS_INIT;

	hk_plan_seal(plan);
	if (hk_plan_write(plan, true, &text, NULL))
		abort();
	if (read_plan(text.s, text.len, &second, &run) || hk_plan_write(&second, true, &again, NULL) || text.len != again.len ||
	    memcmp(text.s, again.s, text.len))
		abort();
	hk_plan_diff(&diff, &second, plan);
	if (!hk_plan_diff_is_empty(&diff))
		abort();
	hk_plan_diff_release(&diff);
	hk_check_plan(world(), plan, &second, &report, &diags, NULL);
	hk_diags_release(&diags);
	hk_plan_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hk_plan plan;
	struct hk_plan_run run;

	if (size > 1 << 16)
		return 0;
	if (!read_plan((const char *)data, size, &plan, &run)) {
		check_accepted(&plan);
		hk_plan_release(&plan);
	}
	return 0;
}
