/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan for people (tables, no wider than the terminal) and for programs (JSON). */
#ifndef HK_REPORT_SHOW_H
#define HK_REPORT_SHOW_H

#include "out/ser.h"
#include "plan/plan.h"

struct hk_show_options {
	unsigned width;              /* 0: as wide as needed (piped) */
	bool colour;
	bool all;                    /* also the reasons of every workload, and the links in use */
	double cpu_seconds;          /* of the run that made the plan; NaN when not known */
	uint64_t peak_memory;        /* bytes; 0 when not known */
	const char *stale;           /* names of inputs that changed since, comma separated; NULL when none */
};

void hk_show_text(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out);
/* {formatVersion, id, summary{...}, pipelines[...], clusters[...], links[...], moves[...], tight[...], missed[...], leftOut[...]}. Keys keep this order. */
void hk_show_json(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_ser *ser);
/* Share of use from which something counts as tight. */
#define HK_SHOW_TIGHT 0.9

#endif
