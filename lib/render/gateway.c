/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gateway API (GAMMA: the parent is the Service), without a particular mesh. An HTTPRoute in each source cluster weights the Services that every cluster
 * exports under a name of its own (mcs.c). The local one is an ordinary Service, others are ServiceImports, which the MCS controller creates.
 */
#include "render/route.h"
#include "render/value.h"
#include <string.h>

#define GATEWAY_API "gateway.networking.k8s.io/v1"
static struct hk_value *backends(struct hk_job *job, const struct hk_route_group *group, int64_t port, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *list = hk_value_seq(arena);
	for (uint32_t c = 0; c < job->model->n_clusters; c++) {
		if (weights[c] == 0)
			continue;
		bool local = c == group->source;
		struct hk_value *backend = hk_value_put_str(arena, hk_value_map(arena), "group", local ? "" : HK_MCS_GROUP);
		hk_value_put_str(arena, backend, "kind", local ? "Service" : "ServiceImport");
		hk_value_put_str(arena, backend, "name", hk_mcs_name(job, group->service, c));
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
	for (size_t i = 0; i < group->service->n_ports; i++) {
		const struct hk_service_port *port = &group->service->ports[i];
		enum hk_port_class class = hk_port_classify(port);
		if (class == HK_PORT_HTTP || class == HK_PORT_AUTO)
			plan_port(job, group, port->number, weights);
		else
			hk_job_diag(job, HK0913, &group->service->range, "port %lld of Service '%s' is not HTTP, so an HTTPRoute cannot carry its weights",
				    (long long)port->number, group->service->name);
	}
}

void hk_gateway_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use)
{
	static const char *const kinds[] = { "HTTPRoute" };
	bool looked = false;
	for (size_t i = 0; i < set->n; i++) {
		const struct hk_route_group *group = &set->groups[i];
		if (hk_route_needless(set, group))
			continue;                  /* the Service alone does that */
		if (!looked && hk_route_ruled(job, set->service, kinds, HK_COUNT(kinds), "HTTPRoute is"))
			return;
		looked = true;
		const int64_t *weights = hk_route_single(job, group, "an HTTPRoute");
		plan_group(job, group, weights);
		for (size_t c = 0; c < job->model->n_clusters; c++) {
			use->copied[c] |= weights[c] > 0;
			use->exported[c] |= weights[c] > 0;
		}
	}
}
