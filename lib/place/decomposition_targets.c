/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Availability targets inside searches of whole numbers: an answer that misses one is not taken, and branched on instead, where cuts would exclude such answers
 * one by one.
 */
#include "place/decomposition_reduce.h"
#include "place/hull.h"

#include <math.h>

/* A target that lists of counts are known of: of all of them, and of those that there is room for. */
struct hk_target_hull {
	uint32_t i, workload;         /* number among the blocks */
	const struct hk_hull *all;
	struct hk_hull *within;
	bool looked;                  /* for those within */
};

static uint32_t count_of(const struct hk_reduced_block *part, uint32_t column, const double *point)
{
	return (uint32_t)nearbyint(part->column[column] == HK_MILP_NONE ? part->lower[column] : point[part->column[column]]);
}

static bool misses(const struct hk_target_check *check, uint32_t i, uint32_t w, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_reduced_block *part = &check->parts[i];
	const struct hk_place_workload *placed = &check->d->problem->blocks[check->blocks[i]].workloads[w];
	uint32_t *counts = hk_calloc(3 * (size_t)placed->n_candidates + 1, sizeof *counts), *least = counts + placed->n_candidates,
	    *ends = least + placed->n_candidates;
	bool missed;

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		counts[c] = count_of(part, part->own->x_first[w] + 2 * c, point);
		ends[c] = count_of(part, part->own->x_first[w] + 2 * c, most);
	}
	missed = check->d->targets->miss(check->d->targets->closure, check->blocks[i], w, counts, ends, least);
	*n = 0;
	for (uint32_t c = 0; missed && c < placed->n_candidates; c++)
		if (part->column[part->own->x_first[w] + 2 * c] != HK_MILP_NONE)
			raise[(*n)++] = (struct hk_glpk_raise){ part->column[part->own->x_first[w] + 2 * c], least[c], counts[c] };
	hk_cleanup_free(&counts);
	return missed;
}

static bool hold(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_target_check *check = closure;

	for (uint32_t i = 0; i < check->n; i++) {
		const struct hk_block *b = &check->d->problem->blocks[check->blocks[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			if (b->workloads[w].availability > 0 && misses(check, i, w, point, most, raise, n))
				return false;
	}
	return true;
}

/* The room of the first time: later there is less, and what was proved with more still holds. */
static const struct hk_hull *hull_of(const struct hk_target_check *check, struct hk_target_hull *hull, const double *most)
{
	const struct hk_reduced_block *part = &check->parts[hull->i];
	const struct hk_place_workload *placed = &check->d->problem->blocks[check->blocks[hull->i]].workloads[hull->workload];
	uint32_t *ends;

	if (!hull->looked) {
		ends = hk_calloc((size_t)placed->n_candidates + 1, sizeof *ends);
		for (uint32_t c = 0; c < placed->n_candidates; c++)
			ends[c] = count_of(part, part->own->x_first[hull->workload] + 2 * c, most);
		hull->within = hk_hull_open_within(hull->all, check->d->problem, ends);
		hull->looked = true;
		hk_cleanup_free(&ends);
	}
	return hull->within ? hull->within : hull->all;
}

/* In columns of the search. */
static void write_row(const struct hk_reduced_block *part, uint32_t first, uint32_t n, const double *values, struct hk_glpk_row *row)
{
	row->n = 0;
	for (uint32_t c = 0; c < n; c++) {
		uint32_t column = part->column[first + 2 * c];

		if (!(values[c] > 0))
			continue;
		if (column == HK_MILP_NONE) {
			row->least -= values[c] * part->lower[first + 2 * c];
			continue;
		}
		row->column[row->n] = column;
		row->value[row->n++] = values[c];
	}
}

static bool next_row(void *closure, const double *point, const double *most, size_t *at, struct hk_glpk_row *row)
{
	const struct hk_target_check *check = closure;
	bool found = false;

	for (; *at < check->n_hulls && !found; ++*at) {
		struct hk_target_hull *hull = &check->hulls[*at];
		const struct hk_reduced_block *part = &check->parts[hull->i];
		uint32_t n = check->d->problem->blocks[check->blocks[hull->i]].workloads[hull->workload].n_candidates,
		    first = part->own->x_first[hull->workload];
		double *counts = hk_malloc(2 * ((size_t)n + 1) * sizeof *counts), *values = counts + n + 1;

		for (uint32_t c = 0; c < n; c++)
			counts[c] = part->column[first + 2 * c] == HK_MILP_NONE ? part->lower[first + 2 * c] : point[part->column[first + 2 * c]];
		found = hk_hull_row(hull_of(check, hull, most), counts, values, &row->least);
		if (found)
			write_row(part, first, n, values, row);
		hk_cleanup_free(&counts);
	}
	return found;
}

void hk_target_check_open(struct hk_target_check *check, const struct hk_decomposition *d, const uint32_t *blocks, uint32_t n,
			  const struct hk_reduced_block *parts, struct hk_glpk_limits *limits)
{
	size_t workloads = 0;

	*check = (struct hk_target_check){ .d = d, .blocks = blocks, .n = n, .parts = parts, .check = { check, hold }, .rows = { check, next_row } };
	if (!d->targets)
		return;
	for (uint32_t i = 0; i < n; i++)
		workloads += d->problem->blocks[blocks[i]].n_workloads;
	check->hulls = hk_calloc(workloads + 1, sizeof *check->hulls);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t w = 0; w < d->problem->blocks[blocks[i]].n_workloads; w++) {
			const struct hk_hull *hull = d->problem->blocks[blocks[i]].workloads[w].availability > 0 ? d->targets->hull(d->targets->closure,
			    blocks[i], w) : NULL;

			if (hull)
				check->hulls[check->n_hulls++] = (struct hk_target_hull){ .i = i, .workload = w, .all = hull };
		}
	limits->check = &check->check;
	limits->rows = &check->rows;
}

void hk_target_check_close(struct hk_target_check *check)
{
	for (size_t k = 0; k < check->n_hulls; k++)
		hk_hull_close(check->hulls[k].within);
	hk_cleanup_free(&check->hulls);
}
