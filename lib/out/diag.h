/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings (base/diag.h) for people and for machines.
 *
 *   text    file:line:col: error: message [HK0123], the line with carets, help, fix, and a summary line last
 *   json    one document: formatVersion "1.0", list of findings, counts
 *   sarif   SARIF 2.1.0 (OASIS) with the rules that occur and fixes; columns count Unicode code points, byte offsets are given too
 *   junit   one testsuite for each file, one testcase for each rule that was broken in it
 *   github  workflow commands: ::error file=...,line=...,col=...::text
 *   gitlab  code quality report: one list, with fingerprints that do not depend on line numbers
 *
 * Findings are written in the order they have; sort first (hk_diags_sort). Nothing depends on locale, clock or terminal.
 */
#ifndef HK_OUT_DIAG_H
#define HK_OUT_DIAG_H

#include "base/buf.h"
#include "base/diag.h"

enum hk_out_diag_format { HK_OUT_DIAG_TEXT, HK_OUT_DIAG_JSON, HK_OUT_DIAG_SARIF, HK_OUT_DIAG_JUNIT, HK_OUT_DIAG_GITHUB, HK_OUT_DIAG_GITLAB };

struct hk_out_diag_options {
	bool colour;                /* text only */
	unsigned width;             /* text only: columns of the terminal for the source line; 0: 100 */
	bool errors_only;           /* text only: leave warnings and notes out */
	const char *tool_version;   /* "0.1.0"; NULL: left out */
	size_t files;               /* files that were checked, for the summaries; 0: the files that have findings are counted */
};

/* "text", "json", "sarif", "junit", "github", "gitlab"; false for any other name. */
bool hk_out_diag_format_parse(const char *name, enum hk_out_diag_format *format);
/* Append. options may be NULL. Text without findings appends nothing; the others are always a whole document. */
void hk_out_diags(enum hk_out_diag_format format, const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out);

#endif
