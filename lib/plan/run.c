/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/run.h"

#include "out/ser.h"
#include "plan/format.h"
#include "plan/read_field.h"

#include <string.h>

_Static_assert(sizeof ((struct hk_plan_run *)0)->plan == HK_PLAN_ID_DIGITS + 1, "the id of a plan fits");

char *hk_plan_run_path(const char *plan_path)
{
	struct hk_buf path = HK_BUF_INIT;

	hk_buf_addf(&path, "%s.run", plan_path);
	return hk_buf_detach(&path, NULL);
}

static int64_t whole(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int hk_plan_run_write(const struct hk_plan_run *run, struct hk_buf *out, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, out);

	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", HK_PLAN_FORMAT_VERSION);
	hk_ser_kstr(ser, "plan", run->plan);
	hk_ser_knum(ser, "cpuSeconds", run->cpu_seconds);
	hk_ser_knum(ser, "solveSeconds", run->solve_seconds);
	hk_ser_kint(ser, "peakMemoryBytes", whole(run->peak_memory));
	hk_ser_kint(ser, "iterations", whole(run->iterations));
	hk_ser_kint(ser, "treeNodes", whole(run->tree_nodes));
	hk_ser_kint(ser, "cuts", whole(run->cuts));
	hk_ser_kbool(ser, "hitLimit", run->hit_limit);
	hk_ser_kbool(ser, "interrupted", run->interrupted);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

int hk_plan_run_read(struct hk_plan_run *run, const struct hk_doc *doc, struct hk_diags *diags)
{
	/* The reader copies text into a plan's arena; this one lives for the call only. */
	struct hk_plan scratch = { 0 };
	struct hk_plan_reader reader = { &scratch, doc, diags, false };
	const struct hk_node *root = doc->root;

	*run = (struct hk_plan_run){ 0 };
	if (root->kind != HK_MAPPING) {
		hk_plan_field_complain(&reader, root, HK0804, "the facts of a run must be a mapping");
		return -1;
	}
	const char *id = hk_plan_field_text(&reader, root, "plan");

	if (id && strlen(id) < sizeof run->plan)
		memcpy(run->plan, id, strlen(id) + 1);
	else if (id)
		hk_plan_field_complain(&reader, hk_node_get(root, "plan"), HK0805, "the id of a plan is 16 hexadecimal digits");
	run->cpu_seconds = hk_plan_field_number(&reader, root, "cpuSeconds", 0, 1e300);
	run->solve_seconds = hk_plan_field_optional_number(&reader, root, "solveSeconds", 0, 1e300, 0);
	run->peak_memory = (uint64_t)hk_plan_field_count(&reader, root, "peakMemoryBytes", 0, INT64_MAX);
	run->iterations = (uint64_t)hk_plan_field_count(&reader, root, "iterations", 0, INT64_MAX);
	run->tree_nodes = (uint64_t)hk_plan_field_count(&reader, root, "treeNodes", 0, INT64_MAX);
	run->cuts = (uint64_t)hk_plan_field_count(&reader, root, "cuts", 0, INT64_MAX);
	run->hit_limit = hk_plan_field_flag(&reader, root, "hitLimit");
	run->interrupted = hk_plan_field_flag(&reader, root, "interrupted");
	hk_arena_release(&scratch.arena);
	return reader.broken ? -1 : 0;
}

bool hk_plan_run_matches(const struct hk_plan_run *run, const struct hk_plan *plan)
{
	return plan->id && run->plan[0] && !strcmp(run->plan, plan->id);
}
