/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks that only a few coupling rows join: prices on the coupling rows make every block a small problem of its own, whose exact optimum is a bound the joint
 * relaxation cannot see (Geoffrion, Lagrangean relaxation, 1974). The bounds go into the joint model as rows, block answers are combined into a first plan, and
 * integers are narrowed to what a better plan can use.
 */
#ifndef HK_PLACE_MILP_DECOMPOSE_H
#define HK_PLACE_MILP_DECOMPOSE_H

#include "place/glpk.h"

struct hk_decomposed {
	bool infeasible;              /* proved: some block or the joint relaxation has no answer */
	bool has_start;               /* start holds a plan of the whole model */
	double bound;                 /* proved, of the whole model */
	uint64_t nodes, iterations;
	double work;                  /* nodes times terms of the blocks */
	unsigned rounds;
	bool again;                   /* the judge has more to say: all else is void */
	bool hit_limit, interrupted;
};

/* What rows do not say of an answer. */
struct hk_milp_judge {
	/*
	 * False only when no answer with the block's integers as in this point of the model holds; the other blocks' columns are not looked at. most, raise: as
	 * struct hk_glpk_check, or both NULL; columns of the model.
	 */
	bool (*block_holds)(void *closure, uint32_t block, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n);
	/* False only when no answer holds that has these integers in the columns blamed: set for each of them. */
	bool (*holds)(void *closure, const double *point, bool *blamed);
	/*
	 * A search of the block (its part of the point: the best answer so far) was long: is there more to say in rows? Then the model has to be built again.
	 * May be NULL.
	 */
	bool (*says_more)(void *closure, uint32_t block, const double *point);
	void *closure;
};

/*
 * owner: block of each column, below n_blocks. Adds rows to the model (valid for every plan) and narrows bounds of its integers (valid for every plan cheaper
 * than the start).
 * start: room for every column. limits->nodes bounds each block's search. judge may be NULL: an
 * answer that is proved the best may break what rows do not say then.
 */
int hk_milp_decompose(struct hk_milp *milp, const uint32_t *owner, uint32_t n_blocks, const struct hk_glpk_limits *limits, const struct hk_milp_judge *judge,
		      struct hk_decomposed *result, double *start, struct hk_err *err);

#endif
