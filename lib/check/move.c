/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/move.h"

static void add_to_crowd(struct hk_crowds *crowds, uint32_t group, uint32_t cluster, int64_t change)
{
	for (size_t i = 0; i < crowds->list.n; i++) {
		if (crowds->list.v[i].group != group || crowds->list.v[i].cluster != cluster)
			continue;
		crowds->list.v[i].count = (uint64_t)((int64_t)crowds->list.v[i].count + change);
		return;
	}
	hk_vec_push(&crowds->list, (struct hk_crowd){ group, cluster, (uint64_t)change });
}

/* Classes are of one cluster each, so counting goes by class. */
static void gather(struct hk_crowds *crowds, const struct hk_check_target *target)
{
	for (uint32_t g = 0; g < target->n_groups; g++)
		hk_vec_push(&crowds->list, (struct hk_crowd){ g, target->members[target->example[g]].cluster, 0 });
	for (size_t i = 0; i < target->n_members; i++)
		crowds->list.v[target->members[i].group].count++;
}

#define LARGEST_TABLE ((size_t)64 << 20)

static bool tells_nodes_apart(const struct hk_check *check, const struct hk_check_rule *rule)
{
	if (rule->measure == HK_MEASURE_NODE)
		return true;
	for (size_t i = 0; rule->measure == HK_MEASURE_OTHER && i < check->inventory.nodes.n; i++)
		if (hk_check_label(check, rule->name, (uint32_t)i, HK_NO_INDEX))
			return true;
	return false;
}

static void number_rules(struct hk_moves *moves)
{
	const struct hk_check *check = moves->check;
	size_t rules = 0, clusters = check->model->n_clusters;

	moves->first_rule = hk_arena_array(&moves->arena, check->n_offers, sizeof *moves->first_rule);
	for (size_t o = 0; o < check->n_offers; o++) {
		moves->first_rule[o] = rules;
		rules += check->offers[o].n_rules;
		for (size_t r = 0; r < check->offers[o].n_rules && !moves->nodes_matter; r++)
			moves->nodes_matter = tells_nodes_apart(check, check->offers[o].rules[r]);
	}
	if (clusters && rules && rules <= LARGEST_TABLE / clusters / clusters)
		moves->states = hk_calloc(rules * clusters, clusters);
}

void hk_moves_open(struct hk_moves *moves, const struct hk_check *check)
{
	*moves = (struct hk_moves){ .check = check };
	moves->places = hk_arena_array(&moves->arena, check->inventory.pods.n, sizeof *moves->places);
	for (size_t i = 0; i < check->inventory.pods.n; i++)
		moves->places[i] = (struct hk_place){ check->inventory.pods.v[i].cluster, check->inventory.pods.v[i].node };
	moves->crowds = hk_arena_array(&moves->arena, check->n_offers * HK_CHECK_MOST_TARGETS, sizeof *moves->crowds);
	for (size_t o = 0; o < check->n_offers; o++)
		for (size_t t = 0; t < check->offers[o].n_targets && check->offers[o].n_bindings; t++)
			gather(&moves->crowds[o * HK_CHECK_MOST_TARGETS + t], &check->offers[o].targets[t]);
	number_rules(moves);
}

void hk_moves_close(struct hk_moves *moves)
{
	for (size_t i = 0; moves->crowds && i < moves->check->n_offers * HK_CHECK_MOST_TARGETS; i++)
		hk_vec_release(&moves->crowds[i].list);
	hk_cleanup_free(&moves->states);
	hk_map_release(&moves->ways);
	hk_vec_release(&moves->way_states);
	hk_arena_release(&moves->arena);
}

/* What labels of its links say; HK_STATE_COUNT when they say nothing. */
static enum hk_state judge_labels(const struct hk_moves *moves, const struct hk_check_rule *rule, uint32_t from, uint32_t to)
{
	bool missing;
	const char *label = hk_check_way_label(moves->check, rule, from, to, &missing);
	enum hk_state state;
	double value;

	if (!label)
		return HK_STATE_COUNT;
	return hk_check_rule_judge_text(rule, hk_str_of(label), &state, &value) ? state : HK_STATE_ERROR;
}

/* Where nothing was measured, what is declared is the best guess there is. A way that does not exist, or was measured long ago, is none to move to. */
static enum hk_state judge_way(const struct hk_moves *moves, const struct hk_check_offer *offer, size_t r, uint32_t from, uint32_t to)
{
	struct hk_verdict verdict;

	if (!hk_check_rule_is_link(offer->rules[r]))
		return judge_labels(moves, offer->rules[r], from, to);
	if (from == HK_NO_INDEX || to == HK_NO_INDEX || !hk_check_judge_way(moves->check, offer, offer->rules[r], from, to, true, &verdict))
		return HK_STATE_VIOLATION;
	return (enum hk_state)verdict.state;
}

static enum hk_state way_state(struct hk_moves *moves, const struct hk_check_offer *offer, size_t r, uint32_t from, uint32_t to)
{
	size_t rule = moves->first_rule[offer - moves->check->offers] + r, clusters = moves->check->model->n_clusters, known;
	struct { uint64_t rule; uint32_t from, to; } key = { rule, from, to };

	if (moves->states && from != HK_NO_INDEX && to != HK_NO_INDEX) {
		unsigned char *state = &moves->states[(rule * clusters + from) * clusters + to];
		if (!*state)
			*state = (unsigned char)(judge_way(moves, offer, r, from, to) + 1);
		return (enum hk_state)(*state - 1);
	}
	known = hk_map_get(&moves->ways, (struct hk_str){ (const char *)&key, sizeof key });
	if (known == HK_MAP_NONE) {
		char *kept = hk_arena_slicedup(&moves->arena, (struct hk_str){ (const char *)&key, sizeof key });
		known = moves->way_states.n;
		hk_map_put(&moves->ways, (struct hk_str){ kept, sizeof key }, known);
		hk_vec_push(&moves->way_states, (unsigned char)judge_way(moves, offer, r, from, to));
	}
	return (enum hk_state)moves->way_states.v[known];
}

struct scene { const struct hk_check_offer *offer; const struct hk_verdict *verdicts; size_t position; struct hk_place place; bool moved; uint32_t from, to; };

/* What a provider said of names stays as it was: the pod's successor will have such a name, too. */
static bool stays(const struct hk_verdict *verdict)
{
	switch ((enum hk_evidence)verdict->evidence) {
	case HK_EVIDENCE_PROGRAM:
	case HK_EVIDENCE_RULE_PROVIDER:
	case HK_EVIDENCE_COST_PROVIDER: return true;
	default: return false;
	}
}

static bool is_violated(struct hk_moves *moves, const struct scene *s, size_t r)
{
	const struct hk_check_rule *rule = s->offer->rules[r];
	const struct hk_check *check = moves->check;
	enum hk_state state;
	double value;

	if (!s->moved || rule->broken || stays(&s->verdicts[r]))
		return s->verdicts[r].state == HK_STATE_VIOLATION;
	if (hk_check_rule_is_link(rule))
		return (s->position == s->offer->source || s->position == s->offer->destination) &&
		    way_state(moves, s->offer, r, s->from, s->to) == HK_STATE_VIOLATION;
	if (rule->measure == HK_MEASURE_NODE) {
		uint32_t resource = hk_model_resource(check->model, rule->resource);
		if (s->place.node == HK_NO_INDEX || resource == HK_NO_INDEX)
			return false;
		const struct hk_check_node *node = &check->inventory.nodes.v[s->place.node];
		return hk_check_rule_judge(rule, check->model->clusters[node->cluster].nodes[node->group].allocatable[resource]) == HK_STATE_VIOLATION;
	}
	state = s->offer->n_targets > 1 ? way_state(moves, s->offer, r, s->from, s->to) : HK_STATE_COUNT;
	if (state != HK_STATE_COUNT)
		return state == HK_STATE_VIOLATION;
	const char *label = hk_check_label(check, rule->name, s->place.node, s->place.cluster);
	if (label && hk_check_rule_judge_text(rule, hk_str_of(label), &state, &value))
		return state == HK_STATE_VIOLATION;
	return s->verdicts[r].state == HK_STATE_VIOLATION;
}

/* All bindings of one offer that the pod is in, by crowds of the others. */
static uint64_t violations_of(struct hk_moves *moves, size_t o, size_t position, const struct hk_member *member, struct hk_place place)
{
	const struct hk_check_offer *offer = &moves->check->offers[o];
	const struct hk_crowds *crowds = &moves->crowds[o * HK_CHECK_MOST_TARGETS];
	struct scene s = { .offer = offer, .position = position, .place = place };
	size_t at[HK_CHECK_MOST_TARGETS] = { 0 };
	uint64_t violated = 0;

	for (;;) {
		uint64_t combination = 0, count = 1;
		uint32_t cluster[HK_CHECK_MOST_TARGETS] = { 0 };
		s.moved = place.cluster != member->cluster || place.node != member->node;
		for (size_t t = 0; t < offer->n_targets; t++) {
			const struct hk_crowd *crowd = &crowds[t].list.v[at[t]];
			uint32_t group = t == position ? member->group : crowd->group;
			combination = combination * offer->targets[t].n_groups + group;
			cluster[t] = t == position ? place.cluster : crowd->cluster;
			count *= t == position ? 1 : crowd->count;
			s.moved = s.moved || (t != position && crowd->cluster != offer->targets[t].members[offer->targets[t].example[group]].cluster);
		}
		s.verdicts = &offer->verdicts[combination * offer->n_rules];
		s.from = offer->n_targets > 1 ? cluster[offer->source] : HK_NO_INDEX;
		s.to = offer->n_targets > 1 ? cluster[offer->destination] : HK_NO_INDEX;
		for (size_t r = 0; count && r < offer->n_rules; r++) {
			if (!is_violated(moves, &s, r))
				continue;
			violated += count;
			break;
		}
		size_t t = offer->n_targets;
		while (t-- > 0) {
			if (t != position && ++at[t] < crowds[t].list.n)
				break;
			at[t] = 0;
		}
		if (t == (size_t)-1)
			return violated;
	}
}

/* The pod among the target's members, which are in the order of the inventory. */
static const struct hk_member *find_member(const struct hk_check_target *target, uint32_t pod)
{
	size_t low = 0, high = target->n_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (target->members[middle].pod < pod)
			low = middle + 1;
		else
			high = middle;
	}
	return low < target->n_members && target->members[low].pod == pod ? &target->members[low] : NULL;
}

uint64_t hk_moves_violations(struct hk_moves *moves, uint32_t pod, struct hk_place place)
{
	uint64_t violated = 0;

	for (size_t o = 0; o < moves->check->n_offers; o++) {
		const struct hk_check_offer *offer = &moves->check->offers[o];
		for (size_t t = 0; t < offer->n_targets && offer->n_bindings; t++) {
			const struct hk_member *member = find_member(&offer->targets[t], pod);
			if (member)
				violated += violations_of(moves, o, t, member, place);
		}
	}
	return violated;
}

void hk_moves_move(struct hk_moves *moves, uint32_t pod, struct hk_place place)
{
	for (size_t o = 0; o < moves->check->n_offers; o++) {
		const struct hk_check_offer *offer = &moves->check->offers[o];
		for (size_t t = 0; t < offer->n_targets && offer->n_bindings; t++) {
			const struct hk_member *member = find_member(&offer->targets[t], pod);
			struct hk_crowds *crowds = &moves->crowds[o * HK_CHECK_MOST_TARGETS + t];
			if (!member)
				continue;
			add_to_crowd(crowds, member->group, moves->places[pod].cluster, -1);
			add_to_crowd(crowds, member->group, place.cluster, 1);
		}
	}
	moves->places[pod] = place;
}
