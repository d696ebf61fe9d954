/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/show.h"
#include "base/time.h"
#include "report/facts.h"
#include <math.h>

static void put_summary(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_ser *ser)
{
	struct hk_plan_facts facts;
	hk_plan_facts_count(plan, &facts);
	hk_ser_key(ser, "summary");
	hk_ser_map(ser);
	hk_ser_knum(ser, "objective", plan->objective);
	hk_ser_knum(ser, "bound", plan->bound);
	hk_ser_knum(ser, "gap", plan->gap);
	hk_ser_kbool(ser, "proved", plan->proved);
	hk_ser_knum(ser, "cpuSeconds", options->cpu_seconds);
	hk_ser_key(ser, "peakMemoryBytes");
	if (options->peak_memory)
		hk_ser_int(ser, (int64_t)options->peak_memory);
	else
		hk_ser_null(ser);
	hk_ser_key(ser, "costs");
	hk_ser_map(ser);
	hk_ser_knum(ser, "compute", plan->cost_compute);
	hk_ser_knum(ser, "egress", plan->cost_egress);
	hk_ser_knum(ser, "latency", plan->cost_latency);
	hk_ser_knum(ser, "requests", plan->cost_requests);
	hk_ser_knum(ser, "affinity", plan->cost_affinity);
	hk_ser_knum(ser, "moves", plan->cost_moves);
	if (plan->n_network_changes)
		hk_ser_knum(ser, "network", plan->cost_network);
	hk_ser_end(ser);
	hk_ser_kint(ser, "workloads", (int64_t)facts.workloads);
	hk_ser_kint(ser, "replicas", (int64_t)facts.replicas);
	hk_ser_kint(ser, "clusters", (int64_t)facts.clusters);
	hk_ser_kbool(ser, "stale", options->stale != NULL);
	hk_ser_end(ser);
}

static void put_placement(const struct hk_plan_placement *placement, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "cluster", placement->cluster);
	hk_ser_kint(ser, "replicas", placement->replicas);
	hk_ser_kint(ser, "previous", placement->previous);
	hk_ser_knum(ser, "load", placement->load);
	hk_ser_knum(ser, "utilisation", placement->utilisation);
	hk_ser_key(ser, "nodes");
	hk_ser_seq(ser);
	for (size_t i = 0; i < placement->n_nodes; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", placement->nodes[i].name);
		hk_ser_kint(ser, "replicas", placement->nodes[i].replicas);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_workload(const struct hk_plan_workload *workload, struct hk_ser *ser)
{
	uint64_t replicas = 0;
	for (size_t i = 0; i < workload->n_placements; i++)
		replicas += workload->placements[i].replicas;
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", workload->name);
	hk_ser_knum(ser, "rate", workload->rate);
	hk_ser_kint(ser, "replicas", (int64_t)replicas);
	hk_ser_knum(ser, "availability", workload->availability);
	hk_ser_knum(ser, "availabilityTarget", workload->availability_target > 0 ? workload->availability_target : NAN);
	hk_ser_key(ser, "placements");
	hk_ser_seq(ser);
	for (size_t i = 0; i < workload->n_placements; i++)
		put_placement(&workload->placements[i], ser);
	hk_ser_end(ser);
	hk_ser_key(ser, "reasons");
	hk_ser_seq(ser);
	for (size_t i = 0; i < workload->n_reasons; i++)
		hk_ser_str(ser, workload->reasons[i]);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_bounds(struct hk_ser *ser, const char *key, double mean, double worst, double request, double limit)
{
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	if (!isnan(mean))
		hk_ser_knum(ser, "mean", mean);
	hk_ser_knum(ser, "worst", worst);
	hk_ser_knum(ser, "request", request);
	hk_ser_knum(ser, "limit", limit);
	hk_ser_end(ser);
}

static void put_route(const struct hk_plan_route *route, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "from", route->cluster);
	hk_ser_knum(ser, "share", route->share);
	hk_ser_key(ser, "to");
	hk_ser_seq(ser);
	for (size_t t = 0; t < route->n_targets; t++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "cluster", route->targets[t].cluster);
		hk_ser_knum(ser, "probability", route->targets[t].probability);
		hk_ser_kint(ser, "weight", route->targets[t].weight);
		hk_ser_knum(ser, "latency", route->targets[t].latency);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_connection(const struct hk_plan_connection *connection, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "from", connection->from);
	hk_ser_kstr(ser, "to", connection->to);
	hk_ser_knum(ser, "rate", connection->rate);
	put_bounds(ser, "latency", connection->latency_mean, connection->latency_worst, connection->latency_request, connection->latency_limit);
	put_bounds(ser, "jitter", NAN, connection->jitter_worst, connection->jitter_request, connection->jitter_limit);
	put_bounds(ser, "loss", NAN, connection->loss_worst, connection->loss_request, connection->loss_limit);
	put_bounds(ser, "bandwidth", NAN, connection->bandwidth_least, connection->bandwidth_request, connection->bandwidth_limit);
	hk_ser_kbool(ser, "missesRequest", connection->misses_request);
	hk_ser_key(ser, "routes");
	hk_ser_seq(ser);
	for (size_t r = 0; r < connection->n_routes; r++)
		put_route(&connection->routes[r], ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_path(const struct hk_plan_path *path, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "from", path->from);
	hk_ser_kstr(ser, "to", path->to);
	put_bounds(ser, "latency", path->latency_mean, path->latency_worst, path->latency_request, path->latency_limit);
	put_bounds(ser, "jitter", NAN, path->jitter_worst, path->jitter_request, path->jitter_limit);
	put_bounds(ser, "loss", NAN, path->loss_worst, path->loss_request, path->loss_limit);
	hk_ser_kbool(ser, "missesRequest", path->misses_request);
	hk_ser_kstr(ser, "slowestRoute", path->worst_route);
	hk_ser_end(ser);
}

static void put_pipeline(const struct hk_plan_pipeline *pipeline, struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", pipeline->name);
	hk_ser_kstr(ser, "namespace", pipeline->name_space);
	hk_ser_key(ser, "workloads");
	hk_ser_seq(ser);
	for (size_t i = 0; i < pipeline->n_workloads; i++)
		put_workload(&pipeline->workloads[i], ser);
	hk_ser_end(ser);
	hk_ser_key(ser, "connections");
	hk_ser_seq(ser);
	for (size_t i = 0; i < pipeline->n_connections; i++)
		put_connection(&pipeline->connections[i], ser);
	hk_ser_end(ser);
	hk_ser_key(ser, "paths");
	hk_ser_seq(ser);
	for (size_t i = 0; i < pipeline->n_paths; i++)
		put_path(&pipeline->paths[i], ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_infrastructure(const struct hk_plan *plan, struct hk_ser *ser)
{
	hk_ser_key(ser, "clusters");
	hk_ser_seq(ser);
	for (size_t i = 0; i < plan->n_clusters; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", plan->clusters[i].name);
		hk_ser_knum(ser, "cost", plan->clusters[i].cost);
		hk_ser_key(ser, "resources");
		hk_ser_seq(ser);
		for (size_t r = 0; r < plan->clusters[i].n_resources; r++) {
			hk_ser_map(ser);
			hk_ser_kstr(ser, "name", plan->clusters[i].resources[r].name);
			hk_ser_knum(ser, "used", plan->clusters[i].resources[r].used);
			hk_ser_knum(ser, "capacity", plan->clusters[i].resources[r].capacity);
			hk_ser_end(ser);
		}
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_key(ser, "links");
	hk_ser_seq(ser);
	for (size_t i = 0; i < plan->n_links; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", plan->links[i].from);
		hk_ser_kstr(ser, "to", plan->links[i].to);
		hk_ser_knum(ser, "used", plan->links[i].used);
		hk_ser_knum(ser, "capacity", plan->links[i].capacity);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_change(struct hk_ser *ser, const char *key, double before, double after)
{
	if (!isfinite(before))
		return;
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	hk_ser_knum(ser, "from", before);
	hk_ser_knum(ser, "to", after);
	hk_ser_end(ser);
}

static void put_time(struct hk_ser *ser, const char *key, double seconds)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (!(seconds > 0))
		return;
	hk_time_print(seconds, &text);
	hk_ser_kstr(ser, key, text.s);
}

/* As in the plan's file: only where something is bought. */
static void put_network_changes(const struct hk_plan *plan, struct hk_ser *ser)
{
	if (!plan->n_network_changes)
		return;
	hk_ser_key(ser, "networkChanges");
	hk_ser_seq(ser);
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", change->from);
		hk_ser_kstr(ser, "to", change->to);
		hk_ser_kint(ser, "parallel", change->parallel);
		hk_ser_kstr(ser, "controller", change->controller);
		put_change(ser, "bandwidth", change->bandwidth_before, change->bandwidth_after);
		put_change(ser, "latency", change->latency_before, change->latency_after);
		hk_ser_knum(ser, "price", change->price);
		put_time(ser, "expires", change->expires);
		hk_ser_key(ser, "why");
		hk_ser_seq(ser);
		for (size_t k = 0; k < change->n_why; k++)
			hk_ser_str(ser, change->why[k]);
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_remarks(const char *key, const struct hk_remark_list *list, struct hk_ser *ser)
{
	hk_ser_key(ser, key);
	hk_ser_seq(ser);
	for (size_t i = 0; i < list->n; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "kind", list->v[i].kind);
		hk_ser_kstr(ser, "subject", list->v[i].subject);
		hk_ser_kstr(ser, "text", list->v[i].text);
		hk_ser_knum(ser, "value", list->v[i].value);
		hk_ser_knum(ser, "bound", list->v[i].bound);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

void hk_show_json(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_ser *ser)
{
	struct hk_remarks remarks;
	hk_plan_remarks(plan, HK_SHOW_TIGHT, &remarks);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "id", plan->id);
	hk_ser_kstr(ser, "previous", plan->previous_id);
	put_time(ser, "assumedAt", plan->assumed_at);
	put_summary(plan, options, ser);
	hk_ser_key(ser, "pipelines");
	hk_ser_seq(ser);
	for (size_t i = 0; i < plan->n_pipelines; i++)
		put_pipeline(&plan->pipelines[i], ser);
	hk_ser_end(ser);
	put_infrastructure(plan, ser);
	put_network_changes(plan, ser);
	put_remarks("moves", &remarks.moves, ser);
	put_remarks("tight", &remarks.tight, ser);
	put_remarks("missed", &remarks.missed, ser);
	put_remarks("leftOut", &remarks.left_out, ser);
	hk_ser_end(ser);
	hk_remarks_release(&remarks);
}
