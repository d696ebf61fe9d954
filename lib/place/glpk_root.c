/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before the first branch: a first answer, what it closes, a smaller program, cuts. */
/* the generator of cuts is exported, but GLPK's header hides it */
#define GLP_UNDOC
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

enum {
	REDUCTIONS_MAX = 4,
	CUT_INTEGERS = 100,           /* on smaller programs cuts cost more than they save */
	CUT_ROUNDS = 3,
	CUTS_A_ROUND = 40,
	TURNS_MAX = 12,               /* dead ends of a dive */
};

/* An integer that uses less of its range is part of something spread. */
static const double SPREAD = 0.7;

static void *array(struct hk_leash *leash, size_t count, size_t size)
{
	return hk_arena_array(&leash->arena, count + 1, size);
}

bool hk_tree_load(struct hk_tree *tree, double *lower, double *upper)
{
	struct hk_leash *leash = tree->leash;
	double constant;

	if (!hk_milp_propagate(leash->milp, lower, upper))
		return false;
	hk_reduction_release(&leash->reduction);
	hk_milp_reduce(leash->milp, lower, upper, &leash->reduction, &constant);
	if (leash->problem)
		glp_delete_prob(leash->problem);
	tree->milp = &leash->reduction.milp;
	tree->own = false;
	tree->problem = leash->problem = hk_leash_load(leash, tree->milp, true);
	tree->constant = leash->limits->first ? 0 : constant * leash->scale;
	tree->rows = glp_get_num_rows(tree->problem);
	tree->columns = glp_get_num_cols(tree->problem);
	tree->n_integers = 0;
	for (size_t j = 0; j < leash->milp->columns.n; j++)
		tree->integer_of[j] = -1;
	for (int j = 1; j <= tree->columns; j++) {
		if (!tree->milp->columns.v[j - 1].integer)
			continue;
		tree->lower[tree->n_integers] = tree->milp->columns.v[j - 1].lower;
		tree->upper[tree->n_integers] = tree->milp->columns.v[j - 1].upper;
		tree->integer_of[leash->reduction.column[j - 1]] = tree->n_integers;
		tree->integers[tree->n_integers++] = j;
	}
	return true;
}

bool hk_tree_hand_back(const struct hk_tree *tree, double *lower, double *upper)
{
	int closed = 0;

	for (int i = 0; i < tree->n_integers; i++) {
		uint32_t column = tree->leash->reduction.column[tree->integers[i] - 1];

		lower[column] = tree->lower[i];
		upper[column] = tree->upper[i];
		closed += lower[column] == upper[column];
	}
	return 5 * closed >= tree->n_integers;
}

/* What is to be settled before all others; -1 when nothing is. */
static int first_priority(const struct hk_tree *tree)
{
	double x;

	for (int i = 0; i < tree->n_integers; i++)
		if (tree->milp->columns.v[tree->integers[i] - 1].priority == HK_MILP_FIRST && hk_tree_is_fractional(tree, i, &x))
			return HK_MILP_FIRST;
	return -1;
}

static bool comes_now(const struct hk_tree *tree, int integer, int priority)
{
	return tree->milp->columns.v[tree->integers[integer] - 1].priority >= priority;
}

/* The fractional integer that uses the least part of its range; -1 when there is none. */
static int least_used(const struct hk_tree *tree, double *part, double *value)
{
	int least = -1, priority = first_priority(tree);
	double x;

	*part = 2;
	for (int i = 0; i < tree->n_integers; i++) {
		if (!hk_tree_is_fractional(tree, i, &x) || !comes_now(tree, i, priority) || (x - tree->lower[i]) / (tree->upper[i] - tree->lower[i]) >= *part)
			continue;
		*part = (x - tree->lower[i]) / (tree->upper[i] - tree->lower[i]);
		*value = x;
		least = i;
	}
	return least;
}

/* The fractional integer nearest below a whole number; -1 when there is none. */
static int nearest_above(const struct hk_tree *tree, double *value)
{
	double most = -1, x;
	int best = -1, priority = first_priority(tree);

	for (int i = 0; i < tree->n_integers; i++)
		if (hk_tree_is_fractional(tree, i, &x) && comes_now(tree, i, priority) && x - floor(x) > most) {
			most = x - floor(x);
			best = i;
			*value = x;
		}
	return best;
}

/* Close an integer altogether; when nothing is left then, round it up instead. */
static enum hk_node_state close_or_raise(struct hk_tree *tree, int integer, double value, int *turned)
{
	double upper = tree->upper[integer];
	enum hk_node_state state;

	hk_tree_set_bounds(tree, integer, tree->lower[integer], tree->lower[integer]);
	state = hk_tree_relax(tree, 0);
	if (state != HK_NODE_PRUNED)
		return state;
	++*turned;
	hk_tree_set_bounds(tree, integer, ceil(value), upper);
	return hk_tree_relax(tree, 0);
}

/*
 * One answer, quickly: with gather, close what is used least, so that what is spread over many places gathers in few; else round up what is nearest to it.
 * Bounds are left as they were.
 */
static void dive(struct hk_tree *tree, bool gather)
{
	double *lower = array(tree->leash, (size_t)tree->n_integers, sizeof *lower), *upper = array(tree->leash, (size_t)tree->n_integers, sizeof *upper);
	enum hk_node_state state = hk_tree_relax(tree, 0);
	int turned = 0;

	memcpy(lower, tree->lower, (size_t)tree->n_integers * sizeof *lower);
	memcpy(upper, tree->upper, (size_t)tree->n_integers * sizeof *upper);
	while (state == HK_NODE_SOLVED && turned < TURNS_MAX) {
		double part = 1, value = 0;
		int integer = gather ? least_used(tree, &part, &value) : nearest_above(tree, &value);

		if (integer < 0) {
			if (hk_tree_keep(tree) || !hk_tree_raise(tree))
				break;
			turned++;
			state = hk_tree_relax(tree, 0);
			continue;
		}
		if (part < SPREAD) {
			state = close_or_raise(tree, integer, value, &turned);
		} else {
			hk_tree_set_bounds(tree, integer, ceil(value), tree->upper[integer]);
			state = hk_tree_relax(tree, 0);
		}
	}
	for (int i = 0; i < tree->n_integers; i++)
		hk_tree_set_bounds(tree, i, lower[i], upper[i]);
}

/* Gomory's mixed-integer cuts as rows, while they help. False when that settles it. */
static bool cut(struct hk_tree *tree)
{
	int *index = array(tree->leash, (size_t)tree->columns, sizeof *index);
	double *value = array(tree->leash, (size_t)tree->columns, sizeof *value), before;
	enum hk_node_state state;

	/* the generator of cuts and their rows are GLPK's */
	hk_tree_close_own(tree);
	state = hk_tree_relax(tree, 0);

	for (int round = 0; round < CUT_ROUNDS && state == HK_NODE_SOLVED && glp_bf_exists(tree->problem); round++) {
		glp_prob *pool = glp_create_prob();
		int added;

		before = tree->here;
		glp_add_cols(pool, tree->columns);
		glp_gmi_gen(tree->problem, pool, CUTS_A_ROUND);
		added = glp_get_num_rows(pool);
		if (added > 0)
			tree->rows = glp_add_rows(tree->problem, added) + added - 1;
		for (int i = 1; i <= added; i++) {
			int length = glp_get_mat_row(pool, i, index, value), row = tree->rows - added + i;

			glp_set_mat_row(tree->problem, row, length, index, value);
			glp_set_row_bnds(tree->problem, row, glp_get_row_type(pool, i), glp_get_row_lb(pool, i), glp_get_row_ub(pool, i));
		}
		glp_delete_prob(pool);
		if (added == 0)
			break;
		state = hk_tree_relax(tree, 0);
		if (state == HK_NODE_SOLVED && tree->here - before <= 1e-4 * fabs(before))
			break;
	}
	if (state == HK_NODE_LOST)
		tree->lost = tree->leash->bound;
	if (state == HK_NODE_SOLVED)
		hk_tree_fix(tree);
	return state == HK_NODE_SOLVED;
}

/* Cuts that are not tight are weight. */
static void drop_slack_rows(struct hk_tree *tree)
{
	int *rows = array(tree->leash, (size_t)tree->rows, sizeof *rows), n = 0;

	for (int i = (int)tree->milp->rows.n + 1; i <= tree->rows; i++)
		if (glp_get_row_stat(tree->problem, i) == GLP_BS)
			rows[++n] = i;
	if (n > 0)
		glp_del_rows(tree->problem, n, rows);
	tree->rows -= n;
}

/* For what is left of the program after this, and for the next program. */
static void leave_basis(struct hk_tree *tree, bool known)
{
	struct hk_leash *leash = tree->leash;
	size_t size = leash->milp->columns.n + leash->milp->rows.n;

	hk_tree_show_basis(tree);
	if (!known)
		tree->basis = array(leash, size, sizeof *tree->basis);
	hk_leash_leave_basis(leash, leash->reduction.column, leash->reduction.row, tree->basis);
	if (!known && leash->limits->basis)
		memcpy(leash->limits->basis, tree->basis, size);
}

bool hk_tree_start(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	bool known = tree->basis != NULL;
	enum hk_node_state state;

	if (tree->columns == 0) {
		hk_tree_keep(tree);
		return false;
	}
	tree->cold = !known || !hk_leash_enter_basis(leash, leash->reduction.column, leash->reduction.row, tree->basis);
	if (tree->cold && !(leash->limits->basis && hk_leash_enter_basis(leash, leash->reduction.column, leash->reduction.row, leash->limits->basis))) {
		/* hardly a cost is below 0: with rows alone the prices are right, as they are after a branch */
		glp_std_basis(tree->problem);
		tree->cold = false;
	}
	hk_tree_add_rows(tree);
	state = hk_tree_relax_first(tree);
	if (state == HK_NODE_LOST)
		tree->lost = tree->leash->bound;
	if (state != HK_NODE_SOLVED)
		return false;
	leave_basis(tree, known);
	if (!hk_tree_separate(tree))
		return false;
	tree->leash->bound = fmax(tree->leash->bound, tree->here + tree->constant);
	if (hk_tree_is_whole(tree) && hk_tree_keep(tree))
		return false;
	hk_tree_fix(tree);
	return true;
}

/* Look for an answer, then see what the relaxation closes with it. False when that settles it. */
static bool improve(struct hk_tree *tree)
{
	enum hk_node_state state;

	dive(tree, true);
	if (!tree->any || !tree->leash->limits->first)
		dive(tree, false);
	state = hk_tree_relax(tree, 0);
	if (state == HK_NODE_LOST)
		tree->lost = tree->leash->bound;
	if (state == HK_NODE_SOLVED)
		hk_tree_fix(tree);
	return state == HK_NODE_SOLVED;
}

/* Reduce as long as answers and reduced costs close columns. False when that settles it. */
static bool prepare(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	double *lower = array(leash, leash->milp->columns.n, sizeof *lower), *upper = array(leash, leash->milp->columns.n, sizeof *upper);
	bool has_cuts = false;

	for (size_t j = 0; j < leash->milp->columns.n; j++) {
		lower[j] = leash->milp->columns.v[j].lower;
		upper[j] = leash->milp->columns.v[j].upper;
	}
	for (int round = 0; round < REDUCTIONS_MAX; round++) {
		if (!hk_tree_load(tree, lower, upper) || !hk_tree_start(tree))
			return false;
		has_cuts = false;
		if (round == 0 && !improve(tree))
			return false;
		if (hk_tree_hand_back(tree, lower, upper))
			continue;
		has_cuts = tree->n_integers >= CUT_INTEGERS;
		if (has_cuts && !cut(tree))
			return false;
		if (!has_cuts || !hk_tree_hand_back(tree, lower, upper))
			break;
	}
	if (has_cuts)
		drop_slack_rows(tree);
	return true;
}

static void settle(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	struct hk_glpk_result *result = leash->result;
	bool complete = tree->lost == INFINITY;
	double proved = complete ? hk_tree_limit(tree) : fmin(tree->lost, tree->best);

	result->nodes = leash->nodes;
	result->bound = fmin(fmax(leash->bound, proved), tree->best) / leash->scale;
	result->hit_limit = result->hit_limit || !complete;
	result->status = complete ? HK_GLPK_INFEASIBLE : HK_GLPK_NOTHING;
	if (!tree->any && tree->broken < INFINITY && !complete) {
		result->objective = hk_milp_value(leash->milp, leash->point);
		result->bound = fmin(result->bound, result->objective);
		result->status = HK_GLPK_FEASIBLE;
	}
	if (!tree->any)
		return;
	result->objective = hk_milp_value(leash->milp, leash->point);
	result->bound = complete && !(leash->limits->gap > 0) ? result->objective : fmin(result->bound, result->objective);
	result->status = complete || leash->limits->first ? HK_GLPK_OPTIMAL : HK_GLPK_FEASIBLE;
}

/* What the bounds of the columns alone say of the cost. */
static double least_cost(const struct hk_leash *leash)
{
	double sum = 0;

	for (size_t j = 0; j < leash->milp->columns.n && !leash->limits->first; j++) {
		const struct hk_milp_column *column = &leash->milp->columns.v[j];

		if (column->cost > 0 || column->cost < 0)
			sum += column->cost * (column->cost > 0 ? column->lower : column->upper);
	}
	return sum * leash->scale;
}

void hk_leash_tree(struct hk_leash *leash)
{
	struct hk_tree tree = { .leash = leash, .best = leash->limits->cutoff * leash->scale, .lost = INFINITY, .broken = INFINITY };
	size_t n = leash->milp->columns.n;

	tree.lower = array(leash, n, sizeof *tree.lower);
	tree.upper = array(leash, n, sizeof *tree.upper);
	tree.integers = array(leash, n, sizeof *tree.integers);
	tree.reduced = array(leash, n, sizeof *tree.reduced);
	tree.integer_of = array(leash, n, sizeof *tree.integer_of);
	tree.raise = array(leash, n, sizeof *tree.raise);
	tree.most = array(leash, n, sizeof *tree.most);
	tree.candidates = array(leash, n, sizeof *tree.candidates);
	if (leash->limits->start && !leash->limits->first) {
		tree.any = true;
		memcpy(leash->point, leash->limits->start, n * sizeof *leash->point);
		tree.best = fmin(tree.best, hk_milp_value(leash->milp, leash->point) * leash->scale);
	}
	leash->bound = least_cost(leash);
	if (hk_leash_stopped(leash)) {
		tree.lost = leash->bound;
	} else if (leash->limits->lower) {
		hk_tree_probe(&tree);
	} else if (leash->limits->listing) {
		hk_tree_list(&tree);
	} else if (prepare(&tree)) {
		tree.records = array(leash, (size_t)tree.n_integers, sizeof *tree.records);
		tree.trial = array(leash, (size_t)tree.rows + (size_t)tree.columns, 1);
		tree.steps = array(leash, (size_t)tree.rows + (size_t)tree.columns, sizeof *tree.steps);
		hk_tree_open_own(&tree);
		hk_tree_search(&tree);
	}
	settle(&tree);
}
