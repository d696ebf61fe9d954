/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/editing.h"

#include "base/mem.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct hk_edit *hk_edit_begin(const struct hk_doc *doc)
{
	struct hk_edit *edit = hk_calloc(1, sizeof *edit);
	edit->doc = doc;
	return edit;
}

void hk_edit_free(struct hk_edit *edit)
{
	if (!edit)
		return;
	hk_arena_release(&edit->arena);
	hk_vec_release(&edit->ops);
	hk_vec_release(&edit->targets);
	hk_vec_release(&edit->patches);
	hk_cleanup_free(&edit);
}

static void add_op(struct hk_edit *edit, enum hk_edit_kind kind, const struct hk_node *node, const char *key, const struct hk_value *value)
{
	hk_vec_push(&edit->ops, (struct hk_edit_op){ .kind = kind, .node = node, .key = key ? hk_arena_strdup(&edit->arena, key) : NULL,
						      .value = value, .order = edit->ops.n });
}

void hk_edit_replace(struct hk_edit *edit, const struct hk_node *node, const struct hk_value *value)
{
	add_op(edit, HK_EDIT_REPLACE, node, NULL, value);
}

void hk_edit_add_key(struct hk_edit *edit, const struct hk_node *mapping, const char *key, const struct hk_value *value)
{
	add_op(edit, HK_EDIT_ADD_KEY, mapping, key ? key : "", value);
}

void hk_edit_add_item(struct hk_edit *edit, const struct hk_node *sequence, const struct hk_value *value)
{
	add_op(edit, HK_EDIT_ADD_ITEM, sequence, NULL, value);
}

void hk_edit_remove_key(struct hk_edit *edit, const struct hk_node *mapping, const char *key)
{
	add_op(edit, HK_EDIT_REMOVE_KEY, mapping, key ? key : "", NULL);
}

int hk_edit_refuse(const struct hk_edit *edit, const struct hk_node *node, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf reason = HK_BUF_INIT;
	struct hk_range range;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&reason, format, args);
	va_end(args);
	if (!node)
		return hk_err_set(edit->err, HK_FAILED, "'%s' is not edited: %s", edit->doc->source->name, reason.s);
	hk_source_range(edit->doc->source, node->start, node->end, &range);
	return hk_err_set(edit->err, HK_INVALID, "'%s' is not edited: line %u: %s", edit->doc->source->name, range.line, reason.s);
}

static int by_place(const void *left, const void *right)
{
	const struct hk_patch *a = left, *b = right;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)          /* insertions come before what is deleted behind them */
		return a->end < b->end ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth > b->depth ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int write_result(struct hk_edit *edit, struct hk_buf *out)
{
	const char *text = edit->doc->source->text.s;
	uint32_t at = edit->doc->start;
	bool deleted = false;
	if (edit->patches.n > 1)
		qsort(edit->patches.v, edit->patches.n, sizeof *edit->patches.v, by_place);
	for (size_t i = 0; i < edit->patches.n; i++) {
		const struct hk_patch *patch = &edit->patches.v[i];
		bool deletes = patch->text.n == 0 && patch->start < patch->end;
		/* Neighbouring deletions may share a line end. */
		uint32_t start = patch->start < at && deletes && deleted && patch->end >= at ? at : patch->start;
		if (start < at || patch->end > edit->doc->end)
			return hk_edit_refuse(edit, NULL, "two edits touch the same place");
		hk_buf_add(out, text + at, start - at);
		hk_buf_addslice(out, patch->text);
		at = patch->end;
		deleted = deletes;
	}
	hk_buf_add(out, text + at, edit->doc->end - at);
	return 0;
}

/* `{}`, `[]` and nothing become a collection of what is added to them. */
static int fill_empty(struct hk_edit *edit, const struct hk_edit_target *target)
{
	struct hk_value *value = hk_arena_alloc(&edit->arena, sizeof *value);
	const char **keys = hk_arena_array(&edit->arena, target->count, sizeof *keys);
	const struct hk_value **items = hk_arena_array(&edit->arena, target->count, sizeof *items);
	for (size_t i = 0; i < target->count; i++) {
		keys[i] = target->ops[i].key;
		items[i] = target->ops[i].value;
	}
	*value = (struct hk_value){ .kind = target->ops[0].kind == HK_EDIT_ADD_KEY ? HK_MAPPING : HK_SEQUENCE, .keys = keys, .items = items,
				    .count = target->count };
	return hk_edit_plan_replace(edit, target, value, target->ops[0].order);
}

static int plan_target(struct hk_edit *edit, const struct hk_edit_target *target)
{
	const struct hk_edit_op *replacement = hk_edit_replacement(target);
	if (replacement)
		return hk_edit_plan_replace(edit, target, replacement->value, replacement->order);
	if (target->node->kind == HK_SCALAR || target->node->count == 0)
		return fill_empty(edit, target);
	return target->node->flow ? hk_edit_plan_flow(edit, target) : hk_edit_plan_block(edit, target);
}

static int make_result(struct hk_edit *edit, bool prove, struct hk_buf *out, struct hk_err *err)
{
	edit->err = err;
	edit->patches.n = 0;
	hk_buf_reset(out);
	int status = hk_edit_find_targets(edit);
	for (size_t i = 0; status == 0 && i < edit->targets.n; i++)
		status = plan_target(edit, &edit->targets.v[i]);
	if (status == 0)
		status = write_result(edit, out);
	if (status == 0 && prove)
		status = hk_edit_prove(edit, out);
	if (status != 0)
		hk_buf_reset(out);
	return status;
}

int hk_edit_apply(struct hk_edit *edit, struct hk_buf *out, struct hk_err *err)
{
	return make_result(edit, true, out, err);
}

int hk_edit_write(struct hk_edit *edit, struct hk_buf *out, struct hk_err *err)
{
	return make_result(edit, false, out, err);
}
