/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan document back into struct hk_plan. The file may come from anywhere: every field is checked before it is believed, so that the rest of the program can
 * rely on finite numbers in their ranges, on names being there and on sorted lists.
 */
#include "model/model.h"
#include "plan/format.h"
#include "plan/read_field.h"

#include <math.h>
#include <string.h>

#define MOST_REPLICAS 1000000000   /* fits uint32_t and int32_t, sums over clusters fit uint64_t */
#define MOST_NUMBER 1e300

static void read_node(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_node *node)
{
	node->name = hk_plan_field_text(reader, item, "name");
	node->group = hk_plan_field_optional_text(reader, item, "group");
	node->replicas = (uint32_t)hk_plan_field_count(reader, item, "replicas", 1, MOST_REPLICAS);
}

static void read_placement(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_placement *placement)
{
	const struct hk_node *nodes;
	uint64_t on_nodes = 0;
	size_t i = 0;

	placement->cluster = hk_plan_field_text(reader, item, "cluster");
	placement->replicas = (uint32_t)hk_plan_field_count(reader, item, "replicas", 1, MOST_REPLICAS);
	placement->previous = (uint32_t)hk_plan_field_count(reader, item, "previous", 0, MOST_REPLICAS);
	placement->load = hk_plan_field_number(reader, item, "load", 0, 1);
	placement->utilisation = hk_plan_field_number(reader, item, "utilisation", 0, MOST_NUMBER);
	placement->nodes = hk_plan_field_list(reader, item, "nodes", sizeof *placement->nodes, &placement->n_nodes, &nodes);
	hk_for_each_item(node, nodes) {
		read_node(reader, node, &placement->nodes[i]);
		on_nodes += placement->nodes[i++].replicas;
	}
	if (placement->n_nodes > 0 && on_nodes != placement->replicas)
		hk_plan_field_complain(reader, nodes, HK0805, "the replicas on nodes do not add up to the replicas of the placement");
}

static void read_manifest(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_workload *workload)
{
	const struct hk_node *manifest = hk_node_get(item, "manifest") ? hk_plan_field_map(reader, item, "manifest") : NULL;

	if (!manifest)
		return;
	workload->manifest_file = hk_plan_field_text(reader, manifest, "file");
	workload->manifest_kind = hk_plan_field_optional_text(reader, manifest, "kind");
	workload->manifest_name = hk_plan_field_optional_text(reader, manifest, "name");
}

static void read_workload(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_workload *workload)
{
	const struct hk_node *placements;
	size_t i = 0;

	workload->name = hk_plan_field_text(reader, item, "name");
	workload->rate = hk_plan_field_number(reader, item, "rate", 0, MOST_NUMBER);
	workload->availability = hk_plan_field_optional_number(reader, item, "availability", 0, 1, (double)NAN);
	workload->availability_target = hk_plan_field_optional_number(reader, item, "availabilityTarget", 0, 1, 0);
	read_manifest(reader, item, workload);
	workload->placements = hk_plan_field_list(reader, item, "placements", sizeof *workload->placements, &workload->n_placements, &placements);
	hk_for_each_item(placement, placements) {
		read_placement(reader, placement, &workload->placements[i]);
		hk_plan_field_order(reader, placement, i ? workload->placements[i - 1].cluster : NULL, workload->placements[i].cluster, true);
		i++;
	}
	workload->reasons = hk_plan_field_sentences(reader, item, "reasons", &workload->n_reasons);
}

static void read_target(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_target *target)
{
	target->cluster = hk_plan_field_text(reader, item, "cluster");
	target->probability = hk_plan_field_number(reader, item, "probability", 0, 1);
	target->weight = (uint32_t)hk_plan_field_count(reader, item, "weight", 0, 100);
	target->latency = hk_plan_field_number(reader, item, "latency", 0, MOST_NUMBER);
	target->jitter = hk_plan_field_number(reader, item, "jitter", 0, MOST_NUMBER);
	target->loss = hk_plan_field_number(reader, item, "loss", 0, 1);
}

static void read_route(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_route *route)
{
	const struct hk_node *targets;
	size_t i = 0;

	route->cluster = hk_plan_field_text(reader, item, "cluster");
	route->share = hk_plan_field_number(reader, item, "share", 0, 1);
	route->targets = hk_plan_field_list(reader, item, "targets", sizeof *route->targets, &route->n_targets, &targets);
	hk_for_each_item(target, targets) {
		read_target(reader, target, &route->targets[i]);
		hk_plan_field_order(reader, target, i ? route->targets[i - 1].cluster : NULL, route->targets[i].cluster, true);
		i++;
	}
}

struct quantity { double mean, extreme, request, limit; };

static struct quantity read_quantity(struct hk_plan_reader *reader, const struct hk_node *item, const char *key, const char *extreme, double absent)
{
	const struct hk_node *map = hk_plan_field_map(reader, item, key);

	return (struct quantity){
		.mean = hk_plan_field_optional_number(reader, map, "mean", 0, MOST_NUMBER, absent),
		.extreme = hk_plan_field_optional_number(reader, map, extreme, 0, MOST_NUMBER, absent),
		.request = hk_plan_field_optional_number(reader, map, "request", 0, MOST_NUMBER, (double)NAN),
		.limit = hk_plan_field_optional_number(reader, map, "limit", 0, MOST_NUMBER, (double)NAN),
	};
}

static void read_connection(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_connection *connection)
{
	struct quantity latency = read_quantity(reader, item, "latency", "worst", 0), jitter = read_quantity(reader, item, "jitter", "worst", 0);
	struct quantity loss = read_quantity(reader, item, "loss", "worst", 0), bandwidth = read_quantity(reader, item, "bandwidth", "least", (double)INFINITY);
	const struct hk_node *routes;
	size_t i = 0;

	connection->from = hk_plan_field_text(reader, item, "from");
	connection->to = hk_plan_field_text(reader, item, "to");
	connection->rate = hk_plan_field_number(reader, item, "rate", 0, MOST_NUMBER);
	connection->latency_mean = latency.mean, connection->latency_worst = latency.extreme;
	connection->jitter_worst = jitter.extreme, connection->loss_worst = loss.extreme, connection->bandwidth_least = bandwidth.extreme;
	connection->latency_request = latency.request, connection->latency_limit = latency.limit;
	connection->jitter_request = jitter.request, connection->jitter_limit = jitter.limit;
	connection->loss_request = loss.request, connection->loss_limit = loss.limit;
	connection->bandwidth_request = bandwidth.request, connection->bandwidth_limit = bandwidth.limit;
	connection->misses_request = hk_plan_field_flag(reader, item, "missesRequest");
	connection->routes = hk_plan_field_list(reader, item, "routes", sizeof *connection->routes, &connection->n_routes, &routes);
	hk_for_each_item(route, routes) {
		read_route(reader, route, &connection->routes[i]);
		hk_plan_field_order(reader, route, i ? connection->routes[i - 1].cluster : NULL, connection->routes[i].cluster, true);
		i++;
	}
}

static void read_path(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_path *path)
{
	struct quantity latency = read_quantity(reader, item, "latency", "worst", 0), jitter = read_quantity(reader, item, "jitter", "worst", 0);
	struct quantity loss = read_quantity(reader, item, "loss", "worst", 0);

	path->from = hk_plan_field_text(reader, item, "from");
	path->to = hk_plan_field_text(reader, item, "to");
	path->latency_mean = latency.mean, path->latency_worst = latency.extreme;
	path->jitter_worst = jitter.extreme, path->loss_worst = loss.extreme;
	path->latency_request = latency.request, path->latency_limit = latency.limit;
	path->jitter_request = jitter.request, path->jitter_limit = jitter.limit;
	path->loss_request = loss.request, path->loss_limit = loss.limit;
	path->misses_request = hk_plan_field_flag(reader, item, "missesRequest");
	path->worst_route = hk_plan_field_optional_text(reader, item, "worstRoute");
}

static void read_pipeline(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_pipeline *pipeline)
{
	const struct hk_node *workloads, *connections, *paths;
	size_t i = 0;

	pipeline->name = hk_plan_field_text(reader, item, "name");
	pipeline->name_space = hk_plan_field_optional_text(reader, item, "namespace");
	pipeline->workloads = hk_plan_field_list(reader, item, "workloads", sizeof *pipeline->workloads, &pipeline->n_workloads, &workloads);
	hk_for_each_item(workload, workloads) {
		read_workload(reader, workload, &pipeline->workloads[i]);
		hk_plan_field_order(reader, workload, i ? pipeline->workloads[i - 1].name : NULL, pipeline->workloads[i].name, true);
		i++;
	}
	i = 0;
	pipeline->connections = hk_plan_field_list(reader, item, "connections", sizeof *pipeline->connections, &pipeline->n_connections, &connections);
	hk_for_each_item(connection, connections)
		read_connection(reader, connection, &pipeline->connections[i++]);
	i = 0;
	pipeline->paths = hk_plan_field_list(reader, item, "paths", sizeof *pipeline->paths, &pipeline->n_paths, &paths);
	hk_for_each_item(path, paths)
		read_path(reader, path, &pipeline->paths[i++]);
	pipeline->cost = hk_plan_field_optional_number(reader, item, "cost", -MOST_NUMBER, MOST_NUMBER, (double)NAN);
	pipeline->bound = hk_plan_field_optional_number(reader, item, "bound", -MOST_NUMBER, MOST_NUMBER, (double)NAN);
	pipeline->fingerprint = hk_plan_field_optional_text(reader, item, "fingerprint");
}

static void read_summary(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	const struct hk_node *summary = hk_plan_field_map(reader, spec, "summary"), *cost = summary ? hk_plan_field_map(reader, summary, "cost") : NULL;
	struct hk_plan *plan = reader->plan;

	if (!summary || !cost)
		return;
	plan->objective = hk_plan_field_number(reader, summary, "objective", 0, MOST_NUMBER);
	plan->bound = hk_plan_field_number(reader, summary, "bound", -MOST_NUMBER, MOST_NUMBER);
	plan->gap = hk_plan_field_number(reader, summary, "gap", 0, MOST_NUMBER);
	plan->proved = hk_plan_field_flag(reader, summary, "proved");
	plan->cost_compute = hk_plan_field_number(reader, cost, "compute", 0, MOST_NUMBER);
	plan->cost_egress = hk_plan_field_number(reader, cost, "egress", 0, MOST_NUMBER);
	plan->cost_latency = hk_plan_field_number(reader, cost, "latency", 0, MOST_NUMBER);
	plan->cost_requests = hk_plan_field_number(reader, cost, "requests", 0, MOST_NUMBER);
	plan->cost_affinity = hk_plan_field_number(reader, cost, "affinity", 0, MOST_NUMBER);
	plan->cost_moves = hk_plan_field_number(reader, cost, "moves", 0, MOST_NUMBER);
	plan->cost_network = hk_plan_field_optional_number(reader, cost, "network", 0, MOST_NUMBER, 0);
}

static void read_measurements(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	const struct hk_node *run = hk_node_get(spec, "measurements") ? hk_plan_field_map(reader, spec, "measurements") : NULL;

	if (!run)
		return;
	reader->plan->cpu_seconds = hk_plan_field_number(reader, run, "cpuSeconds", 0, MOST_NUMBER);
	reader->plan->peak_memory = (uint64_t)hk_plan_field_count(reader, run, "peakMemoryBytes", 0, INT64_MAX);
}

/* The id of a plan, or NULL when it is absent or (a finding) malformed. */
static const char *read_id(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	const char *id = hk_plan_field_optional_text(reader, map, key);

	if (id && (strlen(id) != HK_PLAN_ID_DIGITS || strspn(id, "0123456789abcdef") != HK_PLAN_ID_DIGITS)) {
		hk_plan_field_complain(reader, hk_node_get(map, key), HK0805, "the id of a plan is 16 hexadecimal digits");
		return NULL;
	}
	return id;
}

static void read_cluster(struct hk_plan_reader *reader, const struct hk_node *item, struct hk_plan_cluster *cluster)
{
	const struct hk_node *resources;
	size_t i = 0;

	cluster->name = hk_plan_field_text(reader, item, "name");
	cluster->output = hk_plan_field_optional_text(reader, item, "output");
	cluster->cost = hk_plan_field_number(reader, item, "cost", 0, MOST_NUMBER);
	cluster->resources = hk_plan_field_list(reader, item, "resources", sizeof *cluster->resources, &cluster->n_resources, &resources);
	hk_for_each_item(entry, resources) {
		struct hk_plan_resource *resource = &cluster->resources[i++];

		resource->name = hk_plan_field_text(reader, entry, "name");
		resource->used = hk_plan_field_number(reader, entry, "used", 0, MOST_NUMBER);
		resource->capacity = hk_plan_field_optional_number(reader, entry, "capacity", 0, MOST_NUMBER, (double)INFINITY);
	}
}

static void read_network(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	struct hk_plan *plan = reader->plan;
	const struct hk_node *clusters, *links;
	size_t i = 0;

	plan->clusters = hk_plan_field_list(reader, spec, "clusters", sizeof *plan->clusters, &plan->n_clusters, &clusters);
	hk_for_each_item(cluster, clusters) {
		read_cluster(reader, cluster, &plan->clusters[i]);
		hk_plan_field_order(reader, cluster, i ? plan->clusters[i - 1].name : NULL, plan->clusters[i].name, true);
		i++;
	}
	i = 0;
	plan->links = hk_plan_field_list(reader, spec, "links", sizeof *plan->links, &plan->n_links, &links);
	hk_for_each_item(entry, links) {
		struct hk_plan_link *link = &plan->links[i++];

		link->from = hk_plan_field_text(reader, entry, "from");
		link->to = hk_plan_field_text(reader, entry, "to");
		link->used = hk_plan_field_number(reader, entry, "used", 0, MOST_NUMBER);
		link->capacity = hk_plan_field_optional_number(reader, entry, "capacity", 0, MOST_NUMBER, (double)INFINITY);
	}
}

/* Rents belong to a resource of a cluster, or to a link. */
static void read_prices(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	struct hk_plan *plan = reader->plan;
	const struct hk_node *prices;
	size_t i = 0;

	plan->prices = hk_plan_field_list(reader, spec, "prices", sizeof *plan->prices, &plan->n_prices, &prices);
	hk_for_each_item(entry, prices) {
		struct hk_plan_price *price = &plan->prices[i++];
		bool link = hk_node_get(entry, "from") != NULL;

		price->cluster = link ? NULL : hk_plan_field_text(reader, entry, "cluster");
		price->resource = link ? NULL : hk_plan_field_text(reader, entry, "resource");
		price->from = link ? hk_plan_field_text(reader, entry, "from") : NULL;
		price->to = link ? hk_plan_field_text(reader, entry, "to") : NULL;
		price->price = hk_plan_field_number(reader, entry, "price", 0, MOST_NUMBER);
	}
}

static bool is_digest(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static void read_left_out(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	struct hk_plan *plan = reader->plan;
	const struct hk_node *entries;
	size_t i = 0;

	plan->left_out = hk_plan_field_list(reader, spec, "leftOut", sizeof *plan->left_out, &plan->n_left_out, &entries);
	hk_for_each_item(entry, entries) {
		struct hk_plan_left_out *left = &plan->left_out[i];

		left->pipeline = hk_plan_field_text(reader, entry, "pipeline");
		left->priority = (int32_t)hk_plan_field_count(reader, entry, "priority", -HK_PRIORITY_MOST, HK_PRIORITY_MOST);
		left->why = hk_plan_field_text(reader, entry, "why");
		hk_plan_field_order(reader, entry, i ? plan->left_out[i - 1].pipeline : NULL, left->pipeline, true);
		i++;
	}
}

static void read_moves_and_inputs(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	struct hk_plan *plan = reader->plan;
	const struct hk_node *moves, *inputs;
	size_t i = 0;

	hk_plan_read_network_changes(reader, spec);
	plan->moves = hk_plan_field_list(reader, spec, "moves", sizeof *plan->moves, &plan->n_moves, &moves);
	hk_for_each_item(entry, moves) {
		struct hk_plan_move *move = &plan->moves[i++];

		move->pipeline = hk_plan_field_text(reader, entry, "pipeline");
		move->workload = hk_plan_field_text(reader, entry, "workload");
		move->cluster = hk_plan_field_text(reader, entry, "cluster");
		move->change = (int32_t)hk_plan_field_count(reader, entry, "change", -MOST_REPLICAS, MOST_REPLICAS);
	}
	i = 0;
	plan->inputs = hk_plan_field_list(reader, spec, "inputs", sizeof *plan->inputs, &plan->n_inputs, &inputs);
	hk_for_each_item(entry, inputs) {
		struct hk_plan_input *input = &plan->inputs[i];

		input->path = hk_plan_field_text(reader, entry, "path");
		input->digest = hk_plan_field_text(reader, entry, "digest");
		if (input->digest && !is_digest(input->digest))
			hk_plan_field_complain(reader, entry, HK0805, "the digest of this input is no SHA-256: expected 64 hexadecimal digits");
		hk_plan_field_order(reader, entry, i ? plan->inputs[i - 1].path : NULL, input->path, true);
		i++;
	}
}

/* The major version, or -1 when the text is no "major.minor". */
static int format_major(const char *text)
{
	size_t major = strspn(text, "0123456789"), minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;

	if (major == 0 || major > 4 || minor == 0 || text[major + 1 + minor] != '\0')
		return -1;
	int value = 0;

	for (size_t i = 0; i < major; i++)
		value = 10 * value + (text[i] - '0');
	return value;
}

static bool is_readable(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	const char *version = hk_plan_field_text(reader, spec, "formatVersion");

	if (!version)
		return false;
	if (format_major(version) == HK_PLAN_FORMAT_MAJOR)
		return true;
	struct hk_diag *diag = hk_node_diag(reader->diags, reader->doc, hk_node_get(spec, "formatVersion"), HK0802,
					    "the plan has format version '%s'; this hkctl reads version %d", version, HK_PLAN_FORMAT_MAJOR);

	hk_diag_help(reader->diags, diag, "make the plan again with this version, or use the hkctl that wrote it");
	reader->broken = true;
	return false;
}

/* Somebody changed the text after it was written. No error: the checker, not the id, says whether a plan is good. */
static void verify_id(struct hk_plan_reader *reader, const struct hk_node *metadata, const char *version)
{
	char id[HK_PLAN_ID_DIGITS + 1];

	if (!reader->plan->id || strcmp(version, HK_PLAN_FORMAT_VERSION))
		return;
	/* what was only read again is the common case; other texts may still say the same */
	if (reader->doc->end <= reader->doc->source->text.len && reader->doc->start <= reader->doc->end &&
	    hk_plan_is_sealed_text(reader->doc->source->text.s + reader->doc->start, reader->doc->end - reader->doc->start, reader->plan->id))
		return;
	if (hk_plan_compute_id(reader->plan, id, NULL))
		return;
	reader->plan->altered = strcmp(id, reader->plan->id) != 0;
	if (!reader->plan->altered)
		return;
	struct hk_diag *diag = hk_node_diag(reader->diags, reader->doc, hk_node_get(metadata, "id"), HK0807,
					    "the plan was changed after it was written: its content has the id '%s', not '%s'", id, reader->plan->id);

	hk_diag_help(reader->diags, diag, "take back what was edited, or make the plan again");
}

static bool is_plan(struct hk_plan_reader *reader, const struct hk_node *root)
{
	const char *api = hk_node_string(hk_node_get(root, "apiVersion")), *kind = hk_node_string(hk_node_get(root, "kind"));

	if (api && kind && !strcmp(api, HK_PLAN_API_VERSION) && !strcmp(kind, "Plan"))
		return true;
	hk_node_diag(reader->diags, reader->doc, root, HK0801, "this document is no plan: expected apiVersion %s and kind Plan", HK_PLAN_API_VERSION);
	return false;
}

int hk_plan_read(struct hk_plan *plan, const struct hk_doc *doc, struct hk_diags *diags)
{
	struct hk_plan_reader reader = { plan, doc, diags, false };
	const struct hk_node *root = doc->root, *metadata, *spec;
	size_t i = 0;

	*plan = (struct hk_plan){ 0 };
	if (!is_plan(&reader, root))
		return -1;
	metadata = hk_plan_field_map(&reader, root, "metadata");
	spec = hk_plan_field_map(&reader, root, "spec");
	if (!spec || !is_readable(&reader, spec)) {
		hk_plan_release(plan);
		return -1;
	}
	plan->id = read_id(&reader, metadata, "id");
	plan->previous_id = read_id(&reader, spec, "previous");
	read_summary(&reader, spec);
	read_measurements(&reader, spec);

	const struct hk_node *pipelines;

	plan->pipelines = hk_plan_field_list(&reader, spec, "pipelines", sizeof *plan->pipelines, &plan->n_pipelines, &pipelines);
	hk_for_each_item(pipeline, pipelines) {
		read_pipeline(&reader, pipeline, &plan->pipelines[i]);
		hk_plan_field_order(&reader, pipeline, i ? plan->pipelines[i - 1].name : NULL, plan->pipelines[i].name, false);
		i++;
	}
	read_network(&reader, spec);
	read_prices(&reader, spec);
	read_left_out(&reader, spec);
	read_moves_and_inputs(&reader, spec);
	if (reader.broken) {
		hk_plan_release(plan);
		return -1;
	}
	verify_id(&reader, metadata, hk_node_string(hk_node_get(spec, "formatVersion")));
	return 0;
}
