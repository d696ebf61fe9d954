/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replicas of others that have to stand on the same nodes. */
#include "place/scene.h"

#include "place/cuts_packing.h"
#include "place/pack_internal.h"

#include <math.h>
#include <string.h>

/* Splits kept per number of replicas, and packings that may be looked at. */
enum { KEPT_MAX = 100 };

static const struct hk_workload *model_workload(const struct hk_problem *problem, uint32_t block, uint32_t workload)
{
	const struct hk_block *b = &problem->blocks[block];

	return &problem->model->pipelines[b->pipeline].workloads[b->workloads[workload].workload];
}

static bool needs_others(const struct hk_workload *workload)
{
	for (size_t t = 0; t < workload->n_together; t++)
		if (workload->together[t].required && workload->together[t].level == HK_LEVEL_NODE)
			return true;
	return false;
}

/* With required together on nodes fewer of one may make room for fewer of another: no company is better than a wrong one. */
static bool gather(struct hk_scene *s, const struct hk_block_solution *blocks, uint32_t candidate)
{
	struct hk_company *company = &s->company[candidate];
	uint32_t cluster = s->placed->candidates[candidate].cluster;
	size_t total = 0;

	for (uint32_t b = 0; b < s->problem->n_blocks; b++)
		total += s->problem->blocks[b].n_workloads;
	company->items = hk_arena_array(&s->arena, total + 1, sizeof *company->items);
	company->left_out = hk_arena_array(&s->arena, total + 1, sizeof *company->left_out);
	if (needs_others(model_workload(s->problem, s->block, s->workload)))
		return false;
	for (uint32_t b = 0; b < s->problem->n_blocks; b++)
		for (uint32_t w = 0; w < s->problem->blocks[b].n_workloads; w++) {
			uint32_t there = hk_candidate_of(&s->problem->blocks[b].workloads[w], cluster);

			if (there == HK_NO_INDEX || blocks[b].replicas[w][there] == 0 || (b == s->block && w == s->workload))
				continue;
			if (needs_others(model_workload(s->problem, b, w)))
				return false;
			company->items[company->n++] = (struct hk_pack_item){ .block = b, .workload = w, .replicas = blocks[b].replicas[w][there] };
		}
	return true;
}

void hk_scene_invite(struct hk_scene *s, const struct hk_block_solution *blocks, const uint32_t *replicas, uint64_t *steps)
{
	s->company = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->company);
	s->steps = steps;
	for (uint32_t c = 0; c < s->n; c++) {
		if (replicas[c] == 0 || !s->shares[c] || !gather(s, blocks, c))
			s->company[c].n = 0;
		hk_scene_forget(s, c);
	}
}

void hk_scene_forget(struct hk_scene *s, uint32_t candidate)
{
	for (uint32_t x = 0; x <= s->most[candidate]; x++)
		s->splits[candidate][x] = (struct hk_splits){ 0 };
}

struct finder { struct hk_scene *s; struct hk_splits *splits; uint32_t x; double up, *tail; uint32_t *counts; bool too_many; };

static bool see(void *closure, const struct hk_node_share *shares, size_t n_shares)
{
	struct finder *f = closure;
	struct hk_splits *splits = f->splits;
	uint32_t nodes = 0, n = 0, counted = f->x < f->s->need ? f->x : f->s->need;

	for (size_t i = 0; i < n_shares; i++)
		if (shares[i].block == f->s->block && shares[i].workload == f->s->workload)
			f->counts[nodes++] = shares[i].replicas;
	hk_split_tail(f->counts, nodes, f->up, f->x, f->tail);
	for (uint32_t i = 0; i < splits->n; i++)
		if (hk_split_dominates(splits->tails[i], f->tail, counted))
			return false;
	for (uint32_t i = 0; i < splits->n; i++)
		if (!hk_split_dominates(f->tail, splits->tails[i], counted))
			splits->tails[n++] = splits->tails[i];
	splits->n = n;
	f->too_many = n == KEPT_MAX;
	if (f->too_many)
		return true;
	splits->tails[splits->n] = hk_arena_array(&f->s->arena, (size_t)f->x + 1, sizeof(double));
	memcpy(splits->tails[splits->n++], f->tail, ((size_t)f->x + 1) * sizeof *f->tail);
	return false;
}

/* Company and x replicas of our own, in order. *ours: where. */
static size_t list_items(const struct hk_scene *s, uint32_t candidate, uint32_t x, struct hk_pack_item *items, bool *tracked)
{
	const struct hk_company *company = &s->company[candidate];
	const struct hk_pack_item own = { .block = s->block, .workload = s->workload, .replicas = x };
	bool listed = false;
	size_t n = 0;

	for (size_t i = 0; i < company->n; i++) {
		const struct hk_pack_item *item = &company->items[i];

		if (company->left_out[i])
			continue;
		if (!listed && (item->block > own.block || (item->block == own.block && item->workload > own.workload))) {
			tracked[n] = listed = true;
			items[n++] = own;
		}
		items[n++] = *item;
	}
	if (!listed) {
		tracked[n] = true;
		items[n++] = own;
	}
	return n;
}

bool hk_company_splits(struct hk_scene *s, uint32_t candidate, uint32_t x, struct hk_splits *splits)
{
	const struct hk_company *company = &s->company[candidate];
	uint32_t cluster = s->placed->candidates[candidate].cluster;
	struct finder f = { .s = s, .splits = splits, .x = x, .up = s->problem->model->clusters[cluster].node_availability };
	struct hk_pack_item *items;
	bool *tracked, all;
	size_t n, present = 0;

	for (size_t i = 0; i < company->n; i++)
		present += !company->left_out[i];
	if (present == 0)
		return false;
	items = hk_calloc(present + 1, sizeof *items);
	tracked = hk_calloc(present + 1, sizeof *tracked);
	f.counts = hk_calloc((size_t)x + 1, sizeof *f.counts);
	f.tail = hk_calloc((size_t)x + 1, sizeof *f.tail);
	splits->tails = hk_arena_array(&s->arena, KEPT_MAX + 1, sizeof *splits->tails);
	n = list_items(s, candidate, x, items, tracked);
	all = hk_pack_all(s->problem, cluster, items, n, tracked, s->steps, see, &f) && !f.too_many;
	hk_cleanup_free(&items);
	hk_cleanup_free(&tracked);
	hk_cleanup_free(&f.counts);
	hk_cleanup_free(&f.tail);
	if (!all) {
		*splits = (struct hk_splits){ 0 };
		return false;
	}
	splits->best = hk_arena_array(&s->arena, (size_t)x + 1, sizeof *splits->best);
	for (uint32_t i = 0; i < splits->n; i++)
		for (uint32_t j = 0; j <= x; j++)
			splits->best[j] = fmax(splits->best[j], splits->tails[i][j]);
	return true;
}
