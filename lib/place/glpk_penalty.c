/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fractional integer costs at least below and above, by its own row of the tableau: the nonbasic columns that move it there, cheapest first, each as far as it goes
 * (Driebeek 1966, with the longer steps of Fourer 1994). A proved bound for one solution with the factors at hand, where a try needs new factors.
 */
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

enum { STEPS_MAX = 40 };

/* Of a sum of products around 1: smaller ones are rounding. */
static const double NOTHING = 1e-13;

static void *array(const struct hk_tree *tree, size_t count, size_t size)
{
	return hk_arena_array(&tree->leash->arena, count + 1, size);
}

void hk_tree_open_tableau(struct hk_tree *tree)
{
	struct hk_tableau *tableau = &tree->tableau;
	size_t rows = (size_t)tree->rows, all = rows + (size_t)tree->columns, terms = (size_t)glp_get_num_nz(tree->problem);

	*tableau = (struct hk_tableau){ .first = array(tree, rows + 1, sizeof *tableau->first), .column = array(tree, terms, sizeof *tableau->column),
					.value = array(tree, terms, sizeof *tableau->value), .inverse = array(tree, rows, sizeof *tableau->inverse),
					.sums = array(tree, (size_t)tree->columns, sizeof *tableau->sums), .index = array(tree, all, sizeof *tableau->index),
					.entry = array(tree, all, sizeof *tableau->entry) };
	for (int i = 1, k = 0; i <= tree->rows; i++) {
		/* GLPK counts from 1, and so do they */
		k += glp_get_mat_row(tree->problem, i, tableau->column + k, tableau->value + k);
		tableau->first[i] = k;
	}
	tree->steps = array(tree, all, sizeof *tree->steps);
}

/*
 * Row of the tableau of a basic column: index (rows, then columns, from 1) and entry of what is not basic in it. GLPK has it column by column, each with all its terms; the row of the
 * inverse has few entries, so going by rows takes a fraction of that.
 */
static int tableau_row(struct hk_tree *tree, int column)
{
	struct hk_tableau *tableau = &tree->tableau;
	int n = 0;

	memset(tableau->inverse, 0, ((size_t)tree->rows + 1) * sizeof *tableau->inverse);
	memset(tableau->sums, 0, ((size_t)tree->columns + 1) * sizeof *tableau->sums);
	tableau->inverse[glp_get_col_bind(tree->problem, column)] = 1;
	glp_btran(tree->problem, tableau->inverse);
	for (int i = 1; i <= tree->rows; i++) {
		double by = tableau->inverse[i];

		if (fabs(by) < NOTHING)
			continue;
		if (glp_get_row_stat(tree->problem, i) != GLP_BS) {
			tableau->index[n] = i;
			tableau->entry[n++] = -by;
		}
		for (int k = tableau->first[i - 1] + 1; k <= tableau->first[i]; k++)
			tableau->sums[tableau->column[k]] += by * tableau->value[k];
	}
	for (int j = 1; j <= tree->columns; j++)
		if (fabs(tableau->sums[j]) >= NOTHING && glp_get_col_stat(tree->problem, j) != GLP_BS) {
			tableau->index[n] = tree->rows + j;
			tableau->entry[n++] = tableau->sums[j];
		}
	return n;
}

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
	n = tableau_row(tree, tree->integers[candidate->integer]);
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < n; k++)
			tree->steps[k] = step_of(tree, tree->tableau.index[k], tree->tableau.entry[k], side);
		/* a hair less, for what the numbers may have lost */
		candidate->sides[side] += fill(tree->steps, n, distance[side]) * (1 - 1e-7);
	}
}
