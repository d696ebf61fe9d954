/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planted.h"

#include <math.h>
#include <stdlib.h>

uint32_t planted_below(struct planted *world, uint32_t bound)
{
	return (uint32_t)hk_rng_below(&world->rng, bound);
}

bool planted_chance(struct planted *world, uint32_t percent)
{
	return planted_below(world, 100) < percent;
}

static double cores_of(struct planted *world, enum planted_tier tier, uint32_t expected)
{
	switch (tier) {
	case PLANTED_CLOUD: return 4.0 * expected / world->n_clouds + 64;
	case PLANTED_REGION: return (30 + planted_below(world, 21)) * 32;
	case PLANTED_METRO: return (12 + planted_below(world, 9)) * 16;
	default: return (4 + planted_below(world, 7)) * 8;
	}
}

static void add_cluster(struct planted *world, enum planted_tier tier, uint32_t number, uint32_t parent, uint32_t expected)
{
	static const uint32_t loose_cores[] = { 0, 32, 16, 8 }, tight_cores[] = { 32, 16, 8, 4 };
	struct planted_cluster *cluster = hk_vec_add(&world->clusters);

	cluster->tier = tier;
	cluster->number = number;
	cluster->parent = parent;
	cluster->node_cores = world->tight ? tight_cores[tier] : loose_cores[tier];
	cluster->room = cores_of(world, tier, expected) * (world->tight ? 0.1 + 0.1 * hk_rng_unit(&world->rng) : 1);
	cluster->price_per_gb = 1 + planted_below(world, 6);
	switch (tier) {
	case PLANTED_CLOUD: cluster->latency_us = 25000, cluster->cpu_price = 35 + planted_below(world, 6); break;
	case PLANTED_REGION: cluster->latency_us = 12000 + 500 * planted_below(world, 17), cluster->cpu_price = 40 + planted_below(world, 8); break;
	case PLANTED_METRO: cluster->latency_us = 4000 + 250 * planted_below(world, 17), cluster->cpu_price = 45 + planted_below(world, 15); break;
	default: cluster->latency_us = 1000 + 100 * planted_below(world, 21), cluster->cpu_price = 58 + planted_below(world, 22); break;
	}
	cluster->memory_price = cluster->cpu_price + planted_below(world, 20);
}

/* Children of one parent stand together: child i of n belongs to parent i * parents / n. */
static void add_tier(struct planted *world, enum planted_tier tier, uint32_t count, uint32_t first_parent, uint32_t parents, uint32_t expected)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t parent = parents == 0 ? (i == 0 ? PLANTED_NONE : 0) : first_parent + (uint32_t)((uint64_t)i * parents / count),
		    self = (uint32_t)world->clusters.n;

		add_cluster(world, tier, i + 1, parent, expected);
		if (parents > 0 && world->clusters.v[parent].n_children++ == 0)
			world->clusters.v[parent].first_child = self;
	}
}

void planted_open(struct planted *world, uint32_t clusters, uint32_t expected, uint64_t seed, bool tight)
{
	*world = (struct planted){ .tight = tight };
	hk_rng_seed(&world->rng, seed);
	clusters = clusters < 8 ? 8 : clusters;
	world->n_clouds = clusters < 200 ? 1 : clusters < 2000 ? 2 : 3;
	world->n_regions = clusters / 50 + 1;
	world->n_metros = clusters / 10 + 1;
	add_tier(world, PLANTED_CLOUD, world->n_clouds, 0, 0, expected);
	add_tier(world, PLANTED_REGION, world->n_regions, 0, world->n_clouds, expected);
	add_tier(world, PLANTED_METRO, world->n_metros, world->n_clouds, world->n_regions, expected);
	add_tier(world, PLANTED_EDGE, clusters - (uint32_t)world->clusters.n, world->n_clouds + world->n_regions, world->n_metros, expected);
}

void planted_release(struct planted *world)
{
	for (size_t p = 0; p < world->pipelines.n; p++) {
		hk_vec_release(&world->pipelines.v[p].workloads);
		hk_vec_release(&world->pipelines.v[p].connections);
	}
	hk_vec_release(&world->pipelines);
	hk_vec_release(&world->clusters);
	hk_vec_release(&world->items);
	hk_vec_release(&world->scratch);
}

uint32_t planted_any_edge(struct planted *world)
{
	uint32_t first = world->n_clouds + world->n_regions + world->n_metros;

	return first + planted_below(world, (uint32_t)world->clusters.n - first);
}

uint32_t planted_above(const struct planted *world, uint32_t cluster, enum planted_tier tier)
{
	while (world->clusters.v[cluster].tier > tier)
		cluster = world->clusters.v[cluster].parent;
	return cluster;
}

static uint32_t depth(const struct planted *world, uint32_t cluster)
{
	uint32_t steps = 0;

	for (; world->clusters.v[cluster].parent != PLANTED_NONE; cluster = world->clusters.v[cluster].parent)
		steps++;
	return steps;
}

/* Both ends climb to their common ancestor. */
static uint32_t walk(struct planted_cluster *clusters, uint32_t from, uint32_t from_depth, uint32_t to, uint32_t to_depth, double bits)
{
	uint32_t us = 0;

	while (from != to) {
		bool climb = from_depth >= to_depth;
		struct planted_cluster *cluster = &clusters[climb ? from : to];

		us += cluster->latency_us;
		if (climb) {
			cluster->up += bits;
			from = cluster->parent;
			from_depth--;
		} else {
			cluster->down += bits;
			to = cluster->parent;
			to_depth--;
		}
	}
	return us;
}

uint32_t planted_distance_us(const struct planted *world, uint32_t from, uint32_t to)
{
	return walk(world->clusters.v, from, depth(world, from), to, depth(world, to), 0);
}

void planted_carry(struct planted *world, uint32_t from, uint32_t to, double bits)
{
	walk(world->clusters.v, from, depth(world, from), to, depth(world, to), bits);
}

static void add_children(struct planted *world, uint32_t parent)
{
	for (uint32_t i = 0; i < world->clusters.v[parent].n_children; i++)
		hk_vec_push(&world->scratch, world->clusters.v[parent].first_child + i);
}

void planted_scope(struct planted *world, uint32_t home, enum planted_scope scope)
{
	uint32_t metro = planted_above(world, home, PLANTED_METRO), region = planted_above(world, home, PLANTED_REGION);
	size_t metros;

	world->scratch.n = 0;
	if (scope == PLANTED_AREA) {
		hk_vec_push(&world->scratch, metro);
		add_children(world, metro);
		return;
	}
	if (scope == PLANTED_ANYWHERE) {
		for (uint32_t c = 0; c < world->clusters.n; c++)
			hk_vec_push(&world->scratch, c);
		return;
	}
	add_children(world, region);
	metros = world->scratch.n;
	for (size_t i = 0; i < metros && scope == PLANTED_REGIONAL; i++)
		add_children(world, world->scratch.v[i]);
	hk_vec_push(&world->scratch, region);
	for (uint32_t c = 0; c < world->n_clouds; c++)
		hk_vec_push(&world->scratch, c);
}

void planted_take(struct planted *world, uint32_t cluster, const struct planted_workload *workload, uint32_t replicas)
{
	hk_vec_push(&world->items, (struct planted_item){ cluster, workload->milli, workload->mib, replicas });
	world->clusters.v[cluster].used += 0.001 * workload->milli * replicas;
}

static int by_cluster_then_size(const void *left, const void *right)
{
	const struct planted_item *a = left, *b = right;

	if (a->cluster != b->cluster)
		return a->cluster < b->cluster ? -1 : 1;
	if (a->milli != b->milli)
		return a->milli > b->milli ? -1 : 1;
	return a->mib > b->mib ? -1 : a->mib < b->mib;
}

struct node { uint32_t milli, mib; };

/* First fit decreasing; the number of nodes used. */
static uint32_t pack(const struct planted_item *items, size_t n, uint32_t cores)
{
	HK_VEC(struct node) nodes = { 0 };
	uint32_t used;

	for (size_t i = 0; i < n; i++)
		for (uint32_t at = 0, left = items[i].count; left > 0; at++) {
			if (at == nodes.n)
				hk_vec_push(&nodes, (struct node){ 1000 * cores, 4096 * cores });
			for (; left > 0 && nodes.v[at].milli >= items[i].milli && nodes.v[at].mib >= items[i].mib; left--) {
				nodes.v[at].milli -= items[i].milli;
				nodes.v[at].mib -= items[i].mib;
			}
		}
	used = (uint32_t)nodes.n;
	hk_vec_release(&nodes);
	return used;
}

void planted_close(struct planted *world)
{
	size_t at = 0;

	if (world->items.n > 1)
		qsort(world->items.v, world->items.n, sizeof *world->items.v, by_cluster_then_size);
	for (uint32_t c = 0; c < world->clusters.n; c++) {
		struct planted_cluster *cluster = &world->clusters.v[c];
		size_t first = at;
		uint32_t used;

		while (at < world->items.n && world->items.v[at].cluster == c)
			at++;
		if (cluster->node_cores == 0)
			continue;
		used = pack(world->items.v + first, at - first, cluster->node_cores);
		cluster->nodes = (uint32_t)ceil(cluster->room / cluster->node_cores);
		cluster->nodes = cluster->nodes < used ? used : cluster->nodes;
	}
}
