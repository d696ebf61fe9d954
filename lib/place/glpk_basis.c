/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The basis of a relaxation from one call to the next: programs that differ in costs, a few bounds or a few more rows are a few steps apart, where one from nothing takes hundreds. */
#include "place/glpk_internal.h"

/* Of a column or row of the whole program; 0 is nothing known. */
enum { BASIC = 1, LOW, HIGH };

static uint8_t from_glpk(int status)
{
	return status == GLP_BS ? BASIC : status == GLP_NU ? HIGH : LOW;
}

static int to_glpk(uint8_t status)
{
	return status == BASIC ? GLP_BS : status == HIGH ? GLP_NU : GLP_NL;
}

static size_t column_at(const uint32_t *columns, int column)
{
	return columns ? columns[column - 1] : (size_t)column - 1;
}

static size_t row_at(const struct hk_milp *milp, const uint32_t *rows, int row)
{
	return milp->columns.n + (rows ? rows[row - 1] : (size_t)row - 1);
}

void hk_leash_leave_basis(glp_prob *problem, const struct hk_milp *milp, const uint32_t *columns, const uint32_t *rows, uint8_t *basis)
{
	for (int j = 1; j <= glp_get_num_cols(problem); j++)
		basis[column_at(columns, j)] = from_glpk(glp_get_col_stat(problem, j));
	for (int i = 1; i <= glp_get_num_rows(problem); i++)
		basis[row_at(milp, rows, i)] = from_glpk(glp_get_row_stat(problem, i));
}

bool hk_leash_enter_basis(glp_prob *problem, const struct hk_milp *milp, const uint32_t *columns, const uint32_t *rows, const uint8_t *basis)
{
	int n = glp_get_num_rows(problem), more = n;
	bool known = false;

	for (int j = 1; j <= glp_get_num_cols(problem); j++) {
		uint8_t status = basis[column_at(columns, j)];

		known = known || status != 0;
		if (status == BASIC && more == 0)
			status = LOW;
		more -= status == BASIC;
		glp_set_col_stat(problem, j, to_glpk(status));
	}
	if (!known)
		return false;
	/* rows that were not there before are basic; then as many others as it takes */
	for (int turn = 0; turn < 3; turn++)
		for (int i = 1; i <= n; i++) {
			uint8_t status = basis[row_at(milp, rows, i)];
			int kind = status == 0 ? 0 : status == BASIC ? 1 : 2;

			if (kind != turn)
				continue;
			glp_set_row_stat(problem, i, more > 0 ? GLP_BS : to_glpk(status == HIGH ? HIGH : LOW));
			more -= more > 0;
		}
	return true;
}
