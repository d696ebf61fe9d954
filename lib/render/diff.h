/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unified line differences (as diff -u prints them) by Myers' greedy algorithm (Algorithmica 1, 1986). Deterministic; texts that differ in more than
 * a thousand lines are shown as removed and added whole between their common first and last lines, so time and memory stay bounded.
 */
#ifndef HK_RENDER_DIFF_H
#define HK_RENDER_DIFF_H

#include "base/buf.h"

/*
 * Append the difference with three lines of context. Names go into the header lines; a NULL name stands for /dev/null. Nothing is appended when the texts are
 * equal.
 */
void hk_diff_unified(const char *old_name, struct hk_str old_text, const char *new_name, struct hk_str new_text, struct hk_buf *out);

#endif
