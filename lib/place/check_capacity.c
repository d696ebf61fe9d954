/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where pods may run, and whether clusters and single nodes have what the replicas on them ask for: plain addition, node by node. */
#include "place/check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Replicas of one workload on one node. */
struct on_node { uint32_t cluster, group, node; size_t pipeline, workload; uint32_t replicas; };
struct on_nodes { struct on_node *v; size_t n, cap; };

static double kept_free(const struct hk_cluster *cluster, size_t resource)
{
	return cluster->reserve ? cluster->reserve[resource] : 0;
}

double hk_check_node_free(const struct hk_cluster *cluster, const struct hk_node_group *group, size_t resource)
{
	double allocatable = fmax(0, group->allocatable[resource]), used = group->used ? group->used[resource] : 0;

	return fmax(0, allocatable * (1 - kept_free(cluster, resource)) - used);
}

/* Number behind "<group>-", counted from 1; 0 when the name is not of this group. */
static uint32_t node_number(const struct hk_node_group *group, const char *name)
{
	size_t length = strlen(group->name);
	uint64_t number = 0;

	if (group->count <= 1)
		return !strcmp(group->name, name);
	if (strncmp(group->name, name, length) || name[length] != '-' || name[length + 1] == '0')
		return 0;
	for (const char *digit = name + length + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || number > group->count)
			return 0;
		number = 10 * number + (uint64_t)(*digit - '0');
	}
	return number <= group->count ? (uint32_t)number : 0;
}

/* First of the groups, which are sorted by name, that is not before the name. */
static uint32_t first_group(const struct hk_cluster *cluster, const char *name)
{
	uint32_t low = 0, high = (uint32_t)cluster->n_nodes;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strcmp(cluster->nodes[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The node of this name, in the group the plan names if it names one. */
static bool find_node(const struct hk_cluster *cluster, const struct hk_plan_node *plan, uint32_t *group, uint32_t *node)
{
	for (uint32_t g = plan->group ? first_group(cluster, plan->group) : 0; g < cluster->n_nodes; g++) {
		if (plan->group && strcmp(plan->group, cluster->nodes[g].name))
			return false;
		uint32_t number = node_number(&cluster->nodes[g], plan->name);

		if (number > 0) {
			*group = g;
			*node = number - 1;
			return true;
		}
	}
	return false;
}

static bool wants_own_node(const struct hk_workload *workload, uint32_t self)
{
	if (workload->manifest.file && workload->manifest.kind == HK_DAEMONSET)
		return true;
	for (size_t i = 0; i < workload->n_apart; i++)
		if (workload->apart[i].required && workload->apart[i].level == HK_LEVEL_NODE && workload->apart[i].with == self)
			return true;
	return false;
}

static void check_place_nodes(struct hk_check *check, const char *where, const struct hk_check_workload *workload, uint32_t self,
			      const struct hk_check_place *place)
{
	const struct hk_cluster *cluster = &check->model->clusters[place->cluster];
	uint64_t sum = 0;

	for (size_t i = 0; i < place->plan->n_nodes; i++) {
		const struct hk_plan_node *node = &place->plan->nodes[i];
		uint32_t group, number;

		sum += node->replicas;
		if (!find_node(cluster, node, &group, &number)) {
			hk_check_violation(check, HK0820, "%s: cluster '%s' has no node '%s'", where, cluster->name, node->name);
			continue;
		}
		if (!hk_node_group_accepts(check->model, &cluster->nodes[group], workload->model))
			hk_check_violation(check, HK0825, "%s: node '%s' of '%s' does not accept the pod", where, node->name, cluster->name);
		if (node->replicas == 0 || (node->replicas > 1 && wants_own_node(workload->model, self)))
			hk_check_violation(check, HK0833, "%s: %u replicas on node '%s', expected one", where, node->replicas, node->name);
	}
	if (sum != place->replicas)
		hk_check_violation(check, HK0826, "%s: %llu of %u replicas have a node in '%s'", where, (unsigned long long)sum, place->replicas,
				   cluster->name);
}

void hk_check_places(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	for (uint32_t w = 0; w < pipeline->model->n_workloads; w++) {
		const struct hk_check_workload *workload = &pipeline->workloads[w];
		const char *where = hk_arena_printf(&check->arena, "%s/%s", pipeline->model->name, workload->model->name);

		for (size_t i = 0; i < workload->n_places; i++) {
			const struct hk_check_place *place = &workload->places[i];
			const struct hk_cluster *cluster = &check->model->clusters[place->cluster];

			if (!hk_selector_matches(&workload->model->require, &cluster->labels))
				hk_check_violation(check, HK0825, "%s: cluster '%s' does not match placement.require", where, cluster->name);
			if (!cluster->unlimited)
				check_place_nodes(check, where, workload, w, place);
			else if (place->plan->n_nodes > 0)
				hk_check_violation(check, HK0820, "%s: cluster '%s' has no node inventory, yet the plan names nodes in it", where,
						   cluster->name);
			else if (workload->model->manifest.file && workload->model->manifest.kind == HK_DAEMONSET)
				hk_check_violation(check, HK0825, "%s: a DaemonSet needs a cluster whose nodes are known, '%s' has none", where, cluster->name);
		}
	}
}

static int compare_nodes(const void *left, const void *right)
{
	const struct on_node *a = left, *b = right;

	if (a->cluster != b->cluster)
		return a->cluster < b->cluster ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->pipeline != b->pipeline)
		return a->pipeline < b->pipeline ? -1 : 1;
	return a->workload < b->workload ? -1 : a->workload > b->workload;
}

static void collect_place(const struct hk_check *check, size_t p, size_t w, const struct hk_check_place *place, struct on_nodes *out)
{
	const struct hk_cluster *cluster = &check->model->clusters[place->cluster];

	for (size_t i = 0; i < place->plan->n_nodes; i++) {
		uint32_t group, node;

		if (find_node(cluster, &place->plan->nodes[i], &group, &node))
			hk_vec_push(out, (struct on_node){ place->cluster, group, node, p, w, place->plan->nodes[i].replicas });
	}
}

static bool is_on(const struct on_node *items, size_t count, size_t pipeline, size_t workload)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].pipeline == pipeline && items[i].workload == workload)
			return true;
	return false;
}

/* Pods that must share this node with others, or must not. */
static void check_company(struct hk_check *check, const struct on_node *items, size_t count, const char *node)
{
	for (size_t i = 0; i < count; i++) {
		const struct hk_check_pipeline *pipeline = &check->pipelines[items[i].pipeline];
		const struct hk_workload *workload = pipeline->workloads[items[i].workload].model;

		for (size_t a = 0; a < workload->n_apart; a++)
			if (workload->apart[a].required && workload->apart[a].level == HK_LEVEL_NODE && workload->apart[a].with != items[i].workload &&
			    is_on(items, count, items[i].pipeline, workload->apart[a].with))
				hk_check_violation(check, HK0833, "%s: %s and %s must not share node '%s'", pipeline->model->name, workload->name,
						   pipeline->workloads[workload->apart[a].with].model->name, node);
		for (size_t t = 0; t < workload->n_together; t++)
			if (workload->together[t].required && workload->together[t].level == HK_LEVEL_NODE &&
			    !is_on(items, count, items[i].pipeline, workload->together[t].with))
				hk_check_violation(check, HK0832, "%s: node '%s' runs %s but not %s", pipeline->model->name, node, workload->name,
						   pipeline->workloads[workload->together[t].with].model->name);
	}
}

/* Items are sorted by workload. */
static void check_twice(struct hk_check *check, const struct on_node *items, size_t count, const char *node)
{
	for (size_t i = 1; i < count; i++)
		if (items[i].pipeline == items[i - 1].pipeline && items[i].workload == items[i - 1].workload)
			hk_check_violation(check, HK0806, "%s/%s: node '%s' is listed twice", check->pipelines[items[i].pipeline].model->name,
					   check->pipelines[items[i].pipeline].workloads[items[i].workload].model->name, node);
}

/* One node with everything the plan puts on it. */
static void check_node(struct hk_check *check, const struct on_node *items, size_t count)
{
	const struct hk_cluster *cluster = &check->model->clusters[items->cluster];
	const struct hk_node_group *group = &cluster->nodes[items->group];
	const char *node = group->count <= 1 ? group->name : hk_arena_printf(&check->arena, "%s-%u", group->name, items->node + 1);

	for (size_t r = 0; r < check->model->n_resources; r++) {
		double asked = 0, free = hk_check_node_free(cluster, group, r);

		for (size_t i = 0; i < count; i++)
			asked += items[i].replicas * check->pipelines[items[i].pipeline].workloads[items[i].workload].model->request[r];
		if (!(asked <= free * (1 + HK_CHECK_RELATIVE) + 1e-12))
			hk_check_violation(check, HK0826, "node '%s' of '%s' has %s %s free, the plan puts %s on it", node, cluster->name,
					   hk_check_number(check, free), check->model->resources[r], hk_check_number(check, asked));
	}
	check_twice(check, items, count, node);
	check_company(check, items, count, node);
}

static void check_nodes(struct hk_check *check)
{
	struct on_nodes nodes = { 0 };

	for (size_t p = 0; p < check->n_pipelines; p++)
		for (size_t w = 0; w < check->pipelines[p].model->n_workloads; w++)
			for (size_t i = 0; i < check->pipelines[p].workloads[w].n_places; i++)
				collect_place(check, p, w, &check->pipelines[p].workloads[w].places[i], &nodes);
	if (nodes.n > 1)
		qsort(nodes.v, nodes.n, sizeof *nodes.v, compare_nodes);
	for (size_t start = 0, end; start < nodes.n; start = end) {
		for (end = start + 1; end < nodes.n && nodes.v[end].cluster == nodes.v[start].cluster && nodes.v[end].group == nodes.v[start].group &&
				      nodes.v[end].node == nodes.v[start].node;)
			end++;
		check_node(check, &nodes.v[start], end - start);
	}
	hk_vec_release(&nodes);
}

/* What the plan states about one cluster. */
static void check_stated_cluster(struct hk_check *check, const struct hk_plan_cluster *plan, uint32_t c, const double *asked)
{
	const struct hk_cluster *cluster = &check->model->clusters[c];
	double cost = 0;

	if (!plan->output != !cluster->output || (plan->output && strcmp(plan->output, cluster->output)))
		hk_check_violation(check, HK0820, "cluster '%s': output is '%s' in the plan and '%s' in the topology", cluster->name,
				   plan->output ? plan->output : "", cluster->output ? cluster->output : "");
	for (size_t r = 0; r < check->model->n_resources; r++)
		cost += asked[r] * cluster->price[r];
	hk_check_stated(check, plan->cost, cost, "cluster '%s': cost", cluster->name);
	for (size_t i = 0; i < plan->n_resources; i++) {
		const struct hk_plan_resource *resource = &plan->resources[i];
		double before = 0, most = cluster->unlimited ? (double)INFINITY : 0;
		size_t r = 0;

		while (r < check->model->n_resources && strcmp(check->model->resources[r], resource->name))
			r++;
		if (r == check->model->n_resources || (i > 0 && strcmp(plan->resources[i - 1].name, resource->name) >= 0)) {
			hk_check_violation(check, HK0820, "cluster '%s': resource '%s' is unknown or out of order", cluster->name, resource->name);
			continue;
		}
		for (size_t g = 0; g < cluster->n_nodes; g++) {
			const struct hk_node_group *group = &cluster->nodes[g];

			if (group->unschedulable)
				continue;
			before += group->count * (group->used ? group->used[r] : 0);
			most += group->count * fmax(0, group->allocatable[r]) * (1 - kept_free(cluster, r));
		}
		hk_check_stated(check, resource->used, asked[r] + before, "cluster '%s': use of %s", cluster->name, resource->name);
		hk_check_stated(check, resource->capacity, most, "cluster '%s': capacity in %s", cluster->name, resource->name);
	}
}

/* asked: per cluster and resource; replicas: per cluster. */
static void add_places(const struct hk_check *check, double *asked, uint64_t *replicas)
{
	size_t n = check->model->n_resources;

	for (size_t p = 0; p < check->n_pipelines; p++)
		for (size_t w = 0; w < check->pipelines[p].model->n_workloads; w++) {
			const struct hk_check_workload *workload = &check->pipelines[p].workloads[w];

			for (size_t i = 0; i < workload->n_places; i++) {
				const struct hk_check_place *place = &workload->places[i];

				replicas[place->cluster] += place->replicas;
				for (size_t r = 0; r < n; r++)
					asked[place->cluster * n + r] += place->replicas * workload->model->request[r];
			}
		}
}

static void check_cluster(struct hk_check *check, uint32_t c, const double *asked, bool used, size_t *next_stated)
{
	const struct hk_cluster *cluster = &check->model->clusters[c];

	for (size_t r = 0; !cluster->unlimited && r < check->model->n_resources; r++) {
		double free = 0;

		for (size_t g = 0; g < cluster->n_nodes; g++)
			free += cluster->nodes[g].unschedulable ? 0 : cluster->nodes[g].count * hk_check_node_free(cluster, &cluster->nodes[g], r);
		if (!(asked[r] <= free * (1 + HK_CHECK_RELATIVE) + 1e-12))
			hk_check_violation(check, HK0826, "cluster '%s' has %s %s free, the plan puts %s into it", cluster->name, hk_check_number(check, free),
					   check->model->resources[r], hk_check_number(check, asked[r]));
	}
	if (!used)
		return;
	if (*next_stated < check->plan->n_clusters && !strcmp(check->plan->clusters[*next_stated].name, cluster->name))
		check_stated_cluster(check, &check->plan->clusters[(*next_stated)++], c, asked);
	else
		hk_check_violation(check, HK0821, "the plan's list of clusters lacks '%s', which has replicas", cluster->name);
}

void hk_check_capacity(struct hk_check *check)
{
	size_t n = check->model->n_resources, stated = 0;
	double *asked = hk_arena_array(&check->arena, check->model->n_clusters * n + 1, sizeof *asked);
	uint64_t *replicas = hk_arena_array(&check->arena, check->model->n_clusters + 1, sizeof *replicas);

	add_places(check, asked, replicas);
	for (uint32_t c = 0; c < check->model->n_clusters; c++)
		check_cluster(check, c, asked + c * n, replicas[c] > 0, &stated);
	if (stated < check->plan->n_clusters)
		hk_check_violation(check, HK0820, "the plan's list of clusters has '%s', which is unknown, unused or out of order",
				   check->plan->clusters[stated].name);
	check_nodes(check);
}
