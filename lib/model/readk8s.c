/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the pieces that are Kubernetes' own: resource amounts, selectors, taints, tolerations. */
#include "model/build.h"
#include "base/vec.h"
#include <string.h>

/* Half a byte of memory is a slip of the pen: m means thousandths, M millions. */
static void check_memory(struct hk_build *b, const struct hk_node *key, double value)
{
	struct hk_diag *diag;
	const struct hk_node *node = key->next;

	if (value <= 0 || value >= 1024 || (!hk_str_is(key->text, "memory") && !hk_str_is(key->text, "ephemeral-storage")))
		return;
	diag = hk_node_diag(b->diags, b->doc, node, HK0207, "'%.*s' is less than a kilobyte of %.*s", HK_STR_ARG(node->text), HK_STR_ARG(key->text));
	hk_diag_help(b->diags, diag, "%s",
		     hk_str_ends(node->text, "m") ? "m means thousandths; write M or Mi for megabytes" : "write Mi or Gi behind the number");
}

void hk_read_amounts(struct hk_build *b, const struct hk_node *mapping, enum hk_rule_id rule, struct hk_amounts *amounts)
{
	hk_for_each_pair(key, mapping) {
		double value;

		if (hk_node_is_null(key->next) || !hk_read_unit_node(b, key->next, rule, HK_UNIT_QUANTITY, &value))
			continue;
		check_memory(b, key, value);
		hk_amounts_add(amounts, hk_arena_slicedup(b->arena, key->text), value);
	}
}

static bool operator_of(const char *name, enum hk_selector_op *op)
{
	static const struct { const char *name; enum hk_selector_op op; } table[] = {
		{ "In", HK_OP_IN }, { "NotIn", HK_OP_NOT_IN }, { "Exists", HK_OP_EXISTS }, { "DoesNotExist", HK_OP_NOT_EXISTS },
		{ "Gt", HK_OP_GREATER }, { "Lt", HK_OP_LESS },
	};

	for (size_t i = 0; name && i < HK_COUNT(table); i++) {
		if (strcmp(name, table[i].name) == 0) {
			*op = table[i].op;
			return true;
		}
	}
	return false;
}

static void read_term_values(struct hk_build *b, const struct hk_node *list, struct hk_selector_term *term)
{
	if (!list || !list->count)
		return;
	term->values = hk_arena_array(b->arena, list->count, sizeof *term->values);
	hk_for_each_item(item, list)
		if (item->kind == HK_SCALAR)
			term->values[term->n_values++] = hk_arena_slicedup(b->arena, item->text);
}

/* Room for `more` terms behind those there are. */
static void grow_terms(struct hk_build *b, struct hk_selector *selector, size_t more)
{
	struct hk_selector_term *terms = hk_arena_array(b->arena, selector->n_terms + more, sizeof *terms);

	if (selector->n_terms)
		memcpy(terms, selector->terms, selector->n_terms * sizeof *terms);
	selector->terms = terms;
}

void hk_read_expressions(struct hk_build *b, const struct hk_node *list, bool field, struct hk_selector *selector)
{
	if (!list || list->kind != HK_SEQUENCE || !list->count)
		return;
	grow_terms(b, selector, list->count);
	hk_for_each_item(item, list) {
		struct hk_selector_term term = { NULL, HK_OP_IN, NULL, 0 };
		const char *op = hk_read_text(b, item, "operator");

		term.key = hk_read_text(b, item, "key");
		if (!term.key || !operator_of(op, &term.op)) {
			struct hk_diag *diag = hk_node_diag(b->diags, b->doc, item, HK0605, "this condition has no key, or an unknown operator");
			hk_diag_help(b->diags, diag, "operators are In, NotIn, Exists and DoesNotExist, in node affinity also Gt and Lt");
			continue;
		}
		if (field && strcmp(term.key, "metadata.name") != 0) {
			hk_node_diag(b->diags, b->doc, item, HK0605, "matchFields knows only metadata.name, found '%s'", term.key);
			continue;
		}
		read_term_values(b, hk_read_list(b, item, "values"), &term);
		selector->terms[selector->n_terms++] = term;
	}
}

void hk_read_selector(struct hk_build *b, const struct hk_node *mapping, struct hk_selector *selector)
{
	const struct hk_node *labels = hk_read_map(b, mapping, "matchLabels");

	*selector = (struct hk_selector){ .where = hk_where_of(b, mapping) };
	if (labels && labels->count) {
		grow_terms(b, selector, labels->count);
		hk_for_each_pair(key, labels) {
			struct hk_selector_term *term = &selector->terms[selector->n_terms];
			if (key->next->kind != HK_SCALAR)
				continue;
			term->key = hk_arena_slicedup(b->arena, key->text);
			term->op = HK_OP_IN;
			term->values = hk_arena_array(b->arena, 1, sizeof *term->values);
			term->values[term->n_values++] = hk_arena_slicedup(b->arena, key->next->text);
			selector->n_terms++;
		}
	}
	hk_read_expressions(b, hk_read_list(b, mapping, "matchExpressions"), false, selector);
}

static bool effect_of(const char *name, enum hk_taint_effect *effect)
{
	static const char *const names[] = { [HK_NO_SCHEDULE] = "NoSchedule", [HK_PREFER_NO_SCHEDULE] = "PreferNoSchedule", [HK_NO_EXECUTE] = "NoExecute" };

	for (size_t i = 0; name && i < HK_COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*effect = (enum hk_taint_effect)i;
			return true;
		}
	}
	return false;
}

void hk_read_taints(struct hk_build *b, const struct hk_node *list, struct hk_taint **taints, size_t *count)
{
	*count = 0;
	*taints = list && list->count ? hk_arena_array(b->arena, list->count, sizeof **taints) : NULL;
	hk_for_each_item(item, list) {
		struct hk_taint taint = { hk_read_text(b, item, "key"), hk_read_text(b, item, "value"), HK_NO_SCHEDULE };

		if (!taint.key || !effect_of(hk_read_text(b, item, "effect"), &taint.effect))
			hk_node_diag(b->diags, b->doc, item, HK0605, "a taint needs a key and one of the effects NoSchedule, PreferNoSchedule and NoExecute");
		else
			(*taints)[(*count)++] = taint;
	}
}

void hk_read_tolerations(struct hk_build *b, const struct hk_node *list, struct hk_toleration **tolerations, size_t *count)
{
	*count = 0;
	*tolerations = list && list->count ? hk_arena_array(b->arena, list->count, sizeof **tolerations) : NULL;
	hk_for_each_item(item, list) {
		struct hk_toleration *t = &(*tolerations)[*count];
		const char *op = hk_read_text(b, item, "operator"), *effect = hk_read_text(b, item, "effect");
		enum hk_taint_effect known = HK_NO_SCHEDULE;

		t->key = hk_read_text(b, item, "key");
		t->value = hk_read_text(b, item, "value");
		t->exists = op && strcmp(op, "Exists") == 0;
		t->effect = effect && *effect ? (effect_of(effect, &known) ? (int)known : -2) : -1;
		if (t->effect == -2 || (op && *op && !t->exists && strcmp(op, "Equal") != 0))
			hk_node_diag(b->diags, b->doc, item, HK0605,
				     "a toleration has the operators Exists and Equal and the effects NoSchedule, PreferNoSchedule and NoExecute");
		else
			(*count)++;
	}
}
