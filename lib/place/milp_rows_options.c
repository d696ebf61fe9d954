/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be bought from the network: amounts, and arcs that ask for them. The rows of links are in milp_rows_capacity.c. */
#include "place/milp_form.h"
#include "place/options.h"

#include <math.h>

struct columns { uint32_t *v; size_t n, cap; };

double hk_form_option_unit(const struct hk_option *option)
{
	return option->step > 0 ? option->step : option->amount;
}

static void option_column(struct hk_form *form, uint32_t index, double share)
{
	const struct hk_model *model = form->problem->model;
	const struct hk_option *option = &form->problem->options[index];
	const struct hk_link *link = &model->links[option->link];
	struct hk_milp_name name = { .place = model->clusters[link->from].name, .target = model->clusters[link->to].name };

	switch (option->kind) {
	case HK_OPTION_BANDWIDTH:
		name.kind = "bandwidth";
		if (option->step > 0)
			form->options[index] = hk_milp_integer(&form->milp, name, 0, round(option->amount / option->step), option->price * option->step * share,
							       HK_PRIORITY_OPTION);
		else
			form->options[index] = hk_milp_column(&form->milp, name, 0, 1, option->price * option->amount * share);
		return;
	case HK_OPTION_LATENCY:
		name.kind = "faster";
		form->options[index] = hk_milp_integer(&form->milp, name, 0, 1, option->price * share, HK_PRIORITY_OPTION);
		return;
	case HK_OPTION_REACH:
		name.kind = "reaches";
		form->options[index] = hk_milp_integer(&form->milp, name, 0, 1, 0, HK_PRIORITY_OPTION);
		return;
	}
}

/* Options that some arc of the members could make use of. */
static void mark_useful(const struct hk_form *form, bool *useful)
{
	const struct hk_problem *problem = form->problem;

	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &problem->blocks[form->members[i]];

		for (uint32_t e = 0; e < b->n_edges; e++)
			for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
				hk_options_of_arc(problem, b, &b->edges[e], &b->edges[e].arcs[a], useful);
	}
}

/* reached <= bought / amount, in whole steps where there are some */
static void reach_row(struct hk_form *form, uint32_t index)
{
	const struct hk_option *option = &form->problem->options[index];
	uint32_t bandwidth = hk_option_of(form->problem, option->link, HK_OPTION_BANDWIDTH);
	const struct hk_option *offer = &form->problem->options[bandwidth];
	struct hk_milp_name name = form->milp.columns.v[form->options[index]].name;

	if (!(option->amount > 0))
		return;
	hk_milp_row(&form->milp, name, HK_MILP_LE, 0);
	hk_milp_term(&form->milp, form->options[index], offer->step > 0 ? round(option->amount / offer->step) : option->amount / offer->amount);
	hk_milp_term(&form->milp, form->options[bandwidth], -1);
}

/* The traffic of a connection that asks for an option is none without it. One row for each option and connection is tighter than one for each arc. */
static void needs_rows(struct hk_form *form, uint32_t block, uint32_t e, struct columns *lists)
{
	const struct hk_problem *problem = form->problem;
	const struct hk_edge *edge = &problem->blocks[block].edges[e];

	for (uint32_t a = 0; a < edge->n_arcs; a++)
		for (uint32_t i = 0; i < problem->needs[edge->arcs[a].needs].n; i++)
			hk_vec_push(&lists[problem->needs[edge->arcs[a].needs].options[i]], form->blocks[block].f[e][a]);
	for (uint32_t o = 0; o < problem->n_options; o++) {
		if (lists[o].n == 0)
			continue;
		hk_milp_row(&form->milp, hk_form_edge_name(form, "needs", block, e, HK_MILP_NONE), HK_MILP_LE, 0);
		for (size_t i = 0; i < lists[o].n; i++)
			hk_milp_term(&form->milp, lists[o].v[i], 1);
		hk_milp_term(&form->milp, form->options[o], -1);
		lists[o].n = 0;
	}
}

void hk_form_options(struct hk_form *form, const double *shares)
{
	const struct hk_problem *problem = form->problem;
	bool *useful = hk_arena_array(&form->arena, problem->n_options, sizeof *useful);
	struct columns *lists = hk_calloc(problem->n_options, sizeof *lists);
	bool any = false;

	form->options = hk_arena_array(&form->arena, problem->n_options, sizeof *form->options);
	mark_useful(form, useful);
	for (uint32_t o = 0; o < problem->n_options; o++) {
		form->options[o] = HK_MILP_NONE;
		if (useful[o])
			option_column(form, o, shares ? shares[o] : 1);
		any = any || useful[o];
	}
	hk_form_own(form, form->n_members);
	form->n_owners += any;
	for (uint32_t o = 0; o < problem->n_options; o++)
		if (useful[o] && problem->options[o].kind == HK_OPTION_REACH)
			reach_row(form, o);
	for (uint32_t i = 0; i < form->n_members; i++)
		for (uint32_t e = 0; e < problem->blocks[form->members[i]].n_edges; e++)
			needs_rows(form, form->members[i], e, lists);
	for (uint32_t o = 0; o < problem->n_options; o++)
		hk_vec_release(&lists[o]);
	hk_cleanup_free(&lists);
}

double hk_form_options_paid(const struct hk_form *form, const double *point)
{
	double sum = 0;

	for (uint32_t o = 0; form->options && o < form->problem->n_options; o++)
		if (form->options[o] != HK_MILP_NONE)
			sum += form->milp.columns.v[form->options[o]].cost * point[form->options[o]];
	return sum;
}
