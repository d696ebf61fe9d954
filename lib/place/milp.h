/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mixed-integer linear program (minimise) in plain arrays. It outlives any solver object: GLPK problems are built from it and thrown away (glpk.h), and it is
 * what `--dump-model` writes (mps.h).
 */
#ifndef HK_PLACE_MILP_H
#define HK_PLACE_MILP_H

#include "base/arena.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

#define HK_MILP_NONE ((uint32_t)-1)
/* A priority: settled before everything else, also where an answer is looked for quickly. */
#define HK_MILP_FIRST 7
/* From this priority on integers are decisions of their own; others only follow from them. */
#define HK_MILP_COUNTS 4

/*
 * Name of a column or row, kept as parts so that building a model formats no text: kind[pipeline.subject>object,place>target]. All borrowed; NULL parts are
 * left out.
 */
struct hk_milp_name { const char *kind, *pipeline, *subject, *object, *place, *target; };

struct hk_milp_column {
	struct hk_milp_name name;
	double lower, upper, cost;
	bool integer;                 /* both bounds are then finite */
	uint8_t priority;             /* branched on before columns with a smaller one */
};

enum hk_milp_sense { HK_MILP_EQ, HK_MILP_LE, HK_MILP_GE };

struct hk_milp_row {
	struct hk_milp_name name;
	enum hk_milp_sense sense;
	double rhs;
	size_t first, count;          /* range of terms */
};

struct hk_milp_term { uint32_t column; double value; };

struct hk_milp {
	HK_VEC(struct hk_milp_column) columns;
	HK_VEC(struct hk_milp_row) rows;
	HK_VEC(struct hk_milp_term) terms;
	HK_VEC(size_t) seen;          /* per column: 1 + index of its term in the newest row, 0 when never used */
};

uint32_t hk_milp_column(struct hk_milp *milp, struct hk_milp_name name, double lower, double upper, double cost);
uint32_t hk_milp_integer(struct hk_milp *milp, struct hk_milp_name name, double lower, double upper, double cost, uint8_t priority);
/* Open a row; hk_milp_term adds to the newest row, summing up terms of one column. */
void hk_milp_row(struct hk_milp *milp, struct hk_milp_name name, enum hk_milp_sense sense, double rhs);
void hk_milp_term(struct hk_milp *milp, uint32_t column, double value);
void hk_milp_release(struct hk_milp *milp);
/* False when a number is not finite where it must be, or bounds cross; *what tells where. */
bool hk_milp_sound(const struct hk_milp *milp, const char **what);
/* Largest violation of a row (relative to its right side, at least 1) or bound by the point. */
double hk_milp_violation(const struct hk_milp *milp, const double *point);
double hk_milp_value(const struct hk_milp *milp, const double *point);

#endif
