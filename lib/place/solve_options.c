/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups of pipelines that are solved apart, and network options they could share. With every group paying 1/k of the price of an option that k groups can use,
 * the sum of their optima is a lower bound of the whole (whatever is bought for all covers what each buys), and it is the optimum when all of them buy the
 * same. Where they do not agree, they become one group.
 */
#include "place/options.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

void hk_search_open_options(struct hk_search *search)
{
	const struct hk_problem *problem = search->problem;
	bool *useful = hk_calloc((size_t)problem->n_options + 1, sizeof *useful);

	search->option_users = problem->n_options > 0 ? hk_calloc(problem->n_options, sizeof *search->option_users) : NULL;
	for (uint32_t b = 0; problem->n_options > 0 && b < problem->n_blocks; b++) {
		const struct hk_block *block = &problem->blocks[b];

		memset(useful, 0, problem->n_options * sizeof *useful);
		for (uint32_t e = 0; e < block->n_edges; e++)
			for (uint32_t a = 0; a < block->edges[e].n_arcs; a++)
				hk_options_of_arc(problem, block, &block->edges[e], &block->edges[e].arcs[a], useful);
		for (uint32_t o = 0; o < problem->n_options; o++)
			if (useful[o])
				hk_vec_push(&search->option_users[o], b);
	}
	hk_cleanup_free(&useful);
}

void hk_search_close_options(struct hk_search *search)
{
	for (uint32_t o = 0; search->option_users && o < search->problem->n_options; o++)
		hk_vec_release(&search->option_users[o]);
	hk_cleanup_free(&search->option_users);
}

/* Blocks of a group are not neighbours: each group counts at its smallest block. */
static uint32_t count_groups(const struct hk_search *search, const struct hk_users *users)
{
	uint32_t n = 0;

	for (size_t i = 0; i < users->n; i++) {
		bool fresh = true;

		for (size_t k = 0; k < i && fresh; k++)
			fresh = search->group_of[users->v[k]] != search->group_of[users->v[i]];
		n += fresh;
	}
	return n;
}

static double share_of(const struct hk_search *search, uint32_t option)
{
	uint32_t n = count_groups(search, &search->option_users[option]);

	return n > 1 ? 1.0 / n : 1;
}

void hk_search_option_shares(const struct hk_search *search, struct hk_group *group)
{
	const struct hk_problem *problem = search->problem;

	if (problem->n_options == 0)
		return;
	if (!group->shares)
		group->shares = hk_arena_array((struct hk_arena *)&search->arena, problem->n_options, sizeof *group->shares);
	for (uint32_t o = 0; o < problem->n_options; o++)
		group->shares[o] = share_of(search, o);
}

/* What the group's own answer needs, per option. */
static void needed_by_group(const struct hk_search *search, const struct hk_group *group, bool *include, double *bought)
{
	memset(include, 0, search->problem->n_blocks * sizeof *include);
	for (uint32_t i = 0; i < group->n_members; i++)
		include[group->members[i]] = true;
	hk_options_needed(search->problem, search->blocks, include, bought);
}

/* Does somebody who could use what is bought pay less than a share of it? own: per group, what its answer needs of the option. */
static size_t agree(struct hk_search *search, uint32_t option, double bought, const double *own)
{
	const struct hk_users *users = &search->option_users[option];
	double share = share_of(search, option);
	bool same = true;
	size_t wrong = 0;

	/* one that was merged just now is looked at when it has an answer */
	for (size_t i = 0; i < users->n; i++)
		if (!search->groups[search->group_of[users->v[i]]].solved)
			return 0;
	for (size_t i = 0; i < users->n; i++)
		same = same && own[search->group_of[users->v[i]]] >= bought * (1 - 1e-9);
	for (size_t i = 1; !same && i < users->n; i++) {
		wrong += search->group_of[users->v[0]] != search->group_of[users->v[i]];
		hk_search_merge(search, users->v[0], users->v[i]);
	}
	/* solved when the price was shared with groups that are one by now */
	for (size_t i = 0; wrong == 0 && i < users->n; i++) {
		struct hk_group *group = &search->groups[search->group_of[users->v[i]]];

		if (group->shares[option] < share * (1 - 1e-9) && group->solved) {
			group->solved = false;
			wrong++;
		}
	}
	return wrong;
}

size_t hk_search_options(struct hk_search *search)
{
	const struct hk_problem *problem = search->problem;
	uint32_t n = problem->n_options;
	double *bought, *own, *of_group;
	bool *include;
	size_t wrong = 0;

	if (n == 0 || search->any)
		return 0;
	bought = hk_calloc(n, sizeof *bought);
	own = hk_calloc((size_t)n * search->n_groups + 1, sizeof *own);
	of_group = hk_calloc((size_t)search->n_groups + 1, sizeof *of_group);
	include = hk_calloc((size_t)problem->n_blocks + 1, sizeof *include);
	hk_options_needed(problem, search->blocks, NULL, bought);
	for (uint32_t g = 0; g < search->n_groups; g++)
		if (!search->groups[g].empty)
			needed_by_group(search, &search->groups[g], include, own + (size_t)g * n);
	for (uint32_t o = 0; o < n; o++) {
		if (!(bought[o] * problem->options[o].price > 0))
			continue;
		for (uint32_t g = 0; g < search->n_groups; g++)
			of_group[g] = own[(size_t)g * n + o];
		wrong += agree(search, o, bought[o], of_group);
	}
	hk_cleanup_free(&bought);
	hk_cleanup_free(&own);
	hk_cleanup_free(&of_group);
	hk_cleanup_free(&include);
	return wrong;
}

double hk_search_objective(const struct hk_search *search)
{
	const struct hk_problem *problem = search->problem;
	double sum = 0, *bought;

	for (uint32_t g = 0; g < search->n_groups; g++)
		if (!search->groups[g].empty)
			sum += search->groups[g].objective - (problem->n_options > 0 ? search->groups[g].paid : 0);
	if (problem->n_options == 0)
		return sum;
	bought = hk_calloc(problem->n_options, sizeof *bought);
	hk_options_needed(problem, search->blocks, NULL, bought);
	sum += hk_options_cost(problem, bought);
	hk_cleanup_free(&bought);
	return sum;
}
