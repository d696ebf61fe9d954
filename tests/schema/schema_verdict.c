/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the cross-check: reads lines "SCHEMA<TAB>FILE" from standard input, prints one line for each: "valid", "unreadable" or "invalid" and the rules of the
 * findings. With -v the findings too.
 */
#include "schema/builtin.h"
#include <stdio.h>
#include <string.h>

static void print_findings(const struct hk_diags *diags, bool verbose)
{
	for (size_t i = 0; i < diags->list.n; i++)
		printf(" %s", diags->list.v[i].rule->code);
	putchar('\n');
	for (size_t i = 0; verbose && i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		printf("  %s:%u:%u: %s\n", diag->range.file ? diag->range.file : "", (unsigned)diag->range.line, (unsigned)diag->range.column, diag->summary);
		if (diag->help)
			printf("    help: %s\n", diag->help);
		if (diag->has_fix)
			printf("    fix: bytes %u to %u: %s\n", (unsigned)diag->fix_start, (unsigned)diag->fix_end, diag->fix_text);
	}
}

static int judge(struct hk_schema_set *set, const char *name, const char *path, bool verbose)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_schema *schema = hk_schema_set_get(set, name, &err);
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT, warnings = HK_DIAGS_INIT;

	if (!schema || hk_source_load(&source, path, (size_t)1 << 24, &err) < 0) {
		fprintf(stderr, "schema_verdict: %s\n", err.message);
		return 1;
	}
	if (hk_yaml_read_one(&source, false, &doc, &warnings) < 0) {
		printf("unreadable");
		print_findings(&warnings, verbose);
	} else {
		size_t count = hk_schema_check(schema, &doc, doc.root, &diags);
		bool verdict_only = hk_schema_check(schema, &doc, doc.root, NULL) == 0;
		/* with and without findings the verdict must be the same */
		printf("%s", (count == 0) != verdict_only ? "inconsistent" : count ? "invalid" : "valid");
		print_findings(&diags, verbose);
		hk_doc_release(&doc);
	}
	hk_source_release(&source);
	hk_diags_release(&diags);
	hk_diags_release(&warnings);
	return 0;
}

int main(int argc, char **argv)
{
	struct hk_schema_set set = { { NULL } };
	char line[4096];
	int status = 0;

	while (status == 0 && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		char *tab = strchr(line, '\t');
		if (!tab)
			return 2;
		*tab = '\0';
		status = judge(&set, line, tab + 1, argc > 1 && strcmp(argv[1], "-v") == 0);
	}
	hk_schema_set_release(&set);
	return status;
}
