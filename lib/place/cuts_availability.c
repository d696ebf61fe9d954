/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts_availability.h"

#include "place/scene.h"

#include <math.h>
#include <stdlib.h>

enum {
	DOMAINS_MAX = 12,             /* as pairs: so many binaries are half its square */
	ARCS_MAX = 1000,              /* of a pipeline whose model can afford them */
};

/* sum of replicas outside the two domains >= need */
static bool cut_without(struct hk_scene *s, struct hk_cuts *cuts, uint32_t first, uint32_t second)
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

/* A failure domain whose loss alone the target does not forgive, by what there is in it. */
struct risk { uint32_t domain; double down, replicas; };

static int by_replicas(const void *left, const void *right)
{
	const struct risk *a = left, *b = right;

	if (a->replicas != b->replicas)
		return a->replicas > b->replicas ? -1 : 1;
	if (a->down != b->down)
		return a->down > b->down ? -1 : 1;
	return (a->domain > b->domain) - (a->domain < b->domain);
}

/* The first n risks: weight * (sum of all - need) >= (n - 1) * (what is in them). */
static bool cut_several(struct hk_scene *s, struct hk_cuts *cuts, const struct risk *risks, uint32_t n, double weight)
{
	struct hk_count *counts = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *counts);
	double *values = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *values);

	for (uint32_t c = 0; c < s->n; c++) {
		counts[c] = (struct hk_count){ s->block, s->workload, c };
		values[c] = 1;
		for (uint32_t i = 0; i < n; i++)
			values[c] -= risks[i].domain == s->domain[c] ? (n - 1) / weight : 0;
	}
	return hk_cuts_linear(cuts, "several", counts, values, s->n, s->need);
}

/*
 * Each of n domains leaves enough when it is lost alone, so none holds more than what there is beyond need. "Exactly these two are down" are events that
 * exclude each other: the target forgives only so many pairs that leave too few, say m of them. Every other pair holds no more than the surplus, those m at
 * most twice as much, and over all pairs each domain counts n - 1 times: (n - 1) * (what is in them) <= (n (n - 1) / 2 + m) * surplus. Without counts: for the
 * domains that fail most; else for those that hold most, where the counts violate it.
 */
static size_t cut_risks(struct hk_scene *s, struct hk_cuts *cuts, const uint32_t *replicas)
{
	double allowed = (1 - s->placed->availability) * (1 + 1e-9) + 1e-15, none = 1, total = 0, held = 0, rarest = INFINITY, rare = INFINITY;
	struct risk *risks = hk_arena_array(&s->arena, (size_t)s->n_domains + 1, sizeof *risks);
	uint32_t n = 0;
	size_t added = 0;

	for (uint32_t d = 0; d < s->n_domains; d++) {
		none *= s->domain_up[d];
		if (1 - s->domain_up[d] > allowed && s->domain_up[d] > 0)
			risks[n++] = (struct risk){ d, 1 - s->domain_up[d], 0 };
	}
	for (uint32_t c = 0; replicas && c < s->n; c++) {
		total += replicas[c];
		for (uint32_t i = 0; i < n; i++)
			risks[i].replicas += risks[i].domain == s->domain[c] ? replicas[c] : 0;
	}
	if (n > 1)
		qsort(risks, n, sizeof *risks, by_replicas);
	for (uint32_t i = 0; i < n && none > 0; i++) {
		double odds = risks[i].down / (1 - risks[i].down), pairs = 0.5 * i * (i + 1), forgiven;

		rare = fmin(fmax(odds, rarest), rare);
		rarest = fmin(odds, rarest);
		held += risks[i].replicas;
		forgiven = i > 0 ? floor(allowed / (none * rarest * rare) * (1 + 1e-9)) : INFINITY;
		if (i < 2 || forgiven >= pairs || (!replicas && i + 1 < n && risks[i + 1].down >= risks[i].down))
			continue;
		if (!replicas || i * held > (pairs + forgiven) * (total - s->need) * (1 + 1e-9) + 1e-9)
			added += cut_several(s, cuts, risks, i + 1, pairs + forgiven);
	}
	return added;
}

void hk_cut_domains(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block)
{
	for (uint32_t w = 0; w < problem->blocks[block].n_workloads; w++) {
		struct hk_scene s;
		double allowed = 1 - problem->blocks[block].workloads[w].availability;

		if (problem->blocks[block].workloads[w].availability <= 0)
			continue;
		hk_scene_open(&s, problem, block, w);
		for (uint32_t d = 0; d < s.n_domains; d++)
			if (1 - s.domain_up[d] > allowed * (1 + 1e-9) + 1e-15)
				cut_without(&s, cuts, d, d);
		cut_risks(&s, cuts, NULL);
		hk_scene_close(&s);
	}
}

static uint32_t left_without(const struct hk_scene *s, const uint32_t *replicas, uint32_t first, uint32_t second)
{
	uint32_t sum = 0;

	for (uint32_t c = 0; c < s->n; c++)
		if (s->domain[c] != first && s->domain[c] != second)
			sum += replicas[c];
	return sum;
}

/* Pairs of domains that fail together more often than allowed, where these counts do not survive it. */
static size_t cut_pairs(struct hk_scene *s, struct hk_cuts *cuts, const uint32_t *replicas)
{
	double allowed = (1 - s->placed->availability) * (1 + 1e-9) + 1e-15;
	size_t added = 0;

	for (uint32_t a = 0; a < s->n_domains; a++)
		for (uint32_t b = a + 1; b < s->n_domains; b++)
			if ((1 - s->domain_up[a]) * (1 - s->domain_up[b]) > allowed && left_without(s, replicas, a, b) < s->need)
				added += cut_without(s, cuts, a, b);
	return added;
}

/* Whatever is nowhere above a largest set of counts that misses the target misses it too: one count has to be higher. */
static size_t cut_largest(struct hk_scene *s, struct hk_cuts *cuts, const uint32_t *replicas, uint32_t turn)
{
	uint32_t *largest = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *largest);
	struct hk_literal *literals = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *literals);
	size_t n = 0;

	for (uint32_t c = 0; c < s->n; c++)
		largest[c] = replicas[c] < s->most[c] ? replicas[c] : s->most[c];
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t c = turn % 2 == 0 ? (i + turn / 2) % s->n : s->n - 1 - (i + turn / 2) % s->n;

		hk_scene_raise_one(s, largest, c, s->most[c]);
	}
	for (uint32_t c = 0; c < s->n; c++)
		if (largest[c] < s->most[c])
			literals[n++] = (struct hk_literal){ { s->block, s->workload, c }, largest[c] + 1, false };
	return hk_cuts_clause(cuts, "available", literals, n);
}

static int by_number(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static bool affords_pairs(const struct hk_scene *s)
{
	const struct hk_block *b = &s->problem->blocks[s->block];
	size_t arcs = 0;

	for (uint32_t e = 0; e < b->n_edges; e++)
		arcs += b->edges[e].n_arcs;
	return arcs <= ARCS_MAX;
}

/* The domains it relies on most, or all of them when they are few, as pairs that the model decides about. */
static bool cut_forgiven(struct hk_scene *s, struct hk_cuts *cuts, const uint32_t *replicas)
{
	const struct hk_pairs_cut *before = hk_cuts_pairs_of(cuts, s->block, s->workload);
	uint32_t *first = hk_arena_array(&s->arena, (size_t)s->n_domains + 1, sizeof *first),
	    *chosen = hk_arena_array(&s->arena, (size_t)s->n_domains + 1, sizeof *chosen), room = DOMAINS_MAX, n = 0;
	struct risk *risks = hk_arena_array(&s->arena, (size_t)s->n_domains + 1, sizeof *risks);

	for (uint32_t c = s->n; c-- > 0;) {
		risks[s->domain[c]].replicas += replicas[c];
		first[s->domain[c]] = c;
	}
	for (uint32_t d = 0; d < s->n_domains; d++) {
		risks[d].domain = d;
		risks[d].down = 1 - s->domain_up[d];
	}
	for (uint32_t i = 0; before && i < before->n; i++) {
		risks[s->domain[before->candidates[i]]].domain = HK_NO_INDEX;
		room -= room > 0;
	}
	if (s->n_domains > 1)
		qsort(risks, s->n_domains, sizeof *risks, by_replicas);
	for (uint32_t d = 0; d < s->n_domains && n < room; d++)
		if (risks[d].domain != HK_NO_INDEX && (risks[d].replicas > 0 || s->n_domains <= DOMAINS_MAX))
			chosen[n++] = first[risks[d].domain];
	if (n > 1)
		qsort(chosen, n, sizeof *chosen, by_number);
	return n > 0 && hk_cuts_pairs(cuts, s->block, s->workload, chosen, n);
}

bool hk_cut_forgiven(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *replicas)
{
	struct hk_scene s;
	bool added;

	hk_scene_open(&s, problem, block, workload);
	added = affords_pairs(&s) && cut_forgiven(&s, cuts, replicas);
	hk_scene_close(&s);
	return added;
}

bool hk_cut_availability(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *replicas, bool pairs,
			 size_t *added)
{
	struct hk_scene s;
	bool missed;

	if (problem->blocks[block].workloads[workload].availability <= 0)
		return false;
	hk_scene_open(&s, problem, block, workload);
	missed = hk_scene_misses(&s, replicas);
	if (missed) {
		size_t linear = cut_pairs(&s, cuts, replicas);

		linear += cut_risks(&s, cuts, replicas);
		if (pairs && affords_pairs(&s))
			*added += cut_forgiven(&s, cuts, replicas);
		for (uint32_t turn = 0; linear == 0 && turn < 4; turn++)
			*added += cut_largest(&s, cuts, replicas, turn);
		*added += linear;
	}
	hk_scene_close(&s);
	return missed;
}
