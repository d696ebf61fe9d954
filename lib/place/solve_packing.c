/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest answers onto nodes, cluster by cluster, and availability with the nodes that replicas really share. */
#include "place/availability.h"
#include "place/cuts_packing.h"
#include "place/solve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps of the exact search per cluster: well under a second. */
enum { PACK_STEPS = 2000000 };

struct items { struct hk_pack_item *v; size_t n, cap; };

/* caps: most replicas per node, per block and workload; NULL for none. */
static void gather(const struct hk_search *search, uint32_t cluster, uint32_t *const *caps, struct items *items)
{
	items->n = 0;
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&search->problem->blocks[b].workloads[w], cluster);

			if (candidate != HK_NO_INDEX && search->blocks[b].replicas[w][candidate] > 0)
				hk_vec_push(items, (struct hk_pack_item){ .block = b, .workload = w, .replicas = search->blocks[b].replicas[w][candidate],
									  .max_per_node = caps ? caps[b][w] : 0 });
		}
}

void hk_search_shares_clear(struct hk_search *search)
{
	search->n_shares = 0;
}

void hk_search_shares_add(struct hk_search *search, const struct hk_node_share *shares, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (search->n_shares == search->cap_shares)
			search->shares = hk_vec_grow_(search->shares, &search->cap_shares, search->n_shares + 1, sizeof *search->shares);
		search->shares[search->n_shares++] = shares[i];
	}
}

static void merge_items(struct hk_search *search, const struct hk_pack_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++)
		hk_search_merge(search, items[0].block, items[i].block);
}

/* The cluster's items do not fit its nodes: learn from it. */
static void learn(struct hk_search *search, uint32_t cluster, const struct items *items, enum hk_pack_result result, const struct hk_pack_item *conflict,
		  size_t n, bool monotone)
{
	if (result == HK_PACK_UNDECIDED)
		hk_search_doubt(search);
	if (result == HK_PACK_UNDECIDED || !monotone) {
		merge_items(search, items->v, items->n);
		hk_cut_conflict(&search->cuts, search->problem, cluster, items->v, items->n, result == HK_PACK_UNDECIDED);
	} else {
		merge_items(search, conflict, n);
		hk_cut_conflict(&search->cuts, search->problem, cluster, conflict, n, true);
	}
}

static size_t cut_sizes(struct hk_search *search, uint32_t cluster, const struct items *items)
{
	struct hk_use *uses = hk_calloc(items->n + 1, sizeof *uses);
	size_t added;

	for (size_t i = 0; i < items->n; i++)
		uses[i] = (struct hk_use){ items->v[i].block, items->v[i].workload, items->v[i].replicas };
	added = hk_cut_sizes(&search->cuts, search->problem, cluster, uses, items->n);
	hk_cleanup_free(&uses);
	return added;
}

/* 0 packed, 1 not; with caps nothing is learned from a failure, since caps are our own idea. */
static size_t pack_one(struct hk_search *search, uint32_t cluster, uint32_t *const *caps, struct items *items)
{
	struct hk_node_share *shares = NULL;
	struct hk_pack_item *conflict = NULL;
	size_t n_shares = 0, n_conflict = 0;
	bool monotone = true;
	enum hk_pack_result result;

	gather(search, cluster, caps, items);
	if (items->n == 0)
		return 0;
	if (!caps && cut_sizes(search, cluster, items) > 0) {
		merge_items(search, items->v, items->n);
		return 1;
	}
	result = hk_pack_cluster(search->problem, cluster, items->v, items->n, PACK_STEPS, &search->packing, &shares, &n_shares, &conflict, &n_conflict,
				 &monotone);
	if (result == HK_PACKED)
		hk_search_shares_add(search, shares, n_shares);
	else if (!caps)
		learn(search, cluster, items, result, conflict, n_conflict, monotone);
	return result != HK_PACKED;
}

static int by_place(const void *left, const void *right)
{
	const struct hk_node_share *a = left, *b = right;
	const uint32_t keys[][2] = { { a->block, b->block }, { a->workload, b->workload }, { a->cluster, b->cluster }, { a->group, b->group },
				     { a->node, b->node } };

	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

void hk_shares_sort(struct hk_node_share *shares, size_t n)
{
	if (n > 1)
		qsort(shares, n, sizeof *shares, by_place);
}

void hk_search_shares_sort(struct hk_search *search)
{
	hk_shares_sort(search->shares, search->n_shares);
}

static size_t pack_all(struct hk_search *search, uint32_t *const *caps)
{
	struct items items = { 0 };
	size_t failed = 0;

	hk_arena_reset(&search->packing);
	hk_search_shares_clear(search);
	for (uint32_t cluster = 0; cluster < search->problem->model->n_clusters; cluster++)
		if (!search->problem->model->clusters[cluster].unlimited)
			failed += pack_one(search, cluster, caps, &items);
	hk_vec_release(&items);
	hk_search_shares_sort(search);
	return failed;
}

double hk_search_real_availability(const struct hk_search *search, uint32_t block, uint32_t workload, uint32_t *crowd)
{
	const struct hk_place_workload *placed = &search->problem->blocks[block].workloads[workload];
	struct hk_replica_group *groups = hk_calloc((size_t)placed->n_candidates + 1, sizeof *groups);
	uint32_t *per_node = hk_calloc(search->n_shares + 1, sizeof *per_node), n = 0;
	size_t n_groups = 0;
	double chance;

	*crowd = 0;
	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		uint32_t first = n;

		if (search->blocks[block].replicas[workload][c] == 0)
			continue;
		for (size_t i = 0; i < search->n_shares; i++) {
			const struct hk_node_share *share = &search->shares[i];

			if (share->block != block || share->workload != workload || share->cluster != placed->candidates[c].cluster)
				continue;
			per_node[n++] = share->replicas;
			*crowd = share->replicas > *crowd ? share->replicas : *crowd;
		}
		groups[n_groups++] = (struct hk_replica_group){ placed->candidates[c].cluster, search->blocks[block].replicas[workload][c],
								n > first ? per_node + first : NULL, n - first };
	}
	chance = hk_availability(search->problem->model, groups, n_groups, placed->need);
	hk_cleanup_free(&groups);
	hk_cleanup_free(&per_node);
	return chance;
}

/* Workloads that miss their target on these nodes. With caps they get `level` as cap. */
static size_t count_missed(struct hk_search *search, uint32_t **caps, uint32_t level, uint32_t *crowd)
{
	size_t missed = 0;

	*crowd = 0;
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			double target = search->problem->blocks[b].workloads[w].availability;
			uint32_t most;

			if (target <= 0 || hk_search_real_availability(search, b, w, &most) >= target * (1 - 1e-12))
				continue;
			missed++;
			*crowd = most > *crowd ? most : *crowd;
			if (caps)
				caps[b][w] = level;
		}
	return missed;
}

/* Spread the workloads that miss their target over more nodes: one replica per node where that packs, else two, and so on. */
static bool spread_out(struct hk_search *search, uint32_t crowd)
{
	struct hk_arena arena = HK_ARENA_INIT;
	const struct hk_problem *problem = search->problem;
	uint32_t **caps = hk_arena_array(&arena, (size_t)problem->n_blocks + 1, sizeof *caps), ignored;
	bool done = false;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		caps[b] = hk_arena_array(&arena, (size_t)problem->blocks[b].n_workloads + 1, sizeof *caps[b]);
	for (uint32_t level = 1; level < crowd && !done; level++) {
		for (uint32_t b = 0; b < problem->n_blocks; b++)
			memset(caps[b], 0, problem->blocks[b].n_workloads * sizeof *caps[b]);
		/* a cap on one workload may crowd another one: a few rounds */
		for (int round = 0; round < 4 && !done; round++) {
			if (pack_all(search, round == 0 ? NULL : caps) > 0)
				break;
			done = count_missed(search, caps, level, &ignored) == 0;
		}
	}
	hk_arena_release(&arena);
	return done;
}

/* One target after the other, until a packing meets all of them or something is excluded. True when it is one of the two. */
static bool share_well(struct hk_search *search, size_t *added)
{
	bool known = true;

	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			double target = search->problem->blocks[b].workloads[w].availability;
			uint32_t crowd;

			if (target > 0 && hk_search_real_availability(search, b, w, &crowd) < target * (1 - 1e-12))
				known = hk_search_sharing(search, b, w, added) != HK_SHARING_UNKNOWN && known;
		}
	return *added > 0 || known;
}

/*
 * No packing that was tried meets the target. Another one might, so asking for one more replica somewhere is a decision, not a proof.
 */
static size_t ask_for_more(struct hk_search *search)
{
	size_t asked = 0;

	hk_search_doubt(search);
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &search->problem->blocks[b].workloads[w];
			struct hk_literal *literals;
			uint32_t crowd;

			if (placed->availability <= 0 || hk_search_real_availability(search, b, w, &crowd) >= placed->availability * (1 - 1e-12))
				continue;
			literals = hk_calloc((size_t)placed->n_candidates + 1, sizeof *literals);
			for (uint32_t c = 0; c < placed->n_candidates; c++)
				literals[c] = (struct hk_literal){ { b, w, c }, search->blocks[b].replicas[w][c] + 1, false };
			hk_cuts_clause(&search->cuts, "spare", literals, placed->n_candidates);
			hk_cleanup_free(&literals);
			asked++;
		}
	return asked;
}

size_t hk_search_packing(struct hk_search *search)
{
	size_t failed = pack_all(search, NULL);
	size_t added = 0;
	uint32_t crowd = 0;

	if (failed > 0 || count_missed(search, NULL, 0, &crowd) == 0)
		return failed;
	if (spread_out(search, crowd))
		return 0;
	pack_all(search, NULL);
	if (share_well(search, &added) && (added > 0 || count_missed(search, NULL, 0, &crowd) == 0))
		return added;
	pack_all(search, NULL);
	return ask_for_more(search);
}
