/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The placement problem as numbers: what hk_problem_build() derives from a model (and a previous plan) and every solver method works on. Indices are positions
 * in sorted arrays, so equal inputs give equal problems. Flows are shares: 1 is the whole traffic of an edge, or the whole load of a workload.
 *
 * Source of the formulation: shared design note "solver", section 1; row numbers in comments are its.
 */
#ifndef HK_PLACE_PROBLEM_H
#define HK_PLACE_PROBLEM_H

#include "base/arena.h"
#include "model/model.h"

/* Latency, jitter, loss between clusters along the chosen route (least latency, then fewest hops, then names). Its links: hk_route_last_link(), route.h. */
struct hk_route {
	bool reachable;
	uint32_t n_links;
	double latency, jitter, loss, bandwidth;    /* s, s, ratio, bit/s (least along the route) */
	double price;                               /* currency per byte */
};
struct hk_routes;                                   /* route.h */

/* Pair of clusters an edge may use: the edge's limits hold on it. Sorted by (from, to), then the fewest options first. */
struct hk_arc {
	uint32_t from, to;                          /* positions in the candidate lists of the edge's ends (see hk_edge) */
	double cost;                                /* currency/h when the whole edge flows here: egress, latency, lateness, affinity */
	double latency, jitter, loss;               /* of the route including site access, with what `needs` says bought */
	uint32_t needs;                             /* index in problem->needs; 0: nothing has to be bought */
};

/*
 * What the network offers (docs/optimisation-model.md, "Network options"; place/options.h). A pair of clusters has one arc for each set of options that changes
 * what its messages meet, next to one another: that of an arc's set may carry traffic only when all of it is bought.
 */
enum hk_option_kind {
	HK_OPTION_BANDWIDTH,                        /* bit/s more on the link */
	HK_OPTION_LATENCY,                          /* the lower latency of the link, all or nothing */
	HK_OPTION_REACH,                            /* no offer of its own: that at least `amount` more bit/s are bought on the link */
};
struct hk_option {
	enum hk_option_kind kind;
	uint32_t link;
	double amount;                              /* most bit/s that can be bought; seconds taken away; bit/s that have to be bought (whole steps) */
	double step;                                /* bit/s; 0 = any amount */
	double price;                               /* currency/h: per bit/s; of the whole; 0 */
};
struct hk_needs { const uint32_t *options; uint32_t n; };     /* indices of problem->options, ascending */

struct hk_candidate { uint32_t cluster; uint32_t max_replicas; double replica_cost /* currency/h */,
		      load_cost /* currency/h for the whole load: unmet preferences */;
	uint32_t least /* replicas to be there whatever they cost: 0 but for questions (alternative.h) */; };

enum hk_end_kind { HK_END_WORKLOAD, HK_END_FIXED /* an input's or output's cluster */ };

/* An edge: connection between workloads, or from an input, or to an output. For fixed ends the candidate list is the single fixed cluster. */
struct hk_edge {
	uint32_t connection;                        /* index in the model pipeline */
	enum hk_end_kind from_kind, to_kind;
	uint32_t from, to;                          /* workload index (local to the block) or cluster index for fixed ends */
	double rate, size;                          /* messages/s, bytes */
	double share_in;                            /* rate / total rate of the destination workload */
	struct hk_arc *arcs; uint32_t n_arcs;       /* sorted by (from, to) */
};

struct hk_place_workload {
	uint32_t workload;                          /* index in the model pipeline */
	double rate, capacity;                      /* messages/s */
	uint32_t need, least, max_replicas;         /* ceil(rate/capacity) at least 1; least total T_w */
	double availability;                        /* target or 0 */
	double *request;                            /* per model resource */
	struct hk_candidate *candidates; uint32_t n_candidates;     /* sorted by cluster */
	uint32_t *previous;                         /* per candidate: replicas in the previous plan; NULL without one */
	double move_cost;
};

/* One pipeline. */
struct hk_block {
	uint32_t pipeline;                          /* index in the model */
	struct hk_place_workload *workloads; uint32_t n_workloads;
	struct hk_edge *edges; uint32_t n_edges;
	double fixed_cost;                          /* moves out of clusters that are no candidates any more */
	bool impossible;                            /* seen while building: it has no plan, even alone */
};

struct hk_problem {
	struct hk_arena arena;
	const struct hk_model *model;               /* borrowed */
	struct hk_routes *routes;                   /* between all clusters, ready to be asked by any thread */
	bool routes_borrowed;                       /* they are not closed with the problem */
	double *capacity;                           /* n_clusters * n_resources: allocatable - used - reserve; INFINITY for unlimited clusters */
	struct hk_block *blocks; uint32_t n_blocks;
	struct hk_option *options; uint32_t n_options;      /* by link and kind, then those of kind REACH */
	/* per link: index of its BANDWIDTH option, then of its LATENCY option, or HK_NO_INDEX; NULL when there is no option at all */
	uint32_t *link_options;
	struct hk_needs *needs; uint32_t n_needs;   /* needs[0] is nothing */
};

#endif
