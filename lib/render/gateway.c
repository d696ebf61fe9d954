/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gateway API and multi-cluster services, without a particular mesh. MCS has no weights and no name per cluster, so each cluster exports the service under a name of its own
 * (<service>-<cluster>), and an HTTPRoute in each source cluster weights these. The local one is an ordinary Service, others are ServiceImports, which the MCS controller creates.
 */
#include "render/route.h"
#include "render/value.h"
#include <string.h>

#define GATEWAY_API "gateway.networking.k8s.io/v1"
#define MCS_GROUP "multicluster.x-k8s.io"
enum { SERVICE_NAME_MAX = 63 };

static const char *name_in(struct hk_job *job, const struct hk_entry *service, size_t cluster)
{
	return hk_route_label(&job->arena, hk_arena_printf(&job->arena, "%s-%s", service->name, job->model->clusters[cluster].name), SERVICE_NAME_MAX);
}

/* Only what a port is; node ports, addresses and balancers belong to the original alone. */
static struct hk_value *plain_spec(struct hk_arena *arena, const struct hk_value *spec)
{
	static const char *const kept[] = { "name", "protocol", "appProtocol", "port", "targetPort" };
	struct hk_value *copy = hk_value_put(arena, hk_value_map(arena), "selector", hk_value_get(spec, "selector")), *ports = hk_value_seq(arena);
	const struct hk_value *old = hk_value_get(spec, "ports");
	for (size_t i = 0; old && old->kind == HK_SEQUENCE && i < old->count; i++) {
		struct hk_value *port = hk_value_map(arena);
		for (size_t j = 0; j < HK_COUNT(kept); j++)
			if (hk_value_get(old->items[i], kept[j]))
				hk_value_put(arena, port, kept[j], hk_value_get(old->items[i], kept[j]));
		hk_value_push(arena, ports, port);
	}
	return hk_value_put(arena, copy, "ports", ports);
}

static void export_from(struct hk_job *job, const struct hk_entry *service, uint32_t cluster)
{
	const char *name = name_in(job, service, cluster);
	struct hk_value *copy = hk_route_object(job, service, "v1", "Service", name);
	hk_route_add(job, service, cluster, hk_value_put(&job->arena, copy, "spec", plain_spec(&job->arena, service->spec)));
	hk_route_add(job, service, cluster, hk_route_object(job, service, MCS_GROUP "/v1alpha1", "ServiceExport", name));
}

static struct hk_value *backends(struct hk_job *job, const struct hk_route_group *group, int64_t port, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *list = hk_value_seq(arena);
	for (uint32_t c = 0; c < job->model->n_clusters; c++) {
		if (weights[c] == 0)
			continue;
		bool local = c == group->source;
		struct hk_value *backend = hk_value_put_str(arena, hk_value_map(arena), "group", local ? "" : MCS_GROUP);
		hk_value_put_str(arena, backend, "kind", local ? "Service" : "ServiceImport");
		hk_value_put_str(arena, backend, "name", name_in(job, group->service, c));
		hk_value_put(arena, backend, "port", hk_value_int(arena, port));
		hk_value_push(arena, list, hk_value_put(arena, backend, "weight", hk_value_int(arena, weights[c])));
	}
	return list;
}

static void plan_port(struct hk_job *job, const struct hk_route_group *group, int64_t port, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	const struct hk_entry *service = group->service;
	const char *name = service->n_ports == 1 ? service->name : hk_arena_printf(arena, "%s-%lld", service->name, (long long)port);
	struct hk_value *parent = hk_value_put_str(arena, hk_value_map(arena), "group", ""), *spec = hk_value_map(arena);
	hk_value_put_str(arena, parent, "kind", "Service");
	hk_value_put_str(arena, parent, "name", service->name);
	hk_value_put(arena, parent, "port", hk_value_int(arena, port));
	hk_value_put(arena, spec, "parentRefs", hk_value_push(arena, hk_value_seq(arena), parent));
	struct hk_value *rule = hk_value_put(arena, hk_value_map(arena), "backendRefs", backends(job, group, port, weights));
	hk_value_put(arena, spec, "rules", hk_value_push(arena, hk_value_seq(arena), rule));
	struct hk_value *object = hk_route_object(job, service, GATEWAY_API, "HTTPRoute", name);
	hk_route_add(job, service, group->source, hk_value_put(arena, object, "spec", spec));
}

static void plan_group(struct hk_job *job, const struct hk_route_group *group, const int64_t *weights)
{
	if (group->differ)
		hk_job_diag(job, HK0912, &group->service->range, "callers of '%s' in cluster '%s' have different probabilities; an HTTPRoute cannot tell them apart and gets the mean "
			    "by rate", group->service->name, job->model->clusters[group->source].name);
	for (size_t i = 0; i < group->service->n_ports; i++) {
		const struct hk_service_port *port = &group->service->ports[i];
		enum hk_port_class class = hk_port_classify(port);
		if (class == HK_PORT_HTTP || class == HK_PORT_AUTO)
			plan_port(job, group, port->number, weights);
		else
			hk_job_diag(job, HK0913, &group->service->range, "port %lld of Service '%s' is not HTTP, so an HTTPRoute cannot carry its weights", (long long)port->number,
				    group->service->name);
	}
}

void hk_gateway_plan(struct hk_job *job, const struct hk_route_set *set)
{
	bool *exported = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *exported);
	for (size_t i = 0; i < set->n; i++) {
		const struct hk_route_group *group = &set->groups[i];
		const int64_t *weights = group->differ ? hk_route_mean(job, group, false) : group->rows[0].weights;
		if (weights[group->source] == 100 && set->n_hosts == 1)
			continue;                  /* the Service alone does that */
		plan_group(job, group, weights);
		for (size_t c = 0; c < job->model->n_clusters; c++)
			exported[c] |= weights[c] > 0;
	}
	for (uint32_t c = 0; c < job->model->n_clusters; c++)
		if (exported[c])
			export_from(job, set->service, c);
}
