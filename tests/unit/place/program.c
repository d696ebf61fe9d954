/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "program.h"

#include <math.h>

double program_draw(struct hk_rng *rng, double least, double most)
{
	return least + (most - least) * hk_rng_unit(rng);
}

/* Few terms, many of them 1 or -1, one side only or an equation; degenerate on purpose. */
static void random_row(struct hk_rng *rng, glp_prob *problem, int row, int columns, double part)
{
	static const int types[] = { GLP_UP, GLP_LO, GLP_FX, GLP_DB };
	int index[PROGRAM_COLUMNS_MOST + 1], n = 0, type = types[hk_rng_below(rng, 4)];
	double value[PROGRAM_COLUMNS_MOST + 1], middle = 0;

	for (int j = 1; j <= columns; j++)
		if (program_draw(rng, 0, 1) < part) {
			index[++n] = j;
			value[n] = program_draw(rng, 0, 1) < 0.6 ? (program_draw(rng, 0, 1) < 0.7 ? 1 : -1) : floor(program_draw(rng, -4, 9)) / 4;
			middle += value[n] * (glp_get_col_lb(problem, j) + glp_get_col_ub(problem, j)) / 2;
		}
	glp_set_mat_row(problem, row, n, index, value);
	middle = nearbyint(middle);
	glp_set_row_bnds(problem, row, type, type == GLP_FX ? middle : middle - floor(program_draw(rng, 0, 3)),
			 type == GLP_FX ? middle : middle + floor(program_draw(rng, 0, 3)) + (type == GLP_DB));
}

glp_prob *program_random(struct hk_rng *rng, int columns, int rows, double part)
{
	glp_prob *problem = glp_create_prob();

	glp_add_cols(problem, columns);
	glp_add_rows(problem, rows);
	for (int j = 1; j <= columns; j++) {
		glp_set_obj_coef(problem, j, program_draw(rng, 0, 1) < 0.3 ? 0 : floor(program_draw(rng, -2, 8)));
		glp_set_col_bnds(problem, j, GLP_DB, 0, 1 + floor(program_draw(rng, 0, 5)));
	}
	for (int i = 1; i <= rows; i++)
		random_row(rng, problem, i, columns, part);
	return problem;
}

static bool solve(glp_prob *problem, int presolve)
{
	glp_smcp parameters;

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	parameters.presolve = presolve;
	return glp_simplex(problem, &parameters) == 0 && glp_get_status(problem) == GLP_OPT;
}

bool program_solve(glp_prob *problem)
{
	return solve(problem, GLP_OFF);
}

double program_least_cost(glp_prob *problem)
{
	glp_prob *copy = glp_create_prob();
	double cost;

	glp_copy_prob(copy, problem, GLP_OFF);
	glp_std_basis(copy);
	cost = solve(copy, GLP_ON) ? glp_get_obj_val(copy) : INFINITY;
	glp_delete_prob(copy);
	return cost;
}
