/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/narrow.h"

#include "place/milp_form.h"
#include "place/solve_internal.h"
#include "place/solve_rest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A candidate as a destination for what its sources send from where they were put. */
struct choice {
	uint32_t candidate, domain;
	uint32_t reached;             /* entering connections that arrive here */
	uint32_t room;                /* replicas that fit, as far as sums tell */
	bool enough, chosen;
	double distance;              /* s: sum of the least latencies */
};

struct narrow {
	const struct hk_problem *problem;
	const struct hk_block *block;
	const struct hk_pipeline *pipeline;
	struct hk_arena *arena;
	uint32_t width;
	bool **chosen;                /* [workload][candidate] */
};

static uint32_t room_for(const struct hk_problem *problem, const struct hk_place_workload *placed, uint32_t candidate)
{
	const struct hk_candidate *at = &placed->candidates[candidate];
	size_t resources = problem->model->n_resources;
	double room = at->max_replicas;

	for (size_t r = 0; r < resources; r++)
		if (placed->request[r] > 0)
			room = fmin(room, floor(problem->capacity[at->cluster * resources + r] / placed->request[r] * (1 + 1e-9)));
	return (uint32_t)fmax(0, room);
}

static int by_use(const void *left, const void *right)
{
	const struct choice *a = left, *b = right;

	if (a->reached != b->reached)
		return a->reached > b->reached ? -1 : 1;
	if (a->enough != b->enough)
		return a->enough ? -1 : 1;
	if (a->distance < b->distance || a->distance > b->distance)
		return a->distance < b->distance ? -1 : 1;
	if (a->room != b->room)
		return a->room > b->room ? -1 : 1;
	return a->candidate < b->candidate ? -1 : 1;
}

static bool is_chosen(const struct narrow *n, const struct hk_edge *edge, uint32_t from)
{
	return edge->from_kind == HK_END_FIXED || n->chosen[edge->from][from];
}

static void measure(const struct narrow *n, uint32_t w, struct choice *choices)
{
	const struct hk_place_workload *placed = &n->block->workloads[w];
	double *nearest = hk_arena_array(n->arena, (size_t)placed->n_candidates + 1, sizeof *nearest);

	for (uint32_t e = 0; e < n->block->n_edges; e++) {
		const struct hk_edge *edge = &n->block->edges[e];

		if (edge->to_kind != HK_END_WORKLOAD || edge->to != w)
			continue;
		for (uint32_t c = 0; c < placed->n_candidates; c++)
			nearest[c] = INFINITY;
		for (uint32_t a = 0; a < edge->n_arcs; a++)
			if (is_chosen(n, edge, edge->arcs[a].from))
				nearest[edge->arcs[a].to] = fmin(nearest[edge->arcs[a].to], edge->arcs[a].latency);
		for (uint32_t c = 0; c < placed->n_candidates; c++) {
			if (isfinite(nearest[c]) == 0)
				continue;
			choices[c].reached++;
			choices[c].distance += nearest[c];
		}
	}
}

static bool needs_domains(const struct narrow *n, uint32_t w)
{
	const struct hk_place_workload *placed = &n->block->workloads[w];

	return placed->availability > 0 || n->pipeline->workloads[placed->workload].has_spread;
}

/* Whoever needs several failure domains gets the best of each before the second best of any. */
static void pick(const struct narrow *n, uint32_t w, struct choice *choices)
{
	const struct hk_place_workload *placed = &n->block->workloads[w];
	bool spread = needs_domains(n, w);
	uint32_t picked = 0;

	for (int second = !spread; second < 2; second++)
		for (uint32_t i = 0; i < placed->n_candidates && picked < n->width; i++) {
			bool fresh = !choices[i].chosen && choices[i].room > 0;

			for (uint32_t k = 0; !second && fresh && k < i; k++)
				fresh = !choices[k].chosen || choices[k].domain != choices[i].domain;
			if (!fresh)
				continue;
			choices[i].chosen = n->chosen[w][choices[i].candidate] = true;
			picked++;
		}
}

/* Every source goes on to somewhere: the nearest place it can reach joins where none was picked. */
static void join_sources(const struct narrow *n, uint32_t w)
{
	for (uint32_t e = 0; e < n->block->n_edges; e++) {
		const struct hk_edge *edge = &n->block->edges[e];

		if (edge->to_kind != HK_END_WORKLOAD || edge->to != w)
			continue;
		for (uint32_t a = 0, end; a < edge->n_arcs; a = end) {
			uint32_t nearest = a;
			bool joined = false;

			for (end = a; end < edge->n_arcs && edge->arcs[end].from == edge->arcs[a].from; end++) {
				joined = joined || n->chosen[w][edge->arcs[end].to];
				nearest = edge->arcs[end].latency < edge->arcs[nearest].latency ? end : nearest;
			}
			if (!joined && is_chosen(n, edge, edge->arcs[a].from))
				n->chosen[w][edge->arcs[nearest].to] = true;
		}
	}
}

/* Numbers of failure domains, for those who need several: the first candidate of each gives its own. */
static void number_domains(const struct narrow *n, const struct hk_place_workload *placed, struct choice *choices)
{
	const struct hk_cluster *clusters = n->problem->model->clusters;

	for (uint32_t c = 0; c < placed->n_candidates; c++)
		for (uint32_t k = 0; k < c && choices[c].domain == c; k++)
			if (strcmp(clusters[placed->candidates[k].cluster].failure_domain, clusters[placed->candidates[c].cluster].failure_domain) == 0)
				choices[c].domain = choices[k].domain;
}

/* Candidates among which domains are told apart. */
enum { DOMAINS_TOLD = 300 };

static void choose(const struct narrow *n, uint32_t w)
{
	const struct hk_place_workload *placed = &n->block->workloads[w];
	struct choice *choices = hk_arena_array(n->arena, (size_t)placed->n_candidates + 1, sizeof *choices);

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		uint32_t room = room_for(n->problem, placed, c);

		choices[c] = (struct choice){ .candidate = c, .domain = c, .room = room, .enough = room >= placed->least };
	}
	if (placed->n_candidates <= DOMAINS_TOLD && needs_domains(n, w))
		number_domains(n, placed, choices);
	measure(n, w, choices);
	if (placed->n_candidates > 1)
		qsort(choices, placed->n_candidates, sizeof *choices, by_use);
	pick(n, w, choices);
	join_sources(n, w);
}

static void copy_workload(const struct narrow *n, uint32_t w, struct hk_place_workload *to, uint32_t *position)
{
	const struct hk_place_workload *from = &n->block->workloads[w];

	*to = *from;
	to->n_candidates = 0;
	to->candidates = hk_arena_array(n->arena, (size_t)from->n_candidates + 1, sizeof *to->candidates);
	to->previous = from->previous ? hk_arena_array(n->arena, (size_t)from->n_candidates + 1, sizeof *to->previous) : NULL;
	for (uint32_t c = 0; c < from->n_candidates; c++) {
		if (!n->chosen[w][c])
			continue;
		if (to->previous)
			to->previous[to->n_candidates] = from->previous[c];
		position[c] = to->n_candidates;
		to->candidates[to->n_candidates++] = from->candidates[c];
	}
}

static void copy_edge(const struct narrow *n, uint32_t e, uint32_t *const *position, struct hk_edge *to)
{
	const struct hk_edge *from = &n->block->edges[e];

	*to = *from;
	to->n_arcs = 0;
	to->arcs = hk_arena_array(n->arena, (size_t)from->n_arcs + 1, sizeof *to->arcs);
	for (uint32_t a = 0; a < from->n_arcs; a++) {
		struct hk_arc arc = from->arcs[a];

		if (!is_chosen(n, from, arc.from) || (from->to_kind == HK_END_WORKLOAD && !n->chosen[from->to][arc.to]))
			continue;
		arc.from = from->from_kind == HK_END_WORKLOAD ? position[from->from][arc.from] : arc.from;
		arc.to = from->to_kind == HK_END_WORKLOAD ? position[from->to][arc.to] : arc.to;
		to->arcs[to->n_arcs++] = arc;
	}
}

bool hk_block_narrow(const struct hk_problem *problem, uint32_t block, uint32_t width, struct hk_block *narrow, struct hk_arena *arena)
{
	const struct hk_block *b = &problem->blocks[block];
	struct narrow n = { problem, b, &problem->model->pipelines[b->pipeline], arena, width,
			    hk_arena_array(arena, (size_t)b->n_workloads + 1, sizeof(bool *)) };
	uint32_t **position = hk_arena_array(arena, (size_t)b->n_workloads + 1, sizeof *position);
	bool narrower = false;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		n.chosen[w] = hk_arena_array(arena, (size_t)b->workloads[w].n_candidates + 1, sizeof **n.chosen);
		position[w] = hk_arena_array(arena, (size_t)b->workloads[w].n_candidates + 1, sizeof **position);
	}
	for (size_t i = 0; i < n.pipeline->n_workloads; i++)
		if (hk_block_workload(b, n.pipeline->order[i]) != HK_MILP_NONE)
			choose(&n, hk_block_workload(b, n.pipeline->order[i]));
	*narrow = *b;
	narrow->workloads = hk_arena_array(arena, (size_t)b->n_workloads + 1, sizeof *narrow->workloads);
	narrow->edges = hk_arena_array(arena, (size_t)b->n_edges + 1, sizeof *narrow->edges);
	for (uint32_t w = 0; w < b->n_workloads; w++) {
		copy_workload(&n, w, &narrow->workloads[w], position[w]);
		narrower = narrower || narrow->workloads[w].n_candidates < b->workloads[w].n_candidates;
	}
	for (uint32_t e = 0; e < b->n_edges; e++)
		copy_edge(&n, e, position, &narrow->edges[e]);
	return narrower;
}

/* ---- a plan one pipeline at a time ---- */

struct hk_places {
	struct hk_problem problem;    /* with narrow blocks where they were tried */
	const struct hk_problem *whole;
	const struct hk_solve_options *options;
	struct hk_arena arena;
	struct hk_block_solution *blocks;
	bool *placed, *wanted;        /* wanted: room is kept for those who have nowhere else to go */
	HK_VEC(struct hk_node_share) shares;
};

/* Candidates for each workload; the last number is more than there are. */
static const uint32_t widths[] = { 3, 8, UINT32_MAX };

enum { NODES_NARROW = 200, TRIES_MAX = 4 };

static bool place_in(struct hk_places *t, const struct hk_rest *rest, uint32_t b)
{
	struct hk_solve_options options = { .node_limit = NODES_NARROW, .memory_limit = t->options->memory_limit, .interrupt = t->options->interrupt };
	HK_AUTO_ERR struct hk_err trouble = HK_ERR_INIT;
	struct hk_solution solution;
	bool found;

	if (hk_solve_any(&rest->problem, &options, &solution, &trouble) != 0)
		return false;
	found = solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE;
	if (found) {
		hk_block_solution_init(&t->blocks[b], &t->problem.blocks[b], &t->arena);
		hk_block_solution_copy(&t->blocks[b], &solution.blocks[0], &t->problem.blocks[b]);
		for (size_t i = 0; i < solution.n_nodes; i++)
			hk_vec_push(&t->shares, hk_rest_share(rest, b, solution.nodes[i]));
	}
	hk_solution_release(&solution);
	return found;
}

/* Keep room for those who come later and have nowhere else to go. */
static bool reserve(const struct hk_places *t, uint32_t block, struct hk_problem *rest)
{
	size_t resources = rest->model->n_resources;
	bool any = false;

	for (uint32_t b = 0; b < t->whole->n_blocks; b++)
		for (uint32_t w = 0; b != block && t->wanted[b] && !t->placed[b] && w < t->whole->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &t->whole->blocks[b].workloads[w];

			if (placed->n_candidates != 1)
				continue;
			any = true;
			for (size_t r = 0; r < resources; r++) {
				double *left = &rest->capacity[placed->candidates[0].cluster * resources + r];

				*left = fmax(0, *left - placed->least * placed->request[r]);
			}
		}
	return any;
}

static bool place_narrow(struct hk_places *t, uint32_t b, uint32_t width, bool *reserved, bool *narrower)
{
	const struct hk_rest_others others = { t->blocks, t->placed, t->shares.v, t->shares.n };
	struct hk_block narrow;
	struct hk_rest rest;

	t->problem.blocks[b] = t->whole->blocks[b];
	hk_rest_open(&rest, &t->problem, b, &others);
	*reserved = *reserved && reserve(t, b, &rest.problem);
	*narrower = hk_block_narrow(&rest.problem, 0, width, &narrow, &t->arena);
	rest.problem.blocks = t->problem.blocks + b;
	t->problem.blocks[b] = narrow;
	t->placed[b] = place_in(t, &rest, b);
	hk_rest_close(&rest);
	return t->placed[b];
}

static bool place(struct hk_places *t, uint32_t b)
{
	for (int pass = 0; pass < 2; pass++) {
		bool reserved = pass == 0, narrower = true;

		for (size_t i = 0; i < HK_COUNT(widths) && narrower; i++) {
			/* the widest is as large as the whole question */
			if (i + 1 == HK_COUNT(widths) && t->whole->n_blocks == 1)
				break;
			if (place_narrow(t, b, widths[i], &reserved, &narrower))
				return true;
		}
		if (!reserved)
			break;
	}
	return false;
}

/* In this order; position of the one without a place, n when all have one. */
static uint32_t fill(struct hk_places *t, const uint32_t *order, uint32_t n)
{
	uint32_t i = 0;

	t->shares.n = 0;
	memset(t->placed, 0, t->whole->n_blocks * sizeof *t->placed);
	while (i < n && place(t, order[i]))
		i++;
	return i;
}

/* Who finds no room goes first next time. */
static bool fill_in_orders(struct hk_places *t, uint32_t *order, uint32_t n)
{
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		uint32_t stuck = fill(t, order, n), late;

		if (stuck == n)
			return true;
		if (stuck == 0)
			return false;
		late = order[stuck];
		memmove(order + 1, order, stuck * sizeof *order);
		order[0] = late;
	}
	return false;
}

struct hk_places *hk_places_open(const struct hk_problem *problem, const struct hk_solve_options *options)
{
	struct hk_places *t = hk_calloc(1, sizeof *t);

	*t = (struct hk_places){ .problem = *problem, .whole = problem, .options = options };
	t->problem.blocks = hk_arena_array(&t->arena, (size_t)problem->n_blocks + 1, sizeof *t->problem.blocks);
	t->blocks = hk_arena_array(&t->arena, (size_t)problem->n_blocks + 1, sizeof *t->blocks);
	t->placed = hk_arena_array(&t->arena, (size_t)problem->n_blocks + 1, sizeof *t->placed);
	t->wanted = hk_arena_array(&t->arena, (size_t)problem->n_blocks + 1, sizeof *t->wanted);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		t->problem.blocks[b] = problem->blocks[b];
	return t;
}

void hk_places_close(struct hk_places *places)
{
	hk_vec_release(&places->shares);
	hk_arena_release(&places->arena);
	free(places);
}

bool hk_places_add(struct hk_places *places, uint32_t block)
{
	struct hk_block before = places->problem.blocks[block];

	places->wanted[block] = place(places, block);
	if (!places->wanted[block])
		places->problem.blocks[block] = before;
	return places->wanted[block];
}

bool hk_places_add_anew(struct hk_places *places, uint32_t block)
{
	uint32_t n = places->whole->n_blocks, *order = hk_calloc((size_t)n + 1, sizeof *order), count = 0;
	struct hk_block *narrow = hk_calloc((size_t)n + 1, sizeof *narrow);
	struct hk_block_solution *blocks = hk_calloc((size_t)n + 1, sizeof *blocks);
	bool *placed = hk_calloc((size_t)n + 1, sizeof *placed);
	HK_VEC(struct hk_node_share) shares = { 0 };
	bool found;

	order[count++] = block;
	for (uint32_t b = 0; b < n; b++)
		if (places->placed[b])
			order[count++] = b;
	memcpy(narrow, places->problem.blocks, n * sizeof *narrow);
	memcpy(blocks, places->blocks, n * sizeof *blocks);
	memcpy(placed, places->placed, n * sizeof *placed);
	for (size_t i = 0; i < places->shares.n; i++)
		hk_vec_push(&shares, places->shares.v[i]);
	places->wanted[block] = true;
	found = fill_in_orders(places, order, count);
	if (!found) {
		places->wanted[block] = false;
		memcpy(places->problem.blocks, narrow, n * sizeof *narrow);
		memcpy(places->blocks, blocks, n * sizeof *blocks);
		memcpy(places->placed, placed, n * sizeof *placed);
		places->shares.n = 0;
		for (size_t i = 0; i < shares.n; i++)
			hk_vec_push(&places->shares, shares.v[i]);
	}
	hk_vec_release(&shares);
	hk_cleanup_free(&placed);
	hk_cleanup_free(&blocks);
	hk_cleanup_free(&narrow);
	hk_cleanup_free(&order);
	return found;
}

bool hk_problem_try(const struct hk_problem *problem, const struct hk_solve_options *options)
{
	struct hk_places *t = hk_places_open(problem, options);
	uint32_t *order = hk_arena_array(&t->arena, (size_t)problem->n_blocks + 1, sizeof *order);
	bool found;

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		order[b] = b;
		t->wanted[b] = true;
	}
	found = fill_in_orders(t, order, problem->n_blocks);
	hk_places_close(t);
	return found;
}
