/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The price loop: a round of pricing, then the master's prices mixed with the best so far (smoothing: Wentges, 1997). First over linear relaxations, where a
 * round is cheap, then over whole numbers, where one round at good prices gives nearly the final bound.
 */
#include "place/decomposition_internal.h"

#include <math.h>
#include <string.h>

enum { RELAXED_ROUNDS = 60 };

struct loop {
	struct hk_decomposition *d;
	const char *phase;
	struct hk_master *master;
	double *next;                 /* prices of the master */
	double keep;                  /* weight of the best prices */
	double tolerance;
	unsigned rounds;
	double before;                /* bound at the last round that raised it by much */
	unsigned idle;                /* rounds since */
	unsigned done;
};

enum { IDLE_MAX = 4, ROUNDS_ANYWAY = 2 };

/* Prices that cannot prove the plan at hand say where a better one is, as long as they may rise by so much of what the plan has to fall. */
static const double MUCH = 0.5;

static bool may_go_on(struct hk_decomposition *d)
{
	return !d->infeasible && !hk_decomposition_stopped(d);
}

static void mix(const struct loop *loop)
{
	double *current = hk_decomposition_own(loop->d)->current;

	for (uint32_t i = 0; i < loop->d->n_rows; i++) {
		current[i] = loop->keep * loop->d->prices[i] + (1 - loop->keep) * loop->next[i];
		if (current[i] < 1e-12 * loop->d->prices[i] || !(current[i] > 0))
			current[i] = 0;
	}
}

/* value: of the mix of answers. No prices prove more. */
static bool has_settled(const struct loop *loop, double value, bool slack, uint32_t solved)
{
	const struct hk_decomposition *d = loop->d;
	bool close = value - d->bound <= loop->tolerance * fmax(1e-9, fabs(value));

	/* the first round is at the best prices so far: that every answer to them is known says nothing of those that the master asks for */
	if ((solved == 0 && loop->done > 1) || (loop->idle >= IDLE_MAX && (!slack || hk_decomposition_own(d)->whole)))
		return true;
	if (slack || isinf(d->enough))
		return close && !slack;
	/* as long as they may prove the plan at hand they are worth looking for */
	return value < d->enough && (close || (loop->done >= ROUNDS_ANYWAY && value - d->bound < MUCH * (d->enough - value)));
}

/* *settled: prices have. */
static int turn(struct loop *loop, unsigned *count, bool *settled, struct hk_err *err)
{
	struct hk_decomposition *d = loop->d;
	double bound, value = INFINITY;
	uint32_t solved;
	bool slack = false;

	*settled = true;
	if (hk_decomposition_round(d, &bound, &solved, err) != 0)
		return -1;
	++*count;
	loop->done++;
	if (may_go_on(d) && d->bound < d->enough && hk_master_solve(loop->master, &value, loop->next, &slack, err) != 0)
		return -1;
	hk_decomposition_say(d, loop->phase, *count, bound, value, solved);
	if (!may_go_on(d) || isinf(value))
		return 0;
	loop->idle = d->bound > loop->before + 0.1 * loop->tolerance * fabs(d->bound) ? 0 : loop->idle + 1;
	loop->before = loop->idle == 0 ? d->bound : loop->before;
	*settled = has_settled(loop, value, slack, solved);
	mix(loop);
	return 0;
}

static int go_round(struct loop *loop, unsigned *count, struct hk_err *err)
{
	bool settled = false;
	int code = 0;

	loop->before = -INFINITY;
	loop->master = hk_master_open(loop->d, hk_decomposition_own(loop->d)->whole);
	loop->next = hk_calloc((size_t)loop->d->n_rows + 1, sizeof *loop->next);
	if (loop->d->n_rows > 0)
		memcpy(hk_decomposition_own(loop->d)->current, loop->d->prices, loop->d->n_rows * sizeof *loop->next);
	for (unsigned round = 0; code == 0 && !settled && round < loop->rounds && may_go_on(loop->d) && (round == 0 || loop->d->work > 0); round++) {
		/*
		 * long searches where prices are best, that is at first, and where they could prove the plan at hand; the other rounds look for better prices
		 */
		hk_decomposition_own(loop->d)->most_effort = round == 0 || isfinite(loop->d->enough) ? hk_decomposition_own(loop->d)->calls : 0;
		code = turn(loop, count, &settled, err);
	}
	hk_cleanup_free(&loop->next);
	hk_master_close(loop->master);
	return code;
}

/* Fractions have served their turn. */
static void drop_fractions(struct hk_decomposition *d)
{
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		struct hk_decomposition_block *block = &d->blocks[p];
		uint32_t kept = 0;

		for (uint32_t k = 0; k < block->n_configurations; k++) {
			if (block->configurations[k].whole)
				block->configurations[kept++] = block->configurations[k];
			else
				hk_configuration_release(&block->configurations[k]);
		}
		block->n_configurations = kept;
	}
}

int hk_decomposition_relax(struct hk_decomposition *d, struct hk_err *err)
{
	struct loop loop = { .d = d, .phase = "relaxed prices", .keep = 0.4, .tolerance = fmax(d->options->gap, 0.002) / 20, .rounds = RELAXED_ROUNDS };

	hk_decomposition_own(d)->whole = false;
	return go_round(&loop, &d->relaxed_rounds, err);
}

int hk_decomposition_price(struct hk_decomposition *d, double tolerance, unsigned rounds, bool more, struct hk_err *err)
{
	struct loop loop = { .d = d, .phase = "whole prices", .keep = 0.6, .tolerance = tolerance, .rounds = rounds };

	drop_fractions(d);
	hk_decomposition_own(d)->whole = true;
	hk_decomposition_own(d)->calls += more;
	/* what searches leave open is a part of what prices may */
	hk_decomposition_own(d)->gap = d->options->gap > 1e-9 ? fmin(d->options->gap / 10, 0.55 * tolerance) : 0;
	return go_round(&loop, &d->whole_rounds, err);
}
