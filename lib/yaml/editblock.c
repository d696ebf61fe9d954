/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and items of block collections: whole lines come and go. */
#include "yaml/editing.h"

#include <string.h>

static void insert(struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_edit_op *op)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	unsigned column = hk_edit_column(edit, target->node->start);
	hk_buf_addchn(&out, ' ', column);
	if (op->kind == HK_EDIT_ADD_KEY)
		hk_edit_write_pair(edit, &out, op->key, op->value, column);
	else
		hk_edit_write_item(edit, &out, op->value, column);
	hk_edit_insert_lines(edit, target, op->order, target->node->end, (struct hk_str){ out.s, out.len });
}

static bool starts_its_line(const struct hk_edit *edit, const struct hk_node *key)
{
	return hk_edit_is_blank(edit, hk_edit_line_start(edit, key->outer), key->outer);
}

/* Everything between the two is blank or line ends, so the second can move up to where the first stood. */
static bool only_blank_between(const struct hk_edit *edit, uint32_t start, uint32_t end)
{
	const char *s = edit->doc->source->text.s;
	for (; start < end; start++)
		if (!strchr(" \t\r\n", s[start]))
			return false;
	return true;
}


/* The first key of a mapping that stands behind '- ': what follows moves up to the dash. */
static void remove_behind_dash(struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_node *key)
{
	const struct hk_node *follower = key->next->next;
	bool joins = follower && !follower->from_alias && !hk_edit_removes(target, follower) && only_blank_between(edit, key->next->end, follower->outer);
	hk_edit_patch(edit, target, 0, key->outer, joins ? follower->outer : key->next->end, HK_STR(""));
}

static bool keeps_or_adds_any(const struct hk_edit_target *target)
{
	hk_for_each_pair(key, target->node)
		if (!hk_edit_removes(target, key))
			return true;
	for (size_t i = 0; i < target->count; i++)
		if (target->ops[i].kind == HK_EDIT_ADD_KEY)
			return true;
	return false;
}

static void remove_keys(struct hk_edit *edit, const struct hk_edit_target *target)
{
	bool leaves_some = keeps_or_adds_any(target);
	hk_for_each_pair(key, target->node) {
		if (!hk_edit_removes(target, key))
			continue;
		if (!leaves_some && key == target->node->first)
			hk_edit_patch(edit, target, 0, key->outer, key->next->end, HK_STR("{}"));
		else if (starts_its_line(edit, key))
			hk_edit_delete_lines(edit, target, key->outer, key->next->end);
		else
			remove_behind_dash(edit, target, key);
	}
}

int hk_edit_plan_block(struct hk_edit *edit, const struct hk_edit_target *target)
{
	for (size_t i = 0; i < target->count; i++)
		if (target->ops[i].kind != HK_EDIT_REMOVE_KEY)
			insert(edit, target, &target->ops[i]);
	if (target->node->kind == HK_MAPPING)
		remove_keys(edit, target);
	return 0;
}
