/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/affinity.h"
#include "render/value.h"
#include <string.h>

#define REQUIRED "requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED "preferredDuringSchedulingIgnoredDuringExecution"
#define TERMS "nodeSelectorTerms"

static struct hk_value *requirement_value(struct hk_arena *arena, const struct hk_requirement *requirement)
{
	struct hk_value *values = hk_value_seq(arena), *map = hk_value_map(arena);
	for (size_t i = 0; i < requirement->n_values; i++)
		hk_value_push(arena, values, hk_value_str(arena, requirement->values[i]));
	hk_value_put_str(arena, map, "key", requirement->key);
	hk_value_put_str(arena, map, "operator", "In");
	return hk_value_put(arena, map, "values", values);
}

/* The requirements of a term that go under matchExpressions, or under matchFields; NULL when there are none. */
static struct hk_value *requirements_value(struct hk_arena *arena, const struct hk_node_term *term, bool fields)
{
	struct hk_value *list = NULL;
	for (size_t i = 0; i < term->n; i++) {
		if (term->all[i].field != fields)
			continue;
		list = list ? list : hk_value_seq(arena);
		hk_value_push(arena, list, requirement_value(arena, &term->all[i]));
	}
	return list;
}

static const char *list_name(bool fields)
{
	return fields ? "matchFields" : "matchExpressions";
}

static struct hk_value *term_value(struct hk_arena *arena, const struct hk_node_term *term)
{
	struct hk_value *map = hk_value_map(arena);
	for (int fields = 0; fields < 2; fields++) {
		struct hk_value *list = requirements_value(arena, term, fields);
		if (list)
			hk_value_put(arena, map, list_name(fields), list);
	}
	return map;
}

static struct hk_value *terms_value(struct hk_arena *arena, const struct hk_node_set *set)
{
	struct hk_value *list = hk_value_seq(arena);
	for (size_t i = 0; i < set->n; i++)
		hk_value_push(arena, list, term_value(arena, &set->any[i]));
	return list;
}

static bool is_filled(const struct hk_node *list)
{
	return list && list->kind == HK_SEQUENCE && list->count > 0;
}

static bool matches_nothing(const struct hk_node *term)
{
	return !is_filled(hk_node_get(term, "matchExpressions")) && !is_filled(hk_node_get(term, "matchFields"));
}

static bool says_already(const struct hk_node *list, const struct hk_requirement *requirement)
{
	hk_for_each_item(item, list) {
		const char *key = hk_node_string(hk_node_get(item, "key")), *op = hk_node_string(hk_node_get(item, "operator"));
		const struct hk_node *values = hk_node_get(item, "values");
		if (!key || !op || strcmp(key, requirement->key) != 0 || strcmp(op, "In") != 0 || !values || values->count != requirement->n_values)
			continue;
		size_t same = 0;
		hk_for_each_item(value, values) {
			const char *text = hk_node_string(value);
			if (!text || strcmp(text, requirement->values[same]) != 0)
				break;
			same++;
		}
		if (same == requirement->n_values)
			return true;
	}
	return false;
}

/* One user's term, narrowed where it stands. */
static void narrow(struct hk_script *script, const struct hk_node *term, const struct hk_node_term *ours)
{
	for (int fields = 0; fields < 2; fields++) {
		struct hk_value *all = requirements_value(script->arena, ours, fields);
		const struct hk_node *list = all ? hk_script_descend(script, term, list_name(fields), HK_SEQUENCE, all) : NULL;
		for (size_t i = 0; list && i < ours->n; i++)
			if (ours->all[i].field == (bool)fields && !says_already(list, &ours->all[i]))
				hk_script_add_item(script, list, requirement_value(script->arena, &ours->all[i]));
	}
}

/* A copy of the user's term with our requirements, for the second and later of ours. */
static struct hk_value *both(struct hk_arena *arena, const struct hk_node *term, const struct hk_node_term *ours)
{
	struct hk_value *map = hk_value_map(arena);
	for (int fields = 0; fields < 2; fields++) {
		const struct hk_node *list = hk_node_get(term, list_name(fields));
		struct hk_value *all = is_filled(list) ? hk_value_copy(arena, list) : hk_value_seq(arena);
		for (size_t i = 0; i < ours->n; i++)
			if (ours->all[i].field == (bool)fields && !says_already(list, &ours->all[i]))
				hk_value_push(arena, all, requirement_value(arena, &ours->all[i]));
		if (all->count > 0)
			hk_value_put(arena, map, list_name(fields), all);
	}
	return map;
}

static void merge_terms(struct hk_script *script, const struct hk_node *terms, const struct hk_node_set *set)
{
	size_t narrowed = 0;
	hk_for_each_item(term, terms) {
		if (matches_nothing(term))
			continue;
		narrowed++;
		narrow(script, term, &set->any[0]);
		for (size_t i = 1; i < set->n; i++)
			hk_script_add_item(script, terms, both(script->arena, term, &set->any[i]));
	}
	if (narrowed == 0 && terms->count > 0)
		hk_script_refuse(script, terms, "has only terms without requirements, which match no node");
	for (size_t i = 0; terms->count == 0 && i < set->n; i++)
		hk_script_add_item(script, terms, term_value(script->arena, &set->any[i]));
}

/* One preference for each term, so that a node gets the weight once: terms of one set name different nodes. */
static struct hk_value *preferences_value(struct hk_arena *arena, const struct hk_node_set *set)
{
	struct hk_value *list = hk_value_seq(arena);
	for (size_t i = 0; i < set->n; i++) {
		struct hk_value *preference = hk_value_put(arena, hk_value_map(arena), "weight", hk_value_int(arena, 100));
		hk_value_push(arena, list, hk_value_put(arena, preference, "preference", term_value(arena, &set->any[i])));
	}
	return list;
}

static void require_terms(struct hk_script *script, const struct hk_node *node_affinity, const struct hk_value *fallback, const struct hk_node_set *set)
{
	const struct hk_node *required = hk_script_descend(script, node_affinity, REQUIRED, HK_MAPPING, fallback);
	const struct hk_node *terms = required ? hk_script_descend(script, required, TERMS, HK_SEQUENCE, hk_value_get(fallback, TERMS)) : NULL;
	if (terms)
		merge_terms(script, terms, set);
}

static void add_preferences(struct hk_script *script, const struct hk_node *node_affinity, const struct hk_value *fallback)
{
	const struct hk_node *list = hk_script_descend(script, node_affinity, PREFERRED, HK_SEQUENCE, fallback);
	for (size_t i = 0; list && i < fallback->count; i++)
		hk_script_add_item(script, list, fallback->items[i]);
}

void hk_affinity_edit(struct hk_script *script, const struct hk_node *pod_spec, const struct hk_node_set *require, const struct hk_node_set *prefer)
{
	struct hk_arena *arena = script->arena;
	if (require->n == 0 && prefer->n == 0)
		return;
	struct hk_value *required = hk_value_put(arena, hk_value_map(arena), TERMS, terms_value(arena, require)), *preferred = preferences_value(arena, prefer);
	struct hk_value *both = hk_value_map(arena);
	if (require->n > 0)
		hk_value_put(arena, both, REQUIRED, required);
	if (prefer->n > 0)
		hk_value_put(arena, both, PREFERRED, preferred);
	const struct hk_value *whole = hk_value_put(arena, hk_value_map(arena), "nodeAffinity", both);
	const struct hk_node *affinity = hk_script_descend(script, pod_spec, "affinity", HK_MAPPING, whole);
	const struct hk_node *node_affinity = affinity ? hk_script_descend(script, affinity, "nodeAffinity", HK_MAPPING, both) : NULL;
	if (node_affinity && require->n > 0)
		require_terms(script, node_affinity, required, require);
	if (node_affinity && prefer->n > 0)
		add_preferences(script, node_affinity, preferred);
}

static struct hk_value *spread_value(struct hk_arena *arena, const struct hk_value *selector, bool has_template_hash)
{
	struct hk_value *map = hk_value_map(arena);
	hk_value_put(arena, map, "maxSkew", hk_value_int(arena, 1));
	hk_value_put_str(arena, map, "topologyKey", HK_HOSTNAME_LABEL);
	hk_value_put_str(arena, map, "whenUnsatisfiable", "DoNotSchedule");
	hk_value_put_str(arena, map, "nodeTaintsPolicy", "Honor");
	if (selector)
		hk_value_put(arena, map, "labelSelector", selector);
	/* Without it, pods of the old template count during a rollout and the new ones end up uneven (KEP-3243). */
	if (has_template_hash)
		hk_value_put(arena, map, "matchLabelKeys", hk_value_push(arena, hk_value_seq(arena), hk_value_str(arena, "pod-template-hash")));
	return map;
}

void hk_spread_edit(struct hk_script *script, const struct hk_node *pod_spec, const struct hk_value *selector, bool has_template_hash)
{
	struct hk_value *ours = spread_value(script->arena, selector, has_template_hash);
	struct hk_value *list = hk_value_push(script->arena, hk_value_seq(script->arena), ours);
	const struct hk_node *constraints = hk_script_descend(script, pod_spec, "topologySpreadConstraints", HK_SEQUENCE, list);
	if (!constraints)
		return;
	hk_for_each_item(item, constraints) {
		const char *key = hk_node_string(hk_node_get(item, "topologyKey")), *when = hk_node_string(hk_node_get(item, "whenUnsatisfiable"));
		/* The API allows one constraint for each pair of key and action; the user's own over host names is theirs to keep. */
		if (key && strcmp(key, HK_HOSTNAME_LABEL) == 0 && (!when || strcmp(when, "DoNotSchedule") == 0))
			return;
	}
	hk_script_add_item(script, constraints, ours);
}
