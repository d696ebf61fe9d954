/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"
#include "out/diag_back.h"
#include <string.h>

bool hk_out_diag_format_parse(const char *name, enum hk_out_diag_format *format)
{
	static const char *const NAMES[] = { "text", "json", "sarif", "junit", "github", "gitlab" };

	for (size_t i = 0; i < HK_COUNT(NAMES); i++)
		if (strcmp(name, NAMES[i]) == 0) {
			*format = (enum hk_out_diag_format)i;
			return true;
		}
	return false;
}

void hk_out_diags(enum hk_out_diag_format format, const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out)
{
	static const struct hk_out_diag_options DEFAULTS = { .colour = false };

	if (!options)
		options = &DEFAULTS;
	switch (format) {
	case HK_OUT_DIAG_TEXT: hk_out_diag_text(diags, options, out); break;
	case HK_OUT_DIAG_JSON: hk_out_diag_json(diags, options, out); break;
	case HK_OUT_DIAG_SARIF: hk_out_diag_sarif(diags, options, out); break;
	case HK_OUT_DIAG_JUNIT: hk_out_diag_junit(diags, options, out); break;
	case HK_OUT_DIAG_GITHUB: hk_out_diag_github(diags, out); break;
	case HK_OUT_DIAG_GITLAB: hk_out_diag_gitlab(diags, out); break;
	}
}

const char *hk_out_diag_severity(enum hk_severity severity)
{
	return severity == HK_ERROR ? "error" : severity == HK_WARNING ? "warning" : "note";
}

size_t hk_out_diag_files(const struct hk_diags *diags, const struct hk_out_diag_options *options)
{
	struct hk_map seen = HK_MAP_INIT;
	size_t count = options->files;

	for (size_t i = 0; !options->files && i < diags->list.n; i++)
		if (diags->list.v[i].range.file && hk_map_put(&seen, hk_str_of(diags->list.v[i].range.file), i) == HK_MAP_NONE)
			count++;
	hk_map_release(&seen);
	return count;
}

size_t hk_out_diag_not_shown(const struct hk_diags *diags)
{
	return diags->errors + diags->warnings + diags->notes - diags->list.n;
}

static size_t code_points(struct hk_str text)
{
	size_t count = 0;

	for (size_t at = 0; at < text.n; count++) {
		unsigned length = hk_utf8_length(text.s + at, text.n - at);
		at += length ? length : 1;
	}
	return count;
}

static size_t column(const char *line, size_t byte_column)
{
	size_t bytes = byte_column ? byte_column - 1 : 0;

	if (!line)
		return bytes + 1;
	size_t length = strlen(line), known = bytes < length ? bytes : length;
	return code_points((struct hk_str){ line, known }) + (bytes - known) + 1;
}

void hk_out_diag_columns(const struct hk_diag *diag, size_t *start, size_t *end)
{
	const struct hk_range *range = &diag->range;

	*start = column(diag->source_line, range->column);
	*end = range->end_line == range->line ? column(diag->source_line, range->end_column) : 0;
}
