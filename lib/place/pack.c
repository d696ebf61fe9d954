/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/pack.h"

#include "place/pack_internal.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_DEFAULT 50000u
/* Looks at an item while filling node by node: a few milliseconds, and more for each node of large clusters, so that several rules get their turn. */
#define MIX_WORK 500000u
#define MIX_WORK_PER_NODE 8000u

uint32_t hk_pack_needed(const struct hk_pipeline *pipeline, uint32_t workload, uint32_t *needed)
{
	uint32_t n = 0;

	needed[n++] = workload;
	for (uint32_t at = 0; at < n; at++) {
		const struct hk_workload *one = &pipeline->workloads[needed[at]];

		for (size_t t = 0; t < one->n_together; t++) {
			uint32_t with = one->together[t].with, i = 0;

			if (one->together[t].level != HK_LEVEL_NODE || !one->together[t].required)
				continue;
			while (i < n && needed[i] != with)
				i++;
			if (i == n)
				needed[n++] = with;
		}
	}
	return n;
}

/* Replicas of needed[0] one node of the group holds beside one of each other needed workload. */
static uint32_t most_on_node(const struct hk_model *model, const struct hk_cluster *cluster, const struct hk_node_group *group,
			     const struct hk_pipeline *pipeline, const uint32_t *needed, uint32_t n_needed, double *left)
{
	const struct hk_workload *workload = &pipeline->workloads[needed[0]];
	uint32_t fits;

	for (size_t r = 0; r < model->n_resources; r++)
		left[r] = hk_pack_node_free(cluster, group, r) * (1 + HK_PACK_SLACK);
	for (uint32_t i = 0; i < n_needed; i++) {
		const struct hk_workload *one = &pipeline->workloads[needed[i]];

		if (!hk_node_group_accepts(model, group, one) || !hk_pack_fits(one->request, left, model->n_resources))
			return 0;
		for (size_t r = 0; i && r < model->n_resources; r++)
			left[r] -= one->request[r];
	}
	fits = hk_pack_fits(workload->request, left, model->n_resources);
	return fits && hk_pack_alone_on_node(workload, needed[0]) ? 1 : fits;
}

uint32_t hk_pack_on_node(const struct hk_problem *problem, uint32_t cluster, uint32_t group, uint32_t pipeline, uint32_t model_workload)
{
	const struct hk_model *model = problem->model;
	const struct hk_cluster *where = &model->clusters[cluster];
	const struct hk_pipeline *of = &model->pipelines[pipeline];
	struct hk_arena arena = HK_ARENA_INIT;
	uint32_t *needed = hk_arena_array(&arena, of->n_workloads, sizeof *needed), n_needed = hk_pack_needed(of, model_workload, needed), fits;
	double *left = hk_arena_array(&arena, model->n_resources, sizeof *left);

	fits = most_on_node(model, where, &where->nodes[group], of, needed, n_needed, left);
	hk_arena_release(&arena);
	return fits;
}

static uint32_t capped(uint64_t count)
{
	return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX - 1;
}

struct hk_pack_room hk_pack_room(const struct hk_problem *problem, uint32_t cluster, uint32_t pipeline, uint32_t model_workload)
{
	const struct hk_model *model = problem->model;
	const struct hk_cluster *where = &model->clusters[cluster];
	const struct hk_pipeline *of = &model->pipelines[pipeline];
	struct hk_pack_room room = { .on_one_node = 1 };
	struct hk_arena arena = HK_ARENA_INIT;

	if (where->unlimited) {
		room.most = room.nodes = of->workloads[model_workload].manifest.kind == HK_DAEMONSET ? 0 : UINT32_MAX;
		return room;
	}
	uint32_t *needed = hk_arena_array(&arena, of->n_workloads, sizeof *needed), n_needed = hk_pack_needed(of, model_workload, needed);
	double *left = hk_arena_array(&arena, model->n_resources, sizeof *left);

	for (size_t g = 0; g < where->n_nodes; g++) {
		uint32_t fits = most_on_node(model, where, &where->nodes[g], of, needed, n_needed, left), count = where->nodes[g].count;

		room.on_one_node = fits > room.on_one_node ? fits : room.on_one_node;
		room.most = capped(room.most + (uint64_t)count * fits);
		room.nodes = capped(room.nodes + (uint64_t)(fits ? count : 0));
	}
	hk_arena_release(&arena);
	return room;
}

uint32_t hk_pack_most(const struct hk_problem *problem, uint32_t cluster, uint32_t pipeline, uint32_t model_workload)
{
	return hk_pack_room(problem, cluster, pipeline, model_workload).most;
}

/* At most 100,000. */
static uint32_t count_nodes(const struct hk_pack *pack)
{
	uint32_t n = 0;

	for (uint32_t c = 0; c < pack->n_classes && n < 100000; c++)
		n += pack->classes[c].nodes < 100000 ? pack->classes[c].nodes : 100000;
	return n < 100000 ? n : 100000;
}

enum hk_pack_result hk_pack_try(struct hk_pack *pack, const uint32_t *demand, bool needs, uint64_t *steps, struct hk_pack_runs *runs)
{
	static const unsigned wishes[] = { HK_WISH_SPREAD | HK_WISH_NEAR, HK_WISH_SPREAD, 0 };
	struct hk_pack_runs unused = { 0 };

	if (needs && hk_pack_misses_need(pack, demand))
		return HK_UNPACKABLE;
	for (size_t w = runs ? 0 : 2; w < 3; w++) {
		struct hk_pack_runs *into = runs ? runs : &unused;

		hk_arena_reset(&pack->scratch);
		*into = (struct hk_pack_runs){ 0 };
		if (hk_pack_fill(pack, demand, wishes[w], into))
			return HK_PACKED;
	}
	if (hk_pack_surely_not(pack, demand))
		return HK_UNPACKABLE;
	if (hk_pack_mix(pack, demand, MIX_WORK + MIX_WORK_PER_NODE * (uint64_t)count_nodes(pack), runs ? runs : &unused))
		return HK_PACKED;
	hk_arena_reset(&pack->scratch);
	return hk_pack_search(pack, demand, needs, steps, runs);
}

static size_t count_shares(const struct hk_pack_runs *runs)
{
	size_t n = 0;

	for (size_t k = 0; k < runs->n; k++)
		n += (size_t)runs->v[k].n_held * runs->v[k].nodes;
	return n;
}

/* Hands out the nodes of a class in order. */
struct cursor { uint32_t list, node; };

static struct cursor next_node(const struct hk_pack *pack, const struct hk_pack_class *class_, struct cursor at)
{
	if (at.node < pack->cluster->nodes[class_->groups.v[at.list]].count)
		return at;
	return (struct cursor){ at.list + 1, 0 };
}

static int by_place(const void *a, const void *b)
{
	const struct hk_node_share *x = a, *y = b;
	const uint32_t p[] = { x->block, x->workload, x->group, x->node }, q[] = { y->block, y->workload, y->group, y->node };

	for (size_t i = 0; i < 4; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

static void give_nodes(const struct hk_pack *pack, uint32_t cluster, const struct hk_pack_runs *runs, struct hk_arena *arena, struct hk_node_share **shares,
		       size_t *n_shares)
{
	struct hk_arena scratch = HK_ARENA_INIT;
	struct cursor *cursors = hk_arena_array(&scratch, pack->n_classes, sizeof *cursors);
	size_t n = 0;

	*n_shares = count_shares(runs);
	*shares = hk_arena_array(arena, *n_shares, sizeof **shares);
	for (size_t k = 0; k < runs->n; k++) {
		const struct hk_pack_run *run = &runs->v[k];
		const struct hk_pack_class *class_ = &pack->classes[run->class_index];
		struct cursor *at = &cursors[run->class_index];

		for (uint32_t node = 0; run->n_held && node < run->nodes; node++) {
			*at = next_node(pack, class_, *at);
			for (uint32_t h = 0; h < run->n_held; h++)
				(*shares)[n++] = (struct hk_node_share){ pack->items[run->held[h].part].block, pack->items[run->held[h].part].workload, cluster,
									 class_->groups.v[at->list], at->node, run->held[h].count };
			at->node++;
		}
	}
	if (n)
		qsort(*shares, n, sizeof **shares, by_place);
	hk_arena_release(&scratch);
}

static bool listed(const struct hk_pack_item *items, size_t n, uint32_t block, uint32_t workload)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].block == block && items[i].workload == workload)
			return true;
	return false;
}

/* What the item must share its nodes with and is not listed. */
static size_t add_absent(const struct hk_problem *problem, const struct hk_pack_item *item, struct hk_pack_item *out, size_t n)
{
	const struct hk_block *block = &problem->blocks[item->block];
	const struct hk_workload *workload = &problem->model->pipelines[block->pipeline].workloads[block->workloads[item->workload].workload];

	for (size_t t = 0; t < workload->n_together; t++) {
		const struct hk_pairing *pairing = &workload->together[t];

		for (uint32_t v = 0; pairing->required && pairing->level == HK_LEVEL_NODE && v < block->n_workloads; v++)
			if (block->workloads[v].workload == pairing->with && !listed(out, n, item->block, v))
				out[n++] = (struct hk_pack_item){ item->block, v, 0, 0 };
	}
	return n;
}

static int by_workload(const void *a, const void *b)
{
	const struct hk_pack_item *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->workload > y->workload) - (x->workload < y->workload);
}

static void give_conflict(struct hk_pack *pack, const struct hk_problem *problem, uint32_t *demand, uint64_t step_limit, struct hk_arena *arena,
			  struct hk_pack_item **conflict, size_t *n_conflict, bool *monotone)
{
	size_t n = 0, room = 0, given;

	*monotone = hk_pack_minimise(pack, demand, step_limit);
	for (uint32_t i = 0; i < pack->n_parts; i++)
		room += demand[i] ? 1 + pack->parts[i].workload->n_together : 0;
	*conflict = hk_arena_array(arena, room, sizeof **conflict);
	for (uint32_t i = 0; i < pack->n_parts; i++) {
		if (!demand[i])
			continue;
		(*conflict)[n] = pack->items[i];
		(*conflict)[n++].replicas = demand[i];
	}
	given = n;
	for (size_t i = 0; i < given && !*monotone; i++)
		n = add_absent(problem, &(*conflict)[i], *conflict, n);
	if (n > given)
		qsort(*conflict, n, sizeof **conflict, by_workload);
	*n_conflict = n;
}

enum hk_pack_result hk_pack_cluster(const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items, uint64_t step_limit,
				    struct hk_arena *arena, struct hk_node_share **shares, size_t *n_shares, struct hk_pack_item **conflict, size_t *n_conflict,
				    bool *monotone)
{
	struct hk_pack pack;
	struct hk_pack_runs runs = { 0 };
	enum hk_pack_result result;
	uint64_t steps = step_limit ? step_limit : STEPS_DEFAULT;

	*shares = NULL;
	*conflict = NULL;
	*n_shares = *n_conflict = 0;
	*monotone = true;
	if (problem->model->clusters[cluster].unlimited || !n_items)
		return HK_PACKED;
	hk_pack_prepare(&pack, problem, cluster, items, n_items);
	uint32_t *demand = hk_arena_array(&pack.arena, n_items, sizeof *demand);

	for (size_t i = 0; i < n_items; i++)
		demand[i] = items[i].replicas;
	result = hk_pack_try(&pack, demand, true, &steps, &runs);
	if (result == HK_PACKED)
		give_nodes(&pack, cluster, &runs, arena, shares, n_shares);
	if (result == HK_UNPACKABLE)
		give_conflict(&pack, problem, demand, step_limit ? step_limit : STEPS_DEFAULT, arena, conflict, n_conflict, monotone);
	hk_pack_finish(&pack);
	return result;
}

/* Runs of the search as shares for whoever asked. */
struct teller { const struct hk_pack *pack; uint32_t cluster; hk_pack_found *found; void *closure; };

static bool tell(void *closure, const struct hk_pack_runs *runs)
{
	struct teller *teller = closure;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_node_share *shares;
	size_t n;
	bool enough;

	give_nodes(teller->pack, teller->cluster, runs, &arena, &shares, &n);
	enough = teller->found(teller->closure, shares, n);
	hk_arena_release(&arena);
	return enough;
}

bool hk_pack_all(const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items, const bool *tracked, uint64_t *steps,
		 hk_pack_found *found, void *closure)
{
	struct hk_pack pack;
	struct teller teller = { &pack, cluster, found, closure };
	struct hk_pack_collect collect = { tracked, tell, &teller };
	enum hk_pack_result result = HK_UNPACKABLE;

	hk_pack_prepare(&pack, problem, cluster, items, n_items);
	uint32_t *demand = hk_arena_array(&pack.arena, n_items, sizeof *demand);

	for (size_t i = 0; i < n_items; i++)
		demand[i] = items[i].replicas;
	if (!hk_pack_misses_need(&pack, demand))
		result = hk_pack_search_all(&pack, demand, &collect, steps);
	hk_pack_finish(&pack);
	return result != HK_PACK_UNDECIDED;
}
