/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left after pruning becomes the block: candidates with costs and bounds on counts, arcs between candidates. */
#include "place/build_internal.h"

#include "place/availability.h"
#include "place/pack.h"

#include <math.h>
#include <string.h>

/* Nodes beyond which an availability target is taken to be in reach. */
#define NODES_MAX 2000u

static uint32_t place_of(const struct hk_build_work *work, uint32_t cluster)
{
	uint32_t low = 0, high = work->n_places;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (work->places[middle].cluster < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low < work->n_places && work->places[low].cluster == cluster ? low : HK_NO_INDEX;
}

static void read_previous(struct hk_build *build, uint32_t w)
{
	struct hk_build_work *work = &build->works[w];
	const struct hk_plan_workload *before = build->previous ? hk_plan_workload(build->previous, build->pipeline->name, work->model->name) : NULL;

	for (size_t i = 0; before && i < before->n_placements; i++) {
		uint32_t cluster = hk_model_cluster(build->model, before->placements[i].cluster);

		uint32_t place = place_of(work, cluster);

		if (place != HK_NO_INDEX)
			work->places[place].previous = before->placements[i].replicas;
	}
}

/*
 * Required together on nodes multiplies: who must stand beside others on every node of theirs may need as many replicas as those have nodes. beside[c]: at most
 * how many those have in cluster c.
 */
static void count_beside(const struct hk_build *build, uint32_t w, uint32_t *needed, uint32_t *beside)
{
	memset(beside, 0, build->model->n_clusters * sizeof *beside);
	for (uint32_t other = 0; other < build->block->n_workloads; other++) {
		uint32_t n = hk_pack_needed(build->pipeline, other, needed), k = 1;
		const struct hk_place_workload *place = &build->block->workloads[other];
		const struct hk_build_work *work = &build->works[other];

		while (k < n && needed[k] != w)
			k++;
		for (uint32_t i = 0; other != w && k < n && i < work->n_places; i++) {
			const struct hk_build_place *at = &work->places[i];
			uint64_t count = place->need + (uint64_t)work->model->min_replicas + at->previous;

			/* where there is no end of nodes, a target still has use for so many only */
			if (place->availability > 0 && at->most == UINT32_MAX)
				count += hk_availability_useful(build->model->clusters[at->cluster].node_availability, place->need, at->on_one_node);
			else if (place->availability > 0)
				count = at->most;

			count += beside[at->cluster];
			if (at->possible)
				beside[at->cluster] = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
		}
	}
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * More than need and the least count in one cluster serves nobody, but for replicas that are there already (moves), that make up for failing ones
 * (availability), or that must be wherever others are (required together on nodes).
 */
static void bound_replicas(struct hk_build *build, uint32_t w, const uint32_t *beside)
{
	const struct hk_place_workload *place = &build->block->workloads[w];
	struct hk_build_work *work = &build->works[w];
	bool one = hk_build_one_in_domain(work->model, w);
	uint32_t each = 0, reserve = 0;
	double up = -1;

	for (uint32_t i = 0; i < work->n_places; i++) {
		struct hk_build_place *at = &work->places[i];
		uint32_t useful = larger(larger(place->need, work->model->min_replicas), at->previous), company = beside ? beside[at->cluster] : 0;
		double node = build->model->clusters[at->cluster].node_availability;

		/* Clusters are often alike: the number is worked out once for each kind in a row. */
		if (place->availability > 0 && (node < up || node > up || at->on_one_node != each)) {
			up = node;
			each = at->on_one_node;
			reserve = hk_availability_useful(node, place->need, each);
		}
		useful = larger(useful, reserve);
		useful = useful < UINT32_MAX - company ? useful + company : UINT32_MAX;
		at->max_replicas = smaller(smaller(useful, at->most), smaller(work->model->max_replicas, one ? 1 : UINT32_MAX));
	}
}

/* Somebody who must be together with w may have replicas in the same domain: w may have to be there even without load. companion: per place of w. */
static void mark_companions(struct hk_build *build, uint32_t w, bool *companion)
{
	const struct hk_build_work *own = &build->works[w];

	for (uint32_t i = 0; i < own->n_places; i++)
		companion[i] = false;
	for (uint32_t other = 0; other < build->block->n_workloads; other++) {
		const struct hk_build_work *work = &build->works[other];

		for (size_t t = 0; t < work->model->n_together && other != w; t++) {
			const struct hk_pairing *pairing = &work->model->together[t];
			const uint32_t *domain = build->domain[pairing->level];

			if (pairing->with != w || !pairing->required)
				continue;
			for (uint32_t i = 0; i < work->n_places; i++)
				build->marked[domain[work->places[i].cluster]] |= work->places[i].possible;
			for (uint32_t i = 0; i < own->n_places; i++)
				companion[i] = companion[i] || build->marked[domain[own->places[i].cluster]];
			for (uint32_t i = 0; i < work->n_places; i++)
				build->marked[domain[work->places[i].cluster]] = false;
		}
	}
}

/* Nothing but price tells one cluster from another for a spare replica of w. */
static bool only_price_matters(const struct hk_build *build, uint32_t w)
{
	for (uint32_t other = 0; other < build->block->n_workloads; other++) {
		const struct hk_workload *model = build->works[other].model;

		for (size_t i = 0; i < model->n_together; i++)
			if (model->together[i].required && (other == w || model->together[i].with == w))
				return false;
		for (size_t i = 0; i < model->n_apart; i++)
			if (model->apart[i].level != HK_LEVEL_NODE && (other == w || model->apart[i].with == w))
				return false;
	}
	return true;
}

/*
 * A place that cannot carry load is worth keeping only where a replica without load can matter (rule 4 allows it): to reach an availability target or a spread,
 * to stay where it was, beside a workload that requires it, or as the cheapest way to a least count above need. For the last one, a cluster without end that
 * costs no more takes its part. Load alone already takes `need` replicas, so with no more than that allowed there are no spare ones.
 */
static void keep_spares(struct hk_build *build, uint32_t w, bool *companion)
{
	struct hk_build_work *work = &build->works[w];
	const struct hk_place_workload *place = &build->block->workloads[w];
	bool anywhere = place->availability > 0 || (work->model->has_spread && work->model->spread_min > 1), counts = work->model->min_replicas > place->need;
	uint32_t best = HK_NO_INDEX;

	for (uint32_t i = 0; counts && only_price_matters(build, w) && i < work->n_places; i++) {
		const struct hk_build_place *at = &work->places[i];

		if (at->possible && build->model->clusters[at->cluster].unlimited &&
		    (best == HK_NO_INDEX || hk_build_replica_cost(build, w, at->cluster) < hk_build_replica_cost(build, w, work->places[best].cluster)))
			best = i;
	}
	mark_companions(build, w, companion);
	for (uint32_t i = 0; i < work->n_places; i++) {
		struct hk_build_place *at = &work->places[i];
		bool cheap = counts && (best == HK_NO_INDEX || i == best ||
					hk_build_replica_cost(build, w, at->cluster) < hk_build_replica_cost(build, w, work->places[best].cluster));

		if (at->carries)
			continue;
		at->possible = at->possible && work->model->max_replicas > place->need &&
			       (anywhere || cheap || companion[i] || (at->previous && build->pipeline->objective.moves > 0));
	}
}

static void copy_candidates(struct hk_build *build, uint32_t w)
{
	struct hk_arena *arena = &build->problem->arena;
	struct hk_build_work *work = &build->works[w];
	struct hk_place_workload *place = &build->block->workloads[w];

	for (uint32_t i = 0; i < work->n_places; i++)
		if (work->places[i].possible)
			work->places[i].position = place->n_candidates++;
	place->candidates = hk_arena_array(arena, place->n_candidates, sizeof *place->candidates);
	place->previous = build->previous ? hk_arena_array(arena, place->n_candidates, sizeof *place->previous) : NULL;
	for (uint32_t i = 0; i < work->n_places; i++) {
		const struct hk_build_place *at = &work->places[i];

		if (!at->possible)
			continue;
		place->candidates[at->position] = (struct hk_candidate){ at->cluster, at->max_replicas, hk_build_replica_cost(build, w, at->cluster),
									 hk_build_load_cost(build, w, at->cluster), 0 };
		if (place->previous)
			place->previous[at->position] = at->previous;
	}
}

/* Moves that happen whatever is decided: out of clusters that are no candidates, or are gone. */
static double forced_moves(const struct hk_build *build, uint32_t w)
{
	const struct hk_build_work *work = &build->works[w];
	const struct hk_plan_workload *before = build->previous ? hk_plan_workload(build->previous, build->pipeline->name, work->model->name) : NULL;
	double replicas = 0;

	for (size_t i = 0; before && i < before->n_placements; i++)
		replicas += before->placements[i].replicas;
	for (uint32_t i = 0; i < work->n_places; i++)
		replicas -= work->places[i].possible ? work->places[i].previous : 0;
	return build->pipeline->objective.moves * replicas;
}

static uint32_t least_for_availability(struct hk_build *build, uint32_t w)
{
	const struct hk_build_work *work = &build->works[w];
	const uint32_t *domain = build->domain[HK_LEVEL_FAILURE_DOMAIN];
	struct hk_replica_room *rooms = hk_arena_array(&build->scratch, work->n_places, sizeof *rooms);
	uint32_t *room_of = hk_arena_array(&build->scratch, build->model->n_clusters, sizeof *room_of), n = 0;

	for (uint32_t i = 0; i < work->n_places; i++) {
		const struct hk_build_place *at = &work->places[i];

		if (!at->possible)
			continue;
		/* Numbered from 1 in order of their first cluster. */
		if (!room_of[domain[at->cluster]]) {
			rooms[n] = (struct hk_replica_room){ .availability = build->domain_availability[at->cluster], .own_nodes = true };
			room_of[domain[at->cluster]] = ++n;
		}
		struct hk_replica_room *room = &rooms[room_of[domain[at->cluster]] - 1];

		room->node_availability = fmax(room->node_availability, build->model->clusters[at->cluster].node_availability);
		room->most = room->most < UINT32_MAX - at->max_replicas ? room->most + at->max_replicas : UINT32_MAX;
		room->own_nodes = room->own_nodes && at->on_one_node <= 1;
	}
	return hk_availability_least(rooms, n, build->block->workloads[w].need, build->block->workloads[w].availability);
}

/*
 * Could the target be met with every node full of the workload? More replicas never make it less available, so what then falls short always does. Many nodes
 * are not looked at: their number is not what a target fails for.
 */
static bool target_in_reach(struct hk_build *build, uint32_t w)
{
	const struct hk_build_work *work = &build->works[w];
	const struct hk_place_workload *place = &build->block->workloads[w];
	struct hk_replica_group *groups = hk_arena_array(&build->scratch, work->n_places, sizeof *groups);
	uint64_t nodes = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < work->n_places; i++) {
		const struct hk_build_place *at = &work->places[i];
		bool unlimited = build->model->clusters[at->cluster].unlimited;
		uint32_t *per_node = NULL;

		if (!at->possible)
			continue;
		nodes += unlimited ? 1 : at->nodes;
		if (nodes > NODES_MAX)
			return true;
		if (!unlimited)
			per_node = hk_arena_array(&build->scratch, at->nodes, sizeof *per_node);
		for (uint32_t k = 0; per_node && k < at->nodes; k++)
			per_node[k] = smaller(at->on_one_node, place->need);
		groups[n++] = (struct hk_replica_group){ at->cluster, unlimited ? at->max_replicas : at->most, per_node, unlimited ? 0 : at->nodes };
	}
	return hk_availability(build->model, groups, n, place->need) >= place->availability - 1e-12;
}

/* Rule 3 with what availability and spread add; nothing fits when even the bounds contradict one another. */
static void bound_total(struct hk_build *build, uint32_t w)
{
	struct hk_place_workload *place = &build->block->workloads[w];
	const struct hk_build_work *work = &build->works[w];
	uint64_t room = 0, carrying = 0;

	place->least = larger(place->need, work->model->min_replicas);
	if (work->model->has_spread)
		place->least = larger(place->least, work->model->spread_min);
	if (place->availability > 0)
		place->least = larger(place->least, least_for_availability(build, w));
	for (uint32_t i = 0; i < work->n_places; i++) {
		room += work->places[i].possible ? work->places[i].max_replicas : 0;
		carrying += work->places[i].carries ? work->places[i].max_replicas : 0;
	}
	if (place->availability > 0 && !target_in_reach(build, w))
		build->infeasible = true;
	build->infeasible = build->infeasible || place->least == UINT32_MAX || place->least > place->max_replicas || place->least > room ||
	    place->need > carrying;
}

static void copy_arcs(struct hk_build *build, uint32_t e)
{
	struct hk_edge *edge = &build->block->edges[e];

	*edge = build->edges[e];
	edge->arcs = hk_arena_array(&build->problem->arena, edge->n_arcs, sizeof *edge->arcs);
	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		edge->arcs[a] = build->edges[e].arcs[a];
		if (edge->from_kind == HK_END_WORKLOAD)
			edge->arcs[a].from = build->works[edge->from].places[edge->arcs[a].from].position;
		if (edge->to_kind == HK_END_WORKLOAD)
			edge->arcs[a].to = build->works[edge->to].places[edge->arcs[a].to].position;
	}
}

void hk_build_finish(struct hk_build *build)
{
	struct hk_block *block = build->block;
	uint32_t *needed = hk_arena_array(&build->scratch, block->n_workloads, sizeof *needed);
	bool *needed_beside = hk_arena_array(&build->scratch, block->n_workloads, sizeof *needed_beside);
	uint32_t *beside = hk_arena_array(&build->scratch, build->model->n_clusters, sizeof *beside);
	bool *companion = hk_arena_array(&build->scratch, build->model->n_clusters, sizeof *companion);

	for (uint32_t w = 0; w < block->n_workloads; w++) {
		uint32_t n = hk_pack_needed(build->pipeline, w, needed);

		read_previous(build, w);
		for (uint32_t k = 1; k < n; k++)
			needed_beside[needed[k]] = true;
	}
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		if (needed_beside[w])
			count_beside(build, w, needed, beside);
		bound_replicas(build, w, needed_beside[w] ? beside : NULL);
		keep_spares(build, w, companion);
	}
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		copy_candidates(build, w);
		bound_total(build, w);
		block->fixed_cost += forced_moves(build, w);
	}
	block->edges = hk_arena_array(&build->problem->arena, block->n_edges, sizeof *block->edges);
	for (uint32_t e = 0; e < block->n_edges; e++)
		copy_arcs(build, e);
}
