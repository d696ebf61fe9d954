/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp_decompose.h"

#include <math.h>
#include <string.h>

enum { ROUNDS_MAX = 25 };

/* A block's answer under some prices: its part of a point, and its true cost. */
struct answer { double *point; double cost; };

struct part {
	struct hk_milp milp;          /* columns and rows of the block alone */
	uint32_t *columns; size_t n;  /* in the joint model */
	struct { struct answer *v; size_t n, cap; } answers;
};

struct work {
	struct hk_arena arena;
	struct hk_milp *joint;
	const uint32_t *owner;
	const struct hk_glpk_limits *limits;
	struct hk_decomposed *result;
	struct part *parts; uint32_t n_parts;
	uint32_t *local;              /* per joint column: its number in its block */
	bool *coupling;               /* per row of the joint model as it was given */
	size_t n_rows;
	double *prices;               /* per row */
	double *point;                /* of the newest relaxation */
};

static void split_columns(struct work *w)
{
	for (size_t j = 0; j < w->joint->columns.n; j++) {
		struct part *part = &w->parts[w->owner[j]];
		const struct hk_milp_column *column = &w->joint->columns.v[j];

		w->local[j] = hk_milp_column(&part->milp, column->name, column->lower, column->upper, column->cost);
		part->milp.columns.v[w->local[j]].integer = column->integer;
		part->milp.columns.v[w->local[j]].priority = column->priority;
	}
	for (uint32_t p = 0; p < w->n_parts; p++)
		w->parts[p].columns = hk_arena_array(&w->arena, w->parts[p].milp.columns.n + 1, sizeof *w->parts[p].columns);
	for (size_t j = 0; j < w->joint->columns.n; j++)
		w->parts[w->owner[j]].columns[w->parts[w->owner[j]].n++] = (uint32_t)j;
}

static void split_rows(struct work *w)
{
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hk_milp_row *row = &w->joint->rows.v[i];
		const struct hk_milp_term *terms = &w->joint->terms.v[row->first];

		for (size_t k = 1; k < row->count; k++)
			w->coupling[i] = w->coupling[i] || w->owner[terms[k].column] != w->owner[terms[0].column];
		if (w->coupling[i] || row->count == 0)
			continue;
		struct hk_milp *milp = &w->parts[w->owner[terms[0].column]].milp;

		hk_milp_row(milp, row->name, row->sense, row->rhs);
		for (size_t k = 0; k < row->count; k++)
			hk_milp_term(milp, w->local[terms[k].column], terms[k].value);
	}
}

/* Costs of all blocks: c - price * row, over the coupling rows. */
static void price_columns(struct work *w)
{
	for (uint32_t p = 0; p < w->n_parts; p++)
		for (size_t j = 0; j < w->parts[p].n; j++)
			w->parts[p].milp.columns.v[j].cost = w->joint->columns.v[w->parts[p].columns[j]].cost;
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hk_milp_row *row = &w->joint->rows.v[i];

		if (!w->coupling[i] || w->prices[i] == 0)
			continue;
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_term *term = &w->joint->terms.v[row->first + k];

			w->parts[w->owner[term->column]].milp.columns.v[w->local[term->column]].cost -= w->prices[i] * term->value;
		}
	}
}

static void keep_answer(struct work *w, struct part *part, const double *point)
{
	struct answer answer = { .point = hk_arena_array(&w->arena, part->n + 1, sizeof(double)) };

	for (size_t j = 0; j < part->n; j++) {
		answer.point[j] = point[j];
		answer.cost += w->joint->columns.v[part->columns[j]].cost * point[j];
	}
	for (size_t i = 0; i < part->answers.n; i++)
		if (memcmp(part->answers.v[i].point, answer.point, part->n * sizeof(double)) == 0)
			return;
	hk_vec_push(&part->answers, answer);
}

/* The block's priced optimum as a row of the joint model, when the relaxation does not see it. True when it was added. */
static bool add_bound(struct work *w, const struct part *part, double bound, bool always)
{
	double seen = 0, size = 0;
	static const struct hk_milp_name name = { .kind = "block" };

	for (size_t j = 0; j < part->n; j++) {
		seen += part->milp.columns.v[j].cost * w->point[part->columns[j]];
		size = fmax(size, fabs(part->milp.columns.v[j].cost));
	}
	if (size == 0 || (!always && seen >= bound - 1e-7 * fmax(1, fabs(bound))))
		return false;
	/* a hair below, so that rounding never cuts off the optimum itself */
	hk_milp_row(w->joint, name, HK_MILP_GE, (bound - 1e-9 * fmax(1, fabs(bound))) / size);
	for (size_t j = 0; j < part->n; j++)
		hk_milp_term(w->joint, part->columns[j], part->milp.columns.v[j].cost / size);
	return true;
}

/* Solve every block at the prices. *fresh: rows added. */
static int price_round(struct work *w, bool first, size_t *fresh, struct hk_err *err)
{
	struct hk_glpk_limits limits = *w->limits;
	struct hk_glpk_result result;
	double *point = hk_calloc(w->joint->columns.n + 1, sizeof *point);
	int code = 0;

	*fresh = 0;
	limits.gap = first ? w->limits->gap : fmax(w->limits->gap / 4, 0);
	price_columns(w);
	for (uint32_t p = 0; p < w->n_parts && code == 0; p++) {
		struct part *part = &w->parts[p];

		code = hk_glpk_solve(&part->milp, &limits, &result, point, err);
		if (code != 0)
			break;
		w->result->nodes += result.nodes;
		w->result->iterations += result.iterations;
		w->result->interrupted = w->result->interrupted || result.interrupted;
		if (result.status == HK_GLPK_INFEASIBLE)
			w->result->infeasible = true;
		if (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE)
			keep_answer(w, part, point);
		if (isfinite(result.bound) && result.status != HK_GLPK_INFEASIBLE)
			*fresh += add_bound(w, part, result.bound, first);
	}
	hk_cleanup_free(&point);
	return code;
}

static int relax(struct work *w, struct hk_glpk_result *result, struct hk_err *err)
{
	struct hk_glpk_limits limits = *w->limits;
	double *duals = hk_calloc(w->joint->rows.n + 1, sizeof *duals);
	int code;

	limits.relaxed = true;
	limits.duals = duals;
	limits.start = NULL;
	code = hk_glpk_solve(w->joint, &limits, result, w->point, err);
	memcpy(w->prices, duals, w->n_rows * sizeof *duals);
	hk_cleanup_free(&duals);
	w->result->iterations += result->iterations;
	w->result->interrupted = w->result->interrupted || result->interrupted;
	return code;
}

/* One binary per answer of a block; the coupling rows choose. */
static void build_master(const struct work *w, struct hk_milp *master, uint32_t *first)
{
	for (uint32_t p = 0, n = 0; p < w->n_parts; p++) {
		first[p] = n;
		hk_milp_row(master, (struct hk_milp_name){ .kind = "one" }, HK_MILP_EQ, 1);
		for (size_t k = 0; k < w->parts[p].answers.n; k++, n++)
			hk_milp_term(master, hk_milp_integer(master, (struct hk_milp_name){ .kind = "answer" }, 0, 1, w->parts[p].answers.v[k].cost, 1), 1);
	}
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hk_milp_row *row = &w->joint->rows.v[i];

		if (!w->coupling[i])
			continue;
		hk_milp_row(master, row->name, row->sense, row->rhs);
		for (size_t t = 0; t < row->count; t++) {
			const struct hk_milp_term *term = &w->joint->terms.v[row->first + t];
			uint32_t p = w->owner[term->column];

			for (size_t k = 0; k < w->parts[p].answers.n; k++)
				hk_milp_term(master, first[p] + (uint32_t)k, term->value * w->parts[p].answers.v[k].point[w->local[term->column]]);
		}
	}
}

/* The best combination of block answers that respects the coupling rows, if there is one. */
static int combine(struct work *w, double *start, struct hk_err *err)
{
	struct hk_milp master = { 0 };
	struct hk_glpk_limits limits = *w->limits;
	struct hk_glpk_result result;
	uint32_t *first = hk_arena_array(&w->arena, (size_t)w->n_parts + 1, sizeof *first);
	double *chosen;
	int code;

	build_master(w, &master, first);
	chosen = hk_calloc(master.columns.n + 1, sizeof *chosen);
	limits.nodes = 300;
	code = hk_glpk_solve(&master, &limits, &result, chosen, err);
	w->result->has_start = code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE);
	for (uint32_t p = 0; w->result->has_start && p < w->n_parts; p++)
		for (size_t k = 0; k < w->parts[p].answers.n; k++)
			for (size_t j = 0; chosen[first[p] + k] > 0.5 && j < w->parts[p].n; j++)
				start[w->parts[p].columns[j]] = w->parts[p].answers.v[k].point[j];
	hk_cleanup_free(&chosen);
	hk_milp_release(&master);
	return code;
}

/* The block's model with true costs (slightly bent by the prices) within what the coupling rows have left. */
static void build_residual(const struct work *w, uint32_t p, const double *left, struct hk_milp *milp)
{
	const struct part *part = &w->parts[p];

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
	for (size_t i = 0; i < w->n_rows; i++) {
		const struct hk_milp_row *row = &w->joint->rows.v[i];
		bool opened = false;

		for (size_t k = 0; w->coupling[i] && row->sense == HK_MILP_LE && k < row->count; k++) {
			const struct hk_milp_term *term = &w->joint->terms.v[row->first + k];

			if (w->owner[term->column] != p)
				continue;
			if (!opened)
				hk_milp_row(milp, row->name, row->sense, left[i]);
			opened = true;
			hk_milp_term(milp, w->local[term->column], term->value);
		}
	}
}

static void take(const struct work *w, uint32_t p, const double *point, double *left, double *start)
{
	for (size_t j = 0; j < w->parts[p].n; j++)
		start[w->parts[p].columns[j]] = point[j];
	for (size_t i = 0; i < w->n_rows; i++)
		for (size_t k = 0; w->coupling[i] && k < w->joint->rows.v[i].count; k++) {
			const struct hk_milp_term *term = &w->joint->terms.v[w->joint->rows.v[i].first + k];

			if (w->owner[term->column] == p)
				left[i] -= term->value * point[w->local[term->column]];
		}
}

/* Blocks one after the other, in this order. *stuck: the block that found no room, n_parts when all did. */
static int fill(struct work *w, const uint32_t *order, double *start, uint32_t *stuck, struct hk_err *err)
{
	struct hk_glpk_limits limits = *w->limits;
	struct hk_glpk_result result;
	double *left = hk_calloc(w->n_rows + 1, sizeof *left), *point = hk_calloc(w->joint->columns.n + 1, sizeof *point);
	int code = 0;

	limits.nodes = 500;
	for (size_t i = 0; i < w->n_rows; i++)
		left[i] = w->joint->rows.v[i].rhs;
	*stuck = w->n_parts;
	for (uint32_t i = 0; i < w->n_parts && code == 0 && *stuck == w->n_parts; i++) {
		struct hk_milp milp = { 0 };

		build_residual(w, order[i], left, &milp);
		code = hk_glpk_solve(&milp, &limits, &result, point, err);
		if (code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE))
			take(w, order[i], point, left, start);
		else
			*stuck = i;
		hk_milp_release(&milp);
	}
	hk_cleanup_free(&left);
	hk_cleanup_free(&point);
	return code;
}

/* No combination of answers fits: fill up one block after the other; who finds no room goes first next time. */
static int fill_in_turn(struct work *w, double *start, struct hk_err *err)
{
	uint32_t *order = hk_arena_array(&w->arena, (size_t)w->n_parts + 1, sizeof *order), stuck;

	for (uint32_t p = 0; p < w->n_parts; p++)
		order[p] = p;
	for (int tries = 0; tries < 8 && !w->result->interrupted; tries++) {
		if (fill(w, order, start, &stuck, err) != 0)
			return -1;
		if (stuck == w->n_parts) {
			/* rows that are not plain capacities were not looked at */
			w->result->has_start = hk_milp_violation(w->joint, start) <= 1e-6;
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

static int run(struct work *w, double *start, struct hk_err *err)
{
	struct hk_glpk_result relaxed;
	double before = -INFINITY;
	size_t fresh = 0;

	if (price_round(w, true, &fresh, err) != 0)
		return -1;
	for (int round = 0; round < ROUNDS_MAX && !w->result->infeasible && !w->result->interrupted; round++) {
		if (relax(w, &relaxed, err) != 0)
			return -1;
		w->result->infeasible = relaxed.status == HK_GLPK_INFEASIBLE;
		if (relaxed.status != HK_GLPK_OPTIMAL)
			break;
		w->result->bound = relaxed.bound;
		w->result->rounds++;
		if (round > 2 && relaxed.bound - before <= 1e-6 * fabs(relaxed.bound))
			break;
		before = relaxed.bound;
		if (price_round(w, false, &fresh, err) != 0)
			return -1;
		if (fresh == 0)
			break;
	}
	if (w->result->infeasible)
		return 0;
	if (combine(w, start, err) != 0)
		return -1;
	return w->result->has_start ? 0 : fill_in_turn(w, start, err);
}

int hk_milp_decompose(struct hk_milp *milp, const uint32_t *owner, uint32_t n_blocks, const struct hk_glpk_limits *limits, struct hk_decomposed *result, double *start,
		      struct hk_err *err)
{
	struct work w = { .joint = milp, .owner = owner, .limits = limits, .result = result, .n_parts = n_blocks, .n_rows = milp->rows.n };
	int code;

	*result = (struct hk_decomposed){ .bound = -INFINITY };
	w.parts = hk_arena_array(&w.arena, (size_t)n_blocks + 1, sizeof *w.parts);
	w.local = hk_arena_array(&w.arena, milp->columns.n + 1, sizeof *w.local);
	w.coupling = hk_arena_array(&w.arena, milp->rows.n + 1, sizeof *w.coupling);
	w.prices = hk_arena_array(&w.arena, milp->rows.n + 1, sizeof *w.prices);
	w.point = hk_arena_array(&w.arena, milp->columns.n + 1, sizeof *w.point);
	split_columns(&w);
	split_rows(&w);
	code = run(&w, start, err);
	for (uint32_t p = 0; p < n_blocks; p++) {
		hk_milp_release(&w.parts[p].milp);
		hk_vec_release(&w.parts[p].answers);
	}
	hk_arena_release(&w.arena);
	return code;
}
