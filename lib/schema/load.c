/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the JSON of a schema to its compiled form. A keyword that is not in the table is an error: it would be ignored silently otherwise. */
#include "schema/rules.h"
#include <stdlib.h>
#include <string.h>

struct load {
	struct hk_schema *schema;
	const char *name;
	struct hk_err *err;
};

typedef int (*keyword_fn)(struct load *load, struct hk_schema_place *place, const struct hk_node *value);

static struct hk_schema_place *load_place(struct load *load, const struct hk_node *node);
static int fill_place(struct load *load, struct hk_schema_place *place, const struct hk_node *node);

static int broken(struct load *load, const struct hk_node *node, const char *what)
{
	struct hk_range range;

	hk_node_range(&load->schema->doc, node, &range);
	return hk_err_set(load->err, HK_FAILED, "schema '%s', line %u: %s", load->name, (unsigned)range.line, what);
}

static void *arena_array(struct load *load, size_t count, size_t size)
{
	return hk_arena_array(&load->schema->arena, count ? count : 1, size);
}

static int need_kind(struct load *load, const struct hk_node *node, enum hk_node_kind kind)
{
	static const char *const WHAT[] = { "", "a plain value is expected here", "an array is expected here", "an object is expected here" };

	return node->kind == kind ? 0 : broken(load, node, WHAT[kind]);
}

static int load_one(struct load *load, const struct hk_node *node, struct hk_schema_place **place)
{
	*place = load_place(load, node);
	return *place ? 0 : -1;
}

static int load_list(struct load *load, const struct hk_node *node, struct hk_schema_list *list)
{
	if (need_kind(load, node, HK_SEQUENCE) < 0)
		return -1;
	if (node->count == 0)
		return broken(load, node, "the array must not be empty");
	list->v = arena_array(load, node->count, sizeof(struct hk_schema_place *));
	hk_for_each_item(item, node)
		if (load_one(load, item, &list->v[list->n++]) < 0)
			return -1;
	return 0;
}

static int load_names(struct load *load, const struct hk_node *node, struct hk_schema_names *names)
{
	if (need_kind(load, node, HK_SEQUENCE) < 0)
		return -1;
	names->v = arena_array(load, node->count, sizeof *names->v);
	hk_for_each_item(item, node) {
		if (need_kind(load, item, HK_SCALAR) < 0)
			return -1;
		names->v[names->n++] = item->text;
	}
	return 0;
}

static int load_size(struct load *load, const struct hk_node *node, bool *has, uint64_t *size)
{
	int64_t value;

	if (!hk_node_int(node, &value) || value < 0)
		return broken(load, node, "a whole number of at least 0 is expected here");
	*has = true;
	*size = (uint64_t)value;
	return 0;
}

static int load_number(struct load *load, const struct hk_node *node, const struct hk_node **number)
{
	if (!(hk_schema_type(node) & HK_SCHEMA_NUMBER))
		return broken(load, node, "a number is expected here");
	*number = node;
	return 0;
}

static int load_text(struct load *load, const struct hk_node *node, const char **text)
{
	if (hk_schema_type(node) != HK_SCHEMA_STRING)
		return broken(load, node, "a string is expected here");
	*text = node->text.s;
	return 0;
}

static int load_pattern(struct load *load, const struct hk_node *node, struct hk_str text, const struct hk_pattern **pattern)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;

	*pattern = hk_pattern_compile(text, &load->schema->arena, &problem);
	return *pattern ? 0 : broken(load, node, problem.message);
}

static int add_type(struct load *load, struct hk_schema_place *place, const struct hk_node *node)
{
	static const struct { const char *name; unsigned bits; } TYPES[] = {
		{ "null", HK_SCHEMA_NULL }, { "boolean", HK_SCHEMA_BOOLEAN }, { "integer", HK_SCHEMA_INTEGER },
		{ "number", HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER }, { "string", HK_SCHEMA_STRING }, { "array", HK_SCHEMA_ARRAY },
		{ "object", HK_SCHEMA_OBJECT },
	};

	for (size_t i = 0; i < HK_COUNT(TYPES); i++)
		if (hk_str_is(node->text, TYPES[i].name)) {
			place->types |= TYPES[i].bits;
			return 0;
		}
	return broken(load, node, "there is no such type");
}

static int kw_type(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	if (value->kind == HK_SCALAR)
		return add_type(load, place, value);
	hk_for_each_item(item, value)
		if (add_type(load, place, item) < 0)
			return -1;
	return place->types ? 0 : broken(load, value, "a type or a list of types is expected here");
}

static int kw_reference(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	static const char PREFIX[] = "#/$defs/";
	struct hk_schema *schema = load->schema;

	if (hk_str_is(value->text, "#")) {
		place->reference = schema->root;
		return 0;
	}
	if (hk_str_starts(value->text, PREFIX)) {
		struct hk_str name = { value->text.s + strlen(PREFIX), value->text.n - strlen(PREFIX) };
		for (size_t i = 0; i < schema->n_definitions; i++)
			if (hk_str_eq(schema->definitions[i].name, name)) {
				place->reference = schema->definitions[i].place;
				return 0;
			}
	}
	return broken(load, value, "only references to '#' and to what is in '$defs' are supported");
}

static int kw_properties(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	if (need_kind(load, value, HK_MAPPING) < 0)
		return -1;
	place->properties = arena_array(load, value->count, sizeof *place->properties);
	hk_for_each_pair(key, value) {
		struct hk_schema_property *property = &place->properties[place->n_properties++];
		property->name = key->text;
		if (load_one(load, key->next, &property->place) < 0)
			return -1;
	}
	return 0;
}

static int kw_pattern_properties(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	if (need_kind(load, value, HK_MAPPING) < 0)
		return -1;
	place->by_pattern = arena_array(load, value->count, sizeof *place->by_pattern);
	hk_for_each_pair(key, value) {
		struct hk_schema_by_pattern *entry = &place->by_pattern[place->n_by_pattern++];
		if (load_pattern(load, key, key->text, &entry->pattern) < 0 || load_one(load, key->next, &entry->place) < 0)
			return -1;
	}
	return 0;
}

static int kw_dependent(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	if (need_kind(load, value, HK_MAPPING) < 0)
		return -1;
	place->dependent = arena_array(load, value->count, sizeof *place->dependent);
	hk_for_each_pair(key, value) {
		struct hk_schema_dependent *entry = &place->dependent[place->n_dependent++];
		entry->name = key->text;
		if (load_names(load, key->next, &entry->needs) < 0)
			return -1;
	}
	return 0;
}

static int kw_unique(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	return hk_node_bool(value, &place->unique) ? 0 : broken(load, value, "true or false is expected here");
}

static int kw_enum(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	place->enumeration = value;
	return need_kind(load, value, HK_SEQUENCE);
}

static int kw_examples(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	place->examples = value;
	return need_kind(load, value, HK_SEQUENCE);
}

static int kw_const(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	(void)load;
	place->constant = value;
	return 0;
}

static int kw_pattern(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	return load_pattern(load, value, value->text, &place->pattern);
}

/* Says something to people or other tools only; $defs is read before all else. */
static int kw_ignored(struct load *load, struct hk_schema_place *place, const struct hk_node *value)
{
	(void)load, (void)place, (void)value;
	return 0;
}

#define KEYWORD(function, expression) \
	static int function(struct load *load, struct hk_schema_place *place, const struct hk_node *value) { return expression; }
KEYWORD(kw_title, load_text(load, value, &place->title))
KEYWORD(kw_description, load_text(load, value, &place->description))
KEYWORD(kw_additional, load_one(load, value, &place->additional))
KEYWORD(kw_property_names, load_one(load, value, &place->property_names))
KEYWORD(kw_required, load_names(load, value, &place->required))
KEYWORD(kw_min_properties, load_size(load, value, &place->properties_count.has_min, &place->properties_count.min))
KEYWORD(kw_max_properties, load_size(load, value, &place->properties_count.has_max, &place->properties_count.max))
KEYWORD(kw_items, load_one(load, value, &place->items))
KEYWORD(kw_prefix_items, load_list(load, value, &place->prefix_items))
KEYWORD(kw_min_items, load_size(load, value, &place->items_count.has_min, &place->items_count.min))
KEYWORD(kw_max_items, load_size(load, value, &place->items_count.has_max, &place->items_count.max))
KEYWORD(kw_min_length, load_size(load, value, &place->length.has_min, &place->length.min))
KEYWORD(kw_max_length, load_size(load, value, &place->length.has_max, &place->length.max))
KEYWORD(kw_minimum, load_number(load, value, &place->minimum))
KEYWORD(kw_maximum, load_number(load, value, &place->maximum))
KEYWORD(kw_exclusive_minimum, load_number(load, value, &place->exclusive_minimum))
KEYWORD(kw_exclusive_maximum, load_number(load, value, &place->exclusive_maximum))
KEYWORD(kw_all_of, load_list(load, value, &place->all_of))
KEYWORD(kw_any_of, load_list(load, value, &place->any_of))
KEYWORD(kw_one_of, load_list(load, value, &place->one_of))
KEYWORD(kw_not, load_one(load, value, &place->not))
KEYWORD(kw_if, load_one(load, value, &place->condition))
KEYWORD(kw_then, load_one(load, value, &place->then))
KEYWORD(kw_else, load_one(load, value, &place->otherwise))

static const struct { const char *name; keyword_fn load; } KEYWORDS[] = {
	{ "$comment", kw_ignored }, { "$defs", kw_ignored }, { "$id", kw_ignored }, { "$ref", kw_reference }, { "$schema", kw_ignored },
	{ "additionalProperties", kw_additional }, { "allOf", kw_all_of }, { "anyOf", kw_any_of }, { "const", kw_const },
	{ "default", kw_ignored }, { "dependentRequired", kw_dependent }, { "description", kw_description }, { "else", kw_else },
	{ "enum", kw_enum }, { "examples", kw_examples }, { "exclusiveMaximum", kw_exclusive_maximum },
	{ "exclusiveMinimum", kw_exclusive_minimum }, { "if", kw_if }, { "items", kw_items }, { "maxItems", kw_max_items },
	{ "maxLength", kw_max_length }, { "maxProperties", kw_max_properties }, { "maximum", kw_maximum }, { "minItems", kw_min_items },
	{ "minLength", kw_min_length }, { "minProperties", kw_min_properties }, { "minimum", kw_minimum }, { "not", kw_not },
	{ "oneOf", kw_one_of }, { "pattern", kw_pattern }, { "patternProperties", kw_pattern_properties },
	{ "prefixItems", kw_prefix_items }, { "properties", kw_properties }, { "propertyNames", kw_property_names },
	{ "required", kw_required }, { "then", kw_then }, { "title", kw_title }, { "type", kw_type }, { "uniqueItems", kw_unique },
};

static int load_keyword(struct load *load, struct hk_schema_place *place, const struct hk_node *key)
{
	for (size_t i = 0; i < HK_COUNT(KEYWORDS); i++)
		if (hk_str_is(key->text, KEYWORDS[i].name))
			return KEYWORDS[i].load(load, place, key->next);
	return broken(load, key, "this keyword is not supported");
}

static int fill_place(struct load *load, struct hk_schema_place *place, const struct hk_node *node)
{
	bool accepts;

	if (node->kind == HK_SCALAR && hk_node_bool(node, &accepts)) {
		place->refuses = !accepts;
		return 0;
	}
	if (need_kind(load, node, HK_MAPPING) < 0)
		return -1;
	hk_for_each_pair(key, node)
		if (load_keyword(load, place, key) < 0)
			return -1;
	return 0;
}

static struct hk_schema_place *load_place(struct load *load, const struct hk_node *node)
{
	struct hk_schema_place *place = hk_arena_alloc(&load->schema->arena, sizeof *place);

	return fill_place(load, place, node) < 0 ? NULL : place;
}

/* Names first, so that definitions can refer to each other in any order. */
static int load_definitions(struct load *load, const struct hk_node *root)
{
	struct hk_schema *schema = load->schema;
	const struct hk_node *definitions = hk_node_get(root, "$defs");

	if (!definitions)
		return 0;
	if (need_kind(load, definitions, HK_MAPPING) < 0)
		return -1;
	schema->definitions = arena_array(load, definitions->count, sizeof *schema->definitions);
	hk_for_each_pair(key, definitions) {
		struct hk_schema_place *place = hk_arena_alloc(&schema->arena, sizeof *place);
		schema->definitions[schema->n_definitions++] = (struct hk_schema_property){ key->text, place };
	}
	size_t i = 0;
	hk_for_each_pair(key, definitions)
		if (fill_place(load, schema->definitions[i++].place, key->next) < 0)
			return -1;
	return 0;
}

static bool is_endless(struct hk_schema_place *place);

static bool any_endless(const struct hk_schema_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_endless(list->v[i]))
			return true;
	return false;
}

/* Does applying the place to a node lead back to applying it to the same node? */
static bool is_endless(struct hk_schema_place *place)
{
	if (!place || place->checked)
		return false;
	if (place->checking)
		return true;
	place->checking = true;
	bool endless = is_endless(place->reference) || any_endless(&place->all_of) || any_endless(&place->any_of) || any_endless(&place->one_of) ||
		       is_endless(place->not) || is_endless(place->condition) || is_endless(place->then) || is_endless(place->otherwise);
	place->checking = false;
	place->checked = true;
	return endless;
}

static int load_root(struct load *load)
{
	struct hk_schema *schema = load->schema;
	const struct hk_node *root = schema->doc.root;

	schema->root = hk_arena_alloc(&schema->arena, sizeof *schema->root);
	if (load_definitions(load, root) < 0 || fill_place(load, schema->root, root) < 0)
		return -1;
	for (size_t i = 0; i < schema->n_definitions; i++)
		if (is_endless(schema->definitions[i].place))
			return broken(load, root, "a definition refers to itself without end");
	return is_endless(schema->root) ? broken(load, root, "the schema refers to itself without end") : 0;
}

struct hk_schema *hk_schema_load(const char *name, struct hk_str json, struct hk_err *err)
{
	struct hk_schema *schema = hk_calloc(1, sizeof *schema);
	struct load load = { schema, name, err };
	struct hk_diags diags = HK_DIAGS_INIT;
	int result;

	hk_source_from_text(&schema->source, name, json.s, json.n);
	result = hk_yaml_read_one(&schema->source, true, &schema->doc, &diags);
	if (result < 0)
		hk_err_set(err, HK_FAILED, "schema '%s' is not JSON: %s", name, diags.list.n ? diags.list.v[0].summary : "no reason known");
	else
		result = load_root(&load);
	hk_diags_release(&diags);
	if (result < 0) {
		hk_schema_free(schema);
		return NULL;
	}
	return schema;
}

void hk_schema_free(struct hk_schema *schema)
{
	if (!schema)
		return;
	hk_doc_release(&schema->doc);
	hk_source_release(&schema->source);
	hk_arena_release(&schema->arena);
	free(schema);
}
