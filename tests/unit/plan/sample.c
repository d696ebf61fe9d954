/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sample.h"

#include <math.h>
#include <string.h>

static struct hk_plan_node nodes[] = { { "edge-1", "edge", 2 }, { "edge-2", "edge", 1 }, { "edge-7", "edge", 1 } };
static struct hk_plan_placement decode_at[] = {
	{ .cluster = "cloud", .replicas = 2, .previous = 1, .load = 0.25, .utilisation = 0.5 },
	{ .cluster = "edge-a", .replicas = 4, .previous = 4, .load = 0.75, .utilisation = 1.0 / 3, .nodes = nodes, .n_nodes = 3 },
};
static struct hk_plan_placement detect_at[] = { { .cluster = "cloud", .replicas = 1, .load = 1 } };
static const char *decode_reasons[] = { "4 replicas carry 300 messages/s at 80/s each", "not in metro: it is full: \"100%\" # of cpu" };
static struct hk_plan_workload workloads[] = {
	{ .name = "decode", .rate = 300, .availability = 0.99995, .availability_target = 0.9999, .placements = decode_at, .n_placements = 2,
	  .reasons = decode_reasons, .n_reasons = 2,
	  .manifest_file = "app.yaml", .manifest_kind = "Deployment", .manifest_name = "decode" },
	{ .name = "detect", .rate = 150, .placements = detect_at, .n_placements = 1 },
};
static struct hk_plan_target camera_targets[] = {
	{ .cluster = "cloud", .probability = 0.25, .weight = 25, .latency = 0.02, .jitter = 1e-3, .loss = 1e-7 },
	{ .cluster = "edge-a", .probability = 0.75, .weight = 75 },
};
static struct hk_plan_route camera_routes[] = { { .cluster = "edge-a", .share = 1, .targets = camera_targets, .n_targets = 2 } };
static struct hk_plan_connection connections[] = {
	{ .from = "cameras", .to = "decode", .rate = 300, .latency_mean = 0.005, .latency_worst = 0.02, .jitter_worst = 1e-3, .loss_worst = 1e-7,
	  .bandwidth_least = 1e10,
	  .latency_request = 0.01, .latency_limit = 0.03, .misses_request = true, .routes = camera_routes, .n_routes = 1 },
};
static struct hk_plan_path paths[] = {
	{ .from = "cameras", .to = "detect", .latency_mean = 0.01, .latency_worst = 0.05, .latency_limit = 0.06,
	  .worst_route = "cameras@edge-a > decode@cloud > detect@cloud" },
};
static struct hk_plan_pipeline pipelines[] = {
	{ .name = "video", .name_space = "retail", .workloads = workloads, .n_workloads = 2, .connections = connections, .n_connections = 1, .paths = paths,
	  .n_paths = 1,
	  .cost = 2, .bound = 1.75, .fingerprint = "00ff00ff00ff00ff" },
};
static struct hk_plan_resource resources[] = { { "cpu", 8, 64 }, { "memory", 1 << 30, 0 } };
static struct hk_plan_cluster clusters[] = {
	{ .name = "cloud", .output = "clusters/cloud", .resources = resources, .n_resources = 2, .cost = 1.25 },
	{ .name = "edge-a", .cost = 0.5 },
};
static const char *why[] = { "p: a -> b from edge-a to cloud sends 20Mbps", "second" };
static struct hk_plan_network_change changes[] = {
	{ .from = "cloud", .to = "edge-a", .bandwidth_before = 1e9, .bandwidth_after = 3e9, .latency_before = (double)NAN, .latency_after = (double)NAN,
	  .price = 6 },
	{ .from = "edge-a", .to = "cloud", .parallel = 1, .controller = "wan", .bandwidth_before = 1e9, .bandwidth_after = 2e9, .latency_before = 0.004,
	  .latency_after = 0.003, .price = 0.25,
	  .why = why, .n_why = 2 },
};
static struct hk_plan_link links[] = { { "edge-a", "cloud", 1.5e8, 1e10 }, { "edge-b", "cloud", 1, 0 } };
static struct hk_plan_price prices[] = { { .cluster = "edge-a", .resource = "cpu", .price = 0.125 }, { .from = "edge-a", .to = "cloud", .price = 1e-9 } };
static struct hk_plan_move moves[] = { { "video", "decode", "cloud", 1 }, { "video", "old", "edge-a", -3 } };
static struct hk_plan_input inputs[] = { { "app.yaml", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" } };

static void leave_out_bounds(void)
{
	workloads[1].availability = (double)NAN;
	connections[0].jitter_request = connections[0].jitter_limit = connections[0].loss_request = connections[0].loss_limit = (double)NAN;
	connections[0].bandwidth_request = connections[0].bandwidth_limit = (double)NAN;
	paths[0].latency_request = paths[0].jitter_request = paths[0].jitter_limit = paths[0].loss_request = paths[0].loss_limit = (double)NAN;
	resources[1].capacity = links[1].capacity = (double)INFINITY;
}

void sample_plan(struct hk_plan *plan)
{
	leave_out_bounds();
	*plan = (struct hk_plan){
		.previous_id = "0123456789abcdef", .objective = 2.1, .bound = 2.0999, .gap = 4.7619e-5, .proved = true,
		.cost_compute = 1.75, .cost_egress = 0.1, .cost_latency = 0.05, .cost_requests = 0.1, .cost_affinity = 0, .cost_moves = 0.1,
		.cost_network = 6.25,
		.cpu_seconds = 0.25, .peak_memory = 12345678,
		.pipelines = pipelines, .n_pipelines = 1, .clusters = clusters, .n_clusters = 2, .links = links, .n_links = 2, .moves = moves, .n_moves = 2,
		.network_changes = changes, .n_network_changes = 2,
		.prices = prices, .n_prices = 2, .inputs = inputs, .n_inputs = 1,
	};
}

int sample_read(const char *text, struct hk_plan *plan, struct hk_diags *diags)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	int result;

	*diags = (struct hk_diags)HK_DIAGS_INIT;
	*plan = (struct hk_plan){ 0 };
	hk_source_from_text(&source, "plan.yaml", text, strlen(text));
	result = hk_yaml_read_one(&source, false, &doc, diags);
	if (!result)
		result = hk_plan_read(plan, &doc, diags);
	hk_doc_release(&doc);
	hk_source_release(&source);
	return result;
}

char *sample_replace(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct hk_buf out = HK_BUF_INIT;

	if (!at)
		fail_msg("'%s' is not in the text", old);
	hk_buf_add(&out, text, (size_t)(at - text));
	hk_buf_addstr(&out, new);
	hk_buf_addstr(&out, at + strlen(old));
	return hk_buf_detach(&out, NULL);
}
