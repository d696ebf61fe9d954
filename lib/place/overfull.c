/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/overfull.h"

#include "base/vec.h"
#include "place/pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Words compared before the rest is left to the solver: some hundredths of a second. */
static const double WORK_MAX = 2e7;

/* A workload and the clusters it may run in, one bit each. */
struct stay { uint32_t block, workload, n; const uint64_t *clusters; };

struct stays { struct hk_arena arena; struct stay *v; size_t n, cap, words; const struct hk_problem *problem; };

/* Fewest clusters first, equal sets side by side. */
static int by_clusters(const void *left, const void *right)
{
	const struct stay *a = left, *b = right;
	uint32_t words = 0;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	/* the words of a set end with one that is all ones */
	while (a->clusters[words] != UINT64_MAX && a->clusters[words] == b->clusters[words])
		words++;
	if (a->clusters[words] != b->clusters[words])
		return a->clusters[words] < b->clusters[words] ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->workload < b->workload ? -1 : 1;
}

/* 63 clusters a word, so that no word of a set is all ones. */
static void gather(struct stays *stays, const bool *part)
{
	const struct hk_problem *problem = stays->problem;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t w = 0; (!part || part[b]) && w < problem->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &problem->blocks[b].workloads[w];
			uint64_t *clusters = hk_arena_array(&stays->arena, stays->words + 1, sizeof *clusters);

			for (uint32_t c = 0; c < placed->n_candidates; c++)
				clusters[placed->candidates[c].cluster / 63] |= (uint64_t)1 << placed->candidates[c].cluster % 63;
			clusters[stays->words] = UINT64_MAX;
			hk_vec_push(stays, (struct stay){ b, w, placed->n_candidates, clusters });
		}
	if (stays->n > 1)
		qsort(stays->v, stays->n, sizeof *stays->v, by_clusters);
}

static bool within(const struct stays *stays, const struct stay *stay, const struct stay *set)
{
	for (size_t i = 0; i < stays->words; i++)
		if (stay->clusters[i] & ~set->clusters[i])
			return false;
	return true;
}

static const struct hk_place_workload *placed_of(const struct stays *stays, const struct stay *stay)
{
	return &stays->problem->blocks[stay->block].workloads[stay->workload];
}

/* What of the workload counts. */
static double weight(const struct hk_place_workload *placed, size_t resource, double larger_than)
{
	if (larger_than <= 0)
		return placed->least * placed->request[resource];
	return placed->request[resource] > larger_than * (1 + 1e-9) ? placed->least : 0;
}

static double all_wanted(const struct stays *stays, size_t at, size_t resource, double larger_than)
{
	double sum = 0;

	for (size_t i = 0; i < stays->n && stays->v[i].n <= stays->v[at].n; i++)
		if (i == at || within(stays, &stays->v[i], &stays->v[at]))
			sum += weight(placed_of(stays, &stays->v[i]), resource, larger_than);
	return sum;
}

static double largest_node(const struct hk_problem *problem, const struct hk_place_workload *placed, size_t resource)
{
	double largest = 0;

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		const struct hk_cluster *cluster = &problem->model->clusters[placed->candidates[c].cluster];

		for (size_t g = 0; g < cluster->n_nodes; g++)
			largest = fmax(largest, cluster->nodes[g].unschedulable ? 0 : hk_pack_node_free(cluster, &cluster->nodes[g], resource));
		if (cluster->unlimited)
			return INFINITY;
	}
	return largest;
}

/* Replicas larger than that which the nodes take. */
static double slots(const struct hk_problem *problem, const struct hk_place_workload *placed, size_t resource, double larger_than)
{
	double sum = 0;

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		const struct hk_cluster *cluster = &problem->model->clusters[placed->candidates[c].cluster];

		for (size_t g = 0; g < cluster->n_nodes; g++)
			if (!cluster->nodes[g].unschedulable)
				sum += cluster->nodes[g].count * fmax(0,
								      ceil(hk_pack_node_free(cluster, &cluster->nodes[g],
											     resource) / larger_than * (1 - 1e-9)) - 1);
	}
	return sum;
}

/* Clusters and kinds of large replicas looked at. */
enum { CLUSTERS_MAX = 64, KINDS = 3 };

static bool too_large(const struct stays *stays, size_t at, struct hk_overfull *overfull)
{
	const struct hk_problem *problem = stays->problem;
	const struct hk_place_workload *placed = placed_of(stays, &stays->v[at]);

	for (size_t r = 0; placed->n_candidates <= CLUSTERS_MAX && r < problem->model->n_resources; r++) {
		double largest = largest_node(problem, placed, r);

		for (int kind = 1; kind <= KINDS && isfinite(largest) && largest > 0; kind++) {
			double larger_than = largest / (kind + 1), wanted = all_wanted(stays, at, r, larger_than);

			if (wanted > 0 && wanted > slots(problem, placed, r, larger_than) + 0.5) {
				*overfull = (struct hk_overfull){ stays->v[at].block, stays->v[at].workload, (uint32_t)r, larger_than, wanted,
								  slots(problem, placed, r, larger_than) };
				return true;
			}
		}
	}
	return false;
}

static bool too_much(const struct stays *stays, size_t at, double *wanted, struct hk_overfull *overfull)
{
	const struct hk_problem *problem = stays->problem;
	const struct hk_place_workload *placed = placed_of(stays, &stays->v[at]);
	size_t resources = problem->model->n_resources;

	memset(wanted, 0, resources * sizeof *wanted);
	for (size_t i = 0; i < stays->n && stays->v[i].n <= stays->v[at].n; i++) {
		const struct hk_place_workload *other = placed_of(stays, &stays->v[i]);

		if (i != at && !within(stays, &stays->v[i], &stays->v[at]))
			continue;
		for (size_t r = 0; r < resources; r++)
			wanted[r] += other->least * other->request[r];
	}
	for (size_t r = 0; r < resources; r++) {
		double capacity = 0;

		for (uint32_t c = 0; wanted[r] > 0 && c < placed->n_candidates; c++)
			capacity += problem->capacity[placed->candidates[c].cluster * resources + r];
		if (wanted[r] > capacity * (1 + 1e-9) + 1e-12) {
			*overfull = (struct hk_overfull){ stays->v[at].block, stays->v[at].workload, (uint32_t)r, 0, wanted[r], capacity };
			return true;
		}
	}
	return false;
}

bool hk_problem_overfull(const struct hk_problem *problem, const bool *part, struct hk_overfull *overfull)
{
	struct stays stays = { .problem = problem, .words = problem->model->n_clusters / 63 + 1 };
	double *wanted = hk_calloc(problem->model->n_resources + 1, sizeof *wanted), work = 0;
	bool found = false;

	gather(&stays, part);
	for (size_t i = 0; i < stays.n && !found && work < WORK_MAX; i++) {
		/* the last of equal sets speaks for all */
		if (i + 1 < stays.n && stays.v[i].n == stays.v[i + 1].n && within(&stays, &stays.v[i], &stays.v[i + 1]))
			continue;
		found = too_much(&stays, i, wanted, overfull) || too_large(&stays, i, overfull);
		work += (double)(i + 1) * (double)stays.words;
	}
	hk_cleanup_free(&wanted);
	hk_vec_release(&stays);
	hk_arena_release(&stays.arena);
	return found;
}

double hk_overfull_of(const struct hk_problem *problem, const struct hk_overfull *overfull, uint32_t block)
{
	const struct hk_place_workload *full = &problem->blocks[overfull->block].workloads[overfull->workload];
	double sum = 0;

	for (uint32_t w = 0; w < problem->blocks[block].n_workloads; w++) {
		const struct hk_place_workload *placed = &problem->blocks[block].workloads[w];
		uint32_t c = 0;

		for (uint32_t k = 0; c < placed->n_candidates && k < full->n_candidates; k++)
			c += full->candidates[k].cluster == placed->candidates[c].cluster;
		if (c == placed->n_candidates)
			sum += weight(placed, overfull->resource, overfull->larger_than);
	}
	return sum;
}
