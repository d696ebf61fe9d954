/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What cannot carry anything goes. A place carries load only if it receives some (rule 1: over at least one entering edge that has a share in the load; over
 * which one is free, so no single edge may be asked for) and passes it on over every leaving edge.
 */
#include "place/build_internal.h"

static bool end_carries(const struct hk_build *build, enum hk_end_kind kind, uint32_t end, uint32_t place)
{
	return kind == HK_END_FIXED || build->works[end].places[place].carries;
}

static bool drop_dead_arcs(struct hk_build *build, struct hk_edge *edge)
{
	uint32_t kept = 0, before = edge->n_arcs;

	for (uint32_t a = 0; a < edge->n_arcs; a++)
		if (end_carries(build, edge->from_kind, edge->from, edge->arcs[a].from) && end_carries(build, edge->to_kind, edge->to, edge->arcs[a].to))
			edge->arcs[kept++] = edge->arcs[a];
	edge->n_arcs = kept;
	return kept < before;
}

/* Places with an arc of the edge at this end. */
static void mark_ends(const struct hk_edge *edge, bool destination, bool *marked)
{
	for (uint32_t a = 0; a < edge->n_arcs; a++)
		marked[destination ? edge->arcs[a].to : edge->arcs[a].from] = true;
}

static void clear(bool *marked, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		marked[i] = false;
}

static bool keep_marked(struct hk_build_work *work, const bool *marked)
{
	bool changed = false;

	for (uint32_t i = 0; i < work->n_places; i++) {
		changed = changed || (work->places[i].carries && !marked[i]);
		work->places[i].carries = work->places[i].carries && marked[i];
	}
	return changed;
}

static bool keep_passing(struct hk_build *build, struct hk_build_work *work, bool *marked)
{
	bool changed = false;

	clear(marked, work->n_places);
	for (uint32_t k = 0; k < work->in.n; k++)
		if (build->edges[work->in.v[k]].share_in > 0)
			mark_ends(&build->edges[work->in.v[k]], true, marked);
	if (work->in.n)
		changed = keep_marked(work, marked);
	for (uint32_t k = 0; k < work->out.n; k++) {
		clear(marked, work->n_places);
		mark_ends(&build->edges[work->out.v[k]], false, marked);
		changed |= keep_marked(work, marked);
	}
	return changed;
}

static void drop_arcs_around(struct hk_build *build, const struct hk_build_work *work)
{
	for (uint32_t k = 0; k < work->in.n; k++)
		drop_dead_arcs(build, &build->edges[work->in.v[k]]);
	for (uint32_t k = 0; k < work->out.n; k++)
		drop_dead_arcs(build, &build->edges[work->out.v[k]]);
}

/* One sweep with the messages or against them, so that a chain of consequences is followed in one go. */
static bool sweep(struct hk_build *build, bool backwards, bool *marked)
{
	uint32_t n = build->block->n_workloads;
	bool changed = false;

	for (uint32_t k = 0; k < n; k++) {
		struct hk_build_work *work = &build->works[build->pipeline->order[backwards ? n - 1 - k : k]];

		if (!keep_passing(build, work, marked))
			continue;
		drop_arcs_around(build, work);
		changed = true;
	}
	return changed;
}

static void sweep_all(struct hk_build *build, bool *marked)
{
	while (sweep(build, true, marked) || sweep(build, false, marked))
		;
}

static void drop_all_dead_arcs(struct hk_build *build)
{
	for (uint32_t e = 0; e < build->block->n_edges; e++)
		drop_dead_arcs(build, &build->edges[e]);
}

void hk_build_prune(struct hk_build *build)
{
	bool *marked = hk_arena_array(&build->scratch, build->model->n_clusters, sizeof *marked);

	drop_all_dead_arcs(build);
	sweep_all(build, marked);
	/* These are the clusters of rule 4; path limits, which come next, keep load away but not spare replicas. */
	for (uint32_t w = 0; w < build->block->n_workloads; w++)
		for (uint32_t i = 0; i < build->works[w].n_places; i++)
			build->works[w].places[i].possible = build->works[w].places[i].carries;
	hk_build_keep_together(build);
	drop_all_dead_arcs(build);
	do
		sweep_all(build, marked);
	while (hk_build_prune_paths(build));
	for (uint32_t e = 0; e < build->block->n_edges; e++)
		build->infeasible = build->infeasible || !build->edges[e].n_arcs;
	for (uint32_t w = 0; w < build->block->n_workloads; w++) {
		bool carries = false;

		for (uint32_t i = 0; i < build->works[w].n_places && !carries; i++)
			carries = build->works[w].places[i].carries;
		build->infeasible = build->infeasible || !carries;
	}
}
