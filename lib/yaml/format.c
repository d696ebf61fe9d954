/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/format.h"
#include "base/vec.h"
#include <stdint.h>
#include <stdlib.h>

struct formatter {
	const char *text;
	uint32_t size;                     /* end of the document */
	hk_format_rank rank;
	void *closure;
	struct hk_buf path;
};

struct entry {
	const struct hk_node *key, *value;
	uint32_t lead, end;                /* bytes: where its own comments start; behind its last line */
	size_t rank, index;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static uint32_t line_start(const struct formatter *f, uint32_t at)
{
	while (at > 0 && f->text[at - 1] != '\n')
		at--;
	return at;
}

static uint32_t line_end(const struct formatter *f, uint32_t at)
{
	while (at < f->size && f->text[at] != '\n')
		at++;
	return at < f->size ? at + 1 : at;
}

/* Behind the last line of an entry; a block scalar's end may already be a line start. */
static uint32_t entry_end(const struct formatter *f, const struct entry *entry)
{
	uint32_t at = entry->value->end > entry->key->end ? entry->value->end : entry->key->end;
	return at > 0 && f->text[at - 1] == '\n' ? at : line_end(f, at);
}

/* Start of the comment lines directly above the line of `at`, not before `floor`. */
static uint32_t comments_above(const struct formatter *f, uint32_t at, uint32_t floor)
{
	uint32_t start = line_start(f, at);
	while (start > floor) {
		uint32_t above = line_start(f, start - 1), c = above;
		while (is_blank(f->text[c]))
			c++;
		if (above < floor || f->text[c] != '#')
			break;
		start = above;
	}
	return start < floor ? floor : start;
}

/* Behind the lines after `end` whose comments are indented deeper than the key: they are about what is in its value, not about the next key. */
static uint32_t comments_below(const struct formatter *f, uint32_t end, uint32_t column)
{
	for (uint32_t at = end; at < f->size;) {
		uint32_t line = at;
		while (at < f->size && is_blank(f->text[at]))
			at++;
		if (at == f->size || (f->text[at] != '#' && f->text[at] != '\n' && f->text[at] != '\r'))
			break;
		bool comment = f->text[at] == '#';
		if (comment && at - line <= column)
			break;
		at = line_end(f, at);
		if (comment)
			end = at;
	}
	return end;
}

static bool only_blanks_before(const struct formatter *f, uint32_t at)
{
	for (uint32_t i = line_start(f, at); i < at; i++)
		if (f->text[i] != ' ')
			return false;
	return true;
}

static int by_rank(const void *a_, const void *b_)
{
	const struct entry *a = a_, *b = b_;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static uint32_t emit(struct formatter *f, const struct hk_node *node, uint32_t from, struct hk_buf *out);

static void copy(const struct formatter *f, uint32_t from, uint32_t to, struct hk_buf *out)
{
	if (to > from)
		hk_buf_add(out, f->text + from, to - from);
}

/* Bytes from a key's start through its value; runs of blanks behind the colon become one. */
static uint32_t emit_pair(struct formatter *f, const struct hk_node *key, const struct hk_node *value, uint32_t from, struct hk_buf *out)
{
	size_t path_length = f->path.len;
	hk_buf_addf(&f->path, "%s%s", path_length ? "." : "", key->text.s);
	copy(f, from, key->end, out);
	uint32_t at = key->end, cursor = key->end;
	while (at < value->start && is_blank(f->text[at]))
		at++;
	if (at < value->start && f->text[at] == ':') {
		uint32_t behind = at + 1;
		while (behind < value->start && is_blank(f->text[behind]))
			behind++;
		if (behind == value->start && value->start > at + 1) {
			copy(f, key->end, at + 1, out);
			hk_buf_addch(out, ' ');
			cursor = value->start;
		}
	}
	uint32_t end = emit(f, value, cursor, out);
	f->path.s[f->path.len = path_length] = '\0';
	return end;
}

static struct entry *list_entries(struct formatter *f, const struct hk_node *mapping, uint32_t from)
{
	struct entry *entries = hk_calloc(mapping->count, sizeof *entries);
	size_t n = 0;
	hk_for_each_pair(key, mapping) {
		struct entry *entry = &entries[n];
		*entry = (struct entry){ .key = key, .value = key->next, .index = n };
		entry->rank = f->rank(f->closure, f->path.s, key->text.s);
		entry->end = entry_end(f, entry);
		if (n) {
			struct entry *last = &entries[n - 1];
			if (last->end <= key->start)
				last->end = comments_below(f, last->end, last->key->start - line_start(f, last->key->start));
			entry->lead = last->end;
		} else {
			/* What stands on top of a document is about the document, and stays there. */
			entry->lead = f->path.len ? comments_above(f, key->start, from) : line_start(f, key->start);
		}
		n++;
	}
	return entries;
}

/* May the entries change places? Not when two share a line, nor when a comment would lose the key it stands above. */
static bool can_reorder(const struct formatter *f, const struct entry *entries, size_t n, uint32_t from)
{
	bool own_line = only_blanks_before(f, entries[0].key->start);
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &entries[i];
		if (entry->key->from_alias || entry->end <= entry->key->start || (i && entry->key->start < entries[i - 1].end))
			return false;
		if (i && !own_line)
			for (uint32_t c = entry->lead; c < entry->key->start; c++)
				if (f->text[c] == '#')
					return false;
	}
	if (!own_line) {                   /* "- name: x" with a comment above the dash */
		uint32_t start = line_start(f, entries[0].key->start);
		if (start > from && comments_above(f, start, from) < start)
			return false;
	}
	return true;
}

static bool in_order(const struct entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (entries[i].rank < entries[i - 1].rank)
			return false;
	return true;
}

/* The entry's own lines without the blanks that stand before its first key or comment. */
static void emit_piece(struct formatter *f, const struct entry *entry, uint32_t indent, bool first, struct hk_buf *out)
{
	uint32_t lead = entry->lead;
	if (first)
		while (lead < entry->key->start && (is_blank(f->text[lead]) || f->text[lead] == '\n' || f->text[lead] == '\r'))
			lead++;
	else if (entry->index == 0 && lead >= line_start(f, entry->key->start)) {
		hk_buf_addchn(out, ' ', indent);
		lead = entry->key->start;
	}
	copy(f, lead, entry->key->start, out);
	uint32_t end = emit_pair(f, entry->key, entry->value, entry->key->start, out);
	copy(f, end, entry->end, out);
	if (out->len && out->s[out->len - 1] != '\n')
		hk_buf_addch(out, '\n');
}

static uint32_t emit_mapping(struct formatter *f, const struct hk_node *mapping, uint32_t from, struct hk_buf *out)
{
	size_t n = mapping->count;
	HK_AUTO_FREE struct entry *entries = list_entries(f, mapping, from);
	if (n < 2 || in_order(entries, n) || !can_reorder(f, entries, n, from)) {
		for (size_t i = 0; i < n; i++)
			from = emit_pair(f, entries[i].key, entries[i].value, from, out);
		return from;
	}
	uint32_t end = entries[n - 1].end, indent = entries[0].key->start - line_start(f, entries[0].key->start);
	uint32_t start = only_blanks_before(f, entries[0].key->start) ? entries[0].lead : entries[0].key->start;
	copy(f, from, start, out);
	entries[0].lead = start;
	if (start == line_start(f, entries[0].key->start) || start < line_start(f, entries[0].key->start))
		hk_buf_addchn(out, ' ', indent);         /* the first piece starts behind its indentation */
	qsort(entries, n, sizeof *entries, by_rank);
	for (size_t i = 0; i < n; i++)
		emit_piece(f, &entries[i], indent, i == 0, out);
	return end;
}

static uint32_t emit(struct formatter *f, const struct hk_node *node, uint32_t from, struct hk_buf *out)
{
	if (node->from_alias || node->flow || node->kind == HK_SCALAR || !node->count) {
		uint32_t end = node->end > from ? node->end : from;
		copy(f, from, end, out);
		return end;
	}
	if (node->kind == HK_MAPPING)
		return emit_mapping(f, node, from, out);
	hk_for_each_item(item, node)
		from = emit(f, item, from, out);
	return from;
}

/* ---- spacing ---- */

struct span { uint32_t start, end; };
struct spans { struct span *v; size_t n, cap; };

/* Scalars over several lines: blanks in them may be content. */
/* A keep-style block scalar ("|+") owns the blank lines behind it: its value ends with them. */
static uint32_t kept_end(const struct hk_node *node, const char *text, uint32_t size)
{
	uint32_t end = node->end;
	bool block = node->style == HK_LITERAL || node->style == HK_FOLDED, keeps = false;
	for (uint32_t i = node->start; block && i < end && text[i] != '\n' && text[i] != ' ' && text[i] != '\t'; i++)
		keeps = keeps || text[i] == '+';
	for (uint32_t at = end; keeps && at < size; at++) {
		if (text[at] == '\n')
			end = at + 1;
		else if (text[at] != ' ' && text[at] != '\r')
			break;
	}
	return end;
}

static void find_protected(const struct hk_node *node, const char *text, uint32_t size, struct spans *spans)
{
	if (node->from_alias)
		return;
	if (node->kind == HK_SCALAR) {
		uint32_t end = kept_end(node, text, size);
		if (memchr(text + node->start, '\n', end - node->start)) {
			struct span span = { node->start, end };
			hk_vec_push(spans, span);
		}
		return;
	}
	for (const struct hk_node *child = node->first; child; child = child->next)
		find_protected(child, text, size, spans);
}

/* Returns the length up to which the output must not lose line ends: the last line that is content. */
static size_t tidy_lines(const char *text, uint32_t start, uint32_t size, const struct spans *spans, struct hk_buf *out)
{
	size_t span = 0, blank_run = 0, floor = 0;
	for (uint32_t at = start; at < size;) {
		const char *newline = memchr(text + at, '\n', size - at);
		uint32_t end = newline ? (uint32_t)(newline - text) : size, next = newline ? end + 1 : end;
		while (span < spans->n && spans->v[span].end <= at)
			span++;
		/* A line is content when a scalar goes on behind its end, or when it is the last of one (keep-style block scalars own blank lines). */
		bool content = span < spans->n && spans->v[span].start <= end && spans->v[span].end > at;
		bool carriage = end > at && text[end - 1] == '\r';
		uint32_t stop = end - (carriage ? 1 : 0);
		if (!content)
			while (stop > at && is_blank(text[stop - 1]))
				stop--;
		blank_run = stop == at && !content ? blank_run + 1 : 0;
		if (blank_run < 2) {
			hk_buf_add(out, text + at, stop - at);
			hk_buf_addstr(out, carriage ? "\r\n" : "\n");
		}
		if (content)
			floor = out->len;
		at = next;
	}
	return floor;
}

static bool same_meaning(const struct hk_node *a, const struct hk_node *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == HK_SCALAR)
		return hk_str_eq(a->text, b->text) && hk_node_type(a) == hk_node_type(b);
	if (a->kind == HK_SEQUENCE) {
		const struct hk_node *y = b->first;
		for (const struct hk_node *x = a->first; x; x = x->next, y = y->next)
			if (!same_meaning(x, y))
				return false;
		return true;
	}
	hk_for_each_pair(key, a) {
		const struct hk_node *other = hk_node_get(b, key->text.s);
		if (!other || !same_meaning(key->next, other))
			return false;
	}
	return true;
}

static bool proves(const struct hk_doc *doc, const struct hk_buf *text)
{
	struct hk_source source = { 0 };
	struct hk_doc again = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "formatted", text->s, text->len);
	bool same = hk_yaml_read_one(&source, false, &again, &diags) == 0 && same_meaning(doc->root, again.root);
	hk_doc_release(&again);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return same;
}

/* Tidy the reordered text; it is parsed to know which lines are content. */
static bool tidy(const struct hk_buf *ordered, struct hk_buf *out)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct spans spans = { 0 };
	hk_source_from_text(&source, "formatted", ordered->s, ordered->len);
	bool good = hk_yaml_read_one(&source, false, &doc, &diags) == 0;
	if (good) {
		find_protected(doc.root, source.text.s, (uint32_t)source.text.len, &spans);
		size_t floor = tidy_lines(source.text.s, 0, (uint32_t)source.text.len, &spans, out);
		while (out->len > 1 && out->len > floor && out->s[out->len - 1] == '\n' && out->s[out->len - 2] == '\n')
			out->s[--out->len] = '\0';
	}
	hk_vec_release(&spans);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return good;
}

int hk_yaml_format(const struct hk_doc *doc, hk_format_rank rank, void *closure, struct hk_buf *out, struct hk_err *err)
{
	struct formatter f = { doc->source->text.s, doc->end, rank, closure, HK_BUF_INIT };
	HK_AUTO_BUF struct hk_buf ordered = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf tidied = HK_BUF_INIT;
	uint32_t end = emit(&f, doc->root, doc->start, &ordered);
	copy(&f, end, doc->end, &ordered);
	hk_buf_release(&f.path);
	if (!proves(doc, &ordered)) {          /* order cannot be changed safely: spacing only */
		hk_buf_reset(&ordered);
		hk_buf_add(&ordered, doc->source->text.s + doc->start, doc->end - doc->start);
	}
	if (!tidy(&ordered, &tidied) || !proves(doc, &tidied))
		return hk_err_set(err, HK_FAILED, "'%s': the formatted text would not mean the same; the document was left as it is", doc->source->name);
	hk_buf_add(out, tidied.s, tidied.len);
	return 0;
}
