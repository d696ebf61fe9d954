/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a `kind: List` become documents of their own: the same bytes, moved to the left margin. */
#include "render/job.h"

static uint32_t column_of(const struct hk_source *source, uint32_t at)
{
	uint32_t column = 0;
	while (column < at && source->text.s[at - column - 1] != '\n')
		column++;
	return column;
}

/* Lines after the first lose at most `column` spaces: content of the member is indented at least that far, blank and folded lines may be less. */
static struct hk_str moved_left(struct hk_arena *arena, struct hk_str text, uint32_t column)
{
	char *copy = hk_arena_alloc(arena, text.n + 2);
	size_t n = 0, skip = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (skip > 0 && text.s[i] == ' ') {
			skip--;
			continue;
		}
		skip = text.s[i] == '\n' ? column : 0;
		copy[n++] = text.s[i];
	}
	if (n == 0 || copy[n - 1] != '\n')
		copy[n++] = '\n';
	return (struct hk_str){ copy, n };
}

static bool same(const struct hk_node *a, const struct hk_node *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == HK_SCALAR)
		return hk_node_type(a) == hk_node_type(b) && hk_str_eq(a->text, b->text);
	const struct hk_node *other = b->first;
	for (const struct hk_node *child = a->first; child; child = child->next, other = other->next)
		if (!other || !same(child, other))
			return false;
	return other == NULL;
}

void hk_list_split(struct hk_job *job, const struct hk_doc *doc, void (*member)(struct hk_job *, const struct hk_doc *, struct hk_str, void *), void *closure)
{
	hk_for_each_item(item, hk_node_get(doc->root, "items")) {
		struct hk_str whole = { doc->source->text.s + item->start, item->end - item->start };
		struct hk_str text = moved_left(&job->arena, whole, column_of(doc->source, item->start));
		struct hk_source source = { 0 };
		struct hk_diags diags = HK_DIAGS_INIT;
		struct hk_doc own = { 0 };
		hk_source_from_text(&source, doc->source->name, text.s, text.n);
		/* An alias to an anchor outside the member, or a block scalar that does not survive the move, shows here. */
		if (hk_yaml_read_one(&source, false, &own, &diags) != 0 || !same(item, own.root)) {
			struct hk_diag *diag = hk_node_diag(job->diags, doc, item, HK0921, "this member of a List cannot stand as a document of its own");
			job->failed = true;
			hk_diag_help(job->diags, diag, "write it as a separate document, without aliases to other members");
		} else {
			member(job, &own, text, closure);
			struct hk_entry *entry = job->entries.n ? job->entries.v[job->entries.n - 1] : NULL;
			if (entry && entry->text.s == text.s)      /* findings belong to where the user wrote it */
				hk_node_range(doc, item, &entry->range);
		}
		hk_doc_release(&own);
		hk_diags_release(&diags);
		hk_source_release(&source);
	}
}
