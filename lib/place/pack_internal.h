/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of packing: one cluster's nodes as classes of interchangeable nodes, the replicas as items, and two ways to put one into the other: filling (fast, may
 * miss) and search (exact, under a step limit). Both work on counts of equal nodes, so that 10,000 equal nodes cost what one costs.
 */
#ifndef HK_PLACE_PACK_INTERNAL_H
#define HK_PLACE_PACK_INTERNAL_H

#include "place/pack.h"

/* Free amounts are widened by this before anything is placed, so that 0.1 + 0.2 fits 0.3 (docs/optimisation-model.md: 1e-9 relative on capacities). */
#define HK_PACK_SLACK 1e-9

struct hk_pack_list { uint32_t *v; uint32_t n; };

/* One workload of the cluster. Lists hold item indices, sorted. */
struct hk_pack_part {
	const struct hk_workload *workload;
	uint32_t cap;                                 /* on one node; UINT32_MAX when only resources limit it */
	double *request;                              /* per resource that any item asks for */
	struct hk_pack_list apart, needs;             /* must not, must share a node with */
	struct hk_pack_list wish_apart, wish_near;
	bool needs_missing;                           /* must share a node with a workload that has no replica here */
	bool is_needed;                               /* another item needs it */
	bool spread;                                  /* wants nodes of its own: availability target or preferred apart from itself */
	double size;                                  /* largest share of the best node, over resources */
};

struct hk_pack_class { double *free; bool *accepts; uint32_t nodes; struct hk_pack_list groups; };

/* Equal nodes of one class with the same replicas on them. */
struct hk_pack_held { uint32_t part, count; };
struct hk_pack_run { uint32_t class_index, nodes; struct hk_pack_held *held; uint32_t n_held, cap_held; double *left; size_t next; };
struct hk_pack_runs { struct hk_pack_run *v; size_t n, cap; };

struct hk_pack {
	struct hk_arena arena;
	struct hk_arena scratch;                      /* of one try; its runs live here until the next */
	const struct hk_cluster *cluster;
	const struct hk_pack_item *items;
	struct hk_pack_part *parts; uint32_t n_parts;
	uint32_t *by_size;                            /* parts, largest first */
	struct hk_pack_class *classes; uint32_t n_classes;
	size_t n_resources;
	bool any_needs;
};

/* Runs live in pack->scratch. Adding one may move the others. */
struct hk_pack_run *hk_pack_run_add(struct hk_pack *pack, struct hk_pack_runs *runs, uint32_t class_index, uint32_t nodes);
uint32_t hk_pack_run_count(const struct hk_pack_run *run, uint32_t part);
void hk_pack_run_put(struct hk_pack *pack, struct hk_pack_run *run, uint32_t part, uint32_t count);
/* The same replicas and the same room on other nodes. */
void hk_pack_run_share(struct hk_pack *pack, const struct hk_pack_run *from, struct hk_pack_run *to);

/* Some item needs a workload that has no demand. */
bool hk_pack_misses_need(const struct hk_pack *pack, const uint32_t *demand);
/* Required apart from itself on nodes, as DaemonSets always are. */
bool hk_pack_alone_on_node(const struct hk_workload *workload, uint32_t index);
/* How often `request` fits into `left`. */
uint32_t hk_pack_fits(const double *request, const double *left, size_t n_resources);

void hk_pack_prepare(struct hk_pack *pack, const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items);
void hk_pack_finish(struct hk_pack *pack);

enum hk_pack_wish { HK_WISH_SPREAD = 1, HK_WISH_NEAR = 2 };
/* First fit, largest items first, the wishes first where asked. True when all of demand (per part) found a place. */
bool hk_pack_fill(struct hk_pack *pack, const uint32_t *demand, unsigned wishes, struct hk_pack_runs *runs);

/* Node by node, in several ways, until `work` looks at an item are used up. Not with required together. */
bool hk_pack_mix(struct hk_pack *pack, const uint32_t *demand, uint64_t work, struct hk_pack_runs *runs);

/*
 * Runs that leave some of demand without a place, mended: replicas make room for others by moving, or by giving way to larger ones. Until `work` looks at a
 * replica are used up. Not with required together. On true *runs is the answer.
 */
bool hk_pack_mend(struct hk_pack *pack, const uint32_t *demand, uint64_t work, struct hk_pack_runs *runs);

/*
 * Every way that can matter. *steps is used up; with `needs` false required together is left out of account (a relaxation). runs NULL: only the answer matters.
 */
enum hk_pack_result hk_pack_search(struct hk_pack *pack, const uint32_t *demand, bool needs, uint64_t *steps, struct hk_pack_runs *runs);

/* tracked: per part. found: true to see no more. */
struct hk_pack_collect { const bool *tracked; bool (*found)(void *closure, const struct hk_pack_runs *runs); void *closure; };
/*
 * Show every packing that differs in how many of the tracked parts stand together on a node (equal ones may be shown more than once). HK_PACKED: found() had
 * enough; HK_UNPACKABLE: all were shown; HK_PACK_UNDECIDED: steps ran out.
 */
enum hk_pack_result hk_pack_search_all(struct hk_pack *pack, const uint32_t *demand, const struct hk_pack_collect *collect, uint64_t *steps);

/* A quick proof that the demand cannot be packed, when there is one. */
bool hk_pack_surely_not(struct hk_pack *pack, const uint32_t *demand);

/* Fill, then mend, then mix, then search. */
enum hk_pack_result hk_pack_try(struct hk_pack *pack, const uint32_t *demand, bool needs, uint64_t *steps, struct hk_pack_runs *runs);

/* Reduce an unpackable demand in place to a minimal one; false when only the exact combination is known to be impossible. */
bool hk_pack_minimise(struct hk_pack *pack, uint32_t *demand, uint64_t step_limit);

#endif
