/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan of all members: one after the other, who finds no room goes first next time; then those that cost most beyond their bound once more, with more effort each time. */
#include "place/wide_internal.h"

#include <math.h>
#include <string.h>

enum {
	CLUSTERS_FIRST = 6,           /* of a restricted model */
	CLUSTERS_MOST = 24,
	NODES_FIRST = 60,
	ORDERS_MAX = 6,
	CLUSTERS_INSIDE = 12,
	NODES_INSIDE = 30,
	PASSES_INSIDE = 3,
	EFFORT_MAX = 6,               /* models for one member */
};

/* Nodes times terms for the neighbourhoods inside one pipeline. */
static const double WORK_INSIDE = 1.5e6;

bool hk_wide_plan_good(const struct wide_plan *plan)
{
	double cost = hk_wide_plan_cost(plan);

	return cost - plan->wide->bound <= fmax(plan->wide->limits->gap, 1e-9) * fmax(fabs(cost), 1e-9);
}

/* Neighbourhoods inside a pipeline: models of a few workloads that talk to one another, the others staying in the clusters they have. */
static int improve_inside(struct wide_plan *plan, uint32_t member, struct hk_err *err)
{
	struct wide_effort effort = { .clusters = CLUSTERS_INSIDE, .nodes = NODES_INSIDE, .inside = true, .apart = true };
	uint32_t n = plan->wide->blocks[member].n_workloads, idle = 0;
	double end = plan->work + WORK_INSIDE;

	/* until a whole turn has brought nothing */
	for (uint32_t step = 0; step < PASSES_INSIDE * n && idle < n && plan->work < end && !hk_wide_stopped(plan->wide) && !hk_wide_plan_good(plan); step++) {
		double before = plan->cost[member];
		bool found;

		effort.centre = step % n;
		if (hk_wide_place(plan, member, &effort, &found, err) != 0)
			return -1;
		idle = found && plan->cost[member] < before * (1 - 1e-5) ? 0 : idle + 1;
	}
	return 0;
}

/* Models that leave the question who is apart from whom open come last: they are the hardest. */
int hk_wide_plan_place(struct wide_plan *plan, uint32_t member, struct hk_err *err)
{
	struct wide_effort effort = { .clusters = CLUSTERS_FIRST, .nodes = NODES_FIRST };
	bool any = plan->wide->limits->any, pairs = hk_wide_has_apart(plan, member), found = false;

	for (; !found && effort.clusters <= CLUSTERS_MOST && !hk_wide_stopped(plan->wide); effort.clusters *= 2)
		for (int attempt = any ? 1 : 0; attempt < (pairs ? 3 : 2) && !found && !hk_wide_stopped(plan->wide); attempt++) {
			effort.any = attempt > 0;
			effort.apart = attempt < 2;
			effort.nodes = attempt > 0 ? 5 * NODES_FIRST : NODES_FIRST;
			if (hk_wide_place(plan, member, &effort, &found, err) != 0)
				return -1;
		}
	/* what is found when just any place is asked for is far from good */
	return found && effort.any && !any ? improve_inside(plan, member, err) : 0;
}

int hk_wide_plan_construct(struct wide_plan *plan, bool *complete, struct hk_err *err)
{
	uint32_t n = plan->wide->n_blocks, *order = hk_calloc((size_t)n + 1, sizeof *order), stuck = 0;
	int code = 0;

	*complete = false;
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (int tries = 0; tries < ORDERS_MAX && code == 0 && !*complete && !hk_wide_stopped(plan->wide); tries++) {
		for (stuck = 0; stuck < n && code == 0; stuck++) {
			if (!plan->placed[order[stuck]])
				code = hk_wide_plan_place(plan, order[stuck], err);
			if (!plan->placed[order[stuck]])
				break;
		}
		*complete = stuck == n;
		if (*complete || stuck == 0)
			break;
		/* first next time, and the others around it */
		uint32_t late = order[stuck];

		memmove(order + 1, order, stuck * sizeof *order);
		order[0] = late;
		for (uint32_t i = 0; i < n; i++)
			hk_wide_plan_remove(plan, i);
	}
	hk_cleanup_free(&order);
	return code;
}

/* All members once more, `first` before all others and those with most to gain next; kept when the plan is cheaper than before. */
static int place_again(struct wide_plan *plan, uint32_t first, bool *better, struct hk_err *err)
{
	uint32_t n = plan->wide->n_blocks;
	struct wide_saved *saved = hk_calloc((size_t)n + 1, sizeof *saved);
	double before = hk_wide_plan_cost(plan);
	int code;

	for (uint32_t m = 0; m < n; m++) {
		hk_wide_plan_save(plan, m, &saved[m]);
		hk_wide_plan_remove(plan, m);
	}
	code = hk_wide_plan_place(plan, first, err);
	for (uint32_t left = n - 1; left > 0 && code == 0 && plan->placed[first]; left--) {
		uint32_t next = HK_NO_INDEX;

		for (uint32_t m = 0; m < n; m++)
			if (!plan->placed[m] && (next == HK_NO_INDEX || saved[m].bent - plan->wide->blocks[m].bound > saved[next].bent - plan->wide->blocks[next].bound))
				next = m;
		code = hk_wide_plan_place(plan, next, err);
		if (!plan->placed[next])
			break;
	}
	*better = code == 0 && hk_wide_plan_cost(plan) < before * (1 - 1e-6);
	for (uint32_t m = 0; m < n && !*better; m++)
		hk_wide_plan_put(plan, m, &saved[m]);
	for (uint32_t m = 0; m < n; m++)
		hk_arena_release(&saved[m].arena);
	hk_cleanup_free(&saved);
	return code;
}

/* The member with most to gain that was not given up; HK_NO_INDEX when there is none. */
static uint32_t most_to_gain(const struct wide_plan *plan)
{
	uint32_t best = HK_NO_INDEX;
	double most = 0;

	for (uint32_t m = 0; m < plan->wide->n_blocks; m++) {
		/* what every further try finds is less and less */
		double gain = ldexp(plan->bent[m] - plan->wide->blocks[m].bound, -(int)plan->effort[m]);

		if (plan->effort[m] < EFFORT_MAX && (best == HK_NO_INDEX || gain > most)) {
			best = m;
			most = gain;
		}
	}
	return best;
}

/*
 * Whoever is placed last gets what the others left, at whatever cost: nothing that moves one member alone can mend that. So the one that lost most goes first, until that is no gain.
 */
static int reorder(struct wide_plan *plan, struct hk_err *err)
{
	bool better = true;

	while (better && plan->wide->n_blocks > 1 && plan->orders < ORDERS_MAX && !hk_wide_plan_good(plan) && !hk_wide_stopped(plan->wide)) {
		uint32_t first = most_to_gain(plan);

		if (first == HK_NO_INDEX)
			return 0;
		plan->orders++;
		if (place_again(plan, first, &better, err) != 0)
			return -1;
		if (!better)
			plan->orders = ORDERS_MAX;
	}
	return 0;
}

int hk_wide_plan_improve(struct wide_plan *plan, double work, struct hk_err *err)
{
	if (reorder(plan, err) != 0)
		return -1;
	while (plan->work < work && !hk_wide_plan_good(plan) && !hk_wide_stopped(plan->wide)) {
		uint32_t member = most_to_gain(plan);
		struct wide_effort effort = { .clusters = CLUSTERS_FIRST };
		bool found;

		if (member == HK_NO_INDEX)
			break;
		if (plan->effort[member] % 2 == 1) {
			plan->effort[member]++;
			if (improve_inside(plan, member, err) != 0)
				return -1;
			continue;
		}
		effort.clusters += 2 * plan->effort[member];
		effort.nodes = (uint64_t)NODES_FIRST << (plan->effort[member] < 5 ? plan->effort[member] : 5);
		if (hk_wide_place(plan, member, &effort, &found, err) != 0)
			return -1;
	}
	return 0;
}
