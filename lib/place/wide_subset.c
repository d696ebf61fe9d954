/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/wide_subset.h"

#include <string.h>

/* Position here of each candidate there, HK_NO_INDEX when left out. */
struct positions { uint32_t **of; };

static void take_candidates(struct wide_subset *s, uint32_t part, const struct hk_block *from, bool **keep, struct positions *positions)
{
	struct hk_block *block = &s->blocks[part];
	uint32_t **candidate = s->candidate[part] = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *candidate);

	block->workloads = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *block->workloads);
	positions->of = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *positions->of);
	for (uint32_t w = 0; w < from->n_workloads; w++) {
		const struct hk_place_workload *old = &from->workloads[w];
		struct hk_place_workload *new = &block->workloads[w];

		*new = *old;
		new->n_candidates = 0;
		new->candidates = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof *new->candidates);
		new->previous = old->previous ? hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof *new->previous) : NULL;
		candidate[w] = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof **candidate);
		positions->of[w] = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof **positions->of);
		for (uint32_t c = 0; c < old->n_candidates; c++) {
			positions->of[w][c] = HK_NO_INDEX;
			if (!keep[w][c])
				continue;
			positions->of[w][c] = new->n_candidates;
			if (old->previous)
				new->previous[new->n_candidates] = old->previous[c];
			candidate[w][new->n_candidates] = c;
			new->candidates[new->n_candidates++] = old->candidates[c];
		}
		s->broken = s->broken || new->n_candidates == 0;
	}
}

/* Replicas that leave a candidate which is not in the subset move for sure. */
static void count_moves(struct hk_block *block, const struct hk_block *from, bool **keep)
{
	for (uint32_t w = 0; w < from->n_workloads; w++)
		for (uint32_t c = 0; from->workloads[w].previous && c < from->workloads[w].n_candidates; c++)
			if (!keep[w][c])
				block->fixed_cost += from->workloads[w].previous[c] * from->workloads[w].move_cost;
}

static void take_arcs(struct wide_subset *s, uint32_t part, const struct hk_block *from, const struct positions *positions)
{
	struct hk_block *block = &s->blocks[part];

	block->edges = hk_arena_array(&s->arena, (size_t)from->n_edges + 1, sizeof *block->edges);
	s->arc[part] = hk_arena_array(&s->arena, (size_t)from->n_edges + 1, sizeof *s->arc[part]);
	for (uint32_t e = 0; e < from->n_edges; e++) {
		const struct hk_edge *old = &from->edges[e];
		struct hk_edge *new = &block->edges[e];
		uint32_t room = 0, n = 0;

		*new = *old;
		for (int pass = 0; pass < 2; pass++) {
			for (uint32_t a = n = 0; a < old->n_arcs; a++) {
				uint32_t to = old->to_kind == HK_END_FIXED ? old->arcs[a].to : positions->of[old->to][old->arcs[a].to];
				uint32_t origin = old->from_kind == HK_END_FIXED ? old->arcs[a].from : positions->of[old->from][old->arcs[a].from];

				if (to == HK_NO_INDEX || origin == HK_NO_INDEX)
					continue;
				if (pass == 1) {
					new->arcs[n] = old->arcs[a];
					new->arcs[n].from = origin;
					new->arcs[n].to = to;
					s->arc[part][e][n] = a;
				}
				n++;
			}
			if (pass == 0) {
				room = n;
				new->arcs = hk_arena_array(&s->arena, (size_t)room + 1, sizeof *new->arcs);
				s->arc[part][e] = hk_arena_array(&s->arena, (size_t)room + 1, sizeof **s->arc[part]);
			}
		}
		new->n_arcs = n;
		s->broken = s->broken || n == 0;
	}
}

/* Part of the subset that a block is, HK_NO_INDEX when it is not in it. */
static uint32_t part_of(const struct wide_subset *s, uint32_t block)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->from[i] == block)
			return i;
	return HK_NO_INDEX;
}

/* Replicas of another pipeline, as they are. */
static uint32_t count_elsewhere(const struct wide_surroundings *around, struct hk_count count)
{
	const struct hk_block_solution *other = around->others[count.block];

	return other ? other->replicas[count.workload][count.candidate] : 0;
}

/* A cut in the numbers of the subset: counts left out are 0, those of others are what they are. */
static void take_linear(struct wide_subset *s, const struct hk_linear_cut *cut, const struct positions *positions, const struct wide_surroundings *around)
{
	struct hk_count *counts = NULL;
	double *values = NULL, rhs = cut->rhs;
	bool named = false;
	size_t n = 0;

	for (size_t i = 0; i < cut->n && !named; i++)
		named = part_of(s, cut->counts[i].block) != HK_NO_INDEX;
	if (!named)
		return;
	counts = hk_arena_array(&s->arena, cut->n + 1, sizeof *counts);
	values = hk_arena_array(&s->arena, cut->n + 1, sizeof *values);
	for (size_t i = 0; i < cut->n; i++) {
		uint32_t part = part_of(s, cut->counts[i].block), c;

		if (part == HK_NO_INDEX) {
			rhs -= cut->values[i] * count_elsewhere(around, cut->counts[i]);
			continue;
		}
		c = positions[part].of[cut->counts[i].workload][cut->counts[i].candidate];
		if (c == HK_NO_INDEX)
			continue;
		counts[n] = (struct hk_count){ part, cut->counts[i].workload, c };
		values[n++] = cut->values[i];
	}
	s->broken = s->broken || (n == 0 && rhs > 1e-9);
	if (n > 0)
		hk_cuts_linear(&s->cuts, cut->why, counts, values, n, rhs);
}

static void take_clause(struct wide_subset *s, const struct hk_clause *clause, const struct positions *positions, const struct wide_surroundings *around)
{
	struct hk_literal *literals;
	size_t n = 0;
	bool named = false;

	for (size_t i = 0; i < clause->n && !named; i++)
		named = part_of(s, clause->literals[i].count.block) != HK_NO_INDEX;
	if (!named)
		return;
	literals = hk_arena_array(&s->arena, clause->n + 1, sizeof *literals);
	for (size_t i = 0; i < clause->n; i++) {
		const struct hk_literal *old = &clause->literals[i];
		uint32_t part = part_of(s, old->count.block);
		uint32_t c = part != HK_NO_INDEX ? positions[part].of[old->count.workload][old->count.candidate] : HK_NO_INDEX;
		uint32_t value = part != HK_NO_INDEX ? 0 : count_elsewhere(around, old->count);

		if (c != HK_NO_INDEX)
			literals[n++] = (struct hk_literal){ { part, old->count.workload, c }, old->level, old->below };
		else if (old->below ? value < old->level : value >= old->level)
			return;
	}
	s->broken = s->broken || n == 0;
	if (n > 0)
		hk_cuts_clause(&s->cuts, clause->why, literals, n);
}

static void take_room(struct wide_subset *s, const struct hk_problem *problem, const struct wide_surroundings *around)
{
	size_t n = problem->model->n_clusters * problem->model->n_resources;

	s->model = *problem->model;
	s->model.links = hk_arena_array(&s->arena, s->model.n_links + 1, sizeof *s->model.links);
	for (size_t l = 0; l < s->model.n_links; l++) {
		s->model.links[l] = problem->model->links[l];
		s->model.links[l].bandwidth = around->bandwidth[l];
	}
	s->problem = *problem;
	s->problem.model = &s->model;
	s->problem.blocks = s->blocks;
	s->problem.n_blocks = s->n;
	s->problem.capacity = hk_arena_array(&s->arena, n + 1, sizeof *s->problem.capacity);
	if (n > 0)
		memcpy(s->problem.capacity, around->capacity, n * sizeof *around->capacity);
}

void hk_wide_subset_open(struct wide_subset *subset, const struct hk_problem *problem, const uint32_t *blocks, uint32_t n, bool ***keep,
			 const struct wide_surroundings *around)
{
	const struct hk_cuts *cuts = around->cuts;
	struct positions *positions;

	*subset = (struct wide_subset){ .n = n };
	subset->from = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *subset->from);
	subset->part = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *subset->part);
	subset->blocks = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *subset->blocks);
	subset->candidate = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *subset->candidate);
	subset->arc = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *subset->arc);
	positions = hk_arena_array(&subset->arena, (size_t)n + 1, sizeof *positions);
	for (uint32_t i = 0; i < n; i++) {
		const struct hk_block *from = &problem->blocks[blocks[i]];

		subset->from[i] = blocks[i];
		subset->part[i] = i;
		subset->blocks[i] = *from;
		take_candidates(subset, i, from, keep[i], &positions[i]);
		count_moves(&subset->blocks[i], from, keep[i]);
		take_arcs(subset, i, from, &positions[i]);
	}
	take_room(subset, problem, around);
	for (size_t i = 0; cuts && i < cuts->linear.n; i++)
		take_linear(subset, &cuts->linear.v[i], positions, around);
	for (size_t i = 0; cuts && i < cuts->clauses.n; i++)
		take_clause(subset, &cuts->clauses.v[i], positions, around);
	if (!subset->broken)
		hk_form_build(&subset->form, &subset->problem, subset->part, n, &subset->cuts);
}

void hk_wide_subset_close(struct wide_subset *subset)
{
	if (!subset->broken)
		hk_form_release(&subset->form);
	hk_cuts_release(&subset->cuts);
	hk_arena_release(&subset->arena);
}

void hk_wide_subset_expand(const struct wide_subset *subset, uint32_t part, const struct hk_block_solution *from, struct hk_block_solution *to)
{
	const struct hk_block *here = &subset->blocks[part];

	for (uint32_t w = 0; w < here->n_workloads; w++)
		for (uint32_t c = 0; c < here->workloads[w].n_candidates; c++) {
			to->replicas[w][subset->candidate[part][w][c]] = from->replicas[w][c];
			to->load[w][subset->candidate[part][w][c]] = from->load[w][c];
		}
	for (uint32_t e = 0; e < here->n_edges; e++)
		for (uint32_t a = 0; a < here->edges[e].n_arcs; a++)
			to->flow[e][subset->arc[part][e][a]] = from->flow[e][a];
}
