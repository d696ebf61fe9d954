/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capacity of clusters and links: rules 5 and 7 of the model. Rows are shares of the capacity, so that bytes and cores have the same size. */
#include "place/milp_form.h"

#include "base/sort.h"
#include "place/options.h"
#include "place/route.h"

#include <math.h>
#include <stddef.h>

/* What a column takes of a cluster's resource or of a link. */
struct use { uint32_t at, column; double amount; };
struct uses { struct use *v; size_t n, cap; };

/* Every count in a limited cluster, in the order of clusters; counts of one cluster in the order of columns. */
static void gather(const struct hk_form *form, struct uses *uses)
{
	const struct hk_model *model = form->problem->model;

	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &form->problem->blocks[form->members[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
				for (size_t r = 0; r < model->n_resources; r++) {
					size_t at = b->workloads[w].candidates[c].cluster * model->n_resources + r;

					if (b->workloads[w].request[r] > 0 && !isinf(form->problem->capacity[at]))
						hk_vec_push(uses, (struct use){ (uint32_t)at, form->blocks[form->members[i]].x[w][c],
										b->workloads[w].request[r] });
				}
	}
}

/* Traffic that each link may see. */
static void gather_traffic(const struct hk_form *form, uint32_t block, struct uses *uses)
{
	const struct hk_block *b = &form->problem->blocks[block];
	const struct hk_model *model = form->problem->model;
	struct hk_crossings crossings = { 0 };

	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct hk_edge *edge = &b->edges[e];
		double bits = 8 * edge->size * edge->rate;

		for (uint32_t a = 0; bits > 0 && a < edge->n_arcs; a++) {
			hk_route_crossings(form->problem->routes, hk_edge_from_cluster(b, edge, &edge->arcs[a]), hk_edge_to_cluster(b, edge, &edge->arcs[a]),
					   &crossings);
			for (size_t i = 0; i < crossings.n; i++)
				if (isfinite(model->links[crossings.v[i].link].bandwidth))
					hk_vec_push(uses, (struct use){ crossings.v[i].link, form->blocks[block].f[e][a], bits * crossings.v[i].part });
		}
	}
	hk_vec_release(&crossings);
}

/* All of them together fit. */
static bool fits(const struct hk_form *form, double room, const struct use *uses, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most += uses[i].amount * form->milp.columns.v[uses[i].column].upper;
	return most <= room;
}

/* A row of `n` uses, in units of `unit`. */
static void limit_row(struct hk_form *form, struct hk_milp_name name, double room, double unit, const struct use *uses, size_t n)
{
	hk_milp_row(&form->milp, name, HK_MILP_LE, room > 0 ? 1 : 0);
	for (size_t i = 0; i < n; i++)
		hk_milp_term(&form->milp, uses[i].column, unit > 0 ? uses[i].amount / unit : 1);
}

/* Parallel links of a pair share a name; the index sets them apart only where it must (mps.c). */
static void link_row(struct hk_form *form, uint32_t link, const struct use *uses, size_t n)
{
	const struct hk_model *model = form->problem->model;
	const struct hk_link *l = &model->links[link];
	struct hk_milp_name name = { .kind = "link", .place = model->clusters[l->from].name, .target = model->clusters[l->to].name };
	uint32_t option = hk_option_of(form->problem, link, HK_OPTION_BANDWIDTH);
	bool offers = option != HK_NO_INDEX && form->options[option] != HK_MILP_NONE;
	double unit = l->bandwidth > 0 ? l->bandwidth : offers ? form->problem->options[option].amount : 0;

	if (fits(form, l->bandwidth, uses, n))
		return;
	limit_row(form, name, l->bandwidth, unit, uses, n);
	if (offers && unit > 0)
		hk_milp_term(&form->milp, form->options[option], -hk_form_option_unit(&form->problem->options[option]) / unit);
}

/* By place; within one they are in the order of columns, as they came. */
static size_t sort(struct uses *uses)
{
	hk_sort_by_number(uses->v, uses->n, sizeof *uses->v, offsetof(struct use, at));
	return uses->n;
}

/* End of the uses at the same place as the first of them. */
static size_t same_place(const struct uses *uses, size_t first)
{
	size_t end = first;

	while (end < uses->n && uses->v[end].at == uses->v[first].at)
		end++;
	return end;
}

void hk_form_capacity(struct hk_form *form)
{
	const struct hk_model *model = form->problem->model;
	struct uses uses = { 0 };

	gather(form, &uses);
	for (size_t i = 0, n = sort(&uses), end; i < n; i = end) {
		uint32_t at = uses.v[i].at;
		struct hk_milp_name name = { .kind = "capacity", .place = model->clusters[at / model->n_resources].name,
					     .target = model->resources[at % model->n_resources] };

		end = same_place(&uses, i);
		if (!fits(form, form->problem->capacity[at], &uses.v[i], end - i))
			limit_row(form, name, form->problem->capacity[at], form->problem->capacity[at], &uses.v[i], end - i);
	}
	hk_vec_release(&uses);
}

void hk_form_links(struct hk_form *form)
{
	struct uses uses = { 0 };

	for (uint32_t i = 0; i < form->n_members; i++)
		gather_traffic(form, form->members[i], &uses);
	for (size_t i = 0, n = sort(&uses), end; i < n; i = end) {
		end = same_place(&uses, i);
		link_row(form, uses.v[i].at, &uses.v[i], end - i);
	}
	hk_vec_release(&uses);
}
