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
		hk_vec_push(&script->steps, (struct hk_step){ kind, node, key, value });
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

void hk_script_remove_key(struct hk_script *script, const struct hk_node *mapping, const char *key)
{
	const struct hk_node *name = hk_node_key(mapping, key);
	if (name && may_edit(script, name))
		add_step(script, HK_STEP_REMOVE_KEY, mapping, key, NULL);
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

const struct hk_node *hk_script_descend(struct hk_script *script, const struct hk_node *parent, const char *key, enum hk_node_kind kind,
					const struct hk_value *fallback)
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

int hk_script_apply(struct hk_script *script, struct hk_buf *out, struct hk_err *err)
{
	if (script->refused)
		return hk_err_set(err, HK_INVALID, "cannot be edited: a node %s", script->reason);
	struct hk_edit *edit = hk_edit_begin(script->doc);
	for (size_t i = 0; i < script->steps.n; i++) {
		const struct hk_step *step = &script->steps.v[i];
		if (step->kind == HK_STEP_REPLACE)
			hk_edit_replace(edit, step->node, step->value);
		else if (step->kind == HK_STEP_ADD_KEY)
			hk_edit_add_key(edit, step->node, step->key, step->value);
		else if (step->kind == HK_STEP_REMOVE_KEY)
			hk_edit_remove_key(edit, step->node, step->key);
		else
			hk_edit_add_item(edit, step->node, step->value);
	}
	int status = hk_edit_write(edit, out, err);
	hk_edit_free(edit);
	return status != 0 ? -1 : hk_script_read_back(script, (struct hk_str){ out->s, out->len }, err);
}
