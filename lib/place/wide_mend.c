/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cuts learned from nodes and availability name many counts, and one of them has to change. Whoever changes most cheaply does; the others stay where they are
 * and what they hold stays held.
 */
#include "place/wide_internal.h"

#include <math.h>

enum {
	TRIED_MAX = 4,                /* members asked for each cut */
	CLUSTERS_NAMED = 8,           /* of the models that ask them */
	NODES_NAMED = 30,
	FREE_NAMED = 2,               /* workloads around each that the cut names, with itself */
};

/*
 * Members with a part in a cut, each once, in the order they are named. named: per member of the plan, its workloads that the cut names; NULL when it has no
 * part.
 */
struct involved { uint32_t *v; size_t n, cap; bool **named; };

static uint32_t count_of(const struct wide_plan *plan, struct hk_count count)
{
	uint32_t member = plan->member_of[count.block];

	return member != HK_NO_INDEX && plan->placed[member] ? plan->blocks[member].replicas[count.workload][count.candidate] : 0;
}

static bool misses_linear(const struct wide_plan *plan, const struct hk_linear_cut *cut)
{
	double sum = 0;

	for (size_t i = 0; i < cut->n; i++)
		sum += cut->values[i] * count_of(plan, cut->counts[i]);
	return sum < cut->rhs - 1e-9 * fmax(1, fabs(cut->rhs));
}

static bool misses_clause(const struct wide_plan *plan, const struct hk_clause *clause)
{
	for (size_t i = 0; i < clause->n; i++) {
		uint32_t count = count_of(plan, clause->literals[i].count);

		if (clause->literals[i].below ? count < clause->literals[i].level : count >= clause->literals[i].level)
			return false;
	}
	return true;
}

static void involve(struct involved *involved, const struct wide_plan *plan, struct hk_count count)
{
	uint32_t member = plan->member_of[count.block];

	if (member == HK_NO_INDEX)
		return;
	if (!involved->named[member]) {
		involved->named[member] = hk_calloc((size_t)plan->wide->blocks[member].n_workloads + 1, sizeof **involved->named);
		hk_vec_push(involved, member);
	}
	involved->named[member][count.workload] = true;
}

static void forget(struct involved *involved)
{
	for (size_t i = 0; i < involved->n; i++)
		hk_cleanup_free(&involved->named[involved->v[i]]);
	involved->n = 0;
}

/* Only what the cut names and the workloads next to it: whatever else the member has stays, and so does what it holds. */
static int place_named(struct wide_plan *plan, uint32_t member, const bool *named, bool *found, struct hk_err *err)
{
	const struct wide_block *block = &plan->wide->blocks[member];
	bool *free = hk_calloc((size_t)block->n_workloads + 1, sizeof *free), *const only = free;
	struct wide_effort effort = { .clusters = CLUSTERS_NAMED, .nodes = NODES_NAMED, .apart = true, .free = &only, .dearer = true };
	int code;

	for (uint32_t w = 0; w < block->n_workloads; w++)
		if (named[w])
			hk_wide_free_around(block, w, FREE_NAMED, free);
	code = hk_wide_place(plan, &member, 1, &effort, found, err);
	hk_cleanup_free(&free);
	return code;
}

/* Another place for the member, as near as there is one: its cost beyond the present one, INFINITY when there is none. The plan is as before afterwards. */
static int try_elsewhere(struct wide_plan *plan, uint32_t member, const bool *named, double *more, struct wide_saved *elsewhere, struct hk_err *err)
{
	struct wide_saved now;
	bool found;
	int code;

	hk_wide_plan_save(plan, member, &now);
	code = place_named(plan, member, named, &found, err);
	if (code == 0 && !found) {
		hk_wide_plan_remove(plan, member);
		code = hk_wide_plan_place(plan, member, err);
	}
	*more = code == 0 && plan->placed[member] ? plan->cost[member] - now.cost : INFINITY;
	hk_wide_plan_save(plan, member, elsewhere);
	hk_wide_plan_put(plan, member, &now);
	hk_arena_release(&now.arena);
	return code;
}

/* The cheapest change among the first few; all of them leave the plan when nobody alone can mend the cut. */
static int mend_one(struct wide_plan *plan, const struct involved *involved, struct hk_err *err)
{
	struct wide_saved best = { .arena = HK_ARENA_INIT }, next;
	uint32_t who = HK_NO_INDEX;
	double least = INFINITY, more;
	int code = 0;

	for (size_t i = 0; i < involved->n && code == 0 && (i < TRIED_MAX || who == HK_NO_INDEX); i++) {
		if (!plan->placed[involved->v[i]])
			continue;
		code = try_elsewhere(plan, involved->v[i], involved->named[involved->v[i]], &more, &next, err);
		if (code == 0 && more < least) {
			hk_arena_release(&best.arena);
			best = next;
			least = more;
			who = involved->v[i];
		} else {
			hk_arena_release(&next.arena);
		}
	}
	if (code == 0 && who != HK_NO_INDEX)
		hk_wide_plan_put(plan, who, &best);
	for (size_t i = 0; code == 0 && who == HK_NO_INDEX && i < involved->n; i++)
		hk_wide_plan_remove(plan, involved->v[i]);
	hk_arena_release(&best.arena);
	return code;
}

int hk_wide_plan_mend(struct wide_plan *plan, struct hk_err *err)
{
	const struct hk_cuts *cuts = plan->cuts;
	struct involved involved = { .named = hk_calloc((size_t)plan->wide->n_blocks + 1, sizeof *involved.named) };
	int code = 0;

	for (size_t i = 0; cuts && code == 0 && i < cuts->linear.n && !hk_wide_stopped(plan->wide); i++) {
		const struct hk_linear_cut *cut = &cuts->linear.v[i];

		forget(&involved);
		for (size_t k = 0; misses_linear(plan, cut) && k < cut->n; k++)
			if (cut->values[k] > 0 || count_of(plan, cut->counts[k]) > 0)
				involve(&involved, plan, cut->counts[k]);
		if (involved.n > 0)
			code = mend_one(plan, &involved, err);
	}
	for (size_t i = 0; cuts && code == 0 && i < cuts->clauses.n && !hk_wide_stopped(plan->wide); i++) {
		const struct hk_clause *clause = &cuts->clauses.v[i];

		forget(&involved);
		for (size_t k = 0; misses_clause(plan, clause) && k < clause->n; k++)
			involve(&involved, plan, clause->literals[k].count);
		if (involved.n > 0)
			code = mend_one(plan, &involved, err);
	}
	forget(&involved);
	hk_cleanup_free(&involved.named);
	hk_vec_release(&involved);
	return code;
}
