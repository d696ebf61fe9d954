/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/parts.h"
#include "place/route.h"
#include <math.h>
#include <string.h>

struct hk_verdict hk_verdict_plain(enum hk_state state, enum hk_evidence evidence, size_t detail)
{
	return (struct hk_verdict){ (uint8_t)state, (uint8_t)evidence, (uint32_t)detail, NAN };
}

void hk_part_keep_worst(struct hk_part *part, struct hk_verdict next)
{
	if (!part->found || next.state > part->verdict.state)
		part->verdict = next;
	part->found = true;
}

static bool is_waiting(const struct hk_check *check, const struct hk_member *member)
{
	if (member->pod == HK_NO_INDEX)
		return false;
	const struct hk_check_pod *pod = &check->inventory.pods.v[member->pod];
	return !pod->node_name && !(pod->flags & HK_POD_PLANNED);
}

/* ---- measured values ---- */

/* Names of a member, the most telling first. */
static size_t names_of(const struct hk_check *check, const struct hk_member *member, const char *names[HK_PART_SCOPES])
{
	size_t n = 0;

	names[n++] = member->reference;
	if (member->pod != HK_NO_INDEX) {
		const struct hk_check_pod *pod = &check->inventory.pods.v[member->pod];
		names[n++] = pod->name;
		if (pod->workload != HK_NO_INDEX)
			names[n++] = check->model->pipelines[pod->pipeline].workloads[pod->workload].name;
	}
	if (member->node != HK_NO_INDEX)
		names[n++] = check->inventory.nodes.v[member->node].name;
	if (member->cluster != HK_NO_INDEX)
		names[n++] = check->model->clusters[member->cluster].name;
	return n;
}

struct hk_verdict hk_check_parts_judge_entry(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, size_t entry)
{
	const struct hk_measured_value *value = &check->measured.list.v[entry];
	struct hk_verdict verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_BAD_VALUE, entry);
	enum hk_state state;

	if (!hk_check_rule_judge_text(rule, hk_str_of(value->text), &state, &verdict.value))
		return verdict;
	verdict.evidence = HK_EVIDENCE_VALUE;
	verdict.state = (uint8_t)state;
	if (state != HK_STATE_VIOLATION && hk_check_too_old(check, offer, value->at)) {
		verdict.evidence = HK_EVIDENCE_STALE;
		verdict.state = HK_STATE_PENDING;
	}
	return verdict;
}

static void judge_value(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, const struct hk_member *member,
			struct hk_part *part)
{
	const char *names[HK_PART_SCOPES];
	size_t n = names_of(check, member, names);

	for (size_t i = 0; i < n && !part->found; i++) {
		size_t entry = hk_measured_find(&check->measured, rule->name, names[i]);
		if (entry != HK_MAP_NONE)
			hk_part_keep_worst(part, hk_check_parts_judge_entry(check, offer, rule, entry));
	}
}

/* ---- labels and nodes ---- */

const char *hk_check_label(const struct hk_check *check, const char *rule, uint32_t node, uint32_t cluster)
{
	const char *value = NULL;

	if (node != HK_NO_INDEX) {
		const struct hk_check_node *n = &check->inventory.nodes.v[node];
		value = hk_labels_answer(&check->model->clusters[n->cluster].nodes[n->group].labels, rule);
	}
	if (!value && cluster != HK_NO_INDEX)
		value = hk_labels_answer(&check->model->clusters[cluster].labels, rule);
	return value;
}

const char *hk_check_way_label(const struct hk_check *check, const struct hk_check_rule *rule, uint32_t from, uint32_t to, bool *missing)
{
	const struct hk_link *links = check->model->links;
	const char *worst = NULL;
	enum hk_state most = HK_STATE_COMPLIANT;

	*missing = false;
	if (from == HK_NO_INDEX || to == HK_NO_INDEX || from == to)
		return NULL;
	for (uint32_t l = hk_route_last_link(check->routes, from, to); l != HK_NO_INDEX; l = hk_route_last_link(check->routes, from, links[l].from)) {
		const char *label = hk_labels_answer(&links[l].labels, rule->name);
		enum hk_state state;
		double value;

		*missing = *missing || !label;
		if (!label)
			continue;
		if (!hk_check_rule_judge_text(rule, hk_str_of(label), &state, &value))
			state = HK_STATE_ERROR;
		if (!worst || state > most) {
			worst = label;
			most = state;
		}
	}
	return worst;
}

static uint32_t keep_text(struct hk_check *check, const char *text)
{
	size_t known = hk_map_put(&check->texts, hk_str_of(text), check->text_list.n);

	if (known != HK_MAP_NONE)
		return (uint32_t)known;
	hk_vec_push(&check->text_list, text);
	return (uint32_t)(check->text_list.n - 1);
}

struct hk_verdict hk_check_parts_judge_label(struct hk_check *check, const struct hk_check_rule *rule, const char *label)
{
	struct hk_verdict verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_LABEL, keep_text(check, label));
	enum hk_state state;

	if (hk_check_rule_judge_text(rule, hk_str_of(label), &state, &verdict.value))
		verdict.state = (uint8_t)state;
	return verdict;
}

static void judge_label(struct hk_check *check, const struct hk_check_rule *rule, const struct hk_member *member, struct hk_part *part)
{
	const char *label = hk_check_label(check, rule->name, member->node, member->cluster);

	if (label)
		hk_part_keep_worst(part, hk_check_parts_judge_label(check, rule, label));
}

static struct hk_verdict judge_node(const struct hk_check *check, const struct hk_check_rule *rule, const struct hk_member *member)
{
	uint32_t r = hk_model_resource(check->model, rule->resource);
	double amount;

	if (is_waiting(check, member))
		return hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	if (member->node == HK_NO_INDEX || r == HK_NO_INDEX)
		return hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0);
	const struct hk_check_node *node = &check->inventory.nodes.v[member->node];
	amount = check->model->clusters[node->cluster].nodes[node->group].allocatable[r];
	if (amount < 0)
		return hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0);
	return (struct hk_verdict){ (uint8_t)hk_check_rule_judge(rule, amount), HK_EVIDENCE_NODE, 0, amount };
}

/* ---- all of a target ---- */

static void open_rules(struct hk_check_parts *parts, struct hk_check *check, const struct hk_check_offer *offer, size_t t)
{
	const struct hk_check_target *target = &offer->targets[t];
	struct hk_target_parts *p = &parts->targets[t];

	p->values = hk_arena_array(&parts->arena, offer->n_rules * target->n_groups, sizeof *p->values);
	p->own = hk_arena_array(&parts->arena, offer->n_rules * target->n_groups, sizeof *p->own);
	for (size_t r = 0; r < offer->n_rules; r++) {
		const struct hk_check_rule *rule = offer->rules[r];
		for (size_t g = 0; g < target->n_groups && !rule->broken; g++) {
			const struct hk_member *member = &target->members[target->example[g]];
			size_t at = r * target->n_groups + g;
			if (parts->numbers[r])
				judge_value(check, offer, rule, member, &p->values[at]);
			if (rule->measure == HK_MEASURE_NODE)
				hk_part_keep_worst(&p->own[at], judge_node(check, rule, member));
			else if (rule->measure == HK_MEASURE_OTHER)
				judge_label(check, rule, member, &p->own[at]);
		}
	}
}

static void open_groups(struct hk_check_parts *parts, const struct hk_check *check, const struct hk_check_target *target, struct hk_target_parts *p)
{
	uint32_t *slot_of = hk_arena_array(&parts->arena, check->model->n_clusters + 1, sizeof *slot_of);

	p->scopes = hk_arena_array(&parts->arena, target->n_groups, sizeof *p->scopes);
	p->slots = hk_arena_array(&parts->arena, target->n_groups, sizeof *p->slots);
	p->waiting = hk_arena_array(&parts->arena, target->n_groups, sizeof *p->waiting);
	for (size_t g = 0; g < target->n_groups; g++) {
		const struct hk_member *member = &target->members[target->example[g]];
		const char *names[HK_PART_SCOPES];
		size_t n = names_of(check, member, names), known = 0;
		uint32_t *slot = &slot_of[member->cluster == HK_NO_INDEX ? check->model->n_clusters : member->cluster];

		for (size_t i = 0; i < n; i++) {
			uint32_t number = hk_measured_name(&check->measured, names[i]);
			if (number)
				p->scopes[g][known++] = number;
		}
		if (!*slot)
			*slot = (uint32_t)++p->n_slots;
		p->slots[g] = *slot - 1;
		p->waiting[g] = is_waiting(check, member);
	}
}

static void open_documents(struct hk_check_parts *parts, const struct hk_check *check, const struct hk_check_rule *rule, struct hk_rule_documents *documents)
{
	size_t mark = 0;

	documents->providers = hk_arena_array(&parts->arena, check->providers.list.n, sizeof *documents->providers);
	documents->marks = hk_arena_array(&parts->arena, check->providers.list.n, sizeof *documents->marks);
	for (size_t p = 0; p < check->providers.list.n; p++) {
		const struct hk_check_provider *provider = &check->providers.list.v[p];
		if (strcmp(provider->rule, rule->name) == 0) {
			documents->providers[documents->n] = (uint32_t)p;
			documents->marks[documents->n++] = (uint32_t)mark;
		}
		mark += provider->n_targets + (provider->decides ? 0 : sizeof(uint32_t));
	}
}

void hk_check_parts_open(struct hk_check_parts *parts, struct hk_check *check, const struct hk_check_offer *offer)
{
	*parts = (struct hk_check_parts){ .arena = HK_ARENA_INIT };
	parts->numbers = hk_arena_array(&parts->arena, offer->n_rules, sizeof *parts->numbers);
	parts->documents = hk_arena_array(&parts->arena, offer->n_rules, sizeof *parts->documents);
	for (size_t r = 0; r < offer->n_rules; r++) {
		parts->numbers[r] = hk_measured_rule(&check->measured, offer->rules[r]->name);
		open_documents(parts, check, offer->rules[r], &parts->documents[r]);
	}
	for (size_t t = 0; t < offer->n_targets; t++) {
		open_rules(parts, check, offer, t);
		open_groups(parts, check, &offer->targets[t], &parts->targets[t]);
	}
	if (offer->n_targets > 1)
		parts->ways = hk_arena_array(&parts->arena, offer->n_rules * parts->targets[offer->source].n_slots * parts->targets[offer->destination].n_slots,
					     sizeof *parts->ways);
}

void hk_check_parts_close(struct hk_check_parts *parts)
{
	hk_arena_release(&parts->arena);
}
