/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What weighted objects look like: multi-cluster services, TrafficSplit, and localities of clusters whose nodes are in several zones. */
#include "fixture.h"

static const char manifests[] =
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: cart}}\n"
	"  template: {metadata: {labels: {app: cart}}, spec: {containers: []}}\n"
	"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: front}}\n"
	"  template: {metadata: {labels: {app: front}}, spec: {containers: []}}\n"
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n"
	"spec:\n  type: NodePort\n  selector: {app: cart}\n  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}, {name: db, protocol: TCP, port: 6379}]\n";

static struct fx fx;

static void setup(unsigned mesh)
{
	fx_open(&fx, manifests);
	fx_cluster(&fx, "cloud-1", "us", "c");
	fx_cluster(&fx, "edge-a", "eu", "a");
	fx_workload(&fx, "cart", HK_DEPLOYMENT);
	fx_workload(&fx, "front", HK_DEPLOYMENT);
	fx_place(&fx, "cart", "cloud-1", 2, 0.5);
	fx_place(&fx, "cart", "edge-a", 2, 0.5);
	fx_place(&fx, "front", "edge-a", 2, 1);
	fx_route(&fx, "front", "cart", 10, "edge-a", "cloud-1=20 edge-a=80");
	fx.options.mesh = mesh;
	fx.options.pin_nodes = false;
}

static void imports_name_what_others_export(void **state)
{
	(void)state;
	setup(HK_MESH_MCS);
	fx_render(&fx);
	fx_golden(&fx, "mcs.txt");
	fx_has(&fx, "clusters/edge-a/shop/serviceimport-cart-cloud-1.yaml", "type: ClusterSetIP");
	fx_has_not(&fx, "clusters/edge-a/shop/serviceimport-cart-cloud-1.yaml", "targetPort");
	fx_has_not(&fx, "clusters/cloud-1/shop/service-cart-cloud-1.yaml", "nodePort");
	assert_non_null(fx_file(&fx, "clusters/cloud-1/shop/serviceexport-cart-cloud-1.yaml"));
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/service-cart-edge-a.yaml"));
	assert_null(fx_file(&fx, "clusters/edge-a/shop/serviceexport-cart-edge-a.yaml"));     /* nobody elsewhere calls it */
	assert_null(fx_file(&fx, "clusters/cloud-1/shop/serviceimport-cart-edge-a.yaml"));
	assert_null(fx_file(&fx, "clusters/edge-a/shop/httproute-cart-80.yaml"));
	fx_close(&fx);
}

static void a_split_weights_services_of_its_own_cluster(void **state)
{
	(void)state;
	setup(HK_MESH_SMI);
	fx_render(&fx);
	fx_golden(&fx, "smi.txt");
	fx_has(&fx, "clusters/edge-a/shop/trafficsplit-cart.yaml",
	       "  backends:\n  - service: cart-cloud-1\n    weight: 20\n  - service: cart-edge-a\n    weight: 80\n");
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/service-cart-edge-a.yaml"));
	assert_null(fx_file(&fx, "clusters/cloud-1/shop/service-cart-cloud-1.yaml"));      /* the mirror is of the Service itself */
	fx_close(&fx);
}

static void kinds_of_routes_share_the_services(void **state)
{
	(void)state;
	setup(HK_MESH_GATEWAY | HK_MESH_MCS | HK_MESH_SMI);
	fx_render(&fx);
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/httproute-cart-80.yaml"));
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/trafficsplit-cart.yaml"));
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/serviceimport-cart-cloud-1.yaml"));
	assert_non_null(fx_file(&fx, "clusters/cloud-1/shop/serviceexport-cart-cloud-1.yaml"));
	fx_close(&fx);
}

/* Names at the limit stay labels, and different ones. */
static void long_names_stay_labels(void **state)
{
	static const char cloud[] = "a-cluster-whose-name-is-just-as-long-as-the-api-lets-it-be-63xxx";
	(void)state;
	setup(HK_MESH_GATEWAY);
	fx.clusters[0].name = fx.placements[0][0].cluster = fx.connections[0].routes[0].targets[0].cluster = cloud;
	fx_render(&fx);
	size_t found = 0;
	for (size_t i = 0; i < fx.tree.files.n; i++) {
		const char *name = strstr(fx.tree.files.v[i].bytes.s, "name: cart-a-cluster");
		if (!name || !strstr(fx.tree.files.v[i].path, "serviceexport-"))
			continue;
		assert_in_range(strcspn(name + 6, "\n"), 40, 63);
		found++;
	}
	assert_int_equal(found, 1);
	fx_close(&fx);
}

static void zone_nodes(struct hk_cluster *cluster, const char *name, const char *region, const char *zone)
{
	struct hk_node_group *group = fx_nodes(&fx, cluster, name, 1);
	if (region)
		fx_label(&fx, &group->labels, "topology.kubernetes.io/region", region);
	fx_label(&fx, &group->labels, "topology.kubernetes.io/zone", zone);
}

/* Envoy goes by the labels of nodes: a rule for the one zone the cluster is said to be in would miss most of its pods. */
static void a_cluster_in_several_zones_is_its_region(void **state)
{
	(void)state;
	setup(HK_MESH_ISTIO);
	zone_nodes(&fx.clusters[0], "a", "us", "us-1");
	zone_nodes(&fx.clusters[0], "b", "us", "us-2");
	zone_nodes(&fx.clusters[1], "e", NULL, "eu-z");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/shop/destinationrule-cart.yaml", "from: eu/eu-z/*\n          to:\n            eu/eu-z/*: 80\n            us/*: 20\n");
	fx_close(&fx);
}

static void zones_of_a_shared_region_are_told_apart_by_subsets(void **state)
{
	(void)state;
	setup(HK_MESH_ISTIO);
	zone_nodes(&fx.clusters[0], "a", "us", "us-1");
	zone_nodes(&fx.clusters[0], "b", "us", "us-2");
	zone_nodes(&fx.clusters[1], "e", "us", "us-3");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/shop/virtualservice-cart.yaml", "subset: cloud-1\n      weight: 20\n");
	fx_close(&fx);
	setup(HK_MESH_ISTIO);
	zone_nodes(&fx.clusters[0], "a", "us", "us-1");
	zone_nodes(&fx.clusters[0], "b", "asia", "as-1");
	fx_render(&fx);
	assert_non_null(fx_file(&fx, "clusters/edge-a/shop/virtualservice-cart.yaml"));
	fx_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imports_name_what_others_export),
		cmocka_unit_test(a_split_weights_services_of_its_own_cluster),
		cmocka_unit_test(kinds_of_routes_share_the_services),
		cmocka_unit_test(long_names_stay_labels),
		cmocka_unit_test(a_cluster_in_several_zones_is_its_region),
		cmocka_unit_test(zones_of_a_shared_region_are_told_apart_by_subsets),
	};
	return cmocka_run_group_tests_name("render/mesh", tests, NULL, NULL);
}
