/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/warm.h"

#include "plan/decided.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t count_rows(const struct hk_model *model)
{
	return model->n_clusters * model->n_resources + model->n_links;
}

static void fill_price(struct hk_plan *plan, const struct hk_model *model, size_t row, double price)
{
	struct hk_plan_price *out = &plan->prices[plan->n_prices++];
	size_t resources = model->n_clusters * model->n_resources;

	out->price = price;
	if (row < resources) {
		out->cluster = hk_arena_strdup(&plan->arena, model->clusters[row / model->n_resources].name);
		out->resource = hk_arena_strdup(&plan->arena, model->resources[row % model->n_resources]);
	} else {
		out->from = hk_arena_strdup(&plan->arena, model->clusters[model->links[row - resources].from].name);
		out->to = hk_arena_strdup(&plan->arena, model->clusters[model->links[row - resources].to].name);
	}
}

void hk_plan_fill_prices(struct hk_plan *plan, const struct hk_problem *bare, const struct hk_solution *solution, const struct hk_warm_start *warm)
{
	struct hk_fingerprints fingerprints;
	size_t rows = count_rows(bare->model), used = 0;

	if (!solution->prices)
		return;
	for (size_t i = 0; i < rows; i++)
		used += solution->prices[i] > 0;
	plan->prices = hk_arena_array(&plan->arena, used, sizeof *plan->prices);
	for (size_t i = 0; i < rows; i++)
		if (solution->prices[i] > 0)
			fill_price(plan, bare->model, i, solution->prices[i]);
	hk_fingerprints_open(&fingerprints, bare);
	for (uint32_t b = 0; solution->block_bounds && b < bare->n_blocks; b++) {
		char text[HK_FINGERPRINT_DIGITS + 1];

		if (!isfinite(solution->block_bounds[b]))
			continue;
		if (warm && warm->fingerprints[b][0])
			memcpy(text, warm->fingerprints[b], sizeof text);
		else
			hk_fingerprints_block(&fingerprints, b, text);
		plan->pipelines[b].bound = solution->block_bounds[b];
		plan->pipelines[b].fingerprint = hk_arena_strdup(&plan->arena, text);
	}
	hk_fingerprints_close(&fingerprints);
}

bool hk_plan_warms(const struct hk_plan *previous)
{
	bool any = previous->n_prices > 0;

	for (size_t i = 0; !any && i < previous->n_pipelines; i++)
		any = previous->pipelines[i].fingerprint != NULL;
	return any;
}

struct warming {
	struct hk_warm_start *warm;
	const struct hk_plan *previous;
	const struct hk_problem *problem, *bare;
	struct hk_arena *arena;
};

static int by_name(const void *key, const void *pipeline)
{
	return strcmp(key, ((const struct hk_plan_pipeline *)pipeline)->name);
}

static int by_workload(const void *key, const void *workload)
{
	return strcmp(key, ((const struct hk_plan_workload *)workload)->name);
}

/* Rows of links by name: parallel links of a pair are counted off in order. */
static void read_prices(struct warming *w)
{
	const struct hk_model *model = w->problem->model;
	size_t resources = model->n_clusters * model->n_resources, link = 0;

	for (size_t i = 0; i < w->previous->n_prices; i++) {
		const struct hk_plan_price *price = &w->previous->prices[i];
		uint32_t cluster = price->cluster ? hk_model_cluster(model, price->cluster) : HK_NO_INDEX;

		for (size_t r = 0; cluster != HK_NO_INDEX && r < model->n_resources; r++)
			if (strcmp(model->resources[r], price->resource) == 0)
				w->warm->prices[cluster * model->n_resources + r] = price->price;
		if (!price->from)
			continue;
		/* both lists are in the topology's order; where they are not, the price is lost, which costs time only */
		for (size_t l = link; l < model->n_links; l++)
			if (strcmp(model->clusters[model->links[l].from].name, price->from) == 0 &&
			    strcmp(model->clusters[model->links[l].to].name, price->to) == 0) {
				w->warm->prices[resources + l] = price->price;
				link = l + 1;
				break;
			}
	}
}

/* True when every replica of the plan before has a candidate. */
static bool read_replicas(const struct warming *w, const struct hk_block *block, const struct hk_plan_pipeline *before, struct hk_block_solution *solution)
{
	const struct hk_pipeline *pipeline = &w->problem->model->pipelines[block->pipeline];
	bool complete = before->n_workloads == block->n_workloads;

	for (uint32_t v = 0; v < block->n_workloads; v++) {
		const struct hk_place_workload *placed = &block->workloads[v];
		const struct hk_plan_workload *workload =
			bsearch(pipeline->workloads[placed->workload].name, before->workloads, before->n_workloads, sizeof *before->workloads, by_workload);
		uint64_t known = 0, all = 0;

		for (size_t i = 0; workload && i < workload->n_placements; i++)
			all += workload->placements[i].replicas;
		for (uint32_t c = 0, i = 0; workload && c < placed->n_candidates; c++) {
			const char *name = w->problem->model->clusters[placed->candidates[c].cluster].name;

			/* both sorted by cluster name */
			while (i < workload->n_placements && strcmp(workload->placements[i].cluster, name) < 0)
				i++;
			if (i == workload->n_placements || strcmp(workload->placements[i].cluster, name) != 0)
				continue;
			solution->replicas[v][c] = workload->placements[i].replicas;
			solution->load[v][c] = workload->placements[i].load;
			known += workload->placements[i].replicas;
		}
		complete = complete && workload && known == all;
	}
	return complete;
}

static const char *end_name(const struct warming *w, const struct hk_block *block, const struct hk_edge *edge, uint32_t arc, bool to)
{
	const struct hk_arc *a = &edge->arcs[arc];

	return w->problem->model->clusters[to ? hk_decided_to(block, edge, a) : hk_decided_from(block, edge, a)].name;
}

/* Both the routes and the arcs are sorted by (from, to). */
static bool read_flow(const struct warming *w, const struct hk_block *block, const struct hk_edge *edge, const struct hk_plan_connection *before, double *flow)
{
	uint32_t a = 0;

	for (size_t i = 0; i < before->n_routes; i++)
		for (size_t k = 0; k < before->routes[i].n_targets; k++) {
			while (a < edge->n_arcs) {
				int order = strcmp(end_name(w, block, edge, a, false), before->routes[i].cluster);

				order = order ? order : strcmp(end_name(w, block, edge, a, true), before->routes[i].targets[k].cluster);
				if (order >= 0) {
					if (order > 0)
						return false;
					break;
				}
				a++;
			}
			if (a == edge->n_arcs)
				return false;
			flow[a] = before->routes[i].share * before->routes[i].targets[k].probability;
		}
	return true;
}

static bool read_flows(const struct warming *w, const struct hk_block *block, const struct hk_plan_pipeline *before, struct hk_block_solution *solution)
{
	const struct hk_pipeline *pipeline = &w->problem->model->pipelines[block->pipeline];

	if (before->n_connections != pipeline->n_connections)
		return false;
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_connection *connection = &pipeline->connections[block->edges[e].connection];
		const struct hk_plan_connection *there = &before->connections[block->edges[e].connection];

		if (strcmp(there->from, hk_connection_from(pipeline, connection)) != 0 || strcmp(there->to, hk_connection_to(pipeline, connection)) != 0 ||
		    !read_flow(w, block, &block->edges[e], there, solution->flow[e]))
			return false;
	}
	return true;
}

static void clear(const struct hk_block *block, struct hk_block_solution *solution, struct hk_arena *arena)
{
	solution->replicas = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *solution->replicas);
	solution->load = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *solution->load);
	solution->flow = hk_arena_array(arena, (size_t)block->n_edges + 1, sizeof *solution->flow);
	for (uint32_t v = 0; v < block->n_workloads; v++) {
		solution->replicas[v] = hk_arena_array(arena, (size_t)block->workloads[v].n_candidates + 1, sizeof **solution->replicas);
		solution->load[v] = hk_arena_array(arena, (size_t)block->workloads[v].n_candidates + 1, sizeof **solution->load);
	}
	for (uint32_t e = 0; e < block->n_edges; e++)
		solution->flow[e] = hk_arena_array(arena, (size_t)block->edges[e].n_arcs + 1, sizeof **solution->flow);
}

void hk_plan_warm_start(struct hk_warm_start *warm, const struct hk_plan *previous, const struct hk_problem *problem, const struct hk_problem *bare,
			struct hk_arena *arena)
{
	struct warming w = { warm, previous, problem, bare, arena };
	struct hk_fingerprints fingerprints;
	size_t n = problem->n_blocks;
	bool trusted = previous->id && !previous->altered;

	warm->prices = hk_arena_array(arena, count_rows(problem->model) + 1, sizeof *warm->prices);
	warm->bounds = hk_arena_array(arena, n + 1, sizeof *warm->bounds);
	warm->costs = hk_arena_array(arena, n + 1, sizeof *warm->costs);
	warm->unchanged = hk_arena_array(arena, n + 1, sizeof *warm->unchanged);
	warm->fingerprints = hk_arena_array(arena, n + 1, sizeof *warm->fingerprints);
	warm->complete = hk_arena_array(arena, n + 1, sizeof *warm->complete);
	warm->blocks = hk_arena_array(arena, n + 1, sizeof *warm->blocks);
	read_prices(&w);
	hk_fingerprints_open(&fingerprints, bare);
	for (uint32_t b = 0; b < n; b++) {
		const struct hk_block *block = &problem->blocks[b];
		const struct hk_plan_pipeline *before =
			bsearch(problem->model->pipelines[block->pipeline].name, previous->pipelines, previous->n_pipelines, sizeof *previous->pipelines,
				by_name);

		warm->bounds[b] = warm->costs[b] = (double)NAN;
		clear(block, &warm->blocks[b], arena);
		if (!before)
			continue;
		warm->complete[b] = read_replicas(&w, block, before, &warm->blocks[b]) && read_flows(&w, block, before, &warm->blocks[b]);
		/* a bound somebody wrote by hand proves nothing */
		if (!before->fingerprint || !isfinite(before->bound) || !trusted)
			continue;
		hk_fingerprints_block(&fingerprints, b, warm->fingerprints[b]);
		warm->unchanged[b] = strcmp(warm->fingerprints[b], before->fingerprint) == 0;
		if (warm->unchanged[b]) {
			warm->bounds[b] = before->bound;
			warm->costs[b] = before->cost;
		}
	}
	hk_fingerprints_close(&fingerprints);
}
