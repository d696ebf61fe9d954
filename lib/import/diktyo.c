/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Diktyo (scheduler-plugins): an AppGroup becomes a Pipeline; a NetworkTopology becomes a Topology with a cluster for each zone, or region where there are no
 * zones. The spelling of the current CRD (topologyList, originList, costList) and the older one of its own examples (costList, originCosts, costs) are both
 * read.
 */
#include "import/policies.h"
#include <string.h>

/* Zones that are joined pair by pair. */
#define MOST_LINKED 1000

struct cost { const char *from, *to; double latency, bandwidth; };
struct costs { HK_VEC(struct cost) list; struct hk_map pairs; };

struct network { struct hk_import *import; struct hk_draft_topology topology; struct costs zones, regions; struct hk_map names; };

static double unit(const struct hk_import *import)
{
	return import->options->cost_unit > 0 ? import->options->cost_unit : 1e-3;
}

static const char *text(const struct hk_node *node, const char *key)
{
	const char *value = hk_node_string(hk_node_get(node, key));

	return value && *value ? value : NULL;
}

static const struct hk_node *either(const struct hk_node *node, const char *now, const char *before)
{
	const struct hk_node *value = hk_node_get(node, now);

	return value ? value : hk_node_get(node, before);
}

static bool read_number(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *node, double *value)
{
	return !hk_node_is_null(node) && hk_read_unit_node(hk_import_at(import, object), node, HK0605, HK_UNIT_QUANTITY, value);
}

/* ---- NetworkTopology ---- */

static const struct cost *find_cost(const struct costs *costs, const char *from, const char *to)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	size_t at;

	hk_buf_addf(&key, "%s\n%s", from, to);
	at = hk_map_get(&costs->pairs, (struct hk_str){ key.s, key.len });
	return at == HK_MAP_NONE ? NULL : &costs->list.v[at];
}

static void read_cost(struct network *network, const struct hk_import_object *object, const char *from, const struct hk_node *item, struct costs *costs)
{
	struct hk_import *import = network->import;
	struct cost cost = { .from = from, .bandwidth = -1 };
	const char *to = text(item, "destination");
	double value = 0, allocated = 0;

	if (!from || !to || strcmp(from, to) == 0 || !read_number(import, object, hk_node_get(item, "networkCost"), &value))
		return;
	cost.to = to;
	cost.latency = value * unit(import);
	if (read_number(import, object, hk_node_get(item, "bandwidthCapacity"), &cost.bandwidth) &&
	    read_number(import, object, hk_node_get(item, "bandwidthAllocated"), &allocated))
		cost.bandwidth = cost.bandwidth > allocated ? cost.bandwidth - allocated : 0;
	if (hk_map_put(&costs->pairs, hk_str_of(hk_arena_printf(&import->arena, "%s\n%s", cost.from, cost.to)), costs->list.n) == HK_MAP_NONE)
		hk_vec_push(&costs->list, cost);
	else
		hk_import_diag(import, object, item, HK1107, "the cost from '%s' to '%s' is given twice; the first one counts", from, to);
}

static void read_levels(struct network *network, const struct hk_import_object *object, const struct hk_node *weights)
{
	hk_for_each_item(level, either(weights, "topologyList", "costList")) {
		const char *key = text(level, "topologyKey");
		struct costs *costs = key && strstr(key, "zone") ? &network->zones : key && strstr(key, "region") ? &network->regions : NULL;

		if (!costs) {
			hk_import_diag(network->import, object, level, HK1101, "costs by '%s' are not carried over: only those of zones and regions are",
				       key ? key : "");
			continue;
		}
		hk_for_each_item(origin, either(level, "originList", "originCosts"))
			hk_for_each_item(cost, either(origin, "costList", "costs"))
				read_cost(network, object, text(origin, "origin"), cost, costs);
	}
}

/* The weights asked for, else those users give by hand, else the only ones. */
static const struct hk_node *choose_weights(struct hk_import *import, const struct hk_import_object *object)
{
	const char *wanted = import->options->weights ? import->options->weights : "UserDefined";
	const struct hk_node *list = hk_node_at(object->node, "spec.weights"), *found = NULL;

	hk_for_each_item(item, list) {
		const char *name = text(item, "name");
		if (name && strcmp(name, wanted) == 0 && !found)
			found = item;
	}
	if (!found && !import->options->weights && list && list->kind == HK_SEQUENCE)
		found = list->first;
	hk_for_each_item(item, list)
		if (found && item != found)
			hk_import_diag(import, object, item, HK1101, "weights '%s' are not carried over; '%s' are (--weights)",
				       text(item, "name") ? text(item, "name") : "", text(found, "name") ? text(found, "name") : "");
	if (!found)
		hk_import_diag(import, object, list, HK1102, "NetworkTopology '%s' has no weights '%s'", object->name, wanted);
	return found;
}

/* A cluster for a zone or region that no node told of. */
static void add_place(struct network *network, const char *place, bool zone)
{
	struct hk_import *import = network->import;
	const char *name = hk_import_name(&import->arena, place, "cluster");
	struct hk_draft_cluster *cluster;

	if (hk_map_put(&network->names, hk_str_of(name), 0) != HK_MAP_NONE)
		return;
	cluster = hk_vec_add(&network->topology.clusters);
	cluster->name = name;
	cluster->unlimited = true;
	if (zone)
		cluster->zone = place;
	else
		cluster->region = place;
	if (hk_is_label_value(place))
		hk_labels_add(&import->build, &cluster->node_selector, zone ? "topology.kubernetes.io/zone" : "topology.kubernetes.io/region", place);
}

static void add_places(struct network *network, const struct costs *costs, bool zone)
{
	for (size_t i = 0; i < costs->list.n; i++) {
		add_place(network, costs->list.v[i].from, zone);
		add_place(network, costs->list.v[i].to, zone);
	}
}

static void add_link(struct network *network, const char *from, const char *to, const struct cost *cost, const struct cost *back, const char *note)
{
	bool both = back && back->latency >= cost->latency && back->latency <= cost->latency && back->bandwidth >= cost->bandwidth &&
	    back->bandwidth <= cost->bandwidth;

	if (both && strcmp(from, to) > 0)
		return;         /* said in the other direction */
	hk_vec_push(&network->topology.links, (struct hk_draft_link){ from, to, both, cost->latency, cost->bandwidth, note });
}

static void link_places(struct network *network, const struct costs *costs)
{
	struct hk_arena *arena = &network->import->arena;

	for (size_t i = 0; i < costs->list.n; i++) {
		const struct cost *cost = &costs->list.v[i];

		add_link(network, hk_import_name(arena, cost->from, "cluster"), hk_import_name(arena, cost->to, "cluster"), cost,
			 find_cost(costs, cost->to, cost->from), NULL);
	}
}

/* Zones of different regions are as far apart as the regions. False: the region of some zone is not known. */
static bool link_regions(struct network *network)
{
	size_t n = network->topology.clusters.n, unknown = 0;

	for (size_t i = 0; i < n; i++)
		unknown += !network->topology.clusters.v[i].region;
	if (n > MOST_LINKED)
		return false;
	for (size_t i = 0; i < n && !unknown; i++) {
		for (size_t j = 0; j < n; j++) {
			const struct hk_draft_cluster *from = &network->topology.clusters.v[i], *to = &network->topology.clusters.v[j];
			const struct cost *cost = i == j ? NULL : find_cost(&network->regions, from->region, to->region);

			if (cost && !(from->zone && to->zone && find_cost(&network->zones, from->zone, to->zone)))
				add_link(network, from->name, to->name, cost, find_cost(&network->regions, to->region, from->region), "of the regions");
		}
	}
	return !unknown;
}

static void build_network(struct network *network, const struct hk_import_object *object)
{
	struct hk_import *import = network->import;
	struct hk_diag *diag;

	for (size_t i = 0; i < network->topology.clusters.n; i++)
		hk_map_put(&network->names, hk_str_of(network->topology.clusters.v[i].name), 0);
	hk_vec_push(&network->topology.remarks,
		    hk_arena_printf(&import->arena,
				    "Imported from NetworkTopology %s. guess: a network cost of 1 is %g ms of latency (--cost-unit); costs have no unit.",
				     object->name, unit(import) * 1e3));
	hk_vec_push(&network->topology.remarks, "Bandwidths are quantities of bit/s, without what was allocated.");
	if (network->zones.list.n || network->topology.clusters.n) {
		add_places(network, &network->zones, true);
		link_places(network, &network->zones);
		if (network->regions.list.n && !link_regions(network)) {
			diag = hk_import_diag(import, object, NULL, HK1102,
					      "costs between regions are left out: the region of a zone is not known, or there are too many zones");
			hk_diag_help(import->diags, diag, "give saved nodes as well, whose labels tell it");
		}
	} else {
		add_places(network, &network->regions, false);
		link_places(network, &network->regions);
	}
}

static bool has_nodes(const struct hk_import *import)
{
	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "", "Node"))
			return true;
	return false;
}

static bool import_network(struct hk_import *import, struct hk_import_object *object)
{
	struct network network = { .import = import,
				   .topology = { .name = import->options->name ? import->options->name : hk_import_name(&import->arena, object->name,
				       "network") } };
	const struct hk_node *weights = choose_weights(import, object);

	object->taken = true;
	if (weights) {
		read_levels(&network, object, weights);
		if (has_nodes(import))
			hk_import_inventory(import, network.zones.list.n ? "zone" : "region", false, &network.topology);
		build_network(&network, object);
		if (!network.topology.clusters.n)
			hk_import_diag(import, object, weights, HK1102, "NetworkTopology '%s' has no costs", object->name);
		else
			hk_draft_topology_write(import->out, &network.topology);
		if (network.topology.clusters.n)
			import->known_cluster = network.topology.clusters.v[0].name;
	}
	hk_draft_topology_release(&network.topology);
	hk_vec_release(&network.zones.list);
	hk_vec_release(&network.regions.list);
	hk_map_release(&network.names);
	hk_map_release(&network.zones.pairs);
	hk_map_release(&network.regions.pairs);
	return weights != NULL;
}

/* ---- AppGroup ---- */

static size_t add_workload(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *object, const struct hk_node *workload)
{
	const char *name = text(workload, "name"), *kind = text(workload, "kind");

	if (!name) {
		hk_import_diag(import, object, workload, HK1102, "a workload of AppGroup '%s' has no name and is left out", object->name);
		return HK_MAP_NONE;
	}
	return hk_import_find_or_add(import, pipeline, object, kind ? kind : "Deployment", name, text(workload, "namespace"));
}

static void add_dependency(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *object, size_t from,
			   const struct hk_node *dependency)
{
	size_t to = add_workload(import, pipeline, object, hk_node_get(dependency, "workload"));
	double bandwidth = -1, cost = -1;
	HK_AUTO_BUF struct hk_buf note = HK_BUF_INIT;

	if (to == HK_MAP_NONE)
		return;
	read_number(import, object, hk_node_get(dependency, "minBandwidth"), &bandwidth);
	read_number(import, object, hk_node_get(dependency, "maxNetworkCost"), &cost);
	if (bandwidth >= 0)
		hk_buf_addf(&note, "minBandwidth %s is read as bit/s", hk_node_get(dependency, "minBandwidth")->text.s);
	if (cost >= 0)
		hk_buf_addf(&note, "%smaxNetworkCost %s", note.len ? "; " : "", hk_node_get(dependency, "maxNetworkCost")->text.s);
	hk_draft_connect(import, pipeline, from, to, cost >= 0 ? cost * unit(import) : -1, bandwidth,
			 note.len ? hk_arena_strdup(&import->arena, note.s) : NULL);
}

static void import_group(struct hk_import *import, struct hk_import_object *object, const struct hk_draft_topology *topology)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec");
	struct hk_draft_pipeline pipeline = { .name = hk_import_name(&import->arena, object->name, "app-group") };

	object->taken = true;
	hk_vec_push(&pipeline.remarks,
		    hk_arena_printf(&import->arena,
				    "Imported from AppGroup %s. guess: a network cost of 1 is %g ms of latency (--cost-unit); costs have no unit.",
				    object->name,
				     unit(import) * 1e3));
	hk_for_each_item(item, hk_node_get(spec, "workloads")) {
		size_t from = add_workload(import, &pipeline, object, hk_node_get(item, "workload"));

		if (from == HK_MAP_NONE)
			continue;
		hk_for_each_item(dependency, hk_node_get(item, "dependencies"))
			add_dependency(import, &pipeline, object, from, dependency);
	}
	if (hk_node_get(spec, "topologySortingAlgorithm") || hk_node_get(spec, "numMembers"))
		hk_import_diag(import, object, NULL, HK1101,
			       "numMembers and topologySortingAlgorithm of AppGroup '%s' are not carried over: a plan decides the number and places all at once",
			       object->name);
	if (pipeline.workloads.n) {
		if (import->out->len)
			hk_buf_addstr(import->out, "---\n");
		hk_draft_pipeline_write(import, &pipeline, topology);
	} else {
		hk_import_diag(import, object, NULL, HK1102, "AppGroup '%s' has no workloads", object->name);
	}
	hk_draft_pipeline_release(&pipeline);
}

int hk_import_diktyo(struct hk_import *import)
{
	struct hk_draft_topology known = { .name = NULL };
	bool network = false;

	for (size_t i = 0; i < import->objects.n; i++) {
		struct hk_import_object *object = &import->objects.v[i];

		if (!hk_import_is(object, "networktopology.diktyo.x-k8s.io", "NetworkTopology"))
			continue;
		if (network)
			hk_import_diag(import, object, NULL, HK1107, "a second NetworkTopology is left out: import it by itself");
		else
			network = import_network(import, object);
		object->taken = true;
	}
	for (size_t i = 0; i < import->objects.n; i++) {
		if (!hk_import_is(&import->objects.v[i], "appgroup.diktyo.x-k8s.io", "AppGroup"))
			continue;
		if (import->known_cluster && !known.clusters.n)      /* the topology or stand-in that stands there already */
			hk_vec_add(&known.clusters)->name = import->known_cluster;
		import_group(import, &import->objects.v[i], known.clusters.n ? &known : NULL);
	}
	hk_draft_topology_release(&known);
	if (!import->out->len && !import->diags->errors)
		hk_diag_add(import->diags, HK1105, NULL, "there is no AppGroup or NetworkTopology with anything in it");
	return import->out->len ? 0 : -1;
}
