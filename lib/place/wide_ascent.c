/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prices by the volume method (Barahona and Anbil, 2000): steps along an average of the disagreements seen so far, from the prices of the best bound. The same
 * average of the answers tends to a solution of the relaxation: it tells which candidates are worth a look.
 */
#include "place/wide_internal.h"

#include <math.h>
#include <string.h>

struct ascent {
	struct hk_wide *wide;
	double *centre, *row_centre;  /* prices of the best bound */
	double *direction;            /* averaged disagreement */
	double step;                  /* share of the distance to the target */
	double target;
	bool known;                   /* target is the cost of a plan */
	double distance;              /* otherwise: of the target from the bound */
	unsigned poor;                /* rounds without a better bound */
};

/* Costs of replicas and arcs with the prices of rows. */
static void bend(struct hk_wide *wide)
{
	size_t resources = wide->problem->model->n_resources;

	for (uint32_t i = 0; i < wide->n_rows; i++)
		if (!wide->rows[i].is_link)
			wide->row_price[wide->rows[i].cluster * resources + wide->rows[i].resource] = wide->rows[i].price / fmax(wide->rows[i].capacity, 1e-9);
	for (uint32_t b = 0; b < wide->n_blocks; b++)
		for (uint32_t i = 0; i < wide->blocks[b].n_workloads; i++) {
			struct wide_workload *w = &wide->blocks[b].workloads[i];
			const double *request = wide->blocks[b].from->workloads[i].request;

			for (uint32_t c = 0; c < w->n; c++) {
				w->replica[c] = w->base[c];
				for (size_t r = 0; r < resources; r++)
					w->replica[c] += request[r] * wide->row_price[w->cluster[c] * resources + r];
			}
		}
}

static void add_use(struct hk_wide *wide)
{
	size_t resources = wide->problem->model->n_resources;
	double *use = hk_calloc(wide->problem->model->n_clusters * resources + 1, sizeof *use);

	for (uint32_t b = 0; b < wide->n_blocks; b++)
		for (uint32_t i = 0; i < wide->blocks[b].n_workloads; i++) {
			const struct wide_workload *w = &wide->blocks[b].workloads[i];

			for (uint32_t c = 0; c < w->n; c++)
				for (size_t r = 0; wide->replicas[w->count + c] > 0 && r < resources; r++)
					use[w->cluster[c] * resources + r] += wide->replicas[w->count + c] * wide->blocks[b].from->workloads[i].request[r];
		}
	for (uint32_t i = 0; i < wide->n_rows; i++)
		if (!wide->rows[i].is_link)
			wide->rows[i].use = use[wide->rows[i].cluster * resources + wide->rows[i].resource];
	hk_cleanup_free(&use);
}

/* The bound at the prices at hand. */
static double evaluate(struct hk_wide *wide)
{
	double value = 0;

	bend(wide);
	for (uint32_t b = 0; b < wide->n_blocks; b++) {
		struct wide_block *block = &wide->blocks[b];

		hk_wide_flow(wide, block);
		block->count_value = 0;
		for (uint32_t w = 0; w < block->n_workloads; w++)
			block->count_value += hk_wide_count(wide, block, w);
		value += block->flow_value + block->count_value;
	}
	for (uint32_t i = 0; i < wide->n_rows; i++)
		value -= wide->rows[i].price;
	add_use(wide);
	wide->iterations++;
	wide->value = value;
	return value;
}

static double row_slope(const struct wide_row *row)
{
	return row->use / fmax(row->capacity, 1e-9) - 1;
}

/* Share of the newest answer in the averages: what makes the averaged disagreement least, within limits. */
static double newest_share(const struct ascent *a, double most)
{
	const struct hk_wide *wide = a->wide;
	double cross = 0, change = 0;

	for (size_t i = 0; i < wide->n_slots; i++) {
		double d = wide->flow[i] - wide->count[i] - a->direction[i];

		cross -= d * a->direction[i];
		change += d * d;
	}
	return change > 0 ? fmin(most, fmax(most / 10, cross / change)) : most;
}

static void average(struct ascent *a, double share)
{
	struct hk_wide *wide = a->wide;

	for (size_t i = 0; i < wide->n_slots; i++) {
		wide->flow_mean[i] += share * (wide->flow[i] - wide->flow_mean[i]);
		wide->count_mean[i] += share * (wide->count[i] - wide->count_mean[i]);
		a->direction[i] = wide->flow_mean[i] - wide->count_mean[i];
	}
	for (size_t i = 0; i < wide->n_counts; i++)
		wide->replicas_mean[i] += share * (wide->replicas[i] - wide->replicas_mean[i]);
	for (uint32_t i = 0; i < wide->n_rows; i++)
		wide->rows[i].excess += share * (row_slope(&wide->rows[i]) - wide->rows[i].excess);
}

static double agreement(const struct ascent *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->wide->n_slots; i++)
		sum += a->direction[i] * (a->wide->flow[i] - a->wide->count[i]);
	return sum;
}

static void keep_centre(struct ascent *a)
{
	struct hk_wide *wide = a->wide;

	memcpy(a->centre, wide->price, wide->n_slots * sizeof *a->centre);
	for (uint32_t i = 0; i < wide->n_rows; i++)
		a->row_centre[i] = wide->rows[i].price;
	wide->bound = wide->value;
}

static void move(struct ascent *a)
{
	struct hk_wide *wide = a->wide;
	double norm = 0, step;

	for (size_t i = 0; i < wide->n_slots; i++)
		norm += a->direction[i] * a->direction[i];
	for (uint32_t i = 0; i < wide->n_rows; i++)
		if (wide->rows[i].excess > 0 || a->row_centre[i] > 0)
			norm += wide->rows[i].excess * wide->rows[i].excess;
	if (!a->known && wide->bound > a->target - 0.4 * a->distance)
		a->target = wide->bound + a->distance;
	step = norm > 0 ? a->step * (a->target - wide->bound) / norm : 0;
	for (size_t i = 0; i < wide->n_slots; i++)
		wide->price[i] = a->centre[i] + step * a->direction[i];
	for (uint32_t i = 0; i < wide->n_rows; i++)
		wide->rows[i].price = fmax(0, a->row_centre[i] + step * wide->rows[i].excess);
}

static void judge(struct ascent *a)
{
	if (a->wide->value > a->wide->bound) {
		if (agreement(a) > 0)
			a->step = fmin(2, a->step * 1.1);
		a->poor = a->wide->value > a->wide->bound + 1e-5 * fabs(a->wide->bound) ? 0 : a->poor + 1;
		keep_centre(a);
	} else if (++a->poor % 10 == 0) {
		a->step = fmax(1e-4, a->step * 0.67);
	}
}

/* What all costs about, when the bound is not good enough to tell. */
static double size_of(const struct hk_wide *wide)
{
	double sum = 0;

	for (uint32_t b = 0; b < wide->n_blocks; b++)
		sum += fabs(wide->blocks[b].flow_value);
	return sum;
}

bool hk_wide_stopped(const struct hk_wide *wide)
{
	return (wide->limits->interrupt && *wide->limits->interrupt) || hk_glpk_clock() > wide->limits->deadline;
}

void hk_wide_ascend(struct hk_wide *wide, double target, unsigned rounds)
{
	struct ascent a = { .wide = wide, .step = wide->iterations == 0 ? 0.1 : 0.05, .known = isfinite(target) };
	double newest = 0.1;

	a.centre = hk_calloc(wide->n_slots + 1, sizeof *a.centre);
	a.direction = hk_calloc(wide->n_slots + 1, sizeof *a.direction);
	a.row_centre = hk_calloc((size_t)wide->n_rows + 1, sizeof *a.row_centre);
	evaluate(wide);
	keep_centre(&a);
	/* some workload has no counts at all: proved, no prices needed */
	if (!isfinite(wide->value))
		rounds = 0;
	a.distance = 0.05 * size_of(wide);
	a.target = a.known ? target : wide->bound + a.distance;
	average(&a, wide->iterations == 1 ? 1 : newest);
	for (unsigned round = 0; round < rounds && a.poor < 150 && !hk_wide_stopped(wide); round++) {
		move(&a);
		evaluate(wide);
		average(&a, newest_share(&a, newest));
		judge(&a);
		if (round % 100 == 99)
			newest = fmax(1e-3, newest * 0.7);
	}
	memcpy(wide->price, a.centre, wide->n_slots * sizeof *a.centre);
	for (uint32_t i = 0; i < wide->n_rows; i++)
		wide->rows[i].price = a.row_centre[i];
	evaluate(wide);
	for (uint32_t b = 0; b < wide->n_blocks; b++)
		wide->blocks[b].bound = wide->blocks[b].flow_value + wide->blocks[b].count_value;
	hk_cleanup_free(&a.centre);
	hk_cleanup_free(&a.direction);
	hk_cleanup_free(&a.row_centre);
}
