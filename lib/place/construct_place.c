/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A place for one pipeline: a configuration it already has, or a search within what the others leave, at bent prices so that it does not take what others need
 * more. When there is no room it goes in all the same, and whoever is in its way has to leave; rows that are fought over grow dearer, so that the fight ends.
 */
#include "place/construct_internal.h"

#include <math.h>
#include <string.h>

enum {
	BLOCKS_FEW = 40,
	NODES_PLACE = 100,            /* of one search */
	NODES_ANY = 500,              /* when any answer will do */
	TRIES_MAX = 8,                /* answers looked at until one meets all targets at little more than the least */
};

/* What a row that was fought over grows dearer by, as a share of the newcomer's cost for what it uses of it. */
static const double PRESSURE = 0.1;

/*
 * An answer that misses a target is not asked for on purpose when what was added to it costs no more than this many times the tolerance beyond the least. With
 * few pipelines neighbourhoods find the rest sooner.
 */
static const double CLOSE = 0.25, CLOSE_FEW = 5;

double hk_construct_bent(const struct hk_configuration *configuration, const double *prices)
{
	double sum = configuration->cost;

	for (uint32_t i = 0; prices && i < configuration->n_uses; i++)
		sum += prices[configuration->uses[i].row] * configuration->uses[i].amount;
	return sum;
}

/* Counts that miss a target become cuts of the block, which wait for hk_construct_learn. */
static void cut_targets(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution)
{
	const struct hk_block *b = &c->problem->blocks[block];
	size_t added = 0;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		(void)hk_search_cut_target(c->search, block, w, solution->replicas[w], false, &added);
	c->tenants[block].unlearned = c->tenants[block].unlearned || added > 0;
}

void hk_construct_learn(struct hk_construct *c, uint32_t block)
{
	c->tenants[block].unlearned = false;
	for (uint32_t w = 0; w < c->problem->blocks[block].n_workloads; w++)
		c->tenants[block].hard = c->tenants[block].hard || hk_cuts_pairs_of(&c->search->cuts, block, w);
	if (!c->failed && hk_decomposition_rebuild(&c->decomposition, block, c->err) != 0)
		c->failed = true;
}

static double bent_solution(struct hk_construct *c, uint32_t block, const struct hk_draft *draft, const double *prices)
{
	struct hk_uses uses = { 0 };
	double sum = draft->cost;

	hk_construct_uses(c, block, draft->solution, &uses);
	for (size_t i = 0; prices && i < uses.n; i++)
		sum += prices[uses.v[i].row] * uses.v[i].amount;
	hk_vec_release(&uses);
	return sum;
}

static uint32_t **copy_counts(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution)
{
	const struct hk_block *b = &c->problem->blocks[block];
	uint32_t **counts = hk_arena_array(&c->drafts, (size_t)b->n_workloads + 1, sizeof *counts);

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		counts[w] = hk_arena_array(&c->drafts, (size_t)b->workloads[w].n_candidates + 1, sizeof **counts);
		memcpy(counts[w], solution->replicas[w], b->workloads[w].n_candidates * sizeof **counts);
	}
	return counts;
}

struct hk_draft hk_construct_draft(struct hk_construct *c, uint32_t block, const struct hk_configuration *configuration, const double *limits,
				   const double *prices)
{
	struct hk_draft draft = { .solution = hk_arena_array(&c->drafts, 1, sizeof *draft.solution) };

	hk_block_solution_init(draft.solution, &c->problem->blocks[block], &c->drafts);
	if (!hk_decomposition_solution(&c->decomposition, block, configuration, draft.solution, &draft.cost, c->err)) {
		c->failed = c->failed || (c->err && c->err->status);
		draft.solution = NULL;
		return draft;
	}
	draft.missed = hk_construct_misses_targets(c, block, draft.solution);
	if (draft.missed) {
		cut_targets(c, block, draft.solution);
		draft.base = copy_counts(c, block, draft.solution);
	}
	if (draft.missed && !hk_construct_top_up(c, block, draft.solution, limits, prices, &draft.cost))
		draft.solution = NULL;
	if (draft.solution)
		draft.bent = bent_solution(c, block, &draft, prices);
	return draft;
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

static bool solution_fits(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution, const double *limits)
{
	struct hk_uses uses = { 0 };
	bool fits = true;

	hk_construct_uses(c, block, solution, &uses);
	for (size_t i = 0; i < uses.n && fits; i++)
		fits = uses.v[i].amount <= limits[uses.v[i].row] + 1e-10 * c->decomposition.rows[uses.v[i].row].capacity;
	hk_vec_release(&uses);
	return fits;
}

/* One place that is looked for. */
struct quest {
	struct hk_construct *c;
	uint32_t block;
	const double *limits, *prices;
	struct hk_draft best;           /* no solution: none yet */
	double bound;                   /* nothing is cheaper, bent */
	bool strict;                    /* rows that are enough for the targets were tried */
};

static void weigh(struct quest *q, struct hk_draft draft)
{
	if (draft.solution && solution_fits(q->c, q->block, draft.solution, q->limits) && (!q->best.solution || draft.bent < q->best.bent))
		q->best = draft;
}

/* Another draft. True when it is as good as any will be. */
static bool consider(struct quest *q, const struct hk_configuration *configuration)
{
	struct hk_draft draft = hk_construct_draft(q->c, q->block, configuration, q->limits, q->prices);
	bool close;

	weigh(q, draft);
	close = q->best.solution &&
	    q->best.bent - q->bound <= (q->c->problem->n_blocks > BLOCKS_FEW ? CLOSE : CLOSE_FEW) * q->c->tolerance * fabs(q->best.bent);
	for (int forgive = 1; draft.missed && !close && !q->strict && !q->c->failed && forgive >= 0; forgive--)
		weigh(q, hk_construct_strict(q->c, q->block, draft.base, forgive == 1, q->limits, q->prices));
	q->strict = q->strict || draft.missed;
	if (draft.missed && q->c->tenants[q->block].unlearned && !q->best.solution) {
		hk_construct_learn(q->c, q->block);
		return false;
	}
	return q->best.solution != NULL;
}

/* A known one. Of no use, it is not looked at again. */
static bool consider_known(struct quest *q, uint32_t which)
{
	struct hk_decomposition_block *b = &q->c->decomposition.blocks[q->block];
	uint32_t n = b->n_configurations;
	bool good = consider(q, &b->configurations[which]);

	if (!good && b->n_configurations == n)
		b->configurations[which].whole = false;
	return good;
}

static bool ask(struct quest *q, double cutoff, bool any, struct hk_configuration *configuration)
{
	struct hk_construct *c = q->c;
	struct hk_answer_limits asked = { .left = q->limits, .prices = q->prices, .gap = c->tolerance / 4, .nodes = any ? NODES_ANY : NODES_PLACE,
					  .cutoff = cutoff, .any = any };
	struct hk_answer answer = { .status = HK_GLPK_NOTHING };
	uint64_t before = c->decomposition.nodes;

	if (c->failed || hk_decomposition_answer(&c->decomposition, &q->block, 1, &asked, &answer, configuration, c->err) != 0) {
		c->failed = true;
		return false;
	}
	hk_construct_count(c, &q->block, 1, c->decomposition.nodes - before);
	q->bound = fmax(q->bound, answer.bound);
	return answer.status == HK_GLPK_OPTIMAL || answer.status == HK_GLPK_FEASIBLE;
}

/* Known configurations, then searches, until one is good or nothing is left. */
static bool find(struct quest *q)
{
	struct hk_construct *c = q->c;

	q->bound = q->prices ? c->decomposition.blocks[q->block].bound : -INFINITY;
	hk_arena_reset(&c->drafts);
	for (int tries = 0; tries < TRIES_MAX && !c->failed; tries++) {
		double value, slack;
		uint32_t have = known(c, q->block, q->limits, q->prices, &value);
		struct hk_configuration found;

		slack = c->tolerance / 4 * fabs(isfinite(value) ? value : 0);
		if (have != HK_NO_INDEX && value - q->bound <= slack) {
			if (consider_known(q, have))
				break;
			continue;
		}
		if (q->best.solution)
			value = fmin(value, q->best.bent);
		if (ask(q, value - slack, false, &found) || (have == HK_NO_INDEX && !q->best.solution && ask(q, INFINITY, true, &found))) {
			if (consider(q, &found))
				break;
		} else if (have == HK_NO_INDEX || consider_known(q, have)) {
			break;
		}
	}
	return q->best.solution != NULL;
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
	struct quest q = { .c = c, .block = block, .limits = limits, .prices = prices };

	if (!find(&q))
		return false;
	hk_construct_put(c, block, q.best.solution, q.best.cost);
	return true;
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
	struct quest q = { .c = c, .block = block, .limits = c->capacity, .prices = c->prices };

	if (!find(&q))
		return false;
	hk_construct_put(c, block, q.best.solution, q.best.cost);
	make_room(c, block);
	return true;
}
