/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved nodes, and the pods on them, become a Topology: a cluster a file, or one for each value of a node label; what pods request is taken off. */
#include "import/policies.h"
#include "base/vec.h"
#include <stdlib.h>
#include <string.h>

struct placed_node {
	struct hk_import_object *object;
	const char *name, *cluster;
	struct hk_labels labels;
	struct hk_amounts allocatable, used;
	size_t pods;                            /* that run on it and count */
	size_t next;                            /* node of the same name, or HK_MAP_NONE */
	bool unschedulable;
};

struct inventory {
	struct hk_import *import;
	HK_VEC(struct placed_node) nodes;
	struct hk_map names;                    /* to the first node of that name */
	struct hk_map clusters;                 /* to positions in the topology */
	struct hk_draft_topology *topology;
	const char *label;                      /* of the nodes, whose values are the clusters; NULL: a cluster a file */
	size_t pods, counted, elsewhere, unplaced, ended, ignored;
};

static bool is_ready(const struct hk_node *node)
{
	hk_for_each_item(condition, hk_node_at(node, "status.conditions")) {
		const char *type = hk_node_string(hk_node_get(condition, "type")), *status = hk_node_string(hk_node_get(condition, "status"));

		if (type && strcmp(type, "Ready") == 0)
			return status && strcmp(status, "True") == 0;
	}
	return true;
}

/* Short names for the labels people mean by them. */
static const char *label_key(const char *wanted)
{
	if (strcmp(wanted, "zone") == 0)
		return "topology.kubernetes.io/zone";
	if (strcmp(wanted, "region") == 0)
		return "topology.kubernetes.io/region";
	return wanted;
}

static const char *cluster_by_label(struct inventory *inventory, const struct placed_node *node)
{
	struct hk_import *import = inventory->import;
	const char *key = inventory->label, *value = hk_labels_get(&node->labels, key), *name;
	struct hk_diag *diag;

	if (!value) {
		diag = hk_import_diag(import, node->object, NULL, HK1108, "node '%s' has no label '%s', so its cluster is not known", node->name, key);
		hk_diag_help(import->diags, diag, "label the node, or leave --cluster-label out and give a file for each cluster");
		return "";
	}
	name = hk_import_name(&import->arena, value, "cluster");
	if (strcmp(name, value) != 0)
		hk_import_diag(import, node->object, NULL, HK1106, "cluster '%s' is called '%s'", value, name);
	return name;
}

static const char *cluster_of(struct inventory *inventory, const struct placed_node *node)
{
	struct hk_import *import = inventory->import;
	const struct hk_import_file *file = &import->files[node->object->file];

	if (inventory->label)
		return cluster_by_label(inventory, node);
	if (file->cluster)
		return file->cluster;
	return hk_import_name(&import->arena, strcmp(file->path, "-") == 0 ? "cluster-1" : hk_import_stem(&import->arena, file->path), "cluster-1");
}

/* The node of that name in the same cluster, or HK_MAP_NONE. */
static size_t find_in_cluster(const struct inventory *inventory, const char *name, const char *cluster)
{
	size_t at = hk_map_get(&inventory->names, hk_str_of(name));

	while (at != HK_MAP_NONE && strcmp(inventory->nodes.v[at].cluster, cluster) != 0)
		at = inventory->nodes.v[at].next;
	return at;
}

static void add_node(struct inventory *inventory, struct hk_import_object *object)
{
	struct hk_import *import = inventory->import;
	struct hk_build *b = hk_import_at(import, object);
	struct placed_node node = { .object = object, .name = object->name, .next = HK_MAP_NONE };
	bool cordoned = false;
	size_t head;

	object->taken = true;
	if (!hk_is_object_name(object->name)) {
		hk_import_diag(import, object, NULL, HK1102, "'%s' is no name a node can have; it is left out", object->name);
		return;
	}
	hk_read_labels(b, hk_node_at(object->node, "metadata.labels"), &node.labels);
	hk_import_valid_labels(import, object, &node.labels);
	node.cluster = cluster_of(inventory, &node);
	if (find_in_cluster(inventory, node.name, node.cluster) != HK_MAP_NONE) {
		hk_import_diag(import, object, NULL, HK1107, "node '%s' of cluster '%s' stands in the files twice; the first one counts", node.name,
			       node.cluster);
		return;
	}
	hk_read_amounts(b, hk_node_at(object->node, "status.allocatable"), HK0605, &node.allocatable);
	if (!node.allocatable.list.n)
		hk_import_diag(import, object, NULL, HK1102, "node '%s' has no status.allocatable: nothing fits on it", node.name);
	hk_node_bool(hk_node_at(object->node, "spec.unschedulable"), &cordoned);
	node.unschedulable = cordoned || !is_ready(object->node);
	head = hk_map_put(&inventory->names, hk_str_of(node.name), inventory->nodes.n);
	hk_vec_push(&inventory->nodes, node);
	if (head != HK_MAP_NONE) {
		inventory->nodes.v[inventory->nodes.n - 1].next = inventory->nodes.v[head].next;
		inventory->nodes.v[head].next = inventory->nodes.n - 1;
	}
}

/* The node a pod runs on: in the same file, else in the cluster its file belongs to, else the only one of that name. HK_MAP_NONE: none. */
static size_t node_of_pod(struct inventory *inventory, const struct hk_import_object *pod, const char *name)
{
	struct hk_import *import = inventory->import;
	size_t first = hk_map_get(&inventory->names, hk_str_of(name)), count = 0;

	for (size_t at = first; at != HK_MAP_NONE; at = inventory->nodes.v[at].next) {
		if (inventory->nodes.v[at].object->file == pod->file)
			return at;
		count++;
	}
	if (import->files[pod->file].cluster)
		return find_in_cluster(inventory, name, import->files[pod->file].cluster);
	if (count > 1)
		hk_diag_help(import->diags,
			     hk_import_diag(import, pod, NULL, HK1108, "pod '%s' runs on a node '%s', but several clusters have one of that name", pod->name,
					    name), "say which cluster the file is of: edge-a=pods.json");
	return count == 1 ? first : HK_MAP_NONE;
}

static bool is_ignored(const struct hk_import *import, const struct hk_import_object *pod)
{
	for (size_t i = 0; i < import->options->n_without; i++)
		if (strcmp(import->options->without[i], pod->name_space ? pod->name_space : "default") == 0)
			return true;
	return false;
}

static void add_pod(struct inventory *inventory, struct hk_import_object *pod)
{
	const struct hk_node *spec = hk_node_get(pod->node, "spec");
	const char *node = hk_node_string(hk_node_get(spec, "nodeName")), *phase = hk_node_string(hk_node_at(pod->node, "status.phase"));
	size_t at;

	pod->taken = true;
	inventory->pods++;
	if (is_ignored(inventory->import, pod)) {
		inventory->ignored++;
		return;
	}
	if (phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0)) {
		inventory->ended++;
		return;
	}
	if (!node || !*node) {
		inventory->unplaced++;
		return;
	}
	at = node_of_pod(inventory, pod, node);
	if (at == HK_MAP_NONE) {
		inventory->elsewhere++;
		return;
	}
	hk_read_pod_requests(hk_import_at(inventory->import, pod), spec, &inventory->nodes.v[at].used);
	inventory->nodes.v[at].pods++;
	inventory->counted++;
}

static double *find_amount(struct hk_amounts *amounts, const char *name)
{
	for (size_t i = 0; i < amounts->list.n; i++)
		if (strcmp(amounts->list.v[i].name, name) == 0)
			return &amounts->list.v[i].value;
	return NULL;
}

/* Quantities are quoted for YAML; in a comment the quotes only disturb. */
static const char *without_quotes(struct hk_arena *arena, const char *text)
{
	char *copy = hk_arena_strdup(arena, text), *to = copy;

	for (const char *s = copy; *s; s++)
		if (*s != '"')
			*to++ = *s;
	*to = '\0';
	return copy;
}

/* allocatable -= used; what is left is never negative. Says what was there. */
static const char *deduct(struct inventory *inventory, struct placed_node *node)
{
	struct hk_import *import = inventory->import;
	HK_AUTO_BUF struct hk_buf note = HK_BUF_INIT;

	if (!node->pods)
		return NULL;
	hk_amounts_add(&node->used, "pods", (double)node->pods);
	hk_buf_addf(&note, "without what %zu pod%s use%s:", node->pods, node->pods == 1 ? "" : "s", node->pods == 1 ? "s" : "");
	for (size_t i = 0; i < node->used.list.n; i++) {
		const struct hk_amount *used = &node->used.list.v[i];
		double *left = find_amount(&node->allocatable, used->name);

		if (!left)
			continue;
		hk_buf_addf(&note, "%s %s ", i ? "," : "", used->name);
		hk_write_quantity(&note, used->name, used->value, true);
		*left -= used->value;
		if (*left < -1e-6)
			hk_import_diag(import, node->object, NULL, HK1110, "pods request more %s of node '%s' than it has; none is left", used->name,
				       node->name);
		if (*left < 0)
			*left = 0;
	}
	return without_quotes(&import->arena, note.s);
}

/* Cluster API and the clouds put their name in front of the node's id: "aws:///us-west-2a/i-0", "gce://project/zone/node". */
static const char *provider_of(struct hk_import *import, const struct hk_import_object *object)
{
	const char *id = hk_node_string(hk_node_at(object->node, "spec.providerID")), *colon = id ? strstr(id, "://") : NULL;

	return colon && colon > id ? hk_arena_slicedup(&import->arena, (struct hk_str){ id, (size_t)(colon - id) }) : NULL;
}

static const char *zone_label(const struct hk_labels *labels, const char *level)
{
	const char *now = hk_labels_get(labels, strcmp(level, "zone") == 0 ? "topology.kubernetes.io/zone" : "topology.kubernetes.io/region");

	return now ? now : hk_labels_get(labels,
					 strcmp(level, "zone") == 0 ? "failure-domain.beta.kubernetes.io/zone" : "failure-domain.beta.kubernetes.io/region");
}

/* A fact of the cluster is one that all of its nodes share. */
static void share(const char **fact, const char *own, bool first)
{
	if (first)
		*fact = own && *own ? own : NULL;
	else if (!own || !*fact || strcmp(*fact, own) != 0)
		*fact = NULL;
}

static struct hk_draft_cluster *add_cluster(struct inventory *inventory, const struct placed_node *node, bool *first)
{
	struct hk_import *import = inventory->import;
	size_t at = hk_map_put(&inventory->clusters, hk_str_of(node->cluster), inventory->topology->clusters.n);
	struct hk_draft_cluster *cluster;

	*first = at == HK_MAP_NONE;
	if (!*first)
		return &inventory->topology->clusters.v[at];
	cluster = hk_vec_add(&inventory->topology->clusters);
	cluster->name = node->cluster;
	if (inventory->label) {
		hk_labels_add(&import->build, &cluster->node_selector, inventory->label, hk_labels_get(&node->labels, inventory->label));
	} else if (!import->files[node->object->file].cluster) {
		hk_vec_push(&cluster->remarks, "guess: the name is that of the file; --cluster says another");
	}
	return cluster;
}

static void keep_valid_taints(struct inventory *inventory, const struct hk_import_object *object, struct hk_draft_node *draft)
{
	size_t n = 0;

	for (size_t i = 0; i < draft->n_taints; i++) {
		const struct hk_taint *taint = &draft->taints[i];

		if (hk_is_label_key(taint->key) && (!taint->value || hk_is_label_value(taint->value)))
			draft->taints[n++] = *taint;
		else
			hk_import_diag(inventory->import, object, NULL, HK1112, "taint '%s' of '%s' is not one Kubernetes has and is left out", taint->key,
				       object->name);
	}
	draft->n_taints = n;
}

static void place_node(struct inventory *inventory, struct placed_node *node)
{
	struct hk_import *import = inventory->import;
	bool first;
	struct hk_draft_cluster *cluster = add_cluster(inventory, node, &first);
	struct hk_draft_node draft = { .name = node->name, .count = 1, .labels = node->labels, .unschedulable = node->unschedulable };

	share(&cluster->region, zone_label(&node->labels, "region"), first);
	share(&cluster->zone, zone_label(&node->labels, "zone"), first);
	share(&cluster->provider, provider_of(import, node->object), first);
	hk_read_taints(hk_import_at(import, node->object), hk_node_at(node->object->node, "spec.taints"), &draft.taints, &draft.n_taints);
	keep_valid_taints(inventory, node->object, &draft);
	draft.note = deduct(inventory, node);
	if (!draft.note)
		draft.stated = hk_node_at(node->object->node, "status.allocatable");
	draft.allocatable = node->allocatable;
	node->allocatable = (struct hk_amounts){ { NULL, 0, 0 } };
	hk_vec_push(&cluster->nodes, draft);
}

static void count_remark(struct inventory *inventory, size_t count, const char *what)
{
	if (count)
		hk_vec_push(&inventory->topology->remarks, hk_arena_printf(&inventory->import->arena, "%s: %zu", what, count));
}

static void remark(struct inventory *inventory)
{
	struct hk_import *import = inventory->import;

	hk_vec_push(&inventory->topology->remarks,
		    hk_arena_printf(&import->arena, "Imported from saved nodes: %zu node%s in %zu cluster%s.", inventory->nodes.n,
				    inventory->nodes.n == 1 ? "" : "s", inventory->topology->clusters.n, inventory->topology->clusters.n == 1 ? "" : "s"));
	if (!inventory->pods)
		hk_vec_push(&inventory->topology->remarks, "fill in: no pods were given, so everything counts as free; give them too, or set podsFrom");
	count_remark(inventory, inventory->counted, "Pods whose requests are taken off the node they run on");
	count_remark(inventory, inventory->ended, "Pods that have ended and count for nothing");
	count_remark(inventory, inventory->unplaced, "Pods that run on no node and count for nothing");
	count_remark(inventory, inventory->elsewhere, "Pods on nodes that are not in these files, which count for nothing");
	count_remark(inventory, inventory->ignored, "Pods left out as asked (--without-namespace)");
	if (inventory->elsewhere)
		hk_diag_add(import->diags, HK1101, NULL, "%zu pods run on nodes that are not in the files", inventory->elsewhere);
}

static int refuse_empty(struct inventory *inventory, bool need_pods)
{
	struct hk_import *import = inventory->import;

	if (!inventory->nodes.n && !import->diags->errors)
		hk_diag_help(import->diags,
			     hk_diag_add(import->diags, HK1105, NULL, inventory->pods ? "there are pods in the files, but no nodes they could run on" :
					 "there is no Node in the files"),
			     "save them together with: kubectl get nodes,pods -A -o json");
	if (need_pods && !inventory->pods && !import->diags->errors)
		hk_diag_help(import->diags, hk_diag_add(import->diags, HK1105, NULL, "there is no Pod in the files"),
			     "save them with: kubectl get nodes,pods -A -o json");
	return import->diags->errors ? -1 : 0;
}

static void release(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->nodes.n; i++) {
		hk_amounts_release(&inventory->nodes.v[i].allocatable);
		hk_amounts_release(&inventory->nodes.v[i].used);
	}
	hk_vec_release(&inventory->nodes);
	hk_map_release(&inventory->names);
	hk_map_release(&inventory->clusters);
}

int hk_import_inventory(struct hk_import *import, const char *label, bool need_pods, struct hk_draft_topology *topology)
{
	struct inventory inventory = { .import = import, .topology = topology, .label = label ? label_key(label) : NULL };
	int result;

	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "", "Node"))
			add_node(&inventory, &import->objects.v[i]);
	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "", "Pod"))
			add_pod(&inventory, &import->objects.v[i]);
	result = refuse_empty(&inventory, need_pods);
	for (size_t i = 0; i < inventory.nodes.n && !result; i++)
		place_node(&inventory, &inventory.nodes.v[i]);
	if (!result)
		remark(&inventory);
	release(&inventory);
	return result;
}

int hk_import_nodes(struct hk_import *import, bool need_pods)
{
	struct hk_draft_topology topology = { .name = import->options->name ? import->options->name : "imported" };
	int result = hk_import_inventory(import, import->options->cluster_label, need_pods, &topology);

	if (!result)
		hk_draft_topology_write(import->out, &topology);
	hk_draft_topology_release(&topology);
	return result;
}
