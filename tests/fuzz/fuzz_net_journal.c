/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Journals from elsewhere: whatever the bytes, records come out whole or not at all. */
#include "apply/journal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_journal_record *records;
	size_t n, good;

	if (hk_journal_parse("journal", (const char *)data, size, &arena, &records, &n, &good, &err) == 0 && good > size)
		abort();
	for (size_t i = 0; i < n; i++)
		if (records[i].number != i + 1 || !records[i].event || !records[i].device || !records[i].at)
			abort();
	hk_arena_release(&arena);
	return 0;
}
