/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GLPK on a leash. The library aborts on bad calls and lack of memory, prints on its own, accepts NaN, and stops late; here a call either gives a checked
 * answer or a clean error. Every call builds its own GLPK objects and frees them before it returns; glpk_kept.h is for those that stay.
 */
#ifndef HK_PLACE_GLPK_H
#define HK_PLACE_GLPK_H

#include "base/err.h"
#include "place/milp.h"

/*
 * Which answers are listed: of those that agree in the integers apart, the cheapest good one at least, and what is dearer only now and then. Whether one is
 * good depends on the integers of priority `counts` and more; the others follow. The functions must not call the solver.
 */
struct hk_glpk_listing {
	const bool *apart;                /* per column */
	uint8_t counts;
	const struct hk_glpk_check *good;
	double (*found)(void *closure, const double *point, double value);   /* returns the cutoff from then on */
	void *closure;
};

/* A column that may have to rise above this; with all of these as high as their aims the point may hold. */
struct hk_glpk_raise { uint32_t column; double aim, above; };

/*
 * What no row says: does the point (whole where it has to be) hold? If not, raise gets *n columns (there is room for all), none above less than the point has:
 * at least one of them is larger than that in every point that holds, is nowhere larger than `most` (whole columns only) and not larger than this one anywhere
 * else.
 */
struct hk_glpk_check {
	void *closure;
	bool (*holds)(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n);
};

/*
 * Rows that everything keeps that holds and is nowhere larger than `most`: sum of value * column >= least, for columns that are whole numbers. Each call looks
 * for the next one that the point (fractions) violates, from *at on, which starts at 0; column and value have room for all columns. False when there is none
 * any more.
 */
struct hk_glpk_row { uint32_t *column; double *value, least; size_t n; };
struct hk_glpk_rows {
	void *closure;
	bool (*next)(void *closure, const double *point, const double *most, size_t *at, struct hk_glpk_row *row);
};

struct hk_glpk_limits {
	uint64_t nodes;                   /* of the search tree; 0 = none */
	uint64_t iterations;              /* of the first relaxation; 0 = none */
	double deadline;                  /* hk_glpk_clock() value, INFINITY = none */
	size_t memory;                    /* bytes; 0 = 1 GiB */
	const volatile int *interrupt;    /* may be NULL */
	double gap;                       /* relative gap to stop at; 0 = to the end */
	double cutoff;                    /* only solutions cheaper than this are of interest; INFINITY = all */
	bool first;                       /* any solution will do */
	bool relaxed;                     /* ignore integrality */
	const double *start;              /* a point known to satisfy everything; may be NULL */
	const struct hk_glpk_check *check;  /* may be NULL. Without an answer that holds, the cheapest one found that does not is FEASIBLE */
	const struct hk_glpk_rows *rows;  /* for the first relaxation; may be NULL */
	double *lower, *upper;            /* instead of an answer: room for bounds of every column that all answers cheaper than the cutoff keep; may be NULL */
	double *duals;                    /* with relaxed: room for the price of every row; may be NULL */
	/*
	 * a byte for every column, then every row, all 0 at first: where the first relaxation starts and ends. For programs alike but for costs and rows at the
	 * end; may be NULL
	 */
	uint8_t *basis;
	const struct hk_glpk_listing *listing;   /* instead of an answer: all below the cutoff. The status is INFEASIBLE when all were seen. May be NULL */
};

enum hk_glpk_status {
	HK_GLPK_OPTIMAL,                  /* within the gap */
	HK_GLPK_FEASIBLE,                 /* a limit came first */
	HK_GLPK_INFEASIBLE,               /* proved: nothing (cheaper than the cutoff) */
	HK_GLPK_NOTHING,                  /* a limit came before any solution */
};

struct hk_glpk_result {
	enum hk_glpk_status status;
	double objective, bound;
	uint64_t nodes, iterations;
	bool hit_limit, interrupted;
};

/* point: room for every column; filled when there is a solution, integers rounded. -1 only for failures of the library (memory, numbers). */
int hk_glpk_solve(const struct hk_milp *milp, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point, struct hk_err *err);

/* GLPK has one environment for each thread. An error frees it, with everything in it: generation counts how often. */
struct hk_glpk_thread { uint64_t generation; size_t kept /* objects of glpk_kept.c that are alive */; };
struct hk_glpk_thread *hk_glpk_this_thread(void);
void hk_glpk_free_thread(void);

/* Seconds of a clock that only moves forward. */
double hk_glpk_clock(void);

#endif
