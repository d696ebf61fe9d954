/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes: written in the topology, or saved with `kubectl get nodes -o json`. */
#include "model/nodes.h"
#include "model/sort.h"
#include <string.h>

struct group_list { HK_VEC(struct hk_node_group) list; struct hk_map names; };

/*
 * Where some node states how many pods it takes, every replica needs one such place. A node that does not state it takes what the kubelet takes unless told
 * otherwise (--max-pods).
 */
#define DEFAULT_PODS 110

/* Resources nobody asks for are left out; -1 marks what the node does not state. */
static double *read_allocatable(struct hk_build *b, const struct hk_node *mapping, enum hk_rule_id rule)
{
	struct hk_amounts amounts = { { NULL, 0, 0 } };
	uint32_t pods = hk_model_resource(b->model, "pods");
	double *dense;

	hk_read_amounts(b, mapping, rule, &amounts);
	dense = hk_amounts_dense(b, &amounts, -1);
	if (pods != HK_NO_INDEX && dense[pods] < 0)
		dense[pods] = DEFAULT_PODS;
	hk_amounts_release(&amounts);
	return dense;
}

static void add_group(struct hk_build *b, struct group_list *groups, struct hk_node_group *group, const struct hk_node *name)
{
	size_t known = hk_map_get(&groups->names, hk_str_of(group->name));

	group->used = hk_arena_array(b->arena, b->model->n_resources, sizeof *group->used);
	if (hk_refer_declare(b, &groups->names, group->name, name, known == HK_MAP_NONE ? NULL : &groups->list.v[known].where, "node", groups->list.n))
		hk_vec_push(&groups->list, *group);
}

/* A node of the topology carries its cluster's nodeSelector labels: they are what makes it a node of that cluster. */
static void read_group(struct hk_build *b, const struct hk_cluster *cluster, const struct hk_node *node, struct group_list *groups)
{
	struct hk_node_group group = { .name = hk_read_text(b, node, "name"), .count = 1, .where = hk_where_of(b, node) };

	if (!group.name)
		return;
	hk_read_count(b, node, "count", &group.count);
	group.allocatable = read_allocatable(b, hk_read_map(b, node, "allocatable"), HK0201);
	hk_read_labels(b, hk_read_map(b, node, "labels"), &group.labels);
	for (size_t i = 0; i < cluster->node_selector.n; i++)
		hk_labels_add(b, &group.labels, cluster->node_selector.v[i].key, cluster->node_selector.v[i].value);
	hk_read_taints(b, hk_read_list(b, node, "taints"), &group.taints, &group.n_taints);
	hk_read_bool(b, node, "unschedulable", &group.unschedulable);
	add_group(b, groups, &group, hk_node_get(node, "name"));
}

static bool is_ready(const struct hk_node *node)
{
	hk_for_each_item(condition, hk_node_at(node, "status.conditions")) {
		const char *type = hk_node_string(hk_node_get(condition, "type"));
		const char *status = hk_node_string(hk_node_get(condition, "status"));
		if (type && strcmp(type, "Ready") == 0)
			return status && strcmp(status, "True") == 0;
	}
	return true;        /* a node written by hand has no conditions */
}

/* True when the node belongs to the cluster. */
static bool read_saved_node(struct hk_build *b, const struct hk_cluster *cluster, const struct hk_object *object, struct group_list *groups)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec");
	struct hk_node_group group = { .name = hk_arena_strdup(b->arena, object->name), .count = 1, .where = hk_where_of(b, object->node) };
	bool cordoned = false;

	hk_read_labels(b, hk_node_at(object->node, "metadata.labels"), &group.labels);
	if (!hk_labels_include(&group.labels, &cluster->node_selector))
		return false;
	group.allocatable = read_allocatable(b, hk_node_at(object->node, "status.allocatable"), HK0605);
	hk_read_taints(b, hk_node_get(spec, "taints"), &group.taints, &group.n_taints);
	hk_node_bool(hk_node_get(spec, "unschedulable"), &cordoned);
	group.unschedulable = cordoned || !is_ready(object->node);
	add_group(b, groups, &group, hk_node_at(object->node, "metadata.name"));
	return true;
}

static void read_nodes_from(struct hk_build *b, const struct hk_cluster *cluster, const struct hk_node *file, struct group_list *groups)
{
	const struct hk_attachment *attachment = hk_node_is_null(file) ? NULL : hk_attach(b, file);
	const struct hk_doc *naming = b->doc;
	size_t seen = 0, taken = 0;

	if (!attachment)
		return;
	for (size_t i = 0; i < attachment->objects.n; i++) {
		const struct hk_object *object = &attachment->objects.v[i];
		if (strcmp(object->kind, "Node") != 0 || !object->name)
			continue;
		seen++;
		b->doc = object->doc;
		taken += read_saved_node(b, cluster, object, groups);
	}
	b->doc = naming;
	if (!seen)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, file, HK0607, "'%.*s' holds no Node", HK_STR_ARG(file->text)),
			     "save it with: kubectl get nodes -o json");
	else if (!taken)
		hk_node_diag(b->diags, b->doc, file, HK0607, "none of the %zu nodes in '%.*s' has the labels of the cluster's nodeSelector", seen,
			     HK_STR_ARG(file->text));
}

void hk_build_nodes(struct hk_build *b, struct hk_cluster *cluster, const struct hk_node *node)
{
	struct group_list groups = { { NULL, 0, 0 }, HK_MAP_INIT };
	const struct hk_node *written = hk_read_list(b, node, "nodes"), *saved = hk_node_get(node, "nodesFrom");

	hk_for_each_item(item, written)
		read_group(b, cluster, item, &groups);
	read_nodes_from(b, cluster, saved, &groups);
	hk_sort(groups.list.v, groups.list.n, sizeof *groups.list.v, hk_sort_by_text);
	cluster->nodes = hk_keep(b, groups.list.v, groups.list.n, sizeof *groups.list.v);
	cluster->n_nodes = groups.list.n;
	cluster->unlimited = hk_node_is_null(saved) && !written;        /* an empty list is an inventory too: nothing is there */
	hk_vec_release(&groups.list);
	hk_map_release(&groups.names);
	if (!hk_node_is_null(hk_node_get(node, "podsFrom")))
		hk_build_used(b, cluster, hk_node_get(node, "podsFrom"));
}
