/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The basis of a relaxation from one call to the next: programs that differ in costs, a few bounds or a few more rows are a few steps apart, where one from
 * nothing takes hundreds. What is left of it has to be a basis again: every row is held by its own variable or by a basic column of its own (a matching, by
 * augmenting paths), or GLPK gives up over empty rows and columns.
 */
#include "place/glpk_internal.h"

/* Of a column or row of the whole program; 0 is nothing known. */
enum { BASIC = 1, LOW, HIGH };

struct matching {
	int *first, *row;             /* rows of each basic column */
	int *holder;                  /* per row: the column that holds it; 0 none, -1 its own variable */
	int *seen, turn;              /* per row */
	int *path, *next;             /* columns of the path at hand, and for each where its next row is */
};

static uint8_t from_glpk(int status)
{
	return status == GLP_BS ? BASIC : status == GLP_NU ? HIGH : LOW;
}

static size_t column_at(const uint32_t *columns, int column)
{
	return columns ? columns[column - 1] : (size_t)column - 1;
}

static size_t row_at(const struct hk_leash *leash, const uint32_t *rows, int row)
{
	return leash->milp->columns.n + (rows ? rows[row - 1] : (size_t)row - 1);
}

void hk_leash_leave_basis(const struct hk_leash *leash, const uint32_t *columns, const uint32_t *rows, uint8_t *basis)
{
	/* rows that joined later are no rows of the program */
	int n = rows ? (int)leash->reduction.milp.rows.n : glp_get_num_rows(leash->problem);

	for (int j = 1; j <= glp_get_num_cols(leash->problem); j++)
		basis[column_at(columns, j)] = from_glpk(glp_get_col_stat(leash->problem, j));
	for (int i = 1; i <= n; i++)
		basis[row_at(leash, rows, i)] = from_glpk(glp_get_row_stat(leash->problem, i));
}

/* A path of columns that pass their rows on, from this one to a row without a holder: as long as there are rows at most, so it is no recursion. */
static bool augment(struct matching *matching, int column)
{
	int *path = matching->path, *next = matching->next, depth = 0;

	path[0] = column;
	next[0] = matching->first[column];
	while (depth >= 0) {
		int row, holder;

		if (next[depth] == matching->first[path[depth] + 1]) {
			depth--;
			continue;
		}
		row = matching->row[next[depth]++];
		holder = matching->holder[row];
		if (holder < 0 || matching->seen[row] == matching->turn)
			continue;
		matching->seen[row] = matching->turn;
		if (holder > 0) {
			path[++depth] = holder;
			next[depth] = matching->first[holder];
			continue;
		}
		for (; depth >= 0; depth--)
			matching->holder[matching->row[next[depth] - 1]] = path[depth];
		return true;
	}
	return false;
}

static void *array(struct hk_leash *leash, int count)
{
	return hk_arena_array(&leash->arena, (size_t)count + 2, sizeof(int));
}

/* False when nothing is known of any column. */
static bool open_matching(struct hk_leash *leash, const uint32_t *columns, const uint32_t *rows, const uint8_t *basis, struct matching *matching)
{
	int n = glp_get_num_rows(leash->problem), m = glp_get_num_cols(leash->problem), *index = array(leash, n), at = 0;
	double *value = hk_arena_array(&leash->arena, (size_t)n + 1, sizeof *value);
	bool known = false;

	*matching = (struct matching){ .first = array(leash, m), .row = array(leash, glp_get_num_nz(leash->problem)) };
	matching->holder = array(leash, n);
	matching->seen = array(leash, n);
	matching->path = array(leash, n);
	matching->next = array(leash, n);
	for (int j = 1; j <= m; j++) {
		uint8_t status = basis[column_at(columns, j)];
		int length = status == BASIC ? glp_get_mat_col(leash->problem, j, index, value) : 0;

		known = known || status != 0;
		matching->first[j] = at;
		for (int k = 1; k <= length; k++)
			matching->row[at++] = index[k];
		matching->first[j + 1] = at;
	}
	for (int i = 1; i <= n; i++) {
		uint8_t status = basis[row_at(leash, rows, i)];

		matching->holder[i] = status == 0 || status == BASIC ? -1 : 0;
	}
	return known;
}

bool hk_leash_enter_basis(struct hk_leash *leash, const uint32_t *columns, const uint32_t *rows, const uint8_t *basis)
{
	struct matching matching;

	if (!open_matching(leash, columns, rows, basis, &matching))
		return false;
	for (int j = 1; j <= glp_get_num_cols(leash->problem); j++) {
		uint8_t status = basis[column_at(columns, j)];

		matching.turn++;
		glp_set_col_stat(leash->problem, j, status == BASIC && augment(&matching, j) ? GLP_BS : status == HIGH ? GLP_NU : GLP_NL);
	}
	for (int i = 1; i <= glp_get_num_rows(leash->problem); i++)
		glp_set_row_stat(leash->problem, i, matching.holder[i] <= 0 ? GLP_BS : basis[row_at(leash, rows, i)] == HIGH ? GLP_NU : GLP_NL);
	return true;
}
