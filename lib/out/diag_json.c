/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings as one JSON document. Columns and bytes are those of struct hk_range: bytes of UTF-8. */
#include "out/diag_back.h"

static void put_position(struct hk_ser *ser, const char *key, uint32_t line, uint32_t column, uint32_t byte)
{
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	hk_ser_kint(ser, "line", line);
	hk_ser_kint(ser, "column", column);
	hk_ser_kint(ser, "byte", byte);
	hk_ser_end(ser);
}

static void put_range(struct hk_ser *ser, const struct hk_range *range)
{
	hk_ser_kstr(ser, "file", range->file);
	if (!range->line)
		return;
	hk_ser_key(ser, "range");
	hk_ser_map(ser);
	put_position(ser, "start", range->line, range->column, range->start_byte);
	put_position(ser, "end", range->end_line, range->end_column, range->end_byte);
	hk_ser_end(ser);
}

static void put_finding(struct hk_ser *ser, const struct hk_diag *diag)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "severity", hk_out_diag_severity(diag->severity));
	hk_ser_kstr(ser, "rule", diag->rule->code);
	hk_ser_kstr(ser, "name", diag->rule->name);
	hk_ser_kstr(ser, "summary", diag->summary);
	if (diag->help)
		hk_ser_kstr(ser, "help", diag->help);
	put_range(ser, &diag->range);
	if (diag->source_line)
		hk_ser_kstr(ser, "snippet", diag->source_line);
	if (diag->has_fix) {
		hk_ser_key(ser, "fix");
		hk_ser_map(ser);
		hk_ser_kint(ser, "startByte", diag->fix_start);
		hk_ser_kint(ser, "endByte", diag->fix_end);
		hk_ser_kstr(ser, "text", diag->fix_text);
		hk_ser_end(ser);
	}
	if (diag->related.file) {
		hk_ser_key(ser, "related");
		hk_ser_map(ser);
		put_range(ser, &diag->related);
		hk_ser_kstr(ser, "text", diag->related_text);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_counts(struct hk_ser *ser, const struct hk_diags *diags, const struct hk_out_diag_options *options)
{
	hk_ser_key(ser, "counts");
	hk_ser_map(ser);
	hk_ser_kint(ser, "errors", (int64_t)diags->errors);
	hk_ser_kint(ser, "warnings", (int64_t)diags->warnings);
	hk_ser_kint(ser, "notes", (int64_t)diags->notes);
	hk_ser_kint(ser, "notShown", (int64_t)hk_out_diag_not_shown(diags));
	hk_ser_kint(ser, "suppressed", (int64_t)diags->suppressed);
	hk_ser_kint(ser, "files", (int64_t)hk_out_diag_files(diags, options));
	hk_ser_end(ser);
}

void hk_out_diag_json(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, out);

	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_key(ser, "tool");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", "hkctl");
	if (options->tool_version)
		hk_ser_kstr(ser, "version", options->tool_version);
	hk_ser_end(ser);
	put_counts(ser, diags, options);
	hk_ser_key(ser, "findings");
	hk_ser_seq(ser);
	for (size_t i = 0; i < diags->list.n; i++)
		put_finding(ser, &diags->list.v[i]);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_close(ser, NULL);
}
