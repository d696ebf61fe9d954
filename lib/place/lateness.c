/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/lateness.h"

#include "place/milp_ways.h"

#include <math.h>

/* Mean of the slowest way: a longest path over the means of connections. Edges of the ways come in topological order. */
static double slowest_mean(const struct hk_ways *ways, enum hk_path_metric metric, const struct hk_block_solution *solution)
{
	double *until = hk_calloc((size_t)ways->block->n_workloads + 1, sizeof *until), worst = 0;

	if (ways->first != HK_NO_INDEX)
		until[ways->first] = hk_ways_base(ways, metric);
	if (ways->first != HK_NO_INDEX && ways->first == ways->last)
		worst = until[ways->first];
	for (uint32_t i = 0; i < ways->n_edges; i++) {
		const struct hk_edge *edge = &ways->block->edges[ways->edges[i]];
		double sum = edge->from_kind == HK_END_WORKLOAD ? until[edge->from] : 0;

		for (uint32_t a = 0; a < edge->n_arcs; a++)
			sum += solution->flow[ways->edges[i]][a] * hk_ways_hop(&edge->arcs[a], metric);
		sum += hk_ways_service(ways, edge, metric);
		if (hk_ways_ends(ways, edge))
			worst = fmax(worst, sum);
		else if (edge->to_kind == HK_END_WORKLOAD)
			until[edge->to] = fmax(until[edge->to], sum);
	}
	hk_cleanup_free(&until);
	return worst;
}

double hk_late_paths(const struct hk_problem *problem, uint32_t block, const struct hk_block_solution *solution)
{
	const struct hk_block *b = &problem->blocks[block];
	const struct hk_pipeline *pipeline = &problem->model->pipelines[b->pipeline];
	struct hk_arena scratch = HK_ARENA_INIT;
	double sum = 0;

	for (size_t p = 0; p < pipeline->n_paths; p++) {
		const struct hk_path *path = &pipeline->paths[p];
		double late = 0, rate = path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].rate : pipeline->rate[path->from_workload];
		struct hk_ways ways;

		hk_ways_find(&ways, b, pipeline, path, &scratch);
		for (int metric = 0; metric < HK_PATH_METRICS; metric++) {
			double request = hk_ways_request(path, (enum hk_path_metric)metric);

			late += isinf(request) ? 0 : fmax(0, slowest_mean(&ways, (enum hk_path_metric)metric, solution) - request);
		}
		sum += pipeline->objective.request * rate * late;
	}
	hk_arena_release(&scratch);
	return sum;
}
