/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which replicas share nodes, when the packing at hand misses an availability target: every way to share that can matter is tried, cluster by cluster, so that
 * either a packing that meets all targets is found or it is proved that there is none for these counts.
 */
#include "place/cuts_availability.h"
#include "place/pack_internal.h"
#include "place/solve_internal.h"
#include "place/splits.h"

#include <string.h>

/* Packings kept per cluster, and combinations of them that are tried. */
enum { KEPT_MAX = 60, CHOICES_MAX = 2000 };

/* Replicas of a workload with a target in the cluster at hand. */
struct sharer { uint32_t block, workload, replicas, need; };

struct profile { struct hk_node_share *shares; size_t n; double **tails; };

/* A cluster and the packings of it that no other one is better than for every sharer. */
struct stage {
	uint32_t cluster;
	struct { struct hk_pack_item *v; size_t n, cap; } items;
	bool *tracked;
	struct { struct sharer *v; size_t n, cap; } sharers;
	struct { struct profile *v; size_t n, cap; } profiles;
	size_t chosen;
	double up;
	struct hk_arena *arena;
	bool too_many;
};

struct play {
	struct hk_search *search;
	struct hk_arena arena;
	struct stage *stages; size_t n;
	bool *in_cluster;             /* per cluster: part of the play */
	bool **has_target;            /* per block and workload: its target is at stake */
	bool **holds;                 /* per block and workload: has a target, which the packing at hand meets */
	bool one;                     /* only one target is at stake; the others keep to what they have */
	struct { struct hk_node_share *v; size_t n, cap; } others;   /* shares in the other clusters */
};

static bool shares_nodes(const struct hk_search *search, uint32_t b, uint32_t w, uint32_t candidate)
{
	const struct hk_block *block = &search->problem->blocks[b];
	const struct hk_place_workload *placed = &block->workloads[w];
	const struct hk_cluster *cluster = &search->problem->model->clusters[placed->candidates[candidate].cluster];

	return placed->availability > 0 && !cluster->unlimited && cluster->node_availability < 1 && search->blocks[b].replicas[w][candidate] > 1 &&
	       !hk_pack_alone_on_node(&search->problem->model->pipelines[block->pipeline].workloads[placed->workload], placed->workload);
}

/* Clusters where the workload may share nodes, and in turn the workloads that share nodes there. */
static void spread_play(struct play *play, uint32_t b, uint32_t w)
{
	const struct hk_problem *problem = play->search->problem;
	bool grown = !play->one;

	play->has_target[b][w] = true;
	for (uint32_t c = 0; c < problem->blocks[b].workloads[w].n_candidates; c++)
		if (shares_nodes(play->search, b, w, c))
			play->in_cluster[problem->blocks[b].workloads[w].candidates[c].cluster] = true;
	while (grown) {
		grown = false;
		for (uint32_t p = 0; p < problem->n_blocks; p++)
			for (uint32_t v = 0; v < problem->blocks[p].n_workloads; v++) {
				const struct hk_place_workload *placed = &problem->blocks[p].workloads[v];
				bool joins = play->has_target[p][v];

				for (uint32_t c = 0; c < placed->n_candidates; c++)
					joins = joins || (shares_nodes(play->search, p, v, c) && play->in_cluster[placed->candidates[c].cluster]);
				for (uint32_t c = 0; joins && c < placed->n_candidates; c++) {
					uint32_t cluster = placed->candidates[c].cluster;

					if (!shares_nodes(play->search, p, v, c) || (play->in_cluster[cluster] && play->has_target[p][v]))
						continue;
					play->in_cluster[cluster] = grown = true;
				}
				play->has_target[p][v] = joins;
			}
	}
}

/* Most replicas on one node of the cluster in the packing at hand. */
static uint32_t crowd_of(const struct hk_search *search, uint32_t b, uint32_t w, uint32_t cluster)
{
	uint32_t most = 0;

	for (size_t i = 0; i < search->n_shares; i++) {
		const struct hk_node_share *share = &search->shares[i];

		if (share->block == b && share->workload == w && share->cluster == cluster && share->replicas > most)
			most = share->replicas;
	}
	return most;
}

static void open_stage(struct play *play, struct stage *stage, uint32_t cluster)
{
	struct hk_search *search = play->search;

	stage->cluster = cluster;
	stage->up = search->problem->model->clusters[cluster].node_availability;
	stage->arena = &play->arena;
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &search->problem->blocks[b].workloads[w];
			uint32_t candidate = hk_candidate_of(placed, cluster),
			    replicas = candidate == HK_NO_INDEX ? 0 : search->blocks[b].replicas[w][candidate];

			if (replicas == 0)
				continue;
			hk_vec_push(&stage->items, (struct hk_pack_item){ .block = b, .workload = w, .replicas = replicas });
			if (play->one && play->holds[b][w])
				stage->items.v[stage->items.n - 1].max_per_node = crowd_of(search, b, w, cluster);
			if (shares_nodes(search, b, w, candidate) && (!play->one || play->has_target[b][w]))
				hk_vec_push(&stage->sharers, (struct sharer){ b, w, replicas, placed->need });
		}
	stage->tracked = hk_arena_array(&play->arena, stage->items.n + 1, sizeof *stage->tracked);
	for (size_t i = 0, k = 0; i < stage->items.n && k < stage->sharers.n; i++)
		if (stage->items.v[i].block == stage->sharers.v[k].block && stage->items.v[i].workload == stage->sharers.v[k].workload) {
			stage->tracked[i] = true;
			k++;
		}
}

static bool no_better(const struct stage *stage, const struct profile *profile, const struct profile *than)
{
	for (size_t k = 0; k < stage->sharers.n; k++) {
		const struct sharer *sharer = &stage->sharers.v[k];

		if (!hk_split_dominates(than->tails[k], profile->tails[k], sharer->replicas < sharer->need ? sharer->replicas : sharer->need))
			return false;
	}
	return true;
}

static void measure(const struct stage *stage, const struct hk_node_share *shares, size_t n, struct profile *profile)
{
	uint32_t *counts = hk_calloc(n + 1, sizeof *counts);

	profile->tails = hk_arena_array(stage->arena, stage->sharers.n + 1, sizeof *profile->tails);
	for (size_t k = 0; k < stage->sharers.n; k++) {
		const struct sharer *sharer = &stage->sharers.v[k];
		uint32_t nodes = 0;

		for (size_t i = 0; i < n; i++)
			if (shares[i].block == sharer->block && shares[i].workload == sharer->workload)
				counts[nodes++] = shares[i].replicas;
		profile->tails[k] = hk_arena_array(stage->arena, (size_t)sharer->replicas + 1, sizeof(double));
		hk_split_tail(counts, nodes, stage->up, sharer->replicas, profile->tails[k]);
	}
	hk_cleanup_free(&counts);
}

static bool see(void *closure, const struct hk_node_share *shares, size_t n)
{
	struct stage *stage = closure;
	struct profile profile = { .n = n };
	size_t kept = 0;

	measure(stage, shares, n, &profile);
	for (size_t i = 0; i < stage->profiles.n; i++)
		if (no_better(stage, &profile, &stage->profiles.v[i]))
			return false;
	for (size_t i = 0; i < stage->profiles.n; i++)
		if (!no_better(stage, &stage->profiles.v[i], &profile))
			stage->profiles.v[kept++] = stage->profiles.v[i];
	stage->profiles.n = kept;
	profile.shares = hk_arena_array(stage->arena, n + 1, sizeof *profile.shares);
	if (n > 0)
		memcpy(profile.shares, shares, n * sizeof *shares);
	hk_vec_push(&stage->profiles, profile);
	stage->too_many = stage->profiles.n > KEPT_MAX;
	return stage->too_many;
}

/* The chosen packings into the search. */
static void show(struct play *play)
{
	hk_search_shares_clear(play->search);
	hk_search_shares_add(play->search, play->others.v, play->others.n);
	for (size_t i = 0; i < play->n; i++) {
		const struct profile *profile = &play->stages[i].profiles.v[play->stages[i].chosen];

		hk_search_shares_add(play->search, profile->shares, profile->n);
	}
	hk_search_shares_sort(play->search);
}

static bool all_met(const struct play *play)
{
	const struct hk_problem *problem = play->search->problem;
	uint32_t crowd;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t w = 0; w < problem->blocks[b].n_workloads; w++)
			if ((play->has_target[b][w] || play->holds[b][w]) &&
			    hk_search_real_availability(play->search, b, w, &crowd) < problem->blocks[b].workloads[w].availability * (1 - 1e-12))
				return false;
	return true;
}

/* True when some choice of packings meets all targets; it is then in the search. */
static bool try_choices(struct play *play)
{
	size_t i;

	do {
		show(play);
		if (all_met(play))
			return true;
		for (i = 0; i < play->n; i++) {
			if (++play->stages[i].chosen < play->stages[i].profiles.n)
				break;
			play->stages[i].chosen = 0;
		}
	} while (i < play->n);
	return false;
}

/* Exactly these counts, of all who have a say in it. */
static size_t exclude(struct play *play)
{
	struct hk_search *search = play->search;
	HK_VEC(struct hk_literal) literals = { 0 };
	size_t added;

	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			const struct hk_place_workload *placed = &search->problem->blocks[b].workloads[w];

			for (uint32_t c = 0; c < placed->n_candidates; c++) {
				uint32_t value = search->blocks[b].replicas[w][c];

				if (!play->has_target[b][w] && !play->in_cluster[placed->candidates[c].cluster])
					continue;
				if (value > 0)
					hk_vec_push(&literals, (struct hk_literal){ { b, w, c }, value, true });
				hk_vec_push(&literals, (struct hk_literal){ { b, w, c }, value + 1, false });
			}
		}
	added = hk_cuts_clause(&search->cuts, "shared", literals.v, literals.n);
	hk_vec_release(&literals);
	return added;
}

/* Everything that is at stake with this workload's target. */
static enum hk_sharing play_out(struct play *play, size_t *added)
{
	struct hk_search *search = play->search;
	double choices = 1;

	for (uint32_t cluster = 0; cluster < search->problem->model->n_clusters; cluster++) {
		struct stage *stage = &play->stages[play->n];

		if (!play->in_cluster[cluster])
			continue;
		play->n++;
		open_stage(play, stage, cluster);
		if (!hk_pack_all(search->problem, cluster, stage->items.v, stage->items.n, stage->tracked, &search->sharing_steps, see, stage) ||
		    stage->too_many)
			return HK_SHARING_UNKNOWN;
		choices *= (double)stage->profiles.n;
	}
	/* packed before, so there is one packing at least */
	if (choices < 1 || choices > CHOICES_MAX)
		return HK_SHARING_UNKNOWN;
	for (size_t i = 0; i < search->n_shares; i++)
		if (!play->in_cluster[search->shares[i].cluster])
			hk_vec_push(&play->others, search->shares[i]);
	if (try_choices(play))
		return HK_SHARING_FOUND;
	if (play->one)
		return HK_SHARING_UNKNOWN;
	*added += exclude(play);
	return HK_SHARING_EXCLUDED;
}

static void close_play(struct play *play)
{
	for (size_t i = 0; i < play->n; i++) {
		hk_vec_release(&play->stages[i].items);
		hk_vec_release(&play->stages[i].sharers);
		hk_vec_release(&play->stages[i].profiles);
	}
	hk_vec_release(&play->others);
	hk_arena_release(&play->arena);
}

static bool **flags(struct play *play)
{
	const struct hk_problem *problem = play->search->problem;
	bool **table = hk_arena_array(&play->arena, (size_t)problem->n_blocks + 1, sizeof *table);

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		table[b] = hk_arena_array(&play->arena, (size_t)problem->blocks[b].n_workloads + 1, sizeof *table[b]);
	return table;
}

static enum hk_sharing stage_play(struct hk_search *search, uint32_t block, uint32_t workload, bool one, size_t *added)
{
	const struct hk_problem *problem = search->problem;
	struct play play = { .search = search, .one = one };
	enum hk_sharing result;
	uint32_t crowd;

	play.stages = hk_arena_array(&play.arena, problem->model->n_clusters + 1, sizeof *play.stages);
	play.in_cluster = hk_arena_array(&play.arena, problem->model->n_clusters + 1, sizeof *play.in_cluster);
	play.has_target = flags(&play);
	play.holds = flags(&play);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t w = 0; w < problem->blocks[b].n_workloads; w++) {
			double target = problem->blocks[b].workloads[w].availability;

			play.holds[b][w] = target > 0 && hk_search_real_availability(search, b, w, &crowd) >= target * (1 - 1e-12);
		}
	spread_play(&play, block, workload);
	result = play_out(&play, added);
	close_play(&play);
	return result;
}

enum hk_sharing hk_search_sharing(struct hk_search *search, uint32_t block, uint32_t workload, size_t *added)
{
	HK_VEC(struct hk_node_share) before = { 0 };
	enum hk_sharing result = HK_SHARING_EXCLUDED;
	size_t clauses = search->cuts.clauses.n;

	if (!hk_cut_shared(&search->cuts, search->problem, block, workload, search->blocks, &search->sharing_steps, added)) {
		for (size_t i = 0; i < search->n_shares; i++)
			hk_vec_push(&before, search->shares[i]);
		for (int one = 1; one >= 0 && (one || result == HK_SHARING_UNKNOWN); one--) {
			hk_search_shares_clear(search);
			hk_search_shares_add(search, before.v, before.n);
			result = stage_play(search, block, workload, one, added);
		}
		hk_vec_release(&before);
	}
	for (size_t i = clauses; i < search->cuts.clauses.n; i++)
		for (size_t k = 1; k < search->cuts.clauses.v[i].n; k++)
			hk_search_merge(search, search->cuts.clauses.v[i].literals[0].count.block, search->cuts.clauses.v[i].literals[k].count.block);
	return result;
}
