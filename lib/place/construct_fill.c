/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everybody in: the configurations of the integer master first, then one pipeline after the other into what is left, at last those who have to push others out.
 */
#include "place/construct_internal.h"

#include <math.h>
#include <string.h>

/* Pushes per pipeline, on average, before it is given up. */
enum { PUSHES = 6 };

static bool put_choice(struct hk_construct *c, uint32_t block, uint32_t choice)
{
	const struct hk_configuration *configuration = &c->decomposition.blocks[block].configurations[choice];
	struct hk_draft draft;
	struct hk_uses uses = { 0 };
	bool fits;

	if (!hk_construct_fits(c, configuration->uses, configuration->n_uses))
		return false;
	hk_arena_reset(&c->drafts);
	draft = hk_construct_draft(c, block, configuration, c->left, c->prices);
	if (draft.missed || !draft.solution)
		return false;
	hk_construct_uses(c, block, draft.solution, &uses);
	fits = hk_construct_fits(c, uses.v, uses.n);
	if (fits)
		hk_construct_put(c, block, draft.solution, draft.cost);
	hk_vec_release(&uses);
	return fits;
}

/* Those without a place, each into what is left. The others stay homeless, in the same order. */
static void place_homeless(struct hk_construct *c)
{
	size_t kept = 0, n = c->homeless.n;

	for (size_t i = 0; i < n; i++) {
		uint32_t block = c->homeless.v[i];

		if (hk_construct_stopped(c) || !hk_construct_place(c, block, c->left, c->prices))
			c->homeless.v[kept++] = block;
	}
	c->homeless.n = kept;
}

static bool push_homeless(struct hk_construct *c)
{
	size_t pushes = (size_t)PUSHES * c->problem->n_blocks + 20;

	while (c->homeless.n > 0 && pushes-- > 0 && !hk_construct_stopped(c) && !c->failed) {
		uint32_t block = c->homeless.v[0];

		memmove(c->homeless.v, c->homeless.v + 1, --c->homeless.n * sizeof *c->homeless.v);
		if (!hk_construct_place(c, block, c->left, c->prices) && !hk_construct_push_in(c, block)) {
			hk_vec_push(&c->homeless, block);
			return false;
		}
	}
	return c->homeless.n == 0;
}

bool hk_construct_house(struct hk_construct *c)
{
	place_homeless(c);
	return push_homeless(c) && !c->failed;
}

bool hk_construct_fill(struct hk_construct *c)
{
	uint32_t n = c->problem->n_blocks, *choice = hk_calloc((size_t)n + 1, sizeof *choice), *order = hk_calloc((size_t)n + 1, sizeof *order);

	hk_construct_reset_prices(c);
	c->homeless.n = 0;
	for (uint32_t b = 0; b < n; b++) {
		c->tenants[b].pushed = 0;
		if (c->tenants[b].placed)
			hk_construct_take(c, b);
	}
	hk_construct_choose(c, choice, order);
	for (uint32_t i = 0; i < n && !c->failed; i++)
		if (choice[order[i]] == HK_NO_INDEX || !put_choice(c, order[i], choice[order[i]]))
			hk_vec_push(&c->homeless, order[i]);
	hk_cleanup_free(&choice);
	hk_cleanup_free(&order);
	return hk_construct_house(c);
}
