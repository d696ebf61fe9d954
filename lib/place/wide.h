/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pipelines that are too wide for a linear program of their own: dozens of workloads, each with dozens of candidates. A proved lower bound without one, and
 * plans from models that are restricted to the candidates which the bound finds worth a look. Internal to the solver. Nothing here depends on a clock but the
 * outer limits.
 */
#ifndef HK_PLACE_WIDE_H
#define HK_PLACE_WIDE_H

#include "place/cuts.h"
#include "place/glpk.h"
#include "place/problem.h"
#include "place/solution.h"

/*
 * What no row says: do these counts (per candidate) of a workload meet its target? If not, least gets counts that may, reached by adding replicas, nowhere more
 * than most, or the counts themselves when none are known; and the counts rise as far as they still miss it, nowhere above most.
 */
struct hk_wide_check {
	void *closure;
	bool (*meets)(void *closure, uint32_t block, uint32_t workload, uint32_t *replicas, const uint32_t *most, uint32_t *least);
};

struct hk_wide_limits {
	double gap;                       /* relative */
	double cutoff;                    /* only answers that cost less are of interest; INFINITY = any */
	const double *capacity;           /* per (cluster, resource): room that is left; NULL = the problem's */
	const double *bandwidth;          /* per link; NULL = the model's */
	const double *capacity_price;     /* per (cluster, resource): costs are bent by these; NULL = none */
	const double *link_price;         /* per link and bit/s; NULL = none */
	bool any;                         /* the first plan will do */
	struct hk_wide_check check;       /* meets may be NULL: cuts are all there is to know */
	double deadline;                  /* hk_glpk_clock() value, INFINITY = none */
	size_t memory;                    /* bytes for GLPK; 0 = 1 GiB */
	const volatile int *interrupt;    /* may be NULL */
	void (*progress)(void *closure, const char *line);    /* may be NULL */
	void *closure;
};

struct hk_wide_result {
	enum hk_glpk_status status;       /* OPTIMAL: within the gap */
	double objective, bound;
	uint64_t iterations, nodes;
	bool hit_limit, interrupted;
};

/* Is one of these pipelines more than GLPK can be expected to search? */
bool hk_wide_needed(const struct hk_problem *problem, const uint32_t *members, uint32_t n_members);

struct hk_wide_engine;

/* Members ascending. Everything given is borrowed but the limits themselves. */
struct hk_wide_engine *hk_wide_open(const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_wide_limits *limits);
void hk_wide_close(struct hk_wide_engine *engine);
uint32_t hk_wide_members(const struct hk_wide_engine *engine);
/*
 * Bound and plan of the members together. cuts may be NULL. blocks: per block of the problem, members' have room; filled when there is a plan: all rows of the
 * strong form and all cuts hold, counts are whole. Asked again with more cuts, only pipelines that miss one are placed again. -1 only for failures of the
 * library.
 */
int hk_wide_answer(struct hk_wide_engine *engine, const struct hk_cuts *cuts, struct hk_wide_result *result, struct hk_block_solution *blocks,
		   struct hk_err *err);
/* Give it more work for a better plan and bound, the next time it is asked. False when it has had enough. */
bool hk_wide_more(struct hk_wide_engine *engine);

#endif
