/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Branch and bound over one kept relaxation: a node is its bounds and the basis it starts from, so that it costs a few steps of the dual simplex method. GLPK's
 * own search builds cuts and branching tables at every node, which costs more than the node itself on programs of this size.
 */
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

/* Costs this close (relative) are the same: rows that hold proved bounds give way by as much. */
static const double SAME = 4e-9;
/* Whole within this. */
static const double WHOLE = 1e-6;

enum { RETURNS_MAX = 24 /* dead ends in a row, as long as there is no answer */ };

double hk_tree_limit(const struct hk_tree *tree)
{
	double size = fabs(tree->best);

	return isinf(tree->best) ? INFINITY : tree->best - fmax(tree->leash->limits->gap, SAME) * fmax(size, SAME);
}

bool hk_tree_is_fractional(const struct hk_tree *tree, int integer, double *value)
{
	*value = hk_tree_value(tree, tree->integers[integer]);
	return fabs(*value - nearbyint(*value)) > WHOLE;
}

bool hk_tree_holds(struct hk_tree *tree, const struct hk_glpk_check *check, const double *point)
{
	size_t n = 0, kept = 0;

	tree->n_raise = 0;
	if (!check)
		return true;
	memcpy(tree->most, point, tree->leash->milp->columns.n * sizeof *tree->most);
	for (int i = 0; i < tree->n_integers; i++)
		tree->most[tree->leash->reduction.column[tree->integers[i] - 1]] = tree->upper[i];
	if (check->holds(check->closure, point, tree->most, tree->raise, &n))
		return true;
	for (size_t k = 0; k < n; k++) {
		struct hk_glpk_raise raise = tree->raise[k];
		int integer = tree->integer_of[raise.column];
		double more = raise.aim - point[raise.column];
		size_t at = kept;

		if (integer < 0 || tree->upper[integer] < raise.above + 0.5)
			continue;
		kept++;
		for (; at > 0 && tree->raise[at - 1].aim < more; at--)
			tree->raise[at] = tree->raise[at - 1];
		tree->raise[at] = (struct hk_glpk_raise){ (uint32_t)integer, more, raise.above };
	}
	tree->n_raise = kept;
	return false;
}

const double *hk_tree_point(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;

	for (int j = 0; j < tree->columns; j++) {
		double x = hk_tree_value(tree, j + 1);

		tree->reduced[j] = tree->milp->columns.v[j].integer ? nearbyint(x) : x;
	}
	hk_reduction_expand(&leash->reduction, leash->milp->columns.n, tree->reduced, leash->dense);
	return leash->dense;
}

bool hk_tree_keep(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	const double *point = hk_tree_point(tree);
	double value;
	bool good;

	value = leash->limits->first ? 0 : hk_milp_value(leash->milp, point) * leash->scale;
	if (value >= tree->best)
		return true;
	good = hk_tree_holds(tree, leash->limits->check, point);
	if (!good && (tree->any || value >= tree->broken))
		return false;
	*(good ? &tree->best : &tree->broken) = value;
	tree->any = good;
	memcpy(leash->point, point, leash->milp->columns.n * sizeof *point);
	return good;
}

/* How high an integer of the newest answer is. */
static double height(const struct hk_tree *tree, const struct hk_glpk_raise *raise)
{
	return nearbyint(hk_tree_value(tree, tree->integers[raise->column]));
}

bool hk_tree_raise(struct hk_tree *tree)
{
	bool any = false;

	for (size_t k = 0; k < tree->n_raise; k++) {
		int i = (int)tree->raise[k].column;

		if (!(tree->raise[k].aim > 0))
			continue;
		hk_tree_set_bounds(tree, i, fmin(height(tree, &tree->raise[k]) + tree->raise[k].aim, tree->upper[i]), tree->upper[i]);
		any = true;
	}
	return any;
}

void hk_tree_fix(struct hk_tree *tree)
{
	double room = hk_tree_limit(tree) - tree->constant - tree->here;

	if (isinf(room))
		return;
	room += 1e-7 * fmax(1, fabs(tree->best));
	for (int i = 0; i < tree->n_integers; i++) {
		enum hk_dual_status status;
		double price = hk_tree_price(tree, tree->integers[i], &status), width = tree->upper[i] - tree->lower[i], steps;

		if (width == 0 || fabs(price) < 1e-7)
			continue;
		steps = floor(room / fabs(price) + 1e-6);
		if (steps >= width)
			continue;
		if (price > 0 && status == HK_DUAL_LOWER)
			hk_tree_set_bounds(tree, i, tree->lower[i], tree->lower[i] + steps);
		else if (price < 0 && status == HK_DUAL_UPPER)
			hk_tree_set_bounds(tree, i, tree->upper[i] - steps, tree->upper[i]);
	}
}

static struct hk_tree_node *push(struct hk_tree *tree)
{
	struct hk_arena *arena = &tree->leash->arena;
	struct hk_tree_node *node;

	tree->open = hk_arena_grow(arena, tree->open, tree->n_open, &tree->cap_open, sizeof *node);
	node = &tree->open[tree->n_open++];
	if (!node->lower) {
		node->lower = hk_arena_array(arena, (size_t)tree->n_integers + 1, sizeof *node->lower);
		node->upper = hk_arena_array(arena, (size_t)tree->n_integers + 1, sizeof *node->upper);
		node->basis = hk_arena_array(arena, (size_t)tree->rows + (size_t)tree->columns + 1, 1);
	}
	memcpy(node->lower, tree->lower, (size_t)tree->n_integers * sizeof *node->lower);
	memcpy(node->upper, tree->upper, (size_t)tree->n_integers * sizeof *node->upper);
	hk_tree_save(tree, node->basis);
	return node;
}

/* Take a node off the list; its arrays stay with the free place at the end. */
static void drop(struct hk_tree *tree, size_t index)
{
	struct hk_tree_node last = tree->open[tree->n_open - 1];

	tree->open[--tree->n_open] = tree->open[index];
	if (index < tree->n_open)
		tree->open[index] = last;
}

/* Lowest bound first; among equals the newest, which is deepest. */
static size_t lowest(const struct hk_tree *tree)
{
	size_t best = 0;

	for (size_t i = 1; i < tree->n_open; i++)
		if (tree->open[i].bound <= tree->open[best].bound)
			best = i;
	return best;
}

static void enter(struct hk_tree *tree, const struct hk_tree_node *node, bool jump)
{
	for (int i = 0; i < tree->n_integers; i++)
		if (tree->lower[i] != node->lower[i] || tree->upper[i] != node->upper[i])
			hk_tree_set_bounds(tree, i, node->lower[i], node->upper[i]);
	if (jump)
		hk_tree_restore(tree, node->basis);
}

bool hk_tree_is_whole(const struct hk_tree *tree)
{
	double value;

	for (int i = 0; i < tree->n_integers; i++)
		if (hk_tree_is_fractional(tree, i, &value))
			return false;
	return true;
}

static void branch(struct hk_tree *tree, int integer, double value, const double *bounds)
{
	double lower = tree->lower[integer], upper = tree->upper[integer];
	/* the better side last: it is taken next */
	int first = bounds[0] < bounds[1] || (bounds[0] == bounds[1] && value - floor(value) < 0.5) ? 1 : 0;

	for (int turn = 0; turn < 2; turn++) {
		int side = turn == 0 ? first : 1 - first;
		struct hk_tree_node *node = push(tree);

		node->lower[integer] = side == 0 ? lower : ceil(value);
		node->upper[integer] = side == 0 ? floor(value) : upper;
		node->bound = fmax(tree->node, bounds[side]) + tree->constant;
		node->branched = integer;
		node->up = side == 1;
		node->fraction = side == 0 ? value - floor(value) : ceil(value) - value;
		node->parent = tree->node;
	}
}

/*
 * The newest answer does not hold, and neither does anything that is nowhere higher: the first of what can rise does, or the second and not the first, and so
 * on. True when there are children, the first of them last.
 */
static bool branch_upwards(struct hk_tree *tree)
{
	for (size_t k = tree->n_raise; k-- > 0;) {
		struct hk_tree_node *node = push(tree);
		int i = (int)tree->raise[k].column;

		for (size_t before = 0; before < k; before++)
			node->upper[tree->raise[before].column] = tree->raise[before].above;
		node->lower[i] = tree->raise[k].above + 1;
		node->bound = tree->node + tree->constant;
		node->branched = -1;
	}
	return tree->n_raise > 0;
}

/* Look at the node whose bounds are installed. True when it has children: the last one in the list is the better one. */
static bool process(struct hk_tree *tree, const struct hk_tree_node *node)
{
	enum hk_node_state state;
	double value = 0, bounds[2];
	bool fresh = true;

	for (;;) {
		state = hk_tree_relax(tree, 0);
		if (state == HK_NODE_LOST)
			tree->lost = fmin(tree->lost, node->bound);
		if (state != HK_NODE_SOLVED)
			return false;
		tree->node = tree->here;
		if (fresh && node->branched >= 0)
			hk_tree_learn(tree, node->branched, node->up, tree->node - node->parent, node->fraction);
		fresh = false;
		if (hk_tree_is_whole(tree))
			return !hk_tree_keep(tree) && branch_upwards(tree);
		hk_tree_fix(tree);
		int integer = hk_tree_choose(tree, &value, bounds);

		if (integer == HK_BRANCH_CLOSED || integer == HK_BRANCH_NONE)
			return false;
		if (integer == HK_BRANCH_TIGHTENED)
			continue;
		branch(tree, integer, value, bounds);
		return true;
	}
}

static bool spent(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;

	size_t memory = leash->limits->memory ? leash->limits->memory : (size_t)1 << 30;

	if (hk_leash_stopped(leash))
		return true;
	if ((!leash->limits->nodes || leash->nodes < leash->limits->nodes) && leash->arena.used < memory)
		return false;
	leash->result->hit_limit = true;
	return true;
}

void hk_tree_search(struct hk_tree *tree)
{
	struct hk_tree_node node = { 0 };
	bool child = false;
	int returns = 0;

	push(tree)->branched = -1;
	tree->open[0].bound = -INFINITY;
	while (tree->n_open > 0) {
		/* without any answer the way to one is worth more than the bound: back to the newest node for a while */
		bool newest = child || (!tree->any && returns < RETURNS_MAX);
		size_t at = newest ? tree->n_open - 1 : lowest(tree);

		if (tree->open[at].bound >= hk_tree_limit(tree)) {
			child = false;
			drop(tree, at);
			continue;
		}
		if (spent(tree))
			break;
		returns = child ? returns : newest ? returns + 1 : 0;
		drop(tree, at);
		/* the place may be used again by a child, and its arrays with it */
		node = tree->open[tree->n_open];
		tree->leash->nodes++;
		enter(tree, &node, !child);
		child = process(tree, &node);
	}
	for (size_t i = 0; i < tree->n_open; i++)
		tree->lost = fmin(tree->lost, tree->open[i].bound);
}
