/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is done about violations, by the policy of their offer: nothing (Ignore), a network change (Mediate), or a network change and, when that does not help
 * within the mitigation grace, an eviction (Evict). All of it only when the violation has lasted for the offer's grace.
 */
#ifndef HK_CHECK_ACTION_H
#define HK_CHECK_ACTION_H

#include "check/mediate.h"

enum hk_action {
	HK_ACTION_NONE,                 /* no violation */
	HK_ACTION_IGNORE,               /* the policy says so */
	HK_ACTION_WAIT,                 /* within the grace */
	HK_ACTION_MEDIATE,
	HK_ACTION_WAIT_MEDIATED,        /* for the network change to help */
	HK_ACTION_EVICT,
	HK_ACTION_REPLAN,               /* the policy is Mediate, but the network can do nothing about it */
	HK_ACTION_COUNT,
};
const char *hk_action_name(enum hk_action action);      /* "mediate" */

struct hk_decision { enum hk_action action; double until; /* of the waits; NaN: no input says when it is */ };

struct hk_eviction_limits {
	uint64_t per_node, per_name_space, total;       /* 0: no cap */
	uint64_t min_replicas;                          /* workloads with fewer pods are left alone */
	int64_t priority_threshold;                     /* pods from this priority on are left alone */
	bool local_storage;                             /* evict pods with emptyDir or hostPath volumes, too */
};

struct hk_eviction { uint32_t pod, to_cluster, to_node /* HK_NO_INDEX: any */; uint64_t mends;
		     /* bindings violated now that would not be there */ const struct hk_check_offer *offer; };
struct hk_refusal { uint32_t pod; const char *why; };

struct hk_actions {
	struct hk_arena arena;
	const struct hk_check *check;
	const struct hk_earlier_list *earlier;
	struct hk_mediation mediation;
	struct hk_network_changes changes;
	uint64_t states[HK_STATE_COUNT], counts[HK_ACTION_COUNT], total, changed;
	HK_VEC(struct hk_eviction) evictions;           /* in the order in which they can be done */
	HK_VEC(struct hk_refusal) refusals;             /* pods that would have to go, but stay */
};

/*
 * Decide about every binding. The inventory's free amounts are counted and, with every eviction, moved on. after: a new plan, which says which pods have to
 * move and where to; NULL: a pod goes where it fits and fewest of its bindings are violated.
 */
void hk_actions_open(struct hk_actions *actions, struct hk_check *check, const struct hk_earlier_list *earlier, const struct hk_plan *after,
		     const struct hk_eviction_limits *limits);
void hk_actions_close(struct hk_actions *actions);
struct hk_decision hk_actions_decide(struct hk_actions *actions, const struct hk_binding *binding);
/* Time of the last network change after this run: that of now where one is asked for. NaN: never. */
double hk_actions_mitigated(struct hk_actions *actions, const struct hk_binding *binding);

/* ---- between the parts ---- */
/* due: per pod of the inventory, bindings that ask for its eviction; first: the offer of the first of them. evict.c */
void hk_actions_evict(struct hk_actions *actions, struct hk_inventory *inventory, const uint64_t *due, const struct hk_check_offer *const *first,
		      const struct hk_plan *after, const struct hk_eviction_limits *limits);

/* budgets.c: disruption budgets, counted down. */
struct hk_budgets { struct hk_inventory *inventory; int64_t *left; /* per budget */ };
void hk_budgets_open(struct hk_budgets *budgets, struct hk_inventory *inventory, struct hk_arena *arena);
/* May the pod be evicted? Else a reason in *why (of the arena). `take`: count it. */
bool hk_budgets_allow(struct hk_budgets *budgets, const struct hk_check_pod *pod, bool take, struct hk_arena *arena, const char **why);

#endif
