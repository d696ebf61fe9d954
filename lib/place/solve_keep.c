/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best plan so far. */
#include "place/options.h"
#include "place/solve_internal.h"

#include <string.h>

void hk_block_solution_copy(struct hk_block_solution *to, const struct hk_block_solution *from, const struct hk_block *block)
{
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		memcpy(to->replicas[w], from->replicas[w], block->workloads[w].n_candidates * sizeof *to->replicas[w]);
		memcpy(to->load[w], from->load[w], block->workloads[w].n_candidates * sizeof *to->load[w]);
	}
	for (uint32_t e = 0; e < block->n_edges; e++)
		memcpy(to->flow[e], from->flow[e], block->edges[e].n_arcs * sizeof *to->flow[e]);
}

static struct hk_block_solution *copy_blocks(const struct hk_problem *problem, const struct hk_block_solution *blocks, struct hk_arena *arena)
{
	struct hk_block_solution *copy = hk_arena_array(arena, (size_t)problem->n_blocks + 1, sizeof *copy);

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		hk_block_solution_init(&copy[b], &problem->blocks[b], arena);
		hk_block_solution_copy(&copy[b], &blocks[b], &problem->blocks[b]);
	}
	return copy;
}

/* What one buys from the network all can use. */
static double settle_options(const struct hk_problem *problem, struct hk_block_solution *blocks)
{
	double *bought = hk_calloc(problem->n_options, sizeof *bought), saved;

	hk_options_needed(problem, blocks, NULL, bought);
	saved = hk_options_settle(problem, blocks, bought);
	hk_cleanup_free(&bought);
	return saved;
}

void hk_search_keep(struct hk_search *search, double objective, const struct hk_block_solution *blocks, const struct hk_node_share *shares, size_t n_shares)
{
	const struct hk_problem *problem = search->problem;
	struct hk_kept *best = &search->best, next = { .any = true };

	if (problem->n_options == 0 && best->any && best->objective <= objective)
		return;
	next.blocks = copy_blocks(problem, blocks, &next.arena);
	next.objective = problem->n_options > 0 ? objective - settle_options(problem, next.blocks) : objective;
	if (best->any && best->objective <= next.objective) {
		hk_arena_release(&next.arena);
		return;
	}
	next.shares = hk_arena_array(&next.arena, n_shares + 1, sizeof *next.shares);
	next.n_shares = n_shares;
	if (n_shares > 0)
		memcpy(next.shares, shares, n_shares * sizeof *next.shares);
	hk_arena_release(&best->arena);
	*best = next;
}
