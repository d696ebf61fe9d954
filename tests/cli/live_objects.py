#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `kubectl get -o json` would say of a rendered tree: live_objects.py DIRECTORY [--yaml] reads the manifests below it and fills in what an API server adds."""
import copy
import glob
import json
import sys
import yaml

METADATA = {"uid": "2f9d8a52-5b3c-4d53-9e49-1f0f7d1c2f0e", "resourceVersion": "48213", "generation": 3, "creationTimestamp": "2026-01-05T10:11:12Z",
            "managedFields": [{"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}


def pod(spec):
    for key, value in {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30}.items():
        spec.setdefault(key, value)
    for container in spec["containers"]:
        for key, value in {"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}.items():
            container.setdefault(key, value)
        for port in container.get("ports", []):
            port.setdefault("protocol", "TCP")
        for probe in ("livenessProbe", "readinessProbe"):
            if probe in container:
                for key, value in {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}.items():
                    container[probe].setdefault(key, value)
    for constraint in spec.get("topologySpreadConstraints", []):
        constraint.setdefault("nodeAffinityPolicy", "Honor")


def live(item, namespace):
    item["metadata"].setdefault("namespace", namespace)
    item["metadata"].update(copy.deepcopy(METADATA))
    item["metadata"].setdefault("annotations", {})["deployment.kubernetes.io/revision"] = "4"
    spec = item.get("spec", {})
    if item["kind"] == "Deployment":
        spec.setdefault("strategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}})
        spec.setdefault("progressDeadlineSeconds", 600)
        spec.setdefault("revisionHistoryLimit", 10)
        spec["template"]["metadata"]["creationTimestamp"] = None
        pod(spec["template"]["spec"])
        item["status"] = {"replicas": spec["replicas"], "readyReplicas": spec["replicas"], "observedGeneration": 3}
    if item["kind"] == "Service":
        spec.update({"clusterIP": "10.96.14.7", "clusterIPs": ["10.96.14.7"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
                     "sessionAffinity": "None"})
        spec.setdefault("type", "ClusterIP")
        for port in spec["ports"]:
            port.setdefault("protocol", "TCP")
        item["status"] = {"loadBalancer": {}}
    return item


def main():
    items = []
    for path in sorted(glob.glob(sys.argv[1] + "/**/*.yaml", recursive=True)):
        for item in yaml.safe_load_all(open(path)):
            items.append(live(item, path.split("/")[-2]))
    answer = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    if "--yaml" in sys.argv:
        yaml.dump(answer, sys.stdout)
    else:
        json.dump(answer, sys.stdout, indent=4)


main()
