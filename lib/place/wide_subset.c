/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/wide_subset.h"

#include <string.h>

/* Position here of each candidate there, HK_NO_INDEX when left out. */
struct positions { uint32_t **of; };

static void take_candidates(struct wide_subset *s, const struct hk_block *from, bool **keep, struct positions *positions)
{
	s->block.workloads = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *s->block.workloads);
	s->candidate = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *s->candidate);
	positions->of = hk_arena_array(&s->arena, (size_t)from->n_workloads + 1, sizeof *positions->of);
	for (uint32_t w = 0; w < from->n_workloads; w++) {
		const struct hk_place_workload *old = &from->workloads[w];
		struct hk_place_workload *new = &s->block.workloads[w];

		*new = *old;
		new->n_candidates = 0;
		new->candidates = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof *new->candidates);
		new->previous = old->previous ? hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof *new->previous) : NULL;
		s->candidate[w] = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof **s->candidate);
		positions->of[w] = hk_arena_array(&s->arena, (size_t)old->n_candidates + 1, sizeof **positions->of);
		for (uint32_t c = 0; c < old->n_candidates; c++) {
			positions->of[w][c] = HK_NO_INDEX;
			if (!keep[w][c])
				continue;
			positions->of[w][c] = new->n_candidates;
			if (old->previous)
				new->previous[new->n_candidates] = old->previous[c];
			s->candidate[w][new->n_candidates] = c;
			new->candidates[new->n_candidates++] = old->candidates[c];
		}
		s->broken = s->broken || new->n_candidates == 0;
	}
}

/* Replicas that leave a candidate which is not in the subset move for sure. */
static void count_moves(struct wide_subset *s, const struct hk_block *from, bool **keep)
{
	for (uint32_t w = 0; w < from->n_workloads; w++)
		for (uint32_t c = 0; from->workloads[w].previous && c < from->workloads[w].n_candidates; c++)
			if (!keep[w][c])
				s->block.fixed_cost += from->workloads[w].previous[c] * from->workloads[w].move_cost;
}

static void take_arcs(struct wide_subset *s, const struct hk_block *from, const struct positions *positions)
{
	s->block.edges = hk_arena_array(&s->arena, (size_t)from->n_edges + 1, sizeof *s->block.edges);
	s->arc = hk_arena_array(&s->arena, (size_t)from->n_edges + 1, sizeof *s->arc);
	for (uint32_t e = 0; e < from->n_edges; e++) {
		const struct hk_edge *old = &from->edges[e];
		struct hk_edge *new = &s->block.edges[e];
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
					s->arc[e][n] = a;
				}
				n++;
			}
			if (pass == 0) {
				room = n;
				new->arcs = hk_arena_array(&s->arena, (size_t)room + 1, sizeof *new->arcs);
				s->arc[e] = hk_arena_array(&s->arena, (size_t)room + 1, sizeof **s->arc);
			}
		}
		new->n_arcs = n;
		s->broken = s->broken || n == 0;
	}
}

/* Replicas of another pipeline, as they are. */
static uint32_t count_elsewhere(const struct wide_surroundings *around, struct hk_count count)
{
	const struct hk_block_solution *other = around->others[count.block];

	return other ? other->replicas[count.workload][count.candidate] : 0;
}

static bool names_block(const struct hk_count *counts, size_t n, uint32_t block)
{
	for (size_t i = 0; i < n; i++)
		if (counts[i].block == block)
			return true;
	return false;
}

/* A cut in the numbers of the subset: counts left out are 0, those of others are what they are. */
static void take_linear(struct wide_subset *s, const struct hk_linear_cut *cut, const struct positions *positions, const struct wide_surroundings *around)
{
	struct hk_count *counts;
	double *values, rhs = cut->rhs;
	size_t n = 0;

	if (!names_block(cut->counts, cut->n, s->from))
		return;
	counts = hk_arena_array(&s->arena, cut->n + 1, sizeof *counts);
	values = hk_arena_array(&s->arena, cut->n + 1, sizeof *values);
	for (size_t i = 0; i < cut->n; i++) {
		uint32_t c;

		if (cut->counts[i].block != s->from) {
			rhs -= cut->values[i] * count_elsewhere(around, cut->counts[i]);
			continue;
		}
		c = positions->of[cut->counts[i].workload][cut->counts[i].candidate];
		if (c == HK_NO_INDEX)
			continue;
		counts[n] = (struct hk_count){ 0, cut->counts[i].workload, c };
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
		named = clause->literals[i].count.block == s->from;
	if (!named)
		return;
	literals = hk_arena_array(&s->arena, clause->n + 1, sizeof *literals);
	for (size_t i = 0; i < clause->n; i++) {
		const struct hk_literal *old = &clause->literals[i];
		bool here = old->count.block == s->from;
		uint32_t c = here ? positions->of[old->count.workload][old->count.candidate] : HK_NO_INDEX, value = here ? 0 : count_elsewhere(around, old->count);

		if (c != HK_NO_INDEX)
			literals[n++] = (struct hk_literal){ { 0, old->count.workload, c }, old->level, old->below };
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
	s->problem.blocks = &s->block;
	s->problem.n_blocks = 1;
	s->problem.capacity = hk_arena_array(&s->arena, n + 1, sizeof *s->problem.capacity);
	if (n > 0)
		memcpy(s->problem.capacity, around->capacity, n * sizeof *around->capacity);
}

void hk_wide_subset_open(struct wide_subset *subset, const struct hk_problem *problem, uint32_t block, bool **keep, const struct wide_surroundings *around)
{
	static const uint32_t only = 0;
	const struct hk_block *from = &problem->blocks[block];
	const struct hk_cuts *cuts = around->cuts;
	struct positions positions;

	*subset = (struct wide_subset){ .from = block, .block = *from };
	take_candidates(subset, from, keep, &positions);
	count_moves(subset, from, keep);
	take_arcs(subset, from, &positions);
	take_room(subset, problem, around);
	for (size_t i = 0; cuts && i < cuts->linear.n; i++)
		take_linear(subset, &cuts->linear.v[i], &positions, around);
	for (size_t i = 0; cuts && i < cuts->clauses.n; i++)
		take_clause(subset, &cuts->clauses.v[i], &positions, around);
	if (!subset->broken)
		hk_form_build(&subset->form, &subset->problem, &only, 1, &subset->cuts);
}

void hk_wide_subset_close(struct wide_subset *subset)
{
	if (!subset->broken)
		hk_form_release(&subset->form);
	hk_cuts_release(&subset->cuts);
	hk_arena_release(&subset->arena);
}

void hk_wide_subset_expand(const struct wide_subset *subset, const struct hk_block_solution *from, struct hk_block_solution *to)
{
	const struct hk_block *here = &subset->block;

	for (uint32_t w = 0; w < here->n_workloads; w++)
		for (uint32_t c = 0; c < here->workloads[w].n_candidates; c++) {
			to->replicas[w][subset->candidate[w][c]] = from->replicas[w][c];
			to->load[w][subset->candidate[w][c]] = from->load[w][c];
		}
	for (uint32_t e = 0; e < here->n_edges; e++)
		for (uint32_t a = 0; a < here->edges[e].n_arcs; a++)
			to->flow[e][subset->arc[e][a]] = from->flow[e][a];
}
