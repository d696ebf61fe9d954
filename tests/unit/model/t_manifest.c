/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests, node lists and pod lists are files, so these tests write some into a directory of their own. */
#include "model_of.h"
#include "base/buf.h"
#include "base/file.h"
#include <math.h>
#include <unistd.h>

static char directory[] = "/tmp/hk-t-manifest-XXXXXX";
static const char *const files[] = { "app.yaml", "nodes.json", "pods.json", "model.yaml", "other.yaml" };

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int remove_directory(void **state)
{
	(void)state;
	for (size_t i = 0; i < HK_COUNT(files); i++)
		unlink(path_of(files[i]));
	return rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (hk_file_write(path_of(name), text, strlen(text), &err))
		fail_msg("%s", err.message);
}

#define APP "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: decode, namespace: retail}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: decode}}\n  template:\n" \
	    "    metadata: {labels: {app: decode, tier: x}}\n    spec:\n"

static struct loaded *with_app(const char *app, const char *workload)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	write_file("app.yaml", app);
	hk_buf_addf(&text, "%sapiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p, namespace: retail}\nspec:\n  inputs: [{name: i, cluster: c, rate: 1/s}]\n"
		    "  workloads:\n  - {name: decode, %s}\n  connections: [{from: i, to: decode}]\n", TOPOLOGY("  clusters: [{name: c}]\n"), workload);
	return model_of_at(path_of("model.yaml"), text.s);
}

static double request_of(const struct loaded *l, const char *resource)
{
	return l->model.pipelines[0].workloads[0].request[hk_model_resource(&l->model, resource)];
}

static void a_deployment_is_read(void **state)
{
	struct loaded *l = with_app(APP
		"      nodeSelector: {gpu: 'true'}\n"
		"      tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}, {operator: Exists}]\n"
		"      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [\n"
		"        {matchExpressions: [{key: a, operator: Gt, values: ['5']}], matchFields: [{key: metadata.name, operator: In, values: [n1]}]}, {matchExpressions: [{key: b, operator: Exists}]}]}}}\n"
		"      containers:\n"
		"      - {name: a, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 2, ephemeral-storage: 1Gi}}}\n"
		"      - {name: b, resources: {limits: {cpu: '1', nvidia.com/gpu: 1}}}\n"
		"      overhead: {memory: 64Mi}\n",
		"manifest: {file: app.yaml}");
	const struct hk_workload *w = &l->model.pipelines[0].workloads[0];
	(void)state;

	expect_one(l, HK0417, "cluster 'c' lists no nodes");
	assert_int_equal(l->diags.errors + l->diags.warnings, 0);
	assert_true(request_of(l, "cpu") == 1.5 && request_of(l, "memory") == 1073741824.0 + 67108864 && request_of(l, "nvidia.com/gpu") == 1 &&
		    request_of(l, "ephemeral-storage") == 1073741824.0);
	assert_int_equal(w->manifest.kind, HK_DEPLOYMENT);
	assert_string_equal(w->manifest.name, "decode");
	assert_string_equal(w->manifest.name_space, "retail");
	assert_string_equal(w->manifest.file, path_of("app.yaml"));
	assert_int_equal(w->manifest.replicas, 3);
	assert_string_equal(hk_labels_get(&w->manifest.pod_labels, "tier"), "x");
	assert_string_equal(hk_labels_get(&w->features, "gpu"), "true");
	assert_true(w->n_node_terms == 2 && w->node_terms[0].n_terms == 2 && w->node_terms[0].terms[0].op == HK_OP_GREATER);
	assert_true(w->n_tolerations == 2 && w->tolerations[0].exists && w->tolerations[0].effect == HK_NO_SCHEDULE && w->tolerations[1].effect == -1);
	assert_int_equal(l->workspace.n_inputs, 2);
	assert_string_equal(l->workspace.inputs[0]->path, path_of("app.yaml"));
	assert_int_equal(strlen(hk_input_digest(l->workspace.inputs[0])), 64);
	loaded_free(l);
}

/* The example of KEP-753: sidecars count with every init container that starts after them. */
static void init_containers_and_sidecars(void **state)
{
	struct loaded *l = with_app(APP
		"      initContainers:\n"
		"      - {name: i1, resources: {requests: {cpu: 4}}}\n"
		"      - {name: s1, restartPolicy: Always, resources: {requests: {cpu: 1}}}\n"
		"      - {name: i2, resources: {requests: {cpu: 5}}}\n"
		"      - {name: s2, restartPolicy: Always, resources: {requests: {memory: 1Gi}}}\n"
		"      containers: [{name: a, resources: {requests: {cpu: 2, memory: 1Gi}}}]\n",
		"manifest: {file: app.yaml}");
	(void)state;

	expect_clean(l);
	assert_true(request_of(l, "cpu") == 6 && request_of(l, "memory") == 2147483648.0);
	loaded_free(l);
}

static void own_requests_win(void **state)
{
	struct loaded *l = with_app(APP "      containers: [{name: a, resources: {requests: {cpu: 2, memory: 1Gi}}}]\n",
				    "manifest: {file: app.yaml}, requests: {cpu: 7}");
	(void)state;

	expect_clean(l);
	assert_true(request_of(l, "cpu") == 7 && request_of(l, "memory") == 0);
	loaded_free(l);
}

static void a_machine_and_a_list(void **state)
{
	struct loaded *l = with_app("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: decode}}\n"
				    "- apiVersion: kubevirt.io/v1\n  kind: VirtualMachine\n  metadata: {name: decode}\n  spec:\n    template:\n      metadata: {labels: {vm: decode}}\n"
				    "      spec: {domain: {cpu: {cores: 2, sockets: 2}, memory: {guest: 2Gi}}}\n",
				    "manifest: {file: app.yaml, kind: VirtualMachine, name: decode}");
	(void)state;

	expect_clean(l);
	assert_true(request_of(l, "cpu") == 4 && request_of(l, "memory") == 2147483648.0);
	assert_int_equal(l->model.pipelines[0].workloads[0].manifest.kind, HK_VIRTUAL_MACHINE);
	loaded_free(l);
}

#define SMALL(name, more) "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " name "}\nspec: {template: {metadata: {labels: {app: " name "}}, spec: {" more "}}}\n---\n"
#define PORT(line) "containers: [{resources: {requests: {cpu: 1}}, ports: [{" line "}]}]"

static void pods_that_cannot_share_a_node_are_apart(void **state)
{
	const struct hk_pipeline *p;
	struct loaded *l;
	(void)state;

	write_file("app.yaml", SMALL("a", PORT("containerPort: 80, hostPort: 8080")) SMALL("b", "hostNetwork: true, " PORT("containerPort: 8080"))
		   SMALL("c", PORT("containerPort: 8080, hostPort: 8080, protocol: UDP")) SMALL("d", PORT("containerPort: 8080"))
		   SMALL("e", PORT("containerPort: 1") ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, "
			 "labelSelector: {matchExpressions: [{key: app, operator: In, values: [d, e]}]}}, {topologyKey: zone, labelSelector: {matchLabels: {app: a}}}]}}"));
	l = model_of_at(path_of("model.yaml"), TOPOLOGY("  clusters: [{name: c}]\n")
			PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n"
				 "  workloads: [{name: a, manifest: {file: app.yaml}, placement: {apart: [{with: d, required: false}]}}, {name: b, manifest: {file: app.yaml}}, "
				 "{name: c, manifest: {file: app.yaml}}, {name: d, manifest: {file: app.yaml}}, {name: e, manifest: {file: app.yaml}}]\n"
				 "  connections: [{from: i, to: a}, {from: i, to: b}, {from: i, to: c}, {from: i, to: d}, {from: i, to: e}]\n"));
	expect_clean(l);
	p = l->model.pipelines;
	assert_int_equal(p->workloads[0].n_apart, 3);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(p->workloads[0].apart[i].with == i && p->workloads[0].apart[i].required && p->workloads[0].apart[i].level == HK_LEVEL_NODE);
	assert_true(p->workloads[0].apart[2].with == 3 && !p->workloads[0].apart[2].required);
	assert_true(p->workloads[1].n_apart == 1 && p->workloads[1].apart[0].with == 1);
	assert_true(p->workloads[2].n_apart == 1 && p->workloads[2].apart[0].with == 2);
	assert_int_equal(p->workloads[3].n_apart, 0);
	assert_true(p->workloads[4].n_apart == 2 && p->workloads[4].apart[0].with == 3 && p->workloads[4].apart[1].with == 4);
	loaded_free(l);
}

#define NODES_IN(one, two) "  clusters: [{name: c, nodes: [{name: m, allocatable: {cpu: 4}, labels: {topology.kubernetes.io/zone: " one "}}, " \
	"{name: n, allocatable: {cpu: 4}, labels: {topology.kubernetes.io/zone: " two "}}]}]\n"

/* A cluster in one zone takes one such pod; in several zones the plan only knows that the nodes differ. */
static void anti_affinity_over_zones(void **state)
{
	static const char *const topologies[] = { TOPOLOGY(NODES_IN("z1", "z1")), TOPOLOGY(NODES_IN("z1", "z2")) };
	(void)state;

	write_file("app.yaml", SMALL("a", PORT("containerPort: 1") ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ["
			 "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: a}}}, {topologyKey: topology.kubernetes.io/zone, "
			 "labelSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}}") SMALL("b", PORT("containerPort: 1")));
	for (size_t i = 0; i < HK_COUNT(topologies); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addstr(&text, topologies[i]);
		hk_buf_addstr(&text, PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: a, manifest: {file: app.yaml}}, {name: b, manifest: {file: app.yaml}}]\n"
						"  connections: [{from: i, to: a}, {from: i, to: b}]\n"));
		struct loaded *l = model_of_at(path_of("model.yaml"), text.s);
		const struct hk_workload *w = &l->model.pipelines[0].workloads[0];
		assert_int_equal(w->n_apart, 2);
		for (uint32_t k = 0; k < 2; k++) {
			assert_true(w->apart[k].with == k && w->apart[k].required);
			assert_int_equal(w->apart[k].level, i == 0 ? HK_LEVEL_CLUSTER : HK_LEVEL_NODE);
		}
		assert_int_equal(count_of(l, HK0609), i);
		assert_int_equal(l->diags.errors, 0);
		loaded_free(l);
	}
}

static void every_kind_is_found(void **state)
{
	static const struct { const char *kind, *spec; enum hk_manifest_kind expected; } cases[] = {
		{ "StatefulSet", "{template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}", HK_STATEFULSET },
		{ "DaemonSet", "{template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}", HK_DAEMONSET },
		{ "Job", "{parallelism: 1, template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}", HK_JOB },
		{ "CronJob", "{jobTemplate: {spec: {template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}}}", HK_CRONJOB },
		{ "Pod", "{containers: [{resources: {requests: {cpu: 1}}}]}", HK_POD },
		{ "ReplicaSet", "{template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}", HK_REPLICASET },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf app = HK_BUF_INIT, reference = HK_BUF_INIT;
		struct loaded *l;
		hk_buf_addf(&app, "apiVersion: v1\nkind: %s\nmetadata: {name: decode}\nspec: %s\n", cases[i].kind, cases[i].spec);
		hk_buf_addf(&reference, "manifest: {file: app.yaml, kind: %s}", cases[i].kind);
		l = with_app(app.s, reference.s);
		assert_int_equal(l->model.pipelines[0].workloads[0].manifest.kind, cases[i].expected);
		assert_true(request_of(l, "cpu") == 1);
		loaded_free(l);
	}
}

static void mistakes_are_found(void **state)
{
	static const char plain[] = APP "      containers: [{name: a, resources: {requests: {cpu: 2}}}]\n";
	static const struct { const char *app, *workload; enum hk_rule_id rule; const char *part; } cases[] = {
		{ plain, "manifest: {file: apq.yaml}", HK0601, "'apq.yaml' does not exist" },
		{ plain, "manifest: {file: app.yaml, name: decoed}", HK0602, "named 'decoed'" },
		{ plain, "manifest: {file: app.yaml, kind: StatefulSet}", HK0602, "no StatefulSet named 'decode'" },
		{ "kind: Deployment\nmetadata: {name: decode}\n", "manifest: {file: app.yaml}", HK0604, "no pod template" },
		{ APP "      containers: [{name: a, resources: {requests: {cpu: lots}}}]\n", "manifest: {file: app.yaml}", HK0605, "'lots'" },
		{ APP "      containers: [{name: a}]\n", "manifest: {file: app.yaml}", HK0606, "no resource requests" },
		{ plain, "manifest: {file: app.yaml}, replicas: {max: 2}", HK0608, "has 'replicas: 3'" },
		{ plain, "manifest: {file: app.yaml}, replicas: {min: 4}", HK0608, "has 'replicas: 3'" },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: decode}\nspec: {containers: [{resources: {requests: {cpu: 1}}}]}\n---\n"
		  "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: decode}\nspec: {template: {spec: {containers: [{resources: {requests: {cpu: 1}}}]}}}\n",
		  "manifest: {file: app.yaml}", HK0603, "several" },
		{ APP "      overhead: []\n      containers: [{name: a, resources: {requests: {cpu: 2}}}]\n", "manifest: {file: app.yaml}", HK0208,
		  "'overhead' must be a mapping" },
		{ "a: [", "manifest: {file: app.yaml}", HK0002, "" },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct loaded *l = with_app(cases[i].app, cases[i].workload);
		expect_one(l, cases[i].rule, cases[i].part);
		loaded_free(l);
	}
}

static void shapes_of_hostile_manifests_do_no_harm(void **state)
{
	static const char *const apps[] = {
		"kind: Deployment\nmetadata: {name: decode}\nspec: {template: {spec: []}}\n",
		"kind: Deployment\nmetadata: {name: decode}\nspec: {replicas: {}, template: {metadata: [x], spec: {containers: {a: b}, initContainers: 5, overhead: [], nodeSelector: x, tolerations: {a: b}}}}\n",
		"kind: Deployment\nmetadata: {name: decode}\nspec: {template: {spec: {containers: [5, [], {resources: 5}, {resources: {requests: []}}, null], tolerations: [5, null], affinity: 7}}}\n",
		"kind: Deployment\nmetadata: {name: [decode]}\nspec: 5\n", "kind: [Deployment]\n", "[]\n", "5\n", "kind: List\nitems: {a: b}\n",
		"kind: List\nitems: [5, null, {kind: Pod}, {kind: [x]}]\n",
		"kind: VirtualMachine\nmetadata: {name: decode}\nspec: {template: {spec: {domain: [5]}}}\n",
		"kind: VirtualMachine\nmetadata: {name: decode}\nspec: {template: {spec: {domain: {cpu: {cores: 2147483647, sockets: 2147483647, threads: 2147483647}, memory: {guest: {}}}}}}\n",
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(apps); i++)
		loaded_free(with_app(apps[i], "manifest: {file: app.yaml}"));
}

static const char nodes_json[] =
	"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n"
	"{\"kind\": \"Node\", \"metadata\": {\"name\": \"n2\", \"labels\": {\"zone\": \"a\"}}, \"spec\": {\"unschedulable\": true}, \"status\": {\"allocatable\": {\"cpu\": \"8\", \"memory\": \"32Gi\", \"pods\": \"110\"}}},\n"
	"{\"kind\": \"Node\", \"metadata\": {\"name\": \"n1\", \"labels\": {\"zone\": \"a\"}}, \"spec\": {\"taints\": [{\"key\": \"k\", \"effect\": \"NoSchedule\"}]},\n"
	" \"status\": {\"allocatable\": {\"cpu\": \"3920m\", \"memory\": \"1000Ki\", \"pods\": \"110\", \"hugepages-2Mi\": \"0\"}, \"conditions\": [{\"type\": \"Ready\", \"status\": \"True\"}]}},\n"
	"{\"kind\": \"Node\", \"metadata\": {\"name\": \"n3\", \"labels\": {\"zone\": \"a\"}}, \"status\": {\"allocatable\": {\"cpu\": \"8\"}, \"conditions\": [{\"type\": \"Ready\", \"status\": \"Unknown\"}]}},\n"
	"{\"kind\": \"Node\", \"metadata\": {\"name\": \"n4\", \"labels\": {\"zone\": \"b\"}}, \"status\": {\"allocatable\": {\"cpu\": \"8\"}}}]}\n";
static const char pods_json[] =
	"{\"kind\": \"PodList\", \"items\": [\n"
	"{\"metadata\": {\"name\": \"x1\", \"namespace\": \"kube-system\"}, \"spec\": {\"nodeName\": \"n1\", \"containers\": [{\"resources\": {\"requests\": {\"cpu\": \"100m\"}}}]}, \"status\": {\"phase\": \"Running\"}},\n"
	"{\"metadata\": {\"name\": \"x2\", \"namespace\": \"kube-system\"}, \"spec\": {\"nodeName\": \"n1\", \"containers\": [{\"resources\": {\"requests\": {\"cpu\": \"1\"}}}]}, \"status\": {\"phase\": \"Succeeded\"}},\n"
	"{\"metadata\": {\"name\": \"d\", \"namespace\": \"retail\", \"labels\": {\"app\": \"decode\", \"pod-template-hash\": \"z\"}}, \"spec\": {\"nodeName\": \"n1\", \"containers\": [{\"resources\": {\"requests\": {\"cpu\": \"1\"}}}]}},\n"
	"{\"metadata\": {\"name\": \"d\", \"namespace\": \"other\", \"labels\": {\"app\": \"decode\"}}, \"spec\": {\"nodeName\": \"g-2\", \"containers\": [{\"resources\": {\"requests\": {\"cpu\": \"2\"}}}]}}]}\n";

static void inventories_are_read(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_cluster *c;
	struct loaded *l;
	uint32_t cpu, memory, pods;
	(void)state;

	write_file("nodes.json", nodes_json);
	write_file("pods.json", pods_json);
	write_file("app.yaml", APP "      containers: [{name: a, resources: {requests: {cpu: 1}}}]\n");
	hk_buf_addstr(&text, TOPOLOGY("  clusters:\n  - name: c\n    nodeSelector: {zone: a}\n    nodesFrom: nodes.json\n    podsFrom: pods.json\n"
				      "    nodes: [{name: g, count: 3, allocatable: {cpu: 4}}]\n")
		      "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p, namespace: retail}\nspec:\n  inputs: [{name: i, cluster: c, rate: 1/s}]\n"
		      "  workloads: [{name: decode, manifest: {file: app.yaml}}]\n  connections: [{from: i, to: decode}]\n");
	l = model_of_at(path_of("model.yaml"), text.s);
	c = l->model.clusters;
	cpu = hk_model_resource(&l->model, "cpu");
	memory = hk_model_resource(&l->model, "memory");
	pods = hk_model_resource(&l->model, "pods");
	assert_int_equal(l->diags.errors, 0);
	assert_int_equal(l->model.n_resources, 3);
	assert_int_equal(c->n_nodes, 6);
	assert_string_equal(c->nodes[0].name, "g-1");
	assert_true(c->nodes[0].used[cpu] == 0 && c->nodes[1].used[cpu] == 2 && c->nodes[2].used[cpu] == 0 && c->nodes[1].count == 1);
	assert_string_equal(c->nodes[3].name, "n1");
	assert_true(c->nodes[3].allocatable[cpu] == 3.92 && c->nodes[3].allocatable[memory] == 1024000 && c->nodes[3].n_taints == 1 &&
		    !c->nodes[3].unschedulable);
	assert_true(c->nodes[3].used[cpu] == 0.1 && c->nodes[3].used[pods] == 1);
	assert_true(c->nodes[4].unschedulable && c->nodes[5].unschedulable);
	assert_true(c->nodes[5].allocatable[memory] == -1 && !c->unlimited);
	assert_true(request_of(l, "pods") == 1);
	assert_int_equal(l->workspace.n_inputs, 4);
	loaded_free(l);
}

static void the_wrong_inventory_is_found(void **state)
{
	struct loaded *l;
	(void)state;

	write_file("nodes.json", nodes_json);
	l = model_of_at(path_of("model.yaml"),
			TOPOLOGY("  clusters: [{name: c, nodesFrom: nodes.json, nodeSelector: {zone: q}, podsFrom: nodes.json}, {name: d}]\n"));
	assert_int_equal(count_of(l, HK0607), 2);
	assert_false(l->model.clusters[0].unlimited);
	assert_true(l->model.clusters[1].unlimited);
	loaded_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deployment_is_read), cmocka_unit_test(init_containers_and_sidecars), cmocka_unit_test(own_requests_win),
		cmocka_unit_test(a_machine_and_a_list), cmocka_unit_test(pods_that_cannot_share_a_node_are_apart),
		cmocka_unit_test(anti_affinity_over_zones), cmocka_unit_test(every_kind_is_found), cmocka_unit_test(mistakes_are_found),
		cmocka_unit_test(shapes_of_hostile_manifests_do_no_harm), cmocka_unit_test(inventories_are_read),
		cmocka_unit_test(the_wrong_inventory_is_found),
	};

	return cmocka_run_group_tests_name("model/manifest", tests, make_directory, remove_directory);
}
