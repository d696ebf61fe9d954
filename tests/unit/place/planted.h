/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Large worlds with a hidden plan: clusters are a tree (clouds, regions, metros, edges), every pipeline is first given places for its workloads, and only then
 * do clusters get the nodes, links the bandwidth and connections the limits that these places need. So a plan is known to exist, however tight the rest is.
 * Time and memory grow linearly.
 */
#ifndef HK_TESTS_PLACE_PLANTED_H
#define HK_TESTS_PLACE_PLANTED_H

#include "base/buf.h"
#include "base/rng.h"
#include "base/vec.h"

#define PLANTED_NONE UINT32_MAX

enum planted_tier { PLANTED_CLOUD, PLANTED_REGION, PLANTED_METRO, PLANTED_EDGE };

struct planted_cluster {
	enum planted_tier tier;
	uint32_t parent, first_child, n_children;     /* the first cloud is the root; other clouds hang below it */
	uint32_t number;                              /* within its tier, from 1 */
	uint32_t latency_us, price_per_gb;            /* of the link to the parent; price in 0.001 */
	uint32_t cpu_price, memory_price;             /* 0.001 per core and hour, 0.0001 per GiB and hour */
	uint32_t nodes, node_cores;                   /* 4 GiB of memory beside each core; nodes 0: unlimited */
	double room, used;                            /* cores before the hidden plan makes it grow; cores the hidden plan uses */
	double up, down;                              /* bit/s of the hidden plan on the link to the parent */
	bool mark_nodes, mark_link;                   /* these lines are part of a planted conflict */
};

/* Where a workload may run. */
enum planted_scope { PLANTED_AREA /* one metro and its edges */, PLANTED_CORE /* metros and region of the region, and the clouds */, PLANTED_REGIONAL,
		     PLANTED_ANYWHERE };

struct planted_workload {
	uint32_t milli, mib, capacity, service_ms, nines;     /* nines: availability target 99.9% for 3, 99.99% for 4, none for 0 */
	enum planted_scope scope;
	uint32_t place, spare;                                /* spare PLANTED_NONE without a target */
	double rate;
};

/* Ends: workloads from 0; inputs and the output by the constants. */
#define PLANTED_INPUT(i) (UINT32_MAX - 2 - (i))
#define PLANTED_OUTPUT (UINT32_MAX - 1)
struct planted_connection { uint32_t from, to, tenths, kilobytes, limit_us, affinity; };

struct planted_input { uint32_t cluster, rate, kilobytes; };

struct planted_pipeline {
	const char *kind;
	uint32_t home;                                        /* edge cluster its scopes are counted from */
	struct planted_input inputs[2]; uint32_t n_inputs;
	uint32_t output;                                      /* cluster, or PLANTED_NONE */
	HK_VEC(struct planted_workload) workloads;
	HK_VEC(struct planted_connection) connections;
};

struct planted_item { uint32_t cluster, milli, mib, count; };

struct planted {
	struct hk_rng rng;
	bool tight;
	HK_VEC(struct planted_cluster) clusters;
	uint32_t n_clouds, n_regions, n_metros;               /* in this order in clusters, then edges */
	HK_VEC(struct planted_pipeline) pipelines;
	HK_VEC(struct planted_item) items;                    /* replicas of the hidden plan */
	HK_VEC(uint32_t) scratch;
};

uint32_t planted_below(struct planted *world, uint32_t bound);
bool planted_chance(struct planted *world, uint32_t percent);

/* Clusters and their tree; at least 8 clusters. expected: workloads to come, for the size of the clouds. */
void planted_open(struct planted *world, uint32_t clusters, uint32_t expected, uint64_t seed, bool tight);
void planted_release(struct planted *world);
uint32_t planted_any_edge(struct planted *world);
/* The metro (tier PLANTED_METRO) or region above a cluster, or the cluster itself when it is of that tier or above. */
uint32_t planted_above(const struct planted *world, uint32_t cluster, enum planted_tier tier);
uint32_t planted_distance_us(const struct planted *world, uint32_t from, uint32_t to);
/* The clusters of a scope, into world->scratch. */
void planted_scope(struct planted *world, uint32_t home, enum planted_scope scope);
/* Take room for replicas, and bandwidth along the tree. */
void planted_take(struct planted *world, uint32_t cluster, const struct planted_workload *workload, uint32_t replicas);
void planted_carry(struct planted *world, uint32_t from, uint32_t to, double bits);
/* After the last pipeline: nodes on which the hidden plan packs one by one. */
void planted_close(struct planted *world);

/* One pipeline of at most `budget` workloads; its size. index counts the pipelines of its family. NULL for an unknown family. */
typedef uint32_t planted_maker(struct planted *world, uint32_t index, uint32_t budget);
planted_maker *planted_family(const char *family);

/* A set of demands that cannot hold together: its pipelines into out, marks into the world. seed chooses the kind. After planted_close(). */
void planted_conflict(struct planted *world, uint64_t seed, struct hk_buf *out);

void planted_name(const struct planted *world, uint32_t cluster, struct hk_buf *out);
void planted_write(const struct planted *world, struct hk_buf *out);

#endif
