/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/pin.h"
#include <stdlib.h>
#include <string.h>

static const struct hk_node_group *group_named(const struct hk_cluster *cluster, const char *name)
{
	for (size_t i = 0; name && i < cluster->n_nodes; i++)
		if (strcmp(cluster->nodes[i].name, name) == 0)
			return &cluster->nodes[i];
	return NULL;
}

static bool stands_alone(const struct hk_node_group *group)
{
	return group->count <= 1;
}

static bool has_label(const struct hk_node_group *group, const struct hk_label *label)
{
	const char *value = hk_labels_get(&group->labels, label->key);
	return value && strcmp(value, label->value) == 0;
}

static bool only_here(const struct hk_cluster *cluster, const struct hk_node_group *group, const struct hk_label *label)
{
	for (size_t i = 0; i < cluster->n_nodes; i++)
		if (&cluster->nodes[i] != group && has_label(&cluster->nodes[i], label))
			return false;
	return true;
}

/* Labels an operator gives to pools first, then any other, then those that come and go with hardware discovery; host names never. */
static int preference(const char *key)
{
	if (strcmp(key, HK_HOSTNAME_LABEL) == 0)
		return -1;
	if (strncmp(key, "node-restriction.kubernetes.io/", 31) == 0 || strstr(key, "nodepool") || strstr(key, "node-pool") || strstr(key, "agentpool") ||
	    strstr(key, "nodegroup"))
		return 3;
	return strncmp(key, "feature.node.kubernetes.io/", 27) == 0 ? 1 : 2;
}

static const struct hk_label *own_label(const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	const struct hk_label *best = NULL;
	for (size_t i = 0; i < group->labels.n; i++) {
		const struct hk_label *label = &group->labels.v[i];
		if (preference(label->key) > (best ? preference(best->key) : 0) && only_here(cluster, group, label))
			best = label;
	}
	return best;
}

/* No single label is the group's own, but all of them together may be. */
static bool own_together(const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		size_t shared = 0;
		for (size_t j = 0; j < group->labels.n; j++)
			shared += preference(group->labels.v[j].key) < 0 || has_label(&cluster->nodes[i], &group->labels.v[j]);
		if (&cluster->nodes[i] != group && shared == group->labels.n)
			return false;
	}
	return true;
}

static bool can_be_named(const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	return stands_alone(group) || cluster->n_nodes == 1 || own_label(cluster, group) || own_together(cluster, group);
}

static const char *host_name(const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	const char *value = hk_labels_get(&group->labels, HK_HOSTNAME_LABEL);
	if (!stands_alone(group) || !value || !*value)
		return NULL;
	struct hk_label label = { HK_HOSTNAME_LABEL, value };
	return only_here(cluster, group, &label) ? value : NULL;
}

static void add_node(struct hk_pin *pin, const struct hk_node_group *group, uint32_t replicas)
{
	size_t at = 0;
	while (at < pin->n && pin->units[at].group < group)
		at++;
	if (at == pin->n || pin->units[at].group != group) {
		memmove(&pin->units[at + 1], &pin->units[at], (pin->n - at) * sizeof *pin->units);
		pin->units[at] = (struct hk_pin_unit){ .group = group, .low = replicas };
		pin->n++;
	}
	struct hk_pin_unit *unit = &pin->units[at];
	unit->replicas += replicas;
	unit->listed++;
	unit->low = replicas < unit->low ? replicas : unit->low;
	unit->high = replicas > unit->high ? replicas : unit->high;
}

static bool covers(const struct hk_pin *pin, const struct hk_node_group *group)
{
	for (size_t i = 0; i < pin->n; i++)
		if (pin->units[i].group == group)
			return true;
	return false;
}

static void judge(struct hk_pin *pin, const struct hk_model *model, const struct hk_cluster *cluster, const struct hk_workload *workload)
{
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < pin->n; i++) {
		struct hk_pin_unit *unit = &pin->units[i];
		if (unit->listed < unit->group->count)
			unit->low = 0;
		low = unit->low < low ? unit->low : low;
		high = unit->high > high ? unit->high : high;
		pin->nodes += stands_alone(unit->group) ? 1 : unit->group->count;
		if (!pin->unnamed && !can_be_named(cluster, unit->group))
			pin->unnamed = unit->group->name;
	}
	pin->even = high - low <= 1;
	pin->everywhere = true;
	for (size_t i = 0; i < cluster->n_nodes; i++)
		if (hk_node_group_accepts(model, &cluster->nodes[i], workload) && !covers(pin, &cluster->nodes[i]))
			pin->everywhere = false;
}

void hk_pin_read(struct hk_arena *arena, const struct hk_model *model, const struct hk_cluster *cluster, const struct hk_workload *workload,
		 const struct hk_plan_placement *placement, struct hk_pin *pin)
{
	*pin = (struct hk_pin){ .units = hk_arena_array(arena, placement->n_nodes + 1, sizeof *pin->units) };
	for (size_t i = 0; i < placement->n_nodes; i++) {
		const struct hk_plan_node *node = &placement->nodes[i];
		const struct hk_node_group *group = group_named(cluster, node->group ? node->group : node->name);
		if (group && node->replicas > 0)
			add_node(pin, group, node->replicas);
	}
	if (pin->n > 0)
		judge(pin, model, cluster, workload);
}

static void require(struct hk_node_term *term, const char *key, const char **values, size_t n, bool field)
{
	term->all[term->n++] = (struct hk_requirement){ key, values, n, field };
}

static const char **one(struct hk_arena *arena, const char *value)
{
	const char **values = hk_arena_array(arena, 1, sizeof *values);
	values[0] = value;
	return values;
}

/* A fresh term with the cluster's own labels and room for `extra` requirements. */
static struct hk_node_term *term_new(struct hk_arena *arena, const struct hk_cluster *cluster, struct hk_node_set *set, size_t extra)
{
	struct hk_node_term *term = &set->any[set->n++];
	term->all = hk_arena_array(arena, cluster->node_selector.n + extra + 1, sizeof *term->all);
	for (size_t i = 0; i < cluster->node_selector.n; i++)
		require(term, cluster->node_selector.v[i].key, one(arena, cluster->node_selector.v[i].value), 1, false);
	return term;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All nodes with a host name fit one expression. */
static void hosts_term(struct hk_arena *arena, const struct hk_cluster *cluster, const struct hk_pin_unit *units, size_t n, struct hk_node_set *set)
{
	const char **names = hk_arena_array(arena, n, sizeof *names);
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		const char *name = host_name(cluster, units[i].group);
		if (name)
			names[count++] = name;
	}
	if (count == 0)
		return;
	qsort(names, count, sizeof *names, by_text);
	require(term_new(arena, cluster, set, 1), HK_HOSTNAME_LABEL, names, count, false);
}

static void unit_term(struct hk_arena *arena, const struct hk_cluster *cluster, const struct hk_node_group *group, struct hk_node_set *set)
{
	struct hk_node_term *term = term_new(arena, cluster, set, group->labels.n + 1);
	if (stands_alone(group)) {
		require(term, "metadata.name", one(arena, group->name), 1, true);
		return;
	}
	const struct hk_label *own = own_label(cluster, group);
	for (size_t i = 0; i < group->labels.n; i++) {
		const struct hk_label *label = &group->labels.v[i];
		const char *required = hk_labels_get(&cluster->node_selector, label->key);
		if ((own ? label == own : preference(label->key) >= 0) && !(required && strcmp(required, label->value) == 0))
			require(term, label->key, one(arena, label->value), 1, false);
	}
}

struct hk_node_set hk_pin_set(struct hk_arena *arena, const struct hk_cluster *cluster, const struct hk_pin_unit *units, size_t n)
{
	struct hk_node_set set = { hk_arena_array(arena, n + 1, sizeof *set.any), 0 };
	if (n > 0)
		hosts_term(arena, cluster, units, n, &set);
	for (size_t i = 0; i < n; i++)
		if (!host_name(cluster, units[i].group))
			unit_term(arena, cluster, units[i].group, &set);
	if (n == 0 && cluster->node_selector.n > 0)
		term_new(arena, cluster, &set, 0);
	for (size_t i = 0; i < set.n; i++)
		if (set.any[i].n == 0)             /* an empty term matches no node at all; what it meant is "any" */
			set.n = 0;
	return set;
}
