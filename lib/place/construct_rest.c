/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pipeline exactly, node by node, in the world that the others leave. The last resort when counts that fit their clusters do not fit the nodes, or replicas
 * share too many of them. Only the clusters the pipeline may use are looked at.
 */
#include "place/construct_internal.h"

#include "place/solve_rest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_ALONE = 60, NODES_ANY = 400 };

/* What stands in the clusters the pipeline may use. */
static void neighbours(const struct hk_construct *c, uint32_t block, struct hk_shares *shares)
{
	const struct hk_block *b = &c->problem->blocks[block];
	bool *seen = hk_calloc(c->problem->model->n_clusters + 1, sizeof *seen);

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t k = 0; k < b->workloads[w].n_candidates; k++) {
			uint32_t cluster = b->workloads[w].candidates[k].cluster;

			for (size_t i = 0; !seen[cluster] && i < c->sites[cluster].shares.n; i++)
				hk_vec_push(shares, c->sites[cluster].shares.v[i]);
			seen[cluster] = true;
		}
	hk_cleanup_free(&seen);
}

/* The newcomer's replicas beside those that stand already. */
static void settle_share(struct hk_construct *c, struct hk_node_share share)
{
	struct hk_shares *shares = &c->sites[share.cluster].shares;
	size_t at = 0;

	while (at < shares->n && (shares->v[at].block < share.block || (shares->v[at].block == share.block && shares->v[at].workload <= share.workload)))
		at++;
	hk_vec_push(shares, share);
	memmove(shares->v + at + 1, shares->v + at, (shares->n - 1 - at) * sizeof *shares->v);
	shares->v[at] = share;
}

/* Its clusters are not stale after all: who stands there stays, and where the newcomer stands is known. */
static void move_in(struct hk_construct *c, const struct hk_rest *rest, uint32_t block, const struct hk_solution *solution)
{
	size_t before = c->stale.n;

	hk_construct_put(c, block, &solution->blocks[0], solution->objective);
	for (size_t i = before; i < c->stale.n; i++)
		c->sites[c->stale.v[i]].stale = false;
	c->stale.n = before;
	for (size_t i = 0; i < solution->n_nodes; i++)
		settle_share(c, hk_rest_share(rest, block, solution->nodes[i]));
}

/* A solver that fails has found no place: this is only a try. */
static bool try_alone(struct hk_construct *c, const struct hk_rest *rest, uint32_t block, bool any)
{
	const struct hk_solve_options *wanted = c->search->options;
	struct hk_solve_options options = { .gap = fmax(c->tolerance, 1e-6), .node_limit = any ? NODES_ANY : NODES_ALONE, .memory_limit = wanted->memory_limit,
					    .interrupt = wanted->interrupt };
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_solution solution = { 0 };
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
	struct hk_shares shares = { 0 };
	bool *placed = hk_calloc((size_t)c->problem->n_blocks + 1, sizeof *placed), done;
	struct hk_rest_others others = { .placed = placed };
	struct hk_rest rest;

	neighbours(c, block, &shares);
	others.shares = shares.v;
	others.n_shares = shares.n;
	hk_rest_open(&rest, c->problem, block, &others);
	/* what the others send is summed up already */
	for (size_t l = 0; l < c->problem->model->n_links; l++)
		if (c->row_of_link[l] != HK_NO_INDEX)
			rest.model.links[l].bandwidth = fmax(0, c->left[c->row_of_link[l]]);
	done = try_alone(c, &rest, block, false) || try_alone(c, &rest, block, true);
	hk_rest_close(&rest);
	hk_cleanup_free(&placed);
	hk_vec_release(&shares);
	return done;
}
