/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Planning again: pipelines that did not change stay where they are, with the bounds they have; only the others are searched, the biggest first, each with the price of its moves in its
 * model. Who finds no room pushes the fewest out.
 */
#include "place/construct_internal.h"

#include "place/warm.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS_WARM = 3 };             /* of prices, before neighbourhoods */

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

static bool goes_on(struct hk_construct *c)
{
	return !c->failed && !c->decomposition.infeasible && !hk_construct_stopped(c) && !hk_construct_good_enough(c);
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
	if (made && goes_on(c)) {
		hk_construct_mend(c, HK_TURN_EACH * late);
		if (!c->failed)
			hk_construct_save(c);
		hk_construct_say(c, "late ones");
	}
	/* a few rounds cost less than neighbourhoods, and these look in the wrong places at old prices */
	if (made && goes_on(c)) {
		hk_construct_price(c, 0.2 * c->tolerance, ROUNDS_WARM);
		hk_construct_say(c, "whole numbers");
	}
	if (made && goes_on(c)) {
		(void)hk_construct_improve(c, HK_TURN_EACH * c->problem->n_blocks);
		if (!c->failed)
			hk_construct_save(c);
		hk_construct_say(c, "neighbourhoods");
	}
	return true;
}
