/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that the caller knows and no model could list: what the first relaxation violates joins it, as long as there is any. They hold within the bounds of the
 * moment, so little room makes them say more than rows of the model do.
 */
#include "place/glpk_tree.h"

#include <math.h>
#include <string.h>

enum { ROUNDS_MAX = 8 };

/* Gains of the relaxation below this part of it are not worth another round. */
static const double GAIN = 1e-5;

static void *array(struct hk_tree *tree, size_t count, size_t size)
{
	return hk_arena_array(&tree->leash->arena, count + 1, size);
}

static void keep(struct hk_tree *tree, const struct hk_glpk_row *row)
{
	struct hk_glpk_row *kept;

	tree->kept_rows = hk_arena_grow(&tree->leash->arena, tree->kept_rows, tree->n_kept, &tree->cap_kept, sizeof *kept);
	kept = &tree->kept_rows[tree->n_kept++];
	*kept = *row;
	kept->column = array(tree, row->n, sizeof *kept->column);
	kept->value = array(tree, row->n, sizeof *kept->value);
	memcpy(kept->column, row->column, row->n * sizeof *row->column);
	memcpy(kept->value, row->value, row->n * sizeof *row->value);
}

/* Without the columns that are settled. */
static void add(struct hk_tree *tree, const struct hk_glpk_row *row, int *index, double *value)
{
	const struct hk_leash *leash = tree->leash;
	double least = row->least;
	int n = 0, number = glp_add_rows(tree->problem, 1);

	for (size_t k = 0; k < row->n; k++) {
		int integer = tree->integer_of[row->column[k]];

		if (integer < 0) {
			least -= row->value[k] * leash->reduction.value[row->column[k]];
			continue;
		}
		index[++n] = tree->integers[integer];
		value[n] = row->value[k];
	}
	glp_set_mat_row(tree->problem, number, n, index, value);
	glp_set_row_bnds(tree->problem, number, GLP_LO, least, 0);
	tree->rows = number;
}

void hk_tree_add_rows(struct hk_tree *tree)
{
	int *index = array(tree, (size_t)tree->columns + 1, sizeof *index);
	double *value = array(tree, (size_t)tree->columns + 1, sizeof *value);

	for (size_t i = 0; i < tree->n_kept; i++)
		add(tree, &tree->kept_rows[i], index, value);
}

/* The newest relaxation, and the bounds of its integers, for the whole program. */
static const double *look(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;

	for (int j = 0; j < tree->columns; j++)
		tree->reduced[j] = hk_tree_value(tree, j + 1);
	hk_reduction_expand(&leash->reduction, leash->milp->columns.n, tree->reduced, leash->dense);
	memcpy(tree->most, leash->dense, leash->milp->columns.n * sizeof *tree->most);
	for (int i = 0; i < tree->n_integers; i++)
		tree->most[leash->reduction.column[tree->integers[i] - 1]] = tree->upper[i];
	return leash->dense;
}

bool hk_tree_separate(struct hk_tree *tree)
{
	const struct hk_glpk_rows *rows = tree->leash->limits->rows;
	struct hk_glpk_row row = { 0 };
	enum hk_node_state state = HK_NODE_SOLVED;
	int *index;
	double *value;

	if (!rows)
		return true;
	index = array(tree, (size_t)tree->columns + 1, sizeof *index);
	value = array(tree, (size_t)tree->columns + 1, sizeof *value);
	row.column = array(tree, tree->leash->milp->columns.n, sizeof *row.column);
	row.value = array(tree, tree->leash->milp->columns.n, sizeof *row.value);
	for (int round = 0; round < ROUNDS_MAX && state == HK_NODE_SOLVED; round++) {
		const double *point = look(tree);
		double before = tree->here;
		size_t at = 0, found = 0;

		for (; rows->next(rows->closure, point, tree->most, &at, &row); found++) {
			if (row.n == 0 && row.least > 0)
				return false;
			keep(tree, &row);
			hk_tree_close_own(tree);
			add(tree, &row, index, value);
		}
		if (found == 0)
			break;
		state = hk_tree_relax_first(tree);
		if (tree->here - before <= GAIN * fabs(before))
			break;
	}
	if (state == HK_NODE_LOST)
		tree->lost = tree->leash->bound;
	return state == HK_NODE_SOLVED;
}
