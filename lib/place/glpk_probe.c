/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What answers below a cutoff have in common: each integer is tried at both ends of its range, and what leaves nothing is closed (Savelsbergh: Preprocessing
 * and probing, 1994).
 */
#include "place/glpk_tree.h"

enum { ROUNDS_MAX = 3 };

/* Is anything left with the integer within these bounds? They stay as they were. */
static bool is_left(struct hk_tree *tree, int integer, double lower, double upper)
{
	double before[2] = { tree->lower[integer], tree->upper[integer] };
	enum hk_node_state state;

	hk_tree_set_bounds(tree, integer, lower, upper);
	state = hk_tree_relax(tree, 0);
	hk_tree_set_bounds(tree, integer, before[0], before[1]);
	return state != HK_NODE_PRUNED;
}

/* Can it be more than the least, can it be less than the most? */
static bool probe_all(struct hk_tree *tree)
{
	int closed = 0;

	for (int i = 0; i < tree->n_integers; i++) {
		double lower = tree->lower[i], upper = tree->upper[i];

		if (lower < upper && !is_left(tree, i, lower + 1, upper)) {
			hk_tree_set_bounds(tree, i, lower, lower);
			closed++;
		} else if (lower < upper && !is_left(tree, i, lower, lower)) {
			hk_tree_set_bounds(tree, i, lower + 1, upper);
			closed++;
		}
	}
	return closed > 0;
}

void hk_tree_probe(struct hk_tree *tree)
{
	const struct hk_milp *milp = tree->leash->milp;
	double *lower = tree->leash->limits->lower, *upper = tree->leash->limits->upper;
	bool more = true;

	for (size_t j = 0; j < milp->columns.n; j++) {
		lower[j] = milp->columns.v[j].lower;
		upper[j] = milp->columns.v[j].upper;
	}
	for (int round = 0; round < ROUNDS_MAX && more; round++) {
		if (!hk_tree_load(tree, lower, upper) || !hk_tree_start(tree))
			return;
		more = hk_tree_hand_back(tree, lower, upper);
		if (more)
			continue;
		more = probe_all(tree);
		hk_tree_hand_back(tree, lower, upper);
	}
	hk_milp_propagate(milp, lower, upper);
}
