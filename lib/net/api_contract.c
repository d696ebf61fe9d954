/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_contract.h"
#include "net/api_template.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)8 << 20)
#define MOST_WORK 20000u
#define MOST_DEPTH 24u        /* references and combinations one inside the other: contracts may be circular */

/* work: steps taken in combinations of schemas, for one question; a contract can be written so that there would be no end. */
struct hk_contract { struct hk_source source; struct hk_doc doc; size_t *work; };

struct linting { const struct hk_contract *contract; const struct hk_api_adapter *adapter; struct hk_diags *diags; size_t found; };

struct hk_contract *hk_contract_load(const char *path, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_contract *contract = hk_calloc(1, sizeof *contract);
	contract->work = hk_calloc(1, sizeof *contract->work);
	if (hk_source_load(&contract->source, path, MOST_BYTES, err) || hk_yaml_read_one(&contract->source, false, &contract->doc, diags)) {
		hk_contract_free(contract);
		return NULL;
	}
	if (hk_node_get(contract->doc.root, "paths") && hk_node_string(hk_node_get(contract->doc.root, "openapi")))
		return contract;
	hk_err_set(err, HK_INVALID, "'%s' is no OpenAPI 3 file: it has no 'openapi' or no 'paths'", path);
	hk_contract_free(contract);
	return NULL;
}

void hk_contract_free(struct hk_contract *contract)
{
	if (!contract)
		return;
	hk_doc_release(&contract->doc);
	hk_source_release(&contract->source);
	free(contract->work);
	free(contract);
}

static const struct hk_node *follow(const struct hk_contract *contract, const struct hk_node *node)
{
	for (unsigned i = 0; node && i < MOST_DEPTH; i++) {
		const char *reference = hk_node_string(hk_node_get(node, "$ref"));
		if (!reference)
			return node;
		node = reference[0] == '#' ? hk_pointer_get(contract->doc.root, reference + 1, NULL) : NULL;
	}
	return NULL;
}

/* ---- schemas: one question, asked of all parts of a combination ---- */

static const char *const combinations[] = { "allOf", "oneOf", "anyOf" };

/* The schema of a member; NULL when no part has it. *open: some part lets other members pass. */
static const struct hk_node *member(const struct hk_contract *contract, const struct hk_node *schema, struct hk_str name, bool *open, unsigned depth)
{
	const struct hk_node *found = NULL, *properties, *more;
	schema = follow(contract, schema);
	if (!schema || depth > MOST_DEPTH || ++*contract->work > MOST_WORK) {
		*open = true;
		return NULL;
	}
	properties = hk_node_get(schema, "properties");
	more = hk_node_get(schema, "additionalProperties");
	*open = *open || (more && (more->kind == HK_MAPPING || hk_str_is(more->text, "true")));
	hk_for_each_pair(key, properties)
		if (hk_str_eq(key->text, name))
			found = key->next;
	for (size_t i = 0; i < HK_COUNT(combinations) && !found; i++)
		hk_for_each_item(part, hk_node_get(schema, combinations[i]))
			if (!found)
				found = member(contract, part, name, open, depth + 1);
	hk_for_each_pair(key, hk_node_at(schema, "discriminator.mapping"))
		if (!found && hk_str_starts(key->next->text, "#"))
			found = member(contract, hk_pointer_get(contract->doc.root, key->next->text.s + 1, NULL), name, open, depth + MOST_DEPTH / 4);
	return found;
}

static bool has_properties(const struct hk_contract *contract, const struct hk_node *schema, unsigned depth)
{
	schema = follow(contract, schema);
	if (!schema || depth > MOST_DEPTH || ++*contract->work > MOST_WORK)
		return false;
	if (hk_node_get(schema, "properties"))
		return true;
	for (size_t i = 0; i < HK_COUNT(combinations); i++)
		hk_for_each_item(part, hk_node_get(schema, combinations[i]))
			if (has_properties(contract, part, depth + 1))
				return true;
	return false;
}

static const struct hk_node *items_of(const struct hk_contract *contract, const struct hk_node *schema, unsigned depth)
{
	const struct hk_node *found;
	schema = follow(contract, schema);
	if (!schema || depth > MOST_DEPTH || ++*contract->work > MOST_WORK)
		return NULL;
	found = hk_node_get(schema, "items");
	for (size_t i = 0; i < HK_COUNT(combinations) && !found; i++)
		hk_for_each_item(part, hk_node_get(schema, combinations[i]))
			if (!found)
				found = items_of(contract, part, depth + 1);
	return found;
}

/* ---- what is sent ---- */

static struct hk_diag *complain(struct linting *l, const struct hk_node *node, enum hk_rule_id rule, const char *what, struct hk_str name)
{
	l->found++;
	return hk_node_diag(l->diags, l->adapter->doc, node, rule, "%s: '%.*s'", what, HK_STR_ARG(name));
}

static bool is_enum_word(const struct hk_node *words, struct hk_str text)
{
	hk_for_each_item(word, words)
		if (hk_str_eq(word->text, text))
			return true;
	return !words;
}

static void check_constant(struct linting *l, const struct hk_node *schema, const struct hk_node *node)
{
	const char *type;
	enum hk_scalar_type is = hk_node_type(node);
	schema = follow(l->contract, schema);
	type = hk_node_string(hk_node_get(schema, "type"));
	if (!is_enum_word(hk_node_get(schema, "enum"), node->text))
		complain(l, node, HK1422, "none of the words of the contract", node->text);
	if (!type)
		return;
	if ((strcmp(type, "string") == 0 && is != HK_TYPE_STRING) || ((strcmp(type, "integer") == 0 || strcmp(type, "number") == 0) && is != HK_TYPE_INT && is != HK_TYPE_FLOAT) ||
	    (strcmp(type, "boolean") == 0 && is != HK_TYPE_BOOL) || strcmp(type, "object") == 0 || strcmp(type, "array") == 0)
		complain(l, node, HK1422, "of another type than in the contract", node->text);
}

/* The JSON type a value of the caller becomes. */
static const char *type_of_value(const struct linting *l, const struct hk_node *value, const struct hk_node *name)
{
	const struct hk_node *declaration = hk_api_input(l->adapter, name->text), *map = hk_node_get(value, "map");
	const char *as = hk_node_string(hk_node_get(value, "as"));
	enum hk_api_type type = hk_api_type_of(declaration);
	if (hk_str_is(value->first->text, "$amount"))
		return "object";
	if (map && map->first)
		return hk_node_type(map->first->next) == HK_TYPE_INT ? "integer" : hk_node_type(map->first->next) == HK_TYPE_BOOL ? "boolean" : "string";
	if (type == HK_API_INTEGERS || type == HK_API_TEXTS)
		return "array";
	if (as && (strcmp(as, "text") == 0 || strcmp(as, "rate") == 0))
		return "string";
	if (type == HK_API_NUMBER)
		return "number";
	return type == HK_API_INTEGER || hk_api_dimension(type) != HK_DIMENSION_NONE ? "integer" : "string";
}

static void check_value(struct linting *l, const struct hk_node *schema, const struct hk_node *value, const struct hk_node *name)
{
	const char *wanted, *sent = type_of_value(l, value, name);
	schema = follow(l->contract, schema);
	wanted = hk_node_string(hk_node_get(schema, "type"));
	if (!wanted || strcmp(wanted, sent) == 0 || (strcmp(wanted, "number") == 0 && strcmp(sent, "integer") == 0))
		return;
	hk_diag_help(l->diags, complain(l, value, HK1422, "the value is sent as another type than the contract has", name->text), "the contract has '%s', and it is sent as '%s'", wanted, sent);
}

static void check_body(struct linting *l, const struct hk_node *schema, const struct hk_node *node)
{
	const struct hk_node *name = hk_api_template_name(node);
	if (name)
		check_value(l, schema, node, name);
	else if (node->kind == HK_SCALAR)
		check_constant(l, schema, node);
	else if (node->kind == HK_SEQUENCE) {
		const struct hk_node *items = items_of(l->contract, schema, 0);
		hk_for_each_item(item, node)
			if (items)
				check_body(l, items, item);
	} else
		hk_for_each_pair(key, node) {
			*l->contract->work = 0;
			bool open = !has_properties(l->contract, schema, 0);
			const struct hk_node *inner = member(l->contract, schema, key->text, &open, 0);
			if (inner)
				check_body(l, inner, key->next);
			else if (!open)
				complain(l, key, HK1422, "the contract does not have the member", key->text);
		}
}

/* Members that the contract wants, and the template does not have. */
static void check_required(struct linting *l, const struct hk_node *schema, const struct hk_node *node, unsigned depth)
{
	schema = follow(l->contract, schema);
	if (!schema || depth > 3 || node->kind != HK_MAPPING || hk_api_template_name(node))
		return;
	hk_for_each_item(name, hk_node_get(schema, "required"))
		if (name->kind == HK_SCALAR && !hk_node_get(node, name->text.s))
			complain(l, node, HK1422, "the contract wants a member that is not sent", name->text);
	hk_for_each_pair(key, node) {
		bool open = false;
		const struct hk_node *inner = member(l->contract, schema, key->text, &open, 0);
		if (inner && depth == 0)
			check_required(l, inner, key->next, 0);
	}
	hk_for_each_item(part, hk_node_get(schema, "allOf"))
		check_required(l, part, node, depth + 1);
}

/* ---- operations ---- */

static bool same_path(struct hk_str template, struct hk_str path)
{
	while (template.n && path.n) {
		if (template.s[0] == '{' && path.s[0] == '{') {
			(void)hk_str_cut(&template, '}');
			(void)hk_str_cut(&path, '}');
			continue;
		}
		if (template.s[0] != path.s[0])
			return false;
		template = (struct hk_str){ template.s + 1, template.n - 1 };
		path = (struct hk_str){ path.s + 1, path.n - 1 };
	}
	return !template.n && !path.n;
}

static const struct hk_node *find_path(const struct hk_contract *contract, const struct hk_node *path)
{
	hk_for_each_pair(key, hk_node_get(contract->doc.root, "paths"))
		if (same_path(key->text, path->text))
			return key->next;
	return NULL;
}

static const struct hk_node *operation_of(const struct hk_node *item, const char *method)
{
	char lower[8] = "";
	for (size_t i = 0; i < sizeof lower - 1 && method[i]; i++)
		lower[i] = (char)(method[i] | 32);
	return hk_node_get(item, lower);
}

static const struct hk_node *json_schema(const struct hk_contract *contract, const struct hk_node *holder)
{
	const struct hk_node *content = hk_node_get(follow(contract, holder), "content"), *media = hk_node_get(content, "application/json");
	return hk_node_get(media, "schema");
}

static bool has_parameter(const struct linting *l, const struct hk_node *list, struct hk_str name, const char *place)
{
	hk_for_each_item(item, list) {
		const struct hk_node *parameter = follow(l->contract, item), *called = hk_node_get(parameter, "name"), *in = hk_node_get(parameter, "in");
		if (called && in && hk_str_eq(called->text, name) && hk_str_is(in->text, place))
			return true;
	}
	return false;
}

static void check_parameters(struct linting *l, const struct hk_node *action, const struct hk_node *item, const struct hk_node *operation)
{
	const struct hk_node *here = hk_node_get(operation, "parameters"), *common = hk_node_get(item, "parameters"), *lists[] = { here, common };
	hk_for_each_pair(key, hk_node_get(action, "query"))
		if (!has_parameter(l, here, key->text, "query") && !has_parameter(l, common, key->text, "query"))
			complain(l, key, HK1422, "the contract does not have the query parameter", key->text);
	for (size_t i = 0; i < HK_COUNT(lists); i++)
		hk_for_each_item(entry, lists[i]) {
			const struct hk_node *parameter = follow(l->contract, entry), *name = hk_node_get(parameter, "name"), *in = hk_node_get(parameter, "in"), *required = hk_node_get(parameter, "required");
			bool must = required && hk_str_is(required->text, "true");
			if (must && name && in && hk_str_is(in->text, "query") && !hk_node_get(hk_node_get(action, "query"), name->text.s))
				complain(l, action, HK1422, "the contract wants a query parameter that is not sent", name->text);
		}
}

/* ---- replies ---- */

static const struct hk_node *step(const struct linting *l, const struct hk_node *schema, struct hk_str part, bool *open)
{
	*l->contract->work = 0;
	const struct hk_node *items = items_of(l->contract, schema, 0);
	bool number = part.n && part.s[0] >= '0' && part.s[0] <= '9', selector = part.n > 1 && part.s[0] == '[';
	if (items && (number || selector))
		return items;
	*open = !has_properties(l->contract, schema, 0) && !items;
	return member(l->contract, schema, part, open, 0);
}

static const struct hk_node *walk(struct linting *l, const struct hk_node *schema, const struct hk_node *pointer)
{
	HK_AUTO_BUF struct hk_buf part = HK_BUF_INIT;
	struct hk_str rest = pointer ? pointer->text : HK_STR("");
	while (schema && hk_pointer_part(&rest, &part)) {
		bool open = false;
		const struct hk_node *next = step(l, schema, (struct hk_str){ part.s, part.len }, &open);
		if (!next && !open)
			complain(l, pointer, HK1423, "the contract's reply has nothing there", pointer->text);
		schema = next;
	}
	return schema;
}

static void check_state_words(struct linting *l, const struct hk_node *state, const struct hk_node *schema)
{
	static const char *const keys[] = { "pending", "active", "ended", "failed" };
	const struct hk_node *words = hk_node_get(follow(l->contract, schema), "enum");
	for (size_t i = 0; words && i < HK_COUNT(keys); i++)
		hk_for_each_item(word, hk_node_get(state, keys[i]))
			if (!is_enum_word(words, word->text))
				complain(l, word, HK1423, "none of the contract's states", word->text);
	hk_for_each_item(word, words) {
		bool known = false;
		for (size_t i = 0; i < HK_COUNT(keys); i++) {
			const struct hk_node *ours = hk_node_get(state, keys[i]);
			known = known || (ours && is_enum_word(ours, word->text));
		}
		if (!known)
			complain(l, state, HK1423, "a state of the contract is missing", word->text);
	}
}

static void check_reply(struct linting *l, const struct hk_node *action, const struct hk_node *schema)
{
	const struct hk_node *state = hk_node_get(action, "state"), *row = schema, *whole;
	hk_for_each_item(level, hk_node_get(action, "each")) {
		row = row ? walk(l, row, level) : NULL;
		row = row ? items_of(l->contract, row, 0) : NULL;
	}
	whole = action == hk_api_action(l->adapter, "find") ? row : schema;       /* of `find`, id and state are those of each item */
	if (whole)
		(void)walk(l, whole, hk_node_at(action, "id.from"));
	if (whole && state)
		check_state_words(l, state, walk(l, whole, hk_node_get(state, "from")));
	hk_for_each_pair(key, hk_node_get(action, "match"))
		if (row)
			(void)walk(l, row, key);
	hk_for_each_item(out, hk_node_get(action, "out"))
		if (row)
			(void)walk(l, row, hk_node_get(out, "from"));
}

static void check_responses(struct linting *l, const struct hk_node *action, const struct hk_node *operation)
{
	const struct hk_node *ok = hk_node_get(action, "ok"), *responses = hk_node_get(operation, "responses"), *reply = NULL, *schema;
	hk_for_each_item(status, ok) {
		const struct hk_node *response = hk_node_get(responses, status->text.s);
		if (!response)
			complain(l, status, HK1421, "the contract does not have the status", status->text);
		reply = reply ? reply : response;
	}
	if (!ok)
		reply = hk_node_get(responses, "200");
	if (!reply && !ok)
		complain(l, action, HK1421, "the contract does not have the status", HK_STR("200"));
	schema = json_schema(l->contract, reply);
	if (schema)
		check_reply(l, action, schema);
	else if (reply && (hk_node_get(action, "out") || hk_node_get(action, "state") || hk_node_at(action, "id.from")))
		complain(l, action, HK1423, "values are read from a reply that has no JSON in the contract", HK_STR(""));
}

static void check_action(struct linting *l, const struct hk_node *action)
{
	const struct hk_node *path = hk_node_get(action, "path"), *method = hk_node_get(action, "method"), *item, *operation, *body = hk_node_get(action, "body"), *schema;
	if (!path)
		return;
	item = find_path(l->contract, path);
	operation = item ? operation_of(item, method->text.s) : NULL;
	if (!operation) {
		complain(l, item ? method : path, HK1421, item ? "the contract does not have the method for this path" : "the contract does not have the path", item ? method->text : path->text);
		return;
	}
	check_parameters(l, action, item, operation);
	schema = json_schema(l->contract, hk_node_get(operation, "requestBody"));
	if (body && schema) {
		check_body(l, schema, body);
		check_required(l, schema, body, 0);
	} else if (body)
		complain(l, body, HK1422, "the contract has no JSON body for", path->text);
	else if (schema && hk_node_get(operation, "requestBody"))
		complain(l, path, HK1422, "the contract wants a body for", path->text);
	check_responses(l, action, operation);
}

size_t hk_contract_check(const struct hk_contract *contract, const struct hk_api_adapter *adapter, struct hk_diags *diags)
{
	struct linting l = { contract, adapter, diags, 0 };
	hk_for_each_pair(key, hk_node_get(adapter->spec, "actions"))
		check_action(&l, key->next);
	return l.found;
}
