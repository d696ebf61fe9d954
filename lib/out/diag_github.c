/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workflow commands of GitHub Actions: one line for each finding, shown as an annotation at the line of the pull request. */
#include "out/diag_back.h"

static void add_escaped(struct hk_buf *out, const char *text, bool property)
{
	for (; *text; text++) {
		char ch = *text;
		if (ch == '%' || ch == '\r' || ch == '\n' || (property && (ch == ':' || ch == ',')))
			hk_buf_addf(out, "%%%02X", (unsigned)(unsigned char)ch);
		else
			hk_buf_addch(out, ch);
	}
}

static void add_place(struct hk_buf *out, const struct hk_diag *diag)
{
	size_t start, end;

	if (!diag->range.file)
		return;
	hk_buf_addstr(out, "file=");
	add_escaped(out, diag->range.file, true);
	hk_buf_addch(out, ',');
	if (!diag->range.line)
		return;
	hk_out_diag_columns(diag, &start, &end);
	hk_buf_addf(out, "line=%u,", (unsigned)diag->range.line);
	if (diag->range.end_line > diag->range.line)
		hk_buf_addf(out, "endLine=%u,", (unsigned)diag->range.end_line);
	hk_buf_addf(out, "col=%zu,", start);
	if (end > start)
		hk_buf_addf(out, "endColumn=%zu,", end);
}

void hk_out_diag_github(const struct hk_diags *diags, struct hk_buf *out)
{
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		hk_buf_addf(out, "::%s ", diag->severity == HK_NOTE ? "notice" : hk_out_diag_severity(diag->severity));
		add_place(out, diag);
		hk_buf_addf(out, "title=%s %s::", diag->rule->code, diag->rule->name);
		add_escaped(out, diag->summary, false);
		if (diag->help) {
			hk_buf_addstr(out, "%0Ahelp: ");
			add_escaped(out, diag->help, false);
		}
		hk_buf_addch(out, '\n');
	}
}
