/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exactness loop behind hk_solve: pipelines in groups that are solved alone as long as they do not get in each other's way; every answer is packed onto
 * nodes and its availability evaluated; what fails becomes a cut and the groups it touches are solved again.
 */
#ifndef HK_PLACE_SOLVE_INTERNAL_H
#define HK_PLACE_SOLVE_INTERNAL_H

#include "place/cuts_packing.h"
#include "place/glpk.h"
#include "place/hull.h"
#include "place/milp_decompose.h"
#include "place/milp_form.h"
#include "place/pack.h"
#include "place/solve.h"
#include "place/wide.h"

/* Pipelines solved as one model. */
struct hk_group {
	uint32_t *members; uint32_t n_members;      /* blocks, sorted */
	bool solved;                                /* with all cuts there are */
	bool paired;                                /* one pipeline that took more than a short search */
	bool empty;                                 /* merged into another */
	double objective, bound;
	double paid;                                /* part of the objective that went for network options */
	double *shares;                             /* per option: part of its price it was solved with; NULL without options */
	enum hk_glpk_status status;
	struct hk_wide_engine *wide;                /* when the pipelines are too wide for a model of their own; NULL until then */
};

struct hk_users { uint32_t *v; size_t n, cap; };

/* A whole plan that keeps all rules. */
struct hk_kept {
	struct hk_arena arena;
	bool any;
	double objective;
	struct hk_block_solution *blocks;
	struct hk_node_share *shares; size_t n_shares;
};

struct hk_search {
	const struct hk_problem *problem;
	const struct hk_solve_options *options;
	bool any;                                   /* any plan will do, cost does not matter */
	struct hk_cuts cuts;
	struct hk_group *groups; uint32_t n_groups;
	uint32_t *group_of;                         /* per block */
	struct hk_users *option_users;              /* per option: blocks that could make use of it */
	struct hk_arena arena;                      /* of blocks and groups */
	struct hk_hull ***hulls;                    /* [block][workload]: NULL where there is none, or not yet */
	struct hk_block_solution *blocks;           /* newest answer per block */
	struct hk_arena packing;                    /* of the newest packing */
	struct hk_node_share *shares; size_t n_shares, cap_shares;
	uint64_t sharing_steps;                     /* of packing, left for the question which replicas share nodes */
	struct hk_kept best;
	double *prices, *block_bounds;              /* of the decomposition, for the next plan (solution.h); NULL without one */
	bool alone;                                 /* part of a repair: no repair of its own */
	double deadline, grace;                     /* grace: seconds more to find a first plan */
	uint64_t nodes_left, nodes, iterations;
	double work_left;                           /* nodes times terms that may still be spent when the user names no number of nodes */
	bool hit_limit, interrupted;
	bool unproved;                              /* something was excluded without proof: proved_bound is all that is known */
	double proved_bound;
};

/* solve.c: cuts every plan keeps, limits; then whatever engine; then the best plan it left. */
void hk_search_open(struct hk_search *search, const struct hk_problem *problem, const struct hk_solve_options *options);
void hk_search_sum_up(struct hk_search *search, struct hk_solution *solution, enum hk_solve_outcome outcome, const char *method);
void hk_search_close(struct hk_search *search);
/* construct.c: the engine for many pipelines; *outcome INFEASIBLE when that is proved. search->best and search->proved_bound get what was found. */
int hk_search_decompose(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err);

/* solve_previous.c: with a plan before (options->before), search->best is at most what it costs to leave everything where it is, if that is possible. */
void hk_search_stay(struct hk_search *search);

/* As hk_solve, but any plan that holds will do; never claims OPTIMAL. */
int hk_solve_any(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err);

/* One pipeline in what others leave: one honest try, no repair. */
int hk_solve_alone(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err);
/* Copies the plan when it is better than the best so far. Shares in any order. */
void hk_search_keep(struct hk_search *search, double objective, const struct hk_block_solution *blocks, const struct hk_node_share *shares, size_t n_shares);
/* Take replicas out of the best plan that cost nothing and serve nothing. */
void hk_search_drop_spare(struct hk_search *search);
/* Look for a plan quickly; search->best gets what is found. */
void hk_search_repair(struct hk_search *search);
/*
 * One pipeline alone with a plan whose cost is not proved: any plan that costs less than half-way to the bound, again and again. The first place found may cost
 * a thousand times the best one, where replicas only just fit on nodes and each row that packing adds says little.
 */
void hk_search_approach(struct hk_search *search);
/* Both have room. */
void hk_block_solution_copy(struct hk_block_solution *to, const struct hk_block_solution *from, const struct hk_block *block);
/* Room for one pipeline's answer. */
void hk_block_solution_init(struct hk_block_solution *solution, const struct hk_block *block, struct hk_arena *arena);

/* Solve one group with the cuts at hand and put its answer into search->blocks. */
int hk_search_group(struct hk_search *search, struct hk_group *group, struct hk_err *err);
/* The same for wide pipelines (wide.h). */
int hk_search_wide(struct hk_search *search, struct hk_group *group, struct hk_err *err);
/* Wide pipelines that are most of the problem are one group from the start: their engine prices what they share. */
void hk_search_wide_together(struct hk_search *search);
/* A plan that keeps all rules is there: is it worth while to ask the engines of wide groups for a better one? They are asked again then. */
bool hk_search_wide_again(struct hk_search *search);
bool hk_wide_prevails(const struct hk_problem *problem);

/*
 * solve_judge.c: may these counts (per candidate) of a workload with a target meet it? When they do not and least is given, it gets counts that may, within the
 * room as hk_search_nearest says, the counts themselves when none are known; and the counts rise as far as they still miss it, nowhere above most.
 */
bool hk_search_meets(struct hk_search *search, uint32_t block, uint32_t workload, uint32_t *replicas, const uint32_t *room, const uint32_t *most,
		     uint32_t *least);
/* What rows do not say of an answer of this form. closure: a struct hk_search_judge. */
struct hk_search_judge { struct hk_search *search; const struct hk_form *form; };
struct hk_milp_judge hk_search_judge(struct hk_search_judge *closure);
/* More rows about targets of the block, after a search that was long. point: of the form. */
bool hk_search_says_more(const struct hk_search_judge *judge, uint32_t block, const double *point);
/* For struct hk_glpk_check, of the whole form: the targets of all its pipelines. */
bool hk_search_check(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n);

/* Where the newest relaxation of a group ended (struct hk_glpk_limits), for models that get more rows and columns at their ends. */
struct hk_group_basis { uint8_t *v; size_t columns, rows; };
/* For the model as it is now. */
uint8_t *hk_group_basis_fit(struct hk_group_basis *basis, const struct hk_milp *milp);
/* Rows about whole nodes that the group's relaxation violates, into search->cuts. */
int hk_search_root(struct hk_search *search, const struct hk_group *group, struct hk_group_basis *basis, struct hk_err *err);

/* solve_hull.c: the lists of counts that meet the target; NULL when there are none. */
const struct hk_hull *hk_search_hull(struct hk_search *search, uint32_t block, uint32_t workload);
/* A row that these counts (per candidate, fractions) violate and no counts that meet the target do. True when there is one. */
bool hk_search_cut_hull(struct hk_search *search, uint32_t block, uint32_t workload, const double *counts);
/*
 * Rows that these counts violate, when they miss the target (then true); pairs: also by decisions about pairs of failure domains when no hull says it. Adds to
 * *added.
 */
bool hk_search_cut_target(struct hk_search *search, uint32_t block, uint32_t workload, const uint32_t *replicas, bool pairs, size_t *added);
/*
 * Targets of the block about which hulls say little, as decisions about pairs of failure domains: costly where a search is short without. False when there is
 * nothing new to say.
 */
bool hk_search_cut_pairs(struct hk_search *search, uint32_t block, const uint32_t *const *replicas);
/*
 * Counts (per candidate) that meet the target for the least added to these, nowhere more than most (NULL: any number), into least. False when these meet it, or
 * no such counts are known.
 */
bool hk_search_nearest(struct hk_search *search, uint32_t block, uint32_t workload, const uint32_t *replicas, const uint32_t *most, uint32_t *least);
void hk_search_close_hulls(struct hk_search *search);

/* What is wrong with the newest answers? Each adds cuts or merges groups, and returns how many. */
size_t hk_search_availability(struct hk_search *search);
size_t hk_search_coupling(struct hk_search *search);
size_t hk_search_packing(struct hk_search *search);

/* Shares in the newest packing. */
void hk_search_shares_clear(struct hk_search *search);
void hk_search_shares_add(struct hk_search *search, const struct hk_node_share *shares, size_t n);
void hk_search_shares_sort(struct hk_search *search);
/* As in solution.h. */
void hk_shares_sort(struct hk_node_share *shares, size_t n);
/* Probability with the nodes at hand; *crowd: most replicas of it on one node. */
double hk_search_real_availability(const struct hk_search *search, uint32_t block, uint32_t workload, uint32_t *crowd);

enum hk_sharing {
	HK_SHARING_UNKNOWN,                         /* too many ways */
	HK_SHARING_FOUND,                           /* the newest packing meets this target and all that depend on the same nodes */
	HK_SHARING_EXCLUDED,                        /* proved: no packing does; *added counts new cuts */
};
/* The newest packing misses the target of this workload: is there another one? */
enum hk_sharing hk_search_sharing(struct hk_search *search, uint32_t block, uint32_t workload, size_t *added);

/*
 * Options are for everybody who can use them, groups are solved apart: each pays an equal share of the price, which keeps the sum of their bounds a bound. See
 * solve_options.c.
 */
void hk_search_open_options(struct hk_search *search);
void hk_search_close_options(struct hk_search *search);
/* For large worlds (solve_offers.c): plans and a bound from worlds with given purchases. *outcome INFEASIBLE when that is proved. */
int hk_search_offers(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err);
/* Shares for the group as groups are now. */
void hk_search_option_shares(const struct hk_search *search, struct hk_group *group);
/* Groups that do not agree what to buy become one; counted as the other examinations do. */
size_t hk_search_options(struct hk_search *search);
/* What the newest answers cost together, options bought once. */
double hk_search_objective(const struct hk_search *search);

/* Make one group of the groups of these two blocks. */
void hk_search_merge(struct hk_search *search, uint32_t block_a, uint32_t block_b);
/* Groups of blocks that appear in a cut added since the pool had these sizes have to be solved again. */
void hk_search_touch(struct hk_search *search, size_t clauses, size_t linear);
double hk_search_bound(const struct hk_search *search);
/* As close as the user asks for. */
bool hk_search_within_gap(const struct hk_search *search, double objective, double bound);
/* From now on only the bound known so far is proved. */
void hk_search_doubt(struct hk_search *search);

#endif
