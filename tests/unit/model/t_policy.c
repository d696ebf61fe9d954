/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include "base/buf.h"
#include "base/file.h"
#include "model/policy.h"
#include <math.h>

#define CIENA "apiVersion: constraint.ciena.com/v1alpha1\n"
#define POLICY(name, rules) CIENA "kind: ConstraintPolicy\nmetadata: {name: " name "}\nspec:\n  rules:\n" rules "---\n"
#define OFFER(name, targets, policies) CIENA "kind: ConstraintPolicyOffer\nmetadata: {name: " name "}\nspec: {targets: [" targets "], policies: [" policies "]}\n---\n"
#define SOURCE(app) "{name: source, kind: Pod, labelSelector: {matchLabels: {app: " app "}}}"
#define DESTINATION(app) "{name: destination, kind: Pod, labelSelector: {matchLabels: {app: " app "}}}"
#define RULE_PROVIDER(rule, value) "apiVersion: constraint.ciena.com/v1\nkind: RuleProvider\nmetadata: {name: r-" rule "}\nspec: {priority: 10, rule: " rule \
	", targets: [{name: source, reference: '.*:.*:.*:Pod:client-.*'}, {name: destination, reference: '.*:.*:.*:Pod:server-.*'}], value: " value ", reason: too slow}\n---\n"

static const char *const base =
	TOPOLOGY("  clusters: [{name: c, nodes: [{name: big, allocatable: {cpu: 8, memory: 16Gi}}, {name: small, allocatable: {cpu: 2, memory: 4Gi}}]}]\n")
	PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: client}, {name: server}, {name: lone}]\n"
		 "  connections: [{from: i, to: client}, {from: i, to: lone}, {from: client, to: server, latency: {request: 1ms, limit: 400us}}]\n");
static const char *const plain =
	TOPOLOGY("  clusters: [{name: c, nodes: [{name: big, allocatable: {cpu: 8, memory: 16Gi}}, {name: small, allocatable: {cpu: 2, memory: 4Gi}}]}]\n")
	PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: client}, {name: server}, {name: lone}]\n"
		 "  connections: [{from: i, to: client}, {from: i, to: lone}, {from: client, to: server, latency: {limit: 400us}}]\n");

static struct loaded *with(const char *first, const char *policies)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_buf_addstr(&text, first);
	hk_buf_addstr(&text, policies);
	return model_of(text.s);
}

static const struct hk_connection *connection_of(const struct loaded *l, const char *from, const char *to)
{
	const struct hk_pipeline *p = l->model.pipelines;

	for (size_t i = 0; i < p->n_connections; i++)
		if (strcmp(hk_connection_from(p, &p->connections[i]), from) == 0 && strcmp(hk_connection_to(p, &p->connections[i]), to) == 0)
			return &p->connections[i];
	fail();
	return NULL;
}

static void two_targets_bound_a_connection(void **state)
{
	struct loaded *l = with(plain, POLICY("gold", "  - {name: latency, request: 200us, limit: 500us}\n  - {name: jitter, request: 10ms, limit: 15ms}\n"
							      "  - {name: bandwidth, request: 100Mi, limit: 50M}\n  - {name: loss, request: '0', limit: 1%}\n")
				OFFER("o", SOURCE("client") ", " DESTINATION("server"), "gold"));
	const struct hk_bounds *b = &connection_of(l, "client", "server")->bounds;
	(void)state;

	expect_clean(l);
	assert_true(b->latency.limit == 400e-6 && b->latency.request == 200e-6 && b->latency.has_request);
	assert_true(b->jitter.limit == 0.015 && b->jitter.request == 0.01);
	assert_true(b->bandwidth.limit == 5e7 && b->bandwidth.request == 104857600);
	assert_true(b->loss.limit == 0.01 && b->loss.request == 0 && b->loss.has_request);
	assert_false(connection_of(l, "i", "client")->bounds.latency.has_limit);
	loaded_free(l);
}

static void the_other_direction_will_do(void **state)
{
	struct loaded *l = with(plain,
				POLICY("gold", "  - {name: jitter, request: 10ms, limit: 15ms}\n") OFFER("o", DESTINATION("client") ", " SOURCE("server"),
													 "gold"));
	(void)state;

	expect_clean(l);
	assert_true(connection_of(l, "client", "server")->bounds.jitter.limit == 0.015);
	loaded_free(l);
}

static void one_target_asks_of_nodes(void **state)
{
	struct loaded *l = with(plain, POLICY("large", "  - {name: cpu-count, request: \"4\", limit: \"3\"}\n  - {name: memory, request: 8G, limit: 2GiB}\n")
				OFFER("o", "{kind: Pod, labelSelector: {matchLabels: {app: server}}}", "large"));
	const struct hk_workload *w = &l->model.pipelines[0].workloads[2];
	uint32_t cpu = hk_model_resource(&l->model, "cpu"), memory = hk_model_resource(&l->model, "memory");
	(void)state;

	expect_clean(l);
	assert_true(w->node_limit[cpu] == 3 && w->node_request[cpu] == 4 && w->node_limit[memory] == 2147483648.0 && w->node_request[memory] == 8e9);
	assert_true(hk_node_group_accepts(&l->model, &l->model.clusters[0].nodes[0], w));
	assert_false(hk_node_group_accepts(&l->model, &l->model.clusters[0].nodes[1], w));
	assert_true(hk_node_group_accepts(&l->model, &l->model.clusters[0].nodes[1], &l->model.pipelines[0].workloads[0]));
	loaded_free(l);
}

static void strictest_wins(void **state)
{
	struct loaded *l = with(plain,
				POLICY("a", "  - {name: latency, request: 200us, limit: 300us}\n") POLICY("b",
													  "  - {name: latency, request: 100us, limit: 350us}\n")
				OFFER("o", SOURCE("client") ", " DESTINATION("server"), "a, b"));
	const struct hk_bound *b = &connection_of(l, "client", "server")->bounds.latency;
	(void)state;

	expect_one(l, HK0504, "'latency'");
	assert_int_equal(l->diags.errors + l->diags.warnings, 0);
	assert_true(b->limit == 300e-6 && b->request == 100e-6);
	loaded_free(l);
}

static void findings(void **state)
{
	static const struct { const char *yaml; enum hk_rule_id rule; const char *part; } cases[] = {
		{ OFFER("o", SOURCE("client") ", " DESTINATION("server"), "gold"), HK0501, "'gold' does not exist" },
		{ POLICY("g", "  - {name: latency, request: fast, limit: 1ms}\n"), HK0502, "'fast'" },
		{ POLICY("g", "  - {name: latency, request: 5ms, limit: 1ms}\n"), HK0203, "worse" },
		{ POLICY("g", "  - {name: cpu, request: '1', limit: '2'}\n"), HK0203, "worse" },
		{ POLICY("g", "  - {name: cpu-count, request: 4, limit: '2'}\n"), HK0503, "without quotes" },
		{ POLICY("g", "  - {name: cpu-count, request: '4'}\n"), HK0503, "no limit" },
		{ POLICY("g", "  - {name: encrypted, request: true, limit: 'true'}\n"), HK0503, "'true'" },
		{ POLICY("g", "  - {name: encrypted, request: 'true', limit: 'true'}\n") OFFER("o", SOURCE("client") ", " DESTINATION("server"), "g"), HK0506,
		  "nobody can evaluate rule 'encrypted'" },
		{ POLICY("g", "  - {name: latency, request: 1ms, limit: 1ms}\n") OFFER("o", SOURCE("client"), "g"), HK0506, "one target" },
		{ POLICY("g", "  - {name: latency, request: 1ms, limit: 1ms}\n") OFFER("o", SOURCE("client") ", " DESTINATION("lone"), "g"), HK0505,
		  "no connection joins" },
		{ POLICY("g", "  - {name: cpu, request: '1', limit: '1'}\n") OFFER("o", SOURCE("nobody"), "g"), HK0505, "matches no workload" },
		{ POLICY("g", "  - {name: latency, request: 1ms, limit: 1ms}\n") OFFER("o",
										       "{name: from, kind: Pod, labelSelector: {matchLabels: {app: client}}}, {name: to, kind: Pod, "
		  "labelSelector: {matchLabels: {app: server}}}", "g"), HK0509, "'from' and 'to'" },
		{ POLICY("g", "  - {name: encrypted, request: 'true', limit: 'true'}\n") OFFER("o", SOURCE("client") ", " DESTINATION("server"),
											       "g") RULE_PROVIDER("encrypted", "Violation"), HK0507,
		  "says Violation: too slow" },
		{ RULE_PROVIDER("latency", "Violation"), HK0508, "'latency'" },
		{ POLICY("g", "  - {name: cpu, request: '1', limit: '1'}\n") POLICY("g", "  - {name: cpu, request: '1', limit: '1'}\n"), HK0205,
		  "declared twice" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct loaded *l = with(plain, cases[i].yaml);
		expect_one(l, cases[i].rule, cases[i].part);
		if (l->diags.list.n != 1) {
			print_findings(l);
			fail_msg("case %zu gave more than its one finding", i);
		}
		loaded_free(l);
	}
}

static void a_label_answers(void **state)
{
	static const struct { const char *of_cluster, *of_node, *of_link; size_t unanswered; } cases[] = {
		{ "", ", labels: {encrypted: 'true'}", "", 0 }, { "", ", labels: {hkctl.dev/encrypted: 'true'}", "", 0 },
		{ ", labels: {encrypted: 'true'}", "", "", 0 }, { "", "", ", labels: {hkctl.dev/encrypted: 'true'}", 0 },
		{ ", labels: {hkctl.dev/encrypte: 'true'}", ", labels: {crypted: 'true'}", ", labels: {example.org/encrypted: 'true'}", 1 },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec: {clusters: [{name: c%s, nodes: [{name: n, allocatable: {cpu: 8}%s}]}, {name: d}], "
			    "links: [{from: c, to: d, latency: 1ms%s}]}\n---\n", cases[i].of_cluster, cases[i].of_node, cases[i].of_link);
		hk_buf_addstr(&text, PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: client}]\n  connections: [{from: i, to: client}]\n")
				      POLICY("g", "  - {name: encrypted, request: 'true', limit: 'true'}\n") OFFER("o", SOURCE("client"), "g") OFFER("p",
					  SOURCE("client"), "g"));
		struct loaded *l = model_of(text.s);
		assert_int_equal(count_of(l, HK0506), cases[i].unanswered);
		assert_int_equal(l->diags.errors, cases[i].unanswered);
		loaded_free(l);
	}
}

static void providers_and_metrics_answer(void **state)
{
	static const char *const others[] = {
		RULE_PROVIDER("encrypted", "Compliant"),
		METRICS("  values: [{name: encrypted, target: c, value: true}]\n"),
		"apiVersion: constraint.ciena.com/v1\nkind: CostProvider\nmetadata: {name: cp}\nspec: {priority: 1, rule: encrypted, target: '.*', values: [{node: '.*', cost: 3}]}\n",
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(others); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct loaded *l;
		hk_buf_addf(&text, "%s%s",
			    POLICY("g", "  - {name: encrypted, request: 'true', limit: 'true'}\n") OFFER("o", SOURCE("client") ", " DESTINATION("server"), "g"),
			    others[i]);
		l = with(plain, text.s);
		expect_clean(l);
		loaded_free(l);
	}
}

static void own_bounds_are_checked(void **state)
{
	struct loaded *l = model_of(base);
	(void)state;

	expect_one(l, HK0203, "latency");
	loaded_free(l);
}

static void patterns_cannot_hurt(void **state)
{
	char nested[300];
	(void)state;

	assert_true(hk_reference_matches(".*:.*:.*:Pod:hello-client-.*", ":default:v1:Pod:hello-client-0"));
	assert_false(hk_reference_matches(".*:.*:.*:Pod:hello-client-.*", ":default:v1:Pod:hello-server-0"));
	assert_false(hk_reference_matches("(((", "x"));
	assert_false(hk_reference_matches("(a*)\\1", "aa"));
	assert_false(hk_reference_matches("((a{1,255}){1,255}){1,255}", "a"));
	memset(nested, '(', sizeof nested - 1);
	nested[sizeof nested - 1] = '\0';
	assert_false(hk_reference_matches(nested, "x"));
	assert_false(hk_reference_matches("(a|aa)*(a|aa)*(a|aa)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"));
}

static void turnbuckle_samples_load(void **state)
{
	static const char *const paths[] = { "../shared/samples/turnbuckle" };
	struct hk_workspace workspace;
	struct hk_model model;
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;

	if (!hk_file_is_dir(paths[0])) {
		print_message("skipped: %s is not there\n", paths[0]);
		skip();
	}
	assert_int_equal(hk_workspace_load(&workspace, paths, 1, false, &diags, &err), 0);
	assert_int_equal(hk_model_load(&model, &workspace, &diags, &err), 0);
	for (size_t i = 0; i < diags.list.n; i++)
		if (diags.list.v[i].severity != HK_NOTE)
			fail_msg("%s:%u %s", diags.list.v[i].range.file, diags.list.v[i].range.line, diags.list.v[i].summary);
	assert_int_equal(workspace.count_by_kind[HK_KIND_CONSTRAINT_POLICY], 4);
	assert_int_equal(workspace.count_by_kind[HK_KIND_CONSTRAINT_POLICY_OFFER], 4);
	assert_int_equal(workspace.count_by_kind[HK_KIND_RULE_PROVIDER], 1);
	assert_int_equal(workspace.n_documents, 10);
	hk_model_release(&model);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_targets_bound_a_connection), cmocka_unit_test(the_other_direction_will_do), cmocka_unit_test(one_target_asks_of_nodes),
		cmocka_unit_test(strictest_wins), cmocka_unit_test(findings), cmocka_unit_test(a_label_answers), cmocka_unit_test(providers_and_metrics_answer),
		cmocka_unit_test(own_bounds_are_checked), cmocka_unit_test(patterns_cannot_hurt), cmocka_unit_test(turnbuckle_samples_load),
	};

	return cmocka_run_group_tests_name("model/policy", tests, NULL, NULL);
}
