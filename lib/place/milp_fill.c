/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first plan of the joint model: answers of the blocks that fit together, or one block after the other in what is left. */
#include "place/milp_decompose_internal.h"

#include <math.h>
#include <string.h>

void hk_parts_master(const struct hk_parts *parts, struct hk_milp *master, uint32_t *first, double over)
{
	for (uint32_t p = 0, n = 0; p < parts->n; p++) {
		first[p] = n;
		hk_milp_row(master, (struct hk_milp_name){ .kind = "one" }, HK_MILP_EQ, 1);
		for (size_t k = 0; k < parts->v[p].answers.n; k++, n++)
			hk_milp_term(master, hk_milp_integer(master, (struct hk_milp_name){ .kind = "answer" }, 0, 1, parts->v[p].answers.v[k].cost, 1), 1);
	}
	for (size_t i = 0; i < parts->n_rows; i++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[i];

		if (!parts->coupling[i])
			continue;
		hk_milp_row(master, row->name, row->sense, row->rhs);
		if (over > 0 && row->sense != HK_MILP_LE)
			hk_milp_term(master, hk_milp_column(master, (struct hk_milp_name){ .kind = "under" }, 0, INFINITY, over), 1);
		if (over > 0 && row->sense != HK_MILP_GE)
			hk_milp_term(master, hk_milp_column(master, (struct hk_milp_name){ .kind = "over" }, 0, INFINITY, over), -1);
		for (size_t t = 0; t < row->count; t++) {
			const struct hk_milp_term *term = &parts->joint->terms.v[row->first + t];
			uint32_t p = parts->owner[term->column];

			for (size_t k = 0; k < parts->v[p].answers.n; k++)
				hk_milp_term(master, first[p] + (uint32_t)k, term->value * parts->v[p].answers.v[k].point[parts->local[term->column]]);
		}
	}
}

/* The best combination of block answers that respects the coupling rows, if there is one. */
static int combine(struct hk_parts *parts, double *start, struct hk_err *err)
{
	struct hk_milp master = { 0 };
	struct hk_glpk_limits limits = *parts->limits;
	struct hk_glpk_result result;
	uint32_t *first = hk_arena_array(&parts->arena, (size_t)parts->n + 1, sizeof *first);
	double *chosen;
	int code;

	hk_parts_master(parts, &master, first, 0);
	chosen = hk_calloc(master.columns.n + 1, sizeof *chosen);
	limits.nodes = 300;
	code = hk_glpk_solve(&master, &limits, &result, chosen, err);
	parts->result->has_start = code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE);
	for (uint32_t p = 0; parts->result->has_start && p < parts->n; p++)
		for (size_t k = 0; k < parts->v[p].answers.n; k++)
			for (size_t j = 0; chosen[first[p] + k] > 0.5 && j < parts->v[p].n; j++)
				start[parts->v[p].columns[j]] = parts->v[p].answers.v[k].point[j];
	hk_cleanup_free(&chosen);
	hk_milp_release(&master);
	return code;
}

/* The block's model with true costs (slightly bent by the prices) within what the coupling rows have left. */
static void build_residual(const struct hk_parts *parts, uint32_t p, const double *left, struct hk_milp *milp)
{
	const struct hk_part *part = &parts->v[p];

	for (size_t j = 0; j < part->n; j++) {
		const struct hk_milp_column *column = &part->milp.columns.v[j];

		hk_milp_column(milp, column->name, column->lower, column->upper, column->cost);
		milp->columns.v[j].integer = column->integer;
		milp->columns.v[j].priority = column->priority;
	}
	for (size_t i = 0; i < part->milp.rows.n; i++) {
		const struct hk_milp_row *row = &part->milp.rows.v[i];

		hk_milp_row(milp, row->name, row->sense, row->rhs);
		for (size_t k = 0; k < row->count; k++)
			hk_milp_term(milp, part->milp.terms.v[row->first + k].column, part->milp.terms.v[row->first + k].value);
	}
	for (size_t i = 0; i < parts->n_rows; i++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[i];
		bool opened = false;

		for (size_t k = 0; parts->coupling[i] && row->sense == HK_MILP_LE && k < row->count; k++) {
			const struct hk_milp_term *term = &parts->joint->terms.v[row->first + k];

			if (parts->owner[term->column] != p)
				continue;
			if (!opened)
				hk_milp_row(milp, row->name, row->sense, left[i]);
			opened = true;
			hk_milp_term(milp, parts->local[term->column], term->value);
		}
	}
}

static void take(const struct hk_parts *parts, uint32_t p, const double *point, double *left, double *start)
{
	for (size_t j = 0; j < parts->v[p].n; j++)
		start[parts->v[p].columns[j]] = point[j];
	for (size_t i = 0; i < parts->n_rows; i++)
		for (size_t k = 0; parts->coupling[i] && k < parts->joint->rows.v[i].count; k++) {
			const struct hk_milp_term *term = &parts->joint->terms.v[parts->joint->rows.v[i].first + k];

			if (parts->owner[term->column] == p)
				left[i] -= term->value * point[parts->local[term->column]];
		}
}

/* Blocks one after the other, in this order. *stuck: the block that found no room, n_parts when all did. */
static int fill(struct hk_parts *parts, const uint32_t *order, double *start, uint32_t *stuck, struct hk_err *err)
{
	struct hk_glpk_limits limits = *parts->limits;
	struct hk_glpk_result result;
	double *left = hk_calloc(parts->n_rows + 1, sizeof *left), *point = hk_calloc(parts->joint->columns.n + 1, sizeof *point);
	int code = 0;

	limits.nodes = 500;
	for (size_t i = 0; i < parts->n_rows; i++)
		left[i] = parts->joint->rows.v[i].rhs;
	*stuck = parts->n;
	for (uint32_t i = 0; i < parts->n && code == 0 && *stuck == parts->n; i++) {
		struct hk_part_check closure = { parts, order[i] };
		struct hk_glpk_check check = { &closure, hk_part_check };
		struct hk_milp milp = { 0 };

		limits.check = parts->judge ? &check : NULL;
		build_residual(parts, order[i], left, &milp);
		code = hk_glpk_solve(&milp, &limits, &result, point, err);
		if (code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE))
			take(parts, order[i], point, left, start);
		else
			*stuck = i;
		hk_milp_release(&milp);
	}
	hk_cleanup_free(&left);
	hk_cleanup_free(&point);
	return code;
}

/* No combination of answers fits: fill up one block after the other; who finds no room goes first next time. */
static int fill_in_turn(struct hk_parts *parts, double *start, struct hk_err *err)
{
	uint32_t *order = hk_arena_array(&parts->arena, (size_t)parts->n + 1, sizeof *order), stuck;

	for (uint32_t p = 0; p < parts->n; p++)
		order[p] = p;
	for (int tries = 0; tries < 8 && !hk_parts_stopped(parts); tries++) {
		if (fill(parts, order, start, &stuck, err) != 0)
			return -1;
		if (stuck == parts->n) {
			/* rows that are not plain capacities were not looked at */
			parts->result->has_start = hk_milp_violation(parts->joint, start) <= 1e-6;
			return 0;
		}
		if (stuck == 0)
			return 0;
		uint32_t late = order[stuck];

		memmove(order + 1, order, stuck * sizeof *order);
		order[0] = late;
	}
	return 0;
}

int hk_parts_fill(struct hk_parts *parts, double *start, struct hk_err *err)
{
	if (combine(parts, start, err) != 0)
		return -1;
	return parts->result->has_start ? 0 : fill_in_turn(parts, start, err);
}
