/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the API server and controllers write into objects. Values are those of pkg/apis/{core,apps,batch,autoscaling}/v1/defaults.go of Kubernetes and of the
 * default markers in the definitions of Gateway API; a field with a default that somebody set to another value is a difference.
 */
#include "render/compare.h"

#include <string.h>

/* The end of a path; "^" begins one that must be the whole path. "*" is any part, "*Probe" one that ends so. */
struct fill { const char *path, *value; };

/* Never compared with a live object. The version is the one the server prefers. */
static const char *const server_owned[] = {
	"^apiVersion", "^status", "metadata.creationTimestamp", "^metadata.deletionGracePeriodSeconds", "^metadata.generation", "^metadata.managedFields",
	"^metadata.resourceVersion", "^metadata.selfLink", "^metadata.uid", "^metadata.ownerReferences", "volumeClaimTemplates.*.status",
};

/* Added by the server, controllers and tools, whatever the value. */
static const char *const bookkeeping[] = {
	"^metadata.finalizers", "^metadata.namespace", "metadata.annotations", "metadata.annotations.*",
	"^spec.clusterIP", "^spec.clusterIPs", "^spec.healthCheckNodePort", "^spec.ports.*.nodePort", "^spec.volumeName", "^spec.storageClassName",
	"^spec.nodeName", "^spec.ipFamilies", "^spec.ipFamilyPolicy",
};

/* Labels of controllers and delivery tools, by name or by what it begins with. */
static const char *const tool_labels[] = {
	"controller-uid", "job-name", "pod-template-hash", "controller-revision-hash", "pod-template-generation", "app.kubernetes.io/instance",
	"kubernetes.io/metadata.name",
	"batch.kubernetes.io/*", "kustomize.toolkit.fluxcd.io/*", "helm.toolkit.fluxcd.io/*", "argocd.argoproj.io/*", "apps.kubernetes.io/*",
	"statefulset.kubernetes.io/*",
	"endpointslice.kubernetes.io/*", "topology.kubernetes.io/*",
};

static const struct fill fills[] = {
	/* pod templates */
	{ "spec.terminationGracePeriodSeconds", "30" }, { "spec.restartPolicy", "Always" }, { "spec.dnsPolicy", "ClusterFirst" },
	{ "spec.schedulerName", "default-scheduler" },
	{ "spec.serviceAccountName", "default" }, { "spec.serviceAccount", "default" }, { "spec.enableServiceLinks", "true" },
	{ "spec.preemptionPolicy", "PreemptLowerPriority" },
	{ "spec.priority", "0" }, { "imagePullPolicy", "IfNotPresent" }, { "imagePullPolicy", "Always" }, { "terminationMessagePath", "/dev/termination-log" },
	{ "terminationMessagePolicy", "File" }, { "ports.*.protocol", "TCP" }, { "*Probe.timeoutSeconds", "1" }, { "*Probe.periodSeconds", "10" },
	{ "*Probe.successThreshold", "1" },
	{ "*Probe.failureThreshold", "3" }, { "httpGet.scheme", "HTTP" }, { "httpGet.path", "/" }, { "grpc.service", "" }, { "fieldRef.apiVersion", "v1" },
	{ "volumes.*.*.defaultMode", "420" },
	{ "sources.*.serviceAccountToken.expirationSeconds", "3600" }, { "hostPath.type", "" }, { "resourceFieldRef.divisor", "0" },
	{ "topologySpreadConstraints.*.nodeAffinityPolicy", "Honor" }, { "topologySpreadConstraints.*.nodeTaintsPolicy", "Ignore" },
	{ "iscsi.iscsiInterface", "default" }, { "rbd.pool", "rbd" }, { "rbd.user", "admin" }, { "rbd.keyring", "/etc/ceph/keyring" },
	{ "azureDisk.cachingMode", "ReadWrite" },
	{ "azureDisk.fsType", "ext4" }, { "azureDisk.kind", "Shared" }, { "scaleIO.storageMode", "ThinProvisioned" }, { "scaleIO.fsType", "xfs" },
	{ "procMount", "Default" }, { "volumeClaimTemplates.*.kind", "PersistentVolumeClaim" }, { "volumeClaimTemplates.*.apiVersion", "v1" },
	{ "spec.volumeMode", "Filesystem" }, { "volumeMounts.*.recursiveReadOnly", "Disabled" },
	/* workloads */
	{ "^spec.replicas", "1" }, { "^spec.progressDeadlineSeconds", "600" }, { "^spec.revisionHistoryLimit", "10" },
	{ "^spec.strategy.type", "RollingUpdate" },
	{ "^spec.strategy.rollingUpdate.maxSurge", "25%" }, { "^spec.strategy.rollingUpdate.maxUnavailable", "25%" },
	{ "^spec.updateStrategy.type", "RollingUpdate" },
	{ "^spec.updateStrategy.rollingUpdate.partition", "0" }, { "^spec.updateStrategy.rollingUpdate.maxUnavailable", "1" },
	{ "^spec.updateStrategy.rollingUpdate.maxSurge", "0" },
	{ "^spec.podManagementPolicy", "OrderedReady" }, { "^spec.serviceName", "" }, { "^spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain" },
	{ "^spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain" }, { "spec.backoffLimit", "6" }, { "spec.completionMode", "NonIndexed" },
	{ "spec.suspend", "false" },
	{ "spec.parallelism", "1" }, { "spec.completions", "1" }, { "spec.podReplacementPolicy", "TerminatingOrFailed" }, { "spec.manualSelector", "false" },
	{ "^spec.concurrencyPolicy", "Allow" }, { "^spec.successfulJobsHistoryLimit", "3" }, { "^spec.failedJobsHistoryLimit", "1" },
	{ "^spec.paused", "false" }, { "^spec.minReadySeconds", "0" },
	/* services and autoscalers */
	{ "^spec.type", "ClusterIP" }, { "^spec.sessionAffinity", "None" }, { "^spec.sessionAffinityConfig.clientIP.timeoutSeconds", "10800" },
	{ "^type", "Opaque" }, { "^spec.internalTrafficPolicy", "Cluster" }, { "^spec.externalTrafficPolicy", "Cluster" },
	{ "^spec.allocateLoadBalancerNodePorts", "true" }, { "^spec.minReplicas", "1" }, { "^spec.behavior.scaleDown.selectPolicy", "Max" },
	{ "^spec.behavior.scaleUp.selectPolicy", "Max" },
	{ "^spec.behavior.scaleUp.stabilizationWindowSeconds", "0" }, { "^spec.policyTypes.*", "Ingress" },
	{ "^spec.unhealthyPodEvictionPolicy", "IfHealthyBudget" },
	/* Gateway API */
	{ "parentRefs.*.group", "gateway.networking.k8s.io" }, { "parentRefs.*.kind", "Gateway" }, { "backendRefs.*.group", "" },
	{ "backendRefs.*.kind", "Service" },
	{ "backendRefs.*.weight", "1" }, { "matches.*.path.type", "PathPrefix" }, { "matches.*.path.value", "/" }, { "headers.*.type", "Exact" },
	/* virtual machines */
	{ "^spec.template.spec.architecture", "amd64" }, { "domain.machine.type", "q35" },
};

static const char *const quantities[] = {
	"requests.*", "limits.*", "allocatable.*", "capacity.*", "overhead.*", "hard.*", "sizeLimit", "averageValue", "target.value", "divisor", "memory.guest",
	"guest",
};

static bool fits_part(const char *part, struct hk_str wanted)
{
	if (wanted.n && wanted.s[0] == '*') {
		size_t n = strlen(part);
		return n + 1 >= wanted.n && memcmp(part + n - (wanted.n - 1), wanted.s + 1, wanted.n - 1) == 0;
	}
	return hk_str_is(wanted, part);
}

static bool ends_in(const struct hk_field_path *path, const char *tail)
{
	bool whole = *tail == '^';
	struct hk_str rest = hk_str_of(tail + whole);
	size_t parts = 1;
	for (size_t i = 0; i < rest.n; i++)
		parts += rest.s[i] == '.';
	if (parts > path->n || (whole && parts != path->n))
		return false;
	for (size_t i = path->n - parts; i < path->n; i++)
		if (!fits_part(path->part[i], hk_str_cut(&rest, '.')))
			return false;
	return true;
}

static bool is_tool_label(const struct hk_field_path *path)
{
	if (path->n < 2 || (strcmp(path->part[path->n - 2], "labels") != 0 && strcmp(path->part[path->n - 2], "matchLabels") != 0))
		return false;
	const char *label = path->part[path->n - 1];
	for (size_t i = 0; i < HK_COUNT(tool_labels); i++) {
		struct hk_str wanted = hk_str_of(tool_labels[i]);
		bool prefix = hk_str_ends(wanted, "*");
		if (prefix ? strncmp(label, wanted.s, wanted.n - 1) == 0 : hk_str_is(wanted, label))
			return true;
	}
	return false;
}

bool hk_compare_is_server_owned(const struct hk_field_path *path)
{
	for (size_t i = 0; i < HK_COUNT(server_owned); i++)
		if (ends_in(path, server_owned[i]))
			return true;
	return false;
}

/* Fields that get the value of a neighbour in the same mapping. */
static const struct fill copies[] = { { "spec.serviceAccount", "serviceAccountName" }, { "^spec.ports.*.targetPort", "port" } };

static bool is_copy(const struct hk_field_path *path, const struct hk_node *value)
{
	const struct hk_node *holder = path->n ? path->holder[path->n - 1] : NULL, *other = NULL;
	for (size_t i = 0; i < HK_COUNT(copies); i++)
		if (ends_in(path, copies[i].path))
			other = hk_node_get(holder, copies[i].value);
	if (!other && (ends_in(path, "^spec.containers.*.resources.requests.*") || ends_in(path, "^spec.initContainers.*.resources.requests.*")))
		other = hk_node_get(hk_node_get(path->holder[path->n - 2], "limits"), path->part[path->n - 1]);   /* of a Pod; in a template they stay away */
	if (!other && ends_in(path, "containers.*.ports.*.hostPort")) {
		bool host = false;
		hk_node_bool(hk_node_get(path->holder[path->n - 5], "hostNetwork"), &host);
		other = host ? hk_node_get(holder, "containerPort") : NULL;
	}
	return other && other->kind == HK_SCALAR && hk_str_eq(other->text, value->text);
}

static bool is_scaling_policy(const struct hk_field_path *path, const struct hk_node *item)
{
	static const struct { const char *path, *type, *value; } policies[] = {
		{ "^spec.behavior.scaleUp.policies.*", "Pods", "4" }, { "^spec.behavior.scaleUp.policies.*", "Percent", "100" },
		{ "^spec.behavior.scaleDown.policies.*", "Percent", "100" },
	};
	const char *type = hk_node_string(hk_node_get(item, "type")), *value = hk_node_string(hk_node_get(item, "value")),
	    *period = hk_node_string(hk_node_get(item, "periodSeconds"));
	for (size_t i = 0; type && value && period && i < HK_COUNT(policies); i++)
		if (ends_in(path, policies[i].path) && strcmp(type, policies[i].type) == 0 && strcmp(value, policies[i].value) == 0 &&
		    strcmp(period, "15") == 0)
			return true;
	return false;
}

/* What admission adds to a Pod: the token of its service account, and five minutes on a node that is gone. */
static bool is_admitted(const struct hk_field_path *path, const struct hk_node *item)
{
	const char *name = hk_node_string(hk_node_get(item, "name")), *mount = hk_node_string(hk_node_get(item, "mountPath")),
	    *key = hk_node_string(hk_node_get(item, "key"));
	bool token = name && (strncmp(name, "kube-api-access-", 16) == 0 || strncmp(name, "default-token-", 14) == 0);
	if (ends_in(path, "^spec.volumes.*"))
		return token;
	if (ends_in(path, "^spec.containers.*.volumeMounts.*") || ends_in(path, "^spec.initContainers.*.volumeMounts.*"))
		return token && mount && strcmp(mount, "/var/run/secrets/kubernetes.io/serviceaccount") == 0;
	if (!ends_in(path, "^spec.tolerations.*") || !key)
		return false;
	const char *seconds = hk_node_string(hk_node_get(item, "tolerationSeconds"));
	return (strcmp(key, "node.kubernetes.io/not-ready") == 0 || strcmp(key, "node.kubernetes.io/unreachable") == 0) && seconds &&
	    strcmp(seconds, "300") == 0;
}

bool hk_compare_is_default(const struct hk_field_path *path, const struct hk_node *value)
{
	for (size_t i = 0; i < HK_COUNT(bookkeeping); i++)
		if (ends_in(path, bookkeeping[i]))
			return true;
	if (is_tool_label(path))
		return true;
	if (value->kind == HK_MAPPING)
		return is_admitted(path, value) || is_scaling_policy(path, value);
	if (value->kind != HK_SCALAR)
		return false;
	for (size_t i = 0; i < HK_COUNT(fills); i++)
		if (hk_str_is(value->text, fills[i].value) && ends_in(path, fills[i].path))
			return true;
	return is_copy(path, value);
}

bool hk_compare_is_quantity(const struct hk_field_path *path)
{
	for (size_t i = 0; i < HK_COUNT(quantities); i++)
		if (ends_in(path, quantities[i]))
			return true;
	return false;
}
