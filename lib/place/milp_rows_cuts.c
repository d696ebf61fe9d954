/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts into a model: linear ones as they are, clauses with one binary for each "at least this many replicas" they mention. */
#include "place/milp_form.h"

#include <math.h>
#include <stdlib.h>

struct step { struct hk_count count; uint32_t level, column; bool up, down; };

struct steps { struct step *v; size_t n, cap; };

static bool in_model(const struct hk_form *form, struct hk_count count)
{
	return form->blocks[count.block].x != NULL;
}

static uint32_t count_column(const struct hk_form *form, struct hk_count count)
{
	return form->blocks[count.block].x[count.workload][count.candidate];
}

/* The binary "x >= level", tied to x only in the directions asked for so far. */
static uint32_t step_of(struct hk_form *form, struct steps *steps, const struct hk_literal *literal)
{
	struct hk_milp *milp = &form->milp;
	uint32_t x = count_column(form, literal->count);
	double most = milp->columns.v[x].upper;
	struct step *step = NULL;

	for (size_t i = 0; i < steps->n && !step; i++)
		if (count_column(form, steps->v[i].count) == x && steps->v[i].level == literal->level)
			step = &steps->v[i];
	if (!step) {
		step = hk_vec_add(steps);
		*step = (struct step){ .count = literal->count, .level = literal->level };
		step->column = hk_milp_integer(milp, hk_form_name(form, "reaches", literal->count.block, literal->count.workload, literal->count.candidate), 0,
					       1, 0, HK_PRIORITY_LITERAL);
		hk_form_own(form, form->owner.v[x]);
	}
	if (!literal->below && !step->up) {
		step->up = true;
		hk_milp_row(milp, hk_form_name(form, "up", literal->count.block, literal->count.workload, literal->count.candidate), HK_MILP_GE, 0);
		hk_milp_term(milp, x, 1);
		hk_milp_term(milp, step->column, -(double)literal->level);
	}
	if (literal->below && !step->down) {
		step->down = true;
		hk_milp_row(milp, hk_form_name(form, "down", literal->count.block, literal->count.workload, literal->count.candidate), HK_MILP_LE,
			    literal->level - 1.0);
		hk_milp_term(milp, x, 1);
		hk_milp_term(milp, step->column, -(most - literal->level + 1));
	}
	return step->column;
}

/* What the bounds say already: 1 true, -1 false, 0 open. */
static int settled(const struct hk_form *form, const struct hk_literal *literal)
{
	double most = form->milp.columns.v[count_column(form, literal->count)].upper;

	if (most < literal->level)
		return literal->below ? 1 : -1;
	if (literal->level == 0)
		return literal->below ? -1 : 1;
	return 0;
}

static void clause(struct hk_form *form, struct steps *steps, const struct hk_clause *clause)
{
	struct hk_milp *milp = &form->milp;
	uint32_t *columns;
	double rhs = 1;
	size_t n = 0;

	for (size_t i = 0; i < clause->n; i++)
		if (!in_model(form, clause->literals[i].count) || settled(form, &clause->literals[i]) > 0)
			return;
	columns = hk_arena_array(&form->arena, clause->n + 1, sizeof *columns);
	for (size_t i = 0; i < clause->n; i++) {
		if (settled(form, &clause->literals[i]) != 0)
			continue;
		columns[n++] = step_of(form, steps, &clause->literals[i]);
		rhs -= clause->literals[i].below;      /* "below" is 1 - step */
	}
	hk_milp_row(milp, (struct hk_milp_name){ .kind = clause->why }, HK_MILP_GE, rhs);
	for (size_t i = 0, k = 0; i < clause->n; i++)
		if (settled(form, &clause->literals[i]) == 0)
			hk_milp_term(milp, columns[k++], clause->literals[i].below ? -1 : 1);
}

uint32_t hk_form_total(struct hk_form *form, uint32_t block, uint32_t workload)
{
	const struct hk_place_workload *placed = &form->problem->blocks[block].workloads[workload];
	struct hk_form_block *own = &form->blocks[block];
	double most = 0;

	if (!own->total)
		own->total = hk_arena_array(&form->arena, (size_t)form->problem->blocks[block].n_workloads + 1, sizeof *own->total);
	if (own->total[workload] > 0)
		return own->total[workload];
	for (uint32_t c = 0; c < placed->n_candidates; c++)
		most += form->milp.columns.v[own->x[workload][c]].upper;
	own->total[workload] = hk_milp_integer(&form->milp, hk_form_name(form, "all", block, workload, HK_MILP_NONE), 0, most, 0, HK_PRIORITY_TOTAL);
	hk_form_own(form, form->owner.v[own->x[workload][0]]);
	hk_milp_row(&form->milp, hk_form_name(form, "all", block, workload, HK_MILP_NONE), HK_MILP_EQ, 0);
	for (uint32_t c = 0; c < placed->n_candidates; c++)
		hk_milp_term(&form->milp, own->x[workload][c], 1);
	hk_milp_term(&form->milp, own->total[workload], -1);
	return own->total[workload];
}

/* "All but a few": the sum of all less the few is shorter, and the sum is worth branching on. */
static bool all_but_few(struct hk_form *form, const struct hk_linear_cut *cut)
{
	const struct hk_place_workload *placed;
	bool *named;

	if (cut->n == 0)
		return false;
	placed = &form->problem->blocks[cut->counts[0].block].workloads[cut->counts[0].workload];
	if (cut->n < 3 || 2 * cut->n <= placed->n_candidates)
		return false;
	for (size_t i = 0; i < cut->n; i++)
		if (cut->counts[i].block != cut->counts[0].block || cut->counts[i].workload != cut->counts[0].workload || cut->values[i] != cut->values[0])
			return false;
	named = hk_arena_array(&form->arena, (size_t)placed->n_candidates + 1, sizeof *named);
	for (size_t i = 0; i < cut->n; i++)
		named[cut->counts[i].candidate] = true;
	uint32_t total = hk_form_total(form, cut->counts[0].block, cut->counts[0].workload);

	hk_milp_row(&form->milp, (struct hk_milp_name){ .kind = cut->why }, HK_MILP_GE, cut->rhs);
	hk_milp_term(&form->milp, total, cut->values[0]);
	for (uint32_t c = 0; c < placed->n_candidates; c++)
		if (!named[c])
			hk_milp_term(&form->milp, form->blocks[cut->counts[0].block].x[cut->counts[0].workload][c], -cut->values[0]);
	return true;
}

static void linear(struct hk_form *form, const struct hk_linear_cut *cut)
{
	for (size_t i = 0; i < cut->n; i++)
		if (!in_model(form, cut->counts[i]))
			return;
	if (all_but_few(form, cut))
		return;
	hk_milp_row(&form->milp, (struct hk_milp_name){ .kind = cut->why }, HK_MILP_GE, cut->rhs);
	for (size_t i = 0; i < cut->n; i++)
		hk_milp_term(&form->milp, count_column(form, cut->counts[i]), cut->values[i]);
}

static int by_number(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Cuts that start with a member, or name nobody, in the order in which they were made. */
static void relevant(const struct hk_form *form, const struct hk_cuts *cuts, struct hk_cut_list (*of)(const struct hk_cuts *, uint32_t),
		     struct hk_cut_list *out)
{
	out->n = 0;
	for (uint32_t i = 0; i <= form->n_members; i++) {
		struct hk_cut_list some = of(cuts, i < form->n_members ? form->members[i] : HK_NO_INDEX);

		for (size_t k = 0; k < some.n; k++)
			hk_vec_push(out, some.v[k]);
	}
	if (out->n > 1)
		qsort(out->v, out->n, sizeof *out->v, by_number);
}

void hk_form_cuts(struct hk_form *form, const struct hk_cuts *cuts)
{
	struct steps steps = { 0 };
	struct hk_cut_list list = { 0 };

	relevant(form, cuts, hk_cuts_linear_of, &list);
	for (size_t i = 0; i < list.n; i++)
		linear(form, &cuts->linear.v[list.v[i]]);
	for (size_t i = 0; i < cuts->pairs.n; i++)
		if (form->blocks[cuts->pairs.v[i].block].x)
			hk_form_pairs(form, &cuts->pairs.v[i]);
	relevant(form, cuts, hk_cuts_clauses_of, &list);
	for (size_t i = 0; i < list.n; i++)
		clause(form, &steps, &cuts->clauses.v[list.v[i]]);
	hk_vec_release(&list);
	hk_vec_release(&steps);
}
