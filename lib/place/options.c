/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/options.h"

#include "place/lateness.h"
#include "place/milp_form.h"
#include "place/route.h"

#include <math.h>

static double whole_nanoseconds(double seconds)
{
	return round(seconds * 1e9);
}

static struct hk_option bandwidth_option(const struct hk_link *link, uint32_t index)
{
	struct hk_option option = { .kind = HK_OPTION_BANDWIDTH, .link = index, .step = link->bandwidth_step, .price = link->bandwidth_price };
	double most = link->bandwidth_max - link->bandwidth;

	option.amount = option.step > 0 ? option.step * floor(most / option.step * (1 + 1e-9)) : most;
	return option;
}

static struct hk_option latency_option(const struct hk_link *link, uint32_t index)
{
	double saved = (whole_nanoseconds(link->latency) - whole_nanoseconds(link->latency_min)) / 1e9;

	return (struct hk_option){ .kind = HK_OPTION_LATENCY, .link = index, .amount = saved,
				   .price = link->latency_price * (link->latency - link->latency_min) };
}

static void add_option(struct hk_problem *problem, struct hk_option option)
{
	if (!(option.amount > 0) || isinf(option.amount))
		return;
	problem->link_options[2 * option.link + (option.kind == HK_OPTION_LATENCY)] = problem->n_options;
	problem->options[problem->n_options++] = option;
}

void hk_options_build(struct hk_problem *problem)
{
	const struct hk_model *model = problem->model;
	bool any = false;

	problem->needs = hk_arena_array(&problem->arena, 1, sizeof *problem->needs);
	problem->n_needs = 1;
	for (uint32_t l = 0; l < model->n_links; l++)
		any = any || model->links[l].adjustable_bandwidth || model->links[l].adjustable_latency;
	if (!any)
		return;
	problem->options = hk_arena_array(&problem->arena, 2 * model->n_links, sizeof *problem->options);
	problem->link_options = hk_arena_array(&problem->arena, 2 * model->n_links, sizeof *problem->link_options);
	for (uint32_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];

		problem->link_options[2 * l] = problem->link_options[2 * l + 1] = HK_NO_INDEX;
		if (link->adjustable_bandwidth)
			add_option(problem, bandwidth_option(link, l));
		if (link->adjustable_latency)
			add_option(problem, latency_option(link, l));
	}
}

uint32_t hk_option_of(const struct hk_problem *problem, uint32_t link, enum hk_option_kind kind)
{
	return problem->link_options ? problem->link_options[2 * link + (kind == HK_OPTION_LATENCY)] : HK_NO_INDEX;
}

double hk_option_bandwidth_most(const struct hk_problem *problem, uint32_t link)
{
	uint32_t option = hk_option_of(problem, link, HK_OPTION_BANDWIDTH);

	return problem->model->links[link].bandwidth + (option != HK_NO_INDEX ? problem->options[option].amount : 0);
}

/* Seconds that come off the slowest of the routes. */
static double most_saved(const struct hk_problem *problem, const struct hk_crossings *crossings, uint32_t from)
{
	double *weights, given, sum = 0;
	bool one = true;

	for (size_t i = 0; i < crossings->n; i++) {
		uint32_t option = hk_option_of(problem, crossings->v[i].link, HK_OPTION_LATENCY);

		sum += option != HK_NO_INDEX ? problem->options[option].amount : 0;
		one = one && crossings->v[i].part >= 1;
	}
	if (one || !(sum > 0))
		return sum;
	weights = hk_calloc(crossings->n + 1, sizeof *weights);
	for (size_t i = 0; i < crossings->n; i++)
		weights[i] = whole_nanoseconds(problem->model->links[crossings->v[i].link].latency) / 1e9;
	given = hk_crossings_longest(problem->model, crossings, from, weights);
	for (size_t i = 0; i < crossings->n; i++) {
		uint32_t option = hk_option_of(problem, crossings->v[i].link, HK_OPTION_LATENCY);

		weights[i] -= option != HK_NO_INDEX ? problem->options[option].amount : 0;
	}
	given -= hk_crossings_longest(problem->model, crossings, from, weights);
	hk_cleanup_free(&weights);
	return given;
}

struct hk_hop hk_options_best_hop(const struct hk_problem *problem, uint32_t from, uint32_t from_site, uint32_t to, uint32_t to_site)
{
	struct hk_hop hop = hk_route_hop(problem, from, from_site, to, to_site);
	const struct hk_model *model = problem->model;
	struct hk_crossings crossings = { 0 };
	double access = (from_site != HK_NO_INDEX ? model->sites[from_site].latency : 0) + (to_site != HK_NO_INDEX ? model->sites[to_site].latency : 0);

	if (!problem->link_options || !hop.reachable)
		return hop;
	hk_route_crossings(problem->routes, from, to, &crossings);
	hop.latency = fmax(access, hop.latency - most_saved(problem, &crossings, from));
	if (!hk_route_measured_bandwidth(model, from, to)) {
		hop.bandwidth = from_site != HK_NO_INDEX ? model->sites[from_site].bandwidth : INFINITY;
		hop.bandwidth = fmin(hop.bandwidth, to_site != HK_NO_INDEX ? model->sites[to_site].bandwidth : INFINITY);
		for (size_t i = 0; i < crossings.n; i++)
			hop.bandwidth = fmin(hop.bandwidth, hk_option_bandwidth_most(problem, crossings.v[i].link));
	}
	hk_vec_release(&crossings);
	return hop;
}

double hk_option_round(const struct hk_option *option, double amount)
{
	if (!(option->step > 0))
		return fmax(0, amount);
	return option->step * fmax(0, ceil(amount / option->step - 1e-9 * fmax(1, fabs(amount / option->step))));
}

bool hk_needs_met(const struct hk_problem *problem, uint32_t needs, const double *bought)
{
	for (uint32_t i = 0; i < problem->needs[needs].n; i++)
		if (!(bought[problem->needs[needs].options[i]] > 0))
			return false;
	return true;
}

void hk_options_of_arc(const struct hk_problem *problem, const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc, bool *useful)
{
	const struct hk_needs *needs = &problem->needs[arc->needs];
	struct hk_crossings crossings = { 0 };

	for (uint32_t i = 0; i < needs->n; i++)
		useful[needs->options[i]] = true;
	hk_route_crossings(problem->routes, hk_edge_from_cluster(block, edge, arc), hk_edge_to_cluster(block, edge, arc), &crossings);
	for (size_t i = 0; i < crossings.n; i++) {
		uint32_t option = hk_option_of(problem, crossings.v[i].link, HK_OPTION_BANDWIDTH);

		if (option != HK_NO_INDEX && (edge->rate * edge->size > 0 || needs->n > 0))
			useful[option] = true;
	}
	hk_vec_release(&crossings);
}

/* What the arcs in use of one block ask for, and its traffic on links that offer bandwidth. */
static void add_block(const struct hk_problem *problem, uint32_t block, const struct hk_block_solution *solution, double *used, double *bought)
{
	const struct hk_block *b = &problem->blocks[block];
	struct hk_crossings crossings = { 0 };

	for (uint32_t e = 0; e < b->n_edges; e++)
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++) {
			const struct hk_edge *edge = &b->edges[e];
			const struct hk_arc *arc = &edge->arcs[a];
			const struct hk_needs *needs = &problem->needs[arc->needs];

			if (!(solution->flow[e][a] > 0))
				continue;
			for (uint32_t i = 0; i < needs->n; i++)
				bought[needs->options[i]] = 1;
			hk_route_crossings(problem->routes, hk_edge_from_cluster(b, edge, arc), hk_edge_to_cluster(b, edge, arc), &crossings);
			for (size_t i = 0; i < crossings.n; i++)
				used[crossings.v[i].link] += 8 * edge->size * edge->rate * solution->flow[e][a] * crossings.v[i].part;
		}
	hk_vec_release(&crossings);
}

void hk_options_needed(const struct hk_problem *problem, const struct hk_block_solution *blocks, const bool *include, double *bought)
{
	double *used = hk_calloc(problem->model->n_links + 1, sizeof *used);

	for (uint32_t o = 0; o < problem->n_options; o++)
		bought[o] = 0;
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		if (!include || include[b])
			add_block(problem, b, &blocks[b], used, bought);
	for (uint32_t o = 0; o < problem->n_options; o++) {
		const struct hk_option *option = &problem->options[o];

		if (option->kind == HK_OPTION_BANDWIDTH) {
			double given = problem->model->links[option->link].bandwidth, missing = used[option->link] - given * (1 + 1e-9);

			bought[o] = missing > 0 ? hk_option_round(option, used[option->link] - given) : 0;
			/* shares are sums of rounded numbers: what exceeds the offer by no more than that is not asked for */
			if (bought[o] > option->amount && bought[o] - option->amount <= 1e-8 * (given + option->amount))
				bought[o] = option->amount;
		} else if (option->kind == HK_OPTION_REACH && bought[o] > 0) {
			double *all = &bought[hk_option_of(problem, option->link, HK_OPTION_BANDWIDTH)];

			*all = fmax(*all, option->amount);
		}
	}
	for (uint32_t o = 0; o < problem->n_options; o++)
		if (problem->options[o].kind == HK_OPTION_REACH)
			bought[o] = bought[hk_option_of(problem, problem->options[o].link, HK_OPTION_BANDWIDTH)] >= problem->options[o].amount * (1 - 1e-9);
	hk_cleanup_free(&used);
}

double hk_options_cost(const struct hk_problem *problem, const double *bought)
{
	double sum = 0;

	for (uint32_t o = 0; o < problem->n_options; o++)
		sum += problem->options[o].price * bought[o];
	return sum;
}

/* Arcs first..last-1 join the same clusters; the sets that can be met are closed under union, so the last one that is met is the best. */
static double settle_pair(const struct hk_problem *problem, const struct hk_edge *edge, uint32_t first, uint32_t last, double *flow, const double *bought)
{
	double saved = 0, sum = 0;
	uint32_t best = HK_NO_INDEX;

	for (uint32_t a = first; a < last; a++)
		best = hk_needs_met(problem, edge->arcs[a].needs, bought) ? a : best;
	for (uint32_t a = first; best != HK_NO_INDEX && a < last; a++) {
		saved += flow[a] * (edge->arcs[a].cost - edge->arcs[best].cost);
		sum += flow[a];
		flow[a] = 0;
	}
	if (best != HK_NO_INDEX)
		flow[best] = sum;
	return saved;
}

double hk_options_settle(const struct hk_problem *problem, struct hk_block_solution *blocks, const double *bought)
{
	double saved = 0;

	for (uint32_t b = 0; problem->n_options > 0 && b < problem->n_blocks; b++) {
		const struct hk_block *block = &problem->blocks[b];

		saved += hk_late_paths(problem, b, &blocks[b]);
		for (uint32_t e = 0; e < block->n_edges; e++) {
			const struct hk_edge *edge = &block->edges[e];

			for (uint32_t first = 0, last; first < edge->n_arcs; first = last) {
				for (last = first + 1; last < edge->n_arcs && edge->arcs[last].from == edge->arcs[first].from &&
				     edge->arcs[last].to == edge->arcs[first].to;)
					last++;
				if (last - first > 1)
					saved += settle_pair(problem, edge, first, last, blocks[b].flow[e], bought);
			}
		}
		saved -= hk_late_paths(problem, b, &blocks[b]);
	}
	return saved;
}
