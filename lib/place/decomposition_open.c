/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a decomposition: every pipeline's model, and the rows that pipelines could overfill together. */
#include "base/sort.h"
#include "place/decomposition_internal.h"
#include "place/warm.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { THREADS_MAX = 64 };

struct opening {
	struct hk_decomposition *d;
	struct hk_raw_uses *uses;     /* per block */
};

/* Block p is of worker p mod n. */
static void build_blocks(void *closure, unsigned worker)
{
	struct opening *opening = closure;
	struct hk_decomposition *d = opening->d;

	for (uint32_t p = worker; p < d->problem->n_blocks; p += hk_decomposition_own(d)->threads.n)
		hk_block_model_build(d->blocks[p].own, d, p, &opening->uses[p]);
}

/* The most one pipeline can use of each thing, never more than there is: its own model sees to that. An edge's traffic is one whole, over whatever arcs. */
static void add_most(const struct hk_decomposition *d, uint32_t block, struct hk_raw_uses *uses, const double *capacity, double *total)
{
	const struct hk_block_model *own = hk_block_model(d, block);
	uint32_t first_flow = own->f_first[0];

	hk_sort_by_number(uses->v, uses->n, sizeof *uses->v, offsetof(struct hk_raw_use, key));
	for (size_t i = 0; i < uses->n;) {
		uint32_t key = uses->v[i].key, e = 0, last = HK_MILP_NONE;
		double most = 0;

		for (; i < uses->n && uses->v[i].key == key; i++) {
			uint32_t column = uses->v[i].column;

			if (column < first_flow) {
				most += uses->v[i].amount * own->model.upper[column];
				continue;
			}
			while (column >= own->f_first[e + 1])
				e++;
			most += e == last ? 0 : uses->v[i].amount;
			last = e;
		}
		total[key] += fmin(most, capacity[key]);
	}
}

static double *capacities(const struct hk_problem *problem)
{
	size_t limited = problem->model->n_clusters * problem->model->n_resources;
	double *capacity = hk_malloc((limited + problem->model->n_links + 1) * sizeof *capacity);

	for (size_t i = 0; i < limited; i++)
		capacity[i] = problem->capacity[i];
	for (size_t l = 0; l < problem->model->n_links; l++)
		capacity[limited + l] = problem->model->links[l].bandwidth;
	return capacity;
}

static void add_row(struct hk_decomposition *d, size_t key, double capacity)
{
	const struct hk_model *model = d->problem->model;
	size_t limited = model->n_clusters * model->n_resources;
	struct hk_coupling_row *row = &d->rows[d->n_rows++];

	*row = (struct hk_coupling_row){ .is_link = key >= limited, .capacity = capacity };
	if (row->is_link) {
		row->link = (uint32_t)(key - limited);
	} else {
		row->cluster = (uint32_t)(key / model->n_resources);
		row->resource = (uint32_t)(key % model->n_resources);
	}
}

/* What pipelines could overfill together, and what had a price in the plan before: without it the bounds that were proved then prove nothing. */
static bool is_row(const struct hk_decomposition *d, size_t key, double total, double capacity)
{
	const struct hk_warm_start *warm = d->options->warm;

	return total > capacity * (1 + 1e-12) || (warm && warm->prices[key] > 0 && isfinite(warm->prices[key]) && isfinite(capacity));
}

static void couple(struct hk_decomposition *d, struct hk_raw_uses *uses)
{
	const struct hk_model *model = d->problem->model;
	size_t keys = model->n_clusters * model->n_resources + model->n_links, n = 0;
	double *capacity = capacities(d->problem), *total = hk_calloc(keys + 1, sizeof *total);
	uint32_t *row_of = hk_malloc((keys + 1) * sizeof *row_of);

	for (uint32_t p = 0; p < d->problem->n_blocks; p++)
		add_most(d, p, &uses[p], capacity, total);
	for (size_t key = 0; key < keys; key++)
		n += is_row(d, key, total[key], capacity[key]);
	d->rows = hk_arena_array(&d->arena, n + 1, sizeof *d->rows);
	for (size_t key = 0; key < keys; key++) {
		row_of[key] = HK_MILP_NONE;
		if (!is_row(d, key, total[key], capacity[key]))
			continue;
		row_of[key] = d->n_rows;
		add_row(d, key, capacity[key]);
	}
	for (uint32_t p = 0; p < d->problem->n_blocks; p++)
		hk_block_model_couple(d->blocks[p].own, &uses[p], row_of);
	hk_cleanup_free(&capacity);
	hk_cleanup_free(&total);
	hk_cleanup_free(&row_of);
}

/* About what GLPK and its factors take. */
static size_t kept_size(const struct hk_kept_model *model)
{
	return 320 * (size_t)model->n_rows + 160 * (size_t)model->n_columns + 90 * (size_t)model->first[model->n_rows];
}

/* The first ones stay, as many as fit; the others are built again each time. By size alone, so that nothing depends on threads. */
static void share_memory(struct hk_decomposition *d)
{
	size_t left = (d->options->memory_limit ? d->options->memory_limit : (size_t)1 << 30) / 4;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		struct hk_block_model *own = hk_block_model(d, p);
		size_t size = kept_size(&own->model);

		own->stays = size <= left;
		left -= own->stays ? size : 0;
	}
}

/* What a plan can cost at most: every column at its dearer end. */
static double dearest(const struct hk_decomposition *d)
{
	double sum = 0;

	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		const struct hk_block_model *own = hk_block_model(d, p);

		for (uint32_t j = 0; j < own->model.n_columns; j++)
			if (own->cost[j] != 0)
				sum += fmax(own->cost[j] * own->model.lower[j], own->cost[j] * own->model.upper[j]);
	}
	return sum + 1e-6 * fabs(sum) + 1e-6;
}

static bool too_large(const struct hk_problem *problem)
{
	const struct hk_model *model = problem->model;

	return (double)model->n_clusters * (double)model->n_resources + (double)model->n_links > 4e9;
}

int hk_decomposition_open(struct hk_decomposition *d, const struct hk_problem *problem, const struct hk_cuts *cuts, const struct hk_solve_options *options,
			  struct hk_err *err)
{
	struct opening opening = { .d = d };
	struct hk_decomposition_own *own;

	*d = (struct hk_decomposition){ .problem = problem, .cuts = cuts, .options = options, .bound = -INFINITY, .enough = INFINITY, .work = INFINITY };
	if (too_large(problem))
		return hk_err_set(err, HK_FAILED, "the placement model is too large");
	own = d->own = hk_arena_array(&d->arena, 1, sizeof *own);
	own->deadline = options->time_limit > 0 ? hk_glpk_clock() + options->time_limit : INFINITY;
	hk_threads_open(&own->threads, options->threads < THREADS_MAX ? options->threads : THREADS_MAX);
	d->blocks = hk_arena_array(&d->arena, (size_t)problem->n_blocks + 1, sizeof *d->blocks);
	opening.uses = hk_calloc((size_t)problem->n_blocks + 1, sizeof *opening.uses);
	for (uint32_t p = 0; p < problem->n_blocks; p++)
		d->blocks[p] = (struct hk_decomposition_block){ .bound = -INFINITY, .own = hk_arena_array(&d->arena, 1, sizeof(struct hk_block_model)) };
	hk_threads_run(&own->threads, build_blocks, &opening);
	couple(d, opening.uses);
	for (uint32_t p = 0; p < problem->n_blocks; p++)
		hk_vec_release(&opening.uses[p]);
	hk_cleanup_free(&opening.uses);
	share_memory(d);
	own->dearest = dearest(d);
	d->prices = hk_arena_array(&d->arena, (size_t)d->n_rows + 1, sizeof *d->prices);
	own->current = hk_arena_array(&d->arena, (size_t)d->n_rows + 1, sizeof *own->current);
	own->values = hk_arena_array(&d->arena, (size_t)problem->n_blocks + 1, sizeof *own->values);
	return 0;
}

static void close_kept(void *closure, unsigned worker)
{
	struct hk_decomposition *d = closure;

	for (uint32_t p = worker; p < d->problem->n_blocks; p += hk_decomposition_own(d)->threads.n)
		hk_kept_close(&hk_block_model(d, p)->kept);
}

void hk_decomposition_close(struct hk_decomposition *d)
{
	if (d->blocks) {
		hk_threads_run(&hk_decomposition_own(d)->threads, close_kept, d);
		hk_threads_close(&hk_decomposition_own(d)->threads);
		for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
			for (uint32_t k = 0; k < d->blocks[p].n_configurations; k++)
				hk_configuration_release(&d->blocks[p].configurations[k]);
			hk_cleanup_free(&d->blocks[p].configurations);
			hk_block_model_release(d->blocks[p].own);
		}
	}
	hk_arena_release(&d->arena);
	*d = (struct hk_decomposition){ 0 };
}

void hk_decomposition_seed(struct hk_decomposition *d, const double *prices)
{
	for (uint32_t i = 0; prices && i < d->n_rows; i++)
		if (isfinite(prices[i]) && prices[i] > 0)
			d->prices[i] = prices[i];
}

struct rebuilding { struct hk_decomposition *d; uint32_t block; bool stays; struct hk_raw_uses uses; };

static void rebuild_block(void *closure, unsigned worker)
{
	struct rebuilding *rebuilding = closure;
	struct hk_decomposition *d = rebuilding->d;
	struct hk_block_model *own = hk_block_model(d, rebuilding->block);

	if (rebuilding->block % hk_decomposition_own(d)->threads.n != worker)
		return;
	struct hk_block_model before = *own;

	*own = (struct hk_block_model){ 0 };
	hk_block_model_build(own, d, rebuilding->block, &rebuilding->uses);
	/* places keep their columns */
	own->known = before.known;
	own->stays = rebuilding->stays;
	before.known = NULL;
	before.kept.model = &before.model;
	hk_kept_grow(&own->kept, &before.kept);
	hk_kept_close(&before.kept);
	hk_block_model_release(&before);
}

/* But for those that are parts of plans: no cut excludes them. */
static void drop_configurations(struct hk_decomposition_block *block)
{
	uint32_t kept = 0;

	for (uint32_t k = 0; k < block->n_configurations; k++) {
		if (block->configurations[k].solution)
			block->configurations[kept++] = block->configurations[k];
		else
			hk_configuration_release(&block->configurations[k]);
	}
	block->n_configurations = kept;
}

/* Configurations that a new cut excludes would let the master promise what nobody can deliver: they go. */
int hk_decomposition_rebuild(struct hk_decomposition *d, uint32_t block, struct hk_err *err)
{
	struct rebuilding rebuilding = { .d = d, .block = block, .stays = hk_block_model(d, block)->stays };
	const struct hk_model *model = d->problem->model;
	size_t limited = model->n_clusters * model->n_resources, keys = limited + model->n_links;
	uint32_t *row_of = hk_malloc((keys + 1) * sizeof *row_of);

	(void)err;
	memset(row_of, 0xff, (keys + 1) * sizeof *row_of);
	for (uint32_t i = 0; i < d->n_rows; i++)
		row_of[d->rows[i].is_link ? limited + d->rows[i].link : d->rows[i].cluster * model->n_resources + d->rows[i].resource] = i;
	hk_threads_run(&hk_decomposition_own(d)->threads, rebuild_block, &rebuilding);
	hk_block_model_couple(d->blocks[block].own, &rebuilding.uses, row_of);
	drop_configurations(&d->blocks[block]);
	hk_vec_release(&rebuilding.uses);
	hk_cleanup_free(&row_of);
	return 0;
}
