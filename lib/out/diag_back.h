/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the back ends of out/diag.h share; one function for each format. */
#ifndef HK_OUT_DIAG_BACK_H
#define HK_OUT_DIAG_BACK_H

#include "out/diag.h"
#include "out/ser.h"

void hk_out_diag_text(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out);
void hk_out_diag_json(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out);
void hk_out_diag_sarif(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out);
void hk_out_diag_junit(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out);
void hk_out_diag_github(const struct hk_diags *diags, struct hk_buf *out);
void hk_out_diag_gitlab(const struct hk_diags *diags, struct hk_buf *out);

const char *hk_out_diag_severity(enum hk_severity severity);            /* "error", "warning", "note" */
/* Files with findings when the caller does not say how many were checked. */
size_t hk_out_diag_files(const struct hk_diags *diags, const struct hk_out_diag_options *options);
/* Findings that were counted but not kept because there were too many. */
size_t hk_out_diag_not_shown(const struct hk_diags *diags);
/*
 * Columns of the range in Unicode code points, from 1. The end is 0 when it is on another line than the start, because that line's text is not known.
 * Without the text of the line columns are those of the range: bytes.
 */
void hk_out_diag_columns(const struct hk_diag *diag, size_t *start, size_t *end);

#endif
