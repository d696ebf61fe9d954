/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a target that no rule of the offer can tell apart share a class, so that rules are evaluated once for all of them. */
#include "check/check.h"
#include <string.h>

static void add_bytes(struct hk_buf *key, const void *bytes, size_t count)
{
	hk_buf_add(key, bytes, count);
}

static void add_number(struct hk_buf *key, uint32_t number)
{
	add_bytes(key, &number, sizeof number);
}

static bool has_program(const struct hk_check *check, const char *rule)
{
	for (size_t i = 0; i < check->options.n_programs; i++)
		if (strcmp(check->options.programs[i].rule, rule) == 0)
			return true;
	return false;
}

static void add_rules(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_member *member, struct hk_buf *key)
{
	for (size_t i = 0; i < offer->n_rules; i++) {
		const struct hk_check_rule *rule = offer->rules[i];
		if (rule->measure == HK_MEASURE_NODE) {
			uint32_t r = hk_model_resource(check->model, rule->resource);
			const struct hk_check_node *node = member->node == HK_NO_INDEX ? NULL : &check->inventory.nodes.v[member->node];
			double amount = node && r != HK_NO_INDEX ? check->model->clusters[node->cluster].nodes[node->group].allocatable[r] : -2;
			add_bytes(key, &amount, sizeof amount);
		} else if (rule->measure == HK_MEASURE_OTHER) {
			const char *label = hk_check_label(check, rule->name, member->node, member->cluster);
			hk_buf_addch(key, label ? '=' : '-');
			if (label)
				add_bytes(key, label, strlen(label) + 1);
		}
	}
}

/* Numbers of its names that measured values mention. */
static void add_names(const struct hk_check *check, const struct hk_member *member, struct hk_buf *key)
{
	const struct hk_measured *measured = &check->measured;

	if (!measured->n_names)
		return;
	add_number(key, hk_measured_name(measured, member->reference));
	add_number(key, member->node == HK_NO_INDEX ? 0 : hk_measured_name(measured, check->inventory.nodes.v[member->node].name));
	if (member->pod == HK_NO_INDEX)
		return;
	const struct hk_check_pod *pod = &check->inventory.pods.v[member->pod];
	add_number(key, hk_measured_name(measured, pod->name));
	if (pod->workload != HK_NO_INDEX)
		add_number(key, hk_measured_name(measured, check->model->pipelines[pod->pipeline].workloads[pod->workload].name));
}

/* One byte for each pattern of a provider, then the cost of the member's node by each CostProvider. */
static size_t add_marks(const struct hk_check *check, const struct hk_check_target *target, const struct hk_member *member, struct hk_buf *key)
{
	size_t before = key->len;
	HK_AUTO_BUF struct hk_buf node = HK_BUF_INIT;

	if (member->node != HK_NO_INDEX)
		hk_buf_addf(&node, "%s:%s", check->model->clusters[member->cluster].name, check->inventory.nodes.v[member->node].name);
	for (size_t p = 0; p < check->providers.list.n; p++) {
		const struct hk_check_provider *provider = &check->providers.list.v[p];
		for (size_t t = 0; t < provider->n_targets; t++) {
			bool named = !provider->targets[t].name || strcmp(provider->targets[t].name, target->name) == 0;
			hk_buf_addch(key, !provider->broken && named && hk_reference_pattern_matches(&provider->targets[t].pattern, member->reference));
		}
		uint32_t cost = 0;
		while (!provider->broken && node.len && cost < provider->n_costs && !hk_reference_pattern_matches(&provider->costs[cost].node, node.s))
			cost++;
		if (!provider->decides)
			add_number(key, node.len ? cost : UINT32_MAX);
	}
	return key->len - before;
}

static void classify(struct hk_check *check, const struct hk_check_offer *offer, struct hk_check_target *target)
{
	struct hk_map groups = HK_MAP_INIT;
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	bool alone = false;

	for (size_t i = 0; i < offer->n_rules; i++)
		alone = alone || has_program(check, offer->rules[i]->name);
	target->example = hk_arena_array(&check->arena, target->n_members, sizeof *target->example);
	target->marks = hk_arena_array(&check->arena, target->n_members, sizeof *target->marks);
	for (uint32_t i = 0; i < target->n_members; i++) {
		struct hk_member *member = &target->members[i];
		hk_buf_reset(&key);
		size_t marks = add_marks(check, target, member, &key);
		add_number(&key, member->cluster);
		hk_buf_addch(&key, member->pod != HK_NO_INDEX && !check->inventory.pods.v[member->pod].node_name &&
			     !(check->inventory.pods.v[member->pod].flags & HK_POD_PLANNED));
		add_rules(check, offer, member, &key);
		add_names(check, member, &key);
		if (alone)
			add_number(&key, i);
		size_t known = hk_map_get(&groups, (struct hk_str){ key.s, key.len });
		if (known == HK_MAP_NONE) {
			char *kept = hk_arena_slicedup(&check->arena, (struct hk_str){ key.s, key.len });
			known = target->n_groups++;
			hk_map_put(&groups, (struct hk_str){ kept, key.len }, known);
			target->example[known] = i;
			target->marks[known] = marks ? (const unsigned char *)kept : NULL;
		}
		member->group = (uint32_t)known;
	}
	hk_map_release(&groups);
}

void hk_check_classify(struct hk_check *check, struct hk_check_offer *offer)
{
	offer->n_combinations = offer->n_bindings ? 1 : 0;
	for (size_t t = 0; t < offer->n_targets && offer->n_bindings; t++) {
		classify(check, offer, &offer->targets[t]);
		offer->n_combinations *= offer->targets[t].n_groups;
	}
}
