/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where and as what an adapter reads replies, against the contract. */
#include "net/api_contract_parts.h"
#include <stdio.h>
#include <string.h>

/* ---- places ---- */

struct walk { struct hk_schema schema; bool known, nowhere, sure; };       /* sure: every reply has it */

static bool is_index(struct hk_str part)
{
	return part.n && part.s[0] >= '0' && part.s[0] <= '9';
}

static void step(struct hk_contract_linting *l, struct walk *walk, struct hk_str part, const struct hk_node *pointer)
{
	struct hk_schema next = HK_SCHEMA_INIT;
	bool selector = part.n > 2 && part.s[0] == '[', list = selector || is_index(part);
	enum hk_schema_found found = list ? hk_schema_items(l->contract, &walk->schema, NULL, &next) : hk_schema_member(l->contract, &walk->schema, part, NULL,
	    &next);
	if (list && found == HK_SCHEMA_NOWHERE && !selector) {        /* a member may have digits as its name */
		hk_schema_release(&next);
		found = hk_schema_member(l->contract, &walk->schema, part, NULL, &next);
	}
	walk->sure = walk->sure && (selector || (list ? hk_schema_has_item(&walk->schema, part) : hk_schema_requires(l->contract, &walk->schema, part)));
	hk_schema_release(&walk->schema);
	walk->schema = next;
	walk->known = found == HK_SCHEMA_FOUND;
	walk->nowhere = found == HK_SCHEMA_NOWHERE;
	if (found == HK_SCHEMA_NOWHERE && pointer)
		hk_contract_complain(l, pointer, HK1423, "the contract's reply has nothing there", pointer->text);
	if (selector && found == HK_SCHEMA_FOUND) {
		struct hk_str inside = { part.s + 1, part.n - 2 }, key = hk_str_cut(&inside, '=');
		struct hk_schema mark = HK_SCHEMA_INIT;
		if (hk_schema_member(l->contract, &walk->schema, key, NULL, &mark) == HK_SCHEMA_NOWHERE && pointer)
			hk_contract_complain(l, pointer, HK1423, "items of the contract's reply do not have the member", key);
		hk_schema_release(&mark);
	}
}

/* From `from` along the pointer; the result is released by the caller. pointer: findings are put there. */
static void follow(struct hk_contract_linting *l, const struct hk_schema *from, const struct hk_node *pointer, bool report, struct walk *walk)
{
	HK_AUTO_BUF struct hk_buf part = HK_BUF_INIT;
	struct hk_str rest = pointer ? pointer->text : HK_STR("");
	*walk = (struct walk){ HK_SCHEMA_INIT, true, false, true };
	for (size_t i = 0; i < from->parts.n; i++)
		hk_vec_push(&walk->schema.parts, from->parts.v[i]);
	walk->schema.cut = from->cut;
	while (walk->known && hk_pointer_part(&rest, &part))
		step(l, walk, (struct hk_str){ part.s, part.len }, report ? pointer : NULL);
}

/* ---- values ---- */

/* Every word of the contract is in the map, and the other way round. */
static void check_map(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *map)
{
	const struct hk_node *word;
	if (!hk_schema_has_words(schema))
		return;
	hk_for_each_pair(key, map)
		if (!hk_schema_allows(schema, key->text))
			hk_contract_complain(l, key, HK1423, "none of the words of the contract", key->text);
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; (word = hk_schema_next_word(schema, &at)) != NULL;)
		if (!hk_node_is_null(word) && !hk_node_get(map, word->text.s))
			hk_contract_complain(l, map, HK1423, "a word of the contract is missing", word->text);
}

/* {value, unit}: every unit of the contract is one we know. */
static void check_amount(struct hk_contract_linting *l, const struct hk_schema *schema, const struct hk_node *out, enum hk_dimension wanted)
{
	struct hk_schema unit = HK_SCHEMA_INIT, value = HK_SCHEMA_INIT;
	const struct hk_node *word;
	enum hk_schema_found units = hk_schema_member(l->contract, schema, HK_STR("unit"), NULL, &unit),
	    values = hk_schema_member(l->contract, schema, HK_STR("value"), NULL, &value);
	if (units == HK_SCHEMA_NOWHERE || values == HK_SCHEMA_NOWHERE)
		hk_contract_complain(l, out, HK1423, "the contract has no amount with value and unit there", hk_node_get(out, "name")->text);
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; units == HK_SCHEMA_FOUND && (word = hk_schema_next_word(&unit, &at)) != NULL;) {
		enum hk_dimension dimension;
		struct hk_exact factor;
		if (!hk_exact_unit(word->text, &dimension, &factor) || dimension != wanted)
			hk_contract_complain(l, out, HK1423, "a unit of the contract that is none of this kind of quantity", word->text);
	}
	hk_schema_release(&unit);
	hk_schema_release(&value);
}

/* The JSON types that the output is read from. */
static unsigned readable(const struct hk_node *out)
{
	const char *form = hk_node_string(hk_node_get(out, "form"));
	enum hk_api_type type = hk_api_type_of(out);
	if (hk_node_get(out, "of") || type == HK_API_TEXTS)
		return HK_SCHEMA_ARRAY;
	if (hk_api_dimension(type) != HK_DIMENSION_NONE) {
		if (!form)
			return HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER;
		return strcmp(form, "amount") == 0 ? HK_SCHEMA_OBJECT : strcmp(form, "quantity") == 0 ? HK_SCHEMA_STRING : strcmp(form, "exponent") == 0
		    ? HK_SCHEMA_INTEGER :
		       HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER | HK_SCHEMA_STRING;
	}
	if (hk_node_get(out, "map"))
		return HK_SCHEMA_STRING | HK_SCHEMA_INTEGER | HK_SCHEMA_BOOLEAN;
	switch (type) {
	case HK_API_INTEGER: return HK_SCHEMA_INTEGER;
	case HK_API_NUMBER: return HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER;
	case HK_API_TIME: return HK_SCHEMA_STRING | HK_SCHEMA_INTEGER;
	default: return HK_SCHEMA_STRING;
	}
}

static void check_output(struct hk_contract_linting *l, const struct hk_schema *row, const struct hk_node *out)
{
	const struct hk_node *from = hk_node_get(out, "from"), *name = hk_node_get(out, "name"), *map = hk_node_get(out, "map");
	bool required = false;
	struct walk walk = { HK_SCHEMA_INIT, false, false, false };
	unsigned types;
	follow(l, row, from, true, &walk);
	(void)hk_node_bool(hk_node_get(out, "required"), &required);
	types = walk.known ? hk_schema_types(&walk.schema) : HK_SCHEMA_ANY;
	if (walk.known && required && !walk.sure)
		hk_contract_complain(l, hk_node_get(out, "required"), HK1423, "the contract lets replies leave it out", name->text);
	if (!(types & readable(out)))
		hk_diag_help(l->diags, hk_contract_complain(l, out, HK1423, "read as another type than the contract has", name->text),
			     "the contract has %s, and it is read as %s%s", hk_schema_type_name(types), hk_schema_type_name(readable(out)),
			     (types & HK_SCHEMA_BOOLEAN) && !map ? "; write map: {\"true\": WORD, \"false\": WORD}" : "");
	else if (walk.known && readable(out) == HK_SCHEMA_OBJECT)
		check_amount(l, &walk.schema, out, hk_api_dimension(hk_api_type_of(out)));
	else if (walk.known && map)
		check_map(l, &walk.schema, map);
	hk_schema_release(&walk.schema);
}

/* ---- states ---- */

static const char *const state_keys[] = { "pending", "active", "ended", "failed" };

static void check_state(struct hk_contract_linting *l, const struct hk_schema *reply, const struct hk_node *state)
{
	struct walk walk = { HK_SCHEMA_INIT, false, false, false };
	const struct hk_node *word;
	follow(l, reply, hk_node_get(state, "from"), true, &walk);
	if (walk.known && !walk.sure && !hk_node_get(state, "missing"))
		hk_diag_help(l->diags, hk_contract_complain(l, hk_node_get(state, "from"), HK1423, "the contract lets replies leave out the state",
							    hk_node_get(state, "from")->text), "say under 'missing' what that means");
	for (size_t i = 0; walk.known && i < HK_COUNT(state_keys); i++)
		hk_for_each_item(known, hk_node_get(state, state_keys[i]))
			if (!hk_schema_allows(&walk.schema, known->text))
				hk_contract_complain(l, known, HK1423, "none of the contract's states", known->text);
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; walk.known && hk_schema_has_words(&walk.schema) &&
	     (word = hk_schema_next_word(&walk.schema, &at)) != NULL;) {
		bool known = false;
		for (size_t i = 0; i < HK_COUNT(state_keys); i++)
			hk_for_each_item(ours, hk_node_get(state, state_keys[i]))
				known = known || hk_str_eq(ours->text, word->text);
		if (!known)
			hk_contract_complain(l, state, HK1423, "a state of the contract is missing", word->text);
	}
	hk_schema_release(&walk.schema);
}

static void check_pointer(struct hk_contract_linting *l, const struct hk_schema *reply, const struct hk_node *pointer)
{
	struct walk walk = { HK_SCHEMA_INIT, false, false, false };
	if (!pointer)
		return;
	follow(l, reply, pointer, true, &walk);
	hk_schema_release(&walk.schema);
}

/* ---- replies ---- */

static void check_reply(struct hk_contract_linting *l, struct hk_contract_place place)
{
	const struct hk_node *state = hk_node_get(l->action, "state"), *id = hk_node_at(l->action, "id.from"), *each = hk_node_get(l->action, "each");
	struct hk_schema reply = HK_SCHEMA_INIT, row = HK_SCHEMA_INIT, items = HK_SCHEMA_INIT;
	hk_schema_open(l->contract, place, NULL, &reply);
	check_pointer(l, &reply, hk_node_get(l->action, "exists"));
	/* what is found in lists has its id, its marks and its state in each item; created things in the reply itself */
	for (size_t i = 0; i < reply.parts.n; i++)
		hk_vec_push(&row.parts, reply.parts.v[i]);
	row.cut = reply.cut;
	hk_for_each_item(level, each) {
		struct walk walk = { HK_SCHEMA_INIT, false, false, false };
		follow(l, &row, level, true, &walk);
		if (walk.known && hk_schema_items(l->contract, &walk.schema, NULL, &items) == HK_SCHEMA_NOWHERE)
			hk_contract_complain(l, level, HK1423, "the contract has no list there", level->text);
		else if (!walk.known)
			items = (struct hk_schema){ { NULL, 0, 0 }, true };
		hk_schema_release(&walk.schema);
		hk_schema_release(&row);
		row = items;
	}
	check_pointer(l, &row, id);
	hk_for_each_pair(mark, hk_node_get(l->action, "match"))
		check_pointer(l, &row, mark);
	if (state)
		check_state(l, &row, state);
	hk_for_each_item(out, hk_node_get(l->action, "out"))
		check_output(l, &row, out);
	hk_schema_release(&row);
	hk_schema_release(&reply);
}

static bool takes_status(const struct hk_node *ok, struct hk_str status)
{
	hk_for_each_item(item, ok)
		if (hk_str_eq(item->text, status))
			return true;
	return !ok && hk_str_is(status, "200");
}

static struct hk_contract_place response_of(struct hk_contract *contract, struct hk_contract_place responses, const char *status)
{
	char family[4] = { status[0], 'X', 'X', '\0' };
	struct hk_contract_place found = hk_contract_get(contract, responses, status);
	if (!found.node)
		found = hk_contract_get(contract, responses, family);
	return found.node ? found : hk_contract_get(contract, responses, "default");
}

/* The first status that is taken for success and has JSON; findings for those that the contract does not have. */
static struct hk_contract_place success(struct hk_contract_linting *l, struct hk_contract_place responses)
{
	const struct hk_node *ok = hk_node_get(l->action, "ok");
	struct hk_contract_place json = { responses.file, NULL };
	hk_for_each_item(status, ok) {
		struct hk_contract_place response = response_of(l->contract, responses, status->text.s);
		if (!response.node)
			hk_contract_complain(l, status, HK1421, "the contract does not have the status", status->text);
		else if (!json.node)
			json = hk_contract_json(l->contract, response, false);
	}
	if (!ok) {
		struct hk_contract_place response = response_of(l->contract, responses, "200");
		if (!response.node)
			hk_contract_complain(l, hk_node_get(l->action, "path"), HK1421, "the contract does not have the status", HK_STR("200"));
		json = hk_contract_json(l->contract, response, false);
	}
	hk_for_each_pair(key, responses.node)
		if (key->text.n == 3 && key->text.s[0] == '2' && key->text.s[1] != 'X' && !takes_status(ok, key->text))
			hk_diag_help(l->diags, hk_contract_complain(l, ok ? ok : hk_node_get(l->action, "path"), HK1421,
								    "a success of the contract that the adapter takes for a failure", key->text),
				     "name it under 'ok'");
	return json;
}

/* ---- errors ---- */

/* Whether the pointer leads somewhere in this error, as far as the contract tells. */
static bool leads_somewhere(struct hk_contract_linting *l, struct hk_contract_place json, const struct hk_node *pointer)
{
	struct hk_schema schema = HK_SCHEMA_INIT;
	struct walk walk = { HK_SCHEMA_INIT, false, false, false };
	hk_schema_open(l->contract, json, NULL, &schema);
	follow(l, &schema, pointer, false, &walk);
	hk_schema_release(&walk.schema);
	hk_schema_release(&schema);
	return !walk.nowhere;
}

static void check_error_pointer(struct hk_contract_linting *l, struct hk_contract_place responses, const struct hk_node *pointer)
{
	bool described = false;
	hk_for_each_pair(key, responses.node) {
		struct hk_contract_place response = hk_contract_follow(l->contract, (struct hk_contract_place){ responses.file, key->next }),
		    json = hk_contract_json(l->contract, response, false);
		if (!pointer || !json.node || hk_str_starts(key->text, "2") || hk_str_starts(key->text, "3"))
			continue;
		if (leads_somewhere(l, json, pointer))
			return;
		described = true;
	}
	if (described)
		hk_contract_complain(l, pointer, HK1423, "no error of the contract has anything there", pointer->text);
}

/* The header field that tells the id, when the contract lists header fields at all. */
static void check_id_header(struct hk_contract_linting *l, struct hk_contract_place responses)
{
	const struct hk_node *header = hk_node_at(l->action, "id.header"), *ok = hk_node_get(l->action, "ok");
	struct hk_contract_place response = response_of(l->contract, responses, ok && ok->first ? ok->first->text.s : "200"),
	    headers = hk_contract_get(l->contract, response, "headers");
	bool there = false;
	if (!hk_node_string(header) || !headers.node || !headers.node->first)
		return;
	hk_for_each_pair(key, headers.node)
		there = there || hk_str_distance(key->text, header->text, 0) == 0;
	if (!there)
		hk_contract_complain(l, header, HK1423, "the contract's reply does not have the header field", header->text);
}

void hk_contract_check_replies(struct hk_contract_linting *l, struct hk_contract_place operation)
{
	struct hk_contract_place responses = hk_contract_get(l->contract, operation, "responses"), json = success(l, responses);
	const struct hk_node *errors = hk_node_get(l->adapter->spec, "errors");
	if (json.node)
		check_reply(l, json);
	else if (hk_node_get(l->action, "out") || hk_node_get(l->action, "state") || hk_node_at(l->action, "id.from"))
		hk_contract_complain(l, hk_node_get(l->action, "path"), HK1423, "values are read from a reply that has no JSON in the contract",
				     hk_node_get(l->action, "path")->text);
	check_id_header(l, responses);
	check_error_pointer(l, responses, hk_node_get(errors, "code"));
	check_error_pointer(l, responses, hk_node_get(errors, "message"));
}
