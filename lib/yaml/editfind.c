/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which nodes are edited, where do they stand, and is the edit possible at all? One walk over the document answers it. */
#include "yaml/editing.h"

#include "base/map.h"
#include <stdlib.h>
#include <string.h>

static int by_node(const void *left, const void *right)
{
	const struct hk_edit_op *a = left, *b = right;
	uintptr_t x = (uintptr_t)a->node, y = (uintptr_t)b->node;
	if (x != y)
		return x < y ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void group(struct hk_edit *edit)
{
	if (edit->ops.n > 1)
		qsort(edit->ops.v, edit->ops.n, sizeof *edit->ops.v, by_node);
	edit->targets.n = 0;
	for (size_t i = 0; i < edit->ops.n; i++) {
		const struct hk_edit_op *op = &edit->ops.v[i];
		if (i > 0 && edit->ops.v[i - 1].node == op->node)
			edit->targets.v[edit->targets.n - 1].count++;
		else
			hk_vec_push(&edit->targets, (struct hk_edit_target){ .node = op->node, .ops = op, .count = 1 });
	}
}

static struct hk_edit_target *find(const struct hk_edit *edit, const struct hk_node *node)
{
	size_t low = 0, high = edit->targets.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((uintptr_t)edit->targets.v[middle].node < (uintptr_t)node)
			low = middle + 1;
		else
			high = middle;
	}
	return low < edit->targets.n && edit->targets.v[low].node == node ? &edit->targets.v[low] : NULL;
}

const struct hk_edit_target *hk_edit_target_of(const struct hk_edit *edit, const struct hk_node *node)
{
	return find(edit, node);
}

const struct hk_edit_op *hk_edit_replacement(const struct hk_edit_target *target)
{
	return target && target->ops[0].kind == HK_EDIT_REPLACE ? &target->ops[0] : NULL;
}

bool hk_edit_removes(const struct hk_edit_target *target, const struct hk_node *key)
{
	for (size_t i = 0; target && i < target->count; i++)
		if (target->ops[i].kind == HK_EDIT_REMOVE_KEY && hk_str_is(key->text, target->ops[i].key))
			return true;
	return false;
}

/* The first nested mapping and the first list below a key show how this document is indented. */
static void learn_style(struct hk_edit *edit, const struct hk_node *node, const struct hk_node *parent)
{
	struct hk_edit_style *style = &edit->style;
	if (!parent || parent->kind != HK_MAPPING || parent->flow || node->flow || node->kind == HK_SCALAR || node->from_alias || parent->from_alias)
		return;
	unsigned outer = hk_edit_column(edit, parent->start), inner = hk_edit_column(edit, node->start);
	if (inner < outer || inner - outer > 16)
		return;
	if (node->kind == HK_MAPPING && !style->step_known && inner > outer) {
		style->step = inner - outer;
		style->step_known = true;
	}
	if (node->kind == HK_SEQUENCE && !style->list_step_known) {
		style->list_step = inner - outer;
		style->list_step_known = true;
	}
}

static void walk(struct hk_edit *edit, const struct hk_node *node, const struct hk_edit_target *place)
{
	struct hk_edit_target *target = find(edit, node);
	if (target && target->visits++ == 0) {
		target->parent = place->parent;
		target->key = place->key;
		target->depth = place->depth;
		target->in_flow = place->in_flow;
	}
	if (!edit->style.step_known || !edit->style.list_step_known)
		learn_style(edit, node, place->parent);
	struct hk_edit_target below = { .parent = node, .depth = place->depth + 1, .in_flow = place->in_flow || node->flow };
	hk_for_each_pair(key, node) {
		below.key = key;
		walk(edit, key->next, &below);
	}
	below.key = NULL;
	hk_for_each_item(item, node)
		walk(edit, item, &below);
}

static int check_op(const struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_edit_op *op)
{
	const struct hk_node *node = target->node;
	bool empty = node->kind == HK_SCALAR && hk_node_is_null(node);
	if (op->kind == HK_EDIT_REPLACE)
		return target->count == 1 ? hk_value_check(op->value, 0, edit->err) : hk_edit_refuse(edit, node, "a value is replaced and edited at once");
	if (node->from_alias)
		return hk_edit_refuse(edit, node, "an alias cannot be added to; edit the value it names");
	enum hk_node_kind wanted = op->kind == HK_EDIT_ADD_ITEM ? HK_SEQUENCE : HK_MAPPING;
	if (node->kind != wanted && (!empty || op->kind == HK_EDIT_REMOVE_KEY))
		return hk_edit_refuse(edit, node, wanted == HK_MAPPING ? "a mapping is expected here" : "a list is expected here");
	if (op->kind != target->ops[0].kind && empty)
		return hk_edit_refuse(edit, node, "keys and items are added to the same value");
	return op->kind == HK_EDIT_REMOVE_KEY ? 0 : hk_value_check(op->value, 0, edit->err);
}

/* Keys added must be new and differ, keys removed must be there once. */
static int check_keys(const struct hk_edit *edit, const struct hk_edit_target *target)
{
	struct hk_map present = HK_MAP_INIT, named = HK_MAP_INIT;
	int status = 0;
	hk_for_each_pair(key, target->node)
		hk_map_put(&present, key->text, key->from_alias);
	for (size_t i = 0; status == 0 && i < target->count; i++) {
		const struct hk_edit_op *op = &target->ops[i];
		if (op->kind != HK_EDIT_ADD_KEY && op->kind != HK_EDIT_REMOVE_KEY)
			continue;
		size_t found = hk_map_get(&present, hk_str_of(op->key));
		if (hk_map_put(&named, hk_str_of(op->key), 0) != HK_MAP_NONE)
			status = hk_edit_refuse(edit, target->node, "key '%s' is edited twice", op->key);
		else if (op->kind == HK_EDIT_ADD_KEY && found != HK_MAP_NONE)
			status = hk_edit_refuse(edit, target->node, "key '%s' is there already", op->key);
		else if (op->kind == HK_EDIT_REMOVE_KEY && found == HK_MAP_NONE)
			status = hk_edit_refuse(edit, target->node, "key '%s' is not there", op->key);
		else if (op->kind == HK_EDIT_REMOVE_KEY && found == 1)
			status = hk_edit_refuse(edit, target->node, "key '%s' comes from a merge and cannot be removed here", op->key);
	}
	hk_map_release(&present);
	hk_map_release(&named);
	return status;
}

static int check_target(const struct hk_edit *edit, const struct hk_edit_target *target)
{
	if (target->visits == 0)
		return hk_edit_refuse(edit, NULL, "a value to edit is not part of the document");
	if (target->visits > 1)
		return hk_edit_refuse(edit, target->node, "the value is shared through an alias, so an edit would change other places too");
	for (size_t i = 0; i < target->count; i++)
		if (check_op(edit, target, &target->ops[i]) != 0)
			return -1;
	return target->ops[0].kind == HK_EDIT_REPLACE || target->node->kind != HK_MAPPING ? 0 : check_keys(edit, target);
}

static bool is_json_like(const struct hk_doc *doc)
{
	const struct hk_node *root = doc->root;
	return doc->json || (root->kind == HK_MAPPING && root->flow && root->first && root->first->style == HK_DOUBLE_QUOTED);
}

int hk_edit_find_targets(struct hk_edit *edit)
{
	struct hk_edit_target root = { .depth = 0 };
	const char *text = edit->doc->source->text.s;
	const char *line_feed = memchr(text + edit->doc->start, '\n', edit->doc->end - edit->doc->start);
	edit->style = (struct hk_edit_style){ .step = 2, .json = is_json_like(edit->doc) };
	edit->style.newline = line_feed && line_feed > text && line_feed[-1] == '\r' ? "\r\n" : "\n";
	group(edit);
	walk(edit, edit->doc->root, &root);
	for (size_t i = 0; i < edit->targets.n; i++)
		if (check_target(edit, &edit->targets.v[i]) != 0)
			return -1;
	return 0;
}
