/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decomposition by pipeline (Dantzig and Wolfe, 1960; bounds: Geoffrion, Lagrangean relaxation, 1974). Pipelines meet only in coupling rows: resources of
 * clusters and bandwidth of links. With a price on every coupling row each pipeline is a small model of its own, and
 *     bound(prices) = sum over pipelines of (their least priced cost) + the least the network can be bought for at the prices - sum over rows of price *
 *     capacity
 * is a proved lower bound for any prices >= 0, as long as each pipeline's part is a proved bound of its own.
 *
 * Two halves share these shapes: the bound side (open, relax, price) finds prices, bounds and configurations; the plan side (construct, improve) puts one
 * configuration of each pipeline into what there is. Internal to the solver. Nothing here depends on a clock, and nothing on the number of threads: results are
 * merged in the order of the pipelines.
 */
#ifndef HK_PLACE_DECOMPOSITION_H
#define HK_PLACE_DECOMPOSITION_H

#include "place/glpk.h"
#include "place/milp_form.h"
#include "place/solve.h"

/*
 * Something several pipelines use and could use up: a resource of a limited cluster, or a link with a bandwidth. What all pipelines together cannot overfill,
 * whatever they do, is no row. Numbered: clusters by (cluster, resource), then links.
 */
struct hk_coupling_row {
	bool is_link;
	uint32_t cluster, resource;   /* when not a link */
	uint32_t link;
	double capacity;              /* units of the resource; bit/s */
};

struct hk_row_use { uint32_t row; double amount; };
struct hk_point_value { uint32_t column; double value; };

/* A whole answer of one pipeline. Points are sparse: columns of the block's own form that are not 0. */
struct hk_configuration {
	double cost;                  /* currency/h at list prices: the block's own objective */
	struct hk_row_use *uses; uint32_t n_uses;       /* sorted by row */
	struct hk_point_value *point; uint32_t n_point;
	bool whole;                   /* all integers are whole numbers */
	const struct hk_block_solution *solution;       /* one that was part of a plan, instead of a point; NULL for others */
};

struct hk_decomposition_block {
	double bound;                 /* proved least priced cost at the kept prices */
	struct hk_configuration *configurations; uint32_t n_configurations, room;
	bool impossible;              /* proved: no answer even alone */
	void *own;                    /* of the bound side: form, matrix of uses, kept solver object */
};

/* Targets that rows do not say all about. */
struct hk_decomposition_targets {
	void *closure;
	/*
	 * Do these counts (per candidate) miss the workload's target, whatever the nodes? Then counts rise as far as the target is still missed, nowhere above
	 * most, and least (with room) has counts that may meet it, for the least added; the counts there were where none are known. Any thread.
	 */
	bool (*miss)(void *closure, uint32_t block, uint32_t workload, uint32_t *counts, const uint32_t *most, uint32_t *least);
	/* What is listed about the target (hull.h), NULL when nothing is. Any thread, each about blocks of its own. */
	const struct hk_hull *(*hull)(void *closure, uint32_t block, uint32_t workload);
};

struct hk_decomposition {
	const struct hk_problem *problem;
	const struct hk_cuts *cuts;   /* cuts on counts of a single block are rows of that block; others are left to the plan side */
	const struct hk_solve_options *options;
	const struct hk_decomposition_targets *targets;         /* for searches of whole numbers; set by the plan side, may be NULL */
	struct hk_arena arena;
	struct hk_coupling_row *rows; uint32_t n_rows;
	struct hk_decomposition_block *blocks;          /* problem->n_blocks */
	double *prices;               /* per row, >= 0: where the best bound was found */
	bool *frozen;                 /* per row: its price stays; NULL: none does */
	double bound;                 /* proved, of the whole problem; -INFINITY before the first round */
	double enough;                /* a bound that proves the plan at hand: no round of prices after it; INFINITY = none */
	double work;                  /* searched nodes times columns that rounds of prices may still spend; INFINITY = any */
	bool infeasible;              /* proved: some block has no answer, or the rows cannot all hold */
	uint64_t nodes, iterations;   /* spent */
	unsigned relaxed_rounds, whole_rounds;
	bool interrupted, hit_limit;
	void *own;                    /* of the bound side: master, threads */
};

int hk_decomposition_open(struct hk_decomposition *decomposition, const struct hk_problem *problem, const struct hk_cuts *cuts,
			  const struct hk_solve_options *options, struct hk_err *err);
void hk_decomposition_close(struct hk_decomposition *decomposition);

/* Start from prices (and block bounds at them) kept from an earlier run; both may be shorter stories: unknown rows 0. May be left out. */
void hk_decomposition_seed(struct hk_decomposition *decomposition, const double *prices);
/* As seed, with what a re-plan kept: prices, and the bounds of pipelines that did not change. */
void hk_decomposition_warm(struct hk_decomposition *decomposition, const struct hk_warm_start *warm);
/* One round at the prices at hand: a bound at once, for which only pipelines without a kept bound are searched. */
int hk_decomposition_reprice(struct hk_decomposition *decomposition, struct hk_err *err);
/* The next round looks again how little the block can cost: a bound that was kept knows nothing of moves. It stays proved. */
void hk_decomposition_doubt(struct hk_decomposition *decomposition, uint32_t block);
/* The prices, and the bounds of pipelines that hold without moves, for the next plan. */
void hk_decomposition_export(const struct hk_decomposition *decomposition, struct hk_arena *arena, double **prices, double **bounds);
/* Phase A: price loop over linear relaxations. Fills prices and bound; configurations that happen to be whole are kept. */
int hk_decomposition_relax(struct hk_decomposition *decomposition, struct hk_err *err);
/*
 * Phase B: rounds with whole numbers, until master minus bound is within `tolerance` (relative) or `rounds` are over. Raises bound, moves prices, adds whole
 * configurations. May be called again.
 * more: the searches of the first round may be longer than those of the call before.
 */
int hk_decomposition_price(struct hk_decomposition *decomposition, double tolerance, unsigned rounds, bool more, struct hk_err *err);

/* How to look for an answer of some blocks together. */
struct hk_answer_limits {
	const double *left;           /* per row: most these blocks may use together; NULL = capacity */
	const double *prices;         /* per row: costs are bent by these; NULL = list prices only */
	double gap;                   /* relative to the objective */
	double cutoff;                /* only answers whose bent cost is below are of interest; INFINITY = any */
	uint64_t nodes;               /* of the search tree; 0 = built-in */
	bool any;                     /* the first one will do */
	uint32_t *const *const *least;        /* [i][workload][candidate]: replicas of blocks[i] that there are at least; NULL at any level: none */
	bool known;                   /* only places that some answer of the pipeline used before: an INFEASIBLE then proves nothing */
};
struct hk_answer {
	enum hk_glpk_status status;   /* INFEASIBLE is proved (nothing below the cutoff) */
	double value, bound;          /* bent */
};
/* Blocks ascending. On an answer configurations[i] (owned by the decomposition's arena) is that of blocks[i]. */
int hk_decomposition_answer(struct hk_decomposition *decomposition, const uint32_t *blocks, uint32_t n_blocks, const struct hk_answer_limits *limits,
			    struct hk_answer *answer, struct hk_configuration *configurations, struct hk_err *err);
/*
 * The configuration as counts, loads and flows, cleaned to the last digits; solution has room (hk_block_solution_init). False when it does not survive exact
 * numbers.
 */
bool hk_decomposition_solution(struct hk_decomposition *decomposition, uint32_t block, const struct hk_configuration *configuration,
			       struct hk_block_solution *solution, double *cost, struct hk_err *err);
/* A solution that is part of a plan, exact down to the nodes, as one more configuration; it stays when the block is built again. uses: sorted by row. */
void hk_decomposition_adopt(struct hk_decomposition *decomposition, uint32_t block, const struct hk_block_solution *solution, double cost,
			    const struct hk_row_use *uses, uint32_t n_uses);
/* Places of the solution count as known; returns how many the block has. */
uint32_t hk_decomposition_known(struct hk_decomposition *decomposition, uint32_t block, const struct hk_block_solution *solution);
/*
 * Replicas of each workload in each of its candidates, one after the other, in the relaxation at the best prices, of every block with counts[block] (room for
 * all of them). What is not known is set to NULL.
 */
int hk_decomposition_counts(struct hk_decomposition *decomposition, double **counts, struct hk_err *err);
/* The block's rows again after cuts were added that name it; its bound is kept (cuts only raise it). */
int hk_decomposition_rebuild(struct hk_decomposition *decomposition, uint32_t block, struct hk_err *err);

/*
 * Plan side: the whole engine for a problem: opens a decomposition, prices, constructs, packs, improves until the gap asked for or the work limit is reached.
 * outcome and numbers as hk_solve() returns them.
 */
int hk_decomposition_solve(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err);

#endif
