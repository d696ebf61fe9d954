/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON and SARIF: read back with the strict reader and looked at by path. */
#include "out/diag.h"
#include "yaml/doc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct report {
	struct hk_diags diags;
	struct hk_source source;
	struct hk_doc doc;
};

static void make(struct report *report, enum hk_out_diag_format format, void (*fill)(struct hk_diags *))
{
	struct hk_out_diag_options options = { .tool_version = "1.2.3", .files = 4 };
	struct hk_diags problems = HK_DIAGS_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	memset(report, 0, sizeof *report);
	if (fill)
		fill(&report->diags);
	hk_out_diags(format, &report->diags, &options, &out);
	assert_int_equal(out.s[out.len - 1], '\n');
	hk_source_from_text(&report->source, "report", out.s, out.len);
	if (hk_yaml_read_one(&report->source, true, &report->doc, &problems) < 0)
		fail_msg("%s: %s", problems.list.v[0].summary, out.s);
	hk_diags_release(&problems);
}

static void release(struct report *report)
{
	hk_doc_release(&report->doc);
	hk_source_release(&report->source);
	hk_diags_release(&report->diags);
}

static void expect(const struct report *report, const char *path, const char *text)
{
	const struct hk_node *node = hk_node_at(report->doc.root, path);

	if (!text && node)
		fail_msg("%s should not be there", path);
	if (text && !node)
		fail_msg("%s is missing", path);
	if (text && !hk_str_is(node->text, text))
		fail_msg("%s is '%s', should be '%s'", path, node->text.s, text);
}

static void fill(struct hk_diags *diags)
{
	struct hk_range at = { "dir/a b:c.yaml", 40, 46, 3, 12, 3, 18 }, other = { "/b.yaml", 3, 4, 1, 4, 1, 5 };
	struct hk_diag *diag = hk_diag_add(diags, HK0103, &at, "odd \"\x01\" \xff value");
	hk_diag_source_line(diags, diag, HK_STR("k: \xe6\x9d\xb1\xe4\xba\xac \xe6\x9d\xb1\xe4\xba\xac # x"));
	hk_diag_help(diags, diag, "write it in quotes");
	hk_diag_fix(diags, diag, 40, 46, "\"\xe6\x9d\xb1\"\n");
	hk_diag_related(diags, diag, &other, "first defined here");

	at = (struct hk_range){ "<stdin>", 5, 90, 2, 1, 7, 4 };
	diag = hk_diag_add(diags, HK0009, &at, "a warning");
	hk_diag_fix(diags, diag, 7, 7, "x");

	hk_diag_add(diags, HK0010, NULL, "no document was found");
	hk_diag_add(diags, HK0103, &other, "again");
}

static void test_json(void **state)
{
	(void)state;
	struct report report;

	make(&report, HK_OUT_DIAG_JSON, fill);
	expect(&report, "formatVersion", "1.0");
	expect(&report, "tool.version", "1.2.3");
	expect(&report, "counts.errors", "3");
	expect(&report, "counts.warnings", "1");
	expect(&report, "counts.files", "4");
	expect(&report, "findings.0.severity", "error");
	expect(&report, "findings.0.rule", "HK0103");
	expect(&report, "findings.0.name", "wrong-type");
	expect(&report, "findings.0.summary", "odd \"\\x01\" \\xff value");
	expect(&report, "findings.0.help", "write it in quotes");
	expect(&report, "findings.0.file", "dir/a b:c.yaml");
	expect(&report, "findings.0.range.start.line", "3");
	expect(&report, "findings.0.range.start.column", "12");
	expect(&report, "findings.0.range.start.byte", "40");
	expect(&report, "findings.0.range.end.column", "18");
	expect(&report, "findings.0.range.end.byte", "46");
	expect(&report, "findings.0.snippet", "k: \xe6\x9d\xb1\xe4\xba\xac \xe6\x9d\xb1\xe4\xba\xac # x");
	expect(&report, "findings.0.fix.startByte", "40");
	expect(&report, "findings.0.fix.text", "\"\xe6\x9d\xb1\"\n");
	expect(&report, "findings.0.related.file", "/b.yaml");
	expect(&report, "findings.0.related.text", "first defined here");
	expect(&report, "findings.1.severity", "warning");
	expect(&report, "findings.1.help", NULL);
	expect(&report, "findings.1.snippet", NULL);
	expect(&report, "findings.2.range", NULL);
	assert_true(hk_node_is_null(hk_node_at(report.doc.root, "findings.2.file")));
	expect(&report, "findings.4", NULL);
	release(&report);
}

static void test_sarif(void **state)
{
	(void)state;
	struct report report;

	make(&report, HK_OUT_DIAG_SARIF, fill);
	expect(&report, "version", "2.1.0");
	expect(&report, "runs.0.tool.driver.name", "hkctl");
	expect(&report, "runs.0.tool.driver.version", "1.2.3");
	/* rules that occur, once each, in the order of the table */
	expect(&report, "runs.0.tool.driver.rules.0.id", "HK0009");
	expect(&report, "runs.0.tool.driver.rules.0.defaultConfiguration.level", "warning");
	expect(&report, "runs.0.tool.driver.rules.1.id", "HK0010");
	expect(&report, "runs.0.tool.driver.rules.2.id", "HK0103");
	expect(&report, "runs.0.tool.driver.rules.3", NULL);
	expect(&report, "runs.0.columnKind", "unicodeCodePoints");
	expect(&report, "runs.0.results.0.ruleId", "HK0103");
	expect(&report, "runs.0.results.0.ruleIndex", "2");
	expect(&report, "runs.0.results.0.level", "error");
	expect(&report, "runs.0.results.0.message.text", "odd \"\\x01\" \\xff value. Help: write it in quotes");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri", "dir/a%20b%3Ac.yaml");
	/* columns count code points, not bytes */
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.startLine", "3");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.startColumn", "8");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.endLine", "3");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.endColumn", "10");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.byteOffset", "40");
	expect(&report, "runs.0.results.0.locations.0.physicalLocation.region.byteLength", "6");
	expect(&report, "runs.0.results.0.relatedLocations.0.physicalLocation.artifactLocation.uri", "file:///b.yaml");
	expect(&report, "runs.0.results.0.relatedLocations.0.message.text", "first defined here");
	expect(&report, "runs.0.results.0.fixes.0.description.text", "write it in quotes");
	expect(&report, "runs.0.results.0.fixes.0.artifactChanges.0.artifactLocation.uri", "dir/a%20b%3Ac.yaml");
	expect(&report, "runs.0.results.0.fixes.0.artifactChanges.0.replacements.0.deletedRegion.startColumn", "8");
	expect(&report, "runs.0.results.0.fixes.0.artifactChanges.0.replacements.0.insertedContent.text", "\"\xe6\x9d\xb1\"\n");
	expect(&report, "runs.0.results.1.locations.0.physicalLocation.artifactLocation.uri", "stdin");
	expect(&report, "runs.0.results.1.locations.0.physicalLocation.region.endLine", "7");
	expect(&report, "runs.0.results.1.locations.0.physicalLocation.region.endColumn", NULL);
	expect(&report, "runs.0.results.1.fixes.0.artifactChanges.0.replacements.0.deletedRegion.byteOffset", "7");
	expect(&report, "runs.0.results.1.fixes.0.artifactChanges.0.replacements.0.deletedRegion.byteLength", "0");
	expect(&report, "runs.0.results.2.locations", NULL);
	expect(&report, "runs.0.results.3.ruleIndex", "2");
	expect(&report, "runs.0.results.4", NULL);
	release(&report);
}

static void test_reports_without_findings(void **state)
{
	(void)state;
	struct report report;

	make(&report, HK_OUT_DIAG_JSON, NULL);
	assert_int_equal(hk_node_at(report.doc.root, "findings")->count, 0);
	expect(&report, "counts.errors", "0");
	release(&report);
	make(&report, HK_OUT_DIAG_SARIF, NULL);
	assert_int_equal(hk_node_at(report.doc.root, "runs.0.results")->count, 0);
	assert_int_equal(hk_node_at(report.doc.root, "runs.0.tool.driver.rules")->count, 0);
	release(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json), cmocka_unit_test(test_sarif), cmocka_unit_test(test_reports_without_findings),
	};
	return cmocka_run_group_tests_name("findings as JSON", tests, NULL, NULL);
}
