/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan takes of clusters and links. Only those it uses are listed: a topology may have thousands. */
#include "place/route.h"
#include "plan/decided.h"

#include <math.h>

/* What is on the schedulable nodes already, and what may be used of them. */
static void inventory(const struct hk_cluster *cluster, size_t resource, double *before, double *capacity)
{
	double share = 1 - (cluster->reserve ? cluster->reserve[resource] : 0);

	*before = 0;
	*capacity = cluster->unlimited ? (double)INFINITY : 0;
	for (size_t g = 0; g < cluster->n_nodes; g++) {
		const struct hk_node_group *group = &cluster->nodes[g];

		if (group->unschedulable)
			continue;
		*before += group->count * fmax(0, group->used ? group->used[resource] : 0);
		*capacity += group->count * fmax(0, group->allocatable[resource]) * share;
	}
}

static void fill_resources(const struct hk_decided *decided, uint32_t index, const double *ours, struct hk_plan_cluster *out)
{
	const struct hk_model *model = decided->model;

	out->resources = hk_arena_array(&decided->plan->arena, model->n_resources, sizeof *out->resources);
	for (size_t r = 0; r < model->n_resources; r++) {
		double before, capacity;

		inventory(&model->clusters[index], r, &before, &capacity);
		if (ours[r] <= 0 && !(capacity > 0 && isfinite(capacity)))
			continue;
		out->resources[out->n_resources++] =
			(struct hk_plan_resource){ hk_arena_strdup(&decided->plan->arena, model->resources[r]), hk_tidy(ours[r] + before), hk_tidy(capacity) };
	}
}

/* Replicas and resources of our own in each cluster. */
static void sum_requests(const struct hk_decided *decided, uint64_t *replicas, double *ours)
{
	size_t n_resources = decided->model->n_resources;

	for (uint32_t b = 0; b < decided->problem->n_blocks; b++) {
		const struct hk_decided_pipeline *pipeline = &decided->pipelines[b];

		for (uint32_t w = 0; w < pipeline->block->n_workloads; w++) {
			const struct hk_place_workload *place = &pipeline->block->workloads[w];

			for (uint32_t c = 0; c < place->n_candidates; c++) {
				size_t cluster = place->candidates[c].cluster;

				replicas[cluster] += pipeline->replicas[w][c];
				for (size_t r = 0; r < n_resources; r++)
					ours[cluster * n_resources + r] += place->request[r] * pipeline->replicas[w][c];
			}
		}
	}
}

static void fill_clusters(struct hk_decided *decided)
{
	const struct hk_model *model = decided->model;
	struct hk_plan *plan = decided->plan;
	uint64_t *replicas = hk_arena_array(&decided->arena, model->n_clusters, sizeof *replicas);

	decided->ours = hk_arena_array(&decided->arena, model->n_clusters * model->n_resources, sizeof *decided->ours);
	sum_requests(decided, replicas, decided->ours);
	plan->clusters = hk_arena_array(&plan->arena, model->n_clusters, sizeof *plan->clusters);
	for (uint32_t c = 0; c < model->n_clusters; c++) {
		const double *use = &decided->ours[c * model->n_resources];
		double cost = 0;

		if (replicas[c] == 0)
			continue;
		struct hk_plan_cluster *out = &plan->clusters[plan->n_clusters++];

		out->name = hk_arena_strdup(&plan->arena, model->clusters[c].name);
		out->output = model->clusters[c].output ? hk_arena_strdup(&plan->arena, model->clusters[c].output) : NULL;
		for (size_t r = 0; r < model->n_resources; r++)
			cost += use[r] * model->clusters[c].price[r];
		out->cost = hk_tidy(cost);
		fill_resources(decided, c, use, out);
	}
}

static void add_traffic(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, uint32_t e, double *used)
{
	const struct hk_edge *edge = &pipeline->block->edges[e];
	const struct hk_routes *routes = decided->problem->routes;
	struct hk_crossings crossings = { 0 };

	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		uint32_t from = hk_decided_from(pipeline->block, edge, &edge->arcs[a]), to = hk_decided_to(pipeline->block, edge, &edge->arcs[a]);

		if (pipeline->flow[e][a] <= 0 || from == to)
			continue;
		hk_route_crossings(routes, from, to, &crossings);
		for (size_t i = 0; i < crossings.n; i++)
			used[crossings.v[i].link] += 8 * edge->size * edge->rate * pipeline->flow[e][a] * crossings.v[i].part;
	}
	hk_vec_release(&crossings);
}

static void fill_links(struct hk_decided *decided)
{
	const struct hk_model *model = decided->model;
	struct hk_plan *plan = decided->plan;
	double *used = hk_arena_array(&decided->arena, model->n_links, sizeof *used);

	for (uint32_t b = 0; b < decided->problem->n_blocks; b++)
		for (uint32_t e = 0; e < decided->pipelines[b].block->n_edges; e++)
			add_traffic(decided, &decided->pipelines[b], e, used);
	plan->links = hk_arena_array(&plan->arena, model->n_links, sizeof *plan->links);
	for (size_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];

		if (used[l] > 0)
			plan->links[plan->n_links++] = (struct hk_plan_link){
				hk_arena_strdup(&plan->arena, model->clusters[link->from].name), hk_arena_strdup(&plan->arena, model->clusters[link->to].name),
				hk_tidy(used[l]), hk_tidy(hk_decided_link_bandwidth(decided, (uint32_t)l)),
			};
	}
}

void hk_plan_fill_use(struct hk_decided *decided)
{
	fill_clusters(decided);
	fill_links(decided);
}
