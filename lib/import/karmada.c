/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Karmada: Cluster (cluster.karmada.io) becomes a Topology with what is still free; propagation policies and resource bindings become a Pipeline with their
 * placement.
 */
#include "import/policies.h"
#include <string.h>

static const char *text(const struct hk_node *node, const char *path)
{
	const char *value = hk_node_string(hk_node_at(node, path));

	return value && *value ? value : NULL;
}

/* ---- Cluster ---- */

static bool is_condition(const struct hk_node *node, const char *wanted, const char *value)
{
	hk_for_each_item(condition, hk_node_at(node, "status.conditions")) {
		const char *type = text(condition, "type"), *status = text(condition, "status");

		if (type && strcmp(type, wanted) == 0)
			return status && strcmp(status, value) == 0;
	}
	return true;
}

static void subtract(struct hk_amounts *from, const struct hk_amounts *what)
{
	for (size_t i = 0; i < from->list.n; i++)
		for (size_t j = 0; j < what->list.n; j++)
			if (strcmp(from->list.v[i].name, what->list.v[j].name) == 0)
				from->list.v[i].value -= what->list.v[j].value;
	for (size_t i = 0; i < from->list.n; i++)
		if (from->list.v[i].value < 0)
			from->list.v[i].value = 0;
}

/* allocatable - allocated - allocating. */
static void read_free(struct hk_import *import, const struct hk_import_object *object, struct hk_amounts *amounts)
{
	static const char *const taken[] = { "allocated", "allocating" };
	const struct hk_node *summary = hk_node_at(object->node, "status.resourceSummary");
	struct hk_build *b = hk_import_at(import, object);

	hk_read_amounts(b, hk_node_get(summary, "allocatable"), HK0605, amounts);
	for (size_t i = 0; i < HK_COUNT(taken); i++) {
		struct hk_amounts used = { { NULL, 0, 0 } };

		hk_read_amounts(b, hk_node_get(summary, taken[i]), HK0605, &used);
		subtract(amounts, &used);
		hk_amounts_release(&used);
	}
}

/* Least of each resource that a node of this grade has free. */
static void read_grade(struct hk_import *import, const struct hk_import_object *object, int64_t grade, struct hk_amounts *least)
{
	hk_for_each_item(model, hk_node_at(object->node, "spec.resourceModels")) {
		int64_t number = -1;

		if (!hk_node_int(hk_node_get(model, "grade"), &number) || number != grade)
			continue;
		hk_for_each_item(range, hk_node_get(model, "ranges")) {
			const char *name = text(range, "name");
			double value;

			if (name && !hk_node_is_null(hk_node_get(range, "min")) &&
			    hk_read_unit_node(hk_import_at(import, object), hk_node_get(range, "min"), HK0605, HK_UNIT_QUANTITY, &value))
				hk_amounts_raise(least, hk_arena_strdup(&import->arena, name), value);
		}
		return;
	}
}

/* The histogram of nodes by what they have free; false when there is none. */
static bool add_grades(struct hk_import *import, const struct hk_import_object *object, struct hk_draft_cluster *cluster, bool down)
{
	bool any = false;

	hk_for_each_item(item, hk_node_at(object->node, "status.resourceSummary.allocatableModelings")) {
		int64_t grade = -1, count = 0;
		struct hk_draft_node node = { .unschedulable = down, .note = "the least that a node of this grade has free" };

		if (!hk_node_int(hk_node_get(item, "grade"), &grade) || !hk_node_int(hk_node_get(item, "count"), &count) || grade < 0 || count < 1 ||
		    count > 1000000)
			continue;
		read_grade(import, object, grade, &node.allocatable);
		if (!node.allocatable.list.n)
			continue;
		node.name = hk_arena_printf(&import->arena, "%.40s-grade-%lld", cluster->name, (long long)grade);
		node.count = (uint32_t)count;
		hk_vec_push(&cluster->nodes, node);
		any = true;
	}
	return any;
}

/* Without a histogram the nodes are taken to be equally full. */
static void add_equal_nodes(struct hk_import *import, const struct hk_import_object *object, struct hk_draft_cluster *cluster, bool down)
{
	int64_t nodes = 0;
	struct hk_draft_node node = { .unschedulable = down };

	hk_node_int(hk_node_at(object->node, "status.nodeSummary.readyNum"), &nodes);
	if (nodes < 1)
		hk_node_int(hk_node_at(object->node, "status.nodeSummary.totalNum"), &nodes);
	nodes = nodes < 1 ? 1 : nodes > 1000000 ? 1000000 : nodes;
	read_free(import, object, &node.allocatable);
	for (size_t i = 0; i < node.allocatable.list.n; i++)
		node.allocatable.list.v[i].value /= (double)nodes;
	node.name = hk_arena_printf(&import->arena, "%.50s-node", cluster->name);
	node.count = (uint32_t)nodes;
	node.note = "guess: what the cluster has free, the same on every node; Karmada says no more of them";
	hk_vec_push(&cluster->nodes, node);
	hk_import_diag(import, object, hk_node_at(object->node, "status.resourceSummary"), HK1111, "the nodes of cluster '%s' are taken to be equally full",
		       object->name);
}

static void tell_cluster_rest(struct hk_import *import, const struct hk_import_object *object)
{
	const struct hk_node *taints = hk_node_at(object->node, "spec.taints"), *zones = hk_node_at(object->node, "spec.zones");

	if (taints && taints->count)
		hk_import_diag(import, object, taints, HK1101, "taints of cluster '%s' are not carried over: require or avoid it in the pipelines",
			       object->name);
	if (zones && zones->kind == HK_SEQUENCE && zones->count > 1)
		hk_import_diag(import, object, zones, HK1101, "cluster '%s' has %u zones; a cluster of a topology has one, so none is carried over",
			       object->name, zones->count);
}

static void add_cluster(struct hk_import *import, struct hk_import_object *object, struct hk_draft_topology *topology)
{
	const struct hk_node *zones = hk_node_at(object->node, "spec.zones");
	struct hk_draft_cluster *cluster;
	bool down = !is_condition(object->node, "Ready", "True");
	const char *name = hk_import_name(&import->arena, object->name, "cluster");

	object->taken = true;
	for (size_t i = 0; i < topology->clusters.n; i++) {
		if (strcmp(topology->clusters.v[i].name, name) != 0)
			continue;
		hk_import_diag(import, object, NULL, HK1107, "cluster '%s' stands in the files twice; the first one counts", name);
		return;
	}
	if (strcmp(name, object->name) != 0)
		hk_import_diag(import, object, NULL, HK1106, "cluster '%s' is called '%s'", object->name, name);
	cluster = hk_vec_add(&topology->clusters);
	cluster->name = name;
	cluster->provider = text(object->node, "spec.provider");
	cluster->region = text(object->node, "spec.region");
	cluster->zone = text(object->node, "spec.zone");
	if (zones && zones->kind == HK_SEQUENCE && zones->count == 1)
		cluster->zone = hk_node_string(zones->first);
	hk_read_labels(hk_import_at(import, object), hk_node_at(object->node, "metadata.labels"), &cluster->labels);
	hk_import_valid_labels(import, object, &cluster->labels);
	if (down)
		hk_vec_push(&cluster->remarks, "it was not ready when this was saved: nothing is placed on its nodes");
	if (!hk_node_at(object->node, "status.resourceSummary.allocatable"))
		cluster->unlimited = true;
	else if (!add_grades(import, object, cluster, down))
		add_equal_nodes(import, object, cluster, down);
	tell_cluster_rest(import, object);
}

/* ---- PropagationPolicy ---- */

static bool is_workload_kind(const char *kind)
{
	static const char *const kinds[] = { "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet", "VirtualMachine" };

	for (size_t i = 0; kind && i < HK_COUNT(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static void read_affinity(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *affinity, struct hk_draft_workload *workload)
{
	struct hk_build *b = hk_import_at(import, object);
	const struct hk_node *labels = hk_node_get(affinity, "labelSelector"), *fields = hk_node_at(affinity, "fieldSelector.matchExpressions");

	if (labels)
		hk_read_selector(b, labels, &workload->require);
	hk_read_expressions(b, fields, false, &workload->require);
	hk_import_require_names(import, &workload->require, hk_node_get(affinity, "clusterNames"), HK_OP_IN);
	hk_import_require_names(import, &workload->require, hk_node_get(affinity, "exclude"), HK_OP_NOT_IN);
	hk_import_valid_terms(import, object, &workload->require);
}

static void read_placement(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *placement, struct hk_draft_workload *workload)
{
	const struct hk_node *groups = hk_node_get(placement, "clusterAffinities");

	if (hk_node_get(placement, "clusterAffinity")) {
		read_affinity(import, object, hk_node_get(placement, "clusterAffinity"), workload);
	} else if (groups && groups->kind == HK_SEQUENCE && groups->count) {
		read_affinity(import, object, groups->first, workload);
		if (groups->count > 1)
			hk_import_diag(import, object, groups, HK1101,
				       "of %u cluster affinities only the first is carried over: the plan decides where to go when it does not fit",
				       groups->count);
	}
}

static void read_spread(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *placement, struct hk_draft_workload *workload)
{
	const struct hk_node *list = hk_node_get(placement, "spreadConstraints");

	hk_for_each_item(item, list) {
		const char *field = text(item, "spreadByField"), *label = text(item, "spreadByLabel"), *over = field ? field : label;
		int64_t min = 1;

		hk_node_int(hk_node_get(item, "minGroups"), &min);
		if (!hk_is_label_key(over) || min < 1 || min > 1000)
			continue;
		if (hk_node_get(item, "maxGroups"))
			hk_import_diag(import, object, hk_node_get(item, "maxGroups"), HK1101,
				       "maxGroups is not carried over: a plan uses as many places as pay");
		if (workload->spread_over) {
			hk_import_diag(import, object, item, HK1101, "a second spread constraint is not carried over: a workload has one");
			continue;
		}
		workload->spread_over = over;
		workload->spread_min = (uint32_t)min;
	}
}

/* Static weights say where the replicas should be, in proportion. */
static void read_weights(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *placement, struct hk_draft_workload *workload)
{
	struct hk_import_shares shares = { { NULL, 0, 0 } };

	hk_for_each_item(item, hk_node_at(placement, "replicaScheduling.weightPreference.staticWeightList")) {
		const struct hk_node *names = hk_node_at(item, "targetCluster.clusterNames");
		int64_t weight = 0;

		if (!hk_node_int(hk_node_get(item, "weight"), &weight) || weight < 1 || !names || names->kind != HK_SEQUENCE || !names->count) {
			hk_import_diag(import, object, item, HK1101, "a weight that is not of named clusters is not carried over");
			continue;
		}
		hk_for_each_item(name, names)
			if (hk_node_string(name))
				hk_vec_push(&shares.list, (struct hk_import_share){ name->text.s, weight });
	}
	hk_import_prefer_shares(import, workload, &shares);
	hk_vec_release(&shares.list);
}

static void tell_policy_rest(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *spec)
{
	static const char *const keys[] = { "propagateDeps", "priority", "preemption", "dependentOverrides", "schedulerName", "failover", "conflictResolution",
					    "activationPreference", "suspension", "preserveResourcesOnDeletion", "schedulePriority", "association" };
	static const char *const placement_keys[] = { "clusterTolerations", "workloadAffinity" };
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;
	const char *type = text(spec, "placement.replicaScheduling.replicaSchedulingType");

	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (!hk_node_is_null(hk_node_get(spec, keys[i])))
			hk_buf_addf(&list, "%s%s", list.len ? ", " : "", keys[i]);
	for (size_t i = 0; i < HK_COUNT(placement_keys); i++)
		if (!hk_node_is_null(hk_node_get(hk_node_get(spec, "placement"), placement_keys[i])))
			hk_buf_addf(&list, "%splacement.%s", list.len ? ", " : "", placement_keys[i]);
	if (list.len)
		hk_import_diag(import, object, NULL, HK1101, "of %s '%s' these are not carried over: %s", object->kind, object->name, list.s);
	if (!type || strcmp(type, "Duplicated") == 0)
		hk_import_diag(import, object, NULL, HK1101, "%s '%s' puts all replicas into every cluster; a plan divides them", object->kind, object->name);
}

static void add_policy(struct hk_import *import, struct hk_import_object *object, struct hk_draft_pipeline *pipeline)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec"), *placement = hk_node_get(spec, "placement");
	size_t found = 0;

	object->taken = true;
	hk_for_each_item(selector, hk_node_get(spec, "resourceSelectors")) {
		const char *kind = text(selector, "kind"), *name = text(selector, "name");
		struct hk_draft_workload *workload;
		size_t at, before = pipeline->workloads.n;

		if (!is_workload_kind(kind))
			continue;
		found++;
		if (!name) {
			hk_import_diag(import, object, selector, HK1102,
				       "this selector names no object, so its workloads are not known; import the manifests for them");
			continue;
		}
		at = hk_import_policy_workload(import, pipeline, object, kind, name, text(selector, "namespace"));
		if (at < before)
			continue;
		workload = &pipeline->workloads.v[at];
		read_placement(import, object, placement, workload);
		read_spread(import, object, placement, workload);
		read_weights(import, object, placement, workload);
	}
	if (!found)
		hk_import_diag(import, object, NULL, HK1101, "%s '%s' selects no workload and is not carried over", object->kind, object->name);
	else
		tell_policy_rest(import, object, spec);
}

/* ---- ResourceBinding: where the replicas are now ---- */

static void read_requirements(struct hk_import *import, const struct hk_import_object *object, struct hk_draft_workload *workload)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec"), *claim = hk_node_at(spec, "replicaRequirements.resourceRequest");

	if (claim && !workload->requests.list.n && !workload->file)
		hk_read_amounts(hk_import_at(import, object), claim, HK0605, &workload->requests);
}

static void add_binding(struct hk_import *import, struct hk_import_object *object, struct hk_draft_pipeline *pipeline)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec"), *resource = hk_node_get(spec, "resource");
	const char *kind = text(resource, "kind"), *name = text(resource, "name");
	HK_AUTO_BUF struct hk_buf now = HK_BUF_INIT;
	struct hk_import_shares shares = { { NULL, 0, 0 } };
	struct hk_draft_workload *workload;
	int64_t total = 0;
	size_t at;

	if (!is_workload_kind(kind) || !name)
		return;
	object->taken = true;
	at = hk_import_find_or_add(import, pipeline, object, kind, name, text(resource, "namespace"));
	workload = &pipeline->workloads.v[at];
	read_requirements(import, object, workload);
	hk_for_each_item(cluster, hk_node_get(spec, "clusters")) {
		const char *where = text(cluster, "name");
		int64_t replicas = 0;

		hk_node_int(hk_node_get(cluster, "replicas"), &replicas);
		if (!where || replicas < 1)
			continue;
		hk_buf_addf(&now, "%s%s %lld", now.len ? ", " : "now in: ", where, (long long)replicas);
		hk_vec_push(&shares.list, (struct hk_import_share){ where, replicas });
		total += replicas > HK_MOST_REPLICAS ? HK_MOST_REPLICAS : replicas;
	}
	if (now.len)
		hk_draft_remark(workload, hk_arena_strdup(&import->arena, now.s));
	if (!workload->prefer.n)
		hk_import_prefer_shares(import, workload, &shares);
	hk_import_replicas(workload, total, total, "as many as the ResourceBinding has now");
	hk_vec_release(&shares.list);
}

static bool is_policy(const struct hk_import_object *object)
{
	return hk_import_is(object, "policy.karmada.io", "PropagationPolicy") || hk_import_is(object, "policy.karmada.io", "ClusterPropagationPolicy");
}

static bool is_binding(const struct hk_import_object *object)
{
	return hk_import_is(object, "work.karmada.io", "ResourceBinding") || hk_import_is(object, "work.karmada.io", "ClusterResourceBinding");
}

int hk_import_karmada(struct hk_import *import)
{
	struct hk_draft_topology topology = { .name = import->options->name ? import->options->name : "karmada" };
	struct hk_draft_pipeline pipeline = { .name = NULL };

	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "cluster.karmada.io", "Cluster"))
			add_cluster(import, &import->objects.v[i], &topology);
	for (size_t i = 0; i < import->objects.n; i++)
		if (is_policy(&import->objects.v[i]))
			add_policy(import, &import->objects.v[i], &pipeline);
	for (size_t i = 0; i < import->objects.n; i++)
		if (is_binding(&import->objects.v[i]))
			add_binding(import, &import->objects.v[i], &pipeline);
	hk_vec_push(&topology.remarks, "Imported from Karmada clusters: allocatable is what is neither allocated nor being allocated.");
	hk_vec_push(&pipeline.remarks, "Imported from Karmada policies: placement is theirs, weights are preferences. Search for 'fill in' and 'guess'.");
	return hk_import_policies_write(import, &topology, &pipeline, "there is no Cluster, PropagationPolicy or ResourceBinding in the files");
}
