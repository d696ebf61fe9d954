/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KubeFed: a ReplicaSchedulingPreference is named as the workload it is about. Minimums equal to maximums are counts, as hkctl itself exports them. */
#include "import/policies.h"
#include <string.h>

struct bounds { int64_t min, max, weight; bool has_max; };

static struct bounds read_bounds(const struct hk_node *entry)
{
	struct bounds bounds = { 0, 0, 0, false };

	hk_node_int(hk_node_get(entry, "minReplicas"), &bounds.min);
	hk_node_int(hk_node_get(entry, "weight"), &bounds.weight);
	bounds.has_max = hk_node_int(hk_node_get(entry, "maxReplicas"), &bounds.max);
	return bounds;
}

static void add_preference(struct hk_import *import, struct hk_import_object *object, struct hk_draft_pipeline *pipeline)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec"), *clusters = hk_node_get(spec, "clusters");
	const char *target = hk_node_string(hk_node_get(spec, "targetKind"));
	struct hk_import_shares shares = { { NULL, 0, 0 } };
	struct hk_draft_workload *workload;
	size_t before = pipeline->workloads.n, at;
	int64_t total = 0;
	bool bounded = false;

	object->taken = true;
	/* FederatedDeployment is a Deployment in each cluster */
	target = target && strncmp(target, "Federated", 9) == 0 && target[9] ? target + 9 : target ? target : "Deployment";
	at = hk_import_policy_workload(import, pipeline, object, target, object->name, NULL);
	if (at < before)
		return;
	workload = &pipeline->workloads.v[at];
	hk_for_each_pair(key, clusters) {
		struct bounds bounds = read_bounds(key->next);
		bool exact = bounds.has_max && bounds.min == bounds.max;

		if (hk_str_is(key->text, "*")) {
			hk_import_diag(import, object, key, HK1101, "the preference for all other clusters is not carried over");
			continue;
		}
		bounded = bounded || (!exact && (bounds.min > 0 || bounds.has_max));
		if (exact ? bounds.min > 0 : bounds.weight > 0 || bounds.min > 0)
			hk_vec_push(&shares.list, (struct hk_import_share){ key->text.s, exact ? bounds.min : bounds.weight > 0 ? bounds.weight : 1 });
	}
	if (bounded)
		hk_import_diag(import, object, clusters, HK1101,
			       "least and largest counts per cluster are not carried over: a plan has bounds for all clusters together");
	hk_import_prefer_shares(import, workload, &shares);
	hk_node_int(hk_node_get(spec, "totalReplicas"), &total);
	hk_import_replicas(workload, total, total, "totalReplicas");
	if (!hk_node_is_null(hk_node_get(spec, "rebalance")) || !hk_node_is_null(hk_node_get(spec, "intersectWithClusterSelector")))
		hk_import_diag(import, object, NULL, HK1101,
			       "rebalance and intersectWithClusterSelector are not carried over; 'hkctl plan --previous' moves as little as it pays");
	hk_vec_release(&shares.list);
}

int hk_import_kubefed(struct hk_import *import)
{
	struct hk_draft_topology topology = { .name = "kubefed" };
	struct hk_draft_pipeline pipeline = { .name = NULL };

	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "scheduling.kubefed.io", "ReplicaSchedulingPreference"))
			add_preference(import, &import->objects.v[i], &pipeline);
	hk_vec_push(&pipeline.remarks, "Imported from KubeFed preferences: weights are preferences. Search for 'fill in' and 'guess'.");
	return hk_import_policies_write(import, &topology, &pipeline, "there is no ReplicaSchedulingPreference in the files");
}
