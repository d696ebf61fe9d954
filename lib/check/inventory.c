/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/inventory.h"
#include "base/file.h"
#include "model/build.h"
#include "model/sort.h"
#include <stdlib.h>
#include <string.h>

#define MOST_NODES_OF_GROUP 100000u     /* larger groups: the rest is not looked at one by one */

struct reader { struct hk_inventory *inventory; struct hk_build build; struct hk_pod_owners *owners; uint32_t cluster; struct hk_map names; /* of origins */ };

/* ---- nodes ---- */

static struct hk_str node_key(struct hk_arena *arena, uint32_t cluster, const char *name)
{
	return hk_str_of(hk_arena_printf(arena, "%u/%s", cluster, name));
}

static void add_node(struct hk_inventory *inventory, uint32_t cluster, uint32_t group, const char *name)
{
	size_t index = inventory->nodes.n;

	if (hk_map_put(&inventory->node_names, node_key(&inventory->arena, cluster, name), index) != HK_MAP_NONE)
		return;
	hk_vec_push(&inventory->nodes, (struct hk_check_node){ name, cluster, group, NULL });
	if (hk_map_put(&inventory->node_names, hk_str_of(name), index) != HK_MAP_NONE)
		hk_map_put(&inventory->ambiguous, hk_str_of(name), index);
}

static void add_nodes(struct hk_inventory *inventory)
{
	const struct hk_model *model = inventory->model;

	for (uint32_t c = 0; c < model->n_clusters; c++) {
		for (uint32_t g = 0; g < model->clusters[c].n_nodes; g++) {
			const struct hk_node_group *group = &model->clusters[c].nodes[g];
			for (uint32_t i = 1; i <= group->count && i <= MOST_NODES_OF_GROUP; i++)
				add_node(inventory, c, g, group->count == 1 ? group->name : hk_arena_printf(&inventory->arena, "%s-%u", group->name, i));
		}
	}
}

uint32_t hk_inventory_node(const struct hk_inventory *inventory, uint32_t cluster, const char *name)
{
	size_t at;

	if (cluster == HK_NO_INDEX) {
		at = hk_map_get(&inventory->node_names, hk_str_of(name));
		return at == HK_MAP_NONE || hk_map_get(&inventory->ambiguous, hk_str_of(name)) != HK_MAP_NONE ? HK_NO_INDEX : (uint32_t)at;
	}
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	hk_buf_addf(&key, "%u/%s", cluster, name);
	at = hk_map_get(&inventory->node_names, (struct hk_str){ key.s, key.len });
	return at == HK_MAP_NONE ? HK_NO_INDEX : (uint32_t)at;
}

/* ---- objects ---- */

static bool text_is(const struct hk_node *node, const char *text)
{
	return node && node->kind == HK_SCALAR && hk_str_is(node->text, text);
}

static bool is_ready(const struct hk_node *pod)
{
	const struct hk_node *conditions = hk_node_at(pod, "status.conditions");

	hk_for_each_item(item, conditions)
		if (text_is(hk_node_get(item, "type"), "Ready"))
			return text_is(hk_node_get(item, "status"), "True");
	return !conditions;
}

static unsigned flags_of(const struct hk_node *pod)
{
	const struct hk_node *owners = hk_node_at(pod, "metadata.ownerReferences"), *annotations = hk_node_at(pod, "metadata.annotations");
	unsigned flags = is_ready(pod) ? HK_POD_READY : 0;

	if (!owners || owners->kind != HK_SEQUENCE || !owners->count)
		flags |= HK_POD_BARE;
	hk_for_each_item(item, owners) {
		if (text_is(hk_node_get(item, "kind"), "DaemonSet"))
			flags |= HK_POD_DAEMON;
		if (text_is(hk_node_get(item, "kind"), "Node"))
			flags |= HK_POD_STATIC;
	}
	if (!hk_node_is_null(hk_node_get(annotations, "kubernetes.io/config.mirror")))
		flags |= HK_POD_STATIC;
	if (hk_node_get(annotations, "descheduler.alpha.kubernetes.io/evict"))
		flags |= HK_POD_FORCED;
	hk_for_each_item(item, hk_node_at(pod, "spec.volumes"))
		if (hk_node_get(item, "emptyDir") || hk_node_get(item, "hostPath"))
			flags |= HK_POD_LOCAL_STORAGE;
	return flags;
}

static double *requests_of(struct reader *r, const struct hk_node *spec)
{
	struct hk_amounts amounts = { { NULL, 0, 0 } };
	double *dense;

	hk_read_pod_requests(&r->build, spec, &amounts);
	hk_amounts_add(&amounts, "pods", 1);
	dense = hk_amounts_dense(&r->build, &amounts, 0);
	hk_amounts_release(&amounts);
	return dense;
}

static void add_pod(struct reader *r, const struct hk_node *node, const char *name, const char *name_space)
{
	struct hk_inventory *inventory = r->inventory;
	const struct hk_node *spec = hk_node_get(node, "spec"), *phase = hk_node_at(node, "status.phase");
	const char *node_name = hk_node_string(hk_node_get(spec, "nodeName"));
	struct hk_check_pod pod = { .name = name, .name_space = name_space, .node_name = node_name && *node_name ? node_name : NULL, .cluster = r->cluster,
				    .node = HK_NO_INDEX,
				    .pipeline = HK_NO_INDEX, .workload = HK_NO_INDEX, .uid = hk_node_string(hk_node_at(node, "metadata.uid")) };

	/* a manifest is no pod that was seen; one that has ended is none any more */
	if ((!pod.node_name && !hk_node_get(node, "status")) || text_is(phase, "Succeeded") || text_is(phase, "Failed"))
		return;
	if (pod.node_name) {
		pod.node = hk_inventory_node(inventory, pod.cluster, pod.node_name);
		if (pod.node != HK_NO_INDEX)
			pod.cluster = inventory->nodes.v[pod.node].cluster;
		else
			inventory->n_unknown_nodes += pod.cluster == HK_NO_INDEX;
	}
	if (hk_map_put(&inventory->seen, hk_str_of(hk_arena_printf(&inventory->arena, "%u/%s/%s", pod.cluster, name_space, name)),
		       inventory->pods.n) != HK_MAP_NONE)
		return;
	pod.flags = flags_of(node);
	hk_node_int(hk_node_get(spec, "priority"), &pod.priority);
	hk_read_labels(&r->build, hk_node_at(node, "metadata.labels"), &pod.labels);
	hk_pod_owner(r->owners, &pod.labels, name_space, &pod.pipeline, &pod.workload);
	pod.request = requests_of(r, spec);
	hk_vec_push(&inventory->pods, pod);
}

static void add_budget(struct reader *r, const struct hk_node *node, const char *name, const char *name_space)
{
	const struct hk_node *spec = hk_node_get(node, "spec"), *selector = hk_node_get(spec, "selector");
	struct hk_check_budget budget = { .name = name, .name_space = name_space, .cluster = r->cluster };

	if (!selector)
		return;
	hk_read_selector(&r->build, selector, &budget.selector);
	budget.has_allowed = hk_node_int(hk_node_at(node, "status.disruptionsAllowed"), &budget.allowed);
	budget.min_available = hk_node_string(hk_node_get(spec, "minAvailable"));
	budget.max_unavailable = hk_node_string(hk_node_get(spec, "maxUnavailable"));
	hk_vec_push(&r->inventory->budgets, budget);
}

static void add_object(struct reader *r, const struct hk_node *node, const char *api_version, const char *kind)
{
	const char *name = hk_node_string(hk_node_at(node, "metadata.name")), *name_space = hk_node_string(hk_node_at(node, "metadata.namespace"));

	if (!name)
		return;
	if (!name_space)
		name_space = "default";
	if (strcmp(kind, "Pod") == 0) {
		add_pod(r, node, name, name_space);
	} else if (strcmp(kind, "PodDisruptionBudget") == 0) {
		add_budget(r, node, name, name_space);
	} else if (strcmp(kind, "ConstraintPolicyBinding") == 0) {
		hk_vec_push(&r->inventory->bindings, node);
	} else if (strcmp(kind, "Endpoints") == 0 || strcmp(kind, "Endpoint") == 0 || strcmp(kind, "NetworkService") == 0) {
		struct hk_check_object object = { api_version ? api_version : "v1", kind[0] == 'E' ? "Endpoint" : kind, name, name_space, r->cluster,
						  { NULL, 0 } };
		hk_read_labels(&r->build, hk_node_at(node, "metadata.labels"), &object.labels);
		hk_vec_push(&r->inventory->objects, object);
	}
}

/* Lists can be in lists, as kubectl takes them. Items of a typed one ("PodList") may leave their kind out. */
static void add_objects(struct reader *r, const struct hk_node *node, const char *api_version, const char *kind)
{
	const struct hk_node *items = hk_node_get(node, "items");
	const char *own_version = hk_node_string(hk_node_get(node, "apiVersion")), *own_kind = hk_node_string(hk_node_get(node, "kind"));

	api_version = own_version ? own_version : api_version;
	kind = own_kind ? own_kind : kind;
	if (!kind)
		return;
	if (!hk_str_ends(hk_str_of(kind), "List") || !items) {
		add_object(r, node, api_version, kind);
		return;
	}
	kind = hk_arena_slicedup(&r->inventory->arena, (struct hk_str){ kind, strlen(kind) - strlen("List") });
	hk_for_each_item(item, items)
		add_objects(r, item, api_version, kind);
}

static void add_document(struct reader *r, const struct hk_doc *doc)
{
	HK_AUTO_FREE char *path = hk_path_join(".", doc->source->name);
	size_t origin = hk_map_get(&r->names, hk_str_of(path));

	r->cluster = origin == HK_MAP_NONE ? HK_NO_INDEX : r->inventory->origins.v[origin].cluster;
	r->build.doc = doc;
	add_objects(r, doc->root, NULL, NULL);
}

/* ---- which cluster a file is of ---- */

static void add_origin(struct reader *r, const char *path, uint32_t cluster)
{
	struct hk_inventory *inventory = r->inventory;
	HK_AUTO_FREE char *plain = hk_path_join(".", path);
	const char *kept = hk_arena_strdup(&inventory->arena, plain);

	hk_map_put(&r->names, hk_str_of(kept), inventory->origins.n);
	hk_vec_push(&inventory->origins, (struct hk_check_origin){ kept, cluster });
}

/* podsFrom of the topologies. */
static void add_named_files(struct reader *r, const struct hk_document *document)
{
	const struct hk_node *clusters = hk_node_get(hk_document_spec(document), "clusters");
	HK_AUTO_FREE char *directory = hk_path_dirname(document->doc.source->name);

	hk_for_each_item(item, clusters) {
		const char *file = hk_node_string(hk_node_get(item, "podsFrom")), *name = hk_node_string(hk_node_get(item, "name"));
		uint32_t cluster = name ? hk_model_cluster(r->inventory->model, name) : HK_NO_INDEX;
		if (!file || cluster == HK_NO_INDEX)
			continue;
		HK_AUTO_FREE char *path = hk_path_join(strcmp(document->doc.source->name, "<stdin>") == 0 ? "." : directory, file);
		add_origin(r, path, cluster);
	}
}

static const char *cluster_name(const struct hk_inventory *inventory, uint32_t cluster)
{
	return cluster == HK_NO_INDEX ? "" : inventory->model->clusters[cluster].name;
}

/* The cluster's name goes first, so that the order does not depend on that of files; hk_sort needs no context because clusters are sorted by name. */
static int compare_pods(const void *a, const void *b)
{
	const struct hk_check_pod *left = a, *right = b;
	int order;

	/* HK_NO_INDEX + 1 is 0: unknown clusters first, as their empty name */
	if (left->cluster != right->cluster)
		return left->cluster + 1 < right->cluster + 1 ? -1 : 1;
	order = strcmp(left->name_space, right->name_space);
	return order ? order : strcmp(left->name, right->name);
}

static int compare_objects(const void *a, const void *b)
{
	const struct hk_check_object *left = a, *right = b;
	int order = strcmp(left->name_space, right->name_space);

	return order ? order : strcmp(left->name, right->name);
}

static int compare_budgets(const void *a, const void *b)
{
	const struct hk_check_budget *left = a, *right = b;
	int order = strcmp(left->name_space, right->name_space);

	return order ? order : strcmp(left->name, right->name);
}

void hk_inventory_open(struct hk_inventory *inventory, const struct hk_model *model, struct hk_workspace *workspace, const struct hk_check_origin *origins,
		       size_t n_origins)
{
	*inventory = (struct hk_inventory){ .model = model };
	struct reader r = { .inventory = inventory, .owners = hk_pod_owners_open(model) };

	/* the model is only read: what the readers of lib/model write goes into the arena */
	r.build = (struct hk_build){ .model = (struct hk_model *)(uintptr_t)model, .workspace = workspace, .diags = &inventory->diags,
				     .arena = &inventory->arena };
	add_nodes(inventory);
	for (size_t i = 0; i < n_origins; i++)
		add_origin(&r, origins[i].path, origins[i].cluster);
	for (size_t i = 0; i < workspace->n_documents; i++)
		if (workspace->documents[i]->kind == HK_KIND_TOPOLOGY)
			add_named_files(&r, workspace->documents[i]);
	for (size_t i = 0; i < workspace->n_documents; i++)
		if (workspace->documents[i]->kind == HK_KIND_KUBERNETES)
			add_document(&r, &workspace->documents[i]->doc);
	for (size_t i = 0; i < workspace->n_attached; i++)
		add_document(&r, &workspace->attached[i]->doc);
	hk_sort(inventory->pods.v, inventory->pods.n, sizeof *inventory->pods.v, compare_pods);
	hk_sort(inventory->objects.v, inventory->objects.n, sizeof *inventory->objects.v, compare_objects);
	hk_sort(inventory->budgets.v, inventory->budgets.n, sizeof *inventory->budgets.v, compare_budgets);
	hk_pod_owners_close(r.owners);
	hk_map_release(&r.names);
}

/* ---- a plan's replicas ---- */

static void add_planned(struct hk_inventory *inventory, const struct hk_check_pod *like, const char *stem, uint32_t *number, const char *node, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct hk_check_pod pod = *like;
		pod.name = hk_arena_printf(&inventory->arena, "%s-%s-%u", stem, cluster_name(inventory, like->cluster), ++*number);
		pod.node_name = node ? hk_arena_strdup(&inventory->arena, node) : NULL;
		pod.node = node ? hk_inventory_node(inventory, like->cluster, node) : HK_NO_INDEX;
		hk_vec_push(&inventory->pods, pod);
	}
}

static void add_placement(struct hk_inventory *inventory, const struct hk_plan_placement *placement, uint32_t p, uint32_t w)
{
	const struct hk_pipeline *pipeline = &inventory->model->pipelines[p];
	const struct hk_workload *workload = &pipeline->workloads[w];
	const char *name_space = workload->manifest.name_space ? workload->manifest.name_space : pipeline->name_space;
	struct hk_check_pod pod = { .name_space = name_space, .cluster = hk_model_cluster(inventory->model, placement->cluster), .node = HK_NO_INDEX,
				    .pipeline = p, .workload = w,
				    .flags = HK_POD_PLANNED | HK_POD_READY, .labels = workload->manifest.pod_labels, .request = workload->request };
	uint32_t number = 0;

	if (!workload->manifest.file) {
		pod.labels.v = hk_arena_array(&inventory->arena, 1, sizeof *pod.labels.v);
		pod.labels.v[0] = (struct hk_label){ "app", workload->name };
		pod.labels.n = 1;
	}
	const char *stem = workload->manifest.file ? workload->manifest.name : workload->name;
	for (size_t n = 0; n < placement->n_nodes; n++)
		add_planned(inventory, &pod, stem, &number, placement->nodes[n].name, placement->nodes[n].replicas);
	if (number < placement->replicas && placement->replicas <= HK_MOST_REPLICAS)
		add_planned(inventory, &pod, stem, &number, NULL, placement->replicas - number);
}

void hk_inventory_add_plan(struct hk_inventory *inventory, const struct hk_plan *plan)
{
	for (size_t i = 0; i < plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *planned = &plan->pipelines[i];
		uint32_t p = hk_model_pipeline(inventory->model, planned->name);
		for (size_t k = 0; p != HK_NO_INDEX && k < planned->n_workloads; k++) {
			uint32_t w = hk_pipeline_workload(&inventory->model->pipelines[p], planned->workloads[k].name);
			for (size_t c = 0; w != HK_NO_INDEX && c < planned->workloads[k].n_placements; c++)
				add_placement(inventory, &planned->workloads[k].placements[c], p, w);
		}
	}
	hk_sort(inventory->pods.v, inventory->pods.n, sizeof *inventory->pods.v, compare_pods);
}

/* ---- what is free ---- */

void hk_inventory_count_free(struct hk_inventory *inventory)
{
	const struct hk_model *model = inventory->model;

	for (size_t i = 0; i < inventory->nodes.n; i++) {
		struct hk_check_node *node = &inventory->nodes.v[i];
		const struct hk_cluster *cluster = &model->clusters[node->cluster];
		const struct hk_node_group *group = &cluster->nodes[node->group];
		node->free = hk_arena_array(&inventory->arena, model->n_resources, sizeof *node->free);
		for (size_t r = 0; r < model->n_resources; r++)
			node->free[r] = group->allocatable[r] < 0 ? (strcmp(model->resources[r], "pods") == 0 ? 110 : 0)
			    : group->allocatable[r] * (1 - cluster->reserve[r]);
	}
	for (size_t i = 0; i < inventory->pods.n; i++) {
		const struct hk_check_pod *pod = &inventory->pods.v[i];
		for (size_t r = 0; pod->node != HK_NO_INDEX && pod->request && r < model->n_resources; r++)
			inventory->nodes.v[pod->node].free[r] -= pod->request[r];
	}
}

void hk_inventory_close(struct hk_inventory *inventory)
{
	hk_vec_release(&inventory->nodes);
	hk_vec_release(&inventory->pods);
	hk_vec_release(&inventory->budgets);
	hk_vec_release(&inventory->objects);
	hk_vec_release(&inventory->origins);
	hk_vec_release(&inventory->bindings);
	hk_map_release(&inventory->node_names);
	hk_map_release(&inventory->ambiguous);
	hk_map_release(&inventory->seen);
	hk_diags_release(&inventory->diags);
	hk_arena_release(&inventory->arena);
}
