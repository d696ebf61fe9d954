/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filling node by node instead of item by item: each node gets the mix that suits what it has left in every resource, and equal nodes get the same mix as long
 * as there is enough of everything in it. Meets tight packings with several resources that first fit misses (Panigrahy, Talwar, Uyeda, Wieder: Heuristics for
 * vector bin packing, 2011).
 */
#include "place/pack_internal.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* Attempts with each rule before giving up; the work limit usually comes first or not at all. */
#define TRIES_MAX 50u
/* Looks at a replica while mending: a tenth of a second. */
#define MEND_WORK 20000000u

enum rule { DOT_PRODUCT, NEAREST, EVEN, BY_SIZE, RULES };
/* A mix is used on 1/part of the nodes it could be used on before it is made anew. */
struct mix_try { enum rule rule; uint32_t part; uint64_t seed; };

struct mix {
	struct hk_pack *pack;
	struct hk_pack_runs *runs;
	uint32_t *demand;
	double *left, *weight;        /* per resource: of the node at hand; how scarce it is */
	uint32_t *count;              /* on the node at hand */
	double *favour;               /* per part: factor on its score */
	const struct mix_try *how;
	uint64_t work;
};

/* Wanted over free, in what is still to be packed: the resource that will run out first weighs most. */
static void weigh(struct mix *m, uint32_t class_index, uint32_t nodes)
{
	const struct hk_pack *pack = m->pack;

	for (size_t r = 0; r < pack->n_resources; r++) {
		double wanted = 0, free = nodes * pack->classes[class_index].free[r];

		for (uint32_t i = 0; i < pack->n_parts; i++)
			wanted += m->demand[i] * pack->parts[i].request[r];
		for (uint32_t c = class_index + 1; c < pack->n_classes; c++)
			free += pack->classes[c].nodes * pack->classes[c].free[r];
		m->weight[r] = free > 0 ? wanted / (free * free) : 0;
	}
}

static double score(const struct mix *m, uint32_t i, double nodes)
{
	const struct hk_pack_part *part = &m->pack->parts[i];
	double dot = 0, away = 0, size = 0;

	for (size_t r = 0; r < m->pack->n_resources; r++) {
		double rest = m->left[r] - part->request[r];

		dot += m->weight[r] * part->request[r] * m->left[r];
		away -= m->weight[r] * rest * rest;
		size += m->weight[r] * part->request[r];
	}
	switch (m->how->rule) {
	case DOT_PRODUCT: return dot;
	case NEAREST: return away;
	/* What this node is behind its part of all that is left. */
	case EVEN: return size * (m->demand[i] / nodes - m->count[i]);
	case BY_SIZE:
	case RULES: break;
	}
	return size;
}

static bool may_add(const struct mix *m, uint32_t class_index, uint32_t i)
{
	const struct hk_pack_part *part = &m->pack->parts[i];

	if (m->count[i] >= m->demand[i] || m->count[i] >= part->cap || !m->pack->classes[class_index].accepts[i])
		return false;
	if (!hk_pack_fits(part->request, m->left, m->pack->n_resources))
		return false;
	for (uint32_t k = 0; k < part->apart.n; k++)
		if (m->count[part->apart.v[k]])
			return false;
	return true;
}

/* Fill one node; false when nothing goes on it. */
static bool fill_node(struct mix *m, uint32_t class_index, double nodes)
{
	const struct hk_pack *pack = m->pack;
	bool any = false;

	memcpy(m->left, pack->classes[class_index].free, pack->n_resources * sizeof *m->left);
	memset(m->count, 0, pack->n_parts * sizeof *m->count);
	for (;;) {
		uint32_t best = UINT32_MAX;
		double most = 0;

		for (uint32_t k = 0; k < pack->n_parts; k++) {
			uint32_t i = pack->by_size[k];
			double value;

			if (!may_add(m, class_index, i))
				continue;
			value = score(m, i, nodes) * m->favour[i];
			m->work++;
			if (best == UINT32_MAX || value > most) {
				best = i;
				most = value;
			}
		}
		if (best == UINT32_MAX)
			return any;
		/* Something that takes nothing goes on at once. */
		uint32_t add = pack->parts[best].size > 0 ? 1 : m->demand[best] - m->count[best];

		add = add < pack->parts[best].cap - m->count[best] ? add : pack->parts[best].cap - m->count[best];
		m->count[best] += add;
		for (size_t r = 0; r < pack->n_resources; r++)
			m->left[r] -= add * pack->parts[best].request[r];
		any = true;
	}
}

static void use(struct mix *m, uint32_t class_index, uint32_t times)
{
	struct hk_pack_run *run = hk_pack_run_add(m->pack, m->runs, class_index, times);

	run->left = hk_arena_array(&m->pack->scratch, m->pack->n_resources, sizeof *run->left);
	memcpy(run->left, m->left, m->pack->n_resources * sizeof *run->left);
	for (uint32_t i = 0; i < m->pack->n_parts; i++)
		if (m->count[i]) {
			hk_pack_run_put(m->pack, run, i, m->count[i]);
			m->demand[i] -= times * m->count[i];
		}
}

/* On how many nodes the mix is used before a new one is made: part of those it could be used on, as the best mix changes with what is left. */
static uint32_t times_of(const struct mix *m, uint32_t nodes, uint32_t part)
{
	uint32_t times = nodes;

	for (uint32_t i = 0; i < m->pack->n_parts; i++)
		if (m->count[i] && m->demand[i] / m->count[i] < times)
			times = m->demand[i] / m->count[i];
	return times / part ? times / part : 1;
}

/* Other seeds give other mixes, the same ones each time. */
static void choose_favours(struct mix *m)
{
	struct hk_rng rng;

	hk_rng_seed(&rng, m->how->seed);
	for (uint32_t i = 0; i < m->pack->n_parts; i++)
		m->favour[i] = m->how->seed ? 0.7 + 0.6 * hk_rng_unit(&rng) : 1;
}

/* *missing: 0 when everything found a place, else how much did not. */
static void mix(struct hk_pack *pack, const uint32_t *demand, const struct mix_try *how, uint64_t *work, struct hk_pack_runs *runs, double *missing)
{
	struct hk_arena *arena = &pack->scratch;
	struct mix m = { .pack = pack, .runs = runs, .how = how };

	m.demand = hk_arena_array(arena, pack->n_parts, sizeof *m.demand);
	m.left = hk_arena_array(arena, pack->n_resources, sizeof *m.left);
	m.weight = hk_arena_array(arena, pack->n_resources, sizeof *m.weight);
	m.count = hk_arena_array(arena, pack->n_parts, sizeof *m.count);
	m.favour = hk_arena_array(arena, pack->n_parts, sizeof *m.favour);
	memcpy(m.demand, demand, pack->n_parts * sizeof *demand);
	choose_favours(&m);
	for (uint32_t c = 0; c < pack->n_classes; c++) {
		uint32_t nodes = pack->classes[c].nodes, all = nodes;

		for (uint32_t later = c + 1; later < pack->n_classes; later++)
			all = all < UINT32_MAX - pack->classes[later].nodes ? all + pack->classes[later].nodes : UINT32_MAX;
		while (nodes) {
			uint32_t times;

			weigh(&m, c, nodes);
			if (!fill_node(&m, c, all)) {
				use(&m, c, nodes);
				break;
			}
			times = times_of(&m, nodes, how->part);
			use(&m, c, times);
			nodes -= times;
			all -= times;
		}
	}
	*work -= m.work < *work ? m.work : *work;
	*missing = 0;
	for (uint32_t i = 0; i < pack->n_parts; i++)
		*missing += m.demand[i] * (pack->parts[i].size + 1e-9);
}

bool hk_pack_mix(struct hk_pack *pack, const uint32_t *demand, uint64_t work, struct hk_pack_runs *runs)
{
	static const uint32_t parts[] = { 1, 4, 16 };
	struct mix_try best = { .part = 0 };
	double least = INFINITY, missing;

	for (uint64_t seed = 0; work && !pack->any_needs && seed < TRIES_MAX; seed++) {
		for (unsigned k = 0; k < 3 * RULES && work; k++) {
			struct mix_try how = { (enum rule)(k % RULES), parts[k / RULES], seed };

			hk_arena_reset(&pack->scratch);
			*runs = (struct hk_pack_runs){ 0 };
			mix(pack, demand, &how, &work, runs, &missing);
			if (missing == 0)
				return true;
			if (missing < least) {
				least = missing;
				best = how;
			}
		}
	}
	if (best.part == 0)
		return false;
	hk_arena_reset(&pack->scratch);
	*runs = (struct hk_pack_runs){ 0 };
	mix(pack, demand, &best, &work, runs, &missing);
	return hk_pack_mend(pack, demand, MEND_WORK, runs);
}
