/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the bound side (decomposition_*.c) share. */
#ifndef HK_PLACE_DECOMPOSITION_INTERNAL_H
#define HK_PLACE_DECOMPOSITION_INTERNAL_H

#include "place/decomposition.h"
#include "place/decomposition_threads.h"
#include "place/glpk_kept.h"

/* What one pass over a block came to. */
struct hk_block_result {
	enum hk_glpk_status status;
	double bound;                 /* of the priced cost */
	uint64_t nodes, iterations;
	bool hit_limit, interrupted, solved /* anew */, fresh /* configuration is one */;
	struct hk_configuration configuration;
	struct hk_err err;
};

/* One block's model without names. Columns as hk_form_columns() makes them: x, z of each candidate in turn, then flows, then whatever the rows needed. */
struct hk_block_model {
	struct hk_kept_model model;
	double *cost;                 /* list prices */
	uint32_t *x_first;            /* per workload: column of the first candidate's x; z follows, 2 columns for each candidate */
	uint32_t *f_first;            /* per edge: column of the first arc's flow */
	uint32_t *used;               /* per flow column, from the first one on: column of its "used" binary; HK_MILP_NONE. NULL when there is none */
	uint32_t *use_first;          /* per column: range of uses */
	struct hk_row_use *uses;
	uint32_t *rows; uint32_t n_rows;    /* coupling rows it may use, sorted */
	struct hk_kept_problem kept;
	double *prices;               /* at rows[], when `last` was found */
	struct hk_row_use *last_uses; uint32_t n_last_uses;   /* of the newest answer */
	double last_bound, last_value;        /* proved and found, both priced */
	uint8_t *known;               /* per column before the flows: it was above 0 in some answer; NULL as long as there is none */
	bool last_whole, has_last;    /* the newest answer was asked for with whole numbers */
	uint8_t last_effort;          /* spent on it */
	bool hard;                    /* decides about pairs of failure domains */
	bool stays;                   /* the GLPK object stays alive between rounds */
	struct hk_block_result result;
};

struct hk_master;

struct hk_decomposition_own {
	struct hk_threads threads;
	double deadline;
	double *current;              /* prices of the round at hand */
	double *values;               /* bound of each block in the newest round */
	struct hk_master *master;
	double gap;                   /* relative, asked of all searches of a round together */
	bool whole;                   /* the round at hand asks for whole numbers */
	unsigned calls;               /* of hk_decomposition_price(): each may search longer */
	unsigned most_effort;         /* of the round at hand */
	uint8_t effort;               /* of the pass at hand */
	uint64_t nodes_hard;          /* of one search of a hard block in it */
	double share;                 /* of what may stay open in all, for one block: those with more are searched longer */
	double dearest;               /* no plan costs more */
};

static inline struct hk_block_model *hk_block_model(const struct hk_decomposition *d, uint32_t block)
{
	return d->blocks[block].own;
}
static inline struct hk_decomposition_own *hk_decomposition_own(const struct hk_decomposition *d)
{
	return d->own;
}

/* Uses before it is known which rows matter: keys are cluster * resources + resource, then links. */
struct hk_raw_use { uint32_t column, key; double amount; };
struct hk_raw_uses { struct hk_raw_use *v; size_t n, cap; };

/* Build the block's model. uses: of every limited resource and link. */
void hk_block_model_build(struct hk_block_model *own, const struct hk_decomposition *d, uint32_t block, struct hk_raw_uses *uses);
/* Keep the uses of rows that matter: row_of[key], HK_MILP_NONE for others. */
void hk_block_model_couple(struct hk_block_model *own, const struct hk_raw_uses *uses, const uint32_t *row_of);
void hk_block_model_release(struct hk_block_model *own);

/* Costs of its columns at prices of the rows. */
void hk_block_model_price(const struct hk_block_model *own, const double *prices, double *cost);
/* Does it decide about pairs of failure domains? */
bool hk_block_model_is_hard(const struct hk_block_model *own);
/* Least cost by a search tree of its own, which keeps nothing for the next time. */
int hk_block_model_search(const struct hk_decomposition *d, uint32_t block, const double *cost, struct hk_glpk_limits *limits, struct hk_glpk_result *result,
			  double *point, struct hk_err *err);
/* Places of this answer (columns before the flows) are known from now on. */
void hk_block_model_learn(struct hk_block_model *own, const double *point);
void hk_configuration_release(struct hk_configuration *configuration);
/* Cost, uses and (when whole or with_point) the point of a dense one. */
void hk_configuration_make(struct hk_configuration *configuration, const struct hk_block_model *own, const double *point, bool with_point);
/* Moves it to the block's list; false (and released) when the same is there. */
bool hk_configuration_add(struct hk_decomposition_block *block, struct hk_configuration *configuration);
double hk_configuration_priced(const struct hk_configuration *configuration, const double *prices);

/*
 * Solve every block at own->current that could have another answer there. Fills own->values, adds configurations. *bound: of the whole problem at these prices.
 * Updates the best prices.
 */
int hk_decomposition_round(struct hk_decomposition *d, double *bound, uint32_t *solved, struct hk_err *err);
/* Interrupt or deadline. */
bool hk_decomposition_stopped(struct hk_decomposition *d);
void hk_decomposition_say(const struct hk_decomposition *d, const char *phase, unsigned round, double bound, double master, uint32_t solved);

/* The cheapest mix of configurations within the rows; rows that no mix overfills are left out. */
struct hk_master *hk_master_open(struct hk_decomposition *d, bool whole);
void hk_master_close(struct hk_master *master);
/* prices: room for every row. *slack: something does not fit at any price below the box. */
int hk_master_solve(struct hk_master *master, double *value, double *prices, bool *slack, struct hk_err *err);
unsigned hk_master_rows(const struct hk_master *master);

#endif
