/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an adapter sends, against the contract. */
#include "net/api_contract_parts.h"
#include "net/api_template.h"
#include <string.h>

/* ---- what is certain to be there ---- */

static bool takes(const struct hk_node *template, struct hk_str value)
{
	const struct hk_node *name = hk_api_template_name(template);
	if (name)
		return hk_str_eq(name->text, value);
	hk_for_each_item(item, template)
		if (takes(item, value))
			return true;
	hk_for_each_pair(key, template)
		if (takes(key->next, value))
			return true;
	return false;
}

static bool takes_any(const struct hk_node *template)
{
	if (!template || hk_api_template_name(template))
		return template != NULL;
	hk_for_each_item(item, template)
		if (takes_any(item))
			return true;
	hk_for_each_pair(key, template)
		if (takes_any(key->next))
			return true;
	return false;
}

/* All names of a need (or of `with`) are taken here. */
static bool takes_all(const struct hk_node *template, const struct hk_node *names)
{
	if (names->kind == HK_SCALAR)
		return takes(template, names->text);
	hk_for_each_item(name, names)
		if (!takes(template, name->text))
			return false;
	return names->first != NULL;
}

/* It is sent however the action is called, since `needs` makes sure of it. */
static bool always_sent(const struct hk_contract_linting *l, const struct hk_node *template)
{
	if (!takes_any(template))
		return true;
	hk_for_each_item(need, hk_node_get(l->action, "needs"))
		if (takes_all(template, need))
			return true;
	return false;
}

/* Whatever value makes `whole` be sent brings the member along: it is one of it, or comes `with` one of it. */
static bool comes_along(const struct hk_contract_linting *l, const struct hk_node *whole, const struct hk_node *member)
{
	hk_for_each_pair(key, hk_node_get(l->adapter->spec, "inputs")) {
		const struct hk_node *with = hk_node_get(key->next, "with");
		if (takes(whole, key->text) && !takes(member, key->text) && !(with && takes_all(member, with)))
			return false;
	}
	return true;
}

/* ---- single values ---- */

static void wrong_type(struct hk_contract_linting *l, const struct hk_node *node, unsigned wanted, unsigned sent, struct hk_str name)
{
	if (!(wanted & sent))
		hk_diag_help(l->diags, hk_contract_complain(l, node, HK1422, "sent as another type than the contract has", name),
			     "the contract has %s, and it is sent as %s", hk_schema_type_name(wanted), hk_schema_type_name(sent));
}

static void check_word(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *word)
{
	if (word->kind == HK_SCALAR && !hk_schema_allows(schema, word->text))
		hk_contract_complain(l, word, HK1422, "none of the words of the contract", word->text);
}

static unsigned type_of_constant(const struct hk_node *node)
{
	switch (hk_node_type(node)) {
	case HK_TYPE_INT: return HK_SCHEMA_INTEGER;
	case HK_TYPE_FLOAT: return HK_SCHEMA_NUMBER;
	case HK_TYPE_BOOL: return HK_SCHEMA_BOOLEAN;
	case HK_TYPE_NULL: return HK_SCHEMA_NULL;
	default: return HK_SCHEMA_STRING;
	}
}

static const struct end { const char *key, *beyond; int sign; } ends[] = { { "minimum", "less than the contract allows", -1 },
									   { "maximum", "more than the contract allows", 1 } };

/* number: what may be sent at this end; NULL when anything may. The contract's own bound, NULL when it is kept. */
static const struct hk_node *reaches_beyond(const struct hk_schema *schema, const struct end *end, const struct hk_node *number)
{
	struct hk_exact theirs, ours;
	const struct hk_node *bound = hk_schema_bound(schema, end->key, &theirs);
	return bound && (!number || (hk_exact_parse(number->text, &ours) && hk_exact_compare(&ours, &theirs) * end->sign > 0)) ? bound : NULL;
}

static void check_bounds(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *at, struct hk_str name,
			 const struct hk_node *declaration)
{
	for (size_t i = 0; i < HK_COUNT(ends); i++) {
		const struct hk_node *ours = hk_node_get(declaration, ends[i].key), *theirs = reaches_beyond(schema, &ends[i], ours);
		if (theirs)
			hk_diag_help(l->diags, hk_contract_complain(l, ours ? ours : at, HK1422, ends[i].beyond, ours ? ours->text : name),
				     "declare %s: %.*s for the input", ends[i].key, HK_STR_ARG(theirs->text));
	}
}

/* A number that the caller gives, or each of a list of them. */
static void check_numbers(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *at, struct hk_str name,
			  const struct hk_node *declaration)
{
	enum hk_api_type type = hk_api_type_of(declaration);
	struct hk_schema items = HK_SCHEMA_INIT;
	if (type == HK_API_INTEGER || type == HK_API_NUMBER)
		check_bounds(l, schema, at, name, declaration);
	else if (type == HK_API_INTEGERS && hk_schema_items(l->contract, schema, NULL, &items) == HK_SCHEMA_FOUND)
		check_bounds(l, &items, at, name, declaration);
	hk_schema_release(&items);
}

static void check_constant(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node)
{
	check_word(l, schema, node);
	wrong_type(l, node, hk_schema_types(schema), type_of_constant(node), node->text);
	if (type_of_constant(node) & (HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER))
		for (size_t i = 0; i < HK_COUNT(ends); i++)
			if (reaches_beyond(schema, &ends[i], node))
				hk_contract_complain(l, node, HK1422, ends[i].beyond, node->text);
}

static unsigned type_of_value(const struct hk_node *value, enum hk_api_type type)
{
	const struct hk_node *as = hk_node_get(value, "as");
	if (hk_str_is(value->first->text, "$amount"))
		return HK_SCHEMA_OBJECT;
	if (type == HK_API_INTEGERS || type == HK_API_TEXTS)
		return HK_SCHEMA_ARRAY;
	if (as && (hk_str_is(as->text, "text") || hk_str_is(as->text, "rate")))
		return HK_SCHEMA_STRING;
	if (type == HK_API_NUMBER)
		return HK_SCHEMA_NUMBER;
	return type == HK_API_INTEGER || hk_api_dimension(type) != HK_DIMENSION_NONE ? HK_SCHEMA_INTEGER : HK_SCHEMA_STRING;
}

static void check_amount(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *value)
{
	struct hk_schema number = HK_SCHEMA_INIT, unit = HK_SCHEMA_INIT;
	int64_t most = INT32_MAX;
	struct hk_exact maximum;
	const struct hk_node *most_node = hk_node_get(value, "most");
	(void)hk_node_int(most_node, &most);
	if (hk_schema_member(l->contract, schema, HK_STR("value"), NULL, &number) == HK_SCHEMA_NOWHERE)
		hk_contract_complain(l, value, HK1422, "the contract does not have the member", HK_STR("value"));
	if (hk_schema_member(l->contract, schema, HK_STR("unit"), NULL, &unit) == HK_SCHEMA_NOWHERE)
		hk_contract_complain(l, value, HK1422, "the contract does not have the member", HK_STR("unit"));
	if (hk_schema_bound(&number, "maximum", &maximum) && hk_exact_compare(&(struct hk_exact){ most, 1 }, &maximum) > 0)
		hk_contract_complain(l, most_node ? most_node : value, HK1422, "more than the contract allows",
				     most_node ? most_node->text : HK_STR("2147483647"));
	hk_for_each_item(word, hk_node_get(value, "units"))
		check_word(l, &unit, word);
	hk_schema_release(&number);
	hk_schema_release(&unit);
}

/* A text of the caller where the contract has words: the adapter has to know them too. */
static void check_choices(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *value, const struct hk_node *declaration)
{
	const struct hk_node *choices = hk_node_get(declaration, "values");
	hk_for_each_item(choice, choices)
		check_word(l, schema, choice);
	if (!choices && hk_schema_has_words(schema))
		hk_diag_help(l->diags, hk_contract_complain(l, value, HK1422, "the contract has only some words here, and any text is sent",
							    value->first->next->text), "declare the words of the input under 'values', or give a 'map'");
}

static void check_value(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *value, const struct hk_node *name)
{
	const struct hk_node *declaration = hk_api_input(l->adapter, name->text), *map = hk_node_get(value, "map");
	enum hk_api_type type = hk_api_type_of(declaration);
	unsigned sent = type_of_value(value, type);
	struct hk_schema items = HK_SCHEMA_INIT;
	if (map) {
		hk_for_each_pair(key, map)
			check_constant(l, schema, key->next);
		return;
	}
	wrong_type(l, value, hk_schema_types(schema), sent, name->text);
	if (sent == HK_SCHEMA_OBJECT)
		check_amount(l, schema, value);
	else if (sent == HK_SCHEMA_STRING && hk_api_dimension(type) == HK_DIMENSION_NONE && type != HK_API_TIME)
		check_choices(l, schema, value, declaration);
	else if (sent == HK_SCHEMA_ARRAY) {
		if (hk_schema_items(l->contract, schema, NULL, &items) == HK_SCHEMA_FOUND)
			wrong_type(l, value, hk_schema_types(&items), type == HK_API_INTEGERS ? HK_SCHEMA_INTEGER : HK_SCHEMA_STRING, name->text);
		hk_schema_release(&items);
	}
	if (sent != HK_SCHEMA_STRING)
		check_numbers(l, schema, value, name->text, declaration);
}

/* ---- bodies ---- */

static void check_template(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node, const struct hk_node *whole);

static void check_required(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node, const struct hk_node *whole)
{
	const struct hk_node *name;
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; (name = hk_schema_next_required(l->contract, schema, &at)) != NULL;) {
		const struct hk_node *sent = hk_node_get(node, name->text.s);
		struct hk_schema member = HK_SCHEMA_INIT;
		if (sent && !always_sent(l, sent) && !(takes_any(whole) && comes_along(l, whole, sent)))
			hk_diag_help(l->diags, hk_contract_complain(l, sent, HK1422, "the contract wants it always, and it can be left out", name->text),
				     "name what it takes under 'needs'");
		if (sent)
			continue;
		bool ours = hk_schema_member(l->contract, schema, name->text, NULL, &member) != HK_SCHEMA_FOUND || !hk_schema_flag(&member, "readOnly");
		hk_schema_release(&member);
		if (ours)
			hk_contract_complain(l, node, HK1422, "the contract wants a member that is not sent", name->text);
	}
}

/* Whether one of the alternatives has all it requires when these two values are given, and those that always are. */
static bool suffices(const struct hk_contract_linting *l, const struct hk_node *alternatives, const struct hk_node *node, struct hk_str value,
		     const struct hk_node *beside)
{
	hk_for_each_item(alternative, alternatives) {
		bool all = true;
		hk_for_each_item(name, hk_node_get(alternative, "required")) {
			const struct hk_node *member = name->kind == HK_SCALAR ? hk_node_get(node, name->text.s) : NULL;
			all = all && member && (always_sent(l, member) || takes(member, value) || (beside && takes(member, beside->text)));
		}
		if (all)
			return true;
	}
	return false;
}

/* "p and q, or p and r": for people. */
static void say_alternatives(const struct hk_node *alternatives, struct hk_buf *text)
{
	hk_for_each_item(alternative, alternatives) {
		hk_buf_addstr(text, text->len ? ", or " : "");
		hk_for_each_item(name, hk_node_get(alternative, "required"))
			hk_buf_addf(text, "%.*s%s", HK_STR_ARG(name->text), name->next ? " and " : "");
	}
}

static void check_alone(struct hk_contract_linting *l, const struct hk_node *alternatives, const struct hk_node *node, const struct hk_node *input)
{
	const struct hk_node *with = hk_node_get(input->next, "with");
	bool enough = with ? true : suffices(l, alternatives, node, input->text, NULL);
	HK_AUTO_BUF struct hk_buf members = HK_BUF_INIT;
	hk_for_each_item(beside, with)
		enough = enough && suffices(l, alternatives, node, input->text, beside);
	if (enough)
		return;
	say_alternatives(alternatives, &members);
	hk_diag_help(l->diags, hk_contract_complain(l, node, HK1422, "the contract wants another value beside", input->text),
		     "it wants %s; name the values, of which one has to be given, under 'with' of the input or 'needs' of the action", members.s);
}

/* One of the action's needs brings an alternative along, whichever of its names is given. */
static bool needs_suffice(const struct hk_contract_linting *l, const struct hk_node *alternatives, const struct hk_node *node)
{
	hk_for_each_item(need, hk_node_get(l->action, "needs")) {
		bool all = need->first != NULL;
		hk_for_each_item(name, need)
			all = all && name->kind == HK_SCALAR && suffices(l, alternatives, node, name->text, NULL);
		if (all)
			return true;
	}
	return false;
}

/* "this and that, or this and the other": what each value needs beside it. */
static void check_company(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node)
{
	static const char *const words[] = { "anyOf", "oneOf" };
	for (size_t i = 0; i < schema->parts.n; i++)
		for (size_t w = 0; w < HK_COUNT(words); w++) {
			const struct hk_node *alternatives = hk_node_get(schema->parts.v[i].place.node, words[w]);
			bool only_names = alternatives && alternatives->first && schema->parts.v[i].certain;
			hk_for_each_item(alternative, alternatives)
				only_names = only_names && alternative->kind == HK_MAPPING && alternative->count == 1 && hk_node_get(alternative, "required");
			only_names = only_names && !needs_suffice(l, alternatives, node);
			hk_for_each_pair(input, only_names ? hk_node_get(l->adapter->spec, "inputs") : NULL)
				if (takes(node, input->text))
					check_alone(l, alternatives, node, input);
		}
}

static void check_members(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node, const struct hk_node *whole)
{
	wrong_type(l, node, hk_schema_types(schema), HK_SCHEMA_OBJECT, HK_STR("{...}"));
	check_required(l, schema, node, whole);
	check_company(l, schema, node);
	hk_for_each_pair(key, node) {
		struct hk_schema member = HK_SCHEMA_INIT;
		enum hk_schema_found found = hk_schema_member(l->contract, schema, key->text, key->next, &member);
		if (found == HK_SCHEMA_NOWHERE)
			hk_contract_complain(l, key, HK1422, "the contract does not have the member", key->text);
		else if (found == HK_SCHEMA_FOUND && hk_schema_flag(&member, "readOnly"))
			hk_contract_complain(l, key, HK1422, "the contract has the member in replies alone", key->text);
		else if (found == HK_SCHEMA_FOUND)
			check_template(l, &member, key->next, key->next);
		hk_schema_release(&member);
	}
}

/* whole: what is left out when nothing in it was given; NULL for the body itself, which is always sent. */
static void check_template(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *node, const struct hk_node *whole)
{
	const struct hk_node *name = hk_api_template_name(node);
	struct hk_schema items = HK_SCHEMA_INIT;
	if (name)
		check_value(l, schema, node, name);
	else if (node->kind == HK_SCALAR)
		check_constant(l, schema, node);
	else if (node->kind == HK_MAPPING)
		check_members(l, schema, node, whole);
	else {
		wrong_type(l, node, hk_schema_types(schema), HK_SCHEMA_ARRAY, HK_STR("[...]"));
		hk_for_each_item(item, node) {
			if (hk_schema_items(l->contract, schema, item, &items) == HK_SCHEMA_FOUND)
				check_template(l, &items, item, item);
			hk_schema_release(&items);
		}
	}
}

/* The parameter that is the body in OpenAPI 2. */
static struct hk_contract_place body_parameter(struct hk_contract *contract, struct hk_contract_place holder)
{
	struct hk_contract_place list = hk_contract_get(contract, holder, "parameters");
	hk_for_each_item(item, list.node) {
		struct hk_contract_place parameter = hk_contract_follow(contract, (struct hk_contract_place){ list.file, item });
		if (hk_contract_is(parameter, "in", "body") || hk_contract_is(parameter, "in", "formData"))
			return parameter;
	}
	return (struct hk_contract_place){ holder.file, NULL };
}

static void check_body(struct hk_contract_linting *l, struct hk_contract_place operation)
{
	const struct hk_node *body = hk_node_get(l->action, "body"), *path = hk_node_get(l->action, "path");
	struct hk_contract_place declared = l->contract->swagger ? body_parameter(l->contract, operation) : hk_contract_get(l->contract, operation,
	    "requestBody");
	struct hk_contract_place place = hk_contract_json(l->contract, declared, true);
	struct hk_schema schema = HK_SCHEMA_INIT;
	if (!declared.node && body)
		hk_contract_complain(l, body, HK1422, "the contract has no body for", path->text);
	else if (declared.node && !body && hk_contract_is(declared, "required", "true"))
		hk_contract_complain(l, path, HK1422, "the contract wants a body for", path->text);
	else if (declared.node && body && !place.node && !l->contract->swagger)
		hk_contract_complain(l, body, HK1422, "the contract has another content type than application/json for", path->text);
	if (!body || !place.node)
		return;
	hk_schema_open(l->contract, place, body, &schema);
	check_template(l, &schema, body, NULL);
	hk_schema_release(&schema);
}

/* ---- parameters ---- */

static void check_parameter(struct hk_contract_linting *l, struct hk_contract_place parameter, const struct hk_node *key)
{
	struct hk_contract_place place = l->contract->swagger ? parameter : hk_contract_get(l->contract, parameter, "schema");
	const struct hk_node *template = key->next, *name = hk_api_template_name(template), *declaration = name ? hk_api_input(l->adapter, name->text) : NULL;
	enum hk_api_type type = hk_api_type_of(declaration);
	bool list = type == HK_API_TEXTS || type == HK_API_INTEGERS;
	struct hk_schema schema = HK_SCHEMA_INIT;
	unsigned types;
	hk_schema_open(l->contract, place, NULL, &schema);
	types = hk_schema_types(&schema);
	if (list && !(types & HK_SCHEMA_ARRAY))
		hk_contract_complain(l, template, HK1422, "the contract takes the parameter once, and a list is sent", key->text);
	if (list && (hk_contract_is(parameter, "explode", "false") || (l->contract->swagger && !hk_contract_is(parameter, "collectionFormat", "multi"))))
		hk_contract_complain(l, template, HK1422, "the contract wants the list in one parameter, and one for each item is sent", key->text);
	if (!name && !hk_schema_allows(&schema, template->text))
		hk_contract_complain(l, template, HK1422, "none of the words of the contract", template->text);
	if (name && !hk_node_get(template, "map") && !list && !(types & HK_SCHEMA_ARRAY) && hk_api_dimension(type) == HK_DIMENSION_NONE && type == HK_API_TEXT)
		check_choices(l, &schema, template, declaration);
	if (name && !hk_node_get(template, "map"))
		check_numbers(l, &schema, template, name->text, declaration);
	hk_for_each_pair(word, hk_node_get(template, "map"))
		check_word(l, &schema, word->next);
	hk_schema_release(&schema);
}

static bool is_ours(struct hk_str name)
{
	return hk_str_is(name, "Authorization") || hk_str_is(name, "Accept") || hk_str_is(name, "Content-Type");
}

/* Parameters of the contract in one place: those that must be sent, and what is sent of them. known: names found so far, with a line feed behind each. */
static void check_list(struct hk_contract_linting *l, struct hk_contract_place holder, const char *in, const struct hk_node *sent, struct hk_buf *known)
{
	struct hk_contract_place list = hk_contract_get(l->contract, holder, "parameters");
	const struct hk_node *correlation = hk_node_get(l->adapter->spec, "correlationHeader");
	hk_for_each_item(item, list.node) {
		struct hk_contract_place parameter = hk_contract_follow(l->contract, (struct hk_contract_place){ list.file, item });
		const struct hk_node *name = hk_node_get(parameter.node, "name"), *key = hk_node_string(name) ? hk_node_key(sent, name->text.s) : NULL;
		if (!hk_node_string(name) || !hk_contract_is(parameter, "in", in))
			continue;
		hk_buf_addf(known, "%.*s\n", HK_STR_ARG(name->text));
		if (key)
			check_parameter(l, parameter, key);
		if (!hk_contract_is(parameter, "required", "true") || is_ours(name->text) ||
		    (strcmp(in, "header") == 0 && correlation && hk_str_eq(correlation->text, name->text)))
			continue;
		if (!key)
			hk_contract_complain(l, hk_node_get(l->action, "path"), HK1422, "the contract wants a parameter that is not sent", name->text);
		else if (!always_sent(l, key->next))
			hk_diag_help(l->diags, hk_contract_complain(l, key->next, HK1422, "the contract wants it always, and it can be left out", name->text),
				     "name what it takes under 'needs'");
	}
}

static bool is_known(const struct hk_buf *known, struct hk_str name)
{
	struct hk_str rest = { known->s, known->len };
	while (rest.n)
		if (hk_str_eq(hk_str_cut(&rest, '\n'), name))
			return true;
	return false;
}

/* One parameter of the path: what the adapter puts in its place is of its type, and one of its words. */
static void check_in_path(struct hk_contract_linting *l, struct hk_contract_place holder, struct hk_str name, struct hk_str ours)
{
	const struct hk_node *path = hk_node_get(l->action, "path"), *declaration = hk_api_input(l->adapter, ours),
	    *choices = hk_node_get(declaration, "values");
	struct hk_contract_place list = hk_contract_get(l->contract, holder, "parameters");
	hk_for_each_item(item, list.node) {
		struct hk_contract_place parameter = hk_contract_follow(l->contract, (struct hk_contract_place){ list.file, item });
		const struct hk_node *known = hk_node_get(parameter.node, "name");
		struct hk_schema schema = HK_SCHEMA_INIT;
		if (!hk_node_string(known) || !hk_str_eq(known->text, name) || !hk_contract_is(parameter, "in", "path"))
			continue;
		hk_schema_open(l->contract, l->contract->swagger ? parameter : hk_contract_get(l->contract, parameter, "schema"), NULL, &schema);
		if (!(hk_schema_types(&schema) & HK_SCHEMA_STRING) && hk_api_type_of(declaration) == HK_API_TEXT && declaration)
			hk_contract_complain(l, path, HK1422, "the contract has no text as the parameter", ours);
		hk_for_each_item(choice, choices)
			check_word(l, &schema, choice);
		check_numbers(l, &schema, path, ours, declaration);
		if (declaration && !choices && hk_schema_has_words(&schema) && hk_api_type_of(declaration) == HK_API_TEXT)
			hk_contract_complain(l, path, HK1422, "the contract has only some words here, and any text is sent", ours);
		hk_schema_release(&schema);
	}
}

static void check_path_parameters(struct hk_contract_linting *l, struct hk_str template, struct hk_contract_place item, struct hk_contract_place operation)
{
	struct hk_str path = hk_node_get(l->action, "path")->text;
	while (template.n && path.n) {
		struct hk_str theirs = hk_str_cut(&template, '/'), ours = hk_str_cut(&path, '/');
		if (theirs.n < 3 || ours.n < 3 || theirs.s[0] != '{' || ours.s[0] != '{' || theirs.s[theirs.n - 1] != '}' || ours.s[ours.n - 1] != '}')
			continue;
		theirs = (struct hk_str){ theirs.s + 1, theirs.n - 2 };
		ours = (struct hk_str){ ours.s + 1, ours.n - 2 };
		check_in_path(l, operation, theirs, ours);
		check_in_path(l, item, theirs, ours);
	}
}

void hk_contract_check_request(struct hk_contract_linting *l, struct hk_str template, struct hk_contract_place item, struct hk_contract_place operation)
{
	HK_AUTO_BUF struct hk_buf known = HK_BUF_INIT, headers = HK_BUF_INIT;
	const struct hk_node *query = hk_node_get(l->action, "query");
	check_list(l, operation, "query", query, &known);
	check_list(l, item, "query", query, &known);
	hk_for_each_pair(key, query)
		if (!is_known(&known, key->text))
			hk_contract_complain(l, key, HK1422, "the contract does not have the query parameter", key->text);
	check_list(l, operation, "header", hk_node_get(l->action, "headers"), &headers);
	check_list(l, item, "header", hk_node_get(l->action, "headers"), &headers);
	check_path_parameters(l, template, item, operation);
	check_body(l, operation);
}
