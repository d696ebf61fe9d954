/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who answers for a rule, in this order: the program the command line names for it; a measured value of the very objects; what the rule is about (a way, a node, a label); a RuleProvider;
 * a CostProvider. When nobody does, the rule is Pending where the answer may still come and an Error where it cannot.
 */
#include "check/check.h"
#include "place/route.h"
#include <math.h>
#include <string.h>

#define MOST_SCOPES 5u

struct case_ {
	struct hk_check *check;
	const struct hk_check_offer *offer;
	size_t rule_index;
	const struct hk_check_rule *rule;
	const struct hk_member *members[HK_CHECK_MOST_TARGETS];
	const unsigned char *marks[HK_CHECK_MOST_TARGETS];
};

static struct hk_verdict plain(enum hk_state state, enum hk_evidence evidence, size_t detail)
{
	return (struct hk_verdict){ (uint8_t)state, (uint8_t)evidence, (uint32_t)detail, NAN };
}

/* The worse of two; *found tells whether there was one before. */
static void keep_worst(struct hk_verdict *verdict, bool *found, struct hk_verdict next)
{
	if (!*found || next.state > verdict->state)
		*verdict = next;
	*found = true;
}

static bool is_waiting(const struct hk_check *check, const struct hk_member *member)
{
	if (member->pod == HK_NO_INDEX)
		return false;
	const struct hk_check_pod *pod = &check->inventory.pods.v[member->pod];
	return !pod->node_name && !(pod->flags & HK_POD_PLANNED);
}

/* ---- programs ---- */

static bool by_program(const struct case_ *c, struct hk_verdict *verdict)
{
	const struct hk_reply *reply = &c->offer->replies[c->rule_index];
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	const struct hk_answer *answer;

	if (c->offer->failures[c->rule_index]) {
		*verdict = plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_PROGRAM, 0);
		return true;
	}
	if (!reply->read)
		return false;
	for (size_t t = 0; t < c->offer->n_targets; t++)
		hk_buf_addf(&key, "%s%s", t ? "\n" : "", c->members[t]->reference);
	answer = hk_reply_find(reply, (struct hk_str){ key.s, key.len });
	if (!answer->given)
		*verdict = plain(HK_STATE_ERROR, HK_EVIDENCE_SILENT, 0);
	else
		*verdict = (struct hk_verdict){ (uint8_t)answer->state, HK_EVIDENCE_PROGRAM, answer == &reply->fallback ? UINT32_MAX : (uint32_t)(answer - reply->answers.v), answer->value };
	return true;
}

/* ---- measured values ---- */

/* Names of a member, the most telling first. */
static size_t scopes_of(const struct hk_check *check, const struct hk_member *member, const char *scopes[MOST_SCOPES])
{
	size_t n = 0;

	scopes[n++] = member->reference;
	if (member->pod != HK_NO_INDEX) {
		const struct hk_check_pod *pod = &check->inventory.pods.v[member->pod];
		scopes[n++] = pod->name;
		if (pod->workload != HK_NO_INDEX)
			scopes[n++] = check->model->pipelines[pod->pipeline].workloads[pod->workload].name;
	}
	if (member->node != HK_NO_INDEX)
		scopes[n++] = check->inventory.nodes.v[member->node].name;
	if (member->cluster != HK_NO_INDEX)
		scopes[n++] = check->model->clusters[member->cluster].name;
	return n;
}

static struct hk_verdict judge_entry(const struct case_ *c, size_t entry)
{
	const struct hk_measured_value *value = &c->check->measured.list.v[entry];
	struct hk_verdict verdict = plain(HK_STATE_ERROR, HK_EVIDENCE_BAD_VALUE, entry);
	enum hk_state state;

	if (!hk_check_rule_judge_text(c->rule, hk_str_of(value->text), &state, &verdict.value))
		return verdict;
	verdict.evidence = HK_EVIDENCE_VALUE;
	verdict.state = (uint8_t)state;
	if (state != HK_STATE_VIOLATION && hk_check_too_old(c->check, c->offer, value->at)) {
		verdict.evidence = HK_EVIDENCE_STALE;
		verdict.state = HK_STATE_PENDING;
	}
	return verdict;
}

static bool by_way_value(const struct case_ *c, struct hk_verdict *verdict)
{
	const char *from[MOST_SCOPES], *to[MOST_SCOPES];
	size_t n_from, n_to;

	if (c->offer->n_targets < 2)
		return false;
	n_from = scopes_of(c->check, c->members[c->offer->source], from);
	n_to = scopes_of(c->check, c->members[c->offer->destination], to);
	for (size_t i = 0; i < n_from; i++) {
		for (size_t k = 0; k < n_to; k++) {
			size_t entry = hk_measured_find(&c->check->measured, c->rule->name, from[i], to[k]);
			if (entry == HK_MAP_NONE)
				continue;
			*verdict = judge_entry(c, entry);
			return true;
		}
	}
	return false;
}

/* Every target that has a value counts. */
static bool by_value(const struct case_ *c, struct hk_verdict *verdict)
{
	bool found = false;

	if (!c->check->measured.list.n)
		return false;
	if (by_way_value(c, verdict))
		return true;
	for (size_t t = 0; t < c->offer->n_targets; t++) {
		const char *scopes[MOST_SCOPES];
		size_t n = scopes_of(c->check, c->members[t], scopes), entry = HK_MAP_NONE;
		for (size_t i = 0; i < n && entry == HK_MAP_NONE; i++)
			entry = hk_measured_find(&c->check->measured, c->rule->name, scopes[i], NULL);
		if (entry != HK_MAP_NONE)
			keep_worst(verdict, &found, judge_entry(c, entry));
	}
	return found;
}

/* ---- labels ---- */

const char *hk_check_label(const struct hk_check *check, const char *rule, uint32_t node, uint32_t cluster)
{
	const struct hk_labels *labels[2] = { NULL, NULL };
	HK_AUTO_BUF struct hk_buf ours = HK_BUF_INIT;

	hk_buf_addf(&ours, "hkctl.dev/%s", rule);
	if (node != HK_NO_INDEX) {
		const struct hk_check_node *n = &check->inventory.nodes.v[node];
		labels[0] = &check->model->clusters[n->cluster].nodes[n->group].labels;
	}
	if (cluster != HK_NO_INDEX)
		labels[1] = &check->model->clusters[cluster].labels;
	for (size_t i = 0; i < 2; i++) {
		const char *value = labels[i] ? hk_labels_get(labels[i], rule) : NULL;
		if (!value && labels[i])
			value = hk_labels_get(labels[i], ours.s);
		if (value)
			return value;
	}
	return NULL;
}

static uint32_t keep_text(struct hk_check *check, const char *text)
{
	size_t known = hk_map_put(&check->texts, hk_str_of(text), check->text_list.n);

	if (known != HK_MAP_NONE)
		return (uint32_t)known;
	hk_vec_push(&check->text_list, text);
	return (uint32_t)(check->text_list.n - 1);
}

static bool by_label(const struct case_ *c, struct hk_verdict *verdict)
{
	bool found = false, missing = false;

	for (size_t t = 0; t < c->offer->n_targets; t++) {
		const char *label = hk_check_label(c->check, c->rule->name, c->members[t]->node, c->members[t]->cluster);
		struct hk_verdict next = plain(HK_STATE_ERROR, HK_EVIDENCE_LABEL, 0);
		enum hk_state state;

		missing = missing || !label;
		if (!label)
			continue;
		next.detail = keep_text(c->check, label);
		if (hk_check_rule_judge_text(c->rule, hk_str_of(label), &state, &next.value))
			next.state = (uint8_t)state;
		keep_worst(verdict, &found, next);
	}
	/* one end says nothing: not Compliant on the word of the other */
	if (found && missing)
		keep_worst(verdict, &found, plain(HK_STATE_PENDING, HK_EVIDENCE_UNMEASURED, 0));
	return found;
}

/* ---- provider documents ---- */

static bool rule_provider_fits(const struct case_ *c, const struct hk_check_provider *provider, size_t mark)
{
	for (size_t k = 0; k < provider->n_targets; k++) {
		bool fits = false;
		for (size_t t = 0; t < c->offer->n_targets; t++)
			fits = fits || (c->marks[t] && c->marks[t][mark + k]);
		if (!fits)
			return false;
	}
	return true;
}

static bool cost_verdict(const struct case_ *c, size_t p, size_t mark, struct hk_verdict *verdict)
{
	const struct hk_check_provider *provider = &c->check->providers.list.v[p];
	bool found = false;

	for (size_t t = 0; t < c->offer->n_targets; t++) {
		struct hk_verdict next = plain(HK_STATE_PENDING, HK_EVIDENCE_COST_PROVIDER, p);
		uint32_t index;

		if (!c->marks[t] || !c->marks[t][mark])
			continue;
		memcpy(&index, c->marks[t] + mark + 1, sizeof index);
		if (index >= provider->n_costs)
			continue;
		next.value = (double)provider->costs[index].cost;
		if (next.value < 0) {
			next.state = HK_STATE_VIOLATION;
			next.evidence = HK_EVIDENCE_EXCLUDED;
		} else if (!c->rule->textual && !c->rule->broken && (c->rule->unit == HK_UNIT_NUMBER || c->rule->unit == HK_UNIT_COUNT)) {
			next.state = (uint8_t)hk_check_rule_judge(c->rule, next.value);
		}
		keep_worst(verdict, &found, next);
	}
	return found;
}

/* decides: RuleProviders, else CostProviders. */
static bool by_document(const struct case_ *c, bool decides, struct hk_verdict *verdict)
{
	size_t mark = 0;

	for (size_t p = 0; p < c->check->providers.list.n; p++) {
		const struct hk_check_provider *provider = &c->check->providers.list.v[p];
		size_t at = mark;

		mark += provider->n_targets + (provider->decides ? 0 : sizeof(uint32_t));
		if (provider->decides != decides || strcmp(provider->rule, c->rule->name) != 0)
			continue;
		if (provider->broken) {
			*verdict = plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_PROVIDER, p);
			return true;
		}
		if (decides && rule_provider_fits(c, provider, at)) {
			*verdict = plain(provider->state, HK_EVIDENCE_RULE_PROVIDER, p);
			return true;
		}
		if (!decides && cost_verdict(c, p, at, verdict))
			return true;
	}
	return false;
}

/* ---- by what the rule is about ---- */

static struct hk_verdict judge_link(const struct case_ *c)
{
	const struct hk_check_offer *offer = c->offer;
	struct hk_verdict verdict = plain(HK_STATE_PENDING, HK_EVIDENCE_UNMEASURED, 0), provided;
	const struct hk_member *from, *to;
	bool placed;

	if (offer->n_targets < 2)
		return by_document(c, true, &provided) ? provided : plain(HK_STATE_ERROR, HK_EVIDENCE_ONE_TARGET, 0);
	from = c->members[offer->source];
	to = c->members[offer->destination];
	placed = from->cluster != HK_NO_INDEX && to->cluster != HK_NO_INDEX && !is_waiting(c->check, from) && !is_waiting(c->check, to);
	if (placed && hk_check_judge_way(c->check, offer, c->rule, from->cluster, to->cluster, c->check->options.declared, &verdict))
		return verdict;
	if (by_document(c, true, &provided))
		return provided;
	if (is_waiting(c->check, from) || is_waiting(c->check, to))
		return plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	if (!placed)
		return plain(HK_STATE_ERROR, HK_EVIDENCE_NO_CLUSTER, 0);
	if (verdict.evidence != HK_EVIDENCE_DECLARED)
		return plain(HK_STATE_ERROR, HK_EVIDENCE_NO_ROUTE, 0);
	verdict.state = HK_STATE_PENDING;
	verdict.evidence = HK_EVIDENCE_UNMEASURED;
	return verdict;
}

static struct hk_verdict judge_one_node(const struct case_ *c, const struct hk_member *member)
{
	const struct hk_check *check = c->check;
	uint32_t r = hk_model_resource(check->model, c->rule->resource);
	double amount;

	if (is_waiting(check, member))
		return plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	if (member->node == HK_NO_INDEX || r == HK_NO_INDEX)
		return plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0);
	const struct hk_check_node *node = &check->inventory.nodes.v[member->node];
	amount = check->model->clusters[node->cluster].nodes[node->group].allocatable[r];
	if (amount < 0)
		return plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0);
	return (struct hk_verdict){ (uint8_t)hk_check_rule_judge(c->rule, amount), HK_EVIDENCE_NODE, 0, amount };
}

static struct hk_verdict judge_nodes(const struct case_ *c)
{
	struct hk_verdict verdict = plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0), provided;
	bool found = false;

	for (size_t t = 0; t < c->offer->n_targets; t++)
		keep_worst(&verdict, &found, judge_one_node(c, c->members[t]));
	return verdict.state == HK_STATE_PENDING && by_document(c, true, &provided) ? provided : verdict;
}

static struct hk_verdict judge(const struct case_ *c)
{
	struct hk_verdict verdict;

	if (c->rule->broken)
		return plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_RULE, 0);
	if (by_program(c, &verdict) || by_value(c, &verdict))
		return verdict;
	if (hk_check_rule_is_link(c->rule))
		return judge_link(c);
	if (c->rule->measure == HK_MEASURE_NODE)
		return judge_nodes(c);
	if (by_label(c, &verdict) || by_document(c, true, &verdict) || by_document(c, false, &verdict))
		return verdict;
	for (size_t t = 0; t < c->offer->n_targets; t++)
		if (is_waiting(c->check, c->members[t]))
			return plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	return plain(HK_STATE_ERROR, HK_EVIDENCE_NOBODY, 0);
}

static enum hk_state roll_up(const struct hk_check_offer *offer, const struct hk_verdict *verdicts)
{
	enum hk_state state = offer->n_rules ? HK_STATE_COMPLIANT : HK_STATE_PENDING;

	for (size_t i = 0; i < offer->n_policies; i++)
		state = hk_state_worst(state, offer->policies[i].missing ? HK_STATE_ERROR : HK_STATE_COMPLIANT);
	for (size_t i = 0; i < offer->n_rules; i++)
		state = hk_state_worst(state, (enum hk_state)verdicts[i].state);
	return state;
}

void hk_check_evaluate(struct hk_check *check, struct hk_check_offer *offer)
{
	struct case_ c = { .check = check, .offer = offer };

	if (!offer->n_combinations)
		return;
	offer->verdicts = hk_arena_array(&check->arena, offer->n_combinations * (offer->n_rules ? offer->n_rules : 1), sizeof *offer->verdicts);
	offer->states = hk_arena_array(&check->arena, offer->n_combinations, 1);
	for (uint64_t k = 0; k < offer->n_combinations; k++) {
		uint64_t rest = k;
		for (size_t t = offer->n_targets; t-- > 0; rest /= offer->targets[t].n_groups) {
			size_t group = (size_t)(rest % offer->targets[t].n_groups);
			c.members[t] = &offer->targets[t].members[offer->targets[t].example[group]];
			c.marks[t] = offer->targets[t].marks[group];
		}
		for (size_t r = 0; r < offer->n_rules; r++) {
			c.rule_index = r;
			c.rule = offer->rules[r];
			offer->verdicts[k * offer->n_rules + r] = judge(&c);
		}
		offer->states[k] = (uint8_t)roll_up(offer, &offer->verdicts[k * offer->n_rules]);
	}
}
