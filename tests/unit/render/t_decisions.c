/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decisions for systems that spread work over clusters; what the goldens hold is also read by the schemas of these systems
 * (tests/cli/0550-render-contracts.sh).
 */
#include "fixture.h"
#include <math.h>
#include <stdio.h>

static const char manifests[] =
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: cart}}\n"
	"  template: {metadata: {labels: {app: cart}}, spec: {containers: []}}\n"
	"---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: store, namespace: shop}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: store}}\n"
	"  template: {metadata: {labels: {app: store}}, spec: {containers: []}}\n"
	"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{name: http, port: 80}]}\n";

static struct fx fx;

static void setup(const char *text, unsigned decisions)
{
	fx_open(&fx, text);
	fx_cluster(&fx, "cloud-1", "us", "c");
	fx_cluster(&fx, "edge-a", "eu", "a");
	for (size_t i = 0; i < 2; i++)
		fx_label(&fx, &fx.clusters[i].node_selector, "site", fx.clusters[i].name);
	fx_workload(&fx, "cart", HK_DEPLOYMENT);
	fx_place(&fx, "cart", "cloud-1", 3, 0.6);
	fx_place(&fx, "cart", "edge-a", 2, 0.4);
	fx.options.decisions = decisions;
}

static void add_store(void)
{
	fx_workload(&fx, "store", HK_STATEFULSET);
	fx_place(&fx, "store", "cloud-1", 0, 0);
	fx_place(&fx, "store", "edge-a", 2, 1);
}

static void every_format(void **state)
{
	struct hk_plan_resource free[] = { { "cpu", 3, 4 }, { "gpu", 0, INFINITY }, { "memory", 1, 3 } };
	struct hk_plan_cluster clusters[] = { { "cloud-1", NULL, free, 3, 0 }, { "edge-a", NULL, NULL, 0, 0 }, { "elsewhere", NULL, free, 3, 0 } };
	(void)state;
	setup(manifests, 63);
	add_store();
	fx.plan.clusters = clusters;
	fx.plan.n_clusters = 3;
	fx_label(&fx, &fx.clusters[0].labels, "hkctl.dev/cluster-profile-namespace", "fleet");
	fx_route(&fx, "cameras", "cart", 10, "edge-a", "cloud-1=60 edge-a=40");
	fx.connections[0].routes[0].targets[0].latency = 0.02;
	fx_render(&fx);
	fx_golden(&fx, "decisions.txt");
	fx_close(&fx);
}

static void karmada_divides_exactly(void **state)
{
	(void)state;
	setup(manifests, HK_DECIDE_KARMADA);
	fx_render(&fx);
	fx_has(&fx, "decisions/karmada/shop/deployment-cart.yaml", "replicas: 5\n");
	fx_has_not(&fx, "decisions/karmada/shop/deployment-cart.yaml", "affinity");
	fx_has(&fx, "decisions/karmada/shop/propagationpolicy-deployment-cart.yaml", "- cloud-1\n          weight: 3\n");
	fx_has(&fx, "decisions/karmada/shop/propagationpolicy-service-cart.yaml", "replicaSchedulingType: Duplicated\n");
	assert_null(fx_file(&fx, "decisions/karmada/shop/overridepolicy-service-cart.yaml"));
	assert_non_null(fx_file(&fx, "decisions/karmada/_cluster/namespace-shop.yaml"));
	assert_null(fx_file(&fx, "decisions/karmada/_cluster/clusterpropagationpolicy-namespace-shop.yaml"));
	fx_close(&fx);
}

/* Without a number the hub's API server would put 1, and all clusters but one would get none to scale. */
static void autoscaled_templates_have_replicas(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)state;
	hk_buf_addf(&text, "%s---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: cart, namespace: shop}\n"
		    "spec: {scaleTargetRef: {kind: Deployment, name: cart}, minReplicas: 5, maxReplicas: 10}\n", manifests);
	setup(text.s, HK_DECIDE_KARMADA | HK_DECIDE_KUBEFED);
	fx_render(&fx);
	fx_has_not(&fx, "clusters/edge-a/shop/deployment-cart.yaml", "replicas:");
	fx_has(&fx, "decisions/karmada/shop/deployment-cart.yaml", "replicas: 5\n");
	fx_has(&fx, "decisions/karmada/shop/deployment-cart.yaml", "resourcetemplate.karmada.io/retain-replicas: \"true\"");
	fx_has_not(&fx, "decisions/karmada/shop/overridepolicy-deployment-cart.yaml", "replicas");
	fx_has_not(&fx, "decisions/karmada/shop/overridepolicy-deployment-cart.yaml", "/metadata");
	fx_has(&fx, "decisions/karmada/shop/overridepolicy-horizontalpodautoscaler-cart.yaml",
	       "path: /spec/maxReplicas\n        operator: replace\n        value: 4\n");
	assert_null(fx_file(&fx, "decisions/kubefed/shop/replicaschedulingpreference-cart.yaml"));
	assert_int_equal(fx_count(&fx, HK0941), 1);
	fx_close(&fx);
	/* in one cluster alone, too */
	setup(text.s, HK_DECIDE_KARMADA);
	fx.placements[0][1].replicas = 0;
	fx_render(&fx);
	fx_has(&fx, "decisions/karmada/shop/deployment-cart.yaml", "replicas: 3\n");
	fx_close(&fx);
}

static void clusters_without_replicas_are_not_named(void **state)
{
	(void)state;
	setup(manifests, 63);
	add_store();
	fx_render(&fx);
	fx_has(&fx, "decisions/karmada/shop/propagationpolicy-statefulset-store.yaml", "clusterNames:\n      - edge-a\n");
	fx_has_not(&fx, "decisions/karmada/shop/propagationpolicy-statefulset-store.yaml", "cloud-1");
	fx_has_not(&fx, "decisions/ocm/shop/placementdecision-shop-store-decision-1.yaml", "cloud-1");
	fx_has_not(&fx, "decisions/kep5313/shop/placementdecision-shop-store-0.yaml", "cloud-1");
	fx_close(&fx);
}

static void a_long_name_is_told_to_karmada(void **state)
{
	static const char edge[] = "edge-site-whose-name-is-longer-than-forty-eight-bytes";
	(void)state;
	setup(manifests, HK_DECIDE_KARMADA);
	fx.clusters[1].name = fx.placements[0][1].cluster = edge;
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0940), 1);
	fx_close(&fx);
}

/* More than 100 clusters: slices that share their key, each within its limit. */
static void long_decisions_are_sliced(void **state)
{
	enum { MANY = 230 };
	static struct hk_cluster clusters[MANY];
	static struct hk_plan_placement placements[MANY];
	static char names[MANY][16], outputs[MANY][32];
	size_t listed = 0;
	(void)state;
	setup(manifests, HK_DECIDE_OCM | HK_DECIDE_KEP5313);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "site-%03zu", i);
		snprintf(outputs[i], sizeof outputs[i], "clusters/site-%03zu", i);
		clusters[i] = (struct hk_cluster){ .name = names[i], .output = outputs[i] };
		placements[i] = (struct hk_plan_placement){ .cluster = names[i], .replicas = 1, .load = 1.0 / MANY };
	}
	fx.model.clusters = clusters;
	fx.model.n_clusters = MANY;
	fx.planned_workloads[0].placements = placements;
	fx.planned_workloads[0].n_placements = MANY;
	fx_render(&fx);
	for (int slice = 0; slice < 3; slice++) {
		char ocm[96], kep[96];
		size_t here = 0;
		snprintf(ocm, sizeof ocm, "decisions/ocm/shop/placementdecision-shop-cart-decision-%d.yaml", slice + 1);
		snprintf(kep, sizeof kep, "decisions/kep5313/shop/placementdecision-shop-cart-%d.yaml", slice);
		fx_has(&fx, ocm, "cluster.open-cluster-management.io/placement: shop-cart\n");
		fx_has(&fx, kep, "decision-key: shop-cart\n");
		for (const char *at = fx_file(&fx, ocm); (at = strstr(at, "clusterName:")); at++)
			here++;
		assert_int_equal(here, slice < 2 ? 100 : 30);
		listed += here;
	}
	assert_int_equal(listed, MANY);
	assert_null(fx_file(&fx, "decisions/ocm/shop/placementdecision-shop-cart-decision-4.yaml"));
	fx_has(&fx, "decisions/ocm/shop/placement-shop-cart.yaml", "numberOfClusters: 230\n");
	fx_close(&fx);
}

/* Workloads whose pods share no label key are named one by one. */
static void the_descheduler_sees_only_our_pods(void **state)
{
	(void)state;
	setup(manifests, HK_DECIDE_DESCHEDULER);
	add_store();
	fx.workloads[1].manifest.pod_labels.v[0].key = "role";
	fx_render(&fx);
	fx_has(&fx, "decisions/descheduler/edge-a/policy.yaml", "- name: hkctl-shop-");
	fx_has(&fx, "decisions/descheduler/edge-a/policy.yaml", "matchLabels:\n          role: store\n");
	fx_has(&fx, "decisions/descheduler/cloud-1/policy.yaml", "- name: hkctl-shop\n");
	fx_has_not(&fx, "decisions/descheduler/cloud-1/policy.yaml", "store");
	fx_has_not(&fx, "decisions/descheduler/cloud-1/policy.yaml", "metadata");
	fx_close(&fx);
}

static void folders_in_the_way_are_refused(void **state)
{
	(void)state;
	setup(manifests, HK_DECIDE_OCM);
	fx.clusters[0].output = "decisions/x";
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0904), 1);
	fx_close(&fx);
	setup(manifests, HK_DECIDE_NONE);
	fx.clusters[0].output = "decisions/x";
	fx_render(&fx);
	fx_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format),
		cmocka_unit_test(karmada_divides_exactly),
		cmocka_unit_test(autoscaled_templates_have_replicas),
		cmocka_unit_test(clusters_without_replicas_are_not_named),
		cmocka_unit_test(a_long_name_is_told_to_karmada),
		cmocka_unit_test(long_decisions_are_sliced),
		cmocka_unit_test(the_descheduler_sees_only_our_pods),
		cmocka_unit_test(folders_in_the_way_are_refused),
	};
	return cmocka_run_group_tests_name("render/decisions", tests, NULL, NULL);
}
