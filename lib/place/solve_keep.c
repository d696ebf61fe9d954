/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best plan so far. */
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

void hk_search_keep(struct hk_search *search, double objective, const struct hk_block_solution *blocks, const struct hk_node_share *shares, size_t n_shares)
{
	const struct hk_problem *problem = search->problem;
	struct hk_kept *best = &search->best;

	if (best->any && best->objective <= objective)
		return;
	hk_arena_reset(&best->arena);
	best->any = true;
	best->objective = objective;
	best->blocks = hk_arena_array(&best->arena, (size_t)problem->n_blocks + 1, sizeof *best->blocks);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		hk_block_solution_init(&best->blocks[b], &problem->blocks[b], &best->arena);
		hk_block_solution_copy(&best->blocks[b], &blocks[b], &problem->blocks[b]);
	}
	best->shares = hk_arena_array(&best->arena, n_shares + 1, sizeof *best->shares);
	best->n_shares = n_shares;
	if (n_shares > 0)
		memcpy(best->shares, shares, n_shares * sizeof *best->shares);
}
