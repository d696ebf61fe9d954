/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts of a workload that several edges enter. With a need of one replica: the ways to divide the edges among clusters, each of which then needs a replica.
 * Otherwise cluster by cluster: what the next replica there can earn from all edges together, which falls with every replica, so taking the best ones first is
 * exact.
 */
#include "place/wide_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS_MAX = 4 };              /* whose divisions are enumerated */

/* The two best candidates for a set of edges, in different domains. */
struct two { double value[2]; uint32_t candidate[2]; };

struct division {
	const struct hk_wide *wide;
	const struct wide_block *block;
	const struct wide_workload *w;
	struct two sets[1 << INPUTS_MAX];     /* [0]: no edge, a replica on standby */
	double least;
	uint32_t group[INPUTS_MAX], n_groups;          /* of the best division: group of each edge */
	uint32_t place[INPUTS_MAX + 1], n_places;      /* its clusters, standby last */
};

static uint32_t domain_key(const struct wide_workload *w, uint32_t c)
{
	return w->domain[c] != HK_NO_INDEX ? w->domain[c] : w->cluster[c];
}

static void offer(const struct wide_workload *w, struct two *two, double value, uint32_t c)
{
	if (value < two->value[0]) {
		if (two->candidate[0] == HK_NO_INDEX || domain_key(w, two->candidate[0]) != domain_key(w, c)) {
			two->value[1] = two->value[0];
			two->candidate[1] = two->candidate[0];
		}
		two->value[0] = value;
		two->candidate[0] = c;
	} else if (value < two->value[1] && domain_key(w, two->candidate[0]) != domain_key(w, c)) {
		two->value[1] = value;
		two->candidate[1] = c;
	}
}

static void rank_sets(struct division *d)
{
	uint32_t sets = 1u << d->w->n_inputs;

	for (uint32_t s = 0; s < sets; s++) {
		d->sets[s] = (struct two){ { INFINITY, INFINITY }, { HK_NO_INDEX, HK_NO_INDEX } };
		for (uint32_t c = 0; c < d->w->n; c++) {
			double value = d->w->replica[c];

			for (uint32_t k = 0; k < d->w->n_inputs; k++)
				if (s >> k & 1)
					value -= d->wide->price[d->block->edges[d->w->inputs[k]].slot + c];
			if (d->w->most[c] > 0)
				offer(d->w, &d->sets[s], value, c);
		}
	}
}

static void take(struct division *d, double value, const uint32_t *group, uint32_t n_groups, const uint32_t *place, uint32_t n_places)
{
	if (!(value < d->least))
		return;
	d->least = value;
	d->n_groups = n_groups;
	d->n_places = n_places;
	memcpy(d->group, group, d->w->n_inputs * sizeof *group);
	memcpy(d->place, place, n_places * sizeof *place);
}

/* All edges in one cluster; with one more elsewhere when its domain may fail. */
static void try_one(struct division *d, const uint32_t *group)
{
	const struct two *standby = &d->sets[0];

	for (uint32_t c = 0; c < d->w->n; c++) {
		double value = d->w->replica[c];
		uint32_t place[2] = { c, standby->candidate[0] };
		bool more = d->w->least > 1 || (d->w->survives && d->w->domain[c] != HK_NO_INDEX);

		for (uint32_t k = 0; k < d->w->n_inputs; k++)
			value -= d->wide->price[d->block->edges[d->w->inputs[k]].slot + c];
		if (d->w->most[c] == 0)
			continue;
		if (!(d->w->survives && d->w->domain[c] != HK_NO_INDEX) || domain_key(d->w, place[1]) != domain_key(d->w, c)) {
			take(d, value + (more ? standby->value[0] : 0), group, 1, place, more ? 2 : 1);
			continue;
		}
		place[1] = standby->candidate[1];
		take(d, value + standby->value[1], group, 1, place, 2);
	}
}

static void try_two(struct division *d, const uint32_t *group, const uint32_t *set)
{
	const struct two *a = &d->sets[set[0]], *b = &d->sets[set[1]];

	for (uint32_t i = 0; i < 2; i++)
		for (uint32_t k = 0; i + k < 2; k++) {
			uint32_t place[2] = { a->candidate[i], b->candidate[k] };

			if (place[0] != HK_NO_INDEX && place[1] != HK_NO_INDEX && domain_key(d->w, place[0]) != domain_key(d->w, place[1]))
				take(d, a->value[i] + b->value[k], group, 2, place, 2);
		}
	/* two clusters that fail together, and a third one */
	if (a->candidate[0] != b->candidate[0] && domain_key(d->w, a->candidate[0]) == domain_key(d->w, b->candidate[0])) {
		const struct two *standby = &d->sets[0];
		bool apart = domain_key(d->w, standby->candidate[0]) != domain_key(d->w, a->candidate[0]);
		uint32_t place[3] = { a->candidate[0], b->candidate[0], standby->candidate[apart ? 0 : 1] };

		take(d, a->value[0] + b->value[0] + standby->value[apart ? 0 : 1], group, 2, place, 3);
	}
}

/* Divisions as strings of group numbers, each at most one above those before. */
static void divide(struct division *d, uint32_t *group, uint32_t edge, uint32_t n_groups)
{
	uint32_t set[INPUTS_MAX] = { 0 }, place[INPUTS_MAX];
	double value = 0;

	if (edge < d->w->n_inputs) {
		for (group[edge] = 0; group[edge] < n_groups; group[edge]++)
			divide(d, group, edge + 1, n_groups);
		group[edge] = n_groups;
		divide(d, group, edge + 1, n_groups + 1);
		return;
	}
	for (uint32_t k = 0; k < edge; k++)
		set[group[k]] |= 1u << k;
	for (uint32_t g = 0; g < n_groups; g++) {
		value += d->sets[set[g]].value[0];
		place[g] = d->sets[set[g]].candidate[0];
	}
	if (n_groups == 1)
		try_one(d, group);
	else if (n_groups == 2)
		try_two(d, group, set);
	else
		take(d, value, group, n_groups, place, n_groups);
}

static void clear(struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w)
{
	for (uint32_t k = 0; k < w->n_inputs; k++)
		memset(wide->count + block->edges[w->inputs[k]].slot, 0, w->n * sizeof *wide->count);
	memset(wide->replicas + w->count, 0, w->n * sizeof *wide->replicas);
}

static double count_divided(struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w)
{
	struct division d = { .wide = wide, .block = block, .w = w, .least = INFINITY };
	uint32_t group[INPUTS_MAX] = { 0 };
	double value;

	clear(wide, block, w);
	rank_sets(&d);
	if (d.sets[0].candidate[0] == HK_NO_INDEX)
		return INFINITY;
	divide(&d, group, 0, 0);
	if (!isfinite(d.least))
		return INFINITY;
	value = d.least;
	for (uint32_t k = 0; k < w->n_inputs; k++)
		wide->count[block->edges[w->inputs[k]].slot + d.place[d.group[k]]] = 1;
	for (uint32_t i = 0; i < d.n_places; i++)
		wide->replicas[w->count + d.place[i]] += 1;
	/* more than two replicas are asked for: the rest wherever they are cheapest */
	for (uint32_t i = d.n_places; i < w->least; i++) {
		value += d.sets[0].value[0];
		wide->replicas[w->count + d.sets[0].candidate[0]] += 1;
	}
	return value;
}

/* What x replicas in a candidate earn at most, and from which edges when `share` is given: a knapsack in parts. */
static double earned(const struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, uint32_t c, uint32_t x, const uint32_t *order,
		     double *share)
{
	double left = x >= w->need ? 1 : fmin(1, x * w->part), sum = 0;

	for (uint32_t k = 0; k < w->n_inputs; k++) {
		const struct wide_edge *edge = &block->edges[w->inputs[order[k]]];
		double price = wide->price[edge->slot + c], most = x >= edge->need ? 1 : fmin(1, w->part * x / fmax(edge->share, 1e-12));

		if (price <= 0)
			break;
		if (edge->share > 0)
			most = fmin(most, left / edge->share);
		left = fmax(0, left - most * edge->share);
		sum += price * most;
		if (share)
			share[order[k]] = most;
	}
	return sum;
}

/* Edges of the workload by what they pay for a unit of its load in the candidate. */
static void rank_inputs(const struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, uint32_t c, uint32_t *order)
{
	for (uint32_t k = 0; k < w->n_inputs; k++) {
		const struct wide_edge *edge = &block->edges[w->inputs[k]];
		uint32_t i = k;

		for (; i > 0; i--) {
			const struct wide_edge *before = &block->edges[w->inputs[order[i - 1]]];

			if (wide->price[before->slot + c] * edge->share >= wide->price[edge->slot + c] * before->share)
				break;
			order[i] = order[i - 1];
		}
		order[i] = k;
	}
}

struct next { double cost; uint32_t candidate, number; };

static int by_cost(const void *left, const void *right)
{
	const struct next *a = left, *b = right;

	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	if (a->candidate != b->candidate)
		return a->candidate < b->candidate ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

struct replicas { struct next *v; size_t n, cap; };

/* Every replica of every candidate with what it costs beyond what it earns. */
static void list_replicas(const struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, uint32_t total, uint32_t *order,
			  struct replicas *list)
{
	for (uint32_t c = 0; c < w->n; c++) {
		uint32_t most = w->most[c] < total ? w->most[c] : total;
		double before = 0, cost = -INFINITY;

		rank_inputs(wide, block, w, c, order);
		for (uint32_t x = 1; x <= most; x++) {
			double now = earned(wide, block, w, c, x, order, NULL);

			/* rounding must not let a later one come first */
			cost = fmax(cost, w->replica[c] - (now - before));
			hk_vec_push(list, (struct next){ cost, c, x });
			before = now;
		}
	}
	if (list->n > 1)
		qsort(list->v, list->n, sizeof *list->v, by_cost);
}

static double take_replicas(const struct wide_workload *w, const struct replicas *list, uint32_t total, uint32_t cap, double *replicas)
{
	double sum = 0;
	uint32_t n = 0;

	memset(replicas, 0, w->n * sizeof *replicas);
	for (size_t i = 0; i < list->n && (n < total || list->v[i].cost < 0); i++) {
		const struct next *next = &list->v[i];

		if (w->domain[next->candidate] != HK_NO_INDEX && next->number > cap)
			continue;
		sum += next->cost;
		replicas[next->candidate] = next->number;
		n++;
	}
	return n < total ? INFINITY : sum;
}

static double count_marginal(struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w)
{
	uint32_t *order = hk_calloc((size_t)w->n_inputs + 1, sizeof *order), total, cap, most = 0;
	double *trial = hk_calloc((size_t)w->n + 1, sizeof *trial), *share = hk_calloc((size_t)w->n_inputs + 1, sizeof *share), least = INFINITY;
	struct replicas list = { 0 };

	clear(wide, block, w);
	for (uint32_t stage = 0; hk_wide_count_stage(w, stage, &total, &cap); stage++)
		most = total > most ? total : most;
	list_replicas(wide, block, w, most, order, &list);
	for (uint32_t stage = 0; hk_wide_count_stage(w, stage, &total, &cap); stage++) {
		double value = take_replicas(w, &list, total, cap, trial);

		if (value < least) {
			least = value;
			memcpy(wide->replicas + w->count, trial, w->n * sizeof *trial);
		}
	}
	for (uint32_t c = 0; c < w->n; c++) {
		if (!(wide->replicas[w->count + c] > 0))
			continue;
		rank_inputs(wide, block, w, c, order);
		memset(share, 0, w->n_inputs * sizeof *share);
		earned(wide, block, w, c, (uint32_t)wide->replicas[w->count + c], order, share);
		for (uint32_t k = 0; k < w->n_inputs; k++)
			wide->count[block->edges[w->inputs[k]].slot + c] = share[k];
	}
	hk_vec_release(&list);
	hk_cleanup_free(&order);
	hk_cleanup_free(&trial);
	hk_cleanup_free(&share);
	return least;
}

double hk_wide_count_inputs(struct hk_wide *wide, struct wide_block *block, uint32_t workload)
{
	const struct wide_workload *w = &block->workloads[workload];

	if (w->need == 1 && w->n_inputs <= INPUTS_MAX)
		return count_divided(wide, block, w);
	return count_marginal(wide, block, w);
}

/* Price of the whole load in a candidate: `units` replicas, less what is taken off. */
static void price_slots(struct hk_wide *wide, const struct wide_block *block, const struct wide_workload *w, double units, double off)
{
	for (uint32_t k = 0; k < w->n_inputs; k++) {
		const struct wide_edge *edge = &block->edges[w->inputs[k]];

		for (uint32_t c = 0; c < w->n; c++)
			wide->price[edge->slot + c] = edge->share * (w->replica[c] * units - off);
	}
}

/* What standby replicas cost hides when each counted one earns its cost: take off the prices what makes the sum of both largest. */
static void lower_prices(struct hk_wide *wide, struct wide_block *block, uint32_t workload)
{
	const struct wide_workload *w = &block->workloads[workload];
	double low, high = 0;

	for (uint32_t c = 0; c < w->n; c++)
		high = fmax(high, w->replica[c] * w->need);
	low = -high;
	for (int i = 0; i < 24; i++) {
		double a = low + (high - low) / 3, b = high - (high - low) / 3, at_a, at_b;

		price_slots(wide, block, w, 1 / w->part, a);
		at_a = hk_wide_count(wide, block, workload) - a;
		price_slots(wide, block, w, 1 / w->part, b);
		at_b = hk_wide_count(wide, block, workload) - b;
		if (at_a < at_b)
			low = a;
		else
			high = b;
	}
	price_slots(wide, block, w, 1 / w->part, low);
}

void hk_wide_first_prices(struct hk_wide *wide)
{
	for (uint32_t b = 0; b < wide->n_blocks; b++)
		for (uint32_t i = 0; i < wide->blocks[b].n_workloads; i++) {
			const struct wide_workload *w = &wide->blocks[b].workloads[i];

			price_slots(wide, &wide->blocks[b], w, w->need, 0);
			if (w->n_inputs > 1 && !(w->need == 1 && w->n_inputs <= INPUTS_MAX))
				lower_prices(wide, &wide->blocks[b], i);
		}
}
