/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of command dialects from text, for tests. */
#ifndef HK_TESTS_UNIT_NET_TABLE_H
#define HK_TESTS_UNIT_NET_TABLE_H

#include "net/cli.h"

struct table { struct hk_source source; struct hk_doc doc; struct hk_cli_table table; struct hk_err err; int status; };

/* Read what the text says; status and err tell how that went. */
void table_open(struct table *table, const char *text);
void table_close(struct table *table);

/* What a shell makes of words that follow a program's name: each word, and 0x1f behind it. Freed by the caller. */
char *shell_words(const char *words);

#endif
