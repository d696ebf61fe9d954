/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text tables: columns as wide as their content, two spaces apart, no trailing blanks. When a width is given and the table is wider, the columns marked `wrap`
 * are folded at spaces; what still does not fit is cut with "...". Cell text is scrubbed (buf.h) and measured in terminal columns.
 */
#ifndef HK_OUT_TABLE_H
#define HK_OUT_TABLE_H

#include "base/buf.h"
#include <stdbool.h>

enum hk_align { HK_LEFT, HK_RIGHT };
struct hk_column { const char *title; enum hk_align align; bool wrap; };

struct hk_table;
struct hk_table *hk_table_new(const struct hk_column *columns, size_t count);     /* columns are borrowed */
/* Append the next cell; a row is complete after `count` cells. NULL counts as empty. Text is copied. */
void hk_table_cell(struct hk_table *table, const char *text);
void hk_table_cellf(struct hk_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* width 0: as wide as needed. bold_start/bold_end go around the titles ("" for none). */
void hk_table_print(const struct hk_table *table, unsigned indent, unsigned width, const char *bold_start, const char *bold_end, struct hk_buf *out);
size_t hk_table_rows(const struct hk_table *table);
void hk_table_free(struct hk_table *table);

#endif
