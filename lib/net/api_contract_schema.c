/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_contract_parts.h"
#include "base/num.h"
#include <string.h>

#define MOST_PARTS 400u
#define MOST_LOOKS 10000u
#define MOST_DEPTH 24u        /* combinations one inside the other: contracts may be circular */

static const char *const combinations[] = { "allOf", "oneOf", "anyOf" };

struct collecting { struct hk_contract *contract; const struct hk_node *template; struct hk_schema *schema; };

static void collect(struct collecting *c, struct hk_contract_place place, bool certain, unsigned depth);

static struct hk_contract_place below(struct hk_contract_place place, const struct hk_node *node)
{
	return (struct hk_contract_place){ place.file, node };
}

/* "#/components/schemas/Circle", or "Circle" alone. */
static struct hk_contract_place mapped(struct hk_contract *contract, struct hk_contract_place place, const char *target)
{
	const struct hk_node *root = place.file->doc.root,
	    *schemas = contract->swagger ? hk_node_get(root, "definitions") : hk_node_at(root, "components.schemas");
	return below(place, target[0] == '#' ? hk_pointer_get(root, target + 1, NULL) : hk_node_get(schemas, target));
}

/* Where a discriminator can lead: to the one that the template decides on, or to all of them. */
static void discriminate(struct collecting *c, struct hk_contract_place place, bool certain, unsigned depth)
{
	const struct hk_node *found = hk_node_get(place.node, "discriminator"), *mapping = hk_node_get(found, "mapping");
	const char *name = hk_node_string(hk_node_get(found, "propertyName")), *word = name ? hk_node_string(hk_node_get(c->template, name)) : NULL;
	hk_for_each_pair(key, mapping) {
		bool decided = word && hk_str_is(key->text, word);
		if (word && !decided)
			continue;
		struct hk_contract_place target = hk_node_string(key->next) ? mapped(c->contract, place, key->next->text.s) : below(place, NULL);
		if (target.node)
			collect(c, target, certain && (decided || mapping->count == 1), depth + 1);
	}
}

static bool has_part(const struct hk_schema *schema, const struct hk_node *node)
{
	for (size_t i = 0; i < schema->parts.n; i++)
		if (schema->parts.v[i].place.node == node)
			return true;
	return false;
}

static void collect(struct collecting *c, struct hk_contract_place place, bool certain, unsigned depth)
{
	if (!place.node || place.node->kind != HK_MAPPING || has_part(c->schema, place.node))
		return;
	if (depth > MOST_DEPTH || c->schema->parts.n >= MOST_PARTS) {
		c->schema->cut = true;
		return;
	}
	hk_vec_push(&c->schema->parts, (struct hk_schema_part){ place, certain });
	if (hk_node_get(place.node, "$ref")) {
		struct hk_contract_place target = hk_contract_follow(c->contract, place);
		c->schema->cut = c->schema->cut || !target.node;
		collect(c, target, certain, depth + 1);
		return;
	}
	for (size_t i = 0; i < HK_COUNT(combinations); i++) {
		const struct hk_node *list = hk_node_get(place.node, combinations[i]);
		hk_for_each_item(part, list)
			collect(c, below(place, part), certain && (i == 0 || list->count == 1), depth + 1);
	}
	discriminate(c, place, certain, depth);
}

void hk_schema_open(struct hk_contract *contract, struct hk_contract_place place, const struct hk_node *template, struct hk_schema *schema)
{
	struct collecting c = { contract, template, schema };
	*schema = (struct hk_schema)HK_SCHEMA_INIT;
	collect(&c, place, true, 0);
}

void hk_schema_release(struct hk_schema *schema)
{
	hk_vec_release(&schema->parts);
}

/* ---- types ---- */

static unsigned type_bit(struct hk_str name)
{
	static const struct { const char *name; unsigned bits; } types[] = { { "object", HK_SCHEMA_OBJECT }, { "array", HK_SCHEMA_ARRAY },
									     { "string", HK_SCHEMA_STRING },
		{ "integer", HK_SCHEMA_INTEGER }, { "number", HK_SCHEMA_NUMBER | HK_SCHEMA_INTEGER }, { "boolean", HK_SCHEMA_BOOLEAN },
		{ "null", HK_SCHEMA_NULL } };
	for (size_t i = 0; i < HK_COUNT(types); i++)
		if (hk_str_is(name, types[i].name))
			return types[i].bits;
	return HK_SCHEMA_ANY;
}

/* What one part says by itself; ANY when it says nothing. */
static unsigned own_types(const struct hk_node *node)
{
	const struct hk_node *type = hk_node_get(node, "type");
	unsigned bits = 0;
	if (type && type->kind == HK_SCALAR)
		return type_bit(type->text) | (hk_node_get(node, "nullable") ? HK_SCHEMA_NULL : 0u);
	hk_for_each_item(item, type)
		bits |= item->kind == HK_SCALAR ? type_bit(item->text) : HK_SCHEMA_ANY;
	if (bits)
		return bits;
	return hk_node_get(node, "properties") ? HK_SCHEMA_OBJECT : hk_node_get(node, "items") ? HK_SCHEMA_ARRAY : HK_SCHEMA_ANY;
}

static bool is_wrapper(const struct hk_node *node)
{
	for (size_t i = 0; i < HK_COUNT(combinations); i++)
		if (hk_node_get(node, combinations[i]))
			return true;
	return hk_node_get(node, "$ref") != NULL;
}

unsigned hk_schema_types(const struct hk_schema *schema)
{
	unsigned certain = HK_SCHEMA_ANY, alternatives = 0;
	for (size_t i = 0; i < schema->parts.n; i++) {
		const struct hk_schema_part *part = &schema->parts.v[i];
		unsigned bits = own_types(part->place.node);
		if (bits == HK_SCHEMA_ANY && is_wrapper(part->place.node))
			continue;
		if (part->certain)
			certain &= bits;
		else
			alternatives |= bits;
	}
	if (schema->cut || !schema->parts.n)
		return HK_SCHEMA_ANY;
	return alternatives ? certain & alternatives : certain;
}

const char *hk_schema_type_name(unsigned types)
{
	switch (types & ~(unsigned)HK_SCHEMA_NULL) {
	case HK_SCHEMA_OBJECT: return "an object";
	case HK_SCHEMA_ARRAY: return "a list";
	case HK_SCHEMA_STRING: return "a text";
	case HK_SCHEMA_INTEGER: return "a whole number";
	case HK_SCHEMA_NUMBER:
	case HK_SCHEMA_NUMBER | HK_SCHEMA_INTEGER: return "a number";
	case HK_SCHEMA_BOOLEAN: return "a boolean";
	case 0: return "nothing";
	default: return "one of several types";
	}
}

/* ---- members ---- */

static bool lets_others_pass(const struct hk_node *node)
{
	const struct hk_node *more = hk_node_get(node, "additionalProperties");
	return more && (more->kind == HK_MAPPING || hk_str_is(more->text, "true"));
}

enum hk_schema_found hk_schema_member(struct hk_contract *contract, const struct hk_schema *schema, struct hk_str name, const struct hk_node *template,
				      struct hk_schema *member)
{
	struct collecting c = { contract, template, member };
	bool described = false, open = schema->cut, found = false;
	*member = (struct hk_schema)HK_SCHEMA_INIT;
	for (size_t i = 0; i < schema->parts.n; i++) {
		const struct hk_schema_part *part = &schema->parts.v[i];
		const struct hk_node *properties = hk_node_get(part->place.node, "properties");
		described = described || properties;
		open = open || lets_others_pass(part->place.node);
		hk_for_each_pair(key, properties)
			if (hk_str_eq(key->text, name)) {
				found = true;
				collect(&c, below(part->place, key->next), part->certain, 0);
			}
	}
	if (found)
		return HK_SCHEMA_FOUND;
	if (!open && !(hk_schema_types(schema) & HK_SCHEMA_OBJECT))
		return HK_SCHEMA_NOWHERE;
	return open || !described ? HK_SCHEMA_OPEN : HK_SCHEMA_NOWHERE;
}

enum hk_schema_found hk_schema_items(struct hk_contract *contract, const struct hk_schema *schema, const struct hk_node *template, struct hk_schema *items)
{
	struct collecting c = { contract, template, items };
	bool found = false;
	*items = (struct hk_schema)HK_SCHEMA_INIT;
	for (size_t i = 0; i < schema->parts.n; i++) {
		const struct hk_node *node = hk_node_get(schema->parts.v[i].place.node, "items");
		found = found || node;
		collect(&c, below(schema->parts.v[i].place, node), schema->parts.v[i].certain, 0);
	}
	return found ? HK_SCHEMA_FOUND : hk_schema_types(schema) & HK_SCHEMA_ARRAY ? HK_SCHEMA_OPEN : HK_SCHEMA_NOWHERE;
}

/* The next item of the lists `key` of all parts. */
static const struct hk_node *next_item(const struct hk_schema *schema, const char *key, struct hk_schema_at *at)
{
	for (; at->part < schema->parts.n; at->part++, at->item = NULL) {
		const struct hk_schema_part *part = &schema->parts.v[at->part];
		const struct hk_node *list = hk_node_get(part->place.node, key);
		const struct hk_node *item = at->item ? at->item->next : list && list->kind == HK_SEQUENCE ? list->first : NULL;
		while (item && item->kind != HK_SCALAR)
			item = item->next;
		if (item)
			return at->item = item;
	}
	return NULL;
}

/* left: places still to be looked at. One that many others name is looked at once for each of them, so ways multiply. */
struct requiring { struct hk_contract *contract; struct hk_str name; size_t left; };

/* The schema wants the member whichever of its alternatives is taken. */
static bool always_required(struct requiring *r, struct hk_contract_place place, unsigned depth)
{
	if (!place.node || place.node->kind != HK_MAPPING || depth > MOST_DEPTH || !r->left)
		return false;
	r->left--;
	if (hk_node_get(place.node, "$ref"))
		return always_required(r, hk_contract_follow(r->contract, place), depth + 1);
	hk_for_each_item(required, hk_node_get(place.node, "required"))
		if (required->kind == HK_SCALAR && hk_str_eq(required->text, r->name))
			return true;
	for (size_t i = 0; i < HK_COUNT(combinations); i++) {
		const struct hk_node *list = hk_node_get(place.node, combinations[i]);
		size_t wanting = 0;
		hk_for_each_item(part, list)
			wanting += always_required(r, below(place, part), depth + 1);
		if (list && wanting && (i == 0 || wanting == list->count))
			return true;
	}
	return false;
}

bool hk_schema_requires(struct hk_contract *contract, const struct hk_schema *schema, struct hk_str name)
{
	struct requiring r = { contract, name, MOST_LOOKS };
	for (size_t i = 0; i < schema->parts.n; i++)
		if (schema->parts.v[i].certain && always_required(&r, schema->parts.v[i].place, 0))
			return true;
	return false;
}

static bool said_before(const struct hk_schema *schema, const struct hk_node *name)
{
	const struct hk_node *said;
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; (said = next_item(schema, "required", &at)) != name;)
		if (hk_str_eq(said->text, name->text))
			return true;
	return false;
}

const struct hk_node *hk_schema_next_required(struct hk_contract *contract, const struct hk_schema *schema, struct hk_schema_at *at)
{
	const struct hk_node *name;
	while ((name = next_item(schema, "required", at)) != NULL && (said_before(schema, name) || !hk_schema_requires(contract, schema, name->text)))
		;
	return name;
}

bool hk_schema_has_item(const struct hk_schema *schema, struct hk_str index)
{
	int64_t least, number;
	for (size_t i = 0; i < schema->parts.n; i++)
		if (schema->parts.v[i].certain && hk_node_int(hk_node_get(schema->parts.v[i].place.node, "minItems"), &least) &&
		    hk_num_parse_int(index, &number) && number < least)
			return true;
	return false;
}

/* ---- words ---- */

const struct hk_node *hk_schema_next_word(const struct hk_schema *schema, struct hk_schema_at *at)
{
	return next_item(schema, "enum", at);
}

/* Words, and no alternative beside them that takes any text, as lists that may grow have it. */
bool hk_schema_has_words(const struct hk_schema *schema)
{
	bool words = false;
	for (size_t i = 0; i < schema->parts.n; i++) {
		const struct hk_node *node = schema->parts.v[i].place.node;
		bool own = hk_node_get(node, "enum") || hk_node_get(node, "const");
		if (!own && !schema->parts.v[i].certain && !is_wrapper(node) && (own_types(node) & HK_SCHEMA_STRING))
			return false;
		words = words || own;
	}
	return words && !schema->cut;
}

bool hk_schema_allows(const struct hk_schema *schema, struct hk_str word)
{
	const struct hk_node *known;
	if (!hk_schema_has_words(schema))
		return true;
	for (struct hk_schema_at at = HK_SCHEMA_AT_START; (known = hk_schema_next_word(schema, &at)) != NULL;)
		if (hk_str_eq(known->text, word))
			return true;
	for (size_t i = 0; i < schema->parts.n; i++) {
		known = hk_node_get(schema->parts.v[i].place.node, "const");
		if (known && known->kind == HK_SCALAR && hk_str_eq(known->text, word))
			return true;
	}
	return false;
}

bool hk_schema_flag(const struct hk_schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->parts.n; i++)
		if (schema->parts.v[i].certain && hk_contract_is(schema->parts.v[i].place, key, "true"))
			return true;
	return false;
}

const struct hk_node *hk_schema_bound(const struct hk_schema *schema, const char *key, struct hk_exact *bound)
{
	for (size_t i = 0; i < schema->parts.n; i++) {
		const struct hk_node *node = schema->parts.v[i].certain ? hk_node_get(schema->parts.v[i].place.node, key) : NULL;
		if (node && node->kind == HK_SCALAR && hk_exact_parse(node->text, bound))
			return node;
	}
	return NULL;
}
