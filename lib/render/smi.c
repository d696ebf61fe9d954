/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TrafficSplit of the Service Mesh Interface (split.smi-spec.io/v1alpha4; the specification was archived in 2023), on request. Its backends are Services of the
 * caller's own cluster: the local one is the copy under the cluster's name (mcs.c), those of other clusters must be mirrored as <service>-<cluster>, as
 * multi-cluster extensions of meshes do that speak SMI.
 */
#include "render/route.h"
#include "render/value.h"

static void plan_group(struct hk_job *job, const struct hk_route_group *group, struct hk_mcs_use *use)
{
	struct hk_arena *arena = &job->arena;
	const int64_t *weights = hk_route_single(job, group, "a TrafficSplit");
	struct hk_value *backends = hk_value_seq(arena), *spec = hk_value_put_str(arena, hk_value_map(arena), "service", group->service->name);
	for (size_t c = 0; c < job->model->n_clusters; c++) {
		if (weights[c] == 0)
			continue;
		struct hk_value *backend = hk_value_put_str(arena, hk_value_map(arena), "service", hk_mcs_name(job, group->service, c));
		hk_value_push(arena, backends, hk_value_put(arena, backend, "weight", hk_value_int(arena, weights[c])));
		use->copied[c] |= c == group->source;
	}
	hk_value_put(arena, spec, "backends", backends);
	struct hk_value *object = hk_route_object(job, group->service, "split.smi-spec.io/v1alpha4", "TrafficSplit", group->service->name);
	hk_route_add(job, group->service, group->source, hk_value_put(arena, object, "spec", spec));
}

void hk_smi_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use)
{
	static const char *const kinds[] = { "TrafficSplit" };
	bool looked = false;
	for (size_t i = 0; i < set->n; i++) {
		if (hk_route_needless(set, &set->groups[i]))
			continue;
		if (!looked && hk_route_ruled(job, set->service, kinds, HK_COUNT(kinds), "TrafficSplit is"))
			return;
		looked = true;
		plan_group(job, &set->groups[i], use);
	}
}
