/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan as YAML: the summary first, then what changes, then the details, so that a pull request shows the important lines on top; one placement, target, move
 * or digest a line.
 */
#include "plan/plan.h"
#include "plan/format.h"
#include "yaml/emit.h"

#include <math.h>

/* A placement with at most this many node entries stays on one line. */
#define INLINE_NODES 2

static void put_text(struct hk_emitter *out, const char *key, const char *text)
{
	hk_emit_key(out, key);
	hk_emit_str(out, text);
}

static void put_optional_text(struct hk_emitter *out, const char *key, const char *text)
{
	if (text)
		put_text(out, key, text);
}

/* Values that do not exist (NaN) or have no bound (infinite) are left out; the reader puts them back. */
static void put_number(struct hk_emitter *out, const char *key, double value)
{
	if (!isfinite(value))
		return;
	hk_emit_key(out, key);
	hk_emit_num(out, value);
}

static void put_count(struct hk_emitter *out, const char *key, int64_t value)
{
	hk_emit_key(out, key);
	hk_emit_int(out, value);
}

static void put_flag(struct hk_emitter *out, const char *key, bool value)
{
	hk_emit_key(out, key);
	hk_emit_bool(out, value);
}

static void open_map(struct hk_emitter *out, const char *key, bool flow)
{
	hk_emit_key(out, key);
	hk_emit_map(out, flow);
}

static void open_list(struct hk_emitter *out, const char *key, bool flow)
{
	hk_emit_key(out, key);
	hk_emit_seq(out, flow);
}

static void put_summary(struct hk_emitter *out, const struct hk_plan *plan, bool measurements)
{
	open_map(out, "summary", false);
	put_number(out, "objective", plan->objective);
	put_number(out, "bound", plan->bound);
	put_number(out, "gap", plan->gap);
	put_flag(out, "proved", plan->proved);
	open_map(out, "cost", false);
	put_number(out, "compute", plan->cost_compute);
	put_number(out, "egress", plan->cost_egress);
	put_number(out, "latency", plan->cost_latency);
	put_number(out, "requests", plan->cost_requests);
	put_number(out, "affinity", plan->cost_affinity);
	put_number(out, "moves", plan->cost_moves);
	if (plan->n_network_changes > 0)
		put_number(out, "network", plan->cost_network);
	hk_emit_end(out);
	hk_emit_end(out);
	if (measurements) {
		open_map(out, "measurements", false);
		put_number(out, "cpuSeconds", plan->cpu_seconds);
		put_count(out, "peakMemoryBytes", plan->peak_memory > INT64_MAX ? INT64_MAX : (int64_t)plan->peak_memory);
		hk_emit_end(out);
	}
}

static void put_moves(struct hk_emitter *out, const struct hk_plan *plan)
{
	open_list(out, "moves", plan->n_moves == 0);
	for (size_t i = 0; i < plan->n_moves; i++) {
		const struct hk_plan_move *move = &plan->moves[i];

		hk_emit_map(out, true);
		put_text(out, "pipeline", move->pipeline);
		put_text(out, "workload", move->workload);
		put_text(out, "cluster", move->cluster);
		put_count(out, "change", move->change);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

static void put_left_out(struct hk_emitter *out, const struct hk_plan *plan)
{
	if (plan->n_left_out == 0)
		return;
	open_list(out, "leftOut", false);
	for (size_t i = 0; i < plan->n_left_out; i++) {
		hk_emit_map(out, false);
		put_text(out, "pipeline", plan->left_out[i].pipeline);
		put_count(out, "priority", plan->left_out[i].priority);
		put_text(out, "why", plan->left_out[i].why);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

static void put_nodes(struct hk_emitter *out, const struct hk_plan_placement *placement, bool flow)
{
	open_list(out, "nodes", flow);
	for (size_t i = 0; i < placement->n_nodes; i++) {
		const struct hk_plan_node *node = &placement->nodes[i];

		hk_emit_map(out, true);
		put_text(out, "name", node->name);
		put_optional_text(out, "group", node->group);
		put_count(out, "replicas", node->replicas);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

static void put_placement(struct hk_emitter *out, const struct hk_plan_placement *placement)
{
	bool flow = placement->n_nodes <= INLINE_NODES;

	hk_emit_map(out, flow);
	put_text(out, "cluster", placement->cluster);
	put_count(out, "replicas", placement->replicas);
	put_count(out, "previous", placement->previous);
	put_number(out, "load", placement->load);
	put_number(out, "utilisation", placement->utilisation);
	if (placement->n_nodes > 0)
		put_nodes(out, placement, flow);
	hk_emit_end(out);
}

static void put_workload(struct hk_emitter *out, const struct hk_plan_workload *workload)
{
	hk_emit_map(out, false);
	put_text(out, "name", workload->name);
	put_number(out, "rate", workload->rate);
	put_number(out, "availability", workload->availability);
	if (workload->availability_target > 0)
		put_number(out, "availabilityTarget", workload->availability_target);
	if (workload->manifest_file) {
		open_map(out, "manifest", true);
		put_text(out, "file", workload->manifest_file);
		put_optional_text(out, "kind", workload->manifest_kind);
		put_optional_text(out, "name", workload->manifest_name);
		hk_emit_end(out);
	}
	open_list(out, "placements", workload->n_placements == 0);
	for (size_t i = 0; i < workload->n_placements; i++)
		put_placement(out, &workload->placements[i]);
	hk_emit_end(out);
	open_list(out, "reasons", workload->n_reasons == 0);
	for (size_t i = 0; i < workload->n_reasons; i++)
		hk_emit_str(out, workload->reasons[i]);
	hk_emit_end(out);
	hk_emit_end(out);
}

/* One quantity: what is predicted and what was asked. */
static void put_quantity(struct hk_emitter *out, const char *key, const char *kind, double mean, double extreme, double request, double limit)
{
	open_map(out, key, true);
	put_number(out, "mean", mean);
	put_number(out, kind, extreme);
	put_number(out, "request", request);
	put_number(out, "limit", limit);
	hk_emit_end(out);
}

static void put_route(struct hk_emitter *out, const struct hk_plan_route *route)
{
	hk_emit_map(out, false);
	put_text(out, "cluster", route->cluster);
	put_number(out, "share", route->share);
	open_list(out, "targets", route->n_targets == 0);
	for (size_t i = 0; i < route->n_targets; i++) {
		const struct hk_plan_target *target = &route->targets[i];

		hk_emit_map(out, true);
		put_text(out, "cluster", target->cluster);
		put_number(out, "probability", target->probability);
		put_count(out, "weight", target->weight);
		put_number(out, "latency", target->latency);
		put_number(out, "jitter", target->jitter);
		put_number(out, "loss", target->loss);
		hk_emit_end(out);
	}
	hk_emit_end(out);
	hk_emit_end(out);
}

static void put_connection(struct hk_emitter *out, const struct hk_plan_connection *connection)
{
	hk_emit_map(out, false);
	put_text(out, "from", connection->from);
	put_text(out, "to", connection->to);
	put_number(out, "rate", connection->rate);
	put_quantity(out, "latency", "worst", connection->latency_mean, connection->latency_worst, connection->latency_request, connection->latency_limit);
	put_quantity(out, "jitter", "worst", (double)NAN, connection->jitter_worst, connection->jitter_request, connection->jitter_limit);
	put_quantity(out, "loss", "worst", (double)NAN, connection->loss_worst, connection->loss_request, connection->loss_limit);
	put_quantity(out, "bandwidth", "least", (double)NAN, connection->bandwidth_least, connection->bandwidth_request, connection->bandwidth_limit);
	put_flag(out, "missesRequest", connection->misses_request);
	open_list(out, "routes", connection->n_routes == 0);
	for (size_t i = 0; i < connection->n_routes; i++)
		put_route(out, &connection->routes[i]);
	hk_emit_end(out);
	hk_emit_end(out);
}

static void put_path(struct hk_emitter *out, const struct hk_plan_path *path)
{
	hk_emit_map(out, false);
	put_text(out, "from", path->from);
	put_text(out, "to", path->to);
	put_quantity(out, "latency", "worst", path->latency_mean, path->latency_worst, path->latency_request, path->latency_limit);
	put_quantity(out, "jitter", "worst", (double)NAN, path->jitter_worst, path->jitter_request, path->jitter_limit);
	put_quantity(out, "loss", "worst", (double)NAN, path->loss_worst, path->loss_request, path->loss_limit);
	put_flag(out, "missesRequest", path->misses_request);
	put_optional_text(out, "worstRoute", path->worst_route);
	hk_emit_end(out);
}

static void put_pipeline(struct hk_emitter *out, const struct hk_plan_pipeline *pipeline)
{
	hk_emit_map(out, false);
	put_text(out, "name", pipeline->name);
	put_optional_text(out, "namespace", pipeline->name_space);
	open_list(out, "workloads", pipeline->n_workloads == 0);
	for (size_t i = 0; i < pipeline->n_workloads; i++)
		put_workload(out, &pipeline->workloads[i]);
	hk_emit_end(out);
	open_list(out, "connections", pipeline->n_connections == 0);
	for (size_t i = 0; i < pipeline->n_connections; i++)
		put_connection(out, &pipeline->connections[i]);
	hk_emit_end(out);
	open_list(out, "paths", pipeline->n_paths == 0);
	for (size_t i = 0; i < pipeline->n_paths; i++)
		put_path(out, &pipeline->paths[i]);
	hk_emit_end(out);
	if (pipeline->fingerprint) {
		put_number(out, "cost", pipeline->cost);
		put_number(out, "bound", pipeline->bound);
		put_text(out, "fingerprint", pipeline->fingerprint);
	}
	hk_emit_end(out);
}

/* Only where there are any: a world with room for all has none. */
static void put_prices(struct hk_emitter *out, const struct hk_plan *plan)
{
	if (plan->n_prices == 0)
		return;
	open_list(out, "prices", false);
	for (size_t i = 0; i < plan->n_prices; i++) {
		const struct hk_plan_price *price = &plan->prices[i];

		hk_emit_map(out, true);
		put_optional_text(out, "cluster", price->cluster);
		put_optional_text(out, "resource", price->resource);
		put_optional_text(out, "from", price->from);
		put_optional_text(out, "to", price->to);
		put_number(out, "price", price->price);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

static void put_cluster(struct hk_emitter *out, const struct hk_plan_cluster *cluster)
{
	hk_emit_map(out, false);
	put_text(out, "name", cluster->name);
	put_optional_text(out, "output", cluster->output);
	put_number(out, "cost", cluster->cost);
	open_list(out, "resources", cluster->n_resources == 0);
	for (size_t i = 0; i < cluster->n_resources; i++) {
		const struct hk_plan_resource *resource = &cluster->resources[i];

		hk_emit_map(out, true);
		put_text(out, "name", resource->name);
		put_number(out, "used", resource->used);
		put_number(out, "capacity", resource->capacity);
		hk_emit_end(out);
	}
	hk_emit_end(out);
	hk_emit_end(out);
}

static void put_network_and_inputs(struct hk_emitter *out, const struct hk_plan *plan)
{
	open_list(out, "links", plan->n_links == 0);
	for (size_t i = 0; i < plan->n_links; i++) {
		hk_emit_map(out, true);
		put_text(out, "from", plan->links[i].from);
		put_text(out, "to", plan->links[i].to);
		put_number(out, "used", plan->links[i].used);
		put_number(out, "capacity", plan->links[i].capacity);
		hk_emit_end(out);
	}
	hk_emit_end(out);
	open_list(out, "inputs", plan->n_inputs == 0);
	for (size_t i = 0; i < plan->n_inputs; i++) {
		hk_emit_map(out, true);
		put_text(out, "path", plan->inputs[i].path);
		put_text(out, "digest", plan->inputs[i].digest);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

static void put_spec(struct hk_emitter *out, const struct hk_plan *plan, bool measurements)
{
	open_map(out, "spec", false);
	put_text(out, "formatVersion", HK_PLAN_FORMAT_VERSION);
	put_optional_text(out, "previous", plan->previous_id);
	hk_plan_put_time(out, "assumedAt", plan->assumed_at);
	put_summary(out, plan, measurements);
	put_left_out(out, plan);
	put_moves(out, plan);
	hk_plan_put_network_changes(out, plan);
	open_list(out, "pipelines", plan->n_pipelines == 0);
	for (size_t i = 0; i < plan->n_pipelines; i++)
		put_pipeline(out, &plan->pipelines[i]);
	hk_emit_end(out);
	open_list(out, "clusters", plan->n_clusters == 0);
	for (size_t i = 0; i < plan->n_clusters; i++)
		put_cluster(out, &plan->clusters[i]);
	hk_emit_end(out);
	put_prices(out, plan);
	put_network_and_inputs(out, plan);
	hk_emit_end(out);
}

static struct hk_emitter *open_text(struct hk_buf *out, const char *id)
{
	hk_buf_addstr(out, HK_PLAN_HEADING);

	struct hk_emitter *emitter = hk_emit_open(out);

	hk_emit_document(emitter);
	hk_emit_map(emitter, false);
	put_text(emitter, "apiVersion", HK_PLAN_API_VERSION);
	put_text(emitter, "kind", "Plan");
	open_map(emitter, "metadata", !id);
	put_optional_text(emitter, "id", id);
	hk_emit_end(emitter);
	return emitter;
}

int hk_plan_write_head(const char *id, struct hk_buf *out)
{
	struct hk_emitter *emitter = open_text(out, id);

	hk_emit_end(emitter);
	return hk_emit_close(emitter, NULL);
}

/* The text with the given id; NULL leaves the id out, which is the text the id is computed from. */
int hk_plan_write_as(const struct hk_plan *plan, const char *id, bool measurements, struct hk_buf *out, struct hk_err *err)
{
	struct hk_emitter *emitter = open_text(out, id);

	put_spec(emitter, plan, measurements);
	hk_emit_end(emitter);
	return hk_emit_close(emitter, err);
}

int hk_plan_write(const struct hk_plan *plan, bool measurements, struct hk_buf *out, struct hk_err *err)
{
	return hk_plan_write_as(plan, plan->id, measurements, out, err);
}
