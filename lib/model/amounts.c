/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts by resource name, and the model's list of resources they are laid out along. */
#include "model/build.h"
#include "model/policy.h"
#include "model/sort.h"
#include <string.h>

static struct hk_amount *find_amount(struct hk_amounts *amounts, const char *name)
{
	for (size_t i = 0; i < amounts->list.n; i++)
		if (strcmp(amounts->list.v[i].name, name) == 0)
			return &amounts->list.v[i];
	hk_vec_push(&amounts->list, (struct hk_amount){ name, 0 });
	return &amounts->list.v[amounts->list.n - 1];
}

void hk_amounts_add(struct hk_amounts *amounts, const char *name, double value)
{
	find_amount(amounts, name)->value += value;
}

void hk_amounts_raise(struct hk_amounts *amounts, const char *name, double value)
{
	struct hk_amount *amount = find_amount(amounts, name);

	if (value > amount->value)
		amount->value = value;
}

void hk_amounts_release(struct hk_amounts *amounts)
{
	hk_vec_release(&amounts->list);
}

double *hk_amounts_dense(struct hk_build *b, const struct hk_amounts *amounts, double absent)
{
	const struct hk_model *model = b->model;
	double *dense = hk_arena_array(b->arena, model->n_resources, sizeof *dense);

	for (size_t r = 0; r < model->n_resources; r++)
		dense[r] = absent;
	for (size_t i = 0; i < amounts->list.n; i++) {
		uint32_t r = hk_model_resource(model, amounts->list.v[i].name);
		if (r != HK_NO_INDEX)
			dense[r] = amounts->list.v[i].value;
	}
	return dense;
}

/* A growing set of names. */
struct name_set { struct hk_map map; HK_VEC(const char *) names; };

static void set_add(struct name_set *set, const char *name)
{
	if (hk_map_put(&set->map, hk_str_of(name), 0) == HK_MAP_NONE)
		hk_vec_push(&set->names, name);
}

static void set_add_keys(struct hk_build *b, struct name_set *set, const struct hk_node *mapping)
{
	hk_for_each_pair(key, mapping)
		set_add(set, hk_arena_slicedup(b->arena, key->text));
}

/* A saved node list states many resources; only those that something asks for matter, and the number of pods. */
static bool inventory_counts_pods(struct hk_build *b, const struct hk_node *file)
{
	const struct hk_attachment *attachment = hk_node_is_null(file) ? NULL : hk_attach(b, file);

	for (size_t i = 0; attachment && i < attachment->objects.n; i++)
		if (hk_node_get(hk_node_at(attachment->objects.v[i].node, "status.allocatable"), "pods"))
			return true;
	return false;
}

static void collect_from_topology(struct hk_build *b, const struct hk_node *spec, struct name_set *set)
{
	hk_for_each_item(cluster, hk_node_get(spec, "clusters")) {
		set_add_keys(b, set, hk_node_get(cluster, "prices"));
		set_add_keys(b, set, hk_node_get(cluster, "reserve"));
		hk_for_each_item(node, hk_node_get(cluster, "nodes"))
			set_add_keys(b, set, hk_node_get(node, "allocatable"));
		if (inventory_counts_pods(b, hk_node_get(cluster, "nodesFrom")))
			set_add(set, "pods");
	}
}

void hk_collect_resources(struct hk_build *b)
{
	struct hk_model *model = b->model;
	struct name_set set = { HK_MAP_INIT, { NULL, 0, 0 } };
	const struct hk_document *document;

	set_add(&set, "cpu");
	set_add(&set, "memory");
	for (size_t p = 0; p < model->n_pipelines; p++)
		for (size_t w = 0; w < model->pipelines[p].n_workloads; w++)
			for (size_t i = 0; i < b->drafts[p].requests[w].list.n; i++)
				set_add(&set, b->drafts[p].requests[w].list.v[i].name);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_TOPOLOGY, &i)); )
		collect_from_topology(b, hk_document_spec(document), &set);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_CONSTRAINT_POLICY, &i)); )
		hk_for_each_item(rule, hk_node_get(hk_document_spec(document), "rules"))
			if (hk_policy_resource(hk_node_string(hk_node_get(rule, "name"))))
				set_add(&set, hk_policy_resource(hk_node_string(hk_node_get(rule, "name"))));
	model->n_resources = set.names.n;
	model->resources = hk_keep(b, set.names.v, set.names.n, sizeof *set.names.v);
	hk_sort(model->resources, model->n_resources, sizeof *model->resources, hk_sort_by_text);
	hk_map_release(&set.map);
	hk_vec_release(&set.names);
}
