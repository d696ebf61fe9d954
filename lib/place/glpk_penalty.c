/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fractional integer costs at least below and above, by its own row of the tableau: the nonbasic columns that move it there, cheapest first, each as far
 * as it goes (Driebeek 1966, with the longer steps of Fourer 1994). A proved bound for one solution with the factors at hand, where a try needs new factors.
 */
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

enum { STEPS_MAX = 40 };

/* One nonbasic column: what one unit of the integer costs by it, and how many units it gives. */
static struct hk_tableau_step step_of(const struct hk_dual *dual, const struct hk_dual_entry *entry, int side)
{
	uint32_t j = entry->variable;
	/* up: the entry and the way it can move have the same sign */
	bool helps = (dual->status[j] == HK_DUAL_LOWER) == ((entry->value > 0) == (side == 1));

	if (!helps)
		return (struct hk_tableau_step){ INFINITY, 0 };
	return (struct hk_tableau_step){ fabs(dual->price[j] / entry->value), (dual->upper[j] - dual->lower[j]) * fabs(entry->value) };
}

static double fill(struct hk_tableau_step *steps, int n, double distance)
{
	double cost = 0, ratio = 0;

	for (int turn = 0; turn < STEPS_MAX; turn++) {
		int best = -1;

		for (int k = 0; k < n; k++)
			if (steps[k].units > 0 && (best < 0 || steps[k].ratio < steps[best].ratio))
				best = k;
		if (best < 0)
			return distance > 1e-6 ? INFINITY : cost;
		ratio = steps[best].ratio;
		cost += ratio * fmin(distance, steps[best].units);
		distance -= steps[best].units;
		steps[best].units = 0;
		if (distance <= 0)
			return cost;
	}
	return cost + ratio * distance;
}

void hk_tree_penalties(struct hk_tree *tree, struct hk_branch_candidate *candidate)
{
	double distance[2] = { candidate->value - floor(candidate->value), ceil(candidate->value) - candidate->value };
	struct hk_dual *dual = &tree->leash->dual;

	candidate->sides[0] = candidate->sides[1] = tree->node;
	if (!tree->own || !hk_dual_row(dual, (uint32_t)tree->integers[candidate->integer] - 1))
		return;
	for (int side = 0; side < 2; side++) {
		for (uint32_t k = 0; k < dual->n_entries; k++)
			tree->steps[k] = step_of(dual, &dual->entries[k], side);
		/* a hair less, for what the numbers may have lost */
		candidate->sides[side] += fill(tree->steps, (int)dual->n_entries, distance[side]) * (1 - 1e-7);
	}
}
