/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine for worlds of many pipelines: prices and a proved bound first, then a plan made of what each pipeline would have at those prices, exact down to
 * the nodes, then neighbourhoods and more prices until plan and bound meet as closely as asked for, or the work is done. Work is counted, never timed.
 */
#include "place/construct_internal.h"

#include <math.h>
#include <string.h>

enum {
	ROUNDS_FIRST = 1,             /* with whole numbers, before the first plan: one proves nearly what many do, and neighbourhoods mend a plan for less */
	ROUNDS_MORE = 12,             /* most, each time plan and bound are stuck */
	ROUNDS_TARGETS = 1,           /* after a look at targets that answers miss */
	BLOCKS_FEW = 40,
	NODE_HARD = 3,                /* what a node of a model with pairs of failure domains costs beside one without */
	PASSES_MAX = 8,
	NODES_LONGEST = 10000,        /* of a neighbourhood; after searches that long without gain nothing moves */
	HULLS_MAX = 3,                /* times prices are looked for again after rows of hulls */
};

/* Searched nodes times columns: some ten seconds of one processor, more for worlds of more pipelines. */
static const double WORK = 1.2e7, WORK_EACH = 5e4;

bool hk_construct_stopped(struct hk_construct *c)
{
	struct hk_search *search = c->search;

	if (search->options->interrupt && *search->options->interrupt)
		search->interrupted = search->hit_limit = true;
	if (hk_glpk_clock() > search->deadline)
		search->hit_limit = true;
	return search->interrupted || hk_glpk_clock() > search->deadline + search->grace;
}

static bool within_gap(const struct hk_construct *c, double objective)
{
	return hk_search_within_gap(c->search, objective, c->decomposition.bound);
}

bool hk_construct_good_enough(const struct hk_construct *c)
{
	return within_gap(c, hk_construct_objective(c));
}

static bool best_good_enough(const struct hk_construct *c)
{
	return c->search->best.any && within_gap(c, c->search->best.objective);
}

void hk_construct_price(struct hk_construct *c, double tolerance, unsigned rounds)
{
	const struct hk_kept *best = &c->search->best;

	/* no round after the one whose bound proves the plan at hand */
	if (best->any)
		c->decomposition.enough = best->objective - (1 - 1e-6) * fmax(c->search->options->gap, 1e-9) * fmax(fabs(best->objective), 1e-9);
	c->failed = hk_decomposition_price(&c->decomposition, tolerance, rounds, true, c->err) != 0;
}

void hk_construct_count(struct hk_construct *c, const uint32_t *blocks, size_t n, uint64_t nodes)
{
	double columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += (c->problem->n_blocks > BLOCKS_FEW && c->tenants[blocks[i]].hard ? NODE_HARD : 1) * (double)c->columns[blocks[i]];
	c->work -= (1 + (double)nodes) * columns;
}

void hk_construct_say(const struct hk_construct *c, const char *what)
{
	const struct hk_solve_options *options = c->search->options;
	struct hk_buf line = HK_BUF_INIT;
	const struct hk_kept *best = &c->search->best;

	if (!options->progress)
		return;
	hk_buf_addf(&line, "%s: %u+%u rounds, %zu cuts, %llu nodes, bound ", what, c->decomposition.relaxed_rounds, c->decomposition.whole_rounds,
		    hk_cuts_count(&c->search->cuts), (unsigned long long)c->decomposition.nodes);
	hk_buf_addround(&line, c->decomposition.bound, 8);
	if (best->any) {
		hk_buf_addstr(&line, ", plan ");
		hk_buf_addround(&line, best->objective, 8);
		hk_buf_addstr(&line, ", gap ");
		hk_buf_addround(&line, 100 * (best->objective - c->decomposition.bound) / fmax(fabs(best->objective), 1e-9), 3);
		hk_buf_addstr(&line, "%");
	}
	options->progress(options->closure, line.s);
	hk_buf_release(&line);
}

void hk_construct_save(struct hk_construct *c)
{
	struct hk_search *search = c->search;
	struct hk_block_solution *blocks = hk_calloc((size_t)c->problem->n_blocks + 1, sizeof *blocks);
	double objective = hk_construct_objective(c);
	bool better = !search->best.any || objective < search->best.objective;

	hk_search_shares_clear(search);
	for (uint32_t s = 0; better && s < c->problem->model->n_clusters; s++)
		hk_search_shares_add(search, c->sites[s].shares.v, c->sites[s].shares.n);
	for (uint32_t b = 0; b < c->problem->n_blocks; b++) {
		blocks[b] = c->tenants[b].solution;
		if (better)
			c->kept_cost[b] = c->tenants[b].cost;
	}
	hk_search_keep(search, objective, blocks, search->shares, search->n_shares);
	for (uint32_t b = 0; better && b < c->problem->n_blocks; b++)
		hk_decomposition_adopt(&c->decomposition, b, &c->tenants[b].solution, c->tenants[b].cost, c->tenants[b].uses.v, (uint32_t)c->tenants[b].uses.n);
	hk_cleanup_free(&blocks);
}

static void add_shares(struct hk_construct *c)
{
	const struct hk_kept *best = &c->search->best;

	/* by (block, workload, cluster, ...) in the plan: per cluster they come in the order a site wants */
	hk_search_shares_clear(c->search);
	hk_search_shares_add(c->search, best->shares, best->n_shares);
	hk_search_shares_sort(c->search);
	for (uint32_t s = 0; s < c->problem->model->n_clusters; s++)
		c->sites[s].shares.n = 0;
	for (size_t i = 0; i < c->search->n_shares; i++)
		hk_vec_push(&c->sites[c->search->shares[i].cluster].shares, c->search->shares[i]);
}

void hk_construct_restore(struct hk_construct *c)
{
	for (uint32_t b = 0; b < c->problem->n_blocks; b++)
		if (c->tenants[b].placed)
			hk_construct_take(c, b);
	for (uint32_t b = 0; b < c->problem->n_blocks; b++)
		hk_construct_put(c, b, &c->search->best.blocks[b], c->kept_cost[b]);
	hk_construct_drop_packing(c);
	c->homeless.n = c->strict.n = 0;
	add_shares(c);
}

static bool has_targets(const struct hk_construct *c, uint32_t block)
{
	bool has = false;

	for (uint32_t w = 0; w < c->problem->blocks[block].n_workloads; w++)
		has = has || c->problem->blocks[block].workloads[w].availability > 0;
	return has;
}

/* Configurations that miss a target become cuts, so that prices and bound are those of plans that meet them. True when there were any. */
static bool look_at_targets(struct hk_construct *c)
{
	bool any = false;

	for (uint32_t b = 0; b < c->problem->n_blocks && !c->failed; b++) {
		const struct hk_decomposition_block *block = &c->decomposition.blocks[b];

		hk_arena_reset(&c->drafts);
		for (uint32_t i = 0; has_targets(c, b) && i < block->n_configurations; i++)
			if (block->configurations[i].whole)
				(void)hk_construct_draft(c, b, &block->configurations[i], c->left, c->prices);
		any = any || c->tenants[b].unlearned;
		if (c->tenants[b].unlearned)
			hk_construct_learn(c, b);
	}
	return any;
}

static bool done(struct hk_construct *c)
{
	return c->failed || c->decomposition.infeasible || hk_construct_stopped(c) || c->work <= 0;
}

/* Prices and bound; false when that ends it. */
static bool find_prices(struct hk_construct *c)
{
	struct hk_decomposition *d = &c->decomposition;

	c->failed = c->failed || hk_decomposition_relax(d, c->err) != 0;
	for (int i = 0; i < HULLS_MAX && !done(c) && hk_construct_hulls(c) && !done(c); i++) {
		hk_construct_say(c, "hulls of targets");
		c->failed = hk_decomposition_relax(d, c->err) != 0;
	}
	hk_construct_say(c, "prices");
	if (!c->failed && !d->infeasible && !hk_construct_stopped(c))
		c->failed = hk_decomposition_price(d, 0.55 * c->tolerance, ROUNDS_FIRST, c->problem->n_blocks > BLOCKS_FEW, c->err) != 0;
	hk_construct_say(c, "whole numbers");
	if (!done(c) && look_at_targets(c) && !done(c)) {
		c->failed = hk_decomposition_price(d, 0.55 * c->tolerance, ROUNDS_TARGETS, false, c->err) != 0;
		hk_construct_say(c, "targets");
	}
	return !c->failed && !d->infeasible;
}

/* A plan from the configurations at hand. */
static bool make_plan(struct hk_construct *c)
{
	bool made;

	c->strict.n = 0;
	made = hk_construct_fill(c) && hk_construct_settle(c);
	if (made)
		hk_construct_save(c);
	hk_construct_say(c, made ? "plan" : "no plan");
	return made;
}

/* False when no neighbourhood is left to try. */
static bool improve(struct hk_construct *c, double work)
{
	bool left = hk_construct_improve(c, work);

	if (!c->failed)
		hk_construct_save(c);
	hk_construct_say(c, "neighbourhoods");
	return left;
}

/* More prices, another plan, more neighbourhoods: until nothing moves. */
static void converge(struct hk_construct *c)
{
	double tolerance = 0.55 * c->tolerance, work = HK_TURN_EACH * c->problem->n_blocks;

	for (int pass = 0; pass < PASSES_MAX && !done(c) && !best_good_enough(c); pass++) {
		double bound = c->decomposition.bound, objective = c->search->best.any ? c->search->best.objective : INFINITY;
		bool left;

		tolerance /= 3;
		work *= 2;
		(void)look_at_targets(c);
		c->decomposition.work = work;
		hk_construct_price(c, tolerance, ROUNDS_MORE);
		hk_construct_say(c, "whole numbers");
		if (done(c) || best_good_enough(c))
			break;
		if (!make_plan(c) || (c->search->best.any && hk_construct_objective(c) > c->search->best.objective)) {
			if (!c->search->best.any || c->failed)
				continue;
			hk_construct_restore(c);
		}
		left = improve(c, work);
		if (!left && c->nodes_freed > NODES_LONGEST && !(c->search->best.objective < objective) && !(c->decomposition.bound > bound))
			break;
	}
}

static bool near(const struct hk_construct *c)
{
	const struct hk_kept *best = &c->search->best;

	return best->any && best->objective - c->decomposition.bound <= 5 * c->tolerance * fmax(fabs(best->objective), 1e-9);
}

static void run(struct hk_construct *c)
{
	if (hk_construct_warm(c) && done(c))
		return;
	/* old prices that come near only need whole numbers, in converge() */
	if (!near(c)) {
		if (!find_prices(c))
			return;
		if (make_plan(c))
			(void)improve(c, HK_TURN_EACH * c->problem->n_blocks);
	}
	if (!done(c))
		converge(c);
}

int hk_search_decompose(struct hk_search *search, enum hk_solve_outcome *outcome, struct hk_err *err)
{
	struct hk_construct c;
	bool failed;

	*outcome = HK_SOLVED_NOTHING;
	if (hk_construct_open(&c, search, err) != 0)
		return -1;
	c.tolerance = fmax(search->options->gap, 1e-4);
	c.work = WORK + WORK_EACH * search->problem->n_blocks;
	/* a little more time to end with a plan rather than with nothing */
	if (isfinite(search->deadline))
		search->grace = fmin(2, fmax(0.5, search->options->time_limit));
	run(&c);
	search->proved_bound = fmax(search->proved_bound, c.decomposition.bound);
	search->nodes += c.decomposition.nodes;
	search->iterations += c.decomposition.iterations;
	search->interrupted = search->interrupted || c.decomposition.interrupted;
	hk_decomposition_export(&c.decomposition, &search->arena, &search->prices, &search->block_bounds);
	if (c.decomposition.infeasible && !search->best.any)
		*outcome = HK_SOLVED_INFEASIBLE;
	search->hit_limit = search->hit_limit || !best_good_enough(&c);
	failed = c.failed;
	hk_construct_close(&c);
	if (failed && !search->best.any)
		return -1;
	if (failed)
		hk_err_release(err);
	return 0;
}
