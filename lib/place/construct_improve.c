/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbourhoods: a few pipelines that stand in each other's way are freed and solved together within what the others leave. What a pipeline pays beyond the
 * least it could at the prices of the best bound is where plan and bound differ; who pays most is asked first, with those who hold what it would rather have.
 */
#include "place/construct_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	NODES_FREED = 150,            /* of one search, at first */
	LONGER = 4,                   /* times as many when all of these are done */
	COLUMNS_MAX = 12000,          /* of pipelines freed together */
	KNOWN_MAX = 500,              /* as many, when only places that some answer used before are open */
	BLOCKS_FEW = 40,              /* up to here all are asked at once */
	TRIES_MAX = 6,                /* of one group: what does not fit nodes or targets is asked again with less room */
};

/*
 * Of what all pay too much, the share of those who are asked: the few dearest with all their neighbours before the many; the long tail is not worth a search.
 */
static const double parts[] = { 0.6, 0.97 };

/*
 * What is tried, one after the other: how many are freed together, and whether only places that some answer (relaxations too) used before are open: nearly
 * always those are enough, and a search among them costs a fraction. One that ejects is in construct_eject.c.
 */
static const struct level { uint32_t size; bool known, ejects; } levels[HK_LEVELS] = {
	{ 1, true, false }, { 1, false, true }, { 2, true, false }, { 4, true, false }, { 6, true, false }, { 14, true, false }, { HK_FREED_MAX, true, false },
	{ 1, false, false }, { 2, false, false }, { 4, false, false },
};

struct seed { uint32_t block; double excess; };

static int by_excess(const void *left, const void *right)
{
	const struct seed *a = left, *b = right;

	if (a->excess != b->excess)
		return a->excess > b->excess ? -1 : 1;
	return (a->block > b->block) - (a->block < b->block);
}

double hk_construct_excess(const struct hk_construct *c, uint32_t block)
{
	const struct hk_tenant *tenant = &c->tenants[block];
	double sum = tenant->cost - c->decomposition.blocks[block].bound;

	for (size_t i = 0; i < tenant->uses.n; i++)
		sum += c->decomposition.prices[tenant->uses.v[i].row] * tenant->uses.v[i].amount;
	return sum;
}

/* The configuration it would have at the prices. */
static const struct hk_configuration *wish(const struct hk_construct *c, uint32_t block)
{
	const struct hk_decomposition_block *b = &c->decomposition.blocks[block];
	const struct hk_configuration *best = NULL;
	double least = INFINITY;

	for (uint32_t i = 0; i < b->n_configurations; i++) {
		double bent = b->configurations[i].whole ? hk_construct_bent(&b->configurations[i], c->decomposition.prices) : INFINITY;

		if (bent < least) {
			least = bent;
			best = &b->configurations[i];
		}
	}
	return best;
}

struct group { uint32_t blocks[HK_FREED_MAX]; uint32_t n; uint64_t columns; bool known; };

static uint64_t size_of(struct hk_construct *c, const struct group *group, uint32_t block)
{
	return group->known ? hk_decomposition_known(&c->decomposition, block, &c->tenants[block].solution) : c->columns[block];
}

static bool join(struct hk_construct *c, struct group *group, uint32_t block)
{
	uint32_t at = 0;
	uint64_t columns;

	while (at < group->n && group->blocks[at] < block)
		at++;
	if (at < group->n && group->blocks[at] == block)
		return false;
	columns = group->columns + size_of(c, group, block);
	if (columns > (group->known ? KNOWN_MAX : COLUMNS_MAX))
		return false;
	memmove(group->blocks + at + 1, group->blocks + at, (group->n - at) * sizeof *group->blocks);
	group->blocks[at] = block;
	group->n++;
	group->columns = columns;
	return true;
}

/* Users of the row, from a place that changes with every try. */
static void join_users(struct hk_construct *c, struct group *group, uint32_t row, uint32_t turn, uint32_t size)
{
	const struct hk_row_users *users = &c->users[row];

	for (size_t i = 0; i < users->n && i < 40 && group->n < size; i++)
		join(c, group, users->v[(i + turn) % users->n]);
}

/* The seed and those in its way. */
static void gather(struct hk_construct *c, uint32_t seed, uint32_t level, struct group *group)
{
	const struct hk_configuration *wanted = wish(c, seed);
	struct hk_tenant *tenant = &c->tenants[seed];
	uint32_t turn = tenant->turn++, size = levels[level].size;

	*group = (struct group){ .blocks = { seed }, .n = 1, .known = levels[level].known };
	group->columns = size_of(c, group, seed);
	for (uint32_t i = 0; wanted && i < wanted->n_uses && group->n < size; i++) {
		uint32_t row = wanted->uses[i].row;

		if (wanted->uses[i].amount > c->left[row] + hk_construct_use(tenant, row) + 1e-9 * c->capacity[row])
			join_users(c, group, row, turn, size);
	}
	for (size_t i = 0; i < tenant->uses.n && group->n < size; i++)
		if (c->decomposition.prices[tenant->uses.v[i].row] > 0)
			join_users(c, group, tenant->uses.v[i].row, turn, size);
}

/* As they were before they were freed. */
struct memory {
	struct hk_arena arena;
	struct hk_block_solution solutions[HK_FREED_MAX];
	double costs[HK_FREED_MAX], sum;
	struct { uint32_t *v; size_t n, cap; } rows;
	uint32_t **least[HK_FREED_MAX];         /* counts that meet targets which the newest answer missed; NULL where there are none */
};

static void remember(const struct hk_construct *c, const struct group *group, struct memory *memory)
{
	*memory = (struct memory){ .sum = 0 };
	for (uint32_t i = 0; i < group->n; i++) {
		const struct hk_block *b = &c->problem->blocks[group->blocks[i]];

		hk_block_solution_init(&memory->solutions[i], b, &memory->arena);
		hk_block_solution_copy(&memory->solutions[i], &c->tenants[group->blocks[i]].solution, b);
		memory->costs[i] = c->tenants[group->blocks[i]].cost;
		memory->sum += memory->costs[i];
		for (size_t k = 0; k < c->tenants[group->blocks[i]].uses.n; k++)
			hk_vec_push(&memory->rows, c->tenants[group->blocks[i]].uses.v[k].row);
	}
}

static bool search(struct hk_construct *c, const struct group *group, const struct memory *memory, const double *left, double cutoff,
		   struct hk_configuration *found)
{
	struct hk_answer_limits asked = { .left = left, .gap = c->tolerance / 4, .cutoff = cutoff, .nodes = c->nodes_freed,
					 .known = group->known, .least = (uint32_t *const *const *)memory->least };
	struct hk_answer answer = { .status = HK_GLPK_NOTHING };
	uint64_t before = c->decomposition.nodes;

	if (hk_decomposition_answer(&c->decomposition, group->blocks, group->n, &asked, &answer, found, c->err) != 0) {
		c->failed = true;
		return false;
	}
	hk_construct_count(c, group->blocks, group->n, c->decomposition.nodes - before);
	return answer.status == HK_GLPK_OPTIMAL || answer.status == HK_GLPK_FEASIBLE;
}

/* Of the freed ones. */
static double use_of(const struct hk_construct *c, const struct group *group, uint32_t row)
{
	double sum = 0;

	for (uint32_t i = 0; i < group->n; i++)
		sum += hk_construct_use(&c->tenants[group->blocks[i]], row);
	return sum;
}

/* Replicas added for targets may take more than the answer did: next time there is that much less. False when a row is overfull. */
static bool within_rows(const struct hk_construct *c, const struct group *group, double *left)
{
	bool within = true;

	for (uint32_t i = 0; i < group->n; i++)
		for (size_t k = 0; k < c->tenants[group->blocks[i]].uses.n; k++) {
			uint32_t row = c->tenants[group->blocks[i]].uses.v[k].row;

			if (c->left[row] >= -1e-10 * c->decomposition.rows[row].capacity)
				continue;
			left[row] = fmin(left[row], fmax(0, use_of(c, group, row) + 2 * c->left[row]));
			within = false;
		}
	return within;
}

/* Nodes hold less than the cluster has in sum: next time a little less than now. */
static bool on_nodes(struct hk_construct *c, const struct group *group, double *left)
{
	if (hk_construct_pack(c, true) == 0)
		return true;
	for (size_t i = 0; i < c->stale.n; i++) {
		uint32_t row;

		if (c->sites[c->stale.v[i]].packed)
			continue;
		row = hk_construct_fullest_row(c, c->stale.v[i]);
		if (row != HK_NO_INDEX)
			left[row] = fmin(left[row], use_of(c, group, row) * (1 - 1e-6));
		break;
	}
	return false;
}

/*
 * Targets that counts of the group's member i miss: next time there is at least what meets them, at the least cost from here. False when no such counts are
 * known.
 */
static bool aim(struct hk_construct *c, const struct group *group, uint32_t i, uint32_t *const *counts, struct memory *memory)
{
	const struct hk_block *b = &c->problem->blocks[group->blocks[i]];
	uint32_t *least;
	bool any = false;

	for (uint32_t w = 0; counts && w < b->n_workloads; w++) {
		if (b->workloads[w].availability <= 0)
			continue;
		least = hk_arena_array(&memory->arena, (size_t)b->workloads[w].n_candidates + 1, sizeof *least);
		if (!hk_search_nearest(c->search, group->blocks[i], w, counts[w], NULL, least))
			continue;
		if (!memory->least[i])
			memory->least[i] = hk_arena_array(&memory->arena, (size_t)b->n_workloads + 1, sizeof *memory->least[i]);
		memory->least[i][w] = least;
		any = true;
	}
	return any;
}

/* What was found misses targets that the models do not know: now they do. False when there was nothing to learn. */
static bool learn(struct hk_construct *c, const struct group *group)
{
	bool any = false;

	for (uint32_t i = 0; i < group->n; i++) {
		if (!c->tenants[group->blocks[i]].unlearned)
			continue;
		hk_construct_learn(c, group->blocks[i]);
		any = true;
	}
	return any;
}

/*
 * True when all of them are in again, for less, on nodes, with their targets met. *again: what was in the way is out of `left` now.
 */
static bool settle_again(struct hk_construct *c, const struct group *group, const struct hk_configuration *found, struct memory *memory, double *left,
			 uint32_t *put, bool *again)
{
	double before = memory->sum;
	double sum = 0;
	bool missed = false, aimed = false;

	*put = 0;
	*again = false;
	hk_arena_reset(&c->drafts);
	for (uint32_t i = 0; i < group->n; i++) {
		struct hk_draft draft = hk_construct_draft(c, group->blocks[i], &found[i], c->left, c->prices);

		missed = missed || draft.missed;
		aimed = (draft.missed && aim(c, group, i, draft.base, memory)) || aimed;
		if (!draft.solution || sum + draft.cost >= before) {
			*again = missed && (learn(c, group) || aimed);
			return false;
		}
		hk_construct_put(c, group->blocks[i], draft.solution, draft.cost);
		++*put;
		sum += draft.cost;
	}
	*again = sum < before && (!within_rows(c, group, left) || !on_nodes(c, group, left));
	return sum < before && !*again && hk_construct_meets_targets(c, group->blocks, group->n);
}

/* The rows they used and those they use now have changed. */
static void touch(struct hk_construct *c, const struct group *group, const struct memory *memory)
{
	c->improvements++;
	for (size_t i = 0; i < memory->rows.n; i++)
		c->touched[memory->rows.v[i]] = c->improvements;
	for (uint32_t i = 0; i < group->n; i++)
		for (size_t k = 0; k < c->tenants[group->blocks[i]].uses.n; k++)
			c->touched[c->tenants[group->blocks[i]].uses.v[k].row] = c->improvements;
}

/* Free them, solve them together; better, or as before. */
static bool try_group(struct hk_construct *c, const struct group *group)
{
	struct hk_configuration found[HK_FREED_MAX];
	struct memory memory;
	double *left = hk_malloc(((size_t)c->decomposition.n_rows + 1) * sizeof *left);
	bool better = false, again = true;

	remember(c, group, &memory);
	for (uint32_t i = 0; i < group->n; i++)
		hk_construct_take(c, group->blocks[i]);
	if (c->decomposition.n_rows > 0)
		memcpy(left, c->left, c->decomposition.n_rows * sizeof *left);
	for (int tries = 0; again && !better && tries < TRIES_MAX && !hk_construct_stopped(c); tries++) {
		uint32_t put = 0;

		again = search(c, group, &memory, left, memory.sum * (memory.sum > 0 ? 1 - 1e-7 : 1 + 1e-7), found);
		if (again)
			better = settle_again(c, group, found, &memory, left, &put, &again);
		for (uint32_t i = 0; i < put && !better; i++)
			hk_construct_take(c, group->blocks[i]);
	}
	if (better) {
		touch(c, group, &memory);
		hk_construct_keep_packing(c);
	} else {
		for (uint32_t i = 0; i < group->n; i++)
			hk_construct_put(c, group->blocks[i], &memory.solutions[i], memory.costs[i]);
		hk_construct_drop_packing(c);
	}
	hk_cleanup_free(&left);
	hk_vec_release(&memory.rows);
	hk_arena_release(&memory.arena);
	return better;
}

/* Nothing changed around it since as many improvements were seen; what was seen counts from 1. */
static bool unchanged(const struct hk_construct *c, uint32_t block, uint64_t seen)
{
	const struct hk_configuration *wanted = wish(c, block);
	const struct hk_tenant *tenant = &c->tenants[block];

	if (seen == 0)
		return false;
	for (size_t i = 0; i < tenant->uses.n; i++)
		if (c->touched[tenant->uses.v[i].row] >= seen)
			return false;
	for (uint32_t i = 0; wanted && i < wanted->n_uses; i++)
		if (c->touched[wanted->uses[i].row] >= seen)
			return false;
	return true;
}

/* Several seeds and levels often come to the same group: once is enough, as long as nothing changed around it. */
static bool freed_before(struct hk_construct *c, const struct group *group)
{
	struct hk_freed_group now = { .key = 0xcbf29ce484222325 + group->known, .columns = group->columns, .improvements = c->improvements + 1 },
	    *before = NULL;
	bool same;

	for (uint32_t i = 0; i < group->n; i++)
		now.key = (now.key ^ group->blocks[i]) * 0x100000001b3 + group->n;
	for (size_t i = 0; i < c->freed.n && !before; i++)
		before = c->freed.v[i].key == now.key ? &c->freed.v[i] : NULL;
	same = before && before->columns == now.columns;
	for (uint32_t i = 0; i < group->n && same; i++)
		same = unchanged(c, group->blocks[i], before->improvements);
	if (before)
		*before = now;
	else
		hk_vec_push(&c->freed, now);
	return same;
}

static size_t list_seeds(const struct hk_construct *c, double part, struct seed *seeds)
{
	double sum = 0, seen = 0;
	size_t n = 0, kept = 0;

	for (uint32_t b = 0; b < c->problem->n_blocks; b++) {
		double more = hk_construct_excess(c, b);

		if (more > 1e-9 * fabs(c->tenants[b].cost) + 1e-15)
			seeds[n++] = (struct seed){ b, more };
	}
	if (n > 1)
		qsort(seeds, n, sizeof *seeds, by_excess);
	for (size_t i = 0; i < n; i++)
		sum += seeds[i].excess;
	for (; kept < n && seen < part * sum; kept++)
		seen += seeds[kept].excess;
	return kept;
}

/* One level: every seed once, as long as there is work beyond what is spared. How many improved the plan. */
static size_t sweep(struct hk_construct *c, uint32_t level, double part, double spare, struct seed *seeds)
{
	size_t n = list_seeds(c, part, seeds), better = 0;

	for (size_t i = 0; i < n && !c->failed && !hk_construct_stopped(c) && c->work > spare && !hk_construct_good_enough(c); i++) {
		uint32_t block = seeds[i].block;
		struct group group;

		if (hk_construct_excess(c, block) < seeds[i].excess / 2 || unchanged(c, block, c->tenants[block].tried[level]))
			continue;
		c->tenants[block].tried[level] = c->improvements + 1;
		if (levels[level].ejects) {
			better += hk_construct_eject(c, block);
			continue;
		}
		gather(c, block, level, &group);
		if ((group.n > 1 || levels[level].size == 1) && !freed_before(c, &group) && try_group(c, &group)) {
			better++;
			/* what it changed itself is no reason to ask it once more */
			c->tenants[block].tried[level] = c->improvements + 1;
		}
	}
	return better;
}

/* All is asked once more, by longer searches. */
static void search_longer(struct hk_construct *c)
{
	c->nodes_freed *= LONGER;
	c->freed.n = 0;
	for (uint32_t b = 0; b < c->problem->n_blocks; b++)
		memset(c->tenants[b].tried, 0, sizeof c->tenants[b].tried);
}

/* The first levels, until none of them improves the plan. */
static void climb(struct hk_construct *c, uint32_t levels_tried, double part, double spare)
{
	struct seed *seeds = hk_calloc((size_t)c->problem->n_blocks + 1, sizeof *seeds);

	if (c->nodes_freed == 0)
		c->nodes_freed = NODES_FREED;
	for (uint32_t level = 0; level < levels_tried && !c->failed && !hk_construct_stopped(c) && c->work > spare && !hk_construct_good_enough(c);)
		level = sweep(c, level, part, spare, seeds) > 0 ? 0 : level + 1;
	hk_cleanup_free(&seeds);
}

void hk_construct_mend(struct hk_construct *c, uint32_t levels_tried, bool wide, double work)
{
	climb(c, levels_tried, parts[wide], fmax(0, c->work - work));
}

bool hk_construct_improve(struct hk_construct *c, double work)
{
	double spare = fmax(0, c->work - work);

	for (size_t i = c->problem->n_blocks > BLOCKS_FEW ? 0 : 1; i < HK_COUNT(parts); i++)
		climb(c, HK_LEVELS, parts[i], spare);
	if (c->work <= spare)
		return true;
	search_longer(c);
	return false;
}
