/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of Prometheus' HTTP API to a query, saved as JSON. */
#include "import/prometheus.h"
#include "base/num.h"
#include <math.h>
#include <string.h>

static void read_metric(struct hk_import *import, const struct hk_doc *doc, const struct hk_node *metric, struct hk_sample *sample)
{
	import->build.doc = doc;
	hk_read_labels(&import->build, metric, &sample->labels);
	for (size_t i = 0; i < sample->labels.n; i++)
		if (strcmp(sample->labels.v[i].key, "__name__") == 0)
			sample->name = sample->labels.v[i].value;
}

/* [time, "value"] */
static bool read_point(const struct hk_node *point, struct hk_sample *sample)
{
	const struct hk_node *time = point && point->kind == HK_SEQUENCE ? point->first : NULL, *value = time ? time->next : NULL;
	const char *text = hk_node_string(value);

	if (!text || !hk_node_float(time, &sample->time) || !hk_sample_number(hk_str_of(text), &sample->value))
		return false;
	return true;
}

static void read_series(struct hk_import *import, const struct hk_doc *doc, const struct hk_node *series, const char *fallback, struct hk_samples *samples)
{
	struct hk_sample sample = { .name = fallback, .source = doc->source, .start = series->start, .end = series->end, .time = NAN };
	const struct hk_node *point = hk_node_get(series, "value");
	size_t count = 0;

	hk_for_each_item(item, hk_node_get(series, "values")) {
		point = item;
		count++;
	}
	read_metric(import, doc, hk_node_get(series, "metric"), &sample);
	if (!read_point(point, &sample)) {
		hk_node_diag(import->diags, doc, series, HK1112, "this series has no [time, \"value\"] and is left out");
		return;
	}
	if (count > 1)
		hk_sample_diag(import, &sample, HK1101, "of %zu values of '%s' the last one counts", count, sample.name);
	hk_vec_push(&samples->list, sample);
}

void hk_query_result_read(struct hk_import *import, const struct hk_doc *doc, const char *fallback_name, struct hk_samples *samples)
{
	const struct hk_node *root = doc->root, *data = hk_node_get(root, "data"), *result = hk_node_get(data ? data : root, "result");
	const char *status = hk_node_string(hk_node_get(root, "status")), *error = hk_node_string(hk_node_get(root, "error"));

	if (status && strcmp(status, "success") != 0) {
		hk_node_diag(import->diags, doc, root, HK1105, "Prometheus answered with an error: %s", error ? error : status);
		return;
	}
	if (root->kind == HK_SEQUENCE)
		result = root;
	if (!result || result->kind != HK_SEQUENCE || (result->first && result->first->kind != HK_MAPPING)) {
		hk_node_diag(import->diags, doc, root, HK1105, "this is no result of a query: there is no list data.result of series");
		return;
	}
	hk_for_each_item(series, result)
		read_series(import, doc, series, fallback_name, samples);
}
