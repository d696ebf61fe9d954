/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a schema says about one place of a document, for people. */
#include "schema/rules.h"
#include <string.h>

/* Follow references and step into lists and mappings with free keys until there are known keys, or nothing more to step into. */
static const struct hk_schema_place *inside(const struct hk_schema_place *place)
{
	/* lists of lists of ... may be defined by themselves */
	for (unsigned steps = 0; steps < 64 && !place->n_properties; steps++) {
		if (place->reference)
			place = place->reference;
		else if (place->items)
			place = place->items;
		else if (place->additional && !place->additional->refuses)
			place = place->additional;
		else
			break;
	}
	return place;
}

static const struct hk_schema_place *typed(const struct hk_schema_place *place)
{
	while (!place->types && !place->enumeration && !place->constant && place->reference)
		place = place->reference;
	return place;
}

static const char *type_words(struct hk_schema *schema, const struct hk_schema_place *place)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	place = typed(place);
	if (place->enumeration) {
		hk_buf_addstr(&text, "one of ");
		hk_schema_add_values(&text, place->enumeration);
	} else if (place->constant) {
		hk_schema_add_example(&text, place->constant, false);
	} else if (place->types) {
		hk_schema_add_types(&text, place->types);
	} else {
		hk_buf_addstr(&text, "any value");
	}
	return hk_arena_slicedup(&schema->arena, (struct hk_str){ text.s, text.len });
}

static bool is_required(const struct hk_schema_place *parent, struct hk_str name)
{
	for (size_t i = 0; i < parent->required.n; i++)
		if (hk_str_eq(parent->required.v[i], name))
			return true;
	return false;
}

static void describe(struct hk_schema *schema, const struct hk_schema_place *place, const char *name, bool required, struct hk_schema_field *field)
{
	HK_AUTO_BUF struct hk_buf example = HK_BUF_INIT;

	*field = (struct hk_schema_field){ .name = name, .title = hk_schema_title(place), .description = hk_schema_description(place),
					   .type = type_words(schema, place), .required = required, .place = place };
	if (hk_schema_add_place_example(&example, place, true))
		field->example = hk_arena_slicedup(&schema->arena, (struct hk_str){ example.s, example.len });
}

bool hk_schema_field(struct hk_schema *schema, const char *path, struct hk_schema_field *field)
{
	const struct hk_schema_place *place = schema->root;
	struct hk_str rest = hk_str_of(path);
	const char *name = "";
	bool required = true;

	while (rest.n) {
		struct hk_str key = hk_str_cut(&rest, '.');
		const struct hk_schema_place *parent = inside(place);
		size_t i = 0;
		while (i < parent->n_properties && !hk_str_eq(parent->properties[i].name, key))
			i++;
		if (i == parent->n_properties)
			return false;
		place = parent->properties[i].place;
		name = parent->properties[i].name.s;
		required = is_required(parent, key);
	}
	describe(schema, place, name, required, field);
	return true;
}

bool hk_schema_field_at(struct hk_schema *schema, const struct hk_schema_field *parent, size_t index, struct hk_schema_field *field)
{
	const struct hk_schema_place *place = inside(parent->place);

	if (index >= place->n_properties)
		return false;
	describe(schema, place->properties[index].place, place->properties[index].name.s, is_required(place, place->properties[index].name), field);
	return true;
}
