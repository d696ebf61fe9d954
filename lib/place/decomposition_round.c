/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One round: every pipeline's least cost at given prices, and the bound these prove together. */
#include "place/decomposition_internal.h"

#include <math.h>
#include <string.h>

enum { NODES_BLOCK = 2000 };          /* of one block's search in one round */

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

/*
 * The newest answer is still the best when prices rose only on rows it does not use: no answer got cheaper, and this one costs the same.
 */
static bool still_best(const struct hk_block_model *own, const double *prices, bool whole)
{
	uint32_t u = 0;

	if (!own->has_last || (whole && !own->last_whole))
		return false;
	for (uint32_t i = 0; i < own->n_rows; i++) {
		double now = prices[own->rows[i]], then = own->prices[i];

		while (u < own->n_last_uses && own->last_uses[u].row < own->rows[i])
			u++;
		if (now < then || (now > then && u < own->n_last_uses && own->last_uses[u].row == own->rows[i] && own->last_uses[u].amount > 0))
			return false;
	}
	return true;
}

static void price_columns(const struct hk_block_model *own, const double *prices, double *cost)
{
	for (uint32_t j = 0; j < own->model.n_columns; j++) {
		cost[j] = own->cost[j];
		for (uint32_t k = own->use_first[j]; k < own->use_first[j + 1]; k++)
			cost[j] += prices[own->uses[k].row] * own->uses[k].amount;
	}
}

static void remember(struct hk_block_model *own, const double *prices, bool whole)
{
	const struct hk_configuration *configuration = &own->result.configuration;

	for (uint32_t i = 0; i < own->n_rows; i++)
		own->prices[i] = prices[own->rows[i]];
	hk_cleanup_free(&own->last_uses);
	own->n_last_uses = configuration->n_uses;
	own->last_uses = hk_malloc(((size_t)configuration->n_uses + 1) * sizeof *own->last_uses);
	if (configuration->n_uses > 0)
		memcpy(own->last_uses, configuration->uses, configuration->n_uses * sizeof *own->last_uses);
	own->last_bound = own->result.bound;
	own->last_whole = whole || configuration->whole;
	own->has_last = true;
}

static void price_block(const struct hk_decomposition *d, uint32_t block)
{
	const struct hk_decomposition_own *common = hk_decomposition_own(d);
	struct hk_block_model *own = hk_block_model(d, block);
	struct hk_block_result *result = &own->result;
	struct hk_glpk_limits limits = { .nodes = NODES_BLOCK, .deadline = common->deadline, .memory = d->options->memory_limit, .interrupt = d->options->interrupt,
					 .gap = common->gap, .cutoff = INFINITY, .relaxed = !common->whole };
	struct hk_glpk_result answer;
	double *cost, *point;

	*result = (struct hk_block_result){ .bound = own->last_bound, .status = HK_GLPK_OPTIMAL };
	if (still_best(own, common->current, common->whole) || (d->options->interrupt && *d->options->interrupt))
		return;
	cost = hk_malloc(((size_t)own->model.n_columns + 1) * sizeof *cost);
	point = hk_calloc((size_t)own->model.n_columns + 1, sizeof *point);
	price_columns(own, common->current, cost);
	result->solved = true;
	result->status = HK_GLPK_NOTHING;
	if (hk_kept_solve(&own->kept, cost, &limits, &answer, point, &result->err) == 0) {
		result->status = answer.status;
		result->bound = answer.bound;
		result->nodes = answer.nodes;
		result->iterations = answer.iterations;
		result->hit_limit = answer.hit_limit;
		result->interrupted = answer.interrupted;
		result->fresh = answer.status == HK_GLPK_OPTIMAL || answer.status == HK_GLPK_FEASIBLE;
		if (result->fresh) {
			hk_configuration_make(&result->configuration, own, point, false);
			remember(own, common->current, common->whole);
		}
	}
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

int hk_decomposition_round(struct hk_decomposition *d, double *bound, uint32_t *solved, struct hk_err *err)
{
	struct hk_decomposition_own *own = d->own;
	double sum = 0, size = 0;
	bool known = true;

	*solved = 0;
	hk_threads_run(&own->threads, price_blocks, d);
	hk_decomposition_stopped(d);
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		struct hk_block_result *result = &hk_block_model(d, p)->result;

		if (result->err.message) {
			hk_err_set(err, result->err.status, "%s", result->err.message);
			for (; p < d->problem->n_blocks; p++) {
				hk_err_release(&hk_block_model(d, p)->result.err);
				hk_configuration_release(&hk_block_model(d, p)->result.configuration);
			}
			return -1;
		}
		*solved += result->solved;
		known = take_result(d, p) && known;
		sum += own->values[p];
		size += fabs(own->values[p]);
	}
	for (uint32_t i = 0; i < d->n_rows; i++) {
		sum -= own->current[i] * d->rows[i].capacity;
		size += own->current[i] * d->rows[i].capacity;
	}
	/* what adding up may have lost */
	*bound = known && !d->infeasible && !d->interrupted ? sum - 1e-13 * size : -INFINITY;
	if (*bound > -INFINITY)
		keep_best(d, *bound);
	return 0;
}
