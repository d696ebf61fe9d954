/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first byte says what the rest is: a document for one of the schemas ('0' and up), a schema ('S'), or a pattern, a line feed and a text ('P').
 * Findings are rendered in every format, and the verdict must be the same with and without findings.
 */
#include "out/diag.h"
#include "schema/builtin.h"
#include "schema/pattern.h"
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_document(const struct hk_schema *schema, const char *text, size_t size)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT, problems = HK_DIAGS_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_out_diag_options options = { .width = 60 };

	hk_source_from_text(&source, "fuzz.yaml", text, size);
	if (hk_yaml_read_one(&source, false, &doc, &problems) == 0) {
		size_t count = hk_schema_check(schema, &doc, doc.root, &diags);
		if ((hk_schema_check(schema, &doc, doc.root, NULL) == 0) != (count == 0))
			abort();
		for (size_t i = 0; i < diags.list.n; i++) {
			const struct hk_diag *diag = &diags.list.v[i];
			if (diag->range.end_byte > size || diag->range.start_byte > diag->range.end_byte || (diag->has_fix && diag->fix_end > size))
				abort();
		}
		hk_diags_sort(&diags);
		for (int format = HK_OUT_DIAG_TEXT; format <= HK_OUT_DIAG_GITHUB; format++)
			hk_out_diags((enum hk_out_diag_format)format, &diags, &options, &out);
	}
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	hk_diags_release(&problems);
}

static void fuzz_schema(const char *text, size_t size)
{
	static const char DOCUMENT[] = "{name: a, n: 1, list: [1, x, {a: ~}], deep: {name: b, n: 0.5}, t: true}";
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_schema *schema = hk_schema_load("fuzz", (struct hk_str){ text, size }, &err);

	if (schema)
		fuzz_document(schema, DOCUMENT, sizeof DOCUMENT - 1);
	hk_schema_free(schema);
}

static void fuzz_pattern(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (!end)
		return;
	struct hk_str expression = { text, (size_t)(end - text) };
	const struct hk_pattern *pattern = hk_pattern_compile(expression, &arena, &err);
	if (pattern)
		hk_pattern_matches(pattern, (struct hk_str){ end + 1, size - expression.n - 1 });
	hk_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hk_schema_set set;

	if (size < 1 || size > MAX_INPUT)
		return 0;
	const char *text = (const char *)data + 1;
	if (data[0] == 'S') {
		fuzz_schema(text, size - 1);
	} else if (data[0] == 'P') {
		fuzz_pattern(text, size - 1);
	} else {
		const struct hk_schema_file *file = hk_schema_file_at(data[0] % HK_SCHEMA_FILES);
		fuzz_document(hk_schema_set_get(&set, file->name, NULL), text, size - 1);
	}
	return 0;
}
