/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who answers for a rule, in this order: the program the command line names for it; a measured value of the very objects; what the rule is about (a way, a
 * node, a label); a RuleProvider; a CostProvider. When nobody does, the rule is Pending where the answer may still come and an Error where it cannot.
 */
#include "check/parts.h"
#include <math.h>
#include <string.h>

struct combination {
	struct hk_check *check;
	const struct hk_check_offer *offer;
	struct hk_check_parts *parts;
	size_t r;
	const struct hk_check_rule *rule;
	size_t groups[HK_CHECK_MOST_TARGETS];
};

static const struct hk_member *member_of(const struct combination *c, size_t t)
{
	const struct hk_check_target *target = &c->offer->targets[t];

	return &target->members[target->example[c->groups[t]]];
}

static bool is_waiting(const struct combination *c, size_t t)
{
	return c->parts->targets[t].waiting[c->groups[t]];
}

/* ---- programs ---- */

static bool by_program(const struct combination *c, struct hk_verdict *verdict)
{
	const struct hk_reply *reply = &c->offer->replies[c->r];
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	const struct hk_answer *answer;

	if (c->offer->failures[c->r]) {
		*verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_PROGRAM, 0);
		return true;
	}
	if (!reply->read)
		return false;
	for (size_t t = 0; t < c->offer->n_targets; t++) {
		if (t)
			hk_buf_addch(&key, '\n');
		hk_buf_addstr(&key, member_of(c, t)->reference);
	}
	answer = hk_reply_find(reply, (struct hk_str){ key.s, key.len });
	if (!answer->given)
		*verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_SILENT, 0);
	else
		*verdict = (struct hk_verdict){ (uint8_t)answer->state, HK_EVIDENCE_PROGRAM,
						answer == &reply->fallback ? UINT32_MAX : (uint32_t)(answer - reply->answers.v), answer->value };
	return true;
}

/* ---- measured values ---- */

static bool by_way_value(const struct combination *c, struct hk_verdict *verdict)
{
	const uint32_t *from, *to;

	if (c->offer->n_targets < 2)
		return false;
	from = c->parts->targets[c->offer->source].scopes[c->groups[c->offer->source]];
	to = c->parts->targets[c->offer->destination].scopes[c->groups[c->offer->destination]];
	for (size_t i = 0; i < HK_PART_SCOPES && from[i]; i++) {
		for (size_t k = 0; k < HK_PART_SCOPES && to[k]; k++) {
			size_t entry = hk_measured_find_way(&c->check->measured, c->parts->numbers[c->r], from[i], to[k]);
			if (entry == HK_MAP_NONE)
				continue;
			*verdict = hk_check_parts_judge_entry(c->check, c->offer, c->rule, entry);
			return true;
		}
	}
	return false;
}

/* The worst of what the targets have each; *missing when one has nothing. */
static bool by_parts(const struct combination *c, bool own, struct hk_verdict *verdict, bool *missing)
{
	struct hk_part worst = { false, { 0, 0, 0, 0 } };

	*missing = false;
	for (size_t t = 0; t < c->offer->n_targets; t++) {
		const struct hk_part *parts = own ? c->parts->targets[t].own : c->parts->targets[t].values;
		const struct hk_part *part = &parts[c->r * c->offer->targets[t].n_groups + c->groups[t]];
		*missing = *missing || !part->found;
		if (part->found)
			hk_part_keep_worst(&worst, part->verdict);
	}
	if (worst.found)
		*verdict = worst.verdict;
	return worst.found;
}

static bool by_value(const struct combination *c, struct hk_verdict *verdict)
{
	bool missing;

	return c->parts->numbers[c->r] && ((c->check->measured.ways_of_rules.count && by_way_value(c, verdict)) || by_parts(c, false, verdict, &missing));
}

static struct hk_part *way_slot(const struct combination *c)
{
	const struct hk_target_parts *source = &c->parts->targets[c->offer->source], *destination = &c->parts->targets[c->offer->destination];

	return &c->parts->ways[(c->r * source->n_slots +
				source->slots[c->groups[c->offer->source]]) * destination->n_slots + destination->slots[c->groups[c->offer->destination]]];
}

/* Every link of the way has to have the label; the worst counts. */
static void judge_link_labels(const struct combination *c, struct hk_part *part)
{
	uint32_t from = member_of(c, c->offer->source)->cluster, to = member_of(c, c->offer->destination)->cluster;
	bool missing;
	const char *label = hk_check_way_label(c->check, c->rule, from, to, &missing);

	if (label)
		hk_part_keep_worst(part, hk_check_parts_judge_label(c->check, c->rule, label));
	if (label && missing && part->verdict.state < HK_STATE_PENDING)
		part->verdict = hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_UNMEASURED, 0);
}

static bool by_link_label(const struct combination *c, struct hk_verdict *verdict)
{
	struct hk_part *part;

	if (c->offer->n_targets < 2)
		return false;
	part = way_slot(c);
	if (!part->found && part->verdict.evidence == 0) {
		/* asked for: whatever is found, it is not asked for again */
		part->verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_NOBODY, 0);
		judge_link_labels(c, part);
	}
	if (part->found)
		*verdict = part->verdict;
	return part->found;
}

static bool by_label(const struct combination *c, struct hk_verdict *verdict)
{
	bool missing;

	if (by_link_label(c, verdict))
		return true;
	if (!by_parts(c, true, verdict, &missing))
		return false;
	/* one end says nothing: not Compliant on the word of the other */
	if (missing && verdict->state < HK_STATE_PENDING)
		*verdict = hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_UNMEASURED, 0);
	return true;
}

/* ---- provider documents ---- */

static const unsigned char *marks_of(const struct combination *c, size_t t)
{
	return c->offer->targets[t].marks[c->groups[t]];
}

static bool rule_provider_fits(const struct combination *c, const struct hk_check_provider *provider, size_t mark)
{
	for (size_t k = 0; k < provider->n_targets; k++) {
		bool fits = false;
		for (size_t t = 0; t < c->offer->n_targets; t++)
			fits = fits || (marks_of(c, t) && marks_of(c, t)[mark + k]);
		if (!fits)
			return false;
	}
	return true;
}

static bool cost_verdict(const struct combination *c, size_t p, size_t mark, struct hk_verdict *verdict)
{
	const struct hk_check_provider *provider = &c->check->providers.list.v[p];
	struct hk_part worst = { false, { 0, 0, 0, 0 } };

	for (size_t t = 0; t < c->offer->n_targets; t++) {
		struct hk_verdict next = hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_COST_PROVIDER, p);
		uint32_t index;

		if (!marks_of(c, t) || !marks_of(c, t)[mark])
			continue;
		memcpy(&index, marks_of(c, t) + mark + 1, sizeof index);
		if (index >= provider->n_costs)
			continue;
		next.value = (double)provider->costs[index].cost;
		if (next.value < 0) {
			next.state = HK_STATE_VIOLATION;
			next.evidence = HK_EVIDENCE_EXCLUDED;
		} else if (!c->rule->textual && (c->rule->unit == HK_UNIT_NUMBER || c->rule->unit == HK_UNIT_COUNT)) {
			next.state = (uint8_t)hk_check_rule_judge(c->rule, next.value);
		}
		hk_part_keep_worst(&worst, next);
	}
	if (worst.found)
		*verdict = worst.verdict;
	return worst.found;
}

/* decides: RuleProviders, else CostProviders. */
static bool by_document(const struct combination *c, bool decides, struct hk_verdict *verdict)
{
	const struct hk_rule_documents *documents = &c->parts->documents[c->r];

	for (size_t i = 0; i < documents->n; i++) {
		const struct hk_check_provider *provider = &c->check->providers.list.v[documents->providers[i]];

		if (provider->decides != decides)
			continue;
		if (provider->broken) {
			*verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_PROVIDER, documents->providers[i]);
			return true;
		}
		if (decides && rule_provider_fits(c, provider, documents->marks[i])) {
			*verdict = hk_verdict_plain(provider->state, HK_EVIDENCE_RULE_PROVIDER, documents->providers[i]);
			return true;
		}
		if (!decides && cost_verdict(c, documents->providers[i], documents->marks[i], verdict))
			return true;
	}
	return false;
}

/* ---- by what the rule is about ---- */

/* `found` tells whether measurements, or what is declared when that counts, decide. */
static const struct hk_part *way_of(const struct combination *c, uint32_t from, uint32_t to)
{
	struct hk_part *part = way_slot(c);

	if (part->verdict.evidence == 0 && !part->found) {
		part->verdict = hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_NO_ROUTE, 0);
		part->found = hk_check_judge_way(c->check, c->offer, c->rule, from, to, c->check->options.declared, &part->verdict);
	}
	return part;
}

static struct hk_verdict judge_link(const struct combination *c)
{
	const struct hk_check_offer *offer = c->offer;
	struct hk_verdict provided;
	uint32_t from, to;
	const struct hk_part *way = NULL;

	if (offer->n_targets < 2)
		return by_document(c, true, &provided) ? provided : hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_ONE_TARGET, 0);
	from = member_of(c, offer->source)->cluster;
	to = member_of(c, offer->destination)->cluster;
	if (from != HK_NO_INDEX && to != HK_NO_INDEX && !is_waiting(c, offer->source) && !is_waiting(c, offer->destination))
		way = way_of(c, from, to);
	if (way && way->found)
		return way->verdict;
	if (by_document(c, true, &provided))
		return provided;
	if (is_waiting(c, offer->source) || is_waiting(c, offer->destination))
		return hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	if (!way)
		return hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_NO_CLUSTER, 0);
	if (way->verdict.evidence != HK_EVIDENCE_DECLARED)
		return way->verdict;
	return (struct hk_verdict){ HK_STATE_PENDING, HK_EVIDENCE_UNMEASURED, 0, way->verdict.value };
}

static struct hk_verdict judge_node(const struct combination *c)
{
	struct hk_verdict verdict, provided;
	bool missing;

	if (!by_parts(c, true, &verdict, &missing))
		verdict = hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_NO_INVENTORY, 0);
	return verdict.state == HK_STATE_PENDING && by_document(c, true, &provided) ? provided : verdict;
}

static struct hk_verdict judge(const struct combination *c)
{
	struct hk_verdict verdict;

	if (c->rule->broken)
		return hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_BROKEN_RULE, 0);
	if (by_program(c, &verdict) || by_value(c, &verdict))
		return verdict;
	if (hk_check_rule_is_link(c->rule))
		return judge_link(c);
	if (c->rule->measure == HK_MEASURE_NODE)
		return judge_node(c);
	if (by_label(c, &verdict) || by_document(c, true, &verdict) || by_document(c, false, &verdict))
		return verdict;
	for (size_t t = 0; t < c->offer->n_targets; t++)
		if (is_waiting(c, t))
			return hk_verdict_plain(HK_STATE_PENDING, HK_EVIDENCE_UNSCHEDULED, 0);
	return hk_verdict_plain(HK_STATE_ERROR, HK_EVIDENCE_NOBODY, 0);
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
	struct hk_check_parts parts;
	struct combination c = { .check = check, .offer = offer, .parts = &parts };

	if (!offer->n_combinations)
		return;
	hk_check_parts_open(&parts, check, offer);
	offer->verdicts = hk_arena_array(&check->arena, offer->n_combinations * (offer->n_rules ? offer->n_rules : 1), sizeof *offer->verdicts);
	offer->states = hk_arena_array(&check->arena, offer->n_combinations, 1);
	for (uint64_t k = 0; k < offer->n_combinations; k++) {
		uint64_t rest = k;
		for (size_t t = offer->n_targets; t-- > 0; rest /= offer->targets[t].n_groups)
			c.groups[t] = (size_t)(rest % offer->targets[t].n_groups);
		for (size_t r = 0; r < offer->n_rules; r++) {
			c.r = r;
			c.rule = offer->rules[r];
			offer->verdicts[k * offer->n_rules + r] = judge(&c);
		}
		offer->states[k] = (uint8_t)roll_up(offer, &offer->verdicts[k * offer->n_rules]);
	}
	hk_check_parts_close(&parts);
}
