/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A linear program that was solved once, solved again and again after bounds of its columns changed: what a node of a search tree is. The dual simplex method
 * with bounds on all variables, a few steps each time from the basis of the time before; GLPK sets up and factors anew for every call, which costs more than
 * these steps. What it claims it has checked: objectives are lowered to what the prices of the rows prove, a limit is reached and nothing is left only when
 * such a sum says so.
 * Sources: Koberstein, The dual simplex method, techniques for a fast and stable implementation, 2005; Maros, A generalized dual phase-2 simplex algorithm,
 * 2003; Harris, Pivot selection methods of the Devex LP code, 1973.
 *
 * Variables: columns, then the values of rows (columns + row), each between its bounds.
 */
#ifndef HK_PLACE_DUAL_H
#define HK_PLACE_DUAL_H

#include "place/factor.h"

enum hk_dual_status { HK_DUAL_BASIC, HK_DUAL_LOWER, HK_DUAL_UPPER };

enum hk_dual_end {
	HK_DUAL_OPTIMAL,
	HK_DUAL_ABOVE,                /* it costs the limit at least, or nothing is left */
	HK_DUAL_SHORT,                /* after the steps asked for: the objective is a bound */
	HK_DUAL_LOST,                 /* numbers failed: ask another method */
};

struct hk_dual_entry { uint32_t variable; double value; };
/* One that may enter: its entry, steps of the price until its own is 0, what it can give. */
struct hk_dual_choice { uint32_t entry; double size, price, most; };

struct hk_dual {
	uint32_t rows, columns;
	uint32_t *first, *row; double *value;                   /* terms by columns */
	uint32_t *row_first, *column; double *row_value;        /* the same by rows */
	double *lower, *upper;        /* per variable; columns have finite lower ones */
	double *cost;                 /* per column */
	uint8_t *status;              /* per variable */
	double *x, *price;            /* per variable: value, reduced cost */
	uint32_t *basis, *position;   /* variable of each position, position of each basic variable */
	double *weight;               /* per position: squared norm of its row of the inverse, roughly, in the frame of the basis it started with */
	struct hk_factor factor;
	bool factored;                /* the factors are those of the basis */
	uint64_t factored_times;
	double objective;
	uint64_t steps;               /* in all */
	double *shifted;              /* per column: the cost, moved by rounding */
	bool valued;                  /* x of what is basic belongs to x of what is not */
	bool moved;                   /* something that is not basic, since the values of what is were found */
	bool stand_all;               /* prices or places may have changed anywhere since all stood at the bounds their prices ask for */
	uint32_t *changed, n_changed; /* else these: variables with other bounds */
	bool *is_changed;
	double *known_weight;         /* per variable, room while positions change */
	uint32_t *out, n_out;         /* positions that may be beyond their bounds */
	bool *is_out;
	/* rooms, as the factors have them */
	double *right, *entering, *inverse_row;
	uint32_t *inverse_at, n_inverse, *entering_at, n_entering;   /* where these are not 0 */
	double *sums;
	struct hk_dual_entry *entries; uint32_t n_entries;      /* the newest row of the tableau, of what is not basic */
	uint32_t *touched;
	bool *seen;
	struct hk_dual_choice *choices;
};

/* A state to come back to, cheaply as long as the factors only grew. */
struct hk_dual_mark {
	uint8_t *status;
	double *x, *price, *weight;
	uint32_t *basis;
	double objective;
	uint64_t factored_times;
	uint32_t updates;
	bool valued, set;
};

/* Room for terms; the caller fills first, row and value, lower, upper and cost, then calls hk_dual_ready. */
void hk_dual_open(struct hk_dual *dual, uint32_t rows, uint32_t columns, uint32_t terms);
void hk_dual_ready(struct hk_dual *dual);
void hk_dual_close(struct hk_dual *dual);

void hk_dual_bound(struct hk_dual *dual, uint32_t variable, double lower, double upper);
/* Costs are others, the basis is the same. */
void hk_dual_new_costs(struct hk_dual *dual);
/* From the basis of these statuses (per variable, as many basic ones as rows). False when it is none. */
bool hk_dual_start(struct hk_dual *dual, const uint8_t *status);
/* Until the optimum; limit: cheaper is not worth a step more; steps: at most so many, 0 = as many as it takes. */
enum hk_dual_end hk_dual_solve(struct hk_dual *dual, double limit, uint32_t steps);

/*
 * The row of the tableau of a basic variable into entries: what one unit more of each variable that is not basic adds to it. False when there are no factors,
 * or it is not basic.
 */
bool hk_dual_row(struct hk_dual *dual, uint32_t variable);

void hk_dual_mark_open(struct hk_dual_mark *mark, const struct hk_dual *dual);
void hk_dual_mark_close(struct hk_dual_mark *mark);
void hk_dual_mark_set(struct hk_dual_mark *mark, const struct hk_dual *dual);
/* Bounds stay as they are now. */
void hk_dual_mark_return(const struct hk_dual_mark *mark, struct hk_dual *dual);

/* dual_step.c, for dual.c: one step. */
enum hk_dual_step { HK_DUAL_STEPPED, HK_DUAL_DONE, HK_DUAL_NOTHING_LEFT, HK_DUAL_BAD_NUMBERS };
enum hk_dual_step hk_dual_step(struct hk_dual *dual);
void hk_dual_row_at(struct hk_dual *dual, uint32_t position);
/* A variable that is not basic has changed by so much: what that means for the rows is gathered in right ... */
void hk_dual_gather(struct hk_dual *dual, uint32_t variable, double change);
/* ... and then for what is basic. */
void hk_dual_shift_values(struct hk_dual *dual);
/* Which positions are beyond their bounds. */
void hk_dual_find_out(struct hk_dual *dual);
/* Is there no point within the bounds by the newest row of the tableau alone? */
bool hk_dual_proves_nothing(struct hk_dual *dual);

#endif
