/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Planning again: pipelines that did not change stay where they are, with the bounds they have; only the others are searched, the biggest first, each with the
 * price of its moves in its model. Who finds no room pushes the fewest out. Then prices and neighbourhoods around these late ones take turns.
 */
#include "place/construct_internal.h"

#include "place/warm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS_TURN = 2,              /* of prices, between neighbourhoods */
	TURNS = 6,
	TURNS_FROZEN = 4,             /* with prices of rows alone that somebody late uses */
	TURNS_NEAR = 2,               /* with small neighbourhoods */
	LEVELS_FIRST = 1, LEVELS_NEAR = 5, LEVELS_FAR = 7,
	WORK_LATE = 4,                /* of neighbourhoods in a turn for each late pipeline, beside what everybody gets where all are asked */
};

/* What an unchanged pipeline may pay beyond its kept bound, as a share of the tolerance for its cost, before that bound is looked at again. */
static const double DOUBT = 0.25;

struct rank { uint32_t block; double size; };

static int largest_first(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	if (a->size > b->size || a->size < b->size)
		return a->size > b->size ? -1 : 1;
	return (a->block > b->block) - (a->block < b->block);
}

/* What it needs at least, in replicas. */
static double size_of(const struct hk_block *block)
{
	double size = 0;

	for (uint32_t w = 0; w < block->n_workloads; w++)
		size += block->workloads[w].least > block->workloads[w].need ? block->workloads[w].least : block->workloads[w].need;
	return size;
}

static bool stays(struct hk_construct *c, const struct hk_warm_start *warm, uint32_t block)
{
	struct hk_uses uses = { 0 };
	bool fits;

	if (!warm->unchanged[block] || !warm->complete[block] || !isfinite(warm->costs[block]))
		return false;
	hk_construct_uses(c, block, &warm->blocks[block], &uses);
	fits = hk_construct_fits(c, uses.v, uses.n);
	hk_vec_release(&uses);
	if (fits)
		hk_construct_put(c, block, &warm->blocks[block], warm->costs[block] + c->problem->blocks[block].fixed_cost);
	return fits;
}

/* How many have to look for a place. */
static uint32_t settle_in(struct hk_construct *c, const struct hk_warm_start *warm)
{
	uint32_t n = c->problem->n_blocks, late = 0;
	struct rank *ranks = hk_calloc((size_t)n + 1, sizeof *ranks);

	for (uint32_t b = 0; b < n; b++)
		if (!stays(c, warm, b))
			ranks[late++] = (struct rank){ b, size_of(&c->problem->blocks[b]) };
	if (late > 1)
		qsort(ranks, late, sizeof *ranks, largest_first);
	for (uint32_t i = 0; i < late; i++)
		hk_vec_push(&c->homeless, ranks[i].block);
	hk_cleanup_free(&ranks);
	return late;
}

static bool is_where_it_was(const struct hk_construct *c, const struct hk_warm_start *warm, uint32_t block)
{
	const struct hk_block *b = &c->problem->blocks[block];
	bool same = warm->unchanged[block] && warm->complete[block];

	for (uint32_t w = 0; same && w < b->n_workloads; w++)
		same = memcmp(c->tenants[block].solution.replicas[w], warm->blocks[block].replicas[w], b->workloads[w].n_candidates * sizeof(uint32_t)) == 0;
	return same;
}

static void thaw(struct hk_decomposition *d, const struct hk_row_use *uses, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		d->frozen[uses[i].row] = false;
}

/*
 * Prices stay but for rows that pipelines which are not where they were use, would use or used. Elsewhere the master knows one answer of each
 * pipeline, by which what is nearly full is worth nothing; and only pipelines that may use a row whose price changes are searched again.
 */
static void freeze(struct hk_construct *c, const struct hk_warm_start *warm)
{
	struct hk_decomposition *d = &c->decomposition;
	struct hk_uses uses = { 0 };

	d->frozen = hk_arena_array(&d->arena, (size_t)d->n_rows + 1, sizeof *d->frozen);
	memset(d->frozen, true, d->n_rows);
	for (uint32_t b = 0; b < c->problem->n_blocks; b++) {
		if (is_where_it_was(c, warm, b))
			continue;
		for (uint32_t k = 0; k < d->blocks[b].n_configurations; k++)
			thaw(d, d->blocks[b].configurations[k].uses, d->blocks[b].configurations[k].n_uses);
		if (warm->complete[b]) {
			hk_construct_uses(c, b, &warm->blocks[b], &uses);
			thaw(d, uses.v, (uint32_t)uses.n);
		}
	}
	hk_vec_release(&uses);
}

static bool goes_on(struct hk_construct *c)
{
	return !c->failed && !c->decomposition.infeasible && !hk_construct_stopped(c) && !hk_construct_good_enough(c);
}

/* Kept bounds know nothing of moves: those that say little are worth a search at once, at the prices they were proved for. */
static void doubt(struct hk_construct *c, const struct hk_warm_start *warm)
{
	for (uint32_t b = 0; b < c->problem->n_blocks; b++)
		if (warm->unchanged[b] && hk_construct_excess(c, b) > DOUBT * c->tolerance * fabs(c->tenants[b].cost))
			hk_decomposition_doubt(&c->decomposition, b);
}

static void mend(struct hk_construct *c, uint32_t levels, bool wide, uint32_t late)
{
	hk_construct_mend(c, levels, wide, WORK_LATE * HK_TURN_EACH * (late + 1));
	if (!c->failed)
		hk_construct_save(c);
	hk_construct_say(c, "late ones");
}

/* A few prices, a few neighbourhoods. */
static void turn(struct hk_construct *c, const struct hk_warm_start *warm, uint32_t late, int i)
{
	if (i == 0)
		doubt(c, warm);
	if (i < TURNS_FROZEN)
		freeze(c, warm);
	hk_construct_price(c, 0.2 * c->tolerance, ROUNDS_TURN);
	c->decomposition.frozen = NULL;
	hk_construct_say(c, "whole numbers");
	if (goes_on(c))
		mend(c, i < TURNS_NEAR ? LEVELS_NEAR : LEVELS_FAR, i > 0, late);
}

bool hk_construct_warm(struct hk_construct *c)
{
	const struct hk_warm_start *warm = c->search->options->warm;
	bool made;
	uint32_t late;

	if (!warm)
		return false;
	hk_decomposition_warm(&c->decomposition, warm);
	c->failed = hk_decomposition_reprice(&c->decomposition, c->err) != 0;
	if (c->failed || c->decomposition.infeasible)
		return true;
	hk_construct_reset_prices(c);
	late = settle_in(c, warm);
	made = hk_construct_house(c) && hk_construct_settle(c);
	if (made)
		hk_construct_save(c);
	hk_construct_say(c, made ? "plan from the plan before" : "no plan from the plan before");
	if (made && goes_on(c))
		mend(c, LEVELS_FIRST, false, late);
	for (int i = 0; made && i < TURNS && goes_on(c); i++)
		turn(c, warm, late, i);
	if (made && goes_on(c)) {
		(void)hk_construct_improve(c, HK_TURN_EACH * c->problem->n_blocks);
		if (!c->failed)
			hk_construct_save(c);
		hk_construct_say(c, "neighbourhoods");
	}
	return true;
}
