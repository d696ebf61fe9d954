/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices and bounds from the plan before, and for the plan after. Rows that can be priced differ from plan to plan, so both go by resource and link. */
#include "place/decomposition_internal.h"

#include "place/warm.h"

#include <math.h>
#include <string.h>

static size_t place_of(const struct hk_decomposition *d, uint32_t row)
{
	const struct hk_model *model = d->problem->model;
	const struct hk_coupling_row *r = &d->rows[row];

	return r->is_link ? model->n_clusters * model->n_resources + r->link : r->cluster * model->n_resources + r->resource;
}

static size_t count_places(const struct hk_decomposition *d)
{
	return d->problem->model->n_clusters * d->problem->model->n_resources + d->problem->model->n_links;
}

static void keep_bound(struct hk_decomposition *d, uint32_t block, double bound)
{
	struct hk_block_model *own = hk_block_model(d, block);

	for (uint32_t i = 0; i < own->n_rows; i++)
		own->prices[i] = d->prices[own->rows[i]];
	/* the answer itself is not known, so any row may be one it uses */
	hk_cleanup_free(&own->last_uses);
	own->last_uses = hk_malloc(((size_t)own->n_rows + 1) * sizeof *own->last_uses);
	own->n_last_uses = own->n_rows;
	for (uint32_t i = 0; i < own->n_rows; i++)
		own->last_uses[i] = (struct hk_row_use){ own->rows[i], 1 };
	own->last_bound = own->last_value = bound;
	own->last_whole = own->has_last = true;
}

void hk_decomposition_warm(struct hk_decomposition *d, const struct hk_warm_start *warm)
{
	size_t priced = 0, kept = 0;

	for (size_t i = 0; i < count_places(d); i++)
		priced += warm->prices[i] > 0;
	for (uint32_t i = 0; i < d->n_rows; i++) {
		double price = warm->prices[place_of(d, i)];

		d->prices[i] = isfinite(price) && price > 0 ? price : 0;
		kept += d->prices[i] > 0;
	}
	/* a price on what is no row any more was part of the bounds: without it they prove nothing */
	for (uint32_t b = 0; priced == kept && b < d->problem->n_blocks; b++)
		if (warm->unchanged[b] && isfinite(warm->bounds[b]))
			keep_bound(d, b, warm->bounds[b]);
}

void hk_decomposition_doubt(struct hk_decomposition *d, uint32_t block)
{
	hk_block_model(d, block)->last_whole = false;
}

int hk_decomposition_reprice(struct hk_decomposition *d, struct hk_err *err)
{
	struct hk_decomposition_own *own = d->own;
	double bound;
	uint32_t solved;

	if (d->n_rows > 0)
		memcpy(own->current, d->prices, d->n_rows * sizeof *own->current);
	own->whole = true;
	own->gap = d->options->gap > 1e-9 ? d->options->gap / 5 : 0;
	if (hk_decomposition_round(d, &bound, &solved, err) != 0)
		return -1;
	d->whole_rounds++;
	hk_decomposition_say(d, "kept prices", d->whole_rounds, bound, INFINITY, solved);
	return 0;
}

static bool moves_matter(const struct hk_block *block)
{
	bool matter = block->fixed_cost > 0;

	for (uint32_t w = 0; w < block->n_workloads; w++)
		for (uint32_t c = 0; block->workloads[w].previous && c < block->workloads[w].n_candidates; c++)
			matter = matter || (block->workloads[w].previous[c] > 0 && block->workloads[w].move_cost > 0);
	return matter;
}

void hk_decomposition_export(const struct hk_decomposition *d, struct hk_arena *arena, double **prices, double **bounds)
{
	const struct hk_warm_start *warm = d->options->warm;
	bool same = warm != NULL;

	*prices = hk_arena_array(arena, count_places(d) + 1, sizeof **prices);
	*bounds = hk_arena_array(arena, (size_t)d->problem->n_blocks + 1, sizeof **bounds);
	for (uint32_t i = 0; i < d->n_rows; i++)
		(*prices)[place_of(d, i)] = d->prices[i];
	/* bit for bit: a bound belongs to exactly these prices */
	for (size_t i = 0; same && i < count_places(d); i++)
		same = memcmp(&(*prices)[i], &warm->prices[i], sizeof(double)) == 0;
	for (uint32_t b = 0; b < d->problem->n_blocks; b++) {
		(*bounds)[b] = (double)NAN;
		if (!isfinite(d->bound))
			continue;
		if (!moves_matter(&d->problem->blocks[b]))
			(*bounds)[b] = d->blocks[b].bound;
		else if (same && warm->unchanged[b])
			(*bounds)[b] = warm->bounds[b];
	}
}
