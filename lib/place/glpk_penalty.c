/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fractional integer costs at least below and above, by its own row of the tableau: the nonbasic columns that move it there, cheapest first, each as far as it goes
 * (Driebeek 1966, with the longer steps of Fourer 1994). A proved bound for one solution with the factors at hand, where a try needs new factors.
 */
#include "place/glpk_tree.h"

#include <math.h>

enum { STEPS_MAX = 40 };

/* One nonbasic column: what one unit of the integer costs by it, and how many units it gives. */
static struct hk_tableau_step step_of(const struct hk_tree *tree, int k, double alpha, int side)
{
	bool row = k <= tree->rows;
	int j = k - tree->rows, status = row ? glp_get_row_stat(tree->problem, k) : glp_get_col_stat(tree->problem, j);
	int type = row ? glp_get_row_type(tree->problem, k) : glp_get_col_type(tree->problem, j);
	double price = fabs(row ? glp_get_row_dual(tree->problem, k) : glp_get_col_dual(tree->problem, j)), range = INFINITY;
	/* up: alpha and the way it can move have the same sign */
	bool helps = status == GLP_NF || (status == GLP_NL && (alpha > 0) == (side == 1)) || (status == GLP_NU && (alpha < 0) == (side == 1));

	if (!helps)
		return (struct hk_tableau_step){ INFINITY, 0 };
	if (type == GLP_DB)
		range = row ? glp_get_row_ub(tree->problem, k) - glp_get_row_lb(tree->problem, k) : glp_get_col_ub(tree->problem, j) - glp_get_col_lb(tree->problem, j);
	return (struct hk_tableau_step){ price / fabs(alpha), range * fabs(alpha) };
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
	int n;

	candidate->sides[0] = candidate->sides[1] = tree->node;
	if (!glp_bf_exists(tree->problem) || glp_get_col_stat(tree->problem, tree->integers[candidate->integer]) != GLP_BS)
		return;
	n = glp_eval_tab_row(tree->problem, tree->rows + tree->integers[candidate->integer], tree->row_index, tree->row_value);
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < n; k++)
			tree->steps[k] = step_of(tree, tree->row_index[k + 1], tree->row_value[k + 1], side);
		/* a hair less, for what the numbers may have lost */
		candidate->sides[side] += fill(tree->steps, n, distance[side]) * (1 - 1e-7);
	}
}
