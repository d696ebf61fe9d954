/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts_availability.h"

#include "place/scene.h"

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

/* Raise the count of one candidate as far as the target is still missed. */
static void raise_count(struct hk_scene *s, uint32_t *replicas, uint32_t c)
{
	uint32_t low = replicas[c], high = s->most[c];

	while (low < high) {
		replicas[c] = high - (high - low) / 2;
		if (hk_scene_misses(s, replicas))
			low = replicas[c];
		else
			high = replicas[c] - 1;
	}
	replicas[c] = low;
}

/* Whatever is nowhere above a largest set of counts that misses the target misses it too: one count has to be higher. */
static size_t cut_largest(struct hk_scene *s, struct hk_cuts *cuts, const uint32_t *replicas, uint32_t turn)
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
	struct hk_scene s;
	bool missed;

	if (problem->blocks[block].workloads[workload].availability <= 0)
		return false;
	hk_scene_open(&s, problem, block, workload);
	missed = hk_scene_misses(&s, replicas);
	if (missed) {
		size_t linear = cut_pairs(&s, cuts, replicas);

		for (uint32_t turn = 0; linear == 0 && turn < 4; turn++)
			*added += cut_largest(&s, cuts, replicas, turn);
		*added += linear;
	}
	hk_scene_close(&s);
	return missed;
}
