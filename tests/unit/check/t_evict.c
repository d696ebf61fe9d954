/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pods are evicted, in which order, and which stay. The way from a to b takes 30 ms, and 10 ms are allowed. */
#include "check_of.h"

#define WORLD(nodes_of_a, policy) \
	OURS("Topology", "t", "  clusters:\n  - {name: a, nodes: [" nodes_of_a "]}\n  - {name: b, nodes: [{name: b1, allocatable: {cpu: 8}}, {name: b2, allocatable: {cpu: 8}}]}\n" \
	     "  links: [{from: a, to: b, latency: 30ms}]\n") \
	OURS("Metrics", "m", "  observedAt: '2026-01-31T12:00:00Z'\n  links: [{from: a, to: b, latency: 30ms}, {from: b, to: a, latency: 30ms}]\n") \
	THEIRS("ConstraintPolicy", "p", "  rules: [{name: latency, request: 5ms, limit: 10ms}]\n") \
	THEIRS("ConstraintPolicyOffer", "o", "  targets:\n" SELECT("source", "client") SELECT("destination", "server") "  policies: [p]\n  violationPolicy: " policy "\n")
#define PIPELINE(server) OURS("Pipeline", "p", "  inputs: [{name: i, cluster: a, rate: 1/s, size: 1kB}]\n  workloads: [{name: client, requests: {cpu: 1}}, {name: server, requests: {cpu: 1}" server "}]\n" \
				      "  connections: [{from: i, to: client}, {from: client, to: server}]\n")
#define ROOMY "{name: a1, allocatable: {cpu: 8}}"
#define BUDGET(name, spec, status) "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: " name "}\nspec: {selector: {matchLabels: {app: server}}" spec "}\n" status "---\n"
#define CLIENTS POD("client-1", "client", "a1") POD("client-2", "client", "a1")
/* Nobody may touch these, so the server has to go or nobody. */
#define FIXED_CLIENTS POD_WITH("client-1", "client", "a1", "", ", priority: 2000000001") POD_WITH("client-2", "client", "a1", "", ", priority: 2000000001")

static void the_one_that_mends_most_goes(void **state)
{
	struct checked *c = check_of(WORLD(ROOMY, "Evict") PIPELINE("") CLIENTS POD("server-1", "server", "b1"), NULL, NULL);
	(void)state;

	/* two bindings are violated; moving the server mends both, and then no client needs to go */
	expect_evictions(c, "server-1");
	assert_int_equal(c->actions.evictions.v[0].mends, 2);
	assert_string_equal(c->model.clusters[c->actions.evictions.v[0].to_cluster].name, "a");
	assert_int_equal(c->actions.refusals.n, 0);
	checked_free(c);
}

static void room_is_deducted_as_it_goes(void **state)
{
	/* one place is free in a: the first server takes it; the second cannot follow */
	struct checked *c = check_of(WORLD("{name: a1, allocatable: {cpu: 3}}", "Evict") PIPELINE("") FIXED_CLIENTS POD("server-1", "server",
	    "b1") POD("server-2", "server", "b1"), NULL, NULL);
	(void)state;

	expect_evictions(c, "server-1");
	assert_non_null(strstr(refusal_of(c, "server-2"), "its next place would be the one it has"));
	checked_free(c);
}

static void never_back_to_where_it_was(void **state)
{
	/* no room in a, and b is as far from the clients as it is now */
	struct checked *c = check_of(WORLD("{name: a1, allocatable: {cpu: 2}}", "Evict") PIPELINE("") FIXED_CLIENTS POD("server-1", "server",
	    "b1") POD("server-2", "server", "b2"), NULL, NULL);
	(void)state;

	expect_evictions(c, "");
	assert_non_null(strstr(refusal_of(c, "server-1"), "its next place would be the one it has"));
	checked_free(c);
}

static void protected_pods_stay(void **state)
{
	static const struct { const char *metadata, *spec, *why; } cases[] = {
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: server-1, labels: {app: server}, ownerReferences: [{kind: DaemonSet}]}\n", "", "DaemonSet" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: server-1, labels: {app: server}, ownerReferences: [{kind: Node}]}\n", "", "static pod" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: server-1, labels: {app: server}}\n", "", "no controller" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: server-1, labels: {app: server}, ownerReferences: [{kind: ReplicaSet}]}\n",
		  ", priority: 2000000000", "priority" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: server-1, labels: {app: server}, ownerReferences: [{kind: ReplicaSet}]}\n",
		  ", volumes: [{name: v, emptyDir: {}}]", "data on its node" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf yaml = HK_BUF_INIT;
		hk_buf_addf(&yaml, "%s%sspec: {nodeName: b1%s}\nstatus: {phase: Running}\n",
			    WORLD("{name: a1, allocatable: {cpu: 8}}", "Evict") PIPELINE("") FIXED_CLIENTS, cases[i].metadata, cases[i].spec);
		struct checked *c = check_of(yaml.s, NULL, NULL);
		if (!strstr(refusal_of(c, "server-1"), cases[i].why))
			fail_msg("case %zu: %s", i, refusal_of(c, "server-1"));
		checked_free(c);
	}
}

static void less_important_pods_first(void **state)
{
	struct checked *c = check_of(WORLD(ROOMY, "Evict") PIPELINE("") POD_WITH("client-1", "client", "a1", "", ", priority: 5") POD_WITH("server-1", "server",
	    "b1", "", ", priority: 9"), NULL, NULL);
	(void)state;

	expect_evictions(c, "client-1");
	checked_free(c);
}

static void budgets_are_counted_down(void **state)
{
	static const struct { const char *spec, *status, *evicted, *why; } cases[] = {
		{ ", minAvailable: 1", "", "server-1", "budget pdb allows no more" },
		{ ", minAvailable: 50%", "", "server-1", "budget pdb allows no more" },
		{ ", maxUnavailable: 1", "", "server-1", "budget pdb allows no more" },         { ", minAvailable: 2", "", "", "budget pdb allows no more" },
		{ ", minAvailable: 0", "status: {disruptionsAllowed: 0}\n", "", "budget pdb" },
		{ ", maxUnavailable: soon", "", "", "budget pdb allows no more" },
		{ ", maxUnavailable: 100%", "", "server-1 server-2", NULL },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf yaml = HK_BUF_INIT;
		hk_buf_addf(&yaml, "%sapiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: pdb}\nspec: {selector: {matchLabels: {app: server}}%s}\n%s",
			    WORLD("{name: a1, allocatable: {cpu: 8}}", "Evict") PIPELINE("") POD_WITH("client-1", "client", "a1", "",
												      ", priority: 2000000000") POD("server-1", "server", "b1")
				    POD("server-2", "server", "b1"), cases[i].spec, cases[i].status);
		struct checked *c = check_of(yaml.s, NULL, NULL);
		expect_evictions(c, cases[i].evicted);
		if (cases[i].why && !strstr(refusal_of(c, "server-2"), cases[i].why))
			fail_msg("case %zu: %s", i, refusal_of(c, "server-2"));
		checked_free(c);
	}
}

static void two_budgets_are_one_too_many(void **state)
{
	struct checked *c = check_of(WORLD(ROOMY, "Evict") PIPELINE("") CLIENTS POD("server-1", "server", "b1") BUDGET("x", ", maxUnavailable: 1",
	    "") BUDGET("y", ", maxUnavailable: 1", ""), NULL, NULL);
	(void)state;

	assert_non_null(strstr(refusal_of(c, "server-1"), "budgets x and y"));
	checked_free(c);
}

static void caps_and_floors(void **state)
{
	static const struct { struct hk_eviction_limits limits; const char *why; } cases[] = {
		{ { .total = 1, .priority_threshold = 2000000000 }, "cap on evictions is reached" },
		{ { .per_name_space = 1, .priority_threshold = 2000000000 }, "its namespace" },
		{ { .per_node = 1, .priority_threshold = 2000000000 }, "its node" },
	};
	static const char *const yaml = WORLD("{name: a1, allocatable: {cpu: 8}}", "Evict") PIPELINE("") POD_WITH("client-1", "client", "a1", "",
	    ", priority: 2000000000")
		POD("server-1", "server", "b1") POD("server-2", "server", "b1");
	const struct hk_eviction_limits three = { .min_replicas = 3, .priority_threshold = 2000000000 };
	struct checked *c;
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		c = check_of(yaml, NULL, &cases[i].limits);
		expect_evictions(c, "server-1");
		assert_non_null(strstr(refusal_of(c, "server-2"), cases[i].why));
		checked_free(c);
	}
	c = check_of(yaml, NULL, &three);
	expect_evictions(c, "");
	assert_non_null(strstr(refusal_of(c, "server-1"), "--min-replicas"));
	checked_free(c);
	c = check_of(WORLD("{name: a1, allocatable: {cpu: 8}}", "Evict") PIPELINE(", replicas: {min: 2}") POD_WITH("client-1", "client", "a1", "",
	    ", priority: 2000000000")
			     POD("server-1", "server", "b1") POD("server-2", "server", "b1") POD("server-3", "server", "b1"), NULL, NULL);
	expect_evictions(c, "server-1");
	assert_non_null(strstr(refusal_of(c, "server-2"), "replicas.min"));
	checked_free(c);
}

/* The client is in a, which is full; the server in b, and c is the only other place. */
#define CIPHERS(to_b, to_c) \
	OURS("Topology", "t", "  clusters:\n  - {name: a, nodes: [{name: a1, allocatable: {cpu: 1}}]}\n  - {name: b, nodes: [{name: b1, allocatable: {cpu: 8}}]}\n  - {name: c, nodes: [{name: c1, allocatable: {cpu: 8}}]}\n" \
	     "  links: [{from: a, to: b, latency: 1ms, labels: {encrypted: '" to_b "'}}, {from: a, to: c, latency: 1ms, labels: {encrypted: '" to_c "'}}, {from: b, to: c, latency: 9ms}]\n") \
	THEIRS("ConstraintPolicy", "p", "  rules: [{name: encrypted, request: 'true', limit: 'true'}]\n") \
	THEIRS("ConstraintPolicyOffer", "o", "  targets:\n" SELECT("source", "client") SELECT("destination", "server") "  policies: [p]\n  violationPolicy: Evict\n") \
	PIPELINE("") POD_WITH("client-1", "client", "a1", "", ", priority: 2000000001") POD("server-1", "server", "b1")

static void labels_of_links_are_looked_at_where_a_pod_would_go(void **state)
{
	struct checked *c = check_of(CIPHERS("false", "true"), NULL, NULL);
	(void)state;

	assert_int_equal(c->actions.states[HK_STATE_VIOLATION], 1);
	expect_evictions(c, "server-1");
	assert_string_equal(c->model.clusters[c->actions.evictions.v[0].to_cluster].name, "c");
	checked_free(c);
	c = check_of(CIPHERS("false", "false"), NULL, NULL);
	expect_evictions(c, "");
	assert_non_null(strstr(refusal_of(c, "server-1"), "its next place would be the one it has"));
	checked_free(c);
	c = check_of(CIPHERS("true", "false"), NULL, NULL);
	assert_int_equal(c->actions.states[HK_STATE_COMPLIANT], 1);
	expect_evictions(c, "");
	checked_free(c);
}

static void pods_of_no_pipeline_stay(void **state)
{
	struct checked *c = check_of(WORLD(ROOMY, "Evict") CLIENTS POD("server-1", "server", "b1"), NULL, NULL);
	(void)state;

	assert_non_null(strstr(refusal_of(c, "server-1"), "of no pipeline"));
	checked_free(c);
}

static void a_provider_that_speaks_of_names_moves_nobody(void **state)
{
	/* its successor would be named like it, so the answer would be the same */
	struct checked *c = check_of(WORLD(ROOMY, "Evict") PIPELINE("") POD("client-1", "client", "a1") POD("server-1", "server", "a1")
		"apiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicy\nmetadata: {name: q}\nspec: {rules: [{name: mood, request: good, limit: bad}]}\n---\n"
		THEIRS("ConstraintPolicyOffer", "m", "  targets:\n" SELECT("source", "client") "  policies: [q]\n  violationPolicy: Evict\n")
		"apiVersion: constraint.ciena.com/v1\nkind: RuleProvider\nmetadata: {name: r}\nspec: {rule: mood, value: Violation, targets: [{name: source, reference: '.*:Pod:client-.*'}]}\n",
		NULL, NULL);
	(void)state;

	expect_evictions(c, "");
	assert_non_null(strstr(refusal_of(c, "client-1"), "its next place would be the one it has"));
	checked_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_that_mends_most_goes),
		cmocka_unit_test(room_is_deducted_as_it_goes),
		cmocka_unit_test(never_back_to_where_it_was),
		cmocka_unit_test(protected_pods_stay),
		cmocka_unit_test(less_important_pods_first),
		cmocka_unit_test(budgets_are_counted_down),
		cmocka_unit_test(two_budgets_are_one_too_many),
		cmocka_unit_test(caps_and_floors),
		cmocka_unit_test(labels_of_links_are_looked_at_where_a_pod_would_go),
		cmocka_unit_test(pods_of_no_pipeline_stay),
		cmocka_unit_test(a_provider_that_speaks_of_names_moves_nobody),
	};
	return cmocka_run_group_tests_name("evict", tests, NULL, NULL);
}
