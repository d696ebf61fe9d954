/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capacity of clusters and links: rules 5 and 7 of the model. Rows are shares of the capacity, so that bytes and cores have the same size. */
#include "place/milp_form.h"
#include "place/options.h"
#include "place/route.h"

#include <math.h>

struct use { uint32_t column; double amount; };
struct uses { struct use *v; size_t n, cap; };

/* Every count in the cluster that asks for the resource. */
static void gather(const struct hk_form *form, uint32_t cluster, size_t resource, struct uses *uses)
{
	uses->n = 0;
	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &form->problem->blocks[form->members[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++) {
			const struct hk_place_workload *placed = &b->workloads[w];
			uint32_t low = 0, high = placed->n_candidates;

			while (low < high) {
				uint32_t middle = low + (high - low) / 2;

				if (placed->candidates[middle].cluster < cluster)
					low = middle + 1;
				else
					high = middle;
			}
			if (low < placed->n_candidates && placed->candidates[low].cluster == cluster && placed->request[resource] > 0)
				hk_vec_push(uses, (struct use){ form->blocks[form->members[i]].x[w][low], placed->request[resource] });
		}
	}
}

static void capacity_row(struct hk_form *form, uint32_t cluster, size_t resource, const struct uses *uses)
{
	const struct hk_model *model = form->problem->model;
	double free = form->problem->capacity[cluster * model->n_resources + resource], most = 0;
	struct hk_milp_name name = { .kind = "capacity", .place = model->clusters[cluster].name, .target = model->resources[resource] };

	for (size_t i = 0; i < uses->n; i++)
		most += uses->v[i].amount * form->milp.columns.v[uses->v[i].column].upper;
	if (most <= free)
		return;
	hk_milp_row(&form->milp, name, HK_MILP_LE, free > 0 ? 1 : 0);
	for (size_t i = 0; i < uses->n; i++)
		hk_milp_term(&form->milp, uses->v[i].column, free > 0 ? uses->v[i].amount / free : 1);
}

void hk_form_capacity(struct hk_form *form)
{
	const struct hk_model *model = form->problem->model;
	struct uses uses = { 0 };

	for (uint32_t cluster = 0; cluster < model->n_clusters; cluster++)
		for (size_t resource = 0; resource < model->n_resources; resource++) {
			if (isinf(form->problem->capacity[cluster * model->n_resources + resource]))
				continue;
			gather(form, cluster, resource, &uses);
			capacity_row(form, cluster, resource, &uses);
		}
	hk_vec_release(&uses);
}

/* Traffic that each link may see, gathered in one walk over all arcs. */
static void add_traffic(struct hk_form *form, uint32_t block, struct uses *per_link)
{
	const struct hk_block *b = &form->problem->blocks[block];
	const struct hk_model *model = form->problem->model;

	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct hk_edge *edge = &b->edges[e];
		double bits = 8 * edge->size * edge->rate;

		for (uint32_t a = 0; bits > 0 && a < edge->n_arcs; a++) {
			const struct hk_routes *routes = form->problem->routes;
			uint32_t from = hk_edge_from_cluster(b, edge, &edge->arcs[a]), l = hk_route_last_link(routes, from, hk_edge_to_cluster(b, edge, &edge->arcs[a]));

			for (; l != HK_NO_INDEX; l = hk_route_last_link(routes, from, model->links[l].from))
				if (isfinite(model->links[l].bandwidth))
					hk_vec_push(&per_link[l], (struct use){ form->blocks[block].f[e][a], bits });
		}
	}
}

/* Parallel links of a pair share a name; the index sets them apart only where it must (mps.c). */
static void link_row(struct hk_form *form, uint32_t link, const struct uses *uses)
{
	const struct hk_model *model = form->problem->model;
	const struct hk_link *l = &model->links[link];
	double most = 0;
	struct hk_milp_name name = { .kind = "link", .place = model->clusters[l->from].name, .target = model->clusters[l->to].name };
	uint32_t option = hk_option_of(form->problem, link, HK_OPTION_BANDWIDTH);
	bool offers = option != HK_NO_INDEX && form->options[option] != HK_MILP_NONE;
	double scale = l->bandwidth > 0 ? l->bandwidth : offers ? form->problem->options[option].amount : 0;

	for (size_t i = 0; i < uses->n; i++)
		most += uses->v[i].amount * form->milp.columns.v[uses->v[i].column].upper;
	if (most <= l->bandwidth)
		return;
	hk_milp_row(&form->milp, name, HK_MILP_LE, l->bandwidth > 0 ? 1 : 0);
	for (size_t i = 0; i < uses->n; i++)
		hk_milp_term(&form->milp, uses->v[i].column, scale > 0 ? uses->v[i].amount / scale : 1);
	if (offers && scale > 0)
		hk_milp_term(&form->milp, form->options[option], -hk_form_option_unit(&form->problem->options[option]) / scale);
}

void hk_form_links(struct hk_form *form)
{
	const struct hk_model *model = form->problem->model;
	struct uses *per_link = hk_calloc(model->n_links + 1, sizeof *per_link);

	for (uint32_t i = 0; i < form->n_members; i++)
		add_traffic(form, form->members[i], per_link);
	for (uint32_t link = 0; link < model->n_links; link++) {
		if (per_link[link].n > 0)
			link_row(form, link, &per_link[link]);
		hk_vec_release(&per_link[link]);
	}
	hk_cleanup_free(&per_link);
}
