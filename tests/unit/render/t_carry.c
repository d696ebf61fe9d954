/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where everything goes: folders, the other objects of a manifest file, lists, collisions, names that would escape. */
#include "fixture.h"

#define WORKLOAD(name) "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " name "}\nspec: {replicas: 1, selector: {}, template: {spec: {}}}\n"
static struct fx fx;

static void setup(const char *manifests)
{
	fx_open(&fx, manifests);
	fx_cluster(&fx, "edge-a", "us", "a");
	fx_cluster(&fx, "edge-b", "us", "b");
	fx_workload(&fx, "api", HK_DEPLOYMENT);
	fx_workload(&fx, "web", HK_DEPLOYMENT);
	fx_place(&fx, "api", "edge-a", 1, 1);
	fx_place(&fx, "web", "edge-b", 1, 1);
}

static bool there(const char *path)
{
	return fx_file(&fx, path) != NULL;
}

static void selecting_objects_follow_their_pods(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("web")
	      "---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}}\n"
	      "---\napiVersion: v1\nkind: Service\nmetadata: {name: none}\nspec: {externalName: x, type: ExternalName}\n"
	      "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {selector: {matchExpressions: [{key: app, operator: In, values: [web, other]}]}}\n"
	      "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\nspec: {podSelector: {}}\n"
	      "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n"
	      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \"system:reader\"}\n");
	fx_render(&fx);
	assert_true(there("clusters/edge-a/default/service-api.yaml"));
	assert_false(there("clusters/edge-b/default/service-api.yaml"));
	assert_true(there("clusters/edge-b/default/poddisruptionbudget-web.yaml"));
	assert_false(there("clusters/edge-a/default/poddisruptionbudget-web.yaml"));
	static const char *const both[] = { "default/service-none", "default/networkpolicy-all", "default/serviceaccount-sa",
					    "_cluster/clusterrole-system_reader" };
	for (size_t i = 0; i < HK_COUNT(both); i++) {
		HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
		hk_buf_addf(&path, "clusters/edge-a/%s.yaml", both[i]);
		assert_true(there(path.s));
		path.s[strlen("clusters/edge-")] = 'b';
		assert_true(there(path.s));
	}
	assert_int_equal(fx.tree.files.n, 12);
	fx_close(&fx);
}

static void carried_bytes_are_untouched(void **state)
{
	static const char text[] = "# head\napiVersion:   v1\r\nkind: ConfigMap   # odd\nmetadata: {name: x, namespace: other}\ndata:\n    a: |\n      b\n\n      c\n# foot\n";
	HK_AUTO_BUF struct hk_buf all = HK_BUF_INIT;
	(void)state;
	hk_buf_addf(&all, "%s---\n%s---\n%s", WORKLOAD("api"), text, WORKLOAD("web"));
	setup(all.s);
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/other/configmap-x.yaml", text);
	assert_int_equal(strlen(fx_file(&fx, "clusters/edge-a/other/configmap-x.yaml")), strlen(text) + strlen("---\n"));
	fx_close(&fx);
}

static void zero_replicas_leave_the_file_out(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("web"));
	fx_place(&fx, "api", "edge-b", 0, 0);
	fx_render(&fx);
	assert_int_equal(fx.tree.files.n, 2);
	fx_close(&fx);
}

static void lists_are_split(void **state)
{
	(void)state;
	setup("apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: api\n  spec:\n    replicas: 5\n    selector: {}\n    template:\n      spec:\n"
	      "        containers:\n        - args:\n          - |\n            two\n\n              lines\n"
	      "-   apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: x}\n    data: {a: \"one\n      two\"}\n- " "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1,\n"
	      "  selector: {}, template: {spec: {}}}}\n");
	fx_render(&fx);
	fx_golden(&fx, "list.txt");
	fx_close(&fx);
}

/* Comments above a member, behind its last value and below it are the member's; those above the key behind the list are nobody's. */
static void members_of_lists_keep_their_comments(void **state)
{
	(void)state;
	setup("kind: List\nitems: # all of it\n\n# the api\n\n  # of the shop\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: api}\n  # how many\n"
	      "  spec: {replicas: 5, selector: {}, template: {spec: {}}} # five\n\n  # below the api\n# the web\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec:\n"
	      "    selector: {}\n    template:\n      spec:\n        containers:\n        - args:\n          - |\n            # no comment\n        # one\n# below the list\napiVersion: v1\n");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/deployment-api.yaml", "# the api\n\n# of the shop\napiVersion: apps/v1\n");
	fx_has(&fx, "clusters/edge-a/default/deployment-api.yaml",
	       "# how many\nspec: {replicas: 1, selector: {}, template: {spec: {}}} # five\n\n# below the api\n");
	fx_has(&fx, "clusters/edge-b/default/deployment-web.yaml", "# the web\napiVersion: apps/v1\n");
	fx_has(&fx, "clusters/edge-b/default/deployment-web.yaml", "          # no comment\n");
	fx_has(&fx, "clusters/edge-b/default/deployment-web.yaml", "\n      # one\n");
	fx_close(&fx);
}

static void lists_of_one_kind_are_split_too(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: DeploymentList\nitems:\n# mine\n- metadata: {name: api}\n  spec: {replicas: 5, selector: {}, template: {spec: {}}}\n"
	      "- {metadata: {name: web}, spec: {selector: {}, template: {spec: {}}}}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscalerList\nitems:\n"
	      "- metadata: {name: web}\n  spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 5}\n");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/deployment-api.yaml", "# mine\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {replicas: 1,");
	fx_has(&fx, "clusters/edge-b/default/deployment-web.yaml",
	       "---\n{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", metadata: {name: web}, spec: {selector: {}, template:");
	fx_has(&fx, "clusters/edge-b/default/horizontalpodautoscaler-web.yaml",
	       "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n");
	fx_close(&fx);
}

static void members_with_foreign_anchors_are_refused(void **state)
{
	(void)state;
	setup("kind: List\nx: &l {a: b}\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: x, labels: *l}\n- " "{apiVersion: v1, kind: ConfigMap, metadata: {name: y}}\n");
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0921), 1);
	fx_close(&fx);
}

static void json_is_yaml(void **state)
{
	(void)state;
	setup("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"api\"}, \"spec\": {\"replicas\": 3, "
	      "\"selector\": {}, \"template\": {\"spec\": {}}}},\n {\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"web\"}, \"spec\": {\"selector\": {}, "
	      "\"template\": {\"spec\": {}}}}]}\n");
	fx_render(&fx);
	fx_has(&fx, "clusters/edge-a/default/deployment-api.yaml", "\"replicas\": 1,");
	fx_close(&fx);
}

static void namespaces_come_from_object_or_pipeline(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: b}\nspec: {replicas: 1, selector: {}, template: {spec: {}}}\n");
	fx.pipeline.name_space = "retail";
	fx_render(&fx);
	assert_true(there("clusters/edge-a/retail/deployment-api.yaml"));
	assert_true(there("clusters/edge-b/b/deployment-web.yaml"));
	fx_close(&fx);
}

static void strangers_are_carried_and_told(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("loadgen") "---\n" WORKLOAD("web"));
	fx_render(&fx);
	assert_true(there("clusters/edge-a/default/deployment-loadgen.yaml"));
	assert_true(there("clusters/edge-b/default/deployment-loadgen.yaml"));
	assert_int_equal(fx_count(&fx, HK0908), 1);
	fx_close(&fx);
}

static void collisions_are_refused(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {}\n");
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0904), 2);
	fx_close(&fx);
	setup(WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n");
	fx_render(&fx);          /* the same bytes twice are one file */
	assert_int_equal(fx.tree.files.n, 4);
	fx_close(&fx);
}

static void copies_collide_with_strangers(void **state)
{
	(void)state;
	fx_open(&fx, "apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec: {}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: api-1}\nspec: {}\n");
	fx_cluster(&fx, "edge-a", "us", "a");
	fx_workload(&fx, "api", HK_POD);
	fx_place(&fx, "api", "edge-a", 2, 1);
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0904), 1);
	fx_close(&fx);
}

static void escapes_are_refused(void **state)
{
	static const char *const outputs[] = { "../x", "/etc", "a/../../b", "", ".", "a\nb" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(outputs); i++) {
		setup(WORKLOAD("api") "---\n" WORKLOAD("web"));
		fx.clusters[0].output = outputs[i];
		fx_render_fails(&fx, HK_INVALID);
		assert_int_equal(fx_count(&fx, HK0903), 1);
		fx_close(&fx);
	}
	setup(WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Secret\nmetadata: {name: ../../x}\n");
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0903), 1);
	fx_close(&fx);
	setup(WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ..}\n");
	hk_diags_disable(&fx.diags, HK0903);         /* silenced, still refused */
	fx_render_fails(&fx, HK_INVALID);
	fx_close(&fx);
}

static void two_clusters_one_folder_is_refused(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("web"));
	fx.clusters[1].output = "clusters/x/../edge-a/";
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0904), 1);
	fx_close(&fx);
}

static void stale_plans_are_refused(void **state)
{
	(void)state;
	setup(WORKLOAD("api"));
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0902), 1);
	fx_close(&fx);
	setup(WORKLOAD("api") "---\n" WORKLOAD("web"));
	fx.planned_workloads[1].name = "webb";
	fx.placements[0][0].cluster = "edge-z";
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0901), 2);
	fx_close(&fx);
}

static void one_object_cannot_be_two_workloads(void **state)
{
	(void)state;
	setup(WORKLOAD("api"));
	fx.workloads[1].manifest.name = "api";
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0919), 1);
	fx_close(&fx);
}

static void a_port_is_a_whole_number(void **state)
{
	static const char *const ports[] = { "1e999", "0", "65536", "-1", "eighty", "80.5", "[80]" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(ports); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, ports: [{port: %s}]}\n",
			    ports[i]);
		setup(text.s);
		fx_render_fails(&fx, HK_INVALID);
		assert_int_equal(fx_count(&fx, HK0934), 1);
		fx_close(&fx);
	}
}

static void documents_that_are_no_objects_are_told(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\n- a\n- b\n---\nkind: ConfigMap\n---\n" WORKLOAD("web"));
	fx_render(&fx);
	assert_int_equal(fx_count(&fx, HK0917), 2);
	assert_int_equal(fx.tree.files.n, 2);
	fx_close(&fx);
}

static void broken_manifests_stop_everything(void **state)
{
	(void)state;
	setup(WORKLOAD("api") "---\na: [\n");
	fx_render_fails(&fx, HK_INVALID);
	fx_close(&fx);
	setup(WORKLOAD("api") "---\n" WORKLOAD("web"));
	fx.workloads[0].manifest.file = "/nonexistent/app.yaml";
	fx_render_fails(&fx, HK_INVALID);
	fx_close(&fx);
}

static int stop_at_second(void *closure, const struct hk_render_file *file, struct hk_err *err)
{
	(void)file;
	return ++*(int *)closure == 2 ? hk_err_set(err, HK_FAILED, "enough") : 0;
}

static void the_sink_can_stop(void **state)
{
	int count = 0;
	(void)state;
	setup(WORKLOAD("api") "---\n" WORKLOAD("web") "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n");
	assert_int_equal(hk_render(&fx.model, &fx.plan, &fx.options, stop_at_second, &count, &fx.diags, &fx.err), -1);
	assert_int_equal(count, 2);
	fx_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selecting_objects_follow_their_pods),
		cmocka_unit_test(carried_bytes_are_untouched),
		cmocka_unit_test(zero_replicas_leave_the_file_out),
		cmocka_unit_test(lists_are_split),
		cmocka_unit_test(members_of_lists_keep_their_comments), cmocka_unit_test(lists_of_one_kind_are_split_too),
		cmocka_unit_test(members_with_foreign_anchors_are_refused), cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(namespaces_come_from_object_or_pipeline),
		cmocka_unit_test(strangers_are_carried_and_told),
		cmocka_unit_test(collisions_are_refused),
		cmocka_unit_test(copies_collide_with_strangers),
		cmocka_unit_test(escapes_are_refused),
		cmocka_unit_test(two_clusters_one_folder_is_refused),
		cmocka_unit_test(stale_plans_are_refused),
		cmocka_unit_test(one_object_cannot_be_two_workloads),
		cmocka_unit_test(a_port_is_a_whole_number), cmocka_unit_test(documents_that_are_no_objects_are_told),
		cmocka_unit_test(broken_manifests_stop_everything),
		cmocka_unit_test(the_sink_can_stop),
	};
	return cmocka_run_group_tests_name("render/carry", tests, NULL, NULL);
}
