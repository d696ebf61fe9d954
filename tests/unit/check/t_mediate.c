/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of the network, and the document it is asked in. */
#include "check_of.h"

#define WORLD(links, metrics, rules) \
	OURS("Topology", "t", "  clusters: [{name: a, nodes: [{name: a1, allocatable: {cpu: 8}}]}, {name: b}, {name: c, nodes: [{name: c1, allocatable: {cpu: 8}}]}]\n" \
	     "  controllers: [{name: wan, protocol: netconf, ssh: {host: 192.0.2.1, user: ops}}]\n  links:\n" links) \
	OURS("Metrics", "m", "  observedAt: '2026-01-31T12:00:00Z'\n  links:\n" metrics) \
	THEIRS("ConstraintPolicy", "p", "  rules: [" rules "]\n") \
	THEIRS("ConstraintPolicyOffer", "o", "  targets:\n" SELECT("source", "client") SELECT("destination", "server") "  policies: [p]\n  violationPolicy: Mediate\n") \
	POD("client-1", "client", "a1") POD("server-1", "server", "c1")
#define SLOW "  - {from: a, to: b, latency: 6ms}\n  - {from: b, to: c, latency: 6ms}\n"
#define PRICED(first, second) "  - {from: a, to: b, latency: 6ms, controller: wan, adjustable: {latency: {" first "}}}\n  - {from: b, to: c, latency: 6ms, controller: wan, adjustable: {latency: {" second "}}}\n"
#define LATENCY "{name: latency, request: 5ms, limit: 10ms}"

static void the_cheapest_links_that_are_enough(void **state)
{
	static const struct { const char *yaml; size_t changes; const char *from; } cases[] = {
		{ WORLD(PRICED("min: 4ms, price: 9/ms/h", "min: 4ms, price: 3/ms/h"), SLOW, LATENCY), 1, "b" },
		{ WORLD(PRICED("min: 4ms, price: 3/ms/h", "min: 4ms, price: 9/ms/h"), SLOW, LATENCY), 1, "a" },
		{ WORLD(PRICED("min: 5ms, price: 3/ms/h", "min: 5ms, price: 9/ms/h"), SLOW, LATENCY), 2, "a" },
		{ WORLD(PRICED("min: 5ms, price: 1/ms/h", "min: 3ms, price: 1/ms/h"), SLOW, LATENCY), 1, "b" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct checked *c = check_of(cases[i].yaml, NULL, NULL);
		const struct hk_plan *plan = &c->actions.changes.plan;
		assert_int_equal(c->actions.counts[HK_ACTION_MEDIATE], 1);
		if (plan->n_network_changes != cases[i].changes || strcmp(plan->network_changes[0].from, cases[i].from) != 0)
			fail_msg("case %zu: %zu changes", i, plan->n_network_changes);
		assert_string_equal(plan->network_changes[0].controller, "wan");
		assert_int_equal(c->actions.changes.n_requests, 0);
		checked_free(c);
	}
}

/* The time is that of the newest observation. */
static void offers_that_are_over_are_not_taken(void **state)
{
#define ENDING(end) "  - {from: a, to: b, latency: 6ms, controller: wan, adjustable: {latency: {min: 4ms, price: 9/ms/h}}}\n" \
	"  - {from: b, to: c, latency: 6ms, controller: wan, adjustable: {latency: {min: 4ms, price: 3/ms/h}, expires: '" end "'}}\n"
	static const struct { const char *yaml, *from; double expires; } cases[] = {
		{ WORLD(ENDING("2026-01-31T12:00:01Z"), SLOW, LATENCY), "b", 1769860801 },
		{ WORLD(ENDING("2026-01-31T13:00:00+01:00"), SLOW, LATENCY), "a", 0 },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct checked *c = check_of(cases[i].yaml, NULL, NULL);
		const struct hk_plan *plan = &c->actions.changes.plan;

		assert_int_equal(plan->n_network_changes, 1);
		assert_string_equal(plan->network_changes[0].from, cases[i].from);
		assert_true(plan->network_changes[0].expires == cases[i].expires);
		checked_free(c);
	}
}

static void not_enough_is_a_request(void **state)
{
	struct checked *c = check_of(WORLD(PRICED("min: 5.5ms, price: 1/ms/h", "min: 5.5ms, price: 1/ms/h"), SLOW, LATENCY), NULL, NULL);
	(void)state;

	assert_int_equal(c->actions.changes.plan.n_network_changes, 0);
	assert_int_equal(c->actions.changes.n_requests, 1);
	assert_true(c->actions.changes.requests[0].latency == 0.010 && isnan(c->actions.changes.requests[0].jitter));
	checked_free(c);
	/* without a controller nobody can be asked: a new plan is what is left */
	c = check_of(WORLD("  - {from: a, to: b, latency: 6ms}\n  - {from: b, to: c, latency: 6ms}\n", SLOW, LATENCY), NULL, NULL);
	assert_int_equal(c->actions.counts[HK_ACTION_REPLAN], 1);
	assert_int_equal(c->actions.changes.n_requests, 0);
	checked_free(c);
}

static void bandwidth_is_bought_in_steps(void **state)
{
#define NARROW(adjustable) "  - {from: a, to: b, latency: 1ms, bandwidth: 1Gbps, controller: wan, adjustable: {bandwidth: {" adjustable "}}}\n  - {from: b, to: c, latency: 1ms, bandwidth: 9Gbps}\n"
#define WIDTHS "  - {from: a, to: b, bandwidth: 1Gbps}\n  - {from: b, to: c, bandwidth: 9Gbps}\n"
#define WIDE "{name: bandwidth, request: 5Gbps, limit: 2.5Gbps}"
	struct checked *c = check_of(WORLD(NARROW("max: 8Gbps, step: 1Gbps, price: 2/Gbps/h"), WIDTHS, WIDE), NULL, NULL);
	const struct hk_plan *plan = &c->actions.changes.plan;
	(void)state;

	assert_int_equal(plan->n_network_changes, 1);
	assert_true(plan->network_changes[0].bandwidth_before == 1e9 && plan->network_changes[0].bandwidth_after == 3e9);
	assert_true(fabs(plan->network_changes[0].price - 4) < 1e-9);
	assert_true(isnan(plan->network_changes[0].latency_after));
	checked_free(c);
	c = check_of(WORLD(NARROW("max: 2Gbps, step: 1Gbps, price: 2/Gbps/h"), WIDTHS, WIDE), NULL, NULL);
	assert_int_equal(c->actions.changes.plan.n_network_changes, 0);
	assert_true(c->actions.changes.n_requests == 1 && c->actions.changes.requests[0].bandwidth == 2.5e9);
	checked_free(c);
}

static void the_document_says_it_all(void **state)
{
	struct checked *c = check_of(WORLD(PRICED("min: 4ms, price: 9/ms/h", "min: 4ms, price: 3/ms/h"),
					   SLOW "  - {from: a, to: b, jitter: 3ms}\n  - {from: b, to: c, jitter: 3ms}\n",
					   LATENCY ", {name: jitter, request: 1ms, limit: 2ms}"), NULL, NULL);
	HK_AUTO_BUF struct hk_buf first = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf second = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_network_changes read;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	(void)state;

	assert_int_equal(hk_network_changes_write(&c->actions.changes, &first, &err), 0);
	hk_source_from_text(&source, "changes.yaml", first.s, first.len);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
	assert_int_equal(hk_network_changes_read(&read, &doc, &diags), 0);
	assert_true(read.plan.n_network_changes == 1 && read.n_requests == 1 && read.requests[0].jitter == 0.002);
	assert_int_equal(hk_network_changes_write(&read, &second, &err), 0);
	assert_string_equal(first.s, second.s);
	hk_network_changes_release(&read);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	checked_free(c);
}

static void broken_documents_are_refused(void **state)
{
	static const char *const texts[] = {
		"kind: Plan\napiVersion: hkctl.dev/v1alpha1\n", "kind: NetworkChanges\napiVersion: hkctl.dev/v2\nspec: {}\n",
		"kind: NetworkChanges\napiVersion: hkctl.dev/v1alpha1\n",
		"kind: NetworkChanges\napiVersion: hkctl.dev/v1alpha1\nspec: {formatVersion: '2.0'}\n",
		"kind: NetworkChanges\napiVersion: hkctl.dev/v1alpha1\nspec: {formatVersion: '1.0', requests: [{from: a}]}\n",
		"kind: NetworkChanges\napiVersion: hkctl.dev/v1alpha1\nspec: {formatVersion: '1.0', requests: [{from: a, to: b, loss: 2}]}\n",
		"kind: NetworkChanges\napiVersion: hkctl.dev/v1alpha1\nspec: {formatVersion: '1.0', networkChanges: [{from: a, to: b, price: cheap}]}\n",
		"[]\n",
	};
	(void)state;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hk_network_changes read;
		struct hk_diags diags = HK_DIAGS_INIT;
		struct hk_source source = { 0 };
		struct hk_doc doc = { 0 };
		hk_source_from_text(&source, "changes.yaml", texts[i], strlen(texts[i]));
		assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
		if (hk_network_changes_read(&read, &doc, &diags) == 0 || !diags.errors)
			fail_msg("case %zu is taken", i);
		hk_network_changes_release(&read);
		hk_doc_release(&doc);
		hk_source_release(&source);
		hk_diags_release(&diags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cheapest_links_that_are_enough),
		cmocka_unit_test(offers_that_are_over_are_not_taken), cmocka_unit_test(not_enough_is_a_request),
		cmocka_unit_test(bandwidth_is_bought_in_steps),
		cmocka_unit_test(the_document_says_it_all),
		cmocka_unit_test(broken_documents_are_refused),
	};
	return cmocka_run_group_tests_name("mediate", tests, NULL, NULL);
}
