/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts that fit their clusters onto nodes. Where they do not pack, one pipeline of the cluster is asked again with less room there; what is proved about one
 * pipeline alone becomes a row of its model. What is still left over gets a place node by node.
 */
#include "place/construct_internal.h"

#include "place/cuts_packing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS_MAX = 60,
	ASKED_MAX = 4,                /* pipelines asked to use less of a cluster that does not pack */
};

struct asked { uint32_t block; double use; uint32_t pushed; };

static int by_push(const void *left, const void *right)
{
	const struct asked *a = left, *b = right;

	if (a->pushed != b->pushed)
		return a->pushed < b->pushed ? -1 : 1;
	if (a->use != b->use)
		return a->use < b->use ? -1 : 1;
	return (a->block > b->block) - (a->block < b->block);
}

uint32_t hk_construct_fullest_row(const struct hk_construct *c, uint32_t cluster)
{
	size_t resources = c->problem->model->n_resources;
	uint32_t best = HK_NO_INDEX;
	double most = -1;

	for (size_t r = 0; r < resources; r++) {
		uint32_t row = c->row_of[cluster * resources + r];
		double share = row == HK_NO_INDEX || !(c->capacity[row] > 0) ? -1 : 1 - c->left[row] / c->capacity[row];

		if (share > most) {
			most = share;
			best = row;
		}
	}
	return best;
}

/* True when it now uses less of the row; else it is where it was. */
static bool ask_for_less(struct hk_construct *c, uint32_t block, uint32_t row)
{
	struct hk_tenant *tenant = &c->tenants[block];
	struct hk_arena saved = HK_ARENA_INIT;
	struct hk_block_solution before;
	double use = hk_construct_use(tenant, row), cost = tenant->cost;
	bool placed;

	if (!(use > 0))
		return false;
	hk_block_solution_init(&before, &c->problem->blocks[block], &saved);
	hk_block_solution_copy(&before, &tenant->solution, &c->problem->blocks[block]);
	hk_construct_take(c, block);
	memcpy(c->limits, c->left, c->decomposition.n_rows * sizeof *c->limits);
	c->limits[row] = fmin(c->limits[row], use * (1 - 1e-6));
	placed = hk_construct_place(c, block, c->limits, c->prices);
	if (placed)
		tenant->pushed++;
	else
		hk_construct_put(c, block, &before, cost);
	hk_arena_release(&saved);
	return placed;
}

/* Pipelines named by the items, once each, those first that gave way least often and use least. */
static size_t list_asked(const struct hk_construct *c, const struct hk_pack_item *items, size_t n, uint32_t row, struct asked *asked)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (i == 0 || items[i].block != items[i - 1].block)
			asked[count++] = (struct asked){ items[i].block, row == HK_NO_INDEX ? 0 : hk_construct_use(&c->tenants[items[i].block], row),
							 c->tenants[items[i].block].pushed };
	if (count > 1)
		qsort(asked, count, sizeof *asked, by_push);
	return count;
}

/* Proved about one pipeline alone: a row of its model from now on. */
static bool learn(struct hk_construct *c, uint32_t cluster, const struct hk_pack_item *conflict, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (conflict[i].block != conflict[0].block)
			return false;
	if (n == 0 || !hk_cut_conflict(&c->search->cuts, c->problem, cluster, conflict, n, true))
		return false;
	if (hk_decomposition_rebuild(&c->decomposition, conflict[0].block, c->err) != 0)
		c->failed = true;
	return true;
}

static void mend_site(struct hk_construct *c, uint32_t cluster)
{
	const struct hk_construct_site *site = &c->sites[cluster];
	struct hk_pack_item *conflict = NULL;
	size_t n = 0, count;
	bool monotone = true, mended = false;
	enum hk_pack_result result = hk_construct_conflict(c, cluster, &conflict, &n, &monotone);
	uint32_t row = hk_construct_fullest_row(c, cluster);
	struct asked *asked;

	if (result == HK_PACKED)
		return;
	if (result == HK_UNPACKABLE && monotone && learn(c, cluster, conflict, n)) {
		uint32_t block = conflict[0].block;

		hk_construct_take(c, block);
		hk_vec_push(&c->homeless, block);
		return;
	}
	if (result != HK_UNPACKABLE || !monotone) {
		conflict = site->residents.v;
		n = site->residents.n;
	}
	asked = hk_calloc(n + 1, sizeof *asked);
	count = list_asked(c, conflict, n, row, asked);
	for (size_t i = 0; i < count && i < ASKED_MAX && row != HK_NO_INDEX && !mended; i++)
		mended = ask_for_less(c, asked[i].block, row);
	if (!mended && count > 0) {
		hk_construct_take(c, asked[0].block);
		c->tenants[asked[0].block].pushed++;
		hk_vec_push(&c->strict, asked[0].block);
	}
	hk_cleanup_free(&asked);
}

static void mend_sites(struct hk_construct *c)
{
	uint32_t *failing = hk_calloc(c->stale.n + 1, sizeof *failing);
	size_t n = c->stale.n;

	for (size_t i = 0; i < n; i++)
		failing[i] = c->stale.v[i];
	for (size_t i = 0; i < n && !c->failed && !hk_construct_stopped(c); i++)
		mend_site(c, failing[i]);
	hk_cleanup_free(&failing);
}

/* False when one of them finds no room. */
static bool house(struct hk_construct *c)
{
	while (c->homeless.n > 0 && !c->failed && !hk_construct_stopped(c)) {
		uint32_t block = c->homeless.v[0];

		memmove(c->homeless.v, c->homeless.v + 1, --c->homeless.n * sizeof *c->homeless.v);
		if (c->tenants[block].pushed > 30 || (!hk_construct_place(c, block, c->left, c->prices) && !hk_construct_push_in(c, block)))
			hk_vec_push(&c->strict, block);
		if (c->tenants[block].pushed > 60)
			return false;
	}
	return c->homeless.n == 0;
}

/* Node by node; everything else is packed. */
static bool house_strictly(struct hk_construct *c)
{
	while (c->strict.n > 0 && !hk_construct_stopped(c)) {
		uint32_t block = c->strict.v[c->strict.n - 1];

		if (!hk_construct_alone(c, block))
			return false;
		c->strict.n--;
	}
	return c->strict.n == 0;
}

/* Who misses a target with the nodes at hand gets another place. */
static bool meet_targets(struct hk_construct *c)
{
	for (uint32_t b = 0; b < c->problem->n_blocks && !hk_construct_stopped(c); b++) {
		if (hk_construct_meets_targets(c, &b, 1)) {
			hk_construct_keep_packing(c);
			continue;
		}
		hk_construct_drop_packing(c);
		hk_construct_leave(c, b);
		if (!hk_construct_alone(c, b))
			return false;
	}
	return true;
}

bool hk_construct_settle(struct hk_construct *c)
{
	for (int round = 0; round < ROUNDS_MAX && !c->failed && !hk_construct_stopped(c); round++) {
		hk_construct_pack(c, false);
		hk_construct_keep_packing(c);
		if (c->stale.n > 0)
			mend_sites(c);
		else if (c->homeless.n > 0 && !house(c))
			return false;
		if (c->stale.n == 0 && c->homeless.n == 0)
			return house_strictly(c) && meet_targets(c);
	}
	return false;
}
