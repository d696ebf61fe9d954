/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index of written files decides what may be deleted: whatever it says, only plain YAML paths below the directory come out. The same bytes also try the
 * line differences.
 */
#include "render/diff.h"
#include "render/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hk_tree_index index = { { 0 } };
	struct hk_str text = { (const char *)data, size };
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	hk_tree_index_read(text, &index);
	for (size_t i = 0; i < index.entries.n; i++) {
		char *path = hk_strndup(index.entries.v[i].path.s, index.entries.v[i].path.n);
		if (!hk_path_is_inside(path) || index.entries.v[i].digest.n != 64 || !hk_str_ends(index.entries.v[i].path, ".yaml"))
			abort();
		free(path);
	}
	hk_vec_release(&index.entries);
	hk_diff_unified("a", (struct hk_str){ text.s, size / 2 }, "b", (struct hk_str){ text.s + size / 2, size - size / 2 }, &out);
	return 0;
}
