/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups with pipelines that are too wide for a model of their own. */
#include "place/solve_internal.h"

#include <math.h>

static bool meets(void *closure, uint32_t block, uint32_t workload, uint32_t *replicas, const uint32_t *most, uint32_t *least)
{
	return hk_search_meets(closure, block, workload, replicas, most, most, least);
}

static struct hk_wide_engine *engine_of(struct hk_search *search, struct hk_group *group)
{
	struct hk_wide_limits limits = { .gap = search->options->gap, .cutoff = INFINITY, .any = search->any, .check = { search, search->any ? NULL : meets },
					 .deadline = search->deadline,
					 .memory = search->options->memory_limit, .interrupt = search->options->interrupt,
					 .progress = search->options->progress,
					 .closure = search->options->closure };

	if (group->wide && hk_wide_members(group->wide) == group->n_members)
		return group->wide;
	hk_wide_close(group->wide);
	group->wide = hk_wide_open(search->problem, group->members, group->n_members, &limits);
	return group->wide;
}

int hk_search_wide(struct hk_search *search, struct hk_group *group, struct hk_err *err)
{
	struct hk_wide_result result;

	if (hk_wide_answer(engine_of(search, group), &search->cuts, &result, search->blocks, err) != 0)
		return -1;
	group->status = result.status;
	group->objective = result.objective;
	group->bound = search->any && result.status != HK_GLPK_INFEASIBLE ? -INFINITY : result.bound;
	group->solved = true;
	search->nodes += result.nodes;
	search->nodes_left -= result.nodes < search->nodes_left ? result.nodes : search->nodes_left;
	search->iterations += result.iterations;
	search->hit_limit = search->hit_limit || result.hit_limit;
	search->interrupted = search->interrupted || result.interrupted;
	return 0;
}

bool hk_search_wide_again(struct hk_search *search)
{
	bool again = false;

	for (uint32_t g = 0; g < search->n_groups; g++) {
		struct hk_group *group = &search->groups[g];

		if (group->empty || !group->wide || !hk_wide_more(group->wide))
			continue;
		group->solved = false;
		again = true;
	}
	return again;
}

static size_t arcs_of(const struct hk_block *block)
{
	size_t arcs = 0;

	for (uint32_t e = 0; e < block->n_edges; e++)
		arcs += block->edges[e].n_arcs;
	return arcs;
}

bool hk_wide_prevails(const struct hk_problem *problem)
{
	size_t wide = 0, all = 0;

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		size_t arcs = arcs_of(&problem->blocks[b]);

		all += arcs;
		wide += hk_wide_needed(problem, &b, 1) ? arcs : 0;
	}
	return wide > all / 2;
}

void hk_search_wide_together(struct hk_search *search)
{
	for (uint32_t b = 1; hk_wide_prevails(search->problem) && b < search->problem->n_blocks; b++)
		hk_search_merge(search, 0, b);
}
