/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules and tree diagrams: names of what is needed lie inside of the text, and leaves that are called mandatory are paths without empty steps. */
#include "net/yang.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void need(void *closure, struct hk_str name)
{
	const struct hk_str *all = closure;

	if (name.s < all->s || name.s + name.n > all->s + all->n)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = { "links", "link" };
	struct hk_str text = { (const char *)data, size };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_yang_lacks lacks = { 0 };

	if (!size)
		return 0;
	hk_yang_needs(text, need, &text);
	for (size_t n = 1; n <= 2; n++)
		hk_yang_tree_mandatory(text, names, n, &arena, &lacks);
	for (size_t i = 0; i < lacks.list.n; i++) {
		const char *leaf = lacks.list.v[i].leaf;

		if (!*leaf || *leaf == '/' || strstr(leaf, "//") || leaf[strlen(leaf) - 1] == '/')
			abort();
	}
	hk_vec_release(&lacks.list);
	hk_arena_release(&arena);
	return 0;
}
