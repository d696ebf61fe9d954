/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of a model looked at one by one: availability targets of a pipeline, nodes of all clusters. What is not proved wrong holds here; the exactness loop looks at it again. */
#include "place/cuts_packing.h"
#include "place/scene.h"
#include "place/solve_internal.h"

#include <math.h>

/* Of packing one cluster: an undecided answer is left to the exactness loop. */
enum { PACK_STEPS = 20000 };

struct items { struct hk_pack_item *v; size_t n, cap; };

static uint32_t count_of(const struct hk_form *form, uint32_t block, uint32_t workload, uint32_t candidate, const double *point)
{
	return (uint32_t)fmax(0, nearbyint(point[form->blocks[block].x[workload][candidate]]));
}

/* Replicas that miss the target: what has to rise, and how far it may without meeting it. */
static void ask_for_more(const struct hk_search_judge *judge, struct hk_scene *scene, uint32_t *replicas, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	const uint32_t *columns = judge->form->blocks[scene->block].x[scene->workload];
	uint32_t *least = hk_arena_array(&scene->arena, (size_t)scene->n + 1, sizeof *least), *ends = hk_arena_array(&scene->arena, (size_t)scene->n + 1, sizeof *ends);
	bool known = hk_search_nearest(judge->search, scene->block, scene->workload, replicas, NULL, least);

	for (uint32_t c = 0; c < scene->n; c++) {
		raise[c] = (struct hk_glpk_raise){ .column = columns[c], .aim = known ? least[c] : replicas[c] };
		ends[c] = (uint32_t)fmax(0, nearbyint(most[columns[c]]));
	}
	hk_scene_raise(scene, replicas, ends);
	for (*n = 0; *n < scene->n; ++*n)
		raise[*n].above = replicas[*n];
}

/* most, raise: as struct hk_glpk_check; may both be NULL. */
static bool meets_target(const struct hk_search_judge *judge, uint32_t block, uint32_t workload, const double *point, const double *most, struct hk_glpk_raise *raise, size_t *n)
{
	struct hk_scene scene;
	uint32_t *replicas;
	bool missed;

	if (judge->search->problem->blocks[block].workloads[workload].availability <= 0)
		return true;
	hk_scene_open(&scene, judge->search->problem, block, workload);
	replicas = hk_arena_array(&scene.arena, (size_t)scene.n + 1, sizeof *replicas);
	for (uint32_t c = 0; c < scene.n; c++)
		replicas[c] = count_of(judge->form, block, workload, c, point);
	missed = hk_scene_misses(&scene, replicas);
	/* who asks for the model wants it as rows */
	if (missed && judge->search->options->dump_model)
		hk_search_cut_target(judge->search, block, workload, replicas, false, &(size_t){ 0 });
	if (missed && raise)
		ask_for_more(judge, &scene, replicas, most, raise, n);
	hk_scene_close(&scene);
	return !missed;
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
			uint32_t candidate = hk_candidate_of(&b->workloads[w], cluster), replicas = candidate == HK_NO_INDEX ? 0 : count_of(judge->form, block, w, candidate, point);

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
		good = hk_pack_cluster(judge->search->problem, cluster, items.v, items.n, PACK_STEPS, &arena, &shares, &n_shares, &conflict, &n_conflict, &monotone) != HK_UNPACKABLE;
		if (!good)
			blame(judge, cluster, blamed);
		if (!good && judge->search->options->dump_model)
			hk_cut_conflict(&judge->search->cuts, judge->search->problem, cluster, monotone ? conflict : items.v, monotone ? n_conflict : items.n, monotone);
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
