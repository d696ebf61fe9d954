/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON as bytes: where values begin and end, so that files of several values, files that were cut off and files larger than their trees should be can be read.
 * Nothing is checked here that the parser does not check again.
 */
#include "import/reading.h"
#include <string.h>

#define DEEPEST 256

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the string that starts at `at`; the length of the text when it does not end. */
static size_t skip_string(struct hk_str text, size_t at)
{
	for (at++; at < text.n; at++) {
		if (text.s[at] == '\\')
			at++;
		else if (text.s[at] == '"')
			return at + 1;
	}
	return text.n;
}

struct scan { char open[DEEPEST]; size_t depth; bool in_item; };

/* An item of a list at the top, or right below the top mapping, has ended at `at`. */
static void note_item(struct hk_json_span *span, const struct scan *scan, size_t at)
{
	if (scan->depth < 1 || scan->depth > 2 || scan->open[scan->depth - 1] != '[' || (scan->depth == 2 && scan->open[0] != '{'))
		return;
	span->cut = at;
	span->items++;
	memcpy(span->closers, scan->depth == 1 ? "]" : "]}", scan->depth + 1);
}

bool hk_json_next(struct hk_str text, size_t *position, struct hk_json_span *span)
{
	struct scan scan = { { 0 }, 0, false };
	size_t at = *position;

	while (at < text.n && is_blank(text.s[at]))
		at++;
	*span = (struct hk_json_span){ .start = at, .end = text.n };
	if (at == text.n)
		return false;
	*position = text.n;
	if (text.s[at] != '{' && text.s[at] != '[') {
		span->complete = true;          /* not JSON: the parser says what is wrong */
		return true;
	}
	while (at < text.n) {
		char c = text.s[at];

		if (c == '"') {
			at = skip_string(text, at);
			continue;
		}
		at++;
		if (c == '{' || c == '[') {
			if (scan.depth < DEEPEST)
				scan.open[scan.depth] = c;
			scan.depth++;
		} else if (c == '}' || c == ']') {
			if (--scan.depth == 0) {
				span->complete = true;
				span->end = *position = at;
				return true;
			}
			note_item(span, &scan, at);
		}
	}
	return true;
}

/* Behind the value that starts at `at`. */
static size_t skip_value(struct hk_str text, size_t at)
{
	size_t depth = 0;

	while (at < text.n) {
		char c = text.s[at];

		if (c == '"') {
			at = skip_string(text, at);
			if (!depth)
				return at;
			continue;
		}
		if (!depth && (c == ',' || c == '}' || c == ']'))
			return at;
		depth += c == '{' || c == '[';
		at++;
		if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return text.n;
}

static bool is_key(struct hk_str key, const char *const *keys, size_t n_keys)
{
	for (size_t i = 0; i < n_keys; i++)
		if (hk_str_is(key, keys[i]))
			return true;
	return false;
}

void hk_json_prune(char *text, size_t length, const char *const *keys, size_t n_keys)
{
	struct hk_str all = { text, length };
	size_t at = 0;

	while (at < length) {
		size_t start = at, end;

		if (text[at] != '"') {
			at++;
			continue;
		}
		at = skip_string(all, at);
		end = at;
		while (end < length && is_blank(text[end]))
			end++;
		if (end >= length || text[end] != ':' || at < start + 2 || !is_key((struct hk_str){ text + start + 1, at - start - 2 }, keys, n_keys))
			continue;
		for (end++; end < length && is_blank(text[end]); )
			end++;
		at = skip_value(all, end);
		if (at >= length)
			return;         /* cut off inside: for the parser to see */
		for (size_t i = end; i < at; i++)
			if (text[i] != '\n')
				text[i] = ' ';
		if (end < at)
			text[end] = '0';
	}
}
