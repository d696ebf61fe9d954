/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits of paths (rule 8). An arc in use means load at its source, hence a chain of arcs in use that brings it there, and a chain on from its destination over
 * every leaving edge. The least such chains can be is a lower bound on a route in use; beyond the limit the arc cannot be used. Where load may have come over
 * an edge that is not on the path, no chain of the path is implied and nothing is dropped.
 */
#include "place/build_internal.h"

#include <math.h>

enum quantity { LATENCY, JITTER, LOSS, QUANTITIES };

struct pass {
	struct hk_build *build;
	const struct hk_path *path;
	enum quantity quantity;
	double limit;
	bool *leads;                  /* per workload: some way to the path's end */
	/* per workload and place: least sum up to and with the workload; from behind it to the end. -INFINITY: no chain implied */
	double **head, **tail;
};

static double value_of(const struct pass *pass, const struct hk_arc *arc)
{
	switch (pass->quantity) {
	case LATENCY: return arc->latency;
	case JITTER: return arc->jitter;
	case LOSS:
	case QUANTITIES: break;
	}
	return fmin(700, -log1p(-arc->loss));
}

/* No chain implied by a part: none implied by the whole, whatever the other part is. */
static double join(double a, double b)
{
	return a > -INFINITY && b > -INFINITY ? a + b : -INFINITY;
}

static double service(const struct pass *pass, uint32_t w)
{
	return pass->quantity == LATENCY ? pass->build->works[w].model->service_time : 0;
}

static bool starts_with(const struct pass *pass, const struct hk_edge *edge)
{
	const struct hk_connection *connection = &pass->build->pipeline->connections[edge->connection];

	return connection->from_input != HK_NO_INDEX && connection->from_input == pass->path->from_input;
}

static bool ends_with(const struct pass *pass, const struct hk_edge *edge)
{
	const struct hk_connection *connection = &pass->build->pipeline->connections[edge->connection];

	return connection->to_output != HK_NO_INDEX && connection->to_output == pass->path->to_output;
}

/* Sum of the chain implied at the source of an arc. */
static double head_of(const struct pass *pass, const struct hk_edge *edge, const struct hk_arc *arc)
{
	if (edge->from_kind == HK_END_WORKLOAD)
		return pass->head[edge->from][arc->from];
	return starts_with(pass, edge) ? 0 : -INFINITY;
}

static void fill_head(struct pass *pass, uint32_t w)
{
	const struct hk_build_work *work = &pass->build->works[w];
	double *head = pass->head[w];

	for (uint32_t i = 0; i < work->n_places; i++)
		head[i] = w == pass->path->from_workload ? service(pass, w) : work->in.n ? INFINITY : -INFINITY;
	if (w == pass->path->from_workload)
		return;
	for (uint32_t k = 0; k < work->in.n; k++) {
		const struct hk_edge *edge = &pass->build->edges[work->in.v[k]];

		for (uint32_t a = 0; a < edge->n_arcs && edge->share_in > 0; a++) {
			double sum = join(head_of(pass, edge, &edge->arcs[a]), value_of(pass, &edge->arcs[a]) + service(pass, w));

			head[edge->arcs[a].to] = fmin(head[edge->arcs[a].to], sum);
		}
	}
}

/* Least sum behind an arc; -INFINITY when using it implies no chain to the path's end. */
static double tail_of(const struct pass *pass, const struct hk_edge *edge, const struct hk_arc *arc)
{
	if (edge->to_kind == HK_END_FIXED)
		return ends_with(pass, edge) ? 0 : -INFINITY;
	if (!pass->leads[edge->to])
		return -INFINITY;
	/* Without a share in the load, messages may end at a place that has none. */
	if (edge->to != pass->path->to_workload && !(edge->share_in > 0))
		return -INFINITY;
	return join(service(pass, edge->to), pass->tail[edge->to][arc->to]);
}

static void fill_tail(struct pass *pass, uint32_t w, double *least)
{
	const struct hk_build_work *work = &pass->build->works[w];
	bool last = w == pass->path->to_workload;

	pass->leads[w] = last;
	for (uint32_t i = 0; i < work->n_places; i++)
		pass->tail[w][i] = last ? 0 : -INFINITY;
	for (uint32_t k = 0; k < work->out.n && !last; k++) {
		const struct hk_edge *edge = &pass->build->edges[work->out.v[k]];

		if (edge->to_kind == HK_END_FIXED ? !ends_with(pass, edge) : !pass->leads[edge->to])
			continue;
		pass->leads[w] = true;
		for (uint32_t i = 0; i < work->n_places; i++)
			least[i] = INFINITY;
		for (uint32_t a = 0; a < edge->n_arcs; a++)
			least[edge->arcs[a].from] = fmin(least[edge->arcs[a].from], join(value_of(pass, &edge->arcs[a]), tail_of(pass, edge, &edge->arcs[a])));
		/* Load is passed on over every leaving edge, so the worst of them counts. */
		for (uint32_t i = 0; i < work->n_places; i++)
			pass->tail[w][i] = fmax(pass->tail[w][i], least[i]);
	}
}

static bool drop_late_arcs(struct pass *pass, struct hk_edge *edge)
{
	uint32_t kept = 0, before = edge->n_arcs;

	for (uint32_t a = 0; a < edge->n_arcs; a++) {
		const struct hk_arc *arc = &edge->arcs[a];
		double head = head_of(pass, edge, arc), tail = tail_of(pass, edge, arc);

		if (head > -INFINITY && tail > -INFINITY && hk_build_exceeds(head + value_of(pass, arc) + tail, pass->limit))
			continue;
		edge->arcs[kept++] = *arc;
	}
	edge->n_arcs = kept;
	return kept < before;
}

static bool prune_pass(struct pass *pass)
{
	struct hk_build *build = pass->build;
	uint32_t n = build->block->n_workloads;
	struct hk_arena arena = HK_ARENA_INIT;
	double *least = hk_arena_array(&arena, build->model->n_clusters, sizeof *least);
	bool changed = false;

	pass->leads = hk_arena_array(&arena, n, sizeof *pass->leads);
	pass->head = hk_arena_array(&arena, n, sizeof *pass->head);
	pass->tail = hk_arena_array(&arena, n, sizeof *pass->tail);
	for (uint32_t w = 0; w < n; w++) {
		pass->head[w] = hk_arena_array(&arena, build->works[w].n_places, sizeof **pass->head);
		pass->tail[w] = hk_arena_array(&arena, build->works[w].n_places, sizeof **pass->tail);
	}
	for (uint32_t k = 0; k < n; k++)
		fill_head(pass, build->pipeline->order[k]);
	for (uint32_t k = n; k-- > 0;)
		fill_tail(pass, build->pipeline->order[k], least);
	for (uint32_t e = 0; e < build->block->n_edges; e++)
		changed |= drop_late_arcs(pass, &build->edges[e]);
	hk_arena_release(&arena);
	return changed;
}

bool hk_build_prune_paths(struct hk_build *build)
{
	bool changed = false;

	for (size_t p = 0; p < build->pipeline->n_paths; p++) {
		const struct hk_path *path = &build->pipeline->paths[p];
		const struct hk_bound *bounds[QUANTITIES] = { &path->bounds.latency, &path->bounds.jitter, &path->bounds.loss };

		for (unsigned q = 0; q < QUANTITIES; q++) {
			struct pass pass = { .build = build, .path = path, .quantity = (enum quantity)q };

			if (!bounds[q]->has_limit)
				continue;
			pass.limit = q == LOSS ? -log1p(-bounds[q]->limit) : bounds[q]->limit;
			changed |= prune_pass(&pass);
		}
	}
	return changed;
}
