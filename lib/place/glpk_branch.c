/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which integer to branch on. What the tableau proves and what was seen before say which ones are promising; of those without a record both sides are tried for
 * a few iterations, and what is seen is remembered per unit of change (Achterberg, Koch, Martin: Branching rules revisited, 2005).
 */
#include "place/glpk_tree.h"

#include <math.h>

enum {
	LOOKED_AT_MAX = 16,           /* candidates whose rows of the tableau are looked at */
	TRIED_MAX = 3,                /* of these, tried at one node: each try needs new factors, which cost more than its iterations */
	RELIABLE = 1,                 /* tries after which the record is believed */
	ITERATIONS = 25,              /* of one try */
	HOPELESS = 3,                 /* candidates in a row that were no better */
};

static double per_unit(const struct hk_tree *tree, int integer, int side, double otherwise)
{
	const struct hk_branch_record *record = &tree->records[integer];

	return record->count[side] > 0 ? record->sum[side] / record->count[side] : otherwise;
}

static double product(double a, double b)
{
	return fmax(a, 1e-6) * fmax(b, 1e-6);
}

/* What columns without a record are taken for. */
static void averages(const struct hk_tree *tree, double *average)
{
	for (int side = 0; side < 2; side++) {
		double sum = 0;
		unsigned n = 0;

		for (int i = 0; i < tree->n_integers; i++)
			if (tree->records[i].count[side] > 0) {
				sum += tree->records[i].sum[side] / tree->records[i].count[side];
				n++;
			}
		average[side] = n > 0 ? sum / n : 1;
	}
}

/* Fractional integers of the highest priority, best score first. */
static size_t gather(const struct hk_tree *tree, struct hk_branch_candidate *candidates)
{
	double average[2], value;
	size_t n = 0;
	int top = -1;

	averages(tree, average);
	for (int i = 0; i < tree->n_integers; i++) {
		int priority = tree->milp->columns.v[tree->integers[i] - 1].priority;

		if (!hk_tree_is_fractional(tree, i, &value) || priority < top)
			continue;
		if (priority > top)
			n = 0;
		top = priority;
		struct hk_branch_candidate candidate = { .integer = i, .value = value };
		size_t at = n++;

		candidate.score = product((value - floor(value)) * per_unit(tree, i, 0, average[0]), (ceil(value) - value) * per_unit(tree, i, 1, average[1]));
		for (; at > 0 && candidates[at - 1].score < candidate.score; at--)
			candidates[at] = candidates[at - 1];
		candidates[at] = candidate;
	}
	return n;
}

/* Bound of one side after a few iterations; INFINITY when nothing is left there. */
static double try_side(struct hk_tree *tree, int integer, double lower, double upper)
{
	double before[2] = { tree->lower[integer], tree->upper[integer] }, bound = -INFINITY;
	enum hk_node_state state;

	hk_tree_set_bounds(tree, integer, lower, upper);
	state = hk_tree_relax(tree, ITERATIONS);
	if (state == HK_NODE_PRUNED)
		bound = INFINITY;
	else if (state == HK_NODE_SOLVED || state == HK_NODE_CUT_SHORT)
		bound = tree->here;
	hk_tree_set_bounds(tree, integer, before[0], before[1]);
	hk_tree_return(tree);
	return bound;
}

void hk_tree_learn(struct hk_tree *tree, int integer, int side, double gain, double distance)
{
	if (!isfinite(gain) || distance < 1e-9)
		return;
	tree->records[integer].sum[side] += fmax(gain, 0) / distance;
	tree->records[integer].count[side]++;
}

/* Bounds of both sides: proved ones when they were tried, else what the record promises. True when tried. */
static bool look_at(struct hk_tree *tree, const struct hk_branch_candidate *candidate, double here, double *sides)
{
	int i = candidate->integer;
	const struct hk_branch_record *record = &tree->records[i];
	double distance[2] = { candidate->value - floor(candidate->value), ceil(candidate->value) - candidate->value };

	if (record->count[0] >= RELIABLE && record->count[1] >= RELIABLE) {
		for (int side = 0; side < 2; side++)
			sides[side] = fmax(candidate->sides[side], here + distance[side] * per_unit(tree, i, side, 0));
		return false;
	}
	sides[0] = fmax(here, try_side(tree, i, tree->lower[i], floor(candidate->value)));
	sides[1] = fmax(here, try_side(tree, i, ceil(candidate->value), tree->upper[i]));
	for (int side = 0; side < 2; side++)
		hk_tree_learn(tree, i, side, sides[side] - here, distance[side]);
	return true;
}

/* Only one side is left. */
static void tighten(struct hk_tree *tree, const struct hk_branch_candidate *candidate, bool up)
{
	int i = candidate->integer;

	hk_tree_set_bounds(tree, i, up ? ceil(candidate->value) : tree->lower[i], up ? tree->upper[i] : floor(candidate->value));
}

/* What the tableau proves about the first candidates. HK_BRANCH_NONE: they may all be branched on, and stand in the order of what they promise then. */
static int penalise(struct hk_tree *tree, struct hk_branch_candidate *candidates, size_t n)
{
	double limit = hk_tree_limit(tree) - tree->constant;
	bool tightened = false;

	for (size_t k = 0; k < n; k++) {
		struct hk_branch_candidate candidate = candidates[k];
		double down, up;
		size_t at = k;

		hk_tree_penalties(tree, &candidate);
		if (candidate.sides[0] >= limit && candidate.sides[1] >= limit)
			return HK_BRANCH_CLOSED;
		if (candidate.sides[0] >= limit || candidate.sides[1] >= limit) {
			tighten(tree, &candidate, candidate.sides[0] >= limit);
			tightened = true;
		}
		down = fmax(candidate.sides[0] - tree->node, (candidate.value - floor(candidate.value)) * per_unit(tree, candidate.integer, 0, 0));
		up = fmax(candidate.sides[1] - tree->node, (ceil(candidate.value) - candidate.value) * per_unit(tree, candidate.integer, 1, 0));
		candidate.score = product(down, up);
		for (; at > 0 && candidates[at - 1].score < candidate.score; at--)
			candidates[at] = candidates[at - 1];
		candidates[at] = candidate;
	}
	return tightened ? HK_BRANCH_TIGHTENED : HK_BRANCH_NONE;
}

int hk_tree_choose(struct hk_tree *tree, double *value, double *bounds)
{
	size_t n = gather(tree, tree->candidates), hopeless = 0, tried = 0;
	double score = -1;
	int best = HK_BRANCH_NONE, settled;

	n = n < LOOKED_AT_MAX ? n : LOOKED_AT_MAX;
	settled = penalise(tree, tree->candidates, n);
	if (settled != HK_BRANCH_NONE)
		return settled;
	hk_tree_mark(tree);
	for (size_t k = 0; k < n && tried < TRIED_MAX && hopeless < HOPELESS; k++, hopeless++) {
		const struct hk_branch_candidate *candidate = &tree->candidates[k];
		double sides[2], own;
		bool proved = look_at(tree, candidate, tree->node, sides);

		tried += proved;
		if (proved && isinf(sides[0]) && isinf(sides[1]))
			return HK_BRANCH_CLOSED;
		if (proved && (isinf(sides[0]) || isinf(sides[1]))) {
			tighten(tree, candidate, isinf(sides[0]));
			return HK_BRANCH_TIGHTENED;
		}
		own = product(sides[0] - tree->node, sides[1] - tree->node);
		if (own <= score)
			continue;
		hopeless = 0;
		score = own;
		best = candidate->integer;
		*value = candidate->value;
		for (int side = 0; side < 2; side++)
			bounds[side] = proved ? fmax(sides[side], candidate->sides[side]) : candidate->sides[side];
	}
	return best;
}
