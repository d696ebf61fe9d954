/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/script.h"
#include "render/value.h"

void hk_script_begin(struct hk_script *script, const struct hk_doc *doc, struct hk_arena *arena)
{
	*script = (struct hk_script){ .doc = doc, .arena = arena };
}

void hk_script_release(struct hk_script *script)
{
	hk_vec_release(&script->steps);
}

void hk_script_refuse(struct hk_script *script, const struct hk_node *node, const char *reason)
{
	if (script->refused)
		return;
	script->refused = node;
	script->reason = reason;
}

static bool may_edit(struct hk_script *script, const struct hk_node *node)
{
	if (node->from_alias)
		hk_script_refuse(script, node, "comes from an alias, so a change here would change other places too");
	return script->refused == NULL;
}

static void add_step(struct hk_script *script, enum hk_step_kind kind, const struct hk_node *node, const char *key, const struct hk_value *value)
{
	if (may_edit(script, node))
		hk_vec_push(&script->steps, (struct hk_step){ kind, node, key, value, 0 });
}

void hk_script_replace(struct hk_script *script, const struct hk_node *node, const struct hk_value *value)
{
	add_step(script, HK_STEP_REPLACE, node, NULL, value);
}

void hk_script_add_key(struct hk_script *script, const struct hk_node *mapping, const char *key, const struct hk_value *value)
{
	add_step(script, HK_STEP_ADD_KEY, mapping, key, value);
}

void hk_script_add_item(struct hk_script *script, const struct hk_node *sequence, const struct hk_value *value)
{
	add_step(script, HK_STEP_ADD_ITEM, sequence, NULL, value);
}

static bool same_scalar(const struct hk_value *value, const struct hk_node *node)
{
	if (node->kind != HK_SCALAR || value->kind != HK_SCALAR)
		return false;
	enum hk_scalar_type type = hk_node_type(node);
	if (type == HK_TYPE_NULL)
		return !value->is_string && strcmp(value->text, "null") == 0;
	return value->is_string == (type == HK_TYPE_STRING) && hk_str_is(node->text, value->text);
}

void hk_script_set(struct hk_script *script, const struct hk_node *mapping, const char *key, const struct hk_value *scalar)
{
	const struct hk_node *old = hk_node_get(mapping, key);
	if (!old)
		hk_script_add_key(script, mapping, key, scalar);
	else if (!same_scalar(scalar, old) && may_edit(script, mapping))
		hk_script_replace(script, old, scalar);
}

const struct hk_node *hk_script_descend(struct hk_script *script, const struct hk_node *parent, const char *key, enum hk_node_kind kind, const struct hk_value *fallback)
{
	if (!may_edit(script, parent))
		return NULL;
	const struct hk_node *child = hk_node_get(parent, key);
	if (!child)
		hk_script_add_key(script, parent, key, fallback);
	else if (hk_node_is_null(child))
		hk_script_replace(script, child, fallback);
	else if (child->kind != kind)
		hk_script_refuse(script, child, kind == HK_MAPPING ? "is no mapping" : "is no list");
	else if (may_edit(script, child))
		return child;
	return NULL;
}

/* The check that does not rely on the editor */

static bool value_is(const struct hk_value *value, const struct hk_node *node)
{
	if (value->kind == HK_SCALAR || node->kind == HK_SCALAR)
		return same_scalar(value, node);
	if ((uint8_t)value->kind != node->kind || value->count != node->count)
		return false;
	size_t i = 0;
	for (const struct hk_node *child = node->first; child; child = child->next, i++) {
		if (node->kind == HK_MAPPING) {
			if (!hk_str_is(child->text, value->keys[i]))
				return false;
			child = child->next;
		}
		if (!value_is(value->items[i], child))
			return false;
	}
	return true;
}

/* What stands behind the last old child must be what was added to `before`, in the order of the script. */
static bool additions_are(const struct hk_script *script, const struct hk_node *before, const struct hk_node *rest)
{
	for (size_t i = 0; script && i < script->steps.n; i++) {
		const struct hk_step *step = &script->steps.v[i];
		if (step->node != before || step->kind == HK_STEP_REPLACE)
			continue;
		if (rest && step->kind == HK_STEP_ADD_KEY) {
			if (!hk_str_is(rest->text, step->key))
				return false;
			rest = rest->next;
		}
		if (!rest || !value_is(step->value, rest))
			return false;
		rest = rest->next;
		script->steps.v[i].met++;
	}
	return rest == NULL;
}

static const struct hk_value *replacement(const struct hk_script *script, const struct hk_node *node)
{
	for (size_t i = 0; script && i < script->steps.n; i++)
		if (script->steps.v[i].node == node && script->steps.v[i].kind == HK_STEP_REPLACE) {
			script->steps.v[i].met++;
			return script->steps.v[i].value;
		}
	return NULL;
}

bool hk_script_explains(const struct hk_script *script, const struct hk_node *before, const struct hk_node *after)
{
	const struct hk_value *value = replacement(script, before);
	if (value)
		return value_is(value, after);
	if (before->kind != after->kind)
		return false;
	if (before->kind == HK_SCALAR)
		return hk_node_type(before) == hk_node_type(after) && hk_str_eq(before->text, after->text);
	const struct hk_node *rest = after->first;
	for (const struct hk_node *child = before->first; child; child = child->next, rest = rest->next)
		if (!rest || !hk_script_explains(script, child, rest))
			return false;
	return additions_are(script, before, rest);
}

/* A step met twice changed something that an alias repeats elsewhere; one not met at all changed nothing. */
static bool each_met_once(const struct hk_script *script)
{
	for (size_t i = 0; i < script->steps.n; i++)
		if (script->steps.v[i].met != 1)
			return false;
	return true;
}

static int check(const struct hk_script *script, const char *text, size_t size, struct hk_err *err)
{
	struct hk_source source = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_doc doc = { 0 };
	hk_source_from_text(&source, script->doc->source->name, text, size);
	int status = hk_yaml_read_one(&source, false, &doc, &diags);
	if (status != 0 || !hk_script_explains(script, script->doc->root, doc.root) || !each_met_once(script))
		status = hk_err_set(err, HK_FAILED, "the edited manifest is not the original with the wanted changes; nothing was written");
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return status;
}

int hk_script_apply(struct hk_script *script, struct hk_buf *out, struct hk_err *err)
{
	for (size_t i = 0; i < script->steps.n; i++)
		script->steps.v[i].met = 0;
	if (script->refused)
		return hk_err_set(err, HK_INVALID, "cannot be edited: a node %s", script->reason);
	struct hk_edit *edit = hk_edit_begin(script->doc);
	for (size_t i = 0; i < script->steps.n; i++) {
		const struct hk_step *step = &script->steps.v[i];
		if (step->kind == HK_STEP_REPLACE)
			hk_edit_replace(edit, step->node, step->value);
		else if (step->kind == HK_STEP_ADD_KEY)
			hk_edit_add_key(edit, step->node, step->key, step->value);
		else
			hk_edit_add_item(edit, step->node, step->value);
	}
	size_t before = out->len;
	int status = hk_edit_apply(edit, out, err);
	hk_edit_free(edit);
	return status != 0 ? -1 : check(script, out->s + before, out->len - before, err);
}
