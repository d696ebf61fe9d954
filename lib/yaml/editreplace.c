/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One value for another. What makes it long: scalars stand behind their key, collections below it, and either may become the other. */
#include "yaml/editing.h"

#include <string.h>

struct place {
	struct hk_edit *edit;
	const struct hk_edit_target *target;
	const struct hk_node *node;
	const struct hk_value *value;
	size_t order;
	uint32_t start, end;           /* of what is replaced */
	uint32_t sign;                 /* in a mapping: behind the ':' and what must stay behind it (an anchor); else start */
};

static const char *text_of(const struct hk_edit *edit)
{
	return edit->doc->source->text.s;
}

static void patch(const struct place *place, uint32_t start, uint32_t end, const char *text)
{
	hk_edit_patch(place->edit, place->target, place->order, start, end, hk_str_of(text));
}

/* Behind the colon of a key, or 0 when the key is written in another way. */
static uint32_t behind_colon(const struct hk_edit *edit, const struct hk_node *key)
{
	uint32_t at = key->end;
	while (at < edit->doc->end && (text_of(edit)[at] == ' ' || text_of(edit)[at] == '\t'))
		at++;
	return at < edit->doc->end && text_of(edit)[at] == ':' ? at + 1 : 0;
}

static void write_inline(const struct place *place, struct hk_buf *out)
{
	bool flow = place->target->in_flow;
	enum hk_scalar_style like = place->node->kind == HK_SCALAR ? (enum hk_scalar_style)place->node->style : HK_PLAIN;
	if (place->value && place->value->kind != HK_SCALAR)
		hk_edit_write_flow(place->edit, out, place->value);
	else
		hk_edit_write_scalar(place->edit, out, place->value, like, flow);
}

/* The new text where the old one stood. An empty value needs a blank, or even its colon, in front. */
static int replace_in_place(const struct place *place)
{
	const char *s = text_of(place->edit);
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	if (place->start == place->end && place->start > place->edit->doc->start) {
		char before = s[place->start - 1];
		bool has_colon = !place->target->key || place->target->key->end != place->start;
		if (!has_colon)
			hk_buf_addstr(&out, ": ");
		else if (!strchr(" \t\r\n", before))
			hk_buf_addch(&out, ' ');
	}
	write_inline(place, &out);
	patch(place, place->start, place->end, out.s);
	return 0;
}

static bool stands_alone(const struct place *place)
{
	return hk_edit_is_blank(place->edit, hk_edit_line_start(place->edit, place->start), place->start);
}

/* A block collection below its key becomes a scalar, or an empty collection, behind the key. */
static int raise_to_key(const struct place *place)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	if (place->sign == 0 || !stands_alone(place))
		return replace_in_place(place);
	hk_buf_addch(&out, ' ');
	write_inline(place, &out);
	patch(place, place->sign, place->sign, out.s);
	hk_edit_delete_lines(place->edit, place->target, place->start, place->end);
	return 0;
}

static unsigned column_below(const struct place *place)
{
	const struct hk_edit_target *target = place->target;
	if (!target->parent)
		return 0;
	unsigned parent = hk_edit_column(place->edit, target->parent->start);
	if (target->parent->kind == HK_SEQUENCE)
		return parent + 2;
	return parent + (place->value->kind == HK_MAPPING ? place->edit->style.step : place->edit->style.list_step);
}

/* A collection that has lines of its own gives them to the new one. */
static int replace_lines(const struct place *place)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	uint32_t from = hk_edit_line_start(place->edit, place->start);
	bool same_kind = place->node->kind == place->value->kind && !place->node->flow;
	unsigned column = same_kind ? hk_edit_column(place->edit, place->start) : column_below(place);
	if (hk_edit_column(place->edit, place->start) == column)
		from = place->start;
	else
		hk_buf_addchn(&out, ' ', column);
	hk_edit_write_block(place->edit, &out, place->value, column);
	patch(place, from, place->end, out.s);
	return 0;
}

/* A scalar behind its key becomes a collection on the lines below; a comment behind it stays with the key. */
static int lower_below_key(const struct place *place)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	unsigned column = column_below(place);
	hk_buf_addchn(&out, ' ', column);
	hk_edit_write_block(place->edit, &out, place->value, column);
	if (place->start != place->end || place->sign != place->start)
		patch(place, place->sign, place->end, "");
	hk_edit_insert_lines(place->edit, place->target, place->order, place->end, (struct hk_str){ out.s, out.len });
	return 0;
}

/* Behind '- ' (or at the root): the first line takes the old place; the others follow behind a comment that may stand there. */
static int replace_item(const struct place *place)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	bool empty = place->start == place->end;
	unsigned column = empty ? column_below(place) : hk_edit_column(place->edit, place->start);
	if (empty && place->start > place->edit->doc->start && !strchr(" \t\r\n", text_of(place->edit)[place->start - 1]))
		hk_buf_addch(&out, ' ');
	hk_edit_write_block(place->edit, &out, place->value, column);
	uint32_t line_end = hk_edit_line_end(place->edit, place->end);
	char *rest = hk_edit_is_blank(place->edit, place->end, line_end) ? NULL : strstr(out.s, place->edit->style.newline);
	if (!rest) {
		patch(place, place->start, place->end, out.s);
		return 0;
	}
	hk_edit_insert_lines(place->edit, place->target, place->order, place->end, hk_str_of(rest + strlen(place->edit->style.newline)));
	hk_edit_patch(place->edit, place->target, place->order, place->start, place->end, (struct hk_str){ out.s, (size_t)(rest - out.s) });
	return 0;
}

/* Before `at`, back over blanks on the same line. */
static uint32_t trim_back(const struct hk_edit *edit, uint32_t at, uint32_t floor)
{
	while (at > floor && (text_of(edit)[at - 1] == ' ' || text_of(edit)[at - 1] == '\t'))
		at--;
	return at;
}

int hk_edit_plan_replace(struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_value *value, size_t order)
{
	const struct hk_node *node = target->node;
	struct place place = { .edit = edit, .target = target, .node = node, .value = value, .order = order, .start = node->start, .end = node->end };
	bool block_node = node->kind != HK_SCALAR && !node->flow && !node->from_alias;
	bool own_lines = block_node && node->count > 0 && stands_alone(&place);
	if (node->tagged && !node->from_alias) {
		if (own_lines)
			return hk_edit_refuse(edit, node, "a collection with a tag is not replaced");
		place.start = node->outer;     /* the tag speaks of the old value */
	}
	if (target->key) {
		place.sign = behind_colon(edit, target->key);
		if (place.sign && node->outer < place.start)
			place.sign = trim_back(edit, place.start, node->outer);
	}
	if (target->in_flow || (!hk_value_is_block(value) && !own_lines))
		return replace_in_place(&place);
	if (!hk_value_is_block(value))
		return target->key ? raise_to_key(&place) : replace_in_place(&place);
	if (own_lines && target->parent && target->parent->kind == HK_MAPPING)
		return replace_lines(&place);
	if (!target->key)
		return replace_item(&place);
	return place.sign ? lower_below_key(&place) : hk_edit_refuse(edit, node, "the key is not followed by ':' on its line");
}
