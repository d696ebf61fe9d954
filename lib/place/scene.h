/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One workload with an availability target, as the cuts see it: which counts can meet the target, whatever nodes their replicas share? */
#ifndef HK_PLACE_SCENE_H
#define HK_PLACE_SCENE_H

#include "place/pack.h"
#include "place/splits.h"

/* Replicas of others in a cluster, to be packed beside the workload's. */
struct hk_company { struct hk_pack_item *items; size_t n; bool *left_out; };

/* So many replicas are up. */
struct hk_outcome { uint32_t up; double chance; };

/* One workload's candidates as the probability sees them. */
struct hk_scene {
	struct hk_arena arena;
	const struct hk_problem *problem;
	const struct hk_place_workload *placed;
	uint32_t block, workload, n, need;
	uint32_t *domain;             /* per candidate: number of its failure domain, in order of appearance */
	uint32_t n_domains;
	double *domain_up;            /* per domain */
	bool *shares;                 /* per candidate: may its replicas share nodes? */
	uint32_t **caps, *nodes;      /* per candidate: most replicas on each node that takes any, falling; how many such nodes there are */
	uint32_t *most;
	struct hk_splits **splits;    /* [candidate][replicas]: made when first asked for */
	uint32_t *choice;             /* per candidate: the split at hand */
	struct hk_company *company;   /* per candidate; NULL: the workload has the nodes for itself */
	uint64_t *steps;              /* of packing, with company */
	double *total, *within, *sum; /* distributions over 0..need */
	struct hk_outcome *outcome;   /* room for those of one part */
};

/* For qsort: counts, the largest first. */
int hk_counts_falling(const void *left, const void *right);
void hk_scene_open(struct hk_scene *s, const struct hk_problem *problem, uint32_t block, uint32_t workload);
void hk_scene_close(struct hk_scene *s);
/* From now on with what the newest answers (per block) place beside it, as far as it matters. steps is borrowed. */
void hk_scene_invite(struct hk_scene *s, const struct hk_block_solution *blocks, const uint32_t *replicas, uint64_t *steps);
/* Splits that leave room for the company. False: not known, ask without company. */
bool hk_company_splits(struct hk_scene *s, uint32_t candidate, uint32_t x, struct hk_splits *splits);
/* Forget what is known of a candidate's splits: its company changed. */
void hk_scene_forget(struct hk_scene *s, uint32_t candidate);
/* True only when these counts (per candidate) cannot meet the target, whichever nodes their replicas share. */
bool hk_scene_misses(struct hk_scene *s, const uint32_t *replicas);
/* One candidate after the other, cheapest first, as far as these counts still miss the target, nowhere above `most`. */
void hk_scene_raise(struct hk_scene *s, uint32_t *replicas, const uint32_t *most);
/* The same for one candidate. */
void hk_scene_raise_one(struct hk_scene *s, uint32_t *replicas, uint32_t candidate, uint32_t most);

#endif
