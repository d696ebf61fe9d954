/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The joint model in parts: shared by milp_decompose.c (splitting, order of work), milp_prices.c (prices and bounds) and milp_fill.c (a first plan). */
#ifndef HK_PLACE_MILP_DECOMPOSE_INTERNAL_H
#define HK_PLACE_MILP_DECOMPOSE_INTERNAL_H

#include "place/milp_decompose.h"

/* A block's answer under some prices: its part of a point, and its true cost. */
struct hk_part_answer { double *point; double cost; };

struct hk_part {
	struct hk_milp milp;          /* columns and rows of the block alone; costs at the newest prices */
	uint32_t *columns; size_t n;  /* in the joint model */
	struct { struct hk_part_answer *v; size_t n, cap; } answers;
	double *asked;                /* costs of the newest solve */
	uint8_t *basis;               /* of the newest relaxation (struct hk_glpk_limits) */
	bool known;                   /* bound is the answer to them */
	bool all_said;                /* by the judge */
	double bound, best;           /* proved at the newest prices and at the best ones */
};

struct hk_parts {
	struct hk_arena arena;
	struct hk_milp *joint;
	const uint32_t *owner;
	const struct hk_glpk_limits *limits;
	const struct hk_milp_judge *judge;
	const struct hk_glpk_check *check;   /* of the whole model */
	struct hk_decomposed *result;
	struct hk_part *v; uint32_t n;
	uint32_t *local;              /* per joint column: its number in its block */
	bool *coupling;               /* per row of the joint model as it was given */
	size_t n_rows;
	double *prices, *best;        /* per row: the newest, and those with the highest bound */
	double *point;                /* of the newest relaxation of the joint model */
	uint8_t *basis; size_t n_basis;
	double *room, *whole, *most;  /* for a point */
};

/*
 * An answer of a block, the cheapest of those alike in the coupled columns. over: what it costs at the best prices beyond the block's bound; cost: the true
 * one; use: of each limit.
 */
struct hk_list_answer { double *point, *use, over, cost; };

/* The answers of a block that cost less than `width` beyond its bound; width < 0: none yet. */
struct hk_list {
	struct hk_list_answer *v; size_t n, cap;
	uint32_t block;
	double width, least;          /* least: no answer is over by less */
	double *least_use, cheapest;  /* of the list, for a choice */
	bool *apart, any_apart;       /* per column of the block: sets answers apart */
};

/* A coupling row of decisions: sign * row <= rhs. Its columns set answers apart from when it is first in the way of a choice. */
struct hk_list_limit { size_t row; double sign, rhs; bool apart; };

struct hk_lists {
	struct hk_arena arena;
	struct hk_parts *parts;
	struct hk_list *v, *at;       /* per block; the one that grows */
	struct hk_list_limit *limits; size_t n_limits;
	bool soft, traded;            /* what follows is coupled too; at a price: a choice is settled by a program, and may cost less than its answers */
	bool *apart;                  /* per joint column */
	bool again;                   /* more columns do than when the lists were made */
	bool *ignored;                /* room for its columns */
	double base, value;           /* what the best prices prove, the best plan */
	double work, later;           /* left, and what there is after a look at the joint model */
};

/* Columns that set answers apart from now on: those of a coupling row, those named, or all decisions. False when all of them did. */
bool hk_lists_set_apart(struct hk_lists *lists, const struct hk_milp_row *row, const bool *named);
/* The best choice of one answer of each list, when it is better than lists->value: then start and value are it. *done: nothing better is in the lists. */
int hk_lists_choose(struct hk_lists *lists, double *start, bool *done, struct hk_err *err);

/* The judge for one block's own model; closure of hk_part_check. */
struct hk_part_check { struct hk_parts *parts; uint32_t block; };
bool hk_part_check(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n);
/* Does the judge find nothing wrong with any block of this plan? */
bool hk_parts_hold(const struct hk_parts *parts, const double *point);

/* Costs of all blocks: c - price * row, over the coupling rows. */
void hk_parts_price(struct hk_parts *parts);
/*
 * One binary per answer of a block, numbered from first[block]; the coupling rows choose. With a price, a row may be overstepped for it, so that there always
 * is a choice.
 */
void hk_parts_master(const struct hk_parts *parts, struct hk_milp *master, uint32_t *first, double over);
/* Answers of the blocks at the prices of the joint relaxation, until neither gains by the other. */
int hk_parts_relax(struct hk_parts *parts, struct hk_err *err);
/* On from there, by the prices of mixtures of answers; the rows of the best prices stay in the joint model. */
int hk_parts_improve(struct hk_parts *parts, struct hk_err *err);
/* Narrow the joint model's integers to what a plan cheaper than value can use. */
int hk_parts_close(struct hk_parts *parts, double value, struct hk_err *err);
/* The joint model itself, for as much work. True when that settles it. */
int hk_parts_try(struct hk_parts *parts, double work, double *start, bool *settled, struct hk_err *err);
/* A whole plan from answers, or from each block in what the others leave. */
int hk_parts_fill(struct hk_parts *parts, double *start, struct hk_err *err);
/*
 * milp_list.c: all answers of each block that a plan better than the start can use, and the best choice among them. result->bound and start become what that
 * proves and finds.
 */
int hk_parts_list(struct hk_parts *parts, double *start, struct hk_err *err);
/* True when the rest of the work is not wanted any more. */
bool hk_parts_stopped(struct hk_parts *parts);

#endif
