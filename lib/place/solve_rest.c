/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/solve_rest.h"

#include "place/milp_form.h"
#include "place/options.h"
#include "place/route.h"

#include <math.h>
#include <string.h>

struct builder { const struct hk_problem *problem; const struct hk_rest_others *others; };

static void load_node(const struct builder *b, const struct hk_node_share *share, double *used)
{
	const double *request = b->problem->blocks[share->block].workloads[share->workload].request;

	for (size_t i = 0; i < b->problem->model->n_resources; i++)
		used[i] += share->replicas * request[i];
}

/* One group for every node with replicas on it, and one for the nodes between. */
static void split_group(const struct builder *b, struct hk_rest *rest, uint32_t cluster, uint32_t group, struct hk_cluster *into)
{
	const struct hk_node_group *from = &b->problem->model->clusters[cluster].nodes[group];
	size_t resources = rest->model.n_resources;
	double **used = hk_arena_array(&rest->arena, (size_t)from->count + 1, sizeof *used);

	for (size_t i = 0; i < b->others->n_shares; i++) {
		const struct hk_node_share *share = &b->others->shares[i];

		if (share->cluster != cluster || share->group != group)
			continue;
		if (!used[share->node]) {
			used[share->node] = hk_arena_array(&rest->arena, resources + 1, sizeof(double));
			for (size_t k = 0; from->used && k < resources; k++)
				used[share->node][k] = from->used[k];
		}
		load_node(b, share, used[share->node]);
	}
	for (uint32_t node = 0; node < from->count;) {
		uint32_t end = node + 1;

		while (!used[node] && end < from->count && !used[end])
			end++;
		rest->origins[cluster][into->n_nodes] = (struct hk_rest_origin){ group, node };
		into->nodes[into->n_nodes] = *from;
		into->nodes[into->n_nodes].count = end - node;
		if (used[node])
			into->nodes[into->n_nodes].used = used[node];
		into->n_nodes++;
		node = end;
	}
}

static void clusters(const struct builder *b, struct hk_rest *rest)
{
	const struct hk_model *model = b->problem->model;
	size_t *shares = hk_arena_array(&rest->arena, model->n_clusters + 1, sizeof *shares);

	rest->model.clusters = hk_arena_array(&rest->arena, model->n_clusters + 1, sizeof *rest->model.clusters);
	rest->origins = hk_arena_array(&rest->arena, model->n_clusters + 1, sizeof *rest->origins);
	for (size_t i = 0; i < b->others->n_shares; i++)
		shares[b->others->shares[i].cluster]++;
	for (uint32_t c = 0; c < model->n_clusters; c++) {
		struct hk_cluster *cluster = &rest->model.clusters[c];
		size_t room = 2 * shares[c] + model->clusters[c].n_nodes + 1;

		*cluster = model->clusters[c];
		rest->origins[c] = hk_arena_array(&rest->arena, room, sizeof *rest->origins[c]);
		for (uint32_t g = 0; g < cluster->n_nodes; g++)
			rest->origins[c][g] = (struct hk_rest_origin){ g, 0 };
		if (shares[c] == 0)
			continue;
		cluster->nodes = hk_arena_array(&rest->arena, room, sizeof *cluster->nodes);
		cluster->n_nodes = 0;
		for (uint32_t g = 0; g < model->clusters[c].n_nodes; g++)
			split_group(b, rest, c, g, cluster);
	}
}

static void capacity(const struct builder *b, struct hk_rest *rest)
{
	const struct hk_problem *problem = b->problem;
	size_t n = problem->model->n_clusters * problem->model->n_resources;

	rest->problem.capacity = hk_arena_array(&rest->arena, n + 1, sizeof(double));
	if (n > 0)
		memcpy(rest->problem.capacity, problem->capacity, n * sizeof(double));
	for (size_t i = 0; i < b->others->n_shares; i++) {
		const struct hk_node_share *share = &b->others->shares[i];
		const double *request = problem->blocks[share->block].workloads[share->workload].request;

		for (size_t k = 0; k < problem->model->n_resources; k++) {
			double *left = &rest->problem.capacity[share->cluster * problem->model->n_resources + k];

			*left = fmax(0, *left - share->replicas * request[k]);
		}
	}
}

/* What is bought for the others is there for this one: bandwidth that is left over, and lower latencies for nothing. */
static void options(const struct builder *b, struct hk_rest *rest)
{
	const struct hk_problem *problem = b->problem;
	double *bought;

	rest->problem.needs = problem->needs;
	rest->problem.n_needs = problem->n_needs;
	if (problem->n_options == 0)
		return;
	bought = hk_arena_array(&rest->arena, problem->n_options, sizeof *bought);
	hk_options_needed(problem, b->others->blocks, b->others->placed, bought);
	rest->problem.n_options = problem->n_options;
	rest->problem.link_options = problem->link_options;
	rest->problem.options = hk_arena_array(&rest->arena, problem->n_options, sizeof *rest->problem.options);
	memcpy(rest->problem.options, problem->options, problem->n_options * sizeof *problem->options);
	for (uint32_t o = 0; o < problem->n_options; o++) {
		struct hk_option *option = &rest->problem.options[o];

		switch (option->kind) {
		case HK_OPTION_BANDWIDTH:
			rest->model.links[option->link].bandwidth += bought[o];
			option->amount = fmax(0, option->amount - bought[o]);
			break;
		case HK_OPTION_LATENCY:
			option->price = bought[o] > 0 ? 0 : option->price;
			break;
		case HK_OPTION_REACH:
			option->amount = fmax(0, option->amount - bought[hk_option_of(problem, option->link, HK_OPTION_BANDWIDTH)]);
			break;
		}
	}
}

static void links(const struct builder *b, struct hk_rest *rest)
{
	const struct hk_problem *problem = b->problem;
	const struct hk_model *model = problem->model;
	struct hk_crossings crossings = { 0 };

	rest->model.links = hk_arena_array(&rest->arena, model->n_links + 1, sizeof *rest->model.links);
	if (model->n_links > 0)
		memcpy(rest->model.links, model->links, model->n_links * sizeof *model->links);
	options(b, rest);
	for (uint32_t i = 0; i < problem->n_blocks; i++)
		for (uint32_t e = 0; b->others->placed[i] && e < problem->blocks[i].n_edges; e++)
			for (uint32_t a = 0; a < problem->blocks[i].edges[e].n_arcs; a++) {
				const struct hk_edge *edge = &problem->blocks[i].edges[e];
				double flow = b->others->blocks[i].flow[e][a];

				if (!(flow > 0))
					continue;
				hk_route_crossings(problem->routes, hk_edge_from_cluster(&problem->blocks[i], edge, &edge->arcs[a]),
						   hk_edge_to_cluster(&problem->blocks[i], edge, &edge->arcs[a]), &crossings);
				for (size_t k = 0; k < crossings.n; k++) {
					double *left = &rest->model.links[crossings.v[k].link].bandwidth;

					*left = fmax(0, *left - 8 * edge->size * edge->rate * flow * crossings.v[k].part);
				}
			}
	hk_vec_release(&crossings);
}

void hk_rest_open(struct hk_rest *rest, const struct hk_problem *problem, uint32_t block, const struct hk_rest_others *others)
{
	const struct builder b = { problem, others };

	*rest = (struct hk_rest){ .model = *problem->model };
	rest->problem = (struct hk_problem){ .model = &rest->model, .routes = problem->routes, .blocks = &problem->blocks[block], .n_blocks = 1 };
	clusters(&b, rest);
	capacity(&b, rest);
	links(&b, rest);
}

struct hk_node_share hk_rest_share(const struct hk_rest *rest, uint32_t block, struct hk_node_share share)
{
	struct hk_rest_origin origin = rest->origins[share.cluster][share.group];

	share.block = block;
	share.group = origin.group;
	share.node += origin.node;
	return share;
}

void hk_rest_close(struct hk_rest *rest)
{
	hk_arena_release(&rest->arena);
}
