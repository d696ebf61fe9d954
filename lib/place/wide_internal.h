/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bound of wide pipelines by variable splitting (Guignard and Kim, Lagrangean decomposition, 1987). "What arrives at a workload in a cluster over an edge"
 * exists twice: once for the flow, once for the counts of replicas. A price per slot (edge, cluster) makes the two agree. At given prices
 *   - the flow is one walk against the direction of the messages: a message pays least from wherever it stands (wide_flow.c),
 *   - each workload's counts are a small problem of their own, in whole numbers (wide_count.c, wide_inputs.c),
 * and their sum, less prices times capacities of shared rows, is a proved lower bound for any prices. wide_ascent.c looks for good ones.
 */
#ifndef HK_PLACE_WIDE_INTERNAL_H
#define HK_PLACE_WIDE_INTERNAL_H

#include "place/wide.h"

/* Arcs of an edge by origin: those of origin i are [start[i], start[i + 1]). */
struct wide_edge {
	uint32_t from, to;            /* workload of the block; HK_NO_INDEX for given clusters and, as origin, for a workload nothing enters */
	double share;                 /* of the load of `to` */
	double need;                  /* replicas of `to` that this edge alone asks for */
	double bits;                  /* per second when all of it flows */
	uint32_t n_from, n_to;
	uint32_t *start, *target;
	double *cost, *base;          /* with and without the prices of links; the same array while no link has a price */
	bool dense;                   /* every origin reaches every target */
	size_t slot;                  /* first of n_to slots */
	double *least;                /* per origin: cheapest way on */
};

struct wide_workload {
	uint32_t n;
	double *replica, *base;       /* cost of one replica per candidate, with and without the prices of capacities */
	double *load;                 /* cost of the whole load per candidate */
	double *onward;               /* per candidate: cost of the whole load from here on, at the prices at hand */
	uint32_t *most, *cluster;
	uint32_t *domain;             /* per candidate: what fails together, HK_NO_INDEX when the target survives its failure */
	uint32_t need, least, most_total;
	double part;                  /* share of the load one replica carries */
	bool survives;                /* without any one domain `need` replicas are left */
	uint32_t *inputs, *outputs; uint32_t n_inputs, n_outputs;      /* edges */
	size_t count;                 /* first of n counts */
};

struct wide_block {
	uint32_t block;
	const struct hk_block *from;
	struct wide_workload *workloads; uint32_t n_workloads;
	uint32_t *order;              /* workloads, sources first */
	struct wide_edge *edges; uint32_t n_edges;
	double flow_value, count_value;
	double bound;                 /* both together at the best prices */
};

/* Capacity of a cluster or bandwidth of a link that the members could pass together. */
struct wide_row { bool is_link; uint32_t cluster, resource, link; double capacity, price /* of all of it */, use, excess /* averaged, as a share */; };

struct hk_wide {
	const struct hk_problem *problem;
	const struct hk_wide_limits *limits;
	struct hk_arena arena;
	struct wide_block *blocks; uint32_t n_blocks;
	struct wide_row *rows; uint32_t n_rows;
	double *row_price;            /* [cluster * resources + resource] */
	double *link_price;           /* per link */
	double *pair_price;           /* [cluster * clusters + cluster]: of all links on the route, per bit/s */
	bool links_priced;
	uint32_t *domain_of;          /* per cluster: what fails together */
	double *domain_up;            /* per cluster: availability of its domain */
	size_t n_slots, n_counts;
	double *price, *flow, *count; /* per slot: price, what the flow brings, what the counts take */
	double *replicas;             /* per count */
	double *flow_mean, *count_mean, *replicas_mean;        /* averages that tend to a solution of the relaxation */
	double bound;                 /* the best so far */
	double value;                 /* at the newest prices */
	uint64_t iterations;
};

/* wide_open.c */
void hk_wide_blocks_open(struct hk_wide *wide, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members,
			 const struct hk_wide_limits *limits);
void hk_wide_blocks_close(struct hk_wide *wide);

/* wide_flow.c: cheapest flow at the prices, as shares per slot into wide->flow. */
void hk_wide_flow(struct hk_wide *wide, struct wide_block *block);
/* The arc that the flow takes from an origin. */
uint32_t hk_wide_flow_arc(const struct hk_wide *wide, const struct wide_block *block, const struct wide_edge *edge, uint32_t origin);

/* wide_count.c: cheapest counts at the prices; shares taken and replicas into wide->count and wide->replicas. Returns a lower bound of their priced cost. */
double hk_wide_count(struct hk_wide *wide, struct wide_block *block, uint32_t workload);
/* Totals of replicas worth a look: with `total` of them a domain that may fail holds at most `cap`. False behind the last one. */
bool hk_wide_count_stage(const struct wide_workload *w, uint32_t stage, uint32_t *total, uint32_t *cap);
/* wide_inputs.c: the same for workloads that several edges enter. */
double hk_wide_count_inputs(struct hk_wide *wide, struct wide_block *block, uint32_t workload);
/* First prices: what a replica costs, spread over the load it can carry. */
void hk_wide_first_prices(struct hk_wide *wide);

/* wide_ascent.c: raise wide->bound; `target` is the cost of a plan, INFINITY when none is known. May be called again. */
void hk_wide_ascend(struct hk_wide *wide, double target, unsigned rounds);
/* Told to stop from outside? */
bool hk_wide_stopped(const struct hk_wide *wide);

/* What the members have together: the plan at hand, and what it leaves. */
struct wide_plan {
	struct hk_wide *wide;
	struct hk_arena arena;
	const struct hk_cuts *cuts;            /* may be NULL */
	struct hk_block_solution *blocks;      /* per member, with room */
	bool *placed;                          /* per member */
	double *cost;                          /* per member: at list prices */
	unsigned turns;                        /* of hk_wide_plan_around over all members: neighbourhoods grow with them */
	uint32_t *member_of;                   /* per block of the problem, HK_NO_INDEX for others */
	double *capacity, *bandwidth;          /* left */
	double work;                           /* nodes times terms spent */
	uint64_t nodes, iterations;
	bool hit_limit, interrupted;
};

/* How much to look for one place. */
struct wide_effort {
	uint32_t clusters;                     /* see wide_choose */
	uint64_t nodes;
	bool any;
	/* per member asked: workloads that may change, to a plan that costs less; NULL = all, at the prices of shared rows */
	bool *const *free;
	bool dearer;                           /* the present places break a rule: dearer ones will do */
	bool share;                            /* leave others who have no place yet what they need */
	bool apart;                            /* candidates of workloads that must not meet are divided beforehand */
};

/* wide_choose.c: candidates of a member worth a look, about `clusters` clusters for all workloads and a few of each workload's own; those in use always. */
void hk_wide_choose(const struct wide_plan *plan, uint32_t member, uint32_t clusters, bool **keep);
/* wide_apart.c: of these, no domain for both of two workloads that have to be apart. */
void hk_wide_choose_apart(const struct wide_plan *plan, uint32_t member, bool **keep);
bool hk_wide_has_apart(const struct wide_plan *plan, uint32_t member);
/* Of these, only those in use for all workloads that are not free. */
void hk_wide_choose_free(const struct wide_plan *plan, uint32_t member, const bool *free, bool **keep);

struct wide_subset;

/* wide_judge.c: a restricted model of members (ascending). free: as in struct wide_effort; only the targets of workloads that may change are looked at. */
struct wide_judge { const struct wide_plan *plan; const uint32_t *members; const struct wide_subset *subset; bool *const *free; };
/* For struct hk_glpk_check; most, raise and n may be NULL. closure: a struct wide_judge. */
bool hk_wide_judge_holds(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n);

/* wide_share.c: make it dear to take more of shared rows than members without a place can do without. */
void hk_wide_share(const struct wide_plan *plan, uint32_t member, struct wide_subset *subset);
/* What the place that the member has costs more by that; its room is given back. */
double hk_wide_share_paid(const struct wide_plan *plan, uint32_t member);

/* wide_place.c */
void hk_wide_plan_open(struct wide_plan *plan, struct hk_wide *wide);
void hk_wide_plan_close(struct wide_plan *plan);
double hk_wide_plan_cost(const struct wide_plan *plan);
/* At list prices and those of the capacities that all share. */
double hk_wide_plan_bent(const struct wide_plan *plan, uint32_t member);
/* One restricted model for members (ascending) in what the others leave; *found when they have a place now, or together a better one. */
int hk_wide_place(struct wide_plan *plan, const uint32_t *members, uint32_t n, const struct wide_effort *effort, bool *found, struct hk_err *err);
/* Take a member out of the plan. */
void hk_wide_plan_remove(struct wide_plan *plan, uint32_t member);
/* A member's place, to be put back. */
struct wide_saved { struct hk_arena arena; struct hk_block_solution solution; double cost; };
void hk_wide_plan_save(const struct wide_plan *plan, uint32_t member, struct wide_saved *saved);
/* Instead of what it has now. */
void hk_wide_plan_put(struct wide_plan *plan, uint32_t member, const struct wide_saved *saved);

/* wide_around.c: a workload, what it talks to, what that talks to, until there are `most` of them. */
void hk_wide_free_around(const struct wide_block *block, uint32_t centre, uint32_t most, bool *free);
/* Better places for a few workloads at a time, until a turn over all of them brings nothing or the work is done. One member only, or HK_NO_INDEX for all. */
int hk_wide_plan_around(struct wide_plan *plan, uint32_t member, double work, struct hk_err *err);

/* wide_plan.c: a place for every member; *complete when all have one. */
int hk_wide_plan_construct(struct wide_plan *plan, bool *complete, struct hk_err *err);
/* All have a place, and together they are within the gap. */
bool hk_wide_plan_good(const struct wide_plan *plan);
/* A first place for one member, with more and more candidates. */
int hk_wide_plan_place(struct wide_plan *plan, uint32_t member, struct hk_err *err);

/* wide_mend.c: cuts that the plan misses, each by the one move that costs least; members for which there is none are out of the plan then. */
int hk_wide_plan_mend(struct wide_plan *plan, struct hk_err *err);

#endif
