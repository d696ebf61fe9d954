/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects field by field: what counts as a difference between files, and between what was rendered and what is live. */
#include "text.h"
#include "render/compare.h"

#include <string.h>

/* "path: before -> after" for each change, one a line. */
static char *differences(const char *before, const char *after, const struct hk_compare_options *options)
{
	struct text texts[2];
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_field_changes changes = { NULL, 0, 0 };
	struct hk_buf out = HK_BUF_INIT;

	hk_objects_compare(text_open(&texts[0], before), text_open(&texts[1], after), options, &arena, &changes);
	hk_buf_reserve(&out, 1);
	for (size_t i = 0; i < changes.n; i++)
		hk_buf_addf(&out, "%s: %s -> %s\n", changes.v[i].path, changes.v[i].before ? changes.v[i].before : "absent",
			    changes.v[i].after ? changes.v[i].after : "absent");
	text_close(&texts[0]);
	text_close(&texts[1]);
	hk_vec_release(&changes);
	hk_arena_release(&arena);
	return hk_buf_detach(&out, NULL);
}

static void expect(const char *before, const char *after, bool live, const char *wanted)
{
	const struct hk_compare_options options = { .live = live };
	char *got = differences(before, after, &options);

	assert_string_equal(got, wanted);
	free(got);
}

static void counts_everything_between_files(void **state)
{
	(void)state;
	expect("{a: 1, b: x}", "{b: x, a: 1}", false, "");
	expect("{a: 1}", "{a: \"1\"}", false, "a: 1 -> \"1\"\n");
	expect("{a: {}}", "{}", false, "a: {} -> absent\n");
	expect("{x: {app.kubernetes.io/name: a}}", "{x: {app.kubernetes.io/name: b}}", false, "x[\"app.kubernetes.io/name\"]: \"a\" -> \"b\"\n");
	expect("{l: [{name: a, v: 1}, {name: b, v: 2}]}", "{l: [{name: b, v: 3}, {name: a, v: 1}]}", false, "l[b].v: 2 -> 3\n");
	expect("{l: [1, 2, 3]}", "{l: [1, 4]}", false, "l[1]: 2 -> 4\nl[2]: 3 -> absent\n");
	expect("{spec: {terminationGracePeriodSeconds: 30}}", "{spec: {}}", false, "spec.terminationGracePeriodSeconds: 30 -> absent\n");
}

static void knows_what_the_server_adds(void **state)
{
	static const char *const added[] = {
		"{spec: {a: 1}, status: {replicas: 3}, metadata: {uid: u, generation: 4, managedFields: [{x: 1}], annotations: {x: y}, labels: {pod-template-hash: h}}}",
		"{spec: {a: 1, template: {spec: {terminationGracePeriodSeconds: 30, dnsPolicy: ClusterFirst, securityContext: {}, restartPolicy: Always, schedulerName: default-scheduler}}}}",
		"{spec: {a: 1, progressDeadlineSeconds: 600, revisionHistoryLimit: 10, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}}}",
		"{spec: {a: 1, clusterIP: 10.0.0.1, sessionAffinity: None, type: ClusterIP, paused: false}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof added / sizeof *added; i++)
		expect("{spec: {a: 1}}", added[i], true, "");
	expect("{spec: {a: 1}}", "{spec: {a: 1, template: {spec: {terminationGracePeriodSeconds: 31}}}}", true,
	       "spec.template: absent -> {\"spec\":{\"terminationGracePeriodSeconds\":31}}\n");
	expect("{spec: {a: 1}}", "{spec: {a: 1, paused: true}}", true, "spec.paused: absent -> true\n");
	expect("{spec: {livenessProbe: {httpGet: {port: 1}}}}",
	       "{spec: {livenessProbe: {httpGet: {port: 1, scheme: HTTP}, timeoutSeconds: 1, failureThreshold: 3}}}", true, "");
	expect("{spec: {a: 0, b: false, c: '', d: {}}}", "{spec: {}}", true, "");
	expect("{spec: {replicas: 3}}", "{spec: {}}", true, "spec.replicas: 3 -> absent\n");
}

/* As an API server of Kubernetes 1.36 was seen to do (tests/kube/drift.py). */
static void knows_what_neighbours_say(void **state)
{
	static const char *const same[][2] = {
		{ "{spec: {ports: [{port: 80}]}}", "{spec: {ports: [{port: 80, targetPort: 80, protocol: TCP}]}}" },
		{ "{spec: {template: {spec: {serviceAccountName: robot}}}}", "{spec: {template: {spec: {serviceAccountName: robot, serviceAccount: robot}}}}" },
		{ "{kind: Job, spec: {template: {metadata: {labels: {app: a}}}}}",
		  "{kind: Job, metadata: {labels: {app: a, job-name: j}}, spec: {template: {metadata: {labels: {app: a, job-name: j}}}}}" },
		{ "{spec: {containers: [{name: a, resources: {limits: {cpu: 1}}}]}}",
		  "{spec: {containers: [{name: a, resources: {limits: {cpu: 1}, requests: {cpu: 1}}}]}}" },
		{ "{spec: {hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}]}]}}",
		  "{spec: {hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}]}]}}" },
		{ "{spec: {maxReplicas: 2, behavior: {scaleDown: {stabilizationWindowSeconds: 5}}}}",
		  "{spec: {maxReplicas: 2, behavior: {scaleDown: {stabilizationWindowSeconds: 5, selectPolicy: Max, policies: [{type: Percent, value: 100, periodSeconds: 15}]},"
		  " scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}}}}" },
		{ "{spec: {containers: [{name: a}]}}",
		  "{spec: {containers: [{name: a, volumeMounts: [{mountPath: /var/run/secrets/kubernetes.io/serviceaccount, name: kube-api-access-x, readOnly: true}]}],"
		  " volumes: [{name: kube-api-access-x, projected: {defaultMode: 420, sources: [{configMap: {name: ca}}]}}],"
		  " tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}]}}" },
		{ "{kind: Secret, stringData: {k: abc, l: ''}, data: {k: eA==, m: eHl6}}", "{kind: Secret, type: Opaque, data: {k: YWJj, l: '', m: eHl6}}" },
	};
	static const char *const edited[][3] = {
		{ "{spec: {ports: [{port: 80}]}}", "{spec: {ports: [{port: 80, targetPort: 81}]}}", "spec.ports[80].targetPort: absent -> 81\n" },
		{ "{kind: Job, metadata: {labels: {x: y}}, spec: {template: {metadata: {labels: {app: a}}}}}",
		  "{kind: Job, metadata: {labels: {x: y, app: a}}, spec: {template: {metadata: {labels: {app: a}}}}}",
		  "metadata.labels.app: absent -> \"a\"\n" },
		{ "{spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 1}}}]}}}}",
		  "{spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 1}, requests: {cpu: 1}}}]}}}}",
		  "spec.template.spec.containers[a].resources.requests: absent -> {\"cpu\":1}\n" },
		{ "{spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}}",
		  "{spec: {containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}]}]}}", "spec.containers[a].ports[80].hostPort: absent -> 80\n" },
		{ "{spec: {a: 1}}", "{spec: {a: 1, behavior: {scaleUp: {policies: [{type: Pods, value: 100, periodSeconds: 15}]}}}}",
		  "spec.behavior: absent -> {\"scaleUp\":{\"policies\":[{\"type\":\"Pods\",\"value\":100,\"periodSeconds\":15}]}}\n" },
		{ "{spec: {a: 1}}", "{spec: {a: 1, volumes: [{name: mine, emptyDir: {}}]}}",
		  "spec.volumes: absent -> [{\"name\":\"mine\",\"emptyDir\":{}}]\n" },
		{ "{kind: Secret, stringData: {k: abc}}", "{kind: Secret, data: {k: YWJk}}", "stringData.k: (secret) -> absent\n" },
		{ "{kind: Secret, stringData: {k: abc}}", "{kind: Secret, data: {k: YWJj, n: YQ==}}", "data: absent -> (secret)\n" },
		{ "{kind: Secret, stringData: {k: abc}}", "{kind: Secret}", "stringData.k: (secret) -> absent\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		expect(same[i][0], same[i][1], true, "");
	for (size_t i = 0; i < sizeof edited / sizeof *edited; i++)
		expect(edited[i][0], edited[i][1], true, edited[i][2]);
}

static void compares_quantities_by_value(void **state)
{
	(void)state;
	expect("{resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: 1}}}",
	       "{resources: {requests: {cpu: '0.5', memory: '67108864'}, limits: {cpu: '1'}}}", true, "");
	expect("{resources: {requests: {cpu: 500m}}}", "{resources: {requests: {cpu: 501m}}}", true, "resources.requests.cpu: \"500m\" -> \"501m\"\n");
	expect("{env: {cpu: 500m}}", "{env: {cpu: '0.5'}}", true, "env.cpu: \"500m\" -> \"0.5\"\n");
	expect("{ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}",
	       "{ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80, protocol: TCP}]}", true, "");
}

static void leaves_out_what_is_asked(void **state)
{
	static const char *const ignored[] = { "spec.template", "metadata.labels[\"a/b\"]" };
	const struct hk_compare_options options = { .ignored = ignored, .n_ignored = 2, .autoscaled = true };
	char *got = differences("{metadata: {labels: {a/b: x}}, spec: {template: {x: 1}, templates: 1, replicas: 2}}",
				"{metadata: {labels: {}}, spec: {templates: 2, replicas: 5}}", &options);

	(void)state;
	assert_string_equal(got, "spec.templates: 1 -> 2\n");
	free(got);
}

static void hides_secrets_and_bounds_values(void **state)
{
	char before[600] = "{kind: Secret, data: {k: ", after[] = "{kind: Secret, data: {}}";

	(void)state;
	strcat(before, "aaaa}}");
	expect(before, after, false, "data.k: (secret) -> absent\n");
	memset(before, 'x', sizeof before - 1);
	memcpy(before, "{k: ", 4);
	before[sizeof before - 2] = '}';
	before[sizeof before - 1] = '\0';
	const struct hk_compare_options options = { .live = false };
	char *got = differences(before, "{}", &options);
	assert_true(strlen(got) < 230);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_everything_between_files), cmocka_unit_test(knows_what_the_server_adds), cmocka_unit_test(knows_what_neighbours_say),
		cmocka_unit_test(compares_quantities_by_value), cmocka_unit_test(leaves_out_what_is_asked), cmocka_unit_test(hides_secrets_and_bounds_values),
	};

	return cmocka_run_group_tests_name("render/compare", tests, NULL, NULL);
}
