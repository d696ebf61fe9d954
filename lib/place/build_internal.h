/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of problem building, one pipeline at a time: possible places of each workload, arcs between them, then pruning of both until nothing changes. Nothing
 * is pruned that a plan could use: every rule says why what it drops cannot be part of one, or cannot be part of a better one.
 */
#ifndef HK_PLACE_BUILD_INTERNAL_H
#define HK_PLACE_BUILD_INTERNAL_H

#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/cluster_index.h"
#include "place/options.h"
#include "place/problem.h"
#include "place/route.h"
#include "plan/plan.h"

/* Limits are kept when exceeded by no more than this share: sums of decimal fractions are not exact. */
#define HK_BUILD_LIMIT_SLACK 1e-9
/* Replicas of one workload beyond which a document is taken for a mistake. */
#define HK_BUILD_NEED_MAX ((uint32_t)HK_MOST_REPLICAS)

/* A cluster where the workload may have replicas. */
struct hk_build_place {
	uint32_t cluster;
	uint32_t most, nodes, on_one_node;      /* what its nodes hold (struct hk_pack_room) */
	uint32_t max_replicas;          /* more of them than that cannot be useful */
	uint32_t previous;
	bool possible;                  /* may have replicas: rule 4, and required together */
	bool carries;                   /* may have load: implies possible */
	uint32_t position;              /* in the final candidate list */
};

struct hk_build_list { uint32_t *v; uint32_t n; };

struct hk_build_work {
	const struct hk_workload *model;
	struct hk_build_place *places; uint32_t n_places;       /* sorted by cluster */
	struct hk_build_list in, out;                           /* edges */
};

struct hk_build {
	struct hk_problem *problem;
	const struct hk_model *model;
	const struct hk_pipeline *pipeline;
	uint32_t pipeline_index;
	const struct hk_plan *previous;
	struct hk_block *block;
	struct hk_arena scratch;                                /* released after each pipeline */
	struct hk_build_work *works;
	struct hk_edge *edges;                                  /* arcs in scratch, between places */
	uint32_t *domain[HK_LEVEL_FAILURE_DOMAIN + 1];          /* per level: domain of each cluster */
	double *domain_availability;                            /* per cluster: of its failure domain */
	struct hk_cluster_index index;
	struct hk_cluster_list fitting, near;                   /* scratch of hk_build_places() */
	bool *marked;                                           /* per cluster; all false between uses */
	bool infeasible;
	HK_VEC(struct hk_option) reach; struct hk_map reach_index;      /* options of kind REACH, numbered behind those of the problem */
	HK_VEC(struct hk_needs) needs; struct hk_map needs_index;       /* sets of options, [0] is nothing */
	struct hk_crossings crossings;                          /* of the pair at hand */
	double most_saved;                                      /* s: no route can be made faster by more */
	bool crowded;                                           /* a route has more than HK_OPTIONS_ON_ROUTE links whose latency can be bought */
};

/* What a pair's messages meet when a set of options is bought. */
struct hk_build_variant { struct hk_hop hop; uint32_t needs; };
struct hk_build_variants { struct hk_build_variant v[2u << HK_OPTIONS_ON_ROUTE]; uint32_t n; };

/* Fills the numbers of each workload that need no place; -1 when a workload needs more replicas than HK_BUILD_NEED_MAX. */
int hk_build_needs(struct hk_build *build, struct hk_err *err);
/* Clusters that match, accept and hold at least one replica of the workload; those that no message can reach from the places before may be left out. */
void hk_build_places(struct hk_build *build, uint32_t w);
/* Strike out places where a workload that must be together with another cannot have it near (rule 11). */
void hk_build_keep_together(struct hk_build *build);
/*
 * Places, and edges with an arc for each pair of them that keeps the connection's limits, in topological order so that places no message reaches spawn no arcs.
 */
void hk_build_arcs(struct hk_build *build);
/*
 * Every set of options that changes what the connection's messages meet between the clusters, from the worst to the best; limits on bandwidth are seen to,
 * others are not looked at. hop: with nothing bought, sites included.
 */
void hk_build_variants(struct hk_build *build, const struct hk_connection *connection, uint32_t from, uint32_t to, const struct hk_hop *hop,
		       struct hk_build_variants *out);
/* Hands options of kind REACH and all sets over to the problem. */
void hk_build_needs_finish(struct hk_build *build);
/* Drop arcs and places that cannot carry anything until nothing changes. */
void hk_build_prune(struct hk_build *build);
/* Drop arcs that no chain within the limits of a path can use; true when one was dropped. */
bool hk_build_prune_paths(struct hk_build *build);
/* Copy what is left into the block: candidates, arcs, bounds on counts. */
void hk_build_finish(struct hk_build *build);

/* Currency per hour for one replica, and for the whole load, in the cluster. */
double hk_build_replica_cost(const struct hk_build *build, uint32_t workload, uint32_t cluster);
double hk_build_load_cost(const struct hk_build *build, uint32_t workload, uint32_t cluster);

/* Required apart from itself above node level: one replica in each domain. */
bool hk_build_one_in_domain(const struct hk_workload *workload, uint32_t index);
/* Latency of the longest route the connection may take, in seconds; INFINITY without a limit. */
double hk_build_farthest(const struct hk_build *build, const struct hk_connection *connection);
/* Is a value that must not exceed the limit beyond it? */
bool hk_build_exceeds(double value, double limit);

#endif
