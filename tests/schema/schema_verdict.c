/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the cross-checks: reads lines "SCHEMA<TAB>FILE" from standard input and judges each file.
 *
 *	schema_verdict          one line for each file: "valid", or "invalid" or "unreadable" and the rules of the findings
 *	schema_verdict FORMAT   the findings of all files in that format of out/diag.h
 */
#include "out/diag.h"
#include "schema/builtin.h"
#include <stdio.h>
#include <string.h>

struct judge {
	struct hk_schema_set set;
	struct hk_diags all;           /* of every file, for the report */
	bool report;
};

static void print_verdict(const char *verdict, const struct hk_diags *diags)
{
	printf("%s", verdict);
	for (size_t i = 0; i < diags->list.n; i++)
		printf(" %s", diags->list.v[i].rule->code);
	putchar('\n');
}

static void judge_document(struct judge *judge, const struct hk_schema *schema, const struct hk_doc *doc)
{
	struct hk_diags diags = HK_DIAGS_INIT;

	if (judge->report) {
		hk_schema_check(schema, doc, doc->root, &judge->all);
		return;
	}
	size_t count = hk_schema_check(schema, doc, doc->root, &diags);
	bool valid = hk_schema_check(schema, doc, doc->root, NULL) == 0;
	/* with and without findings the verdict must be the same */
	print_verdict((count == 0) != valid ? "inconsistent" : valid ? "valid" : "invalid", &diags);
	hk_diags_release(&diags);
}

static int judge_file(struct judge *judge, const char *name, const char *path)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_schema *schema = hk_schema_set_get(&judge->set, name, &err);
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags problems = HK_DIAGS_INIT;

	if (!schema || hk_source_load(&source, path, (size_t)1 << 24, &err) < 0) {
		fprintf(stderr, "schema_verdict: %s\n", err.message);
		return 1;
	}
	if (hk_yaml_read_one(&source, false, &doc, &problems) == 0)
		judge_document(judge, schema, &doc);
	else if (!judge->report)
		print_verdict("unreadable", &problems);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&problems);
	return 0;
}

static void print_report(const struct judge *judge, enum hk_out_diag_format format)
{
	struct hk_out_diag_options options = { .tool_version = "0" };
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	hk_out_diags(format, &judge->all, &options, &out);
	fwrite(out.s, 1, out.len, stdout);
}

int main(int argc, char **argv)
{
	struct judge judge = { .report = argc > 1 };
	enum hk_out_diag_format format = HK_OUT_DIAG_TEXT;
	char line[4096];
	int status = argc > 1 && !hk_out_diag_format_parse(argv[1], &format) ? 2 : 0;

	while (status == 0 && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		char *tab = strchr(line, '\t');
		if (!tab)
			return 2;
		*tab = '\0';
		status = judge_file(&judge, line, tab + 1);
	}
	if (judge.report && status == 0)
		print_report(&judge, format);
	hk_schema_set_release(&judge.set);
	hk_diags_release(&judge.all);
	return status;
}
