/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan of all members: one after the other, who finds no room goes first next time. */
#include "place/wide_internal.h"

#include <math.h>
#include <string.h>

enum {
	CLUSTERS_FIRST = 6,           /* of a restricted model */
	CLUSTERS_MOST = 24,
	NODES_FIRST = 60,
	ORDERS_MAX = 6,
};

/* Nodes times terms for the neighbourhoods inside one pipeline, when just any place was found. */
static const double WORK_INSIDE = 1.5e6;

bool hk_wide_plan_good(const struct wide_plan *plan)
{
	double cost = hk_wide_plan_cost(plan);

	return isfinite(cost) && cost - plan->wide->bound <= fmax(plan->wide->limits->gap, 1e-9) * fmax(fabs(cost), 1e-9);
}

/* Models that leave the question who is apart from whom open come last: they are the hardest. */
int hk_wide_plan_place(struct wide_plan *plan, uint32_t member, struct hk_err *err)
{
	struct wide_effort effort = { .clusters = CLUSTERS_FIRST, .nodes = NODES_FIRST };
	bool any = plan->wide->limits->any, pairs = hk_wide_has_apart(plan, member), found = false;

	for (; !found && effort.clusters <= CLUSTERS_MOST && !hk_wide_stopped(plan->wide); effort.clusters *= 2)
		for (int attempt = any ? 1 : 0; attempt < (pairs ? 3 : 2) && !found && !hk_wide_stopped(plan->wide); attempt++) {
			effort.any = attempt > 0;
			effort.share = !effort.any;
			effort.apart = attempt < 2;
			effort.nodes = attempt > 0 ? 5 * NODES_FIRST : NODES_FIRST;
			if (hk_wide_place(plan, &member, 1, &effort, &found, err) != 0)
				return -1;
		}
	/* what is found when just any place is asked for is far from good */
	return found && effort.any && !any ? hk_wide_plan_around(plan, member, WORK_INSIDE, err) : 0;
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
