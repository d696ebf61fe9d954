/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../model/model_of.h"

#include "place/solve.h"

#include <math.h>

#define HYBRID_CLUSTERS \
	"  clusters:\n" \
	"  - {name: edge, tier: edge, prices: {cpu: 0.052/h}, availability: 0.99, nodes: [{name: edge-1, allocatable: {cpu: \"4\"}}, {name: edge-2, allocatable: {cpu: \"3\"}}]}\n" \
	"  - {name: cloud, tier: cloud, prices: {cpu: 0.048/h}, availability: 0.995}\n" \
	"  sites: [{name: floor, cluster: edge, latency: 500us}]\n" \
	"  links: [{from: edge, to: cloud, latency: 20ms, jitter: 1ms, bandwidth: 1Gbps, price: 0.02/GB}]\n"
#define WORKLOAD(name, capacity, more) "  - {name: " name ", capacity: " capacity ", requests: {cpu: \"1\"}" more "}\n"
#define HYBRID_PIPELINE(two, four) \
	"  inputs: [{name: input-1, site: floor, rate: 100/s, size: 100kB}, {name: input-2, site: floor, rate: 100/s, size: 100kB}]\n" \
	"  outputs: [{name: output, cluster: cloud}]\n" \
	"  workloads:\n" WORKLOAD("w1", "50/s", "") WORKLOAD("w2", "40/s", two) WORKLOAD("w3", "50/s", "") WORKLOAD("w4", "50/s", four) \
	"  connections:\n" \
	"  - {from: input-1, to: w1, size: 100kB, latency: {limit: 5ms}}\n" \
	"  - {from: input-2, to: w3, size: 100kB, latency: {limit: 5ms}}\n" \
	"  - {from: w1, to: w2, size: 10kB}\n" \
	"  - {from: w2, to: w4, size: 60kB, fanout: 0.5}\n" \
	"  - {from: w3, to: w4, size: 40kB, affinity: 4, latency: {request: 5ms}}\n" \
	"  - {from: w4, to: output, size: 1kB}\n"

enum { CLOUD, EDGE };       /* clusters by name */
enum { W1, W2, W3, W4 };

struct built { struct loaded *loaded; struct hk_problem problem; bool infeasible; };

static void build_with(struct built *b, const char *yaml, const struct hk_plan *previous)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	b->loaded = model_of(yaml);
	if (b->loaded->diags.errors) {
		print_findings(b->loaded);
		fail_msg("the documents have errors");
	}
	if (hk_problem_build(&b->problem, &b->loaded->model, previous, &b->infeasible, &err))
		fail_msg("%s", err.message);
}

static void build(struct built *b, const char *yaml)
{
	build_with(b, yaml, NULL);
}

static void release(struct built *b)
{
	hk_problem_release(&b->problem);
	loaded_free(b->loaded);
}

static void assert_near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-15))
		fail_msg("%.17g is not %.17g", a, b);
}

static const struct hk_edge *edge_of(const struct built *b, const char *from, const char *to)
{
	const struct hk_pipeline *pipeline = &b->loaded->model.pipelines[0];

	for (uint32_t e = 0; e < b->problem.blocks[0].n_edges; e++) {
		const struct hk_connection *connection = &pipeline->connections[b->problem.blocks[0].edges[e].connection];

		if (!strcmp(hk_connection_from(pipeline, connection), from) && !strcmp(hk_connection_to(pipeline, connection), to))
			return &b->problem.blocks[0].edges[e];
	}
	fail_msg("no edge %s -> %s", from, to);
	return NULL;
}

static void worked_example(void **state)
{
	struct built b;
	const struct hk_place_workload *w;
	const struct hk_edge *e;

	(void)state;
	build(&b, TOPOLOGY(HYBRID_CLUSTERS) PIPELINE(HYBRID_PIPELINE("", "")));
	w = b.problem.blocks[0].workloads;
	assert_false(b.infeasible);
	assert_int_equal(b.problem.blocks[0].n_workloads, 4);
	/* 5 ms from the floor reach the edge alone. */
	assert_int_equal(w[W1].n_candidates, 1);
	assert_int_equal(w[W1].candidates[0].cluster, EDGE);
	assert_int_equal(w[W3].n_candidates, 1);
	assert_int_equal(w[W2].n_candidates, 2);
	assert_int_equal(w[W4].n_candidates, 2);
	assert_int_equal(w[W1].need, 2);
	assert_int_equal(w[W2].need, 3);
	assert_int_equal(w[W4].need, 3);
	assert_int_equal(w[W4].least, 3);
	assert_int_equal(w[W4].candidates[1].max_replicas, 3);
	assert_near(w[W4].rate, 150);
	assert_near(w[W4].candidates[0].replica_cost, 0.048);
	assert_near(w[W4].candidates[1].replica_cost, 0.052);
	assert_near(b.problem.capacity[EDGE * b.loaded->model.n_resources], 7);
	assert_true(isinf(b.problem.capacity[CLOUD * b.loaded->model.n_resources]));
	e = edge_of(&b, "w3", "w4");
	assert_near(e->rate, 100);
	assert_near(e->share_in, 100.0 / 150);
	assert_int_equal(e->n_arcs, 2);
	/* To the cloud: egress, messages in flight, 15 ms late, away from the source. Within the edge: nothing. */
	assert_near(e->arcs[0].cost, 100.0 * 40000 * 3600 * 0.02e-9 + 0.01 * 100 * 0.02 + 10 * 100 * 0.015 + 0.01 * 4);
	assert_near(e->arcs[0].latency, 0.02);
	assert_near(e->arcs[1].cost, 0);
	e = edge_of(&b, "input-1", "w1");
	assert_int_equal(e->n_arcs, 1);
	assert_int_equal(e->from_kind, HK_END_FIXED);
	assert_near(e->arcs[0].latency, 0.0005);
	release(&b);
}

static void targets_raise_least_and_bounds(void **state)
{
	struct built b;

	(void)state;
	build(&b, TOPOLOGY(HYBRID_CLUSTERS) PIPELINE(HYBRID_PIPELINE("", ", availability: 0.9999")));
	/* Three needed, one cluster may be lost: three must be left. */
	assert_int_equal(b.problem.blocks[0].workloads[W4].least, 6);
	assert_false(b.infeasible);
	release(&b);
	build(&b, TOPOLOGY(HYBRID_CLUSTERS) PIPELINE(HYBRID_PIPELINE("", ", availability: 0.99999")));
	assert_true(b.infeasible);
	release(&b);
	build(&b, TOPOLOGY(HYBRID_CLUSTERS) PIPELINE(HYBRID_PIPELINE(", replicas: {min: 5, max: 9}", "")));
	assert_int_equal(b.problem.blocks[0].workloads[W2].least, 5);
	assert_int_equal(b.problem.blocks[0].workloads[W2].candidates[0].max_replicas, 5);
	release(&b);
}

/* A place that path limits keep from load stays a candidate only where a replica can matter; one that a connection's limit shuts out never does. */
static void spares_stay_where_they_matter(void **state)
{
	static const struct { const char *more; uint32_t candidates; } cases[] = {
		{ "", 1 }, { ", availability: 0.9", 2 }, { ", placement: {spread: {over: tier, min: 2}}", 2 }, { ", replicas: {min: 3}", 2 },
		{ ", replicas: {min: 2}", 1 },
		{ ", availability: 0.9, replicas: {max: 2}", 1 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * HK_COUNT(cases); i++) {
		bool shut_out = i >= HK_COUNT(cases);
		size_t k = i % HK_COUNT(cases);
		struct built b;
		char yaml[4096];

		snprintf(yaml, sizeof yaml,
			 TOPOLOGY(HYBRID_CLUSTERS) PIPELINE("  inputs: [{name: i, site: floor, rate: 100/s, size: 1kB}]\n  workloads:\n"
							    "  - {name: w, capacity: 50/s, requests: {cpu: \"1\"}%s}\n"
							    "  connections: [{from: i, to: w, size: 1kB%s}]\n%s"),
			 cases[k].more, shut_out ? ", latency: {limit: 5ms}" : "", shut_out ? "" : "  paths: [{from: i, to: w, latency: {limit: 5ms}}]\n");
		build(&b, yaml);
		assert_int_equal(b.problem.blocks[0].workloads[0].n_candidates, shut_out ? 1 : cases[k].candidates);
		assert_int_equal(edge_of(&b, "i", "w")->n_arcs, 1);
		assert_false(b.infeasible);
		release(&b);
	}
}

static void previous_plan_keeps_places_and_costs_moves(void **state)
{
	struct hk_plan_placement before[] = { { .cluster = "cloud", .replicas = 4 }, { .cluster = "gone", .replicas = 2 } };
	struct hk_plan_placement kept[] = { { .cluster = "edge", .replicas = 9 } };
	struct hk_plan_workload workloads[] = { { .name = "w1", .placements = before, .n_placements = 2 },
						{ .name = "w2", .placements = kept, .n_placements = 1 } };
	struct hk_plan_pipeline pipeline = { .name = "p", .workloads = workloads, .n_workloads = 2 };
	struct hk_plan plan = { .pipelines = &pipeline, .n_pipelines = 1 };
	struct built b;

	(void)state;
	build_with(&b, TOPOLOGY(HYBRID_CLUSTERS) PIPELINE(HYBRID_PIPELINE("", "")), &plan);
	const struct hk_place_workload *w = b.problem.blocks[0].workloads;

	/* w1 could take no load in the cloud, so its four replicas there must go; two were in a cluster that is gone. */
	assert_int_equal(w[W1].n_candidates, 1);
	assert_int_equal(w[W1].previous[0], 0);
	assert_near(b.problem.blocks[0].fixed_cost, 0.1 * 6);
	assert_int_equal(w[W2].previous[1], 9);
	assert_int_equal(w[W2].candidates[1].max_replicas, 7);
	assert_near(w[W2].move_cost, 0.1);
	release(&b);
}

#define THREE_TOPOLOGY \
	"  clusters: [{name: a, region: west}, {name: b, region: west}, {name: c, region: east}]\n" \
	"  sites: [{name: sa, cluster: a}, {name: sc, cluster: c}]\n" \
	"  links: [{from: a, to: b, latency: 2ms}, {from: b, to: c, latency: 5ms}]\n"

static void each_input_may_have_its_own_places(void **state)
{
	struct built b;

	(void)state;
	/* No cluster is near both sites: w stands near each of them and takes only that one's messages. */
	build(&b, TOPOLOGY(THREE_TOPOLOGY) PIPELINE("  inputs: [{name: i, site: sa, rate: 10/s, size: 1kB}, {name: j, site: sc, rate: 30/s, size: 1kB}]\n"
						    "  workloads: [{name: w, capacity: 10/s}]\n"
						    "  connections: [{from: i, to: w, size: 1kB, latency: {limit: 1ms}}, {from: j, to: w, size: 1kB, latency: {limit: 1ms}}]\n"));
	assert_false(b.infeasible);
	assert_int_equal(b.problem.blocks[0].workloads[0].n_candidates, 2);
	assert_near(edge_of(&b, "j", "w")->share_in, 0.75);
	release(&b);
}

static void required_together_keeps_traffic_in_its_domain(void **state)
{
	struct built b;

	(void)state;
	build(&b, TOPOLOGY(THREE_TOPOLOGY) PIPELINE("  inputs: [{name: i, site: sa, rate: 10/s, size: 1kB}]\n"
						    "  workloads: [{name: u, placement: {together: [{with: v, level: region, required: true}]}}, {name: v}, {name: x}]\n"
						    "  connections: [{from: i, to: u, size: 1kB}, {from: u, to: v, size: 1kB}, {from: v, to: x, size: 1kB}]\n"));
	assert_int_equal(edge_of(&b, "u", "v")->n_arcs, 5);     /* 2 x 2 in the west, 1 in the east */
	assert_int_equal(edge_of(&b, "v", "x")->n_arcs, 9);
	release(&b);
	/* v only in the east: so is u. */
	build(&b, TOPOLOGY(THREE_TOPOLOGY) PIPELINE("  inputs: [{name: i, site: sa, rate: 10/s, size: 1kB}]\n"
						    "  workloads: [{name: u, placement: {together: [{with: v, level: region, required: true}]}}, "
						    "{name: v, placement: {require: {matchLabels: {region: east}}}}]\n"
						    "  connections: [{from: i, to: u, size: 1kB}, {from: u, to: v, size: 1kB}]\n"));
	assert_int_equal(b.problem.blocks[0].workloads[0].n_candidates, 1);
	assert_int_equal(b.problem.blocks[0].workloads[0].candidates[0].cluster, 2);
	release(&b);
}

static void what_cannot_be_carried_is_infeasible(void **state)
{
	static const char *const cases[] = {
		/* no pair keeps the limit */
		"  workloads: [{name: w, placement: {require: {matchLabels: {region: east}}}}]\n  connections: [{from: i, to: w, size: 1kB, latency: {limit: 6ms}}]\n",
		/* the path does not */
		("  workloads: [{name: w, serviceTime: 3ms, placement: {require: {matchLabels: {region: east}}}}]\n  connections: [{from: i, to: w, size: 1kB}]\n"
		 "  paths: [{from: i, to: w, latency: {limit: 9ms}}]\n"),
		/* more replicas needed than allowed in all domains */
		"  workloads: [{name: w, capacity: 1/s, placement: {apart: [{with: w, level: region}]}}]\n  connections: [{from: i, to: w, size: 1kB}]\n",
	};

	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct built b;
		char yaml[4096];

		snprintf(yaml, sizeof yaml, TOPOLOGY(THREE_TOPOLOGY) PIPELINE("  inputs: [{name: i, site: sa, rate: 10/s, size: 1kB}]\n%s"), cases[i]);
		build(&b, yaml);
		assert_true(b.infeasible);
		release(&b);
	}
}

/* Loading says so already; building does not rely on that. */
static void absurd_needs_are_refused(void **state)
{
	struct loaded *l = model_of(TOPOLOGY(THREE_TOPOLOGY) PIPELINE("  inputs: [{name: i, site: sa, rate: 1000000/s, size: 1kB}]\n"
								      "  workloads: [{name: w, capacity: 0.001/s}]\n  connections: [{from: i, to: w, size: 1kB}]\n"));
	struct hk_err err = HK_ERR_INIT;
	struct hk_problem problem;
	bool infeasible;

	(void)state;
	assert_int_equal(l->diags.errors, 1);
	assert_int_equal(hk_problem_build(&problem, &l->model, NULL, &infeasible, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_non_null(strstr(err.message, "'w'"));
	hk_err_release(&err);
	loaded_free(l);
}

static void preferences_and_wishes_are_priced(void **state)
{
	struct built b;
	const struct hk_candidate *c;

	(void)state;
	build(&b, TOPOLOGY(THREE_TOPOLOGY)
		      PIPELINE("  inputs: [{name: i, site: sa, rate: 10/s, size: 1kB}]\n"
			       "  workloads:\n"
			       "  - name: w\n"
			       "    placement:\n"
			       "      prefer:\n"
			       "      - {weight: 5, matchLabels: {region: west}, when: {metric: latency, from: i, below: 2ms}}\n"
			       "      - {weight: -3, matchLabels: {region: east}}\n"
			       "  connections: [{from: i, to: w, size: 1kB}]\n"
			       "  objective: {affinity: 2}\n"));
	c = b.problem.blocks[0].workloads[0].candidates;
	assert_near(c[0].load_cost, 0);
	assert_near(c[1].load_cost, 2 * 5);            /* 2 ms are not below 2 ms */
	assert_near(c[2].load_cost, 2 * (5 + 3));
	release(&b);
}

static void targets_beyond_all_nodes_are_infeasible(void **state)
{
	static const struct { const char *target; bool infeasible; } cases[] = { { "0.98", false }, { "0.99", true } };

	(void)state;
	/* One domain with 0.99 and two nodes with 0.99 each: 0.99 is reached with nodes that never fail, not with these. */
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct built b;
		char yaml[4096];

		snprintf(yaml, sizeof yaml,
			 TOPOLOGY("  clusters: [{name: a, availability: 0.99, nodeAvailability: 0.99, nodes: [{name: n, count: 2, allocatable: {cpu: \"4\"}}]}]\n")
				 PIPELINE("  workloads: [{name: w, requests: {cpu: \"1\"}, availability: %s}]\n"),
			 cases[i].target);
		build(&b, yaml);
		assert_int_equal(b.infeasible, cases[i].infeasible);
		release(&b);
	}
}

static void who_must_stand_beside_others_may_be_many(void **state)
{
	struct built b;

	(void)state;
	/* Five replicas of u, each alone on its node of four cores: v must be on all five nodes although one would carry the load. */
	build(&b, TOPOLOGY("  clusters: [{name: a, nodes: [{name: n, count: 9, allocatable: {cpu: \"4\"}}]}]\n  sites: [{name: s, cluster: a}]\n")
			  PIPELINE("  inputs: [{name: i, site: s, rate: 50/s, size: 1kB}]\n"
				   "  workloads:\n"
				   "  - {name: u, capacity: 10/s, requests: {cpu: \"3\"}, placement: {together: [{with: v, level: node, required: true}]}}\n"
				   "  - {name: v, requests: {cpu: \"1\"}}\n"
				   "  connections: [{from: i, to: u, size: 1kB}, {from: u, to: v, size: 1kB}]\n"));
	assert_false(b.infeasible);
	assert_int_equal(b.problem.blocks[0].workloads[0].candidates[0].max_replicas, 5);
	assert_true(b.problem.blocks[0].workloads[1].candidates[0].max_replicas >= 6);
	release(&b);
}

static void nothing_to_place_is_fine(void **state)
{
	struct hk_cluster cluster = { .name = "a", .availability = 1, .node_availability = 1 };
	struct hk_pipeline pipeline = { .name = "p" };
	struct hk_model model = { .clusters = &cluster, .n_clusters = 1, .pipelines = &pipeline, .n_pipelines = 1 }, empty = { 0 };
	struct hk_problem problem;
	bool infeasible;

	(void)state;
	assert_int_equal(hk_problem_build(&problem, &model, NULL, &infeasible, NULL), 0);
	assert_false(infeasible);
	assert_int_equal(problem.blocks[0].n_workloads, 0);
	hk_problem_release(&problem);
	assert_int_equal(hk_problem_build(&problem, &empty, NULL, &infeasible, NULL), 0);
	assert_int_equal(problem.n_blocks, 0);
	hk_problem_release(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example),
		cmocka_unit_test(targets_raise_least_and_bounds),
		cmocka_unit_test(spares_stay_where_they_matter),
		cmocka_unit_test(previous_plan_keeps_places_and_costs_moves),
		cmocka_unit_test(each_input_may_have_its_own_places),
		cmocka_unit_test(required_together_keeps_traffic_in_its_domain),
		cmocka_unit_test(what_cannot_be_carried_is_infeasible),
		cmocka_unit_test(absurd_needs_are_refused),
		cmocka_unit_test(preferences_and_wishes_are_priced),
		cmocka_unit_test(targets_beyond_all_nodes_are_infeasible),
		cmocka_unit_test(who_must_stand_beside_others_may_be_many),
		cmocka_unit_test(nothing_to_place_is_fine),
	};

	return cmocka_run_group_tests_name("place/build", tests, NULL, NULL);
}
