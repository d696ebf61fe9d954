/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Availability targets are no rows of a pipeline's model before cuts make them such, one by one. So that a plan does not have to wait for the last of them, an
 * answer that misses a target gets more replicas: always the one that buys most probability for its price, then what turned out superfluous goes again.
 */
#include "place/construct_internal.h"

#include "place/availability.h"
#include "place/cuts_packing.h"
#include "place/milp_form.h"
#include "place/scene.h"

#include <math.h>
#include <string.h>

enum {
	STEPS_MAX = 100,
	STEP_MAX = 24,                /* replicas added at once */
};

struct target {
	struct hk_construct *c;
	uint32_t block, workload;
	const struct hk_place_workload *placed;
	struct hk_block_solution *solution;
	const double *limits, *prices;  /* per row */
	struct hk_replica_group *groups;
	double cost;                    /* changed by */
};

static double chance(struct target *t)
{
	const uint32_t *replicas = t->solution->replicas[t->workload];
	size_t n = 0;

	for (uint32_t k = 0; k < t->placed->n_candidates; k++)
		if (replicas[k] > 0)
			t->groups[n++] = (struct hk_replica_group){ t->placed->candidates[k].cluster, replicas[k], NULL, 0 };
	return hk_availability(t->c->problem->model, t->groups, n, t->placed->need);
}

static bool met(const struct target *t, double chance_now)
{
	return chance_now >= t->placed->availability * (1 - 1e-12);
}

/* Counts that others look at: more or fewer of them may break what they ask for, or have a price of its own. */
static bool entangled(const struct hk_pipeline *pipeline, uint32_t workload)
{
	if (pipeline->workloads[workload].n_apart > 0 || pipeline->workloads[workload].n_together > 0)
		return true;
	for (size_t v = 0; v < pipeline->n_workloads; v++) {
		for (size_t i = 0; i < pipeline->workloads[v].n_together; i++)
			if (pipeline->workloads[v].together[i].with == workload)
				return true;
		for (size_t i = 0; i < pipeline->workloads[v].n_apart; i++)
			if (pipeline->workloads[v].apart[i].with == workload)
				return true;
	}
	return false;
}

/* What the block has in the cluster. */
static double own_use(const struct target *t, uint32_t cluster, size_t resource)
{
	const struct hk_block *b = &t->c->problem->blocks[t->block];
	double sum = 0;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		uint32_t k = hk_candidate_of(&b->workloads[w], cluster);

		if (k != HK_NO_INDEX)
			sum += t->solution->replicas[w][k] * b->workloads[w].request[resource];
	}
	return sum;
}

/* How many more of them fit the candidate, at most `wanted`. */
static uint32_t room_for(const struct target *t, uint32_t candidate, uint32_t wanted)
{
	const struct hk_construct *c = t->c;
	uint32_t cluster = t->placed->candidates[candidate].cluster;
	uint32_t most = hk_form_most(c->problem, &c->problem->blocks[t->block], t->workload, candidate), has = t->solution->replicas[t->workload][candidate];
	double room = fmin(wanted, most > has ? most - has : 0);

	for (size_t r = 0; r < c->problem->model->n_resources && room > 0; r++) {
		size_t key = cluster * c->problem->model->n_resources + r;
		double free = c->problem->capacity[key];

		if (!(t->placed->request[r] > 0))
			continue;
		if (c->row_of[key] != HK_NO_INDEX)
			free = fmin(free, t->limits[c->row_of[key]]);
		free = free * (1 + 1e-10) - own_use(t, cluster, r);
		room = isfinite(free) ? fmin(room, floor(free / t->placed->request[r])) : room;
	}
	return room > 0 ? (uint32_t)room : 0;
}

/* What one more there costs, and what one more there costs at the prices. */
static double price_of(const struct target *t, uint32_t candidate, double *bent)
{
	const struct hk_construct *c = t->c;
	const struct hk_candidate *at = &t->placed->candidates[candidate];
	double price = at->replica_cost;

	if (t->placed->previous && t->placed->previous[candidate] > t->solution->replicas[t->workload][candidate])
		price -= t->placed->move_cost;
	*bent = price;
	for (size_t r = 0; t->prices && r < c->problem->model->n_resources; r++) {
		uint32_t row = c->row_of[at->cluster * c->problem->model->n_resources + r];

		*bent += row != HK_NO_INDEX ? t->prices[row] * t->placed->request[r] : 0;
	}
	return price;
}

/* So many more in one candidate that the last of them buys something. */
struct offer { uint32_t candidate, count; double value, price; };

static void look_at(struct target *t, uint32_t candidate, uint32_t most, double before, struct offer *best)
{
	uint32_t *replicas = t->solution->replicas[t->workload], has = replicas[candidate], room = room_for(t, candidate, most);
	double price = 0, bent = 0;

	for (uint32_t count = 1; count <= room; count++) {
		double one, value;

		price += price_of(t, candidate, &one);
		bent += one;
		replicas[candidate]++;
		/* beyond the target nothing is bought */
		value = fmin(chance(t) - before, t->placed->availability - before) / fmax(bent, 1e-12);
		if (value > best->value * (1 + 1e-9))
			*best = (struct offer){ candidate, count, value, price };
	}
	replicas[candidate] = has;
}

/* The replicas that buy most for their price; 0 when none do. One alone often buys nothing: what is lost with two domains has to be made up for as a whole. */
static uint32_t add_some(struct target *t, double before, uint32_t total)
{
	uint32_t *replicas = t->solution->replicas[t->workload], most = 1;
	struct offer best = { .candidate = HK_NO_INDEX };

	for (uint32_t k = 0; k < t->placed->n_candidates; k++)
		most = replicas[k] > most ? replicas[k] : most;
	most = most < STEP_MAX ? most : STEP_MAX;
	most = most < t->placed->max_replicas - total ? most : t->placed->max_replicas - total;
	for (uint32_t k = 0; k < t->placed->n_candidates; k++)
		look_at(t, k, most, before, &best);
	if (best.candidate == HK_NO_INDEX)
		return 0;
	replicas[best.candidate] += best.count;
	t->cost += best.price;
	return best.count;
}

static bool carries_without(const struct target *t, uint32_t candidate, uint32_t replicas)
{
	double load = t->solution->load[t->workload][candidate];

	return load <= replicas && load * t->placed->rate <= t->placed->capacity * replicas;
}

/* Dearest first, what is not needed goes. */
static void thin_out(struct target *t, const struct hk_workload *model, uint32_t total)
{
	uint32_t *replicas = t->solution->replicas[t->workload];
	uint32_t least = t->placed->need > model->min_replicas ? t->placed->need : model->min_replicas;

	while (total > least) {
		uint32_t best = HK_NO_INDEX;
		double best_price = 0, bent;

		for (uint32_t k = 0; k < t->placed->n_candidates; k++) {
			bool last = replicas[k] == 1 && model->has_spread;

			if (replicas[k] == 0 || last || !carries_without(t, k, replicas[k] - 1))
				continue;
			replicas[k]--;
			(void)price_of(t, k, &bent);
			if (bent > best_price && met(t, chance(t))) {
				best_price = bent;
				best = k;
			}
			replicas[k]++;
		}
		if (best == HK_NO_INDEX)
			return;
		replicas[best]--;
		t->cost -= price_of(t, best, &bent);
		total--;
	}
}

static bool top_up(struct target *t)
{
	const struct hk_pipeline *pipeline = &t->c->problem->model->pipelines[t->c->problem->blocks[t->block].pipeline];
	uint32_t total = 0, more = 0;

	for (uint32_t k = 0; k < t->placed->n_candidates; k++)
		total += t->solution->replicas[t->workload][k];
	for (uint32_t steps = 0; steps <= STEPS_MAX; steps++, total += more) {
		double now = chance(t);

		if (met(t, now)) {
			if (steps > 0)
				thin_out(t, &pipeline->workloads[t->placed->workload], total);
			return true;
		}
		if (entangled(pipeline, t->placed->workload) || total >= t->placed->max_replicas || (more = add_some(t, now, total)) == 0)
			return false;
	}
	return false;
}

/* Sharing nodes may do what nodes of their own do not; the packing decides then. */
static bool surely_misses(const struct hk_construct *c, uint32_t block, uint32_t workload, const uint32_t *replicas)
{
	struct hk_scene scene;
	bool misses;

	hk_scene_open(&scene, c->problem, block, workload);
	misses = hk_scene_misses(&scene, replicas);
	hk_scene_close(&scene);
	return misses;
}

/* A target on the block's workload and what is needed to look at it. */
static struct target open_target(struct hk_construct *c, uint32_t block, uint32_t workload, struct hk_block_solution *solution)
{
	const struct hk_place_workload *placed = &c->problem->blocks[block].workloads[workload];
	struct target t = { .c = c, .block = block, .workload = workload, .placed = placed, .solution = solution };

	t.groups = hk_calloc((size_t)placed->n_candidates + 1, sizeof *t.groups);
	return t;
}

static bool misses(struct target *t)
{
	return !met(t, chance(t)) && surely_misses(t->c, t->block, t->workload, t->solution->replicas[t->workload]);
}

bool hk_construct_misses_targets(struct hk_construct *c, uint32_t block, struct hk_block_solution *solution)
{
	const struct hk_block *b = &c->problem->blocks[block];
	bool missed = false;

	for (uint32_t w = 0; w < b->n_workloads && !missed; w++) {
		struct target t;

		if (b->workloads[w].availability <= 0)
			continue;
		t = open_target(c, block, w, solution);
		missed = misses(&t);
		hk_cleanup_free(&t.groups);
	}
	return missed;
}

bool hk_construct_miss(void *closure, uint32_t block, uint32_t workload, uint32_t *counts, const uint32_t *most, uint32_t *least)
{
	struct hk_construct *c = closure;
	uint32_t **replicas = hk_calloc((size_t)c->problem->blocks[block].n_workloads + 1, sizeof *replicas);
	struct hk_block_solution solution = { .replicas = replicas };
	struct target t = open_target(c, block, workload, &solution);
	bool missed;

	replicas[workload] = counts;
	missed = !met(&t, chance(&t)) && !hk_search_meets(c->search, block, workload, counts, most, most, least);
	hk_cleanup_free(&t.groups);
	hk_cleanup_free(&replicas);
	return missed;
}

const struct hk_hull *hk_construct_hull(void *closure, uint32_t block, uint32_t workload)
{
	const struct hk_construct *c = closure;

	return hk_search_hull(c->search, block, workload);
}

bool hk_construct_top_up(struct hk_construct *c, uint32_t block, struct hk_block_solution *solution, const double *limits, const double *prices, double *cost)
{
	const struct hk_block *b = &c->problem->blocks[block];
	bool all = true;

	for (uint32_t w = 0; w < b->n_workloads && all; w++) {
		struct target t;

		if (b->workloads[w].availability <= 0)
			continue;
		t = open_target(c, block, w, solution);
		t.limits = limits;
		t.prices = prices;
		all = !misses(&t) || top_up(&t);
		*cost += t.cost;
		hk_cleanup_free(&t.groups);
	}
	return all;
}
