/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * First fit by decreasing size over runs of equal nodes: each placement splits at most two runs, so the work grows with the number of workloads, not of nodes.
 */
#include "place/pack_internal.h"

#include <string.h>

#define NONE SIZE_MAX      /* no run follows */

struct fill {
	struct hk_pack *pack;
	struct hk_pack_runs *runs;
	uint32_t *demand;             /* not placed yet */
	unsigned wishes;
	uint32_t *bundle, n_bundle;   /* what is being placed: one of each */
	uint32_t *extras, n_extras;   /* what a node must get once because the bundle needs it there */
	double *sum;                  /* request of the bundle */
	double *room;                 /* scratch */
};

static bool on_run(const struct hk_pack_run *run, const struct hk_pack_list *list)
{
	for (uint32_t k = 0; k < list->n; k++)
		if (hk_pack_run_count(run, list->v[k]))
			return true;
	return false;
}

static bool contains(const uint32_t *v, uint32_t n, uint32_t value)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i] == value)
			return true;
	return false;
}

/* Collect what the bundle needs on a node like this and is not there; false when there is not enough of it left to place. */
static bool find_extras(struct fill *f, const struct hk_pack_run *run)
{
	f->n_extras = 0;
	for (uint32_t at = 0; at < f->n_bundle + f->n_extras; at++) {
		uint32_t i = at < f->n_bundle ? f->bundle[at] : f->extras[at - f->n_bundle];
		const struct hk_pack_list *needs = &f->pack->parts[i].needs;

		for (uint32_t k = 0; k < needs->n; k++) {
			uint32_t needed = needs->v[k];

			if (hk_pack_run_count(run, needed) || contains(f->bundle, f->n_bundle, needed) || contains(f->extras, f->n_extras, needed))
				continue;
			if (!f->demand[needed])
				return false;
			f->extras[f->n_extras++] = needed;
		}
	}
	return true;
}

static uint32_t joined(const struct fill *f, uint32_t at)
{
	return at < f->n_bundle ? f->bundle[at] : f->extras[at - f->n_bundle];
}

/* May bundle and extras stand on this node at all: node accepts them, nobody is apart from anybody? */
static bool may_join(const struct fill *f, const struct hk_pack_run *run)
{
	const struct hk_pack_class *class_ = &f->pack->classes[run->class_index];

	for (uint32_t at = 0; at < f->n_bundle + f->n_extras; at++) {
		const struct hk_pack_part *part = &f->pack->parts[joined(f, at)];

		if (!class_->accepts[joined(f, at)] || on_run(run, &part->apart))
			return false;
		for (uint32_t k = 0; k < part->apart.n; k++)
			if (contains(f->bundle, f->n_bundle, part->apart.v[k]) || contains(f->extras, f->n_extras, part->apart.v[k]))
				return false;
	}
	return true;
}

/* Bundles one node of this run can take, at most `limit` of each workload on the node. */
static uint32_t bundle_fits(struct fill *f, const struct hk_pack_run *run, uint32_t limit)
{
	size_t n_resources = f->pack->n_resources;
	uint32_t fits = UINT32_MAX;

	/* most nodes are full: that must be cheap to see */
	for (size_t r = 0; r < n_resources; r++)
		if (run->left[r] < f->sum[r])
			return 0;
	if (!f->pack->classes[run->class_index].accepts[f->bundle[0]] || !find_extras(f, run) || !may_join(f, run))
		return 0;
	for (uint32_t b = 0; b < f->n_bundle; b++) {
		uint32_t i = f->bundle[b], cap = f->pack->parts[i].cap < limit ? f->pack->parts[i].cap : limit,
		    there = cap < UINT32_MAX ? hk_pack_run_count(run, i) : 0;

		fits = there >= cap ? 0 : cap - there < fits ? cap - there : fits;
	}
	memcpy(f->room, run->left, n_resources * sizeof *f->room);
	for (uint32_t e = 0; e < f->n_extras; e++) {
		const double *request = f->pack->parts[f->extras[e]].request;

		if (!hk_pack_fits(request, f->room, n_resources))
			return 0;
		for (size_t r = 0; r < n_resources; r++)
			f->room[r] -= request[r];
	}
	uint32_t by_room = hk_pack_fits(f->sum, f->room, n_resources);

	return by_room < fits ? by_room : fits;
}

/* Put `each` bundles (and the extras) on `nodes` nodes of run `at`; what remains of the run follows it. */
static void put(struct fill *f, size_t at, uint32_t nodes, uint32_t each)
{
	struct hk_pack_run *run = &f->runs->v[at];

	if (nodes < run->nodes) {
		struct hk_pack_run *rest = hk_pack_run_add(f->pack, f->runs, run->class_index, run->nodes - nodes);

		run = &f->runs->v[at];
		hk_pack_run_share(f->pack, run, rest);
		rest->next = run->next;
		run->next = f->runs->n - 1;
		run->nodes = nodes;
	}
	for (uint32_t j = 0; j < f->n_bundle + f->n_extras; j++) {
		uint32_t i = joined(f, j), count = j < f->n_bundle ? each : 1;

		hk_pack_run_put(f->pack, run, i, count);
		f->demand[i] -= nodes * count;
		for (size_t r = 0; r < f->pack->n_resources; r++)
			run->left[r] -= count * f->pack->parts[i].request[r];
	}
}

enum pass { BESIDE_FRIENDS, AWAY_FROM_FOES, ANYWHERE };

static bool in_pass(const struct fill *f, const struct hk_pack_run *run, enum pass pass)
{
	bool foes = false, friends = false;

	for (uint32_t b = 0; b < f->n_bundle && pass != ANYWHERE; b++) {
		foes = foes || on_run(run, &f->pack->parts[f->bundle[b]].wish_apart);
		friends = friends || on_run(run, &f->pack->parts[f->bundle[b]].wish_near);
	}
	return pass == ANYWHERE || (!foes && (pass == AWAY_FROM_FOES || friends));
}

/* Place up to `wanted` bundles; what is left. */
static uint32_t place(struct fill *f, uint32_t wanted, uint32_t limit, enum pass pass)
{
	for (size_t at = f->runs->n ? 0 : NONE; at != NONE && wanted; at = f->runs->v[at].next) {
		struct hk_pack_run *run = &f->runs->v[at];
		uint32_t each = in_pass(f, run, pass) ? bundle_fits(f, run, limit) : 0, nodes = run->nodes;

		if (!each)
			continue;
		each = each < wanted ? each : wanted;
		nodes = nodes < wanted / each ? nodes : wanted / each;
		for (uint32_t e = 0; e < f->n_extras; e++)
			nodes = nodes < f->demand[f->extras[e]] ? nodes : f->demand[f->extras[e]];
		put(f, at, nodes, each);
		wanted -= nodes * each;
	}
	return wanted;
}

/* The least number per node with which `wanted` find room: the more nodes, the fewer fail at once. */
static uint32_t spread_limit(struct fill *f, uint32_t wanted)
{
	uint32_t limit = 1, step;

	for (step = 0; step < 32; step++, limit *= 2) {
		uint64_t room = 0;

		for (size_t at = f->runs->n ? 0 : NONE; at != NONE && room < wanted; at = f->runs->v[at].next)
			room += (uint64_t)f->runs->v[at].nodes * bundle_fits(f, &f->runs->v[at], limit);
		if (room >= wanted || limit > wanted)
			return limit;
	}
	return UINT32_MAX;
}

static void place_bundle(struct fill *f, uint32_t wanted)
{
	bool spread = false, near = f->wishes & HK_WISH_NEAR, wishes = false;

	memset(f->sum, 0, f->pack->n_resources * sizeof *f->sum);
	for (uint32_t b = 0; b < f->n_bundle; b++) {
		const struct hk_pack_part *part = &f->pack->parts[f->bundle[b]];

		spread = spread || ((f->wishes & HK_WISH_SPREAD) && part->spread);
		wishes = wishes || part->wish_apart.n || part->wish_near.n;
		for (size_t r = 0; r < f->pack->n_resources; r++)
			f->sum[r] += part->request[r];
	}
	uint32_t limit = spread ? spread_limit(f, wanted) : UINT32_MAX;

	if (near && wishes)
		wanted = place(f, wanted, limit, BESIDE_FRIENDS);
	if (wanted && f->wishes && wishes)
		wanted = place(f, wanted, limit, AWAY_FROM_FOES);
	if (wanted)
		wanted = place(f, wanted, limit, ANYWHERE);
	if (wanted && limit != UINT32_MAX)
		place(f, wanted, UINT32_MAX, ANYWHERE);
}

/* All that want to be near one another, directly or through others, one of each, as often as there are all of them. */
static void place_chain(struct fill *f, uint32_t first, bool *done)
{
	uint32_t wanted = UINT32_MAX;

	f->n_bundle = 0;
	f->bundle[f->n_bundle++] = first;
	done[first] = true;
	for (uint32_t at = 0; at < f->n_bundle; at++) {
		const struct hk_pack_list *near = &f->pack->parts[f->bundle[at]].wish_near;

		for (uint32_t k = 0; k < near->n; k++) {
			if (done[near->v[k]] || !f->demand[near->v[k]])
				continue;
			done[near->v[k]] = true;
			f->bundle[f->n_bundle++] = near->v[k];
		}
	}
	for (uint32_t b = 0; b < f->n_bundle; b++)
		wanted = f->demand[f->bundle[b]] < wanted ? f->demand[f->bundle[b]] : wanted;
	if (f->n_bundle > 1)
		place_bundle(f, wanted);
}

static void place_chains(struct fill *f)
{
	bool *done = hk_arena_array(&f->pack->scratch, f->pack->n_parts, sizeof *done);

	for (uint32_t k = 0; k < f->pack->n_parts; k++) {
		uint32_t i = f->pack->by_size[k];

		if (!done[i] && f->demand[i])
			place_chain(f, i, done);
	}
}

/* The first run stays first; the others follow by their links. */
static void open_runs(struct fill *f)
{
	f->runs->n = 0;
	for (uint32_t c = 0; c < f->pack->n_classes; c++) {
		struct hk_pack_run *run = hk_pack_run_add(f->pack, f->runs, c, f->pack->classes[c].nodes);

		run->next = c + 1 < f->pack->n_classes ? (size_t)c + 1 : NONE;
		run->left = hk_arena_array(&f->pack->scratch, f->pack->n_resources, sizeof *run->left);
		memcpy(run->left, f->pack->classes[c].free, f->pack->n_resources * sizeof *run->left);
	}
}

static void close_runs(struct fill *f)
{
	struct hk_pack_run *sorted = hk_arena_array(&f->pack->scratch, f->runs->n, sizeof *sorted);
	size_t n = 0;

	for (size_t at = f->runs->n ? 0 : NONE; at != NONE; at = f->runs->v[at].next)
		sorted[n++] = f->runs->v[at];
	f->runs->v = sorted;
	f->runs->cap = f->runs->n;
}

bool hk_pack_fill(struct hk_pack *pack, const uint32_t *demand, unsigned wishes, struct hk_pack_runs *runs)
{
	struct hk_arena *arena = &pack->scratch;
	struct fill f = { .pack = pack, .runs = runs, .wishes = wishes };
	bool all = true;

	f.demand = hk_arena_array(arena, pack->n_parts, sizeof *f.demand);
	f.bundle = hk_arena_array(arena, pack->n_parts, sizeof *f.bundle);
	f.extras = hk_arena_array(arena, pack->n_parts, sizeof *f.extras);
	f.sum = hk_arena_array(arena, pack->n_resources, sizeof *f.sum);
	f.room = hk_arena_array(arena, pack->n_resources, sizeof *f.room);
	memcpy(f.demand, demand, pack->n_parts * sizeof *demand);
	open_runs(&f);
	if (wishes & HK_WISH_NEAR)
		place_chains(&f);
	for (int needed = 0; needed < 2; needed++) {
		/* Who needs others comes before those others: it takes them along. */
		for (uint32_t k = 0; k < pack->n_parts; k++) {
			uint32_t i = pack->by_size[k];

			if (!f.demand[i] || pack->parts[i].is_needed != (needed != 0))
				continue;
			f.bundle[0] = i;
			f.n_bundle = 1;
			place_bundle(&f, f.demand[i]);
		}
	}
	close_runs(&f);
	for (uint32_t i = 0; i < pack->n_parts; i++)
		all = all && !f.demand[i];
	return all;
}
