/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plan side of the decomposition: one answer of every pipeline into what there is. Kept exactly at all times: what each coupling row has left, who lives in
 * which cluster, and how the replicas of each cluster stand on its nodes. A pipeline is put in or taken out as a whole; nothing here walks over the whole world
 * for one pipeline.
 */
#ifndef HK_PLACE_CONSTRUCT_INTERNAL_H
#define HK_PLACE_CONSTRUCT_INTERNAL_H

#include "place/decomposition.h"
#include "place/pack.h"
#include "place/solve_internal.h"

/* Most pipelines freed together. */
#define HK_FREED_MAX 40
/* Kinds of neighbourhoods that are tried, one after the other (construct_improve.c). */
#define HK_LEVELS 10

struct hk_shares { struct hk_node_share *v; size_t n, cap; };
struct hk_uses { struct hk_row_use *v; size_t n, cap; };

/* A cluster with nodes. */
struct hk_construct_site {
	struct { struct hk_pack_item *v; size_t n, cap; } residents;    /* sorted by (block, workload) */
	struct hk_shares shares;        /* how they stand on nodes, unless stale; sorted as in solution.h */
	struct hk_shares next;          /* after hk_construct_pack, until it is kept or dropped */
	bool stale;                     /* residents changed since */
	bool packed;                    /* next is the packing of the residents */
};

/* A pipeline and its place. */
struct hk_tenant {
	bool placed;
	double cost;                    /* list prices, currency/h */
	struct hk_block_solution solution;
	struct hk_uses uses;            /* sorted by row */
	uint32_t pushed;                /* times it had to leave for another one */
	uint64_t tried[HK_LEVELS];      /* per level: improvements seen when it was last freed */
	uint32_t turn;                  /* which partners come next */
	bool hard;                      /* its model decides about pairs of failure domains */
	bool unlearned;                 /* cuts were made that its model does not have yet */
};

/* Pipelines that were freed together. */
struct hk_freed_group {
	uint64_t key;                   /* of who they are */
	uint64_t columns;
	uint64_t improvements;          /* seen then */
};

struct hk_row_users { uint32_t *v; size_t n, cap; };

struct hk_construct {
	struct hk_search *search;       /* cuts, best plan, limits */
	const struct hk_problem *problem;
	struct hk_decomposition decomposition;
	struct hk_decomposition_targets targets;
	struct hk_arena arena;
	struct hk_arena scratch;        /* of one packing */
	struct hk_arena drafts;         /* of one place that is looked for */
	struct hk_err *err;
	bool failed;                    /* the solver gave up; err says why */
	struct hk_tenant *tenants;      /* per block */
	struct hk_construct_site *sites;          /* per cluster */
	double *left;                   /* per row */
	struct hk_row_users *users;     /* per row: blocks that use it, ascending */
	double *pressure;               /* per row: price added because it was fought over */
	double *prices;                 /* per row: of the decomposition, with the pressure */
	double *capacity;               /* per row: with a margin for rounding */
	double *limits;                 /* per row: room for tightened limits */
	uint32_t *row_of;               /* [cluster][resource], HK_NO_INDEX */
	uint32_t *row_of_link;          /* HK_NO_INDEX */
	struct { uint32_t *v; size_t n, cap; } stale;       /* sites */
	struct { uint32_t *v; size_t n, cap; } homeless;    /* blocks without a place, in the order in which they are looked after */
	struct { uint32_t *v; size_t n, cap; } strict;      /* blocks that need a place node by node */
	struct { struct hk_freed_group *v; size_t n, cap; } freed;
	uint64_t improvements;
	uint64_t *touched;              /* per row: improvements when its use last changed */
	double *kept_cost;              /* per block: in search->best */
	uint64_t nodes_freed;           /* of one search of pipelines freed together */
	double work;                    /* searched nodes times columns that may still be spent */
	double tolerance;               /* relative gap wanted */
	uint32_t *columns;              /* per block: size of its model */
};

/* construct_state.c */
int hk_construct_open(struct hk_construct *c, struct hk_search *search, struct hk_err *err);
void hk_construct_close(struct hk_construct *c);
/* Rows a solution uses. */
void hk_construct_uses(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution, struct hk_uses *uses);
/* Do these uses fit what is left? */
bool hk_construct_fits(const struct hk_construct *c, const struct hk_row_use *uses, size_t n);
/* Copies the solution. The block must be out. Its clusters become stale. */
void hk_construct_put(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution, double cost);
/* Out of the plan; tenant->solution stays as it was. */
void hk_construct_take(struct hk_construct *c, uint32_t block);
/* As take, but clusters whose packing holds keep it for the others. */
void hk_construct_leave(struct hk_construct *c, uint32_t block);
double hk_construct_objective(const struct hk_construct *c);
double hk_construct_use(const struct hk_tenant *tenant, uint32_t row);

/* A configuration as a solution. */
struct hk_draft {
	struct hk_block_solution *solution;     /* in c->drafts; NULL when the configuration is of no use */
	double cost;                    /* list prices */
	double bent;
	bool missed;                    /* a target, before replicas were added */
	uint32_t **base;                /* [workload][candidate]: counts then; NULL when not missed */
};

/*
 * construct_targets.c: more replicas until every target that counts alone would miss is met. False when there is no room, or others look at the counts. Adds to
 * *cost.
 */
bool hk_construct_top_up(struct hk_construct *c, uint32_t block, struct hk_block_solution *solution, const double *limits, const double *prices, double *cost);
/* For the decomposition (struct hk_decomposition_targets); closure: the struct hk_construct. */
bool hk_construct_miss(void *closure, uint32_t block, uint32_t workload, uint32_t *counts, const uint32_t *most, uint32_t *least);
const struct hk_hull *hk_construct_hull(void *closure, uint32_t block, uint32_t workload);
/* Do counts alone, whatever the nodes, miss a target? */
bool hk_construct_misses_targets(struct hk_construct *c, uint32_t block, struct hk_block_solution *solution);

/*
 * construct_pairs.c: the block asked with rows that are enough for its targets. base: counts of an answer that misses them; with forgive it may go on relying
 * on the pairs of domains it relies on most. No solution when there is none.
 */
struct hk_draft hk_construct_strict(struct hk_construct *c, uint32_t block, uint32_t *const *base, bool forgive, const double *limits, const double *prices);

/* construct_place.c: a place for one pipeline. */
struct hk_draft hk_construct_draft(struct hk_construct *c, uint32_t block, const struct hk_configuration *configuration, const double *limits,
				   const double *prices);
/* The block's model with the cuts that were made since; its configurations are gone. */
void hk_construct_learn(struct hk_construct *c, uint32_t block);
/* Priced cost of a configuration; prices may be NULL. */
double hk_construct_bent(const struct hk_configuration *configuration, const double *prices);
/* Prices and pressure anew, the latter to nothing. */
void hk_construct_reset_prices(struct hk_construct *c);
/* The cheapest place (list prices bent by `prices`, which may be NULL) within `limits`, by known configurations and by a search. True when put. */
bool hk_construct_place(struct hk_construct *c, uint32_t block, const double *limits, const double *prices);
/* A place for the block even when others have to leave; they become homeless. True when put. */
bool hk_construct_push_in(struct hk_construct *c, uint32_t block);

/* construct_master.c: which configuration of each block, and in which order to fill. choice: index of a configuration or HK_NO_INDEX. */
void hk_construct_choose(struct hk_construct *c, uint32_t *choice, uint32_t *order);

/*
 * construct_warm.c: from the plan before: bound at its prices, everybody who did not change where he was, the others into what is left. True when there was a
 * plan before to start from; a plan it led to is in search->best.
 */
bool hk_construct_warm(struct hk_construct *c);

/* construct_fill.c: everybody in. False when somebody stays homeless or limits came first. */
bool hk_construct_fill(struct hk_construct *c);
/* The homeless, into what is left or by pushing others out. */
bool hk_construct_house(struct hk_construct *c);

/* construct_pack.c */
/* Every stale site into `next`. *failed: how many could not; with first_failure the first one ends it. */
size_t hk_construct_pack(struct hk_construct *c, bool first_failure);
void hk_construct_keep_packing(struct hk_construct *c);
void hk_construct_drop_packing(struct hk_construct *c);
/* Why the residents of a site do not fit its nodes: as hk_pack_cluster, conflict in c->scratch. */
enum hk_pack_result hk_construct_conflict(struct hk_construct *c, uint32_t cluster, struct hk_pack_item **conflict, size_t *n_conflict, bool *monotone);
/* Probability with the nodes as packed (next where there is one). *crowd: most replicas on one node. */
double hk_construct_availability(const struct hk_construct *c, uint32_t block, uint32_t workload, uint32_t *crowd);
/* All targets of the block, and of those whose nodes were dealt out anew? Spreads replicas over more nodes where that helps. */
bool hk_construct_meets_targets(struct hk_construct *c, const uint32_t *blocks, size_t n);

/* The resource of the cluster that is used most; HK_NO_INDEX when none is scarce. */
uint32_t hk_construct_fullest_row(const struct hk_construct *c, uint32_t cluster);
/* construct_settle.c: mends what does not pack or misses its target. True when the plan is whole and exact. */
bool hk_construct_settle(struct hk_construct *c);

/* construct_rest.c: the block exactly as it would be alone in what the others leave, node by node. True when put and packed. */
bool hk_construct_alone(struct hk_construct *c, uint32_t block);

/* construct_hull.c: rows that the relaxation at the best prices violates and no counts that meet their targets do. True when there were any. */
bool hk_construct_hulls(struct hk_construct *c);

/*
 * Searched nodes times columns for every pipeline: after so much work more prices may be cheaper than more neighbourhoods, and the other way round; twice as
 * much each time.
 */
#define HK_TURN_EACH 2.5e4

/*
 * construct_improve.c: until the gap is reached, nothing is left to try or `work` (or all there is) is done. False when nothing was left to try: next time
 * searches are longer.
 */
bool hk_construct_improve(struct hk_construct *c, double work);
/* As improve, but only the first kinds of neighbourhoods, and with `wide` not only of those who pay most: what a few pipelines that came late need. */
void hk_construct_mend(struct hk_construct *c, uint32_t levels, bool wide, double work);
/* What the block pays beyond the least it could at the best prices. */
double hk_construct_excess(const struct hk_construct *c, uint32_t block);
/* construct_eject.c: the block where it would be at the prices, others elsewhere. True when that is cheaper; else all is as before. */
bool hk_construct_eject(struct hk_construct *c, uint32_t seed);

/* construct.c */
bool hk_construct_stopped(struct hk_construct *c);
bool hk_construct_good_enough(const struct hk_construct *c);
/* The plan at hand into search->best when it is better. */
void hk_construct_save(struct hk_construct *c);
/* search->best as the plan at hand. */
void hk_construct_restore(struct hk_construct *c);
/* A line for plan -v. */
void hk_construct_say(const struct hk_construct *c, const char *what);
/* More rounds of prices with whole numbers, until the bound proves the best plan or they are over. */
void hk_construct_price(struct hk_construct *c, double tolerance, unsigned rounds);
void hk_construct_count(struct hk_construct *c, const uint32_t *blocks, size_t n, uint64_t nodes);

#endif
