/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a `kind: List` become documents of their own: the same bytes, moved to the left margin. */
#include "render/job.h"
#include <string.h>

static uint32_t column_of(const struct hk_source *source, uint32_t at)
{
	uint32_t column = 0;
	while (column < at && source->text.s[at - column - 1] != '\n')
		column++;
	return column;
}

/* Lines lose at most `column` spaces, the first one none: content of the member is indented at least that far, blank and folded lines may be less. */
static void add_moved(struct hk_buf *out, struct hk_str text, uint32_t column, bool first_too)
{
	size_t skip = first_too ? column : 0;
	for (size_t i = 0; i < text.n; i++) {
		if (skip > 0 && text.s[i] == ' ') {
			skip--;
			continue;
		}
		skip = text.s[i] == '\n' ? column : 0;
		hk_buf_addch(out, text.s[i]);
	}
}

static uint32_t line_end(const struct hk_buf *text, uint32_t at)
{
	const char *end = at < text->len ? memchr(text->s + at, '\n', text->len - at) : NULL;
	return end ? (uint32_t)(end - text->s) + 1 : (uint32_t)text->len;
}

/* First byte of the line that is neither blank nor its end, or the end of the line. */
static uint32_t behind_blanks(const struct hk_buf *text, uint32_t at)
{
	while (at < text->len && (text->s[at] == ' ' || text->s[at] == '\t' || text->s[at] == '\r'))
		at++;
	return at;
}

/* Where the member ends with the comment behind its last value and those below it that are indented as its content is. */
static uint32_t end_of_member(const struct hk_source *source, const struct hk_node *item, uint32_t column)
{
	const struct hk_buf *text = &source->text;
	uint32_t at = behind_blanks(text, item->end), end = item->end;
	if (at >= text->len || (text->s[at] != '#' && text->s[at] != '\n') || (text->s[at] == '#' && at == item->end))
		return item->end;
	if (text->s[at] == '#')
		end = line_end(text, at);
	for (at = line_end(text, at); at < text->len; at = line_end(text, at)) {
		uint32_t mark = behind_blanks(text, at);
		if (mark < text->len && text->s[mark] == '\n')
			continue;
		if (mark >= text->len || text->s[mark] != '#' || mark - at < column)
			break;
		end = line_end(text, at);
	}
	return end;
}

/* Comments on lines of their own between what stands before the member and its dash: they speak of the member. */
static struct hk_str comments_above(const struct hk_source *source, uint32_t floor, uint32_t start)
{
	const struct hk_buf *text = &source->text;
	uint32_t dash = start - column_of(source, start), from = line_end(text, floor);
	if (floor > 0 && text->s[floor - 1] == '\n')
		from = floor;
	while (from < dash && text->s[behind_blanks(text, from)] != '#')
		from = line_end(text, from);
	for (uint32_t at = from; at < dash; at = line_end(text, at)) {
		char first = text->s[behind_blanks(text, at)];
		if (first != '#' && first != '\n')
			return (struct hk_str){ "", 0 };
	}
	return (struct hk_str){ text->s + from, from < dash ? dash - from : 0 };
}

/* The member's bytes from the margin on, with its comments when the list is written line by line. */
static struct hk_str text_of(struct hk_arena *arena, const struct hk_doc *doc, const struct hk_node *list, const struct hk_node *item, uint32_t *floor)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	uint32_t column = column_of(doc->source, item->start), end = item->end;
	if (!list->flow && !item->from_alias) {
		add_moved(&out, comments_above(doc->source, *floor, item->start), column, true);
		end = end_of_member(doc->source, item, column);
	}
	*floor = end;
	/* kubectl takes what begins with a brace for JSON, and would refuse keys without quotes. */
	if (item->flow && !out.len && item->first && item->first->style != HK_DOUBLE_QUOTED)
		hk_buf_addstr(&out, "---\n");
	add_moved(&out, (struct hk_str){ doc->source->text.s + item->start, end - item->start }, column, false);
	if (!out.len || out.s[out.len - 1] != '\n')
		hk_buf_addch(&out, '\n');
	return (struct hk_str){ hk_arena_slicedup(arena, (struct hk_str){ out.s, out.len }), out.len };
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

bool hk_list_is(const struct hk_node *root)
{
	const char *kind = hk_node_string(hk_node_get(root, "kind"));
	const struct hk_node *items = hk_node_get(root, "items");
	return kind && hk_str_ends(hk_str_of(kind), "List") && items && items->kind == HK_SEQUENCE;
}

/* A member's text read by itself. */
struct member { struct hk_str text; struct hk_source source; struct hk_doc doc; };

static bool read_member(struct member *member, const char *name, struct hk_str text)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	member->text = text;
	hk_source_from_text(&member->source, name, text.s, text.n);
	bool good = hk_yaml_read_one(&member->source, false, &member->doc, &diags) == 0;
	hk_diags_release(&diags);
	return good;
}

static void release_member(struct member *member)
{
	hk_doc_release(&member->doc);
	hk_source_release(&member->source);
}

/* Members of a typed list ("DeploymentList") leave their kind to the list; an object of its own has to say it. */
static bool add_kind(struct hk_arena *arena, const struct hk_node *list, struct member *member)
{
	const struct hk_node *root = member->doc.root;
	const char *kind = hk_node_string(hk_node_get(list, "kind")), *version = hk_node_string(hk_node_get(list, "apiVersion"));
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	if (strcmp(kind, "List") == 0 || root->kind != HK_MAPPING || root->count == 0 || hk_node_get(root, "kind"))
		return true;
	uint32_t at = root->start + root->flow;
	int length = (int)(strlen(kind) - strlen("List"));
	hk_buf_add(&out, member->text.s, at);
	if (version && !hk_node_get(root, "apiVersion"))
		hk_buf_addf(&out, root->flow ? "\"apiVersion\": \"%s\", " : "apiVersion: %s\n", version);
	hk_buf_addf(&out, root->flow ? "\"kind\": \"%.*s\", " : "kind: %.*s\n", length, kind);
	hk_buf_add(&out, member->text.s + at, member->text.n - at);
	HK_AUTO_FREE char *name = hk_strdup(member->source.name);
	release_member(member);
	return read_member(member, name, (struct hk_str){ hk_arena_slicedup(arena, (struct hk_str){ out.s, out.len }), out.len });
}

void hk_list_split(struct hk_job *job, const struct hk_doc *doc, void (*take)(struct hk_job *, const struct hk_doc *, struct hk_str, void *), void *closure)
{
	const struct hk_node *list = hk_node_get(doc->root, "items"), *key = hk_node_key(doc->root, "items");
	uint32_t floor = key ? key->end : 0;
	hk_for_each_item(item, list) {
		struct member member = { .text = { NULL, 0 } };
		/* An alias to an anchor outside the member, or a block scalar that does not survive the move, shows here. */
		bool good = read_member(&member, doc->source->name, text_of(&job->arena, doc, list, item, &floor)) && same(item, member.doc.root) &&
			    add_kind(&job->arena, doc->root, &member);
		if (good) {
			take(job, &member.doc, member.text, closure);
			struct hk_entry *entry = job->entries.n ? job->entries.v[job->entries.n - 1] : NULL;
			if (entry && entry->text.s == member.text.s)      /* findings belong to where the user wrote it */
				hk_node_range(doc, item, &entry->range);
		} else if (!job->ahead) {
			struct hk_diag *diag = hk_node_diag(job->diags, doc, item, HK0921, "this member of a List cannot stand as a document of its own");
			job->failed = true;
			hk_diag_help(job->diags, diag, "write it as a separate document, without aliases to other members");
		}
		release_member(&member);
	}
}
