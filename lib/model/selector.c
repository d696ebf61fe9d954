/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels, selectors, and whether a node takes a pod: the rules of Kubernetes' scheduler that concern a single pod and node. */
#include "model/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_NAME_FIELD "metadata.name"       /* key of a matchFields term */

const char *hk_labels_get(const struct hk_labels *labels, const char *key)
{
	size_t low = 0, high = labels->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(labels->v[middle].key, key);
		if (order == 0)
			return labels->v[middle].value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *hk_labels_answer(const struct hk_labels *labels, const char *rule)
{
	static const char ours[] = "hkctl.dev/";
	const char *value = hk_labels_get(labels, rule);

	for (size_t i = 0; i < labels->n && !value; i++)
		if (strncmp(labels->v[i].key, ours, sizeof ours - 1) == 0 && strcmp(labels->v[i].key + sizeof ours - 1, rule) == 0)
			value = labels->v[i].value;
	return value;
}

static bool has_value(const struct hk_selector_term *term, const char *value)
{
	for (size_t i = 0; i < term->n_values; i++)
		if (strcmp(term->values[i], value) == 0)
			return true;
	return false;
}

/* Gt and Lt compare integers; anything else does not match. */
static bool compares(const struct hk_selector_term *term, const char *value)
{
	char *value_end, *limit_end;
	long long number, limit;

	if (!value || term->n_values != 1)
		return false;
	number = strtoll(value, &value_end, 10);
	limit = strtoll(term->values[0], &limit_end, 10);
	if (value_end == value || *value_end || limit_end == term->values[0] || *limit_end)
		return false;
	return term->op == HK_OP_GREATER ? number > limit : number < limit;
}

static bool term_matches(const struct hk_selector_term *term, const char *value)
{
	switch (term->op) {
	case HK_OP_IN: return value && has_value(term, value);
	case HK_OP_NOT_IN: return !value || !has_value(term, value);
	case HK_OP_EXISTS: return value != NULL;
	case HK_OP_NOT_EXISTS: return value == NULL;
	case HK_OP_GREATER:
	case HK_OP_LESS: return compares(term, value);
	}
	return false;
}

bool hk_selector_matches(const struct hk_selector *selector, const struct hk_labels *labels)
{
	for (size_t i = 0; i < selector->n_terms; i++)
		if (!term_matches(&selector->terms[i], hk_labels_get(labels, selector->terms[i].key)))
			return false;
	return true;
}

/* Some node of the group: "name" when it is one, else name-1 to name-count. */
static bool is_node_of_group(const struct hk_node_group *group, const char *name)
{
	size_t length = strlen(group->name);
	char *end;
	unsigned long number;

	if (group->count <= 1)
		return strcmp(group->name, name) == 0;
	if (strncmp(group->name, name, length) != 0 || name[length] != '-' || name[length + 1] < '1' || name[length + 1] > '9')
		return false;
	number = strtoul(name + length + 1, &end, 10);
	return !*end && number <= group->count;
}

/* A term on the node's name: true when some node of the group fits. */
static bool name_term_matches(const struct hk_selector_term *term, const struct hk_node_group *group)
{
	size_t named = 0;

	for (size_t i = 0; i < term->n_values; i++)
		named += is_node_of_group(group, term->values[i]);
	return term->op == HK_OP_IN ? named > 0 : named < group->count;
}

static bool node_term_matches(const struct hk_selector *selector, const struct hk_node_group *group)
{
	for (size_t i = 0; i < selector->n_terms; i++) {
		const struct hk_selector_term *term = &selector->terms[i];
		bool matches = strcmp(term->key, NODE_NAME_FIELD) == 0 ? name_term_matches(term, group)
								       : term_matches(term, hk_labels_get(&group->labels, term->key));
		if (!matches)
			return false;
	}
	/* Kubernetes: an empty node selector term matches no node */
	return selector->n_terms > 0;
}

static bool tolerates(const struct hk_workload *workload, const struct hk_taint *taint)
{
	for (size_t i = 0; i < workload->n_tolerations; i++) {
		const struct hk_toleration *t = &workload->tolerations[i];
		bool any_key = !t->key || !*t->key;

		if (t->effect >= 0 && t->effect != (int)taint->effect)
			continue;
		if (any_key ? !t->exists : strcmp(t->key, taint->key) != 0)
			continue;
		if (t->exists || strcmp(t->value ? t->value : "", taint->value ? taint->value : "") == 0)
			return true;
	}
	return false;
}

bool hk_labels_include(const struct hk_labels *labels, const struct hk_labels *wanted)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *value = hk_labels_get(labels, wanted->v[i].key);
		if (!value || strcmp(value, wanted->v[i].value) != 0)
			return false;
	}
	return true;
}

static bool fits_affinity(const struct hk_node_group *group, const struct hk_workload *workload)
{
	for (size_t i = 0; i < workload->n_node_terms; i++)
		if (node_term_matches(&workload->node_terms[i], group))
			return true;
	return workload->n_node_terms == 0;
}

bool hk_node_group_accepts(const struct hk_model *model, const struct hk_node_group *group, const struct hk_workload *workload)
{
	if (group->unschedulable || !hk_labels_include(&group->labels, &workload->features) || !fits_affinity(group, workload))
		return false;
	for (size_t i = 0; i < group->n_taints; i++)
		if (group->taints[i].effect != HK_PREFER_NO_SCHEDULE && !tolerates(workload, &group->taints[i]))
			return false;
	for (size_t r = 0; workload->node_limit && r < model->n_resources; r++)
		if (workload->node_limit[r] > 0 && group->allocatable[r] < workload->node_limit[r])
			return false;
	return true;
}
