/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JUnit XML: one testsuite for each file with findings, in it one testcase for each rule. Errors fail the testcase; warnings and notes are its output. Without
 * findings there is one testcase that passes, because readers take a report without any for a failure of the tool.
 */
#include "base/map.h"
#include "base/vec.h"
#include "out/diag_back.h"
#include <string.h>

#define NO_FILE "(no file)"

struct suite { const char *file; size_t tests, failures; };
struct suites { struct suite *v; size_t n, cap; };

static const char *file_of(const struct hk_diag *diag)
{
	return diag->range.file ? diag->range.file : NO_FILE;
}

/* Text for XML 1.0: what has a meaning is escaped; U+FFFE and U+FFFF are no characters of XML. Other controls were scrubbed when the finding was made. */
static void add_xml(struct hk_buf *out, const char *text, bool attribute)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': hk_buf_addstr(out, "&amp;"); break;
		case '<': hk_buf_addstr(out, "&lt;"); break;
		case '>': hk_buf_addstr(out, "&gt;"); break;
		case '"': hk_buf_addstr(out, "&quot;"); break;
		case '\n': hk_buf_addstr(out, attribute ? "&#10;" : "\n"); break;
		case '\t': hk_buf_addstr(out, "&#9;"); break;
		case '\xef':
			if (text[1] == '\xbf' && (text[2] == '\xbe' || text[2] == '\xbf')) {
				hk_buf_addf(out, "\\u{FFF%c}", text[2] == '\xbe' ? 'E' : 'F');
				text += 2;
				break;
			}
			hk_buf_addch(out, *text);
			break;
		default: hk_buf_addch(out, *text); break;
		}
	}
}

/* Is this the first finding of its rule in its file? The others are told in the same testcase. */
static bool is_first(const struct hk_diags *diags, size_t index, struct hk_map *seen, struct hk_arena *arena)
{
	const struct hk_diag *diag = &diags->list.v[index];
	const char *key = hk_arena_printf(arena, "%s %s", diag->rule->code, file_of(diag));

	return hk_map_put(seen, hk_str_of(key), index) == HK_MAP_NONE;
}

static bool same_case(const struct hk_diag *a, const struct hk_diag *b)
{
	return a->rule->id == b->rule->id && strcmp(file_of(a), file_of(b)) == 0;
}

static bool fails(const struct hk_diags *diags, size_t first)
{
	for (size_t i = first; i < diags->list.n; i++)
		if (diags->list.v[i].severity == HK_ERROR && same_case(&diags->list.v[i], &diags->list.v[first]))
			return true;
	return false;
}

static void add_lines(struct hk_buf *out, const struct hk_diags *diags, size_t first, bool errors)
{
	for (size_t i = first; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		if (!same_case(diag, &diags->list.v[first]) || (diag->severity == HK_ERROR) != errors)
			continue;
		hk_buf_addf(out, "%s:%u:%u: ", hk_out_diag_severity(diag->severity), (unsigned)diag->range.line, (unsigned)diag->range.column);
		hk_buf_addstr(out, diag->summary);
		if (diag->help)
			hk_buf_addf(out, " (help: %s)", diag->help);
		hk_buf_addch(out, '\n');
	}
}

static void add_case(struct hk_buf *out, const struct hk_diags *diags, size_t first)
{
	const struct hk_diag *diag = &diags->list.v[first];
	HK_AUTO_BUF struct hk_buf errors = HK_BUF_INIT, others = HK_BUF_INIT;

	add_lines(&errors, diags, first, true);
	add_lines(&others, diags, first, false);
	hk_buf_addstr(out, "    <testcase classname=\"");
	add_xml(out, file_of(diag), true);
	hk_buf_addf(out, "\" name=\"%s %s\">\n", diag->rule->code, diag->rule->name);
	if (errors.len) {
		hk_buf_addf(out, "      <failure type=\"%s\" message=\"", diag->rule->code);
		add_xml(out, diag->summary, true);
		hk_buf_addstr(out, "\">");
		add_xml(out, errors.s, false);
		hk_buf_addstr(out, "</failure>\n");
	}
	if (others.len) {
		hk_buf_addstr(out, "      <system-out>");
		add_xml(out, others.s, false);
		hk_buf_addstr(out, "</system-out>\n");
	}
	hk_buf_addstr(out, "    </testcase>\n");
}

/* One entry for each testcase: the index of its first finding, HK_MAP_NONE for findings that join another. */
struct cases { size_t *v; size_t n, cap; };

static void collect(const struct hk_diags *diags, struct suites *suites, struct cases *cases)
{
	struct hk_map files = HK_MAP_INIT, seen = HK_MAP_INIT;
	struct hk_arena arena = HK_ARENA_INIT;

	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		size_t index = hk_map_put(&files, hk_str_of(file_of(diag)), suites->n);
		if (index == HK_MAP_NONE) {
			index = suites->n;
			hk_vec_push(suites, (struct suite){ file_of(diag), 0, 0 });
		}
		if (is_first(diags, i, &seen, &arena)) {
			hk_vec_push(cases, i);
			suites->v[index].tests++;
			suites->v[index].failures += fails(diags, i);
		}
	}
	hk_map_release(&files);
	hk_map_release(&seen);
	hk_arena_release(&arena);
}

static void add_suite(struct hk_buf *out, const struct hk_diags *diags, const struct suite *suite, const struct cases *cases)
{
	hk_buf_addstr(out, "  <testsuite name=\"");
	add_xml(out, suite->file, true);
	hk_buf_addf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", suite->tests, suite->failures);
	for (size_t i = 0; i < cases->n; i++)
		if (strcmp(file_of(&diags->list.v[cases->v[i]]), suite->file) == 0)
			add_case(out, diags, cases->v[i]);
	hk_buf_addstr(out, "  </testsuite>\n");
}

void hk_out_diag_junit(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out)
{
	struct suites suites = { 0 };
	struct cases cases = { 0 };
	size_t failures = 0;

	collect(diags, &suites, &cases);
	for (size_t i = 0; i < suites.n; i++)
		failures += suites.v[i].failures;
	hk_buf_addstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	hk_buf_addf(out, "<testsuites name=\"hkctl\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", cases.n ? cases.n : 1, failures);
	for (size_t i = 0; i < suites.n; i++)
		add_suite(out, diags, &suites.v[i], &cases);
	if (!suites.n)
		hk_buf_addf(out,
			    "  <testsuite name=\"hkctl\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
			    "    <testcase classname=\"hkctl\" name=\"no findings in %zu file%s\"/>\n  </testsuite>\n", options->files,
			    options->files == 1 ? "" : "s");
	hk_buf_addstr(out, "</testsuites>\n");
	hk_vec_release(&suites);
	hk_vec_release(&cases);
}
