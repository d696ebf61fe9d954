/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts whose replicas would have to share nodes in a way that others leave no room for. */
#include "place/cuts_availability.h"

#include "place/scene.h"

/* Vectors of counts that may be tried to make one cut cover more of them. */
enum { BOX_MAX = 300 };

/* Counts from low to high, per candidate. */
struct box { uint32_t *low, *high, *at; };

static bool box_misses(struct hk_scene *s, const struct box *box)
{
	double size = 1;
	uint32_t c;

	for (c = 0; c < s->n; c++) {
		size *= 1.0 + box->high[c] - box->low[c];
		box->at[c] = box->low[c];
	}
	if (size > BOX_MAX)
		return false;
	do {
		if (!hk_scene_misses(s, box->at))
			return false;
		for (c = 0; c < s->n && box->at[c] == box->high[c]; c++)
			box->at[c] = box->low[c];
		if (c < s->n)
			box->at[c]++;
	} while (c < s->n);
	return true;
}

/* Others that have nothing to do with it. */
static void thin_out(struct hk_scene *s, const uint32_t *replicas)
{
	for (uint32_t c = 0; c < s->n; c++) {
		struct hk_company *company = &s->company[c];

		for (size_t i = 0; i < company->n; i++) {
			company->left_out[i] = true;
			hk_scene_forget(s, c);
			if (hk_scene_misses(s, replicas))
				continue;
			company->left_out[i] = false;
			hk_scene_forget(s, c);
		}
	}
}

static void widen(struct hk_scene *s, struct box *box)
{
	for (uint32_t c = 0; c < s->n; c++) {
		uint32_t before = box->low[c];

		box->low[c] = 0;
		if (before > 0 && !box_misses(s, box))
			box->low[c] = before;
	}
	for (uint32_t c = 0; c < s->n; c++) {
		uint32_t before = box->high[c];

		box->high[c] = s->most[c];
		if (before == s->most[c] || box_misses(s, box))
			continue;
		box->high[c] = before + 1;
		while (box->high[c] < s->most[c] && box_misses(s, box))
			box->high[c]++;
		/* the last one did not miss, or was not tried */
		if (!box_misses(s, box))
			box->high[c]--;
	}
}

static size_t cut_box(struct hk_scene *s, struct hk_cuts *cuts, const struct box *box)
{
	struct { struct hk_literal *v; size_t n, cap; } literals = { 0 };
	size_t added;

	for (uint32_t c = 0; c < s->n; c++) {
		struct hk_count count = { s->block, s->workload, c };

		if (box->low[c] > 0)
			hk_vec_push(&literals, (struct hk_literal){ count, box->low[c], true });
		if (box->high[c] < s->most[c])
			hk_vec_push(&literals, (struct hk_literal){ count, box->high[c] + 1, false });
		for (size_t i = 0; i < s->company[c].n; i++) {
			const struct hk_pack_item *item = &s->company[c].items[i];
			const struct hk_place_workload *placed = &s->problem->blocks[item->block].workloads[item->workload];
			uint32_t candidate = 0;

			while (placed->candidates[candidate].cluster != s->placed->candidates[c].cluster)
				candidate++;
			if (!s->company[c].left_out[i])
				hk_vec_push(&literals, (struct hk_literal){ { item->block, item->workload, candidate }, item->replicas, true });
		}
	}
	added = hk_cuts_clause(cuts, "shared", literals.v, literals.n);
	hk_vec_release(&literals);
	return added;
}

bool hk_cut_shared(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const struct hk_block_solution *blocks,
		   uint64_t *steps, size_t *added)
{
	const uint32_t *replicas = blocks[block].replicas[workload];
	struct hk_scene s;
	bool missed;

	hk_scene_open(&s, problem, block, workload);
	hk_scene_invite(&s, blocks, replicas, steps);
	missed = hk_scene_misses(&s, replicas);
	if (missed) {
		struct box box = { hk_arena_array(&s.arena, (size_t)s.n + 1, sizeof(uint32_t)), hk_arena_array(&s.arena, (size_t)s.n + 1, sizeof(uint32_t)),
				   hk_arena_array(&s.arena, (size_t)s.n + 1, sizeof(uint32_t)) };

		for (uint32_t c = 0; c < s.n; c++)
			box.low[c] = box.high[c] = replicas[c];
		thin_out(&s, replicas);
		widen(&s, &box);
		*added += cut_box(&s, cuts, &box);
	}
	hk_scene_close(&s);
	return missed;
}
