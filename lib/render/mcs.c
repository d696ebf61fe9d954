/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Multi-cluster services (KEP-1645). They have neither weights nor a name per cluster: all clusters that export a name are one pool. So each cluster exports a
 * copy of the Service under a name of its own, <service>-<cluster>, which others can weight or call by that name.
 */
#include "render/route.h"
#include "render/value.h"
#include <string.h>

enum { SERVICE_NAME_MAX = 63 };

const char *hk_mcs_name(struct hk_job *job, const struct hk_entry *service, size_t cluster)
{
	return hk_route_label(&job->arena, hk_arena_printf(&job->arena, "%s-%s", service->name, job->model->clusters[cluster].name), SERVICE_NAME_MAX);
}

/* Only what a port is; node ports, addresses and balancers belong to the original alone. An import has no target port. */
static struct hk_value *plain_ports(struct hk_arena *arena, const struct hk_value *spec, bool import)
{
	static const char *const kept[] = { "name", "protocol", "appProtocol", "port", "targetPort" };
	const struct hk_value *old = hk_value_get(spec, "ports");
	struct hk_value *ports = hk_value_seq(arena);
	for (size_t i = 0; old && old->kind == HK_SEQUENCE && i < old->count; i++) {
		struct hk_value *port = hk_value_map(arena);
		for (size_t j = 0; j < HK_COUNT(kept) - import; j++)
			if (hk_value_get(old->items[i], kept[j]))
				hk_value_put(arena, port, kept[j], hk_value_get(old->items[i], kept[j]));
		hk_value_push(arena, ports, port);
	}
	return ports;
}

static void copy_service(struct hk_job *job, const struct hk_entry *service, uint32_t cluster)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *copy = hk_route_object(job, service, "v1", "Service", hk_mcs_name(job, service, cluster));
	struct hk_value *spec = hk_value_put(arena, hk_value_map(arena), "selector", hk_value_get(service->spec, "selector"));
	hk_value_put(arena, spec, "ports", plain_ports(arena, service->spec, false));
	hk_route_add(job, service, cluster, hk_value_put(arena, copy, "spec", spec));
}

static void export_service(struct hk_job *job, const struct hk_entry *service, uint32_t cluster)
{
	hk_route_add(job, service, cluster, hk_route_object(job, service, HK_MCS_GROUP "/v1alpha1", "ServiceExport", hk_mcs_name(job, service, cluster)));
}

static void import_service(struct hk_job *job, const struct hk_entry *service, uint32_t from, uint32_t into)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *object = hk_route_object(job, service, HK_MCS_GROUP "/v1alpha1", "ServiceImport", hk_mcs_name(job, service, from));
	struct hk_value *spec = hk_value_put_str(arena, hk_value_map(arena), "type", "ClusterSetIP");
	hk_value_put(arena, spec, "ports", plain_ports(arena, service->spec, true));
	hk_route_add(job, service, into, hk_value_put(arena, object, "spec", spec));
}

/* Whom callers of a group reach, whichever of them it is. */
static void import_group(struct hk_job *job, const struct hk_route_group *group, struct hk_mcs_use *use)
{
	for (uint32_t c = 0; c < job->model->n_clusters; c++) {
		bool reached = false;
		for (size_t i = 0; i < group->n; i++)
			reached |= group->rows[i].weights[c] > 0;
		if (!reached)
			continue;
		use->copied[c] = true;
		if (c == group->source)
			continue;
		use->exported[c] = true;
		import_service(job, group->service, c, group->source);
	}
}

void hk_mcs_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use)
{
	for (size_t i = 0; (job->options->mesh & HK_MESH_MCS) && i < set->n; i++)
		if (!hk_route_needless(set, &set->groups[i]))
			import_group(job, &set->groups[i], use);
	for (uint32_t c = 0; c < job->model->n_clusters; c++) {
		if (use->copied[c])
			copy_service(job, set->service, c);
		if (use->exported[c])
			export_service(job, set->service, c);
	}
}
