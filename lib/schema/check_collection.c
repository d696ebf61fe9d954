/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mappings and lists. */
#include "schema/rules.h"

#define CALL struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step

const struct hk_node *hk_schema_handle(const struct hk_node *node, const struct hk_schema_step *step)
{
	if (step->key)
		return step->key;
	return node->first && node->kind == HK_MAPPING ? node->first : node;
}

/* What the unknown keys of one mapping may have meant. Only the first few get a suggestion: a hostile mapping can have a million. */
#define MAX_SUGGESTIONS 16
struct suggestions {
	const char *made[MAX_SUGGESTIONS];
	size_t count;
};

const struct hk_schema_place *hk_schema_property(const struct hk_schema_place *place, struct hk_str name)
{
	for (; place; place = place->reference)
		for (size_t i = 0; i < place->n_properties; i++)
			if (hk_str_eq(place->properties[i].name, name))
				return place->properties[i].place;
	return NULL;
}

/* What the schema says of a key. Branches of a combination look at keys that are described elsewhere, so the place of the whole mapping comes first. */
static const struct hk_schema_place *about_key(const struct hk_schema_place *place, const struct hk_schema_step *step, struct hk_str name)
{
	const struct hk_schema_place *about = hk_schema_property(step->about, name);

	return about ? about : hk_schema_property(place, name);
}

static const struct hk_schema_place *property(const struct hk_schema_place *place, struct hk_str name)
{
	for (size_t i = 0; i < place->n_properties; i++)
		if (hk_str_eq(place->properties[i].name, name))
			return place->properties[i].place;
	return NULL;
}

/* Known keys that the mapping does not have yet: those a misspelt key can stand for. */
static const char *nearest_key(const struct hk_schema_place *place, const struct hk_node *node, struct hk_str word, bool *certain)
{
	HK_VEC(const char *) names = { 0 };

	for (size_t i = 0; i < place->n_properties; i++)
		if (!hk_node_key(node, place->properties[i].name.s))
			hk_vec_push(&names, place->properties[i].name.s);
	const char *nearest = hk_schema_nearest(word, names.v, names.n, certain);
	hk_vec_release(&names);
	return nearest;
}

static void report_unknown(CALL, const struct hk_node *key, struct suggestions *suggestions)
{
	struct hk_diag *diag = hk_schema_find(check, HK0101, key, step, "unknown key '%s'", key->text.s);
	const char *nearest = NULL;
	bool certain = false;

	if (!diag)
		return;
	if (suggestions->count < MAX_SUGGESTIONS) {
		nearest = nearest_key(place, node, key->text, &certain);
		suggestions->made[suggestions->count++] = nearest;
	}
	if (nearest) {
		hk_diag_help(check->diags, diag, "did you mean '%s'?", nearest);
		if (certain)
			hk_schema_fix_text(check, diag, key, nearest);
	} else if (place->n_properties) {
		HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
		for (size_t i = 0; i < place->n_properties; i++)
			hk_buf_addf(&names, "%s%s", i ? ", " : "", place->properties[i].name.s);
		hk_diag_help(check->diags, diag, "known keys here: %s", names.s);
	}
}

/* A key that is missing is most likely there under a misspelt name, which is reported already. */
static bool is_misspelt(const struct suggestions *suggestions, struct hk_str name)
{
	for (size_t i = 0; i < suggestions->count; i++)
		if (suggestions->made[i] && hk_str_is(name, suggestions->made[i]))
			return true;
	return false;
}

static void check_key_name(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *key, const struct hk_schema_step *step)
{
	struct hk_node name = *key;
	struct hk_schema_step here = *step;

	/* a key is a text in JSON, however it is written */
	name.style = HK_DOUBLE_QUOTED;
	here.about = NULL;
	hk_schema_apply(check, place->property_names, &name, &here);
}

static void check_pair(CALL, const struct hk_node *key, struct suggestions *suggestions)
{
	const struct hk_schema_place *known = property(place, key->text);
	struct hk_schema_step child = { step, key, 0, known ? about_key(place, step, key->text) : NULL };
	bool found = known != NULL;

	if (place->property_names)
		check_key_name(check, place, key, step);
	if (known)
		hk_schema_apply(check, known, key->next, &child);
	for (size_t i = 0; i < place->n_by_pattern; i++)
		if (hk_pattern_matches(place->by_pattern[i].pattern, key->text)) {
			found = true;
			child.about = place->by_pattern[i].place;
			hk_schema_apply(check, child.about, key->next, &child);
		}
	if (found || !place->additional)
		return;
	child.about = place->additional;
	if (place->additional->refuses)
		report_unknown(check, place, node, step, key, suggestions);
	else
		hk_schema_apply(check, place->additional, key->next, &child);
}

static void report_missing(CALL, struct hk_str name)
{
	struct hk_diag *diag = hk_schema_find(check, HK0102, hk_schema_handle(node, step), step, "missing key '%s'", name.s);
	const struct hk_schema_place *known = about_key(place, step, name);

	if (!diag || !known)
		return;
	HK_AUTO_BUF struct hk_buf example = HK_BUF_INIT;
	const char *description = hk_schema_description(known);
	if (!hk_schema_add_place_example(&example, known, false))
		hk_buf_addstr(&example, "...");
	hk_diag_help(check->diags, diag, "%s%sAdd it, for example: %s: %s", description ? description : "", description ? " " : "", name.s, example.s);
}

/* "the list has 3 items, at most 2 are allowed" */
static struct hk_diag *report_count(CALL, bool too_few, uint64_t bound)
{
	static const char *const UNITS[2][2] = { { "item", "items" }, { "key", "keys" } };
	bool mapping = node->kind == HK_MAPPING;
	const char *what = mapping ? "mapping" : "list";

	(void)place;
	if (node->count == 0)
		return hk_schema_find(check, HK0107, hk_schema_handle(node, step), step, "the %s is empty", what);
	if (bound == 0)
		return hk_schema_find(check, HK0107, hk_schema_handle(node, step), step, "the %s must be empty", what);
	return hk_schema_find(check, HK0107, hk_schema_handle(node, step), step, "the %s has %u %s, at %s %llu %s %s", what, (unsigned)node->count,
			      UNITS[mapping][node->count != 1], too_few ? "least" : "most", (unsigned long long)bound, bound == 1 ? "is" : "are",
			      too_few ? "needed" : "allowed");
}

static void check_counts(CALL)
{
	const struct hk_schema_sizes *sizes = node->kind == HK_MAPPING ? &place->properties_count : &place->items_count;

	if (sizes->has_min && node->count < sizes->min)
		hk_schema_explain(check, report_count(check, place, node, step, true, sizes->min), place, step);
	else if (sizes->has_max && node->count > sizes->max)
		hk_schema_explain(check, report_count(check, place, node, step, false, sizes->max), place, step);
}

static void check_dependent(CALL)
{
	for (size_t i = 0; i < place->n_dependent; i++) {
		const struct hk_schema_dependent *entry = &place->dependent[i];
		const struct hk_node *key = hk_node_key(node, entry->name.s);
		for (size_t j = 0; key && j < entry->needs.n; j++)
			if (!hk_node_key(node, entry->needs.v[j].s))
				hk_schema_find(check, HK0109, key, step, "'%s' is given, so '%s' is needed too", entry->name.s, entry->needs.v[j].s);
	}
}

void hk_schema_check_mapping(CALL)
{
	struct suggestions suggestions = { .count = 0 };

	if (place->n_properties || place->n_by_pattern || place->additional || place->property_names)
		hk_for_each_pair(key, node) {
			if (hk_schema_is_decided(check))
				return;
			check_pair(check, place, node, step, key, &suggestions);
		}
	for (size_t i = 0; i < place->required.n && !hk_schema_is_decided(check); i++)
		if (!hk_node_key(node, place->required.v[i].s) && !is_misspelt(&suggestions, place->required.v[i]))
			report_missing(check, place, node, step, place->required.v[i]);
	check_counts(check, place, node, step);
	check_dependent(check, place, node, step);
}

static void check_unique(CALL)
{
	struct hk_map seen = HK_MAP_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t index = 0;

	hk_for_each_item(item, node) {
		hk_buf_reset(&text);
		hk_schema_canonical(item, &text);
		struct hk_str key = { hk_arena_slicedup(&arena, (struct hk_str){ text.s, text.len }), text.len };
		size_t first = hk_map_put(&seen, key, index);
		struct hk_schema_step child = { step, NULL, index, place->items };
		if (first != HK_MAP_NONE)
			hk_schema_explain(check, hk_schema_find(check, HK0108, item, &child, "this item is the same as item %zu", first), place, step);
		index++;
	}
	hk_map_release(&seen);
	hk_arena_release(&arena);
}

void hk_schema_check_list(CALL)
{
	size_t index = 0;

	check_counts(check, place, node, step);
	hk_for_each_item(item, node) {
		const struct hk_schema_place *inner = index < place->prefix_items.n ? place->prefix_items.v[index] : place->items;
		struct hk_schema_step child = { step, NULL, index, inner };
		if (hk_schema_is_decided(check))
			return;
		if (inner)
			hk_schema_apply(check, inner, item, &child);
		index++;
	}
	if (place->unique)
		check_unique(check, place, node, step);
}
