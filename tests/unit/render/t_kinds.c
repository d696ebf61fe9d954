/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each workload kind but Deployments gets. */
#include "fixture.h"
#include <stdio.h>

#define SPEC "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: []\n"
static struct fx fx;

static void setup(const char *manifests, enum hk_manifest_kind kind, uint32_t a, uint32_t b)
{
	fx_open(&fx, manifests);
	fx_label(&fx, &fx_cluster(&fx, "edge-a", "us", "a")->node_selector, "pool", "a");
	fx_cluster(&fx, "edge-b", "us", "b");
	fx_workload(&fx, "web", kind);
	if (a > 0)
		fx_place(&fx, "web", "edge-a", a, 0.7);
	if (b > 0)
		fx_place(&fx, "web", "edge-b", b, 0.3);
}

static void ordinals_are_unique_over_clusters(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  serviceName: web\n  replicas: 1\n" SPEC, HK_STATEFULSET, 3, 2);
	fx_render(&fx);
	fx_golden(&fx, "statefulset.txt");
	fx_has(&fx, "clusters/edge-b/default/statefulset-web.yaml", "ordinals:\n    start: 3\n");
	fx_has_not(&fx, "clusters/edge-a/default/statefulset-web.yaml", "ordinals");
	fx_close(&fx);
}

static void own_first_ordinal_is_the_base(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  ordinals: {start: 10}\n  replicas: 1\n" SPEC, HK_STATEFULSET, 3, 2);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/statefulset-web.yaml", "ordinals: {start: 10}");
	fx_has(&fx, "clusters/edge-b/default/statefulset-web.yaml", "ordinals: {start: 13}");
	fx_close(&fx);
}

static void moving_claims_are_told(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  volumeClaimTemplates: [{metadata: {name: data}}]\n" SPEC, HK_STATEFULSET,
	      3, 2);
	fx.placements[0][0].previous = 5;
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0915), 1);
	fx_close(&fx);
}

static void daemon_sets_get_nodes_only(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\nspec:\n" SPEC, HK_DAEMONSET, 2, 0);
	fx_nodes(&fx, &fx.clusters[0], "n1", 1);
	fx_nodes(&fx, &fx.clusters[0], "n2", 1);
	fx_nodes(&fx, &fx.clusters[0], "n3", 1);
	fx_on_node(&fx, &fx.placements[0][0], "n1", "n1", 1);
	fx_on_node(&fx, &fx.placements[0][0], "n3", "n3", 1);
	fx_render(&fx);
	const char *path = "clusters/edge-a/default/daemonset-web.yaml";
	fx_has_not(&fx, path, "replicas");
	fx_has_not(&fx, path, "topologySpread");
	fx_has(&fx, path, "- n1\n");
	fx_has(&fx, path, "- n3\n");
	fx_has_not(&fx, path, "- n2\n");
	fx_close(&fx);
}

static void jobs_get_parallelism(void **state)
{
	(void)state;
	setup("apiVersion: batch/v1\nkind: Job\nmetadata: {name: web}\nspec:\n  completions: 10\n  template: {spec: {restartPolicy: Never}}\n", HK_JOB, 3, 2);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/job-web.yaml", "completions: 10\n");
	fx_has(&fx, "clusters/edge-a/default/job-web.yaml", "  parallelism: 3\n");
	fx_has(&fx, "clusters/edge-b/default/job-web.yaml", "  parallelism: 2\n");
	assert_int_equal(fx_count(&fx, HK0914), 1);
	fx_close(&fx);
}

static void cron_jobs_are_edited_in_their_template(void **state)
{
	(void)state;
	setup("apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec:\n  schedule: '* * * * *'\n  jobTemplate:\n    spec:\n      parallelism: 1\n      template:\n        spec:\n"
	      "          restartPolicy: Never\n", HK_CRONJOB, 3, 0);
	fx_render(&fx);
	fx_golden(&fx, "cronjob.txt");
	fx_close(&fx);
}

static void pods_are_numbered_copies(void **state)
{
	(void)state;
	setup("apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  containers: []\n", HK_POD, 1, 2);
	fx_render(&fx);
	assert_int_equal(fx.tree.files.n, 3);
	fx_has(&fx, "clusters/edge-a/default/pod-web.yaml", "name: web,");
	fx_has(&fx, "clusters/edge-a/default/pod-web.yaml", "- key: pool");
	fx_has(&fx, "clusters/edge-b/default/pod-web-1.yaml", "name: web-1,");
	fx_has(&fx, "clusters/edge-b/default/pod-web-2.yaml", "name: web-2,");
	fx_close(&fx);
}

static void pinned_pods_get_a_node_each(void **state)
{
	(void)state;
	setup("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: []\n", HK_POD, 3, 0);
	fx_nodes(&fx, &fx.clusters[0], "n1", 1);
	fx_nodes(&fx, &fx.clusters[0], "n2", 1);
	fx_on_node(&fx, &fx.placements[0][0], "n1", "n1", 2);
	fx_on_node(&fx, &fx.placements[0][0], "n2", "n2", 1);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/pod-web-1.yaml", "- n1\n");
	fx_has(&fx, "clusters/edge-a/default/pod-web-2.yaml", "- n1\n");
	fx_has(&fx, "clusters/edge-a/default/pod-web-3.yaml", "- n2\n");
	fx_close(&fx);
}

#define MACHINE "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: web}\nspec:\n  runStrategy: Always\n  template:\n    spec:\n      evictionStrategy: %s\n" \
		"      domain: {}\n      volumes: [{name: root, persistentVolumeClaim: {claimName: x}}]\n"

static void machine(const char *eviction, uint32_t replicas)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, MACHINE, eviction);
	setup(text.s, HK_VIRTUAL_MACHINE, replicas, 0);
	fx_nodes(&fx, &fx.clusters[0], "n1", 1);
	fx_nodes(&fx, &fx.clusters[0], "n2", 1);
	fx_on_node(&fx, &fx.placements[0][0], "n2", "n2", replicas);
	fx_render(&fx);
}

static void machines_are_objects_of_their_own(void **state)
{
	(void)state;
	machine("None", 2);
	fx_golden(&fx, "virtualmachine.txt");
	assert_int_equal(fx_count(&fx, HK0916), 1);
	fx_close(&fx);
}

static void machines_that_migrate_are_not_pinned(void **state)
{
	(void)state;
	machine("LiveMigrate", 1);
	fx_has_not(&fx, "clusters/edge-a/default/virtualmachine-web.yaml", "- n2");
	fx_has(&fx, "clusters/edge-a/default/virtualmachine-web.yaml", "key: pool");
	assert_int_equal(fx_count(&fx, HK0909), 1);
	assert_int_equal(fx_count(&fx, HK0916), 0);
	fx_close(&fx);
}

static void absurd_counts_are_refused(void **state)
{
	(void)state;
	setup("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: []\n", HK_POD, 4000000000u, 0);
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0923), 1);
	fx_close(&fx);
}

#define SCALED "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n" SPEC "---\n"

static void autoscalers_own_replicas(void **state)
{
	(void)state;
	setup(SCALED "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
	      "  minReplicas: 4 # by hand\n  maxReplicas: 10\n", HK_DEPLOYMENT, 7, 3);
	fx_render(&fx);
	fx_golden(&fx, "autoscaler.txt");
	assert_int_equal(fx_count(&fx, HK0906), 1);
	fx_has_not(&fx, "clusters/edge-a/default/deployment-web.yaml", "replicas");
	fx_close(&fx);
}

static void autoscaled_replicas_are_left_out(void **state)
{
	static const char spec[] = "metadata: {name: web}\nspec:\n  # how many\n  replicas: 3 # set by hand\n  paused: false\n" SPEC "---\n";
	char text[1024];
	(void)state;
	snprintf(text, sizeof text,
		 "apiVersion: apps/v1\nkind: Deployment\n%sapiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
		 "spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 10}\n", spec);
	setup(text, HK_DEPLOYMENT, 7, 3);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-b/default/deployment-web.yaml", "spec:\n  # how many\n  paused: false\n");
	fx_has_not(&fx, "clusters/edge-a/default/deployment-web.yaml", "replicas");
	fx_close(&fx);
}

/* Autoscalers are looked for by the text of one key; one that cannot be seen that way must not slip through. */
static void hidden_autoscalers_are_refused(void **state)
{
	(void)state;
	setup(SCALED "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {\"scale\\x54argetRef\": {kind: Deployment, name: web}, maxReplicas: 10}\n",
	      HK_DEPLOYMENT, 7, 3);
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0918), 1);
	fx_close(&fx);
}

static void autoscalers_come_first_or_last_or_in_lists(void **state)
{
	static const char scaler[] = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 9}}";
	(void)state;
	for (int first = 0; first < 2; first++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		if (first)
			hk_buf_addf(&text, "kind: List\nitems:\n- %s\n---\n%s", scaler, SCALED "{}\n");
		else
			hk_buf_addf(&text, "%s%s\n", SCALED, scaler);
		setup(text.s, HK_DEPLOYMENT, 6, 3);
		fx_render(&fx);
		fx_has_not(&fx, "clusters/edge-b/default/deployment-web.yaml", "replicas");
		fx_has(&fx, "clusters/edge-b/default/horizontalpodautoscaler-web.yaml", "maxReplicas: 3");
		fx_close(&fx);
	}
}

static void autoscaled_workloads_are_not_sharded(void **state)
{
	(void)state;
	setup(SCALED "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {name: web}\n  minReplicaCount: 0\n  maxReplicaCount: 8\n",
	      HK_DEPLOYMENT, 4, 3);
	fx_nodes(&fx, &fx.clusters[0], "n1", 1);
	fx_nodes(&fx, &fx.clusters[0], "n2", 1);
	fx_nodes(&fx, &fx.clusters[0], "n3", 1);
	fx_on_node(&fx, &fx.placements[0][0], "n1", "n1", 3);
	fx_on_node(&fx, &fx.placements[0][0], "n2", "n2", 1);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/scaledobject-web.yaml", "maxReplicaCount: 6\n");     /* 8 * 0.7 = 5.6, 8 * 0.3 = 2.4 */
	fx_has(&fx, "clusters/edge-b/default/scaledobject-web.yaml", "maxReplicaCount: 2\n");
	fx_has(&fx, "clusters/edge-a/default/scaledobject-web.yaml", "minReplicaCount: 0\n");
	fx_has(&fx, "clusters/edge-a/default/deployment-web.yaml", "- n1\n");
	fx_has_not(&fx, "clusters/edge-a/default/deployment-web.yaml", "shard");
	assert_int_equal(fx_count(&fx, HK0907), 1);
	fx_close(&fx);
}

static void ordinals_leave_room_for_autoscalers(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n" SPEC "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
	      "  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: web}\n  maxReplicas: 100\n", HK_STATEFULSET, 2, 2);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-b/default/statefulset-web.yaml", "start: 70\n");
	fx_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinals_are_unique_over_clusters),
		cmocka_unit_test(own_first_ordinal_is_the_base),
		cmocka_unit_test(moving_claims_are_told),
		cmocka_unit_test(daemon_sets_get_nodes_only),
		cmocka_unit_test(jobs_get_parallelism),
		cmocka_unit_test(cron_jobs_are_edited_in_their_template),
		cmocka_unit_test(pods_are_numbered_copies),
		cmocka_unit_test(pinned_pods_get_a_node_each),
		cmocka_unit_test(machines_are_objects_of_their_own),
		cmocka_unit_test(machines_that_migrate_are_not_pinned),
		cmocka_unit_test(absurd_counts_are_refused),
		cmocka_unit_test(autoscalers_own_replicas),
		cmocka_unit_test(autoscaled_replicas_are_left_out),
		cmocka_unit_test(hidden_autoscalers_are_refused),
		cmocka_unit_test(autoscalers_come_first_or_last_or_in_lists),
		cmocka_unit_test(autoscaled_workloads_are_not_sharded),
		cmocka_unit_test(ordinals_leave_room_for_autoscalers),
	};
	return cmocka_run_group_tests_name("render/kinds", tests, NULL, NULL);
}
