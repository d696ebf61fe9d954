/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and items of collections written with [] or {}, on one line or on many: commas have to be right. */
#include "yaml/editing.h"

#include "yaml/reader.h"

static const struct hk_node *last_child(const struct hk_node *collection)
{
	const struct hk_node *last = collection->first;
	while (last->next)
		last = last->next;
	return last;
}

/* The last key that stays, or NULL. */
static const struct hk_node *last_kept(const struct hk_edit_target *target)
{
	const struct hk_node *kept = NULL;
	hk_for_each_pair(key, target->node)
		if (!hk_edit_removes(target, key))
			kept = key;
	return kept;
}

/* Some keys go, at least one stays: each takes the comma behind it along, the last ones the comma in front. */
static void remove_keys(struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_node *kept)
{
	bool passed = false;
	hk_for_each_pair(key, target->node) {
		if (!passed && hk_edit_removes(target, key))
			hk_edit_patch(edit, target, 0, key->outer, key->next->next->outer, HK_STR(""));
		passed = passed || key == kept;
	}
	if (kept->next->next)
		hk_edit_patch(edit, target, 0, kept->next->end, last_child(target->node)->end, HK_STR(""));
}

struct tail {
	uint32_t end;                  /* of the last entry */
	uint32_t entry;                /* where a new line for an entry goes; 0 when entries share a line */
	unsigned column;
	bool comma;                    /* behind the last entry already */
	uint32_t comma_end;
};

static struct tail find_tail(const struct hk_edit *edit, const struct hk_edit_target *target)
{
	const char *s = edit->doc->source->text.s;
	const struct hk_node *last = last_child(target->node), *entry = last;
	if (target->node->kind == HK_MAPPING)
		hk_for_each_pair(key, target->node)
			entry = key;
	struct tail tail = { .end = last->end, .column = hk_edit_column(edit, entry->outer) };
	uint32_t at = tail.end, line = hk_edit_line_start(edit, entry->outer);
	while (at < target->node->end && (s[at] == ' ' || s[at] == '\t'))
		at++;
	tail.comma = s[at] == ',';
	at = tail.comma_end = tail.comma ? at + 1 : tail.end;
	uint32_t end = hk_edit_line_end(edit, at);
	if (hk_edit_is_blank(edit, line, entry->outer) && hk_yaml_skip_blank(&edit->doc->source->text, at) >= end)
		tail.entry = end;
	return tail;
}

static void write_entry(const struct hk_edit *edit, struct hk_buf *out, const struct hk_edit_target *target, const struct hk_edit_op *op)
{
	if (op->kind == HK_EDIT_ADD_KEY) {
		hk_edit_write_key(edit, out, op->key, true, target->node->first->style == HK_DOUBLE_QUOTED);
		hk_buf_addstr(out, ": ");
	}
	hk_edit_write_flow(edit, out, op->value);
}

static void add_on_own_lines(struct hk_edit *edit, const struct hk_edit_target *target, const struct tail *tail)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	for (size_t i = 0; i < target->count; i++) {
		if (target->ops[i].kind == HK_EDIT_REMOVE_KEY)
			continue;
		if (out.len)
			hk_buf_addch(&out, ',');
		hk_buf_addstr(&out, edit->style.newline);
		hk_buf_addchn(&out, ' ', tail->column);
		write_entry(edit, &out, target, &target->ops[i]);
	}
	if (out.len == 0)
		return;
	if (tail->comma)
		hk_buf_addch(&out, ',');
	else
		hk_edit_patch(edit, target, 0, tail->end, tail->end, HK_STR(","));
	hk_edit_patch(edit, target, 1, tail->entry, tail->entry, (struct hk_str){ out.s, out.len });
}

static void add_on_same_line(struct hk_edit *edit, const struct hk_edit_target *target, const struct tail *tail)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	bool first = target->node->kind == HK_MAPPING && !last_kept(target), alone = first;
	for (size_t i = 0; i < target->count; i++) {
		if (target->ops[i].kind == HK_EDIT_REMOVE_KEY)
			continue;
		if (!first)
			hk_buf_addstr(&out, ", ");
		first = false;
		write_entry(edit, &out, target, &target->ops[i]);
	}
	if (alone)                     /* nothing of the old entries stays, a comma behind them neither */
		hk_edit_patch(edit, target, 0, target->node->first->outer, tail->comma ? tail->comma_end : tail->end, (struct hk_str){ out.s, out.len });
	else if (out.len)
		hk_edit_patch(edit, target, 2, tail->end, tail->end, (struct hk_str){ out.s, out.len });
}

int hk_edit_plan_flow(struct hk_edit *edit, const struct hk_edit_target *target)
{
	const char *s = edit->doc->source->text.s;
	char close = s[target->node->end - 1];
	if (close != '}' && close != ']')
		return hk_edit_refuse(edit, target->node, "a collection without brackets of its own is not edited");
	bool removes = false;
	for (size_t i = 0; i < target->count; i++)
		removes = removes || target->ops[i].kind == HK_EDIT_REMOVE_KEY;
	struct tail tail = find_tail(edit, target);
	if (tail.entry && !removes)
		add_on_own_lines(edit, target, &tail);
	else
		add_on_same_line(edit, target, &tail);
	const struct hk_node *kept = removes ? last_kept(target) : NULL;
	if (kept)
		remove_keys(edit, target, kept);
	return 0;
}
