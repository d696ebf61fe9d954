/* SPDX-License-Identifier: GPL-3.0-or-later */
/* allOf, anyOf, oneOf, not, if/then/else. */
#include "schema/rules.h"

#define CALL struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step

/* A branch that does nothing but to ask for one key: `{"required": ["site"]}`. Its name, or NULL. */
static const struct hk_str *asked_key(const struct hk_schema_place *branch)
{
	return branch->required.n == 1 && !branch->types && !branch->reference && !branch->n_properties ? &branch->required.v[0] : NULL;
}

static bool asks_for_keys(const struct hk_schema_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!asked_key(list->v[i]))
			return false;
	return true;
}

/* "'site' or 'cluster'" */
static void add_asked_keys(struct hk_buf *out, const struct hk_schema_list *list, const char *last)
{
	struct hk_schema_names names = { hk_calloc(list->n, sizeof *names.v), list->n };

	for (size_t i = 0; i < list->n; i++)
		names.v[i] = *asked_key(list->v[i]);
	hk_schema_add_names(out, &names, last);
	hk_cleanup_free(&names.v);
}

/* Show what is wrong with the one branch that takes values of this type. */
static bool report_branch(CALL, const struct hk_schema_list *list)
{
	unsigned type = hk_schema_type(node);
	const struct hk_schema_place *only = NULL;
	size_t fitting = 0;

	(void)place;
	for (size_t i = 0; i < list->n; i++) {
		const struct hk_schema_place *branch = list->v[i], *typed = branch->reference && !branch->types ? branch->reference : branch;
		if (!typed->types || (typed->types & type)) {
			only = branch;
			fitting++;
		}
	}
	if (fitting != 1)
		return false;
	hk_schema_apply(check, only, node, step);
	return true;
}

static void report_none(CALL, const struct hk_schema_list *list, const char *how_many)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (!check->diags || asks_for_keys(list)) {
		if (check->diags)
			add_asked_keys(&text, list, "or");
		hk_schema_explain(check, hk_schema_find(check, HK0109, hk_schema_handle(node, step), step, "%s of the keys %s is needed", how_many, text.s),
				  place, step);
		return;
	}
	if (report_branch(check, place, node, step, list))
		return;
	hk_schema_add_found(&text, node);
	hk_schema_explain(check, hk_schema_find(check, HK0109, node, step, "%s has none of the %zu forms that are allowed here", text.s, list->n), place,
			  step);
}

static void report_several(CALL, const struct hk_schema_list *list)
{
	const struct hk_node *second = node;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (!check->diags || !asks_for_keys(list)) {
		hk_schema_explain(check, hk_schema_find(check, HK0109, node, step, "this has more than one of the forms of which exactly one is allowed here"),
				  place, step);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct hk_node *key = hk_node_key(node, asked_key(list->v[i])->s);
		if (key)
			second = key;
	}
	add_asked_keys(&text, list, "and");
	hk_schema_explain(check, hk_schema_find(check, HK0109, second, step, "the keys %s exclude each other", text.s), place, step);
}

static size_t count_accepting(const struct hk_schema_check *check, const struct hk_schema_list *list, const struct hk_node *node, size_t enough)
{
	size_t count = 0;

	for (size_t i = 0; i < list->n && count < enough; i++)
		count += hk_schema_accepts(list->v[i], check->doc, node);
	return count;
}

static void check_condition(CALL)
{
	bool holds = hk_schema_accepts(place->condition, check->doc, node);
	const struct hk_schema_place *consequence = holds ? place->then : place->otherwise;

	if (consequence)
		hk_schema_apply(check, consequence, node, step);
}

void hk_schema_check_combinations(CALL)
{
	for (size_t i = 0; i < place->all_of.n && !hk_schema_is_decided(check); i++)
		hk_schema_apply(check, place->all_of.v[i], node, step);
	if (place->any_of.n && count_accepting(check, &place->any_of, node, 1) == 0)
		report_none(check, place, node, step, &place->any_of, "at least one");
	if (place->one_of.n) {
		size_t count = count_accepting(check, &place->one_of, node, 2);
		if (count == 0)
			report_none(check, place, node, step, &place->one_of, "one");
		else if (count > 1)
			report_several(check, place, node, step, &place->one_of);
	}
	if (place->not && hk_schema_accepts(place->not, check->doc, node))
		hk_schema_explain(check, hk_schema_find(check, HK0109, node, step, "this form is not allowed here"), place, step);
	if (place->condition)
		check_condition(check, place, node, step);
}
