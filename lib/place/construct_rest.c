/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pipeline exactly, node by node, in the world that the others leave: their replicas become load on the nodes, their traffic load on the links. The last resort when counts that
 * fit their clusters do not fit the nodes, or replicas share too many of them. Only the clusters the pipeline may use are looked at.
 */
#include "place/construct_internal.h"

#include "place/cuts_packing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_ALONE = 60, NODES_ANY = 400 };

/* Where a group of the smaller world comes from: nodes of the real group from this one on. */
struct origin { uint32_t group, node; };

struct rest {
	struct hk_construct *c;
	struct hk_arena arena;
	struct hk_model model;
	struct hk_problem problem;
	struct origin **origins;        /* per cluster; NULL where it is as it was */
	double *capacity;
};

/* What stands on each node of the group; NULL for nothing. */
static double **loads(const struct rest *rest, const struct hk_construct_site *site, uint32_t group, const struct hk_node_group *from)
{
	size_t resources = rest->model.n_resources;
	double **used = hk_arena_array((struct hk_arena *)&rest->arena, (size_t)from->count + 1, sizeof *used);

	for (size_t i = 0; i < site->shares.n; i++) {
		const struct hk_node_share *share = &site->shares.v[i];
		const double *request = rest->c->problem->blocks[share->block].workloads[share->workload].request;

		if (share->group != group)
			continue;
		if (!used[share->node]) {
			used[share->node] = hk_arena_array((struct hk_arena *)&rest->arena, resources + 1, sizeof(double));
			for (size_t k = 0; from->used && k < resources; k++)
				used[share->node][k] = from->used[k];
		}
		for (size_t k = 0; k < resources; k++)
			used[share->node][k] += share->replicas * request[k];
	}
	return used;
}

/* One group for every node with replicas on it, and one for the nodes between. */
static void split_group(struct rest *rest, uint32_t cluster, uint32_t group, struct hk_cluster *into)
{
	const struct hk_node_group *from = &rest->c->problem->model->clusters[cluster].nodes[group];
	double **used = loads(rest, &rest->c->sites[cluster], group, from);

	for (uint32_t node = 0; node < from->count;) {
		uint32_t end = node + 1;

		while (!used[node] && end < from->count && !used[end])
			end++;
		rest->origins[cluster][into->n_nodes] = (struct origin){ group, node };
		into->nodes[into->n_nodes] = *from;
		into->nodes[into->n_nodes].count = end - node;
		if (used[node])
			into->nodes[into->n_nodes].used = used[node];
		into->n_nodes++;
		node = end;
	}
}

static void split_cluster(struct rest *rest, uint32_t cluster)
{
	const struct hk_construct *c = rest->c;
	const struct hk_cluster *from = &c->problem->model->clusters[cluster];
	struct hk_cluster *into = &rest->model.clusters[cluster];
	size_t room = 2 * c->sites[cluster].shares.n + from->n_nodes + 1, resources = c->problem->model->n_resources;

	if (from->unlimited || rest->origins[cluster])
		return;
	rest->origins[cluster] = hk_arena_array(&rest->arena, room, sizeof *rest->origins[cluster]);
	into->nodes = hk_arena_array(&rest->arena, room, sizeof *into->nodes);
	into->n_nodes = 0;
	for (uint32_t g = 0; g < from->n_nodes; g++)
		split_group(rest, cluster, g, into);
	for (size_t r = 0; r < resources; r++) {
		uint32_t row = c->row_of[cluster * resources + r];

		if (row != HK_NO_INDEX)
			rest->capacity[cluster * resources + r] = fmax(0, c->left[row]);
	}
}

static void open_rest(struct rest *rest, struct hk_construct *c, uint32_t block)
{
	const struct hk_problem *problem = c->problem;
	const struct hk_model *model = problem->model;
	const struct hk_block *b = &problem->blocks[block];
	size_t capacities = model->n_clusters * model->n_resources;

	*rest = (struct rest){ .c = c, .model = *model, .problem = *problem };
	rest->model.clusters = hk_arena_array(&rest->arena, model->n_clusters + 1, sizeof *rest->model.clusters);
	rest->model.links = hk_arena_array(&rest->arena, model->n_links + 1, sizeof *rest->model.links);
	rest->capacity = hk_arena_array(&rest->arena, capacities + 1, sizeof *rest->capacity);
	rest->origins = hk_arena_array(&rest->arena, model->n_clusters + 1, sizeof *rest->origins);
	memcpy(rest->model.clusters, model->clusters, model->n_clusters * sizeof *model->clusters);
	if (model->n_links > 0)
		memcpy(rest->model.links, model->links, model->n_links * sizeof *model->links);
	if (capacities > 0)
		memcpy(rest->capacity, problem->capacity, capacities * sizeof *rest->capacity);
	rest->problem.model = &rest->model;
	rest->problem.capacity = rest->capacity;
	rest->problem.blocks = &problem->blocks[block];
	rest->problem.n_blocks = 1;
	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t k = 0; k < b->workloads[w].n_candidates; k++)
			split_cluster(rest, b->workloads[w].candidates[k].cluster);
	for (uint32_t l = 0; l < model->n_links; l++)
		if (c->row_of_link[l] != HK_NO_INDEX)
			rest->model.links[l].bandwidth = fmax(0, c->left[c->row_of_link[l]]);
}

/* The newcomer's replicas beside those that stand already: its clusters are not stale after all. */
static void move_in(struct hk_construct *c, const struct rest *rest, uint32_t block, const struct hk_solution *solution)
{
	size_t before = c->stale.n;

	hk_construct_put(c, block, &solution->blocks[0], solution->objective);
	for (size_t i = before; i < c->stale.n; i++) {
		struct hk_construct_site *site = &c->sites[c->stale.v[i]];

		site->stale = false;
		for (size_t k = 0; k < solution->n_nodes; k++) {
			struct hk_node_share share = solution->nodes[k];
			size_t at = 0;

			if (share.cluster != c->stale.v[i])
				continue;
			share.block = block;
			share.node += rest->origins[share.cluster][share.group].node;
			share.group = rest->origins[share.cluster][share.group].group;
			while (at < site->shares.n && (site->shares.v[at].block < block || (site->shares.v[at].block == block && site->shares.v[at].workload <= share.workload)))
				at++;
			hk_vec_push(&site->shares, share);
			memmove(site->shares.v + at + 1, site->shares.v + at, (site->shares.n - 1 - at) * sizeof *site->shares.v);
			site->shares.v[at] = share;
		}
	}
	c->stale.n = before;
}

/* A solver that fails has found no place: this is only a try. */
static bool try_alone(struct hk_construct *c, struct rest *rest, uint32_t block, bool any)
{
	const struct hk_solve_options *wanted = c->search->options;
	struct hk_solve_options options = { .gap = fmax(c->tolerance, 1e-6), .node_limit = any ? NODES_ANY : NODES_ALONE, .memory_limit = wanted->memory_limit,
					    .interrupt = wanted->interrupt };
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_solution solution;
	bool placed;

	if (isfinite(c->search->deadline))
		options.time_limit = fmax(1e-3, c->search->deadline + c->search->grace - hk_glpk_clock());
	if ((any ? hk_solve_any : hk_solve_alone)(&rest->problem, &options, &solution, &ignored) != 0)
		return false;
	hk_construct_count(c, &block, 1, solution.tree_nodes);
	placed = solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE;
	if (placed)
		move_in(c, rest, block, &solution);
	hk_solution_release(&solution);
	return placed;
}

bool hk_construct_alone(struct hk_construct *c, uint32_t block)
{
	struct rest rest;
	bool placed;

	open_rest(&rest, c, block);
	placed = try_alone(c, &rest, block, false) || try_alone(c, &rest, block, true);
	hk_arena_release(&rest.arena);
	return placed;
}
