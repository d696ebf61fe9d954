/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters as documents, and what can be wrong with one that fits its schema. */
#include "net/api_adapter.h"
#include "net/api_template.h"
#include <string.h>
#include <strings.h>

static const char *const action_names[] = { "discover", "metrics", "find", "request", "status", "extend", "release" };

struct checking { const struct hk_api_adapter *adapter; struct hk_diags *diags; const char *action; size_t found; };

void hk_api_adapter_open(struct hk_api_adapter *adapter, const struct hk_doc *doc)
{
	adapter->doc = doc;
	adapter->spec = hk_node_get(doc->root, "spec");
	adapter->name = hk_node_string(hk_node_at(doc->root, "metadata.name"));
	if (!adapter->name)
		adapter->name = "(without a name)";
}

const struct hk_node *hk_api_action(const struct hk_api_adapter *adapter, const char *name)
{
	return hk_node_get(hk_node_get(adapter->spec, "actions"), name);
}

const struct hk_node *hk_api_input(const struct hk_api_adapter *adapter, struct hk_str name)
{
	hk_for_each_pair(key, hk_node_get(adapter->spec, "inputs"))
		if (hk_str_eq(key->text, name))
			return key->next;
	return NULL;
}

static void check_name(struct checking *c, const struct hk_node *at, struct hk_str name)
{
	bool id_allowed = strcmp(c->action, "status") == 0 || strcmp(c->action, "extend") == 0 || strcmp(c->action, "release") == 0;
	if (hk_api_input(c->adapter, name) || (id_allowed && hk_str_is(name, "id")))
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, at, HK1411, "'%.*s' is not among the inputs of the adapter", HK_STR_ARG(name));
}

static void check_unit(struct checking *c, const struct hk_node *unit, enum hk_dimension wanted)
{
	enum hk_dimension dimension;
	struct hk_exact factor;
	if (unit->kind == HK_SCALAR && hk_exact_unit(unit->text, &dimension, &factor) && dimension == wanted)
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, unit, HK1412, "'%.*s' is no unit of this kind of quantity", HK_STR_ARG(unit->text));
}

static void check_keys(struct checking *c, const struct hk_node *value)
{
	static const char *const known[] = { "$in", "$amount", "unit", "units", "round", "way", "as", "map", "most" };
	hk_for_each_pair(key, value) {
		size_t i = 0;
		while (i < HK_COUNT(known) && !hk_str_is(key->text, known[i]))
			i++;
		if (i < HK_COUNT(known))
			continue;
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, key, HK1413, "'%.*s' means nothing beside '%s'", HK_STR_ARG(key->text), value->first->text.s);
	}
}

static bool is_one_of(const struct hk_node *node, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (node->kind == HK_SCALAR && hk_str_is(node->text, words[i]))
			return true;
	return false;
}

static void check_words(struct checking *c, const struct hk_node *value)
{
	static const char *const rounds[] = { "up", "down" }, *const forms[] = { "text", "rate", "exponent" }, *const ways[] = { "one-way", "round-trip" };
	const struct { const char *key; const char *const *words; size_t n; } rules[] = { { "round", rounds, 2 }, { "as", forms, 3 }, { "way", ways, 2 } };
	for (size_t i = 0; i < HK_COUNT(rules); i++) {
		const struct hk_node *found = hk_node_get(value, rules[i].key);
		if (!found || is_one_of(found, rules[i].words, rules[i].n))
			continue;
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, found, HK1413, "'%.*s' is no word for '%s'", HK_STR_ARG(found->text), rules[i].key);
	}
}

static void check_value(struct checking *c, const struct hk_node *value, const struct hk_node *name)
{
	const struct hk_node *declaration, *unit = hk_node_get(value, "unit"), *as = hk_node_get(value, "as"), *units = hk_node_get(value, "units");
	bool amount = hk_str_is(value->first->text, "$amount");
	if (name->kind != HK_SCALAR || amount != (units && units->kind == HK_SEQUENCE && units->count)) {
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, value, HK1413, "a value is written {$in: NAME} or {$amount: NAME, units: [UNIT ...]}");
		return;
	}
	check_keys(c, value);
	check_words(c, value);
	check_name(c, name, name->text);
	declaration = hk_api_input(c->adapter, name->text);
	enum hk_dimension dimension = hk_api_dimension(hk_api_type_of(declaration));
	hk_for_each_item(item, units)
		check_unit(c, item, dimension);
	if (unit)
		check_unit(c, unit, dimension);
	if (declaration && dimension != HK_DIMENSION_NONE && !unit && !amount && (!as || hk_str_is(as->text, "text"))) {
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, value, HK1412, "'%.*s' is a quantity; the unit it is sent in is missing", HK_STR_ARG(name->text));
	}
}

static void check_template(struct checking *c, const struct hk_node *node)
{
	const struct hk_node *name = hk_api_template_name(node);
	if (!node || node->kind == HK_SCALAR)
		return;
	if (name) {
		check_value(c, node, name);
		return;
	}
	hk_for_each_item(item, node)
		check_template(c, item);
	hk_for_each_pair(key, node) {
		if (hk_str_starts(key->text, "$")) {
			c->found++;
			hk_node_diag(c->diags, c->adapter->doc, key, HK1413, "'%.*s' is no kind of value; there are $in and $amount, as the first key",
				     HK_STR_ARG(key->text));
		}
		check_template(c, key->next);
	}
}

static void check_path(struct checking *c, const struct hk_node *path)
{
	const char *text = hk_node_string(path), *open, *end;
	for (; text && (open = strchr(text, '{')) != NULL; text = end + 1) {
		end = strchr(open, '}');
		if (!end) {
			c->found++;
			hk_node_diag(c->diags, c->adapter->doc, path, HK1413, "a '{' in the path is not closed");
			return;
		}
		check_name(c, path, (struct hk_str){ open + 1, (size_t)(end - open - 1) });
	}
}

static void check_pointer(struct checking *c, const struct hk_node *pointer)
{
	if (!pointer || (pointer->kind == HK_SCALAR && hk_pointer_valid(pointer->text.s)))
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, pointer, HK1414, "'%.*s' is no JSON pointer (RFC 6901)", HK_STR_ARG(pointer->text));
}

static void check_outputs(struct checking *c, const struct hk_node *from)
{
	hk_for_each_item(level, hk_node_get(from, "each"))
		check_pointer(c, level);
	hk_for_each_item(out, hk_node_get(from, "out")) {
		const char *type = hk_node_string(hk_node_get(out, "type")), *form = hk_node_string(hk_node_get(out, "form"));
		const struct hk_node *unit = hk_node_get(out, "unit");
		enum hk_dimension dimension = hk_api_dimension(hk_api_type_of(out));
		check_pointer(c, hk_node_get(out, "from"));
		if (unit)
			check_unit(c, unit, dimension);
		else if (type && dimension != HK_DIMENSION_NONE && (!form || strcmp(form, "number") == 0)) {
			c->found++;
			hk_node_diag(c->diags, c->adapter->doc, out, HK1412, "a quantity without the unit its number has in the reply");
		}
	}
}

static void check_needs(struct checking *c, const struct hk_node *action)
{
	hk_for_each_item(need, hk_node_get(action, "needs")) {
		if (need->kind == HK_SCALAR)
			check_name(c, need, need->text);
		hk_for_each_item(name, need)
			if (name->kind == HK_SCALAR)
				check_name(c, name, name->text);
	}
}

static bool is_clean(struct hk_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.s[i] < ' ' || text.s[i] == 0x7f)
			return false;
	return true;
}

/* Header fields that say where a request goes, how long it is and who sends it are not an adapter's to set. */
static void check_headers(struct checking *c, const struct hk_node *headers)
{
	static const char *const ours[] = { "authorization", "proxy-authorization", "host", "content-length", "content-type", "transfer-encoding", "connection",
					    "cookie", "expect", "te", "upgrade" };
	hk_for_each_pair(key, headers) {
		const char *why = NULL;
		for (size_t i = 0; i < HK_COUNT(ours); i++)
			if (strcasecmp(key->text.s, ours[i]) == 0)
				why = "is set by hkctl alone";
		if (key->next->kind == HK_SCALAR ? !is_clean(key->next->text) : !hk_api_template_name(key->next))
			why = "must be one line of text, or {$in: NAME}";
		if (!why)
			continue;
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, key, HK1413, "the header field '%.*s' %s", HK_STR_ARG(key->text), why);
	}
}

static void check_find(struct checking *c, const struct hk_node *action)
{
	hk_for_each_pair(key, hk_node_get(action, "match")) {
		check_pointer(c, key);
		check_template(c, key->next);
	}
	if (strcmp(c->action, "find") != 0 || hk_node_at(action, "id.from"))
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, action, HK1415, "'find' needs id: {from: POINTER}, the place of the id in each item");
}

/* One place says the id; one that the caller chose is always given. */
static void check_id(struct checking *c, const struct hk_node *action)
{
	const struct hk_node *id = hk_node_get(action, "id"), *input = hk_node_get(id, "input");
	bool from = hk_node_get(id, "from") != NULL, needed = !input;
	check_pointer(c, hk_node_get(id, "from"));
	hk_for_each_item(need, input ? hk_node_get(action, "needs") : NULL)
		needed = needed || (need->kind == HK_SCALAR && hk_str_eq(need->text, input->text));
	if (input)
		check_name(c, input, input->text);
	if (!needed) {
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, input, HK1415, "'%.*s' has to be among what '%s' needs, since it is the id", HK_STR_ARG(input->text),
			     c->action);
	}
	if (!id || ((int)from + (hk_node_get(id, "header") != NULL) + (input != NULL) == 1 && (from || !hk_node_get(id, "address"))))
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, id, HK1415, "one of 'from', 'header' and 'input' says where the id is, and 'address' goes with 'from'");
}

static void check_notification(struct checking *c, const struct hk_node *notification)
{
	check_outputs(c, notification);
	check_pointer(c, hk_node_at(notification, "id.from"));
	check_pointer(c, hk_node_at(notification, "state.from"));
	check_pointer(c, hk_node_get(notification, "at"));
	if (!notification || strcmp(c->action, "status") != 0 || (hk_node_get(notification, "id") && hk_node_get(notification, "state")))
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, notification, HK1415, "a notification of 'status' needs 'id' and 'state': what it is about, and what it tells");
}

static void check_action(struct checking *c, const struct hk_node *action)
{
	const struct hk_node *state = hk_node_get(action, "state");
	check_path(c, hk_node_get(action, "path"));
	check_template(c, hk_node_get(action, "query"));
	check_template(c, hk_node_get(action, "headers"));
	check_template(c, hk_node_get(action, "body"));
	check_id(c, action);
	check_pointer(c, hk_node_get(state, "from"));
	check_headers(c, hk_node_get(action, "headers"));
	check_find(c, action);
	check_pointer(c, hk_node_get(action, "exists"));
	check_needs(c, action);
	check_outputs(c, action);
	check_notification(c, hk_node_get(action, "notification"));
	if (!hk_node_get(action, "path") && (!hk_node_get(action, "notification") || strcmp(c->action, "metrics") != 0)) {
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, action, HK1415, "'%s' has no request; only metrics can do with saved notifications alone", c->action);
	}
	if (hk_node_get(action, "wait") && (strcmp(c->action, "request") != 0 || !hk_api_action(c->adapter, "status"))) {
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, hk_node_get(action, "wait"), HK1415,
			     "waiting needs a request whose state can be asked for: an action 'status'");
	}
}

static void check_range(struct checking *c, const struct hk_node *input)
{
	const struct hk_node *bounds[] = { hk_node_get(input, "minimum"), hk_node_get(input, "maximum") };
	enum hk_api_type type = hk_api_type_of(input);
	struct hk_exact limits[2];
	size_t found = c->found;
	for (size_t i = 0; i < HK_COUNT(bounds); i++) {
		bool numeric = type == HK_API_INTEGER || type == HK_API_INTEGERS || type == HK_API_NUMBER;
		if (!bounds[i] || (numeric && hk_exact_parse(bounds[i]->text, &limits[i])))
			continue;
		c->found++;
		hk_node_diag(c->diags, c->adapter->doc, bounds[i], HK1413,
			     numeric ? "'%.*s' is no bound; write a decimal number"
			     : "the bound '%.*s' means nothing for this type; integer, integers and number have bounds", HK_STR_ARG(bounds[i]->text));
	}
	if (c->found != found || !bounds[0] || !bounds[1] || hk_exact_compare(&limits[0], &limits[1]) <= 0)
		return;
	c->found++;
	hk_node_diag(c->diags, c->adapter->doc, bounds[1], HK1413, "no value is allowed: the maximum '%.*s' is less than the minimum",
		     HK_STR_ARG(bounds[1]->text));
}

static void check_inputs(struct checking *c)
{
	hk_for_each_pair(key, hk_node_get(c->adapter->spec, "inputs")) {
		hk_for_each_item(name, hk_node_get(key->next, "with"))
			check_name(c, name, name->text);
		check_range(c, key->next);
	}
}

size_t hk_api_adapter_check(const struct hk_api_adapter *adapter, struct hk_diags *diags)
{
	struct checking c = { adapter, diags, "", 0 };
	const struct hk_node *errors = hk_node_get(adapter->spec, "errors");
	check_pointer(&c, hk_node_get(errors, "code"));
	check_pointer(&c, hk_node_get(errors, "message"));
	check_inputs(&c);
	for (size_t i = 0; i < HK_COUNT(action_names); i++) {
		const struct hk_node *action = hk_api_action(adapter, action_names[i]);
		c.action = action_names[i];
		if (action)
			check_action(&c, action);
	}
	return c.found;
}
