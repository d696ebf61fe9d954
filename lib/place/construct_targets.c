/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Availability targets are no rows of a pipeline's model before cuts make them such, one by one. So that a plan does not have to wait for the last of them, an answer that misses a target
 * gets more replicas: always the one that buys most probability for its price, then what turned out superfluous goes again.
 */
#include "place/construct_internal.h"

#include "place/availability.h"
#include "place/cuts_packing.h"
#include "place/milp_form.h"
#include "place/scene.h"

#include <math.h>

enum { ADDED_MAX = 400 };

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

static bool has_room(const struct target *t, uint32_t candidate)
{
	const struct hk_construct *c = t->c;
	uint32_t cluster = t->placed->candidates[candidate].cluster;

	for (size_t r = 0; r < c->problem->model->n_resources; r++) {
		size_t key = cluster * c->problem->model->n_resources + r;
		double most = c->problem->capacity[key];

		if (!(t->placed->request[r] > 0))
			continue;
		if (c->row_of[key] != HK_NO_INDEX)
			most = fmin(most, t->limits[c->row_of[key]]);
		if (own_use(t, cluster, r) + t->placed->request[r] > most * (1 + 1e-10))
			return false;
	}
	return true;
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

/* The replica that buys most; false when none does. */
static bool add_one(struct target *t, double before)
{
	uint32_t *replicas = t->solution->replicas[t->workload], best = HK_NO_INDEX;
	double best_value = 0, best_price = 0, bent;

	for (uint32_t k = 0; k < t->placed->n_candidates; k++) {
		double price, gain;

		if (replicas[k] >= hk_form_most(t->c->problem, &t->c->problem->blocks[t->block], t->workload, k) || !has_room(t, k))
			continue;
		price = price_of(t, k, &bent);
		replicas[k]++;
		gain = chance(t) - before;
		replicas[k]--;
		/* beyond the target nothing is bought */
		gain = fmin(gain, t->placed->availability - before) / fmax(bent, 1e-12);
		if (gain > best_value * (1 + 1e-9)) {
			best_value = gain;
			best_price = price;
			best = k;
		}
	}
	if (best == HK_NO_INDEX)
		return false;
	replicas[best]++;
	t->cost += best_price;
	return true;
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
	uint32_t total = 0;

	for (uint32_t k = 0; k < t->placed->n_candidates; k++)
		total += t->solution->replicas[t->workload][k];
	for (uint32_t added = 0; added <= ADDED_MAX; added++) {
		double now = chance(t);

		if (met(t, now)) {
			if (added > 0)
				thin_out(t, &pipeline->workloads[t->placed->workload], total);
			return true;
		}
		if (entangled(pipeline, t->placed->workload) || total >= t->placed->max_replicas || !add_one(t, now))
			return false;
		total++;
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
