/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "table.h"
#include <string.h>

void table_open(struct table *table, const char *text)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	*table = (struct table){ .err = HK_ERR_INIT };
	hk_source_from_text(&table->source, "table", text, strlen(text));
	assert_int_equal(hk_yaml_read_one(&table->source, false, &table->doc, &diags), 0);
	table->status = hk_cli_table_read(&table->table, table->doc.root, &table->err);
	hk_diags_release(&diags);
}

void table_close(struct table *table)
{
	hk_cli_table_release(&table->table);
	hk_doc_release(&table->doc);
	hk_source_release(&table->source);
	hk_err_release(&table->err);
}

char *shell_words(const char *words)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf got = HK_BUF_INIT;
	char bytes[4096];
	size_t n;
	hk_buf_addf(&line, "exec printf '%%s\\037'%s", words);
	FILE *pipe = popen(line.s, "r");
	assert_non_null(pipe);
	while ((n = fread(bytes, 1, sizeof bytes, pipe)) > 0)
		hk_buf_add(&got, bytes, n);
	assert_int_equal(pclose(pipe), 0);
	return hk_buf_detach(&got, NULL);
}
