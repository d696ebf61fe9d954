/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What any solver method returns. Owned by its arena. */
#ifndef HK_PLACE_SOLUTION_H
#define HK_PLACE_SOLUTION_H

#include "place/problem.h"

enum hk_solve_outcome {
	HK_SOLVED_OPTIMAL,       /* gap within the asked tolerance */
	HK_SOLVED_FEASIBLE,      /* a plan, but a work, time or interrupt limit came first */
	HK_SOLVED_INFEASIBLE,    /* proved: no plan satisfies every limit */
	HK_SOLVED_NOTHING,       /* a limit came before any plan */
};

struct hk_block_solution {
	uint32_t **replicas;     /* [workload][candidate] */
	double **load;           /* [workload][candidate]: share of the workload's rate handled there */
	double **flow;           /* [edge][arc]: share of the edge's rate */
};

/* Replicas of one workload on one node. Sorted by (block, workload, cluster, group, node). */
struct hk_node_share { uint32_t block, workload, cluster, group, node /* 0-based inside the group */, replicas; };

struct hk_solution {
	struct hk_arena arena;
	enum hk_solve_outcome outcome;
	struct hk_block_solution *blocks;
	struct hk_node_share *nodes; size_t n_nodes;       /* unlimited clusters have none */
	/* per option of the problem: bit/s, or 1 for the lower latency; no more than the flows need. NULL without options */
	double *bought;
	double objective, bound;                           /* currency/h; gap = (objective - bound) / max(|objective|, 1e-9) */
	bool hit_limit, interrupted;
	uint64_t iterations, tree_nodes, cuts;
	const char *method;                                /* for plan -v only */
	/* What a re-plan can start from (warm.h); NULL when the search had no prices */
	double *prices;                                    /* per coupling row, >= 0 */
	double *block_bounds;                              /* per block: proved least cost at the prices, without moves; NaN when not known */
};

#endif
