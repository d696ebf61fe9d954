/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections as edges with one arc for each pair of clusters that keeps their limits. */
#include "place/build_internal.h"

#include "place/route.h"

#include <math.h>
#include <string.h>

bool hk_build_exceeds(double value, double limit)
{
	return !(value <= limit * (1 + HK_BUILD_LIMIT_SLACK) + 1e-15);
}

double hk_build_farthest(const struct hk_build *build, const struct hk_connection *connection)
{
	return connection->bounds.latency.has_limit ? connection->bounds.latency.limit * (1 + HK_BUILD_LIMIT_SLACK) + 1e-15 + build->most_saved : INFINITY;
}

/* Rule 6. */
static bool within_limits(const struct hk_bounds *bounds, const struct hk_hop *hop)
{
	if (!hop->reachable)
		return false;
	if ((bounds->latency.has_limit && hk_build_exceeds(hop->latency, bounds->latency.limit)) ||
	    (bounds->jitter.has_limit && hk_build_exceeds(hop->jitter, bounds->jitter.limit)) ||
	    (bounds->loss.has_limit && hk_build_exceeds(hop->loss, bounds->loss.limit)))
		return false;
	return !bounds->bandwidth.has_limit || !hk_build_exceeds(bounds->bandwidth.limit, hop->bandwidth);
}

static double late(const struct hk_bound *bound, double value)
{
	return bound->has_request ? fmax(0, value - bound->request) : 0;
}

static double arc_cost(const struct hk_build *build, const struct hk_edge *edge, const struct hk_hop *hop, bool leaves)
{
	const struct hk_connection *connection = &build->pipeline->connections[edge->connection];
	const struct hk_bounds *bounds = &connection->bounds;
	const struct hk_objective *objective = &build->pipeline->objective;
	double lateness = late(&bounds->latency, hop->latency) + late(&bounds->jitter, hop->jitter) + late(&bounds->loss, hop->loss);

	if (bounds->bandwidth.has_request && hop->bandwidth < bounds->bandwidth.request)
		lateness += 1 - hop->bandwidth / bounds->bandwidth.request;
	return objective->cost * edge->rate * edge->size * 3600 * hop->price + objective->latency * edge->rate * hop->latency +
	    objective->request * edge->rate * lateness +
	       (leaves ? objective->affinity * connection->affinity : 0);
}

/* One end of an edge: the places of a workload, or one fixed cluster behind a site. */
struct end { const struct hk_build_place *places; uint32_t n, site, workload; struct hk_build_place fixed; };

static void fixed_end(struct end *end, const struct hk_endpoint *endpoint)
{
	*end = (struct end){ .n = 1, .site = endpoint->site, .workload = HK_NO_INDEX, .fixed = { .cluster = endpoint->cluster, .carries = true } };
	end->places = &end->fixed;
}

static void workload_end(struct end *end, const struct hk_build *build, uint32_t workload)
{
	*end = (struct end){ .places = build->works[workload].places, .n = build->works[workload].n_places, .site = HK_NO_INDEX, .workload = workload };
}

static void find_ends(const struct hk_build *build, const struct hk_connection *connection, struct end *from, struct end *to)
{
	if (connection->from_input != HK_NO_INDEX)
		fixed_end(from, &build->pipeline->inputs[connection->from_input]);
	else
		workload_end(from, build, connection->from_workload);
	if (connection->to_output != HK_NO_INDEX)
		fixed_end(to, &build->pipeline->outputs[connection->to_output]);
	else
		workload_end(to, build, connection->to_workload);
}

/* Required together between the two ends, in either direction: the levels whose domains traffic must not leave, as a set of bits. */
static unsigned bound_levels(const struct hk_build *build, const struct end *from, const struct end *to)
{
	unsigned levels = 0;

	for (int turn = 0; turn < 2; turn++) {
		uint32_t one = turn ? to->workload : from->workload, other = turn ? from->workload : to->workload;

		if (one == HK_NO_INDEX || other == HK_NO_INDEX)
			continue;
		for (size_t t = 0; t < build->works[one].model->n_together; t++) {
			const struct hk_pairing *pairing = &build->works[one].model->together[t];

			if (pairing->required && pairing->with == other)
				levels |= 1u << pairing->level;
		}
	}
	return levels;
}

static bool in_same_domains(const struct hk_build *build, unsigned levels, uint32_t a, uint32_t b)
{
	for (unsigned level = 0; level <= HK_LEVEL_FAILURE_DOMAIN; level++)
		if (levels >> level & 1 && build->domain[level][a] != build->domain[level][b])
			return false;
	return true;
}

struct arc_row { struct hk_arc *v; size_t n, cap; };

/* One arc, or with network options on the route one for each set of them that keeps the limits. */
static void add_pair(struct hk_build *build, const struct hk_edge *edge, const struct end *from, const struct end *to, uint32_t i, uint32_t j,
		     struct arc_row *row)
{
	const struct hk_connection *connection = &build->pipeline->connections[edge->connection];
	uint32_t a = from->places[i].cluster, b = to->places[j].cluster;
	struct hk_hop hop = hk_route_hop(build->problem, a, from->site, b, to->site);
	struct hk_build_variants variants;

	if (!hop.reachable)
		return;
	if (!build->problem->link_options) {
		if (within_limits(&connection->bounds, &hop))
			hk_vec_push(row, (struct hk_arc){ .from = i, .to = j, .latency = hop.latency, .jitter = hop.jitter, .loss = hop.loss,
							  .cost = arc_cost(build, edge, &hop, a != b) });
		return;
	}
	hk_build_variants(build, connection, a, b, &hop, &variants);
	for (uint32_t k = 0; k < variants.n; k++) {
		struct hk_hop now = variants.v[k].hop;

		if (!within_limits(&connection->bounds, &now))
			continue;
		/* on the way to a request the bandwidth as given counts */
		if (connection->bounds.bandwidth.has_request && now.bandwidth < connection->bounds.bandwidth.request)
			now.bandwidth = hop.bandwidth;
		hk_vec_push(row, (struct hk_arc){ .from = i, .to = j, .latency = now.latency, .jitter = now.jitter, .loss = now.loss,
						  .cost = arc_cost(build, edge, &now, a != b), .needs = variants.v[k].needs });
	}
}

static void add_arcs(struct hk_build *build, struct hk_edge *edge, const struct end *from, const struct end *to)
{
	const struct hk_connection *connection = &build->pipeline->connections[edge->connection];
	unsigned levels = bound_levels(build, from, to);
	double farthest = hk_build_farthest(build, connection);
	uint32_t sources = 0;
	struct arc_row row = { 0 };
	size_t cap = 0;

	for (uint32_t i = 0; i < from->n; i++)
		sources += from->places[i].carries;
	for (uint32_t i = 0; i < from->n; i++) {
		uint32_t a = from->places[i].cluster;

		row.n = 0;
		for (uint32_t j = 0; j < to->n && from->places[i].carries; j++) {
			uint32_t b = to->places[j].cluster;

			/* The route alone is too long: said first, as this is what most pairs of a large topology are. */
			if (!to->places[j].carries || (levels && !in_same_domains(build, levels, a, b)) ||
			    (isfinite(farthest) && !hk_route_may_be_within(build->problem->routes, a, b, farthest)))
				continue;
			add_pair(build, edge, from, to, i, j, &row);
		}
		if (edge->n_arcs + row.n > cap) {
			struct hk_arc *grown;

			cap = edge->n_arcs + row.n + (cap ? cap : row.n);
			if (!build->problem->link_options)
				cap = cap < (size_t)sources * to->n ? cap : (size_t)sources * to->n;
			grown = hk_arena_array(&build->scratch, cap, sizeof *grown);
			if (edge->n_arcs)
				memcpy(grown, edge->arcs, edge->n_arcs * sizeof *grown);
			edge->arcs = grown;
		}
		if (row.n)
			memcpy(&edge->arcs[edge->n_arcs], row.v, row.n * sizeof *row.v);
		edge->n_arcs += (uint32_t)row.n;
	}
	hk_vec_release(&row);
}

static void list_add(struct hk_build *build, struct hk_build_list *list, uint32_t value)
{
	/* Allocated in full with the first entry. */
	if (!list->v)
		list->v = hk_arena_array(&build->scratch, build->block->n_edges, sizeof *list->v);
	list->v[list->n++] = value;
}

/* rate(e) / rate(v), or equal parts where nothing flows. */
static void share_inputs(struct hk_build *build, uint32_t w)
{
	const struct hk_build_list *in = &build->works[w].in;
	double rate = build->pipeline->rate[w];

	for (uint32_t k = 0; k < in->n; k++) {
		struct hk_edge *edge = &build->edges[in->v[k]];

		edge->share_in = rate > 0 ? edge->rate / rate : 1.0 / in->n;
	}
}

static void prepare_edges(struct hk_build *build)
{
	const struct hk_pipeline *pipeline = build->pipeline;

	build->block->n_edges = (uint32_t)pipeline->n_connections;
	build->edges = hk_arena_array(&build->scratch, pipeline->n_connections, sizeof *build->edges);
	for (uint32_t e = 0; e < pipeline->n_connections; e++) {
		const struct hk_connection *connection = &pipeline->connections[e];
		struct hk_edge *edge = &build->edges[e];
		bool input = connection->from_input != HK_NO_INDEX, output = connection->to_output != HK_NO_INDEX;

		*edge = (struct hk_edge){ .connection = e, .from_kind = input ? HK_END_FIXED : HK_END_WORKLOAD,
					  .to_kind = output ? HK_END_FIXED : HK_END_WORKLOAD,
					  .from = input ? pipeline->inputs[connection->from_input].cluster : connection->from_workload,
					  .to = output ? pipeline->outputs[connection->to_output].cluster : connection->to_workload,
					  .rate = pipeline->connection_rate[e], .size = connection->size, .share_in = 1 };
		if (!input)
			list_add(build, &build->works[edge->from].out, e);
		if (!output)
			list_add(build, &build->works[edge->to].in, e);
	}
	for (uint32_t w = 0; w < build->block->n_workloads; w++)
		share_inputs(build, w);
}

static void arcs_of(struct hk_build *build, uint32_t e)
{
	struct end from, to;

	find_ends(build, &build->pipeline->connections[e], &from, &to);
	add_arcs(build, &build->edges[e], &from, &to);
}

/* Places no message can reach carry nothing; said early, they spawn no arcs behind them. */
static void keep_reached(struct hk_build *build, uint32_t w)
{
	struct hk_build_work *work = &build->works[w];
	bool *reached = hk_arena_array(&build->scratch, work->n_places, sizeof *reached);

	if (!work->in.n)
		return;
	for (uint32_t k = 0; k < work->in.n; k++) {
		const struct hk_edge *edge = &build->edges[work->in.v[k]];

		for (uint32_t a = 0; a < edge->n_arcs && edge->share_in > 0; a++)
			reached[edge->arcs[a].to] = true;
	}
	for (uint32_t i = 0; i < work->n_places; i++)
		work->places[i].carries = work->places[i].carries && reached[i];
}

void hk_build_arcs(struct hk_build *build)
{
	prepare_edges(build);
	for (uint32_t k = 0; k < build->block->n_workloads; k++) {
		uint32_t w = build->pipeline->order[k];

		hk_build_places(build, w);
		for (uint32_t i = 0; i < build->works[w].in.n; i++)
			arcs_of(build, build->works[w].in.v[i]);
		keep_reached(build, w);
	}
	for (uint32_t e = 0; e < build->block->n_edges; e++)
		if (build->edges[e].to_kind == HK_END_FIXED)
			arcs_of(build, e);
}
