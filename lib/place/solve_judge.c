/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of a model looked at one by one: availability targets of a pipeline, nodes of all clusters. What is not proved wrong holds here; the exactness loop
 * looks at it again.
 */
#include "place/cuts_packing.h"
#include "place/scene.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

/* Of packing one cluster: an undecided answer is left to the exactness loop. */
enum { PACK_STEPS = 20000 };

struct items { struct hk_pack_item *v; size_t n, cap; };

static uint32_t count_of(const struct hk_form *form, uint32_t block, uint32_t workload, uint32_t candidate, const double *point)
{
	return (uint32_t)fmax(0, nearbyint(point[form->blocks[block].x[workload][candidate]]));
}

bool hk_search_meets(struct hk_search *search, uint32_t block, uint32_t workload, uint32_t *replicas, const uint32_t *room, const uint32_t *most,
		     uint32_t *least)
{
	struct hk_scene scene;
	bool missed;

	hk_scene_open(&scene, search->problem, block, workload);
	missed = hk_scene_misses(&scene, replicas);
	/* who asks for the model wants it as rows */
	if (missed && search->options->dump_model)
		hk_search_cut_target(search, block, workload, replicas, false, &(size_t){ 0 });
	if (missed && least) {
		if (!hk_search_nearest(search, block, workload, replicas, room, least))
			memcpy(least, replicas, scene.n * sizeof *least);
		hk_scene_raise(&scene, replicas, most);
	}
	hk_scene_close(&scene);
	return !missed;
}

/* most, raise: as struct hk_glpk_check; may both be NULL. */
static bool meets_target(const struct hk_search_judge *judge, uint32_t block, uint32_t workload, const double *point, const double *most,
			 struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_place_workload *placed = &judge->search->problem->blocks[block].workloads[workload];
	const uint32_t *x = judge->form->blocks[block].x[workload];
	uint32_t *counts, *ends, *least;
	bool met;

	if (placed->availability <= 0)
		return true;
	counts = hk_calloc(3 * (size_t)placed->n_candidates + 1, sizeof *counts);
	ends = counts + placed->n_candidates;
	least = ends + placed->n_candidates;
	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		counts[c] = count_of(judge->form, block, workload, c, point);
		ends[c] = most ? (uint32_t)fmax(0, nearbyint(most[x[c]])) : 0;
	}
	met = hk_search_meets(judge->search, block, workload, counts, NULL, ends, raise ? least : NULL);
	for (uint32_t c = 0; !met && raise && c < placed->n_candidates; c++)
		raise[c] = (struct hk_glpk_raise){ .column = x[c], .aim = least[c], .above = counts[c] };
	if (!met && raise)
		*n = placed->n_candidates;
	hk_cleanup_free(&counts);
	return met;
}

static bool block_holds(void *closure, uint32_t member, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_search_judge *judge = closure;
	uint32_t block;

	/* what is bought is no pipeline */
	if (member >= judge->form->n_members)
		return true;
	block = judge->form->members[member];
	for (uint32_t w = 0; w < judge->search->problem->blocks[block].n_workloads; w++)
		if (!meets_target(judge, block, w, point, most, raise, n))
			return false;
	return true;
}

bool hk_search_check(void *closure, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const struct hk_search_judge *judge = closure;

	for (uint32_t i = 0; i < judge->form->n_members; i++)
		if (!block_holds(closure, i, point, most, raise, n))
			return false;
	return true;
}

/* Everything in the cluster decides whether it packs. */
static void blame(const struct hk_search_judge *judge, uint32_t cluster, bool *blamed)
{
	for (uint32_t i = 0; i < judge->form->n_members; i++) {
		uint32_t block = judge->form->members[i];
		const struct hk_block *b = &judge->search->problem->blocks[block];

		for (uint32_t w = 0; w < b->n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&b->workloads[w], cluster);

			if (candidate != HK_NO_INDEX)
				blamed[judge->form->blocks[block].x[w][candidate]] = true;
		}
	}
}

static void gather(const struct hk_search_judge *judge, uint32_t cluster, const double *point, struct items *items)
{
	items->n = 0;
	for (uint32_t i = 0; i < judge->form->n_members; i++) {
		uint32_t block = judge->form->members[i];
		const struct hk_block *b = &judge->search->problem->blocks[block];

		for (uint32_t w = 0; w < b->n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&b->workloads[w], cluster),
			    replicas = candidate == HK_NO_INDEX ? 0 : count_of(judge->form, block, w, candidate, point);

			if (replicas > 0)
				hk_vec_push(items, (struct hk_pack_item){ .block = block, .workload = w, .replicas = replicas });
		}
	}
}

static bool holds(void *closure, const double *point, bool *blamed)
{
	const struct hk_search_judge *judge = closure;
	const struct hk_model *model = judge->search->problem->model;
	struct hk_arena arena = HK_ARENA_INIT;
	struct items items = { 0 };
	bool good = true;

	for (uint32_t cluster = 0; cluster < model->n_clusters && good; cluster++) {
		struct hk_node_share *shares = NULL;
		struct hk_pack_item *conflict = NULL;
		size_t n_shares = 0, n_conflict = 0;
		bool monotone = true;

		gather(judge, cluster, point, &items);
		if (items.n == 0 || model->clusters[cluster].unlimited)
			continue;
		good = hk_pack_cluster(judge->search->problem, cluster, items.v, items.n, PACK_STEPS, &arena, &shares, &n_shares, &conflict, &n_conflict,
				       &monotone) != HK_UNPACKABLE;
		if (!good)
			blame(judge, cluster, blamed);
		if (!good && judge->search->options->dump_model)
			hk_cut_conflict(&judge->search->cuts, judge->search->problem, cluster, monotone ? conflict : items.v, monotone ? n_conflict : items.n,
					monotone);
	}
	hk_vec_release(&items);
	hk_arena_release(&arena);
	return good;
}

bool hk_search_says_more(const struct hk_search_judge *judge, uint32_t block, const double *point)
{
	const struct hk_block *b = &judge->search->problem->blocks[block];
	struct hk_arena arena = HK_ARENA_INIT;
	const uint32_t **replicas = hk_arena_array(&arena, (size_t)b->n_workloads + 1, sizeof *replicas);
	bool more;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		uint32_t *counts = hk_arena_array(&arena, (size_t)b->workloads[w].n_candidates + 1, sizeof *counts);

		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			counts[c] = count_of(judge->form, block, w, c, point);
		replicas[w] = counts;
	}
	more = hk_search_cut_pairs(judge->search, block, replicas);
	hk_arena_release(&arena);
	return more;
}

static bool says_more(void *closure, uint32_t member, const double *point)
{
	const struct hk_search_judge *judge = closure;

	return member < judge->form->n_members && hk_search_says_more(judge, judge->form->members[member], point);
}

struct hk_milp_judge hk_search_judge(struct hk_search_judge *closure)
{
	return (struct hk_milp_judge){ .block_holds = block_holds, .holds = holds, .says_more = says_more, .closure = closure };
}
