/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: samples of Prometheus, from query results or the text exposition format. */
#ifndef HK_IMPORT_PROMETHEUS_H
#define HK_IMPORT_PROMETHEUS_H

#include "import/reading.h"

struct hk_sample {
	const char *name;
	struct hk_labels labels;                /* sorted; in the arena */
	double value;                           /* may be NaN or infinite */
	double time;                            /* Unix seconds; NaN when not said */
	struct hk_source *source;
	uint32_t start, end;
};

struct hk_samples {
	HK_VEC(struct hk_sample) list;
	struct hk_map types;                    /* of the text format: name to 'c'ounter, 'h'istogram, 's'ummary, 'g'auge */
};

/*
 * The text exposition format, version 0.0.4, and what OpenMetrics adds to it ("# EOF", exemplars are skipped). Malformed lines are findings; the rest is read.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
void hk_exposition_read(struct hk_import *import, struct hk_source *source, struct hk_samples *samples);
/* Query results: {"status": ..., "data": {"resultType": "vector" or "matrix", "result": [...]}}; of a matrix the last value of each series. */
void hk_query_result_read(struct hk_import *import, const struct hk_doc *doc, const char *fallback_name, struct hk_samples *samples);
struct hk_diag *hk_sample_diag(struct hk_import *import, const struct hk_sample *sample, enum hk_rule_id rule, const char *format,
			       ...) __attribute__((format(printf, 4, 5)));
/* Prometheus' own numbers: decimals, "NaN", "+Inf", "-Inf". */
bool hk_sample_number(struct hk_str text, double *value);

#endif
