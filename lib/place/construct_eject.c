/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ejections: a pipeline takes the place it would have at the prices, whoever is in its way leaves and looks for another one, and so on. Each step is a search
 * of one pipeline, so that many can be reached for what two or three cost together.
 */
#include "place/construct_internal.h"

#include <math.h>

enum { STEPS_MAX = 8 /* of one chain */ };

/* Where one of them stood before. */
struct former { uint32_t block; struct hk_block_solution solution; double cost, excess; };

struct chain {
	struct hk_construct *c;
	struct hk_arena arena;
	HK_VEC(struct former) formers;
};

static void note(struct chain *chain, uint32_t block)
{
	const struct hk_block *b = &chain->c->problem->blocks[block];
	struct former former = { .block = block, .cost = chain->c->tenants[block].cost, .excess = hk_construct_excess(chain->c, block) };

	for (size_t i = 0; i < chain->formers.n; i++)
		if (chain->formers.v[i].block == block)
			return;
	hk_block_solution_init(&former.solution, b, &chain->arena);
	hk_block_solution_copy(&former.solution, &chain->c->tenants[block].solution, b);
	hk_vec_push(&chain->formers, former);
}

/* What is saved so far, when those without a place save all they could. */
static double hope(const struct chain *chain)
{
	double sum = 0;

	for (size_t i = 0; i < chain->formers.n; i++) {
		const struct former *former = &chain->formers.v[i];
		const struct hk_tenant *tenant = &chain->c->tenants[former->block];

		sum += tenant->placed ? former->cost - tenant->cost : former->excess;
	}
	return sum;
}

/* True when everybody has a place again. */
static bool follow(struct chain *chain, uint32_t seed)
{
	struct hk_construct *c = chain->c;
	uint32_t block = seed;

	note(chain, seed);
	hk_construct_take(c, seed);
	for (int step = 0; step < STEPS_MAX && !c->failed && !hk_construct_stopped(c); step++) {
		if ((step == 0 || !hk_construct_place(c, block, c->left, c->prices)) && !hk_construct_push_in(c, block))
			return false;
		for (size_t i = 0; i < c->homeless.n; i++)
			note(chain, c->homeless.v[i]);
		if (!(hope(chain) > 0))
			return false;
		if (c->homeless.n == 0)
			return true;
		block = c->homeless.v[--c->homeless.n];
	}
	return false;
}

/* On nodes, with targets met. */
static bool holds(const struct chain *chain)
{
	uint32_t *blocks = hk_calloc(chain->formers.n + 1, sizeof *blocks);
	bool good = hk_construct_pack(chain->c, true) == 0;

	for (size_t i = 0; i < chain->formers.n; i++)
		blocks[i] = chain->formers.v[i].block;
	good = good && hk_construct_meets_targets(chain->c, blocks, chain->formers.n);
	hk_cleanup_free(&blocks);
	return good;
}

static void touch(struct hk_construct *c, const struct former *former)
{
	struct hk_uses uses = { 0 };

	hk_construct_uses(c, former->block, &former->solution, &uses);
	for (size_t i = 0; i < uses.n; i++)
		c->touched[uses.v[i].row] = c->improvements;
	for (size_t i = 0; i < c->tenants[former->block].uses.n; i++)
		c->touched[c->tenants[former->block].uses.v[i].row] = c->improvements;
	hk_vec_release(&uses);
}

bool hk_construct_eject(struct hk_construct *c, uint32_t seed)
{
	struct chain chain = { .c = c };
	bool better;

	hk_construct_reset_prices(c);
	better = follow(&chain, seed) && holds(&chain);
	if (better) {
		c->improvements++;
		hk_construct_keep_packing(c);
	}
	for (size_t i = 0; i < chain.formers.n; i++) {
		const struct former *former = &chain.formers.v[i];

		c->tenants[former->block].pushed = 0;
		if (better)
			touch(c, former);
		else if (c->tenants[former->block].placed)
			hk_construct_take(c, former->block);
	}
	for (size_t i = 0; i < chain.formers.n && !better; i++)
		hk_construct_put(c, chain.formers.v[i].block, &chain.formers.v[i].solution, chain.formers.v[i].cost);
	if (!better)
		hk_construct_drop_packing(c);
	hk_construct_reset_prices(c);
	c->homeless.n = 0;
	hk_vec_release(&chain.formers);
	hk_arena_release(&chain.arena);
	return better;
}
