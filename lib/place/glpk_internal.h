/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files that stand on GLPK: one solve in progress. */
#ifndef HK_PLACE_GLPK_INTERNAL_H
#define HK_PLACE_GLPK_INTERNAL_H

#include "place/dual.h"
#include "place/glpk.h"
#include "place/milp_reduce.h"

#include <glpk.h>
#include <setjmp.h>

/* Everything a long jump may find changed lives here, not in local variables; what GLPK allocates is freed with its environment. */
struct hk_leash {
	jmp_buf out;
	const struct hk_milp *milp;
	const struct hk_glpk_limits *limits;
	struct hk_glpk_result *result;
	double *point;
	glp_prob *problem;
	double scale;                 /* GLPK sees costs times this */
	double bound;                 /* scaled, from the search tree */
	uint64_t nodes;
	double *dense;                /* 1-based room for a point */
	char text[160];               /* last thing GLPK had to say */
	struct hk_reduction reduction;
	struct hk_arena arena;        /* of the search tree */
	struct hk_dual dual;          /* of the search tree: its relaxation, when open */
	struct hk_dual_mark mark;
};

/* With more rows than this GLPK's factors are the better ones, however much it does for every call. */
enum { HK_DUAL_ROWS_MAX = 3000 };
/* GLPK's word for where a variable stands, and dual.h's. Free and fixed ones stand at their lower bound there. */
enum hk_dual_status hk_dual_status_from_glpk(int status);
int hk_dual_status_to_glpk(uint8_t status);

/* Interrupt or outer time limit: the only stops that depend on the moment. */
bool hk_leash_stopped(struct hk_leash *leash);
int hk_leash_bounds_kind(double lower, double upper);
/* A new GLPK problem from the program, with costs as the leash scales them. */
glp_prob *hk_leash_load(const struct hk_leash *leash, const struct hk_milp *milp, bool whole);

/*
 * glpk_basis.c: what hk_glpk_limits.basis keeps, for leash->problem: the whole program, or what is left of it with the numbers of its columns and rows there
 * (else NULL). False when nothing is known.
 */
bool hk_leash_enter_basis(struct hk_leash *leash, const uint32_t *columns, const uint32_t *rows, const uint8_t *basis);
void hk_leash_leave_basis(const struct hk_leash *leash, const uint32_t *columns, const uint32_t *rows, uint8_t *basis);

/* Branch and bound from the relaxation that leash->problem holds the optimum of. */
void hk_leash_tree(struct hk_leash *leash);

#endif
