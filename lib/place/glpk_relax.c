/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The relaxation of a search tree: by the dual simplex method of dual.h, and by GLPK where rows are added and where that one's numbers fail.
 */
#include "place/glpk_tree.h"

#include <float.h>
#include <math.h>

enum {
	STEP = 500,                   /* simplex iterations between looks at the clock */
	CIRCLES = 10,                 /* iterations for each row and column after which a relaxation starts again from another basis */
};

void hk_tree_set_bounds(struct hk_tree *tree, int integer, double lower, double upper)
{
	int column = tree->integers[integer];

	tree->lower[integer] = lower;
	tree->upper[integer] = upper;
	glp_set_col_bnds(tree->problem, column, hk_leash_bounds_kind(lower, upper), lower, upper);
	if (tree->own)
		hk_dual_bound(&tree->leash->dual, (uint32_t)column - 1, lower, upper);
}

double hk_tree_value(const struct hk_tree *tree, int column)
{
	return tree->own ? tree->leash->dual.x[column - 1] : glp_get_col_prim(tree->problem, column);
}

enum hk_dual_status hk_dual_status_from_glpk(int status)
{
	return status == GLP_BS ? HK_DUAL_BASIC : status == GLP_NU ? HK_DUAL_UPPER : HK_DUAL_LOWER;
}

int hk_dual_status_to_glpk(uint8_t status)
{
	return status == HK_DUAL_BASIC ? GLP_BS : status == HK_DUAL_UPPER ? GLP_NU : GLP_NL;
}

double hk_tree_price(const struct hk_tree *tree, int column, enum hk_dual_status *status)
{
	const struct hk_dual *dual = &tree->leash->dual;

	*status = tree->own ? (enum hk_dual_status)dual->status[column - 1] : hk_dual_status_from_glpk(glp_get_col_stat(tree->problem, column));
	return tree->own ? dual->price[column - 1] : glp_get_col_dual(tree->problem, column);
}

static void save_glpk(const struct hk_tree *tree, uint8_t *basis)
{
	for (int j = 1; j <= tree->columns; j++)
		basis[j - 1] = (uint8_t)hk_dual_status_from_glpk(glp_get_col_stat(tree->problem, j));
	for (int i = 1; i <= tree->rows; i++)
		basis[tree->columns + i - 1] = (uint8_t)hk_dual_status_from_glpk(glp_get_row_stat(tree->problem, i));
}

static void restore_glpk(struct hk_tree *tree, const uint8_t *basis)
{
	for (int j = 1; j <= tree->columns; j++)
		glp_set_col_stat(tree->problem, j, hk_dual_status_to_glpk(basis[j - 1]));
	for (int i = 1; i <= tree->rows; i++)
		glp_set_row_stat(tree->problem, i, hk_dual_status_to_glpk(basis[tree->columns + i - 1]));
}

void hk_tree_save(const struct hk_tree *tree, uint8_t *basis)
{
	if (tree->own)
		memcpy(basis, tree->leash->dual.status, (size_t)tree->rows + (size_t)tree->columns);
	else
		save_glpk(tree, basis);
}

void hk_tree_restore(struct hk_tree *tree, const uint8_t *basis)
{
	if (!tree->own || !hk_dual_start(&tree->leash->dual, basis))
		restore_glpk(tree, basis);
}

void hk_tree_mark(struct hk_tree *tree)
{
	hk_tree_save(tree, tree->trial);
	if (tree->own)
		hk_dual_mark_set(&tree->leash->mark, &tree->leash->dual);
}

void hk_tree_return(struct hk_tree *tree)
{
	/* opened anew since then, after numbers failed, it knows nothing of the mark */
	if (tree->own && tree->leash->mark.set)
		hk_dual_mark_return(&tree->leash->mark, &tree->leash->dual);
	else
		hk_tree_restore(tree, tree->trial);
}

static void load_row(struct hk_dual *dual, glp_prob *problem, int row)
{
	int type = glp_get_row_type(problem, row);
	uint32_t variable = dual->columns + (uint32_t)row - 1;

	hk_dual_bound(dual, variable, type == GLP_UP || type == GLP_FR ? -INFINITY : glp_get_row_lb(problem, row),
		      type == GLP_LO || type == GLP_FR ? INFINITY : glp_get_row_ub(problem, row));
}

static void load_column(struct hk_dual *dual, glp_prob *problem, int column, int *index, double *value)
{
	uint32_t j = (uint32_t)column - 1, at = dual->first[j];
	int n = glp_get_mat_col(problem, column, index, value);

	for (int k = 1; k <= n; k++) {
		dual->row[at] = (uint32_t)index[k] - 1;
		dual->value[at++] = value[k];
	}
	dual->first[j + 1] = at;
	dual->cost[j] = glp_get_obj_coef(problem, column);
	hk_dual_bound(dual, j, glp_get_col_lb(problem, column), glp_get_col_type(problem, column) == GLP_LO ? INFINITY : glp_get_col_ub(problem, column));
}

/* Into leash->dual, from the basis that GLPK has. False when it is none. */
static bool load(struct hk_tree *tree)
{
	struct hk_leash *leash = tree->leash;
	struct hk_dual *dual = &leash->dual;
	size_t all = (size_t)tree->rows + (size_t)tree->columns;
	uint8_t *basis = hk_arena_array(&leash->arena, all + 1, 1);
	int *index = hk_arena_array(&leash->arena, (size_t)tree->rows + 1, sizeof *index);
	double *value = hk_arena_array(&leash->arena, (size_t)tree->rows + 1, sizeof *value);

	hk_dual_close(dual);
	hk_dual_mark_close(&leash->mark);
	hk_dual_open(dual, (uint32_t)tree->rows, (uint32_t)tree->columns, (uint32_t)glp_get_num_nz(tree->problem));
	for (int j = 1; j <= tree->columns; j++)
		load_column(dual, tree->problem, j, index, value);
	for (int i = 1; i <= tree->rows; i++)
		load_row(dual, tree->problem, i);
	hk_dual_ready(dual);
	hk_dual_mark_open(&leash->mark, dual);
	save_glpk(tree, basis);
	return hk_dual_start(dual, basis);
}

void hk_tree_open_own(struct hk_tree *tree)
{
	if (!tree->own && tree->rows <= HK_DUAL_ROWS_MAX)
		tree->own = load(tree) && hk_dual_solve(&tree->leash->dual, INFINITY, 0) == HK_DUAL_OPTIMAL;
}

void hk_tree_show_basis(struct hk_tree *tree)
{
	if (tree->own)
		restore_glpk(tree, tree->leash->dual.status);
}

void hk_tree_close_own(struct hk_tree *tree)
{
	hk_tree_show_basis(tree);
	tree->own = false;
}

/* By GLPK, from the basis it has. */
static enum hk_node_state relax_glpk(struct hk_tree *tree, double limit, int iterations)
{
	glp_smcp parameters;
	int code, before = glp_get_it_cnt(tree->problem);

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	parameters.meth = tree->cold ? GLP_PRIMAL : GLP_DUALP;
	parameters.tol_bnd = parameters.tol_dj = 1e-9;
	if (isfinite(limit))
		parameters.obj_ul = limit;
	parameters.it_lim = iterations > 0 ? iterations : STEP;
	do {
		code = glp_simplex(tree->problem, &parameters);
		if (code == GLP_EITLIM && iterations <= 0 && hk_leash_stopped(tree->leash))
			return HK_NODE_LOST;
		/* the dual simplex method has been seen going in circles */
	} while (code == GLP_EITLIM && iterations <= 0 && glp_get_it_cnt(tree->problem) - before < 2000 + CIRCLES * (tree->rows + tree->columns));
	tree->leash->result->iterations += (uint64_t)(glp_get_it_cnt(tree->problem) - before);
	if (code == GLP_EOBJUL)
		return HK_NODE_PRUNED;
	tree->here = glp_get_obj_val(tree->problem);
	if (code == GLP_EITLIM && iterations > 0)
		return glp_get_dual_stat(tree->problem) == GLP_FEAS ? HK_NODE_CUT_SHORT : HK_NODE_LOST;
	if (code != 0 && iterations <= 0) {
		glp_adv_basis(tree->problem, 0);
		parameters.meth = GLP_PRIMAL;
		parameters.tol_bnd = parameters.tol_dj = 1e-7;
		parameters.it_lim = 100000;
		parameters.obj_ul = DBL_MAX;
		code = glp_simplex(tree->problem, &parameters);
	}
	if (code != 0)
		return HK_NODE_LOST;
	if (glp_get_status(tree->problem) == GLP_NOFEAS)
		return HK_NODE_PRUNED;
	if (glp_get_status(tree->problem) != GLP_OPT)
		return HK_NODE_LOST;
	tree->here = glp_get_obj_val(tree->problem);
	return tree->here >= limit ? HK_NODE_PRUNED : HK_NODE_SOLVED;
}

static enum hk_node_state relax_own(struct hk_tree *tree, double limit, int iterations)
{
	struct hk_dual *dual = &tree->leash->dual;
	uint64_t before = dual->steps;
	enum hk_dual_end end = hk_dual_solve(dual, limit, iterations > 0 ? (uint32_t)iterations : 0);

	tree->leash->result->iterations += dual->steps - before;
	tree->here = dual->objective;
	if (end == HK_DUAL_OPTIMAL)
		return tree->here >= limit ? HK_NODE_PRUNED : HK_NODE_SOLVED;
	return end == HK_DUAL_ABOVE ? HK_NODE_PRUNED : end == HK_DUAL_SHORT ? HK_NODE_CUT_SHORT : HK_NODE_LOST;
}

enum hk_node_state hk_tree_relax(struct hk_tree *tree, int iterations)
{
	double limit = hk_tree_limit(tree) - tree->constant;
	enum hk_node_state state = tree->own ? relax_own(tree, limit, iterations) : HK_NODE_LOST;

	if (tree->own && state == HK_NODE_LOST) {
		hk_tree_close_own(tree);
		state = relax_glpk(tree, limit, iterations);
		if (state == HK_NODE_SOLVED)
			hk_tree_open_own(tree);
		return state;
	}
	return tree->own ? state : relax_glpk(tree, limit, iterations);
}

/* By the own method from the basis of GLPK, with a look at the clock now and then. */
static enum hk_node_state relax_from_nothing(struct hk_tree *tree, double limit)
{
	uint64_t most = 2000 + (uint64_t)CIRCLES * (uint64_t)(tree->rows + tree->columns);
	enum hk_node_state state;

	tree->own = load(tree);
	if (!tree->own)
		return HK_NODE_LOST;
	do
		state = relax_own(tree, limit, STEP);
	while (state == HK_NODE_CUT_SHORT && tree->leash->dual.steps < most && !hk_leash_stopped(tree->leash));
	if (state == HK_NODE_CUT_SHORT || state == HK_NODE_LOST)
		hk_tree_close_own(tree);
	return state == HK_NODE_CUT_SHORT ? HK_NODE_LOST : state;
}

enum hk_node_state hk_tree_relax_first(struct hk_tree *tree)
{
	double limit = hk_tree_limit(tree) - tree->constant;
	enum hk_node_state state = tree->rows <= HK_DUAL_ROWS_MAX ? relax_from_nothing(tree, limit) : HK_NODE_LOST;

	if (state == HK_NODE_LOST) {
		state = relax_glpk(tree, limit, 0);
		if (state == HK_NODE_SOLVED)
			hk_tree_open_own(tree);
	}
	tree->cold = false;
	return state;
}
