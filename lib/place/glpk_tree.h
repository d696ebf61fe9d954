/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search tree over one kept relaxation; internal to glpk_tree.c, glpk_branch.c, glpk_rows.c and glpk_root.c. Costs are scaled as GLPK sees them. */
#ifndef HK_PLACE_GLPK_TREE_H
#define HK_PLACE_GLPK_TREE_H

#include "place/glpk_internal.h"

enum hk_node_state {
	HK_NODE_SOLVED,               /* optimum of the relaxation */
	HK_NODE_PRUNED,               /* nothing here is cheaper than the best answer */
	HK_NODE_CUT_SHORT,            /* after the iterations asked for: the objective is a bound */
	HK_NODE_LOST,                 /* numbers failed, or told to stop */
};

struct hk_tree_node {
	double *lower, *upper;        /* per integer column */
	uint8_t *basis;               /* status of columns, then rows (enum hk_dual_status); of the relaxation this node came from */
	double bound;
	int branched;                 /* integer that was branched on, -1 at the root */
	bool up;
	double fraction, parent;      /* distance it was moved, cost of the relaxation before */
};

/* What moving a column to a whole number has cost, per unit. */
struct hk_branch_record { double sum[2]; unsigned count[2]; };

/* sides: what the cost is at least below and above. */
struct hk_branch_candidate { int integer; double value, score, sides[2]; };

/* A nonbasic column in a row of the tableau: cost of a unit, and how many it can give. */
struct hk_tableau_step { double ratio, units; };

struct hk_tree {
	struct hk_leash *leash;
	const struct hk_milp *milp;   /* what the relaxation holds: the whole program or what is left of it */
	glp_prob *problem;
	int rows, columns;            /* of the relaxation, rows with cuts */
	int *integers, n_integers;    /* their columns, 1-based */
	double *lower, *upper;        /* bounds of the node that is being looked at, per integer */
	double constant;              /* cost of what was left out */
	double here;                  /* cost of the newest relaxation, as far as it was solved, without the constant */
	double node;                  /* the same of the node that is being looked at */
	double *reduced;              /* room for a point of milp */
	double best;                  /* cost of the best answer, or the cutoff */
	double broken;                /* cost of the best one that does not hold, which leash->point holds as long as there is no other */
	int *integer_of;              /* per column of the whole program: its integer, -1 */
	struct hk_glpk_raise *raise; size_t n_raise;    /* of the newest answer that does not hold: integers that have to rise */
	double *most;                 /* room for a point of the whole program */
	struct hk_glpk_row *kept_rows; size_t n_kept, cap_kept;         /* from leash->limits->rows, of the whole program */
	bool cold;                    /* the basis to start from is one for other costs */
	uint8_t *basis;               /* of the whole program, as hk_glpk_limits.basis: of the newest first relaxation */
	bool own;                     /* leash->dual is the relaxation */
	bool any;                     /* leash->point holds an answer */
	struct hk_branch_record *records;
	struct hk_branch_candidate *candidates;         /* room for all integers */
	uint8_t *trial;               /* room for a basis */
	struct hk_tableau_step *steps;
	struct hk_tree_node *open; size_t n_open, cap_open;
	double lost;                  /* least bound of nodes that were given up */
};

/* Bounds from here on are not worth looking at. */
double hk_tree_limit(const struct hk_tree *tree);
void hk_tree_set_bounds(struct hk_tree *tree, int integer, double lower, double upper);
enum hk_node_state hk_tree_relax(struct hk_tree *tree, int iterations);
/* The same of a program that was just loaded, from the basis that GLPK has; leash->dual is the relaxation when this returns, as far as possible. */
enum hk_node_state hk_tree_relax_first(struct hk_tree *tree);
/* From here on leash->dual is the relaxation, from the basis that GLPK has; without effect when that fails. */
void hk_tree_open_own(struct hk_tree *tree);
/* The basis of leash->dual to GLPK, which else knows an older one. */
void hk_tree_show_basis(struct hk_tree *tree);
/* ... and GLPK again. */
void hk_tree_close_own(struct hk_tree *tree);
/* In the newest relaxation. */
double hk_tree_value(const struct hk_tree *tree, int column);
double hk_tree_price(const struct hk_tree *tree, int column, enum hk_dual_status *status);
void hk_tree_save(const struct hk_tree *tree, uint8_t *basis);
void hk_tree_restore(struct hk_tree *tree, const uint8_t *basis);
/* A state to come back to after a few steps; bounds are the caller's. */
void hk_tree_mark(struct hk_tree *tree);
void hk_tree_return(struct hk_tree *tree);
/* In the newest relaxation. */
bool hk_tree_is_fractional(const struct hk_tree *tree, int integer, double *value);
bool hk_tree_is_whole(const struct hk_tree *tree);
/* The answer of the relaxation, when all integers are whole: keep it if it is the best. False when it does not hold: tree->raise says what has to rise. */
bool hk_tree_keep(struct hk_tree *tree);
/* Of the newest relaxation, integers rounded: a point of the whole program, until the next one is asked for. */
const double *hk_tree_point(struct hk_tree *tree);
/* Does the point (of the whole program) hold? If not, tree->raise gets integers that can rise, those first that have to rise most. */
bool hk_tree_holds(struct hk_tree *tree, const struct hk_glpk_check *check, const double *point);
/* What does not hold rises as high as it aims at. False when it has no aims. */
bool hk_tree_raise(struct hk_tree *tree);
/* Tighten bounds of integers by reduced costs. */
void hk_tree_fix(struct hk_tree *tree);

/* The program within the bounds (of the whole program's columns) as a relaxation of its own. False: nothing is in it. */
bool hk_tree_load(struct hk_tree *tree, double *lower, double *upper);
/* glpk_rows.c: the rows found so far, into a relaxation that was loaded anew. */
void hk_tree_add_rows(struct hk_tree *tree);
/* Rows of leash->limits->rows that the relaxation violates, until it violates none. False when that settles it. */
bool hk_tree_separate(struct hk_tree *tree);
/* The relaxation from nothing, with what its reduced costs close. False when that settles it. */
bool hk_tree_start(struct hk_tree *tree);
/* Bounds of the integers at hand into those of the whole program. True when so many have met that a smaller relaxation pays. */
bool hk_tree_hand_back(const struct hk_tree *tree, double *lower, double *upper);
/* Into leash->limits->lower and upper: bounds that all answers below the cutoff keep. */
void hk_tree_probe(struct hk_tree *tree);
/* Answers below the cutoff to leash->limits->listing. */
void hk_tree_list(struct hk_tree *tree);

enum { HK_BRANCH_NONE = -1, HK_BRANCH_TIGHTENED = -2 /* a bound, instead: solve the relaxation again */, HK_BRANCH_CLOSED = -3 /* nothing is left here */ };
/* The integer to branch on and its value. bounds[2]: what is known to be the least below and above. */
int hk_tree_choose(struct hk_tree *tree, double *value, double *bounds);
void hk_tree_learn(struct hk_tree *tree, int integer, int side, double gain, double distance);

/* candidate->sides from the tableau; the relaxation at hand must have been solved to the end. */
void hk_tree_penalties(struct hk_tree *tree, struct hk_branch_candidate *candidate);

/* Until nothing is open, or a limit; tree->lost is then the least bound that was not looked into. */
void hk_tree_search(struct hk_tree *tree);

#endif
