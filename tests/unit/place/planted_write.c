/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planted world as documents. */
#include "planted.h"

#include <math.h>

void planted_name(const struct planted *world, uint32_t index, struct hk_buf *out)
{
	static const char *const tiers[] = { "cloud-%u", "region-%02u", "metro-%03u", "edge-%04u" };
	const struct planted_cluster *cluster = &world->clusters.v[index];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	hk_buf_addf(out, tiers[cluster->tier], cluster->number);
#pragma GCC diagnostic pop
}

static void write_cluster(const struct planted *world, uint32_t index, struct hk_buf *out)
{
	static const char *const tiers[] = { "cloud", "region", "metro", "edge" }, *const availability[] = { "99.99%", "99.95%", "99.9%", "99.5%" };
	const struct planted_cluster *cluster = &world->clusters.v[index];

	hk_buf_addstr(out, "  - name: ");
	planted_name(world, index, out);
	hk_buf_addf(out, "\n    tier: %s\n    region: ", tiers[cluster->tier]);
	if (cluster->tier == PLANTED_CLOUD)
		hk_buf_addstr(out, "global");
	else
		planted_name(world, planted_above(world, index, PLANTED_REGION), out);
	if (cluster->tier >= PLANTED_METRO)
		hk_buf_addf(out, "\n    zone: area-%03u", world->clusters.v[planted_above(world, index, PLANTED_METRO)].number);
	hk_buf_addf(out, "\n    availability: %s\n    prices: {cpu: 0.%03u/h, memory: 0.%04u/GiB/h}\n", availability[cluster->tier], cluster->cpu_price,
		    cluster->memory_price);
	if (cluster->node_cores > 0)
		hk_buf_addf(out, "    nodes: [{name: node, count: %u, allocatable: {cpu: \"%u\", memory: %uGi}}]%s\n", cluster->nodes, cluster->node_cores,
			    4 * cluster->node_cores, cluster->mark_nodes ? " # planted" : "");
}

static void write_link(const struct planted *world, uint32_t index, struct hk_buf *out)
{
	static const double usual[] = { 400e9, 400e9, 40e9, 4e9 };
	const struct planted_cluster *cluster = &world->clusters.v[index];
	double least = 1.1 * fmax(cluster->up, cluster->down), bits = fmax(least, usual[cluster->tier] * (world->tight ? 0.15 : 1));

	hk_buf_addstr(out, "  - {from: ");
	planted_name(world, index, out);
	hk_buf_addstr(out, ", to: ");
	planted_name(world, cluster->parent, out);
	hk_buf_addf(out, ", latency: %uus, jitter: %uus, bandwidth: %.0fMbps, loss: 0.001%%, price: 0.%03u/GB}%s\n", cluster->latency_us,
		    cluster->latency_us / 20, ceil(bits / 1e6), cluster->price_per_gb, cluster->mark_link ? " # planted" : "");
}

static void write_topology(const struct planted *world, struct hk_buf *out)
{
	hk_buf_addstr(out, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: world}\nspec:\n  clusters:\n");
	for (uint32_t c = 0; c < world->clusters.n; c++)
		write_cluster(world, c, out);
	hk_buf_addstr(out, "  links:\n");
	for (uint32_t c = 1; c < world->clusters.n; c++)
		write_link(world, c, out);
}

static void write_scope(const struct planted *world, const struct planted_pipeline *pipeline, enum planted_scope scope, struct hk_buf *out)
{
	if (scope == PLANTED_ANYWHERE)
		return;
	hk_buf_addstr(out, "    placement:\n      require:\n        matchExpressions:\n");
	if (scope == PLANTED_AREA) {
		hk_buf_addf(out, "        - {key: zone, operator: In, values: [area-%03u]}\n",
			    world->clusters.v[planted_above(world, pipeline->home, PLANTED_METRO)].number);
		return;
	}
	hk_buf_addstr(out, "        - {key: region, operator: In, values: [");
	planted_name(world, planted_above(world, pipeline->home, PLANTED_REGION), out);
	hk_buf_addstr(out, ", global]}\n");
	if (scope == PLANTED_CORE)
		hk_buf_addstr(out, "        - {key: tier, operator: In, values: [metro, region, cloud]}\n");
}

static void write_workload(const struct planted *world, const struct planted_pipeline *pipeline, uint32_t index, struct hk_buf *out)
{
	const struct planted_workload *workload = &pipeline->workloads.v[index];

	hk_buf_addf(out, "  - name: w%u\n    requests: {cpu: %um, memory: %uMi}\n    capacity: %u/s\n    serviceTime: %ums\n", index, workload->milli,
		    workload->mib, workload->capacity, workload->service_ms);
	if (workload->nines > 0)
		hk_buf_addf(out, "    availability: %s\n", workload->nines == 4 ? "99.99%" : "99.9%");
	write_scope(world, pipeline, workload->scope, out);
}

static void write_end(const struct planted_pipeline *pipeline, uint32_t end, struct hk_buf *out)
{
	if (end == PLANTED_OUTPUT)
		hk_buf_addstr(out, "out");
	else if (end < pipeline->workloads.n)
		hk_buf_addf(out, "w%u", end);
	else
		hk_buf_addstr(out, end == PLANTED_INPUT(0) ? "a" : "b");
}

static void write_connection(const struct planted_pipeline *pipeline, const struct planted_connection *connection, struct hk_buf *out)
{
	hk_buf_addstr(out, "  - {from: ");
	write_end(pipeline, connection->from, out);
	hk_buf_addstr(out, ", to: ");
	write_end(pipeline, connection->to, out);
	hk_buf_addf(out, ", fanout: %u.%u, size: %ukB", connection->tenths / 10, connection->tenths % 10, connection->kilobytes);
	if (connection->limit_us > 0)
		hk_buf_addf(out, ", latency: {request: %uus, limit: %uus}", connection->limit_us / 4 * 3, connection->limit_us);
	if (connection->affinity > 0)
		hk_buf_addf(out, ", affinity: %u", connection->affinity);
	hk_buf_addstr(out, "}\n");
}

static void write_pipeline(const struct planted *world, size_t index, struct hk_buf *out)
{
	const struct planted_pipeline *pipeline = &world->pipelines.v[index];

	hk_buf_addf(out, "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: %s-%04zu}\nspec:\n  objective: {cost: 1, latency: 0.01, request: 0.5}\n  inputs:\n",
		    pipeline->kind, index);
	for (uint32_t i = 0; i < pipeline->n_inputs; i++) {
		hk_buf_addf(out, "  - {name: %c, cluster: ", "ab"[i]);
		planted_name(world, pipeline->inputs[i].cluster, out);
		hk_buf_addf(out, ", rate: %u/s, size: %ukB}\n", pipeline->inputs[i].rate, pipeline->inputs[i].kilobytes);
	}
	if (pipeline->output != PLANTED_NONE) {
		hk_buf_addstr(out, "  outputs:\n  - {name: out, cluster: ");
		planted_name(world, pipeline->output, out);
		hk_buf_addstr(out, "}\n");
	}
	hk_buf_addstr(out, "  workloads:\n");
	for (uint32_t w = 0; w < pipeline->workloads.n; w++)
		write_workload(world, pipeline, w, out);
	hk_buf_addstr(out, "  connections:\n");
	for (size_t i = 0; i < pipeline->connections.n; i++)
		write_connection(pipeline, &pipeline->connections.v[i], out);
}

void planted_write(const struct planted *world, struct hk_buf *out)
{
	write_topology(world, out);
	for (size_t p = 0; p < world->pipelines.n; p++)
		write_pipeline(world, p, out);
}
