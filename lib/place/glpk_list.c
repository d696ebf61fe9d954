/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every answer below a cutoff, depth first. What is left of the node of an answer is split into parts that each differ from it in one integer, and agree in
 * those before it: in one that sets answers apart, when this one is good and the cheapest of its node; in any that counts, when it is good; else in one of
 * those that have to rise.
 */
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 1000 };

/* Bounds a node came with, those it has when it is split, and the answer that is split away; made when a depth is first reached. */
struct level { double *lower, *upper, *tight_lower, *tight_upper, *point; struct hk_glpk_raise *raise; };

struct listing {
	struct hk_tree *tree;
	const struct hk_glpk_listing *asked;
	struct level *levels;
	double limit;                 /* scaled cutoff */
	bool following;               /* all that counts is fixed */
};

static void visit(struct listing *listing, int depth);

static struct level *level_of(struct listing *listing, int depth)
{
	struct level *level = &listing->levels[depth];
	double **arrays[] = { &level->lower, &level->upper, &level->tight_lower, &level->tight_upper, &level->point };

	for (size_t i = 0; i < HK_COUNT(arrays) && !level->point; i++)
		*arrays[i] = hk_arena_array(&listing->tree->leash->arena, (size_t)listing->tree->n_integers + 1, sizeof(double));
	if (!level->raise)
		level->raise = hk_arena_array(&listing->tree->leash->arena, (size_t)listing->tree->n_integers + 1, sizeof *level->raise);
	return level;
}

static void set_bounds(struct hk_tree *tree, int integer, double lower, double upper)
{
	if (tree->lower[integer] != lower || tree->upper[integer] != upper)
		hk_tree_set_bounds(tree, integer, lower, upper);
}

static void set_all(struct hk_tree *tree, const double *lower, const double *upper)
{
	for (int i = 0; i < tree->n_integers; i++)
		set_bounds(tree, i, lower[i], upper[i]);
}

static bool counts(const struct listing *listing, int integer)
{
	return listing->tree->milp->columns.v[listing->tree->integers[integer] - 1].priority >= listing->asked->counts;
}

static bool sets_apart(const struct listing *listing, int integer)
{
	return listing->asked->apart[listing->tree->leash->reduction.column[listing->tree->integers[integer] - 1]];
}

/* All that counts is whole. */
static bool is_settled(const struct listing *listing)
{
	double value;

	for (int i = 0; i < listing->tree->n_integers; i++)
		if (counts(listing, i) && hk_tree_is_fractional(listing->tree, i, &value))
			return false;
	return true;
}

/* With these bounds of one integer. */
static void visit_part(struct listing *listing, int depth, int integer, double lower, double upper)
{
	double before[2] = { listing->tree->lower[integer], listing->tree->upper[integer] };

	if (lower > upper)
		return;
	set_bounds(listing->tree, integer, lower, upper);
	visit(listing, depth + 1);
	set_bounds(listing->tree, integer, before[0], before[1]);
}

/* The cheapest answer with these counts, by what follows from them. */
static void complete(struct listing *listing, int depth, const struct level *level)
{
	struct hk_tree *tree = listing->tree;

	for (int i = 0; i < tree->n_integers; i++)
		if (counts(listing, i))
			set_bounds(tree, i, level->point[i], level->point[i]);
	listing->following = true;
	visit(listing, depth + 1);
	listing->following = false;
	set_all(tree, level->tight_lower, level->tight_upper);
}

enum answer { CHEAPEST /* nothing in the node with the same integers apart is both good and cheaper */, GOOD, BAD, NONE };

/* The answer goes to the caller, if it is good, and the tree forgets it: the next one may cost more. When it is bad tree->raise says what has to rise. */
static enum answer settle(struct listing *listing, int depth, const struct level *level)
{
	struct hk_tree *tree = listing->tree;
	struct hk_leash *leash = tree->leash;
	const struct hk_glpk_listing *asked = listing->asked;
	bool whole = hk_tree_is_whole(tree), any;

	/* what counts says already whether it is good */
	if (!hk_tree_holds(tree, asked->good, hk_tree_point(tree)))
		return BAD;
	if (whole)
		hk_tree_keep(tree);
	else
		complete(listing, depth, level);
	any = tree->any;
	if (any)
		listing->limit = asked->found(asked->closure, leash->point, tree->best / leash->scale) * leash->scale;
	tree->any = false;
	tree->best = listing->limit;
	return !any ? NONE : whole ? CHEAPEST : GOOD;
}

/* What is not good neither is where nothing rises. */
static void split_upwards(struct listing *listing, int depth, const struct level *level)
{
	struct hk_tree *tree = listing->tree;
	size_t n = tree->n_raise;

	memcpy(level->raise, tree->raise, n * sizeof *level->raise);
	for (size_t k = 0; k < n; k++) {
		int i = (int)level->raise[k].column;

		visit_part(listing, depth, i, level->raise[k].above + 1, tree->upper[i]);
		set_bounds(tree, i, tree->lower[i], level->raise[k].above);
	}
}

/* One answer, and what is left without it. */
static void split(struct listing *listing, int depth, struct level *level)
{
	struct hk_tree *tree = listing->tree;
	size_t size = (size_t)tree->n_integers * sizeof(double);
	double node = tree->node;
	enum answer answer;

	for (int i = 0; i < tree->n_integers; i++)
		level->point[i] = nearbyint(hk_tree_value(tree, tree->integers[i]));
	hk_tree_fix(tree);
	memcpy(level->tight_lower, tree->lower, size);
	memcpy(level->tight_upper, tree->upper, size);
	answer = settle(listing, depth, level);
	if (node >= hk_tree_limit(tree) - tree->constant)
		return;
	if (answer == BAD) {
		split_upwards(listing, depth, level);
		return;
	}
	for (int i = 0; i < tree->n_integers; i++) {
		double x = level->point[i];

		if (!(answer == CHEAPEST ? sets_apart(listing, i) : counts(listing, i)) || tree->lower[i] == tree->upper[i])
			continue;
		visit_part(listing, depth, i, tree->lower[i], fmin(x - 1, tree->upper[i]));
		visit_part(listing, depth, i, fmax(x + 1, tree->lower[i]), tree->upper[i]);
		/* reduced costs may have closed it at another value: what is left was seen */
		if (x < tree->lower[i] || x > tree->upper[i])
			return;
		set_bounds(tree, i, x, x);
	}
}

static void branch(struct listing *listing, int depth, int integer, double value, const double *bounds)
{
	struct hk_tree *tree = listing->tree;
	bool up_first = bounds[1] < bounds[0];

	for (int turn = 0; turn < 2; turn++) {
		bool up = (turn == 0) == up_first;

		visit_part(listing, depth, integer, up ? ceil(value) : tree->lower[integer], up ? tree->upper[integer] : floor(value));
	}
}

static void look(struct listing *listing, int depth, struct level *level)
{
	struct hk_tree *tree = listing->tree;

	for (;;) {
		enum hk_node_state state = hk_tree_relax(tree, 0);
		double value = 0, bounds[2];
		int integer;

		if (state == HK_NODE_LOST)
			tree->lost = tree->leash->bound;
		if (state != HK_NODE_SOLVED)
			return;
		tree->node = tree->here;
		if (listing->following && hk_tree_is_whole(tree)) {
			hk_tree_keep(tree);
			return;
		}
		if (!listing->following && is_settled(listing)) {
			split(listing, depth, level);
			return;
		}
		hk_tree_fix(tree);
		integer = hk_tree_choose(tree, &value, bounds);
		if (integer == HK_BRANCH_TIGHTENED)
			continue;
		if (integer >= 0)
			branch(listing, depth, integer, value, bounds);
		return;
	}
}

static bool spent(const struct listing *listing, int depth)
{
	struct hk_leash *leash = listing->tree->leash;

	if (listing->tree->lost < INFINITY || hk_leash_stopped(leash))
		return true;
	return depth >= DEPTH_MAX || (leash->limits->nodes && leash->nodes >= leash->limits->nodes);
}

static void visit(struct listing *listing, int depth)
{
	struct hk_tree *tree = listing->tree;
	struct level *level;
	size_t size = (size_t)tree->n_integers * sizeof(double);

	if (spent(listing, depth)) {
		tree->lost = tree->leash->bound;
		return;
	}
	level = level_of(listing, depth);
	tree->leash->nodes++;
	memcpy(level->lower, tree->lower, size);
	memcpy(level->upper, tree->upper, size);
	look(listing, depth, level);
	set_all(tree, level->lower, level->upper);
}

/* Whole at once, or nothing but constants: is it an answer, and all there is? */
static bool open_root(struct listing *listing)
{
	struct hk_tree *tree = listing->tree;
	const struct hk_glpk_listing *asked = listing->asked;
	bool open = hk_tree_start(tree), whole = tree->any;

	if (whole && tree->columns == 0 && hk_tree_holds(tree, asked->good, tree->leash->point))
		(void)asked->found(asked->closure, tree->leash->point, tree->best / tree->leash->scale);
	tree->any = false;
	tree->best = listing->limit;
	return open || (whole && tree->columns > 0);
}

void hk_tree_list(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	struct listing listing = { .tree = tree, .asked = leash->limits->listing, .limit = tree->best };
	size_t n = leash->milp->columns.n;
	double *lower = hk_arena_array(&leash->arena, n + 1, sizeof *lower), *upper = hk_arena_array(&leash->arena, n + 1, sizeof *upper);

	for (size_t j = 0; j < n; j++) {
		lower[j] = leash->milp->columns.v[j].lower;
		upper[j] = leash->milp->columns.v[j].upper;
	}
	if (!hk_tree_load(tree, lower, upper) || !open_root(&listing))
		return;
	listing.levels = hk_arena_array(&leash->arena, DEPTH_MAX + 1, sizeof *listing.levels);
	tree->records = hk_arena_array(&leash->arena, (size_t)tree->n_integers + 1, sizeof *tree->records);
	tree->trial = hk_arena_array(&leash->arena, (size_t)tree->rows + (size_t)tree->columns, 1);
	tree->steps = hk_arena_array(&leash->arena, (size_t)tree->rows + (size_t)tree->columns, sizeof *tree->steps);
	hk_tree_open_own(tree);
	visit(&listing, 0);
}
