/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by journal.c and journal_read.c. */
#ifndef HK_APPLY_JOURNAL_INTERNAL_H
#define HK_APPLY_JOURNAL_INTERNAL_H

#include "apply/journal.h"
#include "base/digest.h"
#include "base/vec.h"

#define HK_JOURNAL_CHECK 16u                      /* digits */
#define HK_JOURNAL_CHECK_KEY ",\"check\":\""      /* and after the digits: "} and a line feed */
struct hk_journal_records { HK_VEC(struct hk_journal_record) list; };

/* The check of a line whose text before its own check is given, after a line with check `before` ("" for the first). */
void hk_journal_check(const char *before, const char *text, size_t count, char check[HK_JOURNAL_CHECK + 1]);
/* As hk_journal_parse, and the check of the last record. */
int hk_journal_parse_all(const char *name, const char *text, size_t count, struct hk_arena *arena, struct hk_journal_records *records, size_t *good,
			 char last[HK_JOURNAL_CHECK + 1], struct hk_err *err);

#endif
