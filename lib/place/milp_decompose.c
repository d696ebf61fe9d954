/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp_decompose_internal.h"

#include <math.h>

static void split_columns(struct hk_parts *parts)
{
	for (size_t j = 0; j < parts->joint->columns.n; j++) {
		struct hk_part *part = &parts->v[parts->owner[j]];
		const struct hk_milp_column *column = &parts->joint->columns.v[j];

		parts->local[j] = hk_milp_column(&part->milp, column->name, column->lower, column->upper, column->cost);
		part->milp.columns.v[parts->local[j]].integer = column->integer;
		part->milp.columns.v[parts->local[j]].priority = column->priority;
	}
	for (uint32_t p = 0; p < parts->n; p++) {
		parts->v[p].columns = hk_arena_array(&parts->arena, parts->v[p].milp.columns.n + 1, sizeof *parts->v[p].columns);
		parts->v[p].asked = hk_arena_array(&parts->arena, parts->v[p].milp.columns.n + 1, sizeof *parts->v[p].asked);
	}
	for (size_t j = 0; j < parts->joint->columns.n; j++)
		parts->v[parts->owner[j]].columns[parts->v[parts->owner[j]].n++] = (uint32_t)j;
}

static void split_rows(struct hk_parts *parts)
{
	for (size_t i = 0; i < parts->n_rows; i++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[i];
		const struct hk_milp_term *terms = &parts->joint->terms.v[row->first];

		for (size_t k = 1; k < row->count; k++)
			parts->coupling[i] = parts->coupling[i] || parts->owner[terms[k].column] != parts->owner[terms[0].column];
		if (parts->coupling[i] || row->count == 0)
			continue;
		struct hk_milp *milp = &parts->v[parts->owner[terms[0].column]].milp;

		hk_milp_row(milp, row->name, row->sense, row->rhs);
		for (size_t k = 0; k < row->count; k++)
			hk_milp_term(milp, parts->local[terms[k].column], terms[k].value);
	}
}

bool hk_parts_stopped(struct hk_parts *parts)
{
	if (parts->limits->interrupt && *parts->limits->interrupt)
		parts->result->interrupted = parts->result->hit_limit = true;
	if (!(hk_glpk_clock() <= parts->limits->deadline))
		parts->result->hit_limit = true;
	return parts->result->again || parts->result->interrupted || !(hk_glpk_clock() <= parts->limits->deadline);
}

bool hk_part_check(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_part_check *check = closure;
	const struct hk_parts *parts = check->parts;
	const struct hk_part *part = &parts->v[check->block];

	for (size_t j = 0; j < part->n; j++)
		parts->whole[part->columns[j]] = point[j];
	for (size_t j = 0; most && j < part->n; j++)
		parts->most[part->columns[j]] = most[j];
	if (!parts->judge || parts->judge->block_holds(parts->judge->closure, check->block, parts->whole, most ? parts->most : NULL, raise, n))
		return true;
	for (size_t k = 0; raise && k < *n; k++)
		raise[k].column = parts->local[raise[k].column];
	return false;
}

bool hk_parts_hold(const struct hk_parts *parts, const double *point)
{
	for (uint32_t p = 0; parts->judge && p < parts->n; p++)
		if (!parts->judge->block_holds(parts->judge->closure, p, point, NULL, NULL, NULL))
			return false;
	return true;
}

/* Nothing is left to be searched for. */
static bool is_near(const struct hk_parts *parts, double value)
{
	return value - parts->result->bound <= fmax(parts->limits->gap, 1e-9) * fabs(value);
}

static int run(struct hk_parts *parts, double *start, struct hk_err *err)
{
	double value;

	if (hk_parts_relax(parts, err) != 0)
		return -1;
	if (parts->result->infeasible || hk_parts_stopped(parts))
		return 0;
	if (hk_parts_improve(parts, err) != 0)
		return -1;
	if (parts->result->infeasible || hk_parts_stopped(parts))
		return 0;
	if (hk_parts_fill(parts, start, err) != 0)
		return -1;
	parts->result->has_start = parts->result->has_start && hk_parts_hold(parts, start);
	if (hk_parts_list(parts, start, err) != 0)
		return -1;
	if (!parts->result->has_start)
		return 0;
	value = hk_milp_value(parts->joint, start);
	return is_near(parts, value) ? 0 : hk_parts_close(parts, value, err);
}

int hk_milp_decompose(struct hk_milp *milp, const uint32_t *owner, uint32_t n_blocks, const struct hk_glpk_limits *limits, const struct hk_milp_judge *judge,
		      struct hk_decomposed *result, double *start, struct hk_err *err)
{
	/* a check and a basis are of the whole model */
	struct hk_glpk_limits own = *limits;
	struct hk_parts parts = { .joint = milp, .owner = owner, .limits = &own, .judge = judge, .result = result, .n = n_blocks, .n_rows = milp->rows.n };
	int code;

	parts.check = own.check;
	own.check = NULL;
	own.basis = NULL;
	parts.basis = limits->basis;
	parts.n_basis = limits->basis ? milp->columns.n + milp->rows.n : 0;
	*result = (struct hk_decomposed){ .bound = -INFINITY };
	parts.v = hk_arena_array(&parts.arena, (size_t)n_blocks + 1, sizeof *parts.v);
	parts.local = hk_arena_array(&parts.arena, milp->columns.n + 1, sizeof *parts.local);
	parts.coupling = hk_arena_array(&parts.arena, milp->rows.n + 1, sizeof *parts.coupling);
	parts.prices = hk_arena_array(&parts.arena, milp->rows.n + 1, sizeof *parts.prices);
	parts.best = hk_arena_array(&parts.arena, milp->rows.n + 1, sizeof *parts.best);
	parts.point = hk_arena_array(&parts.arena, milp->columns.n + 1, sizeof *parts.point);
	parts.whole = hk_arena_array(&parts.arena, milp->columns.n + 1, sizeof *parts.whole);
	parts.most = hk_arena_array(&parts.arena, milp->columns.n + 1, sizeof *parts.most);
	parts.room = hk_arena_array(&parts.arena, milp->columns.n + 1, sizeof *parts.room);
	split_columns(&parts);
	split_rows(&parts);
	for (uint32_t p = 0; p < n_blocks; p++)
		parts.v[p].basis = hk_arena_array(&parts.arena, parts.v[p].milp.columns.n + parts.v[p].milp.rows.n + 1, sizeof *parts.v[p].basis);
	code = hk_parts_stopped(&parts) ? 0 : run(&parts, start, err);
	for (uint32_t p = 0; p < n_blocks; p++) {
		hk_milp_release(&parts.v[p].milp);
		hk_vec_release(&parts.v[p].answers);
	}
	hk_arena_release(&parts.arena);
	return code;
}
