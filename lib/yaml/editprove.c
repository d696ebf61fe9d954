/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The proof: the edited text is read like any other, and the tree that comes out is the old one plus exactly what was asked for, order of keys included.
 * It knows nothing of how patches are made, so a mistake there ends in a refusal and not in somebody's cluster.
 */
#include "yaml/editing.h"

#include "yaml/types.h"

static bool same_scalar(const struct hk_node *a, const struct hk_node *b)
{
	return a->kind == HK_SCALAR && b->kind == HK_SCALAR && hk_node_type(a) == hk_node_type(b) && hk_str_eq(a->text, b->text);
}

static bool is_value(const struct hk_node *node, const struct hk_value *value)
{
	if (!value || (value->kind == HK_SCALAR && (!value->text || (!value->is_string && !value->text[0]))))
		return hk_node_is_null(node);
	if (node->kind != value->kind)
		return false;
	if (value->kind == HK_SCALAR) {
		enum hk_scalar_type type = value->is_string ? HK_TYPE_STRING : hk_yaml_type_12(hk_str_of(value->text));
		return hk_node_type(node) == type && hk_str_is(node->text, value->text);
	}
	const struct hk_node *child = node->first;
	for (size_t i = 0; i < value->count; i++, child = child->next) {
		if (child && value->kind == HK_MAPPING) {
			if (!hk_str_is(child->text, value->keys[i]))
				return false;
			child = child->next;
		}
		if (!child || !is_value(child, value->items[i]))
			return false;
	}
	return child == NULL;
}

static const struct hk_node *compare(const struct hk_edit *edit, const struct hk_node *old, const struct hk_node *new);

/* What was added stands at the end, in the order of the calls. Returns the node that differs, or NULL. */
static const struct hk_node *compare_added(const struct hk_edit_target *target, const struct hk_node *child, const struct hk_node *whole)
{
	for (size_t i = 0; target && i < target->count; i++) {
		const struct hk_edit_op *op = &target->ops[i];
		if (op->kind == HK_EDIT_REMOVE_KEY)
			continue;
		if (child && op->kind == HK_EDIT_ADD_KEY) {
			if (!hk_str_is(child->text, op->key))
				return child;
			child = child->next;
		}
		if (!child || !is_value(child, op->value))
			return child ? child : whole;
		child = child->next;
	}
	return child;
}

static const struct hk_node *compare_mapping(const struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_node *old,
					     const struct hk_node *new)
{
	const struct hk_node *child = new->first;
	hk_for_each_pair(key, old) {
		if (hk_edit_removes(target, key))
			continue;
		if (!child || !hk_str_eq(key->text, child->text))
			return child ? child : new;
		const struct hk_node *differs = compare(edit, key->next, child->next);
		if (differs)
			return differs;
		child = child->next->next;
	}
	return compare_added(target, child, new);
}

static const struct hk_node *compare_sequence(const struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_node *old,
					      const struct hk_node *new)
{
	const struct hk_node *child = new->first;
	hk_for_each_item(item, old) {
		const struct hk_node *differs = child ? compare(edit, item, child) : new;
		if (differs)
			return differs;
		child = child->next;
	}
	return compare_added(target, child, new);
}

/* The node of the new tree that is not what it should be, or NULL. */
static const struct hk_node *compare(const struct hk_edit *edit, const struct hk_node *old, const struct hk_node *new)
{
	const struct hk_edit_target *target = hk_edit_target_of(edit, old);
	const struct hk_edit_op *replacement = hk_edit_replacement(target);
	if (replacement)
		return is_value(new, replacement->value) ? NULL : new;
	enum hk_node_kind kind = (enum hk_node_kind)old->kind;
	if (target && kind == HK_SCALAR)       /* nothing that became a collection */
		kind = target->ops[0].kind == HK_EDIT_ADD_ITEM ? HK_SEQUENCE : HK_MAPPING;
	if ((enum hk_node_kind)new->kind != kind)
		return new;
	if (kind == HK_SCALAR)
		return same_scalar(old, new) ? NULL : new;
	return kind == HK_MAPPING ? compare_mapping(edit, target, old, new) : compare_sequence(edit, target, old, new);
}

static int read_back(const struct hk_edit *edit, struct hk_source *source, struct hk_doc *doc)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_diags_disable(&diags, HK0009);
	int status = hk_yaml_read_one(source, edit->doc->json, doc, &diags);
	if (status != 0) {
		const struct hk_diag *first = diags.list.n ? &diags.list.v[0] : NULL;
		hk_edit_refuse(edit, NULL, "the result would not be readable: line %u: %s", first ? first->range.line : 0,
			       first ? first->summary : "unknown reason");
	}
	hk_diags_release(&diags);
	return status;
}

int hk_edit_prove(const struct hk_edit *edit, const struct hk_buf *result)
{
	struct hk_source source;
	struct hk_doc doc;
	hk_source_from_text(&source, edit->doc->source->name, result->s, result->len);
	int status = read_back(edit, &source, &doc);
	if (status == 0) {
		const struct hk_node *differs = compare(edit, edit->doc->root, doc.root);
		struct hk_range range;
		if (differs) {
			hk_node_range(&doc, differs, &range);
			status = hk_edit_refuse(edit, NULL, "the result would not be what was asked for at its line %u; edit it by hand", range.line);
		}
		hk_doc_release(&doc);
	}
	hk_source_release(&source);
	return status;
}
