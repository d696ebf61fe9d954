/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Istio (networking.istio.io/v1). Where region and zone tell the clusters apart: DestinationRule with localityLbSetting.distribute, and outlierDetection,
 * without which nothing fails over. Otherwise, or when callers in one cluster have different probabilities: VirtualService weights on DestinationRule subsets
 * by the cluster label.
 */
#include "render/route.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

#define ISTIO_API "networking.istio.io/v1"
#define CLUSTER_LABEL "topology.istio.io/cluster"
#define REGION_LABEL "topology.kubernetes.io/region"
#define ZONE_LABEL "topology.kubernetes.io/zone"

/* Short names are looked up in the object's own namespace; the full one is right from everywhere. */
static const char *host_of(struct hk_arena *arena, const struct hk_entry *service)
{
	return service->name_space ? hk_arena_printf(arena, "%s.%s.svc.cluster.local", service->name, service->name_space) : service->name;
}

/*
 * What Envoy knows a pod's locality by are its node's labels, whatever the cluster is said to be in. A cluster whose nodes are in several zones of one region
 * is named by the region; one in several regions has no locality that one rule could name.
 */
struct place { const char *region, *zone; bool many_zones, none; };

static void widen(struct place *place, const char *region, const char *zone)
{
	if (!region || !*region || !zone || !*zone || (place->region && strcmp(place->region, region) != 0)) {
		place->none = true;
		return;
	}
	place->many_zones |= place->zone && strcmp(place->zone, zone) != 0;
	place->region = region;
	place->zone = zone;
}

static struct place place_of(const struct hk_cluster *cluster)
{
	struct place place = { 0 };
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		const char *region = hk_labels_get(&cluster->nodes[i].labels, REGION_LABEL), *zone = hk_labels_get(&cluster->nodes[i].labels, ZONE_LABEL);
		widen(&place, region ? region : cluster->region, zone ? zone : cluster->zone);
	}
	if (cluster->n_nodes == 0)
		widen(&place, cluster->region, cluster->zone);
	return place;
}

static bool overlap(const struct place *a, const struct place *b)
{
	return strcmp(a->region, b->region) == 0 && (a->many_zones || b->many_zones || strcmp(a->zone, b->zone) == 0);
}

/* All clusters that hold callers or replicas must have a locality, and no two may share any of it. */
static bool localities_distinct(struct hk_job *job, const struct hk_route_set *set)
{
	size_t n = job->model->n_clusters;
	bool *used = hk_arena_array(&job->arena, n + 1, sizeof *used);
	struct place *places = hk_arena_array(&job->arena, n + 1, sizeof *places);
	memcpy(used, set->hosts, n * sizeof *used);
	for (size_t i = 0; i < set->n; i++)
		used[set->groups[i].source] = true;
	for (size_t i = 0; i < n; i++) {
		if (!used[i])
			continue;
		places[i] = place_of(&job->model->clusters[i]);
		if (places[i].none)
			return false;
		for (size_t j = 0; j < i; j++)
			if (used[j] && overlap(&places[i], &places[j]))
				return false;
	}
	return true;
}

static const char *locality(struct hk_job *job, size_t cluster)
{
	struct place place = place_of(&job->model->clusters[cluster]);
	return place.many_zones ? hk_arena_printf(&job->arena, "%s/*", place.region) : hk_arena_printf(&job->arena, "%s/%s/*", place.region, place.zone);
}

static struct hk_value *outlier_detection(struct hk_arena *arena)
{
	struct hk_value *map = hk_value_put(arena, hk_value_map(arena), "consecutive5xxErrors", hk_value_int(arena, 5));
	hk_value_put_str(arena, map, "interval", "10s");
	return hk_value_put_str(arena, map, "baseEjectionTime", "30s");
}

struct by_locality { const char *name; int64_t weight; };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct by_locality *)a)->name, ((const struct by_locality *)b)->name);
}

static struct hk_value *distribution(struct hk_job *job, uint32_t source, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	struct by_locality *all = hk_arena_array(arena, job->model->n_clusters + 1, sizeof *all);
	size_t n = 0;
	for (size_t c = 0; c < job->model->n_clusters; c++)
		if (weights[c] > 0)
			all[n++] = (struct by_locality){ locality(job, c), weights[c] };
	qsort(all, n, sizeof *all, by_name);
	struct hk_value *to = hk_value_map(arena), *entry = hk_value_map(arena);
	for (size_t i = 0; i < n; i++)
		hk_value_put(arena, to, all[i].name, hk_value_int(arena, all[i].weight));
	hk_value_put_str(arena, entry, "from", locality(job, source));
	hk_value_put(arena, entry, "to", to);
	return hk_value_push(arena, hk_value_seq(arena), entry);
}

static void plan_locality(struct hk_job *job, const struct hk_route_group *group)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *object = hk_route_object(job, group->service, ISTIO_API, "DestinationRule", group->service->name);
	struct hk_value *setting = hk_value_put(arena, hk_value_map(arena), "distribute", distribution(job, group->source, group->rows[0].weights));
	struct hk_value *policy = hk_value_map(arena), *spec = hk_value_map(arena);
	hk_value_put(arena, policy, "loadBalancer", hk_value_put(arena, hk_value_map(arena), "localityLbSetting", setting));
	hk_value_put(arena, policy, "outlierDetection", outlier_detection(arena));
	hk_value_put_str(arena, spec, "host", host_of(arena, group->service));
	hk_value_put(arena, spec, "trafficPolicy", policy);
	hk_route_add(job, group->service, group->source, hk_value_put(arena, object, "spec", spec));
}

static const char *subset_name(struct hk_job *job, size_t cluster)
{
	return hk_route_label(&job->arena, job->model->clusters[cluster].name, 63);
}

static void plan_subsets(struct hk_job *job, const struct hk_route_set *set, const struct hk_route_group *group)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *object = hk_route_object(job, group->service, ISTIO_API, "DestinationRule", group->service->name);
	struct hk_value *subsets = hk_value_seq(arena), *spec = hk_value_map(arena);
	for (size_t c = 0; c < job->model->n_clusters; c++) {
		if (!set->hosts[c])
			continue;
		const char *id = hk_labels_get(&job->model->clusters[c].labels, CLUSTER_LABEL);
		struct hk_value *labels = hk_value_put_str(arena, hk_value_map(arena), CLUSTER_LABEL, id ? id : job->model->clusters[c].name);
		struct hk_value *subset = hk_value_put_str(arena, hk_value_map(arena), "name", subset_name(job, c));
		hk_value_push(arena, subsets, hk_value_put(arena, subset, "labels", labels));
	}
	hk_value_put_str(arena, spec, "host", host_of(arena, group->service));
	hk_value_put(arena, spec, "trafficPolicy", hk_value_put(arena, hk_value_map(arena), "outlierDetection", outlier_detection(arena)));
	hk_value_put(arena, spec, "subsets", subsets);
	hk_route_add(job, group->service, group->source, hk_value_put(arena, object, "spec", spec));
}

static struct hk_value *weighted(struct hk_job *job, const struct hk_entry *service, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *list = hk_value_seq(arena);
	for (size_t c = 0; c < job->model->n_clusters; c++) {
		if (weights[c] == 0)
			continue;
		struct hk_value *to = hk_value_put_str(arena, hk_value_map(arena), "host", host_of(arena, service));
		hk_value_put_str(arena, to, "subset", subset_name(job, c));
		struct hk_value *entry = hk_value_put(arena, hk_value_map(arena), "destination", to);
		hk_value_push(arena, list, hk_value_put(arena, entry, "weight", hk_value_int(arena, weights[c])));
	}
	return list;
}

/* One route; match on the port (0: any) and on the caller's labels (NULL: anybody). */
static struct hk_value *route_value(struct hk_job *job, const struct hk_entry *service, int64_t port, const struct hk_labels *labels, const int64_t *weights)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *match = hk_value_map(arena), *route = hk_value_map(arena);
	if (port > 0)
		hk_value_put(arena, match, "port", hk_value_int(arena, port));
	if (labels) {
		struct hk_value *map = hk_value_map(arena);
		for (size_t i = 0; i < labels->n; i++)
			hk_value_put_str(arena, map, labels->v[i].key, labels->v[i].value);
		hk_value_put(arena, match, "sourceLabels", map);
	}
	if (match->count > 0)
		hk_value_put(arena, route, "match", hk_value_push(arena, hk_value_seq(arena), match));
	return hk_value_put(arena, route, "route", weighted(job, service, weights));
}

/* The first match wins, so callers with more labels come first: another's labels may be a part of theirs. */
static int by_detail(const void *a, const void *b)
{
	const struct hk_route_row *left = *(const struct hk_route_row *const *)a, *right = *(const struct hk_route_row *const *)b;
	size_t m = left->caller->manifest.pod_labels.n, n = right->caller->manifest.pod_labels.n;
	return m != n ? (m > n ? -1 : 1) : strcmp(left->from, right->from);
}

static void add_routes(struct hk_job *job, const struct hk_route_group *group, int64_t port, struct hk_value *list)
{
	const struct hk_route_row **named = hk_arena_array(&job->arena, group->n, sizeof *named);
	size_t n = 0;
	for (size_t i = 0; group->differ && i < group->n; i++)
		if (group->rows[i].caller && group->rows[i].caller->manifest.pod_labels.n > 0)
			named[n++] = &group->rows[i];
	if (n > 0)
		qsort(named, n, sizeof *named, by_detail);
	for (size_t i = 0; i < n; i++)
		hk_value_push(&job->arena, list, route_value(job, group->service, port, &named[i]->caller->manifest.pod_labels, named[i]->weights));
	const int64_t *rest = group->differ ? hk_route_mean(job, group, true) : group->rows[0].weights;
	if (!rest)
		rest = hk_route_mean(job, group, false);
	hk_value_push(&job->arena, list, route_value(job, group->service, port, NULL, rest));
}

static void plan_virtual_service(struct hk_job *job, const struct hk_route_group *group)
{
	struct hk_arena *arena = &job->arena;
	const struct hk_entry *service = group->service;
	struct hk_value *http = hk_value_seq(arena), *tcp = hk_value_seq(arena), *spec = hk_value_map(arena);
	bool has_http = service->n_ports == 0;
	for (size_t i = 0; i < service->n_ports; i++) {
		enum hk_port_class class = hk_port_classify(&service->ports[i]);
		has_http |= class == HK_PORT_HTTP || class == HK_PORT_AUTO;
		if (class == HK_PORT_TCP || class == HK_PORT_AUTO)
			add_routes(job, group, service->ports[i].number, tcp);
		if (class == HK_PORT_OTHER)
			hk_job_diag(job, HK0913, &service->range, "port %lld of Service '%s' is neither HTTP nor plain TCP, so no weights are written for it",
				    (long long)service->ports[i].number, service->name);
	}
	if (has_http)
		add_routes(job, group, 0, http);
	if (http->count + tcp->count == 0)
		return;
	hk_value_put(arena, spec, "hosts", hk_value_push(arena, hk_value_seq(arena), hk_value_str(arena, host_of(arena, service))));
	if (http->count > 0)
		hk_value_put(arena, spec, "http", http);
	if (tcp->count > 0)
		hk_value_put(arena, spec, "tcp", tcp);
	struct hk_value *object = hk_route_object(job, service, ISTIO_API, "VirtualService", service->name);
	hk_route_add(job, service, group->source, hk_value_put(arena, object, "spec", spec));
}

static bool all_needless(const struct hk_route_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (!hk_route_needless(set, &set->groups[i]))
			return false;
	return true;
}

void hk_istio_plan(struct hk_job *job, const struct hk_route_set *set)
{
	/* Two rules for one host are merged in no defined way, so the user's own has precedence and ours is not written. */
	static const char *const kinds[] = { "DestinationRule", "VirtualService" };
	if (all_needless(set) || hk_route_ruled(job, set->service, kinds, HK_COUNT(kinds), "Istio routes are"))
		return;
	bool distinct = localities_distinct(job, set);
	for (size_t i = 0; i < set->n; i++) {
		const struct hk_route_group *group = &set->groups[i];
		if (hk_route_needless(set, group))
			continue;
		if (distinct && !group->differ) {
			plan_locality(job, group);
			continue;
		}
		if (distinct)
			hk_job_diag(job, HK0912, &set->service->range,
				    "callers of '%s' in cluster '%s' have different probabilities, so they are told apart by labels in a "
				    "VirtualService instead of by locality", set->service->name, job->model->clusters[group->source].name);
		plan_subsets(job, set, group);
		plan_virtual_service(job, group);
	}
}
