/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Byte marks. libfyaml's are exact but not what an editor needs: quoted tokens come without their quotes, block scalars without their header and up to the next
 * token, aliases without '*', anchors without '&', empty values without any mark. The bytes around a token settle the rest.
 */
#include "yaml/reader.h"

#include <string.h>

static uint32_t token_start(struct fy_token *token)
{
	return (uint32_t)fy_token_start_mark(token)->input_pos;
}

static uint32_t token_end(struct fy_token *token)
{
	return (uint32_t)fy_token_end_mark(token)->input_pos;
}

/* Step back from a token to the sign in front of it that libfyaml leaves out. */
static uint32_t step_back(const struct hk_yaml_build *build, uint32_t at, char sign)
{
	const char *s = build->source->text.s;
	return at > 0 && s[at - 1] == sign && at - 1 >= build->cursor ? at - 1 : at;
}

/* Where the node's anchor and tag start; moves the cursor behind them. Returns UINT32_MAX when there are none. */
static uint32_t place_properties(struct hk_yaml_build *build, struct fy_token *anchor, struct fy_token *tag)
{
	const char *s = build->source->text.s;
	uint32_t outer = UINT32_MAX, end = build->cursor;
	if (anchor) {
		outer = step_back(build, token_start(anchor), '&');
		end = token_end(anchor);
	}
	if (tag) {
		uint32_t at = token_start(tag);
		while (at > build->cursor && s[at] != '!')
			at--;
		if (at < outer)
			outer = at;
		at = token_end(tag);
		end = at > end ? at : end;
	}
	build->cursor = end;
	return outer;
}

static void finish_place(struct hk_yaml_build *build, struct hk_node *node, uint32_t start, uint32_t end, uint32_t outer)
{
	node->start = start;
	node->end = end;
	node->outer = outer < start ? outer : start;
	build->cursor = end > build->cursor ? end : build->cursor;
}

/* An empty value: right behind the sign that announces it. */
static void place_empty(struct hk_yaml_build *build, struct hk_node *node, uint32_t outer)
{
	const struct hk_buf *text = &build->source->text;
	const struct hk_yaml_frame *frame = build->depth ? &build->stack[build->depth - 1] : NULL;
	uint32_t at = build->cursor;
	if (frame && outer == UINT32_MAX) {
		char sign = frame->node->kind == HK_SEQUENCE ? '-' : frame->key ? ':' : '?';
		uint32_t next = hk_yaml_skip_blank(text, at);
		if (next < text->len && text->s[next] == sign)
			at = next + 1;
	}
	finish_place(build, node, at, at, outer);
}

/* Leading spaces of the line that starts at `at`; *blank when there is nothing else on it. */
static uint32_t indentation(const struct hk_buf *text, uint32_t at, uint32_t end, bool *blank)
{
	uint32_t n = at;
	while (n < end && text->s[n] == ' ')
		n++;
	*blank = n >= end || text->s[n] == '\n' || text->s[n] == '\r';
	return n - at;
}

static uint32_t line_start(const struct hk_buf *text, uint32_t at, uint32_t floor)
{
	while (at > floor && text->s[at - 1] != '\n' && text->s[at - 1] != '\r')
		at--;
	return at;
}

/* Step back over one line end that stands before `at`. */
static uint32_t before_line_end(const struct hk_buf *text, uint32_t at, uint32_t floor)
{
	if (at > floor && text->s[at - 1] == '\n')
		at--;
	if (at > floor && text->s[at - 1] == '\r')
		at--;
	return at;
}

/*
 * End of a block scalar's last content line. With '+' trailing blank lines are content; otherwise they are not, unless they hold more spaces than the
 * text is indented by.
 */
static uint32_t block_end(const struct hk_buf *text, uint32_t first, uint32_t end, bool keep)
{
	uint32_t indent = UINT32_MAX, last = line_start(text, end, first);
	bool blank = true;
	indentation(text, last, end, &blank);
	/* The token may reach into the indentation of the next one. */
	uint32_t at = before_line_end(text, blank ? last : end, first);
	blank = true;
	for (uint32_t line = first; !keep && line < at && blank;) {
		indent = indentation(text, line, at, &blank);
		while (line < at && text->s[line] != '\n' && text->s[line] != '\r')
			line++;
		line++;
	}
	while (!keep && at > first) {
		uint32_t line = line_start(text, at, first);
		uint32_t width = indentation(text, line, at, &blank);
		if (!blank || width > indent)
			break;
		at = before_line_end(text, line, first);
	}
	return at;
}

static void place_block(struct hk_yaml_build *build, struct hk_node *node, struct fy_token *token, uint32_t outer)
{
	const struct hk_buf *text = &build->source->text;
	uint32_t first = token_start(token), end = token_end(token), at = build->cursor;
	while ((at = hk_yaml_skip_blank(text, at)) < first && text->s[at] != '|' && text->s[at] != '>')
		at++;
	if (at >= first)
		at = build->cursor;
	uint32_t header = at;
	bool keep = false;
	for (uint32_t i = 1; i < 3 && header + i < text->len && text->s[header + i] != '\n'; i++)
		keep = keep || text->s[header + i] == '+';
	while (header < text->len && text->s[header] != '\n' && text->s[header] != '\r')
		header++;
	/* Content starts on the line behind the header, whatever blank lines the token leaves out. */
	uint32_t content = header + (header + 1 < text->len && text->s[header] == '\r' && text->s[header + 1] == '\n' ? 2u : 1u);
	if (content > end || node->text.n == 0) {
		uint32_t tail = keep && end > header ? before_line_end(text, end, header) : header;
		end = node->text.n ? end : tail;
		finish_place(build, node, at, end > at ? end : at, outer);
		return;
	}
	finish_place(build, node, at, block_end(text, content, end, keep), outer);
}

void hk_yaml_place_scalar(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event)
{
	struct fy_token *token = event->scalar.value;
	uint32_t outer = event->scalar.anchor || event->scalar.tag ? place_properties(build, event->scalar.anchor, event->scalar.tag) : UINT32_MAX;
	if (!token || (node->style == HK_PLAIN && node->text.n == 0)) {
		place_empty(build, node, outer);
		return;
	}
	if (node->style == HK_LITERAL || node->style == HK_FOLDED) {
		place_block(build, node, token, outer);
		return;
	}
	uint32_t start = token_start(token), end = token_end(token);
	if (node->style != HK_PLAIN) {
		char quote = node->style == HK_SINGLE_QUOTED ? '\'' : '"';
		start = step_back(build, start, quote);
		end += end < build->source->text.len && build->source->text.s[end] == quote;
	}
	finish_place(build, node, start, end, outer);
}

void hk_yaml_place_start(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event)
{
	bool mapping = event->type == FYET_MAPPING_START;
	struct fy_token *token = mapping ? event->mapping_start.mapping_start : event->sequence_start.sequence_start;
	struct fy_token *anchor = mapping ? event->mapping_start.anchor : event->sequence_start.anchor;
	struct fy_token *tag = mapping ? event->mapping_start.tag : event->sequence_start.tag;
	const struct hk_buf *text = &build->source->text;
	uint32_t outer = anchor || tag ? place_properties(build, anchor, tag) : UINT32_MAX;
	uint32_t start = token ? token_start(token) : build->cursor;
	char sign = start < text->len ? text->s[start] : '\0';
	node->flow = token && sign == (mapping ? '{' : '[');
	/* A block mapping, or a pair in a flow list, starts where its first key does; only an explicit key has a sign of its own. */
	if (mapping && !node->flow && sign != '?')
		start = UINT32_MAX;
	node->start = start;
	node->outer = outer;
	if (node->flow)
		build->cursor = start + 1;
	else if (start != UINT32_MAX && start > build->cursor)
		build->cursor = start;
}

void hk_yaml_place_end(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event)
{
	struct fy_token *token = event->type == FYET_MAPPING_END ? event->mapping_end.mapping_end : event->sequence_end.sequence_end;
	if (node->flow && token) {
		uint32_t end = token_end(token);
		build->cursor = end > build->cursor ? end : build->cursor;
	}
	if (node->start == UINT32_MAX)
		node->start = node->first ? node->first->outer : build->cursor;
	if (node->outer > node->start)
		node->outer = node->start;
	node->end = build->cursor > node->start ? build->cursor : node->start;
}
