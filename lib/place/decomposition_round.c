/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One round: every pipeline's least cost at given prices, and the bound these prove together. */
#include "place/decomposition_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nodes of one block's search: the first pass settles nearly all blocks, later ones are for the few that stand out. Beyond the first, cuts pay. */
static const uint64_t NODES[] = { 60, 300, 1500, 6000 };
/* Of models that decide about pairs of failure domains every node is dear: what one round spends on all of them, and how much more each pass may cost. */
enum { NODES_HARD = 600, NODES_HARD_LEAST = 8, NODES_HARD_MOST = 60, MORE_HARD = 5 };
enum { EFFORTS = 4 };

bool hk_decomposition_stopped(struct hk_decomposition *d)
{
	if (d->options->interrupt && *d->options->interrupt)
		d->interrupted = d->hit_limit = true;
	if (hk_glpk_clock() > hk_decomposition_own(d)->deadline)
		d->hit_limit = true;
	return d->interrupted || hk_glpk_clock() > hk_decomposition_own(d)->deadline;
}

void hk_decomposition_say(const struct hk_decomposition *d, const char *phase, unsigned round, double bound, double master, uint32_t solved)
{
	struct hk_buf line = HK_BUF_INIT;

	if (!d->options->progress)
		return;
	hk_buf_addf(&line, "%s %u: bound ", phase, round);
	hk_buf_addround(&line, bound, 7);
	hk_buf_addstr(&line, ", best ");
	hk_buf_addround(&line, d->bound, 7);
	if (isfinite(master)) {
		hk_buf_addstr(&line, ", mix of answers ");
		hk_buf_addround(&line, master, 7);
	}
	hk_buf_addf(&line, "; %u of %u pipelines priced, %llu iterations, %llu nodes", solved, d->problem->n_blocks, (unsigned long long)d->iterations,
		    (unsigned long long)d->nodes);
	d->options->progress(d->options->closure, line.s);
	hk_buf_release(&line);
}

/* The search left more open than it may, and there is more to spend. */
static bool unsettled(const struct hk_decomposition_own *common, const struct hk_block_model *own)
{
	return common->whole && own->last_effort < common->effort && own->last_value - own->last_bound > common->share;
}

/* No answer got cheaper since the newest one was found: prices only rose. used: not even that one got dearer. */
static bool only_rose(const struct hk_block_model *own, const double *prices, bool used)
{
	uint32_t u = 0;

	for (uint32_t i = 0; i < own->n_rows; i++) {
		double now = prices[own->rows[i]], then = own->prices[i];

		while (u < own->n_last_uses && own->last_uses[u].row < own->rows[i])
			u++;
		if (now < then || (used && now > then && u < own->n_last_uses && own->last_uses[u].row == own->rows[i] && own->last_uses[u].amount > 0))
			return false;
	}
	return true;
}

static bool still_best(const struct hk_decomposition_own *common, const struct hk_block_model *own)
{
	return own->has_last && !(common->whole && !own->last_whole) && !unsettled(common, own) && only_rose(own, common->current, true);
}

void hk_block_model_price(const struct hk_block_model *own, const double *prices, double *cost)
{
	for (uint32_t j = 0; j < own->model.n_columns; j++) {
		cost[j] = own->cost[j];
		for (uint32_t k = own->use_first[j]; k < own->use_first[j + 1]; k++)
			cost[j] += prices[own->uses[k].row] * own->uses[k].amount;
	}
}

static void remember(const struct hk_decomposition_own *common, struct hk_block_model *own, const struct hk_configuration *configuration, double value)
{
	const double *prices = common->current;

	for (uint32_t i = 0; i < own->n_rows; i++)
		own->prices[i] = prices[own->rows[i]];
	hk_cleanup_free(&own->last_uses);
	own->n_last_uses = configuration->n_uses;
	own->last_uses = hk_malloc(((size_t)configuration->n_uses + 1) * sizeof *own->last_uses);
	if (configuration->n_uses > 0)
		memcpy(own->last_uses, configuration->uses, configuration->n_uses * sizeof *own->last_uses);
	own->last_bound = own->result.bound;
	own->last_value = value;
	own->last_effort = common->effort;
	own->last_whole = common->whole || configuration->whole;
	own->has_last = true;
}

/* The cheapest answer at hand that is whole: only what is cheaper is looked for. NULL when there is none. */
static const struct hk_configuration *cheapest(const struct hk_decomposition *d, uint32_t block, double *value)
{
	const struct hk_decomposition_block *b = &d->blocks[block];
	const struct hk_configuration *best = NULL;

	*value = INFINITY;
	for (uint32_t k = 0; k < b->n_configurations; k++) {
		double priced = b->configurations[k].whole ? hk_configuration_priced(&b->configurations[k], hk_decomposition_own(d)->current) : INFINITY;

		if (priced < *value) {
			*value = priced;
			best = &b->configurations[k];
		}
	}
	return best;
}

static void price_block(const struct hk_decomposition *d, uint32_t block)
{
	const struct hk_decomposition_own *common = hk_decomposition_own(d);
	struct hk_block_model *own = hk_block_model(d, block);
	struct hk_block_result *result = &own->result;
	struct hk_glpk_limits limits = { .nodes = NODES[common->effort], .deadline = common->deadline, .memory = d->options->memory_limit,
					 .interrupt = d->options->interrupt,
					 .gap = common->gap, .cutoff = INFINITY };
	struct hk_glpk_result answer;
	const struct hk_configuration *known = NULL;
	double *cost, *point;

	if (common->whole)
		known = cheapest(d, block, &limits.cutoff);
	if (common->whole && own->hard)
		limits.nodes = common->nodes_hard;
	*result = (struct hk_block_result){ .bound = own->last_bound, .status = HK_GLPK_OPTIMAL };
	if (still_best(common, own) || (d->options->interrupt && *d->options->interrupt))
		return;
	cost = hk_malloc(((size_t)own->model.n_columns + 1) * sizeof *cost);
	point = hk_calloc((size_t)own->model.n_columns + 1, sizeof *point);
	hk_block_model_price(own, common->current, cost);
	result->solved = true;
	result->status = HK_GLPK_NOTHING;
	if ((common->whole ? hk_block_model_search(d, block, cost, &limits, &answer, point, &result->err)
			   : hk_kept_solve(&own->kept, cost, &limits, &answer, point, &result->err)) == 0) {
		result->status = answer.status;
		/* another search may prove less than the one before did */
		result->bound = own->has_last && only_rose(own, common->current, false) ? fmax(answer.bound, own->last_bound) : answer.bound;
		result->nodes = answer.nodes;
		result->iterations = answer.iterations;
		result->hit_limit = answer.hit_limit;
		result->interrupted = answer.interrupted;
		result->fresh = answer.status == HK_GLPK_OPTIMAL || answer.status == HK_GLPK_FEASIBLE;
		if (result->fresh) {
			hk_configuration_make(&result->configuration, own, point, false);
			hk_block_model_learn(own, point);
			remember(common, own, &result->configuration, answer.objective);
		} else if (known) {
			result->status = HK_GLPK_OPTIMAL;
			remember(common, own, known, limits.cutoff);
		}
	}
	if (!own->stays)
		hk_kept_drop(&own->kept);
	hk_cleanup_free(&cost);
	hk_cleanup_free(&point);
}

static void price_blocks(void *closure, unsigned worker)
{
	struct hk_decomposition *d = closure;

	for (uint32_t p = worker; p < d->problem->n_blocks; p += hk_decomposition_own(d)->threads.n)
		price_block(d, p);
}

/* False when the block's bound is not known. */
static bool take_result(struct hk_decomposition *d, uint32_t p)
{
	struct hk_block_model *own = hk_block_model(d, p);
	struct hk_block_result *result = &own->result;

	d->nodes += result->nodes;
	d->work -= (double)result->nodes * own->model.n_columns;
	d->iterations += result->iterations;
	d->interrupted = d->interrupted || result->interrupted;
	if (result->interrupted)
		d->hit_limit = true;
	if (result->status == HK_GLPK_INFEASIBLE)
		d->blocks[p].impossible = d->infeasible = true;
	hk_decomposition_own(d)->values[p] = result->bound;
	if (result->fresh)
		hk_configuration_add(&d->blocks[p], &result->configuration);
	return !result->solved || result->status != HK_GLPK_NOTHING || isfinite(result->bound);
}

static void keep_best(struct hk_decomposition *d, double bound)
{
	const struct hk_decomposition_own *own = d->own;

	if (!(bound > d->bound))
		return;
	d->bound = bound;
	for (uint32_t p = 0; p < d->problem->n_blocks; p++)
		d->blocks[p].bound = own->values[p];
	if (d->n_rows > 0)
		memcpy(d->prices, own->current, d->n_rows * sizeof *d->prices);
}

/* The first error in the order of blocks; the others are forgotten. */
static int take_errors(struct hk_decomposition *d, struct hk_err *err)
{
	int code = 0;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		struct hk_block_result *result = &hk_block_model(d, p)->result;

		if (result->err.message && code == 0)
			code = hk_err_set(err, result->err.status, "%s", result->err.message);
		hk_err_release(&result->err);
	}
	for (uint32_t p = 0; code != 0 && p < d->problem->n_blocks; p++)
		hk_configuration_release(&hk_block_model(d, p)->result.configuration);
	return code;
}

static int pass(struct hk_decomposition *d, bool *known, uint32_t *solved, struct hk_err *err)
{
	hk_threads_run(&hk_decomposition_own(d)->threads, price_blocks, d);
	hk_decomposition_stopped(d);
	if (take_errors(d, err) != 0)
		return -1;
	*known = true;
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		*solved += hk_block_model(d, p)->result.solved;
		*known = take_result(d, p) && *known;
	}
	return 0;
}

static int by_size(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a < *b) - (*a > *b);
}

/* What is open of blocks that need no longer search when the others, those with most of it, have so much open together. */
static double rest_of_open(const struct hk_decomposition *d, double together)
{
	uint32_t n = d->problem->n_blocks, k = 0;
	double *open = hk_calloc((size_t)n + 1, sizeof *open), rest;

	for (uint32_t p = 0; p < n; p++)
		open[p] = hk_block_model(d, p)->has_last ? hk_block_model(d, p)->last_value - hk_block_model(d, p)->last_bound : 0;
	if (n > 1)
		qsort(open, n, sizeof *open, by_size);
	for (double sum = 0; k < n && sum < together; k++)
		sum += open[k];
	rest = open[k];
	hk_cleanup_free(&open);
	return rest;
}

/* What the next pass costs at most. */
static double next_work(const struct hk_decomposition *d)
{
	const struct hk_decomposition_own *common = d->own;
	double sum = 0;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		const struct hk_block_model *own = hk_block_model(d, p);

		if (own->last_value - own->last_bound > common->share)
			sum += (double)(own->hard ? MORE_HARD * common->nodes_hard : NODES[common->effort + 1]) * own->model.n_columns;
	}
	return sum;
}

/* Is more left open by searches than the gap of a round allows? Then the share of one block is set. */
static bool too_open(struct hk_decomposition *d, double *open)
{
	struct hk_decomposition_own *common = d->own;
	double value = 0;
	uint32_t n = 0;
	bool lacking = false;

	*open = 0;
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		const struct hk_block_model *own = hk_block_model(d, p);
		double here = own->has_last ? own->last_value - own->last_bound : 0;

		/* the master needs an answer of everybody */
		lacking = lacking || d->blocks[p].n_configurations == 0;
		value += own->has_last ? fabs(own->last_value) : 0;
		*open += here;
		n += here > 1e-9 * fabs(own->last_value);
	}
	common->share = n > 0 ? 0.5 * common->gap * value / n : 0;
	return lacking || *open > common->gap * value + 1e-9 * value;
}

static double add_up(const struct hk_decomposition *d)
{
	const struct hk_decomposition_own *own = d->own;
	double sum = 0, size = 0;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		sum += own->values[p];
		size += fabs(own->values[p]);
	}
	for (uint32_t i = 0; i < d->n_rows; i++) {
		sum -= own->current[i] * d->rows[i].capacity;
		size += own->current[i] * d->rows[i].capacity;
	}
	/* what adding up may have lost */
	return sum - 1e-13 * size;
}

static uint64_t share_nodes(const struct hk_decomposition *d)
{
	uint32_t n = 1;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++)
		n += hk_block_model(d, p)->hard;
	return n > NODES_HARD / NODES_HARD_LEAST ? NODES_HARD_LEAST : n < NODES_HARD / NODES_HARD_MOST ? NODES_HARD_MOST : NODES_HARD / n;
}

int hk_decomposition_round(struct hk_decomposition *d, double *bound, uint32_t *solved, struct hk_err *err)
{
	struct hk_decomposition_own *own = d->own;
	double open = 0;
	bool known = true;

	*solved = 0;
	own->share = INFINITY;
	own->nodes_hard = share_nodes(d);
	for (own->effort = 0;; own->effort++, own->nodes_hard *= MORE_HARD) {
		if (pass(d, &known, solved, err) != 0)
			return -1;
		if (!own->whole || own->effort + 1 >= EFFORTS || own->effort >= own->most_effort || !known || d->infeasible || d->hit_limit ||
		    !too_open(d, &open))
			break;
		if (isinf(d->enough))
			continue;
		/*
		 * longer searches prove a half of what is open, as a rule: only where that could be enough for the plan at hand, and no more of them than it
		 * takes
		 */
		if (add_up(d) + open / 2 < d->enough)
			break;
		own->share = fmax(own->share, rest_of_open(d, 2 * (d->enough - add_up(d))));
		if (next_work(d) > d->work)
			break;
	}
	*bound = known && !d->infeasible && !d->interrupted ? add_up(d) : -INFINITY;
	if (*bound > -INFINITY)
		keep_best(d, *bound);
	if (d->bound > own->dearest)
		d->infeasible = true;
	return 0;
}
