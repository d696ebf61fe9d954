/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved pods (`kubectl get pods -A -o json`): what those that are not ours request counts as used on their nodes. */
#include "model/nodes.h"
#include "model/sort.h"
#include <stdlib.h>
#include <string.h>

static size_t find_name(const struct hk_cluster *cluster, const char *name)
{
	size_t low = 0, high = cluster->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(cluster->nodes[middle].name, name);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return HK_MAP_NONE;
}

/* The group a node of that name is in: a single node, or number N of a group when the name ends in -N. */
static size_t find_group(const struct hk_build *b, const struct hk_cluster *cluster, const char *node)
{
	size_t at = find_name(cluster, node);
	const char *dash = strrchr(node, '-');
	unsigned long number;
	char *end;

	if (at != HK_MAP_NONE && cluster->nodes[at].count == 1)
		return at;
	if (!dash || dash[1] < '1' || dash[1] > '9')
		return HK_MAP_NONE;
	number = strtoul(dash + 1, &end, 10);
	at = find_name(cluster, hk_arena_slicedup(b->arena, (struct hk_str){ node, (size_t)(dash - node) }));
	return at != HK_MAP_NONE && !*end && cluster->nodes[at].count > 1 && number <= cluster->nodes[at].count ? at : HK_MAP_NONE;
}

/* Workloads by namespace and the first label of their selector, so that a hundred thousand pods need not be compared with a thousand workloads each. */
struct owner { const struct hk_labels *selector; size_t next; };
struct hk_owners { struct hk_map heads; HK_VEC(struct owner) list; };

static struct hk_str owner_key(const struct hk_build *b, const char *name_space, const struct hk_label *label)
{
	return hk_str_of(hk_arena_printf(b->arena, "%s\n%s\n%s", name_space, label->key, label->value));
}

static void add_owner(struct hk_build *b, const char *name_space, const struct hk_labels *selector)
{
	struct hk_owners *owners = b->owners;
	size_t head = hk_map_put(&owners->heads, owner_key(b, name_space, &selector->v[0]), owners->list.n);

	/* the first of a chain stays its head; others are put behind it */
	hk_vec_push(&owners->list, (struct owner){ selector, head == HK_MAP_NONE ? HK_MAP_NONE : owners->list.v[head].next });
	if (head != HK_MAP_NONE)
		owners->list.v[head].next = owners->list.n - 1;
}

static void find_owners(struct hk_build *b)
{
	b->owners = hk_calloc(1, sizeof *b->owners);
	for (size_t p = 0; p < b->model->n_pipelines; p++) {
		const struct hk_pipeline *pipeline = &b->model->pipelines[p];
		for (size_t w = 0; w < pipeline->n_workloads; w++) {
			const char *own = pipeline->workloads[w].manifest.name_space;
			if (b->drafts[p].pods[w].selector.n)
				add_owner(b, own ? own : pipeline->name_space, &b->drafts[p].pods[w].selector);
		}
	}
}

void hk_owners_free(struct hk_owners *owners)
{
	if (!owners)
		return;
	hk_map_release(&owners->heads);
	hk_vec_release(&owners->list);
	free(owners);
}

/* A pod that one of the pipelines' workloads owns: the plan places it anew, so what it uses now is free. */
static bool is_ours(struct hk_build *b, const struct hk_labels *labels, const char *name_space)
{
	if (!b->owners)
		find_owners(b);
	for (size_t i = 0; b->owners->list.n && i < labels->n; i++)
		for (size_t at = hk_map_get(&b->owners->heads, owner_key(b, name_space, &labels->v[i])); at != HK_MAP_NONE; at = b->owners->list.v[at].next)
			if (hk_labels_include(labels, b->owners->list.v[at].selector))
				return true;
	return false;
}

static bool has_ended(const struct hk_node *pod)
{
	const char *phase = hk_node_string(hk_node_at(pod, "status.phase"));

	return phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
}

/* Groups up to this size are taken apart when pods run on them; on larger ones the pods' requests are spread evenly. */
#define LARGEST_SPLIT 4096

/* Nodes of one group with different pods are no longer interchangeable: make each a group of its own. */
static void split_group(struct hk_build *b, struct hk_cluster *cluster, size_t at)
{
	struct hk_node_group group = cluster->nodes[at], *nodes;
	size_t more = group.count - 1;

	nodes = hk_arena_array(b->arena, cluster->n_nodes + more, sizeof *nodes);
	memcpy(nodes, cluster->nodes, cluster->n_nodes * sizeof *nodes);
	for (uint32_t i = 0; i < group.count; i++) {
		struct hk_node_group *one = i ? &nodes[cluster->n_nodes + i - 1] : &nodes[at];
		*one = group;
		one->name = hk_arena_printf(b->arena, "%s-%u", group.name, i + 1);
		one->count = 1;
		one->used = hk_arena_array(b->arena, b->model->n_resources, sizeof *one->used);
	}
	cluster->nodes = nodes;
	cluster->n_nodes += more;
	hk_sort(cluster->nodes, cluster->n_nodes, sizeof *cluster->nodes, hk_sort_by_text);
}

static void use(struct hk_build *b, struct hk_cluster *cluster, const char *node, const struct hk_amounts *requests)
{
	size_t at = find_group(b, cluster, node);
	double share = 1;

	if (at == HK_MAP_NONE)
		return;
	if (cluster->nodes[at].count > LARGEST_SPLIT) {
		share = 1.0 / cluster->nodes[at].count;
	} else if (cluster->nodes[at].count > 1) {
		split_group(b, cluster, at);
		at = find_group(b, cluster, node);
	}
	for (size_t i = 0; at != HK_MAP_NONE && i < requests->list.n; i++) {
		uint32_t r = hk_model_resource(b->model, requests->list.v[i].name);
		if (r != HK_NO_INDEX)
			cluster->nodes[at].used[r] += requests->list.v[i].value * share;
	}
}

static void read_saved_pod(struct hk_build *b, struct hk_cluster *cluster, const struct hk_object *object)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec");
	const char *node = hk_node_string(hk_node_get(spec, "nodeName"));
	struct hk_amounts requests = { { NULL, 0, 0 } };
	struct hk_labels labels;

	if (!node || has_ended(object->node))
		return;
	hk_read_labels(b, hk_node_at(object->node, "metadata.labels"), &labels);
	if (is_ours(b, &labels, object->name_space ? object->name_space : "default"))
		return;
	hk_read_pod_requests(b, spec, &requests);
	hk_amounts_add(&requests, "pods", 1);
	use(b, cluster, node, &requests);
	hk_amounts_release(&requests);
}

void hk_build_used(struct hk_build *b, struct hk_cluster *cluster, const struct hk_node *file)
{
	const struct hk_attachment *attachment = hk_attach(b, file);
	const struct hk_doc *naming = b->doc;
	size_t seen = 0;

	if (!attachment)
		return;
	for (size_t i = 0; i < attachment->objects.n; i++) {
		const struct hk_object *object = &attachment->objects.v[i];
		if (strcmp(object->kind, "Pod") != 0)
			continue;
		seen++;
		b->doc = object->doc;
		read_saved_pod(b, cluster, object);
	}
	b->doc = naming;
	if (!seen)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, file, HK0607, "'%.*s' holds no Pod", HK_STR_ARG(file->text)),
			     "save it with: kubectl get pods -A -o json");
}
