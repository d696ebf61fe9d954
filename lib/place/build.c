/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/build_internal.h"

#include "place/domain.h"
#include "place/overfull.h"
#include "place/pack.h"
#include "place/route.h"
#include "place/solve.h"

#include <math.h>
#include <string.h>

static void fill_capacity(struct hk_problem *problem)
{
	const struct hk_model *model = problem->model;

	problem->capacity = hk_arena_array(&problem->arena, model->n_clusters * model->n_resources, sizeof *problem->capacity);
	for (size_t c = 0; c < model->n_clusters; c++) {
		const struct hk_cluster *cluster = &model->clusters[c];

		for (size_t r = 0; r < model->n_resources; r++) {
			double sum = 0;

			for (size_t g = 0; g < cluster->n_nodes; g++)
				sum += cluster->nodes[g].unschedulable ? 0 : cluster->nodes[g].count * hk_pack_node_free(cluster, &cluster->nodes[g], r);
			problem->capacity[c * model->n_resources + r] = cluster->unlimited ? INFINITY : sum;
		}
	}
}

static void fill_domains(struct hk_build *build, struct hk_arena *arena)
{
	const struct hk_model *model = build->model;

	for (enum hk_level level = HK_LEVEL_NODE; level <= HK_LEVEL_FAILURE_DOMAIN; level++) {
		build->domain[level] = hk_arena_array(arena, model->n_clusters, sizeof(uint32_t));
		hk_domain_table(model, level, build->domain[level]);
	}
	const uint32_t *domain = build->domain[HK_LEVEL_FAILURE_DOMAIN];

	build->domain_availability = hk_arena_array(arena, model->n_clusters, sizeof *build->domain_availability);
	for (size_t c = 0; c < model->n_clusters; c++)
		build->domain_availability[c] = 1;
	for (size_t c = 0; c < model->n_clusters; c++)
		build->domain_availability[domain[c]] = fmin(build->domain_availability[domain[c]], model->clusters[c].availability);
	for (size_t c = 0; c < model->n_clusters; c++)
		build->domain_availability[c] = build->domain_availability[domain[c]];
}

static int build_block(struct hk_build *build, uint32_t index, struct hk_err *err)
{
	build->pipeline = &build->model->pipelines[index];
	build->pipeline_index = index;
	build->block = &build->problem->blocks[index];
	build->block->pipeline = index;
	if (hk_build_needs(build, err))
		return -1;
	hk_build_arcs(build);
	if (build->crowded)
		return hk_err_set(err, HK_INVALID,
				  "a route that pipeline '%s' could take has more than %d links whose latency can be bought; leave 'adjustable: {latency: ...}' out of some of them",
				  build->pipeline->name, HK_OPTIONS_ON_ROUTE);
	hk_build_prune(build);
	hk_build_finish(build);
	return 0;
}

/* Each route has so many links whose latency can be bought at most. */
static double most_saved(const struct hk_problem *problem)
{
	double largest = 0;

	for (uint32_t o = 0; o < problem->n_options; o++)
		if (problem->options[o].kind == HK_OPTION_LATENCY)
			largest = fmax(largest, problem->options[o].amount);
	return largest * HK_OPTIONS_ON_ROUTE;
}

int hk_problem_build(struct hk_problem *problem, const struct hk_model *model, const struct hk_plan *previous, bool *infeasible, struct hk_err *err)
{
	return hk_problem_build_over(problem, model, previous, NULL, infeasible, err);
}

int hk_problem_build_over(struct hk_problem *problem, const struct hk_model *model, const struct hk_plan *previous, struct hk_routes *routes, bool *infeasible,
			  struct hk_err *err)
{
	struct hk_build build = { .problem = problem, .model = model, .previous = previous };
	struct hk_arena tables = HK_ARENA_INIT;
	struct hk_overfull overfull;
	bool impossible = false;
	int result = 0;

	memset(problem, 0, sizeof *problem);
	problem->model = model;
	problem->routes = routes ? routes : hk_routes_open(model);
	problem->routes_borrowed = routes != NULL;
	hk_options_build(problem);
	build.most_saved = most_saved(problem);
	fill_capacity(problem);
	fill_domains(&build, &tables);
	hk_cluster_index_open(&build.index, model, &tables);
	build.marked = hk_arena_array(&tables, model->n_clusters, sizeof *build.marked);
	problem->n_blocks = (uint32_t)model->n_pipelines;
	problem->blocks = hk_arena_array(&problem->arena, model->n_pipelines, sizeof *problem->blocks);
	for (uint32_t p = 0; p < problem->n_blocks && !result; p++) {
		build.infeasible = false;
		result = build_block(&build, p, err);
		problem->blocks[p].impossible = build.infeasible;
		impossible = impossible || build.infeasible;
		hk_arena_reset(&build.scratch);
	}
	hk_build_needs_finish(&build);
	hk_arena_release(&build.scratch);
	hk_vec_release(&build.fitting);
	hk_vec_release(&build.near);
	hk_arena_release(&tables);
	*infeasible = impossible || (!result && hk_problem_overfull(problem, NULL, &overfull));
	if (result)
		hk_problem_release(problem);
	return result;
}

void hk_problem_release(struct hk_problem *problem)
{
	if (!problem->routes_borrowed)
		hk_routes_close(problem->routes);
	hk_arena_release(&problem->arena);
	memset(problem, 0, sizeof *problem);
}
