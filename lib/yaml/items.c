/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/items.h"
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blank(const struct hk_buf *text, size_t at)
{
	while (at < text->len && is_blank(text->s[at]))
		at++;
	return at;
}

void hk_items_open(struct hk_items *items, const struct hk_source *source)
{
	static const char mark[] = "\xef\xbb\xbf";
	*items = (struct hk_items){ .source = source, .slice = { .text = HK_BUF_INIT } };
	if (source->text.len >= 3 && memcmp(source->text.s, mark, 3) == 0)
		items->at = 3;
	size_t first = skip_blank(&source->text, items->at);
	items->json = first < source->text.len && source->text.s[first] == '{';
}

void hk_items_close(struct hk_items *items)
{
	hk_yaml_close(items->stream);
	hk_source_release(&items->slice);
	items->stream = NULL;
}

/* JSON */

/* Behind the string that starts at `at`; past the end when it does not end. */
static size_t behind_string(const struct hk_buf *text, size_t at)
{
	for (at++; at < text->len && text->s[at] != '"'; at++)
		at += text->s[at] == '\\';
	return at + 1;
}

/* Behind the value that starts at `at`; past the end when it is cut off. Brackets are counted, not checked: the object is read properly later. */
static size_t behind_value(const struct hk_buf *text, size_t at)
{
	size_t depth = 0;
	while (at < text->len) {
		char c = text->s[at];
		if (c == '"') {
			at = behind_string(text, at);
		} else if (c == '{' || c == '[') {
			depth++;
			at++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return at;
			depth--;
			at++;
		} else if (depth == 0 && (c == ',' || is_blank(c))) {
			return at;
		} else {
			at++;
			if (depth == 0)
				continue;
		}
		if (depth == 0)
			return at;
	}
	return text->len + 1;
}

static bool is_key(const struct hk_buf *text, size_t start, size_t end, const char *key)
{
	size_t n = strlen(key);
	return end - start == n + 2 && memcmp(text->s + start + 1, key, n) == 0;
}

/*
 * Walk the keys of the object at `at`. True with *inside behind the bracket of its "items" when that is a list; else false with *behind the end of the object.
 */
static bool find_items(const struct hk_buf *text, size_t at, size_t *inside, size_t *behind)
{
	at = skip_blank(text, at + 1);
	while (at < text->len && text->s[at] == '"') {
		size_t key = at, end = behind_string(text, at);
		at = skip_blank(text, end);
		if (at >= text->len || text->s[at] != ':')
			break;
		at = skip_blank(text, at + 1);
		if (end <= text->len && is_key(text, key, end, "items") && at < text->len && text->s[at] == '[') {
			*inside = at + 1;
			return true;
		}
		at = skip_blank(text, behind_value(text, at));
		if (at < text->len && text->s[at] == ',')
			at = skip_blank(text, at + 1);
	}
	*behind = at < text->len && text->s[at] == '}' ? at + 1 : text->len;
	return false;
}

static int read_slice(struct hk_items *items, size_t start, size_t end, struct hk_doc *doc, struct hk_diags *diags)
{
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	hk_source_release(&items->slice);
	hk_buf_addf(&name, "%s (item %zu)", items->source->name, ++items->count);
	hk_source_from_text(&items->slice, name.s, items->source->text.s + start, end - start);
	return hk_yaml_read_one(&items->slice, items->json, doc, diags) == 0 ? 1 : -1;
}

static int next_in_json_list(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags)
{
	const struct hk_buf *text = &items->source->text;
	size_t start = skip_blank(text, items->at);
	if (start < text->len && text->s[start] == ',')
		start = skip_blank(text, start + 1);
	if (start < text->len && text->s[start] == ']') {
		items->at = text->len;
		return 0;
	}
	size_t end = start < text->len ? behind_value(text, start) : text->len + 1;
	if (end >= text->len || end == start) {        /* even a whole object: the bracket behind it is missing */
		items->truncated = true;
		items->at = text->len;
		return 0;
	}
	items->at = end;
	return read_slice(items, start, end, doc, diags);
}

/* Whole document: no list. */
static int read_stream(struct hk_items *items, size_t start, size_t end, struct hk_doc *doc, struct hk_diags *diags)
{
	hk_source_release(&items->slice);
	hk_source_from_text(&items->slice, items->source->name, items->source->text.s + start, end - start);
	items->stream = hk_yaml_open(&items->slice, items->json);
	int status = hk_yaml_next(items->stream, doc, diags);
	items->count += status == 1;
	return status;
}

static int next_json(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags)
{
	const struct hk_buf *text = &items->source->text;
	size_t start = skip_blank(text, items->at), end = text->len;
	if (items->in_list)
		return next_in_json_list(items, doc, diags);
	if (start >= text->len)
		return 0;
	if (text->s[start] == '{' && find_items(text, start, &items->at, &end)) {
		items->in_list = true;
		return next_in_json_list(items, doc, diags);
	}
	items->at = end;
	return read_stream(items, start, end, doc, diags);
}

/* YAML */

static size_t behind_line(const struct hk_buf *text, size_t at)
{
	const char *end = at < text->len ? memchr(text->s + at, '\n', text->len - at) : NULL;
	return end ? (size_t)(end - text->s) + 1 : text->len;
}

static struct hk_str line_at(const struct hk_buf *text, size_t at)
{
	size_t end = behind_line(text, at);
	while (end > at && is_blank(text->s[end - 1]))
		end--;
	return (struct hk_str){ text->s + at, end - at };
}

static size_t indent_of(struct hk_str line)
{
	size_t n = 0;
	while (n < line.n && line.s[n] == ' ')
		n++;
	return n;
}

static bool is_marker(struct hk_str line)
{
	return line.n >= 3 && memcmp(line.s, "---", 3) == 0 && (line.n == 3 || is_blank(line.s[3]));
}

static bool is_dash(struct hk_str line, size_t indent)
{
	return line.n > indent && indent_of(line) == indent && line.s[indent] == '-' && (line.n == indent + 1 || line.s[indent + 1] == ' ');
}

/* A line of no weight: empty, or a comment. */
static bool is_empty(struct hk_str line)
{
	size_t indent = indent_of(line);
	return indent == line.n || line.s[indent] == '#';
}

/* The next item of the list, whose dash is at items->at or further on; the end of the list otherwise. */
static int next_in_yaml_list(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags)
{
	struct hk_source *slice = &items->slice;
	const struct hk_buf *text = &items->source->text;
	size_t start = items->at, end;
	while (start < text->len && is_empty(line_at(text, start)))
		start = behind_line(text, start);
	if (start >= text->len || !is_dash(line_at(text, start), items->indent)) {
		items->at = start;
		items->in_list = false;
		return 0;
	}
	for (end = behind_line(text, start); end < text->len; end = behind_line(text, end)) {
		struct hk_str line = line_at(text, end);
		if (!is_empty(line) && indent_of(line) <= items->indent)
			break;
	}
	items->at = end;
	if (end >= text->len && !items->kind_seen) {
		items->truncated = true;
		return 0;
	}
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT, copy = HK_BUF_INIT;
	hk_buf_addf(&name, "%s (item %zu)", items->source->name, ++items->count);
	hk_buf_add(&copy, text->s + start, end - start);
	copy.s[items->indent] = ' ';
	hk_source_release(slice);
	hk_source_from_text(slice, name.s, copy.s, copy.len);
	return hk_yaml_read_one(slice, false, doc, diags) == 0 ? 1 : -1;
}

/* The document from items->at on: true when it is a list, items->at then being its first dash; else *end is where it ends. */
static bool is_yaml_list(struct hk_items *items, size_t *end)
{
	const struct hk_buf *text = &items->source->text;
	size_t at = items->at;
	items->kind_seen = false;
	for (bool first = true; at < text->len; first = false) {
		struct hk_str line = line_at(text, at);
		if (is_marker(line) && !first)
			break;
		at = behind_line(text, at);
		items->kind_seen = items->kind_seen || hk_str_starts(line, "kind:");
		if (!hk_str_is(line, "items:"))
			continue;
		while (at < text->len && is_empty(line_at(text, at)))
			at = behind_line(text, at);
		items->indent = indent_of(line_at(text, at));
		if (is_dash(line_at(text, at), items->indent)) {
			items->at = at;
			return true;
		}
	}
	*end = at;
	return false;
}

/* What comes behind the items of a list, up to the next document: without the kind the cut was there. */
static void skip_tail(struct hk_items *items)
{
	const struct hk_buf *text = &items->source->text;
	while (items->at < text->len && !is_marker(line_at(text, items->at))) {
		items->kind_seen = items->kind_seen || hk_str_starts(line_at(text, items->at), "kind:");
		items->at = behind_line(text, items->at);
	}
	items->truncated = !items->kind_seen;
}

static int next_yaml(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags)
{
	for (;;) {
		if (items->in_list) {
			int status = next_in_yaml_list(items, doc, diags);
			if (status != 0 || items->truncated)
				return status;
			skip_tail(items);
			if (items->truncated)
				return 0;
		}
		if (items->at >= items->source->text.len)
			return 0;
		size_t start = items->at, end = start;
		if (is_yaml_list(items, &end)) {
			items->in_list = true;
			continue;
		}
		items->at = end;
		return read_stream(items, start, end, doc, diags);
	}
}

int hk_items_next(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags)
{
	memset(doc, 0, sizeof *doc);
	for (;;) {
		if (items->stream) {
			int more = hk_yaml_next(items->stream, doc, diags);
			if (more != 0) {
				items->count += more == 1;
				return more;
			}
			hk_yaml_close(items->stream);
			items->stream = NULL;
			if (items->at >= items->source->text.len)
				return 0;
		}
		int status = items->json ? next_json(items, doc, diags) : next_yaml(items, doc, diags);
		if (status != 0 || !items->stream)
			return status;
	}
}
