/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes per source cluster: Istio by locality or by subset, Gateway API with multi-cluster services. */
#include "fixture.h"
#include <stdio.h>

/* Replicas are those of the plan already, so that only routes are new. */
static const char manifests[] =
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: cart}}\n"
	"  template: {metadata: {labels: {app: cart}}, spec: {containers: []}}\n"
	"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: front}}\n"
	"  template: {metadata: {labels: {app: front}}, spec: {containers: []}}\n"
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec:\n  selector: {app: cart}\n  ports: [{name: http, port: 80, targetPort: 8080}]\n";

static struct fx fx;

static void setup(bool zones, unsigned mesh)
{
	fx_open(&fx, manifests);
	fx_cluster(&fx, "cloud-1", "us", zones ? "c" : "a");
	fx_cluster(&fx, "edge-a", "us", "a");
	fx_workload(&fx, "cart", HK_DEPLOYMENT);
	fx_workload(&fx, "front", HK_DEPLOYMENT);
	fx_place(&fx, "cart", "cloud-1", 2, 0.5);
	fx_place(&fx, "cart", "edge-a", 2, 0.5);
	fx_place(&fx, "front", "edge-a", 2, 1);
	fx.options.mesh = mesh;
}

static void locality_needs_distinct_zones(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	fx_golden(&fx, "istio-locality.txt");
	fx_has(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "outlierDetection:");
	assert_null(fx_file(&fx, "clusters/edge-a/shop/virtualservice-cart.yaml"));
	assert_null(fx_file(&fx, "clusters/cloud-1/shop/destinationrule-cart.yaml"));
	fx_close(&fx);
}

static void same_zone_needs_subsets(void **state)
{
	(void)state;
	setup(false, HK_MESH_ISTIO);
	fx_label(&fx, &fx.clusters[0].labels, "topology.istio.io/cluster", "cloud-id");
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	fx_golden(&fx, "istio-subsets.txt");
	fx_has(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "topology.istio.io/cluster: cloud-id");
	fx_close(&fx);
}

static void each_source_has_its_own_row(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_place(&fx, "front", "cloud-1", 2, 0);
	fx.placements[1][0].replicas = 2;
	fx_route(&fx, "front", "cart", 10, "cloud-1", "cloud-1=90 edge-a=10");
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	fx_has(&fx, "clusters/cloud-1/shop/destinationrule-cart.yaml", "us/us-c/*: 90");
	fx_has(&fx, "clusters/cloud-1/shop/destinationrule-cart.yaml", "from: us/us-c/*");
	fx_has(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "us/us-a/*: 80");
	fx_close(&fx);
}

static void callers_that_differ_are_matched_by_labels(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_route(&fx, "cameras", "cart", 30, "edge-a", "edge-a=100");
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	fx_golden(&fx, "istio-callers.txt");
	assert_int_equal(fx_count(&fx, HK0912), 1);
	fx_close(&fx);
}

static void gateway_takes_the_mean_of_callers(void **state)
{
	(void)state;
	setup(true, HK_MESH_GATEWAY);
	fx_route(&fx, "cameras", "cart", 30, "edge-a", "edge-a=100");
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	fx_golden(&fx, "gateway.txt");      /* (30 * 100 + 10 * 80) / 40 = 95 */
	assert_int_equal(fx_count(&fx, HK0912), 1);
	fx_close(&fx);
}

static void rare_destinations_are_told(void **state)
{
	(void)state;
	setup(true, HK_MESH_GATEWAY);
	fx_route(&fx, "cameras", "cart", 10000, "edge-a", "edge-a=100");
	fx_route(&fx, "front", "cart", 1, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0911), 1);
	fx_has_not(&fx, "clusters/edge-a/shop/httproute-cart.yaml", "weight: 0");
	fx_has(&fx, "clusters/edge-a/shop/httproute-cart.yaml", "weight: 100");
	fx_close(&fx);
}

static void zero_weight_with_probability_is_told(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=0 edge-a=100");
	fx.connections[0].routes[0].targets[0].probability = 0.004;
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0911), 1);
	fx_has_not(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", ": 0");
	fx_close(&fx);
}

static void wrong_weights_are_refused(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=70");
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0910), 1);
	fx_close(&fx);
	setup(true, HK_MESH_ISTIO);
	fx.placements[0][0].replicas = 0;
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0910), 1);
	fx_close(&fx);
}

static void callers_get_the_service_where_no_replica_runs(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO);
	fx_cluster(&fx, "edge-b", "us", "b");
	fx_place(&fx, "front", "edge-b", 2, 0);
	fx_route(&fx, "front", "cart", 10, "edge-b", "cloud-1=50 edge-a=50");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-b/shop/service-cart.yaml", "app: cart");
	assert_null(fx_file(&fx, "clusters/edge-b/shop/deployment-cart.yaml"));
	fx_close(&fx);
}

/* cart in cloud-1 alone, with spare replicas where asked for; front at the edge sends everything there. */
static void setup_remote(unsigned mesh, bool spare)
{
	fx_open(&fx, manifests);
	fx_cluster(&fx, "cloud-1", "us", "c");
	fx_cluster(&fx, "edge-a", "us", "a");
	fx_cluster(&fx, "metro-1", "us", "m");
	fx_workload(&fx, "cart", HK_DEPLOYMENT);
	fx_workload(&fx, "front", HK_DEPLOYMENT);
	fx_place(&fx, "cart", "cloud-1", 2, 1);
	if (spare)
		fx_place(&fx, "cart", "metro-1", 2, 0);
	fx_place(&fx, "front", "edge-a", 2, 1);
	fx.options.mesh = mesh;
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=100");
}

static void the_only_destination_may_be_remote(void **state)
{
	(void)state;
	for (int spare = 0; spare < 2; spare++) {
		setup_remote(HK_MESH_ISTIO | HK_MESH_GATEWAY, spare);
		fx_render(&fx);
		fx_has(&fx, "clusters/edge-a/shop/service-cart.yaml", "app: cart");
		fx_has(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "from: us/us-a/*\n          to:\n            us/us-c/*: 100\n");
		fx_has_not(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "us/us-m/*");
		fx_has(&fx, "clusters/edge-a/shop/httproute-cart.yaml", "kind: ServiceImport\n      name: cart-cloud-1\n      port: 80\n      weight: 100\n");
		assert_null(fx_file(&fx, "clusters/cloud-1/shop/destinationrule-cart.yaml"));
		fx_close(&fx);
	}
}

static void a_remote_destination_in_the_same_zone_is_a_subset(void **state)
{
	(void)state;
	setup_remote(HK_MESH_ISTIO, true);
	fx.clusters[0].zone = fx.clusters[1].zone;
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/shop/virtualservice-cart.yaml", "subset: cloud-1\n      weight: 100\n");
	fx_close(&fx);
}

static void counts_per_node_are_told_once_per_cluster(void **state)
{
	(void)state;
	setup(true, HK_MESH_NONE);
	for (size_t i = 0; i < 2; i++) {
		struct hk_node_group *a = fx_nodes(&fx, &fx.clusters[1], i ? "small" : "big", 2);
		fx_label(&fx, &a->labels, "site", "x");
	}
	fx_on_node(&fx, &fx.placements[0][1], "big", "big-1", 2);
	fx_on_node(&fx, &fx.placements[1][0], "big", "big-1", 2);
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0907), 1);
	for (size_t i = 0; i < fx.diags.list.n; i++)
		if (fx.diags.list.v[i].rule->id == HK0907)
			assert_non_null(strstr(fx.diags.list.v[i].help, "in 1 more case in this cluster"));
	fx_close(&fx);
}

static void neighbours_alone_need_no_rule(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO | HK_MESH_GATEWAY);
	fx.placements[0][0].replicas = 0;
	fx_route(&fx, "front", "cart", 10, "edge-a", "edge-a=100");
	fx_render(&fx);
	assert_null(fx_file(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml"));
	assert_null(fx_file(&fx, "clusters/edge-a/shop/httproute-cart.yaml"));
	fx_close(&fx);
}

static void spare_callers_get_the_service_too(void **state)
{
	(void)state;
	setup_remote(HK_MESH_NONE, false);
	fx_place(&fx, "front", "metro-1", 2, 0);
	fx_render(&fx);
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/service-cart.yaml"));
	assert_non_null(fx_file(&fx, "clusters/metro-1/shop/service-cart.yaml"));
	fx_close(&fx);
}

static void headless_services_and_namespaces_come_along(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	setup_remote(HK_MESH_ISTIO, false);
	fx_place(&fx, "front", "edge-a", 2, 1);
	hk_buf_addf(&text, "%s---\napiVersion: v1\nkind: Service\nmetadata: {name: peers, namespace: shop}\nspec: {clusterIP: None, selector: {app: cart}}\n"
		    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cart, namespace: shop}\n", manifests);
	assert_int_equal(hk_file_write(fx.file, text.s, text.len, &err), 0);
	fx.planned_workloads[1].n_placements = 0;       /* no workload of the file at the edge, only calls from there */
	fx_render(&fx);
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/service-peers.yaml"));
	assert_non_null(fx_file(&fx, "clusters/edge-a/_cluster/namespace-shop.yaml"));
	assert_null(fx_file(&fx, "clusters/edge-a/shop/configmap-cart.yaml"));
	fx_close(&fx);
}

static void what_enters_at_a_site_needs_a_mesh_to_go_on(void **state)
{
	(void)state;
	for (int mesh = 0; mesh < 2; mesh++) {
		setup(true, mesh ? HK_MESH_ISTIO : HK_MESH_NONE);
		fx.placements[0][1].replicas = 0;
		fx_cluster(&fx, "metro-1", "us", "m");
		fx_route(&fx, "cameras", "cart", 10, "metro-1", "cloud-1=100");
		fx_render(&fx);
		assert_true((fx_file(&fx, "clusters/metro-1/shop/service-cart.yaml") != NULL) == (mesh != 0));
		assert_true((fx_file(&fx, "clusters/metro-1/shop/destinationrule-cart.yaml") != NULL) == (mesh != 0));
		fx_close(&fx);
	}
}

static void without_a_service_there_is_no_route(void **state)
{
	(void)state;
	setup(true, HK_MESH_ISTIO | HK_MESH_GATEWAY);
	fx_route(&fx, "cart", "front", 10, "edge-a", "edge-a=100");
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0913), 1);
	fx_close(&fx);
}

static void no_mesh_no_routes(void **state)
{
	(void)state;
	setup(true, HK_MESH_NONE);
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx_render(&fx);
	assert_int_equal(fx.tree.files.n, 5);       /* 2 + 1 Deployments, the Service twice */
	fx_close(&fx);
}

static void own_rules_have_precedence(void **state)
{
	static const struct { unsigned mesh; const char *object, *ours, *theirs; } cases[] = {
		{ HK_MESH_ISTIO, "networking.istio.io/v1\nkind: DestinationRule\nspec: {host: cart.shop.svc.cluster.local}", "destinationrule-cart",
		  "destinationrule-mine" },
		{ HK_MESH_GATEWAY, "gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: {parentRefs: [{group: '', kind: Service, name: cart}]}",
		  "httproute-cart", "httproute-mine" },
		{ HK_MESH_SMI, "split.smi-spec.io/v1alpha2\nkind: TrafficSplit\nspec: {service: cart}", "trafficsplit-cart", "trafficsplit-mine" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		char path[96];
		setup(true, cases[i].mesh);
		hk_buf_addf(&text, "%s---\napiVersion: %s\nmetadata: {name: mine, namespace: shop}\n", manifests, cases[i].object);
		assert_int_equal(hk_file_write(fx.file, text.s, text.len, &err), 0);
		fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
		fx_render(&fx);
		assert_int_equal(fx_count(&fx, HK0920), 1);
		snprintf(path, sizeof path, "clusters/edge-a/shop/%s.yaml", cases[i].ours);
		assert_null(fx_file(&fx, path));
		snprintf(path, sizeof path, "clusters/edge-a/shop/%s.yaml", cases[i].theirs);
		assert_non_null(fx_file(&fx, path));
		fx_close(&fx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locality_needs_distinct_zones),
		cmocka_unit_test(same_zone_needs_subsets),
		cmocka_unit_test(each_source_has_its_own_row),
		cmocka_unit_test(callers_that_differ_are_matched_by_labels),
		cmocka_unit_test(gateway_takes_the_mean_of_callers),
		cmocka_unit_test(rare_destinations_are_told),
		cmocka_unit_test(zero_weight_with_probability_is_told),
		cmocka_unit_test(wrong_weights_are_refused),
		cmocka_unit_test(callers_get_the_service_where_no_replica_runs),
		cmocka_unit_test(the_only_destination_may_be_remote),
		cmocka_unit_test(a_remote_destination_in_the_same_zone_is_a_subset),
		cmocka_unit_test(neighbours_alone_need_no_rule),
		cmocka_unit_test(counts_per_node_are_told_once_per_cluster),
		cmocka_unit_test(spare_callers_get_the_service_too),
		cmocka_unit_test(headless_services_and_namespaces_come_along),
		cmocka_unit_test(what_enters_at_a_site_needs_a_mesh_to_go_on),
		cmocka_unit_test(without_a_service_there_is_no_route),
		cmocka_unit_test(no_mesh_no_routes),
		cmocka_unit_test(own_rules_have_precedence),
	};
	return cmocka_run_group_tests_name("render/route", tests, NULL, NULL);
}
