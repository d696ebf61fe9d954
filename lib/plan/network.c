/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan buys from the network, and for whom. */
#include "model/units.h"
#include "place/options.h"
#include "place/route.h"
#include "plan/decided.h"

#include <math.h>

/* Sentences about latency, and as many about bandwidth. */
#define MOST_WHY 5

static double bought_of(const struct hk_decided *decided, uint32_t link, enum hk_option_kind kind)
{
	uint32_t option = hk_option_of(decided->problem, link, kind);

	return option != HK_NO_INDEX && decided->solution->bought ? decided->solution->bought[option] : 0;
}

double hk_decided_link_bandwidth(const struct hk_decided *decided, uint32_t link)
{
	return decided->model->links[link].bandwidth + bought_of(decided, link, HK_OPTION_BANDWIDTH);
}

static void say(struct hk_decided *decided, struct hk_plan_network_change *change, const struct hk_buf *text)
{
	change->why[change->n_why++] = hk_arena_strdup(&decided->plan->arena, text->s);
}

static bool crosses(const struct hk_decided *decided, uint32_t from, uint32_t to, uint32_t link)
{
	struct hk_crossings crossings = { 0 };
	bool found = false;

	hk_route_crossings(decided->problem->routes, from, to, &crossings);
	for (size_t i = 0; i < crossings.n; i++)
		found = found || crossings.v[i].link == link;
	hk_vec_release(&crossings);
	return found;
}

static void name_pair(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, uint32_t from, uint32_t to,
		      struct hk_buf *text)
{
	const struct hk_connection *connection = &pipeline->pipeline->connections[edge->connection];

	hk_buf_addf(text, "%s: %s -> %s from %s to %s ", pipeline->pipeline->name, hk_connection_from(pipeline->pipeline, connection),
		    hk_connection_to(pipeline->pipeline, connection), decided->model->clusters[from].name, decided->model->clusters[to].name);
}

/* "retail: decode -> detect from edge-a to metro-1 takes 7ms instead of 9ms, limit 8ms" */
static void say_latency(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, const struct hk_arc *arc,
			struct hk_plan_network_change *change)
{
	const struct hk_bound *bound = &pipeline->pipeline->connections[edge->connection].bounds.latency;
	const struct hk_connection *connection = &pipeline->pipeline->connections[edge->connection];
	uint32_t from = hk_decided_from(pipeline->block, edge, arc), to = hk_decided_to(pipeline->block, edge, arc);
	uint32_t from_site = connection->from_input != HK_NO_INDEX ? pipeline->pipeline->inputs[connection->from_input].site : HK_NO_INDEX;
	uint32_t to_site = connection->to_output != HK_NO_INDEX ? pipeline->pipeline->outputs[connection->to_output].site : HK_NO_INDEX;
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	name_pair(decided, pipeline, edge, from, to, &text);
	hk_buf_addstr(&text, "takes ");
	hk_unit_print(HK_UNIT_DURATION, hk_tidy(arc->latency), &text);
	hk_buf_addstr(&text, " instead of ");
	hk_unit_print(HK_UNIT_DURATION, hk_tidy(hk_route_hop(decided->problem, from, from_site, to, to_site).latency), &text);
	if (bound->has_limit || bound->has_request) {
		hk_buf_addstr(&text, bound->has_limit ? ", limit " : ", request ");
		hk_unit_print(HK_UNIT_DURATION, bound->has_limit ? bound->limit : bound->request, &text);
	}
	say(decided, change, &text);
}

static void say_bandwidth(struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, const struct hk_arc *arc,
			  double flow, struct hk_plan_network_change *change)
{
	const struct hk_bound *bound = &pipeline->pipeline->connections[edge->connection].bounds.bandwidth;
	uint32_t from = hk_decided_from(pipeline->block, edge, arc), to = hk_decided_to(pipeline->block, edge, arc);
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	name_pair(decided, pipeline, edge, from, to, &text);
	hk_buf_addstr(&text, "sends ");
	hk_unit_print(HK_UNIT_BITRATE, hk_tidy(8 * edge->size * edge->rate * flow), &text);
	if (bound->has_limit || bound->has_request) {
		hk_buf_addstr(&text, bound->has_request ? ", bandwidth request " : ", bandwidth limit ");
		hk_unit_print(HK_UNIT_BITRATE, bound->has_request ? bound->request : bound->limit, &text);
	}
	say(decided, change, &text);
}

/* The first connections over the link, in the order of the documents. */
static void say_users(struct hk_decided *decided, uint32_t link, bool faster, struct hk_plan_network_change *change)
{
	size_t most = change->n_why + MOST_WHY;

	for (uint32_t b = 0; b < decided->problem->n_blocks; b++) {
		const struct hk_decided_pipeline *pipeline = &decided->pipelines[b];

		for (uint32_t e = 0; e < pipeline->block->n_edges; e++) {
			const struct hk_edge *edge = &pipeline->block->edges[e];

			for (uint32_t a = 0; a < edge->n_arcs && change->n_why < most; a++) {
				const struct hk_arc *arc = &edge->arcs[a];

				if (pipeline->flow[e][a] <= 0 ||
				    !crosses(decided, hk_decided_from(pipeline->block, edge, arc), hk_decided_to(pipeline->block, edge, arc), link))
					continue;
				if (faster)
					say_latency(decided, pipeline, edge, arc, change);
				else
					say_bandwidth(decided, pipeline, edge, arc, pipeline->flow[e][a], change);
			}
		}
	}
}

/* Links of the same pair that come before it in the topology. */
static uint32_t parallel_before(const struct hk_model *model, uint32_t link)
{
	uint32_t n = 0;

	while (n < link && model->links[link - n - 1].from == model->links[link].from && model->links[link - n - 1].to == model->links[link].to)
		n++;
	return n;
}

static void add_change(struct hk_decided *decided, uint32_t index, double more, bool faster)
{
	const struct hk_link *link = &decided->model->links[index];
	struct hk_plan *plan = decided->plan;
	struct hk_plan_network_change *change = &plan->network_changes[plan->n_network_changes++];
	struct hk_arena *arena = &plan->arena;

	*change = (struct hk_plan_network_change){ .from = hk_arena_strdup(arena, decided->model->clusters[link->from].name),
						   .to = hk_arena_strdup(arena, decided->model->clusters[link->to].name),
						   .parallel = parallel_before(decided->model, index),
						   .controller = link->controller ? hk_arena_strdup(arena, link->controller) : NULL,
						   .expires = link->expires, .bandwidth_before = NAN, .bandwidth_after = NAN, .latency_before = NAN,
						   .latency_after = NAN };
	if (more > 0) {
		change->bandwidth_before = hk_tidy(link->bandwidth);
		change->bandwidth_after = hk_tidy(link->bandwidth + more);
		change->price += link->bandwidth_price * more;
	}
	if (faster) {
		change->latency_before = hk_tidy(link->latency);
		change->latency_after = hk_tidy(link->latency_min);
		change->price += link->latency_price * (link->latency - link->latency_min);
	}
	plan->cost_network += change->price;
	change->price = hk_tidy(change->price);
	change->why = hk_arena_array(arena, 2 * MOST_WHY, sizeof *change->why);
	if (faster)
		say_users(decided, index, true, change);
	if (more > 0)
		say_users(decided, index, false, change);
}

void hk_plan_fill_network(struct hk_decided *decided)
{
	struct hk_plan *plan = decided->plan;

	if (decided->model->offers_end)
		plan->assumed_at = floor(decided->model->now);
	if (!decided->solution->bought)
		return;
	plan->network_changes = hk_arena_array(&plan->arena, decided->model->n_links, sizeof *plan->network_changes);
	for (uint32_t l = 0; l < decided->model->n_links; l++) {
		double more = bought_of(decided, l, HK_OPTION_BANDWIDTH);
		bool faster = bought_of(decided, l, HK_OPTION_LATENCY) > 0;

		if (more > 0 || faster)
			add_change(decided, l, more, faster);
	}
	plan->cost_network = hk_tidy(plan->cost_network);
}
