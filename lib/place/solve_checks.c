/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of groups and shares cannot see: availability, and groups that together want more than there is. */
#include "place/milp_form.h"
#include "place/options.h"
#include "place/route.h"
#include "place/solve_internal.h"

#include <math.h>

size_t hk_search_availability(struct hk_search *search)
{
	size_t missed = 0;

	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			size_t added = 0;

			missed += hk_search_cut_target(search, b, w, search->blocks[b].replicas[w], true, &added);
		}
	return missed;
}

static void move_members(struct hk_search *search, struct hk_group *into, struct hk_group *from)
{
	uint32_t *members = hk_arena_array(&search->arena, (size_t)into->n_members + from->n_members, sizeof *members), n = 0;

	for (uint32_t i = 0, k = 0; i < into->n_members || k < from->n_members;) {
		if (k == from->n_members || (i < into->n_members && into->members[i] < from->members[k]))
			members[n++] = into->members[i++];
		else
			members[n++] = from->members[k++];
	}
	into->members = members;
	into->n_members = n;
	into->solved = false;
	from->n_members = 0;
	from->empty = true;
	for (uint32_t i = 0; i < n; i++)
		search->group_of[members[i]] = (uint32_t)(into - search->groups);
}

void hk_search_merge(struct hk_search *search, uint32_t block_a, uint32_t block_b)
{
	uint32_t a = search->group_of[block_a], b = search->group_of[block_b];

	if (a != b)
		move_members(search, &search->groups[a < b ? a : b], &search->groups[a < b ? b : a]);
}

void hk_search_touch(struct hk_search *search, size_t clauses, size_t linear)
{
	for (size_t i = clauses; i < search->cuts.clauses.n; i++) {
		/* nothing can satisfy an empty clause: every group has to notice, or the search would end without an answer */
		for (uint32_t g = 0; search->cuts.clauses.v[i].n == 0 && g < search->n_groups; g++)
			search->groups[g].solved = false;
		for (size_t k = 0; k < search->cuts.clauses.v[i].n; k++)
			search->groups[search->group_of[search->cuts.clauses.v[i].literals[k].count.block]].solved = false;
	}
	for (size_t i = linear; i < search->cuts.linear.n; i++)
		for (size_t k = 0; k < search->cuts.linear.v[i].n; k++) {
			struct hk_count count = search->cuts.linear.v[i].counts[k];

			/* rows of whole clusters name everybody; only those with replicas there can be at fault */
			if (search->cuts.linear.v[i].values[k] > 0 || search->blocks[count.block].replicas[count.workload][count.candidate] > 0)
				search->groups[search->group_of[count.block]].solved = false;
		}
}

/* Blocks that use one resource, and how much they use together. */
struct users { uint32_t first, last; double amount; bool several; };

static void add_user(struct users *users, const struct hk_search *search, uint32_t block, double amount)
{
	if (amount <= 0)
		return;
	if (users->amount > 0 && search->group_of[users->last] != search->group_of[block])
		users->several = true;
	if (users->amount == 0)
		users->first = block;
	users->last = block;
	users->amount += amount;
}

static double cluster_use(const struct hk_search *search, uint32_t block, uint32_t cluster, size_t resource)
{
	const struct hk_block *b = &search->problem->blocks[block];
	double sum = 0;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		const struct hk_place_workload *placed = &b->workloads[w];

		for (uint32_t c = 0; c < placed->n_candidates; c++)
			if (placed->candidates[c].cluster == cluster)
				sum += search->blocks[block].replicas[w][c] * placed->request[resource];
	}
	return sum;
}

/* use: per block, of one capacity. Merge every group that takes part when it is too much. */
static size_t merge_users(struct hk_search *search, const double *use, double capacity)
{
	struct users users = { 0 };

	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		add_user(&users, search, b, use[b]);
	if (!users.several || users.amount <= capacity * (1 + 1e-9))
		return 0;
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		if (use[b] > 0)
			hk_search_merge(search, users.first, b);
	return 1;
}

static size_t check_clusters(struct hk_search *search, double *use)
{
	const struct hk_model *model = search->problem->model;
	size_t merged = 0;

	for (uint32_t cluster = 0; cluster < model->n_clusters; cluster++)
		for (size_t resource = 0; resource < model->n_resources; resource++) {
			double capacity = search->problem->capacity[cluster * model->n_resources + resource];

			if (isinf(capacity))
				continue;
			for (uint32_t b = 0; b < search->problem->n_blocks; b++)
				use[b] = cluster_use(search, b, cluster, resource);
			merged += merge_users(search, use, capacity);
		}
	return merged;
}

/* Per link and block, bit/s. */
static double *link_use(const struct hk_search *search)
{
	const struct hk_problem *problem = search->problem;
	const struct hk_model *model = problem->model;
	double *use = hk_calloc(model->n_links * problem->n_blocks + 1, sizeof *use);
	struct hk_crossings crossings = { 0 };

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t e = 0; e < problem->blocks[b].n_edges; e++) {
			const struct hk_edge *edge = &problem->blocks[b].edges[e];

			for (uint32_t a = 0; a < edge->n_arcs; a++) {
				if (!(search->blocks[b].flow[e][a] > 0))
					continue;
				hk_route_crossings(problem->routes, hk_edge_from_cluster(&problem->blocks[b], edge, &edge->arcs[a]),
						   hk_edge_to_cluster(&problem->blocks[b], edge, &edge->arcs[a]),
						   &crossings);
				for (size_t i = 0; i < crossings.n; i++)
					use[(size_t)crossings.v[i].link * problem->n_blocks + b] += 8 * edge->size * edge->rate * search->blocks[b].flow[e][a] *
										       crossings.v[i].part;
			}
		}
	hk_vec_release(&crossings);
	return use;
}

size_t hk_search_coupling(struct hk_search *search)
{
	const struct hk_model *model = search->problem->model;
	double *use = hk_calloc((size_t)search->problem->n_blocks + 1, sizeof *use), *links;
	size_t merged = check_clusters(search, use);

	hk_cleanup_free(&use);
	links = link_use(search);
	for (uint32_t link = 0; link < model->n_links; link++)
		if (isfinite(model->links[link].bandwidth))
			merged += merge_users(search, links + (size_t)link * search->problem->n_blocks, hk_option_bandwidth_most(search->problem, link));
	hk_cleanup_free(&links);
	return merged;
}
