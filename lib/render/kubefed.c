/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KubeFed (scheduling.kubefed.io/v1alpha1): a ReplicaSchedulingPreference whose least and most are the solved count, which leaves its planner no choice. */
#include "render/decide.h"
#include "render/value.h"
#include <string.h>

/* Of the federated object of the same name; NULL: KubeFed divides no such kind. */
static const char *federated(const struct hk_entry *entry)
{
	switch (entry->workload->manifest.kind) {
	case HK_DEPLOYMENT:
		return "FederatedDeployment";
	case HK_REPLICASET:
		return "FederatedReplicaSet";
	default:
		return NULL;
	}
}

static void plan_workload(struct hk_job *job, const struct hk_decided *decided)
{
	struct hk_arena *arena = &job->arena;
	const struct hk_entry *entry = decided->entry;
	const char *target = federated(entry);
	if (!target || entry->scaler) {
		hk_job_diag(job, HK0941, &entry->range, "no ReplicaSchedulingPreference is written for %s '%s': %s", entry->kind, entry->name,
			    target ? "its replicas are owned by an autoscaler, which it would work against"
			    : "KubeFed divides Deployments and ReplicaSets only");
		return;
	}
	struct hk_value *clusters = hk_value_map(arena), *spec = hk_value_put_str(arena, hk_value_map(arena), "targetKind", target);
	for (size_t i = 0; i < decided->planned->n_placements; i++) {
		const struct hk_plan_placement *placement = &decided->planned->placements[i];
		const struct hk_value *count = hk_value_int(arena, placement->replicas);
		if (placement->replicas == 0)
			continue;
		struct hk_value *share = hk_value_put(arena, hk_value_map(arena), "minReplicas", count);
		hk_value_put(arena, share, "maxReplicas", count);
		hk_value_put(arena, clusters, placement->cluster, hk_value_put(arena, share, "weight", count));
	}
	hk_value_put(arena, spec, "totalReplicas", hk_value_int(arena, decided->total));
	hk_value_put(arena, spec, "clusters", clusters);
	struct hk_value *object = hk_decision_object(job, "scheduling.kubefed.io/v1alpha1", "ReplicaSchedulingPreference", entry->name, entry->name_space);
	hk_decision_add(job, "kubefed", decided->folder, hk_value_put(arena, object, "spec", spec));
}

void hk_kubefed_plan(struct hk_job *job, const struct hk_decided_list *list)
{
	for (size_t i = 0; i < list->all.n; i++)
		if (list->all.v[i].entry)
			plan_workload(job, &list->all.v[i]);
}
