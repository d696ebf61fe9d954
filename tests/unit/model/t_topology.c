/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include <math.h>

#define TWO "  clusters: [{name: b}, {name: a}]\n"

static void clusters_are_sorted_and_complete(void **state)
{
	struct loaded *l = model_of(TOPOLOGY(
		"  clusters:\n"
		"  - {name: metro-1}\n"
		"  - name: edge-a\n"
		"    tier: edge\n"
		"    region: us-west\n"
		"    zone: us-west-a\n"
		"    labels: {site-class: far-edge, tier: mine}\n"
		"    availability: 99.5%\n"
		"    failureDomain: west-power-1\n"
		"    nodeAvailability: 99.9%\n"
		"    prices: {cpu: 0.060/h, memory: 1.073741824/GiB/h, nvidia.com/gpu: 1.20/h}\n"
		"    reserve: {cpu: 10%}\n"
		"    nodeSelector: {zone: z1}\n"
		"    nodes:\n"
		"    - {name: node, count: 4, allocatable: {cpu: '16', memory: 64Gi}, taints: [{key: k, effect: NoExecute}]}\n"));
	const struct hk_cluster *c = &l->model.clusters[0];
	(void)state;

	expect_clean(l);
	assert_int_equal(l->model.n_clusters, 2);
	assert_string_equal(c->name, "edge-a");
	assert_string_equal(l->model.clusters[1].name, "metro-1");
	assert_string_equal(hk_cluster_label(c, "tier"), "mine");
	assert_string_equal(hk_cluster_label(c, "name"), "edge-a");
	assert_string_equal(hk_cluster_label(c, "failureDomain"), "west-power-1");
	assert_string_equal(hk_cluster_label(c, "site-class"), "far-edge");
	assert_null(hk_cluster_label(c, "provider"));
	assert_true(c->availability == 0.995 && c->node_availability == 0.999);
	assert_int_equal(l->model.n_resources, 3);
	assert_string_equal(l->model.resources[0], "cpu");
	assert_string_equal(l->model.resources[2], "nvidia.com/gpu");
	assert_true(c->price[0] == 0.06 && c->price[2] == 1.2);
	assert_true(fabs(c->price[1] - 1e-9) < 1e-20);
	assert_true(c->reserve[0] == 0.1 && c->reserve[1] == 0);
	assert_false(c->unlimited);
	assert_int_equal(c->nodes[0].count, 4);
	assert_true(c->nodes[0].allocatable[0] == 16 && c->nodes[0].allocatable[1] == 64 * 1073741824.0 && c->nodes[0].allocatable[2] == -1);
	assert_string_equal(hk_labels_get(&c->nodes[0].labels, "zone"), "z1");
	assert_int_equal(c->nodes[0].taints[0].effect, HK_NO_EXECUTE);
	assert_string_equal(c->output, "clusters/edge-a");
	assert_true(l->model.clusters[1].unlimited);
	assert_string_equal(l->model.clusters[1].failure_domain, "metro-1");
	loaded_free(l);
}

static void an_empty_inventory_is_not_unlimited(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: a, nodes: []}]\n"));
	(void)state;

	expect_clean(l);
	assert_false(l->model.clusters[0].unlimited);
	loaded_free(l);
}

static void links_go_both_ways_unless_told(void **state)
{
	struct loaded *l = model_of(TOPOLOGY(TWO
		"  links:\n"
		"  - {from: b, to: a, latency: 4ms, jitter: 300us, bandwidth: 10Gbps, loss: 0.001%, price: 0.01/GB, availability: 99.9%}\n"
		"  - {from: a, to: b, both: false, latency: 3ms}\n"));
	const struct hk_link *k = l->model.links;
	(void)state;

	assert_int_equal(l->diags.errors + l->diags.warnings, 0);
	assert_int_equal(count_of(l, HK0411), 1);
	assert_int_equal(l->model.n_links, 3);
	assert_true(k[0].from == 0 && k[0].to == 1 && k[0].latency == 0.003 && isinf(k[0].bandwidth));
	assert_true(k[1].from == 0 && k[1].to == 1 && k[1].latency == 0.004);
	assert_true(k[2].from == 1 && k[2].to == 0 && k[2].jitter == 300e-6 && k[2].bandwidth == 1e10 && k[2].loss == 1e-5);
	assert_true(fabs(k[2].price - 1e-11) < 1e-25 && k[2].availability == 0.999);
	loaded_free(l);
}

static void sites_and_references(void **state)
{
	struct loaded *l = model_of(TOPOLOGY(TWO
		"  sites: [{name: s2, cluster: b, latency: 1.2ms, bandwidth: 2Gbps}, {name: s1, cluster: a}]\n"));
	(void)state;

	expect_clean(l);
	assert_int_equal(l->model.n_sites, 2);
	assert_int_equal(l->model.sites[1].cluster, 1);
	assert_true(l->model.sites[1].latency == 0.0012 && l->model.sites[1].bandwidth == 2e9 && isinf(l->model.sites[0].bandwidth));
	loaded_free(l);
}

static void unknown_cluster_gets_nearest_and_fix(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: edge-a}, {name: metro-1}]\n  links: [{from: edge-a, to: metro-2}]\n"));
	(void)state;

	expect_one(l, HK0304, "'metro-2'");
	assert_non_null(strstr(finding(l, HK0304)->help, "metro-1"));
	expect_fix(finding(l, HK0304), "metro-1");
	assert_int_equal(l->model.n_links, 0);
	loaded_free(l);
}

/* A fix stands in the place of the whole scalar, quotes included; where an alias stands there is nothing to write over. */
static void a_fix_keeps_the_quotes_of_the_user(void **state)
{
	static const struct { const char *to, *fix; } cases[] = {
		{ "metro-2", "metro-1" }, { "'metro-2'", "'metro-1'" }, { "\"metro-2\"", "\"metro-1\"" }, { "*far", NULL },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		char yaml[1000];

		snprintf(yaml, sizeof yaml,
			 TOPOLOGY("  clusters: [{name: edge-a, labels: {like: &far metro-2}}, {name: metro-1}]\n  links: [{from: edge-a, to: %s}]\n"),
			 cases[i].to);
		struct loaded *l = model_of(yaml);

		expect_one(l, HK0304, "'metro-2'");
		if (cases[i].fix)
			expect_fix(finding(l, HK0304), cases[i].fix);
		else
			assert_false(finding(l, HK0304)->has_fix);
		loaded_free(l);
	}
}

#define OFFER(END) TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 1Gbps, latency: 2ms, controller: wan, adjustable: {bandwidth: {max: 5Gbps}, latency: {min: 1ms}, expires: \"" END "\"}}]\n" \
	"  controllers: [{name: wan}]\n")
#define OBSERVED(WHEN) "apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec: {observedAt: \"" WHEN "\", links: [{from: a, to: b, jitter: 1ms}]}\n"

static struct loaded *offer_at(const char *yaml, double now)
{
	struct loaded *l = calloc(1, sizeof *l);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	assert_int_equal(hk_workspace_add_text(&l->workspace, "test.yaml", hk_str_of(yaml), true, &l->diags, &err), 0);
	l->workspace.now = now;
	assert_int_equal(hk_model_load(&l->model, &l->workspace, &l->diags, &err), 0);
	return l;
}

/* Both directions, to the second; what the caller says goes before what was observed. */
static void offers_end(void **state)
{
	static const double end = 1782820800;
	static const struct { const char *yaml; double now; bool open; size_t notes; } cases[] = {
		{ OFFER("2026-06-30T14:00:00+02:00"), 0, true, 1 },
		{ OFFER("2026-06-30T14:00:00+02:00"), end - 1, true, 0 },
		{ OFFER("2026-06-30T14:00:00+02:00"), end, false, 0 },
		{ OFFER("2026-06-30T14:00:00.5+02:00"), end, true, 0 },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("2026-06-30T11:59:59Z"), 0, true, 0 },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("1970-01-01T00:00:00Z"), 0, true, 0 },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("2026-06-30T12:00:01Z"), 0, false, 0 },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("2026-06-30T12:00:01Z"), end - 1, true, 0 },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("2026-06-30T11:59:59Z"), end, false, 0 },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct loaded *l = offer_at(cases[i].yaml, cases[i].now);

		assert_int_equal(l->diags.errors, 0);
		assert_int_equal(count_of(l, HK0418), cases[i].open ? 0 : 1);
		assert_int_equal(count_of(l, HK0419), cases[i].notes);
		assert_int_equal(l->model.n_links, 2);
		assert_true(l->model.offers_end);
		for (size_t k = 0; k < 2; k++) {
			const struct hk_link *link = &l->model.links[k];

			assert_int_equal(link->over, !cases[i].open);
			assert_int_equal(link->adjustable_bandwidth, cases[i].open);
			assert_int_equal(link->adjustable_latency, cases[i].open);
			assert_true(link->expires >= end && link->expires < end + 1);
		}
		loaded_free(l);
	}
}

static void mistakes_are_found(void **state)
{
	static const struct { const char *yaml; enum hk_rule_id rule; const char *part; } cases[] = {
		{ TOPOLOGY(TWO "  links: [{from: a, to: a}]\n"), HK0402, "itself" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, latency: 5}]\n"), HK0201, "'5' has no unit" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, latency: 5 ms}]\n"), HK0201, "write 5ms" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, latency: -5ms}]\n"), HK0201, "negative" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 10GB}]\n"), HK0201, "is bytes, expected a bit rate" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, controller: wam}]\n  controllers: [{name: wan}]\n"), HK0308, "'wam'" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 10Gbps, controller: wan, adjustable: {bandwidth: {max: 5Gbps}}}]\n  controllers: [{name: wan}]\n"),
		  HK0206, "below" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, latency: 2ms, controller: wan, adjustable: {latency: {min: 5ms}}}]\n  controllers: [{name: wan}]\n"),
		  HK0206, "above" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 1Gbps, adjustable: {bandwidth: {max: 5Gbps}}}]\n"), HK0207, "no controller" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 1Gbps, controller: wan, adjustable: {bandwidth: {max: 2Gbps, step: 0bps}}}]\n  controllers: [{name: wan}]\n"),
		  HK0206, "steps of nothing" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, bandwidth: 1Gbps, controller: wan, adjustable: {bandwidth: {max: 2Gbps, step: 3Gbps}}}]\n  controllers: [{name: wan}]\n"),
		  HK0414, "not even one step" },
		{ TOPOLOGY(TWO "  links: [{from: a, to: b, latency: 2ms, controller: wan, adjustable: {latency: {min: 2ms}}}]\n  controllers: [{name: wan}]\n"),
		  HK0414, "no latency can be bought" },
		{ OFFER("2026-02-30T12:00:00Z"), HK0201, "'2026-02-30T12:00:00Z' is no moment" },
		{ OFFER("2026-06-30T12:00:00Z"), HK0419, "nothing says what time it is" },
		{ OFFER("2026-06-30T12:00:00Z") "---\n" OBSERVED("2026-06-30T12:00:00Z"), HK0418, "ended at 2026-06-30T12:00:00Z" },
		{ TOPOLOGY("  clusters: [{name: a}, {name: a}]\n"), HK0205, "cluster 'a'" },
		{ TOPOLOGY("  clusters: [{name: a}]\n") TOPOLOGY("  clusters: [{name: b}]\n"), HK0205, "Topology 't' is declared twice" },
		{ TOPOLOGY(TWO "  sites: [{name: s, cluster: a}, {name: s, cluster: b}]\n"), HK0205, "site 's'" },
		{ TOPOLOGY(TWO "  sites: [{name: s, cluster: c}]\n"), HK0304, "'c'" },
		{ TOPOLOGY("  clusters: [{name: a, nodes: [{name: nn, allocatable: {cpu: 1}}, {name: nn, allocatable: {cpu: 1}}]}]\n"), HK0205, "node 'nn'" },
		{ TOPOLOGY("  clusters: [{name: a, nodes: [{name: nn, allocatable: {memory: 500m}}]}]\n"), HK0207, "less than a kilobyte" },
		{ TOPOLOGY("  clusters: [{name: a, prices: {cpu: 0.06}}]\n"), HK0201, "write 0.06/h" },
		{ TOPOLOGY("  clusters: [{name: a, reserve: {cpu: 10}}]\n"), HK0201, "write 10%" },
		{ TOPOLOGY("  clusters: [{name: a, nodesFrom: absent.json}]\n"), HK0601, "does not exist" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct loaded *l = model_of(cases[i].yaml);
		expect_one(l, cases[i].rule, cases[i].part);
		loaded_free(l);
	}
}

static void duplicates_show_the_first(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters:\n  - {name: a}\n") "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: u}\nspec:\n  clusters:\n  - {name: a}\n");
	(void)state;

	expect_one(l, HK0205, "declared twice");
	assert_int_equal(finding(l, HK0205)->range.line, 13);
	assert_int_equal(finding(l, HK0205)->related.line, 6);
	assert_int_equal(l->model.n_clusters, 1);
	loaded_free(l);
	l = model_of(TOPOLOGY("  clusters: [{name: a}]\n  controllers:\n  - {name: wan}\n  networkApis:\n  - {name: wan}\n"));
	expect_one(l, HK0205, "controller or network API 'wan' is declared twice");
	assert_int_equal(finding(l, HK0205)->range.line, 9);
	assert_int_equal(finding(l, HK0205)->related.line, 7);
	loaded_free(l);
}

static void invalid_topology_hides_no_cause(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{nam: a}]\n")
				    PIPELINE("  inputs: [{name: i, cluster: a, rate: 1/s}]\n  workloads: [{name: w}]\n  connections: [{from: i, to: w}]\n"));
	(void)state;

	assert_true(l->diags.errors > 0);
	for (size_t i = 0; i < l->diags.list.n; i++)
		assert_true(l->diags.list.v[i].rule->code[2] == '0' && l->diags.list.v[i].rule->code[3] == '1');
	loaded_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_are_sorted_and_complete), cmocka_unit_test(an_empty_inventory_is_not_unlimited),
		cmocka_unit_test(links_go_both_ways_unless_told), cmocka_unit_test(sites_and_references),
		cmocka_unit_test(unknown_cluster_gets_nearest_and_fix), cmocka_unit_test(a_fix_keeps_the_quotes_of_the_user), cmocka_unit_test(offers_end),
		cmocka_unit_test(mistakes_are_found), cmocka_unit_test(duplicates_show_the_first), cmocka_unit_test(invalid_topology_hides_no_cause),
	};

	return cmocka_run_group_tests_name("model/topology", tests, NULL, NULL);
}
