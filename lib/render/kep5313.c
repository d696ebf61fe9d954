/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PlacementDecision of SIG Multicluster (multicluster.x-k8s.io/v1alpha1, KEP-5313, alpha): which clusters, for any consumer. It has no place for counts, so
 * these are in the annotation hkctl.dev/replicas, as JSON. Slices hold at most 100 clusters, in order of name, so that one that comes or goes moves few.
 */
#include "render/decide.h"
#include "render/value.h"

#define GROUP "multicluster.x-k8s.io"
#define PROFILE_NAMESPACE_LABEL "hkctl.dev/cluster-profile-namespace"
enum { SLICE = 100 };

static struct hk_value *profile_of(struct hk_job *job, const char *name)
{
	struct hk_arena *arena = &job->arena;
	uint32_t cluster = hk_model_cluster(job->model, name);
	const char *name_space = cluster != HK_NO_INDEX ? hk_labels_get(&job->model->clusters[cluster].labels, PROFILE_NAMESPACE_LABEL) : NULL;
	struct hk_value *reference = hk_value_put_str(arena, hk_value_map(arena), "apiVersion", GROUP "/v1alpha1");
	hk_value_put_str(arena, reference, "kind", "ClusterProfile");
	if (name_space)
		hk_value_put_str(arena, reference, "namespace", name_space);
	return hk_value_put_str(arena, reference, "name", name);
}

static void write_slice(struct hk_job *job, const struct hk_decided *decided, size_t index, const struct hk_value *decisions, const struct hk_buf *counts)
{
	struct hk_arena *arena = &job->arena;
	const char *name = hk_arena_printf(arena, "%s-%zu", decided->name, index);
	struct hk_value *metadata = hk_value_put_str(arena, hk_value_map(arena), "name", name), *labels = hk_value_map(arena), *object = hk_value_map(arena);
	hk_value_put_str(arena, metadata, "namespace", decided->folder);
	hk_value_put_str(arena, labels, HK_MANAGED_BY, "hkctl");
	hk_value_put_str(arena, labels, GROUP "/decision-index", hk_arena_printf(arena, "%zu", index));
	hk_value_put_str(arena, labels, GROUP "/decision-key", decided->name);
	hk_value_put_str(arena, labels, GROUP "/placement-key", decided->name);
	hk_value_put(arena, metadata, "labels", labels);
	const char *json = hk_arena_printf(arena, "{%s}", counts->s);
	hk_value_put(arena, metadata, "annotations", hk_value_put_str(arena, hk_value_map(arena), "hkctl.dev/replicas", json));
	hk_value_put_str(arena, object, "apiVersion", GROUP "/v1alpha1");
	hk_value_put_str(arena, object, "kind", "PlacementDecision");
	hk_value_put(arena, object, "metadata", metadata);
	hk_value_put_str(arena, object, "schedulerName", "hkctl");
	hk_decision_add(job, "kep5313", decided->folder, hk_value_put(arena, object, "decisions", decisions));
}

static void plan_workload(struct hk_job *job, const struct hk_decided *decided)
{
	HK_AUTO_BUF struct hk_buf counts = HK_BUF_INIT;
	struct hk_arena *arena = &job->arena;
	struct hk_value *decisions = hk_value_seq(arena);
	size_t index = 0;
	for (size_t i = 0; i < decided->planned->n_placements; i++) {
		const struct hk_plan_placement *placement = &decided->planned->placements[i];
		if (placement->replicas == 0)
			continue;
		if (decisions->count == SLICE) {
			write_slice(job, decided, index++, decisions, &counts);
			decisions = hk_value_seq(arena);
			hk_buf_reset(&counts);
		}
		struct hk_value *decision = hk_value_put(arena, hk_value_map(arena), "clusterProfileRef", profile_of(job, placement->cluster));
		hk_value_push(arena, decisions, hk_value_put_str(arena, decision, "reason", hk_decision_reason(job, decided, placement)));
		/* names of clusters need no escapes */
		hk_buf_addf(&counts, "%s\"%s\":%u", counts.len ? "," : "", placement->cluster, placement->replicas);
	}
	write_slice(job, decided, index, decisions, &counts);
}

void hk_kep5313_plan(struct hk_job *job, const struct hk_decided_list *list)
{
	for (size_t i = 0; i < list->all.n; i++)
		plan_workload(job, &list->all.v[i]);
}
