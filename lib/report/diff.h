/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Differences for people and for programs: drift, changes of the plan, changes of files, each list by itself; what goes away or moves comes first, the summary
 * last.
 */
#ifndef HK_REPORT_DIFF_H
#define HK_REPORT_DIFF_H

#include "out/ser.h"
#include "plan/why.h"
#include "render/drift.h"

struct hk_diff_view {
	const struct hk_plan *before;          /* NULL: only one plan */
	const struct hk_plan *after;
	const struct hk_plan_diff *plans;      /* NULL: only one plan */
	const struct hk_drift *drift;          /* NULL: neither a directory nor live objects */
	const char *directory;                 /* NULL: none was compared */
	bool live;                             /* live objects were compared */
	const char *const *clusters; size_t n_clusters;    /* see hk_why_world */
	const char *stale;                     /* inputs of the newer plan that changed since, comma separated; NULL when none */
	bool colour;
};

/* Why a file changes: what the plan decided, the manifest it comes from, or the plan's routes. In the arena. */
struct hk_file_why { const char *code /* "plan", "routes", "decisions", "manifest", "workloads" */, *text; };
struct hk_file_why hk_diff_file_why(const struct hk_plan *plan, const struct hk_drift_item *item, struct hk_arena *arena);

void hk_diff_text(const struct hk_diff_view *view, struct hk_buf *out);
/* {formatVersion, before, after, stale, drift[], changes{replicas[], routes[], network[], files[]}, summary{}}. Keys keep this order. */
void hk_diff_json(const struct hk_diff_view *view, struct hk_ser *ser);
/* Anything to tell at all? */
bool hk_diff_is_empty(const struct hk_diff_view *view);

struct hk_diff_counts { size_t moved, removed, added /* workloads */, deleted_files, changed_files, added_files; uint64_t replicas_more, replicas_fewer; };
void hk_diff_count(const struct hk_diff_view *view, struct hk_diff_counts *counts);

#endif
