/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include <math.h>

#define PLACES TOPOLOGY("  clusters: [{name: edge-a, tier: edge, region: us-west}, {name: cloud-1, tier: cloud}]\n  sites: [{name: stores, cluster: edge-a, latency: 1ms}]\n")
#define ENDS "  inputs: [{name: cameras, site: stores, rate: 300/s, size: 60kB}]\n  outputs: [{name: dashboard, cluster: cloud-1}]\n"
#define CHAIN "  connections: [{from: cameras, to: decode}, {from: decode, to: detect, fanout: 0.5, size: 200kB}, {from: detect, to: dashboard, fanout: 0.1}]\n"

static void everything_is_read(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(ENDS
		"  workloads:\n"
		"  - name: detect\n"
		"  - name: decode\n"
		"    requests: {cpu: 2, memory: 4Gi}\n"
		"    capacity: 40/s\n"
		"    serviceTime: 6ms\n"
		"    availability: 99.99%\n"
		"    replicas: {min: 2, max: 64}\n"
		"    placement:\n"
		"      require: {matchLabels: {tier: edge}}\n"
		"      prefer: [{weight: 5, matchLabels: {region: us-west}, when: {metric: latency, from: cameras, below: 10ms}}]\n"
		"      spread: {over: failureDomain, min: 1}\n"
		"      together: [{with: detect, level: node, required: true}]\n"
		"      apart: [{with: decode, level: node}]\n"
		"    features: {gpu: 'true'}\n"
		CHAIN
		"  paths: [{from: cameras, to: dashboard, latency: {request: 60ms, limit: 120ms}}]\n"
		"  objective: {cost: 2, moves: 5}\n"));
	const struct hk_pipeline *p = l->model.pipelines;
	const struct hk_workload *w = &p->workloads[0];
	(void)state;

	expect_one(l, HK0417, "'edge-a' lists no nodes");
	assert_int_equal(l->diags.errors + l->diags.warnings, 0);
	assert_string_equal(p->name_space, "default");
	assert_string_equal(w->name, "decode");
	assert_true(w->request[0] == 2 && w->request[1] == 4294967296.0);
	assert_true(w->capacity == 40 && w->service_time == 0.006 && w->availability == 0.9999);
	assert_true(w->min_replicas == 2 && w->max_replicas == 64);
	assert_true(hk_selector_matches(&w->require, &l->model.clusters[1].labels));
	assert_false(hk_selector_matches(&w->require, &l->model.clusters[0].labels));
	assert_true(w->n_prefer == 1 && w->prefer[0].has_when && w->prefer[0].below && w->prefer[0].value == 0.01 && w->prefer[0].from_input == 0);
	assert_true(w->has_spread && w->spread_min == 1);
	assert_true(w->n_together == 1 && w->together[0].with == 1 && w->together[0].required && w->together[0].level == HK_LEVEL_NODE);
	assert_true(w->n_apart == 1 && w->apart[0].with == 0 && w->apart[0].required);
	assert_string_equal(hk_labels_get(&w->features, "gpu"), "true");
	assert_true(isinf(p->workloads[1].capacity) && p->workloads[1].max_replicas == UINT32_MAX && p->workloads[1].min_replicas == 1);
	assert_true(p->inputs[0].rate == 300 && p->inputs[0].cluster == 1 && p->inputs[0].site == 0);
	assert_true(p->outputs[0].cluster == 0 && p->outputs[0].site == HK_NO_INDEX);
	assert_int_equal(p->n_connections, 3);
	assert_string_equal(hk_connection_from(p, &p->connections[0]), "cameras");
	assert_true(p->connections[0].size == 60000 && p->connections[1].size == 200000);
	assert_string_equal(hk_connection_to(p, &p->connections[2]), "dashboard");
	assert_true(p->n_paths == 1 && p->paths[0].bounds.latency.limit == 0.12 && p->paths[0].from_input == 0);
	assert_true(p->objective.cost == 2 && p->objective.latency == 0.01 && p->objective.request == 10 && p->objective.affinity == 0.01 &&
		    p->objective.moves == 5);
	assert_true(p->rate[0] == 300 && p->rate[1] == 150 && p->connection_rate[2] == 15);
	assert_true(p->order[0] == 0 && p->order[1] == 1);
	loaded_free(l);
}

static void a_site_is_taken_off_the_condition(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(ENDS "  workloads: [{name: decode, placement: {prefer: [{when: {metric: latency, from: stores, below: 10ms}}]}}, {name: detect}]\n" CHAIN));
	const struct hk_prefer *prefer = l->model.pipelines[0].workloads[0].prefer;
	(void)state;

	expect_clean(l);
	assert_true(prefer->from_cluster == 1 && prefer->from_input == HK_NO_INDEX && fabs(prefer->value - 0.009) < 1e-15);
	loaded_free(l);
}

#define TWO "  workloads: [{name: decode}, {name: detect}]\n"
#define WITH(text) "  workloads: [{name: decode, " text "}, {name: detect}]\n"

static void mistakes_are_found(void **state)
{
	static const struct { const char *spec; enum hk_rule_id rule; const char *part; } cases[] = {
		{ ENDS TWO "  connections: [{from: cameras, to: decod}, {from: cameras, to: detect}]\n", HK0307, "'decod'" },
		{ ENDS TWO "  connections: [{from: camera, to: decode}, {from: cameras, to: detect}]\n", HK0307, "'camera'" },
		{ ENDS TWO CHAIN "  paths: [{from: dashboard, to: decode, latency: {limit: 1ms}}]\n", HK0307, "nothing can come from it" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode}, {from: decode, to: detect}, {from: detect, to: decode}]\n", HK0401,
		  "decode -> detect -> decode" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode}, {from: decode, to: decode}, {from: decode, to: detect}]\n", HK0402, "itself" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode}]\n", HK0403, "'detect'" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode}, {from: cameras, to: decode}, {from: decode, to: detect}]\n", HK0404,
		  "connected twice" },
		{ ENDS WITH("capacity: 10/s, replicas: {max: 29}") CHAIN, HK0405, "300/s arrive at 'decode', but its 29 replicas carry only 290/s" },
		{ ENDS WITH("capacity: 0/s") CHAIN, HK0201, "capacity of 0" },
		{ ENDS WITH("replicas: {min: 3, max: 2}") CHAIN, HK0204, "at least 3" },
		{ ENDS WITH("capacity: 300") CHAIN, HK0201, "write 300/s" },
		{ ENDS WITH("placement: {require: {matchLabels: {tier: egde}}}") CHAIN, HK0408, "'decode'" },
		{ ENDS WITH("placement: {spread: {over: cluster, min: 3}}") CHAIN, HK0409, "have 2" },
		{ ENDS WITH("placement: {spread: {over: rack, min: 1}}") CHAIN, HK0409, "have 0" },
		{ ENDS WITH("placement: {together: [{with: detekt}]}") CHAIN, HK0306, "'detekt'" },
		{ ENDS WITH("placement: {together: [{with: decode}]}") CHAIN, HK0207, "always together with itself" },
		{ ENDS WITH("placement: {together: [{with: detect, required: true}], apart: [{with: detect, level: cluster}]}") CHAIN, HK0410, "apart" },
		{ ENDS "  workloads: [{name: decode, placement: {require: {matchLabels: {tier: edge}}, together: [{with: detect, required: true}]}}, "
		  "{name: detect, placement: {require: {matchLabels: {tier: cloud}}}}]\n" CHAIN, HK0410, "no cluster may run both" },
		{ ENDS WITH("placement: {prefer: [{when: {metric: latency, from: camera, below: 1ms}}]}") CHAIN, HK0307, "'camera'" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode, latency: {request: 5ms, limit: 2ms}}, {from: cameras, to: detect}]\n", HK0203,
		  "latency" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode, bandwidth: {request: 1Mbps, limit: 2Mbps}}, {from: cameras, to: detect}]\n", HK0203,
		  "bandwidth" },
		{ ENDS TWO "  connections: [{from: cameras, to: decode, latency: {limit: 500us}}, {from: cameras, to: detect}]\n", HK0412,
		  "site 'stores' alone has a latency of 1ms" },
		{ ENDS "  workloads: [{name: decode, serviceTime: 6ms}, {name: detect, serviceTime: 4ms}]\n" CHAIN "  paths: [{from: cameras, to: dashboard, latency: {limit: 10ms}}]\n",
		  HK0412, "take 11ms from 'cameras' to 'dashboard'" },
		{ ENDS "  workloads: [{name: decode, serviceTime: 6ms}, {name: detect, serviceTime: 4ms}]\n" CHAIN "  paths: [{from: decode, to: detect, latency: {limit: 9ms}}]\n",
		  HK0412, "take 10ms from 'decode' to 'detect'" },
		{ ENDS TWO CHAIN "  paths: [{from: detect, to: decode, latency: {limit: 1ms}}]\n", HK0407, "from 'detect' to 'decode'" },
		{ "  inputs: [{name: cameras, site: store, rate: 1/s}]\n" TWO "  connections: [{from: cameras, to: decode}, {from: cameras, to: detect}]\n",
		  HK0305, "'store'" },
		{ "  inputs: [{name: cameras, site: edge-a, rate: 1/s}]\n" TWO "  connections: [{from: cameras, to: decode}, {from: cameras, to: detect}]\n",
		  HK0305, "is a cluster" },
		{ "  inputs: [{name: cameras, cluster: stores, rate: 1/s}]\n" TWO "  connections: [{from: cameras, to: decode}, {from: cameras, to: detect}]\n",
		  HK0304, "is a site" },
		{ "  inputs: [{name: decode, site: stores, rate: 1/s}, {name: cameras, site: stores, rate: 1/s}]\n" TWO "  connections: [{from: cameras, to: decode}, {from: cameras, to: detect}]\n",
		  HK0205, "has the name of a workload" },
		{ ENDS "  workloads: [{name: decode}, {name: decode}, {name: detect}]\n" CHAIN, HK0205, "workload 'decode'" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct loaded *l;
		hk_buf_addstr(&text, PLACES "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n");
		hk_buf_addstr(&text, cases[i].spec);
		l = model_of(text.s);
		expect_one(l, cases[i].rule, cases[i].part);
		if (l->diags.errors + l->diags.warnings != 1) {
			print_findings(l);
			fail_msg("case %zu gave more than its one finding", i);
		}
		loaded_free(l);
	}
}

static void a_site_can_be_too_small(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: c}]\n  sites: [{name: s, cluster: c, bandwidth: 100Mbps}]\n")
				    PIPELINE("  inputs: [{name: i, site: s, rate: 300/s, size: 60kB}]\n  outputs: [{name: o, site: s}]\n  workloads: [{name: w}]\n"
					     "  connections: [{from: i, to: w}, {from: w, to: o, size: 1kB}]\n"));
	(void)state;

	expect_one(l, HK0413, "inputs at site 's' need 144Mbps, but it has 100Mbps");
	loaded_free(l);
}

static void sizes_come_from_the_ends(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(
		"  inputs: [{name: i, cluster: edge-a, rate: 10/s}, {name: j, cluster: edge-a, rate: 10/s, size: 5kB}]\n  outputs: [{name: o, cluster: edge-a, size: 2kB}]\n"
		"  workloads: [{name: w}]\n  connections: [{from: i, to: o}, {from: i, to: w}, {from: j, to: o}, {from: w, to: o}]\n"));
	const struct hk_connection *c = l->model.pipelines[0].connections;
	(void)state;

	/* in the order of names; the size of an output counts where the input has none, too */
	assert_int_equal(l->model.pipelines[0].n_connections, 4);
	assert_true(c[0].size == 2000 && c[1].size == 0 && c[2].size == 5000 && c[3].size == 2000);
	loaded_free(l);
}

static void limits_that_can_just_be_kept(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(ENDS "  workloads: [{name: decode, serviceTime: 6ms}, {name: detect, serviceTime: 4ms}]\n"
		"  connections: [{from: cameras, to: decode, latency: {limit: 1ms}}, {from: decode, to: detect}, {from: detect, to: dashboard}]\n"
		"  paths: [{from: cameras, to: dashboard, latency: {limit: 11ms}}, {from: decode, to: detect, latency: {limit: 10ms}}, {from: cameras, to: decode, latency: {limit: 7ms}}]\n"));
	(void)state;

	expect_clean(l);
	loaded_free(l);
}

static void a_cycle_is_shown_in_the_direction_of_messages(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(
		"  inputs: [{name: i, cluster: edge-a, rate: 1/s}]\n  workloads: [{name: c}, {name: a}, {name: b}, {name: x}]\n"
		"  connections: [{from: i, to: x}, {from: x, to: b}, {from: a, to: c}, {from: c, to: b}, {from: b, to: a}]\n"));
	(void)state;

	expect_one(l, HK0401, "a -> c -> b -> a");
	loaded_free(l);
}

static void rates_of_a_diamond(void **state)
{
	struct loaded *l = model_of(PLACES PIPELINE(
		"  inputs: [{name: i, cluster: edge-a, rate: 10/s}, {name: j, cluster: edge-a, rate: 60/min}]\n"
		"  workloads: [{name: z}, {name: m2}, {name: m1}, {name: a}]\n"
		"  connections: [{from: i, to: z, fanout: 2}, {from: z, to: m1, fanout: 0.5}, {from: z, to: m2, fanout: 3}, {from: m1, to: a}, {from: m2, to: a, fanout: 0.1}, {from: j, to: m1}]\n"));
	const struct hk_pipeline *p = l->model.pipelines;
	static const uint32_t order[] = { 3, 1, 2, 0 };
	(void)state;

	expect_clean(l);
	assert_true(p->rate[3] == 20 && p->rate[1] == 11 && p->rate[2] == 60 && fabs(p->rate[0] - 17) < 1e-12);
	assert_memory_equal(p->order, order, sizeof order);
	loaded_free(l);
}

static void rooms_are_checked(void **state)
{
	static const char *const topology =
		TOPOLOGY("  clusters:\n  - {name: c, reserve: {cpu: 50%}, nodes: [{name: n1, allocatable: {cpu: 8, memory: 4Gi}, taints: [{key: gpu, effect: NoSchedule}]}, "
			 "{name: n2, allocatable: {cpu: 4, memory: 4Gi, pods: 10}}, {name: n3, allocatable: {cpu: 64}, unschedulable: true}]}\n");
	static const struct { const char *workload; enum hk_rule_id rule; const char *part; } cases[] = {
		{ "{name: w, requests: {cpu: 3}}", HK0406, "needs 3 of cpu, but the largest node it may use has 2 free" },
		{ "{name: w, requests: {memory: 5Gi}}", HK0406, "needs 5Gi of memory" },
		{ "{name: w, requests: {nvidia.com/gpu: 1}}", HK0406, "needs 1 of nvidia.com/gpu" },
		{ "{name: w, features: {gpu: 'true'}}", HK0408, "no node" },
	};
	struct loaded *l;
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "%sapiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [%s]\n"
			    "  connections: [{from: i, to: w}]\n", topology, cases[i].workload);
		l = model_of(text.s);
		expect_one(l, cases[i].rule, cases[i].part);
		loaded_free(l);
	}
	l = model_of(TOPOLOGY("  clusters:\n  - {name: c, nodes: [{name: n2, allocatable: {cpu: 4, memory: 4Gi, pods: 10}}]}\n")
		     PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: w, requests: {cpu: 4}}]\n  connections: [{from: i, to: w}]\n"));
	expect_clean(l);
	assert_string_equal(l->model.resources[2], "pods");
	assert_true(l->model.pipelines[0].workloads[0].request[2] == 1);
	loaded_free(l);
}

static void labels_of_nodes_are_no_labels_of_clusters(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: c, nodes: [{name: c-1, labels: {disk: ssd}, allocatable: {cpu: 4}}]}, {name: d}, {name: e}]\n")
		PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: w, placement: {require: {matchLabels: {disk: ssd}}}}]\n  connections: [{from: i, to: w}]\n"));
	(void)state;

	expect_one(l, HK0408, "no cluster satisfies");
	assert_non_null(strstr(finding(l, HK0408)->help, "nodes of 'c' have"));
	loaded_free(l);
	l = model_of(TOPOLOGY("  clusters: [{name: c, nodes: [{name: c-1, labels: {disk: ssd}, allocatable: {cpu: 4}}]}, {name: d}, {name: e}]\n")
		PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: w, features: {disk: ssd}}]\n  connections: [{from: i, to: w}]\n"));
	assert_int_equal(l->diags.errors + l->diags.warnings, 0);
	expect_one(l, HK0417, "'d' and 1 more list no nodes");
	loaded_free(l);
}

static void times_of_metrics_are_of_the_calendar(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: c}]\n") PIPELINE(ENDS TWO CHAIN) METRICS("  observedAt: \"2026-13-01T00:00:00Z\"\n  clusters: [{name: c}]\n"));
	bool found = false;
	(void)state;

	for (size_t i = 0; i < l->diags.list.n; i++)
		found = found || (l->diags.list.v[i].rule->id == HK0201 && strstr(l->diags.list.v[i].summary, "no moment of the calendar"));
	assert_true(found);
	loaded_free(l);
}

static void no_topology_is_said_once(void **state)
{
	struct loaded *l = model_of(PIPELINE(ENDS TWO CHAIN));
	(void)state;

	expect_one(l, HK0309, "'p'");
	assert_int_equal(l->diags.errors, 1);
	loaded_free(l);
}

static void metrics_replace_declared_values(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: a}, {name: b}]\n  links: [{from: a, to: b, latency: 4ms, bandwidth: 1Gbps}]\n")
		PIPELINE("  inputs: [{name: i, cluster: a, rate: 10/s}]\n  workloads: [{name: w, capacity: 5/s}]\n  connections: [{from: i, to: w}]\n")
		METRICS("  links: [{from: a, to: b, latency: 7ms}]\n  pairs: [{from: b, to: a, loss: 1%}, {from: a, to: b, latency: 9ms}, {from: a, to: b, latency: 8ms}]\n"
			"  inputs: [{pipeline: p, input: i, rate: 20/s}, {pipeline: q, input: i, rate: 1/s}]\n  workloads: [{pipeline: p, workload: w, capacity: 4/s, serviceTime: 3ms}]\n"
			"  clusters: [{name: a, availability: 99%}, {name: c, availability: 99%}]\n"));
	const struct hk_model *m = &l->model;
	(void)state;

	assert_int_equal(l->diags.errors, 0);
	assert_int_equal(count_of(l, HK0701), 2);
	assert_int_equal(count_of(l, HK0702), 1);
	assert_true(m->links[0].latency == 0.007 && m->links[0].bandwidth == 1e9 && m->links[1].latency == 0.004);
	assert_int_equal(m->n_pair_metrics, 2);
	assert_true(m->pair_metrics[0].from == 0 && m->pair_metrics[0].latency == 0.008 && isnan(m->pair_metrics[0].loss));
	assert_true(m->pair_metrics[1].from == 1 && m->pair_metrics[1].loss == 0.01);
	assert_true(m->pipelines[0].rate[0] == 20 && m->pipelines[0].workloads[0].capacity == 4 && m->pipelines[0].workloads[0].service_time == 0.003);
	assert_true(m->clusters[0].availability == 0.99 && m->clusters[1].availability == 1);
	loaded_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read), cmocka_unit_test(a_site_is_taken_off_the_condition), cmocka_unit_test(mistakes_are_found),
		cmocka_unit_test(a_site_can_be_too_small), cmocka_unit_test(sizes_come_from_the_ends), cmocka_unit_test(limits_that_can_just_be_kept),
		cmocka_unit_test(a_cycle_is_shown_in_the_direction_of_messages), cmocka_unit_test(rates_of_a_diamond), cmocka_unit_test(rooms_are_checked),
		cmocka_unit_test(labels_of_nodes_are_no_labels_of_clusters),
		cmocka_unit_test(times_of_metrics_are_of_the_calendar), cmocka_unit_test(no_topology_is_said_once),
		cmocka_unit_test(metrics_replace_declared_values),
	};

	return cmocka_run_group_tests_name("model/pipeline", tests, NULL, NULL);
}
