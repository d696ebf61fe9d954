/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which candidates a restricted model should have. Clusters are chosen for the pipeline as a whole: what talks to each other wants to be in the same places,
 * and a model that cannot move a workload along with its neighbours finds nothing.
 */
#include "place/wide_internal.h"

#include <math.h>
#include <stdlib.h>

enum {
	OWN_CANDIDATES = 3,           /* of each workload, beside the clusters of the pipeline */
};

struct ranked { double weight; uint32_t index; };

static int by_weight(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* How much the relaxation makes of a candidate: load and replicas, each as a share. */
static double weight_of(const struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, uint32_t c)
{
	double weight = 0.5 * wide->replicas_mean[w->count + c] / w->least;

	for (uint32_t k = 0; k < w->n_inputs; k++)
		weight += block->edges[w->inputs[k]].share * wide->flow_mean[block->edges[w->inputs[k]].slot + c];
	return weight;
}

static void choose_clusters(const struct hk_wide *wide, const struct wide_block *block, uint32_t clusters, bool *chosen)
{
	size_t n = wide->problem->model->n_clusters;
	struct ranked *ranked = hk_calloc(n + 1, sizeof *ranked);

	for (uint32_t c = 0; c < n; c++)
		ranked[c].index = c;
	for (uint32_t i = 0; i < block->n_workloads; i++)
		for (uint32_t c = 0; c < block->workloads[i].n; c++)
			ranked[block->workloads[i].cluster[c]].weight += weight_of(wide, block, &block->workloads[i], c);
	qsort(ranked, n, sizeof *ranked, by_weight);
	for (uint32_t i = 0; i < n && i < clusters; i++)
		chosen[ranked[i].index] = ranked[i].weight > 1e-4 || i < 2;
	hk_cleanup_free(&ranked);
}

static void choose_own(const struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, bool *keep)
{
	struct ranked *ranked = hk_calloc((size_t)w->n + 1, sizeof *ranked);

	for (uint32_t c = 0; c < w->n; c++)
		ranked[c] = (struct ranked){ weight_of(wide, block, w, c), c };
	qsort(ranked, w->n, sizeof *ranked, by_weight);
	for (uint32_t i = 0; i < w->n && i < OWN_CANDIDATES; i++)
		keep[ranked[i].index] = keep[ranked[i].index] || ranked[i].weight > 0.05;
	hk_cleanup_free(&ranked);
}

void hk_wide_choose(const struct wide_plan *plan, uint32_t member, uint32_t clusters, bool **keep)
{
	const struct hk_wide *wide = plan->wide;
	const struct wide_block *block = &wide->blocks[member];
	bool *chosen = hk_calloc(wide->problem->model->n_clusters + 1, sizeof *chosen);

	choose_clusters(wide, block, clusters, chosen);
	for (uint32_t i = 0; i < block->n_workloads; i++) {
		const struct wide_workload *w = &block->workloads[i];

		for (uint32_t c = 0; c < w->n; c++)
			keep[i][c] = w->most[c] > 0 && (chosen[w->cluster[c]] || (plan->placed[member] && plan->blocks[member].replicas[i][c] > 0));
		choose_own(wide, block, w, keep[i]);
	}
	hk_cleanup_free(&chosen);
}

void hk_wide_choose_free(const struct wide_plan *plan, uint32_t member, const bool *free, bool **keep)
{
	const struct wide_block *block = &plan->wide->blocks[member];

	for (uint32_t i = 0; i < block->n_workloads; i++)
		for (uint32_t c = 0; !free[i] && c < block->workloads[i].n; c++)
			keep[i][c] = plan->blocks[member].replicas[i][c] > 0;
}
