/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a member takes of rows that all want, while others have no place yet: whoever comes first would leave the last one nothing, at whatever cost to it. The
 * averages of the relaxation tell what each of them makes of a row at prices where all fit; what goes beyond that costs more.
 */
#include "place/wide_internal.h"
#include "place/wide_subset.h"

#include <math.h>

/* Price of a row beyond the share, as a multiple of the row's own. */
static const double BEYOND = 0.25;

/* What a member takes of a capacity in the averages. */
static double mean_use(const struct hk_wide *wide, const struct wide_block *block, const struct wide_row *row)
{
	double sum = 0;

	for (uint32_t i = 0; i < block->n_workloads; i++) {
		const struct wide_workload *w = &block->workloads[i];
		double request = block->from->workloads[i].request[row->resource];

		for (uint32_t c = 0; request > 0 && c < w->n; c++)
			if (w->cluster[c] == row->cluster)
				sum += request * wide->replicas_mean[w->count + c];
	}
	return sum;
}

/* Share of the capacity that a member may take before it costs more; INFINITY when nobody else is to come. */
static double share_of(const struct wide_plan *plan, uint32_t member, const struct wide_row *row)
{
	const struct hk_wide *wide = plan->wide;
	double own = mean_use(wide, &wide->blocks[member], row), later = 0,
	    left = plan->capacity[row->cluster * wide->problem->model->n_resources + row->resource];

	for (uint32_t m = 0; m < wide->n_blocks; m++)
		if (m != member && !plan->placed[m])
			later += mean_use(wide, &wide->blocks[m], row);
	if (!(later > 0))
		return INFINITY;
	return own + later > 0 ? left * own / (own + later) : 0;
}

static void share_row(struct wide_subset *subset, const struct wide_row *row, double share)
{
	struct hk_milp *milp = &subset->form.milp;
	double unit = fmax(row->capacity, 1e-9);
	uint32_t beyond = hk_milp_column(milp, (struct hk_milp_name){ .kind = "beyond" }, 0, INFINITY, BEYOND * row->price);

	hk_milp_row(milp, (struct hk_milp_name){ .kind = "share" }, HK_MILP_LE, share / unit);
	hk_milp_term(milp, beyond, -1);
	for (uint32_t w = 0; w < subset->blocks[0].n_workloads; w++)
		for (uint32_t c = 0; c < subset->blocks[0].workloads[w].n_candidates; c++)
			if (subset->blocks[0].workloads[w].candidates[c].cluster == row->cluster && subset->blocks[0].workloads[w].request[row->resource] > 0)
				hk_milp_term(milp, subset->form.blocks[0].x[w][c], subset->blocks[0].workloads[w].request[row->resource] / unit);
}

void hk_wide_share(const struct wide_plan *plan, uint32_t member, struct wide_subset *subset)
{
	for (uint32_t i = 0; i < plan->wide->n_rows; i++) {
		const struct wide_row *row = &plan->wide->rows[i];
		double share = !row->is_link && row->price > 0 ? share_of(plan, member, row) : INFINITY;

		if (isfinite(share))
			share_row(subset, row, share);
	}
}

/* Taken of a row in the place that the member has. */
static double use_of(const struct wide_plan *plan, uint32_t member, const struct wide_row *row)
{
	const struct hk_block *block = plan->wide->blocks[member].from;
	double sum = 0;

	for (uint32_t w = 0; w < block->n_workloads; w++)
		for (uint32_t c = 0; c < block->workloads[w].n_candidates; c++)
			if (block->workloads[w].candidates[c].cluster == row->cluster)
				sum += plan->blocks[member].replicas[w][c] * block->workloads[w].request[row->resource];
	return sum;
}

double hk_wide_share_paid(const struct wide_plan *plan, uint32_t member)
{
	double sum = 0;

	for (uint32_t i = 0; i < plan->wide->n_rows; i++) {
		const struct wide_row *row = &plan->wide->rows[i];
		double share = !row->is_link && row->price > 0 ? share_of(plan, member, row) : INFINITY;

		if (isfinite(share))
			sum += BEYOND * row->price * fmax(0, use_of(plan, member, row) - share) / fmax(row->capacity, 1e-9);
	}
	return sum;
}
