/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A place for one pipeline: a configuration it already has, or a search within what the others leave, at bent prices so that it does not take what others need more. When there is no
 * room it goes in all the same, and whoever is in its way has to leave; rows that are fought over grow dearer, so that the fight ends.
 */
#include "place/construct_internal.h"

#include "place/cuts_availability.h"

#include <math.h>

enum {
	NODES_PLACE = 200,            /* of one search */
	TRANSLATIONS_MAX = 12,        /* answers looked at until one meets all targets */
};

/* What a row that was fought over grows dearer by, as a share of the newcomer's cost for what it uses of it. */
static const double PRESSURE = 0.1;

double hk_construct_bent(const struct hk_configuration *configuration, const double *prices)
{
	double sum = configuration->cost;

	for (uint32_t i = 0; prices && i < configuration->n_uses; i++)
		sum += prices[configuration->uses[i].row] * configuration->uses[i].amount;
	return sum;
}

/* True when every target can be met with these counts if the nodes allow it. */
static bool may_meet_targets(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution)
{
	const struct hk_block *b = &c->problem->blocks[block];
	size_t added = 0;
	bool missed = false;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		missed = hk_cut_availability(&c->search->cuts, c->problem, block, w, solution->replicas[w], &added) || missed;
	if (added > 0 && hk_decomposition_rebuild(&c->decomposition, block, c->err) != 0)
		c->failed = true;
	return !missed;
}

struct hk_block_solution *hk_construct_translate(struct hk_construct *c, uint32_t block, const struct hk_configuration *configuration, double *cost)
{
	struct hk_block_solution *solution = hk_arena_array(&c->drafts, 1, sizeof *solution);

	hk_block_solution_init(solution, &c->problem->blocks[block], &c->drafts);
	if (!hk_decomposition_solution(&c->decomposition, block, configuration, solution, cost, c->err)) {
		c->failed = c->failed || (c->err && c->err->status);
		return NULL;
	}
	return may_meet_targets(c, block, solution) ? solution : NULL;
}

static bool within(const struct hk_construct *c, const struct hk_configuration *configuration, const double *limits)
{
	for (uint32_t i = 0; i < configuration->n_uses; i++) {
		uint32_t row = configuration->uses[i].row;

		if (configuration->uses[i].amount > limits[row] + 1e-10 * c->decomposition.rows[row].capacity)
			return false;
	}
	return true;
}

/* The cheapest configuration at hand within the limits; HK_NO_INDEX when there is none. */
static uint32_t known(const struct hk_construct *c, uint32_t block, const double *limits, const double *prices, double *value)
{
	const struct hk_decomposition_block *b = &c->decomposition.blocks[block];
	uint32_t best = HK_NO_INDEX;

	*value = INFINITY;
	for (uint32_t i = 0; i < b->n_configurations; i++) {
		const struct hk_configuration *configuration = &b->configurations[i];
		double bent = hk_construct_bent(configuration, prices);

		if (configuration->whole && bent < *value && within(c, configuration, limits)) {
			*value = bent;
			best = i;
		}
	}
	return best;
}

/* Put it in when it survives exact numbers. */
static bool take_place(struct hk_construct *c, uint32_t block, const struct hk_configuration *configuration)
{
	const struct hk_block_solution *solution;
	struct hk_uses uses = { 0 };
	double cost;
	bool fits;

	hk_arena_reset(&c->drafts);
	solution = hk_construct_translate(c, block, configuration, &cost);
	if (!solution)
		return false;
	hk_construct_uses(c, block, solution, &uses);
	fits = hk_construct_fits(c, uses.v, uses.n);
	hk_vec_release(&uses);
	if (fits)
		hk_construct_put(c, block, solution, cost);
	return fits;
}

/* A known one; when it is of no use it is not looked at again. Cuts made on the way throw all known ones away. */
static bool take_known(struct hk_construct *c, uint32_t block, uint32_t which)
{
	struct hk_decomposition_block *b = &c->decomposition.blocks[block];
	size_t cuts = hk_cuts_count(&c->search->cuts);

	if (take_place(c, block, &b->configurations[which]))
		return true;
	if (hk_cuts_count(&c->search->cuts) == cuts)
		b->configurations[which].whole = false;
	return false;
}

static enum hk_glpk_status ask(struct hk_construct *c, uint32_t block, const struct hk_answer_limits *limits, struct hk_configuration *configuration)
{
	struct hk_answer answer = { .status = HK_GLPK_NOTHING };
	uint64_t before = c->decomposition.nodes;

	if (c->failed || hk_decomposition_answer(&c->decomposition, &block, 1, limits, &answer, configuration, c->err) != 0) {
		c->failed = true;
		return HK_GLPK_NOTHING;
	}
	hk_construct_count(c, &block, 1, c->decomposition.nodes - before);
	return answer.status;
}

static bool answered(enum hk_glpk_status status)
{
	return status == HK_GLPK_OPTIMAL || status == HK_GLPK_FEASIBLE;
}

void hk_construct_reset_prices(struct hk_construct *c)
{
	for (uint32_t r = 0; r < c->decomposition.n_rows; r++) {
		c->pressure[r] = 0;
		c->prices[r] = c->decomposition.prices[r];
	}
}

bool hk_construct_place(struct hk_construct *c, uint32_t block, const double *limits, const double *prices)
{
	struct hk_answer_limits asked = { .left = limits, .prices = prices, .gap = c->tolerance / 4, .nodes = NODES_PLACE };

	for (int tries = 0; tries < TRANSLATIONS_MAX && !c->failed; tries++) {
		uint32_t have = known(c, block, limits, prices, &asked.cutoff);
		struct hk_configuration found;
		double slack = c->tolerance / 4 * fabs(asked.cutoff);

		if (have != HK_NO_INDEX && prices && asked.cutoff - c->decomposition.blocks[block].bound <= slack) {
			if (take_known(c, block, have))
				return true;
			continue;
		}
		if (have != HK_NO_INDEX)
			asked.cutoff -= slack;
		if (answered(ask(c, block, &asked, &found))) {
			if (take_place(c, block, &found))
				return true;
		} else if (have == HK_NO_INDEX || take_known(c, block, have)) {
			return have != HK_NO_INDEX;
		}
	}
	return false;
}

/* Of those who use the row: who left least often, then the least one that makes room, else the largest. */
static uint32_t who_leaves(const struct hk_construct *c, uint32_t row, uint32_t newcomer)
{
	const struct hk_row_users *users = &c->users[row];
	uint32_t best = HK_NO_INDEX;
	double best_use = 0, wanted = -c->left[row];

	for (size_t i = 0; i < users->n; i++) {
		uint32_t block = users->v[i];
		double use = hk_construct_use(&c->tenants[block], row);
		uint32_t often = best == HK_NO_INDEX ? UINT32_MAX : c->tenants[best].pushed;
		bool better = use >= wanted ? best_use < wanted || use < best_use : use > best_use && best_use < wanted;

		if (block == newcomer || c->tenants[block].pushed > often)
			continue;
		if (c->tenants[block].pushed < often || better) {
			best = block;
			best_use = use;
		}
	}
	return best;
}

static void press(struct hk_construct *c, uint32_t row, double more)
{
	if (!isfinite(more) || more < 0)
		return;
	c->pressure[row] += more;
	c->prices[row] = c->decomposition.prices[row] + c->pressure[row];
}

/* Whoever is in the way of the newcomer leaves. */
static void make_room(struct hk_construct *c, uint32_t newcomer)
{
	struct hk_tenant *tenant = &c->tenants[newcomer];

	for (size_t i = 0; i < tenant->uses.n; i++) {
		uint32_t row = tenant->uses.v[i].row;
		bool fought = false;

		while (c->left[row] < -1e-10 * c->decomposition.rows[row].capacity) {
			uint32_t block = who_leaves(c, row, newcomer);

			if (block == HK_NO_INDEX)
				break;
			hk_construct_take(c, block);
			c->tenants[block].pushed++;
			hk_vec_push(&c->homeless, block);
			fought = true;
		}
		if (fought)
			press(c, row, PRESSURE * tenant->cost / tenant->uses.v[i].amount);
	}
}

bool hk_construct_push_in(struct hk_construct *c, uint32_t block)
{
	struct hk_answer_limits asked = { .left = c->capacity, .prices = c->prices, .gap = c->tolerance, .nodes = NODES_PLACE, .cutoff = INFINITY };

	for (int tries = 0; tries < TRANSLATIONS_MAX && !c->failed; tries++) {
		const struct hk_block_solution *solution;
		struct hk_configuration found;
		double cost;

		if (!answered(ask(c, block, &asked, &found)))
			return false;
		hk_arena_reset(&c->drafts);
		solution = hk_construct_translate(c, block, &found, &cost);
		if (!solution)
			continue;
		hk_construct_put(c, block, solution, cost);
		make_room(c, block);
		return true;
	}
	return false;
}
