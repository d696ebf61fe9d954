/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pipelines of the planted families, each placed as it is made. */
#include "planted.h"

#include <math.h>
#include <string.h>

static struct planted_pipeline *open_pipeline(struct planted *world, const char *kind, uint32_t home)
{
	struct planted_pipeline *pipeline = hk_vec_add(&world->pipelines);

	pipeline->kind = kind;
	pipeline->home = home;
	pipeline->output = PLANTED_NONE;
	return pipeline;
}

static void add_input(struct planted *world, struct planted_pipeline *pipeline, uint32_t cluster, uint32_t rate, uint32_t kilobytes)
{
	pipeline->inputs[pipeline->n_inputs++] = (struct planted_input){ cluster, world->tight ? 4 * rate : rate, kilobytes };
}

/* Sizes that fill nodes without rest, as most teams choose them. */
static void add_workload(struct planted *world, struct planted_pipeline *pipeline, enum planted_scope scope, uint32_t target_percent)
{
	static const uint32_t millis[] = { 250, 500, 500, 1000, 1000, 2000 };
	struct planted_workload *workload = hk_vec_add(&pipeline->workloads);

	workload->milli = millis[planted_below(world, 6)];
	workload->mib = workload->milli / 250 * (256u << planted_below(world, 3));
	workload->capacity = 20 + 10 * planted_below(world, 15);
	workload->service_ms = 1 + planted_below(world, 5);
	workload->scope = scope;
	workload->place = workload->spare = PLANTED_NONE;
	if (planted_chance(world, target_percent))
		workload->nines = planted_chance(world, 50) ? 3 : 4;
}

static struct planted_connection *connect(struct planted *world, struct planted_pipeline *pipeline, uint32_t from, uint32_t to, uint32_t tenths,
					  uint32_t kilobytes, uint32_t limit_us)
{
	struct planted_connection *connection = hk_vec_add(&pipeline->connections);

	*connection = (struct planted_connection){ .from = from, .to = to, .tenths = tenths, .kilobytes = kilobytes, .limit_us = limit_us };
	if (planted_chance(world, 20))
		connection->affinity = 1 + planted_below(world, 8);
	return connection;
}

static uint32_t place_of_source(const struct planted_pipeline *pipeline, uint32_t from)
{
	return from < pipeline->workloads.n ? pipeline->workloads.v[from].place : pipeline->inputs[PLANTED_INPUT(0) - from].cluster;
}

static uint32_t need(const struct planted_workload *workload)
{
	return (uint32_t)fmax(1, ceil(workload->rate / workload->capacity * (1 - 1e-9)));
}

/* A cluster of the scope with room, near enough to where the first messages come from; else the nearest, which then grows. */
static uint32_t choose(struct planted *world, const struct planted_pipeline *pipeline, const struct planted_workload *workload, uint32_t from,
		       uint32_t limit_us, uint32_t except)
{
	double cores = 0.001 * workload->milli * need(workload);
	uint32_t nearest = PLANTED_NONE, nearest_us = UINT32_MAX, chosen = PLANTED_NONE, fitting = 0;

	planted_scope(world, pipeline->home, workload->scope);
	for (size_t i = 0; i < world->scratch.n; i++) {
		uint32_t cluster = world->scratch.v[i], us;

		if (cluster == except)
			continue;
		us = planted_distance_us(world, from, cluster);
		if (us < nearest_us)
			nearest = cluster, nearest_us = us;
		if ((limit_us == 0 || us <= limit_us) && world->clusters.v[cluster].used + cores <= world->clusters.v[cluster].room &&
		    planted_below(world, ++fitting) == 0)
			chosen = cluster;
	}
	return chosen != PLANTED_NONE ? chosen : nearest;
}

static void raise_limit(const struct planted *world, struct planted_connection *connection, uint32_t from, uint32_t to)
{
	if (connection->limit_us > 0 && from != PLANTED_NONE && to != PLANTED_NONE) {
		uint32_t us = planted_distance_us(world, from, to);

		connection->limit_us = connection->limit_us < us + 200 ? us + 200 : connection->limit_us;
	}
}

static double rate_of(const struct planted_pipeline *pipeline, const struct planted_connection *connection)
{
	double source = connection->from < pipeline->workloads.n ? pipeline->workloads.v[connection->from].rate
	    : pipeline->inputs[PLANTED_INPUT(0) - connection->from].rate;

	return source * connection->tenths / 10;
}

/* Limits hold between the places, and spares can take and pass on load as well. */
static void settle_connection(struct planted *world, struct planted_pipeline *pipeline, struct planted_connection *connection)
{
	bool inner = connection->from < pipeline->workloads.n, ends = connection->to == PLANTED_OUTPUT;
	uint32_t from = place_of_source(pipeline, connection->from), to = ends ? pipeline->output : pipeline->workloads.v[connection->to].place;

	raise_limit(world, connection, from, to);
	raise_limit(world, connection, from, ends ? PLANTED_NONE : pipeline->workloads.v[connection->to].spare);
	raise_limit(world, connection, inner ? pipeline->workloads.v[connection->from].spare : PLANTED_NONE, to);
	planted_carry(world, from, to, rate_of(pipeline, connection) * connection->kilobytes * 8000);
}

/* Places in the order of the workloads: every connection leads to a later one. */
static void close_pipeline(struct planted *world, struct planted_pipeline *pipeline)
{
	HK_VEC(uint32_t) first = { 0 };

	for (uint32_t w = 0; w < pipeline->workloads.n; w++)
		hk_vec_push(&first, PLANTED_NONE);
	for (uint32_t i = (uint32_t)pipeline->connections.n; i-- > 0;)
		if (pipeline->connections.v[i].to < pipeline->workloads.n)
			first.v[pipeline->connections.v[i].to] = i;
	for (uint32_t w = 0; w < pipeline->workloads.n; w++) {
		struct planted_workload *workload = &pipeline->workloads.v[w];
		const struct planted_connection *connection = &pipeline->connections.v[first.v[w]];
		uint32_t from = place_of_source(pipeline, connection->from);

		for (size_t i = first.v[w]; i < pipeline->connections.n; i++)
			if (pipeline->connections.v[i].to == w)
				workload->rate += rate_of(pipeline, &pipeline->connections.v[i]);
		workload->place = choose(world, pipeline, workload, from, connection->limit_us, PLANTED_NONE);
		planted_take(world, workload->place, workload, need(workload));
		if (workload->nines > 0) {
			workload->spare = choose(world, pipeline, workload, from, connection->limit_us, workload->place);
			planted_take(world, workload->spare, workload, need(workload));
		}
	}
	hk_vec_release(&first);
	for (size_t i = 0; i < pipeline->connections.n; i++)
		settle_connection(world, pipeline, &pipeline->connections.v[i]);
}

/* Microseconds allowed on a connection into a workload of this scope, 0 for no limit. Only limits keep the last two scopes small. */
static uint32_t limit_for(struct planted *world, enum planted_scope scope)
{
	switch (scope) {
	case PLANTED_AREA: return planted_chance(world, 80) ? 6000 + 500 * planted_below(world, 9) : 0;
	case PLANTED_CORE: return planted_chance(world, 70) ? 20000 + 1000 * planted_below(world, 13) : 0;
	case PLANTED_REGIONAL: return 8000 + 1000 * planted_below(world, 6);
	default: return 9000 + 1000 * planted_below(world, 5);
	}
}

static uint32_t load(struct planted *world)
{
	return 40 + 10 * planted_below(world, 20);
}

static uint32_t neighbour(struct planted *world, uint32_t edge)
{
	const struct planted_cluster *metro = &world->clusters.v[world->clusters.v[edge].parent];

	return metro->first_child + planted_below(world, metro->n_children);
}

static enum planted_scope tenant_scope(struct planted *world)
{
	uint32_t draw = planted_below(world, 100);

	return draw < 45 ? PLANTED_AREA : draw < 70 ? PLANTED_CORE : PLANTED_REGIONAL;
}

/* A tenant: a chain with a branch here and there. */
static uint32_t make_mec(struct planted *world, uint32_t index, uint32_t budget)
{
	uint32_t n = 2 + planted_below(world, 5), edge = planted_any_edge(world);
	struct planted_pipeline *pipeline = open_pipeline(world, "mec", edge);

	(void)index;
	n = n > budget ? budget : n;
	add_input(world, pipeline, edge, load(world), 2 + planted_below(world, 20));
	if (planted_chance(world, 40))
		add_input(world, pipeline, neighbour(world, edge), load(world), 2 + planted_below(world, 20));
	if (planted_chance(world, 75))
		pipeline->output = planted_chance(world, 33) ? edge : planted_above(world, edge, planted_chance(world, 50) ? PLANTED_METRO : PLANTED_CLOUD);
	for (uint32_t w = 0; w < n; w++) {
		enum planted_scope scope = w == 0 ? PLANTED_AREA : tenant_scope(world);

		add_workload(world, pipeline, scope, 30);
		if (w > 0)
			connect(world, pipeline, w > 1 && planted_chance(world, 25) ? w - 2 : w - 1, w, 3 + planted_below(world, 10),
				1 + planted_below(world, 20), limit_for(world, scope));
		for (uint32_t i = 0; w == 0 && i < pipeline->n_inputs; i++)
			connect(world, pipeline, PLANTED_INPUT(i), 0, 10, pipeline->inputs[i].kilobytes, limit_for(world, scope));
	}
	if (pipeline->output != PLANTED_NONE)
		connect(world, pipeline, n - 1, PLANTED_OUTPUT, 1 + planted_below(world, 5), 1 + planted_below(world, 4),
			planted_chance(world, 40) ? 25000 : 0);
	close_pipeline(world, pipeline);
	return n;
}

/* One template for every store; only where it is, and how many customers it has, differ. */
static uint32_t make_retail(struct planted *world, uint32_t index, uint32_t budget)
{
	static const enum planted_scope scopes[] = { PLANTED_AREA, PLANTED_AREA, PLANTED_REGIONAL, PLANTED_CORE };
	static const struct { uint32_t milli, mib, capacity, service_ms, tenths, kilobytes, limit_us; } template[] = {
		{ 500, 512, 40, 4, 10, 30, 5000 }, { 1000, 2048, 30, 6, 5, 12, 8000 }, { 500, 1024, 60, 3, 5, 4, 12000 }, { 250, 512, 100, 2, 3, 2, 30000 },
	};
	uint32_t first = world->n_clouds + world->n_regions + world->n_metros, edges = (uint32_t)world->clusters.n - first;
	uint32_t store = first + (uint32_t)((uint64_t)index * 7919 % edges), n = budget < 4 ? budget : 4;
	struct planted_pipeline *pipeline = open_pipeline(world, "store", store);

	add_input(world, pipeline, store, 20 + planted_below(world, 60), 30);
	pipeline->output = store;
	for (uint32_t w = 0; w < n; w++) {
		add_workload(world, pipeline, scopes[w], 0);
		pipeline->workloads.v[w].milli = template[w].milli;
		pipeline->workloads.v[w].mib = template[w].mib;
		pipeline->workloads.v[w].capacity = template[w].capacity;
		pipeline->workloads.v[w].service_ms = template[w].service_ms;
		pipeline->workloads.v[w].nines = w == 0 ? 3 : 0;
		connect(world, pipeline, w == 0 ? PLANTED_INPUT(0) : w - 1, w, template[w].tenths, template[w].kilobytes, template[w].limit_us)->affinity = 0;
	}
	connect(world, pipeline, n > 1 ? 1 : 0, PLANTED_OUTPUT, 2, 1, 12000)->affinity = 0;
	close_pipeline(world, pipeline);
	return n;
}

static uint32_t make_hk4(struct planted *world, uint32_t index, uint32_t budget)
{
	uint32_t edge = planted_any_edge(world);
	struct planted_pipeline *pipeline = open_pipeline(world, "hk4", edge);

	(void)index;
	(void)budget;
	add_input(world, pipeline, edge, load(world), 20);
	add_input(world, pipeline, neighbour(world, edge), load(world), 8);
	pipeline->output = planted_above(world, edge, PLANTED_CLOUD);
	for (uint32_t w = 0; w < 4; w++)
		add_workload(world, pipeline, w < 2 ? PLANTED_REGIONAL : PLANTED_CORE, 25);
	connect(world, pipeline, PLANTED_INPUT(0), 0, 10, 20, 10000);
	connect(world, pipeline, PLANTED_INPUT(1), 1, 10, 8, 10000);
	connect(world, pipeline, 0, 1, 5, 1 + planted_below(world, 30), 14000);
	connect(world, pipeline, 0, 2, 5, 1 + planted_below(world, 30), 0);
	connect(world, pipeline, 1, 3, 8, 1 + planted_below(world, 30), 0);
	connect(world, pipeline, 2, 3, 10, 1 + planted_below(world, 30), 0);
	connect(world, pipeline, 3, PLANTED_OUTPUT, 1, 2, 0);
	close_pipeline(world, pipeline);
	return 4;
}

/* Services that call earlier ones' results: a tree with a second caller for every third. */
static uint32_t make_services(struct planted *world, const char *kind, uint32_t n, enum planted_scope (*scope_of)(struct planted *))
{
	uint32_t edge = planted_any_edge(world);
	struct planted_pipeline *pipeline = open_pipeline(world, kind, edge);

	add_input(world, pipeline, edge, load(world), 4);
	pipeline->output = planted_above(world, edge, PLANTED_METRO);
	for (uint32_t w = 0; w < n; w++) {
		enum planted_scope scope = scope_of(world);
		uint32_t reach = w < 6 ? w : 6, caller = w == 0 ? PLANTED_INPUT(0) : w - 1 - planted_below(world, reach);

		add_workload(world, pipeline, scope, 8);
		connect(world, pipeline, caller, w, w == 0 ? 10 : 3 + planted_below(world, 7), 1 + planted_below(world, 12), limit_for(world, scope));
		if (w > 1 && planted_chance(world, 30)) {
			uint32_t second = w - 1 - planted_below(world, reach);

			if (second != caller)
				connect(world, pipeline, second, w, 2 + planted_below(world, 5), 1 + planted_below(world, 12), limit_for(world, scope));
		}
	}
	connect(world, pipeline, n - 1, PLANTED_OUTPUT, 2, 2, 0);
	close_pipeline(world, pipeline);
	return n;
}

static enum planted_scope service_scope(struct planted *world)
{
	uint32_t draw = planted_below(world, 100);

	return draw < 40 ? PLANTED_AREA : draw < 70 ? PLANTED_CORE : PLANTED_REGIONAL;
}

static enum planted_scope anywhere(struct planted *world)
{
	(void)world;
	return PLANTED_ANYWHERE;
}

static uint32_t make_micro(struct planted *world, uint32_t index, uint32_t budget)
{
	uint32_t n = 5 + planted_below(world, planted_chance(world, 80) ? 26 : 46);

	(void)index;
	return make_services(world, "micro", n < budget ? n : budget, service_scope);
}

static uint32_t make_wide(struct planted *world, uint32_t index, uint32_t budget)
{
	uint32_t n = 20 + planted_below(world, 2);

	(void)index;
	return make_services(world, "wide", budget < n + 6 ? budget : n, anywhere);
}

planted_maker *planted_family(const char *family)
{
	static const struct { const char *name; planted_maker *make; } families[] = {
		{ "hk4", make_hk4 }, { "mec", make_mec }, { "retail", make_retail }, { "micro", make_micro }, { "wide", make_wide },
	};

	for (size_t i = 0; i < HK_COUNT(families); i++)
		if (strcmp(families[i].name, family) == 0)
			return families[i].make;
	return NULL;
}
