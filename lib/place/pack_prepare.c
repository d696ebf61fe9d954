/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From model to packing instance: which nodes are alike, which workloads constrain one another on a node. */
#include "place/pack_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double hk_pack_node_free(const struct hk_cluster *cluster, const struct hk_node_group *group, size_t resource)
{
	if (!(group->allocatable[resource] > 0))
		return 0;
	double reserve = cluster->reserve ? cluster->reserve[resource] : 0, used = group->used ? group->used[resource] : 0;

	return fmax(0, group->allocatable[resource] * (1 - reserve) - used);
}

uint32_t hk_pack_fits(const double *request, const double *left, size_t n_resources)
{
	double fits = UINT32_MAX;

	for (size_t r = 0; r < n_resources; r++)
		if (request[r] > 0)
			fits = fmin(fits, floor(left[r] / request[r]));
	return fits > 0 ? (uint32_t)fits : 0;
}

bool hk_pack_alone_on_node(const struct hk_workload *workload, uint32_t index)
{
	bool alone = workload->manifest.kind == HK_DAEMONSET;

	for (size_t a = 0; a < workload->n_apart; a++)
		alone = alone || (workload->apart[a].with == index && workload->apart[a].level == HK_LEVEL_NODE && workload->apart[a].required);
	return alone;
}

static uint32_t model_workload(const struct hk_problem *problem, const struct hk_pack_item *item)
{
	return problem->blocks[item->block].workloads[item->workload].workload;
}

static const struct hk_workload *workload_of(const struct hk_problem *problem, const struct hk_pack_item *item)
{
	return &problem->model->pipelines[problem->blocks[item->block].pipeline].workloads[model_workload(problem, item)];
}

/* The item that is workload `index` of the same block, or HK_NO_INDEX. Items are sorted by block, so it is near. */
static uint32_t partner(const struct hk_problem *problem, const struct hk_pack *pack, uint32_t of, uint32_t index)
{
	uint32_t first = of;

	while (first > 0 && pack->items[first - 1].block == pack->items[of].block)
		first--;
	for (uint32_t i = first; i < pack->n_parts && pack->items[i].block == pack->items[of].block; i++)
		if (model_workload(problem, &pack->items[i]) == index)
			return i;
	return HK_NO_INDEX;
}

/* Grown by doubling. */
static void list_push(struct hk_arena *arena, struct hk_pack_list *list, uint32_t value)
{
	if (!(list->n & (list->n - 1))) {
		uint32_t *grown = hk_arena_array(arena, list->n ? 2 * (size_t)list->n : 1, sizeof *grown);

		if (list->n)
			memcpy(grown, list->v, list->n * sizeof *grown);
		list->v = grown;
	}
	list->v[list->n++] = value;
}

/* Each value once; a workload names few others. */
static void list_add(struct hk_arena *arena, struct hk_pack_list *list, uint32_t value)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (list->v[i] == value)
			return;
	list_push(arena, list, value);
}

static void add_pairings(struct hk_pack *pack, const struct hk_problem *problem, uint32_t i)
{
	struct hk_pack_part *part = &pack->parts[i];
	const struct hk_workload *workload = part->workload;

	for (size_t a = 0; a < workload->n_apart; a++) {
		const struct hk_pairing *pairing = &workload->apart[a];
		uint32_t other = pairing->level == HK_LEVEL_NODE ? partner(problem, pack, i, pairing->with) : HK_NO_INDEX;

		if (other == i)
			part->spread = true;
		if (other == i || other == HK_NO_INDEX)
			continue;
		list_add(&pack->arena, pairing->required ? &part->apart : &part->wish_apart, other);
		list_add(&pack->arena, pairing->required ? &pack->parts[other].apart : &pack->parts[other].wish_apart, i);
	}
	for (size_t t = 0; t < workload->n_together; t++) {
		const struct hk_pairing *pairing = &workload->together[t];
		uint32_t other = pairing->level == HK_LEVEL_NODE ? partner(problem, pack, i, pairing->with) : i;

		if (other == i)
			continue;
		if (pairing->required) {
			pack->any_needs = true;
			part->needs_missing = part->needs_missing || other == HK_NO_INDEX;
		}
		if (other == HK_NO_INDEX)
			continue;
		if (pairing->required) {
			list_add(&pack->arena, &part->needs, other);
			pack->parts[other].is_needed = true;
		}
		list_add(&pack->arena, &part->wish_near, other);
		list_add(&pack->arena, &pack->parts[other].wish_near, i);
	}
}

/* Only resources that some item asks for matter; *used lists them. */
static void find_resources(struct hk_pack *pack, const struct hk_model *model, size_t *used)
{
	for (size_t r = 0; r < model->n_resources; r++) {
		bool asked = false;

		for (uint32_t i = 0; i < pack->n_parts && !asked; i++)
			asked = pack->parts[i].workload->request[r] > 0;
		if (asked)
			used[pack->n_resources++] = r;
	}
}

static void prepare_parts(struct hk_pack *pack, const struct hk_problem *problem, size_t *used)
{
	for (uint32_t i = 0; i < pack->n_parts; i++)
		pack->parts[i].workload = workload_of(problem, &pack->items[i]);
	find_resources(pack, problem->model, used);
	for (uint32_t i = 0; i < pack->n_parts; i++) {
		struct hk_pack_part *part = &pack->parts[i];

		part->request = hk_arena_array(&pack->arena, pack->n_resources, sizeof *part->request);
		for (size_t r = 0; r < pack->n_resources; r++)
			part->request[r] = part->workload->request[used[r]];
		part->cap = pack->items[i].max_per_node ? pack->items[i].max_per_node : UINT32_MAX;
		if (hk_pack_alone_on_node(part->workload, model_workload(problem, &pack->items[i])))
			part->cap = 1;
		part->spread = part->spread || part->workload->availability > 0;
		add_pairings(pack, problem, i);
	}
}

/* Node groups as a one-group class each, to be merged. */
struct raw { struct hk_pack_class class_; uint32_t group; const struct hk_pack *pack; };

static int by_kind(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	int order = memcmp(x->class_.accepts, y->class_.accepts, x->pack->n_parts * sizeof *x->class_.accepts);

	for (size_t r = 0; !order && r < x->pack->n_resources; r++)
		order = (x->class_.free[r] > y->class_.free[r]) - (x->class_.free[r] < y->class_.free[r]);
	return order;
}

static int by_kind_then_group(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	int order = by_kind(a, b);

	return order ? order : (x->group > y->group) - (x->group < y->group);
}

static uint32_t prepare_raw(const struct hk_model *model, struct hk_pack *pack, const size_t *used, struct raw *raw)
{
	uint32_t n = 0;

	for (uint32_t g = 0; g < pack->cluster->n_nodes; g++) {
		const struct hk_node_group *group = &pack->cluster->nodes[g];
		struct raw *kind = &raw[n];
		bool useful = false;

		*kind = (struct raw){ .class_ = { .nodes = group->count }, .group = g, .pack = pack };
		kind->class_.free = hk_arena_array(&pack->arena, pack->n_resources, sizeof *kind->class_.free);
		kind->class_.accepts = hk_arena_array(&pack->arena, pack->n_parts, sizeof *kind->class_.accepts);
		for (size_t r = 0; r < pack->n_resources; r++)
			kind->class_.free[r] = hk_pack_node_free(pack->cluster, group, used[r]) * (1 + HK_PACK_SLACK);
		for (uint32_t i = 0; i < pack->n_parts; i++) {
			kind->class_.accepts[i] = hk_pack_fits(pack->parts[i].request, kind->class_.free, pack->n_resources) &&
						  hk_node_group_accepts(model, group, pack->parts[i].workload);
			useful = useful || kind->class_.accepts[i];
		}
		n += useful && group->count;
	}
	return n;
}

static uint32_t accepted_kinds(const struct raw *raw)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < raw->pack->n_parts; i++)
		n += raw->class_.accepts[i];
	return n;
}

/* Nodes that most workloads can use come last, so that workloads with a choice leave them alone. */
static int by_versatility(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	uint32_t p = accepted_kinds(x), q = accepted_kinds(y);

	if (p != q)
		return p < q ? -1 : 1;
	return (x->class_.groups.v[0] > y->class_.groups.v[0]) - (x->class_.groups.v[0] < y->class_.groups.v[0]);
}

static uint32_t sum_capped(uint32_t a, uint32_t b)
{
	return a < UINT32_MAX - b ? a + b : UINT32_MAX;
}

static void prepare_classes(struct hk_pack *pack, const struct hk_model *model, const size_t *used)
{
	struct raw *raw = hk_arena_array(&pack->arena, pack->cluster->n_nodes, sizeof *raw);
	uint32_t n = prepare_raw(model, pack, used, raw), kept = 0;

	if (!n)
		return;
	qsort(raw, n, sizeof *raw, by_kind_then_group);
	for (uint32_t k = 0; k < n; k++) {
		if (kept && !by_kind(&raw[kept - 1], &raw[k]))
			raw[kept - 1].class_.nodes = sum_capped(raw[kept - 1].class_.nodes, raw[k].class_.nodes);
		else
			raw[kept++] = raw[k];
		list_push(&pack->arena, &raw[kept - 1].class_.groups, raw[k].group);
	}
	qsort(raw, kept, sizeof *raw, by_versatility);
	pack->n_classes = kept;
	pack->classes = hk_arena_array(&pack->arena, kept, sizeof *pack->classes);
	for (uint32_t k = 0; k < kept; k++)
		pack->classes[k] = raw[k].class_;
}

static void order_by_size(struct hk_pack *pack)
{
	double *most = hk_arena_array(&pack->arena, pack->n_resources, sizeof *most);

	pack->by_size = hk_arena_array(&pack->arena, pack->n_parts, sizeof *pack->by_size);
	for (uint32_t c = 0; c < pack->n_classes; c++)
		for (size_t r = 0; r < pack->n_resources; r++)
			most[r] = fmax(most[r], pack->classes[c].free[r]);
	for (uint32_t i = 0; i < pack->n_parts; i++) {
		struct hk_pack_part *part = &pack->parts[i];
		uint32_t at = i;

		for (size_t r = 0; r < pack->n_resources; r++)
			part->size = most[r] > 0 ? fmax(part->size, part->request[r] / most[r]) : part->size;
		for (; at > 0 && pack->parts[pack->by_size[at - 1]].size < part->size; at--)
			pack->by_size[at] = pack->by_size[at - 1];
		pack->by_size[at] = i;
	}
}

void hk_pack_prepare(struct hk_pack *pack, const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n_items)
{
	*pack = (struct hk_pack){ .cluster = &problem->model->clusters[cluster], .items = items, .n_parts = (uint32_t)n_items };
	size_t *used = hk_arena_array(&pack->arena, problem->model->n_resources, sizeof *used);

	pack->parts = hk_arena_array(&pack->arena, n_items, sizeof *pack->parts);
	prepare_parts(pack, problem, used);
	prepare_classes(pack, problem->model, used);
	order_by_size(pack);
}

void hk_pack_finish(struct hk_pack *pack)
{
	hk_arena_release(&pack->scratch);
	hk_arena_release(&pack->arena);
}

bool hk_pack_misses_need(const struct hk_pack *pack, const uint32_t *demand)
{
	for (uint32_t i = 0; i < pack->n_parts; i++) {
		const struct hk_pack_part *part = &pack->parts[i];

		if (!demand[i])
			continue;
		if (part->needs_missing)
			return true;
		for (uint32_t k = 0; k < part->needs.n; k++)
			if (!demand[part->needs.v[k]])
				return true;
	}
	return false;
}
