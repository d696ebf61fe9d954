/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What if? The best plan of one pipeline when a workload of it has to have a replica in some cluster, or may have none there, and all other pipelines stay
 * where a plan has them. Solved anew, so that the difference is that of whole plans, connections and all.
 */
#ifndef HK_PLACE_ALTERNATIVE_H
#define HK_PLACE_ALTERNATIVE_H

#include "place/solve.h"

struct hk_alternative_place { uint32_t cluster, replicas; };

struct hk_alternative {
	struct hk_arena arena;
	bool candidate;               /* the rules let a replica be there */
	bool possible, exact;         /* a plan was found; both numbers are optima */
	double base, cost;            /* currency/h of the pipeline: as it likes best, and as was asked */
	double base_latency, latency; /* s: mean over the messages on connections from and to the workload */
	struct hk_alternative_place *places; size_t n_places;     /* of the workload, as asked; by cluster */
};

/* The world the plan leaves to one pipeline, and its best plan there. */
struct hk_alternatives;
/*
 * block: of the problem; the problem (built without a previous plan) and the plan are borrowed. NULL and an error when not even the plan's own pipeline can be
 * solved.
 */
struct hk_alternatives *hk_alternatives_open(const struct hk_problem *problem, const struct hk_plan *plan, uint32_t block,
					     const struct hk_solve_options *options, struct hk_err *err);
void hk_alternatives_close(struct hk_alternatives *alternatives);
/* without: no replica there; else at least one. The answer is released by hk_arena_release(&answer->arena). */
int hk_alternative_ask(struct hk_alternatives *alternatives, uint32_t workload, uint32_t cluster, bool without, struct hk_alternative *answer,
		       struct hk_err *err);

#endif
