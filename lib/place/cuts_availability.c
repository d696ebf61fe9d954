/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts_availability.h"

#include "place/availability.h"
#include "place/domain.h"
#include "place/milp_form.h"

#include <math.h>
#include <string.h>

/* Sets of replicas are compared over all their splits onto nodes up to this many; beyond it only "some node is up" bounds them. */
enum { SPLIT_MAX = 10 };

/* One workload's candidates as the probability sees them. */
struct scene {
	struct hk_arena arena;
	const struct hk_problem *problem;
	const struct hk_place_workload *placed;
	uint32_t block, workload, n, need;
	uint32_t *domain;             /* per candidate: number of its failure domain, in order of appearance */
	uint32_t n_domains;
	double *domain_up;            /* per domain */
	bool *shares;                 /* per candidate: may its replicas share nodes? */
	uint32_t *nodes;              /* per candidate: nodes that accept it, where nodes are listed */
	uint32_t *most;
	double ***tails;              /* [candidate][replicas]: P(at least j up), made when first asked for */
	double *total, *within, *sum; /* distributions over 0..need */
};

/* P(at least j of these replicas up), j = 0..x, for one split onto nodes: counts[0..nodes-1]. Raises best[] where this split is better. */
static void try_split(const uint32_t *counts, uint32_t nodes, uint32_t x, double up, double *best)
{
	double chance[SPLIT_MAX + 1] = { 1 }, tail = 0;

	for (uint32_t i = 0, so_far = 0; i < nodes; i++) {
		so_far += counts[i];
		for (uint32_t k = so_far + 1; k-- > 0;)
			chance[k] = chance[k] * (1 - up) + (k >= counts[i] ? chance[k - counts[i]] * up : 0);
	}
	for (uint32_t j = x + 1; j-- > 0;) {
		tail += chance[j];
		best[j] = fmax(best[j], tail);
	}
}

/* One set of replicas being split: over at most `most_nodes` nodes, each up with the same probability. */
struct split { uint32_t counts[SPLIT_MAX + 1], x, most_nodes; double up, *best; };

/* All splits of what is left into parts of at most `largest`. Depth at most SPLIT_MAX. */
static void try_splits(struct split *split, uint32_t nodes, uint32_t left, uint32_t largest)
{
	if (left == 0)
		try_split(split->counts, nodes, split->x, split->up, split->best);
	for (uint32_t part = left < largest ? left : largest; part >= 1 && nodes < split->most_nodes; part--) {
		split->counts[nodes] = part;
		try_splits(split, nodes + 1, left - part, part);
	}
}

static void own_nodes_tail(uint32_t x, double up, double *tail)
{
	double *chance = hk_calloc((size_t)x + 1, sizeof *chance), sum = 0;

	chance[0] = 1;
	for (uint32_t i = 0; i < x; i++)
		for (uint32_t k = i + 2; k-- > 0;)
			chance[k] = chance[k] * (1 - up) + (k > 0 ? chance[k - 1] * up : 0);
	for (uint32_t j = x + 1; j-- > 0;)
		tail[j] = sum += chance[j];
	hk_cleanup_free(&chance);
}

/* Best chance, over all ways to share nodes, that at least j of x replicas are up while their domain is. */
static const double *tail_of(struct scene *s, uint32_t candidate, uint32_t x)
{
	double up = s->problem->model->clusters[s->placed->candidates[candidate].cluster].node_availability, *tail;

	if (s->tails[candidate][x])
		return s->tails[candidate][x];
	tail = hk_arena_array(&s->arena, (size_t)x + 1, sizeof *tail);
	s->tails[candidate][x] = tail;
	if (up < 1 && !s->shares[candidate]) {
		own_nodes_tail(x, up, tail);
	} else if (up < 1 && x <= SPLIT_MAX) {
		struct split split = { .x = x, .most_nodes = s->nodes[candidate], .up = up, .best = tail };

		try_splits(&split, 0, x, x);
	} else {
		for (uint32_t j = 1; j <= x; j++)
			tail[j] = 1 - pow(1 - up, x < s->nodes[candidate] ? x : s->nodes[candidate]);
	}
	tail[0] = 1;
	return tail;
}

/* into := distribution of the sum, everything from need on counted as need. */
static void add_independent(struct scene *s, double *into, const double *tail, uint32_t x)
{
	memset(s->sum, 0, ((size_t)s->need + 1) * sizeof *s->sum);
	for (uint32_t a = 0; a <= s->need; a++)
		for (uint32_t j = 0; into[a] > 0 && j <= x; j++) {
			double chance = j < x ? tail[j] - tail[j + 1] : tail[j];
			uint32_t both = a + j < s->need ? a + j : s->need;

			s->sum[both] += into[a] * chance;
		}
	memcpy(into, s->sum, ((size_t)s->need + 1) * sizeof *into);
}

/* Upper bound on P(at least need up): exact when no split onto nodes is better for one number of survivors and worse for another. */
static double best_case(struct scene *s, const uint32_t *replicas)
{
	memset(s->total, 0, ((size_t)s->need + 1) * sizeof *s->total);
	s->total[0] = 1;
	for (uint32_t d = 0; d < s->n_domains; d++) {
		double *tail = s->within;
		bool any = false;

		memset(s->within, 0, ((size_t)s->need + 1) * sizeof *s->within);
		s->within[0] = 1;
		for (uint32_t c = 0; c < s->n; c++) {
			if (s->domain[c] != d || replicas[c] == 0)
				continue;
			add_independent(s, s->within, tail_of(s, c, replicas[c]), replicas[c]);
			any = true;
		}
		if (!any)
			continue;
		for (uint32_t j = 0; j <= s->need; j++)
			s->within[j] = s->domain_up[d] * s->within[j] + (j == 0 ? 1 - s->domain_up[d] : 0);
		for (uint32_t j = s->need; j-- > 0;)
			tail[j] += tail[j + 1];
		add_independent(s, s->total, tail, s->need);
	}
	return s->total[s->need];
}

static bool misses(struct scene *s, const uint32_t *replicas)
{
	return best_case(s, replicas) < s->placed->availability * (1 - 1e-12);
}

static bool alone_on_nodes(const struct hk_workload *workload, uint32_t self)
{
	for (size_t i = 0; i < workload->n_apart; i++)
		if (workload->apart[i].with == self && workload->apart[i].required && workload->apart[i].level == HK_LEVEL_NODE)
			return true;
	return false;
}

/* On how many nodes the replicas can be spread at best. */
static uint32_t accepting_nodes(const struct hk_model *model, const struct hk_cluster *cluster, const struct hk_workload *workload)
{
	uint64_t nodes = 0;

	for (size_t g = 0; g < cluster->n_nodes; g++)
		if (hk_node_group_accepts(model, &cluster->nodes[g], workload))
			nodes += cluster->nodes[g].count;
	return cluster->unlimited || nodes > UINT32_MAX ? UINT32_MAX : (uint32_t)nodes;
}

static void open_scene(struct scene *s, const struct hk_problem *problem, uint32_t block, uint32_t workload)
{
	const struct hk_block *b = &problem->blocks[block];
	const struct hk_place_workload *placed = &b->workloads[workload];
	const struct hk_model *model = problem->model;
	uint32_t *of = hk_calloc(model->n_clusters + 1, sizeof *of);

	*s = (struct scene){ .problem = problem, .placed = placed, .block = block, .workload = workload, .n = placed->n_candidates, .need = placed->need };
	s->domain = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->domain);
	s->domain_up = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->domain_up);
	s->shares = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->shares);
	s->nodes = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->nodes);
	s->most = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->most);
	s->tails = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->tails);
	s->total = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->total);
	s->within = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->within);
	s->sum = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->sum);
	hk_domain_table(model, HK_LEVEL_FAILURE_DOMAIN, of);
	for (uint32_t c = 0; c < s->n; c++) {
		uint32_t cluster = placed->candidates[c].cluster, same = 0;

		while (same < c && of[placed->candidates[same].cluster] != of[cluster])
			same++;
		s->domain[c] = same < c ? s->domain[same] : s->n_domains++;
		s->domain_up[s->domain[c]] = hk_domain_availability(model, cluster);
		s->shares[c] = !model->clusters[cluster].unlimited && !alone_on_nodes(&model->pipelines[b->pipeline].workloads[placed->workload], placed->workload);
		s->nodes[c] = accepting_nodes(model, &model->clusters[cluster], &model->pipelines[b->pipeline].workloads[placed->workload]);
		s->most[c] = hk_form_most(problem, b, workload, c);
		s->tails[c] = hk_arena_array(&s->arena, (size_t)s->most[c] + 1, sizeof *s->tails[c]);
	}
	hk_cleanup_free(&of);
}

static void close_scene(struct scene *s)
{
	hk_arena_release(&s->arena);
}

/* sum of replicas outside the two domains >= need */
static bool cut_without(struct scene *s, struct hk_cuts *cuts, uint32_t first, uint32_t second)
{
	struct hk_count *counts = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *counts);
	double *values = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *values);
	size_t n = 0;

	for (uint32_t c = 0; c < s->n; c++) {
		if (s->domain[c] == first || s->domain[c] == second)
			continue;
		counts[n] = (struct hk_count){ s->block, s->workload, c };
		values[n++] = 1;
	}
	return hk_cuts_linear(cuts, "survive", counts, values, n, s->need);
}

void hk_cut_domains(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block)
{
	for (uint32_t w = 0; w < problem->blocks[block].n_workloads; w++) {
		struct scene s;
		double allowed = 1 - problem->blocks[block].workloads[w].availability;

		if (problem->blocks[block].workloads[w].availability <= 0)
			continue;
		open_scene(&s, problem, block, w);
		for (uint32_t d = 0; d < s.n_domains; d++)
			if (1 - s.domain_up[d] > allowed * (1 + 1e-9) + 1e-15)
				cut_without(&s, cuts, d, d);
		close_scene(&s);
	}
}

static uint32_t left_without(const struct scene *s, const uint32_t *replicas, uint32_t first, uint32_t second)
{
	uint32_t sum = 0;

	for (uint32_t c = 0; c < s->n; c++)
		if (s->domain[c] != first && s->domain[c] != second)
			sum += replicas[c];
	return sum;
}

/* Pairs of domains that fail together more often than allowed, where these counts do not survive it. */
static size_t cut_pairs(struct scene *s, struct hk_cuts *cuts, const uint32_t *replicas)
{
	double allowed = (1 - s->placed->availability) * (1 + 1e-9) + 1e-15;
	size_t added = 0;

	for (uint32_t a = 0; a < s->n_domains; a++)
		for (uint32_t b = a + 1; b < s->n_domains; b++)
			if ((1 - s->domain_up[a]) * (1 - s->domain_up[b]) > allowed && left_without(s, replicas, a, b) < s->need)
				added += cut_without(s, cuts, a, b);
	return added;
}

/* Raise the count of one candidate as far as the target is still missed. */
static void raise_count(struct scene *s, uint32_t *replicas, uint32_t c)
{
	uint32_t low = replicas[c], high = s->most[c];

	while (low < high) {
		replicas[c] = high - (high - low) / 2;
		if (misses(s, replicas))
			low = replicas[c];
		else
			high = replicas[c] - 1;
	}
	replicas[c] = low;
}

/* Whatever is nowhere above a largest set of counts that misses the target misses it too: one count has to be higher. */
static size_t cut_largest(struct scene *s, struct hk_cuts *cuts, const uint32_t *replicas, uint32_t turn)
{
	uint32_t *largest = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *largest);
	struct hk_literal *literals = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *literals);
	size_t n = 0;

	for (uint32_t c = 0; c < s->n; c++)
		largest[c] = replicas[c] < s->most[c] ? replicas[c] : s->most[c];
	for (uint32_t i = 0; i < s->n; i++)
		raise_count(s, largest, turn % 2 == 0 ? (i + turn / 2) % s->n : s->n - 1 - (i + turn / 2) % s->n);
	for (uint32_t c = 0; c < s->n; c++)
		if (largest[c] < s->most[c])
			literals[n++] = (struct hk_literal){ { s->block, s->workload, c }, largest[c] + 1, false };
	return hk_cuts_clause(cuts, "available", literals, n);
}

bool hk_cut_availability(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *replicas, size_t *added)
{
	struct scene s;
	bool missed;

	if (problem->blocks[block].workloads[workload].availability <= 0)
		return false;
	open_scene(&s, problem, block, workload);
	missed = misses(&s, replicas);
	if (missed) {
		size_t linear = cut_pairs(&s, cuts, replicas);

		for (uint32_t turn = 0; linear == 0 && turn < 4; turn++)
			*added += cut_largest(&s, cuts, replicas, turn);
		*added += linear;
	}
	close_scene(&s);
	return missed;
}
