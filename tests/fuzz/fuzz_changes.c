/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a NetworkChanges document: what is taken can be written, and reads back the same. */
#include "plan/changes.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int read_text(const char *text, size_t size, struct hk_network_changes *changes)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	int status = -1;

	hk_source_from_text(&source, "changes.yaml", text, size);
	if (hk_yaml_read_one(&source, false, &doc, &diags) == 0)
		status = hk_network_changes_read(changes, &doc, &diags);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return status;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct hk_network_changes first, second;
	HK_AUTO_BUF struct hk_buf once = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf twice = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (read_text((const char *)data, size, &first))
		return 0;
	if (hk_network_changes_write(&first, &once, &err) || read_text(once.s, once.len, &second) || hk_network_changes_write(&second, &twice, &err) ||
	    strcmp(once.s, twice.s) != 0)
		abort();
	hk_network_changes_release(&second);
	hk_network_changes_release(&first);
	return 0;
}
