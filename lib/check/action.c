/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/action.h"
#include <math.h>

const char *hk_action_name(enum hk_action action)
{
	static const char *const names[HK_ACTION_COUNT] = {
		[HK_ACTION_NONE] = "none", [HK_ACTION_IGNORE] = "ignore", [HK_ACTION_WAIT] = "wait", [HK_ACTION_MEDIATE] = "mediate",
		[HK_ACTION_WAIT_MEDIATED] = "wait-mediated", [HK_ACTION_EVICT] = "evict", [HK_ACTION_REPLAN] = "replan",
	};

	return names[action];
}

/* True while less than `grace` seconds have gone since `start`. Without a clock nobody can tell: then it has not. */
static bool is_within(const struct hk_check *check, double start, double grace, double *until)
{
	*until = start + grace;
	return grace > 0 && !check->options.no_grace && !(check->now - start >= grace);
}

struct hk_decision hk_actions_decide(struct hk_actions *actions, const struct hk_binding *binding)
{
	const struct hk_check *check = actions->check;
	struct hk_decision decision = { HK_ACTION_NONE, NAN };
	bool can;

	if (binding->state != HK_STATE_VIOLATION)
		return decision;
	decision.action = HK_ACTION_IGNORE;
	if (binding->offer->on_violation == HK_ON_VIOLATION_IGNORE)
		return decision;
	decision.action = HK_ACTION_WAIT;
	if (is_within(check, binding->since, binding->offer->grace, &decision.until))
		return decision;
	decision.until = NAN;
	can = hk_mediation_can(&actions->mediation, binding);
	if (binding->offer->on_violation == HK_ON_VIOLATION_MEDIATE || (can && isnan(binding->mitigated))) {
		decision.action = can ? HK_ACTION_MEDIATE : HK_ACTION_REPLAN;
		return decision;
	}
	decision.action = HK_ACTION_WAIT_MEDIATED;
	if (can && is_within(check, binding->mitigated, check->options.mitigation_grace, &decision.until))
		return decision;
	return (struct hk_decision){ HK_ACTION_EVICT, NAN };
}

double hk_actions_mitigated(struct hk_actions *actions, const struct hk_binding *binding)
{
	/* the first time counts: asking again must not put the eviction off for ever */
	return isnan(binding->mitigated) && hk_actions_decide(actions, binding).action == HK_ACTION_MEDIATE ? actions->check->now : binding->mitigated;
}

static void note_pods(const struct hk_binding *binding, uint64_t *due, const struct hk_check_offer **first)
{
	for (size_t t = 0; t < binding->offer->n_targets; t++) {
		uint32_t pod = hk_binding_member(binding, t)->pod;
		if (pod != HK_NO_INDEX && !due[pod]++)
			first[pod] = binding->offer;
	}
}

void hk_actions_open(struct hk_actions *actions, struct hk_check *check, const struct hk_earlier_list *earlier, const struct hk_plan *after,
		     const struct hk_eviction_limits *limits)
{
	size_t n_pods = check->inventory.pods.n;
	uint64_t *due = hk_calloc(n_pods + 1, sizeof *due);
	const struct hk_check_offer **first = hk_calloc(n_pods + 1, sizeof *first);
	struct hk_binding_cursor cursor;

	*actions = (struct hk_actions){ .check = check, .earlier = earlier };
	hk_mediation_open(&actions->mediation, check);
	hk_binding_first(&cursor, check, earlier);
	while (hk_binding_next(&cursor)) {
		struct hk_decision decision = hk_actions_decide(actions, &cursor.binding);
		actions->states[cursor.binding.state]++;
		actions->counts[decision.action]++;
		actions->changed += cursor.binding.changed;
		actions->total++;
		if (decision.action == HK_ACTION_MEDIATE)
			hk_mediation_want(&actions->mediation, &cursor.binding);
		else if (decision.action == HK_ACTION_EVICT)
			note_pods(&cursor.binding, due, first);
	}
	hk_mediation_changes(&actions->mediation, &actions->changes);
	if (actions->counts[HK_ACTION_EVICT]) {
		hk_inventory_count_free(&check->inventory);
		hk_actions_evict(actions, &check->inventory, due, first, after, limits);
	}
	hk_cleanup_free(&first);
	hk_cleanup_free(&due);
}

void hk_actions_close(struct hk_actions *actions)
{
	hk_network_changes_release(&actions->changes);
	hk_mediation_close(&actions->mediation);
	hk_vec_release(&actions->evictions);
	hk_vec_release(&actions->refusals);
	hk_arena_release(&actions->arena);
}
