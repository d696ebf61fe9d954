/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/editing.h"

#include <string.h>

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* A byte order mark is no part of the first line: it stays where it is and takes no column. */
uint32_t hk_edit_line_start(const struct hk_edit *edit, uint32_t at)
{
	const char *s = edit->doc->source->text.s;
	uint32_t floor = edit->doc->start;
	if (floor == 0 && edit->doc->end >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		floor = 3;
	while (at > floor && !is_break(s[at - 1]))
		at--;
	return at;
}

uint32_t hk_edit_line_end(const struct hk_edit *edit, uint32_t at)
{
	const char *s = edit->doc->source->text.s;
	while (at < edit->doc->end && !is_break(s[at]))
		at++;
	return at;
}

uint32_t hk_edit_line_next(const struct hk_edit *edit, uint32_t at)
{
	const char *s = edit->doc->source->text.s;
	at = hk_edit_line_end(edit, at);
	if (at + 1 < edit->doc->end && s[at] == '\r' && s[at + 1] == '\n')
		return at + 2;
	return at < edit->doc->end ? at + 1 : at;
}

bool hk_edit_is_blank(const struct hk_edit *edit, uint32_t start, uint32_t end)
{
	const char *s = edit->doc->source->text.s;
	for (; start < end; start++)
		if (s[start] != ' ' && s[start] != '\t')
			return false;
	return true;
}

unsigned hk_edit_column(const struct hk_edit *edit, uint32_t at)
{
	return at - hk_edit_line_start(edit, at);
}

void hk_edit_patch(struct hk_edit *edit, const struct hk_edit_target *target, size_t order, uint32_t start, uint32_t end, struct hk_str text)
{
	struct hk_str copy = { text.n ? hk_arena_slicedup(&edit->arena, text) : "", text.n };
	hk_vec_push(&edit->patches, (struct hk_patch){ .start = start, .end = end, .depth = target->depth, .order = order, .text = copy });
}

void hk_edit_insert_lines(struct hk_edit *edit, const struct hk_edit_target *target, size_t order, uint32_t at, struct hk_str text)
{
	HK_AUTO_BUF struct hk_buf lines = HK_BUF_INIT;
	uint32_t end = hk_edit_line_end(edit, at), next = hk_edit_line_next(edit, at);
	if (next == end)               /* the last line has no line end, and shall have none afterwards */
		hk_buf_addstr(&lines, edit->style.newline);
	hk_buf_addslice(&lines, text);
	if (next != end)
		hk_buf_addstr(&lines, edit->style.newline);
	hk_edit_patch(edit, target, order, next, next, (struct hk_str){ lines.s, lines.len });
}

void hk_edit_delete_lines(struct hk_edit *edit, const struct hk_edit_target *target, uint32_t start, uint32_t end)
{
	const char *s = edit->doc->source->text.s;
	uint32_t first = hk_edit_line_start(edit, start), last = hk_edit_line_end(edit, end), next = hk_edit_line_next(edit, end);
	if (next == last) {            /* no line end to delete at the end, so take the one in front */
		if (first > edit->doc->start && s[first - 1] == '\n')
			first--;
		if (first > edit->doc->start && s[first - 1] == '\r')
			first--;
	}
	hk_edit_patch(edit, target, 0, first, next, HK_STR(""));
}
