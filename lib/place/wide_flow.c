/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cheapest flow at given prices: against the direction of the messages for the costs, along it for the shares. Exact, O(arcs). */
#include "place/wide_internal.h"

#include <math.h>

/* What a message of the edge pays when it has arrived: its slot's price, and its share of all that the load causes from there on. */
static void arrival_costs(const struct hk_wide *wide, const struct wide_block *block, const struct wide_edge *edge, double *cost)
{
	const double *onward = edge->to == HK_NO_INDEX ? NULL : block->workloads[edge->to].onward;

	for (uint32_t t = 0; t < edge->n_to; t++)
		cost[t] = onward ? wide->price[edge->slot + t] + edge->share * onward[t] : 0;
}

static double least_dense(const double *restrict cost, const double *restrict arrival, uint32_t n)
{
	double least[4] = { INFINITY, INFINITY, INFINITY, INFINITY };
	uint32_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (uint32_t k = 0; k < 4; k++) {
			double value = cost[i + k] + arrival[i + k];

			least[k] = value < least[k] ? value : least[k];
		}
	for (; i < n; i++)
		least[0] = fmin(least[0], cost[i] + arrival[i]);
	return fmin(fmin(least[0], least[1]), fmin(least[2], least[3]));
}

static void least_of_edge(const struct wide_edge *edge, const double *arrival)
{
	for (uint32_t i = 0; i < edge->n_from; i++) {
		double least = INFINITY;

		if (edge->dense) {
			edge->least[i] = least_dense(edge->cost + edge->start[i], arrival, edge->n_to);
			continue;
		}
		for (uint32_t a = edge->start[i]; a < edge->start[i + 1]; a++)
			least = fmin(least, edge->cost[a] + arrival[edge->target[a]]);
		/* an origin without an arc takes no load: what the form says with an empty sum, a high price says here */
		edge->least[i] = edge->start[i] == edge->start[i + 1] ? 1e9 : least;
	}
}

uint32_t hk_wide_flow_arc(const struct hk_wide *wide, const struct wide_block *block, const struct wide_edge *edge, uint32_t origin)
{
	const double *onward = edge->to == HK_NO_INDEX ? NULL : block->workloads[edge->to].onward;
	uint32_t best = edge->start[origin];
	double least = INFINITY;

	for (uint32_t a = edge->start[origin]; a < edge->start[origin + 1]; a++) {
		uint32_t t = edge->target[a];
		double value = edge->cost[a] + (onward ? wide->price[edge->slot + t] + edge->share * onward[t] : 0);

		if (value < least) {
			least = value;
			best = a;
		}
	}
	return best;
}

static void walk_back(struct hk_wide *wide, struct wide_block *block, double *arrival)
{
	for (uint32_t i = block->n_workloads; i-- > 0;) {
		struct wide_workload *w = &block->workloads[block->order[i]];

		for (uint32_t c = 0; c < w->n; c++)
			w->onward[c] = w->load[c];
		for (uint32_t k = 0; k < w->n_outputs; k++) {
			struct wide_edge *edge = &block->edges[w->outputs[k]];

			arrival_costs(wide, block, edge, arrival);
			least_of_edge(edge, arrival);
			for (uint32_t c = 0; c < w->n; c++)
				w->onward[c] += edge->least[c];
		}
	}
	block->flow_value = block->from->fixed_cost;
	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].from == HK_NO_INDEX) {
			arrival_costs(wide, block, &block->edges[e], arrival);
			least_of_edge(&block->edges[e], arrival);
			block->flow_value += block->edges[e].least[0];
		}
}

static void send(struct hk_wide *wide, const struct wide_block *block, const struct wide_edge *edge, uint32_t origin, double amount, double *load)
{
	uint32_t to;

	if (edge->to == HK_NO_INDEX)
		return;
	to = edge->target[hk_wide_flow_arc(wide, block, edge, origin)];
	wide->flow[edge->slot + to] += amount;
	load[block->workloads[edge->to].count - block->workloads[0].count + to] += amount * edge->share;
}

void hk_wide_flow(struct hk_wide *wide, struct wide_block *block)
{
	uint32_t widest = 1, counts = 0;
	double *arrival, *load;

	for (uint32_t e = 0; e < block->n_edges; e++) {
		widest = block->edges[e].n_to > widest ? block->edges[e].n_to : widest;
		if (block->edges[e].to != HK_NO_INDEX)
			for (uint32_t t = 0; t < block->edges[e].n_to; t++)
				wide->flow[block->edges[e].slot + t] = 0;
	}
	for (uint32_t w = 0; w < block->n_workloads; w++)
		counts += block->workloads[w].n;
	arrival = hk_calloc(widest, sizeof *arrival);
	load = hk_calloc((size_t)counts + 1, sizeof *load);
	walk_back(wide, block, arrival);
	for (uint32_t e = 0; e < block->n_edges; e++)
		if (block->edges[e].from == HK_NO_INDEX)
			send(wide, block, &block->edges[e], 0, 1, load);
	for (uint32_t i = 0; i < block->n_workloads; i++) {
		const struct wide_workload *w = &block->workloads[block->order[i]];

		for (uint32_t c = 0; c < w->n; c++)
			for (uint32_t k = 0; load[w->count - block->workloads[0].count + c] > 0 && k < w->n_outputs; k++)
				send(wide, block, &block->edges[w->outputs[k]], c, load[w->count - block->workloads[0].count + c], load);
	}
	hk_cleanup_free(&arrival);
	hk_cleanup_free(&load);
}
